//! History that memory does not hold any more, as whoever keeps it gives it: for watches that
//! resume from before the window.

use std::sync::Arc;

use crate::Revision;
use crate::error::StoreError;
use crate::state::change::Change;
use crate::state::request::Range;

/// The keeper of older history.
pub(crate) trait OlderChanges: Send + Sync {
    /// Reads the changes of a range after a revision. `previous`: with what each replaced; a
    /// deletion always comes with it.
    fn reader(&self, range: Range, previous: bool, after: Revision) -> Box<dyn OlderReader>;
}

pub(crate) trait OlderReader: Send {
    /// The next changes up to this revision, which is visible: whole revisions, about so many bytes
    /// of them, and a bounded part of what there is. `Compacted`: some of it is gone.
    fn read(&mut self, until: Revision, max_bytes: usize) -> Result<OlderPage, StoreError>;
}

#[derive(Debug, Default)]
pub(crate) struct OlderPage {
    pub changes: Vec<Arc<Change>>,
    /// Of their values.
    pub bytes: usize,
    /// There is nothing else up to here.
    pub revision: Revision,
}
