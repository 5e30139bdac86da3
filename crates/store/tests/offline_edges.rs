//! What commands on a directory that no store has open do at the edges of what they can.

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
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directory::{close, content, data, logs, open_with, options, sizes};
use faulty::FaultyDisk;
use steersman_store::{DirectoryMaker, FileSystem, Offline, Reason, Store, StoreError, restore};
use support::put;

const SALT: [u8; 16] = [1; 16];

fn open(disk: &FaultyDisk) -> Result<Arc<Store>, StoreError> {
    open_with(options(disk, sizes(1 << 40, 1 << 20, 1024)))
}

fn offline(disk: &FaultyDisk) -> Result<Offline, StoreError> {
    Offline::open(Arc::new(disk.clone()), data())
}

fn backup() -> &'static Path {
    Path::new("/backup/store.snapshot")
}

fn bytes_of(disk: &FaultyDisk) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = disk.paths();
    paths.iter().map(|p| (p.clone(), disk.read(p))).collect()
}

/// Closed, with three keys.
fn filled() -> FaultyDisk {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    for key in ["/a", "/b", "/c"] {
        put(&store, key, "value");
    }
    close(store);
    disk
}

/// Its log begins with its snapshot.
fn restored() -> FaultyDisk {
    let disk = filled();
    offline(&disk).unwrap().save(backup()).unwrap();
    for path in disk.paths() {
        if path.starts_with(data()) {
            disk.remove(&path).unwrap();
        }
    }
    restore(Arc::new(disk.clone()), backup(), data(), 1000, SALT).unwrap();
    disk
}

/// It says that there was a log, and nothing of what was in it.
#[test]
fn of_a_mark_alone_nothing_can_be_kept() {
    for disk in [filled(), restored()] {
        for path in disk.paths() {
            if path.starts_with(data()) && !path.ends_with("closed") {
                disk.remove(&path).unwrap();
            }
        }
        let before = bytes_of(&disk);
        let check = offline(&disk).unwrap().check().unwrap();
        assert_eq!(check.refusal, open(&disk).err());
        assert!(check.refusal.is_some());
        assert_eq!(check.losses.len(), 1, "{:?}", check.losses);
        assert!(
            check.losses[0].what.contains("record"),
            "{:?}",
            check.losses
        );
        let error = offline(&disk).unwrap().repair(SALT).unwrap_err();
        assert!(error.message.contains("nothing"), "{error}");
        assert!(bytes_of(&disk) == before);
        let maker = DirectoryMaker::new(Arc::new(disk), data(), SALT);
        assert_eq!(maker.err().unwrap().reason, Reason::InvalidRequest);
    }
}

/// All files of a directory have the salt.
#[test]
fn without_a_segments_head_its_records_are_read_with_the_salt_of_the_mark() {
    let disk = FaultyDisk::default();
    let store = open(&disk).unwrap();
    put(&store, "/a", "1");
    put(&store, "/b", "2");
    let content = content(&store);
    close(store);
    let [log] = &logs(&disk)[..] else {
        panic!("several segments");
    };
    disk.flip(log, 20 * 8);
    let repair = offline(&disk).unwrap().repair(SALT).unwrap();
    assert_eq!(repair.kept.keys, 2, "{repair:?}");
    assert_eq!(repair.losses.len(), 1, "{repair:?}");
    assert!(content == directory::content(&open(&disk).unwrap()));
}

/// An end that was not clean takes thousands of numbers, and one sector.
#[test]
fn no_number_is_given_again_by_a_repair_after_many_unclean_ends() {
    let disk = FaultyDisk::default();
    let mut newest = 0;
    for end in 0..40 {
        let store = open(&disk).unwrap();
        newest = put(&store, "/a", &end.to_string());
        drop(store);
    }
    assert!(newest > 39 * 4096);
    for path in logs(&disk) {
        disk.flip(&path, 20 * 8);
    }
    let repair = offline(&disk).unwrap().repair(SALT).unwrap();
    assert_eq!(repair.kept.keys, 0);
    assert!(repair.kept.revision > newest + 4096, "{repair:?}");
}

#[test]
fn a_sound_directory_has_its_numbers_in_a_repair() {
    let disk = filled();
    let revision = open(&disk.copy()).unwrap().current_revision();
    let repair = offline(&disk).unwrap().repair(SALT).unwrap();
    assert_eq!(repair.refusal, None);
    assert_eq!((repair.kept.revision, repair.kept.keys), (revision, 3));
}

#[test]
fn nothing_is_overwritten_by_what_is_saved() {
    let disk = filled();
    let log = logs(&disk)[0].clone();
    // A simulated lock is no file.
    disk.add(&data().join("lock"), Vec::new());
    let before = bytes_of(&disk);
    for target in [log, data().join("backup")] {
        let error = offline(&disk).unwrap().save(&target).unwrap_err();
        assert_eq!(error.reason, Reason::InvalidRequest, "{error}");
        assert!(
            error.message.contains(&target.display().to_string()),
            "{error}"
        );
        assert!(bytes_of(&disk) == before);
    }
    offline(&disk).unwrap().save(backup()).unwrap();
    let error = offline(&disk).unwrap().save(backup()).unwrap_err();
    assert!(error.message.contains("is there already"), "{error}");
}

#[test]
fn what_is_restored_is_named_when_it_cannot_be() {
    let disk = filled();
    offline(&disk).unwrap().save(backup()).unwrap();
    let files: Arc<dyn FileSystem> = Arc::new(disk.clone());
    let error = restore(files.clone(), backup(), Path::new("/other"), 1 << 53, SALT).unwrap_err();
    assert!(error.message.contains("9007199254740991"), "{error}");
    disk.add(
        Path::new("/backup/text"),
        b"{\"steersmanStore\":1}\n".repeat(99),
    );
    let error = restore(
        files,
        Path::new("/backup/text"),
        Path::new("/other"),
        0,
        SALT,
    )
    .unwrap_err();
    assert!(
        error.message.contains("steersman store snapshot"),
        "{error}"
    );
}
