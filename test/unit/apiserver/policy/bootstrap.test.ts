import assert from "node:assert/strict";
import { parseCidr } from "../../../../lib/api/ipAddress.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import type { AuthorizationAttributes } from "../../../../lib/apiserver/authorization/authorizer.js";
import { NodeAuthorizer } from "../../../../lib/apiserver/authorization/nodeAuthorizer.js";
import { RbacAuthorizer } from "../../../../lib/apiserver/authorization/rbacAuthorizer.js";
import { Bootstrap } from "../../../../lib/apiserver/bootstrap/bootstrap.js";
import { ObjectWriter } from "../../../../lib/apiserver/bootstrap/objectWriter.js";
import { nodeRules } from "../../../../lib/apiserver/bootstrap/rbacPolicy.js";
import { systemObjects } from "../../../../lib/apiserver/bootstrap/systemObjects.js";
import { ServerCaches } from "../../../../lib/apiserver/cache/serverCaches.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../../lib/storage/storage.js";
import { claimsRepair } from "../../../support/apiserver/claimsRepair.js";

const { clock, random } = nodePlatform;

function asked(
  name: string,
  groups: string[],
  what: Partial<AuthorizationAttributes>,
): AuthorizationAttributes {
  return {
    user: { name, uid: "", groups, extra: {} },
    verb: "get",
    isResourceRequest: true,
    group: "",
    version: "v1",
    resource: "pods",
    subresource: "",
    namespace: "n",
    name: "",
    path: "",
    ...what,
  };
}

describe("a fresh server's objects", () => {
  let storage: Storage;
  let caches: ServerCaches;
  let bootstrap: Bootstrap;

  const put = async (key: string, messageType: string, object: object): Promise<void> => {
    const bytes = Buffer.from(JSON.stringify(object));
    const decoded = nativeCodec.decode(messageType, bytes, { format: "json" });
    assert.ok(decoded.object, JSON.stringify(decoded));
    const operation = { type: "put", key, value: decoded.object.stored() } as const;
    await storage.transact({ compare: [], success: [operation] });
  };

  before(async () => {
    storage = await openEmbeddedStorage({ clock });
    caches = new ServerCaches(storage);
    const range = parseCidr("10.10.0.0/16");
    assert.ok(range);
    const deps = { storage, codec: nativeCodec, clock, random };
    bootstrap = new Bootstrap(deps, {
      claims: claimsRepair(deps, [range]),
      service: {
        ranges: [range],
        advertiseAddress: "10.0.0.9",
        securePort: 6443,
        reconciler: "lease",
      },
      authentication: { clientCertificateAuthorities: "PEM" },
    });
    await bootstrap.start((error) => assert.fail(String(error)));
  });

  after(async () => {
    await bootstrap.stop();
    caches.close();
    await storage.close();
  });

  const json = async (key: string, messageType: string): Promise<Record<string, never>> => {
    const view = { messageType, format: "json", part: "object" } as const;
    const found = await storage.getEncoded(key, view);
    assert.ok(found, key);
    return JSON.parse(Buffer.from(found.bytes).toString("utf8")) as Record<string, never>;
  };

  it("are all there", async () => {
    assert.equal(await storage.count("/registry/namespaces/"), 4);
    assert.equal(await storage.count("/registry/clusterroles/"), 74);
    assert.equal(await storage.count("/registry/clusterrolebindings/"), 55);
    assert.equal(await storage.count("/registry/priorityclasses/"), 2);
    assert.equal(await storage.count("/registry/flowschemas/"), 11);
    assert.equal(await storage.count("/registry/prioritylevelconfigurations/"), 8);
    assert.equal(await storage.count("/registry/apiregistration.k8s.io/apiservices/"), 22);
  });

  it("include the service of the server itself at the range's first address", async () => {
    const service = await json(
      "/registry/services/specs/default/kubernetes",
      "k8s.io.api.core.v1.Service",
    );
    const spec = service.spec as unknown as Record<string, unknown>;
    assert.equal(spec.clusterIP, "10.10.0.1");
    const slice = await json(
      "/registry/endpointslices/default/kubernetes",
      "k8s.io.api.discovery.v1.EndpointSlice",
    );
    const endpoints = slice.endpoints as unknown as { addresses: string[] }[];
    assert.deepEqual(
      endpoints.map(({ addresses }) => addresses),
      [["10.0.0.9"]],
    );
  });

  it("are written once", async () => {
    const before = storage.currentRevision();
    const range = parseCidr("10.10.0.0/16");
    assert.ok(range);
    const deps = { storage, codec: nativeCodec, clock, random };
    const again = new Bootstrap(deps, {
      claims: claimsRepair(deps, [range]),
      service: { ranges: [range], securePort: 6443, reconciler: "none" },
      authentication: {},
    });
    await again.start((error) => assert.fail(String(error)));
    await again.stop();
    assert.equal(storage.currentRevision(), before);
  });

  it("are told of once while they cannot be kept up, and once when they are again", async () => {
    const virtual = new VirtualClock();
    const own = await openEmbeddedStorage({ clock: virtual });
    const range = parseCidr("10.10.0.0/16");
    assert.ok(range);
    const deps = { storage: own, codec: nativeCodec, clock: virtual, random };
    const kept = new Bootstrap(deps, {
      claims: claimsRepair(deps, [range]),
      service: { ranges: [range], securePort: 6443, reconciler: "none" },
      authentication: {},
    });
    const said: string[] = [];
    const failed = (error: unknown): void => void said.push(String(error));
    try {
      await kept.start(failed, () => said.push("well"));
      const get = own.get.bind(own);
      for (let round = 1; round <= 2; round += 1) {
        own.get = () => Promise.reject(new Error("gone"));
        await virtual.advance(60_000);
        assert.equal(said.length, 2 * round - 1, said.join());
        own.get = get;
        await virtual.advance(60_000);
        assert.deepEqual(said.slice(-2), ["Error: gone", "well"]);
      }
    } finally {
      await kept.stop();
      await own.close();
    }
  });

  it("are mended at the next start, where they may be", async () => {
    const role = "k8s.io.api.rbac.v1.ClusterRole";
    const key = (name: string): string => `/registry/clusterroles/${name}`;
    const extra = { verbs: ["get"], apiGroups: ["x"], resources: ["y"] };
    await put(key("system:discovery"), role, {
      metadata: { name: "system:discovery" },
      rules: [extra],
    });
    const own = { "rbac.authorization.kubernetes.io/autoupdate": "false" };
    await put(key("system:basic-user"), role, {
      metadata: { name: "system:basic-user", annotations: own },
      rules: [],
    });
    const binding = "k8s.io.api.rbac.v1.ClusterRoleBinding";
    await put("/registry/clusterrolebindings/system:basic-user", binding, {
      metadata: { name: "system:basic-user" },
      subjects: [{ kind: "User", name: "jim", apiGroup: "rbac.authorization.k8s.io" }],
      roleRef: {
        kind: "ClusterRole",
        name: "system:basic-user",
        apiGroup: "rbac.authorization.k8s.io",
      },
    });
    await new ObjectWriter({ storage, codec: nativeCodec, clock, random }).ensure(
      await systemObjects(0),
    );
    const mended = await json(key("system:discovery"), role);
    const rules = mended.rules as unknown as { nonResourceURLs?: string[] }[];
    assert.deepEqual(rules[0], extra);
    assert.ok(rules.some(({ nonResourceURLs }) => nonResourceURLs?.includes("/version")));
    assert.equal((await json(key("system:basic-user"), role)).rules, null);
    const bound = await json("/registry/clusterrolebindings/system:basic-user", binding);
    const subjects = bound.subjects as unknown as { name: string }[];
    assert.deepEqual(
      subjects.map(({ name }) => name),
      ["jim", "system:authenticated"],
    );
  });

  it("let RBAC decide", async () => {
    const rbac = new RbacAuthorizer(caches);
    const scheduler = ["system:kube-scheduler", ["system:authenticated"]] as const;
    const allowed = await rbac.authorize(
      asked(scheduler[0], [...scheduler[1]], { verb: "create", subresource: "binding" }),
    );
    assert.deepEqual(allowed, {
      outcome: "allow",
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole ' +
        '"system:kube-scheduler" to User "system:kube-scheduler"',
      covers: "cluster",
      grounds: {
        keys: [],
        prefixes: ["clusterrolebindings", "clusterroles", "rolebindings", "roles"].map(
          (resource) => `/registry/${resource}/`,
        ),
      },
    });
    const refused = await rbac.authorize(
      asked(scheduler[0], [...scheduler[1]], { verb: "delete", resource: "nodes" }),
    );
    assert.equal(refused.outcome, "noOpinion");
  });

  it("let a role be used as soon as it is bound", async () => {
    const rbac = new RbacAuthorizer(caches);
    const question = asked("jane", ["system:authenticated"], { verb: "list" });
    assert.equal((await rbac.authorize(question)).outcome, "noOpinion");
    await put("/registry/rolebindings/n/b", "k8s.io.api.rbac.v1.RoleBinding", {
      metadata: { name: "b", namespace: "n" },
      subjects: [{ kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" }],
      roleRef: { kind: "ClusterRole", name: "view", apiGroup: "rbac.authorization.k8s.io" },
    });
    assert.equal((await rbac.authorize(question)).outcome, "allow");
    const elsewhere = asked("jane", ["system:authenticated"], { verb: "list", namespace: "m" });
    assert.equal((await rbac.authorize(elsewhere)).outcome, "noOpinion");
    const rules = await rbac.rulesFor(question.user, "n");
    assert.ok(rules.resourceRules.length > 5);
  });

  it("let nodes read what their pods refer to", async () => {
    const node = new NodeAuthorizer(caches, await nodeRules());
    const by = (what: Partial<AuthorizationAttributes>) =>
      node.authorize(asked("system:node:m", ["system:nodes"], what));
    const secret = { resource: "secrets", name: "s" };
    assert.deepEqual(await by(secret), {
      outcome: "noOpinion",
      reason: "node: no relationship found between node 'm' and this object",
    });
    await put("/registry/pods/n/p", "k8s.io.api.core.v1.Pod", {
      metadata: { name: "p", namespace: "n" },
      spec: {
        nodeName: "m",
        serviceAccountName: "a",
        containers: [{ name: "c", image: "i" }],
        volumes: [{ name: "v", secret: { secretName: "s" } }],
      },
    });
    const cases: [Partial<AuthorizationAttributes>, string][] = [
      [secret, "allow"],
      [{ ...secret, name: "other" }, "noOpinion"],
      [{ ...secret, namespace: "m" }, "noOpinion"],
      [{ resource: "secrets", verb: "update", name: "s" }, "noOpinion"],
      [{ resource: "serviceaccounts", subresource: "token", verb: "create", name: "a" }, "allow"],
      [
        { resource: "serviceaccounts", subresource: "token", verb: "create", name: "b" },
        "noOpinion",
      ],
      [{ verb: "get", name: "p" }, "allow"],
      [{ verb: "get", name: "q" }, "noOpinion"],
      [{ verb: "list", namespace: "", fieldSelector: "spec.nodeName=m" }, "allow"],
      [{ verb: "list", namespace: "", fieldSelector: "" }, "noOpinion"],
      [{ resource: "nodes", verb: "patch", subresource: "status", name: "m" }, "allow"],
      [{ resource: "nodes", verb: "patch", subresource: "status", name: "k" }, "noOpinion"],
      [
        {
          group: "coordination.k8s.io",
          resource: "leases",
          namespace: "kube-node-lease",
          verb: "update",
          name: "m",
        },
        "allow",
      ],
      [{ resource: "services", verb: "list", namespace: "" }, "allow"],
      [{ resource: "deployments", group: "apps", verb: "list" }, "noOpinion"],
    ];
    for (const [what, outcome] of cases) {
      assert.equal((await by(what)).outcome, outcome, JSON.stringify(what));
    }
  });
});
