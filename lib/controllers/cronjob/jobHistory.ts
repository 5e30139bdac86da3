import type { CronJobSpec, Job } from "../../api/gen/types/batchV1.js";
import { parseTime } from "../../api/time.js";
import { jobCondition } from "../job/jobState.js";

/** Deletes the oldest of the Jobs that have ended, down to the limits of the CronJob. */
export async function removeHistory(
  { successfulJobsHistoryLimit, failedJobsHistoryLimit }: CronJobSpec,
  jobs: readonly Job[],
  remove: (job: Job) => Promise<void>,
): Promise<void> {
  const succeeded = jobs.filter((job) => jobCondition(job, "Complete") !== undefined);
  const failed = jobs.filter((job) => {
    return jobCondition(job, "Complete") === undefined && jobCondition(job, "Failed") !== undefined;
  });
  const tooMany = [
    ...beyond(succeeded, successfulJobsHistoryLimit),
    ...beyond(failed, failedJobsHistoryLimit),
  ];
  const errors: unknown[] = [];
  for (const job of tooMany) {
    // It goes when its finalizers do.
    if (job.metadata.deletionTimestamp !== undefined) continue;
    await remove(job).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

function beyond(jobs: readonly Job[], limit: number | undefined): readonly Job[] {
  if (limit === undefined || jobs.length <= limit) return [];
  return [...jobs].sort(byStart).slice(0, jobs.length - limit);
}

/** Those that never started come last. */
function byStart(one: Job, other: Job): number {
  const first = parseTime(one.status?.startTime) ?? Number.POSITIVE_INFINITY;
  const second = parseTime(other.status?.startTime) ?? Number.POSITIVE_INFINITY;
  if (first !== second) return first < second ? -1 : 1;
  return (one.metadata.name ?? "") < (other.metadata.name ?? "") ? -1 : 1;
}
