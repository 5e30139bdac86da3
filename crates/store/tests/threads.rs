//! Writers, watchers, readers, compaction and the disk, all at once on real threads.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::scope;
use std::time::Duration;

use faulty::FaultyDisk;
use steersman_store::{
    Compare, Durability, DurableOptions, Maintenance, OpenOptions, Range, RangeRequest, Revision,
    Session, Store, StoreOptions, Submitted, Transaction,
};
use support::{TestViews, watch_request};

const WRITERS: usize = 4;
const WRITES: usize = 600;

/// A session whose wake-ups can be waited for.
fn awaited(store: &Store) -> (Arc<Session>, Receiver<()>) {
    let (sender, receiver) = channel();
    let session = store.session(Box::new(move || {
        // The receiver may be gone at the end of the test.
        let _ = sender.send(());
    }));
    (session, receiver)
}

fn write(store: &Store, session: &Arc<Session>, woken: &Receiver<()>, t: Transaction) -> Revision {
    match store.submit(session, t, Durability::Durable).unwrap() {
        Submitted::Done(outcome) => {
            assert!(outcome.succeeded);
            outcome.revision
        }
        Submitted::Pending(ticket) => loop {
            woken.recv().unwrap();
            if let Some(completion) = session.drain().completions.pop() {
                assert_eq!(completion.ticket, ticket);
                return completion.result.unwrap().revision;
            }
        },
    }
}

/// Each writer counts its own key up with compares, so that a lost or doubled write is noticed.
fn writer(store: &Store, number: usize) {
    let (session, woken) = awaited(store);
    let key = format!("/k/{number}");
    let mut revision = 0;
    for count in 0..WRITES {
        let mut transaction = Transaction::put(key.as_bytes(), format!("{count}").as_bytes());
        transaction.compare = vec![Compare::mod_revision(key.as_bytes(), revision)];
        let written = write(store, &session, &woken, transaction);
        assert!(written > revision);
        revision = written;
        // Read your own write, and nothing older afterwards.
        let found = store.get(key.as_bytes(), 0).unwrap().unwrap();
        assert_eq!(found.mod_revision(), revision);
    }
}

fn watcher(store: &Arc<Store>, start: Revision) {
    let (session, woken) = awaited(store);
    let watcher = store
        .watch(&session, watch_request(store, "/k/", start))
        .unwrap();
    let mut next = [0; WRITERS];
    let mut last = start;
    while next.iter().any(|count| *count < WRITES) {
        woken.recv_timeout(Duration::from_secs(20)).unwrap();
        session.drain();
        let (events, seen, ended) = watcher.take_raw(64);
        assert_eq!(ended, None);
        for event in &events {
            assert!(event.change.revision > last);
            last = event.change.revision;
            let writer = usize::from(event.change.key()[3] - b'0');
            let value = event.change.current().unwrap().value().to_vec();
            assert_eq!(String::from_utf8(value).unwrap(), next[writer].to_string());
            next[writer] += 1;
        }
        assert!(seen >= last);
        // A bookmark promises that everything up to it was delivered.
        last = last.max(seen);
    }
}

fn reader(store: &Store, done: &AtomicUsize) {
    let mut newest = 0;
    while done.load(Ordering::SeqCst) < WRITERS {
        let revision = store.current_revision();
        assert!(revision >= newest);
        newest = revision;
        let request = RangeRequest {
            revision,
            ..RangeRequest::all(Range::Prefix(Box::default()))
        };
        let Ok(result) = store.range(&request) else {
            continue;
        };
        let again = store.range(&request);
        assert!(
            result
                .values
                .iter()
                .all(|value| value.mod_revision() <= revision)
        );
        assert!(
            again.is_err() || again.unwrap() == result,
            "a revision changed"
        );
    }
}

fn run(store: &Arc<Store>) {
    let start = store.current_revision();
    let done = AtomicUsize::new(0);
    scope(|threads| {
        threads.spawn(|| {
            while store.wait_for_writes(Duration::ZERO) {
                store.commit_step();
            }
        });
        let watchers: Vec<_> = (0..3)
            .map(|_| threads.spawn(|| watcher(store, start)))
            .collect();
        threads.spawn(|| {
            reader(store, &done);
            let mut maintenance = Maintenance::default();
            while maintenance.step(store, true).unwrap() {}
        });
        threads.spawn(|| {
            let mut maintenance = Maintenance::default();
            while done.load(Ordering::SeqCst) < WRITERS {
                let floor = store.current_revision().saturating_sub(500).max(1);
                // The watchers may be further behind than that on a busy machine: keep their
                // start.
                if floor <= start {
                    let _ = store.compact(floor);
                }
                maintenance.step(store, false).unwrap();
                std::thread::yield_now();
            }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let done = &done;
                threads.spawn(move || {
                    writer(store, number);
                    done.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        for thread in writers.into_iter().chain(watchers) {
            thread.join().unwrap();
        }
        store.close();
    });
}

#[test]
fn in_memory() {
    let store = Store::in_memory(StoreOptions::default(), Arc::new(TestViews));
    run(&store);
    assert_eq!(store.current_revision(), 1 + (WRITERS * WRITES) as u64);
}

#[test]
fn on_disk() {
    let disk = FaultyDisk::default();
    let open = || {
        let options = OpenOptions {
            directory: Path::new("/data"),
            files: Arc::new(disk.clone()),
            store: StoreOptions::default(),
            durable: DurableOptions {
                snapshot_log_bytes: 10_000,
                segment_bytes: 10_000,
                room_bytes: 500,
            },
            now_millis: 0,
            salt: [7; 16],
        };
        Store::open(options, Arc::new(TestViews)).unwrap()
    };
    let store = open();
    run(&store);
    drop(store);
    assert_eq!(
        open().recovery().newest_revision,
        1 + (WRITERS * WRITES) as u64
    );
}
