//! Ordered keys with their versions: a two-level sorted array, so that the rank of a key (and
//! with it counts of a range) costs one pass over leaf counters instead of one over the keys.

use crate::Revision;
use crate::state::entry::{Entry, Key};

/// A leaf is split in two when it would grow beyond this many keys.
const LEAF_MAX_KEYS: usize = 128;
/// A leaf smaller than this is merged with its neighbour when keys are removed.
const LEAF_MIN_KEYS: usize = 24;

#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub revision: Revision,
    /// None is a deletion.
    pub entry: Option<Entry>,
}

/// Most keys have one version once compaction has passed: they pay for no vector.
#[derive(Debug)]
enum History {
    One(Entry),
    /// In the order of revisions, never empty.
    #[expect(
        clippy::box_collection,
        reason = "a slot is 32 bytes with it and 40 without"
    )]
    Many(Box<Vec<Version>>),
}

impl History {
    fn newest(&self) -> Option<&Entry> {
        match self {
            History::One(entry) => Some(entry),
            History::Many(versions) => versions.last().and_then(|v| v.entry.as_ref()),
        }
    }

    fn at(&self, revision: Revision) -> Option<&Entry> {
        match self {
            History::One(entry) => (entry.mod_revision() <= revision).then_some(entry),
            History::Many(versions) => {
                let after = versions.partition_point(|v| v.revision <= revision);
                versions[..after].last().and_then(|v| v.entry.as_ref())
            }
        }
    }

    fn push(&mut self, version: Version) {
        match self {
            History::One(first) => {
                let first = Version {
                    revision: first.mod_revision(),
                    entry: Some(first.clone()),
                };
                *self = History::Many(Box::new(vec![first, version]));
            }
            History::Many(versions) => match versions.last_mut() {
                // A second write of a key within one transaction replaces the first.
                Some(last) if last.revision == version.revision => *last = version,
                _ => versions.push(version),
            },
        }
    }

    /// Back to the small form when one live version is left.
    fn shrink(&mut self) {
        if let History::Many(versions) = self
            && versions.len() == 1
            && let Some(entry) = versions[0].entry.take()
        {
            *self = History::One(entry);
        }
    }
}

#[derive(Debug)]
struct Slot {
    key: Key,
    history: History,
}

#[derive(Debug)]
struct Leaf {
    /// At most the first slot's key, and above all keys of the leaf before: the first key it
    /// ever had. Kept here, because the search over leaves would otherwise go through one more
    /// pointer a step.
    bound: Key,
    slots: Vec<Slot>,
    /// Keys whose newest version is not a deletion.
    live: usize,
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
        self.find(key).and_then(|slot| slot.history.newest())
    }

    /// The entry at a revision, with the key as the index holds it.
    pub fn found_at(&self, key: &[u8], revision: Revision) -> Option<(&Key, &Entry)> {
        let slot = self.find(key)?;
        Some((&slot.key, slot.history.at(revision)?))
    }

    fn find(&self, key: &[u8]) -> Option<&Slot> {
        let leaf = self.leaves.get(self.leaf_of(key)?)?;
        let at = leaf
            .slots
            .binary_search_by(|slot| slot.key.as_ref().cmp(key))
            .ok()?;
        leaf.slots.get(at)
    }

    /// The leaf that holds the key or would; None when there are no leaves.
    fn leaf_of(&self, key: &[u8]) -> Option<usize> {
        if self.leaves.is_empty() {
            return None;
        }
        let after = self
            .leaves
            .partition_point(|leaf| leaf.bound.as_ref() <= key);
        Some(after.saturating_sub(1))
    }

    /// Adds a version and returns the live entry that it replaces. The key becomes the allocation
    /// that the index holds, so that the log shares it.
    pub fn push(
        &mut self,
        key: &mut Key,
        revision: Revision,
        entry: Option<Entry>,
    ) -> Option<Entry> {
        debug_assert!(!key.is_empty());
        debug_assert!(entry.as_ref().is_none_or(|e| e.mod_revision() == revision));
        let Some(leaf_at) = self.leaf_of(key) else {
            if let Some(entry) = entry {
                let bound = key.clone();
                self.leaves.push(Leaf {
                    bound,
                    slots: Vec::new(),
                    live: 0,
                });
                self.insert(0, 0, key, entry);
            }
            return None;
        };
        let leaf = &mut self.leaves[leaf_at];
        match leaf
            .slots
            .binary_search_by(|slot| slot.key.as_ref().cmp(key))
        {
            Ok(at) => {
                let slot = &mut leaf.slots[at];
                key.clone_from(&slot.key);
                let previous = slot.history.newest().cloned();
                let lives = entry.is_some();
                slot.history.push(Version { revision, entry });
                match (previous.is_some(), lives) {
                    (false, true) => {
                        leaf.live += 1;
                        self.live += 1;
                    }
                    (true, false) => {
                        leaf.live -= 1;
                        self.live -= 1;
                    }
                    _ => {}
                }
                previous
            }
            Err(at) => {
                if let Some(entry) = entry {
                    self.insert(leaf_at, at, key, entry);
                }
                None
            }
        }
    }

    fn insert(&mut self, leaf_at: usize, at: usize, key: &Key, entry: Entry) {
        let leaf = &mut self.leaves[leaf_at];
        leaf.slots.insert(
            at,
            Slot {
                key: key.clone(),
                history: History::One(entry),
            },
        );
        if key.as_ref() < leaf.bound.as_ref() {
            leaf.bound = key.clone();
        }
        leaf.live += 1;
        self.live += 1;
        self.keys += 1;
        if leaf.slots.len() > LEAF_MAX_KEYS {
            // Appending in order (a bulk load) leaves full leaves behind instead of half-full
            // ones.
            let appended = at + 1 == leaf.slots.len() && leaf_at + 1 == self.leaves.len();
            self.split(
                leaf_at,
                if appended {
                    LEAF_MAX_KEYS
                } else {
                    LEAF_MAX_KEYS / 2
                },
            );
        }
    }

    fn split(&mut self, leaf_at: usize, keep: usize) {
        let leaf = &mut self.leaves[leaf_at];
        let slots = leaf.slots.split_off(keep);
        let live = slots
            .iter()
            .filter(|slot| slot.history.newest().is_some())
            .count();
        leaf.live -= live;
        let bound = slots[0].key.clone();
        self.leaves.insert(leaf_at + 1, Leaf { bound, slots, live });
    }

    /// Takes back the versions of a key above this revision: they never became durable.
    pub fn roll_back(&mut self, key: &[u8], revision: Revision) {
        self.edit(key, |history| match history {
            History::One(entry) => entry.mod_revision() <= revision,
            History::Many(versions) => {
                versions.retain(|version| version.revision <= revision);
                !versions.is_empty()
            }
        });
    }

    /// Drops the versions of a key that no revision from this one on can see.
    pub fn compact(&mut self, key: &[u8], revision: Revision) {
        self.edit(key, |history| match history {
            History::One(_) => true,
            History::Many(versions) => {
                let after = versions.partition_point(|version| version.revision <= revision);
                let mut drop = after.saturating_sub(1);
                if after > 0 && versions[after - 1].entry.is_none() {
                    drop = after;
                }
                versions.drain(..drop);
                !versions.is_empty()
            }
        });
    }

    /// Changes a history; it is removed when `change` answers false.
    fn edit(&mut self, key: &[u8], change: impl FnOnce(&mut History) -> bool) {
        let Some(leaf_at) = self.leaf_of(key) else {
            return;
        };
        let leaf = &mut self.leaves[leaf_at];
        let Ok(at) = leaf
            .slots
            .binary_search_by(|slot| slot.key.as_ref().cmp(key))
        else {
            return;
        };
        let slot = &mut leaf.slots[at];
        let lived = slot.history.newest().is_some();
        let stays = change(&mut slot.history);
        slot.history.shrink();
        let lives = stays && slot.history.newest().is_some();
        if lived != lives {
            leaf.live = if lives { leaf.live + 1 } else { leaf.live - 1 };
            self.live = if lives { self.live + 1 } else { self.live - 1 };
        }
        if !stays {
            leaf.slots.remove(at);
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
            self.leaves[leaf_at].live += absorbed.live;
        }
    }

    /// Visits the entries that were live at a revision, in key order, until `visit` answers false
    /// or the end.
    pub fn scan(
        &self,
        from: From<'_>,
        end: Option<&[u8]>,
        revision: Revision,
        mut visit: impl FnMut(&Key, &Entry) -> bool,
    ) {
        let start = match from {
            From::At(key) | From::After(key) => key,
        };
        let Some(first) = self.leaf_of(start) else {
            return;
        };
        for (offset, leaf) in self.leaves[first..].iter().enumerate() {
            let begin = if offset > 0 {
                0
            } else {
                leaf.slots.partition_point(|slot| match from {
                    From::At(key) => slot.key.as_ref() < key,
                    From::After(key) => slot.key.as_ref() <= key,
                })
            };
            for slot in &leaf.slots[begin..] {
                if end.is_some_and(|end| slot.key.as_ref() >= end) {
                    return;
                }
                if let Some(entry) = slot.history.at(revision)
                    && !visit(&slot.key, entry)
                {
                    return;
                }
            }
        }
    }

    /// Live keys below this key (not counting it), at the newest revision.
    pub fn rank(&self, key: &[u8]) -> usize {
        let Some(leaf_at) = self.leaf_of(key) else {
            return 0;
        };
        let before: usize = self.leaves[..leaf_at].iter().map(|leaf| leaf.live).sum();
        let within = self.leaves[leaf_at]
            .slots
            .iter()
            .take_while(|slot| slot.key.as_ref() < key)
            .filter(|slot| slot.history.newest().is_some())
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
    pub fn append(&mut self, key: Key, entry: Entry) {
        match self.leaves.last_mut() {
            Some(leaf) if leaf.slots.len() < LEAF_MAX_KEYS => {
                leaf.slots.push(Slot {
                    key,
                    history: History::One(entry),
                });
                leaf.live += 1;
            }
            _ => {
                let mut slots = Vec::with_capacity(LEAF_MAX_KEYS);
                slots.push(Slot {
                    key: key.clone(),
                    history: History::One(entry),
                });
                self.leaves.push(Leaf {
                    bound: key,
                    slots,
                    live: 1,
                });
            }
        }
        self.live += 1;
        self.keys += 1;
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
