//! How long the codec takes for one pod: `cargo run --release -p steersman-codec --example
//! bench`. Prints microseconds an operation; asserts nothing.

use std::hint::black_box;
use std::time::Instant;

use steersman_codec::fields::managed;
use steersman_codec::model::Model;
use steersman_codec::object::{
    DecodeOptions, FieldValidation, Format, Input, Object, Part, Source, View, decode,
    decode_stored, transcode,
};
use steersman_codec::patch::{self, PatchType};
use steersman_codec::value::Fields;
use steersman_codec::view::AttributeReader;

const ROUNDS: u32 = 20_000;

const POD: &str = include_str!("pod.json");

fn measure<T>(name: &str, mut operation: impl FnMut() -> T) {
    for _ in 0..ROUNDS / 10 {
        black_box(operation());
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(operation());
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    println!("{name:<44}{micros:>8.2} µs");
}

fn main() {
    let start = Instant::now();
    let model = Model::builtin();
    println!(
        "{:<44}{:>8.2} µs",
        "load the model",
        start.elapsed().as_secs_f64() * 1e6
    );
    let Some(id) = model.find("k8s.io.api.core.v1.Pod") else {
        return;
    };
    let text = POD.trim().as_bytes();
    let options = DecodeOptions {
        field_validation: FieldValidation::Strict,
        ..DecodeOptions::default()
    };
    let Ok((pod, _)) = decode(model, id, text, &options) else {
        println!("the pod cannot be decoded");
        return;
    };
    let write = managed::Write {
        manager: "bench",
        api_version: "v1",
        subresource: "",
        time: "2030-01-01T00:00:00Z",
        reset_fields: &["status"],
    };
    let owned = managed::update(model, None, &pod, &write);
    let Ok(stored) = owned.stored(model) else {
        return;
    };
    println!(
        "pod of {} bytes of JSON, {} stored",
        text.len(),
        stored.len()
    );
    measure("decode JSON", || decode(model, id, text, &options));
    measure("managedFields of the creation", || {
        managed::update(model, None, &pod, &write)
    });
    let empty = Object::new(id, Fields::new());
    measure("managedFields of all as a change", || {
        managed::update(model, Some(&empty), &pod, &write)
    });
    measure("managedFields of no change", || {
        managed::update(model, Some(&owned), &owned, &write)
    });
    measure("encode stored", || owned.stored(model));
    measure("encode JSON", || owned.json(model));
    let input = Input {
        source: Source::Stored,
        id,
    };
    let to_json = || {
        let view = View {
            id,
            format: Format::Json,
            part: Part::Object,
        };
        transcode(model, &stored, input, &view, Some("12345"))
    };
    measure("transcode stored to JSON", to_json);
    let to_bytes = || {
        let view = View {
            id,
            format: Format::Protobuf,
            part: Part::Object,
        };
        transcode(model, &stored, input, &view, Some("12345"))
    };
    measure("transcode stored to protobuf", to_bytes);
    let metadata = || {
        let view = View {
            id,
            format: Format::Json,
            part: Part::Metadata,
        };
        transcode(model, &stored, input, &view, Some("12345"))
    };
    measure("transcode stored to metadata", metadata);
    measure("decode stored", || {
        decode_stored(model, id, &stored, Some("12345"))
    });
    let reader = AttributeReader::new();
    measure("labels and spec.nodeName of stored", || {
        reader.read(model, &stored, true, &["spec.nodeName"])
    });
    measure("equality", || owned.equals(model, &owned, true));
    patches(model, &owned);
    let json = String::from_utf8(owned.json(model)).unwrap_or_default();
    measure("with JSON from JavaScript", || {
        owned.with_json(model, &json, None)
    });
}

fn patches(model: &Model, pod: &Object) {
    let strategic =
        br#"{"metadata":{"labels":{"x":"y"}},"spec":{"containers":[{"name":"web","image":"z"}]}}"#;
    let json = br#"[{"op":"replace","path":"/metadata/labels/app","value":"z"}]"#;
    for (name, patch_type, patch) in [
        (
            "strategic merge patch",
            PatchType::StrategicMerge,
            &strategic[..],
        ),
        ("JSON patch", PatchType::Json, &json[..]),
    ] {
        measure(name, || {
            patch::apply(model, pod, patch_type, patch, FieldValidation::Ignore).is_ok()
        });
    }
}
