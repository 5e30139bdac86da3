import assert from "node:assert/strict";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import {
  type EmbeddedStorage,
  openEmbeddedStorage,
} from "../../../../lib/storage/embeddedStorage.js";
import { GrantingServer } from "../../../support/apiserver/grantingServer.js";
import { type SteadyClient, steadyHttp2 } from "../../../support/apiserver/steadyClient.js";

const users = "master-token,m,1,system:masters\n";

describe("Events that the listener writes by itself", () => {
  let server: GrantingServer;
  let storage: EmbeddedStorage;
  let path = "";
  let events = 0;

  beforeEach(async () => {
    storage = await openEmbeddedStorage({ clock: nodePlatform.clock });
    server = await GrantingServer.start(users, storage);
    path = `${await server.namespace("here")}/events`;
  });
  afterEach(() => server.stop());

  const event = (name: string, message = "m"): object => ({
    metadata: { name, namespace: "here" },
    involvedObject: { kind: "Pod", namespace: "here", name: "p" },
    ...{ reason: "R", message, type: "Normal", count: 1, source: { component: "c" } },
    ...{ firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:00Z" },
  });

  async function create(
    client: SteadyClient,
    headers: Record<string, string> = {},
  ): Promise<{ name: string; isDirect: boolean }> {
    events += 1;
    const name = `event-${events}`;
    const isDirect = await server.isDirect(async () => {
      const { status, text } = await client.post(path, event(name), headers);
      assert.equal(status, 201, text);
    });
    return { name, isDirect };
  }

  const leaseOf = async (name: string): Promise<number> =>
    (await storage.get(`/registry/events/here/${name}`))?.leaseId ?? 0;

  it("end with leases that serve a thousand at most", async () => {
    const client = server.connect(steadyHttp2, "master-token");
    const byLease = new Map<number, number>();
    let direct = 0;
    for (let at = 0; at < 1_500; at += 1) {
      const { name, isDirect } = await create(client);
      const lease = await leaseOf(name);
      assert.notEqual(lease, 0, name);
      byLease.set(lease, (byLease.get(lease) ?? 0) + 1);
      if (isDirect) direct += 1;
    }
    assert.ok(direct > 1_400, `${direct} of 1,500`);
    assert.ok(byLease.size >= 2);
    for (const count of byLease.values()) assert.ok(count <= 1_000, `${count} of one lease`);
  });

  it("take nothing of a lease where their writer is asked about each time", async () => {
    const client = server.connect(steadyHttp2, "master-token");
    await server.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "other" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "cluster-admin",
      },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "other" }],
    });
    const leases = new Set<number>();
    for (let at = 0; at < 50; at += 1) {
      const { name, isDirect } = await create(client, { "impersonate-user": "other" });
      assert.ok(!isDirect);
      leases.add(await leaseOf(name));
    }
    assert.equal(leases.size, 1);
  });

  it("are granted a new lease where somebody has ended theirs", async () => {
    const client = server.connect(steadyHttp2, "master-token");
    let one = await create(client);
    while (!one.isDirect) one = await create(client);
    const first = await leaseOf(one.name);
    await storage.revokeLease(first);
    assert.equal((await server.read(`${path}/${one.name}`)).code, 404);
    const next = await create(client);
    assert.ok(!next.isDirect);
    assert.ok(![0, first].includes(await leaseOf(next.name)));
  });

  it("begin their time anew when they are updated", async () => {
    const client = server.connect(steadyHttp2, "master-token");
    const { name } = await create(client);
    const first = await leaseOf(name);
    for (let at = 0; at < 1_000; at += 1) await create(client);
    let direct = 0;
    for (let at = 0; at < 5; at += 1) {
      const isDirect = await server.isDirect(async () => {
        const { status, text } = await client.put(`${path}/${name}`, event(name, `m${at}`));
        assert.equal(status, 200, text);
      });
      if (isDirect) direct += 1;
    }
    assert.ok(direct > 0);
    assert.ok(![0, first].includes(await leaseOf(name)));
  });
});
