import { equalJson } from "../../api/equality.js";
import { batchV1 } from "../../api/gen/resources.js";
import type { CronJob, Job } from "../../api/gen/types/batchV1.js";
import { apiVersionOf } from "../../api/resourceType.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { objectKey } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import type { Timer } from "../../platform/clock.js";
import type { ControllerContext } from "../controllerContext.js";
import { ControllerIndex } from "../ownership/controllerIndex.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import { cronJobSchedule } from "./cronJobSchedule.js";
import { CronJobSync, startDelayMilliseconds } from "./cronJobSync.js";
import { untilNextStart } from "./recentSchedule.js";

/** How often it is looked whether somebody set the wall clock, which no timer follows. */
const clockCheckMilliseconds = 60_000;
/** A difference that is no drift. */
const clockSetMilliseconds = 1_000;

/** Starts Jobs by the schedules of CronJobs. */
export class CronJobController extends QueueController {
  readonly #cronJobs: Indexer<CronJob>;
  readonly #jobs: ControllerIndex<Job>;
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext) {
    super("cronjob-controller", context);
    const cronJobs = this.informer(batchV1.cronjobs);
    this.#cronJobs = cronJobs.indexer;
    cronJobs.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (old, cronJob) => this.#updated(old, cronJob),
      onDelete: (cronJob) => {
        this.#written.forget(cronJob);
        this.enqueue(cronJob);
      },
    });
    const jobs = this.informer(batchV1.jobs);
    this.#jobs = new ControllerIndex(jobs.indexer);
    jobs.addEventHandler({
      onAdd: (job) => this.#jobChanged(job),
      onUpdate: (old, job) => {
        if (!equalJson(controllerOf(old), controllerOf(job))) this.#jobChanged(old);
        this.#jobChanged(job);
      },
      onDelete: (job) => this.#jobChanged(job),
    });
  }

  /**
   * Another schedule is looked at when it is due, as a start of its past that nobody wanted then is
   * no reason to begin; any other change at once.
   */
  #updated(old: CronJob, cronJob: CronJob): void {
    const { schedule, timeZone } = cronJob.spec;
    if (old.spec.schedule === schedule && old.spec.timeZone === timeZone) {
      this.enqueue(cronJob);
      return;
    }
    const read = cronJobSchedule(cronJob.spec, this.context.options.localTimeZone);
    if (read.kind === "unreadable") {
      const message = `unparseable schedule for cronjob: ${schedule}`;
      const about = objectReference(batchV1.cronjobs, cronJob);
      this.context.recorder.event(about, "Warning", "UnParseableCronJobSchedule", message);
      return;
    }
    const delay = untilNextStart(cronJob, this.now(), read.next);
    // Without a start ahead the sync says why there is none.
    this.queue.addAfter(
      objectKey(cronJob),
      delay === undefined ? 0 : delay + startDelayMilliseconds,
    );
  }

  #jobChanged(job: Job): void {
    const owner = controllerOf(job);
    const { kind } = batchV1.cronjobs;
    if (owner?.kind !== kind || owner.apiVersion !== apiVersionOf(batchV1.cronjobs)) return;
    const cronJob = this.#cronJobs.getByName(job.metadata.namespace ?? "", owner.name);
    if (cronJob?.metadata.uid === owner.uid) this.enqueue(cronJob);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const cronJob = this.#cronJobs.get(key);
    // The event of the write that the cache lacks brings the key back.
    if (cronJob === undefined || this.#written.isBehind(cronJob)) return;
    const { context } = this;
    const parts = { context, written: this.#written, now: this.now(), signal };
    const jobs = this.#jobs.controlledBy(cronJob);
    const delay = await new CronJobSync(parts, cronJob, jobs).run();
    if (delay !== undefined) this.queue.addAfter(key, delay);
  }

  protected override started(signal: AbortSignal): Promise<void> {
    this.#watchClock(signal);
    return Promise.resolve();
  }

  /** Timers measure time that passes; when the wall clock is set, all starts are reckoned anew. */
  #watchClock(signal: AbortSignal): void {
    const { clock } = this.context.platform;
    let timer: Timer;
    let offset = clock.now() - clock.monotonic();
    const check = (): void => {
      const current = clock.now() - clock.monotonic();
      if (Math.abs(current - offset) > clockSetMilliseconds) {
        offset = current;
        for (const cronJob of this.#cronJobs.list()) this.enqueue(cronJob);
      }
      timer = clock.setTimer(clockCheckMilliseconds, check);
    };
    timer = clock.setTimer(clockCheckMilliseconds, check);
    signal.addEventListener("abort", () => timer.cancel(), { once: true });
  }
}
