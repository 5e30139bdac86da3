//! Reading a damaged directory: everything that can be read, and a name for everything that
//! cannot. Unlike opening (`scan.rs`) it goes on behind damage, so that its result is what
//! somebody decided to live with: `steersman store repair`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Reason, StoreError};
use crate::journal::disk::{FileSystem, OpenMode};
use crate::journal::format1;
use crate::journal::layout::{
    FoundHead, GroupHead, GroupKind, GroupSectors, SECTOR, Salt, SectorState, is_zero, newer,
    u32_at, u64_at,
};
use crate::journal::numbers::CEILING_AHEAD;
use crate::journal::record::{Mark, Part, Record, decode_write};
use crate::journal::scan::{Candidate, LogFiles, SegmentStart, SnapshotPlace};
use crate::journal::snapshot::{Block, SnapshotFile};
use crate::state::entry::{Entry, Key};
use crate::state::lease::Leases;
use crate::{MAX_REVISION, Revision};

/// Revisions that may have been given beyond the newest that can be read, where it is not known how
/// much is missing: what `restore` goes on above its file, too.
const UNSEEN_REVISIONS: u64 = 1_000_000_000;
/// A sector of the log has at most 64 writes, and the mark of an unclean end before them, which
/// takes `CEILING_AHEAD` numbers.
const REVISIONS_PER_BYTE: u64 = 9;
const _: () = assert!(REVISIONS_PER_BYTE * SECTOR as u64 >= CEILING_AHEAD + SECTOR as u64 / 8);
/// Likewise of records.
const UNSEEN_RECORDS: u64 = 4096;
const MIN_WRITE_BYTES: u64 = 8;

/// A place that cannot be read, and what that means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    pub path: PathBuf,
    pub offset: u64,
    pub bytes: u64,
    pub what: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loss {
            path,
            offset,
            bytes,
            what,
        } = self;
        write!(
            f,
            "{} at offset {offset}, {bytes} bytes: {what}",
            path.display()
        )
    }
}

/// What can be read of a directory.
#[derive(Default)]
pub(crate) struct Salvage {
    pub entries: BTreeMap<Key, Entry>,
    pub leases: Leases,
    /// The newest revision that was read or named.
    pub revision: Revision,
    /// Of the next record.
    pub sequence: u64,
    pub salt: Option<Salt>,
    pub losses: Vec<Loss>,
    snapshot: SnapshotPlace,
    /// Changes of leases before this record are in the snapshot's table.
    leases_from: u64,
    /// The last segment was sealed.
    sealed: bool,
}

impl Salvage {
    /// Fails only when the directory cannot be listed, or was written by a newer version.
    /// Where the newest snapshot is damaged, what it replaced may still be there: then it is read
    /// from there on as well, and what misses least counts.
    pub fn read(files: &dyn FileSystem, directory: &Path) -> Result<Salvage, StoreError> {
        let snapshots = SnapshotFile::all(files, directory)?;
        let newest = snapshots.last().map_or(0, |(revision, _)| *revision);
        let mut found: Vec<Salvage> = Vec::new();
        for (revision, path) in snapshots.iter().rev() {
            let mut salvage = Salvage::of(newest);
            let damaged = salvage.snapshot(files, *revision, path)?;
            found.push(salvage.log(files, directory, damaged)?);
            if !damaged {
                break;
            }
        }
        let whole = |salvage: &Salvage| salvage.losses.is_empty();
        if !found.last().is_some_and(whole) {
            let log = Salvage::of(newest);
            if found.is_empty() || log.begins(files, directory)? {
                found.push(log.log(files, directory, false)?);
            }
        }
        // Nobody is sure of more than whoever reached furthest.
        let reached = found.iter().map(|salvage| salvage.sequence).max();
        found.retain(|salvage| Some(salvage.sequence) == reached);
        let least = found.into_iter().min_by_key(|salvage| salvage.losses.len());
        Ok(least.unwrap_or_default())
    }

    /// Whether the log is there from its first record on, with nothing before it.
    fn begins(&self, files: &dyn FileSystem, directory: &Path) -> Result<bool, StoreError> {
        let log = LogFiles {
            files,
            directory,
            snapshot: self.snapshot,
        };
        let first = log.candidates()?.into_iter().next();
        Ok(first.is_some_and(|segment| match &segment.found {
            FoundHead::Whole(head) => SegmentStart::of(head).is_first(),
            FoundHead::Format1 => segment.sequence == 1,
            FoundHead::Newer(_) | FoundHead::Absent | FoundHead::Damaged => false,
        }))
    }

    /// The newest snapshot that there is says by its name which revision was given.
    fn of(newest: Revision) -> Salvage {
        Salvage {
            sequence: 1,
            revision: newest,
            ..Salvage::default()
        }
    }

    /// No revision above this was ever given.
    pub fn highest_revision(&self) -> Revision {
        let bytes: u64 = self.losses.iter().map(|loss| loss.bytes).sum();
        let unseen = UNSEEN_REVISIONS + bytes * REVISIONS_PER_BYTE;
        self.revision.saturating_add(unseen).min(MAX_REVISION)
    }

    /// No record has this number or one above it.
    pub fn free_sequence(&self) -> u64 {
        let bytes: u64 = self.losses.iter().map(|loss| loss.bytes).sum();
        self.sequence + UNSEEN_RECORDS + bytes / MIN_WRITE_BYTES
    }

    fn lose(&mut self, path: &Path, offset: u64, bytes: u64, what: impl Into<String>) {
        self.losses.push(Loss {
            path: path.to_owned(),
            offset,
            bytes,
            what: what.into(),
        });
    }

    /// Reads a snapshot; returns whether something of it is missing.
    fn snapshot(
        &mut self,
        files: &dyn FileSystem,
        revision: Revision,
        path: &Path,
    ) -> Result<bool, StoreError> {
        let mut file = match SnapshotFile::open(files, path, Some(revision)) {
            Ok(file) => file,
            Err(error) if error.reason == Reason::Corrupt => {
                let bytes = files.open(path, OpenMode::Read).and_then(|f| f.length());
                let bytes = bytes.unwrap_or(0);
                self.lose(
                    path,
                    0,
                    bytes,
                    "the snapshot's head; nothing of it can be used",
                );
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        self.snapshot = file.place();
        self.salt = self.snapshot.salt;
        let before = self.losses.len();
        let mut table = false;
        let mut last_key = Key::from(&b""[..]);
        let mut lost: Option<(u64, u64)> = None;
        loop {
            let offset = file.offset();
            match file.block() {
                Ok(Block::Keys(entries)) => {
                    if let (Some((at, bytes)), Some(first)) = (lost.take(), entries.first()) {
                        self.lose_keys(path, at, bytes, &last_key, Some(first.key()));
                    }
                    if let Some(last) = entries.last() {
                        last_key = last.key().into();
                    }
                    let keyed = entries.into_iter().map(|entry| (entry.key().into(), entry));
                    self.entries.extend(keyed);
                }
                Ok(Block::Leases(leases)) => {
                    table = true;
                    self.leases = leases;
                }
                Ok(Block::End(_)) => break,
                Err(damage) => {
                    let bytes = file.skip().unwrap_or(damage.rest);
                    let (at, sum) = lost.unwrap_or((offset, 0));
                    lost = Some((at, sum + bytes));
                    if bytes == damage.rest {
                        break;
                    }
                }
            }
        }
        if let Some((at, bytes)) = lost {
            self.lose_keys(path, at, bytes, &last_key, None);
        }
        if !table {
            self.lose(
                path,
                0,
                0,
                "the table of leases: keys of unknown leases do not expire",
            );
        }
        self.leases_from = if table { self.snapshot.sequence } else { 0 };
        Ok(self.losses.len() > before)
    }

    fn lose_keys(&mut self, path: &Path, at: u64, bytes: u64, after: &[u8], before: Option<&[u8]>) {
        let after = if after.is_empty() {
            String::new()
        } else {
            format!(" after {}", name(after))
        };
        let before = before.map(|key| format!(" before {}", name(key)));
        let what = format!(
            "keys{after}{}, as they were at revision {}",
            before.unwrap_or_default(),
            self.snapshot.revision
        );
        self.lose(path, at, bytes, what);
    }

    fn log(
        mut self,
        files: &dyn FileSystem,
        directory: &Path,
        damaged_snapshot: bool,
    ) -> Result<Salvage, StoreError> {
        let log = LogFiles {
            files,
            directory,
            snapshot: self.snapshot,
        };
        let segments = log.candidates()?;
        let covered = |found: &FoundHead| match found {
            FoundHead::Whole(head) => self.snapshot.covers(&SegmentStart::of(head)),
            _ => false,
        };
        let start = match damaged_snapshot {
            false => segments.iter().rposition(|segment| covered(&segment.found)),
            true => None,
        };
        let segments = &segments[start.unwrap_or(0)..];
        let covered_first = start.is_some() || damaged_snapshot;
        if let Some(first) = segments.first().filter(|_| covered_first) {
            self.sequence = first.sequence;
        }
        let mark = log.mark(&mut Default::default())?;
        let in_log = segments.iter().find_map(|segment| match &segment.found {
            FoundHead::Whole(head) => Some(head.salt),
            _ => None,
        });
        self.salt = self.salt.or(in_log).or(mark.map(|mark| mark.salt));
        if let Some(first) = segments.first().filter(|_| !covered_first) {
            self.missing_snapshot(first);
        }
        for segment in segments {
            let bytes = self.read_file(files, &segment.path);
            match &segment.found {
                FoundHead::Newer(version) => return Err(newer(&segment.path, *version)),
                FoundHead::Format1 => self.format1(&segment.path, &bytes, segment.sequence),
                found => self.segment(&segment.path, &bytes, segment.sequence, found),
            }
        }
        let path = segments.last().map(|segment| segment.path.clone());
        let path = path.unwrap_or_else(|| directory.join("log"));
        if self.sealed {
            self.lose(
                &path,
                0,
                0,
                "the segment after this one, with the newest writes",
            );
        }
        let ends = mark
            .map_or(0, |mark| mark.sequence)
            .max(self.snapshot.sequence);
        if self.sequence < ends {
            let what = records(self.sequence, ends - 1);
            self.lose(&path, 0, 0, what);
            self.sequence = ends;
        }
        if mark.is_none() {
            let what = format!(
                "what follows record {}, if anything: the store was not closed",
                self.sequence - 1
            );
            self.lose(&path, 0, 0, what);
        }
        Ok(self)
    }

    /// What goes before the first segment, where no snapshot that can be read has it.
    fn missing_snapshot(&mut self, first: &Candidate) {
        let FoundHead::Whole(head) = &first.found else {
            return;
        };
        let start = SegmentStart::of(head);
        if start.with_snapshot {
            let what = format!(
                "keys, as they were at revision {}: their snapshot is missing",
                start.revision
            );
            self.lose(&first.path, 0, 0, what);
        }
        self.revision = self.revision.max(start.revision);
    }

    /// A file's bytes; those that the disk does not give are zeros, and named.
    fn read_file(&mut self, files: &dyn FileSystem, path: &Path) -> Vec<u8> {
        let opened = files.open(path, OpenMode::Read);
        let file = match opened.and_then(|file| Ok((file.length()?, file))) {
            Ok((length, file)) => (length as usize, file),
            Err(error) => {
                self.lose(path, 0, 0, format!("the file cannot be read: {error}"));
                return Vec::new();
            }
        };
        let (length, file) = file;
        let mut bytes = vec![0; length];
        if file.read_at(0, &mut bytes).is_ok() {
            return bytes;
        }
        for (at, sector) in bytes.chunks_mut(SECTOR).enumerate() {
            let offset = (at * SECTOR) as u64;
            if let Err(error) = file.read_at(offset, sector) {
                sector.fill(0);
                self.lose(
                    path,
                    offset,
                    sector.len() as u64,
                    format!("a sector: {error}"),
                );
            }
        }
        bytes
    }

    fn format1(&mut self, path: &Path, bytes: &[u8], sequence: u64) {
        self.missing_before(path, sequence);
        let segment = format1::Segment {
            path,
            bytes,
            sequence,
            last: true,
        };
        let mut end = 0;
        let mut next = sequence;
        let read = segment.read(&mut |record: Record<'_>| {
            end = record.offset;
            next = record.sequence + 1;
            Ok(self.record(path, &record))
        });
        let (end, next, whole) = match read {
            Ok(read) => (read.end, read.sequence, !read.torn),
            Err(_) => (end, next, false),
        };
        self.sequence = self.sequence.max(next);
        if !whole {
            let bytes = bytes.len() as u64 - end;
            let what = format!("what follows record {}", next.saturating_sub(1));
            self.lose(path, end, bytes, what);
        }
    }

    fn missing_before(&mut self, path: &Path, sequence: u64) {
        if sequence > self.sequence {
            let what = records(self.sequence, sequence - 1);
            self.lose(path, 0, 0, what);
            self.sequence = sequence;
        }
    }

    fn segment(&mut self, path: &Path, bytes: &[u8], sequence: u64, found: &FoundHead) {
        let end = bytes.iter().rposition(|byte| *byte != 0);
        let end = end.map_or(0, |at| at / SECTOR + 1);
        if end == 0 {
            return;
        }
        let all = bytes.len() as u64;
        let salt = match found {
            FoundHead::Whole(head) => {
                let start = SegmentStart::of(head);
                if start.with_snapshot && is_zero(&bytes[SECTOR..]) {
                    // A repair was cut off before its snapshot had its name.
                    return;
                }
                if start.sequence != sequence || self.salt.is_some_and(|salt| salt != start.salt) {
                    let what = "the segment: it is of another directory or has another's name";
                    return self.lose(path, 0, all, what);
                }
                Some(start.salt)
            }
            _ => {
                let what = match sequence == 1 && self.snapshot.revision == 0 {
                    true => "the segment's head, which said whether a snapshot goes before it",
                    false => "the segment's head",
                };
                self.lose(path, 0, SECTOR as u64, what);
                self.salt
            }
        };
        let Some(salt) = salt else {
            return self.lose(
                path,
                0,
                all,
                "the segment, without whose head it cannot be read",
            );
        };
        self.missing_before(path, sequence);
        self.groups(path, bytes, &salt, end);
    }

    /// Reads the groups in the first `end` sectors.
    fn groups(&mut self, path: &Path, bytes: &[u8], salt: &Salt, end: usize) {
        self.sealed = false;
        let mut sector = 1;
        let mut bad: Option<usize> = None;
        while sector < end {
            let head = whole_head(bytes, sector * SECTOR, salt);
            let Some(head) = head.filter(|head| head.sequence >= self.sequence) else {
                bad.get_or_insert(sector);
                sector += 1;
                continue;
            };
            let begin = bad.take().unwrap_or(sector);
            if begin < sector || head.sequence > self.sequence {
                self.lose_sectors(path, begin, sector, Some(head.sequence));
            }
            self.sequence = head.sequence;
            let count = (head.file_bytes() / SECTOR as u64) as usize;
            self.group(path, bytes, salt, sector, &head);
            self.sealed = head.kind == GroupKind::Seal;
            sector += count;
        }
        if let Some(begin) = bad {
            self.lose_sectors(path, begin, end, None);
        }
    }

    fn lose_sectors(&mut self, path: &Path, begin: usize, end: usize, next: Option<u64>) {
        let what = match next {
            Some(next) if next > self.sequence => records(self.sequence, next - 1),
            Some(_) => "something that is no record".to_owned(),
            None => format!(
                "what follows record {}: an unfinished write, or acknowledged ones",
                self.sequence - 1
            ),
        };
        self.lose(
            path,
            (begin * SECTOR) as u64,
            ((end - begin) * SECTOR) as u64,
            what,
        );
    }

    /// Applies the records of a group that stand before its first bad sector.
    fn group(&mut self, path: &Path, bytes: &[u8], salt: &Salt, at: usize, head: &GroupHead) {
        let sectors = GroupSectors {
            bytes,
            offset: at * SECTOR,
            seed: GroupHead::seed(salt, head.sequence),
        };
        let offset = (at * SECTOR) as u64;
        let payload = sectors.payload_before_damage(head);
        let mut rest = payload.as_slice();
        let mut read = 0;
        while let Some((length, after)) = rest.split_at_checked(4) {
            let Some((content, after)) = after.split_at_checked(u32_at(length, 0) as usize) else {
                break;
            };
            if read == u64::from(head.records) {
                break;
            }
            let record = Record {
                payload: content,
                path,
                offset,
                sequence: head.sequence + read,
            };
            self.record(path, &record);
            rest = after;
            read += 1;
        }
        self.revision = self.revision.max(head.revision);
        let next = head.sequence + u64::from(head.records);
        if read < u64::from(head.records) {
            let lost = records(head.sequence + read, next - 1);
            let what = format!("{lost}, up to revision {}", head.revision);
            self.lose(path, offset, head.file_bytes(), what);
        }
        self.sequence = next;
    }

    fn record(&mut self, path: &Path, record: &Record<'_>) -> Revision {
        let mut parts = Vec::new();
        let revision = decode_write(record.payload, |_, part| {
            parts.push(part);
            Some(())
        });
        let Some(revision) = revision else {
            let what = format!("record {}, which makes no sense", record.sequence);
            self.lose(path, record.offset, record.payload.len() as u64, what);
            return 0;
        };
        self.revision = self.revision.max(revision);
        for part in parts {
            match part {
                Part::Put(put) => {
                    if self.is_news(put.key, revision) {
                        self.entries.insert(Key::from(put.key), put.entry());
                    }
                }
                Part::Delete { key, .. } => {
                    if self.is_news(key, revision) {
                        self.entries.remove(key);
                    }
                }
                Part::Lease(_) if record.sequence < self.leases_from => {}
                Part::Lease(change) => self.leases.replay(&change),
                Part::Mark(Mark::Ceiling { opened_at, ceiling }) => {
                    self.revision = self.revision.max(opened_at).max(ceiling);
                }
                Part::Mark(Mark::Clean { issued }) => self.revision = self.revision.max(issued),
            }
        }
        revision
    }

    /// The snapshot may have what the log says again.
    fn is_news(&self, key: &[u8], revision: Revision) -> bool {
        let entry = self.entries.get(key);
        entry.is_none_or(|entry| entry.mod_revision() < revision)
    }
}

/// A head that stands whole in this sector, whichever group's it is.
fn whole_head(bytes: &[u8], offset: usize, salt: &Salt) -> Option<GroupHead> {
    let sector = bytes.get(offset..offset + SECTOR)?;
    let sectors = GroupSectors {
        bytes,
        offset,
        seed: GroupHead::seed(salt, u64_at(sector, 8)),
    };
    if sectors.state(0) != SectorState::Whole || is_zero(sector) {
        return None;
    }
    sectors.head().map(|(head, _)| head)
}

fn records(first: u64, last: u64) -> String {
    match first == last {
        true => format!("record {first}"),
        false => format!("records {first} to {last}"),
    }
}

/// A key as a person reads it.
fn name(key: &[u8]) -> String {
    String::from_utf8_lossy(key).escape_debug().to_string()
}
