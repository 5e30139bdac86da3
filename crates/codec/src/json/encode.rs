//! Values to canonical JSON: kind and apiVersion first, fields in file order, map keys sorted.

use super::text::{write_compact, write_string};
use crate::model::{
    API_VERSION, Cardinality, FieldSchema, FieldType, KIND, MessageId, Model, OneOf,
};
use crate::scalar::{base64, duration, number, time};
use crate::value::{EMPTY_FIELDS, Fields, Value, ZERO_TIME};

/// Writes a root object. `resource_version` replaces the one inside.
pub fn write_root(
    model: &Model,
    id: MessageId,
    fields: &Fields,
    resource_version: Option<&str>,
    out: &mut Vec<u8>,
) {
    out.push(b'{');
    let mut first = true;
    write_type_meta(model, id, fields, &mut first, out);
    Writer {
        model,
        resource_version,
        unmanaged: false,
    }
    .fields(id, fields, true, &mut first, out);
    out.push(b'}');
}

/// As `write_root`, without managedFields.
pub fn write_unmanaged(model: &Model, id: MessageId, fields: &Fields, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    write_type_meta(model, id, fields, &mut first, out);
    Writer {
        model,
        resource_version: None,
        unmanaged: true,
    }
    .fields(id, fields, true, &mut first, out);
    out.push(b'}');
}

/// A root object as a list's item: without kind and apiVersion.
pub fn write_item(
    model: &Model,
    id: MessageId,
    fields: &Fields,
    resource_version: Option<&str>,
    out: &mut Vec<u8>,
) {
    out.push(b'{');
    Writer {
        model,
        resource_version,
        unmanaged: false,
    }
    .fields(id, fields, true, &mut true, out);
    out.push(b'}');
}

/// A message that is no root, for example one item's metadata.
pub fn write_message(model: &Model, id: MessageId, fields: &Fields, out: &mut Vec<u8>) {
    Writer {
        model,
        resource_version: None,
        unmanaged: false,
    }
    .message(id, fields, false, out);
}

/// One value of a type.
pub fn write_value(model: &Model, ty: FieldType, value: &Value, out: &mut Vec<u8>) {
    Writer {
        model,
        resource_version: None,
        unmanaged: false,
    }
    .single(ty, value, out);
}

/// ObjectMeta with another resourceVersion.
pub fn write_metadata(
    model: &Model,
    fields: &Fields,
    resource_version: Option<&str>,
    out: &mut Vec<u8>,
) {
    Writer {
        model,
        resource_version,
        unmanaged: false,
    }
    .message(model.object_meta, fields, true, out);
}

/// A root's own kind, or what the input said for those of no fixed kind.
pub fn write_type_meta(
    model: &Model,
    id: MessageId,
    fields: &Fields,
    first: &mut bool,
    out: &mut Vec<u8>,
) {
    let message = model.message(id);
    if !message.root {
        return;
    }
    let api_version = message.api_version();
    let (kind, api_version) = if message.kind.is_empty() {
        (fields.str(KIND), fields.str(API_VERSION))
    } else {
        (&*message.kind, api_version.as_str())
    };
    for (key, text) in [("\"kind\":", kind), ("\"apiVersion\":", api_version)] {
        if !text.is_empty() {
            separate(first, out);
            out.extend_from_slice(key.as_bytes());
            write_string(out, text.as_bytes());
        }
    }
}

pub fn separate(first: &mut bool, out: &mut Vec<u8>) {
    if !std::mem::replace(first, false) {
        out.push(b',');
    }
}

struct Writer<'a> {
    model: &'a Model,
    resource_version: Option<&'a str>,
    /// Leaves out managedFields.
    unmanaged: bool,
}

/// Their number in ObjectMeta.
const MANAGED_FIELDS: u32 = 17;

/// `resourceVersion`'s number in ObjectMeta.
pub const RESOURCE_VERSION: u32 = 6;

impl Writer<'_> {
    fn message(&self, id: MessageId, fields: &Fields, is_metadata: bool, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut first = true;
        if is_metadata && (self.resource_version.is_some() || self.unmanaged) {
            self.metadata_fields(id, fields, &mut first, out);
        } else {
            self.fields(id, fields, false, &mut first, out);
        }
        out.push(b'}');
    }

    fn fields(
        &self,
        id: MessageId,
        fields: &Fields,
        top: bool,
        first: &mut bool,
        out: &mut Vec<u8>,
    ) {
        let message = self.model.message(id);
        let mut set = fields.iter().peekable();
        for (index, field) in message.fields.iter().enumerate() {
            let value = set.next_if(|(i, _)| *i as usize == index).map(|(_, v)| v);
            if top && (field.number == 0 || message.metadata == Some(index as u16)) {
                if field.number > 0 {
                    let metadata = value.and_then(Value::as_message).unwrap_or(&EMPTY_FIELDS);
                    separate(first, out);
                    out.extend_from_slice(field.key.as_bytes());
                    self.message(self.model.object_meta, metadata, true, out);
                }
                continue;
            }
            self.field(field, value, first, out);
        }
    }

    fn metadata_fields(&self, id: MessageId, fields: &Fields, first: &mut bool, out: &mut Vec<u8>) {
        let message = self.model.message(id);
        let text = self.resource_version.unwrap_or("");
        let version = Value::Str(text.into());
        for (index, field) in message.fields.iter().enumerate() {
            if self.unmanaged && field.number == MANAGED_FIELDS {
                continue;
            }
            if field.number == RESOURCE_VERSION && self.resource_version.is_some() {
                let version = if text.is_empty() {
                    None
                } else {
                    Some(&version)
                };
                self.field(field, version, first, out);
            } else {
                self.field(field, fields.get(index as u16), first, out);
            }
        }
    }

    fn field(
        &self,
        field: &FieldSchema,
        value: Option<&Value>,
        first: &mut bool,
        out: &mut Vec<u8>,
    ) {
        if field.inline {
            if let (FieldType::Message(id), Some(Value::Message(fields))) = (field.ty, value) {
                return self.fields(id, fields, false, first, out);
            }
            if let (FieldType::Message(id), false) = (field.ty, field.pointer) {
                return self.fields(id, &EMPTY_FIELDS, false, first, out);
            }
        }
        if field.has_others() {
            return write_others(value, first, out);
        }
        if is_omitted(field, value) {
            return;
        }
        separate(first, out);
        out.extend_from_slice(field.key.as_bytes());
        match value {
            Some(value) => self.value(field, value, out),
            None => write_absent(self.model, field, out),
        }
    }

    fn value(&self, field: &FieldSchema, value: &Value, out: &mut Vec<u8>) {
        match value {
            Value::List(items) if field.cardinality == Cardinality::Repeated => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    self.single(field.ty, item, out);
                }
                out.push(b']');
            }
            Value::Map(entries) => {
                out.push(b'{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    write_string(out, key.as_bytes());
                    out.push(b':');
                    self.single(field.ty, value, out);
                }
                out.push(b'}');
            }
            _ => self.single(field.ty, value, out),
        }
    }

    fn single(&self, ty: FieldType, value: &Value, out: &mut Vec<u8>) {
        match (ty, value) {
            (FieldType::Duration, Value::Int(nanos)) => {
                write_string(out, duration::format(*nanos).as_bytes());
            }
            (FieldType::Message(id), Value::Message(fields)) => {
                self.message(id, fields, false, out);
            }
            (FieldType::OneOf(id, form), Value::Message(fields)) => {
                self.one_of(id, form, fields, out);
            }
            (_, Value::List(items)) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    write_plain(item, out);
                }
                out.push(b']');
            }
            _ => write_plain(value, out),
        }
    }

    fn one_of(&self, id: MessageId, form: OneOf, fields: &Fields, out: &mut Vec<u8>) {
        let message = self.model.message(id);
        let is_filled = |v: &&Value| matches!(v, Value::List(items) if !items.is_empty());
        if form == OneOf::SchemaOrBool {
            match fields.get(1) {
                Some(schema) => self.value(&message.fields[1], schema, out),
                None => write_plain(fields.get(0).unwrap_or(&Value::Bool(false)), out),
            }
        } else if let Some(items) = fields.get(1).filter(is_filled) {
            self.value(&message.fields[1], items, out);
        } else if let Some(schema) = fields.get(0) {
            self.value(&message.fields[0], schema, out);
        } else {
            out.extend_from_slice(b"null");
        }
    }
}

/// What a message keeps without having fields for it.
fn write_others(value: Option<&Value>, first: &mut bool, out: &mut Vec<u8>) {
    let Some(Value::Map(entries)) = value else {
        return;
    };
    for (key, value) in entries {
        separate(first, out);
        write_string(out, key.as_bytes());
        out.push(b':');
        write_plain(value, out);
    }
}

fn write_plain(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(i) => number::write_int(out, *i),
        Value::Double(d) => number::write_double(out, *d),
        Value::Str(s) | Value::Quantity(s) => write_string(out, s.as_bytes()),
        Value::Bytes(b) => write_bytes(out, b),
        Value::Time(seconds) => write_time(out, *seconds),
        Value::MicroTime { seconds, nanos } => write_micro_time(out, *seconds, *nanos),
        Value::Raw(raw) => write_raw(out, raw),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Message(_) => {
            out.extend_from_slice(b"null");
        }
    }
}

pub fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    base64::encode(out, bytes);
    out.push(b'"');
}

pub fn write_time(out: &mut Vec<u8>, seconds: i64) {
    if seconds == ZERO_TIME {
        return out.extend_from_slice(b"null");
    }
    out.push(b'"');
    time::write_seconds(out, seconds);
    out.push(b'"');
}

pub fn write_micro_time(out: &mut Vec<u8>, seconds: i64, nanos: u32) {
    if time::is_zero(seconds, nanos) {
        return out.extend_from_slice(b"null");
    }
    out.push(b'"');
    time::write_micros(out, seconds, nanos);
    out.push(b'"');
}

/// What is no JSON (an object nested in protobuf) cannot stand here and reads as null.
pub fn write_raw(out: &mut Vec<u8>, raw: &[u8]) {
    match raw.first() {
        None => out.extend_from_slice(b"null"),
        Some(b'k') if raw.starts_with(crate::proto::PREFIX) => out.extend_from_slice(b"null"),
        Some(_) => write_compact(out, raw),
    }
}

/// Go's omitempty and omitzero. `None` is the zero value.
fn is_omitted(field: &FieldSchema, value: Option<&Value>) -> bool {
    match value {
        Some(Value::List(items)) if field.cardinality == Cardinality::Repeated => {
            field.omit_empty && items.is_empty()
        }
        Some(Value::Map(entries)) => field.omit_empty && entries.is_empty(),
        Some(Value::List(items)) if field.ty == FieldType::StringArray => {
            field.omit_empty && items.is_empty()
        }
        Some(Value::Bytes(bytes)) => field.omit_empty && bytes.is_empty(),
        Some(_) => false,
        None => is_absent_omitted(field),
    }
}

/// Whether a field that is not there is left out of JSON.
pub fn is_absent_omitted(field: &FieldSchema) -> bool {
    let is_struct = field.cardinality == Cardinality::Single
        && !field.pointer
        && matches!(
            field.ty,
            FieldType::Message(_)
                | FieldType::Time
                | FieldType::MicroTime
                | FieldType::Duration
                | FieldType::Quantity
                | FieldType::IntOrString
                | FieldType::Raw
                | FieldType::OneOf(..)
        );
    if is_struct {
        field.omit_zero
    } else {
        field.omit_empty
    }
}

/// The zero value where it is written.
pub fn write_absent(model: &Model, field: &FieldSchema, out: &mut Vec<u8>) {
    if field.cardinality != Cardinality::Single {
        let items =
            &*field.json == "items" && matches!(field.ty, FieldType::Message(_) | FieldType::Raw);
        out.extend_from_slice(if items { b"[]" } else { b"null" });
        return;
    }
    if field.pointer {
        return out.extend_from_slice(b"null");
    }
    match field.ty {
        FieldType::Bool => out.extend_from_slice(b"false"),
        FieldType::Int32 | FieldType::Int64 | FieldType::Double | FieldType::IntOrString => {
            out.push(b'0');
        }
        FieldType::String => out.extend_from_slice(b"\"\""),
        FieldType::Quantity => out.extend_from_slice(b"\"0\""),
        FieldType::Duration => out.extend_from_slice(b"\"0s\""),
        FieldType::Message(id) => write_message(model, id, &EMPTY_FIELDS, out),
        FieldType::OneOf(_, OneOf::SchemaOrBool) => out.extend_from_slice(b"false"),
        _ => out.extend_from_slice(b"null"),
    }
}
