//! HTTP/2: one task for the connection, one for each stream.

mod respond;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{Method, Request, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::budget::Share;
use crate::connection::{Connection, Outcome, Unread};
use crate::exchange::Exchange;
use crate::front::Local;
use crate::http2::respond::{refuse, refuse_call, respond, response_of, send_body, send_granted};
use crate::io::Gathered;
use crate::limits::{CONNECTION_WINDOW, LARGE_BODY_BYTES, Limits, STREAM_WINDOW};
use crate::wire::{BodyPart, RequestEvent, event, request_flag};

/// What is still sent of a connection that ends.
const LAST: Duration = Duration::from_secs(1);
/// One stream's bytes in the hands of the protocol.
const SEND_BUFFER: usize = 256 * 1024;

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
    (parts, block, mut flags): (http::request::Parts, Vec<u8>, u8),
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
            let own = parts.headers.get("grpc-timeout");
            let own = own.filter(|_| listening.only_http2).and_then(timeout_of);
            match collect(&mut body, limits, own, &mut share).await {
                Ok(Some(collected)) => whole = collected,
                Ok(None) => part = BodyPart::TooLarge,
                Err(BodyFault::Gone) => {
                    connection.count_reset();
                    return;
                }
                Err(BodyFault::TooLong) if listening.only_http2 => {
                    refuse_call(&mut response, "4", "the request has not come in time");
                    return;
                }
                Err(BodyFault::NoRoom) if listening.only_http2 => {
                    refuse_call(&mut response, "8", "there is no room for the request");
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
    if !whole.is_empty() {
        let method = parts.method.as_str();
        if let Some(written) = connection.write(&block, method, target, &whole) {
            let outcome = tokio::select! {
                biased;
                outcome = connection.written(written) => outcome,
                _ = poll_fn(|context| response.poll_reset(context)) => {
                    connection.count_reset();
                    return;
                }
            };
            match outcome {
                Outcome::Ask => {}
                Outcome::Late => flags |= request_flag::LATE,
                Outcome::Response(head, body) => {
                    drop(share);
                    send_granted(connection, local, response, (head, body)).await;
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

/// Names and values, with those of HTTP/2 itself. In the order of names, whatever the client's is:
/// Go's sends the same headers in another order each time.
fn block_of(parts: &http::request::Parts) -> Vec<u8> {
    let mut headers: Vec<_> = parts.headers.iter().collect();
    // Values of one name keep their order.
    headers.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
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
    for (name, value) in headers {
        if *name != http::header::CONTENT_LENGTH {
            put(name.as_str().as_bytes(), value.as_bytes());
        }
    }
    block
}

/// None where it is longer than bodies may be.
async fn collect(
    body: &mut RecvStream,
    limits: &Limits,
    own: Option<Duration>,
    share: &mut Share,
) -> Result<Option<Bytes>, BodyFault> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    let longest = own.map_or(limits.body_total, |own| own.min(limits.body_total));
    let deadline = Instant::now() + longest;
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

/// What a gRPC call says of its deadline; None where it is none.
fn timeout_of(header: &http::HeaderValue) -> Option<Duration> {
    let text = header.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number.checked_mul(3600)?),
        "M" => Duration::from_secs(number.checked_mul(60)?),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_a_block_whatever_their_order() {
        let block = |headers: &[(&str, &str)]| {
            let mut request = Request::builder().uri("https://x/a");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            block_of(&request.body(()).expect("a request").into_parts().0)
        };
        let (a, b1, b2) = (("accept", "x"), ("b", "y"), ("b", "z"));
        let expected = b":authority\0x\0accept\0x\0b\0y\0b\0z\0";
        for headers in [[a, b1, b2], [b1, a, b2], [b1, b2, a]] {
            assert_eq!(block(&headers), expected);
        }
        assert_ne!(block(&[b2, b1, a]), expected);
        assert_eq!(block(&[("content-length", "3"), a, b1, b2]), expected);
    }
}
