//! A store that follows another: how it takes over what stands there, and what it asks of it.
//!
//! Its revisions come from outside and may skip. Reads and watches are its own, in memory; a write
//! goes to the leader, whose changes come back by `follow`.

use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::fanout::session::Session;
use crate::leader::{Leader, Owed};
use crate::state::apply::State;
use crate::state::entry::{Draft, Entry, EntryMeta};
use crate::state::history::ChangeLog;
use crate::state::request::{Range, RangeRequest};
use crate::state::views::Views;
use crate::store::{Store, StoreOptions};
use crate::sync::Mutex;
use crate::write::FollowedVersion;

/// One object as it stands in the leader.
#[derive(Debug, Clone)]
pub struct Standing {
    pub draft: Draft,
    pub version: FollowedVersion,
}

impl Standing {
    pub fn entry(self) -> Entry {
        let version = self.version;
        self.draft.finish(EntryMeta {
            create_revision: version.create_revision,
            mod_revision: version.mod_revision,
            version: version.version,
            lease_id: version.lease_id,
            order: 0,
        })
    }
}

/// What stands at a revision, in the order of keys.
fn standing(revision: Revision, objects: Vec<Standing>) -> Result<State, StoreError> {
    let mut state = State {
        applied: revision,
        issued: revision,
        compacted: revision,
        follows: true,
        ..State::default()
    };
    let mut last: Option<Entry> = None;
    for object in objects {
        let made = object.entry();
        let rises = last.as_ref().is_none_or(|last| last.key() < made.key());
        if !rises || made.mod_revision() > revision || made.version() == 0 {
            let message = format!("an object that cannot stand at revision {revision}");
            return Err(StoreError::new(Reason::InvalidRequest, message));
        }
        state.load(made.clone());
        last = Some(made);
    }
    Ok(state)
}

impl Store {
    /// A store in memory whose changes come from outside (`follow`). It begins with what stands
    /// there at a revision, in the order of keys.
    pub fn follower(
        options: StoreOptions,
        views: Arc<dyn Views>,
        leader: Arc<dyn Leader>,
        revision: Revision,
        objects: Vec<Standing>,
    ) -> Result<Arc<Store>, StoreError> {
        let state = standing(revision, objects)?;
        let mut store = Store::new(options, views, state, ChangeLog::default(), None);
        store.leader = Some(leader);
        Ok(Arc::new(store))
    }

    /// Follower mode: takes over what stands at a revision, where the changes up to it cannot be
    /// had any more. Every watch from before ends as compacted, and so does every list of an older
    /// revision. Fails where that would be a step back: somebody has seen more.
    pub fn follow_anew(
        &self,
        revision: Revision,
        objects: Vec<Standing>,
    ) -> Result<(), StoreError> {
        self.live.check_open()?;
        let mut fresh = standing(revision, objects)?;
        let mut state = self.live.state.write();
        if !state.follows || revision < state.applied {
            let message = format!("revision {revision} comes after {}", state.applied);
            return Err(StoreError::new(Reason::InvalidRequest, message));
        }
        let mut hub = self.fanout.hub.lock();
        {
            let mut pins = state.pins.lock();
            while pins.lose_oldest() {}
            fresh.pins = Mutex::new(std::mem::take(&mut *pins));
        }
        let shown = self.live.current_revision();
        let keys = |state: &State| {
            let request = Range::Prefix(Box::default());
            let all = RangeRequest::all(request);
            let found = state.range(&all, Revision::MAX).values;
            found.into_iter().map(|entry| entry.key().to_vec())
        };
        let changed: Vec<Vec<u8>> = keys(&state).chain(keys(&fresh)).collect();
        *state = fresh;
        if revision > shown {
            self.live.show(changed.iter().map(Vec::as_slice), revision);
        }
        while hub.log.pop_until(revision).is_some() {}
        hub.compact_until(revision);
        self.fanout.begin_anew(&mut hub, revision);
        Ok(())
    }

    /// A ticket, and the response that comes with it.
    pub(crate) fn owe(&self, session: &Arc<Session>) -> (u64, Owed) {
        let ticket = self.fanout.new_id();
        (ticket, Owed::new(session, ticket))
    }

    /// Whether its writes are another's.
    pub fn follows(&self) -> bool {
        self.leader.is_some()
    }

    /// Responds once this store has everything that was acknowledged anywhere before this call;
    /// None where it always has.
    pub fn submit_read(&self, session: &Arc<Session>) -> Option<u64> {
        let leader = self.leader.as_ref()?;
        let (ticket, response) = self.owe(session);
        leader.read(response);
        Some(ticket)
    }

    /// As `compact`, in the leader where there is one: then a response comes.
    pub fn submit_compaction(
        &self,
        session: &Arc<Session>,
        revision: Revision,
    ) -> Result<Option<u64>, StoreError> {
        let Some(leader) = &self.leader else {
            return self.compact(revision).map(|()| None);
        };
        self.live.check_open()?;
        let (ticket, response) = self.owe(session);
        leader.compact(revision, response);
        Ok(Some(ticket))
    }
}
