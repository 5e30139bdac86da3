//! Kubernetes' DNS specification 1.1: the zone of one cluster, kept small, and responses to queries
//! about it. Bytes in, bytes out: no socket, no clock, no source of chance.

mod answer;
mod cache;
mod find;
mod input;
mod model;
pub mod name;
pub mod query;
mod relay;
pub mod writer;
mod zone;

pub use answer::{Outcome, next};
pub use cache::Cache;
pub use input::InputError;
pub use relay::{Question, Response};
pub use zone::{Kind, Zone, ZoneOptions};
