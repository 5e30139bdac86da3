//! Versions that were replaced, for all watches that resume at the same time: what they read lately
//! is kept once for all of them, and what is not there is looked up in the log or in the snapshot
//! that the log follows.

use std::collections::HashMap;
use std::ops::Range;

use ahash::RandomState;

use crate::Revision;
use crate::error::StoreError;
use crate::journal::log_history::{LogHistory, Place, SegmentFile, gone};
use crate::journal::record::{Part, decode_write};
use crate::state::entry::{ENTRY_BYTES, Entry};
use crate::sync::Mutex;
use crate::wire::Reader;

/// Versions that were read last, since what was changed last is changed next. They go in two
/// halves, the older one at once.
const KEPT_BYTES: usize = 32 << 20;
/// A larger group is read again for each version of it that somebody wants.
const GROUP_BYTES: usize = 4 << 20;

/// Lives as long as anybody resumes.
#[derive(Default)]
pub(crate) struct Replaced {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Kept,
    /// The segment that was looked into last.
    file: Option<SegmentFile>,
    /// The group of it that was found last: whoever replaces versions in the order in which they
    /// were written finds the next one there or behind it.
    group: Option<Group>,
    /// What a block of the snapshot holds, in the order of keys.
    block: Vec<Entry>,
}

/// By the hash of key and revision: two that have the same are told apart when one is found.
#[derive(Default)]
struct Kept {
    hasher: RandomState,
    newer: HashMap<u64, Entry, RandomState>,
    older: HashMap<u64, Entry, RandomState>,
    newer_bytes: usize,
}

struct Group {
    sequence: u64,
    place: Place,
    payload: Vec<u8>,
    /// Revisions and places of its records.
    records: Vec<(Revision, Range<usize>)>,
}

impl Kept {
    fn put(&mut self, entry: &Entry) {
        if self.newer_bytes >= KEPT_BYTES / 2 {
            self.older = std::mem::take(&mut self.newer);
            self.newer_bytes = 0;
        }
        self.newer_bytes += ENTRY_BYTES + entry.bytes();
        let hash = self.hasher.hash_one((entry.mod_revision(), entry.key()));
        self.newer.insert(hash, entry.clone());
    }

    fn get(&self, key: &[u8], revision: Revision) -> Option<&Entry> {
        let hash = self.hasher.hash_one((revision, key));
        let found = self.newer.get(&hash).or_else(|| self.older.get(&hash))?;
        (found.mod_revision() == revision && found.key() == key).then_some(found)
    }
}

impl Group {
    fn new(sequence: u64, place: Place, payload: Vec<u8>, records: Vec<Range<usize>>) -> Group {
        let revision = |range: &Range<usize>| Reader(&payload[range.clone()]).number();
        let records = records
            .into_iter()
            .map(|range| (revision(&range).unwrap_or(0), range))
            .collect();
        Group {
            sequence,
            place,
            payload,
            records,
        }
    }

    fn entry(&self, key: &[u8], revision: Revision) -> Option<Entry> {
        let mut found = None;
        let of_it = self.records.iter().filter(|(of, _)| *of == revision);
        for (_, range) in of_it {
            decode_write(&self.payload[range.clone()], |_, part| {
                if let Part::Put(put) = &part
                    && put.key == key
                {
                    found = Some(put.entry());
                }
                Some(())
            });
        }
        found
    }
}

impl Replaced {
    /// What was just read is replaced next.
    pub fn keep(&self, entry: &Entry) {
        self.state.lock().kept.put(entry);
    }

    /// A version of a key. `Compacted`: it is not there any more.
    pub fn find(
        &self,
        history: &LogHistory,
        key: &[u8],
        revision: Revision,
    ) -> Result<Entry, StoreError> {
        let mut state = self.state.lock();
        if let Some(entry) = state.kept.get(key, revision) {
            return Ok(entry.clone());
        }
        if revision <= history.base_revision() {
            state.in_snapshot(history, key, revision)
        } else {
            state.in_log(history, key, revision)
        }
    }
}

impl State {
    fn in_log(
        &mut self,
        history: &LogHistory,
        key: &[u8],
        revision: Revision,
    ) -> Result<Entry, StoreError> {
        if let Some(group) = &self.group
            && let Some(entry) = group.entry(key, revision)
        {
            return Ok(entry);
        }
        let Some((segment, mut place)) = history.find(revision - 1)? else {
            return Err(gone(revision));
        };
        let open = self.file.take().filter(|f| f.sequence == segment.sequence);
        let mut file = match open {
            Some(file) => file,
            None => SegmentFile::open(history, &segment)?,
        };
        file.end = segment.bytes;
        if let Some(group) = &self.group
            && group.sequence == segment.sequence
            && group.place.before < revision
            && group.place.offset > place.offset
        {
            place = group.place;
        }
        while place.offset < file.end {
            let head = file.head(place)?;
            if head.revision < revision {
                place = place.after(&head);
                continue;
            }
            let (payload, records) = file.payload(place, &head)?;
            let group = Group::new(segment.sequence, place, payload, records);
            let found = group.entry(key, revision);
            if group.payload.len() <= GROUP_BYTES {
                self.group = Some(group);
            }
            self.file = Some(file);
            return found.ok_or_else(|| gone(revision));
        }
        Err(gone(revision))
    }

    fn in_snapshot(
        &mut self,
        history: &LogHistory,
        key: &[u8],
        revision: Revision,
    ) -> Result<Entry, StoreError> {
        let at = |block: &[Entry]| {
            let at = block.binary_search_by(|entry| entry.key().cmp(key)).ok()?;
            (block[at].mod_revision() == revision).then(|| block[at].clone())
        };
        if let Some(entry) = at(&self.block) {
            return Ok(entry);
        }
        self.block = history.block_of(key, revision)?;
        at(&self.block).ok_or_else(|| gone(revision))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::state::entry::{Draft, EntryMeta};
    use crate::sync::check;

    fn entry(revision: Revision) -> Entry {
        let meta = EntryMeta {
            create_revision: 1,
            mod_revision: revision,
            version: 1,
            lease_id: 0,
            order: 0,
        };
        Draft::new(b"/k", &[0; 100_000]).finish(meta)
    }

    #[test]
    fn what_was_read_last_is_kept_within_a_bound() {
        check(kept_within_a_bound);
    }

    fn kept_within_a_bound() {
        let mut kept = Kept::default();
        for revision in 1..2_000 {
            kept.put(&entry(revision));
            let held = kept.newer.len() + kept.older.len();
            assert!(held * 100_000 <= KEPT_BYTES + 200_000, "{held}");
            assert!(kept.get(b"/k", revision).is_some());
        }
        let half_ago = 2_000 - (KEPT_BYTES / 2 / 100_200) as u64;
        let found = kept.get(b"/k", half_ago).unwrap();
        assert_eq!(found.mod_revision(), half_ago);
        assert!(kept.get(b"/other", half_ago).is_none());
        assert!(kept.get(b"/k", 1).is_none());
    }
}
