//! What a DNS server asks other servers for its clients: within bounds of number and time, each
//! question once however many ask it, from a port of its own.

use crate::binding_dns::Shared;
use crate::binding_dns_counters::{Served, add};
use crate::binding_dns_udp::{Peer, send_one};
use mio::net::{TcpStream, UdpSocket};
use mio::{Interest, Registry, Token};
use parking_lot::Mutex;
use socket2::Socket;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use steersman_dns::query::{Query, Read as ReadMessage, Transport, rcode, read};
use steersman_dns::writer::fail;
use steersman_dns::{Cache, Question, Response};

/// Questions of clients that wait for other servers, as CoreDNS has it; one more is refused.
const MAX_WAITING: usize = 1000;
/// How long a client waits in all: less than it takes to lose patience.
const PATIENCE: Duration = Duration::from_millis(4_000);
const MAX_ATTEMPTS: usize = 3;
const MAX_DATAGRAM: usize = 4096;
/// Tokens of exchanges; those below are others'.
pub const FIRST_EXCHANGE: usize = 1 << 62;
const HINFO: u16 = 13;

/// Who waits for a response.
pub enum Client {
    Udp { socket: usize, peer: Box<Peer> },
    Tcp { connection: usize },
}

/// A client's query for which another server is asked.
pub struct Job {
    pub client: Client,
    pub is_ipv6: bool,
    /// As it came.
    pub message: Box<[u8]>,
    pub pending: Pending,
    pub started: Instant,
}

/// What is asked, and what stands before its answer: the names of this zone that led to it.
pub struct Pending {
    pub question: Question,
    pub begun: Option<Box<[u8]>>,
}

impl Job {
    fn transport(&self) -> Transport {
        match self.client {
            Client::Udp { .. } => Transport::Udp,
            Client::Tcp { .. } => Transport::Tcp,
        }
    }
}

/// What every thread knows of other servers.
pub struct Elsewhere {
    upstreams: Vec<SocketAddr>,
    /// Those whose questions come back here.
    looped: Vec<AtomicBool>,
    /// Names that nobody else asks for, one for each upstream.
    probes: Vec<[u8; 35]>,
    pub cache: Mutex<Cache>,
    queue: Mutex<VecDeque<Job>>,
    waiting: AtomicUsize,
    started: Instant,
}

/// A number that nobody can guess who has not seen it. Where the system gives none, queries that it
/// would guard are not sent.
fn chance() -> Option<u64> {
    getrandom::u64().ok()
}

/// Two labels of 16 digits, in wire form.
fn probe_name() -> [u8; 35] {
    let mut name = [0; 35];
    for at in [0usize, 17] {
        let digits = format!("{:016x}", chance().unwrap_or(0));
        name[at] = 16;
        name[at + 1..at + 17].copy_from_slice(digits.as_bytes());
    }
    name
}

impl Elsewhere {
    pub fn new(upstreams: Vec<SocketAddr>) -> Elsewhere {
        Elsewhere {
            looped: upstreams.iter().map(|_| AtomicBool::new(false)).collect(),
            probes: upstreams.iter().map(|_| probe_name()).collect(),
            upstreams,
            cache: Mutex::new(Cache::default()),
            queue: Mutex::new(VecDeque::new()),
            waiting: AtomicUsize::new(0),
            started: Instant::now(),
        }
    }

    /// Milliseconds since it was made.
    pub fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    pub fn has_upstreams(&self) -> bool {
        self.looped
            .iter()
            .any(|looped| !looped.load(Ordering::Relaxed))
    }

    /// The upstreams whose questions come back.
    pub fn looped(&self) -> Vec<SocketAddr> {
        let all = self.upstreams.iter().zip(&self.looped);
        all.filter(|(_, looped)| looped.load(Ordering::Relaxed))
            .map(|(address, _)| *address)
            .collect()
    }

    /// Whether a question is this server's own, come back over an upstream, which is then asked no
    /// more.
    pub fn is_own(&self, query: &Query<'_>) -> bool {
        if query.qtype != HINFO {
            return false;
        }
        let wire = query.name.wire();
        let Some(index) = self.probes.iter().position(|probe| probe[..] == *wire) else {
            return false;
        };
        self.looped[index].store(true, Ordering::Relaxed);
        true
    }

    /// Whether one more may wait.
    pub fn admit(&self) -> bool {
        let admitted = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                (waiting < MAX_WAITING).then_some(waiting + 1)
            });
        admitted.is_ok()
    }

    /// Gives a job that was admitted to the thread that forwards, which must then be woken.
    pub fn push(&self, job: Job) {
        self.queue.lock().push_back(job);
    }

    fn leave(&self, count: usize) {
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }
}

enum Wire {
    Udp(UdpSocket),
    Tcp {
        stream: TcpStream,
        message: Vec<u8>,
        sent: usize,
        received: Vec<u8>,
    },
}

/// One question that is asked elsewhere.
struct Exchange {
    question: Question,
    jobs: Vec<Job>,
    wire: Option<Wire>,
    id: u16,
    /// Counts from the preferred upstream on.
    attempt: usize,
    first: usize,
    deadline: Instant,
    /// A failure that another server told of; given if nobody knows better.
    failure: Option<Response>,
}

/// The part of the streams' thread that asks other servers.
pub struct Forwarder {
    shared: Arc<Shared>,
    sockets: Vec<Arc<Socket>>,
    exchanges: HashMap<usize, Exchange>,
    by_question: HashMap<Question, usize>,
    by_deadline: BTreeSet<(Instant, usize)>,
    next: usize,
    /// The upstream that answered last.
    preferred: usize,
    buffer: Vec<u8>,
    /// Responses for connections.
    pub replies: Vec<(usize, Vec<u8>)>,
}

impl Forwarder {
    pub fn new(shared: Arc<Shared>, sockets: Vec<Arc<Socket>>) -> Forwarder {
        Forwarder {
            shared,
            sockets,
            exchanges: HashMap::new(),
            by_question: HashMap::new(),
            by_deadline: BTreeSet::new(),
            next: FIRST_EXCHANGE,
            preferred: 0,
            buffer: vec![0; MAX_DATAGRAM],
            replies: Vec::new(),
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }

    /// Asks each upstream for a name of its own: who is asked for it in turn stands in a circle.
    pub fn probe(&mut self, registry: &Registry) {
        for index in 0..self.shared.elsewhere.upstreams.len() {
            let probe = self.shared.elsewhere.probes[index];
            let question = Question::of_name(&probe, HINFO);
            self.open(registry, question, Vec::new(), index);
        }
    }

    /// Takes what other threads have queued.
    pub fn take(&mut self, registry: &Registry) {
        loop {
            let Some(job) = self.shared.elsewhere.queue.lock().pop_front() else {
                return;
            };
            self.begin(registry, job);
        }
    }

    /// Asks for a job that was admitted.
    pub fn begin(&mut self, registry: &Registry, job: Job) {
        let question = job.pending.question.clone();
        let known = self.by_question.get(&question).copied();
        if let Some(exchange) = known.and_then(|token| self.exchanges.get_mut(&token)) {
            exchange.jobs.push(job);
            return;
        }
        let cached = {
            let elsewhere = &self.shared.elsewhere;
            let cache = elsewhere.cache.lock();
            let found = cache.get(&question, elsewhere.now());
            found.map(|(response, age)| (response.clone(), age))
        };
        if let Some((response, age)) = cached {
            self.reply(job, Some((&response, age)));
            return;
        }
        add(&self.shared.counters.forwarded, 1);
        self.open(registry, question, vec![job], self.preferred);
    }

    fn open(&mut self, registry: &Registry, question: Question, jobs: Vec<Job>, first: usize) {
        let token = self.next;
        self.next += 1;
        self.by_question.insert(question.clone(), token);
        let deadline = Instant::now();
        self.exchanges.insert(
            token,
            Exchange {
                question,
                jobs,
                wire: None,
                id: 0,
                attempt: 0,
                first,
                deadline,
                failure: None,
            },
        );
        self.send(registry, token);
    }

    fn attempts(&self) -> usize {
        self.shared.elsewhere.upstreams.len().clamp(2, MAX_ATTEMPTS)
    }

    /// Asks the next upstream, or gives up.
    fn send(&mut self, registry: &Registry, token: usize) {
        let attempts = self.attempts();
        let patience = PATIENCE / attempts as u32;
        let upstreams = self.shared.elsewhere.upstreams.clone();
        loop {
            let Some(exchange) = self.exchanges.get_mut(&token) else {
                return;
            };
            self.by_deadline.remove(&(exchange.deadline, token));
            close(registry, exchange.wire.take());
            // A probe is its upstream's alone.
            let is_probe = exchange.jobs.is_empty();
            if exchange.attempt >= if is_probe { 1 } else { attempts } {
                let failure = exchange.failure.take();
                self.finish(registry, token, failure);
                return;
            }
            let index = (exchange.first + exchange.attempt) % upstreams.len().max(1);
            exchange.attempt += 1;
            let looped = self.shared.elsewhere.looped.get(index);
            let Some(upstream) = upstreams.get(index) else {
                continue;
            };
            if looped.is_some_and(|looped| looped.load(Ordering::Relaxed)) {
                continue;
            }
            let Some(id) = chance() else {
                continue;
            };
            exchange.id = id as u16;
            let message = exchange.question.message(exchange.id);
            let is_tcp = exchange.question.is_tcp();
            if let Ok(wire) = connect(registry, token, *upstream, &message, is_tcp) {
                exchange.wire = Some(wire);
                exchange.deadline = Instant::now() + patience;
                self.by_deadline.insert((exchange.deadline, token));
                return;
            }
        }
    }

    /// Something came, or can be sent.
    pub fn event(&mut self, registry: &Registry, token: usize) {
        let Some(exchange) = self.exchanges.get_mut(&token) else {
            return;
        };
        let response = match exchange.wire.as_mut() {
            None => return,
            Some(Wire::Udp(socket)) => loop {
                match socket.recv(&mut self.buffer) {
                    Ok(length) => {
                        let message = self.buffer[..length].to_vec();
                        let response = exchange.question.response(exchange.id, message);
                        // What is no response to this is not from who was asked.
                        if let Some(response) = response {
                            break Ok(Some(response));
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(None),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => break Err(error),
                }
            },
            Some(Wire::Tcp {
                stream,
                message,
                sent,
                received,
            }) => {
                stream_turn(stream, message, sent, received, &mut self.buffer).and_then(|whole| {
                    let Some(bytes) = whole else {
                        return Ok(None);
                    };
                    let response = exchange.question.response(exchange.id, bytes);
                    response
                        .map(Some)
                        .ok_or(Error::from(ErrorKind::InvalidData))
                })
            }
        };
        match response {
            Ok(None) => {}
            Ok(Some(response)) => self.received(registry, token, response),
            Err(_) => self.send(registry, token),
        }
    }

    fn received(&mut self, registry: &Registry, token: usize, response: Response) {
        let count = self.shared.elsewhere.upstreams.len();
        let Some(exchange) = self.exchanges.get_mut(&token) else {
            return;
        };
        let is_failure = matches!(
            response.code(),
            rcode::SERVER_FAILURE | rcode::NOT_IMPLEMENTED | rcode::REFUSED
        );
        if is_failure && exchange.attempt < count.min(MAX_ATTEMPTS) {
            exchange.failure = Some(response);
            self.send(registry, token);
            return;
        }
        if !is_failure {
            self.preferred = (exchange.first + exchange.attempt - 1) % count.max(1);
        }
        self.finish(registry, token, Some(response));
    }

    fn finish(&mut self, registry: &Registry, token: usize, response: Option<Response>) {
        let Some(exchange) = self.exchanges.remove(&token) else {
            return;
        };
        self.by_deadline.remove(&(exchange.deadline, token));
        self.by_question.remove(&exchange.question);
        close(registry, exchange.wire);
        if response.is_none() && !exchange.jobs.is_empty() {
            add(&self.shared.counters.forward_failures, 1);
        }
        for job in exchange.jobs {
            self.reply(job, response.as_ref().map(|response| (response, 0)));
        }
        if let Some(response) = response {
            let elsewhere = &self.shared.elsewhere;
            let now = elsewhere.now();
            elsewhere.cache.lock().put(exchange.question, response, now);
        }
    }

    /// Asks the next upstream where one is silent.
    pub fn expire(&mut self, registry: &Registry, now: Instant) {
        while let Some((deadline, token)) = self.by_deadline.first().copied() {
            if deadline > now {
                return;
            }
            self.send(registry, token);
        }
    }

    fn reply(&mut self, job: Job, response: Option<(&Response, u32)>) {
        let shared = self.shared.clone();
        shared.elsewhere.leave(1);
        let transport = job.transport();
        let ReadMessage::Query(query) = read(&job.message, transport) else {
            return;
        };
        let mut out = Vec::new();
        let code = match (response, &job.pending.begun) {
            (None, _) => {
                fail(&mut out, &query, rcode::SERVER_FAILURE);
                rcode::SERVER_FAILURE
            }
            (Some((response, age)), None) => response.give(&query, age, &mut out),
            (Some((response, age)), Some(begun)) => {
                response.give_after(&query, age, begun, &mut out)
            }
        };
        shared.counters.served(&Served {
            of_zone: job.pending.begun.is_some(),
            tcp: transport == Transport::Tcp,
            ipv6: job.is_ipv6,
            code,
            qtype: query.qtype,
            request: job.message.len(),
            response: out.len(),
            nanoseconds: job.started.elapsed().as_nanos() as u64,
        });
        match job.client {
            Client::Tcp { connection } => self.replies.push((connection, out)),
            Client::Udp { socket, mut peer } => {
                if let Some(socket) = self.sockets.get(socket) {
                    send_one(socket, &mut peer, &out);
                }
            }
        }
    }
}

fn connect(
    registry: &Registry,
    token: usize,
    upstream: SocketAddr,
    message: &[u8],
    is_tcp: bool,
) -> Result<Wire> {
    if is_tcp {
        let mut stream = TcpStream::connect(upstream)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, Token(token), interest)?;
        let mut framed = (message.len() as u16).to_be_bytes().to_vec();
        framed.extend_from_slice(message);
        return Ok(Wire::Tcp {
            stream,
            message: framed,
            sent: 0,
            received: Vec::new(),
        });
    }
    // A port of its own, which the system chooses at random.
    let any = match upstream {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let mut socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(upstream)?;
    registry.register(&mut socket, Token(token), Interest::READABLE)?;
    socket.send(message)?;
    Ok(Wire::Udp(socket))
}

fn close(registry: &Registry, wire: Option<Wire>) {
    match wire {
        Some(Wire::Udp(mut socket)) => {
            let _ = registry.deregister(&mut socket);
        }
        Some(Wire::Tcp { mut stream, .. }) => {
            let _ = registry.deregister(&mut stream);
        }
        None => {}
    }
}

/// Sends and reads as far as it goes; the response when it is whole.
fn stream_turn(
    stream: &mut TcpStream,
    message: &[u8],
    sent: &mut usize,
    received: &mut Vec<u8>,
    buffer: &mut [u8],
) -> Result<Option<Vec<u8>>> {
    while *sent < message.len() {
        match stream.write(&message[*sent..]) {
            Ok(0) => return Err(Error::from(ErrorKind::WriteZero)),
            Ok(count) => *sent += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Not connected yet, or the other side is slow.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::NotConnected
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    loop {
        if let Some((head, rest)) = received.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*head));
            if let Some(whole) = rest.get(..length) {
                return Ok(Some(whole.to_vec()));
            }
        }
        match stream.read(buffer) {
            Ok(0) => return Err(Error::from(ErrorKind::UnexpectedEof)),
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}
