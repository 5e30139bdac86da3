//! Watches with selectors: what they are given is what their selector says, and a change costs
//! nothing for those that it does not concern.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use faulty::Dice;
use steersman_store::{
    EventKind, FieldRequirement, LabelOperator, LabelRequirement, Selector, Store, StoreOptions,
    Watcher,
};
use support::{TestViews, delete, put, session, watch_request};

use LabelOperator::{DoesNotExist, Exists, GreaterThan, In, LessThan, NotIn};

fn store() -> Arc<Store> {
    Store::in_memory(StoreOptions::default(), Arc::new(TestViews))
}

fn label(key: &str, operator: LabelOperator, values: &[&str]) -> LabelRequirement {
    LabelRequirement {
        key: key.into(),
        operator,
        values: values.iter().map(|value| (*value).into()).collect(),
    }
}

fn watch(store: &Arc<Store>, prefix: &str, selector: Selector) -> Watcher {
    let mut request = watch_request(store, prefix, store.current_revision());
    request.interest.selector = selector;
    store.watch(&session(store), request).unwrap()
}

/// Labels and the field `node`.
type Object = (BTreeMap<String, String>, String);

fn text((labels, node): &Object, number: usize) -> String {
    let labels: Vec<_> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{}|node={node}|{number}", labels.join(","))
}

/// As the API's documentation has it, written down a second time.
fn selects(selector: &Selector, (labels, node): &Object) -> bool {
    let number = |text: &str| text.parse::<i64>().ok();
    let of_labels = selector.labels.iter().all(|wanted| {
        let found = labels.get(&*wanted.key).map(String::as_str);
        let listed = found.is_some_and(|found| wanted.values.iter().any(|one| **one == *found));
        let bound = wanted.values.first().and_then(|value| number(value));
        let than = found.and_then(number).zip(bound);
        match wanted.operator {
            In => listed,
            NotIn => !listed,
            Exists => found.is_some(),
            DoesNotExist => found.is_none(),
            GreaterThan => than.is_some_and(|(found, bound)| found > bound),
            LessThan => than.is_some_and(|(found, bound)| found < bound),
        }
    });
    let of_fields = selector.fields.iter();
    of_labels
        && of_fields
            .into_iter()
            .all(|one| (*one.value == **node) == one.equal)
}

fn random_selector(dice: &mut Dice) -> Selector {
    let mut selector = Selector::default();
    for _ in 0..dice.roll(3) {
        let key = format!("k{}", dice.roll(4));
        let values: Vec<String> = (0..=dice.roll(3))
            .map(|_| dice.roll(5).to_string())
            .collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let operator =
            [In, NotIn, Exists, DoesNotExist, GreaterThan, LessThan][dice.roll(6) as usize];
        selector.labels.push(label(&key, operator, &values));
    }
    for _ in 0..dice.roll(2) {
        selector.fields.push(FieldRequirement {
            path: "node".into(),
            equal: dice.roll(3) > 0,
            value: format!("n{}", dice.roll(3)).into(),
        });
    }
    selector
}

fn random_object(dice: &mut Dice) -> Object {
    let mut labels = BTreeMap::new();
    for _ in 0..dice.roll(5) {
        labels.insert(format!("k{}", dice.roll(4)), dice.roll(5).to_string());
    }
    (labels, format!("n{}", dice.roll(3)))
}

#[test]
fn each_watch_is_given_what_its_selector_says_once() {
    for seed in 1..=20 {
        let mut dice = Dice(seed * 15_485_863);
        let store = store();
        let mut watched = Vec::new();
        let mut objects: BTreeMap<String, Object> = BTreeMap::new();
        for round in 0..60 {
            // They come and go while objects change.
            for _ in 0..dice.roll(6) {
                let selector = random_selector(&mut dice);
                let prefix = ["/r/", "/r/a/", "/r/a/1"][dice.roll(3) as usize];
                let watcher = watch(&store, prefix, selector.clone());
                watched.push((watcher, prefix, selector, Vec::new()));
            }
            if round % 7 == 6 {
                let at = dice.roll(watched.len() as u64) as usize;
                check(watched.swap_remove(at));
            }
            for number in 0..dice.roll(4) as usize {
                let key = format!("/r/{}/{}", ["a", "b"][dice.roll(2) as usize], dice.roll(3));
                let before = objects.remove(&key);
                let after = (dice.roll(4) > 0).then(|| random_object(&mut dice));
                if before.is_none() && after.is_none() {
                    continue;
                }
                let revision = match &after {
                    Some(object) => put(&store, &key, &text(object, number)),
                    None => delete(&store, &key),
                };
                for (_, prefix, selector, expected) in &mut watched {
                    let matched = |object: &Option<Object>| {
                        object.as_ref().is_some_and(|one| selects(selector, one))
                    };
                    if key.starts_with(*prefix)
                        && let Some(kind) = EventKind::of(matched(&before), matched(&after))
                    {
                        expected.push((revision, kind, key.clone()));
                    }
                }
                objects.extend(after.map(|object| (key, object)));
            }
        }
        watched.into_iter().for_each(check);
        let left = store.statistics();
        assert_eq!((left.watchers, left.channels), (0, 0));
    }
}

type Expected = Vec<(u64, EventKind, String)>;

fn check((watcher, prefix, selector, expected): (Watcher, &str, Selector, Expected)) {
    let events = watcher.take_raw(usize::MAX).0.into_iter();
    let given: Expected = events
        .map(|event| {
            let key = String::from_utf8_lossy(event.change.key()).into_owned();
            (event.change.revision, event.kind, key)
        })
        .collect();
    assert_eq!(given, expected, "{prefix} {selector:?}");
}

#[test]
fn who_is_not_concerned_costs_nothing() {
    type Case = (&'static str, fn(usize) -> Selector);
    let of_label = |requirement| Selector {
        labels: vec![requirement],
        fields: vec![],
    };
    let cases: [Case; 4] = [
        ("a value", |n| Selector {
            labels: vec![label("app", In, &[&format!("a{n}")])],
            fields: vec![],
        }),
        ("values", |n| Selector {
            labels: vec![
                label("tier", NotIn, &["none"]),
                label("app", In, &[&format!("a{n}"), &format!("b{n}")]),
            ],
            fields: vec![],
        }),
        ("a key", |n| Selector {
            labels: vec![label(&format!("app-{n}"), Exists, &[])],
            fields: vec![],
        }),
        ("a field", |n| Selector {
            labels: vec![label("app", NotIn, &["x"])],
            fields: vec![FieldRequirement {
                path: "node".into(),
                equal: true,
                value: format!("n{n}").into(),
            }],
        }),
    ];
    for (what, selector) in cases {
        let store = store();
        let watchers: Vec<_> = (0..2_000)
            .map(|number| watch(&store, "/r/", selector(number)))
            .collect();
        let concerned = watch(&store, "/r/", of_label(label("app", In, &["x"])));
        for number in 0..50 {
            put(
                &store,
                &format!("/r/{}", number % 10),
                "app=x,tier=y|node=z|1",
            );
        }
        assert_eq!(concerned.take_raw(100).0.len(), 50);
        assert_eq!(store.statistics().selectors_compared, 50, "{what}");
        drop(watchers);
    }
}
