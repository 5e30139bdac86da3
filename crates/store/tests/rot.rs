//! Damage of every kind, anywhere: it is refused with its place, or reported where the format says
//! that it cannot be told from an unfinished write. It is never passed over.

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

use directory::{Content, close, content, files, logs, open_with, options, sizes};
use faulty::{Dice, FaultyDisk};
use proptest::prelude::*;
use steersman_store::{
    Durability, FileSystem, FindingKind, Maintenance, OpenOptions, Put, Reason, Salt, Store,
    StoreError, Transaction,
};
use support::{commit, put, session, value_of};

const SECTOR: usize = 512;

fn open_salted(disk: &FaultyDisk, salt: Salt) -> Result<Arc<Store>, StoreError> {
    open_with(OpenOptions {
        salt,
        ..options(disk, sizes(1 << 40, 4_000, 1024))
    })
}

fn open(disk: &FaultyDisk) -> Result<Arc<Store>, StoreError> {
    open_salted(disk, [1; 16])
}

/// A group of so many writes, answered.
fn group(store: &Store, name: &str, count: usize, bytes: usize) {
    let session = session(store);
    for number in 0..count {
        let key = format!("/{name}/{number}");
        let value = format!("{name} {}", "v".repeat(bytes));
        let transaction = Transaction::put(key.as_bytes(), value.as_bytes());
        store
            .submit(&session, transaction, Durability::Durable)
            .unwrap();
    }
    store.commit_step();
    let completions = session.drain().completions;
    assert_eq!(completions.len(), count);
    assert!(completions.iter().all(|done| done.result.is_ok()));
}

/// Groups of several sizes in several segments; the contents after each group, oldest first.
fn filled(closed: bool, snapshot: bool) -> (FaultyDisk, Vec<Content>) {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let mut contents = vec![Content::new()];
    for round in 0..9 {
        group(
            &store,
            &format!("r{round}"),
            round % 3 + 1,
            200 * (round % 4),
        );
        contents.push(content(&store));
        if snapshot && round == 4 {
            store.compact(store.current_revision() - 2).unwrap();
            let mut maintenance = Maintenance::default();
            while maintenance.step(&store, true).unwrap() {}
        }
    }
    assert!(
        logs(&disk).len() > 2 - usize::from(snapshot),
        "{:?}",
        logs(&disk)
    );
    if closed {
        close(store);
    } else {
        drop(store);
    }
    (disk, contents)
}

/// Refused with the file, the place and the way out; and again, since a refusal changes nothing.
fn assert_refused(disk: &FaultyDisk, path: &Path, what: &str) {
    let before: Vec<_> = disk
        .paths()
        .iter()
        .map(|p| (p.clone(), disk.read(p)))
        .collect();
    for attempt in 0..2 {
        let error = match open(disk) {
            Ok(store) => panic!("{what}, attempt {attempt}: {:?}", store.recovery_report()),
            Err(error) => error,
        };
        if error.reason != Reason::NewerFormat {
            assert_eq!(error.reason, Reason::Corrupt, "{what}: {error}");
            assert!(error.message.contains("at offset"), "{what}: {error}");
            let way = "\"steersman store repair /data\"";
            assert!(error.message.contains(way), "{what}: {error}");
        }
        let name = path.to_string_lossy();
        assert!(error.message.contains(&*name), "{what}: {error} ({name})");
    }
    let after: Vec<_> = disk
        .paths()
        .iter()
        .map(|p| (p.clone(), disk.read(p)))
        .collect();
    assert!(before == after, "{what}: a refusal changed a file");
}

fn found(store: &Store) -> Vec<FindingKind> {
    let report = store.recovery_report().unwrap();
    report.findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn any_changed_bit_is_refused_also_in_the_last_group() {
    for closed in [true, false] {
        let (disk, contents) = filled(closed, true);
        assert_eq!(content(&open(&disk.copy()).unwrap()), contents[9]);
        let snapshots = files(&disk, "snapshot-");
        assert_eq!(snapshots.len(), 1);
        let counts = {
            let opened = disk.copy();
            open(&opened).unwrap();
            opened.paths()
        };
        assert!(counts.contains(&snapshots[0]) && counts.contains(logs(&disk).last().unwrap()));
        for path in logs(&disk).iter().chain(&snapshots) {
            for at in 0..disk.read(path).len() {
                let rotten = disk.copy();
                rotten.flip(path, at * 8 + (at * 5 + at / 8) % 8);
                if !counts.contains(path) {
                    // The snapshot has all of it; it was there for watches alone.
                    assert!(!closed);
                    assert_eq!(content(&open(&rotten).unwrap()), contents[9]);
                    continue;
                }
                assert_refused(
                    &rotten,
                    path,
                    &format!("{} bit in byte {at}", path.display()),
                );
            }
        }
    }
}

#[test]
fn a_damaged_mark_of_the_clean_end_is_reported_and_not_believed() {
    let (disk, contents) = filled(true, false);
    let path = PathBuf::from("/data/closed");
    for at in 0..SECTOR {
        let rotten = disk.copy();
        rotten.flip(&path, at * 8 + at % 8);
        match open(&rotten) {
            Ok(store) => {
                assert_eq!(content(&store), contents[9]);
                let kinds = found(&store);
                assert_eq!(kinds, [FindingKind::DamagedMark, FindingKind::NotClosed]);
            }
            Err(error) => panic!("{at}: {error}"),
        }
    }
}

#[test]
fn sectors_that_read_as_zeros_are_refused_or_reported() {
    for closed in [true, false] {
        let (disk, contents) = filled(closed, false);
        for path in logs(&disk) {
            let bytes = disk.read(&path);
            let last_file = Some(&path) == logs(&disk).last();
            let groups = bytes.iter().rposition(|byte| *byte != 0).unwrap() / SECTOR + 1;
            // The last group of `filled` has three values of 0 bytes: one sector. With a clean
            // end its mark in the log is one more.
            let last_group = groups - 1;
            for sector in 0..groups {
                let rotten = disk.copy();
                rotten.zero_sector(&path, sector);
                let what = format!("{} sector {sector}, closed {closed}", path.display());
                if last_file && sector == last_group && !closed {
                    let store = open(&rotten).unwrap();
                    assert_eq!(content(&store), contents[8], "{what}");
                    assert_eq!(found(&store), [FindingKind::NotClosed], "{what}");
                } else {
                    assert_refused(&rotten, &path, &what);
                }
            }
        }
    }
}

#[test]
fn a_file_that_is_too_short_is_refused_or_reported() {
    for closed in [true, false] {
        let (disk, contents) = filled(closed, false);
        for path in logs(&disk) {
            let bytes = disk.read(&path);
            let last_file = Some(&path) == logs(&disk).last();
            let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
            for length in (0..end).step_by(37).chain([end - 1]) {
                let rotten = disk.copy();
                rotten.write(&path, bytes[..length].to_vec());
                let what = format!("{} of {length} bytes, closed {closed}", path.display());
                if !last_file || closed {
                    // A segment that is not even begun stands for the one before it.
                    assert_refused_somewhere(&rotten, &what);
                    continue;
                }
                match open(&rotten) {
                    Ok(store) => {
                        let kept = content(&store);
                        assert!(contents.contains(&kept), "{what}");
                        assert!(found(&store).contains(&FindingKind::NotClosed), "{what}");
                    }
                    // The segment before is sealed: something was in this one.
                    Err(error) => {
                        assert!(length < SECTOR, "{what}: {error}");
                        assert_eq!(error.reason, Reason::Corrupt, "{what}: {error}");
                    }
                }
            }
        }
    }
}

fn assert_refused_somewhere(disk: &FaultyDisk, what: &str) {
    for _ in 0..2 {
        let error = match open(disk) {
            Ok(store) => panic!("{what}: {:?}", store.recovery_report()),
            Err(error) => error,
        };
        assert_eq!(error.reason, Reason::Corrupt, "{what}: {error}");
        assert!(error.message.contains("/data/"), "{what}: {error}");
        assert!(error.message.contains("at offset"), "{what}: {error}");
    }
}

#[test]
fn segments_that_are_missing_doubled_swapped_or_anothers_are_refused() {
    for closed in [true, false] {
        let (disk, _) = filled(closed, false);
        let paths = logs(&disk);
        for path in &paths {
            let changed = disk.copy();
            changed.remove(path).unwrap();
            assert_refused_somewhere(&changed, &format!("without {}", path.display()));
        }
        let doubled = disk.copy();
        let other = PathBuf::from("/data/log-0000000000000fff");
        doubled.add(&other, disk.read(&paths[1]));
        assert_refused_somewhere(&doubled, "doubled");
        for (a, b) in [(0, 1), (1, 2)] {
            let swapped = disk.copy();
            swapped.write(&paths[a], disk.read(&paths[b]));
            swapped.write(&paths[b], disk.read(&paths[a]));
            assert_refused_somewhere(&swapped, "swapped");
        }
        // The same writes in another directory.
        let foreign = FaultyDisk::default();
        let store = open_salted(&foreign, [2; 16]).unwrap();
        for round in 0..9 {
            group(
                &store,
                &format!("r{round}"),
                round % 3 + 1,
                200 * (round % 4),
            );
        }
        close(store);
        assert_eq!(logs(&foreign), paths);
        for path in &paths {
            let mixed = disk.copy();
            mixed.write(path, foreign.read(path));
            assert_refused_somewhere(&mixed, &format!("foreign {}", path.display()));
        }
    }
}

/// A segment as it was in an earlier copy of the directory, whose later writes were others.
#[test]
fn a_segment_of_another_time_is_refused() {
    let (disk, _) = filled(true, false);
    let [one, other] = [1, 2].map(|variant| {
        let disk = disk.copy();
        let store = open(&disk).unwrap();
        for round in 0..6 {
            group(&store, &format!("v{variant}.{round}"), 2, 300);
        }
        close(store);
        disk
    });
    assert_eq!(logs(&one), logs(&other));
    let mut tried = 0;
    for path in logs(&one) {
        if one.read(&path) != other.read(&path) {
            let mixed = one.copy();
            mixed.write(&path, other.read(&path));
            assert_refused_somewhere(&mixed, &format!("older {}", path.display()));
            tried += 1;
        }
    }
    assert!(tried > 1);
}

#[test]
fn a_missing_log_beside_a_snapshot_is_refused_every_time() {
    for closed in [true, false] {
        let (disk, _) = filled(closed, true);
        for path in logs(&disk) {
            disk.remove(&path).unwrap();
        }
        for _ in 0..3 {
            let error = open(&disk).err().unwrap();
            assert_eq!(error.reason, Reason::Corrupt);
            assert!(error.message.contains("the log is missing"), "{error}");
            assert!(logs(&disk).is_empty(), "a refusal made a log");
        }
    }
}

#[test]
fn segments_that_a_snapshot_replaced_may_be_there_or_not() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    for round in 0..24 {
        group(&store, &format!("r{round}"), 2, 300);
    }
    let before = disk.copy();
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, true).unwrap() {}
    group(&store, "after", 1, 10);
    let expected = content(&store);
    close(store);
    let gone: Vec<_> = logs(&before)
        .into_iter()
        .filter(|path| !logs(&disk).contains(path))
        .collect();
    assert!(gone.len() > 2, "{gone:?}");
    // One that was full when the snapshot was made is covered, too, since the next one was begun.
    let covered = found(&open(&disk.copy()).unwrap()).len();
    // Unlinks reach the disk in any order.
    for kept in 0..1 << gone.len() {
        let disk = disk.copy();
        for (at, path) in gone.iter().enumerate() {
            if kept & 1 << at != 0 {
                disk.add(path, before.read(path));
            }
        }
        let store = open(&disk).unwrap();
        assert_eq!(content(&store), expected);
        let replaced = found(&store)
            .iter()
            .filter(|kind| **kind == FindingKind::Replaced)
            .count();
        assert_eq!(replaced, covered + (kept as u32).count_ones() as usize);
        drop(store);
        assert!(gone.iter().all(|path| !logs(&disk).contains(path)));
    }
}

#[test]
fn a_snapshot_of_another_log_is_refused() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    group(&store, "a", 3, 100);
    let early = disk.copy();
    for (round, disk) in [&disk, &early].into_iter().enumerate() {
        let store = if round == 0 {
            store.clone()
        } else {
            open(disk).unwrap()
        };
        for number in 0..3 {
            group(&store, &format!("{round}.{number}"), 2, 100);
        }
        store.compact(store.current_revision()).unwrap();
        let mut maintenance = Maintenance::default();
        while maintenance.step(&store, true).unwrap() {}
        group(&store, "last", 1, 100);
    }
    drop(store);
    let snapshot = files(&disk, "snapshot-").pop().unwrap();
    for path in files(&early, "snapshot-") {
        early.remove(&path).unwrap();
    }
    early.add(&snapshot, disk.read(&snapshot));
    assert_refused_somewhere(&early, "a snapshot of another time");
}

/// Values that look like heads of groups, and zeros as a torn write has them.
fn hostile_value(disk: &FaultyDisk) -> Vec<u8> {
    let path = logs(disk).pop().unwrap();
    let real = disk.read(&path);
    let mut value = real[SECTOR..2 * SECTOR].to_vec();
    value.extend([0; 3 * SECTOR]);
    while value.len() < 2 << 20 {
        value.extend_from_slice(b"\xa7Gr\x1e\x01\0\0\0");
        value.extend_from_slice(b"\xa7Rc\x1e\xff\xff\0\0");
        value.extend_from_slice(&real[SECTOR..SECTOR + 40]);
    }
    value
}

#[test]
fn no_stored_byte_decides_anything() {
    for hostile in [false, true] {
        let disk = FaultyDisk::default();
        let store = open(&disk).unwrap();
        put(&store, "/good", "1");
        let value = if hostile {
            hostile_value(&disk)
        } else {
            vec![b'z'; 2 << 20]
        };
        commit(&store, Transaction::put(b"/configmap", &value)).unwrap();
        drop(store);
        let path = logs(&disk).pop().unwrap();
        let whole = disk.read(&path);
        let end = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        // Torn: the last sector, one in the middle, the first.
        let head = 2 * SECTOR;
        for missing in [(end - 1) / SECTOR, 1000, head / SECTOR] {
            let torn = disk.copy();
            torn.zero_sector(&path, missing);
            let store = open(&torn).unwrap();
            assert_eq!(value_of(&store, "/good").as_deref(), Some("1"));
            assert!(value_of(&store, "/configmap").is_none());
            assert_eq!(
                found(&store),
                [FindingKind::TornGroup, FindingKind::NotClosed]
            );
        }
        // Damaged: also where the value is zeros, or looks like a head.
        for at in [head, head + 600, head + 1200, head + 5000, end - 3] {
            let rotten = disk.copy();
            rotten.flip(&path, at * 8);
            assert_refused(&rotten, &path, &format!("hostile {hostile}, byte {at}"));
        }
    }
}

#[test]
fn a_lease_granted_while_a_snapshot_is_made_stays() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    for number in 0..300 {
        put(&store, &format!("/k/{number}"), "value");
    }
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = Maintenance::default();
    assert!(maintenance.step(&store, true).unwrap());
    let lease = store.grant_lease(0, 60, 0).unwrap();
    store.commit_step();
    for _ in 0..80 {
        store.grant_lease(0, 60, 0).unwrap();
        store.commit_step();
    }
    let mut put = Put::new(b"/leased", b"x");
    put.lease_id = lease.lease_id;
    let transaction = Transaction {
        success: vec![steersman_store::Operation::Put(put)],
        ..Transaction::default()
    };
    commit(&store, transaction).unwrap();
    while maintenance.step(&store, true).unwrap() {}
    assert_eq!(store.disk_statistics().snapshots, 1);
    drop(maintenance);
    drop(store);
    let store = open(&disk.after_power_loss(&mut Dice(5))).unwrap();
    assert_eq!(store.leases().len(), 81);
    assert_eq!(store.lease_keys(lease.lease_id).len(), 1);
}

/// The lease table of a snapshot holds what waits for the disk. When that fails, the snapshot is
/// not used.
#[test]
fn a_snapshot_does_not_keep_what_was_taken_back() {
    use faulty::Fault;
    use std::io::ErrorKind;
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let lease = store.grant_lease(0, 60, 0).unwrap();
    for number in 0..50 {
        put(&store, &format!("/k/{number}"), "value");
    }
    store.compact(store.current_revision()).unwrap();
    let session = session(&store);
    store
        .revoke_lease(&session, lease.lease_id, Durability::Durable)
        .unwrap();
    let mut maintenance = Maintenance::default();
    assert!(maintenance.step(&store, true).unwrap());
    while maintenance.step(&store, true).unwrap() {}
    assert_eq!(
        store.disk_statistics().snapshots,
        0,
        "it waits for the disk"
    );
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, from + 1, ErrorKind::StorageFull)));
    store.commit_step();
    disk.set_fault(None);
    assert_eq!(store.leases(), [lease.lease_id]);
    maintenance.step(&store, true).unwrap();
    assert_eq!(store.disk_statistics().snapshots, 0, "it was thrown away");
    while maintenance.step(&store, true).unwrap() {}
    assert_eq!(store.disk_statistics().snapshots, 1);
    drop(maintenance);
    drop(store);
    assert_eq!(open(&disk).unwrap().leases(), [lease.lease_id]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Several damages at once: refused, or reported with a state that was once acknowledged.
    #[test]
    fn damage_is_never_passed_over(
        closed: bool,
        snapshot: bool,
        damages in proptest::collection::vec((0..5u8, any::<prop::sample::Index>(), any::<u64>()), 1..4),
    ) {
        let (disk, contents) = filled(closed, snapshot);
        let whole: Vec<_> = disk.paths().iter().map(|p| disk.read(p)).collect();
        for (kind, file, seed) in damages {
            let paths = disk.paths();
            let path = file.get(&paths);
            let bytes = disk.read(path);
            if bytes.is_empty() {
                continue;
            }
            let at = seed as usize % bytes.len();
            match kind {
                0 => disk.flip(path, at * 8 + (seed >> 32) as usize % 8),
                1 => disk.zero_sector(path, at / SECTOR),
                2 => disk.write(path, bytes[..at].to_vec()),
                3 => {
                    let mut bytes = bytes;
                    let from = (seed >> 32) as usize % bytes.len() / SECTOR * SECTOR;
                    let to = at / SECTOR * SECTOR;
                    let end = (from + SECTOR).min(bytes.len());
                    let sector = bytes[from..end].to_vec();
                    let space = (bytes.len() - to).min(sector.len());
                    bytes[to..to + space].copy_from_slice(&sector[..space]);
                    disk.write(path, bytes);
                }
                _ => disk.remove(path).unwrap(),
            }
        }
        let unchanged = disk.paths().len() == whole.len()
            && disk.paths().iter().zip(&whole).all(|(p, w)| &disk.read(p) == w);
        match open(&disk) {
            Ok(store) if disk_is_empty(&store) => {
                // Everything is gone: a new directory.
            }
            Ok(store) => {
                let kept = content(&store);
                prop_assert!(contents.contains(&kept));
                if kept != contents[9] {
                    prop_assert!(!found(&store).is_empty());
                }
                if !unchanged && closed {
                    prop_assert!(found(&store).contains(&FindingKind::NotClosed)
                        || kept == contents[9]);
                }
            }
            Err(error) => {
                prop_assert!(!unchanged);
                let refused = matches!(error.reason, Reason::Corrupt | Reason::NewerFormat);
                prop_assert!(refused, "{}", error);
                prop_assert!(error.message.contains("/data/"), "{}", error);
            }
        }
    }
}

fn disk_is_empty(store: &Store) -> bool {
    store.recovery_report().unwrap().groups == 0
}
