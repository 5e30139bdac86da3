//! What opening a data directory found.

use std::fmt;
use std::path::PathBuf;

use crate::Revision;

/// Something that opening a directory came upon and settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// The store was not closed: the machine or the process stopped.
    NotClosed,
    /// The last group was not written whole, and so never acknowledged: it was cut off.
    TornGroup,
    /// A segment whose making was cut off was removed.
    UnmadeSegment,
    /// A file that a snapshot has replaced was still there and was removed.
    Replaced,
    /// A snapshot whose making was cut off was removed.
    UnfinishedSnapshot,
    /// The mark of the clean end is damaged; the log was judged without it.
    DamagedMark,
    /// Files of format 1; what is written from now on has format 2.
    OlderFormat,
}

impl FindingKind {
    /// The name that TypeScript knows it by.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::NotClosed => "notClosed",
            FindingKind::TornGroup => "tornGroup",
            FindingKind::UnmadeSegment => "unmadeSegment",
            FindingKind::Replaced => "replaced",
            FindingKind::UnfinishedSnapshot => "unfinishedSnapshot",
            FindingKind::DamagedMark => "damagedMark",
            FindingKind::OlderFormat => "olderFormat",
        }
    }

    fn text(self) -> &'static str {
        match self {
            FindingKind::NotClosed => {
                "the store was not closed; what it acknowledged ends here, as far as the disk kept it"
            }
            FindingKind::TornGroup => {
                "the last write was not finished and was not acknowledged; it was cut off"
            }
            FindingKind::UnmadeSegment => {
                "a log segment was begun and not finished; it was removed"
            }
            FindingKind::Replaced => "a snapshot has replaced this file; it was removed",
            FindingKind::UnfinishedSnapshot => "a snapshot was not finished; it was removed",
            FindingKind::DamagedMark => {
                "the mark of the clean end is damaged; the log was judged without it"
            }
            FindingKind::OlderFormat => "written in format 1; what follows has format 2",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    pub path: PathBuf,
    pub offset: u64,
    /// How many bytes it is about.
    pub bytes: u64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let text = self.kind.text();
        write!(f, "{path} at offset {}: {text}", self.offset)?;
        if self.kind == FindingKind::TornGroup {
            write!(f, " ({} bytes)", self.bytes)?;
        }
        Ok(())
    }
}

/// What a directory held when it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// It was closed in order, so that the log is known to be whole to its last byte.
    pub closed: bool,
    /// 0: there was none.
    pub snapshot_revision: Revision,
    pub snapshot_keys: u64,
    pub segments: u64,
    pub log_bytes: u64,
    pub groups: u64,
    pub records: u64,
    /// The newest revision that is kept.
    pub revision: Revision,
    pub findings: Vec<Finding>,
}

impl RecoveryReport {
    pub(crate) fn find(&mut self, kind: FindingKind, path: PathBuf, offset: u64, bytes: u64) {
        self.findings.push(Finding {
            kind,
            path,
            offset,
            bytes,
        });
    }
}
