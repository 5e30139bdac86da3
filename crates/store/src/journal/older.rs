//! Reading the log again while it is written, for watches that resume from before the history in
//! memory. Nothing of it is locked meanwhile: groups that were synced do not change, and a file
//! that a snapshot replaced is either still open or missing, which is `Compacted`.
//!
//! A record names the revision of the version that it replaced. That version stands in the log, at
//! that revision, or in the snapshot that the log follows.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::journal::disk::{File, FileSystem, OpenMode};
use crate::journal::layout::{
    GroupHead, GroupKind, GroupSectors, SECTOR, Salt, SectorState, damaged, u32_at,
};
use crate::journal::log::Segments;
use crate::journal::record::{Part, Previous, decode_write};
use crate::journal::scan::Segment;
use crate::journal::snapshot::{BlockPlace, SnapshotFile, snapshot_name};
use crate::state::change::Change;
use crate::state::entry::{Entry, Key};
use crate::state::older::{OlderChanges, OlderPage, OlderReader};
use crate::state::request::Range;
use crate::sync::Mutex;

/// Read at once where heads are looked at.
const WINDOW_BYTES: usize = 64 << 10;
/// A group is found from a place that is at most this and a group away.
const STRIDE_BYTES: u64 = 256 << 10;
/// Looked at in one read.
const READ_BYTES: u64 = 4 << 20;
/// Values that a reader keeps, since what was changed last is changed next.
const RECENT_BYTES: usize = 1 << 20;

/// The log and its snapshot, for readers.
pub(crate) struct LogHistory {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    salt: Salt,
    segments: Segments,
    /// The revision of the snapshot that the log follows; 0 is none.
    base: Mutex<Revision>,
    /// Its blocks, when somebody asked.
    blocks: Mutex<Option<Arc<Base>>>,
    /// Places in segments, by the segment's sequence.
    places: Mutex<BTreeMap<u64, Places>>,
}

/// A snapshot that is looked up in.
struct Base {
    revision: Revision,
    file: Mutex<SnapshotFile>,
    /// Rising by their first keys.
    blocks: Vec<BlockPlace>,
}

/// Where some of a segment's groups begin.
#[derive(Clone)]
struct Places {
    /// Rising; at least `STRIDE_BYTES` apart.
    starts: Vec<Place>,
    /// The heads before it were looked at.
    end: Place,
}

/// Where a group begins, and the newest revision before it.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    sequence: u64,
    before: Revision,
}

impl Place {
    fn first(segment: &Segment) -> Place {
        Place {
            offset: SECTOR as u64,
            sequence: segment.sequence,
            before: 0,
        }
    }

    fn after(self, head: &GroupHead) -> Place {
        Place {
            offset: self.offset + head.file_bytes(),
            sequence: self.sequence + u64::from(head.records),
            before: head.revision,
        }
    }
}

fn gone(revision: Revision) -> StoreError {
    let message = format!("the log does not have what comes after revision {revision} any more");
    StoreError::new(Reason::Compacted, message)
}

impl LogHistory {
    pub fn new(
        files: Arc<dyn FileSystem>,
        directory: &Path,
        salt: Salt,
        segments: Segments,
        base: Revision,
    ) -> LogHistory {
        LogHistory {
            files,
            directory: directory.to_owned(),
            salt,
            segments,
            base: Mutex::new(base),
            blocks: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// A newer snapshot is in its place.
    pub fn follow(&self, revision: Revision) {
        *self.base.lock() = revision;
        *self.blocks.lock() = None;
        let kept: Vec<u64> = self.segments.all().iter().map(|s| s.sequence).collect();
        self.places
            .lock()
            .retain(|sequence, _| kept.contains(sequence));
    }

    /// Nothing before it can be read.
    pub fn base_revision(&self) -> Revision {
        *self.base.lock()
    }

    /// The group that has the first revision after this one, or a place before it in its segment.
    fn find(
        &self,
        segments: &[Segment],
        after: Revision,
    ) -> Result<Option<(usize, Place)>, StoreError> {
        let Some(at) = segments.iter().position(|segment| segment.revision > after) else {
            return Ok(None);
        };
        let segment = &segments[at];
        let known = self.places.lock().get(&segment.sequence).cloned();
        let mut places = known.unwrap_or_else(|| Places {
            starts: vec![Place::first(segment)],
            end: Place::first(segment),
        });
        if places.end.offset < segment.bytes && places.end.before <= after {
            let mut file = SegmentFile::open(self, segment)?;
            while places.end.offset < segment.bytes && places.end.before <= after {
                let head = file.head(places.end)?;
                places.end = places.end.after(&head);
                let last = places.starts.last().map_or(0, |place| place.offset);
                if places.end.offset >= last + STRIDE_BYTES {
                    places.starts.push(places.end);
                }
            }
            self.places.lock().insert(segment.sequence, places.clone());
        }
        let count = places.starts.partition_point(|place| place.before <= after);
        let place = places.starts[..count].last().copied();
        Ok(Some((at, place.unwrap_or(Place::first(segment)))))
    }

    /// A version that was replaced.
    fn entry_at(&self, key: &[u8], revision: Revision) -> Result<Entry, StoreError> {
        if revision <= self.base_revision() {
            return self.entry_in_snapshot(key, revision);
        }
        let segments = self.segments.all();
        let Some((at, mut place)) = self.find(&segments, revision - 1)? else {
            return Err(gone(revision));
        };
        let mut file = SegmentFile::open(self, &segments[at])?;
        while place.offset < segments[at].bytes {
            let head = file.head(place)?;
            if head.revision < revision {
                place = place.after(&head);
                continue;
            }
            let mut found = None;
            file.records(place, &head, &mut |payload| {
                decode_write(payload, |of, part| {
                    if let Part::Put(put) = &part
                        && of == revision
                        && put.key == key
                    {
                        found = Some(put.entry());
                    }
                    Some(())
                })
            })?;
            return found.ok_or_else(|| gone(revision));
        }
        Err(gone(revision))
    }

    fn entry_in_snapshot(&self, key: &[u8], revision: Revision) -> Result<Entry, StoreError> {
        let base = self.base()?;
        if revision > base.revision {
            return Err(gone(revision));
        }
        let at = base
            .blocks
            .partition_point(|block| &*block.first_key <= key);
        let block = base.blocks[..at].last().ok_or_else(|| gone(revision))?;
        let entries = base.file.lock().keys_at(block)?;
        let found = entries.into_iter().find(|entry| entry.key() == key);
        match found {
            Some(entry) if entry.mod_revision() == revision => Ok(entry),
            _ => Err(gone(revision)),
        }
    }

    fn base(&self) -> Result<Arc<Base>, StoreError> {
        let revision = self.base_revision();
        if let Some(base) = &*self.blocks.lock()
            && base.revision == revision
        {
            return Ok(base.clone());
        }
        let path = self.directory.join(snapshot_name(revision));
        let file = SnapshotFile::open(&*self.files, &path, Some(revision));
        // One that is missing was replaced.
        let mut file = file.map_err(|_| gone(revision))?;
        let base = Arc::new(Base {
            revision,
            blocks: file.places()?,
            file: Mutex::new(file),
        });
        *self.blocks.lock() = Some(base.clone());
        Ok(base)
    }
}

/// For watches.
pub(crate) struct LogReads(pub Arc<LogHistory>);

impl OlderChanges for LogReads {
    fn reader(&self, range: Range, previous: bool, after: Revision) -> Box<dyn OlderReader> {
        Box::new(LogReader {
            history: self.0.clone(),
            range,
            previous,
            seen: after,
            at: None,
            recent: HashMap::new(),
            recent_bytes: 0,
        })
    }
}

struct LogReader {
    history: Arc<LogHistory>,
    range: Range,
    previous: bool,
    /// Everything up to here was read.
    seen: Revision,
    /// Where the next group is, in an open segment.
    at: Option<(SegmentFile, Place)>,
    /// The newest versions that were come upon.
    recent: HashMap<Key, Entry>,
    recent_bytes: usize,
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
            let Some((at, place)) = self.history.find(segments, self.seen)? else {
                return Ok(None);
            };
            let file = SegmentFile::open(&self.history, &segments[at])?;
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
                        self.keep(key, current.as_ref());
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
        if let Some(entry) = self.recent.get(key)
            && entry.mod_revision() == revision
        {
            return Ok(Some(entry.clone()));
        }
        self.history.entry_at(key, revision).map(Some)
    }

    fn keep(&mut self, key: &[u8], current: Option<&Entry>) {
        let Some(entry) = current else {
            self.recent.remove(key);
            return;
        };
        self.recent_bytes += entry.value().len() + key.len();
        if self.recent_bytes > RECENT_BYTES {
            self.recent.clear();
            self.recent_bytes = entry.value().len() + key.len();
        }
        self.recent.insert(Key::from(key), entry.clone());
    }
}

/// A segment that is read from its middle.
struct SegmentFile {
    path: PathBuf,
    sequence: u64,
    salt: Salt,
    file: Box<dyn File>,
    /// Where its synced groups end.
    end: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl SegmentFile {
    fn open(history: &LogHistory, segment: &Segment) -> Result<SegmentFile, StoreError> {
        if segment.format1 {
            return Err(gone(segment.revision));
        }
        let file = history.files.open(&segment.path, OpenMode::Read);
        // One that is missing was replaced by a snapshot.
        let file = file.map_err(|_| gone(segment.revision))?;
        Ok(SegmentFile {
            path: segment.path.clone(),
            sequence: segment.sequence,
            salt: history.salt,
            file,
            end: segment.bytes,
            window: Vec::new(),
            window_at: 0,
        })
    }

    /// So many bytes of synced groups.
    fn bytes(&mut self, offset: u64, length: usize) -> Result<&[u8], StoreError> {
        debug_assert_eq!(offset % SECTOR as u64, 0);
        let end = offset + length as u64;
        if end > self.end {
            return Err(damaged(&self.path, offset, "a group ends behind the log"));
        }
        let held = self.window_at + self.window.len() as u64;
        if offset < self.window_at || end > held {
            let wanted = (length.max(WINDOW_BYTES) as u64).min(self.end - offset);
            self.window.clear();
            self.window.resize(wanted as usize, 0);
            self.window_at = offset;
            let read = self.file.read_at(offset, &mut self.window);
            if let Err(error) = read {
                self.window.clear();
                return Err(StoreError::io(
                    &format!("read {}", self.path.display()),
                    &error,
                ));
            }
        }
        let begin = (offset - self.window_at) as usize;
        Ok(&self.window[begin..begin + length])
    }

    fn head(&mut self, place: Place) -> Result<GroupHead, StoreError> {
        let seed = GroupHead::seed(&self.salt, place.sequence);
        let sectors = GroupSectors {
            bytes: self.bytes(place.offset, SECTOR)?,
            offset: 0,
            seed,
        };
        let whole = sectors.state(0) == SectorState::Whole;
        let head = sectors.head().filter(|_| whole);
        match head {
            Some((head, _)) if head.sequence == place.sequence => Ok(head),
            _ => Err(damaged(
                &self.path,
                place.offset,
                "the head of a group is damaged",
            )),
        }
    }

    /// Gives each record of a group; one that the visitor does not understand is damage.
    fn records(
        &mut self,
        place: Place,
        head: &GroupHead,
        visit: &mut dyn FnMut(&[u8]) -> Option<Revision>,
    ) -> Result<(), StoreError> {
        if head.kind == GroupKind::Seal {
            return Ok(());
        }
        let seed = GroupHead::seed(&self.salt, place.sequence);
        let path = self.path.clone();
        let bad = || damaged(&path, place.offset, "a group is damaged");
        let sectors = GroupSectors {
            bytes: self.bytes(place.offset, head.file_bytes() as usize)?,
            offset: 0,
            seed,
        };
        let count = head.file_bytes() as usize / SECTOR;
        if (1..count).any(|index| sectors.state(index) != SectorState::Whole) {
            return Err(bad());
        }
        let mut payload = Vec::new();
        if !sectors.payload(head, &mut payload) {
            return Err(bad());
        }
        if self.window.len() > WINDOW_BYTES {
            self.window = Vec::new();
        }
        let mut rest = payload.as_slice();
        for _ in 0..head.records {
            let (length, after) = rest.split_at_checked(4).ok_or_else(bad)?;
            let length = u32_at(length, 0) as usize;
            let (record, after) = after.split_at_checked(length).ok_or_else(bad)?;
            rest = after;
            visit(record).ok_or_else(bad)?;
        }
        Ok(())
    }
}
