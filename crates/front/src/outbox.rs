//! Events on their way to the one reader.

use std::collections::HashMap;

use bytes::Bytes;
use parking_lot::Mutex;

/// Calls once for the first event after a [`Outbox::take`], but for quiet ones.
pub type Notify = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Waiting {
    events: Vec<u8>,
    /// The reader knows that there are some.
    is_told: bool,
}

pub struct Outbox {
    waiting: Mutex<Waiting>,
    large: Mutex<HashMap<u32, Bytes>>,
    notify: Notify,
}

/// Room that stays allocated between two batches.
const KEPT_BYTES: usize = 1024 * 1024;

impl Outbox {
    pub fn new(notify: Notify) -> Outbox {
        Outbox {
            waiting: Mutex::default(),
            large: Mutex::new(HashMap::new()),
            notify,
        }
    }

    pub fn put(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let was_told = {
            let mut waiting = self.waiting.lock();
            write(&mut waiting.events);
            std::mem::replace(&mut waiting.is_told, true)
        };
        if !was_told {
            (self.notify)();
        }
    }

    /// For an event that its reader looks for in time by itself, where no other comes before.
    pub fn put_quietly(&self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.waiting.lock().events);
    }

    pub fn put_large(&self, id: u32, body: Bytes) {
        self.large.lock().insert(id, body);
    }

    /// A large body that waits for its reader.
    pub fn take_large_of(&self, id: u32) -> Option<Bytes> {
        self.large.lock().remove(&id)
    }

    /// Copies all events and forgets them. Where the room is not enough nothing happens; the
    /// length is what would be.
    pub fn take(&self, room: &mut [u8]) -> usize {
        let mut waiting = self.waiting.lock();
        let length = waiting.events.len();
        if let Some(room) = room.get_mut(..length) {
            room.copy_from_slice(&waiting.events);
            waiting.events.clear();
            waiting.events.shrink_to(KEPT_BYTES);
            waiting.is_told = false;
        }
        length
    }
}
