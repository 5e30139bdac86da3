//! A machine's files in memory that lose, tear and refuse what was not made durable.

#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use steersman_store::{File, FileSystem, OpenMode};

/// A small generator with a seed: the tests are repeatable.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }
}

#[derive(Clone)]
enum Pending {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Clone, Default)]
struct Inode {
    durable: Vec<u8>,
    /// What readers see now.
    current: Vec<u8>,
    pending: Vec<Pending>,
}

impl Pending {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Pending::Write(offset, written) => {
                let end = *offset as usize + written.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset as usize..end].copy_from_slice(written);
            }
            Pending::Length(length) => bytes.resize(*length as usize, 0),
        }
    }
}

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone)]
enum Naming {
    Create(PathBuf, usize),
    /// A file that gets another name.
    Rename(PathBuf, PathBuf, usize),
    Remove(PathBuf),
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Naming::Create(path, inode) => {
                names.insert(path.clone(), *inode);
            }
            Naming::Rename(from, to, inode) => {
                if names.get(from) == Some(inode) {
                    names.remove(from);
                }
                names.insert(to.clone(), *inode);
            }
            Naming::Remove(path) => {
                names.remove(path);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// From this operation on nothing happens any more.
    Crash(u64),
    /// Operations from the first to before the second fail so, after half of a write was done.
    Fail(u64, u64, ErrorKind),
}

#[derive(Default)]
struct Machine {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    naming: Vec<Naming>,
    locks: BTreeSet<PathBuf>,
    operations: u64,
    fault: Option<Fault>,
}

#[derive(Clone, Default)]
pub struct FaultyDisk(Arc<Mutex<Machine>>);

impl FaultyDisk {
    pub fn with_fault(fault: Fault) -> FaultyDisk {
        let disk = FaultyDisk::default();
        disk.machine().fault = Some(fault);
        disk
    }

    pub fn set_fault(&self, fault: Option<Fault>) {
        self.machine().fault = fault;
    }

    pub fn operations(&self) -> u64 {
        self.machine().operations
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap()
    }

    /// The machine after losing power: what was durable, and by chance parts of what was not.
    /// Names are made, changed and removed in any order or not at all.
    pub fn after_power_loss(&self, dice: &mut Dice) -> FaultyDisk {
        let machine = self.machine();
        let mut after = Machine {
            durable_names: machine.durable_names.clone(),
            ..Machine::default()
        };
        let mode = dice.roll(4);
        let kept = dice.roll(machine.naming.len() as u64 + 1) as usize;
        for (at, naming) in machine.naming.iter().enumerate() {
            let keeps = match mode {
                0 => true,
                1 => at < kept,
                _ => dice.roll(2) == 0,
            };
            if keeps {
                naming.apply(&mut after.durable_names);
            }
        }
        after.names = after.durable_names.clone();
        for inode in &machine.inodes {
            let mut bytes = inode.durable.clone();
            let mode = dice.roll(4);
            for pending in &inode.pending {
                match (mode, pending) {
                    (0, _) => {}
                    (1, _) => pending.apply(&mut bytes),
                    (2, Pending::Write(offset, written)) => {
                        let sectors = sectors(*offset, written);
                        let torn = dice.roll(sectors.len() as u64 + 1) as usize;
                        for sector in &sectors[..torn] {
                            sector.apply(&mut bytes);
                        }
                    }
                    (_, Pending::Write(offset, written)) => {
                        // Sectors arrive in any order or not at all.
                        for sector in sectors(*offset, written) {
                            if dice.roll(2) == 0 {
                                sector.apply(&mut bytes);
                            }
                        }
                    }
                    (_, Pending::Length(_)) => pending.apply(&mut bytes),
                }
            }
            let current = bytes.clone();
            after.inodes.push(Inode {
                durable: bytes,
                current,
                pending: Vec::new(),
            });
        }
        FaultyDisk(Arc::new(Mutex::new(after)))
    }

    /// The content of a file, for damaging it.
    pub fn read(&self, path: &Path) -> Vec<u8> {
        let machine = self.machine();
        machine.inodes[machine.names[path]].current.clone()
    }

    pub fn write(&self, path: &Path, bytes: Vec<u8>) {
        let mut machine = self.machine();
        let inode = machine.names[path];
        machine.inodes[inode] = Inode {
            durable: bytes.clone(),
            current: bytes,
            pending: Vec::new(),
        };
    }

    /// Rot: one bit of what was written long ago is another.
    pub fn flip(&self, path: &Path, bit: usize) {
        let mut bytes = self.read(path);
        bytes[bit / 8] ^= 1 << (bit % 8);
        self.write(path, bytes);
    }

    /// Rot: a sector reads as zeros.
    pub fn zero_sector(&self, path: &Path, sector: usize) {
        let mut bytes = self.read(path);
        let end = bytes.len().min((sector + 1) * SECTOR);
        bytes[sector * SECTOR..end].fill(0);
        self.write(path, bytes);
    }

    /// A file that another process puts there.
    pub fn add(&self, path: &Path, bytes: Vec<u8>) {
        self.open(path, OpenMode::Create).unwrap();
        self.write(path, bytes);
        self.sync_directory(Path::new("")).unwrap();
    }

    /// The same machine's files, for trying something on them.
    pub fn copy(&self) -> FaultyDisk {
        let machine = self.machine();
        let inodes = machine
            .inodes
            .iter()
            .map(|inode| Inode {
                durable: inode.current.clone(),
                current: inode.current.clone(),
                pending: Vec::new(),
            })
            .collect();
        FaultyDisk(Arc::new(Mutex::new(Machine {
            inodes,
            names: machine.names.clone(),
            durable_names: machine.names.clone(),
            ..Machine::default()
        })))
    }

    pub fn paths(&self) -> Vec<PathBuf> {
        self.machine().names.keys().cloned().collect()
    }
}

/// A write by the sectors of the file that it fills.
fn sectors(offset: u64, written: &[u8]) -> Vec<Pending> {
    let mut parts = Vec::new();
    let mut rest = written;
    let mut at = offset;
    while !rest.is_empty() {
        let length = (SECTOR - at as usize % SECTOR).min(rest.len());
        let (part, after) = rest.split_at(length);
        parts.push(Pending::Write(at, part.to_vec()));
        at += length as u64;
        rest = after;
    }
    parts
}

impl Machine {
    /// Counts an operation that changes something; an error says that it does not happen (any
    /// more).
    fn operate(&mut self) -> std::result::Result<(), (bool, Error)> {
        let at = self.operations;
        self.operations += 1;
        match self.fault {
            Some(Fault::Crash(from)) if at >= from => {
                Err((at == from, Error::other("the machine is off")))
            }
            Some(Fault::Fail(from, to, kind)) if at >= from && at < to => {
                Err((true, Error::from(kind)))
            }
            _ => Ok(()),
        }
    }

    fn name(&mut self, naming: Naming) -> Result<()> {
        self.operate().map_err(|(_, error)| error)?;
        naming.apply(&mut self.names);
        self.naming.push(naming);
        Ok(())
    }
}

impl FileSystem for FaultyDisk {
    fn create_directory(&self, _path: &Path) -> Result<()> {
        Ok(())
    }

    fn list(&self, directory: &Path) -> Result<Vec<String>> {
        let machine = self.machine();
        let names = machine
            .names
            .keys()
            .filter(|path| path.parent() == Some(directory));
        Ok(names
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect())
    }

    fn open(&self, path: &Path, mode: OpenMode) -> Result<Box<dyn File>> {
        let mut machine = self.machine();
        let inode = match (machine.names.get(path).copied(), mode) {
            (Some(inode), OpenMode::Read | OpenMode::Write | OpenMode::WriteDirect) => inode,
            (None, OpenMode::Read | OpenMode::Write | OpenMode::WriteDirect) => {
                return Err(ErrorKind::NotFound.into());
            }
            (_, OpenMode::Create | OpenMode::CreateDirect) => {
                let inode = machine.inodes.len();
                machine.name(Naming::Create(path.to_owned(), inode))?;
                machine.inodes.push(Inode::default());
                inode
            }
        };
        Ok(Box::new(FaultyFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let mut machine = self.machine();
        let inode = *machine.names.get(from).ok_or(ErrorKind::NotFound)?;
        machine.name(Naming::Rename(from.to_owned(), to.to_owned(), inode))
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.machine().name(Naming::Remove(path.to_owned()))
    }

    fn sync_directory(&self, _path: &Path) -> Result<()> {
        let mut machine = self.machine();
        machine.operate().map_err(|(_, error)| error)?;
        machine.durable_names = machine.names.clone();
        machine.naming.clear();
        Ok(())
    }

    fn lock(&self, path: &Path) -> Result<Box<dyn Send + Sync>> {
        if !self.machine().locks.insert(path.to_owned()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Held(self.clone(), path.to_owned())))
    }
}

struct Held(FaultyDisk, PathBuf);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.machine().locks.remove(&self.1);
    }
}

struct FaultyFile {
    disk: FaultyDisk,
    inode: usize,
}

impl FaultyFile {
    fn change(&self, pending: Pending) -> Result<()> {
        let mut machine = self.disk.machine();
        let operated = machine.operate();
        let inode = &mut machine.inodes[self.inode];
        match operated {
            Ok(()) => {
                pending.apply(&mut inode.current);
                inode.pending.push(pending);
                Ok(())
            }
            // Cutting a file needs no room.
            Err((_, error))
                if error.kind() == ErrorKind::StorageFull
                    && matches!(pending, Pending::Length(_)) =>
            {
                pending.apply(&mut inode.current);
                inode.pending.push(pending);
                Ok(())
            }
            Err((partly, error)) => {
                if partly && let Pending::Write(offset, written) = pending {
                    let parts = sectors(offset, &written);
                    for part in &parts[..parts.len() / 2] {
                        part.apply(&mut inode.current);
                        inode.pending.push(part.clone());
                    }
                }
                Err(error)
            }
        }
    }
}

impl File for FaultyFile {
    fn read_at(&self, offset: u64, target: &mut [u8]) -> Result<()> {
        let machine = self.disk.machine();
        let bytes = &machine.inodes[self.inode].current;
        let begin = (offset as usize).min(bytes.len());
        let found = bytes
            .get(begin..begin + target.len())
            .ok_or(ErrorKind::UnexpectedEof)?;
        target.copy_from_slice(found);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.change(Pending::Write(offset, bytes.to_vec()))
    }

    fn set_length(&self, length: u64) -> Result<()> {
        self.change(Pending::Length(length))
    }

    fn length(&self) -> Result<u64> {
        Ok(self.disk.machine().inodes[self.inode].current.len() as u64)
    }

    fn sync(&self) -> Result<()> {
        let mut machine = self.disk.machine();
        match machine.operate() {
            // What was written has its room.
            Err((_, error)) if error.kind() != ErrorKind::StorageFull => return Err(error),
            _ => {}
        }
        let inode = &mut machine.inodes[self.inode];
        inode.durable = inode.current.clone();
        inode.pending.clear();
        Ok(())
    }
}
