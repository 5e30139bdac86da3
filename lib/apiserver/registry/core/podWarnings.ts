import type {
  Container,
  ContainerPort,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
} from "../../../api/gen/types/coreV1.js";
import { goQuote } from "../../../api/goQuote.js";
import { parseIp } from "../../../api/ipAddress.js";
import { FieldPath } from "../fieldPath.js";
import { canonicalSpelling } from "../ipRules.js";
import { isWholeQuantity } from "../quantityValue.js";
import { warnOfOverlaps } from "./volumeWarnings.js";

type Warn = (message: string) => void;

/** Labels of nodes that have a newer name, and what upstream says of them. */
const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region":
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone":
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type":
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods":
    "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};
const nullSelector = "a null labelSelector results in matching no pod";

/** What is allowed in a pod and hardly meant: told to the client as Warning headers. */
export function warnOfPodSpec(spec: PodSpec | undefined | null, path: FieldPath, warn: Warn): void {
  if (!spec) return;
  warnOfPlacement(spec, path, warn);
  for (const volume of spec.volumes ?? []) warnOfOverlaps(volume, warn);
  warnOfNames(spec, path, warn);
  const containers = allContainers(spec, path);
  for (const [container, at] of containers) {
    warnOfFractions(container, at, warn);
    warnOfEnvironment(container, at, warn);
  }
  warnOfPorts(containers, warn);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const at = path.child("terminationGracePeriodSeconds");
    warn(`${at}: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  warnOfAffinity(spec, path.child("affinity"), warn);
}

function allContainers(spec: PodSpec, path: FieldPath): [Container, FieldPath][] {
  return (["initContainers", "containers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, position): [Container, FieldPath] => [
      container,
      path.child(list).index(position),
    ]),
  );
}

function warnOfLabel(key: string, path: FieldPath, warn: Warn, verb: string): void {
  const message = deprecatedNodeLabels[key];
  if (message !== undefined) warn(`${path}: ${verb}${message}`);
}

function warnOfPlacement(spec: PodSpec, path: FieldPath, warn: Warn): void {
  for (const key of Object.keys(spec.nodeSelector ?? {}).sort()) {
    warnOfLabel(key, path.child("nodeSelector").key(key), warn, "");
  }
  const affinity = spec.affinity?.nodeAffinity;
  const at = path.child("affinity").child("nodeAffinity");
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = at.child("requiredDuringSchedulingIgnoredDuringExecution");
  for (const [position, term] of (required?.nodeSelectorTerms ?? []).entries()) {
    warnOfTerm(term, terms.child("nodeSelectorTerms").index(position), warn);
  }
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const wishes = at.child("preferredDuringSchedulingIgnoredDuringExecution");
  for (const [position, term] of preferred.entries()) {
    warnOfTerm(term.preference, wishes.index(position).child("preference"), warn);
  }
  for (const [position, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    const where = path.child("topologySpreadConstraints").index(position);
    const key = constraint.topologyKey;
    warnOfLabel(key, where.child("topologyKey"), warn, `${key} is `);
    if (!constraint.labelSelector) warn(`${where.child("labelSelector")}: ${nullSelector}`);
  }
}

function warnOfTerm(term: NodeSelectorTerm | undefined, path: FieldPath, warn: Warn): void {
  for (const [position, { key }] of (term?.matchExpressions ?? []).entries()) {
    const at = path.child("matchExpressions").index(position).child("key");
    warnOfLabel(key, at, warn, `${key} is `);
  }
}

/** Of an address that other programs may spell in another way. */
function warnOfSpelling(text: string, path: FieldPath, warn: Warn): void {
  const address = parseIp(text);
  const canonical = address === undefined ? undefined : canonicalSpelling(text, address);
  if (canonical === undefined) return;
  const form = `should be in RFC 5952 canonical format (${goQuote(canonical)})`;
  warn(`${path}: IPv6 address ${goQuote(text)} ${form}`);
}

function warnOfNames(spec: PodSpec, path: FieldPath, warn: Warn): void {
  const addresses = new Set<string>();
  for (const [position, { ip = "" }] of (spec.hostAliases ?? []).entries()) {
    const at = path.child("hostAliases").index(position).child("ip");
    if (addresses.has(ip)) warn(`${at}: duplicate ip ${goQuote(ip)}`);
    addresses.add(ip);
    warnOfSpelling(ip, at, warn);
  }
  for (const [position, server] of (spec.dnsConfig?.nameservers ?? []).entries()) {
    warnOfSpelling(server, path.child("dnsConfig").child("nameservers").index(position), warn);
  }
  const at = (position: number): FieldPath =>
    path.child("imagePullSecrets").index(position).child("name");
  const names = new Set<string>();
  const secrets = (spec.imagePullSecrets ?? []).map(({ name = "" }) => name);
  for (const [position, name] of secrets.entries()) {
    if (names.has(name)) warn(`${at(position)}: duplicate name ${goQuote(name)}`);
    names.add(name);
  }
  for (const [position, name] of secrets.entries()) {
    if (name === "") warn(`${at(position)}: invalid empty name ""`);
  }
}

/** A variable that is set again, unless by a text that holds its earlier value. */
function warnOfEnvironment(container: Container, path: FieldPath, warn: Warn): void {
  const seen = new Set<string>();
  for (const [position, { name, value = "", valueFrom }] of (container.env ?? []).entries()) {
    const reference = `$(${name})`;
    const extends_ = !valueFrom && value !== reference && value.includes(reference);
    if (seen.has(name) && !extends_) {
      const at = path.child("env").index(position);
      const quoted = goQuote(name);
      warn(`${at}: hides previous definition of ${quoted}, which may be dropped when using apply`);
    }
    seen.add(name);
  }
}

interface PlacedPort {
  readonly port: ContainerPort;
  readonly at: FieldPath;
}

function warnOfPorts(containers: readonly [Container, FieldPath][], warn: Warn): void {
  const all = containers.flatMap(([container, path]) =>
    (container.ports ?? []).map(
      (port, position): PlacedPort => ({
        port,
        at: path.child("ports").index(position),
      }),
    ),
  );
  const byNumber = new Map<string, PlacedPort[]>();
  for (const { port, at } of all) {
    if (port.hostIP && !port.hostPort) warn(`${at}: hostIP set without hostPort: ${goPort(port)}`);
    const key = `${port.containerPort}/${port.protocol}`;
    const others = byNumber.get(key) ?? [];
    for (const other of others) {
      const clash = clashOf(port, other.port);
      if (clash !== undefined) warn(`${at}: ${clash} port definition with ${other.at}`);
    }
    byNumber.set(key, [...others, { port, at }]);
  }
  const byName = new Map<string, FieldPath>();
  for (const { port, at } of all) {
    if (!port.name) continue;
    const other = byName.get(port.name);
    if (other === undefined) byName.set(port.name, at);
    else {
      warn(
        `${at}: duplicate port name ${goQuote(port.name)} with ${other}, services and probes ` +
          `that select ports by name will use ${other}`,
      );
    }
  }
}

function clashOf(port: ContainerPort, other: ContainerPort): string | undefined {
  const hostPorts = [port.hostPort ?? 0, other.hostPort ?? 0] as const;
  const hosts = [port.hostIP ?? "", other.hostIP ?? ""] as const;
  const samePort = hostPorts[0] === hostPorts[1];
  if (samePort && hosts[0] === hosts[1]) return "duplicate";
  if (hostPorts.includes(0)) return "overlapping";
  return samePort && (hosts[0] === "") !== (hosts[1] === "") ? "dangerously ambiguous" : undefined;
}

/** As Go shows the structure. */
function goPort({ name = "", hostPort = 0, containerPort, protocol, hostIP }: ContainerPort) {
  return (
    `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} ` +
    `Protocol:${protocol} HostIP:${hostIP}}`
  );
}

function warnOfFractions(container: Container, path: FieldPath, warn: Warn): void {
  for (const name of ["memory", "ephemeral-storage"]) {
    for (const field of ["limits", "requests"] as const) {
      const value = container.resources?.[field]?.[name];
      if (value === undefined || isWholeQuantity(value)) continue;
      const at = path.child("resources").child(field).key(name);
      warn(`${at}: fractional byte value ${goQuote(value)} is invalid, must be an integer`);
    }
  }
}

function warnOfAffinity(spec: PodSpec, path: FieldPath, warn: Warn): void {
  for (const kind of ["podAffinity", "podAntiAffinity"] as const) {
    const affinity = spec.affinity?.[kind];
    const at = path.child(kind);
    const check = (term: PodAffinityTerm | undefined, where: FieldPath): void => {
      if (!term?.labelSelector) warn(`${where.child("labelSelector")}: ${nullSelector}`);
    };
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [position, term] of required.entries()) {
      check(term, at.child("requiredDuringSchedulingIgnoredDuringExecution").index(position));
    }
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [position, weighted] of preferred.entries()) {
      const where = at.child("preferredDuringSchedulingIgnoredDuringExecution").index(position);
      check(weighted.podAffinityTerm, where.child("podAffinityTerm"));
    }
  }
}

/** Of a workload's template. */
export const templateSpecPath = FieldPath.root("spec").child("template").child("spec");
