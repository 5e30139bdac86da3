//! What goes wrong beside a request or inside the store is said, and waits for nobody.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::io::Result;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use faulty::FaultyDisk;
use steersman_store::{
    Attributes, CommitStep, Durability, DurableOptions, File, FileSystem, OpenMode, OpenOptions,
    Reason, Revision, Store, StoreError, StoreOptions, Submitted, Transaction, View, Views,
};
use support::{TestViews, put, session, value_of, watch_request};

fn open(files: Arc<dyn FileSystem>, views: Arc<dyn Views>) -> Arc<Store> {
    let options = OpenOptions {
        directory: Path::new("/data"),
        files,
        store: StoreOptions::default(),
        durable: DurableOptions::default(),
        now_millis: 0,
        salt: [7; 16],
    };
    Store::open(options, views).unwrap()
}

#[test]
fn health_tells_of_the_upkeep_until_it_succeeds() {
    let store = open(Arc::new(FaultyDisk::default()), Arc::new(TestViews));
    store.note_upkeep(Ok(()));
    assert!(store.health().is_ok());
    let full = StoreError::new(Reason::DiskFull, "write a snapshot: no room");
    store.note_upkeep(Err(full.clone()));
    store.note_upkeep(Err(full));
    let told = store.health().unwrap_err();
    assert_eq!(told.reason, Reason::DiskFull);
    assert!(told.message.contains("write a snapshot"), "{told}");
    assert_eq!(store.statistics().upkeep_failures, 2);
    // Writes go on.
    put(&store, "/a", "1");
    store.note_upkeep(Ok(()));
    assert!(store.health().is_ok());
    assert_eq!(store.statistics().upkeep_failures, 2);
}

/// Cannot read one value.
struct Broken;

impl Views for Broken {
    fn encode(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> std::result::Result<(), String> {
        assert_ne!(value, b"poison", "a defect");
        TestViews.encode(view, value, revision, out)
    }
    fn encode_item(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> std::result::Result<(), String> {
        self.encode(view, value, revision, out)
    }
    fn attributes(
        &self,
        value: &[u8],
        labels: bool,
        paths: &[&str],
    ) -> std::result::Result<Attributes, String> {
        TestViews.attributes(value, labels, paths)
    }
    fn encode_bookmark(
        &self,
        view: &View,
        revision: Revision,
        initial_events_end: bool,
        out: &mut Vec<u8>,
    ) -> std::result::Result<(), String> {
        TestViews.encode_bookmark(view, revision, initial_events_end, out)
    }
}

#[test]
fn a_defect_ends_the_store_and_says_so() {
    let disk = FaultyDisk::default();
    let store = open(Arc::new(disk.clone()), Arc::new(Broken));
    let start = store.current_revision();
    put(&store, "/a", "1");
    put(&store, "/b", "poison");
    let session = session(&store);
    let watcher = store
        .watch(&session, watch_request(&store, "/", start))
        .unwrap();
    let pending = store.submit(&session, Transaction::put(b"/c", b"1"), Durability::Durable);
    assert!(matches!(pending, Ok(Submitted::Pending(_))));
    let error = store.guarded(|| watcher.take(1 << 20)).unwrap_err();
    assert_eq!(error.reason, Reason::Closed);
    assert!(error.message.contains("a defect"), "{error}");
    assert_eq!(store.health().unwrap_err(), error);
    assert_eq!(store.get(b"/a", 0).unwrap_err(), error);
    let refused = store.submit(&session, Transaction::put(b"/d", b"1"), Durability::Durable);
    assert_eq!(refused.unwrap_err(), error);
    // Who waited is answered.
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    assert!(session.drain().completions.pop().unwrap().result.is_err());
    store.release();
    drop(watcher);
    drop(store);
    let store = open(Arc::new(disk), Arc::new(TestViews));
    assert_eq!(value_of(&store, "/b").as_deref(), Some("poison"));
    assert_eq!(value_of(&store, "/c"), None);
}

/// Syncs, and reads where it says so, wait while the gate is shut, and say so.
#[derive(Default)]
struct Gate {
    shut: Mutex<bool>,
    reads: AtomicBool,
    changed: Condvar,
    waiting: Mutex<Option<Sender<()>>>,
}

impl Gate {
    fn pass(&self) {
        let mut shut = self.shut.lock().unwrap();
        while *shut {
            if let Some(waiting) = self.waiting.lock().unwrap().take() {
                waiting.send(()).unwrap();
            }
            shut = self.changed.wait(shut).unwrap();
        }
    }
}

struct Held(FaultyDisk, Arc<Gate>);
struct HeldFile(Box<dyn File>, Arc<Gate>);

impl FileSystem for Held {
    fn create_directory(&self, path: &Path) -> Result<()> {
        self.0.create_directory(path)
    }
    fn list(&self, path: &Path) -> Result<Vec<String>> {
        self.0.list(path)
    }
    fn open(&self, path: &Path, mode: OpenMode) -> Result<Box<dyn File>> {
        let file = self.0.open(path, mode)?;
        Ok(Box::new(HeldFile(file, self.1.clone())))
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

impl File for HeldFile {
    fn read_at(&self, offset: u64, target: &mut [u8]) -> Result<()> {
        if self.1.reads.load(Ordering::SeqCst) {
            self.1.pass();
        }
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
        if !self.1.reads.load(Ordering::SeqCst) {
            self.1.pass();
        }
        self.0.sync()
    }
}

#[test]
fn neither_reads_nor_statistics_wait_for_a_sync() {
    let gate = Arc::new(Gate::default());
    let disk = FaultyDisk::default();
    let store = open(Arc::new(Held(disk, gate.clone())), Arc::new(TestViews));
    put(&store, "/first", "1");
    let (waiting, waits) = channel();
    *gate.waiting.lock().unwrap() = Some(waiting);
    *gate.shut.lock().unwrap() = true;
    let session = session(&store);
    let write = Transaction::put(b"/a", b"1");
    store.submit(&session, write, Durability::Durable).unwrap();
    let committer = {
        let store = store.clone();
        std::thread::spawn(move || store.commit_step())
    };
    waits.recv().unwrap();
    let (told, answers) = channel();
    let requester = {
        let store = store.clone();
        std::thread::spawn(move || {
            store.statistics();
            store.disk_statistics();
            assert_eq!(store.get(b"/a", 0).unwrap(), None);
            store.grant_lease(0, 60, 0).unwrap();
            told.send(()).unwrap();
        })
    };
    // Only so that the test ends where they do wait.
    let answered = answers.recv_timeout(Duration::from_secs(30));
    *gate.shut.lock().unwrap() = false;
    gate.changed.notify_all();
    requester.join().unwrap();
    assert_eq!(committer.join().unwrap(), CommitStep::Committed(1));
    assert!(answered.is_ok(), "somebody waited for the sync");
}

#[test]
fn nobody_waits_for_a_watch_that_reads_the_log() {
    let gate = Arc::new(Gate::default());
    let files = Arc::new(Held(FaultyDisk::default(), gate.clone()));
    let options = OpenOptions {
        directory: Path::new("/data"),
        files,
        store: StoreOptions {
            max_history_bytes: 1_000,
            ..StoreOptions::default()
        },
        durable: DurableOptions::default(),
        now_millis: 0,
        salt: [7; 16],
    };
    let store = Store::open(options, Arc::new(TestViews)).unwrap();
    let after = put(&store, "/a", "0");
    for number in 1..50 {
        put(&store, "/a", &number.to_string());
    }
    let session = session(&store);
    let request = watch_request(&store, "/", after);
    let watcher = store.watch(&session, request.clone()).unwrap();
    let (waiting, waits) = channel();
    *gate.waiting.lock().unwrap() = Some(waiting);
    gate.reads.store(true, Ordering::SeqCst);
    *gate.shut.lock().unwrap() = true;
    let reader = {
        let store = store.clone();
        std::thread::spawn(move || while store.resume_step() {})
    };
    waits.recv().unwrap();
    // It reads. Everything else goes on, its own takes too.
    let (told, answers) = channel();
    let requester = {
        let store = store.clone();
        std::thread::spawn(move || {
            put(&store, "/b", "1");
            store.statistics();
            store.disk_statistics();
            assert!(watcher.take(1 << 20).frames.is_empty());
            let other = store.watch(&session, request).unwrap();
            assert!(other.take(1 << 20).frames.is_empty());
            told.send((watcher, session)).unwrap();
        })
    };
    // Only so that the test ends where they do wait.
    let answered = answers.recv_timeout(Duration::from_secs(30));
    *gate.shut.lock().unwrap() = false;
    gate.changed.notify_all();
    requester.join().unwrap();
    reader.join().unwrap();
    let (watcher, session) = answered.unwrap();
    assert!(session.drain().watchers.contains(&watcher.id()));
    assert!(!watcher.take(1 << 20).frames.is_empty());
}
