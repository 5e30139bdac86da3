import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Storage, StorageStatistics } from "../../storage/storage.js";

type Reading = (now: StorageStatistics) => number | undefined;

/**
 * What the store says of itself; etcd's names where the same is meant. A driver that does not know
 * a number leaves its gauge out.
 */
const readings: readonly (readonly [string, string, Reading])[] = [
  ["etcd_debugging_mvcc_current_revision", "The newest revision.", (now) => now.revision],
  [
    "etcd_debugging_mvcc_compact_revision",
    "The oldest revision that can be read.",
    (now) => now.compactedRevision,
  ],
  ["etcd_debugging_mvcc_keys_total", "Keys that exist now.", (now) => now.keys],
  ["etcd_debugging_mvcc_watcher_total", "Watches open on the store.", (now) => now.watchers],
  [
    "etcd_mvcc_db_total_size_in_use_in_bytes",
    "Bytes of keys and of their newest values.",
    (now) => now.bytes,
  ],
  ["steersman_store_log_bytes", "Bytes of the log on disk.", (now) => now.logBytes],
  [
    "steersman_store_fsyncs",
    "Groups that were written to the log, each with one sync.",
    (now) => now.fsyncs,
  ],
  [
    "steersman_store_snapshots",
    "Snapshots that were written since the start.",
    (now) => now.snapshots,
  ],
  ["steersman_store_snapshot_bytes", "Bytes of the snapshot on disk.", (now) => now.snapshotBytes],
  ["steersman_store_waiting_writes", "Writes that wait for the disk.", (now) => now.waitingWrites],
  [
    "steersman_store_history_changes",
    "Changes that watches can still begin before.",
    (now) => now.historyChanges,
  ],
  [
    "steersman_store_history_bytes",
    "Bytes that are kept for these changes alone.",
    (now) => now.historyBytes,
  ],
  [
    "steersman_store_records",
    "Records that were written to the log; with the syncs, the mean size of a group.",
    (now) => now.records,
  ],
  ["steersman_store_pins", "Lists and first states in progress.", (now) => now.pins],
  ["steersman_store_leases", "Leases that exist now.", (now) => now.leases],
  [
    "steersman_store_upkeep_failures",
    "Rounds of snapshots and of freeing history that failed.",
    (now) => now.upkeepFailures,
  ],
  [
    "steersman_store_slow_watchers_closed",
    "Watches that were closed because they fell behind their bound.",
    (now) => now.slowWatchersClosed,
  ],
];

/** Seconds, as etcd's: what syncs of the log are counted by. */
const syncBounds = Array.from({ length: 14 }, (_, i) => 0.001 * 2 ** i);

/** Shows a store's numbers among a server's metrics. */
export function countStore(registry: MetricsRegistry, storage: Storage): void {
  const size = registry.gauge("apiserver_storage_size_bytes", "Bytes that storage holds.", [
    "storage_cluster_id",
  ]);
  const now = storage.statistics();
  const known = readings.filter(([, , read]) => read(now) !== undefined);
  const gauges = known.map(([name, help, read]) => ({
    gauge: registry.gauge(name, help).with(),
    read,
  }));
  const syncs = registry
    .histogram(
      "etcd_disk_wal_fsync_duration_seconds",
      "Time that syncs of the log took.",
      [],
      syncBounds,
    )
    .with();
  registry.onCollect(() => {
    const statistics = storage.statistics();
    syncs.replace(statistics.syncCounts ?? [], statistics.syncSeconds ?? 0);
    const { bytes, logBytes, databaseBytes } = statistics;
    if (!storage.isElsewhere) size.with("embedded").set(bytes + logBytes);
    else if (databaseBytes !== undefined) size.with("etcd-0").set(databaseBytes);
    for (const { gauge, read } of gauges) gauge.set(read(statistics) ?? 0);
  });
}
