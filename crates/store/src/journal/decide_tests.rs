use super::*;

fn every_group() -> Vec<FoundGroup> {
    let marks = [Mark::None, Mark::Here, Mark::Later, Mark::Elsewhere];
    let mut all = Vec::new();
    for head in ANY_HEAD {
        for body in ANY_BODY {
            for after in ANY_AFTER {
                for place in ANY_PLACE {
                    for mark in marks {
                        for sealed in BOTH {
                            all.push(FoundGroup {
                                head: *head,
                                body: *body,
                                after: *after,
                                place: *place,
                                mark,
                                sealed: *sealed,
                            });
                        }
                    }
                }
            }
        }
    }
    all
}

#[test]
fn every_combination_matches_exactly_one_row() {
    let all = every_group();
    assert_eq!(all.len(), 5 * 3 * 2 * 2 * 4 * 2);
    for found in &all {
        let rows: Vec<GroupRow> = GROUPS
            .iter()
            .filter(|pattern| pattern.matches(found))
            .map(|pattern| pattern.row)
            .collect();
        assert_eq!(rows.len(), 1, "{found:?}: {rows:?}");
        assert_eq!(rows[0], decide_group(found));
    }
    for (at, pattern) in GROUPS.iter().enumerate() {
        assert!(all.iter().any(|found| pattern.matches(found)), "row {at}");
    }
}

/// The rules that the table stands for, said the other way round.
#[test]
fn the_rows_keep_the_rules() {
    for found in every_group() {
        let row = decide_group(&found);
        let damaged = found.head == Head::Damaged
            || found.head == Head::Foreign
            || (found.body == Body::Damaged && matches!(found.head, Head::Whole | Head::Missing));
        if damaged {
            assert!(row.refusal().is_some(), "damage is never cut: {found:?}");
        }
        if row == GroupRow::Torn {
            assert_eq!(found.place, Place::Last, "{found:?}");
            assert_eq!(found.mark, Mark::None, "{found:?}");
            assert!(!found.sealed, "{found:?}");
            assert!(
                found.head == Head::Missing || found.after == After::Nothing,
                "{found:?}"
            );
        }
        if row == GroupRow::Apply {
            assert!(found.head == Head::Whole && found.body == Body::Whole);
        }
        if row == GroupRow::CleanEnd {
            assert!(found.head == Head::Nothing && found.mark == Mark::Here);
        }
        if matches!(found.mark, Mark::Later) && found.place == Place::Last {
            let goes_on = matches!(row, GroupRow::Apply | GroupRow::SegmentEnd);
            assert!(goes_on || row.refusal().is_some(), "{found:?}: {row:?}");
        }
    }
}

#[test]
fn a_segments_making_can_be_cut_off_only_at_the_end() {
    let heads = [
        SegmentHead::Whole,
        SegmentHead::Nothing,
        SegmentHead::Missing,
        SegmentHead::Damaged,
        SegmentHead::Foreign,
    ];
    for head in heads {
        for place in [Place::Last, Place::Earlier] {
            for marked in [false, true] {
                let row = decide_segment(head, place, marked);
                let unmade = head == SegmentHead::Nothing && place == Place::Last && !marked;
                assert_eq!(row == SegmentRow::Unmade, unmade);
                assert_eq!(row == SegmentRow::Read, head == SegmentHead::Whole);
                assert_eq!(
                    row.refusal().is_none(),
                    unmade || head == SegmentHead::Whole
                );
            }
        }
    }
}

#[test]
fn a_log_ends_only_in_a_segment_that_was_not_sealed() {
    let all = [
        Next::None,
        Next::Unmade,
        Next::Empty,
        Next::Continues,
        Next::Gap,
    ];
    for (sealed, marked) in [(false, false), (false, true), (true, false), (true, true)] {
        for next in all {
            let row = decide_end(true, sealed, marked, next);
            assert_eq!(row == EndRow::End, !sealed && next == Next::None);
            let cut_off = matches!(next, Next::Empty | Next::Unmade);
            assert_eq!(row == EndRow::DropNext, !sealed && !marked && cut_off);
            let refused = match next {
                Next::None | Next::Unmade if sealed => true,
                Next::None => false,
                Next::Unmade => marked,
                Next::Empty => !sealed && marked,
                Next::Continues => !sealed,
                Next::Gap => true,
            };
            assert_eq!(
                row.refusal().is_some(),
                refused,
                "{sealed} {marked} {next:?}"
            );
            let row = decide_end(false, sealed, marked, next);
            assert_eq!(row.refusal().is_some(), next == Next::Gap);
        }
    }
}

#[test]
fn every_row_stands_in_the_document() {
    let document = include_str!("../../../../docs/storage-format.md");
    let groups = GROUPS.iter().map(|pattern| format!("{:?}", pattern.row));
    let ends = [
        EndRow::End,
        EndRow::GoOn,
        EndRow::DropNext,
        EndRow::MissingNext,
        EndRow::MissingBetween,
        EndRow::LostSeal,
    ];
    for row in groups.chain(ends.map(|row| format!("{row:?}"))) {
        assert!(document.contains(&format!("`{row}`")), "{row}");
    }
}
