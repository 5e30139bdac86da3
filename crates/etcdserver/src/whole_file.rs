//! Small files that are there whole or not at all.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use steersman_store::{FileSystem, OpenMode, Reason, StoreError};

/// Where such a file is kept; in memory nowhere.
pub struct WholeFile {
    place: Option<(Arc<dyn FileSystem>, PathBuf)>,
    name: &'static str,
}

impl WholeFile {
    pub fn nowhere(name: &'static str) -> WholeFile {
        WholeFile { place: None, name }
    }

    pub fn new(files: Arc<dyn FileSystem>, directory: &Path, name: &'static str) -> WholeFile {
        WholeFile {
            place: Some((files, directory.to_owned())),
            name,
        }
    }

    /// What it holds; None where there is none. One of more than `most` bytes is refused.
    pub fn read(&self, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((files, directory)) = &self.place else {
            return Ok(None);
        };
        let path = directory.join(self.name);
        let read = || -> io::Result<Vec<u8>> {
            let file = files.open(&path, OpenMode::Read)?;
            let length = file.length()?;
            if length > most {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut bytes = vec![0; length as usize];
            file.read_at(0, &mut bytes)?;
            Ok(bytes)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(self.corrupt()),
            Err(error) => Err(StoreError::io(&format!("read {}", self.name), &error)),
        }
    }

    /// Durable when it returns.
    pub fn replace(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let Some((files, directory)) = &self.place else {
            return Ok(());
        };
        let write = || -> io::Result<()> {
            let new = directory.join(format!("{}.new", self.name));
            let file = files.open(&new, OpenMode::Create)?;
            file.write_at(0, bytes)?;
            file.sync()?;
            files.rename(&new, &directory.join(self.name))?;
            files.sync_directory(directory)
        };
        write().map_err(|error| StoreError::io(&format!("write {}", self.name), &error))
    }

    pub fn corrupt(&self) -> StoreError {
        let directory = self.place.as_ref().map(|(_, directory)| directory);
        let path = directory.map_or(PathBuf::new(), |directory| directory.join(self.name));
        StoreError::new(
            Reason::Corrupt,
            format!("{} makes no sense", path.display()),
        )
    }
}
