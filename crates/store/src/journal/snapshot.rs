//! Snapshots: every key as of one revision, written in steps while writes go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::journal::disk::{File, FileSystem, OpenMode};
use crate::journal::layout::{FileHead, FoundHead, SECTOR, Salt, damaged, newer, u32_at, u64_at};
use crate::journal::record::{decode_entry, encode_entry};
use crate::journal::report::{FindingKind, RecoveryReport};
use crate::journal::scan::{Fix, Position, SnapshotPlace, list, read_start, segment_sequence};
use crate::state::apply::State;
use crate::state::entry::Entry;
use crate::state::lease::Leases;
use crate::state::list::Scan;
use crate::state::live::Live;
use crate::state::request::MAX_KEY_BYTES;
use crate::wire::{Reader, put_number};

const MAGIC: &[u8; 8] = b"stmnsnp\n";
/// In format 1: magic, version, reserved, revision, checksum.
const FORMAT1_HEADER_BYTES: usize = 28;
/// Payload length, checksum.
const BLOCK_HEADER_BYTES: usize = 8;
/// One that a resumed watch looks a key up in is read whole.
const BLOCK_BYTES: usize = 32 << 10;
/// The file is synced in portions, so that no write of the log waits for all of it.
const SYNC_BYTES: u64 = 1 << 20;
const PAGE_KEYS: usize = 256;

const KEYS: u8 = 1;
/// Of an earlier version: ids and seconds.
const LEASES_WITHOUT_TIMES: u8 = 2;
const END: u8 = 3;
const LEASES: u8 = 4;

/// The state that a snapshot is begun with.
pub(crate) struct SnapshotBegin {
    pub revision: Revision,
    /// The lease table has no revisions: it is written as it is at this position of the log.
    pub leases: Vec<u8>,
    pub position: Position,
    pub salt: Salt,
    /// The table has changes that were not in the log, which had failed to write so many groups.
    pub unwritten_leases: Option<u64>,
}

/// Where a snapshot goes: written under one name, and complete under another.
pub(crate) struct SnapshotTarget {
    pub temporary: PathBuf,
    pub path: PathBuf,
    /// The directory of both.
    pub directory: PathBuf,
}

impl SnapshotTarget {
    pub fn in_directory(directory: &Path, revision: Revision) -> SnapshotTarget {
        SnapshotTarget {
            temporary: directory.join(TEMPORARY),
            path: directory.join(snapshot_name(revision)),
            directory: directory.to_owned(),
        }
    }
}

/// A snapshot in the making.
pub(crate) struct SnapshotWriter {
    files: Arc<dyn FileSystem>,
    target: SnapshotTarget,
    scan: Scan,
    file: Box<dyn File>,
    offset: u64,
    synced: u64,
    keys: u64,
    block: Vec<u8>,
    blocks: u32,
    seed: u32,
    position: Position,
    unwritten_leases: Option<u64>,
    complete: bool,
}

impl SnapshotWriter {
    /// Begins a snapshot of a revision that is durable and not compacted; the revision stays
    /// readable until the writer is dropped.
    pub fn begin(
        live: &Arc<Live>,
        files: Arc<dyn FileSystem>,
        target: SnapshotTarget,
        begin: SnapshotBegin,
    ) -> Result<SnapshotWriter, StoreError> {
        let revision = begin.revision;
        let scan = Scan::everything(live, revision)?;
        let file = files
            .open(&target.temporary, OpenMode::Create)
            .map_err(|error| {
                StoreError::io(&format!("create {}", target.temporary.display()), &error)
            })?;
        let position = begin.position;
        let head = FileHead {
            salt: begin.salt,
            numbers: [revision, position.sequence, 0],
            chain: position.records_chain,
        };
        let mut writer = SnapshotWriter {
            files,
            target,
            scan,
            file,
            offset: 0,
            synced: 0,
            keys: 0,
            block: Vec::new(),
            blocks: 0,
            seed: block_seed(&begin.salt, revision),
            position,
            unwritten_leases: begin.unwritten_leases,
            complete: false,
        };
        writer.write(&head.encode(MAGIC))?;
        writer.leases(&begin.leases)?;
        Ok(writer)
    }

    pub fn revision(&self) -> Revision {
        self.scan.revision()
    }

    /// The lease table has changes that were not in the log when so many groups had failed.
    pub fn unwritten_leases(&self) -> Option<u64> {
        self.unwritten_leases
    }

    /// Where the log stood when it was begun.
    pub fn position(&self) -> Position {
        self.position
    }

    fn leases(&mut self, leases: &[u8]) -> Result<(), StoreError> {
        self.block.push(LEASES);
        self.block.extend_from_slice(leases);
        self.flush()
    }

    /// Writes a bounded part. Returns true when the snapshot is complete and durable, but for its
    /// name.
    pub fn step(&mut self) -> Result<bool, StoreError> {
        if self.complete {
            return Ok(true);
        }
        let mut page = Vec::new();
        self.scan.page(PAGE_KEYS, &mut page)?;
        for found in &page {
            if self.block.is_empty() {
                self.block.push(KEYS);
            }
            encode_entry(found, &mut self.block);
            self.keys += 1;
            if self.block.len() >= BLOCK_BYTES {
                self.flush()?;
            }
        }
        if !self.scan.finished {
            return Ok(false);
        }
        self.flush()?;
        self.block.push(END);
        put_number(&mut self.block, self.keys);
        self.flush()?;
        self.file
            .sync()
            .map_err(|error| StoreError::io("finish a snapshot", &error))?;
        self.complete = true;
        Ok(true)
    }

    /// Gives a complete snapshot its name.
    pub fn put_in_place(&self) -> Result<(), StoreError> {
        self.files
            .rename(&self.target.temporary, &self.target.path)
            .and_then(|()| self.files.sync_directory(&self.target.directory))
            .map_err(|error| {
                StoreError::io(&format!("finish {}", self.target.path.display()), &error)
            })
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        let mut header = [0; BLOCK_HEADER_BYTES];
        header[..4].copy_from_slice(&(block.len() as u32).to_le_bytes());
        let checksum = block_checksum(self.seed, self.blocks, &block);
        header[4..].copy_from_slice(&checksum.to_le_bytes());
        self.blocks += 1;
        self.write(&header)?;
        self.write(&block)?;
        self.block = block;
        self.block.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file
            .write_at(self.offset, bytes)
            .map_err(|error| StoreError::io("write a snapshot", &error))?;
        self.offset += bytes.len() as u64;
        if self.offset - self.synced >= SYNC_BYTES {
            self.synced = self.offset;
            self.file
                .sync()
                .map_err(|error| StoreError::io("write a snapshot", &error))?;
        }
        Ok(())
    }
}

/// What the checksums of a snapshot's blocks begin with.
fn block_seed(salt: &Salt, revision: Revision) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(salt), &revision.to_le_bytes())
}

fn block_checksum(seed: u32, number: u32, block: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(seed, &number.to_le_bytes()), block)
}

/// The name while it is written.
pub(crate) const TEMPORARY: &str = "snapshot.new";

pub(crate) fn snapshot_name(revision: Revision) -> String {
    format!("snapshot-{revision:016x}")
}

fn snapshot_revision(name: &str) -> Option<Revision> {
    let revision = Revision::from_str_radix(name.strip_prefix("snapshot-")?, 16).ok()?;
    (snapshot_name(revision) == name).then_some(revision)
}

/// Whether a file of this name belongs to a store's content.
pub(crate) fn is_store_file(name: &str) -> bool {
    snapshot_revision(name).is_some() || segment_sequence(name).is_some() || name == TEMPORARY
}

/// Loads the newest snapshot into an empty state; what is to be removed is added to the fixes.
pub(crate) fn load_snapshot(
    files: &dyn FileSystem,
    directory: &Path,
    state: &mut State,
    report: &mut RecoveryReport,
    fixes: &mut Vec<Fix>,
) -> Result<SnapshotPlace, StoreError> {
    if list(files, directory)?.iter().any(|name| name == TEMPORARY) {
        let path = directory.join(TEMPORARY);
        report.find(FindingKind::UnfinishedSnapshot, path.clone(), 0, 0);
        fixes.push(Fix::Remove(path));
    }
    let mut snapshots = SnapshotFile::all(files, directory)?;
    let Some((revision, path)) = snapshots.pop() else {
        return Ok(SnapshotPlace::default());
    };
    for (_, replaced) in snapshots {
        report.find(FindingKind::Replaced, replaced.clone(), 0, 0);
        fixes.push(Fix::Remove(replaced));
    }
    let mut file = SnapshotFile::open(files, &path, Some(revision))?;
    let place = file.place();
    if place.salt.is_none() {
        report.find(FindingKind::OlderFormat, path.clone(), 0, 0);
    }
    loop {
        match file.block().map_err(|damage| file.error(&damage))? {
            Block::Keys(entries) => {
                report.snapshot_keys += entries.len() as u64;
                for entry in entries {
                    state.load(entry);
                }
            }
            Block::Leases(leases) => state.leases = leases,
            Block::End(keys) if keys == report.snapshot_keys => break,
            Block::End(_) => return Err(file.incomplete()),
        }
    }
    report.snapshot_revision = revision;
    state.applied = revision;
    state.compacted = revision;
    Ok(place)
}

/// What a block holds.
pub(crate) enum Block {
    Keys(Vec<Entry>),
    /// Before any keys.
    Leases(Leases),
    /// The last one: how many keys there are.
    End(u64),
}

/// A block that cannot be read.
pub(crate) struct BlockDamage {
    what: String,
    io: bool,
    /// From the block's beginning to the end of the file.
    pub rest: u64,
}

/// A snapshot that is read block by block.
pub(crate) struct SnapshotFile {
    path: PathBuf,
    file: Box<dyn File>,
    length: u64,
    offset: u64,
    blocks: u32,
    /// None in format 1.
    seed: Option<u32>,
    place: SnapshotPlace,
}

impl SnapshotFile {
    /// The snapshots of a directory, the newest last.
    pub fn all(
        files: &dyn FileSystem,
        directory: &Path,
    ) -> Result<Vec<(Revision, PathBuf)>, StoreError> {
        let names = list(files, directory)?;
        let named = |name: &String| Some((snapshot_revision(name)?, directory.join(name)));
        let mut snapshots: Vec<_> = names.iter().filter_map(named).collect();
        snapshots.sort();
        Ok(snapshots)
    }

    /// Whether a file that begins so is, or was, a snapshot.
    pub fn is_one(start: &[u8]) -> bool {
        start.starts_with(MAGIC)
    }

    /// Reads the head, which must be of this revision.
    pub fn open(
        files: &dyn FileSystem,
        path: &Path,
        revision: Option<Revision>,
    ) -> Result<SnapshotFile, StoreError> {
        let unreadable = |error| StoreError::io(&format!("open {}", path.display()), &error);
        let file = files.open(path, OpenMode::Read).map_err(unreadable)?;
        let length = file.length().map_err(unreadable)?;
        let start = read_start(files, path)?;
        let damaged = || damaged(path, 0, "the snapshot's head is damaged");
        let (place, offset, seed) = match FileHead::read(&start, MAGIC) {
            FoundHead::Whole(head) => {
                let place = SnapshotPlace {
                    revision: head.numbers[0],
                    sequence: head.numbers[1],
                    chain: head.chain,
                    salt: Some(head.salt),
                };
                let seed = block_seed(&head.salt, place.revision);
                (place, SECTOR, Some(seed))
            }
            FoundHead::Newer(version) => return Err(newer(path, version)),
            FoundHead::Format1 => {
                let head = start.get(..FORMAT1_HEADER_BYTES).ok_or_else(damaged)?;
                if crc32c::crc32c(&head[..24]) != u32_at(head, 24) {
                    return Err(damaged());
                }
                let place = SnapshotPlace {
                    revision: u64_at(head, 16),
                    ..SnapshotPlace::default()
                };
                (place, FORMAT1_HEADER_BYTES, None)
            }
            FoundHead::Absent | FoundHead::Damaged => return Err(damaged()),
        };
        if revision.is_some_and(|revision| revision != place.revision) {
            return Err(damaged());
        }
        Ok(SnapshotFile {
            path: path.to_owned(),
            file,
            length,
            offset: offset as u64,
            blocks: 0,
            seed,
            place,
        })
    }

    pub fn place(&self) -> SnapshotPlace {
        self.place
    }

    pub fn offset(&self) -> u64 {
        self.offset
    }

    pub fn error(&self, damage: &BlockDamage) -> StoreError {
        if damage.io {
            let message = format!("read {}: {}", self.path.display(), damage.what);
            return StoreError::new(Reason::Io, message);
        }
        damaged(&self.path, self.offset, &damage.what)
    }

    /// The last block counts other keys than there are.
    pub fn incomplete(&self) -> StoreError {
        damaged(&self.path, self.offset, "the snapshot lacks keys")
    }

    fn damage(&self, what: impl Into<String>) -> BlockDamage {
        BlockDamage {
            what: what.into(),
            io: false,
            rest: self.length.saturating_sub(self.offset),
        }
    }

    fn read(&self, offset: u64, target: &mut [u8]) -> Result<(), BlockDamage> {
        if offset + target.len() as u64 > self.length {
            return Err(self.damage("the file ends too early"));
        }
        self.file
            .read_at(offset, target)
            .map_err(|error| BlockDamage {
                io: true,
                ..self.damage(error.to_string())
            })
    }

    /// Length and checksum of the block that is next.
    fn block_head(&self) -> Result<(u64, u32), BlockDamage> {
        let mut head = [0; BLOCK_HEADER_BYTES];
        self.read(self.offset, &mut head)?;
        let length = u64::from(u32_at(&head, 0));
        if length == 0 || self.offset + BLOCK_HEADER_BYTES as u64 + length > self.length {
            return Err(self.damage("the head of a block is damaged"));
        }
        Ok((length, u32_at(&head, 4)))
    }

    /// Goes past a damaged block; returns its bytes, when its head says how many they are.
    pub fn skip(&mut self) -> Option<u64> {
        let (length, _) = self.block_head().ok()?;
        let bytes = BLOCK_HEADER_BYTES as u64 + length;
        self.offset += bytes;
        self.blocks += 1;
        Some(bytes)
    }

    /// Reads the next block; after damage it is still the next.
    pub fn block(&mut self) -> Result<Block, BlockDamage> {
        let (length, stated) = self.block_head()?;
        let mut payload = vec![0; length as usize];
        self.read(self.offset + BLOCK_HEADER_BYTES as u64, &mut payload)?;
        let checksum = match self.seed {
            Some(seed) => block_checksum(seed, self.blocks, &payload),
            None => crc32c::crc32c(&payload),
        };
        if checksum != stated {
            return Err(self.damage("a block is damaged"));
        }
        let block = Block::decode(&payload);
        let block = block.ok_or_else(|| self.damage("a block makes no sense"))?;
        self.offset += BLOCK_HEADER_BYTES as u64 + length;
        self.blocks += 1;
        Ok(block)
    }
}

/// A block of keys, for looking one up.
pub(crate) struct BlockPlace {
    pub first_key: Box<[u8]>,
    offset: u64,
    number: u32,
}

impl SnapshotFile {
    /// The blocks of keys, by their heads alone.
    pub fn places(&mut self) -> Result<Vec<BlockPlace>, StoreError> {
        const KEY_BYTES: u64 = 1 + 2 + MAX_KEY_BYTES as u64;
        let mut found = Vec::new();
        while self.offset < self.length {
            let begun = self.block_head().and_then(|(length, _)| {
                let mut begin = vec![0; length.min(KEY_BYTES) as usize];
                self.read(self.offset + BLOCK_HEADER_BYTES as u64, &mut begin)?;
                Ok(begin)
            });
            let begin = begun.map_err(|damage| self.error(&damage))?;
            let mut reader = Reader(&begin);
            if reader.byte() == Some(KEYS) {
                let first_key = reader.bytes().unwrap_or_default().into();
                found.push(BlockPlace {
                    first_key,
                    offset: self.offset,
                    number: self.blocks,
                });
            }
            if self.skip().is_none() {
                break;
            }
        }
        Ok(found)
    }

    pub fn keys_at(&mut self, place: &BlockPlace) -> Result<Vec<Entry>, StoreError> {
        self.offset = place.offset;
        self.blocks = place.number;
        match self.block().map_err(|damage| self.error(&damage))? {
            Block::Keys(entries) => Ok(entries),
            Block::Leases(_) | Block::End(_) => Ok(Vec::new()),
        }
    }
}

impl Block {
    fn decode(payload: &[u8]) -> Option<Block> {
        let mut reader = Reader(payload);
        let block = match reader.byte()? {
            KEYS => {
                let mut entries = Vec::new();
                while !reader.0.is_empty() {
                    entries.push(decode_entry(&mut reader)?);
                }
                Block::Keys(entries)
            }
            LEASES => {
                let mut leases = Leases::default();
                leases.decode(&mut reader)?;
                Block::Leases(leases)
            }
            LEASES_WITHOUT_TIMES => {
                let mut leases = Leases::default();
                leases.decode_without_times(&mut reader)?;
                Block::Leases(leases)
            }
            END => Block::End(reader.number()?),
            _ => return None,
        };
        Some(block)
    }
}
