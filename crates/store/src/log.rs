//! The write-ahead log: segments of checksummed records. A record names the first record of its
//! group (what was written together with one sync), so that recovery can tell a torn last group
//! from damage to something that was acknowledged: a group is written only after the one before
//! it is durable.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Revision;
use crate::commit::DurableOptions;
use crate::disk::{File, FileSystem, OpenMode};
use crate::error::{Reason, StoreError};

pub(crate) const FORMAT_VERSION: u32 = 1;
const SEGMENT_MAGIC: &[u8; 8] = b"stmnlog\n";
/// Magic, version, reserved, first sequence, checksum.
const SEGMENT_HEADER_BYTES: usize = 28;
const RECORD_MAGIC: &[u8; 4] = b"\xa7Rc\x1e";
/// Magic, payload length, checksum of what follows and the length, sequence, the group's first.
const RECORD_HEADER_BYTES: usize = 28;
/// Zeros written ahead at once, for groups up to this size.
static ZEROS: [u8; 1 << 20] = [0; 1 << 20];
const SMALL_GROUP_BYTES: usize = 32 << 10;

struct Segment {
    path: PathBuf,
    /// The newest revision in it.
    last_revision: Revision,
    bytes: u64,
}

pub(crate) struct Log {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    /// The oldest first; the last is written to.
    segments: VecDeque<Segment>,
    file: Box<dyn File>,
    next_sequence: u64,
    /// Records of the next group, ready to be written.
    buffer: Vec<u8>,
    group_first: u64,
    group_records: u64,
    group_revision: Revision,
    pub synced: u64,
    options: DurableOptions,
    new: bool,
    /// The file is zeros from its last record to here.
    room_until: u64,
}

/// One record as recovery sees it.
pub(crate) struct Recovered<'a> {
    pub sequence: u64,
    pub payload: &'a [u8],
    pub path: &'a Path,
    pub offset: u64,
}

type Visit<'v> = &'v mut dyn FnMut(Recovered<'_>) -> Result<Revision, StoreError>;

impl Log {
    /// Reads every record, cuts a torn tail, and is ready to go on after it.
    pub fn open(
        files: Arc<dyn FileSystem>,
        directory: &Path,
        options: DurableOptions,
        visit: Visit<'_>,
    ) -> Result<Log, StoreError> {
        let names = files
            .list(directory)
            .map_err(|e| StoreError::io("list the directory", &e))?;
        let mut found: Vec<(u64, PathBuf)> = names
            .iter()
            .filter_map(|name| Some((segment_sequence(name)?, directory.join(name))))
            .collect();
        found.sort();
        let mut next_sequence = found.first().map_or(1, |(sequence, _)| *sequence);
        let mut segments = VecDeque::new();
        let count = found.len();
        for (at, (first, path)) in found.into_iter().enumerate() {
            if first != next_sequence {
                let message = format!(
                    "{} begins with record {first}, expected {next_sequence}",
                    path.display()
                );
                return Err(StoreError::new(Reason::Corrupt, message));
            }
            let mut scan = SegmentScan {
                files: &*files,
                path: &path,
                next_sequence,
                visit,
            };
            let (bytes, last_revision) = scan.run(at + 1 == count)?;
            next_sequence = scan.next_sequence;
            if bytes > 0 {
                segments.push_back(Segment {
                    path,
                    last_revision,
                    bytes,
                });
            }
        }
        let file = match segments.back() {
            Some(last) => files
                .open(&last.path, OpenMode::Write)
                .map_err(|e| StoreError::io("open the log", &e))?,
            None => {
                let (segment, file) = create_segment(&*files, directory, next_sequence)?;
                segments.push_back(segment);
                file
            }
        };
        Ok(Log {
            files,
            directory: directory.to_owned(),
            segments,
            file,
            next_sequence,
            buffer: Vec::new(),
            group_first: next_sequence,
            group_records: 0,
            group_revision: 0,
            synced: 0,
            options,
            new: count == 0,
            room_until: 0,
        })
    }

    /// There was no segment when it was opened.
    pub fn is_new(&self) -> bool {
        self.new
    }

    /// Adds a record to the group; `encode` appends the payload.
    pub fn add(&mut self, revision: Revision, encode: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.buffer.len();
        self.buffer.extend_from_slice(RECORD_MAGIC);
        self.buffer.extend_from_slice(&[0; 8]);
        let sequence = self.group_first + self.group_records;
        self.buffer.extend_from_slice(&sequence.to_le_bytes());
        self.buffer
            .extend_from_slice(&self.group_first.to_le_bytes());
        encode(&mut self.buffer);
        let length = (self.buffer.len() - begin - RECORD_HEADER_BYTES) as u32;
        self.buffer[begin + 4..begin + 8].copy_from_slice(&length.to_le_bytes());
        let checksum = record_checksum(length, &self.buffer[begin + 12..]);
        self.buffer[begin + 8..begin + 12].copy_from_slice(&checksum.to_le_bytes());
        self.group_records += 1;
        self.group_revision = self.group_revision.max(revision);
    }

    /// Writes the group and makes it durable. After an error the group is gone and the file is
    /// as it was before; when even that fails, the error's reason is not `DiskFull` and the log
    /// must not be used.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        let written = self.write_group();
        self.buffer.clear();
        // What one large group needed is not kept for ever.
        self.buffer.shrink_to(4 << 20);
        if written.is_ok() {
            self.next_sequence += self.group_records;
            self.synced += 1;
        }
        self.group_first = self.next_sequence;
        self.group_records = 0;
        self.group_revision = 0;
        written
    }

    fn write_group(&mut self) -> Result<(), StoreError> {
        self.rotate()?;
        self.make_room();
        let Some(segment) = self.segments.back_mut() else {
            return Err(StoreError::new(Reason::Io, "the log has no segment"));
        };
        let written = self
            .file
            .write_at(segment.bytes, &self.buffer)
            .and_then(|()| self.file.sync())
            .map_err(|error| StoreError::io("write the log", &error));
        match written {
            Ok(()) => {
                segment.bytes += self.buffer.len() as u64;
                segment.last_revision = segment.last_revision.max(self.group_revision);
                Ok(())
            }
            Err(error) => {
                self.room_until = segment.bytes;
                let cut = self
                    .file
                    .set_length(segment.bytes)
                    .and_then(|()| self.file.sync());
                cut.map_err(|e| StoreError::new(Reason::Io, format!("cut the log: {e}")))?;
                Err(error)
            }
        }
    }

    /// Writes zeros ahead of small groups: a sync that changes no file length costs a third
    /// less. Large groups are bound by bytes and would pay for them twice.
    fn make_room(&mut self) {
        let Some(segment) = self.segments.back() else {
            return;
        };
        let end = segment.bytes + self.buffer.len() as u64;
        if self.buffer.len() > SMALL_GROUP_BYTES || end <= self.room_until {
            return;
        }
        let zeros = &ZEROS[..self.options.room_bytes.min(ZEROS.len())];
        match self.file.write_at(end, zeros) {
            Ok(()) => self.room_until = end + zeros.len() as u64,
            // Without room it only takes longer. What was written in part is cut or written over.
            Err(_) => {
                self.room_until = segment.bytes;
                let _ = self.file.set_length(segment.bytes);
            }
        }
    }

    /// Gives back the room that was made ahead.
    pub fn cut_room(&mut self) {
        if let Some(segment) = self.segments.back()
            && self.room_until > segment.bytes
        {
            // Zeros after the last record are its end for recovery too.
            let _ = self.file.set_length(segment.bytes);
            self.room_until = segment.bytes;
        }
    }

    fn rotate(&mut self) -> Result<(), StoreError> {
        if self
            .segments
            .back()
            .is_some_and(|segment| segment.bytes < self.options.segment_bytes)
        {
            return Ok(());
        }
        let (segment, file) = create_segment(&*self.files, &self.directory, self.group_first)?;
        self.cut_room();
        self.segments.push_back(segment);
        self.file = file;
        self.room_until = 0;
        Ok(())
    }

    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Removes segments in which every revision is at most this one: a snapshot has them.
    pub fn remove_until(&mut self, revision: Revision) -> Result<(), StoreError> {
        while self.segments.len() > 1 && self.segments[0].last_revision <= revision {
            self.files
                .remove(&self.segments[0].path)
                .map_err(|error| StoreError::io("remove a log segment", &error))?;
            self.segments.pop_front();
        }
        self.files
            .sync_directory(&self.directory)
            .map_err(|error| StoreError::io("sync the directory", &error))
    }
}

struct SegmentScan<'a, 'v> {
    files: &'a dyn FileSystem,
    path: &'a Path,
    next_sequence: u64,
    visit: Visit<'v>,
}

impl SegmentScan<'_, '_> {
    /// Answers the length of what is good (0: the segment was removed) and the newest revision
    /// in it.
    fn run(&mut self, last: bool) -> Result<(u64, Revision), StoreError> {
        let bytes = read_file(self.files, self.path)?;
        if let Err(error) = self.check_header(&bytes) {
            // A segment is made durable before its first record: without one, its making was cut
            // off.
            let empty = memchr::memmem::find(&bytes, RECORD_MAGIC).is_none();
            if last && empty && error.reason == Reason::Corrupt {
                self.files
                    .remove(self.path)
                    .map_err(|error| StoreError::io("remove a torn segment", &error))?;
                return Ok((0, 0));
            }
            return Err(error);
        }
        let mut offset = SEGMENT_HEADER_BYTES;
        let mut last_revision = 0;
        while offset < bytes.len() {
            let Some(record) = Record::read(&bytes[offset..], Some(self.next_sequence)) else {
                if bytes[offset..].iter().all(|byte| *byte == 0) {
                    // Room made ahead. Records lost before a further segment show by its number.
                    break;
                }
                self.cut(&bytes, offset, last)?;
                break;
            };
            let recovered = Recovered {
                sequence: self.next_sequence,
                payload: record.payload,
                path: self.path,
                offset: offset as u64,
            };
            last_revision = (self.visit)(recovered)?.max(last_revision);
            offset += RECORD_HEADER_BYTES + record.payload.len();
            self.next_sequence += 1;
        }
        Ok((offset as u64, last_revision))
    }

    fn check_header(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let damaged = || damaged(self.path, 0, "the segment's header is damaged");
        let header = bytes.get(..SEGMENT_HEADER_BYTES).ok_or_else(damaged)?;
        check_version(self.path, header, SEGMENT_MAGIC)?;
        if crc32c::crc32c(&header[..24]) != u32_at(header, 24) {
            return Err(damaged());
        }
        if u64_at(header, 16) != self.next_sequence {
            return Err(damaged());
        }
        Ok(())
    }

    /// The bytes from `offset` on are no record. They may be cut off when nothing proves that
    /// they were acknowledged: a later group is written only after they were durable.
    fn cut(&self, bytes: &[u8], offset: usize, last: bool) -> Result<(), StoreError> {
        let acknowledged = memchr::memmem::find_iter(&bytes[offset..], RECORD_MAGIC)
            .filter_map(|at| Record::read(&bytes[offset + at..], None))
            .any(|record| record.group_first > self.next_sequence);
        if !last || acknowledged {
            let message = format!("record {} is damaged", self.next_sequence);
            return Err(damaged(self.path, offset as u64, &message));
        }
        let file = self
            .files
            .open(self.path, OpenMode::Write)
            .map_err(|error| StoreError::io("open the log", &error))?;
        file.set_length(offset as u64)
            .and_then(|()| file.sync())
            .map_err(|error| StoreError::io("cut the log's torn tail", &error))
    }
}

struct Record<'a> {
    payload: &'a [u8],
    group_first: u64,
}

impl<'a> Record<'a> {
    /// None when the bytes do not begin with a whole, right record (with this sequence).
    fn read(bytes: &'a [u8], sequence: Option<u64>) -> Option<Record<'a>> {
        let header = bytes.get(..RECORD_HEADER_BYTES)?;
        if &header[..4] != RECORD_MAGIC {
            return None;
        }
        let length = u32_at(header, 4);
        let end = RECORD_HEADER_BYTES.checked_add(length as usize)?;
        let payload = bytes.get(RECORD_HEADER_BYTES..end)?;
        if sequence.is_some_and(|sequence| u64_at(header, 12) != sequence)
            || record_checksum(length, &bytes[12..end]) != u32_at(header, 8)
        {
            return None;
        }
        Some(Record {
            payload,
            group_first: u64_at(header, 20),
        })
    }
}

fn record_checksum(length: u32, rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length.to_le_bytes()), rest)
}

fn create_segment(
    files: &dyn FileSystem,
    directory: &Path,
    first_sequence: u64,
) -> Result<(Segment, Box<dyn File>), StoreError> {
    let path = directory.join(format!("log-{first_sequence:016x}"));
    let mut header = Vec::with_capacity(SEGMENT_HEADER_BYTES);
    header.extend_from_slice(SEGMENT_MAGIC);
    header.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    header.extend_from_slice(&[0; 4]);
    header.extend_from_slice(&first_sequence.to_le_bytes());
    header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());
    let create = || {
        let file = files.open(&path, OpenMode::Create)?;
        file.write_at(0, &header)?;
        file.sync()?;
        files.sync_directory(directory)?;
        Ok(file)
    };
    let file = create().map_err(|error: std::io::Error| {
        // A half-made segment must not stand in the way of the next try.
        let _ = files.remove(&path);
        StoreError::io("create a log segment", &error)
    })?;
    Ok((
        Segment {
            path,
            last_revision: 0,
            bytes: header.len() as u64,
        },
        file,
    ))
}

fn segment_sequence(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_prefix("log-")?, 16).ok()
}

pub(crate) fn read_file(files: &dyn FileSystem, path: &Path) -> Result<Vec<u8>, StoreError> {
    let read = || {
        let file = files.open(path, OpenMode::Read)?;
        let mut bytes = vec![0; file.length()? as usize];
        file.read_at(0, &mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error: std::io::Error| {
        StoreError::io(&format!("read {}", path.display()), &error)
    })
}

pub(crate) fn damaged(path: &Path, offset: u64, what: &str) -> StoreError {
    StoreError::new(
        Reason::Corrupt,
        format!("{} at offset {offset}: {what}", path.display()),
    )
}

/// Magic first, then the version, in every file of the store.
pub(crate) fn check_version(path: &Path, header: &[u8], magic: &[u8]) -> Result<(), StoreError> {
    if !header.starts_with(magic) {
        return Err(damaged(path, 0, "the file's header is damaged"));
    }
    let version = u32_at(header, magic.len());
    if version > FORMAT_VERSION {
        let message = format!(
            "{} has format {version}; this version knows up to {FORMAT_VERSION}",
            path.display()
        );
        return Err(StoreError::new(Reason::NewerFormat, message));
    }
    Ok(())
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut value = [0; 4];
    value.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(value)
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(value)
}
