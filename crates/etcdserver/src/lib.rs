//! etcd's API over the embedded store: one member that is its cluster.
//!
//! - `options`, `server`: threads and sockets. Each thread has its own connections and its own
//!   mailbox of the store (`worker`).
//! - `connection`, `grpc`, `tls`: HTTP/2 with gRPC's messages, and pages over HTTP/1.1 (`health`,
//!   `metrics`).
//! - `held`: what one connection may make the server hold.
//! - `services`, `kv`, `watch`, `keep_alive`: the calls; `encode` has the forms of large responses,
//!   `status` has what they are refused with.
//! - `auth`: users, roles, and what they may; `certificate` says whom one is for.
//! - `snapshot`: everything as a file of etcd's own.
//! - `engine`, `member`, `compactor`: the store as etcd's API sees it; `whole_file` keeps what it
//!   knows beside its keys.
//!
//! Deadlines and the leases' clock are the machine's, as its sockets are.

mod auth;
mod certificate;
mod compactor;
mod connection;
mod encode;
mod engine;
mod grpc;
mod health;
mod held;
mod keep_alive;
mod kv;
mod member;
mod metrics;
mod options;
mod server;
mod services;
mod snapshot;
mod status;
mod tls;
mod watch;
mod whole_file;
mod worker;

pub use compactor::AutoCompaction;
pub use options::{Attached, AuthOptions, Listen, Options, TlsFiles};
pub use server::Server;

/// The version of etcd whose API is served.
pub const SERVER_VERSION: &str = "3.7.0";

fn cluster_version() -> &'static str {
    SERVER_VERSION
        .rsplit_once('.')
        .map_or(SERVER_VERSION, |(cluster, _)| cluster)
}
