//! A whole list that is handed out as fast as its reader takes it: first all that is selected is
//! looked up and held, then it is encoded piece by piece. What is held costs a pointer each, and
//! the versions that meanwhile are replaced.

use std::sync::Arc;

use steersman_grammar::varint;

use crate::Revision;
use crate::error::StoreError;
use crate::state::entry::Entry;
use crate::state::list::{ListRequest, Scan, write_item};
use crate::state::live::Live;
use crate::state::views::{Format, View};

pub struct Listing {
    live: Arc<Live>,
    view: Arc<View>,
    revision: Revision,
    /// None once everything has been looked up.
    scan: Option<Scan>,
    entries: Vec<Entry>,
    found: usize,
    /// Of protobuf items, with what stands before each.
    item_bytes: usize,
    /// How many were written.
    written: usize,
}

/// Keys looked at under one hold of the lock.
const PAGE_KEYS: usize = 256;

impl Listing {
    /// Everything that the request selects: its limit is not heeded.
    pub(crate) fn of(live: &Arc<Live>, request: ListRequest) -> Result<Listing, StoreError> {
        let view = live.view(request.view)?;
        let ListRequest {
            range,
            selector,
            revision,
            after,
            ..
        } = request;
        let scan = Scan::new(live, range, selector, revision, after)?;
        Ok(Listing {
            live: live.clone(),
            view,
            revision: scan.revision(),
            scan: Some(scan),
            entries: Vec::new(),
            found: 0,
            item_bytes: 0,
            written: 0,
        })
    }

    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Looks at about so many more keys; true when all have been looked at.
    pub fn collect(&mut self, keys: usize) -> Result<bool, StoreError> {
        let mut looked_at = 0;
        while looked_at < keys {
            let Some(scan) = &mut self.scan else {
                return Ok(true);
            };
            let begin = self.entries.len();
            scan.page(PAGE_KEYS, &mut self.entries)?;
            looked_at += PAGE_KEYS;
            self.found = self.entries.len();
            if scan.finished {
                self.scan = None;
            }
            if self.view.format == Format::Json {
                continue;
            }
            for entry in &self.entries[begin..] {
                let length = self.length_of(entry)?;
                let framed = 1 + varint::length(length as u64) + length;
                self.item_bytes += framed;
            }
        }
        Ok(self.scan.is_none())
    }

    fn length_of(&self, entry: &Entry) -> Result<usize, StoreError> {
        let (views, revision) = (&self.live.views, entry.mod_revision());
        let known = views.item_length(&self.view, entry.value(), revision);
        if let Some(length) = known {
            return Ok(length);
        }
        let mut item = Vec::new();
        views
            .encode_item(&self.view, entry.value(), revision, &mut item)
            .map_err(|message| entry.unreadable(&message))?;
        Ok(item.len())
    }

    /// Objects that were found.
    pub fn count(&self) -> usize {
        self.found
    }

    /// How long all items will be together. Of protobuf forms only, once all have been looked up.
    pub fn item_bytes(&self) -> usize {
        debug_assert!(self.scan.is_none() && self.view.format != Format::Json);
        self.item_bytes
    }

    /// Appends items until `max_bytes` are there; true when there are no more.
    pub fn write(&mut self, max_bytes: usize, out: &mut Vec<u8>) -> Result<bool, StoreError> {
        debug_assert!(self.scan.is_none());
        while let Some(entry) = self.entries.get(self.written) {
            if out.len() >= max_bytes {
                return Ok(false);
            }
            write_item(&self.live, &self.view, entry, self.written > 0, out)?;
            self.written += 1;
        }
        self.entries = Vec::new();
        Ok(true)
    }
}
