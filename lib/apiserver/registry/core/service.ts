import { semanticEqual } from "../../../api/equality.js";
import type { Service, ServicePort, ServiceSpec } from "../../../api/gen/types/coreV1.js";
import { parseCidr, parseIp, unusableEndpoint } from "../../../api/ipAddress.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { addressFault, ipDetail } from "../ipRules.js";
import { dns1123Label, dns1123Subdomain, nameIsDns1123Label, qualifiedName } from "../nameRules.js";
import { validateLabels } from "../objectMetaRules.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";
import { validatePortOrName } from "./probeRules.js";

const root = FieldPath.root("spec");
const protocols = ["SCTP", "TCP", "UDP"];
const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const policies = ["Cluster", "Local"];
const oneDaySeconds = 86400;

/**
 * Services. Addresses, families and node ports are filled in by the allocator
 * (allocation/serviceAllocator.ts)
 * between these defaults and this validation.
 */
export const serviceStrategy: TypedStrategy<Service> = {
  group: "",
  kind: "Service",
  allowCreateOnUpdate: true,
  validateName: nameIsDns1123Label,
  defaults: defaultService,
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
  },
  prepareForUpdate(service, old, context) {
    splitStatus(service, old, context);
    if (context.subresource !== "status") dropTypeDependent(service, old);
  },
  validate(service, errors, { warn }) {
    validateService(service, errors);
    if (errors.list.length === 0) warnOfService(service, warn);
  },
  validateUpdate(service, old, errors, context) {
    if (context.subresource === "status") return;
    validateService(service, errors);
    validateChange(service, old, errors);
    if (errors.list.length === 0) warnOfService(service, context.warn);
  },
};

function defaultService(service: Service): void {
  service.spec ??= {};
  const spec = service.spec;
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP") {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: seconds ?? 10800 } };
  }
  spec.type ||= "ClusterIP";
  for (const port of spec.ports ?? []) {
    port.protocol ||= "TCP";
    // A pointer of two kinds: what is absent, 0 or "" means the same port.
    if (!port.targetPort) port.targetPort = port.port;
  }
  const external = spec.type === "NodePort" || spec.type === "LoadBalancer";
  if (external) spec.externalTrafficPolicy ||= "Cluster";
  if (external || spec.type === "ClusterIP") spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
}

/**
 * What belongs to a type that the service no longer has goes with it, where the client left it as
 * it was.
 */
function dropTypeDependent(service: Service, old: Service): void {
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  const had = (type: string | undefined): boolean => type === "NodePort" || type === "LoadBalancer";
  if (spec.type === "ExternalName" && before.type !== "ExternalName") {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] as const) {
      if (semanticEqual(spec[field], before[field])) delete spec[field];
    }
  }
  if (had(before.type) && !had(spec.type)) {
    if (samePortNumbers(spec, before)) for (const port of spec.ports ?? []) delete port.nodePort;
    if (spec.externalTrafficPolicy === before.externalTrafficPolicy) {
      delete spec.externalTrafficPolicy;
    }
  }
  const local = (s: ServiceSpec): boolean =>
    s.type === "LoadBalancer" && s.externalTrafficPolicy === "Local";
  if (local(before) && !local(spec) && spec.healthCheckNodePort === before.healthCheckNodePort) {
    delete spec.healthCheckNodePort;
  }
  if (before.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    for (const field of ["allocateLoadBalancerNodePorts", "loadBalancerClass"] as const) {
      if (spec[field] === before[field]) delete spec[field];
    }
  }
  if (before.type === "ExternalName" && spec.type !== "ExternalName") {
    if (spec.externalName === before.externalName) delete spec.externalName;
  }
}

function samePortNumbers(spec: ServiceSpec, old: ServiceSpec): boolean {
  const numbers = (s: ServiceSpec) => (s.ports ?? []).map(({ nodePort }) => nodePort ?? 0);
  return semanticEqual(numbers(spec), numbers(old));
}

function validateService(service: Service, errors: ErrorList): void {
  const spec = service.spec ?? {};
  const headless = spec.clusterIP === "None";
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !headless && spec.type !== "ExternalName") {
    errors.required(root.child("ports"));
  }
  validateTypeNeeds(spec, errors);
  const names = new Set<string>();
  for (const [position, port] of ports.entries()) {
    validatePort(port, ports.length > 1, names, errors, root.child("ports").index(position));
  }
  validateLabels(spec.selector, errors, root.child("selector"));
  validateAffinity(spec, errors);
  if (!spec.type) errors.required(root.child("type"));
  else errors.oneOf(root.child("type"), spec.type, types);
  validatePortPairs(ports, spec.type, errors);
  validateAddresses(spec, errors);
  validatePolicies(spec, errors);
}

/** What the service says and nobody heeds, or soon will not. */
function warnOfService({ spec = {} }: Service, warn: (message: string) => void): void {
  const headless = spec.clusterIP === "None";
  const external = (spec.externalIPs ?? []).length > 0;
  if (headless) {
    if (spec.loadBalancerIP) warn("spec.loadBalancerIP is ignored for headless services");
    if (external) warn("spec.externalIPs is ignored for headless services");
    if (spec.sessionAffinity !== "None") {
      warn("spec.SessionAffinity is ignored for headless services");
    }
  }
  if (spec.type === "ExternalName") {
    if (external) warn('spec.externalIPs is ignored when spec.type is "ExternalName"');
  } else {
    if (external && !headless) {
      warn("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
    }
    if (spec.externalName) {
      warn('spec.externalName is ignored when spec.type is not "ExternalName"');
    }
  }
  if (spec.trafficDistribution === "PreferClose") {
    warn('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
}

function validateTypeNeeds(spec: ServiceSpec, errors: ErrorList): void {
  const headless = spec.clusterIP === "None";
  if (spec.type === "LoadBalancer") {
    if (headless) {
      errors.invalid(
        root.child("clusterIPs").index(0),
        "None",
        "may not be set to 'None' for LoadBalancer services",
      );
    }
  } else if (spec.type === "NodePort") {
    if (headless) {
      errors.invalid(
        root.child("clusterIPs").index(0),
        "None",
        "may not be set to 'None' for NodePort services",
      );
    }
  } else if (spec.type === "ExternalName") {
    if ((spec.clusterIPs ?? []).length > 0) {
      errors.forbidden(root.child("clusterIPs"), "may not be set for ExternalName services");
    }
    for (const field of ["ipFamilies", "ipFamilyPolicy"] as const) {
      if ((spec[field] ?? "").length > 0) {
        errors.forbidden(root.child(field), "may not be set for ExternalName services");
      }
    }
    const name = (spec.externalName ?? "").replace(/\.$/, "");
    if (name === "") errors.required(root.child("externalName"));
    else errors.invalidAll(root.child("externalName"), name, dns1123Subdomain(name));
  }
}

function validatePort(
  port: ServicePort,
  named: boolean,
  names: Set<string>,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!port.name) {
    if (named) errors.required(path.child("name"));
  } else {
    errors.invalidAll(path.child("name"), port.name, dns1123Label(port.name));
    if (names.has(port.name)) errors.duplicate(path.child("name"), port.name);
    names.add(port.name);
  }
  if (!(port.port >= 1 && port.port <= 65535)) {
    errors.invalid(path.child("port"), port.port ?? 0, "must be between 1 and 65535, inclusive");
  }
  if (!port.protocol) errors.required(path.child("protocol"));
  else errors.oneOf(path.child("protocol"), port.protocol, protocols);
  validatePortOrName(port.targetPort, errors, path.child("targetPort"));
  if (port.appProtocol !== undefined) {
    errors.invalidAll(path.child("appProtocol"), port.appProtocol, qualifiedName(port.appProtocol));
  }
}

function validatePortPairs(
  ports: readonly ServicePort[],
  type: string | undefined,
  errors: ErrorList,
): void {
  const pairs = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [position, port] of ports.entries()) {
    const at = root.child("ports").index(position);
    const pair = `${port.protocol}/${port.port}`;
    if (pairs.has(pair)) {
      const shown = { Name: "", Protocol: port.protocol, AppProtocol: null, Port: port.port };
      Object.assign(shown, { TargetPort: 0, NodePort: 0 });
      errors.duplicate(at, shown);
    }
    pairs.add(pair);
    if (!port.nodePort) continue;
    if (type === "ClusterIP") {
      const detail = "may not be used when `type` is 'ClusterIP'";
      errors.forbidden(at.child("nodePort"), detail);
    }
    const nodePair = `${port.protocol}/${port.nodePort}`;
    if (nodePorts.has(nodePair)) errors.duplicate(at.child("nodePort"), port.nodePort);
    nodePorts.add(nodePair);
  }
}

function validateAffinity(spec: ServiceSpec, errors: ErrorList): void {
  const path = root.child("sessionAffinity");
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (!spec.sessionAffinity) errors.required(path);
  else errors.oneOf(path, spec.sessionAffinity, ["ClientIP", "None"]);
  if (spec.sessionAffinity === "ClientIP") {
    const at = root.child("sessionAffinityConfig").child("clientIP").child("timeoutSeconds");
    if (seconds !== undefined && seconds !== null && (seconds <= 0 || seconds > oneDaySeconds)) {
      const detail = `must be greater than 0 and less than ${oneDaySeconds}`;
      errors.invalid(at, seconds, detail);
    }
  } else if (spec.sessionAffinity === "None" && spec.sessionAffinityConfig) {
    const detail = "must not be set when session affinity is None";
    errors.forbidden(root.child("sessionAffinityConfig"), detail);
  }
}

function validateAddresses(spec: ServiceSpec, errors: ErrorList): void {
  for (const [position, address] of (spec.externalIPs ?? []).entries()) {
    const at = root.child("externalIPs").index(position);
    const fault = addressFault(address);
    const parsed = fault === undefined ? parseIp(address) : undefined;
    if (fault !== undefined) errors.invalid(at, address, fault);
    if (parsed !== undefined) {
      const wrong = unusableEndpoint(parsed);
      if (wrong !== undefined) errors.invalid(at, address, wrong);
    }
  }
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && spec.type !== "LoadBalancer") {
    const detail = "may only be used when `type` is 'LoadBalancer'";
    errors.forbidden(root.child("LoadBalancerSourceRanges"), detail);
  }
  for (const [position, range] of ranges.entries()) {
    if (parseCidr(range.trim()) === undefined) {
      const at = root.child("LoadBalancerSourceRanges").index(position);
      errors.invalid(at, range, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== "LoadBalancer") {
    const detail = "may only be used when `type` is 'LoadBalancer'";
    errors.forbidden(root.child("allocateLoadBalancerNodePorts"), detail);
  }
  const balancer = spec.loadBalancerClass ?? undefined;
  if (balancer !== undefined && spec.type !== "LoadBalancer") {
    const detail = "may only be used when `type` is 'LoadBalancer'";
    errors.forbidden(root.child("loadBalancerClass"), detail);
  } else if (balancer !== undefined) {
    errors.invalidAll(root.child("loadBalancerClass"), balancer, qualifiedName(balancer));
  }
  validateClusterIps(spec, errors);
}

function validateClusterIps(spec: ServiceSpec, errors: ErrorList): void {
  const path = root.child("clusterIPs");
  const addresses = spec.clusterIPs ?? [];
  if (addresses.length > 0 && spec.clusterIP !== addresses[0]) {
    const detail = "first value must match `clusterIP`";
    errors.invalid(path.index(0), addresses, detail);
  }
  if (addresses.length > 2) {
    errors.invalid(path, addresses, "may only hold up to 2 values");
  }
  for (const [position, address] of addresses.entries()) {
    if (address === "None") {
      if (addresses.length > 1) {
        const detail = "'None' must be the first and only value";
        errors.invalid(path.index(position), address, detail);
      }
    } else if (parseIp(address) === undefined)
      errors.invalid(path.index(position), address, ipDetail);
  }
  for (const [position, family] of (spec.ipFamilies ?? []).entries()) {
    const at = root.child("ipFamilies").index(position);
    errors.oneOf(at, family, ["IPv4", "IPv6"]);
    if ((spec.ipFamilies ?? []).indexOf(family) < position) errors.duplicate(at, family);
  }
  if (spec.ipFamilyPolicy !== undefined) {
    const supported = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    errors.oneOf(root.child("ipFamilyPolicy"), spec.ipFamilyPolicy, supported);
  }
}

function validatePolicies(spec: ServiceSpec, errors: ErrorList): void {
  const external = spec.type === "NodePort" || spec.type === "LoadBalancer";
  // With a type of its own making nothing is reached from outside, whatever addresses it has.
  const known = types.includes(spec.type ?? "");
  const exposes = external || (known && (spec.externalIPs ?? []).length > 0);
  const path = root.child("externalTrafficPolicy");
  if (spec.externalTrafficPolicy) {
    if (!exposes) {
      const detail = "may only be set for externally-accessible services";
      errors.invalid(path, spec.externalTrafficPolicy, detail);
    } else errors.oneOf(path, spec.externalTrafficPolicy, policies);
  } else if (external) errors.required(path);
  if (spec.healthCheckNodePort) {
    const needs = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
    if (!needs) {
      const detail =
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.invalid(root.child("healthCheckNodePort"), spec.healthCheckNodePort, detail);
    }
  }
  if (spec.type !== "ExternalName") {
    const at = root.child("internalTrafficPolicy");
    const policy = spec.internalTrafficPolicy;
    if (policy !== undefined) errors.oneOf(at, policy, policies);
    else if (known) errors.required(at);
  }
  if (spec.trafficDistribution !== undefined) {
    const supported = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    errors.oneOf(root.child("trafficDistribution"), spec.trafficDistribution, supported);
  }
}

function validateChange(service: Service, old: Service, errors: ErrorList): void {
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  const external = spec.type === "ExternalName" || before.type === "ExternalName";
  if (!external && (before.clusterIPs ?? []).length > 0) {
    const same = (spec.clusterIPs ?? [])[0] === (before.clusterIPs ?? [])[0];
    const path = root.child("clusterIPs").index(0);
    if (!same) errors.invalid(path, spec.clusterIPs ?? [], "may not change once set");
  }
  if (spec.type === "LoadBalancer" && before.type === "LoadBalancer") {
    if ((spec.loadBalancerClass ?? null) !== (before.loadBalancerClass ?? null)) {
      errors.invalid(
        root.child("loadBalancerClass"),
        spec.loadBalancerClass ?? null,
        "may not change once set",
      );
    }
  }
}
