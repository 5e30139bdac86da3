import type { Node, Pod } from "../api/gen/types/coreV1.js";
import type { ClusterChanges } from "./clusterChanges.js";
import { podText, podTextChanges } from "./podText.js";
import type { SchedulerInformers } from "./schedulerInformers.js";
import type { SchedulerSnapshot } from "./schedulerSnapshot.js";
import type { QueuedPod, SchedulingQueue } from "./schedulingQueue.js";

export interface ClusterEventHandlersParts {
  readonly snapshot: SchedulerSnapshot;
  readonly queue: SchedulingQueue;
  readonly changes: ClusterChanges;
  /** Whether this scheduler is the one that the pod names. */
  readonly isOurs: (pod: Pod) => boolean;
  /** Whether the pod was given a node: a state without one is from before that. */
  readonly isAssumed: (uid: string) => boolean;
  /** The informer shows the pod on a node, or shows that it is gone. */
  readonly onConfirmed: (uid: string) => void;
  readonly onChange: () => void;
  /** A pod that waited is gone, or found a node by other means. */
  readonly onLeave: (queued: QueuedPod) => void;
}

type PodState = "pending" | "placed" | "gone";

/** Turns informer events into the engine's state, the queue's pods and what may help them. */
export class ClusterEventHandlers {
  readonly #parts: ClusterEventHandlersParts;
  readonly #informers: SchedulerInformers;

  constructor(informers: SchedulerInformers, parts: ClusterEventHandlersParts) {
    this.#parts = parts;
    this.#informers = informers;
    informers.nodes.addEventHandler({
      onAdd: (node) => this.#putNode(undefined, node),
      onUpdate: (before, node) => this.#putNode(before, node),
      onDelete: (node) => this.#removeNode(node),
    });
    informers.pods.addEventHandler({
      onAdd: (pod) => this.#putPod(undefined, pod),
      onUpdate: (before, pod) => this.#updatePod(before, pod),
      onDelete: (pod) => this.#removePod(pod),
    });
    const { changes, snapshot, onChange } = parts;
    informers.namespaces.addEventHandler({
      onAdd: (namespace) => snapshot.putNamespace(namespace),
      onUpdate: (before, namespace) => {
        const [was, is] = [before, namespace].map((one) => JSON.stringify(one.metadata?.labels));
        if (was === is) return;
        snapshot.putNamespace(namespace);
        changes.all("NamespaceUpdate");
        onChange();
      },
      onDelete: (namespace) => snapshot.removeNamespace(namespace.metadata?.name ?? ""),
    });
    informers.budgets.addEventHandler({
      onAdd: (budget) => snapshot.putBudget(budget),
      onUpdate: (_, budget) => snapshot.putBudget(budget),
      onDelete: ({ metadata }) =>
        snapshot.removeBudget(`${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`),
    });
  }

  /** Tells a new engine everything that is known. */
  replay(): void {
    const { snapshot } = this.#parts;
    const { budgets, namespaces, nodes, pods } = this.#informers;
    for (const namespace of namespaces.indexer.values()) snapshot.putNamespace(namespace);
    for (const node of nodes.indexer.values()) snapshot.putNode(node);
    for (const budget of budgets.indexer.values()) snapshot.putBudget(budget);
    for (const pod of pods.indexer.values()) {
      const nominated = pod.status?.nominatedNodeName ?? "";
      if (stateOf(pod) === "placed") snapshot.putPod(pod);
      else if (stateOf(pod) === "pending" && nominated !== "" && this.#parts.isOurs(pod)) {
        snapshot.nominate(pod, podText(pod), nominated);
      }
    }
  }

  #putNode(before: Node | undefined, node: Node): void {
    const { changes, snapshot, onChange } = this.#parts;
    if (!snapshot.putNode(node)) return;
    const event = before === undefined ? "NodeAdd" : "NodeUpdate";
    changes.node(node.metadata?.name ?? "", event);
    if (before === undefined || topologyText(before) !== topologyText(node)) changes.domains(event);
    onChange();
  }

  #removeNode(node: Node): void {
    const { changes, snapshot, onChange } = this.#parts;
    snapshot.removeNode(node.metadata?.name ?? "");
    changes.domains("NodeDelete");
    onChange();
  }

  #updatePod(before: Pod, pod: Pod): void {
    // A deletion and a new pod of the same name between two looks come as one update.
    if (before.metadata?.uid !== pod.metadata?.uid) {
      this.#removePod(before);
      this.#putPod(undefined, pod);
      return;
    }
    if (stateOf(pod) === "gone") this.#removePod(pod);
    else this.#putPod(before, pod);
  }

  #putPod(before: Pod | undefined, pod: Pod): void {
    const state = stateOf(pod);
    if (state === "placed") this.#putPlaced(before, pod);
    else if (state === "pending" && this.#parts.isOurs(pod)) this.#putPending(before, pod);
  }

  #putPlaced(before: Pod | undefined, pod: Pod): void {
    const { changes, snapshot, onChange } = this.#parts;
    const wasPlaced = before !== undefined && stateOf(before) === "placed";
    const uid = pod.metadata?.uid ?? "";
    this.#parts.onConfirmed(uid);
    this.#leaveQueue(uid);
    snapshot.putPod(pod, before);
    if (!wasPlaced) changes.pod(pod, "AssignedPodAdd");
    else if (podTextChanges(before, pod) || isTerminating(before) !== isTerminating(pod)) {
      changes.pod(pod, "AssignedPodUpdate");
      changes.node(pod.spec?.nodeName ?? "", "AssignedPodUpdate");
    } else return;
    onChange();
  }

  #putPending(before: Pod | undefined, pod: Pod): void {
    const { isAssumed, snapshot, onChange, queue } = this.#parts;
    const uid = pod.metadata?.uid ?? "";
    if (isAssumed(uid)) return;
    // A pod that is being deleted is not worth a node.
    if (isTerminating(pod)) {
      this.#leaveQueue(uid);
      snapshot.endNomination(uid);
      return;
    }
    const nominated = pod.status?.nominatedNodeName ?? "";
    if (nominated !== (before?.status?.nominatedNodeName ?? "")) {
      if (nominated === "") snapshot.endNomination(uid);
      else snapshot.nominate(pod, podText(pod), nominated);
    }
    queue.put(pod, pod.spec?.schedulerName ?? "", podTextChanges);
    onChange();
  }

  #leaveQueue(uid: string): void {
    const queued = this.#parts.queue.delete(uid);
    if (queued !== undefined) this.#parts.onLeave(queued);
  }

  #removePod(pod: Pod): void {
    const { changes, snapshot, onChange } = this.#parts;
    const uid = pod.metadata?.uid ?? "";
    this.#parts.onConfirmed(uid);
    this.#leaveQueue(uid);
    snapshot.endNomination(uid);
    if (snapshot.removePod(uid)) changes.pod(pod, "AssignedPodDelete");
    onChange();
  }
}

function stateOf(pod: Pod): PodState {
  const { phase } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") return "gone";
  return pod.spec?.nodeName ? "placed" : "pending";
}

function isTerminating(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** What of a node decides which domains there are and which count. */
function topologyText({ metadata, spec }: Node): string {
  return JSON.stringify([metadata?.labels, spec?.taints, spec?.unschedulable]);
}
