//! Transactions against the index: compares, then writes at one revision.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{Reason, StoreError};
use crate::state::change::Change;
use crate::state::entry::{Draft, Entry, EntryMeta};
use crate::state::index::{From, Index};
use crate::state::lease::{LeaseChange, Leases};
use crate::state::lost::Lost;
use crate::state::pins::Pins;
use crate::state::request::{
    Compare, Count, Operation, OperationResult, Outcome, Put, Range, RangeRequest, RangeResult,
    Transaction,
};
use crate::sync::Mutex;
use crate::{MAX_REVISION, Revision};

/// The whole state at the newest revision that stands, durable or not.
#[derive(Default)]
pub(crate) struct State {
    pub index: Index,
    /// The newest write that was not taken back.
    pub applied: Revision,
    /// The newest number that was ever given to a write: the next has a higher one.
    pub issued: Revision,
    /// Numbers that may have meant something once; nobody can read there.
    pub lost: Lost,
    /// Reads before this revision are refused.
    pub compacted: Revision,
    pub leases: Leases,
    /// A lock of its own, so that reads pin under the state's read lock.
    pub pins: Mutex<Pins>,
    /// Bytes of keys and values of the newest versions.
    pub live_bytes: u64,
    /// Revisions come from outside.
    pub follows: bool,
}

/// Which branch runs, for a transaction and those nested in that branch in order.
struct Decision {
    succeeded: bool,
    mismatch: Option<(usize, Option<Entry>)>,
    nested: Vec<Decision>,
}

/// What a transaction did.
pub(crate) struct Applied {
    pub outcome: Outcome,
    pub changes: Vec<Arc<Change>>,
}

impl State {
    /// An empty store. As in etcd its revision is 1, so that 0 can mean "the newest".
    pub fn first() -> State {
        State {
            applied: 1,
            issued: 1,
            ..State::default()
        }
    }

    /// Checks everything first: an error leaves the state as it was.
    pub fn execute(&mut self, transaction: Transaction) -> Result<Applied, StoreError> {
        let decision = self.decide(&transaction);
        let mut keys = BTreeSet::new();
        let mut deletes = Vec::new();
        self.check(&transaction, &decision, &mut keys, &mut deletes)?;
        if deletes
            .iter()
            .any(|range| keys.iter().any(|key| range.contains(key)))
        {
            return Err(duplicate());
        }
        if self.issued >= MAX_REVISION {
            return Err(StoreError::new(Reason::ReadOnly, "no revisions are left"));
        }
        let mut run = Run {
            revision: self.issued + 1,
            state: self,
            changes: Vec::new(),
        };
        let mismatch = decision.mismatch.clone();
        let succeeded = decision.succeeded;
        let results = run.transaction(transaction, decision);
        let (revision, changes) = (run.revision, run.changes);
        if !changes.is_empty() {
            self.applied = revision;
            self.issued = revision;
        }
        let outcome = Outcome {
            succeeded,
            revision: self.applied,
            results,
            mismatch,
        };
        Ok(Applied { outcome, changes })
    }

    fn decide(&self, transaction: &Transaction) -> Decision {
        let mismatch = transaction
            .compare
            .iter()
            .enumerate()
            .find_map(|(at, compare)| self.mismatch(compare).map(|found| (at, found)));
        let succeeded = mismatch.is_none();
        let branch = if succeeded {
            &transaction.success
        } else {
            &transaction.failure
        };
        let nested = branch
            .iter()
            .filter_map(|operation| match operation {
                Operation::Transaction(inner) => Some(self.decide(inner)),
                _ => None,
            })
            .collect();
        Decision {
            succeeded,
            mismatch,
            nested,
        }
    }

    /// The entry that the compare does not hold for; the outer None says that it holds.
    fn mismatch(&self, compare: &Compare) -> Option<Option<Entry>> {
        if let Range::Key(key) = &compare.range {
            let found = self.index.newest(key);
            return (!compare.holds(found)).then(|| found.cloned());
        }
        let mut empty = true;
        let mut found = None;
        let end = compare.range.end();
        let start = From::At(compare.range.start());
        self.index
            .scan(start, end.as_deref(), Revision::MAX, |entry| {
                empty = false;
                if !compare.holds(Some(entry)) {
                    found = Some(Some(entry.clone()));
                }
                found.is_none()
            });
        if empty && !compare.holds(None) {
            Some(None)
        } else {
            found
        }
    }

    fn check<'t>(
        &self,
        transaction: &'t Transaction,
        decision: &Decision,
        keys: &mut BTreeSet<&'t [u8]>,
        deletes: &mut Vec<&'t Range>,
    ) -> Result<(), StoreError> {
        let branch = if decision.succeeded {
            &transaction.success
        } else {
            &transaction.failure
        };
        let mut nested = decision.nested.iter();
        for operation in branch {
            match operation {
                Operation::Put(put) => {
                    if put.lease_id != 0 && !self.leases.exists(put.lease_id) {
                        return Err(lease_not_found(put.lease_id));
                    }
                    if put.keeps.any() && self.index.newest(put.draft.key()).is_none() {
                        return Err(StoreError::new(Reason::KeyNotFound, "key not found"));
                    }
                    if !keys.insert(put.draft.key()) {
                        return Err(duplicate());
                    }
                }
                Operation::Delete(range) => deletes.push(range),
                Operation::Range(request) => {
                    self.check_read(request, self.applied)?;
                }
                Operation::Transaction(inner) => {
                    if let Some(decision) = nested.next() {
                        self.check(inner, decision, keys, deletes)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What is before it may be freed.
    pub fn trim_floor(&mut self) -> Revision {
        let pinned = self.pins.get_mut().floor().unwrap_or(Revision::MAX);
        self.compacted.min(pinned)
    }

    /// As `check_revision`, of the revision that a range asks for.
    pub fn check_read(&self, request: &RangeRequest, newest: Revision) -> Result<(), StoreError> {
        if request.revision != 0 && request.revision < request.oldest {
            return Err(StoreError::compacted(request.revision, request.oldest));
        }
        self.check_revision(request.revision, newest)
    }

    /// Whether a revision can be read; 0 is the newest.
    pub fn check_revision(&self, asked: Revision, newest: Revision) -> Result<(), StoreError> {
        if asked > newest {
            return Err(StoreError::future(asked, newest));
        }
        if asked != 0 && asked < self.compacted {
            return Err(StoreError::compacted(asked, self.compacted));
        }
        match self.lost.known_after(asked) {
            Some(known) => Err(StoreError::lost(asked, known)),
            None => Ok(()),
        }
    }

    pub fn range(&self, request: &RangeRequest, revision: Revision) -> RangeResult {
        let mut result = RangeResult {
            revision,
            values: Vec::new(),
            more: false,
            count: 0,
        };
        if let Range::Key(key) = &request.range {
            let found = self.index.at(key, revision);
            result.count = usize::from(found.is_some() && request.count != Count::No);
            let found = found.filter(|_| request.count != Count::Only);
            result.values.extend(found.cloned());
            return result;
        }
        let end = request.range.end();
        if request.count != Count::No {
            result.count = self.count(request.range.start(), end.as_deref(), revision);
        }
        if request.count == Count::Only {
            return result;
        }
        let limit = if request.limit == 0 {
            usize::MAX
        } else {
            request.limit
        };
        let start = match &request.after {
            Some(after) => From::After(after),
            None => From::At(request.range.start()),
        };
        self.index.scan(start, end.as_deref(), revision, |entry| {
            if result.values.len() == limit {
                result.more = true;
                return false;
            }
            result.values.push(entry.clone());
            true
        });
        result
    }

    /// Keys of a range at a revision. Of the newest one, they are not walked.
    fn count(&self, start: &[u8], end: Option<&[u8]>, revision: Revision) -> usize {
        if revision >= self.applied {
            return self.index.count(start, end);
        }
        let mut count = 0;
        self.index.scan(From::At(start), end, revision, |_| {
            count += 1;
            true
        });
        count
    }

    /// Takes a version (a deletion's too) and accounts for it; returns the change, or None when
    /// there was nothing to delete.
    pub fn write(&mut self, made: Entry) -> Option<Change> {
        let previous = self.index.push(made.clone());
        if made.is_deletion() && previous.is_none() {
            return None;
        }
        let change = Change::new(made, previous);
        let (current, previous) = (change.current(), change.previous.as_ref());
        self.live_bytes = self.live_bytes + bytes_of(current) - bytes_of(previous);
        let (from, to) = (lease_of(previous), lease_of(current));
        self.leases.attach(change.key(), from, to);
        Some(change)
    }

    /// An entry of a snapshot; they come in the order of keys.
    pub fn load(&mut self, entry: Entry) {
        self.live_bytes += bytes_of(Some(&entry));
        self.leases.attach(entry.key(), 0, entry.lease_id());
        self.index.append(entry);
    }

    /// Takes a write back that never became durable. Writes are taken back newest first.
    pub fn take_back(&mut self, changes: &[Arc<Change>], leases: &[LeaseChange]) {
        for lease in leases.iter().rev() {
            self.leases.take_back(lease);
        }
        for change in changes.iter().rev() {
            self.roll_back(change);
        }
    }

    /// Takes a change back that never became durable.
    fn roll_back(&mut self, change: &Change) {
        self.index.roll_back(change.key(), change.revision - 1);
        let (current, previous) = (change.current(), change.previous.as_ref());
        self.live_bytes = self.live_bytes + bytes_of(previous) - bytes_of(current);
        let (from, to) = (lease_of(current), lease_of(previous));
        self.leases.attach(change.key(), from, to);
    }
}

fn bytes_of(entry: Option<&Entry>) -> u64 {
    entry.map_or(0, Entry::bytes) as u64
}

fn lease_of(entry: Option<&Entry>) -> u64 {
    entry.map_or(0, Entry::lease_id)
}

/// The writes of one transaction.
struct Run<'a> {
    state: &'a mut State,
    /// Of its writes.
    revision: Revision,
    changes: Vec<Arc<Change>>,
}

impl Run<'_> {
    fn transaction(
        &mut self,
        transaction: Transaction,
        decision: Decision,
    ) -> Vec<OperationResult> {
        let branch = if decision.succeeded {
            transaction.success
        } else {
            transaction.failure
        };
        let mut nested = decision.nested.into_iter();
        let mut results = Vec::with_capacity(branch.len());
        for operation in branch {
            results.push(match operation {
                Operation::Put(put) => self.put(put),
                Operation::Delete(range) => self.delete(&range),
                Operation::Range(request) => {
                    let revision = match request.revision {
                        0 if self.changes.is_empty() => self.state.applied,
                        0 => self.revision,
                        asked => asked,
                    };
                    OperationResult::Range(self.state.range(&request, revision))
                }
                Operation::Transaction(inner) => match nested.next() {
                    Some(decision) => OperationResult::Transaction {
                        succeeded: decision.succeeded,
                        results: self.transaction(*inner, decision),
                    },
                    None => continue,
                },
            });
        }
        results
    }

    fn write(&mut self, made: Entry) -> Option<Entry> {
        let change = self.state.write(made)?;
        let previous = change.previous.clone();
        self.changes.push(Arc::new(change));
        previous
    }

    fn put(&mut self, put: Put) -> OperationResult {
        let revision = self.revision;
        let before = self.state.index.newest(put.draft.key());
        let (mut draft, mut lease_id) = (put.draft, put.lease_id);
        if let Some(before) = before {
            if put.keeps.value {
                draft = Draft::new(before.key(), before.value());
            }
            if put.keeps.lease {
                lease_id = before.lease_id();
            }
        }
        let entry = draft.finish(EntryMeta {
            create_revision: before.map_or(revision, Entry::create_revision),
            mod_revision: revision,
            version: before.map_or(0, Entry::version) + 1,
            lease_id,
            order: self.changes.len() as u32,
        });
        OperationResult::Put {
            previous: self.write(entry),
        }
    }

    fn delete(&mut self, range: &Range) -> OperationResult {
        let found = self
            .state
            .range(&RangeRequest::all(range.clone()), Revision::MAX)
            .values;
        let previous = found
            .into_iter()
            .filter_map(|found| {
                let order = self.changes.len() as u32;
                self.write(Entry::deletion(found.key(), self.revision, order))
            })
            .collect();
        OperationResult::Delete { previous }
    }
}

fn duplicate() -> StoreError {
    StoreError::new(Reason::InvalidRequest, "duplicate key given in txn request")
}

pub(crate) fn lease_not_found(id: u64) -> StoreError {
    StoreError::new(Reason::LeaseNotFound, format!("lease {id} does not exist"))
}
