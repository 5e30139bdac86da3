//! Field paths and labels of stored bytes, for selectors. Only the bytes on the way to a wanted
//! field are looked at.

use crate::model::{Cardinality, FieldType, MessageId, Model};
use crate::object::Object;
use crate::proto::wire::{Malformed, Reader, Wire};
use crate::scalar::{duration, time};
use crate::value::{EMPTY_FIELDS, Fields, Value};

/// A path of a field selector, resolved against a message.
#[derive(Clone, Debug)]
pub struct FieldPath {
    steps: Vec<Step>,
    /// What an Event's `source` falls back to.
    alternative: Option<Box<FieldPath>>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    number: u32,
    index: u16,
    ty: FieldType,
    pointer: bool,
}

/// Names under which upstream selects something else than the field of that name. Events are
/// stored as core's, whichever version asks.
fn selectable<'p>(model: &Model, id: MessageId, path: &'p str) -> (&'p str, Option<&'p str>) {
    let message = model.message(id);
    let path = match (&*message.group, &*message.kind, path) {
        ("", "Event", "source") => return ("source.component", Some("reportingComponent")),
        ("", "Event", "reportingController") => "reportingComponent",
        ("", "Event", "regarding.kind") => "involvedObject.kind",
        ("", "Event", "regarding.namespace") => "involvedObject.namespace",
        ("", "Event", "regarding.name") => "involvedObject.name",
        ("", "Event", "regarding.uid") => "involvedObject.uid",
        ("", "Event", "regarding.apiVersion") => "involvedObject.apiVersion",
        ("", "Event", "regarding.resourceVersion") => "involvedObject.resourceVersion",
        ("", "Event", "regarding.fieldPath") => "involvedObject.fieldPath",
        ("batch", "Job", "status.successful") => "status.succeeded",
        _ => path,
    };
    (path, None)
}

impl FieldPath {
    /// None where the message has no such field, or it is no single value.
    pub fn resolve(model: &Model, id: MessageId, path: &str) -> Option<FieldPath> {
        let (path, alternative) = selectable(model, id, path);
        let mut resolved = FieldPath::steps(model, id, path)?;
        if let Some(other) = alternative {
            resolved.alternative = FieldPath::steps(model, id, other).map(Box::new);
        }
        Some(resolved)
    }

    fn steps(model: &Model, id: MessageId, path: &str) -> Option<FieldPath> {
        let mut steps = Vec::new();
        let mut current = Some(id);
        for name in path.split('.') {
            let message = model.message(current?);
            let (_, entry) = message.json_entry(name)?;
            let mut owner = message;
            for &index in entry.path() {
                let field = &owner.fields[index as usize];
                if field.cardinality != Cardinality::Single || field.number == 0 {
                    return None;
                }
                steps.push(Step {
                    number: field.number,
                    index,
                    ty: field.ty,
                    pointer: field.pointer,
                });
                current = match field.ty {
                    FieldType::Message(below) => {
                        owner = model.message(below);
                        Some(below)
                    }
                    _ => None,
                };
            }
        }
        let is_value = !matches!(steps.last()?.ty, FieldType::Message(_));
        is_value.then_some(FieldPath {
            steps,
            alternative: None,
        })
    }

    /// The value as selectors compare it. None where a pointer on the way is nil.
    pub fn value(&self, message: &[u8]) -> Result<Option<String>, Malformed> {
        let value = self.own_value(message)?;
        match &self.alternative {
            Some(other) if value.as_deref().unwrap_or("").is_empty() => other.own_value(message),
            _ => Ok(value),
        }
    }

    fn own_value(&self, message: &[u8]) -> Result<Option<String>, Malformed> {
        let mut data = message;
        for step in &self.steps {
            match find(data, step.number)? {
                Some(Wire::Bytes(bytes)) => data = bytes,
                Some(wire) => return Ok(Some(scalar_text(step.ty, wire))),
                None if step.pointer => return Ok(None),
                None => data = &[],
            }
        }
        Ok(self.steps.last().map(|step| text(step.ty, data)))
    }

    /// The same of a decoded object.
    pub fn value_of(&self, fields: &Fields) -> Option<String> {
        let value = self.own_value_of(fields);
        match &self.alternative {
            Some(other) if value.as_deref().unwrap_or("").is_empty() => other.own_value_of(fields),
            _ => value,
        }
    }

    fn own_value_of(&self, fields: &Fields) -> Option<String> {
        let (last, way) = self.steps.split_last()?;
        let mut current = fields;
        for step in way {
            match current.message(step.index) {
                Some(below) => current = below,
                None if step.pointer => return None,
                None => current = &EMPTY_FIELDS,
            }
        }
        match current.get(last.index) {
            Some(value) => Some(value_text(last.ty, value)),
            None if last.pointer => None,
            None => Some(text(last.ty, &[])),
        }
    }
}

/// The first field of that number. Fields are in order, so a higher number ends the search.
fn find(data: &[u8], number: u32) -> Result<Option<Wire<'_>>, Malformed> {
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        let (n, wire) = reader.field()?;
        if n == number {
            return Ok(Some(wire));
        }
    }
    Ok(None)
}

fn scalar_text(ty: FieldType, wire: Wire) -> String {
    match (ty, wire) {
        (FieldType::Bool, Wire::Varint(v)) => (v != 0).to_string(),
        (FieldType::Int32, Wire::Varint(v)) => (v as i32).to_string(),
        (_, Wire::Varint(v)) => (v as i64).to_string(),
        (_, Wire::Fixed64(v)) => f64::from_bits(v).to_string(),
        _ => String::new(),
    }
}

fn text(ty: FieldType, content: &[u8]) -> String {
    match ty {
        FieldType::String => String::from_utf8_lossy(content).into_owned(),
        FieldType::Bool => "false".to_string(),
        FieldType::Int32 | FieldType::Int64 | FieldType::Double => "0".to_string(),
        _ => match crate::proto::decode::LeafReader::read(ty, content) {
            Ok(value) => value_text(ty, &value),
            Err(Malformed) => String::new(),
        },
    }
}

fn value_text(ty: FieldType, value: &Value) -> String {
    match value {
        Value::Int(nanos) if ty == FieldType::Duration => duration::format(*nanos),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Double(d) => d.to_string(),
        Value::Str(s) | Value::Quantity(s) => s.to_string(),
        Value::Time(seconds) => {
            let mut out = Vec::new();
            time::write_seconds(&mut out, *seconds);
            String::from_utf8(out).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// Labels' number in ObjectMeta.
const LABELS: u32 = 11;

/// Key and value.
pub type Label = (Box<str>, Box<str>);

/// All labels of a message whose metadata is field `metadata`.
pub fn labels(message: &[u8], metadata: u32) -> Result<Vec<Label>, Malformed> {
    let mut labels = Vec::new();
    let Some(Wire::Bytes(metadata)) = find(message, metadata)? else {
        return Ok(labels);
    };
    let mut reader = Reader::new(metadata);
    let text = |wire: Option<Wire>| match wire {
        Some(Wire::Bytes(bytes)) => String::from_utf8_lossy(bytes).into(),
        _ => Box::<str>::default(),
    };
    while !reader.is_done() {
        if let (LABELS, Wire::Bytes(entry)) = reader.field()? {
            labels.push((text(find(entry, 1)?), text(find(entry, 2)?)));
        }
    }
    Ok(labels)
}

impl Object {
    /// Values at field paths, as field selectors see them.
    pub fn extract(&self, model: &Model, paths: &[&str]) -> Vec<Option<String>> {
        paths
            .iter()
            .map(|path| FieldPath::resolve(model, self.id, path)?.value_of(&self.fields))
            .collect()
    }
}
