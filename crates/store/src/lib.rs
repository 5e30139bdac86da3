//! Revisions, keys, transactions, watch fan-out, write-ahead log, snapshots and leases.
//!
//! The crate has no clock and no timer: time is an argument, and background work is a step
//! function that the caller drives. No thread outlives a call; opening reads ahead with one. Of
//! randomness it uses the seeds of hash maps only.
//!
//! Three layers stand under a facade: `state`, `journal` and `fanout`; `tests/structure.rs` says
//! which may name which.

mod error;
mod fanout;
mod journal;
mod state;
mod sync;
mod wire;

mod commit;
mod follower;
mod leader;
mod maintenance;
mod open;
mod proof;
mod reply;
mod store;
mod write;

pub use commit::CommitStep;
pub use error::{Reason, StoreError};
pub use fanout::channel::{Interest, QueueLimits};
pub use fanout::frame::{Frame, Framing};
pub use fanout::session::{Completion, Drained, Session, Wake};
pub use fanout::watcher::{Batch, Ended, LastBatch, RawEvent, SharedBatch, WatchRequest, Watcher};
pub use follower::Standing;
pub use journal::commit::DiskStatistics;
pub use journal::disk::{Disk, File, FileSystem, OpenMode};
pub use journal::layout::Salt;
pub use journal::log::DurableOptions;
pub use journal::offline::{Check, DirectoryMaker, Kept, Offline, Repair, restore};
pub use journal::recovery::Recovery;
pub use journal::report::{Finding, FindingKind, RecoveryReport};
pub use journal::salvage::Loss;
pub use leader::{Leader, Owed};
pub use maintenance::Maintenance;
pub use open::OpenOptions;
pub use proof::{MAX_PROOF_KEYS, Proof};
pub use state::change::{Change, EventKind};
pub use state::entry::{Draft, Entry, EntryMeta, Key};
pub use state::lease::LeaseInfo;
pub use state::list::{ListCursor, ListEnd, ListRequest};
pub use state::listing::Listing;
pub use state::quiet::MAX_FOLLOWED_PREFIXES;
pub use state::request::{
    Compare, Count, Durability, Keeps, MAX_KEY_BYTES, MAX_OPERATIONS, MAX_TRANSACTION_BYTES,
    MAX_VALUE_BYTES, Operation, OperationResult, Outcome, Put, Range, RangeRequest, RangeResult,
    Relation, Target, Transaction, prefix_end,
};
pub use state::selector::{FieldRequirement, LabelOperator, LabelRequirement, Selector};
pub use state::views::{Attributes, Format, MAX_VIEWS, NoViews, Part, View, ViewId, Views};
pub use store::{Statistics, Store, StoreOptions};
pub use write::{Followed, FollowedVersion, Submitted};

/// A revision of the whole store.
pub type Revision = u64;

/// Revisions stay exact as doubles.
pub const MAX_REVISION: Revision = (1 << 53) - 1;
