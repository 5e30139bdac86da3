//! What objects cost in memory: `cargo run --release -p steersman-store --example memory
//! [OBJECTS [BYTES [UPDATES]]]`. Allocated is what the allocator was asked for, counted by it;
//! resident is the process's. Nothing is given back by hand: the addon does that after a
//! compaction, and `npm run bench -- store` has what a process holds then.

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::alloc::System;
use std::sync::Arc;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steersman_store::{Durability, NoViews, Store, StoreOptions, Transaction};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// As long as a pod's of a Deployment.
fn key(number: usize) -> Vec<u8> {
    let (namespace, set) = (number % 100, number / 10);
    let key = format!("/registry/pods/namespace-{namespace:03}/app-{set:05}-7d8f9c6b5-{number:05}");
    key.into_bytes()
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

struct Gauge<'a> {
    objects: usize,
    region: Region<'a, System>,
    resident: usize,
}

impl Gauge<'_> {
    fn show(&self, what: &str, store: &Store) {
        let statistics = store.statistics();
        let live = statistics.bytes as usize;
        let change = self.region.change();
        let allocated = change.bytes_allocated - change.bytes_deallocated;
        let blocks = change.allocations - change.deallocations;
        let over = |bytes: usize| (bytes as f64 - live as f64) / self.objects as f64;
        let resident = resident_bytes().saturating_sub(self.resident);
        println!(
            "{what:<24} keys and values {:>4} MiB; allocated {:>4} MiB, {:>6.1} blocks and {:>6.0} \
             bytes over an object; resident {:>4} MiB, {:>6.0} bytes over; history {} changes",
            live >> 20,
            allocated >> 20,
            blocks as f64 / self.objects as f64,
            over(allocated),
            resident >> 20,
            over(resident),
            statistics.history_changes
        );
    }
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse().unwrap());
    let objects: usize = numbers.next().unwrap_or(38_000);
    let bytes: usize = numbers.next().unwrap_or(2_800);
    let updates: usize = numbers.next().unwrap_or(4);
    let store = Store::in_memory(StoreOptions::default(), Arc::new(NoViews));
    let session = store.session(Box::new(|| {}));
    // So that the buffer is not counted.
    let value = vec![b'v'; bytes + 37 * updates];
    let gauge = Gauge {
        objects,
        region: Region::new(ALLOCATOR),
        resident: resident_bytes(),
    };
    for update in 0..=updates {
        for number in 0..objects {
            let value = &value[..bytes + 37 * update];
            let transaction = Transaction::put(&key(number), value);
            store
                .submit(&session, transaction, Durability::Durable)
                .unwrap();
        }
        gauge.show(&format!("after {update} updates each"), &store);
    }
    store.compact(store.current_revision()).unwrap();
    while store.trim() {}
    gauge.show("compacted and trimmed", &store);
}
