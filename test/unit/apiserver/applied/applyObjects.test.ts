import assert from "node:assert/strict";
import { customResourceType } from "../../../../lib/api/customResourceType.js";
import { resourceType } from "../../../../lib/api/resourceType.js";
import type { RestAnswer, RestCall } from "../../../support/apiserver/restCaller.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const maps = "/api/v1/namespaces/default/configmaps";
const limits = "/api/v1/namespaces/default/limitranges";
const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
const applyPatch = "application/apply-patch+yaml";

interface Stored {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly managedFields: readonly { readonly manager: string; readonly time?: string }[];
  };
  readonly data: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

describe("server-side apply", () => {
  let api: TestApiServer;
  let rest: RestCaller;

  before(async () => {
    api = await startTestApiServer();
    rest = new RestCaller(api.url);
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  const map = (name: string, more: object = {}) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name } },
    ...more,
  });

  function apply(
    name: string,
    body: object | string,
    query = "fieldManager=a",
    more: RestCall = {},
  ): Promise<RestAnswer> {
    const path = `${maps}/${name}?${query}`;
    return rest.call(path, { method: "PATCH", contentType: applyPatch, body, ...more });
  }

  const stored = (answer: RestAnswer) => answer.json() as unknown as Stored;

  async function grant(user: string, resource: string, group: string, verbs: string[]) {
    const rules = [{ apiGroups: [group], resources: [resource], verbs }];
    const role = { metadata: { name: user }, rules };
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: user };
    const binding = { metadata: { name: user }, subjects, roleRef };
    for (const [path, body] of [
      ["roles", role],
      ["rolebindings", binding],
    ] as const) {
      const answer = await rest.call(`${roles}/${path}`, { method: "POST", body });
      assert.equal(answer.status, 201, answer.text());
    }
  }

  it("asks for the right to create where there is nothing", async () => {
    await grant("patcher", "configmaps", "", ["patch"]);
    const as = { headers: { "impersonate-user": "patcher" } };
    const body = map("rights", { data: { k: "1" } });
    const refused = await apply("rights", body, "fieldManager=a", as);
    assert.equal(refused.status, 403);
    assert.equal(
      refused.json().message,
      'configmaps "rights" is forbidden: User "patcher" cannot create resource "configmaps" ' +
        'in API group "" in the namespace "default"',
    );
    assert.equal((await apply("rights", body)).status, 201);
    const changed = await apply(
      "rights",
      map("rights", { data: { k: "2" } }),
      "fieldManager=a",
      as,
    );
    assert.equal(changed.status, 200);
  });

  it("asks for it of a PUT that creates, too", async () => {
    await grant("putter", "limitranges", "", ["update"]);
    const headers = { "impersonate-user": "putter" };
    const body = { metadata: { name: "rights" }, spec: { limits: [] } };
    const put = () => rest.call(`${limits}/rights`, { method: "PUT", headers, body });
    assert.equal((await put()).status, 403);
    const made = await rest.call(limits, { method: "POST", body });
    assert.equal(made.status, 201);
    assert.equal((await put()).status, 200);
  });

  it("loses nothing where many apply to what is not there yet", async () => {
    const managers = Array.from({ length: 24 }, (_, n) => `m${n}`);
    const answers = await Promise.all(
      managers.map((manager) =>
        apply("race", map("race", { data: { [manager]: "1" } }), `fieldManager=${manager}`),
      ),
    );
    const codes = answers.map(({ status }) => status);
    assert.equal(codes.filter((code) => code === 201).length, 1);
    assert.equal(codes.filter((code) => code === 200).length, managers.length - 1);
    const { data, metadata } = stored(await rest.call(`${maps}/race`));
    assert.deepEqual(Object.keys(data).sort(), [...managers].sort());
    const owners = metadata.managedFields.map(({ manager }) => manager);
    assert.deepEqual([...owners].sort(), [...managers].sort());
  });

  it("moves neither version nor times where nothing changes", async () => {
    const body = map("still", { data: { k: "1", l: "" }, binaryData: {} });
    const first = stored(await apply("still", body));
    for (const again of [body, JSON.stringify(body)]) {
      assert.deepEqual(stored(await apply("still", again)), first);
    }
    const shared = map("still", { data: { k: "1" } });
    const { metadata } = stored(await apply("still", shared, "fieldManager=b"));
    assert.notEqual(metadata.resourceVersion, first.metadata.resourceVersion);
    // Who shares what is there already has not changed anything: it has no time.
    assert.deepEqual(
      metadata.managedFields.map(({ manager, time }) => [manager, time !== undefined]),
      [
        ["b", false],
        ["a", true],
      ],
    );
  });

  it("merges long configurations on another thread, and others as fast meanwhile", async () => {
    const data = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`key-${n}`, "value"]));
    const long = apply("long", map("long", { data }));
    const short = await apply("short", map("short", { data: { k: "1" } }));
    assert.equal(short.status, 201);
    assert.equal((await long).status, 201);
    const { "key-1": _, ...kept } = data;
    const less = { ...kept, "key-0": "other" };
    const changed = stored(await apply("long", map("long", { data: less })));
    assert.deepEqual([changed.data["key-0"], changed.data["key-1"]], ["other", undefined]);
  });

  it("refuses more entries than an object may have", async () => {
    const data = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`k${n}`, "v"]));
    const refused = await apply("huge", map("huge", { data }));
    assert.equal(refused.status, 413);
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    const nested = await apply("deep", `{"apiVersion":"v1","kind":"ConfigMap","data":${deep}}`);
    assert.equal(nested.status, 400);
  });

  it("owns objects of a kind without a schema by their members", async () => {
    const widgets = "/apis/example.com/v1/namespaces/default/widgets";
    const type = customResourceType({
      ...{ group: "example.com", version: "v1", kind: "Widget", resource: "widgets" },
      ...{ namespaced: true, hasStatus: true },
    });
    api.server.scheme.add(resourceType(type));
    const send = (spec: object, query: string, subresource = "") =>
      rest.call(`${widgets}/w${subresource}?${query}`, {
        method: "PATCH",
        contentType: applyPatch,
        body: { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" }, ...spec },
      });
    const first = await send({ spec: { a: { b: 1, c: null }, l: [1, 2] } }, "fieldManager=a");
    assert.equal(first.status, 201, first.text());
    const conflict = await send({ spec: { a: { b: 2 }, l: [1] } }, "fieldManager=b");
    assert.equal(conflict.status, 409);
    assert.match(String(conflict.json().message), /^Apply failed with 2 conflicts: /);
    const second = await send({ spec: { a: { d: {} } } }, "fieldManager=b");
    assert.deepEqual(stored(second).spec, { a: { b: 1, c: null, d: {} }, l: [1, 2] });
    const less = await send({ spec: { a: {} } }, "fieldManager=a");
    assert.deepEqual(stored(less).spec, { a: { d: {} } });
    const status = await send({ status: { ready: true } }, "fieldManager=c", "/status");
    assert.equal(status.status, 200);
  });
});
