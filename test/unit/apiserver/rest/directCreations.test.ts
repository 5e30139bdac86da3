import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import {
  GrantingServer,
  namespacesPath,
  rbacPath,
  type Tree,
} from "../../../support/apiserver/grantingServer.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import {
  type SteadyClient,
  type SteadyResponse,
  steadyHttp1,
  steadyHttp2,
} from "../../../support/apiserver/steadyClient.js";

const masters = "master-token,m,2,system:masters\nwriter-token,writer,1,writers\n";
const map = (name: string, more: object = {}) => ({
  metadata: { name },
  data: { k: name },
  ...more,
});
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, labels: { app: "a" }, ...metadata },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

/** Creates until one passes JavaScript by, and gives that response. */
function untilDirect(
  server: GrantingServer,
  client: SteadyClient,
  path: string,
  body: (name: string) => object,
  headers: Record<string, string> = {},
): Promise<SteadyResponse> {
  return server.untilDirect(201, (attempt) => client.post(path, body(`first-${attempt}`), headers));
}

describe("creations that the listener makes by itself", () => {
  let server: GrantingServer;
  let rest: RestCaller;
  let namespaces = 0;

  before(async () => {
    server = await GrantingServer.start(masters);
    rest = new RestCaller(server.api.url);
    await server.create(`${rbacPath}/clusterroles`, {
      metadata: { name: "create" },
      rules: [{ apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["create"] }],
    });
  });
  after(async () => {
    rest.close();
    await server.stop();
  });
  afterEach(() => server.closeClients());

  /** A namespace with its account, in which the writer may create. */
  async function namespace(labels: Record<string, string> = {}): Promise<string> {
    namespaces += 1;
    const name = `ns-${namespaces}`;
    const path = await server.namespace(name, labels);
    await server.bind(name, "ClusterRole", "create", "writer");
    return path;
  }

  function connect(make: typeof steadyHttp1, token = "writer-token"): SteadyClient {
    return server.connect(make, token);
  }

  /** Without what is each object's own. */
  function common({ text }: SteadyResponse): Tree {
    const tree = JSON.parse(text) as Tree;
    const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } = tree.metadata;
    assert.match(
      String(uid),
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.match(String(resourceVersion), /^\d+$/);
    const age = Date.now() - Date.parse(String(creationTimestamp));
    assert.ok(age > -1000 && age < 60_000, String(creationTimestamp));
    const managed = (managedFields as { time: string }[]).map(({ time, ...entry }) => {
      assert.equal(time, creationTimestamp);
      return entry;
    });
    return { ...tree, metadata: { ...metadata, managed } };
  }

  function withoutVolumeNames(tree: Tree): Tree {
    return JSON.parse(
      JSON.stringify(tree).replaceAll(
        /kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}"/g,
        'token"',
      ),
    ) as Tree;
  }

  for (const [protocol, make] of [
    ["HTTP/1.1", steadyHttp1],
    ["HTTP/2", steadyHttp2],
  ] as const) {
    describe(`over ${protocol}`, () => {
      it("are what JavaScript makes, ConfigMaps and pods", async () => {
        const path = await namespace();
        for (const [resource, body] of [
          ["configmaps", map],
          ["pods", pod],
        ] as const) {
          const client = connect(make);
          const first = await client.post(`${path}/${resource}`, body("first"));
          const direct = await untilDirect(server, client, `${path}/${resource}`, body);
          const { name } = (JSON.parse(direct.text) as Tree).metadata;
          const expected = first.text.replaceAll('"first"', JSON.stringify(name));
          assert.deepEqual(
            withoutVolumeNames(common(direct)),
            withoutVolumeNames(common({ ...first, text: expected })),
          );
          const { "audit-id": id, date: _, ...headers } = direct.headers;
          const { "audit-id": otherId, date: __, ...others } = first.headers;
          assert.notEqual(id, otherId);
          const lengthless = (all: object) => ({ ...all, "content-length": "" });
          assert.deepEqual(lengthless({ ...headers }), lengthless({ ...others }));
          const stored = await server.read(`${path}/${resource}/${name}`);
          assert.deepEqual(stored, JSON.parse(direct.text));
        }
      });

      it("have names that are generated, and volumes of names of their own", async () => {
        const path = `${await namespace()}/pods`;
        const client = connect(make);
        const body = () => pod("", {}, { name: undefined, generateName: "web-" });
        await untilDirect(server, client, path, body);
        const volumes = new Set<string>();
        const names = new Set<string>();
        for (let at = 0; at < 20; at += 1) {
          const { text } = await client.post(path, body());
          volumes.add(/kube-api-access-\w{5}/.exec(text)?.[0] ?? "");
          names.add(String((JSON.parse(text) as Tree).metadata.name));
        }
        assert.equal(names.size, 20);
        assert.ok([...names].every((name) => /^web-\w{5}$/.test(name)));
        assert.equal(volumes.size, 20);
      });

      it("are decided anew where the body is another one", async () => {
        const path = `${await namespace()}/pods`;
        const client = connect(make);
        await untilDirect(server, client, path, pod);
        const fresh = connect(make);
        for (const [status, body] of [
          [409, pod("first-1")],
          [422, pod("A")],
          [422, pod("a", { containers: [] })],
          [400, pod("a", {}, { namespace: "other" })],
          [400, pod("a", { containers: 3 })],
          [403, pod("a", { serviceAccountName: "nobody" })],
          [403, pod("a", { priorityClassName: "none" })],
        ] as const) {
          const { text, status: given } = await client.post(path, body);
          assert.equal(given, status, text);
          assert.deepEqual(JSON.parse((await fresh.post(path, body)).text), JSON.parse(text));
        }
        const warned = await client.post(path, pod("warned", { unknown: 1 }));
        assert.equal(warned.headers.warning, '299 - "unknown field \\"spec.unknown\\""');
        assert.ok(await server.isDirect(() => client.post(path, pod("again"))));
      });

      it("are of the very path, query and headers", async () => {
        const path = await namespace();
        const client = connect(make);
        await untilDirect(server, client, `${path}/configmaps`, map);
        for (const [target, headers] of [
          [`${path}/configmaps?dryRun=All`, {}],
          [`${path}/configmaps?pretty=true`, {}],
          [`${path}/configmaps?timeout=9s`, {}],
          [`${path}/configmaps`, { accept: "application/yaml" }],
          [`${path}/configmaps`, { "user-agent": "other/1" }],
        ] as const) {
          const name = `n${Math.random().toString(36).slice(2)}`;
          const isDirect = await server.isDirect(async () => {
            const { status, text } = await client.post(target, map(name), headers);
            assert.equal(status, 201, text);
          });
          assert.ok(!isDirect, target);
        }
        const other = connect(make, "no-token");
        assert.equal((await other.post(`${path}/configmaps`, map("x"))).status, 401);
      });

      it("are made once each where a name is wanted by many", async () => {
        const path = `${await namespace()}/configmaps`;
        const both = [connect(make), connect(make)];
        for (const client of both) {
          await untilDirect(server, client, path, (name) => map(`${name}-${both.indexOf(client)}`));
        }
        for (let at = 0; at < 20; at += 1) {
          const given = await Promise.all(
            both.map((client) => client.post(path, map(`same-${at}`))),
          );
          assert.deepEqual(given.map(({ status }) => status).sort(), [201, 409]);
        }
      });
    });
  }

  it("give metadata alone to whoever accepts that", async () => {
    const path = `${await namespace()}/configmaps`;
    const client = connect(steadyHttp2);
    const accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    const { text } = await untilDirect(server, client, path, map, { accept });
    assert.equal(JSON.parse(text).kind, "PartialObjectMetadata");
    assert.equal(JSON.parse(text).data, undefined);
  });

  it("take and give protobuf", async () => {
    const path = `${await namespace()}/pods`;
    const client = connect(steadyHttp2);
    const accept = "application/vnd.kubernetes.protobuf";
    const message = "k8s.io.api.core.v1.Pod";
    const body = (name: string): Uint8Array => {
      const text = Buffer.from(JSON.stringify(pod(name)));
      const { object } = nativeCodec.decode(message, text, { format: "json" });
      return object?.encode("protobuf") ?? Buffer.from("");
    };
    const headers = { accept, "content-type": accept };
    await untilDirect(server, client, path, body, headers);
    const stored = await server.read(`${path}/first-2`);
    assert.equal(
      (stored as { spec: { serviceAccountName: string } }).spec.serviceAccountName,
      "default",
    );
  });

  type Case = readonly [string, number, (path: string, name: string) => Promise<unknown>];
  const cases: readonly Case[] = [
    [
      "the binding is taken back",
      403,
      (_, name) => server.remove(`${rbacPath}/namespaces/${name}/rolebindings/create`),
    ],
    ["a quota comes", 403, (path) => quota(path)],
    ["a limit comes", 403, (path) => limits(path)],
    [
      "the namespace asks more of pods",
      403,
      (path) => {
        const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
        return server.merge(path, { metadata: { labels } });
      },
    ],
    ["the namespace ends", 403, (path) => server.remove(path)],
    [
      "the account goes",
      403,
      async (path) => {
        await server.create(`${path}/serviceaccounts`, { metadata: { name: "other" } });
        await server.remove(`${path}/serviceaccounts/other`);
      },
    ],
  ];
  const quota = (path: string) =>
    server.create(`${path}/resourcequotas`, {
      metadata: { name: "none" },
      spec: { hard: { pods: "0" } },
    });
  const limits = (path: string) =>
    server.create(`${path}/limitranges`, {
      metadata: { name: "none" },
      spec: { limits: [{ type: "Pod", max: { cpu: "1" } }] },
    });
  for (const [what, status, revoke] of cases) {
    it(`are decided anew at once where ${what}`, async () => {
      const path = await namespace();
      const account = what === "the account goes" ? { serviceAccountName: "mine" } : {};
      if (what === "the account goes") {
        await server.create(`${path}/serviceaccounts`, { metadata: { name: "mine" } });
      }
      const client = connect(steadyHttp2);
      await untilDirect(server, client, `${path}/pods`, (name) => pod(name, account));
      if (what === "the account goes") await server.remove(`${path}/serviceaccounts/mine`);
      else await revoke(path, path.slice(namespacesPath.length + 1));
      const { status: given, text } = await client.post(`${path}/pods`, pod("last", account));
      assert.equal(given, status, text);
    });
  }

  it("have a new default class's priority at once", async () => {
    const path = `${await namespace()}/pods`;
    const client = connect(steadyHttp2);
    await untilDirect(server, client, path, pod);
    await server.create("/apis/scheduling.k8s.io/v1/priorityclasses", {
      ...{ metadata: { name: "all" }, value: 7, globalDefault: true },
    });
    const { text } = await client.post(path, pod("last"));
    await server.remove("/apis/scheduling.k8s.io/v1/priorityclasses/all");
    assert.equal((JSON.parse(text) as { spec: { priority: number } }).spec.priority, 7);
  });

  it("are counted", async () => {
    const path = `${await namespace()}/configmaps`;
    const client = connect(steadyHttp2);
    await untilDirect(server, client, path, map);
    const count = async (): Promise<number> => {
      const text = (await rest.call("/metrics")).text();
      const line = text
        .split("\n")
        .find(
          (one) =>
            one.startsWith("apiserver_request_total{") &&
            one.includes('code="201"') &&
            one.includes('resource="configmaps"'),
        );
      return Number(line?.split(" ").at(-1));
    };
    const before = await count();
    for (let at = 0; at < 5; at += 1) {
      assert.ok(await server.isDirect(() => client.post(path, map(`counted-${at}`))));
    }
    assert.equal((await count()) - before, 5);
  });
});

describe("creations that the listener makes in a store on disk", () => {
  it("are there after a restart, as soon as they were acknowledged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steersman-direct-"));
    const directory = join(folder, "store");
    const { clock } = nodePlatform;
    try {
      const storage = await openEmbeddedStorage({ directory, clock });
      const server = await GrantingServer.start(masters, storage);
      const made: string[] = [];
      try {
        await server.create(namespacesPath, { metadata: { name: "ns" } });
        const path = `${namespacesPath}/ns/configmaps`;
        const client = steadyHttp2({ port: server.port, token: "master-token" });
        try {
          await untilDirect(server, client, path, map);
          const areDirect = await server.isDirect(async () => {
            const names = Array.from({ length: 200 }, (_, at) => `map-${at}`);
            const given = await Promise.all(names.map((name) => client.post(path, map(name))));
            for (const { status, text } of given) {
              assert.equal(status, 201, text);
              made.push(text);
            }
          });
          assert.ok(areDirect);
        } finally {
          client.close();
        }
      } finally {
        await server.stop();
      }
      const again = await openEmbeddedStorage({ directory, clock });
      try {
        for (const text of made) {
          const { name, resourceVersion } = (JSON.parse(text) as Tree).metadata;
          const found = await again.get(`/registry/configmaps/ns/${name}`);
          assert.equal(String(found?.modRevision), resourceVersion);
        }
      } finally {
        await again.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
