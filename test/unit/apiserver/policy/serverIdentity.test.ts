import assert from "node:assert/strict";
import { coordinationV1, coreV1 } from "../../../../lib/api/gen/resources.js";
import type { Lease } from "../../../../lib/api/gen/types/coordinationV1.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import { formatMicroTime } from "../../../../lib/api/time.js";
import { ObjectWriter } from "../../../../lib/apiserver/bootstrap/objectWriter.js";
import {
  ServerIdentity,
  serverIdentity,
} from "../../../../lib/apiserver/bootstrap/serverIdentity.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../../lib/storage/storage.js";

const prefix = "/registry/leases/kube-system/";
const label = { "apiserver.kubernetes.io/identity": "kube-apiserver" };

describe("the identity of an API server", () => {
  let clock: VirtualClock;
  let storage: Storage;

  beforeEach(async () => {
    clock = new VirtualClock();
    storage = await openEmbeddedStorage({ clock });
  });
  afterEach(() => storage.close());

  const deps = () => ({ storage, codec: nativeCodec, clock, random: nodePlatform.random });
  const leases = async (): Promise<string[]> => {
    const { values } = await storage.range(prefix);
    return values.map(({ key }) => key.slice(prefix.length));
  };
  const read = async <T>(key: string, messageType: string): Promise<T> => {
    const view = { messageType, format: "json", part: "object" } as const;
    const found = await storage.getEncoded(key, view);
    assert.ok(found, key);
    return JSON.parse(Buffer.from(found.bytes).toString("utf8")) as T;
  };
  const lease = (name: string) => read<Lease>(prefix + name, coordinationV1.leases.message);
  const put = async (name: string, labels: Record<string, string>, spec: Lease["spec"]) => {
    const metadata = { name, namespace: "kube-system", labels };
    const object = { metadata, ...(spec === undefined ? {} : { spec }) };
    await new ObjectWriter(deps()).ensure([{ type: coordinationV1.leases, object }]);
  };

  it("has upstream's name of a server on that host", () => {
    assert.equal(serverIdentity("vm"), "apiserver-wlv32tlttr4jl3gtroqexyxapa");
  });

  it("is a Lease that is renewed, and gone after an end in order", async () => {
    const peerAddress = { ip: "2001:db8::7", port: 6443 };
    const server = new ServerIdentity(deps(), { hostname: "vm", peerAddress });
    await server.renew();
    const name = serverIdentity("vm");
    assert.deepEqual(await leases(), [name]);
    const first = await lease(name);
    assert.deepEqual(first.metadata.labels, { ...label, "kubernetes.io/hostname": "vm" });
    assert.deepEqual(first.metadata.annotations, {
      "kubernetes.io/peer-advertise-address": "[2001:db8::7]:6443",
    });
    assert.ok(first.spec?.holderIdentity?.startsWith(`${name}_`));
    assert.equal(first.spec?.leaseDurationSeconds, 3600);
    assert.equal(first.spec?.renewTime, formatMicroTime(clock.now() * 1000));
    await clock.advance(10_000);
    await server.renew();
    const second = await lease(name);
    assert.equal(second.metadata.uid, first.metadata.uid);
    assert.equal(second.spec?.renewTime, formatMicroTime(clock.now() * 1000));
    await server.stop();
    assert.deepEqual(await leases(), []);
    assert.equal(await storage.count("/registry/peerserverleases/"), 0);
  });

  it("says where its peers reach it, for as long as it says so", async () => {
    const peerAddress = { ip: "10.0.0.7", port: 6443 };
    const server = new ServerIdentity(deps(), { hostname: "vm", peerAddress });
    await server.renew();
    const key = `/registry/peerserverleases/${serverIdentity("vm")}`;
    const record = await read<object>(key, coreV1.endpoints.message);
    const port = { name: "https", port: 6443, protocol: "TCP" };
    assert.deepEqual((record as { subsets: unknown }).subsets, [
      { addresses: [{ ip: "10.0.0.7" }], ports: [port] },
    ]);
    await clock.advance(10_000);
    await server.renew();
    await clock.advance(10_000);
    assert.equal(await storage.count(key), 1);
    await clock.advance(10_000);
    assert.equal(await storage.count(key), 0);
  });

  it("is taken over by the next server on the host, which the former does not end", async () => {
    const former = new ServerIdentity(deps(), { hostname: "vm" });
    await former.renew();
    const next = new ServerIdentity(deps(), { hostname: "vm" });
    await next.renew();
    await former.stop();
    assert.deepEqual(await leases(), [serverIdentity("vm")]);
    await next.stop();
    assert.deepEqual(await leases(), []);
  });

  it("is deleted by another server an hour after its last renewal, and nothing else is", async () => {
    const at = (seconds: number) => formatMicroTime((clock.now() + seconds * 1000) * 1000);
    await put("gone", label, { leaseDurationSeconds: 3600, renewTime: at(-3601) });
    await put("no-time", label, { leaseDurationSeconds: 3600 });
    await put("lives", label, { leaseDurationSeconds: 3600, renewTime: at(-3590) });
    await put("another", {}, { leaseDurationSeconds: 3600, renewTime: at(-9999) });
    const server = new ServerIdentity(deps(), { hostname: "vm" });
    await server.renew();
    const own = serverIdentity("vm");
    assert.deepEqual(await leases(), ["another", own, "lives"]);
    for (let renewal = 0; renewal < 360; renewal += 1) {
      await clock.advance(10_000);
      await server.renew();
    }
    assert.deepEqual(await leases(), ["another", own]);
  });

  it("leaves a Lease alone that nobody can read", async () => {
    const operation = { type: "put", key: `${prefix}broken`, value: Buffer.from("x") } as const;
    await storage.transact({ compare: [], success: [operation] });
    const server = new ServerIdentity(deps(), { hostname: "vm" });
    await server.renew();
    assert.deepEqual(await leases(), [serverIdentity("vm"), "broken"]);
    await server.stop();
  });
});
