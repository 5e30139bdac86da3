import { semanticEqual } from "../../../api/equality.js";
import type { Job, JobStatus } from "../../../api/gen/types/batchV1.js";
import { parseTime } from "../../../api/time.js";
import { goNamed } from "../apps/workloadRules.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { countIndexes, firstCommonIndex, invalidRule } from "./jobPolicyRules.js";

const root = FieldPath.root("status");
const conditionsPath = root.child("conditions");

/** Whether conditions of these types are True. */
interface Conditions {
  readonly complete: boolean;
  readonly failed: boolean;
  readonly failureTarget: boolean;
  readonly successCriteriaMet: boolean;
  readonly suspended: boolean;
}

function conditionsOf(job: Job): Conditions {
  const isTrue = (type: string): boolean =>
    (job.status?.conditions ?? []).some((one) => one.type === type && one.status === "True");
  return {
    complete: isTrue("Complete"),
    failed: isTrue("Failed"),
    failureTarget: isTrue("FailureTarget"),
    successCriteriaMet: isTrue("SuccessCriteriaMet"),
    suspended: isTrue("Suspended"),
  };
}

interface Change {
  readonly job: Job;
  readonly status: JobStatus;
  readonly old: JobStatus;
  readonly now: Conditions;
  readonly before: Conditions;
  readonly errors: ErrorList;
  /** Whether one of these fields differs from before. */
  readonly changes: (...fields: (keyof JobStatus)[]) => boolean;
}

/**
 * Rules for a Job's status, so that also other controllers (spec.managedBy) leave one that clients
 * can rely on. Most hold for fields that change only: a status that breaks a rule since the spec
 * changed can still be mended step by step.
 */
export function validateJobStatus(job: Job, oldJob: Job, errors: ErrorList): void {
  const status = job.status ?? {};
  const old = oldJob.status ?? {};
  const change: Change = {
    job,
    status,
    old,
    now: conditionsOf(job),
    before: conditionsOf(oldJob),
    errors,
    changes: (...fields) => fields.some((field) => !same(status[field], old[field])),
  };
  for (const field of ["active", "succeeded", "failed", "ready", "terminating"] as const) {
    errors.nonNegative(root.child(field), status[field]);
  }
  validateUncounted(status, errors);
  validateConditions(change);
  validateTimes(change);
  validateReady(change);
  validateEnd(change);
  validateIndexes(change);
  validateTransitions(change);
}

function same(left: unknown, right: unknown): boolean {
  return (left ?? 0) === (right ?? 0) || semanticEqual(left, right);
}

function validateUncounted(status: JobStatus, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const outcome of ["succeeded", "failed"] as const) {
    const path = root.child("uncountedTerminatedPods").child(outcome);
    for (const [position, uid] of (status.uncountedTerminatedPods?.[outcome] ?? []).entries()) {
      if (uid === "") errors.invalid(path.index(position), uid, "must not be empty");
      else if (seen.has(uid)) errors.duplicate(path.index(position), uid);
      else seen.add(uid);
    }
  }
}

function validateConditions({ job, now, before, errors }: Change): void {
  const reject = (detail: string): void => invalidRule(errors, conditionsPath, detail);
  const isCompleteNew = now.complete !== before.complete;
  if (now.complete && now.failed && (isCompleteNew || now.failed !== before.failed)) {
    reject("cannot set Complete=True and Failed=true conditions");
  }
  const isTargetNew = now.failureTarget !== before.failureTarget;
  if (now.complete && now.failureTarget && (isCompleteNew || isTargetNew)) {
    reject("cannot set Complete=True and FailureTarget=true conditions");
  }
  if (now.failed && !now.failureTarget && (now.failed !== before.failed || isTargetNew)) {
    reject("cannot set Failed=True condition without the FailureTarget=true condition");
  }
  const isMetNew = now.successCriteriaMet !== before.successCriteriaMet;
  if (now.complete && !now.successCriteriaMet && (isCompleteNew || isMetNew)) {
    reject("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  }
  if (now.successCriteriaMet && now.failed) {
    reject("cannot set SuccessCriteriaMet=True and Failed=true conditions");
  }
  if (now.successCriteriaMet && now.failureTarget) {
    reject("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  }
  if (job.spec.successPolicy && now.complete && !now.successCriteriaMet) {
    reject("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
}

function validateTimes({ status, now, before, errors, changes }: Change): void {
  const path = root.child("completionTime");
  const { completionTime } = status;
  const isEndChanged = changes("completionTime");
  if (now.complete !== before.complete || isEndChanged) {
    if (completionTime && !now.complete) {
      const detail = "cannot set completionTime when there is no Complete=True condition";
      errors.invalid(path, completionTime, detail);
    }
    if (!completionTime && now.complete) {
      errors.required(path, "completionTime is required for Complete jobs");
    }
  }
  const start = parseTime(status.startTime);
  const end = parseTime(completionTime);
  const isBefore = start !== undefined && end !== undefined && end < start;
  if (isBefore && (isEndChanged || changes("startTime"))) {
    errors.invalid(path, completionTime, "completionTime cannot be set before startTime");
  }
}

function validateReady({ status, errors, changes }: Change): void {
  if (!changes("ready", "active") || (status.ready ?? 0) <= (status.active ?? 0)) return;
  errors.invalid(root.child("ready"), status.ready, "cannot set more ready pods than active");
}

function validateEnd({ status, now, before, errors, changes }: Change): void {
  const isFinished = now.complete || now.failed;
  if (!isFinished) return;
  const isNew = isFinished !== (before.complete || before.failed);
  if ((status.active ?? 0) > 0 && (isNew || changes("active"))) {
    errors.invalid(root.child("active"), status.active, "active>0 is invalid for finished job");
  }
  if (!status.startTime && (isNew || changes("startTime"))) {
    errors.required(root.child("startTime"), "startTime is required for finished job");
  }
  const uncounted = status.uncountedTerminatedPods;
  const left = (uncounted?.succeeded ?? []).length + (uncounted?.failed ?? []).length;
  if (left > 0 && (isNew || changes("uncountedTerminatedPods"))) {
    const detail = "uncountedTerminatedPods needs to be empty for finished job";
    errors.invalid(root.child("uncountedTerminatedPods"), goNamed(uncounted), detail);
  }
  if ((status.terminating ?? 0) > 0 && (isNew || changes("terminating"))) {
    const detail = "terminating>0 is invalid for finished job";
    errors.invalid(root.child("terminating"), status.terminating, detail);
  }
}

function validateIndexes({ job, status, errors, changes }: Change): void {
  const { completions, backoffLimitPerIndex: limit } = job.spec;
  const completed = status.completedIndexes ?? "";
  const failed = status.failedIndexes ?? undefined;
  const check = (field: "completedIndexes" | "failedIndexes", text: string): void => {
    const wrong = countIndexes(text, completions ?? 0);
    if (typeof wrong === "number") return;
    errors.invalid(root.child(field), text, `error parsing ${field}: ${wrong}`);
  };
  const hasCompletions = completions !== undefined && completions !== null;
  const hasLimit = limit !== undefined && limit !== null;
  if (changes("completedIndexes")) {
    if (hasCompletions) check("completedIndexes", completed);
    if (completed !== "" && job.spec.completionMode !== "Indexed") {
      const detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
      errors.invalid(root.child("completedIndexes"), completed, detail);
    }
  }
  if (failed === undefined) return;
  if (status.failedIndexes !== undefined && changes("failedIndexes")) {
    if (hasCompletions && hasLimit) check("failedIndexes", failed);
    if (!hasLimit) {
      const detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
      errors.invalid(root.child("failedIndexes"), failed, detail);
    }
  }
  if (!hasCompletions || !changes("failedIndexes", "completedIndexes")) return;
  const common = firstCommonIndex(completed, failed, completions);
  if (common === undefined) return;
  const detail = `failedIndexes and completedIndexes overlap at index: ${common}`;
  errors.invalid(root.child("failedIndexes"), failed, detail);
}

function validateTransitions({ job, status, old, now, before, errors, changes }: Change): void {
  const disable = (name: string, isLost: boolean, what: string): void => {
    if (isLost)
      invalidRule(errors, conditionsPath, `cannot disable the ${what}${name}=True condition`);
  };
  disable("Failed", before.failed && !now.failed, "terminal ");
  disable("Complete", before.complete && !now.complete, "terminal ");
  disable("FailureTarget", before.failureTarget && !now.failureTarget, "terminal ");
  disable("SuccessCriteriaMet", before.successCriteriaMet && !now.successCriteriaMet, "");
  if (before.complete && !before.successCriteriaMet && now.successCriteriaMet) {
    const detail =
      "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
    invalidRule(errors, conditionsPath, detail);
  }
  if ((status.failed ?? 0) < (old.failed ?? 0)) {
    errors.invalid(root.child("failed"), status.failed ?? 0, "cannot decrease the failed counter");
  }
  if (!hasShrunk(job, old) && (status.succeeded ?? 0) < (old.succeeded ?? 0)) {
    const detail = "cannot decrease the succeeded counter";
    errors.invalid(root.child("succeeded"), status.succeeded ?? 0, detail);
  }
  if (status.completionTime && old.completionTime && changes("completionTime")) {
    const detail = "completionTime cannot be mutated";
    errors.invalid(root.child("completionTime"), status.completionTime, detail);
  }
  // Resuming sets it anew.
  const mayReset = job.spec.suspend === true || (before.suspended && !now.suspended);
  if (old.startTime && changes("startTime") && !mayReset) {
    const detail = "startTime cannot be removed for unsuspended job";
    errors.required(root.child("startTime"), detail);
  }
}

/** An Indexed Job may be made smaller, and forgets the indexes beyond its end. */
function hasShrunk({ spec }: Job, old: JobStatus): boolean {
  if (spec.completionMode !== "Indexed") return false;
  if (spec.completions === spec.parallelism) return true;
  const last = Number((old.completedIndexes ?? "").split(/[,-]/).at(-1));
  return last >= (spec.completions ?? 0);
}
