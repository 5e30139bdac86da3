//! HTTP/2: one task for the connection, one for each stream.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::budget::Share;
use crate::connection::{Connection, Unread};
use crate::exchange::{Exchange, Op};
use crate::front::Local;
use crate::io::Gathered;
use crate::limits::{CONNECTION_WINDOW, LARGE_BODY_BYTES, Limits, STREAM_WINDOW};
use crate::pipe::{PIECE_BYTES, Piece, Source};
use crate::wire::{self, BodyPart, RequestEvent, event, request_flag};

/// What is still sent of a connection that ends.
const LAST: Duration = Duration::from_secs(1);
/// One stream's bytes in the hands of the protocol.
const SEND_BUFFER: usize = 256 * 1024;

/// A header whose value never comes again.
const UNIQUE_HEADER: &[u8] = b"audit-id";

type Accepted = Option<Result<(Request<RecvStream>, SendResponse<Bytes>), h2::Error>>;

/// What moves a connection.
enum Turn {
    Accepted,
    Changed,
    Idle,
    Stalled,
}

pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    connection: &Rc<Connection>,
    local: &Rc<Local>,
    stream: S,
) {
    let limits = &connection.listening.limits;
    let io = Gathered::new(stream);
    let mut handshake = h2::server::Builder::new()
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(limits.resets as usize)
        .max_send_buffer_size(SEND_BUFFER)
        .handshake::<_, Bytes>(io.clone());
    let shaking = poll_fn(|context| {
        let done = Pin::new(&mut handshake).poll(context);
        match io.poll_send(context) {
            Poll::Ready(Err(_)) => Poll::Ready(None),
            _ => done.map(Result::ok),
        }
    });
    let Ok(Some(mut session)) = timeout(limits.head, shaking).await else {
        return;
    };
    let mut is_graceful = false;
    let mut idle_since = Instant::now();
    // Since when the client has taken nothing, and what it had taken then.
    let mut stalled: Option<(Instant, u64)> = None;
    loop {
        if connection.is_hostile() {
            session.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
        } else if connection.is_ending() && !is_graceful {
            is_graceful = true;
            session.graceful_shutdown();
        }
        let is_idle = connection.running.get() == 0;
        if !is_idle {
            idle_since = Instant::now();
        }
        let stall_at = stalled.map(|(since, _)| since + limits.stream_stall);
        let mut accepted: Accepted = None;
        let turn = tokio::select! {
            biased;
            turn = poll_fn(|context| {
                let polled = session.poll_accept(context);
                let sent = io.poll_send(context);
                if !io.is_full() {
                    connection.has_flushed();
                }
                match sent {
                    Poll::Ready(Err(_)) => return Poll::Ready(Turn::Accepted),
                    Poll::Ready(Ok(())) => stalled = None,
                    Poll::Pending => {
                        let total = io.total();
                        if stalled.is_none_or(|(_, before)| before != total) {
                            stalled = Some((Instant::now(), total));
                        }
                    }
                }
                polled.map(|polled| {
                    accepted = polled;
                    Turn::Accepted
                })
            }) => turn,
            () = connection.changed() => Turn::Changed,
            () = sleep_until(idle_since + limits.idle), if is_idle => Turn::Idle,
            () = sleep_until(stall_at.unwrap_or_else(Instant::now)), if stall_at.is_some() => {
                Turn::Stalled
            }
        };
        match turn {
            Turn::Accepted => {
                let Some(Ok((request, mut response))) = accepted else {
                    break;
                };
                idle_since = Instant::now();
                if local.takes_chance(limits.goaway_chance) {
                    connection.end();
                }
                let (parts, body) = request.into_parts();
                let block = block_of(&parts);
                let mut granted =
                    read_granted(connection, local, &parts, &body, &block, &mut response);
                if matches!(granted, Granted::Sent) {
                    continue;
                }
                let guard = Running::begin(connection);
                let (connection, local) = (connection.clone(), local.clone());
                tokio::task::spawn_local(async move {
                    let late = Instant::now() + connection.listening.limits.wait;
                    let mut flags = request_flag::HTTP2;
                    while matches!(granted, Granted::Later) {
                        let head = &mut response;
                        granted = match room_before_reset(&connection, head, late).await {
                            Wait::Reset => return,
                            Wait::Over => {
                                read_granted(&connection, &local, &parts, &body, &block, head)
                            }
                            Wait::Late => {
                                flags |= request_flag::LATE;
                                Granted::No
                            }
                        };
                    }
                    match granted {
                        Granted::Sent | Granted::Later => {}
                        Granted::Waits(stream, bytes, unread) => {
                            send_body(&connection, stream, bytes, None).await;
                            drop(unread);
                        }
                        Granted::No => {
                            let head = (parts, block, flags);
                            serve_stream(&connection, &local, head, body, response).await;
                        }
                    }
                    drop(guard);
                });
            }
            Turn::Changed => {}
            Turn::Idle if is_graceful => break,
            Turn::Idle => {
                is_graceful = true;
                idle_since = Instant::now();
                session.graceful_shutdown();
            }
            Turn::Stalled => {
                let moved = stalled.is_some_and(|(_, before)| before != io.total());
                if !moved {
                    return;
                }
                stalled = None;
            }
        }
    }
    // The reason why it ends, where there is one.
    let mut io = io;
    let _ = timeout(LAST, io.shutdown()).await;
}

/// One of a connection's requests.
struct Running(Rc<Connection>);

impl Running {
    fn begin(connection: &Rc<Connection>) -> Running {
        connection.running.set(connection.running.get() + 1);
        Running(connection.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let running = self.0.running.get() - 1;
        self.0.running.set(running);
        if running == 0 {
            self.0.touch();
        }
    }
}

/// What became of a request that may be granted.
enum Granted {
    No,
    Sent,
    /// The client has not taken enough of earlier ones.
    Later,
    /// The client has no room for the body yet.
    Waits(SendStream<Bytes>, Bytes, Unread),
}

/// Responds at once where nobody has to be asked and the client has room for it.
fn read_granted(
    connection: &Rc<Connection>,
    local: &Local,
    parts: &http::request::Parts,
    body: &RecvStream,
    block: &[u8],
    response: &mut SendResponse<Bytes>,
) -> Granted {
    if parts.method != Method::GET || !body.is_end_stream() {
        return Granted::No;
    }
    let target = target_of(parts);
    if connection.waits_for_room(block, target) {
        return Granted::Later;
    }
    let Some((head, bytes)) = connection.read(block, target) else {
        return Granted::No;
    };
    let head = response_of(&head, local, Some(bytes.len()));
    let Ok(mut stream) = response.send_response(head, bytes.is_empty()) else {
        return Granted::Sent;
    };
    if bytes.is_empty() {
        return Granted::Sent;
    }
    stream.reserve_capacity(bytes.len());
    if stream.capacity().min(connection.flush_room()) < bytes.len() {
        let unread = connection.unread(bytes.len());
        return Granted::Waits(stream, bytes, unread);
    }
    connection.gave(bytes.len());
    // The stream is gone where it fails.
    let _ = stream.send_data(bytes, true);
    Granted::Sent
}

/// How a wait for a client ends.
enum Wait {
    /// It has taken enough of earlier responses.
    Over,
    /// It has reset this request's stream.
    Reset,
    Late,
}

async fn room_before_reset(
    connection: &Connection,
    response: &mut SendResponse<Bytes>,
    late: Instant,
) -> Wait {
    tokio::select! {
        biased;
        _ = poll_fn(|context| response.poll_reset(context)) => {
            connection.count_reset();
            Wait::Reset
        }
        () = connection.room() => Wait::Over,
        () = sleep_until(late) => Wait::Late,
    }
}

fn target_of(parts: &http::request::Parts) -> &str {
    parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str())
}

/// Why a stream's body is not handed over.
enum BodyFault {
    /// The client has reset the stream, or is gone.
    Gone,
    TooLong,
    NoRoom,
}

async fn serve_stream(
    connection: &Rc<Connection>,
    local: &Rc<Local>,
    (parts, block, flags): (http::request::Parts, Vec<u8>, u8),
    mut body: RecvStream,
    mut response: SendResponse<Bytes>,
) {
    if parts.method == Method::CONNECT {
        refuse(&mut response, StatusCode::METHOD_NOT_ALLOWED, None);
        return;
    }
    let target = target_of(&parts);
    let listening = &connection.listening;
    let limits = &listening.limits;
    let length = parts
        .headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let mut is_streamed = false;
    let mut share = Share::none(&local.budget);
    let mut whole = Bytes::new();
    let mut part = BodyPart::None;
    if !body.is_end_stream() {
        if listening.streams_body(target) {
            is_streamed = true;
            part = BodyPart::Streamed;
        } else if length.is_some_and(|length: u64| length > limits.body_bytes as u64) {
            part = BodyPart::TooLarge;
        } else {
            match collect(&mut body, limits, &mut share).await {
                Ok(Some(collected)) => whole = collected,
                Ok(None) => part = BodyPart::TooLarge,
                Err(BodyFault::Gone) => {
                    connection.count_reset();
                    return;
                }
                Err(BodyFault::TooLong) => {
                    refuse(&mut response, StatusCode::REQUEST_TIMEOUT, None);
                    return;
                }
                Err(BodyFault::NoRoom) => {
                    refuse(&mut response, StatusCode::TOO_MANY_REQUESTS, Some("1"));
                    return;
                }
            }
        }
    }
    connection.open();
    let exchange = Exchange::begin(local, Some(share));
    if !whole.is_empty() {
        if whole.len() > LARGE_BODY_BYTES {
            local
                .outbox
                .put_large(exchange.id, std::mem::take(&mut whole));
            part = BodyPart::Large;
        } else {
            part = BodyPart::Whole(&whole);
        }
    }
    let slot = connection.slot_of(&block);
    exchange.set_origin(connection.id, connection.mark_of(slot));
    local.outbox.put(|out| {
        RequestEvent {
            id: exchange.id,
            connection: connection.id,
            flags,
            method: parts.method.as_str().as_bytes(),
            target: target.as_bytes(),
            slot,
            headers: &block,
            content_length: length,
            body: part,
        }
        .write(out);
    });
    drop((block, whole));
    let is_head = parts.method == Method::HEAD;
    drop(parts);
    let responding = respond(connection, local, &exchange, response, is_head);
    let mut responding = pin!(responding);
    if is_streamed {
        tokio::select! {
            biased;
            () = &mut responding => {}
            () = hand_over(&exchange, &mut body) => responding.await,
        }
    } else {
        responding.await;
    }
    // Whoever sends a body that nobody reads is told so by its stream's end.
}

/// Names and values, with those of HTTP/2 itself.
fn block_of(parts: &http::request::Parts) -> Vec<u8> {
    let mut block = Vec::with_capacity(512);
    let mut put = |name: &[u8], value: &[u8]| {
        block.extend_from_slice(name);
        block.push(0);
        block.extend_from_slice(value);
        block.push(0);
    };
    if let Some(authority) = parts.uri.authority() {
        put(b":authority", authority.as_str().as_bytes());
    }
    for (name, value) in &parts.headers {
        if name != http::header::CONTENT_LENGTH {
            put(name.as_str().as_bytes(), value.as_bytes());
        }
    }
    block
}

/// None where it is longer than bodies may be.
async fn collect(
    body: &mut RecvStream,
    limits: &Limits,
    share: &mut Share,
) -> Result<Option<Bytes>, BodyFault> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    let deadline = Instant::now() + limits.body_total;
    loop {
        let part = tokio::select! {
            biased;
            part = body.data() => part,
            () = sleep(limits.body_idle) => return Err(BodyFault::TooLong),
            () = sleep_until(deadline) => return Err(BodyFault::TooLong),
        };
        let Some(part) = part else { break };
        let part = part.map_err(|_| BodyFault::Gone)?;
        // A window that was used up before the body's end is one of a stream that has ended.
        let _ = body.flow_control().release_capacity(part.len());
        if first.len() + whole.len() + part.len() > limits.body_bytes {
            return Ok(None);
        }
        if !share.grow(part.len()) {
            return Err(BodyFault::NoRoom);
        }
        if first.is_empty() && whole.is_empty() {
            first = part;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&part);
        }
        if body.is_end_stream() {
            break;
        }
    }
    Ok(Some(if whole.is_empty() {
        first
    } else {
        whole.freeze()
    }))
}

/// Hands over a body as JavaScript takes it.
async fn hand_over(exchange: &Exchange, body: &mut RecvStream) {
    loop {
        poll_fn(|context| exchange.poll_credit(context)).await;
        match body.data().await {
            Some(Ok(part)) => {
                exchange.data(&part);
                let _ = body.flow_control().release_capacity(part.len());
            }
            Some(Err(_)) => {
                exchange.event(event::DATA_CUT);
                return;
            }
            None => {
                exchange.event(event::DATA_END);
                return;
            }
        }
    }
}

/// A response without JavaScript.
fn refuse(response: &mut SendResponse<Bytes>, status: StatusCode, retry_after: Option<&str>) {
    let mut error = Response::new(());
    *error.status_mut() = status;
    if let Some(after) = retry_after.and_then(|after| HeaderValue::from_str(after).ok()) {
        error.headers_mut().insert(http::header::RETRY_AFTER, after);
    }
    let _ = response.send_response(error, true);
    // The rest of its body is not waited for.
    response.send_reset(Reason::NO_ERROR);
}

fn response_of(head: &wire::Head, local: &Local, length: Option<usize>) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() =
        StatusCode::from_u16(head.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in head.pairs() {
        // Of a connection, which HTTP/2 has other words for.
        let is_of_connection = matches!(
            name,
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade"
        );
        let is_said = name == b"content-length" && length.is_some();
        if is_of_connection || is_said {
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

async fn respond(
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
        Some(Op::Write(_) | Op::Pipe(_) | Op::End | Op::Abort) => {
            exchange.finish();
            response.send_reset(Reason::INTERNAL_ERROR);
        }
    }
}

async fn send_body(
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
            self.stream.reserve_capacity(bytes.len());
            let mut room = self.room();
            if room == 0 {
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
                room = tokio::select! {
                    biased;
                    room = capacity => match room {
                        Some(room) => room.min(connection.flush_room()),
                        None => return false,
                    },
                    () = given_up => return false,
                    () = sleep(self.stall) => return false,
                };
            }
            let part = bytes.split_to(room.min(bytes.len()));
            let ends = is_last && bytes.is_empty();
            self.connection.gave(part.len());
            if !part.is_empty() && self.stream.send_data(part, ends).is_err() {
                return false;
            }
        }
        true
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
