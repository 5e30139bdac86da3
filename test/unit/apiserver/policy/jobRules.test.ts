import assert from "node:assert/strict";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { StrategyTable } from "../../../../lib/apiserver/registry/strategies.js";
import type { StrategyContext } from "../../../../lib/apiserver/registry/strategy.js";
import { applyDefaults } from "../../../support/apiserver/applyDefaults.js";

const table = new StrategyTable({ allowPrivileged: false });
const strategy = table.strategyFor({ group: "batch", kind: "Job", namespaced: true });
const early = "2026-01-01T00:00:00Z";
const late = "2026-01-01T00:01:00Z";

type Fields = Record<string, unknown>;

interface Written {
  readonly object: ObjectTree;
  readonly errors: string[];
  readonly warnings: string[];
}

function context(subresource: string, warnings: string[]): StrategyContext {
  const user = { name: "jane", uid: "", groups: [], extra: {} };
  return {
    namespace: "n",
    name: "x",
    subresource,
    now: 0,
    userName: "jane",
    user,
    warn: (message) => warnings.push(message),
  };
}

const told = (errors: readonly { field: string; detail: string }[]) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

function create(spec: Fields, name = "x", labels?: Fields): Written {
  const warnings: string[] = [];
  const template = {
    metadata: { labels: labels ?? { app: "x" } },
    spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i:1" }] },
  };
  const object = structuredClone({
    metadata: { name, namespace: "n", uid: "u", resourceVersion: "1" },
    spec: { template, ...spec },
  }) as ObjectTree;
  const at = context("", warnings);
  applyDefaults(strategy, object);
  strategy.prepareForCreate?.(object, at);
  return { object, errors: told(strategy.validateCreate?.(object, at) ?? []), warnings };
}

interface Step {
  readonly spec?: Fields;
  readonly old: Fields;
  readonly next: Fields;
}

/** Says what is wrong with one change of the status. */
function changeStatus({ spec = {}, old, next }: Step): string[] {
  const { object } = create(spec);
  const before = { ...object, status: old } as ObjectTree;
  const after = { ...object, status: next } as ObjectTree;
  return told(strategy.validateUpdate?.(after, before, context("status", [])) ?? []);
}

function changeSpec(spec: Fields, status: Fields, change: (job: Fields) => void): string[] {
  const { object } = create(spec);
  const before = { ...object, status } as ObjectTree;
  const after = structuredClone(before);
  change(after as unknown as Fields);
  return told(strategy.validateUpdate?.(after, before, context("", [])) ?? []);
}

const condition = (...types: string[]) => types.map((type) => ({ type, status: "True" }));

describe("Rules of Jobs", () => {
  it("keep labels that a person set, and refuse those that differ from the generated ones", () => {
    const { object, errors } = create({}, "x", { "job-name": "x" });
    assert.deepEqual(errors, []);
    assert.equal((object.spec as { selector: unknown }).selector !== undefined, true);
    const [first] = create({}, "x", { "job-name": "other" }).errors;
    assert.match(first ?? "", /^spec.template.metadata.labels\[job-name\]: .*must be 'x'/);
    const own = create({ selector: { matchLabels: { app: "x" } } }).errors;
    assert.match(own.join(), /spec.selector: .*`selector` not auto-generated/);
  });

  it("hold the name of an Indexed Job to host names, and warn of others", () => {
    const spec = { completionMode: "Indexed", completions: 101 };
    const [long] = create(spec, "a".repeat(60)).errors;
    assert.match(long ?? "", /metadata.name: .*will not able to create pod with invalid DNS label/);
    assert.deepEqual(create(spec, "a".repeat(59)).errors, []);
    assert.match(create({}, "a.b").warnings.join(), /metadata.name: this is used in Pod names/);
  });

  it("bound what is kept of failures where there are many indexes", () => {
    const many = { completionMode: "Indexed", completions: 100_001, backoffLimitPerIndex: 1 };
    assert.match(create(many).errors.join(), /maxFailedIndexes: .*must be specified when/);
    const more = create({ ...many, maxFailedIndexes: 10_001, parallelism: 10_001 }).errors;
    assert.equal(more.length, 2);
    assert.deepEqual(create({ ...many, maxFailedIndexes: 10_000 }).errors, []);
    const { backoffLimitPerIndex: _, ...huge } = many;
    assert.match(create({ ...huge, parallelism: 10_001 }).warnings.join(), /higher than 10\^5/);
  });

  const rest = { conditions: condition("Suspended"), startTime: early };
  const placements: readonly [string, Fields, Fields, boolean][] = [
    ["that never started", { suspend: true }, {}, true],
    ["that the controller has suspended", { suspend: true }, rest, true],
    ["with pods at work", { suspend: true }, { ...rest, active: 1 }, false],
    ["that is to be suspended", { suspend: true }, { startTime: early }, false],
    ["that runs", {}, { startTime: early }, false],
  ];
  for (const [which, spec, status, isAllowed] of placements) {
    it(`${isAllowed ? "let" : "keep"} the placement of a Job ${which}`, () => {
      const changes: ((pod: Fields) => void)[] = [
        (pod) => Object.assign(pod, { nodeSelector: { a: "b" } }),
        (pod) => Object.assign(pod, { tolerations: [{ key: "k", operator: "Exists" }] }),
        (pod) => Object.assign(pod, { schedulingGates: [{ name: "a.b/c" }] }),
        (pod) => {
          const nodeSelectorTerms = [{ matchExpressions: [{ key: "k", operator: "Exists" }] }];
          const required = {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
          };
          Object.assign(pod, { affinity: { nodeAffinity: required } });
        },
        (pod) => {
          const [container] = pod.containers as Fields[];
          Object.assign(container ?? {}, { resources: { requests: { cpu: "2" } } });
        },
      ];
      for (const change of changes) {
        const errors = changeSpec(spec, status, (job) => {
          change((job.spec as { template: { spec: Fields } }).template.spec);
        });
        if (isAllowed) assert.deepEqual(errors, []);
        else assert.match(errors.join(), /spec.template: .*field is immutable/);
      }
    });
  }

  it("never let the image of a suspended Job change", () => {
    const errors = changeSpec({ suspend: true }, {}, (job) => {
      const { template } = job.spec as { template: { spec: { containers: Fields[] } } };
      Object.assign(template.spec.containers[0] ?? {}, { image: "other:1" });
    });
    assert.match(errors.join(), /spec.template: .*field is immutable/);
  });

  const done = { startTime: early, completionTime: late };
  const complete = condition("SuccessCriteriaMet", "Complete");
  const failed = condition("FailureTarget", "Failed");
  const indexed = { completionMode: "Indexed", completions: 4, parallelism: 2 };
  const elastic = { ...indexed, parallelism: 4 };
  const allowed: readonly [string, Step][] = [
    ["a start", { old: {}, next: { startTime: early, active: 1, ready: 1 } }],
    ["an end", { old: { startTime: early }, next: { ...done, conditions: complete } }],
    ["a failure", { old: { startTime: early }, next: { startTime: early, conditions: failed } }],
    [
      "another start of a Job that is resumed",
      {
        old: { startTime: early, conditions: condition("Suspended") },
        next: { startTime: late, conditions: [{ type: "Suspended", status: "False" }] },
      },
    ],
    ["no start while suspended", { spec: { suspend: true }, old: { startTime: early }, next: {} }],
    [
      "fewer successes of a smaller elastic Job",
      { spec: elastic, old: { succeeded: 3 }, next: {} },
    ],
    [
      "fewer successes of a Job that was made smaller, and then narrower",
      {
        spec: { ...indexed, completions: 2, parallelism: 1 },
        old: { succeeded: 3, completedIndexes: "0-2" },
        next: { succeeded: 2, completedIndexes: "0,1" },
      },
    ],
    [
      "another field of a status that was wrong before",
      { old: { ready: 2 }, next: { ready: 2, failed: 1 } },
    ],
  ];
  for (const [what, step] of allowed) {
    it(`allow a status with ${what}`, () => assert.deepEqual(changeStatus(step), []));
  }

  const refused: readonly [string, RegExp, Step][] = [
    ["a negative count", /active: .*greater than or equal/, { old: {}, next: { active: -1 } }],
    ["more ready than active", /more ready pods/, { old: {}, next: { active: 1, ready: 2 } }],
    [
      "a uid twice",
      /uncountedTerminatedPods.failed\[0\]: .*Duplicate/,
      { old: {}, next: { uncountedTerminatedPods: { succeeded: ["a"], failed: ["a"] } } },
    ],
    [
      "no uid",
      /uncountedTerminatedPods.failed\[0\]: .*must not be empty/,
      { old: {}, next: { uncountedTerminatedPods: { failed: [""] } } },
    ],
    [
      "Complete and Failed",
      /Complete=True and Failed=true/,
      { old: {}, next: { ...done, conditions: [...complete, ...failed] } },
    ],
    [
      "Failed without FailureTarget",
      /without the FailureTarget/,
      { old: {}, next: { ...done, conditions: condition("Failed") } },
    ],
    [
      "Complete without SuccessCriteriaMet",
      /without the SuccessCriteriaMet/,
      { old: {}, next: { ...done, conditions: condition("Complete") } },
    ],
    ["an end of what goes on", /completionTime: .*no Complete=True/, { old: {}, next: done }],
    [
      "Complete without an end",
      /completionTime is required/,
      { old: {}, next: { startTime: early, conditions: complete } },
    ],
    [
      "an end before the start",
      /before startTime/,
      { old: {}, next: { startTime: late, completionTime: early, conditions: complete } },
    ],
    [
      "another end",
      /completionTime cannot be mutated/,
      {
        old: { ...done, conditions: complete },
        next: { ...done, completionTime: "2026-01-01T00:02:00Z", conditions: complete },
      },
    ],
    [
      "pods at work after the end",
      /active>0 is invalid/,
      { old: {}, next: { startTime: early, active: 1, conditions: failed } },
    ],
    [
      "pods that go after the end",
      /terminating>0 is invalid/,
      { old: {}, next: { startTime: early, terminating: 1, conditions: failed } },
    ],
    [
      "pods to count after the end",
      /uncountedTerminatedPods needs to be empty/,
      {
        old: {},
        next: {
          startTime: early,
          conditions: failed,
          uncountedTerminatedPods: { failed: ["a"] },
        },
      },
    ],
    ["an end without a start", /startTime is required/, { old: {}, next: { conditions: failed } }],
    [
      "Failed no more",
      /cannot disable the terminal Failed=True/,
      { old: { conditions: failed }, next: { conditions: condition("FailureTarget") } },
    ],
    [
      "SuccessCriteriaMet no more",
      /cannot disable the SuccessCriteriaMet=True/,
      { old: { conditions: condition("SuccessCriteriaMet") }, next: {} },
    ],
    ["fewer failures", /decrease the failed/, { old: { failed: 2 }, next: { failed: 1 } }],
    ["fewer successes", /decrease the succeeded/, { old: { succeeded: 2 }, next: {} }],
    [
      "fewer indexes",
      /decrease the succeeded/,
      {
        spec: indexed,
        old: { succeeded: 2, completedIndexes: "0,1" },
        next: { succeeded: 1, completedIndexes: "1" },
      },
    ],
    [
      "another start of a Job that runs",
      /startTime cannot be removed/,
      { old: { startTime: early }, next: { startTime: late } },
    ],
    [
      "indexes of a Job without",
      /non-indexed completion mode/,
      { spec: { completions: 4 }, old: {}, next: { completedIndexes: "1" } },
    ],
    [
      "indexes out of range",
      /error parsing completedIndexes: too large index/,
      { spec: indexed, old: {}, next: { completedIndexes: "1,4" } },
    ],
    [
      "failed indexes without a limit",
      /backoffLimitPerIndex is null/,
      { spec: indexed, old: {}, next: { failedIndexes: "1" } },
    ],
    [
      "an index twice",
      /overlap at index: 2/,
      {
        spec: { ...indexed, backoffLimitPerIndex: 1 },
        old: {},
        next: { completedIndexes: "0-2", failedIndexes: "2,3" },
      },
    ],
  ];
  for (const [what, problem, step] of refused) {
    it(`refuse a status with ${what}`, () => assert.match(changeStatus(step).join("\n"), problem));
  }

  it("take no selector in a CronJob's template", () => {
    const cron = table.strategyFor({ group: "batch", kind: "CronJob", namespaced: true });
    const containers = [{ name: "c", image: "i:1" }];
    const template = { spec: { restartPolicy: "Never", containers } };
    const selector = { matchLabels: { app: "x" } };
    const object = {
      metadata: { name: "x", namespace: "n", uid: "u", resourceVersion: "1" },
      spec: {
        schedule: "* * * * *",
        jobTemplate: { spec: { template, selector, manualSelector: true } },
      },
    } as ObjectTree;
    applyDefaults(cron, object);
    const errors = told(cron.validateCreate?.(object, context("", [])) ?? []).join();
    assert.match(errors, /jobTemplate.spec.selector: .*`selector` will be auto-generated/);
    assert.match(errors, /jobTemplate.spec.manualSelector: .*supported values: "nil", "false"/);
  });

  it("of a CronJob's template are warned of, as is a zone in a schedule that has one", () => {
    const cron = table.strategyFor({ group: "batch", kind: "CronJob", namespaced: true });
    const template = {
      spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i:1" }] },
    };
    const huge = { completionMode: "Indexed", completions: 100_001, parallelism: 10_001 };
    const make = (schedule: string, spec: object, zone = {}): ObjectTree => {
      const object = {
        metadata: { name: "a.b", namespace: "n", uid: "u", resourceVersion: "1" },
        spec: { schedule, ...zone, jobTemplate: { spec: { template, ...spec } } },
      } as ObjectTree;
      applyDefaults(cron, object);
      return object;
    };
    const warnings: string[] = [];
    const at = context("", warnings);
    const problems = told(cron.validateCreate?.(make("@daily", huge), at) ?? []);
    assert.deepEqual(problems, []);
    assert.match(warnings.join("\n"), /metadata.name: this is used in Pod names/);
    assert.match(warnings.join("\n"), /^spec.jobTemplate.spec: In Indexed Jobs with/m);
    warnings.splice(0);
    const old = make("TZ=UTC 0 0 * * *", {});
    const change = (...made: Parameters<typeof make>): string =>
      told(cron.validateUpdate?.(make(...made), old, at) ?? []).join();
    assert.equal(change("CRON_TZ=Asia/Kolkata 0 0 * * *", {}), "");
    assert.match(warnings.join(), /^cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone/);
    assert.match(
      change("TZ=UTC 0 0 * * *", {}, { timeZone: "UTC" }),
      /cannot use both timeZone field and TZ or CRON_TZ in schedule/,
    );
  });
});
