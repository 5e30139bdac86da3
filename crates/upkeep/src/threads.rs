//! The threads of one store: one writes the log, one reads it for watches that resume from before
//! the history in memory, and one sees to everything that comes due with time.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use steersman_store::{CommitStep, Maintenance, Reason, Store, StoreError};

/// After a failed write to the disk.
const RETRY_DELAY: Duration = Duration::from_millis(100);
/// Between rounds of upkeep; etcd looks for leases that ran out as often.
const UPKEEP_INTERVAL: Duration = Duration::from_millis(500);

#[derive(Default)]
struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Waits; returns whether it is time to end.
    fn wait(&self, delay: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        if !*stopped {
            self.changed.wait_for(&mut stopped, delay);
        }
        *stopped
    }

    fn stop(&self) {
        *self.stopped.lock() = true;
        self.changed.notify_all();
    }
}

pub struct ThreadOptions {
    /// What the threads' names begin with.
    pub name: &'static str,
    /// Lazy writes alone wait this long to become more.
    pub lazy_delay: Duration,
}

/// The threads that drive a store, until they are ended.
#[derive(Default)]
pub struct StoreThreads {
    stop: Arc<Stop>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl StoreThreads {
    /// Begins to drive the store. `due` does what its owner has to do beside, before each step of
    /// upkeep: so it is bounded and called often also while a snapshot is written, with the time
    /// since the beginning. It returns whether a snapshot is to be written as soon as it would
    /// replace anything. Where a thread cannot be started, those that could have to be ended.
    pub fn start(
        &self,
        store: &Arc<Store>,
        options: &ThreadOptions,
        due: impl FnMut(Duration) -> Result<bool, StoreError> + Send + 'static,
    ) -> io::Result<()> {
        let (name, lazy_delay) = (options.name, options.lazy_delay);
        let mut threads = self.threads.lock();
        let named = |what: &str| Builder::new().name(format!("{name}-{what}"));
        let (driven, stop) = (store.clone(), self.stop.clone());
        let commit = move || commit_loop(&driven, &stop, lazy_delay);
        threads.push(named("commit").spawn(commit)?);
        let (driven, stop) = (store.clone(), self.stop.clone());
        let upkeep = move || upkeep_loop(&driven, &stop, due);
        threads.push(named("upkeep").spawn(upkeep)?);
        let driven = store.clone();
        let history = move || history_loop(&driven);
        threads.push(named("history").spawn(history)?);
        Ok(())
    }

    /// Waits for the threads of a store that was closed. A second call waits for the first.
    pub fn end(&self) {
        self.stop.stop();
        let mut threads = self.threads.lock();
        for thread in threads.drain(..) {
            // A panic there was already printed; there is nothing left to do about it.
            let _ = thread.join();
        }
    }
}

fn commit_loop(store: &Store, stop: &Stop, lazy_delay: Duration) {
    while store.wait_for_writes(lazy_delay) {
        let step = catch_unwind(AssertUnwindSafe(|| store.commit_step()));
        match step {
            Ok(CommitStep::Failed(_)) => {
                if stop.wait(RETRY_DELAY) {
                    return;
                }
            }
            Ok(_) => {}
            // A defect: what was in that group is not known. Writes are refused instead of hanging.
            Err(_) => store.fail("the thread that writes the log failed"),
        }
    }
}

fn history_loop(store: &Store) {
    while store.wait_for_resumes() {
        // A defect there takes a watch, or the store: each entry sees to its own.
        let _ = store.guarded(|| store.resume_step());
    }
}

#[derive(Default)]
struct Upkeep {
    maintenance: Maintenance,
    /// A snapshot is wanted, and none was begun since.
    forces: bool,
}

impl Upkeep {
    /// Does a bounded part of what is due; returns whether there is more.
    fn step(&mut self, store: &Arc<Store>, forces: bool) -> Result<bool, StoreError> {
        self.forces |= forces;
        let begins = self.maintenance.is_idle();
        let more = self.maintenance.step(store, self.forces)?;
        self.forces &= !begins;
        Ok(more)
    }
}

fn upkeep_loop(
    store: &Arc<Store>,
    stop: &Stop,
    mut due: impl FnMut(Duration) -> Result<bool, StoreError>,
) {
    let begun = Instant::now();
    let mut upkeep = Upkeep::default();
    while !stop.wait(UPKEEP_INTERVAL) {
        let round = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let now = begun.elapsed();
                store.age_pins(now.as_millis() as u64);
                let forces = due(now)?;
                let more = upkeep.step(store, forces)?;
                // It rests as long as it worked: the disk is for writes as much as for a snapshot.
                if !more || stop.wait(begun.elapsed() - now) {
                    return Ok(());
                }
            }
        }));
        // A failure (a full disk) is tried again next time, and so is what hit a defect, from the
        // beginning: health tells of both.
        store.note_upkeep(round.unwrap_or_else(|_| {
            upkeep = Upkeep::default();
            let message = "a defect; what it said is on standard error";
            Err(StoreError::new(Reason::Io, message))
        }));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc;

    use steersman_store::{
        Durability, DurableOptions, NoViews, OpenOptions, Operation, Put, StoreOptions, Transaction,
    };

    use super::*;
    use crate::{DiskFigures, MeasuredDisk};

    const OPTIONS: ThreadOptions = ThreadOptions {
        name: "test",
        lazy_delay: Duration::ZERO,
    };

    fn put(store: &Arc<Store>, key: &str) {
        let session = store.session(Box::new(|| ()));
        let transaction = Transaction {
            success: vec![Operation::Put(Put::new(key.as_bytes(), b"value"))],
            ..Transaction::default()
        };
        let submitted = store.submit(&session, transaction, Durability::Durable);
        submitted.expect("it is written");
        store.commit_step();
    }

    struct Directory(PathBuf);

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// A store with something to snapshot, in a directory of its own.
    fn with_store(name: &str, test: impl FnOnce(&Arc<Store>, &DiskFigures)) {
        let directory = format!("steersman-upkeep-{name}-{}", std::process::id());
        let directory = Directory(std::env::temp_dir().join(directory));
        let figures = Arc::<DiskFigures>::default();
        let options = OpenOptions {
            directory: &directory.0,
            files: Arc::new(MeasuredDisk {
                figures: figures.clone(),
                syncs: false,
            }),
            store: StoreOptions::default(),
            durable: DurableOptions::default(),
            now_millis: 0,
            salt: [7; 16],
        };
        let store = Store::open(options, Arc::new(NoViews)).expect("it opens");
        for number in 0..100 {
            put(&store, &format!("key-{number}"));
        }
        store.compact(store.current_revision()).expect("compaction");
        test(&store, &figures);
        store.close();
        store.release();
    }

    #[test]
    fn what_is_due_is_done_between_the_steps_of_a_snapshot() {
        with_store("due", |store, figures| {
            let (report, done) = mpsc::channel();
            let (driven, mut calls) = (store.clone(), 0);
            let due = move |_: Duration| {
                calls += 1;
                if driven.disk_statistics().snapshots > 0 {
                    let _ = report.send(calls);
                }
                Ok(calls == 1)
            };
            let threads = StoreThreads::default();
            threads.start(store, &OPTIONS, due).expect("threads");
            let calls = done.recv_timeout(Duration::from_secs(60));
            store.close();
            threads.end();
            assert!(calls.expect("a snapshot is written") > 3);
            assert!(figures.snapshot_bytes() > 0);
        });
    }

    #[test]
    fn a_snapshot_that_is_wanted_is_written_once() {
        with_store("once", |store, _| {
            let mut upkeep = Upkeep::default();
            let mut forces = true;
            for number in 0..1000 {
                upkeep.step(store, forces).expect("a step");
                forces = false;
                put(store, &format!("new-{number}"));
                let _ = store.compact(store.current_revision());
            }
            assert_eq!(store.disk_statistics().snapshots, 1);
        });
    }

    #[test]
    fn a_snapshot_that_is_wanted_while_one_is_written_follows_it() {
        with_store("twice", |store, _| {
            let mut upkeep = Upkeep::default();
            upkeep.step(store, true).expect("a step");
            put(store, "new");
            store.compact(store.current_revision()).expect("compaction");
            assert!(upkeep.step(store, true).expect("a step"));
            while upkeep.step(store, false).expect("a step") {}
            assert_eq!(store.disk_statistics().snapshots, 2);
        });
    }
}
