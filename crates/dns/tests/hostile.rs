//! Bytes that nobody means well with: no panic, and every response is one that hickory reads, with
//! the id and the question that came.

use hickory_proto::op::{Message, ResponseCode};
use proptest::prelude::*;
use std::sync::LazyLock;
use steersman_dns::query::{MAX_PAYLOAD, Read, Transport, read};
use steersman_dns::{Cache, Outcome, Question, Zone, ZoneOptions};

static LARGE: LazyLock<Zone> = LazyLock::new(|| zone(200));

const DOMAIN: &[u8] = b"\x03svc\x07cluster\x05local\0";

fn zone(endpoints: usize) -> Zone {
    let options = ZoneOptions {
        domain: "cluster.local".to_string(),
        ttl: 30,
        server_addresses: vec!["192.0.2.1".parse().expect("an address")],
    };
    let mut zone = Zone::new(&options).expect("a zone");
    zone.set_namespace("one");
    let service = |name: &str, spec: &str| {
        format!(r#"{{"metadata":{{"name":"{name}","namespace":"one"}},"spec":{spec}}}"#)
    };
    let ports = r#""ports":[{"name":"a","protocol":"TCP","port":1}]"#;
    let specs = [
        (
            "web",
            format!(r#"{{"clusterIPs":["10.0.0.1","fd00::1"],{ports}}}"#),
        ),
        ("pods", r#"{"clusterIPs":["None"]}"#.to_string()),
        (
            "far",
            r#"{"type":"ExternalName","externalName":"example.com"}"#.to_string(),
        ),
        (
            "near",
            r#"{"type":"ExternalName","externalName":"pods.one.svc.cluster.local"}"#.to_string(),
        ),
    ];
    for (name, spec) in specs {
        zone.set_service(service(name, &spec).as_bytes())
            .expect("a service");
    }
    let all: Vec<String> = (0..endpoints)
        .map(|index| {
            format!(
                r#"{{"addresses":["10.{}.{}.1"]}}"#,
                index / 256,
                index % 256
            )
        })
        .collect();
    let slice = format!(
        r#"{{"metadata":{{"name":"s","namespace":"one",
        "labels":{{"kubernetes.io/service-name":"pods"}}}},{ports},"endpoints":[{}]}}"#,
        all.join(",")
    );
    zone.set_endpoint_slice(slice.as_bytes()).expect("a slice");
    zone.set_synced();
    zone
}

/// The name in wire form of labels and the zone's end.
fn name(labels: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in labels {
        wire.push(label.len() as u8);
        wire.extend_from_slice(label);
    }
    wire.extend_from_slice(DOMAIN);
    wire
}

fn message(name: &[u8], kind: u16, flags: u16, payload: Option<u16>) -> Vec<u8> {
    let mut bytes = vec![0xab, 0xcd];
    bytes.extend_from_slice(&flags.to_be_bytes());
    bytes.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, u8::from(payload.is_some())]);
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&[0, 1]);
    if let Some(payload) = payload {
        bytes.extend_from_slice(&[0, 0, 41]);
        bytes.extend_from_slice(&payload.to_be_bytes());
        bytes.extend_from_slice(&[0; 6]);
    }
    bytes
}

fn answer(zone: &Zone, bytes: &[u8], transport: Transport) -> (Outcome, Vec<u8>) {
    let mut out = Vec::new();
    let outcome = zone.answer(bytes, transport, &mut 3, &mut out);
    (outcome, out)
}

/// What must hold of whatever is answered to whatever came.
fn check(bytes: &[u8], outcome: &Outcome, out: &[u8], transport: Transport) {
    if matches!(outcome, Outcome::Forward | Outcome::Nothing) {
        assert!(out.is_empty());
        return;
    }
    let response = Message::from_vec(out).expect("a response that can be read");
    assert_eq!(out[..2], bytes[..2]);
    let Read::Query(query) = read(bytes, transport) else {
        assert!(out.len() <= bytes.len() + 11, "no larger than what came");
        assert!(response.answers().is_empty());
        return;
    };
    assert_eq!(out[12..12 + query.question.len()], *query.question);
    assert!(out.len() <= query.limit());
    if transport == Transport::Udp {
        assert!(out.len() <= MAX_PAYLOAD);
    }
}

fn label() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "web", "pods", "far", "near", "one", "_a", "_tcp", "10-0-1-1", "ns", "dns",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..64),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), tcp: bool) {
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        let (outcome, out) = answer(&LARGE, &bytes, transport);
        check(&bytes, &outcome, &out, transport);
    }

    #[test]
    fn names_of_the_zone(
        labels in prop::collection::vec(label(), 0..7),
        kind in prop::sample::select(vec![1u16, 2, 5, 6, 12, 15, 16, 28, 33, 41, 65, 251, 252, 255]),
        flags in prop::sample::select(vec![0u16, 0x0100, 0x0110, 0x0200, 0x2000, 0x2800, 0x8000]),
        payload in prop::option::of(any::<u16>()),
        tcp: bool,
        cut in 0usize..20,
        swap in prop::option::of((any::<usize>(), any::<u8>())),
    ) {
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        let mut bytes = message(&name(&labels), kind, flags, payload);
        if cut < 10 {
            bytes.truncate(bytes.len() - cut);
        }
        if let Some((at, byte)) = swap {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let (outcome, out) = answer(&LARGE, &bytes, transport);
        check(&bytes, &outcome, &out, transport);
    }

    #[test]
    fn responses_of_strangers(
        tail in prop::collection::vec(any::<u8>(), 0..200),
        counts in prop::array::uniform3(0u16..4),
        flags in any::<u16>(),
        age in 0u32..100,
    ) {
        let asked = message(&name(&[b"a".to_vec()]), 1, 0x0100, Some(4096));
        let Read::Query(query) = read(&asked, Transport::Udp) else {
            unreachable!("a query");
        };
        let question = Question::of(&query);
        let mut bytes = question.message(7);
        bytes[2..4].copy_from_slice(&(0x8000 | (flags & 0x07ff)).to_be_bytes());
        for (index, count) in counts.iter().enumerate() {
            bytes[6 + index * 2..8 + index * 2].copy_from_slice(&count.to_be_bytes());
        }
        bytes.extend_from_slice(&tail);
        prop_assert!(question.response(8, bytes.clone()).is_none());
        if let Some(response) = question.response(7, bytes) {
            let mut out = Vec::new();
            response.give(&query, age, &mut out);
            prop_assert!(out.len() <= query.limit());
            prop_assert_eq!(&out[..2], &asked[..2]);
            let (_, begun) = answer(&LARGE, &message(&name(&[b"far".to_vec(), b"one".to_vec()]), 1, 0, None), Transport::Udp);
            response.give_after(&query, age, &begun, &mut out);
            prop_assert!(out.len() <= query.limit());
            let mut cache = Cache::default();
            cache.put(question, response, 0);
            prop_assert!(cache.len() <= 1);
        }
    }
}

fn code(bytes: &[u8]) -> String {
    let (outcome, out) = answer(&LARGE, bytes, Transport::Udp);
    match outcome {
        Outcome::Nothing => "nothing".to_string(),
        Outcome::Forward => "forward".to_string(),
        _ => {
            // The library has no name for it without the half that an OPT record has.
            let response = Message::from_vec(&out).expect("a response");
            match response.response_code() {
                ResponseCode::NoError => "NOERROR".to_string(),
                ResponseCode::FormErr => "FORMERR".to_string(),
                ResponseCode::NotImp => "NOTIMP".to_string(),
                ResponseCode::Refused => "REFUSED".to_string(),
                ResponseCode::BADVERS | ResponseCode::BADSIG => "BADVERS".to_string(),
                other => other.to_string(),
            }
        }
    }
}

#[test]
fn what_is_refused_before_a_name_is_looked_at() {
    let web = name(&[b"web".to_vec(), b"one".to_vec()]);
    let good = message(&web, 1, 0x0100, Some(1232));
    let opt = good.len() - 11;
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    let with = |more: &[u8], additional: u8| {
        let mut bytes = [&good[..], more].concat();
        bytes[11] = additional;
        bytes
    };
    let long = name(&vec![vec![b'a'; 60]; 4]);
    let pointer = [&message(b"", 1, 0, None)[..12], &[0xc0, 12, 0, 1, 0, 1]].concat();
    let forward = [&message(b"", 1, 0, None)[..12], &[0xc0, 40, 0, 1, 0, 1]].concat();
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a good query", good.clone(), "NOERROR"),
        ("no header", good[..11].to_vec(), "nothing"),
        ("a response", changed(2, &[0x81]), "nothing"),
        ("a header alone", good[..12].to_vec(), "FORMERR"),
        ("no class", good[..opt - 2].to_vec(), "FORMERR"),
        ("status", changed(2, &[0x10]), "NOTIMP"),
        ("notify", changed(2, &[0x20]), "NOTIMP"),
        ("update", changed(2, &[0x28]), "NOTIMP"),
        ("no question", changed(5, &[0]), "FORMERR"),
        ("two questions", changed(5, &[2]), "FORMERR"),
        ("many answers", changed(7, &[2]), "FORMERR"),
        ("an answer that is not there", changed(7, &[1]), "FORMERR"),
        ("many additional records", changed(11, &[3]), "FORMERR"),
        ("class CH", changed(opt - 1, &[3]), "REFUSED"),
        ("class ANY", changed(opt - 1, &[255]), "REFUSED"),
        ("EDNS 1", changed(opt + 6, &[1]), "BADVERS"),
        ("EDNS cut", good[..good.len() - 1].to_vec(), "FORMERR"),
        ("EDNS twice", with(&good[opt..], 2), "FORMERR"),
        (
            "an option that is too long",
            changed(good.len() - 1, &[4]),
            "FORMERR",
        ),
        (
            "a name past its limit",
            message(&long, 1, 0, None),
            "FORMERR",
        ),
        ("a name that is a pointer to itself", pointer, "FORMERR"),
        ("a name that points past the end", forward, "FORMERR"),
        (
            "a label of 64 bytes",
            message(&[&[64; 65][..], &[0]].concat(), 1, 0, None),
            "FORMERR",
        ),
        ("the root", message(&[0], 1, 0, None), "forward"),
        ("any type", message(&web, 255, 0, None), "NOERROR"),
    ];
    for (what, bytes, wanted) in table {
        assert_eq!(code(&bytes), wanted, "{what}");
    }
}

/// A client that says little gets little, however large the service is.
#[test]
fn responses_over_udp_have_a_bound() {
    let zone = zone(5_000);
    let pods = name(&[b"pods".to_vec(), b"one".to_vec()]);
    for (payload, limit) in [
        (None, 512),
        (Some(100), 512),
        (Some(1000), 1000),
        (Some(65_535), 1232),
    ] {
        for kind in [1, 33] {
            let (_, out) = answer(&zone, &message(&pods, kind, 0, payload), Transport::Udp);
            let response = Message::from_vec(&out).expect("a response");
            assert!(
                out.len() <= limit && out.len() > limit - 64,
                "{} of {limit}",
                out.len()
            );
            assert!(response.truncated());
            assert!(!response.answers().is_empty());
        }
    }
    let (_, out) = answer(&zone, &message(&pods, 1, 0, None), Transport::Tcp);
    assert!(Message::from_vec(&out).expect("a response").truncated());
    assert!(out.len() <= 65_535);
}

/// Each endpoint comes first as often as another, also where not all fit.
#[test]
fn addresses_take_turns() {
    for count in [4usize, 300] {
        let zone = zone(count);
        let query = message(&name(&[b"pods".to_vec(), b"one".to_vec()]), 1, 0, None);
        let mut seed = 1;
        let mut firsts = std::collections::HashMap::new();
        let mut out = Vec::new();
        for round in 0..count * 200 {
            zone.answer(&query, Transport::Udp, &mut seed, &mut out);
            // Past the question, a record's name, type, class, TTL and length.
            let first = out[query.len() + 12..query.len() + 16].to_vec();
            *firsts.entry(first).or_insert(0usize) += 1;
            if round % 100 > 0 {
                continue;
            }
            let response = Message::from_vec(&out).expect("a response");
            let data = response.answers().iter().map(|one| one.data().to_string());
            let mut all: Vec<String> = data.collect();
            let total = all.len();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), total, "no address twice");
        }
        assert_eq!(firsts.len(), count);
        assert!(
            firsts.values().all(|times| (100..300).contains(times)),
            "{firsts:?}"
        );
    }
}

fn response(question: &Question, id: u16, code: u8, records: &[u8], counts: [u8; 3]) -> Vec<u8> {
    let mut bytes = question.message(id);
    bytes.truncate(bytes.len() - 11);
    bytes[2] = 0x81;
    bytes[3] = 0x80 | code;
    bytes[7] = counts[0];
    bytes[9] = counts[1];
    bytes[11] = counts[2];
    bytes.extend_from_slice(records);
    bytes
}

#[test]
fn the_cache_keeps_what_may_be_kept() {
    let asked = message(b"\x07EXAMPLE\x03com\0", 1, 0x0100, Some(1232));
    let Read::Query(query) = read(&asked, Transport::Udp) else {
        unreachable!("a query");
    };
    let question = Question::of(&query);
    let a = |ttl: u8| [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, ttl, 0, 4, 1, 2, 3, 4];
    let mut soa = vec![0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 20, 0, 22, 0, 0];
    soa.extend_from_slice(&[0; 19]);
    soa.push(9);
    let lifetime = |code, records: &[u8], counts| {
        let bytes = response(&question, 1, code, records, counts);
        question
            .response(1, bytes)
            .map(|response| response.lifetime())
    };
    assert_eq!(lifetime(0, &a(10), [1, 0, 0]), Some(10));
    assert_eq!(lifetime(0, &a(200), [1, 0, 0]), Some(30));
    assert_eq!(lifetime(0, &a(0), [1, 0, 0]), Some(0));
    assert_eq!(lifetime(3, &soa, [0, 1, 0]), Some(9));
    assert_eq!(lifetime(0, &soa, [0, 1, 0]), Some(9));
    assert_eq!(lifetime(3, &[], [0, 0, 0]), Some(0));
    assert_eq!(lifetime(2, &[], [0, 0, 0]), Some(5));
    assert_eq!(lifetime(5, &[], [0, 0, 0]), Some(0));
    assert_eq!(lifetime(0, &a(10), [2, 0, 0]), None);

    let mut cache = Cache::default();
    let bytes = response(&question, 1, 0, &a(10), [1, 0, 0]);
    cache.put(
        question.clone(),
        question.response(1, bytes).expect("one"),
        1_000,
    );
    let (kept, age) = cache.get(&question, 5_500).expect("it is kept");
    let mut out = Vec::new();
    kept.give(&query, age, &mut out);
    let given = Message::from_vec(&out).expect("a response");
    assert_eq!(given.answers()[0].ttl(), 6);
    assert!(given.extensions().is_some(), "EDNS is this server's own");
    assert_eq!(out[12..29], asked[12..29]);
    assert_eq!(out[..2], asked[..2]);
    assert!(cache.get(&question, 11_000).is_none());
}

#[test]
fn the_cache_has_bounds() {
    let mut cache = Cache::default();
    for index in 0..40_000u32 {
        let label = format!("{index:08}").into_bytes();
        let asked = message(&name(&[label]), 1, 0, Some(1232));
        let Read::Query(query) = read(&asked, Transport::Udp) else {
            unreachable!("a query");
        };
        let question = Question::of(&query);
        let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 1, 2, 3, 4];
        let bytes = response(&question, 1, 0, &record, [1, 0, 0]);
        let response = question.response(1, bytes).expect("a response");
        cache.put(question, response, 0);
    }
    assert!(cache.len() <= 8192);
    assert!(cache.bytes() <= 4 * 1024 * 1024);
}
