//! etcd as the storage of an API server: a store in memory that follows it, and writes that go to
//! it. Several API servers, ours and upstream's, can share one etcd.
//!
//! - `connection`: one connection at a time, to one of several members; calls.
//! - `follow`: the list, the watch, and what happens when it ends.
//! - `transaction`: a write, with what it lost its race to.
//! - `waiting`: responses that are given once their revision was followed.
//! - `notices`: what the log is to say of outages.
//! - `engine`: the thread, and the face of all this towards the store.
//!
//! Strangers reach it through the server's own bounds; what etcd sends is trusted to be etcd's.

mod connection;
mod engine;
mod follow;
mod keys;
mod notices;
mod transaction;
mod waiting;

pub use connection::Options;
pub use engine::{Running, open};
pub use notices::Notice;
