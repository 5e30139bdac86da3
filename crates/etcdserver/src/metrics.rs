//! What is counted, and how /metrics says it: by etcd's names.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use parking_lot::Mutex;
use steersman_upkeep::BUCKETS;

use crate::engine::Engine;
use crate::status::Code;
use crate::{SERVER_VERSION, cluster_version};

#[derive(Default)]
pub struct Metrics {
    /// By path and code; as many paths as there are methods, as `handled` is told of no others.
    handled: Mutex<BTreeMap<(&'static str, Code), u64>>,
    pub puts: AtomicU64,
    pub ranges: AtomicU64,
    pub deletes: AtomicU64,
    pub transactions: AtomicU64,
    pub received_bytes: AtomicU64,
    pub sent_bytes: AtomicU64,
    pub watch_streams: AtomicI64,
    pub watchers: AtomicI64,
    pub events: AtomicU64,
}

impl Metrics {
    pub fn handled(&self, method: &'static str, code: Code) {
        *self.handled.lock().entry((method, code)).or_default() += 1;
    }
}

pub fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.line(name, value);
    }
}

pub fn text(engine: &Engine) -> String {
    let mut out = Text(String::new());
    server(&mut out, engine);
    storage(&mut out, engine);
    requests(&mut out, &engine.metrics);
    out.0
}

fn server(out: &mut Text, engine: &Engine) {
    let member = engine.header.member_id;
    out.one(
        "etcd_server_has_leader",
        "gauge",
        "Whether there is a leader: always.",
        1,
    );
    out.one(
        "etcd_server_is_leader",
        "gauge",
        "Whether it is this member: always.",
        1,
    );
    out.one(
        "etcd_server_leader_changes_seen_total",
        "counter",
        "How often the leader changed.",
        1,
    );
    out.head("etcd_server_id", "gauge", "The member's id, as a label.");
    out.line(&format!("etcd_server_id{{server_id=\"{member:x}\"}}"), 1);
    out.head(
        "etcd_server_version",
        "gauge",
        "The version of etcd whose API is served.",
    );
    let version = format!("etcd_server_version{{server_version=\"{SERVER_VERSION}\"}}");
    out.line(&version, 1);
    out.head(
        "etcd_cluster_version",
        "gauge",
        "The version of the cluster.",
    );
    let version = cluster_version();
    out.line(
        &format!("etcd_cluster_version{{cluster_version=\"{version}\"}}"),
        1,
    );
    out.one(
        "etcd_server_quota_backend_bytes",
        "gauge",
        "The bound of keys, values and history.",
        engine.options.quota_bytes,
    );
    let healthy = u8::from(crate::health::check(engine, false).is_ok());
    out.head(
        "etcd_server_health_success",
        "gauge",
        "Whether the member is healthy.",
    );
    out.line("etcd_server_health_success", healthy);
}

fn storage(out: &mut Text, engine: &Engine) {
    let statistics = engine.store.statistics();
    let metrics = &engine.metrics;
    out.one(
        "etcd_mvcc_db_total_size_in_bytes",
        "gauge",
        "The log's size on disk.",
        engine.disk_bytes(),
    );
    out.one(
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "gauge",
        "Keys, values and history.",
        statistics.bytes + statistics.history_bytes,
    );
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    for (name, help, count) in [
        ("etcd_mvcc_put_total", "Puts.", load(&metrics.puts)),
        ("etcd_mvcc_range_total", "Ranges.", load(&metrics.ranges)),
        ("etcd_mvcc_delete_total", "Deletes.", load(&metrics.deletes)),
        (
            "etcd_mvcc_txn_total",
            "Transactions.",
            load(&metrics.transactions),
        ),
        (
            "etcd_debugging_mvcc_events_total",
            "Events sent.",
            load(&metrics.events),
        ),
        (
            "etcd_network_client_grpc_received_bytes_total",
            "Bytes of requests.",
            load(&metrics.received_bytes),
        ),
        (
            "etcd_network_client_grpc_sent_bytes_total",
            "Bytes of responses.",
            load(&metrics.sent_bytes),
        ),
    ] {
        out.one(name, "counter", help, count);
    }
    let gauge = |gauge: &AtomicI64| gauge.load(Ordering::Relaxed).max(0) as u64;
    for (name, help, count) in [
        ("etcd_debugging_mvcc_keys_total", "Keys.", statistics.keys),
        (
            "etcd_debugging_mvcc_current_revision",
            "The newest revision.",
            statistics.revision,
        ),
        (
            "etcd_debugging_mvcc_compact_revision",
            "The compacted revision.",
            engine.compacted().max(0) as u64,
        ),
        (
            "etcd_debugging_mvcc_watch_stream_total",
            "Streams of watches.",
            gauge(&metrics.watch_streams),
        ),
        (
            "etcd_debugging_mvcc_watcher_total",
            "Watches.",
            gauge(&metrics.watchers),
        ),
        ("etcd_debugging_lease_total", "Leases.", statistics.leases),
    ] {
        out.one(name, "gauge", help, count);
    }
    let name = "etcd_disk_wal_fsync_duration_seconds";
    out.head(name, "histogram", "How long syncs of the log took.");
    let mut sum = 0;
    for (at, count) in engine.disk.counts().into_iter().enumerate() {
        sum += count;
        let bound = match at {
            BUCKETS => "+Inf".to_owned(),
            at => format!("{}", 0.001 * f64::from(1 << at)),
        };
        out.line(&format!("{name}_bucket{{le=\"{bound}\"}}"), sum);
    }
    out.line(&format!("{name}_sum"), engine.disk.seconds());
    out.line(&format!("{name}_count"), sum);
}

fn requests(out: &mut Text, metrics: &Metrics) {
    let name = "grpc_server_handled_total";
    out.head(
        name,
        "counter",
        "Requests that were answered, by method and code.",
    );
    for ((path, code), count) in &*metrics.handled.lock() {
        let (service, method) = path.split_once('/').unwrap_or((path, ""));
        let kind = match method {
            "Watch" | "LeaseKeepAlive" => "bidi_stream",
            _ => "unary",
        };
        let labels = format!(
            "grpc_code=\"{}\",grpc_method=\"{method}\",grpc_service=\"{service}\",\
             grpc_type=\"{kind}\"",
            code.name()
        );
        out.line(&format!("{name}{{{labels}}}"), count);
    }
}
