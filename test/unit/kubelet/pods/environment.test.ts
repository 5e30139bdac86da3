import assert from "node:assert/strict";
import type { Container, PodSpec, Service } from "../../../../lib/api/gen/types/coreV1.js";
import {
  ContainerConfigError,
  containerEnvironment,
  type EnvironmentSources,
} from "../../../../lib/kubelet/pods/environment.js";
import { expand } from "../../../../lib/kubelet/pods/expansion.js";
import { container, pod } from "../../../support/kubelet/kubeletObjects.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function service(name: string, namespace: string, clusterIP: string): Service {
  return {
    metadata: { name, namespace },
    spec: { clusterIP, ports: [{ name: "http", port: 80 }] },
  };
}

const sources: EnvironmentSources = {
  configMap: async (_namespace, name) =>
    name === "config" ? { metadata: { name }, data: { color: "blue", size: "1" } } : undefined,
  secret: async (_namespace, name) =>
    name === "secret" ? { metadata: { name }, data: { password: base64("pä$") } } : undefined,
  services: () => [
    service("kubernetes", "default", "10.0.0.1"),
    service("my-db", "app", "10.0.0.2"),
  ],
  allocatable: { cpuMilli: 4000, memoryBytes: 8 * 1024 ** 3, ephemeralStorageBytes: 1e9 },
};

async function environment(own: Partial<Container>, spec: Partial<PodSpec> = {}) {
  const wanted = container("main", own);
  const of = pod(
    { enableServiceLinks: false, nodeName: "n1", serviceAccountName: "robot", ...spec },
    {
      metadata: { namespace: "app", labels: { b: "2", a: 'x"y' }, annotations: { "a.io/k": "v" } },
      status: {
        podIP: "10.1.0.2",
        podIPs: [{ ip: "10.1.0.2" }, { ip: "fd00::2" }],
        hostIP: "10.9",
      },
    },
  );
  const all = await containerEnvironment(
    { ...of, spec: { ...of.spec, containers: [wanted] } },
    wanted,
    sources,
  );
  return Object.fromEntries([...all].filter(([name]) => !name.startsWith("KUBERNETES_")));
}

const field = (name: string, fieldPath: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
const amount = (name: string, resource: string, divisor?: string) => ({
  name,
  valueFrom: { resourceFieldRef: { resource, ...(divisor ? { divisor } : {}) } },
});

describe("containerEnvironment", () => {
  it("takes fields of the pod", async () => {
    const paths = [
      "metadata.name",
      "metadata.namespace",
      "metadata.uid",
      "metadata.labels",
      "metadata.labels['b']",
      "metadata.annotations['a.io/k']",
      "metadata.annotations['none']",
      "spec.nodeName",
      "spec.serviceAccountName",
      "status.podIP",
      "status.podIPs",
      "status.hostIP",
    ];
    const env = await environment({ env: paths.map((path) => field(path, path)) });
    assert.deepEqual(Object.values(env), [
      "web",
      "app",
      "u1",
      'a="x\\"y"\nb="2"',
      "2",
      "v",
      "",
      "n1",
      "robot",
      "10.1.0.2",
      "10.1.0.2,fd00::2",
      "10.9",
    ]);
  });

  it("rounds resources up to whole divisors, and gives the node's where no limit is set", async () => {
    const env = await environment({
      resources: { limits: { cpu: "250m", memory: "100Mi" }, requests: { memory: "64Mi" } },
      env: [
        amount("CPU", "limits.cpu"),
        amount("MILLI", "limits.cpu", "1m"),
        amount("MEMORY", "limits.memory", "1Mi"),
        amount("REQUEST", "requests.memory"),
        amount("DISK", "limits.ephemeral-storage", "1M"),
      ],
    });
    assert.deepEqual(env, {
      CPU: "1",
      MILLI: "250",
      MEMORY: "100",
      REQUEST: String(64 * 1024 ** 2),
      DISK: "1000",
    });
    const free = await environment({
      env: [amount("CPU", "limits.cpu"), amount("R", "requests.cpu")],
    });
    assert.deepEqual(free, { CPU: "4", R: "0" });
  });

  it("lets env win over envFrom, and later sources over earlier ones", async () => {
    const env = await environment({
      envFrom: [
        { configMapRef: { name: "config" } },
        { prefix: "S_", secretRef: { name: "secret" } },
        { configMapRef: { name: "none", optional: true } },
      ],
      env: [{ name: "color", value: "red" }],
    });
    assert.deepEqual(env, { color: "red", size: "1", S_password: "pä$" });
  });

  it("expands what stands before, and leaves the rest as written", async () => {
    const env = await environment({
      envFrom: [{ configMapRef: { name: "config" } }],
      env: [
        { name: "A", value: "$(color)-$(B)" },
        { name: "B", value: "$(A)!" },
        { name: "C", value: "$$(A)" },
      ],
    });
    assert.deepEqual([env.A, env.B, env.C], ["blue-$(B)", "blue-$(B)!", "$(A)"]);
  });

  it("leaves out optional keys that are missing", async () => {
    const env = await environment({
      env: [
        { name: "A", valueFrom: { configMapKeyRef: { name: "none", key: "k", optional: true } } },
        { name: "B", valueFrom: { secretKeyRef: { name: "secret", key: "k", optional: true } } },
      ],
    });
    assert.deepEqual(env, {});
  });

  const missing: [string, Partial<Container>][] = [
    ['configmap "none" not found', { envFrom: [{ configMapRef: { name: "none" } }] }],
    ['secret "none" not found', { envFrom: [{ secretRef: { name: "none" } }] }],
    [
      "couldn't find key k in ConfigMap app/config",
      { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "config", key: "k" } } }] },
    ],
    [
      "couldn't find key k in Secret app/secret",
      { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "secret", key: "k" } } }] },
    ],
  ];
  for (const [message, own] of missing) {
    it(`refuses: ${message}`, async () => {
      await assert.rejects(environment(own), new ContainerConfigError(message));
    });
  }

  it("tells of the API's Service always, and of the namespace's with service links", async () => {
    const wanted = container("main");
    const of = pod({ enableServiceLinks: false }, { metadata: { namespace: "app" } });
    const without = await containerEnvironment(of, wanted, sources);
    assert.equal(without.get("KUBERNETES_SERVICE_HOST"), "10.0.0.1");
    assert.equal(without.has("MY_DB_SERVICE_HOST"), false);
    const linked = { ...of, spec: { ...of.spec, enableServiceLinks: true } };
    const all = await containerEnvironment(linked, wanted, sources);
    const own = [...all].filter(([name]) => name.startsWith("MY_DB"));
    assert.deepEqual(Object.fromEntries(own), {
      MY_DB_SERVICE_HOST: "10.0.0.2",
      MY_DB_SERVICE_PORT: "80",
      MY_DB_SERVICE_PORT_HTTP: "80",
      MY_DB_PORT: "tcp://10.0.0.2:80",
      MY_DB_PORT_80_TCP: "tcp://10.0.0.2:80",
      MY_DB_PORT_80_TCP_PROTO: "tcp",
      MY_DB_PORT_80_TCP_PORT: "80",
      MY_DB_PORT_80_TCP_ADDR: "10.0.0.2",
    });
  });
});

describe("expand", () => {
  const cases: [string, string][] = [
    ["$(A)", "1"],
    ["$(A)$(B)", "12"],
    ["$(C)", "$(C)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$A", "$A"],
    ["$(A", "$(A"],
    ["$", "$"],
    ["$()", "$()"],
    ["$(X$(A)", "$(X$(A)"],
    ["a$(A)b", "a1b"],
  ];
  for (const [text, expected] of cases) {
    it(`${text} is ${expected}`, () => {
      assert.equal(
        expand(text, (name) => ({ A: "1", B: "2" })[name]),
        expected,
      );
    });
  }
});
