//! What a decision rests on, in the store's terms, so that it can be used again for as long as
//! nothing of that has changed.

use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::state::live::Live;
use crate::state::quiet::LastChange;
use crate::store::Store;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Keys that one proof may name.
pub const MAX_PROOF_KEYS: usize = 16;

/// Some keys as they were at a revision, and prefixes under which nothing changed since.
pub struct Proof {
    live: Arc<Live>,
    keys: Vec<(Box<[u8]>, Revision)>,
    prefixes: Vec<Arc<LastChange>>,
    since: Revision,
    /// It was found to hold at this revision.
    checked: AtomicU64,
}

impl Proof {
    /// Whether everything is still as it was. A change that was acknowledged before this call is
    /// seen. False stays false.
    pub fn holds(&self) -> bool {
        let newest = self.live.current_revision();
        let checked = self.checked.load(Ordering::SeqCst);
        if newest == checked {
            return true;
        }
        let is_quiet = self
            .prefixes
            .iter()
            .all(|last| last.revision() <= self.since);
        let holds = is_quiet
            && self.keys.iter().all(|(key, revision)| {
                let found = self.live.get(key, 0).ok().flatten();
                found.is_some_and(|found| found.mod_revision() == *revision)
            });
        if holds {
            self.checked.fetch_max(newest, Ordering::SeqCst);
        }
        holds
    }
}

impl Store {
    /// A proof of what was so at the revision `since`: that these keys are there, and nothing under
    /// these prefixes has changed later. None where something has.
    pub fn proof(
        &self,
        keys: &[&[u8]],
        prefixes: &[&[u8]],
        since: Revision,
    ) -> Result<Option<Proof>, StoreError> {
        self.live.check_open()?;
        if keys.len() > MAX_PROOF_KEYS {
            let message = format!("a proof of more than {MAX_PROOF_KEYS} keys");
            return Err(StoreError::new(Reason::TooLarge, message));
        }
        let newest = self.current_revision();
        if since > newest {
            return Err(StoreError::future(since, newest));
        }
        let mut proof = Proof {
            live: self.live.clone(),
            keys: Vec::with_capacity(keys.len()),
            prefixes: Vec::with_capacity(prefixes.len()),
            since,
            checked: AtomicU64::new(0),
        };
        // All are followed before any is looked at: the next proof has none that is new.
        for prefix in prefixes {
            proof.prefixes.push(self.live.last_change_under(prefix)?);
        }
        if proof.prefixes.iter().any(|last| last.revision() > since) {
            return Ok(None);
        }
        for key in keys {
            match self.live.get(key, 0)? {
                Some(found) if found.mod_revision() <= since => {
                    proof.keys.push(((*key).into(), found.mod_revision()));
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(proof))
    }
}
