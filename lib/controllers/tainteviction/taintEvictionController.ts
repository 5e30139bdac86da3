import { equalJson } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Node, Pod, Taint } from "../../api/gen/types/coreV1.js";
import { tolerates } from "../../api/pods/tolerations.js";
import { hasReason } from "../../api/status.js";
import { formatTime, parseTime } from "../../api/time.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { withCondition } from "../conditions.js";
import type { ControllerContext } from "../controllerContext.js";
import { taintId } from "../node/taints.js";
import { PodIndex } from "../ownership/podIndex.js";
import { isPodFinished, podCondition } from "../pod/podState.js";
import { QueueController } from "../queueController.js";

/** What a node's taints mean for a pod. */
type Eviction =
  | { readonly state: "never" }
  | { readonly state: "now" }
  | { readonly state: "later"; readonly waitMilliseconds: number };

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer. */
export class TaintEvictionController extends QueueController {
  readonly #pods: PodIndex;
  readonly #nodes: Indexer<Node>;
  /** Pods that wait for their eviction, by uid, and since when by the monotonic clock. */
  readonly #scheduled = new Map<string, number>();
  /**
   * When NoExecute taints were first seen, for those that do not say when they were added: by the
   * monotonic clock, by taintId, by the node's uid. As many as there are such taints.
   */
  readonly #firstSeen = new Map<string, ReadonlyMap<string, number>>();

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
    nodes.addEventHandler({
      onAdd: (node) => {
        this.#see(node);
        this.#enqueuePodsOf(node);
      },
      onUpdate: (old, node) => {
        if (old.metadata.uid !== node.metadata.uid) this.#forget(old);
        this.#see(node);
        if (!equalJson(noExecute(old), noExecute(node))) this.#enqueuePodsOf(node);
      },
      onDelete: (node) => this.#forget(node),
    });
  }

  #see(node: Node): void {
    const uid = node.metadata.uid ?? "";
    const known = this.#firstSeen.get(uid);
    const now = this.#monotonic();
    const seen = new Map<string, number>();
    for (const taint of noExecute(node)) {
      const id = taintId(taint);
      seen.set(id, known?.get(id) ?? now);
    }
    if (seen.size === 0) this.#firstSeen.delete(uid);
    else this.#firstSeen.set(uid, seen);
  }

  #forget(node: Node): void {
    this.#firstSeen.delete(node.metadata.uid ?? "");
  }

  /**
   * Since when the taint is on the node. One that does not say so (kubectl writes no time), or that
   * says a time to come, is as old as this process knows it.
   */
  #taintedSince(node: Node, taint: Taint): number {
    const seen = this.#firstSeen.get(node.metadata.uid ?? "")?.get(taintId(taint));
    return this.#notLaterThanNow(parseTime(taint.timeAdded), seen);
  }

  /** When the pod was bound to its node, as far as it says. */
  #arrivedOnNode(pod: Pod): number {
    const scheduled = podCondition(pod, "PodScheduled");
    const time =
      (scheduled?.status === "True" ? parseTime(scheduled.lastTransitionTime) : undefined) ??
      parseTime(pod.status?.startTime) ??
      parseTime(pod.metadata.creationTimestamp);
    return this.#notLaterThanNow(time, this.#scheduled.get(pod.metadata.uid ?? ""));
  }

  /**
   * A time that somebody wrote, by the wall clock; where it is not there, or lies in the future
   * because clocks differ or were set, when this process first saw what it is about.
   */
  #notLaterThanNow(written: number | undefined, seenMonotonic: number | undefined): number {
    const now = this.now();
    if (written !== undefined && written <= now) return written;
    const monotonic = this.#monotonic();
    return now - (monotonic - (seenMonotonic ?? monotonic));
  }

  #monotonic(): number {
    return this.context.platform.clock.monotonic();
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
    const eviction: Eviction =
      node === undefined || isPodFinished(pod) ? { state: "never" } : this.#eviction(pod, node);
    const uid = pod.metadata.uid ?? "";
    if (eviction.state === "never") {
      if (this.#scheduled.delete(uid)) this.#tell(pod, `Cancelling deletion of Pod ${key}`);
      return;
    }
    if (eviction.state === "later") {
      if (!this.#scheduled.has(uid)) this.#scheduled.set(uid, this.#monotonic());
      this.queue.addAfter(key, eviction.waitMilliseconds);
      return;
    }
    this.#scheduled.delete(uid);
    this.#tell(pod, `Marking for deletion Pod ${key}`);
    await this.#evict(pod, signal);
  }

  /** By the node's NoExecute taints and what the pod tolerates of them, and for how long. */
  #eviction(pod: Pod, node: Node): Eviction {
    const now = this.now();
    const arrived = this.#arrivedOnNode(pod);
    let wait: number | undefined;
    for (const taint of noExecute(node)) {
      // The first that matches counts, as upstream has it, whatever those after it say.
      const toleration = (pod.spec.tolerations ?? []).find((own) => tolerates(own, taint));
      if (toleration === undefined) return { state: "now" };
      const seconds = toleration.tolerationSeconds;
      if (seconds === undefined || seconds === null) continue;
      // A pod that came to a node which had the taint already has its time from then on.
      const since = Math.max(this.#taintedSince(node, taint), arrived);
      const left = since + Math.max(0, seconds) * 1000 - now;
      wait = wait === undefined ? left : Math.min(wait, left);
    }
    if (wait === undefined) return { state: "never" };
    return wait <= 0 ? { state: "now" } : { state: "later", waitMilliseconds: wait };
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
