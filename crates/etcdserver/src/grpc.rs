//! gRPC over a stream of HTTP/2: messages in both directions, and how a call ends.

use std::future::poll_fn;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderValue, Response};
use prost::Message;

use crate::held::Share;
use crate::metrics::{Metrics, add};
use crate::status::{Code, Status};

const HEAD_BYTES: usize = 5;
/// A response of so much is handed to HTTP/2 at once.
const SMALL_BYTES: usize = 4 << 10;
/// Beyond the bound of requests, as etcd gives it.
pub const OVERHEAD_BYTES: usize = 512 << 10;

/// The client is gone.
#[derive(Debug)]
pub struct Gone;

/// Messages of a client, as they come.
pub struct Incoming {
    stream: RecvStream,
    buffer: BytesMut,
    max_bytes: usize,
    ended: bool,
    held: Share,
}

impl Incoming {
    pub fn new(stream: RecvStream, max_request_bytes: usize, held: Share) -> Incoming {
        Incoming {
            stream,
            held,
            buffer: BytesMut::new(),
            max_bytes: max_request_bytes + OVERHEAD_BYTES,
            ended: false,
        }
    }

    /// The next message; None: there are no more. May be given up at any await.
    pub async fn next(&mut self, metrics: &Metrics) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.take()? {
                add(&metrics.received_bytes, message.len());
                return Ok(Some(message));
            }
            if self.ended {
                return match self.buffer.is_empty() {
                    true => Ok(None),
                    false => Err(Status::UNREADABLE),
                };
            }
            match self.stream.data().await {
                None => self.ended = true,
                Some(Err(_)) => return Err(Status::UNREADABLE),
                Some(Ok(data)) => {
                    self.held.check(data.len())?;
                    // Refused: the connection is gone, which the next read tells.
                    let _ = self.stream.flow_control().release_capacity(data.len());
                    if self.buffer.is_empty() {
                        self.buffer = BytesMut::from(data);
                    } else {
                        self.buffer.extend_from_slice(&data);
                    }
                    self.held.set(self.buffer.len());
                }
            }
        }
    }

    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        let Some(head) = self.buffer.get(..HEAD_BYTES) else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if head[0] != 0 {
            let message = "grpc: messages are not decompressed here";
            return Err(Status::new(Code::Unimplemented, message));
        }
        if length > self.max_bytes {
            let message = format!(
                "grpc: received message larger than max ({length} vs. {})",
                self.max_bytes
            );
            return Err(Status::new(Code::ResourceExhausted, message));
        }
        if self.buffer.len() < HEAD_BYTES + length {
            return Ok(None);
        }
        self.buffer.advance(HEAD_BYTES);
        let message = self.buffer.split_to(length).freeze();
        self.held.set(self.buffer.len());
        Ok(Some(message))
    }
}

fn head() -> Response<()> {
    let mut response = Response::new(());
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

fn number(code: Code) -> HeaderValue {
    HeaderValue::from(code as u16)
}

/// As gRPC wants messages in headers: percent-encoded.
fn escaped(message: &str) -> HeaderValue {
    let mut out = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b'%' | 0..=0x1f | 0x7f.. => out.push_str(&format!("%{byte:02X}")),
            _ => out.push(byte as char),
        }
    }
    HeaderValue::try_from(out).unwrap_or(HeaderValue::from_static(""))
}

fn trailers(status: Result<(), &Status>) -> http::HeaderMap {
    let mut trailers = http::HeaderMap::with_capacity(2);
    match status {
        Ok(()) => {
            trailers.insert("grpc-status", number(Code::Ok));
        }
        Err(status) => {
            trailers.insert("grpc-status", number(status.code));
            trailers.insert("grpc-message", escaped(&status.message));
        }
    }
    trailers
}

/// A message with its head.
pub fn framed(write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut out = vec![0; HEAD_BYTES];
    write(&mut out);
    let length = (out.len() - HEAD_BYTES) as u32;
    out[1..HEAD_BYTES].copy_from_slice(&length.to_be_bytes());
    Bytes::from(out)
}

pub fn framed_message(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut out = BytesMut::with_capacity(HEAD_BYTES + length);
    out.put_u8(0);
    out.put_u32(length as u32);
    // There is room.
    let _ = message.encode(&mut out);
    out.freeze()
}

/// The whole answer to a call of one message, which counts as held until the client has taken it.
/// That the client is gone concerns nobody.
pub async fn respond(
    mut respond: SendResponse<Bytes>,
    result: Result<Bytes, Status>,
    metrics: &Metrics,
    mut held: Share,
) {
    match result {
        Ok(message) if message.len() > SMALL_BYTES => {
            held.set(message.len());
            if let Ok(mut outgoing) = Outgoing::begin(respond)
                && outgoing.send(message, metrics).await.is_ok()
            {
                outgoing.end(&Ok(()));
            }
        }
        Ok(message) => {
            add(&metrics.sent_bytes, message.len());
            if let Ok(mut stream) = respond.send_response(head(), false) {
                let _ = stream.send_data(message, false);
                let _ = stream.send_trailers(trailers(Ok(())));
            }
        }
        Err(status) => {
            let mut response = head();
            response.headers_mut().extend(trailers(Err(&status)));
            let _ = respond.send_response(response, true);
        }
    }
}

/// Messages to a client, no faster than it takes them.
pub struct Outgoing(SendStream<Bytes>);

impl Outgoing {
    pub fn begin(mut respond: SendResponse<Bytes>) -> Result<Outgoing, Gone> {
        let stream = respond.send_response(head(), false);
        stream.map(Outgoing).map_err(|_| Gone)
    }

    pub async fn send(&mut self, mut message: Bytes, metrics: &Metrics) -> Result<(), Gone> {
        add(&metrics.sent_bytes, message.len());
        while !message.is_empty() {
            self.0.reserve_capacity(message.len());
            let room = poll_fn(|context| self.0.poll_capacity(context)).await;
            let Some(Ok(room)) = room else {
                return Err(Gone);
            };
            let part = message.split_to(room.min(message.len()));
            if !part.is_empty() {
                self.0.send_data(part, false).map_err(|_| Gone)?;
            }
        }
        Ok(())
    }

    /// Ready when the client has given up.
    pub async fn gone(&mut self) {
        let _ = poll_fn(|context| self.0.poll_reset(context)).await;
    }

    pub fn end(mut self, result: &Result<(), Status>) {
        let _ = self.0.send_trailers(trailers(result.as_ref().copied()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_in_headers_are_percent_encoded() {
        assert_eq!(escaped("etcdserver: 100% \n"), "etcdserver: 100%25 %0A");
    }

    #[test]
    fn a_message_has_its_length_before_it() {
        let bytes = framed(|out| out.extend_from_slice(b"abc"));
        assert_eq!(&bytes[..], b"\0\0\0\0\x03abc");
    }
}
