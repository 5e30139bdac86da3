//! core/v1 Event (the stored form) and events.k8s.io/v1 Event: the same values under other names.

use super::Conversion;
use crate::error::CodecError;
use crate::model::FieldType;
use crate::value::{Fields, Value};

/// (core, events); names that are the same are left out.
const RENAMED: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

pub fn core_to_events(c: &Conversion, fields: Fields) -> Result<Fields, CodecError> {
    let renamed = |name: &str| {
        RENAMED
            .iter()
            .find(|(core, _)| *core == name)
            .map(|(_, e)| *e)
    };
    rename(c, &fields, renamed)
}

pub fn events_to_core(c: &Conversion, fields: Fields) -> Result<Fields, CodecError> {
    let renamed = |name: &str| {
        RENAMED
            .iter()
            .find(|(_, events)| *events == name)
            .map(|(c, _)| *c)
    };
    rename(c, &fields, renamed)
}

fn rename(
    c: &Conversion,
    fields: &Fields,
    renamed: impl Fn(&str) -> Option<&'static str>,
) -> Result<Fields, CodecError> {
    let (from, to) = (c.model.message(c.from), c.model.message(c.to));
    let mut converted = Fields::new();
    for (index, value) in fields.iter() {
        let field = &from.fields[index as usize];
        let target = c.index(c.to, renamed(&field.json).unwrap_or(&field.json));
        let Some(target_field) = to.fields.get(target as usize) else {
            continue;
        };
        let value = match (field.ty, target_field.ty, value) {
            // The two series are alike but not the same message.
            (FieldType::Message(a), FieldType::Message(b), Value::Message(inner)) if a != b => {
                Value::Message(c.message_by_shape(a, b, inner)?)
            }
            _ => value.clone(),
        };
        converted.set(target, value);
    }
    Ok(converted)
}
