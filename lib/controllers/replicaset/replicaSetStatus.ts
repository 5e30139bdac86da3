import type { ReplicaSet, ReplicaSetStatus } from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { formatTime } from "../../api/time.js";
import { findCondition, withCondition, withoutCondition } from "../conditions.js";
import { isPodReady } from "../pod/podState.js";

const replicaFailure = "ReplicaFailure";

/** What a sync did about the number of pods. */
export type ReplicaSetAttempt =
  /** Nothing: what was done before has not been seen yet. */
  | { readonly state: "none" }
  | { readonly state: "done" }
  | { readonly state: "failed"; readonly error: unknown };

export interface ReplicaSetObservation {
  readonly replicaSet: ReplicaSet;
  /** Controlled and neither finished nor being deleted. */
  readonly active: readonly Pod[];
  /** Those of them that have been ready for long enough. */
  readonly available: readonly Pod[];
  readonly terminating: number;
  readonly missing: number;
  readonly attempt: ReplicaSetAttempt;
  readonly nowMilliseconds: number;
}

/** The status that a ReplicaSet has by what is seen. */
export function replicaSetStatus(seen: ReplicaSetObservation): ReplicaSetStatus {
  const { active, replicaSet } = seen;
  const labels = Selector.ofLabels(replicaSet.spec.template?.metadata?.labels ?? {});
  const ready = active.filter(isPodReady);
  const conditions = conditionsOf(seen);
  const observedGeneration = replicaSet.metadata.generation ?? 0;
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => labels.matches(pod.metadata.labels)).length,
    readyReplicas: ready.length,
    availableReplicas: seen.available.length,
    terminatingReplicas: seen.terminating,
    observedGeneration,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function conditionsOf({ attempt, replicaSet, missing, nowMilliseconds }: ReplicaSetObservation) {
  const { conditions } = replicaSet.status ?? {};
  switch (attempt.state) {
    case "none":
      return conditions ?? [];
    case "done":
      return withoutCondition(conditions, replicaFailure);
    case "failed":
      if (findCondition(conditions, replicaFailure) !== undefined) return conditions ?? [];
      return withCondition(conditions, {
        type: replicaFailure,
        status: "True",
        reason: missing > 0 ? "FailedCreate" : "FailedDelete",
        message: attempt.error instanceof Error ? attempt.error.message : String(attempt.error),
        lastTransitionTime: formatTime(nowMilliseconds),
      });
  }
}
