//! What a connection makes the server hold: requests that are not whole yet and responses that
//! nobody takes. Beyond the bound its calls are refused, so that no client has more than that.

use std::cell::Cell;
use std::rc::Rc;

use crate::auth::Peer;
use crate::status::Status;

/// Of one connection, in buffers that have room for twice as much at most. Responses that are sent
/// whole are counted when they are there: one may be beyond it.
const MOST_BYTES: usize = 64 << 20;

#[derive(Default)]
pub struct Held(Cell<usize>);

impl Held {
    pub fn check(&self, more: usize) -> Result<(), Status> {
        match self.0.get().saturating_add(more) > MOST_BYTES {
            true => Err(Status::TOO_MANY_REQUESTS),
            false => Ok(()),
        }
    }
}

/// So many bytes of a connection's, until it is dropped.
pub struct Share {
    peer: Rc<Peer>,
    bytes: usize,
}

impl Share {
    pub fn new(peer: Rc<Peer>) -> Share {
        Share { peer, bytes: 0 }
    }

    pub fn set(&mut self, bytes: usize) {
        let Held(sum) = self.peer.held();
        sum.set(sum.get() - self.bytes + bytes);
        self.bytes = bytes;
    }

    pub fn check(&self, more: usize) -> Result<(), Status> {
        self.peer.held().check(more)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_go_of_counts_no_more() {
        let peer = Rc::new(Peer::new(None));
        let (mut one, mut other) = (Share::new(peer.clone()), Share::new(peer.clone()));
        one.set(MOST_BYTES);
        assert!(other.check(0).is_ok());
        assert!(other.check(1).is_err());
        one.set(10);
        other.set(MOST_BYTES - 10);
        assert!(one.check(1).is_err());
        drop(other);
        assert!(one.check(MOST_BYTES - 10).is_ok());
    }
}
