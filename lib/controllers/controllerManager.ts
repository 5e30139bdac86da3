import { setMaxListeners } from "node:events";
import type { Histogram } from "../api/metrics/histogram.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import type { Client } from "../client/client.js";
import { ClientEventRecorder } from "../client/events/eventRecorder.js";
import { SharedInformerFactory } from "../client/informer/sharedInformerFactory.js";
import { LeaderElector } from "../client/leaderElection/leaderElector.js";
import type { WorkQueueMetrics } from "../client/workqueue/workQueue.js";
import { type Logger, silentLogger } from "../platform/logger.js";
import type { ControllerContext, ControllerPlatform } from "./controllerContext.js";
import { type ControllerOptions, defaultControllerOptions } from "./controllerOptions.js";
import { type ControllerEntry, controllerTable, isEnabled } from "./controllerTable.js";
import { WorkQueueMetricsTable } from "./workQueueMetricsTable.js";

export interface LeaderElectionOptions {
  /** Unique among the candidates, for example `host_uuid`. */
  readonly identity: string;
  /** Default kube-system. */
  readonly namespace?: string;
  /** Default kube-controller-manager. */
  readonly leaseName?: string;
  readonly leaseDurationSeconds?: number;
  readonly renewDeadlineSeconds?: number;
  readonly retryPeriodSeconds?: number;
}

export interface ControllerManagerOptions {
  readonly platform: ControllerPlatform;
  /** For informers and leader election; for every controller where clientFor is not given. */
  readonly client: Client;
  /**
   * Shared with other components of the process: they go on when the controllers have stopped, and
   * end with the signal that their owner starts them with. Default: own ones.
   */
  readonly informers?: SharedInformerFactory;
  /** A controller's own client, by its service account in kube-system. */
  readonly clientFor?: (serviceAccount: string) => Client | Promise<Client>;
  readonly options?: Partial<ControllerOptions>;
  /** `--controllers`; default `*`. */
  readonly controllers?: readonly string[];
  /** Absent: the controllers run at once. */
  readonly leaderElection?: LeaderElectionOptions;
  readonly metrics?: MetricsRegistry;
  readonly logger?: Logger;
  /** See ControllerContext. */
  readonly onKindsChange?: ControllerContext["onKindsChange"];
}

export interface ControllerHealth {
  readonly name: string;
  /** Empty where the controller runs. */
  readonly problem: string;
}

/** Runs the controllers, alone or as one of several candidates. */
export class ControllerManager {
  readonly #options: ControllerManagerOptions;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #queueMetrics: WorkQueueMetricsTable | undefined;
  readonly #creationSkew: Histogram | undefined;
  readonly #health = new Map<string, string>();
  #running: Promise<void> | undefined;
  #isLeading = false;

  constructor(options: ControllerManagerOptions) {
    this.#options = options;
    setMaxListeners(0, this.#stop.signal);
    this.#logger = options.logger ?? silentLogger;
    this.#queueMetrics =
      options.metrics === undefined ? undefined : new WorkQueueMetricsTable(options.metrics);
    this.#creationSkew = options.metrics?.histogram(
      "cronjob_controller_job_creation_skew_duration_seconds",
      "Time between when a cronjob is scheduled to be run, and when its job is created",
      [],
      skewBuckets,
    );
  }

  /** True while this process runs the controllers. */
  get isLeading(): boolean {
    return this.#isLeading;
  }

  /** One entry a controller that this process runs. */
  health(): ControllerHealth[] {
    return [...this.#health].map(([name, problem]) => ({ name, problem }));
  }

  /**
   * Starts in the background. The promise resolves when the controllers have stopped: after
   * `stop`, or when the lease was lost, which the process should treat as its end.
   */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { client, leaderElection, platform } = this.#options;
    if (leaderElection === undefined) return this.#lead(this.#stop.signal);
    const elector = new LeaderElector({
      client,
      platform,
      namespace: "kube-system",
      leaseName: "kube-controller-manager",
      ...leaderElection,
      logger: this.#logger,
      ...(this.#options.metrics === undefined ? {} : { metrics: this.#options.metrics }),
      onStartedLeading: (signal) => {
        this.#tellLeading(leaderElection, signal);
        return this.#lead(signal);
      },
      onNewLeader: (identity) => this.#logger.info("New leader", { identity }),
    });
    return elector.run(this.#stop.signal);
  }

  #tellLeading(election: LeaderElectionOptions, signal: AbortSignal): void {
    const { client, platform } = this.#options;
    const component = "kube-controller-manager";
    const recorder = new ClientEventRecorder({ client, platform, component, signal });
    const name = election.leaseName ?? component;
    const namespace = election.namespace ?? "kube-system";
    const about = { kind: "Lease", apiVersion: "coordination.k8s.io/v1", namespace, name };
    recorder.event(about, "Normal", "LeaderElection", `${election.identity} became leader`);
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { client, platform, informers: shared } = this.#options;
    const informers =
      shared ?? new SharedInformerFactory({ client, platform, logger: this.#logger });
    const options = { ...defaultControllerOptions, ...this.#options.options };
    const flags = this.#options.controllers ?? ["*"];
    const entries = controllerTable.filter(
      (entry) => isEnabled(entry, flags) && (entry.isUseful?.(options) ?? true),
    );
    this.#isLeading = true;
    try {
      const runs = await Promise.all(
        entries.map(async (entry) => {
          const context = await this.#context(entry, informers, options, signal);
          // A controller asks for its informers when it is made.
          return { entry, controller: entry.make(context), client: context.client };
        }),
      );
      informers.start(signal);
      await Promise.all(
        runs.map(({ entry, controller }) => this.#runController(entry, controller.run(signal))),
      );
      if (shared === undefined) await informers.stopped();
      for (const run of runs) if (run.client !== client) run.client.close();
    } finally {
      this.#isLeading = false;
      this.#health.clear();
    }
  }

  async #context(
    entry: ControllerEntry,
    informers: SharedInformerFactory,
    options: ControllerOptions,
    signal: AbortSignal,
  ): Promise<ControllerContext> {
    const { clientFor, platform, onKindsChange } = this.#options;
    const account = entry.serviceAccount;
    const own = account === undefined ? undefined : await clientFor?.(account);
    const client = own ?? this.#options.client;
    const logger = this.#logger.named(entry.name);
    const recorder = new ClientEventRecorder({
      client,
      platform,
      component: entry.eventSource ?? entry.name,
      logger,
      signal,
    });
    const queueMetrics = (queue: string): WorkQueueMetrics =>
      this.#queueMetrics?.of(queue) ?? noMetrics;
    return {
      client,
      informers,
      platform,
      logger,
      recorder,
      options,
      queueMetrics,
      ...(onKindsChange === undefined ? {} : { onKindsChange }),
      observeCreationSkew: (seconds) => this.#creationSkew?.with().observe(seconds),
    };
  }

  async #runController(entry: ControllerEntry, run: Promise<void>): Promise<void> {
    this.#health.set(entry.name, "");
    try {
      await run;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#health.set(entry.name, problem);
      this.#logger.error("Controller failed", { controller: entry.name, error });
    }
  }
}

const skewBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const noMetrics: WorkQueueMetrics = {
  depth: () => undefined,
  add: () => undefined,
  queueDurationSeconds: () => undefined,
  workDurationSeconds: () => undefined,
  retry: () => undefined,
};
