import type { Clock } from "../platform/clock.js";
import type { ClusterChanges } from "./clusterChanges.js";
import type { PlacementRequest, SchedulerSnapshot } from "./schedulerSnapshot.js";
import type { QueuedPod, QueueEvent, SchedulingQueue } from "./schedulingQueue.js";

/** Of pods that are alike, so many are woken at once: room for one must not wake thousands. */
const alikeWokenMax = 128;
/** With many unschedulable pods they are looked at no more often than this. */
const longestPauseMilliseconds = 50;

export interface QueueingHintsParts {
  readonly clock: Clock;
  readonly queue: SchedulingQueue;
  readonly changes: ClusterChanges;
  readonly snapshot: SchedulerSnapshot;
  readonly request: (queued: QueuedPod) => PlacementRequest;
  /** The engine broke. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * Wakes the unschedulable pods that changes can help. Of many alike only the first are woken: when
 * one of them finds a node the changed nodes are looked at again for the others; when one does not,
 * neither would they.
 */
export class QueueingHints {
  readonly #parts: QueueingHintsParts;
  /** Nodes that may help more pods of a text than were woken, at most one entry a text. */
  readonly #rest = new Map<string, ReadonlyMap<string, QueueEvent>>();
  #lastRun = Number.NEGATIVE_INFINITY;

  constructor(parts: QueueingHintsParts) {
    this.#parts = parts;
  }

  /** Milliseconds until `run` would do something; undefined when nothing has changed. */
  waitMilliseconds(): number | undefined {
    const { changes, clock, queue } = this.#parts;
    if (changes.isEmpty) return undefined;
    const pause = Math.min(longestPauseMilliseconds, queue.size("unschedulable") / 100);
    return Math.max(0, this.#lastRun + pause - clock.monotonic());
  }

  run(): void {
    if (this.waitMilliseconds() !== 0) return;
    const { changes, clock, queue } = this.#parts;
    this.#lastRun = clock.monotonic();
    const unclear: QueuedPod[] = [];
    const woken: [string, QueueEvent][] = [];
    for (const pod of queue.unschedulable()) {
      const event = changes.everything ?? changes.helps(pod);
      if (event !== undefined) woken.push([pod.uid, event]);
      else if (changes.nodes.size > 0) unclear.push(pod);
    }
    if (unclear.length > 0) this.#askEngine(unclear, woken);
    changes.clear();
    for (const [uid, event] of woken) queue.wake(uid, event);
  }

  /** A woken pod found a node, or is gone before it could: the others may have their turn. */
  retry({ wokenFor }: QueuedPod): void {
    if (wokenFor === undefined) return;
    const nodes = this.#rest.get(wokenFor);
    if (nodes === undefined) return;
    this.#rest.delete(wokenFor);
    for (const [node, event] of nodes) this.#parts.changes.node(node, event);
  }

  /** A woken pod found no node. */
  giveUp({ wokenFor }: QueuedPod): void {
    if (wokenFor !== undefined) this.#rest.delete(wokenFor);
  }

  #askEngine(pods: readonly QueuedPod[], woken: [string, QueueEvent][]): void {
    const { changes, request } = this.#parts;
    const nodes = new Map(changes.nodes);
    const [event = "NodeUpdate" as const] = nodes.values();
    for (const [schedulerName, groups] of groupsOf(pods, request)) {
      const first = [...groups.values()].map((group) => group.request);
      const answers = this.#helped(schedulerName, first, [...nodes.keys()]);
      [...groups].forEach(([text, group], index) => {
        if (answers[index] !== true) return;
        for (const pod of group.pods.slice(0, alikeWokenMax)) {
          pod.wokenFor = text;
          woken.push([pod.uid, event]);
        }
        if (group.pods.length > alikeWokenMax) this.#rest.set(text, nodes);
        else this.#rest.delete(text);
      });
    }
  }

  /** Without a response each may be helped. */
  #helped(
    schedulerName: string,
    requests: readonly PlacementRequest[],
    nodes: readonly string[],
  ): boolean[] {
    const { snapshot, onBroken } = this.#parts;
    try {
      return snapshot.helped(schedulerName, requests, nodes);
    } catch (error) {
      onBroken(error);
      return requests.map(() => true);
    }
  }
}

interface Group {
  readonly request: PlacementRequest;
  readonly pods: QueuedPod[];
}

/** Pods by scheduler name and text. */
function groupsOf(
  pods: readonly QueuedPod[],
  request: (queued: QueuedPod) => PlacementRequest,
): Map<string, Map<string, Group>> {
  const names = new Map<string, Map<string, Group>>();
  for (const pod of pods) {
    let groups = names.get(pod.schedulerName);
    if (groups === undefined) {
      groups = new Map();
      names.set(pod.schedulerName, groups);
    }
    const own = request(pod);
    const group = groups.get(own.text);
    if (group === undefined) groups.set(own.text, { request: own, pods: [pod] });
    else group.pods.push(pod);
  }
  return names;
}
