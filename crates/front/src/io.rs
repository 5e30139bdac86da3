//! What HTTP/2 writes in one turn of a connection, gathered and written at its end: many streams'
//! frames become few TLS records and one write.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::limits::GATHER_BYTES;

struct Inner<S> {
    stream: S,
    waiting: Vec<u8>,
    sent: usize,
    needs_flush: bool,
    /// It has not taken all that it was given.
    is_full: bool,
    /// Bytes sent since the beginning.
    total: u64,
}

/// A handle; the other one stays with the connection's task, which calls [`Gathered::poll_send`].
pub struct Gathered<S>(Rc<RefCell<Inner<S>>>);

impl<S> Clone for Gathered<S> {
    fn clone(&self) -> Self {
        Gathered(self.0.clone())
    }
}

impl<S: AsyncWrite + Unpin> Inner<S> {
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.waiting.len() {
            let rest = &self.waiting[self.sent..];
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += sent;
            self.total += sent as u64;
        }
        if self.sent > 0 {
            self.sent = 0;
            // Connections without traffic hold no room.
            self.waiting = Vec::new();
        }
        if self.needs_flush {
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Gathered<S> {
    pub fn new(stream: S) -> Gathered<S> {
        Gathered(Rc::new(RefCell::new(Inner {
            stream,
            waiting: Vec::new(),
            sent: 0,
            needs_flush: false,
            is_full: false,
            total: 0,
        })))
    }

    /// Writes what has been gathered.
    pub fn poll_send(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().poll_send(context)
    }

    /// Whether whoever writes here has something left.
    pub fn is_full(&self) -> bool {
        self.0.borrow().is_full
    }

    /// All bytes that the client's side has taken.
    pub fn total(&self) -> u64 {
        self.0.borrow().total
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.borrow_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.0.borrow_mut();
        if inner.waiting.len() >= GATHER_BYTES {
            inner.is_full = true;
            ready!(inner.poll_send(context))?;
        }
        inner.is_full = false;
        let room = GATHER_BYTES - inner.waiting.len();
        let taken = &bytes[..bytes.len().min(room)];
        inner.waiting.extend_from_slice(taken);
        inner.needs_flush = true;
        Poll::Ready(Ok(taken.len()))
    }

    /// Nothing: the task that drives the connection sends at the end of its turn.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.0.borrow_mut();
        ready!(inner.poll_send(context))?;
        Pin::new(&mut inner.stream).poll_shutdown(context)
    }
}
