//! JSON: reading by schema or freely, and writing as Go's encoding/json does.

pub mod canonical;
pub mod decode;
pub mod encode;
pub mod generic;
pub mod lexer;
pub mod syntax;
pub mod text;
pub mod yaml;
pub(crate) mod yaml_scalar;

/// How deep input may nest where it is only skipped, as Go's own limit.
pub const MAX_SKIPPED_DEPTH: usize = 10_000;
/// How deep input may nest where values are built; keeps recursion far from the end of a
/// thread's stack.
pub const MAX_BUILT_DEPTH: u32 = 256;
