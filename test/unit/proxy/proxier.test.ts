import assert from "node:assert/strict";
import { MetricsRegistry } from "../../../lib/api/metrics/metricsRegistry.js";
import { silentLogger } from "../../../lib/platform/logger.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";
import { serviceChange, sliceChanges } from "../../../lib/proxy/changes/pendingChanges.js";
import { ProxyHealth } from "../../../lib/proxy/health/proxyHealth.js";
import { IptablesCommand } from "../../../lib/proxy/iptables/iptablesCommand.js";
import { Proxier } from "../../../lib/proxy/proxier.js";
import { createProxyMetrics } from "../../../lib/proxy/proxyMetrics.js";
import { FakeIptables } from "../../support/proxy/fakeIptables.js";
import { testService, testSlice } from "../../support/proxy/proxyObjects.js";

describe("Proxier", () => {
  let clock: VirtualClock;
  let kernel: FakeIptables;
  let registry: MetricsRegistry;
  let health: ProxyHealth;
  let proxier: Proxier;

  beforeEach(async () => {
    clock = new VirtualClock();
    kernel = new FakeIptables();
    registry = new MetricsRegistry();
    health = new ProxyHealth(clock, 60_000);
    const platform: Platform = { ...nodePlatform, clock, processes: kernel };
    const iptables = await IptablesCommand.detect(platform, "IPv4");
    assert.ok(iptables);
    assert.equal(iptables.backend, "nft");
    proxier = new Proxier({
      ...{ platform, logger: silentLogger, iptables, health },
      rules: {
        ...{ family: "IPv4", nodeName: "node", zone: "", masqueradeAll: false, masqueradeBit: 14 },
        ...{ localhostNodePorts: false, randomFully: true, conntrackTcpBeLiberal: false },
      },
      ...{ minSyncPeriodMilliseconds: 1_000, syncPeriodMilliseconds: 30_000 },
      metrics: createProxyMetrics(registry),
      nodePortAddresses: () => undefined,
      onSynced: () => undefined,
    });
  });

  afterEach(() => proxier.stop());

  const web = testService("web", "10.96.0.10");
  const slice = (...addresses: string[]) =>
    testSlice(
      "web",
      addresses.map((address) => ({ address })),
    );

  async function advance(milliseconds: number): Promise<void> {
    await clock.advance(milliseconds);
    for (let turn = 0; turn < 20; turn++) await clock.settle();
  }

  async function begin(): Promise<void> {
    proxier.add([serviceChange(web, false)]);
    proxier.add(sliceChanges(undefined, slice("10.20.0.2", "10.20.0.3")));
    proxier.start();
    await advance(1);
    await proxier.firstSync;
  }

  const metric = (name: string): string | undefined =>
    new RegExp(`^${name}\\{ip_family="IPv4"\\} (.*)$`, "m").exec(registry.expose())?.[1];

  it("writes nothing before it knows everything, and then all of it", async () => {
    proxier.add([serviceChange(web, false)]);
    await advance(60_000);
    assert.equal(kernel.restored.length, 0);
    await begin();
    assert.equal(kernel.restored.length, 1);
    assert.match(kernel.tables.save(), /-A KUBE-SERVICES .*"test\/web:tcp cluster IP"/);
    assert.equal(health.isHealthy(), true);
  });

  it("writes only what changed, and gathers changes within the minimal period", async () => {
    await begin();
    for (const last of ["10.20.0.4", "10.20.0.5", "10.20.0.6"]) {
      proxier.add(sliceChanges(slice(), slice("10.20.0.2", last)));
      await advance(100);
    }
    assert.equal(metric("kubeproxy_sync_proxy_rules_endpoint_changes_pending"), "1");
    await advance(2_000);
    // The first change is written at once: two syncs may come together.
    assert.equal(kernel.restored.length, 3);
    const text = kernel.restored.at(-1) ?? "";
    assert.ok(!text.includes("*filter") && !text.includes("KUBE-SERVICES"), text);
    assert.match(kernel.tables.save(), /--to-destination 10\.20\.0\.6:8080/);
    assert.doesNotMatch(kernel.tables.save(), /--to-destination 10\.20\.0\.[345]:8080/);
    assert.equal(metric("kubeproxy_sync_proxy_rules_endpoint_changes_pending"), "0");
  });

  it("leaves alone what changes nothing that rules depend on", async () => {
    await begin();
    const metadata = { ...web.metadata, annotations: { note: "other" } };
    proxier.add([serviceChange({ ...web, metadata }, false)]);
    await advance(5_000);
    assert.equal(kernel.restored.length, 1);
  });

  it("answers a failure with a full sync, and backs off while failures go on", async () => {
    await begin();
    kernel.failures = 3;
    proxier.add(sliceChanges(slice(), slice("10.20.0.9")));
    await advance(1);
    assert.equal(kernel.restored.length, 2);
    assert.doesNotMatch(kernel.tables.save(), /10\.20\.0\.9/);
    await advance(20_000);
    assert.equal(kernel.restored.length, 5);
    assert.ok(kernel.restored.at(-1)?.includes("*filter"), "the last was a full one");
    assert.match(kernel.tables.save(), /--to-destination 10\.20\.0\.9:8080/);
    assert.equal(metric("kubeproxy_sync_proxy_rules_iptables_restore_failures_total"), "3");
    assert.equal(metric("kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total"), "1");
  });

  it("becomes unhealthy when changes wait too long, and healthy again", async () => {
    await begin();
    kernel.failures = 1_000;
    proxier.add(sliceChanges(slice(), slice("10.20.0.9")));
    await advance(61_000);
    assert.equal(health.isHealthy(), false);
    kernel.failures = 0;
    await advance(31_000);
    assert.equal(health.isHealthy(), true);
  });

  it("notices that somebody emptied the tables", async () => {
    await begin();
    const rules = kernel.tables.save();
    for (const chains of kernel.tables.tables.values()) {
      for (const name of [...chains.keys()]) {
        if (name.startsWith("KUBE-")) chains.delete(name);
        else chains.set(name, []);
      }
    }
    await advance(31_000);
    assert.equal(kernel.tables.save(), rules);
  });

  it("compares the rules once an hour, and writes them again when they differ", async () => {
    await begin();
    await advance(3_700_000);
    assert.equal(kernel.restored.length, 1);
    const rules = kernel.tables.save();
    kernel.tables.tables.get("nat")?.get("KUBE-SERVICES")?.shift();
    await advance(3_700_000);
    assert.equal(kernel.restored.length, 2);
    assert.equal(kernel.tables.save(), rules);
  });

  describe("tracked UDP flows", () => {
    const ports = [{ name: "udp", protocol: "UDP" as const, port: 53 }];
    const flow = (from: number, to: string, port: number, responds: string) =>
      `udp 17 29 src=10.0.0.9 dst=${to} sport=${from} dport=${port} ` +
      `src=${responds} dst=10.0.0.9 sport=8080 dport=${from} mark=0 use=1`;
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => flow(at + 1, "10.96.0.10", 53, "10.20.0.2"));
    const summary = "conntrack v1.4.7 (conntrack-tools): flow entries have been shown.";

    async function beginUdp(): Promise<void> {
      proxier.add([serviceChange(testService("web", "10.96.0.10", { ports }), false)]);
      proxier.add(sliceChanges(undefined, slice("10.20.0.2", "10.20.0.3")));
      proxier.start();
      await advance(1);
    }

    it("are deleted where their endpoint went, and no others", async () => {
      await beginUdp();
      const kept = [flow(2, "10.96.0.10", 53, "10.20.0.3"), flow(3, "10.96.0.99", 53, "10.20.0.2")];
      kernel.flows = [flow(1, "10.96.0.10", 53, "10.20.0.2"), ...kept, summary];
      proxier.add(sliceChanges(slice(), slice("10.20.0.3")));
      await advance(5_000);
      assert.deepEqual(kernel.flows, [...kept, summary]);
    });

    it("are deleted all, by one run for a destination, however many they are", async () => {
      await beginUdp();
      const kept = flow(60_000, "10.96.0.10", 53, "10.20.0.3");
      kernel.flows = [...many(30_000), kept];
      proxier.add(sliceChanges(slice(), slice("10.20.0.3")));
      await advance(5_000);
      assert.deepEqual(kernel.flows, [kept]);
      assert.equal(kernel.deletions, 1);
    });

    it("are deleted one by one, to the last, where conntrack cannot select them", async () => {
      await beginUdp();
      kernel.unknownOptions = ["--reply-src"];
      kernel.flows = many(5_000);
      proxier.add(sliceChanges(slice(), slice("10.20.0.3")));
      await advance(5_000);
      await advance(5_000);
      assert.deepEqual(kernel.flows, []);
    });

    it("are looked at again where they could not be deleted", async () => {
      await beginUdp();
      kernel.unknownOptions = ["--orig-dst"];
      kernel.flows = many(3);
      proxier.add(sliceChanges(slice(), slice("10.20.0.3")));
      await advance(5_000);
      assert.equal(kernel.flows.length, 3);
      kernel.unknownOptions = [];
      await advance(60_000);
      assert.deepEqual(kernel.flows, []);
    });
  });
});
