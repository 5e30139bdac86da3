//! The matching changes of one (range, selector), shared by all watchers that asked for the
//! same: a change is matched and queued once, and a watcher is a cursor.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::fanout::session::{Session, Source};
use crate::state::change::{Change, EventKind};
use crate::state::request::Range;
use crate::state::selector::Selector;
use crate::sync::Mutex;

/// What a channel is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Interest {
    pub range: Range,
    pub selector: Selector,
}

/// Bounds of a channel's queue. A watcher further behind than either is closed as slow.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    pub max_events: usize,
    pub max_bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        QueueLimits {
            max_events: 16_384,
            max_bytes: 64 << 20,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub change: Arc<Change>,
    pub kind: EventKind,
}

impl Item {
    fn bytes(&self) -> usize {
        let value = match self.kind {
            EventKind::Deleted => self.change.previous.as_ref(),
            _ => self.change.current(),
        };
        value.map_or(0, |entry| entry.value().len())
    }
}

pub struct Channel {
    /// Never given twice.
    pub(crate) id: u64,
    pub(crate) interest: Interest,
    limits: QueueLimits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    /// The position of the first item, counted from the channel's start.
    first: u64,
    /// The position after the last item of a whole revision: members see up to here.
    whole: u64,
    bytes: usize,
    /// Members that stand at the first item (or at the end of an empty queue). When the last of
    /// them moves on, what everybody has taken is dropped: one pass over the members for each time
    /// that all of them moved.
    holders: usize,
    /// By id, so that an order is the order of creation.
    members: BTreeMap<u64, Member>,
    links: Vec<Link>,
}

struct Member {
    session: u64,
    cursor: u64,
    /// Its owner was told and has not taken since.
    notified: bool,
    slow: bool,
}

/// A session that has members here.
struct Link {
    session: Arc<Session>,
    members: usize,
    queued: bool,
}

/// What a member finds.
pub(crate) enum Peek {
    /// It was too slow; nothing more is delivered.
    Slow,
    /// The items after the cursor; none means that it has seen everything.
    Items,
}

impl Channel {
    pub fn new(id: u64, interest: Interest, limits: QueueLimits) -> Self {
        Channel {
            id,
            interest,
            limits,
            state: Mutex::default(),
        }
    }

    /// Queues an event; called with the hub locked, so that events come in order. Nobody sees it
    /// before `complete`. A change that was queued last is not queued again. Returns how many
    /// watchers this closed as too slow, and whether it is the first since the last `complete`.
    pub fn push(&self, change: &Arc<Change>, kind: EventKind) -> (u64, bool) {
        let mut slow_closed = 0;
        let mut state = self.state.lock();
        let last = state.items.back();
        if last.is_some_and(|last| Arc::ptr_eq(&last.change, change)) {
            return (0, false);
        }
        let item = Item {
            change: change.clone(),
            kind,
        };
        let is_first = state.end() == state.whole;
        state.bytes += item.bytes();
        state.items.push_back(item);
        if state.items.len() > self.limits.max_events || state.bytes > self.limits.max_bytes {
            slow_closed = state.close_slow(self.limits);
        }
        (slow_closed, is_first)
    }

    /// The revision of the pushed events is whole: members see them, and their sessions have the
    /// channel in their mailboxes. Those that are to be signalled are added.
    pub fn complete(self: &Arc<Self>, to_signal: &mut Vec<Arc<Session>>) {
        let mut state = self.state.lock();
        state.whole = state.end();
        for link in &mut state.links {
            if !link.queued {
                link.queued = true;
                link.session.put_channel(self.clone());
                if !to_signal.iter().any(|other| other.id == link.session.id) {
                    to_signal.push(link.session.clone());
                }
            }
        }
    }

    /// Nothing more is delivered to those that are members now.
    pub fn end_members(self: &Arc<Self>, to_signal: &mut Vec<Arc<Session>>) {
        let mut state = self.state.lock();
        for member in state.members.values_mut() {
            member.slow = true;
        }
        state.trim();
        drop(state);
        self.complete(to_signal);
    }

    /// A new member that has seen everything up to now.
    pub fn join(&self, watcher: u64, session: &Arc<Session>) {
        let mut state = self.state.lock();
        debug_assert_eq!(state.whole, state.end(), "the hub is locked");
        let cursor = state.whole;
        let member = Member {
            session: session.id,
            cursor,
            notified: false,
            slow: false,
        };
        state.members.insert(watcher, member);
        state.holders += usize::from(cursor == state.first);
        match state
            .links
            .iter_mut()
            .find(|link| link.session.id == session.id)
        {
            Some(link) => link.members += 1,
            None => {
                state.links.push(Link {
                    session: session.clone(),
                    members: 1,
                    queued: false,
                });
            }
        }
    }

    /// Returns whether the channel has no members any more.
    pub fn leave(&self, watcher: u64) -> bool {
        let mut state = self.state.lock();
        let Some(member) = state.members.remove(&watcher) else {
            return state.members.is_empty();
        };
        if !member.slow && member.cursor == state.first {
            state.release();
        }
        let of_session = |link: &Link| link.session.id == member.session;
        if let Some(at) = state.links.iter().position(of_session) {
            state.links[at].members -= 1;
            if state.links[at].members == 0 {
                state.links.remove(at);
            }
        }
        state.members.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.state.lock().members.is_empty()
    }

    /// Copies up to `max` items of whole revisions that stand `offset` after the watcher's cursor.
    pub fn peek(&self, watcher: u64, offset: usize, max: usize, out: &mut Vec<Item>) -> Peek {
        let state = self.state.lock();
        let Some(member) = state.members.get(&watcher) else {
            return Peek::Slow;
        };
        if member.slow {
            return Peek::Slow;
        }
        let begin = (member.cursor - state.first) as usize + offset;
        let end = ((state.whole - state.first) as usize).min(begin + max);
        out.extend(state.items.range(begin..end).cloned());
        Peek::Items
    }

    /// Where a member stands.
    pub fn cursor(&self, watcher: u64) -> Option<u64> {
        self.state
            .lock()
            .members
            .get(&watcher)
            .map(|member| member.cursor)
    }

    /// Moves the cursor from one place to another without looking at what lies between. None: it
    /// does not stand there. Else whether it has now seen everything.
    pub fn skip(self: &Arc<Self>, watcher: u64, from: u64, to: u64) -> Option<bool> {
        let mut state = self.state.lock();
        let end = state.whole;
        let member = state.members.get_mut(&watcher)?;
        if member.slow || member.cursor != from || to > end {
            return None;
        }
        drop(state);
        self.advance(watcher, (to - from) as usize);
        Some(to == end)
    }

    /// Moves the cursor on. When something is left, the session is told again.
    pub fn advance(self: &Arc<Self>, watcher: u64, count: usize) {
        let mut state = self.state.lock();
        let end = state.whole;
        let Some(member) = state.members.get_mut(&watcher) else {
            return;
        };
        let from = member.cursor;
        member.cursor += count as u64;
        debug_assert!(member.slow || member.cursor <= end);
        member.notified = false;
        let session = member.session;
        let (slow, at_end) = (member.slow, member.cursor == end);
        if !slow && count > 0 && from == state.first {
            state.release();
        }
        let of_session = |link: &&mut Link| link.session.id == session;
        if (slow || !at_end)
            && let Some(link) = state.links.iter_mut().find(of_session)
            && !link.queued
        {
            link.queued = true;
            link.session.channel_ready(self.clone());
        }
    }
}

impl Source for Channel {
    fn collect_ready(&self, session: u64, out: &mut Vec<u64>) {
        let mut state = self.state.lock();
        if let Some(link) = state
            .links
            .iter_mut()
            .find(|link| link.session.id == session)
        {
            link.queued = false;
        }
        let end = state.whole;
        for (id, member) in &mut state.members {
            if member.session == session && !member.notified && (member.slow || member.cursor < end)
            {
                member.notified = true;
                out.push(*id);
            }
        }
    }
}

impl State {
    fn end(&self) -> u64 {
        self.first + self.items.len() as u64
    }

    /// A member moved on from the first item.
    fn release(&mut self) {
        self.holders -= 1;
        if self.holders == 0 {
            self.trim();
        }
    }

    /// Drops what every member has taken.
    fn trim(&mut self) {
        let end = self.end();
        let slowest = self
            .members
            .values()
            .filter(|m| !m.slow)
            .map(|m| m.cursor)
            .min()
            .unwrap_or(end);
        while self.first < slowest {
            self.drop_first();
        }
        self.count_holders();
    }

    fn drop_first(&mut self) {
        if let Some(item) = self.items.pop_front() {
            self.bytes -= item.bytes();
            self.first += 1;
        }
    }

    fn close_slow(&mut self, limits: QueueLimits) -> u64 {
        // One event always fits, whatever its size.
        while self.items.len() > 1
            && (self.items.len() > limits.max_events || self.bytes > limits.max_bytes)
        {
            self.drop_first();
        }
        let mut closed = 0;
        for member in self.members.values_mut() {
            if !member.slow && member.cursor < self.first {
                member.slow = true;
                closed += 1;
            }
        }
        // Those left may all stand further on.
        self.trim();
        closed
    }

    fn count_holders(&mut self) {
        let first = self.first;
        let holds = |member: &&Member| !member.slow && member.cursor == first;
        self.holders = self.members.values().filter(holds).count();
    }
}
