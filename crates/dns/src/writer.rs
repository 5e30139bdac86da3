//! Responses: written record by record as far as they fit.

use crate::query::{CLASS_IN, HEADER, MAX_PAYLOAD, Query, Refusal, rcode, record};
use std::net::{Ipv4Addr, Ipv6Addr};

const OPT_LENGTH: usize = 11;
const AUTHORITATIVE: u8 = 0x04;
const TRUNCATED: u8 = 0x02;
/// The question's name, which begins after the header.
pub const QUESTION_NAME: u16 = 0xc000 | HEADER as u16;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Answer,
    Authority,
    Additional,
}

/// A name in a response: labels that are written, then where the rest of it stands already.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    pub labels: &'a [u8],
    pub rest: u16,
}

/// Writes one response. A record that does not fit is left out, with all that come after it, and
/// the response is marked as truncated.
pub struct Writer<'b> {
    out: &'b mut Vec<u8>,
    /// Bytes before what EDNS needs.
    limit: usize,
    counts: [u16; 3],
    truncated: bool,
    ttl: u32,
}

impl<'b> Writer<'b> {
    /// Begins with the header and the question as it came.
    pub fn new(out: &'b mut Vec<u8>, query: &Query<'_>, ttl: u32) -> Writer<'b> {
        out.clear();
        out.extend_from_slice(&query.id.to_be_bytes());
        let desired = u8::from(query.recursion_desired);
        let checking = u8::from(query.checking_disabled) << 4;
        out.extend_from_slice(&[0x80 | AUTHORITATIVE | desired, checking]);
        out.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
        out.extend_from_slice(query.question);
        let reserved = if query.edns.is_some() { OPT_LENGTH } else { 0 };
        Writer {
            out,
            limit: query.limit() - reserved,
            counts: [0; 3],
            truncated: false,
            ttl,
        }
    }

    pub fn set_ttl(&mut self, ttl: u32) {
        self.ttl = ttl;
    }

    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// How many records of a size fit still.
    pub fn room(&self, size: usize) -> usize {
        if self.truncated {
            return 0;
        }
        let most = usize::from(u16::MAX - self.counts[0].max(self.counts[2]));
        (self.limit.saturating_sub(self.out.len()) / size).min(most)
    }

    pub fn position(&self) -> usize {
        self.out.len()
    }

    /// What was written since a position.
    pub fn since(&mut self, position: usize) -> &mut [u8] {
        &mut self.out[position..]
    }

    pub fn mark_truncated(&mut self) {
        self.truncated = true;
    }

    /// Writes a record whose data comes from a function; false where it does not fit.
    pub fn record(
        &mut self,
        section: Section,
        owner: Owner<'_>,
        kind: u16,
        data: impl FnOnce(&mut Vec<u8>),
    ) -> bool {
        if self.truncated {
            return false;
        }
        let start = self.out.len();
        self.out.extend_from_slice(owner.labels);
        self.out.extend_from_slice(&owner.rest.to_be_bytes());
        self.out.extend_from_slice(&kind.to_be_bytes());
        self.out.extend_from_slice(&CLASS_IN.to_be_bytes());
        self.out.extend_from_slice(&self.ttl.to_be_bytes());
        let length_at = self.out.len();
        self.out.extend_from_slice(&[0, 0]);
        data(self.out);
        let length = self.out.len() - length_at - 2;
        let count = &mut self.counts[section as usize];
        if self.out.len() > self.limit || length > usize::from(u16::MAX) || *count == u16::MAX {
            self.out.truncate(start);
            self.truncated = true;
            return false;
        }
        self.out[length_at..length_at + 2].copy_from_slice(&(length as u16).to_be_bytes());
        *count += 1;
        true
    }

    pub fn a(&mut self, section: Section, owner: Owner<'_>, address: Ipv4Addr) -> bool {
        self.record(section, owner, record::A, |out| {
            out.extend_from_slice(&address.octets());
        })
    }

    pub fn aaaa(&mut self, section: Section, owner: Owner<'_>, address: Ipv6Addr) -> bool {
        self.record(section, owner, record::AAAA, |out| {
            out.extend_from_slice(&address.octets());
        })
    }

    /// Ends the response with its code, and the OPT record that a query with one wants.
    pub fn finish(self, query: &Query<'_>, code: u8) {
        let Writer {
            out,
            counts,
            truncated,
            ..
        } = self;
        if truncated {
            out[2] |= TRUNCATED;
        }
        out[3] |= code & 0xf;
        let mut counts = counts;
        if let Some(edns) = query.edns {
            opt(out, 0, edns.wants_dnssec);
            counts[2] += 1;
        }
        for (index, count) in counts.into_iter().enumerate() {
            let at = 6 + index * 2;
            out[at..at + 2].copy_from_slice(&count.to_be_bytes());
        }
    }
}

fn opt(out: &mut Vec<u8>, extended: u8, wants_dnssec: bool) {
    out.push(0);
    out.extend_from_slice(&record::OPT.to_be_bytes());
    out.extend_from_slice(&(MAX_PAYLOAD as u16).to_be_bytes());
    let dnssec = u8::from(wants_dnssec) << 7;
    out.extend_from_slice(&[extended, 0, dnssec, 0, 0, 0]);
}

/// A response that has a code and no record.
pub fn refuse(out: &mut Vec<u8>, refusal: &Refusal<'_>) {
    out.clear();
    out.extend_from_slice(&refusal.id.to_be_bytes());
    let flags = 0x80 | (refusal.opcode << 3) | u8::from(refusal.recursion_desired);
    out.extend_from_slice(&[flags, refusal.code & 0xf]);
    let questions = u8::from(!refusal.question.is_empty());
    let additional = u8::from(refusal.with_edns);
    out.extend_from_slice(&[0, questions, 0, 0, 0, 0, 0, additional]);
    out.extend_from_slice(refusal.question);
    if refusal.with_edns {
        opt(out, refusal.code >> 4, false);
    }
}

/// A response to a query that is neither of the zone nor can be forwarded, or that failed.
pub fn fail(out: &mut Vec<u8>, query: &Query<'_>, code: u8) {
    debug_assert_ne!(code, rcode::NO_ERROR);
    let writer = Writer::new(out, query, 0);
    writer.out[2] &= !AUTHORITATIVE;
    writer.finish(query, code);
}

/// Adds the OPT record that a query with one wants to a response without.
pub fn add_opt(out: &mut Vec<u8>, query: &Query<'_>) {
    let count = u16::from_be_bytes([out[10], out[11]]);
    if let (Some(edns), Some(count)) = (query.edns, count.checked_add(1)) {
        opt(out, 0, edns.wants_dnssec);
        out[10..HEADER].copy_from_slice(&count.to_be_bytes());
    }
}

/// Makes of a response that is too long for the client one that says so and nothing else.
pub fn mark_cut(out: &mut Vec<u8>, query: &Query<'_>) {
    out.truncate(HEADER + query.question.len());
    out[2] |= TRUNCATED;
    let additional = u8::from(query.edns.is_some());
    out[6..HEADER].copy_from_slice(&[0, 0, 0, 0, 0, additional]);
    if let Some(edns) = query.edns {
        opt(out, 0, edns.wants_dnssec);
    }
}
