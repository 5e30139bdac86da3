#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A directory of its own, removed with what is in it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let name = format!("steersman-disk-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        Disk.create_directory(&path).unwrap();
        Directory(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("log")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Sectors that each hold their own number.
fn group(first: u8, sectors: usize) -> SectorBuffer {
    let mut buffer = SectorBuffer::default();
    let bytes = buffer.reset(sectors * SECTOR);
    for at in 0..sectors {
        bytes.resize(bytes.len() + SECTOR, first.wrapping_add(at as u8));
    }
    buffer
}

fn opened(path: &Path, mode: OpenMode) -> DiskFile {
    DiskFile::open(path, mode).unwrap()
}

#[test]
fn a_buffer_is_aligned_however_often_it_grows() {
    let mut buffer = SectorBuffer::default();
    for sectors in [1, 3, 70, 2, 5_000, 1] {
        buffer
            .reset(sectors * SECTOR)
            .resize(DIRECT_ALIGNMENT * 2, 1);
        let _ = buffer.reset(sectors * SECTOR);
        let memory = buffer.reset(sectors * SECTOR);
        let filled = memory.len() + sectors * SECTOR;
        memory.resize(filled, 7);
        let bytes = buffer.bytes();
        assert_eq!(bytes.len(), sectors * SECTOR);
        assert!(bytes.iter().all(|byte| *byte == 7));
        assert!(bytes.as_ptr().addr().is_multiple_of(DIRECT_ALIGNMENT));
        buffer.release(SECTOR);
        assert!(buffer.bytes().is_empty());
    }
}

#[test]
fn aligned_sectors_go_past_the_cache_and_everything_else_through_it() {
    let directory = Directory::new("ways");
    let file = opened(&directory.file(), OpenMode::CreateDirect);
    if file.direct.is_none() {
        eprintln!("the file system of {:?} has no direct writes", directory.0);
        return;
    }
    let sectors = group(1, 4);
    let whole = sectors.bytes();
    assert!(file.write_direct(512, whole).unwrap());
    assert!(
        !file.write_direct(100, whole).unwrap(),
        "no sector begins there"
    );
    assert!(
        !file.write_direct(0, &whole[..700]).unwrap(),
        "no whole sectors"
    );
    assert!(
        !file.write_direct(0, &whole[512..1024]).unwrap(),
        "memory is not aligned"
    );
    let cached = opened(&directory.file(), OpenMode::Write);
    assert!(
        !cached.write_direct(0, whole).unwrap(),
        "nobody asked for it"
    );
    // Through the cache, and past it over what the cache has.
    file.write_at(0, &[9; 700]).unwrap();
    file.write_at(1024, group(5, 1).bytes()).unwrap();
    file.sync().unwrap();
    let mut read = [0; 2560];
    cached.read_at(0, &mut read).unwrap();
    let mut expected = [9; 2560];
    for (at, byte) in [(700, 1), (1024, 5), (1536, 3), (2048, 4)] {
        expected[at..].fill(byte);
    }
    assert!(read == expected);
}

#[test]
fn a_disk_that_takes_no_such_sectors_is_written_through_the_cache() {
    let directory = Directory::new("refused");
    let mut file = opened(&directory.file(), OpenMode::CreateDirect);
    // What is no disk refuses in the same way.
    file.direct = Some(
        fs::OpenOptions::new()
            .write(true)
            .open("/proc/self/oom_score_adj")
            .unwrap(),
    );
    file.write_at(0, group(1, 2).bytes()).unwrap();
    let mut read = [0; 1024];
    file.read_at(0, &mut read).unwrap();
    assert_eq!((read[0], read[1023]), (1, 2));
}

/// The log's readers read up to what was synced, while the next group is written beside it, in the
/// same page.
#[test]
fn readers_of_the_cache_see_what_was_written_past_it() {
    const GROUPS: usize = 200;
    const GROUP: usize = 3 * SECTOR;
    let directory = Directory::new("readers");
    let file = opened(&directory.file(), OpenMode::CreateDirect);
    let zeros = vec![0; 1 << 20];
    file.write_at(0, &zeros).unwrap();
    file.sync().unwrap();
    let written = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..GROUPS {
                let mut buffer = SectorBuffer::default();
                let bytes = buffer.reset(GROUP);
                bytes.resize(bytes.len() + GROUP, number as u8 + 1);
                file.write_at((number * GROUP) as u64, buffer.bytes())
                    .unwrap();
                file.sync().unwrap();
                written.store(number + 1, Ordering::SeqCst);
            }
        });
        let file = opened(&directory.file(), OpenMode::Read);
        let mut bytes = vec![0; GROUPS * GROUP];
        loop {
            let ended = writer.is_finished();
            let read = &mut bytes[..written.load(Ordering::SeqCst) * GROUP];
            file.read_at(0, read).unwrap();
            for (at, group) in read.chunks(GROUP).enumerate() {
                assert!(
                    group.iter().all(|byte| usize::from(*byte) == at + 1),
                    "group {at}"
                );
            }
            if ended {
                break;
            }
        }
    });
    assert_eq!(written.into_inner(), GROUPS);
}
