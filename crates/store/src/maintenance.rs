//! The work beside requests, in steps.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Reason, StoreError};
use crate::journal::snapshot::SnapshotWriter;
use crate::store::Store;

/// Work that goes on beside requests, driven in steps: freeing history, writing snapshots.
#[derive(Default)]
pub struct Maintenance {
    snapshot: Snapshotting,
}

#[derive(Default)]
enum Snapshotting {
    #[default]
    Idle,
    Writing(SnapshotWriter),
    /// It is in its place; what it replaces is removed file by file, since that takes long.
    Removing(SnapshotWriter, Vec<PathBuf>),
}

impl Maintenance {
    /// Does a bounded part of what is due; returns whether there is more. `force` makes a
    /// snapshot due as soon as it would remove anything. After an error it goes on with the next
    /// step: a snapshot that failed is begun anew when one is due, and a file that cannot be
    /// removed is left to the next opening.
    pub fn step(&mut self, store: &Arc<Store>, force: bool) -> Result<bool, StoreError> {
        // Also for whoever has no thread for it.
        let more = store.trim() | store.resume_step();
        match std::mem::take(&mut self.snapshot) {
            Snapshotting::Idle => {
                let begun = match begin_snapshot(store, force) {
                    // Compaction went on between looking and beginning: next time.
                    Err(error) if error.reason == Reason::Compacted => None,
                    begun => begun?,
                };
                let begins = begun.is_some();
                self.snapshot = begun.map_or(Snapshotting::Idle, Snapshotting::Writing);
                Ok(more || begins)
            }
            Snapshotting::Writing(mut writer) => {
                if !writer.step()? {
                    self.snapshot = Snapshotting::Writing(writer);
                    return Ok(true);
                }
                let Some(replaced) = finish_snapshot(store, &writer)? else {
                    self.snapshot = Snapshotting::Writing(writer);
                    return Ok(more);
                };
                self.snapshot = Snapshotting::Removing(writer, replaced);
                Ok(true)
            }
            Snapshotting::Removing(writer, mut replaced) => {
                let Some(path) = replaced.pop() else {
                    writer.sync_directory()?;
                    return Ok(true);
                };
                let removed = writer.remove(&path);
                self.snapshot = Snapshotting::Removing(writer, replaced);
                removed.map(|()| true)
            }
        }
    }
}

fn begin_snapshot(store: &Store, force: bool) -> Result<Option<SnapshotWriter>, StoreError> {
    match &store.durable {
        Some(durable) => durable.begin_snapshot(&store.live, force),
        None => Ok(None),
    }
}

fn finish_snapshot(
    store: &Store,
    writer: &SnapshotWriter,
) -> Result<Option<Vec<PathBuf>>, StoreError> {
    match &store.durable {
        Some(durable) => {
            let replaced = durable.finish_snapshot(writer)?;
            store.follow_snapshot();
            Ok(replaced)
        }
        None => Ok(Some(Vec::new())),
    }
}
