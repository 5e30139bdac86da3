//! Following: what stands in etcd is listed once, then its changes are watched. A watch that ends
//! goes on where it was, with another member if need be; where the changes since then are
//! compacted, everything is listed again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use prost::bytes::Bytes;
use steersman_etcdapi::{
    Event, RangeRequest, StatusRequest, StatusResponse, WatchCommand, WatchCreateRequest,
    WatchProgressRequest, WatchRequest, WatchResponse,
};
use steersman_store::{Draft, Followed, Reason, Revision, Standing, Store, StoreError};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

use crate::connection::{Link, said};
use crate::engine::{Engine, STATUS, newest};
use crate::keys::{number, revision, version};

const WATCH: &str = "/etcdserverpb.Watch/Watch";

/// Keys of one page of a list: a page is one message.
const PAGE_KEYS: i64 = 1000;
/// Between attempts, growing by the double.
const FIRST_DELAY: Duration = Duration::from_millis(50);
const LAST_DELAY: Duration = Duration::from_secs(2);
/// A watch is begun within this time, or by another member.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(5);
/// A change that was written arrives within this time, or something else is tried; then after twice
/// the time, since where progress is not trusted that reads all keys.
const ARRIVAL: Duration = Duration::from_millis(20);
const LAST_ARRIVAL: Duration = Duration::from_secs(1);
/// A watch that has stood for so long is said to be back.
const STEADY: Duration = Duration::from_secs(1);
/// A read that waits for longer fails; a watch that brings nothing meanwhile is begun again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where following goes on.
pub(crate) struct Following {
    followed: Revision,
    apart: KeysApart,
}

impl Following {
    pub fn new(followed: Revision, apart: KeysApart) -> Following {
        Following { followed, apart }
    }
}

/// Keys under the prefix that no object can have: they count there, and are not here.
pub(crate) type KeysApart = HashSet<Box<[u8]>>;

/// What stands at a revision, in the order of keys.
pub(crate) struct Listed {
    pub revision: Revision,
    pub objects: Vec<Standing>,
    pub apart: KeysApart,
}

/// Why a watch ended.
enum End {
    /// The changes that come next are gone.
    Compacted,
    /// It can go on elsewhere; what came of it.
    Broken(String),
    /// The store is closed, or a step back was seen.
    Over,
}

/// All objects, of one revision.
pub(crate) async fn list(engine: &Engine) -> Result<Listed, StoreError> {
    'again: loop {
        let (mut key, range_end) = engine.keys.all();
        let mut listed: Option<Listed> = None;
        loop {
            let request = RangeRequest {
                key: key.clone(),
                range_end: range_end.clone(),
                limit: PAGE_KEYS,
                revision: listed.as_ref().map_or(0, |listed| number(listed.revision)),
                ..RangeRequest::default()
            };
            let page = match engine.range(request).await {
                // It took longer than the history is kept.
                Err(error) if error.reason == Reason::Compacted => continue 'again,
                page => page?,
            };
            let listed = listed.get_or_insert_with(|| Listed {
                revision: newest(&page),
                objects: Vec::new(),
                apart: KeysApart::new(),
            });
            let last = page.kvs.last().map(|found| found.key.clone());
            for found in &page.kvs {
                match engine.keys.standing(found) {
                    Some(object) => listed.objects.push(object),
                    None => drop(listed.apart.insert(found.key.as_ref().into())),
                }
            }
            match last {
                Some(last) if page.more => key = after(&last),
                _ => break,
            }
        }
        if let Some(listed) = listed {
            return Ok(listed);
        }
    }
}

fn after(key: &Bytes) -> Bytes {
    let mut next = key.to_vec();
    next.push(0);
    Bytes::from(next)
}

/// Follows until the store is closed.
pub(crate) async fn run(engine: &Arc<Engine>, mut following: Following) {
    let mut delay = FIRST_DELAY;
    loop {
        let from = following.followed;
        let end = match engine.connection.link().await {
            Ok(link) => {
                let end = watch(engine, &link, &mut following).await;
                engine.waiting.watch_broke();
                if !matches!(end, End::Compacted | End::Over) {
                    engine.connection.give_up(&link).await;
                }
                end
            }
            Err(error) => End::Broken(error.message),
        };
        let end = match end {
            End::Compacted => anew(engine, &mut following).await,
            end => end,
        };
        if let End::Broken(why) = &end {
            engine.notices.lost(why);
        }
        match end {
            End::Over => return,
            _ if following.followed > from => delay = FIRST_DELAY,
            _ => {
                sleep(delay).await;
                delay = (delay * 2).min(LAST_DELAY);
                engine.waiting.fail_late_reads(PATIENCE);
            }
        }
    }
}

/// Lists everything once more.
async fn anew(engine: &Engine, following: &mut Following) -> End {
    let listed = match list(engine).await {
        Ok(listed) => listed,
        Err(error) => return broken(engine, error.message),
    };
    let Some(store) = store(engine) else {
        return End::Over;
    };
    if let Err(error) = store.follow_anew(listed.revision, listed.objects) {
        engine.fail(error);
        return End::Over;
    }
    *following = Following::new(listed.revision, listed.apart);
    engine.waiting.followed(listed.revision);
    End::Compacted
}

fn store(engine: &Engine) -> Option<Arc<Store>> {
    engine.store.get().and_then(std::sync::Weak::upgrade)
}

/// What failed may be what no other member mends.
fn broken(engine: &Engine, why: String) -> End {
    match engine.check() {
        Ok(()) => End::Broken(why),
        Err(_) => End::Over,
    }
}

struct Watch<'a> {
    engine: &'a Engine,
    commands: mpsc::Sender<WatchRequest>,
    responses: Streaming<WatchResponse>,
    /// Whether what this member says of its progress is true.
    trusted: bool,
    /// Of a revision whose events come in several messages.
    fragments: Vec<Event>,
    address: Arc<str>,
    /// It was created.
    stands: bool,
}

async fn watch(engine: &Arc<Engine>, link: &Link, following: &mut Following) -> End {
    let begun = timeout(BEGIN_TIMEOUT, begin(engine, link, following)).await;
    let mut watch = match begun {
        Ok(Ok(watch)) => watch,
        Ok(Err(error)) => return broken(engine, error.message),
        Err(_) => {
            return broken(
                engine,
                format!("etcd ({}): no watch in time", link.address()),
            );
        }
    };
    let mut arrival = ARRIVAL;
    let (steady, mut is_steady) = (sleep(STEADY), false);
    tokio::pin!(steady);
    loop {
        let waits = engine.waiting.any();
        let next = tokio::select! {
            next = watch.responses.message() => next,
            () = engine.wanted.notified(), if !waits => continue,
            () = &mut steady, if !is_steady => {
                is_steady = true;
                if watch.stands {
                    engine.notices.back(&watch.address);
                }
                continue;
            }
            () = sleep(arrival), if waits => {
                arrival = (arrival * 2).min(LAST_ARRIVAL);
                match watch.hurry(following).await {
                    Some(end) => return end,
                    None => continue,
                }
            }
        };
        let response = match next {
            Ok(Some(response)) => response,
            Ok(None) => return End::Broken(watch.problem("it ended the watch")),
            Err(status) => return End::Broken(said(&status, &watch.address).message),
        };
        arrival = ARRIVAL;
        if let Some(end) = watch.take(response, following) {
            return end;
        }
    }
}

async fn begin<'a>(
    engine: &'a Arc<Engine>,
    link: &Link,
    following: &Following,
) -> Result<Watch<'a>, StoreError> {
    let unreachable = |status: Status| said(&status, link.address());
    let status: StatusResponse = engine
        .connection
        .read(STATUS, StatusRequest {}, BEGIN_TIMEOUT)
        .await?;
    // Where etcd was put back in time, the watch would wait for revisions of another history.
    engine.newest().await?;
    let (commands, sent) = mpsc::channel(4);
    let (key, range_end) = engine.keys.all();
    let create = WatchCreateRequest {
        key,
        range_end,
        start_revision: number(following.followed + 1),
        progress_notify: true,
        fragment: true,
        ..WatchCreateRequest::default()
    };
    let create = WatchRequest {
        command: Some(WatchCommand::Create(create)),
    };
    let _ = commands.try_send(create);
    let mut grpc = link.grpc();
    let ready = grpc.ready().await;
    ready.map_err(|error| {
        StoreError::new(Reason::Io, format!("etcd ({}): {error}", link.address()))
    })?;
    let codec: ProstCodec<WatchRequest, WatchResponse> = ProstCodec::default();
    let request = link.request(ReceiverStream::new(sent));
    let path = PathAndQuery::from_static(WATCH);
    let responses = grpc
        .streaming(request, path, codec)
        .await
        .map_err(unreachable)?;
    Ok(Watch {
        engine,
        commands,
        responses: responses.into_inner(),
        trusted: says_progress_truly(&status.version),
        fragments: Vec::new(),
        address: link.address().clone(),
        stands: false,
    })
}

impl Watch<'_> {
    fn problem(&self, what: &str) -> String {
        format!("etcd ({}): {what}", self.address)
    }

    /// Takes over what a message says; Some: the watch is over.
    fn take(&mut self, response: WatchResponse, following: &mut Following) -> Option<End> {
        // A member may lag, so only its cluster says something.
        if self.engine.sound(response.header.as_ref(), 0).is_err() {
            return Some(End::Over);
        }
        let seen = response
            .header
            .as_ref()
            .map_or(0, |header| revision(header.revision));
        if response.canceled {
            if response.compact_revision > 0 {
                let why = format!(
                    "it cancelled the watch: what came before revision {} is compacted",
                    response.compact_revision
                );
                let text = self.problem(&why);
                self.engine
                    .notices
                    .say(format!("{text}; everything is listed again"));
                return Some(End::Compacted);
            }
            let why = match response.cancel_reason.as_str() {
                "" => "it gave no reason",
                reason => reason,
            };
            return Some(End::Broken(
                self.problem(&format!("it cancelled the watch: {why}")),
            ));
        }
        if response.created {
            self.engine.waiting.watch_stands();
            self.stands = true;
            return None;
        }
        self.fragments.extend(response.events);
        if response.fragment {
            return None;
        }
        let events = std::mem::take(&mut self.fragments);
        if events.is_empty() {
            // Everything up to there has been sent.
            return if self.trusted {
                self.follow(seen, Vec::new(), following)
            } else {
                None
            };
        }
        self.follow_events(events, following)
    }

    fn follow_events(&self, events: Vec<Event>, following: &mut Following) -> Option<End> {
        let mut at = 0;
        let mut changes = Vec::new();
        for event in events {
            let Some(kv) = event.kv else { continue };
            let made_at = revision(kv.mod_revision);
            if made_at != at && at != 0 {
                let whole = std::mem::take(&mut changes);
                if let Some(end) = self.follow(at, whole, following) {
                    return Some(end);
                }
            }
            at = made_at;
            let stands = event.kind == 0;
            let Some(key) = self.engine.keys.here(&kv.key) else {
                if stands {
                    following.apart.insert(kv.key.as_ref().into());
                } else {
                    following.apart.remove(kv.key.as_ref());
                }
                continue;
            };
            changes.push(Followed {
                draft: Draft::new(&key, &kv.value),
                made: stands.then(|| version(&kv)),
            });
        }
        self.follow(at, changes, following)
    }

    /// Takes over a whole revision.
    fn follow(
        &self,
        at: Revision,
        changes: Vec<Followed>,
        following: &mut Following,
    ) -> Option<End> {
        // A member may send again what it sent before.
        if at <= following.followed {
            return None;
        }
        // A read may have seen that this is another history.
        let sound = self.engine.check().is_ok();
        let Some(store) = store(self.engine).filter(|_| sound) else {
            return Some(End::Over);
        };
        if let Err(error) = store.follow(at, changes) {
            if error.reason == Reason::Closed {
                return Some(End::Over);
            }
            // What is here and what is there differ: everything is listed again.
            return Some(End::Compacted);
        }
        following.followed = at;
        self.engine.waiting.followed(at);
        None
    }

    /// Somebody waits for a revision that has not arrived: it may be one of other keys.
    async fn hurry(&mut self, following: &mut Following) -> Option<End> {
        if self.engine.waiting.fail_late_reads(PATIENCE) {
            return Some(End::Broken(self.problem("its changes do not arrive")));
        }
        if self.trusted {
            let command = Some(WatchCommand::Progress(WatchProgressRequest {}));
            // One that waits to be sent is enough.
            let _ = self.commands.try_send(WatchRequest { command });
            return None;
        }
        let (key, range_end) = self.engine.keys.all();
        let request = RangeRequest {
            key,
            range_end,
            limit: 1,
            keys_only: true,
            min_mod_revision: number(following.followed + 1),
            ..RangeRequest::default()
        };
        let Ok(response) = self.engine.range(request).await else {
            return self.engine.check().is_err().then_some(End::Over);
        };
        let store = store(self.engine)?;
        // No key is newer and none is missing: this is the state of that revision.
        let expected = store.statistics().keys + following.apart.len() as u64;
        let same = response.kvs.is_empty() && response.count == number(expected);
        if same {
            return self.follow(newest(&response), Vec::new(), following);
        }
        None
    }
}

/// Before 3.4.31 and 3.5.13 a member could say that everything up to a revision had been sent when
/// it had not.
fn says_progress_truly(version: &str) -> bool {
    let mut numbers = version
        .split(['.', '-'])
        .map_while(|part| part.parse::<u32>().ok());
    let mut next = || numbers.next().unwrap_or(0);
    match (next(), next(), next()) {
        (3, 4, patch) => patch >= 31,
        (3, 5, patch) => patch >= 13,
        (major, minor, _) => (major, minor) > (3, 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_trusted_from_the_versions_on_that_say_it_truly() {
        let trusted = ["3.4.31", "3.5.13", "3.5.30", "3.6.0", "3.7.0-rc.0", "4.0.0"];
        let doubted = ["3.4.23", "3.4.30", "3.5.0", "3.5.12", "3.3.99", "", "x"];
        assert!(trusted.iter().all(|version| says_progress_truly(version)));
        assert!(!doubted.iter().any(|version| says_progress_truly(version)));
    }
}
