//! Opening a data directory: lock, snapshot, log.

use std::path::Path;
use std::sync::Arc;

use crate::error::StoreError;
use crate::journal::commit::Durable;
use crate::journal::disk::{FileSystem, lock_directory};
use crate::journal::layout::Salt;
use crate::journal::log::{DurableOptions, Log};
use crate::journal::offline::Offline;
use crate::journal::replay::{ReadDirectory, read_directory};
use crate::journal::report::RecoveryReport;
use crate::state::history::ChangeLog;
use crate::state::views::Views;
use crate::store::{Store, StoreOptions};

/// Where and how a store lives on disk.
pub struct OpenOptions<'a> {
    pub directory: &'a Path,
    pub files: Arc<dyn FileSystem>,
    pub store: StoreOptions,
    pub durable: DurableOptions,
    /// From here on time goes on for leases; of the clock that all later calls use.
    pub now_millis: u64,
    /// Unguessable bytes that mark the files of a new directory; one that has such bytes keeps
    /// them.
    pub salt: Salt,
}

impl Store {
    /// Opens or creates a data directory. Fails with `Locked`, `Corrupt` (naming file and
    /// offset), `NewerFormat` or `Io`.
    pub fn open(options: OpenOptions<'_>, views: Arc<dyn Views>) -> Result<Arc<Store>, StoreError> {
        let OpenOptions {
            directory,
            files,
            now_millis,
            ..
        } = options;
        files
            .create_directory(directory)
            .map_err(|error| StoreError::io(&format!("create {}", directory.display()), &error))?;
        let lock = lock_directory(&*files, directory)?;
        let mut report = RecoveryReport::default();
        let limits = options.store.history_limits();
        let ReadDirectory {
            mut state,
            changes,
            log,
            recovery,
            lost,
        } = read_directory(&*files, directory, limits, &mut report)?;
        let log = Log::resume(files.clone(), directory, options.durable, log, options.salt)?;
        state.leases.resume(now_millis);
        let durable = Durable::new(
            log,
            files,
            directory.to_owned(),
            lock,
            (recovery, state.issued),
            report,
            options.durable,
        );
        let store = Store::new(options.store, views, state, changes, Some((durable, lost)));
        Ok(Arc::new(store))
    }
}

impl Offline {
    /// The state as of the newest revision, in memory. Changes nothing; fails as opening does.
    pub fn load(&self, views: Arc<dyn Views>) -> Result<(Arc<Store>, RecoveryReport), StoreError> {
        let mut report = RecoveryReport::default();
        let state = self.newest_state(&mut report)?;
        let options = StoreOptions::default();
        let store = Store::new(options, views, state, ChangeLog::default(), None);
        Ok((Arc::new(store), report))
    }
}
