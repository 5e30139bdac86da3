//! Events on their way to the one reader.

use std::collections::HashMap;

use bytes::Bytes;
use parking_lot::Mutex;

/// Calls once for the first event after a [`Outbox::take`].
pub type Notify = Box<dyn Fn() + Send + Sync>;

pub struct Outbox {
    waiting: Mutex<Vec<u8>>,
    large: Mutex<HashMap<u32, Bytes>>,
    notify: Notify,
}

/// Room that stays allocated between two batches.
const KEPT_BYTES: usize = 1024 * 1024;

impl Outbox {
    pub fn new(notify: Notify) -> Outbox {
        Outbox {
            waiting: Mutex::new(Vec::new()),
            large: Mutex::new(HashMap::new()),
            notify,
        }
    }

    pub fn put(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let is_first = {
            let mut waiting = self.waiting.lock();
            let is_first = waiting.is_empty();
            write(&mut waiting);
            is_first
        };
        if is_first {
            (self.notify)();
        }
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
        let length = waiting.len();
        if let Some(room) = room.get_mut(..length) {
            room.copy_from_slice(&waiting);
            waiting.clear();
            waiting.shrink_to(KEPT_BYTES);
        }
        length
    }
}
