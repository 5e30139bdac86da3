import type {
  FlowSchema,
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
} from "../../../../lib/api/gen/types/flowcontrolV1.js";
import {
  flowSchemas,
  priorityLevels,
} from "../../../../lib/apiserver/bootstrap/data/flowControl.js";

export function priorityLevel(
  name: string,
  limited: Partial<LimitedPriorityLevelConfiguration> = {},
): PriorityLevelConfiguration {
  const spec = {
    type: "Limited",
    limited: {
      nominalConcurrencyShares: 10,
      limitResponse: { type: "Queue", queuing: { queues: 16, handSize: 4, queueLengthLimit: 50 } },
      ...limited,
    },
  };
  return { metadata: { name, uid: `uid-of-${name}` }, spec };
}

/** For every request of these users; of everyone where none are named. */
export function flowSchema(
  name: string,
  level: string,
  matchingPrecedence = 1000,
  users: readonly string[] = ["*"],
  distinguisher = "ByUser",
): FlowSchema {
  const everything = {
    verbs: ["*"],
    apiGroups: ["*"],
    resources: ["*"],
    clusterScope: true,
    namespaces: ["*"],
  };
  return {
    metadata: { name, uid: `uid-of-${name}` },
    spec: {
      matchingPrecedence,
      priorityLevelConfiguration: { name: level },
      ...(distinguisher === "" ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules: [
        {
          subjects: users.map((user) => ({ kind: "User", user: { name: user } })),
          resourceRules: [everything],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        },
      ],
    },
  };
}

/** What a fresh server has. */
export function bootstrapObjects(): {
  readonly levels: PriorityLevelConfiguration[];
  readonly schemas: FlowSchema[];
} {
  const make = <T>(specs: Readonly<Record<string, unknown>>): T[] =>
    Object.entries(specs).map(
      ([name, spec]) => ({ metadata: { name, uid: `uid-of-${name}` }, spec }) as T,
    );
  return { levels: make(priorityLevels), schemas: make(flowSchemas) };
}
