//! One user of the store with a thread of its own (a worker): everything that happens for it is
//! put into one mailbox and announced by one wake-up until it is emptied.

use std::sync::Arc;

use crate::error::StoreError;
use crate::state::request::Outcome;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Called at most once between two `drain`s, from whichever thread made the change, with store
/// locks held: it may only signal.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// Where a session's watchers take from.
pub(crate) trait Source: Send + Sync {
    /// Adds the session's watchers that have something to take and were not told yet.
    fn collect_ready(&self, session: u64, out: &mut Vec<u64>);
}

pub struct Session {
    pub(crate) id: u64,
    wake: Wake,
    mailbox: Mutex<Mailbox>,
    signalled: AtomicBool,
}

/// Bounds: a channel stands here once for each session, a watcher once, and completions are
/// bounded by the store's bound on bytes in flight.
#[derive(Default)]
struct Mailbox {
    channels: Vec<Arc<dyn Source>>,
    watchers: Vec<u64>,
    completions: Vec<Completion>,
}

/// The answer to a write that was waiting for the disk.
#[derive(Debug)]
pub struct Completion {
    pub ticket: u64,
    pub result: Result<Outcome, StoreError>,
}

#[derive(Debug, Default)]
pub struct Drained {
    /// Watchers that have something to take or ended, each at most once.
    pub watchers: Vec<u64>,
    pub completions: Vec<Completion>,
}

impl Session {
    pub(crate) fn new(id: u64, wake: Wake) -> Self {
        Session {
            id,
            wake,
            mailbox: Mutex::default(),
            signalled: AtomicBool::new(false),
        }
    }

    pub(crate) fn channel_ready(&self, channel: Arc<dyn Source>) {
        self.put_channel(channel);
        self.signal();
    }

    /// As `channel_ready`; the caller signals.
    pub(crate) fn put_channel(&self, channel: Arc<dyn Source>) {
        self.mailbox.lock().channels.push(channel);
    }

    pub(crate) fn watcher_ready(&self, watcher: u64) {
        self.mailbox.lock().watchers.push(watcher);
        self.signal();
    }

    pub(crate) fn complete(&self, completion: Completion) {
        self.mailbox.lock().completions.push(completion);
        self.signal();
    }

    pub(crate) fn signal(&self) {
        if !self.signalled.swap(true, Ordering::SeqCst) {
            (self.wake)();
        }
    }

    /// Wakes its user though there is no news.
    pub fn announce(&self) {
        self.signal();
    }

    /// Whether a drain would find something.
    pub fn has_news(&self) -> bool {
        self.signalled.load(Ordering::SeqCst)
    }

    /// Empties the mailbox; the next news wakes again.
    pub fn drain(&self) -> Drained {
        self.signalled.store(false, Ordering::SeqCst);
        let mailbox = std::mem::take(&mut *self.mailbox.lock());
        let mut watchers = mailbox.watchers;
        for channel in mailbox.channels {
            channel.collect_ready(self.id, &mut watchers);
        }
        Drained {
            watchers,
            completions: mailbox.completions,
        }
    }
}
