//! Properties over every message of the model: what is written reads back, whichever way, and no
//! input panics.

use proptest::prelude::*;
use steersman_codec::fields::managed;
use steersman_codec::json::generic::{Json, Object as JsonObject};
use steersman_codec::json::{decode, encode};
use steersman_codec::model::{Cardinality, FieldSchema, FieldType, MessageId, Model, OneOf};
use steersman_codec::object::{
    DecodeOptions, FieldValidation, Format, Input, Object, Part, Source, View,
    decode as decode_object, decode_stored, peek_type_meta, transcode,
};
use steersman_codec::patch::{self, PatchType};
use steersman_codec::proto;
use steersman_codec::value::{Fields, SmallText, Value};
use steersman_codec::view::AttributeReader;

/// A small generator of its own: the same seed gives the same object on every machine.
struct Chance {
    state: u64,
    /// How many more messages one object may hold: some refer to themselves.
    messages: u32,
}

impl Chance {
    fn new(seed: u64) -> Chance {
        Chance {
            state: seed,
            messages: 0,
        }
    }

    fn object(&mut self, model: &Model, id: MessageId) -> Fields {
        self.messages = 60;
        random_fields(model, id, self)
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 12] = [
            "a",
            "Web",
            "0",
            "-",
            "<&>",
            "\"",
            "\\",
            "\n",
            "ü",
            "\u{2028}",
            "😀",
            "__proto__",
        ];
        (0..self.below(4) + 1)
            .map(|_| PIECES[self.below(12) as usize])
            .collect()
    }
}

fn random_fields(model: &Model, id: MessageId, chance: &mut Chance) -> Fields {
    let mut fields = Fields::new();
    for (index, field) in model.message(id).fields.iter().enumerate() {
        if field.number > 0 && chance.below(3) > 0 {
            if let Some(value) = random_field(model, field, chance) {
                fields.set(index as u16, value);
            }
        }
    }
    fields
}

/// None for what decoders would not keep.
fn random_field(model: &Model, field: &FieldSchema, chance: &mut Chance) -> Option<Value> {
    let count = chance.below(2) + 1;
    match field.cardinality {
        Cardinality::Single => {
            let value = random_value(model, field.ty, chance)?;
            let zero = !field.pointer && decode::is_zero(field.ty, &value);
            (!zero).then_some(value)
        }
        Cardinality::Repeated => {
            let items: Option<Vec<Value>> = (0..count)
                .map(|_| random_value(model, field.ty, chance))
                .collect();
            items.map(Value::List)
        }
        Cardinality::Map => {
            let mut entries: Vec<(SmallText, Value)> = Vec::new();
            for _ in 0..count {
                entries.push((chance.text().into(), random_value(model, field.ty, chance)?));
            }
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|a, b| a.0 == b.0);
            Some(Value::Map(entries))
        }
    }
}

fn random_value(model: &Model, ty: FieldType, chance: &mut Chance) -> Option<Value> {
    let below = |chance: &mut Chance, id: MessageId| {
        chance.messages = chance.messages.checked_sub(1)?;
        Some(random_fields(model, id, chance))
    };
    Some(match ty {
        FieldType::Bool => Value::Bool(chance.below(2) == 0),
        FieldType::Int32 => Value::Int(i64::from(chance.next() as i32)),
        FieldType::Int64 | FieldType::Duration => Value::Int(chance.next() as i64 >> 8),
        FieldType::Double => Value::Double((chance.next() as i32) as f64 / 8.0),
        FieldType::String => Value::Str(chance.text().into()),
        FieldType::Bytes => Value::Bytes(chance.text().into_bytes().into()),
        FieldType::Message(id) => Value::Message(below(chance, id)?),
        FieldType::Time => Value::Time(chance.below(4_000_000_000) as i64),
        FieldType::MicroTime => Value::MicroTime {
            seconds: chance.below(4_000_000_000) as i64,
            nanos: chance.below(1_000_000) as u32 * 1000,
        },
        FieldType::Quantity => Value::Quantity(format!("{}m", chance.below(999) + 1).into()),
        FieldType::IntOrString if chance.below(2) == 0 => Value::Str(chance.text().into()),
        FieldType::IntOrString => Value::Int(i64::from(chance.next() as i32)),
        FieldType::Raw => Value::Raw(br#"{"a":1.0,"b":[9007199254740993]}"#[..].into()),
        FieldType::StringArray => Value::List(vec![Value::Str(chance.text().into())]),
        FieldType::OneOf(_, OneOf::SchemaOrBool) => {
            let mut fields = Fields::new();
            fields.set(0, Value::Bool(true));
            Value::Message(fields)
        }
        FieldType::OneOf(_, OneOf::SchemaOrStringArray) => {
            let mut fields = Fields::new();
            fields.set(1, Value::List(vec![Value::Str(chance.text().into())]));
            Value::Message(fields)
        }
        FieldType::OneOf(..) => return None,
    })
}

fn json_of(model: &Model, id: MessageId, fields: &Fields) -> String {
    let mut out = Vec::new();
    encode::write_root(model, id, fields, None, &mut out);
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// Without what only the position of a root says.
fn read_json(model: &Model, id: MessageId, text: &str) -> Fields {
    let (mut fields, warnings) =
        decode::decode(model, id, text, true, None).expect("reads what was written");
    assert_eq!(warnings, [], "{text}");
    if model.message(id).root {
        fields.take(0);
        fields.take(1);
    }
    fields
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_message_reads_back(seed in 1u64..) {
        let model = Model::builtin();
        let mut chance = Chance::new(seed);
        for id in model.ids().filter(|&id| model.message(id).is_plain()) {
            let name = &model.message(id).name;
            let fields = chance.object(model, id);
            let bytes = proto::encode::encode(model, id, &fields, None);
            let read = proto::decode::decode(model, id, &bytes).expect("reads what was written");
            let json = json_of(model, id, &read);
            let mut streamed = Vec::new();
            let done =
                steersman_codec::transcode::to_json(model, id, &bytes, None, true, &mut streamed);
            prop_assert_eq!(done, Ok(()), "{}", name);
            prop_assert_eq!(String::from_utf8_lossy(&streamed), json.as_str(), "{}", name);
            let from_json = read_json(model, id, &json);
            let again = proto::encode::encode(model, id, &from_json, None);
            prop_assert_eq!(&again, &bytes, "{}: {}", name, json);
            prop_assert_eq!(json_of(model, id, &from_json), json, "{}", name);
        }
    }

    #[test]
    fn what_javascript_changes_keeps_the_rest(seed in 1u64..) {
        let model = Model::builtin();
        let mut chance = Chance::new(seed);
        let id = model.find("k8s.io.api.apps.v1.StatefulSet").expect("known");
        let object = Object::new(id, chance.object(model, id));
        let text = object.json(model);
        let text = String::from_utf8(text).expect("JSON is UTF-8");
        let (same, _) = object.with_json(model, &text, None).expect("reads its own JSON");
        prop_assert!(same.equals(model, &object, false));
        prop_assert_eq!(same.json(model), text.into_bytes());
    }

    #[test]
    fn a_creation_owns_what_an_update_of_an_empty_object_does(seed in 1u64..) {
        let model = Model::builtin();
        let mut chance = Chance::new(seed);
        let write = managed::Write {
            manager: "m",
            api_version: "v1",
            subresource: "",
            time: "2030-01-01T00:00:00Z",
            reset_fields: &["status", "metadata.labels", "spec.replicas"],
        };
        for id in model.ids().filter(|&id| model.message(id).metadata.is_some()) {
            let mut fields = chance.object(model, id);
            if let Some(index) = model.message(id).metadata {
                let meta = model.message(model.object_meta);
                let at = meta.field_index("managedFields").expect("it has them");
                fields.message_mut(index).take(at);
            }
            let (object, empty) = (Object::new(id, fields), Object::new(id, Fields::new()));
            let created = managed::carrier(model, None, &object, &write).json(model);
            let updated = managed::carrier(model, Some(&empty), &object, &write).json(model);
            let text = |json| String::from_utf8(json).expect("JSON is UTF-8");
            prop_assert_eq!(text(created), text(updated), "{}", text(object.json(model)));
        }
    }

    /// One that says the kind is applied to the whole object, others to the fields they are about.
    #[test]
    fn a_part_is_patched_as_the_whole_is(seed in 1u64..) {
        let model = Model::builtin();
        let mut chance = Chance::new(seed);
        for id in model.ids().filter(|&id| model.message(id).metadata.is_some()) {
            let object = Object::new(id, chance.object(model, id));
            let other = json_of(model, id, &chance.object(model, id));
            let all = Json::parse(&other).expect("is JSON");
            let all = all.as_object().expect("is an object");
            let mut patch = JsonObject::new();
            for (name, value) in all.iter() {
                let is_known = !matches!(name, "kind" | "apiVersion");
                match chance.below(4) {
                    0 if is_known => patch.insert(name, value.clone()),
                    1 if is_known && chance.below(4) == 0 => patch.insert(name, Json::Null),
                    _ => {}
                }
            }
            let mut whole = patch.clone();
            whole.insert("kind", Json::string(&model.message(id).kind));
            for patch_type in [PatchType::StrategicMerge, PatchType::Merge] {
                let apply = |patch: &JsonObject| {
                    let patch = Json::Object(patch.clone()).to_text();
                    let warn = FieldValidation::Warn;
                    let applied = patch::apply(model, &object, patch_type, patch.as_bytes(), warn);
                    applied.ok().map(|(object, warnings)| {
                        let json = String::from_utf8(object.json(model)).expect("JSON is UTF-8");
                        (json, object.stored(model).ok(), format!("{warnings:?}"))
                    })
                };
                prop_assert_eq!(apply(&patch), apply(&whole), "{:?}", patch_type);
            }
        }
    }

    #[test]
    fn no_bytes_panic(
        data in proptest::collection::vec(any::<u8>(), 0..400),
        pick in any::<u16>(),
    ) {
        let model = Model::builtin();
        let id = MessageId(pick % model.ids().count() as u16);
        feed(model, id, &data);
        let mut enveloped = b"k8s\0".to_vec();
        enveloped.extend_from_slice(&data);
        feed(model, id, &enveloped);
    }

    #[test]
    fn no_damaged_object_panics(
        seed in 1u64..,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let model = Model::builtin();
        let mut chance = Chance::new(seed);
        let id = model.find("k8s.io.api.core.v1.Pod").expect("known");
        let fields = chance.object(model, id);
        for mut data in [
            json_of(model, id, &fields).into_bytes(),
            proto::encode::encode(model, id, &fields, None),
            proto::encode::encode_enveloped(model, id, &fields, None),
        ] {
            let at = at.index(data.len());
            data[at] = byte;
            feed(model, id, &data);
            data.truncate(at);
            feed(model, id, &data);
        }
    }
}

/// Everything that takes bytes from outside.
fn feed(model: &Model, id: MessageId, data: &[u8]) {
    for format in [Format::Json, Format::Protobuf, Format::Message] {
        let options = DecodeOptions {
            format,
            field_validation: FieldValidation::Warn,
            ..DecodeOptions::default()
        };
        peek_type_meta(data, format);
        if let Ok((object, _)) = decode_object(model, id, data, &options) {
            for part in [Part::Object, Part::Metadata] {
                for to in [Format::Json, Format::Protobuf, Format::Message] {
                    object.encode(model, to, part, Some("7"));
                }
            }
            assert!(object.equals(model, &object.clone(), false));
            object.metadata(model);
        }
        for part in [Part::Object, Part::Metadata] {
            for source in [Source::Wire(format), Source::Stored] {
                let view = View { id, format, part };
                let _ = transcode(model, data, Input { source, id }, &view, Some("7"));
            }
        }
    }
    let _ = decode_stored(model, id, data, Some("7"));
    let _ = AttributeReader::new().read(model, data, true, &["metadata.name", "spec.nodeName"]);
    let object = Object::new(id, Fields::new());
    for patch_type in [PatchType::StrategicMerge, PatchType::Merge, PatchType::Json] {
        let _ = patch::apply(model, &object, patch_type, data, FieldValidation::Strict);
    }
}

#[test]
fn deep_input_is_refused_without_recursion() {
    let model = Model::builtin();
    let crd = model.find_kind("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    let id = crd.expect("known");
    let schema = "{\"items\":".repeat(5_000) + &"}".repeat(5_000);
    let text =
        format!("{{\"spec\":{{\"versions\":[{{\"schema\":{{\"openAPIV3Schema\":{schema}}}}}]}}}}");
    for data in [text.as_bytes(), "[".repeat(100_000).as_bytes()] {
        feed(model, id, data);
    }
    let mut nested = Vec::new();
    for _ in 0..5_000 {
        let mut outer = vec![0x0a];
        let mut length = nested.len();
        while length >= 0x80 {
            outer.push(length as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.append(&mut nested);
        nested = outer;
    }
    for id in model.ids() {
        let _ = proto::decode::decode(model, id, &nested);
    }
}
