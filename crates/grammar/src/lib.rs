//! What several crates read, write and mean alike, each once: quantities, selectors, varints, DER,
//! and the forms of an object. No I/O, and nothing of any kind of object.

pub mod der;
pub mod quantity;
pub mod selector;
pub mod varint;
pub mod view;
