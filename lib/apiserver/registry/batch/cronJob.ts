import type { CronJob, JobSpec } from "../../../api/gen/types/batchV1.js";
import { goNamed } from "../apps/workloadRules.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { defaultPodTemplate } from "../core/podDefaults.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import { validateJobSpec } from "./job.js";

const spec = FieldPath.root("spec");
/** A job's name is the cron job's with eleven characters of time. */
const longestName = 52;
const macros = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
const ranges: readonly (readonly [number, number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
];
const names: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
];

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
      defaultPodTemplate(cron.spec.jobTemplate?.spec?.template);
    },
    prepareForCreate: startGeneration,
    prepareForUpdate: keepGeneration,
    validate(cron, errors) {
      if ((cron.metadata.name ?? "").length > longestName) {
        const path = FieldPath.root("metadata").child("name");
        const detail = `must be no more than ${longestName} characters`;
        errors.invalid(path, cron.metadata.name, detail);
      }
      validateSpec(cron, options, errors);
    },
    validateUpdate(cron, _old, errors, context) {
      if (context.subresource !== "status") validateSpec(cron, options, errors);
    },
  };
}

function validateSpec(cron: CronJob, options: PodRuleOptions, errors: ErrorList): void {
  const wanted = cron.spec;
  const path = spec.child("schedule");
  if (!wanted?.schedule) errors.required(path);
  else {
    const wrong = scheduleProblem(wanted.schedule);
    if (wrong !== undefined) errors.invalid(path, wanted.schedule, wrong);
    if (/TZ=/.test(wanted.schedule)) {
      const detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
      errors.invalid(path, wanted.schedule, detail);
    }
  }
  if (wanted?.timeZone !== undefined && wanted.timeZone !== null) {
    const wrong = zoneProblem(wanted.timeZone);
    if (wrong !== undefined) errors.invalid(spec.child("timeZone"), wanted.timeZone, wrong);
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
  validateJobSpec(
    wanted?.jobTemplate?.spec,
    options,
    errors,
    spec.child("jobTemplate").child("spec"),
  );
  validateNoSelector(wanted?.jobTemplate?.spec, errors);
}

/** The selectors of its Jobs are always made for them. */
function validateNoSelector(job: JobSpec | undefined, errors: ErrorList): void {
  const path = spec.child("jobTemplate").child("spec");
  if (job?.selector) {
    const detail = "`selector` will be auto-generated";
    errors.invalid(path.child("selector"), goNamed(job.selector), detail);
  }
  if (job?.manualSelector === true) {
    errors.notSupported(path.child("manualSelector"), true, ["nil", "false"]);
  }
}

function scheduleProblem(schedule: string): string | undefined {
  if (macros.test(schedule) || /^@every \d+(\.\d+)?(ns|us|ms|s|m|h)/.test(schedule)) {
    return undefined;
  }
  const fields = schedule
    .trim()
    .replace(/^(CRON_)?TZ=\S+\s+/, "")
    .split(/\s+/);
  if (fields.length !== 5) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  }
  for (const [position, field] of fields.entries()) {
    for (const part of field.split(",")) {
      const wrong = partProblem(part, position);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

function partProblem(part: string, position: number): string | undefined {
  const [low, high] = ranges[position] as readonly [number, number];
  const [range = "", step, more] = part.split("/");
  if (more !== undefined) return `too many slashes: ${part}`;
  if (step !== undefined && !/^[1-9]\d*$/.test(step)) {
    return `failed to parse int from ${step}: ${part}`;
  }
  if (range === "*" || range === "?") return undefined;
  const bounds = range.split("-");
  if (bounds.length > 2) return `too many hyphens: ${part}`;
  const numbers = bounds.map((text) => numberOf(text, position));
  for (const [index, value] of numbers.entries()) {
    if (value === undefined) return `failed to parse int from ${bounds[index]}: ${part}`;
    if (value < low) return `beginning of range (${value}) below minimum (${low}): ${part}`;
    if (value > high) return `end of range (${value}) above maximum (${high}): ${part}`;
  }
  const [first = low, last = first] = numbers as number[];
  return first > last
    ? `beginning of range (${first}) beyond end of range (${last}): ${part}`
    : undefined;
}

function numberOf(text: string, position: number): number | undefined {
  const named = (names[position] ?? []).indexOf(text.toLowerCase());
  if (named >= 0) return position === 3 ? named + 1 : named;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function zoneProblem(zone: string): string | undefined {
  if (zone === "") return "timeZone must be nil or non-empty string";
  if (zone.toLowerCase() === "local")
    return "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return undefined;
  } catch {
    return `unknown time zone ${zone}`;
  }
}
