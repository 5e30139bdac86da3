import { type IpRange, parseCidr, parseIp } from "../api/ipAddress.js";
import { isDns1123Subdomain } from "../api/names.js";
import {
  callable,
  checkOptions,
  flag,
  logger,
  type OptionCheck,
  object,
  platform,
  seconds,
  text,
  texts,
  whole,
} from "../api/optionChecks.js";
import type { DnsAddress } from "../dns/dnsAddress.js";
import type { SimulationOptions } from "../kubelet/simulated/simulationModel.js";
import type { AddNodeOptions, ClusterUser } from "./cluster.js";
import { ClusterError } from "./clusterError.js";
import type {
  ClusterDnsOptions,
  ClusterEtcdOptions,
  ClusterOptions,
  ClusterServeEtcdOptions,
} from "./clusterOptions.js";

type Check = OptionCheck;

const mostNodes = 1_000_000;
const mostPort = 65_535;

const port = whole(0, mostPort);
const address: Check = (value) =>
  typeof value === "string" && parseIp(value) !== undefined ? undefined : "an IP address";
const isCertificateName = (name: string): boolean =>
  parseIp(name) !== undefined || isDns1123Subdomain(name.replace(/^\*\./, "")).length === 0;
const ranges: Check = (value) =>
  typeof value === "string" && value.split(",").every((one) => parseCidr(one) !== undefined)
    ? undefined
    : "an address range such as 10.0.0.0/16 (two with a comma between)";

/** Addresses of the smallest range of Services. */
const fewestServices = 8n;
/** The mask of a node's part of the pods' range, and how many such parts a range has at most. */
const nodeMasks = { IPv4: 24, IPv6: 64 } as const;
const mostPartBits = 16;

/** One range, or one of each family, of which each is fine by itself. */
function rangesThat(problemOf: (range: IpRange, text: string) => string | undefined): Check {
  return (value) => {
    const wrong = ranges(value);
    if (wrong !== undefined) return wrong;
    const texts = (value as string).split(",");
    const parsed = texts.map((one) => parseCidr(one) as IpRange);
    const families = new Set(parsed.map(({ family }) => family));
    if (families.size < parsed.length) return "one range, or two of different families";
    const problems = parsed.map((range, index) => problemOf(range, texts[index] ?? ""));
    return problems.find((problem) => problem !== undefined);
  };
}

const serviceRanges = rangesThat(({ size }) =>
  size < fewestServices ? `a range of at least ${fewestServices} addresses` : undefined,
);

const podRanges = rangesThat(({ family, prefixLength }) => {
  const mask = nodeMasks[family];
  if (prefixLength > mask) return `a range that has room for a node's /${mask}`;
  if (mask - prefixLength <= mostPartBits) return undefined;
  return `a range of at most ${2 ** mostPartBits} nodes, each with a /${mask}`;
});

/** Every node gets its part of each range. */
function checkRoomForPods({ clusterCidr, nodes = 1 }: ClusterOptions): void {
  for (const text of clusterCidr?.split(",") ?? []) {
    const range = parseCidr(text);
    if (range === undefined) continue;
    const mask = nodeMasks[range.family];
    const room = 2 ** (mask - range.prefixLength);
    if (nodes <= room) continue;
    const why = `${text} has room for the /${mask} of ${room} nodes, and nodes is ${nodes}`;
    throw new ClusterError("InvalidOption", "clusterCidr", why);
  }
}

const clusterChecks: Readonly<Record<keyof ClusterOptions, Check>> = {
  bindAddress: address,
  securePort: port,
  grpcPort: port,
  insecurePort: port,
  insecurePortAllowAnyUser: flag,
  nodeNetworkAddress: address,
  certificateNames: (value) =>
    texts(value) ??
    ((value as string[]).every(isCertificateName) ? undefined : "a list of names and addresses"),
  nodes: whole(0, mostNodes),
  simulation: object,
  dataDirectory: text,
  etcd: object,
  serveEtcd: object,
  serviceClusterIpRange: serviceRanges,
  clusterCidr: podRanges,
  authorizationModes: texts,
  admissionPlugins: object,
  allowPrivileged: flag,
  dns: (value) => {
    const isFine = typeof value === "boolean" || object(value) === undefined;
    return isFine ? undefined : "true, false or an object";
  },
  controllers: flag,
  scheduler: flag,
  platform,
  logger,
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

const simulationChecks: Readonly<Record<keyof SimulationOptions, Check>> = {
  jobRunSeconds: seconds,
  podRunSeconds: seconds,
  run: callable,
  log: callable,
  exec: callable,
};

const admissionChecks: Readonly<Record<string, Check>> = { enabled: texts, disabled: texts };

/** So long may a domain be that every Service's name fits before it. */
const longestDomain = 118;
const longestLabel = 63;
const isDomain = (value: string): boolean =>
  isDns1123Subdomain(value).length === 0 &&
  value.length <= longestDomain &&
  value.split(".").every((label) => label.length <= longestLabel);
const domain: Check = (value) =>
  typeof value === "string" && isDomain(value)
    ? undefined
    : `a domain such as cluster.local, of at most ${longestDomain} characters`;
const dnsChecks: Readonly<Record<keyof ClusterDnsOptions, Check>> = {
  domain,
  listen: (value) => (Array.isArray(value) ? undefined : "a list of { host, port }"),
  upstreams: (value) =>
    value === "machine" || Array.isArray(value)
      ? undefined
      : '"machine" or a list of { host, port }',
};
const placeChecks: Readonly<Record<string, Check>> = { host: address, port };

/** Each place of an option of DNS has a host and a port. */
function checkPlaces(option: string, places: readonly DnsAddress[]): void {
  for (const [index, one] of places.entries()) {
    const inside = `${option}[${index}]`;
    const wrong = object(one);
    if (wrong !== undefined) {
      throw new ClusterError("InvalidOption", inside, `it is not ${wrong}`);
    }
    checkAll(one, placeChecks, `${inside}.`, Object.keys(placeChecks));
  }
}

function checkDnsOptions(dns: ClusterDnsOptions): void {
  checkAll(dns, dnsChecks, "dns.");
  const { listen = [], upstreams = [] } = dns;
  checkPlaces("dns.listen", listen);
  if (upstreams !== "machine") checkPlaces("dns.upstreams", upstreams);
}

const etcdChecks: Readonly<Record<keyof ClusterEtcdOptions, Check>> = {
  servers: (value) =>
    texts(value) ?? ((value as string[]).length > 0 ? undefined : "a list with a server in it"),
  certificateAuthorities: text,
  certificate: text,
  key: text,
  prefix: (value) =>
    typeof value === "string" && /^\/[^/]+(\/[^/]+)*$/.test(value)
      ? undefined
      : "a path such as /registry",
};

function checkEtcdOptions(etcd: ClusterEtcdOptions): void {
  checkAll(etcd, etcdChecks, "etcd.", ["servers"]);
  if ((etcd.certificate === undefined) === (etcd.key === undefined)) return;
  const missing = etcd.key === undefined ? "etcd.key" : "etcd.certificate";
  throw new ClusterError("InvalidOption", missing, "certificate and key belong together");
}

const serveEtcdChecks: Readonly<Record<keyof ClusterServeEtcdOptions, Check>> = {
  host: address,
  port,
};

function checkServeEtcd({ serveEtcd, etcd }: ClusterOptions): void {
  if (serveEtcd === undefined) return;
  checkAll(serveEtcd, serveEtcdChecks, "serveEtcd.", ["port"]);
  if (etcd === undefined) return;
  const why = "the objects are in another etcd, which serves them itself";
  throw new ClusterError("InvalidOption", "serveEtcd", why);
}

function checkAll(
  options: object,
  checks: Readonly<Record<string, Check>>,
  inside = "",
  required: readonly string[] = [],
): void {
  const failure = (option: string, message: string): Error =>
    new ClusterError("InvalidOption", option, message);
  checkOptions(options, checks, failure, { inside, required });
}

/** Throws a ClusterError that names the first option that is unknown or makes no sense. */
export function checkClusterOptions(options: ClusterOptions): void {
  checkAll(options, clusterChecks);
  checkRoomForPods(options);
  if (options.admissionPlugins !== undefined) {
    checkAll(options.admissionPlugins, admissionChecks, "admissionPlugins.");
  }
  if (options.simulation !== undefined) {
    checkAll(options.simulation, simulationChecks, "simulation.");
  }
  if (options.etcd !== undefined) checkEtcdOptions(options.etcd);
  checkServeEtcd(options);
  if (typeof options.dns === "object") checkDnsOptions(options.dns);
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
export function checkUser(user: ClusterUser, userAgent: string): void {
  checkAll({ userAgent }, { userAgent: text });
  checkAll(user, userChecks);
  if (user.name === undefined) {
    throw new ClusterError("InvalidOption", "name", "a user without a name cannot be told apart");
  }
}
