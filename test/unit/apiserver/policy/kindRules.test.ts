import assert from "node:assert/strict";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { StrategyTable } from "../../../../lib/apiserver/registry/strategies.js";
import type { StrategyContext } from "../../../../lib/apiserver/registry/strategy.js";
import { applyDefaults } from "../../../support/apiserver/applyDefaults.js";

const table = new StrategyTable({ allowPrivileged: false });
const context = (subresource = ""): StrategyContext => ({
  namespace: "n",
  name: "x",
  subresource,
  now: 0,
  userName: "jane",
  user: { name: "jane", uid: "", groups: ["g"], extra: {} },
  warn: () => {},
});

const meta = { name: "x", namespace: "n", uid: "u" };
const template = {
  metadata: { labels: { app: "x" } },
  spec: { containers: [{ name: "c", image: "web:1" }] },
};
const selector = { matchLabels: { app: "x" } };
const jobTemplate = { spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } };
const request = Buffer.from("-----BEGIN CERTIFICATE REQUEST-----\n").toString("base64");
const rbac = "rbac.authorization.k8s.io";

/** A good object of each kind, without its metadata. */
const good: Record<string, { group: string; object: object; namespaced?: false }> = {
  DaemonSet: { group: "apps", object: { spec: { selector, template } } },
  StatefulSet: { group: "apps", object: { spec: { selector, template, serviceName: "s" } } },
  Job: { group: "batch", object: jobTemplate },
  CronJob: { group: "batch", object: { spec: { schedule: "*/5 * * * mon-fri", jobTemplate } } },
  ReplicationController: { group: "", object: { spec: { template } } },
  LimitRange: { group: "", object: { spec: { limits: [{ type: "Container" }] } } },
  ResourceQuota: { group: "", object: { spec: { hard: { pods: "1" } } } },
  PersistentVolumeClaim: {
    group: "",
    object: {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
  },
  PersistentVolume: {
    group: "",
    namespaced: false,
    object: {
      spec: {
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "1Gi" },
        hostPath: { path: "/v" },
      },
    },
  },
  Role: {
    group: rbac,
    object: { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }] },
  },
  RoleBinding: {
    group: rbac,
    object: {
      subjects: [{ kind: "User", name: "j" }],
      roleRef: { kind: "ClusterRole", name: "view" },
    },
  },
  PodDisruptionBudget: { group: "policy", object: { spec: { minAvailable: 1, selector } } },
  HorizontalPodAutoscaler: {
    group: "autoscaling",
    object: { spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "d" } } },
  },
  PriorityClass: {
    group: "scheduling.k8s.io",
    namespaced: false,
    object: { value: 5 },
  },
  StorageClass: {
    group: "storage.k8s.io",
    namespaced: false,
    object: { provisioner: "example.com/p" },
  },
  RuntimeClass: { group: "node.k8s.io", namespaced: false, object: { handler: "runc" } },
  NetworkPolicy: { group: "networking.k8s.io", object: { spec: { egress: [{}] } } },
  Ingress: {
    group: "networking.k8s.io",
    object: { spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } },
  },
  IPAddress: {
    group: "networking.k8s.io",
    namespaced: false,
    object: {
      metadata: { name: "2001:db8::1", uid: "u" },
      spec: { parentRef: { resource: "services", namespace: "n", name: "s" } },
    },
  },
  ServiceCIDR: {
    group: "networking.k8s.io",
    namespaced: false,
    object: { spec: { cidrs: ["10.1.0.0/16"] } },
  },
  CertificateSigningRequest: {
    group: "certificates.k8s.io",
    namespaced: false,
    object: { spec: { request, signerName: "kubernetes.io/kubelet-serving", usages: ["any"] } },
  },
};

function objectOf(kind: string, change: object): ObjectTree {
  const { object, namespaced } = good[kind] as (typeof good)[string];
  const { namespace: _none, ...clusterMeta } = meta;
  const metadata = namespaced === false ? clusterMeta : meta;
  return structuredClone({ metadata, ...object, ...change });
}

function strategyOf(kind: string) {
  const { group, namespaced } = good[kind] as (typeof good)[string];
  return table.strategyFor({ group, kind, namespaced: namespaced ?? true });
}

function create(kind: string, change: object = {}): { object: ObjectTree; errors: string[] } {
  const object = objectOf(kind, change);
  const strategy = strategyOf(kind);
  applyDefaults(strategy, object);
  strategy.prepareForCreate?.(object, context());
  const errors = strategy.validateCreate?.(object, context()) ?? [];
  return { object, errors: errors.map(({ field, detail }) => `${field}: ${detail}`) };
}

function update(kind: string, change: object, subresource = ""): string[] {
  const strategy = strategyOf(kind);
  const old = create(kind).object;
  (old.metadata as { resourceVersion?: string }).resourceVersion = "1";
  const object = structuredClone({ ...old, ...change });
  applyDefaults(strategy, object);
  strategy.prepareForUpdate?.(object, old, context(subresource));
  const errors = strategy.validateUpdate?.(object, old, context(subresource)) ?? [];
  return errors.map(({ field, detail }) => `${field}: ${detail}`);
}

const job = (spec: object): object => ({ spec: { ...jobTemplate.spec, ...spec } });
const cron = (schedule: string): object => ({ spec: { schedule, jobTemplate } });
const always = { spec: { template: { spec: template.spec } } };

const refused: [string, string, object, string[]][] = [
  [
    "ResourceQuota",
    "what no quota counts, and parts of objects",
    { spec: { hard: { foo: "1", storage: "1", pods: "1.5", "count/foos.x.io": "2" } } },
    [
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
      'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
      'spec.hard[pods]: Invalid value: "1.5": must be an integer',
    ],
  ],
  [
    "ResourceQuota",
    "pods by the class of claims",
    { spec: { hard: { pods: "1", "requests.storage": "1Gi" }, scopes: ["VolumeAttributesClass"] } },
    [
      'spec.scopes: Invalid value: ["VolumeAttributesClass"]: ' +
        "unsupported scope applied to resource",
    ],
  ],
  [
    "IPAddress",
    "a name that is no address",
    { metadata: { name: "x" } },
    [
      'metadata.name: Invalid value: "x": ' +
        "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
    ],
  ],
  [
    "IPAddress",
    "another spelling, and nobody who holds it",
    { metadata: { name: "2001:DB8::1" }, spec: {} },
    [
      'metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
      "spec.parentRef: Required value",
    ],
  ],
  [
    "IPAddress",
    "a holder without resource and name",
    { spec: { parentRef: { group: "A", namespace: "a/b" } } },
    [
      'spec.parentRef.group: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of ' +
        "lower case alphanumeric characters, '-' or '.', and must start and end with an " +
        "alphanumeric character (e.g. 'example.com', regex used for validation is " +
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "spec.parentRef.resource: Required value",
      "spec.parentRef.name: Required value",
      "spec.parentRef.namespace: Invalid value: \"a/b\": may not contain '/'",
    ],
  ],
  [
    "ServiceCIDR",
    "no range",
    { spec: {} },
    ["spec.cidrs: Required value: at least one CIDR required"],
  ],
  [
    "ServiceCIDR",
    "an address, and twice the same family",
    { spec: { cidrs: ["10.1.0.1/16", "10.2.0.0/16"] } },
    [
      'spec.cidrs[0]: Invalid value: "10.1.0.1/16": must not have bits set beyond the prefix length',
      'spec.cidrs: Invalid value: ["10.1.0.1/16","10.2.0.0/16"]: may specify no more than one IP ' +
        "for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
    ],
  ],
  [
    "Job",
    "pods that never end",
    always,
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    "Job",
    "negative parallelism",
    job({ parallelism: -1 }),
    ["spec.parallelism: Invalid value: -1: must be greater than or equal to 0"],
  ],
  [
    "Job",
    "indexes without a count",
    job({ completionMode: "Indexed", parallelism: 1 }),
    ["spec.completions: Required value: when completion mode is Indexed"],
  ],
  [
    "CronJob",
    "too few fields",
    cron("* * *"),
    ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]'],
  ],
  [
    "CronJob",
    "an impossible minute",
    cron("61 * * * *"),
    ['spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61'],
  ],
  [
    "CronJob",
    "a zone in the schedule",
    cron("TZ=UTC 0 0 * * *"),
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": ' +
        "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
    ],
  ],
  [
    "CronJob",
    "a zone of another case",
    { spec: { schedule: "@daily", timeZone: "europe/berlin", jobTemplate } },
    ['spec.timeZone: Invalid value: "europe/berlin": unknown time zone europe/berlin'],
  ],
  [
    "CronJob",
    "a zone that is only Intl's",
    { spec: { schedule: "@daily", timeZone: "PST", jobTemplate } },
    ['spec.timeZone: Invalid value: "PST": unknown time zone PST'],
  ],
  [
    "CronJob",
    "an interval without a unit",
    cron("@every 5"),
    [
      'spec.schedule: Invalid value: "@every 5": failed to parse duration @every 5: ' +
        'time: missing unit in duration "5"',
    ],
  ],
  [
    "DaemonSet",
    "both surge and unavailable",
    { spec: { selector, template, updateStrategy: { rollingUpdate: { maxSurge: 1 } } } },
    [
      "spec.updateStrategy.rollingUpdate.maxSurge: " +
        "Invalid value: 1: may not be set when maxUnavailable is non-zero",
    ],
  ],
  [
    "StatefulSet",
    "no selector",
    { spec: { template, serviceName: "s" } },
    [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    ],
  ],
  [
    "Role",
    "no verbs",
    { rules: [{ apiGroups: [""], resources: ["pods"] }] },
    ["rules[0].verbs: Required value"],
  ],
  [
    "RoleBinding",
    "an unknown kind of role",
    { roleRef: { kind: "Thing", name: "x" } },
    ['roleRef.kind: Unsupported value: "Thing": supported values: "Role", "ClusterRole"'],
  ],
  [
    "PodDisruptionBudget",
    "both bounds",
    { spec: { minAvailable: 1, maxUnavailable: 1 } },
    [
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: ' +
        "minAvailable and maxUnavailable cannot be both set",
    ],
  ],
  [
    "PriorityClass",
    "a value of the system",
    { value: 1_000_000_001 },
    ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
  ],
  [
    "PersistentVolumeClaim",
    "no access mode",
    { spec: { resources: { requests: { storage: "1Gi" } } } },
    ["spec.accessModes: Required value: at least 1 access mode is required"],
  ],
  [
    "PersistentVolume",
    "no source",
    { spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1" } } },
    ["spec: Required value: must specify a volume type"],
  ],
  [
    "HorizontalPodAutoscaler",
    "fewer at most than at least",
    {
      spec: { minReplicas: 5, maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "d" } },
    },
    ["spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`"],
  ],
  [
    "Ingress",
    "nothing to serve",
    { spec: {} },
    ["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"],
  ],
  [
    "LimitRange",
    "a minimum above the maximum",
    { spec: { limits: [{ type: "Pod", min: { cpu: "2" }, max: { cpu: "1" } }] } },
    ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
  ],
  [
    "CertificateSigningRequest",
    "no usages",
    { spec: { request, signerName: "a.b/c" } },
    ["spec.usages: Required value"],
  ],
];

describe("rules of more kinds", () => {
  for (const kind of Object.keys(good)) {
    it(`accept a plain ${kind}`, () => {
      assert.deepEqual(create(kind).errors, []);
      assert.deepEqual(update(kind, {}), []);
    });
  }
  for (const [kind, what, change, expected] of refused) {
    it(`refuse a ${kind} with ${what}`, () => {
      assert.deepEqual(create(kind, change).errors, expected);
    });
  }

  it("give a job the selector of its own pods", () => {
    const { object } = create("Job");
    const spec = object.spec as Record<string, Record<string, unknown>>;
    assert.deepEqual(spec.selector, { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } });
    const metadata = spec.template?.metadata as { labels: object };
    assert.deepEqual(metadata.labels, {
      "batch.kubernetes.io/job-name": "x",
      "batch.kubernetes.io/controller-uid": "u",
      "job-name": "x",
      "controller-uid": "u",
    });
    assert.equal(spec.backoffLimit, 6);
    assert.equal(spec.completionMode, "NonIndexed");
    assert.equal(spec.completions, 1);
  });

  it("say who asked for a certificate", () => {
    const { object } = create("CertificateSigningRequest", {
      spec: { request, signerName: "a.b/c", usages: ["any"], username: "root", groups: ["x"] },
    });
    const spec = object.spec as { username: string; groups: string[] };
    assert.equal(spec.username, "jane");
    assert.deepEqual(spec.groups, ["g"]);
  });

  it("default policies, autoscalers and limits", () => {
    const policy = create("NetworkPolicy").object.spec as { policyTypes: string[] };
    assert.deepEqual(policy.policyTypes, ["Ingress", "Egress"]);
    const autoscaler = create("HorizontalPodAutoscaler").object.spec as { minReplicas: number };
    assert.equal(autoscaler.minReplicas, 1);
    const limits = [{ type: "Container", max: { cpu: "2" }, min: { cpu: "1" } }];
    const range = create("LimitRange", { spec: { limits } }).object.spec as {
      limits: { default: object; defaultRequest: object }[];
    };
    assert.deepEqual(range.limits[0]?.default, { cpu: "2" });
    assert.deepEqual(range.limits[0]?.defaultRequest, { cpu: "2" });
  });

  const fixed: [string, object, string[]][] = [
    ["RoleBinding", { roleRef: { kind: "ClusterRole", name: "edit" } }, ["roleRef"]],
    ["PriorityClass", { value: 6 }, ["value"]],
    ["StorageClass", { provisioner: "example.com/q" }, ["provisioner"]],
    ["RuntimeClass", { handler: "other" }, ["handler"]],
    [
      "IPAddress",
      { spec: { parentRef: { resource: "services", name: "other" } } },
      ["spec.parentRef"],
    ],
    ["ServiceCIDR", { spec: { cidrs: ["10.9.0.0/16"] } }, ["spec.cidrs[0]"]],
    ["ServiceCIDR", { spec: { cidrs: [] } }, ["spec.cidrs"]],
    ["StatefulSet", { spec: { selector, template, serviceName: "other" } }, ["spec.serviceName"]],
    [
      "PersistentVolumeClaim",
      {
        spec: { accessModes: ["ReadOnlyMany"], resources: { requests: { storage: "1Gi" } } },
      },
      ["spec"],
    ],
  ];
  for (const [kind, change, fields] of fixed) {
    it(`refuse another ${fields[0]} of a ${kind}`, () => {
      const found = update(kind, change).map((error) => error.split(":")[0]);
      assert.deepEqual([...new Set(found)], fields);
    });
  }
});
