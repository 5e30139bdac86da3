import assert from "node:assert/strict";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { type Change, setAt, type Tree, TwoWays } from "../../../support/apiserver/twoWays.js";

const long = (length: number): string => "a".repeat(length);

/** Values of a pod's fields, good and bad, plain and not; each pod has some of them. */
const podChanges: readonly Change[] = [
  ["metadata.name", "UPPER"],
  ["metadata.name", long(254)],
  ["metadata.name", "a.b-c"],
  ["metadata.namespace", "other"],
  ["metadata.generation", 7],
  ["metadata.resourceVersion", "0"],
  ["metadata.resourceVersion", "12"],
  ["metadata.uid", "mine"],
  ["metadata.creationTimestamp", "2020-01-01T00:00:00Z"],
  ["metadata.selfLink", "/x"],
  ["metadata.finalizers", ["example.com/kept"]],
  ["metadata.finalizers", ["kept"]],
  ["metadata.finalizers", []],
  ["metadata.labels", { app: "x", "example.com/tier": "web" }],
  ["metadata.labels", { "-a": "x" }],
  ["metadata.labels", { a: "not a value" }],
  ["metadata.labels", {}],
  ["metadata.annotations", { "Example.com/Key": "any text at all" }],
  ["metadata.annotations", { "a b": "x" }],
  ["metadata.annotations", { "kubernetes.io/config.mirror": "x" }],
  ["metadata.annotations", { "seccomp.security.alpha.kubernetes.io/pod": "x" }],
  ["metadata.annotations", { "container.apparmor.security.beta.kubernetes.io/c": "x" }],
  ["metadata.annotations", { "scheduler.alpha.kubernetes.io/critical-pod": "" }],
  ["metadata.annotations", { big: "x".repeat(256 * 1024) }],
  [
    "metadata.ownerReferences",
    [{ apiVersion: "apps/v1", kind: "R", name: "r", uid: "u", controller: true }],
  ],
  ["metadata.ownerReferences", [{ apiVersion: "", kind: "R", name: "r", uid: "u" }]],
  ["metadata.ownerReferences", [{ apiVersion: "a/b/c", kind: "R", name: "r", uid: "u" }]],
  ["metadata.ownerReferences", [{ apiVersion: "v1", kind: "Event", name: "r", uid: "u" }]],
  [
    "metadata.ownerReferences",
    [
      { apiVersion: "v1", kind: "R", name: "r", uid: "u" },
      { apiVersion: "v1", kind: "R", name: "r", uid: "u" },
    ],
  ],
  [
    "metadata.managedFields",
    [
      {
        manager: "m",
        operation: "Update",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": {} },
      },
    ],
  ],
  ["status", { phase: "Running" }],
  ["spec.restartPolicy", "Never"],
  ["spec.restartPolicy", "Sometimes"],
  ["spec.dnsPolicy", "Default"],
  ["spec.dnsPolicy", "None"],
  ["spec.dnsConfig", { nameservers: ["1.2.3.4"] }],
  ["spec.terminationGracePeriodSeconds", 0],
  ["spec.terminationGracePeriodSeconds", -5],
  ["spec.activeDeadlineSeconds", 5],
  ["spec.activeDeadlineSeconds", 0],
  ["spec.schedulerName", "mine"],
  ["spec.serviceAccountName", "builder"],
  ["spec.serviceAccountName", "Builder"],
  ["spec.serviceAccountName", "missing"],
  ["spec.serviceAccount", "builder"],
  ["spec.automountServiceAccountToken", false],
  ["spec.automountServiceAccountToken", true],
  ["spec.priorityClassName", "system-node-critical"],
  ["spec.priorityClassName", "missing"],
  ["spec.priority", 5],
  ["spec.priority", 0],
  ["spec.preemptionPolicy", "Never"],
  ["spec.preemptionPolicy", "PreemptLowerPriority"],
  ["spec.enableServiceLinks", false],
  ["spec.nodeName", "n"],
  ["spec.nodeName", "N"],
  ["spec.nodeSelector", { a: "b" }],
  ["spec.nodeSelector", { "beta.kubernetes.io/os": "linux" }],
  ["spec.hostNetwork", true],
  ["spec.hostUsers", false],
  ["spec.os", { name: "windows" }],
  ["spec.overhead", { cpu: "1" }],
  ["spec.runtimeClassName", "missing"],
  ["spec.hostname", "a.b"],
  ["spec.imagePullSecrets", [{ name: "s" }, { name: "s" }]],
  ["spec.tolerations", [{ operator: "Exists" }]],
  [
    "spec.tolerations",
    [
      {
        key: "node.kubernetes.io/not-ready",
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 1,
      },
    ],
  ],
  ["spec.securityContext", {}],
  ["spec.securityContext", { runAsUser: 1 }],
  ["spec.securityContext", { fsGroupChangePolicy: "OnRootMismatch" }],
  ["spec.schedulingGates", [{ name: "g" }]],
  ["spec.readinessGates", [{ conditionType: "example.com/ready" }]],
  [
    "spec.topologySpreadConstraints",
    [{ maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule" }],
  ],
  ["spec.affinity", { nodeAffinity: {} }],
  ["spec.hostAliases", [{ ip: "1.2.3.4" }, { ip: "1.2.3.4" }]],
  ["spec.resources", { limits: { cpu: "1" } }],
  ["spec.shareProcessNamespace", true],
  ["spec.ephemeralContainers", [{ name: "e", image: "i" }]],
  ["spec.initContainers", [{ name: "i", image: "init:1", volumeMounts: [] }]],
  ["spec.initContainers", [{ name: "c", image: "init:1" }]],
  ["spec.initContainers", [{ name: "i", image: "init:1", restartPolicy: "Always" }]],
  ["spec.containers", []],
  ["spec.volumes", [{ name: "v" }]],
  [
    "spec.volumes",
    [
      { name: "v", emptyDir: {} },
      { name: "v", emptyDir: {} },
    ],
  ],
  ["spec.volumes", [{ name: "v", emptyDir: { medium: "Memory" } }]],
  ["spec.volumes", [{ name: "v", emptyDir: { medium: "HugePages" } }]],
  ["spec.volumes", [{ name: "V", emptyDir: {} }]],
  ["spec.volumes", [{ name: "v", secret: { secretName: "s" } }]],
  ["spec.volumes", [{ name: "v", secret: { secretName: "s", defaultMode: 512 } }]],
  ["spec.volumes", [{ name: "v", secret: {} }]],
  ["spec.volumes", [{ name: "v", configMap: { name: "m" } }]],
  ["spec.volumes", [{ name: "v", configMap: { name: "m", items: [{ key: "a", path: "../b" }] } }]],
  ["spec.volumes", [{ name: "v", configMap: {} }]],
  ["spec.volumes", [{ name: "v", hostPath: { path: "/a/../b" } }]],
  ["spec.volumes", [{ name: "v", hostPath: { path: "/a" } }]],
  ["spec.volumes", [{ name: "v", emptyDir: {}, hostPath: { path: "/a" } }]],
  ["spec.volumes", [{ name: "v", persistentVolumeClaim: { claimName: "p" } }]],
  ["spec.volumes", [{ name: "kube-api-access-12345", emptyDir: {} }]],
  ["spec.containers.0.name", "c.d"],
  ["spec.containers.0.name", ""],
  ["spec.containers.0.image", ""],
  ["spec.containers.0.image", " a"],
  ["spec.containers.0.image", "ä:1"],
  ["spec.containers.0.image", "a@sha256:12"],
  ["spec.containers.0.image", "web"],
  ["spec.containers.0.imagePullPolicy", "Never"],
  ["spec.containers.0.imagePullPolicy", "Perhaps"],
  ["spec.containers.0.command", ["sh", "-c", ""]],
  ["spec.containers.0.args", []],
  ["spec.containers.0.workingDir", "/x"],
  ["spec.containers.0.stdin", true],
  ["spec.containers.0.tty", true],
  ["spec.containers.0.terminationMessagePath", "/t"],
  ["spec.containers.0.terminationMessagePolicy", "FallbackToLogsOnError"],
  ["spec.containers.0.terminationMessagePolicy", "Nothing"],
  ["spec.containers.0.restartPolicy", "Always"],
  ["spec.containers.0.securityContext", { privileged: true }],
  ["spec.containers.0.securityContext", {}],
  ["spec.containers.0.lifecycle", { preStop: { exec: { command: ["x"] } } }],
  ["spec.containers.0.livenessProbe", { httpGet: { port: 80 } }],
  ["spec.containers.0.readinessProbe", { tcpSocket: { port: "http" } }],
  ["spec.containers.0.envFrom", [{ configMapRef: { name: "m" } }]],
  ["spec.containers.0.env", [{ name: "A", value: "1" }, { name: "B" }]],
  [
    "spec.containers.0.env",
    [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ],
  ],
  ["spec.containers.0.env", [{ name: "A=B" }]],
  ["spec.containers.0.env", [{ name: "" }]],
  [
    "spec.containers.0.env",
    [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
  ],
  ["spec.containers.0.env", Array.from({ length: 70 }, (_, i) => ({ name: `A${i}` }))],
  ["spec.containers.0.ports", [{ containerPort: 80, name: "http" }, { containerPort: 81 }]],
  ["spec.containers.0.ports", [{ containerPort: 80 }, { containerPort: 80 }]],
  ["spec.containers.0.ports", [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }]],
  [
    "spec.containers.0.ports",
    [
      { containerPort: 80, name: "a" },
      { containerPort: 81, name: "a" },
    ],
  ],
  ["spec.containers.0.ports", [{ containerPort: 80, name: "80" }]],
  ["spec.containers.0.ports", [{ containerPort: 0 }]],
  ["spec.containers.0.ports", [{ containerPort: 70000 }]],
  ["spec.containers.0.ports", [{ containerPort: 80, hostPort: 80 }]],
  ["spec.containers.0.ports", [{ containerPort: 80, hostIP: "1.2.3.4" }]],
  ["spec.containers.0.ports", [{ containerPort: 80, protocol: "ICMP" }]],
  ["spec.containers.0.resources", { limits: { cpu: "1", memory: "64Mi" } }],
  ["spec.containers.0.resources", { limits: { cpu: "1", memory: "64Mi" }, requests: { cpu: "1" } }],
  ["spec.containers.0.resources", { requests: { cpu: "100m", memory: "1.5Gi" } }],
  ["spec.containers.0.resources", { requests: { cpu: "2" }, limits: { cpu: "1" } }],
  ["spec.containers.0.resources", { requests: { memory: "100m" } }],
  ["spec.containers.0.resources", { requests: { cpu: "-1" } }],
  ["spec.containers.0.resources", { requests: { cpu: "0" } }],
  ["spec.containers.0.resources", { requests: { cpu: "1e40" } }],
  ["spec.containers.0.resources", { limits: { "ephemeral-storage": "1Gi" } }],
  ["spec.containers.0.resources", { limits: { "example.com/gpu": "1" } }],
  ["spec.containers.0.resources", { limits: { apples: "1" } }],
  ["spec.containers.0.resources", { limits: { "hugepages-2Mi": "2Mi" } }],
  ["spec.containers.0.resources", {}],
  ["spec.containers.0.resizePolicy", [{ resourceName: "cpu", restartPolicy: "RestartContainer" }]],
  ["spec.containers.0.volumeMounts", [{ name: "v", mountPath: "/v" }]],
  ["spec.containers.0.volumeMounts", [{ name: "v", mountPath: "/v", readOnly: true }]],
  [
    "spec.containers.0.volumeMounts",
    [
      { name: "v", mountPath: "/v" },
      { name: "v", mountPath: "/v" },
    ],
  ],
  ["spec.containers.0.volumeMounts", [{ name: "v", mountPath: "/v", subPath: "../a" }]],
  [
    "spec.containers.0.volumeMounts",
    [{ name: "v", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
  ],
  ["spec.containers.1", { name: "second", image: "b:latest" }],
  ["spec.containers.1", { name: "c", image: "b" }],
  ["spec.containers.1", { name: "second", image: "b", ports: [{ containerPort: 80 }] }],
];

const mapChanges: readonly Change[] = [
  ["metadata.name", "Upper"],
  ["metadata.generation", 3],
  ["metadata.finalizers", ["orphan", "foregroundDeletion"]],
  ["metadata.labels", { a: "b" }],
  ["metadata.labels", { a: "b c" }],
  ["metadata.annotations", { "kubernetes.io/config.mirror": "fine here" }],
  ["immutable", true],
  ["immutable", false],
  ["data", { a: "b", "A-_.": "" }],
  ["data", { "a/b": "c" }],
  ["data", { "..a": "c" }],
  ["data", { ".": "c" }],
  ["data", {}],
  ["data", { big: "x".repeat(1024 * 1024) }],
  ["binaryData", { a: "AAAA" }],
  ["binaryData", { b: null }],
  ["binaryData", { "": "AAAA" }],
  ["binaryData", { big: "AAAA".repeat(180_000) }],
];

const eventChanges: readonly Change[] = [
  ["involvedObject", { kind: "Pod", name: "p", namespace: "other" }],
  ["involvedObject", { kind: "Node", name: "n" }],
  ["involvedObject", undefined],
  ["message", "text"],
  ["message", "x".repeat(1025)],
  ["reason", "Because"],
  ["count", 3],
  ["type", "Odd"],
  ["firstTimestamp", "2020-01-01T00:00:00Z"],
  ["eventTime", "2020-01-01T00:00:00.000001Z"],
  ["eventTime", null],
  ["reportingComponent", "example.com/x"],
  ["reportingComponent", "a b"],
  ["reportingInstance", "x"],
  ["reportingInstance", "x".repeat(129)],
  ["action", "Do"],
  ["related", { kind: "Pod", name: "q" }],
  ["metadata.labels", { a: "b c" }],
  ["metadata.annotations", { a: "b" }],
  ["metadata.generation", 2],
];

const leaseChanges: readonly Change[] = [
  ["spec", undefined],
  ["spec.holderIdentity", ""],
  ["spec.leaseDurationSeconds", 0],
  ["spec.leaseDurationSeconds", -1],
  ["spec.leaseTransitions", 0],
  ["spec.leaseTransitions", -1],
  ["spec.acquireTime", "2020-01-01T00:00:00.000001Z"],
  ["spec.renewTime", null],
  ["spec.strategy", "OldestEmulationVersion"],
  ["spec.strategy", "Odd"],
  ["spec.preferredHolder", "x"],
  ["metadata.finalizers", ["bare"]],
  ["metadata.name", "Upper"],
];

const podSpec = (): Tree => ({ containers: [{ name: "c", image: "web:1" }] });
const kinds = {
  pods: {
    message: "k8s.io.api.core.v1.Pod",
    changes: podChanges,
    base: () => ({ spec: podSpec() }),
  },
  configmaps: {
    message: "k8s.io.api.core.v1.ConfigMap",
    changes: mapChanges,
    base: () => ({ data: { kept: "text" } }),
  },
  events: {
    message: "k8s.io.api.core.v1.Event",
    changes: eventChanges,
    base: () => ({ involvedObject: { kind: "Pod", name: "p", namespace: "default" } }),
  },
  leases: {
    message: "k8s.io.api.coordination.v1.Lease",
    changes: leaseChanges,
    base: () => ({ spec: { holderIdentity: "me", leaseDurationSeconds: 5 } }),
  },
} as const satisfies Record<
  string,
  { message: string; changes: readonly Change[]; base: () => Tree }
>;

describe("creations of plain objects", () => {
  let both: TwoWays;

  before(async () => {
    both = await TwoWays.start();
  });
  after(async () => {
    await both?.stop();
  });

  for (const [resource, { message, changes, base }] of Object.entries(kinds)) {
    it(`give ${resource} what the full rules give`, async () => {
      const random = new SeededRandom(20261130);
      const version = resource === "leases" ? "apis/coordination.k8s.io/v1" : "api/v1";
      const path = `/${version}/namespaces/default/${resource}`;
      let plain = 0;
      const cases = [
        [],
        ...changes.map((change) => [change]),
        ...Array.from({ length: 2 * changes.length }, () =>
          Array.from({ length: 2 + random.below(3) }, () => changes[random.below(changes.length)]!),
        ),
      ];
      for (const [index, some] of cases.entries()) {
        const object: Tree = base();
        const isGenerated = index % 5 === 4;
        object.metadata = isGenerated ? { generateName: "gen-" } : { name: `x-${index}` };
        for (const [at, value] of some) setAt(object, at, value);
        const { object: decoded } = nativeCodec.decode(
          message,
          Buffer.from(JSON.stringify(object)),
          { format: "json" },
        );
        if (decoded?.plain() !== undefined) plain += 1;
        await both.same("POST", path, object);
      }
      // Enough of both kinds, or nothing was compared.
      assert.ok(plain > cases.length / 10, `${plain} of ${cases.length} are plain`);
      assert.ok(plain < cases.length * 0.9, `${plain} of ${cases.length} are plain`);
    });
  }

  it("of pods meet what namespaces, accounts and classes ask for", async () => {
    const core = "/api/v1/namespaces";
    const make = async (path: string, body: Tree): Promise<void> => {
      assert.match(await both.same("POST", path, body), /^201/, path);
    };
    const level = (mode: string, name: string) => ({
      [`pod-security.kubernetes.io/${mode}`]: name,
    });
    const namespaces: readonly (readonly [string, Tree])[] = [
      ["limited", {}],
      ["counted", {}],
      ["restricted", level("enforce", "restricted")],
      ["warned", level("warn", "restricted")],
      ["accounts", {}],
    ];
    for (const [name, labels] of namespaces) {
      await make(core, { metadata: { name, labels } });
      await make(`${core}/${name}/serviceaccounts`, { metadata: { name: "default" } });
    }
    const limits = [
      { type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "500m" } },
      { type: "Pod", max: { cpu: "1500m" } },
    ];
    await make(`${core}/limited/limitranges`, { metadata: { name: "l" }, spec: { limits } });
    const hard = { pods: "2", "requests.cpu": "1" };
    await make(`${core}/counted/resourcequotas`, { metadata: { name: "q" }, spec: { hard } });
    const used = { pods: "0", "requests.cpu": "0" };
    await both.same(
      "PATCH",
      `${core}/counted/resourcequotas/q/status`,
      { status: { hard, used } },
      "application/merge-patch+json",
    );
    const enforced = { "kubernetes.io/enforce-mountable-secrets": "true" };
    await make(`${core}/accounts/serviceaccounts`, {
      metadata: { name: "strict", annotations: enforced },
      imagePullSecrets: [{ name: "pull" }],
      automountServiceAccountToken: false,
    });
    const classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
    await make(classes, { metadata: { name: "usual" }, value: 7, globalDefault: true });
    const resources = { requests: { cpu: "300m" }, limits: { cpu: "2" } };
    const specs: readonly Tree[] = [
      podSpec(),
      { containers: [{ name: "c", image: "web:1", resources }] },
      { ...podSpec(), serviceAccountName: "strict" },
      {
        ...podSpec(),
        serviceAccountName: "strict",
        volumes: [{ name: "v", secret: { secretName: "other" } }],
      },
    ];
    let at = 0;
    for (const [namespace] of namespaces) {
      for (const spec of specs) {
        for (const query of ["?dryRun=All", "", ""]) {
          const body = { metadata: { name: `p-${at++}` }, spec };
          await both.same("POST", `${core}/${namespace}/pods${query}`, body);
        }
        const again = { metadata: { name: `p-${at - 1}` }, spec };
        await both.same("POST", `${core}/${namespace}/pods`, again);
      }
      const quotas = await both.same("GET", `${core}/${namespace}/resourcequotas`);
      assert.ok(quotas.startsWith("200"));
    }
    await both.same("DELETE", `${classes}/usual`);
  });

  it("make no tree of a plain pod for the plugins that are on by default", () => {
    const pod = { metadata: { name: "a" }, spec: podSpec() };
    const decode = (tree: Tree) =>
      nativeCodec.decode("k8s.io.api.core.v1.Pod", Buffer.from(JSON.stringify(tree)), {
        format: "json",
      }).object;
    assert.deepEqual(decode(pod)?.plain(), {
      name: "a",
      generateName: "",
      namespace: "",
      pod: {
        serviceAccountName: "",
        automountServiceAccountToken: undefined,
        priorityClassName: "",
        tolerations: "[]",
        hasPullSecrets: false,
        isPrivileged: false,
      },
    });
    assert.equal(decode({ ...pod, spec: { ...podSpec(), nodeName: "n" } })?.plain(), undefined);
  });
});
