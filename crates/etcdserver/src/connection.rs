//! A connection: gRPC over HTTP/2, or pages over HTTP/1.1, told apart by TLS or by its first bytes.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use h2::RecvStream;
use h2::server::SendResponse;
use http::{Method, Request, Response};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::watch;

use crate::auth::{Caller, Peer};
use crate::grpc::{Incoming, Outgoing, respond};
use crate::health;
use crate::held::Share;
use crate::status::{Code, Status};
use crate::worker::Worker;

/// What every connection of HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Within what time a client says what it speaks, and what page it wants.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const HEAD_BYTES: usize = 16 << 10;
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;
/// Bytes that HTTP/2 holds for a stream before its socket has taken them.
const SEND_BUFFER_BYTES: usize = 1 << 20;
/// Calls that a client gave up before they were looked at; Go's clients do that in bursts. Beyond
/// that the connection ends.
const MOST_RESETS: usize = 10_000;
/// Calls at once of one connection; clients wait with more.
const MOST_STREAMS: u32 = 10_000;
/// Names and values of a request's headers.
const MAX_HEADERS: u32 = 64 << 10;

/// The methods that there are, as metrics name them: of others nothing is counted.
const METHODS: &[&str] = &[
    "etcdserverpb.KV/Range",
    "etcdserverpb.KV/Put",
    "etcdserverpb.KV/DeleteRange",
    "etcdserverpb.KV/Txn",
    "etcdserverpb.KV/Compact",
    "etcdserverpb.Lease/LeaseGrant",
    "etcdserverpb.Lease/LeaseRevoke",
    "etcdserverpb.Lease/LeaseTimeToLive",
    "etcdserverpb.Lease/LeaseLeases",
    "etcdserverpb.Lease/LeaseKeepAlive",
    "etcdserverpb.Watch/Watch",
    "etcdserverpb.Maintenance/Status",
    "etcdserverpb.Maintenance/Alarm",
    "etcdserverpb.Maintenance/Defragment",
    "etcdserverpb.Maintenance/Hash",
    "etcdserverpb.Maintenance/HashKV",
    "etcdserverpb.Maintenance/Snapshot",
    "etcdserverpb.Cluster/MemberList",
    "etcdserverpb.Auth/AuthStatus",
    "etcdserverpb.Auth/Authenticate",
    "etcdserverpb.Auth/AuthEnable",
    "etcdserverpb.Auth/AuthDisable",
    "etcdserverpb.Auth/UserAdd",
    "etcdserverpb.Auth/UserGet",
    "etcdserverpb.Auth/UserList",
    "etcdserverpb.Auth/UserDelete",
    "etcdserverpb.Auth/UserChangePassword",
    "etcdserverpb.Auth/UserGrantRole",
    "etcdserverpb.Auth/UserRevokeRole",
    "etcdserverpb.Auth/RoleAdd",
    "etcdserverpb.Auth/RoleGet",
    "etcdserverpb.Auth/RoleList",
    "etcdserverpb.Auth/RoleDelete",
    "etcdserverpb.Auth/RoleGrantPermission",
    "etcdserverpb.Auth/RoleRevokePermission",
];

pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// A socket of which something was read already.
struct Begun<S> {
    begin: BytesMut,
    socket: S,
}

impl<S: Stream> AsyncRead for Begun<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        target: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.begin.is_empty() {
            return Pin::new(&mut self.socket).poll_read(context, target);
        }
        let count = self.begin.len().min(target.remaining());
        target.put_slice(&self.begin[..count]);
        self.begin.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: Stream> AsyncWrite for Begun<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// Serves a connection to its end. `serves_api` is false where only pages are.
pub async fn serve<S: Stream>(
    mut socket: S,
    worker: Rc<Worker>,
    peer: Peer,
    serves_api: bool,
    stop: watch::Receiver<bool>,
) {
    let mut begin = BytesMut::with_capacity(PREFACE.len());
    let speaks = async {
        while begin.len() < PREFACE.len() && PREFACE.starts_with(&begin) {
            if !matches!(socket.read_buf(&mut begin).await, Ok(1..)) {
                return None;
            }
        }
        Some(begin.starts_with(PREFACE))
    };
    let Ok(Some(is_http2)) = tokio::time::timeout(HEAD_TIMEOUT, speaks).await else {
        return;
    };
    if is_http2 && serves_api {
        serve_http2(Begun { begin, socket }, worker, Rc::new(peer), stop).await;
    } else if !is_http2 {
        serve_pages(Begun { begin, socket }, worker, stop).await;
    }
}

async fn serve_http2<S: Stream>(
    socket: Begun<S>,
    worker: Rc<Worker>,
    peer: Rc<Peer>,
    mut stop: watch::Receiver<bool>,
) {
    let mut builder = h2::server::Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(MAX_HEADERS)
        .max_pending_accept_reset_streams(MOST_RESETS)
        .max_send_buffer_size(SEND_BUFFER_BYTES);
    let handshake = tokio::time::timeout(HEAD_TIMEOUT, builder.handshake(socket));
    let Ok(Ok(mut connection)) = handshake.await else {
        return;
    };
    loop {
        tokio::select! {
            accepted = connection.accept() => match accepted {
                Some(Ok((request, answer))) => {
                    let caller = Caller::new(request.headers(), peer.clone());
                    tokio::task::spawn_local(call(worker.clone(), caller, request, answer));
                }
                Some(Err(_)) | None => return,
            },
            _ = stop.changed() => return,
        }
    }
}

async fn call(
    worker: Rc<Worker>,
    caller: Caller,
    request: Request<RecvStream>,
    answer: SendResponse<Bytes>,
) {
    if request.method() != Method::POST {
        page(&worker, &request, answer);
        return;
    }
    let (head, body) = request.into_parts();
    let path = head.uri.path().trim_start_matches('/');
    let engine = &worker.engine;
    let metrics = &engine.metrics;
    let share = || Share::new(caller.peer.clone());
    let mut incoming = Incoming::new(body, engine.options.max_request_bytes, share());
    let result = match path {
        "etcdserverpb.Watch/Watch" => match Outgoing::begin(answer) {
            Ok(outgoing) => worker.watch(incoming, outgoing, &caller).await,
            Err(_) => return,
        },
        "etcdserverpb.Maintenance/Snapshot" => {
            let Ok(mut outgoing) = Outgoing::begin(answer) else {
                return;
            };
            let sent = worker.send_snapshot(&mut outgoing, &caller);
            let Ok(result) = sent.await else { return };
            outgoing.end(&result);
            result
        }
        "etcdserverpb.Lease/LeaseKeepAlive" => {
            let Ok(mut outgoing) = Outgoing::begin(answer) else {
                return;
            };
            let kept = worker.keep_leases_alive(&mut incoming, &mut outgoing, &caller);
            let Ok(result) = kept.await else { return };
            outgoing.end(&result);
            result
        }
        _ => {
            let next = incoming.next(metrics).await;
            let result = match next.and_then(|next| share().check(0).map(|()| next)) {
                Ok(Some(message)) => worker.call(path, message, &caller).await,
                Ok(None) => Err(Status::new(Code::Internal, "grpc: there is no request")),
                Err(status) => Err(status),
            };
            let ended = result.as_ref().map(|_| ()).map_err(Clone::clone);
            respond(answer, result, metrics, share()).await;
            ended
        }
    };
    if let Some(method) = METHODS.iter().find(|method| **method == path) {
        metrics.handled(method, result.err().map_or(Code::Ok, |status| status.code));
    }
}

/// A page, over HTTP/2.
fn page(worker: &Worker, request: &Request<RecvStream>, mut answer: SendResponse<Bytes>) {
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let page = match *request.method() {
        Method::GET | Method::HEAD => health::get(&worker.engine, target),
        _ => health::refused(),
    };
    let response = Response::builder()
        .status(page.status)
        .header("content-type", page.content_type)
        .body(());
    if let Ok(response) = response
        && let Ok(mut stream) = answer.send_response(response, false)
    {
        let _ = stream.send_data(Bytes::from(page.body), true);
    }
}

async fn serve_pages<S: Stream>(
    mut socket: Begun<S>,
    worker: Rc<Worker>,
    mut stop: watch::Receiver<bool>,
) {
    let mut buffer = BytesMut::new();
    loop {
        let read = tokio::time::timeout(HEAD_TIMEOUT, read_head(&mut socket, &mut buffer));
        let head = tokio::select! {
            head = read => head,
            _ = stop.changed() => return,
        };
        let Ok(Some(Head {
            method,
            target,
            closes,
        })) = head
        else {
            return;
        };
        let page = match method.as_str() {
            "GET" | "HEAD" => health::get(&worker.engine, &target),
            _ => health::refused(),
        };
        let body = if method == "HEAD" { "" } else { &page.body };
        // A body that came with another method is not read: the connection ends.
        let ends = closes || !matches!(method.as_str(), "GET" | "HEAD");
        let reason = http::StatusCode::from_u16(page.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("");
        let text = format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{body}",
            page.status,
            page.content_type,
            page.body.len(),
            if ends { "Connection: close\r\n" } else { "" },
        );
        if socket.write_all(text.as_bytes()).await.is_err() || ends {
            let _ = socket.shutdown().await;
            return;
        }
    }
}

/// What of a request's head counts.
struct Head {
    method: String,
    target: String,
    /// The client wants no further response over the connection.
    closes: bool,
}

/// The head of the next request; None: there is none that can be read.
async fn read_head<S: Stream>(socket: &mut Begun<S>, buffer: &mut BytesMut) -> Option<Head> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(length) = request.parse(buffer).ok()? {
            let closes = request.headers.iter().any(|header| {
                header.name.eq_ignore_ascii_case("connection")
                    && header.value.eq_ignore_ascii_case(b"close")
            });
            let head = Head {
                method: request.method?.to_owned(),
                target: request.path?.to_owned(),
                closes: closes || request.version == Some(0),
            };
            buffer.advance(length);
            return Some(head);
        }
        if buffer.len() > HEAD_BYTES || !matches!(socket.read_buf(buffer).await, Ok(1..)) {
            return None;
        }
    }
}
