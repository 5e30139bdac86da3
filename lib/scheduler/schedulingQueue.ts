import type { Pod } from "../api/gen/types/coreV1.js";
import type { Clock } from "../platform/clock.js";
import { Heap } from "./heap.js";

/** A pod that waits for a node, and what its attempts came to. */
export interface QueuedPod {
  readonly uid: string;
  pod: Pod;
  readonly schedulerName: string;
  priority: number;
  /** Attempts so far. */
  attempts: number;
  /** Monotonic, in milliseconds: since when it is in its queue. */
  since: number;
  /** Monotonic: when it came for the first time. */
  readonly firstSeen: number;
  /** Plugins that refused nodes in the last attempt; empty after an error. */
  plugins: readonly string[];
  /** The text it had when it was last asked about, until the pod changes; see podText. */
  text?: string | undefined;
  /** The text for which it was woken, if it was woken because room came up. */
  wokenFor?: string | undefined;
  /** The last attempt went wrong, rather than finding no node. */
  hadError: boolean;
  /** It came back only because it had waited for long. */
  flushed: boolean;
  /** Order of coming into the active queue, between equals. */
  order: number;
}

export type QueueName = "active" | "backoff" | "unschedulable" | "gated";

/** Why pods move, as the metric scheduler_queue_incoming_pods_total has it. */
export type QueueEvent =
  | "PodAdd"
  | "PodUpdate"
  | "ScheduleAttemptFailure"
  | "BackoffComplete"
  | "UnschedulableTimeout"
  | "NodeAdd"
  | "NodeUpdate"
  | "NodeDelete"
  | "AssignedPodAdd"
  | "AssignedPodUpdate"
  | "AssignedPodDelete"
  | "NamespaceUpdate"
  | "PodDisruptionBudgetUpdate";

export interface SchedulingQueueOptions {
  readonly clock: Clock;
  readonly initialBackoffSeconds: number;
  readonly maxBackoffSeconds: number;
  /** Pods that no event woke for so long are tried again. */
  readonly maxInUnschedulableSeconds: number;
  readonly onMove?: (queue: QueueName, event: QueueEvent) => void;
}

/**
 * Pods without a node: ready ones by priority and time, failed ones until their backoff is over,
 * unschedulable ones until something happens that can help, gated ones until their gates are
 * gone. It holds at most the cluster's pending pods.
 */
export class SchedulingQueue {
  readonly #options: SchedulingQueueOptions;
  readonly #active = new Heap<QueuedPod>((pod) => pod.uid, isBefore);
  readonly #backoff = this.#backoffHeap();
  /** Those whose attempts went wrong, not just found no node: they wait whatever else there is. */
  readonly #errorBackoff = this.#backoffHeap();
  readonly #unschedulable = new Map<string, QueuedPod>();
  readonly #gated = new Map<string, QueuedPod>();
  #order = 0;

  constructor(options: SchedulingQueueOptions) {
    this.#options = options;
  }

  size(queue: QueueName): number {
    switch (queue) {
      case "active":
        return this.#active.size;
      case "backoff":
        return this.#backoff.size + this.#errorBackoff.size;
      case "unschedulable":
        return this.#unschedulable.size;
      case "gated":
        return this.#gated.size;
    }
  }

  /** A pod that came, or changed. A change that can help wakes it. */
  put(pod: Pod, schedulerName: string, mayHelp: (before: Pod, after: Pod) => boolean): void {
    const uid = pod.metadata?.uid ?? "";
    const known = this.#find(uid);
    const now = this.#options.clock.monotonic();
    if (known === undefined) {
      const queued: QueuedPod = {
        uid,
        pod,
        schedulerName,
        priority: pod.spec?.priority ?? 0,
        attempts: 0,
        since: now,
        firstSeen: now,
        plugins: [],
        hadError: false,
        flushed: false,
        order: 0,
      };
      if (isGated(pod)) this.#enter("gated", queued, "PodAdd");
      else this.#enter("active", queued, "PodAdd");
      return;
    }
    const before = known.pod;
    known.pod = pod;
    known.text = undefined;
    if (this.#gated.has(uid)) {
      if (!isGated(pod)) this.#move(known, "active", "PodUpdate");
    } else if (this.#unschedulable.has(uid) && mayHelp(before, pod)) {
      this.#wake(known, "PodUpdate");
    }
  }

  /** The pod is gone, or has a node. Gives what was known of it. */
  delete(uid: string): QueuedPod | undefined {
    const known = this.#find(uid);
    this.#active.delete(uid);
    this.#backoff.delete(uid);
    this.#errorBackoff.delete(uid);
    this.#unschedulable.delete(uid);
    this.#gated.delete(uid);
    return known;
  }

  /** Whether `pop` has something to give. */
  get isReady(): boolean {
    return this.#active.size > 0 || this.#backoff.size > 0;
  }

  /**
   * Takes up to `max` ready pods out, in order, all of one scheduler name. When none is ready,
   * those that an event has woken need not wait for the end of their backoff (KEP-5142).
   */
  pop(max: number): QueuedPod[] {
    const batch: QueuedPod[] = [];
    const from = this.#active.size > 0 ? this.#active : this.#backoff;
    while (batch.length < max) {
      const next = from.peek();
      if (next === undefined) break;
      if (batch[0] !== undefined && batch[0].schedulerName !== next.schedulerName) break;
      from.pop();
      next.attempts++;
      batch.push(next);
    }
    return batch;
  }

  /** A popped pod that no node would take, refused by `plugins`. Events decide when it is back. */
  addUnschedulable(pod: QueuedPod, plugins: readonly string[]): void {
    pod.plugins = plugins;
    pod.hadError = false;
    pod.since = this.#options.clock.monotonic();
    this.#enter("unschedulable", pod, "ScheduleAttemptFailure");
  }

  /** A popped pod whose attempt went wrong: it is tried again after its backoff. */
  addBackoff(pod: QueuedPod): void {
    pod.plugins = [];
    pod.hadError = true;
    pod.since = this.#options.clock.monotonic();
    this.#enter("backoff", pod, "ScheduleAttemptFailure");
  }

  /** Unschedulable pods, for those who know which of them an event helps. */
  unschedulable(): IterableIterator<QueuedPod> {
    return this.#unschedulable.values();
  }

  /** Moves an unschedulable pod on: to the active queue, or to backoff until its time is over. */
  wake(uid: string, event: QueueEvent): void {
    const pod = this.#unschedulable.get(uid);
    if (pod !== undefined) this.#wake(pod, event);
  }

  /** Moves those whose time has come: backoffs that are over, pods that waited for too long. */
  flush(): void {
    const now = this.#options.clock.monotonic();
    for (const heap of [this.#backoff, this.#errorBackoff]) {
      for (;;) {
        const first = heap.peek();
        if (first === undefined || this.#backoffEnd(first) > now) break;
        this.#move(first, "active", "BackoffComplete");
      }
    }
    const longest = this.#options.maxInUnschedulableSeconds * 1000;
    for (const pod of [...this.#unschedulable.values()]) {
      // They are in the order of their coming.
      if (now - pod.since < longest) break;
      pod.flushed = true;
      this.#wake(pod, "UnschedulableTimeout");
    }
  }

  /** Milliseconds until `flush` has something to do; undefined when nothing waits for time. */
  nextFlushMilliseconds(): number | undefined {
    const now = this.#options.clock.monotonic();
    const ends: number[] = [];
    for (const heap of [this.#backoff, this.#errorBackoff]) {
      const first = heap.peek();
      if (first !== undefined) ends.push(this.#backoffEnd(first));
    }
    for (const pod of this.#unschedulable.values()) {
      ends.push(pod.since + this.#options.maxInUnschedulableSeconds * 1000);
      break;
    }
    return ends.length === 0 ? undefined : Math.max(0, Math.min(...ends) - now);
  }

  #find(uid: string): QueuedPod | undefined {
    return (
      this.#active.get(uid) ??
      this.#backoff.get(uid) ??
      this.#errorBackoff.get(uid) ??
      this.#unschedulable.get(uid) ??
      this.#gated.get(uid)
    );
  }

  #backoffHeap(): Heap<QueuedPod> {
    return new Heap<QueuedPod>(
      (pod) => pod.uid,
      (a, b) => this.#backoffEnd(a) < this.#backoffEnd(b),
    );
  }

  #wake(pod: QueuedPod, event: QueueEvent): void {
    const over = this.#backoffEnd(pod) <= this.#options.clock.monotonic();
    this.#move(pod, over ? "active" : "backoff", event);
  }

  #move(pod: QueuedPod, queue: QueueName, event: QueueEvent): void {
    this.delete(pod.uid);
    this.#enter(queue, pod, event);
  }

  #enter(queue: QueueName, pod: QueuedPod, event: QueueEvent): void {
    this.#options.onMove?.(queue, event);
    switch (queue) {
      case "active":
        pod.order = ++this.#order;
        pod.priority = pod.pod.spec?.priority ?? 0;
        this.#active.push(pod);
        break;
      case "backoff":
        (pod.hadError ? this.#errorBackoff : this.#backoff).push(pod);
        break;
      case "unschedulable":
        this.#unschedulable.set(pod.uid, pod);
        break;
      case "gated":
        this.#gated.set(pod.uid, pod);
        break;
    }
  }

  /** Doubles with each attempt, from the last failure on. */
  #backoffEnd(pod: QueuedPod): number {
    if (pod.attempts === 0) return pod.since;
    const { initialBackoffSeconds, maxBackoffSeconds } = this.#options;
    const seconds = initialBackoffSeconds * 2 ** (pod.attempts - 1);
    return pod.since + Math.min(seconds, maxBackoffSeconds) * 1000;
  }
}

function isGated(pod: Pod): boolean {
  return (pod.spec?.schedulingGates?.length ?? 0) > 0;
}

/** PrioritySort: the higher priority first, then who has waited longer. */
function isBefore(a: QueuedPod, b: QueuedPod): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.since !== b.since ? a.since < b.since : a.order < b.order;
}
