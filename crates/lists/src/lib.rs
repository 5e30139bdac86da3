//! Whole lists as responses, and as what watches begin with: what stands around the items, and the
//! items piece by piece as their reader takes them, compressed or not.
//!
//! What was compressed for one reader is kept for others, and for the same list later: objects are
//! taken together in blocks by their keys, each block is compressed on its own, and a block whose
//! objects are still the same is sent again as it was. No bytes that nobody compresses are kept.

mod blocks;
mod cache;
mod deflate;
mod state_events;
mod stream;

pub use cache::BlockCache;
pub use deflate::GZIP_LEVEL;
pub use state_events::StateEvents;
pub use stream::{ListFrame, ListStream, Step};
