import assert from "node:assert/strict";
import type {
  AdmissionAttributes,
  AdmissionPlugin,
  ObjectTree,
} from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { defaultAdmissionPlugins } from "../../../../lib/apiserver/admission/admissionPlugins.js";
import { PlainPod } from "../../../../lib/apiserver/admission/plainPod.js";
import { admitted } from "../../../support/apiserver/admitted.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const namespace = "default";
const containers = [{ name: "c", image: "i", resources: { requests: { cpu: "1" } } }];
const isDefault = (kind: string) => ({
  annotations: { [`${kind}.kubernetes.io/is-default-class`]: "true" },
});

describe("mutating admission that runs twice", () => {
  let started: TestApiServer;
  let plugins: readonly AdmissionPlugin[];

  before(async () => {
    const enabled = ["AlwaysPullImages", "ExtendedResourceToleration"];
    started = await startTestApiServer({}, { admission: { enabled } });
    plugins = started.policy.admission;
    const { objects } = started.server;
    await objects.create("", "serviceaccounts", namespace, {
      ...{ metadata: { name: "default" }, imagePullSecrets: [{ name: "pull" }] },
    });
    await objects.create("", "limitranges", namespace, {
      metadata: { name: "l" },
      spec: { limits: [{ type: "Container", default: { memory: "1Gi" } }] },
    });
    const topology = { "topology.kubernetes.io/zone": "z" };
    await objects.create("", "nodes", "", { metadata: { name: "n", labels: topology } });
    await objects.create("node.k8s.io", "runtimeclasses", "", {
      metadata: { name: "vm" },
      handler: "vm",
      overhead: { podFixed: { cpu: "1" } },
      scheduling: { nodeSelector: { vm: "yes" }, tolerations: [{ key: "vm", operator: "Exists" }] },
    });
    await objects.create("storage.k8s.io", "storageclasses", "", {
      ...{ metadata: { name: "fast", ...isDefault("storageclass") }, provisioner: "example.com/p" },
    });
    await objects.create("networking.k8s.io", "ingressclasses", "", {
      metadata: { name: "web", ...isDefault("ingressclass") },
      spec: { controller: "example.com/c" },
    });
    await objects.create("scheduling.k8s.io", "priorityclasses", "", {
      ...{ metadata: { name: "usual" }, value: 7, globalDefault: true },
    });
  });
  after(() => started.stop());

  const cases: readonly (readonly [string, Parameters<typeof admitted>[0]])[] = [
    [
      "a pod",
      {
        ...{ operation: "CREATE", group: "", kind: "Pod", resource: "pods", namespace },
        object: { metadata: { name: "p" }, spec: { containers, runtimeClassName: "vm" } },
      },
    ],
    [
      "a pod on its node, with a device",
      {
        ...{ operation: "CREATE", group: "", kind: "Pod", resource: "pods", namespace },
        object: {
          metadata: { name: "p" },
          spec: {
            nodeName: "n",
            containers: [
              { name: "c", image: "i", resources: { requests: { "example.com/gpu": "1" } } },
            ],
          },
        },
      },
    ],
    [
      "a Binding",
      {
        ...{ operation: "CREATE", group: "", kind: "Binding", resource: "pods", namespace },
        ...{ subresource: "binding", object: { metadata: { name: "p" }, target: { name: "n" } } },
      },
    ],
    [
      "a node",
      {
        ...{ operation: "CREATE", group: "", kind: "Node", resource: "nodes" },
        object: { metadata: { name: "m" } },
      },
    ],
    [
      "a claim",
      {
        ...{ operation: "CREATE", group: "", kind: "PersistentVolumeClaim", namespace },
        ...{ resource: "persistentvolumeclaims", object: { metadata: { name: "c" }, spec: {} } },
      },
    ],
    [
      "an Ingress",
      {
        ...{ operation: "CREATE", group: "networking.k8s.io", kind: "Ingress", namespace },
        ...{ resource: "ingresses", object: { metadata: { name: "i" }, spec: {} } },
      },
    ],
    [
      "a Service with a node port",
      {
        ...{ operation: "CREATE", group: "", kind: "Service", resource: "services", namespace },
        object: { metadata: { name: "s" }, spec: { type: "NodePort", ports: [{ port: 80 }] } },
      },
    ],
  ];

  async function admit(attributes: AdmissionAttributes): Promise<string[]> {
    const changed: string[] = [];
    for (const plugin of plugins) {
      const { operation, group, resource, subresource } = attributes;
      if (!plugin.handles(operation, group, resource, subresource)) continue;
      const before = JSON.stringify(attributes.object);
      await plugin.admit?.(attributes);
      if (JSON.stringify(attributes.object) !== before) changed.push(plugin.name);
    }
    return changed;
  }

  const changing = new Set<string>();
  for (const [what, told] of cases) {
    it(`changes nothing of ${what} the second time`, async () => {
      const decide: ((committed: boolean) => unknown)[] = [];
      const attributes = admitted({
        ...{ ...told, object: structuredClone(told.object) as ObjectTree, name: "x" },
        onDecided: (hook) => void decide.push(hook),
      });
      const first = await admit(attributes);
      for (const name of first) changing.add(name);
      assert.ok(first.length > 0, "nothing has changed it the first time either");
      attributes.reinvocation.request();
      assert.ok(attributes.reinvocation.begin());
      assert.deepEqual(await admit(attributes), []);
      for (const hook of decide) await hook(false);
    });
  }

  it("was seen of every plugin that is on by default and changes new objects", () => {
    // These wait for what others do: a deletion, an approval, a quota's recount.
    const others = new Set(["NamespaceLifecycle", "ResourceQuota", "RbacEscalation"]);
    const mutating = plugins.filter(
      ({ name, admit: changes }) =>
        changes !== undefined && defaultAdmissionPlugins.includes(name) && !others.has(name),
    );
    assert.deepEqual(
      mutating.map(({ name }) => name).filter((name) => !changing.has(name)),
      [],
    );
  });

  it("adds nothing twice to a pod that stays native", async () => {
    const plainPod = new PlainPod({
      ...{ serviceAccountName: "", automountServiceAccountToken: undefined, priorityClassName: "" },
      ...{ tolerations: "[]", hasPullSecrets: false, isPrivileged: false },
    });
    const attributes = admitted({
      ...{ operation: "CREATE", group: "", kind: "Pod", resource: "pods", namespace, plainPod },
    });
    const wanted = ["ServiceAccount", "Priority", "DefaultTolerationSeconds"];
    const some = plugins.filter(({ name }) => wanted.includes(name));
    for (const plugin of some) await plugin.admit?.(attributes);
    const { volume, additions } = plainPod;
    const first = JSON.stringify(Object.assign({}, ...additions));
    for (const plugin of some) await plugin.admit?.(attributes);
    assert.equal(plainPod.volume, volume);
    assert.equal(JSON.stringify(Object.assign({}, ...plainPod.additions)), first);
  });
});

describe("a plugin that asks for the others to run again", () => {
  const order: string[] = [];
  const first: AdmissionPlugin = {
    name: "First",
    handles: (_operation, _group, resource) => resource === "configmaps",
    admit({ object, reinvocation: { isSecond } }) {
      const { data } = object as { data?: Record<string, string> };
      order.push(`first ${isSecond} ${Object.keys(data ?? {}).join()}`);
    },
  };
  const last: AdmissionPlugin = {
    name: "Last",
    handles: first.handles,
    admit({ object, reinvocation }) {
      order.push(`last ${reinvocation.isSecond}`);
      (object as { data?: Record<string, string> }).data = { added: "x" };
      reinvocation.request();
    },
    validate: () => void order.push("validate"),
  };

  it("has them see its work, once", async () => {
    const started = await startTestApiServer({}, {}, [first, last]);
    try {
      const map = { metadata: { name: "a" } };
      await started.server.objects.create("", "configmaps", namespace, map);
    } finally {
      await started.stop();
    }
    assert.deepEqual(order, [
      "first false ",
      "last false",
      "first true added",
      "last true",
      "validate",
    ]);
  });

  it("sees the newest object after a lost race, and asks anew", async () => {
    const seen: string[] = [];
    let server: TestApiServer | undefined;
    const racing: AdmissionPlugin = {
      name: "Racing",
      handles: (operation, _group, resource) => operation === "UPDATE" && resource === "configmaps",
      async admit({ oldObject, object, reinvocation }) {
        const { data } = oldObject as { data?: Record<string, string> };
        const isOwn = (object as { data?: Record<string, string> }).data?.own !== undefined;
        if (!isOwn) return;
        seen.push(`${reinvocation.isSecond} ${Object.keys(data ?? {}).join()}`);
        if (seen.length > 1) return;
        const other = { metadata: { name: "a" }, data: { other: "x" } };
        await server?.server.objects.update("", "configmaps", namespace, "a", other);
      },
    };
    const started = await startTestApiServer({}, {}, [racing]);
    server = started;
    try {
      const { objects } = started.server;
      await objects.create("", "configmaps", namespace, { metadata: { name: "a" } });
      const own = { metadata: { name: "a" }, data: { own: "x" } };
      await objects.update("", "configmaps", namespace, "a", own);
    } finally {
      await started.stop();
    }
    assert.deepEqual(seen, ["false ", "false other"]);
  });
});
