//! A listing is one revision, whatever happens while its reader takes it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use steersman_store::{
    Format, ListCursor, ListRequest, Listing, Part, Range, Reason, Selector, Store, StoreOptions,
    View, ViewId,
};
use support::{TestViews, delete, json_view, put};

fn request(view: ViewId) -> ListRequest {
    ListRequest {
        range: Range::Prefix(b"/pods/".as_slice().into()),
        view,
        selector: Selector::default(),
        revision: 0,
        limit: 0,
        after: None,
    }
}

fn filled(objects: usize) -> Arc<Store> {
    let store = Store::in_memory(StoreOptions::default(), Arc::new(TestViews));
    for number in 0..objects {
        put(&store, &format!("/pods/{number:05}"), "old");
    }
    put(&store, "/other", "x");
    store
}

fn protobuf_view(store: &Store) -> ViewId {
    let view = View {
        message_type: "test".to_owned(),
        format: Format::Message,
        part: Part::Object,
    };
    store.register_view(view).unwrap()
}

/// What a cursor gives.
fn cursor_bytes(store: &Store, view: ViewId) -> Vec<u8> {
    let mut cursor = ListCursor::new(store, request(view)).unwrap();
    let mut all = Vec::new();
    loop {
        let mut step = Vec::new();
        let end = cursor.step(usize::MAX, &mut step).unwrap();
        all.extend(step);
        if end.is_some() {
            return all;
        }
    }
}

#[test]
fn it_is_what_a_cursor_gives_in_pieces_of_about_the_size_asked_for() {
    let store = filled(1_000);
    for view in [json_view(&store), protobuf_view(&store)] {
        let expected = cursor_bytes(&store, view);
        let mut listing = Listing::new(&store, request(view)).unwrap();
        let mut steps = 1;
        while !listing.collect(256).unwrap() {
            steps += 1;
        }
        assert!(steps >= 3, "a bounded number of keys at once");
        assert_eq!(listing.count(), 1_000);
        let mut all = Vec::new();
        loop {
            let mut piece = Vec::new();
            let done = listing.write(1_000, &mut piece).unwrap();
            assert!(piece.len() < 1_200);
            all.extend(piece);
            if done {
                break;
            }
        }
        assert_eq!(all, expected);
        assert_eq!(listing.count(), 1_000, "also when they have been let go");
    }
}

#[test]
fn its_length_is_known_before_its_first_item() {
    let store = filled(300);
    let view = protobuf_view(&store);
    let mut listing = Listing::new(&store, request(view)).unwrap();
    while !listing.collect(100).unwrap() {}
    assert_eq!(listing.item_bytes(), cursor_bytes(&store, view).len());
}

#[test]
fn writes_and_compaction_meanwhile_change_nothing() {
    let store = filled(600);
    let view = json_view(&store);
    let expected = cursor_bytes(&store, view);
    let revision = store.current_revision();
    let mut listing = Listing::new(&store, request(view)).unwrap();
    assert!(!listing.collect(256).unwrap());
    put(&store, "/pods/00001", "new");
    put(&store, "/pods/00500", "new");
    delete(&store, "/pods/00599");
    put(&store, "/pods/99999", "new");
    while !listing.collect(256).unwrap() {}
    store.compact(store.current_revision()).unwrap();
    while store.trim() {}
    let mut all = Vec::new();
    assert!(listing.write(usize::MAX, &mut all).unwrap());
    assert_eq!(all, expected);
    assert_eq!(listing.revision(), revision);
}

#[test]
fn an_empty_one_ends_at_once_and_a_closed_store_gives_none() {
    let store = filled(0);
    let view = json_view(&store);
    let mut listing = Listing::new(&store, request(view)).unwrap();
    assert!(listing.collect(1).unwrap());
    let mut all = Vec::new();
    assert!(listing.write(1, &mut all).unwrap());
    assert_eq!((listing.count(), all.len()), (0, 0));
    store.close();
    let refused = Listing::new(&store, request(view)).err().unwrap();
    assert_eq!(refused.reason, Reason::Closed);
}
