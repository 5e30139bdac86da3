//! `k8s\0` and runtime.Unknown around an object.

use super::PREFIX;
use super::wire::{Malformed, Reader, ReverseWriter, Wire};

pub struct Envelope<'a> {
    pub api_version: &'a str,
    pub kind: &'a str,
    /// The message itself.
    pub raw: &'a [u8],
}

pub fn read(data: &[u8]) -> Result<Envelope<'_>, Malformed> {
    let mut envelope = Envelope {
        api_version: "",
        kind: "",
        raw: &[],
    };
    let mut reader = Reader::new(data.strip_prefix(PREFIX).ok_or(Malformed)?);
    while !reader.is_done() {
        match reader.field()? {
            (1, Wire::Bytes(type_meta)) => {
                let mut reader = Reader::new(type_meta);
                while !reader.is_done() {
                    match reader.field()? {
                        (1, Wire::Bytes(b)) => envelope.api_version = text(b)?,
                        (2, Wire::Bytes(b)) => envelope.kind = text(b)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(raw)) => envelope.raw = raw,
            _ => {}
        }
    }
    Ok(envelope)
}

fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

/// Closes the envelope around the message that `writer` holds.
pub fn wrap(writer: &mut ReverseWriter, api_version: &str, kind: &str, tail: usize) {
    writer.close(2, tail);
    let mark = writer.len();
    writer.field_bytes(2, kind.as_bytes());
    writer.field_bytes(1, api_version.as_bytes());
    writer.close(1, mark);
    writer.slice(PREFIX);
}

/// What stands after the message: empty contentEncoding and contentType. Returns the mark for
/// `wrap`.
pub fn begin(writer: &mut ReverseWriter) -> usize {
    writer.field_bytes(4, b"");
    writer.field_bytes(3, b"");
    writer.len()
}
