//! The cluster's DNS zone, and the sockets that it is asked on. Queries are answered on threads of
//! their own, without JavaScript; each socket's threads end with `stop`, or with the handle.

use crate::binding_dns_counters::{BYTES, Counters, SECONDS, TYPES, add, get};
use crate::binding_dns_forward::{Elsewhere, Forwarder, Pending};
use crate::binding_dns_streams::{Streams, WAKE};
use crate::binding_dns_udp::{bind, serve};
use mio::{Poll, Waker};
use napi::bindgen_prelude::{AsyncTask, Buffer, Env, Error, Result, Task};
use napi_derive::napi;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use socket2::{Socket, Type};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use steersman_dns::name::Name;
use steersman_dns::query::{Query, Read, Transport, rcode, read};
use steersman_dns::writer::fail;
use steersman_dns::{Kind, Outcome, Question, Zone, ZoneOptions, next};

/// Tries for a port that is free for both protocols, where any will do.
const PORT_TRIES: usize = 16;

#[napi(object)]
pub struct DnsZoneOptions {
    /// The cluster's domain, without a dot at its end.
    pub domain: String,
    /// Seconds of records.
    pub ttl: u32,
    /// Chooses the order of addresses.
    pub seed: u32,
}

/// What is known of one query.
#[napi(object)]
pub struct DnsAnswer {
    /// Absent where nobody waits for one.
    pub response: Option<Buffer>,
    /// Whether the question is of another zone: the response then says that nobody is asked.
    pub is_elsewhere: bool,
}

#[napi(object)]
pub struct DnsAddress {
    pub host: String,
    pub port: u32,
}

/// Of queries of one zone over one transport. Histograms have a count a bucket, then the sum.
#[napi(object)]
pub struct DnsFlow {
    pub is_cluster_zone: bool,
    pub is_tcp: bool,
    /// By family (IPv4, IPv6), then by the type.
    pub types: Vec<f64>,
    pub codes: Vec<f64>,
    pub nanoseconds: Vec<f64>,
    pub request_bytes: Vec<f64>,
    pub response_bytes: Vec<f64>,
}

#[napi(object)]
pub struct DnsCounts {
    pub flows: Vec<DnsFlow>,
    /// The query types of `types`, in its order; 0 is every other.
    pub types: Vec<u32>,
    /// Upper bounds of the buckets, in seconds and bytes; one more is without.
    pub seconds: Vec<f64>,
    pub bytes: Vec<u32>,
    pub cache_hits: f64,
    pub cache_misses: f64,
    pub forwarded: f64,
    pub forward_failures: f64,
    pub forward_refused: f64,
    pub cached_responses: f64,
    pub cached_bytes: f64,
    pub connections: f64,
    pub connections_cut: f64,
}

/// What threads of a server share.
pub struct Shared {
    pub zone: Arc<RwLock<Zone>>,
    pub counters: Counters,
    pub elsewhere: Elsewhere,
    waker: OnceLock<Waker>,
    stopping: AtomicBool,
    seed: u64,
}

/// What became of a message.
pub enum Answer {
    /// The response is written; an empty one is none.
    Done(Answered),
    /// Another server must be asked, for which there is room.
    Pending(Pending),
}

/// How a message was answered, for counting.
pub struct Answered {
    pub code: u8,
    pub of_zone: bool,
    pub qtype: u16,
}

impl Shared {
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// A seed for one thread.
    pub fn seed(&self, thread: u64) -> u64 {
        let mut seed = self.seed ^ thread.wrapping_mul(0x2545_f491_4f6c_dd1d);
        next(&mut seed)
    }

    /// Wakes the thread that forwards.
    pub fn wake(&self) {
        if let Some(waker) = self.waker.get() {
            let _ = waker.wake();
        }
    }

    /// Answers a message as far as that can be done here.
    pub fn answer(
        &self,
        zone: &RwLockReadGuard<'_, Zone>,
        message: &[u8],
        transport: Transport,
        seed: &mut u64,
        response: &mut Vec<u8>,
    ) -> Answer {
        let target = match zone.answer(message, transport, seed, response) {
            Outcome::Answered {
                code,
                of_zone,
                qtype,
            } => {
                return Answer::Done(Answered {
                    code,
                    of_zone,
                    qtype,
                });
            }
            Outcome::Nothing => {
                return Answer::Done(Answered {
                    code: 0,
                    of_zone: false,
                    qtype: 0,
                });
            }
            Outcome::Forward => None,
            Outcome::Chase { target } => Name::read(&target).map(|(name, _)| name),
        };
        match read(message, transport) {
            Read::Query(query) => self.elsewhere_of(&query, target.as_ref(), response),
            _ => Answer::Done(Answered {
                code: 0,
                of_zone: false,
                qtype: 0,
            }),
        }
    }

    /// Answers what other servers know: from the cache, or later. Where a name of the zone led to
    /// the target, the response has that name's records already.
    fn elsewhere_of(
        &self,
        query: &Query<'_>,
        target: Option<&Name>,
        response: &mut Vec<u8>,
    ) -> Answer {
        let of_zone = target.is_some();
        let done = |code| {
            Answer::Done(Answered {
                code,
                of_zone,
                qtype: query.qtype,
            })
        };
        if !self.elsewhere.has_upstreams() && of_zone {
            return done(rcode::NO_ERROR);
        }
        if !self.elsewhere.has_upstreams() || (!of_zone && self.elsewhere.is_own(query)) {
            fail(response, query, rcode::REFUSED);
            return done(rcode::REFUSED);
        }
        let question = match target {
            Some(target) => Question::of_target(target, query),
            None => Question::of(query),
        };
        let begun: Option<Box<[u8]>> = of_zone.then(|| response.as_slice().into());
        {
            let cache = self.elsewhere.cache.lock();
            if let Some((known, age)) = cache.get(&question, self.elsewhere.now()) {
                add(&self.counters.cache_hits, 1);
                return done(match &begun {
                    None => known.give(query, age, response),
                    Some(begun) => known.give_after(query, age, begun, response),
                });
            }
        }
        add(&self.counters.cache_misses, 1);
        if !self.elsewhere.admit() {
            add(&self.counters.forward_refused, 1);
            fail(response, query, rcode::REFUSED);
            return done(rcode::REFUSED);
        }
        Answer::Pending(Pending { question, begun })
    }
}

/// Nobody is asked for other zones here, and saying so sends the client on to its next server.
fn refuse_elsewhere(message: &[u8], transport: Transport, response: &mut Vec<u8>) {
    if let Read::Query(query) = read(message, transport) {
        fail(response, &query, rcode::REFUSED);
    }
}

fn read_kind(kind: &str) -> Result<Kind> {
    match kind {
        "Namespace" => Ok(Kind::Namespace),
        "Service" => Ok(Kind::Service),
        "EndpointSlice" => Ok(Kind::EndpointSlice),
        _ => Err(Error::from_reason(format!("{kind:?} is of no zone"))),
    }
}

fn read_ip(text: &str) -> Result<IpAddr> {
    text.parse()
        .map_err(|_| Error::from_reason(format!("{text:?} is not an IP address")))
}

/// The zone of one cluster. Its objects are given as JSON, one by one, and not kept as such.
#[napi]
pub struct DnsZone {
    zone: Arc<RwLock<Zone>>,
    seed: u64,
}

#[napi]
impl DnsZone {
    /// Throws for a domain that is none.
    #[napi(constructor, catch_unwind)]
    pub fn new(options: DnsZoneOptions) -> Result<DnsZone> {
        let zone = Zone::new(&ZoneOptions {
            domain: options.domain.clone(),
            ttl: options.ttl,
            server_addresses: Vec::new(),
        });
        let zone = zone.ok_or_else(|| {
            let domain = options.domain;
            Error::from_reason(format!("{domain:?} is no domain, or too long for one"))
        })?;
        let mut seed = u64::from(options.seed);
        next(&mut seed);
        Ok(DnsZone {
            zone: Arc::new(RwLock::new(zone)),
            seed,
        })
    }

    #[napi(catch_unwind)]
    pub fn set_namespace(&self, name: String) {
        self.zone.write().set_namespace(&name);
    }

    #[napi(catch_unwind)]
    pub fn remove_namespace(&self, name: String) {
        self.zone.write().remove_namespace(&name);
    }

    /// A Service as JSON; why it could not be read, where it could not.
    #[napi(catch_unwind)]
    pub fn set_service(&self, json: &[u8]) -> Option<String> {
        self.zone
            .write()
            .set_service(json)
            .err()
            .map(|error| error.0)
    }

    #[napi(catch_unwind)]
    pub fn remove_service(&self, namespace: String, name: String) {
        self.zone.write().remove_service(&namespace, &name);
    }

    /// An EndpointSlice as JSON; why it could not be read, where it could not.
    #[napi(catch_unwind)]
    pub fn set_endpoint_slice(&self, json: &[u8]) -> Option<String> {
        let set = self.zone.write().set_endpoint_slice(json);
        set.err().map(|error| error.0)
    }

    #[napi(catch_unwind)]
    pub fn remove_endpoint_slice(&self, namespace: String, name: String) {
        self.zone.write().remove_endpoint_slice(&namespace, &name);
    }

    /// Begins a list of `Namespace`, `Service` or `EndpointSlice`.
    #[napi(catch_unwind)]
    pub fn begin_list(&self, kind: String) -> Result<()> {
        self.zone.write().begin_list(read_kind(&kind)?);
        Ok(())
    }

    /// Ends it: what was not set since it began is gone; how many were.
    #[napi(catch_unwind)]
    pub fn end_list(&self, kind: String) -> Result<u32> {
        Ok(self.zone.write().end_list(read_kind(&kind)?) as u32)
    }

    /// From now on what is not there does not exist; before, every query fails.
    #[napi(catch_unwind)]
    pub fn set_synced(&self) {
        self.zone.write().set_synced();
    }

    /// Unix seconds of the last change.
    #[napi(catch_unwind)]
    pub fn set_serial(&self, serial: u32) {
        self.zone.write().set_serial(serial);
    }

    /// Where this server is reached, for the zone's NS records. Throws for what is no address.
    #[napi(catch_unwind)]
    pub fn set_server_addresses(&self, addresses: Vec<String>) -> Result<()> {
        let addresses = addresses.iter().map(|text| read_ip(text));
        let addresses = addresses.collect::<Result<_>>()?;
        self.zone.write().set_server_addresses(addresses);
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn services(&self) -> u32 {
        self.zone.read().services() as u32
    }

    #[napi(catch_unwind)]
    pub fn endpoints(&self) -> u32 {
        self.zone.read().endpoints() as u32
    }

    /// Answers one message as a socket would that has nobody to ask for other zones.
    #[napi(catch_unwind)]
    pub fn answer(&mut self, message: &[u8], is_tcp: bool) -> DnsAnswer {
        let transport = if is_tcp {
            Transport::Tcp
        } else {
            Transport::Udp
        };
        let mut response = Vec::new();
        let zone = self.zone.read();
        let outcome = zone.answer(message, transport, &mut self.seed, &mut response);
        let is_elsewhere = outcome == Outcome::Forward;
        if is_elsewhere {
            refuse_elsewhere(message, transport, &mut response);
        }
        DnsAnswer {
            response: (!response.is_empty()).then(|| response.into()),
            is_elsewhere,
        }
    }
}

/// The sockets of a DNS server, UDP and TCP at each address.
#[napi]
pub struct DnsSockets {
    shared: Arc<Shared>,
    running: Mutex<Option<Running>>,
    addresses: Vec<SocketAddr>,
}

struct Running {
    sockets: Vec<Arc<Socket>>,
    threads: Vec<JoinHandle<()>>,
}

fn socket_address(address: &DnsAddress) -> Result<SocketAddr> {
    let DnsAddress { host, port } = address;
    let number =
        u16::try_from(*port).map_err(|_| Error::from_reason(format!("{port} is not a port")))?;
    Ok(SocketAddr::new(read_ip(host)?, number))
}

fn address_text(address: &SocketAddr) -> DnsAddress {
    DnsAddress {
        host: address.ip().to_string(),
        port: u32::from(address.port()),
    }
}

fn failed(what: &str, address: SocketAddr, error: &std::io::Error) -> Error {
    let code = match error.kind() {
        std::io::ErrorKind::AddrInUse => "EADDRINUSE".to_string(),
        std::io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL".to_string(),
        std::io::ErrorKind::PermissionDenied => "EACCES".to_string(),
        _ => error.to_string(),
    };
    Error::from_reason(format!("{code} {what} {address}"))
}

/// A UDP and a TCP socket at one address; where any port will do, one that both can have.
fn bind_both(address: SocketAddr) -> Result<(Socket, Socket, SocketAddr)> {
    for attempt in 1.. {
        let udp = bind(address, Type::DGRAM).map_err(|error| failed("UDP", address, &error))?;
        let local = udp.local_addr().ok().and_then(|local| local.as_socket());
        let local = local.unwrap_or(address);
        let tcp = bind(local, Type::STREAM).and_then(|tcp| {
            tcp.listen(1024)?;
            tcp.set_nonblocking(true)?;
            Ok(tcp)
        });
        match tcp {
            Ok(tcp) => return Ok((udp, tcp, local)),
            Err(_) if address.port() == 0 && attempt < PORT_TRIES => {}
            Err(error) => return Err(failed("TCP", local, &error)),
        }
    }
    Err(Error::from_reason("no port"))
}

#[napi]
impl DnsSockets {
    /// Binds and begins to serve; other zones' queries are forwarded to the upstreams, and refused
    /// where there is none. Throws where an address cannot be had; the reason begins with the
    /// system's code, then the protocol and the address.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        zone: &DnsZone,
        listen: Vec<DnsAddress>,
        upstreams: Vec<DnsAddress>,
    ) -> Result<DnsSockets> {
        let upstreams = upstreams.iter().map(socket_address);
        let shared = Arc::new(Shared {
            zone: zone.zone.clone(),
            counters: Counters::new(),
            elsewhere: Elsewhere::new(upstreams.collect::<Result<_>>()?),
            waker: OnceLock::new(),
            stopping: AtomicBool::new(false),
            seed: zone.seed,
        });
        let (mut sockets, mut listeners, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
        for wanted in &listen {
            let (udp, tcp, address) = bind_both(socket_address(wanted)?)?;
            sockets.push(Arc::new(udp));
            listeners.push(mio::net::TcpListener::from_std(tcp.into()));
            addresses.push(address);
        }
        let io = |error: std::io::Error| Error::from_reason(error.to_string());
        let poll = Poll::new().map_err(io)?;
        let waker = Waker::new(poll.registry(), WAKE).map_err(io)?;
        let _ = shared.waker.set(waker);
        let forwarder = Forwarder::new(shared.clone(), sockets.clone());
        let streams = Streams::new(poll, listeners, shared.clone(), forwarder).map_err(io)?;
        let running = Running {
            sockets,
            threads: Vec::new(),
        };
        let server = DnsSockets {
            shared,
            running: Mutex::new(Some(running)),
            addresses,
        };
        // From here on what was started ends with the handle, also when this fails.
        server.start(streams).map_err(io)?;
        Ok(server)
    }

    fn start(&self, streams: Streams) -> std::io::Result<()> {
        let mut running = self.running.lock();
        let Some(running) = running.as_mut() else {
            return Ok(());
        };
        let named = |name: &str| {
            let builder = std::thread::Builder::new().name(name.to_string());
            builder.stack_size(256 * 1024)
        };
        running
            .threads
            .push(named("dns-tcp").spawn(move || streams.run())?);
        for (index, socket) in running.sockets.iter().enumerate() {
            let (socket, shared) = (socket.clone(), self.shared.clone());
            let thread = named("dns-udp").spawn(move || serve(&socket, index, &shared))?;
            running.threads.push(thread);
        }
        Ok(())
    }

    /// Where it listens, in the order that was asked for.
    #[napi(catch_unwind)]
    pub fn addresses(&self) -> Vec<DnsAddress> {
        self.addresses.iter().map(address_text).collect()
    }

    /// Upstreams that ask this server in turn, and are asked no more.
    #[napi(catch_unwind)]
    pub fn looped_upstreams(&self) -> Vec<DnsAddress> {
        let looped = self.shared.elsewhere.looped();
        looped.iter().map(address_text).collect()
    }

    #[napi(catch_unwind)]
    pub fn counts(&self) -> DnsCounts {
        let counters = &self.shared.counters;
        let all = |counts: &[std::sync::atomic::AtomicU64]| -> Vec<f64> {
            counts.iter().map(|count| get(count) as f64).collect()
        };
        let mut flows = Vec::new();
        for (zone, by_transport) in counters.flows.iter().enumerate() {
            for (transport, flow) in by_transport.iter().enumerate() {
                flows.push(DnsFlow {
                    is_cluster_zone: zone == 0,
                    is_tcp: transport == 1,
                    types: all(&flow.types),
                    codes: all(&flow.codes),
                    nanoseconds: flow.nanoseconds.read(),
                    request_bytes: flow.request_bytes.read(),
                    response_bytes: flow.response_bytes.read(),
                });
            }
        }
        let cached = {
            let cache = self.shared.elsewhere.cache.lock();
            (cache.len(), cache.bytes())
        };
        DnsCounts {
            flows,
            types: TYPES.map(u32::from).to_vec(),
            seconds: SECONDS.to_vec(),
            bytes: BYTES.to_vec(),
            cache_hits: get(&counters.cache_hits) as f64,
            cache_misses: get(&counters.cache_misses) as f64,
            forwarded: get(&counters.forwarded) as f64,
            forward_failures: get(&counters.forward_failures) as f64,
            forward_refused: get(&counters.forward_refused) as f64,
            cached_responses: cached.0 as f64,
            cached_bytes: cached.1 as f64,
            connections: get(&counters.connections) as f64,
            connections_cut: get(&counters.connections_cut) as f64,
        }
    }

    /// Stops serving; resolves when no thread of it runs and no socket is open.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn stop(&self) -> AsyncTask<Stopping> {
        self.end();
        AsyncTask::new(Stopping {
            running: self.running.lock().take(),
        })
    }

    fn end(&self) {
        self.shared.stopping.store(true, Ordering::Release);
        if let Some(running) = self.running.lock().as_ref() {
            for socket in &running.sockets {
                // Wakes who waits for datagrams, though the call itself fails without a peer.
                let _ = socket.shutdown(Shutdown::Both);
            }
            self.shared.wake();
        }
    }
}

impl Drop for DnsSockets {
    fn drop(&mut self) {
        self.end();
    }
}

pub struct Stopping {
    running: Option<Running>,
}

impl Task for Stopping {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        if let Some(running) = self.running.take() {
            for thread in running.threads {
                let _ = thread.join();
            }
        }
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}
