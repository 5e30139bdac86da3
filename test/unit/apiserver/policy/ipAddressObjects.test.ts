import assert from "node:assert/strict";
import { coreV1, networkingV1 } from "../../../../lib/api/gen/resources.js";
import { nativeCodec } from "../../../../lib/api/nativeCodec.js";
import type { ObjectTree } from "../../../../lib/apiserver/admission/admissionPlugin.js";
import { IpAddressObjects } from "../../../../lib/apiserver/allocation/ipAddressObjects.js";
import { ObjectWriter, storageKey } from "../../../../lib/apiserver/bootstrap/objectWriter.js";
import { SeededRandom } from "../../../../lib/platform/virtual/seededRandom.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";
import {
  type EmbeddedStorage,
  openEmbeddedStorage,
} from "../../../../lib/storage/embeddedStorage.js";
import { admitted as attributesOf } from "../../../support/apiserver/admitted.js";

type Decided = (committed: boolean) => Promise<void>;

describe("the IPAddresses of services", () => {
  const clock = new VirtualClock();
  let storage: EmbeddedStorage;
  let objects: IpAddressObjects;
  let writer: ObjectWriter;

  beforeEach(async () => {
    storage = await openEmbeddedStorage({ clock });
    const deps = { storage, codec: nativeCodec, clock, random: new SeededRandom(1) };
    objects = new IpAddressObjects(deps);
    writer = new ObjectWriter(deps);
  });
  afterEach(() => storage.close());

  const service = (name: string, address: string) => ({
    metadata: { name, namespace: "default" },
    spec: { clusterIP: address, clusterIPs: [address] },
  });
  const store = (name: string, address: string) =>
    writer.ensure([{ type: coreV1.services, object: service(name, address) }]);
  const drop = async (name: string) => {
    const key = storageKey(coreV1.services, "default", name);
    await storage.transact({ compare: [], success: [{ type: "delete", key }] });
  };
  const addresses = async () => {
    const prefix = storageKey(networkingV1.ipaddresses, "", "");
    const { values } = await storage.range(prefix);
    return values.map(({ key }) => key.slice(prefix.length));
  };
  const addressObject = (name: string, labels: Record<string, string>, resource: string) =>
    writer.ensure([
      {
        type: networkingV1.ipaddresses,
        object: {
          metadata: { name, labels },
          spec: { parentRef: { resource, namespace: "default", name: "gone" } },
        } as { metadata: { name: string } },
      },
    ]);

  /** What a request for a service would do, up to what happens when it is decided. */
  function admitted(object: object | undefined, oldObject: object | undefined): Decided {
    let decided: Decided | undefined;
    const attributes = attributesOf({
      ...{ operation: "UPDATE", group: "", kind: "Service", resource: "services" },
      object: object as ObjectTree | undefined,
      oldObject: oldObject as ObjectTree | undefined,
      onDecided: (hook) => {
        decided = async (committed) => hook(committed);
      },
    });
    objects.admit(attributes);
    assert.ok(decided);
    return decided;
  }

  it("stay with a service that took an address before its last one was told to be gone", async () => {
    await store("a", "10.0.0.7");
    await admitted(service("a", "10.0.0.7"), undefined)(true);
    const isDeleted = admitted(undefined, service("a", "10.0.0.7"));
    await drop("a");
    await store("b", "10.0.0.7");
    await admitted(service("b", "10.0.0.7"), undefined)(true);
    await isDeleted(true);
    assert.deepEqual(await addresses(), ["10.0.0.7"]);
  });

  it("stay with a service that came back under its name and address", async () => {
    await store("a", "10.0.0.7");
    await admitted(service("a", "10.0.0.7"), undefined)(true);
    const isDeleted = admitted(undefined, service("a", "10.0.0.7"));
    await drop("a");
    await store("a", "10.0.0.7");
    await admitted(service("a", "10.0.0.7"), undefined)(true);
    await isDeleted(true);
    assert.deepEqual(await addresses(), ["10.0.0.7"]);
  });

  it("are made and removed at a start, but for those of others", async () => {
    await store("a", "10.0.0.7");
    const ours = { "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" };
    await addressObject("10.0.0.8", ours, "services");
    await addressObject("192.0.2.1", {}, "services");
    await addressObject("192.0.2.2", ours, "gateways");
    await objects.repair();
    assert.deepEqual(await addresses(), ["10.0.0.7", "192.0.2.1", "192.0.2.2"]);
  });
});
