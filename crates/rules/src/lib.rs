//! The rules of single kinds on the paths that are walked most: whether an object that is created
//! is plain, which means that no rule finds a fault or says a warning, and what its creation makes
//! of it. A verdict only ever accepts: what is not plain is for the full rules, which also word the
//! errors. No I/O.

pub mod binding;
mod config_map;
pub mod creation;
mod endpoint_slice;
mod event;
pub mod generated;
pub mod granted;
mod lease;
mod metadata;
mod names;
mod node;
mod pod;
mod shape;
pub mod update;
