import type { DaemonSetStatus } from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { isPodFinished, isPodReady } from "../pod/podState.js";
import { byAge, type DaemonView, isLeaving, isUpdated } from "./daemonPlan.js";

export type DaemonCounts = Omit<
  DaemonSetStatus,
  "observedGeneration" | "collisionCount" | "conditions"
>;

/** Counts of nodes. What is said of a node is said of one pod there, and of the same each time. */
export function daemonCounts(view: DaemonView): DaemonCounts {
  const counts = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
  };
  for (const [node, { shouldRun }] of view.nodes) {
    const pod = podOfNode(view.byNode.get(node) ?? []);
    if (!shouldRun) {
      if (pod !== undefined) counts.numberMisscheduled++;
      continue;
    }
    counts.desiredNumberScheduled++;
    if (pod === undefined) continue;
    counts.currentNumberScheduled++;
    if (isPodReady(pod) && !isPodFinished(pod)) {
      counts.numberReady++;
      if (view.isAvailable(pod)) counts.numberAvailable++;
    }
    if (isUpdated(pod, view.hash)) counts.updatedNumberScheduled++;
  }
  const numberUnavailable = counts.desiredNumberScheduled - counts.numberAvailable;
  return { ...counts, numberUnavailable };
}

/** The oldest that serves or will: one that has ended or is leaving stands for no node. */
function podOfNode(pods: readonly Pod[]): Pod | undefined {
  const ordered = byAge(pods);
  return ordered.find((pod) => !isLeaving(pod) && !isPodFinished(pod)) ?? ordered[0];
}
