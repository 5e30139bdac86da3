//! Rates of the store alone: `cargo run --release -p steersman-store --example bench
//! [DIRECTORY]`. Prints one line a row; the directory is where durable writes go (default: the
//! system's temporary). Rates of what waits for no disk are those of one idle core: of CPU time.

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::num::NonZero;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::{available_parallelism, scope};
use std::time::{Duration, Instant};

use steersman_store::{
    Attributes, Disk, Durability, DurableOptions, FieldRequirement, Format, Framing, Interest,
    LabelOperator, LabelRequirement, ListCursor, ListRequest, OpenOptions, Part, Range, Revision,
    Selector, Session, Store, StoreOptions, Submitted, Transaction, View, ViewId, Views,
    WatchRequest, Watcher,
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
        "{name:<48} {rate:>14.0} /s {:>12.3} us each",
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
            "{:<48} {each:>14} bytes each of {VALUE_BYTES}",
            format!("memory at {size} objects")
        );
        let session = store.session(Box::new(|| {}));
        let operations = 200_000;
        let begin = Cpu::now();
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
        let begin = Cpu::now();
        for round in 0..operations {
            store.get(&key(round * 7919 % size), 0).unwrap().unwrap();
        }
        row(&format!("get, {size} objects"), operations, begin.elapsed());
        let lists = 20;
        let begin = Cpu::now();
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

/// Clients that wait for each write, beside so many objects; in rounds, each followed by one of
/// bare writes and syncs of as many bytes as a group had.
fn durable_row(directory: &Path, clients: usize, objects: usize) {
    let store = durable(directory);
    fill_durably(&store, objects, 10_000);
    let operations = (clients * 100).clamp(2_000, 50_000);
    let threads = clients.min(available_parallelism().map_or(1, NonZero::get));
    let mut latencies: Vec<Duration> = Vec::new();
    let (mut elapsed, mut cpu) = (Duration::ZERO, 0.0);
    let mut bare = Bare::new(directory);
    let begin = store.disk_statistics();
    scope(|scope| {
        scope.spawn(|| commit_until_closed(&store));
        for _ in 0..4 {
            let before = store.disk_statistics();
            let (start, start_cpu) = (Instant::now(), cpu_seconds());
            let writers: Vec<_> = (0..threads)
                .map(|thread| {
                    let (store, depth) = (&store, clients / threads);
                    scope.spawn(move || client(store, thread, depth, operations / threads))
                })
                .collect();
            for writer in writers {
                latencies.extend(writer.join().unwrap());
            }
            elapsed += start.elapsed();
            cpu += cpu_seconds() - start_cpu;
            let after = store.disk_statistics();
            let syncs = (after.syncs - before.syncs).max(1);
            let group = (after.records - before.records) * (VALUE_BYTES as u64 + 60) / syncs;
            bare.round(group as usize);
        }
        store.close();
    });
    latencies.sort();
    let count = latencies.len();
    row(
        &format!("put 1 KiB, fsync, {clients} clients, {objects} objects"),
        count,
        elapsed,
    );
    let at = |part: usize| latencies[count * part / 100].as_secs_f64() * 1e3;
    let syncs = store.disk_statistics().syncs - begin.syncs;
    let group = count as f64 / syncs as f64;
    let possible = bare.rate() * group;
    println!(
        "{:<48} p50 {:.2} ms  p99 {:.2} ms  {:.1} us CPU each; {group:.1} a group; {:.0} % of bare \
         writes and syncs of that size ({:.0}/s)",
        "",
        at(50),
        at(99),
        cpu * 1e6 / count as f64,
        100.0 * count as f64 / elapsed.as_secs_f64() / possible,
        bare.rate()
    );
}

fn commit_until_closed(store: &Store) {
    while store.wait_for_writes(Duration::ZERO) {
        store.commit_step();
    }
}

/// Writes and syncs of a file beside the store's, as the log makes them: over zeros.
struct Bare {
    file: std::fs::File,
    syncs: usize,
    elapsed: Duration,
}

impl Bare {
    const FILE_BYTES: usize = 16 << 20;

    fn new(directory: &Path) -> Bare {
        let file = std::fs::File::create(directory.join("bare")).unwrap();
        file.write_all_at(&vec![0; Bare::FILE_BYTES], 0).unwrap();
        file.sync_all().unwrap();
        Bare {
            file,
            syncs: 0,
            elapsed: Duration::ZERO,
        }
    }

    fn round(&mut self, bytes: usize) {
        let group = vec![1; bytes.next_multiple_of(512)];
        let mut at = 0;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(500) {
            self.file.write_all_at(&group, at as u64).unwrap();
            self.file.sync_data().unwrap();
            self.syncs += 1;
            at = (at + group.len()) % (Bare::FILE_BYTES - group.len());
        }
        self.elapsed += begin.elapsed();
    }

    /// A second.
    fn rate(&self) -> f64 {
        self.syncs as f64 / self.elapsed.as_secs_f64()
    }
}

/// One thread that keeps so many writes under way, as that many clients would. What it writes in one
/// turn is announced once, as an event loop does.
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
                .submit_unannounced(&session, transaction, Durability::Durable)
                .unwrap()
            {
                Submitted::Pending(ticket) => begun.insert(ticket, now),
                Submitted::Done(_) => None,
            };
            next += 1;
        }
        store.announce_writes();
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

fn watch_row(watchers: usize, changes: usize, objects: usize) {
    let store = memory();
    fill(&store, objects);
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
            let number = (round * batch + number) * 7919 % objects;
            let transaction = Transaction::put(&key(number), &value(number));
            store
                .submit(&session, transaction, Durability::Durable)
                .unwrap();
        }
        writing += begin.elapsed();
        let begin = Cpu::now();
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
        &format!("watch, {watchers} watchers, {objects} objects, events"),
        events,
        delivering,
    );
    row(
        &format!("  put beside {watchers} watchers"),
        changes / batch * batch,
        writing,
    );
}

/// What clients do at once, each alone and all together: 64 that write, one that lists 10,000 objects
/// again and again, and so many watchers, each of a node's.
fn mixed_row(directory: &Path, watchers: usize) {
    const OBJECTS: usize = 10_000;
    let store = durable(directory);
    fill_durably(&store, OBJECTS, 1_000);
    let session = store.session(Box::new(|| {}));
    let mut sums = [[(0usize, Duration::ZERO); 2]; 2];
    let stop = AtomicBool::new(false);
    let lists = |until: &dyn Fn(Duration) -> bool| {
        let (begin, mut count) = (Instant::now(), 0);
        while !until(begin.elapsed()) {
            list(&store, 0);
            count += OBJECTS;
            // A reader has something to do with what it was given.
            std::thread::sleep(Duration::from_millis(20));
        }
        (count, begin.elapsed())
    };
    scope(|scope| {
        scope.spawn(|| commit_until_closed(&store));
        for _ in 0..3 {
            let add = |sum: &mut (usize, Duration), found: (usize, Duration)| {
                *sum = (sum.0 + found.0, sum.1 + found.1);
            };
            add(&mut sums[0][0], writes(&store));
            add(
                &mut sums[1][0],
                lists(&|passed| passed > Duration::from_secs(1)),
            );
            let all: Vec<_> = (0..watchers)
                .map(|number| watch_node(&store, &session, number * OBJECTS / watchers, false))
                .collect();
            stop.store(false, Ordering::SeqCst);
            let (lists, stop) = (&lists, &stop);
            let lister = scope.spawn(move || lists(&|_| stop.load(Ordering::SeqCst)));
            let taker = scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    for watcher in &all {
                        watcher.take(1 << 16);
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
            add(&mut sums[0][1], writes(&store));
            stop.store(true, Ordering::SeqCst);
            add(&mut sums[1][1], lister.join().unwrap());
            taker.join().unwrap();
        }
        store.close();
    });
    for (name, [alone, beside]) in ["puts, fsync, 64 clients", "items of lists of 10,000"]
        .into_iter()
        .zip(sums)
    {
        let rate = |(count, elapsed): (usize, Duration)| count as f64 / elapsed.as_secs_f64();
        println!(
            "{:<48} {:>10.0} /s alone {:>10.0} /s with the others: {:.0} %",
            format!("{name}, {watchers} watchers"),
            rate(alone),
            rate(beside),
            100.0 * rate(beside) / rate(alone)
        );
    }
}

/// 64 clients for a while.
fn writes(store: &Store) -> (usize, Duration) {
    let begin = Instant::now();
    let count = scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|thread| scope.spawn(move || client(store, thread, 16, 5_000).len()))
            .collect();
        let counts = writers.into_iter().map(|writer| writer.join().unwrap());
        counts.sum()
    });
    (count, begin.elapsed())
}

/// Each watcher has a node of its own: a change concerns one of them.
fn node_row(watchers: usize) {
    let store = memory();
    let before = resident_bytes();
    let session = store.session(Box::new(|| {}));
    let watch = |number: usize| watch_node(&store, &session, number, number >= 10_000);
    let all: Vec<_> = (0..watchers).map(watch).collect();
    let each = resident_bytes().saturating_sub(before) / watchers;
    println!(
        "{:<48} {each:>14} bytes a watcher",
        format!("{watchers} idle watchers")
    );
    let operations = 100_000;
    let begin = Cpu::now();
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

/// A watcher of the pods of one node; elsewhere: where there are none.
fn watch_node(store: &Store, session: &Arc<Session>, number: usize, elsewhere: bool) -> Watcher {
    let field = FieldRequirement {
        path: "n".into(),
        equal: true,
        value: format!("{:04}", number % 10_000).into(),
    };
    let prefix = format!("/registry/pods/{}", if elsewhere { "x/" } else { "" });
    let request = WatchRequest {
        interest: Interest {
            range: Range::Prefix(prefix.into_bytes().into()),
            selector: Selector {
                labels: vec![],
                fields: vec![field],
            },
        },
        after_revision: store.current_revision(),
        view: view(store),
        framing: Framing::Json,
    };
    store.watch(session, request).unwrap()
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
    let begin = Cpu::now();
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
    let written = AtomicBool::new(false);
    let beside = scope(|scope| {
        scope.spawn(|| {
            let mut maintenance = steersman_store::Maintenance::default();
            // As the addon's thread does: it rests as long as it worked.
            let mut begin = Instant::now();
            while maintenance.step(&store, true).unwrap() {
                std::thread::sleep(begin.elapsed());
                begin = Instant::now();
            }
            written.store(true, Ordering::SeqCst);
        });
        single_writes(&store, |_| written.load(Ordering::SeqCst))
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

/// CPU time of this thread, for what waits for nothing: on an idle machine it passes like time.
struct Cpu(Duration);

impl Cpu {
    fn now() -> Cpu {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        let nanos = text.split(' ').next().and_then(|text| text.parse().ok());
        Cpu(Duration::from_nanos(nanos.unwrap()))
    }

    fn elapsed(&self) -> Duration {
        Cpu::now().0 - self.0
    }
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
const PARTS: [&str; 27] = [
    "memory 10000",
    "memory 100000",
    "memory 1000000",
    "durable 1 10000",
    "durable 64 10000",
    "durable 1000 10000",
    "durable 64 100000",
    "durable 64 1000000",
    "watch 1 1000",
    "watch 10 1000",
    "watch 100 1000",
    "watch 1000 1000",
    "watch 10000 1000",
    "watch 1000 10000",
    "watch 1000 100000",
    "watch 1000 1000000",
    "nodes 1000",
    "nodes 10000",
    "nodes 100000",
    "labels 0",
    "labels 1000",
    "labels 10000",
    "mixed 0",
    "mixed 1000",
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
    let [_, part, numbers @ ..] = arguments.as_slice() else {
        for part in PARTS {
            let program = std::env::current_exe().unwrap();
            let mut child = std::process::Command::new(program);
            child.arg(&base).args(part.split(' ')).status().unwrap();
        }
        return;
    };
    let number = |at: usize| numbers[at].parse::<usize>().unwrap();
    let directory = base.join(format!("steersman-bench-{}", std::process::id()));
    match part.as_str() {
        "memory" => memory_rows(number(0)),
        "durable" => durable_row(&directory, number(0), number(1)),
        "watch" => {
            let changes = if number(0) > 1000 { 400 } else { 4000 };
            watch_row(number(0), changes, number(1));
        }
        "nodes" => node_row(number(0)),
        "labels" => label_row(number(0)),
        "mixed" => mixed_row(&directory, number(0)),
        "snapshot" => snapshot_row(&directory, number(0)),
        "resume" => resume_row(&directory, number(0)),
        _ => recovery_row(&directory, number(0)),
    }
    // Only the durable parts made it.
    let _ = std::fs::remove_dir_all(&directory);
}
