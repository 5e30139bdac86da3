//! One version of one key: metadata and value in a single allocation that everything shares.

use std::sync::Arc;

use crate::Revision;

/// A key, allocated once and shared by the index, the log and readers.
pub type Key = Arc<[u8]>;

const CREATE: usize = 0;
const MODIFY: usize = 8;
const VERSION: usize = 16;
const LEASE: usize = 24;
const ORDER: usize = 32;
const HEADER_BYTES: usize = 36;

/// Immutable. The header is kept in the value's allocation, because an object then costs one
/// allocation and 52 bytes beside its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry(Arc<[u8]>);

/// A value that was copied in but has no revision yet: the copy is made before the store's lock
/// is taken.
#[derive(Debug, Clone)]
pub struct Draft(Arc<[u8]>);

impl Draft {
    pub fn new(value: &[u8]) -> Self {
        let mut bytes: Arc<[u8]> =
            std::iter::repeat_n(0u8, HEADER_BYTES + value.len()).collect::<Arc<[u8]>>();
        if let Some(target) = Arc::get_mut(&mut bytes) {
            target[HEADER_BYTES..].copy_from_slice(value);
        }
        Draft(bytes)
    }

    pub fn value(&self) -> &[u8] {
        &self.0[HEADER_BYTES..]
    }

    pub(crate) fn finish(mut self, meta: EntryMeta) -> Entry {
        // A clone of a draft (a retried request) may still be held: then make_mut copies.
        let target = Arc::make_mut(&mut self.0);
        put_u64(target, CREATE, meta.create_revision);
        put_u64(target, MODIFY, meta.mod_revision);
        put_u64(target, VERSION, meta.version);
        put_u64(target, LEASE, meta.lease_id);
        target[ORDER..HEADER_BYTES].copy_from_slice(&meta.order.to_le_bytes());
        Entry(self.0)
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
    pub fn create_revision(&self) -> Revision {
        get_u64(&self.0, CREATE)
    }
    pub fn mod_revision(&self) -> Revision {
        get_u64(&self.0, MODIFY)
    }
    pub fn version(&self) -> u64 {
        get_u64(&self.0, VERSION)
    }
    pub fn lease_id(&self) -> u64 {
        get_u64(&self.0, LEASE)
    }
    pub fn order(&self) -> u32 {
        let mut bytes = [0u8; 4];
        bytes.copy_from_slice(&self.0[ORDER..HEADER_BYTES]);
        u32::from_le_bytes(bytes)
    }
    pub fn value(&self) -> &[u8] {
        &self.0[HEADER_BYTES..]
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
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
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
        let entry = Draft::new(b"value").finish(meta);
        assert_eq!(entry.meta(), meta);
        assert_eq!(entry.value(), b"value");
    }
}
