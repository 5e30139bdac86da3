//! Writes: transactions and leases.

use std::sync::Arc;

use crate::apply::lease_not_found;
use crate::error::{Reason, StoreError};
use crate::lease::{LeaseInfo, MAX_LEASES};
use crate::request::{Durability, Operation, Outcome, Range, Transaction};
use crate::session::Session;
use crate::store::Store;

/// What became of a submitted write.
#[derive(Debug)]
pub enum Submitted {
    Done(Outcome),
    /// The answer comes through the session's mailbox with this ticket.
    Pending(u64),
}

impl Store {
    /// Runs a transaction. With a disk the answer to a durable write comes later.
    pub fn submit(
        &self,
        _session: &Arc<Session>,
        transaction: Transaction,
        _durability: Durability,
    ) -> Result<Submitted, StoreError> {
        self.check_open()?;
        transaction.check()?;
        let mut state = self.state.write();
        let applied = state.execute(transaction)?;
        if applied.changes.is_empty() {
            return Ok(Submitted::Done(applied.outcome));
        }
        let revision = applied.outcome.revision;
        let hub = self.hub.lock();
        drop(state);
        self.publish(hub, applied.changes, revision);
        self.bound_history();
        Ok(Submitted::Done(applied.outcome))
    }

    /// Grants a lease; id 0 lets the store choose one.
    pub fn grant_lease(
        &self,
        id: u64,
        ttl_seconds: u64,
        now_millis: u64,
    ) -> Result<LeaseInfo, StoreError> {
        self.check_open()?;
        let mut state = self.state.write();
        if state.leases.len() >= MAX_LEASES {
            return Err(StoreError::new(
                Reason::TooLarge,
                format!("more than {MAX_LEASES} leases"),
            ));
        }
        let id = if id == 0 { state.leases.next_id() } else { id };
        if state.leases.exists(id) {
            return Err(StoreError::new(
                Reason::InvalidRequest,
                "lease already exists",
            ));
        }
        state.leases.grant(id, ttl_seconds.max(1), now_millis);
        state.leases.info(id).ok_or_else(|| lease_not_found(id))
    }

    pub fn keep_lease_alive(&self, id: u64, now_millis: u64) -> Result<LeaseInfo, StoreError> {
        let mut state = self.state.write();
        state
            .leases
            .keep_alive(id, now_millis)
            .ok_or_else(|| lease_not_found(id))?;
        state.leases.info(id).ok_or_else(|| lease_not_found(id))
    }

    pub fn lease(&self, id: u64) -> Option<LeaseInfo> {
        self.state.read().leases.info(id)
    }
}
