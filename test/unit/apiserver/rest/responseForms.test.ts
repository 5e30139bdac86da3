import assert from "node:assert/strict";
import { type RestCall, RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

const pods = "/api/v1/namespaces/default/pods";
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const metadata = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const template = { spec: { containers: [{ name: "c", image: "i" }] } };

/** What kube-apiserver 1.37 answered to the same requests. */
describe("forms of answers and bodies, as upstream's", () => {
  let api: TestApiServer;
  let rest: RestCaller;
  const post = (path: string, body: object, more: RestCall = {}) =>
    rest.call(path, { method: "POST", body, ...more });

  before(async () => {
    api = await startTestApiServer(
      {
        componentChecks: [
          { name: "scheduler", check: async () => "ok" },
          { name: "controller-manager", check: () => Promise.reject(new Error("away")) },
        ],
      },
      { serviceAccounts: { jwksUri: "https://10.0.0.9:6443/openid/v1/jwks" } },
    );
    rest = new RestCaller(api.url);
    await post("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
    await post(deployments, {
      metadata: { name: "d" },
      spec: {
        replicas: 3,
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, ...template },
      },
    });
    for (const name of ["a", "b"]) await post(pods, { metadata: { name }, ...template });
  });

  after(async () => {
    rest.close();
    await api.stop();
  });

  it("gives a Scale as a Table and as metadata, read and written", async () => {
    type Table = {
      readonly columnDefinitions: readonly { readonly name: string; readonly type: string }[];
      readonly rows: readonly { readonly cells: readonly unknown[] }[];
    };
    const path = `${deployments}/d/scale`;
    const body = { metadata: { name: "d", namespace: "default" }, spec: { replicas: 3 } };
    for (const call of [{}, { method: "PUT", body }]) {
      const { columnDefinitions, rows } = (
        await rest.call(path, { ...call, accept: table })
      ).json() as unknown as Table;
      const columns = columnDefinitions.map(({ name, type }) => `${name} ${type}`);
      assert.deepEqual(columns, [
        "Name string",
        "Desired integer",
        "Available integer",
        "Age string",
      ]);
      assert.deepEqual(rows[0]?.cells.slice(0, 3), ["d", 3, 0]);
      const partial = (await rest.call(path, { ...call, accept: metadata })).json();
      assert.deepEqual([partial.kind, "spec" in partial], ["PartialObjectMetadata", false]);
    }
    const list = metadata.replace("Metadata;", "MetadataList;");
    assert.equal((await rest.call(path, { accept: list })).status, 406);
  });

  it("takes the older Eviction, and only with the pod's name", async () => {
    const eviction = (apiVersion: string, name?: string) =>
      post(`${pods}/a/eviction?dryRun=All`, {
        apiVersion,
        kind: "Eviction",
        metadata: name === undefined ? {} : { name },
      });
    for (const version of ["policy/v1", "policy/v1beta1"]) {
      const evicted = await eviction(version, "a");
      assert.equal(evicted.status, 201, evicted.text());
      const unnamed = await eviction(version);
      assert.equal(unnamed.status, 400);
      assert.match(unnamed.text(), /name in URL does not match name in Eviction object/);
    }
    assert.match((await eviction("policy/v2", "a")).text(), /cannot be handled as a Eviction/);
  });

  it("gives what is written as it is read back, also of a dry run", async () => {
    const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    const maps = "/api/v1/namespaces/default/configmaps";
    for (const [name, query, length] of [
      ["dry", "?dryRun=All", 0],
      ["stored", "", 0],
      ["dry-and-long", "?dryRun=All", 200_000],
      ["stored-and-long", "", 200_000],
    ] as const) {
      const slice = { addressType: "IPv4", endpoints: [], ports: [] };
      // Together they are work for another thread.
      const annotations = { long: "x".repeat(length) };
      const labels = Object.fromEntries(
        Array.from({ length: length / 400 }, (_, at) => [`label-${at}`, "x".repeat(60)]),
      );
      const metadata = { name, annotations, labels };
      const call = async (path: string, body: object) =>
        (await post(`${path}${query}`, { metadata, ...body })).json();
      const { endpoints, ports } = await call(slices, slice);
      assert.deepEqual([endpoints, ports], [null, null]);
      assert.equal((await call(roles, { rules: [] })).rules, null);
      assert.deepEqual((await call(maps, { binaryData: { b: null } })).binaryData, { b: "" });
      assert.ok(!("data" in (await call(maps, { metadata: { name: `${name}-2` }, data: {} }))));
    }
  });

  it("says null where a list of metadata is empty, and [] for other lists", async () => {
    const accept = metadata.replace("Metadata;", "MetadataList;");
    const secrets = "/api/v1/namespaces/default/secrets";
    assert.equal((await rest.call(secrets, { accept })).json().items, null);
    assert.deepEqual((await rest.call(secrets)).json().items, []);
    assert.equal(((await rest.call(pods, { accept })).json().items as object[]).length, 2);
  });

  it("tells of components that it can ask, by their selectors", async () => {
    type Statuses = {
      readonly metadata: object;
      readonly items: readonly {
        readonly metadata: { readonly name: string };
        readonly conditions: readonly { readonly status: string; readonly message: string }[];
      }[];
    };
    const path = "/api/v1/componentstatuses";
    const read = async (query = "") =>
      (await rest.call(path + query)).json() as unknown as Statuses;
    const all = await read();
    assert.deepEqual(all.metadata, {});
    assert.deepEqual(
      all.items.map(({ metadata: { name }, conditions: [condition] }) => [
        name,
        condition?.status,
        condition?.message,
      ]),
      [
        ["scheduler", "True", "ok"],
        ["controller-manager", "False", "away"],
        ["etcd-0", "True", "ok"],
      ],
    );
    const names = async (query: string) => (await read(query)).items.map((i) => i.metadata.name);
    assert.deepEqual(await names("?fieldSelector=metadata.name%3Dscheduler"), ["scheduler"]);
    assert.deepEqual(await names("?labelSelector=a%3Db"), []);
    assert.equal((await rest.call(`${path}/scheduler`)).json().kind, "ComponentStatus");
    assert.equal((await rest.call(`${path}/nope`)).status, 404);
    assert.equal((await rest.call(`${path}?watch=1`)).status, 405);
    const rows = (await rest.call(path, { accept: table })).json().rows as object[];
    assert.equal(rows.length, 3);
  });

  it("says where the keys of tokens are by the server's own address", async () => {
    const { jwks_uri } = (await rest.call("/.well-known/openid-configuration")).json();
    assert.equal(jwks_uri, "https://10.0.0.9:6443/openid/v1/jwks");
  });
});
