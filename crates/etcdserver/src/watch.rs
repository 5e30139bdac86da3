//! A stream of watches: created, cancelled and asked for progress by its client, and given what
//! happens to their keys.

use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use prost::Message;
use steersman_etcdapi::{WatchCommand, WatchCreateRequest, WatchRequest, WatchResponse};
use steersman_store::{
    Ended, Framing, Interest, Range, RawEvent, Reason, Revision, Selector, StoreError,
    WatchRequest as StoreWatch, Watcher,
};
use tokio::time::{Instant, interval_at};

use crate::auth::Caller;
use crate::encode::{entry_length, put_event};
use crate::grpc::{Gone, Incoming, OVERHEAD_BYTES, Outgoing, framed};
use crate::kv::range_of;
use crate::metrics::add;
use crate::services::{header, signed};
use crate::status::{COMPACTED, Status};
use crate::worker::{Ready, Worker};

/// The id of responses that are no watch's.
const NO_WATCH: i64 = -1;
/// Events of one response, and then to the end of their revision.
const MOST_EVENTS: usize = 1_000;
const EMPTY_RANGE: &str = "mvcc: watcher range is empty";
const DUPLICATE_ID: &str = "mvcc: duplicate watch ID provided on the WatchStream";

/// What ends a stream.
enum End {
    /// Its client is gone.
    Gone,
    With(Result<(), Status>),
}

impl From<Gone> for End {
    fn from(_: Gone) -> End {
        End::Gone
    }
}

impl From<Status> for End {
    fn from(status: Status) -> End {
        End::With(Err(status))
    }
}

struct Watch {
    watcher: Watcher,
    range: Range,
    without_puts: bool,
    without_deletes: bool,
    previous: bool,
    fragments: bool,
    notifies: bool,
    /// Nothing was sent since the last notification of progress.
    quiet: bool,
}

pub struct Stream<'w> {
    worker: &'w Worker,
    caller: &'w Caller,
    outgoing: Outgoing,
    ready: Rc<Ready>,
    watches: BTreeMap<i64, Watch>,
    /// Ids of watches by their watchers'.
    by_watcher: BTreeMap<u64, i64>,
    next_id: i64,
    /// The client asked how far all watches are, when this was the newest revision.
    asked: Option<Revision>,
}

impl Worker {
    /// Serves a stream of watches to its end.
    pub async fn watch(
        &self,
        mut incoming: Incoming,
        outgoing: Outgoing,
        caller: &Caller,
    ) -> Result<(), Status> {
        let mut stream = Stream {
            worker: self,
            caller,
            outgoing,
            ready: Rc::default(),
            watches: BTreeMap::new(),
            by_watcher: BTreeMap::new(),
            next_id: 0,
            asked: None,
        };
        let streams = &self.engine.metrics.watch_streams;
        streams.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let end = stream.run(&mut incoming).await;
        streams.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        let ids: Vec<i64> = stream.watches.keys().copied().collect();
        for id in ids {
            stream.remove(id);
        }
        match end {
            End::Gone => Ok(()),
            End::With(result) => {
                stream.outgoing.end(&result);
                result
            }
        }
    }
}

impl Stream<'_> {
    async fn run(&mut self, incoming: &mut Incoming) -> End {
        let engine = &self.worker.engine;
        let interval = engine.options.progress_interval;
        let mut progress = interval_at(Instant::now() + interval, interval);
        loop {
            let ready = self.ready.clone();
            let step = tokio::select! {
                message = incoming.next(&engine.metrics) => match message {
                    Ok(Some(message)) => self.command(message).await,
                    Ok(None) => return End::With(Ok(())),
                    Err(status) => return End::With(Err(status)),
                },
                () = ready.wait() => self.deliver().await,
                _ = progress.tick() => self.notify().await,
                () = self.outgoing.gone() => return End::Gone,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn command(&mut self, message: Bytes) -> Result<(), End> {
        let request = WatchRequest::decode(message).map_err(|_| Status::UNREADABLE)?;
        match request.command {
            Some(WatchCommand::Create(create)) => self.create(create).await,
            Some(WatchCommand::Cancel(cancel)) => {
                if self.remove(cancel.watch_id) {
                    let response = WatchResponse {
                        watch_id: cancel.watch_id,
                        canceled: true,
                        ..self.response(self.newest())
                    };
                    self.send(&response, &[]).await?;
                }
                Ok(())
            }
            Some(WatchCommand::Progress(_)) => {
                self.asked = Some(self.newest());
                let ids: Vec<i64> = self.watches.keys().copied().collect();
                self.take(&ids).await?;
                self.answer_progress().await
            }
            None => Ok(()),
        }
    }

    fn newest(&self) -> Revision {
        self.worker.engine.store.published_revision()
    }

    fn response(&self, revision: Revision) -> WatchResponse {
        WatchResponse {
            header: header(&self.worker.engine.header, revision),
            ..WatchResponse::default()
        }
    }

    /// Refuses a watch that was never made.
    async fn refuse(&mut self, reason: &str) -> Result<(), End> {
        let response = WatchResponse {
            watch_id: NO_WATCH,
            created: true,
            canceled: true,
            cancel_reason: reason.to_owned(),
            ..self.response(self.newest())
        };
        self.send(&response, &[]).await
    }

    async fn create(&mut self, request: WatchCreateRequest) -> Result<(), End> {
        // The smallest key stands for none.
        let key: &[u8] = if request.key.is_empty() {
            &[0]
        } else {
            &request.key
        };
        let end = &request.range_end[..];
        if request.start_revision < 0 {
            return self.refuse(COMPACTED).await;
        }
        if let Err(status) = self.check_permitted(key, end) {
            return self.refuse(&status.as_reason()).await;
        }
        if !end.is_empty() && end != [0] && key >= end {
            return self.refuse(EMPTY_RANGE).await;
        }
        if request.watch_id != 0 && self.watches.contains_key(&request.watch_id) {
            return self.refuse(DUPLICATE_ID).await;
        }
        let id = match request.watch_id {
            0 => self.free_id(),
            id => id,
        };
        let newest = self.newest();
        let after = match Revision::try_from(request.start_revision) {
            Ok(0) | Err(_) => newest,
            Ok(start) => start - 1,
        };
        let range = range_of(key, end);
        let watcher = self.watcher(&range, after);
        let response = WatchResponse {
            watch_id: id,
            created: true,
            ..self.response(newest)
        };
        self.send(&response, &[]).await?;
        match watcher {
            Ok(watcher) => {
                let watch = Watch {
                    watcher,
                    range,
                    without_puts: request.filters.contains(&0),
                    without_deletes: request.filters.contains(&1),
                    previous: request.prev_kv,
                    fragments: request.fragment,
                    notifies: request.progress_notify,
                    quiet: true,
                };
                self.by_watcher.insert(watch.watcher.id(), id);
                self.watches.insert(id, watch);
                let watchers = &self.worker.engine.metrics.watchers;
                watchers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                // What was ready before it had its place.
                self.take(&[id]).await
            }
            Err(error) if error.reason == Reason::Compacted => {
                self.compacted(id, error.revision).await
            }
            Err(error) => Err(Status::from(error).into()),
        }
    }

    /// Asked when a watch begins, and not again.
    fn check_permitted(&self, key: &[u8], range_end: &[u8]) -> Result<(), Status> {
        let access = self.worker.engine.auth.access(self.caller)?;
        access.check_read(key, range_end)
    }

    fn free_id(&mut self) -> i64 {
        while self.watches.contains_key(&self.next_id) {
            self.next_id += 1;
        }
        self.next_id += 1;
        self.next_id - 1
    }

    /// A watcher of what comes after a revision; told of through `ready`.
    fn watcher(&self, range: &Range, after: Revision) -> Result<Watcher, StoreError> {
        let engine = &self.worker.engine;
        // The store keeps the changes of the compacted revision, and none before.
        if i64::try_from(after).is_ok_and(|after| after + 1 < engine.compacted()) {
            return Err(StoreError::compacted(after, after));
        }
        let request = StoreWatch {
            interest: Interest {
                range: range.clone(),
                selector: Selector::default(),
            },
            after_revision: after,
            view: engine.view,
            framing: Framing::Message,
        };
        let watcher = engine.store.watch(&self.worker.session, request)?;
        self.worker.follow(&watcher, &self.ready);
        Ok(watcher)
    }

    fn remove(&mut self, id: i64) -> bool {
        let Some(watch) = self.watches.remove(&id) else {
            return false;
        };
        self.by_watcher.remove(&watch.watcher.id());
        self.worker.unfollow(&watch.watcher);
        let watchers = &self.worker.engine.metrics.watchers;
        watchers.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        true
    }

    async fn deliver(&mut self) -> Result<(), End> {
        let ready = self.ready.take();
        let find = |watcher: &u64| self.by_watcher.get(watcher).copied();
        let ids: Vec<i64> = ready.iter().filter_map(find).collect();
        self.take(&ids).await?;
        self.answer_progress().await
    }

    /// Sends what these watches have.
    async fn take(&mut self, ids: &[i64]) -> Result<(), End> {
        for id in ids {
            let Some(watch) = self.watches.get_mut(id) else {
                continue;
            };
            let store = &self.worker.engine.store;
            let take = || watch.watcher.take_raw(MOST_EVENTS);
            let (mut events, seen, ended) = store.guarded(take).map_err(Status::from)?;
            let (without_puts, without_deletes) = (watch.without_puts, watch.without_deletes);
            events.retain(|event| match event.change.current() {
                Some(_) => !without_puts,
                None => !without_deletes,
            });
            let forgotten = watch.previous.then(|| forgotten_at(&events)).flatten();
            if let Some(revision) = forgotten {
                events.retain(|event| event.change.revision < revision);
            }
            if !events.is_empty() {
                watch.quiet = false;
                let seen = forgotten.map_or(seen, |revision| revision - 1);
                self.send_events(*id, &events, seen).await?;
            }
            if forgotten.is_some() {
                self.remove(*id);
                self.compacted(*id, None).await?;
                continue;
            }
            match ended {
                None => {}
                Some(Ended::Closed) => return Err(Status::STOPPED.into()),
                Some(Ended::Slow | Ended::Unreadable) => self.resume(*id, seen).await?,
                Some(Ended::Compacted) => {
                    self.remove(*id);
                    self.compacted(*id, None).await?;
                }
            }
        }
        Ok(())
    }

    /// It was further behind than the store's queues reach: it goes on in the history.
    async fn resume(&mut self, id: i64, seen: Revision) -> Result<(), End> {
        let Some(watch) = self.watches.get(&id) else {
            return Ok(());
        };
        match self.watcher(&watch.range, seen) {
            Ok(watcher) => {
                self.by_watcher.insert(watcher.id(), id);
                if let Some(watch) = self.watches.get_mut(&id) {
                    let old = std::mem::replace(&mut watch.watcher, watcher);
                    self.by_watcher.remove(&old.id());
                    self.worker.unfollow(&old);
                }
                Ok(())
            }
            Err(error) if error.reason == Reason::Compacted => {
                self.remove(id);
                self.compacted(id, error.revision).await
            }
            Err(error) => Err(Status::from(error).into()),
        }
    }

    async fn send_events(
        &mut self,
        id: i64,
        events: &[RawEvent],
        revision: Revision,
    ) -> Result<(), End> {
        let Some(watch) = self.watches.get(&id) else {
            return Ok(());
        };
        let response = WatchResponse {
            watch_id: id,
            ..self.response(revision)
        };
        add(&self.worker.engine.metrics.events, events.len());
        let bound = self.worker.engine.options.max_request_bytes + OVERHEAD_BYTES;
        let mut rest = events;
        if watch.fragments {
            let mut parts = fragments(events, bound);
            rest = parts.pop().unwrap_or(events);
            for part in parts {
                let response = WatchResponse {
                    fragment: true,
                    ..response.clone()
                };
                self.send(&response, part).await?;
            }
        }
        self.send(&response, rest).await
    }

    async fn send(&mut self, response: &WatchResponse, events: &[RawEvent]) -> Result<(), End> {
        let engine = &self.worker.engine;
        let previous = self
            .watches
            .get(&response.watch_id)
            .is_some_and(|watch| watch.previous);
        // Of the first change that is kept, what it replaced is compacted.
        let oldest = engine.oldest();
        let message = framed(|out| {
            out.reserve(64 + events.iter().map(length).sum::<usize>());
            // There is room: it grows.
            let _ = response.encode(out);
            for event in events {
                let change = &event.change;
                let replaced = change.previous.as_ref();
                let shown = previous && change.revision > oldest;
                put_event(out, change, replaced.filter(|_| shown));
            }
        });
        Ok(self.outgoing.send(message, &engine.metrics).await?)
    }

    /// The history that a watch wants is gone: from `known` on something is known, or from the
    /// compacted revision on.
    async fn compacted(&mut self, id: i64, known: Option<Revision>) -> Result<(), End> {
        let revision = known.map_or(1, signed);
        let revision = revision.max(self.worker.engine.forgotten());
        let response = WatchResponse {
            watch_id: id,
            canceled: true,
            compact_revision: revision,
            ..self.response(self.newest())
        };
        self.send(&response, &[]).await
    }

    /// Answers what was asked of the progress of all, once they have seen everything up to then.
    async fn answer_progress(&mut self) -> Result<(), End> {
        let Some(asked) = self.asked else {
            return Ok(());
        };
        let newest = self.newest();
        let begins_later = |watch: &Watch| watch.watcher.seen() > newest;
        if self.watches.is_empty() || self.watches.values().any(begins_later) {
            // As in etcd: of a watch that begins in the future there is nothing to be told.
            self.asked = None;
            return Ok(());
        }
        if self
            .watches
            .values()
            .any(|watch| watch.watcher.seen() < asked)
        {
            return Ok(());
        }
        self.asked = None;
        let response = WatchResponse {
            watch_id: NO_WATCH,
            ..self.response(asked)
        };
        self.send(&response, &[]).await
    }

    /// Tells watches that want it, and were given nothing lately, how far they are.
    async fn notify(&mut self) -> Result<(), End> {
        let notifies = |(_, watch): &(&i64, &Watch)| watch.notifies;
        let ids: Vec<i64> = self
            .watches
            .iter()
            .filter(notifies)
            .map(|(id, _)| *id)
            .collect();
        let newest = self.newest();
        self.take(&ids).await?;
        for id in ids {
            let Some(watch) = self.watches.get_mut(&id) else {
                continue;
            };
            let quiet = std::mem::replace(&mut watch.quiet, true);
            if quiet && watch.watcher.seen() >= newest {
                let response = WatchResponse {
                    watch_id: id,
                    ..self.response(newest)
                };
                self.send(&response, &[]).await?;
            }
        }
        Ok(())
    }
}

/// The first revision with a change that replaced a version which is not known any more: of history
/// that is on the disk alone the log says what came, not what was there before.
fn forgotten_at(events: &[RawEvent]) -> Option<Revision> {
    let is_forgotten = |event: &&RawEvent| {
        let made = event.change.current();
        made.is_some_and(|entry| entry.version() > 1) && event.change.previous.is_none()
    };
    Some(events.iter().find(is_forgotten)?.change.revision)
}

/// Parts below a bound, each of one event at least.
fn fragments(events: &[RawEvent], bound: usize) -> Vec<&[RawEvent]> {
    let mut parts = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        bytes += length(event);
        if bytes >= bound && at > begin {
            parts.push(&events[begin..at]);
            (begin, bytes) = (at, length(event));
        }
    }
    parts.push(&events[begin..]);
    parts
}

/// About what an event takes.
fn length(event: &RawEvent) -> usize {
    let current = event.change.current().map_or(0, entry_length);
    let previous = event.change.previous.as_ref().map_or(0, entry_length);
    current + previous + event.change.key().len() + 16
}
