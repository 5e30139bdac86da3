//! The server: its threads, and the sockets that they listen on.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use socket2::{Domain, Protocol, Socket, Type};
use steersman_store::{Reason, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

use crate::auth::Peer;
use crate::certificate::common_name;
use crate::connection::serve;
use crate::engine::Engine;
use crate::options::{Attached, Listen, Options};
use crate::tls::Tls;
use crate::worker::Worker;

const BACKLOG: i32 = 1_024;
/// Where the process has no descriptors left, it tries again this much later.
const PAUSE: Duration = Duration::from_millis(50);
/// Within what time a client has made its part of TLS.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);
/// How often it is looked for leases that ran out; etcd does as often.
const LEASE_INTERVAL: Duration = Duration::from_millis(500);
/// Connections that wait for their thread.
const INBOX: usize = 1_024;

/// A connection for a thread.
struct Accepted {
    stream: std::net::TcpStream,
    tls: bool,
    serves_api: bool,
}

struct Listener {
    socket: std::net::TcpListener,
    tls: bool,
    serves_api: bool,
}

pub struct Server {
    engine: Arc<Engine>,
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Server {
    /// Opens the data, listens and serves. What is refused is said in one sentence.
    pub fn start(options: Options) -> Result<Server, StoreError> {
        Server::start_with(options, Engine::open)
    }

    /// As `start`, over a store that is open already.
    pub fn attach(options: Options, attached: Attached) -> Result<Server, StoreError> {
        Server::start_with(options, |options| Engine::attach(options, attached))
    }

    fn start_with(
        options: Options,
        open: impl FnOnce(Options) -> Result<Arc<Engine>, StoreError>,
    ) -> Result<Server, StoreError> {
        let tls = match &options.tls {
            Some(files) => Some(Arc::new(Tls::new(files).map_err(invalid)?)),
            None => None,
        };
        let listen = |listen: &Listen, serves_api: bool| -> Result<Listener, StoreError> {
            if listen.tls && tls.is_none() {
                return Err(invalid("https needs a certificate and its key".to_owned()));
            }
            let socket = bind(listen.address).map_err(|error| {
                StoreError::io(&format!("listen on {}", listen.address), &error)
            })?;
            Ok(Listener {
                socket,
                tls: listen.tls,
                serves_api,
            })
        };
        let mut listeners = Vec::new();
        for one in &options.clients {
            listeners.push(listen(one, true)?);
        }
        for one in &options.metrics {
            listeners.push(listen(one, false)?);
        }
        let addresses: io::Result<Vec<SocketAddr>> = listeners
            .iter()
            .map(|one| one.socket.local_addr())
            .collect();
        let addresses = addresses.map_err(|error| StoreError::io("listen", &error))?;
        let threads = options.threads.max(1);
        let engine = open(options)?;
        let (stop, stopped) = watch::channel(false);
        let server = Server {
            engine: engine.clone(),
            addresses,
            stop,
            threads: Mutex::default(),
        };
        match server.spawn(listeners, tls, stopped, threads) {
            Ok(()) => Ok(server),
            Err(error) => {
                server.close();
                Err(StoreError::io("start the server's threads", &error))
            }
        }
    }

    fn spawn(
        &self,
        listeners: Vec<Listener>,
        tls: Option<Arc<Tls>>,
        stopped: watch::Receiver<bool>,
        count: usize,
    ) -> io::Result<()> {
        let mut inboxes = Vec::new();
        let mut outlets = Vec::new();
        for _ in 0..count {
            let (sender, receiver) = mpsc::channel(INBOX);
            inboxes.push(sender);
            outlets.push(receiver);
        }
        let mut listeners = Some(listeners);
        let mut threads = self.threads.lock();
        for (at, outlet) in outlets.into_iter().enumerate() {
            let thread = Thread {
                engine: self.engine.clone(),
                tls: tls.clone(),
                stopped: stopped.clone(),
                outlet,
                listeners: listeners.take().unwrap_or_default(),
                inboxes: if at == 0 { inboxes.clone() } else { Vec::new() },
                sees_leases: at == 0 && self.engine.is_attached(),
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build()?;
            let builder = std::thread::Builder::new().name(format!("etcd-serve-{at}"));
            threads.push(builder.spawn(move || {
                LocalSet::new().block_on(&runtime, thread.run());
            })?);
        }
        Ok(())
    }

    /// Of the clients' listeners in their order, then of the metrics'.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Ends all connections, writes what waits and gives the directory back. A second call waits
    /// for the first.
    pub fn close(&self) {
        let _ = self.stop.send(true);
        let mut threads = self.threads.lock();
        for thread in threads.drain(..) {
            // A panic there was already printed; there is nothing left to do about it.
            let _ = thread.join();
        }
        self.engine.close();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

fn invalid(message: String) -> StoreError {
    StoreError::new(Reason::InvalidRequest, message)
}

fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // [::] is every address of the machine.
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A thread that serves; the first one accepts, too.
struct Thread {
    engine: Arc<Engine>,
    tls: Option<Arc<Tls>>,
    stopped: watch::Receiver<bool>,
    outlet: mpsc::Receiver<Accepted>,
    listeners: Vec<Listener>,
    inboxes: Vec<mpsc::Sender<Accepted>>,
    sees_leases: bool,
}

/// Where whose store it is does not, or not as often. A store that cannot write says so itself, and
/// it is tried again.
async fn see_leases(engine: Arc<Engine>) {
    let session = engine.session(Box::new(|| ()));
    let mut interval = tokio::time::interval(LEASE_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let _ = engine.store.guarded(|| engine.see_leases(&session));
    }
}

impl Thread {
    async fn run(mut self) {
        let worker = Worker::new(self.engine.clone());
        let delivering = worker.clone();
        tokio::task::spawn_local(async move { delivering.deliver().await });
        let turn = Rc::new(std::cell::Cell::new(0));
        for listener in std::mem::take(&mut self.listeners) {
            let inboxes = self.inboxes.clone();
            tokio::task::spawn_local(accept(listener, inboxes, turn.clone()));
        }
        if self.sees_leases {
            tokio::task::spawn_local(see_leases(self.engine.clone()));
        }
        // The senders that are left are the accepting tasks'.
        self.inboxes.clear();
        loop {
            let accepted = tokio::select! {
                accepted = self.outlet.recv() => accepted,
                _ = self.stopped.changed() => return,
            };
            let Some(accepted) = accepted else {
                // Nobody accepts any more.
                let _ = self.stopped.changed().await;
                return;
            };
            let tls = self.tls.clone();
            let stopped = self.stopped.clone();
            tokio::task::spawn_local(connect(accepted, tls, worker.clone(), stopped));
        }
    }
}

async fn accept(
    listener: Listener,
    inboxes: Vec<mpsc::Sender<Accepted>>,
    turn: Rc<std::cell::Cell<usize>>,
) {
    let Ok(socket) = tokio::net::TcpListener::from_std(listener.socket) else {
        return;
    };
    loop {
        let stream = match socket.accept().await {
            Ok((stream, _)) => stream.into_std(),
            // It ended before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => Err(error),
        };
        let Ok(stream) = stream else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        turn.set((turn.get() + 1) % inboxes.len());
        let accepted = Accepted {
            stream,
            tls: listener.tls,
            serves_api: listener.serves_api,
        };
        if inboxes[turn.get()].send(accepted).await.is_err() {
            return;
        }
    }
}

async fn connect(
    accepted: Accepted,
    tls: Option<Arc<Tls>>,
    worker: Rc<Worker>,
    stopped: watch::Receiver<bool>,
) {
    let Ok(stream) = tokio::net::TcpStream::from_std(accepted.stream) else {
        return;
    };
    let _ = stream.set_nodelay(true);
    let serves_api = accepted.serves_api;
    match tls.filter(|_| accepted.tls) {
        None => serve(stream, worker, Peer::new(None), serves_api, stopped).await,
        Some(tls) => {
            let acceptor = TlsAcceptor::from(tls.config.clone());
            let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream));
            if let Ok(Ok(stream)) = handshake.await
                && tls.admits(stream.get_ref().1)
            {
                let chain = stream.get_ref().1.peer_certificates();
                let name = chain.and_then(|chain| common_name(chain.first()?));
                serve(stream, worker, Peer::new(name), serves_api, stopped).await;
            }
        }
    }
}
