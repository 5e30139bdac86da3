//! Keys here and there: `/registry/…` in the store, the prefix that was asked for in etcd.

use prost::bytes::Bytes;
use steersman_etcdapi::KeyValue;
use steersman_store::{FollowedVersion, MAX_KEY_BYTES, Revision, Standing};

const HERE: &[u8] = b"/registry";

/// Where etcd has the objects.
pub struct Keys {
    /// What stands there in the place of `/registry`.
    there: Bytes,
}

impl Keys {
    pub fn new(prefix: &str) -> Keys {
        Keys {
            there: Bytes::copy_from_slice(prefix.as_bytes()),
        }
    }

    /// Of all objects: the first key and the first behind them.
    pub fn all(&self) -> (Bytes, Bytes) {
        let range = |last: u8| {
            let mut key = self.there.to_vec();
            key.push(last);
            Bytes::from(key)
        };
        (range(b'/'), range(b'/' + 1))
    }

    /// A key of the store's, in etcd. What does not begin as objects do is a defect.
    pub fn there(&self, key: &[u8]) -> Bytes {
        let rest = key.strip_prefix(HERE).unwrap_or(key);
        if self.there == HERE {
            return Bytes::copy_from_slice(key);
        }
        let mut there = Vec::with_capacity(self.there.len() + rest.len());
        there.extend_from_slice(&self.there);
        there.extend_from_slice(rest);
        Bytes::from(there)
    }

    /// A key of etcd's, in the store; None: it is none of the objects', or longer than any object's
    /// can be.
    pub fn here(&self, key: &Bytes) -> Option<Bytes> {
        let rest = key.strip_prefix(self.there.as_ref())?;
        if HERE.len() + rest.len() > MAX_KEY_BYTES {
            return None;
        }
        if self.there == HERE {
            return Some(key.clone());
        }
        let mut here = Vec::with_capacity(HERE.len() + rest.len());
        here.extend_from_slice(HERE);
        here.extend_from_slice(rest);
        Some(Bytes::from(here))
    }

    /// An object as the store takes it over.
    pub fn standing(&self, found: &KeyValue) -> Option<Standing> {
        let key = self.here(&found.key)?;
        Some(Standing {
            draft: steersman_store::Draft::new(&key, &found.value),
            version: version(found),
        })
    }
}

pub fn version(found: &KeyValue) -> FollowedVersion {
    FollowedVersion {
        create_revision: revision(found.create_revision),
        mod_revision: revision(found.mod_revision),
        version: revision(found.version),
        lease_id: revision(found.lease),
    }
}

/// etcd's numbers are signed and never negative.
pub fn revision(number: i64) -> Revision {
    u64::try_from(number).unwrap_or(0)
}

/// As etcd writes it.
pub fn number(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}
