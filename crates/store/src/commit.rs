//! Durable writes, for whoever drives the disk: what the journal made durable is shown, and who
//! waited is acknowledged.

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::{Reason, StoreError};
use crate::journal::commit::{DiskStatistics, Written};
use crate::journal::queue::Waiting;
use crate::reply::Reply;
use crate::store::Store;

/// What a commit step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitStep {
    Idle,
    /// This many writes were made durable.
    Committed(usize),
    Failed(StoreError),
}

impl Store {
    /// Blocks until something waits for the disk; lazy writes alone are given this long to
    /// become more. Returns false when the store was closed and nothing waits any more.
    pub fn wait_for_writes(&self, lazy_delay: Duration) -> bool {
        let durable = self.durable.as_ref();
        durable.is_some_and(|durable| durable.wait(lazy_delay))
    }

    /// Writes what waits as one group, makes it durable, and responds.
    pub fn commit_step(&self) -> CommitStep {
        let Some(durable) = &self.durable else {
            return CommitStep::Idle;
        };
        match durable.write_group(&self.live) {
            Written::Nothing => CommitStep::Idle,
            Written::Group(group) => {
                let count = group.len();
                self.settle(group);
                CommitStep::Committed(count)
            }
            Written::Failed(replies, error) => {
                for reply in replies {
                    reply.fail(&error);
                }
                CommitStep::Failed(error)
            }
        }
    }

    /// The group is durable: show it and respond. Who writes meanwhile waits for neither: the queue
    /// is let go before the watchers are told, and the hub's lock alone keeps the order.
    fn settle(&self, group: VecDeque<Waiting<Reply>>) {
        let mut replies = Vec::with_capacity(group.len());
        let changes = group.iter().map(|waiting| waiting.changes.len()).sum();
        {
            let mut hub = self.fanout.hub.lock();
            if let Some(durable) = &self.durable {
                durable.settle(&group);
            }
            for waiting in group {
                let Some(reply) = waiting.reply else { continue };
                if !waiting.changes.is_empty() {
                    self.fanout
                        .publish(&mut hub, waiting.changes, waiting.revision);
                }
                replies.push(reply);
            }
        }
        for reply in replies {
            reply.succeed();
        }
        self.bound_history(changes);
    }

    /// After `close`: writes what still waits, or responds that it could not be written, says in the
    /// log that the end was clean, and gives the directory back. A second call does nothing.
    pub fn release(&self) {
        let Some(durable) = &self.durable else {
            return;
        };
        durable.write_lease_clock(&self.live, true);
        while let CommitStep::Committed(_) = self.commit_step() {}
        let closed = StoreError::new(Reason::Closed, "the store is closed");
        for reply in durable.end(&self.live, &closed) {
            reply.fail(&closed);
        }
    }

    /// As of the last group and snapshot: it waits for neither.
    pub fn disk_statistics(&self) -> DiskStatistics {
        let durable = self.durable.as_ref();
        durable.map_or_else(DiskStatistics::default, |durable| durable.statistics())
    }
}
