//! What the codec does with input.

use steersman_codec::apply::{self as server_side, Apply, Configuration};
use steersman_codec::fields::managed::{self, Write};
use steersman_codec::fields::set::FieldSet;
use steersman_codec::json::generic::Json;
use steersman_codec::model::Model;
use steersman_codec::object::{
    DecodeOptions, FieldValidation, Format, Input as Read, Object, Part, Source, View, decode,
    transcode,
};
use steersman_codec::patch::{PatchType, apply};
use steersman_codec::view::AttributeReader;
use steersman_codec::yaml;

use crate::inputs::Shape;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// A body is read, checked, defaulted, written in each form, and read from those again.
    Json,
    Yaml,
    /// Text that is nothing in particular.
    RawYaml,
    RawJson,
    RawFieldSet,
    /// Parts of a message again and again.
    Message,
    MergePatch,
    StrategicPatch,
    /// Directives: deletions of elements, their order.
    StrategicDirectives,
    JsonPatch,
    /// An update's managedFields, and the set of them read again.
    ManagedFields,
    /// Two managers apply, in turn.
    Apply,
    WithJson,
    /// Of no part of the codec: work that grows with the square, which has to be found.
    Planted,
}

/// What a task is given: the text whose length counts, and what is there before.
pub struct Input {
    shape: String,
    pub text: String,
    before: Option<Object>,
    id: steersman_codec::model::MessageId,
}

const MAX_BYTES: usize = 64 << 20;

fn options(format: Format) -> DecodeOptions {
    DecodeOptions {
        format,
        field_validation: FieldValidation::Warn,
        max_bytes: MAX_BYTES,
        defaults: true,
    }
}

impl Task {
    pub const ALL: [Task; 13] = [
        Task::Json,
        Task::Yaml,
        Task::RawYaml,
        Task::RawJson,
        Task::RawFieldSet,
        Task::Message,
        Task::MergePatch,
        Task::StrategicPatch,
        Task::StrategicDirectives,
        Task::JsonPatch,
        Task::ManagedFields,
        Task::Apply,
        Task::WithJson,
    ];

    pub fn prepare(self, shape: &Shape, bytes: usize) -> Input {
        let text = match self {
            Task::RawYaml | Task::RawJson | Task::RawFieldSet => shape.raw(bytes),
            Task::StrategicDirectives => directives(shape, bytes),
            Task::JsonPatch => operations(shape, bytes),
            Task::MergePatch
            | Task::StrategicPatch
            | Task::ManagedFields
            | Task::Apply
            | Task::WithJson => shape.json(bytes, "b"),
            Task::Json | Task::Yaml | Task::Message | Task::Planted => shape.json(bytes, "a"),
        };
        let model = Model::builtin();
        let has_before = !matches!(self, Task::RawYaml | Task::RawJson | Task::RawFieldSet);
        let before = has_before.then(|| {
            let json = shape.json(bytes, "a");
            decode(model, shape.id, json.as_bytes(), &options(Format::Json)).ok()
        });
        let before = before.flatten().map(|(object, _)| object);
        Input {
            shape: shape.to_string(),
            text,
            before,
            id: shape.id,
        }
    }

    /// Refusals are as good as results, when they come soon.
    pub fn run(self, input: &Input) {
        let model = Model::builtin();
        let bytes = input.text.as_bytes();
        let patch = |kind| {
            if let Some(before) = &input.before {
                let _ = apply(model, before, kind, bytes, FieldValidation::Warn);
            }
        };
        match self {
            Task::Json | Task::RawJson => {
                if let Ok((object, _)) = decode(model, input.id, bytes, &options(Format::Json)) {
                    round(model, &object);
                }
            }
            Task::Yaml | Task::RawYaml => {
                if let Ok(document) = yaml::to_json(bytes) {
                    let _ = decode(model, input.id, &document.json, &options(Format::Json));
                }
            }
            Task::RawFieldSet => {
                let _ = FieldSet::parse(&input.text);
                let _ = FieldSet::parse(&format!("{{{}}}", input.text));
            }
            Task::Message => {
                if let Some(before) = &input.before {
                    message(model, before);
                }
            }
            Task::MergePatch => patch(PatchType::Merge),
            Task::StrategicPatch | Task::StrategicDirectives => patch(PatchType::StrategicMerge),
            Task::JsonPatch => patch(PatchType::Json),
            Task::Apply => apply_in_turn(model, input),
            Task::ManagedFields => manage(model, input),
            Task::WithJson => {
                if let Some(before) = &input.before {
                    let _ = before.with_json(model, &input.text, Some(before));
                }
            }
            Task::Planted => {
                for one in bytes.iter().step_by(256) {
                    std::hint::black_box(bytes.iter().filter(|other| *other == one).count());
                }
            }
        }
        let _ = &input.shape;
    }
}

fn round(model: &Model, object: &Object) {
    let _ = object.metadata(model);
    let _ = object.equals(model, object, true);
    let Ok(stored) = object.stored(model) else {
        return;
    };
    let _ = AttributeReader::new().read(model, &stored, true, &["metadata.name", "spec.nodeName"]);
    for format in [Format::Json, Format::Protobuf, Format::Message] {
        for part in [Part::Object, Part::Metadata] {
            let _ = object.encode(model, format, part, Some("7"));
            let view = View {
                id: object.id,
                format,
                part,
            };
            let read = Read {
                source: Source::Stored,
                id: object.id,
            };
            let _ = transcode(model, &stored, read, &view, Some("7"));
        }
    }
}

/// A long message, with each of its first parts behind it again and again.
fn message(model: &Model, before: &Object) {
    let whole = before.encode(model, Format::Message, Part::Object, None);
    let again = (whole.len() / 4).max(1);
    for part in [1, 2, 3] {
        // An empty message or string in that field.
        let mut bytes = whole.clone();
        bytes.extend([part << 3 | 2, 0].repeat(again));
        if let Ok((object, _)) = decode(model, before.id, &bytes, &options(Format::Message)) {
            let _ = object.encode(model, Format::Json, Part::Object, None);
        }
        let view = View {
            id: before.id,
            format: Format::Json,
            part: Part::Object,
        };
        let read = Read {
            source: Source::Wire(Format::Message),
            id: before.id,
        };
        let _ = transcode(model, &bytes, read, &view, Some("7"));
    }
}

fn manage(model: &Model, input: &Input) {
    let read = decode(
        model,
        input.id,
        input.text.as_bytes(),
        &options(Format::Json),
    );
    let Ok((object, _)) = read else { return };
    let message = model.message(input.id);
    let api_version = message.api_version();
    let write = |manager| Write {
        manager,
        api_version: &api_version,
        subresource: "",
        time: "2026-01-01T00:00:00Z",
        reset_fields: &[],
    };
    let first = managed::update(model, None, &object, &write("a"));
    let Some(before) = &input.before else { return };
    let second = managed::update(model, Some(&first), before, &write("b"));
    let third = managed::update(model, Some(&second), &object, &write("c"));
    let _ = third.json(model);
}

fn apply_in_turn(model: &Model, input: &Input) {
    let message = model.message(input.id);
    let api_version = message.api_version();
    let configuration = |text: &[u8]| {
        let mut read = Configuration::read(text).ok()?;
        if let Json::Object(root) = &mut read.json {
            root.insert("apiVersion", Json::string(&api_version));
            root.insert("kind", Json::string(&message.kind));
        }
        Some(read.json)
    };
    let before = input.before.as_ref().map(|before| before.json(model));
    let wanted = [Some(input.text.as_bytes()), before.as_deref()].map(|text| configuration(text?));
    let mut live: Option<Object> = None;
    for (at, manager) in ["a", "b", "a", "a"].into_iter().enumerate() {
        let Some(wanted) = &wanted[at % 2] else {
            return;
        };
        let write = Write {
            manager,
            api_version: &api_version,
            subresource: "",
            time: "2026-01-01T00:00:00Z",
            reset_fields: &["status"],
        };
        let how = Apply {
            write: &write,
            force: at > 0,
        };
        match server_side::apply(model, input.id, live.as_ref(), wanted, &how) {
            Ok(applied) => live = Some(applied.object),
            Err(_) => return,
        }
    }
}

fn directives(shape: &Shape, bytes: usize) -> String {
    let one = shape.elements(1, "a")[0].len() + 20;
    let elements = shape.elements(bytes / one, "a");
    let name = shape.last_name();
    let inner = if shape.is_map() {
        let keys = elements
            .iter()
            .filter_map(|element| element.split(':').next());
        let nulls: Vec<String> = keys.map(|key| format!("{key}:null")).collect();
        format!("\"{name}\":{{{}}}", nulls.join(","))
    } else if elements[0].starts_with('{') {
        let deleted = elements.iter().map(|element| {
            let comma = if element.len() > 2 { "," } else { "" };
            format!("{{\"$patch\":\"delete\"{comma}{}", &element[1..])
        });
        let deleted: Vec<String> = deleted.collect();
        let order = elements.join(",");
        format!(
            "\"$setElementOrder/{name}\":[{order}],\"{name}\":[{}]",
            deleted.join(",")
        )
    } else {
        let all = elements.join(",");
        format!("\"$deleteFromPrimitiveList/{name}\":[{all}],\"$setElementOrder/{name}\":[{all}]")
    };
    shape.around(&inner)
}

fn operations(shape: &Shape, bytes: usize) -> String {
    let pointer = shape.pointer();
    let elements = shape.elements(1, "c");
    let value = match elements[0].split_once(':') {
        Some((_, value)) if shape.is_map() => value,
        _ => &elements[0],
    };
    let at = if shape.is_map() { "n0000001" } else { "0" };
    let one = format!(
        "{{\"op\":\"test\",\"path\":\"{pointer}\",\"value\":1}},\
         {{\"op\":\"replace\",\"path\":\"{pointer}/{at}\",\"value\":{value}}},\
         {{\"op\":\"copy\",\"from\":\"{pointer}/{at}\",\"path\":\"{pointer}/-\"}},"
    );
    let replace = format!("{{\"op\":\"replace\",\"path\":\"{pointer}/{at}\",\"value\":{value}}}");
    let count = (bytes / replace.len()).max(1);
    let all = vec![replace; count].join(",");
    if bytes % 3 == 0 {
        format!("[{one}{all}]")
    } else {
        format!("[{all}]")
    }
}
