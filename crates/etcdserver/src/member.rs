//! What a member knows beside its keys: who it is, and how far it was compacted. A small file of
//! lines `name value`, put in its place whole.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use steersman_store::{FileSystem, OpenMode, Reason, StoreError};
use steersman_upkeep::random_bytes;

const NAME: &str = "member.info";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub cluster_id: u64,
    pub member_id: u64,
    /// The revision of the last compaction; below 0 without one.
    pub compacted: i64,
    /// That the quota was reached, until somebody says otherwise.
    pub no_space: bool,
}

pub fn random_number() -> Result<u64, StoreError> {
    // Of either sign it is positive, and never 0.
    Ok((u64::from_le_bytes(random_bytes()?) >> 1) | 1)
}

impl Member {
    pub fn new() -> Result<Member, StoreError> {
        Ok(Member {
            cluster_id: random_number()?,
            member_id: random_number()?,
            compacted: -1,
            no_space: false,
        })
    }

    fn text(&self) -> String {
        format!(
            "cluster-id {:016x}\nmember-id {:016x}\ncompacted {}\nno-space {}\n",
            self.cluster_id, self.member_id, self.compacted, self.no_space
        )
    }

    fn read(text: &str) -> Option<Member> {
        let value = |name: &str| {
            let lines = text.lines();
            lines
                .filter_map(|line| line.split_once(' '))
                .find(|(found, _)| *found == name)
        };
        let hex = |name: &str| u64::from_str_radix(value(name)?.1, 16).ok();
        Some(Member {
            cluster_id: hex("cluster-id")?,
            member_id: hex("member-id")?,
            compacted: value("compacted")?.1.parse().ok()?,
            no_space: value("no-space")?.1.parse().ok()?,
        })
    }
}

/// Where it is kept; in memory nowhere.
pub struct MemberFile {
    place: Option<(Arc<dyn FileSystem>, PathBuf)>,
    member: Member,
}

impl MemberFile {
    pub fn in_memory() -> Result<MemberFile, StoreError> {
        let member = Member::new()?;
        Ok(MemberFile {
            place: None,
            member,
        })
    }

    /// Reads the file, or makes it.
    pub fn open(files: Arc<dyn FileSystem>, directory: &Path) -> Result<MemberFile, StoreError> {
        let path = directory.join(NAME);
        let read = || -> io::Result<String> {
            let file = files.open(&path, OpenMode::Read)?;
            let mut bytes = vec![0; file.length()?.min(4096) as usize];
            file.read_at(0, &mut bytes)?;
            String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
        };
        let member = match read() {
            Ok(text) => Member::read(&text).ok_or_else(|| {
                let message = format!("{} makes no sense", path.display());
                StoreError::new(Reason::Corrupt, message)
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut file = MemberFile {
                    place: Some((files, directory.to_owned())),
                    member: Member::new()?,
                };
                let member = file.member.clone();
                file.write(member)?;
                return Ok(file);
            }
            Err(error) => return Err(StoreError::io("read the member's file", &error)),
        };
        Ok(MemberFile {
            place: Some((files, directory.to_owned())),
            member,
        })
    }

    pub fn member(&self) -> &Member {
        &self.member
    }

    /// Durable when it returns.
    pub fn write(&mut self, member: Member) -> Result<(), StoreError> {
        if let Some((files, directory)) = &self.place {
            let write = || -> io::Result<()> {
                let new = directory.join(format!("{NAME}.new"));
                let file = files.open(&new, OpenMode::Create)?;
                file.write_at(0, member.text().as_bytes())?;
                file.sync()?;
                files.rename(&new, &directory.join(NAME))?;
                files.sync_directory(directory)
            };
            write().map_err(|error| StoreError::io("write the member's file", &error))?;
        }
        self.member = member;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Member;

    #[test]
    fn a_member_is_read_as_it_was_written() {
        let member = Member {
            compacted: 77,
            no_space: true,
            ..Member::new().expect("there are random bytes")
        };
        assert_eq!(Member::read(&member.text()), Some(member));
        assert_eq!(Member::read("cluster-id 1\n"), None);
    }
}
