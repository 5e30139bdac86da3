//! The machine's files, with the time that syncs of the log take and the size of the snapshot.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use steersman_store::{Disk, File, FileSystem, OpenMode};

/// As etcd's: the first bound is a millisecond, each further one is twice the one before.
pub const BUCKETS: usize = 14;
const FIRST_BOUND_NANOS: u64 = 1_000_000;

/// How long syncs of the log took, and how large the snapshot is.
#[derive(Default)]
pub struct DiskFigures {
    /// By the bound that they are below; the last have none.
    counts: [AtomicU64; BUCKETS + 1],
    nanos: AtomicU64,
    snapshot_bytes: AtomicU64,
}

impl DiskFigures {
    fn add(&self, nanos: u64) {
        let bucket = (0..BUCKETS)
            .find(|bucket| nanos <= FIRST_BOUND_NANOS << bucket)
            .unwrap_or(BUCKETS);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    pub fn counts(&self) -> [u64; BUCKETS + 1] {
        std::array::from_fn(|bucket| self.counts[bucket].load(Ordering::Relaxed))
    }

    pub fn seconds(&self) -> f64 {
        self.nanos.load(Ordering::Relaxed) as f64 / 1e9
    }

    /// Of the snapshot that was read or put in its place last; 0 without one.
    pub fn snapshot_bytes(&self) -> u64 {
        self.snapshot_bytes.load(Ordering::Relaxed)
    }

    fn see_snapshot(&self, name: &[u8], file: &dyn File) -> io::Result<()> {
        if name.starts_with(b"snapshot-") {
            self.snapshot_bytes.store(file.length()?, Ordering::Relaxed);
        }
        Ok(())
    }
}

pub struct MeasuredDisk {
    pub figures: Arc<DiskFigures>,
    /// False: what was acknowledged may be gone after the machine stopped.
    pub syncs: bool,
}

impl FileSystem for MeasuredDisk {
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
        let file = Disk.open(path, mode)?;
        let name = name_of(path);
        self.figures.see_snapshot(name, &*file)?;
        if self.syncs && !name.starts_with(b"log-") {
            return Ok(file);
        }
        Ok(Box::new(MeasuredFile {
            file,
            syncs: self.syncs.then(|| self.figures.clone()),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)?;
        let name = name_of(to);
        if name.starts_with(b"snapshot-") {
            let file = Disk.open(to, OpenMode::Read)?;
            self.figures.see_snapshot(name, &*file)?;
        }
        Ok(())
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

struct MeasuredFile {
    file: Box<dyn File>,
    /// None: it is not synced.
    syncs: Option<Arc<DiskFigures>>,
}

fn name_of(path: &Path) -> &[u8] {
    path.file_name().unwrap_or_default().as_encoded_bytes()
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
        let Some(figures) = &self.syncs else {
            return Ok(());
        };
        let begin = Instant::now();
        let synced = self.file.sync();
        let nanos = begin.elapsed().as_nanos();
        figures.add(u64::try_from(nanos).unwrap_or(u64::MAX));
        synced
    }
}
