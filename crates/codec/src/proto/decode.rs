//! Protobuf to values by schema. Unknown fields are skipped; a field of the wrong wire type is
//! refused.

use steersman_grammar::quantity;

use super::wire::{Malformed, Reader, Wire};
use crate::error::{CodecError, Reason};
use crate::json::decode::{is_zero, zero};
use crate::json::lexer::Lexer;
use crate::json::{MAX_BUILT_DEPTH, lexer};
use crate::model::{Cardinality, FieldSchema, FieldType, MessageId, Model};
use crate::scalar::time;
use crate::value::{Fields, SmallText, Value, ZERO_TIME, sort_maps};

/// Reads the bare message.
pub fn decode(model: &Model, id: MessageId, data: &[u8]) -> Result<Fields, CodecError> {
    let mut fields = Fields::new();
    let mut decoder = Decoder {
        model,
        depth: 0,
        problem: None,
        has_pieces: false,
    };
    match decoder.message(id, data, &mut fields) {
        Ok(()) => {
            if decoder.has_pieces {
                sort_maps(&mut fields);
            }
            Ok(fields)
        }
        Err(Malformed) => Err(decoder.problem.unwrap_or_else(|| {
            CodecError::new(Reason::Syntax, "", "proto: the message cannot be parsed")
        })),
    }
}

struct Decoder<'a> {
    model: &'a Model,
    depth: u32,
    problem: Option<CodecError>,
    /// Some map's entries are out of order, or one is there twice: all are put in order at the end.
    has_pieces: bool,
}

impl Decoder<'_> {
    fn message(
        &mut self,
        id: MessageId,
        data: &[u8],
        fields: &mut Fields,
    ) -> Result<(), Malformed> {
        self.depth += 1;
        if self.depth > MAX_BUILT_DEPTH {
            return self.fail(Reason::TooDeep, "exceeded max depth");
        }
        let message = self.model.message(id);
        let mut reader = Reader::new(data);
        while !reader.is_done() {
            let (number, wire) = reader.field()?;
            let Some(index) = message.field_by_number(number) else {
                continue;
            };
            let field = &message.fields[index as usize];
            match field.cardinality {
                Cardinality::Single => self.single(field, index, wire, fields)?,
                Cardinality::Repeated => self.repeated(field, index, wire, fields)?,
                Cardinality::Map => self.map_entry(field, index, wire, fields)?,
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn fail<T>(&mut self, reason: Reason, message: &str) -> Result<T, Malformed> {
        self.problem = Some(CodecError::new(reason, "", message));
        Err(Malformed)
    }

    fn single(
        &mut self,
        field: &FieldSchema,
        index: u16,
        wire: Wire,
        fields: &mut Fields,
    ) -> Result<(), Malformed> {
        if let (FieldType::Message(id), Wire::Bytes(data)) = (field.ty, wire) {
            self.message(id, data, fields.message_mut(index))?;
            if !field.pointer && fields.message(index).is_some_and(Fields::is_empty) {
                fields.take(index);
            }
            return Ok(());
        }
        let value = self.value(field.ty, wire)?;
        let absent = !field.pointer && (value == Value::Null || is_zero(field.ty, &value));
        if absent {
            fields.take(index);
        } else {
            fields.set(index, value);
        }
        Ok(())
    }

    fn repeated(
        &mut self,
        field: &FieldSchema,
        index: u16,
        wire: Wire,
        fields: &mut Fields,
    ) -> Result<(), Malformed> {
        let is_number = matches!(
            field.ty,
            FieldType::Bool | FieldType::Int32 | FieldType::Int64
        );
        let mut added = Vec::new();
        match wire {
            Wire::Bytes(packed) if is_number => {
                let mut reader = Reader::new(packed);
                while !reader.is_done() {
                    let wire = Wire::Varint(reader.varint()?);
                    added.push(self.value(field.ty, wire)?);
                }
            }
            _ => added.push(self.value(field.ty, wire)?),
        }
        match fields.get_mut(index) {
            Some(Value::List(items)) => items.append(&mut added),
            _ => fields.set(index, Value::List(added)),
        }
        Ok(())
    }

    fn map_entry(
        &mut self,
        field: &FieldSchema,
        index: u16,
        wire: Wire,
        fields: &mut Fields,
    ) -> Result<(), Malformed> {
        let Wire::Bytes(entry) = wire else {
            return Err(Malformed);
        };
        let mut key = SmallText::default();
        let mut value = match field.ty {
            FieldType::Bytes => Value::Bytes([].into()),
            ty => zero(ty),
        };
        let mut reader = Reader::new(entry);
        while !reader.is_done() {
            match reader.field()? {
                (1, Wire::Bytes(b)) => key = text(b),
                (2, wire) => value = self.value(field.ty, wire)?,
                _ => {}
            }
        }
        match fields.get_mut(index) {
            Some(Value::Map(entries)) => {
                self.has_pieces |= entries.last().is_some_and(|(last, _)| *last >= key);
                entries.push((key, value));
            }
            _ => fields.set(index, Value::Map(vec![(key, value)])),
        }
        Ok(())
    }

    fn value(&mut self, ty: FieldType, wire: Wire) -> Result<Value, Malformed> {
        match (ty, wire) {
            (FieldType::Bool, Wire::Varint(v)) => Ok(Value::Bool(v != 0)),
            (FieldType::Int32, Wire::Varint(v)) => Ok(Value::Int(i64::from(v as i32))),
            (FieldType::Int64, Wire::Varint(v)) => Ok(Value::Int(v as i64)),
            (FieldType::Double, Wire::Fixed64(v)) => Ok(Value::Double(f64::from_bits(v))),
            (FieldType::String, Wire::Bytes(b)) => Ok(Value::Str(text(b))),
            (FieldType::Bytes, Wire::Bytes(b)) => Ok(Value::Bytes(b.into())),
            (FieldType::Message(id) | FieldType::OneOf(id, _), Wire::Bytes(b)) => {
                let mut fields = Fields::new();
                self.message(id, b, &mut fields)?;
                Ok(Value::Message(fields))
            }
            (FieldType::Time, Wire::Bytes(b)) => Ok(Value::Time(timestamp(b)?.0)),
            (FieldType::MicroTime, Wire::Bytes(b)) => {
                let (seconds, nanos) = timestamp(b)?;
                Ok(Value::MicroTime {
                    seconds,
                    nanos: nanos / 1000 * 1000,
                })
            }
            (FieldType::Duration, Wire::Bytes(b)) => Ok(Value::Int(first_varint(b)? as i64)),
            (FieldType::Quantity, Wire::Bytes(b)) => self.quantity(b),
            (FieldType::IntOrString, Wire::Bytes(b)) => int_or_string(b),
            (FieldType::Raw, Wire::Bytes(b)) => self.raw(b),
            (FieldType::StringArray, Wire::Bytes(b)) => strings(b),
            _ => Err(Malformed),
        }
    }

    fn quantity(&mut self, data: &[u8]) -> Result<Value, Malformed> {
        let Some(bytes) = first_bytes(data)? else {
            return Ok(Value::Quantity("0".into()));
        };
        match quantity::canonical(&String::from_utf8_lossy(bytes)) {
            Ok(canonical) => Ok(Value::Quantity(canonical.into())),
            Err(message) => self.fail(Reason::InvalidValue, message),
        }
    }

    /// Must be JSON, or an object in its own envelope; null when nothing was set.
    fn raw(&mut self, data: &[u8]) -> Result<Value, Malformed> {
        let Some(bytes) = first_bytes(data)? else {
            return Ok(Value::Null);
        };
        if bytes.is_empty() || bytes.starts_with(super::PREFIX) {
            return Ok(Value::Raw(bytes.into()));
        }
        let text = lexer::as_text(bytes);
        let mut lexer = Lexer::new(&text);
        let valid = lexer.skip_value(0).is_ok() && lexer.peek() == 0 && lexer.at >= text.len();
        if !valid {
            return self.fail(
                Reason::InvalidValue,
                "a raw value is neither JSON nor an object",
            );
        }
        Ok(Value::Raw(bytes.into()))
    }
}

/// Reads one value of a type that needs no schema.
pub struct LeafReader;

impl LeafReader {
    pub fn read(ty: FieldType, content: &[u8]) -> Result<Value, Malformed> {
        Decoder {
            model: Model::builtin(),
            depth: 0,
            problem: None,
            has_pieces: false,
        }
        .value(ty, Wire::Bytes(content))
    }
}

fn text(bytes: &[u8]) -> SmallText {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => lexer::as_text(bytes).into(),
    }
}

/// Empty bytes are Go's zero time.
pub fn timestamp(data: &[u8]) -> Result<(i64, u32), Malformed> {
    if data.is_empty() {
        return Ok((ZERO_TIME, 0));
    }
    let (mut seconds, mut nanos) = (0i64, 0i64);
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        match reader.field()? {
            (1, Wire::Varint(v)) => seconds = v as i64,
            (2, Wire::Varint(v)) => nanos = i64::from(v as i32),
            _ => {}
        }
    }
    let seconds = seconds.saturating_add(nanos.div_euclid(1_000_000_000));
    // Beyond what RFC 3339 can say nothing is a time.
    if !(ZERO_TIME..=253_402_300_799).contains(&seconds) {
        return Err(Malformed);
    }
    debug_assert!(!time::is_zero(seconds, 1));
    Ok((seconds, nanos.rem_euclid(1_000_000_000) as u32))
}

fn first_varint(data: &[u8]) -> Result<u64, Malformed> {
    let mut value = 0;
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        if let (1, Wire::Varint(v)) = reader.field()? {
            value = v;
        }
    }
    Ok(value)
}

pub fn first_bytes(data: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut value = None;
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        if let (1, Wire::Bytes(v)) = reader.field()? {
            value = Some(v);
        }
    }
    Ok(value)
}

fn int_or_string(data: &[u8]) -> Result<Value, Malformed> {
    let (mut kind, mut int, mut string) = (0, 0, &[][..]);
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        match reader.field()? {
            (1, Wire::Varint(v)) => kind = v,
            (2, Wire::Varint(v)) => int = i64::from(v as i32),
            (3, Wire::Bytes(b)) => string = b,
            _ => {}
        }
    }
    Ok(if kind == 1 {
        Value::Str(text(string))
    } else {
        Value::Int(int)
    })
}

fn strings(data: &[u8]) -> Result<Value, Malformed> {
    let mut items = Vec::new();
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        if let (1, Wire::Bytes(b)) = reader.field()? {
            items.push(Value::Str(text(b)));
        }
    }
    Ok(Value::List(items))
}
