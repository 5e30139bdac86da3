//! Responses that the front's threads read from a store on their own: whole lists and watches.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use napi_derive::napi;
use parking_lot::Mutex;
use steersman_front::{Beside, Front, Over, Piece, Seat, Source};
use steersman_lists::{ListFrame, ListStream, StateEvents, Step};
use steersman_store::{
    Completion, Ended, Framing, Interest, LastBatch, Outcome, Reason, Session, SharedBatch, Store,
    StoreError, ViewId, WatchRequest, Watcher,
};
use tokio::sync::{Notify, oneshot};

use crate::binding_front::NativeFront;
use crate::binding_store::{Failure, Result, guarded, invalid};
use crate::binding_store_reads::Buckets;

/// How sources end, beside what the store says.
mod code {
    /// As was asked, or at the list's end.
    pub const DONE: u8 = 0;
    pub const SLOW: u8 = 1;
    pub const COMPACTED: u8 = 2;
    pub const CLOSED: u8 = 3;
    pub const FAILED: u8 = 4;
}

const UNREADABLE: &str = "a value that comes next cannot be read";

fn failed(error: &StoreError, count: u64, bytes: u64) -> Piece {
    Piece::Over(Over {
        code: code::FAILED,
        count,
        bytes,
        message: error.message.clone(),
    })
}

/// What stands around a list's items.
#[napi(object, object_to_js = false)]
pub struct ListFrameInput {
    pub before: napi::bindgen_prelude::Buffer,
    /// Of a protobuf list: what stands inside of its length, before the items. The length itself is
    /// written between both.
    pub inside: Option<napi::bindgen_prelude::Buffer>,
    pub after: napi::bindgen_prelude::Buffer,
    /// All of it is compressed.
    pub gzip: bool,
}

impl From<ListFrameInput> for ListFrame {
    fn from(input: ListFrameInput) -> ListFrame {
        ListFrame {
            before: input.before.to_vec(),
            inside: input.inside.map(|inside| inside.to_vec()),
            after: input.after.to_vec(),
            gzip: input.gzip,
        }
    }
}

/// A list that is sent.
pub struct ListSource {
    store: Arc<Store>,
    stream: ListStream,
}

impl ListSource {
    pub fn new(store: Arc<Store>, stream: ListStream) -> ListSource {
        ListSource { store, stream }
    }

    fn over(&self, code: u8, message: String) -> Piece {
        Piece::Over(Over {
            code,
            count: self.stream.count() as u64,
            bytes: self.stream.bytes(),
            message,
        })
    }
}

impl Source for ListSource {
    fn poll_next(&mut self, _: &mut Context<'_>, max_bytes: usize) -> Poll<Piece> {
        let stream = &mut self.stream;
        let step = self.store.guarded(|| stream.step(max_bytes));
        Poll::Ready(match step.and_then(|step| step) {
            Ok(Step::Bytes(bytes)) => Piece::Bytes(bytes.into()),
            Ok(Step::Later) => Piece::Later,
            Ok(Step::Over) => self.over(code::DONE, String::new()),
            Err(error) => self.over(code::FAILED, error.message),
        })
    }
}

/// Watches of one thread of the front on one store: one session, whose news wake their tasks.
pub struct Feed {
    store: Arc<Store>,
    session: Arc<Session>,
    /// Of watches that wait, by their number in the store.
    waiting: Mutex<HashMap<u64, Waker>>,
    /// Watches of the same in the same form share what is encoded for them.
    groups: Mutex<HashMap<GroupKey, Weak<Group>>>,
    /// Writes that wait for the disk, by their tickets.
    writes: Mutex<HashMap<u64, Owed>>,
}

/// Whom a write's outcome is for; what it holds until then is dropped first.
struct Owed {
    sender: oneshot::Sender<std::result::Result<Outcome, StoreError>>,
    _held: Option<Seat>,
}

type GroupKey = (Interest, ViewId, Framing);

#[derive(Default)]
struct Group {
    taken: Mutex<Taken>,
}

/// The batch that was taken last.
#[derive(Default)]
struct Taken {
    last: Option<LastBatch>,
    bytes: Bytes,
}

/// Emptied of what is gone when it has grown to this, and again at twice what is left.
const GROUPS_LOOKED_AT: usize = 1024;

impl Feed {
    /// With what has to run on the feed's thread.
    pub fn new(store: Arc<Store>) -> (Arc<Feed>, Beside) {
        let news = Arc::new(Notify::new());
        let told = news.clone();
        let session = store.session(Box::new(move || told.notify_one()));
        let feed = Arc::new(Feed {
            store,
            session,
            waiting: Mutex::default(),
            groups: Mutex::default(),
            writes: Mutex::default(),
        });
        let kept = Arc::downgrade(&feed);
        (feed, Box::new(move || run(kept, news)))
    }

    pub fn is_of(&self, store: &Arc<Store>) -> bool {
        Arc::ptr_eq(&self.store, store)
    }

    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The outcome of a write that this feed's session has the ticket of. To be called on the
    /// feed's thread, before it looks for news again. `held` is dropped when it is there, whether
    /// anybody waits for it then or not.
    pub fn outcome(
        &self,
        ticket: u64,
        held: Option<Seat>,
    ) -> oneshot::Receiver<std::result::Result<Outcome, StoreError>> {
        let (sender, receiver) = oneshot::channel();
        let owed = Owed {
            sender,
            _held: held,
        };
        self.writes.lock().insert(ticket, owed);
        receiver
    }

    fn wake(&self) {
        let drained = self.session.drain();
        for Completion { ticket, result } in drained.completions {
            let owed = self.writes.lock().remove(&ticket);
            if let Some(Owed { sender, _held }) = owed {
                drop(_held);
                // Its client may have gone.
                let _ = sender.send(result);
            }
        }
        let waiting = self.waiting.lock();
        for id in drained.watchers {
            if let Some(waker) = waiting.get(&id) {
                waker.wake_by_ref();
            }
        }
    }

    fn group_of(&self, request: &WatchRequest) -> Arc<Group> {
        let key = (request.interest.clone(), request.view, request.framing);
        let mut groups = self.groups.lock();
        if let Some(known) = groups.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        if groups.len() >= GROUPS_LOOKED_AT && groups.len().is_power_of_two() {
            groups.retain(|_, group| group.strong_count() > 0);
        }
        let group = Arc::new(Group::default());
        groups.insert(key, Arc::downgrade(&group));
        group
    }
}

/// Ends when the feed has gone and there is news once more, or with the thread.
fn run(feed: Weak<Feed>, news: Arc<Notify>) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        loop {
            news.notified().await;
            let Some(feed) = feed.upgrade() else {
                return;
            };
            feed.wake();
        }
    })
}

impl Drop for Feed {
    fn drop(&mut self) {
        // The task sees that it has gone.
        self.session.announce();
    }
}

/// What JavaScript wishes of a watch meanwhile.
#[derive(Default)]
pub struct WatchWishes {
    flags: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

mod wish {
    /// A bookmark as soon as everything before it was taken.
    pub const BOOKMARK: u8 = 1;
    /// The end, at the same moment.
    pub const END: u8 = 2;
}

impl WatchWishes {
    fn add(&self, flags: u8) {
        self.flags.fetch_or(flags, Ordering::SeqCst);
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }
}

/// Events and the sizes of what was sent at once.
pub struct WatchFigures {
    events: AtomicU64,
    sizes: Buckets,
}

#[napi(object, object_from_js = false)]
pub struct WatchFiguresOutput {
    pub events: f64,
    /// One for each bound and one above all.
    pub sizes: Vec<f64>,
    pub bytes: f64,
}

#[napi]
pub struct NativeWatchFigures {
    figures: Arc<WatchFigures>,
}

#[napi]
impl NativeWatchFigures {
    /// Bounds are bytes.
    #[napi(constructor)]
    pub fn new(size_bounds: Vec<f64>) -> NativeWatchFigures {
        NativeWatchFigures {
            figures: Arc::new(WatchFigures {
                events: AtomicU64::new(0),
                sizes: Buckets::of_bytes(&size_bounds),
            }),
        }
    }

    #[napi]
    pub fn read(&self) -> WatchFiguresOutput {
        let (sizes, bytes) = self.figures.sizes.read_bytes();
        WatchFiguresOutput {
            events: self.figures.events.load(Ordering::Relaxed) as f64,
            sizes,
            bytes,
        }
    }
}

impl NativeWatchFigures {
    pub fn shared(&self) -> Arc<WatchFigures> {
        self.figures.clone()
    }
}

/// A watch that is not open yet.
pub struct WatchPlan {
    pub store: Arc<Store>,
    /// What it begins with.
    pub state: Option<WatchState>,
    pub request: WatchRequest,
    pub wishes: Arc<WatchWishes>,
    pub figures: Arc<WatchFigures>,
}

/// What stands before a watch's changes.
pub struct WatchState {
    pub events: StateEvents,
    /// A bookmark after them says that this was all.
    pub marks_end: bool,
}

struct WatchSource {
    feed: Arc<Feed>,
    first: First,
    watcher: Watcher,
    group: Arc<Group>,
    wishes: Arc<WatchWishes>,
    figures: Arc<WatchFigures>,
    count: u64,
    bytes: u64,
}

/// How far what stands before the changes was given.
enum First {
    State(Box<WatchState>),
    /// It was; JavaScript is still to be told.
    Given,
    Over,
}

impl WatchPlan {
    pub fn open(self, feed: &Arc<Feed>) -> Result<Box<dyn Source>> {
        let group = feed.group_of(&self.request);
        let store = &self.store;
        let watcher = guarded(store, || store.watch(&feed.session, self.request))?;
        let state = self.state.map(Box::new);
        Ok(Box::new(WatchSource {
            feed: feed.clone(),
            first: state.map_or(First::Over, First::State),
            watcher,
            group,
            wishes: self.wishes,
            figures: self.figures,
            count: 0,
            bytes: 0,
        }))
    }
}

impl WatchSource {
    /// None: there is nothing.
    fn next(&mut self, max_bytes: usize) -> std::result::Result<Option<Piece>, StoreError> {
        match &mut self.first {
            First::State(state) => {
                let before = state.events.count();
                match state.events.step(max_bytes)? {
                    Step::Later => Ok(Some(Piece::Later)),
                    Step::Bytes(bytes) => {
                        let events = state.events.count() - before;
                        Ok(Some(self.events(events, bytes.into())))
                    }
                    Step::Over => {
                        let marks_end = state.marks_end;
                        self.first = First::Given;
                        Ok(Some(if marks_end {
                            self.bookmark(true)
                        } else {
                            Piece::Later
                        }))
                    }
                }
            }
            First::Given => {
                self.first = First::Over;
                Ok(Some(Piece::Settled))
            }
            First::Over => Ok(self.change(max_bytes)),
        }
    }

    fn bookmark(&self, ends_state: bool) -> Piece {
        match self.watcher.bookmark(ends_state) {
            Ok((frame, _)) => Piece::Bytes(frame.to_vec().into()),
            Err(error) => failed(&error, self.count, self.bytes),
        }
    }

    fn change(&mut self, max_bytes: usize) -> Option<Piece> {
        let mut taken = self.group.taken.lock();
        let batch = match self.watcher.take_shared(max_bytes, &mut taken.last) {
            SharedBatch::Same { events, .. } => {
                let bytes = taken.bytes.clone();
                drop(taken);
                return Some(self.events(events, bytes));
            }
            SharedBatch::New(batch) => batch,
        };
        if !batch.frames.is_empty() {
            let mut joined = vec![0; batch.bytes];
            let mut rest = &mut joined[..];
            for frame in &batch.frames {
                rest = frame.write_to(rest);
            }
            let bytes = Bytes::from(joined);
            // Of a batch that nobody else is given nothing is kept.
            let is_shared = taken.last.is_some() && Arc::strong_count(&self.group) > 1;
            if is_shared {
                taken.bytes = bytes.clone();
            } else {
                *taken = Taken::default();
            }
            drop(taken);
            return Some(self.events(batch.frames.len(), bytes));
        }
        drop(taken);
        let code = match batch.ended {
            None => return self.wished(),
            Some(Ended::Slow) => code::SLOW,
            Some(Ended::Compacted) => code::COMPACTED,
            Some(Ended::Closed) => code::CLOSED,
            Some(Ended::Unreadable) => {
                let error = StoreError::new(Reason::Corrupt, UNREADABLE);
                return Some(failed(&error, self.count, self.bytes));
            }
        };
        Some(self.over(code))
    }

    fn events(&mut self, events: usize, bytes: Bytes) -> Piece {
        self.count += events as u64;
        self.bytes += bytes.len() as u64;
        self.figures
            .events
            .fetch_add(events as u64, Ordering::Relaxed);
        self.figures.sizes.observe_bytes(bytes.len());
        Piece::Bytes(bytes)
    }

    fn over(&self, code: u8) -> Piece {
        Piece::Over(Over {
            code,
            count: self.count,
            bytes: self.bytes,
            message: String::new(),
        })
    }

    fn wished(&mut self) -> Option<Piece> {
        let wishes = self.wishes.flags.load(Ordering::SeqCst);
        if wishes & wish::BOOKMARK != 0 {
            self.wishes
                .flags
                .fetch_and(!wish::BOOKMARK, Ordering::SeqCst);
            return Some(self.bookmark(false));
        }
        (wishes & wish::END != 0).then(|| self.over(code::DONE))
    }

    fn wait(&self, context: &Context<'_>) {
        let waker = context.waker();
        let mut waiting = self.feed.waiting.lock();
        match waiting.get_mut(&self.watcher.id()) {
            Some(known) if known.will_wake(waker) => {}
            Some(known) => known.clone_from(waker),
            None => {
                waiting.insert(self.watcher.id(), waker.clone());
            }
        }
        drop(waiting);
        let mut wishes = self.wishes.waker.lock();
        if !wishes.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *wishes = Some(waker.clone());
        }
    }
}

impl Source for WatchSource {
    fn poll_next(&mut self, context: &mut Context<'_>, max_bytes: usize) -> Poll<Piece> {
        // Before it is looked: what comes in between wakes.
        self.wait(context);
        let feed = self.feed.clone();
        match feed
            .store
            .guarded(|| self.next(max_bytes))
            .and_then(|next| next)
        {
            Ok(Some(piece)) => Poll::Ready(piece),
            Ok(None) => Poll::Pending,
            Err(error) if error.reason == Reason::Compacted => {
                Poll::Ready(self.over(code::COMPACTED))
            }
            Err(error) => Poll::Ready(failed(&error, self.count, self.bytes)),
        }
    }

    fn waits_for_room(&self) -> bool {
        matches!(&self.first, First::State(state) if state.events.is_collected())
    }
}

impl Drop for WatchSource {
    fn drop(&mut self) {
        self.feed.waiting.lock().remove(&self.watcher.id());
    }
}

enum Planned {
    List(Box<ListSource>),
    Watch(Box<WatchPlan>),
}

/// A response's source, until the front takes it; afterwards its reins.
#[napi]
pub struct NativeSource {
    planned: Option<Planned>,
    wishes: Option<Arc<WatchWishes>>,
    revision: f64,
}

#[napi]
impl NativeSource {
    /// The one that a list is of, or that a watch begins after.
    #[napi(getter)]
    pub fn revision(&self) -> f64 {
        self.revision
    }

    /// Of a list: what stands around its items.
    #[napi]
    pub fn frame(&mut self, frame: ListFrameInput) {
        if let Some(Planned::List(source)) = &mut self.planned {
            source.stream.set_frame(frame.into());
        }
    }

    /// Where nobody has taken it, it holds nothing of the store any more.
    #[napi]
    pub fn close(&mut self) {
        self.planned = None;
    }

    /// Of a watch: a bookmark is sent when everything before it was.
    #[napi]
    pub fn bookmark(&self) {
        if let Some(wishes) = &self.wishes {
            wishes.add(wish::BOOKMARK);
        }
    }

    /// Of a watch: it is over when everything that is ready was sent, and a bookmark where one was
    /// asked for.
    #[napi]
    pub fn finish(&self) {
        if let Some(wishes) = &self.wishes {
            wishes.add(wish::END);
        }
    }
}

impl NativeSource {
    pub fn of_list(source: ListSource) -> NativeSource {
        NativeSource {
            revision: source.stream.revision() as f64,
            planned: Some(Planned::List(Box::new(source))),
            wishes: None,
        }
    }

    pub fn of_watch(plan: WatchPlan) -> NativeSource {
        NativeSource {
            revision: plan.request.after_revision as f64,
            wishes: Some(plan.wishes.clone()),
            planned: Some(Planned::Watch(Box::new(plan))),
        }
    }

    /// Opens it, with the feed of its store where it needs one.
    pub fn open(
        &mut self,
        feed: impl FnOnce(&Arc<Store>) -> Result<Arc<Feed>>,
    ) -> Result<Box<dyn Source>> {
        let planned = self.planned.take();
        match planned.ok_or_else(|| invalid("the source was taken already"))? {
            Planned::List(source) => Ok(source),
            Planned::Watch(plan) => {
                let feed = feed(&plan.store)?;
                plan.open(&feed)
            }
        }
    }
}

impl NativeFront {
    pub(crate) fn running(&self) -> Result<&Front> {
        let stopped = || Failure::new("closed".to_owned(), "the front has stopped");
        self.front.as_ref().ok_or_else(stopped)
    }

    /// The feed of a store on the thread that a request came to.
    pub(crate) fn feed(&mut self, exchange: u32, store: &Arc<Store>) -> Result<Arc<Feed>> {
        let thread = exchange as usize % self.running()?.threads();
        let feeds = &mut self.feeds[thread];
        if let Some(feed) = feeds.iter().find(|feed| feed.is_of(store)) {
            return Ok(feed.clone());
        }
        // Those of stores that nobody uses any more go.
        feeds.retain(|feed| Arc::strong_count(feed) > 1);
        let (feed, beside) = Feed::new(store.clone());
        feeds.push(feed.clone());
        self.running()?.run_beside(thread, beside);
        Ok(feed)
    }
}

#[napi]
impl NativeFront {
    /// Has a response that was started come from a source; PIPED says when it is over. Throws, with
    /// the store's codes, where a watch cannot begin; the response is as before then.
    #[napi]
    pub fn pipe(&mut self, exchange: u32, source: &mut NativeSource) -> Result<()> {
        let opened = source.open(|store| self.feed(exchange, store))?;
        self.running()?.pipe(exchange, opened);
        Ok(())
    }
}
