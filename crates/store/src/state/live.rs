//! The state as readers share it: under its lock, with how far it is visible and the forms that
//! readers ask for.

use std::sync::Arc;

use bytes::Bytes;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::state::apply::State;
use crate::state::entry::Entry;
use crate::state::quiet::{LastChange, LastChanges};
use crate::state::request::{Range, RangeRequest, RangeResult};
use crate::state::views::{View, ViewId, ViewTable, Views, encode_object};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, RwLock};

pub(crate) struct Live {
    pub state: RwLock<State>,
    /// Reads see up to here. Set before the watchers are told.
    visible: AtomicU64,
    pub views: Arc<dyn Views>,
    view_table: ViewTable,
    last_changes: LastChanges,
    closed: AtomicBool,
    /// What a defect of the store's own said: nothing it holds can be trusted any more.
    defect: Mutex<Option<String>>,
}

impl Live {
    pub fn new(state: State, views: Arc<dyn Views>) -> Live {
        debug_assert!(state.compacted <= state.applied && state.applied <= state.issued);
        Live {
            visible: AtomicU64::new(state.applied),
            state: RwLock::new(state),
            views,
            view_table: ViewTable::default(),
            last_changes: LastChanges::default(),
            closed: AtomicBool::new(false),
            defect: Mutex::default(),
        }
    }

    /// The newest revision that reads see.
    pub fn current_revision(&self) -> Revision {
        self.visible.load(Ordering::SeqCst)
    }

    /// Reads see up to here from now on, with changes of these keys. Revisions are shown in their
    /// order.
    pub fn show<'k>(&self, keys: impl Iterator<Item = &'k [u8]>, revision: Revision) {
        debug_assert!(revision > self.current_revision());
        let show = || self.visible.store(revision, Ordering::SeqCst);
        self.last_changes.note(keys, revision, show);
    }

    /// When something last changed under a prefix; at first as if it were just now.
    pub fn last_change_under(&self, prefix: &[u8]) -> Result<Arc<LastChange>, StoreError> {
        self.last_changes.follow(prefix, || self.current_revision())
    }

    pub fn check_open(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::SeqCst) {
            let defect = self.defect.lock().clone();
            let message = defect.unwrap_or_else(|| "the store is closed".to_owned());
            return Err(StoreError::new(Reason::Closed, message));
        }
        Ok(())
    }

    /// Everything is refused from now on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// As `close`; whoever is refused is told of the first defect.
    pub fn end_by_defect(&self, message: &str) {
        self.defect.lock().get_or_insert_with(|| message.to_owned());
        self.close();
    }

    pub fn register_view(&self, view: View) -> Result<ViewId, StoreError> {
        self.view_table.register(view)
    }

    pub fn view(&self, id: ViewId) -> Result<Arc<View>, StoreError> {
        let unknown = || StoreError::new(Reason::InvalidRequest, "the view is not registered");
        self.view_table.get(id).ok_or_else(unknown)
    }

    pub fn get(&self, key: &[u8], revision: Revision) -> Result<Option<Entry>, StoreError> {
        let request = RangeRequest {
            revision,
            ..RangeRequest::all(Range::Key(key.into()))
        };
        Ok(self.range(&request)?.values.pop())
    }

    pub fn get_applied(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.check_open()?;
        let state = self.state.read();
        let request = RangeRequest::all(Range::Key(key.into()));
        Ok(state.range(&request, Revision::MAX).values.pop())
    }

    pub fn range(&self, request: &RangeRequest) -> Result<RangeResult, StoreError> {
        self.check_open()?;
        let state = self.state.read();
        let newest = self.current_revision();
        state.check_read(request, newest)?;
        let revision = if request.revision == 0 {
            newest
        } else {
            request.revision
        };
        Ok(state.range(request, revision))
    }

    pub fn count(&self, range: &Range) -> usize {
        self.state
            .read()
            .index
            .count(range.start(), range.end().as_deref())
    }

    pub fn get_encoded(
        &self,
        key: &[u8],
        view: ViewId,
        revision: Revision,
    ) -> Result<Option<(Bytes, Revision)>, StoreError> {
        let view = self.view(view)?;
        let Some(found) = self.get(key, revision)? else {
            return Ok(None);
        };
        let revision = found.mod_revision();
        let bytes = encode_object(&*self.views, &view, found.value(), revision)
            .map_err(|error| found.unreadable(&error.message))?;
        Ok(Some((bytes, revision)))
    }
}
