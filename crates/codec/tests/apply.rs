//! What holds of every apply: it is idempotent, managers of other fields do not disturb each other,
//! what nobody names stays, and each step agrees with what is told of decoded objects.

use proptest::prelude::*;
use steersman_codec::apply::steps::{Duplicates, compare, merge, owned, remove, validate};
use steersman_codec::apply::{Apply, BuiltIn, Refusal, Type, apply};
use steersman_codec::fields::compare as fields_compare;
use steersman_codec::fields::managed::Write;
use steersman_codec::fields::set::FieldSet;
use steersman_codec::json::generic::{Json, Object as JsonObject};
use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::{DecodeOptions, Object, decode};

const KIND: &str = "k8s.io.api.apps.v1.Deployment";

fn model() -> &'static Model {
    Model::builtin()
}

fn id() -> MessageId {
    model().find(KIND).expect("a built-in kind")
}

fn write<'a>(manager: &'a str, reset_fields: &'a [&'a str]) -> Write<'a> {
    Write {
        manager,
        api_version: "apps/v1",
        subresource: "",
        time: "2026-01-01T00:00:00Z",
        reset_fields,
    }
}

fn applied(live: Option<&Object>, wanted: &Json, manager: &str, force: bool) -> Option<Object> {
    let write = write(manager, &["status"]);
    let how = Apply {
        write: &write,
        force,
    };
    let result = apply(model(), id(), live, wanted, &how);
    if !force && matches!(result, Err(Refusal::Conflict { .. })) {
        return None;
    }
    Some(result.expect("an object of its kind").object)
}

fn json(object: &Object) -> Json {
    let text = object.json_unmanaged(model());
    Json::parse(&String::from_utf8_lossy(&text)).expect("the codec's own JSON")
}

fn parsed(text: &str) -> Json {
    Json::parse(text).expect("JSON")
}

/// Some fields of a deployment, by numbers: lists by keys, one-value lists, maps, scalars, zeros.
fn configuration(choices: &[u8]) -> Json {
    let mut root = JsonObject::new();
    root.insert("apiVersion", Json::string("apps/v1"));
    root.insert("kind", Json::string("Deployment"));
    let (mut labels, mut spec, mut pod) = Default::default();
    let mut containers: Vec<Json> = Vec::new();
    for (at, choice) in choices.iter().enumerate() {
        let value = format!("v{}", choice % 3);
        fill(
            at % 9,
            *choice,
            &value,
            [&mut labels, &mut spec, &mut pod],
            &mut containers,
        );
    }
    if !containers.is_empty() {
        pod.insert("containers", Json::Array(containers));
    }
    let nested = |name: &str, object: JsonObject| {
        let mut outer = JsonObject::new();
        outer.insert(name, Json::Object(object));
        outer
    };
    if !pod.is_empty() {
        spec.insert("template", Json::Object(nested("spec", pod)));
    }
    let mut metadata = JsonObject::new();
    metadata.insert("name", Json::string("x"));
    if !labels.is_empty() {
        metadata.insert("labels", Json::Object(labels));
    }
    root.insert("metadata", Json::Object(metadata));
    if !spec.is_empty() {
        root.insert("spec", Json::Object(spec));
    }
    Json::Object(root)
}

fn fill(
    what: usize,
    choice: u8,
    value: &str,
    [labels, spec, pod]: [&mut JsonObject; 3],
    containers: &mut Vec<Json>,
) {
    match what {
        0 => labels.insert(format!("l{}", choice % 4), Json::string(value)),
        1 => spec.insert("replicas", Json::Number(choice.to_string().into())),
        2 => spec.insert("paused", Json::Bool(choice % 2 == 0)),
        3 => pod.insert(
            "nodeSelector",
            parsed(&format!(r#"{{"n{}":"{value}"}}"#, choice % 3)),
        ),
        4 => pod.insert("tolerations", parsed("[]")),
        5 => pod.insert("hostNetwork", Json::Bool(choice % 2 == 0)),
        6 => spec.insert("strategy", parsed(r#"{"rollingUpdate":null}"#)),
        _ => {
            let name = format!("c{}", choice % 4);
            let has = containers.iter().any(|one| {
                one.as_object().and_then(|one| one.get("name")) == Some(&Json::string(&name))
            });
            if !has {
                let text = format!(
                    r#"{{"name":"{name}","image":"{value}","env":[{{"name":"e{}"}}],"args":["{value}"]}}"#,
                    choice % 2
                );
                containers.push(parsed(&text));
            }
        }
    }
}

/// The paths that lead to a set's members.
fn above(set: &FieldSet) -> FieldSet {
    let mut paths = FieldSet::new();
    for (element, _, below) in set.entries() {
        paths.attach(element.clone(), !below.is_empty(), above(below));
    }
    paths
}

proptest! {
    #[test]
    fn the_same_again_changes_nothing(choices in proptest::collection::vec(any::<u8>(), 1..20)) {
        let wanted = configuration(&choices);
        let first = applied(None, &wanted, "a", false).expect("nobody is in the way");
        let again = applied(Some(&first), &wanted, "a", false).expect("it has all of it");
        prop_assert!(again.equals(model(), &first, false), "{}", wanted.to_text());
    }

    #[test]
    fn managers_of_other_labels_commute(
        a in proptest::collection::vec(0u8..4, 0..4),
        b in proptest::collection::vec(0u8..4, 0..4),
    ) {
        let of = |prefix: &str, choices: &[u8]| {
            let mut labels = JsonObject::new();
            for choice in choices {
                labels.insert(format!("{prefix}{choice}"), Json::string(prefix));
            }
            let mut metadata = JsonObject::new();
            metadata.insert("name", Json::string("x"));
            metadata.insert("labels", Json::Object(labels));
            let mut root = parsed(r#"{"apiVersion":"apps/v1","kind":"Deployment"}"#);
            if let Json::Object(root) = &mut root {
                root.insert("metadata", Json::Object(metadata));
            }
            root
        };
        let (of_a, of_b) = (of("a", &a), of("b", &b));
        let base = applied(None, &configuration(&[7, 7, 7, 7, 7, 7, 7, 7]), "base", false);
        let one_way = applied(base.as_ref(), &of_a, "a", true)
            .and_then(|object| applied(Some(&object), &of_b, "b", true));
        let other_way = applied(base.as_ref(), &of_b, "b", true)
            .and_then(|object| applied(Some(&object), &of_a, "a", true));
        let (one, other) = (one_way.expect("forced"), other_way.expect("forced"));
        prop_assert_eq!(json(&one).to_text(), json(&other).to_text());
    }

    /// What a manager has never named is as it was, whatever it applies.
    #[test]
    fn what_nobody_names_stays(
        live in proptest::collection::vec(any::<u8>(), 0..20),
        wanted in proptest::collection::vec(any::<u8>(), 0..20),
        less in proptest::collection::vec(any::<u8>(), 0..12),
    ) {
        let before = applied(None, &configuration(&live), "live", false).expect("nothing is there");
        let schema = BuiltIn { model: model() };
        let root = Type::Message(id());
        let (wanted, less) = (configuration(&wanted), configuration(&less));
        let more = applied(Some(&before), &wanted, "a", true).expect("forced");
        let after = applied(Some(&more), &less, "a", true).expect("forced");
        let comparison = compare(&schema, root, &json(&before), &json(&after));
        let named = owned(&schema, root, &wanted).union(&owned(&schema, root, &less));
        let lost = comparison.removed.union(&comparison.modified);
        // What has nothing left in it goes with the last of it.
        let unnamed = lost.without_subtrees(&named).difference(&above(&named));
        prop_assert!(unnamed.is_empty(), "{:?}", String::from_utf8(unnamed.to_json()));
    }

    #[test]
    fn without_force_others_keep_what_they_have(
        live in proptest::collection::vec(any::<u8>(), 0..20),
        wanted in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let before = applied(None, &configuration(&live), "live", false).expect("nothing is there");
        let Some(after) = applied(Some(&before), &configuration(&wanted), "a", false) else {
            return Ok(());
        };
        let schema = BuiltIn { model: model() };
        let root = Type::Message(id());
        let comparison = compare(&schema, root, &json(&before), &json(&after));
        let theirs = owned(&schema, root, &configuration(&live));
        let taken = comparison.modified.union(&comparison.removed).intersection(&theirs);
        prop_assert!(taken.is_empty(), "{:?}", String::from_utf8(taken.to_json()));
    }

    /// The two comparisons, of JSON and of decoded objects, tell the same.
    #[test]
    fn comparisons_agree(
        a in proptest::collection::vec(any::<u8>(), 0..20),
        b in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let [a, b] = [a, b].map(|choices| {
            let text = configuration(&choices).to_text();
            decode(model(), id(), text.as_bytes(), &DecodeOptions::default())
                .expect("a configuration is an object of its kind")
                .0
        });
        let of_fields = fields_compare::compare(model(), id(), &a.fields, &b.fields);
        let schema = BuiltIn { model: model() };
        let of_json = compare(&schema, Type::Message(id()), &json(&a), &json(&b));
        prop_assert_eq!(of_fields, of_json);
    }

    /// Merging owns nothing else, and removing what was named leaves none of it.
    #[test]
    fn steps_fit(
        live in proptest::collection::vec(any::<u8>(), 0..20),
        wanted in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let schema = BuiltIn { model: model() };
        let root = Type::Message(id());
        let (live, wanted) = (configuration(&live), configuration(&wanted));
        let merged = merge(&schema, root, &live, &wanted);
        prop_assert_eq!(validate(&schema, root, &merged, Duplicates::Refused), Ok(()));
        let named = owned(&schema, root, &wanted);
        let comparison = compare(&schema, root, &live, &merged);
        let changed = comparison.added.union(&comparison.modified);
        let unnamed = changed.without_subtrees(&named).difference(&above(&named));
        prop_assert!(unnamed.is_empty());
        let left = remove(&schema, root, &merged, &named);
        let still = owned(&schema, root, &left).intersection(&named);
        let blank = |set: &FieldSet| String::from_utf8_lossy(&set.to_json()).into_owned();
        // What is left of an object is null where all of it went.
        prop_assert!(validate(&schema, root, &left, Duplicates::Refused).is_ok());
        prop_assert!(still.is_empty() || left.to_text().contains("null"), "{}", blank(&still));
    }
}
