//! The log and its snapshot, read again while the log is written. Nothing of it is locked
//! meanwhile: groups that were synced do not change, and a file that a snapshot replaced is either
//! still open or missing, which is `Compacted`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::journal::disk::{File, FileSystem, OpenMode};
use crate::journal::layout::{
    GroupHead, GroupKind, GroupSectors, SECTOR, Salt, SectorState, damaged, u32_at,
};
use crate::journal::log::Segments;
use crate::journal::scan::Segment;
use crate::journal::snapshot::{BlockPlace, SnapshotFile, snapshot_name};
use crate::state::entry::Entry;
use crate::sync::Mutex;

/// Read at once where heads are looked at.
const WINDOW_BYTES: usize = 64 << 10;
/// A group is found from a place that is at most this and a group away.
const STRIDE_BYTES: u64 = 32 << 10;

/// The log and its snapshot, for readers.
pub(crate) struct LogHistory {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    salt: Salt,
    pub segments: Segments,
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
struct Places {
    /// Rising; at least `STRIDE_BYTES` apart.
    starts: Vec<Place>,
    /// The heads before it were looked at.
    end: Place,
}

impl Places {
    fn none(first: Place) -> Places {
        Places {
            starts: Vec::new(),
            end: first,
        }
    }

    /// The last one from which what comes after a revision is found by going on.
    fn before(&self, after: Revision) -> Option<Place> {
        let count = self.starts.partition_point(|place| place.before <= after);
        self.starts[..count].last().copied()
    }

    /// What was found behind these; another may have found it too meanwhile.
    fn append(&mut self, found: Places) {
        if found.end.offset > self.end.offset {
            let end = self.end.offset;
            let starts = found.starts.into_iter();
            self.starts
                .extend(starts.filter(|place| place.offset > end));
            self.end = found.end;
        }
    }
}

/// Where a group begins, and the newest revision before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub offset: u64,
    sequence: u64,
    pub before: Revision,
}

impl Place {
    pub fn first(segment: &Segment) -> Place {
        Place {
            offset: SECTOR as u64,
            sequence: segment.sequence,
            before: 0,
        }
    }

    pub fn after(self, head: &GroupHead) -> Place {
        Place {
            offset: self.offset + head.file_bytes(),
            sequence: self.sequence + u64::from(head.records),
            before: head.revision,
        }
    }
}

pub(crate) fn gone(revision: Revision) -> StoreError {
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

    /// Removes a file that was let go of.
    pub fn remove(&self, path: &Path) -> Result<(), StoreError> {
        let removed = self.files.remove(path);
        removed.map_err(|error| StoreError::io("remove what a snapshot replaces", &error))
    }

    /// After the last removal.
    pub fn sync_directory(&self) -> Result<(), StoreError> {
        let synced = self.files.sync_directory(&self.directory);
        synced.map_err(|error| StoreError::io("sync the directory", &error))
    }

    /// Nothing before it can be read.
    pub fn base_revision(&self) -> Revision {
        *self.base.lock()
    }

    /// The group that has the first revision after this one, or a place before it in its segment.
    pub fn find(&self, after: Revision) -> Result<Option<(Segment, Place)>, StoreError> {
        let Some(segment) = self.segments.after(after) else {
            return Ok(None);
        };
        let first = Place::first(&segment);
        let (end, known) = {
            let places = self.places.lock();
            let places = places.get(&segment.sequence);
            places.map_or((first, None), |places| (places.end, places.before(after)))
        };
        if end.offset >= segment.bytes || end.before > after {
            return Ok(Some((segment, known.unwrap_or(first))));
        }
        // The places are not locked while the file is read: who makes a snapshot looks at them.
        let mut found = Places {
            starts: Vec::new(),
            end,
        };
        let mut last = known.unwrap_or(first);
        let mut file = SegmentFile::open(self, &segment)?;
        while found.end.offset < segment.bytes && found.end.before <= after {
            let head = file.head(found.end)?;
            found.end = found.end.after(&head);
            if found.end.offset >= last.offset + STRIDE_BYTES {
                last = found.end;
                found.starts.push(last);
            }
        }
        let place = found.before(after).or(known).unwrap_or(first);
        let mut places = self.places.lock();
        places
            .entry(segment.sequence)
            .or_insert_with(|| Places::none(first))
            .append(found);
        Ok(Some((segment, place)))
    }

    /// The snapshot's block that has the key, which is of this revision, if any has.
    pub fn block_of(&self, key: &[u8], revision: Revision) -> Result<Vec<Entry>, StoreError> {
        let base = self.base()?;
        if revision > base.revision {
            return Err(gone(revision));
        }
        let at = base
            .blocks
            .partition_point(|block| &*block.first_key <= key);
        let block = base.blocks[..at].last().ok_or_else(|| gone(revision))?;
        base.file.lock().keys_at(block)
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

/// A segment that is read from its middle.
pub(crate) struct SegmentFile {
    path: PathBuf,
    pub sequence: u64,
    salt: Salt,
    file: Box<dyn File>,
    /// Where its synced groups end.
    pub end: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl SegmentFile {
    pub fn open(history: &LogHistory, segment: &Segment) -> Result<SegmentFile, StoreError> {
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

    pub fn head(&mut self, place: Place) -> Result<GroupHead, StoreError> {
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
    pub fn records(
        &mut self,
        place: Place,
        head: &GroupHead,
        visit: &mut dyn FnMut(&[u8]) -> Option<Revision>,
    ) -> Result<(), StoreError> {
        let (payload, records) = self.payload(place, head)?;
        for record in records {
            visit(&payload[record]).ok_or_else(|| self.damage(place))?;
        }
        Ok(())
    }

    fn damage(&self, place: Place) -> StoreError {
        damaged(&self.path, place.offset, "a group is damaged")
    }

    /// The records of a group, and where each is.
    pub fn payload(
        &mut self,
        place: Place,
        head: &GroupHead,
    ) -> Result<(Vec<u8>, Vec<Range<usize>>), StoreError> {
        if head.kind == GroupKind::Seal {
            return Ok((Vec::new(), Vec::new()));
        }
        let seed = GroupHead::seed(&self.salt, place.sequence);
        let sectors = GroupSectors {
            bytes: self.bytes(place.offset, head.file_bytes() as usize)?,
            offset: 0,
            seed,
        };
        let count = head.file_bytes() as usize / SECTOR;
        let mut payload = Vec::new();
        let whole = (1..count).all(|index| sectors.state(index) == SectorState::Whole)
            && sectors.payload(head, &mut payload);
        if !whole {
            return Err(self.damage(place));
        }
        if self.window.len() > WINDOW_BYTES {
            self.window = Vec::new();
        }
        let mut records = Vec::with_capacity(head.records as usize);
        let mut at = 0;
        for _ in 0..head.records {
            let length = payload.get(at..at + 4).ok_or_else(|| self.damage(place))?;
            let begin = at + 4;
            at = begin + u32_at(length, 0) as usize;
            if at > payload.len() {
                return Err(self.damage(place));
            }
            records.push(begin..at);
        }
        Ok((payload, records))
    }
}
