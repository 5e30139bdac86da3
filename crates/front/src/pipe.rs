//! Bodies that do not come from JavaScript: it says where from, and hears when they are over.

use std::task::{Context, Poll};

use bytes::Bytes;

/// Where a body comes from. It is asked on the thread of its connection, and dropped there when its
/// client goes or its writer says something else.
pub trait Source: Send {
    /// The next piece, of about `max_bytes`. Where it is pending it wakes when there is more.
    fn poll_next(&mut self, context: &mut Context<'_>, max_bytes: usize) -> Poll<Piece>;

    /// Whether the next piece is better made when the client takes it: it is there for certain, and
    /// larger than what it is made of.
    fn waits_for_room(&self) -> bool {
        false
    }
}

#[derive(Debug)]
pub enum Piece {
    Bytes(Bytes),
    /// Nothing yet: others have their turn first.
    Later,
    /// What there was at first has been given, and the client has taken it: JavaScript hears so.
    Settled,
    /// Nothing more comes. The response goes on as JavaScript says.
    Over(Over),
}

/// How a source ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Over {
    /// What it means the source and its reader know.
    pub code: u8,
    /// Objects that were written.
    pub count: u64,
    pub bytes: u64,
    /// Of what went wrong.
    pub message: String,
}

/// What a source is asked for at once.
pub const PIECE_BYTES: usize = 64 * 1024;
