import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MetricsRegistry } from "../../../lib/api/metrics/metricsRegistry.js";
import { countStore } from "../../../lib/apiserver/metrics/storeMetrics.js";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { until } from "../../support/nodes/until.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

describe("a store's metrics", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "steersman-metrics-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("have the snapshot's size, when it is made and after a restart, and watches that were slow", async () => {
    const options = { directory, clock: nodeClock, snapshotLogBytes: 4096, maxQueueEvents: 2 };
    let storage = await openEmbeddedStorage(options);
    const shown = (name: string): number => {
      const registry = new MetricsRegistry();
      countStore(registry, storage);
      const line = registry
        .expose()
        .split("\n")
        .find((one) => one.startsWith(`${name} `));
      return Number(line?.split(" ")[1]);
    };
    assert.equal(shown("steersman_store_snapshot_bytes"), 0);
    assert.equal(shown("steersman_store_slow_watchers_closed"), 0);
    const stream = storage.watch({
      prefix: "/",
      afterRevision: storage.currentRevision(),
      view: { messageType: "k8s.io.api.core.v1.ConfigMap", format: "json", part: "object" },
      framing: "json",
      onReady: () => undefined,
    });
    for (let i = 0; i < 20; i++) {
      const value = storedConfigMap(`n${i}`, "x".repeat(500));
      await storage.transact({ compare: [], success: [{ type: "put", key: `/${i}`, value }] });
    }
    assert.equal(shown("steersman_store_slow_watchers_closed"), 1);
    stream.close();
    await storage.compact(storage.currentRevision());
    const isSnapshot = (name: string): boolean => name.startsWith("snapshot-");
    // Made by the store's own thread; the metric says when.
    await until("a snapshot", () => shown("steersman_store_snapshot_bytes") > 0);
    const size = async (): Promise<number> => {
      const name = (await readdir(directory)).find(isSnapshot) ?? assert.fail("no snapshot");
      return (await stat(join(directory, name))).size;
    };
    assert.equal(shown("steersman_store_snapshot_bytes"), await size());
    await storage.close();
    storage = await openEmbeddedStorage(options);
    assert.equal(shown("steersman_store_snapshot_bytes"), await size());
    await storage.close();
  });

  it("are what the store counts, under etcd's names where the same is meant", async () => {
    const storage = await openEmbeddedStorage({ directory, clock: nodeClock });
    const registry = new MetricsRegistry();
    countStore(registry, storage);
    const sample = (name: string): number => {
      const line = registry
        .expose()
        .split("\n")
        .find((one) => one.startsWith(`${name} `));
      return Number(line?.split(" ")[1]);
    };
    for (const key of ["/a", "/b", "/c"]) {
      const value = new Uint8Array([1]);
      await storage.transact({ compare: [], success: [{ type: "put", key, value }] });
    }
    assert.equal(sample("etcd_debugging_mvcc_current_revision"), 4);
    assert.equal(sample("etcd_debugging_mvcc_keys_total"), 3);
    assert.equal(sample("etcd_debugging_mvcc_watcher_total"), 0);
    assert.equal(sample("steersman_store_fsyncs"), 3);
    assert.equal(sample("steersman_store_waiting_writes"), 0);
    assert.ok(sample("steersman_store_records") >= 3);
    assert.ok(sample("steersman_store_log_bytes") > 0);
    // The head of the first segment is synced, too.
    assert.ok(sample("etcd_disk_wal_fsync_duration_seconds_count") >= 3);
    assert.ok(sample("etcd_disk_wal_fsync_duration_seconds_sum") > 0);
    const buckets = registry
      .expose()
      .split("\n")
      .filter((line) => line.startsWith("etcd_disk_wal_fsync_duration_seconds_bucket"));
    assert.equal(buckets.length, 15);
    assert.match(buckets[0] ?? "", /le="0\.001"/);
    assert.match(buckets[13] ?? "", /le="8\.192"/);
    await storage.close();
  });
});
