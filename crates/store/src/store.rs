//! The store: the state, its journal and its fan-out, joined. Lock order: state, hub, channel,
//! mailbox; the journal's queue stands behind the state and the hub.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::fanout::channel::QueueLimits;
use crate::fanout::hub::Hub;
use crate::fanout::publish::Fanout;
use crate::fanout::session::{Session, Wake};
use crate::fanout::watcher::{WatchRequest, Watcher};
use crate::journal::commit::Durable;
use crate::journal::recovery::Recovery;
use crate::journal::report::RecoveryReport;
use crate::leader::Leader;
use crate::reply::Reply;
use crate::state::apply::State;
use crate::state::entry::Entry;
use crate::state::history::{ChangeLog, HistoryLimits, Window};
use crate::state::list::{ListCursor, ListRequest};
use crate::state::listing::Listing;
use crate::state::live::Live;
use crate::state::lost::Lost;
use crate::state::request::{Range, RangeRequest, RangeResult};
use crate::state::views::{View, ViewId, Views};
use crate::sync::Mutex;
use crate::sync::atomic::Ordering;

#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// History in memory. What is older can be watched from the disk; without one it is compacted.
    pub max_history_changes: usize,
    pub max_history_bytes: usize,
    /// Encoded events that are kept for the next watcher.
    pub max_encoded_bytes: usize,
    pub queue: QueueLimits,
    pub max_watchers: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions {
            max_history_changes: 200_000,
            max_history_bytes: 32 << 20,
            max_encoded_bytes: 32 << 20,
            queue: QueueLimits::default(),
            max_watchers: 1_000_000,
        }
    }
}

impl StoreOptions {
    pub(crate) fn history_limits(&self) -> HistoryLimits {
        HistoryLimits {
            changes: self.max_history_changes,
            bytes: self.max_history_bytes,
        }
    }
}

pub struct Store {
    pub(crate) live: Arc<Live>,
    pub(crate) fanout: Arc<Fanout>,
    /// None: in memory only.
    pub(crate) durable: Option<Durable<Reply>>,
    /// The store that this one follows.
    pub(crate) leader: Option<Arc<dyn Leader>>,
    options: StoreOptions,
    recovery: Recovery,
    upkeep: Mutex<Upkeep>,
    window: Mutex<Window>,
}

/// How the work beside requests goes.
#[derive(Default)]
struct Upkeep {
    trouble: Option<StoreError>,
    failures: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    pub revision: Revision,
    /// Reads before it are refused.
    pub compacted_revision: Revision,
    /// Watches cannot start before it.
    pub resumable_revision: Revision,
    pub keys: u64,
    /// Keys and newest values.
    pub bytes: u64,
    pub history_changes: u64,
    pub history_bytes: u64,
    pub encoded_bytes: u64,
    pub encodings: u64,
    pub watchers: u64,
    pub channels: u64,
    pub slow_watchers_closed: u64,
    pub unreadable_values: u64,
    /// Selectors of watches that were compared with a change.
    pub selectors_compared: u64,
    pub leases: u64,
    /// Lists and first states in progress.
    pub pins: u64,
    /// Rounds of the work beside requests that failed.
    pub upkeep_failures: u64,
}

/// Changes that are compacted under one hold of the locks.
const TRIM_CHANGES: usize = 512;

/// Keys whose versions are gathered under one hold of the lock.
const VERSION_KEYS: usize = 2048;
/// How often that is tried while somebody compacts, before the lock is held to the end.
const VERSION_ATTEMPTS: usize = 3;

impl Store {
    /// A store that lives in memory only.
    pub fn in_memory(options: StoreOptions, views: Arc<dyn Views>) -> Arc<Store> {
        Arc::new(Store::new(
            options,
            views,
            State::first(),
            ChangeLog::default(),
            None,
        ))
    }

    pub(crate) fn new(
        options: StoreOptions,
        views: Arc<dyn Views>,
        state: State,
        log: ChangeLog,
        durable: Option<(Durable<Reply>, Lost)>,
    ) -> Store {
        let revision = state.applied;
        let mut hub = Hub::new(options.queue, options.max_watchers);
        hub.compacted = state.compacted;
        hub.lost = state.lost.clone();
        hub.log = log;
        hub.log.compact_until(state.compacted);
        let durable = durable.map(|(durable, lost)| {
            // The log reaches further back than memory.
            hub.compacted = durable.base_revision();
            hub.lost = lost;
            durable
        });
        let older = durable.as_ref().map(|durable| durable.older());
        let recovery = durable.as_ref().map(|durable| durable.recovery);
        let live = Arc::new(Live::new(state, views));
        Store {
            fanout: Arc::new(Fanout::new(
                live.clone(),
                hub,
                options.max_encoded_bytes,
                older,
            )),
            live,
            durable,
            leader: None,
            options,
            recovery: recovery.unwrap_or(Recovery {
                newest_revision: revision,
                opened_at_revision: revision,
                clean: true,
            }),
            upkeep: Mutex::default(),
            window: Mutex::default(),
        }
    }

    pub fn session(&self, wake: Wake) -> Arc<Session> {
        self.fanout.session(wake)
    }

    /// What the opening found; of a store in memory that it is new.
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The newest revision that reads see.
    pub fn current_revision(&self) -> Revision {
        self.live.current_revision()
    }

    pub fn published_revision(&self) -> Revision {
        self.fanout.published_revision()
    }

    /// Runs an entry from outside. A panic there is a defect of the store's own, amid a change of
    /// what it holds: the store ends. From then on everything is refused as `Closed`, with what
    /// the panic said; what was acknowledged is on disk, and a restart goes on from there.
    pub fn guarded<T>(&self, entry: impl FnOnce() -> T) -> Result<T, StoreError> {
        catch_unwind(AssertUnwindSafe(entry)).map_err(|panic| {
            let message = format!("the store ended by a defect of its own: {}", said(&*panic));
            self.fail(&message);
            self.live.end_by_defect(&message);
            self.close();
            StoreError::new(Reason::Closed, message)
        })
    }

    /// What came of a round of the work beside requests; health says when it failed, until a
    /// round succeeds.
    pub fn note_upkeep(&self, result: Result<(), StoreError>) {
        let mut upkeep = self.upkeep.lock();
        upkeep.failures += u64::from(result.is_err());
        upkeep.trouble = result.err().map(|error| {
            let message = format!("the store's upkeep fails: {}", error.message);
            StoreError::new(error.reason, message)
        });
    }

    pub fn register_view(&self, view: View) -> Result<ViewId, StoreError> {
        self.live.register_view(view)
    }

    /// One key at a revision (0 is the newest).
    pub fn get(&self, key: &[u8], revision: Revision) -> Result<Option<Entry>, StoreError> {
        self.live.get(key, revision)
    }

    /// As get, of the newest version, also where it still waits for the disk: for whoever writes
    /// next under a compare, since that write becomes durable after this version or not at all.
    pub fn get_applied(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.live.get_applied(key)
    }

    pub fn range(&self, request: &RangeRequest) -> Result<RangeResult, StoreError> {
        self.live.range(request)
    }

    /// Keys of a range now. Writes that wait for the disk count already.
    pub fn count(&self, range: &Range) -> usize {
        self.live.count(range)
    }

    /// Every version up to a revision that reads from `oldest` on can see, with the deletions among
    /// them, in the order in which they were made.
    ///
    /// Nobody waits for it: it lets go of the lock after some keys. What is older than the history
    /// is not asked for.
    pub fn versions(&self, oldest: Revision, newest: Revision) -> Vec<Entry> {
        let patient = (0..VERSION_ATTEMPTS).find_map(|_| {
            let before = self.live.state.read().compacted;
            let found = self.gather_versions(oldest, newest, VERSION_KEYS);
            // What was compacted meanwhile may be missing of some keys, and not of others.
            (self.live.state.read().compacted == before).then_some(found)
        });
        let mut found = patient.unwrap_or_else(|| self.gather_versions(oldest, newest, usize::MAX));
        found.retain(|entry| !entry.is_deletion() || entry.mod_revision() >= oldest);
        found.sort_unstable_by_key(|entry| (entry.mod_revision(), entry.order()));
        found
    }

    /// As `versions`, in the order of keys, of so many keys under one hold of the lock.
    fn gather_versions(&self, oldest: Revision, newest: Revision, keys: usize) -> Vec<Entry> {
        let mut found: Vec<Entry> = Vec::new();
        let mut last = Vec::new();
        loop {
            let state = self.live.state.read();
            let after = std::mem::take(&mut last);
            let more = state.index.versions(&after, keys, |entry| {
                if entry.key() != last {
                    last.clear();
                    last.extend_from_slice(entry.key());
                }
                if entry.mod_revision() > newest {
                    return;
                }
                let hidden =
                    |last: &mut Entry| entry.mod_revision() <= oldest && last.key() == entry.key();
                found.pop_if(hidden);
                found.push(entry.clone());
            });
            drop(state);
            if !more {
                return found;
            }
        }
    }

    /// An object in a reader's form.
    pub fn get_encoded(
        &self,
        key: &[u8],
        view: ViewId,
        revision: Revision,
    ) -> Result<Option<(Bytes, Revision)>, StoreError> {
        self.live.get_encoded(key, view, revision)
    }

    pub fn watch(
        &self,
        session: &Arc<Session>,
        request: WatchRequest,
    ) -> Result<Watcher, StoreError> {
        self.live.check_open()?;
        Watcher::new(&self.fanout, session, request)
    }

    /// Drops history before this revision: older reads and watches are refused from now on. The
    /// memory is freed by `trim` steps. Of a revision that an unclean end lost nothing is known: it
    /// compacts up to the next one.
    pub fn compact(&self, revision: Revision) -> Result<(), StoreError> {
        self.live.check_open()?;
        let mut state = self.live.state.write();
        let mut hub = self.fanout.hub.lock();
        let newest = self.current_revision();
        if revision > newest {
            return Err(StoreError::future(revision, newest));
        }
        if revision < hub.compacted {
            return Err(StoreError::compacted(revision, hub.compacted));
        }
        let revision = hub.lost.known_after(revision).unwrap_or(revision);
        hub.compact_until(revision);
        // Memory may reach less far back than watches do.
        if revision > state.compacted {
            state.compacted = revision;
            state.lost.forget_until(revision);
            hub.log.compact_until(revision);
        }
        Ok(())
    }

    /// Drops history in memory before this revision, as far as the disk has it: reads there are
    /// refused from now on, watches are given it from the log. Without a disk it is compacted.
    fn forget(&self, revision: Revision) {
        let Some(durable) = &self.durable else {
            // Another thread may have compacted further meanwhile.
            let _ = self.compact(revision);
            return;
        };
        let mut state = self.live.state.write();
        let revision = revision.min(durable.synced_revision());
        let revision = state.lost.known_after(revision).unwrap_or(revision);
        if revision <= state.compacted || revision > self.current_revision() {
            return;
        }
        state.compacted = revision;
        state.lost.forget_until(revision);
        self.fanout.hub.lock().log.compact_until(revision);
    }

    /// History in memory is a window of minutes: called now and then with the time of one clock.
    pub fn age_history(&self, now_millis: u64) {
        if self.durable.is_none() {
            return;
        }
        let newest = self.current_revision();
        let old = self.window.lock().pass(now_millis, newest);
        if let Some(revision) = old {
            self.forget(revision);
        }
    }

    /// A snapshot is in its place: watches cannot go on from before it.
    pub(crate) fn follow_snapshot(&self) {
        if let Some(durable) = &self.durable {
            let base = durable.base_revision();
            self.fanout.hub.lock().compact_until(base);
        }
    }

    /// Blocks until a watch wants history from the disk. Returns false when the store was closed,
    /// or has no disk.
    pub fn wait_for_resumes(&self) -> bool {
        let older = self.fanout.older.as_ref();
        older.is_some_and(|older| older.wait())
    }

    /// Reads a bounded part of the log for a watch that resumes from before the history in memory.
    /// Returns whether one waited. Holds no lock of the store's meanwhile.
    pub fn resume_step(&self) -> bool {
        self.fanout.older_step()
    }

    /// Frees a bounded part of what compaction allows. Returns whether there is more to do.
    pub fn trim(&self) -> bool {
        let mut state = self.live.state.write();
        let mut hub = self.fanout.hub.lock();
        let mut floor = state.trim_floor();
        for _ in 0..TRIM_CHANGES {
            let mut popped = hub.log.pop_until(floor);
            if popped.is_none() && self.holds_too_much(&hub) && state.pins.get_mut().lose_oldest() {
                floor = state.trim_floor();
                popped = hub.log.pop_until(floor);
            }
            let Some(change) = popped else {
                return false;
            };
            state.index.compact(change.key(), floor);
        }
        true
    }

    /// Whether pins hold more compacted history than there may be history.
    fn holds_too_much(&self, hub: &Hub) -> bool {
        let (changes, bytes) = hub.log.held();
        changes > self.options.max_history_changes || bytes > self.options.max_history_bytes
    }

    /// Reads that have held history back for too long end as `compacted`: for whoever drives the
    /// upkeep; of a clock of its own.
    pub fn age_pins(&self, now_millis: u64) {
        let mut state = self.live.state.write();
        let compacted = state.compacted;
        state.pins.get_mut().age(compacted, now_millis);
    }

    /// Keeps the history within its bounds; called after so many changes, and cheap when there is
    /// nothing to do, also while a pin holds what is compacted. More goes than came, so that the
    /// bounds hold without anybody's upkeep.
    pub(crate) fn bound_history(&self, changes: usize) {
        for _ in 0..=changes / (TRIM_CHANGES / 2) {
            if !self.bound_step() {
                return;
            }
        }
    }

    /// Returns whether there may be more to do.
    fn bound_step(&self) -> bool {
        const SLACK_CHANGES: usize = 256;
        let HistoryLimits {
            changes: max_changes,
            bytes: max_bytes,
        } = self.options.history_limits();
        let (excess, held) = {
            let hub = self.fanout.hub.lock();
            let (kept, bytes) = hub.log.kept();
            let over = kept >= max_changes.saturating_add(SLACK_CHANGES)
                || bytes > max_bytes.saturating_add(max_bytes / 16);
            let excess = || hub.log.excess(max_changes, max_bytes, TRIM_CHANGES);
            (over.then(excess).flatten(), hub.log.held().0 > 0)
        };
        if let Some(revision) = excess {
            self.forget(revision);
        }
        (excess.is_some() || held) && self.trim()
    }

    pub fn statistics(&self) -> Statistics {
        let state = self.live.state.read();
        let hub = self.fanout.hub.lock();
        Statistics {
            revision: self.current_revision(),
            compacted_revision: state.compacted,
            resumable_revision: hub.compacted,
            keys: state.index.live_keys() as u64,
            bytes: state.live_bytes,
            history_changes: hub.log.len() as u64,
            history_bytes: hub.log.retained_bytes() as u64,
            encoded_bytes: self.fanout.forms.bytes() as u64,
            encodings: self.fanout.forms.encodings.load(Ordering::Relaxed),
            watchers: hub.watchers as u64,
            channels: hub.channel_count() as u64,
            slow_watchers_closed: hub.slow_closed,
            unreadable_values: hub.unreadable,
            selectors_compared: hub.selectors_compared,
            leases: state.leases.len() as u64,
            pins: state.pins.lock().len() as u64,
            upkeep_failures: self.upkeep.lock().failures,
        }
    }

    /// What keeps the store from writing or from its upkeep, or its closing.
    pub fn health(&self) -> Result<(), StoreError> {
        self.live.check_open()?;
        let writing = self.durable.as_ref().and_then(|d| d.trouble());
        if let Some(leader) = &self.leader {
            leader.health()?;
        }
        match writing.or_else(|| self.upkeep.lock().trouble.clone()) {
            Some(trouble) => Err(trouble),
            None => Ok(()),
        }
    }

    /// What the opening found in the data directory; None in memory.
    pub fn recovery_report(&self) -> Option<&RecoveryReport> {
        self.durable.as_ref().map(|durable| &durable.report)
    }

    /// Makes the store read-only: whoever drives the disk cannot go on.
    pub fn fail(&self, why: &str) {
        if let Some(durable) = &self.durable {
            durable.fail(why);
        }
    }

    /// Refuses what comes from now on. What waits for the disk is still written by further commit
    /// steps.
    pub fn close(&self) {
        self.live.close();
        if let Some(durable) = &self.durable {
            durable.close();
        }
        if let Some(older) = &self.fanout.older {
            older.close();
        }
    }
}

/// The words of a panic.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}

impl Listing {
    pub fn new(store: &Store, request: ListRequest) -> Result<Listing, StoreError> {
        store.live.check_open()?;
        Listing::of(&store.live, request)
    }
}

impl ListCursor {
    pub fn new(store: &Store, request: ListRequest) -> Result<ListCursor, StoreError> {
        ListCursor::of(&store.live, request)
    }
}
