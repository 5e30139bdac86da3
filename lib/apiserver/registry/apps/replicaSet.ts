import { semanticEqual } from "../../../api/equality.js";
import type { ReplicaSet } from "../../../api/gen/types/appsV1.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { templateSpecPath, warnOfPodSpec } from "../core/podWarnings.js";
import type { ErrorList } from "../errorList.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import {
  workloadSpec as spec,
  validateNotMoreThan,
  validateRunningTemplate,
  validateStatusCounts,
  validateWorkloadSelector,
} from "./workloadRules.js";

export function replicaSetStrategy(options: PodRuleOptions): TypedStrategy<ReplicaSet> {
  return {
    group: "apps",
    kind: "ReplicaSet",
    defaults(set) {
      set.spec ??= {} as NonNullable<ReplicaSet["spec"]>;
      set.spec.replicas ??= 1;
    },
    prepareForCreate: startGeneration,
    prepareForUpdate: keepGeneration,
    validate(set, errors, { warn }) {
      validateSpec(set, options, errors);
      if (errors.list.length === 0) {
        warnOfPodSpec(set.spec?.template?.spec, templateSpecPath, warn);
      }
    },
    validateUpdate(set, old, errors, context) {
      if (context.subresource === "status") {
        validateReplicaStatus(set.status, errors);
        return;
      }
      validateSpec(set, options, errors);
      const same = semanticEqual(set.spec?.selector, old.spec?.selector);
      errors.immutable(spec.child("selector"), set.spec?.selector, same);
    },
  };
}

function validateSpec(set: ReplicaSet, options: PodRuleOptions, errors: ErrorList): void {
  errors.nonNegative(spec.child("replicas"), set.spec?.replicas);
  errors.nonNegative(spec.child("minReadySeconds"), set.spec?.minReadySeconds);
  validateWorkloadSelector(set.spec?.selector, set.spec?.template, errors, "deployment");
  if (set.spec?.template) validateRunningTemplate(set.spec.template, options, errors);
  else errors.required(spec.child("template"));
}

interface ReplicaStatus {
  replicas?: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
}

/** Replica sets and replication controllers count alike. */
export function validateReplicaStatus(
  status: ReplicaStatus | undefined | null,
  errors: ErrorList,
): void {
  validateStatusCounts(
    status,
    [
      "replicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
      "observedGeneration",
    ],
    errors,
  );
  validateNotMoreThan(
    status,
    ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
    "replicas",
    errors,
  );
  validateNotMoreThan(status, ["availableReplicas"], "readyReplicas", errors, "readyReplicas");
}
