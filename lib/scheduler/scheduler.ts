import { setMaxListeners } from "node:events";
import { coreV1 } from "../api/gen/resources.js";
import type { Pod } from "../api/gen/types/coreV1.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import { hasReason } from "../api/status.js";
import type { Client } from "../client/client.js";
import {
  ClientEventRecorder,
  type EventRecorder,
  type EventType,
  objectReference,
} from "../client/events/eventRecorder.js";
import { objectKey } from "../client/informer/indexer.js";
import { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
import { LeaderElector } from "../client/leaderElection/leaderElector.js";
import type { SchedulingBatch, SchedulingFailure } from "../native/gen/addon.js";
import type { Timer } from "../platform/clock.js";
import { type Logger, silentLogger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { BoundedTasks } from "./boundedTasks.js";
import { ClusterChanges } from "./clusterChanges.js";
import { ClusterEventHandlers } from "./clusterEventHandlers.js";
import { podText } from "./podText.js";
import { PodWriter } from "./podWriter.js";
import { QueueingHints } from "./queueingHints.js";
import {
  engineConfiguration,
  type SchedulerConfiguration,
  schedulerNames,
} from "./schedulerConfiguration.js";
import { podsByUid, type SchedulerInformers, schedulerInformers } from "./schedulerInformers.js";
import { SchedulerMetrics } from "./schedulerMetrics.js";
import { nameOf, type PlacementRequest, SchedulerSnapshot } from "./schedulerSnapshot.js";
import { type QueuedPod, SchedulingQueue } from "./schedulingQueue.js";

/** Pods placed by one call into native code; between two calls other work gets its turn. */
const batchMax = 256;
const batchMin = 16;
/** A call that takes longer is followed by one with fewer pods, so that the process answers. */
const batchSecondsMax = 0.01;
/** API calls in flight. */
const concurrency = 64;
/** Calls that may wait before placing pauses. */
const waitingCallsMax = 2 * batchMax;
/** Events written at a time, a profile. */
const eventRecorders = 16;
/** Longest message of an event. */
const eventMessageBytesMax = 1024;

export interface SchedulerOptions {
  readonly client: Client;
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly configuration?: SchedulerConfiguration;
  /**
   * Shared with other components of the process; the caller starts it after making them all.
   * Default: an own one.
   */
  readonly informers?: SharedInformerFactory;
  readonly logger?: Logger;
  /** Gets the scheduler's metrics. */
  readonly metrics?: MetricsRegistry;
  /** Who this is among the candidates for leadership. Required when leaderElect is true. */
  readonly identity?: string;
  /** The lease was lost: another one schedules now. Upstream's process ends here. */
  readonly onLeaseLost?: () => void;
  /** `--pod-max-in-unschedulable-pods-duration`. Default 300. */
  readonly podMaxInUnschedulableSeconds?: number;
}

/**
 * Gives pods nodes. Informers keep the native engine's state and the queue; ready pods are placed
 * in batches by one native call each, are assumed to be where they were placed, and are bound by
 * API calls that run meanwhile.
 */
export class Scheduler {
  readonly metrics: SchedulerMetrics;
  readonly #options: SchedulerOptions;
  readonly #logger: Logger;
  readonly #names: ReadonlySet<string>;
  readonly #snapshot: SchedulerSnapshot;
  readonly #queue: SchedulingQueue;
  readonly #changes = new ClusterChanges();
  readonly #hints: QueueingHints;
  readonly #tasks: BoundedTasks;
  readonly #writer: PodWriter;
  readonly #factory: SharedInformerFactory;
  readonly #informers: SchedulerInformers;
  readonly #stop = new AbortController();
  /** By profile and shard of pods. */
  readonly #recorders = new Map<string, EventRecorder>();
  /**
   * Pods that were given a node, as they will be, by UID: until their binding fails or the informer
   * shows what became of them. An event from before the binding queues none of them again.
   */
  readonly #assumed = new Map<string, Pod>();
  readonly #handlers: ClusterEventHandlers;
  #active = false;
  #turnPending = false;
  #batchSize = batchMax;
  #flushTimer: Timer | undefined;
  #run: Promise<void> = Promise.resolve();

  /** Throws SchedulerConfigurationError, or the engine's word for it, on a bad configuration. */
  constructor(options: SchedulerOptions) {
    const { client, configuration = {}, logger = silentLogger, platform } = options;
    this.#options = options;
    // Every call in flight listens to it.
    setMaxListeners(0, this.#stop.signal);
    this.#logger = logger;
    this.#names = new Set(schedulerNames(configuration));
    const seed = platform.random.below(2 ** 32);
    this.#snapshot = new SchedulerSnapshot(engineConfiguration(configuration, seed), logger);
    this.metrics = new SchedulerMetrics(options.metrics);
    this.#queue = new SchedulingQueue({
      clock: platform.clock,
      initialBackoffSeconds: configuration.podInitialBackoffSeconds ?? 1,
      maxBackoffSeconds: configuration.podMaxBackoffSeconds ?? 10,
      maxInUnschedulableSeconds: options.podMaxInUnschedulableSeconds ?? 300,
      onMove: (queue, event) => this.metrics.incomingPods.with(event, queue).increment(),
    });
    this.#hints = new QueueingHints({
      clock: platform.clock,
      queue: this.#queue,
      changes: this.#changes,
      snapshot: this.#snapshot,
      request: (queued) => this.#request(queued),
      onBroken: (error) => this.#restartEngine(error),
    });
    this.#tasks = new BoundedTasks(concurrency, waitingCallsMax, () => this.#wakeUp());
    this.#writer = new PodWriter(client, platform.clock);
    this.#factory = options.informers ?? new SharedInformerFactory({ client, platform, logger });
    this.#informers = schedulerInformers(this.#factory, options.informers !== undefined);
    this.#handlers = new ClusterEventHandlers(this.#informers, {
      snapshot: this.#snapshot,
      queue: this.#queue,
      changes: this.#changes,
      isOurs: (pod) => this.#names.has(pod.spec?.schedulerName ?? ""),
      isAssumed: (uid) => this.#assumed.has(uid),
      onConfirmed: (uid) => this.#assumed.delete(uid),
      onChange: () => this.#wakeUp(),
      onLeave: (queued) => this.#hints.retry(queued),
    });
    this.metrics.registry.onCollect(() => this.#collect());
  }

  /** Whether it leads and has seen the cluster: what `/readyz` may ask. */
  get isScheduling(): boolean {
    return this.#active;
  }

  /**
   * Resolves once it schedules, or, with leader election, once it is a candidate. It goes on
   * until the signal aborts or `stop` is called.
   */
  async start(signal: AbortSignal): Promise<void> {
    const stop = () => this.#stop.abort(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    const election = this.#options.configuration?.leaderElection;
    const waits = this.#options.configuration?.delayCacheUntilActive === true;
    if (election?.leaderElect !== true) {
      await this.#begin(this.#stop.signal);
      return;
    }
    if (!waits) this.#startInformers();
    const elector = new LeaderElector({
      client: this.#options.client,
      platform: this.#options.platform,
      namespace: election.resourceNamespace ?? "kube-system",
      leaseName: election.resourceName ?? "kube-scheduler",
      identity: this.#options.identity ?? "",
      ...defined({
        leaseDurationSeconds: election.leaseDurationSeconds,
        renewDeadlineSeconds: election.renewDeadlineSeconds,
        retryPeriodSeconds: election.retryPeriodSeconds,
      }),
      logger: this.#logger,
      metrics: this.metrics.registry,
      onStartedLeading: async (leading) => {
        await this.#begin(leading);
        await aborted(leading);
        this.#active = false;
      },
    });
    const isOver = (): void => {
      if (!this.#stop.signal.aborted) this.#options.onLeaseLost?.();
    };
    // The elector has logged its work's failure.
    this.#run = elector.run(this.#stop.signal).then(isOver, isOver);
  }

  /** Resolves when no call of it runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#active = false;
    this.#flushTimer?.cancel();
    await this.#tasks.drain();
    await this.#run;
    if (this.#options.informers === undefined) await this.#factory.stopped();
  }

  #startInformers(): void {
    if (this.#options.informers === undefined) this.#factory.start(this.#stop.signal);
  }

  async #begin(signal: AbortSignal): Promise<void> {
    this.#startInformers();
    const synced = await Promise.all(
      this.#informers.all.map((informer) => informer.waitForSync(signal)),
    );
    if (!synced.every(Boolean)) return;
    this.#active = true;
    this.#wakeUp();
  }

  /** Asks for a turn soon; many asks make one. */
  #wakeUp(): void {
    if (this.#turnPending || !this.#active || this.#stop.signal.aborted) return;
    this.#turnPending = true;
    this.#options.platform.clock.defer(() => {
      this.#turnPending = false;
      if (this.#active && !this.#stop.signal.aborted) this.#turn();
    });
  }

  /** Wakes whom changes help, places one batch, and comes back while there is more. */
  #turn(): void {
    this.#hints.run();
    this.#queue.flush();
    if (!this.#tasks.isFull) {
      const batch = this.#queue.pop(this.#batchSize);
      if (batch.length > 0) this.#place(batch);
      if (this.#queue.isReady) this.#wakeUp();
    }
    this.#flushTimer?.cancel();
    const waits = [this.#queue.nextFlushMilliseconds(), this.#hints.waitMilliseconds()];
    const next = Math.min(...waits.map((wait) => wait ?? Number.POSITIVE_INFINITY));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#flushTimer = this.#options.platform.clock.setTimer(next, () => this.#wakeUp());
  }

  #request(queued: QueuedPod): PlacementRequest {
    const { pod } = queued;
    queued.text ??= podText(pod, this.#informers.defaultSelectors.of(pod));
    return { pod, text: queued.text };
  }

  #place(batch: readonly QueuedPod[]): void {
    const { clock } = this.#options.platform;
    const begin = clock.monotonic();
    const schedulerName = batch[0]?.schedulerName ?? "";
    // Services and workloads may have changed what selects a pod since it was last asked about.
    for (const queued of batch) queued.text = undefined;
    const requests = batch.map((queued) => this.#request(queued));
    let placed: SchedulingBatch;
    try {
      placed = this.#snapshot.place(schedulerName, requests);
    } catch (error) {
      this.#restartEngine(error);
      for (const queued of batch) this.#attemptFailed(queued, errorText(error), begin);
      return;
    }
    const seconds = (clock.monotonic() - begin) / 1000 / batch.length;
    const affordable = seconds > 0 ? Math.floor(batchSecondsMax / seconds) : batchMax;
    this.#batchSize = Math.min(batchMax, Math.max(batchMin, affordable));
    const algorithm = this.metrics.algorithmSeconds.with();
    const failures = new Map(placed.failures.map((failure) => [failure.index, failure]));
    batch.forEach((queued, index) => {
      algorithm.observe(seconds);
      const failure = failures.get(index);
      if (failure === undefined) {
        this.#hints.retry(queued);
        this.#bind(queued, placed.nodes[index] ?? "", begin);
      } else {
        this.#hints.giveUp(queued);
        this.#fail(queued, failure, begin);
      }
      queued.wokenFor = undefined;
    });
  }

  #bind(queued: QueuedPod, node: string, begin: number): void {
    const { pod, uid } = queued;
    this.#assumed.set(uid, {
      ...pod,
      spec: { ...(pod.spec ?? { containers: [] }), nodeName: node },
    });
    this.#tasks.add(async () => {
      try {
        await this.#writer.bind(pod, node, this.#stop.signal);
        if (!this.#isPending(queued)) this.#assumed.delete(uid);
        this.#succeeded(queued, node, begin);
      } catch (error) {
        const placed = this.#assumed.get(uid);
        this.#assumed.delete(uid);
        if (this.#stop.signal.aborted) return;
        this.#bindingFailed(queued, placed, error, begin);
      }
    });
  }

  /** Whether the informer has the pod without a node. */
  #isPending({ pod, uid }: QueuedPod): boolean {
    const current = this.#informers.pods.indexer.get(objectKey(pod));
    return current?.metadata?.uid === uid && !current.spec?.nodeName;
  }

  #succeeded(queued: QueuedPod, node: string, begin: number): void {
    const { pod, schedulerName } = queued;
    this.#observeAttempt(schedulerName, "scheduled", begin);
    this.metrics.podAttempts.with().observe(queued.attempts);
    const attempts = queued.attempts > 15 ? "16+" : String(queued.attempts);
    const waited = this.#options.platform.clock.monotonic() - queued.firstSeen;
    this.metrics.podSeconds.with(attempts).observe(waited / 1000);
    if (queued.flushed) this.metrics.scheduledAfterFlush.with().increment();
    const message = `Successfully assigned ${nameOf(pod)} to ${node}`;
    this.#event(schedulerName, pod, "Normal", "Scheduled", message);
  }

  #bindingFailed(queued: QueuedPod, placed: Pod | undefined, error: unknown, begin: number): void {
    const { pod, schedulerName, uid } = queued;
    const current = this.#informers.pods.indexer.get(objectKey(pod));
    const isSame = current !== undefined && current.metadata?.uid === uid;
    // The informer may know meanwhile that the pod is bound after all, or gone.
    if (isSame && current.spec?.nodeName) return;
    this.#snapshot.removePod(uid);
    this.#changes.pod(placed ?? pod, "AssignedPodDelete");
    this.#wakeUp();
    if (!isSame || hasReason(error, "NotFound")) {
      this.#observeAttempt(schedulerName, "error", begin);
      return;
    }
    queued.pod = current;
    const message = `running Bind plugin "DefaultBinder": ${errorText(error)}`;
    this.#attemptFailed(queued, message, begin);
  }

  #fail(queued: QueuedPod, failure: SchedulingFailure, begin: number): void {
    const { schedulerName } = queued;
    if (failure.refused) {
      this.#attemptFailed(queued, failure.message, begin);
      return;
    }
    this.#observeAttempt(schedulerName, "unschedulable", begin);
    this.#queue.addUnschedulable(queued, failure.plugins);
    if (failure.message.includes("preemption: ") || failure.nominatedNode !== undefined) {
      this.metrics.preemptionAttempts.with().increment();
    }
    if (failure.nominatedNode !== undefined) this.#preempt(queued, failure);
    const waits = failure.message.includes("due to a terminating pod on the nominated node");
    const nominated = failure.nominatedNode ?? (waits ? undefined : "");
    if (nominated === "" && queued.pod.status?.nominatedNodeName) {
      this.#snapshot.endNomination(queued.uid);
    }
    this.#report(queued, "Unschedulable", failure.message, nominated);
  }

  /** The attempt itself went wrong: it is made again after a backoff. */
  #attemptFailed(queued: QueuedPod, message: string, begin: number): void {
    this.#observeAttempt(queued.schedulerName, "error", begin);
    this.#queue.addBackoff(queued);
    this.#report(queued, "SchedulerError", message, undefined);
  }

  /** The engine broke, which is a bug in it: a new one is given what the informers know. */
  #restartEngine(error: unknown): void {
    this.#logger.error("The scheduling engine failed and is replaced", { error });
    this.#snapshot.restart();
    this.#handlers.replay();
    for (const pod of this.#assumed.values()) this.#snapshot.putPod(pod);
  }

  #report(
    queued: QueuedPod,
    reason: "Unschedulable" | "SchedulerError",
    message: string,
    nominatedNodeName: string | undefined,
  ): void {
    const { pod, schedulerName } = queued;
    this.#event(schedulerName, pod, "Warning", "FailedScheduling", truncated(message));
    const failure = {
      reason,
      message,
      ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    };
    this.#attempt("Could not write why a pod has no node", pod, () =>
      this.#writer.reportFailure(pod, failure, this.#stop.signal),
    );
  }

  #preempt(queued: QueuedPod, failure: SchedulingFailure): void {
    const { schedulerName, uid } = queued;
    this.metrics.preemptionVictims.with().observe(failure.victims.length);
    for (const victim of this.#podsByUid(failure.victims)) {
      // One that goes already needs no second push.
      if (victim.metadata?.deletionTimestamp !== undefined) continue;
      this.#attempt("Could not preempt a pod", victim, async () => {
        await this.#writer.preempt(victim, schedulerName, this.#stop.signal);
        const message = `Preempted by pod ${uid} on node ${failure.nominatedNode}`;
        this.#event(schedulerName, victim, "Normal", "Preempted", message);
      });
    }
    for (const displaced of this.#podsByUid(failure.displaced)) {
      this.#attempt("Could not clear a nomination", displaced, () =>
        this.#writer.clearNomination(displaced, this.#stop.signal),
      );
    }
  }

  #podsByUid(uids: readonly string[]): Pod[] {
    return uids.flatMap((uid) => this.#informers.pods.indexer.byIndex(podsByUid, uid));
  }

  /** A write whose failure changes nothing here: the next attempt comes to the same. */
  #attempt(what: string, pod: Pod, write: () => Promise<void>): void {
    this.#tasks.add(async () => {
      try {
        await write();
      } catch (error) {
        if (this.#stop.signal.aborted || hasReason(error, "NotFound")) return;
        this.#logger.warning(what, { pod: nameOf(pod), error });
      }
    });
  }

  #observeAttempt(profile: string, result: string, begin: number): void {
    const seconds = (this.#options.platform.clock.monotonic() - begin) / 1000;
    this.metrics.attempts.with(profile, result).increment();
    this.metrics.attemptSeconds.with(profile, result).observe(seconds);
  }

  /**
   * One recorder writes events one after another, so a burst of bindings needs several. A pod's
   * events always go through the same one, which counts repeated ones.
   */
  #event(component: string, pod: Pod, type: EventType, reason: string, message: string): void {
    const about = objectReference(coreV1.pods, pod);
    const shard = Number.parseInt((about.uid ?? "").slice(0, 2), 16) % eventRecorders;
    const key = `${component}/${shard}`;
    let recorder = this.#recorders.get(key);
    if (recorder === undefined) {
      const { client, platform } = this.#options;
      const signal = this.#stop.signal;
      const logger = this.#logger;
      recorder = new ClientEventRecorder({ client, platform, component, logger, signal });
      this.#recorders.set(key, recorder);
    }
    recorder.event(about, type, reason, message);
  }

  #collect(): void {
    const { cacheSize, pendingPods, unschedulablePods } = this.metrics;
    for (const queue of ["active", "backoff", "unschedulable", "gated"] as const) {
      pendingPods.with(queue).set(this.#queue.size(queue));
    }
    const sizes = this.#snapshot.sizes();
    cacheSize.with("nodes").set(sizes.nodes);
    cacheSize.with("pods").set(sizes.pods);
    cacheSize.with("assumed_pods").set(this.#assumed.size);
    unschedulablePods.reset();
    for (const { plugins, schedulerName } of this.#queue.unschedulable()) {
      for (const plugin of plugins) unschedulablePods.with(plugin, schedulerName).add(1);
    }
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function truncated(message: string): string {
  if (Buffer.byteLength(message) <= eventMessageBytesMax) return message;
  const suffix = " ...";
  const kept = Buffer.from(message).subarray(0, eventMessageBytesMax - suffix.length);
  return kept.toString("utf8").replace(/\uFFFD$/, "") + suffix;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Leaves out what is undefined, for options that must be absent then. */
function defined<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
