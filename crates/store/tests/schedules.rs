//! The store under a scheduler that chooses, at each lock and atomic, which thread goes on: the
//! sources of the crate with shuttle in the place of `src/sync.rs`.
//!
//! A run prints its seed. `SCHEDULE_SEED` runs one again, `SCHEDULES` asks for more of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    unused_imports,
    reason = "a test fails by panicking; the crate's own items are not all used here"
)]

#[path = "../src/apply.rs"]
mod apply;
#[path = "../src/change.rs"]
mod change;
#[path = "../src/channel.rs"]
mod channel;
#[path = "../src/commit.rs"]
mod commit;
#[path = "../src/decide.rs"]
mod decide;
#[path = "../src/disk.rs"]
mod disk;
#[path = "../src/entry.rs"]
mod entry;
#[path = "../src/error.rs"]
mod error;
#[path = "../src/format1.rs"]
mod format1;
#[path = "../src/frame.rs"]
mod frame;
#[path = "../src/hub.rs"]
mod hub;
#[path = "../src/index.rs"]
mod index;
#[path = "../src/layout.rs"]
mod layout;
#[path = "../src/lease.rs"]
mod lease;
#[path = "../src/list.rs"]
mod list;
#[path = "../src/log.rs"]
mod log;
#[path = "../src/numbers.rs"]
mod numbers;
#[path = "../src/offline.rs"]
mod offline;
#[path = "../src/open.rs"]
mod open;
#[path = "../src/pins.rs"]
mod pins;
#[path = "../src/record.rs"]
mod record;
#[path = "../src/recovery.rs"]
mod recovery;
#[path = "../src/report.rs"]
mod report;
#[path = "../src/request.rs"]
mod request;
#[path = "../src/salvage.rs"]
mod salvage;
#[path = "../src/scan.rs"]
mod scan;
#[path = "../src/selector.rs"]
mod selector;
#[path = "../src/session.rs"]
mod session;
#[path = "../src/snapshot.rs"]
mod snapshot;
#[path = "../src/store.rs"]
mod store;
#[path = "support/scheduled_sync.rs"]
mod sync;
#[path = "../src/views.rs"]
mod views;
#[path = "../src/watcher.rs"]
mod watcher;
#[path = "../src/write.rs"]
mod write;

pub use change::EventKind;
pub use entry::{Draft, Entry, EntryMeta, Key};

pub type Revision = u64;
pub const MAX_REVISION: Revision = (1 << 53) - 1;

#[path = "support/schedule_cases.rs"]
mod schedule_cases;
