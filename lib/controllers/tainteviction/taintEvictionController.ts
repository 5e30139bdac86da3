import { coreV1 } from "../../api/gen/resources.js";
import type { Node, Pod, Taint } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { parseTimestamp } from "../../client/timestamps.js";
import { withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { equalJson } from "../equalJson.js";
import { taintId, tolerates } from "../node/taints.js";
import { PodIndex } from "../ownership/podIndex.js";
import { isPodFinished } from "../pod/podState.js";
import { QueueController } from "../queueController.js";

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer. */
export class TaintEvictionController extends QueueController {
  readonly #pods: PodIndex;
  readonly #nodes: Indexer<Node>;
  /** Pods that wait for their eviction, by uid. */
  readonly #scheduled = new Set<string>();

  constructor(context: ControllerContext) {
    super("taint-eviction-controller", context, { workers: 8 });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    pods.addEventHandler({
      onAdd: (pod) => this.#podChanged(pod),
      onUpdate: (old, pod) => {
        const isMoved = old.spec.nodeName !== pod.spec.nodeName;
        if (isMoved || !equalJson(old.spec.tolerations, pod.spec.tolerations)) {
          this.#podChanged(pod);
        }
      },
      onDelete: (pod) => this.#scheduled.delete(pod.metadata.uid ?? ""),
    });
    const nodes = this.informer(coreV1.nodes);
    this.#nodes = nodes.indexer;
    const taintIds = (node: Node): string => noExecute(node).map(taintId).sort().join();
    nodes.addEventHandler({
      onAdd: (node) => this.#enqueuePodsOf(node),
      onUpdate: (old, node) => {
        if (taintIds(old) !== taintIds(node)) this.#enqueuePodsOf(node);
      },
    });
  }

  #podChanged(pod: Pod): void {
    if ((pod.spec.nodeName ?? "") !== "") this.enqueue(pod);
  }

  #enqueuePodsOf(node: Node): void {
    for (const pod of this.#pods.onNode(node.metadata.name ?? "")) this.enqueue(pod);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.indexer.get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    const node = this.#nodes.get(pod.spec.nodeName ?? "");
    const due =
      node === undefined || isPodFinished(pod) ? undefined : dueTime(pod, noExecute(node));
    const uid = pod.metadata.uid ?? "";
    if (due === undefined) {
      if (this.#scheduled.delete(uid)) this.#tell(pod, `Cancelling deletion of Pod ${key}`);
      return;
    }
    const wait = due - this.now();
    if (wait > 0) {
      this.#scheduled.add(uid);
      this.queue.addAfter(key, wait);
      return;
    }
    this.#scheduled.delete(uid);
    this.#tell(pod, `Marking for deletion Pod ${key}`);
    await this.#evict(pod, signal);
  }

  #tell(pod: Pod, message: string): void {
    const about = objectReference(coreV1.pods, pod);
    this.context.recorder.event(about, "Normal", "TaintManagerEviction", message);
  }

  async #evict(pod: Pod, signal: AbortSignal): Promise<void> {
    const pods = this.context.client.resource(coreV1.pods);
    const { name = "", namespace = "", uid } = pod.metadata;
    const conditions = withCondition(pod.status?.conditions, {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
      lastTransitionTime: formatTime(this.now()),
    });
    try {
      await pods.updateStatus({ ...pod, status: { ...pod.status, conditions } }, { signal });
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await pods.delete(name, { namespace, signal, ...preconditions });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

function noExecute(node: Node): Taint[] {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === "NoExecute");
}

/** When the pod has to go, in milliseconds since the epoch; undefined: never; 0: now. */
function dueTime(pod: Pod, taints: readonly Taint[]): number | undefined {
  let due: number | undefined;
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((own) => tolerates(own, taint));
    if (matching.length === 0) return 0;
    const seconds = matching
      .map((toleration) => toleration.tolerationSeconds)
      .filter((value) => value !== undefined);
    // One without a limit does not help against another's limit, as upstream has it.
    if (seconds.length === 0) continue;
    const since = parseTimestamp(taint.timeAdded) ?? 0;
    const end = since + Math.max(0, Math.min(...seconds)) * 1000;
    due = due === undefined ? end : Math.min(due, end);
  }
  return due;
}
