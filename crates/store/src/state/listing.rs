//! A whole list that is handed out as fast as its reader takes it: first all that is selected is
//! looked up and held, then it is encoded piece by piece. What is held costs a pointer each, and
//! the versions that meanwhile are replaced.

use std::sync::Arc;

use bytes::Bytes;
use steersman_grammar::varint;

use crate::Revision;
use crate::error::StoreError;
use crate::state::entry::Entry;
use crate::state::list::{ListRequest, Scan, write_item};
use crate::state::live::Live;
use crate::state::views::{Format, View, ViewId, encode_object};

/// A list at one revision, whatever happens while it is read.
pub struct Listing {
    live: Arc<Live>,
    view: Arc<View>,
    view_id: ViewId,
    revision: Revision,
    /// None once everything has been looked up.
    scan: Option<Scan>,
}

/// Keys looked at under one hold of the lock.
const PAGE_KEYS: usize = 256;

impl Listing {
    /// Everything that the request selects: its limit is not heeded.
    pub(crate) fn of(live: &Arc<Live>, request: ListRequest) -> Result<Listing, StoreError> {
        let view = live.view(request.view)?;
        let ListRequest {
            range,
            view: view_id,
            selector,
            revision,
            after,
            ..
        } = request;
        let scan = Scan::new(live, range, selector, revision, after)?;
        Ok(Listing {
            live: live.clone(),
            view,
            view_id,
            revision: scan.revision(),
            scan: Some(scan),
        })
    }

    pub fn revision(&self) -> Revision {
        self.revision
    }

    pub fn view_id(&self) -> ViewId {
        self.view_id
    }

    pub fn is_json(&self) -> bool {
        self.view.format == Format::Json
    }

    /// Looks at about so many more keys and appends what is selected of them; true when all have
    /// been looked at.
    pub fn page(&mut self, keys: usize, out: &mut Vec<Entry>) -> Result<bool, StoreError> {
        let mut looked_at = 0;
        while looked_at < keys {
            let Some(scan) = &mut self.scan else {
                return Ok(true);
            };
            scan.page(PAGE_KEYS, out)?;
            looked_at += PAGE_KEYS;
            if scan.finished {
                self.scan = None;
            }
        }
        Ok(self.scan.is_none())
    }

    /// How long an item of a protobuf list is, with what stands before it.
    pub fn item_bytes(&self, entry: &Entry) -> Result<usize, StoreError> {
        debug_assert!(!self.is_json());
        let length = self.length_of(entry)?;
        Ok(1 + varint::length(length as u64) + length)
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

    /// The object as it stands in an event.
    pub fn object(&self, entry: &Entry) -> Result<Bytes, StoreError> {
        encode_object(
            &*self.live.views,
            &self.view,
            entry.value(),
            entry.mod_revision(),
        )
        .map_err(|error| entry.unreadable(&error.message))
    }

    /// Appends an item as it stands in the list; `follows` says that others stand before it.
    pub fn write(&self, entry: &Entry, follows: bool, out: &mut Vec<u8>) -> Result<(), StoreError> {
        write_item(&self.live, &self.view, entry, follows, out)
    }
}
