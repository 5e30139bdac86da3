//! What was acknowledged survives, wherever the machine stops or the disk fails.

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

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;

use directory::{Content, content, open_with, options, sizes};
use faulty::{Dice, Fault, FaultyDisk};
use steersman_store::{
    CommitStep, Durability, Maintenance, Operation, Reason, Revision, Store, StoreError, Submitted,
    Transaction,
};
use support::{commit, put, session, value_of};

fn open(disk: &FaultyDisk) -> Result<Arc<Store>, StoreError> {
    open_with(options(disk, sizes(2_000, 3_000, 2048)))
}

/// What a run did: the content at each revision, and the newest acknowledged one.
#[derive(Default)]
struct History {
    contents: BTreeMap<Revision, Content>,
    current: Content,
    acknowledged: Revision,
}

impl History {
    fn submit(
        &mut self,
        store: &Store,
        session: &Arc<steersman_store::Session>,
        key: &str,
        value: Option<&str>,
    ) {
        let transaction = match value {
            Some(value) => Transaction::put(key.as_bytes(), value.as_bytes()),
            None => Transaction::delete(key.as_bytes()),
        };
        let Ok(submitted) = store.submit(session, transaction, Durability::Durable) else {
            return;
        };
        assert!(matches!(submitted, Submitted::Pending(_)), "{submitted:?}");
        match value {
            Some(value) => self.current.insert(key.to_owned(), value.to_owned()),
            None => self.current.remove(key),
        };
    }
}

/// Groups of writes with deletions, compactions and snapshots between them, until an error.
fn run(disk: &FaultyDisk, history: &mut History) {
    let mut dice = Dice(77);
    let Ok(store) = open(disk) else { return };
    let session = session(&store);
    let mut maintenance = Maintenance::default();
    let mut revision = store.current_revision();
    history.contents.insert(revision, Content::new());
    for round in 0..40 {
        for write in 0..dice.roll(5) + 1 {
            let key = format!("/k/{}", dice.roll(12));
            let value = format!("{round}.{write}.{}", "v".repeat(dice.roll(200) as usize));
            let deletes = dice.roll(5) == 0 && history.current.contains_key(&key);
            history.submit(&store, &session, &key, (!deletes).then_some(value.as_str()));
            revision += 1;
            history.contents.insert(revision, history.current.clone());
        }
        if !matches!(store.commit_step(), CommitStep::Committed(_)) {
            return;
        }
        for completion in session.drain().completions {
            history.acknowledged = history
                .acknowledged
                .max(completion.result.unwrap().revision);
        }
        if round % 6 == 5 {
            store.compact(store.current_revision() - 3).unwrap();
            while let Ok(true) = maintenance.step(&store, false) {}
        }
    }
}

#[test]
fn acknowledged_writes_survive_power_loss_at_every_operation() {
    let whole = FaultyDisk::default();
    run(&whole, &mut History::default());
    let operations = whole.operations();
    assert!(operations > 150, "{operations}");
    for stop in 0..=operations {
        for seed in 1..=6 {
            let disk = FaultyDisk::with_fault(Fault::Crash(stop));
            let mut history = History::default();
            run(&disk, &mut history);
            let mut dice = Dice(seed * 7919 + stop);
            let after = disk.after_power_loss(&mut dice);
            let store = open(&after).unwrap_or_else(|error| {
                panic!("stopped at {stop} with seed {seed}: {error}");
            });
            let revision = store.recovery().newest_revision;
            assert!(store.current_revision() >= revision);
            assert!(
                revision >= history.acknowledged,
                "stopped at {stop} with seed {seed}: {revision} < {}",
                history.acknowledged
            );
            let expected = history.contents.get(&revision).cloned().unwrap_or_default();
            assert_eq!(
                content(&store),
                expected,
                "stopped at {stop} with seed {seed}"
            );
            // It goes on, and what is written now survives the next stop.
            let next = put(&store, "/after", "the stop");
            drop(store);
            let store = open(&after.after_power_loss(&mut dice)).unwrap();
            assert_eq!(store.recovery().newest_revision, next);
            assert_eq!(value_of(&store, "/after").as_deref(), Some("the stop"));
        }
    }
}

#[test]
fn a_full_disk_fails_writes_and_recovers() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let first = put(&store, "/a", "1");
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, from + 1, ErrorKind::StorageFull)));
    let error = commit(&store, Transaction::put(b"/a", b"2")).unwrap_err();
    assert_eq!(error.reason, Reason::DiskFull);
    assert_eq!(value_of(&store, "/a").as_deref(), Some("1"));
    assert_eq!(store.current_revision(), first);
    // The number of the write that failed is not given again.
    assert_eq!(put(&store, "/a", "3"), first + 2);
    let session = session(&store);
    let lazy = store
        .submit(&session, Transaction::put(b"/lazy", b"1"), Durability::Lazy)
        .unwrap();
    assert!(matches!(lazy, Submitted::Done(_)));
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, from + 1, ErrorKind::StorageFull)));
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    assert_eq!(
        value_of(&store, "/lazy").as_deref(),
        Some("1"),
        "answered writes stay"
    );
    let last = put(&store, "/b", "1");
    drop(store);
    let store = open(&disk.after_power_loss(&mut Dice(1))).unwrap();
    assert_eq!(store.recovery().newest_revision, last);
    assert_eq!(value_of(&store, "/a").as_deref(), Some("3"));
    assert_eq!(value_of(&store, "/lazy").as_deref(), Some("1"));
}

#[test]
fn a_failing_disk_makes_the_store_read_only() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let first = put(&store, "/a", "1");
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from + 1, from + 2, ErrorKind::Other)));
    let error = commit(&store, Transaction::put(b"/a", b"2")).unwrap_err();
    assert_eq!(error.reason, Reason::Io);
    let error = commit(&store, Transaction::put(b"/a", b"2")).unwrap_err();
    assert_eq!(error.reason, Reason::ReadOnly);
    assert_eq!(value_of(&store, "/a").as_deref(), Some("1"));
    drop(store);
    assert_eq!(open(&disk).unwrap().recovery().newest_revision, first);
}

#[test]
fn nothing_is_seen_before_it_is_durable() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let session = session(&store);
    let start = store.current_revision();
    let request = support::watch_request(&store, "/", start);
    let watcher = store.watch(&session, request).unwrap();
    let write = |key: &[u8], durability| {
        store
            .submit(&session, Transaction::put(key, b"1"), durability)
            .unwrap()
    };
    assert!(matches!(
        write(b"/a", Durability::Durable),
        Submitted::Pending(_)
    ));
    // A lazy write waits for the durable ones before it; a failed compare may have seen them.
    assert!(matches!(
        write(b"/b", Durability::Lazy),
        Submitted::Pending(_)
    ));
    let mut create = Transaction::put(b"/a", b"2");
    create.compare = vec![steersman_store::Compare::mod_revision(b"/a", 0)];
    let refused = store.submit(&session, create, Durability::Durable).unwrap();
    assert!(matches!(refused, Submitted::Pending(_)));
    assert_eq!(store.current_revision(), start);
    assert_eq!(value_of(&store, "/a"), None);
    assert!(watcher.take_raw(10).0.is_empty());
    assert_eq!(store.commit_step(), CommitStep::Committed(3));
    let drained = session.drain();
    let results: Vec<_> = drained
        .completions
        .into_iter()
        .map(|completion| completion.result.unwrap())
        .map(|outcome| (outcome.succeeded, outcome.revision))
        .collect();
    assert_eq!(
        results,
        [(true, start + 1), (true, start + 2), (false, start + 2)]
    );
    assert_eq!(watcher.take_raw(10).0.len(), 2);
    assert!(matches!(write(b"/c", Durability::Lazy), Submitted::Done(_)));
    assert_eq!(watcher.take_raw(10).0.len(), 1);
}

#[test]
fn who_writes_next_may_read_what_waits_for_the_disk() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let session = session(&store);
    let start = store.current_revision();
    let put = Transaction::put(b"/a", b"1");
    let submitted = store.submit(&session, put, Durability::Durable).unwrap();
    assert!(matches!(submitted, Submitted::Pending(_)));
    let pending = store.get_applied(b"/a").unwrap().unwrap();
    assert_eq!(pending.mod_revision(), start + 1);
    assert_eq!(value_of(&store, "/a"), None);
    // Builds on the pending version, and is answered after it.
    let mut next = Transaction::put(b"/a", b"2");
    next.compare = vec![steersman_store::Compare::mod_revision(b"/a", start + 1)];
    let submitted = store.submit(&session, next, Durability::Durable).unwrap();
    assert!(matches!(submitted, Submitted::Pending(_)));
    // Without writes: the answer waits for what the compare saw.
    let seen = Transaction {
        compare: vec![steersman_store::Compare::mod_revision(b"/a", start + 2)],
        ..Transaction::default()
    };
    let submitted = store.submit(&session, seen, Durability::Durable).unwrap();
    assert!(matches!(submitted, Submitted::Pending(_)));
    assert_eq!(store.commit_step(), CommitStep::Committed(3));
    let succeeded: Vec<_> = session
        .drain()
        .completions
        .into_iter()
        .map(|completion| completion.result.unwrap().succeeded)
        .collect();
    assert_eq!(succeeded, [true, true, true]);
    assert_eq!(value_of(&store, "/a").as_deref(), Some("2"));
}

#[test]
fn leases_and_their_keys_are_recovered() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let session = session(&store);
    let lease = store.grant_lease(0, 60, 0).unwrap();
    let gone = store.grant_lease(0, 60, 0).unwrap();
    for (key, lease_id) in [("/a", lease.lease_id), ("/b", gone.lease_id)] {
        let mut put = steersman_store::Put::new(key.as_bytes(), b"x");
        put.lease_id = lease_id;
        let success = vec![Operation::Put(put)];
        commit(
            &store,
            Transaction {
                success,
                ..Transaction::default()
            },
        )
        .unwrap();
    }
    store
        .revoke_lease(&session, gone.lease_id, Durability::Durable)
        .unwrap();
    store.commit_step();
    for round in 0..100 {
        put(&store, "/fill", &format!("{round} {}", "x".repeat(100)));
    }
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, true).unwrap() {}
    assert_eq!(store.disk_statistics().snapshots, 1);
    drop(store);
    let store = open(&disk.after_power_loss(&mut Dice(5))).unwrap();
    assert_eq!(value_of(&store, "/b"), None);
    assert_eq!(store.leases(), [lease.lease_id]);
    let session = support::session(&store);
    assert_eq!(store.expire_leases(&session, 60_000, 10).unwrap(), 1);
    store.commit_step();
    assert_eq!(value_of(&store, "/a"), None);
}

#[test]
fn the_log_is_bounded_by_snapshots_and_history_stays_readable() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let mut maintenance = Maintenance::default();
    for round in 0..1000 {
        put(
            &store,
            &format!("/k/{}", round % 10),
            &format!("{round} {}", "x".repeat(100)),
        );
        if round % 50 == 0 {
            let floor = store.current_revision().saturating_sub(20).max(1);
            store.compact(floor).unwrap();
            while maintenance.step(&store, false).unwrap() {}
        }
    }
    // The history and what came since the snapshot before the last, a sector each, in small
    // segments.
    assert!(
        store.disk_statistics().log_bytes < 2 * (20 + 2 * 50) * 512,
        "{:?}",
        store.disk_statistics()
    );
    let newest = store.current_revision();
    let before = content(&store);
    drop(store);
    let store = open(&disk).unwrap();
    assert_eq!(content(&store), before);
    let session = session(&store);
    let request = support::watch_request(&store, "/", newest - 20);
    let (events, _, _) = store.watch(&session, request).unwrap().take_raw(100);
    let revisions: Vec<_> = events.iter().map(|event| event.change.revision).collect();
    assert_eq!(revisions, (newest - 19..=newest).collect::<Vec<_>>());
}

/// Durable and lazy writes in random groups on a disk that is full now and then: what was answered
/// stays, what was refused leaves no trace, and watchers see exactly what was answered.
#[test]
fn a_disk_that_is_full_now_and_then_loses_nothing_that_was_answered() {
    for seed in 1..=300 {
        let mut dice = Dice(seed * 104_729);
        let disk = FaultyDisk::default();
        let store = open(&disk).unwrap();
        let session = session(&store);
        let request = support::watch_request(&store, "/", store.current_revision());
        let watcher = store.watch(&session, request).unwrap();
        let mut model = Content::new();
        let mut answered = 0;
        for round in 0..30 {
            let mut pending = BTreeMap::new();
            for write in 0..dice.roll(6) + 1 {
                let key = format!("/k/{}", dice.roll(5));
                let value = format!("{round}.{write}");
                let lazy = dice.roll(2) == 0;
                let durability = if lazy {
                    Durability::Lazy
                } else {
                    Durability::Durable
                };
                let transaction = Transaction::put(key.as_bytes(), value.as_bytes());
                match store.submit(&session, transaction, durability).unwrap() {
                    Submitted::Done(_) => {
                        assert!(lazy && pending.is_empty());
                        model.insert(key, value);
                        answered += 1;
                    }
                    Submitted::Pending(ticket) => {
                        pending.insert(ticket, (key, value));
                    }
                }
            }
            let full = dice.roll(3) == 0;
            let from = disk.operations() + dice.roll(2);
            let until = from + dice.roll(3);
            disk.set_fault(full.then_some(Fault::Fail(from, until, ErrorKind::StorageFull)));
            let step = store.commit_step();
            disk.set_fault(None);
            assert_eq!(
                store.health().is_err(),
                matches!(step, CommitStep::Failed(_))
            );
            for completion in session.drain().completions {
                let (key, value) = pending.remove(&completion.ticket).unwrap();
                match completion.result {
                    Ok(_) => {
                        model.insert(key, value);
                        answered += 1;
                    }
                    Err(error) => assert_eq!(error.reason, Reason::DiskFull),
                }
            }
            assert!(pending.is_empty(), "every write is answered");
            assert_eq!(content(&store), model, "seed {seed}, round {round}");
        }
        let (events, seen, ended) = watcher.take_raw(10_000);
        assert_eq!(
            (events.len(), seen, ended),
            (answered, store.current_revision(), None)
        );
        store.commit_step();
        drop(watcher);
        drop(store);
        let store = open(&disk.after_power_loss(&mut dice)).unwrap();
        assert_eq!(content(&store), model, "seed {seed}, after a restart");
        assert_eq!(store.recovery().newest_revision, seen);
    }
}

#[test]
fn a_replaced_file_that_cannot_be_removed_is_left_to_the_next_opening() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let mut maintenance = Maintenance::default();
    let write = || {
        for round in 0..60 {
            put(&store, &format!("/k/{round}"), &"x".repeat(300));
        }
        store.compact(store.current_revision()).unwrap();
    };
    write();
    let before = disk.paths();
    while maintenance.step(&store, true).unwrap() {}
    assert_eq!(store.disk_statistics().snapshots, 1);
    assert!(
        before.iter().all(|path| disk.paths().contains(path)),
        "what a snapshot replaces stays until the next one is begun"
    );
    write();
    let log_bytes = store.disk_statistics().log_bytes;
    assert!(maintenance.step(&store, true).unwrap());
    assert!(
        store.disk_statistics().log_bytes < log_bytes - 60 * 512,
        "what is let go of counts no more"
    );
    assert!(
        before.iter().all(|path| disk.paths().contains(path)),
        "it is removed in steps"
    );
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, from + 1, ErrorKind::Other)));
    maintenance.step(&store, true).unwrap_err();
    while maintenance.step(&store, true).unwrap() {}
    let left: Vec<_> = before
        .iter()
        .filter(|path| disk.paths().contains(path))
        .collect();
    assert_eq!(left.len(), 1, "one could not be removed: {left:?}");
    put(&store, "/last", "1");
    let expected = content(&store);
    drop(maintenance);
    drop(store);
    let store = open(&disk.after_power_loss(&mut Dice(11))).unwrap();
    assert_eq!(content(&store), expected);
}
