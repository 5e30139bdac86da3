//! What happens beside clients: leases run out, history is compacted, snapshots are made.

use std::sync::Arc;

use serde_json::json;
use steersman_store::{Maintenance, Session};

use crate::client::Shared;
use crate::faulty::Dice;

/// The client's number that upkeep has in a history.
const NUMBER: usize = 99;

pub struct Upkeep {
    shared: Arc<Shared>,
    session: Arc<Session>,
    maintenance: Maintenance,
}

impl Upkeep {
    pub fn new(shared: Arc<Shared>, session: Arc<Session>) -> Upkeep {
        Upkeep {
            shared,
            session,
            maintenance: Maintenance::default(),
        }
    }

    /// A part of a snapshot, or of freeing history.
    pub fn maintain(&mut self, force: bool) {
        let result = self.maintenance.step(&self.shared.store, force);
        self.shared.store.note_upkeep(result.map(|_| ()));
    }

    /// What the observer has seen may go, but for a little.
    pub fn compact(&self, dice: &mut Dice) {
        let observed = *self.shared.observed.lock();
        let revision = observed.saturating_sub(dice.roll(60)).max(1);
        let recorder = &self.shared.recorder;
        let id = recorder.call(NUMBER, json!({ "op": "compact", "revision": revision }));
        let result = match self.shared.store.compact(revision) {
            Ok(()) => json!({}),
            Err(error) => json!({ "error": error.reason.name(), "effect": "unknown" }),
        };
        recorder.response(id, result);
    }

    pub fn expire(&self) {
        let Shared {
            store, recorder, ..
        } = &*self.shared;
        let before = store.leases();
        let now = *self.shared.now_millis.lock();
        let request = json!({ "op": "expire", "leases": before, "now": now });
        let id = recorder.call(NUMBER, request);
        let result = match store.expire_leases(&self.session, now, usize::MAX) {
            Ok(_) => {
                let left = store.leases();
                let gone = before.into_iter().filter(|lease| !left.contains(lease));
                json!({ "leases": gone.collect::<Vec<_>>() })
            }
            Err(error) => json!({ "error": error.reason.name(), "effect": "unknown" }),
        };
        recorder.response(id, result);
        self.session.drain();
    }
}
