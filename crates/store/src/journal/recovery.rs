//! What an opening found.

use crate::Revision;

/// How a data directory was left, and where the store went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// The newest revision that the snapshot and the log have.
    pub newest_revision: Revision,
    /// The store's revision after opening. Above `newest_revision` after an unclean end: numbers
    /// between the two may have been shown for lazy writes that are gone, and are `compacted`.
    pub opened_at_revision: Revision,
    /// Everything that was ever shown is there.
    pub clean: bool,
}
