//! Large input of every kind that a stranger may send: what comes out is right, at sizes where work
//! that grows with the square would take minutes.

use steersman_codec::fields::set::FieldSet;
use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::{DecodeOptions, FieldValidation, Format, Object, decode};
use steersman_codec::patch::{PatchType, apply};

const COUNT: usize = 60_000;
const CONFIG_MAP: &str = "k8s.io.api.core.v1.ConfigMap";

fn id(name: &str) -> MessageId {
    Model::builtin().find(name).expect("known")
}

fn object(name: &str, json: &str) -> Object {
    let options = DecodeOptions::default();
    let read = decode(Model::builtin(), id(name), json.as_bytes(), &options);
    read.expect("valid").0
}

fn text(object: &Object) -> String {
    String::from_utf8(object.json(Model::builtin())).expect("UTF-8")
}

fn joined(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

fn config_map(value: &str) -> String {
    let data = joined(COUNT, |i| format!(r#""k{i:06}":"{value}""#));
    format!(r#"{{"metadata":{{"name":"x"}},"data":{{{data}}}}}"#)
}

fn patched(object: &Object, kind: PatchType, patch: &str, validation: FieldValidation) -> String {
    let (object, _) =
        apply(Model::builtin(), object, kind, patch.as_bytes(), validation).expect("it applies");
    text(&object)
}

#[test]
fn patches_of_maps_with_many_keys() {
    let before = object(CONFIG_MAP, &config_map("a"));
    let after = text(&object(CONFIG_MAP, &config_map("b")));
    let patch = config_map("b");
    for kind in [PatchType::Merge, PatchType::StrategicMerge] {
        assert!(patched(&before, kind, &patch, FieldValidation::Ignore) == after);
    }
    let removed = joined(COUNT, |i| format!(r#""k{i:06}":null"#));
    let removal = format!(r#"{{"data":{{{removed}}}}}"#);
    for kind in [PatchType::Merge, PatchType::StrategicMerge] {
        let emptied = patched(&before, kind, &removal, FieldValidation::Ignore);
        assert!(!emptied.contains("k000"), "{emptied}");
    }
}

#[test]
fn strategic_patches_of_long_lists() {
    let before = object(
        CONFIG_MAP,
        r#"{"metadata":{"name":"x","finalizers":["z/z"]}}"#,
    );
    let many = joined(COUNT, |i| format!(r#""f/{i:06}""#));
    let patch = format!(r#"{{"metadata":{{"finalizers":[{many},{many}]}}}}"#);
    let merged = patched(
        &before,
        PatchType::StrategicMerge,
        &patch,
        FieldValidation::Warn,
    );
    assert_eq!(merged.matches("f/").count(), COUNT, "each once");
    let merged = object(CONFIG_MAP, &merged);
    let fewer = joined(COUNT - 1, |i| format!(r#""f/{i:06}""#));
    let deletion = format!(r#"{{"metadata":{{"$deleteFromPrimitiveList/finalizers":[{fewer}]}}}}"#);
    let left = patched(
        &merged,
        PatchType::StrategicMerge,
        &deletion,
        FieldValidation::Warn,
    );
    assert_eq!(left.matches("f/").count(), 1);
}

#[test]
fn strategic_patches_of_lists_with_keys() {
    let env = |value: &str| joined(COUNT, |i| format!(r#"{{"name":"E{i}","value":"{value}"}}"#));
    let pod = |env: &str| {
        format!(
            r#"{{"metadata":{{"name":"x"}},"spec":{{"containers":[{{"name":"c","env":[{env}]}}]}}}}"#
        )
    };
    let before = object("k8s.io.api.core.v1.Pod", &pod(&env("a")));
    let after = patched(
        &before,
        PatchType::StrategicMerge,
        &pod(&env("b")),
        FieldValidation::Warn,
    );
    assert_eq!(after.matches(r#""value":"b""#).count(), COUNT);
    assert_eq!(after.matches(r#""value":"a""#).count(), 0);
    let gone = joined(COUNT - 1, |i| {
        format!(r#"{{"name":"E{i}","$patch":"delete"}}"#)
    });
    let left = patched(
        &before,
        PatchType::StrategicMerge,
        &pod(&gone),
        FieldValidation::Warn,
    );
    assert_eq!(left.matches(r#""value":"a""#).count(), 1);
    let order = joined(COUNT, |i| format!(r#"{{"name":"E{}"}}"#, COUNT - 1 - i));
    let reversed =
        format!(r#"{{"spec":{{"containers":[{{"name":"c","$setElementOrder/env":[{order}]}}]}}}}"#);
    let turned = patched(
        &before,
        PatchType::StrategicMerge,
        &reversed,
        FieldValidation::Warn,
    );
    let first = turned.find(r#""name":"E0""#).expect("the first");
    assert!(
        first
            > turned
                .find(&format!(r#""name":"E{}""#, COUNT - 1))
                .expect("the last")
    );
}

#[test]
fn json_patches_that_shift_lists_without_end_are_refused() {
    let many = joined(COUNT, |i| format!(r#""f/{i:06}""#));
    let before = object(
        CONFIG_MAP,
        &format!(r#"{{"metadata":{{"name":"x","finalizers":[{many}]}}}}"#),
    );
    let add = |_| r#"{"op":"add","path":"/metadata/finalizers/0","value":"a/b"}"#.to_string();
    let run = |count: usize| {
        let patch = format!("[{}]", joined(count, add));
        apply(
            Model::builtin(),
            &before,
            PatchType::Json,
            patch.as_bytes(),
            FieldValidation::Ignore,
        )
    };
    assert!(run(100).is_ok());
    let refused = run(10_000).expect_err("too many elements are shifted");
    assert!(
        refused.errors[0]
            .message
            .contains("shift elements of lists")
    );
}

#[test]
fn managed_fields_in_falling_order() {
    let rising = joined(COUNT, |i| format!(r#""f:k{i:06}":{{}}"#));
    let falling = joined(COUNT, |i| format!(r#""f:k{:06}":{{}}"#, COUNT - 1 - i));
    let read = FieldSet::parse(&format!("{{{falling},{falling}}}")).expect("FieldsV1");
    assert!(read.to_json() == format!("{{{rising}}}").into_bytes());
    let parts = FieldSet::parse(r#"{"f:b":{},"f:a":{"f:x":{}},"f:a":{".":{},"f:y":{}}}"#);
    assert_eq!(
        parts.expect("FieldsV1").to_json(),
        br#"{"f:a":{".":{},"f:x":{},"f:y":{}},"f:b":{}}"#
    );
}

#[test]
fn parts_that_are_given_again_and_again() {
    let data = joined(COUNT, |i| format!(r#""k{i:06}":"a""#));
    let again = r#","data":{"k000000":"b"}"#.repeat(COUNT);
    let json = format!(r#"{{"metadata":{{"name":"x"}},"data":{{{data}}}{again}}}"#);
    let read = text(&object(CONFIG_MAP, &json));
    assert_eq!(read.matches(r#""k000000":"b""#).count(), 1);
    assert_eq!(read.matches(r#""k0"#).count(), COUNT);

    let labels = joined(COUNT, |i| format!(r#""l{i:06}":"a""#));
    let whole = object(
        CONFIG_MAP,
        &format!(r#"{{"metadata":{{"labels":{{{labels}}}}}}}"#),
    );
    let model = Model::builtin();
    let mut message = whole.encode(
        model,
        Format::Message,
        steersman_codec::object::Part::Object,
        None,
    );
    // Field 1, metadata, with nothing in it; and once with one label that was there.
    message.extend([0x0a, 0x00].repeat(COUNT));
    message.extend([0x0a, 14, 0x5a, 12, 0x0a, 7]);
    message.extend(b"l000000");
    message.extend([0x12, 1, b'b']);
    let options = DecodeOptions {
        format: Format::Message,
        ..DecodeOptions::default()
    };
    let (read, _) = decode(model, whole.id, &message, &options).expect("valid");
    let read = text(&read);
    assert_eq!(read.matches(r#""l000000":"b""#).count(), 1);
    assert_eq!(read.matches(r#""l0"#).count(), COUNT);
}

#[test]
fn warnings_below_a_path_as_long_as_the_document() {
    let model = Model::builtin();
    let key = "k".repeat(400_000);
    let twice = r#""u":0,"#.repeat(COUNT);
    let patch = format!(r#"{{"{key}":[{}{{{twice}"u":0}}]}}"#, "0,".repeat(COUNT));
    let before = object(CONFIG_MAP, r#"{"metadata":{"name":"x"}}"#);
    for kind in [PatchType::Merge, PatchType::StrategicMerge] {
        let validation = FieldValidation::Warn;
        if let Ok((_, warnings)) = apply(model, &before, kind, patch.as_bytes(), validation) {
            assert!(warnings.len() <= 102, "{}", warnings.len());
        }
    }
    let crd = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition";
    let schema = format!(r#"{{"properties":{{"{key}":{{{twice}"v":0}}}}}}"#);
    let json = format!(
        r#"{{"spec":{{"versions":[{{"name":"v1","schema":{{"openAPIV3Schema":{schema}}}}}]}}}}"#
    );
    let options = DecodeOptions {
        field_validation: FieldValidation::Warn,
        ..DecodeOptions::default()
    };
    let (_, warnings) = decode(model, id(crd), json.as_bytes(), &options).expect("valid");
    assert_eq!(warnings.len(), 2, "each name once");
}
