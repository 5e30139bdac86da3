//! What several crates read and write alike, each once: quantities and varints. No I/O, and nothing
//! of any kind of object.

pub mod quantity;
pub mod varint;
