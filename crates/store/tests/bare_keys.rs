//! What a store of bare keys is asked beside Kubernetes' own questions: counts, puts that keep a
//! part of what is there, every version in its order.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use steersman_store::{
    Count, Durability, Keeps, Operation, OperationResult, Put, Range, RangeRequest, Reason, Store,
    StoreOptions, Submitted, Transaction,
};
use support::{TestViews, put, session};

fn store() -> Arc<Store> {
    Store::in_memory(StoreOptions::default(), Arc::new(TestViews))
}

fn counted(count: Count, revision: u64, limit: usize) -> RangeRequest {
    RangeRequest {
        revision,
        limit,
        count,
        ..RangeRequest::all(Range::Prefix(b"/a/".as_slice().into()))
    }
}

#[test]
fn counts_whatever_the_limit_at_every_revision() {
    let store = store();
    let revisions: Vec<u64> = (0..5)
        .map(|at| put(&store, &format!("/a/{at}"), "v"))
        .collect();
    put(&store, "/b/0", "v");
    let found = store.range(&counted(Count::Beside, 0, 2)).unwrap();
    assert_eq!((found.values.len(), found.more, found.count), (2, true, 5));
    let found = store
        .range(&counted(Count::Beside, revisions[2], 1))
        .unwrap();
    assert_eq!((found.values.len(), found.more, found.count), (1, true, 3));
    let found = store.range(&counted(Count::Only, revisions[1], 0)).unwrap();
    assert_eq!((found.values.len(), found.more, found.count), (0, false, 2));
    let found = store.range(&counted(Count::No, 0, 0)).unwrap();
    assert_eq!((found.values.len(), found.count), (5, 0));
    let one = RangeRequest {
        count: Count::Only,
        ..RangeRequest::all(Range::Key(b"/a/0".as_slice().into()))
    };
    let found = store.range(&one).unwrap();
    assert_eq!((found.values.len(), found.count), (0, 1));
}

#[test]
fn a_read_before_what_its_reader_may_see_is_compacted() {
    let store = store();
    let first = put(&store, "/a/0", "v");
    let second = put(&store, "/a/0", "w");
    let read = |revision| {
        store
            .range(&RangeRequest {
                oldest: second,
                ..counted(Count::No, revision, 0)
            })
            .map_err(|error| error.reason)
    };
    assert_eq!(read(first), Err(Reason::Compacted));
    assert_eq!(read(second).unwrap().values[0].value(), b"w");
    assert_eq!(read(0).unwrap().values[0].value(), b"w");
}

#[test]
fn a_put_keeps_the_value_or_the_lease_that_is_there() {
    let store = store();
    let session = session(&store);
    store.grant_lease(7, 60, 0).unwrap();
    let write = |key: &[u8], value: &[u8], lease_id, keeps| {
        let put = Put {
            lease_id,
            keeps,
            ..Put::new(key, value)
        };
        let transaction = Transaction {
            success: vec![Operation::Put(put)],
            ..Transaction::default()
        };
        match store.submit(&session, transaction, Durability::Durable) {
            Ok(Submitted::Done(outcome)) => Ok(outcome),
            Ok(Submitted::Pending(_)) => panic!("there is no disk"),
            Err(error) => Err(error.reason),
        }
    };
    let keeps_value = Keeps {
        value: true,
        lease: false,
    };
    let keeps_lease = Keeps {
        value: false,
        lease: true,
    };
    for keeps in [keeps_value, keeps_lease] {
        let refused = write(b"k", b"", 0, keeps).map(|outcome| outcome.revision);
        assert_eq!(refused, Err(Reason::KeyNotFound));
    }
    write(b"k", b"one", 0, Keeps::default()).unwrap();
    write(b"k", b"", 7, keeps_value).unwrap();
    let found = store.get(b"k", 0).unwrap().unwrap();
    assert_eq!(
        (found.value(), found.lease_id(), found.version()),
        (&b"one"[..], 7, 2)
    );
    let outcome = write(b"k", b"two", 0, keeps_lease).unwrap();
    let found = store.get(b"k", 0).unwrap().unwrap();
    assert_eq!(
        (found.value(), found.lease_id(), found.version()),
        (&b"two"[..], 7, 3)
    );
    let OperationResult::Put { previous } = &outcome.results[0] else {
        panic!("it was a put");
    };
    assert_eq!(previous.as_ref().unwrap().value(), b"one");
    assert_eq!(store.lease_keys(7).len(), 1);
}

#[test]
fn versions_come_in_their_order_without_what_nobody_can_read() {
    let store = store();
    let session = session(&store);
    put(&store, "b", "1");
    let second = put(&store, "a", "1");
    let third = put(&store, "b", "2");
    let delete = Transaction::delete(b"a");
    store.submit(&session, delete, Durability::Durable).unwrap();
    let last = put(&store, "a", "2");
    let seen = |oldest, newest| -> Vec<String> {
        let versions = store.versions(oldest, newest);
        let text = versions.iter().map(|entry| {
            let key = String::from_utf8_lossy(entry.key()).into_owned();
            let gone = if entry.is_deletion() { "-" } else { "" };
            format!("{gone}{key}{}", entry.mod_revision())
        });
        text.collect()
    };
    assert_eq!(seen(0, last), ["b2", "a3", "b4", "-a5", "a6"]);
    assert_eq!(seen(third, last), ["a3", "b4", "-a5", "a6"]);
    assert_eq!(
        seen(last - 1, last),
        ["b4", "-a5", "a6"],
        "the deletion is of that revision"
    );
    assert_eq!(seen(last, last), ["b4", "a6"]);
    assert_eq!(seen(0, second), ["b2", "a3"]);
}

#[test]
fn versions_of_many_keys_are_all_there_once() {
    let store = store();
    let mut expected = Vec::new();
    for round in 0..2 {
        for number in 0..5000 {
            let key = format!("key-{:05}", number * 7919 % 5000);
            let revision = put(&store, &key, &round.to_string());
            expected.push((revision, key));
        }
    }
    let newest = expected[7499].0;
    let found = store.versions(0, newest);
    let found: Vec<(u64, String)> = found
        .iter()
        .map(|entry| {
            let key = String::from_utf8_lossy(entry.key()).into_owned();
            (entry.mod_revision(), key)
        })
        .collect();
    assert_eq!(found, expected[..7500]);
}
