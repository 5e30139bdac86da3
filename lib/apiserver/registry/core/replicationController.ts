import type { ReplicationController } from "../../../api/gen/types/coreV1.js";
import { validateReplicaStatus } from "../apps/replicaSet.js";
import { workloadSpec as spec, validateRunningTemplate } from "../apps/workloadRules.js";
import type { ErrorList } from "../errorList.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import type { PodRuleOptions } from "./containerRules.js";
import { templateSpecPath, warnOfPodSpec } from "./podWarnings.js";

export function replicationControllerStrategy(
  options: PodRuleOptions,
): TypedStrategy<ReplicationController> {
  return {
    group: "",
    kind: "ReplicationController",
    defaultGarbageCollection: "orphan",
    defaults(controller) {
      controller.spec ??= {};
      const { spec: wanted, metadata } = controller;
      const labels = wanted.template?.metadata?.labels;
      if (labels) {
        if (Object.keys(wanted.selector ?? {}).length === 0) wanted.selector = { ...labels };
        if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
      }
      wanted.replicas ??= 1;
    },
    prepareForCreate: startGeneration,
    prepareForUpdate: keepGeneration,
    validate(controller, errors, { warn }) {
      validateSpec(controller, options, errors);
      if (errors.list.length === 0) {
        warnOfPodSpec(controller.spec?.template?.spec, templateSpecPath, warn);
      }
    },
    validateUpdate(controller, _old, errors, context) {
      if (context.subresource === "status") validateReplicaStatus(controller.status, errors);
      else validateSpec(controller, options, errors);
    },
  };
}

function validateSpec(
  controller: ReplicationController,
  options: PodRuleOptions,
  errors: ErrorList,
): void {
  const wanted = controller.spec;
  const selector = wanted?.selector ?? {};
  errors.nonNegative(spec.child("minReadySeconds"), wanted?.minReadySeconds);
  if (Object.keys(selector).length === 0) errors.required(spec.child("selector"));
  errors.nonNegative(spec.child("replicas"), wanted?.replicas);
  if (!wanted?.template) {
    errors.required(spec.child("template"));
    return;
  }
  const labels = wanted.template.metadata?.labels;
  if (Object.entries(selector).some(([key, value]) => labels?.[key] !== value)) {
    const at = spec.child("template").child("metadata").child("labels");
    errors.invalid(at, labels ?? null, "`selector` does not match template `labels`");
  }
  validateRunningTemplate(wanted.template, options, errors);
}
