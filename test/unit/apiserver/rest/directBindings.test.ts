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

const users = "binder-token,binder,1,binders\nnamed-token,named,2\n";
const zone = "topology.kubernetes.io/zone";
const region = "topology.kubernetes.io/region";

interface Pod extends Tree {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: { readonly type: string }[] };
}

describe("bindings that the listener makes by itself", () => {
  let server: GrantingServer;
  let namespaces = 0;
  let pods = 0;

  before(async () => {
    server = await GrantingServer.start(users);
    await server.create(`${rbacPath}/clusterroles`, {
      metadata: { name: "bind" },
      rules: [{ apiGroups: [""], resources: ["pods/binding"], verbs: ["create"] }],
    });
    const labels = { [zone]: "z", [region]: "r", "kubernetes.io/hostname": "labelled" };
    await server.create("/api/v1/nodes", { metadata: { name: "labelled", labels } });
    await server.create("/api/v1/nodes", { metadata: { name: "bare" } });
  });
  after(() => server.stop());
  afterEach(() => server.closeClients());

  async function namespace(): Promise<string> {
    namespaces += 1;
    const name = `ns-${namespaces}`;
    const path = await server.namespace(name);
    await server.bind(name, "ClusterRole", "bind", "binder");
    return path;
  }

  async function pod(path: string, more: { metadata?: object; spec?: object } = {}) {
    pods += 1;
    const name = `pod-${pods}`;
    const spec = { containers: [{ name: "c", image: "i" }], ...more.spec };
    await server.create(`${path}/pods`, { metadata: { ...more.metadata, name }, spec });
    return name;
  }

  function binding(name: string, node: string, more: object = {}): object {
    const typed = { apiVersion: "v1", kind: "Binding" };
    return { ...typed, metadata: { name, ...more }, target: { kind: "Node", name: node } };
  }

  function post(client: SteadyClient, path: string, name: string, node: string, more?: object) {
    return client.post(`${path}/pods/${name}/binding`, binding(name, node, more));
  }

  function untilDirect(client: SteadyClient, path: string, node = "labelled") {
    return server.untilDirect(201, async () => post(client, path, await pod(path), node));
  }

  const read = async (path: string, name: string) =>
    (await server.read(`${path}/pods/${name}`)) as unknown as Pod;

  /** What a binding has made of a pod. */
  function made({ metadata, spec, status }: Pod): unknown {
    const conditions = status.conditions?.map((one) => ({ ...one, lastTransitionTime: "" }));
    const { labels, annotations, generation } = metadata;
    return { labels, annotations, generation, nodeName: spec.nodeName, conditions };
  }

  for (const [protocol, make] of [
    ["HTTP/1.1", steadyHttp1],
    ["HTTP/2", steadyHttp2],
  ] as const) {
    it(`are what JavaScript makes, over ${protocol}`, async () => {
      const path = await namespace();
      for (const node of ["labelled", "bare", "unknown"]) {
        const client = server.connect(make, "binder-token");
        const metadata = { labels: { a: "b", [zone]: "own" }, annotations: { c: "d" } };
        const names = [await pod(path, { metadata }), await pod(path, { metadata })];
        const [one = "", other = ""] = names;
        const first = await post(client, path, one, node);
        await untilDirect(client, path);
        let direct: SteadyResponse | undefined;
        const isDirect = await server.isDirect(async () => {
          direct = await post(client, path, other, node);
        });
        assert.ok(isDirect, `to ${node}`);
        assert.deepEqual([first.status, direct?.status], [201, 201]);
        assert.equal(direct?.text, first.text);
        const { "audit-id": _, date, ...headers } = direct.headers;
        const { "audit-id": __, date: ___, ...others } = first.headers;
        assert.ok(date);
        assert.deepEqual({ ...headers }, { ...others });
        const bound = [await read(path, one), await read(path, other)] as const;
        assert.deepEqual(made(bound[1]), made(bound[0]));
        assert.equal(bound[1].spec.nodeName, node);
        const labels = node === "labelled" ? { a: "b", [zone]: "z", [region]: "r" } : undefined;
        assert.deepEqual(bound[1].metadata.labels, labels ?? metadata.labels);
      }
    });
  }

  it("see what a node's labels are by now", async () => {
    const path = await namespace();
    const client = server.connect(steadyHttp2, "binder-token");
    await server.create("/api/v1/nodes", { metadata: { name: "moved", labels: { [zone]: "1" } } });
    await untilDirect(client, path);
    for (const value of ["2", "3"]) {
      await server.merge("/api/v1/nodes/moved", { metadata: { labels: { [zone]: value } } });
      const name = await pod(path);
      assert.ok(await server.isDirect(() => post(client, path, name, "moved")));
      assert.deepEqual((await read(path, name)).metadata.labels, { [zone]: value });
    }
  });

  it("are decided anew where they are not plain, as if they came first", async () => {
    const path = await namespace();
    const client = server.connect(steadyHttp2, "binder-token");
    await untilDirect(client, path);
    const fresh = server.connect(steadyHttp2, "binder-token");
    const bound = await pod(path);
    await post(client, path, bound, "labelled");
    const gated = await pod(path, { spec: { schedulingGates: [{ name: "a/b" }] } });
    const going = await pod(path, { metadata: { finalizers: ["a/b"] } });
    await server.remove(`${path}/pods/${going}`);
    const plain = await pod(path);
    const to = (name: string) => `${path}/pods/${name}/binding`;
    for (const [status, target, body] of [
      [409, to(bound), binding(bound, "bare")],
      [409, to(gated), binding(gated, "bare")],
      [409, to(going), binding(going, "bare")],
      [404, to("none"), binding("none", "bare")],
      [409, to(plain), binding(plain, "bare", { uid: "other" })],
      [400, to(plain), binding("other", "bare")],
      [400, to(plain), binding(plain, "bare", { namespace: "other" })],
      [500, to(plain), binding(plain, "")],
      [500, to(plain), { ...binding(plain, "bare"), target: { kind: "Pod", name: "bare" } }],
      [400, to(plain), { ...binding(plain, "bare"), kind: "Pod" }],
      [400, to(plain), { ...binding(plain, "bare"), target: 3 }],
    ] as const) {
      const { text, status: given } = await client.post(target, body);
      assert.equal(given, status, text);
      assert.deepEqual(JSON.parse((await fresh.post(target, body)).text), JSON.parse(text));
    }
    const { resourceVersion: _, ...before } = (await read(path, plain)).metadata;
    const labels = { e: "f" };
    const annotations = { g: "h" };
    const more = { labels, annotations };
    assert.equal((await post(client, path, plain, "bare", more)).status, 201);
    const { resourceVersion: __, ...after } = (await read(path, plain)).metadata;
    assert.deepEqual({ ...after }, { ...before, ...more });
  });

  it("store nothing in a dry run", async () => {
    const path = await namespace();
    const client = server.connect(steadyHttp2, "binder-token");
    await untilDirect(client, path);
    const name = await pod(path);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const target = `${path}/pods/${name}/binding?dryRun=All`;
      const { status, text } = await client.post(target, binding(name, "bare"));
      assert.equal(status, 201, text);
    }
    assert.equal((await read(path, name)).spec.nodeName, undefined);
  });

  it("bind a pod once where many want to", async () => {
    const path = await namespace();
    const clients = [steadyHttp1, steadyHttp2].map((make) => server.connect(make, "binder-token"));
    for (const client of clients) await untilDirect(client, path);
    for (let at = 0; at < 10; at += 1) {
      const name = await pod(path);
      const nodes = ["labelled", "bare"];
      const given = await Promise.all(
        clients.map((client, i) => post(client, path, name, nodes[i] ?? "")),
      );
      assert.deepEqual(given.map(({ status }) => status).sort(), [201, 409]);
      const winner = given.findIndex(({ status }) => status === 201);
      assert.equal((await read(path, name)).spec.nodeName, nodes[winner]);
    }
  });

  it("are asked about where a role names the pods, and end with the binding", async () => {
    const path = await namespace();
    const name = path.slice(namespacesPath.length + 1);
    const one = await pod(path);
    await server.create(`${rbacPath}/namespaces/${name}/roles`, {
      metadata: { name: "one" },
      rules: [
        { apiGroups: [""], resources: ["pods/binding"], resourceNames: [one], verbs: ["create"] },
      ],
    });
    await server.bind(name, "Role", "one", "named");
    const named = server.connect(steadyHttp2, "named-token");
    assert.equal((await post(named, path, one, "bare")).status, 201);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      assert.equal((await post(named, path, one, "bare")).status, 409);
    }
    assert.equal((await post(named, path, await pod(path), "bare")).status, 403);

    const client = server.connect(steadyHttp2, "binder-token");
    await untilDirect(client, path);
    const last = await pod(path);
    await server.remove(`${rbacPath}/namespaces/${name}/rolebindings/bind`);
    assert.equal((await post(client, path, last, "bare")).status, 403);
  });
});
