//! Where changes become visible: to reads, then to watchers.

use std::sync::Arc;

use bytes::Bytes;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::fanout::frame::{Frame, Framing};
use crate::fanout::hub::Hub;
use crate::fanout::older::OlderReads;
use crate::fanout::session::{Session, Wake};
use crate::state::change::{Change, FormBudget};
use crate::state::live::Live;
use crate::state::older::OlderChanges;
use crate::state::views::View;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};

pub(crate) struct Fanout {
    pub live: Arc<Live>,
    pub hub: Mutex<Hub>,
    pub forms: FormBudget,
    /// What memory does not hold any more; None: nobody has it.
    pub older: Option<Arc<OlderReads>>,
    /// Everything up to here stands in the watchers' queues.
    published: AtomicU64,
    /// Watches that have not seen this revision miss what led to it.
    anew: AtomicU64,
    next_id: AtomicU64,
}

impl Fanout {
    pub fn new(
        live: Arc<Live>,
        hub: Hub,
        max_encoded_bytes: usize,
        older: Option<Box<dyn OlderChanges>>,
    ) -> Fanout {
        Fanout {
            older: older.map(|source| Arc::new(OlderReads::new(source))),
            published: AtomicU64::new(live.current_revision()),
            anew: AtomicU64::new(0),
            live,
            hub: Mutex::new(hub),
            forms: FormBudget::new(max_encoded_bytes),
            next_id: AtomicU64::new(1),
        }
    }

    /// Of a session, a watcher or a ticket; never given twice.
    pub fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub fn session(&self, wake: Wake) -> Arc<Session> {
        Arc::new(Session::new(self.new_id(), wake))
    }

    pub fn published_revision(&self) -> Revision {
        self.published.load(Ordering::SeqCst)
    }

    /// Makes the changes of one revision visible to reads, then to watchers, who see all of them or
    /// none. The hub was locked before the state was released, so that revisions are published in
    /// order.
    pub fn publish(&self, hub: &mut Hub, changes: Vec<Arc<Change>>, revision: Revision) {
        if revision <= self.live.current_revision() {
            return;
        }
        let keys = changes.iter().map(|change| change.key());
        self.live.show(keys, revision);
        for change in changes {
            debug_assert_eq!(change.revision, revision);
            hub.publish(change, &*self.live.views);
        }
        // Whoever reads that a revision is published finds its changes in the queues.
        hub.complete();
        self.published.store(revision, Ordering::SeqCst);
        hub.signal();
    }

    /// Everything up to a revision is taken for published; whoever watched before it misses
    /// something and ends.
    pub fn begin_anew(&self, hub: &mut Hub, revision: Revision) {
        self.anew.store(revision, Ordering::SeqCst);
        hub.end_watches();
        self.published.store(revision, Ordering::SeqCst);
        hub.signal();
    }

    /// Whether a watch that has seen everything up to a revision misses something.
    pub fn misses(&self, seen: Revision) -> bool {
        seen < self.anew.load(Ordering::SeqCst)
    }

    /// Reads a page of older history for a watch. Answers whether one waited.
    pub fn older_step(&self) -> bool {
        let bounds = || {
            let hub = self.hub.lock();
            (hub.compacted, hub.log.floor())
        };
        self.older.as_ref().is_some_and(|older| older.step(bounds))
    }

    pub fn bookmark(
        &self,
        view: &View,
        framing: Framing,
        revision: Revision,
        initial_events_end: bool,
    ) -> Result<Frame, StoreError> {
        let mut body = Vec::new();
        self.live
            .views
            .encode_bookmark(view, revision, initial_events_end, &mut body)
            .map_err(|message| StoreError::new(Reason::Corrupt, message))?;
        Ok(Frame::bookmark(framing, Bytes::from(body)))
    }
}
