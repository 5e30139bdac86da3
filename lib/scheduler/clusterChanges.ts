import type { Pod } from "../api/gen/types/coreV1.js";
import { Selector } from "../api/labels.js";
import type { QueuedPod, QueueEvent } from "./schedulingQueue.js";

/** More nodes or pods than this changed at once: everything may have, so nothing is compared. */
const changesMax = 256;

/**
 * What has happened since unschedulable pods were last looked at, as far as it can help one of
 * them. It forgets details, never that something happened, when there is too much.
 */
export class ClusterChanges {
  readonly #nodes = new Map<string, QueueEvent>();
  readonly #pods: { event: QueueEvent; pod: Pod }[] = [];
  #domainsEvent: QueueEvent | undefined;
  #everything: QueueEvent | undefined;

  get isEmpty(): boolean {
    return (
      this.#everything === undefined &&
      this.#domainsEvent === undefined &&
      this.#nodes.size === 0 &&
      this.#pods.length === 0
    );
  }

  /** A node came or changed: pods may fit there now. */
  node(name: string, event: QueueEvent): void {
    if (this.#nodes.size >= changesMax) this.#everything = event;
    else this.#nodes.set(name, event);
  }

  /** Labels, taints or the set of nodes changed: topology domains may have. */
  domains(event: QueueEvent): void {
    this.#domainsEvent = event;
  }

  /** A pod came to a node, left it, or got other labels there. */
  pod(pod: Pod, event: QueueEvent): void {
    if (event === "AssignedPodDelete" && pod.spec?.nodeName) this.node(pod.spec.nodeName, event);
    if (this.#pods.length >= changesMax) this.#everything = event;
    else this.#pods.push({ event, pod });
  }

  /** Something happened whose effect is not worked out. */
  all(event: QueueEvent): void {
    this.#everything = event;
  }

  /** What helps pods whatever they are; undefined when it depends on them. */
  get everything(): QueueEvent | undefined {
    return this.#everything;
  }

  get nodes(): ReadonlyMap<string, QueueEvent> {
    return this.#nodes;
  }

  /** What can help a pod beside the nodes that changed: other pods, and topology. */
  helps({ pod, plugins }: QueuedPod): QueueEvent | undefined {
    const spreads = plugins.includes("PodTopologySpread");
    const relates = plugins.includes("InterPodAffinity");
    if (!spreads && !relates) return undefined;
    if (this.#domainsEvent !== undefined) return this.#domainsEvent;
    const found = this.#pods.find(
      ({ event, pod: other }) =>
        (spreads && isCountedBy(pod, other)) || (relates && isRelated(pod, event)),
    );
    return found?.event;
  }

  clear(): void {
    this.#nodes.clear();
    this.#pods.length = 0;
    this.#domainsEvent = undefined;
    this.#everything = undefined;
  }
}

/** Whether a pod's hard spread constraints count another pod. */
function isCountedBy(pod: Pod, other: Pod): boolean {
  if (pod.metadata?.namespace !== other.metadata?.namespace) return false;
  return (pod.spec?.topologySpreadConstraints ?? []).some(
    ({ labelSelector, whenUnsatisfiable }) =>
      whenUnsatisfiable === "DoNotSchedule" &&
      Selector.ofLabelSelector(labelSelector).matches(other.metadata?.labels),
  );
}

/**
 * A pod that came can only satisfy required affinity; one that left can only end anti-affinity,
 * its own or the waiting pod's.
 */
function isRelated(pod: Pod, event: QueueEvent): boolean {
  const { podAffinity } = pod.spec?.affinity ?? {};
  const attracted = (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0;
  return event === "AssignedPodAdd" ? attracted : true;
}
