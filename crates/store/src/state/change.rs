//! One change of one key, shared by everyone who watches it, and its encoded forms.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use bytes::Bytes;

use crate::Revision;
use crate::error::StoreError;
use crate::state::entry::{ENTRY_BYTES, Entry};
use crate::state::views::{View, ViewId, Views, encode_object};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub struct Change {
    pub revision: Revision,
    /// What it made: a version, or a deletion.
    made: Entry,
    /// None: there was none, or it was not read; see `RawEvent`.
    pub previous: Option<Entry>,
    /// There was a previous version, whether it was read or not.
    replaces: bool,
    /// The encoded forms that watchers asked for; bounded together by `FormBudget`.
    forms: Mutex<Vec<Form>>,
}

/// Of a change, with its places in the history's lists and the index (which grow by doubling).
const CHANGE_BYTES: usize = 200;
/// Of an encoded form beside its bytes.
const FORM_BYTES: usize = 200;

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
    pub(crate) fn new(made: Entry, previous: Option<Entry>) -> Self {
        debug_assert!(previous.as_ref().is_none_or(|p| p.key() == made.key()));
        Change {
            revision: made.mod_revision(),
            made,
            replaces: previous.is_some(),
            previous,
            forms: Mutex::new(Vec::new()),
        }
    }

    pub fn key(&self) -> &[u8] {
        self.made.key()
    }

    /// The place among the changes of its revision.
    pub fn order(&self) -> u32 {
        self.made.order()
    }

    /// None is a deletion.
    pub fn current(&self) -> Option<&Entry> {
        Some(&self.made).filter(|made| !made.is_deletion())
    }

    /// It replaced a version that nobody asked for.
    pub(crate) fn over_unread(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Whether there was a version before.
    pub fn replaces(&self) -> bool {
        self.replaces
    }

    /// Bytes that the history keeps for this change beyond what the newest state needs.
    pub(crate) fn retained_bytes(&self) -> usize {
        let gone = self.made.is_deletion().then_some(&self.made);
        let entries = self.previous.iter().chain(gone);
        CHANGE_BYTES
            + entries
                .map(|entry| ENTRY_BYTES + entry.bytes())
                .sum::<usize>()
    }

    /// Bytes of the version that it made.
    pub(crate) fn current_bytes(&self) -> usize {
        self.current().map_or(0, Entry::bytes)
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
            self.current()
        };
        let value = entry.map_or(&[][..], |entry| entry.value());
        let bytes = encode_object(views, view.1, value, self.revision)?;
        budget.encodings.fetch_add(1, Ordering::Relaxed);
        forms.reserve_exact(1);
        forms.push(Form {
            view: view.0,
            previous,
            bytes: bytes.clone(),
        });
        drop(forms);
        budget.add(self, view.0, previous, FORM_BYTES + bytes.len());
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
