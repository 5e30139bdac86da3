//! The schema model and the one walker over it: decode, encode, default, compare, merge. No I/O.

pub mod error;
pub mod json;
pub mod model;
pub mod proto;
pub mod scalar;
pub mod value;
