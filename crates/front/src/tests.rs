//! The front as its user sees it: sockets on one side, events and commands on the other.

use std::collections::HashMap;
use std::future::Future;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::wire::{NEW_BLOCK, body, command, event, plain, text32};
use crate::{Front, FrontOptions, Limits, ListenOptions, Over, Piece, Source};

mod grants;

struct Seen {
    id: u32,
    flags: u8,
    method: String,
    target: String,
    headers: String,
    body: Vec<u8>,
    kind: u8,
}

/// What an event says, for those that these tests look at.
enum Told {
    Request(Seen),
    Gone(u32),
    Closed,
    ListenerClosed,
    /// Exchange, code, count, bytes and message.
    Piped((u32, u8, f64, f64, String)),
    Slow(u32),
    Sent(u32),
    Other,
}

struct Host {
    front: Front,
    wakes: Receiver<()>,
    address: SocketAddr,
    listener: u32,
    blocks: HashMap<(u32, u8), String>,
    told: std::collections::VecDeque<Told>,
    /// Since when nothing was told.
    quiet: Instant,
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken.to_vec()
    }
    fn byte(&mut self) -> u8 {
        self.bytes(1)[0]
    }
    fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes(4).try_into().expect("four bytes"))
    }
    fn double(&mut self) -> f64 {
        f64::from_le_bytes(self.bytes(8).try_into().expect("eight bytes"))
    }
    fn text(&mut self, length: usize) -> String {
        String::from_utf8(self.bytes(length)).expect("text")
    }
    fn text32(&mut self) -> String {
        let length = self.word() as usize;
        self.text(length)
    }
    fn ends(&mut self) {
        for _ in 0..2 {
            let length = usize::from(self.byte());
            self.bytes(length + 2);
        }
    }
}

impl Host {
    fn start(limits: Limits, body_budget: usize) -> Host {
        let (wake, wakes) = channel();
        let wake = std::sync::Mutex::new(wake);
        let options = FrontOptions {
            threads: 2,
            body_budget,
        };
        let front = Front::start(
            &options,
            Box::new(move || {
                let _ = wake.lock().expect("no panic").send(());
            }),
        )
        .expect("threads");
        let bound = front
            .listen(ListenOptions {
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                port: 0,
                tls: None,
                asks: false,
                only_http2: false,
                shares_port: false,
                collects_bodies: true,
                streamed_paths: Vec::new(),
                limits,
            })
            .expect("a port");
        Host {
            front,
            wakes,
            address: bound.address,
            listener: bound.listener,
            blocks: HashMap::new(),
            told: std::collections::VecDeque::new(),
            quiet: Instant::now(),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).expect("a timeout");
        stream
    }

    fn next(&mut self) -> Told {
        loop {
            if let Some(told) = self.told.pop_front() {
                self.quiet = Instant::now();
                return told;
            }
            // As its reader does, it looks by itself where it is not woken.
            let woken = self.wakes.recv_timeout(Duration::from_millis(20));
            let is_late = woken.is_err() && self.quiet.elapsed() > Duration::from_secs(30);
            assert!(!is_late, "no event");
            let mut room = vec![0; 1 << 20];
            let length = self.front.take(&mut room);
            let mut cursor = Cursor(&room[..length]);
            while !cursor.0.is_empty() {
                let told = self.read(&mut cursor);
                self.told.push_back(told);
            }
        }
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Told {
        let kind = cursor.byte();
        let id = cursor.word();
        match kind {
            event::OPENED => {
                cursor.bytes(5);
                cursor.ends();
                assert_eq!(cursor.bytes(4), [0, 0, 0, 0], "no certificate");
                Told::Other
            }
            event::CLOSED => Told::Closed,
            event::LISTENER_CLOSED => Told::ListenerClosed,
            event::GONE => Told::Gone(id),
            event::SLOW => Told::Slow(id),
            event::SENT => Told::Sent(id),
            event::PIPED => {
                let code = cursor.byte();
                let (count, bytes) = (cursor.double(), cursor.double());
                let low = usize::from(cursor.byte());
                let length = low + usize::from(cursor.byte()) * 256;
                Told::Piped((id, code, count, bytes, cursor.text(length)))
            }
            event::DRAINED => {
                cursor.word();
                Told::Other
            }
            event::REQUEST => {
                let connection = cursor.word();
                let flags = cursor.byte();
                let length = usize::from(cursor.byte());
                let method = cursor.text(length);
                let target = cursor.text32();
                let slot = cursor.byte();
                if slot >= NEW_BLOCK {
                    let block = cursor.text32();
                    self.blocks.insert((connection, slot - NEW_BLOCK), block);
                }
                let headers = self.blocks[&(connection, slot & !NEW_BLOCK)].clone();
                cursor.bytes(8);
                let kind = cursor.byte();
                let body = match kind {
                    body::WHOLE => cursor.text32().into_bytes(),
                    body::LARGE => self.front.take_large(id).expect("it waits").to_vec(),
                    _ => Vec::new(),
                };
                Told::Request(Seen {
                    id,
                    flags,
                    method,
                    target,
                    headers,
                    body,
                    kind,
                })
            }
            other => {
                assert_eq!(other, event::REQUEST, "no other is expected");
                Told::Other
            }
        }
    }

    fn request(&mut self) -> Seen {
        loop {
            if let Told::Request(seen) = self.next() {
                return seen;
            }
        }
    }

    fn piped(&mut self) -> (u32, u8, f64, f64, String) {
        loop {
            if let Told::Piped(over) = self.next() {
                return over;
            }
        }
    }

    fn gone(&mut self) -> u32 {
        loop {
            if let Told::Gone(id) = self.next() {
                return id;
            }
        }
    }

    fn send(&self, id: u32, status: u16, body: &[u8]) {
        let mut batch = Vec::new();
        plain(&mut batch, command::SEND, id);
        batch.extend(status.to_le_bytes());
        text32(&mut batch, b"a\0b\0");
        text32(&mut batch, body);
        let thread = id as usize % self.front.threads();
        self.front.submit(thread, batch.into(), None);
    }
}

fn read_all(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    // A connection that is cut may end by an error.
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&all).ends_with(end) {
        stream.read_exact(&mut byte).expect("more to come");
        all.push(byte[0]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

const MEBIBYTE: usize = 1024 * 1024;

#[test]
fn requests_are_handed_over_whole_and_responses_sent() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    let head = "POST /a?b HTTP/1.1\r\nHost: x\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n";
    for _ in 0..2 {
        stream.write_all(head.as_bytes()).expect("written");
        stream.write_all(b"3\r\nabc\r\n0\r\n\r\n").expect("written");
        let seen = host.request();
        assert_eq!((&seen.method[..], &seen.target[..]), ("POST", "/a?b"));
        assert_eq!(seen.body, b"abc");
        assert!(seen.headers.contains("x-a\0b\0"));
        host.send(seen.id, 201, b"done");
        let sent = read_until(&mut stream, "done");
        assert!(
            sent.starts_with("HTTP/1.1 201 Created\r\na: b\r\ndate: "),
            "{sent}"
        );
        assert!(sent.contains("\r\ncontent-length: 4\r\n"), "{sent}");
    }
    let large = vec![b'x'; 200_000];
    let head = format!(
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
        large.len()
    );
    stream.write_all(head.as_bytes()).expect("written");
    stream.write_all(&large).expect("written");
    let seen = host.request();
    assert!(seen.kind == body::LARGE && seen.body == large);
    drop(stream);
    assert_eq!(host.gone(), seen.id);
}

#[test]
fn bodies_beyond_the_budget_are_refused_until_others_have_ended() {
    let mut host = Host::start(Limits::default(), 10);
    let post = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\n123456";
    let mut first = host.connect();
    first.write_all(post.as_bytes()).expect("written");
    let seen = host.request();
    let mut second = host.connect();
    second.write_all(post.as_bytes()).expect("written");
    let refused = read_all(second);
    assert!(
        refused.starts_with("HTTP/1.1 429 Too Many Requests\r\n"),
        "{refused}"
    );
    assert!(refused.contains("\r\nretry-after: 1\r\n"), "{refused}");
    host.send(seen.id, 200, b"");
    read_all(first);
    let mut third = host.connect();
    third.write_all(post.as_bytes()).expect("written");
    assert_eq!(host.request().body, b"123456");
}

#[test]
fn a_body_is_of_the_budget_no_longer_when_there_is_a_response() {
    let mut host = Host::start(Limits::default(), 10);
    let post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n123456";
    let mut unread = Vec::new();
    for _ in 0..3 {
        let mut stream = host.connect();
        stream.write_all(post.as_bytes()).expect("written");
        let seen = host.request();
        // More than the socket takes before the client reads.
        host.send(seen.id, 200, &vec![b'x'; 64 * MEBIBYTE]);
        let mut first = [0; 12];
        stream.read_exact(&mut first).expect("it is on its way");
        unread.push(stream);
    }
}

#[test]
fn slow_heads_and_bodies_are_cut() {
    let short = Duration::from_millis(30);
    let limits = Limits {
        head: short,
        body_idle: short,
        ..Limits::default()
    };
    let host = Host::start(limits, MEBIBYTE);
    for sent in [
        "GET / HTTP/1.1\r\nHost: x\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n123",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
    ] {
        let mut stream = host.connect();
        stream.write_all(sent.as_bytes()).expect("written");
        let refused = read_all(stream);
        assert!(
            refused.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
            "{refused}"
        );
    }
}

#[test]
fn a_body_that_trickles_is_cut_at_its_deadline() {
    let limits = Limits {
        body_total: Duration::from_millis(50),
        ..Limits::default()
    };
    let host = Host::start(limits, MEBIBYTE);
    let mut stream = host.connect();
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("written");
    // Until the server says so, byte by byte.
    let mut reader = stream.try_clone().expect("the same socket");
    let trickle = std::thread::spawn(move || while stream.write_all(b"x").is_ok() {});
    let mut refused = [0; 12];
    reader.read_exact(&mut refused).expect("an error response");
    assert_eq!(&refused, b"HTTP/1.1 408");
    let _ = reader.shutdown(std::net::Shutdown::Both);
    trickle.join().expect("it ends");
}

#[test]
fn a_listener_ends_when_its_last_request_has() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let idle = host.connect();
    let mut busy = host.connect();
    busy.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("written");
    let seen = host.request();
    host.front.close(host.listener);
    assert_eq!(read_all(idle), "");
    host.send(seen.id, 200, b"last");
    let sent = read_all(busy);
    assert!(sent.ends_with("\r\n\r\nlast"), "{sent}");
    let mut closed = 0;
    loop {
        match host.next() {
            Told::ListenerClosed => break,
            Told::Closed => closed += 1,
            _ => {}
        }
    }
    assert_eq!(closed, 1);
    assert!(TcpStream::connect(host.address).is_err());
}

#[test]
fn commands_for_what_has_gone_do_nothing() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("written");
    let seen = host.request();
    drop(stream);
    assert_eq!(host.gone(), seen.id);
    host.send(seen.id, 200, b"late");
    host.front.submit(0, vec![99, 1, 2].into(), None);
    let mut stream = host.connect();
    stream
        .write_all(b"GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .expect("written");
    let seen = host.request();
    assert_eq!(seen.target, "/next");
    host.send(seen.id, 200, b"on time");
    assert!(read_all(stream).ends_with("on time"));
}

/// Gives its pieces, then waits for a word, then is over.
struct Pieces {
    pieces: std::collections::VecDeque<Piece>,
    go_on: Arc<tokio::sync::Notify>,
    dropped: std::sync::mpsc::Sender<()>,
}

impl Source for Pieces {
    fn poll_next(&mut self, context: &mut Context<'_>, max_bytes: usize) -> Poll<Piece> {
        assert!(max_bytes > 0);
        if let Some(piece) = self.pieces.pop_front() {
            return Poll::Ready(piece);
        }
        let mut notified = std::pin::pin!(self.go_on.notified());
        match notified.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Piece::Over(Over {
                code: 7,
                count: 3,
                bytes: 10,
                message: "why".to_owned(),
            })),
            Poll::Pending => {
                // Looked at again in a while: a test need not keep the future.
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        let _ = self.dropped.send(());
    }
}

fn pieces() -> (Box<Pieces>, Arc<tokio::sync::Notify>, Receiver<()>) {
    let go_on = Arc::new(tokio::sync::Notify::new());
    let (dropped, drops) = channel();
    let large = Bytes::from(vec![b'x'; 40_000]);
    let pieces = [Bytes::from_static(b"one"), Bytes::new(), large]
        .into_iter()
        .flat_map(|bytes| [Piece::Bytes(bytes), Piece::Later])
        .collect();
    let source = Pieces {
        pieces,
        go_on: go_on.clone(),
        dropped,
    };
    (Box::new(source), go_on, drops)
}

impl Host {
    fn start_response(&self, id: u32) {
        let mut batch = Vec::new();
        plain(&mut batch, command::START, id);
        batch.extend(200u16.to_le_bytes());
        text32(&mut batch, b"a\0b\0");
        self.submit(id, batch);
    }

    fn submit(&self, id: u32, batch: Vec<u8>) {
        let thread = id as usize % self.front.threads();
        self.front.submit(thread, batch.into(), None);
    }
}

#[test]
fn a_body_comes_from_its_source_and_goes_on_as_is_said() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .expect("written");
    let seen = host.request();
    let (source, go_on, drops) = pieces();
    host.start_response(seen.id);
    host.front.pipe(seen.id, source);
    go_on.notify_one();
    let over = host.piped();
    assert_eq!(over, (seen.id, 7, 3.0, 10.0, "why".to_owned()));
    drops.recv().expect("it was dropped");
    let mut batch = Vec::new();
    plain(&mut batch, command::WRITE, seen.id);
    text32(&mut batch, b"last");
    plain(&mut batch, command::END, seen.id);
    host.submit(seen.id, batch);
    let sent = read_all(stream);
    assert!(
        sent.contains("\r\n\r\n3\r\none\r\n9c40\r\nxxx"),
        "{}",
        &sent[..200]
    );
    assert!(sent.ends_with("xxx\r\n4\r\nlast\r\n0\r\n\r\n"));
}

#[test]
fn what_was_said_before_is_sent_while_a_source_has_nothing() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    let get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(get).expect("written");
    let seen = host.request();
    let mut batch = Vec::new();
    plain(&mut batch, command::START, seen.id);
    batch.extend(200u16.to_le_bytes());
    text32(&mut batch, b"a\0b\0");
    plain(&mut batch, command::WRITE, seen.id);
    text32(&mut batch, b"first");
    let (mut source, _, _) = pieces();
    source.pieces.clear();
    // Both are there when the response is looked at.
    host.submit(seen.id, batch);
    host.front.pipe(seen.id, source);
    read_until(&mut stream, "5\r\nfirst\r\n");
}

#[test]
fn a_source_ends_with_its_client_and_with_the_word_of_its_writer() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut stream = host.connect();
    stream.write_all(get).expect("written");
    let seen = host.request();
    let (source, _, drops) = pieces();
    host.start_response(seen.id);
    host.front.pipe(seen.id, source);
    read_until(&mut stream, "one\r\n");
    drop(stream);
    drops.recv().expect("it was dropped");
    assert_eq!(host.gone(), seen.id);
    let mut stream = host.connect();
    stream.write_all(get).expect("written");
    let seen = host.request();
    let (source, _, drops) = pieces();
    host.start_response(seen.id);
    host.front.pipe(seen.id, source);
    read_until(&mut stream, "one\r\n");
    let mut batch = Vec::new();
    plain(&mut batch, command::END, seen.id);
    host.submit(seen.id, batch);
    read_until(&mut stream, "0\r\n\r\n");
    drops.recv().expect("it was dropped");
    // Of an exchange that has ended.
    let (source, _, drops) = pieces();
    host.front.pipe(seen.id, source);
    drops.recv().expect("it was dropped");
}

#[test]
fn a_client_that_takes_nothing_of_a_source_is_called_slow_once() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("written");
    let seen = host.request();
    let (mut source, go_on, _) = pieces();
    let large = Bytes::from(vec![b'x'; MEBIBYTE]);
    let pieces = std::iter::repeat_n(large, 64).map(Piece::Bytes);
    source.pieces = pieces.collect();
    host.start_response(seen.id);
    host.front.pipe(seen.id, source);
    loop {
        if let Told::Slow(id) = host.next() {
            assert_eq!(id, seen.id);
            break;
        }
    }
    go_on.notify_one();
    let mut room = vec![0; MEBIBYTE];
    let mut taken = 0;
    while taken < 64 * MEBIBYTE {
        taken += stream.read(&mut room).expect("more to come");
    }
    loop {
        let told = host.next();
        assert!(!matches!(told, Told::Slow(_)), "it was told already");
        if let Told::Piped(over) = told {
            return assert_eq!(over.0, seen.id);
        }
    }
}

#[test]
fn of_a_held_response_is_told_when_it_is_slow_and_when_it_has_been_sent() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    // Of the large ones the socket does not take all before the client reads.
    for (length, reads, ends) in [
        (10, true, vec!["sent"]),
        (200_000, true, vec!["sent"]),
        (64 * MEBIBYTE, true, vec!["slow", "sent"]),
        (64 * MEBIBYTE, false, vec!["slow", "gone"]),
    ] {
        let get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(get).expect("written");
        let seen = host.request();
        let mut batch = Vec::new();
        plain(&mut batch, command::HOLD, seen.id);
        host.submit(seen.id, batch);
        host.send(seen.id, 200, &vec![b'x'; length]);
        let mut told = Vec::new();
        while told.len() < ends.len() {
            let (name, id) = match host.next() {
                Told::Slow(id) => ("slow", id),
                Told::Sent(id) => ("sent", id),
                Told::Gone(id) => ("gone", id),
                _ => continue,
            };
            assert_eq!(id, seen.id);
            told.push(name);
            if name == "slow" && reads {
                read_until(&mut stream, "\r\n\r\n");
                let mut body = vec![0; length];
                stream.read_exact(&mut body).expect("all of it");
            } else if name == "slow" {
                let _ = stream.shutdown(std::net::Shutdown::Both);
                stream = host.connect();
            } else if ends.len() == 1 {
                read_until(&mut stream, "\r\n\r\n");
                let mut body = vec![0; length];
                stream.read_exact(&mut body).expect("all of it");
            }
        }
        assert_eq!(told, ends);
    }
}

#[test]
fn what_runs_beside_the_connections_runs_on_the_thread_that_was_named() {
    let host = Host::start(Limits::default(), MEBIBYTE);
    let (tell, told) = channel();
    for thread in 0..2 {
        let tell = tell.clone();
        let run: crate::Beside = Box::new(move || {
            Box::pin(async move {
                let name = std::thread::current().name().map(str::to_owned);
                let _ = tell.send(name);
            })
        });
        host.front.run_beside(thread, run);
        assert_eq!(told.recv().expect("told"), Some(format!("front-{thread}")));
    }
}
