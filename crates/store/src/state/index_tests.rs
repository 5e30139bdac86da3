use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::state::entry::{Draft, EntryMeta};

fn entry(key: &[u8], revision: Revision) -> Entry {
    Draft::new(key, &revision.to_le_bytes()).finish(EntryMeta {
        create_revision: revision,
        mod_revision: revision,
        version: 1,
        lease_id: 0,
        order: 0,
    })
}

/// Some begin alike, some are the beginning of others but for zeros.
fn key(number: u16) -> Vec<u8> {
    match number % 4 {
        0 => format!("/k/{number:05}").into_bytes(),
        1 => format!("/k/what many keys begin with/{number:05}").into_bytes(),
        2 => format!("/k{}", number).into_bytes(),
        _ => [&b"/k/"[..], &vec![0; usize::from(number / 4)]].concat(),
    }
}

/// The histories of all keys, kept in the plainest way.
#[derive(Default)]
struct Model(BTreeMap<Vec<u8>, Vec<(Revision, bool)>>);

impl Model {
    fn at(&self, revision: Revision) -> Vec<(Vec<u8>, Revision)> {
        self.0
            .iter()
            .filter_map(|(key, versions)| {
                let last = versions.iter().rev().find(|(r, _)| *r <= revision)?;
                last.1.then(|| (key.clone(), last.0))
            })
            .collect()
    }
}

fn scan_all(index: &Index, revision: Revision) -> Vec<(Vec<u8>, Revision)> {
    let mut seen = Vec::new();
    index.scan(From::At(b""), None, revision, |entry| {
        seen.push((entry.key().to_vec(), entry.mod_revision()));
        true
    });
    seen
}

#[test]
fn a_slot_is_small() {
    assert_eq!(std::mem::size_of::<Slot>(), 24);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn agrees_with_the_model(steps in prop::collection::vec((0u16..600, 0u8..10), 1..1500)) {
        let mut index = Index::default();
        let mut model = Model::default();
        let mut revision = 0;
        let mut compacted = 0;
        for (number, what) in steps {
            let key = key(number);
            match what {
                0..=6 => {
                    revision += 1;
                    index.push(entry(&key, revision));
                    model.0.entry(key.to_vec()).or_default().push((revision, true));
                }
                7..=8 => {
                    if index.newest(&key).is_some() {
                        revision += 1;
                        index.push(Entry::deletion(&key, revision, 0));
                        model.0.entry(key.to_vec()).or_default().push((revision, false));
                    }
                }
                _ => {
                    compacted = revision.saturating_sub(u64::from(number) % 50).max(compacted);
                    let keys: Vec<_> = model.0.keys().cloned().collect();
                    for key in keys {
                        index.compact(&key, compacted);
                    }
                }
            }
        }
        for asked in [compacted, (compacted + revision) / 2, revision] {
            prop_assert_eq!(scan_all(&index, asked), model.at(asked));
        }
        let live = model.at(revision);
        prop_assert_eq!(index.live_keys(), live.len());
        prop_assert!(index.all_keys() >= live.len());
        for number in [0u16, 17, 300, 599, 700] {
            let key = key(number);
            let below = live.iter().filter(|(k, _)| k < &key).count();
            prop_assert_eq!(index.rank(&key), below);
        }
        prop_assert_eq!(index.count(b"/k/00100", Some(b"/k/00200")),
            live.iter().filter(|(k, _)| k.as_slice() >= b"/k/00100".as_slice()
                && k.as_slice() < b"/k/00200".as_slice()).count());
    }

    #[test]
    fn rolls_back_to_a_revision(
        numbers in prop::collection::vec(0u16..40, 1..200),
        keep in 0u64..200,
    ) {
        let mut index = Index::default();
        let mut model = Model::default();
        for (at, number) in numbers.iter().enumerate() {
            let revision = at as u64 + 1;
            let key = key(*number);
            index.push(entry(&key, revision));
            model.0.entry(key.to_vec()).or_default().push((revision, true));
        }
        for number in 0..40 {
            index.roll_back(&key(number), keep);
        }
        prop_assert_eq!(scan_all(&index, u64::MAX), model.at(keep));
        prop_assert_eq!(index.live_keys(), model.at(keep).len());
    }
}
