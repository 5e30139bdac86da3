//! What must hold under every schedule.

use std::hash::{BuildHasher, RandomState};

use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, Runner, thread};

use crate::Revision;
use crate::fanout::channel::{Interest, QueueLimits};
use crate::fanout::frame::Framing;
use crate::fanout::session::Session;
use crate::fanout::watcher::{Ended, SharedBatch, WatchRequest, Watcher};
use crate::state::lease::LeaseInfo;
use crate::state::list::{ListCursor, ListRequest};
use crate::state::request::{Durability, Operation, Put, Range, Transaction};
use crate::state::selector::{FieldRequirement, Selector};
use crate::state::views::{Attributes, Format, Part, View, Views};
use crate::store::{Store, StoreOptions};
use crate::sync::{Arc, Condvar, Mutex};

/// Runs a case under so many random schedules.
fn scheduled(schedules: usize, case: fn()) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("SCHEDULE_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let schedules = number("SCHEDULES").map_or(schedules, |asked| asked as usize);
    println!("SCHEDULE_SEED={seed} SCHEDULES={schedules}");
    let mut config = Config::new();
    config.stack_size = 256 << 10;
    let scheduler = RandomScheduler::new_from_seed(seed, schedules);
    Runner::new(scheduler, config).run(case);
}

/// Values are a field's value.
struct Plain;

impl Views for Plain {
    fn encode(&self, _: &View, v: &[u8], r: Revision, out: &mut Vec<u8>) -> Result<(), String> {
        out.extend_from_slice(format!("{r} ").as_bytes());
        out.extend_from_slice(v);
        Ok(())
    }
    fn encode_item(&self, w: &View, v: &[u8], r: Revision, o: &mut Vec<u8>) -> Result<(), String> {
        self.encode(w, v, r, o)
    }
    fn attributes(&self, value: &[u8], _: bool, paths: &[&str]) -> Result<Attributes, String> {
        let value = String::from_utf8_lossy(value);
        Ok(Attributes {
            labels: vec![],
            fields: paths.iter().map(|_| value.as_ref().into()).collect(),
        })
    }
    fn encode_bookmark(
        &self,
        _: &View,
        _: Revision,
        _: bool,
        _: &mut Vec<u8>,
    ) -> Result<(), String> {
        Ok(())
    }
}

fn memory(queue: QueueLimits) -> Arc<Store> {
    let options = StoreOptions {
        queue,
        ..StoreOptions::default()
    };
    Store::in_memory(options, Arc::new(Plain))
}

/// Wake-ups that can be waited for: who waits for one that never comes stands still, which the
/// scheduler calls a deadlock.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn session(self: &Arc<Self>, store: &Store) -> Arc<Session> {
        let bell = self.clone();
        store.session(Box::new(move || {
            *bell.rung.lock() = true;
            bell.changed.notify_all();
        }))
    }

    fn wait(&self) {
        let mut rung = self.rung.lock();
        while !*rung {
            self.changed.wait(&mut rung);
        }
        *rung = false;
    }
}

const KEYS: usize = 3;

/// The same value for all keys, at one revision.
fn write_all(store: &Store, session: &Arc<Session>, value: &str) -> Revision {
    let mut transaction = Transaction::default();
    for key in 0..KEYS {
        let put = Put::new(format!("/r/k/{key}").as_bytes(), value.as_bytes());
        transaction.success.push(Operation::Put(put));
    }
    let submitted = store.submit(session, transaction, Durability::Durable);
    match submitted.unwrap() {
        crate::write::Submitted::Done(outcome) => outcome.revision,
        crate::write::Submitted::Pending(_) => panic!("in memory"),
    }
}

fn request(store: &Store, after_revision: Revision, value: Option<&str>) -> WatchRequest {
    let view = View {
        message_type: "test".to_owned(),
        format: Format::Json,
        part: Part::Object,
    };
    let fields = value.map(|value| FieldRequirement {
        path: "field".into(),
        equal: true,
        value: value.into(),
    });
    WatchRequest {
        interest: Interest {
            range: Range::Prefix(b"/r/".as_slice().into()),
            selector: Selector {
                labels: vec![],
                fields: fields.into_iter().collect(),
            },
        },
        after_revision,
        view: store.register_view(view).unwrap(),
        framing: Framing::Json,
    }
}

/// Takes until this revision is seen: all events, whole revisions, rising, none twice.
fn follow(bell: &Bell, session: &Session, watcher: &Watcher, until: Revision) {
    let mut seen = 0;
    let mut last = 0;
    loop {
        session.drain();
        let (events, upto, ended) = watcher.take_raw(2);
        assert_eq!(ended, None);
        assert!(upto >= seen);
        for revision in events.chunk_by(|a, b| a.change.revision == b.change.revision) {
            assert_eq!(revision.len(), KEYS, "a revision was torn");
            assert!(
                revision[0].change.revision > last.max(seen),
                "promised before"
            );
            last = revision[0].change.revision;
        }
        assert!(upto >= last);
        seen = upto;
        if seen >= until {
            // What a bookmark would promise.
            assert_eq!(last, until);
            return;
        }
        bell.wait();
    }
}

/// Two writers and two watchers of different channels, one of which begins late.
#[test]
fn batches_are_whole_revisions_and_no_wake_up_is_lost() {
    scheduled(400, || {
        const WRITES: u64 = 3;
        let store = memory(QueueLimits::default());
        let start = store.current_revision();
        let until = start + 2 * WRITES;
        let writer = |store: Arc<Store>| {
            move || {
                let session = store.session(Box::new(|| {}));
                for _ in 0..WRITES {
                    write_all(&store, &session, "x");
                }
            }
        };
        let watch = |store: Arc<Store>, value: Option<&'static str>| {
            move || {
                let bell = Arc::new(Bell::default());
                let session = bell.session(&store);
                let watcher = store.watch(&session, request(&store, start, value));
                follow(&bell, &session, &watcher.unwrap(), until);
            }
        };
        let threads = [
            thread::spawn(writer(store.clone())),
            thread::spawn(writer(store.clone())),
            thread::spawn(watch(store.clone(), None)),
            thread::spawn(watch(store.clone(), Some("x"))),
        ];
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(store.current_revision(), until);
        assert_eq!(store.statistics().watchers, 0);
    });
}

/// Watchers of one channel that share what the first one encoded, while others come and go.
#[test]
fn watchers_that_share_bytes_are_given_every_event() {
    scheduled(300, || {
        const WRITES: u64 = 3;
        let store = memory(QueueLimits::default());
        let start = store.current_revision();
        let writer = {
            let store = store.clone();
            thread::spawn(move || {
                let session = store.session(Box::new(|| {}));
                for _ in 0..WRITES {
                    write_all(&store, &session, "x");
                }
            })
        };
        let passer_by = {
            let store = store.clone();
            thread::spawn(move || {
                let session = store.session(Box::new(|| {}));
                for _ in 0..2 {
                    let after = store.published_revision();
                    let watcher = store.watch(&session, request(&store, after, None));
                    watcher.unwrap().take_raw(1);
                }
            })
        };
        let bell = Arc::new(Bell::default());
        let session = bell.session(&store);
        let watchers: Vec<_> = (0..2)
            .map(|_| store.watch(&session, request(&store, start, None)).unwrap())
            .collect();
        let mut counts = [0; 2];
        let mut last = None;
        while counts != [KEYS * WRITES as usize; 2] {
            bell.wait();
            for id in session.drain().watchers {
                let at = watchers.iter().position(|one| one.id() == id).unwrap();
                counts[at] += match watchers[at].take_shared(1, &mut last) {
                    SharedBatch::New(batch) => {
                        assert_eq!(batch.ended, None);
                        assert_eq!(batch.frames.len() % KEYS, 0, "a revision was torn");
                        batch.frames.len()
                    }
                    SharedBatch::Same { events, .. } => events,
                };
            }
        }
        writer.join().unwrap();
        passer_by.join().unwrap();
    });
}

/// A watcher that is too slow is told so, and what it was given before is whole.
#[test]
fn a_slow_watcher_ends_with_a_whole_revision() {
    scheduled(400, || {
        let store = memory(QueueLimits {
            max_events: 4,
            max_bytes: 1 << 20,
        });
        let start = store.current_revision();
        let writer = {
            let store = store.clone();
            thread::spawn(move || {
                let session = store.session(Box::new(|| {}));
                for _ in 0..3 {
                    write_all(&store, &session, "x");
                }
            })
        };
        let bell = Arc::new(Bell::default());
        let session = bell.session(&store);
        let watcher = store.watch(&session, request(&store, start, None)).unwrap();
        let mut events = 0;
        let (ended, seen) = loop {
            session.drain();
            let (taken, upto, ended) = watcher.take_raw(usize::MAX);
            assert_eq!(taken.len() % KEYS, 0, "a revision was torn");
            events += taken.len();
            assert_eq!(
                upto,
                start + (events / KEYS) as u64,
                "promises what it did not give"
            );
            if ended.is_some() || upto == start + 3 {
                break (ended, upto);
            }
            bell.wait();
        };
        writer.join().unwrap();
        assert!(ended == Some(Ended::Slow) || seen == start + 3);
    });
}

/// History that goes while it is read ends a watch with a whole revision.
#[test]
fn compaction_ends_a_watch_with_a_whole_revision() {
    scheduled(300, || {
        let store = memory(QueueLimits::default());
        let session = store.session(Box::new(|| {}));
        let start = store.current_revision();
        for _ in 0..4 {
            write_all(&store, &session, "x");
        }
        let watcher = store.watch(&session, request(&store, start, None)).unwrap();
        let compactor = {
            let store = store.clone();
            thread::spawn(move || {
                store.compact(store.current_revision() - 1).unwrap();
                while store.trim() {}
            })
        };
        let mut seen = start;
        while seen < start + 4 {
            let (events, upto, ended) = watcher.take_raw(1);
            assert_eq!(events.len() % KEYS, 0, "a revision was torn");
            assert_eq!(upto - seen, (events.len() / KEYS) as u64);
            seen = upto;
            if ended.is_some() {
                assert_eq!(ended, Some(Ended::Compacted));
                break;
            }
        }
        compactor.join().unwrap();
    });
}

/// A renewal that was answered holds the lease; one that was refused has lost it.
#[test]
fn renewal_and_expiry_do_not_cross() {
    scheduled(500, || {
        let store = memory(QueueLimits::default());
        let session = store.session(Box::new(|| {}));
        let lease_id = store.grant_lease(0, 10, 0).unwrap().lease_id;
        let mut put = Put::new(b"/r/k", b"x");
        put.lease_id = lease_id;
        let transaction = Transaction {
            success: vec![Operation::Put(put)],
            ..Transaction::default()
        };
        store
            .submit(&session, transaction, Durability::Durable)
            .unwrap();
        let expiry = {
            let store = store.clone();
            thread::spawn(move || {
                let session = store.session(Box::new(|| {}));
                store.expire_leases(&session, 10_000, 10).unwrap()
            })
        };
        let renewed = store.keep_lease_alive(lease_id, 9_999);
        let ended = expiry.join().unwrap();
        let there = store.get(b"/r/k", 0).unwrap().is_some();
        assert_eq!(there, ended == 0);
        if let Ok(info) = renewed {
            // Also when the time was over by the other's clock before it began.
            assert!(there && info.expires_at_millis >= 19_999, "{info:?}");
        } else {
            assert!(!there);
        }
    });
}
