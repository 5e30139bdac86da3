import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/platform/virtual/seededRandom.js";
import { type JobCase, type JobResult, JobTrial } from "../support/client/jobTrial.js";
import type { Fate } from "../support/client/mortalTransport.js";

const indexed = { completionMode: "Indexed", completions: 3, parallelism: 3 } as const;

const suspension = ["Suspended=False JobResumed"];
const complete = (reason: string) => [
  `SuccessCriteriaMet=True ${reason}`,
  `Complete=True ${reason}`,
];
const failed = (reason: string) => [`FailureTarget=True ${reason}`, `Failed=True ${reason}`];

interface Expected {
  readonly conditions: readonly string[];
  readonly succeeded: number;
  readonly failed: number;
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
}

const cases: readonly (JobCase & { readonly expected: Expected })[] = [
  {
    name: "retries",
    spec: { completions: 4, parallelism: 2 },
    outcome: (_, count) => ({ exitCode: count < 2 ? 1 : 0 }),
    expected: { conditions: complete("CompletionsReached"), succeeded: 4, failed: 2 },
  },
  {
    name: "gives up",
    spec: { completions: 2, backoffLimit: 1 },
    outcome: () => ({ exitCode: 1 }),
    expected: { conditions: failed("BackoffLimitExceeded"), succeeded: 0, failed: 2 },
  },
  {
    name: "is suspended and resumed, without a failure to spare",
    spec: { completions: 2, parallelism: 2, backoffLimit: 0 },
    outcome: (_index, _count, { seconds }) => (seconds > 300 ? { exitCode: 0 } : {}),
    patches: [
      [3, { spec: { suspend: true } }],
      [300, { spec: { suspend: false } }],
    ],
    expected: {
      conditions: [...suspension, ...complete("CompletionsReached")],
      succeeded: 2,
      failed: 0,
    },
  },
  {
    name: "fails by a rule while others run",
    spec: {
      completions: 3,
      parallelism: 3,
      podReplacementPolicy: "Failed",
      podFailurePolicy: {
        rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }],
      },
    },
    outcome: (_, count, { pods }) => (count === 0 && pods === 3 ? { exitCode: 42 } : {}),
    expected: { conditions: failed("PodFailurePolicy"), succeeded: 0, failed: 3 },
  },
  {
    name: "ignores disruptions",
    spec: {
      completions: 2,
      backoffLimit: 0,
      podReplacementPolicy: "Failed",
      podFailurePolicy: {
        rules: [
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
        ],
      },
    },
    outcome: (_, count) =>
      count === 0 ? { exitCode: 143, condition: "DisruptionTarget" } : { exitCode: 0 },
    expected: { conditions: complete("CompletionsReached"), succeeded: 2, failed: 0 },
  },
  {
    name: "loses an index",
    spec: { ...indexed, backoffLimitPerIndex: 1, backoffLimit: 2_147_483_647 },
    outcome: (index) => ({ exitCode: index === 1 ? 1 : 0 }),
    expected: {
      conditions: failed("FailedIndexes"),
      succeeded: 2,
      failed: 2,
      completedIndexes: "0,2",
      failedIndexes: "1",
    },
  },
  {
    name: "is made smaller",
    spec: { ...indexed, backoffLimit: 0 },
    outcome: (_index, _count, { seconds }) => (seconds > 60 ? { exitCode: 0 } : {}),
    patches: [[3, { spec: { completions: 2, parallelism: 2 } }]],
    expected: {
      conditions: complete("CompletionsReached"),
      succeeded: 2,
      failed: 0,
      completedIndexes: "0,1",
    },
  },
  {
    name: "adopts its pods again",
    spec: { completions: 3, parallelism: 3, backoffLimit: 0 },
    outcome: (_index, _count, { seconds }) => (seconds > 60 ? { exitCode: 0 } : {}),
    orphanedAfterSeconds: 3,
    expected: { conditions: complete("CompletionsReached"), succeeded: 3, failed: 0 },
  },
  {
    name: "has all that it needs while others run, without a failure to spare",
    spec: {
      ...indexed,
      backoffLimit: 0,
      successPolicy: { rules: [{ succeededIndexes: "1" }] },
    },
    outcome: (index) => (index === 1 ? { exitCode: 0 } : {}),
    expected: {
      conditions: complete("SuccessPolicy"),
      succeeded: 1,
      failed: 0,
      completedIndexes: "1",
    },
  },
];

function resultOf({ conditions, ...counts }: Expected): JobResult {
  const none = { active: 0, ready: 0, terminating: 0, uncounted: 0 };
  const indexes = { completedIndexes: undefined, failedIndexes: undefined };
  return { conditions, counts: { ...none, ...indexes, ...counts }, heldPods: 0, refusals: [] };
}

/** As many as bound the time of a test: each is a run of its own. */
const mostWrites = 100;
const seeds = 10;

describe("The Job controller, ended at a write and begun anew", () => {
  for (const one of cases) {
    const expected = resultOf(one.expected);

    it(`${one.name}: at any write`, async () => {
      const undisturbed = new JobTrial(one, () => "done");
      assert.deepEqual(await undisturbed.run(), expected);
      const { writes } = undisturbed;
      assert.ok(writes > 3 && writes < mostWrites, `${writes} writes`);
      for (let at = 1; at <= writes; at++) {
        for (const fate of ["dies before", "dies after"] as const) {
          const trial = new JobTrial(one, (write) => (write === at ? fate : "done"));
          assert.deepEqual(await trial.run(), expected, `${fate} at write ${at} of ${writes}`);
        }
      }
    }).timeout(60_000);

    it(`${one.name}: at many writes`, async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const random = new SeededRandom(seed);
        const fates: readonly Fate[] = ["dies before", "dies after", "refused", "unanswered"];
        const trial = new JobTrial(one, () => {
          return random.float() < 0.4 ? (fates[random.below(4)] ?? "done") : "done";
        });
        assert.deepEqual(await trial.run(), expected, `seed ${seed}`);
      }
    }).timeout(60_000);
  }
});
