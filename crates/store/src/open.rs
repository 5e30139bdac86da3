//! Opening a data directory: lock, snapshot, log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::apply::State;
use crate::change::ChangeLog;
use crate::commit::{Durable, DurableOptions};
use crate::disk::FileSystem;
use crate::entry::Key;
use crate::error::{Reason, StoreError};
use crate::layout::{Salt, damaged};
use crate::log::Log;
use crate::numbers::Marks;
use crate::offline::lock;
use crate::record::{Mark, Part, decode_write};
use crate::recovery::Recovery;
use crate::report::RecoveryReport;
use crate::scan::{LogFiles, LogRead, Record, SnapshotPlace};
use crate::snapshot::{SnapshotWriter, load_snapshot};
use crate::store::{Store, StoreOptions};
use crate::views::Views;
use crate::{MAX_REVISION, Revision};

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
        let lock = lock(&*files, directory)?;
        let mut report = RecoveryReport::default();
        let ReadDirectory {
            mut state,
            changes,
            log,
            recovery,
            ..
        } = read_directory(&*files, directory, options.store, &mut report)?;
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
        Ok(Arc::new(Store::new(
            options.store,
            views,
            state,
            changes,
            Some((durable, recovery)),
        )))
    }
}

/// What a directory holds.
pub(crate) struct ReadDirectory {
    pub state: State,
    pub changes: ChangeLog,
    pub log: LogRead,
    pub recovery: Recovery,
}

/// Reads a whole directory, and changes nothing.
pub(crate) fn read_directory(
    files: &dyn FileSystem,
    directory: &Path,
    options: StoreOptions,
    report: &mut RecoveryReport,
) -> Result<ReadDirectory, StoreError> {
    let mut removals = Vec::new();
    let mut state = State::first();
    let snapshot = load_snapshot(files, directory, &mut state, report, &mut removals)?;
    let mut replay = Replay {
        state,
        changes: ChangeLog::default(),
        snapshot,
        options,
        marks: Marks::default(),
        records: 0,
    };
    let files = LogFiles {
        files,
        directory,
        snapshot,
    };
    let mut log = files.read(report, &mut |record| replay.record(record))?;
    log.fixes.append(&mut removals);
    let recovery = replay.go_on();
    Ok(ReadDirectory {
        state: replay.state,
        changes: replay.changes,
        log,
        recovery,
    })
}

/// Applies the log's records to the state of the snapshot.
struct Replay {
    state: State,
    changes: ChangeLog,
    snapshot: SnapshotPlace,
    options: StoreOptions,
    marks: Marks,
    records: u64,
}

impl Replay {
    fn record(&mut self, record: Record<'_>) -> Result<Revision, StoreError> {
        let bad = |what: &str| damaged(record.path, record.offset, what);
        if self.records == 0 && self.snapshot.revision == 0 && record.sequence != 1 {
            let message = format!("records 1 to {} are missing", record.sequence - 1);
            return Err(bad(&message));
        }
        self.records += 1;
        let mut order = 0;
        let mut back = None;
        let revision = decode_write(record.payload, |revision, part| {
            let (key, entry) = match part {
                Part::Mark(mark) => {
                    self.mark(&mark);
                    return Some(());
                }
                Part::Lease(change) => {
                    self.marks.pass();
                    // The snapshot's lease table has it.
                    if record.sequence >= self.snapshot.sequence {
                        self.state.leases.replay(&change);
                    }
                    return Some(());
                }
                Part::Put { key, entry } => (key, Some(entry)),
                Part::Delete { key } => (key, None),
            };
            self.marks.pass();
            if revision <= self.snapshot.revision {
                return Some(());
            }
            // Some may be missing (their groups failed, or a lazy write was lost); that no record
            // is missing is the log's own promise.
            if revision <= self.state.applied || revision > MAX_REVISION {
                back = Some(revision);
                return None;
            }
            let change = self.state.write(revision, order, Key::from(key), entry);
            if let Some(change) = change {
                self.changes.push(Arc::new(change));
            }
            order += 1;
            Some(())
        });
        if let Some(found) = back {
            let before = self.state.applied;
            return Err(bad(&format!("revision {found} stands after {before}")));
        }
        let revision = revision.ok_or_else(|| bad("the record makes no sense"))?;
        if order > 0 {
            self.state.applied = revision;
            self.trim();
        }
        Ok(revision)
    }

    fn mark(&mut self, mark: &Mark) {
        self.marks.see(mark);
        if let Mark::Ceiling { opened_at, .. } = mark
            && *opened_at > self.state.applied
        {
            self.state.lost.add(self.state.applied, *opened_at);
            self.state.applied = *opened_at;
        }
    }

    /// Where the numbers of this run begin.
    fn go_on(&mut self) -> Recovery {
        let newest = self.state.applied;
        let empty = self.snapshot.revision == 0 && self.records == 0;
        let (issued, clean) = self.marks.end(newest, empty);
        self.state.issued = issued;
        if !clean {
            self.state.lost.add(newest, issued);
            self.state.applied = issued;
        }
        Recovery {
            newest_revision: newest,
            opened_at_revision: self.state.applied,
            clean,
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
        self.state.lost.forget_until(floor);
        while let Some(change) = self.changes.pop_until(floor) {
            self.state.index.compact(&change.key, floor);
        }
    }
}

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
    /// Does a bounded part of what is due; answers whether there is more. `force` makes a
    /// snapshot due as soon as it would remove anything. After an error it goes on with the next
    /// step: a snapshot that failed is begun anew when one is due, and a file that cannot be
    /// removed is left to the next opening.
    pub fn step(&mut self, store: &Arc<Store>, force: bool) -> Result<bool, StoreError> {
        let more = store.trim();
        match std::mem::take(&mut self.snapshot) {
            Snapshotting::Idle => {
                let begun = match store.begin_snapshot(force) {
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
                let Some(replaced) = store.finish_snapshot(&writer)? else {
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
