use super::*;

fn ceiling(opened_at: Revision, ceiling: Revision) -> Mark {
    Mark::Ceiling { opened_at, ceiling }
}

/// A store that was opened here.
fn opened(opened_at_revision: Revision, clean: bool) -> Writing {
    let recovery = Recovery {
        newest_revision: 1,
        opened_at_revision,
        clean,
    };
    Writing::new(recovery, opened_at_revision)
}

/// Every kind of last marks, with whether something stands behind them.
#[test]
fn where_numbers_go_on_after_an_opening() {
    let clean = |issued| Mark::Clean { issued };
    type Case<'a> = (&'a [Mark], bool, Revision, bool, (Revision, bool));
    let cases: [Case<'_>; 9] = [
        (&[], false, 1, true, (1, true)),
        (&[], false, 7, false, (7 + CEILING_AHEAD, false)),
        (&[ceiling(0, 4100)], true, 7, false, (4100, false)),
        (&[ceiling(0, 4100)], false, 7, false, (4100, false)),
        // A snapshot may be newer than the marks that are left.
        (&[ceiling(0, 4100)], true, 5000, false, (5000, false)),
        (&[ceiling(0, 4100), clean(9)], false, 7, false, (9, true)),
        (&[ceiling(0, 4100), clean(9)], true, 7, false, (4100, false)),
        (
            &[ceiling(0, 4100), clean(9), ceiling(0, 4105)],
            true,
            7,
            false,
            (4105, false),
        ),
        (&[clean(9)], true, 12, false, (12 + CEILING_AHEAD, false)),
    ];
    for (seen, passed, newest, empty, expected) in cases {
        let mut marks = Marks::default();
        for mark in seen {
            marks.see(mark);
        }
        if passed {
            marks.pass();
        }
        assert_eq!(marks.end(newest, empty), expected, "{seen:?} {passed}");
    }
}

#[test]
fn a_group_raises_the_ceiling_before_it_is_reached() {
    let mut writing = opened(1, true);
    let first = writing.mark(2);
    assert_eq!(first, Some(ceiling(0, 2 + CEILING_AHEAD)));
    writing.written(first.as_ref());
    assert_eq!(writing.mark(3), None);
    assert_eq!(writing.mark(2 + CEILING_LEFT), None);
    let next = writing.mark(3 + CEILING_LEFT);
    assert_eq!(next, Some(ceiling(0, 3 + CEILING_LEFT + CEILING_AHEAD)));
}

#[test]
fn the_first_group_after_an_unclean_end_says_where_it_began() {
    let mut writing = opened(5000, false);
    let mark = writing.mark(5001);
    assert_eq!(mark, Some(ceiling(5000, 5001 + CEILING_AHEAD)));
    // A group that failed said nothing.
    assert_eq!(
        writing.mark(5003),
        Some(ceiling(5000, 5003 + CEILING_AHEAD))
    );
    writing.written(mark.as_ref());
    assert_eq!(writing.mark(9000), Some(ceiling(0, 9000 + CEILING_AHEAD)));
}

#[test]
fn a_clean_end_is_said_once() {
    assert_eq!(opened(1, true).clean_end(1), []);
    let mut writing = opened(5000, false);
    assert_eq!(
        writing.clean_end(5000),
        [ceiling(5000, 5000), Mark::Clean { issued: 5000 }]
    );
    writing.written(writing.mark(5001).as_ref());
    assert_eq!(writing.clean_end(5002), [Mark::Clean { issued: 5002 }]);
    writing.ended(5002);
    assert_eq!(writing.clean_end(5002), []);
    // A failed write has used a number since.
    assert_eq!(writing.clean_end(5003), [Mark::Clean { issued: 5003 }]);
}
