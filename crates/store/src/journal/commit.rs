//! Durable writes: they wait in a queue, go to the log in groups with one sync, and are given back
//! as durable or as failed. The steps are driven from outside: by a thread in real life, inline in
//! a test.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::journal::disk::FileSystem;
use crate::journal::log::{DurableOptions, Log};
use crate::journal::log_history::LogHistory;
use crate::journal::numbers::Writing;
use crate::journal::older::LogReads;
use crate::journal::queue::{Queue, Waiting};
use crate::journal::record::{encode_mark, encode_write};
use crate::journal::recovery::Recovery;
use crate::journal::report::RecoveryReport;
use crate::journal::snapshot::{SnapshotBegin, SnapshotTarget, SnapshotWriter, snapshot_name};
use crate::state::apply::State;
use crate::state::change::Change;
use crate::state::lease::LeaseChange;
use crate::state::live::Live;
use crate::state::older::OlderChanges;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Condvar, Mutex};

/// The journal of a store. `R` is who waits for a write.
pub(crate) struct Durable<R> {
    queue: Mutex<Queue<R>>,
    news: Condvar,
    committer: Mutex<Committer>,
    /// Lazy writes are shown only below this: it is in the log, and nothing goes on below it after
    /// an unclean end.
    ceiling: AtomicU64,
    /// What the committer did, for whoever must not wait for it.
    figures: Mutex<Figures>,
    /// What the opening found.
    pub report: RecoveryReport,
    pub recovery: Recovery,
    /// Everything up to here is on disk.
    synced: AtomicU64,
    /// The log, for whoever reads it meanwhile.
    history: Arc<LogHistory>,
    options: DurableOptions,
}

#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    log_bytes: u64,
    syncs: u64,
    records: u64,
    snapshots: u64,
    snapshot_revision: Revision,
}

struct Committer {
    log: Log,
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    numbers: Writing,
    synced_revision: Revision,
    /// The newest snapshot.
    snapshot: Generation,
    /// Where the history on disk begins: the snapshot before the newest, or the newest itself.
    base: Generation,
    /// The log's size when the last snapshot was finished.
    log_bytes_at_snapshot: u64,
    snapshots: u64,
    /// Groups that could not be written.
    failures: u64,
    /// Held while the store is open; None: nothing may be written any more.
    lock: Option<Box<dyn Send + Sync>>,
}

/// A snapshot, and the place in the log from which on it replaces nothing. The first of a directory
/// has revision 0 and no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Generation {
    revision: Revision,
    sequence: u64,
}

/// What became of what waited.
pub(crate) enum Written<R> {
    Nothing,
    /// Durable, in the order of revisions; whoever waits is to be acknowledged after it is shown.
    Group(VecDeque<Waiting<R>>),
    /// Taken back: these waited, the oldest first.
    Failed(Vec<R>, StoreError),
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

impl<R> Durable<R> {
    pub fn new(
        log: Log,
        files: Arc<dyn FileSystem>,
        directory: PathBuf,
        lock: Box<dyn Send + Sync>,
        (recovery, issued): (Recovery, Revision),
        report: RecoveryReport,
        options: DurableOptions,
    ) -> Durable<R> {
        let snapshot_revision = report.snapshot_revision;
        let log_bytes_at_snapshot = if snapshot_revision > 0 {
            log.bytes()
        } else {
            0
        };
        let history = LogHistory::new(
            files.clone(),
            &directory,
            log.salt(),
            log.segments(),
            snapshot_revision,
        );
        // What it replaced is gone already.
        let snapshot = Generation {
            revision: snapshot_revision,
            sequence: 0,
        };
        let committer = Committer {
            log,
            files,
            directory,
            numbers: Writing::new(recovery, issued),
            synced_revision: recovery.opened_at_revision,
            snapshot,
            base: snapshot,
            log_bytes_at_snapshot,
            snapshots: 0,
            failures: 0,
            lock: Some(lock),
        };
        Durable {
            report,
            recovery,
            synced: AtomicU64::new(recovery.opened_at_revision),
            history: Arc::new(history),
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
        self.queue.lock().admit(bytes)
    }

    /// Queues a write; called with the state locked, so that they stand in the order of
    /// revisions. Whoever drives the disk is woken now, or by `announce`.
    pub fn push(&self, waiting: Waiting<R>, wake: bool) {
        let mut queue = self.queue.lock();
        // Lazy writes do not hurry each other.
        let hurry = queue.waiting.is_empty() || waiting.reply.is_some();
        queue.push(waiting);
        if hurry && wake {
            self.news.notify_one();
        }
    }

    /// A change of leases that nobody waits for.
    pub fn push_lease_change(&self, state: &State, change: LeaseChange) {
        let waiting = Waiting {
            revision: state.applied,
            changes: Vec::new(),
            leases: vec![change],
            reply: None,
            bytes: 0,
        };
        self.push(waiting, true);
    }

    /// The lease clock goes to the log, when enough passed; `exactly`: when anything did.
    pub fn write_lease_clock(&self, live: &Live, exactly: bool) {
        let mut state = live.state.write();
        if self.admit(0).is_ok()
            && let Some(change) = state.leases.clock_to_write(exactly)
        {
            self.push_lease_change(&state, change);
        }
    }

    /// Lazy writes are left to their delay, as they were pushed.
    pub fn announce(&self) {
        if self.queue.lock().unacknowledged > 0 {
            self.news.notify_one();
        }
    }

    /// Then a lazy write may be made visible at once.
    pub fn nothing_unacknowledged(&self) -> bool {
        self.queue.lock().unacknowledged == 0
    }

    /// Whether what a lazy write changed may be seen before it is on disk.
    pub fn may_show(&self, changes: &[Arc<Change>], revision: Revision) -> bool {
        changes.is_empty() || revision < self.ceiling.load(Ordering::SeqCst)
    }

    /// Everything up to here is on disk.
    pub fn synced_revision(&self) -> Revision {
        self.synced.load(Ordering::SeqCst)
    }

    /// Reads what is on disk again.
    pub fn older(&self) -> Box<dyn OlderChanges> {
        Box::new(LogReads::new(self.history.clone()))
    }

    /// No change before it can be read from the log.
    pub fn base_revision(&self) -> Revision {
        self.history.base_revision()
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

    /// Blocks until something waits for the disk; lazy writes alone are given this long to
    /// become more. Returns false when the store was closed and nothing waits any more.
    pub fn wait(&self, lazy_delay: Duration) -> bool {
        let mut queue = self.queue.lock();
        while queue.waiting.is_empty() && !queue.closed {
            self.news.wait(&mut queue);
        }
        if queue.unacknowledged == 0 && !queue.closed && !lazy_delay.is_zero() {
            self.news.wait_for(&mut queue, lazy_delay);
        }
        !queue.waiting.is_empty()
    }

    /// Writes what waits as one group and makes it durable; what cannot be is taken back.
    pub fn write_group(&self, live: &Live) -> Written<R> {
        let mut committer = self.committer.lock();
        let group = std::mem::take(&mut self.queue.lock().waiting);
        if group.is_empty() {
            return Written::Nothing;
        }
        let failed = self.queue.lock().failed.clone();
        if let Some(error) = failed {
            return Written::Failed(self.give_up(live, group), error);
        }
        match committer.write(&group) {
            Ok(()) => {
                self.ceiling
                    .store(committer.numbers.ceiling(), Ordering::SeqCst);
                *self.figures.lock() = committer.figures();
                self.synced
                    .store(committer.synced_revision, Ordering::SeqCst);
                Written::Group(group)
            }
            Err(error) => {
                committer.failures += 1;
                self.queue.lock().trouble = Some(error.clone());
                if error.reason != Reason::DiskFull {
                    let message = format!("the store is read-only: {}", error.message);
                    self.queue.lock().failed = Some(StoreError::new(Reason::ReadOnly, message));
                }
                Written::Failed(self.give_up(live, group), error)
            }
        }
    }

    /// A group that was written does not wait any more.
    pub fn settle(&self, group: &VecDeque<Waiting<R>>) {
        self.queue.lock().settle(group);
    }

    /// The group is not durable: what was not acknowledged is taken back together with everything
    /// that came after it; what was acknowledged lazily stays and is tried again.
    fn give_up(&self, live: &Live, group: VecDeque<Waiting<R>>) -> Vec<R> {
        let mut state = live.state.write();
        let lost = self.queue.lock().take_unacknowledged(group);
        let mut replies = Vec::with_capacity(lost.len());
        for waiting in lost.into_iter().rev() {
            state.take_back(&waiting.changes, &waiting.leases);
            replies.extend(waiting.reply);
        }
        // Their numbers are gone for good: somebody may have read these versions.
        state.applied = live.current_revision();
        replies.reverse();
        replies
    }

    /// Everything that can be written was: says in the log that the end was clean, and gives the
    /// directory back. Fails whoever still waits, and will for ever. A second call does nothing.
    pub fn end(&self, live: &Live, closed: &StoreError) -> Vec<R> {
        let mut committer = self.committer.lock();
        let (issued, left, healthy) = {
            let state = live.state.write();
            let mut queue = self.queue.lock();
            let healthy = queue.failed.is_none();
            queue.failed.get_or_insert_with(|| closed.clone());
            (state.issued, std::mem::take(&mut queue.waiting), healthy)
        };
        if committer.lock.is_none() {
            return Vec::new();
        }
        if left.is_empty() && healthy {
            for path in self.let_go(&mut committer) {
                let _ = committer.files.remove(&path);
            }
            committer.end(issued);
        }
        let replies = self.give_up(live, left);
        committer.lock = None;
        replies
    }

    /// The history on disk begins with the newest snapshot from now on: returns the files that are
    /// not needed any more.
    fn let_go(&self, committer: &mut Committer) -> Vec<PathBuf> {
        let (base, snapshot) = (committer.base, committer.snapshot);
        if base == snapshot {
            return Vec::new();
        }
        committer.base = snapshot;
        let mut replaced = committer.log.let_go(snapshot.revision, snapshot.sequence);
        if base.revision > 0 {
            replaced.push(committer.directory.join(snapshot_name(base.revision)));
        }
        self.history.follow(snapshot.revision);
        *self.figures.lock() = committer.figures();
        replaced
    }

    /// As `let_go`, where the disk is full: history is the first thing to do without.
    pub fn let_go_on_full_disk(&self) -> Vec<PathBuf> {
        let full = |error: StoreError| error.reason == Reason::DiskFull;
        if self.trouble().is_some_and(full) {
            self.let_go(&mut self.committer.lock())
        } else {
            Vec::new()
        }
    }

    /// Once a snapshot was begun: what the one before the last has is let go of, so that there are
    /// never more than two.
    pub fn let_go_of_base(&self) -> Vec<PathBuf> {
        self.let_go(&mut self.committer.lock())
    }

    pub fn remove(&self, path: &Path) -> Result<(), StoreError> {
        self.history.remove(path)
    }

    /// After the last removal.
    pub fn sync_directory(&self) -> Result<(), StoreError> {
        self.history.sync_directory()
    }

    /// Begins a snapshot when one is due: the history was compacted and the log has grown. It is
    /// of the compacted revision, so that the log keeps the history that can still be asked for.
    pub fn begin_snapshot(
        &self,
        live: &Arc<Live>,
        force: bool,
    ) -> Result<Option<SnapshotWriter>, StoreError> {
        let (compacted, live_bytes) = {
            let state = live.state.read();
            (state.compacted, state.live_bytes)
        };
        // A snapshot writes everything: it waits until the log has half of that to give back.
        let due = self.options.snapshot_log_bytes.max(live_bytes / 2);
        let (files, directory, begin) = {
            let committer = self.committer.lock();
            // What a disk that failed for good refused is in no log, but gone from the lease table.
            if self.queue.lock().failed.is_some() {
                return Ok(None);
            }
            let grown = committer
                .log
                .bytes()
                .saturating_sub(committer.log_bytes_at_snapshot);
            let revision = compacted.min(committer.synced_revision);
            if revision <= committer.snapshot.revision || (!force && grown < due) {
                return Ok(None);
            }
            let begin = self.snapshot_begin(live, &committer, revision);
            (committer.files.clone(), committer.directory.clone(), begin)
        };
        let target = SnapshotTarget::in_directory(&directory, begin.revision);
        SnapshotWriter::begin(live, files, target, begin).map(Some)
    }

    /// The lease table, and the place in the log after which changes of it are applied to it again.
    /// What waits is in the table already, and comes after that place.
    fn snapshot_begin(
        &self,
        live: &Live,
        committer: &Committer,
        revision: Revision,
    ) -> SnapshotBegin {
        let state = live.state.read();
        let queue = self.queue.lock();
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

    /// Puts a written snapshot in its place. What it replaces stays until the next one is begun,
    /// for watches that resume. Returns false where changes of leases that it has are not in the
    /// log yet. No write waits longer than for a look at it.
    pub fn finish_snapshot(&self, writer: &SnapshotWriter) -> Result<bool, StoreError> {
        let position = writer.position();
        if let Some(failures) = writer.unwritten_leases() {
            let committer = self.committer.lock();
            if committer.failures != failures {
                // It may hold what was taken back. The next one is begun when it is due.
                return Ok(true);
            }
            if committer.log.position().sequence == position.sequence {
                return Ok(false);
            }
        }
        let revision = writer.revision();
        writer.put_in_place()?;
        let mut committer = self.committer.lock();
        debug_assert_eq!(committer.base, committer.snapshot);
        committer.snapshot = Generation {
            revision,
            sequence: position.sequence,
        };
        committer.snapshots += 1;
        committer.log_bytes_at_snapshot = committer.log.bytes();
        *self.figures.lock() = committer.figures();
        Ok(true)
    }

    /// As of the last group and snapshot: it waits for neither.
    pub fn statistics(&self) -> DiskStatistics {
        let figures = *self.figures.lock();
        let queue = self.queue.lock();
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
            snapshot_revision: self.snapshot.revision,
        }
    }

    fn write<R>(&mut self, group: &VecDeque<Waiting<R>>) -> Result<(), StoreError> {
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
