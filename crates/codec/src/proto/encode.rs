//! Values to protobuf, byte for byte as gogo's generated code: fields in number order, those
//! that are no pointers always written, map entries sorted.

use super::envelope;
use super::wire::ReverseWriter;
use crate::json::decode::zero;
use crate::json::encode::RESOURCE_VERSION;
use crate::model::{Cardinality, FieldSchema, FieldType, MessageId, Model};
use crate::scalar::time;
use crate::value::{EMPTY_FIELDS, Fields, Value, ZERO_TIME};

/// The bare message. `resource_version` replaces the one in a root's metadata.
pub fn encode(
    model: &Model,
    id: MessageId,
    fields: &Fields,
    resource_version: Option<&str>,
) -> Vec<u8> {
    let mut writer = ReverseWriter::with_capacity(2048);
    Encoder { model }.root(id, fields, resource_version, &mut writer);
    writer.finish()
}

/// The message in its envelope.
pub fn encode_enveloped(
    model: &Model,
    id: MessageId,
    fields: &Fields,
    resource_version: Option<&str>,
) -> Vec<u8> {
    let mut writer = ReverseWriter::with_capacity(2048);
    let mark = envelope::begin(&mut writer);
    Encoder { model }.root(id, fields, resource_version, &mut writer);
    let message = model.message(id);
    if message.kind.is_empty() {
        let (api_version, kind) = (
            fields.str(crate::model::API_VERSION),
            fields.str(crate::model::KIND),
        );
        envelope::wrap(&mut writer, api_version, kind, mark);
    } else {
        envelope::wrap(&mut writer, &message.api_version(), &message.kind, mark);
    }
    writer.finish()
}

/// ObjectMeta as field 1 of a PartialObjectMetadata.
pub fn write_metadata(
    model: &Model,
    fields: &Fields,
    resource_version: Option<&str>,
    writer: &mut ReverseWriter,
) {
    Encoder { model }.metadata(1, fields, resource_version, writer);
}

struct Encoder<'a> {
    model: &'a Model,
}

impl Encoder<'_> {
    fn root(
        &self,
        id: MessageId,
        fields: &Fields,
        resource_version: Option<&str>,
        writer: &mut ReverseWriter,
    ) {
        let message = self.model.message(id);
        for &index in message.by_number.iter().rev() {
            let field = &message.fields[index as usize];
            let value = fields.get(index);
            if message.metadata == Some(index) && resource_version.is_some() {
                let metadata = value.and_then(Value::as_message).unwrap_or(&EMPTY_FIELDS);
                self.metadata(field.number, metadata, resource_version, writer);
            } else {
                self.field(field, value, writer);
            }
        }
    }

    fn metadata(
        &self,
        number: u32,
        fields: &Fields,
        resource_version: Option<&str>,
        writer: &mut ReverseWriter,
    ) {
        let mark = writer.len();
        let message = self.model.message(self.model.object_meta);
        for &index in message.by_number.iter().rev() {
            let field = &message.fields[index as usize];
            match resource_version {
                Some(version) if field.number == RESOURCE_VERSION => {
                    writer.field_bytes(field.number, version.as_bytes());
                }
                _ => self.field(field, fields.get(index), writer),
            }
        }
        writer.close(number, mark);
    }

    fn message(&self, id: MessageId, fields: &Fields, writer: &mut ReverseWriter) {
        let message = self.model.message(id);
        for &index in message.by_number.iter().rev() {
            self.field(&message.fields[index as usize], fields.get(index), writer);
        }
    }

    fn field(&self, field: &FieldSchema, value: Option<&Value>, writer: &mut ReverseWriter) {
        match (field.cardinality, value) {
            (Cardinality::Repeated, Some(Value::List(items))) => {
                for item in items.iter().rev() {
                    self.single(field.number, field.ty, item, writer);
                }
            }
            (Cardinality::Map, Some(Value::Map(entries))) => {
                for (key, value) in entries.iter().rev() {
                    let mark = writer.len();
                    if !matches!((field.ty, value), (FieldType::Bytes, Value::Null)) {
                        self.single(2, field.ty, value, writer);
                    }
                    writer.field_bytes(1, key.as_bytes());
                    writer.close(field.number, mark);
                }
            }
            (Cardinality::Single, Some(value)) => {
                self.single(field.number, field.ty, value, writer);
            }
            (Cardinality::Single, None) if !field.pointer => self.absent(field, writer),
            _ => {}
        }
    }

    /// A field that is no pointer is written when it is zero, but nil slices are not.
    fn absent(&self, field: &FieldSchema, writer: &mut ReverseWriter) {
        match field.ty {
            FieldType::Bytes | FieldType::StringArray => {}
            FieldType::Message(id) => {
                let mark = writer.len();
                self.message(id, &EMPTY_FIELDS, writer);
                writer.close(field.number, mark);
            }
            FieldType::Bool | FieldType::Int32 | FieldType::Int64 => {
                writer.field_varint(field.number, 0);
            }
            FieldType::String => writer.field_bytes(field.number, b""),
            ty => self.single(field.number, ty, &zero(ty), writer),
        }
    }

    fn single(&self, number: u32, ty: FieldType, value: &Value, writer: &mut ReverseWriter) {
        match (ty, value) {
            (FieldType::Bool, Value::Bool(b)) => writer.field_varint(number, u64::from(*b)),
            (FieldType::Int32 | FieldType::Int64, Value::Int(i)) => {
                writer.field_varint(number, *i as u64);
            }
            (FieldType::Double, Value::Double(d)) => {
                writer.slice(&d.to_bits().to_le_bytes());
                writer.tag(number, 1);
            }
            (FieldType::String, Value::Str(s)) => writer.field_bytes(number, s.as_bytes()),
            (FieldType::Bytes, Value::Bytes(b)) => writer.field_bytes(number, b),
            (FieldType::Message(id) | FieldType::OneOf(id, _), Value::Message(fields)) => {
                let mark = writer.len();
                self.message(id, fields, writer);
                writer.close(number, mark);
            }
            _ => {
                let mark = writer.len();
                write_special(ty, value, writer);
                writer.close(number, mark);
            }
        }
    }
}

/// The content of a message with a JSON form of its own.
fn write_special(ty: FieldType, value: &Value, writer: &mut ReverseWriter) {
    match (ty, value) {
        (FieldType::Time, Value::Time(seconds)) if *seconds != ZERO_TIME => {
            write_timestamp(*seconds, 0, writer);
        }
        (FieldType::MicroTime, Value::MicroTime { seconds, nanos })
            if !time::is_zero(*seconds, *nanos) =>
        {
            write_timestamp(*seconds, nanos / 1000 * 1000, writer);
        }
        (FieldType::Duration, Value::Int(nanos)) => writer.field_varint(1, *nanos as u64),
        (FieldType::Quantity, Value::Quantity(text)) => writer.field_bytes(1, text.as_bytes()),
        (FieldType::IntOrString, Value::Int(i)) => {
            writer.field_bytes(3, b"");
            writer.field_varint(2, *i as u64);
            writer.field_varint(1, 0);
        }
        (FieldType::IntOrString, Value::Str(s)) => {
            writer.field_bytes(3, s.as_bytes());
            writer.field_varint(2, 0);
            writer.field_varint(1, 1);
        }
        (FieldType::Raw, Value::Raw(raw)) => writer.field_bytes(1, raw),
        (FieldType::StringArray, Value::List(items)) => {
            for item in items.iter().rev() {
                if let Value::Str(s) = item {
                    writer.field_bytes(1, s.as_bytes());
                }
            }
        }
        _ => {}
    }
}

fn write_timestamp(seconds: i64, nanos: u32, writer: &mut ReverseWriter) {
    writer.field_varint(2, u64::from(nanos));
    writer.field_varint(1, seconds as u64);
}
