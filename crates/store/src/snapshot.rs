//! Snapshots: every key as of one revision, written in steps while writes go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Revision;
use crate::apply::State;
use crate::disk::{File, FileSystem, OpenMode};
use crate::entry::Key;
use crate::error::StoreError;
use crate::layout::{FileHead, FoundHead, SECTOR, Salt, damaged, newer, u32_at, u64_at};
use crate::list::Scan;
use crate::record::{Reader, decode_entry, encode_entry, put_number};
use crate::report::{FindingKind, RecoveryReport};
use crate::scan::{Fix, Position, SnapshotPlace, list, read_start};
use crate::store::Store;

const MAGIC: &[u8; 8] = b"stmnsnp\n";
/// In format 1: magic, version, reserved, revision, checksum.
const FORMAT1_HEADER_BYTES: usize = 28;
/// Payload length, checksum.
const BLOCK_HEADER_BYTES: usize = 8;
const BLOCK_BYTES: usize = 256 << 10;
/// The file is synced in portions, so that no write of the log waits for all of it.
const SYNC_BYTES: u64 = 2 << 20;
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

/// A snapshot in the making.
pub(crate) struct SnapshotWriter {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
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
        store: &Arc<Store>,
        files: Arc<dyn FileSystem>,
        directory: &Path,
        begin: SnapshotBegin,
    ) -> Result<SnapshotWriter, StoreError> {
        let revision = begin.revision;
        let scan = Scan::everything(store, revision)?;
        let file = files
            .open(&temporary(directory), OpenMode::Create)
            .map_err(|error| StoreError::io("create a snapshot", &error))?;
        let position = begin.position;
        let head = FileHead {
            salt: begin.salt,
            numbers: [revision, position.sequence, 0],
            chain: position.records_chain,
        };
        let mut writer = SnapshotWriter {
            files,
            directory: directory.to_owned(),
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

    /// Writes a bounded part. Answers true when the snapshot is complete and durable, but for its
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
            encode_entry(&found.key, &found.entry, &mut self.block);
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
        let name = self.directory.join(snapshot_name(self.revision()));
        self.files
            .rename(&temporary(&self.directory), &name)
            .and_then(|()| self.files.sync_directory(&self.directory))
            .map_err(|error| StoreError::io("finish a snapshot", &error))
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

fn temporary(directory: &Path) -> PathBuf {
    directory.join("snapshot.new")
}

fn snapshot_name(revision: Revision) -> String {
    format!("snapshot-{revision:016x}")
}

fn snapshot_revision(name: &str) -> Option<Revision> {
    let revision = Revision::from_str_radix(name.strip_prefix("snapshot-")?, 16).ok()?;
    (snapshot_name(revision) == name).then_some(revision)
}

/// Loads the newest snapshot into an empty state; what is to be removed is added to the fixes.
pub(crate) fn load_snapshot(
    files: &dyn FileSystem,
    directory: &Path,
    state: &mut State,
    report: &mut RecoveryReport,
    fixes: &mut Vec<Fix>,
) -> Result<SnapshotPlace, StoreError> {
    let names = list(files, directory)?;
    let mut snapshots: Vec<(Revision, PathBuf)> = Vec::new();
    for name in names {
        let path = directory.join(&name);
        if name == "snapshot.new" {
            report.find(FindingKind::UnfinishedSnapshot, path.clone(), 0, 0);
            fixes.push(Fix::Remove(path));
        } else if let Some(revision) = snapshot_revision(&name) {
            snapshots.push((revision, path));
        }
    }
    snapshots.sort();
    let Some((revision, path)) = snapshots.pop() else {
        return Ok(SnapshotPlace::default());
    };
    for (_, replaced) in snapshots {
        report.find(FindingKind::Replaced, replaced.clone(), 0, 0);
        fixes.push(Fix::Remove(replaced));
    }
    let file = files
        .open(&path, OpenMode::Read)
        .map_err(|error| StoreError::io(&format!("open {}", path.display()), &error))?;
    let start = read_start(files, &path)?;
    let mut loader = Loader {
        path: &path,
        file: &*file,
        offset: SECTOR as u64,
        keys: 0,
        blocks: 0,
        seed: None,
    };
    let place = loader.head(&start, revision)?;
    if place.salt.is_none() {
        report.find(FindingKind::OlderFormat, path.clone(), 0, 0);
    }
    while !loader.block(state)? {}
    report.snapshot_revision = revision;
    report.snapshot_keys = loader.keys;
    state.applied = revision;
    state.compacted = revision;
    Ok(place)
}

/// Removes all snapshots but the one of this revision.
pub(crate) fn remove_other_snapshots(
    files: &dyn FileSystem,
    directory: &Path,
    keep: Revision,
) -> Result<(), StoreError> {
    let remove = || {
        for name in files.list(directory)? {
            if snapshot_revision(&name).is_some_and(|revision| revision != keep) {
                files.remove(&directory.join(name))?;
            }
        }
        Ok(())
    };
    remove().map_err(|error: std::io::Error| StoreError::io("remove an old snapshot", &error))
}

struct Loader<'a> {
    path: &'a Path,
    file: &'a dyn File,
    offset: u64,
    keys: u64,
    blocks: u32,
    /// None in format 1.
    seed: Option<u32>,
}

impl Loader<'_> {
    fn read(&mut self, length: usize) -> Result<Vec<u8>, StoreError> {
        let mut bytes = vec![0; length];
        self.file
            .read_at(self.offset, &mut bytes)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => self.damaged("the file ends too early"),
                _ => StoreError::io("read a snapshot", &error),
            })?;
        self.offset += length as u64;
        Ok(bytes)
    }

    fn damaged(&self, what: &str) -> StoreError {
        damaged(self.path, self.offset, what)
    }

    fn head(&mut self, start: &[u8], revision: Revision) -> Result<SnapshotPlace, StoreError> {
        let damaged = || damaged(self.path, 0, "the snapshot's head is damaged");
        match FileHead::read(start, MAGIC) {
            FoundHead::Whole(head) if head.numbers[0] == revision => {
                self.seed = Some(block_seed(&head.salt, revision));
                Ok(SnapshotPlace {
                    revision,
                    sequence: head.numbers[1],
                    chain: head.chain,
                    salt: Some(head.salt),
                })
            }
            FoundHead::Newer(version) => Err(newer(self.path, version)),
            FoundHead::Format1 => {
                let header = start.get(..FORMAT1_HEADER_BYTES).ok_or_else(damaged)?;
                if crc32c::crc32c(&header[..24]) != u32_at(header, 24)
                    || u64_at(header, 16) != revision
                {
                    return Err(damaged());
                }
                self.offset = FORMAT1_HEADER_BYTES as u64;
                Ok(SnapshotPlace {
                    revision,
                    ..SnapshotPlace::default()
                })
            }
            FoundHead::Whole(_) | FoundHead::Absent | FoundHead::Damaged => Err(damaged()),
        }
    }

    /// Loads a block; true was the last.
    fn block(&mut self, state: &mut State) -> Result<bool, StoreError> {
        const MAX_BLOCK_BYTES: u32 = 1 << 30;
        let begin = self.offset;
        let bad = |loader: &Self| damaged(loader.path, begin, "a block is damaged");
        let header = self.read(BLOCK_HEADER_BYTES)?;
        let length = u32_at(&header, 0);
        if length == 0 || length > MAX_BLOCK_BYTES {
            return Err(bad(self));
        }
        let payload = self.read(length as usize)?;
        let checksum = match self.seed {
            Some(seed) => block_checksum(seed, self.blocks, &payload),
            None => crc32c::crc32c(&payload),
        };
        if checksum != u32_at(&header, 4) {
            return Err(bad(self));
        }
        self.blocks += 1;
        let mut reader = Reader(&payload);
        match reader.byte() {
            Some(KEYS) => {
                while !reader.0.is_empty() {
                    let (key, entry) = decode_entry(&mut reader).ok_or_else(|| bad(self))?;
                    state.load(Key::from(key), entry);
                    self.keys += 1;
                }
                Ok(false)
            }
            Some(LEASES) => {
                let read = state.leases.decode(&mut reader);
                read.map(|()| false).ok_or_else(|| bad(self))
            }
            Some(LEASES_WITHOUT_TIMES) => {
                let read = state.leases.decode_without_times(&mut reader);
                read.map(|()| false).ok_or_else(|| bad(self))
            }
            Some(END) if reader.number() == Some(self.keys) => Ok(true),
            _ => Err(bad(self)),
        }
    }
}
