//! Where pods go: nodes as columns, filters and scores as upstream's plugins have them, and
//! batches of pods placed by one call.
//!
//! The crate has no I/O, clock, thread or source of randomness: nodes and pods are told to it,
//! ties are broken by a seed, and the same input gives the same placements.
//!
//! - [`input`]: what it is told, as text; [`wire`]: many such in one text.
//! - [`template`] and [`nodes`]: the state; [`topology`]: counts by topology domain; [`cluster`]
//!   keeps them in step.
//! - [`plugin`]: the interface and the table of plugins; [`plugins`]: the plugins.
//! - [`profile`]: plugins with arguments and weights; [`engine`]: a pod's cycle, batches,
//!   explanations; [`preemption`].

pub mod cluster;
mod cycle;
pub mod engine;
pub mod input;
pub mod nodes;
pub mod nominations;
pub mod plugin;
pub mod plugins;
pub mod preemption;
pub mod profile;
mod random;
pub mod requests;
pub mod selector;
pub mod slab;
pub mod taints;
pub mod template;
pub mod topology;
pub mod wire;

pub use engine::{Decision, Engine, Explanation, Failure, Request};
pub use profile::{Config, ConfigError};
