//! The HTTP server in front of JavaScript: TLS, HTTP/1.1 and HTTP/2, deadlines and framing on
//! threads of their own. It decides nothing about who may do what: whole requests are handed over
//! as events ([`wire`]), and what becomes of each is told by commands.
//!
//! What a stranger can hold is bounded here: see [`Limits`].

mod blocks;
mod budget;
mod connection;
mod der;
mod exchange;
mod front;
mod grant;
mod http1;
mod http2;
mod io;
mod limits;
mod listener;
mod outbox;
mod pipe;
mod seats;
mod tls;
pub mod wire;

#[cfg(test)]
mod tests;

pub use front::{Beside, Bound, Front, FrontOptions, ListenError, ListenOptions};
pub use grant::{
    Grant, Names, PathPattern, Reading, Reads, Target, WriteGrant, Writes, Writing, Written,
};
pub use limits::Limits;
pub use pipe::{Over, Piece, Source};
pub use seats::{Seat, Seats, Taken};
pub use tls::{NamedPair, TlsOptions};
