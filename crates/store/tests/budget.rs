//! What objects and history cost in memory, by what the allocator was asked for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::alloc::System;
use std::sync::Arc;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steersman_store::{Store, StoreOptions};
use support::{TestViews, put};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What an allocator adds to a block at most: its head, and rounding up.
const BLOCK_BYTES: usize = 16;

const OBJECTS: usize = 10_007;
const HISTORY_BYTES: usize = 2 << 20;

/// With the allocator's own part.
fn allocated(region: &Region<'_, System>) -> usize {
    let change = region.change();
    let blocks = change.allocations - change.deallocations;
    change.bytes_allocated - change.bytes_deallocated + blocks * BLOCK_BYTES
}

/// Keys come in no order.
fn key(number: usize) -> String {
    let scattered = number * 7_919 % OBJECTS;
    format!(
        "/registry/pods/namespace-{:02}/app-{scattered:06}",
        scattered % 50
    )
}

/// In one test, so that nothing else allocates beside it.
#[test]
fn what_objects_and_history_cost() {
    let options = StoreOptions {
        max_history_bytes: HISTORY_BYTES,
        ..StoreOptions::default()
    };
    let region = Region::new(ALLOCATOR);
    let store = Store::in_memory(options, Arc::new(TestViews));
    let over = |store: &Store| allocated(&region) - store.statistics().bytes as usize;

    for round in 0..3 {
        for number in 0..OBJECTS {
            put(&store, &key(number), &"v".repeat(500 + 37 * round));
            if number % 500 > 0 {
                continue;
            }
            let history = store.statistics().history_bytes as usize;
            assert!(
                history <= HISTORY_BYTES + HISTORY_BYTES / 8,
                "the history says that it holds {history} bytes"
            );
            let (held, objects) = (over(&store), store.statistics().keys as usize);
            assert!(
                held <= history + 160 * objects + 16_384,
                "{held} bytes are held over {objects} objects; of history there are {history}"
            );
        }
    }
    // Without anybody's upkeep only the last changes are there.
    let history = store.statistics().history_changes as usize;
    assert!((2_000..5_000).contains(&history), "{history} changes");

    store.compact(store.current_revision()).unwrap();
    while store.trim() {}
    assert_eq!(store.statistics().history_changes, 0);
    let each = over(&store) / OBJECTS;
    assert!(each <= 160, "an object costs {each} bytes beside its own");

    // What was deleted costs nothing.
    for number in 0..OBJECTS {
        support::delete(&store, &key(number));
    }
    store.compact(store.current_revision()).unwrap();
    while store.trim() {}
    let left = allocated(&region);
    assert!(left <= 16_384, "{left} bytes are left");
}
