import { CronError } from "../../../api/cron/cronError.js";
import { parseCronSchedule } from "../../../api/cron/cronSchedule.js";
import { locationProblem } from "../../../api/cron/timeZoneName.js";
import { semanticEqual } from "../../../api/equality.js";
import type { CronJob, JobSpec } from "../../../api/gen/types/batchV1.js";
import { goNamed } from "../apps/workloadRules.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import { validateJobSpec, warnOfJobSpec, warnOfName } from "./job.js";

const spec = FieldPath.root("spec");
const jobSpec = spec.child("jobTemplate").child("spec");
/** A job's name is the cron job's with eleven characters of time. */
const longestName = 52;
/** A part of a zone's name. Digits and signs are there for old names. */
const zonePart = /^(?!-)[A-Za-z.\-_0-9+]{1,14}$/;

export function cronJobStrategy(options: PodRuleOptions): TypedStrategy<CronJob> {
  return {
    group: "batch",
    kind: "CronJob",
    defaults(cron) {
      cron.spec ??= {} as NonNullable<CronJob["spec"]>;
      cron.spec.concurrencyPolicy ||= "Allow";
      cron.spec.suspend ??= false;
      cron.spec.successfulJobsHistoryLimit ??= 3;
      cron.spec.failedJobsHistoryLimit ??= 1;
    },
    prepareForCreate: startGeneration,
    prepareForUpdate: keepGeneration,
    validate(cron, errors, { warn }) {
      if ((cron.metadata.name ?? "").length > longestName) {
        const path = FieldPath.root("metadata").child("name");
        const detail = `must be no more than ${longestName} characters`;
        errors.invalid(path, cron.metadata.name, detail);
      }
      validateSpec(cron, options, errors);
      if (errors.list.length > 0) return;
      warnOfName(cron, warn);
      warnOfJobSpec(cron.spec?.jobTemplate?.spec, warn, jobSpec);
    },
    validateUpdate(cron, old, errors, context) {
      if (context.subresource === "status") return;
      validateSpec(cron, options, errors, old);
      if (errors.list.length > 0) return;
      if (!semanticEqual(cron.spec, old.spec)) {
        warnOfJobSpec(cron.spec?.jobTemplate?.spec, context.warn, jobSpec);
      }
      const isZoned = (cron.spec?.schedule ?? "").includes("TZ");
      // The doubled "spec" is upstream's.
      if (isZoned) context.warn(`cannot use TZ or CRON_TZ in spec.spec.schedule, ${insteadOfZone}`);
    },
  };
}

const insteadOfZone =
  "use timeZone instead, see " +
  "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";

function validateSpec(
  cron: CronJob,
  options: PodRuleOptions,
  errors: ErrorList,
  old?: CronJob,
): void {
  const wanted = cron.spec;
  if (!wanted?.schedule) errors.required(spec.child("schedule"));
  else validateSchedule(wanted.schedule, wanted.timeZone, errors, old);
  const zone = wanted?.timeZone;
  if (zone !== undefined && zone !== null && zone !== old?.spec?.timeZone) {
    const path = spec.child("timeZone");
    for (const problem of zoneProblems(zone)) errors.invalid(path, zone, problem);
  }
  const policy = wanted?.concurrencyPolicy;
  if (!policy) errors.required(spec.child("concurrencyPolicy"));
  else errors.oneOf(spec.child("concurrencyPolicy"), policy, ["Allow", "Forbid", "Replace"]);
  for (const field of [
    "startingDeadlineSeconds",
    "successfulJobsHistoryLimit",
    "failedJobsHistoryLimit",
  ] as const) {
    errors.nonNegative(spec.child(field), wanted?.[field]);
  }
  validateJobSpec(wanted?.jobTemplate?.spec, options, errors, jobSpec);
  validateNoSelector(wanted?.jobTemplate?.spec, errors);
}

/** The selectors of its Jobs are always made for them. */
function validateNoSelector(job: JobSpec | undefined, errors: ErrorList): void {
  const path = jobSpec;
  if (job?.selector) {
    const detail = "`selector` will be auto-generated";
    errors.invalid(path.child("selector"), goNamed(job.selector), detail);
  }
  if (job?.manualSelector === true) {
    errors.notSupported(path.child("manualSelector"), true, ["nil", "false"]);
  }
}

/** A zone in the schedule itself stays where it once got in, without one beside it. */
function validateSchedule(
  schedule: string,
  timeZone: string | undefined | null,
  errors: ErrorList,
  old: CronJob | undefined,
): void {
  const path = spec.child("schedule");
  const problem = scheduleProblem(schedule);
  if (problem !== undefined) errors.invalid(path, schedule, problem);
  if (!schedule.includes("TZ")) return;
  if (!(old?.spec?.schedule ?? "").includes("TZ")) {
    const detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    errors.invalid(path, schedule, detail);
  } else if (timeZone !== undefined && timeZone !== null) {
    const detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
    errors.invalid(path, schedule, detail);
  }
}

function scheduleProblem(schedule: string): string | undefined {
  try {
    parseCronSchedule(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof CronError) return error.message;
    throw error;
  }
}

function zoneProblems(zone: string): string[] {
  if (zone === "") return ["timeZone must be nil or non-empty string"];
  const isNamed = zone.split("/").every((part) => {
    return part !== "." && part !== ".." && zonePart.test(part);
  });
  if (!isNamed) return [`unknown time zone ${zone}`];
  const problems: string[] = [];
  if (zone.toLowerCase() === "local") {
    const where = "https://www.iana.org/time-zones";
    problems.push(`timeZone must be an explicit time zone as defined in ${where}`);
  }
  const problem = locationProblem(zone);
  return problem === undefined ? problems : [...problems, problem];
}
