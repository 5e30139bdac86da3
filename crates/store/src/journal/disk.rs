//! Files as the store needs them, behind one trait, so that tests can fail, tear and lose writes.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::OnceLock;

use crate::error::{Reason, StoreError};
use crate::journal::layout::SECTOR;

/// The log holds Secrets in plain text.
const FILE_MODE: u32 = 0o600;

/// Held by the one process that has the directory.
pub(crate) const LOCK_NAME: &str = "lock";

/// Memory from which a disk can take whole sectors itself begins at a multiple of this.
pub(crate) const DIRECT_ALIGNMENT: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    Read,
    /// An existing file, for reading and writing.
    Write,
    /// A new file; one that is there is emptied.
    Create,
    /// As `Write`, for a file that is written once and hardly ever read: whole sectors from aligned
    /// memory (`SectorBuffer`) may go to the disk past the page cache.
    WriteDirect,
    /// As `Create`, and `WriteDirect` afterwards.
    CreateDirect,
}

pub trait FileSystem: Send + Sync {
    /// A directory that only its owner may enter, durably in its parent, as are those that had to
    /// be made above it; one that is there becomes such a one, and its files become the owner's
    /// alone.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Names of the files in a directory, sorted.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn File>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in a directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Held until the result is dropped, or its process ends. `WouldBlock` when another holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>>;
}

pub trait File: Send + Sync {
    /// Fills the target; an end of the file before that is `UnexpectedEof`.
    fn read_at(&self, offset: u64, target: &mut [u8]) -> io::Result<()>;
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn set_length(&self, length: u64) -> io::Result<()>;
    fn length(&self) -> io::Result<u64>;
    /// Makes the content durable, and the length when it changed.
    fn sync(&self) -> io::Result<()>;
}

/// The machine's files.
#[derive(Debug, Default, Clone, Copy)]
pub struct Disk;

impl FileSystem for Disk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let path = std::path::absolute(path)?;
        let missing: Vec<&Path> = path.ancestors().take_while(|path| !path.exists()).collect();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&path)?;
        for made in missing {
            if let Some(parent) = made.parent() {
                self.sync_directory(parent)?;
            }
        }
        let path = path.as_path();
        keep_from_others(path)?;
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                keep_from_others(&entry.path())?;
            }
        }
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn File>> {
        Ok(Box::new(DiskFile::open(path, mode)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(FILE_MODE)
            .open(path);
        let file = match file {
            // Nobody can write there any more; who could until now has it still.
            Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
                match fs::File::open(path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        return Ok(Box::new(()));
                    }
                    opened => opened?,
                }
            }
            opened => opened?,
        };
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Takes everybody else's rights away. A file system without rights, or somebody else's file, stays
/// as it is: whoever set that up has decided who reads it.
fn keep_from_others(path: &Path) -> io::Result<()> {
    let permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    let own = fs::Permissions::from_mode(permissions.mode() & 0o700);
    match fs::set_permissions(path, own) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

struct DiskFile {
    cached: fs::File,
    /// The same file past the page cache, where its file system has that.
    direct: Option<fs::File>,
    /// Sectors of this disk are larger than the log's.
    refused: OnceLock<()>,
}

impl DiskFile {
    fn open(path: &Path, mode: OpenMode) -> io::Result<DiskFile> {
        let mut options = fs::OpenOptions::new();
        options.read(true).mode(FILE_MODE);
        match mode {
            OpenMode::Read => {}
            OpenMode::Write | OpenMode::WriteDirect => {
                options.write(true);
            }
            OpenMode::Create | OpenMode::CreateDirect => {
                options.write(true).create(true).truncate(true);
            }
        }
        let cached = options.open(path)?;
        let direct = match mode {
            OpenMode::WriteDirect | OpenMode::CreateDirect => fs::OpenOptions::new()
                .write(true)
                .custom_flags(libc::O_DIRECT)
                .open(path)
                .ok(),
            _ => None,
        };
        Ok(DiskFile {
            cached,
            direct,
            refused: OnceLock::new(),
        })
    }

    /// Whether it was written past the page cache. The kernel drops what the cache has of these
    /// sectors, so that readers find them.
    fn write_direct(&self, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let Some(direct) = &self.direct else {
            return Ok(false);
        };
        let whole = offset.is_multiple_of(SECTOR as u64) && bytes.len().is_multiple_of(SECTOR);
        let aligned = bytes.as_ptr().addr().is_multiple_of(DIRECT_ALIGNMENT);
        if !whole || !aligned || self.refused.get().is_some() {
            return Ok(false);
        }
        match direct.write_all_at(bytes, offset) {
            Ok(()) => Ok(true),
            // Nothing is written in part then.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                let _ = self.refused.set(());
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

impl File for DiskFile {
    fn read_at(&self, offset: u64, target: &mut [u8]) -> io::Result<()> {
        self.cached.read_exact_at(target, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.write_direct(offset, bytes)? {
            return Ok(());
        }
        self.cached.write_all_at(bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.cached.set_len(length)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.cached.metadata()?.len())
    }

    fn sync(&self) -> io::Result<()> {
        self.cached.sync_data()
    }
}

/// Bytes that begin at a multiple of `DIRECT_ALIGNMENT`.
#[derive(Default)]
pub(crate) struct SectorBuffer {
    memory: Vec<u8>,
    begin: usize,
}

impl SectorBuffer {
    /// Room for so many bytes, to be appended to what is returned and no further.
    pub fn reset(&mut self, bytes: usize) -> &mut Vec<u8> {
        self.memory.clear();
        self.memory.reserve(bytes + DIRECT_ALIGNMENT);
        self.begin = self.memory.as_ptr().align_offset(DIRECT_ALIGNMENT);
        self.memory.resize(self.begin, 0);
        &mut self.memory
    }

    pub fn bytes(&self) -> &[u8] {
        &self.memory[self.begin..]
    }

    /// Gives memory beyond this back.
    pub fn release(&mut self, keep: usize) {
        self.memory.clear();
        self.begin = 0;
        self.memory.shrink_to(keep);
    }
}

/// Takes a data directory for this process.
pub(crate) fn lock_directory(
    files: &dyn FileSystem,
    directory: &Path,
) -> Result<Box<dyn Send + Sync>, StoreError> {
    files
        .lock(&directory.join(LOCK_NAME))
        .map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                let message = format!("{} is in use by another process", directory.display());
                StoreError::new(Reason::Locked, message)
            }
            _ => StoreError::io(&format!("lock {}", directory.display()), &error),
        })
}

#[cfg(test)]
#[path = "disk_tests.rs"]
mod tests;
