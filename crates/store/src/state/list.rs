//! Reads that cover many keys, in bounded steps at one revision.

use std::collections::VecDeque;
use std::sync::Arc;

use steersman_grammar::varint;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::state::apply::State;
use crate::state::entry::Entry;
use crate::state::index::From;
use crate::state::live::Live;
use crate::state::request::Range;
use crate::state::selector::Selector;
use crate::state::views::{Format, View, ViewId};

/// Keys looked at under one hold of the lock.
const PAGE_KEYS: usize = 256;

/// Keeps a revision readable while it lives, compaction or not, within the bounds of `pins.rs`.
pub(crate) struct Pin {
    live: Arc<Live>,
    revision: Revision,
    id: u64,
}

impl Pin {
    pub fn new(live: &Arc<Live>, asked: Revision, own: bool) -> Result<Pin, StoreError> {
        // Compaction changes the state under its write lock: it cannot pass this revision
        // meanwhile.
        let state = live.state.read();
        let newest = live.current_revision();
        state.check_revision(asked, newest)?;
        let revision = if asked == 0 { newest } else { asked };
        let id = state.pins.lock().add(revision, own);
        drop(state);
        Ok(Pin {
            live: live.clone(),
            revision,
            id,
        })
    }

    /// Whether the revision can still be read.
    fn check(&self, state: &State) -> Result<(), StoreError> {
        if self.revision < state.compacted && !state.pins.lock().holds(self.id) {
            return Err(StoreError::compacted(self.revision, state.compacted));
        }
        Ok(())
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.live.state.read().pins.lock().remove(self.id);
    }
}

/// Walks a range at one revision.
pub(crate) struct Scan {
    pin: Pin,
    range: Range,
    end: Option<Box<[u8]>>,
    after: Option<Box<[u8]>>,
    selector: Selector,
    pub finished: bool,
}

impl Scan {
    pub fn new(
        live: &Arc<Live>,
        range: Range,
        selector: Selector,
        asked: Revision,
        after: Option<Box<[u8]>>,
    ) -> Result<Scan, StoreError> {
        Scan::of(Pin::new(live, asked, false)?, range, selector, after)
    }

    /// Everything, for the store itself.
    pub fn everything(live: &Arc<Live>, asked: Revision) -> Result<Scan, StoreError> {
        let range = Range::Prefix(Box::default());
        Scan::of(
            Pin::new(live, asked, true)?,
            range,
            Selector::default(),
            None,
        )
    }

    fn of(
        pin: Pin,
        range: Range,
        selector: Selector,
        after: Option<Box<[u8]>>,
    ) -> Result<Scan, StoreError> {
        let end = range.end();
        Ok(Scan {
            pin,
            range,
            end,
            after,
            selector,
            finished: false,
        })
    }

    pub fn revision(&self) -> Revision {
        self.pin.revision
    }

    /// The next selected entries of at most `max_keys` keys; empty does not mean that it is
    /// finished. `Compacted`: it took too long.
    pub fn page(&mut self, max_keys: usize, out: &mut Vec<Entry>) -> Result<(), StoreError> {
        let live = &self.pin.live;
        let from = match &self.after {
            Some(after) => From::After(after),
            None => From::At(self.range.start()),
        };
        let begin = out.len();
        self.finished = true;
        {
            let state = live.state.read();
            self.pin.check(&state)?;
            state
                .index
                .scan(from, self.end.as_deref(), self.pin.revision, |entry| {
                    if out.len() - begin == max_keys {
                        self.finished = false;
                        return false;
                    }
                    out.push(entry.clone());
                    true
                });
        }
        if let Some(last) = out[begin..].last() {
            self.after = Some(last.key().into());
        }
        if !self.selector.is_everything() {
            let mut failed = None;
            let mut at = 0;
            out.retain(|found| {
                at += 1;
                at <= begin || selected(live, &self.selector, found, &mut failed)
            });
            if let Some(message) = failed {
                return Err(StoreError::new(Reason::Corrupt, message));
            }
        }
        Ok(())
    }
}

fn selected(live: &Live, selector: &Selector, found: &Entry, failed: &mut Option<String>) -> bool {
    let value = found.value();
    match live
        .views
        .attributes(value, !selector.labels.is_empty(), &selector.paths())
    {
        Ok(attributes) => {
            let fields: Vec<&str> = attributes.fields.iter().map(AsRef::as_ref).collect();
            selector.matches(&attributes, &fields)
        }
        Err(message) => {
            let key = String::from_utf8_lossy(found.key());
            failed.get_or_insert_with(|| format!("{key} is not readable: {message}"));
            false
        }
    }
}

#[derive(Debug, Clone)]
pub struct ListRequest {
    pub range: Range,
    pub view: ViewId,
    pub selector: Selector,
    /// 0 is the newest.
    pub revision: Revision,
    /// Matching objects; 0 is all.
    pub limit: usize,
    /// Start after this key.
    pub after: Option<Box<[u8]>>,
}

/// A list in progress. Drop it to give up.
pub struct ListCursor {
    scan: Scan,
    view: Arc<View>,
    limit: usize,
    count: usize,
    pending: VecDeque<Entry>,
    last: Option<Entry>,
    cut: bool,
}

/// How a list ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEnd {
    pub revision: Revision,
    pub count: usize,
    /// The limit cut the list: continue after this key.
    pub next_key: Option<Box<[u8]>>,
    /// Keys after `next_key`; only without a selector. Writes that happened since the list's
    /// revision count with it: it is an estimate, as the API says.
    pub remaining: Option<usize>,
}

impl ListCursor {
    pub(crate) fn of(live: &Arc<Live>, request: ListRequest) -> Result<ListCursor, StoreError> {
        let view = live.view(request.view)?;
        let ListRequest {
            range,
            selector,
            revision,
            after,
            limit,
            ..
        } = request;
        let scan = Scan::new(live, range, selector, revision, after)?;
        let pending = VecDeque::new();
        Ok(ListCursor {
            scan,
            view,
            limit,
            count: 0,
            pending,
            last: None,
            cut: false,
        })
    }

    pub fn revision(&self) -> Revision {
        self.scan.revision()
    }

    /// Appends encoded items until `max_bytes` are there; answers the end when there are no more.
    /// Looks at a bounded number of keys even when none is selected.
    pub fn step(
        &mut self,
        max_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Result<Option<ListEnd>, StoreError> {
        const STEP_KEYS: usize = 4096;
        let mut keys = 0;
        while out.len() < max_bytes && keys < STEP_KEYS {
            if self.limit > 0 && self.count == self.limit {
                // As upstream, keys that follow are enough: a full page promises no further
                // match.
                self.cut = !self.pending.is_empty() || !self.scan.finished;
                return Ok(Some(self.end()));
            }
            if let Some(found) = self.pending.pop_front() {
                self.encode(&found, out)?;
                self.count += 1;
                self.last = Some(found);
                continue;
            }
            if self.scan.finished {
                return Ok(Some(self.end()));
            }
            let exact = self.limit > 0 && self.scan.selector.is_everything();
            let wanted = if exact {
                self.limit - self.count
            } else {
                PAGE_KEYS
            };
            let mut page = Vec::new();
            self.scan.page(wanted.min(PAGE_KEYS), &mut page)?;
            keys += PAGE_KEYS;
            self.pending.extend(page);
        }
        Ok(None)
    }

    /// Ends it here, as its limit would have.
    pub fn cut(&mut self) -> ListEnd {
        self.cut = !self.pending.is_empty() || !self.scan.finished;
        self.end()
    }

    fn encode(&self, found: &Entry, out: &mut Vec<u8>) -> Result<(), StoreError> {
        write_item(&self.scan.pin.live, &self.view, found, self.count > 0, out)
    }

    fn end(&self) -> ListEnd {
        let revision = self.revision();
        let next_key = match (&self.last, self.cut) {
            (Some(last), true) => Some(Box::<[u8]>::from(last.key())),
            _ => None,
        };
        let remaining = match &next_key {
            Some(key) if self.scan.selector.is_everything() => {
                let mut start = key.to_vec();
                start.push(0);
                let state = self.scan.pin.live.state.read();
                Some(state.index.count(&start, self.scan.end.as_deref()))
            }
            _ => None,
        };
        ListEnd {
            revision,
            count: self.count,
            next_key,
            remaining,
        }
    }
}

/// Appends an item as it stands in a list: after a comma where others come before it, or with its
/// tag and length.
pub(crate) fn write_item(
    live: &Live,
    view: &View,
    found: &Entry,
    follows: bool,
    out: &mut Vec<u8>,
) -> Result<(), StoreError> {
    let revision = found.mod_revision();
    let unreadable = |message: String| found.unreadable(&message);
    if view.format == Format::Json {
        if follows {
            out.push(b',');
        }
        return live
            .views
            .encode_item(view, found.value(), revision, out)
            .map_err(unreadable);
    }
    // Tag of field 2, room for the length, the message.
    out.push(0x12);
    let at = out.len();
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    live.views
        .encode_item(view, found.value(), revision, out)
        .map_err(unreadable)?;
    put_length(out, at);
    Ok(())
}

/// Room for a message's length: enough for 256 MiB.
const LENGTH_BYTES: usize = 4;

/// Writes the length of the message after the room at this place and closes the gap.
fn put_length(out: &mut Vec<u8>, at: usize) {
    let begin = at + LENGTH_BYTES;
    let mut rest = out.len() - begin;
    let used = varint::length(rest as u64);
    for place in &mut out[at..at + used] {
        let more = if rest > 0x7f { 0x80 } else { 0 };
        *place = (rest & 0x7f) as u8 | more;
        rest >>= 7;
    }
    out.copy_within(begin.., at + used);
    out.truncate(out.len() - (LENGTH_BYTES - used));
}
