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
    /// What is let go of is removed file by file, since that takes long.
    Removing(Vec<PathBuf>, Option<SnapshotWriter>),
    Writing(SnapshotWriter),
}

impl Maintenance {
    /// No snapshot is being written, nor anything removed: `force` has its effect.
    pub fn is_idle(&self) -> bool {
        matches!(self.snapshot, Snapshotting::Idle)
    }

    /// Does a bounded part of what is due; returns whether there is more. `force` makes a
    /// snapshot due as soon as it would replace anything. After an error it goes on with the next
    /// step: a snapshot that failed is begun anew when one is due, and a file that cannot be
    /// removed is left to the next opening.
    pub fn step(&mut self, store: &Arc<Store>, force: bool) -> Result<bool, StoreError> {
        // Also for whoever has no thread for it.
        let more = store.trim() | store.resume_step();
        let Some(durable) = &store.durable else {
            return Ok(more);
        };
        match std::mem::take(&mut self.snapshot) {
            Snapshotting::Idle => {
                let gone = durable.let_go_on_full_disk();
                if !gone.is_empty() {
                    store.follow_snapshot();
                    self.snapshot = Snapshotting::Removing(gone, None);
                    return Ok(true);
                }
                let begun = match durable.begin_snapshot(&store.live, force) {
                    // Compaction went on between looking and beginning: next time.
                    Err(error) if error.reason == Reason::Compacted => None,
                    begun => begun?,
                };
                let Some(writer) = begun else {
                    return Ok(more);
                };
                let gone = durable.let_go_of_base();
                store.follow_snapshot();
                self.snapshot = Snapshotting::Removing(gone, Some(writer));
                Ok(true)
            }
            Snapshotting::Removing(mut gone, next) => {
                let Some(path) = gone.pop() else {
                    self.snapshot = next.map_or(Snapshotting::Idle, Snapshotting::Writing);
                    durable.sync_directory()?;
                    return Ok(true);
                };
                let removed = durable.remove(&path);
                self.snapshot = Snapshotting::Removing(gone, next);
                removed.map(|()| true)
            }
            Snapshotting::Writing(mut writer) => {
                if !writer.step()? {
                    self.snapshot = Snapshotting::Writing(writer);
                    return Ok(true);
                }
                if !durable.finish_snapshot(&writer)? {
                    self.snapshot = Snapshotting::Writing(writer);
                    return Ok(more);
                }
                Ok(true)
            }
        }
    }
}
