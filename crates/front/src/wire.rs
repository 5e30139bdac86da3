//! What passes between the threads and JavaScript, in batches: events one way, commands the other.
//! Numbers are little-endian. Text is Latin-1 with its length before it; headers are names and
//! values by turns, each followed by a zero byte.

use bytes::Bytes;

use crate::blocks::Slot;

pub mod event {
    /// Of a connection that is not read before ADMIT. connection u32, listener u32, ends, inode f64
    pub const ARRIVED: u8 = 1;
    /// Before a connection's first request. connection u32, listener u32, secure u8, ends, verdict
    /// u8, reason text16, count u8, of each certificate: length u32, DER
    pub const OPENED: u8 = 2;
    /// connection u32; of every one that ARRIVED or OPENED
    pub const CLOSED: u8 = 3;
    /// id u32, connection u32, flags u8, method text8, target text32, slot u8 (with NEW_BLOCK:
    /// headers text32), Content-Length f64 (negative: none), body u8 (BODY_WHOLE: length u32,
    /// bytes)
    pub const REQUEST: u8 = 4;
    /// id u32: nobody waits for its response any more
    pub const GONE: u8 = 5;
    /// id u32, bytes u32 that the client's connection has taken
    pub const DRAINED: u8 = 6;
    /// id u32, length u32, bytes: of a body that is streamed or an upgraded connection
    pub const DATA: u8 = 7;
    /// id u32
    pub const DATA_END: u8 = 8;
    /// id u32: the body ended before its end
    pub const DATA_CUT: u8 = 9;
    /// id u32: everything written to an upgraded connection is sent, and its end
    pub const FINISHED: u8 = 10;
    /// listener u32: it and all its connections have ended
    pub const LISTENER_CLOSED: u8 = 11;
    /// id u32, code u8, count f64, bytes f64, message text16: of a source that a response came from
    pub const PIPED: u8 = 12;
    /// id u32: the client takes what comes from a source slowly; said once of a response
    pub const SLOW: u8 = 13;
    /// id u32, of one that is held: its client's connection has all of the response. Where that
    /// took less than 10 ms nobody is woken for it.
    pub const SENT: u8 = 14;
    /// id u32: a source has given what there was at first
    pub const SETTLED: u8 = 15;
}

pub mod request_flag {
    pub const HTTP2: u8 = 1;
    /// The client would rather speak another protocol: UPGRADE or DECLINE says what is done.
    pub const UPGRADE: u8 = 2;
    /// Its headers came before.
    pub const REPEATED: u8 = 4;
    /// It might be read without asking, and has waited for its client until its deadline.
    pub const LATE: u8 = 8;
}

/// Beside the slot's number: the block follows.
pub const NEW_BLOCK: u8 = 0x80;
/// A block that follows and is not kept.
pub const UNKEPT_BLOCK: u8 = 0xff;

pub mod body {
    pub const NONE: u8 = 0;
    pub const WHOLE: u8 = 1;
    /// Taken by itself.
    pub const LARGE: u8 = 2;
    /// Comes as DATA, by CREDIT.
    pub const STREAMED: u8 = 3;
    pub const TOO_LARGE: u8 = 4;
}

pub mod verdict {
    pub const NO_CERTIFICATE: u8 = 0;
    pub const VERIFIED: u8 = 1;
    pub const NOT_VERIFIED: u8 = 2;
    /// The certificate is one of the authorities itself: good while it is valid.
    pub const IS_AUTHORITY: u8 = 3;
}

pub mod command {
    /// id u32, status u16, headers text32, body: length u32, bytes
    pub const SEND: u8 = 1;
    /// id u32, status u16, headers text32
    pub const START: u8 = 2;
    /// id u32, length u32, bytes
    pub const WRITE: u8 = 3;
    /// id u32
    pub const END: u8 = 4;
    /// id u32
    pub const ABORT: u8 = 5;
    /// id u32, bytes u32 that may be read
    pub const CREDIT: u8 = 6;
    /// id u32
    pub const UPGRADE: u8 = 7;
    /// id u32
    pub const DECLINE: u8 = 8;
    /// id u32: DRAINED is wanted as soon as all is taken
    pub const TELL_DRAINED: u8 = 9;
    /// connection u32
    pub const ADMIT: u8 = 10;
    /// connection u32
    pub const CUT: u8 = 11;
    /// id u32, before its response: SENT or GONE says when that is over, SLOW that it takes long
    pub const HOLD: u8 = 12;
    /// id u32, headers text32: as END, with trailers; over HTTP/1.1 they are not sent
    pub const TRAILERS: u8 = 13;
    /// A length that stands for the bytes beside the batch.
    pub const BESIDE: u32 = u32::MAX;
}

#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    pub headers: Bytes,
}

impl Head {
    /// Names and values.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut parts = self.headers.split(|byte| *byte == 0);
        std::iter::from_fn(move || match (parts.next(), parts.next()) {
            (Some(name), Some(value)) if !name.is_empty() => Some((name, value)),
            _ => None,
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Send(u32, Head, Bytes),
    Start(u32, Head),
    Write(u32, Bytes),
    End(u32),
    Abort(u32),
    Credit(u32, usize),
    Upgrade(u32),
    Decline(u32),
    TellDrained(u32),
    Admit(u32),
    Cut(u32),
    Hold(u32),
    Trailers(u32, Head),
}

/// Reads commands of one batch; ends with it, or at what is none.
pub struct Commands {
    rest: Bytes,
    beside: Option<Bytes>,
}

impl Commands {
    pub fn new(batch: Bytes, beside: Option<Bytes>) -> Commands {
        Commands {
            rest: batch,
            beside,
        }
    }

    fn number<const N: usize>(&mut self) -> Option<[u8; N]> {
        let number = self.rest.get(..N)?.try_into().ok()?;
        let _ = self.rest.split_to(N);
        Some(number)
    }

    fn short(&mut self) -> Option<u16> {
        self.number().map(u16::from_le_bytes)
    }

    fn word(&mut self) -> Option<u32> {
        self.number().map(u32::from_le_bytes)
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let length = self.word()?;
        if length == command::BESIDE {
            return self.beside.take();
        }
        let length = length as usize;
        (length <= self.rest.len()).then(|| self.rest.split_to(length))
    }

    /// Headers of no status.
    fn trailers(&mut self) -> Option<Head> {
        Some(Head {
            status: 0,
            headers: self.bytes()?,
        })
    }

    fn head(&mut self) -> Option<Head> {
        Some(Head {
            status: self.short()?,
            headers: self.bytes()?,
        })
    }
}

impl Iterator for Commands {
    type Item = Command;

    fn next(&mut self) -> Option<Command> {
        let [kind] = self.number()?;
        let id = self.word()?;
        Some(match kind {
            command::SEND => Command::Send(id, self.head()?, self.bytes()?),
            command::START => Command::Start(id, self.head()?),
            command::WRITE => Command::Write(id, self.bytes()?),
            command::END => Command::End(id),
            command::ABORT => Command::Abort(id),
            command::CREDIT => Command::Credit(id, self.word()? as usize),
            command::UPGRADE => Command::Upgrade(id),
            command::DECLINE => Command::Decline(id),
            command::TELL_DRAINED => Command::TellDrained(id),
            command::ADMIT => Command::Admit(id),
            command::CUT => Command::Cut(id),
            command::HOLD => Command::Hold(id),
            command::TRAILERS => Command::Trailers(id, self.trailers()?),
            _ => return None,
        })
    }
}

pub fn text8(out: &mut Vec<u8>, text: &[u8]) {
    let text = &text[..text.len().min(usize::from(u8::MAX))];
    out.push(text.len() as u8);
    out.extend_from_slice(text);
}

pub fn text16(out: &mut Vec<u8>, text: &[u8]) {
    let text = &text[..text.len().min(usize::from(u16::MAX))];
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text);
}

pub fn text32(out: &mut Vec<u8>, text: &[u8]) {
    word(out, text.len() as u32);
    out.extend_from_slice(text);
}

pub fn word(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// An event that is no more than its kind and a number.
pub fn plain(out: &mut Vec<u8>, kind: u8, number: u32) {
    out.push(kind);
    word(out, number);
}

/// What of a body is handed over with its request.
pub enum BodyPart<'a> {
    None,
    Whole(&'a [u8]),
    Large,
    Streamed,
    TooLarge,
}

pub struct RequestEvent<'a> {
    pub id: u32,
    pub connection: u32,
    pub flags: u8,
    pub method: &'a [u8],
    pub target: &'a [u8],
    pub slot: Slot,
    pub headers: &'a [u8],
    pub content_length: Option<u64>,
    pub body: BodyPart<'a>,
}

impl RequestEvent<'_> {
    pub fn write(&self, out: &mut Vec<u8>) {
        plain(out, event::REQUEST, self.id);
        word(out, self.connection);
        let repeated = match self.slot {
            Slot::Known(_) => request_flag::REPEATED,
            Slot::New(_) | Slot::Unkept => 0,
        };
        out.push(self.flags | repeated);
        text8(out, self.method);
        text32(out, self.target);
        match self.slot {
            Slot::Known(slot) => out.push(slot),
            Slot::New(slot) => {
                out.push(slot | NEW_BLOCK);
                text32(out, self.headers);
            }
            Slot::Unkept => {
                out.push(UNKEPT_BLOCK);
                text32(out, self.headers);
            }
        }
        let length = self.content_length.map_or(-1.0, |length| length as f64);
        out.extend_from_slice(&length.to_le_bytes());
        match self.body {
            BodyPart::None => out.push(body::NONE),
            BodyPart::Large => out.push(body::LARGE),
            BodyPart::Streamed => out.push(body::STREAMED),
            BodyPart::TooLarge => out.push(body::TOO_LARGE),
            BodyPart::Whole(bytes) => {
                out.push(body::WHOLE);
                text32(out, bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_written_and_no_cut_batch_panics() {
        let mut batch = vec![command::SEND, 7, 0, 0, 0, 200, 0];
        text32(&mut batch, b"a\0b\0c\0d\0");
        text32(&mut batch, b"body");
        batch.extend([command::WRITE, 8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        plain(&mut batch, command::END, 8);
        let batch = Bytes::from(batch);
        let beside = Bytes::from_static(b"beside");
        let read: Vec<Command> = Commands::new(batch.clone(), Some(beside.clone())).collect();
        let head = Head {
            status: 200,
            headers: Bytes::from_static(b"a\0b\0c\0d\0"),
        };
        let pairs: Vec<_> = head.pairs().collect();
        assert_eq!(pairs, [(&b"a"[..], &b"b"[..]), (b"c", b"d")]);
        let body = Bytes::from_static(b"body");
        assert_eq!(read[0], Command::Send(7, head, body));
        assert_eq!(read[1..], [Command::Write(8, beside), Command::End(8)]);
        for length in 0..batch.len() {
            assert!(Commands::new(batch.slice(..length), None).count() < 3);
        }
    }
}
