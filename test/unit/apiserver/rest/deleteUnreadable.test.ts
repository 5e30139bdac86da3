import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../../lib/storage/storage.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const option = "ignoreStoreReadErrorWithClusterBreakingPotential";
const query = `?${option}=true`;
const maps = "/api/v1/namespaces/default/configmaps";
const verb = "unsafe-delete-ignore-read-errors";

/** What each kind of object comes to, by upstream's 1.37. */
describe("the deletion of what cannot be read", () => {
  let storage: Storage;
  let server: TestApiServer;

  before(async () => {
    storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    server = await startTestApiServer({ storage }, { authorizationModes: ["RBAC"] });
  });
  after(() => server.stop());

  const garble = async (key: string, value = "garbage"): Promise<void> => {
    const operation = { type: "put", key, value: Buffer.from(value) } as const;
    await storage.transact({ compare: [], success: [operation] });
  };
  const call = async (method: string, path: string, body?: object, user?: string) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(user === undefined ? {} : { "impersonate-user": user }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { code: response.status, text, status: JSON.parse(text) as Record<string, unknown> };
  };
  const make = async (path: string, body: object): Promise<void> => {
    const { code, text } = await call("POST", path, body);
    assert.equal(code, 201, text);
  };

  it("is asked for by an option, without which nothing happens", async () => {
    await garble("/registry/configmaps/default/bad");
    const plain = await call("DELETE", `${maps}/bad`);
    assert.equal(plain.code, 500);
    assert.match(plain.text, /\/registry\/configmaps\/default\/bad is not readable/);
    const dry = await call("DELETE", `${maps}/bad${query}&dryRun=All`);
    assert.equal(dry.code, 200, dry.text);
    assert.equal(await storage.count("/registry/configmaps/default/bad"), 1);
    const { code, status } = await call("DELETE", `${maps}/bad${query}`);
    assert.equal(code, 200);
    assert.deepEqual(status, {
      ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 200 },
      details: { name: "bad", kind: "ConfigMap" },
    });
    assert.equal(await storage.count("/registry/configmaps/default/bad"), 0);
    assert.equal((await call("GET", maps)).code, 200);
    assert.equal((await call("DELETE", `${maps}/bad${query}`)).code, 404);
  });

  it("may be asked for in the body, with nothing beside it", async () => {
    await garble("/registry/configmaps/default/bad", "k8s\0garbage");
    const options = { kind: "DeleteOptions", apiVersion: "v1", [option]: true };
    const others = {
      ...{ propagationPolicy: "Orphan", orphanDependents: true, gracePeriodSeconds: 0 },
      preconditions: { uid: "x" },
    };
    const { code, text } = await call("DELETE", `${maps}/bad`, { ...options, ...others });
    assert.equal(code, 422, text);
    for (const name of Object.keys(others)) {
      const why = `${option}: Invalid value: true: cannot be set together with .${name}`;
      assert.ok(text.includes(why), text);
    }
    assert.equal((await call("DELETE", `${maps}/bad`, options)).code, 200);
  });

  it("leaves alone what can be read, and whole collections", async () => {
    await make(maps, { metadata: { name: "good", finalizers: ["example.com/f"] } });
    const { code, text } = await call("DELETE", `${maps}/good${query}`);
    assert.equal(code, 409);
    assert.match(text, /configmaps \\"good\\": unsafe deletion is not allowed because the object/);
    assert.equal(await storage.count("/registry/configmaps/default/good"), 1);
    const collection = await call("DELETE", `${maps}${query}`);
    assert.equal(collection.code, 422, collection.text);
    assert.match(collection.text, /is not allowed with DELETECOLLECTION/);
    assert.equal(await storage.count("/registry/configmaps/default/good"), 1);
  });

  it("is for whoever may delete, and delete so", async () => {
    await garble("/registry/configmaps/default/bad");
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "jo" }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" };
    const rule = (verbs: string[]) => [{ verbs, apiGroups: [""], resources: ["configmaps"] }];
    await make(`${rbac}/roles`, { metadata: { name: "r" }, rules: rule(["delete"]) });
    await make(`${rbac}/rolebindings`, { metadata: { name: "r" }, subjects, roleRef });
    const refused = await call("DELETE", `${maps}/bad${query}`, undefined, "jo");
    assert.equal(refused.code, 403);
    const why = `configmaps \\"bad\\" is forbidden: not permitted to do \\"${verb}\\", reason: `;
    assert.ok(refused.text.includes(JSON.stringify(why).slice(1, -1).replaceAll("\\\\", "")));
    const role = { metadata: { name: "r" }, rules: rule(["delete", verb]) };
    assert.equal((await call("PUT", `${rbac}/roles/r`, role)).code, 200);
    assert.equal((await call("DELETE", `${maps}/bad${query}`, undefined, "jo")).code, 200);
  });

  it("is told by lists, which name the key", async () => {
    await garble("/registry/configmaps/default/bad");
    const { code, status } = await call("GET", maps);
    assert.equal(code, 500);
    assert.equal(status.reason, "StorageReadError");
    const { causes, ...details } = status.details as { causes: { field: string }[] };
    assert.deepEqual(details, { name: "list", kind: "configmaps" });
    assert.deepEqual(
      causes.map(({ field }) => field),
      ["/registry/configmaps/default/bad"],
    );
    assert.equal((await call("DELETE", `${maps}/bad${query}`)).code, 200);
  });

  const others: Readonly<Record<string, string>> = {
    "/registry/namespaces/bad": "/api/v1/namespaces/bad",
    "/registry/services/specs/default/bad": "/api/v1/namespaces/default/services/bad",
    "/registry/pods/default/bad": "/api/v1/namespaces/default/pods/bad",
    "/registry/clusterroles/bad": "/apis/rbac.authorization.k8s.io/v1/clusterroles/bad",
    "/registry/resourcequotas/default/bad": "/api/v1/namespaces/default/resourcequotas/bad",
  };
  const garbled = { text: "garbage", empty: "", cut: "k8s\0\n@\n", nothing: "k8s\0" };
  for (const [key, path] of Object.entries(others)) {
    it(`leaves nothing behind: ${key}`, async () => {
      for (const value of Object.values(garbled)) {
        await garble(key, value);
        const collection = path.slice(0, path.lastIndexOf("/"));
        const { code, text } = await call("DELETE", path + query);
        // What was cut may be an object without a name: that is read, and is deleted as any other.
        if (code === 409) assert.ok((await call("DELETE", path)).code < 300, text);
        else assert.equal(code, 200, text);
        assert.equal(await storage.count(key), 0, value);
        assert.equal((await call("GET", collection)).code, 200);
      }
    });
  }
});
