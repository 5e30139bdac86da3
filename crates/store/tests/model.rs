//! Random histories against a model that keeps everything.

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
use std::sync::Arc;

use directory::{open_with, options, sizes};
use faulty::{Dice, FaultyDisk};
use proptest::prelude::*;
use steersman_store::{
    CommitStep, Compare, Durability, EventKind, FieldRequirement, Interest, LabelOperator,
    LabelRequirement, ListCursor, ListRequest, Maintenance, Operation, Outcome, Put, Range,
    RangeRequest, Reason, Relation, Revision, Selector, Session, Store, StoreOptions, Submitted,
    Target, Transaction, WatchRequest, Watcher,
};
use support::{TestViews, json_view, session, watch_request};

#[derive(Debug, Clone)]
enum Step {
    /// Keys and values; no value is a deletion. With a compare that holds or not; lazy or not.
    Write(Vec<(u8, Option<u8>)>, Option<bool>, bool),
    /// What was lazy until now goes to the disk.
    Commit,
    DeletePrefix(u8),
    Compact(u8),
    Upkeep,
    Watch {
        back: u8,
        interest: u8,
    },
    Take {
        watcher: u8,
        bytes: u16,
    },
    Read {
        back: u8,
        interest: u8,
        limit: u8,
    },
    Restart(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = || {
        let change = (0u8..24, prop::option::weighted(0.75, 0u8..30));
        (
            prop::collection::vec(change, 1..4),
            prop::option::weighted(0.3, any::<bool>()),
            any::<bool>(),
        )
            .prop_map(|(changes, compare, lazy)| Step::Write(changes, compare, lazy))
    };
    let step = prop_oneof![
        12 => write(),
        1 => (0u8..3).prop_map(Step::DeletePrefix),
        1 => Just(Step::Commit),
        1 => any::<u8>().prop_map(Step::Compact),
        2 => Just(Step::Upkeep),
        3 => (any::<u8>(), 0u8..6).prop_map(|(back, interest)| Step::Watch { back, interest }),
        6 => (any::<u8>(), 1u16..600).prop_map(|(watcher, bytes)| Step::Take { watcher, bytes }),
        4 => (any::<u8>(), 0u8..6, 0u8..6)
            .prop_map(|(back, interest, limit)| Step::Read { back, interest, limit }),
        1 => (1u64..u64::MAX).prop_map(Step::Restart),
    ];
    prop::collection::vec(step, 1..120)
}

fn key_name(number: u8) -> String {
    format!(
        "/r/{}/{}",
        ["a", "b", "ab"][usize::from(number % 3)],
        number / 3
    )
}

/// Labels and a field derive from the number, so that selectors tell values apart.
fn value_text(number: u8) -> String {
    format!("app=l{}|node=n{}|{number}", number % 3, number % 4)
}

fn interest(number: u8) -> Interest {
    let prefix = |prefix: &str| Range::Prefix(prefix.as_bytes().into());
    let label = LabelRequirement {
        key: "app".into(),
        operator: LabelOperator::NotIn,
        values: vec!["l1".into()],
    };
    let field = FieldRequirement {
        path: "node".into(),
        equal: true,
        value: "n2".into(),
    };
    let (range, labels, fields) = match number {
        0 => (prefix("/"), vec![], vec![]),
        1 => (prefix("/r/a/"), vec![], vec![]),
        2 => (prefix("/r/a/"), vec![label], vec![]),
        3 => (prefix("/"), vec![label], vec![field]),
        4 => (Range::Key(b"/r/b/1".as_slice().into()), vec![], vec![field]),
        _ => (
            Range::Between(
                b"/r/a/2".as_slice().into(),
                Some(b"/r/b/3".as_slice().into()),
            ),
            vec![],
            vec![],
        ),
    };
    Interest {
        range,
        selector: Selector { labels, fields },
    }
}

fn selects(interest: u8, number: u8) -> bool {
    match interest {
        2 => number % 3 != 1,
        3 => number % 3 != 1 && number % 4 == 2,
        4 => number % 4 == 2,
        _ => true,
    }
}

type Contents = BTreeMap<String, (u8, Revision)>;
/// What happened: kind, key, value.
type Event = (Revision, EventKind, String, u8);

struct Model {
    /// The whole content at every revision.
    contents: Vec<(Revision, Contents)>,
    compacted: Revision,
    /// Open intervals of numbers that an unclean end lost.
    lost: Vec<(Revision, Revision)>,
}

impl Model {
    fn refused(&self, revision: Revision) -> bool {
        let inside = |(after, before): &(u64, u64)| *after < revision && revision < *before;
        revision < self.compacted || self.lost.iter().any(inside)
    }

    /// A number that was given, or one just below it: in a gap, that is one that was lost.
    fn number(&self, back: u8) -> Revision {
        let at = (self.contents.len() - 1).saturating_sub(usize::from(back) / 8);
        self.contents[at]
            .0
            .saturating_sub(u64::from(back) % 3)
            .max(1)
    }

    fn newest(&self) -> &(Revision, Contents) {
        self.contents.last().unwrap()
    }

    fn at(&self, revision: Revision) -> &Contents {
        &self
            .contents
            .iter()
            .rev()
            .find(|(at, _)| *at <= revision)
            .unwrap()
            .1
    }

    fn selected(&self, contents: &Contents, number: u8) -> Contents {
        let interest = interest(number);
        contents
            .iter()
            .filter(|(key, (value, _))| {
                interest.range.contains(key.as_bytes()) && selects(number, *value)
            })
            .map(|(key, value)| (key.clone(), *value))
            .collect()
    }

    /// The events between two revisions as a watcher with this interest sees them.
    fn events(&self, after: Revision, until: Revision, number: u8) -> Vec<Event> {
        let mut events = Vec::new();
        for pair in self.contents.windows(2) {
            let (before, (revision, now)) = (&pair[0].1, &pair[1]);
            if *revision <= after || *revision > until {
                continue;
            }
            let (before, current) = (self.selected(before, number), self.selected(now, number));
            let mut of_revision = Vec::new();
            for (key, (value, at)) in &current {
                if at == revision {
                    let kind = if before.contains_key(key) {
                        EventKind::Modified
                    } else {
                        EventKind::Added
                    };
                    of_revision.push((*revision, kind, key.clone(), *value));
                }
            }
            for (key, (value, _)) in &before {
                if !current.contains_key(key) {
                    of_revision.push((*revision, EventKind::Deleted, key.clone(), *value));
                }
            }
            of_revision.sort_by(|a, b| a.2.cmp(&b.2));
            events.extend(of_revision);
        }
        events
    }
}

/// A watcher with what it was given.
struct Watched {
    watcher: Option<Watcher>,
    number: u8,
    start: Revision,
    seen: Revision,
    events: Vec<Event>,
}

struct World {
    disk: Option<FaultyDisk>,
    store: Arc<Store>,
    session: Arc<Session>,
    maintenance: Maintenance,
    model: Model,
    watched: Vec<Watched>,
    /// The newest revision that a stop cannot take.
    durable: Revision,
    /// Where the store went on after its last opening.
    opened: Revision,
}

fn open(disk: &FaultyDisk) -> Arc<Store> {
    open_with(options(disk, sizes(500, 700, 500))).unwrap()
}

impl World {
    fn new(disk: Option<FaultyDisk>) -> World {
        let store = match &disk {
            Some(disk) => open(disk),
            None => Store::in_memory(StoreOptions::default(), Arc::new(TestViews)),
        };
        let contents = vec![(store.current_revision(), Contents::new())];
        World {
            durable: store.current_revision(),
            opened: store.current_revision(),
            disk,
            session: session(&store),
            store,
            maintenance: Maintenance::default(),
            model: Model {
                contents,
                compacted: 0,
                lost: Vec::new(),
            },
            watched: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Write(changes, compare, lazy) => self.write(changes, compare, lazy),
            Step::Commit => {
                if self.store.commit_step() != CommitStep::Idle {
                    self.durable = self.model.newest().0;
                }
            }
            Step::DeletePrefix(number) => self.delete_prefix(number),
            Step::Compact(back) => {
                let revision = self.model.number(back);
                if revision >= self.model.compacted {
                    self.store.compact(revision).unwrap();
                    // Where nothing is known it goes on to the next number that is.
                    let lost =
                        |(after, before): &&(u64, u64)| (after + 1..*before).contains(&revision);
                    let known = self.model.lost.iter().find(lost).map(|(_, before)| *before);
                    self.model.compacted = known.unwrap_or(revision);
                }
            }
            Step::Upkeep => while self.maintenance.step(&self.store, false).unwrap() {},
            Step::Watch { back, interest } => self.watch(back, interest),
            Step::Take { watcher, bytes } => {
                if !self.watched.is_empty() {
                    let at = usize::from(watcher) % self.watched.len();
                    self.take(at, usize::from(bytes));
                }
            }
            Step::Read {
                back,
                interest,
                limit,
            } => self.read(back, interest, limit),
            Step::Restart(seed) => self.restart(seed),
        }
        assert_eq!(self.store.current_revision(), self.model.newest().0);
    }

    fn write(&mut self, changes: Vec<(u8, Option<u8>)>, compare: Option<bool>, lazy: bool) {
        let changes: BTreeMap<u8, Option<u8>> = changes.into_iter().collect();
        let (newest, mut contents) = self.model.newest().clone();
        let mut transaction = Transaction::default();
        if let Some(holds) = compare {
            let key = key_name(*changes.keys().next().unwrap());
            let current = contents.get(&key).map_or(0, |(_, revision)| *revision);
            transaction.compare.push(Compare {
                range: Range::Key(key.as_bytes().into()),
                relation: if holds {
                    Relation::Equal
                } else {
                    Relation::NotEqual
                },
                target: Target::ModRevision(current),
            });
        }
        let mut changed = false;
        for (number, value) in &changes {
            let key = key_name(*number);
            match value {
                Some(value) => {
                    let text = value_text(*value);
                    transaction
                        .success
                        .push(Operation::Put(Put::new(key.as_bytes(), text.as_bytes())));
                    contents.insert(key, (*value, newest + 1));
                    changed = true;
                }
                None => {
                    let range = Range::Key(key.as_bytes().into());
                    transaction.success.push(Operation::Delete(range));
                    changed |= contents.remove(&key).is_some();
                }
            }
        }
        let outcome = self.submit(transaction, lazy);
        assert_eq!(outcome.succeeded, compare != Some(false));
        if outcome.succeeded && changed {
            self.model.contents.push((newest + 1, contents));
        }
        assert_eq!(outcome.revision, self.model.newest().0);
    }

    fn submit(&mut self, transaction: Transaction, lazy: bool) -> Outcome {
        let durability = if lazy {
            Durability::Lazy
        } else {
            Durability::Durable
        };
        let submitted = self.store.submit(&self.session, transaction, durability);
        let outcome = match submitted.unwrap() {
            Submitted::Done(outcome) => return outcome,
            Submitted::Pending(_) => {
                self.store.commit_step();
                let completion = self.session.drain().completions.pop().unwrap();
                completion.result.unwrap()
            }
        };
        self.durable = outcome.revision;
        outcome
    }

    fn delete_prefix(&mut self, number: u8) {
        let prefix = ["/r/a/", "/r/b/", "/r/ab/"][usize::from(number)];
        let range = Range::Prefix(prefix.as_bytes().into());
        let success = vec![Operation::Delete(range)];
        let transaction = Transaction {
            success,
            ..Transaction::default()
        };
        self.submit(transaction, false);
        let (newest, mut contents) = self.model.newest().clone();
        let before = contents.len();
        contents.retain(|key, _| !key.starts_with(prefix));
        if contents.len() != before {
            self.model.contents.push((newest + 1, contents));
        }
    }

    fn request(&self, number: u8, after_revision: Revision) -> WatchRequest {
        let request = watch_request(&self.store, "/", after_revision);
        WatchRequest {
            interest: interest(number),
            ..request
        }
    }

    fn watch(&mut self, back: u8, number: u8) {
        let start = self.model.number(back);
        let watched = self.store.watch(&self.session, self.request(number, start));
        if self.model.refused(start) {
            assert_eq!(watched.err().unwrap().reason, Reason::Compacted);
            return;
        }
        self.watched.push(Watched {
            watcher: Some(watched.unwrap()),
            number,
            start,
            seen: 0,
            events: Vec::new(),
        });
    }

    fn take(&mut self, at: usize, bytes: usize) {
        let watched = &mut self.watched[at];
        let Some(watcher) = &watched.watcher else {
            return;
        };
        let (events, seen, ended) = watcher.take_raw(bytes / 100 + 1);
        assert!(seen >= watched.seen);
        watched.seen = seen;
        for event in &events {
            let entry = match event.kind {
                EventKind::Deleted => event.change.previous.as_ref(),
                _ => event.change.current(),
            };
            let text = String::from_utf8_lossy(entry.unwrap().value()).into_owned();
            let value = text.rsplit('|').next().unwrap().parse().unwrap();
            let key = String::from_utf8_lossy(event.change.key()).into_owned();
            watched
                .events
                .push((event.change.revision, event.kind, key, value));
        }
        let mut delivered = watched.events.clone();
        // Within a revision the order is that of the operations.
        delivered.sort_by(|a, b| (a.0, &a.2).cmp(&(b.0, &b.2)));
        assert!(watched.events.is_sorted_by_key(|event| event.0));
        assert_eq!(
            delivered,
            self.model.events(watched.start, seen, watched.number)
        );
        if ended.is_some() {
            assert!(seen < self.model.compacted, "ended without a reason");
            watched.watcher = None;
        }
    }

    fn read(&mut self, back: u8, number: u8, limit: u8) {
        let newest = self.model.newest().0;
        let revision = self.model.number(back);
        let wanted = interest(number);
        let request = RangeRequest {
            revision,
            ..RangeRequest::all(wanted.range.clone())
        };
        let result = self.store.range(&request);
        if self.model.refused(revision) {
            assert_eq!(result.unwrap_err().reason, Reason::Compacted);
            return;
        }
        let in_range = |contents: &Contents| -> Vec<String> {
            let inside = |key: &&String| wanted.range.contains(key.as_bytes());
            contents.keys().filter(inside).cloned().collect()
        };
        let found: Vec<String> = result
            .unwrap()
            .values
            .iter()
            .map(|value| String::from_utf8_lossy(value.key()).into_owned())
            .collect();
        assert_eq!(found, in_range(self.model.at(revision)));
        let expected = self.model.selected(self.model.at(revision), number);
        let text = self.list(revision, &wanted, usize::from(limit));
        let values: Vec<String> = expected
            .values()
            .map(|(value, at)| format!("{{\"rv\":{at},\"v\":\"{}\"}}", value_text(*value)))
            .collect();
        assert_eq!(text, values.join(","));
        assert_eq!(
            self.store.count(&wanted.range),
            in_range(self.model.at(newest)).len()
        );
    }

    /// All pages of a list, joined.
    fn list(&self, revision: Revision, wanted: &Interest, limit: usize) -> String {
        let mut pages = Vec::new();
        let mut after = None;
        loop {
            let request = ListRequest {
                range: wanted.range.clone(),
                view: json_view(&self.store),
                selector: wanted.selector.clone(),
                revision,
                limit,
                after: after.take(),
            };
            let mut cursor = ListCursor::new(&self.store, request).unwrap();
            let mut bytes = Vec::new();
            let end = loop {
                if let Some(end) = cursor.step(bytes.len() + 50, &mut bytes).unwrap() {
                    break end;
                }
            };
            if end.count > 0 {
                pages.push(String::from_utf8(bytes).unwrap());
            }
            match end.next_key {
                Some(key) => after = Some(key),
                None => return pages.join(","),
            }
        }
    }

    fn restart(&mut self, seed: u64) {
        let Some(disk) = &self.disk else { return };
        self.watched.clear();
        self.maintenance = Maintenance::default();
        let disk = disk.after_power_loss(&mut Dice(seed));
        self.store = open(&disk);
        self.disk = Some(disk);
        self.session = session(&self.store);
        let recovery = self.store.recovery();
        // Lazy writes since the last group are gone.
        let durable = self.durable;
        assert_eq!(recovery.newest_revision, durable);
        let shown = self.model.newest().0;
        self.model.contents.retain(|(at, _)| *at <= durable);
        let (newest, contents) = self.model.newest().clone();
        let opened = recovery.opened_at_revision;
        let lazy = shown > durable && shown != self.opened;
        assert!(if lazy {
            opened > shown
        } else {
            opened >= shown
        });
        self.model.lost.retain(|(_, before)| *before <= durable);
        if opened > newest {
            self.model.lost.push((newest, opened));
            self.model.contents.push((opened, contents));
        }
        self.opened = opened;
        // Compaction is not written down: what a snapshot did not remove can be read again.
        self.model.compacted = self.store.statistics().compacted_revision;
    }

    fn finish(&mut self) {
        for at in 0..self.watched.len() {
            for _ in 0..400 {
                self.take(at, 10_000);
                let watched = &self.watched[at];
                if watched.watcher.is_none() || watched.seen == self.model.newest().0 {
                    break;
                }
            }
            let watched = &self.watched[at];
            assert!(watched.watcher.is_none() || watched.seen == self.model.newest().0);
        }
    }
}

/// `PROPTEST_CASES` asks for more. Failures print their steps; they belong into a test of their
/// own.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(300),
        max_shrink_iters: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn memory_agrees_with_the_model(steps in steps()) {
        let mut world = World::new(None);
        for step in steps {
            world.step(step);
        }
        world.finish();
    }

    #[test]
    fn disk_agrees_with_the_model(steps in steps()) {
        let mut world = World::new(Some(FaultyDisk::default()));
        for step in steps {
            world.step(step);
        }
        world.finish();
    }
}
