//! A revision is never given twice: through crashes, full disks, failed groups, lazy writes and
//! leases that run out.

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
use std::path::Path;
use std::sync::Arc;

use directory::{close, crash, open_with, options, sizes};
use faulty::{Fault, FaultyDisk};
use steersman_store::{
    CommitStep, Compare, Durability, FileSystem, Maintenance, OpenMode, Operation, Put, Range,
    RangeRequest, Reason, Revision, Session, Store, StoreError, Submitted, Transaction,
};
use support::{commit, put, session, value_of, watch_request};

fn open(disk: &FaultyDisk) -> Arc<Store> {
    open_with(options(disk, sizes(2_000, 3_000, 500))).unwrap()
}

/// A lazy write that is shown at once.
fn put_lazily(store: &Store, key: &str, value: &str) -> Revision {
    let transaction = Transaction::put(key.as_bytes(), value.as_bytes());
    match store.submit(&session(store), transaction, Durability::Lazy) {
        Ok(Submitted::Done(outcome)) => outcome.revision,
        other => panic!("{other:?}"),
    }
}

fn fill_up(disk: &FaultyDisk) {
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, u64::MAX, ErrorKind::StorageFull)));
}

fn read_at(store: &Store, revision: Revision) -> Result<usize, StoreError> {
    let all = Range::Prefix(Box::default());
    let request = RangeRequest {
        revision,
        ..RangeRequest::all(all)
    };
    store.range(&request).map(|found| found.values.len())
}

/// The revisions of the events after this one.
fn resumed(store: &Arc<Store>, after: Revision) -> Result<Vec<Revision>, Reason> {
    let session = session(store);
    let watcher = store.watch(&session, watch_request(store, "/", after));
    let watcher = watcher.map_err(|error| error.reason)?;
    let events = watcher.take_raw(1000).0;
    Ok(events.iter().map(|event| event.change.revision).collect())
}

#[test]
fn what_was_shown_and_lost_is_compacted_and_its_number_not_given_again() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    let durable = put(&store, "/a", "1");
    let lost: Vec<_> = (0..3)
        .map(|n| put_lazily(&store, &format!("/lazy/{n}"), "x"))
        .collect();
    assert_eq!(resumed(&store, durable).unwrap(), lost);
    let disk = crash(&disk, store);
    let store = open(&disk);
    let opened = store.current_revision();
    assert_eq!(store.recovery().newest_revision, durable);
    assert_eq!(store.recovery().opened_at_revision, opened);
    assert!(!store.recovery().clean);
    assert!(opened > lost[2]);
    let check = |store: &Arc<Store>, next: Option<Revision>| {
        let later: Vec<_> = next.into_iter().collect();
        assert_eq!(resumed(store, durable), Ok(later.clone()));
        assert_eq!(resumed(store, opened), Ok(later));
        assert_eq!(read_at(store, durable).unwrap(), 1);
        assert_eq!(read_at(store, opened).unwrap(), 1);
        for revision in durable + 1..opened {
            assert_eq!(resumed(store, revision), Err(Reason::Compacted));
            let error = read_at(store, revision).unwrap_err();
            assert_eq!(
                (error.reason, error.revision),
                (Reason::Compacted, Some(opened))
            );
        }
    };
    check(&store, None);
    let next = put(&store, "/b", "1");
    assert_eq!(next, opened + 1);
    check(&store, Some(next));
    // It stays so, however often and in whatever way the store is opened again.
    let disk = crash(&disk, store);
    let store = open(&disk);
    check(&store, Some(next));
    close(store);
    let store = open(&disk);
    assert!(store.recovery().clean);
    check(&store, Some(next));
    // Compaction at a number of which nothing is known goes on to one that is known.
    store.compact(durable + 2).unwrap();
    assert_eq!(store.statistics().compacted_revision, opened);
    assert_eq!(resumed(&store, durable), Err(Reason::Compacted));
    assert_eq!(resumed(&store, opened), Ok(vec![next]));
}

#[test]
fn a_pending_version_that_failed_is_never_taken_for_another() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    let base = put(&store, "/k", "base");
    let session = session(&store);
    let submit = |transaction| {
        let submitted = store.submit(&session, transaction, Durability::Durable);
        assert!(
            matches!(submitted, Ok(Submitted::Pending(_))),
            "{submitted:?}"
        );
    };
    let outcomes = || -> Vec<_> {
        let completions = session.drain().completions.into_iter();
        completions
            .map(|completion| {
                completion
                    .result
                    .map(|outcome| (outcome.succeeded, outcome.revision))
            })
            .collect()
    };
    submit(Transaction::put(b"/k", b"never durable"));
    let seen = store.get_applied(b"/k").unwrap().unwrap().mod_revision();
    assert_eq!(seen, base + 1);
    fill_up(&disk);
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    assert_eq!(outcomes()[0].as_ref().unwrap_err().reason, Reason::DiskFull);
    disk.set_fault(None);
    assert_eq!(store.current_revision(), base);
    // A compare that fails says what is there, not what was.
    let mut stale = Transaction::put(b"/k", b"on what never was");
    stale.compare = vec![Compare::mod_revision(b"/k", seen)];
    match store.submit(&session, stale.clone(), Durability::Durable) {
        Ok(Submitted::Done(outcome)) => {
            assert_eq!((outcome.succeeded, outcome.revision), (false, base));
        }
        other => panic!("{other:?}"),
    }
    submit(Transaction::put(b"/k", b"acknowledged"));
    submit(stale);
    assert!(matches!(store.commit_step(), CommitStep::Committed(2)));
    let written = base + 2;
    assert_eq!(outcomes(), [Ok((true, written)), Ok((false, written))]);
    assert_eq!(value_of(&store, "/k").as_deref(), Some("acknowledged"));
    assert_eq!(resumed(&store, base), Ok(vec![written]));
    let disk = crash(&disk, {
        drop(session);
        store
    });
    assert_eq!(open(&disk).recovery().newest_revision, written);
}

fn leased(store: &Store, key: &str, now_millis: u64) -> u64 {
    let lease_id = store.grant_lease(0, 60, now_millis).unwrap().lease_id;
    let mut put = Put::new(key.as_bytes(), b"x");
    put.lease_id = lease_id;
    let success = vec![Operation::Put(put)];
    let transaction = Transaction {
        success,
        ..Transaction::default()
    };
    commit(store, transaction).unwrap();
    lease_id
}

#[test]
fn leases_that_run_out_on_a_full_disk_give_no_number_twice() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    for number in 0..50 {
        leased(&store, &format!("/events/{number}"), 0);
    }
    let full_at = store.current_revision();
    fill_up(&disk);
    let session = session(&store);
    for second in 60..110 {
        store.expire_leases(&session, second * 1000, 1).unwrap();
        assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
        let write = Transaction::put(b"/x", b"y");
        store.submit(&session, write, Durability::Durable).unwrap();
        assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    }
    let shown = store.current_revision();
    assert!(shown > full_at);
    disk.set_fault(None);
    let disk = crash(&disk, store);
    let store = open(&disk);
    assert!(store.current_revision() > shown);
    assert!(put(&store, "/x", "y") > shown);
    assert_eq!(resumed(&store, shown), Err(Reason::Compacted));
}

/// Without bound the disk would be full for longer than numbers are set aside for.
#[test]
fn what_cannot_reach_the_disk_is_shown_only_below_the_ceiling() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    let first = put(&store, "/a", "1");
    fill_up(&disk);
    let session = session(&store);
    let mut shown = 0;
    for number in 0..10_000u64 {
        let value = number.to_string();
        let transaction = Transaction::put(b"/lazy", value.as_bytes());
        match store
            .submit(&session, transaction, Durability::Lazy)
            .unwrap()
        {
            Submitted::Done(_) => shown += 1,
            Submitted::Pending(_) => break,
        }
    }
    assert!((1_000..9_000).contains(&shown), "{shown}");
    assert_eq!(store.current_revision(), first + shown);
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    let refused = session.drain().completions.pop().unwrap();
    assert_eq!(refused.result.unwrap_err().reason, Reason::DiskFull);
    assert_eq!(
        store.current_revision(),
        first + shown,
        "what was answered stays"
    );
    disk.set_fault(None);
    drop(session);
    let disk = crash(&disk, store);
    let store = open(&disk);
    assert_eq!(store.recovery().newest_revision, first);
    assert!(store.current_revision() > first + shown);
}

#[test]
fn a_ceiling_is_raised_before_lazy_writes_have_to_wait() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    put(&store, "/a", "1");
    for number in 0..20_000 {
        put_lazily(&store, "/lazy", &number.to_string());
        if number % 500 == 0 {
            assert_ne!(store.commit_step(), CommitStep::Idle);
        }
    }
}

#[test]
fn a_clean_end_costs_no_number() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    let first = put(&store, "/a", "1");
    fill_up(&disk);
    let refused = commit(&store, Transaction::put(b"/a", b"2"));
    assert_eq!(refused.unwrap_err().reason, Reason::DiskFull);
    disk.set_fault(None);
    let lazy = put_lazily(&store, "/b", "1");
    assert_eq!(lazy, first + 2);
    close(store);
    let mut sizes = Vec::new();
    for _ in 0..3 {
        let store = open(&disk);
        let recovery = store.recovery();
        assert_eq!(
            (
                recovery.newest_revision,
                recovery.opened_at_revision,
                recovery.clean
            ),
            (lazy, lazy, true)
        );
        assert_eq!(value_of(&store, "/b").as_deref(), Some("1"));
        assert_eq!(resumed(&store, first), Ok(vec![lazy]));
        close(store);
        let paths = disk.paths();
        sizes.push(
            paths
                .iter()
                .map(|path| disk.read(path).len())
                .sum::<usize>(),
        );
    }
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    // The number of a failed write stays used also when it was the newest.
    let store = open(&disk);
    fill_up(&disk);
    assert!(commit(&store, Transaction::put(b"/a", b"2")).is_err());
    disk.set_fault(None);
    close(store);
    let store = open(&disk);
    assert_eq!(store.current_revision(), lazy);
    assert_eq!(put(&store, "/a", "3"), lazy + 2);
}

#[test]
fn an_end_with_lazy_writes_that_never_got_to_the_disk_is_unclean() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    let first = put(&store, "/a", "1");
    fill_up(&disk);
    let lazy = put_lazily(&store, "/b", "1");
    close(store);
    disk.set_fault(None);
    let store = open(&disk);
    assert!(!store.recovery().clean);
    assert_eq!(store.recovery().newest_revision, first);
    assert!(store.current_revision() > lazy);
}

#[test]
fn numbers_go_on_above_the_ceiling_when_a_snapshot_cut_it_off() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    for number in 0..400 {
        put(&store, "/k", &format!("{number} {}", "x".repeat(100)));
    }
    let mut maintenance = Maintenance::default();
    store.compact(store.current_revision() - 5).unwrap();
    while maintenance.step(&store, true).unwrap() {}
    assert_eq!(store.disk_statistics().snapshots, 1);
    let durable = store.current_revision();
    let shown = put_lazily(&store, "/lazy", "1");
    drop(maintenance);
    let disk = crash(&disk, store);
    let store = open(&disk);
    assert_eq!(store.recovery().newest_revision, durable);
    assert!(store.current_revision() > shown);
    assert_eq!(resumed(&store, shown), Err(Reason::Compacted));
}

/// Crashes with nothing written between them open at the same place: nothing was shown there.
#[test]
fn openings_without_writes_use_no_numbers() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    put(&store, "/a", "1");
    let disk = crash(&disk, store);
    let store = open(&disk);
    let opened = store.current_revision();
    let disk = crash(&disk, store);
    let store = open(&disk);
    assert_eq!(store.current_revision(), opened);
    close(store);
    let store = open(&disk);
    assert!(store.recovery().clean);
    assert_eq!(store.current_revision(), opened);
    assert_eq!(put(&store, "/a", "2"), opened + 1);
}

/// Before there were ceilings the log said nothing of lazy writes.
#[test]
fn a_directory_of_an_earlier_version_opens_above_what_it_may_have_shown() {
    let disk = FaultyDisk::default();
    let mut bytes = b"stmnlog\n\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    // Revision 2, a put of `/a`: created at 2, version 1, no lease, the value `1`.
    let payload = b"\x02\x01\x02/a\x02\x01\0\x011";
    let numbers = [1u64.to_le_bytes(), 1u64.to_le_bytes()].concat();
    let length = (payload.len() as u32).to_le_bytes();
    let rest = [&numbers[..], payload].concat();
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&length), &rest);
    bytes.extend([b"\xa7Rc\x1e", &length[..], &checksum.to_le_bytes(), &rest].concat());
    let path = Path::new("/data/log-0000000000000001");
    let file = disk.open(path, OpenMode::Create).unwrap();
    file.write_at(0, &bytes).unwrap();
    let store = open(&disk);
    assert_eq!(value_of(&store, "/a").as_deref(), Some("1"));
    assert_eq!(store.recovery().newest_revision, 2);
    assert!(store.current_revision() > 1000);
    assert_eq!(resumed(&store, 2), Ok(vec![]));
    assert_eq!(resumed(&store, 3), Err(Reason::Compacted));
}

fn answers(session: &Session) -> Vec<Option<Reason>> {
    let completions = session.drain().completions.into_iter();
    completions
        .map(|completion| completion.result.err().map(|error| error.reason))
        .collect()
}

#[test]
fn whoever_waits_when_the_store_is_given_back_gets_an_answer() {
    for full in [false, true] {
        let disk = FaultyDisk::default();
        let store = open(&disk);
        put(&store, "/a", "1");
        let session = session(&store);
        let write = || store.submit(&session, Transaction::put(b"/a", b"2"), Durability::Durable);
        assert!(matches!(write(), Ok(Submitted::Pending(_))));
        if full {
            fill_up(&disk);
        }
        store.close();
        store.release();
        assert_eq!(answers(&session), [full.then_some(Reason::DiskFull)]);
        assert_eq!(write().unwrap_err().reason, Reason::Closed);
        store.release();
        assert_eq!(answers(&session), []);
        drop(store);
        disk.set_fault(None);
        let written = value_of(&open(&disk), "/a");
        assert_eq!(written.as_deref(), Some(if full { "1" } else { "2" }));
    }
}
