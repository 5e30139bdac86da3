//! Desired network rules of Services and EndpointSlices, and their incremental difference.
//!
//! [`state::State`] holds what the API says, keyed by service and neutral of any proxy mode, and
//! remembers which services changed. [`endpoints`] decides which endpoints each traffic policy
//! reaches. A mode turns that into its own language: [`iptables`] is the first; ipvs and nftables
//! consume the same state. The crate does no I/O and owns no clock: text and bytes in, bytes out.

pub mod address;
pub mod endpoints;
pub mod input;
pub mod iptables;
pub mod model;
pub mod state;
pub mod tracked;
