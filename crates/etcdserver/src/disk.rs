//! The machine's files, with the time that syncs of the log take; where nothing is to be synced,
//! without syncs.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use steersman_store::{Disk, File, FileSystem, OpenMode};

/// As etcd's: the first bound is a millisecond, each further one is twice the one before.
pub const BUCKETS: usize = 14;
const FIRST_BOUND_NANOS: u64 = 1_000_000;

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

    pub fn counts(&self) -> [u64; BUCKETS + 1] {
        let mut counts = [0; BUCKETS + 1];
        for (count, own) in counts.iter_mut().zip(&self.counts) {
            *count = own.load(Ordering::Relaxed);
        }
        counts
    }

    pub fn seconds(&self) -> f64 {
        self.nanos.load(Ordering::Relaxed) as f64 / 1e9
    }
}

pub struct Files {
    pub times: Arc<SyncTimes>,
    /// False: what was acknowledged may be gone after the machine stopped.
    pub syncs: bool,
}

impl FileSystem for Files {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        Disk.create_directory(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        Disk.list(directory)
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn File>> {
        // Past the page cache everything would wait for the disk after all.
        let mode = match mode {
            OpenMode::WriteDirect if !self.syncs => OpenMode::Write,
            OpenMode::CreateDirect if !self.syncs => OpenMode::Create,
            mode => mode,
        };
        let is_log = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"log-"));
        Ok(Box::new(Timed {
            file: Disk.open(path, mode)?,
            times: is_log.then(|| self.times.clone()),
            syncs: self.syncs,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        if self.syncs {
            Disk.sync_directory(path)
        } else {
            Ok(())
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        Disk.lock(path)
    }
}

struct Timed {
    file: Box<dyn File>,
    times: Option<Arc<SyncTimes>>,
    syncs: bool,
}

impl File for Timed {
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
        if !self.syncs {
            return Ok(());
        }
        let begin = Instant::now();
        let synced = self.file.sync();
        if let Some(times) = &self.times {
            let nanos = begin.elapsed().as_nanos();
            times.add(u64::try_from(nanos).unwrap_or(u64::MAX));
        }
        synced
    }
}
