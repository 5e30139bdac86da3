//! What stands in a log record and in a snapshot's block.

use std::path::Path;

use crate::Revision;
use crate::error::StoreError;
use crate::state::change::Change;
use crate::state::entry::{Draft, Entry, EntryMeta};
use crate::state::lease::LeaseChange;
use crate::state::request::MAX_KEY_BYTES;
use crate::wire::{Reader, put_bytes, put_number};

const PUT: u8 = 1;
const DELETE: u8 = 2;
const GRANT: u8 = 3;
const REVOKE: u8 = 4;
const CEILING: u8 = 5;
const CLEAN: u8 = 6;
const GRANT_UNTIL: u8 = 7;
const RENEW: u8 = 8;
const LEASE_CLOCK: u8 = 9;
const PUT_OVER: u8 = 10;
const DELETE_OVER: u8 = 11;

/// One write as the log holds it: its revision, then its parts.
pub(crate) fn encode_write<'c>(
    revision: Revision,
    changes: impl Iterator<Item = &'c Change>,
    leases: &[LeaseChange],
    out: &mut Vec<u8>,
) {
    put_number(out, revision);
    for lease in leases {
        match lease {
            LeaseChange::Grant {
                lease_id,
                ttl_seconds,
                expires_at,
            } => {
                out.push(GRANT_UNTIL);
                put_number(out, *lease_id);
                put_number(out, *ttl_seconds);
                put_number(out, *expires_at);
            }
            LeaseChange::Revoke { lease_id, .. } => {
                out.push(REVOKE);
                put_number(out, *lease_id);
            }
            LeaseChange::Renew {
                lease_id,
                expires_at,
            } => {
                out.push(RENEW);
                put_number(out, *lease_id);
                put_number(out, *expires_at);
            }
            LeaseChange::Clock { millis } => {
                out.push(LEASE_CLOCK);
                put_number(out, *millis);
            }
        }
    }
    for change in changes {
        let over = change.previous.as_ref().map(Entry::mod_revision);
        match change.current() {
            Some(entry) => {
                out.push(if over.is_some() { PUT_OVER } else { PUT });
                put_bytes(out, change.key());
                put_number(out, entry.create_revision());
                put_number(out, entry.version());
                put_number(out, entry.lease_id());
                if let Some(over) = over {
                    put_number(out, over);
                }
                put_bytes(out, entry.value());
            }
            None => {
                out.push(if over.is_some() { DELETE_OVER } else { DELETE });
                put_bytes(out, change.key());
                if let Some(over) = over {
                    put_number(out, over);
                }
            }
        }
    }
}

/// What the log says of numbers beside the writes; see `numbers.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Lazy writes below the ceiling may be shown before they are on disk. `opened_at` is 0, or
    /// where numbers went on after an unclean end.
    Ceiling {
        opened_at: Revision,
        ceiling: Revision,
    },
    /// Everything that was shown is in the log; this was the newest number given.
    Clean { issued: Revision },
}

/// A mark as a record of its own, written at this revision.
pub(crate) fn encode_mark(revision: Revision, mark: &Mark, out: &mut Vec<u8>) {
    put_number(out, revision);
    match mark {
        Mark::Ceiling { opened_at, ceiling } => {
            out.push(CEILING);
            put_number(out, *opened_at);
            put_number(out, *ceiling);
        }
        Mark::Clean { issued } => {
            out.push(CLEAN);
            put_number(out, *issued);
        }
    }
}

/// What a change replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Previous {
    None,
    /// The version of this revision.
    At(Revision),
    /// The record is of an earlier version, which did not say.
    Unknown,
}

#[derive(Debug, Clone)]
pub(crate) struct PutPart<'a> {
    pub key: &'a [u8],
    value: &'a [u8],
    meta: EntryMeta,
    pub previous: Previous,
}

impl PutPart<'_> {
    pub fn entry(&self) -> Entry {
        Draft::new(self.key, self.value).finish(self.meta)
    }
}

/// A part of a write that is read back.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    Put(PutPart<'a>),
    Delete { key: &'a [u8], previous: Previous },
    Lease(LeaseChange),
    Mark(Mark),
}

/// A longer one was never written.
fn key_of<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    reader.bytes().filter(|key| key.len() <= MAX_KEY_BYTES)
}

/// A version of 0 would be a deletion.
fn check_version(meta: &EntryMeta) -> Option<()> {
    (meta.version > 0).then_some(())
}

/// Reads a write back. None means that the bytes make no sense although their checksum was right.
pub(crate) fn decode_write<'a>(
    payload: &'a [u8],
    mut visit: impl FnMut(Revision, Part<'a>) -> Option<()>,
) -> Option<Revision> {
    let mut reader = Reader(payload);
    let revision = reader.number()?;
    let mut order = 0;
    while !reader.0.is_empty() {
        let part = match reader.byte()? {
            kind @ (PUT | PUT_OVER) => {
                let key = key_of(&mut reader)?;
                let meta = EntryMeta {
                    create_revision: reader.number()?,
                    mod_revision: revision,
                    version: reader.number()?,
                    lease_id: reader.number()?,
                    order,
                };
                order += 1;
                check_version(&meta)?;
                let previous = match kind {
                    PUT_OVER => Previous::At(reader.number()?),
                    _ if meta.version == 1 => Previous::None,
                    _ => Previous::Unknown,
                };
                Part::Put(PutPart {
                    key,
                    value: reader.bytes()?,
                    meta,
                    previous,
                })
            }
            DELETE => {
                order += 1;
                Part::Delete {
                    key: key_of(&mut reader)?,
                    previous: Previous::Unknown,
                }
            }
            DELETE_OVER => {
                order += 1;
                Part::Delete {
                    key: key_of(&mut reader)?,
                    previous: Previous::At(reader.number()?),
                }
            }
            GRANT => Part::Lease(LeaseChange::Grant {
                lease_id: reader.number()?,
                ttl_seconds: reader.number()?,
                expires_at: 0,
            }),
            GRANT_UNTIL => Part::Lease(LeaseChange::Grant {
                lease_id: reader.number()?,
                ttl_seconds: reader.number()?,
                expires_at: reader.number()?,
            }),
            REVOKE => Part::Lease(LeaseChange::Revoke {
                lease_id: reader.number()?,
                ttl_seconds: 0,
                expires_at: 0,
            }),
            RENEW => Part::Lease(LeaseChange::Renew {
                lease_id: reader.number()?,
                expires_at: reader.number()?,
            }),
            LEASE_CLOCK => Part::Lease(LeaseChange::Clock {
                millis: reader.number()?,
            }),
            CEILING => Part::Mark(Mark::Ceiling {
                opened_at: reader.number()?,
                ceiling: reader.number()?,
            }),
            CLEAN => Part::Mark(Mark::Clean {
                issued: reader.number()?,
            }),
            _ => return None,
        };
        visit(revision, part)?;
    }
    Some(revision)
}

/// One record as recovery sees it.
pub(crate) struct Record<'a> {
    pub payload: &'a [u8],
    pub path: &'a Path,
    /// Of the record's group, in format 1 of the record.
    pub offset: u64,
    pub sequence: u64,
}

pub(crate) type Visit<'v> = &'v mut dyn FnMut(Record<'_>) -> Result<Revision, StoreError>;

/// A whole entry, as snapshots hold it.
pub(crate) fn encode_entry(entry: &Entry, out: &mut Vec<u8>) {
    let meta = entry.meta();
    put_bytes(out, entry.key());
    put_number(out, meta.create_revision);
    put_number(out, meta.mod_revision);
    put_number(out, meta.version);
    put_number(out, meta.lease_id);
    put_number(out, u64::from(meta.order));
    put_bytes(out, entry.value());
}

pub(crate) fn decode_entry(reader: &mut Reader<'_>) -> Option<Entry> {
    let key = key_of(reader)?;
    let meta = EntryMeta {
        create_revision: reader.number()?,
        mod_revision: reader.number()?,
        version: reader.number()?,
        lease_id: reader.number()?,
        order: reader.number()? as u32,
    };
    check_version(&meta)?;
    Some(Draft::new(key, reader.bytes()?).finish(meta))
}
