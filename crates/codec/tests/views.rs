//! What a store asks of stored values: forms for readers, list items, bookmarks, labels and
//! fields.

use steersman_codec::error::CodecError;
use steersman_codec::model::Model;
use steersman_codec::object::{
    DecodeOptions, Format, Input, Object, Part, Source, decode, transcode,
};
use steersman_codec::view::{
    AttributeReader, View, encode, encode_bookmark, encode_item, item_length,
};

fn object(kind: &str, json: &str) -> Object {
    let model = Model::builtin();
    let id = model.find(kind).expect("known");
    decode(model, id, json.as_bytes(), &DecodeOptions::default())
        .expect("valid")
        .0
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

fn item(view: &View, stored: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut out = b"before".to_vec();
    let appended = encode_item(Model::builtin(), view, stored, "5", &mut out);
    let item = out.split_off(6);
    assert_eq!(out, b"before");
    if let (Ok(()), Some(length)) = (&appended, item_length(Model::builtin(), view, stored, "5")) {
        assert_eq!(length, item.len());
    }
    appended.map(|()| item)
}

const POD: &str = "k8s.io.api.core.v1.Pod";

fn pod() -> Object {
    object(
        POD,
        r#"{"metadata":{"name":"a","labels":{"app":"web","n":"7"}},
            "spec":{"nodeName":"n1","containers":[]}}"#,
    )
}

fn view(object: &Object, format: Format, part: Part) -> View {
    View {
        id: object.id,
        format,
        part,
    }
}

#[test]
fn forms_for_readers() {
    let model = Model::builtin();
    let pod = pod();
    let stored = pod.stored(model).expect("stored");
    let json = view(&pod, Format::Json, Part::Object);
    let whole = encode(model, &json, &stored, "5")
        .map(text)
        .expect("encodes");
    assert!(whole.starts_with(
        r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"5""#
    ));
    let row = item(&json, &stored).map(text).expect("encodes");
    assert!(
        row.starts_with(r#"{"metadata":{"name":"a","resourceVersion":"5""#),
        "{row}"
    );
    let metadata = view(&pod, Format::Json, Part::Metadata);
    let row = item(&metadata, &stored).map(text).expect("encodes");
    assert!(
        row.starts_with(r#"{"kind":"PartialObjectMetadata","#),
        "{row}"
    );
    let bare = view(&pod, Format::Message, Part::Object);
    let protobuf = view(&pod, Format::Protobuf, Part::Object);
    assert_eq!(
        item(&protobuf, &stored),
        encode(model, &bare, &stored, "5"),
        "an item in a protobuf list has no envelope"
    );
}

/// A list says its length before its first item.
#[test]
fn the_length_of_an_item_is_known_without_encoding_it() {
    let model = Model::builtin();
    for metadata in [
        r#"{}"#.to_owned(),
        r#"{"name":"a"}"#.to_owned(),
        format!(
            r#"{{"name":"a","annotations":{{"x":"{}"}}}}"#,
            "y".repeat(300)
        ),
        format!(
            r#"{{"name":"a","annotations":{{"x":"{}"}}}}"#,
            "y".repeat(120)
        ),
        r#"{"name":"a","managedFields":[{"manager":"m"}]}"#.to_owned(),
    ] {
        let json = format!(r#"{{"metadata":{metadata},"spec":{{"containers":[]}}}}"#);
        let pod = object(POD, &json);
        let stored = pod.stored(model).expect("stored");
        for format in [Format::Message, Format::Protobuf] {
            let view = view(&pod, format, Part::Object);
            assert!(item_length(model, &view, &stored, "5").is_some());
            item(&view, &stored).expect("encodes");
        }
        let metadata = view(&pod, Format::Protobuf, Part::Metadata);
        assert_eq!(item_length(model, &metadata, &stored, "5"), None);
        item(&metadata, &stored).expect("encodes");
    }
}

#[test]
fn bookmarks_hold_a_revision_and_the_end_of_the_initial_events() {
    let model = Model::builtin();
    let json = view(&pod(), Format::Json, Part::Object);
    assert_eq!(
        text(encode_bookmark(model, &json, "9", false)),
        concat!(
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9"},"#,
            r#""spec":{"containers":null},"status":{}}"#
        )
    );
    assert!(
        text(encode_bookmark(model, &json, "9", true))
            .contains(r#""annotations":{"k8s.io/initial-events-end":"true"}"#)
    );
}

#[test]
fn labels_and_fields_as_selectors_see_them() {
    let model = Model::builtin();
    let stored = pod().stored(model).expect("stored");
    let reader = AttributeReader::new();
    let paths = [
        "spec.nodeName",
        "metadata.name",
        "status.phase",
        "spec.hostNetwork",
        "bogus",
    ];
    let read = reader.read(model, &stored, true, &paths).expect("readable");
    assert_eq!(
        read.labels,
        [("app".into(), "web".into()), ("n".into(), "7".into())]
    );
    assert_eq!(read.fields, ["n1", "a", "", "false", ""].map(Into::into));
    let event = object(
        "k8s.io.api.events.v1.Event",
        r#"{"metadata":{"name":"e"},"regarding":{"name":"p"},"reportingController":"c"}"#,
    );
    let stored = event.stored(model).expect("stored");
    let paths = [
        "regarding.name",
        "involvedObject.name",
        "source",
        "reportingController",
    ];
    let read = reader
        .read(model, &stored, false, &paths)
        .expect("readable");
    assert_eq!(read.fields, ["p", "p", "c", "c"].map(Into::into));
}

#[test]
fn kinds_that_are_stored_as_json() {
    let model = Model::builtin();
    let service = object(
        "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService",
        r#"{"metadata":{"name":"v1.x","labels":{"a":"b"}},"spec":{"group":"x","version":"v1"}}"#,
    );
    let stored = service.stored(model).expect("stored");
    assert!(
        stored.starts_with(br#"{"kind":"APIService","apiVersion":"apiregistration.k8s.io/v1""#)
    );
    assert!(stored.ends_with(b"\n"));
    let json = view(&service, Format::Json, Part::Object);
    let whole = encode(model, &json, &stored, "3")
        .map(text)
        .expect("encodes");
    assert!(whole.contains(r#""resourceVersion":"3""#));
    let read = AttributeReader::new().read(model, &stored, true, &["metadata.name"]);
    assert_eq!(read.expect("readable").fields, ["v1.x".into()]);
}

/// A bare list begins with the tag of its metadata, 0x0a, and goes on with that metadata's length:
/// white space and a brace where it is 123 bytes long, white space and a bracket at 91.
#[test]
fn bare_messages_are_read_as_what_they_are_said_to_be() {
    let model = Model::builtin();
    let kind = "k8s.io.api.core.v1.ConfigMapList";
    for length in 1..300 {
        let token = "t".repeat(length);
        let json = format!(r#"{{"metadata":{{"continue":"{token}"}},"items":[]}}"#);
        let list = object(kind, &json);
        let bare = list.encode(model, Format::Message, Part::Object, None);
        let input = Input {
            source: Source::Wire(Format::Message),
            id: list.id,
        };
        let read = transcode(
            model,
            &bare,
            input,
            &view(&list, Format::Json, Part::Object),
            None,
        );
        assert_eq!(
            read.map(text).as_deref(),
            Ok(text(list.json(model)).as_str()),
            "{length}"
        );
    }
}

#[test]
fn bytes_of_another_form_than_said_are_refused() {
    let model = Model::builtin();
    let pod = pod();
    let json = pod.json(model);
    let message = pod.encode(model, Format::Message, Part::Object, None);
    let enveloped = pod.encode(model, Format::Protobuf, Part::Object, None);
    for (data, format) in [
        (&json, Format::Protobuf),
        (&json, Format::Message),
        (&message, Format::Json),
        (&message, Format::Protobuf),
        (&enveloped, Format::Json),
        (&enveloped, Format::Message),
    ] {
        let input = Input {
            source: Source::Wire(format),
            id: pod.id,
        };
        let to = view(&pod, Format::Json, Part::Object);
        assert!(
            transcode(model, data, input, &to, None).is_err(),
            "{format:?}"
        );
    }
}
