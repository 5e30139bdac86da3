//! The store's face to JavaScript. Buffers belong to JavaScript and are filled here; wake-ups are
//! one a thread. Errors are thrown with a code of the form `reason` or `reason:revision`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use napi::bindgen_prelude::{
    AsyncTask, BufferSlice, Env, Float64ArraySlice, FromNapiValue, Function, Uint8ArraySlice,
};
use napi::sys;
use napi_derive::napi;
use steersman_lists::{ListStream, StateEvents};
use steersman_store::{
    Compare, Count, Durability, Entry, Format, ListCursor, Listing, Operation, Outcome, Part, Put,
    Range, RangeRequest, Relation, Session, Store, StoreError, Submitted, Target, Transaction,
    View, ViewId,
};

use crate::binding_etcd_server::{EtcdServerInput, StartingEtcd, serve_store};
use crate::binding_pipes::{ListSource, NativeSource, NativeWatchFigures, WatchPlan, WatchState};
use crate::binding_store_etcd::random_lease_id;
use crate::binding_store_list::NativeList;
use crate::binding_store_numbers::{bound, moment, whole};
use crate::binding_store_offline::{LeaseOutput, RecoveryReportOutput, report};
use crate::binding_store_open::Closing;
use crate::binding_store_reads::{NativeProvenObjects, NativeValidity, ProvenInput, ProvenObjects};
use crate::binding_store_requests::{ListInput, WatchInput, list_request, watch_request};
use crate::binding_store_shared::SharedStore;
use crate::binding_store_wake::Wake;
use crate::binding_store_watch::{LastTaken, NativeWatcher};

pub type Failure = napi::Error<String>;
pub type Result<T> = std::result::Result<T, Failure>;

pub fn failure(error: StoreError) -> Failure {
    let code = match error.revision {
        Some(revision) => format!("{}:{revision}", error.reason.name()),
        None => error.reason.name().to_owned(),
    };
    Failure::new(code, error.message)
}

pub fn invalid(message: &str) -> Failure {
    Failure::new("invalidRequest".to_owned(), message)
}

fn from_napi(error: napi::Error) -> Failure {
    Failure::new(error.status.to_string(), error.reason.clone())
}

/// Runs a call into the store; a panic there ends the store and is thrown.
pub fn guarded<T>(
    store: &Store,
    call: impl FnOnce() -> std::result::Result<T, StoreError>,
) -> Result<T> {
    store
        .guarded(call)
        .and_then(|result| result)
        .map_err(failure)
}

/// A buffer of JavaScript's own, filled by `fill`.
pub fn filled_buffer<'env>(
    env: &'env Env,
    length: usize,
    fill: impl FnOnce(&mut [u8]),
) -> Result<BufferSlice<'env>> {
    let mut data = std::ptr::null_mut();
    let mut value = std::ptr::null_mut();
    // SAFETY: Node answers a buffer of `length` bytes that nobody else sees before this returns.
    unsafe {
        let status = sys::napi_create_buffer(env.raw(), length, &mut data, &mut value);
        if status != sys::Status::napi_ok {
            return Err(Failure::new("io".to_owned(), "a buffer could not be made"));
        }
        if length > 0 {
            fill(std::slice::from_raw_parts_mut(data.cast::<u8>(), length));
        }
        BufferSlice::from_napi_value(env.raw(), value).map_err(from_napi)
    }
}

#[napi(object, object_from_js = false)]
pub struct StoredOutput<'env> {
    pub key: String,
    pub value: BufferSlice<'env>,
    pub create_revision: f64,
    pub mod_revision: f64,
    pub version: f64,
    pub lease_id: f64,
}

#[napi(object, object_from_js = false)]
pub struct EncodedOutput<'env> {
    pub bytes: BufferSlice<'env>,
    pub mod_revision: f64,
}

#[napi(object, object_from_js = false)]
pub struct RangeOutput<'env> {
    pub revision: f64,
    pub values: Vec<StoredOutput<'env>>,
    pub more: bool,
}

#[napi(object, object_from_js = false)]
pub struct TransactOutput<'env> {
    pub succeeded: bool,
    pub revision: f64,
    /// Above 0: the answer comes with this ticket.
    pub ticket: f64,
    pub current: Option<StoredOutput<'env>>,
}

#[napi(object, object_from_js = false)]
pub struct GrantOutput<'env> {
    pub lease_id: f64,
    pub answer: TransactOutput<'env>,
}

#[napi(object, object_from_js = false)]
pub struct CompletionOutput<'env> {
    pub ticket: f64,
    /// Set when the write failed: a code and a message.
    pub code: Option<String>,
    pub message: Option<String>,
    pub succeeded: bool,
    pub revision: f64,
    pub current: Option<StoredOutput<'env>>,
}

#[napi(object)]
pub struct StatisticsOutput {
    pub revision: f64,
    pub compacted_revision: f64,
    pub keys: f64,
    pub bytes: f64,
    pub history_changes: f64,
    pub history_bytes: f64,
    pub encoded_bytes: f64,
    pub encodings: f64,
    pub watchers: f64,
    pub channels: f64,
    pub slow_watchers_closed: f64,
    pub unreadable_values: f64,
    pub leases: f64,
    pub log_bytes: f64,
    pub fsyncs: f64,
    pub snapshots: f64,
    pub waiting_writes: f64,
    /// Lists and first states in progress.
    pub pins: f64,
    /// Rounds of snapshots and freeing that failed.
    pub upkeep_failures: f64,
    /// Records that were written to the log since it was opened.
    pub records: f64,
    /// Syncs of the log by the time that they took: up to 1 ms, 2 ms, 4 ms, … 8.192 s, and longer.
    pub sync_counts: Vec<f64>,
    pub sync_seconds: f64,
    /// Of the snapshot on disk; 0 without one.
    pub snapshot_bytes: f64,
}

/// One thread's handle of a store.
#[napi]
pub struct NativeStore {
    shared: Arc<SharedStore>,
    session: Arc<Session>,
    wake: Arc<Wake>,
    /// Writes whose answer is outstanding: they hold the event loop.
    pending: Cell<usize>,
    /// Watchers that did not fit into the last drain.
    ready: RefCell<VecDeque<u64>>,
    last: LastTaken,
}

/// A handle for a further thread.
#[napi]
pub fn attach_store(env: &Env, id: u32, wake: Function<'_, (), ()>) -> Result<NativeStore> {
    let shared = SharedStore::find(id)
        .ok_or_else(|| Failure::new("closed".to_owned(), "the store is gone"))?;
    NativeStore::new(env, shared, &wake)
}

#[napi]
impl NativeStore {
    pub fn new(
        env: &Env,
        shared: Arc<SharedStore>,
        callback: &Function<'_, (), ()>,
    ) -> Result<NativeStore> {
        let wake = Wake::new(env, callback).map_err(from_napi)?;
        let waker = wake.clone();
        let session = shared.store.session(Box::new(move || waker.wake()));
        Ok(NativeStore {
            shared,
            session,
            wake,
            pending: Cell::new(0),
            ready: RefCell::default(),
            last: LastTaken::default(),
        })
    }

    pub(crate) fn call<T>(
        &self,
        call: impl FnOnce(&Arc<Store>) -> std::result::Result<T, StoreError>,
    ) -> Result<T> {
        let store = &self.shared.store;
        guarded(store, || call(store))
    }

    /// As `call`; who called looks for news on its own afterwards.
    pub fn call_quietly<T>(
        &self,
        call: impl FnOnce(&Arc<Store>) -> std::result::Result<T, StoreError>,
    ) -> Result<T> {
        self.wake.during(|| self.call(call))
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.shared.store
    }

    pub fn shared(&self) -> &SharedStore {
        &self.shared
    }

    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The number that `attachStore` takes in another thread.
    #[napi(getter)]
    pub fn id(&self) -> u32 {
        self.shared.id
    }

    #[napi]
    pub fn current_revision(&self) -> f64 {
        self.shared.store.current_revision() as f64
    }

    /// Every change up to it has been handed to the watches that want it.
    #[napi]
    pub fn handed_over_revision(&self) -> f64 {
        self.shared.store.published_revision() as f64
    }

    /// Whether `drain` would find something.
    #[napi]
    pub fn has_news(&self) -> bool {
        self.session.has_news() || !self.ready.borrow().is_empty()
    }

    #[napi]
    pub fn register_view(&self, message_type: String, format: String, part: String) -> Result<u32> {
        let format = match format.as_str() {
            "json" => Format::Json,
            "protobuf" => Format::Protobuf,
            "message" => Format::Message,
            _ => return Err(invalid("unknown format")),
        };
        let part = if part == "metadata" {
            Part::Metadata
        } else {
            Part::Object
        };
        let view = View {
            message_type,
            format,
            part,
        };
        Ok(self.call(|store| store.register_view(view))?.0)
    }

    /// Objects that may be read while the proof holds; none where it does not now.
    #[napi]
    pub fn proven(
        &self,
        input: ProvenInput,
        validity: &NativeValidity,
    ) -> Result<Option<NativeProvenObjects>> {
        let since = whole(input.since, "the revision")?;
        let keys: Vec<&[u8]> = input.keys.iter().map(|key| key.as_bytes()).collect();
        let prefixes: Vec<&[u8]> = input.prefixes.iter().map(|one| one.as_bytes()).collect();
        let proof = self.call(|store| store.proof(&keys, &prefixes, since))?;
        Ok(proof.map(|proof| {
            NativeProvenObjects::new(ProvenObjects {
                ended: validity.ended(),
                store: self.shared.store.clone(),
                proof,
                key_prefix: input.key_prefix,
                view: ViewId(input.view),
            })
        }))
    }

    #[napi]
    pub fn get<'env>(
        &self,
        env: &'env Env,
        key: String,
        revision: f64,
    ) -> Result<Option<StoredOutput<'env>>> {
        let revision = whole(revision, "the revision")?;
        let found = self.call(|store| store.get(key.as_bytes(), revision))?;
        found.map(|found| stored(env, &found)).transpose()
    }

    /// The newest version, also where it still waits for the disk.
    #[napi]
    pub fn get_applied<'env>(
        &self,
        env: &'env Env,
        key: String,
    ) -> Result<Option<StoredOutput<'env>>> {
        let found = self.call(|store| store.get_applied(key.as_bytes()))?;
        found.map(|found| stored(env, &found)).transpose()
    }

    #[napi]
    pub fn get_encoded<'env>(
        &self,
        env: &'env Env,
        key: String,
        view: u32,
        revision: f64,
    ) -> Result<Option<EncodedOutput<'env>>> {
        let (view, revision) = (ViewId(view), whole(revision, "the revision")?);
        let found = self.call(|store| store.get_encoded(key.as_bytes(), view, revision))?;
        let Some((bytes, revision)) = found else {
            return Ok(None);
        };
        let bytes = filled_buffer(env, bytes.len(), |target| target.copy_from_slice(&bytes))?;
        Ok(Some(EncodedOutput {
            bytes,
            mod_revision: revision as f64,
        }))
    }

    #[napi]
    pub fn range<'env>(
        &self,
        env: &'env Env,
        prefix: String,
        revision: f64,
        limit: f64,
        start_after_key: Option<String>,
    ) -> Result<RangeOutput<'env>> {
        let request = RangeRequest {
            range: Range::Prefix(prefix.into_bytes().into()),
            revision: whole(revision, "the revision")?,
            limit: bound(limit, "the limit")?,
            after: start_after_key.map(|key| key.into_bytes().into()),
            count: Count::No,
            oldest: 0,
        };
        let result = self.call(|store| store.range(&request))?;
        let values = result
            .values
            .iter()
            .map(|found| stored(env, found))
            .collect::<Result<Vec<_>>>()?;
        Ok(RangeOutput {
            revision: result.revision as f64,
            values,
            more: result.more,
        })
    }

    #[napi]
    pub fn count(&self, prefix: String) -> Result<f64> {
        let range = Range::Prefix(prefix.into_bytes().into());
        self.call(|store| Ok(store.count(&range) as f64))
    }

    #[napi]
    pub fn list(&self, input: ListInput) -> Result<NativeList> {
        let request = list_request(input)?;
        let cursor = self.call(|store| ListCursor::new(store, request))?;
        Ok(NativeList::of(self.shared.store.clone(), cursor))
    }

    /// What `transact` answered with a ticket is written from now on: called once a turn of the
    /// loop, so that its writes are one group and cost one wake-up.
    #[napi]
    pub fn announce_writes(&self) {
        self.shared.store.announce_writes();
    }

    /// Compares and writes, as parallel lists. Targets: 0 modRevision, 1 version, 2
    /// createRevision. A write without a value is a deletion.
    #[napi]
    #[allow(clippy::too_many_arguments)]
    pub fn transact<'env>(
        &self,
        env: &'env Env,
        compare_keys: Vec<String>,
        compare_targets: Vec<u32>,
        compare_equals: Vec<f64>,
        keys: Vec<String>,
        values: Vec<Option<Uint8ArraySlice<'_>>>,
        leases: Vec<f64>,
        lazy: bool,
    ) -> Result<TransactOutput<'env>> {
        // Each list of a kind has one entry for each: a short one would drop a compare or a write.
        if compare_targets.len() != compare_keys.len() || compare_equals.len() != compare_keys.len()
        {
            return Err(invalid("the lists of compares differ in length"));
        }
        if values.len() != keys.len() || leases.len() != keys.len() {
            return Err(invalid("the lists of writes differ in length"));
        }
        let mut transaction = Transaction::default();
        for ((key, target), equals) in compare_keys
            .into_iter()
            .zip(compare_targets)
            .zip(compare_equals)
        {
            let equals = whole(equals, "what is compared with")?;
            transaction.compare.push(Compare {
                range: Range::Key(key.into_bytes().into()),
                relation: Relation::Equal,
                target: match target {
                    0 => Target::ModRevision(equals),
                    1 => Target::Version(equals),
                    2 => Target::CreateRevision(equals),
                    _ => return Err(invalid("unknown target of a compare")),
                },
            });
        }
        for ((key, value), lease) in keys.into_iter().zip(values).zip(leases) {
            transaction.success.push(match value {
                Some(value) => {
                    let mut put = Put::new(key.as_bytes(), &value);
                    put.lease_id = if lease == SAME_LEASE {
                        self.call(|store| store.get_applied(key.as_bytes()))?
                            .map_or(0, |found| found.lease_id())
                    } else {
                        whole(lease, "the lease")?
                    };
                    Operation::Put(put)
                }
                None => Operation::Delete(Range::Key(key.into_bytes().into())),
            });
        }
        let durability = if lazy {
            Durability::Lazy
        } else {
            Durability::Durable
        };
        let submitted = self.call_quietly(|store| {
            store.submit_unannounced(&self.session, transaction, durability)
        })?;
        self.submitted(env, submitted)
    }

    fn submitted<'env>(
        &self,
        env: &'env Env,
        submitted: Submitted,
    ) -> Result<TransactOutput<'env>> {
        match submitted {
            Submitted::Done(outcome) => Ok(TransactOutput {
                succeeded: outcome.succeeded,
                revision: outcome.revision as f64,
                ticket: 0.0,
                current: current(env, &outcome)?,
            }),
            Submitted::Pending(ticket) => Ok(TransactOutput {
                succeeded: false,
                revision: 0.0,
                ticket: self.pending(ticket),
                current: None,
            }),
        }
    }

    /// A response comes: this thread does not end before.
    pub fn pending(&self, ticket: u64) -> f64 {
        self.pending.set(self.pending.get() + 1);
        if self.pending.get() == 1 {
            self.wake.hold(true);
        }
        ticket as f64
    }

    /// A whole list for the front's threads to send: the limit is not heeded.
    #[napi]
    pub fn list_source(&self, input: ListInput) -> Result<NativeSource> {
        let request = list_request(input)?;
        let listing = self.call(|store| Listing::new(store, request))?;
        let stream = ListStream::new(listing, self.shared.lists.clone());
        let source = ListSource::new(self.shared.store.clone(), stream);
        Ok(NativeSource::of_list(source))
    }

    /// A watch for the front's threads to send; it opens when they take it. With `state` it begins
    /// with what that lists, whatever revision the input says, and `marks_end` has a bookmark say
    /// that this was all.
    #[napi]
    pub fn watch_source(
        &self,
        input: WatchInput,
        figures: &NativeWatchFigures,
        state: Option<ListInput>,
        marks_end: bool,
    ) -> Result<NativeSource> {
        let mut request = watch_request(input)?;
        let state = match state {
            None => None,
            Some(list) => {
                let list = list_request(list)?;
                let listing = self.call(|store| Listing::new(store, list))?;
                request.after_revision = listing.revision();
                let events = StateEvents::new(listing, request.framing);
                Some(WatchState { events, marks_end })
            }
        };
        Ok(NativeSource::of_watch(WatchPlan {
            store: self.shared.store.clone(),
            state,
            request,
            wishes: Arc::default(),
            figures: figures.shared(),
        }))
    }

    #[napi]
    pub fn watch(&self, input: WatchInput) -> Result<NativeWatcher> {
        let request = watch_request(input)?;
        let watcher = self.call_quietly(|store| store.watch(&self.session, request))?;
        let (session, wake) = (self.session.clone(), self.wake.clone());
        Ok(NativeWatcher::new(
            self.shared.store.clone(),
            watcher,
            session,
            wake,
            self.last.clone(),
        ))
    }

    /// Fills in the numbers of watchers that have something to take; answers how many, and the
    /// answers to writes. When the target is full there may be more.
    #[napi]
    pub fn drain<'env>(
        &self,
        env: &'env Env,
        mut watchers: Float64ArraySlice<'_>,
    ) -> Result<DrainOutput<'env>> {
        let drained = self.call(|_| Ok(self.session.drain()))?;
        let mut ready = self.ready.borrow_mut();
        ready.extend(drained.watchers);
        // SAFETY: JavaScript does not run while its array is filled.
        let target = unsafe { watchers.as_mut() };
        let count = ready.len().min(target.len());
        for (place, id) in target.iter_mut().zip(ready.drain(..count)) {
            *place = id as f64;
        }
        let mut completions = Vec::with_capacity(drained.completions.len());
        for completion in drained.completions {
            let ticket = completion.ticket as f64;
            completions.push(match completion.result {
                Ok(outcome) => CompletionOutput {
                    ticket,
                    code: None,
                    message: None,
                    succeeded: outcome.succeeded,
                    revision: outcome.revision as f64,
                    current: current(env, &outcome)?,
                },
                Err(error) => {
                    let error = failure(error);
                    CompletionOutput {
                        ticket,
                        code: Some(error.status.clone()),
                        message: Some(error.reason.clone()),
                        succeeded: false,
                        revision: 0.0,
                        current: None,
                    }
                }
            });
        }
        if !completions.is_empty() {
            self.pending
                .set(self.pending.get().saturating_sub(completions.len()));
            if self.pending.get() == 0 {
                self.wake.hold(false);
            }
        }
        Ok(DrainOutput {
            watchers: count as u32,
            completions,
        })
    }

    /// Forgets history before a revision; `trim` frees the memory step by step.
    #[napi]
    pub fn compact(&self, revision: f64) -> Result<()> {
        let revision = whole(revision, "the revision")?;
        self.call(|store| store.compact(revision))
    }

    /// Returns whether there is more to free.
    #[napi]
    pub fn trim(&self) -> Result<bool> {
        self.call(|store| Ok(store.trim()))
    }

    /// The lease, and when it is on disk: answered like a transaction.
    #[napi]
    pub fn grant_lease<'env>(
        &self,
        env: &'env Env,
        ttl_seconds: f64,
        now_millis: f64,
    ) -> Result<GrantOutput<'env>> {
        let ttl_seconds = whole(ttl_seconds, "the time to live")?;
        let now_millis = moment(now_millis)?;
        let session = &self.session;
        let (lease, submitted) = self.call_quietly(|store| {
            let id = if store.follows() {
                random_lease_id()?
            } else {
                0
            };
            store.submit_lease(session, id, ttl_seconds, now_millis)
        })?;
        Ok(GrantOutput {
            lease_id: lease.lease_id as f64,
            answer: self.submitted(env, submitted)?,
        })
    }

    /// Deletes the lease's keys; answered like a transaction.
    #[napi]
    pub fn revoke_lease<'env>(
        &self,
        env: &'env Env,
        lease_id: f64,
    ) -> Result<TransactOutput<'env>> {
        let (id, durability) = (whole(lease_id, "the lease")?, Durability::Durable);
        let submitted =
            self.call_quietly(|store| store.revoke_lease(&self.session, id, durability))?;
        self.submitted(env, submitted)
    }

    /// Ends leases whose time is over, a bounded number; answers how many.
    #[napi]
    pub fn expire_leases(&self, now_millis: f64) -> Result<u32> {
        const AT_ONCE: usize = 256;
        let now_millis = moment(now_millis)?;
        // Nobody waits for these writes: their answers go with this session.
        let session = self.shared.store.session(Box::new(|| {}));
        let ended =
            self.call_quietly(|store| store.expire_leases(&session, now_millis, AT_ONCE))?;
        Ok(ended as u32)
    }

    /// Serves etcd's API over this store; of the input's directory only what a member knows beside
    /// its keys is used. `now_millis` is what the clock of leases says now.
    #[napi(ts_return_type = "Promise<StartedEtcdServer>")]
    pub fn serve_etcd(
        &self,
        input: EtcdServerInput,
        now_millis: f64,
    ) -> Result<AsyncTask<StartingEtcd>> {
        serve_store(self.shared.clone(), input, moment(now_millis)?)
    }

    /// Every lease with its time to live.
    #[napi]
    pub fn lease_table(&self) -> Vec<LeaseOutput> {
        let store = &self.shared.store;
        let leases = store.leases().into_iter();
        let table = leases
            .filter_map(|id| store.lease(id))
            .map(|lease| LeaseOutput {
                lease_id: lease.lease_id as f64,
                ttl_seconds: lease.ttl_seconds as f64,
            });
        table.collect()
    }

    /// What opening the directory found; absent in memory.
    #[napi]
    pub fn recovery_report(&self) -> Option<RecoveryReportOutput> {
        self.shared.store.recovery_report().map(report)
    }

    /// Throws what keeps the store from writing, or its closing.
    #[napi]
    pub fn health(&self) -> Result<()> {
        self.call(|store| store.health())
    }

    #[napi]
    pub fn statistics(&self) -> Result<StatisticsOutput> {
        let (statistics, disk) =
            self.call(|store| Ok((store.statistics(), store.disk_statistics())))?;
        Ok(StatisticsOutput {
            revision: statistics.revision as f64,
            compacted_revision: statistics.compacted_revision as f64,
            keys: statistics.keys as f64,
            bytes: statistics.bytes as f64,
            history_changes: statistics.history_changes as f64,
            history_bytes: statistics.history_bytes as f64,
            encoded_bytes: statistics.encoded_bytes as f64,
            encodings: statistics.encodings as f64,
            watchers: statistics.watchers as f64,
            channels: statistics.channels as f64,
            slow_watchers_closed: statistics.slow_watchers_closed as f64,
            unreadable_values: statistics.unreadable_values as f64,
            leases: statistics.leases as f64,
            log_bytes: disk.log_bytes as f64,
            fsyncs: disk.syncs as f64,
            snapshots: disk.snapshots as f64,
            waiting_writes: disk.waiting_writes as f64,
            pins: statistics.pins as f64,
            upkeep_failures: statistics.upkeep_failures as f64,
            records: disk.records as f64,
            sync_counts: self.shared.disk.counts().map(|count| count as f64).to_vec(),
            sync_seconds: self.shared.disk.seconds(),
            snapshot_bytes: self.shared.disk.snapshot_bytes() as f64,
        })
    }

    /// Closes the store for every thread, after what waits was written, on a thread of the pool:
    /// the disk may take its time. `drain` has the answers.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close(&self) -> AsyncTask<Closing> {
        let shared = self.shared.clone();
        Closing::task(move || shared.close())
    }

    /// Gives up this handle only.
    #[napi]
    pub fn detach(&self) {
        self.wake.close();
    }
}

impl Drop for NativeStore {
    fn drop(&mut self) {
        // Finalizers run on the JavaScript thread.
        self.wake.close();
    }
}

#[napi(object, object_from_js = false)]
pub struct DrainOutput<'env> {
    pub watchers: u32,
    pub completions: Vec<CompletionOutput<'env>>,
}

fn stored<'env>(env: &'env Env, found: &Entry) -> Result<StoredOutput<'env>> {
    let value = found.value();
    Ok(StoredOutput {
        key: String::from_utf8_lossy(found.key()).into_owned(),
        value: filled_buffer(env, value.len(), |target| target.copy_from_slice(value))?,
        create_revision: found.create_revision() as f64,
        mod_revision: found.mod_revision() as f64,
        version: found.version() as f64,
        lease_id: lease_number(found.lease_id()),
    })
}

/// Of a put: the lease that the key has.
const SAME_LEASE: f64 = -1.0;

/// A double has no number for most leases that etcd itself has named: whoever writes the key again
/// says [`SAME_LEASE`].
fn lease_number(id: u64) -> f64 {
    if id < 1 << 53 { id as f64 } else { SAME_LEASE }
}

fn current<'env>(env: &'env Env, outcome: &Outcome) -> Result<Option<StoredOutput<'env>>> {
    match &outcome.mismatch {
        Some((_, Some(found))) => Ok(Some(stored(env, found)?)),
        _ => Ok(None),
    }
}
