//! What a member knows beside its keys: who it is, and how far it was compacted. A small file of
//! lines `name value`, put in its place whole.

use std::path::Path;
use std::sync::Arc;

use steersman_store::{FileSystem, StoreError};
use steersman_upkeep::random_bytes;

use crate::whole_file::WholeFile;

const NAME: &str = "member.info";
const MOST_BYTES: u64 = 4096;

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

pub struct MemberFile {
    file: WholeFile,
    member: Member,
}

impl MemberFile {
    pub fn in_memory() -> Result<MemberFile, StoreError> {
        Ok(MemberFile {
            file: WholeFile::nowhere(NAME),
            member: Member::new()?,
        })
    }

    /// Reads the file, or makes it.
    pub fn open(files: Arc<dyn FileSystem>, directory: &Path) -> Result<MemberFile, StoreError> {
        let file = WholeFile::new(files, directory, NAME);
        let Some(bytes) = file.read(MOST_BYTES)? else {
            let member = Member::new()?;
            file.replace(member.text().as_bytes())?;
            return Ok(MemberFile { file, member });
        };
        let member = std::str::from_utf8(&bytes).ok().and_then(Member::read);
        let member = member.ok_or_else(|| file.corrupt())?;
        Ok(MemberFile { file, member })
    }

    pub fn member(&self) -> &Member {
        &self.member
    }

    /// Durable when it returns.
    pub fn write(&mut self, member: Member) -> Result<(), StoreError> {
        self.file.replace(member.text().as_bytes())?;
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
