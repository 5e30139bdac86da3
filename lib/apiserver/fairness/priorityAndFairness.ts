import type { FlowSchema, PriorityLevelConfiguration } from "../../api/gen/types/flowcontrolV1.js";
import { apiErrors } from "../../api/status.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { FlowControl, FlowControlled, HeaderGrounds, Release } from "../flowControl.js";
import type { Grounds } from "../grounds.js";
import type { UserInfo } from "../identity.js";
import type { ApiServerMetrics } from "../metrics/apiServerMetrics.js";
import type { SeatGauges } from "../metrics/seatMetrics.js";
import { RequestDeadlines } from "../requestDeadlines.js";
import type { RequestInfo, ResourceRequestInfo } from "../requestInfo.js";
import { debugPage } from "./debugPages.js";
import { FairnessConfiguration } from "./fairnessConfiguration.js";
import { FairnessMetrics, type KindRatios } from "./fairnessMetrics.js";
import { type ClassifiedFlow, Flows } from "./flows.js";
import { LevelRequest } from "./levelRequest.js";
import type { ObjectSizes } from "./objectSizes.js";
import type { PriorityLevel } from "./priorityLevel.js";
import { WatchCounts } from "./watchCounts.js";
import { WorkEstimator } from "./workEstimator.js";

/** How often seats are divided anew between the levels. */
const borrowingMilliseconds = 10_000;
const mostWaitMilliseconds = 60_000;
const readOnlyVerbs: ReadonlySet<string> = new Set(["get", "list", "watch"]);

/** Of everything that is said of a flow. */
const grounds: Grounds = {
  keys: [],
  prefixes: ["/registry/flowschemas/", "/registry/prioritylevelconfigurations/"],
};

/** Where the objects are read from. */
export interface FairnessObjects {
  flowSchemas(): Iterable<FlowSchema>;
  priorityLevels(): Iterable<PriorityLevelConfiguration>;
  /** Makes them be followed, also after their stream has ended. */
  sync(): Promise<void>;
  /** Whether all changes so far have been told of. */
  isCurrent(): boolean;
  /** Calls back after each change, from now on. */
  onChange(callback: () => void): void;
}

export interface FairnessOptions {
  readonly clock: Clock;
  readonly metrics: ApiServerMetrics;
  readonly objects: FairnessObjects;
  /** --max-requests-inflight and --max-mutating-requests-inflight together. */
  readonly serverSeats: number;
  /** --request-timeout: a quarter of it is waited where a request has no deadline of its own. */
  readonly requestTimeoutMilliseconds: number;
  /** Undefined where nothing is known of the resource. */
  readonly sizesOf: (info: ResourceRequestInfo) => ObjectSizes | undefined;
  /** Told of every FlowSchema, and whether its level is there, whenever that may have changed. */
  readonly onDigest?: (schemas: readonly FlowSchema[], isThere: (level: string) => boolean) => void;
  readonly onStop?: () => void;
  /** Told when the objects could not be read; they are read again. */
  readonly onError: (error: unknown) => void;
}

interface Kind {
  readonly gauges: SeatGauges;
  readonly ratios: KindRatios;
}

/** Priority and fairness, as docs/flow-control.md says. */
export class PriorityAndFairness implements FlowControl {
  readonly #options: FairnessOptions;
  readonly #metrics: FairnessMetrics;
  readonly #configuration: FairnessConfiguration;
  readonly #flows: Flows;
  readonly #watches = new WatchCounts();
  readonly #estimator: WorkEstimator;
  /** How long requests may wait. */
  readonly #waits: RequestDeadlines;
  readonly #readOnly: Kind;
  readonly #mutating: Kind;
  #timer: Timer | undefined;
  #isStale = false;
  #isStopped = false;

  constructor(options: FairnessOptions) {
    const { clock, metrics, serverSeats, sizesOf } = options;
    this.#options = options;
    this.#metrics = new FairnessMetrics(metrics.registry, () => clock.monotonic());
    this.#configuration = new FairnessConfiguration(clock, this.#metrics, serverSeats);
    this.#flows = new Flows(this.#metrics);
    const usualWait = Math.min(options.requestTimeoutMilliseconds / 4, mostWaitMilliseconds);
    this.#waits = new RequestDeadlines(clock, usualWait);
    const watchersOf = (info: RequestInfo): number => this.#watches.interestedIn(info);
    this.#estimator = new WorkEstimator({ sizesOf, watchersOf });
    this.#readOnly = { gauges: metrics.seats.readOnly, ratios: this.#metrics.readOnly };
    this.#mutating = { gauges: metrics.seats.mutating, ratios: this.#metrics.mutating };
    metrics.registry.onCollect(() => {
      for (const { requests } of this.levels()) requests.noteBounds();
    });
    // Until the objects have been read only what is mandatory is known.
    this.#flows.replace(this.#configuration.digest([], []));
  }

  /** Reads the objects, follows them, and begins to lend seats. */
  async start(): Promise<void> {
    const { objects } = this.#options;
    objects.onChange(() => this.#changed());
    await objects.sync();
    this.#digest();
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#options.onStop?.();
    this.#timer?.cancel();
  }

  debugPage(path: string, query: URLSearchParams | undefined): string | undefined {
    return debugPage(path, query, this.levels(), this.#options.clock);
  }

  levels(): PriorityLevel[] {
    return this.#configuration.levels();
  }

  enter(request: FlowControlled, user: UserInfo): Release | Promise<Release> {
    if (this.#isStale) this.#digest();
    const { info, options } = request;
    const flow = this.#flows.of(info, user);
    const { level, series } = flow;
    request.flowHeaders = flow.headers;
    const now = this.#options.clock.monotonic();
    const work = this.#estimator.estimate(info, options, level.widest, series);
    const entered = new LevelRequest(flow, info, user, work, now);
    series.seats.observe(entered.width);
    switch (level.requests.start(entered, now)) {
      case "running":
        return this.#begin(entered, flow, 0, now);
      case "waiting":
        return this.#wait(request, entered, flow);
      default:
        series.waitedInVain.observe(0);
        throw this.#tooMany(level);
    }
  }

  headerGrounds(request: FlowControlled, user: UserInfo): HeaderGrounds | undefined {
    const { info, flowHeaders } = request;
    if (!this.#options.objects.isCurrent() || this.#isStale) return undefined;
    const { headers, level } = this.#flows.of(info, user);
    if (headers !== flowHeaders) return undefined;
    const isOfAny = !info.isResourceRequest || this.#flows.areOfAnyNamespace(info, user);
    return {
      grounds,
      covers: isOfAny ? "cluster" : "namespace",
      lend: (make) => (level.isExempt ? undefined : level.requests.lend(make)),
    };
  }

  watchStarted(info: ResourceRequestInfo): () => void {
    return this.#watches.add(info);
  }

  #begin(request: LevelRequest, flow: ClassifiedFlow, waited: number, now: number): Release {
    const { level, series } = flow;
    if (!level.isExempt) series.waitedAndRan.observe(waited / 1000);
    const { gauges, ratios } = this.#kindOf(request.info);
    gauges.running.add(1);
    ratios.executing.add(1, now);
    return () => {
      if (request.state !== "running") return;
      const end = this.#options.clock.monotonic();
      level.requests.finish(request, end);
      gauges.running.add(-1);
      ratios.executing.add(-1, end);
      const executed = request.info.verb === "watch" ? series.watchStarted : series.executed;
      executed.observe((end - request.startedAt) / 1000);
      if (level.isQuiescing && level.requests.isIdle) this.#changed();
    };
  }

  #wait(controlled: FlowControlled, request: LevelRequest, flow: ClassifiedFlow): Promise<Release> {
    const { clock } = this.#options;
    const { gauges, ratios } = this.#kindOf(request.info);
    const signal = controlled.signal();
    gauges.queued.add(1);
    ratios.waiting.add(1, request.arrivedAt);
    return new Promise((resolve, reject) => {
      const leave = (now: number): void => {
        forget();
        signal.removeEventListener("abort", giveUp);
        gauges.queued.add(-1);
        ratios.waiting.add(-1, now);
      };
      const giveUp = (): void => {
        if (request.state !== "waiting") return;
        const now = clock.monotonic();
        leave(now);
        flow.level.requests.leave(request, now);
        flow.series.waitedInVain.observe((now - request.arrivedAt) / 1000);
        reject(this.#tooMany(flow.level));
      };
      request.onStart = () => {
        const now = request.startedAt;
        leave(now);
        resolve(this.#begin(request, flow, now - request.arrivedAt, now));
      };
      const own = controlled.timeoutMilliseconds;
      const forget = this.#waits.add(own && own / 4, request.arrivedAt, giveUp);
      signal.addEventListener("abort", giveUp, { once: true });
      if (signal.aborted) giveUp();
    });
  }

  #tooMany(level: PriorityLevel): Error {
    const seconds = level.retryAfter.turnedAway(this.#options.clock.monotonic());
    return apiErrors.tooManyRequests("Too many requests, please try again later.", seconds);
  }

  #kindOf(info: RequestInfo): Kind {
    return readOnlyVerbs.has(info.verb) ? this.#readOnly : this.#mutating;
  }

  /** Several changes are taken as one, by the next request or in a turn of their own. */
  #changed(): void {
    if (this.#isStale || this.#isStopped) return;
    this.#isStale = true;
    this.#options.clock.defer(() => {
      if (this.#isStale && !this.#isStopped) this.#digest();
    });
  }

  #digest(): void {
    this.#isStale = false;
    const { objects, onDigest } = this.#options;
    const schemas = [...objects.flowSchemas()];
    this.#metrics.forgetFlows();
    this.#flows.replace(this.#configuration.digest(objects.priorityLevels(), schemas));
    this.#setLimits();
    onDigest?.(schemas, (level) => this.#configuration.isThere(level));
  }

  #setLimits(): void {
    let waiting = 0;
    let running = 0;
    for (const { nominal, response } of this.levels()) {
      running += nominal;
      if (response.type === "queue") {
        waiting += response.settings.queues * response.settings.queueLengthLimit;
      }
    }
    const now = this.#options.clock.monotonic();
    for (const { ratios } of [this.#readOnly, this.#mutating]) {
      ratios.waiting.setDenominator(Math.max(1, waiting), now);
      ratios.executing.setDenominator(Math.max(1, running), now);
    }
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.setTimer(borrowingMilliseconds, () => {
      this.#configuration.borrow();
      this.#options.objects.sync().catch((error: unknown) => {
        if (!this.#isStopped) this.#options.onError(error);
      });
      this.#schedule();
    });
  }
}
