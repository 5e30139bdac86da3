//! Requests for keys: what of them is refused, and what the store is asked in their place.

use std::collections::BTreeSet;

use steersman_etcdapi::{
    Compare, CompareResult, CompareTarget, DeleteRangeRequest, Operation, PutRequest, RangeRequest,
    RequestOp, TxnRequest, Wanted,
};
use steersman_store::{
    Compare as StoreCompare, Count, Draft, Entry, Keeps, Operation as StoreOperation,
    OperationResult, Outcome, Put, Range, RangeRequest as StoreRange, RangeResult, Relation,
    Revision, Target, Transaction, prefix_end,
};

use crate::encode::{Extent, Header, entry_length, put_entry, put_header, put_message, put_number};
use crate::status::Status;

/// The keys that a request names: without an end one, up to an end of one zero byte all that
/// follow.
pub fn range_of(key: &[u8], end: &[u8]) -> Range {
    match end {
        [] => Range::Key(key.into()),
        [0] => Range::Between(key.into(), None),
        _ if prefix_end(key).as_deref() == Some(end) => Range::Prefix(key.into()),
        _ => Range::Between(key.into(), Some(end.into())),
    }
}

pub fn check_range(request: &RangeRequest) -> Result<(), Status> {
    if request.key.is_empty() {
        return Err(Status::EMPTY_KEY);
    }
    if !(0..=2).contains(&request.sort_order) || !(0..=4).contains(&request.sort_target) {
        return Err(Status::INVALID_SORT);
    }
    Ok(())
}

pub fn check_put(request: &PutRequest) -> Result<(), Status> {
    if request.key.is_empty() {
        return Err(Status::EMPTY_KEY);
    }
    if request.ignore_value && !request.value.is_empty() {
        return Err(Status::VALUE_PROVIDED);
    }
    if request.ignore_lease && request.lease != 0 {
        return Err(Status::LEASE_PROVIDED);
    }
    Ok(())
}

pub fn check_delete(request: &DeleteRangeRequest) -> Result<(), Status> {
    if request.key.is_empty() {
        return Err(Status::EMPTY_KEY);
    }
    Ok(())
}

pub fn check_txn(request: &TxnRequest, max_operations: usize) -> Result<(), Status> {
    check_operations(request, max_operations)?;
    writes_of(&request.success)?;
    writes_of(&request.failure)?;
    Ok(())
}

/// What is nested has as many operations less as its surroundings have.
fn check_operations(request: &TxnRequest, max_operations: usize) -> Result<(), Status> {
    let lists = [
        request.compare.len(),
        request.success.len(),
        request.failure.len(),
    ];
    let longest = lists.into_iter().max().unwrap_or(0);
    let Some(left) = max_operations.checked_sub(longest) else {
        return Err(Status::TOO_MANY_OPERATIONS);
    };
    if request.compare.iter().any(|one| one.key.is_empty()) {
        return Err(Status::EMPTY_KEY);
    }
    for operation in request.success.iter().chain(&request.failure) {
        match &operation.request {
            Some(Operation::Range(range)) => check_range(range)?,
            Some(Operation::Put(put)) => check_put(put)?,
            Some(Operation::DeleteRange(delete)) => check_delete(delete)?,
            Some(Operation::Txn(inner)) => check_operations(inner, left)?,
            None => return Err(Status::KEY_NOT_FOUND),
        }
    }
    Ok(())
}

/// What a list of operations may write, whichever branches run.
#[derive(Default)]
struct Writes<'a> {
    puts: BTreeSet<&'a [u8]>,
    deletes: Vec<Range>,
}

impl<'a> Writes<'a> {
    fn put(&mut self, key: &'a [u8]) -> Result<(), Status> {
        if self.deletes.iter().any(|range| range.contains(key)) || !self.puts.insert(key) {
            return Err(Status::DUPLICATE_KEY);
        }
        Ok(())
    }
}

/// The keys that a delete is taken for where it is compared with puts. As in etcd, one without an
/// end (a zero byte) is taken for none; the store refuses what really writes a key twice.
fn compared(delete: &DeleteRangeRequest) -> Range {
    match &delete.range_end[..] {
        [0] => Range::Between(delete.key.as_ref().into(), Some([0].into())),
        end => range_of(&delete.key, end),
    }
}

/// Refuses keys that one branch writes twice. As in etcd, what a later nested transaction deletes
/// is not compared with what an earlier one puts.
fn writes_of(operations: &[RequestOp]) -> Result<Writes<'_>, Status> {
    let mut writes = Writes::default();
    for operation in operations {
        if let Some(Operation::DeleteRange(delete)) = &operation.request {
            writes.deletes.push(compared(delete));
        }
    }
    for operation in operations {
        let Some(Operation::Txn(inner)) = &operation.request else {
            continue;
        };
        let (then, otherwise) = (writes_of(&inner.success)?, writes_of(&inner.failure)?);
        for key in &then.puts {
            writes.put(key)?;
        }
        for key in &otherwise.puts {
            // Only one of the two branches runs.
            if then.puts.contains(key) && !then.deletes.iter().any(|range| range.contains(key)) {
                continue;
            }
            writes.put(key)?;
        }
        writes.deletes.extend(then.deletes);
        writes.deletes.extend(otherwise.deletes);
    }
    for operation in operations {
        if let Some(Operation::Put(put)) = &operation.request {
            writes.put(&put.key)?;
        }
    }
    Ok(writes)
}

/// Whether it may put anything, whichever branches run.
pub fn puts_anything(request: &TxnRequest) -> bool {
    let operations = request.success.iter().chain(&request.failure);
    operations
        .filter_map(|operation| operation.request.as_ref())
        .any(|operation| match operation {
            Operation::Put(_) => true,
            Operation::Txn(inner) => puts_anything(inner),
            Operation::Range(_) | Operation::DeleteRange(_) => false,
        })
}

/// A revision that was asked for; 0 and what is below is the newest.
fn asked(revision: i64) -> Revision {
    Revision::try_from(revision).unwrap_or(0)
}

fn is_filtered(request: &RangeRequest) -> bool {
    [
        request.min_mod_revision,
        request.max_mod_revision,
        request.min_create_revision,
        request.max_create_revision,
    ]
    .iter()
    .any(|bound| *bound != 0)
}

/// As the store is asked, which may still have what is older than `oldest`: for one more than the limit, or for everything where order or bounds
/// decide.
pub fn store_range(request: &RangeRequest, oldest: Revision) -> StoreRange {
    let whole = request.sort_order != 0 || is_filtered(request);
    let limit = match usize::try_from(request.limit) {
        Ok(limit) if limit > 0 && !whole => limit.saturating_add(1),
        _ => 0,
    };
    StoreRange {
        range: range_of(&request.key, &request.range_end),
        revision: asked(request.revision),
        limit,
        after: None,
        oldest,
        count: if request.count_only {
            Count::Only
        } else {
            Count::Beside
        },
    }
}

pub fn store_put(request: &PutRequest) -> Put {
    Put {
        draft: Draft::new(&request.key, &request.value),
        lease_id: request.lease as u64,
        keeps: Keeps {
            value: request.ignore_value,
            lease: request.ignore_lease,
        },
    }
}

pub fn store_delete(request: &DeleteRangeRequest) -> StoreOperation {
    StoreOperation::Delete(range_of(&request.key, &request.range_end))
}

pub fn store_txn(request: &TxnRequest, oldest: Revision) -> Transaction {
    let operations = |list: &[RequestOp]| {
        let given = list.iter().filter_map(|one| one.request.as_ref());
        given.map(|one| store_operation(one, oldest)).collect()
    };
    Transaction {
        compare: request.compare.iter().map(store_compare).collect(),
        success: operations(&request.success),
        failure: operations(&request.failure),
    }
}

fn store_operation(operation: &Operation, oldest: Revision) -> StoreOperation {
    match operation {
        Operation::Range(range) => StoreOperation::Range(store_range(range, oldest)),
        Operation::Put(put) => StoreOperation::Put(store_put(put)),
        Operation::DeleteRange(delete) => store_delete(delete),
        Operation::Txn(inner) => StoreOperation::Transaction(Box::new(store_txn(inner, oldest))),
    }
}

/// Numbers of the store are never negative: what is compared with such a one is decided by it.
fn number(relation: Relation, wanted: i64) -> (Relation, u64) {
    match (u64::try_from(wanted), relation) {
        (Ok(wanted), _) => (relation, wanted),
        (Err(_), Relation::NotEqual | Relation::Greater) => (Relation::NotEqual, u64::MAX),
        (Err(_), Relation::Equal | Relation::Less) => (Relation::Equal, u64::MAX),
    }
}

fn store_compare(compare: &Compare) -> StoreCompare {
    let relation = match compare.result() {
        CompareResult::Equal => Relation::Equal,
        CompareResult::Greater => Relation::Greater,
        CompareResult::Less => Relation::Less,
        CompareResult::NotEqual => Relation::NotEqual,
    };
    let wanted = match (compare.target(), &compare.wanted) {
        (CompareTarget::Version, Some(Wanted::Version(wanted)))
        | (CompareTarget::Create, Some(Wanted::CreateRevision(wanted)))
        | (CompareTarget::Mod, Some(Wanted::ModRevision(wanted)))
        | (CompareTarget::Lease, Some(Wanted::Lease(wanted))) => *wanted,
        // A target without its value is compared with 0.
        _ => 0,
    };
    let (numeric, wanted) = number(relation, wanted);
    let (relation, target) = match compare.target() {
        CompareTarget::Version => (numeric, Target::Version(wanted)),
        CompareTarget::Create => (numeric, Target::CreateRevision(wanted)),
        CompareTarget::Mod => (numeric, Target::ModRevision(wanted)),
        CompareTarget::Lease => (numeric, Target::Lease(wanted)),
        CompareTarget::Value => {
            let value = match &compare.wanted {
                Some(Wanted::Value(value)) => value.as_ref().into(),
                _ => Box::default(),
            };
            (relation, Target::Value(value))
        }
    };
    StoreCompare {
        range: range_of(&compare.key, &compare.range_end),
        relation,
        target,
    }
}

fn within(request: &RangeRequest, entry: &Entry) -> bool {
    let inside = |least: i64, most: i64, found: Revision| {
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        (least == 0 || found >= least) && (most == 0 || found <= most)
    };
    inside(
        request.min_mod_revision,
        request.max_mod_revision,
        entry.mod_revision(),
    ) && inside(
        request.min_create_revision,
        request.max_create_revision,
        entry.create_revision(),
    )
}

fn sort(request: &RangeRequest, values: &mut [Entry]) {
    let order = |one: &Entry, other: &Entry| match request.sort_target {
        1 => one.version().cmp(&other.version()),
        2 => one.create_revision().cmp(&other.create_revision()),
        3 => one.mod_revision().cmp(&other.mod_revision()),
        4 => one.value().cmp(other.value()),
        _ => one.key().cmp(other.key()),
    };
    match (request.sort_order, request.sort_target) {
        (2, _) => values.sort_by(|one, other| order(other, one)),
        (0 | 1, 0) => {}
        _ => values.sort_by(order),
    }
}

/// A RangeResponse; its header has the newest revision, whichever was read.
pub fn put_range_response(
    out: &mut Vec<u8>,
    header: Option<&Header>,
    request: &RangeRequest,
    mut found: RangeResult,
    newest: Revision,
) {
    if is_filtered(request) {
        found.values.retain(|entry| within(request, entry));
    }
    sort(request, &mut found.values);
    let limit = usize::try_from(request.limit).unwrap_or(0);
    let more = limit > 0 && found.values.len() > limit;
    if more {
        found.values.truncate(limit);
    }
    put_header(out, header, newest);
    out.reserve(found.values.iter().map(entry_length).sum());
    let extent = match (request.keys_only, request.sort_target) {
        (false, _) => Extent::Whole,
        // etcd reads the values then.
        (true, 4) => Extent::WithoutValue,
        (true, _) => Extent::Indexed,
    };
    for entry in &found.values {
        put_entry(out, 2, entry, extent);
    }
    put_number(out, 3, u64::from(more));
    put_number(out, 4, found.count as u64);
}

pub fn put_put_response(
    out: &mut Vec<u8>,
    header: Option<&Header>,
    request: &PutRequest,
    revision: Revision,
    previous: Option<&Entry>,
) {
    put_header(out, header, revision);
    if let Some(previous) = previous.filter(|_| request.prev_kv) {
        put_entry(out, 2, previous, Extent::Whole);
    }
}

pub fn put_delete_response(
    out: &mut Vec<u8>,
    header: Option<&Header>,
    request: &DeleteRangeRequest,
    revision: Revision,
    previous: &[Entry],
) {
    put_header(out, header, revision);
    put_number(out, 2, previous.len() as u64);
    if request.prev_kv {
        for entry in previous {
            put_entry(out, 3, entry, Extent::Whole);
        }
    }
}

/// A TxnResponse.
pub fn put_txn_response(
    out: &mut Vec<u8>,
    header: &Header,
    request: &TxnRequest,
    outcome: Outcome,
) {
    let Outcome {
        succeeded,
        revision,
        results,
        ..
    } = outcome;
    put_header(out, Some(header), revision);
    let mut at = Reached {
        before: revision - u64::from(results.iter().any(wrote)),
        revision,
        changed: false,
    };
    at.put_branch(out, request, succeeded, results);
}

fn wrote(result: &OperationResult) -> bool {
    match result {
        OperationResult::Put { .. } => true,
        OperationResult::Delete { previous } => !previous.is_empty(),
        OperationResult::Range(_) => false,
        OperationResult::Transaction { results, .. } => results.iter().any(wrote),
    }
}

/// How far a transaction has come: what its parts say of the revision is from before its first
/// write or after it.
struct Reached {
    before: Revision,
    revision: Revision,
    changed: bool,
}

impl Reached {
    fn put_branch(
        &mut self,
        out: &mut Vec<u8>,
        request: &TxnRequest,
        succeeded: bool,
        results: Vec<OperationResult>,
    ) {
        put_number(out, 2, u64::from(succeeded));
        let branch = if succeeded {
            &request.success
        } else {
            &request.failure
        };
        let operations = branch.iter().filter_map(|one| one.request.as_ref());
        for (operation, result) in operations.zip(results) {
            if !matches!(operation, Operation::Txn(_)) {
                self.changed |= wrote(&result);
            }
            put_message(out, 3, |out| self.put_result(out, operation, result));
        }
    }

    fn now(&self) -> Revision {
        if self.changed {
            self.revision
        } else {
            self.before
        }
    }

    /// What stands in a ResponseOp.
    fn put_result(&mut self, out: &mut Vec<u8>, operation: &Operation, result: OperationResult) {
        let now = self.now();
        match (operation, result) {
            (Operation::Range(request), OperationResult::Range(found)) => {
                put_message(out, 1, |out| {
                    put_range_response(out, None, request, found, now);
                });
            }
            (Operation::Put(request), OperationResult::Put { previous }) => {
                put_message(out, 2, |out| {
                    put_put_response(out, None, request, now, previous.as_ref());
                });
            }
            (Operation::DeleteRange(request), OperationResult::Delete { previous }) => {
                put_message(out, 3, |out| {
                    put_delete_response(out, None, request, now, &previous);
                });
            }
            (Operation::Txn(request), OperationResult::Transaction { succeeded, results }) => {
                put_message(out, 4, |out| {
                    put_header(out, None, 0);
                    self.put_branch(out, request, succeeded, results);
                });
            }
            (_, _) => debug_assert!(false, "results are those of the operations"),
        }
    }
}

#[cfg(test)]
#[path = "kv_tests.rs"]
mod tests;
