//! A channel and its sessions in every order of their steps: the crate's sources with loom in the
//! place of `src/sync.rs`. `LOOM_MAX_PREEMPTIONS` asks for more than three changes of threads.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    unused_imports,
    reason = "a test fails by panicking; the crate's own items are not all used here"
)]

#[path = "../src/error.rs"]
mod error;
#[path = "../src/fanout"]
mod fanout {
    pub mod channel;
    pub mod session;
}
#[path = "../src/state"]
mod state {
    pub mod change;
    pub mod entry;
    pub mod request;
    pub mod selector;
    pub mod views;
}
#[path = "support/interleaved_sync.rs"]
mod sync;

use std::sync::Arc;

use fanout::channel::{Channel, Interest, Peek, QueueLimits};
use fanout::session::Session;
use loom::thread;
use state::change::{Change, EventKind};
use state::entry::Entry;
use state::request::Range;
use state::selector::Selector;

pub type Revision = u64;

const WATCHER: u64 = 7;

/// A channel with one member, under the lock that the hub is.
struct Setting {
    hub: sync::Mutex<()>,
    channel: Arc<Channel>,
    session: Arc<Session>,
}

fn setting(max_events: usize) -> Arc<Setting> {
    let interest = Interest {
        range: Range::Prefix(Box::default()),
        selector: Selector::default(),
    };
    let limits = QueueLimits {
        max_events,
        max_bytes: 1 << 20,
    };
    let channel = Arc::new(Channel::new(1, interest, limits));
    let session = Arc::new(Session::new(1, Box::new(|| {})));
    channel.join(WATCHER, &session);
    Arc::new(Setting {
        hub: sync::Mutex::new(()),
        channel,
        session,
    })
}

impl Setting {
    /// Two changes at one revision.
    fn publish(&self, revision: Revision) {
        let hub = self.hub.lock();
        let mut to_signal = Vec::new();
        for order in 0..2 {
            let change = Change::new(Entry::deletion(b"/k", revision, order), None);
            self.channel.push(&Arc::new(change), EventKind::Deleted);
        }
        self.channel.complete(&mut to_signal);
        for session in to_signal {
            session.signal();
        }
        drop(hub);
    }

    /// Takes what is there; None once it was too slow.
    fn take(&self) -> Option<Vec<Revision>> {
        self.session.drain();
        let mut items = Vec::new();
        if let Peek::Slow = self.channel.peek(WATCHER, 0, 100, &mut items) {
            return None;
        }
        self.channel.advance(WATCHER, items.len());
        Some(items.iter().map(|item| item.change.revision).collect())
    }
}

fn model(case: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(3));
    builder.check(case);
}

#[test]
fn a_member_sees_whole_revisions_and_is_told_of_what_is_left() {
    model(|| {
        let setting = setting(100);
        let publisher = {
            let setting = setting.clone();
            thread::spawn(move || {
                setting.publish(5);
                setting.publish(6);
            })
        };
        let mut seen = Vec::new();
        for _ in 0..2 {
            let taken = setting.take().unwrap();
            assert_eq!(taken.len() % 2, 0, "a revision was torn: {taken:?}");
            seen.extend(taken);
        }
        publisher.join().unwrap();
        if seen.len() < 4 {
            assert!(setting.session.has_news(), "nobody says that more is there");
            assert_eq!(setting.session.drain().watchers, [WATCHER]);
            seen.extend(setting.take().unwrap());
        }
        assert_eq!(seen, [5, 5, 6, 6]);
        assert_eq!(setting.take(), Some(Vec::new()));
    });
}

#[test]
fn who_is_too_slow_is_told_and_had_whole_revisions() {
    model(|| {
        let setting = setting(2);
        let publisher = {
            let setting = setting.clone();
            thread::spawn(move || {
                setting.publish(5);
                setting.publish(6);
            })
        };
        let first = setting.take();
        assert!(first.is_none_or(|taken| taken.len() % 2 == 0));
        publisher.join().unwrap();
        let mut slow = false;
        let mut taken = 0;
        while setting.session.has_news() {
            match setting.take() {
                None => slow = true,
                Some(items) => taken += items.len(),
            }
            if slow {
                break;
            }
        }
        assert!(slow || setting.take().is_none_or(|rest| rest.is_empty()));
        assert_eq!(taken % 2, 0);
    });
}

#[test]
fn members_come_and_go_while_others_take() {
    model(|| {
        let setting = setting(100);
        let other = {
            let setting = setting.clone();
            thread::spawn(move || {
                {
                    let _hub = setting.hub.lock();
                    setting.channel.join(8, &setting.session);
                }
                setting.publish(5);
                let _hub = setting.hub.lock();
                assert!(!setting.channel.leave(8));
            })
        };
        let mut seen = setting.take().unwrap();
        other.join().unwrap();
        if seen.is_empty() {
            assert!(setting.session.has_news());
        }
        seen.extend(setting.take().unwrap());
        assert_eq!(seen, [5, 5]);
        let _hub = setting.hub.lock();
        assert!(setting.channel.leave(WATCHER));
    });
}
