//! Which numbers revisions have. A number is never given twice: what a reader, a watch or a
//! bookmark has named by it is never another thing later, whatever became of the write.
//!
//! | what happened | `issued` after it | readers go on at |
//! |---|---|---|
//! | a write, durable or lazy | its number | its number, once it is shown |
//! | a group that failed and was taken back | stays | the newest that was shown |
//! | a clean end | as the log's last mark says | the newest that was written |
//! | an unclean end | the log's last ceiling | the ceiling |
//! | an unclean end, no ceiling in the log | the newest in it + `CEILING_AHEAD` | the same |
//!
//! A lazy write is shown before it is on disk, but only below a ceiling that is. After an unclean
//! end the numbers between the newest write that was found and the ceiling may have been shown,
//! for changes that are gone: whoever reads or resumes there is told `compacted`.

use crate::journal::record::Mark;
use crate::journal::recovery::Recovery;
use crate::{MAX_REVISION, Revision};

/// A group that raises the ceiling raises it to this far above its newest revision.
pub(crate) const CEILING_AHEAD: u64 = 4096;
/// A group raises the ceiling when fewer numbers than these are left below it.
const CEILING_LEFT: u64 = 2048;

/// What the log's marks say so far, while it is read.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    ceiling: Option<Revision>,
    /// The last record is the mark of a clean end, with this number.
    clean: Option<Revision>,
}

impl Marks {
    pub fn see(&mut self, mark: &Mark) {
        match mark {
            Mark::Ceiling { ceiling, .. } => {
                self.ceiling = Some(*ceiling);
                self.clean = None;
            }
            Mark::Clean { issued } => self.clean = Some(*issued),
        }
    }

    /// Something stands behind the marks so far.
    pub fn pass(&mut self) {
        self.clean = None;
    }

    /// Where numbers go on when the newest write that was found is this; `empty`: nothing was ever
    /// written. Returns the newest number that may have been given, and whether the end was clean.
    pub fn end(&self, newest: Revision, empty: bool) -> (Revision, bool) {
        match (self.clean, self.ceiling) {
            (Some(issued), _) => (issued.max(newest), true),
            (None, Some(ceiling)) => (ceiling.max(newest), false),
            (None, None) if empty => (newest, true),
            // Also when the segments with the last ceiling are gone: it was made at a revision that
            // the snapshot has.
            (None, None) => ((newest + CEILING_AHEAD).min(MAX_REVISION), false),
        }
    }
}

/// What the next group has to say of numbers, and what the log says already.
#[derive(Debug)]
pub(crate) struct Writing {
    /// Opened here after an unclean end, and nothing was written since.
    opened_at: Option<Revision>,
    /// 0: none since the store was opened.
    ceiling: Revision,
    /// The log's last record says that the end was clean, with this number; or there is no record.
    clean: Option<Revision>,
}

impl Writing {
    /// What was opened, and the newest number given.
    pub fn new(recovery: Recovery, issued: Revision) -> Writing {
        Writing {
            opened_at: (!recovery.clean).then_some(recovery.opened_at_revision),
            ceiling: 0,
            clean: recovery.clean.then_some(issued),
        }
    }

    /// The mark that a group up to this revision begins with, if one is due.
    pub fn mark(&self, newest: Revision) -> Option<Mark> {
        let due = self.ceiling < newest.saturating_add(CEILING_LEFT);
        due.then(|| Mark::Ceiling {
            opened_at: self.opened_at.unwrap_or(0),
            ceiling: (newest.max(self.opened_at.unwrap_or(0)) + CEILING_AHEAD).min(MAX_REVISION),
        })
    }

    /// The marks of a clean end; none when the log says it already.
    pub fn clean_end(&self, issued: Revision) -> Vec<Mark> {
        if self.clean == Some(issued) {
            return Vec::new();
        }
        let opened = self.opened_at.map(|opened_at| Mark::Ceiling {
            opened_at,
            ceiling: issued.max(opened_at),
        });
        opened.into_iter().chain([Mark::Clean { issued }]).collect()
    }

    pub fn ceiling(&self) -> Revision {
        self.ceiling
    }

    /// The group with this mark is durable.
    pub fn written(&mut self, mark: Option<&Mark>) {
        if let Some(Mark::Ceiling { ceiling, .. }) = mark {
            debug_assert!(*ceiling >= self.ceiling);
            self.ceiling = *ceiling;
            self.opened_at = None;
        }
        self.clean = None;
    }

    /// The marks of a clean end are durable.
    pub fn ended(&mut self, issued: Revision) {
        self.opened_at = None;
        self.clean = Some(issued);
    }
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
