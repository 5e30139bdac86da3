import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";

function exponential(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start * factor ** index);
}

function linear(start: number, width: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + width * index);
}

const programmingBuckets = [
  ...[0, 0.25, 0.5],
  ...linear(1, 1, 59),
  ...linear(60, 5, 12),
  ...linear(120, 30, 7),
];

export type ProxyMetrics = ReturnType<typeof createProxyMetrics>;

/** kube-proxy's metrics, by upstream's names. */
export function createProxyMetrics(registry: MetricsRegistry) {
  const byFamily = ["ip_family"];
  const counter = (name: string, help: string, labels: readonly string[] = byFamily) =>
    registry.counter(`kubeproxy_${name}`, help, labels);
  const gauge = (name: string, help: string, labels: readonly string[] = byFamily) =>
    registry.gauge(`kubeproxy_${name}`, help, labels);
  const histogram = (name: string, help: string, buckets = exponential(0.001, 2, 15)) =>
    registry.histogram(`kubeproxy_${name}`, help, byFamily, buckets);
  return {
    healthzTotal: counter("proxy_healthz_total", "Answers of /healthz", ["code"]),
    livezTotal: counter("proxy_livez_total", "Answers of /livez", ["code"]),
    syncDuration: histogram("sync_proxy_rules_duration_seconds", "How long a sync took"),
    fullSyncDuration: histogram(
      "sync_full_proxy_rules_duration_seconds",
      "How long a sync of everything took",
    ),
    partialSyncDuration: histogram(
      "sync_partial_proxy_rules_duration_seconds",
      "How long a sync of changes took",
    ),
    networkProgramming: histogram(
      "network_programming_duration_seconds",
      "From the change of a pod or service until the rules follow it",
      programmingBuckets,
    ),
    lastSync: gauge("sync_proxy_rules_last_timestamp_seconds", "When a sync last worked"),
    lastQueued: gauge(
      "sync_proxy_rules_last_queued_timestamp_seconds",
      "When a sync was last asked for",
    ),
    endpointChangesPending: gauge(
      "sync_proxy_rules_endpoint_changes_pending",
      "EndpointSlice changes that are not in the rules yet",
    ),
    endpointChangesTotal: counter(
      "sync_proxy_rules_endpoint_changes_total",
      "EndpointSlice changes seen",
    ),
    serviceChangesPending: gauge(
      "sync_proxy_rules_service_changes_pending",
      "Service changes that are not in the rules yet",
    ),
    serviceChangesTotal: counter("sync_proxy_rules_service_changes_total", "Service changes seen"),
    restoreFailures: counter(
      "sync_proxy_rules_iptables_restore_failures_total",
      "Runs of iptables-restore that failed",
    ),
    partialRestoreFailures: counter(
      "sync_proxy_rules_iptables_partial_restore_failures_total",
      "Syncs of changes that failed",
    ),
    rulesTotal: gauge("sync_proxy_rules_iptables_total", "Rules that the proxy has", [
      "table",
      "ip_family",
    ]),
    noLocalEndpoints: gauge(
      "sync_proxy_rules_no_local_endpoints_total",
      "Service ports whose Local policy finds no endpoint on this node",
      ["traffic_policy", "ip_family"],
    ),
  };
}
