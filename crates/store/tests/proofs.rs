//! A proof holds exactly as long as nothing that it rests on has changed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use steersman_store::{MAX_FOLLOWED_PREFIXES, MAX_PROOF_KEYS, Reason, Store, StoreOptions};
use support::{TestViews, delete, put};

fn memory_store() -> Arc<Store> {
    Store::in_memory(StoreOptions::default(), Arc::new(TestViews))
}

#[test]
fn it_holds_until_a_key_changes_or_goes() {
    let store = memory_store();
    put(&store, "/accounts/a", "1");
    let since = store.current_revision();
    let key: &[u8] = b"/accounts/a";
    let proof = || store.proof(&[key], &[], since).unwrap();
    let held = proof().unwrap();
    assert!(held.holds());
    put(&store, "/accounts/b", "1");
    assert!(held.holds());
    put(&store, "/accounts/a", "2");
    assert!(!held.holds());
    assert!(!held.holds());
    assert!(proof().is_none(), "it is not what it was at that revision");
    let later = store.proof(&[key], &[], store.current_revision());
    let later = later.unwrap().unwrap();
    delete(&store, "/accounts/a");
    assert!(!later.holds());
    put(&store, "/accounts/a", "2");
    assert!(!later.holds(), "another one of that name");
}

#[test]
fn it_holds_until_something_changes_under_a_prefix() {
    let store = memory_store();
    put(&store, "/roles/a", "1");
    let since = store.current_revision();
    let held = store.proof(&[], &[b"/roles/"], since).unwrap().unwrap();
    put(&store, "/rolesandmore/a", "1");
    assert!(held.holds());
    delete(&store, "/roles/a");
    assert!(!held.holds());
    assert!(store.proof(&[], &[b"/roles/"], since).unwrap().is_none());
    let again = store.proof(&[], &[b"/roles/"], store.current_revision());
    assert!(again.unwrap().unwrap().holds());
}

/// What was before a prefix is followed is not known: a proof of then is not given.
#[test]
fn a_prefix_that_nobody_followed_counts_as_changed_just_now() {
    let store = memory_store();
    put(&store, "/roles/a", "1");
    let since = store.current_revision();
    put(&store, "/other", "1");
    assert!(store.proof(&[], &[b"/roles/"], since).unwrap().is_none());
    let now = store.current_revision();
    assert!(store.proof(&[], &[b"/roles/"], now).unwrap().is_some());
}

/// Whoever writes between two proofs of several prefixes is given the second one.
#[test]
fn all_prefixes_are_followed_from_the_first_proof_on() {
    let store = memory_store();
    let prefixes: [&[u8]; 3] = [b"/roles/", b"/bindings/", b"/quotas/"];
    let since = store.current_revision();
    put(&store, "/other", "1");
    assert!(store.proof(&[], &prefixes, since).unwrap().is_none());
    let since = store.current_revision();
    put(&store, "/other", "2");
    assert!(store.proof(&[], &prefixes, since).unwrap().is_some());
}

#[test]
fn its_bounds_are_told() {
    let store = memory_store();
    let since = store.current_revision();
    let refused = store.proof(&[], &[], since + 1).err().unwrap();
    assert_eq!(refused.reason, Reason::FutureRevision);
    let keys = vec![&b"/a"[..]; MAX_PROOF_KEYS + 1];
    let refused = store.proof(&keys, &[], since).err().unwrap();
    assert_eq!(refused.reason, Reason::TooLarge);
    for number in 0..MAX_FOLLOWED_PREFIXES {
        let prefix = format!("/{number}/");
        assert!(
            store
                .proof(&[], &[prefix.as_bytes()], since)
                .unwrap()
                .is_some()
        );
    }
    let refused = store.proof(&[], &[b"/more/"], since).err().unwrap();
    assert_eq!(refused.reason, Reason::TooLarge);
    store.close();
    assert!(store.proof(&[], &[], since).is_err());
}

/// Whoever saw the acknowledgement of a change never finds a proof that rests on the state before
/// it; prefixes are followed at any moment beside.
#[test]
fn no_acknowledged_change_is_missed() {
    for round in 0..200 {
        let store = memory_store();
        let since = store.current_revision();
        let done = Arc::new(AtomicBool::new(false));
        let writer = {
            let (store, done) = (store.clone(), done.clone());
            std::thread::spawn(move || {
                put(&store, "/roles/a", "1");
                done.store(true, Ordering::SeqCst);
            })
        };
        if round % 2 == 0 {
            std::thread::yield_now();
        }
        let proof = store.proof(&[], &[b"/roles/"], since).unwrap();
        while !done.load(Ordering::SeqCst) {
            std::hint::spin_loop();
        }
        assert!(proof.is_none_or(|proof| !proof.holds()));
        writer.join().unwrap();
    }
}
