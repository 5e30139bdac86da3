//! Reading the log again, for watches that resume from before the history in memory.
//!
//! A record names the revision of the version that it replaced. That version stands in the log, at
//! that revision, or in the snapshot that the log follows.

use std::sync::{Arc, Weak};

use crate::Revision;
use crate::error::StoreError;
use crate::journal::layout::GroupHead;
use crate::journal::log_history::{LogHistory, Place, SegmentFile, gone};
use crate::journal::record::{Part, Previous, decode_write};
use crate::journal::replaced::Replaced;
use crate::journal::scan::Segment;
use crate::state::change::Change;
use crate::state::entry::Entry;
use crate::state::older::{OlderChanges, OlderPage, OlderReader};
use crate::state::request::Range;
use crate::sync::Mutex;

/// Looked at in one read.
const READ_BYTES: u64 = 4 << 20;

/// For watches.
pub(crate) struct LogReads {
    history: Arc<LogHistory>,
    /// Of all who read at the same time; the last of them lets go of it.
    replaced: Mutex<Weak<Replaced>>,
}

impl LogReads {
    pub fn new(history: Arc<LogHistory>) -> LogReads {
        LogReads {
            history,
            replaced: Mutex::default(),
        }
    }

    fn replaced(&self) -> Arc<Replaced> {
        let mut held = self.replaced.lock();
        held.upgrade().unwrap_or_else(|| {
            let new = Arc::<Replaced>::default();
            *held = Arc::downgrade(&new);
            new
        })
    }
}

impl OlderChanges for LogReads {
    fn reader(&self, range: Range, previous: bool, after: Revision) -> Box<dyn OlderReader> {
        Box::new(LogReader {
            history: self.history.clone(),
            replaced: self.replaced(),
            range,
            previous,
            seen: after,
            at: None,
        })
    }
}

struct LogReader {
    history: Arc<LogHistory>,
    replaced: Arc<Replaced>,
    range: Range,
    previous: bool,
    /// Everything up to here was read.
    seen: Revision,
    /// Where the next group is, in an open segment.
    at: Option<(SegmentFile, Place)>,
}

impl OlderReader for LogReader {
    fn read(&mut self, until: Revision, max_bytes: usize) -> Result<OlderPage, StoreError> {
        if self.seen < self.history.base_revision() {
            return Err(gone(self.seen));
        }
        let segments = self.history.segments.all();
        let mut page = OlderPage::default();
        let mut looked_at = 0;
        while self.seen < until && looked_at < READ_BYTES && page.bytes < max_bytes {
            let Some((mut file, place)) = self.place(&segments)? else {
                // Everything that is durable was read, and so was everything up to there.
                self.seen = until;
                break;
            };
            let head = file.head(place)?;
            looked_at += head.file_bytes();
            if head.revision > self.seen {
                self.group(&mut file, place, &head, until, &mut page)?;
            }
            if head.revision > until {
                // The rest is still in memory. Should it leave that, the group is read again.
                self.seen = until;
                self.at = Some((file, place));
                break;
            }
            self.seen = self.seen.max(head.revision);
            self.at = Some((file, place.after(&head)));
        }
        page.revision = self.seen;
        Ok(page)
    }
}

impl LogReader {
    /// The next group; None: there are no more.
    fn place(&mut self, segments: &[Segment]) -> Result<Option<(SegmentFile, Place)>, StoreError> {
        let open = self.at.take().and_then(|(file, place)| {
            let of_file = |segment: &Segment| segment.sequence == file.sequence;
            let at = segments.iter().position(of_file)?;
            Some((at, file, place))
        });
        let Some((at, mut file, place)) = open else {
            // At the beginning, or behind a segment that is not needed any more.
            let Some((segment, place)) = self.history.find(self.seen)? else {
                return Ok(None);
            };
            let file = SegmentFile::open(&self.history, &segment)?;
            return Ok(Some((file, place)));
        };
        file.end = segments[at].bytes;
        if place.offset < file.end {
            return Ok(Some((file, place)));
        }
        let Some(next) = segments.get(at + 1) else {
            self.at = Some((file, place));
            return Ok(None);
        };
        let (file, place) = (SegmentFile::open(&self.history, next)?, Place::first(next));
        if place.offset >= file.end {
            // It has no group yet.
            self.at = Some((file, place));
            return Ok(None);
        }
        Ok(Some((file, place)))
    }

    fn group(
        &mut self,
        file: &mut SegmentFile,
        place: Place,
        head: &GroupHead,
        until: Revision,
        page: &mut OlderPage,
    ) -> Result<(), StoreError> {
        let mut failed = None;
        file.records(place, head, &mut |payload| {
            let mut order = 0;
            decode_write(payload, |revision, part| {
                let (key, current, previous) = match part {
                    Part::Put(put) => (put.key, Some(put.clone()), put.previous),
                    Part::Delete { key, previous } => (key, None, previous),
                    Part::Lease(_) | Part::Mark(_) => return Some(()),
                };
                let place = order;
                order += 1;
                if revision <= self.seen || revision > until || !self.range.contains(key) {
                    return Some(());
                }
                let wanted = self.previous || current.is_none();
                let unread = !wanted && previous != Previous::None;
                let replaced = if unread {
                    Ok(None)
                } else {
                    self.replaced(key, previous)
                };
                match replaced {
                    Ok(previous) => {
                        let current = current.map(|put| put.entry());
                        if self.previous
                            && let Some(entry) = &current
                        {
                            self.replaced.keep(entry);
                        }
                        let made = current.unwrap_or_else(|| Entry::deletion(key, revision, place));
                        let mut change = Change::new(made, previous);
                        if unread {
                            change = change.over_unread();
                        }
                        page.bytes += change.retained_bytes() + change.current_bytes();
                        page.changes.push(Arc::new(change));
                        Some(())
                    }
                    Err(error) => {
                        failed = Some(error);
                        None
                    }
                }
            })
        })
        .map_err(|error| failed.take().unwrap_or(error))
    }

    /// What a change replaced.
    fn replaced(&self, key: &[u8], previous: Previous) -> Result<Option<Entry>, StoreError> {
        let revision = match previous {
            Previous::None => return Ok(None),
            Previous::At(revision) => revision,
            // Of an earlier version, which did not write it down.
            Previous::Unknown => return Err(gone(self.seen)),
        };
        let found = self.replaced.find(&self.history, key, revision);
        found.map(Some)
    }
}
