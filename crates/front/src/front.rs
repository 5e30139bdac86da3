//! The threads, and what is told to them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use crate::blocks::Mark;
use crate::budget::Budget;
use crate::connection::{Connection, run};
use crate::exchange::Exchange;
use crate::grant::{Grant, WriteGrant};
use crate::limits::Limits;
use crate::listener::{Listening, accept, bind};
use crate::outbox::{Notify as Wake, Outbox};
use crate::pipe::Source;
use crate::tls::{Tls, TlsOptions};
use crate::wire::{Command, Commands};

pub struct FrontOptions {
    pub threads: usize,
    /// The sum of all bodies that are collected or handled.
    pub body_budget: usize,
}

pub struct ListenOptions {
    pub address: IpAddr,
    pub port: u16,
    pub tls: Option<TlsOptions>,
    /// Connections wait for ADMIT before a byte of them is read.
    pub asks: bool,
    /// Nothing but HTTP/2 is spoken, without TLS too.
    pub only_http2: bool,
    /// Other sockets may listen there too.
    pub shares_port: bool,
    /// Requests are handed over when their bodies are whole, but for the paths below.
    pub collects_bodies: bool,
    /// Paths whose bodies come as they come: segments, of which `*` is any, that a path begins
    /// with.
    pub streamed_paths: Vec<String>,
    pub limits: Limits,
}

#[derive(Debug)]
pub enum ListenError {
    Tls(String),
    Socket(io::Error),
}

/// Where a listener is.
#[derive(Debug)]
pub struct Bound {
    pub listener: u32,
    pub address: SocketAddr,
}

/// Makes what runs on a thread of the front until it is over.
pub type Beside = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

pub enum Message {
    Commands(Bytes, Option<Bytes>),
    Pipe(u32, Box<dyn Source>),
    /// Something that goes on beside the connections of a thread.
    Run(Beside),
    /// For the headers that an exchange came with.
    Grant(u32, Grant),
    GrantWrite(u32, WriteGrant),
    Listen(std::net::TcpListener, Arc<Listening>),
    Adopt(std::net::TcpStream, Arc<Listening>),
    /// Connections of a listener end when no request runs on them.
    End(u32),
    /// At once.
    Cut(u32),
    Stop,
}

#[derive(Default)]
pub struct Inbox {
    waiting: Mutex<Vec<Message>>,
    came: Notify,
}

impl Inbox {
    pub fn put(&self, message: Message) {
        self.waiting.lock().push(message);
        self.came.notify_one();
    }
}

/// What the tasks of one thread share.
pub struct Local {
    pub outbox: Arc<Outbox>,
    pub budget: Arc<Budget>,
    /// Of granted responses that clients have not taken.
    pub unread: Arc<AtomicUsize>,
    pub exchanges: RefCell<HashMap<u32, std::rc::Weak<Exchange>>>,
    pub connections: RefCell<HashMap<u32, Weak<Connection>>>,
    /// Of all threads.
    pub inboxes: Arc<[Arc<Inbox>]>,
    next: Cell<u32>,
    date: RefCell<(u64, String)>,
    chances: RandomState,
    chance: Cell<u64>,
}

impl Local {
    /// True in about that share of calls.
    pub fn takes_chance(&self, share: f64) -> bool {
        if share <= 0.0 {
            return false;
        }
        let turn = self.chance.get() + 1;
        self.chance.set(turn);
        (self.chances.hash_one(turn) as f64) < share * u64::MAX as f64
    }

    /// Of an exchange or a connection; the rest by the number of threads is the thread's index.
    pub fn next_id(&self) -> u32 {
        let step = self.inboxes.len() as u32;
        loop {
            let id = self.next.get();
            // The last numbers are left out, so that the rest stays what it is after a turn.
            let next = id.checked_add(step).filter(|next| *next < u32::MAX - step);
            self.next.set(next.unwrap_or(id % step + step));
            let is_used = self.exchanges.borrow().contains_key(&id)
                || self.connections.borrow().contains_key(&id);
            if !is_used {
                return id;
            }
        }
    }

    /// The time as HTTP writes it.
    pub fn with_date<T>(&self, write: impl FnOnce(&str) -> T) -> T {
        let now = std::time::SystemTime::now();
        let seconds = now
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let mut date = self.date.borrow_mut();
        if date.0 != seconds || date.1.is_empty() {
            *date = (seconds, http_date(seconds));
        }
        write(&date.1)
    }

    /// The connection of a request, and its headers there; none where one of them has gone.
    fn origin(&self, exchange: u32) -> Option<(Rc<Connection>, Mark)> {
        let exchange = self.exchanges.borrow().get(&exchange)?.upgrade()?;
        let (connection, mark) = exchange.origin()?;
        let connection = self.connections.borrow().get(&connection)?.upgrade()?;
        Some((connection, mark))
    }

    fn of_listener(&self, listener: u32) -> Vec<Rc<Connection>> {
        let connections = self.connections.borrow();
        let alive = connections.values().filter_map(Weak::upgrade);
        alive
            .filter(|connection| connection.listening.id == listener)
            .collect()
    }
}

fn http_date(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = seconds / 86_400;
    let (mut year, mut day) = (1970, days);
    let length = |year: u64| {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if is_leap { 366 } else { 365 }
    };
    while day >= length(year) {
        day -= length(year);
        year += 1;
    }
    let february = length(year) - 337;
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while month < 11 && day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!(
        "{}, {:02} {} {year} {hour:02}:{minute:02}:{second:02} GMT",
        DAYS[(days % 7) as usize],
        day + 1,
        MONTHS[month],
    )
}

/// The threads end with it.
pub struct Front {
    inboxes: Arc<[Arc<Inbox>]>,
    outbox: Arc<Outbox>,
    listeners: Mutex<(u32, HashMap<u32, Arc<Listening>>)>,
}

impl Front {
    /// `wake` is called, on any thread, for the first event after a [`Front::take`].
    pub fn start(options: &FrontOptions, wake: Wake) -> io::Result<Front> {
        let inboxes: Arc<[Arc<Inbox>]> = (0..options.threads.max(1))
            .map(|_| Arc::new(Inbox::default()))
            .collect();
        let outbox = Arc::new(Outbox::new(wake));
        let budget = Budget::new(options.body_budget);
        let unread = Arc::new(AtomicUsize::new(0));
        for index in 0..inboxes.len() {
            let (inboxes, outbox, budget) = (inboxes.clone(), outbox.clone(), budget.clone());
            let unread = unread.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build()?;
            std::thread::Builder::new()
                .name(format!("front-{index}"))
                .spawn(move || {
                    let inbox = inboxes[index].clone();
                    let local = Rc::new(Local {
                        outbox,
                        budget,
                        unread,
                        exchanges: RefCell::default(),
                        connections: RefCell::default(),
                        next: Cell::new((index + inboxes.len()) as u32),
                        inboxes,
                        date: RefCell::default(),
                        chances: RandomState::new(),
                        chance: Cell::new(0),
                    });
                    let tasks = tokio::task::LocalSet::new();
                    tasks.block_on(&runtime, read_inbox(inbox, local));
                })?;
        }
        Ok(Front {
            inboxes,
            outbox,
            listeners: Mutex::default(),
        })
    }

    pub fn listen(&self, options: ListenOptions) -> Result<Bound, ListenError> {
        let tls = match &options.tls {
            Some(tls) => Some(Arc::new(Tls::new(tls).map_err(ListenError::Tls)?)),
            None => None,
        };
        let address = SocketAddr::new(options.address, options.port);
        let socket = bind(address, options.shares_port).map_err(ListenError::Socket)?;
        let address = socket.local_addr().map_err(ListenError::Socket)?;
        let listener = {
            let mut listeners = self.listeners.lock();
            listeners.0 += 1;
            listeners.0
        };
        let streamed = options.streamed_paths.iter();
        let listening = Arc::new(Listening {
            id: listener,
            limits: options.limits,
            asks: options.asks,
            only_http2: options.only_http2,
            collects_bodies: options.collects_bodies,
            streamed_paths: streamed
                .map(|path| path.split('/').map(str::to_owned).collect())
                .collect(),
            tls: RwLock::new(tls),
            closing: false.into(),
            close: Notify::new(),
            open: 1.into(),
            outbox: self.outbox.clone(),
        });
        self.listeners.lock().1.insert(listener, listening.clone());
        self.inboxes[0].put(Message::Listen(socket, listening));
        Ok(Bound { listener, address })
    }

    /// For new connections. Errors, and changes nothing, where it does not fit.
    pub fn reload_tls(&self, listener: u32, options: &TlsOptions) -> Result<(), String> {
        let tls = Arc::new(Tls::new(options)?);
        if let Some(listening) = self.listeners.lock().1.get(&listener) {
            let mut current = listening.tls.write();
            if current.is_some() {
                *current = Some(tls);
            }
        }
        Ok(())
    }

    /// Ends each connection when no request runs on it.
    pub fn end_connections(&self, listener: u32) {
        for inbox in self.inboxes.iter() {
            inbox.put(Message::End(listener));
        }
    }

    /// Accepts no more; LISTENER_CLOSED comes when the last connection has ended.
    pub fn close(&self, listener: u32) {
        let listening = self.listeners.lock().1.remove(&listener);
        if let Some(listening) = listening {
            listening.closing.store(true, Ordering::SeqCst);
            listening.close.notify_one();
            self.end_connections(listener);
        }
    }

    /// Ends each connection at once.
    pub fn cut(&self, listener: u32) {
        for inbox in self.inboxes.iter() {
            inbox.put(Message::Cut(listener));
        }
    }

    /// See [`Outbox::take`].
    pub fn take(&self, room: &mut [u8]) -> usize {
        self.outbox.take(room)
    }

    pub fn take_large(&self, id: u32) -> Option<Bytes> {
        self.outbox.take_large_of(id)
    }

    /// Commands for exchanges and connections of one thread.
    pub fn submit(&self, thread: usize, batch: Bytes, beside: Option<Bytes>) {
        if let Some(inbox) = self.inboxes.get(thread) {
            inbox.put(Message::Commands(batch, beside));
        }
    }

    /// Has what follows of a response, whose head was started, come from a source; PIPED says when
    /// it is over. Where the exchange has ended the source is dropped.
    pub fn pipe(&self, exchange: u32, source: Box<dyn Source>) {
        let thread = exchange as usize % self.inboxes.len();
        self.inboxes[thread].put(Message::Pipe(exchange, source));
    }

    pub fn run_beside(&self, thread: usize, beside: Beside) {
        if let Some(inbox) = self.inboxes.get(thread) {
            inbox.put(Message::Run(beside));
        }
    }

    /// Lets later requests with the headers of this one be read without asking. To be called before
    /// its response is given; afterwards nothing happens.
    pub fn grant(&self, exchange: u32, grant: Grant) {
        let thread = exchange as usize % self.inboxes.len();
        self.inboxes[thread].put(Message::Grant(exchange, grant));
    }

    /// As `grant`, of requests with a body.
    pub fn grant_write(&self, exchange: u32, grant: WriteGrant) {
        let thread = exchange as usize % self.inboxes.len();
        self.inboxes[thread].put(Message::GrantWrite(exchange, grant));
    }

    pub fn threads(&self) -> usize {
        self.inboxes.len()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        for inbox in self.inboxes.iter() {
            inbox.put(Message::Stop);
        }
    }
}

async fn read_inbox(inbox: Arc<Inbox>, local: Rc<Local>) {
    loop {
        inbox.came.notified().await;
        let messages = std::mem::take(&mut *inbox.waiting.lock());
        for message in messages {
            match message {
                Message::Stop => return,
                Message::Commands(batch, beside) => {
                    for command in Commands::new(batch, beside) {
                        obey(&local, command);
                    }
                }
                Message::Pipe(exchange, source) => {
                    let exchange = local
                        .exchanges
                        .borrow()
                        .get(&exchange)
                        .and_then(Weak::upgrade);
                    if let Some(exchange) = exchange {
                        exchange.pipe(source);
                    }
                }
                Message::Run(beside) => {
                    tokio::task::spawn_local(beside());
                }
                Message::Grant(exchange, grant) => {
                    if let Some((connection, mark)) = local.origin(exchange) {
                        connection.grant(mark, grant);
                    }
                }
                Message::GrantWrite(exchange, grant) => {
                    if let Some((connection, mark)) = local.origin(exchange) {
                        connection.grant_write(mark, grant);
                    }
                }
                Message::Listen(socket, listening) => {
                    tokio::task::spawn_local(accept(socket, listening, local.clone()));
                }
                Message::Adopt(stream, listening) => {
                    tokio::task::spawn_local(run(stream, listening, local.clone()));
                }
                Message::End(listener) => {
                    for connection in local.of_listener(listener) {
                        connection.end();
                    }
                }
                Message::Cut(listener) => {
                    for connection in local.of_listener(listener) {
                        connection.cut();
                    }
                }
            }
        }
    }
}

fn obey(local: &Local, command: Command) {
    let id = match &command {
        Command::Admit(id) | Command::Cut(id) => {
            let connection = local.connections.borrow().get(id).and_then(Weak::upgrade);
            match (connection, &command) {
                (Some(connection), Command::Admit(_)) => connection.admit(),
                (Some(connection), _) => connection.cut(),
                (None, _) => {}
            }
            return;
        }
        Command::Send(id, ..)
        | Command::Start(id, ..)
        | Command::Write(id, ..)
        | Command::End(id)
        | Command::Abort(id)
        | Command::Credit(id, ..)
        | Command::Upgrade(id)
        | Command::Decline(id)
        | Command::TellDrained(id)
        | Command::Hold(id)
        | Command::Trailers(id, _) => *id,
    };
    let exchange = local.exchanges.borrow().get(&id).and_then(Weak::upgrade);
    if let Some(exchange) = exchange {
        exchange.take(command);
    }
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(951_827_696), "Tue, 29 Feb 2000 12:34:56 GMT");
        assert_eq!(http_date(1_735_689_599), "Tue, 31 Dec 2024 23:59:59 GMT");
    }
}
