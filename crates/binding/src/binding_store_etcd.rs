//! A store that follows etcd: opening it, and what only such a store is asked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{AsyncTask, Buffer, Env, Task};
use napi_derive::napi;
use steersman_store::{Reason, StoreError, StoreOptions};

use crate::binding_store::{NativeStore, Result};
use crate::binding_store_numbers::whole;
use crate::binding_store_open::{OpenOptions, OpenedStore};
use crate::binding_store_shared::SharedStore;

#[napi(object)]
pub struct EtcdInput {
    /// `https://host:port`, `http://host:port` or `host:port`.
    pub endpoints: Vec<String>,
    /// PEM; absent: the machine's own authorities.
    pub authorities: Option<Buffer>,
    /// PEM; both or neither.
    pub certificate: Option<Buffer>,
    pub key: Option<Buffer>,
    /// Both or neither.
    pub user: Option<String>,
    pub password: Option<String>,
    /// What stands in etcd in the place of `/registry`.
    pub prefix: String,
    /// Within what time a member responds at the start; absent: as long as a call may take.
    pub patience_millis: Option<u32>,
    /// How often etcd is asked how large its file is; absent: never.
    pub size_interval_millis: Option<u32>,
}

/// What the log is to say.
#[napi(object, object_from_js = false)]
pub struct EtcdNotice {
    /// Whether something is well again.
    pub well: bool,
    pub text: String,
}

/// Reads what stands in etcd and follows it, on threads of its own. The store's bounds are those
/// of one in memory.
#[napi(ts_return_type = "Promise<OpenedStore>")]
pub fn open_etcd_store(etcd: EtcdInput, options: OpenOptions) -> Result<AsyncTask<Following>> {
    let pem = |bytes: Option<Buffer>| bytes.map(|bytes| bytes.to_vec());
    let etcd = steersman_etcd::Options {
        endpoints: etcd.endpoints,
        authorities: pem(etcd.authorities),
        identity: pem(etcd.certificate).zip(pem(etcd.key)),
        user: etcd.user.zip(etcd.password),
        prefix: etcd.prefix,
        patience: etcd
            .patience_millis
            .map(|millis| Duration::from_millis(millis.into())),
        size_interval: etcd
            .size_interval_millis
            .map(|millis| Duration::from_millis(millis.into())),
    };
    let limits = options.limits()?;
    Ok(AsyncTask::new(Following { etcd, limits }))
}

pub struct Following {
    etcd: steersman_etcd::Options,
    limits: StoreOptions,
}

impl Task for Following {
    type Output = std::result::Result<Arc<SharedStore>, StoreError>;
    type JsValue = OpenedStore;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let open = || SharedStore::following(&self.etcd, self.limits);
        Ok(catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| {
            let message = "open etcd: a defect; see standard error";
            Err(StoreError::new(Reason::Io, message))
        }))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<OpenedStore> {
        Ok(OpenedStore::new(output))
    }
}

#[napi]
impl NativeStore {
    /// The ticket of a response that comes once everything can be read here that was acknowledged
    /// anywhere before this call; 0 where it always can.
    #[napi]
    pub fn read_newest(&self) -> Result<f64> {
        let ticket = self.call_quietly(|store| Ok(store.submit_read(self.session())))?;
        Ok(ticket.map_or(0.0, |ticket| self.pending(ticket)))
    }

    /// Of the driver over etcd: what the log is to say, once.
    #[napi]
    pub fn take_etcd_notices(&self) -> Vec<EtcdNotice> {
        let taken = self.shared().etcd_notices().into_iter();
        taken
            .map(|notice| EtcdNotice {
                well: notice.well,
                text: notice.text,
            })
            .collect()
    }

    /// Bytes of etcd's file as it was told last; absent where nobody has.
    #[napi]
    pub fn etcd_size(&self) -> Option<f64> {
        self.shared().etcd_size().map(|size| size as f64)
    }

    /// As `compact`, in the store that this one follows; the ticket of the response, 0 where it is
    /// done.
    #[napi]
    pub fn submit_compaction(&self, revision: f64) -> Result<f64> {
        let revision = whole(revision, "the revision")?;
        let session = self.session();
        let ticket = self.call_quietly(|store| store.submit_compaction(session, revision))?;
        Ok(ticket.map_or(0.0, |ticket| self.pending(ticket)))
    }
}

/// The id of a lease that others grant too: none of theirs, for all that is likely.
pub fn random_lease_id() -> std::result::Result<u64, StoreError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::new(Reason::Io, format!("get random bytes: {error}")))?;
    // Exact as a double, and never 0.
    Ok((u64::from_le_bytes(bytes) >> 11) | 1)
}
