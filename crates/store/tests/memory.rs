//! The store in memory: transactions, reads at revisions, watches, compaction, leases.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use steersman_store::{
    Compare, Ended, FieldRequirement, LabelOperator, LabelRequirement, ListCursor, ListRequest,
    Operation, OperationResult, Put, QueueLimits, Range, RangeRequest, Reason, Selector,
    SharedBatch, Store, StoreOptions, Transaction, Watcher,
};
use support::{TestViews, commit, delete, json_view, put, session, value_of, watch_request};

fn store() -> Arc<Store> {
    Store::in_memory(StoreOptions::default(), Arc::new(TestViews))
}

fn text(watcher: &Watcher) -> Vec<String> {
    let batch = watcher.take(1 << 20);
    batch
        .frames
        .iter()
        .map(|frame| String::from_utf8(frame.to_vec()).unwrap().trim().to_owned())
        .collect()
}

fn event(kind: &str, revision: u64, value: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{{\"rv\":{revision},\"v\":\"{value}\"}}}}")
}

#[test]
fn compares_see_the_state_before_and_operations_see_earlier_writes() {
    let store = store();
    let first = put(&store, "/a", "1");
    let transaction = Transaction {
        compare: vec![
            Compare::mod_revision(b"/a", first),
            Compare::mod_revision(b"/b", 0),
        ],
        success: vec![
            Operation::Put(Put::new(b"/b", b"2")),
            Operation::Transaction(Box::new(Transaction {
                // Nested compares see the state before the whole transaction.
                compare: vec![Compare::mod_revision(b"/b", 0)],
                success: vec![Operation::Put(Put::new(b"/c", b"3"))],
                failure: vec![],
            })),
            Operation::Range(RangeRequest::all(Range::Prefix(b"/".as_slice().into()))),
            Operation::Delete(Range::Key(b"/a".as_slice().into())),
        ],
        failure: vec![],
    };
    let outcome = commit(&store, transaction).unwrap();
    assert!(outcome.succeeded);
    assert_eq!(outcome.revision, first + 1);
    let OperationResult::Range(range) = &outcome.results[2] else {
        panic!("a range")
    };
    let seen: Vec<_> = range.values.iter().map(|v| v.mod_revision()).collect();
    assert_eq!(seen, [first, first + 1, first + 1]);
    assert_eq!(value_of(&store, "/a"), None);
    assert_eq!(value_of(&store, "/c").as_deref(), Some("3"));
    assert_eq!(store.current_revision(), first + 1);
}

#[test]
fn a_failed_compare_writes_nothing_and_shows_what_it_found() {
    let store = store();
    let first = put(&store, "/a", "1");
    let mut transaction = Transaction::put(b"/b", b"2");
    transaction.compare = vec![
        Compare::mod_revision(b"/x", 0),
        Compare::mod_revision(b"/a", first + 7),
    ];
    let outcome = commit(&store, transaction).unwrap();
    assert!(!outcome.succeeded);
    assert_eq!(outcome.revision, first);
    let (at, found) = outcome.mismatch.unwrap();
    assert_eq!((at, found.unwrap().value()), (1, b"1".as_slice()));
    assert_eq!(store.current_revision(), first);
}

#[test]
fn refuses_a_key_written_twice_and_leaves_no_trace() {
    let store = store();
    let before = store.current_revision();
    let twice = Transaction {
        success: vec![
            Operation::Put(Put::new(b"/a", b"1")),
            Operation::Put(Put::new(b"/a", b"2")),
        ],
        ..Transaction::default()
    };
    assert_eq!(
        commit(&store, twice).unwrap_err().reason,
        Reason::InvalidRequest
    );
    let overlapping = Transaction {
        success: vec![
            Operation::Put(Put::new(b"/a", b"1")),
            Operation::Delete(Range::Prefix(b"/".as_slice().into())),
        ],
        ..Transaction::default()
    };
    assert_eq!(
        commit(&store, overlapping).unwrap_err().reason,
        Reason::InvalidRequest
    );
    assert_eq!(store.current_revision(), before);
}

#[test]
fn deleting_nothing_takes_no_revision() {
    let store = store();
    let before = put(&store, "/a", "1");
    assert_eq!(delete(&store, "/b"), before);
}

#[test]
fn events_follow_the_selector() {
    let store = store();
    let session = session(&store);
    let mut request = watch_request(&store, "/pods/", store.current_revision());
    request.interest.selector = Selector {
        labels: vec![LabelRequirement {
            key: "app".into(),
            operator: LabelOperator::In,
            values: vec!["web".into()],
        }],
        fields: vec![FieldRequirement {
            path: "node".into(),
            equal: true,
            value: "n1".into(),
        }],
    };
    let watcher = store.watch(&session, request).unwrap();
    let first = put(&store, "/pods/a", "app=web|node=");
    put(&store, "/pods/a", "app=web|node=n1");
    put(&store, "/pods/a", "app=web|node=n1|more");
    put(&store, "/other/a", "app=web|node=n1");
    put(&store, "/pods/a", "app=db|node=n1");
    put(&store, "/pods/b", "app=web|node=n2");
    assert_eq!(session.drain().watchers, [watcher.id()]);
    assert_eq!(
        text(&watcher),
        [
            event("ADDED", first + 1, "app=web|node=n1"),
            event("MODIFIED", first + 2, "app=web|node=n1|more"),
            event("DELETED", first + 4, "app=web|node=n1|more"),
        ]
    );
    put(&store, "/pods/c", "app=web|node=n2");
    assert!(
        session.drain().watchers.is_empty(),
        "changes of other nodes wake nobody"
    );
}

#[test]
fn a_watch_from_history_joins_the_live_one_without_a_gap() {
    let store = store();
    let session = session(&store);
    let start = store.current_revision();
    for number in 0..1000 {
        put(&store, &format!("/k/{number}"), "x");
    }
    let watcher = store
        .watch(&session, watch_request(&store, "/k/", start))
        .unwrap();
    let mut revisions = Vec::new();
    for round in 0.. {
        let (events, seen, ended) = watcher.take_raw(100);
        assert_eq!(ended, None);
        revisions.extend(events.iter().map(|event| event.change.revision));
        if round < 50 {
            put(&store, &format!("/late/{round}"), "x");
            put(&store, &format!("/k/late-{round}"), "x");
        } else if seen == store.current_revision() {
            break;
        }
    }
    assert_eq!(revisions.len(), 1050);
    assert!(revisions.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn a_watch_from_the_future_waits_for_it() {
    let store = store();
    let session = session(&store);
    let start = store.current_revision();
    let watcher = store
        .watch(&session, watch_request(&store, "/", start + 2))
        .unwrap();
    for number in 0..4 {
        put(&store, &format!("/{number}"), "x");
    }
    let (events, _, _) = watcher.take_raw(100);
    let revisions: Vec<_> = events.iter().map(|event| event.change.revision).collect();
    assert_eq!(revisions, [start + 3, start + 4]);
}

#[test]
fn bookmarks_are_never_ahead() {
    let store = store();
    let session = session(&store);
    let watcher = store
        .watch(
            &session,
            watch_request(&store, "/k/", store.current_revision()),
        )
        .unwrap();
    let last = put(&store, "/k/a", "1");
    put(&store, "/other", "1");
    let (_, before) = watcher.bookmark(false).unwrap();
    assert!(before < last);
    assert_eq!(watcher.take(1 << 20).revision, store.current_revision());
    let (frame, after) = watcher.bookmark(true).unwrap();
    assert_eq!(after, store.current_revision());
    let expected =
        format!("{{\"type\":\"BOOKMARK\",\"object\":{{\"rv\":{after},\"end\":true}}}}\n");
    assert_eq!(frame.to_vec(), expected.as_bytes());
}

#[test]
fn a_slow_watcher_is_closed_and_resumes() {
    let options = StoreOptions {
        queue: QueueLimits {
            max_events: 10,
            max_bytes: 1 << 20,
        },
        ..StoreOptions::default()
    };
    let store = Store::in_memory(options, Arc::new(TestViews));
    let session = session(&store);
    let start = store.current_revision();
    let slow = store
        .watch(&session, watch_request(&store, "/k/", start))
        .unwrap();
    let fast = store
        .watch(&session, watch_request(&store, "/k/", start))
        .unwrap();
    for number in 0..11 {
        put(&store, &format!("/k/{number}"), "x");
        if number < 3 {
            slow.take_raw(100);
        }
        fast.take_raw(100);
    }
    assert_eq!(slow.take_raw(1).2, None, "eight behind is not slow");
    let mut taken = start + 4;
    for number in 11..30 {
        put(&store, &format!("/k/{number}"), "x");
        assert_eq!(fast.take_raw(100).2, None);
        taken = taken.max(start);
    }
    let (events, seen, ended) = slow.take_raw(100);
    assert_eq!((events.len(), ended), (0, Some(Ended::Slow)));
    assert_eq!(store.statistics().slow_watchers_closed, 1);
    let again = store
        .watch(&session, watch_request(&store, "/k/", seen))
        .unwrap();
    let (events, _, _) = again.take_raw(100);
    assert_eq!(
        events.first().map(|event| event.change.revision),
        Some(seen + 1)
    );
    assert_eq!(seen, taken);
}

#[test]
fn compaction_refuses_older_revisions_and_keeps_pinned_reads() {
    let store = store();
    let first = put(&store, "/a", "1");
    let second = put(&store, "/a", "2");
    delete(&store, "/a");
    let newest = put(&store, "/b", "1");
    let request = ListRequest {
        range: Range::Prefix(b"/".as_slice().into()),
        view: json_view(&store),
        selector: Selector::default(),
        revision: first,
        limit: 0,
        after: None,
    };
    let mut list = ListCursor::new(&store, request).unwrap();
    store.compact(newest).unwrap();
    while store.trim() {}
    let mut bytes = Vec::new();
    let end = list.step(1 << 20, &mut bytes).unwrap().unwrap();
    assert_eq!((end.count, end.revision), (1, first));
    assert_eq!(bytes, format!("{{\"rv\":{first},\"v\":\"1\"}}").as_bytes());
    drop(list);
    while store.trim() {}
    let error = store.get(b"/a", second).unwrap_err();
    assert_eq!(
        (error.reason, error.revision),
        (Reason::Compacted, Some(newest))
    );
    let session = session(&store);
    let error = store
        .watch(&session, watch_request(&store, "/", second))
        .err()
        .unwrap();
    assert_eq!(error.reason, Reason::Compacted);
    assert_eq!(store.statistics().history_changes, 0);
}

#[test]
fn history_stays_within_its_bounds_on_its_own() {
    let options = StoreOptions {
        max_history_changes: 1000,
        ..StoreOptions::default()
    };
    let store = Store::in_memory(options, Arc::new(TestViews));
    for number in 0..10_000 {
        put(&store, &format!("/k/{}", number % 7), "x");
    }
    let statistics = store.statistics();
    assert!(statistics.history_changes < 2000, "{statistics:?}");
    assert!(statistics.compacted_revision > 8000, "{statistics:?}");
    assert_eq!(statistics.keys, 7);
}

#[test]
fn leases_end_with_their_keys() {
    let store = store();
    let session = session(&store);
    let lease = store.grant_lease(0, 10, 1_000).unwrap();
    for key in ["/a", "/b"] {
        let mut put = Put::new(key.as_bytes(), b"x");
        put.lease_id = lease.lease_id;
        let transaction = Transaction {
            success: vec![Operation::Put(put)],
            ..Transaction::default()
        };
        commit(&store, transaction).unwrap();
    }
    put(&store, "/b", "without a lease");
    assert_eq!(store.expire_leases(&session, 10_999, 10).unwrap(), 0);
    store.keep_lease_alive(lease.lease_id, 5_000).unwrap();
    assert_eq!(store.expire_leases(&session, 14_999, 10).unwrap(), 0);
    assert_eq!(store.expire_leases(&session, 15_000, 10).unwrap(), 1);
    assert_eq!(value_of(&store, "/a"), None);
    assert_eq!(value_of(&store, "/b").as_deref(), Some("without a lease"));
    let mut put = Put::new(b"/c", b"x");
    put.lease_id = lease.lease_id;
    let transaction = Transaction {
        success: vec![Operation::Put(put)],
        ..Transaction::default()
    };
    assert_eq!(
        commit(&store, transaction).unwrap_err().reason,
        Reason::LeaseNotFound
    );
}

#[test]
fn an_unreadable_value_ends_the_watch_instead_of_losing_an_event() {
    let store = store();
    let session = session(&store);
    let watcher = store
        .watch(
            &session,
            watch_request(&store, "/", store.current_revision()),
        )
        .unwrap();
    put(&store, "/a", "fine");
    put(&store, "/b", "broken");
    let batch = watcher.take(1 << 20);
    assert_eq!(batch.frames.len(), 1);
    assert_eq!(batch.ended, Some(Ended::Unreadable));
}

#[test]
fn many_watchers_share_a_channel_and_an_encoding() {
    let store = store();
    let session = session(&store);
    let start = store.current_revision();
    let watchers: Vec<_> = (0..100)
        .map(|_| {
            store
                .watch(&session, watch_request(&store, "/k/", start))
                .unwrap()
        })
        .collect();
    put(&store, "/k/a", "1");
    assert_eq!(session.drain().watchers.len(), 100);
    for watcher in &watchers {
        assert_eq!(text(watcher), [event("ADDED", start + 1, "1")]);
    }
    let statistics = store.statistics();
    assert_eq!((statistics.channels, statistics.encodings), (1, 1));
    drop(watchers);
    let statistics = store.statistics();
    assert_eq!((statistics.channels, statistics.watchers), (0, 0));
}

#[test]
fn watchers_of_the_same_share_a_batch() {
    let store = store();
    let session = session(&store);
    let start = store.current_revision();
    let watch = |after| {
        store
            .watch(&session, watch_request(&store, "/k/", after))
            .unwrap()
    };
    let (first, second, other, future) =
        (watch(start), watch(start), watch(start), watch(start + 2));
    // The one from the future joins the channel with its first take.
    assert!(future.take(1).frames.is_empty());
    let mut last = None;
    put(&store, "/k/a", "1");
    put(&store, "/k/b", "1");
    let SharedBatch::New(batch) = first.take_shared(1 << 20, &mut last) else {
        panic!("new")
    };
    assert_eq!((batch.frames.len(), batch.revision), (2, start + 2));
    // An empty take in between changes nothing.
    let SharedBatch::New(batch) = first.take_shared(1 << 20, &mut last) else {
        panic!("new")
    };
    assert!(batch.frames.is_empty());
    let SharedBatch::Same { events, revision } = second.take_shared(1 << 20, &mut last) else {
        panic!("the same")
    };
    assert_eq!((events, revision), (2, start + 2));
    assert_eq!(text(&second), Vec::<String>::new(), "it was moved on");
    // One that did not ask for these events does not get them.
    let SharedBatch::New(batch) = future.take_shared(1 << 20, &mut last) else {
        panic!("new")
    };
    assert!(batch.frames.is_empty());
    put(&store, "/k/c", "1");
    // Bookmarks do not run ahead of what was skipped to.
    let SharedBatch::Same { revision, .. } = other.take_shared(1 << 20, &mut last) else {
        panic!("the same")
    };
    assert_eq!(revision, start + 2);
    assert_eq!(text(&other), [event("ADDED", start + 3, "1")]);
}

#[test]
fn queues_keep_nothing_that_everyone_took() {
    let store = store();
    let session = session(&store);
    let start = store.current_revision();
    let watch = || {
        store
            .watch(&session, watch_request(&store, "/k/", start))
            .unwrap()
    };
    let (first, second, third) = (watch(), watch(), watch());
    for _ in 0..10 {
        put(&store, "/k/a", "1");
    }
    let newest = store.current_revision();
    let (events, _, _) = first.take_raw(100);
    assert_eq!(events.len(), 10);
    second.take_raw(4);
    drop(third);
    store.compact(newest).unwrap();
    while store.trim() {}
    let held = || {
        events
            .iter()
            .map(|event| Arc::strong_count(&event.change) - 1)
            .sum::<usize>()
    };
    assert_eq!(held(), 6, "what the second has not taken");
    second.take_raw(100);
    assert_eq!(held(), 0);
    put(&store, "/k/a", "2");
    assert_eq!(
        (first.take_raw(9).0.len(), second.take_raw(9).0.len()),
        (1, 1)
    );
}
