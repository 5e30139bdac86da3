//! The state on disk: the log, snapshots, and reading them back. It knows the state, and nothing of
//! watchers or of who waits for a write.

pub(crate) mod commit;
pub(crate) mod decide;
pub(crate) mod disk;
pub(crate) mod format1;
pub(crate) mod layout;
pub(crate) mod log;
pub(crate) mod log_history;
pub(crate) mod numbers;
pub(crate) mod offline;
pub(crate) mod older;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod recovery;
pub(crate) mod replaced;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod salvage;
pub(crate) mod scan;
pub(crate) mod snapshot;
