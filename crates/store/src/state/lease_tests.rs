#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn leases() -> Leases {
    let mut leases = Leases::default();
    leases.resume(1_000_000);
    leases
}

fn key(name: &str) -> Key {
    Key::from(name.as_bytes())
}

/// Grants and answers what the log holds of it.
fn granted(leases: &mut Leases, id: u64, ttl_seconds: u64) -> LeaseChange {
    leases.grant(id, ttl_seconds)
}

#[test]
fn only_time_that_passes_counts() {
    // How the caller's clock goes, and whether a lease of 10 s is over then.
    let cases: [(&[u64], bool); 7] = [
        (&[1_009_999], false),
        (&[1_010_000], true),
        (&[1_005_000, 1_010_000], true),
        // Another thread's clock is a little behind.
        (&[1_005_000, 1_004_900, 1_009_999], false),
        // Set back: from there on it counts again.
        (&[1_005_000, 400_000, 404_999], false),
        (&[1_005_000, 400_000, 405_000], true),
        (&[400_000, 0, 9_999], false),
    ];
    for (times, over) in cases {
        let mut leases = leases();
        leases.grant(1, 10);
        for time in times {
            leases.advance(*time);
        }
        assert_eq!(leases.expired().is_some(), over, "{times:?}");
    }
}

#[test]
fn what_is_told_outside_is_on_the_callers_clock() {
    let mut leases = leases();
    leases.grant(1, 10);
    let ends = |leases: &Leases| leases.info(1).unwrap().expires_at_millis;
    assert_eq!(ends(&leases), 1_010_000);
    leases.advance(1_004_000);
    assert_eq!(ends(&leases), 1_010_000);
    leases.advance(500_000);
    assert_eq!(ends(&leases), 506_000);
    leases.advance(600_000);
    assert_eq!(ends(&leases), 506_000);
}

#[test]
fn a_lease_whose_time_is_over_cannot_be_renewed() {
    let mut leases = leases();
    leases.grant(1, 10);
    leases.advance(1_009_999);
    assert!(leases.keep_alive(1).is_some());
    leases.advance(1_019_999);
    assert_eq!(leases.keep_alive(1), None);
    assert_eq!(leases.expired(), Some(1));
    assert_eq!(leases.keep_alive(2), None);
}

#[test]
fn renewals_are_written_when_they_move_the_end() {
    let mut leases = leases();
    leases.grant(1, 10);
    leases.advance(1_000_400);
    assert_eq!(leases.keep_alive(1), Some(None));
    // Small steps add up.
    leases.advance(1_000_800);
    let renewed = leases.keep_alive(1).unwrap();
    assert_eq!(
        renewed,
        Some(LeaseChange::Renew {
            lease_id: 1,
            expires_at: 10_800
        })
    );
}

/// What the log and a snapshot say gives the same table again, wherever the outer clock stands.
#[test]
fn a_table_is_read_back_with_its_times() {
    let mut before = leases();
    let mut changes = vec![granted(&mut before, 1, 10), granted(&mut before, 5, 60)];
    before.advance(1_008_000);
    changes.extend(before.keep_alive(1).unwrap());
    changes.push(granted(&mut before, 9, 1));
    changes.extend(before.revoke(9).map(|(_, change)| change));
    before.advance(1_010_000);
    changes.extend(before.clock_to_write(true));
    let mut replayed = Leases::default();
    for change in &changes {
        replayed.replay(change);
    }
    let mut bytes = Vec::new();
    before.encode(&mut bytes);
    let mut loaded = Leases::default();
    loaded.decode(&mut Reader(&bytes)).unwrap();
    for mut leases in [replayed, loaded] {
        leases.resume(50);
        assert_eq!(leases.ids().collect::<Vec<_>>(), [1, 5]);
        assert_eq!(leases.next_id(), 10);
        let ends = |id| leases.info(id).unwrap().expires_at_millis;
        assert_eq!((ends(1), ends(5)), (50 + 8_000, 50 + 50_000));
    }
    for end in 0..bytes.len() {
        // Never a panic; what is cut between two leases is another table.
        let _ = Leases::default().decode(&mut Reader(&bytes[..end]));
    }
}

#[test]
fn leases_of_a_version_without_times_begin_again_once() {
    let mut leases = Leases::default();
    leases.decode_without_times(&mut Reader(&[3, 60])).unwrap();
    leases.replay(&LeaseChange::Grant {
        lease_id: 4,
        ttl_seconds: 10,
        expires_at: 0,
    });
    leases.resume(1_000);
    leases.advance(10_999);
    assert_eq!(leases.expired(), None);
    leases.advance(11_000);
    assert_eq!(leases.expired(), Some(4));
    leases.advance(61_000);
    leases.revoke(4).unwrap();
    assert_eq!(leases.expired(), Some(3));
}

#[test]
fn what_is_taken_back_is_as_it_was() {
    let mut leases = leases();
    leases.grant(1, 10);
    leases.attach(&key("/a"), 0, 1);
    leases.advance(1_004_000);
    let (keys, revoked) = leases.revoke(1).unwrap();
    assert_eq!(keys.len(), 1);
    leases.take_back(&revoked);
    leases.attach(&key("/a"), 0, 1);
    assert_eq!(leases.info(1).unwrap().expires_at_millis, 1_010_000);
    // Under the same number another was granted meanwhile: it stays.
    let (_, revoked) = leases.revoke(1).unwrap();
    leases.grant(1, 60);
    leases.take_back(&revoked);
    assert_eq!(leases.info(1).unwrap().ttl_seconds, 60);
    leases.advance(1_063_999);
    assert_eq!(leases.expired(), None);
}

#[test]
fn the_clock_is_written_now_and_then_while_there_are_leases() {
    let mut leases = leases();
    leases.advance(2_000_000);
    assert_eq!(leases.clock_to_write(true), None);
    leases.grant(1, 60);
    leases.advance(2_000_000 + LOG_EVERY_MILLIS - 1);
    assert_eq!(leases.clock_to_write(false), None);
    leases.advance(2_000_000 + LOG_EVERY_MILLIS);
    let millis = 1_000_000 + LOG_EVERY_MILLIS;
    let due = leases.clock_to_write(false);
    assert_eq!(due, Some(LeaseChange::Clock { millis }));
    assert_eq!(leases.clock_to_write(true), None);
}
