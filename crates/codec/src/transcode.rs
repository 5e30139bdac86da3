//! Protobuf to JSON and to protobuf with a resourceVersion filled in, straight from bytes to
//! bytes. One pass over a message notes where each field lies; then the fields are written in
//! JSON's order.

use steersman_grammar::varint;

use crate::json::MAX_BUILT_DEPTH;
use crate::json::decode::is_zero;
use crate::json::encode::{
    self, RESOURCE_VERSION, is_absent_omitted, separate, write_absent, write_bytes, write_raw,
};
use crate::json::text::write_string;
use crate::model::{Cardinality, FieldSchema, FieldType, MessageId, Model};
use crate::proto::decode::{LeafReader, first_bytes};
use crate::proto::wire::{Malformed, Reader, ReverseWriter, Wire};
use crate::proto::{PREFIX, envelope};
use crate::scalar::number;
use crate::value::{EMPTY_FIELDS, Value};

/// The message's JSON; `type_meta` is off for a list's items. Input that only a tree can merge
/// (a field given twice) is Malformed here: callers then decode and encode.
pub fn to_json(
    model: &Model,
    id: MessageId,
    data: &[u8],
    resource_version: Option<&str>,
    type_meta: bool,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    out.reserve(data.len() * 2);
    let mut transcoder = Transcoder {
        model,
        places: Vec::with_capacity(256),
        depth: 0,
    };
    out.push(b'{');
    let mut first = true;
    if type_meta {
        encode::write_type_meta(model, id, &EMPTY_FIELDS, &mut first, out);
    }
    let role = match resource_version {
        Some(version) => Role::Root(version),
        None => Role::Plain,
    };
    transcoder.fields(id, data, role, &mut first, out)?;
    out.push(b'}');
    Ok(())
}

/// PartialObjectMetadata's JSON.
pub fn metadata_to_json(
    model: &Model,
    id: MessageId,
    data: &[u8],
    resource_version: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let mut transcoder = Transcoder {
        model,
        places: Vec::with_capacity(64),
        depth: 0,
    };
    out.extend_from_slice(METADATA_HEAD);
    let role = match resource_version {
        Some(version) => Role::Metadata(version),
        None => Role::Plain,
    };
    let metadata = metadata_bytes(model, id, data)?;
    transcoder.message(model.object_meta, metadata, role, out)?;
    out.push(b'}');
    Ok(())
}

pub const METADATA_HEAD: &[u8] =
    br#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":"#;

/// The bytes of a root's metadata.
pub fn metadata_bytes<'d>(
    model: &Model,
    id: MessageId,
    data: &'d [u8],
) -> Result<&'d [u8], Malformed> {
    let message = model.message(id);
    let number = message
        .metadata
        .map_or(1, |i| message.fields[i as usize].number);
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        if let (n, Wire::Bytes(bytes)) = reader.field()? {
            if n == number {
                return Ok(bytes);
            }
        }
    }
    Ok(&[])
}

/// The bare message with another resourceVersion, everything else copied.
pub fn with_resource_version(
    model: &Model,
    id: MessageId,
    data: &[u8],
    version: &str,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let Some((number, [before, metadata, after])) = around_metadata(model, id, data)? else {
        out.extend_from_slice(data);
        return Ok(());
    };
    let [head, _, tail] = split_at(metadata, RESOURCE_VERSION)?;
    let mut field = ReverseWriter::with_capacity(64);
    field.field_bytes(RESOURCE_VERSION, version.as_bytes());
    let length = head.len() + field.len() + tail.len();
    let mut lead = ReverseWriter::with_capacity(16);
    lead.varint(length as u64);
    lead.tag(number, 2);
    out.reserve(data.len() + version.len() + 8);
    for part in [before, lead.written(), head, field.written(), tail, after] {
        out.extend_from_slice(part);
    }
    Ok(())
}

/// The length of what `with_resource_version` appends.
pub fn length_with_resource_version(
    model: &Model,
    id: MessageId,
    data: &[u8],
    version: &str,
) -> Result<usize, Malformed> {
    let Some((number, [before, metadata, after])) = around_metadata(model, id, data)? else {
        return Ok(data.len());
    };
    let [head, _, tail] = split_at(metadata, RESOURCE_VERSION)?;
    let field = delimited_length(RESOURCE_VERSION, version.len());
    let metadata = delimited_length(number, head.len() + field + tail.len());
    Ok(before.len() + metadata + after.len())
}

/// Of a length-delimited field with its tag.
fn delimited_length(number: u32, content: usize) -> usize {
    let tag = varint::length(u64::from(number) << 3);
    tag + varint::length(content as u64) + content
}

/// The metadata's number and, as in `split_at`, what stands around it; none in a message without.
type Around<'d> = Option<(u32, [&'d [u8]; 3])>;

fn around_metadata<'d>(
    model: &Model,
    id: MessageId,
    data: &'d [u8],
) -> Result<Around<'d>, Malformed> {
    let message = model.message(id);
    let Some(index) = message.metadata else {
        return Ok(None);
    };
    let number = message.fields[index as usize].number;
    Ok(Some((number, split_at(data, number)?)))
}

/// What stands before field `number`, its content, and what stands after it.
fn split_at(data: &[u8], number: u32) -> Result<[&[u8]; 3], Malformed> {
    let mut reader = Reader::new(data);
    while !reader.is_done() {
        let start = reader.at;
        let (n, wire) = reader.field()?;
        if n > number {
            return Ok([&data[..start], &[], &data[start..]]);
        }
        if let (true, Wire::Bytes(bytes)) = (n == number, wire) {
            return Ok([&data[..start], bytes, &data[reader.at..]]);
        }
    }
    Ok([data, &[], &[]])
}

/// Puts `k8s\0` and runtime.Unknown around a message.
pub fn envelop(api_version: &str, kind: &str, message: &[u8], out: &mut Vec<u8>) {
    let mut head = ReverseWriter::with_capacity(128);
    head.varint(message.len() as u64);
    head.tag(2, 2);
    let mark = head.len();
    head.field_bytes(2, kind.as_bytes());
    head.field_bytes(1, api_version.as_bytes());
    head.close(1, mark);
    out.reserve(message.len() + 64);
    out.extend_from_slice(PREFIX);
    out.extend_from_slice(head.written());
    out.extend_from_slice(message);
    out.extend_from_slice(&[0x1a, 0, 0x22, 0]);
}

/// The message in an envelope, or the data itself where it has none.
pub fn message_of(data: &[u8]) -> Result<&[u8], Malformed> {
    if data.starts_with(PREFIX) {
        Ok(envelope::read(data)?.raw)
    } else {
        Ok(data)
    }
}

/// Where resourceVersion is to be put.
#[derive(Clone, Copy)]
enum Role<'v> {
    Plain,
    Root(&'v str),
    Metadata(&'v str),
}

/// Where a field lies in its message's bytes.
#[derive(Clone, Copy, Default)]
struct Place {
    count: u32,
    /// The content of a single field; from the first tag to the last content of a repeated one.
    start: u32,
    end: u32,
    number: u64,
}

struct Transcoder<'a> {
    model: &'a Model,
    places: Vec<Place>,
    depth: u32,
}

impl<'a> Transcoder<'a> {
    fn message(
        &mut self,
        id: MessageId,
        data: &[u8],
        role: Role,
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        out.push(b'{');
        let mut first = true;
        self.fields(id, data, role, &mut first, out)?;
        out.push(b'}');
        Ok(())
    }

    fn fields(
        &mut self,
        id: MessageId,
        data: &[u8],
        role: Role,
        first: &mut bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        self.depth += 1;
        if self.depth > MAX_BUILT_DEPTH {
            return Err(Malformed);
        }
        let model: &'a Model = self.model;
        let message = model.message(id);
        let base = self.places.len();
        self.locate(id, data, base)?;
        for (index, field) in message.fields.iter().enumerate() {
            let place = self.places[base + index];
            let role = match role {
                Role::Metadata(version) if field.number == RESOURCE_VERSION => {
                    if !version.is_empty() {
                        separate(first, out);
                        out.extend_from_slice(field.key.as_bytes());
                        write_string(out, version.as_bytes());
                    }
                    continue;
                }
                Role::Root(version) if message.metadata == Some(index as u16) => {
                    Role::Metadata(version)
                }
                _ => Role::Plain,
            };
            if field.number > 0 {
                self.field(field, place, data, role, first, out)?;
            }
        }
        self.places.truncate(base);
        self.depth -= 1;
        Ok(())
    }

    fn locate(&mut self, id: MessageId, data: &[u8], base: usize) -> Result<(), Malformed> {
        let model: &'a Model = self.model;
        let message = model.message(id);
        self.places
            .resize(base + message.fields.len(), Place::default());
        let mut reader = Reader::new(data);
        while !reader.is_done() {
            let tag = reader.at;
            let (number, wire) = reader.field()?;
            let Some(index) = message.field_by_number(number) else {
                continue;
            };
            let field = &message.fields[index as usize];
            let place = &mut self.places[base + index as usize];
            place.count += 1;
            place.end = reader.at as u32;
            if field.cardinality != Cardinality::Single {
                if place.count == 1 {
                    place.start = tag as u32;
                }
                continue;
            }
            if place.count > 1 && matches!(field.ty, FieldType::Message(_) | FieldType::OneOf(..)) {
                return Err(Malformed);
            }
            match wire {
                Wire::Bytes(bytes) => place.start = (reader.at - bytes.len()) as u32,
                Wire::Varint(v) | Wire::Fixed64(v) => place.number = v,
                Wire::Fixed32(_) => return Err(Malformed),
            }
            check_wire(field.ty, wire)?;
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: &'a FieldSchema,
        place: Place,
        data: &[u8],
        role: Role,
        first: &mut bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let content = &data[place.start as usize..place.end.max(place.start) as usize];
        if field.inline {
            if let FieldType::Message(id) = field.ty {
                let content = if place.count == 0 { &[] } else { content };
                return self.fields(id, content, Role::Plain, first, out);
            }
        }
        if field.has_others() {
            return if place.count == 0 {
                Ok(())
            } else {
                Err(Malformed)
            };
        }
        if place.count == 0 {
            if let (Role::Metadata(_), FieldType::Message(id)) = (role, field.ty) {
                separate(first, out);
                out.extend_from_slice(field.key.as_bytes());
                return self.message(id, &[], role, out);
            }
            if !is_absent_omitted(field) {
                separate(first, out);
                out.extend_from_slice(field.key.as_bytes());
                write_absent(self.model, field, out);
            }
            return Ok(());
        }
        match field.cardinality {
            Cardinality::Repeated => {
                separate(first, out);
                out.extend_from_slice(field.key.as_bytes());
                self.list(field, content, out)
            }
            Cardinality::Map => {
                separate(first, out);
                out.extend_from_slice(field.key.as_bytes());
                self.map(field, content, out)
            }
            Cardinality::Single => self.single(field, place, content, role, first, out),
        }
    }

    fn single(
        &mut self,
        field: &'a FieldSchema,
        place: Place,
        content: &[u8],
        role: Role,
        first: &mut bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let omits = field.omit_empty && !field.pointer;
        let is_empty = match field.ty {
            FieldType::Bool | FieldType::Int64 => place.number == 0,
            FieldType::Int32 => place.number as i32 == 0,
            FieldType::Double => f64::from_bits(place.number) == 0.0,
            FieldType::String => content.is_empty(),
            FieldType::Bytes | FieldType::StringArray => content.is_empty() && field.omit_empty,
            FieldType::Time => {
                let empty =
                    field.omit_zero && is_zero(field.ty, &LeafReader::read(field.ty, content)?);
                if empty {
                    return Ok(());
                }
                false
            }
            _ => false,
        };
        if is_empty && (omits || field.ty == FieldType::Bytes && field.omit_empty) {
            return Ok(());
        }
        separate(first, out);
        out.extend_from_slice(field.key.as_bytes());
        match field.ty {
            FieldType::Bool => write_bool(place.number != 0, out),
            FieldType::Int32 => number::write_int(out, i64::from(place.number as i32)),
            FieldType::Int64 => number::write_int(out, place.number as i64),
            FieldType::Double => number::write_double(out, f64::from_bits(place.number)),
            FieldType::Message(id) => return self.message(id, content, role, out),
            ty => return self.content(ty, content, out),
        }
        Ok(())
    }

    /// A value whose wire type is bytes.
    fn content(
        &mut self,
        ty: FieldType,
        content: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        match ty {
            FieldType::String => write_string(out, content),
            FieldType::Bytes => write_bytes(out, content),
            FieldType::Message(id) => return self.message(id, content, Role::Plain, out),
            FieldType::Raw => write_raw(out, first_bytes(content)?.unwrap_or(&[])),
            FieldType::OneOf(id, _) => {
                let fields =
                    crate::proto::decode::decode(self.model, id, content).map_err(|_| Malformed)?;
                encode::write_value(self.model, ty, &Value::Message(fields), out);
            }
            _ => encode::write_value(self.model, ty, &LeafReader::read(ty, content)?, out),
        }
        Ok(())
    }

    fn list(
        &mut self,
        field: &'a FieldSchema,
        region: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        out.push(b'[');
        let mut first = true;
        let mut reader = Reader::new(region);
        while !reader.is_done() {
            let (number, wire) = reader.field()?;
            if number != field.number {
                continue;
            }
            match (field.ty, wire) {
                (FieldType::Bool | FieldType::Int32 | FieldType::Int64, Wire::Bytes(packed)) => {
                    let mut reader = Reader::new(packed);
                    while !reader.is_done() {
                        separate(&mut first, out);
                        write_number(field.ty, reader.varint()?, out);
                    }
                }
                (_, Wire::Bytes(content)) => {
                    separate(&mut first, out);
                    self.content(field.ty, content, out)?;
                }
                (_, Wire::Varint(v)) => {
                    separate(&mut first, out);
                    write_number(field.ty, v, out);
                }
                _ => return Err(Malformed),
            }
        }
        out.push(b']');
        Ok(())
    }

    fn map(
        &mut self,
        field: &'a FieldSchema,
        region: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let mut entries: Vec<(&[u8], Option<&[u8]>)> = Vec::new();
        let mut reader = Reader::new(region);
        while !reader.is_done() {
            if let (number, Wire::Bytes(entry)) = reader.field()? {
                if number == field.number {
                    entries.push(map_entry(entry)?);
                }
            }
        }
        if !entries.windows(2).all(|w| w[0].0 < w[1].0) {
            entries.reverse();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            entries.dedup_by(|later, earlier| later.0 == earlier.0);
        }
        out.push(b'{');
        let mut first = true;
        for (key, value) in entries {
            separate(&mut first, out);
            write_string(out, key);
            out.push(b':');
            self.content(field.ty, value.unwrap_or(&[]), out)?;
        }
        out.push(b'}');
        Ok(())
    }
}

fn map_entry(entry: &[u8]) -> Result<(&[u8], Option<&[u8]>), Malformed> {
    let (mut key, mut value) = (&[][..], None);
    let mut reader = Reader::new(entry);
    while !reader.is_done() {
        match reader.field()? {
            (1, Wire::Bytes(bytes)) => key = bytes,
            (2, Wire::Bytes(bytes)) => value = Some(bytes),
            (2, _) => return Err(Malformed),
            _ => {}
        }
    }
    Ok((key, value))
}

fn check_wire(ty: FieldType, wire: Wire) -> Result<(), Malformed> {
    let fits = match ty {
        FieldType::Bool | FieldType::Int32 | FieldType::Int64 => matches!(wire, Wire::Varint(_)),
        FieldType::Double => matches!(wire, Wire::Fixed64(_)),
        _ => matches!(wire, Wire::Bytes(_)),
    };
    if fits { Ok(()) } else { Err(Malformed) }
}

fn write_bool(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

fn write_number(ty: FieldType, value: u64, out: &mut Vec<u8>) {
    match ty {
        FieldType::Bool => write_bool(value != 0, out),
        FieldType::Int32 => number::write_int(out, i64::from(value as i32)),
        _ => number::write_int(out, value as i64),
    }
}
