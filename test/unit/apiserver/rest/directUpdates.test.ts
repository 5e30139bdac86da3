import assert from "node:assert/strict";
import {
  GrantingServer,
  namespacesPath,
  rbacPath,
  type Tree,
} from "../../../support/apiserver/grantingServer.js";
import {
  type SteadyClient,
  type SteadyResponse,
  steadyHttp1,
  steadyHttp2,
} from "../../../support/apiserver/steadyClient.js";

const users =
  "master-token,m,2,system:masters\nwriter-token,writer,1,writers\nnamed-token,named,3\n";
const statusOf = (message: string) => ({
  status: { phase: "Pending", qosClass: "BestEffort", message },
});

describe("updates that the listener makes by itself", () => {
  let server: GrantingServer;
  let namespaces = 0;
  let steps = 0;

  before(async () => {
    server = await GrantingServer.start(users);
    await server.create(`${rbacPath}/clusterroles`, {
      metadata: { name: "update" },
      rules: [
        { apiGroups: [""], resources: ["configmaps", "pods", "pods/status"], verbs: ["update"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["update", "create"] },
      ],
    });
  });
  after(() => server.stop());
  afterEach(() => server.closeClients());

  /** A namespace with a pod and two ConfigMaps, which the writer may update. */
  async function namespace(): Promise<string> {
    namespaces += 1;
    const name = `ns-${namespaces}`;
    const path = await server.namespace(name);
    await server.bind(name, "ClusterRole", "update", "writer");
    for (const map of ["a", "b"]) {
      await server.create(`${path}/configmaps`, { metadata: { name: map }, data: { k: "0" } });
    }
    const spec = { containers: [{ name: "c", image: "i" }] };
    await server.create(`${path}/pods`, { metadata: { name: "a" }, spec });
    return path;
  }

  function connect(make: typeof steadyHttp1, token = "writer-token"): SteadyClient {
    return server.connect(make, token);
  }

  /** What is there, changed by what no other change has. */
  async function changed(path: string, conditional = true): Promise<Tree> {
    steps += 1;
    const step = String(steps);
    const { metadata, ...rest } = (await server.read(
      path.replace("/status", ""),
    )) as unknown as Tree;
    const { resourceVersion, ...meta } = metadata;
    const version = conditional ? { resourceVersion } : {};
    if (path.endsWith("/status")) {
      return { ...rest, metadata: { ...meta, ...version }, ...statusOf(step) };
    }
    const labels = { ...(meta.labels as object), step };
    const data = "data" in rest ? { data: { k: step } } : {};
    return { ...rest, ...data, metadata: { ...meta, ...version, labels } };
  }

  function untilDirect(client: SteadyClient, path: string): Promise<SteadyResponse> {
    return server.untilDirect(200, async () => client.put(path, await changed(path)));
  }

  /** Without what each write has of its own. */
  function common(text: string): unknown {
    return JSON.parse(text, (key, value) =>
      ["resourceVersion", "time", "step", "k", "message", "phase"].includes(key) ? "" : value,
    );
  }

  for (const [protocol, make] of [
    ["HTTP/1.1", steadyHttp1],
    ["HTTP/2", steadyHttp2],
  ] as const) {
    it(`are what JavaScript makes, over ${protocol}`, async () => {
      const path = await namespace();
      for (const target of ["configmaps/a", "pods/a", "pods/a/status"]) {
        const client = connect(make);
        const one = `${path}/${target}`;
        const first = await client.put(one, await changed(one));
        assert.equal(first.status, 200, first.text);
        const direct = await untilDirect(client, one);
        assert.deepEqual(common(direct.text), common(first.text));
        const { "audit-id": _, date, ...headers } = direct.headers;
        const { "audit-id": __, date: ___, ...others } = first.headers;
        assert.ok(date);
        const lengthless = (all: object) => ({ ...all, "content-length": "" });
        assert.deepEqual(lengthless({ ...headers }), lengthless({ ...others }));
        assert.deepEqual(await server.read(one.replace("/status", "")), JSON.parse(direct.text));
      }
    });
  }

  it("are of any name, and with or without a resourceVersion", async () => {
    const path = await namespace();
    const client = connect(steadyHttp2);
    await untilDirect(client, `${path}/configmaps/a`);
    for (const conditional of [true, false]) {
      const body = await changed(`${path}/configmaps/b`, conditional);
      const isDirect = await server.isDirect(async () => {
        const { status } = await client.put(`${path}/configmaps/b`, body);
        assert.equal(status, 200);
      });
      assert.ok(isDirect);
    }
  });

  it("are decided anew where the body is another one", async () => {
    const path = await namespace();
    const client = connect(steadyHttp2);
    const one = `${path}/pods/a`;
    await untilDirect(client, one);
    const good = await changed(one);
    const meta = (more: object) => ({ ...good, metadata: { ...good.metadata, ...more } });
    const spec = good.spec as object;
    const fresh = connect(steadyHttp2);
    for (const [status, body, target] of [
      [409, meta({ resourceVersion: "1" }), one],
      [409, meta({ uid: "other" }), one],
      [400, meta({ name: "b" }), one],
      [400, meta({ namespace: "other" }), one],
      [422, meta({ labels: { "a b": "c" } }), one],
      [422, { ...good, spec: { ...spec, hostNetwork: true } }, one],
      [404, meta({ name: "none" }), `${path}/pods/none`],
      [400, { ...good, spec: 3 }, one],
    ] as const) {
      const { text, status: given } = await client.put(target, body);
      assert.equal(given, status, text);
      assert.deepEqual(JSON.parse((await fresh.put(target, body)).text), JSON.parse(text));
    }
    assert.ok(await server.isDirect(() => client.put(one, good)));
    // What changes nothing gets no revision.
    const now = await server.read(one);
    const { text } = await client.put(one, now);
    assert.deepEqual(JSON.parse(text), now);
  });

  it("lose none of many that are made at once", async () => {
    const path = `${await namespace()}/configmaps/a`;
    const both = [connect(steadyHttp2), connect(steadyHttp1)];
    for (const client of both) await untilDirect(client, path);
    for (let at = 0; at < 20; at += 1) {
      const bodies = [await changed(path), await changed(path)];
      const given = await Promise.all(both.map((client, i) => client.put(path, bodies[i] as Tree)));
      assert.deepEqual(given.map(({ status }) => status).sort(), [200, 409]);
      const winner = given.find(({ status }) => status === 200);
      assert.deepEqual(await server.read(path), JSON.parse(winner?.text ?? ""));
    }
    const bodies = [await changed(path, false), await changed(path, false)];
    const given = await Promise.all(both.map((client, i) => client.put(path, bodies[i] as Tree)));
    assert.deepEqual(
      given.map(({ status }) => status),
      [200, 200],
    );
  });

  it("leave an object that is going to JavaScript", async () => {
    const path = await namespace();
    const client = connect(steadyHttp2);
    await untilDirect(client, `${path}/configmaps/a`);
    await server.merge(`${path}/configmaps/b`, { metadata: { finalizers: ["a/b"] } });
    await server.remove(`${path}/configmaps/b`);
    const body = await changed(`${path}/configmaps/b`);
    const { metadata, ...rest } = body;
    const { finalizers: _, ...meta } = metadata;
    const { status } = await client.put(`${path}/configmaps/b`, { ...rest, metadata: meta });
    assert.equal(status, 200);
    assert.equal((await server.read(`${path}/configmaps/b`)).code, 404);
  });

  it("are asked about where a role names the objects", async () => {
    const path = await namespace();
    const name = path.slice(namespacesPath.length + 1);
    await server.create(`${rbacPath}/namespaces/${name}/roles`, {
      metadata: { name: "one" },
      rules: [
        { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["update"] },
      ],
    });
    await server.bind(name, "Role", "one", "named");
    const client = connect(steadyHttp2, "named-token");
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const body = await changed(`${path}/configmaps/a`);
      const isDirect = await server.isDirect(async () => {
        const { status, text } = await client.put(`${path}/configmaps/a`, body);
        assert.equal(status, 200, text);
      });
      assert.ok(!isDirect);
    }
    const other = await changed(`${path}/configmaps/b`);
    assert.equal((await client.put(`${path}/configmaps/b`, other)).status, 403);
  });

  it("are decided anew at once where the binding is taken back", async () => {
    const path = await namespace();
    const client = connect(steadyHttp2);
    const one = `${path}/configmaps/a`;
    await untilDirect(client, one);
    const name = path.slice(namespacesPath.length + 1);
    const body = await changed(one);
    await server.remove(`${rbacPath}/namespaces/${name}/rolebindings/update`);
    const { status, text } = await client.put(one, body);
    assert.equal(status, 403, text);
  });

  it("renew leases, which have to say their version", async () => {
    const name = (await namespace()).slice(namespacesPath.length + 1);
    const path = `/apis/coordination.k8s.io/v1/namespaces/${name}/leases`;
    const client = connect(steadyHttp2);
    const versions: string[] = [];
    const body = (at: number) => ({
      metadata: { name: `lease-${at % 3}`, resourceVersion: versions[at % 3] },
      spec: { holderIdentity: "x", renewTime: `2026-01-01T00:00:${10 + at}.000000Z` },
    });
    let direct = 0;
    for (let at = 0; at < 12; at += 1) {
      const isDirect = await server.isDirect(async () => {
        const one = `${path}/lease-${at % 3}`;
        const { status, text } = await (at < 3
          ? client.post(path, body(at))
          : client.put(one, body(at)));
        assert.equal(status, at < 3 ? 201 : 200, text);
        const given = JSON.parse(text) as Tree & { spec: { renewTime: string } };
        assert.equal(given.spec.renewTime, body(at).spec.renewTime);
        versions[at % 3] = String(given.metadata.resourceVersion);
      });
      if (isDirect) direct += 1;
    }
    const unconditional = { ...body(0), metadata: { name: "lease-0" } };
    assert.equal((await client.put(`${path}/lease-0`, unconditional)).status, 422);
    assert.ok(direct >= 6, `${direct} of 12`);
  });
});
