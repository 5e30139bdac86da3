//! The write-ahead log: segments of groups of records. A group is what is written together with
//! one sync, and is written only after the one before it is durable.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::journal::disk::{DIRECT_ALIGNMENT, File, FileSystem, OpenMode, SectorBuffer};
use crate::journal::layout::{GroupHead, GroupKind, SECTOR, Salt};
use crate::journal::scan::{
    CleanEnd, Fix, LogRead, MARK_NAME, Position, Segment, SegmentStart, segment_name,
};
use crate::sync::Mutex;

#[derive(Debug, Clone, Copy)]
pub struct DurableOptions {
    /// A snapshot is due when the log has grown by this since the last, and by half of what is
    /// live.
    pub snapshot_log_bytes: u64,
    /// A new log file begins after the group that passes this.
    pub segment_bytes: u64,
    /// Zeros written ahead of small groups at once, at most 1 MiB; 0 is none.
    pub room_bytes: usize,
}

impl Default for DurableOptions {
    fn default() -> Self {
        DurableOptions {
            snapshot_log_bytes: 32 << 20,
            segment_bytes: 16 << 20,
            room_bytes: 1 << 20,
        }
    }
}

/// Zeros written ahead at once, for groups up to `SMALL_GROUP_BYTES`.
#[repr(align(4096))]
struct Zeros([u8; 1 << 20]);

static ZEROS: Zeros = Zeros([0; 1 << 20]);
const _: () = assert!(align_of::<Zeros>() == DIRECT_ALIGNMENT);
const SMALL_GROUP_BYTES: usize = 128 << 10;
/// Larger buffers are given back after the group that needed them.
const KEPT_BUFFER_BYTES: usize = 4 << 20;

/// The log's segments, the oldest first; the last is written to. Shared with whoever reads them
/// meanwhile.
#[derive(Clone, Default)]
pub(crate) struct Segments(Arc<Mutex<VecDeque<Segment>>>);

impl Segments {
    /// As they are now: up to where they are synced.
    pub fn all(&self) -> Vec<Segment> {
        self.0.lock().iter().cloned().collect()
    }

    /// The first that has something after a revision.
    pub fn after(&self, revision: Revision) -> Option<Segment> {
        let segments = self.0.lock();
        let at = segments.partition_point(|segment| segment.revision <= revision);
        segments.get(at).cloned()
    }

    fn last(&self) -> Option<Segment> {
        self.0.lock().back().cloned()
    }

    /// A group was synced.
    fn grow(&self, bytes: u64, revision: Revision) {
        if let Some(segment) = self.0.lock().back_mut() {
            debug_assert!(segment.revision <= revision && bytes.is_multiple_of(SECTOR as u64));
            segment.bytes += bytes;
            segment.revision = revision;
        }
    }
}

pub(crate) struct Log {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    salt: Salt,
    segments: Segments,
    file: Box<dyn File>,
    /// Where the next group goes.
    position: Position,
    /// Records of the next group.
    payload: Vec<u8>,
    group_records: u32,
    group_revision: Revision,
    /// A group as it is written.
    sectors: SectorBuffer,
    pub synced: u64,
    /// Records since it was opened.
    pub written: u64,
    options: DurableOptions,
    /// The file is zeros from its last group to here.
    room_until: u64,
}

impl Log {
    /// Goes on where a log was read to; the fixes are made first. `salt` is for a directory that
    /// has none yet.
    pub fn resume(
        files: Arc<dyn FileSystem>,
        directory: &Path,
        options: DurableOptions,
        read: LogRead,
        salt: Salt,
    ) -> Result<Log, StoreError> {
        let salt = read.salt.unwrap_or(salt);
        let fix = || {
            read.fixes
                .iter()
                .try_for_each(|fix| fix.apply(&*files))
                .and_then(|()| remove_mark(&*files, directory))
                .and_then(|()| files.sync_directory(directory))
        };
        fix().map_err(|error| StoreError::io("repair the end of the log", &error))?;
        let mut position = read.end;
        let mut segments = VecDeque::from(read.segments);
        let file = match segments.back() {
            Some(last) if !last.format1 => files
                .open(&last.path, OpenMode::WriteDirect)
                .map_err(|error| StoreError::io("open the log", &error))?,
            _ => {
                position.chain = 0;
                // A segment of format 1 without records has the name that the new one gets.
                segments.retain(|segment| segment.sequence != position.sequence);
                let (segment, file) = create_segment(&*files, directory, salt, &position, false)?;
                segments.push_back(segment);
                file
            }
        };
        Ok(Log {
            files,
            directory: directory.to_owned(),
            salt,
            segments: Segments(Arc::new(Mutex::new(segments))),
            file,
            position,
            payload: Vec::new(),
            group_records: 0,
            group_revision: 0,
            sectors: SectorBuffer::default(),
            synced: 0,
            written: 0,
            options,
            room_until: 0,
        })
    }

    /// Adds a record to the group; `encode` appends its content.
    pub fn add(&mut self, revision: Revision, encode: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.payload.len();
        self.payload.extend_from_slice(&[0; 4]);
        encode(&mut self.payload);
        let length = (self.payload.len() - begin - 4) as u32;
        debug_assert!(length > 0, "a record has its revision");
        self.payload[begin..begin + 4].copy_from_slice(&length.to_le_bytes());
        self.group_records += 1;
        self.group_revision = self.group_revision.max(revision);
    }

    /// Where the next group goes.
    pub fn position(&self) -> Position {
        self.position
    }

    pub fn segments(&self) -> Segments {
        self.segments.clone()
    }

    pub fn salt(&self) -> Salt {
        self.salt
    }

    /// Writes the group and makes it durable. After an error the group is gone and the file is
    /// as it was before; when even that fails, the error's reason is not `DiskFull` and the log
    /// must not be used.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        let written = self
            .rotate()
            .and_then(|()| self.write_group(GroupKind::Records));
        self.payload.clear();
        self.payload.shrink_to(KEPT_BUFFER_BYTES);
        self.group_records = 0;
        self.group_revision = 0;
        written
    }

    fn write_group(&mut self, kind: GroupKind) -> Result<(), StoreError> {
        let (records, payload) = match kind {
            GroupKind::Records => (self.group_records, self.payload.as_slice()),
            GroupKind::Seal => (0, [].as_slice()),
        };
        let payload_bytes = u32::try_from(payload.len())
            .map_err(|_| StoreError::new(Reason::TooLarge, "a group has more than 4 GiB"))?;
        let revision = match kind {
            GroupKind::Records => self.position.revision.max(self.group_revision),
            GroupKind::Seal => self.position.revision,
        };
        let head = GroupHead {
            kind,
            sequence: self.position.sequence,
            records,
            payload_bytes,
            revision,
            chain: self.position.chain,
        };
        let sectors = self.sectors.reset(head.file_bytes() as usize);
        let chain = head.encode(&self.salt, payload, sectors);
        if kind == GroupKind::Records {
            self.make_room();
        }
        let written = self.write_sectors();
        self.sectors.release(KEPT_BUFFER_BYTES);
        written?;
        self.synced += 1;
        self.written += u64::from(records);
        self.position.sequence += u64::from(records);
        self.position.chain = chain;
        if kind == GroupKind::Records {
            self.position.records_chain = chain;
        }
        self.position.revision = revision;
        self.segments.grow(head.file_bytes(), revision);
        Ok(())
    }

    /// Writes the sectors at the end, or leaves the file as it was.
    fn write_sectors(&mut self) -> Result<(), StoreError> {
        let end = self.end();
        debug_assert_eq!(end % SECTOR as u64, 0);
        let written = self
            .file
            .write_at(end, self.sectors.bytes())
            .and_then(|()| self.file.sync())
            .map_err(|error| StoreError::io("write the log", &error));
        if written.is_err() {
            self.room_until = end;
            self.file
                .set_length(end)
                .and_then(|()| self.file.sync())
                .map_err(|e| StoreError::new(Reason::Io, format!("cut the log: {e}")))?;
        }
        written
    }

    fn end(&self) -> u64 {
        self.segments.0.lock().back().map_or(0, |s| s.bytes)
    }

    /// Writes zeros ahead of small groups: a sync that changes no file length costs a third
    /// less. Large groups are bound by bytes and would pay for them twice.
    fn make_room(&mut self) {
        let begin = self.end();
        let bytes = self.sectors.bytes().len();
        let end = begin + bytes as u64;
        if bytes > SMALL_GROUP_BYTES || end <= self.room_until {
            return;
        }
        let zeros = &ZEROS.0[..self.options.room_bytes.min(ZEROS.0.len())];
        match self.file.write_at(end, zeros) {
            Ok(()) => self.room_until = end + zeros.len() as u64,
            // Without room it only takes longer. What was written in part is cut or written over.
            Err(_) => {
                self.room_until = begin;
                let _ = self.file.set_length(begin);
            }
        }
    }

    /// Gives back the room that was made ahead. Zeros after the last group are its end for
    /// recovery too.
    fn cut_room(&mut self) {
        let end = self.end();
        if self.room_until > end {
            let _ = self.file.set_length(end);
            self.room_until = end;
        }
    }

    /// Goes on in a new segment when this one is full. The new one is durable before this one is
    /// sealed, and that before anything is written to the new one.
    fn rotate(&mut self) -> Result<(), StoreError> {
        if self.end() < self.options.segment_bytes {
            return Ok(());
        }
        // The seal's checksum is the chain that the next segment begins with.
        let mut seal = Vec::new();
        let chain = GroupHead {
            kind: GroupKind::Seal,
            sequence: self.position.sequence,
            records: 0,
            payload_bytes: 0,
            revision: self.position.revision,
            chain: self.position.chain,
        }
        .encode(&self.salt, &[], &mut seal);
        let next = Position {
            chain,
            ..self.position
        };
        let (segment, file) =
            create_segment(&*self.files, &self.directory, self.salt, &next, false)?;
        if let Err(error) = self.write_group(GroupKind::Seal) {
            // The next try makes it again. After a restart it is one whose making was cut off,
            // since this one is not sealed.
            let _ = self.files.remove(&segment.path);
            return Err(error);
        }
        debug_assert_eq!(self.position.chain, chain);
        self.cut_room();
        self.segments.0.lock().push_back(segment);
        self.file = file;
        self.room_until = 0;
        Ok(())
    }

    pub fn bytes(&self) -> u64 {
        self.segments.0.lock().iter().map(|s| s.bytes).sum()
    }

    /// Lets go of segments of which a snapshot has everything: it is of this revision and was begun
    /// when this was the next record. The caller removes the files, in any order or never: when
    /// the log is opened, segments before such a place may be there or not.
    pub fn let_go(&mut self, revision: Revision, sequence: u64) -> Vec<PathBuf> {
        let mut segments = self.segments.0.lock();
        let mut paths = Vec::new();
        while segments.len() > 1
            && segments[0].revision <= revision
            && segments[1].sequence <= sequence
        {
            paths.extend(segments.pop_front().map(|segment| segment.path));
        }
        paths
    }

    /// Marks the end as clean: what stands here is everything. Nothing may be written afterwards.
    pub fn close(&mut self) -> Result<(), StoreError> {
        self.cut_room();
        let Some(last) = self.segments.last() else {
            return Ok(());
        };
        let mark = CleanEnd {
            salt: self.salt,
            segment: last.sequence,
            offset: last.bytes,
            sequence: self.position.sequence,
            chain: self.position.chain,
        };
        let write = || {
            self.file.sync()?;
            let new = self.directory.join(format!("{MARK_NAME}.new"));
            let file = self.files.open(&new, OpenMode::Create)?;
            file.write_at(0, &mark.encode())?;
            file.sync()?;
            self.files.rename(&new, &self.directory.join(MARK_NAME))?;
            self.files.sync_directory(&self.directory)
        };
        write().map_err(|error: std::io::Error| StoreError::io("mark the log's end", &error))
    }
}

impl Fix {
    fn apply(&self, files: &dyn FileSystem) -> std::io::Result<()> {
        match self {
            Fix::Remove(path) => files.remove(path),
            Fix::Cut(path, length) => {
                let file = files.open(path, OpenMode::Write)?;
                file.set_length(*length)?;
                file.sync()
            }
            Fix::Sync(path) => files.open(path, OpenMode::Write)?.sync(),
        }
    }
}

/// Before anything is written: the log does not end there any more.
fn remove_mark(files: &dyn FileSystem, directory: &Path) -> std::io::Result<()> {
    for name in files.list(directory)? {
        if name == MARK_NAME || name.strip_suffix(".new") == Some(MARK_NAME) {
            files.remove(&directory.join(name))?;
        }
    }
    Ok(())
}

/// An empty segment, durable with its name.
pub(crate) fn create_segment(
    files: &dyn FileSystem,
    directory: &Path,
    salt: Salt,
    position: &Position,
    with_snapshot: bool,
) -> Result<(Segment, Box<dyn File>), StoreError> {
    let path = directory.join(segment_name(position.sequence));
    let start = SegmentStart {
        salt,
        sequence: position.sequence,
        revision: position.revision,
        with_snapshot,
        chain: position.chain,
    };
    let create = || {
        let file = files.open(&path, OpenMode::CreateDirect)?;
        file.write_at(0, &start.encode())?;
        file.sync()?;
        files.sync_directory(directory)?;
        Ok(file)
    };
    let file = create().map_err(|error: std::io::Error| {
        // A half-made segment must not stand in the way of the next try.
        let _ = files.remove(&path);
        StoreError::io("create a log segment", &error)
    })?;
    let segment = Segment {
        path,
        sequence: position.sequence,
        revision: position.revision,
        bytes: SECTOR as u64,
        format1: false,
    };
    Ok((segment, file))
}
