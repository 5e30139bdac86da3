//! The bytes of the store's files: sectors with checksums, the head of every file, the head of
//! every group. `docs/storage-format.md` draws them.
//!
//! A sector is what a disk writes whole or not at all. A group of records fills sectors of its
//! own, each with a checksum bound to the directory, the group and the sector's place in it, so
//! that a sector of an unfinished write is told from a damaged one: what was never written is
//! zeros, and no sector that was written is. Nothing is ever searched for: each group begins
//! where the one before it ends, so that no stored byte is looked at as if it were a head.

use std::path::Path;

use crate::Revision;
use crate::error::{Reason, StoreError};

pub(crate) const FORMAT_VERSION: u32 = 2;
pub(crate) const SECTOR: usize = 512;
const CHECKSUM_BYTES: usize = 4;
/// Bytes of content in a sector; its checksum follows.
pub(crate) const SECTOR_CONTENT: usize = SECTOR - CHECKSUM_BYTES;

/// Tells the files of one directory from those of every other.
pub type Salt = [u8; 16];

/// The first sector of a segment, of a snapshot and of the mark of a clean end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHead {
    pub salt: Salt,
    pub numbers: [u64; 3],
    /// The checksum of the head of the group that the position is after; 0 before the first.
    pub chain: u32,
}

const SALT_AT: usize = 16;
const NUMBERS_AT: usize = 32;
const CHAIN_AT: usize = 56;

/// What stands where a file's head belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundHead {
    Whole(FileHead),
    /// A file of format 1, whose head the caller reads.
    Format1,
    Newer(u32),
    /// Zeros, or the file ends before.
    Absent,
    Damaged,
}

impl FileHead {
    pub fn encode(&self, magic: &[u8; 8]) -> [u8; SECTOR] {
        let mut sector = [0; SECTOR];
        sector[..8].copy_from_slice(magic);
        sector[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        sector[SALT_AT..NUMBERS_AT].copy_from_slice(&self.salt);
        for (at, number) in self.numbers.iter().enumerate() {
            put_u64(&mut sector, NUMBERS_AT + at * 8, *number);
        }
        put_u32(&mut sector, CHAIN_AT, self.chain);
        let checksum = crc32c::crc32c(&sector[..SECTOR_CONTENT]);
        put_u32(&mut sector, SECTOR_CONTENT, checksum);
        sector
    }

    /// From format 2 on the checksum stands at the end of the first sector, so that a newer
    /// version is told from a damaged number.
    pub fn read(bytes: &[u8], magic: &[u8; 8]) -> FoundHead {
        if bytes.len() >= 12 && bytes.starts_with(magic) && u32_at(bytes, 8) == 1 {
            return FoundHead::Format1;
        }
        let Some(sector) = bytes.get(..SECTOR) else {
            return FoundHead::Absent;
        };
        if is_zero(sector) {
            return FoundHead::Absent;
        }
        if !sector.starts_with(magic)
            || u32_at(sector, SECTOR_CONTENT) != crc32c::crc32c(&sector[..SECTOR_CONTENT])
        {
            return FoundHead::Damaged;
        }
        match u32_at(sector, 8) {
            FORMAT_VERSION => {}
            version if version > FORMAT_VERSION => return FoundHead::Newer(version),
            _ => return FoundHead::Damaged,
        }
        let mut salt = [0; 16];
        salt.copy_from_slice(&sector[SALT_AT..NUMBERS_AT]);
        let mut numbers = [0; 3];
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = u64_at(sector, NUMBERS_AT + at * 8);
        }
        let chain = u32_at(sector, CHAIN_AT);
        FoundHead::Whole(FileHead {
            salt,
            numbers,
            chain,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupKind {
    Records,
    /// The last of a segment that another one follows.
    Seal,
}

/// What a group says about itself, in its first sector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupHead {
    pub kind: GroupKind,
    /// The sequence number of its first record.
    pub sequence: u64,
    pub records: u32,
    pub payload_bytes: u32,
    /// The newest revision in this group and all before it.
    pub revision: Revision,
    /// The checksum of the head sector of the group before.
    pub chain: u32,
}

const GROUP_MAGIC: u32 = u32::from_le_bytes(*b"\xa7Gr\x1e");
/// The checksum of the checksums of the group's further sectors.
const BODY_AT: usize = 36;
const GROUP_HEAD_BYTES: usize = 40;

impl GroupHead {
    /// What the checksums of this group's sectors begin with.
    pub fn seed(salt: &Salt, sequence: u64) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(salt), &sequence.to_le_bytes())
    }

    /// How many bytes of a file the group takes.
    pub fn file_bytes(&self) -> u64 {
        let content = GROUP_HEAD_BYTES as u64 + u64::from(self.payload_bytes);
        content.div_ceil(SECTOR_CONTENT as u64) * SECTOR as u64
    }

    /// Appends the group's sectors; returns the chain for the next group.
    pub fn encode(&self, salt: &Salt, payload: &[u8], out: &mut Vec<u8>) -> u32 {
        debug_assert_eq!(payload.len(), self.payload_bytes as usize);
        let seed = GroupHead::seed(salt, self.sequence);
        let begin = out.len();
        out.reserve(self.file_bytes() as usize);
        out.extend_from_slice(&[0; GROUP_HEAD_BYTES]);
        let first = payload.len().min(SECTOR_CONTENT - GROUP_HEAD_BYTES);
        out.extend_from_slice(&payload[..first]);
        out.resize(begin + SECTOR, 0);
        let mut body = 0;
        for (at, content) in payload[first..].chunks(SECTOR_CONTENT).enumerate() {
            let sector = out.len();
            out.extend_from_slice(content);
            out.resize(sector + SECTOR_CONTENT, 0);
            let checksum = sector_checksum(seed, at as u32 + 1, &out[sector..]).to_le_bytes();
            body = crc32c::crc32c_append(body, &checksum);
            out.extend_from_slice(&checksum);
        }
        let head = &mut out[begin..begin + SECTOR];
        put_u32(head, 0, GROUP_MAGIC);
        let kind = match self.kind {
            GroupKind::Records => 1,
            GroupKind::Seal => 2,
        };
        put_u32(head, 4, kind);
        put_u64(head, 8, self.sequence);
        put_u32(head, 16, self.records);
        put_u32(head, 20, self.payload_bytes);
        put_u64(head, 24, self.revision);
        put_u32(head, 32, self.chain);
        put_u32(head, BODY_AT, body);
        let checksum = sector_checksum(seed, 0, &head[..SECTOR_CONTENT]);
        put_u32(head, SECTOR_CONTENT, checksum);
        checksum
    }

    /// The head in a whole sector; None when it is no head or cannot be one.
    fn read(sector: &[u8]) -> Option<GroupHead> {
        let kind = match (u32_at(sector, 0), u32_at(sector, 4)) {
            (GROUP_MAGIC, 1) => GroupKind::Records,
            (GROUP_MAGIC, 2) => GroupKind::Seal,
            _ => return None,
        };
        let head = GroupHead {
            kind,
            sequence: u64_at(sector, 8),
            records: u32_at(sector, 16),
            payload_bytes: u32_at(sector, 20),
            revision: u64_at(sector, 24),
            chain: u32_at(sector, 32),
        };
        let empty = head.records == 0 && head.payload_bytes == 0;
        (empty == (kind == GroupKind::Seal)).then_some(head)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SectorState {
    Whole,
    /// Zeros, or not in the file: it was never written.
    Absent,
    Damaged,
}

/// The sectors of one group in a file's bytes.
pub(crate) struct GroupSectors<'a> {
    pub bytes: &'a [u8],
    pub offset: usize,
    pub seed: u32,
}

impl<'a> GroupSectors<'a> {
    pub fn sector(&self, index: usize) -> Option<&'a [u8]> {
        let begin = self.offset.checked_add(index.checked_mul(SECTOR)?)?;
        self.bytes.get(begin..begin.checked_add(SECTOR)?)
    }

    pub fn state(&self, index: usize) -> SectorState {
        let Some(sector) = self.sector(index) else {
            return SectorState::Absent;
        };
        let checksum = sector_checksum(self.seed, index as u32, &sector[..SECTOR_CONTENT]);
        if checksum == u32_at(sector, SECTOR_CONTENT) {
            SectorState::Whole
        } else if is_zero(sector) {
            SectorState::Absent
        } else {
            SectorState::Damaged
        }
    }

    /// The head and the chain after it, when the first sector is whole.
    pub fn head(&self) -> Option<(GroupHead, u32)> {
        let sector = self.sector(0)?;
        Some((GroupHead::read(sector)?, u32_at(sector, SECTOR_CONTENT)))
    }

    /// The payload of a group all of whose sectors are whole; false when they are not those that
    /// the head was written with.
    pub fn payload(&self, head: &GroupHead, out: &mut Vec<u8>) -> bool {
        out.clear();
        let length = head.payload_bytes as usize;
        out.reserve(length);
        let count = (head.file_bytes() / SECTOR as u64) as usize;
        let mut body = 0;
        for index in 0..count {
            let Some(sector) = self.sector(index) else {
                return false;
            };
            let (content, checksum) = sector.split_at(SECTOR_CONTENT);
            let content = if index == 0 {
                &content[GROUP_HEAD_BYTES..]
            } else {
                body = crc32c::crc32c_append(body, checksum);
                content
            };
            let missing = length - out.len();
            out.extend_from_slice(&content[..missing.min(content.len())]);
        }
        self.sector(0)
            .is_some_and(|sector| u32_at(sector, BODY_AT) == body)
    }
}

impl GroupSectors<'_> {
    /// The payload up to the first sector that is not whole.
    pub fn payload_before_damage(&self, head: &GroupHead) -> Vec<u8> {
        let length = head.payload_bytes as usize;
        let mut out = Vec::new();
        let mut index = 0;
        while out.len() < length && self.state(index) == SectorState::Whole {
            let Some(sector) = self.sector(index) else {
                break;
            };
            let begin = if index == 0 { GROUP_HEAD_BYTES } else { 0 };
            let content = &sector[begin..SECTOR_CONTENT];
            let missing = length - out.len();
            out.extend_from_slice(&content[..missing.min(content.len())]);
            index += 1;
        }
        out
    }
}

/// Never 0, so that a sector that was written is not all zeros.
fn sector_checksum(seed: u32, index: u32, content: &[u8]) -> u32 {
    let seed = crc32c::crc32c_append(seed, &index.to_le_bytes());
    crc32c::crc32c_append(seed, content).max(1)
}

pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<64>();
    chunks.iter().all(|chunk| chunk == &[0; 64]) && rest.iter().all(|byte| *byte == 0)
}

/// Where a file stands, also when only its name was given.
pub(crate) fn directory_of(path: &Path) -> &Path {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Damage with its place, and the way out where there is one: of a file that stands elsewhere than
/// in a data directory only another copy helps.
pub(crate) fn damaged(path: &Path, offset: u64, what: &str) -> StoreError {
    let place = format!("{} at offset {offset}: {what}", path.display());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = name.strip_prefix("log-").or(name.strip_prefix("snapshot-"));
    let is_number = |text: &str| text.len() == 16 && u64::from_str_radix(text, 16).is_ok();
    if !number.is_some_and(is_number) && name != "closed" {
        return StoreError::new(Reason::Corrupt, place);
    }
    let directory = directory_of(path).display();
    StoreError::new(
        Reason::Corrupt,
        format!(
            "{place}; \"steersman store check {directory}\" says what is damaged, \
             \"steersman store repair {directory}\" keeps what can be read"
        ),
    )
}

pub(crate) fn newer(path: &Path, version: u32) -> StoreError {
    let message = format!(
        "{} has format {version}; this version knows up to {FORMAT_VERSION}",
        path.display()
    );
    StoreError::new(Reason::NewerFormat, message)
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

pub(crate) fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

pub(crate) fn put_u64(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_by_its_name_alone_stands_here() {
        let of = |path: &str| directory_of(Path::new(path)).display().to_string();
        assert_eq!((of("a"), of("b/a")), (".".to_owned(), "b".to_owned()));
        let told = |path: &str| damaged(Path::new(path), 5, "it is damaged").message;
        assert_eq!(
            told("kept/yesterday"),
            "kept/yesterday at offset 5: it is damaged"
        );
        assert!(told("log-0000000000000001").contains("store repair ."));
    }
}
