//! A store of this process with the threads that drive it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use steersman_etcd::Running;
use steersman_store::{
    CommitStep, DurableOptions, Maintenance, OpenOptions, Reason, Salt, Store, StoreError,
    StoreOptions,
};

use crate::binding_store_disk::{DiskFigures, MeasuredDisk};
use crate::binding_store_views::CodecViews;

/// Lazy writes alone wait this long to become more.
const LAZY_DELAY: Duration = Duration::from_millis(20);
/// After a failed write to the disk.
const RETRY_DELAY: Duration = Duration::from_millis(100);
const MAINTENANCE_INTERVAL: Duration = Duration::from_millis(500);

/// What marks the files of a new directory.
pub fn random_salt() -> Result<Salt, StoreError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)
        .map_err(|error| StoreError::new(Reason::Io, format!("get random bytes: {error}")))?;
    Ok(salt)
}

pub struct SharedStore {
    pub id: u32,
    pub store: Arc<Store>,
    pub disk: Arc<DiskFigures>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// What follows etcd.
    etcd: Mutex<Option<Running>>,
    stop: Arc<Stop>,
}

#[derive(Default)]
struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Waits; answers whether it is time to end.
    fn wait(&self, delay: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        if !*stopped {
            self.changed.wait_for(&mut stopped, delay);
        }
        *stopped
    }

    fn stop(&self) {
        *self.stopped.lock() = true;
        self.changed.notify_all();
    }
}

/// Stores by number, so that a worker can attach to what another thread opened.
static STORES: Mutex<BTreeMap<u32, Weak<SharedStore>>> = Mutex::new(BTreeMap::new());

impl SharedStore {
    pub fn in_memory(options: StoreOptions) -> Arc<SharedStore> {
        SharedStore::register(Store::in_memory(options, Arc::new(CodecViews::default())))
    }

    /// Opens a directory and starts the threads that write to it.
    pub fn open(
        directory: &str,
        options: StoreOptions,
        durable: DurableOptions,
        now_millis: u64,
    ) -> Result<Arc<SharedStore>, StoreError> {
        let directory = PathBuf::from(directory);
        let figures = Arc::<DiskFigures>::default();
        let options = OpenOptions {
            directory: &directory,
            files: Arc::new(MeasuredDisk {
                figures: figures.clone(),
            }),
            store: options,
            durable,
            now_millis,
            salt: random_salt()?,
        };
        let store = Store::open(options, Arc::new(CodecViews::default()))?;
        let shared = SharedStore::with_figures(store, figures);
        if let Err(error) = shared.start() {
            shared.close();
            return Err(StoreError::io("start the store's threads", &error));
        }
        Ok(shared)
    }

    /// Follows etcd.
    pub fn following(
        etcd: &steersman_etcd::Options,
        options: StoreOptions,
    ) -> Result<Arc<SharedStore>, StoreError> {
        let views = Arc::new(CodecViews::default());
        let (store, running) = steersman_etcd::open(etcd, options, views)?;
        let shared = SharedStore::register(store);
        *shared.etcd.lock() = Some(running);
        Ok(shared)
    }

    pub fn etcd_notices(&self) -> Vec<steersman_etcd::Notice> {
        let etcd = self.etcd.lock();
        etcd.as_ref().map_or_else(Vec::new, Running::notices)
    }

    pub fn etcd_size(&self) -> Option<u64> {
        self.etcd.lock().as_ref().and_then(Running::size)
    }

    pub fn register(store: Arc<Store>) -> Arc<SharedStore> {
        SharedStore::with_figures(store, Arc::default())
    }

    fn with_figures(store: Arc<Store>, disk: Arc<DiskFigures>) -> Arc<SharedStore> {
        let mut stores = STORES.lock();
        stores.retain(|_, store| store.strong_count() > 0);
        let id = stores.keys().next_back().copied().unwrap_or(0) + 1;
        let threads = Mutex::default();
        let shared = Arc::new(SharedStore {
            id,
            store,
            disk,
            threads,
            etcd: Mutex::default(),
            stop: Arc::default(),
        });
        stores.insert(id, Arc::downgrade(&shared));
        shared
    }

    pub fn find(id: u32) -> Option<Arc<SharedStore>> {
        STORES.lock().get(&id).and_then(Weak::upgrade)
    }

    fn start(&self) -> std::io::Result<()> {
        let mut threads = self.threads.lock();
        let (store, stop) = (self.store.clone(), self.stop.clone());
        let commit = std::thread::Builder::new().name("steersman-commit".to_owned());
        threads.push(commit.spawn(move || commit_loop(&store, &stop))?);
        let (store, stop) = (self.store.clone(), self.stop.clone());
        let upkeep = std::thread::Builder::new().name("steersman-upkeep".to_owned());
        threads.push(upkeep.spawn(move || maintenance_loop(&store, &stop))?);
        let store = self.store.clone();
        let history = std::thread::Builder::new().name("steersman-history".to_owned());
        threads.push(history.spawn(move || history_loop(&store))?);
        Ok(())
    }

    /// Writes what waits, ends the threads and gives the directory back, which takes as long as the
    /// disk does. A second call waits for the first.
    pub fn close(&self) {
        self.store.close();
        // What it owed is given: none of it is known any more.
        let etcd = self.etcd.lock().take();
        // Nobody waits for the lock meanwhile.
        drop(etcd);
        self.stop.stop();
        let mut threads = self.threads.lock();
        for thread in threads.drain(..) {
            // A panic there was already printed; there is nothing left to do about it.
            let _ = thread.join();
        }
        self.store.release();
    }
}

impl Drop for SharedStore {
    fn drop(&mut self) {
        self.close();
    }
}

fn commit_loop(store: &Store, stop: &Stop) {
    while store.wait_for_writes(LAZY_DELAY) {
        let step = catch_unwind(AssertUnwindSafe(|| store.commit_step()));
        match step {
            Ok(CommitStep::Failed(_)) => {
                if stop.wait(RETRY_DELAY) {
                    return;
                }
            }
            Ok(_) => {}
            // A defect: what was in that group is not known. Writes are refused instead of hanging.
            Err(_) => store.fail("the thread that writes the log failed"),
        }
    }
}

/// Reads the log for watches that resume from before the history in memory.
fn history_loop(store: &Store) {
    while store.wait_for_resumes() {
        // A defect there takes a watch, or the store: each entry sees to its own.
        let _ = store.guarded(|| store.resume_step());
    }
}

fn maintenance_loop(store: &Arc<Store>, stop: &Stop) {
    let begun = Instant::now();
    let mut maintenance = Maintenance::default();
    while !stop.wait(MAINTENANCE_INTERVAL) {
        let round = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let now = begun.elapsed();
                store.age_pins(now.as_millis() as u64);
                store.age_history(now.as_millis() as u64);
                let more = maintenance.step(store, false)?;
                // It rests as long as it worked: the disk is for writes as much as for a snapshot.
                if !more || stop.wait(begun.elapsed() - now) {
                    return Ok(());
                }
            }
        }));
        // A failure (a full disk) is tried again next time, and so is what hit a defect, from the
        // beginning: health tells of both.
        store.note_upkeep(round.unwrap_or_else(|_| {
            maintenance = Maintenance::default();
            let message = "a defect; what it said is on standard error";
            Err(StoreError::new(Reason::Io, message))
        }));
    }
}
