//! One watch: first the history it missed, from the disk and from memory, then the live channel.

use std::sync::Arc;

use crate::Revision;
use crate::error::StoreError;
use crate::fanout::channel::{Channel, Interest, Item, Peek};
use crate::fanout::frame::{Frame, Framing};
use crate::fanout::hub::Sides;
use crate::fanout::older::Resume;
use crate::fanout::publish::Fanout;
use crate::fanout::session::Session;
use crate::state::change::{Change, EventKind};
use crate::state::views::{View, ViewId};
use crate::sync::Mutex;

#[derive(Debug, Clone)]
pub struct WatchRequest {
    pub interest: Interest,
    /// Deliver changes after this revision.
    pub after_revision: Revision,
    pub view: ViewId,
    pub framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its queue's bound was passed.
    Slow,
    /// It fell behind the kept history.
    Compacted,
    /// A value could not be encoded.
    Unreadable,
    /// The store was closed.
    Closed,
}

#[derive(Debug)]
pub struct Batch {
    pub frames: Vec<Frame>,
    /// The frames' bytes together.
    pub bytes: usize,
    /// Everything up to this revision was delivered.
    pub revision: Revision,
    /// Of the changes in it; None without any.
    pub first_revision: Option<Revision>,
    pub last_revision: Option<Revision>,
    pub ended: Option<Ended>,
}

/// What `take_shared` remembers of the batch that was made last.
#[derive(Debug, Clone)]
pub struct LastBatch {
    channel: u64,
    from: u64,
    to: u64,
    view: ViewId,
    framing: Framing,
    first_revision: Revision,
    last_revision: Revision,
    events: usize,
}

#[derive(Debug)]
pub enum SharedBatch {
    New(Batch),
    /// The same bytes as the last new batch.
    Same {
        events: usize,
        revision: Revision,
    },
}

/// A raw event for users that encode on their own. The change's previous version is there wherever
/// memory has it; of a change that was read from the disk, where it is deleted or a selector asks.
#[derive(Debug, Clone)]
pub struct RawEvent {
    pub kind: EventKind,
    pub change: Arc<Change>,
}

pub struct Watcher {
    fanout: Arc<Fanout>,
    session: Arc<Session>,
    id: u64,
    interest: Interest,
    view_id: ViewId,
    view: Arc<View>,
    framing: Framing,
    progress: Mutex<Progress>,
}

struct Progress {
    phase: Phase,
    /// Changes up to here were not asked for.
    start: Revision,
    /// Everything up to here was delivered.
    seen: Revision,
}

enum Phase {
    Older(Arc<Resume>),
    History(Reading),
    Live(Arc<Channel>),
    Ended(Ended),
}

/// How far the log was read.
struct Reading {
    position: u64,
    /// The newest revision that was looked at, in part or whole.
    revision: Revision,
}

impl Reading {
    fn from(position: u64) -> Phase {
        let revision = 0;
        Phase::History(Reading { position, revision })
    }
}

/// Changes looked at under one hold of a lock.
const CHUNK: usize = 256;
/// Changes looked at in one take, selected or not, and then to the revision's end.
const TAKE_MAX_LOOKED_AT: usize = 8192;

impl Watcher {
    pub(crate) fn new(
        fanout: &Arc<Fanout>,
        session: &Arc<Session>,
        request: WatchRequest,
    ) -> Result<Watcher, StoreError> {
        let view = fanout.live.view(request.view)?;
        let id = fanout.new_id();
        let interest = request.interest;
        let after = request.after_revision;
        let (phase, live) = {
            let mut hub = fanout.hub.lock();
            hub.check_start(after)?;
            hub.admit()?;
            if after == fanout.published_revision() {
                (
                    Some(Phase::Live(hub.join(interest.clone(), id, session))),
                    true,
                )
            } else if after < hub.log.floor() {
                (None, false)
            } else {
                let position = hub.log.position_after(after);
                (Some(Reading::from(position)), false)
            }
        };
        let older = || resume(fanout, session, id, &interest, after);
        let phase = phase.unwrap_or_else(older);
        let watcher = Watcher {
            fanout: fanout.clone(),
            session: session.clone(),
            id,
            interest,
            view_id: request.view,
            view,
            framing: request.framing,
            progress: Mutex::new(Progress {
                phase,
                start: after,
                seen: after,
            }),
        };
        if !live {
            watcher.session.watcher_ready(id);
        }
        Ok(watcher)
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    /// Everything up to this revision was delivered, or not asked for.
    pub fn seen(&self) -> Revision {
        self.progress.lock().seen
    }

    /// Takes encoded events of whole revisions until `max_bytes` are passed or nothing is left.
    pub fn take(&self, max_bytes: usize) -> Batch {
        self.take_from(&mut self.progress.lock(), max_bytes)
    }

    /// Like `take`, but when this watcher would be given what was given last (by any watcher on
    /// the same channel in the same form) it only says so: the caller still has the bytes.
    pub fn take_shared(&self, max_bytes: usize, last: &mut Option<LastBatch>) -> SharedBatch {
        let mut progress = self.progress.lock();
        let Phase::Live(channel) = &progress.phase else {
            let batch = self.take_from(&mut progress, max_bytes);
            if !batch.frames.is_empty() {
                *last = None;
            }
            return SharedBatch::New(batch);
        };
        let channel = channel.clone();
        // Read before the queue: what is published has been queued.
        let published = self.fanout.published_revision();
        if let Some(last) = last
            && (last.channel, last.view, last.framing) == (channel.id, self.view_id, self.framing)
            && last.first_revision > progress.start
            && self.fanout.live.check_open().is_ok()
            && let Some(drained) = channel.skip(self.id, last.from, last.to)
        {
            let revision = if drained { published } else { 0 };
            progress.seen = progress.seen.max(last.last_revision).max(revision);
            return SharedBatch::Same {
                events: last.events,
                revision: progress.seen,
            };
        }
        let from = channel.cursor(self.id);
        let batch = self.take_from(&mut progress, max_bytes);
        if batch.frames.is_empty() {
            return SharedBatch::New(batch);
        }
        let to = channel.cursor(self.id);
        let revisions = (batch.first_revision, batch.last_revision);
        *last = match (from, to, revisions, batch.ended) {
            (Some(from), Some(to), (Some(first_revision), Some(last_revision)), None) => {
                Some(LastBatch {
                    channel: channel.id,
                    from,
                    to,
                    view: self.view_id,
                    framing: self.framing,
                    first_revision,
                    last_revision,
                    events: batch.frames.len(),
                })
            }
            _ => None,
        };
        SharedBatch::New(batch)
    }

    fn take_from(&self, progress: &mut Progress, max_bytes: usize) -> Batch {
        let mut out = Taken {
            watcher: self,
            frames: Vec::new(),
            bytes: 0,
            max_bytes,
            revisions: None,
            whole: Whole::default(),
        };
        let (revision, ended) = self.step(progress, &mut out);
        out.cut();
        Batch {
            frames: out.frames,
            bytes: out.bytes,
            revision,
            first_revision: out.revisions.map(|(first, _)| first),
            last_revision: out.revisions.map(|(_, last)| last),
            ended,
        }
    }

    /// Takes at most about `max_events` raw events.
    pub fn take_raw(&self, max_events: usize) -> (Vec<RawEvent>, Revision, Option<Ended>) {
        let mut out = TakenRaw {
            events: Vec::new(),
            max_events,
            whole: 0,
        };
        let (revision, ended) = self.step(&mut self.progress.lock(), &mut out);
        out.cut();
        (out.events, revision, ended)
    }

    /// A bookmark at the revision that this watcher has seen everything up to.
    pub fn bookmark(&self, initial_events_end: bool) -> Result<(Frame, Revision), StoreError> {
        let revision = self.progress.lock().seen;
        let frame = self
            .fanout
            .bookmark(&self.view, self.framing, revision, initial_events_end)?;
        Ok((frame, revision))
    }

    /// Offers what is there. Only what `out` was told to be whole counts as delivered.
    fn step(&self, progress: &mut Progress, out: &mut dyn Accept) -> (Revision, Option<Ended>) {
        if self.fanout.live.check_open().is_err() {
            return (progress.seen, Some(Ended::Closed));
        }
        let mut budget = TAKE_MAX_LOOKED_AT;
        // The bound is reached: stop at the end of this revision.
        let mut enough = false;
        loop {
            let (start, seen) = (progress.start, &mut progress.seen);
            let next = match &mut progress.phase {
                Phase::Older(resume) => {
                    let resume = resume.clone();
                    self.step_older(&resume, seen, out, &mut enough)
                }
                Phase::History(reading) => {
                    self.step_history(reading, start, seen, out, &mut enough)
                }
                Phase::Live(channel) => self.step_live(channel, start, seen, out),
                Phase::Ended(ended) => return (progress.seen, Some(*ended)),
            };
            budget = budget.saturating_sub(CHUNK);
            match next {
                Next::Within => enough |= budget == 0,
                Next::Stop => {
                    self.session.watcher_ready(self.id);
                    break;
                }
                Next::Drained => break,
                Next::Phase(phase, seen) => {
                    progress.seen = progress.seen.max(seen);
                    self.leave(std::mem::replace(&mut progress.phase, phase));
                }
            }
        }
        (progress.seen, None)
    }

    /// Reads on in the log; with `enough` to the end of the revision that was begun.
    fn step_history(
        &self,
        reading: &mut Reading,
        start: Revision,
        seen: &mut Revision,
        out: &mut dyn Accept,
        enough: &mut bool,
    ) -> Next {
        let mut changes = Vec::new();
        let next_position = {
            let mut hub = self.fanout.hub.lock();
            if self.fanout.misses(*seen) {
                out.cut();
                return Next::Phase(Phase::Ended(Ended::Compacted), 0);
            }
            if reading.position < hub.log.first_position() {
                // Memory has let go of it meanwhile. What was delivered is whole revisions.
                out.cut();
                let lost = *seen < hub.compacted || self.fanout.older.is_none();
                drop(hub);
                let phase = if lost {
                    Phase::Ended(Ended::Compacted)
                } else {
                    resume(&self.fanout, &self.session, self.id, &self.interest, *seen)
                };
                return Next::Phase(phase, 0);
            }
            let range = &self.interest.range;
            let next = hub.log.read(range, reading.position, CHUNK, &mut changes);
            if changes.is_empty() {
                // The log ends with a whole revision: the hub is locked while one is published.
                out.whole();
                let channel = hub.join(self.interest.clone(), self.id, &self.session);
                return Next::Phase(Phase::Live(channel), self.fanout.published_revision());
            }
            next
        };
        for (at, change) in &changes {
            if reading.revision != change.revision {
                // What comes before the first change of a revision is complete.
                out.whole();
                *seen = (*seen).max(change.revision - 1);
                if *enough {
                    reading.position = *at;
                    return Next::Stop;
                }
                reading.revision = change.revision;
            }
            if change.revision > start
                && self.interest.range.contains(change.key())
                && let Some(kind) =
                    Sides::new(change, &*self.fanout.live.views).event(&self.interest)
            {
                match out.offer(kind, change) {
                    Verdict::More => {}
                    Verdict::Enough => *enough = true,
                    Verdict::Failed => return Next::Phase(Phase::Ended(Ended::Unreadable), 0),
                }
            }
        }
        reading.position = next_position;
        Next::Within
    }

    /// Takes from the page that was read from the disk, if one is there.
    fn step_older(
        &self,
        resume: &Arc<Resume>,
        seen: &mut Revision,
        out: &mut dyn Accept,
        enough: &mut bool,
    ) -> Next {
        let mut page = match resume.take() {
            Ok(Some(page)) => page,
            Ok(None) => return Next::Drained,
            // Also what cannot be read is gone: a list has the state that it led to.
            Err(_) => return Next::Phase(Phase::Ended(Ended::Compacted), 0),
        };
        let mut last = 0;
        while let Some(change) = page.changes.front() {
            if change.revision != last {
                // What comes before the first change of a revision is complete.
                out.whole();
                *seen = (*seen).max(change.revision - 1);
                if *enough {
                    resume.put_back(*seen, page);
                    return Next::Stop;
                }
                last = change.revision;
            }
            if let Some(kind) = Sides::new(change, &*self.fanout.live.views).event(&self.interest) {
                match out.offer(kind, change) {
                    Verdict::More => {}
                    Verdict::Enough => *enough = true,
                    Verdict::Failed => return Next::Phase(Phase::Ended(Ended::Unreadable), 0),
                }
            }
            page.changes.pop_front();
        }
        // A page ends with a whole revision.
        out.whole();
        *seen = (*seen).max(page.revision);
        let hub = self.fanout.hub.lock();
        if *seen < hub.compacted {
            return Next::Phase(Phase::Ended(Ended::Compacted), 0);
        }
        if *seen >= hub.log.floor() {
            return Next::Phase(Reading::from(hub.log.position_after(*seen)), *seen);
        }
        drop(hub);
        resume.go_on(*seen);
        Next::Drained
    }

    fn step_live(
        &self,
        channel: &Arc<Channel>,
        start: Revision,
        seen: &mut Revision,
        out: &mut dyn Accept,
    ) -> Next {
        // Read before the queue: what is published has been queued, whole.
        let published = self.fanout.published_revision();
        let mut items: Vec<Item> = Vec::new();
        let mut taken = 0;
        // The newest revision that was offered, in part or whole; before it, all was.
        let mut last = *seen;
        let mut enough = false;
        loop {
            items.clear();
            if let Peek::Slow = channel.peek(self.id, taken, CHUNK, &mut items) {
                let ended = if self.fanout.misses(*seen) {
                    Ended::Compacted
                } else {
                    Ended::Slow
                };
                return Next::Phase(Phase::Ended(ended), 0);
            }
            for item in &items {
                let revision = item.change.revision;
                if revision != last {
                    out.whole();
                    *seen = (*seen).max(last);
                    if enough {
                        channel.advance(self.id, taken);
                        return Next::Drained;
                    }
                }
                taken += 1;
                // A watch from the future passes over what it did not ask for.
                if revision <= start {
                    continue;
                }
                last = revision;
                match out.offer(item.kind, &item.change) {
                    Verdict::More => {}
                    Verdict::Enough => enough = true,
                    Verdict::Failed => return Next::Phase(Phase::Ended(Ended::Unreadable), 0),
                }
            }
            if items.len() < CHUNK {
                break;
            }
        }
        // The queue ends with a whole revision.
        out.whole();
        *seen = last.max(published);
        channel.advance(self.id, taken);
        Next::Drained
    }

    fn encode(&self, kind: EventKind, change: &Arc<Change>, out: &mut Taken<'_>) -> Verdict {
        let first = out.revisions.map_or(change.revision, |(first, _)| first);
        out.revisions = Some((first, change.revision));
        let view = (self.view_id, &*self.view);
        let (views, forms) = (&*self.fanout.live.views, &self.fanout.forms);
        let Ok(body) = change.encoded(kind, view, views, forms) else {
            return Verdict::Failed;
        };
        let frame = Frame::event(self.framing, kind, body);
        out.bytes += frame.len();
        out.frames.push(frame);
        if out.bytes < out.max_bytes {
            Verdict::More
        } else {
            Verdict::Enough
        }
    }

    fn leave(&self, phase: Phase) {
        if let Phase::Live(channel) = phase {
            self.fanout.hub.lock().leave(&channel, self.id);
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let phase = std::mem::replace(
            &mut self.progress.get_mut().phase,
            Phase::Ended(Ended::Closed),
        );
        self.leave(phase);
        self.fanout.hub.lock().watchers -= 1;
    }
}

/// What comes after a revision, from the disk. A selector wants to know what was replaced.
fn resume(
    fanout: &Fanout,
    session: &Arc<Session>,
    watcher: u64,
    interest: &Interest,
    after: Revision,
) -> Phase {
    let Some(older) = &fanout.older else {
        return Phase::Ended(Ended::Compacted);
    };
    let wanted = (interest.range.clone(), !interest.selector.is_everything());
    Phase::Older(Resume::begin(older, session, watcher, wanted, after))
}

/// Where a take puts what it finds.
trait Accept {
    fn offer(&mut self, kind: EventKind, change: &Arc<Change>) -> Verdict;
    /// What was offered so far is whole revisions: it counts, whatever comes next.
    fn whole(&mut self);
    /// What was offered since then does not count.
    fn cut(&mut self);
}

struct Taken<'a> {
    watcher: &'a Watcher,
    frames: Vec<Frame>,
    bytes: usize,
    max_bytes: usize,
    /// Of the first and the last change.
    revisions: Option<(Revision, Revision)>,
    whole: Whole,
}

/// How much of what was taken is whole.
#[derive(Clone, Copy, Default)]
struct Whole {
    frames: usize,
    bytes: usize,
    revisions: Option<(Revision, Revision)>,
}

impl Accept for Taken<'_> {
    fn offer(&mut self, kind: EventKind, change: &Arc<Change>) -> Verdict {
        self.watcher.encode(kind, change, self)
    }

    fn whole(&mut self) {
        self.whole = Whole {
            frames: self.frames.len(),
            bytes: self.bytes,
            revisions: self.revisions,
        };
    }

    fn cut(&mut self) {
        self.frames.truncate(self.whole.frames);
        (self.bytes, self.revisions) = (self.whole.bytes, self.whole.revisions);
    }
}

struct TakenRaw {
    events: Vec<RawEvent>,
    max_events: usize,
    whole: usize,
}

impl Accept for TakenRaw {
    fn offer(&mut self, kind: EventKind, change: &Arc<Change>) -> Verdict {
        let change = change.clone();
        self.events.push(RawEvent { kind, change });
        if self.events.len() < self.max_events {
            Verdict::More
        } else {
            Verdict::Enough
        }
    }

    fn whole(&mut self) {
        self.whole = self.events.len();
    }

    fn cut(&mut self) {
        self.events.truncate(self.whole);
    }
}

enum Verdict {
    More,
    /// The bound is reached: stop at the end of this revision.
    Enough,
    Failed,
}

enum Next {
    /// Perhaps amid a revision.
    Within,
    /// Enough for now; more is there.
    Stop,
    /// The live queue was dealt with; it announces what follows on its own.
    Drained,
    Phase(Phase, Revision),
}
