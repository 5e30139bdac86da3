//! What can go wrong, as data.

use std::fmt;

use crate::Revision;

/// Why a request was refused. The names on the TypeScript side are these in camelCase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The revision is older than the history that is kept.
    Compacted,
    /// The revision was not given out yet.
    FutureRevision,
    Closed,
    /// The disk failed in a way that needs a restart: reads go on, writes do not.
    ReadOnly,
    DiskFull,
    TooLarge,
    TooManyWatchers,
    /// Stored bytes are damaged; the message names file and offset.
    Corrupt,
    /// Another process has the data directory.
    Locked,
    /// The data directory was written by a newer version.
    NewerFormat,
    Io,
    LeaseNotFound,
    /// What a put keeps of a key is not there.
    KeyNotFound,
    /// A transaction writes one key twice, or has an impossible form.
    InvalidRequest,
}

impl Reason {
    /// The name that TypeScript knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Compacted => "compacted",
            Reason::FutureRevision => "futureRevision",
            Reason::Closed => "closed",
            Reason::ReadOnly => "readOnly",
            Reason::DiskFull => "diskFull",
            Reason::TooLarge => "tooLarge",
            Reason::TooManyWatchers => "tooManyWatchers",
            Reason::Corrupt => "corrupt",
            Reason::Locked => "locked",
            Reason::NewerFormat => "newerFormat",
            Reason::Io => "io",
            Reason::LeaseNotFound => "leaseNotFound",
            Reason::KeyNotFound => "keyNotFound",
            Reason::InvalidRequest => "invalidRequest",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    pub reason: Reason,
    pub message: String,
    /// For `Compacted` the oldest readable revision, for `FutureRevision` the newest.
    pub revision: Option<Revision>,
}

impl StoreError {
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        StoreError {
            reason,
            message: message.into(),
            revision: None,
        }
    }

    pub fn compacted(asked: Revision, oldest: Revision) -> Self {
        StoreError {
            reason: Reason::Compacted,
            message: format!("revision {asked} is compacted; the oldest is {oldest}"),
            revision: Some(oldest),
        }
    }

    /// The number may have meant something before an unclean end; `known` is the next that can be
    /// read.
    pub fn lost(asked: Revision, known: Revision) -> Self {
        StoreError {
            reason: Reason::Compacted,
            message: format!(
                "revision {asked} was lost when the store ended uncleanly; the next is {known}"
            ),
            revision: Some(known),
        }
    }

    pub fn future(asked: Revision, newest: Revision) -> Self {
        StoreError {
            reason: Reason::FutureRevision,
            message: format!("revision {asked} is in the future; the newest is {newest}"),
            revision: Some(newest),
        }
    }

    /// A failed file operation; a full disk or quota has a reason of its own.
    pub fn io(what: &str, error: &std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::QuotaExceeded
            | std::io::ErrorKind::FileTooLarge => Reason::DiskFull,
            _ => Reason::Io,
        };
        StoreError::new(reason, format!("{what}: {error}"))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.name(), self.message)
    }
}

impl std::error::Error for StoreError {}
