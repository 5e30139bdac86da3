//! Server-side apply: an applied configuration is merged into the live object by the schema, and
//! its manager owns what it names. Source: structured-merge-diff v6 and apimachinery's
//! managedfields; docs/apply.md has the cases.
//!
//! ```text
//!  configuration ─▶ validate ─▶ owned ──────────────┐
//!        │                                          ▼
//!        └──▶ merge ─▶ prune (remove) ─▶ compare ─▶ conflicts, or managers as they are then
//!  live ─────┘                             ▲
//!    └─────────────────────────────────────┘
//! ```
//!
//! Objects are `Json` here and not `Fields`: what a configuration names stays named, also where it
//! is null, empty or zero. What is where is said by a `Schema`.

mod compare;
mod configuration;
mod conflict;
mod go_value;
mod items;
mod last_applied;
mod merge;
mod owned;
mod reconcile;
mod remove;
mod schema;
mod updater;
mod validate;

pub use configuration::Configuration;
pub use conflict::Cause;
pub use schema::{Atom, BuiltIn, List, Map, Scalar, Schema, Type};
pub use updater::{Applied, Apply, Refusal, apply};

/// What `apply` does by itself, for tests that look at a step.
pub mod steps {
    pub use super::compare::compare;
    pub use super::merge::merge;
    pub use super::owned::owned;
    pub use super::reconcile::reconcile;
    pub use super::remove::remove;
    pub use super::validate::{Duplicates, validate};
}
