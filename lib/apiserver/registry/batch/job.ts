import { semanticEqual } from "../../../api/equality.js";
import type { Job, JobSpec } from "../../../api/gen/types/batchV1.js";
import { goNamed } from "../apps/workloadRules.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { validatePodTemplate } from "../core/podRules.js";
import { warnOfPodSpec } from "../core/podWarnings.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { isEmptySelector, selectorMatches, validateLabelSelector } from "../labelSelectorRules.js";
import { dns1123Label, dns1123Subdomain } from "../nameRules.js";
import {
  type KindObject,
  keepGeneration,
  startGeneration,
  type TypedStrategy,
} from "../typedStrategy.js";
import { validateJobChange } from "./jobChangeRules.js";
import { validateFailurePolicy, validateSuccessPolicy } from "./jobPolicyRules.js";
import { validateJobStatus } from "./jobStatusRules.js";

const root = FieldPath.root("spec");
const uidLabel = "batch.kubernetes.io/controller-uid";
const nameLabel = "batch.kubernetes.io/job-name";
/** The same labels as they were before they had a prefix. */
const oldUidLabel = "controller-uid";
const oldNameLabel = "job-name";
const largestInteger = 2147483647;
const mostIndexes = 100_000;
/** The most parallelism, and failed indexes, of Jobs with more than mostIndexes completions. */
const highParallelism = 10_000;

export function jobStrategy(options: PodRuleOptions): TypedStrategy<Job> {
  return {
    group: "batch",
    kind: "Job",
    // For the sake of clients of batch/v1 that rely on it.
    defaultGarbageCollection: "orphan",
    defaultPropagationWarning:
      "child pods are preserved by default when jobs are deleted; set " +
      "propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress " +
      "this warning",
    defaults: defaultJob,
    prepareForCreate(job) {
      startGeneration(job);
      const before = job.spec?.template?.metadata?.labels;
      if (job.spec && job.spec.manualSelector !== true) generateSelector(job, job.spec);
      // Labels that came from the template go on being the template's.
      if (semanticEqual(before, job.metadata.labels)) delete job.metadata.labels;
      takeTemplateLabels(job);
    },
    prepareForUpdate: keepGeneration,
    validate(job, errors, { warn }) {
      validateSelector(job, errors);
      validateGeneratedSelector(job, undefined, errors);
      validateJobSpec(job.spec, options, errors, root);
      validateHostNames(job, errors);
      if (errors.list.length > 0) return;
      warnOfName(job, warn);
      warnOfJobSpec(job.spec, warn);
    },
    validateUpdate(job, old, errors, context) {
      if (context.subresource === "status") {
        validateJobStatus(job, old, errors);
        return;
      }
      validateSelector(job, errors);
      validateGeneratedSelector(job, old, errors);
      validateJobSpec(job.spec, options, errors, root);
      validateHostNames(job, errors);
      validateJobChange(job, old, errors);
      if (errors.list.length > 0 || semanticEqual(job.spec, old.spec)) return;
      warnOfJobSpec(job.spec, context.warn);
    },
  };
}

function defaultJob(job: Job): void {
  job.spec ??= {} as NonNullable<Job["spec"]>;
  const { spec } = job;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  spec.backoffLimit ??= perIndex ? largestInteger : 6;
  takeTemplateLabels(job);
  spec.manualSelector ??= false;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const condition of rule.onPodConditions ?? []) condition.status ||= "True";
  }
}

/** A job without labels has those of its pods. */
function takeTemplateLabels(job: Job): void {
  const labels = job.spec?.template?.metadata?.labels;
  if (Object.keys(job.metadata.labels ?? {}).length === 0 && labels) {
    job.metadata.labels = { ...labels };
  }
}

/** The job's own uid selects its pods, so that no other's are ever taken for them. */
function generateSelector(job: Job, spec: JobSpec): void {
  const { name = "", uid = "" } = job.metadata;
  spec.template ??= {} as JobSpec["template"];
  spec.template.metadata ??= {};
  // What the person has set stays, and is an error where it differs.
  spec.template.metadata.labels = {
    [nameLabel]: name,
    [uidLabel]: uid,
    [oldNameLabel]: name,
    [oldUidLabel]: uid,
    ...spec.template.metadata.labels,
  };
  spec.selector ??= {};
  spec.selector.matchLabels = { [uidLabel]: uid, ...spec.selector.matchLabels };
}

function validateSelector(job: Job, errors: ErrorList): void {
  const selector = job.spec?.selector;
  const path = root.child("selector");
  if (!selector) {
    errors.required(path);
    return;
  }
  validateLabelSelector(selector, errors, path);
  const labels = job.spec?.template?.metadata?.labels ?? {};
  if (isEmptySelector(selector) || !selectorMatches(selector, labels)) {
    const at = root.child("template").child("metadata").child("labels");
    errors.invalid(at, labels, "`selector` does not match template `labels`");
  }
}

/** A selector that is not the person's own selects by the Job's uid and name alone. */
function validateGeneratedSelector(job: Job, old: Job | undefined, errors: ErrorList): void {
  const { selector, manualSelector, template } = job.spec ?? {};
  if (manualSelector === true || !selector) return;
  const { name = "", uid = "" } = job.metadata;
  if (uid === "") errors.required(FieldPath.root("metadata").child("uid"));
  const before = old?.spec?.template?.metadata?.labels ?? {};
  const hadNew = nameLabel in before && uidLabel in before;
  const expected: Record<string, string> = { [oldUidLabel]: uid, [oldNameLabel]: name };
  if (old === undefined || hadNew) Object.assign(expected, { [uidLabel]: uid, [nameLabel]: name });
  const labels = template?.metadata?.labels ?? {};
  const at = root.child("template").child("metadata").child("labels");
  for (const [label, value] of Object.entries(expected)) {
    const found = labels[label];
    if (found === undefined) errors.required(at.key(label), `must be '${value}'`);
    else if (found !== value) errors.invalid(at.key(label), labels, `must be '${value}'`);
  }
  if (selectorMatches(selector, expected)) return;
  errors.invalid(root.child("selector"), goNamed(selector), "`selector` not auto-generated");
}

/** The host name of each index's pod has to be one. */
function validateHostNames(job: Job, errors: ErrorList): void {
  const { completionMode, completions } = job.spec ?? {};
  if (completionMode !== "Indexed" || !completions || completions < 1) return;
  const { name = "" } = job.metadata;
  const longest = `${name}-${completions - 1}`;
  if (dns1123Label(longest).length === 0) return;
  const detail = `will not able to create pod with invalid DNS label: ${longest}`;
  errors.invalid(FieldPath.root("metadata").child("name"), name, detail);
}

type Warn = (message: string) => void;

/** For a kind whose name goes into those of its pods. */
export function warnOfName({ metadata }: KindObject, warn: Warn): void {
  const problems = dns1123Label(metadata.name ?? "");
  if (problems.length === 0) return;
  warn(
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising " +
      `behavior; a DNS label is recommended: [${problems.join(" ")}]`,
  );
}

export function warnOfJobSpec(spec: JobSpec | undefined | null, warn: Warn, path = root): void {
  const isHuge =
    spec?.completionMode === "Indexed" &&
    (spec.completions ?? 0) > mostIndexes &&
    (spec.parallelism ?? 0) > highParallelism;
  if (isHuge) {
    warn(
      `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher ` +
        "than 10^4, Kubernetes might not be able to track completedIndexes when a big number of " +
        "indexes fail",
    );
  }
  warnOfPodSpec(spec?.template?.spec, path.child("template").child("spec"), warn);
}

export function validateJobSpec(
  spec: JobSpec | undefined | null,
  options: PodRuleOptions,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const field of [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
  ] as const) {
    errors.nonNegative(path.child(field), spec?.[field]);
  }
  if (has(spec?.maxFailedIndexes) && !has(spec?.backoffLimitPerIndex)) {
    errors.required(path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
  }
  validateManager(spec?.managedBy, errors, path.child("managedBy"));
  const mode = spec?.completionMode ?? "NonIndexed";
  if (mode !== "NonIndexed" && mode !== "Indexed") {
    errors.notSupported(path.child("completionMode"), mode, ["NonIndexed", "Indexed"]);
  }
  if (mode === "Indexed") {
    if (spec?.completions === undefined || spec.completions === null) {
      const detail = "when completion mode is Indexed";
      errors.required(path.child("completions"), detail);
    }
    if ((spec?.parallelism ?? 0) > mostIndexes) {
      const detail = `must be less than or equal to ${mostIndexes} when completion mode is Indexed`;
      errors.invalid(path.child("parallelism"), spec?.parallelism, detail);
    }
    validateFailedIndexes(spec, errors, path.child("maxFailedIndexes"));
    validateManyIndexes(spec, errors, path);
  } else if (mode === "NonIndexed") {
    for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"] as const) {
      if (spec?.[field] === undefined || spec[field] === null) continue;
      errors.invalid(path.child(field), spec[field], "requires indexed completion mode");
    }
  }
  validateFailurePolicy(spec, errors, path.child("podFailurePolicy"));
  validateSuccessPolicy(spec, errors, path.child("successPolicy"));
  if (has(spec?.podReplacementPolicy)) {
    const supported = spec?.podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
    errors.oneOf(path.child("podReplacementPolicy"), spec?.podReplacementPolicy, supported);
  }
  validatePodTemplate(spec?.template, options, errors, path.child("template"));
  validateRestartPolicy(spec, errors, path);
}

function has(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Who else than the job controller does the work: `example.com/controller`. */
function validateManager(
  manager: string | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (manager === undefined || manager === null) return;
  const [prefix = "", ...rest] = manager.split("/");
  if (manager === "") errors.required(path);
  else if (rest.join("/") === "" || dns1123Subdomain(prefix).length > 0) {
    errors.invalid(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")');
  }
  if (manager.length > 63) errors.tooLong(path, 63);
}

function validateFailedIndexes(
  spec: JobSpec | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  const failed = spec?.maxFailedIndexes;
  if (failed === undefined || failed === null) return;
  if (has(spec?.completions) && failed > (spec?.completions ?? 0)) {
    errors.invalid(path, failed, "must be less than or equal to completions");
  }
  if (failed > mostIndexes) {
    errors.invalid(path, failed, `must be less than or equal to ${mostIndexes}`);
  }
}

/** With many completions, what is kept of failures has to stay small. */
function validateManyIndexes(
  spec: JobSpec | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if ((spec?.completions ?? 0) <= mostIndexes || !has(spec?.backoffLimitPerIndex)) return;
  if (!has(spec?.maxFailedIndexes)) {
    const detail = `must be specified when completions is above ${mostIndexes}`;
    errors.required(path.child("maxFailedIndexes"), detail);
  }
  for (const field of ["parallelism", "maxFailedIndexes"] as const) {
    const value = spec?.[field] ?? 0;
    if (value <= highParallelism) continue;
    const detail =
      `must be less than or equal to ${highParallelism} when completions are above ` +
      `${mostIndexes} and used with backoff limit per index`;
    errors.invalid(path.child(field), value, detail);
  }
}

function validateRestartPolicy(
  spec: JobSpec | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  const policy = spec?.template?.spec?.restartPolicy ?? "";
  const at = path.child("template").child("spec").child("restartPolicy");
  if (policy === "" || policy === "Always") {
    errors.required(at, 'valid values: "OnFailure", "Never"');
    return;
  }
  if (policy !== "OnFailure" && policy !== "Never") {
    errors.notSupported(at, policy, ["OnFailure", "Never"]);
  }
  if (spec?.podFailurePolicy && policy === "OnFailure") {
    errors.invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}
