//! Opening a data directory: lock, snapshot, log.

use std::path::Path;
use std::sync::Arc;

use crate::Revision;
use crate::apply::State;
use crate::change::ChangeLog;
use crate::commit::{Durable, DurableOptions};
use crate::disk::FileSystem;
use crate::entry::Key;
use crate::error::{Reason, StoreError};
use crate::log::{Log, Recovered, damaged};
use crate::record::{LeaseChange, Part, decode_write};
use crate::snapshot::{SnapshotWriter, load_snapshot, remove_other_snapshots};
use crate::store::{Store, StoreOptions};
use crate::views::Views;

/// Where and how a store lives on disk.
pub struct OpenOptions<'a> {
    pub directory: &'a Path,
    pub files: Arc<dyn FileSystem>,
    pub store: StoreOptions,
    pub durable: DurableOptions,
    /// Leases start their time again from here.
    pub now_millis: u64,
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
        let lock = files
            .lock(&directory.join("lock"))
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::WouldBlock => {
                    let message = format!("{} is in use by another process", directory.display());
                    StoreError::new(Reason::Locked, message)
                }
                _ => StoreError::io(&format!("lock {}", directory.display()), &error),
            })?;
        let mut state = State::first();
        let snapshot = load_snapshot(&*files, directory, now_millis, &mut state)?;
        let mut replay = Replay {
            state,
            changes: ChangeLog::default(),
            snapshot,
            now_millis,
            options: options.store,
            records: 0,
        };
        let log = Log::open(files.clone(), directory, options.durable, &mut |r| {
            replay.record(r)
        })?;
        if snapshot > 0 {
            if replay.records == 0 && log.is_new() {
                return Err(StoreError::new(
                    Reason::Corrupt,
                    "there is a snapshot but no log",
                ));
            }
            remove_other_snapshots(&*files, directory, snapshot)?;
        }
        let Replay {
            mut state, changes, ..
        } = replay;
        state.leases.restart(now_millis);
        let revisions = (state.applied, snapshot);
        let durable = Durable::new(
            log,
            files,
            directory.to_owned(),
            lock,
            revisions,
            options.durable,
        );
        Ok(Arc::new(Store::new(
            options.store,
            views,
            state,
            changes,
            Some(durable),
        )))
    }
}

/// Applies the log's records to the state of the snapshot.
struct Replay {
    state: State,
    changes: ChangeLog,
    snapshot: Revision,
    now_millis: u64,
    options: StoreOptions,
    records: u64,
}

impl Replay {
    fn record(&mut self, record: Recovered<'_>) -> Result<Revision, StoreError> {
        let bad = |what: &str| damaged(record.path, record.offset, what);
        self.records += 1;
        let mut order = 0;
        let mut gap = None;
        let revision = decode_write(record.payload, |revision, part| {
            let (key, entry) = match part {
                Part::Lease(change) => {
                    self.lease(change);
                    return Some(());
                }
                Part::Put { key, entry } => (key, Some(entry)),
                Part::Delete { key } => (key, None),
            };
            if revision <= self.snapshot {
                return Some(());
            }
            if revision != self.state.applied + 1 {
                gap = Some(revision);
                return None;
            }
            let change = self.state.write(revision, order, Key::from(key), entry);
            if let Some(change) = change {
                self.changes.push(Arc::new(change));
            }
            order += 1;
            Some(())
        });
        if let Some(found) = gap {
            let expected = self.state.applied + 1;
            return Err(bad(&format!(
                "revision {found} stands where {expected} is expected"
            )));
        }
        let revision = revision.ok_or_else(|| bad("the record makes no sense"))?;
        if order > 0 {
            self.state.applied = revision;
            self.trim();
        }
        Ok(revision)
    }

    fn lease(&mut self, change: LeaseChange) {
        match change {
            LeaseChange::Grant {
                lease_id,
                ttl_seconds,
            } => {
                if !self.state.leases.exists(lease_id) {
                    self.state
                        .leases
                        .grant(lease_id, ttl_seconds, self.now_millis);
                }
            }
            LeaseChange::Revoke { lease_id, .. } => {
                self.state.leases.revoke(lease_id);
            }
        }
    }

    /// Keeps the history within its bounds on the way.
    fn trim(&mut self) {
        let StoreOptions {
            max_history_changes,
            max_history_bytes,
            ..
        } = self.options;
        let slack = max_history_changes / 8 + 256;
        if self.changes.len() < max_history_changes.saturating_add(slack)
            && self.changes.retained_bytes()
                < max_history_bytes.saturating_add(max_history_bytes / 8)
        {
            return;
        }
        let Some(floor) = self.changes.excess(max_history_changes, max_history_bytes) else {
            return;
        };
        self.state.compacted = floor;
        while let Some(change) = self.changes.pop_until(floor) {
            self.state.index.compact(&change.key, floor);
        }
    }
}

/// Work that goes on beside requests, driven in steps: freeing history, writing snapshots.
#[derive(Default)]
pub struct Maintenance {
    snapshot: Option<SnapshotWriter>,
}

impl Maintenance {
    /// Does a bounded part of what is due; answers whether there is more. `force` makes a
    /// snapshot due as soon as it would remove anything.
    pub fn step(&mut self, store: &Arc<Store>, force: bool) -> Result<bool, StoreError> {
        let more = store.trim();
        let Some(writer) = &mut self.snapshot else {
            self.snapshot = match store.begin_snapshot(force) {
                // Compaction went on between looking and beginning: next time.
                Err(error) if error.reason == Reason::Compacted => None,
                begun => begun?,
            };
            return Ok(more || self.snapshot.is_some());
        };
        match writer.step() {
            Ok(false) => Ok(true),
            Ok(true) => {
                let revision = writer.revision();
                self.snapshot = None;
                store.finish_snapshot(revision)?;
                Ok(true)
            }
            Err(error) => {
                self.snapshot = None;
                Err(error)
            }
        }
    }
}
