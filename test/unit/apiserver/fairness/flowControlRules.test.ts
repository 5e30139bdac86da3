import assert from "node:assert/strict";
import type {
  FlowSchemaSpec,
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  ResourcePolicyRule,
  Subject,
} from "../../../../lib/api/gen/types/flowcontrolV1.js";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import {
  flowSchemas,
  priorityLevels,
} from "../../../../lib/apiserver/bootstrap/data/flowControl.js";
import { StrategyTable } from "../../../../lib/apiserver/registry/strategies.js";
import type { FieldError } from "../../../../lib/apiserver/registry/strategy.js";
import { flowSchema, priorityLevel } from "./fairnessObjects.js";
import { recordedErrors } from "./recordedErrors.js";

const group = "flowcontrol.apiserver.k8s.io";
const table = new StrategyTable({ allowPrivileged: false });
const context = {
  namespace: "",
  name: "x",
  subresource: "",
  now: 0,
  userName: "u",
  warn: () => undefined,
};

function found(kind: string, object: object): readonly FieldError[] {
  const strategy = table.strategyFor({ group, kind, namespaced: false });
  const tree = structuredClone(object) as ObjectTree;
  strategy.defaults?.(tree);
  return strategy.validateCreate?.(tree, context) ?? [];
}

/** Without the value that is shown. */
function wrong(kind: string, object: object): string[] {
  return found(kind, object).map(
    ({ field, detail }) => `${field}: ${detail.replace(/^Invalid value: .*?: (?=[a-z`'])/, "")}`,
  );
}

describe("rules of flow control", () => {
  for (const { kind, object, errors } of recordedErrors) {
    it(`find with a ${kind} what upstream finds: ${errors[0]}`, () => {
      const texts = found(kind, object).map(({ field, detail }) => `${field}: ${detail}`);
      assert.deepEqual(texts, errors);
    });
  }
});

describe("rules of FlowSchemas", () => {
  const schemaWith = (spec: Partial<FlowSchemaSpec>) => {
    const base = flowSchema("x", "level");
    return { ...base, spec: { ...base.spec, ...spec } };
  };
  const ruleWith = (rule: Partial<ResourcePolicyRule>, subjects?: Subject[]) => {
    const [first] = flowSchema("x", "level").spec.rules ?? [];
    const [resources] = first?.resourceRules ?? [];
    return schemaWith({
      rules: [
        {
          subjects: subjects ?? first?.subjects ?? [],
          resourceRules: [{ ...(resources ?? assert.fail()), ...rule }],
        },
      ],
    });
  };
  const at = "spec.rules[0].resourceRules[0]";
  const cases: [string, object, string[]][] = [
    ["a good one", flowSchema("x", "level"), []],
    [
      "a negative precedence",
      schemaWith({ matchingPrecedence: -1 }),
      ["spec.matchingPrecedence: must be a positive value"],
    ],
    [
      "a high precedence",
      schemaWith({ matchingPrecedence: 10_001 }),
      ["spec.matchingPrecedence: must not be greater than 10000"],
    ],
    [
      "precedence 1",
      schemaWith({ matchingPrecedence: 1 }),
      ["spec.matchingPrecedence: only the schema named 'exempt' may have matchingPrecedence 1"],
    ],
    [
      "no level",
      schemaWith({ priorityLevelConfiguration: { name: "" } }),
      ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
    ],
    [
      "another distinguisher",
      schemaWith({ distinguisherMethod: { type: "ByAge" } }),
      [
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByAge"}: supported values: ' +
          '"ByNamespace", "ByUser"',
      ],
    ],
    [
      "a rule of nothing",
      schemaWith({ rules: [{ subjects: [] }] }),
      [
        "spec.rules[0].subjects: Required value: subjects must contain at least one value",
        "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
      ],
    ],
    [
      "a user without a name, and a group",
      ruleWith({}, [{ kind: "User", user: { name: "" }, group: { name: "g" } }]),
      [
        "spec.rules[0].subjects[0].user.name: Required value",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      ],
    ],
    [
      "a service account without a namespace",
      ruleWith({}, [{ kind: "ServiceAccount", serviceAccount: { name: "*", namespace: "" } }]),
      [
        "spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account",
      ],
    ],
    [
      "another kind of subject",
      ruleWith({}, [{ kind: "Robot" }]),
      [
        'spec.rules[0].subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
      ],
    ],
    [
      "every verb and one",
      ruleWith({ verbs: ["*", "get"] }),
      [`${at}.verbs: if '*' is present, must not specify other verbs`],
    ],
    [
      "no resources",
      ruleWith({ resources: [] }),
      [`${at}.resources: Required value: resource rules must supply at least one resource`],
    ],
    [
      "no namespace and no cluster",
      ruleWith({ namespaces: [], clusterScope: false }),
      [
        `${at}.namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
      ],
    ],
    [
      "a double slash",
      schemaWith({
        rules: [
          {
            subjects: [{ kind: "User", user: { name: "*" } }],
            nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/a//b", "/a/*/b"] }],
          },
        ],
      }),
      [
        "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: must not contain double slash",
        "spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: wildcard can only do suffix matching",
      ],
    ],
  ];
  for (const [name, object, expected] of cases) {
    it(name, () => assert.deepEqual(wrong("FlowSchema", object), expected));
  }

  it("keep the mandatory ones as they are", () => {
    const named = (name: string, spec: unknown) => ({ metadata: { name }, spec });
    const catchAll = flowSchemas["catch-all"] as FlowSchemaSpec;
    assert.deepEqual(wrong("FlowSchema", named("catch-all", catchAll)), []);
    const changed = wrong("FlowSchema", named("catch-all", { ...catchAll, matchingPrecedence: 9 }));
    assert.match(changed[0] ?? "", /spec of 'catch-all' must equal the fixed value$/);
  });

  it("of status: each condition once", () => {
    const strategy = table.strategyFor({ group, kind: "FlowSchema", namespaced: false });
    const base = flowSchema("x", "level");
    const metadata = { ...base.metadata, resourceVersion: "1" };
    const old = { ...base, metadata };
    const status = { conditions: [{ type: "a" }, { type: "a" }, { type: "" }] };
    const found = strategy.validateUpdate?.(
      { ...old, status } as unknown as ObjectTree,
      old as unknown as ObjectTree,
      { ...context, subresource: "status" },
    );
    assert.deepEqual(
      (found ?? []).map(({ field, detail }) => `${field}: ${detail}`),
      [
        'status.conditions[1].type: Duplicate value: "a"',
        "status.conditions[2].type: Required value",
      ],
    );
  });
});

describe("rules of priority levels", () => {
  const limitedWith = (limited: Partial<LimitedPriorityLevelConfiguration>) =>
    priorityLevel("x", limited);
  const queuing = (queues: number, handSize: number, queueLengthLimit: number) =>
    limitedWith({
      limitResponse: { type: "Queue", queuing: { queues, handSize, queueLengthLimit } },
    });
  const at = "spec.limited.limitResponse";
  const cases: [string, object, string[]][] = [
    ["a good one", priorityLevel("x"), []],
    ["no type", { metadata: { name: "x" }, spec: {} }, ["spec.type: Required value"]],
    [
      "an exempt one of another name",
      { metadata: { name: "x" }, spec: { type: "Exempt" } },
      ["spec.type: must be 'Exempt' if and only if `name` is 'exempt'"],
    ],
    [
      "limited without limits",
      { metadata: { name: "x" }, spec: { type: "Limited" } },
      ["spec.limited: Required value"],
    ],
    [
      "negative shares",
      limitedWith({ nominalConcurrencyShares: -1 }),
      ["spec.limited.nominalConcurrencyShares: must be a non-negative integer"],
    ],
    [
      "lending more than all",
      limitedWith({ lendablePercent: 101 }),
      ["spec.limited.lendablePercent: must be between 0 and 100, inclusive"],
    ],
    [
      "borrowing less than none",
      limitedWith({ borrowingLimitPercent: -1 }),
      ["spec.limited.borrowingLimitPercent: if specified, must be a non-negative integer"],
    ],
    [
      "a queue without queues",
      limitedWith({ limitResponse: { type: "Queue" } }),
      [`${at}.queuing: Required value`],
    ],
    [
      "rejecting with queues",
      limitedWith({ limitResponse: { type: "Reject", queuing: {} } }),
      [`${at}.queuing: Forbidden`],
    ],
    [
      "negative numbers",
      queuing(-1, -1, -1),
      [
        `${at}.queuing.queueLengthLimit: must be positive`,
        `${at}.queuing.queues: must be positive`,
        `${at}.queuing.handSize: must be positive`,
      ],
    ],
    [
      "too many queues",
      queuing(10_000_001, 1, 1),
      [`${at}.queuing.queues: must not be greater than 10000000`],
    ],
    [
      "a hand larger than the deck",
      queuing(4, 5, 1),
      [`${at}.queuing.handSize: should not be greater than queues (4)`],
    ],
    [
      "a hand that no hash can deal",
      queuing(512, 8, 1),
      [
        `${at}.queuing.handSize: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60`,
      ],
    ],
  ];
  for (const [name, object, expected] of cases) {
    it(name, () => assert.deepEqual(wrong("PriorityLevelConfiguration", object), expected));
  }

  it("leave the operator the seats of the exempt one, and nothing else of it", () => {
    const spec = priorityLevels.exempt as PriorityLevelConfigurationSpec;
    const exempt = { nominalConcurrencyShares: 5, lendablePercent: 50 };
    const kind = "PriorityLevelConfiguration";
    const level = { metadata: { name: "exempt" }, spec: { ...spec, exempt } };
    assert.deepEqual(wrong(kind, level), []);
    const limited = priorityLevel("exempt");
    assert.ok(wrong(kind, limited).some((text) => /must equal the fixed value$/.test(text)));
    const catchAll = { ...priorityLevel("catch-all") };
    assert.ok(wrong(kind, catchAll).some((text) => /must equal the fixed value$/.test(text)));
  });
});
