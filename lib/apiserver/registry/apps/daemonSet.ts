import { semanticEqual } from "../../../api/equality.js";
import type { DaemonSet } from "../../../api/gen/types/appsV1.js";
import { parseInt64 } from "../../../api/int64.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { templateSpecPath, warnOfPodSpec } from "../core/podWarnings.js";
import type { ErrorList } from "../errorList.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import {
  goNamed,
  isZeroCount,
  workloadSpec as spec,
  validateAtMostAll,
  validateCountOrPercent,
  validateRunningTemplate,
  validateStatusCounts,
  validateWorkloadSelector,
} from "./workloadRules.js";

/** Counts changes of the template, for clients from before apps/v1. */
const templateGeneration = "deprecated.daemonset.template.generation";

export function daemonSetStrategy(options: PodRuleOptions): TypedStrategy<DaemonSet> {
  return {
    group: "apps",
    kind: "DaemonSet",
    defaults: defaultDaemonSet,
    prepareForCreate(set) {
      startGeneration(set);
      set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: "1" };
    },
    prepareForUpdate(set, old, context) {
      keepGeneration(set, old, context);
      const before = parseInt64(old.metadata.annotations?.[templateGeneration]) ?? 0n;
      const changed = !semanticEqual(set.spec?.template, old.spec?.template);
      const count = String(changed && context.subresource !== "status" ? before + 1n : before);
      set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: count };
    },
    validate(set, errors, { warn }) {
      validateSpec(set, options, errors);
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
      const same = semanticEqual(set.spec?.selector, old.spec?.selector);
      errors.immutable(spec.child("selector"), set.spec?.selector, same);
    },
  };
}

function defaultDaemonSet(set: DaemonSet): void {
  set.spec ??= {} as NonNullable<DaemonSet["spec"]>;
  set.spec.updateStrategy ??= {};
  const strategy = set.spec.updateStrategy;
  strategy.type ||= "RollingUpdate";
  if (strategy.type === "RollingUpdate") {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= 1;
    strategy.rollingUpdate.maxSurge ??= 0;
  }
  set.spec.revisionHistoryLimit ??= 10;
}

function validateSpec(set: DaemonSet, options: PodRuleOptions, errors: ErrorList): void {
  const wanted = set.spec;
  validateWorkloadSelector(wanted?.selector, wanted?.template, errors, "daemonset");
  validateRunningTemplate(wanted?.template, options, errors);
  errors.nonNegative(spec.child("minReadySeconds"), wanted?.minReadySeconds);
  errors.nonNegative(spec.child("revisionHistoryLimit"), wanted?.revisionHistoryLimit);
  const strategy = wanted?.updateStrategy;
  const path = spec.child("updateStrategy");
  if (strategy?.type === "OnDelete") return;
  if (strategy?.type !== "RollingUpdate") {
    errors.notSupported(path, goNamed(strategy ?? {}), ["RollingUpdate", "OnDelete"]);
    return;
  }
  const rolling = strategy.rollingUpdate;
  const at = path.child("rollingUpdate");
  if (!rolling) {
    errors.required(at);
    return;
  }
  validateCountOrPercent(rolling.maxUnavailable, errors, at.child("maxUnavailable"));
  validateAtMostAll(rolling.maxUnavailable, errors, at.child("maxUnavailable"));
  validateCountOrPercent(rolling.maxSurge, errors, at.child("maxSurge"));
  validateAtMostAll(rolling.maxSurge, errors, at.child("maxSurge"));
  const neither = isZeroCount(rolling.maxUnavailable) && isZeroCount(rolling.maxSurge);
  const both = !isZeroCount(rolling.maxUnavailable) && !isZeroCount(rolling.maxSurge);
  if (both) {
    const detail = "may not be set when maxUnavailable is non-zero";
    errors.invalid(at.child("maxSurge"), rolling.maxSurge, detail);
  } else if (neither) {
    const detail = "cannot be 0 when maxSurge is 0";
    errors.required(at.child("maxUnavailable"), detail);
  }
}

function validateStatus(set: DaemonSet, errors: ErrorList): void {
  validateStatusCounts(
    set.status,
    [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ],
    errors,
  );
}
