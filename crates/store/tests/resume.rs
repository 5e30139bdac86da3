//! Watches that resume from before the history in memory: what they are given from the disk is what
//! memory would have given.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/directory.rs"]
mod directory;
#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;

use directory::{close, crash, files, open_with, options, sizes};
use faulty::{Dice, Fault, FaultyDisk};
use steersman_store::{
    CommitStep, Durability, DurableOptions, Ended, EventKind, FieldRequirement, Interest,
    LabelOperator, LabelRequirement, Maintenance, OpenOptions, Operation, Put, Range, Reason,
    Revision, Selector, Store, StoreOptions, Submitted, Transaction, Watcher,
};
use support::{commit, put, session, watch_request};

/// Memory holds a dozen changes.
const WINDOW_BYTES: usize = 3_000;

fn open_sized(disk: &FaultyDisk, durable: DurableOptions) -> Arc<Store> {
    let store = StoreOptions {
        max_history_bytes: WINDOW_BYTES,
        ..StoreOptions::default()
    };
    let options = OpenOptions {
        store,
        ..options(disk, durable)
    };
    open_with(options).unwrap()
}

/// No snapshot is made of itself.
fn open(disk: &FaultyDisk) -> Arc<Store> {
    open_sized(disk, sizes(1 << 40, 6_000, 500))
}

/// Key, value before, value after.
type Change = (String, Option<String>, Option<String>);

/// What was written, by revision, in the order of the operations.
#[derive(Default)]
struct History {
    content: BTreeMap<String, String>,
    changes: BTreeMap<Revision, Vec<Change>>,
    written: u64,
}

impl History {
    /// A transaction of one to three puts and deletions of different keys.
    fn write(&mut self, store: &Store, dice: &mut Dice) {
        let mut transaction = Transaction::default();
        let mut changes = Vec::new();
        let first = dice.roll(9);
        for number in 0..1 + dice.roll(3) {
            let key = format!("/r/{}/{}", (first + number) % 2, (first + number) % 9);
            self.written += 1;
            let before = self.content.get(&key).cloned();
            if dice.roll(4) == 0 {
                if before.is_some() {
                    let range = Range::Key(key.as_bytes().into());
                    transaction.success.push(Operation::Delete(range));
                    self.content.remove(&key);
                    changes.push((key, before, None));
                }
                continue;
            }
            let (app, node) = (dice.roll(3), dice.roll(3));
            let value = format!("app={app}|node={node}|{}", self.written);
            let put = Put::new(key.as_bytes(), value.as_bytes());
            transaction.success.push(Operation::Put(put));
            self.content.insert(key.clone(), value.clone());
            changes.push((key, before, Some(value)));
        }
        let revision = if dice.roll(3) == 0 {
            let session = session(store);
            match store.submit(&session, transaction, Durability::Lazy) {
                Ok(Submitted::Done(outcome)) => outcome.revision,
                Ok(Submitted::Pending(_)) => {
                    store.commit_step();
                    let mut completions = session.drain().completions;
                    completions.pop().unwrap().result.unwrap().revision
                }
                Err(error) => panic!("{error}"),
            }
        } else {
            commit(store, transaction).unwrap().revision
        };
        if !changes.is_empty() {
            self.changes.insert(revision, changes);
        }
        if dice.roll(4) == 0 {
            store.commit_step();
        }
    }

    /// What a watch is given after a revision: revision, kind, key and the value shown.
    fn events(&self, after: Revision, interest: &Interest) -> Vec<Event> {
        let mut events = Vec::new();
        for (revision, changes) in self.changes.range(after + 1..) {
            for (key, before, current) in changes {
                let selected = |value: &Option<String>| {
                    value
                        .as_ref()
                        .is_some_and(|v| selects(&interest.selector, v))
                };
                let kind = EventKind::of(selected(before), selected(current));
                let Some(kind) = kind.filter(|_| interest.range.contains(key.as_bytes())) else {
                    continue;
                };
                let shown = match kind {
                    EventKind::Deleted => before,
                    _ => current,
                };
                events.push((*revision, kind, key.clone(), shown.clone().unwrap()));
            }
        }
        events
    }
}

type Event = (Revision, EventKind, String, String);

fn selects(selector: &Selector, value: &str) -> bool {
    let mut parts = value.split('|');
    let app = parts.next().unwrap().trim_start_matches("app=");
    let node = parts.next().unwrap().trim_start_matches("node=");
    selector
        .labels
        .iter()
        .all(|wanted| *wanted.values[0] == *app)
        && selector.fields.iter().all(|wanted| *wanted.value == *node)
}

fn interests() -> Vec<Interest> {
    let prefix = |prefix: &str| Range::Prefix(prefix.as_bytes().into());
    let label = LabelRequirement {
        key: "app".into(),
        operator: LabelOperator::In,
        values: vec!["1".into()],
    };
    let field = FieldRequirement {
        path: "node".into(),
        equal: true,
        value: "2".into(),
    };
    let everything = Selector::default();
    let of_label = Selector {
        labels: vec![label.clone()],
        fields: vec![],
    };
    let of_both = Selector {
        labels: vec![label],
        fields: vec![field],
    };
    [
        (prefix("/r/"), everything.clone()),
        (prefix("/r/1/"), everything.clone()),
        (Range::Key(b"/r/1/3".as_slice().into()), everything),
        (prefix("/r/"), of_label),
        (prefix("/r/0/"), of_both),
    ]
    .map(|(range, selector)| Interest { range, selector })
    .into()
}

/// A watch with what it was given.
struct Resumed {
    watcher: Watcher,
    interest: Interest,
    after: Revision,
    seen: Revision,
    events: Vec<Event>,
    ended: Option<Ended>,
}

fn resumed(store: &Store, interest: &Interest, after: Revision) -> Result<Resumed, Reason> {
    let mut request = watch_request(store, "/", after);
    request.interest = interest.clone();
    let watcher = store.watch(&session(store), request);
    Ok(Resumed {
        watcher: watcher.map_err(|error| error.reason)?,
        interest: interest.clone(),
        after,
        seen: after,
        events: Vec::new(),
        ended: None,
    })
}

impl Resumed {
    fn take(&mut self, max: usize) {
        let (events, seen, ended) = self.watcher.take_raw(max);
        assert!(seen >= self.seen);
        (self.seen, self.ended) = (seen, ended);
        for event in events {
            let entry = match event.kind {
                EventKind::Deleted => event.change.previous.as_ref(),
                _ => event.change.current(),
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (key, value) = (text(event.change.key()), text(entry.unwrap().value()));
            assert!(event.change.revision <= seen, "not whole");
            self.events
                .push((event.change.revision, event.kind, key, value));
        }
    }

    /// What was given so far is everything up to where it stands.
    fn check(&self, history: &History) {
        let mut expected = history.events(self.after, &self.interest);
        expected.retain(|event| event.0 <= self.seen);
        assert_eq!(self.events, expected, "after {}", self.after);
    }

    /// Reads on until it has seen everything, or ended.
    fn finish(&mut self, store: &Store, max: usize) {
        while self.seen < store.current_revision() && self.ended.is_none() {
            let (seen, count) = (self.seen, self.events.len());
            self.take(max);
            let read = store.resume_step();
            let moved = self.seen > seen || self.events.len() > count;
            assert!(
                moved || read || self.ended.is_some(),
                "it stands still at {seen}"
            );
        }
    }
}

/// Resumes with every interest at every revision that may be asked for.
fn resume_everywhere(store: &Store, history: &History) {
    let oldest = store.statistics().resumable_revision;
    let newest = store.current_revision();
    for interest in interests() {
        for after in oldest..=newest {
            let Ok(mut watch) = resumed(store, &interest, after) else {
                // Only numbers that an unclean end took are refused.
                assert!(!history.changes.contains_key(&after), "{after} is refused");
                continue;
            };
            watch.finish(store, 1 + after as usize % 7);
            assert_eq!(watch.ended, None);
            assert_eq!(watch.seen, newest);
            watch.check(history);
        }
        for after in 0..oldest {
            assert_eq!(
                resumed(store, &interest, after).err(),
                Some(Reason::Compacted)
            );
        }
    }
}

fn written(store: &Store, history: &mut History, count: usize, dice: &mut Dice) {
    for _ in 0..count {
        history.write(store, dice);
    }
    store.commit_step();
}

#[test]
fn a_watch_resumes_at_every_revision_ever_seen() {
    for seed in 1..3 {
        let (disk, mut dice) = (FaultyDisk::default(), Dice(seed * 7919));
        let store = open(&disk);
        let mut history = History::default();
        written(&store, &mut history, 150, &mut dice);
        let statistics = store.statistics();
        assert!(statistics.history_bytes < 2 * WINDOW_BYTES as u64);
        assert!(
            statistics.compacted_revision > 100,
            "memory holds everything"
        );
        assert_eq!(statistics.resumable_revision, 0);
        resume_everywhere(&store, &history);
    }
}

#[test]
fn a_watch_resumes_across_restarts() {
    let (mut disk, mut dice) = (FaultyDisk::default(), Dice(31));
    let mut history = History::default();
    for round in 0..4 {
        let store = open(&disk);
        written(&store, &mut history, 50, &mut dice);
        resume_everywhere(&store, &history);
        if round % 2 == 0 {
            close(store);
            disk = disk.copy();
        } else {
            disk = crash(&disk, store);
        }
    }
    let store = open(&disk);
    assert!(store.statistics().compacted_revision > 100);
    resume_everywhere(&store, &history);
}

#[test]
fn compaction_ends_what_is_older_and_nothing_else() {
    let (disk, mut dice) = (FaultyDisk::default(), Dice(53));
    let store = open(&disk);
    let mut history = History::default();
    written(&store, &mut history, 100, &mut dice);
    let everything = &interests()[0];
    let middle = store.statistics().compacted_revision / 2;
    let mut old = resumed(&store, everything, 2).unwrap();
    let mut young = resumed(&store, everything, middle + 1).unwrap();
    store.resume_step();
    store.compact(middle).unwrap();
    assert_eq!(store.statistics().resumable_revision, middle);
    old.finish(&store, 5);
    // What was read already may still be given.
    old.check(&history);
    assert!(old.ended == Some(Ended::Compacted) || old.seen == store.current_revision());
    young.finish(&store, 5);
    assert_eq!(young.ended, None);
    young.check(&history);
    resume_everywhere(&store, &history);
}

/// A snapshot of what memory does not hold any more; returns its revision.
fn snapshot(store: &Arc<Store>) -> Revision {
    let mut maintenance = Maintenance::default();
    let before = store.disk_statistics().snapshots;
    while maintenance.step(store, true).unwrap() {}
    let statistics = store.disk_statistics();
    assert_eq!(statistics.snapshots, before + 1);
    statistics.snapshot_revision
}

#[test]
fn a_watch_resumes_from_before_the_last_snapshot() {
    let (disk, mut dice) = (FaultyDisk::default(), Dice(97));
    let store = open(&disk);
    let mut history = History::default();
    let mut bases = vec![0];
    for _ in 0..4 {
        written(&store, &mut history, 60, &mut dice);
        bases.push(snapshot(&store));
        written(&store, &mut history, 20, &mut dice);
        // Up to the one before.
        let before = bases[bases.len() - 2];
        assert_eq!(store.statistics().resumable_revision, before);
        resume_everywhere(&store, &history);
        assert!(files(&disk, "snapshot-").len() <= 2);
    }
    close(store);
    let store = open(&disk.copy());
    let report = store.recovery_report().unwrap();
    assert!(report.closed && report.findings.is_empty(), "{report:?}");
    assert_eq!(store.statistics().resumable_revision, bases[4]);
    resume_everywhere(&store, &history);
}

#[test]
fn history_is_the_first_thing_that_a_full_disk_does_without() {
    let (disk, mut dice) = (FaultyDisk::default(), Dice(41));
    let store = open(&disk);
    let mut history = History::default();
    written(&store, &mut history, 60, &mut dice);
    snapshot(&store);
    written(&store, &mut history, 60, &mut dice);
    let base = snapshot(&store);
    let before = disk.paths().len();
    let from = disk.operations();
    disk.set_fault(Some(Fault::Fail(from, u64::MAX, ErrorKind::StorageFull)));
    let session = session(&store);
    let put = Transaction::put(b"/r/0/0", b"app=0|node=0|");
    store.submit(&session, put, Durability::Durable).unwrap();
    assert!(matches!(store.commit_step(), CommitStep::Failed(_)));
    disk.set_fault(None);
    let mut maintenance = Maintenance::default();
    while maintenance.step(&store, false).unwrap() {}
    assert!(disk.paths().len() < before);
    assert_eq!(files(&disk, "snapshot-").len(), 1);
    assert_eq!(store.statistics().resumable_revision, base);
    resume_everywhere(&store, &history);
}

#[test]
fn beside_snapshots_a_watch_is_complete_or_told() {
    for seed in 1..4 {
        let (disk, mut dice) = (FaultyDisk::default(), Dice(seed * 104_729));
        let store = open_sized(&disk, sizes(15_000, 4_000, 500));
        let mut maintenance = Maintenance::default();
        let mut history = History::default();
        let mut watches: Vec<Resumed> = Vec::new();
        let interests = interests();
        let mut completed = 0;
        for round in 0..400 {
            history.write(&store, &mut dice);
            maintenance.step(&store, false).unwrap();
            if round % 3 == 0 {
                let oldest = store.statistics().resumable_revision;
                let span = store.current_revision() - oldest + 1;
                let after = oldest + dice.roll(span);
                let interest = &interests[dice.roll(interests.len() as u64) as usize];
                watches.push(resumed(&store, interest, after).unwrap());
            }
            if dice.roll(2) == 0 {
                store.resume_step();
            }
            for watch in &mut watches {
                if dice.roll(4) == 0 {
                    watch.take(1 + dice.roll(9) as usize);
                    watch.check(&history);
                }
            }
            watches.retain(|watch| match watch.ended {
                None => true,
                Some(ended) => {
                    assert_eq!(ended, Ended::Compacted);
                    assert!(watch.seen < store.statistics().resumable_revision);
                    false
                }
            });
            if watches.len() > 20 {
                let mut watch = watches.remove(0);
                store.commit_step();
                watch.finish(&store, 3);
                watch.check(&history);
                completed += usize::from(watch.ended.is_none());
            }
        }
        store.commit_step();
        assert!(
            store.disk_statistics().snapshots > 1,
            "no snapshots were made"
        );
        assert!(completed > 10, "nearly all were ended");
        resume_everywhere(&store, &history);
        drop(watches);
        close(store);
        let store = open_sized(&disk, sizes(15_000, 4_000, 500));
        resume_everywhere(&store, &history);
    }
}

/// Also what is shown before it is on disk stays in memory until it is.
#[test]
fn what_is_not_on_the_disk_yet_stays_in_memory() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    let after = put(&store, "/r/0/a", "app=0|node=0|0");
    let session = session(&store);
    let mut last = after;
    for number in 0..200 {
        let value = format!("app=0|node=0|{number}");
        let write = Transaction::put(b"/r/0/a", value.as_bytes());
        match store.submit(&session, write, Durability::Lazy).unwrap() {
            Submitted::Done(outcome) => last = outcome.revision,
            Submitted::Pending(_) => panic!("below the ceiling"),
        }
    }
    assert_eq!(store.current_revision(), last);
    let mut watch = resumed(&store, &interests()[0], after).unwrap();
    watch.finish(&store, 50);
    assert_eq!(watch.events.len(), 200);
    store.commit_step();
    put(&store, "/r/0/a", "app=0|node=0|x");
    assert!(store.statistics().compacted_revision > after + 150);
    let mut watch = resumed(&store, &interests()[0], after).unwrap();
    watch.finish(&store, 50);
    assert_eq!(watch.events.len(), 201);
}

/// Minutes pass by the clock of whoever drives the upkeep.
#[test]
fn history_is_a_window_of_minutes() {
    let disk = FaultyDisk::default();
    let store = open(&disk);
    let after = put(&store, "/r/0/a", "app=0|node=0|0");
    put(&store, "/r/0/a", "app=0|node=0|1");
    store.age_history(0);
    put(&store, "/r/0/a", "app=0|node=0|2");
    store.age_history(599_000);
    assert_eq!(store.statistics().history_changes, 3);
    store.age_history(600_000);
    while store.trim() {}
    assert_eq!(store.statistics().history_changes, 1);
    let mut watch = resumed(&store, &interests()[0], after).unwrap();
    watch.finish(&store, 50);
    assert_eq!(watch.events.len(), 2);
}
