import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { openEmbeddedStorage } from "../../../../lib/storage/embeddedStorage.js";
import { RestCaller } from "../../../support/apiserver/restCaller.js";
import { startTestApiServer } from "../../../support/apiserver/testApiServer.js";

/** The seconds of each lease that two Events in a row are granted. */
async function leasesOf(options: {
  eventTtlSeconds: number;
  leaseReuseSeconds?: number;
}): Promise<number[]> {
  const storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
  const granted: number[] = [];
  const grant = storage.grantLease.bind(storage);
  storage.grantLease = (seconds, ...rest) => {
    granted.push(seconds);
    return grant(seconds, ...rest);
  };
  // Without the lease that the server keeps its own address by.
  const service = { advertiseAddress: "10.0.0.9", securePort: 6443, reconciler: "none" } as const;
  const api = await startTestApiServer({ ...options, storage }, { service });
  try {
    const rest = new RestCaller(api.url);
    for (const name of ["a", "b"]) {
      const { status } = await rest.call("/api/v1/namespaces/default/events", {
        method: "POST",
        body: { metadata: { name }, involvedObject: { namespace: "default" } },
      });
      assert.equal(status, 201);
    }
  } finally {
    await api.stop();
  }
  return granted;
}

describe("leases of Events", () => {
  it("last --event-ttl, and are shared for --lease-reuse-duration-seconds", async () => {
    assert.deepEqual(await leasesOf({ eventTtlSeconds: 100 }), [160]);
    assert.deepEqual(await leasesOf({ eventTtlSeconds: 100, leaseReuseSeconds: 0 }), [100, 100]);
  });

  it("are granted anew where somebody has ended the one that is shared", async () => {
    const storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    const service = { advertiseAddress: "10.0.0.9", securePort: 6443, reconciler: "none" } as const;
    const api = await startTestApiServer({ storage }, { service });
    const rest = new RestCaller(api.url);
    const path = "/api/v1/namespaces/default/events";
    const leaseOf = async (name: string): Promise<number> =>
      (await storage.get(`/registry/events/default/${name}`))?.leaseId ?? 0;
    try {
      const create = async (name: string): Promise<void> => {
        const body = { metadata: { name }, involvedObject: { namespace: "default" } };
        const { status, text } = await rest.call(path, { method: "POST", body });
        assert.equal(status, 201, text());
      };
      await create("a");
      const first = await leaseOf("a");
      await storage.revokeLease(first);
      await Promise.all(["b", "c"].map(create));
      assert.ok(![0, first].includes(await leaseOf("b")));
      assert.equal(await leaseOf("b"), await leaseOf("c"));
      await storage.revokeLease(await leaseOf("b"));
      await create("d");
    } finally {
      rest.close();
      await api.stop();
    }
  });

  it("are none where Events are to be kept for ever", async () => {
    assert.deepEqual(await leasesOf({ eventTtlSeconds: 0 }), []);
  });
});
