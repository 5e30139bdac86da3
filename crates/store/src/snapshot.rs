//! Snapshots: every key as of one revision, written in steps while writes go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Revision;
use crate::apply::State;
use crate::disk::{File, FileSystem, OpenMode};
use crate::entry::Key;
use crate::error::StoreError;
use crate::list::Scan;
use crate::log::{FORMAT_VERSION, check_version, damaged, u32_at, u64_at};
use crate::record::{Reader, decode_entry, encode_entry, put_number};
use crate::request::Range;
use crate::selector::Selector;
use crate::store::Store;

const MAGIC: &[u8; 8] = b"stmnsnp\n";
/// Magic, version, reserved, revision, checksum.
const HEADER_BYTES: usize = 28;
/// Payload length, checksum.
const BLOCK_HEADER_BYTES: usize = 8;
const BLOCK_BYTES: usize = 256 << 10;
const PAGE_KEYS: usize = 256;

const KEYS: u8 = 1;
const LEASES: u8 = 2;
const END: u8 = 3;

/// A snapshot in the making.
pub(crate) struct SnapshotWriter {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    scan: Scan,
    file: Box<dyn File>,
    offset: u64,
    keys: u64,
    block: Vec<u8>,
}

impl SnapshotWriter {
    /// Begins a snapshot of a revision that is durable and not compacted; the revision stays
    /// readable until the writer is dropped.
    pub fn begin(
        store: &Arc<Store>,
        files: Arc<dyn FileSystem>,
        directory: &Path,
        revision: Revision,
    ) -> Result<SnapshotWriter, StoreError> {
        let everything = Range::Prefix(Box::default());
        let scan = Scan::new(store, everything, Selector::default(), revision, None)?;
        let file = files
            .open(&temporary(directory), OpenMode::Create)
            .map_err(|error| StoreError::io("create a snapshot", &error))?;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        header.extend_from_slice(&revision.to_le_bytes());
        header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());
        let directory = directory.to_owned();
        let block = Vec::new();
        let mut writer = SnapshotWriter {
            files,
            directory,
            scan,
            file,
            offset: 0,
            keys: 0,
            block,
        };
        writer.write(&header)?;
        writer.leases(store)?;
        Ok(writer)
    }

    pub fn revision(&self) -> Revision {
        self.scan.revision()
    }

    /// The lease table has no revisions: it is written as it is now. What the log says after the
    /// snapshot's revision is applied to it again, which changes nothing twice.
    fn leases(&mut self, store: &Store) -> Result<(), StoreError> {
        self.block.push(LEASES);
        let leases: Vec<(u64, u64)> = store.state.read().leases.all().collect();
        for (lease_id, ttl_seconds) in leases {
            put_number(&mut self.block, lease_id);
            put_number(&mut self.block, ttl_seconds);
        }
        self.flush()
    }

    /// Writes a bounded part. Answers true when the snapshot is complete and durable.
    pub fn step(&mut self) -> Result<bool, StoreError> {
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
        let name = self
            .directory
            .join(format!("snapshot-{:016x}", self.revision()));
        self.file
            .sync()
            .and_then(|()| self.files.rename(&temporary(&self.directory), &name))
            .and_then(|()| self.files.sync_directory(&self.directory))
            .map_err(|error| StoreError::io("finish a snapshot", &error))?;
        Ok(true)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        let mut header = [0; BLOCK_HEADER_BYTES];
        header[..4].copy_from_slice(&(block.len() as u32).to_le_bytes());
        header[4..].copy_from_slice(&crc32c::crc32c(&block).to_le_bytes());
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
        Ok(())
    }
}

fn temporary(directory: &Path) -> PathBuf {
    directory.join("snapshot.new")
}

fn snapshot_revision(name: &str) -> Option<Revision> {
    Revision::from_str_radix(name.strip_prefix("snapshot-")?, 16).ok()
}

/// Loads the newest snapshot into an empty state. The revision is 0 when there is none.
pub(crate) fn load_snapshot(
    files: &dyn FileSystem,
    directory: &Path,
    now_millis: u64,
    state: &mut State,
) -> Result<Revision, StoreError> {
    let names = files
        .list(directory)
        .map_err(|error| StoreError::io("list the directory", &error))?;
    if names.iter().any(|name| name == "snapshot.new") {
        files
            .remove(&temporary(directory))
            .map_err(|error| StoreError::io("remove an unfinished snapshot", &error))?;
    }
    let newest = names
        .iter()
        .filter_map(|n| Some((snapshot_revision(n)?, n)))
        .max();
    let Some((revision, name)) = newest else {
        return Ok(0);
    };
    let path = directory.join(name);
    let file = files
        .open(&path, OpenMode::Read)
        .map_err(|error| StoreError::io(&format!("open {}", path.display()), &error))?;
    let mut loader = Loader {
        path: &path,
        file: &*file,
        offset: 0,
        keys: 0,
    };
    loader.header(revision)?;
    while !loader.block(now_millis, state)? {}
    state.applied = revision;
    state.compacted = revision;
    Ok(revision)
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

    fn header(&mut self, revision: Revision) -> Result<(), StoreError> {
        let header = self.read(HEADER_BYTES)?;
        check_version(self.path, &header, MAGIC)?;
        if crc32c::crc32c(&header[..24]) != u32_at(&header, 24) || u64_at(&header, 16) != revision {
            return Err(damaged(self.path, 0, "the snapshot's header is damaged"));
        }
        Ok(())
    }

    /// Loads a block; true was the last.
    fn block(&mut self, now_millis: u64, state: &mut State) -> Result<bool, StoreError> {
        const MAX_BLOCK_BYTES: u32 = 1 << 30;
        let begin = self.offset;
        let bad = |loader: &Self| damaged(loader.path, begin, "a block is damaged");
        let header = self.read(BLOCK_HEADER_BYTES)?;
        let length = u32_at(&header, 0);
        if length == 0 || length > MAX_BLOCK_BYTES {
            return Err(bad(self));
        }
        let payload = self.read(length as usize)?;
        if crc32c::crc32c(&payload) != u32_at(&header, 4) {
            return Err(bad(self));
        }
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
                while !reader.0.is_empty() {
                    let lease_id = reader.number().ok_or_else(|| bad(self))?;
                    let ttl_seconds = reader.number().ok_or_else(|| bad(self))?;
                    state.leases.grant(lease_id, ttl_seconds, now_millis);
                }
                Ok(false)
            }
            Some(END) if reader.number() == Some(self.keys) => Ok(true),
            _ => Err(bad(self)),
        }
    }
}
