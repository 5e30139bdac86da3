//! Who writes for a store that follows another, and the responses that it owes.

use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::fanout::session::{Completion, Session};
use crate::state::request::{Outcome, Transaction};

/// The store that another follows. No call waits: each keeps what is owed and gives it later, from
/// a thread of its own.
pub trait Leader: Send + Sync {
    /// Runs a transaction there. What it changed is to be followed before the response is given,
    /// so that whoever has it reads it here.
    fn transact(&self, transaction: Transaction, response: Owed);

    /// Gives a response once everything was followed that was acknowledged anywhere before this
    /// call.
    fn read(&self, response: Owed);

    /// Grants a lease with this id.
    fn grant_lease(&self, id: u64, ttl_seconds: u64, response: Owed);

    /// Ends a lease and deletes its keys.
    fn revoke_lease(&self, id: u64, response: Owed);

    /// Drops the history before a revision there.
    fn compact(&self, revision: Revision, response: Owed);

    /// Why it cannot be reached, as last known.
    fn health(&self) -> Result<(), StoreError>;
}

/// A response that somebody waits for. It is given exactly once: whoever drops it without one has
/// failed, and says so.
pub struct Owed {
    session: Arc<Session>,
    ticket: Option<u64>,
}

impl Owed {
    pub(crate) fn new(session: &Arc<Session>, ticket: u64) -> Owed {
        Owed {
            session: session.clone(),
            ticket: Some(ticket),
        }
    }

    pub fn give(mut self, result: Result<Outcome, StoreError>) {
        self.complete(result);
    }

    fn complete(&mut self, result: Result<Outcome, StoreError>) {
        if let Some(ticket) = self.ticket.take() {
            self.session.complete(Completion { ticket, result });
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        let message = "what became of the request is not known: its driver failed meanwhile";
        self.complete(Err(StoreError::new(Reason::Io, message)));
    }
}
