//! Responses of other servers, byte by byte: which are taken, and how a client is given them.

use steersman_dns::query::{Query, Read, Transport, read};
use steersman_dns::{Question, Response};

const ID: u16 = 7;
/// Where the question's name stands, to which records point.
const ASKED: [u8; 2] = [0xc0, 12];

/// A query for `a.example`, type A.
fn query_message() -> Vec<u8> {
    let mut message = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(b"\x01a\x07example\0\0\x01\0\x01");
    message
}

fn with_query<T>(work: impl FnOnce(&Query<'_>) -> T) -> T {
    let message = query_message();
    let Read::Query(query) = read(&message, Transport::Udp) else {
        unreachable!("it is a query");
    };
    work(&query)
}

/// What is told, the owner's name, type and data of a record, and whether its response is taken.
type Case = (&'static str, Vec<u8>, u16, Vec<u8>, bool);

fn record(name: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut record = name.to_vec();
    record.extend_from_slice(&kind.to_be_bytes());
    record.extend_from_slice(&[0, 1]);
    record.extend_from_slice(&ttl.to_be_bytes());
    record.extend_from_slice(&(data.len() as u16).to_be_bytes());
    record.extend_from_slice(data);
    record
}

/// The response with one answer.
fn response(answer: &[u8]) -> Option<Response> {
    let mut message = query_message();
    message[2] = 0x81;
    message[7] = 1;
    message.extend_from_slice(answer);
    with_query(|query| Question::of(query).response(ID, message))
}

/// Where the answer begins.
fn answer_at() -> u16 {
    query_message().len() as u16
}

fn pointer(to: u16) -> Vec<u8> {
    (0xc000 | to).to_be_bytes().to_vec()
}

#[test]
fn ttls_of_the_upper_half_are_none() {
    for (ttl, given) in [
        (5, 5),
        (30, 30),
        (4_000, 30),
        (i32::MAX as u32, 30),
        (1 << 31, 0),
        (u32::MAX, 0),
    ] {
        let found = response(&record(&ASKED, 1, ttl, &[192, 0, 2, 1])).expect("a response");
        let mut out = Vec::new();
        with_query(|query| found.give(query, 0, &mut out));
        let at = usize::from(answer_at()) + 6;
        let left = u32::from_be_bytes(*out[at..].first_chunk().expect("a TTL"));
        assert_eq!(left, given, "{ttl}");
    }
}

#[test]
fn names_point_backwards_and_end() {
    let start = answer_at();
    let data = start + 2 + 10;
    let long = [&[63_u8][..], &[b'x'; 63]].concat();
    let name = |parts: &[&[u8]]| parts.concat();
    let whole = name(&[&long, &long, &long, b"\x02yy\0"]);
    let cases: Vec<Case> = vec![
        (
            "a pointer back",
            ASKED.to_vec(),
            1,
            vec![192, 0, 2, 1],
            true,
        ),
        ("to itself", pointer(start), 1, vec![192, 0, 2, 1], false),
        ("ahead", pointer(data), 1, b"\x01b\0.".to_vec(), false),
        (
            "past the end",
            pointer(0x3fff),
            1,
            vec![192, 0, 2, 1],
            false,
        ),
        (
            "a label and then itself",
            name(&[b"\x01b", &pointer(start)]),
            1,
            vec![192, 0, 2, 1],
            false,
        ),
        ("into the header", pointer(4), 1, vec![192, 0, 2, 1], false),
        (
            "a target that points back",
            ASKED.to_vec(),
            5,
            pointer(14),
            true,
        ),
        (
            "a target that is itself",
            ASKED.to_vec(),
            5,
            pointer(data),
            false,
        ),
        (
            "a target ahead",
            ASKED.to_vec(),
            5,
            pointer(data + 1),
            false,
        ),
        (
            "a target without an end",
            ASKED.to_vec(),
            5,
            b"\x01b".to_vec(),
            false,
        ),
        (
            "a target and more",
            ASKED.to_vec(),
            5,
            b"\x01b\0!".to_vec(),
            false,
        ),
        (
            "an exchange",
            ASKED.to_vec(),
            15,
            name(&[&[0, 1], &ASKED]),
            true,
        ),
        (
            "an exchange that is itself",
            ASKED.to_vec(),
            15,
            name(&[&[0, 1], &pointer(data + 2)]),
            false,
        ),
        (
            "a service",
            ASKED.to_vec(),
            33,
            name(&[&[0; 6], &ASKED]),
            true,
        ),
        (
            "a service that is itself",
            ASKED.to_vec(),
            33,
            name(&[&[0; 6], &pointer(data + 6)]),
            false,
        ),
        (
            "a zone",
            ASKED.to_vec(),
            6,
            name(&[&ASKED, &ASKED, &[0; 20]]),
            true,
        ),
        (
            "a zone's second name is itself",
            ASKED.to_vec(),
            6,
            name(&[&ASKED, &pointer(data + 2), &[0; 20]]),
            false,
        ),
        (
            "a name of 255 bytes at most",
            whole.clone(),
            1,
            vec![192, 0, 2, 1],
            true,
        ),
        (
            "too long by what it points to",
            name(&[&long, &long, &long, &long[..62], b"\x01", &ASKED]),
            1,
            vec![192, 0, 2, 1],
            false,
        ),
        (
            "bytes of a kind that has no names",
            ASKED.to_vec(),
            16,
            pointer(data),
            true,
        ),
    ];
    for (what, owner, kind, bytes, is_taken) in cases {
        let found = response(&record(&owner, kind, 5, &bytes));
        assert_eq!(found.is_some(), is_taken, "{what}");
    }
}
