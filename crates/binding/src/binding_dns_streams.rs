//! A DNS server's TCP connections, all on one thread: bounded in number, in time and in memory.

use crate::binding_dns::{Answer, Shared};
use crate::binding_dns_counters::{Served, add};
use crate::binding_dns_forward::{Client, FIRST_EXCHANGE, Forwarder, Job};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::collections::{BTreeSet, HashMap};
use std::io::{ErrorKind, Read, Result, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};
use steersman_dns::query::Transport;

/// Connections at once; for one more, the one that has been silent longest is closed.
const MAX_CONNECTIONS: usize = 1024;
/// A connection that has not sent a whole query for so long is closed.
const IDLE: Duration = Duration::from_secs(10);
/// A longer query closes its connection.
const MAX_QUERY: usize = 4096;
/// While more of a connection's responses wait, no more of its queries are read.
const MAX_WAITING: usize = 64 * 1024;
/// While more of all connections' responses wait, the connection that asks is closed.
const MAX_WAITING_TOTAL: usize = 32 * 1024 * 1024;
/// While more of a connection's queries wait for other servers, no more of its queries are read.
const MAX_PENDING: usize = 64;
/// Turns of one connection before others get theirs.
const MAX_TURNS: usize = 16;

pub const WAKE: Token = Token(0);
const FIRST_CONNECTION: usize = 1024;

struct Connection {
    stream: TcpStream,
    is_ipv6: bool,
    received: Vec<u8>,
    response: Vec<u8>,
    sent: usize,
    deadline: Instant,
    /// Queries that wait for other servers.
    pending: usize,
    /// The other side sends nothing more.
    is_ended: bool,
}

enum Turn {
    /// Nothing can be done until the socket says so.
    Waits,
    /// There is more to do.
    Goes,
    Closes,
}

/// The thread's state.
pub struct Streams {
    poll: Poll,
    listeners: Vec<TcpListener>,
    connections: HashMap<usize, Connection>,
    by_deadline: BTreeSet<(Instant, usize)>,
    next: usize,
    waiting: usize,
    seed: u64,
    buffer: Vec<u8>,
    shared: Arc<Shared>,
    forwarder: Forwarder,
}

impl Streams {
    pub fn new(
        poll: Poll,
        mut listeners: Vec<TcpListener>,
        shared: Arc<Shared>,
        forwarder: Forwarder,
    ) -> Result<Streams> {
        for (index, listener) in listeners.iter_mut().enumerate() {
            let token = Token(1 + index);
            poll.registry()
                .register(listener, token, Interest::READABLE)?;
        }
        Ok(Streams {
            poll,
            listeners,
            connections: HashMap::new(),
            by_deadline: BTreeSet::new(),
            next: FIRST_CONNECTION,
            waiting: 0,
            seed: shared.seed(u64::MAX),
            buffer: vec![0; MAX_QUERY],
            shared,
            forwarder,
        })
    }

    /// Serves until the server stops.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(256);
        let mut busy: Vec<usize> = Vec::new();
        self.forwarder.probe(self.poll.registry());
        loop {
            let timeout = self.timeout(!busy.is_empty());
            if let Err(error) = self.poll.poll(&mut events, timeout) {
                if error.kind() != ErrorKind::Interrupted {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
            if self.shared.is_stopping() {
                return;
            }
            let mut again = std::mem::take(&mut busy);
            for event in events.iter() {
                match event.token() {
                    WAKE => {}
                    Token(index) if index <= self.listeners.len() => self.accept(index - 1),
                    Token(token) if token >= FIRST_EXCHANGE => {
                        self.forwarder.event(self.poll.registry(), token);
                    }
                    Token(id) => again.push(id),
                }
            }
            self.forwarder.take(self.poll.registry());
            self.forwarder.expire(self.poll.registry(), Instant::now());
            self.deliver(&mut again);
            again.sort_unstable();
            again.dedup();
            for id in again {
                if self.serve(id) {
                    busy.push(id);
                }
            }
            // What the cache knew by then is answered already.
            self.deliver(&mut busy);
            self.close_idle(Instant::now());
        }
    }

    fn timeout(&self, is_busy: bool) -> Option<Duration> {
        if is_busy {
            return Some(Duration::ZERO);
        }
        let idle = self.by_deadline.first().map(|(deadline, _)| *deadline);
        let silent = self.forwarder.next_deadline();
        let first = idle.into_iter().chain(silent).min();
        first.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Gives connections what other servers answered; they then have something to do.
    fn deliver(&mut self, busy: &mut Vec<usize>) {
        for (id, response) in std::mem::take(&mut self.forwarder.replies) {
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.pending -= 1;
                let before = connection.response.len();
                push_framed(&mut connection.response, &response);
                self.waiting += connection.response.len() - before;
                busy.push(id);
            }
        }
    }

    fn accept(&mut self, listener: usize) {
        loop {
            let Some(Ok((mut stream, address))) =
                self.listeners.get(listener).map(TcpListener::accept)
            else {
                return;
            };
            if self.connections.len() >= MAX_CONNECTIONS {
                add(&self.shared.counters.connections_cut, 1);
                if let Some((_, id)) = self.by_deadline.first().copied() {
                    self.close(id);
                }
            }
            let id = self.next;
            self.next = self.next.checked_add(1).unwrap_or(FIRST_CONNECTION);
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registry = self.poll.registry();
            if registry.register(&mut stream, Token(id), interest).is_err() {
                continue;
            }
            let _ = stream.set_nodelay(true);
            add(&self.shared.counters.connections, 1);
            let deadline = Instant::now() + IDLE;
            self.by_deadline.insert((deadline, id));
            let connection = Connection {
                stream,
                is_ipv6: address.is_ipv6(),
                received: Vec::new(),
                response: Vec::new(),
                sent: 0,
                deadline,
                pending: 0,
                is_ended: false,
            };
            self.connections.insert(id, connection);
        }
    }

    fn close(&mut self, id: usize) {
        if let Some(mut connection) = self.connections.remove(&id) {
            self.by_deadline.remove(&(connection.deadline, id));
            self.waiting -= connection.response.len();
            let _ = self.poll.registry().deregister(&mut connection.stream);
        }
    }

    fn close_idle(&mut self, now: Instant) {
        while let Some((deadline, id)) = self.by_deadline.first().copied() {
            if deadline > now {
                return;
            }
            self.close(id);
        }
    }

    /// Whether there is more to do on a connection at once.
    fn serve(&mut self, id: usize) -> bool {
        let Some(mut connection) = self.connections.remove(&id) else {
            return false;
        };
        let before = connection.response.len();
        let mut turn = Turn::Goes;
        for _ in 0..MAX_TURNS {
            turn = self.turn(id, &mut connection);
            if !matches!(turn, Turn::Goes) {
                break;
            }
        }
        self.waiting = self.waiting + connection.response.len() - before;
        let is_too_much = self.waiting > MAX_WAITING_TOTAL && !connection.response.is_empty();
        self.connections.insert(id, connection);
        if matches!(turn, Turn::Closes) || is_too_much {
            self.close(id);
            return false;
        }
        matches!(turn, Turn::Goes)
    }

    /// One step: send what waits, else answer a query, else read.
    fn turn(&mut self, id: usize, connection: &mut Connection) -> Turn {
        if connection.sent < connection.response.len() {
            match connection
                .stream
                .write(&connection.response[connection.sent..])
            {
                Ok(0) => return Turn::Closes,
                Ok(count) => connection.sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Turn::Waits,
                Err(_) => return Turn::Closes,
            }
            return Turn::Goes;
        }
        connection.response = Vec::new();
        connection.sent = 0;
        match self.answer(id, connection) {
            Some(turn) => turn,
            None if connection.pending >= MAX_PENDING => Turn::Waits,
            None if connection.is_ended && connection.pending > 0 => Turn::Waits,
            None if connection.is_ended => Turn::Closes,
            None => self.read(connection),
        }
    }

    fn read(&mut self, connection: &mut Connection) -> Turn {
        match connection.stream.read(&mut self.buffer) {
            Ok(0) => connection.is_ended = true,
            Ok(count) => connection.received.extend_from_slice(&self.buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Turn::Waits,
            Err(_) => return Turn::Closes,
        }
        Turn::Goes
    }

    /// Answers every whole query that came, as far as responses may wait; None where there is none.
    fn answer(&mut self, id: usize, connection: &mut Connection) -> Option<Turn> {
        let mut at = 0;
        while connection.response.len() < MAX_WAITING && connection.pending < MAX_PENDING {
            let Some(head) = connection.received.get(at..at + 2) else {
                break;
            };
            let length = usize::from(u16::from_be_bytes([head[0], head[1]]));
            if length > MAX_QUERY {
                return Some(Turn::Closes);
            }
            let Some(message) = connection.received.get(at + 2..at + 2 + length) else {
                break;
            };
            let message: Box<[u8]> = message.into();
            at += 2 + length;
            if !self.answer_one(id, connection, message) {
                return Some(Turn::Closes);
            }
        }
        if at == 0 {
            return None;
        }
        connection.received.drain(..at);
        self.by_deadline.remove(&(connection.deadline, id));
        connection.deadline = Instant::now() + IDLE;
        self.by_deadline.insert((connection.deadline, id));
        Some(Turn::Goes)
    }

    /// False for what is no query: whoever sends such things over a connection is no client.
    fn answer_one(&mut self, id: usize, connection: &mut Connection, message: Box<[u8]>) -> bool {
        let started = Instant::now();
        let mut response = Vec::new();
        let answer = {
            let zone = self.shared.zone.read();
            let seed = &mut self.seed;
            self.shared
                .answer(&zone, &message, Transport::Tcp, seed, &mut response)
        };
        match answer {
            Answer::Pending(pending) => {
                connection.pending += 1;
                let job = Job {
                    client: Client::Tcp { connection: id },
                    is_ipv6: connection.is_ipv6,
                    message,
                    pending,
                    started,
                };
                self.forwarder.begin(self.poll.registry(), job);
                true
            }
            Answer::Done(_) if response.is_empty() => false,
            Answer::Done(done) => {
                self.shared.counters.served(&Served {
                    of_zone: done.of_zone,
                    tcp: true,
                    ipv6: connection.is_ipv6,
                    code: done.code,
                    qtype: done.qtype,
                    request: message.len(),
                    response: response.len(),
                    nanoseconds: started.elapsed().as_nanos() as u64,
                });
                push_framed(&mut connection.response, &response);
                true
            }
        }
    }
}

/// A message as it stands in a stream: after its length.
fn push_framed(to: &mut Vec<u8>, message: &[u8]) {
    to.extend_from_slice(&(message.len() as u16).to_be_bytes());
    to.extend_from_slice(message);
}
