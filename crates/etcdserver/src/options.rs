//! How a server is started.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use steersman_store::Store;
use steersman_upkeep::DiskFigures;

use crate::compactor::AutoCompaction;

#[derive(Clone, Debug)]
pub struct Options {
    /// None: in memory only. Of a store that is attached to only what the member knows is there.
    pub directory: Option<PathBuf>,
    /// False: what was acknowledged may be gone after the machine stopped.
    pub syncs: bool,
    pub name: String,
    pub peer_urls: Vec<String>,
    pub client_urls: Vec<String>,
    /// Where the API is.
    pub clients: Vec<Listen>,
    /// Where metrics and health are beside that.
    pub metrics: Vec<Listen>,
    pub tls: Option<TlsFiles>,
    pub auth: AuthOptions,
    /// 0: without a bound.
    pub quota_bytes: u64,
    pub auto_compaction: AutoCompaction,
    pub max_txn_operations: usize,
    pub max_request_bytes: usize,
    pub progress_interval: Duration,
    /// Threads that serve; at least 1.
    pub threads: usize,
}

/// A store that somebody else has open, drives and closes, after the server.
pub struct Attached {
    pub store: Arc<Store>,
    pub disk: Arc<DiskFigures>,
    /// What the clock by which its leases are counted says now.
    pub now_millis: u64,
    /// Set where a snapshot is wanted soon.
    pub defragments: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug)]
pub struct Listen {
    pub address: SocketAddr,
    pub tls: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct AuthOptions {
    /// Each more doubles the work that a password takes; from 4 to 31.
    pub bcrypt_cost: u32,
    /// How long a token lives that is not used.
    pub token_ttl: Duration,
    /// The common name of a client's certificate is a user's, where it gives no token.
    pub certificate_users: bool,
}

impl Default for AuthOptions {
    fn default() -> Self {
        AuthOptions {
            bcrypt_cost: 10,
            token_ttl: Duration::from_secs(300),
            certificate_users: false,
        }
    }
}

/// PEM.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    /// Who signed clients' certificates.
    pub authorities: Option<Vec<u8>>,
    /// Clients without a certificate of these authorities are refused.
    pub requires_certificate: bool,
    /// The names that a client's certificate is for, one of which it must be.
    pub allowed_names: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            directory: None,
            syncs: true,
            name: "default".to_owned(),
            peer_urls: Vec::new(),
            client_urls: Vec::new(),
            clients: Vec::new(),
            metrics: Vec::new(),
            tls: None,
            auth: AuthOptions::default(),
            quota_bytes: 2 << 30,
            auto_compaction: AutoCompaction::Off,
            max_txn_operations: 128,
            max_request_bytes: 1_536 << 10,
            progress_interval: Duration::from_secs(600),
            threads: 2,
        }
    }
}
