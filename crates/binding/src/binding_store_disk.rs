//! The machine's files, with the time that syncs of the log take. The crate has no clock.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use steersman_store::{Disk, File, FileSystem, OpenMode};

/// As etcd's: the first bound is a millisecond, each further one is twice the one before.
const BUCKETS: usize = 14;
const FIRST_BOUND_NANOS: u64 = 1_000_000;

/// How long syncs took.
#[derive(Default)]
pub struct SyncTimes {
    /// By the bound that they are below; the last have none.
    counts: [AtomicU64; BUCKETS + 1],
    nanos: AtomicU64,
}

impl SyncTimes {
    fn add(&self, nanos: u64) {
        let bucket = (0..BUCKETS)
            .find(|bucket| nanos <= FIRST_BOUND_NANOS << bucket)
            .unwrap_or(BUCKETS);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    pub fn counts(&self) -> Vec<f64> {
        let counts = self.counts.iter();
        counts.map(|c| c.load(Ordering::Relaxed) as f64).collect()
    }

    pub fn seconds(&self) -> f64 {
        self.nanos.load(Ordering::Relaxed) as f64 / 1e9
    }
}

#[derive(Default)]
pub struct MeasuredDisk {
    pub syncs: Arc<SyncTimes>,
}

impl FileSystem for MeasuredDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        Disk.create_directory(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        Disk.list(directory)
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn File>> {
        let file = Disk.open(path, mode)?;
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if !name.starts_with(b"log-") {
            return Ok(file);
        }
        Ok(Box::new(MeasuredFile {
            file,
            syncs: self.syncs.clone(),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        Disk.sync_directory(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        Disk.lock(path)
    }
}

struct MeasuredFile {
    file: Box<dyn File>,
    syncs: Arc<SyncTimes>,
}

impl File for MeasuredFile {
    fn read_at(&self, offset: u64, target: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, target)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(offset, bytes)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn sync(&self) -> io::Result<()> {
        let begin = Instant::now();
        let synced = self.file.sync();
        let nanos = begin.elapsed().as_nanos();
        self.syncs.add(u64::try_from(nanos).unwrap_or(u64::MAX));
        synced
    }
}
