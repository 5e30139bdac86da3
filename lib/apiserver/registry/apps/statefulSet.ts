import { semanticEqual } from "../../../api/equality.js";
import type { StatefulSet, StatefulSetSpec } from "../../../api/gen/types/appsV1.js";
import type { PersistentVolumeClaim } from "../../../api/gen/types/coreV1.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { defaultClaim } from "../core/persistentVolumeClaim.js";
import { validateClaimSpec } from "../core/persistentVolumeClaimRules.js";
import { templateSpecPath, warnOfPodSpec } from "../core/podWarnings.js";
import type { ErrorList } from "../errorList.js";
import { dns1123Label, nameIsDns1123Label } from "../nameRules.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import {
  goNamed,
  isZeroCount,
  workloadSpec as spec,
  validateCountOrPercent,
  validateNotMoreThan,
  validateRunningTemplate,
  validateStatusCounts,
  validateWorkloadSelector,
} from "./workloadRules.js";

export function statefulSetStrategy(options: PodRuleOptions): TypedStrategy<StatefulSet> {
  return {
    group: "apps",
    kind: "StatefulSet",
    validateName: nameIsDns1123Label,
    defaults: defaultStatefulSet,
    prepareForCreate: startGeneration,
    prepareForUpdate: keepGeneration,
    validate(set, errors, { warn }) {
      validateSpec(set, options, errors);
      const service = set.spec?.serviceName ?? "";
      if (service !== "") {
        errors.invalidAll(spec.child("serviceName"), service, dns1123Label(service));
      }
      if (errors.list.length === 0) {
        warnOfPodSpec(set.spec?.template?.spec, templateSpecPath, warn);
      }
    },
    validateUpdate(set, old, errors, context) {
      if (context.subresource === "status") {
        validateStatus(set, errors);
        return;
      }
      validateSpec(set, options, errors);
      validateChange(set, old, errors);
    },
  };
}

const fixedFields = ["selector", "serviceName", "podManagementPolicy"] as const;

function validateChange(set: StatefulSet, old: StatefulSet, errors: ErrorList): void {
  for (const field of fixedFields) {
    const same = semanticEqual(set.spec?.[field], old.spec?.[field]);
    const shown = set.spec?.[field] ?? (field === "selector" ? null : "");
    errors.immutable(spec.child(field), shown, same);
  }
  const claims = (wanted: StatefulSet) => (wanted.spec?.volumeClaimTemplates ?? []).map(nameless);
  const same = semanticEqual(claims(set), claims(old));
  const shown = set.spec?.volumeClaimTemplates ?? null;
  errors.immutable(spec.child("volumeClaimTemplates"), shown, same);
}

/** Without kind and version: the stored form of a template has none. */
function nameless(claim: PersistentVolumeClaim): object {
  const { apiVersion: _version, kind: _kind, ...rest } = claim;
  return rest;
}

function defaultStatefulSet(set: StatefulSet): void {
  set.spec ??= {} as NonNullable<StatefulSet["spec"]>;
  const wanted = set.spec;
  wanted.podManagementPolicy ||= "OrderedReady";
  wanted.updateStrategy ??= {};
  // A strategy that is named, but without parameters, is left without.
  const implied = !wanted.updateStrategy.type;
  wanted.updateStrategy.type ||= "RollingUpdate";
  if (implied && wanted.updateStrategy.type === "RollingUpdate") {
    wanted.updateStrategy.rollingUpdate ??= {};
  }
  if (wanted.updateStrategy.rollingUpdate) {
    wanted.updateStrategy.rollingUpdate.partition ??= 0;
    wanted.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
  }
  wanted.persistentVolumeClaimRetentionPolicy ??= {};
  wanted.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
  wanted.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
  wanted.replicas ??= 1;
  wanted.revisionHistoryLimit ??= 10;
  for (const claim of wanted.volumeClaimTemplates ?? []) {
    claim.apiVersion ??= "v1";
    claim.kind ??= "PersistentVolumeClaim";
    defaultClaim(claim);
    claim.status ??= {};
    claim.status.phase ||= "Pending";
  }
}

function validateSpec(set: StatefulSet, options: PodRuleOptions, errors: ErrorList): void {
  const wanted = set.spec;
  const management = wanted?.podManagementPolicy;
  if (!management) errors.required(spec.child("podManagementPolicy"));
  else if (management !== "OrderedReady" && management !== "Parallel") {
    const detail = "must be 'OrderedReady' or 'Parallel'";
    errors.invalid(spec.child("podManagementPolicy"), management, detail);
  }
  const strategy = wanted?.updateStrategy;
  const path = spec.child("updateStrategy");
  if (!strategy?.type) errors.required(path);
  else if (strategy.type === "OnDelete") {
    if (strategy.rollingUpdate) {
      const detail = "only allowed for updateStrategy 'RollingUpdate'";
      errors.invalid(path.child("rollingUpdate"), strategy.rollingUpdate, detail);
    }
  } else if (strategy.type === "RollingUpdate") {
    const at = path.child("rollingUpdate");
    errors.nonNegative(at.child("partition"), strategy.rollingUpdate?.partition);
    validateCountOrPercent(
      strategy.rollingUpdate?.maxUnavailable,
      errors,
      at.child("maxUnavailable"),
    );
    const unavailable = strategy.rollingUpdate?.maxUnavailable;
    if (isZeroCount(unavailable)) {
      errors.invalid(at.child("maxUnavailable"), unavailable, "cannot be 0");
    }
  } else errors.invalid(path, goNamed(strategy), "must be 'RollingUpdate' or 'OnDelete'");
  errors.nonNegative(spec.child("replicas"), wanted?.replicas);
  errors.nonNegative(spec.child("minReadySeconds"), wanted?.minReadySeconds);
  errors.nonNegative(spec.child("ordinals").child("start"), wanted?.ordinals?.start);
  validateRetention(wanted, errors);
  validateClaimTemplates(wanted, errors);
  validateWorkloadSelector(wanted?.selector, wanted?.template, errors, "statefulset");
  const claims = (wanted?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? "");
  validateRunningTemplate(wanted?.template, options, errors, claims);
}

function validateRetention(wanted: StatefulSetSpec | undefined, errors: ErrorList): void {
  const policy = wanted?.persistentVolumeClaimRetentionPolicy;
  const path = spec.child("persistentVolumeClaimRetentionPolicy");
  for (const field of ["whenDeleted", "whenScaled"] as const) {
    errors.oneOf(path.child(field), policy?.[field], ["Retain", "Delete"]);
  }
}

/** Every template becomes a volume of the pods, by its own name. */
function validateClaimTemplates(wanted: StatefulSetSpec | undefined, errors: ErrorList): void {
  const volumes = spec.child("template").child("spec").child("volumes");
  for (const [position, claim] of (wanted?.volumeClaimTemplates ?? []).entries()) {
    const path = spec.child("volumeClaimTemplates").index(position).child("spec");
    validateClaimSpec(claim.spec, errors, path);
    const name = claim.metadata?.name ?? "";
    const at = volumes.index(position);
    if (name === "") errors.required(at.child("persistentVolumeClaim").child("claimName"));
    if (name === "") errors.required(at.child("name"));
    else errors.invalidAll(at.child("name"), name, dns1123Label(name));
  }
}

function validateStatus(set: StatefulSet, errors: ErrorList): void {
  const counts = [
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "observedGeneration",
    "collisionCount",
  ] as const;
  validateStatusCounts(set.status, counts, errors);
  validateNotMoreThan(
    set.status,
    ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
    "replicas",
    errors,
  );
}
