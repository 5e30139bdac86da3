//! What a watch with a selector, which asks what each change replaced, costs to resume: the log is
//! read about once, however many watches resume at the same time.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/directory.rs"]
mod directory;
#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::io::Result;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use directory::{options, sizes};
use faulty::FaultyDisk;
use steersman_store::{
    Durability, File, FileSystem, LabelOperator, LabelRequirement, Maintenance, OpenMode,
    OpenOptions, Revision, Session, Store, StoreOptions, Transaction, Watcher,
};
use support::{TestViews, session, watch_request};

const OBJECTS: usize = 2_000;
const VALUE_BYTES: usize = 1_000;

/// Counts the bytes that are read.
struct Counted(FaultyDisk, Arc<AtomicU64>);

struct CountedFile(Box<dyn File>, Arc<AtomicU64>);

impl FileSystem for Counted {
    fn create_directory(&self, path: &Path) -> Result<()> {
        self.0.create_directory(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>> {
        self.0.list(path)
    }

    fn open(&self, path: &Path, mode: OpenMode) -> Result<Box<dyn File>> {
        let file = self.0.open(path, mode)?;
        Ok(Box::new(CountedFile(file, self.1.clone())))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.0.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> Result<()> {
        self.0.sync_directory(path)
    }

    fn lock(&self, path: &Path) -> Result<Box<dyn Send + Sync>> {
        self.0.lock(path)
    }
}

impl File for CountedFile {
    fn read_at(&self, offset: u64, target: &mut [u8]) -> Result<()> {
        self.1.fetch_add(target.len() as u64, Ordering::Relaxed);
        self.0.read_at(offset, target)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.0.write_at(offset, bytes)
    }

    fn set_length(&self, length: u64) -> Result<()> {
        self.0.set_length(length)
    }

    fn length(&self) -> Result<u64> {
        self.0.length()
    }

    fn sync(&self) -> Result<()> {
        self.0.sync()
    }
}

/// Memory holds next to nothing.
fn open(read: &Arc<AtomicU64>) -> Arc<Store> {
    let disk = FaultyDisk::default();
    let files = Counted(disk.clone(), read.clone());
    let store = StoreOptions {
        max_history_changes: 10,
        ..StoreOptions::default()
    };
    let options = OpenOptions {
        store,
        files: Arc::new(files),
        ..options(&disk, sizes(1 << 40, 1 << 20, 0))
    };
    Store::open(options, Arc::new(TestViews)).unwrap()
}

/// Every object once, in an order that is not theirs; 20 a group.
fn write_all(store: &Store) -> Revision {
    let session = session(store);
    for number in 0..OBJECTS {
        let key = format!("/r/{:06}", number * 7_919 % OBJECTS);
        let value = format!("app=a|node=n|{}", "v".repeat(VALUE_BYTES));
        let transaction = Transaction::put(key.as_bytes(), value.as_bytes());
        store
            .submit(&session, transaction, Durability::Durable)
            .unwrap();
        if number % 20 == 19 {
            store.commit_step();
        }
    }
    store.commit_step();
    store.current_revision()
}

fn watch(store: &Store, session: &Arc<Session>, after: Revision) -> Watcher {
    let mut request = watch_request(store, "/r/", after);
    request.interest.selector.labels.push(LabelRequirement {
        key: "app".into(),
        operator: LabelOperator::In,
        values: vec!["a".into()],
    });
    store.watch(session, request).unwrap()
}

/// Resumes so many watches after a revision, side by side; returns the bytes read for each change
/// and watch.
fn resume(store: &Store, read: &AtomicU64, after: Revision, watches: usize) -> u64 {
    let session = session(store);
    let newest = store.current_revision();
    let begin = read.load(Ordering::Relaxed);
    let watches: Vec<_> = (0..watches)
        .map(|_| watch(store, &session, after))
        .collect();
    let mut seen = vec![after; watches.len()];
    let mut events = 0;
    while seen.iter().any(|seen| *seen < newest) {
        store.resume_step();
        for (watcher, seen) in watches.iter().zip(&mut seen) {
            let (taken, revision, ended) = watcher.take_raw(usize::MAX);
            assert_eq!(ended, None);
            events += taken.len() as u64;
            *seen = revision;
        }
    }
    assert_eq!(events, (newest - after) * watches.len() as u64);
    (read.load(Ordering::Relaxed) - begin) / events
}

#[test]
fn what_was_replaced_is_not_read_again_for_each_change() {
    let read = Arc::default();
    let store = open(&read);
    let first = write_all(&store);
    for _ in 0..3 {
        write_all(&store);
    }
    for watches in [1, 5] {
        let bytes = resume(&store, &read, first, watches);
        assert!(bytes < 4 * VALUE_BYTES as u64, "{watches}: {bytes}");
    }
}

#[test]
fn one_block_of_the_snapshot_is_read_for_what_stands_in_it() {
    let read = Arc::default();
    let store = open(&read);
    let first = write_all(&store);
    store.compact(first).unwrap();
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, true).unwrap() {}
    write_all(&store);
    let bytes = resume(&store, &read, first, 1);
    assert!(bytes < 48 << 10, "{bytes}");
}
