import { deadlineAfter } from "../../api/deadline.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Pod, PodCondition } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { isPodFinished, podCondition } from "../pod/podState.js";
import { QueueController } from "../queueController.js";

/** How long a disruption that was announced may take to begin. */
const staleAfterMilliseconds = 120_000;

/**
 * Takes back the condition DisruptionTarget of pods that nobody has deleted two minutes after it
 * was set: whoever announced the disruption has given up. The kubelet's own announcements stand
 * until it has ended the pod, however long that takes.
 */
export class StaleDisruptions extends QueueController {
  readonly #pods: Indexer<Pod>;

  constructor(context: ControllerContext) {
    super("stale_pod_disruption", context, { workers: 1 });
    const pods = this.informer(coreV1.pods);
    this.#pods = pods.indexer;
    const changed = (pod: Pod): void => {
      if (announcementOf(pod) !== undefined) this.enqueue(pod);
    };
    pods.addEventHandler({ onAdd: changed, onUpdate: (_, pod) => changed(pod) });
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.get(key);
    const announced = pod === undefined ? undefined : announcementOf(pod);
    if (pod === undefined || announced === undefined) return;
    const now = this.now();
    const deadline = deadlineAfter(announced.lastTransitionTime, staleAfterMilliseconds, now);
    if (deadline.state === "ahead") {
      this.queue.addAfter(key, deadline.waitMilliseconds);
      return;
    }
    // An announcement without a time is as old as can be.
    const { name = "", namespace = "", uid } = pod.metadata;
    const condition: PodCondition = {
      type: "DisruptionTarget",
      status: "False",
      lastTransitionTime: formatTime(now),
      reason: "",
      message: "",
    };
    const body = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      const pods = this.context.client.resource(coreV1.pods);
      await pods.patchStatus(name, { type: "strategic", body }, { namespace, signal });
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict", "Invalid")) throw error;
    }
  }
}

function announcementOf(pod: Pod): PodCondition | undefined {
  if (pod.metadata.deletionTimestamp !== undefined || isPodFinished(pod)) return undefined;
  const condition = podCondition(pod, "DisruptionTarget");
  if (condition?.status !== "True" || condition.reason === "TerminationByKubelet") return undefined;
  return condition;
}
