//! Rates of the store alone: `cargo run --release -p steersman-store --example bench
//! [DIRECTORY]`. Prints one line a row; the directory is where durable writes go (default: the
//! system's temporary).

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::scope;
use std::time::{Duration, Instant};

use steersman_store::{
    Attributes, Disk, Durability, DurableOptions, FieldRequirement, Format, Framing, Interest,
    LabelOperator, LabelRequirement, ListCursor, ListRequest, OpenOptions, Part, Range, Revision,
    Selector, Store, StoreOptions, Submitted, Transaction, View, ViewId, Views, WatchRequest,
};

/// Hands bytes through: what is measured is the store, not an encoding.
struct Plain;

impl Views for Plain {
    fn encode(&self, _: &View, v: &[u8], _: Revision, out: &mut Vec<u8>) -> Result<(), String> {
        out.extend_from_slice(v);
        Ok(())
    }
    fn encode_item(&self, w: &View, v: &[u8], r: Revision, o: &mut Vec<u8>) -> Result<(), String> {
        self.encode(w, v, r, o)
    }
    fn attributes(&self, value: &[u8], _: bool, paths: &[&str]) -> Result<Attributes, String> {
        let node = String::from_utf8_lossy(&value[..4]).into_owned();
        Ok(Attributes {
            labels: vec![("app".into(), node.as_str().into())],
            fields: paths.iter().map(|_| node.as_str().into()).collect(),
        })
    }
    fn encode_bookmark(
        &self,
        _: &View,
        _: Revision,
        _: bool,
        _: &mut Vec<u8>,
    ) -> Result<(), String> {
        Ok(())
    }
}

const VALUE_BYTES: usize = 1024;

fn key(number: usize) -> Vec<u8> {
    format!("/registry/pods/default/pod-{number:08}").into_bytes()
}

fn value(number: usize) -> Vec<u8> {
    let mut value = vec![b'v'; VALUE_BYTES];
    value[..4].copy_from_slice(format!("{:04}", number % 10_000).as_bytes());
    value
}

fn memory() -> Arc<Store> {
    Store::in_memory(StoreOptions::default(), Arc::new(Plain))
}

fn durable(directory: &Path) -> Arc<Store> {
    let options = OpenOptions {
        directory,
        files: Arc::new(Disk),
        store: StoreOptions::default(),
        durable: DurableOptions::default(),
        now_millis: 0,
        salt: [7; 16],
    };
    Store::open(options, Arc::new(Plain)).unwrap()
}

fn row(name: &str, operations: usize, elapsed: Duration) {
    let seconds = elapsed.as_secs_f64();
    let rate = operations as f64 / seconds;
    println!(
        "{name:<44} {rate:>14.0} /s {:>12.3} us each",
        seconds * 1e6 / operations as f64
    );
}

/// Fills a store with so many pods.
fn fill(store: &Store, count: usize) {
    let session = store.session(Box::new(|| {}));
    for number in 0..count {
        let transaction = Transaction::put(&key(number), &value(number));
        store
            .submit(&session, transaction, Durability::Lazy)
            .unwrap();
    }
}

fn memory_rows(size: usize) {
    {
        let before = resident_bytes();
        let store = memory();
        fill(&store, size);
        store.compact(store.current_revision()).unwrap();
        while store.trim() {}
        let each = resident_bytes().saturating_sub(before) / size;
        println!(
            "{:<44} {each:>14} bytes each of {VALUE_BYTES}",
            format!("memory at {size} objects")
        );
        let session = store.session(Box::new(|| {}));
        let operations = 200_000;
        let begin = Instant::now();
        for round in 0..operations {
            let number = round * 7919 % size;
            let transaction = Transaction::put(&key(number), &value(number));
            store
                .submit(&session, transaction, Durability::Durable)
                .unwrap();
        }
        row(
            &format!("put, memory, {size} objects"),
            operations,
            begin.elapsed(),
        );
        let begin = Instant::now();
        for round in 0..operations {
            store.get(&key(round * 7919 % size), 0).unwrap().unwrap();
        }
        row(&format!("get, {size} objects"), operations, begin.elapsed());
        let lists = 20;
        let begin = Instant::now();
        for round in 0..lists {
            list(&store, round * 100);
        }
        row(
            &format!("list of 10,000 of {size}, items"),
            lists * 10_000,
            begin.elapsed(),
        );
    }
}

fn list(store: &Arc<Store>, first: usize) {
    let request = ListRequest {
        range: Range::Prefix(b"/registry/pods/".as_slice().into()),
        view: view(store),
        selector: Selector::default(),
        revision: 0,
        limit: 10_000,
        after: Some(key(first.saturating_sub(1)).into()),
    };
    let mut cursor = ListCursor::new(store, request).unwrap();
    let mut bytes = Vec::with_capacity(1 << 20);
    while cursor.step(1 << 20, &mut bytes).unwrap().is_none() {
        bytes.clear();
    }
}

fn view(store: &Store) -> ViewId {
    let view = View {
        message_type: "pod".to_owned(),
        format: Format::Json,
        part: Part::Object,
    };
    store.register_view(view).unwrap()
}

/// Writers that wait for their answers; the calling thread drives the disk.
fn durable_row(directory: &Path, clients: usize) {
    let store = durable(directory);
    let operations = (clients * 100).clamp(2_000, 100_000);
    let threads = clients.min(8);
    let begin = Instant::now();
    let mut latencies: Vec<Duration> = Vec::new();
    scope(|scope| {
        scope.spawn(|| {
            while store.wait_for_writes(Duration::ZERO) {
                store.commit_step();
            }
        });
        let writers: Vec<_> = (0..threads)
            .map(|thread| {
                let store = &store;
                scope.spawn(move || client(store, thread, clients / threads, operations / threads))
            })
            .collect();
        for writer in writers {
            latencies.extend(writer.join().unwrap());
        }
        store.close();
    });
    let elapsed = begin.elapsed();
    latencies.sort();
    row(
        &format!("put 1 KiB, fsync, {clients} clients"),
        latencies.len(),
        elapsed,
    );
    let at = |part: usize| latencies[latencies.len() * part / 100].as_secs_f64() * 1e3;
    let syncs = store.disk_statistics().syncs;
    println!(
        "{:<44} p50 {:.2} ms  p99 {:.2} ms  {syncs} fsyncs",
        "",
        at(50),
        at(99)
    );
}

/// One thread that keeps so many writes under way, as that many clients would.
fn client(store: &Store, thread: usize, depth: usize, operations: usize) -> Vec<Duration> {
    let (sender, woken) = channel();
    let session = store.session(Box::new(move || {
        let _ = sender.send(());
    }));
    let mut begun = std::collections::BTreeMap::new();
    let mut latencies = Vec::with_capacity(operations);
    let mut next = 0;
    while latencies.len() < operations {
        while begun.len() < depth && next < operations {
            let transaction = Transaction::put(&key(thread * 1_000_000 + next), &value(next));
            let now = Instant::now();
            match store
                .submit(&session, transaction, Durability::Durable)
                .unwrap()
            {
                Submitted::Pending(ticket) => begun.insert(ticket, now),
                Submitted::Done(_) => None,
            };
            next += 1;
        }
        woken.recv().unwrap();
        for completion in session.drain().completions {
            completion.result.unwrap();
            latencies.extend(
                begun
                    .remove(&completion.ticket)
                    .map(|begin| begin.elapsed()),
            );
        }
    }
    latencies
}

fn watch_row(watchers: usize, changes: usize) {
    let store = memory();
    fill(&store, 1000);
    let session = store.session(Box::new(|| {}));
    let request = WatchRequest {
        interest: Interest {
            range: Range::Prefix(b"/registry/pods/".as_slice().into()),
            selector: Selector::default(),
        },
        after_revision: store.current_revision(),
        view: view(&store),
        framing: Framing::Json,
    };
    let all: Vec<_> = (0..watchers)
        .map(|_| store.watch(&session, request.clone()).unwrap())
        .collect();
    let batch = 40;
    let mut writing = Duration::ZERO;
    let mut delivering = Duration::ZERO;
    let mut buffer = Vec::new();
    let mut events = 0;
    for round in 0..changes / batch {
        let begin = Instant::now();
        for number in 0..batch {
            let number = (round * batch + number) % 1000;
            let transaction = Transaction::put(&key(number), &value(number));
            store
                .submit(&session, transaction, Durability::Durable)
                .unwrap();
        }
        writing += begin.elapsed();
        let begin = Instant::now();
        assert_eq!(session.drain().watchers.len(), watchers);
        for watcher in &all {
            let batch = watcher.take(1 << 20);
            buffer.resize(batch.bytes, 0);
            let mut rest = &mut buffer[..];
            for frame in &batch.frames {
                rest = frame.write_to(rest);
            }
            events += batch.frames.len();
        }
        delivering += begin.elapsed();
    }
    row(
        &format!("watch, {watchers} watchers, events"),
        events,
        delivering,
    );
    row(
        &format!("  put beside {watchers} watchers"),
        changes / batch * batch,
        writing,
    );
}

/// Each watcher has a node of its own: a change concerns one of them.
fn node_row(watchers: usize) {
    let store = memory();
    let before = resident_bytes();
    let session = store.session(Box::new(|| {}));
    let watch = |number: usize| {
        let node = format!("{:04}", number % 10_000);
        let field = FieldRequirement {
            path: "n".into(),
            equal: true,
            value: node.as_str().into(),
        };
        let prefix = format!("/registry/pods/{}", if number < 10_000 { "" } else { "x/" });
        let request = WatchRequest {
            interest: Interest {
                range: Range::Prefix(prefix.into_bytes().into()),
                selector: Selector {
                    labels: vec![],
                    fields: vec![field],
                },
            },
            after_revision: store.current_revision(),
            view: view(&store),
            framing: Framing::Json,
        };
        store.watch(&session, request).unwrap()
    };
    let all: Vec<_> = (0..watchers).map(watch).collect();
    let each = resident_bytes().saturating_sub(before) / watchers;
    println!(
        "{:<44} {each:>14} bytes a watcher",
        format!("{watchers} idle watchers")
    );
    let operations = 100_000;
    let begin = Instant::now();
    for number in 0..operations {
        let transaction = Transaction::put(&key(number % 1000), &value(number));
        store
            .submit(&session, transaction, Durability::Durable)
            .unwrap();
        if number % 1000 == 0 {
            for watcher in &all {
                watcher.take(1 << 20);
            }
        }
    }
    row(
        &format!("put beside {watchers} watchers by node"),
        operations,
        begin.elapsed(),
    );
}

/// Each watcher has a label's value of its own that no change has.
fn label_row(watchers: usize) {
    let store = memory();
    let session = store.session(Box::new(|| {}));
    let watch = |number: usize| {
        let label = LabelRequirement {
            key: "app".into(),
            operator: LabelOperator::In,
            values: vec![format!("app-{number}").into()],
        };
        let request = WatchRequest {
            interest: Interest {
                range: Range::Prefix(b"/registry/pods/".as_slice().into()),
                selector: Selector {
                    labels: vec![label],
                    fields: vec![],
                },
            },
            after_revision: store.current_revision(),
            view: view(&store),
            framing: Framing::Json,
        };
        store.watch(&session, request).unwrap()
    };
    let all: Vec<_> = (0..watchers).map(watch).collect();
    let operations = 10_000;
    let begin = Instant::now();
    for number in 0..operations {
        let transaction = Transaction::put(&key(number % 1000), &value(number));
        store
            .submit(&session, transaction, Durability::Durable)
            .unwrap();
    }
    row(
        &format!("put beside {} watchers by label", all.len()),
        operations,
        begin.elapsed(),
    );
}

fn recovery_row(directory: &Path, objects: usize) {
    let store = durable(directory);
    fill_durably(&store, objects, 10_000);
    let log = store.disk_statistics().log_bytes;
    drop(store);
    let begin = (Instant::now(), cpu_seconds());
    let store = durable(directory);
    let from_log = begin.0.elapsed();
    let cpu = cpu_seconds() - begin.1;
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = steersman_store::Maintenance::default();
    let begin = Instant::now();
    while maintenance.step(&store, true).unwrap() {}
    let snapshot = begin.elapsed();
    drop(maintenance);
    drop(store);
    let begin = Instant::now();
    let store = durable(directory);
    let from_snapshot = begin.elapsed();
    assert_eq!(store.statistics().keys, objects as u64);
    println!(
        "recovery of {objects} objects: from the log ({} MiB) {:.2} s ({cpu:.2} s of CPU), from a \
         snapshot {:.2} s (written in {:.2} s)",
        log >> 20,
        from_log.as_secs_f64(),
        from_snapshot.as_secs_f64(),
        snapshot.as_secs_f64()
    );
}

/// A watch from before the history in memory, of so many changes of 10,000 objects, without a selector
/// and with one that asks what each change replaced.
fn resume_row(directory: &Path, changes: usize) {
    let store = durable(directory);
    let session = store.session(Box::new(|| {}));
    let start = store.current_revision();
    for number in 0..changes {
        let transaction = Transaction::put(&key(number * 7919 % 10_000), &value(number));
        store
            .submit(&session, transaction, Durability::Lazy)
            .unwrap();
        if number % 100 == 0 {
            store.commit_step();
        }
    }
    store.commit_step();
    for selects in [false, true] {
        let mut selector = Selector::default();
        if selects {
            selector.labels.push(LabelRequirement {
                key: "app".into(),
                operator: LabelOperator::Exists,
                values: vec![],
            });
        }
        let request = WatchRequest {
            interest: Interest {
                range: Range::Prefix(b"/registry/pods/".as_slice().into()),
                selector,
            },
            after_revision: start,
            view: view(&store),
            framing: Framing::Json,
        };
        let watcher = store.watch(&session, request).unwrap();
        let (begin, cpu) = (Instant::now(), cpu_seconds());
        let mut events = 0;
        while events < changes {
            store.resume_step();
            let batch = watcher.take(1 << 20);
            assert!(batch.ended.is_none());
            events += batch.frames.len();
        }
        let cpu = (cpu_seconds() - cpu) * 1e6 / changes as f64;
        let name = if selects { "with a selector" } else { "all" };
        let name = format!("resume {changes}, {name} ({cpu:.2} us CPU each)");
        row(&name, changes, begin.elapsed());
    }
}

/// Durable writes one after the other, alone and while a snapshot of so many objects is written.
fn snapshot_row(directory: &Path, objects: usize) {
    let store = durable(directory);
    fill_durably(&store, objects, 1_000);
    store.compact(store.current_revision()).unwrap();
    let alone = single_writes(&store, |begin| begin.elapsed() > Duration::from_secs(4));
    let written = std::sync::atomic::AtomicBool::new(false);
    let beside = scope(|scope| {
        scope.spawn(|| {
            let mut maintenance = steersman_store::Maintenance::default();
            // As the addon's thread does: it rests as long as it worked.
            let mut begin = Instant::now();
            while maintenance.step(&store, true).unwrap() {
                std::thread::sleep(begin.elapsed());
                begin = Instant::now();
            }
            written.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        single_writes(&store, |_| {
            written.load(std::sync::atomic::Ordering::SeqCst)
        })
    });
    let mib = store.statistics().bytes >> 20;
    for (name, times) in [("alone", alone), ("beside a snapshot", beside)] {
        let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
        println!(
            "{:<44} p50 {:.2} ms  p99 {:.2} ms  max {:.2} ms of {}",
            format!("put, fsync, {name} ({mib} MiB)"),
            at(50),
            at(99),
            at(100),
            times.len()
        );
    }
}

/// Fills a store with so many pods, in groups of so many.
fn fill_durably(store: &Store, objects: usize, group: usize) {
    let session = store.session(Box::new(|| {}));
    for number in 0..objects {
        let transaction = Transaction::put(&key(number), &value(number));
        store
            .submit(&session, transaction, Durability::Lazy)
            .unwrap();
        if number % group == 0 {
            store.commit_step();
        }
    }
    store.commit_step();
}

fn single_writes(store: &Store, over: impl Fn(Instant) -> bool) -> Vec<Duration> {
    let session = store.session(Box::new(|| {}));
    let begin = Instant::now();
    let mut times = Vec::new();
    while !over(begin) {
        let at = Instant::now();
        let transaction = Transaction::put(b"/registry/leases/ns/one", &[1; 500]);
        store
            .submit(&session, transaction, Durability::Durable)
            .unwrap();
        store.commit_step();
        session.drain();
        times.push(at.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
    times.sort();
    times
}

/// Of this process, in user and kernel mode.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: f64 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0usize);
    pages * 4096
}

/// Every part runs in a process of its own, so that memory is counted from nothing.
const PARTS: [&str; 20] = [
    "memory 10000",
    "memory 100000",
    "memory 1000000",
    "durable 1",
    "durable 64",
    "durable 1000",
    "watch 1",
    "watch 10",
    "watch 100",
    "watch 1000",
    "watch 10000",
    "nodes 1000",
    "nodes 10000",
    "nodes 100000",
    "labels 0",
    "labels 1000",
    "labels 10000",
    "recovery 1000000",
    "snapshot 300000",
    "resume 200000",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let base = arguments
        .first()
        .map(PathBuf::from)
        .unwrap_or_else(std::env::temp_dir);
    let [_, part, number] = arguments.as_slice() else {
        for part in PARTS {
            let program = std::env::current_exe().unwrap();
            let mut child = std::process::Command::new(program);
            child.arg(&base).args(part.split(' ')).status().unwrap();
        }
        return;
    };
    let number: usize = number.parse().unwrap();
    let directory = base.join(format!("steersman-bench-{}", std::process::id()));
    match part.as_str() {
        "memory" => memory_rows(number),
        "durable" => durable_row(&directory, number),
        "watch" => watch_row(number, if number > 1000 { 400 } else { 4000 }),
        "nodes" => node_row(number),
        "labels" => label_row(number),
        "snapshot" => snapshot_row(&directory, number),
        "resume" => resume_row(&directory, number),
        _ => recovery_row(&directory, number),
    }
    // Only the durable parts made it.
    let _ = std::fs::remove_dir_all(&directory);
}
