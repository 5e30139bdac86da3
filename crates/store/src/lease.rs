//! Leases: keys that go when their time is over. Time is an argument.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::Key;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseInfo {
    pub lease_id: u64,
    pub ttl_seconds: u64,
    /// On the clock that the caller's `now_millis` comes from.
    pub expires_at_millis: u64,
    pub keys: usize,
}

#[derive(Debug)]
struct Lease {
    ttl_seconds: u64,
    expires_at_millis: u64,
    keys: BTreeSet<Key>,
}

#[derive(Debug, Default)]
pub(crate) struct Leases {
    by_id: BTreeMap<u64, Lease>,
    by_expiry: BTreeSet<(u64, u64)>,
    last_id: u64,
}

/// Leases at once; granting more is refused.
pub(crate) const MAX_LEASES: usize = 1_000_000;

impl Leases {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn exists(&self, id: u64) -> bool {
        self.by_id.contains_key(&id)
    }

    pub fn next_id(&self) -> u64 {
        self.last_id + 1
    }

    pub fn grant(&mut self, id: u64, ttl_seconds: u64, now_millis: u64) {
        let expires_at_millis = now_millis.saturating_add(ttl_seconds.saturating_mul(1000));
        let lease = Lease {
            ttl_seconds,
            expires_at_millis,
            keys: BTreeSet::new(),
        };
        self.by_id.insert(id, lease);
        self.by_expiry.insert((expires_at_millis, id));
        self.last_id = self.last_id.max(id);
    }

    pub fn keep_alive(&mut self, id: u64, now_millis: u64) -> Option<u64> {
        let lease = self.by_id.get_mut(&id)?;
        self.by_expiry.remove(&(lease.expires_at_millis, id));
        lease.expires_at_millis = now_millis.saturating_add(lease.ttl_seconds.saturating_mul(1000));
        self.by_expiry.insert((lease.expires_at_millis, id));
        Some(lease.ttl_seconds)
    }

    /// Every lease starts its time again, as after a change of etcd's leader.
    pub fn restart(&mut self, now_millis: u64) {
        let ids: Vec<u64> = self.by_id.keys().copied().collect();
        for id in ids {
            self.keep_alive(id, now_millis);
        }
    }

    pub fn revoke(&mut self, id: u64) -> Option<BTreeSet<Key>> {
        let lease = self.by_id.remove(&id)?;
        self.by_expiry.remove(&(lease.expires_at_millis, id));
        Some(lease.keys)
    }

    pub fn keys(&self, id: u64) -> Vec<Key> {
        self.by_id
            .get(&id)
            .map(|lease| lease.keys.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Moves a key from one lease to another; 0 is none.
    pub fn attach(&mut self, key: &Key, from: u64, to: u64) {
        if from == to {
            return;
        }
        if let Some(lease) = self.by_id.get_mut(&from) {
            lease.keys.remove(key);
        }
        if let Some(lease) = self.by_id.get_mut(&to) {
            lease.keys.insert(key.clone());
        }
    }

    /// The lease that ran out first.
    pub fn expired(&self, now_millis: u64) -> Option<u64> {
        self.by_expiry
            .first()
            .filter(|(at, _)| *at <= now_millis)
            .map(|(_, id)| *id)
    }

    pub fn info(&self, id: u64) -> Option<LeaseInfo> {
        self.by_id.get(&id).map(|lease| LeaseInfo {
            lease_id: id,
            ttl_seconds: lease.ttl_seconds,
            expires_at_millis: lease.expires_at_millis,
            keys: lease.keys.len(),
        })
    }

    pub fn all(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.by_id
            .iter()
            .map(|(id, lease)| (*id, lease.ttl_seconds))
    }
}
