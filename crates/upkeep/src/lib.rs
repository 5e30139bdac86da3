//! What keeps a store going that is on a disk: the machine's files with their figures, and the
//! threads that write its log and see to its history, snapshots and leases. The store itself has no
//! clock, no thread and no random bytes; here they are the machine's.

mod disk;
mod threads;

pub use disk::{BUCKETS, DiskFigures, MeasuredDisk};
pub use threads::{StoreThreads, ThreadOptions};

use steersman_store::{Reason, Salt, StoreError};

pub fn random_bytes<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::new(Reason::Io, format!("get random bytes: {error}")))?;
    Ok(bytes)
}

/// What marks the files of a new directory.
pub fn random_salt() -> Result<Salt, StoreError> {
    random_bytes()
}
