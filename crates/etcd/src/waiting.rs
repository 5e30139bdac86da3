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

    fn is_write(&self) -> bool {
        self.kind == Kind::Write
    }

    fn give(self) {
        self.owed.give(Ok(self.outcome));
    }

    /// What it waits for does not come: a write is done all the same.
    fn give_up(self, error: &StoreError) {
        match self.kind {
            Kind::Write => self.give(),
            Kind::Read => self.owed.give(Err(error.clone())),
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
        if reached || (!waiting.watches && response.is_write()) {
            drop(waiting);
            response.give();
            return false;
        }
        waiting.until.entry(revision).or_default().push(response);
        true
    }

    /// Up to where was followed.
    pub fn reached(&self) -> Revision {
        self.0.lock().followed
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
            response.give();
        }
    }

    /// Whether somebody waits.
    pub fn any(&self) -> bool {
        !self.0.lock().until.is_empty()
    }

    pub fn watch_stands(&self) {
        self.0.lock().watches = true;
    }

    /// Nothing is followed for a while: writes are acknowledged without, reads wait on.
    pub fn watch_broke(&self) {
        let writes = {
            let mut waiting = self.0.lock();
            waiting.watches = false;
            waiting.take_where(Response::is_write)
        };
        for response in writes {
            response.give();
        }
    }

    /// Whoever still waits is told why.
    pub fn fail(&self, error: &StoreError) {
        let all = std::mem::take(&mut self.0.lock().until);
        for response in all.into_values().flatten() {
            response.give_up(error);
        }
    }

    /// Reads that have waited for this long fail. Returns whether there were any.
    pub fn fail_late_reads(&self, patience: Duration) -> bool {
        let is_late = |one: &Response| one.since.elapsed() >= patience;
        let late = self.0.lock().take_where(is_late);
        let any = !late.is_empty();
        let message = "etcd's changes do not arrive: what is here may be old";
        let error = StoreError::new(Reason::Io, message);
        for response in late {
            response.give_up(&error);
        }
        any
    }
}

impl Waiting {
    /// In the order of revisions.
    fn take_where(&mut self, is_one: impl Fn(&Response) -> bool) -> Vec<Response> {
        let mut taken = Vec::new();
        self.until.retain(|_, responses| {
            taken.extend(responses.extract_if(.., |one| is_one(one)));
            !responses.is_empty()
        });
        taken
    }
}
