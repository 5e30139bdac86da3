//! Revisions that reads in progress still need: compaction goes on, their memory stays.
//!
//! What they may hold is bounded. Compacted history beyond once more the history's own bounds, more
//! pins than `MAX_PINS`, or one that holds history for `MAX_PIN_MILLIS`: the oldest loses, and its
//! reader is told `compacted` at its next step. A pin that holds nothing back is never taken.

use std::collections::{BTreeMap, BTreeSet};

use crate::Revision;

/// Reads in progress at once.
pub(crate) const MAX_PINS: usize = 10_000;
/// As long as upstream's compaction leaves to whoever pages through a list, twice.
const MAX_PIN_MILLIS: u64 = 10 * 60 * 1000;

#[derive(Debug, Default)]
pub(crate) struct Pins {
    by_id: BTreeMap<u64, Pinned>,
    by_revision: BTreeSet<(Revision, u64)>,
    next_id: u64,
}

#[derive(Debug)]
struct Pinned {
    revision: Revision,
    /// When its age was looked at first.
    since_millis: Option<u64>,
    /// The store's own (a snapshot's): there is one at a time, and it makes progress.
    own: bool,
}

impl Pins {
    pub fn add(&mut self, revision: Revision, own: bool) -> u64 {
        if self.by_id.len() >= MAX_PINS {
            let oldest = self.by_id.iter().find(|(_, pinned)| !pinned.own);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                self.remove(id);
            }
        }
        self.next_id += 1;
        let pinned = Pinned {
            revision,
            since_millis: None,
            own,
        };
        self.by_id.insert(self.next_id, pinned);
        self.by_revision.insert((revision, self.next_id));
        self.next_id
    }

    pub fn remove(&mut self, id: u64) {
        if let Some(pinned) = self.by_id.remove(&id) {
            let was_there = self.by_revision.remove(&(pinned.revision, id));
            debug_assert!(was_there);
        }
    }

    pub fn holds(&self, id: u64) -> bool {
        self.by_id.contains_key(&id)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The oldest revision that is needed.
    pub fn floor(&self) -> Option<Revision> {
        self.by_revision.first().map(|(revision, _)| *revision)
    }

    /// The oldest revision is not needed any more, whoever reads there; answers whether that
    /// changed anything.
    pub fn lose_oldest(&mut self) -> bool {
        let Some(floor) = self.floor() else {
            return false;
        };
        let at_floor = self.by_revision.range((floor, 0)..=(floor, u64::MAX));
        let lost: Vec<u64> = at_floor
            .map(|(_, id)| *id)
            .filter(|id| self.by_id.get(id).is_some_and(|pinned| !pinned.own))
            .collect();
        for id in &lost {
            self.remove(*id);
        }
        !lost.is_empty()
    }

    /// Those that have held history before this revision for too long lose.
    pub fn age(&mut self, compacted: Revision, now_millis: u64) {
        let mut lost = Vec::new();
        for (_, id) in self.by_revision.range(..(compacted, 0)) {
            let Some(pinned) = self.by_id.get_mut(id) else {
                continue;
            };
            let since = *pinned.since_millis.get_or_insert(now_millis);
            if !pinned.own && now_millis.saturating_sub(since) >= MAX_PIN_MILLIS {
                lost.push(*id);
            }
        }
        for id in lost {
            self.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_the_oldest_that_is_needed() {
        let mut pins = Pins::default();
        assert_eq!(pins.floor(), None);
        let ids = [9, 5, 5].map(|revision| pins.add(revision, false));
        assert_eq!(pins.floor(), Some(5));
        pins.remove(ids[1]);
        assert_eq!(pins.floor(), Some(5));
        pins.remove(ids[2]);
        pins.remove(ids[2]);
        assert_eq!(pins.floor(), Some(9));
        assert!(pins.holds(ids[0]) && !pins.holds(ids[1]));
    }

    #[test]
    fn the_oldest_loses_and_the_stores_own_does_not() {
        let mut pins = Pins::default();
        let own = pins.add(5, true);
        let others = [5, 5, 7].map(|revision| pins.add(revision, false));
        assert!(pins.lose_oldest());
        assert!(pins.holds(own) && pins.holds(others[2]));
        assert!(!pins.holds(others[0]) && !pins.holds(others[1]));
        assert!(!pins.lose_oldest());
        pins.remove(own);
        assert!(pins.lose_oldest());
        assert_eq!(pins.floor(), None);
    }

    #[test]
    fn there_are_so_many_at_most() {
        let mut pins = Pins::default();
        let own = pins.add(1, true);
        let ids: Vec<u64> = (0..MAX_PINS as u64 + 5)
            .map(|number| pins.add(100 + number, false))
            .collect();
        assert_eq!(pins.len(), MAX_PINS);
        assert!(pins.holds(own));
        let lost = ids.iter().filter(|id| !pins.holds(**id)).count();
        assert_eq!(lost, 6);
        assert!(!pins.holds(ids[5]) && pins.holds(ids[6]));
    }

    #[test]
    fn age_counts_from_when_history_is_held_back() {
        let mut pins = Pins::default();
        let id = pins.add(5, false);
        pins.age(5, 1_000);
        pins.age(5, 1_000 + 2 * MAX_PIN_MILLIS);
        let begin = 1_000 + 3 * MAX_PIN_MILLIS;
        pins.age(6, begin);
        pins.age(6, begin + MAX_PIN_MILLIS - 1);
        assert!(pins.holds(id));
        pins.age(6, begin + MAX_PIN_MILLIS);
        assert!(!pins.holds(id));
    }
}
