//! What waits for the disk, in the order of revisions. Who waits for it is the caller's own type.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::state::change::Change;
use crate::state::lease::LeaseChange;

/// Bytes of values that may wait for the disk; more writes are refused until some are on it.
const MAX_WAITING_BYTES: usize = 256 << 20;

pub(crate) struct Queue<R> {
    pub waiting: VecDeque<Waiting<R>>,
    pub bytes: usize,
    /// Writes that were not acknowledged, waiting or being written.
    pub unacknowledged: usize,
    /// Set when the disk's state is not known any more: all later writes get it.
    pub failed: Option<StoreError>,
    /// The last group failed, in a way that may pass.
    pub trouble: Option<StoreError>,
    pub closed: bool,
}

/// A write (or a read that saw writes not yet durable) on its way.
pub(crate) struct Waiting<R> {
    pub revision: Revision,
    pub changes: Vec<Arc<Change>>,
    pub leases: Vec<LeaseChange>,
    pub reply: Option<R>,
    pub bytes: usize,
}

impl<R> Waiting<R> {
    pub fn has_record(&self) -> bool {
        !self.changes.is_empty() || !self.leases.is_empty()
    }
}

impl<R> Default for Queue<R> {
    fn default() -> Self {
        Queue {
            waiting: VecDeque::new(),
            bytes: 0,
            unacknowledged: 0,
            failed: None,
            trouble: None,
            closed: false,
        }
    }
}

impl<R> Queue<R> {
    /// Whether a further write may wait; asked before it is applied.
    pub fn admit(&self, bytes: usize) -> Result<(), StoreError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.bytes.saturating_add(bytes) > MAX_WAITING_BYTES {
            let message = format!("more than {MAX_WAITING_BYTES} bytes wait for the disk");
            return Err(StoreError::new(Reason::DiskFull, message));
        }
        Ok(())
    }

    pub fn push(&mut self, waiting: Waiting<R>) {
        // Changes of leases have the revision that they were made at, which may be taken back.
        let last = self.waiting.back().filter(|last| !last.changes.is_empty());
        debug_assert!(
            waiting.changes.is_empty() || last.is_none_or(|last| last.revision < waiting.revision),
            "writes wait in the order of revisions"
        );
        let of_it = |change: &Arc<Change>| change.revision == waiting.revision;
        debug_assert!(waiting.changes.iter().all(of_it));
        debug_assert!(
            waiting
                .changes
                .iter()
                .all(|change| !change.key().is_empty())
        );
        self.bytes += waiting.bytes;
        self.unacknowledged += usize::from(waiting.reply.is_some());
        self.waiting.push_back(waiting);
    }

    /// Writes of a group that is durable.
    pub fn settle(&mut self, group: &VecDeque<Waiting<R>>) {
        let bytes = group.iter().map(|waiting| waiting.bytes).sum::<usize>();
        let acknowledged = group.iter().filter(|waiting| waiting.reply.is_some());
        debug_assert!(self.bytes >= bytes);
        self.trouble = None;
        self.bytes -= bytes;
        self.unacknowledged -= acknowledged.count();
    }

    /// Writes of a group that is not durable. What was not acknowledged, in it and behind it, comes
    /// back, the oldest first; what was acknowledged lazily waits on, or goes where nothing will
    /// ever be written any more.
    pub fn take_unacknowledged(&mut self, group: VecDeque<Waiting<R>>) -> Vec<Waiting<R>> {
        let later = std::mem::take(&mut self.waiting);
        let dead = self.failed.is_some();
        let mut lost = Vec::new();
        for waiting in group.into_iter().chain(later) {
            if waiting.reply.is_some() {
                self.bytes -= waiting.bytes;
                self.unacknowledged -= 1;
                lost.push(waiting);
            } else if dead {
                self.bytes -= waiting.bytes;
            } else {
                self.waiting.push_back(waiting);
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_WAITING_BYTES, Queue, Waiting};
    use crate::error::Reason;

    #[test]
    fn writes_wait_up_to_a_bound_and_go_on_below_it() {
        let mut queue: Queue<()> = Queue::default();
        assert_eq!(queue.admit(MAX_WAITING_BYTES), Ok(()));
        queue.push(Waiting {
            revision: 2,
            changes: Vec::new(),
            leases: Vec::new(),
            reply: Some(()),
            bytes: MAX_WAITING_BYTES,
        });
        assert_eq!(queue.admit(0), Ok(()));
        let refused = queue.admit(1).map_err(|error| error.reason);
        assert_eq!(refused, Err(Reason::DiskFull));
        let group = std::mem::take(&mut queue.waiting);
        queue.settle(&group);
        assert_eq!(queue.admit(MAX_WAITING_BYTES), Ok(()));
    }
}
