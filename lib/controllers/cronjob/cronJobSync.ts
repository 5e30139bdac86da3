import { locationProblem } from "../../api/cron/timeZoneName.js";
import { batchV1 } from "../../api/gen/resources.js";
import type { CronJob, CronJobStatus, Job } from "../../api/gen/types/batchV1.js";
import type { ObjectReference } from "../../api/gen/types/coreV1.js";
import { goQuote } from "../../api/goQuote.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import { formatInternetTime, formatTime, parseTime } from "../../api/time.js";
import { type EventType, objectReference } from "../../client/events/eventRecorder.js";
import { isControlledBy } from "../../client/ownership/controllerReference.js";
import type { ControllerContext } from "../controllerContext.js";
import { isJobFinished, jobCondition } from "../job/jobState.js";
import type { WrittenVersions } from "../writtenVersions.js";
import { cronJobSchedule, namesZone } from "./cronJobSchedule.js";
import { removeHistory } from "./jobHistory.js";
import { type NextTime, recentSchedule, untilNextStart } from "./recentSchedule.js";
import { scheduledJob, scheduledJobName } from "./scheduledJob.js";

/** A start is looked at so much later, as clocks differ a little. */
export const startDelayMilliseconds = 100;

export interface CronJobSyncParts {
  readonly context: ControllerContext;
  readonly written: WrittenVersions;
  /** Milliseconds since the epoch; one moment for the whole sync. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** One sync of a CronJob with the Jobs that it controls. */
export class CronJobSync {
  readonly #parts: CronJobSyncParts;
  readonly #cronJob: CronJob;
  readonly #jobs: readonly Job[];
  /** By uid: what the status is to list. */
  readonly #active: Map<string, ObjectReference>;
  readonly #status: CronJobStatus;
  #isChanged = false;
  /** Of a start that is due and that the status did not tell of when the sync began. */
  #dueJobName: string | undefined;

  constructor(parts: CronJobSyncParts, cronJob: CronJob, jobs: readonly Job[]) {
    this.#parts = parts;
    this.#cronJob = cronJob;
    this.#jobs = jobs;
    const { active = [], ...status } = cronJob.status ?? {};
    this.#active = new Map(active.map((reference) => [reference.uid ?? "", reference]));
    this.#status = status;
  }

  /**
   * Milliseconds until it is to be looked at again; undefined: when something changes. What has
   * become known is written, and history removed, also when no Job can be made: old ones may hold
   * the room that a quota leaves.
   */
  async run(): Promise<number | undefined> {
    const result = await this.#start().then(
      (delay) => ({ ok: true, delay }) as const,
      (error: unknown) => ({ ok: false, error }) as const,
    );
    if (this.#isChanged) await this.#writeStatus();
    await this.#removeHistory();
    if (!result.ok) throw result.error;
    return result.delay;
  }

  async #start(): Promise<number | undefined> {
    this.#seeJobs();
    await this.#findMissing();
    const { metadata, spec } = this.#cronJob;
    if (metadata.deletionTimestamp !== undefined) return undefined;
    const { timeZone } = spec;
    const zoneProblem = timeZone === undefined ? undefined : locationProblem(timeZone);
    if (timeZone !== undefined && zoneProblem !== undefined) {
      const message = `invalid timeZone: ${goQuote(timeZone)}: ${zoneProblem}`;
      this.#tell("Warning", "UnknownTimeZone", message);
      return undefined;
    }
    if (spec.suspend === true) return undefined;
    if (namesZone(spec)) {
      const text =
        `CRON_TZ or TZ used in schedule ${goQuote(spec.schedule)} is not officially supported, ` +
        "see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";
      this.#tell("Warning", "UnsupportedSchedule", text);
    }
    const schedule = cronJobSchedule(spec, this.#parts.context.options.localTimeZone);
    if (schedule.kind === "unreadable") {
      const message = `unparseable schedule: ${goQuote(spec.schedule)} : ${schedule.problem}`;
      this.#tell("Warning", "UnparseableSchedule", message);
      return undefined;
    }
    return this.#startIfDue(schedule.next);
  }

  /** What became of the Jobs that the cache has. */
  #seeJobs(): void {
    for (const job of this.#jobs) {
      const { name = "", uid = "" } = job.metadata;
      const isActive = this.#active.has(uid);
      if (!isJobFinished(job)) {
        if (isActive) continue;
        const message = `Saw a job that the controller did not create or forgot: ${name}`;
        this.#tell("Warning", "UnexpectedJob", message);
        continue;
      }
      const hasSucceeded = jobCondition(job, "Complete") !== undefined;
      if (isActive) {
        this.#forget(uid);
        const condition = hasSucceeded ? "Complete" : "Failed";
        const message = `Saw completed job: ${name}, condition: ${condition}`;
        this.#tell("Normal", "SawCompletedJob", message);
      }
      if (hasSucceeded) this.#seeSuccess(job);
    }
  }

  #seeSuccess({ status }: Job): void {
    const completed = parseTime(status?.completionTime);
    if (completed === undefined) return;
    const last = parseTime(this.#status.lastSuccessfulTime);
    if (last !== undefined && completed <= last) return;
    this.#status.lastSuccessfulTime = formatTime(completed);
    this.#isChanged = true;
  }

  /**
   * Jobs of the status that the cache does not have. It may lag behind, so the server is asked.
   * What is of the name and not the CronJob's (of another uid, let go, or said to be elsewhere) is
   * none.
   */
  async #findMissing(): Promise<void> {
    const known = new Set(this.#jobs.map(({ metadata }) => metadata.uid));
    for (const [uid, { name = "" }] of [...this.#active]) {
      if (known.has(uid) || (await this.#ownJob(uid, name)) !== undefined) continue;
      this.#forget(uid);
      this.#tell("Normal", "MissingJob", `Active job went missing: ${name}`);
    }
  }

  /** A Job of the status, as the server has it now. */
  async #ownJob(uid: string, name: string): Promise<Job | undefined> {
    const reference = this.#active.get(uid);
    const { namespace = "" } = this.#cronJob.metadata;
    if (name === "" || (reference?.namespace ?? namespace) !== namespace) return undefined;
    try {
      const job = await this.#jobClient.get(name, { namespace, signal: this.#parts.signal });
      return job.metadata.uid === uid && isControlledBy(job, this.#cronJob) ? job : undefined;
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async #startIfDue(next: NextTime): Promise<number | undefined> {
    const { now } = this.#parts;
    const { schedule, startingDeadlineSeconds, concurrencyPolicy } = this.#cronJob.spec;
    const recent = recentSchedule(this.#cronJob, now, next, { withDeadline: true });
    if (recent.kind === "never") {
      const problem = "time difference between two schedules is less than 1 second";
      this.#tell("Warning", "InvalidSchedule", `invalid schedule: ${schedule} : ${problem}`);
      return undefined;
    }
    const { mostRecent: due, missed } = recent;
    if (due === undefined) return this.#untilNext(next);
    if (missed === "many") {
      const advice = "Set or decrease .spec.startingDeadlineSeconds or check clock skew";
      const message = `too many missed start times. ${advice}`;
      this.#tell("Warning", "TooManyMissedTimes", message);
    }
    if (startingDeadlineSeconds !== undefined && due + startingDeadlineSeconds * 1000 < now) {
      const message = `Missed scheduled time to start a job: ${formatInternetTime(due)}`;
      this.#tell("Warning", "MissSchedule", message);
      return this.#untilNext(next);
    }
    const name = scheduledJobName(this.#cronJob, due);
    const isActive = [...this.#active.values()].some((reference) => reference.name === name);
    if (isActive || parseTime(this.#status.lastScheduleTime) === due) return this.#untilNext(next);
    this.#dueJobName = name;
    if (concurrencyPolicy === "Forbid" && this.#active.size > 0) {
      const why = "prior execution is running and concurrency policy is Forbid";
      this.#tell("Normal", "JobAlreadyActive", `Not starting job because ${why}`);
      return this.#untilNext(next);
    }
    if (concurrencyPolicy === "Replace") await this.#deleteActive();
    await this.#createJob(due, name);
    return this.#untilNext(next);
  }

  /** By the status as it will be written. */
  #untilNext(next: NextTime): number | undefined {
    const cronJob = { ...this.#cronJob, status: this.#status };
    const delay = untilNextStart(cronJob, this.#parts.now, next);
    return delay === undefined ? undefined : delay + startDelayMilliseconds;
  }

  async #deleteActive(): Promise<void> {
    for (const [uid, { name = "" }] of [...this.#active]) {
      let job: Job | undefined;
      try {
        job = await this.#ownJob(uid, name);
      } catch (error) {
        this.#tell("Warning", "FailedGet", `Get job: ${messageOf(error)}`);
        throw error;
      }
      if (job !== undefined) await this.#deleteJob(job);
      else this.#tell("Normal", "MissingJob", `Active job went missing: ${name}`);
      this.#forget(uid);
    }
  }

  async #createJob(due: number, name: string): Promise<void> {
    const { observeCreationSkew } = this.#parts.context;
    const { namespace = "" } = this.#cronJob.metadata;
    const { signal } = this.#parts;
    let job: Job;
    try {
      job = await this.#jobClient.create(scheduledJob(this.#cronJob, due), { namespace, signal });
      const created = parseTime(job.metadata.creationTimestamp);
      if (created !== undefined) observeCreationSkew?.((created - due) / 1000);
      this.#tell("Normal", "SuccessfulCreate", `Created job ${name}`);
    } catch (error) {
      // Nothing can be made there any more, and the CronJob goes, too.
      if (isNamespaceTerminating(error)) return;
      if (!hasReason(error, "AlreadyExists")) {
        this.#tell("Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
        throw error;
      }
      // Made before, and the process ended or the status was refused; or somebody else's.
      job = await this.#jobClient.get(name, { namespace, signal });
      if (!isControlledBy(job, this.#cronJob)) return;
    }
    this.#active.set(job.metadata.uid ?? "", objectReference(batchV1.jobs, job));
    this.#status.lastScheduleTime = formatTime(due);
    this.#isChanged = true;
  }

  async #deleteJob(job: Job): Promise<void> {
    const { name = "", namespace = "", uid } = job.metadata;
    try {
      await this.#jobClient.delete(name, {
        namespace,
        propagationPolicy: "Background",
        preconditions: uid === undefined ? {} : { uid },
        signal: this.#parts.signal,
      });
    } catch (error) {
      // Gone, or another's of the name by now.
      if (hasReason(error, "NotFound", "Conflict")) return;
      this.#tell("Warning", "FailedDelete", `Deleted job: ${messageOf(error)}`);
      throw error;
    }
    this.#tell("Normal", "SuccessfulDelete", `Deleted job ${name}`);
  }

  /** What ended of a start that the status did not tell of stays, else it might be made again. */
  async #removeHistory(): Promise<void> {
    const jobs = this.#jobs.filter(({ metadata }) => metadata.name !== this.#dueJobName);
    await removeHistory(this.#cronJob.spec, jobs, (job) => this.#deleteJob(job));
  }

  async #writeStatus(): Promise<void> {
    const { signal, written } = this.#parts;
    const { namespace = "" } = this.#cronJob.metadata;
    const active = [...this.#active.values()];
    const status = active.length === 0 ? this.#status : { ...this.#status, active };
    const result = await this.#parts.context.client
      .resource(batchV1.cronjobs)
      .updateStatus({ ...this.#cronJob, status }, { namespace, signal });
    written.note(result);
  }

  get #jobClient() {
    return this.#parts.context.client.resource(batchV1.jobs);
  }

  #forget(uid: string): void {
    this.#active.delete(uid);
    this.#isChanged = true;
  }

  #tell(type: EventType, reason: string, message: string): void {
    const about = objectReference(batchV1.cronjobs, this.#cronJob);
    this.#parts.context.recorder.event(about, type, reason, message);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
