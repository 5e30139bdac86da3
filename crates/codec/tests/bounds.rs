//! How many values an object of a request may have: what is refused, in which words.

use steersman_codec::bounds::{MAX_ELEMENTS, MAX_VALUES, excess};
use steersman_codec::model::Model;
use steersman_codec::object::{DecodeOptions, Object, decode};

const CONFIG_MAP: &str = "k8s.io.api.core.v1.ConfigMap";
const POD: &str = "k8s.io.api.core.v1.Pod";
const REVISION: &str = "k8s.io.api.apps.v1.ControllerRevision";

fn object(name: &str, json: &str) -> Object {
    let model = Model::builtin();
    let id = model.find(name).expect("known");
    let options = DecodeOptions::default();
    decode(model, id, json.as_bytes(), &options)
        .expect("valid")
        .0
}

fn joined(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

fn map(count: usize) -> String {
    let data = joined(count, |i| format!(r#""k{i}":"v""#));
    format!(r#"{{"data":{{{data}}}}}"#)
}

fn env(count: usize) -> String {
    let env = joined(count, |i| format!(r#"{{"name":"E{i}"}}"#));
    format!(r#"{{"name":"c","env":[{env}]}}"#)
}

fn pod(containers: &[String]) -> String {
    format!(r#"{{"spec":{{"containers":[{}]}}}}"#, containers.join(","))
}

fn raw(count: usize) -> String {
    let items = joined(count, |_| "0".to_string());
    format!(r#"{{"data":{{"x":[{items}],"s":"[,,\"]"}}}}"#)
}

fn managed(count: usize) -> String {
    let fields = joined(count, |i| format!(r#""f:k{i}":{{}}"#));
    let entry = format!(r#"{{"manager":"m","operation":"Update","fieldsV1":{{{fields}}}}}"#);
    format!(r#"{{"metadata":{{"managedFields":[{entry}]}}}}"#)
}

fn told(object: &Object, live: Option<&Object>) -> Option<String> {
    excess(Model::builtin(), object, live).map(|error| error.message)
}

#[test]
fn objects_with_too_many_values_are_refused() {
    let at_most = |path: &str| format!("{path} must have at most {MAX_ELEMENTS} entries");
    let whole = |what: &str| format!("{what} must have at most {MAX_VALUES} values");
    let (full, over) = (MAX_ELEMENTS, MAX_ELEMENTS + 1);
    let cases = [
        (CONFIG_MAP, map(full), None),
        (CONFIG_MAP, map(over), Some(at_most("data"))),
        (POD, pod(&vec![env(full); 2]), None),
        (
            POD,
            pod(&[env(1), env(over)]),
            Some(at_most("spec.containers[1].env")),
        ),
        (POD, pod(&vec![env(full); 3]), Some(whole("the object"))),
        (REVISION, raw(full), None),
        (REVISION, raw(over), Some(at_most("data"))),
        (CONFIG_MAP, managed(MAX_VALUES / 2), None),
        (
            CONFIG_MAP,
            managed(MAX_VALUES),
            Some(whole("metadata.managedFields")),
        ),
    ];
    for (name, json, expected) in cases {
        let found = told(&object(name, &json), None);
        assert_eq!(found, expected, "{name} of {} bytes", json.len());
    }
}

#[test]
fn an_update_may_keep_what_there_is() {
    let cases = [
        (CONFIG_MAP, map(MAX_ELEMENTS + 5), map(MAX_ELEMENTS + 6)),
        (CONFIG_MAP, managed(MAX_VALUES), managed(MAX_VALUES + 1)),
        (
            POD,
            pod(&vec![env(MAX_ELEMENTS); 4]),
            pod(&vec![env(MAX_ELEMENTS); 5]),
        ),
    ];
    for (name, kept, grown) in cases {
        let (kept, grown) = (object(name, &kept), object(name, &grown));
        assert_eq!(told(&kept, Some(&kept)), None, "{name}");
        assert!(told(&grown, Some(&kept)).is_some(), "{name}");
        assert!(told(&kept, None).is_some(), "{name}");
    }
}

#[test]
fn what_has_too_many_can_still_be_labelled() {
    let containers = pod(&vec![env(MAX_ELEMENTS); 4]);
    let with = |metadata: &str| {
        let json = containers.replacen('{', &format!(r#"{{"metadata":{{{metadata}}},"#), 1);
        object(POD, &json)
    };
    let live = with(r#""name":"p""#);
    assert!(told(&live, None).is_some());
    for metadata in [r#""labels":{"a":"b"}"#, r#""finalizers":["a.b/c"]"#] {
        assert_eq!(told(&with(metadata), Some(&live)), None, "{metadata}");
    }
    let labels = joined(MAX_ELEMENTS, |i| format!(r#""a{i}":"b""#));
    let owners = joined(MAX_ELEMENTS - 1, |i| {
        format!(r#"{{"name":"a{i}","uid":"b","kind":"C","apiVersion":"d","controller":true}}"#)
    });
    let metadata = format!(r#""labels":{{{labels}}},"ownerReferences":[{owners}]"#);
    let words = format!("metadata must have at most {MAX_VALUES} values");
    assert_eq!(told(&with(&metadata), Some(&live)), Some(words));
}
