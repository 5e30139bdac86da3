//! A bare hyper server, beside which watches are measured: it sends ready bytes to each stream that
//! is open whenever somebody writes, and knows nothing else.
//!
//! `bare_streams CERTIFICATE KEY LIST BYTES json|protobuf` prints its port. LIST is a file with the
//! response to every list in protobuf; an event has so many BYTES.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_rustls::TlsAcceptor;

/// Events that a stream may fall behind.
const BACKLOG: usize = 4096;

type Fault = Box<dyn Error + Send + Sync>;

struct Bare {
    list: Bytes,
    event: Bytes,
    media: &'static str,
    events: broadcast::Sender<Bytes>,
}

/// The next event, for as long as there are any.
struct Events(broadcast::Receiver<Bytes>);

impl Events {
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Infallible>, Events)> {
        let event = self.0.recv().await.ok()?;
        Some((Ok(Frame::data(event)), self))
    }
}

async fn respond(
    bare: Arc<Bare>,
    request: Request<Incoming>,
) -> Result<Response<impl http_body::Body<Data = Bytes, Error = Fault>>, Fault> {
    let is_watch = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("watch=true"));
    if is_watch {
        let events = Events(bare.events.subscribe());
        let stream = futures_util::stream::unfold(events, Events::next);
        let body = Either::Left(StreamBody::new(stream));
        return Ok(Response::builder()
            .header(header::CONTENT_TYPE, bare.media)
            .body(body)?);
    }
    let body = if request.method() == Method::PUT {
        let sent = request.into_body().collect().await?.to_bytes();
        let _ = bare.events.send(bare.event.clone());
        sent
    } else {
        bare.list.clone()
    };
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, "application/vnd.kubernetes.protobuf")
        .body(Either::Right(Full::new(body)))?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().ok_or("an argument is missing");
    let (certificate, key, list) = (next()?, next()?, next()?);
    let bytes: usize = next()?.parse()?;
    let is_json = next()? == "json";
    let mut event = vec![b'x'; bytes];
    if is_json {
        event[bytes - 1] = b'\n';
    } else {
        event[..4].copy_from_slice(&(bytes as u32 - 4).to_be_bytes());
    }
    let bare = Arc::new(Bare {
        list: std::fs::read(list)?.into(),
        event: event.into(),
        media: if is_json {
            "application/json"
        } else {
            "application/vnd.kubernetes.protobuf;stream=watch"
        },
        events: broadcast::channel(BACKLOG).0,
    });
    let certificates = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, PrivateKeyDer::from_pem_file(key)?)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let (acceptor, bare) = (acceptor.clone(), bare.clone());
        tokio::spawn(async move {
            let Ok(Ok(stream)) =
                tokio::time::timeout(Duration::from_secs(10), acceptor.accept(socket)).await
            else {
                return;
            };
            let service = service_fn(move |request| respond(bare.clone(), request));
            let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
