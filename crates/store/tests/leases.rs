//! Leases through restarts, failures and clocks that jump.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/directory.rs"]
mod directory;
#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::io::ErrorKind;
use std::sync::Arc;

use directory::{close, crash, open_with, options, sizes};
use faulty::{Dice, Fault, FaultyDisk};
use steersman_store::{
    CommitStep, Durability, Maintenance, OpenOptions, Operation, Put, Reason, Store, StoreOptions,
    Submitted, Transaction,
};
use support::{TestViews, commit, put, session, value_of};

fn open(disk: &FaultyDisk, now_millis: u64) -> Arc<Store> {
    let options = OpenOptions {
        now_millis,
        ..options(disk, sizes(2_000, 3_000, 500))
    };
    open_with(options).unwrap()
}

fn put_leased(store: &Store, key: &str, lease_id: u64) {
    let mut put = Put::new(key.as_bytes(), b"x");
    put.lease_id = lease_id;
    let success = vec![Operation::Put(put)];
    let transaction = Transaction {
        success,
        ..Transaction::default()
    };
    commit(store, transaction).unwrap();
}

/// A key with a lease of its own.
fn leased(store: &Store, key: &str, ttl_seconds: u64, now_millis: u64) -> u64 {
    let lease_id = store.grant_lease(0, ttl_seconds, now_millis);
    let lease_id = lease_id.unwrap().lease_id;
    put_leased(store, key, lease_id);
    lease_id
}

/// How many ended, durably.
fn tick(store: &Store, now_millis: u64) -> usize {
    let ended = store.expire_leases(&session(store), now_millis, 1000);
    store.commit_step();
    ended.unwrap()
}

#[test]
fn a_clean_restart_neither_lengthens_nor_shortens_a_lease() {
    let disk = FaultyDisk::default();
    let store = open(&disk, 5_000);
    leased(&store, "/a", 60, 5_000);
    assert_eq!(tick(&store, 55_000), 0);
    close(store);
    // The clock may be any other then.
    for now in [0, 1 << 50] {
        let disk = disk.after_power_loss(&mut Dice(1));
        let store = open(&disk, now);
        assert_eq!(tick(&store, now + 9_999), 0);
        assert_eq!(tick(&store, now + 10_000), 1);
        assert_eq!(value_of(&store, "/a"), None);
    }
}

#[test]
fn restarts_without_end_do_not_keep_a_lease() {
    for clean in [true, false] {
        let mut disk = FaultyDisk::default();
        let store = open(&disk, 0);
        leased(&store, "/a", 60, 0);
        disk = crash(&disk, store);
        let mut restarts = 0;
        loop {
            let store = open(&disk, 0);
            if value_of(&store, "/a").is_none() {
                break;
            }
            // Twelve seconds, with the ticks of a real one.
            for second in 1..=12 {
                tick(&store, second * 1000);
            }
            restarts += 1;
            assert!(restarts < 10, "it lives for ever");
            if clean {
                close(store);
            } else {
                disk = crash(&disk, store);
            }
        }
        assert!(restarts >= if clean { 5 } else { 6 }, "{restarts}");
    }
}

#[test]
fn a_renewal_that_was_answered_survives_a_stop() {
    let disk = FaultyDisk::default();
    let store = open(&disk, 0);
    let lease_id = leased(&store, "/a", 15, 0);
    for second in (5..3_600).step_by(5) {
        store.keep_lease_alive(lease_id, second * 1000).unwrap();
        assert_eq!(tick(&store, second * 1000), 0);
    }
    let disk = crash(&disk, store);
    let store = open(&disk, 0);
    assert_eq!(tick(&store, 14_000), 0);
    store.keep_lease_alive(lease_id, 14_000).unwrap();
    assert_eq!(tick(&store, 28_000), 0);
    assert_eq!(tick(&store, 29_000), 1);
}

#[test]
fn who_comes_too_late_is_told_so_before_the_keys_are_gone() {
    let store = Store::in_memory(StoreOptions::default(), Arc::new(TestViews));
    let lease_id = leased(&store, "/a", 10, 0);
    let late = store.keep_lease_alive(lease_id, 10_000).unwrap_err();
    assert_eq!(late.reason, Reason::LeaseNotFound);
    assert!(value_of(&store, "/a").is_some());
    assert_eq!(tick(&store, 10_000), 1);
    assert_eq!(value_of(&store, "/a"), None);
}

#[test]
fn a_clock_that_jumps_ends_no_lease_late() {
    let store = Store::in_memory(StoreOptions::default(), Arc::new(TestViews));
    const HOUR: u64 = 3_600_000;
    leased(&store, "/a", 60, HOUR);
    for second in 1..=30 {
        assert_eq!(tick(&store, HOUR + second * 1000), 0);
    }
    // Set back by most of an hour: half of its time is left.
    for second in 0..=29 {
        assert_eq!(tick(&store, second * 1000), 0);
    }
    assert_eq!(tick(&store, 30_000), 1);
}

#[test]
fn an_end_that_could_not_be_written_is_taken_back_with_its_time() {
    let disk = FaultyDisk::default();
    let store = open(&disk, 0);
    let lease_id = leased(&store, "/a", 60, 0);
    store.commit_step();
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, u64::MAX, ErrorKind::StorageFull)));
    let session = session(&store);
    store
        .revoke_lease(&session, lease_id, Durability::Durable)
        .unwrap();
    // Under the same number; it was answered, so it stays.
    let again = store.grant_lease(lease_id, 30, 0).unwrap();
    assert_eq!(again.lease_id, lease_id);
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    disk.set_fault(None);
    assert!(value_of(&store, "/a").is_some());
    assert_eq!(store.lease_keys(lease_id).len(), 1);
    assert_eq!(tick(&store, 30_000), 1);
    assert_eq!(value_of(&store, "/a"), None);
    assert_eq!(store.leases(), []);
}

/// With each moment of a snapshot: what is granted, renewed and ended then is there afterwards.
#[test]
fn leases_survive_whatever_a_snapshot_does_at_the_same_moment() {
    for moment in 0..6 {
        let disk = FaultyDisk::default();
        let store = open(&disk, 0);
        for number in 0..600 {
            put(&store, &format!("/k/{number}"), "value");
        }
        let renewed = leased(&store, "/renewed", 60, 0);
        let ended = leased(&store, "/ended", 60, 0);
        store.compact(store.current_revision()).unwrap();
        let mut maintenance = Maintenance::default();
        for _ in 0..moment {
            maintenance.step(&store, true).unwrap();
        }
        let granted = store.grant_lease(0, 60, 20_000).unwrap().lease_id;
        store.keep_lease_alive(renewed, 20_000).unwrap();
        let session = session(&store);
        store
            .revoke_lease(&session, ended, Durability::Durable)
            .unwrap();
        put_leased(&store, "/granted", granted);
        while maintenance.step(&store, true).unwrap() {
            store.commit_step();
        }
        drop(maintenance);
        let disk = crash(&disk, store);
        let store = open(&disk, 0);
        assert_eq!(store.leases(), [renewed, granted], "at moment {moment}");
        assert_eq!(value_of(&store, "/ended"), None);
        assert_eq!(tick(&store, 59_999), 0);
        assert_eq!(tick(&store, 60_000), 2);
        assert_eq!(value_of(&store, "/renewed"), None);
        assert_eq!(value_of(&store, "/granted"), None);
        // Nor is a number given twice.
        assert!(store.grant_lease(0, 1, 60_000).unwrap().lease_id > granted);
    }
}

#[test]
fn a_grant_is_answered_when_it_is_on_disk() {
    let disk = FaultyDisk::default();
    let store = open(&disk, 0);
    let session = session(&store);
    let (lease, submitted) = store.submit_lease(&session, 0, 60, 0).unwrap();
    let Submitted::Pending(ticket) = submitted else {
        panic!("answered before it is on disk");
    };
    assert!(session.drain().completions.is_empty());
    store.commit_step();
    let answer = session.drain().completions.pop().unwrap();
    assert_eq!(answer.ticket, ticket);
    assert!(answer.result.unwrap().succeeded);
    let disk = crash(&disk, store);
    let store = open(&disk, 0);
    assert_eq!(store.lease(lease.lease_id).unwrap().ttl_seconds, 60);
    // One that does not get there is gone, and so is what was put with it.
    let session = support::session(&store);
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, u64::MAX, ErrorKind::StorageFull)));
    let (lost, _) = store.submit_lease(&session, 0, 60, 0).unwrap();
    let mut put = Put::new(b"/leased", b"x");
    put.lease_id = lost.lease_id;
    let transaction = Transaction {
        success: vec![Operation::Put(put)],
        ..Transaction::default()
    };
    let written = store.submit(&session, transaction, Durability::Durable);
    assert!(matches!(written, Ok(Submitted::Pending(_))));
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    let answers = session.drain().completions;
    assert_eq!(answers.len(), 2);
    assert!(answers.iter().all(|answer| answer.result.is_err()));
    assert_eq!(store.lease(lost.lease_id), None);
    assert_eq!(value_of(&store, "/leased"), None);
    disk.set_fault(None);
    put_leased(&store, "/leased", lease.lease_id);
}

/// What a lazy write or an expiry took from the lease table, and the disk refused for good, is in no
/// log: a snapshot made then would have a key whose lease is gone, and which never ends.
#[test]
fn no_snapshot_is_made_of_what_a_failed_disk_lost() {
    let disk = FaultyDisk::default();
    let store = open(&disk, 0);
    let lease_id = leased(&store, "/a", 60, 0);
    put(&store, "/b", &"x".repeat(3_000));
    put(&store, "/b", "1");
    store.compact(store.current_revision()).unwrap();
    let revoked = store.revoke_lease(&session(&store), lease_id, Durability::Lazy);
    revoked.unwrap();
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, from + 9, ErrorKind::Other)));
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    disk.set_fault(None);
    let mut maintenance = Maintenance::default();
    while let Ok(true) = maintenance.step(&store, true) {}
    let store = open(&crash(&disk, store), 0);
    assert_eq!(value_of(&store, "/a").as_deref(), Some("x"));
    assert_eq!(store.leases(), [lease_id]);
    assert_eq!(tick(&store, 60_000), 1);
    assert_eq!(value_of(&store, "/a"), None);
}
