//! etcd's API as a server of this process, on threads of its own.

use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{AsyncTask, Env, Task};
use napi_derive::napi;
use steersman_etcdserver::{
    Attached, AuthOptions, AutoCompaction, Listen, Options, Server, TlsFiles,
};
use steersman_store::{Reason, StoreError};

use crate::binding_store::{Result, failure, invalid};
use crate::binding_store_numbers::bound;
use crate::binding_store_open::Closing;
use crate::binding_store_shared::SharedStore;

#[napi(object, object_to_js = false)]
pub struct EtcdListen {
    /// An IP address.
    pub host: String,
    pub port: u16,
    pub tls: bool,
}

#[napi(object, object_to_js = false)]
pub struct EtcdTls {
    /// PEM, as the other ones.
    pub certificate: String,
    pub key: String,
    pub authorities: Option<String>,
    pub requires_certificate: bool,
    pub allowed_names: Vec<String>,
}

#[napi(object, object_to_js = false)]
pub struct EtcdServerInput {
    /// Absent: in memory.
    pub directory: Option<String>,
    pub syncs: bool,
    pub name: String,
    pub peer_urls: Vec<String>,
    pub client_urls: Vec<String>,
    pub clients: Vec<EtcdListen>,
    pub metrics: Vec<EtcdListen>,
    pub tls: Option<EtcdTls>,
    pub bcrypt_cost: u32,
    pub token_ttl_seconds: f64,
    /// Whether the common name of a client's certificate is a user's.
    pub certificate_users: bool,
    /// 0: without a bound.
    pub quota_bytes: f64,
    /// At most one of the two.
    pub compacts_after_milliseconds: Option<f64>,
    pub compacts_beyond_revisions: Option<f64>,
    pub max_txn_operations: f64,
    pub max_request_bytes: f64,
    pub progress_interval_milliseconds: f64,
    pub threads: u32,
}

#[napi(object, object_from_js = false)]
pub struct EtcdAddress {
    pub host: String,
    pub port: u16,
}

fn listen_of(given: &EtcdListen) -> Result<Listen> {
    let host: IpAddr = given
        .host
        .parse()
        .map_err(|_| invalid(&format!("{} is not an IP address", given.host)))?;
    Ok(Listen {
        address: SocketAddr::new(host, given.port),
        tls: given.tls,
    })
}

fn options_of(input: EtcdServerInput) -> Result<Options> {
    let listens = |given: &[EtcdListen]| given.iter().map(listen_of).collect::<Result<Vec<_>>>();
    let auto_compaction = match (
        input.compacts_after_milliseconds,
        input.compacts_beyond_revisions,
    ) {
        (Some(millis), None) => AutoCompaction::Periodic {
            millis: bound(millis, "compactsAfterMilliseconds")? as u64,
        },
        (None, Some(revisions)) => {
            AutoCompaction::Revisions(bound(revisions, "compactsBeyondRevisions")? as u64)
        }
        (None, None) => AutoCompaction::Off,
        (Some(_), Some(_)) => return Err(invalid("history is compacted in one way")),
    };
    let interval = bound(input.progress_interval_milliseconds, "progressInterval")?;
    Ok(Options {
        directory: input.directory.map(PathBuf::from),
        syncs: input.syncs,
        name: input.name,
        peer_urls: input.peer_urls,
        client_urls: input.client_urls,
        clients: listens(&input.clients)?,
        metrics: listens(&input.metrics)?,
        tls: input.tls.map(|tls| TlsFiles {
            certificate: tls.certificate.into_bytes(),
            key: tls.key.into_bytes(),
            authorities: tls.authorities.map(String::into_bytes),
            requires_certificate: tls.requires_certificate,
            allowed_names: tls.allowed_names,
        }),
        auth: AuthOptions {
            bcrypt_cost: input.bcrypt_cost,
            token_ttl: Duration::from_secs(bound(input.token_ttl_seconds, "tokenTtl")? as u64),
            certificate_users: input.certificate_users,
        },
        quota_bytes: bound(input.quota_bytes, "quotaBytes")? as u64,
        auto_compaction,
        max_txn_operations: bound(input.max_txn_operations, "maxTxnOperations")?,
        max_request_bytes: bound(input.max_request_bytes, "maxRequestBytes")?,
        progress_interval: Duration::from_millis(interval as u64),
        threads: input.threads as usize,
    })
}

/// Serves the store that is open. Rejects where that cannot be. The server is to be closed before
/// the store is.
pub fn serve_store(
    shared: Arc<SharedStore>,
    input: EtcdServerInput,
    now_millis: u64,
) -> Result<AsyncTask<StartingEtcd>> {
    Ok(AsyncTask::new(StartingEtcd {
        options: options_of(input)?,
        open: Some((shared, now_millis)),
    }))
}

/// Opens the data and serves. Rejects where either cannot be.
#[napi(ts_return_type = "Promise<StartedEtcdServer>")]
pub fn start_etcd_server(input: EtcdServerInput) -> Result<AsyncTask<StartingEtcd>> {
    Ok(AsyncTask::new(StartingEtcd {
        options: options_of(input)?,
        open: None,
    }))
}

pub struct StartingEtcd {
    options: Options,
    /// A store that is open already, and what the clock of its leases says.
    open: Option<(Arc<SharedStore>, u64)>,
}

impl Task for StartingEtcd {
    type Output = std::result::Result<Server, StoreError>;
    type JsValue = StartedEtcdServer;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let options = self.options.clone();
        let start = || match &self.open {
            None => Server::start(options),
            Some((shared, now_millis)) => {
                let attached = Attached {
                    store: shared.store.clone(),
                    disk: shared.disk.clone(),
                    now_millis: *now_millis,
                    defragments: shared.wants_snapshot.clone(),
                };
                Server::attach(options, attached)
            }
        };
        Ok(catch_unwind(AssertUnwindSafe(start)).unwrap_or_else(|_| {
            let message = "start etcd's API: a defect; see standard error";
            Err(StoreError::new(Reason::Io, message))
        }))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<StartedEtcdServer> {
        Ok(StartedEtcdServer {
            started: Some(output),
        })
    }
}

/// What came of starting a server.
#[napi]
pub struct StartedEtcdServer {
    started: Option<std::result::Result<Server, StoreError>>,
}

#[napi]
impl StartedEtcdServer {
    /// The server, once; throws what kept it from being started.
    #[napi]
    pub fn server(&mut self) -> Result<NativeEtcdServer> {
        let started = self
            .started
            .take()
            .ok_or_else(|| invalid("it was taken already"))?;
        let server = Arc::new(started.map_err(failure)?);
        Ok(NativeEtcdServer { server })
    }
}

#[napi]
pub struct NativeEtcdServer {
    server: Arc<Server>,
}

#[napi]
impl NativeEtcdServer {
    /// Where clients are served, in the order in which it was asked for; then where metrics are.
    #[napi]
    pub fn addresses(&self) -> Vec<EtcdAddress> {
        let addresses = self.server.addresses().iter();
        addresses
            .map(|address| EtcdAddress {
                host: address.ip().to_string(),
                port: address.port(),
            })
            .collect()
    }

    /// Ends all connections and gives the data directory back, on a thread of the pool.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close(&self) -> AsyncTask<Closing> {
        let server = self.server.clone();
        Closing::task(move || server.close())
    }
}
