//! One thread that serves: its connections, its mailbox of the store, and who waits for what is in
//! it. Everything of a worker is on its one thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use steersman_store::{Outcome, Session, StoreError, Submitted, Watcher};
use tokio::sync::{Notify, oneshot};

use crate::engine::Engine;
use crate::status::Status;

type Answer = Result<Outcome, StoreError>;

/// Watchers of one stream that have something to take.
#[derive(Default)]
pub struct Ready {
    watchers: RefCell<Vec<u64>>,
    news: Notify,
}

impl Ready {
    pub async fn wait(&self) {
        self.news.notified().await;
    }

    pub fn take(&self) -> Vec<u64> {
        std::mem::take(&mut *self.watchers.borrow_mut())
    }

    fn put(&self, watcher: u64) {
        self.watchers.borrow_mut().push(watcher);
        self.news.notify_one();
    }
}

pub struct Worker {
    pub engine: Arc<Engine>,
    pub session: Arc<Session>,
    mail: Arc<Notify>,
    /// Writes that wait for the disk, by ticket.
    writes: RefCell<HashMap<u64, oneshot::Sender<Answer>>>,
    /// Streams by their watchers.
    streams: RefCell<HashMap<u64, Rc<Ready>>>,
}

impl Worker {
    pub fn new(engine: Arc<Engine>) -> Rc<Worker> {
        let mail = Arc::new(Notify::new());
        let wake = mail.clone();
        let session = engine.session(Box::new(move || wake.notify_one()));
        Rc::new(Worker {
            engine,
            session,
            mail,
            writes: RefCell::default(),
            streams: RefCell::default(),
        })
    }

    /// Hands on what comes; never ends.
    pub async fn deliver(&self) {
        loop {
            self.mail.notified().await;
            let drained = self.session.drain();
            for completion in drained.completions {
                let waiting = self.writes.borrow_mut().remove(&completion.ticket);
                if let Some(waiting) = waiting {
                    // Whoever asked may be gone.
                    let _ = waiting.send(completion.result);
                }
            }
            let streams = self.streams.borrow();
            for watcher in drained.watchers {
                if let Some(ready) = streams.get(&watcher) {
                    ready.put(watcher);
                }
            }
        }
    }

    /// What came of a write, once it is durable. The mailbox is emptied on this thread alone:
    /// nothing comes before it is waited for.
    pub async fn outcome(&self, submitted: Submitted) -> Result<Outcome, Status> {
        let ticket = match submitted {
            Submitted::Done(outcome) => return Ok(outcome),
            Submitted::Pending(ticket) => ticket,
        };
        let (sender, receiver) = oneshot::channel();
        self.writes.borrow_mut().insert(ticket, sender);
        match receiver.await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Status::STOPPED),
        }
    }

    pub fn follow(&self, watcher: &Watcher, ready: &Rc<Ready>) {
        let mut streams = self.streams.borrow_mut();
        streams.insert(watcher.id(), ready.clone());
    }

    pub fn unfollow(&self, watcher: &Watcher) {
        self.streams.borrow_mut().remove(&watcher.id());
    }
}
