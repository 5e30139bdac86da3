//! What can be done with a data directory that no store has open: looking whether it is sound,
//! keeping what can be read of a damaged one, and making one from what was kept elsewhere.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Reason, StoreError};
use crate::journal::disk::{FileSystem, LOCK_NAME, OpenMode, lock_directory};
use crate::journal::layout::{FileHead, FoundHead, SECTOR, Salt, directory_of};
use crate::journal::log::{DurableOptions, Log, create_segment};
use crate::journal::record::{Mark, encode_mark};
use crate::journal::replay::{ReadDirectory, read_directory};
use crate::journal::report::RecoveryReport;
use crate::journal::salvage::{Loss, Salvage};
use crate::journal::scan::{
    LogRead, MARK_NAME, Position, SEGMENT_MAGIC, Segment, SegmentStart, list, read_start,
    segment_name, segment_sequence,
};
use crate::journal::snapshot::{
    Block, SnapshotBegin, SnapshotFile, SnapshotTarget, SnapshotWriter, TEMPORARY, is_store_file,
    snapshot_name,
};
use crate::state::apply::State;
use crate::state::entry::{Draft, Entry, EntryMeta};
use crate::state::history::HistoryLimits;
use crate::state::index::From;
use crate::state::lease::Leases;
use crate::state::live::Live;
use crate::state::request::{MAX_KEY_BYTES, MAX_VALUE_BYTES};
use crate::state::views::NoViews;
use crate::{MAX_REVISION, Revision};

/// A directory that is held, so that nobody opens it meanwhile.
pub struct Offline {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    _lock: Box<dyn Send + Sync>,
}

/// Whether a directory is sound.
#[derive(Debug)]
pub struct Check {
    /// As opening it would report, as far as that came.
    pub report: RecoveryReport,
    /// Why opening it is refused.
    pub refusal: Option<StoreError>,
    /// What `repair` would have to do without.
    pub losses: Vec<Loss>,
}

/// What a repair did.
#[derive(Debug)]
pub struct Repair {
    /// What was wrong; None: nothing, and nothing was done.
    pub refusal: Option<StoreError>,
    pub losses: Vec<Loss>,
    /// Where the files are that were replaced.
    pub originals: Option<PathBuf>,
    pub kept: Kept,
}

/// What a directory or a file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    pub revision: Revision,
    pub keys: u64,
    pub leases: u64,
}

impl Kept {
    fn of(state: &State) -> Kept {
        Kept {
            revision: state.applied,
            keys: state.index.live_keys() as u64,
            leases: state.leases.len() as u64,
        }
    }
}

impl Offline {
    /// Fails with `Locked` while a store has it open, and with `InvalidRequest` when it holds no
    /// store.
    pub fn open(files: Arc<dyn FileSystem>, directory: &Path) -> Result<Offline, StoreError> {
        let names = files.list(directory).map_err(|error| {
            let message = format!("{}: {error}", directory.display());
            StoreError::new(Reason::InvalidRequest, message)
        })?;
        if !names.iter().any(|name| is_kept(name)) {
            let message = format!("{} holds no store", directory.display());
            return Err(StoreError::new(Reason::InvalidRequest, message));
        }
        let lock = lock_directory(&*files, directory)?;
        Ok(Offline {
            files,
            directory: directory.to_owned(),
            _lock: lock,
        })
    }

    fn read(&self, report: &mut RecoveryReport) -> Result<ReadDirectory, StoreError> {
        // History is of no use here.
        let limits = HistoryLimits {
            changes: 0,
            bytes: 0,
        };
        read_directory(&*self.files, &self.directory, limits, report)
    }

    /// Changes nothing.
    pub fn check(&self) -> Result<Check, StoreError> {
        Ok(self.examine()?.0)
    }

    /// As `check`, with what a sound directory holds.
    fn examine(&self) -> Result<(Check, Kept), StoreError> {
        let mut report = RecoveryReport::default();
        let (refusal, kept) = match self.read(&mut report) {
            Ok(read) => (None, Kept::of(&read.state)),
            Err(error) if error.reason == Reason::Corrupt => (Some(error), Kept::default()),
            Err(error) => return Err(error),
        };
        let losses = match &refusal {
            None => Vec::new(),
            Some(_) => Salvage::read(&*self.files, &self.directory)?.losses,
        };
        let check = Check {
            report,
            refusal,
            losses,
        };
        Ok((check, kept))
    }

    /// The state as of the newest revision, without history.
    pub(crate) fn newest_state(&self, report: &mut RecoveryReport) -> Result<State, StoreError> {
        let mut state = self.read(report)?.state;
        state.compacted = state.applied;
        Ok(state)
    }

    /// Replaces a directory that cannot be opened by what can be read of it: one snapshot, at a
    /// revision above every one that was ever given, and an empty log. The files so far are moved
    /// into a directory beside. Does nothing when the directory can be opened.
    pub fn repair(&self, salt: Salt) -> Result<Repair, StoreError> {
        let (Check { refusal, .. }, kept) = self.examine()?;
        if refusal.is_none() {
            return Ok(Repair {
                refusal,
                losses: Vec::new(),
                originals: None,
                kept,
            });
        }
        let mut originals = list(&*self.files, &self.directory)?;
        if !originals.iter().any(|name| is_store_file(name)) {
            let message = format!(
                "{}: nothing is left that a repair could keep: there is neither log nor snapshot",
                self.directory.display()
            );
            return Err(StoreError::new(Reason::Corrupt, message));
        }
        let salvage = Salvage::read(&*self.files, &self.directory)?;
        let revision = salvage.highest_revision();
        let place = Position {
            sequence: salvage.free_sequence(),
            revision,
            ..Position::default()
        };
        let Salvage {
            entries,
            leases,
            losses,
            salt: found,
            ..
        } = salvage;
        // One that was cut off may have left a file of the same name.
        let new = [
            segment_name(place.sequence),
            snapshot_name(revision),
            TEMPORARY.to_owned(),
        ];
        originals.retain(|name| !new.contains(name));
        let content = Content {
            entries: entries.into_values().collect(),
            leases,
            revision,
        };
        let salt = found.unwrap_or(salt);
        let written = content.write(&self.files, &self.directory, place, salt);
        if written.is_err() {
            self.remove_unfinished(&place);
        }
        let (kept, segment) = written?;
        let aside = self.directory.join(format!("damaged-{revision:016x}"));
        self.move_aside(originals, &aside).map_err(|error| {
            StoreError::io(&format!("move files to {}", aside.display()), &error)
        })?;
        // Without the mark the next opening takes the end for an unclean one, which costs numbers
        // and nothing else; what was lost is still to be said.
        let _ = end_in_order(&self.files, &self.directory, segment, place, salt);
        Ok(Repair {
            refusal,
            losses,
            originals: Some(aside),
            kept,
        })
    }

    /// What came of a repair that failed takes room. Once the snapshot has its name it counts.
    fn remove_unfinished(&self, place: &Position) {
        let in_place = snapshot_name(place.revision);
        if list(&*self.files, &self.directory).is_ok_and(|names| !names.contains(&in_place)) {
            for name in [TEMPORARY.to_owned(), segment_name(place.sequence)] {
                let _ = self.files.remove(&self.directory.join(name));
            }
        }
    }

    fn move_aside(&self, names: Vec<String>, aside: &Path) -> std::io::Result<()> {
        self.files.create_directory(aside)?;
        for name in names {
            if is_kept(&name) {
                self.files
                    .rename(&self.directory.join(&name), &aside.join(&name))?;
            }
        }
        self.files.sync_directory(aside)?;
        self.files.sync_directory(&self.directory)
    }

    /// No file is replaced, and none is made where an opening would take it for the store's.
    fn check_target(&self, target: &Path) -> Result<(), StoreError> {
        // What cannot be listed is found out when the file is made.
        let names = self.files.list(directory_of(target)).unwrap_or_default();
        let name = target.file_name().unwrap_or_default();
        let what = if names.iter().any(|found| name == found.as_str()) {
            "is there already"
        } else if names.iter().any(|found| is_kept(found)) && names.contains(&LOCK_NAME.to_owned())
        {
            "would stand among a store's own files"
        } else {
            return Ok(());
        };
        let message = format!("{} {what}", target.display());
        Err(StoreError::new(Reason::InvalidRequest, message))
    }

    /// Writes the state as of the newest revision to a new file, which `restore` takes.
    pub fn save(&self, target: &Path) -> Result<Kept, StoreError> {
        self.check_target(target)?;
        let mut report = RecoveryReport::default();
        let read = self.read(&mut report)?;
        let content = Content::of(read.state);
        let salt = read.log.salt.unwrap_or_default();
        let target = SnapshotTarget {
            temporary: with_suffix(target, ".new"),
            path: target.to_owned(),
            directory: directory_of(target).to_owned(),
        };
        let temporary = target.temporary.clone();
        let saved = content.save(&self.files, target, Position::default(), salt);
        if saved.is_err() {
            // What came of it takes room, and is good for nothing.
            let _ = self.files.remove(&temporary);
        }
        saved
    }
}

/// Whether a file of this name says that there is a store, or was.
fn is_kept(name: &str) -> bool {
    is_store_file(name) || name == MARK_NAME
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a directory from a file of `save`. Its revisions go on above the file's by `bump`, so that
/// none of those that were given after the file was written is given again.
pub fn restore(
    files: Arc<dyn FileSystem>,
    source: &Path,
    directory: &Path,
    bump: u64,
    salt: Salt,
) -> Result<Kept, StoreError> {
    let mut file = SnapshotFile::open(&*files, source, None)
        .map_err(|error| told_of_source(&*files, source, error))?;
    let mut maker = DirectoryMaker::new(files, directory, salt)?;
    let mut keys = 0;
    loop {
        match file.block().map_err(|damage| file.error(&damage))? {
            Block::Keys(entries) => {
                keys += entries.len() as u64;
                maker.content.entries.extend(entries);
            }
            Block::Leases(leases) => maker.content.leases = leases,
            Block::End(count) if count == keys => break,
            Block::End(_) => return Err(file.incomplete()),
        }
    }
    let revision = file.place().revision.saturating_add(bump);
    maker.finish(revision)
}

/// Something else than a snapshot is not called a damaged one.
fn told_of_source(files: &dyn FileSystem, source: &Path, error: StoreError) -> StoreError {
    let known = match read_start(files, source) {
        Ok(start) => SnapshotFile::is_one(&start),
        Err(_) => true,
    };
    if error.reason != Reason::Corrupt || known {
        return error;
    }
    let message = format!(
        "{} does not begin as a file of \"steersman store snapshot\" does",
        source.display()
    );
    StoreError::new(Reason::Corrupt, message)
}

/// Makes a directory from entries.
pub struct DirectoryMaker {
    files: Arc<dyn FileSystem>,
    directory: PathBuf,
    salt: Salt,
    content: Content,
    _lock: Box<dyn Send + Sync>,
}

impl DirectoryMaker {
    /// The directory may be there, but holds no store. What a making that was cut off left is
    /// removed.
    pub fn new(
        files: Arc<dyn FileSystem>,
        directory: &Path,
        salt: Salt,
    ) -> Result<DirectoryMaker, StoreError> {
        files
            .create_directory(directory)
            .map_err(|error| StoreError::io(&format!("create {}", directory.display()), &error))?;
        let lock = lock_directory(&*files, directory)?;
        let names = list(&*files, directory)?;
        let found = names.iter().filter(|name| is_kept(name));
        let found: Vec<PathBuf> = found.map(|name| directory.join(name)).collect();
        for path in &found {
            if !is_left_of_making(&*files, path)? {
                let message = format!("{} holds a store already", directory.display());
                return Err(StoreError::new(Reason::InvalidRequest, message));
            }
        }
        remove_all(&*files, directory, &found)?;
        Ok(DirectoryMaker {
            files,
            directory: directory.to_owned(),
            salt,
            content: Content::default(),
            _lock: lock,
        })
    }

    /// Keys come rising, and no two are the same; their leases come before them.
    pub fn put(&mut self, draft: Draft, meta: EntryMeta) -> Result<(), StoreError> {
        let bad = |what: &str| Err(StoreError::new(Reason::InvalidRequest, what));
        if draft.key().is_empty() || draft.key().len() > MAX_KEY_BYTES {
            return bad("a key has 1 to 4096 bytes");
        }
        let entry = draft.finish(meta);
        let rising = self
            .content
            .entries
            .last()
            .is_none_or(|last| last.key() < entry.key());
        if !rising {
            return bad("keys must rise");
        }
        let numbers = [
            entry.create_revision(),
            entry.mod_revision(),
            entry.version(),
        ];
        if numbers.contains(&0) || entry.create_revision() > entry.mod_revision() {
            return bad("revisions and versions are 1 or more, and none is before the creation");
        }
        if entry.value().len() > MAX_VALUE_BYTES {
            return bad("a value has at most 8 MiB");
        }
        if meta.lease_id > 0 && !self.content.leases.exists(meta.lease_id) {
            return bad(&format!("no lease {} stands before it", meta.lease_id));
        }
        self.content.entries.push(entry);
        Ok(())
    }

    /// A lease that has all its time before it. Fails when there is one with this id.
    pub fn lease(&mut self, id: u64, ttl_seconds: u64) -> Result<(), StoreError> {
        let leases = &mut self.content.leases;
        if id == 0 || leases.exists(id) {
            let message = format!("there is a lease {id} already");
            return Err(StoreError::new(Reason::InvalidRequest, message));
        }
        leases.grant(id, ttl_seconds.max(1));
        Ok(())
    }

    /// Writes the directory as of a revision that is not below any entry's. A failure leaves no
    /// store in it.
    pub fn finish(mut self, revision: Revision) -> Result<Kept, StoreError> {
        let newest = self.content.entries.iter().map(Entry::mod_revision);
        let newest = newest.max().unwrap_or(1);
        let refused = if revision < newest {
            format!("revision {revision}: the newest entry has {newest}")
        } else if revision > MAX_REVISION {
            format!("revision {revision}: the highest that there can be is {MAX_REVISION}")
        } else {
            String::new()
        };
        if !refused.is_empty() {
            return Err(StoreError::new(Reason::InvalidRequest, refused));
        }
        let mut content = std::mem::take(&mut self.content);
        content.revision = revision;
        let place = Position {
            sequence: 1,
            revision,
            ..Position::default()
        };
        let written = content.write(&self.files, &self.directory, place, self.salt);
        let ended = written.and_then(|(kept, segment)| {
            end_in_order(&self.files, &self.directory, segment, place, self.salt)?;
            Ok(kept)
        });
        if ended.is_err() {
            self.remove(revision);
        }
        ended
    }

    /// Takes back what was made so far; nobody was told that it is there. The snapshot goes last,
    /// so that what a stop leaves of it can be opened or made again.
    fn remove(&self, revision: Revision) {
        let names = [
            MARK_NAME.to_owned(),
            format!("{MARK_NAME}.new"),
            TEMPORARY.to_owned(),
            snapshot_name(revision),
            segment_name(1),
        ];
        for name in names {
            let _ = self.files.remove(&self.directory.join(name));
        }
        let _ = self.files.sync_directory(&self.directory);
    }
}

/// Whether a file may be from a making of a directory that was cut off before its snapshot got its
/// name: that snapshot in the making, or the empty segment that was to follow it.
fn is_left_of_making(files: &dyn FileSystem, path: &Path) -> Result<bool, StoreError> {
    let name = path.file_name().map(|name| name.to_string_lossy());
    let name = name.as_deref().unwrap_or_default();
    if name == TEMPORARY {
        return Ok(true);
    }
    if segment_sequence(name).is_none() {
        return Ok(false);
    }
    let length = files
        .open(path, OpenMode::Read)
        .and_then(|file| file.length())
        .map_err(|error| StoreError::io(&format!("open {}", path.display()), &error))?;
    if length > SECTOR as u64 {
        return Ok(false);
    }
    Ok(
        match FileHead::read(&read_start(files, path)?, SEGMENT_MAGIC) {
            FoundHead::Whole(head) => SegmentStart::of(&head).with_snapshot,
            FoundHead::Absent => true,
            FoundHead::Damaged | FoundHead::Format1 | FoundHead::Newer(_) => false,
        },
    )
}

fn remove_all(
    files: &dyn FileSystem,
    directory: &Path,
    paths: &[PathBuf],
) -> Result<(), StoreError> {
    let removed = paths.iter().try_for_each(|path| files.remove(path));
    let removed = removed.and_then(|()| files.sync_directory(directory));
    removed.map_err(|error| StoreError::io("remove what was left of a store", &error))
}

/// Says in a directory that was just made that nothing else was ever shown of it, and that it was
/// closed: its first opening is one of a store that ended in order.
fn end_in_order(
    files: &Arc<dyn FileSystem>,
    directory: &Path,
    segment: Segment,
    place: Position,
    salt: Salt,
) -> Result<(), StoreError> {
    let read = LogRead {
        segments: vec![segment],
        salt: Some(salt),
        end: place,
        fixes: Vec::new(),
    };
    let options = DurableOptions {
        room_bytes: 0,
        ..DurableOptions::default()
    };
    let issued = place.revision;
    let mut log = Log::resume(files.clone(), directory, options, read, salt)?;
    log.add(issued, |out| {
        encode_mark(issued, &Mark::Clean { issued }, out)
    });
    log.commit()?;
    log.close()
}

/// A state without history.
#[derive(Default)]
struct Content {
    /// In the order of keys.
    entries: Vec<Entry>,
    leases: Leases,
    revision: Revision,
}

impl Content {
    fn of(state: State) -> Content {
        let mut entries = Vec::with_capacity(state.index.live_keys());
        let start = From::At(b"");
        state.index.scan(start, None, Revision::MAX, |entry| {
            entries.push(entry.clone());
            true
        });
        Content {
            entries,
            leases: state.leases,
            revision: state.applied,
        }
    }

    /// Writes a snapshot and an empty segment behind it, which together are a whole directory: what
    /// else stands there is replaced by them the moment that the snapshot gets its name.
    fn write(
        self,
        files: &Arc<dyn FileSystem>,
        directory: &Path,
        place: Position,
        salt: Salt,
    ) -> Result<(Kept, Segment), StoreError> {
        let target = SnapshotTarget::in_directory(directory, self.revision);
        let (kept, writer) = self.draw_up(files, target, place, salt)?;
        let (segment, _) = create_segment(&**files, directory, salt, &place, true)?;
        writer.put_in_place()?;
        Ok((kept, segment))
    }

    fn save(
        self,
        files: &Arc<dyn FileSystem>,
        target: SnapshotTarget,
        position: Position,
        salt: Salt,
    ) -> Result<Kept, StoreError> {
        let (kept, writer) = self.draw_up(files, target, position, salt)?;
        writer.put_in_place()?;
        Ok(kept)
    }

    /// A snapshot of it that is durable, and has no name yet.
    fn draw_up(
        self,
        files: &Arc<dyn FileSystem>,
        target: SnapshotTarget,
        position: Position,
        salt: Salt,
    ) -> Result<(Kept, SnapshotWriter), StoreError> {
        let kept = Kept {
            revision: self.revision,
            keys: self.entries.len() as u64,
            leases: self.leases.len() as u64,
        };
        let mut state = State::first();
        let mut table = self.leases;
        let mut entries = self.entries;
        for entry in &mut entries {
            let id = entry.lease_id();
            if id > 0 && !table.exists(id) {
                // Whatever gets that number is another lease.
                *entry = entry.without_lease();
                table.pass(id);
            }
        }
        let mut leases = Vec::new();
        table.encode(&mut leases);
        state.leases = table;
        for entry in entries {
            state.load(entry);
        }
        state.applied = self.revision;
        state.issued = self.revision;
        state.compacted = self.revision;
        let live = Arc::new(Live::new(state, Arc::new(NoViews)));
        let begin = SnapshotBegin {
            revision: self.revision,
            leases,
            position,
            salt,
            unwritten_leases: None,
        };
        let mut writer = SnapshotWriter::begin(&live, files.clone(), target, begin)?;
        while !writer.step()? {}
        Ok((kept, writer))
    }
}

impl fmt::Debug for Offline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Offline({})", self.directory.display())
    }
}
