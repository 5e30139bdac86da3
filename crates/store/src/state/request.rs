//! What can be asked of the store.

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::state::entry::{Draft, Entry};

/// Writes in one transaction, nested ones included.
pub const MAX_OPERATIONS: usize = 10_000;
pub const MAX_KEY_BYTES: usize = 4 << 10;
/// One value. Kubernetes' request bound is 3 MiB; JSON to protobuf does not grow.
pub const MAX_VALUE_BYTES: usize = 8 << 20;
/// All values of a transaction together; a log record stays below this and its keys.
pub const MAX_TRANSACTION_BYTES: usize = 64 << 20;
/// Compares may nest this deep.
pub const MAX_DEPTH: usize = 16;

/// Which keys: one, or from `start` to before `end`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Range {
    Key(Box<[u8]>),
    /// All keys that begin with these bytes. The empty prefix is every key.
    Prefix(Box<[u8]>),
    /// From the first (inclusive) to the second (exclusive); None is the end of the key space.
    Between(Box<[u8]>, Option<Box<[u8]>>),
}

impl Range {
    pub fn start(&self) -> &[u8] {
        match self {
            Range::Key(key) => key,
            Range::Prefix(prefix) => prefix,
            Range::Between(start, _) => start,
        }
    }

    /// The first key after the range; None is the end of the key space.
    pub fn end(&self) -> Option<Box<[u8]>> {
        match self {
            Range::Key(key) => {
                let mut end = key.to_vec();
                end.push(0);
                Some(end.into())
            }
            Range::Prefix(prefix) => prefix_end(prefix),
            Range::Between(_, end) => end.clone(),
        }
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        match self {
            Range::Key(wanted) => wanted.as_ref() == key,
            Range::Prefix(prefix) => key.starts_with(prefix),
            Range::Between(start, end) => {
                key >= start.as_ref() && end.as_ref().is_none_or(|end| key < end.as_ref())
            }
        }
    }
}

/// The first key that does not begin with the prefix any more.
pub fn prefix_end(prefix: &[u8]) -> Option<Box<[u8]>> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end.into())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Equal,
    NotEqual,
    Greater,
    Less,
}

impl Relation {
    fn holds<T: Ord + ?Sized>(self, found: &T, wanted: &T) -> bool {
        match self {
            Relation::Equal => found == wanted,
            Relation::NotEqual => found != wanted,
            Relation::Greater => found > wanted,
            Relation::Less => found < wanted,
        }
    }
}

/// What of a key is compared. An absent key has 0 everywhere and no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    CreateRevision(Revision),
    ModRevision(Revision),
    Version(u64),
    Lease(u64),
    Value(Box<[u8]>),
}

/// Over a range all keys in it must satisfy the compare; an empty range is compared as one absent
/// key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    pub range: Range,
    pub relation: Relation,
    pub target: Target,
}

impl Compare {
    pub fn mod_revision(key: &[u8], revision: Revision) -> Self {
        Compare {
            range: Range::Key(key.into()),
            relation: Relation::Equal,
            target: Target::ModRevision(revision),
        }
    }

    /// Whether it holds for what one key has.
    pub fn holds(&self, entry: Option<&Entry>) -> bool {
        let number =
            |found: Option<u64>, wanted: &u64| self.relation.holds(&found.unwrap_or(0), wanted);
        match &self.target {
            Target::CreateRevision(wanted) => number(entry.map(Entry::create_revision), wanted),
            Target::ModRevision(wanted) => number(entry.map(Entry::mod_revision), wanted),
            Target::Version(wanted) => number(entry.map(Entry::version), wanted),
            Target::Lease(wanted) => number(entry.map(Entry::lease_id), wanted),
            // As in etcd: a value compare of an absent key never holds.
            Target::Value(wanted) => entry
                .is_some_and(|entry| self.relation.holds::<[u8]>(entry.value(), wanted.as_ref())),
        }
    }
}

#[derive(Clone)]
pub struct Put {
    /// The key and its value.
    pub draft: Draft,
    /// 0 is none.
    pub lease_id: u64,
    pub keeps: Keeps,
}

/// What a put leaves as it is. The key must be there then: else the transaction is refused as
/// `KeyNotFound`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keeps {
    /// The draft's value counts for nothing.
    pub value: bool,
    /// The put's lease counts for nothing.
    pub lease: bool,
}

impl Keeps {
    pub(crate) fn any(self) -> bool {
        self.value || self.lease
    }
}

impl Put {
    pub fn new(key: &[u8], value: &[u8]) -> Self {
        Put {
            draft: Draft::new(key, value),
            lease_id: 0,
            keeps: Keeps::default(),
        }
    }
}

/// A read of a range inside or outside of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRequest {
    pub range: Range,
    /// 0 is the newest.
    pub revision: Revision,
    /// 0 is all.
    pub limit: usize,
    /// Continue after this key.
    pub after: Option<Box<[u8]>>,
    pub count: Count,
    /// A revision before this one is refused as compacted, also where it can still be read.
    pub oldest: Revision,
}

/// Whether all keys of a range are counted, whatever the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Count {
    #[default]
    No,
    Beside,
    /// Nothing else is answered.
    Only,
}

impl RangeRequest {
    pub fn all(range: Range) -> Self {
        RangeRequest {
            range,
            revision: 0,
            limit: 0,
            after: None,
            count: Count::No,
            oldest: 0,
        }
    }
}

#[derive(Clone)]
pub enum Operation {
    Put(Put),
    Delete(Range),
    Range(RangeRequest),
    Transaction(Box<Transaction>),
}

/// Compares decide which of the two lists runs. All compares, nested ones too, see the state
/// before the transaction; operations see the writes of earlier ones. All writes have one
/// revision; a key may be written once.
#[derive(Clone, Default)]
pub struct Transaction {
    pub compare: Vec<Compare>,
    pub success: Vec<Operation>,
    pub failure: Vec<Operation>,
}

impl Transaction {
    pub fn put(key: &[u8], value: &[u8]) -> Self {
        Transaction {
            success: vec![Operation::Put(Put::new(key, value))],
            ..Transaction::default()
        }
    }

    pub fn delete(key: &[u8]) -> Self {
        Transaction {
            success: vec![Operation::Delete(Range::Key(key.into()))],
            ..Transaction::default()
        }
    }

    /// Refuses what is too large or too deep, before anything is locked.
    /// Answers the bytes of all keys and values.
    pub fn check(&self) -> Result<usize, StoreError> {
        let mut sum = Sum::default();
        sum.add(self, 0)?;
        Ok(sum.bytes)
    }
}

#[derive(Default)]
struct Sum {
    operations: usize,
    bytes: usize,
}

impl Sum {
    fn add(&mut self, transaction: &Transaction, depth: usize) -> Result<(), StoreError> {
        if depth > MAX_DEPTH {
            return Err(StoreError::new(
                Reason::InvalidRequest,
                "transactions nest too deep",
            ));
        }
        self.operations += transaction.compare.len();
        for operation in transaction.success.iter().chain(&transaction.failure) {
            self.operations += 1;
            match operation {
                Operation::Put(put) => self.add_put(put)?,
                Operation::Transaction(inner) => self.add(inner, depth + 1)?,
                Operation::Delete(_) | Operation::Range(_) => {}
            }
        }
        if self.operations > MAX_OPERATIONS || self.bytes > MAX_TRANSACTION_BYTES {
            return Err(StoreError::new(
                Reason::TooLarge,
                format!(
                    "a transaction has at most {MAX_OPERATIONS} operations \
                     and {MAX_TRANSACTION_BYTES} bytes"
                ),
            ));
        }
        Ok(())
    }

    fn add_put(&mut self, put: &Put) -> Result<(), StoreError> {
        let (key, value_bytes) = (put.draft.key(), put.draft.value().len());
        self.bytes += key.len() + value_bytes;
        if key.is_empty() {
            return Err(StoreError::new(Reason::InvalidRequest, "the key is empty"));
        }
        if key.len() > MAX_KEY_BYTES || value_bytes > MAX_VALUE_BYTES {
            return Err(StoreError::new(
                Reason::TooLarge,
                format!("keys are limited to {MAX_KEY_BYTES} bytes, values to {MAX_VALUE_BYTES}"),
            ));
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeResult {
    /// The revision that was read.
    pub revision: Revision,
    pub values: Vec<Entry>,
    /// The limit cut the answer.
    pub more: bool,
    /// Where it was asked for.
    pub count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationResult {
    Put {
        previous: Option<Entry>,
    },
    Delete {
        previous: Vec<Entry>,
    },
    Range(RangeResult),
    Transaction {
        succeeded: bool,
        results: Vec<OperationResult>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub succeeded: bool,
    /// The revision of the writes, or the newest one when nothing was written.
    pub revision: Revision,
    pub results: Vec<OperationResult>,
    /// When the compares failed: the place of the first that did not hold, and the entry it
    /// looked at.
    pub mismatch: Option<(usize, Option<Entry>)>,
}

/// When a write is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// After it is on disk.
    #[default]
    Durable,
    /// As soon as all durable writes before it are; it is on disk with the next group.
    Lazy,
}
