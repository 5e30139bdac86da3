import { semanticEqual } from "../../../api/equality.js";
import type { Deployment } from "../../../api/gen/types/appsV1.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { templateSpecPath, warnOfPodSpec } from "../core/podWarnings.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import {
  setGeneration,
  splitStatus,
  startGeneration,
  type TypedStrategy,
} from "../typedStrategy.js";
import {
  goNamed,
  isZeroCount,
  workloadSpec as spec,
  validateAtMostAll,
  validateCountOrPercent,
  validateNotMoreThan,
  validateRunningTemplate,
  validateStatusCounts,
  validateWorkloadSelector,
} from "./workloadRules.js";

export function deploymentStrategy(options: PodRuleOptions): TypedStrategy<Deployment> {
  return {
    group: "apps",
    kind: "Deployment",
    defaults: defaultDeployment,
    prepareForCreate: startGeneration,
    prepareForUpdate(deployment, old, context) {
      splitStatus(deployment, old, context);
      const generation = old.metadata.generation ?? 0;
      if (context.subresource === "status") {
        deployment.metadata.labels = old.metadata.labels ?? {};
        setGeneration(deployment.metadata, generation);
        return;
      }
      // Annotations are copied to replica sets, so that the controller must see their changes
      // too.
      const changed =
        !semanticEqual(deployment.spec, old.spec) ||
        !semanticEqual(deployment.metadata.annotations, old.metadata.annotations);
      setGeneration(deployment.metadata, changed ? generation + 1 : generation);
    },
    validate(deployment, errors, { warn }) {
      validateSpec(deployment, options, errors);
      if (errors.list.length === 0) {
        warnOfPodSpec(deployment.spec?.template?.spec, templateSpecPath, warn);
      }
    },
    validateUpdate(deployment, old, errors, context) {
      if (context.subresource === "status") {
        validateStatus(deployment, old, errors);
        return;
      }
      validateSpec(deployment, options, errors);
      const same = semanticEqual(deployment.spec?.selector, old.spec?.selector);
      errors.immutable(spec.child("selector"), deployment.spec?.selector, same);
    },
  };
}

function defaultDeployment(deployment: Deployment): void {
  deployment.spec ??= {} as NonNullable<Deployment["spec"]>;
  const { spec } = deployment;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ||= "RollingUpdate";
  if (spec.strategy.type === "RollingUpdate") {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
    spec.strategy.rollingUpdate.maxSurge ??= "25%";
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
}

function validateSpec(deployment: Deployment, options: PodRuleOptions, errors: ErrorList): void {
  const wanted = deployment.spec;
  errors.nonNegative(spec.child("replicas"), wanted?.replicas);
  validateWorkloadSelector(wanted?.selector, wanted?.template, errors, "deployment");
  validateRunningTemplate(wanted?.template, options, errors);
  validateStrategy(deployment, errors);
  errors.nonNegative(spec.child("minReadySeconds"), wanted?.minReadySeconds);
  errors.nonNegative(spec.child("revisionHistoryLimit"), wanted?.revisionHistoryLimit);
  const deadline = wanted?.progressDeadlineSeconds;
  if (deadline === undefined || deadline === null) return;
  const path = spec.child("progressDeadlineSeconds");
  errors.nonNegative(path, deadline);
  if (deadline <= (wanted?.minReadySeconds ?? 0)) {
    errors.invalid(path, deadline, "must be greater than minReadySeconds");
  }
}

function validateStrategy(deployment: Deployment, errors: ErrorList): void {
  const strategy = deployment.spec?.strategy;
  const path = spec.child("strategy");
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === "Recreate") {
    if (rolling) {
      const detail = "may not be specified when strategy `type` is 'Recreate'";
      errors.forbidden(path.child("rollingUpdate"), detail);
    }
    return;
  }
  if (strategy?.type !== "RollingUpdate") {
    errors.notSupported(path, goNamed(strategy ?? {}), ["Recreate", "RollingUpdate"]);
    return;
  }
  const at = path.child("rollingUpdate");
  if (!rolling) {
    errors.required(at, "this should be defaulted and never be nil");
    return;
  }
  validateCountOrPercent(rolling.maxUnavailable, errors, at.child("maxUnavailable"));
  validateCountOrPercent(rolling.maxSurge, errors, at.child("maxSurge"));
  if (isZeroCount(rolling.maxUnavailable) && isZeroCount(rolling.maxSurge)) {
    const detail = "may not be 0 when `maxSurge` is 0";
    errors.invalid(at.child("maxUnavailable"), rolling.maxUnavailable, detail);
  }
  validateAtMostAll(rolling.maxUnavailable, errors, at.child("maxUnavailable"));
}

function validateStatus(deployment: Deployment, old: Deployment, errors: ErrorList): void {
  const { status } = deployment;
  const counts = [
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "terminatingReplicas",
    "collisionCount",
  ] as const;
  validateStatusCounts(status, counts, errors);
  validateNotMoreThan(
    status,
    ["updatedReplicas", "readyReplicas", "availableReplicas"],
    "replicas",
    errors,
  );
  validateNotMoreThan(status, ["availableReplicas"], "readyReplicas", errors, "readyReplicas");
  const before = old.status?.collisionCount ?? undefined;
  const now = status?.collisionCount ?? undefined;
  if (before !== undefined && (now === undefined || now < before)) {
    const path = FieldPath.root("status").child("collisionCount");
    errors.invalid(path, now ?? null, "cannot be decremented");
  }
}
