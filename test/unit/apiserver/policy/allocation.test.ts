import assert from "node:assert/strict";
import type { Service } from "../../../../lib/api/gen/types/coreV1.js";
import { parseCidr } from "../../../../lib/api/ipAddress.js";
import { Bitmap } from "../../../../lib/apiserver/allocation/bitmap.js";
import { drawFree, reservedOffset } from "../../../../lib/apiserver/allocation/numberRange.js";
import { ServiceAllocation } from "../../../../lib/apiserver/allocation/serviceAllocation.js";
import { ServerCaches } from "../../../../lib/apiserver/cache/serverCaches.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import type { Storage } from "../../../../lib/storage/storage.js";
import { admitted } from "../../../support/apiserver/admitted.js";

const { random, clock } = nodePlatform;

describe("number ranges", () => {
  it("keep their lower part for choosing by hand", () => {
    const cases: [number, number][] = [
      [8, 0],
      [254, 16],
      [4094, 255],
      [65534, 256],
    ];
    for (const [size, offset] of cases) assert.equal(reservedOffset(size, 16, 256, 16), offset);
    assert.equal(reservedOffset(2768, 16, 128, 32), 86);
  });

  it("draw above it first, then below, then nothing", () => {
    const taken = new Set<number>();
    const band = { firstDynamic: 4 };
    const drawn: number[] = [];
    for (;;) {
      const next = drawFree(10, band, random, (offset) => taken.has(offset));
      if (next === undefined) break;
      taken.add(next);
      drawn.push(next);
    }
    assert.equal(drawn.length, 10);
    assert.ok(drawn.slice(0, 6).every((offset) => offset >= 4));
  });
});

describe("a bitmap of taken numbers", () => {
  /** What Go's math/big gives for a number with these bits. */
  const cases: [number[], string][] = [
    [[], ""],
    [[0], "01"],
    [[7], "80"],
    [[8], "0100"],
    [[0, 1, 15, 16], "018003"],
    [[2767], `80${"00".repeat(345)}`],
  ];
  for (const [offsets, hex] of cases) {
    it(`has ${JSON.stringify(offsets)} as a big number's bytes`, () => {
      const bitmap = Bitmap.of(offsets);
      assert.equal(Buffer.from(bitmap.bytes).toString("hex"), hex);
      assert.deepEqual([...new Bitmap(Buffer.from(hex, "hex"))], offsets);
    });
  }

  it("loses leading zeros when its highest numbers go, and stays as it was itself", () => {
    const before = Bitmap.of([3, 100]);
    const after = before.changed([9], [100, 5000]);
    assert.deepEqual([...after], [3, 9]);
    assert.equal(after.bytes.length, 2);
    assert.deepEqual([...before], [3, 100]);
    assert.deepEqual([...after.changed([], [3, 9])], []);
  });
});

describe("allocation of services", () => {
  let storage: Storage;
  let caches: ServerCaches;

  before(async () => {
    storage = await openEmbeddedStorage({ clock });
    caches = new ServerCaches(storage);
  });

  after(async () => {
    caches.close();
    await storage.close();
  });

  const allocationOf = (...cidrs: string[]): ServiceAllocation => {
    const ranges = cidrs.flatMap((cidr) => parseCidr(cidr) ?? []);
    const nothing = {
      catchUp: () => Promise.resolve(),
      takenPorts: () => Promise.resolve(Bitmap.of([])),
    };
    const nodePorts = { first: 30000, last: 30003 };
    return new ServiceAllocation(caches, { clock, random }, { ranges, nodePorts }, nothing);
  };

  const admit = async (
    allocation: ServiceAllocation,
    spec: object,
    old?: object,
  ): Promise<{ spec: NonNullable<Service["spec"]>; decide: (committed: boolean) => void }> => {
    const object = { metadata: { name: "s" }, spec: { type: "ClusterIP", ...spec } };
    const callbacks: ((committed: boolean) => void)[] = [];
    const attributes = admitted({
      ...{ group: "", kind: "Service", resource: "services" },
      operation: old === undefined ? "CREATE" : "UPDATE",
      object,
      oldObject: old === undefined ? undefined : { metadata: { name: "s" }, spec: old },
      onDecided: (callback) => void callbacks.push(callback),
    });
    await allocation.admit(attributes);
    const wanted = object.spec as NonNullable<Service["spec"]>;
    const decide = (committed: boolean): void => {
      for (const call of callbacks) call(committed);
    };
    return { spec: wanted, decide };
  };

  it("uses up a range without giving anything twice, and takes back what failed", async () => {
    const allocation = allocationOf("10.0.0.0/29");
    const made = [];
    for (let count = 0; count < 6; count += 1) made.push(await admit(allocation, {}));
    assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, 6);
    await assert.rejects(admit(allocation, {}), /range is full/);
    made[0]?.decide(false);
    const again = await admit(allocation, {});
    assert.equal(again.spec.clusterIP, made[0]?.spec.clusterIP);
  });

  it("knows headless and external services, and two families", async () => {
    const allocation = allocationOf("10.1.0.0/24", "fd00::/112");
    const headless = (await admit(allocation, { clusterIP: "None", selector: { a: "b" } })).spec;
    assert.deepEqual(headless.clusterIPs, ["None"]);
    assert.deepEqual(headless.ipFamilies, ["IPv4"]);
    const loose = (await admit(allocation, { clusterIP: "None" })).spec;
    assert.equal(loose.ipFamilyPolicy, "RequireDualStack");
    assert.deepEqual(loose.ipFamilies, ["IPv4", "IPv6"]);
    const external = (await admit(allocation, { type: "ExternalName" })).spec;
    assert.equal(external.clusterIP, undefined);
    const both = (await admit(allocation, { ipFamilyPolicy: "PreferDualStack" })).spec;
    assert.deepEqual(both.ipFamilies, ["IPv4", "IPv6"]);
    assert.match(both.clusterIPs?.[1] ?? "", /^fd00::/);
  });

  it("refuses what cannot be", async () => {
    const allocation = allocationOf("10.2.0.0/24");
    const cases: [object, RegExp][] = [
      [
        { clusterIP: "10.3.0.1" },
        /IP 10.3.0.1: the provided network does not match the current range/,
      ],
      [
        { clusterIP: "10.2.0.0" },
        /is not in the valid range. The range of valid IPs is 10.2.0.0\/24/,
      ],
      [{ ipFamilies: ["IPv6"] }, /ipFamilies\[0\]: Invalid value: "IPv6": not configured/],
      [{ ipFamilyPolicy: "RequireDualStack" }, /not configured for dual-stack services/],
      [
        { type: "NodePort", ports: [{ port: 1, nodePort: 29999 }] },
        /The range of valid ports is 30000-30003/,
      ],
    ];
    for (const [spec, expected] of cases) await assert.rejects(admit(allocation, spec), expected);
  });

  it("gives one node port to one number in two protocols, and keeps it", async () => {
    const allocation = allocationOf("10.4.0.0/24");
    const ports = [
      { name: "a", port: 53, protocol: "TCP" },
      { name: "b", port: 53, protocol: "UDP" },
    ];
    const { spec } = await admit(allocation, { type: "NodePort", ports });
    const [first, second] = spec.ports ?? [];
    assert.equal(first?.nodePort, second?.nodePort);
    const fresh = [
      { name: "a", port: 53, protocol: "TCP" },
      { name: "b", port: 53, protocol: "UDP" },
    ];
    const changed = await admit(allocation, { type: "NodePort", ports: fresh }, spec);
    assert.equal(changed.spec.clusterIP, spec.clusterIP);
    assert.equal(changed.spec.ports?.[0]?.nodePort, first?.nodePort);
  });
});
