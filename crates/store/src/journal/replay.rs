//! Reading a whole directory back into a state.

use std::path::Path;
use std::sync::Arc;

use crate::error::StoreError;
use crate::journal::disk::FileSystem;
use crate::journal::layout::damaged;
use crate::journal::numbers::Marks;
use crate::journal::record::{Mark, Part, Record, decode_write};
use crate::journal::recovery::Recovery;
use crate::journal::report::RecoveryReport;
use crate::journal::scan::{LogFiles, LogRead, SnapshotPlace};
use crate::journal::snapshot::load_snapshot;
use crate::state::apply::State;
use crate::state::entry::Entry;
use crate::state::history::{ChangeLog, HistoryLimits};
use crate::state::lost::Lost;
use crate::{MAX_REVISION, Revision};

/// What a directory holds.
pub(crate) struct ReadDirectory {
    pub state: State,
    pub changes: ChangeLog,
    pub log: LogRead,
    pub recovery: Recovery,
    /// As in the state, also where its history in memory does not reach.
    pub lost: Lost,
}

/// Reads a whole directory, and changes nothing.
pub(crate) fn read_directory(
    files: &dyn FileSystem,
    directory: &Path,
    limits: HistoryLimits,
    report: &mut RecoveryReport,
) -> Result<ReadDirectory, StoreError> {
    let mut removals = Vec::new();
    let mut state = State::first();
    let snapshot = load_snapshot(files, directory, &mut state, report, &mut removals)?;
    let mut replay = Replay {
        state,
        changes: ChangeLog::default(),
        snapshot,
        limits,
        marks: Marks::default(),
        lost: Lost::default(),
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
        lost: replay.lost,
    })
}

/// Applies the log's records to the state of the snapshot.
struct Replay {
    state: State,
    changes: ChangeLog,
    snapshot: SnapshotPlace,
    limits: HistoryLimits,
    marks: Marks,
    lost: Lost,
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
            let (key, put) = match part {
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
                Part::Put(put) => (put.key, Some(put)),
                Part::Delete { key, .. } => (key, None),
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
            let made = match put {
                Some(put) => put.entry(),
                None => Entry::deletion(key, revision, order),
            };
            let change = self.state.write(made);
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
            self.lose_until(*opened_at);
        }
    }

    /// What was shown between the newest write and this revision is not known.
    fn lose_until(&mut self, revision: Revision) {
        self.state.lost.add(self.state.applied, revision);
        self.lost.add(self.state.applied, revision);
        self.state.applied = revision;
    }

    /// Where the numbers of this run begin.
    fn go_on(&mut self) -> Recovery {
        let newest = self.state.applied;
        let empty = self.snapshot.revision == 0 && self.records == 0;
        let (issued, clean) = self.marks.end(newest, empty);
        self.state.issued = issued;
        if !clean {
            self.lose_until(issued);
        }
        Recovery {
            newest_revision: newest,
            opened_at_revision: self.state.applied,
            clean,
        }
    }

    /// Keeps the history within its bounds on the way.
    fn trim(&mut self) {
        let HistoryLimits { changes, bytes } = self.limits;
        let slack = changes / 8 + 256;
        if self.changes.len() < changes.saturating_add(slack)
            && self.changes.retained_bytes() < bytes.saturating_add(bytes / 8)
        {
            return;
        }
        let Some(floor) = self.changes.excess(changes, bytes, usize::MAX) else {
            return;
        };
        self.state.compacted = floor;
        self.state.lost.forget_until(floor);
        while let Some(change) = self.changes.pop_until(floor) {
            self.state.index.compact(change.key(), floor);
        }
    }
}
