//! Reading the log: every segment, group by group, judged by the tables of `decide`. Nothing is
//! changed here; what is to be cut or removed is returned as fixes, for when all else is right.

use std::path::{Path, PathBuf};
use std::thread;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::journal::decide::{
    After, Body, EndRow, FoundGroup, GroupRow, Head, Mark, Next, Place, SegmentHead, decide_end,
    decide_group, decide_segment,
};
use crate::journal::disk::{FileSystem, OpenMode};
use crate::journal::format1;
use crate::journal::layout::{
    FileHead, FoundHead, GroupHead, GroupKind, GroupSectors, SECTOR, Salt, SectorState, damaged,
    is_zero, newer, u32_at,
};
use crate::journal::record::{Record, Visit};
use crate::journal::report::{FindingKind, RecoveryReport};

pub(crate) const SEGMENT_MAGIC: &[u8; 8] = b"stmnlog\n";
pub(crate) const MARK_MAGIC: &[u8; 8] = b"stmnend\n";
pub(crate) const MARK_NAME: &str = "closed";

/// Where the log stood when the snapshot that it follows was begun.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SnapshotPlace {
    /// 0: there is no snapshot, or it has format 1.
    pub sequence: u64,
    pub chain: u32,
    pub revision: Revision,
    pub salt: Option<Salt>,
}

impl SnapshotPlace {
    fn loaded(&self) -> bool {
        self.revision > 0
    }

    /// The snapshot has everything before the segment.
    pub fn covers(&self, segment: &SegmentStart) -> bool {
        segment.sequence <= self.sequence && segment.revision <= self.revision
    }
}

/// What a segment's head says: what stands before its first group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentStart {
    pub salt: Salt,
    pub sequence: u64,
    pub revision: Revision,
    /// Made with a snapshot of this revision, which has everything that goes before.
    pub with_snapshot: bool,
    pub chain: u32,
}

impl SegmentStart {
    pub fn encode(&self) -> [u8; SECTOR] {
        let head = FileHead {
            salt: self.salt,
            numbers: [self.sequence, self.revision, self.with_snapshot.into()],
            chain: self.chain,
        };
        head.encode(SEGMENT_MAGIC)
    }

    /// Nothing goes before it.
    pub fn is_first(&self) -> bool {
        self.sequence == 1 && self.chain == 0 && !self.with_snapshot
    }

    pub fn of(head: &FileHead) -> SegmentStart {
        SegmentStart {
            salt: head.salt,
            sequence: head.numbers[0],
            revision: head.numbers[1],
            with_snapshot: head.numbers[2] == 1,
            chain: head.chain,
        }
    }
}

/// The mark of a clean end: where the log ended when the store was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CleanEnd {
    pub salt: Salt,
    /// The first sequence of the last segment.
    pub segment: u64,
    pub offset: u64,
    pub sequence: u64,
    pub chain: u32,
}

impl CleanEnd {
    pub fn encode(&self) -> [u8; SECTOR] {
        let head = FileHead {
            salt: self.salt,
            numbers: [self.segment, self.offset, self.sequence],
            chain: self.chain,
        };
        head.encode(MARK_MAGIC)
    }
}

/// A segment that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub path: PathBuf,
    pub sequence: u64,
    /// The newest revision in it and all before it.
    pub revision: Revision,
    /// Where its groups end.
    pub bytes: u64,
    pub format1: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fix {
    Remove(PathBuf),
    Cut(PathBuf, u64),
    /// Written, and perhaps not yet on the disk.
    Sync(PathBuf),
}

/// The log as it was read, and where it goes on.
pub(crate) struct LogRead {
    pub segments: Vec<Segment>,
    pub salt: Option<Salt>,
    pub end: Position,
    pub fixes: Vec<Fix>,
}

pub(crate) struct LogFiles<'a> {
    pub files: &'a dyn FileSystem,
    pub directory: &'a Path,
    pub snapshot: SnapshotPlace,
}

/// A file with a segment's name.
pub(crate) struct Candidate {
    pub sequence: u64,
    pub path: PathBuf,
    pub found: FoundHead,
}

impl LogFiles<'_> {
    /// Reads every record that the snapshot does not replace. Fails with `Corrupt` or
    /// `NewerFormat` at the first thing that no unfinished write can have left.
    pub fn read(
        &self,
        report: &mut RecoveryReport,
        visit: Visit<'_>,
    ) -> Result<LogRead, StoreError> {
        let mark = self.mark(report)?;
        let mut candidates = self.candidates()?;
        let start = candidates
            .iter()
            .rposition(|candidate| match &candidate.found {
                FoundHead::Whole(head) => self.snapshot.covers(&SegmentStart::of(head)),
                _ => false,
            })
            .unwrap_or(0);
        let mut fixes = Vec::new();
        for replaced in candidates.drain(..start) {
            report.find(FindingKind::Replaced, replaced.path.clone(), 0, 0);
            fixes.push(Fix::Remove(replaced.path));
        }
        let scan = LogScan {
            log: self,
            mark,
            report,
            visit,
            candidates,
            position: Position {
                sequence: 1,
                ..Position::default()
            },
            salt: self.snapshot.salt,
            segments: Vec::new(),
            fixes,
        };
        scan.run()
    }

    /// In the order of their names.
    pub fn candidates(&self) -> Result<Vec<Candidate>, StoreError> {
        let mut candidates = Vec::new();
        for name in list(self.files, self.directory)? {
            let Some(sequence) = segment_sequence(&name) else {
                continue;
            };
            let path = self.directory.join(name);
            let head = read_start(self.files, &path)?;
            candidates.push(Candidate {
                sequence,
                found: FileHead::read(&head, SEGMENT_MAGIC),
                path,
            });
        }
        candidates.sort_by_key(|candidate| candidate.sequence);
        Ok(candidates)
    }

    pub fn mark(&self, report: &mut RecoveryReport) -> Result<Option<CleanEnd>, StoreError> {
        let path = self.directory.join(MARK_NAME);
        if !list(self.files, self.directory)?
            .iter()
            .any(|name| name == MARK_NAME)
        {
            return Ok(None);
        }
        match FileHead::read(&read_start(self.files, &path)?, MARK_MAGIC) {
            FoundHead::Whole(head) => Ok(Some(CleanEnd {
                salt: head.salt,
                segment: head.numbers[0],
                offset: head.numbers[1],
                sequence: head.numbers[2],
                chain: head.chain,
            })),
            FoundHead::Newer(version) => Err(newer(&path, version)),
            FoundHead::Format1 | FoundHead::Absent | FoundHead::Damaged => {
                report.find(FindingKind::DamagedMark, path, 0, SECTOR as u64);
                Ok(None)
            }
        }
    }
}

/// A place in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Of the next record.
    pub sequence: u64,
    /// The checksum of the head of the group before.
    pub chain: u32,
    /// The same of the last group that was no seal; 0 when it is not known.
    pub records_chain: u32,
    pub revision: Revision,
}

struct LogScan<'a, 'v> {
    log: &'a LogFiles<'a>,
    mark: Option<CleanEnd>,
    report: &'a mut RecoveryReport,
    visit: Visit<'v>,
    candidates: Vec<Candidate>,
    position: Position,
    salt: Option<Salt>,
    segments: Vec<Segment>,
    fixes: Vec<Fix>,
}

/// A segment that may be read.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Format1,
    Format2(SegmentStart),
    Unmade,
}

/// How a segment ended.
struct SegmentEnd {
    offset: u64,
    sealed: bool,
    format1: bool,
    /// The log ends here.
    over: bool,
}

impl LogScan<'_, '_> {
    fn run(self) -> Result<LogRead, StoreError> {
        let files = self.log.files;
        let paths: Vec<PathBuf> = self.candidates.iter().map(|c| c.path.clone()).collect();
        // The next segment is read while this one is applied.
        thread::scope(|scope| {
            let mut reads = paths
                .into_iter()
                .map(|path| scope.spawn(move || read_file(files, &path)));
            let mut ahead = reads.next();
            self.apply_all(|| {
                let read = ahead.take()?;
                let bytes = read.join().unwrap_or_else(|_| Err(unread()));
                ahead = reads.next();
                Some(bytes)
            })
        })
    }

    fn apply_all(
        mut self,
        mut next: impl FnMut() -> Option<Result<Vec<u8>, StoreError>>,
    ) -> Result<LogRead, StoreError> {
        let mut previous: Option<SegmentEnd> = None;
        for at in 0..self.candidates.len() {
            let bytes = next().unwrap_or_else(|| Err(unread()))?;
            let kind = self.kind(at, &bytes)?;
            let row = match &previous {
                Some(end) => self.decide_end(end, self.next(at, kind, &bytes, end.sealed)),
                None if matches!(kind, Kind::Unmade) => EndRow::DropNext,
                None => {
                    self.begin(at, kind)?;
                    EndRow::GoOn
                }
            };
            if row.refusal().is_some() {
                return Err(self.end_refused(previous.as_ref(), row));
            }
            if row == EndRow::DropNext {
                self.drop_next(at, previous.as_ref());
                previous = None;
                break;
            }
            let end = match kind {
                Kind::Format2(start) => self.segment(at, start, &bytes)?,
                _ => self.format1_segment(at, &bytes)?,
            };
            previous = Some(end);
        }
        if let Some(end) = previous
            && !end.over
        {
            let row = self.decide_end(&end, Next::None);
            return Err(self.end_refused(Some(&end), row));
        }
        self.finish()
    }

    fn place(&self, at: usize) -> Place {
        if at + 1 == self.candidates.len() {
            Place::Last
        } else {
            Place::Earlier
        }
    }

    /// What kind of segment it is; refuses one that cannot be read.
    fn kind(&mut self, at: usize, bytes: &[u8]) -> Result<Kind, StoreError> {
        let place = self.place(at);
        let candidate = &self.candidates[at];
        let mut kind = Kind::Unmade;
        let head = match candidate.found {
            FoundHead::Newer(version) => return Err(newer(&candidate.path, version)),
            FoundHead::Format1 => {
                let unmade = self.format1(at, bytes).unmade();
                return Ok(if unmade { Kind::Unmade } else { Kind::Format1 });
            }
            FoundHead::Whole(head) => {
                let start = SegmentStart::of(&head);
                let salt = *self.salt.get_or_insert(start.salt);
                if start.sequence == candidate.sequence && start.salt == salt {
                    kind = Kind::Format2(start);
                    SegmentHead::Whole
                } else {
                    SegmentHead::Foreign
                }
            }
            FoundHead::Damaged => SegmentHead::Damaged,
            FoundHead::Absent if bytes.len() <= SECTOR || is_zero(bytes) => SegmentHead::Nothing,
            FoundHead::Absent => SegmentHead::Missing,
        };
        match decide_segment(head, place, self.mark.is_some()).refusal() {
            None => Ok(kind),
            Some(what) => Err(damaged(&candidate.path, 0, what)),
        }
    }

    fn format1<'b>(&'b self, at: usize, bytes: &'b [u8]) -> format1::Segment<'b> {
        format1::Segment {
            path: &self.candidates[at].path,
            bytes,
            sequence: self.candidates[at].sequence,
            last: self.place(at) == Place::Last,
        }
    }

    fn next(&self, at: usize, kind: Kind, bytes: &[u8], sealed: bool) -> Next {
        let position = &self.position;
        match kind {
            Kind::Unmade => Next::Unmade,
            Kind::Format1 if self.candidates[at].sequence == position.sequence => Next::Continues,
            Kind::Format2(start)
                if start.sequence == position.sequence && start.revision == position.revision =>
            {
                let empty = self.place(at) == Place::Last && is_zero(&bytes[SECTOR..]);
                // A segment is made before the one before it gets the seal that it refers to.
                let continues = start.chain == position.chain || !sealed;
                match (continues, empty) {
                    (true, true) => Next::Empty,
                    (true, false) => Next::Continues,
                    (false, _) => Next::Gap,
                }
            }
            Kind::Format1 | Kind::Format2(_) => Next::Gap,
        }
    }

    fn decide_end(&self, end: &SegmentEnd, next: Next) -> EndRow {
        decide_end(!end.format1, end.sealed, self.mark.is_some(), next)
    }

    fn end_refused(&self, end: Option<&SegmentEnd>, row: EndRow) -> StoreError {
        let what = row.refusal().unwrap_or("the log has no end");
        let what = format!(
            "{what} (record {} is expected next)",
            self.position.sequence
        );
        let path = self.segments.last().map(|segment| segment.path.as_path());
        let path = path.unwrap_or(self.log.directory);
        damaged(path, end.map_or(0, |end| end.offset), &what)
    }

    /// The first segment that is read begins where nothing, or the snapshot, goes before.
    fn begin(&mut self, at: usize, kind: Kind) -> Result<(), StoreError> {
        let candidate = &self.candidates[at];
        match kind {
            Kind::Format2(start) => {
                let covered = self.log.snapshot.covers(&start);
                if start.with_snapshot && !covered {
                    let what = format!(
                        "the snapshot of revision {} is missing, which has everything before",
                        start.revision
                    );
                    return Err(damaged(&candidate.path, 0, &what));
                }
                if !start.is_first() && !covered {
                    let what = "the segments before this one are missing";
                    return Err(damaged(&candidate.path, 0, what));
                }
                self.position = Position {
                    sequence: start.sequence,
                    chain: start.chain,
                    records_chain: 0,
                    revision: start.revision,
                };
            }
            // Its revisions are without gaps, which shows what is missing.
            _ => self.position.sequence = candidate.sequence,
        }
        Ok(())
    }

    fn drop_next(&mut self, at: usize, end: Option<&SegmentEnd>) {
        let path = self.candidates[at].path.clone();
        self.report
            .find(FindingKind::UnmadeSegment, path.clone(), 0, 0);
        self.fixes.push(Fix::Remove(path));
        if let Some(end) = end {
            self.unclean(end.offset);
        }
    }

    /// The log ends in the newest segment, and whether that is all that was written is not known.
    fn unclean(&mut self, offset: u64) {
        let Some(segment) = self.segments.last() else {
            return;
        };
        let path = segment.path.clone();
        self.report
            .find(FindingKind::NotClosed, path.clone(), offset, 0);
        self.fixes.push(Fix::Sync(path));
    }

    fn finish(self) -> Result<LogRead, StoreError> {
        let snapshot = &self.log.snapshot;
        if self.segments.is_empty() && (self.mark.is_some() || snapshot.loaded()) {
            let what = "the log is missing: the directory has no segment of it";
            return Err(damaged(&self.log.directory.join(segment_name(1)), 0, what));
        }
        if self.position.sequence < snapshot.sequence {
            let path = self.segments.last().map(|segment| segment.path.as_path());
            let what = format!(
                "the log ends before record {}, at which the snapshot of revision {} was begun",
                snapshot.sequence, snapshot.revision
            );
            let offset = self.segments.last().map_or(0, |segment| segment.bytes);
            return Err(damaged(path.unwrap_or(self.log.directory), offset, &what));
        }
        let mut end = self.position;
        end.revision = end.revision.max(snapshot.revision);
        self.report.segments = self.segments.len() as u64;
        self.report.log_bytes = self.segments.iter().map(|segment| segment.bytes).sum();
        self.report.revision = end.revision;
        Ok(LogRead {
            segments: self.segments,
            salt: self.salt,
            end,
            fixes: self.fixes,
        })
    }

    fn segment(
        &mut self,
        at: usize,
        start: SegmentStart,
        bytes: &[u8],
    ) -> Result<SegmentEnd, StoreError> {
        let path = self.candidates[at].path.clone();
        let mut groups = GroupScan {
            path: &path,
            bytes,
            start,
            place: self.place(at),
            offset: SECTOR,
            sealed: false,
            payload: Vec::new(),
        };
        let row = loop {
            let (found, head) = groups.look(&self.position, self.mark.as_ref());
            let row = decide_group(&found);
            match (row, head) {
                (GroupRow::Apply, Some((head, chain))) => self.apply(&mut groups, head, chain)?,
                _ => break row,
            }
        };
        if let Some(what) = row.refusal() {
            return Err(groups.damaged(what));
        }
        let (offset, sealed) = (groups.offset as u64, groups.sealed);
        self.segments.push(Segment {
            path: path.clone(),
            sequence: start.sequence,
            revision: self.position.revision,
            bytes: offset,
            format1: false,
        });
        match row {
            GroupRow::CleanEnd => self.report.closed = true,
            GroupRow::UncleanEnd => self.unclean(offset),
            GroupRow::Torn => {
                let cut = bytes.len() as u64 - offset;
                self.report
                    .find(FindingKind::TornGroup, path.clone(), offset, cut);
                self.fixes.push(Fix::Cut(path, offset));
                self.unclean(offset);
            }
            _ => {}
        }
        Ok(SegmentEnd {
            offset,
            sealed,
            format1: false,
            over: row != GroupRow::SegmentEnd,
        })
    }

    fn apply(
        &mut self,
        groups: &mut GroupScan<'_>,
        head: GroupHead,
        chain: u32,
    ) -> Result<(), StoreError> {
        self.report.groups += 1;
        self.report.records += u64::from(head.records);
        let snapshot = &self.log.snapshot;
        let next = self.position.sequence + u64::from(head.records);
        let another = "the log is not the one that the snapshot was made beside";
        if self.position.sequence < snapshot.sequence && snapshot.sequence < next {
            return Err(groups.damaged(another));
        }
        self.records(groups, &head)?;
        self.position.sequence = next;
        self.position.chain = chain;
        self.position.revision = head.revision;
        match head.kind {
            GroupKind::Seal => groups.sealed = true,
            GroupKind::Records => {
                self.position.records_chain = chain;
                let known = snapshot.chain != 0 && next == snapshot.sequence;
                if known && snapshot.chain != chain {
                    return Err(groups.damaged(another));
                }
            }
        }
        groups.offset += head.file_bytes() as usize;
        Ok(())
    }

    fn records(&mut self, groups: &GroupScan<'_>, head: &GroupHead) -> Result<(), StoreError> {
        let bad = || groups.damaged("the group makes no sense although its checksums are right");
        let mut rest = groups.payload.as_slice();
        for at in 0..u64::from(head.records) {
            let (length, after) = rest.split_at_checked(4).ok_or_else(bad)?;
            let length = u32_at(length, 0) as usize;
            let (payload, after) = after.split_at_checked(length).ok_or_else(bad)?;
            rest = after;
            let record = Record {
                payload,
                path: groups.path,
                offset: groups.offset as u64,
                sequence: head.sequence + at,
            };
            if (self.visit)(record)? > head.revision {
                return Err(bad());
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(bad()) }
    }

    fn format1_segment(&mut self, at: usize, bytes: &[u8]) -> Result<SegmentEnd, StoreError> {
        let last = self.place(at) == Place::Last;
        let path = self.candidates[at].path.clone();
        if self.segments.iter().any(|segment| !segment.format1) {
            let what = "a segment of format 1 stands behind one of format 2";
            return Err(damaged(&path, 0, what));
        }
        let segment = format1::Segment {
            path: &path,
            bytes,
            sequence: self.candidates[at].sequence,
            last,
        };
        let read = segment.read(&mut *self.visit)?;
        if last && self.mark.is_some() {
            return Err(damaged(
                &path,
                read.end,
                GroupRow::LostBeforeMark.refusal().unwrap_or_default(),
            ));
        }
        self.position.sequence = read.sequence;
        self.position.revision = self.position.revision.max(read.revision);
        self.report.records += read.records;
        self.report
            .find(FindingKind::OlderFormat, path.clone(), 0, read.end);
        if read.torn {
            let cut = bytes.len() as u64 - read.end;
            self.report
                .find(FindingKind::TornGroup, path.clone(), read.end, cut);
            self.fixes.push(Fix::Cut(path.clone(), read.end));
        }
        self.segments.push(Segment {
            path,
            sequence: self.candidates[at].sequence,
            revision: self.position.revision,
            bytes: read.end,
            format1: true,
        });
        if last {
            self.unclean(read.end);
        }
        Ok(SegmentEnd {
            offset: read.end,
            sealed: false,
            format1: true,
            over: last,
        })
    }
}

/// A segment's groups, one after the other.
struct GroupScan<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    start: SegmentStart,
    place: Place,
    offset: usize,
    sealed: bool,
    /// Of the group that was looked at last.
    payload: Vec<u8>,
}

impl GroupScan<'_> {
    fn damaged(&self, what: &str) -> StoreError {
        damaged(self.path, self.offset as u64, what)
    }

    /// What stands where the next group is expected.
    fn look(
        &mut self,
        position: &Position,
        mark: Option<&CleanEnd>,
    ) -> (FoundGroup, Option<(GroupHead, u32)>) {
        let sectors = GroupSectors {
            bytes: self.bytes,
            offset: self.offset,
            seed: GroupHead::seed(&self.start.salt, position.sequence),
        };
        let mut found = FoundGroup {
            head: Head::Damaged,
            body: Body::Whole,
            after: After::Nothing,
            place: self.place,
            mark: self.mark(position, mark),
            sealed: self.sealed,
        };
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        match sectors.state(0) {
            SectorState::Damaged => {}
            SectorState::Absent if is_zero(rest) => found.head = Head::Nothing,
            SectorState::Absent => {
                found.head = Head::Missing;
                found.body = body(&sectors, rest.len().div_ceil(SECTOR));
            }
            SectorState::Whole => {
                found.head = Head::Foreign;
                let head = sectors.head().filter(|(head, _)| {
                    head.sequence == position.sequence
                        && head.chain == position.chain
                        && head.revision >= position.revision
                });
                let Some((head, chain)) = head else {
                    return (found, None);
                };
                found.head = Head::Whole;
                let bytes = head.file_bytes() as usize;
                found.body = body(&sectors, bytes / SECTOR);
                if found.body == Body::Whole {
                    if !sectors.payload(&head, &mut self.payload) {
                        found.head = Head::Foreign;
                    }
                } else if !is_zero(rest.get(bytes..).unwrap_or_default()) {
                    found.after = After::Something;
                }
                return (found, Some((head, chain)));
            }
        }
        (found, None)
    }

    fn mark(&self, position: &Position, mark: Option<&CleanEnd>) -> Mark {
        let Some(mark) = mark else { return Mark::None };
        let offset = self.offset as u64;
        let segment = self.start.sequence;
        if mark.salt != self.start.salt || (mark.segment, mark.offset) < (segment, offset) {
            Mark::Elsewhere
        } else if (mark.segment, mark.offset) > (segment, offset) {
            Mark::Later
        } else if mark.sequence == position.sequence && mark.chain == position.chain {
            Mark::Here
        } else {
            Mark::Elsewhere
        }
    }
}

/// The sectors of a group after its first.
fn body(sectors: &GroupSectors<'_>, count: usize) -> Body {
    let in_file = sectors.bytes.len().saturating_sub(sectors.offset);
    let mut body = if in_file < count * SECTOR {
        Body::Missing
    } else {
        Body::Whole
    };
    for index in 1..count.min(in_file.div_ceil(SECTOR)) {
        match sectors.state(index) {
            SectorState::Whole => {}
            SectorState::Absent => body = Body::Missing,
            SectorState::Damaged => return Body::Damaged,
        }
    }
    body
}

fn unread() -> StoreError {
    StoreError::new(Reason::Io, "a segment of the log could not be read")
}

pub(crate) fn segment_name(sequence: u64) -> String {
    format!("log-{sequence:016x}")
}

pub(crate) fn segment_sequence(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("log-")?;
    let sequence = u64::from_str_radix(digits, 16).ok()?;
    (segment_name(sequence) == name).then_some(sequence)
}

pub(crate) fn list(files: &dyn FileSystem, directory: &Path) -> Result<Vec<String>, StoreError> {
    files
        .list(directory)
        .map_err(|error| StoreError::io(&format!("list {}", directory.display()), &error))
}

pub(crate) fn read_file(files: &dyn FileSystem, path: &Path) -> Result<Vec<u8>, StoreError> {
    read_up_to(files, path, u64::MAX)
}

/// The first sector, or less when the file is shorter.
pub(crate) fn read_start(files: &dyn FileSystem, path: &Path) -> Result<Vec<u8>, StoreError> {
    read_up_to(files, path, SECTOR as u64)
}

fn read_up_to(files: &dyn FileSystem, path: &Path, max: u64) -> Result<Vec<u8>, StoreError> {
    let read = || {
        let file = files.open(path, OpenMode::Read)?;
        let mut bytes = vec![0; file.length()?.min(max) as usize];
        file.read_at(0, &mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error: std::io::Error| {
        StoreError::io(&format!("read {}", path.display()), &error)
    })
}
