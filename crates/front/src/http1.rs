//! HTTP/1.1: one request after the other.

mod body;
mod head;
mod respond;
mod upgraded;

use std::future::{Future, pending};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::budget::Share;
use crate::connection::{Connection, Outcome};
use crate::exchange::Exchange;
use crate::front::Local;
use crate::http1::body::{Body, Decoded};
use crate::http1::head::{Head, Parsed, error_response, parse, without_upgrade};
use crate::limits::{DISCARD_BYTES, LARGE_BODY_BYTES};
use crate::wire::{self, BodyPart, RequestEvent, request_flag};

/// The connection is over: nothing more can or shall be sent.
#[derive(Debug)]
pub struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Gone {
        Gone
    }
}

const IDLE_ROOM: usize = 2 * 1024;
const READ_ROOM: usize = 16 * 1024;
/// How long a client may take to read a last response after which the connection ends.
const LINGER: Duration = Duration::from_secs(2);

pub(crate) struct Reader<S> {
    half: ReadHalf<S>,
    buffer: BytesMut,
}

pub(crate) struct Writer<S> {
    half: WriteHalf<S>,
    out: Vec<u8>,
}

/// A body as far as it was read.
enum Collected {
    None,
    Whole(Bytes, Share),
    Streamed,
    TooLarge,
}

/// What goes wrong with a body that is collected.
enum BodyFault {
    Gone,
    Refused(&'static str),
}

impl From<Gone> for BodyFault {
    fn from(_: Gone) -> BodyFault {
        BodyFault::Gone
    }
}

pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    connection: &Rc<Connection>,
    local: &Rc<Local>,
    stream: S,
) {
    let (read, write) = split(stream);
    let mut session = Session {
        connection,
        local,
        reader: Reader {
            half: read,
            buffer: BytesMut::new(),
        },
        writer: Writer {
            half: write,
            out: Vec::new(),
        },
        is_first: true,
    };
    if let Ok(true) = session.run().await {
        session.linger().await;
    }
}

struct Session<'a, S> {
    connection: &'a Rc<Connection>,
    local: &'a Rc<Local>,
    reader: Reader<S>,
    writer: Writer<S>,
    is_first: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// True where the client may still be reading the last response.
    async fn run(&mut self) -> Result<bool, Gone> {
        loop {
            let head = match self.read_head().await? {
                Parsed::Head(head) => head,
                Parsed::Refused(status) => {
                    self.write(error_response(status).as_bytes()).await?;
                    return Ok(true);
                }
                Parsed::Partial => return Ok(false),
            };
            self.is_first = false;
            self.connection.running.set(1);
            let kept = self.request(head).await;
            self.connection.running.set(0);
            if !kept? || self.connection.is_ending() {
                return Ok(true);
            }
        }
    }

    /// `Partial` where the connection ends between two requests.
    async fn read_head(&mut self) -> Result<Parsed, Gone> {
        let limits = &self.connection.listening.limits;
        let mut is_idle = self.reader.buffer.is_empty();
        let wait = if self.is_first || !is_idle {
            limits.head
        } else {
            limits.idle
        };
        let mut deadline = Instant::now() + wait;
        let mut has_line = !is_idle;
        loop {
            if has_line {
                let parsed = parse(&mut self.reader.buffer);
                if !matches!(parsed, Parsed::Partial) {
                    return Ok(parsed);
                }
            }
            if self.reader.buffer.len() >= limits.head_bytes {
                return Ok(Parsed::Refused("431 Request Header Fields Too Large"));
            }
            if is_idle && self.connection.is_ending() {
                return Ok(Parsed::Partial);
            }
            let known = self.reader.buffer.len();
            let room = limits.head_bytes - known;
            let room = if is_idle {
                IDLE_ROOM
            } else {
                READ_ROOM.min(room)
            };
            let read = tokio::select! {
                biased;
                read = self.reader.fill(room) => read?,
                () = self.connection.changed(), if is_idle => continue,
                () = sleep_until(deadline) => {
                    if is_idle {
                        return Ok(Parsed::Partial);
                    }
                    return Ok(Parsed::Refused("408 Request Timeout"));
                }
            };
            if read == 0 {
                return Ok(Parsed::Partial);
            }
            // Parsed again only when a line has ended, so that slow heads cost little.
            has_line = known == 0 || memchr::memchr(b'\n', &self.reader.buffer[known..]).is_some();
            if is_idle && !self.is_first {
                deadline = Instant::now() + limits.head;
            }
            is_idle = false;
        }
    }

    /// Whether another request may follow.
    async fn request(&mut self, mut head: Head) -> Result<bool, Gone> {
        if head.upgrade {
            self.connection.open();
            let exchange = Exchange::begin(self.local, None);
            self.tell(&head, &exchange, request_flag::UPGRADE, BodyPart::None);
            if exchange.upgrade().await {
                let Session { reader, writer, .. } = self;
                let grace = &self.connection.listening.limits;
                upgraded::run(reader, writer, &exchange, grace).await;
                return Err(Gone);
            }
            exchange.finish();
            without_upgrade(&mut head);
        }
        let mut body = Body::new(head.framing);
        if head.method == "GET" && body.is_over() {
            if let Some((response, bytes)) = self.connection.read(&head.block, &head.target) {
                return self.granted(&head, &response, bytes).await;
            }
        }
        let collected = match self.collect(&head, &mut body).await {
            Ok(collected) => collected,
            Err(BodyFault::Gone) => return Err(Gone),
            Err(BodyFault::Refused(status)) => {
                self.write(error_response(status).as_bytes()).await?;
                return Ok(false);
            }
        };
        let mut flags = 0;
        if let Collected::Whole(bytes, _) = &collected {
            let connection = self.connection;
            let written = connection.write(&head.block, &head.method, &head.target, bytes);
            let outcome = match written {
                Some(written) => self.connection.written(written).await,
                None => Outcome::Ask,
            };
            match outcome {
                Outcome::Ask => {}
                Outcome::Late => flags |= request_flag::LATE,
                Outcome::Response(response, bytes) => {
                    drop(collected);
                    return self.granted(&head, &response, bytes).await;
                }
            }
        }
        self.connection.open();
        let exchange = Exchange::begin(self.local, None);
        let mut is_streamed = false;
        match collected {
            Collected::None => self.tell(&head, &exchange, flags, BodyPart::None),
            Collected::TooLarge => self.tell(&head, &exchange, flags, BodyPart::TooLarge),
            Collected::Streamed => {
                is_streamed = true;
                self.tell(&head, &exchange, flags, BodyPart::Streamed);
            }
            Collected::Whole(bytes, share) => {
                exchange.set_share(share);
                if bytes.len() > LARGE_BODY_BYTES {
                    self.local.outbox.put_large(exchange.id, bytes);
                    self.tell(&head, &exchange, flags, BodyPart::Large);
                } else {
                    self.tell(&head, &exchange, flags, BodyPart::Whole(&bytes));
                }
            }
        }
        let limits = &self.connection.listening.limits;
        // What nobody reads of a streamed body is read after the response, if it is not too much.
        let is_little = head
            .content_length
            .is_none_or(|length| length <= DISCARD_BYTES as u64);
        let is_kept = head.keep_alive && (body.is_over() || (is_streamed && is_little));
        let Session {
            reader,
            writer,
            local,
            ..
        } = self;
        let ahead = limits.ahead_bytes;
        let reading = reader.attend(&exchange, &mut body, is_streamed, ahead);
        let is_kept = tokio::select! {
            biased;
            responded = writer.respond(&exchange, &head, local, limits, is_kept) => responded?,
            Gone = reading => return Err(Gone),
        };
        drop(exchange);
        if body.is_over() || !is_kept {
            return Ok(is_kept);
        }
        self.discard(&mut body).await
    }

    /// Sends a response that JavaScript was not asked for. Whether another request may follow.
    async fn granted(
        &mut self,
        head: &Head,
        response: &wire::Head,
        bytes: Bytes,
    ) -> Result<bool, Gone> {
        let (local, limits) = (self.local, &self.connection.listening.limits);
        let keep = head.keep_alive;
        let _unread = self.connection.unread(bytes.len());
        self.writer
            .whole(response, bytes, None, head, local, limits, keep)
            .await
    }

    fn tell(&self, head: &Head, exchange: &Exchange, flags: u8, body: BodyPart<'_>) {
        let slot = self.connection.slot_of(&head.block);
        exchange.set_origin(self.connection.id, self.connection.mark_of(slot));
        self.local.outbox.put(|out| {
            RequestEvent {
                id: exchange.id,
                connection: self.connection.id,
                flags,
                method: head.method.as_bytes(),
                target: head.target.as_bytes(),
                slot,
                headers: &head.block,
                content_length: head.content_length,
                body,
            }
            .write(out);
        });
    }

    async fn collect(&mut self, head: &Head, body: &mut Body) -> Result<Collected, BodyFault> {
        if body.is_over() {
            return Ok(Collected::None);
        }
        let listening = &self.connection.listening;
        let limits = &listening.limits;
        let is_streamed = listening.streams_body(&head.target);
        let too_large = |length: u64| length > limits.body_bytes as u64;
        if !is_streamed && head.content_length.is_some_and(too_large) {
            return Ok(Collected::TooLarge);
        }
        if head.expects_continue && self.reader.buffer.is_empty() {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        if is_streamed {
            return Ok(Collected::Streamed);
        }
        let mut share = Share::none(&self.local.budget);
        let mut whole = BytesMut::new();
        let deadline = Instant::now() + limits.body_total;
        const LATE: Result<Collected, BodyFault> = Err(BodyFault::Refused("408 Request Timeout"));
        loop {
            let part = tokio::select! {
                biased;
                part = self.reader.part(body, usize::MAX) => part?,
                () = sleep(limits.body_idle) => return LATE,
                () = sleep_until(deadline) => return LATE,
            };
            let Some(part) = part else {
                return Ok(Collected::Whole(whole.freeze(), share));
            };
            if whole.len() + part.len() > limits.body_bytes {
                return Ok(Collected::TooLarge);
            }
            if !share.grow(part.len()) {
                return Err(BodyFault::Refused("429 Too Many Requests"));
            }
            if whole.is_empty() {
                whole = part;
                if let Some(length) = head.content_length {
                    // Room for what has come is doubled as more comes, never for what is said.
                    let rest = (length as usize).saturating_sub(whole.len());
                    whole.reserve(rest.min(LARGE_BODY_BYTES));
                }
            } else {
                whole.extend_from_slice(&part);
            }
        }
    }

    /// Reads what remains of a body that nobody wanted, where it is little.
    async fn discard(&mut self, body: &mut Body) -> Result<bool, Gone> {
        let limits = &self.connection.listening.limits;
        let deadline = Instant::now() + limits.body_idle;
        let mut left = DISCARD_BYTES;
        loop {
            let part = tokio::select! {
                biased;
                part = self.reader.part(body, left) => part?,
                () = sleep_until(deadline) => return Ok(false),
            };
            match part {
                None => return Ok(true),
                Some(part) if part.len() >= left => return Ok(false),
                Some(part) => left -= part.len(),
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let stall = self.connection.listening.limits.response_stall;
        self.writer.out.extend_from_slice(bytes);
        self.writer.send(None, stall, Duration::ZERO).await
    }

    /// Ends the sending side and waits a little for the client to do so too: bytes that come in
    /// after a socket is closed take with them what the client has not read.
    async fn linger(&mut self) {
        let ended = timeout(LINGER, self.writer.half.shutdown()).await;
        if !matches!(ended, Ok(Ok(()))) {
            return;
        }
        let reader = &mut self.reader;
        let drain = async {
            loop {
                reader.buffer.clear();
                if !matches!(reader.fill(READ_ROOM).await, Ok(1..)) {
                    return;
                }
            }
        };
        let _ = timeout(LINGER, drain).await;
    }
}

impl<S: AsyncRead + Unpin> Reader<S> {
    /// Reads once; nothing is lost where it is given up.
    async fn fill(&mut self, room: usize) -> Result<usize, Gone>
    where
        S: AsyncRead,
    {
        self.buffer.reserve(room.max(1));
        match self.half.read_buf(&mut self.buffer).await {
            Ok(read) => Ok(read),
            // Clients that do not say goodbye.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Err(_) => Err(Gone),
        }
    }

    /// The next part of a body, none at its end; nothing is lost where it is given up.
    async fn part(&mut self, body: &mut Body, most: usize) -> Result<Option<BytesMut>, Gone> {
        loop {
            match body.decode(&mut self.buffer, most)? {
                Decoded::Part(part) => return Ok(Some(part)),
                Decoded::End => return Ok(None),
                Decoded::More => {
                    if self.fill(READ_ROOM).await? == 0 {
                        return Err(Gone);
                    }
                }
            }
        }
    }

    /// Hands over a streamed body as JavaScript takes it; afterwards it watches for the client's
    /// end.
    async fn attend(
        &mut self,
        exchange: &Exchange,
        body: &mut Body,
        is_streamed: bool,
        ahead: usize,
    ) -> Gone {
        use crate::wire::event;
        if is_streamed {
            loop {
                let credit = std::future::poll_fn(|context| exchange.poll_credit(context)).await;
                match self.part(body, credit).await {
                    Ok(Some(part)) => exchange.data(&part),
                    Ok(None) => {
                        exchange.event(event::DATA_END);
                        break;
                    }
                    Err(gone) => {
                        exchange.event(event::DATA_CUT);
                        return gone;
                    }
                }
            }
        } else if !body.is_over() {
            // Too large: nobody reads the rest.
            return pending().await;
        }
        while self.buffer.len() < ahead {
            match self.fill(IDLE_ROOM).await {
                Ok(0) => return Gone,
                Ok(_) => {}
                Err(gone) => return gone,
            }
        }
        pending().await
    }
}

/// Gives up where the client takes nothing for so long, or where the writer does.
async fn unless_stalled<T>(
    work: impl Future<Output = io::Result<T>>,
    exchange: Option<&Exchange>,
    stall: Duration,
    grace: Duration,
) -> Result<T, Gone> {
    let given_up = async {
        match exchange {
            Some(exchange) => exchange.aborting().await,
            None => pending().await,
        }
        sleep(grace).await;
    };
    tokio::select! {
        biased;
        done = work => Ok(done?),
        () = given_up => Err(Gone),
        () = sleep(stall) => Err(Gone),
    }
}

impl<S: AsyncWrite + Unpin> Writer<S> {
    /// Sends `out`.
    async fn send(
        &mut self,
        exchange: Option<&Exchange>,
        stall: Duration,
        grace: Duration,
    ) -> Result<(), Gone> {
        let out = std::mem::take(&mut self.out);
        self.send_bytes(&out, exchange, stall, grace).await?;
        self.out = out;
        self.out.clear();
        self.out.shrink_to(READ_ROOM);
        unless_stalled(self.half.flush(), exchange, stall, grace).await
    }

    async fn send_bytes(
        &mut self,
        bytes: &[u8],
        exchange: Option<&Exchange>,
        stall: Duration,
        grace: Duration,
    ) -> Result<(), Gone> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let sent = unless_stalled(self.half.write(rest), exchange, stall, grace).await?;
            if sent == 0 {
                return Err(Gone);
            }
            rest = &rest[sent..];
        }
        Ok(())
    }
}
