//! When history is compacted by itself: by age or by number of revisions, as etcd does.

use std::collections::VecDeque;

use steersman_store::Revision;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AutoCompaction {
    #[default]
    Off,
    /// What is older than this goes.
    Periodic { millis: u64 },
    /// So many revisions stay.
    Revisions(u64),
}

/// How often revisions are counted.
const REVISION_INTERVAL_MILLIS: u64 = 5 * 60 * 1000;
const HOUR_MILLIS: u64 = 60 * 60 * 1000;
/// The places of a period at which the revision is noted.
const NOTES: u64 = 10;

pub struct Compactor {
    mode: AutoCompaction,
    /// When what was new, the oldest first.
    notes: VecDeque<(u64, Revision)>,
    next: u64,
}

impl Compactor {
    pub fn new(mode: AutoCompaction) -> Compactor {
        Compactor {
            mode,
            notes: VecDeque::new(),
            next: 0,
        }
    }

    /// The revision that is to be compacted now, if any. Called often, with the time of one clock.
    pub fn due(&mut self, now: u64, newest: Revision) -> Option<Revision> {
        if now < self.next {
            return None;
        }
        match self.mode {
            AutoCompaction::Off => None,
            AutoCompaction::Revisions(kept) => {
                let first = self.next == 0;
                self.next = now + REVISION_INTERVAL_MILLIS;
                let revision = newest.checked_sub(kept)?;
                (!first && revision > 0).then_some(revision)
            }
            AutoCompaction::Periodic { millis } => {
                self.next = now + (millis.min(HOUR_MILLIS) / NOTES).max(1);
                self.notes.push_back((now, newest));
                let mut due = None;
                while let Some((then, revision)) = self.notes.front()
                    && now - then >= millis
                {
                    due = Some(*revision);
                    self.notes.pop_front();
                }
                due
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_new_a_period_ago_goes() {
        let mut compactor = Compactor::new(AutoCompaction::Periodic { millis: 1000 });
        let asked = (0..30).map(|step| compactor.due(step * 100, 10 + step));
        let due: Vec<_> = asked.collect();
        assert!(due[..10].iter().all(Option::is_none));
        assert_eq!(due[10], Some(10));
        assert_eq!(due[29], Some(29));
        assert_eq!(
            compactor.due(2950, 50),
            None,
            "the revision is noted ten times a period"
        );
    }

    #[test]
    fn so_many_revisions_stay() {
        let mut compactor = Compactor::new(AutoCompaction::Revisions(100));
        assert_eq!(compactor.due(0, 500), None);
        assert_eq!(compactor.due(1, 500), None);
        assert_eq!(compactor.due(REVISION_INTERVAL_MILLIS, 500), Some(400));
        assert_eq!(compactor.due(2 * REVISION_INTERVAL_MILLIS, 60), None);
        assert_eq!(Compactor::new(AutoCompaction::Off).due(1 << 40, 500), None);
    }
}
