//! Ordered keys with their versions: a two-level sorted array, so that the rank of a key (and
//! with it counts of a range) costs one pass over leaf counters instead of one over the keys.

use crate::Revision;
use crate::state::entry::Entry;

/// A leaf is split in two when it would grow beyond this many keys.
const LEAF_MAX_KEYS: usize = 128;
/// A leaf smaller than this is merged with its neighbour when keys are removed.
const LEAF_MIN_KEYS: usize = 24;

/// The versions of a key. Most have one once compaction has passed: they pay for no vector.
#[derive(Debug)]
struct Slot {
    /// May be a deletion.
    newest: Entry,
    /// Versions before it, in the order of revisions; never empty.
    #[expect(
        clippy::box_collection,
        reason = "a slot is 24 bytes with it and 40 without"
    )]
    older: Option<Box<Vec<Entry>>>,
}

impl Slot {
    fn new(entry: Entry) -> Slot {
        debug_assert!(!entry.is_deletion());
        Slot {
            newest: entry,
            older: None,
        }
    }

    fn key(&self) -> &[u8] {
        self.newest.key()
    }

    fn live(&self) -> Option<&Entry> {
        Some(&self.newest).filter(|entry| !entry.is_deletion())
    }

    fn at(&self, revision: Revision) -> Option<&Entry> {
        if self.newest.mod_revision() <= revision {
            return self.live();
        }
        let older = self.older.as_ref()?;
        let after = older.partition_point(|entry| entry.mod_revision() <= revision);
        older[..after].last().filter(|entry| !entry.is_deletion())
    }

    fn push(&mut self, entry: Entry) {
        debug_assert!(self.newest.mod_revision() <= entry.mod_revision());
        let before = std::mem::replace(&mut self.newest, entry);
        // A second write of a key within one transaction replaces the first.
        if before.mod_revision() < self.newest.mod_revision() {
            self.older.get_or_insert_default().push(before);
        }
    }

    /// Takes back what is newer. Answers whether anything is left.
    fn roll_back(&mut self, revision: Revision) -> bool {
        while self.newest.mod_revision() > revision {
            let Some(before) = self.older.as_mut().and_then(|older| older.pop()) else {
                return false;
            };
            self.newest = before;
        }
        self.older.take_if(|older| older.is_empty());
        true
    }

    /// Drops what no revision from this one on can see. Answers whether anything is left.
    fn compact(&mut self, revision: Revision) -> bool {
        if self.newest.mod_revision() <= revision {
            self.older = None;
            return !self.newest.is_deletion();
        }
        if let Some(older) = &mut self.older {
            let after = older.partition_point(|entry| entry.mod_revision() <= revision);
            let deleted = after > 0 && older[after - 1].is_deletion();
            older.drain(..after.saturating_sub(usize::from(!deleted)));
            if older.is_empty() {
                self.older = None;
            } else if older.capacity() > 16 && older.capacity() > 4 * older.len() {
                older.shrink_to_fit();
            }
        }
        true
    }
}

#[derive(Debug)]
struct Leaf {
    /// At most the first slot's key, and above all keys of the leaf before: the first key it
    /// ever had. Kept here, because the search over leaves would otherwise go through one more
    /// pointer a step.
    bound: Box<[u8]>,
    /// So many bytes of the bound all keys begin with.
    shared: usize,
    /// Of each slot, what its key has behind these: in the order of keys, but for some that have
    /// the same. A key of its own is one more read of memory that is in no cache.
    heads: Vec<u64>,
    /// Has room for `LEAF_MAX_KEYS` and never more, as `heads` has.
    slots: Vec<Slot>,
    /// Keys whose newest version is not a deletion.
    live: usize,
}

impl Leaf {
    fn new(bound: &[u8]) -> Leaf {
        Leaf {
            shared: bound.len(),
            bound: bound.into(),
            heads: Vec::with_capacity(LEAF_MAX_KEYS),
            slots: Vec::with_capacity(LEAF_MAX_KEYS),
            live: 0,
        }
    }

    /// Where a key is, or would be.
    fn search(&self, key: &[u8]) -> Result<usize, usize> {
        let common = &self.bound[..self.shared];
        let own = match key.get(..self.shared) {
            Some(begin) if begin == common => &key[self.shared..],
            _ if key < common => return Err(0),
            _ => return Err(self.slots.len()),
        };
        let head = head_of(own);
        let begin = self.heads.partition_point(|other| *other < head);
        let same = self.heads[begin..].iter().take_while(|o| **o == head);
        let end = begin + same.count();
        let found = self.slots[begin..end].binary_search_by(|slot| slot.key().cmp(key));
        found.map(|at| begin + at).map_err(|at| begin + at)
    }

    /// How many keys are below this one.
    fn at_or_after(&self, key: &[u8]) -> usize {
        self.search(key).unwrap_or_else(|at| at)
    }

    /// A key that is in no slot.
    fn insert(&mut self, at: usize, entry: Entry) {
        let shared = common_bytes(&self.bound[..self.shared], entry.key());
        if entry.key() < &*self.bound {
            self.bound = entry.key().into();
        }
        self.live += 1;
        if shared < self.shared {
            self.slots.insert(at, Slot::new(entry));
            self.share(shared);
        } else {
            self.heads.insert(at, head_of(&entry.key()[shared..]));
            self.slots.insert(at, Slot::new(entry));
        }
    }

    fn remove(&mut self, at: usize) {
        self.heads.remove(at);
        self.slots.remove(at);
    }

    /// After other keys came and went.
    fn settle(&mut self) {
        let (first, last) = (self.slots.first(), self.slots.last());
        let of_bound = |slot: Option<&Slot>| {
            slot.map_or(self.bound.len(), |slot| {
                common_bytes(&self.bound, slot.key())
            })
        };
        self.share(of_bound(first).min(of_bound(last)));
        let live = self.slots.iter().filter(|slot| slot.live().is_some());
        self.live = live.count();
    }

    fn share(&mut self, shared: usize) {
        self.shared = shared;
        self.heads.clear();
        let heads = self.slots.iter().map(|slot| head_of(&slot.key()[shared..]));
        self.heads.extend(heads);
    }
}

/// The first bytes of what is left of a key, to be compared as a number.
fn head_of(rest: &[u8]) -> u64 {
    let mut head = [0; 8];
    let length = rest.len().min(8);
    head[..length].copy_from_slice(&rest[..length]);
    u64::from_be_bytes(head)
}

fn common_bytes(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Where a scan begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From<'a> {
    At(&'a [u8]),
    After(&'a [u8]),
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Never holds an empty leaf.
    leaves: Vec<Leaf>,
    live: usize,
    keys: usize,
}

impl Index {
    pub fn live_keys(&self) -> usize {
        self.live
    }

    /// Live keys and those that only history still knows.
    #[cfg(test)]
    pub fn all_keys(&self) -> usize {
        self.keys
    }

    pub fn newest(&self, key: &[u8]) -> Option<&Entry> {
        self.find(key)?.live()
    }

    pub fn at(&self, key: &[u8], revision: Revision) -> Option<&Entry> {
        self.find(key)?.at(revision)
    }

    fn find(&self, key: &[u8]) -> Option<&Slot> {
        let leaf = self.leaves.get(self.leaf_of(key)?)?;
        leaf.slots.get(leaf.search(key).ok()?)
    }

    /// The leaf that holds the key or would; None when there are no leaves.
    fn leaf_of(&self, key: &[u8]) -> Option<usize> {
        if self.leaves.is_empty() {
            return None;
        }
        let after = self.leaves.partition_point(|leaf| &*leaf.bound <= key);
        Some(after.saturating_sub(1))
    }

    /// Adds a version and returns the live entry that it replaces. A deletion of what is not there
    /// changes nothing.
    pub fn push(&mut self, entry: Entry) -> Option<Entry> {
        debug_assert!(!entry.key().is_empty());
        let Some(leaf_at) = self.leaf_of(entry.key()) else {
            if !entry.is_deletion() {
                self.leaves.push(Leaf::new(entry.key()));
                self.insert(0, 0, entry);
            }
            return None;
        };
        let leaf = &mut self.leaves[leaf_at];
        match leaf.search(entry.key()) {
            Ok(at) => {
                let slot = &mut leaf.slots[at];
                let previous = slot.live().cloned();
                match (previous.is_some(), entry.is_deletion()) {
                    (false, true) => return None,
                    (false, false) => {
                        leaf.live += 1;
                        self.live += 1;
                    }
                    (true, true) => {
                        leaf.live -= 1;
                        self.live -= 1;
                    }
                    (true, false) => {}
                }
                slot.push(entry);
                previous
            }
            Err(at) => {
                if !entry.is_deletion() {
                    self.insert(leaf_at, at, entry);
                }
                None
            }
        }
    }

    fn insert(&mut self, mut leaf_at: usize, mut at: usize, entry: Entry) {
        if self.leaves[leaf_at].slots.len() == LEAF_MAX_KEYS {
            // Appending in order (a bulk load) leaves full leaves behind instead of half-full
            // ones.
            let appended = at == LEAF_MAX_KEYS && leaf_at + 1 == self.leaves.len();
            let keep = if appended { at } else { LEAF_MAX_KEYS / 2 };
            self.split(leaf_at, keep, &entry);
            if at > keep || appended {
                leaf_at += 1;
                at -= keep;
            }
        }
        self.leaves[leaf_at].insert(at, entry);
        self.live += 1;
        self.keys += 1;
    }

    /// Moves all but so many of a leaf's keys into a new one behind it; where none are left to
    /// move, it is for this entry.
    fn split(&mut self, leaf_at: usize, keep: usize, entry: &Entry) {
        let leaf = &mut self.leaves[leaf_at];
        let bound = leaf.slots.get(keep).map_or(entry.key(), Slot::key);
        let mut next = Leaf::new(bound);
        next.slots.extend(leaf.slots.drain(keep..));
        leaf.settle();
        next.settle();
        self.leaves.insert(leaf_at + 1, next);
    }

    /// Takes back the versions of a key above this revision: they never became durable.
    pub fn roll_back(&mut self, key: &[u8], revision: Revision) {
        self.edit(key, |slot| slot.roll_back(revision));
    }

    /// Drops the versions of a key that no revision from this one on can see.
    pub fn compact(&mut self, key: &[u8], revision: Revision) {
        self.edit(key, |slot| slot.compact(revision));
    }

    /// Changes the versions of a key; it is removed when `change` answers false.
    fn edit(&mut self, key: &[u8], change: impl FnOnce(&mut Slot) -> bool) {
        let Some(leaf_at) = self.leaf_of(key) else {
            return;
        };
        let leaf = &mut self.leaves[leaf_at];
        let Ok(at) = leaf.search(key) else {
            return;
        };
        let slot = &mut leaf.slots[at];
        let lived = slot.live().is_some();
        let stays = change(slot);
        let lives = stays && slot.live().is_some();
        if lived != lives {
            leaf.live = if lives { leaf.live + 1 } else { leaf.live - 1 };
            self.live = if lives { self.live + 1 } else { self.live - 1 };
        }
        if !stays {
            leaf.remove(at);
            self.keys -= 1;
            self.merge(leaf_at);
        }
    }

    fn merge(&mut self, leaf_at: usize) {
        if self.leaves[leaf_at].slots.is_empty() {
            self.leaves.remove(leaf_at);
            return;
        }
        let next = leaf_at + 1;
        let size = self.leaves[leaf_at].slots.len();
        if size >= LEAF_MIN_KEYS || next >= self.leaves.len() {
            return;
        }
        if size + self.leaves[next].slots.len() <= LEAF_MAX_KEYS {
            let absorbed = self.leaves.remove(next);
            self.leaves[leaf_at].slots.extend(absorbed.slots);
            self.leaves[leaf_at].settle();
        }
    }

    /// Visits the entries that were live at a revision, in key order, until `visit` answers false
    /// or the end.
    pub fn scan(
        &self,
        from: From<'_>,
        end: Option<&[u8]>,
        revision: Revision,
        mut visit: impl FnMut(&Entry) -> bool,
    ) {
        let start = match from {
            From::At(key) | From::After(key) => key,
        };
        let Some(first) = self.leaf_of(start) else {
            return;
        };
        for (offset, leaf) in self.leaves[first..].iter().enumerate() {
            let begin = match (offset, from) {
                (0, From::At(key)) => leaf.at_or_after(key),
                (0, From::After(key)) => leaf.search(key).map_or_else(|at| at, |at| at + 1),
                _ => 0,
            };
            for slot in &leaf.slots[begin..] {
                if end.is_some_and(|end| slot.key() >= end) {
                    return;
                }
                if let Some(entry) = slot.at(revision)
                    && !visit(entry)
                {
                    return;
                }
            }
        }
    }

    /// Visits every version that is kept, deletions too, in the order of keys and, of one key, of
    /// revisions: of so many keys after this one. Returns whether there are more.
    pub fn versions(&self, after: &[u8], keys: usize, mut visit: impl FnMut(&Entry)) -> bool {
        let Some(leaf_at) = self.leaf_of(after) else {
            return false;
        };
        let first = &self.leaves[leaf_at];
        let begin = first.at_or_after(after);
        let rest = self.leaves[leaf_at + 1..].iter();
        let slots = first.slots[begin..]
            .iter()
            .chain(rest.flat_map(|leaf| &leaf.slots));
        let mut slots = slots.skip_while(|slot| slot.key() == after);
        for slot in slots.by_ref().take(keys) {
            slot.older
                .iter()
                .flat_map(|older| older.iter())
                .for_each(&mut visit);
            visit(&slot.newest);
        }
        slots.next().is_some()
    }

    /// Live keys below this key (not counting it), at the newest revision.
    pub fn rank(&self, key: &[u8]) -> usize {
        let Some(leaf_at) = self.leaf_of(key) else {
            return 0;
        };
        let before: usize = self.leaves[..leaf_at].iter().map(|leaf| leaf.live).sum();
        let leaf = &self.leaves[leaf_at];
        let within = leaf.slots[..leaf.at_or_after(key)]
            .iter()
            .filter(|slot| slot.live().is_some())
            .count();
        before + within
    }

    /// Live keys of a range at the newest revision.
    pub fn count(&self, start: &[u8], end: Option<&[u8]>) -> usize {
        let upper = match end {
            Some(end) if end <= start => return 0,
            Some(end) => self.rank(end),
            None => self.live,
        };
        upper - self.rank(start)
    }

    /// Builds from keys in strictly rising order, as a snapshot has them.
    pub fn append(&mut self, entry: Entry) {
        debug_assert!(!entry.is_deletion());
        let full = |leaf: &Leaf| leaf.slots.len() == LEAF_MAX_KEYS;
        if self.leaves.last().is_none_or(full) {
            self.leaves.push(Leaf::new(entry.key()));
        }
        if let Some(leaf) = self.leaves.last_mut() {
            leaf.insert(leaf.slots.len(), entry);
            self.live += 1;
            self.keys += 1;
        }
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
