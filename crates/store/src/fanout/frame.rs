//! Events as they stand on the wire: a short head, the shared bytes of the object, a short tail.

use bytes::Bytes;
use steersman_grammar::varint;

use crate::state::change::EventKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// `{"type":…,"object":…}` and a newline.
    Json,
    /// A 4-byte big-endian length and a meta.v1.WatchEvent whose object.raw is the encoded
    /// object.
    Protobuf,
    /// Field 1 of steersman.v1's watch batch, length-delimited, with type = 1 and object = 2.
    Message,
}

const HEAD_BYTES: usize = 40;

#[derive(Debug, Clone)]
pub struct Frame {
    head: [u8; HEAD_BYTES],
    head_bytes: u8,
    body: Bytes,
    tail: &'static [u8],
}

impl Frame {
    pub fn event(framing: Framing, kind: EventKind, body: Bytes) -> Frame {
        Frame::new(framing, kind.name(), body)
    }

    pub fn bookmark(framing: Framing, body: Bytes) -> Frame {
        Frame::new(framing, "BOOKMARK", body)
    }

    fn new(framing: Framing, name: &str, body: Bytes) -> Frame {
        let mut head = Head {
            bytes: [0; HEAD_BYTES],
            len: 0,
        };
        let tail: &'static [u8] = match framing {
            Framing::Json => {
                head.push(b"{\"type\":\"");
                head.push(name.as_bytes());
                head.push(b"\",\"object\":");
                b"}\n"
            }
            Framing::Protobuf => {
                let raw = 1 + varint_bytes(body.len()) + body.len();
                let event = 2 + name.len() + 1 + varint_bytes(raw) + raw;
                head.push(&(event as u32).to_be_bytes());
                head.event_type(name);
                head.push(&[0x12]);
                head.varint(raw);
                head.push(&[0x0a]);
                head.varint(body.len());
                b""
            }
            Framing::Message => {
                let event = 2 + name.len() + 1 + varint_bytes(body.len()) + body.len();
                head.push(&[0x0a]);
                head.varint(event);
                head.event_type(name);
                head.push(&[0x12]);
                head.varint(body.len());
                b""
            }
        };
        Frame {
            head: head.bytes,
            head_bytes: head.len as u8,
            body,
            tail,
        }
    }

    pub fn len(&self) -> usize {
        usize::from(self.head_bytes) + self.body.len() + self.tail.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the frame to the front of the target, which must be at least `len()` long.
    pub fn write_to<'t>(&self, target: &'t mut [u8]) -> &'t mut [u8] {
        let mut rest = target;
        for part in [
            &self.head[..usize::from(self.head_bytes)],
            &self.body,
            self.tail,
        ] {
            let (place, after) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = after;
        }
        rest
    }

    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len()];
        self.write_to(&mut bytes);
        bytes
    }
}

fn varint_bytes(value: usize) -> usize {
    varint::length(value as u64)
}

struct Head {
    bytes: [u8; HEAD_BYTES],
    len: usize,
}

impl Head {
    fn push(&mut self, part: &[u8]) {
        self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }

    fn event_type(&mut self, name: &str) {
        self.push(&[0x0a, name.len() as u8]);
        self.push(name.as_bytes());
    }

    fn varint(&mut self, value: usize) {
        let (bytes, length) = varint::encode(value as u64);
        self.push(&bytes[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_line() {
        let frame = Frame::event(
            Framing::Json,
            EventKind::Modified,
            Bytes::from_static(b"{}"),
        );
        assert_eq!(frame.to_vec(), b"{\"type\":\"MODIFIED\",\"object\":{}}\n");
        assert_eq!(frame.len(), frame.to_vec().len());
    }

    #[test]
    fn protobuf_lengths_add_up() {
        for size in [0usize, 1, 127, 128, 16_383, 16_384, 300_000] {
            let body = Bytes::from(vec![7; size]);
            let bytes = Frame::event(Framing::Protobuf, EventKind::Added, body.clone()).to_vec();
            let stated = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
            assert_eq!(stated, bytes.len() - 4);
            assert_eq!(&bytes[4..11], b"\x0a\x05ADDED");
            let bytes = Frame::bookmark(Framing::Message, body).to_vec();
            assert_eq!(bytes[0], 0x0a);
            assert_eq!(
                bytes.len(),
                1 + varint_bytes(size + 11 + varint_bytes(size)) + size + 11 + varint_bytes(size)
            );
        }
    }
}
