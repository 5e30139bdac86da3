//! Protobuf in Kubernetes' dialect of proto2.

pub mod decode;
pub mod encode;
pub mod envelope;
pub mod wire;

/// What begins an object on the wire and in the store.
pub const PREFIX: &[u8] = b"k8s\0";
