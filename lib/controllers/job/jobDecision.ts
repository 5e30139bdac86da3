import type { JobCondition, JobStatus } from "../../api/gen/types/batchV1.js";
import { formatTime } from "../../api/time.js";
import { type PodStep, planPods } from "./jobPlan.js";
import { isSuspended, jobCondition, newJobCondition, withJobCondition } from "./jobState.js";
import { type JobTally, type JobView, tallyJob } from "./jobTally.js";
import { deadlineLeft, judgeJob, type Verdict } from "./jobVerdict.js";

export interface JobDecision {
  readonly tally: JobTally;
  readonly verdict: Verdict;
  readonly step: PodStep;
  /** With the verdict's conditions and times; its counts are those of before. */
  readonly status: JobStatus;
  /** When to look again, though nothing may happen until then. */
  readonly recheckMilliseconds: number | undefined;
}

/** Beyond it nothing that was created or deleted is waited for any more. */
const longestLagMilliseconds = 300_000;

/** What is to be done about a Job now: a function of the view alone. */
export function decideJob(view: JobView): JobDecision {
  const tally = tallyJob(view);
  const verdict = judgeJob(view, tally);
  const { step, waitMilliseconds } = planPods(view, tally, verdict);
  const isEnding = verdict.kind === "failing" || verdict.kind === "succeeding";
  const waits = [
    isEnding ? undefined : deadlineLeft(view),
    waitMilliseconds,
    view.isCurrent ? undefined : longestLagMilliseconds + 1,
  ].filter((wait) => wait !== undefined);
  return {
    tally,
    verdict,
    step,
    status: openStatus(view, verdict),
    recheckMilliseconds: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

function openStatus({ job, now }: JobView, verdict: Verdict): JobStatus {
  const status: JobStatus = structuredClone(job.status ?? {});
  const old = status.conditions ?? [];
  const suspension = (isOn: boolean): JobCondition => {
    const [reason, message] = isOn
      ? ["JobSuspended", "Job suspended"]
      : ["JobResumed", "Job resumed"];
    return {
      ...newJobCondition("Suspended", reason ?? "", message ?? "", now),
      status: isOn ? "True" : "False",
    };
  };
  switch (verdict.kind) {
    case "failing":
    case "succeeding":
      // It may have ended before anybody could write that it was resumed.
      status.conditions = withJobCondition(
        isSuspended(job) ? old : withJobCondition(old, suspension(false)),
        verdict.condition,
      );
      // The API wants a start of whatever has an end.
      status.startTime ??= formatTime(now);
      break;
    case "suspended":
      status.conditions = withJobCondition(old, suspension(true));
      delete status.startTime;
      break;
    case "running":
      status.conditions = withJobCondition(old, suspension(false));
      if (jobCondition(job, "Suspended") !== undefined) status.startTime = formatTime(now);
      status.startTime ??= formatTime(now);
      break;
    case "idle":
      if (!isSuspended(job)) status.startTime ??= formatTime(now);
  }
  return status;
}
