import type { PodResourceClaim, PodSpec, PodTemplateSpec } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { addressFault } from "../ipRules.js";
import {
  dns1123Label,
  dns1123Subdomain,
  dns1123SubdomainWithUnderscore,
  nameIsDns1123Subdomain,
  qualifiedName,
} from "../nameRules.js";
import { validateAnnotations, validateLabels } from "../objectMetaRules.js";
import { validateContainerDetails, validatePodResources } from "./containerDetailRules.js";
import {
  type ContainerScope,
  type PodRuleOptions,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from "./containerRules.js";
import { validateClaimSpec } from "./persistentVolumeClaimRules.js";
import { validateContainerResources } from "./resourceRules.js";
import {
  validateAffinity,
  validateTolerations,
  validateTopologySpread,
} from "./schedulingRules.js";
import { validatePodSecurityContext } from "./securityContextRules.js";
import { validateVolumes } from "./volumeRules.js";

const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const largestInteger = 2147483647;
const mostSearchCharacters = 2048;

/**
 * Everything that must hold for a pod's spec, in a pod and in a template alike. `addedVolumes` are
 * names of volumes that the pods get beside those of the spec.
 */
export function validatePodSpec(
  spec: PodSpec | undefined | null,
  options: PodRuleOptions,
  errors: ErrorList,
  path: FieldPath,
  addedVolumes: readonly string[] = [],
): void {
  if (!spec) {
    errors.required(path);
    return;
  }
  if (
    spec.terminationGracePeriodSeconds === undefined ||
    spec.terminationGracePeriodSeconds === null
  ) {
    errors.required(path.child("terminationGracePeriodSeconds"));
  }
  const volumes = validateVolumes(spec.volumes, errors, path.child("volumes"), validateClaimSpec);
  for (const name of addedVolumes) volumes.add(name);
  const scope: ContainerScope = { spec, volumes, options };
  validateContainers(spec.containers, scope, errors, path.child("containers"));
  validateInitContainers(scope, errors, path.child("initContainers"));
  validateEphemeralContainers(scope, errors, path.child("ephemeralContainers"));
  validateContainerDetails(spec, errors, path);
  validateContainerResources(spec.resources, errors, path.child("resources"));
  validatePodResources(spec, errors, path.child("resources"));
  validateRestartAndDns(spec, errors, path);
  validatePlacement(spec, errors, path);
  validateNetworkIdentity(spec, errors, path);
  validatePodSecurityContext(spec.securityContext, spec, errors, path.child("securityContext"));
  validateAffinity(spec.affinity, errors, path.child("affinity"));
  validateTopologySpread(
    spec.topologySpreadConstraints,
    errors,
    path.child("topologySpreadConstraints"),
  );
  validateReferences(spec, errors, path);
}

function validateRestartAndDns(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  if (!spec.restartPolicy) errors.required(path.child("restartPolicy"));
  else {
    const policies = ["Always", "OnFailure", "Never"];
    errors.oneOf(path.child("restartPolicy"), spec.restartPolicy, policies);
  }
  if (!spec.dnsPolicy) errors.required(path.child("dnsPolicy"));
  else errors.oneOf(path.child("dnsPolicy"), spec.dnsPolicy, dnsPolicies);
  validateDnsConfig(spec, errors, path.child("dnsConfig"));
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && deadline !== null && (deadline < 1 || deadline > largestInteger)) {
    const detail = `must be between 1 and ${largestInteger}, inclusive`;
    errors.invalid(path.child("activeDeadlineSeconds"), deadline, detail);
  }
}

function validateDnsConfig(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  const config = spec.dnsConfig;
  const servers = config?.nameservers ?? [];
  if (spec.dnsPolicy === "None" && !config) {
    errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
  } else if (spec.dnsPolicy === "None" && servers.length === 0) {
    const detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
    errors.required(path.child("nameservers"), detail);
  }
  if (!config) return;
  if (servers.length > 3) {
    errors.invalid(path.child("nameservers"), servers, "must not have more than 3 nameservers");
  }
  for (const [position, server] of servers.entries()) {
    const fault = addressFault(server);
    if (fault !== undefined) {
      errors.invalid(path.child("nameservers").index(position), server, fault);
    }
  }
  const searches = config.searches ?? [];
  if (searches.length > 32) {
    errors.invalid(path.child("searches"), searches, "must not have more than 32 search paths");
  }
  if (searches.join(" ").length > mostSearchCharacters) {
    const most = `${mostSearchCharacters} characters (including spaces)`;
    const detail = `must not have more than ${most} in the search list`;
    errors.invalid(path.child("searches"), searches, detail);
  }
  for (const [position, search] of searches.entries()) {
    if (search === ".") continue;
    const wrong = dns1123SubdomainWithUnderscore(search.replace(/\.$/, ""));
    errors.invalidAll(path.child("searches").index(position), search, wrong);
  }
  for (const [position, option] of (config.options ?? []).entries()) {
    if (!option.name) {
      errors.required(path.child("options").index(position), "must not be empty");
    }
  }
}

function validatePlacement(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  validateLabels(spec.nodeSelector, errors, path.child("nodeSelector"));
  if (spec.nodeName) {
    const wrong = nameIsDns1123Subdomain(spec.nodeName, false);
    errors.invalidAll(path.child("nodeName"), spec.nodeName, wrong);
  }
  if (!spec.schedulerName) errors.required(path.child("schedulerName"));
  validateTolerations(spec.tolerations, errors, path.child("tolerations"));
  const gates = new Set<string>();
  for (const [position, gate] of (spec.schedulingGates ?? []).entries()) {
    const at = path.child("schedulingGates").index(position);
    errors.invalidAll(at, gate.name, qualifiedName(gate.name));
    if (gates.has(gate.name)) errors.duplicate(at, gate.name);
    gates.add(gate.name);
  }
  for (const [position, gate] of (spec.readinessGates ?? []).entries()) {
    const at = path.child("readinessGates").index(position).child("conditionType");
    errors.invalidAll(at, gate.conditionType, qualifiedName(gate.conditionType));
  }
}

function validateNetworkIdentity(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  for (const field of ["hostname", "subdomain"] as const) {
    const value = spec[field];
    if (value) errors.invalidAll(path.child(field), value, dns1123Label(value));
  }
  for (const [position, alias] of (spec.hostAliases ?? []).entries()) {
    const at = path.child("hostAliases").index(position);
    const fault = addressFault(alias.ip ?? "");
    if (fault !== undefined) errors.invalid(at.child("ip"), alias.ip ?? "", fault);
    for (const [index, name] of (alias.hostnames ?? []).entries()) {
      errors.invalidAll(at.child("hostnames").index(index), name, dns1123Subdomain(name));
    }
  }
  if (spec.hostNetwork === true) validateHostPorts(spec, errors, path);
  if (spec.securityContext && spec.hostPID === true && spec.shareProcessNamespace === true) {
    const detail = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.invalid(path.child("shareProcessNamespace"), true, detail);
  }
  if (spec.hostUsers === false) {
    for (const field of ["hostNetwork", "hostPID", "hostIPC"] as const) {
      if (spec[field] !== true) continue;
      const detail = `when \`hostUsers\` is false, \`${field}\` must be false as well`;
      errors.forbidden(path.child(field), detail);
    }
  }
  if (spec.os && !spec.os.name) errors.required(path.child("os").child("name"));
  else if (spec.os) errors.oneOf(path.child("os"), spec.os.name, ["linux", "windows"]);
  validateHostnameOverride(spec, errors, path.child("hostnameOverride"));
}

/** What would say the pod's name in another way. */
function validateHostnameOverride(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  if (!spec.hostnameOverride) return;
  for (const field of ["hostNetwork", "setHostnameAsFQDN"] as const) {
    if (spec[field] === true) errors.forbidden(path, `may not be specified when ${field} is true`);
  }
}

/** In the host's network a container's port is the host's. */
function validateHostPorts(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  for (const list of ["containers", "initContainers"] as const) {
    for (const [position, container] of (spec[list] ?? []).entries()) {
      for (const [index, port] of (container.ports ?? []).entries()) {
        if (!port.hostPort || port.hostPort === port.containerPort) continue;
        const at = path.child(list).index(position).child("ports").index(index);
        errors.invalid(
          at.child("containerPort"),
          port.containerPort,
          "must match `hostPort` when `hostNetwork` is true",
        );
      }
    }
  }
}

function validateReferences(spec: PodSpec, errors: ErrorList, path: FieldPath): void {
  for (const field of ["serviceAccountName", "priorityClassName", "runtimeClassName"] as const) {
    const name = spec[field];
    if (name) errors.invalidAll(path.child(field), name, nameIsDns1123Subdomain(name, false));
  }
  if (spec.preemptionPolicy) {
    const supported = ["Never", "PreemptLowerPriority"];
    errors.oneOf(path.child("preemptionPolicy"), spec.preemptionPolicy, supported);
  }
  const claims = new Set<string>();
  for (const [position, claim] of (spec.resourceClaims ?? []).entries()) {
    const at = path.child("resourceClaims").index(position).child("name");
    if (!claim.name) errors.required(at);
    else errors.invalidAll(at, claim.name, dns1123Label(claim.name));
    if (claims.has(claim.name)) errors.duplicate(at, claim.name);
    claims.add(claim.name);
    validateClaimSource(claim, errors, path.child("resourceClaims").index(position));
  }
}

/** A claim that is there, or a template of one: one of them. */
function validateClaimSource(claim: PodResourceClaim, errors: ErrorList, path: FieldPath): void {
  const { name: Name, resourceClaimName, resourceClaimTemplateName } = claim;
  const shown = {
    Name,
    ResourceClaimName: resourceClaimName ?? null,
    ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
  };
  if (resourceClaimName && resourceClaimTemplateName) {
    const both = "at most one of `resourceClaimName` or `resourceClaimTemplateName`";
    errors.invalid(path, shown, `${both} may be specified`);
  } else if (!resourceClaimName && !resourceClaimTemplateName) {
    const detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
    errors.invalid(path, shown, detail);
  }
}

/**
 * Labels, annotations and spec of a template; what a controller allows of it is said by its own
 * rules.
 */
export function validatePodTemplate(
  template: PodTemplateSpec | undefined | null,
  options: PodRuleOptions,
  errors: ErrorList,
  path: FieldPath,
  addedVolumes: readonly string[] = [],
): void {
  const metadata = template?.metadata ?? {};
  // Upstream leaves the step over `metadata` out here.
  validateLabels(metadata.labels, errors, path.child("labels"));
  validateAnnotations(metadata.annotations, errors, path.child("annotations"));
  validatePodSpec(template?.spec, options, errors, path.child("spec"), addedVolumes);
  if ((template?.spec?.ephemeralContainers ?? []).length > 0) {
    const detail = "ephemeral containers not allowed in pod template";
    errors.forbidden(path.child("spec").child("ephemeralContainers"), detail);
  }
}
