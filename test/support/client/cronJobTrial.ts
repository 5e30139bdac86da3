import { batchV1 } from "../../../lib/api/gen/resources.js";
import type { CronJob, CronJobSpec, Job } from "../../../lib/api/gen/types/batchV1.js";
import { formatTime, parseTime } from "../../../lib/api/time.js";
import { SharedInformerFactory } from "../../../lib/client/informer/sharedInformerFactory.js";
import { TransportClient } from "../../../lib/client/transportClient.js";
import { CronJobController } from "../../../lib/controllers/cronjob/cronJobController.js";
import { ControllerHarness } from "./controllerHarness.js";
import { type Fate, MortalTransport } from "./mortalTransport.js";

const namespace = "default";
const name = "c";

export interface CronJobCase {
  readonly name: string;
  readonly spec: Partial<CronJobSpec>;
  /** After which a Job ends, by itself. */
  readonly jobSeconds: number;
  readonly minutes: number;
}

export interface CronJobResult {
  /** Minutes since the beginning of every Job that ever was, in the order they were made in. */
  readonly starts: readonly number[];
  /** Of those that are left. */
  readonly left: readonly number[];
  readonly lastScheduleTime: string | undefined;
  /** Names in the status that no Job has, or one that has ended. */
  readonly stale: readonly string[];
}

export interface CronJobTrialOptions {
  readonly fate: (write: number) => Fate;
  /** Called every second; whatever happens to the world besides. */
  readonly disturb?: (harness: ControllerHarness, second: number) => void;
  /** Seconds that go by undisturbed in the end. */
  readonly calmSeconds?: number;
}

/**
 * One CronJob on the virtual platform, with Jobs that end after a while, and a controller whose
 * process begins anew when it ends.
 */
export class CronJobTrial {
  readonly #harness = new ControllerHarness();
  readonly #case: CronJobCase;
  readonly #options: CronJobTrialOptions;
  readonly #runs: Promise<void>[] = [];
  readonly #starts: number[] = [];
  readonly #begun = new Map<string, number>();
  #process: AbortController | undefined;
  /** Writes of all processes. */
  writes = 0;

  constructor(cronJobCase: CronJobCase, options: CronJobTrialOptions) {
    this.#case = cronJobCase;
    this.#options = options;
  }

  async run(): Promise<CronJobResult> {
    const firstMinute = Math.floor(this.#harness.clock.now() / 60_000);
    const { disturb, calmSeconds = 0 } = this.#options;
    await this.#harness.client.resource(batchV1.cronjobs).create(this.#cronJob());
    this.#runs.push(this.#follow(firstMinute));
    const disturbedSeconds = this.#case.minutes * 60;
    try {
      for (let second = 0; second < disturbedSeconds + calmSeconds; second++) {
        this.#ensureProcess();
        if (second < disturbedSeconds) disturb?.(this.#harness, second);
        await this.#harness.clock.advance(1_000);
        await this.#endJobs();
      }
      return await this.#result(firstMinute);
    } finally {
      this.#process?.abort();
      await this.#harness.stop();
      await Promise.all(this.#runs);
    }
  }

  #cronJob(): CronJob {
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    return {
      metadata: { name, namespace },
      spec: {
        schedule: "* * * * *",
        concurrencyPolicy: "Allow",
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        jobTemplate: { spec: { template } },
        ...this.#case.spec,
      },
    };
  }

  get #jobs() {
    return this.#harness.client.resource(batchV1.jobs);
  }

  #ensureProcess(): void {
    if (this.#process !== undefined && !this.#process.signal.aborted) return;
    const stop = new AbortController();
    this.#process = stop;
    const transport = new MortalTransport(
      this.#harness.transport,
      () => this.#options.fate(++this.writes),
      () => stop.abort(),
    );
    const client = new TransportClient(transport);
    const informers = new SharedInformerFactory({ client, platform: this.#harness });
    const recorder = { event: () => undefined };
    const context = { ...this.#harness.context(), client, informers, recorder };
    const controller = new CronJobController(context);
    informers.start(stop.signal);
    this.#runs.push(controller.run(stop.signal), informers.stopped());
  }

  async #follow(firstMinute: number): Promise<void> {
    const { signal } = this.#harness;
    const events = this.#jobs.watch({
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      signal,
    });
    try {
      for await (const event of events) {
        if (event.type === "ADDED") this.#starts.push(minuteOf(event.object, firstMinute));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** By time that passes, whatever the wall clock says. */
  async #endJobs(): Promise<void> {
    const { clock } = this.#harness;
    for (const job of (await this.#jobs.list({ namespace })).items) {
      if (hasEnded(job)) continue;
      const { uid = "" } = job.metadata;
      const begun = this.#begun.get(uid) ?? clock.monotonic();
      this.#begun.set(uid, begun);
      if (clock.monotonic() - begun < this.#case.jobSeconds * 1000) continue;
      const now = formatTime(clock.now());
      const startTime = job.metadata.creationTimestamp ?? now;
      const conditions = [{ type: "Complete", status: "True" }];
      const status = { startTime, completionTime: now, conditions };
      await this.#jobs.updateStatus({ ...job, status });
    }
  }

  async #result(firstMinute: number): Promise<CronJobResult> {
    const cronJobs = this.#harness.client.resource(batchV1.cronjobs);
    const { status = {} } = await cronJobs.get(name, { namespace });
    const { items } = await this.#jobs.list({ namespace });
    const going = items.filter((job) => !hasEnded(job)).map(({ metadata }) => metadata.uid);
    const stale = (status.active ?? []).filter(({ uid }) => !going.includes(uid));
    const last = parseTime(status.lastScheduleTime);
    return {
      starts: this.#starts,
      left: items.map((job) => minuteOf(job, firstMinute)),
      lastScheduleTime: last === undefined ? undefined : formatTime(last),
      stale: stale.map((reference) => reference.name ?? ""),
    };
  }
}

function hasEnded({ status }: Job): boolean {
  return (status?.conditions ?? []).length > 0;
}

function minuteOf({ metadata }: Job, firstMinute: number): number {
  return Number(metadata.name?.split("-").at(-1)) - firstMinute;
}
