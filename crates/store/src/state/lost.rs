//! Numbers that nobody can read at.

use crate::Revision;

/// Open intervals of numbers that may have been shown for changes that an unclean end took.
/// Rising; at most one for each change of the history that was kept when the store was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lost(Vec<(Revision, Revision)>);

impl Lost {
    /// Everything between the two, which are themselves known.
    pub fn add(&mut self, after: Revision, before: Revision) {
        debug_assert!(self.0.last().is_none_or(|(_, end)| *end <= after));
        if after + 1 < before {
            self.0.push((after, before));
        }
    }

    /// The first known revision after this one, when this one is lost.
    pub fn known_after(&self, revision: Revision) -> Option<Revision> {
        let at = self.0.partition_point(|(_, end)| *end <= revision);
        let (after, before) = self.0.get(at)?;
        (*after < revision).then_some(*before)
    }

    /// Drops what compaction covers.
    pub fn forget_until(&mut self, floor: Revision) {
        self.0.retain(|(_, before)| *before > floor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_numbers_are_those_strictly_between() {
        let mut lost = Lost::default();
        lost.add(5, 6);
        lost.add(10, 20);
        lost.add(20, 22);
        let cases = [
            (5, None),
            (6, None),
            (10, None),
            (11, Some(20)),
            (19, Some(20)),
            (20, None),
            (21, Some(22)),
            (22, None),
            (23, None),
        ];
        for (revision, known) in cases {
            assert_eq!(lost.known_after(revision), known, "{revision}");
        }
        lost.forget_until(20);
        assert_eq!(lost.known_after(11), None);
        assert_eq!(lost.known_after(21), Some(22));
    }
}
