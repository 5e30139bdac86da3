import assert from "node:assert/strict";
import { coordinationV1, coreV1 } from "../../../../lib/api/gen/resources.js";
import type { Node, NodeStatus } from "../../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../../lib/api/status.js";
import { NodeManager, type NodeManagerOptions } from "../../../../lib/kubelet/node/nodeManager.js";
import { silentLogger } from "../../../../lib/platform/logger.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { VirtualCluster } from "../../../support/client/virtualCluster.js";

describe("NodeManager", () => {
  let api: VirtualCluster;
  let abort: AbortController;
  let running: Promise<void> | undefined;
  let ready: boolean;
  let manager: NodeManager;

  beforeEach(() => {
    api = new VirtualCluster();
    abort = new AbortController();
    ready = true;
  });
  afterEach(async () => {
    abort.abort();
    await api.clock.settle();
    await running;
    running = undefined;
    await api.stop();
  });

  const status = async (): Promise<NodeStatus> => ({
    conditions: [
      {
        type: "Ready",
        status: ready ? "True" : "False",
        lastHeartbeatTime: new Date(api.clock.now()).toISOString(),
      },
    ],
    addresses: [{ type: "InternalIP", address: "10.0.0.9" }],
  });

  async function start(more: Partial<NodeManagerOptions> = {}): Promise<void> {
    manager = new NodeManager({
      platform: { ...nodePlatform, clock: api.clock, random: api.random },
      client: api.client,
      logger: silentLogger,
      nodeName: "n1",
      labels: { zone: "a" },
      taints: [{ key: "k", effect: "NoSchedule" }],
      registerNode: true,
      providerId: "test://n1",
      podCidr: "10.1.0.0/24",
      updateMilliseconds: 10_000,
      reportMilliseconds: 300_000,
      leaseDurationSeconds: 40,
      status,
      onNode: () => undefined,
      ...more,
    });
    running = manager.run(abort.signal);
    await pass(1_000);
  }
  async function pass(milliseconds: number): Promise<void> {
    for (let at = 0; at < milliseconds; at += 500) await api.clock.advance(500);
  }
  const node = (): Promise<Node> => api.client.resource(coreV1.nodes).get("n1");
  const told = (): number =>
    api.transport.writes.filter((line) => line.startsWith("patch nodes/status")).length;

  it("registers with labels, taints and what it was told of itself", async () => {
    await start();
    const { metadata, spec, status: has } = await node();
    assert.equal(metadata.labels?.["kubernetes.io/hostname"], "n1");
    assert.equal(metadata.labels?.["kubernetes.io/os"], nodePlatform.host.platform);
    assert.equal(metadata.labels?.zone, "a");
    assert.equal(
      metadata.annotations?.["volumes.kubernetes.io/controller-managed-attach-detach"],
      "true",
    );
    assert.deepEqual(spec, {
      taints: [{ key: "k", effect: "NoSchedule" }],
      providerID: "test://n1",
      podCIDR: "10.1.0.0/24",
      podCIDRs: ["10.1.0.0/24"],
    });
    assert.equal(has?.conditions?.[0]?.status, "True");
  });

  it("takes a node that is there, and puts its own labels right", async () => {
    await api.client.resource(coreV1.nodes).create({
      metadata: { name: "n1", labels: { "kubernetes.io/hostname": "other", mine: "stays" } },
      spec: { unschedulable: true },
    });
    await start();
    const { metadata, spec } = await node();
    assert.equal(metadata.labels?.["kubernetes.io/hostname"], "n1");
    assert.equal(metadata.labels?.mine, "stays");
    assert.equal(spec?.unschedulable, true);
    assert.equal(spec?.taints, undefined, "taints are for registering only");
  });

  it("does not make a node where others register it", async () => {
    await start({ registerNode: false });
    assert.ok(!api.transport.writes.some((line) => line.startsWith("create nodes")));
    await api.client.resource(coreV1.nodes).create({ metadata: { name: "n1" } });
    await pass(10_000);
    assert.equal((await node()).status?.conditions?.[0]?.status, "True");
  });

  it("tries again until the server takes it", async () => {
    api.transport.refuse = ({ type }) =>
      type.resource === "nodes" ? apiErrors.serviceUnavailable("not yet") : undefined;
    await start();
    api.transport.refuse = undefined;
    await pass(8_000);
    assert.equal((await node()).metadata.name, "n1");
  });

  it("tells its status when it changes, and every five minutes", async () => {
    await start();
    await pass(120_000);
    assert.equal(told(), 0, "heartbeats alone are no news");
    ready = false;
    await pass(10_000);
    assert.equal(told(), 1);
    assert.equal((await node()).status?.conditions?.[0]?.status, "False");
    await pass(301_000);
    assert.equal(told(), 2);
    ready = true;
    manager.poke();
    await api.clock.advance(0);
    await api.clock.settle();
    assert.equal(told(), 3, "at once when somebody says so");
  });

  it("registers again when somebody has deleted the node", async () => {
    await start();
    await api.client.resource(coreV1.nodes).delete("n1");
    ready = false;
    await pass(20_000);
    assert.equal((await node()).status?.conditions?.[0]?.status, "False");
  });

  it("renews its lease about every ten seconds, and makes it anew", async () => {
    await start();
    const leases = api.client.resource(coordinationV1.leases);
    const lease = () => leases.get("n1", { namespace: "kube-node-lease" });
    const first = await lease();
    assert.equal(first.spec?.holderIdentity, "n1");
    assert.equal(first.spec?.leaseDurationSeconds, 40);
    assert.equal(first.metadata.ownerReferences?.[0]?.uid, (await node()).metadata.uid);
    await pass(60_000);
    const renewals = api.transport.writes.filter((line) => line.startsWith("patch leases")).length;
    assert.ok(renewals >= 6 && renewals <= 8, String(renewals));
    assert.notEqual((await lease()).spec?.renewTime, first.spec?.renewTime);
    await leases.delete("n1", { namespace: "kube-node-lease" });
    await pass(12_000);
    assert.equal((await lease()).spec?.holderIdentity, "n1");
  });
});
