//! One change of one key, shared by everyone who watches it, and the log of changes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use bytes::Bytes;

use crate::Revision;
use crate::entry::{Entry, Key};
use crate::error::StoreError;
use crate::request::Range;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::views::{View, ViewId, Views, encode_object};

#[derive(Debug)]
pub struct Change {
    pub revision: Revision,
    /// The place among the changes of its revision.
    pub order: u32,
    pub key: Key,
    /// None is a deletion.
    pub current: Option<Entry>,
    pub previous: Option<Entry>,
    /// The encoded forms that watchers asked for; bounded together by `FormBudget`.
    forms: Mutex<Vec<Form>>,
}

#[derive(Debug)]
struct Form {
    view: ViewId,
    previous: bool,
    bytes: Bytes,
}

/// What a watcher is told: leaving its selector is a deletion, entering it an addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    Added,
    Modified,
    Deleted,
}

impl EventKind {
    /// From whether the value before and the value after the change are selected.
    pub fn of(previous: bool, current: bool) -> Option<EventKind> {
        match (previous, current) {
            (false, true) => Some(EventKind::Added),
            (true, true) => Some(EventKind::Modified),
            (true, false) => Some(EventKind::Deleted),
            (false, false) => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            EventKind::Added => "ADDED",
            EventKind::Modified => "MODIFIED",
            EventKind::Deleted => "DELETED",
        }
    }
}

impl Change {
    pub(crate) fn new(
        revision: Revision,
        order: u32,
        key: Key,
        current: Option<Entry>,
        previous: Option<Entry>,
    ) -> Self {
        Change {
            revision,
            order,
            key,
            current,
            previous,
            forms: Mutex::new(Vec::new()),
        }
    }

    /// Bytes that the history keeps for this change beyond what the newest state needs.
    fn retained_bytes(&self) -> usize {
        const CHANGE_BYTES: usize = 160;
        CHANGE_BYTES
            + self
                .previous
                .as_ref()
                .map_or(0, |entry| entry.value().len())
    }

    /// The event's object in a view, encoded at its first use. A deletion shows the previous
    /// value with the deletion's revision.
    pub(crate) fn encoded(
        self: &Arc<Self>,
        kind: EventKind,
        view: (ViewId, &View),
        views: &dyn Views,
        budget: &FormBudget,
    ) -> Result<Bytes, StoreError> {
        let previous = kind == EventKind::Deleted;
        // Held while encoding, so that a second worker waits instead of encoding again.
        let mut forms = self.forms.lock();
        if let Some(form) = forms
            .iter()
            .find(|f| f.view == view.0 && f.previous == previous)
        {
            return Ok(form.bytes.clone());
        }
        let entry = if previous {
            self.previous.as_ref()
        } else {
            self.current.as_ref()
        };
        let value = entry.map_or(&[][..], |entry| entry.value());
        let bytes = encode_object(views, view.1, value, self.revision)?;
        budget.encodings.fetch_add(1, Ordering::Relaxed);
        forms.push(Form {
            view: view.0,
            previous,
            bytes: bytes.clone(),
        });
        drop(forms);
        budget.add(self, view.0, previous, bytes.len());
        Ok(bytes)
    }

    fn forget(&self, view: ViewId, previous: bool) {
        self.forms
            .lock()
            .retain(|form| form.view != view || form.previous != previous);
    }
}

/// Keeps the encoded forms of all changes under one bound: the oldest are forgotten first and are
/// encoded again if someone still wants them.
pub(crate) struct FormBudget {
    max_bytes: usize,
    held: Mutex<Held>,
    pub encodings: AtomicU64,
}

#[derive(Default)]
struct Held {
    /// Weak: a change that the history and all queues have dropped goes, whatever stands here.
    forms: VecDeque<(Weak<Change>, ViewId, bool, usize)>,
    bytes: usize,
}

impl FormBudget {
    pub fn new(max_bytes: usize) -> Self {
        FormBudget {
            max_bytes,
            held: Mutex::default(),
            encodings: AtomicU64::new(0),
        }
    }

    fn add(&self, change: &Arc<Change>, view: ViewId, previous: bool, bytes: usize) {
        let mut dropped = Vec::new();
        {
            let mut held = self.held.lock();
            held.bytes += bytes;
            held.forms
                .push_back((Arc::downgrade(change), view, previous, bytes));
            while held.bytes > self.max_bytes {
                let Some(oldest) = held.forms.pop_front() else {
                    break;
                };
                held.bytes -= oldest.3;
                dropped.push(oldest);
            }
        }
        for (change, view, previous, _) in dropped {
            if let Some(change) = change.upgrade() {
                change.forget(view, previous);
            }
        }
    }

    pub fn bytes(&self) -> usize {
        self.held.lock().bytes
    }
}

/// The changes of the kept history, in order. A position is the number of changes before, counted
/// from the store's start, so that it stays right when the front is trimmed.
#[derive(Default)]
pub(crate) struct ChangeLog {
    changes: VecDeque<Arc<Change>>,
    first_position: u64,
    retained_bytes: usize,
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

impl ChangeLog {
    pub fn push(&mut self, change: Arc<Change>) {
        if let Some(part) = part_of(&change.key) {
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
        if let Some(part) = part_of(&change.key)
            && let Some(positions) = self.parts.get_mut(part)
        {
            positions.pop_front();
            if positions.is_empty() {
                self.parts.remove(part);
            }
        }
        if self.first_position < self.compacted_position {
            self.compacted_bytes -= change.retained_bytes();
        }
        self.first_position += 1;
        self.retained_bytes -= change.retained_bytes();
        Some(change)
    }

    /// The newest revision that must be compacted so that at most these bounds are kept; whole
    /// revisions only. Looks only at what goes.
    pub fn excess(&self, max_changes: usize, max_bytes: usize) -> Option<Revision> {
        let (kept, mut bytes) = self.kept();
        let mut excess = kept.saturating_sub(max_changes);
        let mut last = None;
        for change in self.changes.iter().skip(self.changes.len() - kept) {
            if excess == 0 && bytes <= max_bytes {
                break;
            }
            last = Some(change.revision);
            bytes -= change.retained_bytes();
            excess = excess.saturating_sub(1);
        }
        last
    }
}
