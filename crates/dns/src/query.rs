//! Queries as they come: what may be asked, and what is refused before any name is looked at.

use crate::name::{Name, skip};

pub const HEADER: usize = 12;
const MIN_PAYLOAD: usize = 512;
/// The largest response over UDP: whole in one frame on any link, so that nothing is fragmented.
pub const MAX_PAYLOAD: usize = 1232;
/// The largest response over TCP.
pub const MAX_STREAM: usize = 65_535;

pub mod rcode {
    pub const NO_ERROR: u8 = 0;
    pub const FORMAT_ERROR: u8 = 1;
    pub const SERVER_FAILURE: u8 = 2;
    pub const NAME_ERROR: u8 = 3;
    pub const NOT_IMPLEMENTED: u8 = 4;
    pub const REFUSED: u8 = 5;
    /// In an OPT record's half and the header's.
    pub const BAD_VERSION: u8 = 16;
}

pub mod record {
    pub const A: u16 = 1;
    pub const NS: u16 = 2;
    pub const CNAME: u16 = 5;
    pub const SOA: u16 = 6;
    pub const PTR: u16 = 12;
    pub const TXT: u16 = 16;
    pub const AAAA: u16 = 28;
    pub const SRV: u16 = 33;
    pub const OPT: u16 = 41;
    pub const IXFR: u16 = 251;
    pub const AXFR: u16 = 252;
}

pub const CLASS_IN: u16 = 1;
const RESPONSE: u16 = 0x8000;
const RECURSION_DESIRED: u16 = 0x0100;
const CHECKING_DISABLED: u16 = 0x0010;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    Udp,
    Tcp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edns {
    pub payload: u16,
    pub version: u8,
    pub wants_dnssec: bool,
}

/// One question that can be answered.
#[derive(Clone)]
pub struct Query<'a> {
    pub id: u16,
    pub recursion_desired: bool,
    pub checking_disabled: bool,
    pub name: Name,
    pub qtype: u16,
    pub qclass: u16,
    /// As it came, case kept: name, type and class.
    pub question: &'a [u8],
    pub edns: Option<Edns>,
    pub transport: Transport,
}

#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack for one message, and queries are nearly all there is"
)]
pub enum Read<'a> {
    Query(Query<'a>),
    /// What is refused before its name is looked at: the header's code, and the question where one
    /// could be read.
    Refused(Refusal<'a>),
    /// No response at all: no message, or itself a response, whose response could go on for ever.
    Nothing,
}

pub struct Refusal<'a> {
    pub id: u16,
    pub opcode: u8,
    pub recursion_desired: bool,
    pub code: u8,
    pub question: &'a [u8],
    /// With an OPT record of version 0.
    pub with_edns: bool,
}

impl Query<'_> {
    /// Bytes that the response may have.
    pub fn limit(&self) -> usize {
        match (self.transport, self.edns) {
            (Transport::Tcp, _) => MAX_STREAM,
            (Transport::Udp, None) => MIN_PAYLOAD,
            (Transport::Udp, Some(edns)) => {
                usize::from(edns.payload).clamp(MIN_PAYLOAD, MAX_PAYLOAD)
            }
        }
    }
}

pub fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// Reads a message of a client.
pub fn read(message: &[u8], transport: Transport) -> Read<'_> {
    let Some(counts) = message.get(4..HEADER) else {
        return Read::Nothing;
    };
    let (id, flags) = (word(message, 0).unwrap_or(0), word(message, 2).unwrap_or(0));
    if flags & RESPONSE != 0 {
        return Read::Nothing;
    }
    let opcode = ((flags >> 11) & 0xf) as u8;
    let refusal = |code, question| Refusal {
        id,
        opcode,
        recursion_desired: flags & RECURSION_DESIRED != 0,
        code,
        question,
        with_edns: false,
    };
    if opcode != 0 {
        return Read::Refused(refusal(rcode::NOT_IMPLEMENTED, &[]));
    }
    let count = |index: usize| usize::from(word(counts, index * 2).unwrap_or(0));
    let malformed = refusal(rcode::FORMAT_ERROR, &[]);
    let is_small = count(1) <= 1 && count(2) <= 1 && count(3) <= 2;
    if count(0) != 1 || !is_small {
        return Read::Refused(malformed);
    }
    let Some((name, name_end)) = Name::read(&message[HEADER..]) else {
        return Read::Refused(malformed);
    };
    let end = HEADER + name_end + 4;
    let Some(question) = message.get(HEADER..end) else {
        return Read::Refused(malformed);
    };
    let Ok(edns) = find_edns(message, end, count(1) + count(2), count(3)) else {
        return Read::Refused(refusal(rcode::FORMAT_ERROR, question));
    };
    let query = Query {
        id,
        recursion_desired: flags & RECURSION_DESIRED != 0,
        checking_disabled: flags & CHECKING_DISABLED != 0,
        qtype: word(question, name_end).unwrap_or(0),
        qclass: word(question, name_end + 2).unwrap_or(0),
        name,
        question,
        edns,
        transport,
    };
    if query.edns.is_some_and(|edns| edns.version != 0) {
        return Read::Refused(Refusal {
            with_edns: true,
            ..refusal(rcode::BAD_VERSION, question)
        });
    }
    if query.qclass != CLASS_IN {
        return Read::Refused(Refusal {
            with_edns: query.edns.is_some(),
            ..refusal(rcode::REFUSED, question)
        });
    }
    Read::Query(query)
}

/// The OPT record among the last `additional` of the records; an error where a record is cut
/// short, or OPT stands twice, elsewhere, or at another name than the root (RFC 6891).
fn find_edns(
    message: &[u8],
    mut at: usize,
    others: usize,
    additional: usize,
) -> Result<Option<Edns>, ()> {
    let mut found = None;
    for index in 0..others + additional {
        let fields = skip(message, at).ok_or(())?;
        let kind = word(message, fields).ok_or(())?;
        let length = usize::from(word(message, fields + 8).ok_or(())?);
        let data = fields + 10;
        let end = data + length;
        if end > message.len() {
            return Err(());
        }
        if kind == record::OPT {
            let is_root = fields == at + 1;
            if found.is_some() || index < others || !is_root {
                return Err(());
            }
            check_options(&message[data..end])?;
            found = Some(Edns {
                payload: word(message, fields + 2).ok_or(())?,
                version: message[fields + 5],
                wants_dnssec: message[fields + 6] & 0x80 != 0,
            });
        }
        at = end;
    }
    Ok(found)
}

/// Options are a code, a length and as many bytes, to the end.
fn check_options(mut options: &[u8]) -> Result<(), ()> {
    while !options.is_empty() {
        let length = usize::from(word(options, 2).ok_or(())?);
        options = options.get(4 + length..).ok_or(())?;
    }
    Ok(())
}
