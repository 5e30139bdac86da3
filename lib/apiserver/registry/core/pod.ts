import { semanticEqual } from "../../../api/equality.js";
import type {
  Container,
  Pod,
  PodSpec,
  PodStatus,
  Toleration,
} from "../../../api/gen/types/coreV1.js";
import { podQuality } from "../../../api/pods/podQuality.js";
import { formatTime } from "../../../api/time.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { dns1123Label, nameIsDns1123Subdomain } from "../nameRules.js";
import type { StrategyContext } from "../strategy.js";
import { setGeneration, type TypedStrategy } from "../typedStrategy.js";
import type { PodRuleOptions } from "./containerRules.js";
import { validatePodSpec } from "./podRules.js";
import { validatePodStatus } from "./podStatusRules.js";
import { warnOfPodSpec } from "./podWarnings.js";

const specPath = FieldPath.root("spec");
const largestInteger = 2147483647;
const fixedFields =
  "pod updates may not change fields other than `spec.containers[*].image`," +
  "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only " +
  "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be " +
  "set to 1 if it was previously negative)";

/** Pods: what may be changed after creation is little, and deletion is graceful. */
export function podStrategy(options: PodRuleOptions): TypedStrategy<Pod> {
  return {
    group: "",
    kind: "Pod",
    allowsPlain: ({ pod }) => options.allowPrivileged || pod?.isPrivileged !== true,
    prepareForCreate(pod, context) {
      pod.metadata.generation = 1;
      pod.status = { phase: "Pending", qosClass: podQuality(pod.spec) };
      mergeMatchLabelKeys(pod);
      if ((pod.spec.schedulingGates ?? []).length > 0) {
        pod.status.conditions = [
          {
            type: "PodScheduled",
            status: "False",
            reason: "SchedulingGated",
            message: "Scheduling is blocked due to non-empty scheduling gates",
            lastTransitionTime: formatTime(context.now),
          },
        ];
      }
    },
    prepareForUpdate,
    validate(pod, errors, { warn }) {
      validatePodSpec(pod.spec, options, errors, specPath);
      validateClaimNames(pod, errors);
      if ((pod.spec.ephemeralContainers ?? []).length > 0) {
        const detail = "cannot be set on create";
        errors.forbidden(specPath.child("ephemeralContainers"), detail);
      }
      if (pod.spec.nodeName && (pod.spec.schedulingGates ?? []).length > 0) {
        const detail = "cannot be set until all schedulingGates have been cleared";
        errors.forbidden(specPath.child("nodeName"), detail);
      }
      validateDeletionCost(pod, errors);
      if (errors.list.length > 0) return;
      warnOfHostname(pod.metadata.name ?? "", warn);
      warnOfPodSpec(pod.spec, specPath, warn);
    },
    validateUpdate(pod, old, errors, context) {
      if (context.subresource === "status") validateStatusUpdate(pod, old, errors);
      else if (context.subresource === "ephemeralcontainers") {
        validateEphemeralUpdate(pod, old, options, errors);
      } else if (context.subresource === "resize") validateResize(pod, old, options, errors);
      else {
        validateSpecUpdate(pod, old, options, errors);
        validateDeletionCost(pod, errors);
      }
    },
    graceSeconds(pod, requested) {
      // What never ran, or runs no more, has nothing to end gracefully.
      const phase = pod.status?.phase;
      if (!pod.spec.nodeName || phase === "Failed" || phase === "Succeeded") return 0;
      const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 30;
      // Beyond it no number is exact, and nobody lives to see the end.
      return seconds < 0 ? 1 : Math.min(seconds, Number.MAX_SAFE_INTEGER);
    },
  };
}

/** As Kubernetes writes a number of 32 bits. */
function validateDeletionCost({ metadata }: Pod, errors: ErrorList): void {
  const key = "controller.kubernetes.io/pod-deletion-cost";
  const cost = metadata.annotations?.[key];
  if (cost === undefined) return;
  const number = /^(0|[1-9]\d{0,9}|-\d{1,10})$/.test(cost) ? BigInt(cost) : undefined;
  if (number !== undefined && BigInt.asIntN(32, number) === number) return;
  const path = FieldPath.root("metadata").child("annotations").key(key);
  errors.invalid(path, cost, "must be a 32bit integer");
}

function warnOfHostname(name: string, warn: (message: string) => void): void {
  const wrong = dns1123Label(name);
  if (wrong.length === 0) return;
  warn(
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; " +
      `a DNS label is recommended: [${wrong.join(" ")}]`,
  );
}

/** A generic ephemeral volume makes a claim that is named after the pod and the volume. */
function validateClaimNames(pod: Pod, errors: ErrorList): void {
  for (const [position, volume] of (pod.spec.volumes ?? []).entries()) {
    if (!volume.ephemeral || !volume.name || !pod.metadata.name) continue;
    const claim = `${pod.metadata.name}-${volume.name}`;
    for (const wrong of nameIsDns1123Subdomain(claim, false)) {
      const at = specPath.child("volumes").index(position).child("name");
      errors.invalid(at, volume.name, `PVC name ${JSON.stringify(claim)}: ${wrong}`);
    }
  }
}

function prepareForUpdate(pod: Pod, old: Pod, context: StrategyContext): void {
  const generation = old.metadata.generation ?? 0;
  if (context.subresource === "status") {
    const deleting = pod.metadata.deletionTimestamp;
    pod.spec = old.spec;
    if (old.metadata.ownerReferences === undefined) delete pod.metadata.ownerReferences;
    else pod.metadata.ownerReferences = old.metadata.ownerReferences;
    if (!deleting) delete pod.metadata.deletionTimestamp;
    pod.status ??= {};
    pod.status.qosClass = podQuality(pod.spec);
    keepAddressesEqual(pod.status);
    setGeneration(pod.metadata, generation);
    return;
  }
  if (context.subresource === "resize") pod.spec = withResources(pod.spec, old.spec);
  if (context.subresource === "ephemeralcontainers") {
    const containers = pod.spec.ephemeralContainers;
    pod.spec = { ...old.spec, ...(containers ? { ephemeralContainers: containers } : {}) };
  }
  if (old.status === undefined) delete pod.status;
  else pod.status = old.status;
  const changed = !semanticEqual(pod.spec, old.spec);
  setGeneration(pod.metadata, changed ? generation + 1 : generation);
}

/** The one address and the list of them are two forms of the same. */
function keepAddressesEqual(status: PodStatus): void {
  const [first] = status.podIPs ?? [];
  if (first?.ip) status.podIP = first.ip;
  else if (status.podIP) status.podIPs = [{ ip: status.podIP }];
  const [host] = status.hostIPs ?? [];
  if (host?.ip && !status.hostIP) status.hostIP = host.ip;
  else if (status.hostIP && host === undefined) status.hostIPs = [{ ip: status.hostIP }];
}

/** The old spec with the new one's resources: nothing else is resized. */
function withResources(spec: PodSpec, old: PodSpec): PodSpec {
  const take = (list: Container[] | undefined, wanted: Container[] | undefined) =>
    (list ?? []).map((container) => {
      const found = wanted?.find(({ name }) => name === container.name);
      if (found === undefined) return container;
      const { resources: _before, ...rest } = container;
      return {
        ...rest,
        ...(found.resources ? { resources: found.resources } : {}),
        ...(found.resizePolicy ? { resizePolicy: found.resizePolicy } : {}),
      };
    });
  const resized: PodSpec = { ...old, containers: take(old.containers, spec.containers) };
  if (old.initContainers) resized.initContainers = take(old.initContainers, spec.initContainers);
  return resized;
}

function validateResize(pod: Pod, old: Pod, options: PodRuleOptions, errors: ErrorList): void {
  validatePodSpec(pod.spec, options, errors, specPath);
  const quality = podQuality(pod.spec);
  if (quality !== podQuality(old.spec)) {
    const detail = "Pod QOS Class may not change as a result of resizing";
    errors.invalid(specPath, quality, detail);
  }
}

/** matchLabelKeys become requirements of the selector, from the pod's own labels. */
function mergeMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels ?? {};
  const affinity = pod.spec.affinity;
  for (const terms of [affinity?.podAffinity, affinity?.podAntiAffinity]) {
    const required = terms?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = terms?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const term of [...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)]) {
      if (!term.labelSelector) continue;
      const keys = [
        ...(term.matchLabelKeys ?? []).map((key) => ({ key, operator: "In" })),
        ...(term.mismatchLabelKeys ?? []).map((key) => ({ key, operator: "NotIn" })),
      ];
      const added = keys.flatMap(({ key, operator }) => {
        const value = labels[key];
        return value === undefined ? [] : [{ key, operator, values: [value] }];
      });
      if (added.length === 0) continue;
      term.labelSelector.matchExpressions = [
        ...(term.labelSelector.matchExpressions ?? []),
        ...added,
      ];
    }
  }
}

function validateSpecUpdate(pod: Pod, old: Pod, options: PodRuleOptions, errors: ErrorList): void {
  // What was accepted once stays so: metadata may be changed whatever the rules are by now.
  if (semanticEqual(pod.spec, old.spec)) return;
  validatePodSpec(pod.spec, options, errors, specPath);
  for (const list of ["containers", "initContainers"] as const) {
    if ((pod.spec[list] ?? []).length === (old.spec[list] ?? []).length) continue;
    const what = list === "containers" ? "containers" : "init containers";
    errors.forbidden(specPath.child(list), `pod updates may not add or remove ${what}`);
    return;
  }
  if ((pod.spec.ephemeralContainers ?? []).length !== (old.spec.ephemeralContainers ?? []).length) {
    const detail = "pod updates may not add or remove ephemeral containers";
    errors.forbidden(specPath.child("ephemeralContainers"), detail);
  }
  validateDeadlineUpdate(pod.spec, old.spec, errors);
  validateTolerationsUpdate(pod.spec, old.spec, errors);
  validateGatesUpdate(pod.spec, old.spec, errors);
  const munged = withMutableFieldsOf(pod.spec, old.spec);
  if (!semanticEqual(munged, old.spec)) {
    errors.forbidden(specPath, `${fixedFields}\n${difference(old.spec, munged)}`);
  }
}

function validateDeadlineUpdate(spec: PodSpec, old: PodSpec, errors: ErrorList): void {
  const path = specPath.child("activeDeadlineSeconds");
  const deadline = spec.activeDeadlineSeconds ?? undefined;
  const before = old.activeDeadlineSeconds ?? undefined;
  if (deadline !== undefined) {
    if (deadline < 0 || deadline > largestInteger) {
      errors.invalid(path, deadline, `must be between 0 and ${largestInteger}, inclusive`);
    } else if (before !== undefined && before < deadline) {
      errors.invalid(path, deadline, "must be less than or equal to previous value");
    }
  } else if (before !== undefined) {
    errors.invalid(path, null, "must not update from a positive integer to nil value");
  }
}

function sameButSeconds(left: Toleration, right: Toleration): boolean {
  return (["key", "operator", "value", "effect"] as const).every(
    (field) => (left[field] ?? "") === (right[field] ?? ""),
  );
}

function validateTolerationsUpdate(spec: PodSpec, old: PodSpec, errors: ErrorList): void {
  const path = specPath.child("tolerations");
  const kept = (old.tolerations ?? []).every((toleration) =>
    (spec.tolerations ?? []).some((candidate) => sameButSeconds(candidate, toleration)),
  );
  if (!kept) {
    const detail = "existing toleration can not be modified except its tolerationSeconds";
    errors.forbidden(path, detail);
  }
}

function validateGatesUpdate(spec: PodSpec, old: PodSpec, errors: ErrorList): void {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  for (const [position, gate] of (spec.schedulingGates ?? []).entries()) {
    if (before.has(gate.name)) continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${gate.name}'`;
    errors.forbidden(specPath.child("schedulingGates").index(position).child("name"), detail);
  }
}

/** The new spec with every field that may change taken from the old one. */
function withMutableFieldsOf(spec: PodSpec, old: PodSpec): PodSpec {
  const munged: PodSpec = { ...spec };
  const images = (list: Container[] | undefined, before: Container[] | undefined) =>
    (list ?? []).map((container, position) => {
      const image = before?.[position]?.image;
      return image === undefined ? container : { ...container, image };
    });
  munged.containers = images(spec.containers, old.containers);
  if (spec.initContainers) munged.initContainers = images(spec.initContainers, old.initContainers);
  const take = (field: "activeDeadlineSeconds" | "tolerations" | "schedulingGates"): void => {
    delete munged[field];
    if (old[field] !== undefined) Object.assign(munged, { [field]: old[field] });
  };
  take("activeDeadlineSeconds");
  take("tolerations");
  take("schedulingGates");
  const grace = old.terminationGracePeriodSeconds ?? 0;
  if (grace < 0 && spec.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = grace;
  }
  // A gated pod's placement may still be narrowed.
  if ((old.schedulingGates ?? []).length > 0) {
    if (narrows(spec.nodeSelector, old.nodeSelector)) {
      if (old.nodeSelector === undefined) delete munged.nodeSelector;
      else munged.nodeSelector = old.nodeSelector;
    }
    if (old.affinity?.nodeAffinity === undefined && munged.affinity) {
      const { nodeAffinity: _added, ...rest } = munged.affinity;
      munged.affinity = rest;
    }
  }
  return munged;
}

function narrows(
  selector: Readonly<Record<string, string>> | undefined,
  old: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(old ?? {}).every(([key, value]) => selector?.[key] === value);
}

/** The first level of fields that differ, as lines of a diff. */
function difference(old: PodSpec, spec: PodSpec): string {
  const before = old as unknown as Record<string, unknown>;
  const after = spec as unknown as Record<string, unknown>;
  const lines: string[] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (semanticEqual(before[key], after[key])) continue;
    if (before[key] !== undefined) lines.push(`- \t${key}: ${JSON.stringify(before[key])},`);
    if (after[key] !== undefined) lines.push(`+ \t${key}: ${JSON.stringify(after[key])},`);
  }
  return lines.join("\n");
}

function validateEphemeralUpdate(
  pod: Pod,
  old: Pod,
  options: PodRuleOptions,
  errors: ErrorList,
): void {
  validatePodSpec(pod.spec, options, errors, specPath);
  const path = specPath.child("ephemeralContainers");
  const fresh = new Map((pod.spec.ephemeralContainers ?? []).map((c) => [c.name, c]));
  for (const container of old.spec.ephemeralContainers ?? []) {
    const now = fresh.get(container.name);
    if (now === undefined) {
      errors.forbidden(
        path,
        `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`,
      );
    } else if (!semanticEqual(now, container)) {
      errors.forbidden(
        path,
        `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed\n`,
      );
    }
  }
}

function validateStatusUpdate(pod: Pod, old: Pod, errors: ErrorList): void {
  const path = FieldPath.root("status");
  if ((pod.spec.nodeName ?? "") !== (old.spec.nodeName ?? "")) {
    errors.forbidden(path.child("nodeName"), "may not be changed directly");
  }
  validatePodStatus(pod.status ?? {}, old.status ?? {}, errors, path);
  if (old.spec.restartPolicy === "Always") return;
  validateNoRestart(pod, old, errors, path.child("containerStatuses"));
}

/** A container that ended for good may not be said to run again. */
function validateNoRestart(pod: Pod, old: Pod, errors: ErrorList, path: FieldPath): void {
  const fresh = new Map((pod.status?.containerStatuses ?? []).map((s) => [s.name, s]));
  for (const [position, before] of (old.status?.containerStatuses ?? []).entries()) {
    const ended = before.state?.terminated;
    if (!ended) continue;
    if (ended.exitCode !== 0 && old.spec.restartPolicy === "OnFailure") continue;
    const now = fresh.get(before.name);
    if (now && !now.state?.terminated) {
      const detail = "may not be transitioned to non-terminated state";
      errors.forbidden(path.index(position).child("state"), detail);
    }
  }
}
