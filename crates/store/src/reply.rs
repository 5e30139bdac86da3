//! Who waits for a write, and how it is told.

use std::sync::Arc;

use crate::error::{Reason, StoreError};
use crate::fanout::session::{Completion, Session};
use crate::state::request::Outcome;

/// A response that somebody waits for. It is given exactly once: whoever drops it without one has
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

    pub fn succeed(mut self) {
        if let Some(outcome) = self.outcome.take() {
            self.give(Ok(outcome));
        }
    }

    pub fn fail(mut self, error: &StoreError) {
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
