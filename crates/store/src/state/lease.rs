//! Leases: keys that go when their time is over.
//!
//! Time is an argument, of a clock that only its differences are used of. What counts is the
//! *lease clock*: milliseconds that passed while the store was open, since it was made. It stands
//! in the log (with each grant and renewal, and now and then on its own), so that a restart goes
//! on where it was: nothing runs out because nobody was there to renew it, and nothing lives
//! longer for being restarted, but for what passed since the lease clock was last written.
//!
//! | what happens | the lease clock |
//! |---|---|
//! | the clock goes on | goes on with it |
//! | the clock is a little behind an earlier call (another thread's) | stands |
//! | the clock was set back | stands for this call, and goes on from there |
//! | the store is closed and opened, whatever the clock says then | goes on where it stood |
//! | the store ends uncleanly | is set back to where it was last written: `LOG_EVERY_MILLIS` |

use std::collections::{BTreeMap, BTreeSet};

use crate::state::entry::Key;
use crate::wire::{Reader, put_number};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseInfo {
    pub lease_id: u64,
    pub ttl_seconds: u64,
    /// On the clock that the caller's `now_millis` comes from.
    pub expires_at_millis: u64,
    pub keys: usize,
}

/// A change of the lease table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LeaseChange {
    /// Times are on the lease clock. An end of 0: of a version without that clock.
    Grant {
        lease_id: u64,
        ttl_seconds: u64,
        expires_at: u64,
    },
    /// The rest is for taking it back; only the id is in the log.
    Revoke {
        lease_id: u64,
        ttl_seconds: u64,
        expires_at: u64,
    },
    Renew {
        lease_id: u64,
        expires_at: u64,
    },
    /// Where the lease clock stands.
    Clock {
        millis: u64,
    },
}

/// How much of the lease clock an unclean end may take back, while there are leases.
const LOG_EVERY_MILLIS: u64 = 10_000;
/// A renewal that moves the end by less is not written down.
const RENEWAL_MILLIS: u64 = 500;
/// A clock that is further behind than this was set back; else another thread was faster.
const SET_BACK_MILLIS: u64 = 1_000;

#[derive(Debug, Default)]
struct LeaseClock {
    millis: u64,
    /// The caller's clock at the last call.
    now: u64,
    /// What the log or the snapshot says.
    written: u64,
}

impl LeaseClock {
    fn advance(&mut self, now: u64) {
        if now > self.now {
            self.millis = self.millis.saturating_add(now - self.now);
            self.now = now;
        } else if self.now - now > SET_BACK_MILLIS {
            self.now = now;
        }
    }

    /// The caller's clock at a place of the lease clock.
    fn outside(&self, millis: u64) -> u64 {
        if millis >= self.millis {
            self.now.saturating_add(millis - self.millis)
        } else {
            self.now.saturating_sub(self.millis - millis)
        }
    }

    fn seen_in_log(&mut self, millis: u64) {
        self.millis = self.millis.max(millis);
        self.written = self.millis;
    }
}

#[derive(Debug)]
struct Lease {
    ttl_seconds: u64,
    /// On the lease clock.
    expires_at: u64,
    /// What the log says of it.
    written_expires_at: u64,
    keys: BTreeSet<Key>,
}

#[derive(Debug, Default)]
pub(crate) struct Leases {
    by_id: BTreeMap<u64, Lease>,
    by_expiry: BTreeSet<(u64, u64)>,
    last_id: u64,
    clock: LeaseClock,
}

/// Leases at once; granting more is refused.
pub(crate) const MAX_LEASES: usize = 1_000_000;

fn lifetime(ttl_seconds: u64) -> u64 {
    ttl_seconds.saturating_mul(1000)
}

impl Leases {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn exists(&self, id: u64) -> bool {
        self.by_id.contains_key(&id)
    }

    /// A number that was given to a lease of which nothing else is known.
    pub fn pass(&mut self, id: u64) {
        self.last_id = self.last_id.max(id);
    }

    /// Above all that were ever known.
    pub fn next_id(&self) -> u64 {
        self.last_id.saturating_add(1)
    }

    /// Time went on to here.
    pub fn advance(&mut self, now_millis: u64) {
        self.clock.advance(now_millis);
    }

    /// The store was opened: time goes on from here, where the log left it.
    pub fn resume(&mut self, now_millis: u64) {
        self.clock.now = now_millis;
    }

    /// A lease from now on, which must not exist. Answers what the log is told.
    pub fn grant(&mut self, lease_id: u64, ttl_seconds: u64) -> LeaseChange {
        debug_assert!(!self.exists(lease_id));
        let expires_at = self.clock.millis.saturating_add(lifetime(ttl_seconds));
        self.put(lease_id, ttl_seconds, expires_at);
        self.clock.written = self.clock.millis;
        LeaseChange::Grant {
            lease_id,
            ttl_seconds,
            expires_at,
        }
    }

    /// A lease as it was; one that exists keeps its keys.
    fn put(&mut self, id: u64, ttl_seconds: u64, expires_at: u64) {
        let keys = self.take(id).unwrap_or_default();
        let lease = Lease {
            ttl_seconds,
            expires_at,
            written_expires_at: expires_at,
            keys,
        };
        self.by_id.insert(id, lease);
        self.by_expiry.insert((expires_at, id));
        self.last_id = self.last_id.max(id);
    }

    fn take(&mut self, id: u64) -> Option<BTreeSet<Key>> {
        let lease = self.by_id.remove(&id)?;
        let was_there = self.by_expiry.remove(&(lease.expires_at, id));
        debug_assert!(was_there);
        Some(lease.keys)
    }

    /// Its time begins again. None: there is none, or its time was over already, whether its keys
    /// are gone yet or not. Answers what the log is to be told, if anything.
    pub fn keep_alive(&mut self, lease_id: u64) -> Option<Option<LeaseChange>> {
        let now = self.clock.millis;
        let lease = self.by_id.get_mut(&lease_id)?;
        if lease.expires_at <= now {
            return None;
        }
        self.by_expiry.remove(&(lease.expires_at, lease_id));
        lease.expires_at = now.saturating_add(lifetime(lease.ttl_seconds));
        let expires_at = lease.expires_at;
        self.by_expiry.insert((expires_at, lease_id));
        if expires_at - lease.written_expires_at.min(expires_at) < RENEWAL_MILLIS {
            return Some(None);
        }
        lease.written_expires_at = expires_at;
        self.clock.written = now;
        Some(Some(LeaseChange::Renew {
            lease_id,
            expires_at,
        }))
    }

    /// Ends a lease. Answers its keys, and what the log is told.
    pub fn revoke(&mut self, lease_id: u64) -> Option<(BTreeSet<Key>, LeaseChange)> {
        let lease = self.by_id.get(&lease_id)?;
        let change = LeaseChange::Revoke {
            lease_id,
            ttl_seconds: lease.ttl_seconds,
            expires_at: lease.expires_at,
        };
        Some((self.take(lease_id)?, change))
    }

    /// Takes a change back that never became durable; the newest first. A lease that was granted
    /// under the same number since stays.
    pub fn take_back(&mut self, change: &LeaseChange) {
        match change {
            LeaseChange::Grant { lease_id, .. } => {
                self.take(*lease_id);
            }
            LeaseChange::Revoke {
                lease_id,
                ttl_seconds,
                expires_at,
            } => {
                if !self.exists(*lease_id) {
                    self.put(*lease_id, *ttl_seconds, *expires_at);
                }
            }
            // Who renewed it was answered: it stays, and is written with the next one.
            LeaseChange::Renew { .. } | LeaseChange::Clock { .. } => {}
        }
    }

    /// Applies what the log says. What the snapshot's table has already changes nothing.
    pub fn replay(&mut self, change: &LeaseChange) {
        match change {
            LeaseChange::Grant {
                lease_id,
                ttl_seconds,
                expires_at,
            } => {
                // Of a version without a lease clock: its time begins where that stands.
                let expires_at = match expires_at {
                    0 => self.clock.millis.saturating_add(lifetime(*ttl_seconds)),
                    _ => *expires_at,
                };
                self.clock
                    .seen_in_log(expires_at.saturating_sub(lifetime(*ttl_seconds)));
                if !self.exists(*lease_id) {
                    self.put(*lease_id, *ttl_seconds, expires_at);
                }
            }
            LeaseChange::Renew {
                lease_id,
                expires_at,
            } => {
                if let Some(lease) = self.by_id.get(lease_id) {
                    let ttl_seconds = lease.ttl_seconds;
                    self.clock
                        .seen_in_log(expires_at.saturating_sub(lifetime(ttl_seconds)));
                    self.put(*lease_id, ttl_seconds, *expires_at);
                }
            }
            LeaseChange::Revoke { lease_id, .. } => {
                self.take(*lease_id);
            }
            LeaseChange::Clock { millis } => self.clock.seen_in_log(*millis),
        }
    }

    /// The lease clock, when the log should be told; `exactly`: also when little passed.
    pub fn clock_to_write(&mut self, exactly: bool) -> Option<LeaseChange> {
        let unwritten = self.clock.millis - self.clock.written;
        let due = if exactly { 1 } else { LOG_EVERY_MILLIS };
        if self.by_id.is_empty() || unwritten < due {
            return None;
        }
        let millis = self.clock.millis;
        self.clock.written = millis;
        Some(LeaseChange::Clock { millis })
    }

    /// The table as a snapshot has it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, self.clock.millis);
        put_number(out, self.last_id);
        for (id, lease) in &self.by_id {
            put_number(out, *id);
            put_number(out, lease.ttl_seconds);
            put_number(out, lease.expires_at);
        }
    }

    /// Reads it back into an empty table. None: it makes no sense.
    pub fn decode(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.clock.seen_in_log(reader.number()?);
        let last_id = reader.number()?;
        while !reader.0.is_empty() {
            let id = reader.number()?;
            let ttl_seconds = reader.number()?;
            self.put(id, ttl_seconds, reader.number()?);
        }
        self.last_id = self.last_id.max(last_id);
        Some(())
    }

    /// The table of an earlier version, without times.
    pub fn decode_without_times(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        while !reader.0.is_empty() {
            let lease_id = reader.number()?;
            self.replay(&LeaseChange::Grant {
                lease_id,
                ttl_seconds: reader.number()?,
                expires_at: 0,
            });
        }
        Some(())
    }

    pub fn keys(&self, id: u64) -> Vec<Key> {
        self.by_id
            .get(&id)
            .map(|lease| lease.keys.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Moves a key from one lease to another; 0 is none.
    pub fn attach(&mut self, key: &[u8], from: u64, to: u64) {
        if from == to {
            return;
        }
        if let Some(lease) = self.by_id.get_mut(&from) {
            lease.keys.remove(key);
        }
        if let Some(lease) = self.by_id.get_mut(&to) {
            lease.keys.insert(Key::from(key));
        }
    }

    /// The lease that ran out first.
    pub fn expired(&self) -> Option<u64> {
        let (expires_at, id) = self.by_expiry.first()?;
        (*expires_at <= self.clock.millis).then_some(*id)
    }

    pub fn info(&self, id: u64) -> Option<LeaseInfo> {
        self.by_id.get(&id).map(|lease| LeaseInfo {
            lease_id: id,
            ttl_seconds: lease.ttl_seconds,
            expires_at_millis: self.clock.outside(lease.expires_at),
            keys: lease.keys.len(),
        })
    }

    /// Their ids, rising.
    pub fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.by_id.keys().copied()
    }
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;
