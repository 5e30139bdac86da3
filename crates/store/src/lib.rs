//! Revisions, keys, transactions, watch fan-out, write-ahead log, snapshots and leases.
//!
//! The crate has no clock, timer, thread or random source: time is an argument, and background
//! work is a step function that the caller drives.

mod apply;
mod change;
mod channel;
mod commit;
mod decide;
mod disk;
mod entry;
mod error;
mod format1;
mod frame;
mod hub;
mod index;
mod layout;
mod lease;
mod list;
mod log;
mod numbers;
mod offline;
mod open;
mod pins;
mod record;
mod recovery;
mod report;
mod request;
mod salvage;
mod scan;
mod selector;
mod session;
mod snapshot;
mod store;
mod sync;
mod views;
mod watcher;
mod write;

pub use change::{Change, EventKind};
pub use channel::{Interest, QueueLimits};
pub use commit::{CommitStep, DiskStatistics, DurableOptions};
pub use disk::{Disk, File, FileSystem, OpenMode};
pub use entry::{Draft, Entry, EntryMeta, Key};
pub use error::{Reason, StoreError};
pub use frame::{Frame, Framing};
pub use layout::Salt;
pub use lease::LeaseInfo;
pub use list::{ListCursor, ListEnd, ListRequest};
pub use offline::{Check, DirectoryMaker, Kept, Offline, Repair, restore};
pub use open::{Maintenance, OpenOptions};
pub use recovery::Recovery;
pub use report::{Finding, FindingKind, RecoveryReport};
pub use request::{
    Compare, Durability, KeyValue, MAX_KEY_BYTES, MAX_OPERATIONS, MAX_TRANSACTION_BYTES,
    MAX_VALUE_BYTES, Operation, OperationResult, Outcome, Put, Range, RangeRequest, RangeResult,
    Relation, Target, Transaction, prefix_end,
};
pub use salvage::Loss;
pub use selector::{FieldRequirement, LabelOperator, LabelRequirement, Selector};
pub use session::{Completion, Drained, Session, Wake};
pub use store::{Statistics, Store, StoreOptions};
pub use views::{Attributes, Format, MAX_VIEWS, Part, View, ViewId, Views};
pub use watcher::{Batch, Ended, LastBatch, RawEvent, SharedBatch, WatchRequest, Watcher};
pub use write::{Followed, FollowedValue, Submitted};

/// A revision of the whole store.
pub type Revision = u64;

/// Revisions stay exact as doubles.
pub const MAX_REVISION: Revision = (1 << 53) - 1;
