/** What kube-apiserver 1.37.2 says of objects that are not valid. */
export const recordedErrors: readonly {
  readonly kind: string;
  readonly object: object;
  readonly errors: readonly string[];
}[] = [
  {
    kind: "FlowSchema",
    object: {
      metadata: {
        name: "x",
      },
      spec: {
        matchingPrecedence: 1,
        priorityLevelConfiguration: {
          name: "",
        },
        distinguisherMethod: {
          type: "ByAge",
        },
        rules: [
          {
            subjects: [
              {
                kind: "User",
                user: {
                  name: "",
                },
                group: {
                  name: "g",
                },
              },
              {
                kind: "Robot",
              },
            ],
            resourceRules: [
              {
                verbs: ["*", "get"],
                apiGroups: [],
                resources: ["*", "a"],
                namespaces: ["A_"],
              },
            ],
            nonResourceRules: [
              {
                verbs: ["fly"],
                nonResourceURLs: ["/a//b"],
              },
            ],
          },
        ],
      },
    },
    errors: [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByAge"}: supported values: "ByNamespace", "ByUser"',
      "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
      "spec.rules[0].subjects[0].user.name: Required value",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      'spec.rules[0].subjects[1].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
      'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
      "spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group",
      'spec.rules[0].resourceRules[0].resources: Invalid value: ["*","a"]: if \'*\' is present, must not specify other resources',
      "spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: \"A_\": each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'spec.rules[0].nonResourceRules[0].verbs: Unsupported value: ["fly"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a//b": must not contain double slash',
    ],
  },
  {
    kind: "FlowSchema",
    object: {
      metadata: {
        name: "x",
      },
    },
    errors: [
      "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
    ],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
      spec: {
        type: "Limited",
        exempt: {},
        limited: {
          nominalConcurrencyShares: -1,
          lendablePercent: 101,
          borrowingLimitPercent: -1,
          limitResponse: {
            type: "Queue",
            queuing: {
              queues: 512,
              handSize: 8,
              queueLengthLimit: -1,
            },
          },
        },
      },
    },
    errors: [
      "spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
      "spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive",
      "spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60",
      "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
      "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer",
      "spec.exempt: Forbidden",
    ],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
      spec: {
        type: "Exempt",
        limited: {
          limitResponse: {
            type: "Reject",
            queuing: {},
          },
        },
      },
    },
    errors: [
      "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
      "spec.limited: Forbidden",
      "spec.limited.limitResponse.queuing: Forbidden",
    ],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
      spec: {},
    },
    errors: ["spec.type: Required value"],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
      spec: {
        type: "Limited",
        limited: {
          limitResponse: {
            type: "Wait",
            queuing: {},
          },
        },
      },
    },
    errors: [
      'spec.limited.limitResponse.type: Unsupported value: "Wait": supported values: "Queue", "Reject"',
      "spec.limited.limitResponse.queuing: Forbidden",
    ],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
      spec: {
        type: "Limited",
        limited: {
          limitResponse: {
            type: "Reject",
            queuing: {},
          },
        },
      },
    },
    errors: ["spec.limited.limitResponse.queuing: Forbidden"],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
      spec: {
        type: "Limited",
        limited: {},
      },
    },
    errors: ["spec.limited.limitResponse.type: Required value"],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
      spec: {
        type: "Limited",
      },
    },
    errors: ["spec.limited: Required value"],
  },
  {
    kind: "PriorityLevelConfiguration",
    object: {
      metadata: {
        name: "x",
      },
    },
    errors: ["spec.type: Required value"],
  },
];
