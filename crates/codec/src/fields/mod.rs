//! Who owns which field: sets of field paths, comparison of objects into such sets, and
//! managedFields. Source: KEP-555 (server-side apply) and the behaviour of
//! structured-merge-diff.

pub mod compare;
mod creation;
pub mod managed;
pub mod path;
pub mod scale;
pub mod set;
