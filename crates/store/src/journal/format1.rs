//! Reading log segments of format 1, so that a directory of it can be taken over. Nothing is
//! written in it.
//!
//! Its records stand one after the other, each with a checksum without a salt, and name the first
//! record of their group. A torn last group was told from damage by whether a later record can be
//! found whose group began after it; that search looks into values, so that it can be misled, and
//! damage to the last group cannot be told from a torn write.

use std::path::Path;

use crate::Revision;
use crate::error::StoreError;
use crate::journal::layout::{damaged, u32_at, u64_at};
use crate::journal::record::Record;

const MAGIC: &[u8; 8] = b"stmnlog\n";
/// Magic, version, reserved, first sequence, checksum.
const HEADER_BYTES: usize = 28;
const RECORD_MAGIC: &[u8; 4] = b"\xa7Rc\x1e";
/// Magic, payload length, checksum of what follows and the length, sequence, the group's first.
const RECORD_HEADER_BYTES: usize = 28;

pub(crate) struct Segment<'a> {
    pub path: &'a Path,
    pub bytes: &'a [u8],
    /// The first record's sequence.
    pub sequence: u64,
    /// No later segment was begun.
    pub last: bool,
}

pub(crate) struct Read {
    pub sequence: u64,
    pub records: u64,
    pub revision: Revision,
    /// Where the records end.
    pub end: u64,
    /// What follows is a torn write, not room made ahead.
    pub torn: bool,
}

impl Segment<'_> {
    /// Whether the segment's making was cut off before its first record.
    pub fn unmade(&self) -> bool {
        self.last
            && self.check_head().is_err()
            && memchr::memmem::find(self.bytes, RECORD_MAGIC).is_none()
    }

    fn check_head(&self) -> Result<(), StoreError> {
        let damaged = || damaged(self.path, 0, "the segment's head is damaged");
        let head = self.bytes.get(..HEADER_BYTES).ok_or_else(damaged)?;
        if !head.starts_with(MAGIC)
            || crc32c::crc32c(&head[..24]) != u32_at(head, 24)
            || u64_at(head, 16) != self.sequence
        {
            return Err(damaged());
        }
        Ok(())
    }

    pub fn read(
        &self,
        visit: &mut dyn FnMut(Record<'_>) -> Result<Revision, StoreError>,
    ) -> Result<Read, StoreError> {
        self.check_head()?;
        let mut read = Read {
            sequence: self.sequence,
            records: 0,
            revision: 0,
            end: HEADER_BYTES as u64,
            torn: false,
        };
        let mut offset = HEADER_BYTES;
        while offset < self.bytes.len() {
            let Some(record) = RawRecord::read(&self.bytes[offset..], read.sequence) else {
                if self.bytes[offset..].iter().all(|byte| *byte == 0) {
                    // Room made ahead. Records lost before a further segment show by its number.
                    break;
                }
                if !self.last || later_group(&self.bytes[offset..], read.sequence) {
                    let message = format!("record {} is damaged", read.sequence);
                    return Err(damaged(self.path, offset as u64, &message));
                }
                read.torn = true;
                break;
            };
            let seen = Record {
                payload: record.payload,
                path: self.path,
                offset: offset as u64,
                sequence: read.sequence,
            };
            read.revision = visit(seen)?.max(read.revision);
            offset += RECORD_HEADER_BYTES + record.payload.len();
            read.sequence += 1;
            read.records += 1;
            read.end = offset as u64;
        }
        Ok(read)
    }
}

struct RawRecord<'a> {
    payload: &'a [u8],
}

impl<'a> RawRecord<'a> {
    /// None when the bytes do not begin with a whole, right record with this sequence.
    fn read(bytes: &'a [u8], sequence: u64) -> Option<RawRecord<'a>> {
        let header = bytes.get(..RECORD_HEADER_BYTES)?;
        if &header[..4] != RECORD_MAGIC || u64_at(header, 12) != sequence {
            return None;
        }
        let length = u32_at(header, 4);
        let end = RECORD_HEADER_BYTES.checked_add(length as usize)?;
        let payload = bytes.get(RECORD_HEADER_BYTES..end)?;
        let rest = &bytes[12..end];
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&length.to_le_bytes()), rest);
        (checksum == u32_at(header, 8)).then_some(RawRecord { payload })
    }
}

/// Whether a whole record follows whose group began after this sequence. Linear: the checksum of
/// any range comes from those of the bytes before its ends.
fn later_group(bytes: &[u8], sequence: u64) -> bool {
    let prefixes = Prefixes::of(bytes);
    memchr::memmem::find_iter(bytes, RECORD_MAGIC).any(|at| {
        let Some(header) = bytes.get(at..at + RECORD_HEADER_BYTES) else {
            return false;
        };
        let length = u32_at(header, 4);
        let end = at + RECORD_HEADER_BYTES + length as usize;
        if u64_at(header, 20) <= sequence || end > bytes.len() {
            return false;
        }
        let head = crc32c::crc32c(&length.to_le_bytes());
        let rest = prefixes.range(bytes, at + 12, end);
        prefixes.shifted(head, end - at - 12) ^ rest == u32_at(header, 8)
    })
}

const STEP: usize = 256;
/// The polynomial of crc32c, lowest bit first.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// What a checksum becomes when bytes follow: a linear map, by the columns of its matrix.
type Shift = [u32; 32];

fn apply(shift: &Shift, checksum: u32) -> u32 {
    let mut sum = 0;
    let mut rest = checksum;
    while rest != 0 {
        sum ^= shift[rest.trailing_zeros() as usize];
        rest &= rest - 1;
    }
    sum
}

fn twice(shift: &Shift) -> Shift {
    shift.map(|column| apply(shift, column))
}

/// Checksums of the first 0, 256, 512, … bytes.
struct Prefixes {
    sums: Vec<u32>,
    /// By 1, 2, 4, … zero bytes.
    shifts: Vec<Shift>,
}

impl Prefixes {
    fn of(bytes: &[u8]) -> Prefixes {
        let mut sums = vec![0];
        let mut sum = 0;
        for chunk in bytes.chunks_exact(STEP) {
            sum = crc32c::crc32c_append(sum, chunk);
            sums.push(sum);
        }
        // By one zero bit.
        let mut shift: Shift = std::array::from_fn(|bit| match bit {
            0 => POLYNOMIAL,
            _ => 1 << (bit - 1),
        });
        for _ in 0..3 {
            shift = twice(&shift);
        }
        let mut shifts = vec![shift];
        while bytes.len() >> shifts.len() > 0 {
            shift = twice(&shift);
            shifts.push(shift);
        }
        Prefixes { sums, shifts }
    }

    fn until(&self, bytes: &[u8], end: usize) -> u32 {
        let step = end / STEP;
        crc32c::crc32c_append(self.sums[step], &bytes[step * STEP..end])
    }

    fn shifted(&self, checksum: u32, length: usize) -> u32 {
        let mut sum = checksum;
        for (at, shift) in self.shifts.iter().enumerate() {
            if length >> at & 1 == 1 {
                sum = apply(shift, sum);
            }
        }
        sum
    }

    fn range(&self, bytes: &[u8], begin: usize, end: usize) -> u32 {
        self.shifted(self.until(bytes, begin), end - begin) ^ self.until(bytes, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_any_range_comes_from_those_of_prefixes() {
        let bytes: Vec<u8> = (0..3000u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let prefixes = Prefixes::of(&bytes);
        for (begin, end) in [
            (0, 0),
            (0, 3000),
            (5, 256),
            (255, 257),
            (1000, 2999),
            (512, 768),
        ] {
            let expected = crc32c::crc32c(&bytes[begin..end]);
            assert_eq!(prefixes.range(&bytes, begin, end), expected);
        }
    }
}
