//! A list's stream is the list, compressed or not, and compresses what has changed only.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::read::GzDecoder;
use proptest::prelude::*;
use steersman_grammar::varint;
use steersman_lists::{BlockCache, ListFrame, ListStream, StateEvents, Step};
use steersman_store::{
    Attributes, Durability, Format, Framing, ListRequest, Listing, Part, Range, Revision, Selector,
    Store, StoreOptions, Submitted, Transaction, View, ViewId, Views,
};

/// Values are texts. Counts how often one was given a form.
#[derive(Default)]
struct Texts(AtomicUsize);

impl Views for Texts {
    fn encode(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        self.0.fetch_add(1, Ordering::SeqCst);
        if value == b"broken" {
            return Err("broken".to_owned());
        }
        let text = String::from_utf8_lossy(value);
        match view.format {
            Format::Json => out.extend(format!("{{\"{revision}\":\"{text}\"}}").bytes()),
            _ => out.extend(format!("{revision}:{text}").bytes()),
        }
        Ok(())
    }

    fn encode_item(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        self.encode(view, value, revision, out)
    }

    fn item_length(&self, _: &View, value: &[u8], revision: Revision) -> Option<usize> {
        Some(format!("{revision}:").len() + value.len())
    }

    fn attributes(&self, _: &[u8], _: bool, paths: &[&str]) -> Result<Attributes, String> {
        Ok(Attributes {
            labels: Vec::new(),
            fields: vec![Box::default(); paths.len()],
        })
    }

    fn encode_bookmark(
        &self,
        _: &View,
        _: Revision,
        _: bool,
        _: &mut Vec<u8>,
    ) -> Result<(), String> {
        Ok(())
    }
}

struct Fixture {
    store: Arc<Store>,
    texts: Arc<Texts>,
    cache: Arc<BlockCache>,
    model: BTreeMap<String, (Revision, String)>,
}

impl Fixture {
    fn new(cache_bytes: usize) -> Fixture {
        let texts = Arc::<Texts>::default();
        Fixture {
            store: Store::in_memory(StoreOptions::default(), texts.clone()),
            texts,
            cache: Arc::new(BlockCache::new(cache_bytes)),
            model: BTreeMap::new(),
        }
    }

    fn filled(objects: usize, cache_bytes: usize) -> Fixture {
        let mut fixture = Fixture::new(cache_bytes);
        for number in 0..objects {
            fixture.put(
                &format!("/pods/pod-{:08x}", number * 0x9e37_79b9),
                "a value that is like others",
            );
        }
        fixture
    }

    fn commit(&self, transaction: Transaction) -> Revision {
        let session = self.store.session(Box::new(|| {}));
        match self
            .store
            .submit(&session, transaction, Durability::Durable)
        {
            Ok(Submitted::Done(outcome)) => outcome.revision,
            _ => unreachable!("a store in memory is done at once"),
        }
    }

    fn put(&mut self, key: &str, value: &str) {
        let revision = self.commit(Transaction::put(key.as_bytes(), value.as_bytes()));
        self.model
            .insert(key.to_owned(), (revision, value.to_owned()));
    }

    fn delete(&mut self, key: &str) {
        self.commit(Transaction::delete(key.as_bytes()));
        self.model.remove(key);
    }

    fn view(&self, format: Format) -> ViewId {
        let view = View {
            message_type: "text".to_owned(),
            format,
            part: Part::Object,
        };
        self.store.register_view(view).unwrap()
    }

    fn listing(&self, format: Format) -> Listing {
        let request = ListRequest {
            range: Range::Prefix(b"/pods/".as_slice().into()),
            view: self.view(format),
            selector: Selector::default(),
            revision: 0,
            limit: 0,
            after: None,
        };
        Listing::new(&self.store, request).unwrap()
    }

    fn stream(&self, format: Format, gzip: bool) -> ListStream {
        let mut stream = ListStream::new(self.listing(format), self.cache.clone());
        stream.set_frame(frame(format, gzip));
        stream
    }

    fn list(&self, format: Format, gzip: bool) -> Vec<u8> {
        read(self.stream(format, gzip), 4096)
    }

    /// How many objects were given a form for this list.
    fn forms_of(&self, format: Format) -> usize {
        let before = self.texts.0.load(Ordering::SeqCst);
        assert_eq!(gunzip(&self.list(format, true)), self.expected(format));
        self.texts.0.load(Ordering::SeqCst) - before
    }

    fn expected(&self, format: Format) -> Vec<u8> {
        let values = self.model.values();
        if format == Format::Json {
            let items = values.map(|(revision, text)| format!("{{\"{revision}\":\"{text}\"}}"));
            return format!("[{}]", items.collect::<Vec<_>>().join(",")).into();
        }
        let mut items = b"meta".to_vec();
        for (revision, text) in values {
            let item = format!("{revision}:{text}");
            items.push(0x12);
            items.extend(length(item.len()));
            items.extend(item.bytes());
        }
        [b"k8s".to_vec(), length(items.len()), items, b"end".to_vec()].concat()
    }
}

fn length(of: usize) -> Vec<u8> {
    let (bytes, used) = varint::encode(of as u64);
    bytes[..used].to_vec()
}

fn frame(format: Format, gzip: bool) -> ListFrame {
    let (before, inside, after) = match format {
        Format::Json => (b"[".to_vec(), None, b"]".to_vec()),
        _ => (b"k8s".to_vec(), Some(b"meta".to_vec()), b"end".to_vec()),
    };
    ListFrame {
        before,
        inside,
        after,
        gzip,
    }
}

fn read(mut stream: ListStream, max_bytes: usize) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match stream.step(max_bytes).unwrap() {
            Step::Bytes(bytes) => {
                assert!(!bytes.is_empty());
                all.extend(bytes);
            }
            Step::Later => {}
            Step::Over => return all,
        }
    }
}

/// Of one member, as all decoders read it.
fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut decoder = GzDecoder::new(bytes);
    decoder.read_to_end(&mut all).unwrap();
    assert!(
        decoder.into_inner().is_empty(),
        "nothing follows the member"
    );
    all
}

const FORMATS: [Format; 2] = [Format::Json, Format::Message];
const MIB: usize = 1024 * 1024;

#[test]
fn it_is_the_list_in_both_formats_compressed_or_not() {
    for objects in [0, 1, 7, 8, 500, 5_000] {
        let fixture = Fixture::filled(objects, 16 * MIB);
        for format in FORMATS {
            let expected = fixture.expected(format);
            assert_eq!(fixture.list(format, false), expected);
            for max_bytes in [1, 1_000, 100_000, usize::MAX / 4] {
                let stream = fixture.stream(format, true);
                assert_eq!(gunzip(&read(stream, max_bytes)), expected);
            }
        }
    }
}

#[test]
fn it_tells_how_much_it_was_before_it_was_compressed() {
    let fixture = Fixture::filled(1_000, MIB);
    for gzip in [false, true, true] {
        let mut stream = fixture.stream(Format::Json, gzip);
        while !matches!(stream.step(4096).unwrap(), Step::Over) {}
        assert_eq!(stream.count(), 1_000);
        assert_eq!(stream.bytes(), fixture.expected(Format::Json).len() as u64);
    }
}

#[test]
fn what_is_the_same_is_compressed_once() {
    let mut fixture = Fixture::filled(3_000, 16 * MIB);
    for format in FORMATS {
        assert_eq!(fixture.forms_of(format), 3_000);
        assert_eq!(fixture.forms_of(format), 0, "the same list again");
    }
    let changed = fixture.model.keys().nth(1_500).unwrap().clone();
    fixture.put(&changed, "another");
    for format in FORMATS {
        let forms = fixture.forms_of(format);
        assert!((1..=64).contains(&forms), "{forms} for one that changed");
    }
    fixture.delete(&changed);
    let forms = fixture.forms_of(Format::Json);
    assert!(forms <= 128, "{forms} for one that is gone");
    fixture.put("/pods/pod-", "the first");
    let forms = fixture.forms_of(Format::Json);
    assert!(forms <= 128, "{forms} for one that came before all");
}

#[test]
fn readers_at_once_share_what_is_compressed() {
    let fixture = Fixture::filled(2_000, 16 * MIB);
    let mut streams: Vec<_> = (0..20)
        .map(|_| fixture.stream(Format::Json, true))
        .collect();
    let mut read = vec![Vec::new(); streams.len()];
    let mut over = 0;
    while over < streams.len() {
        over = 0;
        for (stream, all) in streams.iter_mut().zip(&mut read) {
            match stream.step(4096).unwrap() {
                Step::Bytes(bytes) => all.extend(bytes),
                Step::Later => {}
                Step::Over => over += 1,
            }
        }
    }
    assert_eq!(fixture.texts.0.load(Ordering::SeqCst), 2_000);
    assert!(
        read.iter()
            .all(|all| gunzip(all) == fixture.expected(Format::Json))
    );
}

#[test]
fn what_is_kept_is_bounded_and_what_is_asked_for_stays() {
    let limit = 64 * 1024;
    let mut fixture = Fixture::filled(20_000, limit);
    fixture.forms_of(Format::Json);
    assert!(fixture.cache.bytes() <= limit, "{}", fixture.cache.bytes());
    assert!(fixture.cache.bytes() > limit / 3);

    let mut fixture_keys: Vec<_> = fixture.model.keys().cloned().collect();
    for key in fixture_keys.drain(..).skip(100) {
        fixture.delete(&key);
    }
    fixture.forms_of(Format::Json);
    for round in 0..2_000 {
        fixture.put(
            "/pods/pod-fffffffff",
            &format!("{round} {}", "x".repeat(900)),
        );
        let forms = fixture.forms_of(Format::Json);
        assert!(forms <= 64, "{forms} in round {round}");
        assert!(fixture.cache.bytes() <= limit);
    }
}

#[test]
fn an_object_larger_than_the_cache_is_sent_and_not_kept() {
    let mut fixture = Fixture::new(1_000);
    let noise: String = (0..200_000u64)
        .map(|at| char::from(b'!' + (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as u8))
        .filter(|letter| *letter != '"')
        .collect();
    fixture.put("/pods/large", &noise);
    fixture.put("/pods/small", "x");
    for _ in 0..2 {
        assert_eq!(
            gunzip(&fixture.list(Format::Json, true)),
            fixture.expected(Format::Json),
        );
    }
    assert!(fixture.cache.bytes() <= 1_000);
}

#[test]
fn one_that_cannot_be_read_is_named_each_time() {
    let mut fixture = Fixture::filled(100, MIB);
    fixture.put("/pods/pod-7", "broken");
    for gzip in [false, true, true] {
        let mut stream = fixture.stream(Format::Json, gzip);
        let error = loop {
            match stream.step(4096) {
                Ok(Step::Over) => unreachable!("it was sent"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert!(error.message.contains("/pods/pod-7"), "{}", error.message);
    }
}

#[test]
fn writes_meanwhile_change_nothing() {
    let mut fixture = Fixture::filled(3_000, MIB);
    let expected = fixture.expected(Format::Json);
    let mut stream = fixture.stream(Format::Json, true);
    assert!(matches!(stream.step(4096).unwrap(), Step::Later));
    let keys: Vec<_> = fixture.model.keys().cloned().collect();
    for key in keys.iter().step_by(3) {
        fixture.put(key, "new");
    }
    for key in keys.iter().step_by(7) {
        fixture.delete(key);
    }
    assert_eq!(gunzip(&read(stream, 4096)), expected);
}

#[test]
fn what_a_watch_begins_with_is_an_event_of_each_object_at_one_revision() {
    let mut fixture = Fixture::filled(3_000, 0);
    let expected: String = fixture
        .model
        .values()
        .map(|(revision, text)| {
            format!("{{\"type\":\"ADDED\",\"object\":{{\"{revision}\":\"{text}\"}}}}\n")
        })
        .collect();
    let revision = fixture.store.current_revision();
    let mut events = StateEvents::new(fixture.listing(Format::Json), Framing::Json);
    assert_eq!(events.revision(), revision);
    assert!(matches!(events.step(1_000).unwrap(), Step::Later));
    // What happens meanwhile is for the watch that follows.
    let keys: Vec<_> = fixture.model.keys().cloned().collect();
    for key in &keys[..500] {
        fixture.put(key, "new");
    }
    fixture.delete(&keys[2_999]);
    let mut all = Vec::new();
    loop {
        match events.step(1_000).unwrap() {
            Step::Bytes(bytes) => {
                assert!(bytes.ends_with(b"}\n"), "events are whole");
                assert!(bytes.len() < 1_200);
                all.extend(bytes);
            }
            Step::Later => {}
            Step::Over => break,
        }
    }
    assert_eq!(String::from_utf8(all).unwrap(), expected);
    assert_eq!(events.count(), 3_000);
    assert_eq!(fixture.store.statistics().pins, 0, "no revision is held");
}

#[test]
fn events_of_protobuf_have_their_lengths() {
    let fixture = Fixture::filled(10, 0);
    let mut events = StateEvents::new(fixture.listing(Format::Protobuf), Framing::Protobuf);
    let mut all = Vec::new();
    loop {
        match events.step(100).unwrap() {
            Step::Bytes(bytes) => all.extend(bytes),
            Step::Later => {}
            Step::Over => break,
        }
    }
    let mut rest = &all[..];
    for (revision, text) in fixture.model.values() {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        let event = &rest[4..4 + length];
        assert!(event.starts_with(b"\x0a\x05ADDED\x12"));
        assert!(event.ends_with(format!("{revision}:{text}").as_bytes()));
        rest = &rest[4 + length..];
    }
    assert!(rest.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens between lists, and however little is kept.
    #[test]
    fn a_list_is_never_an_older_one(
        cache_bytes in prop_oneof![Just(0), Just(4_000), Just(MIB)],
        rounds in prop::collection::vec(
            prop::collection::vec((0..300_u32, prop::option::of("[a-c]{0,40}")), 0..60),
            1..8,
        ),
    ) {
        let mut fixture = Fixture::new(cache_bytes);
        for round in rounds {
            for (number, value) in round {
                let key = format!("/pods/{:06x}", number.wrapping_mul(77_777));
                match value {
                    Some(value) => fixture.put(&key, &value),
                    None => fixture.delete(&key),
                }
            }
            for format in FORMATS {
                let expected = fixture.expected(format);
                prop_assert_eq!(gunzip(&fixture.list(format, true)), expected.clone());
                prop_assert_eq!(fixture.list(format, false), expected);
            }
        }
    }
}
