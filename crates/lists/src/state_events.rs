//! What a watch begins with: everything that is there, as ADDED events of one revision.

use std::vec::IntoIter;

use steersman_store::{Entry, EventKind, Frame, Framing, Listing, Revision, StoreError};

use crate::stream::{KEYS_A_TURN, Step};

/// Looked up as a whole first, so that it holds versions and no revision, however long its reader
/// takes; then encoded as it is taken.
pub struct StateEvents {
    listing: Listing,
    framing: Framing,
    state: State,
    /// Events that were written.
    count: usize,
}

enum State {
    Collecting(Vec<Entry>),
    Writing(IntoIter<Entry>),
}

impl StateEvents {
    pub fn new(listing: Listing, framing: Framing) -> StateEvents {
        StateEvents {
            listing,
            framing,
            state: State::Collecting(Vec::new()),
            count: 0,
        }
    }

    pub fn revision(&self) -> Revision {
        self.listing.revision()
    }

    /// Events that were given so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether all of it was looked up: what follows is made of that.
    pub fn is_collected(&self) -> bool {
        matches!(self.state, State::Writing(_))
    }

    /// Whole events of about `max_bytes`.
    pub fn step(&mut self, max_bytes: usize) -> Result<Step, StoreError> {
        match &mut self.state {
            State::Collecting(entries) => {
                if self.listing.page(KEYS_A_TURN, entries)? {
                    let entries = std::mem::take(entries);
                    self.state = State::Writing(entries.into_iter());
                }
                Ok(Step::Later)
            }
            State::Writing(entries) => {
                let mut out = Vec::new();
                while out.len() < max_bytes
                    && let Some(entry) = entries.next()
                {
                    let object = self.listing.object(&entry)?;
                    let frame = Frame::event(self.framing, EventKind::Added, object);
                    let begin = out.len();
                    if begin == 0 {
                        out.reserve(max_bytes + frame.len());
                    }
                    out.resize(begin + frame.len(), 0);
                    frame.write_to(&mut out[begin..]);
                    self.count += 1;
                }
                Ok(if out.is_empty() {
                    Step::Over
                } else {
                    Step::Bytes(out)
                })
            }
        }
    }
}
