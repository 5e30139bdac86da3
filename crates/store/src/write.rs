//! Writes: transactions and leases.

use std::sync::Arc;

use crate::error::{Reason, StoreError};
use crate::fanout::session::Session;
use crate::journal::queue::Waiting;
use crate::reply::Reply;
use crate::state::apply::{Applied, State, lease_not_found};
use crate::state::change::Change;
use crate::state::entry::{Draft, Entry, EntryMeta, Key};
use crate::state::lease::{LeaseChange, LeaseInfo, MAX_LEASES};
use crate::state::request::{Durability, MAX_KEY_BYTES, Operation, Outcome, Range, Transaction};
use crate::store::Store;
use crate::sync::RwLockWriteGuard;
use crate::{MAX_REVISION, Revision};

/// What became of a submitted write.
#[derive(Debug)]
pub enum Submitted {
    Done(Outcome),
    /// The response comes through the session's mailbox with this ticket.
    Pending(u64),
}

/// One change that comes from outside in follower mode.
#[derive(Debug, Clone)]
pub struct Followed {
    /// Its value counts for nothing in a deletion.
    pub draft: Draft,
    /// None is a deletion.
    pub made: Option<FollowedVersion>,
}

#[derive(Debug, Clone)]
pub struct FollowedVersion {
    pub create_revision: Revision,
    pub mod_revision: Revision,
    pub version: u64,
    pub lease_id: u64,
}

impl Store {
    /// Runs a transaction. With a disk the response to a durable write comes later.
    pub fn submit(
        &self,
        session: &Arc<Session>,
        transaction: Transaction,
        durability: Durability,
    ) -> Result<Submitted, StoreError> {
        let submitted = self.submit_unannounced(session, transaction, durability);
        self.announce_writes();
        submitted
    }

    /// As submit, but the disk may wait for `announce_writes`: the writes of one turn of a loop
    /// cost one wake-up then, and become one group.
    pub fn submit_unannounced(
        &self,
        session: &Arc<Session>,
        transaction: Transaction,
        durability: Durability,
    ) -> Result<Submitted, StoreError> {
        self.live.check_open()?;
        let bytes = transaction.check()?;
        if let Some(leader) = &self.leader {
            let (ticket, response) = self.owe(session);
            leader.transact(transaction, response);
            return Ok(Submitted::Pending(ticket));
        }
        let mut state = self.live.state.write();
        self.check_leads(&state)?;
        self.admit(bytes)?;
        let applied = state.execute(transaction)?;
        Ok(self.deliver(state, session, applied, Vec::new(), durability, bytes))
    }

    /// Whether a write may be queued; asked with the state locked, so that nothing is queued after
    /// the last group.
    fn admit(&self, bytes: usize) -> Result<(), StoreError> {
        match &self.durable {
            Some(durable) => durable.admit(bytes),
            None => Ok(()),
        }
    }

    pub fn announce_writes(&self) {
        if let Some(durable) = &self.durable {
            durable.announce();
        }
    }

    /// Shows what was applied, or queues it for the disk. The state's lock is held until the
    /// order of revisions is fixed.
    fn deliver(
        &self,
        state: RwLockWriteGuard<'_, State>,
        session: &Arc<Session>,
        applied: Applied,
        leases: Vec<LeaseChange>,
        durability: Durability,
        bytes: usize,
    ) -> Submitted {
        let Applied { outcome, changes } = applied;
        let (revision, count) = (outcome.revision, changes.len());
        let Some(durable) = &self.durable else {
            let mut hub = self.fanout.hub.lock();
            drop(state);
            self.fanout.publish(&mut hub, changes, revision);
            drop(hub);
            self.bound_history(count);
            return Submitted::Done(outcome);
        };
        let wrote = !changes.is_empty() || !leases.is_empty();
        if durability == Durability::Lazy || !wrote {
            let mut hub = self.fanout.hub.lock();
            if durable.nothing_unacknowledged() && durable.may_show(&changes, revision) {
                if wrote {
                    self.fanout.publish(&mut hub, changes.clone(), revision);
                    let waiting = Waiting {
                        revision,
                        changes,
                        leases,
                        reply: None,
                        bytes,
                    };
                    durable.push(waiting, true);
                }
                drop(hub);
                drop(state);
                self.bound_history(count);
                return Submitted::Done(outcome);
            }
        }
        // Also a failed compare waits: it may have seen what is not durable yet.
        let ticket = self.fanout.new_id();
        let reply = Some(Reply::new(session.clone(), ticket, outcome));
        let waiting = Waiting {
            revision,
            changes,
            leases,
            reply,
            bytes,
        };
        durable.push(waiting, false);
        drop(state);
        Submitted::Pending(ticket)
    }

    fn check_leads(&self, state: &State) -> Result<(), StoreError> {
        if state.follows {
            return Err(StoreError::new(
                Reason::ReadOnly,
                "the store follows another",
            ));
        }
        Ok(())
    }

    /// Grants a lease; id 0 lets the store choose one. It stands at once, and is on disk with the
    /// next group, before any write that uses it. A response to somebody else waits for that: see
    /// `submit_lease`.
    pub fn grant_lease(
        &self,
        id: u64,
        ttl_seconds: u64,
        now_millis: u64,
    ) -> Result<LeaseInfo, StoreError> {
        let mut state = self.lease_state(now_millis)?;
        let (info, granted) = grant(&mut state, id, ttl_seconds)?;
        self.queue_lease_change(&state, granted);
        Ok(info)
    }

    /// As `grant_lease`, with a response when it is on disk: like a durable write. A lease that did
    /// not get there is gone.
    pub fn submit_lease(
        &self,
        session: &Arc<Session>,
        id: u64,
        ttl_seconds: u64,
        now_millis: u64,
    ) -> Result<(LeaseInfo, Submitted), StoreError> {
        if let Some(leader) = &self.leader {
            let (ticket, response) = self.owe(session);
            leader.grant_lease(id, ttl_seconds, response);
            let info = LeaseInfo {
                lease_id: id,
                ttl_seconds,
                expires_at_millis: now_millis.saturating_add(ttl_seconds.saturating_mul(1000)),
                keys: 0,
            };
            return Ok((info, Submitted::Pending(ticket)));
        }
        let mut state = self.lease_state(now_millis)?;
        let (info, granted) = grant(&mut state, id, ttl_seconds)?;
        let outcome = Outcome {
            succeeded: true,
            revision: state.applied,
            results: Vec::new(),
            mismatch: None,
        };
        let applied = Applied {
            outcome,
            changes: Vec::new(),
        };
        let (leases, durability) = (vec![granted], Durability::Durable);
        let submitted = self.deliver(state, session, applied, leases, durability, 0);
        Ok((info, submitted))
    }

    /// Its time begins again. A lease whose time is over is not found, whether its keys are gone
    /// yet or not: renewal and expiry are both decided under the state's lock. It is acknowledged
    /// at once and is on disk with the next group.
    pub fn keep_lease_alive(&self, id: u64, now_millis: u64) -> Result<LeaseInfo, StoreError> {
        let mut state = self.lease_state(now_millis)?;
        let renewed = state.leases.keep_alive(id);
        if let Some(change) = renewed.ok_or_else(|| lease_not_found(id))? {
            self.queue_lease_change(&state, change);
        }
        state.leases.info(id).ok_or_else(|| lease_not_found(id))
    }

    /// The state, for a change of leases at this time.
    fn lease_state(&self, now_millis: u64) -> Result<RwLockWriteGuard<'_, State>, StoreError> {
        self.live.check_open()?;
        let mut state = self.live.state.write();
        self.check_leads(&state)?;
        self.admit(0)?;
        state.leases.advance(now_millis);
        Ok(state)
    }

    /// A change that nobody waits for.
    fn queue_lease_change(&self, state: &State, change: LeaseChange) {
        if let Some(durable) = &self.durable {
            durable.push_lease_change(state, change);
        }
    }

    pub fn lease(&self, id: u64) -> Option<LeaseInfo> {
        self.live.state.read().leases.info(id)
    }

    /// Ids of all leases, rising.
    pub fn leases(&self) -> Vec<u64> {
        self.live.state.read().leases.ids().collect()
    }

    /// The keys that go with a lease.
    pub fn lease_keys(&self, id: u64) -> Vec<Key> {
        self.live.state.read().leases.keys(id)
    }

    /// Ends a lease and deletes its keys at one revision.
    pub fn revoke_lease(
        &self,
        session: &Arc<Session>,
        id: u64,
        durability: Durability,
    ) -> Result<Submitted, StoreError> {
        self.live.check_open()?;
        if let Some(leader) = &self.leader {
            let (ticket, response) = self.owe(session);
            leader.revoke_lease(id, response);
            return Ok(Submitted::Pending(ticket));
        }
        let state = self.live.state.write();
        self.check_leads(&state)?;
        self.admit(0)?;
        let submitted = self.end_lease(state, session, id, durability)?;
        self.announce_writes();
        Ok(submitted)
    }

    fn end_lease(
        &self,
        mut state: RwLockWriteGuard<'_, State>,
        session: &Arc<Session>,
        id: u64,
        durability: Durability,
    ) -> Result<Submitted, StoreError> {
        if !state.leases.exists(id) {
            return Err(lease_not_found(id));
        }
        let mut transaction = Transaction::default();
        for key in state.leases.keys(id) {
            transaction
                .success
                .push(Operation::Delete(Range::Key(key.as_ref().into())));
        }
        let applied = state.execute(transaction)?;
        let (keys, revoked) = state.leases.revoke(id).ok_or_else(|| lease_not_found(id))?;
        debug_assert!(keys.is_empty(), "each of its keys was deleted");
        Ok(self.deliver(state, session, applied, vec![revoked], durability, 0))
    }

    /// Ends leases whose time is over, at most this many. Returns how many ended.
    pub fn expire_leases(
        &self,
        session: &Arc<Session>,
        now_millis: u64,
        max: usize,
    ) -> Result<usize, StoreError> {
        self.expire_leases_with(session, now_millis, max, Durability::Lazy)
    }

    /// As `expire_leases`; a durable end is seen by nobody before it is on disk.
    pub fn expire_leases_with(
        &self,
        session: &Arc<Session>,
        now_millis: u64,
        max: usize,
        durability: Durability,
    ) -> Result<usize, StoreError> {
        let mut ended = 0;
        while ended < max {
            let state = self.lease_state(now_millis)?;
            let Some(id) = state.leases.expired() else {
                break;
            };
            self.end_lease(state, session, id, durability)?;
            ended += 1;
        }
        if let Some(durable) = &self.durable {
            durable.write_lease_clock(&self.live, false);
        }
        self.announce_writes();
        Ok(ended)
    }

    /// Follower mode: takes over the changes of one revision, which must be newer than all
    /// before and may skip some. Without changes it only says that nothing else happened up to
    /// there.
    pub fn follow(&self, revision: Revision, changes: Vec<Followed>) -> Result<(), StoreError> {
        self.live.check_open()?;
        let mut state = self.live.state.write();
        if !state.follows {
            return Err(StoreError::new(
                Reason::InvalidRequest,
                "the store does not follow",
            ));
        }
        if revision <= state.applied || revision > MAX_REVISION {
            let message = format!("revision {revision} comes after {}", state.applied);
            return Err(StoreError::new(Reason::InvalidRequest, message));
        }
        for followed in &changes {
            let (key, made) = (followed.draft.key(), followed.made.as_ref());
            let is_one = |made: &FollowedVersion| made.mod_revision == revision && made.version > 0;
            if key.is_empty() || key.len() > MAX_KEY_BYTES || !made.is_none_or(is_one) {
                let message = format!("a change of revision {revision} that cannot be one");
                return Err(StoreError::new(Reason::InvalidRequest, message));
            }
        }
        let mut applied: Vec<Arc<Change>> = Vec::with_capacity(changes.len());
        for followed in changes {
            let order = applied.len() as u32;
            let made = match followed.made {
                Some(version) => followed.draft.finish(EntryMeta {
                    create_revision: version.create_revision,
                    mod_revision: version.mod_revision,
                    version: version.version,
                    lease_id: version.lease_id,
                    order,
                }),
                None => Entry::deletion(followed.draft.key(), revision, order),
            };
            applied.extend(state.write(made).map(Arc::new));
        }
        state.applied = revision;
        state.issued = revision;
        let count = applied.len();
        let mut hub = self.fanout.hub.lock();
        drop(state);
        self.fanout.publish(&mut hub, applied, revision);
        drop(hub);
        self.bound_history(count);
        Ok(())
    }
}

fn grant(
    state: &mut State,
    id: u64,
    ttl_seconds: u64,
) -> Result<(LeaseInfo, LeaseChange), StoreError> {
    if state.leases.len() >= MAX_LEASES {
        let message = format!("more than {MAX_LEASES} leases");
        return Err(StoreError::new(Reason::TooLarge, message));
    }
    let lease_id = if id == 0 { state.leases.next_id() } else { id };
    if state.leases.exists(lease_id) {
        let message = "lease already exists";
        return Err(StoreError::new(Reason::InvalidRequest, message));
    }
    let granted = state.leases.grant(lease_id, ttl_seconds.max(1));
    let info = state.leases.info(lease_id);
    Ok((info.ok_or_else(|| lease_not_found(lease_id))?, granted))
}
