//! Every number that bounds what one client can hold, in one table.

use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Limits {
    /// From the connection's first byte to the end of the TLS handshake.
    pub handshake: Duration,
    /// A request's head: from its first byte to its last; of the first one, from the connection's
    /// beginning. For HTTP/2, the connection's preface.
    pub head: Duration,
    /// A connection without a request.
    pub idle: Duration,
    /// A body that is collected: between two pieces of it.
    pub body_idle: Duration,
    /// A body that is collected: all of it.
    pub body_total: Duration,
    /// A response whose length is known: the time in which the client takes nothing of it.
    pub response_stall: Duration,
    /// The same of streams, and of whole connections.
    pub stream_stall: Duration,
    /// What is still sent of a stream that its writer gives up.
    pub abort_grace: Duration,
    /// The bytes of one head.
    pub head_bytes: usize,
    /// The bytes of one body that is collected; longer ones are handed over as too large.
    pub body_bytes: usize,
    /// What is read ahead of the request in hand on an HTTP/1.1 connection.
    pub ahead_bytes: usize,
    /// Streams that one HTTP/2 connection may have open.
    pub streams: u32,
    /// Streams that one HTTP/2 connection may have reset before they got a response: this many at
    /// once, and in the long run `resets_per_second`.
    pub resets: u32,
    pub resets_per_second: u32,
    /// Responses that were granted (they have no seat) and that the client of one HTTP/2 connection
    /// has not taken: beyond this its next gets of that kind wait until it has.
    pub unread_bytes: usize,
    /// How long such a get waits.
    pub wait: Duration,
    /// The share of HTTP/2 requests after which the client is asked to connect anew.
    pub goaway_chance: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(32),
            idle: Duration::from_secs(180),
            body_idle: Duration::from_secs(20),
            body_total: Duration::from_secs(60),
            response_stall: Duration::from_secs(60),
            stream_stall: Duration::from_secs(300),
            abort_grace: Duration::from_secs(1),
            head_bytes: 64 * 1024,
            body_bytes: 3 * 1024 * 1024,
            ahead_bytes: 64 * 1024,
            streams: 250,
            resets: 1_000,
            resets_per_second: 50,
            unread_bytes: 4 * 1024 * 1024,
            wait: Duration::from_secs(60),
            goaway_chance: 0.0,
        }
    }
}

/// Headers of one HTTP/1.1 request.
pub const MAX_HEADERS: usize = 256;
/// A response's bytes that may wait unacknowledged before their writer is told.
pub const ACK_BYTES: usize = 32 * 1024;
/// Granted responses that all clients have not taken: beyond this JavaScript is asked.
pub const TOTAL_UNREAD_BYTES: usize = 128 * 1024 * 1024;
/// What HTTP/2 is given of all responses of one connection before the socket has taken it.
pub const UNFLUSHED_BYTES: usize = 4 * 1024 * 1024;
/// A client that needs longer than this for one piece of a source is slow, and for one of a
/// response that is held.
pub const SLOW_PIECE: Duration = Duration::from_millis(100);
/// Of a response that was sent within this JavaScript is told with what comes next; it looks later.
pub const QUIET: Duration = Duration::from_millis(10);
/// Bodies larger than this are handed over by themselves, without another copy.
pub const LARGE_BODY_BYTES: usize = 64 * 1024;
/// HTTP/2 windows for what clients send: of one stream and of the connection.
pub const STREAM_WINDOW: u32 = 1024 * 1024;
pub const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// What one turn of a connection gathers before it is written.
pub const GATHER_BYTES: usize = 64 * 1024;
/// What remains of a body that nobody wanted is read up to this, and the connection is kept.
pub const DISCARD_BYTES: usize = 4 * 1024 * 1024;
