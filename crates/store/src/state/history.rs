//! The changes that are kept in memory, in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::Revision;
use crate::state::change::Change;
use crate::state::request::Range;

/// What the history in memory may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HistoryLimits {
    pub changes: usize,
    pub bytes: usize,
}

/// How long history stays in memory: as long as upstream's compaction leaves to whoever pages
/// through a list, twice.
const WINDOW_MILLIS: u64 = 10 * 60 * 1000;
const MARK_EVERY_MILLIS: u64 = 10 * 1000;

/// When revisions were new, roughly.
#[derive(Debug, Default)]
pub(crate) struct Window(VecDeque<(u64, Revision)>);

impl Window {
    /// Notes the newest revision at a time; answers the newest that is out of the window.
    pub fn pass(&mut self, now_millis: u64, newest: Revision) -> Option<Revision> {
        let last = self.0.back();
        if last.is_none_or(|(then, _)| now_millis >= then + MARK_EVERY_MILLIS) {
            self.0.push_back((now_millis, newest));
        }
        let mut old = None;
        while let Some((then, revision)) = self.0.front()
            && now_millis.saturating_sub(*then) >= WINDOW_MILLIS
        {
            old = Some(*revision);
            self.0.pop_front();
        }
        old
    }
}

/// The changes of the kept history, in order. A position is the number of changes before, counted
/// from the store's start, so that it stays right when the front is trimmed.
#[derive(Default)]
pub(crate) struct ChangeLog {
    changes: VecDeque<Arc<Change>>,
    first_position: u64,
    retained_bytes: usize,
    /// Of the newest change that was taken out.
    floor: Revision,
    /// Changes before this position are compacted: they go when no pin holds them.
    compacted_position: u64,
    /// Of what is compacted and still there.
    compacted_bytes: usize,
    /// The positions of each part's changes, so that a watch of one resource reads over no other's.
    parts: BTreeMap<Box<[u8]>, VecDeque<u64>>,
}

/// The part of the history that a key belongs to: `/registry/pods/`.
fn part_of(key: &[u8]) -> Option<&[u8]> {
    memchr::memchr_iter(b'/', key).nth(2).map(|at| &key[..=at])
}

/// A list that has become much shorter than it was does not keep its room.
fn give_back<T>(list: &mut VecDeque<T>) {
    if list.capacity() > 64 && list.capacity() > 4 * list.len() {
        list.shrink_to(2 * list.len());
    }
}

impl ChangeLog {
    pub fn push(&mut self, change: Arc<Change>) {
        debug_assert!(!change.key().is_empty());
        let last = self.changes.back();
        let place = (change.revision, change.order());
        debug_assert!(last.is_none_or(|last| (last.revision, last.order()) < place));
        if let Some(part) = part_of(change.key()) {
            let position = self.first_position + self.changes.len() as u64;
            match self.parts.get_mut(part) {
                Some(positions) => positions.push_back(position),
                None => {
                    self.parts.insert(part.into(), VecDeque::from([position]));
                }
            }
        }
        self.retained_bytes += change.retained_bytes();
        self.changes.push_back(change);
    }

    pub fn len(&self) -> usize {
        self.changes.len()
    }

    pub fn retained_bytes(&self) -> usize {
        self.retained_bytes
    }

    /// Changes that are not compacted, and the bytes they retain.
    pub fn kept(&self) -> (usize, usize) {
        let (held, held_bytes) = self.held();
        (self.changes.len() - held, self.retained_bytes - held_bytes)
    }

    /// Changes that are compacted and still there, and the bytes they retain.
    pub fn held(&self) -> (usize, usize) {
        let held = self.compacted_position.saturating_sub(self.first_position);
        (held as usize, self.compacted_bytes)
    }

    /// History up to this revision is compacted. Each change is looked at once.
    pub fn compact_until(&mut self, revision: Revision) {
        let mut at = self.compacted_position.max(self.first_position);
        while let Some(change) = self.changes.get((at - self.first_position) as usize)
            && change.revision <= revision
        {
            self.compacted_bytes += change.retained_bytes();
            at += 1;
        }
        self.compacted_position = at;
    }

    /// Everything after this revision is here.
    pub fn floor(&self) -> Revision {
        self.floor
    }

    pub fn first_position(&self) -> u64 {
        self.first_position
    }

    /// The position of the first change after this revision.
    pub fn position_after(&self, revision: Revision) -> u64 {
        let at = self
            .changes
            .partition_point(|change| change.revision <= revision);
        self.first_position + at as u64
    }

    /// Changes from a position on that may be in the range, at most `max`, and the position to go
    /// on from.
    pub fn read(
        &self,
        range: &Range,
        position: u64,
        max: usize,
        out: &mut Vec<(u64, Arc<Change>)>,
    ) -> u64 {
        let part = match range {
            Range::Key(key) | Range::Prefix(key) => part_of(key),
            Range::Between(_, _) => None,
        };
        let Some(part) = part else {
            let begin = position.saturating_sub(self.first_position) as usize;
            let found = self.changes.iter().skip(begin).take(max).cloned();
            out.extend((position..).zip(found));
            return position + out.len() as u64;
        };
        let mut next = self.first_position + self.changes.len() as u64;
        let Some(positions) = self.parts.get(part) else {
            return next;
        };
        let begin = positions.partition_point(|at| *at < position);
        for at in positions.range(begin..) {
            if out.len() == max {
                next = *at;
                break;
            }
            let found = self.changes.get((at - self.first_position) as usize);
            out.extend(found.map(|change| (*at, change.clone())));
        }
        next
    }

    /// Takes the oldest change out when its revision is at most this.
    pub fn pop_until(&mut self, revision: Revision) -> Option<Arc<Change>> {
        if self.changes.front()?.revision > revision {
            return None;
        }
        let change = self.changes.pop_front()?;
        if let Some(part) = part_of(change.key())
            && let Some(positions) = self.parts.get_mut(part)
        {
            positions.pop_front();
            give_back(positions);
            if positions.is_empty() {
                self.parts.remove(part);
            }
        }
        if self.first_position < self.compacted_position {
            self.compacted_bytes -= change.retained_bytes();
        }
        self.first_position += 1;
        self.floor = change.revision;
        self.retained_bytes -= change.retained_bytes();
        give_back(&mut self.changes);
        Some(change)
    }

    /// The newest revision that must be compacted so that at most these bounds are kept; whole
    /// revisions only. Looks only at what goes, and at no more than `most` changes.
    pub fn excess(&self, max_changes: usize, max_bytes: usize, most: usize) -> Option<Revision> {
        let (kept, mut bytes) = self.kept();
        let mut excess = kept.saturating_sub(max_changes);
        let mut last = None;
        let beyond = self.changes.iter().skip(self.changes.len() - kept);
        for (looked_at, change) in beyond.enumerate() {
            if (excess == 0 && bytes <= max_bytes) || looked_at == most {
                break;
            }
            last = Some(change.revision);
            bytes -= change.retained_bytes();
            excess = excess.saturating_sub(1);
        }
        last
    }
}
