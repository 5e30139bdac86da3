import assert from "node:assert/strict";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { StrategyTable } from "../../../../lib/apiserver/registry/strategies.js";
import type { StrategyContext } from "../../../../lib/apiserver/registry/strategy.js";
import { applyDefaults } from "../../../support/apiserver/applyDefaults.js";

const table = new StrategyTable({ allowPrivileged: false });

function contextOf(subresource = ""): StrategyContext {
  return { namespace: "n", name: "x", subresource, now: 0, userName: "u", warn: () => {} };
}

interface Accepted {
  group: string;
  kind: string;
  namespaced: boolean;
  object: () => ObjectTree;
}

const metadata = () => ({ name: "x", namespace: "n" });
const podSpec = () => ({ containers: [{ name: "c", image: "web:1" }] });
const workload = () => ({
  selector: { matchLabels: { app: "x" } },
  template: { metadata: { labels: { app: "x" } }, spec: podSpec() },
});

const kinds: Record<string, Accepted> = {
  pod: {
    group: "",
    kind: "Pod",
    namespaced: true,
    object: () => ({ metadata: metadata(), spec: podSpec() }),
  },
  deployment: {
    group: "apps",
    kind: "Deployment",
    namespaced: true,
    object: () => ({ metadata: metadata(), spec: workload() }),
  },
  replicaSet: {
    group: "apps",
    kind: "ReplicaSet",
    namespaced: true,
    object: () => ({ metadata: metadata(), spec: workload() }),
  },
  service: {
    group: "",
    kind: "Service",
    namespaced: true,
    object: () => ({ metadata: metadata(), spec: { ports: [{ port: 80 }] } }),
  },
  configMap: {
    group: "",
    kind: "ConfigMap",
    namespaced: true,
    object: () => ({ metadata: metadata(), data: { a: "b" } }),
  },
  secret: {
    group: "",
    kind: "Secret",
    namespaced: true,
    object: () => ({ metadata: metadata(), stringData: { a: "b" } }),
  },
  namespace: {
    group: "",
    kind: "Namespace",
    namespaced: false,
    object: () => ({ metadata: { name: "x" } }),
  },
  node: { group: "", kind: "Node", namespaced: false, object: () => ({ metadata: { name: "x" } }) },
  lease: {
    group: "coordination.k8s.io",
    kind: "Lease",
    namespaced: true,
    object: () => ({ metadata: metadata(), spec: { leaseDurationSeconds: 15 } }),
  },
  endpoints: {
    group: "",
    kind: "Endpoints",
    namespaced: true,
    object: () => ({
      metadata: metadata(),
      subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }],
    }),
  },
  endpointSlice: {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    namespaced: true,
    object: () => ({
      metadata: metadata(),
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"] }],
      ports: [{ port: 80 }],
    }),
  },
  event: {
    group: "",
    kind: "Event",
    namespaced: true,
    object: () => ({ metadata: metadata(), involvedObject: { namespace: "n" } }),
  },
};

function create(kind: string, change: (object: never) => void = () => {}): [ObjectTree, string[]] {
  const entry = kinds[kind]!;
  const object = entry.object();
  change(object as never);
  const strategy = table.strategyFor(entry);
  applyDefaults(strategy, object);
  strategy.prepareForCreate?.(object, contextOf());
  const errors = strategy.validateCreate?.(object, contextOf()) ?? [];
  return [object, errors.map(({ field, detail }) => `${field}: ${detail}`)];
}

function update(
  kind: string,
  change: (object: never) => void,
  subresource = "",
): [ObjectTree, string[]] {
  const entry = kinds[kind]!;
  const strategy = table.strategyFor(entry);
  const [old] = create(kind);
  (old.metadata as ObjectTree).resourceVersion = "1";
  const object = structuredClone(old);
  change(object as never);
  applyDefaults(strategy, object);
  strategy.prepareForUpdate?.(object, old, contextOf(subresource));
  const errors = strategy.validateUpdate?.(object, old, contextOf(subresource)) ?? [];
  return [object, errors.map(({ field, detail }) => `${field}: ${detail}`)];
}

/** [kind, what is done to a good object, the errors]. */
type Case = [string, string, (object: never) => void, string[]];
type Tree = { [key: string]: Tree } & Tree[];

const set =
  (path: string, value: unknown) =>
  (object: never): void => {
    const keys = path.split(".");
    let at = object as Record<string, unknown>;
    for (const key of keys.slice(0, -1)) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    const last = keys.at(-1)!;
    if (value === undefined) delete at[last];
    else at[last] = value;
  };

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const refusedAtCreate: Case[] = [
  [
    "pod",
    "no name",
    set("metadata.name", ""),
    ["metadata.name: Required value: name or generateName is required"],
  ],
  [
    "pod",
    "a bad name",
    set("metadata.name", "A_b"),
    [
      "metadata.name: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')".replaceAll(
        "\\\\",
        "\\",
      ),
    ],
  ],
  ["pod", "no containers", set("spec.containers", null), ["spec.containers: Required value"]],
  [
    "pod",
    "no image",
    set("spec.containers.0.image", ""),
    ["spec.containers[0].image: Required value"],
  ],
  [
    "pod",
    "a bad container name",
    set("spec.containers.0.name", "C"),
    [
      `spec.containers[0].name: Invalid value: "C": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
    ],
  ],
  [
    "pod",
    "two containers of one name",
    set("spec.containers.1", { name: "c", image: "i" }),
    ['spec.containers[1].name: Duplicate value: "c"'],
  ],
  [
    "pod",
    "an unknown restart policy",
    set("spec.restartPolicy", "Sometimes"),
    [
      `spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"`,
    ],
  ],
  [
    "pod",
    "privileged",
    set("spec.containers.0.securityContext", { privileged: true }),
    ["spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy"],
  ],
  [
    "pod",
    "a mount without volume",
    set("spec.containers.0.volumeMounts", [{ name: "v", mountPath: "/v" }]),
    ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    "pod",
    "a port of 0",
    set("spec.containers.0.ports", [{ containerPort: 0 }]),
    ["spec.containers[0].ports[0].containerPort: Required value"],
  ],
  [
    "pod",
    "a port too large",
    set("spec.containers.0.ports", [{ containerPort: 70000 }]),
    [
      "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ],
  ],
  [
    "pod",
    "requests beyond limits",
    set("spec.containers.0.resources", { limits: { cpu: "1" }, requests: { cpu: "1500m" } }),
    [
      `spec.containers[0].resources.requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1`,
    ],
  ],
  [
    "pod",
    "a probe without handler",
    set("spec.containers.0.livenessProbe", {}),
    ["spec.containers[0].livenessProbe: Required value: must specify a handler type"],
  ],
  [
    "pod",
    "two volume sources",
    set("spec.volumes", [{ name: "v", emptyDir: {}, secret: { secretName: "s" } }]),
    ["spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type"],
  ],
  [
    "pod",
    "a backstep in a host path",
    set("spec.volumes", [{ name: "v", hostPath: { path: "/a/../b" } }]),
    ["spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"],
  ],
  [
    "deployment",
    "no selector",
    set("spec.selector", null),
    [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    ],
  ],
  [
    "deployment",
    "a selector that misses",
    set("spec.selector", { matchLabels: { app: "y" } }),
    [
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: ' +
        "`selector` does not match template `labels`",
    ],
  ],
  [
    "deployment",
    "negative replicas",
    set("spec.replicas", -1),
    ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
  ],
  [
    "deployment",
    "no progress possible",
    set("spec.strategy", { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }),
    [
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ],
  ],
  [
    "deployment",
    "a finite template",
    set("spec.template.spec.restartPolicy", "Never"),
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  ["service", "no ports", set("spec.ports", null), ["spec.ports: Required value"]],
  [
    "service",
    "two ports without names",
    set("spec.ports", [{ port: 1 }, { port: 2 }]),
    ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
  ],
  [
    "service",
    "an unknown type",
    set("spec.type", "X"),
    [
      `spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"`,
    ],
  ],
  [
    "configMap",
    "a bad key",
    set("data", { "a b": "" }),
    [
      "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
  ],
  [
    "configMap",
    "too much",
    set("data", { a: "x".repeat(1024 * 1024 + 1) }),
    ["[]: Too long: may not be more than 1048576 bytes"],
  ],
  [
    "secret",
    "a TLS secret without key",
    set("type", "kubernetes.io/tls"),
    ["data[tls.crt]: Required value", "data[tls.key]: Required value"],
  ],
  [
    "namespace",
    "a namespace in a namespace",
    set("metadata.namespace", "n"),
    ["metadata.namespace: Forbidden: not allowed on this type"],
  ],
  [
    "lease",
    "no duration",
    set("spec.leaseDurationSeconds", 0),
    ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
  ],
  [
    "endpoints",
    "a loopback address",
    set("subsets.0.addresses.0.ip", "127.0.0.1"),
    [
      `subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)`,
    ],
  ],
  [
    "endpointSlice",
    "the other family",
    set("addressType", "IPv6"),
    ['endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address'],
  ],
  [
    "event",
    "another namespace",
    set("involvedObject.namespace", "m"),
    ['involvedObject.namespace: Invalid value: "m": does not match event.namespace'],
  ],
  [
    "node",
    "a taint without effect",
    set("spec.taints", [{ key: "a" }]),
    ["metadata.taints[0].effect: Required value"],
  ],
];

describe("strategies at creation", () => {
  for (const kind of Object.keys(kinds)) {
    it(`accepts a plain ${kind}`, () => {
      assert.deepEqual(create(kind)[1], []);
    });
  }
  for (const [kind, what, change, expected] of refusedAtCreate) {
    it(`refuses a ${kind} with ${what}`, () => {
      assert.deepEqual(create(kind, change)[1], expected);
    });
  }

  it("fills in a pod's defaults", () => {
    const [pod] = create("pod", set("spec.containers.0.ports", [{ containerPort: 80 }]));
    assert.deepEqual(pod.spec, {
      containers: [
        {
          name: "c",
          image: "web:1",
          ports: [{ containerPort: 80, protocol: "TCP" }],
          resources: {},
          imagePullPolicy: "IfNotPresent",
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
        },
      ],
      enableServiceLinks: true,
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: "default-scheduler",
    });
    assert.deepEqual(pod.status, { phase: "Pending", qosClass: "BestEffort" });
  });

  it("pulls always what has no tag or the tag latest", () => {
    const images = ["a", "a:latest", "host:5000/a", "a:1", "a@sha256:0", "host:5000/a:1"];
    const policies = images.map((image) => {
      const [pod] = create("pod", set("spec.containers.0.image", image));
      return (pod as Tree).spec!.containers![0]!.imagePullPolicy as unknown;
    });
    const [always, once] = ["Always", "IfNotPresent"];
    assert.deepEqual(policies, [always, always, always, once, once, once]);
  });

  it("warns of what is hardly meant", () => {
    const entry = kinds.deployment!;
    const object = entry.object();
    set("spec.template.spec.containers.0.env", [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ])(object as never);
    const port = { containerPort: 80, protocol: "TCP" };
    set("spec.template.spec.containers.0.ports", [port, port])(object as never);
    const warnings: string[] = [];
    const context = { ...contextOf(), warn: (message: string) => warnings.push(message) };
    applyDefaults(table.strategyFor(entry), object);
    const errors = table.strategyFor(entry).validateCreate?.(object, context);
    assert.deepEqual(errors, []);
    const path = "spec.template.spec.containers[0]";
    assert.deepEqual(warnings, [
      `${path}.env[1]: hides previous definition of "A", which may be dropped when using apply`,
      `${path}.ports[1]: duplicate port definition with ${path}.ports[0]`,
    ]);
  });

  it("turns stringData into data", () => {
    const [secret] = create("secret");
    assert.deepEqual(secret.data, { a: "Yg==" });
    assert.equal(secret.stringData, undefined);
    assert.equal(secret.type, "Opaque");
  });

  it("gives a namespace its finalizer, phase and label", () => {
    const [namespace] = create("namespace");
    assert.deepEqual(namespace, {
      metadata: { name: "x", labels: { "kubernetes.io/metadata.name": "x" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  });
});

const refusedAtUpdate: Case[] = [
  ["pod", "another command", set("spec.containers.0.command", ["x"]), ["spec"]],
  [
    "pod",
    "one container more",
    set("spec.containers.1", { name: "d", image: "i" }),
    ["spec.containers"],
  ],
  ["pod", "another uid", set("metadata.uid", "u"), ["metadata.uid"]],
  ["pod", "another name", set("metadata.name", "y"), ["metadata.name"]],
  [
    "deployment",
    "another selector",
    (object) => {
      set("spec.selector.matchLabels.app", "y")(object);
      set("spec.template.metadata.labels.app", "y")(object);
    },
    ["spec.selector"],
  ],
  ["secret", "another type", set("type", "x"), ["type"]],
  ["endpointSlice", "another type", set("addressType", "FQDN"), ["addressType"]],
];

describe("strategies at update", () => {
  for (const [kind, what, change, fields] of refusedAtUpdate) {
    it(`refuses a ${kind} with ${what}`, () => {
      const [, errors] = update(kind, change);
      assert.deepEqual([...new Set(errors.map((error) => error.split(":")[0]))], fields);
    });
  }

  it("lets a pod have another image, a shorter life and more tolerations", () => {
    const [pod, errors] = update("pod", (object) => {
      set("spec.containers.0.image", "web:2")(object);
      set("spec.activeDeadlineSeconds", 10)(object);
      set("spec.tolerations", [{ key: "a", operator: "Exists" }])(object);
    });
    assert.deepEqual(errors, []);
    assert.equal((pod.metadata as ObjectTree).generation, 2);
  });

  it("keeps status and spec apart", () => {
    const change = (object: never): void => {
      set("spec.replicas", 7)(object);
      set("status.replicas", 3)(object);
    };
    const [main] = update("deployment", change);
    assert.equal((main as Tree).spec!.replicas, 7);
    assert.equal(main.status, undefined);
    assert.equal((main as Tree).metadata!.generation, 2);
    const [status] = update("deployment", change, "status");
    assert.equal((status as Tree).spec!.replicas, 1);
    assert.equal((status as Tree).status!.replicas, 3);
    assert.equal((status as Tree).metadata!.generation, 1);
  });

  it("keeps immutable data", () => {
    const strategy = table.strategyFor(kinds.configMap!);
    const old = {
      metadata: { ...metadata(), resourceVersion: "1" },
      immutable: true,
      data: { a: "b" },
    };
    const object = { ...structuredClone(old), data: { a: "c" } };
    const errors = strategy.validateUpdate?.(object, old, contextOf()) ?? [];
    const expected = {
      type: "FieldValueForbidden",
      field: "data",
      detail: "Forbidden: field is immutable when `immutable` is set",
    };
    assert.deepEqual(errors, [expected]);
  });
});

describe("graceful deletion of pods", () => {
  const strategy = table.strategyFor(kinds.pod!);
  const pod = (change: Record<string, unknown>): ObjectTree => ({
    metadata: metadata(),
    spec: { ...podSpec(), terminationGracePeriodSeconds: 30, nodeName: "m" },
    ...change,
  });
  const cases: [string, ObjectTree, number | undefined, number][] = [
    ["as the spec says", pod({}), undefined, 30],
    ["as asked", pod({}), 5, 5],
    ["at once when asked", pod({}), 0, 0],
    ["one second for less than none", pod({}), -1, 1],
    ["at once when it never ran", pod({ spec: podSpec() }), 30, 0],
    ["at once when it ended", pod({ status: { phase: "Succeeded" } }), 30, 0],
  ];
  for (const [what, object, requested, seconds] of cases) {
    it(`happens ${what}`, () => {
      assert.equal(strategy.graceSeconds?.(object, requested), seconds);
    });
  }
});
