//! The HTTP server's threads, for one JavaScript thread: events are taken and commands given in
//! batches, whose forms are `steersman_front::wire`'s.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use napi::bindgen_prelude::{Buffer, BufferSlice, Env, Error, Function, Result};
use napi_derive::napi;
use steersman_front::{
    Front, FrontOptions, Grant, Limits, ListenError, ListenOptions, NamedPair, PathPattern,
    TlsOptions,
};

use crate::binding_pipes::Feed;
use crate::binding_store_reads::{
    LONGEST_GRANT, NativeProvenObjects, NativeReadFigures, ServedObjects,
};
use crate::binding_store_wake::Wake;

#[napi(object, object_to_js = false)]
pub struct FrontNamedPair {
    pub names: Vec<String>,
    pub certificate: String,
    pub key: String,
}

#[napi(object, object_to_js = false)]
pub struct FrontTls {
    /// PEM, as the other ones.
    pub certificate: String,
    pub key: String,
    pub client_authorities: Option<String>,
    pub only_tls13: bool,
    /// OpenSSL's names, with colons between.
    pub ciphers: Option<String>,
    pub curves: Option<String>,
    pub without_http2: bool,
    pub only_http2: bool,
    pub by_server_name: Vec<FrontNamedPair>,
}

#[napi(object, object_to_js = false)]
pub struct FrontListen {
    /// An IP address.
    pub address: String,
    pub port: u16,
    pub tls: Option<FrontTls>,
    /// Connections wait for ADMIT.
    pub asks: bool,
    /// Nothing but HTTP/2 is spoken.
    pub only_http2: bool,
    pub shares_port: bool,
    pub collects_bodies: bool,
    pub streamed_paths: Vec<String>,
    pub limits: FrontLimits,
}

/// What differs from the table's numbers.
#[napi(object, object_to_js = false)]
pub struct FrontLimits {
    pub head_bytes: Option<u32>,
    pub body_bytes: Option<u32>,
    pub streams: Option<u32>,
    pub resets: Option<u32>,
    pub goaway_chance: Option<f64>,
    pub head_milliseconds: Option<u32>,
    pub idle_milliseconds: Option<u32>,
    pub body_idle_milliseconds: Option<u32>,
    pub body_milliseconds: Option<u32>,
    pub response_stall_milliseconds: Option<u32>,
    pub wait_milliseconds: Option<u32>,
}

/// Which GET requests are granted, and the headers of their responses.
#[napi(object, object_to_js = false)]
pub struct FrontGrant {
    /// Of their paths, what stands before the name.
    pub before: String,
    /// Where two names are free, what stands between them.
    pub between: Option<String>,
    /// Names and values by turns, each followed by a zero.
    pub headers: String,
    /// After each body.
    pub tail: String,
    /// Bodies of this size are JavaScript's.
    pub below_bytes: f64,
    pub milliseconds: f64,
}

#[napi(object, object_from_js = false)]
pub struct FrontBound {
    pub listener: u32,
    pub address: String,
    pub port: u16,
    /// The kernel's error number instead; the rest is nothing then.
    pub errno: i32,
}

fn tls_of(tls: FrontTls) -> TlsOptions {
    TlsOptions {
        certificate: tls.certificate,
        key: tls.key,
        client_authorities: tls.client_authorities,
        only_tls13: tls.only_tls13,
        ciphers: tls.ciphers,
        curves: tls.curves,
        without_http2: tls.without_http2,
        only_http2: tls.only_http2,
        by_server_name: tls
            .by_server_name
            .into_iter()
            .map(|pair| NamedPair {
                names: pair.names,
                certificate: pair.certificate,
                key: pair.key,
            })
            .collect(),
    }
}

fn limits_of(given: &FrontLimits) -> Limits {
    let table = Limits::default();
    let duration = |given: Option<u32>, known: Duration| {
        given.map_or(known, |milliseconds| {
            Duration::from_millis(milliseconds.into())
        })
    };
    let bytes = |given: Option<u32>, known: usize| given.map_or(known, |given| given as usize);
    Limits {
        head: duration(given.head_milliseconds, table.head),
        idle: duration(given.idle_milliseconds, table.idle),
        body_idle: duration(given.body_idle_milliseconds, table.body_idle),
        body_total: duration(given.body_milliseconds, table.body_total),
        response_stall: duration(given.response_stall_milliseconds, table.response_stall),
        wait: duration(given.wait_milliseconds, table.wait),
        head_bytes: bytes(given.head_bytes, table.head_bytes),
        body_bytes: bytes(given.body_bytes, table.body_bytes),
        streams: given.streams.unwrap_or(table.streams),
        resets: given.resets.unwrap_or(table.resets),
        goaway_chance: given.goaway_chance.unwrap_or(table.goaway_chance),
        ..table
    }
}

/// Its threads end with it, or with `stop`.
#[napi]
pub struct NativeFront {
    pub(crate) front: Option<Front>,
    wake: Arc<Wake>,
    /// By thread: one for each store that watches of its connections are of.
    pub(crate) feeds: Vec<Vec<Arc<Feed>>>,
}

#[napi]
impl NativeFront {
    /// `callback` is called when there are events to take; `bodyBudget` is the sum of all bodies
    /// that are collected or handled.
    #[napi(constructor)]
    pub fn new(
        env: &Env,
        threads: u32,
        body_budget: f64,
        callback: Function<'_, (), ()>,
    ) -> Result<NativeFront> {
        let wake = Wake::new(env, &callback)?;
        let waker = wake.clone();
        let options = FrontOptions {
            threads: threads as usize,
            body_budget: body_budget as usize,
        };
        let front = Front::start(&options, Box::new(move || waker.wake()))
            .map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(NativeFront {
            feeds: vec![Vec::new(); front.threads()],
            front: Some(front),
            wake,
        })
    }

    fn front(&self) -> Result<&Front> {
        let stopped = || Error::from_reason("the front has stopped");
        self.front.as_ref().ok_or_else(stopped)
    }

    /// Keeps the process alive, or no longer.
    #[napi]
    pub fn hold(&self, hold: bool) {
        self.wake.hold(hold);
    }

    /// Throws where TLS does not fit.
    #[napi(catch_unwind)]
    pub fn listen(&self, options: FrontListen) -> Result<FrontBound> {
        let address: IpAddr = options
            .address
            .parse()
            .map_err(|_| Error::from_reason(format!("{:?} is no address", options.address)))?;
        let limits = limits_of(&options.limits);
        let listened = self.front()?.listen(ListenOptions {
            address,
            port: options.port,
            tls: options.tls.map(tls_of),
            asks: options.asks,
            only_http2: options.only_http2,
            shares_port: options.shares_port,
            collects_bodies: options.collects_bodies,
            streamed_paths: options.streamed_paths,
            limits,
        });
        match listened {
            Ok(bound) => Ok(FrontBound {
                listener: bound.listener,
                address: bound.address.ip().to_string(),
                port: bound.address.port(),
                errno: 0,
            }),
            Err(ListenError::Tls(why)) => Err(Error::from_reason(why)),
            Err(ListenError::Socket(error)) => match error.raw_os_error() {
                None => Err(Error::from_reason(error.to_string())),
                Some(errno) => Ok(FrontBound {
                    listener: 0,
                    address: String::new(),
                    port: 0,
                    errno,
                }),
            },
        }
    }

    /// Throws, and changes nothing, where it does not fit.
    #[napi(catch_unwind)]
    pub fn reload_tls(&self, listener: u32, tls: FrontTls) -> Result<()> {
        self.front()?
            .reload_tls(listener, &tls_of(tls))
            .map_err(Error::from_reason)
    }

    #[napi]
    pub fn end_connections(&self, listener: u32) -> Result<()> {
        self.front()?.end_connections(listener);
        Ok(())
    }

    #[napi]
    pub fn close(&self, listener: u32) -> Result<()> {
        self.front()?.close(listener);
        Ok(())
    }

    #[napi]
    pub fn cut(&self, listener: u32) -> Result<()> {
        self.front()?.cut(listener);
        Ok(())
    }

    /// Lets later requests with the headers of this one be read without asking: see
    /// `steersman_front::Grant`.
    #[napi(catch_unwind)]
    pub fn grant(
        &self,
        exchange: u32,
        input: FrontGrant,
        objects: &mut NativeProvenObjects,
        figures: &NativeReadFigures,
    ) -> Result<()> {
        let FrontGrant {
            before,
            between,
            headers,
            tail,
            below_bytes,
            milliseconds,
        } = input;
        let taken = objects.take();
        let objects = taken.map_err(|error| Error::from_reason(error.reason.clone()))?;
        let served = ServedObjects {
            objects,
            headers: headers.into(),
            tail: tail.into(),
            below_bytes: below_bytes as usize,
            figures: figures.figures.clone(),
        };
        let lasts = Duration::from_millis(milliseconds.max(0.0) as u64);
        let grant = Grant {
            paths: PathPattern { before, between },
            until: Instant::now() + lasts.min(LONGEST_GRANT),
            reads: Box::new(served),
        };
        self.front()?.grant(exchange, grant);
        Ok(())
    }

    /// Copies all events, and forgets them; where there is no room for them, nothing happens. What
    /// comes back is their length.
    #[napi]
    pub fn take(&self, mut room: BufferSlice<'_>) -> Result<u32> {
        Ok(self.front()?.take(&mut room) as u32)
    }

    /// A large body that an event told of; none where its request has gone.
    #[napi]
    pub fn take_body(&self, id: u32) -> Result<Option<Buffer>> {
        let body = self.front()?.take_large(id);
        Ok(body.map(|body| Buffer::from(Vec::from(body))))
    }

    /// Gives the commands in the first `length` bytes to a thread, with bytes that stand beside
    /// them.
    #[napi]
    pub fn submit(
        &self,
        thread: u32,
        batch: BufferSlice<'_>,
        length: u32,
        beside: Option<BufferSlice<'_>>,
    ) -> Result<()> {
        let batch = batch.get(..length as usize);
        let batch = batch.ok_or_else(|| Error::from_reason("the batch is shorter"))?;
        let beside = beside.map(|bytes| bytes.to_vec().into());
        self.front()?
            .submit(thread as usize, batch.to_vec().into(), beside);
        Ok(())
    }

    #[napi]
    pub fn stop(&mut self) {
        self.feeds.clear();
        self.front = None;
        self.wake.close();
    }
}
