//! A store that follows another: what it takes over, and whose its writes are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use steersman_store::{
    Draft, Durability, Ended, EventKind, Followed, FollowedVersion, Leader, ListCursor,
    ListRequest, Owed, Range, Reason, Selector, Standing, Store, StoreError, StoreOptions,
    Transaction,
};
use support::{TestViews, json_view, session, watch_request};

#[test]
fn a_follower_takes_revisions_that_skip() {
    let store = follower(100, vec![]);
    let session = session(&store);
    let watcher = store
        .watch(&session, watch_request(&store, "/", 100))
        .unwrap();
    let value = |revision, version| {
        Some(FollowedVersion {
            create_revision: 105,
            mod_revision: revision,
            version,
            lease_id: 0,
        })
    };
    let change = |made| {
        vec![Followed {
            draft: Draft::new(b"/a", b"x"),
            made,
        }]
    };
    store.follow(105, change(value(105, 1))).unwrap();
    store.follow(117, change(value(117, 2))).unwrap();
    store.follow(120, change(None)).unwrap();
    store.follow(130, vec![]).unwrap();
    assert!(store.follow(130, vec![]).is_err());
    let nameless = Followed {
        draft: Draft::new(b"", b""),
        made: None,
    };
    assert!(store.follow(131, vec![nameless]).is_err());
    assert!(store.follow(131, change(value(130, 3))).is_err());
    assert!(store.follow(131, change(value(131, 0))).is_err());
    let (events, seen, _) = watcher.take_raw(10);
    let kinds: Vec<_> = events.iter().map(|e| (e.kind, e.change.revision)).collect();
    assert_eq!(
        kinds,
        [
            (EventKind::Added, 105),
            (EventKind::Modified, 117),
            (EventKind::Deleted, 120)
        ]
    );
    assert_eq!((seen, store.current_revision()), (130, 130));
    assert_eq!(store.get(b"/a", 118).unwrap().unwrap().version(), 2);
}

/// Says of every request that it cannot be had; drops those for leases.
struct Away;

impl Leader for Away {
    fn transact(&self, _: Transaction, response: Owed) {
        response.give(Err(StoreError::new(Reason::Io, "away")));
    }
    fn read(&self, response: Owed) {
        response.give(Err(StoreError::new(Reason::Io, "away")));
    }
    fn grant_lease(&self, _: u64, _: u64, _: Owed) {}
    fn revoke_lease(&self, _: u64, _: Owed) {}
    fn compact(&self, _: u64, response: Owed) {
        response.give(Err(StoreError::new(Reason::Io, "away")));
    }
    fn health(&self) -> Result<(), StoreError> {
        Err(StoreError::new(Reason::Io, "away"))
    }
}

fn follower(revision: u64, objects: Vec<Standing>) -> Arc<Store> {
    let (options, views) = (StoreOptions::default(), Arc::new(TestViews));
    Store::follower(options, views, Arc::new(Away), revision, objects).unwrap()
}

fn standing(key: &str, revision: u64) -> Standing {
    Standing {
        draft: Draft::new(key.as_bytes(), b"x"),
        version: FollowedVersion {
            create_revision: revision,
            mod_revision: revision,
            version: 1,
            lease_id: 7,
        },
    }
}

#[test]
fn a_followers_writes_are_its_leaders() {
    let store = follower(100, vec![]);
    let session = session(&store);
    let put = Transaction::put(b"/b", b"x");
    store.submit(&session, put, Durability::Durable).unwrap();
    store.submit_read(&session).unwrap();
    store.submit_compaction(&session, 99).unwrap().unwrap();
    store.submit_lease(&session, 5, 60, 0).unwrap();
    store
        .revoke_lease(&session, 5, Durability::Durable)
        .unwrap();
    let given = session.drain().completions;
    let said: Vec<String> = given
        .into_iter()
        .map(|one| one.result.unwrap_err().message)
        .collect();
    let dropped = "what became of the request is not known: its driver failed meanwhile";
    assert_eq!(said, ["away", "away", "away", dropped, dropped]);
    assert_eq!(store.health().unwrap_err().message, "away");
}

#[test]
fn a_follower_begins_with_what_stands() {
    let store = follower(100, vec![standing("/a", 50), standing("/b", 100)]);
    assert_eq!(store.current_revision(), 100);
    assert_eq!(store.get(b"/a", 0).unwrap().unwrap().mod_revision(), 50);
    assert_eq!(store.get(b"/a", 99).unwrap_err().reason, Reason::Compacted);
    let (options, views) = (StoreOptions::default(), Arc::new(TestViews));
    for objects in [
        vec![standing("/a", 101)],
        vec![standing("/b", 1), standing("/a", 1)],
    ] {
        let made = Store::follower(options, views.clone(), Arc::new(Away), 100, objects);
        assert_eq!(made.err().unwrap().reason, Reason::InvalidRequest);
    }
}

#[test]
fn a_follower_that_missed_changes_ends_its_watches_and_lists() {
    let store = follower(100, vec![standing("/a", 50), standing("/b", 60)]);
    let session = session(&store);
    let live = store
        .watch(&session, watch_request(&store, "/", 100))
        .unwrap();
    let change = Followed {
        draft: Draft::new(b"/a", b"y"),
        made: Some(FollowedVersion {
            create_revision: 50,
            mod_revision: 101,
            version: 2,
            lease_id: 0,
        }),
    };
    store.follow(101, vec![change]).unwrap();
    // It has not looked at the history yet.
    let behind = store
        .watch(&session, watch_request(&store, "/", 100))
        .unwrap();
    let all = ListRequest {
        range: Range::Prefix(b"/".as_slice().into()),
        view: json_view(&store),
        selector: Selector::default(),
        revision: 101,
        limit: 0,
        after: None,
    };
    let mut cursor = ListCursor::new(&store, all).unwrap();
    session.drain();
    assert_eq!(live.take_raw(10).0.len(), 1);

    let back = store.follow_anew(100, vec![]);
    assert_eq!(
        back.unwrap_err().reason,
        Reason::InvalidRequest,
        "somebody has seen 101"
    );
    store
        .follow_anew(150, vec![standing("/b", 60), standing("/c", 140)])
        .unwrap();

    assert_eq!(session.drain().watchers, [live.id()]);
    assert_eq!(live.take_raw(10).2, Some(Ended::Compacted));
    assert_eq!(behind.take_raw(10).2, Some(Ended::Compacted));
    assert_eq!(
        cursor.step(1 << 20, &mut Vec::new()).unwrap_err().reason,
        Reason::Compacted
    );
    assert!(store.get(b"/a", 0).unwrap().is_none());
    assert_eq!(store.get(b"/c", 0).unwrap().unwrap().mod_revision(), 140);
    assert_eq!(store.statistics().keys, 2);
    assert_eq!(store.get(b"/b", 149).unwrap_err().reason, Reason::Compacted);
    let late = store.watch(&session, watch_request(&store, "/", 149));
    assert_eq!(late.err().unwrap().reason, Reason::Compacted);

    let next = store
        .watch(&session, watch_request(&store, "/", 150))
        .unwrap();
    let gone = Followed {
        draft: Draft::new(b"/c", b""),
        made: None,
    };
    store.follow(151, vec![gone]).unwrap();
    let (events, seen, ended) = next.take_raw(10);
    assert_eq!((events.len(), seen, ended), (1, 151, None));
}
