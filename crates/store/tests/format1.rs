//! Directories of format 1 are taken over.

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

use std::path::{Path, PathBuf};
use std::sync::Arc;

use directory::{open_with, options, sizes};
use faulty::FaultyDisk;
use steersman_store::{FileSystem, FindingKind, Maintenance, Reason, Store, StoreError};
use support::{put, value_of};

fn open(disk: &FaultyDisk) -> Result<Arc<Store>, StoreError> {
    open_with(options(disk, sizes(1 << 40, 4_000, 1024)))
}

fn number(out: &mut Vec<u8>, value: u64) {
    let mut value = value;
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn bytes(out: &mut Vec<u8>, content: &[u8]) {
    number(out, content.len() as u64);
    out.extend_from_slice(content);
}

/// A file's head: magic, version, reserved, a number, checksum.
fn head(magic: &[u8; 8], value: u64) -> Vec<u8> {
    let mut out = magic.to_vec();
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&value.to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
    out
}

/// A put of a new key.
fn put_record(revision: u64, key: &str, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, revision);
    out.push(1);
    bytes(&mut out, key.as_bytes());
    number(&mut out, revision);
    number(&mut out, 1);
    number(&mut out, 0);
    bytes(&mut out, value);
    out
}

fn record(sequence: u64, group: u64, payload: &[u8]) -> Vec<u8> {
    let mut rest = Vec::new();
    rest.extend_from_slice(&sequence.to_le_bytes());
    rest.extend_from_slice(&group.to_le_bytes());
    rest.extend_from_slice(payload);
    let length = (payload.len() as u32).to_le_bytes();
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&length), &rest);
    let mut out = b"\xa7Rc\x1e".to_vec();
    out.extend_from_slice(&length);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&rest);
    out
}

fn segment(sequence: u64) -> Vec<u8> {
    head(b"stmnlog\n", sequence)
}

fn log(sequence: u64) -> PathBuf {
    PathBuf::from(format!("/data/log-{sequence:016x}"))
}

/// Two segments with five puts each, at revisions 2 to 11, in groups of one.
fn old_directory() -> FaultyDisk {
    let disk = FaultyDisk::default();
    for first in [1, 6] {
        let mut content = segment(first);
        for sequence in first..first + 5 {
            let value = format!("value {sequence}");
            let payload = put_record(sequence + 1, &format!("/k/{sequence}"), value.as_bytes());
            content.extend(record(sequence, sequence, &payload));
        }
        // Room made ahead.
        content.extend([0; 700]);
        disk.add(&log(first), content);
    }
    disk
}

/// The snapshot of revision 6, with a lease.
fn old_snapshot() -> Vec<u8> {
    let mut out = head(b"stmnsnp\n", 6);
    let mut block = |content: &[u8]| {
        out.extend_from_slice(&(content.len() as u32).to_le_bytes());
        out.extend_from_slice(&crc32c::crc32c(content).to_le_bytes());
        out.extend_from_slice(content);
    };
    let mut leases = vec![2];
    number(&mut leases, 77);
    number(&mut leases, 60);
    block(&leases);
    let mut keys = vec![1];
    for sequence in 1..=5u64 {
        bytes(&mut keys, format!("/k/{sequence}").as_bytes());
        for value in [sequence + 1, sequence + 1, 1, 0, 0] {
            number(&mut keys, value);
        }
        bytes(&mut keys, format!("value {sequence}").as_bytes());
    }
    block(&keys);
    block(&[3, 5]);
    out
}

fn found(store: &Store) -> Vec<FindingKind> {
    let report = store.recovery_report().unwrap();
    report.findings.iter().map(|finding| finding.kind).collect()
}

fn assert_taken_over(disk: &FaultyDisk) {
    let store = open(disk).unwrap();
    assert_eq!(store.recovery().newest_revision, 11);
    for sequence in 1..=10 {
        let value = value_of(&store, &format!("/k/{sequence}"));
        assert_eq!(value, Some(format!("value {sequence}")));
    }
    assert!(found(&store).contains(&FindingKind::OlderFormat));
    for round in 0..20 {
        put(&store, &format!("/new/{round}"), &"x".repeat(300));
    }
    store.close();
    store.release();
    drop(store);
    // Both formats beside each other, closed in order.
    let store = open(disk).unwrap();
    assert!(store.recovery_report().unwrap().closed);
    assert!(value_of(&store, "/k/3").is_some());
    assert!(value_of(&store, "/new/19").is_some());
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, true).unwrap() {}
    drop(maintenance);
    drop(store);
    let store = open(disk).unwrap();
    assert!(!disk.paths().contains(&log(1)), "a snapshot replaces it");
    assert!(!found(&store).contains(&FindingKind::OlderFormat));
    assert!(value_of(&store, "/k/3").is_some());
}

#[test]
fn a_directory_is_taken_over() {
    assert_taken_over(&old_directory());
}

#[test]
fn a_directory_with_a_snapshot_is_taken_over() {
    let disk = old_directory();
    disk.add(Path::new("/data/snapshot-0000000000000006"), old_snapshot());
    let store = open(&disk.copy()).unwrap();
    assert_eq!(store.leases(), [77]);
    drop(store);
    assert_taken_over(&disk.copy());
    disk.remove(&log(1)).unwrap();
    assert_taken_over(&disk);
}

#[test]
fn a_directory_that_was_never_written_is_taken_over() {
    let disk = FaultyDisk::default();
    disk.add(&log(1), segment(1));
    let store = open(&disk).unwrap();
    put(&store, "/a", "1");
    drop(store);
    assert_eq!(value_of(&open(&disk).unwrap(), "/a").as_deref(), Some("1"));
}

#[test]
fn a_torn_last_group_is_cut_and_reported() {
    let whole = old_directory().read(&log(6));
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for length in end - 30..end {
        let disk = old_directory();
        disk.write(&log(6), whole[..length].to_vec());
        let store = open(&disk).unwrap();
        assert!(found(&store).contains(&FindingKind::TornGroup));
        assert_eq!(value_of(&store, "/k/10"), None);
        put(&store, "/k/10", "again");
        drop(store);
        let store = open(&disk).unwrap();
        assert_eq!(value_of(&store, "/k/10").as_deref(), Some("again"));
        assert!(value_of(&store, "/k/9").is_some());
    }
}

#[test]
fn damage_is_refused_as_before() {
    for path in [log(1), log(6)] {
        let whole = old_directory().read(&path);
        let end = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        // In format 1 damage to the last record cannot be told from a torn write.
        let provable = if path == log(6) { end - 60 } else { end };
        for at in 0..provable {
            let disk = old_directory();
            disk.flip(&path, at * 8 + at % 8);
            let error = match open(&disk) {
                Ok(store) => panic!("{at}: {:?}", store.recovery_report()),
                Err(error) => error,
            };
            assert!(
                matches!(error.reason, Reason::Corrupt | Reason::NewerFormat),
                "{at}: {error}"
            );
            assert!(error.message.contains("/data/log-"), "{at}: {error}");
        }
        let disk = old_directory();
        disk.remove(&path).unwrap();
        if path == log(1) {
            assert_eq!(open(&disk).err().unwrap().reason, Reason::Corrupt);
        }
    }
}

#[test]
fn a_missing_log_beside_a_snapshot_is_refused_every_time() {
    let disk = FaultyDisk::default();
    disk.add(Path::new("/data/snapshot-0000000000000006"), old_snapshot());
    for _ in 0..3 {
        let error = open(&disk).err().unwrap();
        assert!(error.message.contains("the log is missing"), "{error}");
    }
}

/// Values that look like records made the search for later ones quadratic.
#[test]
fn a_torn_value_that_looks_like_records_is_cut() {
    let disk = FaultyDisk::default();
    let mut content = segment(1);
    content.extend(record(1, 1, &put_record(2, "/good", b"1")));
    let total = 4 << 20;
    let mut value = Vec::with_capacity(total);
    while value.len() + 28 < total {
        value.extend_from_slice(b"\xa7Rc\x1e");
        let left = (total - value.len()).saturating_sub(4000) as u32;
        value.extend_from_slice(&left.to_le_bytes());
        value.extend_from_slice(&[0xff; 20]);
    }
    content.extend(record(2, 2, &put_record(3, "/configmap", &value)));
    let length = content.len() - 512;
    content.truncate(length);
    disk.add(&log(1), content);
    let store = open(&disk).unwrap();
    assert_eq!(value_of(&store, "/good").as_deref(), Some("1"));
    assert!(found(&store).contains(&FindingKind::TornGroup));
}
