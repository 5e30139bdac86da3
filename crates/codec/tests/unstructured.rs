//! Kinds without a schema: what is kept, in which spelling, and who owns it.

use steersman_codec::fields::managed::{Write, update};
use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::{
    DecodeOptions, FieldValidation, Format, Object, Part, View, decode, decode_stored,
};
use steersman_codec::patch::{self, PatchType};
use steersman_codec::view::{self, AttributeReader};

fn id(version: &str) -> MessageId {
    let name = format!("unstructured/example.com/{version}/Widget");
    Model::builtin().find(&name).expect("an unstructured kind")
}

fn widget(rest: &str) -> Object {
    let text = format!(
        r#"{{"apiVersion":"example.com/v1","kind":"Widget","metadata":{{"name":"a"}}{rest}}}"#
    );
    let options = DecodeOptions::default();
    let decoded = decode(Model::builtin(), id("v1"), text.as_bytes(), &options);
    decoded.expect("a widget").0
}

fn json(object: &Object) -> String {
    String::from_utf8(object.json(Model::builtin())).expect("UTF-8")
}

const HEAD: &str = r#"{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"a"}"#;

#[test]
fn keeps_whatever_stands_beside_metadata() {
    let cases = [
        ("", ""),
        (r#","spec":null"#, r#","spec":null"#),
        (
            r#", "spec" : {"z" : 1.0, "a": [ {}, -0, 12345678901234567890, null ]}"#,
            r#","spec":{"a":[{},-0,12345678901234567890,null],"z":1.0}"#,
        ),
        (r#","z":"","a":false,"":0"#, r#","":0,"a":false,"z":"""#),
        (r#","a":1,"a":{"b":2,"b":3}"#, r#","a":{"b":3}"#),
        (r#","__proto__":{"x":1}"#, r#","__proto__":{"x":1}"#),
    ];
    for (sent, kept) in cases {
        assert_eq!(json(&widget(sent)), format!("{HEAD}{kept}}}"), "{sent}");
    }
}

#[test]
fn more_names_than_a_schema_may_have() {
    let rest: String = (100..400).map(|i| format!(r#","f{i}":{i}"#)).collect();
    assert_eq!(json(&widget(&rest)), format!("{HEAD}{rest}}}"));
}

#[test]
fn the_stored_form_is_json_and_reads_back_in_every_version() {
    let model = Model::builtin();
    let object = widget(r#","spec":{"a":1}"#);
    let stored = object.stored(model).expect("a stored form");
    let head = HEAD.to_owned() + r#","spec":{"a":1}}"# + "\n";
    assert_eq!(String::from_utf8_lossy(&stored), head);
    for version in ["v1", "v2"] {
        let read = decode_stored(model, id(version), &stored, Some("7")).expect("an object");
        let text = json(&read);
        assert!(text.contains(&format!("example.com/{version}")), "{text}");
        assert!(text.contains(r#""resourceVersion":"7""#), "{text}");
        assert!(text.ends_with(r#""spec":{"a":1}}"#), "{text}");
        assert_eq!(read.convert(model, id("v1")).expect("v1").id, id("v1"));
    }
    let pod = model.find("k8s.io.api.core.v1.Pod").expect("Pod");
    assert!(object.convert(model, pod).is_err());
}

#[test]
fn views_and_what_selectors_see() {
    let model = Model::builtin();
    let stored = widget(r#","spec":{"a":1}"#).stored(model).expect("stored");
    let view = |format, part| View {
        id: id("v1"),
        format,
        part,
    };
    let whole = view(Format::Json, Part::Object);
    let text = view::encode(model, &whole, &stored, "3").expect("JSON");
    let mut item = Vec::new();
    view::encode_item(model, &whole, &stored, "3", &mut item).expect("an item");
    assert_eq!(item, text, "an item is a whole object");
    let metadata = view::encode(model, &view(Format::Json, Part::Metadata), &stored, "3");
    let metadata = String::from_utf8(metadata.expect("metadata")).expect("UTF-8");
    assert!(metadata.starts_with(r#"{"kind":"PartialObjectMetadata","#));
    let bookmark = view::encode_bookmark(model, &whole, "9", false);
    let bookmark = String::from_utf8(bookmark).expect("UTF-8");
    assert!(bookmark.contains(r#""kind":"Widget","apiVersion":"example.com/v1""#));

    let stored = br#"{"apiVersion":"example.com/v1","kind":"Widget","spec":{"x":[1]},
        "metadata":{"namespace":"n","name":"a","labels":{"k":"v"}}}"#;
    let read = AttributeReader::new()
        .read(
            model,
            stored,
            true,
            &["metadata.name", "metadata.namespace", "spec.x"],
        )
        .expect("attributes");
    assert_eq!(read.labels, vec![("k".into(), "v".into())]);
    let fields: Vec<&str> = read.fields.iter().map(|f| &**f).collect();
    assert_eq!(fields, ["a", "n", ""]);
}

#[test]
fn equal_whatever_the_order_of_names() {
    let model = Model::builtin();
    let one = widget(r#","spec":{"a":1,"b":{"c":[1,2],"d":null}},"x":1"#);
    let same = widget(r#","x":1,"spec":{"b":{"d":null,"c":[1,2]},"a":1}"#);
    assert!(one.equals(model, &same, true));
    assert!(!one.equals(model, &widget(r#","x":1,"spec":{"a":1}"#), true));
}

#[test]
fn what_javascript_lost_of_numbers_stays() {
    let model = Model::builtin();
    let object = widget(r#","spec":{"big":9007199254740993,"one":1.0,"n":1}"#);
    let changed = json(&object).replace("9007199254740993", "9007199254740992");
    let changed = changed.replace("1.0", "1").replace(r#""n":1"#, r#""n":2"#);
    let (back, _) = object.with_json(model, &changed, None).expect("an object");
    let rest = r#","spec":{"big":9007199254740993,"n":2,"one":1.0}}"#;
    assert_eq!(json(&back), format!("{HEAD}{rest}"));
}

#[test]
fn patches() {
    let model = Model::builtin();
    let object = widget(r#","spec":{"a":1,"b":[1,2]},"x":1"#);
    let cases = [
        (
            PatchType::Merge,
            r#"{"spec":{"a":null,"c":{"d":null,"e":1}},"x":null}"#,
            r#","spec":{"b":[1,2],"c":{"e":1}}"#,
        ),
        (
            PatchType::Json,
            r#"[{"op":"replace","path":"/spec/b/0","value":7},{"op":"add","path":"/y","value":null}]"#,
            r#","spec":{"a":1,"b":[7,2]},"x":1,"y":null"#,
        ),
    ];
    for (kind, text, rest) in cases {
        let patched = patch::apply(
            model,
            &object,
            kind,
            text.as_bytes(),
            FieldValidation::Strict,
        );
        let (patched, warnings) = patched.expect(text);
        assert!(warnings.is_empty());
        assert_eq!(json(&patched), format!("{HEAD}{rest}}}"));
    }
}

#[test]
fn duplicates_are_told_and_too_deep_ones_refused() {
    let text = r#"{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","name":"b"},
        "spec":{"a":[{"x":1,"x":2}]},"y":1,"y":2}"#;
    let options = DecodeOptions {
        field_validation: FieldValidation::Warn,
        ..DecodeOptions::default()
    };
    let model = Model::builtin();
    let (_, warnings) = decode(model, id("v1"), text.as_bytes(), &options).expect("a widget");
    let told: Vec<&str> = warnings.iter().map(|w| w.message.as_str()).collect();
    let expected = [
        r#"duplicate field "metadata.name""#,
        r#"duplicate field "spec.a[0].x""#,
        r#"duplicate field "y""#,
    ];
    assert_eq!(told, expected);
    let deep = format!(
        r#"{{"kind":"Widget","spec":{}{}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    assert!(decode(model, id("v1"), deep.as_bytes(), &options).is_err());
}

fn write<'a>(manager: &'a str, version: &'a str) -> Write<'a> {
    Write {
        manager,
        api_version: version,
        subresource: "",
        time: "2024-01-01T00:00:00Z",
        reset_fields: &[],
    }
}

#[test]
fn owners_by_members_of_objects() {
    let model = Model::builtin();
    let rest = r#","spec":{"a":1,"b":[{"c":1}],"d":{},"e":{"f":null}}"#;
    let first = update(model, None, &widget(rest), &write("one", "example.com/v1"));
    let owned =
        r#""fieldsV1":{"f:spec":{".":{},"f:a":{},"f:b":{},"f:d":{},"f:e":{".":{},"f:f":{}}}}"#;
    assert!(json(&first).contains(owned), "{}", json(&first));
    // Another manager in another version takes what it changes and adds.
    let rest = r#","spec":{"a":2,"b":[{"c":1}],"d":{"g":1},"e":{"f":null}}"#;
    let changed = widget(rest).with_managed_fields_of(model, &first);
    let second = update(
        model,
        Some(&first),
        &changed,
        &write("two", "example.com/v2"),
    );
    let text = json(&second);
    let one = r#""fieldsV1":{"f:spec":{".":{},"f:b":{},"f:d":{},"f:e":{".":{},"f:f":{}}}}"#;
    assert!(text.contains(one), "{text}");
    let two = r#""fieldsV1":{"f:spec":{"f:a":{},"f:d":{"f:g":{}}}}"#;
    assert!(text.contains(two), "{text}");
}
