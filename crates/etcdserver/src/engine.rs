//! The store as etcd's API sees it: one more bound of history (the compacted revision), a quota,
//! and the threads that drive the disk.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use steersman_store::{
    Durability, DurableOptions, Entry, Format, NoViews, OpenOptions, Part, RangeRequest,
    RangeResult, Reason, Revision, Session, Store, StoreError, StoreOptions, View, ViewId,
};
use steersman_upkeep::{DiskFigures, MeasuredDisk, StoreThreads, ThreadOptions, random_salt};

use crate::auth::Auth;
use crate::compactor::Compactor;
use crate::encode::Header;
use crate::member::{Member, MemberFile};
use crate::metrics::Metrics;
use crate::options::{Attached, Options};
use crate::status::Status;

/// Leases that are ended at once.
const MOST_EXPIRED: usize = 1_000;
/// Snapshots that are sent at once: each keeps what it sends.
const MOST_SNAPSHOTS: usize = 2;
/// etcd's own term, where one member was elected once.
pub const RAFT_TERM: u64 = 2;
/// As etcd's: three halves of its election's timeout, in whole seconds.
pub const MIN_LEASE_SECONDS: i64 = 2;
pub const MAX_LEASE_SECONDS: i64 = 9_000_000_000;

pub struct Engine {
    pub store: Arc<Store>,
    pub options: Options,
    pub header: Header,
    pub metrics: Metrics,
    pub auth: Auth,
    /// Snapshots that are being sent.
    pub snapshots: tokio::sync::Semaphore,
    pub disk: Arc<DiskFigures>,
    /// What watches are registered with; nothing is encoded with it.
    pub view: ViewId,
    /// Reads before it are refused, watches from it on are not; below 0 without a compaction.
    compacted: AtomicI64,
    member: Mutex<MemberFile>,
    no_space: AtomicBool,
    /// Keys, values and history, as of the last round of upkeep.
    used_bytes: AtomicU64,
    /// A snapshot is wanted soon.
    defragments: Arc<AtomicBool>,
    /// Where the clock of leases stands at 0.
    begun: Instant,
    /// None: whose store it is drives it, and closes it.
    threads: Option<StoreThreads>,
}

/// What an engine is made of.
struct Parts {
    store: Arc<Store>,
    member: MemberFile,
    auth: Auth,
    disk: Arc<DiskFigures>,
    defragments: Arc<AtomicBool>,
    begun: Instant,
    threads: Option<StoreThreads>,
}

impl Engine {
    /// Opens the data directory, or begins in memory where there is none, and starts the threads
    /// that drive it.
    pub fn open(options: Options) -> Result<Arc<Engine>, StoreError> {
        let limits = StoreOptions {
            // As in etcd, history is kept until it is compacted; the quota bounds it.
            max_history_changes: usize::MAX,
            max_history_bytes: usize::MAX,
            max_encoded_bytes: 0,
            ..StoreOptions::default()
        };
        let disk = Arc::<DiskFigures>::default();
        let begun = Instant::now();
        let (store, member, auth) = match &options.directory {
            None => (
                Store::in_memory(limits, Arc::new(NoViews)),
                MemberFile::in_memory()?,
                Auth::open(None, &options.auth)?,
            ),
            Some(directory) => {
                let files = Arc::new(MeasuredDisk {
                    figures: disk.clone(),
                    syncs: options.syncs,
                });
                refuse_others(directory)?;
                let store = Store::open(
                    OpenOptions {
                        directory: &directory.join("store"),
                        files: files.clone(),
                        store: limits,
                        durable: DurableOptions::default(),
                        now_millis: 0,
                        salt: random_salt()?,
                    },
                    Arc::new(NoViews),
                )?;
                let member = MemberFile::open(files.clone(), directory)?;
                let auth = Auth::open(Some((files, directory)), &options.auth)?;
                (store, member, auth)
            }
        };
        let parts = Parts {
            store,
            member,
            auth,
            disk,
            defragments: Arc::default(),
            begun,
            threads: Some(StoreThreads::default()),
        };
        let engine = Engine::start(options, parts)?;
        if let Err(error) = engine.start_threads() {
            engine.close();
            return Err(StoreError::io("start the server's threads", &error));
        }
        Ok(engine)
    }

    /// Over a store that somebody else has open, drives and closes.
    pub fn attach(options: Options, attached: Attached) -> Result<Arc<Engine>, StoreError> {
        let Attached {
            store,
            disk,
            now_millis,
            defragments,
        } = attached;
        if store.follows() {
            let message = "the store follows an etcd, which serves its API itself";
            return Err(StoreError::new(Reason::InvalidRequest, message));
        }
        let (member, auth) = match &options.directory {
            None => (MemberFile::in_memory()?, Auth::open(None, &options.auth)?),
            Some(directory) => {
                let files = Arc::new(MeasuredDisk {
                    figures: Arc::default(),
                    syncs: true,
                });
                let member = MemberFile::open(files.clone(), directory)?;
                let auth = Auth::open(Some((files, directory)), &options.auth)?;
                (member, auth)
            }
        };
        let begun = Instant::now().checked_sub(Duration::from_millis(now_millis));
        let begun = begun.ok_or_else(|| {
            let message = "the clock of leases is older than this machine's";
            StoreError::new(Reason::InvalidRequest, message)
        })?;
        let parts = Parts {
            store,
            member,
            auth,
            disk,
            defragments,
            begun,
            threads: None,
        };
        Engine::start(options, parts)
    }

    fn start(options: Options, parts: Parts) -> Result<Arc<Engine>, StoreError> {
        let Parts {
            store,
            member,
            auth,
            disk,
            defragments,
            begun,
            threads,
        } = parts;
        let Member {
            cluster_id,
            member_id,
            compacted,
            no_space,
        } = *member.member();
        let view = store.register_view(View {
            message_type: String::new(),
            format: Format::Message,
            part: Part::Object,
        })?;
        let engine = Arc::new(Engine {
            store,
            options,
            header: Header {
                cluster_id,
                member_id,
                raft_term: RAFT_TERM,
            },
            metrics: Metrics::default(),
            auth,
            snapshots: tokio::sync::Semaphore::new(MOST_SNAPSHOTS),
            disk,
            view,
            compacted: AtomicI64::new(compacted),
            member: Mutex::new(member),
            no_space: AtomicBool::new(no_space),
            used_bytes: AtomicU64::new(0),
            defragments,
            begun,
            threads,
        });
        engine.compact_store(compacted)?;
        engine.measure();
        Ok(engine)
    }

    fn start_threads(self: &Arc<Self>) -> std::io::Result<()> {
        let options = ThreadOptions {
            name: "etcd",
            lazy_delay: Duration::ZERO,
        };
        let engine = self.clone();
        let mut compactor = Compactor::new(self.options.auto_compaction);
        // Nobody waits for the end of a lease that ran out.
        let session = self.store.session(Box::new(|| ()));
        let Some(threads) = &self.threads else {
            return Ok(());
        };
        threads.start(&self.store, &options, move |_| {
            engine.see(&session, &mut compactor)
        })
    }

    /// Whether somebody else has the store open: `see_leases` sees to what comes due of leases.
    pub fn is_attached(&self) -> bool {
        self.threads.is_none()
    }

    /// Ends leases whose time is over, and counts what is used.
    pub fn see_leases(&self, session: &Arc<Session>) -> Result<(), StoreError> {
        let now = self.now_millis();
        self.store
            .expire_leases_with(session, now, MOST_EXPIRED, Durability::Durable)?;
        session.drain();
        self.measure();
        Ok(())
    }

    /// What comes due with time. Returns whether a snapshot is wanted.
    fn see(&self, session: &Arc<Session>, compactor: &mut Compactor) -> Result<bool, StoreError> {
        let now = self.now_millis();
        self.see_leases(session)?;
        if let Some(revision) = compactor.due(now, self.store.current_revision()) {
            // Somebody may have compacted further meanwhile.
            let _ = self.compact(revision as i64);
        }
        Ok(self.defragments.swap(false, Ordering::SeqCst))
    }

    /// On the clock that leases are counted by.
    pub fn now_millis(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Below 0 without a compaction.
    pub fn compacted(&self) -> i64 {
        self.compacted.load(Ordering::SeqCst)
    }

    /// As `compacted`, where the store forgets history by itself, too.
    pub fn forgotten(&self) -> i64 {
        let compacted = self.compacted();
        if !self.is_attached() {
            return compacted;
        }
        match self.store.statistics().compacted_revision {
            0 => compacted,
            own => compacted.max(i64::try_from(own).unwrap_or(i64::MAX)),
        }
    }

    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    fn measure(&self) {
        let statistics = self.store.statistics();
        let used = statistics.bytes + statistics.history_bytes;
        self.used_bytes.store(used, Ordering::Relaxed);
    }

    pub fn disk_bytes(&self) -> u64 {
        self.store.disk_statistics().log_bytes
    }

    /// Whether anything may be added.
    pub fn check_space(&self, bytes: usize) -> Result<(), Status> {
        if self.has_no_space() {
            return Err(Status::NO_SPACE);
        }
        let quota = self.options.quota_bytes;
        let wanted = self.used_bytes().saturating_add(bytes as u64);
        if quota > 0 && wanted > quota {
            self.set_no_space(true)?;
            return Err(Status::NO_SPACE);
        }
        Ok(())
    }

    pub fn has_no_space(&self) -> bool {
        self.no_space.load(Ordering::SeqCst)
    }

    /// The alarm; it outlives the process.
    pub fn set_no_space(&self, no_space: bool) -> Result<(), Status> {
        let mut file = self.member.lock();
        if file.member().no_space != no_space {
            let member = Member {
                no_space,
                ..file.member().clone()
            };
            file.write(member)?;
            self.no_space.store(no_space, Ordering::SeqCst);
        }
        Ok(())
    }

    /// The oldest revision that can be read.
    pub fn oldest(&self) -> Revision {
        Revision::try_from(self.compacted()).unwrap_or(0)
    }

    /// Reads a range at the newest revision or an earlier one. Answers the newest one, too.
    pub fn range(&self, request: &RangeRequest) -> Result<(RangeResult, Revision), Status> {
        let found = self.store.guarded(|| self.store.range(request))??;
        let newest = match request.revision {
            0 => found.revision,
            _ => self.store.current_revision(),
        };
        Ok((found, newest))
    }

    /// Refuses all reads before this revision from now on. Returns the newest one. On disk before
    /// it is done.
    pub fn compact(&self, revision: i64) -> Result<Revision, Status> {
        let mut file = self.member.lock();
        let newest = self.store.current_revision();
        if revision <= file.member().compacted {
            return Err(Status::COMPACTED);
        }
        if revision > i64::try_from(newest).unwrap_or(i64::MAX) {
            return Err(Status::FUTURE_REVISION);
        }
        let member = Member {
            compacted: revision,
            ..file.member().clone()
        };
        file.write(member)?;
        self.compacted.store(revision, Ordering::SeqCst);
        self.compact_store(revision)?;
        Ok(newest)
    }

    /// Watches may still begin with the changes of the compacted revision itself: the store keeps
    /// one more than reads see.
    fn compact_store(&self, revision: i64) -> Result<(), StoreError> {
        let Some(last) = Revision::try_from(revision)
            .ok()
            .and_then(|revision| revision.checked_sub(1))
        else {
            return Ok(());
        };
        match self.store.compact(last) {
            // It is further already: a snapshot or an unclean end was before.
            Err(error) if error.reason == Reason::Compacted => Ok(()),
            compacted => compacted,
        }
    }

    /// Writes a snapshot of what is compacted soon, and gives the log before it back.
    pub fn defragment(&self) {
        self.defragments.store(true, Ordering::SeqCst);
    }

    /// As etcd's HashKV: over everything that is kept up to a revision (0: the newest) in the order
    /// of its making, keys in the form of etcd's storage. Answers the hash, the compacted revision
    /// (-1 without one) and the revision.
    pub fn hash(&self, revision: i64) -> Result<(u32, i64, Revision), Status> {
        let newest = self.store.current_revision();
        let compacted = self.forgotten();
        if revision > i64::try_from(newest).unwrap_or(i64::MAX) {
            return Err(Status::FUTURE_REVISION);
        }
        if revision != 0 && revision < compacted {
            return Err(Status::COMPACTED);
        }
        let upto = match Revision::try_from(revision) {
            Ok(0) | Err(_) => newest,
            Ok(revision) => revision,
        };
        let oldest = Revision::try_from(compacted).unwrap_or(0);
        let versions = self.store.versions(oldest, upto);
        let newest_of: HashMap<&[u8], &Entry> =
            versions.iter().map(|entry| (entry.key(), entry)).collect();
        let is_live = |entry: &Entry| {
            let newest = newest_of.get(entry.key());
            !entry.is_deletion()
                && newest.is_some_and(|newest| newest.mod_revision() == entry.mod_revision())
        };
        // Of what is compacted only counts what a compaction now would leave; but where it would
        // leave nothing, everything does.
        let leaves_some = versions.iter().any(is_live);
        let counts =
            |entry: &Entry| !leaves_some || entry.mod_revision() > oldest || is_live(entry);
        let mut hash = crc32c::crc32c(b"key");
        for entry in versions.iter().filter(|entry| counts(entry)) {
            hash = crc32c::crc32c_append(hash, &storage_key(entry));
            hash = crc32c::crc32c_append(hash, &crate::encode::key_value(entry));
        }
        Ok((hash, compacted, upto))
    }

    pub fn session(&self, wake: Box<dyn Fn() + Send + Sync>) -> Arc<Session> {
        self.store.session(wake)
    }

    /// Writes what waits, ends the threads and gives the directory back, where the store is its
    /// own. A second call waits for the first.
    pub fn close(&self) {
        let Some(threads) = &self.threads else {
            return;
        };
        self.store.close();
        threads.end();
        self.store.release();
    }
}

/// A revision as etcd's storage has it as a key.
pub fn storage_key(entry: &Entry) -> Vec<u8> {
    let mut key = Vec::with_capacity(18);
    key.extend_from_slice(&entry.mod_revision().to_be_bytes());
    key.push(b'_');
    key.extend_from_slice(&u64::from(entry.order()).to_be_bytes());
    if entry.is_deletion() {
        key.push(b't');
    }
    key
}

/// A directory of etcd's own holds nothing that can be read here.
fn refuse_others(directory: &Path) -> Result<(), StoreError> {
    if directory.join("member").join("wal").exists() {
        let message = format!(
            "{} is a data directory of etcd's own, whose form is another: copy its keys over the API",
            directory.display()
        );
        return Err(StoreError::new(Reason::NewerFormat, message));
    }
    Ok(())
}
