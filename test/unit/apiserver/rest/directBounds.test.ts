import assert from "node:assert/strict";
import { GrantingServer, rbacPath, type Tree } from "../../../support/apiserver/grantingServer.js";
import {
  type SteadyClient,
  type SteadyResponse,
  steadyHttp2,
} from "../../../support/apiserver/steadyClient.js";

const rbacGroup = "rbac.authorization.k8s.io";
const users = "master-token,m,2,system:masters\nwriter-token,writer,1,writers\n";

describe("the bounds of what the listener serves by itself", () => {
  let server: GrantingServer;
  before(async () => {
    server = await GrantingServer.start(users);
  });
  after(() => server.stop());
  afterEach(() => server.closeClients());
  function connect(token: string): SteadyClient {
    return server.connect(steadyHttp2, token);
  }
  async function settle(act: (step: number) => Promise<SteadyResponse>): Promise<void> {
    for (let step = 0; step < 6; step += 1) {
      const { status, text } = await act(step);
      assert.ok(status < 300, text);
    }
  }

  it("a rule with resourceNames allows writes of that name alone", async () => {
    const path = await server.namespace("names");
    for (const name of ["mine", "other"]) {
      await server.create(`${path}/configmaps`, { metadata: { name }, data: { k: "0" } });
    }
    await server.create(`${rbacPath}/namespaces/names/roles`, {
      metadata: { name: "one" },
      rules: [
        { apiGroups: [""], resources: ["configmaps"], resourceNames: ["mine"], verbs: ["update"] },
      ],
    });
    await server.bind("names", "Role", "one", "writer");
    const body = (name: string, step: number) => ({ metadata: { name }, data: { k: `s${step}` } });
    const fresh = await connect("writer-token").put(`${path}/configmaps/other`, body("other", 9));
    assert.equal(fresh.status, 403, fresh.text);
    const client = connect("writer-token");
    await settle((step) => client.put(`${path}/configmaps/mine`, body("mine", step)));
    const { status, text } = await client.put(`${path}/configmaps/other`, body("other", 9));
    assert.equal(status, 403, text);
  });

  it("a rule with resourceNames allows writes of no other node's status", async () => {
    for (const name of ["node-a", "node-b"]) {
      await server.create("/api/v1/nodes", { metadata: { name } });
    }
    await server.create(`${rbacPath}/clusterroles`, {
      metadata: { name: "one-node" },
      rules: [
        {
          apiGroups: [""],
          resources: ["nodes/status"],
          resourceNames: ["node-a"],
          verbs: ["update"],
        },
      ],
    });
    await server.create(`${rbacPath}/clusterrolebindings`, {
      metadata: { name: "one-node" },
      roleRef: { apiGroup: rbacGroup, kind: "ClusterRole", name: "one-node" },
      subjects: [{ kind: "User", name: "writer", apiGroup: rbacGroup }],
    });
    const client = connect("writer-token");
    const body = async (name: string, step: number) => {
      const node = (await server.read(`/api/v1/nodes/${name}`)) as unknown as Tree;
      const condition = { type: "Ready", status: step % 2 ? "True" : "False", reason: `r${step}` };
      return { ...node, status: { ...(node.status as object), conditions: [condition] } };
    };
    await settle(async (step) =>
      client.put("/api/v1/nodes/node-a/status", await body("node-a", step)),
    );
    const { status, text } = await client.put(
      "/api/v1/nodes/node-b/status",
      await body("node-b", 9),
    );
    assert.equal(status, 403, text);
  });

  it("an object that is named status is an object", async () => {
    const path = await server.namespace("named");
    for (const name of ["status", "secrets"]) {
      await server.create(`${path}/configmaps`, { metadata: { name }, data: { k: "0" } });
    }
    await server.create(`${path}/secrets`, { metadata: { name: "status" } });
    const client = connect("master-token");
    const body = (name: string, k: string) => ({ metadata: { name }, data: { k } });
    await settle((step) => client.put(`${path}/configmaps/status`, body("status", `s${step}`)));
    const { status, text } = await client.put(
      `${path}/secrets/status`,
      body("secrets", "ZXZpbA=="),
    );
    assert.equal(status, 400, text);
  });

  it("a path that ends with a slash is no beginning of others", async () => {
    const path = await server.namespace("slash");
    for (const name of ["a", "b"]) {
      await server.create(`${path}/configmaps`, { metadata: { name }, data: { k: "0" } });
    }
    const body = (name: string, k: string) => ({ metadata: { name }, data: { k } });
    const fresh = await connect("master-token").put(`${path}/configmaps/a/b`, body("b", "evil"));
    assert.equal(fresh.status, 404, fresh.text);
    const client = connect("master-token");
    await settle((step) => client.put(`${path}/configmaps/a/`, body("a", `s${step}`)));
    const { status, text } = await client.put(`${path}/configmaps/a/b`, body("b", "evil"));
    assert.equal(status, 404, text);
  });

  it("what is created as a table has status 201", async () => {
    const path = await server.namespace("table");
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const client = connect("master-token");
    const body = { metadata: { name: "a" } };
    const { status, text } = await client.post(`${path}/configmaps`, body, { accept });
    assert.equal(status, 201, text);
  });

  it("the request's Audit-ID is the response's", async () => {
    const path = await server.namespace("audit");
    const client = connect("master-token");
    for (let step = 0; step < 6; step += 1) {
      const body = { metadata: { name: `m${step}` }, data: { a: "b" } };
      const made = await client.post(`${path}/configmaps`, body, { "audit-id": "own" });
      assert.equal(made.headers["audit-id"], "own", `creation ${step}`);
    }
  });

  it("a get's Audit-ID is the response's", async () => {
    const path = await server.namespace("audit-get");
    await server.create(`${path}/configmaps`, { metadata: { name: "a" } });
    const client = connect("master-token");
    for (let step = 0; step < 6; step += 1) {
      const got = await client.get(`${path}/configmaps/a`, { "audit-id": "own" });
      assert.equal(got.headers["audit-id"], "own", `get ${step}`);
    }
  });

  it("what is large is compressed for who takes gzip", async () => {
    const path = await server.namespace("large");
    const client = connect("master-token");
    const gzip = { "accept-encoding": "gzip" };
    const body = (name: string, text: string) => ({ metadata: { name }, data: { a: text } });
    await settle((step) => client.post(`${path}/configmaps`, body(`s${step}`, "b"), gzip));
    const large = body("large", "<".repeat(60_000));
    const { headers } = await client.post(`${path}/configmaps`, large, gzip);
    assert.equal(headers["content-encoding"], "gzip");
  });
});
