//! Data directories that no store has open: checked, repaired, saved and made.

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
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directory::{Content, close, content, data, logs, open_with, options, sizes};
use faulty::{Dice, Fault, FaultyDisk};
use proptest::prelude::*;
use steersman_store::{
    DirectoryMaker, Draft, Durability, EntryMeta, FileSystem, Loss, Maintenance, Offline, OpenMode,
    OpenOptions, Reason, Revision, Store, StoreError, Transaction, restore,
};
use support::{TestViews, put, session, value_of};

const SECTOR: usize = 512;
const SALT: [u8; 16] = [1; 16];

fn open_at(disk: &FaultyDisk, directory: &Path) -> Result<Arc<Store>, StoreError> {
    open_with(OpenOptions {
        directory,
        salt: SALT,
        ..options(disk, sizes(1 << 40, 4_000, 1024))
    })
}

fn open(disk: &FaultyDisk) -> Result<Arc<Store>, StoreError> {
    open_at(disk, data())
}

fn offline(disk: &FaultyDisk) -> Result<Offline, StoreError> {
    Offline::open(Arc::new(disk.clone()), data())
}

/// Every write in the order of the log's records; record 1 is the store's own.
#[derive(Clone)]
struct History {
    writes: Vec<(String, String)>,
    newest: Revision,
    content: Content,
}

impl History {
    /// The number of the newest record of a key.
    fn newest_record(&self, key: &str) -> u64 {
        let at = self.writes.iter().rposition(|(name, _)| name == key);
        at.unwrap() as u64 + 2
    }
}

fn filled(closed: bool, snapshot: bool) -> (FaultyDisk, History) {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let mut dice = Dice(5);
    let mut writes = Vec::new();
    for round in 0..14 {
        let session = session(&store);
        for number in 0..dice.roll(4) + 1 {
            let key = format!("/k/{}", dice.roll(10));
            let value = format!("{round}.{number} {}", "v".repeat(dice.roll(600) as usize));
            let transaction = Transaction::put(key.as_bytes(), value.as_bytes());
            store
                .submit(&session, transaction, Durability::Durable)
                .unwrap();
            writes.push((key, value));
        }
        store.commit_step();
        if snapshot && round == 9 {
            store.compact(store.current_revision() - 4).unwrap();
            let mut maintenance = Maintenance::default();
            while maintenance.step(&store, true).unwrap() {}
        }
    }
    let history = History {
        writes,
        newest: store.current_revision(),
        content: content(&store),
    };
    if closed {
        close(store);
    } else {
        drop(store);
    }
    (disk, history)
}

fn bytes_of(disk: &FaultyDisk) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = disk.paths();
    paths.iter().map(|p| (p.clone(), disk.read(p))).collect()
}

/// Whether the losses name the record, or the key.
fn names(losses: &[Loss], record: u64, key: &str) -> bool {
    losses.iter().any(|loss| {
        let words: Vec<&str> = loss.what.split([' ', ':', ',']).collect();
        let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
        let after = |word: &str| {
            let at = words.iter().position(|w| *w == word)?;
            words.get(at + 1).copied()
        };
        match words[0] {
            "record" => number(1) == Some(record),
            "records" => (number(1).unwrap()..=number(3).unwrap()).contains(&record),
            "what" => number(3).unwrap() < record,
            "keys" => {
                after("after").is_none_or(|first| first < key)
                    && after("before").is_none_or(|last| key < last)
            }
            // Everything in the file, which may be empty by now.
            "the" => {
                let whole = ["newest writes", "nothing of it can be used"];
                loss.bytes > 0 || whole.iter().any(|words| loss.what.contains(words))
            }
            _ => false,
        }
    })
}

fn assert_repaired(disk: &FaultyDisk, history: &History, what: &str) {
    let before = bytes_of(disk);
    let check = offline(disk).unwrap().check().unwrap();
    assert!(bytes_of(disk) == before, "{what}: a check changed a file");
    let refused = open(&disk.copy()).err();
    assert_eq!(check.refusal, refused, "{what}");
    let repair = offline(disk).unwrap().repair(SALT).unwrap();
    assert_eq!(repair.refusal, refused, "{what}");
    assert_eq!(repair.losses, check.losses, "{what}");
    if refused.is_none() {
        assert!(repair.originals.is_none(), "{what}");
        assert!(
            bytes_of(disk) == before,
            "{what}: a sound directory was changed"
        );
        return;
    }
    let originals = repair.originals.unwrap();
    for (path, bytes) in &before {
        let moved = originals.join(path.file_name().unwrap());
        assert!(disk.read(&moved) == *bytes, "{what}: {}", moved.display());
    }
    let store = match open(disk) {
        Ok(store) => store,
        Err(error) => panic!("{what}: {error}"),
    };
    assert!(
        store.recovery_report().unwrap().findings.len() <= 1,
        "{what}"
    );
    let kept = content(&store);
    assert_eq!(kept.len() as u64, repair.kept.keys, "{what}");
    assert!(
        !repair.losses.is_empty() || kept == history.content,
        "{what}"
    );
    for (key, value) in &history.content {
        if kept.get(key) != Some(value) {
            let record = history.newest_record(key);
            assert!(
                names(&repair.losses, record, key),
                "{what}: {key} of record {record} is not named: {:#?}",
                repair.losses
            );
        }
    }
    for (key, value) in &kept {
        assert!(
            history.writes.contains(&(key.clone(), value.clone())),
            "{what}"
        );
    }
    // No number is given again.
    assert!(put(&store, "/next", "1") > history.newest, "{what}");
    close(store);
    let again = offline(disk).unwrap().repair(SALT).unwrap();
    assert_eq!(again.refusal, None, "{what}");
    assert_eq!(
        value_of(&open(disk).unwrap(), "/next").as_deref(),
        Some("1")
    );
}

#[test]
fn a_sound_directory_is_left_as_it_is() {
    for (closed, snapshot) in [(true, false), (false, false), (true, true), (false, true)] {
        let (disk, history) = filled(closed, snapshot);
        assert_repaired(&disk, &history, "sound");
        let check = offline(&disk).unwrap().check().unwrap();
        assert_eq!(check.report.closed, closed);
        assert_eq!(check.report.revision, history.newest);
    }
}

#[test]
fn every_damage_is_repaired_and_what_it_cost_is_named() {
    let mut all = [(true, false), (false, true), (true, true)]
        .map(|(c, s)| filled(c, s))
        .to_vec();
    all.push(made());
    for (whole, history) in all {
        for path in whole.paths() {
            let bytes = whole.read(&path);
            for at in (0..bytes.len()).step_by(53) {
                let disk = whole.copy();
                disk.flip(&path, at * 8 + at % 8);
                assert_repaired(&disk, &history, &format!("{} bit in {at}", path.display()));
            }
            for sector in 0..bytes.len().div_ceil(SECTOR) {
                let disk = whole.copy();
                disk.zero_sector(&path, sector);
                let what = format!("{} without sector {sector}", path.display());
                assert_repaired(&disk, &history, &what);
                let disk = whole.copy();
                disk.write(
                    &path,
                    bytes[..(sector * SECTOR + 100).min(bytes.len())].to_vec(),
                );
                let what = format!("{} cut in sector {sector}", path.display());
                assert_repaired(&disk, &history, &what);
            }
            let disk = whole.copy();
            disk.remove(&path).unwrap();
            if disk.paths().iter().any(|path| !path.ends_with("closed")) {
                assert_repaired(&disk, &history, &format!("without {}", path.display()));
            }
        }
    }
}

#[test]
fn what_a_damaged_snapshot_replaced_is_used_while_it_is_there() {
    for snapshots in [1, 2] {
        let disk = FaultyDisk::default();
        let store = open(&disk).unwrap();
        let mut maintenance = Maintenance::default();
        for round in 0..snapshots {
            for number in 0..30 {
                put(
                    &store,
                    &format!("/k/{number}"),
                    &format!("{round} {}", "x".repeat(300)),
                );
            }
            store.compact(store.current_revision()).unwrap();
            while maintenance.step(&store, true).unwrap() {}
        }
        put(&store, "/last", "1");
        let (whole, newest) = (content(&store), store.current_revision());
        drop(maintenance);
        drop(store);
        let snapshot = directory::files(&disk, "snapshot-").pop().unwrap();
        for at in (0..disk.read(&snapshot).len()).step_by(97) {
            let disk = disk.copy();
            disk.flip(&snapshot, at * 8);
            assert_eq!(open(&disk.copy()).err().unwrap().reason, Reason::Corrupt);
            let repair = offline(&disk).unwrap().repair(SALT).unwrap();
            let not_closed = |loss: &Loss| loss.what.contains("the store was not closed");
            assert!(repair.losses.iter().all(not_closed), "{:?}", repair.losses);
            let store = open(&disk).unwrap();
            assert_eq!(content(&store), whole, "{at}");
            assert!(store.current_revision() > newest);
        }
    }
}

#[test]
fn a_repair_that_is_cut_off_is_done_again() {
    let (whole, history) = filled(true, true);
    let damaged = whole.copy();
    damaged.flip(&logs(&whole)[0], 700 * 8);
    let repaired = damaged.copy();
    offline(&repaired).unwrap().repair(SALT).unwrap();
    let operations = repaired.operations();
    let expected = content(&open(&repaired).unwrap());
    assert!(operations > 8);
    for stop in 0..operations {
        for seed in 1..5 {
            let disk = damaged.copy();
            disk.set_fault(Some(Fault::Crash(stop)));
            // Where only the mark of the clean end could not be written any more, it is done.
            let done = offline(&disk).unwrap().repair(SALT).is_ok();
            let disk = disk.after_power_loss(&mut Dice(stop * 31 + seed));
            match open(&disk.copy()) {
                Ok(store) => assert_eq!(content(&store), expected, "{stop}"),
                Err(error) => {
                    assert!(!done, "{stop}: {error}");
                    assert_eq!(error.reason, Reason::Corrupt, "{stop}: {error}");
                }
            }
            let repair = offline(&disk).unwrap().repair(SALT).unwrap();
            let store = open(&disk).unwrap();
            assert_eq!(content(&store), expected, "{stop}: {repair:?}");
            assert!(store.current_revision() > history.newest);
        }
    }
}

#[test]
fn a_repair_that_a_full_disk_ends_leaves_nothing_behind() {
    let (whole, _) = filled(true, true);
    let damaged = whole.copy();
    damaged.flip(&logs(&whole)[0], 700 * 8);
    let before = damaged.paths();
    let repaired = damaged.copy();
    offline(&repaired).unwrap().repair(SALT).unwrap();
    let expected = content(&open(&repaired).unwrap());
    let mut unchanged = 0;
    for stop in 0..repaired.operations() {
        let disk = damaged.copy();
        disk.set_fault(Some(Fault::Fail(stop, stop + 1, ErrorKind::StorageFull)));
        let ended = offline(&disk).unwrap().repair(SALT);
        disk.set_fault(None);
        // Once the snapshot has its name, it counts.
        let replaced = disk.paths().iter().any(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("snapshot-") && !before.contains(path)
        });
        if ended.is_err() && !replaced {
            assert_eq!(disk.paths(), before, "{stop}");
            unchanged += 1;
        }
        offline(&disk).unwrap().repair(SALT).unwrap();
        assert_eq!(content(&open(&disk).unwrap()), expected, "{stop}");
    }
    assert!(unchanged > 5, "{unchanged}");
}

#[test]
fn what_cannot_be_saved_leaves_nothing_behind() {
    let (disk, _) = filled(true, true);
    let file = Path::new("/backup/store.snapshot");
    let mut failed = 0;
    loop {
        let disk = disk.copy();
        let stop = disk.operations() + failed;
        disk.set_fault(Some(Fault::Fail(stop, stop + 1, ErrorKind::StorageFull)));
        let before = disk.paths();
        if offline(&disk)
            .and_then(|offline| offline.save(file))
            .is_ok()
        {
            assert!(disk.paths().iter().any(|path| path == file));
            break;
        }
        let left: Vec<_> = disk
            .paths()
            .into_iter()
            .filter(|path| !before.contains(path))
            .collect();
        // Its name came first, and then the directory could not be synced.
        assert!(left.is_empty() || left == [file], "{stop}: {left:?}");
        failed += 1;
    }
    assert!(failed > 2, "{failed}");
}

#[test]
fn what_is_saved_is_restored_elsewhere() {
    for closed in [true, false] {
        let (disk, history) = filled(closed, true);
        let store = open(&disk.copy()).unwrap();
        let at = store.current_revision();
        drop(store);
        let before = bytes_of(&disk);
        let file = Path::new("/backup/store.snapshot");
        let saved = offline(&disk).unwrap().save(file).unwrap();
        assert_eq!(saved.revision, at);
        assert_eq!(saved.keys, history.content.len() as u64);
        for (path, bytes) in &before {
            assert!(&disk.read(path) == bytes, "saving changes nothing");
        }
        let target = Path::new("/restored");
        let files: Arc<dyn FileSystem> = Arc::new(disk.clone());
        let restored = restore(files.clone(), file, target, 1000, [9; 16]).unwrap();
        assert_eq!(restored.revision, at + 1000);
        let store = open_at(&disk, target).unwrap();
        assert_eq!(content(&store), history.content);
        assert!(put(&store, "/next", "1") > at + 1000);
        close(store);
        assert_eq!(
            value_of(&open_at(&disk, target).unwrap(), "/next").as_deref(),
            Some("1")
        );
        let error = restore(files.clone(), file, target, 0, [9; 16])
            .err()
            .unwrap();
        assert_eq!(error.reason, Reason::InvalidRequest, "{error}");
        let whole = disk.read(file);
        for at in 0..whole.len() {
            disk.write(file, whole.clone());
            disk.flip(file, at * 8 + at % 8);
            let error = restore(files.clone(), file, Path::new("/other"), 0, [9; 16]);
            let error = error.err().unwrap();
            let known = matches!(error.reason, Reason::Corrupt | Reason::NewerFormat);
            assert!(known, "{at}: {error}");
            disk.write(file, whole[..at].to_vec());
            let error = restore(files.clone(), file, Path::new("/other"), 0, [9; 16]);
            assert_eq!(error.err().unwrap().reason, Reason::Corrupt, "{at}");
        }
    }
}

/// A file that `restore` takes, on a disk of its own.
fn saved() -> (FaultyDisk, History) {
    let (disk, history) = filled(true, true);
    offline(&disk).unwrap().save(backup()).unwrap();
    let saved = FaultyDisk::default();
    let files: &dyn FileSystem = &saved;
    files.create_directory(Path::new("/backup")).unwrap();
    let file = files.open(backup(), OpenMode::Create).unwrap();
    file.write_at(0, &disk.read(backup())).unwrap();
    file.sync().unwrap();
    files.sync_directory(Path::new("/backup")).unwrap();
    (saved, history)
}

/// A directory that was restored: its log begins with its snapshot.
fn made() -> (FaultyDisk, History) {
    let (disk, mut history) = saved();
    history.newest = restored(&disk).unwrap();
    disk.remove(backup()).unwrap();
    (disk, history)
}

#[test]
fn a_directory_that_was_made_is_refused_without_its_snapshot() {
    let (whole, _) = made();
    let snapshot = directory::files(&whole, "snapshot-").pop().unwrap();
    let (other, _) = filled(true, true);
    let older = directory::files(&other, "snapshot-").pop().unwrap();
    let another = Some((older.clone(), other.read(&older)));
    for replaced in [None, another] {
        let disk = whole.copy();
        disk.remove(&snapshot).unwrap();
        if let Some((path, bytes)) = replaced {
            disk.add(&path, bytes);
        }
        for _ in 0..2 {
            let error = open(&disk).err().unwrap();
            assert_eq!(error.reason, Reason::Corrupt, "{error}");
        }
        let check = offline(&disk).unwrap().check().unwrap();
        assert!(check.refusal.is_some());
        assert!(!check.losses.is_empty());
    }
}

fn backup() -> &'static Path {
    Path::new("/backup/store.snapshot")
}

fn restored(disk: &FaultyDisk) -> Result<Revision, StoreError> {
    let files = Arc::new(disk.clone());
    restore(files, backup(), data(), 1000, SALT).map(|kept| kept.revision)
}

#[test]
fn what_was_made_opens_as_closed_in_order_and_uses_no_numbers() {
    let (damaged, _) = filled(true, true);
    damaged.flip(&logs(&damaged)[0], 700 * 8);
    let repaired = offline(&damaged).unwrap().repair(SALT).unwrap();
    let (disk, _) = saved();
    let revision = restored(&disk).unwrap();
    for (disk, made) in [(damaged, repaired.kept.revision), (disk, revision)] {
        let check = offline(&disk).unwrap().check().unwrap();
        assert!(check.report.closed, "{:?}", check.report);
        let store = open(&disk).unwrap();
        let report = store.recovery_report().unwrap();
        assert!(report.closed && report.findings.is_empty(), "{report:?}");
        assert_eq!(store.current_revision(), made);
        assert_eq!(put(&store, "/next", "1"), made + 1);
        // What the mark stood for is over.
        drop(store);
        assert!(!open(&disk).unwrap().recovery_report().unwrap().closed);
    }
}

#[test]
fn a_restore_that_a_full_disk_ends_leaves_no_store() {
    let (whole, history) = saved();
    let done = whole.copy();
    restored(&done).unwrap();
    let mut failed = 0;
    for stop in 0..done.operations() {
        let disk = whole.copy();
        disk.set_fault(Some(Fault::Fail(stop, stop + 1, ErrorKind::StorageFull)));
        let ended = restored(&disk);
        disk.set_fault(None);
        if let Err(error) = ended {
            let left = disk.paths();
            let left = left.iter().filter(|path| path.starts_with(data()));
            let left: Vec<_> = left.filter(|path| !path.ends_with("lock")).collect();
            assert!(left.is_empty(), "{stop}: {error}: {left:?}");
            restored(&disk).unwrap();
            failed += 1;
        }
        assert_eq!(content(&open(&disk).unwrap()), history.content);
    }
    assert!(failed > 8, "{failed}");
}

#[test]
fn a_restore_that_is_cut_off_is_done_again() {
    let (whole, history) = saved();
    let done = whole.copy();
    restored(&done).unwrap();
    let operations = done.operations();
    assert!(operations > 8);
    for stop in 0..operations {
        for seed in 1..5 {
            let disk = whole.copy();
            disk.set_fault(Some(Fault::Crash(stop)));
            let ended = restored(&disk);
            let disk = disk.after_power_loss(&mut Dice(stop * 31 + seed));
            // Either it is there, whole, or it is made again.
            if let Err(error) = restored(&disk) {
                assert_eq!(error.reason, Reason::InvalidRequest, "{stop}: {error}");
            } else {
                assert!(ended.is_err(), "{stop}: what was done is gone");
            }
            assert_eq!(content(&open(&disk).unwrap()), history.content, "{stop}");
        }
    }
}

#[test]
fn leases_come_along() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let lease = store.grant_lease(0, 60, 0).unwrap().lease_id;
    let mut leased = steersman_store::Put::new(b"/leased", b"x");
    leased.lease_id = lease;
    let transaction = Transaction {
        success: vec![steersman_store::Operation::Put(leased)],
        ..Transaction::default()
    };
    support::commit(&store, transaction).unwrap();
    close(store);
    let file = Path::new("/backup/store.snapshot");
    assert_eq!(offline(&disk).unwrap().save(file).unwrap().leases, 1);
    let files: Arc<dyn FileSystem> = Arc::new(disk.clone());
    restore(files, file, Path::new("/restored"), 0, SALT).unwrap();
    let store = open_at(&disk, Path::new("/restored")).unwrap();
    assert_eq!(store.leases(), [lease]);
    assert_eq!(store.lease_keys(lease).len(), 1);
}

/// Whether a lease of the number that a key had once, granted by the key's owner or given by the
/// store, ends the key.
fn ends_with_another_lease(disk: &FaultyDisk, old: u64) -> bool {
    let store = open(disk).unwrap();
    let given = store.grant_lease(0, 60, 0).unwrap().lease_id;
    assert!(given > old, "{given} was given before");
    store.grant_lease(old, 60, 0).unwrap();
    store.commit_step();
    // The next opening reads the table of leases before the keys.
    put(&store, "/more", "1");
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, true).unwrap() {}
    drop(maintenance);
    close(store);
    let store = open(disk).unwrap();
    let session = session(&store);
    assert_eq!(store.expire_leases(&session, 10_000_000, 10).unwrap(), 2);
    store.commit_step();
    value_of(&store, "/leased").is_none()
}

#[test]
fn a_key_whose_lease_was_lost_is_not_ended_by_another_lease_of_that_number() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    let lease = store.grant_lease(9, 60, 0).unwrap().lease_id;
    let mut leased = steersman_store::Put::new(b"/leased", b"x");
    leased.lease_id = lease;
    let transaction = Transaction {
        success: vec![steersman_store::Operation::Put(leased)],
        ..Transaction::default()
    };
    support::commit(&store, transaction).unwrap();
    // The segment with the grant is full, and goes.
    for round in 0..20 {
        put(&store, &format!("/fill/{round}"), &"x".repeat(300));
    }
    store.compact(store.current_revision()).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, true).unwrap() {}
    drop(maintenance);
    close(store);
    // The table of leases is the snapshot's first block.
    let snapshot = directory::files(&disk, "snapshot-").pop().unwrap();
    disk.flip(&snapshot, (SECTOR + 10) * 8);
    let repair = offline(&disk).unwrap().repair(SALT).unwrap();
    let told = |loss: &Loss| loss.what.contains("the table of leases");
    assert!(repair.losses.iter().any(told), "{:?}", repair.losses);
    assert_eq!(repair.kept.leases, 0);
    assert_eq!(
        value_of(&open(&disk.copy()).unwrap(), "/leased").as_deref(),
        Some("x")
    );
    assert!(!ends_with_another_lease(&disk, lease));
}

#[test]
fn directories_are_made_from_entries() {
    let disk = FaultyDisk::default();
    let files: Arc<dyn FileSystem> = Arc::new(disk.clone());
    let meta = |create_revision, mod_revision, version| EntryMeta {
        create_revision,
        mod_revision,
        version,
        lease_id: 0,
        order: 0,
    };
    let draft = |key| Draft::new(key, b"value");
    let mut maker = DirectoryMaker::new(files.clone(), data(), SALT).unwrap();
    maker.put(draft(b"/a"), meta(2, 9, 3)).unwrap();
    maker.put(draft(b"/b"), meta(4, 4, 1)).unwrap();
    let leased = EntryMeta {
        lease_id: 7,
        ..meta(4, 4, 1)
    };
    for (key, meta) in [
        (&b"/c"[..], leased),
        (b"/b", meta(4, 4, 1)),
        (b"/a", meta(4, 4, 1)),
        (b"", meta(4, 4, 1)),
        (b"/c", meta(0, 4, 1)),
        (b"/c", meta(5, 4, 1)),
        (b"/c", meta(4, 4, 0)),
    ] {
        assert!(maker.put(draft(key), meta).is_err(), "{key:?}");
    }
    assert!(
        offline(&disk).is_err(),
        "nothing is there before it is finished"
    );
    let kept = maker.finish(20).unwrap();
    assert_eq!((kept.revision, kept.keys), (20, 2));
    let store = open(&disk).unwrap();
    let found = store.get(b"/a", 0).unwrap().unwrap();
    assert_eq!(found.create_revision(), 2);
    assert_eq!(found.mod_revision(), 9);
    assert_eq!(found.version(), 3);
    assert!(put(&store, "/c", "1") > 20);
    let maker = DirectoryMaker::new(files.clone(), data(), SALT);
    assert_eq!(maker.err().unwrap().reason, Reason::Locked);
    close(store);
    let maker = DirectoryMaker::new(files.clone(), data(), SALT);
    assert_eq!(maker.err().unwrap().reason, Reason::InvalidRequest);
    let mut maker = DirectoryMaker::new(files, Path::new("/low"), SALT).unwrap();
    maker.put(draft(b"/a"), meta(2, 9, 3)).unwrap();
    assert!(maker.finish(8).is_err(), "an entry is newer");
}

#[test]
fn a_directory_in_use_or_without_a_store_is_refused() {
    let disk = FaultyDisk::default();
    let error = offline(&disk).err().unwrap();
    assert_eq!(error.reason, Reason::InvalidRequest, "{error}");
    let store = open(&disk).unwrap();
    assert_eq!(offline(&disk).err().unwrap().reason, Reason::Locked);
    drop(store);
    assert!(offline(&disk).is_ok());
}

#[test]
fn the_state_is_loaded_for_reading() {
    let (disk, history) = filled(false, true);
    let before = bytes_of(&disk);
    let (store, report) = offline(&disk).unwrap().load(Arc::new(TestViews)).unwrap();
    assert_eq!(content(&store), history.content);
    assert_eq!(report.revision, history.newest);
    put(&store, "/nowhere", "1");
    assert!(bytes_of(&disk) == before);
}

/// As a disk does that loses what was written last.
#[test]
fn a_file_cut_anywhere_is_repaired_and_what_it_held_is_named() {
    for closed in [false, true] {
        for snapshot in [false, true] {
            let (disk, history) = filled(closed, snapshot);
            for path in disk.paths() {
                let bytes = disk.read(&path);
                let ends = (1..=bytes.len() / SECTOR).flat_map(|at| [at * SECTOR - 1, at * SECTOR]);
                for length in [0, 1, 12]
                    .into_iter()
                    .chain(ends)
                    .filter(|at| *at < bytes.len())
                {
                    let damaged = disk.copy();
                    damaged.write(&path, bytes[..length].to_vec());
                    if offline(&damaged).is_ok() {
                        let what =
                            format!("{closed} {snapshot} {} cut to {length}", path.display());
                        assert_repaired(&damaged, &history, &what);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn several_damages_are_repaired_and_named(
        closed: bool,
        snapshot: bool,
        damages in proptest::collection::vec((0..4u8, any::<prop::sample::Index>(), any::<u64>()), 1..5),
    ) {
        let (disk, history) = filled(closed, snapshot);
        for (kind, file, seed) in damages {
            let paths = disk.paths();
            let path = file.get(&paths);
            let bytes = disk.read(path);
            if bytes.is_empty() || paths.len() < 3 {
                continue;
            }
            let at = seed as usize % bytes.len();
            match kind {
                0 => disk.flip(path, at * 8 + (seed >> 32) as usize % 8),
                1 => disk.zero_sector(path, at / SECTOR),
                2 => disk.write(path, bytes[..at].to_vec()),
                _ => disk.remove(path).unwrap(),
            }
        }
        if offline(&disk).is_ok() {
            assert_repaired(&disk, &history, "several");
        }
    }
}
