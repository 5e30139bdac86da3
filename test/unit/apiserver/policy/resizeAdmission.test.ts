import assert from "node:assert/strict";
import type {
  AdmissionAttributes,
  AdmissionPlugin,
  ObjectTree,
} from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { admitted } from "../../../support/apiserver/admitted.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const namespace = "tenant";

const pod = (requests: object, limits: object = requests, more: object = {}): ObjectTree => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace },
  spec: { containers: [{ name: "c", image: "i", resources: { requests, limits } }], ...more },
});

const isHere = (plugin: AdmissionPlugin, attributes: AdmissionAttributes): boolean => {
  const { operation, group, resource, subresource } = attributes;
  return plugin.handles(operation, group, resource, subresource);
};

/** Below the registry, which refuses resizes as long as no node carries them out. */
describe("admission of resizes", () => {
  let server: TestApiServer;

  before(async () => {
    server = await startTestApiServer();
    const { objects } = server.server;
    const make = (resource: string, name: string, more: object, where = namespace) =>
      objects.create("", resource, where, { metadata: { name }, ...more });
    await make("namespaces", namespace, {}, "");
    const quota = async (name: string, hard: Record<string, string>, scopes?: string[]) => {
      const used = Object.fromEntries(Object.keys(hard).map((key) => [key, "0"]));
      used["requests.cpu"] = "500m";
      await make("resourcequotas", name, { spec: { hard, ...(scopes ? { scopes } : {}) } });
      const made = await objects.get("", "resourcequotas", namespace, name);
      const counted = { ...made, status: { hard, used } };
      await objects.update("", "resourcequotas", namespace, name, counted, "status");
    };
    await quota("all", { "requests.cpu": "2" });
    await quota("ending", { "requests.cpu": "2" }, ["Terminating"]);
    await make("limitranges", "l", {
      spec: { limits: [{ type: "Container", max: { cpu: "3" }, default: { memory: "1Gi" } }] },
    });
  });

  after(() => server.stop());

  const attributesOf = (
    object: ObjectTree,
    oldObject: ObjectTree,
    subresource: string,
  ): { attributes: AdmissionAttributes; end: (committed: boolean) => Promise<void> } => {
    const ends: ((committed: boolean) => void | Promise<void>)[] = [];
    return {
      attributes: admitted({
        ...{ operation: "UPDATE", group: "", kind: "Pod", resource: "pods", subresource },
        ...{ namespace, name: "p", object, oldObject },
        onDecided: (callback) => void ends.push(callback),
      }),
      end: async (committed) => {
        for (const callback of ends) await callback(committed);
      },
    };
  };

  async function resize(object: ObjectTree, oldObject: ObjectTree, committed = true) {
    const { attributes, end } = attributesOf(object, oldObject, "resize");
    const wanted = server.policy.admission.filter((plugin) => isHere(plugin, attributes));
    for (const plugin of wanted) await plugin.admit?.(attributes);
    for (const plugin of wanted) await plugin.validate?.(attributes);
    await end(committed);
  }

  const used = async (name = "all"): Promise<unknown> => {
    const quota = await server.server.objects.get("", "resourcequotas", namespace, name);
    return (quota as { status?: { used?: Record<string, string> } }).status?.used?.["requests.cpu"];
  };

  it("charges a quota with what is more, and gives back what is less", async () => {
    await resize(pod({ cpu: "1500m" }), pod({ cpu: "500m" }));
    assert.equal(await used(), "1500m");
    await resize(pod({ cpu: "500m" }), pod({ cpu: "1500m" }));
    assert.equal(await used(), "500m");
  });

  it("refuses what is beyond the quota, and charges nothing then", async () => {
    await assert.rejects(resize(pod({ cpu: "2500m" }), pod({ cpu: "500m" })), {
      message: /exceeded quota: all, requested: requests\.cpu=2, used: requests\.cpu=500m/,
    });
    assert.equal(await used(), "500m");
    await resize(pod({ cpu: "1" }), pod({ cpu: "500m" }), false);
    assert.equal(await used(), "500m");
  });

  it("holds a resize to the limit range, and fills nothing in", async () => {
    await assert.rejects(resize(pod({ cpu: "1" }, { cpu: "64" }), pod({ cpu: "1" })), {
      message: /maximum cpu usage per Container is 3, but limit is 64/,
    });
    const wanted = pod({ cpu: "1" });
    await resize(wanted, pod({ cpu: "1" }));
    assert.deepEqual(wanted, pod({ cpu: "1" }));
  });

  it("looks at other updates of pods only where they change who counts them", async () => {
    const update = async (object: ObjectTree, oldObject: ObjectTree) => {
      const { attributes, end } = attributesOf(object, oldObject, "");
      const wanted = server.policy.admission.filter((plugin) => isHere(plugin, attributes));
      for (const plugin of wanted) await plugin.validate?.(attributes);
      await end(true);
    };
    // By the registry's rules nothing else of a pod changes what it takes.
    await update(pod({ cpu: "64" }), pod({ cpu: "1" }));
    assert.equal(await used(), "500m");
    await update(pod({ cpu: "1" }, { cpu: "1" }, { activeDeadlineSeconds: 9 }), pod({ cpu: "1" }));
    assert.deepEqual([await used(), await used("ending")], ["500m", "1500m"]);
  });
});
