//! Numbers as varints and bytes with their length before them, as they stand in files.

use steersman_grammar::varint;

pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub fn number(&mut self) -> Option<u64> {
        let (value, length) = varint::decode(self.0)?;
        self.0 = self.0.get(length..)?;
        Some(value)
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

pub(crate) fn put_number(out: &mut Vec<u8>, value: u64) {
    let (bytes, length) = varint::encode(value);
    out.extend_from_slice(&bytes[..length]);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
