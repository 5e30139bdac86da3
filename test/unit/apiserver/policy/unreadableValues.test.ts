import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../../lib/storage/storage.js";
import {
  startTestApiServer,
  type TestApiServer,
} from "../../../support/apiserver/testApiServer.js";

/** Of every kind that the server's own rules read whole, and of objects that it keeps itself. */
const broken = [
  "/registry/clusterrolebindings/broken",
  "/registry/clusterroles/broken",
  "/registry/clusterroles/cluster-admin",
  "/registry/configmaps/kube-system/extension-apiserver-authentication",
  "/registry/csidrivers/broken",
  "/registry/flowschemas/broken",
  "/registry/ingressclasses/broken",
  "/registry/ipaddresses/10.0.0.77",
  "/registry/limitranges/broken/l",
  "/registry/masterleases/10.0.0.66",
  "/registry/minions/broken",
  "/registry/namespaces/broken",
  "/registry/namespaces/kube-public",
  "/registry/podcertificaterequests/broken/p",
  "/registry/pods/broken/p",
  "/registry/priorityclasses/broken",
  "/registry/prioritylevelconfigurations/broken",
  "/registry/resourcequotas/broken/q",
  "/registry/rolebindings/broken/b",
  "/registry/roles/broken/r",
  "/registry/runtimeclasses/broken",
  "/registry/serviceaccounts/broken/default",
  "/registry/servicecidrs/broken",
  "/registry/services/endpoints/default/kubernetes",
  "/registry/services/specs/broken/s",
  "/registry/storageclasses/broken",
];
const bytes = {
  text: Buffer.from("garbage"),
  empty: Buffer.alloc(0),
  cut: Buffer.from([0x6b, 0x38, 0x73, 0, 0x0a, 0x40, 0x0a]),
  // What is cut here decodes to an object without a name.
  nothing: Buffer.from([0x6b, 0x38, 0x73, 0]),
};

describe("a value that nobody can read", () => {
  let storage: Storage;
  let server: TestApiServer | undefined;
  let said: string[];

  beforeEach(async () => {
    storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    said = [];
  });
  afterEach(async () => {
    if (server === undefined) await storage.close();
    else await server.stop();
    server = undefined;
  });

  const start = async (): Promise<TestApiServer> => {
    const log = (message: string) => said.push(message);
    server = await startTestApiServer({ storage, log: () => undefined }, { log });
    return server;
  };
  const write = async (key: string, value: Uint8Array): Promise<void> => {
    await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
  };
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server?.url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { code: response.status, text: await response.text() };
  };
  const takes = async (path: string, body: object): Promise<void> => {
    const { code, text } = await call("POST", path, body);
    assert.equal(code, 201, `${path}: ${text}`);
  };
  /** What has nothing to do with any of them. */
  const goesOn = async (name: string): Promise<void> => {
    const metadata = { name };
    await takes("/api/v1/namespaces", { metadata });
    const within = `/api/v1/namespaces/${name}`;
    await takes(`${within}/configmaps`, { metadata });
    await takes(`${within}/serviceaccounts`, { metadata: { name: "default" } });
    const containers = [{ name: "c", image: "none.example/none" }];
    await takes(`${within}/pods`, { metadata, spec: { containers } });
    const spec = { type: "NodePort", ports: [{ port: 80 }] };
    await takes(`${within}/services`, { metadata, spec });
    await takes(`${within}/persistentvolumeclaims`, {
      metadata,
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    assert.deepEqual(await server?.policy.syncCaches(), []);
  };
  const toldOnce = (): void => {
    for (const key of broken) {
      const lines = said.filter((line) => line.startsWith(`${key} cannot be read`));
      assert.ok(lines.length <= 1, `${key} is told ${lines.length} times`);
    }
    for (const key of ["/registry/namespaces/broken", "/registry/services/specs/broken/s"]) {
      assert.equal(said.filter((line) => line.startsWith(key)).length, 1, key);
    }
  };

  for (const [what, value] of Object.entries(bytes)) {
    it(`of ${what}, there before: the server starts, and serves all else`, async () => {
      for (const key of broken) await write(key, value);
      const { policy } = await start();
      await goesOn("one");
      await goesOn("two");
      toldOnce();
      assert.equal((await storage.get("/registry/clusterroles/cluster-admin"))?.version, 1);
      assert.deepEqual(await policy.syncCaches(), []);
    });

    it(`of ${what}, written meanwhile: everything else goes on`, async () => {
      await start();
      await goesOn("before");
      for (const key of broken) await write(key, value);
      await goesOn("one");
      await goesOn("two");
      toldOnce();
    });
  }

  it("fails what is about it, and names its key, until it is mended", async () => {
    await start();
    await goesOn("one");
    const limited: [string, string][] = [
      ["/registry/namespaces/one", "configmaps"],
      ["/registry/resourcequotas/one/q", "configmaps"],
      ["/registry/limitranges/one/l", "pods"],
    ];
    for (const [key, resource] of limited) {
      const before = await storage.get(key);
      await write(key, bytes.text);
      const containers = [{ name: "c", image: "none.example/none" }];
      const body = { metadata: { name: "m" }, spec: { containers } };
      const path = `/api/v1/namespaces/one/${resource}`;
      const { code, text } = await call("POST", path, body);
      assert.equal(code, 500, text);
      assert.match(text, new RegExp(`${key} is not readable`));
      if (before !== undefined) await write(key, before.value);
      else await storage.transact({ compare: [], success: [{ type: "delete", key }] });
      await takes(path, body);
      assert.equal((await call("DELETE", `${path}/m?gracePeriodSeconds=0`)).code, 200);
    }
    const list = await call("GET", "/api/v1/namespaces");
    assert.equal(list.code, 200, list.text);
    await write("/registry/namespaces/other", bytes.text);
    for (const path of ["/api/v1/namespaces", "/api/v1/namespaces/other"]) {
      const { code, text } = await call("GET", path);
      assert.equal(code, 500, text);
      assert.match(text, /\/registry\/namespaces\/other/);
    }
    const counted = 'apiserver_storage_decode_errors_total{group="",resource="namespaces"} 2\n';
    assert.ok((await call("GET", "/metrics")).text.includes(counted));
  });
});
