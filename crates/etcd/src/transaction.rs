//! A transaction as etcd runs it. Its other branch reads what was compared, so that who lost a
//! race knows to whom without asking again.

use prost::bytes::Bytes;
use steersman_etcdapi::{
    Compare, CompareResult, CompareTarget, DeleteRangeRequest, Operation, PutRequest, RangeRequest,
    RequestOp, TxnRequest, TxnResponse, Wanted,
};
use steersman_store::{
    Compare as StoreCompare, Operation as StoreOperation, Outcome, Range, Reason, Relation,
    Revision, Standing, StoreError, Target, Transaction,
};

use crate::engine::operation;
use crate::keys::{Keys, number, revision};

/// etcd's own default bound.
const MAX_OPERATIONS: usize = 128;

/// A transaction that can be run there: compares and writes of single keys.
pub struct Asked(Transaction);

/// Refuses what this driver does not carry: nobody in the server asks for it.
pub fn check(transaction: Transaction) -> Result<Asked, StoreError> {
    let single = |range: &Range| matches!(range, Range::Key(_));
    let carried = transaction.failure.is_empty()
        && transaction
            .compare
            .iter()
            .all(|compare| single(&compare.range))
        && transaction.success.iter().all(|one| match one {
            StoreOperation::Put(_) => true,
            StoreOperation::Delete(range) => single(range),
            StoreOperation::Range(_) | StoreOperation::Transaction(_) => false,
        });
    if !carried {
        let message = "a transaction in etcd compares and writes single keys";
        return Err(StoreError::new(Reason::InvalidRequest, message));
    }
    let most = transaction.success.len().max(transaction.compare.len());
    if most > MAX_OPERATIONS {
        let message = format!("a transaction in etcd has at most {MAX_OPERATIONS} operations");
        return Err(StoreError::new(Reason::TooLarge, message));
    }
    Ok(Asked(transaction))
}

impl Asked {
    pub fn request(&self, keys: &Keys) -> TxnRequest {
        let compared = self
            .0
            .compare
            .iter()
            .map(|one| keys.there(one.range.start()));
        TxnRequest {
            compare: self
                .0
                .compare
                .iter()
                .map(|one| compare(one, keys))
                .collect(),
            success: self
                .0
                .success
                .iter()
                .filter_map(|one| write(one, keys))
                .collect(),
            failure: compared
                .map(|key| {
                    operation(Operation::Range(RangeRequest {
                        key,
                        ..RangeRequest::default()
                    }))
                })
                .collect(),
        }
    }

    /// What became of it, and the revision at which that can be seen.
    pub fn outcome(
        &self,
        keys: &Keys,
        given: TxnResponse,
    ) -> Result<(Revision, Outcome), StoreError> {
        let at = revision(given.header.map_or(0, |header| header.revision));
        let mismatch = if given.succeeded {
            None
        } else {
            let found = given.responses.into_iter().map(|one| {
                let found = one.range?.kvs.into_iter().next()?;
                keys.standing(&found).map(Standing::entry)
            });
            let mut compared = self.0.compare.iter().zip(found).enumerate();
            let failed = compared.find(|(_, (one, found))| !one.holds(found.as_ref()));
            let Some((place, (_, found))) = failed else {
                let message = "etcd refused a transaction whose compares hold";
                return Err(StoreError::new(Reason::Io, message));
            };
            Some((place, found))
        };
        let outcome = Outcome {
            succeeded: given.succeeded,
            revision: at,
            results: Vec::new(),
            mismatch,
        };
        Ok((at, outcome))
    }
}

fn write(asked: &StoreOperation, keys: &Keys) -> Option<RequestOp> {
    let request = match asked {
        StoreOperation::Put(put) => Operation::Put(PutRequest {
            key: keys.there(put.draft.key()),
            value: Bytes::copy_from_slice(put.draft.value()),
            lease: number(put.lease_id),
            ..PutRequest::default()
        }),
        StoreOperation::Delete(range) => Operation::DeleteRange(DeleteRangeRequest {
            key: keys.there(range.start()),
            ..DeleteRangeRequest::default()
        }),
        StoreOperation::Range(_) | StoreOperation::Transaction(_) => return None,
    };
    Some(operation(request))
}

fn compare(asked: &StoreCompare, keys: &Keys) -> Compare {
    let (target, wanted) = match &asked.target {
        Target::CreateRevision(wanted) => (
            CompareTarget::Create,
            Wanted::CreateRevision(number(*wanted)),
        ),
        Target::ModRevision(wanted) => (CompareTarget::Mod, Wanted::ModRevision(number(*wanted))),
        Target::Version(wanted) => (CompareTarget::Version, Wanted::Version(number(*wanted))),
        Target::Lease(wanted) => (CompareTarget::Lease, Wanted::Lease(number(*wanted))),
        Target::Value(wanted) => (
            CompareTarget::Value,
            Wanted::Value(Bytes::copy_from_slice(wanted)),
        ),
    };
    let result = match asked.relation {
        Relation::Equal => CompareResult::Equal,
        Relation::NotEqual => CompareResult::NotEqual,
        Relation::Greater => CompareResult::Greater,
        Relation::Less => CompareResult::Less,
    };
    Compare {
        result: result as i32,
        target: target as i32,
        key: keys.there(asked.range.start()),
        wanted: Some(wanted),
        range_end: Bytes::new(),
    }
}
