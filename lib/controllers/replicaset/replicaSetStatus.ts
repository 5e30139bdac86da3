import type { ReplicaSet, ReplicaSetStatus } from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { formatTime } from "../../api/time.js";
import { findCondition, withCondition, withoutCondition } from "../conditions.js";
import { isPodAvailable, isPodReady } from "../pod/podState.js";

const replicaFailure = "ReplicaFailure";

export interface ReplicaSetObservation {
  readonly replicaSet: ReplicaSet;
  /** Controlled and neither finished nor being deleted. */
  readonly active: readonly Pod[];
  readonly terminating: number;
  readonly missing: number;
  /** What went wrong in creating or deleting, if anything did. */
  readonly error: unknown;
  readonly nowMilliseconds: number;
}

/** The status that a ReplicaSet has by what is seen. */
export function replicaSetStatus(seen: ReplicaSetObservation): ReplicaSetStatus {
  const { active, replicaSet, nowMilliseconds } = seen;
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const labels = Selector.ofLabels(replicaSet.spec.template?.metadata?.labels ?? {});
  const ready = active.filter(isPodReady);
  const available = ready.filter((p) => isPodAvailable(p, minReadySeconds, nowMilliseconds));
  const conditions = conditionsOf(seen);
  const observedGeneration = replicaSet.metadata.generation ?? 0;
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => labels.matches(pod.metadata.labels)).length,
    readyReplicas: ready.length,
    availableReplicas: available.length,
    terminatingReplicas: seen.terminating,
    observedGeneration,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function conditionsOf(seen: ReplicaSetObservation) {
  const { conditions } = seen.replicaSet.status ?? {};
  if (seen.error === undefined) return withoutCondition(conditions, replicaFailure);
  if (findCondition(conditions, replicaFailure) !== undefined) return conditions ?? [];
  return withCondition(conditions, {
    type: replicaFailure,
    status: "True",
    reason: seen.missing > 0 ? "FailedCreate" : "FailedDelete",
    message: seen.error instanceof Error ? seen.error.message : String(seen.error),
    lastTransitionTime: formatTime(seen.nowMilliseconds),
  });
}
