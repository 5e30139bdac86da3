//! The driver: a store in memory that follows etcd, and what its users ask of etcd.
//!
//! One thread runs everything; whoever calls hands over and goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use prost::bytes::Bytes;
use steersman_etcdapi::{
    CompactionRequest, Compare, CompareResult, CompareTarget, Done, LeaseGrantRequest,
    LeaseRevokeRequest, Operation, PutRequest, RangeRequest, RangeResponse, RequestOp,
    ResponseHeader, StatusRequest, StatusResponse, TxnRequest, TxnResponse, Wanted,
};
use steersman_store::{
    Leader, Outcome, Owed, Reason, Revision, Store, StoreError, StoreOptions, Transaction, Views,
};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, oneshot};

use crate::connection::{Connection, Options};
use crate::follow::{self, Following};
use crate::keys::{Keys, number, revision};
use crate::notices::{Notice, Notices};
use crate::transaction::{self, Asked};
use crate::waiting::{Kind, Response, WaitingResponses};

const RANGE: &str = "/etcdserverpb.KV/Range";
const TXN: &str = "/etcdserverpb.KV/Txn";
const COMPACT: &str = "/etcdserverpb.KV/Compact";
const GRANT: &str = "/etcdserverpb.Lease/LeaseGrant";
pub(crate) const STATUS: &str = "/etcdserverpb.Maintenance/Status";
const REVOKE: &str = "/etcdserverpb.Lease/LeaseRevoke";

/// A read or write of some keys.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Compaction waits for the disk.
const COMPACTION_TIMEOUT: Duration = Duration::from_secs(60);
/// The key under which all API servers of an etcd agree on who compacts.
const COMPACTION_KEY: &[u8] = b"compact_rev_key";

pub struct Engine {
    pub(crate) connection: Arc<Connection>,
    pub(crate) keys: Keys,
    pub(crate) waiting: WaitingResponses,
    /// Somebody waits for a revision.
    pub(crate) wanted: Notify,
    pub(crate) store: OnceLock<std::sync::Weak<Store>>,
    runtime: Handle,
    questions: Mutex<Questions>,
    /// How often the key of compaction had been written when it was looked at last.
    compactions: tokio::sync::Mutex<i64>,
    pub(crate) notices: Arc<Notices>,
    /// Bytes of the file of the member that was asked last; 0: none was.
    size: Arc<AtomicU64>,
    /// What cannot be mended without a restart.
    trouble: Mutex<Option<StoreError>>,
    /// The cluster that was read at first: another one's revisions mean something else.
    cluster: OnceLock<u64>,
}

/// Reads that wait for the newest revision to be asked for.
#[derive(Default)]
struct Questions {
    waiting: Vec<Owed>,
    asking: bool,
}

/// The thread of an engine.
pub struct Running {
    notices: Arc<Notices>,
    size: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// What the log is to say, once.
    pub fn notices(&self) -> Vec<Notice> {
        self.notices.take()
    }

    /// Bytes of etcd's file, as of the last time that a member was asked.
    pub fn size(&self) -> Option<u64> {
        Some(self.size.load(Ordering::Relaxed)).filter(|size| *size > 0)
    }

    /// What is under way is given up.
    pub fn stop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It says on standard error why it panicked.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads what stands in etcd and follows it from then on. Blocks until everything was read, or
/// until it is clear that an option is wrong or that no member can be reached.
pub fn open(
    options: &Options,
    limits: StoreOptions,
    views: Arc<dyn Views>,
) -> Result<(Arc<Store>, Running), StoreError> {
    let connection = Connection::new(options)?;
    let keys = Keys::new(&options.prefix);
    let (patience, size_interval) = (options.patience, options.size_interval);
    let (notices, size) = (Arc::<Notices>::default(), Arc::<AtomicU64>::default());
    let (noticing, sizing) = (notices.clone(), size.clone());
    let (opened, result) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new().name("steersman-etcd".to_owned());
    let thread = thread.spawn(move || {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = opened.send(Err(StoreError::io("start etcd's driver", &error)));
                return;
            }
        };
        let engine = Arc::new(Engine {
            connection,
            keys,
            waiting: WaitingResponses::default(),
            wanted: Notify::new(),
            store: OnceLock::new(),
            runtime: runtime.handle().clone(),
            questions: Mutex::default(),
            compactions: tokio::sync::Mutex::new(0),
            notices: noticing,
            size: sizing,
            trouble: Mutex::default(),
            cluster: OnceLock::new(),
        });
        // Also where it panics: nobody is to wait for what does not come.
        let _ending = Ending(engine.clone());
        runtime.block_on(async {
            let run = async {
                match begin(&engine, patience, limits, views).await {
                    Ok((store, following)) => {
                        let _ = opened.send(Ok(store));
                        tokio::select! {
                            () = follow::run(&engine, following) => {}
                            () = engine.measure(size_interval) => {}
                        }
                    }
                    Err(error) => {
                        let _ = opened.send(Err(error));
                    }
                }
            };
            tokio::select! {
                () = run => {}
                // Also where whoever could say so is gone.
                _ = stopped => {}
            }
        });
    });
    let thread = thread.map_err(|error| StoreError::io("start etcd's driver", &error))?;
    let running = Running {
        notices,
        size,
        stop: Some(stop),
        thread: Some(thread),
    };
    let gone = || StoreError::new(Reason::Io, "etcd's driver failed");
    let store = result.recv().unwrap_or_else(|_| Err(gone()))?;
    Ok((store, running))
}

async fn begin(
    engine: &Arc<Engine>,
    patience: Option<Duration>,
    limits: StoreOptions,
    views: Arc<dyn Views>,
) -> Result<(Arc<Store>, Following), StoreError> {
    engine.first_response(patience).await?;
    let listed = follow::list(engine).await?;
    let following = Following::new(listed.revision, listed.apart);
    let leader: Arc<dyn Leader> = Arc::new(Etcd(engine.clone()));
    let store = Store::follower(limits, views, leader, listed.revision, listed.objects)?;
    let _ = engine.store.set(Arc::downgrade(&store));
    engine.waiting.followed(listed.revision);
    Ok((store, following))
}

/// What an engine does when its thread ends.
struct Ending(Arc<Engine>);

impl Drop for Ending {
    fn drop(&mut self) {
        let error = if std::thread::panicking() {
            StoreError::new(Reason::Io, "etcd's driver failed: start again")
        } else {
            StoreError::new(Reason::Closed, "the store was closed")
        };
        self.0.fail(error.clone());
        let waiting = std::mem::take(&mut self.0.questions.lock().waiting);
        for owed in waiting {
            owed.give(Err(error.clone()));
        }
    }
}

impl Engine {
    /// Fails where no member responds within this time.
    async fn first_response(&self, patience: Option<Duration>) -> Result<(), StoreError> {
        let newest = self.newest();
        let Some(patience) = patience else {
            return newest.await.map(|_| ());
        };
        match tokio::time::timeout(patience, newest).await {
            Ok(given) => given.map(|_| ()),
            Err(_) => {
                let members = self.connection.addresses().join(", ");
                let waited = patience.as_secs_f64();
                let message = format!("etcd did not respond within {waited} s: {members}");
                Err(StoreError::new(Reason::Io, message))
            }
        }
    }

    pub(crate) async fn range(&self, request: RangeRequest) -> Result<RangeResponse, StoreError> {
        let followed = self.waiting.reached();
        let response: RangeResponse = self
            .connection
            .read(RANGE, request, REQUEST_TIMEOUT)
            .await?;
        self.sound(response.header.as_ref(), followed)?;
        Ok(response)
    }

    /// Asks for the newest revision, and with it whether this is still the state that was followed.
    pub(crate) async fn newest(&self) -> Result<Revision, StoreError> {
        let request = RangeRequest {
            key: self.keys.all().0,
            count_only: true,
            ..RangeRequest::default()
        };
        Ok(newest(&self.range(request).await?))
    }

    /// Whether a response that a quorum stands behind is of the cluster that was read at first, and
    /// not older than what had been followed when it was asked for. Else what was shown already
    /// would be taken back: from then on everything fails, until a restart.
    pub(crate) fn sound(
        &self,
        header: Option<&ResponseHeader>,
        followed: Revision,
    ) -> Result<(), StoreError> {
        let Some(header) = header else { return Ok(()) };
        let (cluster, seen) = (header.cluster_id, revision(header.revision));
        let first = *self.cluster.get_or_init(|| cluster);
        let message = if cluster != first {
            format!("etcd's cluster is {cluster:x}, and was {first:x}: start again")
        } else if seen < followed {
            format!("etcd went back from revision {followed} to {seen}: start again")
        } else {
            return Ok(());
        };
        let error = StoreError::new(Reason::Io, message);
        self.fail(error.clone());
        Err(error)
    }

    /// Nothing that is here can be relied on any more.
    pub(crate) fn fail(&self, error: StoreError) {
        self.waiting.fail(&error);
        let mut trouble = self.trouble.lock();
        if trouble.is_none() {
            if error.reason != Reason::Closed {
                self.notices.say(error.message.clone());
            }
            *trouble = Some(error);
        }
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match &*self.trouble.lock() {
            Some(trouble) => Err(trouble.clone()),
            None => Ok(()),
        }
    }

    /// Asks how large etcd's file is, again and again; never ends.
    async fn measure(&self, interval: Option<Duration>) {
        let Some(interval) = interval else {
            return std::future::pending().await;
        };
        loop {
            let asked = self
                .connection
                .read(STATUS, StatusRequest {}, REQUEST_TIMEOUT);
            let given: Result<StatusResponse, _> = asked.await;
            // Where nobody can say, the last size stands.
            if let Ok(status) = given {
                let size = status.db_size.max(0).unsigned_abs();
                self.size.store(size, Ordering::Relaxed);
            }
            tokio::time::sleep(interval).await;
        }
    }

    /// Runs a request, whose response is given where the requester's is owed.
    fn run(
        self: &Arc<Self>,
        owed: Owed,
        request: impl Future<Output = Result<(Revision, Outcome), StoreError>> + Send + 'static,
    ) {
        if let Err(trouble) = self.check() {
            owed.give(Err(trouble));
            return;
        }
        let engine = self.clone();
        self.runtime.spawn(async move {
            match request.await {
                Ok((revision, outcome)) => {
                    let kind = Kind::Write;
                    engine
                        .waiting
                        .give_at(revision, Response::new(owed, outcome, kind));
                }
                Err(error) => owed.give(Err(error)),
            }
        });
    }

    async fn transact_there(&self, asked: Asked) -> Result<(Revision, Outcome), StoreError> {
        let request = asked.request(&self.keys);
        let followed = self.waiting.reached();
        let given: TxnResponse = self.connection.call(TXN, request, REQUEST_TIMEOUT).await?;
        self.sound(given.header.as_ref(), followed)?;
        asked.outcome(&self.keys, given)
    }

    /// Asks for the newest revision, once for all who wait, for as long as somebody does.
    async fn ask(self: Arc<Self>) {
        loop {
            let waiting = {
                let mut questions = self.questions.lock();
                if questions.waiting.is_empty() {
                    questions.asking = false;
                    return;
                }
                std::mem::take(&mut questions.waiting)
            };
            match self.newest().await {
                Ok(revision) => self.read_at(waiting, revision),
                Err(error) => waiting
                    .into_iter()
                    .for_each(|owed| owed.give(Err(error.clone()))),
            }
        }
    }

    fn read_at(&self, waiting: Vec<Owed>, revision: Revision) {
        let mut waits = false;
        for owed in waiting {
            let outcome = done(revision);
            let kind = Kind::Read;
            waits |= self
                .waiting
                .give_at(revision, Response::new(owed, outcome, kind));
        }
        if waits {
            self.wanted.notify_one();
        }
    }

    /// Compacts if no other API server has since the last time.
    async fn compact_there(&self, to: Revision) -> Result<(), StoreError> {
        let mut times = self.compactions.lock().await;
        let key = Bytes::from_static(COMPACTION_KEY);
        let put = PutRequest {
            key: key.clone(),
            value: to.to_string().into_bytes().into(),
            ..PutRequest::default()
        };
        let range = RangeRequest {
            key: key.clone(),
            ..RangeRequest::default()
        };
        let request = TxnRequest {
            compare: vec![Compare {
                result: CompareResult::Equal as i32,
                target: CompareTarget::Version as i32,
                key,
                wanted: Some(Wanted::Version(*times)),
                range_end: Bytes::new(),
            }],
            success: vec![operation(Operation::Put(put))],
            failure: vec![operation(Operation::Range(range))],
        };
        let given: TxnResponse = self.connection.call(TXN, request, REQUEST_TIMEOUT).await?;
        if !given.succeeded {
            let found = given.responses.into_iter().next().and_then(|one| one.range);
            *times = found
                .and_then(|range| range.kvs.first().map(|kv| kv.version))
                .unwrap_or(0);
            return Ok(());
        }
        *times += 1;
        let request = CompactionRequest {
            revision: number(to),
            ..CompactionRequest::default()
        };
        let compacted: Result<Done, _> = self
            .connection
            .call(COMPACT, request, COMPACTION_TIMEOUT)
            .await;
        match compacted.map_err(StoreError::from) {
            // Somebody was faster, with other means.
            Err(error) if error.reason == Reason::Compacted => Ok(()),
            given => given.map(|_| ()),
        }
    }
}

pub(crate) fn operation(request: Operation) -> RequestOp {
    RequestOp {
        request: Some(request),
    }
}

pub(crate) fn newest(response: &RangeResponse) -> Revision {
    revision(response.header.as_ref().map_or(0, |header| header.revision))
}

/// Without a word but where it was.
pub(crate) fn done(revision: Revision) -> Outcome {
    Outcome {
        succeeded: true,
        revision,
        results: Vec::new(),
        mismatch: None,
    }
}

/// What its store knows of an engine.
struct Etcd(Arc<Engine>);

impl Leader for Etcd {
    fn transact(&self, transaction: Transaction, response: Owed) {
        let asked = match transaction::check(transaction) {
            Ok(asked) => asked,
            Err(error) => return response.give(Err(error)),
        };
        let engine = self.0.clone();
        self.0
            .run(response, async move { engine.transact_there(asked).await });
    }

    fn read(&self, response: Owed) {
        let mut questions = self.0.questions.lock();
        // Under the lock: whoever ends the thread says so first, then looks who waits.
        if let Err(trouble) = self.0.check() {
            drop(questions);
            return response.give(Err(trouble));
        }
        questions.waiting.push(response);
        if !questions.asking {
            questions.asking = true;
            self.0.runtime.spawn(self.0.clone().ask());
        }
    }

    fn grant_lease(&self, id: u64, ttl_seconds: u64, response: Owed) {
        let (id, ttl) = (number(id), number(ttl_seconds));
        let engine = self.0.clone();
        self.0.run(response, async move {
            let request = LeaseGrantRequest { ttl, id };
            let _: Done = engine
                .connection
                .call(GRANT, request, REQUEST_TIMEOUT)
                .await?;
            Ok((0, done(0)))
        });
    }

    fn revoke_lease(&self, id: u64, response: Owed) {
        let engine = self.0.clone();
        self.0.run(response, async move {
            let request = LeaseRevokeRequest { id: number(id) };
            let given: Done = engine
                .connection
                .call(REVOKE, request, REQUEST_TIMEOUT)
                .await?;
            let at = revision(given.header.map_or(0, |header| header.revision));
            Ok((at, done(at)))
        });
    }

    fn compact(&self, to: Revision, response: Owed) {
        let engine = self.0.clone();
        self.0.run(response, async move {
            engine.compact_there(to).await?;
            Ok((0, done(0)))
        });
    }

    fn health(&self) -> Result<(), StoreError> {
        self.0.check()
    }
}
