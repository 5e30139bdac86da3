//! One client of the store: it asks one thing at a time, chosen by its dice, and writes down what
//! it asked and what it was told. A write that waits for the disk is acknowledged later.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use steersman_store::{
    Compare, Completion, Durability, FieldRequirement, Framing, Interest, LabelOperator,
    LabelRequirement, Operation, OperationResult, Outcome, Put, Range, RangeRequest, Reason,
    Revision, Selector, Session, Store, StoreError, Submitted, Transaction, WatchRequest, Watcher,
};

use crate::faulty::Dice;
use crate::record::{Recorder, batch, item};
use crate::support::json_view;

const KEYS: [&str; 8] = [
    "/a/0", "/a/1", "/a/2", "/a/3", "/b/0", "/b/1", "/b/2", "/b/3",
];
const PREFIXES: [&str; 3] = ["/", "/a/", "/b/"];
const COLORS: [&str; 3] = ["red", "green", "blue"];

/// What all clients of a run know together.
pub struct Shared {
    pub store: Arc<Store>,
    pub recorder: Arc<Recorder>,
    /// How often the store was opened before: values say it, so that none is written twice.
    pub era: u64,
    /// Numbers that somebody was shown, for reads and watches there.
    pub shown: Mutex<Vec<Revision>>,
    /// Leases that were granted, whatever became of them.
    pub leases: Mutex<Vec<u64>>,
    /// The leases' clock.
    pub now_millis: Mutex<u64>,
    /// The one watcher of everything has everything up to here: nothing later is compacted.
    pub observed: Mutex<Revision>,
}

const SHOWN_MAX: usize = 4096;

impl Shared {
    pub fn show(&self, revision: Revision) {
        let mut shown = self.shown.lock();
        if shown.last() != Some(&revision) && shown.len() < SHOWN_MAX {
            shown.push(revision);
        }
    }

    fn some_revision(&self, dice: &mut Dice) -> Revision {
        let shown = self.shown.lock();
        if shown.is_empty() {
            return 0;
        }
        // Mostly a late one: what is old is compacted soon.
        let among = if dice.roll(4) == 0 {
            shown.len()
        } else {
            shown.len().min(40)
        };
        shown[shown.len() - 1 - dice.roll(among as u64) as usize]
    }

    /// The opening, as the store tells it.
    pub fn record_opening(&self) {
        let recovery = self.store.recovery();
        let findings = self.store.recovery_report().map(|report| {
            let kinds = report.findings.iter().map(|finding| finding.kind.name());
            kinds.collect::<Vec<_>>()
        });
        self.recorder.line(&json!({
            "type": "open",
            "newest": recovery.newest_revision,
            "at": recovery.opened_at_revision,
            "clean": recovery.clean,
            "compacted": self.store.statistics().compacted_revision,
            "leases": self.store.leases(),
            "now": *self.now_millis.lock(),
            "findings": findings,
        }));
    }
}

pub struct Client {
    pub number: usize,
    shared: Arc<Shared>,
    pub session: Arc<Session>,
    dice: Dice,
    writes: u64,
    /// The write that waits for the disk: its ticket and its call's id.
    waiting: Option<(u64, u64)>,
    /// What it read, for an update that comes later: whatever came between is to refuse it.
    held: Option<Basis>,
}

/// A version of a key; None is its absence.
#[derive(Clone)]
struct Basis {
    key: &'static str,
    version: Option<(Revision, String)>,
}

fn failed(error: &StoreError, effect: &str) -> Value {
    json!({ "error": error.reason.name(), "message": error.message, "effect": effect })
}

impl Client {
    pub fn new(number: usize, shared: Arc<Shared>, session: Arc<Session>, seed: u64) -> Client {
        let dice = Dice(seed);
        Client {
            number,
            shared,
            session,
            dice,
            writes: 0,
            waiting: None,
            held: None,
        }
    }

    pub fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// Takes the response to a write that was waiting.
    pub fn complete(&mut self, completion: Completion) {
        let Some((ticket, id)) = self.waiting else {
            return;
        };
        if ticket != completion.ticket {
            return;
        }
        self.waiting = None;
        let result = match completion.result {
            Ok(outcome) => self.told(&outcome),
            // Only a group that was taken back has surely had no effect.
            Err(error) => {
                let none = matches!(error.reason, Reason::DiskFull | Reason::ReadOnly);
                failed(&error, if none { "none" } else { "unknown" })
            }
        };
        self.shared.recorder.response(id, result);
    }

    fn told(&self, outcome: &Outcome) -> Value {
        self.shared.show(outcome.revision);
        let mut result = json!({
            "succeeded": outcome.succeeded,
            "revision": outcome.revision,
        });
        if let Some((at, found)) = &outcome.mismatch {
            result["place"] = json!(at);
            result["found"] = found.as_ref().map_or(Value::Null, item);
        }
        let previous: Vec<Value> = outcome.results.iter().flat_map(previous).collect();
        result["previous"] = json!(previous);
        result
    }

    /// Asks for something. Not while it waits.
    pub fn step(&mut self) {
        match self.dice.roll(20) {
            0..=4 => self.create_or_put(),
            5..=8 => self.update(),
            9..=10 => self.delete(),
            11 => self.several(),
            12..=13 => self.get(),
            14..=16 => self.list(),
            17 => self.grant(),
            18 => self.renew(),
            _ => self.revoke(),
        }
    }

    /// In every fourth era one of two, so that writers meet.
    fn key(&mut self) -> &'static str {
        let among = if self.shared.era % 4 == 3 {
            2
        } else {
            KEYS.len()
        };
        KEYS[self.dice.roll(among as u64) as usize]
    }

    /// One that was never written before, with labels and a field.
    fn value(&mut self) -> String {
        self.writes += 1;
        let color = COLORS[self.dice.roll(3) as usize];
        let node = self.dice.roll(2);
        let rest = match self.dice.roll(12) {
            0 => 3000,
            1..=3 => 600,
            _ => 20,
        };
        let padding = "x".repeat(self.dice.roll(rest) as usize);
        let (era, client, write) = (self.shared.era, self.number, self.writes);
        format!("color={color}|node=n{node}|{era}.{client}.{write} {padding}")
    }

    fn lazy(&mut self) -> bool {
        self.dice.roll(3) == 0
    }

    fn lease_id(&mut self) -> u64 {
        let leases = self.shared.leases.lock();
        if leases.is_empty() || self.dice.roll(4) != 0 {
            return 0;
        }
        let late = leases.len().min(8) as u64;
        leases[leases.len() - 1 - self.dice.roll(late) as usize]
    }

    fn create_or_put(&mut self) {
        let (key, value, lease, lazy) = (self.key(), self.value(), self.lease_id(), self.lazy());
        let creates = self.dice.roll(2) == 0;
        let compare = if creates {
            vec![(key, 0, None)]
        } else {
            Vec::new()
        };
        self.write(&[(key, Some(value), lease)], &compare, lazy);
    }

    /// Reads, and writes under the compare that nothing came between, at once or later; what is
    /// read may still wait for the disk.
    fn update(&mut self) {
        let held = self.held.take();
        let Some(basis) = held.or_else(|| self.basis()) else {
            return;
        };
        let revision = basis.version.as_ref().map_or(0, |version| version.0);
        let waits = revision > self.shared.store.current_revision();
        // What waits for the disk may still be refused: then nothing may build on it.
        if self.dice.roll(if waits { 4 } else { 3 }) < if waits { 3 } else { 1 } {
            self.held = Some(basis);
            return;
        }
        let (value, lease, lazy) = (self.value(), self.lease_id(), self.lazy());
        let deletes = self.dice.roll(5) == 0;
        let (revision, text) = basis
            .version
            .map_or((0, None), |(revision, text)| (revision, Some(text)));
        self.write(
            &[(basis.key, (!deletes).then_some(value), lease)],
            &[(basis.key, revision, text)],
            lazy,
        );
    }

    fn basis(&mut self) -> Option<Basis> {
        let key = self.key();
        let found = if self.dice.roll(2) == 0 {
            self.shared.store.get_applied(key.as_bytes())
        } else {
            self.read(key)
        };
        let version = found.ok()?.map(|found| {
            let text = String::from_utf8_lossy(found.value()).into_owned();
            (found.mod_revision(), text)
        });
        Some(Basis { key, version })
    }

    fn delete(&mut self) {
        let (key, lazy) = (self.key(), self.lazy());
        self.write(&[(key, None, 0)], &[], lazy);
    }

    /// Several keys at one revision.
    fn several(&mut self) {
        let first = self.dice.roll(KEYS.len() as u64) as usize;
        let mut writes = Vec::new();
        for offset in 0..2 + self.dice.roll(3) as usize {
            let key = KEYS[(first + offset) % KEYS.len()];
            let value = (self.dice.roll(4) != 0).then(|| self.value());
            writes.push((key, value, 0));
        }
        let lazy = self.lazy();
        self.write(&writes, &[], lazy);
    }

    fn write(
        &mut self,
        writes: &[(&str, Option<String>, u64)],
        compare: &[(&str, Revision, Option<String>)],
        lazy: bool,
    ) {
        let mut transaction = Transaction::default();
        let (mut written, mut compared) = (Vec::new(), Vec::new());
        for (key, value, lease) in writes {
            transaction.success.push(match value {
                Some(value) => {
                    let mut put = Put::new(key.as_bytes(), value.as_bytes());
                    put.lease_id = *lease;
                    Operation::Put(put)
                }
                None => Operation::Delete(Range::Key(key.as_bytes().into())),
            });
            written.push(json!({ "key": key, "value": value, "lease": lease }));
        }
        for (key, revision, basis) in compare {
            transaction
                .compare
                .push(Compare::mod_revision(key.as_bytes(), *revision));
            compared.push(json!({ "key": key, "revision": revision, "basis": basis }));
        }
        let request = json!({
            "op": "write", "writes": written, "compare": compared, "lazy": lazy,
        });
        let id = self.shared.recorder.call(self.number, request);
        let submitted = self
            .shared
            .store
            .submit(&self.session, transaction, durability_of(lazy));
        self.submitted(id, submitted);
    }

    fn submitted(&mut self, id: u64, submitted: Result<Submitted, StoreError>) {
        let result = match submitted {
            Ok(Submitted::Pending(ticket)) => {
                self.waiting = Some((ticket, id));
                return;
            }
            Ok(Submitted::Done(outcome)) => self.told(&outcome),
            Err(error) => failed(&error, "none"),
        };
        self.shared.recorder.response(id, result);
    }

    fn read(&mut self, key: &str) -> Result<Option<steersman_store::Entry>, StoreError> {
        let request = json!({ "op": "get", "key": key, "revision": 0 });
        let id = self.shared.recorder.call(self.number, request);
        let found = self.shared.store.get(key.as_bytes(), 0);
        let result = match &found {
            Ok(found) => json!({ "item": found.as_ref().map(item) }),
            Err(error) => failed(error, "none"),
        };
        self.shared.recorder.response(id, result);
        found
    }

    fn get(&mut self) {
        let key = self.key();
        let _ = self.read(key);
    }

    /// Of the newest or of an earlier revision, at once or in pages.
    fn list(&mut self) {
        let prefix = PREFIXES[self.dice.roll(3) as usize];
        let revision = match self.dice.roll(3) {
            0 => self.shared.some_revision(&mut self.dice),
            _ => 0,
        };
        let limit = if self.dice.roll(3) == 0 { 3 } else { 0 };
        self.list_of(prefix, revision, limit);
    }

    /// Returns the revision that was read.
    pub fn list_of(&mut self, prefix: &str, revision: Revision, limit: usize) -> Option<Revision> {
        let request = json!({ "op": "list", "prefix": prefix, "revision": revision });
        let id = self.shared.recorder.call(self.number, request);
        let mut request = RangeRequest {
            revision,
            limit,
            ..RangeRequest::all(Range::Prefix(prefix.as_bytes().into()))
        };
        let mut items = Vec::new();
        let read = loop {
            match self.shared.store.range(&request) {
                Ok(page) => {
                    items.extend(page.values.iter().map(item));
                    request.revision = page.revision;
                    request.after = page.values.last().map(|last| last.key().into());
                    if !page.more {
                        break Ok(page.revision);
                    }
                }
                Err(error) => break Err(error),
            }
        };
        let result = match &read {
            Ok(revision) => json!({ "revision": revision, "items": items }),
            Err(error) => failed(error, "none"),
        };
        self.shared.recorder.response(id, result);
        let revision = read.ok()?;
        self.shared.show(revision);
        Some(revision)
    }

    fn grant(&mut self) {
        let ttl = [1, 5, 60, 3600][self.dice.roll(4) as usize];
        let now = *self.shared.now_millis.lock();
        let request = json!({ "op": "grant", "ttl": ttl, "now": now });
        let id = self.shared.recorder.call(self.number, request);
        let result = match self.shared.store.grant_lease(0, ttl, now) {
            Ok(lease) => {
                self.shared.leases.lock().push(lease.lease_id);
                json!({ "lease": lease.lease_id, "ttl": ttl })
            }
            Err(error) => failed(&error, "none"),
        };
        self.shared.recorder.response(id, result);
    }

    fn renew(&mut self) {
        let Some(lease) = self.some_lease() else {
            return;
        };
        let now = *self.shared.now_millis.lock();
        let request = json!({ "op": "renew", "lease": lease, "now": now });
        let id = self.shared.recorder.call(self.number, request);
        let result = match self.shared.store.keep_lease_alive(lease, now) {
            Ok(info) => json!({ "lease": lease, "ttl": info.ttl_seconds }),
            Err(error) => failed(&error, "none"),
        };
        self.shared.recorder.response(id, result);
    }

    fn some_lease(&mut self) -> Option<u64> {
        let leases = self.shared.leases.lock();
        let late = leases.len().min(8) as u64;
        (late > 0).then(|| leases[leases.len() - 1 - self.dice.roll(late) as usize])
    }

    fn revoke(&mut self) {
        let Some(lease) = self.some_lease() else {
            return;
        };
        let lazy = self.lazy();
        let request = json!({ "op": "revoke", "lease": lease, "lazy": lazy });
        let id = self.shared.recorder.call(self.number, request);
        let submitted = self
            .shared
            .store
            .revoke_lease(&self.session, lease, durability_of(lazy));
        self.submitted(id, submitted);
    }
}

fn durability_of(lazy: bool) -> Durability {
    if lazy {
        Durability::Lazy
    } else {
        Durability::Durable
    }
}

/// The versions that a write replaced.
fn previous(result: &OperationResult) -> Vec<Value> {
    match result {
        OperationResult::Put { previous } => previous.iter().map(item).collect(),
        OperationResult::Delete { previous } => previous.iter().map(item).collect(),
        OperationResult::Range(_) | OperationResult::Transaction { .. } => Vec::new(),
    }
}

/// A watch that is taken from now and then, and resumed where it was after whatever ended it.
pub struct Watch {
    shared: Arc<Shared>,
    session: Arc<Session>,
    number: usize,
    prefix: &'static str,
    color: &'static str,
    node: &'static str,
    watcher: Option<(u64, Watcher)>,
    /// Everything up to here was taken.
    pub seen: Revision,
    observes: bool,
}

impl Watch {
    /// Sees everything, and holds compaction back until it has: from where it was, or from where
    /// the store went on when it had seen something that an unclean end took.
    pub fn observer(shared: &Arc<Shared>, session: Arc<Session>, seen: Revision) -> Watch {
        let recovery = shared.store.recovery();
        let seen = if seen > recovery.newest_revision {
            recovery.opened_at_revision
        } else {
            seen.max(1)
        };
        *shared.observed.lock() = seen;
        Watch {
            shared: shared.clone(),
            session,
            number: 0,
            prefix: "/",
            color: "",
            node: "",
            watcher: None,
            seen,
            observes: true,
        }
    }

    /// From a revision that somebody was shown.
    pub fn some(
        shared: &Arc<Shared>,
        session: Arc<Session>,
        number: usize,
        dice: &mut Dice,
    ) -> Watch {
        let colors = ["", "", "red", "green", "blue"];
        Watch {
            prefix: PREFIXES[dice.roll(3) as usize],
            color: colors[dice.roll(5) as usize],
            node: ["", "", "n0"][dice.roll(3) as usize],
            number,
            observes: false,
            seen: shared.some_revision(dice),
            shared: shared.clone(),
            session,
            watcher: None,
        }
    }

    /// The same watch of the store that was opened next.
    pub fn resume(self, shared: &Arc<Shared>, session: Arc<Session>) -> Watch {
        Watch {
            shared: shared.clone(),
            session,
            watcher: None,
            ..self
        }
    }

    fn interest(&self) -> Interest {
        let mut selector = Selector::default();
        if !self.color.is_empty() {
            selector.labels.push(LabelRequirement {
                key: "color".into(),
                operator: LabelOperator::In,
                values: vec![self.color.into()],
            });
        }
        if !self.node.is_empty() {
            selector.fields.push(FieldRequirement {
                path: "node".into(),
                equal: true,
                value: self.node.into(),
            });
        }
        Interest {
            range: Range::Prefix(self.prefix.as_bytes().into()),
            selector,
        }
    }

    fn open(&mut self) -> bool {
        let request = json!({
            "op": "watch", "after": self.seen, "prefix": self.prefix,
            "color": self.color, "node": self.node, "observes": self.observes,
        });
        let id = self.shared.recorder.call(self.number, request);
        let request = WatchRequest {
            interest: self.interest(),
            after_revision: self.seen,
            view: json_view(&self.shared.store),
            framing: Framing::Json,
        };
        match self.shared.store.watch(&self.session, request) {
            Ok(watcher) => {
                self.watcher = Some((id, watcher));
                self.shared.recorder.response(id, json!({}));
                true
            }
            Err(error) => {
                self.shared.recorder.response(id, failed(&error, "none"));
                if error.reason == Reason::Compacted {
                    self.list_anew();
                }
                false
            }
        }
    }

    /// As a client does who is told that its revision is gone.
    fn list_anew(&mut self) {
        let (shared, session) = (self.shared.clone(), self.session.clone());
        let mut client = Client::new(self.number, shared, session, 1);
        self.seen = client.list_of(self.prefix, 0, 0).unwrap_or(self.seen);
        self.observed();
    }

    fn observed(&self) {
        if self.observes {
            *self.shared.observed.lock() = self.seen;
        }
    }

    /// Takes what is there; returns whether it was anything.
    pub fn take(&mut self, max_events: usize) -> bool {
        if self.watcher.is_none() && !self.open() {
            return false;
        }
        let Some((id, watcher)) = &self.watcher else {
            return false;
        };
        let (events, seen, ended) = watcher.take_raw(max_events);
        let ended = ended.map(|ended| format!("{ended:?}"));
        if events.is_empty() && seen == self.seen && ended.is_none() {
            return false;
        }
        self.shared
            .recorder
            .line(&batch(*id, &events, seen, ended.as_deref()));
        self.seen = seen;
        self.shared.show(seen);
        self.observed();
        if ended.is_some() {
            self.watcher = None;
        }
        !events.is_empty()
    }

    /// The client goes away, and may come back.
    pub fn leave(&mut self) {
        self.watcher = None;
    }
}
