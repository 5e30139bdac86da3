//! A store of this process with the threads that drive it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use steersman_etcd::Running;
use steersman_lists::BlockCache;
use steersman_store::{DurableOptions, OpenOptions, Store, StoreError, StoreOptions};
use steersman_upkeep::{DiskFigures, MeasuredDisk, StoreThreads, ThreadOptions, random_salt};

use crate::binding_store_views::CodecViews;

/// Lazy writes alone wait this long to become more.
const LAZY_DELAY: Duration = Duration::from_millis(20);
/// Of compressed lists; 13,000 pods that differ little take a quarter of it in one form.
const LIST_CACHE_BYTES: usize = 16 * 1024 * 1024;

pub struct SharedStore {
    pub id: u32,
    pub store: Arc<Store>,
    pub disk: Arc<DiskFigures>,
    /// What lists of it were compressed to.
    pub lists: Arc<BlockCache>,
    threads: StoreThreads,
    /// Set where a snapshot is wanted soon.
    pub wants_snapshot: Arc<AtomicBool>,
    /// What follows etcd.
    etcd: Mutex<Option<Running>>,
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
                syncs: true,
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
        let shared = Arc::new(SharedStore {
            id,
            store,
            disk,
            lists: Arc::new(BlockCache::new(LIST_CACHE_BYTES)),
            threads: StoreThreads::default(),
            wants_snapshot: Arc::default(),
            etcd: Mutex::default(),
        });
        stores.insert(id, Arc::downgrade(&shared));
        shared
    }

    pub fn find(id: u32) -> Option<Arc<SharedStore>> {
        STORES.lock().get(&id).and_then(Weak::upgrade)
    }

    fn start(&self) -> std::io::Result<()> {
        let (store, wants_snapshot) = (self.store.clone(), self.wants_snapshot.clone());
        let options = ThreadOptions {
            name: "steersman",
            lazy_delay: LAZY_DELAY,
        };
        self.threads.start(&self.store, &options, move |now| {
            store.age_history(now.as_millis() as u64);
            Ok(wants_snapshot.swap(false, Ordering::SeqCst))
        })
    }

    /// Writes what waits, ends the threads and gives the directory back, which takes as long as the
    /// disk does. A second call waits for the first.
    pub fn close(&self) {
        self.store.close();
        // What it owed is given: none of it is known any more.
        let etcd = self.etcd.lock().take();
        // Nobody waits for the lock meanwhile.
        drop(etcd);
        self.threads.end();
        self.store.release();
    }
}

impl Drop for SharedStore {
    fn drop(&mut self) {
        self.close();
    }
}
