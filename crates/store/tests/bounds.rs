//! What readers may hold is bounded, and what is held costs writers nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use steersman_store::{
    Draft, ListCursor, ListRequest, MAX_KEY_BYTES, MAX_OPERATIONS, MAX_TRANSACTION_BYTES,
    MAX_VALUE_BYTES, Operation, Put, Range, Reason, Selector, Store, StoreOptions, Transaction,
};
use support::{TestViews, commit, json_view, put, session, watch_request};

const CHANGES: usize = 1_000;
const KEYS: usize = 2_000;

fn filled() -> Arc<Store> {
    let options = StoreOptions {
        max_history_changes: CHANGES,
        ..StoreOptions::default()
    };
    let store = Store::in_memory(options, Arc::new(TestViews));
    write(&store, KEYS);
    store
}

fn write(store: &Store, count: usize) {
    for number in 0..count {
        put(store, &format!("/r/k/{:05}", number % KEYS), "value");
    }
}

fn list(store: &Arc<Store>, revision: u64) -> ListCursor {
    let request = ListRequest {
        range: Range::Prefix(b"/r/".as_slice().into()),
        view: json_view(store),
        selector: Selector::default(),
        revision,
        limit: 0,
        after: None,
    };
    ListCursor::new(store, request).unwrap()
}

#[test]
fn who_stalls_holds_no_more_than_there_may_be_history() {
    let store = filled();
    let mut cursor = list(&store, 0);
    cursor.step(1, &mut Vec::new()).unwrap();
    // While it fits, it goes on although its revision is compacted.
    write(&store, CHANGES + 500);
    assert!(store.statistics().compacted_revision > cursor.revision());
    cursor.step(1, &mut Vec::new()).unwrap();
    write(&store, 10 * CHANGES);
    let held = store.statistics().history_changes;
    assert!(held < 2 * CHANGES as u64 + 1_024, "{held} changes");
    assert_eq!(store.statistics().pins, 0);
    let error = cursor.step(1 << 30, &mut Vec::new()).unwrap_err();
    assert_eq!(error.reason, Reason::Compacted);
}

/// Compaction by hand goes the same way.
#[test]
fn a_pin_that_holds_nothing_back_is_never_taken() {
    let store = filled();
    let mut cursor = list(&store, 0);
    write(&store, CHANGES / 2);
    store.compact(cursor.revision()).unwrap();
    while store.trim() {}
    for hour in 0..100 {
        store.age_pins(hour * 3_600_000);
    }
    let mut out = Vec::new();
    while cursor.step(1 << 30, &mut out).unwrap().is_none() {}
    assert_eq!(out.iter().filter(|byte| **byte == b'{').count(), KEYS);
}

#[test]
fn who_holds_history_for_too_long_loses_it() {
    let store = filled();
    let mut cursor = list(&store, 0);
    write(&store, 10);
    store.compact(store.current_revision()).unwrap();
    store.age_pins(50_000);
    store.age_pins(50_000 + 9 * 60_000);
    cursor.step(1, &mut Vec::new()).unwrap();
    store.age_pins(50_000 + 10 * 60_000);
    let error = cursor.step(1 << 30, &mut Vec::new()).unwrap_err();
    assert_eq!(error.reason, Reason::Compacted);
    while store.trim() {}
    assert_eq!(store.statistics().history_changes, 0);
}

#[test]
fn readers_at_once_are_bounded_and_the_oldest_loses() {
    let store = filled();
    let mut oldest = list(&store, 0);
    let mut second = list(&store, 0);
    let others: Vec<_> = (0..9_999).map(|_| list(&store, 0)).collect();
    assert_eq!(store.statistics().pins, 10_000);
    write(&store, 10);
    store.compact(store.current_revision()).unwrap();
    let error = oldest.step(1, &mut Vec::new()).unwrap_err();
    assert_eq!(error.reason, Reason::Compacted);
    second.step(1, &mut Vec::new()).unwrap();
    drop((others, oldest, second));
    assert_eq!(store.statistics().pins, 0);
}

fn puts(sizes: impl IntoIterator<Item = (usize, usize)>) -> Transaction {
    let puts = sizes.into_iter().enumerate().map(|(at, (key, value))| {
        let key = format!("{at:0>key$}");
        Operation::Put(Put {
            draft: Draft::new(key.as_bytes(), &vec![b'v'; value]),
            ..Put::new(b"k", b"")
        })
    });
    Transaction {
        success: puts.collect(),
        ..Transaction::default()
    }
}

#[test]
fn keys_values_and_transactions_are_bounded() {
    let store = Store::in_memory(StoreOptions::default(), Arc::new(TestViews));
    let whole = MAX_TRANSACTION_BYTES / MAX_VALUE_BYTES;
    for (transaction, fits) in [
        (puts([(MAX_KEY_BYTES, 1)]), true),
        (puts([(MAX_KEY_BYTES + 1, 1)]), false),
        (puts([(8, MAX_VALUE_BYTES)]), true),
        (puts([(8, MAX_VALUE_BYTES + 1)]), false),
        (puts(vec![(8, MAX_VALUE_BYTES - 8); whole]), true),
        (puts(vec![(8, MAX_VALUE_BYTES); whole]), false),
        (puts(vec![(8, 1); MAX_OPERATIONS]), true),
        (puts(vec![(8, 1); MAX_OPERATIONS + 1]), false),
    ] {
        let before = store.current_revision();
        match commit(&store, transaction) {
            Ok(outcome) => assert!(fits && outcome.revision == before + 1),
            Err(error) => {
                assert!(!fits, "{error}");
                assert_eq!(error.reason, Reason::TooLarge, "{error}");
                assert_eq!(store.current_revision(), before);
            }
        }
    }
}

#[test]
fn watchers_are_bounded() {
    let options = StoreOptions {
        max_watchers: 2,
        ..StoreOptions::default()
    };
    let store = Store::in_memory(options, Arc::new(TestViews));
    let session = session(&store);
    let watch = || {
        store.watch(
            &session,
            watch_request(&store, "/", store.current_revision()),
        )
    };
    let first = watch().unwrap();
    let second = watch().unwrap();
    assert_eq!(watch().err().unwrap().reason, Reason::TooManyWatchers);
    drop(first);
    drop((watch().unwrap(), second));
}

#[test]
fn leases_are_bounded() {
    let store = Store::in_memory(StoreOptions::default(), Arc::new(TestViews));
    for id in 1..=1_000_000 {
        store.grant_lease(id, 60, 0).unwrap();
    }
    let error = store.grant_lease(0, 60, 0).unwrap_err();
    assert_eq!(error.reason, Reason::TooLarge, "{error}");
    store.keep_lease_alive(7, 0).unwrap();
}

#[test]
fn encoded_events_are_forgotten_beyond_their_bound() {
    const BYTES: usize = 64 << 10;
    let options = StoreOptions {
        max_encoded_bytes: BYTES,
        ..StoreOptions::default()
    };
    let store = Store::in_memory(options, Arc::new(TestViews));
    let session = session(&store);
    let start = store.current_revision();
    write(&store, KEYS);
    let taken = |count: usize| {
        let watcher = store
            .watch(&session, watch_request(&store, "/r/", start))
            .unwrap();
        assert_eq!(watcher.take(1 << 30).frames.len(), count);
    };
    taken(KEYS);
    let statistics = store.statistics();
    assert!(statistics.encoded_bytes <= BYTES as u64, "{statistics:?}");
    assert_eq!(statistics.encodings, KEYS as u64);
    // Who comes later is given the same; what was forgotten is encoded again.
    taken(KEYS);
    assert!(store.statistics().encodings > KEYS as u64);
}
