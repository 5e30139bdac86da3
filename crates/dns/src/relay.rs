//! Messages of other servers: what is asked of them, whether a response is one, and how it is given
//! to a client, at once or later.

use crate::name::{Name, skip};
use crate::query::{CLASS_IN, HEADER, MAX_PAYLOAD, Query, Transport, rcode, record, word};
use crate::writer::{add_opt, fail, mark_cut};
use hickory_proto::op::Message;

const RECURSION_DESIRED: u8 = 0x01;
const TRUNCATED: u8 = 0x02;
const RESPONSE: u8 = 0x80;
const CHECKING_DISABLED: u8 = 0x10;
/// Seconds that anything is kept at most, as kubeadm has it.
const MAX_TTL: u32 = 30;
/// Seconds that a failure is kept (RFC 9520).
const FAILURE_TTL: u32 = 5;
/// Records of a response beyond which it is not looked at: more do not fit in a message of 64 KiB
/// that says anything.
const MAX_RECORDS: usize = 8192;

/// A question as other servers are asked it; equal ones have one response.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Question {
    /// The name folded to lower case, the type, and what else makes responses differ.
    key: Box<[u8]>,
}

impl Question {
    /// What a client asks.
    pub fn of(query: &Query<'_>) -> Question {
        let dnssec = query.edns.is_some_and(|edns| edns.wants_dnssec);
        Question::new(
            query.name.wire(),
            query.qtype,
            [
                u8::from(query.edns.is_some()),
                u8::from(dnssec),
                u8::from(query.checking_disabled),
                u8::from(query.transport == Transport::Tcp),
                u8::from(query.recursion_desired),
            ],
        )
    }

    /// The addresses of a name that a client's question led to.
    pub fn of_target(target: &Name, query: &Query<'_>) -> Question {
        let is_tcp = u8::from(query.transport == Transport::Tcp);
        Question::new(target.wire(), query.qtype, [1, 0, 0, is_tcp, 1])
    }

    /// A question of this server's own: a name in wire form.
    pub fn of_name(name: &[u8], qtype: u16) -> Question {
        Question::new(name, qtype, [0, 0, 0, 0, 1])
    }

    fn new(name: &[u8], qtype: u16, flags: [u8; 5]) -> Question {
        let mut key = Vec::with_capacity(name.len() + 7);
        key.extend_from_slice(name);
        key.extend_from_slice(&qtype.to_be_bytes());
        key.extend_from_slice(&flags);
        Question { key: key.into() }
    }

    pub fn is_tcp(&self) -> bool {
        self.flags()[3] != 0
    }

    fn flags(&self) -> &[u8] {
        &self.key[self.key.len() - 5..]
    }

    /// Name and type, without the flags.
    fn subject(&self) -> &[u8] {
        &self.key[..self.key.len() - 5]
    }

    pub fn size(&self) -> usize {
        self.key.len()
    }

    /// The message that another server is sent. Options of the client's are between the two of us,
    /// so they stay here.
    pub fn message(&self, id: u16) -> Vec<u8> {
        let [edns, dnssec, checking_disabled, _, desired] = *self.flags() else {
            return Vec::new();
        };
        let mut message = Vec::with_capacity(self.key.len() + HEADER + 16);
        message.extend_from_slice(&id.to_be_bytes());
        message.push(if desired != 0 { RECURSION_DESIRED } else { 0 });
        message.push(if checking_disabled != 0 {
            CHECKING_DISABLED
        } else {
            0
        });
        message.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, edns]);
        message.extend_from_slice(self.subject());
        message.extend_from_slice(&CLASS_IN.to_be_bytes());
        if edns != 0 {
            message.push(0);
            message.extend_from_slice(&record::OPT.to_be_bytes());
            message.extend_from_slice(&(MAX_PAYLOAD as u16).to_be_bytes());
            message.extend_from_slice(&[0, 0, dnssec << 7, 0, 0, 0]);
        }
        message
    }

    /// Reads a message that may be the response. None for any other, and for what is malformed.
    pub fn response(&self, id: u16, message: Vec<u8>) -> Option<Response> {
        let flags = *message.get(2)?;
        let opcode = flags & 0x78;
        if word(&message, 0)? != id || flags & RESPONSE == 0 || opcode != 0 {
            return None;
        }
        if word(&message, 4)? != 1 {
            return None;
        }
        let (name, length) = Name::read(message.get(HEADER..)?)?;
        let end = HEADER + length + 4;
        let asked = self.subject();
        let (wire, kind) = asked.split_at(asked.len() - 2);
        let question = message.get(HEADER + length..end)?;
        if name.wire() != wire || question[..2] != *kind || question[2..] != [0, 1] {
            return None;
        }
        Response::read(message, end)
    }
}

/// A well-formed response of another server.
#[derive(Clone, Debug)]
pub struct Response {
    message: Box<[u8]>,
    /// Where the TTLs stand.
    ttls: Box<[u16]>,
    has_opt: bool,
    /// Seconds that it may be kept; 0 for not at all.
    lifetime: u32,
}

impl Response {
    fn read(mut message: Vec<u8>, mut at: usize) -> Option<Response> {
        let counts = [6, 8, 10].map(|at| word(&message, at).map_or(0, usize::from));
        let total: usize = counts.iter().sum();
        if total > MAX_RECORDS {
            return None;
        }
        let code = message[3] & 0xf;
        let mut ttls = Vec::new();
        let (mut least, mut negative, mut has_opt) = (u32::MAX, None, false);
        for index in 0..total {
            let fields = skip(&message, at)?;
            let kind = word(&message, fields)?;
            let ttl = u32::from_be_bytes(*message.get(fields + 4..)?.first_chunk()?);
            let end = fields + 10 + usize::from(word(&message, fields + 8)?);
            if end > message.len() || !has_whole_names(&message[..end], kind, fields + 10) {
                return None;
            }
            if kind == record::OPT {
                has_opt = true;
            } else {
                let ttl = ttl_of(ttl);
                least = least.min(ttl);
                ttls.push(u16::try_from(fields + 4).ok()?);
                let is_authority = (counts[0]..counts[0] + counts[1]).contains(&index);
                if kind == record::SOA && is_authority {
                    let minimum = message.get(..end)?.last_chunk().copied();
                    negative = Some(ttl.min(u32::from_be_bytes(minimum?)));
                }
            }
            at = end;
        }
        // What stands after the records is no part of it.
        message.truncate(at);
        let is_whole = message[2] & TRUNCATED == 0;
        let lifetime = match code {
            _ if !is_whole => 0,
            rcode::NO_ERROR if counts[0] > 0 => least.min(MAX_TTL),
            rcode::NO_ERROR | rcode::NAME_ERROR => negative.unwrap_or(0).min(MAX_TTL),
            rcode::SERVER_FAILURE => FAILURE_TTL,
            _ => 0,
        };
        Some(Response {
            message: message.into(),
            ttls: ttls.into(),
            has_opt,
            lifetime,
        })
    }

    pub fn code(&self) -> u8 {
        self.message[3] & 0xf
    }

    pub fn is_truncated(&self) -> bool {
        self.message[2] & TRUNCATED != 0
    }

    /// Seconds that it may be kept; 0 for not at all.
    pub fn lifetime(&self) -> u32 {
        self.lifetime
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.message.len() + self.ttls.len() * 2
    }

    /// Gives it to a client that asked the same, some seconds after it came; its code.
    pub fn give(&self, query: &Query<'_>, age: u32, out: &mut Vec<u8>) -> u8 {
        out.clear();
        out.extend_from_slice(&self.message);
        out[..2].copy_from_slice(&query.id.to_be_bytes());
        let desired = u8::from(query.recursion_desired);
        out[2] = (out[2] & !RECURSION_DESIRED) | desired;
        out[HEADER..HEADER + query.question.len()].copy_from_slice(query.question);
        for at in self.ttls.iter().map(|at| usize::from(*at)) {
            let field = &mut out[at..at + 4];
            let mut ttl = [0; 4];
            ttl.copy_from_slice(field);
            let left = ttl_of(u32::from_be_bytes(ttl));
            // What is asked for again when it is gone here is not kept for longer there.
            let left = if self.lifetime == 0 {
                left
            } else {
                left.min(MAX_TTL)
            };
            field.copy_from_slice(&left.saturating_sub(age).to_be_bytes());
        }
        if !self.has_opt {
            // The client speaks EDNS with this server, whatever the other one speaks (RFC 6891).
            add_opt(out, query);
        }
        if out.len() > query.limit() {
            mark_cut(out, query);
        }
        self.code()
    }

    /// The response to a question whose name led to this one's: its CNAME records, which are
    /// written already, and then this one's answers. Its code.
    pub fn give_after(&self, query: &Query<'_>, age: u32, begun: &[u8], out: &mut Vec<u8>) -> u8 {
        if !matches!(self.code(), rcode::NO_ERROR | rcode::NAME_ERROR) {
            fail(out, query, rcode::SERVER_FAILURE);
            return rcode::SERVER_FAILURE;
        }
        let (Ok(mut whole), Ok(more)) =
            (Message::from_vec(begun), Message::from_vec(&self.message))
        else {
            fail(out, query, rcode::SERVER_FAILURE);
            return rcode::SERVER_FAILURE;
        };
        for mut answer in more.answers().to_vec() {
            answer.set_ttl(ttl_of(answer.ttl()).min(MAX_TTL).saturating_sub(age));
            whole.add_answer(answer);
        }
        whole.set_truncated(self.is_truncated());
        match whole.to_vec() {
            Ok(bytes) => {
                *out = bytes;
                // The library writes names folded; the client's own question stands as it came.
                out[HEADER..HEADER + query.question.len()].copy_from_slice(query.question);
                if out.len() > query.limit() {
                    mark_cut(out, query);
                }
                rcode::NO_ERROR
            }
            Err(_) => {
                fail(out, query, rcode::SERVER_FAILURE);
                rcode::SERVER_FAILURE
            }
        }
    }
}

/// From 2³¹ on a TTL counts as 0 (RFC 2181).
fn ttl_of(field: u32) -> u32 {
    if field > i32::MAX as u32 { 0 } else { field }
}

/// Whether the names in a record's data can be read, where its type has names that may be
/// compressed: a client that follows them must come to an end. The message ends with the data.
fn has_whole_names(message: &[u8], kind: u16, at: usize) -> bool {
    // Of the types of RFC 1035, and RP, AFSDB, RT, SRV and DNAME: bytes before the first name, how
    // many names, and bytes after the last.
    let (before, names, after) = match kind {
        2..=5 | 7..=9 | 12 | 39 => (0, 1, 0),
        6 => (0, 2, 20),
        14 | 17 => (0, 2, 0),
        15 | 18 | 21 => (2, 1, 0),
        33 => (6, 1, 0),
        _ => return true,
    };
    let end = (0..names).try_fold(at + before, |at, _| skip(message, at));
    end.is_some_and(|end| end + after == message.len())
}
