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

#[path = "../src/commit.rs"]
mod commit;
#[path = "../src/error.rs"]
mod error;
#[path = "../src/fanout/mod.rs"]
mod fanout;
#[path = "../src/follower.rs"]
mod follower;
#[path = "../src/journal/mod.rs"]
mod journal;
#[path = "../src/leader.rs"]
mod leader;
#[path = "../src/maintenance.rs"]
mod maintenance;
#[path = "../src/open.rs"]
mod open;
#[path = "../src/reply.rs"]
mod reply;
#[path = "../src/state/mod.rs"]
mod state;
#[path = "../src/store.rs"]
mod store;
#[path = "support/scheduled_sync.rs"]
mod sync;
#[path = "../src/wire.rs"]
mod wire;
#[path = "../src/write.rs"]
mod write;

pub type Revision = u64;
pub const MAX_REVISION: Revision = (1 << 53) - 1;

#[path = "support/schedule_cases.rs"]
mod schedule_cases;
