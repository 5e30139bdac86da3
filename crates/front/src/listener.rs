//! One listening socket.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::Notify;

use crate::connection::run;
use crate::front::{Local, Message};
use crate::limits::Limits;
use crate::outbox::Outbox;
use crate::tls::Tls;
use crate::wire::{event, plain};

const BACKLOG: i32 = 1_024;
/// Where the process has no descriptors left, it tries again this much later.
const PAUSE: Duration = Duration::from_millis(50);

/// What all connections of a listener share.
pub struct Listening {
    pub id: u32,
    pub limits: Limits,
    pub asks: bool,
    pub only_http2: bool,
    pub collects_bodies: bool,
    pub streamed_paths: Vec<Vec<String>>,
    pub tls: RwLock<Option<Arc<Tls>>>,
    pub closing: AtomicBool,
    pub close: Notify,
    /// Connections, and one for the socket.
    pub open: AtomicUsize,
    pub outbox: Arc<Outbox>,
}

impl Listening {
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    pub fn one_ended(&self) {
        if self.open.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.outbox
                .put(|out| plain(out, event::LISTENER_CLOSED, self.id));
        }
    }

    /// Whether the body of a request for the target is handed over as it comes.
    pub fn streams_body(&self, target: &str) -> bool {
        if !self.collects_bodies {
            return true;
        }
        let path = target.split('?').next().unwrap_or("");
        self.streamed_paths.iter().any(|pattern| {
            let mut segments = path.split('/');
            pattern.iter().all(|expected| match segments.next() {
                Some(segment) => expected == segment || (expected == "*" && !segment.is_empty()),
                None => false,
            })
        })
    }
}

pub fn bind(address: SocketAddr, shares_port: bool) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    if shares_port {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        // [::] is every address of the machine.
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

pub async fn accept(socket: std::net::TcpListener, listening: Arc<Listening>, local: Rc<Local>) {
    if let Ok(listener) = tokio::net::TcpListener::from_std(socket) {
        let mut turn = 0;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = listening.close.notified() => break,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                // It ended before it was accepted.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let Ok(stream) = stream.into_std() else {
                continue;
            };
            listening.open.fetch_add(1, Ordering::SeqCst);
            turn = (turn + 1) % local.inboxes.len();
            if turn == 0 {
                tokio::task::spawn_local(run(stream, listening.clone(), local.clone()));
            } else {
                local.inboxes[turn].put(Message::Adopt(stream, listening.clone()));
            }
        }
    }
    listening.one_ended();
}
