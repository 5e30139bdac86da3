//! Durable writes: they wait in a queue, go to the log in groups with one sync, and become
//! visible together. The steps are driven from outside: by a thread in real life, inline in a
//! test.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Revision;
use crate::change::Change;
use crate::disk::FileSystem;
use crate::error::{Reason, StoreError};
use crate::log::Log;
use crate::numbers::Writing;
use crate::record::{LeaseChange, encode_mark, encode_write};
use crate::recovery::Recovery;
use crate::report::RecoveryReport;
use crate::request::Outcome;
use crate::session::{Completion, Session};
use crate::snapshot::{SnapshotBegin, SnapshotTarget, SnapshotWriter};
use crate::store::Store;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Condvar, Mutex};

/// Bytes of values that may wait for the disk; more writes are refused until some are on it.
const MAX_WAITING_BYTES: usize = 256 << 20;

pub(crate) struct Durable {
    pub queue: Mutex<Queue>,
    news: Condvar,
    committer: Mutex<Committer>,
    /// Lazy writes are shown only below this: it is in the log, and nothing goes on below it after
    /// an unclean end.
    ceiling: AtomicU64,
    /// What the committer did, for whoever must not wait for it.
    figures: Mutex<Figures>,
    /// What the opening found.
    pub report: RecoveryReport,
    pub options: DurableOptions,
}

#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    log_bytes: u64,
    syncs: u64,
    records: u64,
    snapshots: u64,
    snapshot_revision: Revision,
}

#[derive(Debug, Clone, Copy)]
pub struct DurableOptions {
    /// A snapshot is due when the log has grown by this since the last, and by half of what is
    /// live.
    pub snapshot_log_bytes: u64,
    /// A new log file begins after the group that passes this.
    pub segment_bytes: u64,
    /// Zeros written ahead of small groups at once, at most 1 MiB; 0 is none.
    pub room_bytes: usize,
}

impl Default for DurableOptions {
    fn default() -> Self {
        DurableOptions {
            snapshot_log_bytes: 32 << 20,
            segment_bytes: 16 << 20,
            room_bytes: 1 << 20,
        }
    }
}

#[derive(Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Writes that were not answered, waiting or being written.
    unanswered: usize,
    /// Set when the disk's state is not known any more: all later writes get it.
    pub failed: Option<StoreError>,
    /// The last group failed, in a way that may pass.
    trouble: Option<StoreError>,
    closed: bool,
}

/// A write (or a read that saw writes not yet durable) on its way.
pub(crate) struct Waiting {
    pub revision: Revision,
    pub changes: Vec<Arc<Change>>,
    pub leases: Vec<LeaseChange>,
    pub reply: Option<Reply>,
    pub bytes: usize,
}

/// An answer that somebody waits for. It is given exactly once: whoever drops it without one has
/// failed, and says so.
pub(crate) struct Reply {
    session: Arc<Session>,
    ticket: u64,
    outcome: Option<Outcome>,
}

impl Reply {
    pub fn new(session: Arc<Session>, ticket: u64, outcome: Outcome) -> Reply {
        Reply {
            session,
            ticket,
            outcome: Some(outcome),
        }
    }

    fn succeed(mut self) {
        if let Some(outcome) = self.outcome.take() {
            self.give(Ok(outcome));
        }
    }

    fn fail(mut self, error: &StoreError) {
        self.outcome = None;
        self.give(Err(error.clone()));
    }

    fn give(&self, result: Result<Outcome, StoreError>) {
        let ticket = self.ticket;
        self.session.complete(Completion { ticket, result });
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if self.outcome.take().is_some() {
            let message = "what became of the write is not known: the store failed meanwhile";
            self.give(Err(StoreError::new(Reason::ReadOnly, message)));
        }
    }
}

impl Waiting {
    fn has_record(&self) -> bool {
        !self.changes.is_empty() || !self.leases.is_empty()
    }
}

struct Committer {
    log: Log,
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    numbers: Writing,
    synced_revision: Revision,
    snapshot_revision: Revision,
    /// The log's size when the last snapshot was finished.
    log_bytes_at_snapshot: u64,
    snapshots: u64,
    /// Groups that could not be written.
    failures: u64,
    /// Held while the store is open; None: nothing may be written any more.
    lock: Option<Box<dyn Send + Sync>>,
}

/// What a commit step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitStep {
    Idle,
    /// This many writes were made durable.
    Committed(usize),
    Failed(StoreError),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskStatistics {
    pub log_bytes: u64,
    pub syncs: u64,
    /// Records that were written since it was opened; with `syncs` the mean size of a group.
    pub records: u64,
    pub snapshots: u64,
    pub snapshot_revision: Revision,
    pub waiting_writes: u64,
    pub waiting_bytes: u64,
}

impl Durable {
    pub fn new(
        log: Log,
        files: Arc<dyn FileSystem>,
        directory: PathBuf,
        lock: Box<dyn Send + Sync>,
        (recovery, issued): (Recovery, Revision),
        report: RecoveryReport,
        options: DurableOptions,
    ) -> Durable {
        let snapshot_revision = report.snapshot_revision;
        let log_bytes_at_snapshot = if snapshot_revision > 0 {
            log.bytes()
        } else {
            0
        };
        let committer = Committer {
            log,
            files,
            directory,
            numbers: Writing::new(recovery, issued),
            synced_revision: recovery.opened_at_revision,
            snapshot_revision,
            log_bytes_at_snapshot,
            snapshots: 0,
            failures: 0,
            lock: Some(lock),
        };
        Durable {
            report,
            queue: Mutex::default(),
            news: Condvar::new(),
            ceiling: AtomicU64::new(0),
            figures: Mutex::new(committer.figures()),
            committer: Mutex::new(committer),
            options,
        }
    }

    /// Whether a further write may wait; called before it is applied.
    pub fn admit(&self, bytes: usize) -> Result<(), StoreError> {
        let queue = self.queue.lock();
        if let Some(error) = &queue.failed {
            return Err(error.clone());
        }
        if queue.bytes.saturating_add(bytes) > MAX_WAITING_BYTES {
            let message = format!("more than {MAX_WAITING_BYTES} bytes wait for the disk");
            return Err(StoreError::new(Reason::DiskFull, message));
        }
        Ok(())
    }

    /// Queues a write; called with the state locked, so that they stand in the order of
    /// revisions. Whoever drives the disk is woken now, or by `announce`.
    pub fn push(&self, waiting: Waiting, wake: bool) {
        let mut queue = self.queue.lock();
        queue.bytes += waiting.bytes;
        queue.unanswered += usize::from(waiting.reply.is_some());
        // Lazy writes do not hurry each other.
        let hurry = queue.waiting.is_empty() || waiting.reply.is_some();
        queue.waiting.push_back(waiting);
        if hurry && wake {
            self.news.notify_one();
        }
    }

    /// Lazy writes are left to their delay, as they were pushed.
    pub fn announce(&self) {
        if self.queue.lock().unanswered > 0 {
            self.news.notify_one();
        }
    }

    /// Then a lazy write may be made visible at once.
    pub fn nothing_unanswered(&self) -> bool {
        self.queue.lock().unanswered == 0
    }

    /// Whether what a lazy write changed may be seen before it is on disk.
    pub fn may_show(&self, changes: &[Arc<Change>], revision: Revision) -> bool {
        changes.is_empty() || revision < self.ceiling.load(Ordering::SeqCst)
    }

    /// Why the last group could not be written.
    pub fn trouble(&self) -> Option<StoreError> {
        let queue = self.queue.lock();
        queue.failed.clone().or_else(|| queue.trouble.clone())
    }

    /// Refuses all writes from now on.
    pub fn fail(&self, why: &str) {
        let error = StoreError::new(Reason::ReadOnly, format!("the store is read-only: {why}"));
        self.queue.lock().failed.get_or_insert(error);
    }

    pub fn close(&self) {
        self.queue.lock().closed = true;
        self.news.notify_all();
    }
}

impl Store {
    /// Blocks until something waits for the disk; lazy writes alone are given this long to
    /// become more. Answers false when the store was closed and nothing waits any more.
    pub fn wait_for_writes(&self, lazy_delay: Duration) -> bool {
        let Some(durable) = &self.durable else {
            return false;
        };
        let mut queue = durable.queue.lock();
        while queue.waiting.is_empty() && !queue.closed {
            durable.news.wait(&mut queue);
        }
        if queue.unanswered == 0 && !queue.closed && !lazy_delay.is_zero() {
            durable.news.wait_for(&mut queue, lazy_delay);
        }
        !queue.waiting.is_empty()
    }

    /// Writes what waits as one group, makes it durable, and answers.
    pub fn commit_step(&self) -> CommitStep {
        let Some(durable) = &self.durable else {
            return CommitStep::Idle;
        };
        let mut committer = durable.committer.lock();
        let group = std::mem::take(&mut durable.queue.lock().waiting);
        if group.is_empty() {
            return CommitStep::Idle;
        }
        let failed = durable.queue.lock().failed.clone();
        if let Some(error) = failed {
            self.give_up(durable, group, &error);
            return CommitStep::Failed(error);
        }
        match committer.write(&group) {
            Ok(()) => {
                durable
                    .ceiling
                    .store(committer.numbers.ceiling(), Ordering::SeqCst);
                *durable.figures.lock() = committer.figures();
                drop(committer);
                let count = group.len();
                self.settle(durable, group);
                CommitStep::Committed(count)
            }
            Err(error) => {
                committer.failures += 1;
                durable.queue.lock().trouble = Some(error.clone());
                if error.reason != Reason::DiskFull {
                    let message = format!("the store is read-only: {}", error.message);
                    durable.queue.lock().failed = Some(StoreError::new(Reason::ReadOnly, message));
                }
                self.give_up(durable, group, &error);
                CommitStep::Failed(error)
            }
        }
    }

    /// The group is durable: show it and answer. Who writes meanwhile waits for neither: the queue
    /// is let go before the watchers are told, and the hub's lock alone keeps the order.
    fn settle(&self, durable: &Durable, group: VecDeque<Waiting>) {
        let mut replies = Vec::with_capacity(group.len());
        {
            let mut hub = self.hub.lock();
            {
                let mut queue = durable.queue.lock();
                queue.trouble = None;
                queue.bytes -= group.iter().map(|waiting| waiting.bytes).sum::<usize>();
                queue.unanswered -= group
                    .iter()
                    .filter(|waiting| waiting.reply.is_some())
                    .count();
            }
            for waiting in group {
                let Some(reply) = waiting.reply else { continue };
                if !waiting.changes.is_empty() {
                    self.publish_in(&mut hub, waiting.changes, waiting.revision);
                }
                replies.push(reply);
            }
        }
        for reply in replies {
            reply.succeed();
        }
        self.bound_history();
    }

    /// The group is not durable: what was not answered is taken back together with everything
    /// that came after it; what was answered lazily stays and is tried again.
    fn give_up(&self, durable: &Durable, group: VecDeque<Waiting>, error: &StoreError) {
        let mut replies = Vec::new();
        {
            let mut state = self.state.write();
            let mut queue = durable.queue.lock();
            let later = std::mem::take(&mut queue.waiting);
            let dead = queue.failed.is_some();
            let mut lost = Vec::new();
            for waiting in group.into_iter().chain(later) {
                if waiting.reply.is_some() {
                    lost.push(waiting);
                } else if dead {
                    // Nothing will ever write it.
                    queue.bytes -= waiting.bytes;
                } else {
                    queue.waiting.push_back(waiting);
                }
            }
            for waiting in lost.into_iter().rev() {
                queue.bytes -= waiting.bytes;
                queue.unanswered -= 1;
                state.take_back(&waiting.changes, &waiting.leases);
                replies.extend(waiting.reply);
            }
            // Their numbers are gone for good: somebody may have read these versions.
            state.applied = self.current_revision();
        }
        for reply in replies.into_iter().rev() {
            reply.fail(error);
        }
    }

    /// After `close`: writes what still waits, or answers that it could not be written, says in the
    /// log that the end was clean, and gives the directory back. A second call does nothing.
    pub fn release(&self) {
        let Some(durable) = &self.durable else {
            return;
        };
        self.write_lease_clock(durable, true);
        while let CommitStep::Committed(_) = self.commit_step() {}
        let closed = StoreError::new(Reason::Closed, "the store is closed");
        let mut committer = durable.committer.lock();
        let (issued, left, healthy) = {
            let state = self.state.write();
            let mut queue = durable.queue.lock();
            let healthy = queue.failed.is_none();
            queue.failed.get_or_insert_with(|| closed.clone());
            (state.issued, std::mem::take(&mut queue.waiting), healthy)
        };
        if committer.lock.is_none() {
            return;
        }
        if left.is_empty() && healthy {
            committer.end(issued);
        }
        self.give_up(durable, left, &closed);
        committer.lock = None;
    }

    /// Begins a snapshot when one is due: the history was compacted and the log has grown. It is
    /// of the compacted revision, so that the log keeps the history that can still be asked for.
    pub(crate) fn begin_snapshot(
        self: &Arc<Self>,
        force: bool,
    ) -> Result<Option<SnapshotWriter>, StoreError> {
        let Some(durable) = &self.durable else {
            return Ok(None);
        };
        let (compacted, live_bytes) = {
            let state = self.state.read();
            (state.compacted, state.live_bytes)
        };
        // A snapshot writes everything: it waits until the log has half of that to give back.
        let due = durable.options.snapshot_log_bytes.max(live_bytes / 2);
        let (files, directory, begin) = {
            let committer = durable.committer.lock();
            let grown = committer
                .log
                .bytes()
                .saturating_sub(committer.log_bytes_at_snapshot);
            let revision = compacted.min(committer.synced_revision);
            if revision <= committer.snapshot_revision || (!force && grown < due) {
                return Ok(None);
            }
            let begin = self.snapshot_begin(durable, &committer, revision);
            (committer.files.clone(), committer.directory.clone(), begin)
        };
        let target = SnapshotTarget::in_directory(&directory, begin.revision);
        SnapshotWriter::begin(self, files, target, begin).map(Some)
    }

    /// The lease table, and the place in the log after which changes of it are applied to it again.
    /// What waits is in the table already, and comes after that place.
    fn snapshot_begin(
        &self,
        durable: &Durable,
        committer: &Committer,
        revision: Revision,
    ) -> SnapshotBegin {
        let state = self.state.read();
        let queue = durable.queue.lock();
        let unwritten = queue.waiting.iter().any(|w| !w.leases.is_empty());
        let mut table = Vec::new();
        state.leases.encode(&mut table);
        SnapshotBegin {
            revision,
            leases: table,
            position: committer.log.position(),
            salt: committer.log.salt(),
            unwritten_leases: unwritten.then_some(committer.failures),
        }
    }

    /// Puts a written snapshot in its place and returns the files that it replaces. None: changes
    /// of leases that it has are not in the log yet. No write waits longer than for a look at it.
    pub(crate) fn finish_snapshot(
        &self,
        writer: &SnapshotWriter,
    ) -> Result<Option<Vec<PathBuf>>, StoreError> {
        let Some(durable) = &self.durable else {
            return Ok(Some(Vec::new()));
        };
        let position = writer.position();
        if let Some(failures) = writer.unwritten_leases() {
            let committer = durable.committer.lock();
            if committer.failures != failures {
                // It may hold what was taken back. The next one is begun when it is due.
                return Ok(Some(Vec::new()));
            }
            if committer.log.position().sequence == position.sequence {
                return Ok(None);
            }
        }
        let revision = writer.revision();
        writer.put_in_place()?;
        let mut replaced = writer.replaced()?;
        let mut committer = durable.committer.lock();
        committer.snapshot_revision = revision;
        committer.snapshots += 1;
        replaced.append(&mut committer.log.let_go(revision, position.sequence));
        committer.log_bytes_at_snapshot = committer.log.bytes();
        *durable.figures.lock() = committer.figures();
        Ok(Some(replaced))
    }

    /// As of the last group and snapshot: it waits for neither.
    pub fn disk_statistics(&self) -> DiskStatistics {
        let Some(durable) = &self.durable else {
            return DiskStatistics::default();
        };
        let figures = *durable.figures.lock();
        let queue = durable.queue.lock();
        DiskStatistics {
            log_bytes: figures.log_bytes,
            syncs: figures.syncs,
            records: figures.records,
            snapshots: figures.snapshots,
            snapshot_revision: figures.snapshot_revision,
            waiting_writes: queue.waiting.len() as u64,
            waiting_bytes: queue.bytes as u64,
        }
    }
}

impl Committer {
    fn figures(&self) -> Figures {
        Figures {
            log_bytes: self.log.bytes(),
            syncs: self.log.synced,
            records: self.log.written,
            snapshots: self.snapshots,
            snapshot_revision: self.snapshot_revision,
        }
    }

    fn write(&mut self, group: &VecDeque<Waiting>) -> Result<(), StoreError> {
        let with_record = || group.iter().filter(|waiting| waiting.has_record());
        let Some(newest) = with_record().map(|waiting| waiting.revision).max() else {
            return Ok(());
        };
        let mark = self.numbers.mark(newest);
        if let Some(mark) = &mark {
            self.log.add(newest, |out| encode_mark(newest, mark, out));
        }
        for waiting in with_record() {
            let changes = waiting.changes.iter().map(|change| &**change);
            self.log.add(waiting.revision, |out| {
                encode_write(waiting.revision, changes, &waiting.leases, out);
            });
        }
        self.log.commit()?;
        self.numbers.written(mark.as_ref());
        self.synced_revision = self.synced_revision.max(newest);
        Ok(())
    }

    /// Everything is in the log: says so. Without it the next opening takes the end for an unclean
    /// one, which costs numbers and nothing else.
    fn end(&mut self, issued: Revision) {
        let marks = self.numbers.clean_end(issued);
        if !marks.is_empty() {
            for mark in &marks {
                self.log.add(issued, |out| encode_mark(issued, mark, out));
            }
            if self.log.commit().is_err() {
                return;
            }
            self.numbers.ended(issued);
        }
        // Without it the end of the log is judged by what stands there alone.
        let _ = self.log.close();
    }
}
