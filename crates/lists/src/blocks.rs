//! Which objects of a list stand in one block. Boundaries depend on keys, so that an object that
//! comes or goes moves those around it and no others.

use std::hash::{BuildHasher, Hasher, RandomState};

use steersman_store::{Entry, ViewId};

/// A block ends where a key says so, once it has this many objects.
const MIN_OBJECTS: usize = 8;
/// One key of so many says so.
const KEYS_AN_END: u64 = 8;
/// And at the latest with this many, or with these bytes.
const MAX_OBJECTS: usize = 64;
const MAX_STORED_BYTES: usize = 96 * 1024;

/// Names the versions in a block, their order and the form that they are given in. Two blocks that
/// differ have the same name with a probability of 2^-128, whoever chose their keys: the seeds are
/// this process's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlockName {
    view: ViewId,
    /// Whether objects stand before it: in JSON it begins with a comma then.
    pub follows: bool,
    versions: [u64; 2],
}

#[derive(Default)]
pub(crate) struct Seeds([RandomState; 2]);

impl Seeds {
    pub fn name(&self, view: ViewId, follows: bool, entries: &[Entry]) -> BlockName {
        let versions = [0, 1].map(|at: usize| {
            let mut hasher = self.0[at].build_hasher();
            for entry in entries {
                hasher.write_usize(entry.key().len());
                hasher.write(entry.key());
                hasher.write_u64(entry.mod_revision());
                hasher.write_u64(entry.version());
            }
            hasher.finish()
        });
        BlockName {
            view,
            follows,
            versions,
        }
    }
}

/// Takes a list's objects together as they come.
#[derive(Default)]
pub(crate) struct Grouping {
    entries: Vec<Entry>,
    bytes: usize,
}

impl Grouping {
    /// The block that is whole with this object, if it is.
    pub fn push(&mut self, entry: Entry) -> Option<Vec<Entry>> {
        self.bytes += entry.value().len();
        let ends = ends_block(entry.key());
        self.entries.push(entry);
        let objects = self.entries.len();
        let full = objects >= MAX_OBJECTS || self.bytes >= MAX_STORED_BYTES;
        (full || objects >= MIN_OBJECTS && ends).then(|| self.take())
    }

    /// What is left at the end.
    pub fn rest(&mut self) -> Option<Vec<Entry>> {
        (!self.entries.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> Vec<Entry> {
        self.bytes = 0;
        std::mem::take(&mut self.entries)
    }
}

/// Spread by the end of the key, where generated names differ. Keys that were chosen to be ends
/// make blocks of `MIN_OBJECTS`.
fn ends_block(key: &[u8]) -> bool {
    let mut tail = [0; 8];
    let length = key.len().min(8);
    tail[..length].copy_from_slice(&key[key.len() - length..]);
    let spread = u64::from_le_bytes(tail).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> 32) % KEYS_AN_END == 0
}
