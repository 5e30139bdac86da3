//! An HTTP/1.1 response.

use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWrite;

use crate::exchange::{Exchange, Op};
use crate::front::Local;
use crate::http1::head::Head;
use crate::http1::{Gone, Writer};
use crate::limits::{GATHER_BYTES, Limits};
use crate::pipe::{PIECE_BYTES, Piece, Source};
use crate::wire;

/// Bodies up to this are sent together with their heads.
const JOINED_BYTES: usize = 32 * 1024;

/// How a response's body ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// There is none to send.
    NoBody,
    /// After the bytes that were declared.
    Length,
    Chunks,
    /// With the connection.
    Connection,
}

impl<S: AsyncWrite + Unpin> Writer<S> {
    /// Sends what JavaScript says; whether another request may follow.
    pub(crate) async fn respond(
        &mut self,
        exchange: &Exchange,
        request: &Head,
        local: &Rc<Local>,
        limits: &Limits,
        keep: bool,
    ) -> Result<bool, Gone> {
        match exchange.op().await {
            Op::Send(head, body) => {
                exchange.is_said();
                let of = Some(exchange);
                let keep = self
                    .whole(&head, body, of, request, local, limits, keep)
                    .await?;
                exchange.is_sent();
                Ok(keep)
            }
            Op::Start(head) => {
                let (ending, keep) = self.head(&head, request, local, None, keep);
                let stall = if ending == Ending::Length {
                    limits.response_stall
                } else {
                    limits.stream_stall
                };
                self.stream(exchange, ending, stall, limits.abort_grace)
                    .await?;
                exchange.is_sent();
                Ok(keep && ending != Ending::Connection)
            }
            Op::Write(_) | Op::Pipe(_) | Op::End | Op::Trailers(_) | Op::Abort => Err(Gone),
        }
    }

    /// Sends a response whose body is there; whether another request may follow.
    #[allow(
        clippy::too_many_arguments,
        reason = "a response, and what it answers to"
    )]
    pub(crate) async fn whole(
        &mut self,
        head: &wire::Head,
        body: Bytes,
        exchange: Option<&Exchange>,
        request: &Head,
        local: &Rc<Local>,
        limits: &Limits,
        keep: bool,
    ) -> Result<bool, Gone> {
        let (ending, keep) = self.head(head, request, local, Some(body.len()), keep);
        let body = if ending == Ending::NoBody {
            Bytes::new()
        } else {
            body
        };
        let (stall, grace) = (limits.response_stall, limits.abort_grace);
        if body.len() <= JOINED_BYTES {
            self.out.extend_from_slice(&body);
            self.send_out(exchange, stall, grace).await?;
            return Ok(keep);
        }
        self.out.extend_from_slice(&body[..JOINED_BYTES]);
        self.send_out(exchange, stall, grace).await?;
        let rest = &body[JOINED_BYTES..];
        self.send_pieces(rest, exchange, stall, grace).await?;
        self.send(exchange, stall, grace).await?;
        Ok(keep)
    }

    /// Sends `out`. JavaScript hears where the client is slow to take what is held.
    async fn send_out(
        &mut self,
        exchange: Option<&Exchange>,
        stall: Duration,
        grace: Duration,
    ) -> Result<(), Gone> {
        let sending = self.send(exchange, stall, grace);
        match exchange {
            Some(held) if held.is_held() => held.sends_piece(sending).await,
            _ => sending.await,
        }
    }

    /// The same of bytes that are not in `out`.
    async fn send_pieces(
        &mut self,
        bytes: &[u8],
        exchange: Option<&Exchange>,
        stall: Duration,
        grace: Duration,
    ) -> Result<(), Gone> {
        match exchange {
            Some(held) if held.is_held() => {
                for piece in bytes.chunks(PIECE_BYTES) {
                    let sending = self.send_bytes(piece, exchange, stall, grace);
                    held.sends_piece(sending).await?;
                }
                Ok(())
            }
            _ => self.send_bytes(bytes, exchange, stall, grace).await,
        }
    }

    async fn stream(
        &mut self,
        exchange: &Exchange,
        ending: Ending,
        stall: Duration,
        grace: Duration,
    ) -> Result<(), Gone> {
        let mut taken = 0;
        let mut next = None;
        loop {
            let op = next.take().or_else(|| exchange.try_op());
            match op {
                Some(Op::Write(bytes)) => {
                    taken += bytes.len();
                    self.put(&bytes, exchange, ending, stall, grace).await?;
                    if self.out.len() < GATHER_BYTES {
                        continue;
                    }
                }
                Some(Op::Pipe(source)) => {
                    next = self.pipe(source, exchange, ending, stall, grace).await?;
                    if next.is_some() {
                        continue;
                    }
                }
                Some(Op::End | Op::Trailers(_)) => {
                    if ending == Ending::Chunks {
                        self.out.extend_from_slice(b"0\r\n\r\n");
                    }
                    return self.send_out(Some(exchange), stall, grace).await;
                }
                Some(Op::Abort | Op::Send(..) | Op::Start(_)) => {
                    // What stands before it has been written by a writer that gives up.
                    let _ = self.send(Some(exchange), grace, grace).await;
                    return Err(Gone);
                }
                None => {}
            }
            self.send_out(Some(exchange), stall, grace).await?;
            exchange.wrote(std::mem::take(&mut taken));
            next = Some(exchange.op().await);
        }
    }

    /// Adds a part of the body to what is sent next; a large one is sent at once.
    async fn put(
        &mut self,
        bytes: &Bytes,
        exchange: &Exchange,
        ending: Ending,
        stall: Duration,
        grace: Duration,
    ) -> Result<(), Gone> {
        if ending == Ending::NoBody || bytes.is_empty() {
            return Ok(());
        }
        let is_chunk = ending == Ending::Chunks;
        if is_chunk {
            let size = format!("{:x}\r\n", bytes.len());
            self.out.extend_from_slice(size.as_bytes());
        }
        if bytes.len() <= JOINED_BYTES {
            self.out.extend_from_slice(bytes);
        } else {
            self.send_out(Some(exchange), stall, grace).await?;
            self.send_pieces(bytes, Some(exchange), stall, grace)
                .await?;
        }
        if is_chunk {
            self.out.extend_from_slice(b"\r\n");
        }
        Ok(())
    }

    /// Sends what a source gives until it is over, or something else is said.
    async fn pipe(
        &mut self,
        mut source: Box<dyn Source>,
        exchange: &Exchange,
        ending: Ending,
        stall: Duration,
        grace: Duration,
    ) -> Result<Option<Op>, Gone> {
        // What was said before may be all for a long time.
        self.send(Some(exchange), stall, grace).await?;
        loop {
            let piece = poll_fn(|context| exchange.poll_piece(&mut *source, context));
            match piece.await {
                Ok(Piece::Bytes(bytes)) => {
                    let sending = async {
                        self.put(&bytes, exchange, ending, stall, grace).await?;
                        self.send(Some(exchange), stall, grace).await
                    };
                    exchange.sends_piece(sending).await?;
                }
                Ok(Piece::Later) => tokio::task::yield_now().await,
                Ok(Piece::Settled) => exchange.settled(),
                Ok(Piece::Over(over)) => {
                    exchange.piped(&over);
                    return Ok(None);
                }
                Err(op) => return Ok(Some(op)),
            }
        }
    }

    fn head(
        &mut self,
        head: &wire::Head,
        request: &Head,
        local: &Rc<Local>,
        length: Option<usize>,
        keep: bool,
    ) -> (Ending, bool) {
        let reason = http::StatusCode::from_u16(head.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Unknown");
        let out = &mut self.out;
        out.extend_from_slice(format!("HTTP/1.1 {} {reason}\r\n", head.status).as_bytes());
        let mut keep = keep;
        let (mut has_date, mut has_length) = (false, false);
        let has_no_body = matches!(head.status, 100..=199 | 204 | 304);
        for (name, value) in head.pairs() {
            match name {
                b"connection" => {
                    keep &= !value.eq_ignore_ascii_case(b"close");
                    continue;
                }
                b"keep-alive" | b"transfer-encoding" => continue,
                b"content-length" => {
                    if length.is_some() {
                        continue;
                    }
                    has_length = true;
                }
                b"date" => has_date = true,
                _ => {}
            }
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        if !has_date {
            local.with_date(|date| {
                out.extend_from_slice(format!("date: {date}\r\n").as_bytes());
            });
        }
        let mut ending = Ending::Length;
        if let Some(length) = length {
            if !has_no_body {
                out.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
            }
        } else if !has_length && !has_no_body {
            if request.is_old {
                ending = Ending::Connection;
            } else {
                ending = Ending::Chunks;
                out.extend_from_slice(b"transfer-encoding: chunked\r\n");
            }
        }
        if has_no_body || request.method == "HEAD" {
            ending = Ending::NoBody;
        }
        let keep = keep && ending != Ending::Connection;
        out.extend_from_slice(if keep {
            b"connection: keep-alive\r\n\r\n".as_slice()
        } else {
            b"connection: close\r\n\r\n"
        });
        (ending, keep)
    }
}
