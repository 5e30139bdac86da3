//! What a watch calls complete is complete: batches are whole revisions, whatever ends them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use steersman_store::{
    Durability, Ended, Operation, Put, QueueLimits, Revision, Store, StoreOptions, Transaction,
};
use support::{TestViews, commit, put, session, watch_request};

fn store() -> Arc<Store> {
    Store::in_memory(StoreOptions::default(), Arc::new(TestViews))
}

/// So many keys at one revision.
fn many(count: usize, value: impl Fn(usize) -> &'static str) -> Transaction {
    let mut transaction = Transaction::default();
    for number in 0..count {
        let key = format!("/r/k/{number:05}");
        let put = Put::new(key.as_bytes(), value(number).as_bytes());
        transaction.success.push(Operation::Put(put));
    }
    transaction
}

#[test]
fn a_batch_of_history_goes_on_to_the_end_of_its_revision() {
    // Around the bounds of a chunk and of a take.
    for count in [1, 255, 256, 257, 8191, 8192, 8193, 10_000] {
        let store = store();
        let start = store.current_revision();
        let first = put(&store, "/r/k/first", "x");
        let big = commit(&store, many(count, |_| "x")).unwrap().revision;
        let last = put(&store, "/r/k/last", "x");
        for max in [1, 2, 300, usize::MAX] {
            let session = session(&store);
            let watcher = store.watch(&session, watch_request(&store, "/r/", start));
            let watcher = watcher.unwrap();
            let mut sizes = [0; 3];
            let mut seen = start;
            while seen < last {
                let (events, upto, ended) = watcher.take_raw(max);
                assert_eq!(ended, None);
                assert!(upto > seen, "it stands still");
                for event in &events {
                    assert!(event.change.revision > seen && event.change.revision <= upto);
                    sizes[(event.change.revision - first) as usize] += 1;
                }
                for (at, wanted) in [1, count, 1].into_iter().enumerate() {
                    let whole = first + at as u64 <= upto;
                    assert_eq!(sizes[at], if whole { wanted } else { 0 }, "{count} {max}");
                }
                seen = upto;
            }
        }
        let session = session(&store);
        let watcher = store.watch(&session, watch_request(&store, "/r/", first));
        let batch = watcher.unwrap().take(1);
        assert_eq!(batch.frames.len(), count);
        assert_eq!((batch.last_revision, batch.revision), (Some(big), big));
    }
}

/// Nobody is interested in what fills the history: a take looks at a bounded part of it.
#[test]
fn a_take_that_finds_nothing_ends_too() {
    let store = store();
    let start = store.current_revision();
    for _ in 0..12_000 {
        put(&store, "/r/k/other", "x");
    }
    let session = session(&store);
    let request = watch_request(&store, "/r/k/wanted", start);
    let watcher = store.watch(&session, request).unwrap();
    let mut takes = 0;
    let mut seen = start;
    while seen < store.current_revision() {
        seen = watcher.take_raw(1).1;
        takes += 1;
    }
    assert_eq!(takes, 2);
}

/// From the history and from the live queue.
#[test]
fn a_value_that_cannot_be_encoded_ends_the_watch_before_its_revision() {
    for live in [false, true] {
        let store = store();
        let start = store.current_revision();
        let session = session(&store);
        let watch = || {
            store
                .watch(&session, watch_request(&store, "/r/", start))
                .unwrap()
        };
        let early = live.then(watch);
        let good = commit(&store, many(3, |_| "x")).unwrap().revision;
        let broken = |number| if number == 2 { "broken" } else { "x" };
        commit(&store, many(3, broken)).unwrap();
        let watcher = early.unwrap_or_else(watch);
        let batch = watcher.take(usize::MAX);
        assert_eq!(batch.ended, Some(Ended::Unreadable));
        assert_eq!((batch.frames.len(), batch.revision), (3, good));
        assert_eq!(batch.last_revision, Some(good));
        let bytes: usize = batch.frames.iter().map(|frame| frame.len()).sum();
        assert_eq!(batch.bytes, bytes);
    }
}

/// Larger than any queue: whoever watches is slow, and finds all of it in the history.
#[test]
fn a_revision_larger_than_a_queue_is_delivered_by_the_history() {
    let options = StoreOptions {
        queue: QueueLimits {
            max_events: 8,
            max_bytes: 1 << 20,
        },
        ..StoreOptions::default()
    };
    let store = Store::in_memory(options, Arc::new(TestViews));
    let start = store.current_revision();
    let session = session(&store);
    let watch = |after| {
        store
            .watch(&session, watch_request(&store, "/r/", after))
            .unwrap()
    };
    let watcher = watch(start);
    let before = put(&store, "/r/k/before", "x");
    assert_eq!(watcher.take_raw(10).0.len(), 1);
    commit(&store, many(20, |_| "x")).unwrap();
    let (events, seen, ended) = watcher.take_raw(100);
    assert_eq!((events.len(), seen, ended), (0, before, Some(Ended::Slow)));
    assert_eq!(watch(seen).take_raw(100).0.len(), 20);
    // The next one is seen by whoever joined since.
    let watcher = watch(store.current_revision());
    let next = commit(&store, many(8, |_| "x")).unwrap().revision;
    let (events, seen, ended) = watcher.take_raw(100);
    assert_eq!((events.len(), seen, ended), (8, next, None));
}

#[test]
fn a_live_batch_ends_with_a_revision_while_another_thread_writes() {
    const KEYS: usize = 64;
    let store = store();
    let start = store.current_revision();
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let session = session(&store);
            for _ in 0..2000 {
                let transaction = many(KEYS, |_| "x");
                store
                    .submit(&session, transaction, Durability::Durable)
                    .unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        let session = session(&store);
        let watch = |after: Revision| {
            let request = watch_request(&store, "/r/", after);
            store.watch(&session, request).unwrap()
        };
        let mut watcher = watch(start);
        let mut seen = start;
        while !done.load(Ordering::SeqCst) || seen < store.current_revision() {
            session.drain();
            let (events, upto, ended) = watcher.take_raw(usize::MAX);
            assert_eq!(events.len() % KEYS, 0, "a revision was torn");
            assert_eq!(upto - seen, (events.len() / KEYS) as u64);
            seen = upto;
            if ended.is_some() {
                watcher = watch(seen);
            }
        }
    });
}
