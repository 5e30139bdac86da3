import assert from "node:assert/strict";
import type { JobSpec, JobStatus, PodFailurePolicy } from "../../../lib/api/gen/types/batchV1.js";
import { decideJob, type JobDecision } from "../../../lib/controllers/job/jobDecision.js";
import type { JobView } from "../../../lib/controllers/job/jobTally.js";
import {
  ago,
  type PodTraits,
  tableJob,
  tablePods,
  tableView,
} from "../../support/client/jobObjects.js";

interface Case {
  readonly name: string;
  readonly spec?: Partial<JobSpec>;
  readonly status?: JobStatus;
  readonly pods?: readonly PodTraits[];
  readonly view?: Partial<JobView>;
  /** `running`, `failing Reason`, … */
  readonly verdict: string;
  /** `keep`, `create 2`, `drop p0,p1`, … */
  readonly step: string;
  readonly wait?: number;
  readonly message?: string;
}

const indexed = { completionMode: "Indexed", completions: 3, parallelism: 3 } as const;
const perIndex = { ...indexed, backoffLimitPerIndex: 1 };
const started = { startTime: ago(10) };
const suspended = { conditions: [{ type: "Suspended", status: "True" }] };
const target = (reason: string) => ({
  ...started,
  conditions: [{ type: "FailureTarget", status: "True", reason, message: "m" }],
});
const policy = (...rules: PodFailurePolicy["rules"]) => ({
  completions: 1,
  podFailurePolicy: { rules },
});
const onCode = (action: string, operator: string, ...values: number[]) => ({
  action,
  onExitCodes: { operator, values },
});

const cases: readonly Case[] = [
  { name: "new", spec: { completions: 1 }, verdict: "running", step: "create 1" },
  {
    name: "with as many pods as wanted",
    spec: { completions: 3, parallelism: 2 },
    pods: [{}, { phase: "Pending" }],
    verdict: "running",
    step: "keep",
  },
  {
    name: "with one pod left to run",
    spec: { completions: 3, parallelism: 2 },
    pods: [{ phase: "Succeeded" }, { phase: "Succeeded" }],
    verdict: "running",
    step: "create 1",
  },
  {
    name: "whose pods have all succeeded",
    spec: { completions: 2 },
    pods: [{ phase: "Succeeded" }, { phase: "Succeeded" }],
    verdict: "succeeding CompletionsReached",
    message: "Reached expected number of succeeded pods",
    step: "keep",
  },
  {
    name: "with a pod too many when enough have succeeded",
    spec: { completions: 1 },
    pods: [{ phase: "Succeeded" }, {}],
    verdict: "running",
    step: "drop p1",
  },
  {
    name: "without completions after its first success",
    spec: { parallelism: 3 },
    pods: [{ phase: "Succeeded" }, {}],
    verdict: "running",
    step: "keep",
  },
  {
    name: "without completions when the last pod has ended",
    spec: { parallelism: 3 },
    pods: [{ phase: "Succeeded" }, { phase: "Failed" }],
    verdict: "succeeding CompletionsReached",
    step: "keep",
  },
  {
    name: "with less parallelism than before",
    spec: { completions: 5, parallelism: 1 },
    pods: [{ ready: true }, { phase: "Pending" }],
    verdict: "running",
    step: "drop p1",
  },
  {
    name: "whose caches lag",
    spec: { completions: 2, parallelism: 2 },
    pods: [{}],
    view: { isCurrent: false },
    verdict: "idle",
    step: "keep",
    wait: 300_001,
  },

  // Failures and their backoff.
  {
    name: "with a failure of 4 s ago",
    spec: { completions: 1 },
    pods: [{ phase: "Failed", finished: 4 }],
    verdict: "running",
    step: "keep",
    wait: 6_000,
  },
  {
    name: "with a third failure in a row",
    spec: { completions: 1 },
    pods: [{ phase: "Failed", finished: 4 }],
    view: { failures: { failures: 2, lastMilliseconds: Date.UTC(2026, 0, 1) } },
    verdict: "running",
    step: "keep",
    wait: 36_000,
  },
  {
    name: "with a failure before its last success",
    spec: { completions: 2 },
    pods: [
      { phase: "Failed", finished: 5 },
      { phase: "Succeeded", finished: 2 },
    ],
    verdict: "running",
    step: "create 1",
  },
  {
    name: "with failures that another process has counted",
    spec: { completions: 1 },
    status: { ...started, failed: 2 },
    pods: [
      { phase: "Failed", held: false, finished: 30 },
      { phase: "Failed", held: false, finished: 5 },
    ],
    verdict: "running",
    step: "keep",
    wait: 15_000,
  },
  {
    name: "with pods that it removed itself",
    spec: { completions: 1 },
    pods: [{ phase: "Failed", held: false, deleted: true }],
    verdict: "running",
    step: "create 1",
  },
  {
    name: "with a failure that does not say when",
    spec: { completions: 1 },
    pods: [{ phase: "Failed", finished: null }],
    verdict: "running",
    step: "keep",
    wait: 10_000,
  },
  {
    name: "with a failure a year ahead",
    spec: { completions: 1 },
    pods: [{ phase: "Failed", finished: -31_536_000 }],
    verdict: "running",
    step: "keep",
    wait: 10_000,
  },
  {
    name: "with a failure on a clock that is a little ahead",
    spec: { completions: 1 },
    pods: [{ phase: "Failed", finished: -30 }],
    verdict: "running",
    step: "keep",
    wait: 10_000,
  },
  {
    name: "at its backoff limit",
    spec: { completions: 1, backoffLimit: 1 },
    status: { ...started, failed: 1 },
    pods: [{ phase: "Failed" }],
    verdict: "failing BackoffLimitExceeded",
    message: "Job has reached the specified backoff limit",
    step: "keep",
  },
  {
    name: "whose last failure is in the status but its finalizer is not gone",
    spec: { completions: 1, backoffLimit: 1 },
    status: { ...started, failed: 1, uncountedTerminatedPods: { failed: ["p0"] } },
    pods: [{ phase: "Failed" }],
    verdict: "failing BackoffLimitExceeded",
    step: "keep",
  },
  {
    name: "whose containers restart too often",
    spec: {
      completions: 1,
      backoffLimit: 3,
      template: {
        spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "i" }] },
      },
    },
    pods: [{ restarts: 3 }],
    verdict: "failing BackoffLimitExceeded",
    step: "stop p0",
  },
  {
    name: "with a pod that somebody deletes",
    spec: { completions: 1, backoffLimit: 0 },
    pods: [{ deleted: true }],
    verdict: "failing BackoffLimitExceeded",
    step: "keep",
  },
  {
    name: "with such a pod where only failed ones are replaced",
    spec: { completions: 1, backoffLimit: 0, podReplacementPolicy: "Failed" },
    pods: [{ deleted: true }],
    verdict: "running",
    step: "keep",
  },
  {
    name: "with a pod whose finalizer is gone but not from the cache",
    spec: { completions: 1, backoffLimit: 1 },
    status: { ...started, failed: 1 },
    pods: [{ phase: "Failed", finished: 60 }],
    view: { freed: new Set(["p0"]) },
    verdict: "running",
    step: "create 1",
  },

  // Time.
  {
    name: "within its deadline",
    spec: { completions: 1, activeDeadlineSeconds: 30 },
    status: started,
    pods: [{}],
    verdict: "running",
    step: "keep",
    wait: 20_000,
  },
  {
    name: "past its deadline",
    spec: { completions: 1, activeDeadlineSeconds: 10 },
    status: started,
    pods: [{}],
    verdict: "failing DeadlineExceeded",
    message: "Job was active longer than specified deadline",
    step: "stop p0",
  },
  {
    name: "with a start that lies ahead",
    spec: { completions: 1, activeDeadlineSeconds: 30 },
    status: { startTime: ago(-60) },
    pods: [{}],
    verdict: "running",
    step: "keep",
    wait: 30_000,
  },
  {
    name: "without a start, with a deadline",
    spec: { completions: 1, activeDeadlineSeconds: 30 },
    pods: [{}],
    verdict: "running",
    step: "keep",
    wait: 30_000,
  },
  {
    name: "with a deadline while its caches lag",
    spec: { completions: 1, activeDeadlineSeconds: 30 },
    status: started,
    view: { isCurrent: false },
    verdict: "idle",
    step: "keep",
    wait: 20_000,
  },

  // Suspension.
  {
    name: "that is suspended",
    spec: { completions: 2, parallelism: 2, suspend: true, activeDeadlineSeconds: 1 },
    status: { startTime: ago(60) },
    pods: [{}, { phase: "Pending" }],
    verdict: "suspended",
    step: "drop p0,p1",
  },
  {
    name: "whose suspension removed its pods",
    spec: { completions: 2, suspend: true, backoffLimit: 0 },
    status: suspended,
    pods: [{ held: false, deleted: true }],
    verdict: "suspended",
    step: "keep",
  },
  {
    name: "whose suspended pod ends with an exit code of a rule",
    spec: { ...policy(onCode("FailJob", "In", 143)), suspend: true },
    status: suspended,
    pods: [{ phase: "Failed", held: false, deleted: true, exitCode: 143 }],
    verdict: "suspended",
    step: "keep",
  },
  {
    name: "that is resumed after longer than its deadline",
    spec: { completions: 1, activeDeadlineSeconds: 30 },
    status: { ...suspended, startTime: ago(600) },
    verdict: "running",
    step: "create 1",
    wait: 30_000,
  },
  {
    name: "that succeeded before it was suspended",
    spec: { completions: 1, suspend: true },
    pods: [{ phase: "Succeeded" }],
    verdict: "succeeding CompletionsReached",
    step: "keep",
  },

  // podFailurePolicy.
  {
    name: "with FailJob on its exit code",
    spec: policy(onCode("Count", "In", 1), onCode("FailJob", "In", 41, 42)),
    pods: [{ phase: "Failed", exitCode: 42 }],
    verdict: "failing PodFailurePolicy",
    message:
      "Container c for pod default/p0 failed with exit code 42 matching FailJob rule at index 1",
    step: "keep",
  },
  {
    name: "with FailJob on the exit code of an init container",
    spec: policy(onCode("FailJob", "NotIn", 1)),
    pods: [{ phase: "Failed", initExitCode: 7 }],
    verdict: "failing PodFailurePolicy",
    message:
      "Container i for pod default/p0 failed with exit code 7 matching FailJob rule at index 0",
    step: "keep",
  },
  {
    name: "with a rule for another container",
    spec: policy({
      action: "FailJob",
      onExitCodes: { containerName: "d", operator: "In", values: [42] },
    }),
    pods: [{ phase: "Failed", exitCode: 42, finished: 60 }],
    verdict: "running",
    step: "create 1",
  },
  {
    name: "with FailJob on a condition",
    spec: policy({ action: "FailJob", onPodConditions: [{ type: "A", status: "True" }] }),
    pods: [{ phase: "Failed", condition: "A" }, {}],
    verdict: "failing PodFailurePolicy",
    message: "Pod default/p0 has condition A matching FailJob rule at index 0",
    step: "stop p1",
  },
  {
    name: "with Ignore on a disruption",
    spec: {
      ...policy({
        action: "Ignore",
        onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
      }),
      backoffLimit: 0,
    },
    pods: [{ phase: "Failed", condition: "DisruptionTarget", finished: 60 }],
    verdict: "running",
    step: "create 1",
  },
  {
    name: "with Count before Ignore",
    spec: { ...policy(onCode("Count", "In", 3), onCode("Ignore", "In", 3)), backoffLimit: 0 },
    pods: [{ phase: "Failed", exitCode: 3 }],
    verdict: "failing BackoffLimitExceeded",
    step: "keep",
  },
  {
    name: "with FailJob that another process has found",
    spec: policy(onCode("FailJob", "In", 42)),
    status: target("PodFailurePolicy"),
    pods: [{}],
    verdict: "failing PodFailurePolicy",
    message: "m",
    step: "stop p0",
  },

  // Indexes.
  { name: "with indexes", spec: indexed, verdict: "running", step: "create 0,1,2" },
  {
    name: "with indexes that are done or at work",
    spec: indexed,
    status: { completedIndexes: "1" },
    pods: [{ index: 0 }, { phase: "Succeeded", index: 1, held: false }],
    verdict: "running",
    step: "create 2",
  },
  {
    name: "with an index twice, one beyond the end and one without",
    spec: { ...indexed, parallelism: 4, completions: 4 },
    pods: [{ index: 0, phase: "Pending" }, { index: 0 }, { index: 4 }, { index: "x" }],
    verdict: "running",
    step: "drop p0,p2,p3",
  },
  {
    name: "with a smaller number of completions than before",
    spec: { ...indexed, completions: 2, parallelism: 2 },
    status: { completedIndexes: "0-3", succeeded: 4 },
    verdict: "succeeding CompletionsReached",
    step: "keep",
  },
  {
    name: "with a larger number of completions than before",
    spec: { ...indexed, completions: 5, parallelism: 5 },
    status: { completedIndexes: "0-2", succeeded: 3 },
    verdict: "running",
    step: "create 3,4",
  },
  {
    name: "with an index whose pod is still going, where only failed ones are replaced",
    spec: { ...indexed, podReplacementPolicy: "Failed" },
    pods: [{ index: 0, deleted: true }, { index: 1 }],
    verdict: "running",
    step: "create 2",
  },

  // backoffLimitPerIndex.
  {
    name: "with an index that may fail once more",
    spec: perIndex,
    pods: [{ index: 0, phase: "Failed", failures: 0, finished: 12 }, { index: 1 }, { index: 2 }],
    verdict: "running",
    step: "create 0 after 1",
  },
  {
    name: "with an index that has to wait, beside one that has not",
    spec: perIndex,
    pods: [{ index: 0, phase: "Failed", failures: 0, finished: 4 }, { index: 1 }],
    verdict: "running",
    step: "create 2 after 0",
    wait: 6_000,
  },
  {
    name: "with an index that failed nobody knows when",
    spec: perIndex,
    pods: [{ index: 0, phase: "Failed", failures: 0, finished: null }, { index: 1 }, { index: 2 }],
    verdict: "running",
    step: "create 0 after 1",
  },
  {
    name: "with an index that has failed too often",
    spec: perIndex,
    pods: [{ index: 0, phase: "Failed", failures: 1 }, { index: 1 }, { index: 2 }],
    verdict: "running",
    step: "keep",
  },
  {
    name: "whose indexes have all ended, one badly",
    spec: perIndex,
    status: { completedIndexes: "1,2", failedIndexes: "" },
    pods: [{ index: 0, phase: "Failed", failures: 1 }],
    verdict: "failing FailedIndexes",
    message: "Job has failed indexes",
    step: "keep",
  },
  {
    name: "with more failed indexes than allowed",
    spec: { ...perIndex, maxFailedIndexes: 0 },
    pods: [{ index: 0, phase: "Failed", failures: 1 }, { index: 1 }],
    verdict: "failing MaxFailedIndexesExceeded",
    message: "Job has exceeded the specified maximal number of failed indexes",
    step: "stop p1",
  },
  {
    name: "with FailIndex on its exit code",
    spec: { ...perIndex, ...policy(onCode("FailIndex", "In", 42)), completions: 3 },
    status: { completedIndexes: "1,2" },
    pods: [{ index: 0, phase: "Failed", failures: 0, exitCode: 42 }],
    verdict: "failing FailedIndexes",
    step: "keep",
  },
  {
    name: "with an ignored failure of an index",
    spec: { ...perIndex, ...policy(onCode("Ignore", "In", 42)), completions: 3 },
    pods: [
      { index: 0, phase: "Failed", failures: 1, exitCode: 42, finished: 60 },
      { index: 1 },
      { index: 2 },
    ],
    verdict: "running",
    step: "create 0 after 1 ignoring 1",
  },
  {
    name: "with a count of failures that somebody has written over",
    spec: perIndex,
    pods: [
      { index: 0, phase: "Failed", failures: "99999999999", finished: 60 },
      { index: 1 },
      { index: 2 },
    ],
    verdict: "running",
    step: "create 0 after 1",
  },

  {
    name: "with two pods of an index, one of which ended well",
    spec: perIndex,
    status: { completedIndexes: "1,2" },
    pods: [
      { index: 0, phase: "Failed", failures: 1 },
      { index: 0, phase: "Succeeded" },
    ],
    verdict: "succeeding CompletionsReached",
    step: "keep",
  },
  {
    name: "with a late success of an index that has failed",
    spec: perIndex,
    status: { completedIndexes: "1,2", failedIndexes: "0" },
    pods: [{ index: 0, phase: "Succeeded" }],
    verdict: "failing FailedIndexes",
    step: "keep",
  },

  // successPolicy.
  {
    name: "with enough successes",
    spec: { ...indexed, successPolicy: { rules: [{ succeededCount: 1 }] } },
    pods: [{ index: 2, phase: "Succeeded" }, { index: 0 }],
    verdict: "succeeding SuccessPolicy",
    message: "Matched rules at index 0",
    step: "stop p1",
  },
  {
    name: "with the indexes that matter",
    spec: {
      ...indexed,
      completions: 9,
      successPolicy: { rules: [{ succeededIndexes: "7" }, { succeededIndexes: "1-3,5" }] },
    },
    status: { completedIndexes: "0-4" },
    pods: [{ index: 5, phase: "Succeeded" }],
    verdict: "succeeding SuccessPolicy",
    message: "Matched rules at index 1",
    step: "keep",
  },
  {
    name: "with two of the indexes that matter",
    spec: {
      ...indexed,
      completions: 9,
      successPolicy: { rules: [{ succeededIndexes: "1-3,5", succeededCount: 2 }] },
    },
    status: { completedIndexes: "3,4,5" },
    verdict: "succeeding SuccessPolicy",
    step: "keep",
  },
  {
    name: "that has succeeded, with the pods that this stopped",
    spec: { ...indexed, backoffLimit: 0, successPolicy: { rules: [{ succeededCount: 1 }] } },
    status: {
      ...started,
      conditions: [{ type: "SuccessCriteriaMet", status: "True", reason: "SuccessPolicy" }],
    },
    pods: [
      { index: 2, phase: "Succeeded" },
      { index: 0, deleted: true },
    ],
    verdict: "succeeding SuccessPolicy",
    step: "keep",
  },
];

function stepOf({ step }: JobDecision): string {
  if (step.kind === "keep") return "keep";
  if (step.kind !== "create") {
    return `${step.kind} ${step.pods.map((pod) => pod.metadata.name).sort()}`;
  }
  const [first] = step.pods;
  const note = (name: string) => first?.metadata.annotations?.[`batch.kubernetes.io/job-${name}`];
  if (note("completion-index") === undefined) return `create ${step.pods.length}`;
  const indexes = step.pods.map(
    (pod) => pod.metadata.labels?.["batch.kubernetes.io/job-completion-index"],
  );
  const failures = note("index-failure-count");
  const ignored = note("index-ignored-failure-count");
  const after = failures === undefined ? "" : ` after ${failures}`;
  return `create ${indexes}${after}${ignored === undefined ? "" : ` ignoring ${ignored}`}`;
}

describe("The decision about a Job", () => {
  for (const one of cases) {
    it(one.name, () => {
      const job = tableJob(one.spec, one.status);
      const decision = decideJob(tableView(job, tablePods(...(one.pods ?? [])), one.view));
      const { verdict } = decision;
      const condition = "condition" in verdict ? verdict.condition : undefined;
      const reason = condition === undefined ? "" : ` ${condition.reason}`;
      assert.equal(`${verdict.kind}${reason}`, one.verdict);
      assert.equal(stepOf(decision), one.step);
      assert.equal(decision.recheckMilliseconds, one.wait);
      if (one.message !== undefined) assert.equal(condition?.message, one.message);
    });
  }
});
