//! The schema model and the one walker over it: decode, encode, default, compare, merge. No I/O.

pub mod apply;
pub mod body;
pub mod bounds;
pub mod convert;
pub mod defaults;
pub mod error;
pub mod fields;
pub mod json;
pub mod model;
pub mod object;
pub mod patch;
pub mod places;
pub mod projection;
pub mod proto;
pub mod scalar;
pub mod select;
pub mod transcode;
pub mod value;
pub mod view;
pub mod yaml;
