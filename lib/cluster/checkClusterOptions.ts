import { parseCidr, parseIp } from "../api/ipAddress.js";
import { isDns1123Subdomain } from "../api/names.js";
import type { SimulationOptions } from "../kubelet/simulated/simulationModel.js";
import type { AddNodeOptions, ClusterUser } from "./cluster.js";
import { ClusterError } from "./clusterError.js";
import type { ClusterOptions } from "./clusterOptions.js";

/** Undefined, or what a value should have been. */
type Check = (value: unknown) => string | undefined;

const mostNodes = 1_000_000;
const mostPort = 65_535;

function whole(from: number, to: number): Check {
  return (value) =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to
      ? undefined
      : `a whole number from ${from} to ${to}`;
}

const text: Check = (value) =>
  typeof value === "string" && value !== "" ? undefined : "a text that is not empty";
const flag: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const object: Check = (value) =>
  typeof value === "object" && value !== null ? undefined : "an object";
const texts: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? undefined
    : "a list of texts";
const port = whole(0, mostPort);
const address: Check = (value) =>
  typeof value === "string" && parseIp(value) !== undefined ? undefined : "an IP address";
const ranges: Check = (value) =>
  typeof value === "string" && value.split(",").every((one) => parseCidr(one) !== undefined)
    ? undefined
    : "an address range such as 10.0.0.0/16 (two with a comma between)";

const clusterChecks: Readonly<Record<keyof ClusterOptions, Check>> = {
  bindAddress: address,
  securePort: port,
  grpcPort: port,
  insecurePort: port,
  insecurePortAllowAnyUser: flag,
  nodeNetworkAddress: text,
  certificateNames: texts,
  nodes: whole(0, mostNodes),
  simulation: object,
  dataDirectory: text,
  serviceClusterIpRange: ranges,
  clusterCidr: ranges,
  authorizationModes: texts,
  admissionPlugins: object,
  allowPrivileged: flag,
  controllers: flag,
  scheduler: flag,
  platform: object,
  logger: object,
};

const positive = whole(1, Number.MAX_SAFE_INTEGER);
const addNodeChecks: Readonly<Record<keyof AddNodeOptions, Check>> = {
  name: (value) =>
    text(value) ??
    (isDns1123Subdomain(value as string).length > 0 ? "a name of a node" : undefined),
  cpuMilli: positive,
  memoryBytes: positive,
  maxPods: positive,
};

const seconds: Check = (value) =>
  typeof value === "number" && value >= 0 ? undefined : "a number of seconds from 0 on";
const answers: Check = (value) => (typeof value === "function" ? undefined : "a function");
const simulationChecks: Readonly<Record<keyof SimulationOptions, Check>> = {
  jobRunSeconds: seconds,
  podRunSeconds: seconds,
  run: answers,
  log: answers,
  exec: answers,
};

const admissionChecks: Readonly<Record<string, Check>> = { enabled: texts, disabled: texts };

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function checkAll(
  options: object,
  checks: Readonly<Record<string, Check>>,
  inside: string = "",
): void {
  if (object(options) !== undefined || Array.isArray(options)) {
    throw new ClusterError("InvalidOption", "options", `${show(options)} is not an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    const option = `${inside}${name}`;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      const known = Object.keys(checks).sort().join(", ");
      throw new ClusterError("InvalidOption", option, `no such option; there are ${known}`);
    }
    const wanted = value === undefined ? undefined : check(value);
    if (wanted !== undefined) {
      throw new ClusterError("InvalidOption", option, `${show(value)} is not ${wanted}`);
    }
  }
}

/** Throws a ClusterError that names the first option that is unknown or makes no sense. */
export function checkClusterOptions(options: ClusterOptions): void {
  checkAll(options, clusterChecks);
  if (options.admissionPlugins !== undefined) {
    checkAll(options.admissionPlugins, admissionChecks, "admissionPlugins.");
  }
  if (options.simulation !== undefined) {
    checkAll(options.simulation, simulationChecks, "simulation.");
  }
}

/** Throws a ClusterError that names the first option that is unknown or makes no sense. */
export function checkAddNodeOptions(options: AddNodeOptions): void {
  checkAll(options, addNodeChecks);
}

const userChecks: Readonly<Record<keyof ClusterUser, Check>> = {
  name: text,
  uid: (value) => (typeof value === "string" ? undefined : "a text"),
  groups: texts,
  extra: object,
};

/** Throws a ClusterError that names what of a user is unknown, missing or makes no sense. */
export function checkUser(user: ClusterUser): void {
  checkAll(user, userChecks);
  if (user.name === undefined) {
    throw new ClusterError("InvalidOption", "name", "a user without a name cannot be told apart");
  }
}
