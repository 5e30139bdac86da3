//! What recovery does with what it finds: three tables in which every combination matches exactly
//! one row. `docs/storage-format.md` has the same tables with their reasons at length.
//!
//! The rules behind them: a group is written only after the one before it is durable, and so is a
//! segment's first group only after the whole segment before; a sector reaches the disk whole or
//! not at all; what was never written is zeros. So only the very end of the log can be unfinished,
//! an unfinished group has missing sectors but no damaged ones, and nothing comes after it.

/// The sector in which a group is expected to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// Nothing but zeros from here to the end of the file.
    Nothing,
    /// Zeros, or cut off, but something follows.
    Missing,
    Whole,
    /// Whole, and yet not what belongs here: it does not continue the chain.
    Foreign,
    Damaged,
}

/// The group's further sectors. With a missing head: all that follow in the file, as if they were
/// this group's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    Whole,
    /// Some are missing, none is damaged.
    Missing,
    Damaged,
}

/// What stands behind a group whose length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    Something,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// No later segment was begun.
    Last,
    Earlier,
}

/// What the mark of a clean end says about this position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// There is none: the store was not closed.
    None,
    /// The log ends exactly here.
    Here,
    /// The log goes on.
    Later,
    /// The log ended before, or it was another log.
    Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FoundGroup {
    pub head: Head,
    pub body: Body,
    pub after: After,
    pub place: Place,
    pub mark: Mark,
    /// The segment was sealed by the group before.
    pub sealed: bool,
}

/// What is done about a position in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupRow {
    Apply,
    /// The mark says so.
    CleanEnd,
    /// The store was not closed; its last group is whole.
    UncleanEnd,
    /// An unfinished group: it was not acknowledged, and is cut off and reported.
    Torn,
    /// What comes next stands in the next segment.
    SegmentEnd,
    DamagedHead,
    DamagedBody,
    ForeignGroup,
    /// Sectors are missing although later ones prove that they were written.
    LostBeforeMore,
    /// Sectors are missing although the mark proves that they were written.
    LostBeforeMark,
    /// The log goes on behind its clean end.
    BeyondMark,
    BeyondSeal,
    ForeignMark,
}

/// None matches everything.
struct GroupPattern {
    head: &'static [Head],
    body: &'static [Body],
    after: &'static [After],
    place: &'static [Place],
    mark: &'static [Mark],
    sealed: &'static [bool],
    row: GroupRow,
}

const ANY_HEAD: &[Head] = &[
    Head::Nothing,
    Head::Missing,
    Head::Whole,
    Head::Foreign,
    Head::Damaged,
];
const SOME_HEAD: &[Head] = &[Head::Missing, Head::Whole, Head::Foreign, Head::Damaged];
const ANY_BODY: &[Body] = &[Body::Whole, Body::Missing, Body::Damaged];
const SOUND_BODY: &[Body] = &[Body::Whole, Body::Missing];
const ANY_AFTER: &[After] = &[After::Nothing, After::Something];
const ANY_PLACE: &[Place] = &[Place::Last, Place::Earlier];
const ON: &[Mark] = &[Mark::None, Mark::Later];
const BOTH: &[bool] = &[false, true];

const ANY: GroupPattern = GroupPattern {
    head: ANY_HEAD,
    body: ANY_BODY,
    after: ANY_AFTER,
    place: ANY_PLACE,
    mark: ON,
    sealed: &[false],
    row: GroupRow::Apply,
};

#[rustfmt::skip]
const GROUPS: &[GroupPattern] = &[
    GroupPattern { mark: &[Mark::Elsewhere], sealed: BOTH, row: GroupRow::ForeignMark, ..ANY },
    GroupPattern { head: &[Head::Nothing], place: &[Place::Last], mark: &[Mark::Here], sealed: BOTH,
        row: GroupRow::CleanEnd, ..ANY },
    GroupPattern { head: &[Head::Nothing], place: &[Place::Earlier], mark: &[Mark::Here],
        sealed: BOTH, row: GroupRow::BeyondMark, ..ANY },
    GroupPattern { head: SOME_HEAD, mark: &[Mark::Here], sealed: BOTH, row: GroupRow::BeyondMark,
        ..ANY },
    GroupPattern { head: &[Head::Nothing], sealed: &[true], row: GroupRow::SegmentEnd, ..ANY },
    GroupPattern { head: SOME_HEAD, sealed: &[true], row: GroupRow::BeyondSeal, ..ANY },
    GroupPattern { head: &[Head::Nothing], place: &[Place::Last], mark: &[Mark::None],
        row: GroupRow::UncleanEnd, ..ANY },
    GroupPattern { head: &[Head::Nothing], place: &[Place::Last], mark: &[Mark::Later],
        row: GroupRow::LostBeforeMark, ..ANY },
    GroupPattern { head: &[Head::Nothing], place: &[Place::Earlier], row: GroupRow::SegmentEnd,
        ..ANY },
    GroupPattern { head: &[Head::Damaged], row: GroupRow::DamagedHead, ..ANY },
    GroupPattern { head: &[Head::Foreign], row: GroupRow::ForeignGroup, ..ANY },
    GroupPattern { head: &[Head::Whole], body: &[Body::Whole], row: GroupRow::Apply, ..ANY },
    GroupPattern { head: &[Head::Whole, Head::Missing], body: &[Body::Damaged],
        row: GroupRow::DamagedBody, ..ANY },
    GroupPattern { head: &[Head::Whole], body: &[Body::Missing], place: &[Place::Earlier],
        row: GroupRow::LostBeforeMore, ..ANY },
    GroupPattern { head: &[Head::Whole], body: &[Body::Missing], place: &[Place::Last],
        mark: &[Mark::Later], row: GroupRow::LostBeforeMark, ..ANY },
    GroupPattern { head: &[Head::Whole], body: &[Body::Missing], place: &[Place::Last],
        mark: &[Mark::None], after: &[After::Something], row: GroupRow::LostBeforeMore, ..ANY },
    GroupPattern { head: &[Head::Whole], body: &[Body::Missing], place: &[Place::Last],
        mark: &[Mark::None], after: &[After::Nothing], row: GroupRow::Torn, ..ANY },
    GroupPattern { head: &[Head::Missing], body: SOUND_BODY, place: &[Place::Earlier],
        row: GroupRow::LostBeforeMore, ..ANY },
    GroupPattern { head: &[Head::Missing], body: SOUND_BODY, place: &[Place::Last],
        mark: &[Mark::Later], row: GroupRow::LostBeforeMark, ..ANY },
    GroupPattern { head: &[Head::Missing], body: SOUND_BODY, place: &[Place::Last],
        mark: &[Mark::None], row: GroupRow::Torn, ..ANY },
];

impl GroupPattern {
    fn matches(&self, found: &FoundGroup) -> bool {
        self.head.contains(&found.head)
            && self.body.contains(&found.body)
            && self.after.contains(&found.after)
            && self.place.contains(&found.place)
            && self.mark.contains(&found.mark)
            && self.sealed.contains(&found.sealed)
    }
}

pub(crate) fn decide_group(found: &FoundGroup) -> GroupRow {
    let row = GROUPS.iter().find(|pattern| pattern.matches(found));
    row.map_or(GroupRow::DamagedHead, |pattern| pattern.row)
}

impl GroupRow {
    /// What is wrong, for the rows that refuse.
    pub fn refusal(self) -> Option<&'static str> {
        Some(match self {
            GroupRow::Apply
            | GroupRow::CleanEnd
            | GroupRow::UncleanEnd
            | GroupRow::Torn
            | GroupRow::SegmentEnd => return None,
            GroupRow::DamagedHead => "the head of a group of records is damaged",
            GroupRow::DamagedBody => "a group of records is damaged",
            GroupRow::ForeignGroup => "a group of records stands here that does not belong here",
            GroupRow::LostBeforeMore => {
                "a group of records is incomplete although more was written after it"
            }
            GroupRow::LostBeforeMark => {
                "the log ends here although the store was closed after more was written"
            }
            GroupRow::BeyondMark => "the log goes on here although the store was closed before",
            GroupRow::BeyondSeal => "something stands behind the end of the segment",
            GroupRow::ForeignMark => "the mark of the clean end does not belong to this log",
        })
    }
}

/// Where a segment's head belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentHead {
    Whole,
    /// Zeros or nothing in the whole file.
    Nothing,
    /// Zeros, or cut off, but something follows.
    Missing,
    Damaged,
    /// Of another directory, or under another's name.
    Foreign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentRow {
    Read,
    /// Its making was cut off: it is removed and reported.
    Unmade,
    DamagedHead,
    ForeignSegment,
    /// Only the making of the last segment can be cut off, and not after a clean end.
    LostHead,
}

/// `marked`: there is a mark of a clean end.
pub(crate) fn decide_segment(head: SegmentHead, place: Place, marked: bool) -> SegmentRow {
    match (head, place, marked) {
        (SegmentHead::Whole, _, _) => SegmentRow::Read,
        (SegmentHead::Nothing, Place::Last, false) => SegmentRow::Unmade,
        (SegmentHead::Nothing, Place::Earlier, _) => SegmentRow::LostHead,
        (SegmentHead::Nothing, Place::Last, true) => SegmentRow::LostHead,
        (SegmentHead::Missing, _, _) => SegmentRow::LostHead,
        (SegmentHead::Damaged, _, _) => SegmentRow::DamagedHead,
        (SegmentHead::Foreign, _, _) => SegmentRow::ForeignSegment,
    }
}

impl SegmentRow {
    pub fn refusal(self) -> Option<&'static str> {
        Some(match self {
            SegmentRow::Read | SegmentRow::Unmade => return None,
            SegmentRow::DamagedHead => "the segment's head is damaged",
            SegmentRow::ForeignSegment => {
                "the segment does not belong here: it is of another directory or has another's name"
            }
            SegmentRow::LostHead => "the segment's head is missing",
        })
    }
}

/// What comes after a segment whose end was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    None,
    /// A segment whose making was cut off.
    Unmade,
    /// The last segment, without groups.
    Empty,
    /// A segment with groups that continues here.
    Continues,
    /// One that continues somewhere else.
    Gap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndRow {
    /// The log is written on in this segment.
    End,
    GoOn,
    /// The next segment's making was cut off before this one was sealed: it is removed.
    DropNext,
    /// This segment was sealed, so that there was another one.
    MissingNext,
    MissingBetween,
    /// The next segment has groups, so that this one was sealed.
    LostSeal,
}

/// `seals`: segments of this format are sealed before another one is written to. `marked`: there
/// is a mark of a clean end; a store that was closed has sealed all segments but the last.
pub(crate) fn decide_end(seals: bool, sealed: bool, marked: bool, next: Next) -> EndRow {
    if marked && seals && !sealed && matches!(next, Next::Empty | Next::Unmade) {
        return EndRow::LostSeal;
    }
    match (seals, sealed, next) {
        (true, false, Next::None) => EndRow::End,
        (true, true, Next::None | Next::Unmade) => EndRow::MissingNext,
        (true, true, Next::Empty) => EndRow::GoOn,
        (true, false, Next::Empty | Next::Unmade) => EndRow::DropNext,
        (true, true, Next::Continues) => EndRow::GoOn,
        (true, false, Next::Continues) => EndRow::LostSeal,
        (false, _, Next::None) => EndRow::End,
        (false, _, Next::Unmade) => EndRow::DropNext,
        (false, _, Next::Empty | Next::Continues) => EndRow::GoOn,
        (_, _, Next::Gap) => EndRow::MissingBetween,
    }
}

impl EndRow {
    pub fn refusal(self) -> Option<&'static str> {
        Some(match self {
            EndRow::End | EndRow::GoOn | EndRow::DropNext => return None,
            EndRow::MissingNext => "the segment after this one is missing",
            EndRow::MissingBetween => {
                "the next segment does not continue this one: one between them is missing, or it is \
                 of another time"
            }
            EndRow::LostSeal => "the end of the segment is missing",
        })
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
