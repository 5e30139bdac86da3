import type {
  ControllerRevision,
  StatefulSet,
  StatefulSetStatus,
} from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { isPodReady } from "../pod/podState.js";
import { revisionLabel } from "./statefulPod.js";

export interface StatefulSetObservation {
  readonly set: StatefulSet;
  /** All that the set controls, also those that are leaving. */
  readonly pods: readonly Pod[];
  /** The revision that pods had before the running update, and the one that they get. */
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisionCount: number | undefined;
  /** Pods that this sync has begun to delete. */
  readonly deleted: ReadonlySet<Pod>;
  readonly isAvailable: (pod: Pod) => boolean;
}

/** Ready, and running: a condition may outlive the containers that it was about. */
export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === "Running" && isPodReady(pod);
}

export function statefulSetStatus(seen: StatefulSetObservation): StatefulSetStatus {
  const { set, pods, current, update, deleted } = seen;
  const staying = pods.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && !deleted.has(pod),
  );
  const at = (revision: ControllerRevision): number =>
    staying.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision.metadata.name).length;
  const ready = pods.filter(isRunningAndReady);
  const updatedReplicas = at(update);
  const status: StatefulSetStatus = {
    ...set.status,
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter(seen.isAvailable).length,
    currentReplicas: at(current),
    updatedReplicas,
    currentRevision: current.metadata.name ?? "",
    updateRevision: update.metadata.name ?? "",
    collisionCount: seen.collisionCount ?? 0,
  };
  const desired = set.spec.replicas ?? 1;
  // An update has ended when its pods have been ready for long enough, not when they begin to be.
  const isComplete =
    updatedReplicas === desired && pods.length === desired && status.availableReplicas === desired;
  if (set.spec.updateStrategy?.type !== "OnDelete" && isComplete) {
    status.currentReplicas = updatedReplicas;
    status.currentRevision = status.updateRevision ?? "";
  }
  return status;
}
