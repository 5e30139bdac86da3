//! Responses that are given once a revision was followed.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use steersman_store::{Outcome, Owed, Reason, Revision, StoreError};
use tokio::time::Instant;

/// A response, and what it says once its revision is here.
pub struct Response {
    pub owed: Owed,
    pub outcome: Outcome,
    pub kind: Kind,
    pub since: Instant,
}

impl Response {
    pub fn new(owed: Owed, outcome: Outcome, kind: Kind) -> Response {
        Response {
            owed,
            outcome,
            kind,
            since: Instant::now(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is done whether its revision gets here or not.
    Write,
    /// It is of no use before.
    Read,
}

/// Bounded by the requests that the server lets in.
#[derive(Default)]
pub struct WaitingResponses(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    followed: Revision,
    /// While the watch stands: else no write waits for it.
    watches: bool,
    until: BTreeMap<Revision, Vec<Response>>,
}

impl WaitingResponses {
    /// Gives it at once, or once a revision was followed. Returns whether it waits.
    pub fn give_at(&self, revision: Revision, response: Response) -> bool {
        let mut waiting = self.0.lock();
        let reached = waiting.followed >= revision;
        if reached || (!waiting.watches && response.kind == Kind::Write) {
            drop(waiting);
            response.owed.give(Ok(response.outcome));
            return false;
        }
        waiting.until.entry(revision).or_default().push(response);
        true
    }

    /// Everything up to a revision was followed.
    pub fn followed(&self, revision: Revision) {
        let ready = {
            let mut waiting = self.0.lock();
            waiting.followed = waiting.followed.max(revision);
            if waiting.until.is_empty() {
                return;
            }
            let later = waiting.until.split_off(&(revision + 1));
            std::mem::replace(&mut waiting.until, later)
        };
        for response in ready.into_values().flatten() {
            response.owed.give(Ok(response.outcome));
        }
    }

    /// The newest revision that somebody waits for.
    pub fn wanted(&self) -> Option<Revision> {
        self.0.lock().until.keys().next_back().copied()
    }

    pub fn watch_stands(&self) {
        self.0.lock().watches = true;
    }

    /// Nothing is followed for a while: writes are acknowledged without, reads wait on.
    pub fn watch_broke(&self) {
        let mut writes = Vec::new();
        {
            let mut waiting = self.0.lock();
            waiting.watches = false;
            for responses in waiting.until.values_mut() {
                let all = std::mem::take(responses);
                let (done, rest) = all.into_iter().partition(|one| one.kind == Kind::Write);
                *responses = rest;
                writes.extend::<Vec<Response>>(done);
            }
            waiting.until.retain(|_, responses| !responses.is_empty());
        }
        for response in writes {
            response.owed.give(Ok(response.outcome));
        }
    }

    /// Whoever still waits is told why.
    pub fn fail(&self, error: &StoreError) {
        let all = std::mem::take(&mut self.0.lock().until);
        for response in all.into_values().flatten() {
            let given = match response.kind {
                Kind::Write => Ok(response.outcome),
                Kind::Read => Err(error.clone()),
            };
            response.owed.give(given);
        }
    }

    /// Reads that have waited for this long fail. Returns whether there were any.
    pub fn fail_late_reads(&self, patience: Duration) -> bool {
        let mut late = Vec::new();
        {
            let mut waiting = self.0.lock();
            for responses in waiting.until.values_mut() {
                let is_late = |one: &Response| one.since.elapsed() >= patience;
                let (done, rest) = std::mem::take(responses).into_iter().partition(is_late);
                *responses = rest;
                late.extend::<Vec<Response>>(done);
            }
            waiting.until.retain(|_, responses| !responses.is_empty());
        }
        let any = !late.is_empty();
        let message = "etcd's changes do not arrive: what is here may be old";
        for response in late {
            let given = match response.kind {
                Kind::Write => Ok(response.outcome),
                Kind::Read => Err(StoreError::new(Reason::Io, message)),
            };
            response.owed.give(given);
        }
        any
    }
}
