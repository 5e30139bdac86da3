//! A listing is one revision, whatever happens while its reader takes it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use steersman_store::{
    Entry, Format, ListCursor, ListRequest, Listing, Part, Range, Reason, Selector, Store,
    StoreOptions, View, ViewId,
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

/// Everything of it, looked up in pages.
fn looked_up(listing: &mut Listing) -> Vec<Entry> {
    let mut entries = Vec::new();
    while !listing.page(256, &mut entries).unwrap() {}
    entries
}

fn written(listing: &Listing, entries: &[Entry]) -> Vec<u8> {
    let mut all = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        listing.write(entry, at > 0, &mut all).unwrap();
    }
    all
}

#[test]
fn it_is_what_a_cursor_gives_in_pages_of_the_size_asked_for() {
    let store = filled(1_000);
    for view in [json_view(&store), protobuf_view(&store)] {
        let expected = cursor_bytes(&store, view);
        let mut listing = Listing::new(&store, request(view)).unwrap();
        let mut page = Vec::new();
        assert!(!listing.page(256, &mut page).unwrap());
        assert_eq!(page.len(), 256, "a bounded number of keys at once");
        page.extend(looked_up(&mut listing));
        assert_eq!(page.len(), 1_000);
        assert_eq!(written(&listing, &page), expected);
        assert_eq!(listing.is_json(), view == json_view(&store));
    }
}

#[test]
fn its_length_is_known_before_its_first_item() {
    let store = filled(300);
    let view = protobuf_view(&store);
    let mut listing = Listing::new(&store, request(view)).unwrap();
    let entries = looked_up(&mut listing);
    let lengths = entries
        .iter()
        .map(|entry| listing.item_bytes(entry).unwrap());
    assert_eq!(lengths.sum::<usize>(), cursor_bytes(&store, view).len());
}

#[test]
fn writes_and_compaction_meanwhile_change_nothing() {
    let store = filled(600);
    let view = json_view(&store);
    let expected = cursor_bytes(&store, view);
    let revision = store.current_revision();
    let mut listing = Listing::new(&store, request(view)).unwrap();
    let mut entries = Vec::new();
    assert!(!listing.page(256, &mut entries).unwrap());
    put(&store, "/pods/00001", "new");
    put(&store, "/pods/00500", "new");
    delete(&store, "/pods/00599");
    put(&store, "/pods/99999", "new");
    entries.extend(looked_up(&mut listing));
    store.compact(store.current_revision()).unwrap();
    while store.trim() {}
    assert_eq!(written(&listing, &entries), expected);
    assert_eq!(listing.revision(), revision);
}

#[test]
fn an_empty_one_ends_at_once_and_a_closed_store_gives_none() {
    let store = filled(0);
    let view = json_view(&store);
    let mut listing = Listing::new(&store, request(view)).unwrap();
    let mut entries = Vec::new();
    assert!(listing.page(1, &mut entries).unwrap());
    assert!(entries.is_empty());
    store.close();
    let refused = Listing::new(&store, request(view)).err().unwrap();
    assert_eq!(refused.reason, Reason::Closed);
}
