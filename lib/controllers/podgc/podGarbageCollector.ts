import { compareTimes } from "../../api/deadline.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Node, Pod } from "../../api/gen/types/coreV1.js";
import { hasReason, isObjectNotFound } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { isNodeReady, taintKeys } from "../node/taints.js";
import { PeriodicController } from "../periodicController.js";
import { isPodFinished } from "../pod/podState.js";

const periodMilliseconds = 20_000;
/** How long a node must be gone before its pods are: it may only be replaced. */
const quarantineMilliseconds = 40_000;

/**
 * Removes pods that nobody else will: of lost nodes, never scheduled, or too many that have
 * ended.
 */
export class PodGarbageCollector extends PeriodicController {
  readonly #pods: Indexer<Pod>;
  readonly #nodes: Indexer<Node>;
  /** When each missing node was first missed, by the monotonic clock. */
  readonly #missing = new Map<string, number>();

  constructor(context: ControllerContext) {
    super("pod-garbage-collector-controller", context, periodMilliseconds);
    this.#pods = this.informer(coreV1.pods).indexer;
    this.#nodes = this.informer(coreV1.nodes).indexer;
  }

  protected override async round(signal: AbortSignal): Promise<void> {
    const pods = this.#pods.list();
    await this.#removeFinished(pods, signal);
    await this.#removeOutOfService(pods, signal);
    await this.#removeOrphans(pods, signal);
    for (const pod of pods) {
      const isUnscheduled = (pod.spec.nodeName ?? "") === "";
      if (isUnscheduled && pod.metadata.deletionTimestamp !== undefined) {
        await this.#remove(pod, undefined, signal);
      }
    }
  }

  /**
   * The oldest first; evicted ones before all others. What is being deleted already is no surplus:
   * a Job's pod stays until it is counted, and must not cost others their place.
   */
  async #removeFinished(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const threshold = this.context.options.terminatedPodGcThreshold;
    if (threshold <= 0) return;
    const finished = pods.filter((pod) => {
      return isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined;
    });
    const surplus = Math.max(0, finished.length - threshold);
    const sorted = finished.sort(compareFinished);
    for (const pod of sorted.slice(0, surplus)) await this.#remove(pod, undefined, signal);
  }

  async #removeOutOfService(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    for (const pod of pods) {
      if (pod.metadata.deletionTimestamp === undefined) continue;
      const node = this.#nodes.get(pod.spec.nodeName ?? "");
      const isOut = node?.spec?.taints?.some((taint) => taint.key === taintKeys.outOfService);
      if (node !== undefined && isOut === true && !isNodeReady(node)) {
        await this.#remove(pod, undefined, signal);
      }
    }
  }

  async #removeOrphans(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const now = this.context.platform.clock.monotonic();
    const orphans = pods.filter((pod) => {
      const name = pod.spec.nodeName ?? "";
      return name !== "" && this.#nodes.get(name) === undefined;
    });
    const missing = new Set(orphans.map((pod) => pod.spec.nodeName ?? ""));
    for (const name of this.#missing.keys()) if (!missing.has(name)) this.#missing.delete(name);
    for (const name of missing) if (!this.#missing.has(name)) this.#missing.set(name, now);
    const gone = new Set<string>();
    for (const [name, since] of this.#missing) {
      if (now - since < quarantineMilliseconds) continue;
      try {
        if (await this.#isGone(name, signal)) gone.add(name);
      } catch (error) {
        if (signal.aborted) throw error;
        this.context.logger.warning("Could not ask for a node", { node: name, error });
      }
    }
    for (const pod of orphans) {
      if (!gone.has(pod.spec.nodeName ?? "")) continue;
      await this.#remove(pod, "PodGC: node no longer exists", signal);
    }
  }

  async #isGone(nodeName: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.context.client.resource(coreV1.nodes).get(nodeName, { signal });
      return false;
    } catch (error) {
      if (isObjectNotFound(error, nodeName)) return true;
      throw error;
    }
  }

  /** At once: there is no kubelet that would confirm it. */
  async #remove(pod: Pod, disruption: string | undefined, signal: AbortSignal): Promise<void> {
    const pods = this.context.client.resource(coreV1.pods);
    const { name = "", namespace = "", uid } = pod.metadata;
    try {
      if (!isPodFinished(pod)) await this.#fail(pod, disruption, signal);
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await pods.delete(name, { namespace, gracePeriodSeconds: 0, signal, ...preconditions });
    } catch (error) {
      if (signal.aborted) throw error;
      if (hasReason(error, "NotFound", "Conflict")) return;
      // Tried again in the next round; one pod must not keep the others.
      this.context.logger.warning("Could not remove a pod", { pod: objectKey(pod), error });
    }
  }

  /** By a patch, as its role lets it do no update; of this very version of the pod. */
  async #fail(pod: Pod, disruption: string | undefined, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "", uid, resourceVersion } = pod.metadata;
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByPodGC",
      message: disruption,
      lastTransitionTime: formatTime(this.context.platform.clock.now()),
    };
    const status =
      disruption === undefined ? { phase: "Failed" } : { phase: "Failed", conditions: [condition] };
    const body = { metadata: { uid, resourceVersion }, status };
    const pods = this.context.client.resource(coreV1.pods);
    await pods.patchStatus(name, { type: "strategic", body }, { namespace, signal });
  }
}

function compareFinished(a: Pod, b: Pod): number {
  const rank = ({ status }: Pod): number =>
    status?.phase === "Failed" && status.reason === "Evicted" ? 0 : 1;
  const byAge = compareTimes(a.metadata.creationTimestamp, b.metadata.creationTimestamp, "last");
  const byName = (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
  return rank(a) - rank(b) || byAge || byName;
}
