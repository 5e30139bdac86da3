//! What readers may hold is bounded, and what is held costs writers nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use steersman_store::{ListCursor, ListRequest, Range, Reason, Selector, Store, StoreOptions};
use support::{TestViews, json_view, put};

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
