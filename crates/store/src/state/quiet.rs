//! When something last changed under a prefix: what a remembered decision asks before it is used
//! again.

use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::sync::RwLock;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Each change is compared with every followed prefix.
pub const MAX_FOLLOWED_PREFIXES: usize = 32;

/// The revision of the newest visible change under a prefix, or a later one.
#[derive(Debug)]
pub(crate) struct LastChange(AtomicU64);

impl LastChange {
    pub fn revision(&self) -> Revision {
        self.0.load(Ordering::SeqCst)
    }
}

type Followed = Vec<(Box<[u8]>, Arc<LastChange>)>;

/// The prefixes that somebody asked for so far; they stay.
#[derive(Default)]
pub(crate) struct LastChanges {
    followed: RwLock<Followed>,
}

impl LastChanges {
    /// Follows a prefix from `newest` on, which stands for all that was before.
    pub fn follow(
        &self,
        prefix: &[u8],
        newest: impl Fn() -> Revision,
    ) -> Result<Arc<LastChange>, StoreError> {
        let find = |followed: &Followed| {
            let known = followed.iter().find(|(known, _)| **known == *prefix);
            known.map(|(_, last)| last.clone())
        };
        if let Some(known) = find(&self.followed.read()) {
            return Ok(known);
        }
        let mut followed = self.followed.write();
        if let Some(known) = find(&followed) {
            return Ok(known);
        }
        if followed.len() >= MAX_FOLLOWED_PREFIXES {
            let message = format!("more than {MAX_FOLLOWED_PREFIXES} prefixes are followed");
            return Err(StoreError::new(Reason::TooLarge, message));
        }
        // Whoever shows a revision holds the lock until it is visible: what came before is in
        // `newest`, and what comes later is noted.
        let last = Arc::new(LastChange(AtomicU64::new(newest())));
        followed.push((prefix.into(), last.clone()));
        Ok(last)
    }

    /// Notes the keys that a revision changes, then makes it visible.
    pub fn note<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
        revision: Revision,
        show: impl FnOnce(),
    ) {
        let followed = self.followed.read();
        if !followed.is_empty() {
            for key in keys {
                for (prefix, last) in followed.iter() {
                    if key.starts_with(prefix) {
                        last.0.fetch_max(revision, Ordering::SeqCst);
                    }
                }
            }
        }
        show();
    }
}
