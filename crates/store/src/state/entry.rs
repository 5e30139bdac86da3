//! One version of one key: key, metadata and value in a single allocation that everything shares.
//!
//! The key stands in it because a key with a block of its own, which outlives many values, would
//! keep the memory around it from being used again or given back when they go.

use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};

/// A key on its own.
pub type Key = Arc<[u8]>;

/// The key's length, the key, the metadata, the value.
const KEY_AT: usize = 2;
const CREATE: usize = 0;
const MODIFY: usize = 8;
const VERSION: usize = 16;
const LEASE: usize = 24;
const ORDER: usize = 32;
const META_BYTES: usize = 36;

/// Bytes of an entry beside its key and value, with the counters of an `Arc`.
pub(crate) const ENTRY_BYTES: usize = 16 + KEY_AT + META_BYTES;

/// Immutable. Its version is 0 when it is a deletion, which has no value.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry(Arc<[u8]>);

/// A key and value that were copied in but have no revision yet: the copy is made before the
/// store's lock is taken.
#[derive(Debug, Clone)]
pub struct Draft {
    bytes: Arc<[u8]>,
    /// Longer than an entry's may be; such a draft is refused.
    key_bytes: usize,
}

impl Draft {
    pub fn new(key: &[u8], value: &[u8]) -> Self {
        let length = KEY_AT + key.len() + META_BYTES + value.len();
        let mut bytes: Arc<[u8]> = std::iter::repeat_n(0u8, length).collect::<Arc<[u8]>>();
        if let Some(target) = Arc::get_mut(&mut bytes) {
            target[..KEY_AT].copy_from_slice(&(key.len() as u16).to_le_bytes());
            target[KEY_AT..KEY_AT + key.len()].copy_from_slice(key);
            target[length - value.len()..].copy_from_slice(value);
        }
        Draft {
            bytes,
            key_bytes: key.len(),
        }
    }

    pub fn key(&self) -> &[u8] {
        &self.bytes[KEY_AT..KEY_AT + self.key_bytes]
    }

    pub fn value(&self) -> &[u8] {
        &self.bytes[KEY_AT + self.key_bytes + META_BYTES..]
    }

    pub(crate) fn finish(mut self, meta: EntryMeta) -> Entry {
        assert!(self.key_bytes <= usize::from(u16::MAX));
        // A clone of a draft (a retried request) may still be held: then make_mut copies.
        let target = &mut Arc::make_mut(&mut self.bytes)[KEY_AT + self.key_bytes..];
        put_u64(target, CREATE, meta.create_revision);
        put_u64(target, MODIFY, meta.mod_revision);
        put_u64(target, VERSION, meta.version);
        put_u64(target, LEASE, meta.lease_id);
        target[ORDER..META_BYTES].copy_from_slice(&meta.order.to_le_bytes());
        Entry(self.bytes)
    }
}

/// What the store knows of a version beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryMeta {
    pub create_revision: Revision,
    pub mod_revision: Revision,
    /// Number of writes since the key was created; 1 is the creation.
    pub version: u64,
    /// 0 is none.
    pub lease_id: u64,
    /// The place among the writes of its revision.
    pub order: u32,
}

impl Entry {
    /// That no form can be made of its value, with its key.
    pub(crate) fn unreadable(&self, message: &str) -> StoreError {
        let key = String::from_utf8_lossy(self.key());
        StoreError::new(Reason::Corrupt, format!("{key} is not readable: {message}"))
    }

    pub(crate) fn deletion(key: &[u8], revision: Revision, order: u32) -> Entry {
        Draft::new(key, &[]).finish(EntryMeta {
            create_revision: 0,
            mod_revision: revision,
            version: 0,
            lease_id: 0,
            order,
        })
    }

    pub fn is_deletion(&self) -> bool {
        self.version() == 0
    }

    pub fn key(&self) -> &[u8] {
        &self.0[KEY_AT..self.meta_at()]
    }

    fn meta_at(&self) -> usize {
        KEY_AT + usize::from(u16::from_le_bytes([self.0[0], self.0[1]]))
    }

    fn number(&self, at: usize) -> u64 {
        get_u64(&self.0, self.meta_at() + at)
    }

    pub fn create_revision(&self) -> Revision {
        self.number(CREATE)
    }
    pub fn mod_revision(&self) -> Revision {
        self.number(MODIFY)
    }
    /// Number of writes since the key was created.
    pub fn version(&self) -> u64 {
        self.number(VERSION)
    }
    pub fn lease_id(&self) -> u64 {
        self.number(LEASE)
    }
    pub fn order(&self) -> u32 {
        let at = self.meta_at();
        let mut bytes = [0u8; 4];
        bytes.copy_from_slice(&self.0[at + ORDER..at + META_BYTES]);
        u32::from_le_bytes(bytes)
    }
    pub fn value(&self) -> &[u8] {
        &self.0[self.meta_at() + META_BYTES..]
    }
    /// The same version, which nothing ends.
    pub(crate) fn without_lease(&self) -> Entry {
        Draft::new(self.key(), self.value()).finish(EntryMeta {
            lease_id: 0,
            ..self.meta()
        })
    }

    pub fn meta(&self) -> EntryMeta {
        EntryMeta {
            create_revision: self.create_revision(),
            mod_revision: self.mod_revision(),
            version: self.version(),
            lease_id: self.lease_id(),
            order: self.order(),
        }
    }

    /// Of its key and value.
    pub(crate) fn bytes(&self) -> usize {
        self.0.len() - KEY_AT - META_BYTES
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("key", &String::from_utf8_lossy(self.key()))
            .field("meta", &self.meta())
            .field("value", &String::from_utf8_lossy(self.value()))
            .finish()
    }
}

fn put_u64(target: &mut [u8], at: usize, value: u64) {
    target[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn get_u64(source: &[u8], at: usize) -> u64 {
    let mut bytes = [0u8; 8];
    bytes.copy_from_slice(&source[at..at + 8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_metadata_and_value() {
        let meta = EntryMeta {
            create_revision: 3,
            mod_revision: 9,
            version: 4,
            lease_id: 77,
            order: 2,
        };
        let entry = Draft::new(b"key", b"value").finish(meta);
        assert_eq!(entry.meta(), meta);
        assert_eq!((entry.key(), entry.value()), (&b"key"[..], &b"value"[..]));
        assert_eq!(entry.bytes(), 8);
        let gone = Entry::deletion(b"key", 10, 3);
        assert!(gone.is_deletion() && !entry.is_deletion());
        assert_eq!((gone.key(), gone.mod_revision()), (&b"key"[..], 10));
        assert_eq!((gone.order(), gone.value()), (3, &b""[..]));
    }
}
