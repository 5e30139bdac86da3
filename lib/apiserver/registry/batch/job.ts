import type { Job, JobSpec } from "../../../api/gen/types/batchV1.js";
import { semanticEqual } from "../../../api/semanticEqual.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { defaultPodTemplate } from "../core/podDefaults.js";
import { validatePodTemplate } from "../core/podRules.js";
import { templateSpecPath, warnOfPodSpec } from "../core/podWarnings.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { isEmptySelector, selectorMatches, validateLabelSelector } from "../labelSelectorRules.js";
import { dns1123Subdomain } from "../nameRules.js";
import { keepGeneration, startGeneration, type TypedStrategy } from "../typedStrategy.js";
import { validateFailurePolicy, validateSuccessPolicy } from "./jobPolicyRules.js";

const root = FieldPath.root("spec");
const uidLabel = "batch.kubernetes.io/controller-uid";
const nameLabel = "batch.kubernetes.io/job-name";
/** The same labels as they were before they had a prefix. */
const oldUidLabel = "controller-uid";
const oldNameLabel = "job-name";
const largestInteger = 2147483647;
const mostIndexes = 100_000;

export function jobStrategy(options: PodRuleOptions): TypedStrategy<Job> {
  return {
    group: "batch",
    kind: "Job",
    defaultGarbageCollection: "background",
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
      validateJobSpec(job.spec, options, errors, root);
      if (errors.list.length === 0) {
        warnOfPodSpec(job.spec?.template?.spec, templateSpecPath, warn);
      }
    },
    validateUpdate(job, old, errors, context) {
      if (context.subresource === "status") return;
      validateJobSpec(job.spec, options, errors, root);
      validateChange(job, old, errors);
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
  defaultPodTemplate(spec.template);
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
  spec.template.metadata.labels = {
    ...spec.template.metadata.labels,
    [nameLabel]: name,
    [uidLabel]: uid,
    [oldNameLabel]: name,
    [oldUidLabel]: uid,
  };
  spec.selector ??= {};
  spec.selector.matchLabels = { ...spec.selector.matchLabels, [uidLabel]: uid };
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

function validateChange(job: Job, old: Job, errors: ErrorList): void {
  const fixed = [
    "selector",
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
  ] as const;
  const after = job.spec;
  const before = old.spec;
  const indexed = after?.completionMode === "Indexed";
  const elastic = indexed && after?.completions === after?.parallelism;
  if (!semanticEqual(after?.completions, before?.completions) && !elastic) {
    const path = root.child("completions");
    const detail = "can only be modified in tandem with spec.parallelism";
    if (!indexed) errors.immutable(path, after?.completions ?? null, false);
    else if (has(after?.completions)) errors.invalid(path, after?.completions, detail);
  }
  for (const field of fixed) {
    const same = semanticEqual(after?.[field], before?.[field]);
    errors.immutable(root.child(field), after?.[field] ?? null, same);
  }
  const suspended = before?.suspend === true && old.status?.startTime === undefined;
  if (!suspended && !semanticEqual(after?.template, before?.template)) {
    errors.immutable(root.child("template"), after?.template, false);
  }
}
