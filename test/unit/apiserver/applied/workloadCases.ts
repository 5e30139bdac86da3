import {
  type ApplyCase,
  type ApplyStep,
  a,
  b,
  container,
  deployment,
  force,
  get,
  lastApplied,
} from "./applySteps.js";

export const workloadCases: readonly ApplyCase[] = [
  {
    name: "a deployment, with defaults",
    kind: "Deployment",
    steps: [a(deployment({ replicas: 2 })), a(deployment({ replicas: 2 })), a(deployment())],
  },
  {
    name: "containers by name",
    kind: "Deployment",
    steps: [
      a(deployment({}, [container(), { name: "d", image: "i" }])),
      b({
        spec: { template: { spec: { containers: [{ name: "d", command: ["x"] }] } } },
      }),
      a(deployment({}, [container()])),
      b({ spec: { template: { spec: { containers: [{ name: "e", image: "i" }] } } } }),
      b({ spec: { template: { spec: {} } } }),
    ],
  },
  {
    name: "order of elements",
    kind: "Deployment",
    steps: [
      a(deployment({}, [container({ env: [{ name: "x" }, { name: "y" }, { name: "z" }] })])),
      b({
        spec: {
          template: {
            spec: {
              containers: [{ name: "c", env: [{ name: "w" }, { name: "z" }, { name: "x" }] }],
            },
          },
        },
      }),
    ],
  },
  {
    name: "ports by two keys, one with a default",
    kind: "Deployment",
    steps: [
      a(
        deployment({}, [
          container({
            ports: [
              { containerPort: 53, protocol: "UDP" },
              { containerPort: 53, name: "t" },
            ],
          }),
        ]),
      ),
      b({
        spec: {
          template: {
            spec: { containers: [{ name: "c", ports: [{ containerPort: 53, name: "u" }] }] },
          },
        },
      }),
    ],
  },
  {
    name: "what is one value",
    kind: "Deployment",
    steps: [
      a(deployment({}, [container({ command: ["a", "b"], args: [] })])),
      b({
        spec: { template: { spec: { containers: [{ name: "c", command: ["a"] }] } } },
      }),
      b({ spec: { selector: { matchLabels: { app: "x" } } } }),
      b({ spec: { selector: { matchLabels: { app: "y" } } } }),
    ],
  },
  {
    name: "zeros are owned",
    kind: "Deployment",
    steps: [
      a({
        spec: {
          replicas: 0,
          paused: false,
          selector: { matchLabels: { app: "x" } },
          template: {
            metadata: { labels: { app: "x" }, annotations: {} },
            spec: {
              hostNetwork: false,
              tolerations: [],
              nodeSelector: {},
              containers: [container({ tty: false, env: [{ name: "e", value: "" }] })],
            },
          },
        },
      }),
      b({ spec: { template: { spec: { hostNetwork: false } } } }),
    ],
  },
  {
    name: "quantities and ports of either type",
    kind: "Deployment",
    steps: [
      a(
        deployment({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" } } }, [
          container({ resources: { limits: { cpu: 1, memory: "1024Mi" } } }),
        ]),
      ),
      b({
        spec: {
          template: {
            spec: {
              containers: [{ name: "c", resources: { limits: { cpu: "1", memory: "1Gi" } } }],
            },
          },
        },
      }),
    ],
  },
  {
    name: "status by the resource, and the other way",
    kind: "Deployment",
    steps: [
      a({ ...deployment(), status: { replicas: 3 } }),
      a({ status: { replicas: 3 }, spec: { replicas: 9 } }, { subresource: "status" }),
      b({ status: { replicas: 4 } }, { subresource: "status" }),
      a(deployment({ replicas: 1 })),
      a({}, { subresource: "status" }),
    ],
  },
  {
    name: "conditions by type",
    kind: "Deployment",
    steps: [
      a(deployment()),
      a({ status: { conditions: [{ type: "A", status: "True" }] } }, { subresource: "status" }),
      b({ status: { conditions: [{ type: "B", status: "False" }] } }, { subresource: "status" }),
      b({ status: { conditions: [{ type: "A", status: "False" }] } }, { subresource: "status" }),
    ],
  },
  {
    name: "the status of what is absent",
    kind: "Deployment",
    steps: [a({ status: {} }, { subresource: "status" })],
  },
  {
    name: "scale",
    kind: "Deployment",
    steps: [
      a(deployment({ replicas: 2 })),
      { verb: "scale", manager: "s", body: { spec: { replicas: 3 } } },
      { verb: "scale", manager: "s", query: "force=true", body: { spec: { replicas: 3 } } },
      get,
      a(deployment({ replicas: 2 })),
      a(deployment()),
      get,
      { verb: "scale", manager: "t", body: { spec: { replicas: 3 } } },
      get,
      { verb: "scale", manager: "t", query: "force=true", body: { spec: { replicas: 4 } } },
      { verb: "scale", manager: "t", body: {} },
      get,
    ],
  },
  {
    name: "scale of replicas that nobody has named",
    kind: "Deployment",
    steps: [
      a(deployment()),
      { verb: "scale", manager: "s", body: { spec: { replicas: 3 } } },
      { verb: "scale", manager: "s", query: "force=true", body: { spec: { replicas: 3 } } },
      get,
      { verb: "merge", manager: "u", body: { spec: { replicas: 4 } }, bare: true },
      { verb: "scale", manager: "s", body: { spec: { replicas: 4 } } },
      get,
      { verb: "scale", manager: "s", body: { spec: { replicas: 5 } } },
      { verb: "scale", manager: "s", body: { spec: { replica: 5 } } },
      { verb: "scale", manager: "s", body: { spec: { replicas: -1 } }, query: "force=true" },
      { verb: "scale", body: { spec: { replicas: 4 } } },
    ],
  },
  {
    name: "a manager that updates the scale",
    kind: "Deployment",
    steps: [
      a(deployment({ replicas: 2 })),
      {
        verb: "merge",
        manager: "u",
        subresource: "scale",
        body: { spec: { replicas: 4 } },
        bare: true,
      },
      get,
      a(deployment({ replicas: 2 })),
      { verb: "scale", manager: "s", body: { spec: { replicas: 4 } } },
      get,
    ],
  },
  {
    name: "scale of what is absent",
    kind: "Deployment",
    steps: [{ verb: "scale", manager: "s", body: { spec: { replicas: 3 } } }],
  },
  {
    name: "from kubectl's client-side apply",
    kind: "Deployment",
    steps: [
      {
        verb: "create",
        manager: "kubectl-client-side-apply",
        body: {
          ...deployment({ replicas: 1 }),
          ...lastApplied({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { annotations: {}, name: "NAME", namespace: "default" },
            ...deployment({ replicas: 1 }),
          }),
        },
      },
      a(deployment({ replicas: 2 }), { manager: "kubectl" }),
      a(deployment({ replicas: 3 }), { manager: "kubectl" }),
    ],
  },
  {
    name: "from client-side apply, changed by others since",
    kind: "ConfigMap",
    steps: [
      {
        verb: "create",
        manager: "kubectl-client-side-apply",
        body: {
          data: { k: "1", l: "1" },
          ...lastApplied({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { annotations: {}, name: "NAME", namespace: "default" },
            data: { k: "1", l: "1" },
          }),
        },
      },
      { verb: "merge", manager: "u", body: { data: { k: "2" } }, bare: true },
      a({ data: { k: "3", l: "2" } }, { manager: "kubectl" }),
      a({ data: { l: "<2>" } }, { manager: "kubectl" }),
      b({ data: { l: "3" } }),
    ],
  },
  {
    name: "managers are reset",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1" } }),
      { verb: "merge", manager: "u", body: { metadata: { managedFields: [{}] } }, bare: true },
      b({ data: { k: "2" } }),
      b({ data: { k: "2" } }, force),
    ],
  },
  {
    name: "managers are reset by an empty list",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1" } }),
      { verb: "merge", manager: "u", body: { metadata: { managedFields: [] } }, bare: true },
      { verb: "merge", manager: "u", body: { data: { l: "1" } }, bare: true },
      a({ data: { k: "1" } }, { subresource: "" }),
    ],
  },
  {
    name: "many updaters",
    kind: "ConfigMap",
    steps: [
      a({ data: { k: "1" } }),
      ...Array.from(
        { length: 12 },
        (_, n): ApplyStep => ({
          verb: "merge",
          // By name they stand in the order in which they came.
          manager: `u${String(n).padStart(2, "0")}`,
          body: { data: { [`n${n}`]: "1" } },
          bare: true,
        }),
      ),
      b({ data: { k: "1" } }),
    ],
  },
];
