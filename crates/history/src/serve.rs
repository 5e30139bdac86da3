//! One life of a store on real files: a thread for each client, the disk, upkeep and each watch,
//! until somebody kills the process.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex as StdMutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use steersman_store::{
    Disk, DurableOptions, File, FileSystem, OpenMode, OpenOptions, QueueLimits, Revision, Session,
    Store, StoreOptions,
};

use crate::client::{Client, Shared, Watch};
use crate::faulty::Dice;
use crate::record::Recorder;
use crate::support::TestViews;
use crate::upkeep::Upkeep;

pub struct Era {
    pub file: PathBuf,
    pub directory: PathBuf,
    pub seed: u64,
    pub era: u64,
    pub observed: Revision,
    /// Numbers that earlier lives showed, for watches that go on there.
    pub shown: Vec<Revision>,
    /// Ends by itself, in order.
    pub last: bool,
}

const CLIENTS: usize = 6;
const WATCHES: usize = 4;
const LAST_LIFE: Duration = Duration::from_millis(300);
/// Ids of calls in one life.
const IDS: u64 = 1 << 24;
const SECTOR: u64 = 512;

/// Real files that take their time: a write comes in parts, so that a process may be killed amid
/// one, and a sync waits.
#[derive(Clone)]
struct SlowDisk {
    dice: Arc<Mutex<Dice>>,
    wait_micros: u64,
}

impl SlowDisk {
    fn wait(&self) {
        let micros = self.dice.lock().roll(self.wait_micros + 1);
        if micros > 0 {
            sleep(Duration::from_micros(micros));
        }
    }
}

struct SlowFile {
    file: Box<dyn File>,
    disk: SlowDisk,
}

impl FileSystem for SlowDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        Disk.create_directory(path)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        Disk.list(directory)
    }
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn File>> {
        let file = Disk.open(path, mode)?;
        Ok(Box::new(SlowFile {
            file,
            disk: self.clone(),
        }))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.wait();
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.wait();
        Disk.sync_directory(path)
    }
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        Disk.lock(path)
    }
}

impl File for SlowFile {
    fn read_at(&self, offset: u64, target: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, target)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let end = offset + self.disk.dice.lock().roll(bytes.len() as u64 + 1);
        // A killed process's write ends between pages, and so between sectors.
        let at = (end - end % SECTOR).saturating_sub(offset) as usize;
        self.file.write_at(offset, &bytes[..at])?;
        self.disk.wait();
        self.file.write_at(offset + at as u64, &bytes[at..])
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
    fn sync(&self) -> io::Result<()> {
        // What a killed process wrote stays: the kernel has it, and need not be waited for.
        self.disk.wait();
        Ok(())
    }
}

/// A session's wake-up: whoever waits for it goes on.
#[derive(Default)]
struct Bell {
    rung: StdMutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let limit = Duration::from_millis(2);
        let rung = self.rung.lock().unwrap();
        let (mut rung, _) = self
            .changed
            .wait_timeout_while(rung, limit, |rung| !*rung)
            .unwrap();
        *rung = false;
    }
}

fn session(shared: &Shared) -> (Arc<Session>, Arc<Bell>) {
    let bell = Arc::<Bell>::default();
    let rung = bell.clone();
    (shared.store.session(Box::new(move || rung.ring())), bell)
}

fn open(era: &Era, dice: &mut Dice) -> Arc<Store> {
    let disk = SlowDisk {
        dice: Arc::new(Mutex::new(Dice(dice.roll(u64::MAX) | 1))),
        wait_micros: [0, 100, 1_000, 8_000][dice.roll(4) as usize],
    };
    let options = OpenOptions {
        directory: &era.directory,
        files: Arc::new(disk),
        store: StoreOptions {
            queue: QueueLimits {
                max_events: 256,
                max_bytes: 4 << 20,
            },
            ..StoreOptions::default()
        },
        durable: DurableOptions {
            snapshot_log_bytes: 100_000,
            segment_bytes: 60_000,
            room_bytes: 16 << 10,
        },
        now_millis: 1_000_000,
        salt: [9; 16],
    };
    Store::open(options, Arc::new(TestViews)).unwrap_or_else(|error| panic!("opening: {error}"))
}

pub fn serve(era: &Era) {
    let mut dice = Dice(era.seed | 1);
    let store = open(era, &mut dice);
    let shared = Arc::new(Shared {
        store: store.clone(),
        recorder: Arc::new(Recorder::resume(&era.file, 1 + era.era * IDS)),
        era: era.era,
        shown: Mutex::new(era.shown.clone()),
        leases: Mutex::new(store.leases()),
        now_millis: Mutex::new(1_000_000),
        observed: Mutex::new(era.observed),
    });
    shared.record_opening();
    shared.show(store.current_revision());
    println!("open");
    io::stdout().flush().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let commit = {
        let store = store.clone();
        spawn(move || {
            while store.wait_for_writes(Duration::from_millis(5)) {
                store.commit_step();
            }
        })
    };
    // Before anybody writes: what it stands at is in the history then, whenever this is killed.
    let all_settled = Arc::new(AtomicBool::new(false));
    let observer = observe(&shared, &all_settled, era.observed);
    let mut threads = Vec::new();
    for number in 1..=CLIENTS {
        threads.push(client(&shared, &stop, number, dice.roll(u64::MAX) | 1));
    }
    for number in 0..WATCHES {
        threads.push(watch(&shared, &stop, number, dice.roll(u64::MAX) | 1));
    }
    threads.push(upkeep(&shared, &stop, dice.roll(u64::MAX) | 1));
    let begun = Instant::now();
    while !era.last || begun.elapsed() < LAST_LIFE {
        sleep(Duration::from_millis(20));
    }
    stop.store(true, Ordering::SeqCst);
    for thread in threads {
        thread.join().unwrap();
    }
    all_settled.store(true, Ordering::SeqCst);
    observer.join().unwrap();
    store.close();
    commit.join().unwrap();
    store.release();
}

fn client(
    shared: &Arc<Shared>,
    stop: &Arc<AtomicBool>,
    number: usize,
    seed: u64,
) -> JoinHandle<()> {
    let (shared, stop) = (shared.clone(), stop.clone());
    spawn(move || {
        let (session, bell) = session(&shared);
        let mut client = Client::new(number, shared, session, seed);
        while client.waits() || !stop.load(Ordering::SeqCst) {
            if client.waits() {
                bell.wait();
            } else {
                client.step();
            }
            for completion in client.session.drain().completions {
                client.complete(completion);
            }
        }
    })
}

fn watch(shared: &Arc<Shared>, stop: &Arc<AtomicBool>, number: usize, seed: u64) -> JoinHandle<()> {
    let (shared, stop) = (shared.clone(), stop.clone());
    spawn(move || {
        let mut dice = Dice(seed);
        let (session, bell) = session(&shared);
        let mut watch = Watch::some(&shared, session.clone(), 20 + number, &mut dice);
        while !stop.load(Ordering::SeqCst) {
            session.drain();
            if !watch.take(1 + dice.roll(20) as usize) {
                bell.wait();
            }
            match dice.roll(60) {
                0 => watch.leave(),
                1 => watch = Watch::some(&shared, session.clone(), 20 + number, &mut dice),
                _ => {}
            }
        }
        while watch.take(1000) {}
    })
}

fn observe(shared: &Arc<Shared>, stop: &Arc<AtomicBool>, seen: Revision) -> JoinHandle<()> {
    let (shared, stop) = (shared.clone(), stop.clone());
    let (session, bell) = session(&shared);
    let mut observer = Watch::observer(&shared, session.clone(), seen);
    observer.take(1000);
    spawn(move || {
        while !stop.load(Ordering::SeqCst) || observer.seen < shared.store.current_revision() {
            session.drain();
            if !observer.take(1000) {
                bell.wait();
            }
        }
    })
}

fn upkeep(shared: &Arc<Shared>, stop: &Arc<AtomicBool>, seed: u64) -> JoinHandle<()> {
    let (shared, stop) = (shared.clone(), stop.clone());
    spawn(move || {
        let mut dice = Dice(seed);
        let session = session(&shared).0;
        let mut upkeep = Upkeep::new(shared.clone(), session);
        while !stop.load(Ordering::SeqCst) {
            match dice.roll(8) {
                0 => upkeep.compact(&mut dice),
                1 => upkeep.expire(),
                2 => *shared.now_millis.lock() += dice.roll(2_000),
                3 => sleep(Duration::from_micros(dice.roll(2_000))),
                _ => upkeep.maintain(dice.roll(2) == 0),
            }
        }
    })
}
