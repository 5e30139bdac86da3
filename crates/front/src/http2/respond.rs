//! Responses on streams of HTTP/2.

use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use tokio::time::sleep;

use crate::connection::Connection;
use crate::exchange::{Exchange, Op};
use crate::front::Local;
use crate::pipe::{PIECE_BYTES, Piece, Source};
use crate::wire;

/// A header whose value never comes again.
const UNIQUE_HEADER: &[u8] = b"audit-id";

/// How a gRPC call ends of which JavaScript never hears.
pub(super) fn refuse_call(
    response: &mut SendResponse<Bytes>,
    status: &'static str,
    why: &'static str,
) {
    let mut head = Response::new(());
    let headers = head.headers_mut();
    for (name, value) in [
        ("content-type", "application/grpc+proto"),
        ("grpc-status", status),
        ("grpc-message", why),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // The rest of its request is not waited for: the stream is reset when it is dropped.
    let _ = response.send_response(head, true);
}

/// A response without JavaScript.
pub(super) fn refuse(
    response: &mut SendResponse<Bytes>,
    status: StatusCode,
    retry_after: Option<&str>,
) {
    let mut error = Response::new(());
    *error.status_mut() = status;
    if let Some(after) = retry_after.and_then(|after| HeaderValue::from_str(after).ok()) {
        error.headers_mut().insert(http::header::RETRY_AFTER, after);
    }
    // The rest of its body is not waited for: the stream is reset when it is dropped. A reset that
    // is asked for would go in the place of the response.
    let _ = response.send_response(error, true);
}

/// All that HTTP can carry, but for some names.
fn put_headers(headers: &mut HeaderMap, head: &wire::Head, is_left_out: impl Fn(&[u8]) -> bool) {
    for (name, value) in head.pairs() {
        if is_left_out(name) {
            continue;
        }
        let is_unique = name == UNIQUE_HEADER;
        let name = HeaderName::from_bytes(name);
        if let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_bytes(value)) {
            // It is in nobody's way in the tables of compressed headers.
            value.set_sensitive(is_unique);
            headers.append(name, value);
        }
    }
}

pub(super) fn response_of(head: &wire::Head, local: &Local, length: Option<usize>) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() =
        StatusCode::from_u16(head.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    put_headers(headers, head, |name| {
        // Of a connection, which HTTP/2 has other words for.
        let is_of_connection = matches!(
            name,
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade"
        );
        is_of_connection || (name == b"content-length" && length.is_some())
    });
    if !headers.contains_key(http::header::DATE) {
        let date = local.with_date(HeaderValue::from_str);
        if let Ok(date) = date {
            headers.insert(http::header::DATE, date);
        }
    }
    if let Some(length) = length {
        if !matches!(head.status, 204 | 304) {
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    response
}

pub(super) async fn respond(
    connection: &Connection,
    local: &Local,
    exchange: &Exchange,
    mut response: SendResponse<Bytes>,
    is_head: bool,
) {
    let first = poll_fn(|context| {
        if let Poll::Ready(op) = exchange.poll_op(context) {
            return Poll::Ready(Some(op));
        }
        response.poll_reset(context).map(|_| None)
    })
    .await;
    let limits = &connection.listening.limits;
    match first {
        None => connection.count_reset(),
        Some(Op::Send(head, body)) => {
            exchange.is_said();
            let is_bare = is_head || body.is_empty();
            let head = response_of(&head, local, Some(body.len()));
            if let Ok(stream) = response.send_response(head, is_bare) {
                if !is_bare {
                    send_body(connection, stream, body, Some(exchange)).await;
                }
            }
            exchange.is_sent();
        }
        Some(Op::Start(head)) => {
            let has_length = head.pairs().any(|(name, _)| name == b"content-length");
            let stall = if has_length {
                limits.response_stall
            } else {
                limits.stream_stall
            };
            let head = response_of(&head, local, None);
            if let Ok(stream) = response.send_response(head, false) {
                let sender = Sender {
                    connection,
                    stream,
                    stall,
                    grace: limits.abort_grace,
                    exchange: Some(exchange),
                };
                sender.respond(exchange, is_head).await;
            }
        }
        Some(Op::Write(_) | Op::Pipe(_) | Op::End | Op::Trailers(_) | Op::Abort) => {
            exchange.finish();
            response.send_reset(Reason::INTERNAL_ERROR);
        }
    }
}

/// A response that JavaScript was not asked for.
pub(super) async fn send_granted(
    connection: &Rc<Connection>,
    local: &Local,
    mut response: SendResponse<Bytes>,
    (head, body): (wire::Head, Bytes),
) {
    let head = response_of(&head, local, Some(body.len()));
    let Ok(stream) = response.send_response(head, body.is_empty()) else {
        return;
    };
    if !body.is_empty() {
        let _unread = connection.unread(body.len());
        send_body(connection, stream, body, None).await;
    }
}

pub(super) async fn send_body(
    connection: &Connection,
    stream: SendStream<Bytes>,
    body: Bytes,
    exchange: Option<&Exchange>,
) {
    let limits = &connection.listening.limits;
    let mut sender = Sender {
        connection,
        stream,
        stall: limits.response_stall,
        grace: limits.abort_grace,
        exchange,
    };
    if !sender.send(body, true).await {
        sender.stream.send_reset(Reason::CANCEL);
    }
}

/// The client takes nothing more.
struct Gone;

/// What sends a response's body on one stream.
struct Sender<'a> {
    connection: &'a Connection,
    stream: SendStream<Bytes>,
    stall: Duration,
    grace: Duration,
    /// None where JavaScript was not asked.
    exchange: Option<&'a Exchange>,
}

impl Sender<'_> {
    async fn respond(mut self, exchange: &Exchange, is_head: bool) {
        // Said while a source was asked.
        let mut said = None;
        loop {
            let op = match said.take() {
                Some(op) => Some(op),
                None => next_op(exchange, &mut self.stream).await,
            };
            match op {
                None => return,
                Some(Op::Pipe(source)) => match self.pipe(exchange, source).await {
                    Ok(op) => said = op,
                    Err(Gone) => return,
                },
                Some(Op::Write(bytes)) => {
                    let length = bytes.len();
                    if !is_head && length > 0 && !self.send(bytes, false).await {
                        self.stream.send_reset(Reason::CANCEL);
                        return;
                    }
                    exchange.wrote(length);
                }
                Some(Op::End) => {
                    let _ = self.stream.send_data(Bytes::new(), true);
                    exchange.is_sent();
                    return;
                }
                Some(Op::Trailers(head)) => {
                    let mut trailers = HeaderMap::new();
                    put_headers(&mut trailers, &head, |_| false);
                    let _ = self.stream.send_trailers(trailers);
                    exchange.is_sent();
                    return;
                }
                Some(Op::Abort | Op::Send(..) | Op::Start(_)) => {
                    exchange.finish();
                    self.stream.send_reset(Reason::INTERNAL_ERROR);
                    return;
                }
            }
        }
    }

    /// Sends what a source gives until it is over, or something else is said.
    async fn pipe(
        &mut self,
        exchange: &Exchange,
        mut source: Box<dyn Source>,
    ) -> Result<Option<Op>, Gone> {
        loop {
            // That is not made for a client that takes nothing.
            let waits = source.waits_for_room();
            if waits && exchange.sends_piece(self.next_room(1)).await.is_none() {
                self.stream.send_reset(Reason::CANCEL);
                return Err(Gone);
            }
            let piece = poll_fn(|context| {
                if let Poll::Ready(piece) = exchange.poll_piece(&mut *source, context) {
                    return Poll::Ready(Ok(piece));
                }
                self.stream.poll_reset(context).map(|_| Err(Gone))
            });
            match piece.await? {
                Ok(Piece::Bytes(bytes)) => {
                    let sending = self.send_piece(bytes, false);
                    if !exchange.sends_piece(sending).await {
                        self.stream.send_reset(Reason::CANCEL);
                        return Err(Gone);
                    }
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

    /// As `send_piece`; JavaScript hears where the client is slow to take what is held.
    async fn send(&mut self, mut bytes: Bytes, is_last: bool) -> bool {
        let Some(held) = self.exchange.filter(|exchange| exchange.is_held()) else {
            return self.send_piece(bytes, is_last).await;
        };
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
            let sending = self.send_piece(piece, is_last && bytes.is_empty());
            if !held.sends_piece(sending).await {
                return false;
            }
        }
        true
    }

    /// False where the client does not take it in time, has reset the stream, or its writer gives
    /// it up.
    async fn send_piece(&mut self, mut bytes: Bytes, is_last: bool) -> bool {
        while !bytes.is_empty() {
            let Some(room) = self.next_room(bytes.len()).await else {
                return false;
            };
            let part = bytes.split_to(room.min(bytes.len()));
            let ends = is_last && bytes.is_empty();
            self.connection.gave(part.len());
            if !part.is_empty() && self.stream.send_data(part, ends).is_err() {
                return false;
            }
        }
        true
    }

    /// What the client takes at once of so many bytes, as soon as it takes any. None where it does
    /// not in time, has reset the stream, or its writer gives it up.
    async fn next_room(&mut self, bytes: usize) -> Option<usize> {
        self.stream.reserve_capacity(bytes);
        let room = self.room();
        if room > 0 {
            return Some(room);
        }
        let given_up = async {
            match self.exchange {
                Some(exchange) => exchange.aborting().await,
                None => pending().await,
            }
            sleep(self.grace).await;
        };
        let (connection, stream) = (self.connection, &mut self.stream);
        let capacity = async {
            let is_reset = tokio::select! {
                biased;
                _ = poll_fn(|context| stream.poll_reset(context)) => true,
                () = connection.flushed() => false,
            };
            if is_reset {
                return None;
            }
            // It is told of once: this may have been while there was no other room.
            match stream.capacity() {
                0 => poll_fn(|context| poll_capacity(stream, context)).await,
                room => Some(room),
            }
        };
        tokio::select! {
            biased;
            room = capacity => room.map(|room| room.min(connection.flush_room())),
            () = given_up => None,
            () = sleep(self.stall) => None,
        }
    }

    /// What the client and its connection take at once.
    fn room(&self) -> usize {
        self.stream.capacity().min(self.connection.flush_room())
    }
}

/// None where the client has reset the stream.
async fn next_op(exchange: &Exchange, stream: &mut SendStream<Bytes>) -> Option<Op> {
    poll_fn(|context| {
        if let Poll::Ready(op) = exchange.poll_op(context) {
            return Poll::Ready(Some(op));
        }
        stream.poll_reset(context).map(|_| None)
    })
    .await
}

fn poll_capacity(stream: &mut SendStream<Bytes>, context: &mut Context<'_>) -> Poll<Option<usize>> {
    loop {
        match stream.poll_capacity(context) {
            Poll::Ready(Some(Ok(0))) => {}
            Poll::Ready(Some(Ok(room))) => return Poll::Ready(Some(room)),
            Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(None),
            Poll::Pending => break,
        }
    }
    stream.poll_reset(context).map(|_| None)
}
