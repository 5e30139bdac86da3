//! The iptables mode: text for `iptables-restore --noflush`, with upstream's chains and rules.

mod applied;
mod config;
mod edits;
mod fixed;
mod names;
mod order;
mod rules;
mod saved;
mod sync;

pub use config::{Config, LocalDetector, NodePortAddresses};
pub use fixed::{JUMPS, Jump, Table};
pub use saved::{Saved, removal};
pub use sync::{Iptables, SyncKind, SyncReport};
