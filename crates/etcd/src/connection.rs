//! One connection at a time to one of several members, and calls over it.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prost::Message;
use steersman_etcdapi::{AuthenticateRequest, AuthenticateResponse};
use steersman_store::{Reason, StoreError};
use tokio::sync::Mutex as Turn;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

/// Where etcd is and how it is spoken to.
#[derive(Clone, Default)]
pub struct Options {
    /// `https://host:port`, `http://host:port`, or `host:port`, which is http.
    pub endpoints: Vec<String>,
    /// PEM; absent: the machine's own authorities.
    pub authorities: Option<Vec<u8>>,
    /// PEM of a certificate and its key.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    pub user: Option<(String, String)>,
    /// Stands in the place of `/registry` in etcd's keys; begins with a slash and ends with none.
    pub prefix: String,
    /// Within what time a member responds at the start; absent: as long as a call may take.
    pub patience: Option<Duration>,
    /// How often a member is asked how large its file is; absent: never.
    pub size_interval: Option<Duration>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A member that says nothing for this long is asked whether it is there, and is gone when it says
/// nothing for that long.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(3);
/// One response of a member; its own bound for requests is 1.5 MiB, lists have none.
const MAX_RESPONSE_BYTES: usize = 1 << 30;
/// How often a call that changes nothing is made over another connection.
const READ_ATTEMPTS: usize = 3;

/// What came of a call that failed.
#[derive(Debug)]
pub enum Failed {
    /// No member was reached: nothing was sent.
    Unsent(StoreError),
    /// The member at this address said so, or the connection to it ended meanwhile.
    Said(Status, Arc<str>),
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> StoreError {
        match failed {
            Failed::Unsent(error) => error,
            Failed::Said(status, address) => said(&status, &address),
        }
    }
}

pub(crate) fn said(status: &Status, address: &str) -> StoreError {
    let message = status.message();
    let reason = match status.code() {
        Code::OutOfRange if message.contains("compacted") => Reason::Compacted,
        Code::OutOfRange if message.contains("future revision") => Reason::FutureRevision,
        Code::NotFound if message.contains("lease") => Reason::LeaseNotFound,
        Code::ResourceExhausted if message.contains("space exceeded") => Reason::DiskFull,
        Code::InvalidArgument
            if message.contains("too large") || message.contains("too many operations") =>
        {
            Reason::TooLarge
        }
        // Of gRPC itself. That etcd has too many requests says nothing of this one.
        Code::ResourceExhausted if message.contains("larger than max") => Reason::TooLarge,
        _ => Reason::Io,
    };
    let behind = std::error::Error::source(status).map(chain);
    let behind = behind.map_or_else(String::new, |text| format!(": {text}"));
    StoreError::new(reason, format!("etcd ({address}): {message}{behind}"))
}

struct Member {
    address: Arc<str>,
    endpoint: Endpoint,
}

/// A channel to a member, and the token that it gave.
#[derive(Clone)]
pub struct Link {
    address: Arc<str>,
    channel: Channel,
    token: Option<MetadataValue<Ascii>>,
    /// Tells one connection from the next.
    number: u64,
}

pub struct Connection {
    members: Vec<Member>,
    user: Option<(String, String)>,
    link: Mutex<Option<Link>>,
    /// Who connects; the others wait for what comes of it.
    connecting: Turn<Place>,
}

/// The member to try next, and how many connections there were.
#[derive(Default)]
struct Place {
    member: usize,
    made: u64,
}

impl Connection {
    /// Connects with the first call. Fails where an option cannot be.
    pub fn new(options: &Options) -> Result<Arc<Connection>, StoreError> {
        let mut members = Vec::new();
        for address in &options.endpoints {
            members.push(Member {
                address: address.as_str().into(),
                endpoint: endpoint(address, options)?,
            });
        }
        if members.is_empty() {
            return Err(invalid("no etcd server is given"));
        }
        Ok(Arc::new(Connection {
            members,
            user: options.user.clone(),
            link: Mutex::default(),
            connecting: Turn::default(),
        }))
    }

    pub fn addresses(&self) -> Vec<&str> {
        let addresses = self.members.iter().map(|member| &*member.address);
        addresses.collect()
    }

    /// The connection, made anew if there is none. The error says what came of each member.
    pub async fn link(&self) -> Result<Link, StoreError> {
        if let Some(link) = &*self.link.lock() {
            return Ok(link.clone());
        }
        let mut place = self.connecting.lock().await;
        if let Some(link) = &*self.link.lock() {
            return Ok(link.clone());
        }
        let mut failures = Vec::new();
        for _ in 0..self.members.len() {
            let member = &self.members[place.member % self.members.len()];
            place.made += 1;
            match self.connect(member, place.made).await {
                Ok(link) => {
                    *self.link.lock() = Some(link.clone());
                    return Ok(link);
                }
                Err(why) => failures.push(format!("{}: {why}", member.address)),
            }
            place.member += 1;
        }
        let message = format!("etcd cannot be reached: {}", failures.join("; "));
        Err(StoreError::new(Reason::Io, message))
    }

    async fn connect(&self, member: &Member, number: u64) -> Result<Link, String> {
        // The endpoint's own bound ends with TCP: a member that is stopped accepts, and says
        // nothing of TLS.
        let channel = tokio::time::timeout(CONNECT_TIMEOUT, member.endpoint.connect())
            .await
            .map_err(|_| "it did not respond in time".to_owned())?
            .map_err(|error| chain(&error))?;
        let mut link = Link {
            address: member.address.clone(),
            channel,
            token: None,
            number,
        };
        if let Some((name, password)) = &self.user {
            let request = AuthenticateRequest {
                name: name.clone(),
                password: password.clone(),
            };
            let path = "/etcdserverpb.Auth/Authenticate";
            let given: Result<AuthenticateResponse, Status> =
                link.unary(path, request, CONNECT_TIMEOUT).await;
            let given = given.map_err(|status| status.message().to_owned())?;
            let token = given
                .token
                .parse()
                .map_err(|_| "it gave no token".to_owned())?;
            link.token = Some(token);
        }
        Ok(link)
    }

    /// Nothing more is sent over a connection that failed; the next call tries the next member.
    pub async fn give_up(&self, link: &Link) {
        {
            let mut current = self.link.lock();
            if current
                .as_ref()
                .is_none_or(|current| current.number != link.number)
            {
                return;
            }
            *current = None;
        }
        self.connecting.lock().await.member += 1;
    }

    /// A call that may change something: it is sent once, and again only where it was refused
    /// for a token that has ended, so that it cannot have changed anything.
    pub async fn call<Q, R>(
        &self,
        path: &'static str,
        request: Q,
        bound: Duration,
    ) -> Result<R, Failed>
    where
        Q: Message + Clone + 'static,
        R: Message + Default + 'static,
    {
        let mut renewed = self.user.is_none();
        loop {
            let link = self.link().await.map_err(Failed::Unsent)?;
            let given = link.unary(path, request.clone(), bound).await;
            let status = match given {
                Ok(response) => return Ok(response),
                Err(status) => status,
            };
            if ends_connection(&status) {
                self.give_up(&link).await;
            }
            if renewed || !is_token_over(&status) {
                return Err(Failed::Said(status, link.address.clone()));
            }
            renewed = true;
        }
    }

    /// A call that changes nothing: it is made over another connection where one failed.
    pub async fn read<Q, R>(
        &self,
        path: &'static str,
        request: Q,
        bound: Duration,
    ) -> Result<R, Failed>
    where
        Q: Message + Clone + 'static,
        R: Message + Default + 'static,
    {
        let mut attempts = 1;
        loop {
            match self.call(path, request.clone(), bound).await {
                Err(Failed::Said(status, _))
                    if ends_connection(&status) && attempts < READ_ATTEMPTS =>
                {
                    attempts += 1;
                }
                given => return given,
            }
        }
    }
}

impl Link {
    pub fn address(&self) -> &Arc<str> {
        &self.address
    }

    pub fn grpc(&self) -> Grpc<Channel> {
        Grpc::new(self.channel.clone()).max_decoding_message_size(MAX_RESPONSE_BYTES)
    }

    /// With the token, and a word that a member without a leader is to say so.
    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("hasleader", MetadataValue::from_static("true"));
        if let Some(token) = &self.token {
            metadata.insert("token", token.clone());
        }
        request
    }

    async fn unary<Q, R>(
        &self,
        path: &'static str,
        request: Q,
        bound: Duration,
    ) -> Result<R, Status>
    where
        Q: Message + 'static,
        R: Message + Default + 'static,
    {
        let mut grpc = self.grpc();
        let request = self.request(request);
        let call = async {
            grpc.ready()
                .await
                .map_err(|error| Status::unavailable(chain(&error)))?;
            let codec: ProstCodec<Q, R> = ProstCodec::default();
            grpc.unary(request, PathAndQuery::from_static(path), codec)
                .await
        };
        match tokio::time::timeout(bound, call).await {
            Ok(given) => given.map(tonic::Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded("it did not respond in time")),
        }
    }
}

/// Whether a member, or what leads to it, is of no use any more: another may be.
fn ends_connection(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Unauthenticated => true,
        Code::Unknown | Code::Internal | Code::Cancelled => {
            std::error::Error::source(status).is_some() || is_token_over(status)
        }
        _ => is_token_over(status),
    }
}

/// Whether a member refused the token, and did nothing: another token is given.
fn is_token_over(status: &Status) -> bool {
    match status.code() {
        // It has the second code in etcd 3.4.
        Code::Unauthenticated | Code::Unknown => status.message().contains("auth token"),
        // It is older than a change of etcd's users.
        Code::InvalidArgument => status.message().contains("auth store is old"),
        _ => false,
    }
}

fn endpoint(address: &str, options: &Options) -> Result<Endpoint, StoreError> {
    let url = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    let cannot = |why: String| invalid(&format!("etcd server {address:?}: {why}"));
    let tls = match url.split_once("://") {
        Some(("http", _)) => false,
        Some(("https", _)) => true,
        _ => return Err(cannot("the scheme is neither http nor https".to_owned())),
    };
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or("");
    if let Some((_, place)) = host.rsplit_once('@') {
        // What is before it may be a secret: it is not repeated.
        return Err(invalid(&format!(
            "etcd server at {place:?}: an address has no user or password in it"
        )));
    }
    let mut endpoint = Endpoint::from_shared(url)
        .map_err(|error| cannot(chain(&error)))?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(8 << 20)
        .initial_connection_window_size(16 << 20);
    if tls {
        let mut config = ClientTlsConfig::new();
        config = match &options.authorities {
            Some(authorities) => config.ca_certificate(Certificate::from_pem(authorities)),
            None => config.with_native_roots(),
        };
        if let Some((certificate, key)) = &options.identity {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        endpoint = endpoint
            .tls_config(config)
            .map_err(|error| cannot(chain(&error)))?;
    }
    Ok(endpoint)
}

fn invalid(message: &str) -> StoreError {
    StoreError::new(Reason::InvalidRequest, message)
}

/// What an error says, and what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_etcd_says_keeps_its_meaning() {
        let cases = [
            (
                Code::OutOfRange,
                "etcdserver: mvcc: required revision has been compacted",
                Reason::Compacted,
            ),
            (
                Code::OutOfRange,
                "etcdserver: mvcc: required revision is a future revision",
                Reason::FutureRevision,
            ),
            (
                Code::OutOfRange,
                "Error, decoded message length too large: found 2 bytes, the limit is: 1 bytes",
                Reason::Io,
            ),
            (
                Code::InvalidArgument,
                "etcdserver: request is too large",
                Reason::TooLarge,
            ),
            (
                Code::InvalidArgument,
                "etcdserver: too many operations in txn request",
                Reason::TooLarge,
            ),
            (
                Code::ResourceExhausted,
                "grpc: received message larger than max (3 vs. 2)",
                Reason::TooLarge,
            ),
            (
                Code::ResourceExhausted,
                "etcdserver: too many requests",
                Reason::Io,
            ),
            (
                Code::ResourceExhausted,
                "etcdserver: mvcc: database space exceeded",
                Reason::DiskFull,
            ),
        ];
        for (code, message, reason) in cases {
            let error = said(&Status::new(code, message), "http://127.0.0.1:1");
            assert_eq!(error.reason, reason, "{message}");
            assert!(error.message.contains(message));
        }
    }

    #[test]
    fn a_token_that_is_older_than_the_users_is_given_anew() {
        let message = "etcdserver: revision of auth store is old";
        assert!(ends_connection(&Status::invalid_argument(message)));
        let other = "etcdserver: user name is empty";
        assert!(!ends_connection(&Status::invalid_argument(other)));
    }
}
