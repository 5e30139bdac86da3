//! Some fields of stored objects, as JSON.

use steersman_codec::model::Model;
use steersman_codec::object::{DecodeOptions, Format, Object, Part, decode};
use steersman_codec::projection::Projection;

const POD: &str = "k8s.io.api.core.v1.Pod";

fn object(kind: &str, json: &str) -> Object {
    let model = Model::builtin();
    let id = model.find(kind).expect("known");
    let decoded = decode(model, id, json.as_bytes(), &DecodeOptions::default());
    decoded.expect("valid").0
}

fn projection(kind: &str, paths: &str) -> Option<Projection> {
    Projection::parse(Model::builtin(), &format!("projection/{kind}/{paths}"))
}

fn fields(kind: &str, paths: &str, stored: &[u8]) -> String {
    let projection = projection(kind, paths).expect("a projection");
    let mut out = b"before".to_vec();
    projection
        .encode(Model::builtin(), stored, "7", &mut out)
        .expect("readable");
    String::from_utf8(out.split_off(6)).expect("UTF-8")
}

fn pod() -> Object {
    object(
        POD,
        r#"{"metadata":{"name":"a","uid":"u","labels":{"app":"web","n":"7"}},
            "spec":{"nodeName":"n1","containers":[{"name":"c","image":"i",
              "env":[{"name":"E","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],
              "resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}}}],
            "volumes":[{"name":"v","secret":{"secretName":"t","defaultMode":420}},
              {"name":"w","emptyDir":{}}]},
            "status":{"phase":"Running","startTime":"2026-01-01T00:00:00Z"}}"#,
    )
}

#[test]
fn only_what_is_named_is_there() {
    let stored = pod().stored(Model::builtin()).expect("stored");
    let cases = [
        ("metadata.name", r#"{"metadata":{"name":"a"}}"#),
        (
            "metadata.name,metadata.resourceVersion",
            r#"{"metadata":{"name":"a","resourceVersion":"7"}}"#,
        ),
        ("spec.nodeName", r#"{"spec":{"nodeName":"n1"}}"#),
        (
            "metadata.labels",
            r#"{"metadata":{"labels":{"app":"web","n":"7"}}}"#,
        ),
        // Below lists, and where a message's fields stand beside those of the one that has it.
        (
            "spec.volumes.secret.secretName",
            r#"{"spec":{"volumes":[{"secret":{"secretName":"t"}},{}]}}"#,
        ),
        (
            "spec.volumes.name,spec.volumes.secret",
            r#"{"spec":{"volumes":[{"name":"v","secret":{"secretName":"t","defaultMode":420}},{"name":"w"}]}}"#,
        ),
        (
            "spec.containers.env.valueFrom.secretKeyRef.name",
            r#"{"spec":{"containers":[{"env":[{"valueFrom":{"secretKeyRef":{"name":"s"}}}]}]}}"#,
        ),
        // Types with a JSON form of their own, and messages taken whole.
        (
            "spec.containers.resources,status.startTime",
            r#"{"spec":{"containers":[{"resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}}}]},"status":{"startTime":"2026-01-01T00:00:00Z"}}"#,
        ),
    ];
    for (paths, expected) in cases {
        assert_eq!(fields(POD, paths, &stored), expected, "{paths}");
    }
}

#[test]
fn what_is_left_out_is_not_there() {
    let stored = pod().stored(Model::builtin()).expect("stored");
    assert_eq!(
        fields(POD, "-spec,-status,-metadata.labels", &stored),
        r#"{"metadata":{"name":"a","uid":"u","resourceVersion":"7"}}"#,
    );
    let text = fields(
        POD,
        "-metadata,-status,-spec.containers,-spec.volumes.secret,-spec.schedulerName",
        &stored,
    );
    assert_eq!(
        text,
        r#"{"spec":{"volumes":[{"name":"v"},{"name":"w","emptyDir":{}}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","nodeName":"n1","securityContext":{},"enableServiceLinks":true}}"#,
    );
}

#[test]
fn nothing_left_out_is_the_whole() {
    let model = Model::builtin();
    let pod = pod();
    let stored = pod.stored(model).expect("stored");
    let whole = pod.encode(model, Format::Json, Part::Object, Some("7"));
    let whole = String::from_utf8(whole).expect("UTF-8");
    let (_, expected) = whole.split_once(r#""metadata""#).expect("metadata");
    let text = fields(POD, "-metadata.managedFields", &stored);
    assert_eq!(text, format!(r#"{{"metadata"{expected}"#));
}

#[test]
fn other_forms_of_stored_values_give_the_same() {
    let model = Model::builtin();
    let slice = object(
        "k8s.io.api.events.v1.Event",
        r#"{"metadata":{"name":"e","namespace":"n"},"note":"said","regarding":{"name":"p"}}"#,
    );
    // Stored as core's Event, read as that of events.k8s.io.
    let stored = slice.stored(model).expect("stored");
    assert_eq!(
        fields("k8s.io.api.events.v1.Event", "note,regarding.name", &stored),
        r#"{"regarding":{"name":"p"},"note":"said"}"#,
    );
    let json =
        br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":{"nodeName":"n"}}"#;
    assert_eq!(
        fields(POD, "spec.nodeName", json),
        r#"{"spec":{"nodeName":"n"}}"#
    );
    // A message that is given twice is merged.
    let (one, two) = ("metadata.name", "metadata.uid");
    let mut twice = pod().stored(model).expect("stored");
    let envelope = steersman_codec::proto::envelope::read(&twice).expect("an envelope");
    let mut message = envelope.raw.to_vec();
    message.extend_from_slice(&[10, 3, 0x2a, 1, b'x']);
    twice.clear();
    steersman_codec::transcode::envelop("v1", "Pod", &message, &mut twice);
    assert_eq!(
        fields(POD, &format!("{one},{two}"), &twice),
        r#"{"metadata":{"name":"a","uid":"x"}}"#,
    );
}

#[test]
fn names_that_are_no_projection() {
    for paths in [
        "",
        "nothing",
        "metadata.nothing",
        "metadata.labels.app",
        "spec,-status",
        "-",
        "spec..x",
    ] {
        assert!(projection(POD, paths).is_none(), "{paths:?}");
    }
    assert!(projection("k8s.io.api.core.v1.Nothing", "metadata").is_none());
    assert!(Projection::parse(Model::builtin(), "projection/").is_none());
    assert!(!Projection::is_name(POD));
}
