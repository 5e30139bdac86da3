//! Responses with keys and values, written from the store's entries without a copy between.

use steersman_grammar::varint;
use steersman_store::{Change, Entry, Revision};

/// Who answers: in every response but those within a transaction's.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    pub cluster_id: u64,
    pub member_id: u64,
    pub raft_term: u64,
}

fn put_varint(out: &mut Vec<u8>, value: u64) {
    let (bytes, length) = varint::encode(value);
    out.extend_from_slice(&bytes[..length]);
}

fn tag(field: u32, wire_type: u32) -> u64 {
    u64::from(field << 3 | wire_type)
}

/// A number that is not 0.
pub fn put_number(out: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        put_varint(out, tag(field, 0));
        put_varint(out, value);
    }
}

/// The head of so many bytes.
fn put_head(out: &mut Vec<u8>, field: u32, length: usize) {
    put_varint(out, tag(field, 2));
    put_varint(out, length as u64);
}

fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    if !bytes.is_empty() {
        put_head(out, field, bytes.len());
        out.extend_from_slice(bytes);
    }
}

/// A message that is there, empty or not.
pub fn put_message(out: &mut Vec<u8>, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    write(&mut inner);
    put_head(out, field, inner.len());
    out.extend_from_slice(&inner);
}

/// Field 1 of every response.
pub fn put_header(out: &mut Vec<u8>, header: Option<&Header>, revision: Revision) {
    put_message(out, 1, |out| {
        if let Some(header) = header {
            put_number(out, 1, header.cluster_id);
            put_number(out, 2, header.member_id);
        }
        put_number(out, 3, revision);
        if let Some(header) = header {
            put_number(out, 4, header.raft_term);
        }
    });
}

fn number_length(value: u64) -> usize {
    if value == 0 {
        0
    } else {
        1 + varint::length(value)
    }
}

fn bytes_length(bytes: &[u8]) -> usize {
    if bytes.is_empty() {
        0
    } else {
        1 + varint::length(bytes.len() as u64) + bytes.len()
    }
}

/// How much of an entry is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    WithoutValue,
    /// What etcd's index of keys knows.
    Indexed,
}

/// A KeyValue as this field.
pub fn put_entry(out: &mut Vec<u8>, field: u32, entry: &Entry, extent: Extent) {
    let mut meta = entry.meta();
    let value = match extent {
        Extent::Whole => entry.value(),
        Extent::WithoutValue | Extent::Indexed => &[],
    };
    if extent == Extent::Indexed {
        meta.lease_id = 0;
    }
    let numbers = [
        meta.create_revision,
        meta.mod_revision,
        meta.version,
        meta.lease_id,
    ];
    let length = bytes_length(entry.key())
        + bytes_length(value)
        + numbers.iter().map(|one| number_length(*one)).sum::<usize>();
    put_head(out, field, length);
    put_bytes(out, 1, entry.key());
    put_number(out, 2, meta.create_revision);
    put_number(out, 3, meta.mod_revision);
    put_number(out, 4, meta.version);
    put_bytes(out, 5, value);
    put_number(out, 6, meta.lease_id);
}

/// About what `put_entry` appends.
pub fn entry_length(entry: &Entry) -> usize {
    entry.key().len() + entry.value().len() + 48
}

/// How long `key_value` is.
pub fn key_value_length(entry: &Entry) -> usize {
    let mut length = bytes_length(entry.key());
    if !entry.is_deletion() {
        let meta = entry.meta();
        length += bytes_length(entry.value());
        for number in [
            meta.create_revision,
            meta.mod_revision,
            meta.version,
            meta.lease_id,
        ] {
            length += number_length(number);
        }
    }
    length
}

/// A bare KeyValue, as etcd's own storage has it.
pub fn key_value(entry: &Entry) -> Vec<u8> {
    let mut out = Vec::new();
    let meta = entry.meta();
    put_bytes(&mut out, 1, entry.key());
    if !entry.is_deletion() {
        put_number(&mut out, 2, meta.create_revision);
        put_number(&mut out, 3, meta.mod_revision);
        put_number(&mut out, 4, meta.version);
        put_bytes(&mut out, 5, entry.value());
        put_number(&mut out, 6, meta.lease_id);
    }
    out
}

/// An Event, as field 11 of a watch's response.
pub fn put_event(out: &mut Vec<u8>, change: &Change, previous: Option<&Entry>) {
    put_message(out, 11, |out| {
        match change.current() {
            Some(entry) => put_entry(out, 2, entry, Extent::Whole),
            None => {
                put_number(out, 1, 1);
                put_message(out, 2, |out| {
                    put_bytes(out, 1, change.key());
                    put_number(out, 3, change.revision);
                });
            }
        }
        if let Some(previous) = previous {
            put_entry(out, 3, previous, Extent::Whole);
        }
    });
}
