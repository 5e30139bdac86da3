//! Opening and closing a store: on threads of the pool, because the disk may take its time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Env, Function, Task};
use napi_derive::napi;
use steersman_store::{DurableOptions, Reason, StoreError, StoreOptions};

use crate::binding_store::{NativeStore, Result, failure, invalid};
use crate::binding_store_numbers::{bound, moment};
use crate::binding_store_shared::SharedStore;

#[napi(object)]
pub struct OpenOptions {
    pub max_history_changes: Option<f64>,
    pub max_history_bytes: Option<f64>,
    pub max_queue_events: Option<f64>,
    pub max_queue_bytes: Option<f64>,
    pub max_watchers: Option<f64>,
    /// A snapshot is due when the log has grown by this.
    pub snapshot_log_bytes: Option<f64>,
    pub segment_bytes: Option<f64>,
    pub now_millis: f64,
}

/// Opens a store in memory; `wake` is called on this thread when `drain` would find something that
/// happened outside of this thread's own calls.
#[napi]
pub fn open_memory_store(
    env: &Env,
    options: OpenOptions,
    wake: Function<'_, (), ()>,
) -> Result<NativeStore> {
    let shared = SharedStore::in_memory(options.limits()?);
    NativeStore::new(env, shared, &wake)
}

/// Opens a directory on a thread of the pool: reading it back may take a while.
#[napi(ts_return_type = "Promise<OpenedStore>")]
pub fn open_store(directory: String, options: OpenOptions) -> Result<AsyncTask<Opening>> {
    Ok(AsyncTask::new(Opening {
        directory,
        limits: options.limits()?,
        durable: options.durable()?,
        now_millis: moment(options.now_millis)?,
    }))
}

pub struct Opening {
    directory: String,
    limits: StoreOptions,
    durable: DurableOptions,
    now_millis: u64,
}

impl Task for Opening {
    type Output = std::result::Result<Arc<SharedStore>, StoreError>;
    type JsValue = OpenedStore;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let (limits, durable, now_millis) = (self.limits, self.durable, self.now_millis);
        let open = || SharedStore::open(&self.directory, limits, durable, now_millis);
        Ok(catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| {
            let message = format!("open {}: a defect; see standard error", self.directory);
            Err(StoreError::new(Reason::Io, message))
        }))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<OpenedStore> {
        Ok(OpenedStore::new(output))
    }
}

/// What came of opening a store.
#[napi]
pub struct OpenedStore {
    opened: Option<std::result::Result<Arc<SharedStore>, StoreError>>,
}

impl OpenedStore {
    pub fn new(opened: std::result::Result<Arc<SharedStore>, StoreError>) -> OpenedStore {
        OpenedStore {
            opened: Some(opened),
        }
    }
}

#[napi]
impl OpenedStore {
    /// This thread's handle, once; throws what kept it from being opened. `wake` as in
    /// `openMemoryStore`.
    #[napi]
    pub fn attach(&mut self, env: &Env, wake: Function<'_, (), ()>) -> Result<NativeStore> {
        let opened = self
            .opened
            .take()
            .ok_or_else(|| invalid("it was attached to already"))?;
        NativeStore::new(env, opened.map_err(failure)?, &wake)
    }
}

impl OpenOptions {
    pub fn limits(&self) -> Result<StoreOptions> {
        let mut limits = StoreOptions::default();
        let set = |target: &mut usize, value: Option<f64>, what: &str| -> Result<()> {
            if let Some(value) = value {
                *target = bound(value, what)?;
            }
            Ok(())
        };
        let StoreOptions {
            max_history_changes: changes,
            max_history_bytes: bytes,
            queue,
            max_watchers: watchers,
            ..
        } = &mut limits;
        set(changes, self.max_history_changes, "maxHistoryChanges")?;
        set(bytes, self.max_history_bytes, "maxHistoryBytes")?;
        set(
            &mut queue.max_events,
            self.max_queue_events,
            "maxQueueEvents",
        )?;
        set(&mut queue.max_bytes, self.max_queue_bytes, "maxQueueBytes")?;
        set(watchers, self.max_watchers, "maxWatchers")?;
        Ok(limits)
    }

    fn durable(&self) -> Result<DurableOptions> {
        let mut durable = DurableOptions::default();
        if let Some(bytes) = self.snapshot_log_bytes {
            durable.snapshot_log_bytes = bound(bytes, "snapshotLogBytes")? as u64;
        }
        if let Some(bytes) = self.segment_bytes {
            durable.segment_bytes = bound(bytes, "segmentBytes")? as u64;
        }
        Ok(durable)
    }
}

/// Closes what keeps a store, on a thread of the pool.
pub struct Closing(Box<dyn Fn() + Send>);

impl Closing {
    pub fn task(close: impl Fn() + Send + 'static) -> AsyncTask<Closing> {
        AsyncTask::new(Closing(Box::new(close)))
    }
}

impl Task for Closing {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> napi::Result<()> {
        // What a panic leaves unwritten is lost as by a stop; the next opening deals with that.
        let _ = catch_unwind(AssertUnwindSafe(&self.0));
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): ()) -> napi::Result<()> {
        Ok(())
    }
}
