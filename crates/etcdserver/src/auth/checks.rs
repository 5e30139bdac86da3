//! What requests for keys and leases need to be permitted, in etcd's order.

use steersman_etcdapi::{DeleteRangeRequest, Operation, PutRequest, RequestOp, TxnRequest};
use steersman_store::Store;

use super::Access;
use crate::status::Status;

impl Access<'_> {
    pub fn check_put(&self, store: &Store, request: &PutRequest) -> Result<(), Status> {
        self.check_write(&request.key, &[])?;
        // Who may not end a lease may not have more end with it.
        self.check_lease_writes(store, request.lease)?;
        if request.prev_kv {
            self.check_read(&request.key, &[])?;
        }
        Ok(())
    }

    pub fn check_delete(&self, request: &DeleteRangeRequest) -> Result<(), Status> {
        self.check_write(&request.key, &request.range_end)?;
        if request.prev_kv {
            self.check_read(&request.key, &request.range_end)?;
        }
        Ok(())
    }

    pub fn check_txn(&self, store: &Store, request: &TxnRequest) -> Result<(), Status> {
        for compare in &request.compare {
            self.check_read(&compare.key, &compare.range_end)?;
        }
        self.check_operations(store, &request.success)?;
        self.check_operations(store, &request.failure)
    }

    fn check_operations(&self, store: &Store, operations: &[RequestOp]) -> Result<(), Status> {
        for operation in operations {
            match &operation.request {
                Some(Operation::Range(range)) => self.check_read(&range.key, &range.range_end)?,
                Some(Operation::Put(put)) => self.check_put(store, put)?,
                Some(Operation::DeleteRange(delete)) => self.check_delete(delete)?,
                Some(Operation::Txn(inner)) => self.check_txn(store, inner)?,
                None => {}
            }
        }
        Ok(())
    }

    /// That all keys of a lease may be written.
    pub fn check_lease_writes(&self, store: &Store, lease: i64) -> Result<(), Status> {
        self.check_lease(store, lease, |key| self.check_write(key, &[]))
    }

    /// That all keys of a lease may be read.
    pub fn check_lease_reads(&self, store: &Store, lease: i64) -> Result<(), Status> {
        self.check_lease(store, lease, |key| self.check_read(key, &[]))
    }

    fn check_lease(
        &self,
        store: &Store,
        lease: i64,
        check: impl Fn(&[u8]) -> Result<(), Status>,
    ) -> Result<(), Status> {
        if !self.is_asked() || lease == 0 || self.check_admin().is_ok() {
            return Ok(());
        }
        let keys = store.lease_keys(lease as u64);
        keys.iter().try_for_each(|key| check(key))
    }
}
