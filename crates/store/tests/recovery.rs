//! Directories that are damaged, locked, or from the future.

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

use std::path::PathBuf;
use std::sync::Arc;

use directory::{files, open_with, options, sizes};
use faulty::FaultyDisk;
use steersman_store::{
    DurableOptions, FindingKind, Maintenance, OpenOptions, Reason, Store, StoreError, StoreOptions,
};
use support::{TestViews, put, value_of};

fn open(disk: &FaultyDisk) -> Result<Arc<Store>, StoreError> {
    open_with(options(disk, sizes(1 << 20, 2_000, 500)))
}

/// Not closed.
fn written(count: usize) -> (FaultyDisk, Vec<PathBuf>) {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    for number in 0..count {
        put(&store, &format!("/k/{number}"), &format!("value {number}"));
    }
    drop(store);
    let logs = files(&disk, "log-");
    (disk, logs)
}

fn refused(disk: &FaultyDisk) -> StoreError {
    open(disk).err().unwrap()
}

/// Where the groups of a segment end, without the room behind them.
fn end_of_groups(bytes: &[u8]) -> usize {
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    (last + 1).next_multiple_of(512)
}

#[test]
fn a_torn_last_group_is_cut_at_every_length() {
    let (disk, logs) = written(10);
    let path = logs.last().unwrap();
    let whole = disk.read(path);
    let end = end_of_groups(&whole);
    for length in end - 512..end {
        disk.write(path, whole[..length].to_vec());
        let store = open(&disk).unwrap();
        let kinds: Vec<_> = store
            .recovery_report()
            .unwrap()
            .findings
            .iter()
            .map(|finding| (finding.kind, finding.offset, finding.bytes))
            .collect();
        let at = end as u64 - 512;
        let torn = (FindingKind::TornGroup, at, length as u64 - at);
        let not_closed = (FindingKind::NotClosed, at, 0);
        if length as u64 == at {
            assert_eq!(kinds, [not_closed]);
        } else {
            assert_eq!(kinds, [torn, not_closed], "{length}");
        }
        assert!(value_of(&store, "/k/8").is_some(), "{length}");
        assert_eq!(value_of(&store, "/k/9"), None, "{length}");
        put(&store, "/k/9", "again");
        drop(store);
        assert_eq!(
            value_of(&open(&disk).unwrap(), "/k/9").as_deref(),
            Some("again")
        );
    }
}

#[test]
fn missing_segments_are_refused() {
    let (disk, logs) = written(200);
    let whole = disk.read(&logs[1]);
    for path in [&logs[0], &logs[1]] {
        use steersman_store::FileSystem;
        let kept = disk.read(path);
        disk.remove(path).unwrap();
        assert_eq!(refused(&disk).reason, Reason::Corrupt);
        disk.open(path, steersman_store::OpenMode::Create).unwrap();
        disk.write(path, kept);
    }
    assert_eq!(disk.read(&logs[1]), whole);
    assert!(open(&disk).is_ok());
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let (disk, _) = written(50);
    let store = open(&disk).unwrap();
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, true).unwrap() {}
    drop(store);
    let snapshots = files(&disk, "snapshot-");
    assert_eq!(snapshots.len(), 1);
    let whole = disk.read(&snapshots[0]);
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        disk.write(&snapshots[0], damaged);
        let error = refused(&disk);
        let newer = error.reason == Reason::NewerFormat && (8..12).contains(&at);
        assert!(newer || error.reason == Reason::Corrupt, "{at}: {error}");
        disk.write(&snapshots[0], whole[..at].to_vec());
        assert_eq!(refused(&disk).reason, Reason::Corrupt, "{at}");
    }
    disk.write(&snapshots[0], whole);
    assert_eq!(
        value_of(&open(&disk).unwrap(), "/k/7").as_deref(),
        Some("value 7")
    );
}

#[test]
fn a_second_opener_is_refused() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    assert_eq!(refused(&disk).reason, Reason::Locked);
    drop(store);
    assert!(open(&disk).is_ok());
}

#[test]
fn the_machines_own_files_work() {
    let directory = std::env::temp_dir().join(format!("steersman-store-{}", std::process::id()));
    let open = || {
        let options = OpenOptions {
            directory: &directory,
            files: Arc::new(steersman_store::Disk),
            store: StoreOptions::default(),
            durable: DurableOptions {
                snapshot_log_bytes: 1,
                segment_bytes: 10_000,
                room_bytes: 500,
            },
            now_millis: 0,
            salt: [7; 16],
        };
        Store::open(options, Arc::new(TestViews))
    };
    let store = open().unwrap();
    assert_eq!(open().err().unwrap().reason, Reason::Locked);
    for number in 0..300 {
        put(&store, &format!("/k/{number}"), &"x".repeat(100));
    }
    store.compact(store.current_revision() - 1).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, false).unwrap() {}
    drop(maintenance);
    drop(store);
    let store = open().unwrap();
    assert_eq!(store.statistics().keys, 300);
    drop(store);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn zeros_at_the_end_are_room_but_hide_no_lost_records() {
    let (disk, logs) = written(200);
    let last = logs.last().unwrap();
    let mut bytes = disk.read(last);
    bytes.extend([0; 4096]);
    disk.write(last, bytes);
    let store = open(&disk).unwrap();
    let next = put(&store, "/k/next", "x");
    drop(store);
    let store = open(&disk).unwrap();
    assert_eq!(store.recovery().newest_revision, next);
    drop(store);
    let mut bytes = disk.read(&logs[1]);
    let end = end_of_groups(&bytes);
    bytes[end - 100..].fill(0);
    disk.write(&logs[1], bytes);
    let error = refused(&disk);
    assert_eq!(error.reason, Reason::Corrupt, "{error}");
}
