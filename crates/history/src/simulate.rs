//! A store on a simulated machine, one thread, one seed: clients, the disk, upkeep, the clock and
//! what goes wrong take turns as the dice say. The same seed writes the same history.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::json;
use steersman_store::{
    DurableOptions, OpenOptions, QueueLimits, Reason, Revision, Session, Store, StoreError,
    StoreOptions,
};

use crate::client::{Client, Shared, Watch};
use crate::faulty::{Dice, Fault, FaultyDisk};
use crate::record::Recorder;
use crate::support::TestViews;
use crate::upkeep::Upkeep;

const DIRECTORY: &str = "/data";
const CLIENTS: usize = 5;
const WATCHES: usize = 5;

/// How an era of the store ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The machine loses power at this file operation.
    Power(u64),
    /// The process is killed after this turn: what it wrote is there.
    Kill,
    /// It closes.
    Close,
    /// It is killed, and one bit of its files rots.
    Rot,
}

struct Simulation {
    dice: Dice,
    recorder: Arc<Recorder>,
    disk: FaultyDisk,
    era: u64,
    observed: Revision,
    shown: Vec<Revision>,
    leases: Vec<u64>,
    now_millis: u64,
    watches: Vec<Watch>,
}

/// Figures of a run, for whoever reads along.
#[derive(Default)]
pub struct Figures {
    pub crashes: u64,
    pub ends: BTreeMap<&'static str, u64>,
}

fn open(disk: &FaultyDisk, now_millis: u64) -> Result<Arc<Store>, StoreError> {
    let options = OpenOptions {
        directory: Path::new(DIRECTORY),
        files: Arc::new(disk.clone()),
        store: StoreOptions {
            queue: QueueLimits {
                max_events: 16,
                max_bytes: 1 << 20,
            },
            ..StoreOptions::default()
        },
        durable: DurableOptions {
            snapshot_log_bytes: 4_000,
            segment_bytes: 6_000,
            room_bytes: 2048,
        },
        now_millis,
        salt: [7; 16],
    };
    Store::open(options, Arc::new(TestViews))
}

/// Runs until this many ends; panics when the store refuses what it must take.
pub fn simulate(seed: u64, crashes: u64, recorder: Arc<Recorder>) -> Figures {
    let mut simulation = Simulation {
        dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        recorder,
        disk: FaultyDisk::default(),
        era: 0,
        observed: 0,
        shown: Vec::new(),
        leases: Vec::new(),
        now_millis: 1_000_000,
        watches: Vec::new(),
    };
    let mut figures = Figures::default();
    let run = json!({ "type": "run", "mode": "simulate", "seed": seed.to_string() });
    simulation.recorder.line(&run);
    while figures.crashes < crashes {
        let end = simulation.era(false);
        *figures.ends.entry(end).or_default() += 1;
        figures.crashes += 1;
        simulation.era += 1;
    }
    simulation.era(true);
    simulation.recorder.line(&json!({ "type": "end" }));
    figures
}

impl Simulation {
    fn choose_end(&mut self) -> End {
        match self.dice.roll(12) {
            0..=6 => End::Power(self.disk.operations() + self.dice.roll(60)),
            7..=8 => End::Kill,
            9 => End::Close,
            _ => End::Rot,
        }
    }

    fn is_off(&self, end: End) -> bool {
        matches!(end, End::Power(at) if self.disk.operations() > at)
    }

    /// From one opening to the next end; returns what the end was.
    fn era(&mut self, last: bool) -> &'static str {
        let end = if last { End::Close } else { self.choose_end() };
        if let End::Power(at) = end {
            self.disk.set_fault(Some(Fault::Crash(at)));
        }
        let store = match open(&self.disk, self.now_millis) {
            Ok(store) => store,
            Err(error) => {
                assert!(self.is_off(end), "opening fails: {error}");
                return self.lose_power("power, opening");
            }
        };
        let shared = Arc::new(Shared {
            store: store.clone(),
            recorder: self.recorder.clone(),
            era: self.era,
            shown: Mutex::new(std::mem::take(&mut self.shown)),
            leases: Mutex::new(std::mem::take(&mut self.leases)),
            now_millis: Mutex::new(self.now_millis),
            observed: Mutex::new(self.observed),
        });
        shared.record_opening();
        let mut running = Running::new(self, &shared);
        let turns = if last { 200 } else { 60 + self.dice.roll(400) };
        for _ in 0..turns {
            running.turn(&mut self.dice, &self.disk, matches!(end, End::Power(_)));
            if self.is_off(end) {
                break;
            }
        }
        if !self.is_off(end) && end == End::Close {
            running.finish();
        }
        self.watches = running.leave();
        self.observed = *shared.observed.lock();
        self.now_millis = *shared.now_millis.lock();
        self.shown = shared.shown.lock().clone();
        self.leases = shared.leases.lock().clone();
        drop(store);
        self.end(end)
    }

    fn end(&mut self, end: End) -> &'static str {
        match end {
            End::Power(_) => {
                let how = if self.is_off(end) {
                    "power"
                } else {
                    "power, idle"
                };
                self.lose_power(how)
            }
            End::Kill => {
                self.crash("kill");
                self.disk = self.disk.copy();
                "kill"
            }
            End::Close => {
                self.crash("close");
                self.disk = self.disk.copy();
                "close"
            }
            End::Rot => {
                self.crash("rot");
                self.disk = self.disk.copy();
                self.rot()
            }
        }
    }

    fn crash(&self, how: &str) {
        self.recorder.line(&json!({ "type": "crash", "how": how }));
    }

    fn lose_power(&mut self, how: &'static str) -> &'static str {
        self.crash(how);
        self.disk = self.disk.after_power_loss(&mut self.dice);
        how
    }

    /// A flipped bit is refused with file and offset, or it concerns nothing that anybody was
    /// told: then the store goes on with it, and the history says whether that is true.
    fn rot(&mut self) -> &'static str {
        let files: Vec<PathBuf> = self.disk.paths();
        let path = &files[self.dice.roll(files.len() as u64) as usize];
        let bits = self.disk.read(path).len() as u64 * 8;
        if bits == 0 {
            return "rot, nowhere";
        }
        let damaged = self.disk.copy();
        damaged.flip(path, self.dice.roll(bits) as usize);
        match open(&damaged.copy(), self.now_millis) {
            Ok(store) => {
                drop(store);
                self.disk = damaged;
                "rot, borne"
            }
            Err(error) => {
                let named = error.message.contains(DIRECTORY);
                assert!(
                    error.reason == Reason::Corrupt && named,
                    "a flipped bit in {} is told as {error}",
                    path.display()
                );
                "rot, refused"
            }
        }
    }
}

/// An open store and everybody who uses it.
struct Running {
    shared: Arc<Shared>,
    clients: Vec<Client>,
    observer: Watch,
    watches: Vec<Watch>,
    upkeep: Upkeep,
    /// Of so many chances the disk takes one.
    slowness: u64,
    /// Of so many steps the disk is full at one.
    fullness: u64,
}

fn session(shared: &Shared) -> Arc<Session> {
    shared.store.session(Box::new(|| {}))
}

impl Running {
    fn new(simulation: &mut Simulation, shared: &Arc<Shared>) -> Running {
        let dice = &mut simulation.dice;
        let mut clients = Vec::new();
        for number in 1..=CLIENTS {
            let seed = dice.roll(u64::MAX) | 1;
            clients.push(Client::new(number, shared.clone(), session(shared), seed));
        }
        let watches = std::mem::take(&mut simulation.watches);
        let resume = |watch: Watch| watch.resume(shared, session(shared));
        Running {
            clients,
            observer: Watch::observer(shared, session(shared), simulation.observed),
            watches: watches.into_iter().map(resume).collect(),
            upkeep: Upkeep::new(shared.clone(), session(shared)),
            slowness: [2, 3, 6, 30][dice.roll(4) as usize],
            fullness: [2, 10, 40, 40][dice.roll(4) as usize],
            shared: shared.clone(),
        }
    }

    fn turn(&mut self, dice: &mut Dice, disk: &FaultyDisk, loses_power: bool) {
        match dice.roll(40) {
            0..=21 => {
                let client = dice.roll(CLIENTS as u64) as usize;
                if !self.clients[client].waits() {
                    self.clients[client].step();
                }
            }
            22..=29 => {
                if dice.roll(self.slowness) == 0 {
                    self.commit(dice, disk, loses_power);
                }
            }
            30..=31 => {
                self.observer.take(1000);
            }
            32..=34 => self.watch(dice),
            35 => self.upkeep.compact(dice),
            36..=37 => self.upkeep.maintain(dice.roll(2) == 0),
            38 => self.pass_time(dice),
            _ => self.upkeep.expire(),
        }
    }

    /// A step of the disk: slow by not being taken, full now and then, or failing for good.
    fn commit(&mut self, dice: &mut Dice, disk: &FaultyDisk, loses_power: bool) {
        let from = disk.operations() + dice.roll(3);
        let fault = match (dice.roll(self.fullness), dice.roll(300)) {
            (0, _) => Some(ErrorKind::StorageFull),
            (_, 0) => Some(ErrorKind::Other),
            _ => None,
        };
        // One machine has one fault.
        if let (Some(kind), false) = (fault, loses_power) {
            disk.set_fault(Some(Fault::Fail(from, from + 1 + dice.roll(2), kind)));
        }
        self.shared.store.commit_step();
        if !loses_power {
            disk.set_fault(None);
        }
        self.respond();
    }

    fn respond(&mut self) {
        for client in &mut self.clients {
            for completion in client.session.drain().completions {
                client.complete(completion);
            }
        }
    }

    fn watch(&mut self, dice: &mut Dice) {
        if self.watches.len() < WATCHES {
            let number = 20 + dice.roll(50) as usize;
            let session = session(&self.shared);
            self.watches
                .push(Watch::some(&self.shared, session, number, dice));
            return;
        }
        let at = dice.roll(self.watches.len() as u64) as usize;
        match dice.roll(20) {
            0 => drop(self.watches.swap_remove(at)),
            1 => self.watches[at].leave(),
            _ => {
                self.watches[at].take(1 + dice.roll(8) as usize);
            }
        }
    }

    /// Mostly a little; now and then a clock is set forward by an hour, or back.
    fn pass_time(&self, dice: &mut Dice) {
        let mut now = self.shared.now_millis.lock();
        *now = match dice.roll(12) {
            0 => *now + 3_600_000,
            1 => now.saturating_sub(dice.roll(7_200_000)).max(1),
            _ => *now + dice.roll(3_000),
        };
    }

    /// Everything that waits is acknowledged, and everybody reads to the end.
    fn finish(&mut self) {
        self.shared.store.commit_step();
        self.respond();
        while self.observer.seen < self.shared.store.current_revision() {
            self.observer.take(1000);
        }
        for watch in &mut self.watches {
            while watch.take(1000) {}
        }
        if let Some(client) = self.clients.first_mut()
            && !client.waits()
        {
            client.list_of("/", 0, 0);
        }
        self.shared.store.close();
        self.shared.store.release();
        self.respond();
    }

    fn leave(self) -> Vec<Watch> {
        self.watches
    }
}
