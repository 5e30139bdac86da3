//! Whole lists as responses: what stands around the items, the items piece by piece as their reader
//! takes them, compressed or not.
//!
//! What was compressed for one reader is kept for others, and for the same list later: objects are
//! taken together in blocks by their keys, each block is compressed on its own, and a block whose
//! objects are still the same is sent again as it was. No bytes that nobody compresses are kept.

mod blocks;
mod cache;
mod deflate;
mod stream;

pub use cache::BlockCache;
pub use deflate::GZIP_LEVEL;
pub use stream::{ListFrame, ListStream, Step};
