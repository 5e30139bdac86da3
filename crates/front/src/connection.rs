//! One connection, whichever protocol it speaks.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use bytes::Bytes;

use crate::blocks::{Blocks, Mark, Slot};
use crate::front::Local;
use crate::grant::{Grant, WriteGrant, Written};
use crate::limits::{TOTAL_UNREAD_BYTES, UNFLUSHED_BYTES};
use crate::listener::Listening;
use crate::tls::{Tls, Verdict};
use crate::wire::{Head, event, plain, text8, text16, text32, verdict, word};
use crate::{http1, http2};

/// Streams may be silent for hours: that a peer vanished without a word the kernel finds out.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The longest wait for ADMIT.
const ADMISSION: Duration = Duration::from_secs(30);

struct Ends {
    remote: SocketAddr,
    local: SocketAddr,
}

/// Dropped with the last task that serves it.
pub struct Connection {
    pub id: u32,
    pub listening: Arc<Listening>,
    local: Rc<Local>,
    ends: Ends,
    blocks: RefCell<Blocks>,
    /// JavaScript knows of it.
    is_known: Cell<bool>,
    is_opened: Cell<bool>,
    chain: RefCell<Option<(Arc<Tls>, Vec<CertificateDer<'static>>)>>,
    is_secure: bool,
    admitted: Notify,
    cut: Notify,
    /// Of what follows.
    changed: Notify,
    ending: Cell<bool>,
    calm: Cell<bool>,
    /// Requests that run.
    pub running: Cell<usize>,
    /// Bytes of granted responses that the client has not taken.
    unread: Cell<usize>,
    /// They have become fewer.
    was_read: Notify,
    /// Bytes that HTTP/2 was given since the socket last had all of them.
    unflushed: Cell<usize>,
    /// The socket has them.
    flushed: Notify,
    /// Resets that are left, and when they were counted.
    resets: Cell<(f64, Instant)>,
}

impl Connection {
    pub fn admit(&self) {
        self.admitted.notify_one();
    }

    pub fn cut(&self) {
        self.cut.notify_one();
    }

    /// It ends when no request runs on it.
    pub fn end(&self) {
        self.ending.set(true);
        self.changed.notify_one();
    }

    pub fn is_ending(&self) -> bool {
        self.ending.get() || self.listening.is_closing()
    }

    /// Its client resets more streams than a good one does.
    pub fn is_hostile(&self) -> bool {
        self.calm.get()
    }

    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Wakes whoever waits in [`Connection::changed`].
    pub fn touch(&self) {
        self.changed.notify_one();
    }

    /// What HTTP/2 may be given now: what is beyond waits with whoever sends it.
    pub fn flush_room(&self) -> usize {
        UNFLUSHED_BYTES.saturating_sub(self.unflushed.get())
    }

    pub fn gave(&self, bytes: usize) {
        self.unflushed.set(self.unflushed.get() + bytes);
    }

    pub fn has_flushed(&self) {
        if self.unflushed.replace(0) >= UNFLUSHED_BYTES {
            self.flushed.notify_waiters();
        }
    }

    pub async fn flushed(&self) {
        while self.flush_room() == 0 {
            self.flushed.notified().await;
        }
    }

    /// Whether a GET has to wait: it may be served without asking, so that nothing else bounds it,
    /// and the client has not taken enough of such responses.
    pub fn waits_for_room(&self, block: &[u8], target: &str) -> bool {
        if self.has_room() {
            return false;
        }
        let mut blocks = self.blocks.borrow_mut();
        let grants = blocks.grants_of(block);
        grants.is_some_and(|grants| grants.cover(target))
    }

    fn has_room(&self) -> bool {
        self.unread.get() < self.listening.limits.unread_bytes
    }

    pub async fn room(&self) {
        while !self.has_room() {
            self.was_read.notified().await;
        }
    }

    /// A granted response is being sent, until what comes back is dropped.
    pub fn unread(self: &Rc<Self>, bytes: usize) -> Unread {
        self.unread.set(self.unread.get() + bytes);
        self.local.unread.fetch_add(bytes, Ordering::Relaxed);
        Unread {
            connection: self.clone(),
            bytes,
        }
    }

    /// A stream was reset before it had a response.
    pub fn count_reset(&self) {
        let limits = &self.listening.limits;
        let (left, at) = self.resets.get();
        let now = Instant::now();
        let regained = now.duration_since(at).as_secs_f64() * f64::from(limits.resets_per_second);
        let left = (left + regained).min(f64::from(limits.resets)) - 1.0;
        self.resets.set((left, now));
        if left < 0.0 {
            self.calm.set(true);
            self.changed.notify_one();
        }
    }

    /// Tells of the connection before its first request.
    pub fn open(&self) {
        if self.is_opened.replace(true) {
            return;
        }
        self.is_known.set(true);
        let chain = self.chain.borrow_mut().take();
        let (code, reason, certificates) = match &chain {
            None => (verdict::NO_CERTIFICATE, String::new(), &[][..]),
            Some((tls, chain)) => match tls.verdict(chain) {
                Verdict::Verified => (verdict::VERIFIED, String::new(), &chain[..]),
                Verdict::IsAuthority => (verdict::IS_AUTHORITY, String::new(), &chain[..]),
                Verdict::NotVerified(reason) => (verdict::NOT_VERIFIED, reason, &chain[..]),
            },
        };
        self.local.outbox.put(|out| {
            plain(out, event::OPENED, self.id);
            word(out, self.listening.id);
            out.push(u8::from(self.is_secure));
            write_ends(out, &self.ends);
            out.push(code);
            text16(out, reason.as_bytes());
            out.push(certificates.len() as u8);
            for certificate in certificates {
                text32(out, certificate);
            }
        });
    }

    pub fn slot_of(&self, block: &[u8]) -> Slot {
        self.blocks.borrow_mut().slot_of(block)
    }

    /// What [`Connection::grant`] takes for requests with these headers.
    pub fn mark_of(&self, slot: Slot) -> Option<Mark> {
        self.blocks.borrow().mark_of(slot)
    }

    /// Nothing happens where the headers have been forgotten meanwhile.
    pub fn grant(&self, mark: Mark, grant: Grant) {
        if let Some(grants) = self.blocks.borrow_mut().grants_of_mark(mark) {
            grants.add(grant);
        }
    }

    /// The response to a GET with these headers and without a body, where it is granted.
    pub fn read(&self, block: &[u8], target: &str) -> Option<(Head, Bytes)> {
        // Whose clients are slow JavaScript knows: it makes room.
        if self.local.unread.load(Ordering::Relaxed) >= TOTAL_UNREAD_BYTES {
            return None;
        }
        self.blocks.borrow_mut().grants_of(block)?.read(target)
    }

    /// As `grant`.
    pub fn grant_write(&self, mark: Mark, grant: WriteGrant) {
        if let Some(grants) = self.blocks.borrow_mut().grants_of_mark(mark) {
            grants.add_write(grant);
        }
    }

    /// Begins what a request with these headers asks for, where it is granted. Nothing is for a
    /// client that does not take what it asked for before: JavaScript lets it wait.
    pub fn write(&self, block: &[u8], method: &str, target: &str, body: &Bytes) -> Option<Written> {
        if !self.has_room() || self.local.unread.load(Ordering::Relaxed) >= TOTAL_UNREAD_BYTES {
            return None;
        }
        self.blocks
            .borrow_mut()
            .grants_of(block)?
            .write(method, target, body)
    }

    /// What has become of what `write` began, or that its deadline has passed.
    pub async fn written(&self, written: Written) -> Outcome {
        match timeout(self.listening.limits.wait, written).await {
            Ok(Some((head, body))) => Outcome::Response(head, body),
            Ok(None) => Outcome::Ask,
            Err(_) => Outcome::Late,
        }
    }

    async fn ask(&self, stream: &TcpStream) -> bool {
        self.is_known.set(true);
        self.local.outbox.put(|out| {
            plain(out, event::ARRIVED, self.id);
            word(out, self.listening.id);
            write_ends(out, &self.ends);
            out.extend_from_slice(&inode_of(stream).to_le_bytes());
        });
        timeout(ADMISSION, self.admitted.notified()).await.is_ok()
    }
}

/// How a granted write ends.
pub enum Outcome {
    Response(Head, Bytes),
    /// Nothing was written.
    Ask,
    Late,
}

/// A granted response that the client has not taken yet.
pub struct Unread {
    connection: Rc<Connection>,
    bytes: usize,
}

impl Drop for Unread {
    fn drop(&mut self) {
        let unread = &self.connection.unread;
        unread.set(unread.get() - self.bytes);
        let total = &self.connection.local.unread;
        total.fetch_sub(self.bytes, Ordering::Relaxed);
        self.connection.was_read.notify_waiters();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.local.connections.borrow_mut().remove(&self.id);
        if self.is_known.get() {
            self.local
                .outbox
                .put(|out| plain(out, event::CLOSED, self.id));
        }
        self.listening.one_ended();
    }
}

fn write_ends(out: &mut Vec<u8>, ends: &Ends) {
    for end in [ends.remote, ends.local] {
        text8(out, plain_address(end.ip()).to_string().as_bytes());
        out.extend_from_slice(&end.port().to_le_bytes());
    }
}

/// IPv4 as such, also where the socket is one of IPv6.
fn plain_address(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The kernel's number of a socket; 0 where it cannot be told.
fn inode_of(stream: &TcpStream) -> f64 {
    let link = format!("/proc/self/fd/{}", stream.as_raw_fd());
    let read = std::fs::read_link(link).ok();
    let name = read.as_ref().and_then(|path| path.to_str());
    let inode = name.and_then(|name| name.strip_prefix("socket:[")?.strip_suffix(']'));
    inode.and_then(|inode| inode.parse().ok()).unwrap_or(0.0)
}

/// Serves a connection until its end.
pub async fn run(stream: std::net::TcpStream, listening: Arc<Listening>, local: Rc<Local>) {
    let opened = open(stream);
    let Ok((stream, ends)) = opened else {
        listening.one_ended();
        return;
    };
    let tls = listening.tls.read().clone();
    let connection = Rc::new(Connection {
        id: local.next_id(),
        local: local.clone(),
        ends,
        blocks: RefCell::default(),
        is_known: Cell::new(false),
        is_opened: Cell::new(false),
        chain: RefCell::default(),
        is_secure: tls.is_some(),
        admitted: Notify::new(),
        cut: Notify::new(),
        changed: Notify::new(),
        ending: Cell::new(false),
        calm: Cell::new(false),
        running: Cell::new(0),
        unread: Cell::new(0),
        was_read: Notify::new(),
        unflushed: Cell::new(0),
        flushed: Notify::new(),
        resets: Cell::new((f64::from(listening.limits.resets), Instant::now())),
        listening,
    });
    local
        .connections
        .borrow_mut()
        .insert(connection.id, Rc::downgrade(&connection));
    if connection.listening.is_closing() {
        return;
    }
    tokio::select! {
        () = connection.cut.notified() => {}
        () = serve(&connection, stream, tls, &local) => {}
    }
}

fn open(stream: std::net::TcpStream) -> std::io::Result<(TcpStream, Ends)> {
    let ends = Ends {
        remote: stream.peer_addr()?,
        local: stream.local_addr()?,
    };
    stream.set_nodelay(true)?;
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE);
    SockRef::from(&stream).set_tcp_keepalive(&keep_alive)?;
    Ok((TcpStream::from_std(stream)?, ends))
}

async fn serve(
    connection: &Rc<Connection>,
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    local: &Rc<Local>,
) {
    if connection.listening.asks && !connection.ask(&stream).await {
        return;
    }
    let only_http2 = connection.listening.only_http2;
    let Some(tls) = tls else {
        if only_http2 {
            http2::serve(connection, local, stream).await;
        } else {
            http1::serve(connection, local, stream).await;
        }
        return;
    };
    let acceptor = tokio_rustls::TlsAcceptor::from(tls.config.clone());
    let handshake = timeout(
        connection.listening.limits.handshake,
        acceptor.accept(stream),
    );
    let Ok(Ok(stream)) = handshake.await else {
        return;
    };
    let session = stream.get_ref().1;
    if let Some(chain) = session.peer_certificates() {
        let chain = chain.iter().map(|one| one.clone().into_owned()).collect();
        *connection.chain.borrow_mut() = Some((tls, chain));
    }
    if only_http2 || session.alpn_protocol() == Some(b"h2") {
        http2::serve(connection, local, stream).await;
    } else {
        http1::serve(connection, local, stream).await;
    }
}
