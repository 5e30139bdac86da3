//! JSON to values by schema, as sigs.k8s.io/json reads into Go structs: exact names, nulls that
//! leave zero values, unknown and duplicate fields collected, the first wrong type refused.

use std::borrow::Cow;
use std::collections::HashSet;

use steersman_grammar::quantity;

use super::generic;
use super::lexer::{self, LexError, Lexer, Shape};
use super::{MAX_BUILT_DEPTH, MAX_SKIPPED_DEPTH, syntax};
use crate::error::{CodecError, Reason, quote};
use crate::model::{
    Cardinality, FieldSchema, FieldType, JsonEntry, MessageId, MessageSchema, Model, OneOf,
};
use crate::scalar::{base64, duration, time};
use crate::value::{Fields, SmallText, Value, ZERO_TIME, sort_entries, sort_maps};

/// How upstream begins what it says of input whose kind it cannot read.
const NO_TYPE_META: &str = "couldn't get version/kind; json parse error: ";
/// The Go struct that upstream reads kinds with.
const TYPE_META: &str = "APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; \
                         Kind string \"json:\\\"kind,omitempty\\\"\"";

/// Upstream collects no more than this.
const MAX_WARNINGS: usize = 100;
/// Times that a path's text is made for a warning, which may turn out to be there already: a path
/// can be as long as the document.
const MAX_TOLD: usize = 2 * MAX_WARNINGS;

#[derive(Clone, Copy)]
enum Segment<'a> {
    /// A field and the message it stands in.
    Field(&'a str, &'a MessageSchema),
    /// The Go name of an embedded struct; only in upstream's messages.
    Embedded(&'a str),
    Index(usize),
}

enum PathPart<'a> {
    Segment(Segment<'a>),
    Key(Cow<'a, str>),
}

pub struct Decoder<'a> {
    model: &'a Model,
    lexer: Lexer<'a>,
    path: Vec<PathPart<'a>>,
    depth: u32,
    collect: bool,
    pub warnings: Vec<CodecError>,
    told: usize,
    /// Some map came in several pieces, which are put in order when all are there.
    has_pieces: bool,
}

/// Why decoding stopped.
enum Stop {
    Lex(LexError),
    Error(Box<CodecError>),
}

impl From<LexError> for Stop {
    fn from(e: LexError) -> Stop {
        Stop::Lex(e)
    }
}

type Result<T> = std::result::Result<T, Stop>;

/// Reads a whole document as the message. `base` is the object that JavaScript changed, whose
/// exact values stay. Unknown and duplicate fields go to the second result when `collect` is
/// set.
pub fn decode(
    model: &Model,
    id: MessageId,
    text: &str,
    collect: bool,
    base: Option<&Fields>,
) -> std::result::Result<(Fields, Vec<CodecError>), CodecError> {
    let mut decoder = Decoder {
        model,
        lexer: Lexer::new(text),
        path: Vec::new(),
        depth: 0,
        collect,
        warnings: Vec::new(),
        told: 0,
        has_pieces: false,
    };
    match decoder.document(id, base) {
        Ok(mut fields) => {
            if decoder.has_pieces {
                sort_maps(&mut fields);
            }
            Ok((fields, decoder.warnings))
        }
        Err(stop) => Err(decoder.explain(stop)),
    }
}

impl<'a> Decoder<'a> {
    fn document(&mut self, id: MessageId, base: Option<&Fields>) -> Result<Fields> {
        let mut fields = Fields::new();
        match self.lexer.shape()? {
            Shape::Object => self.object(id, &mut fields, base)?,
            Shape::Null => self.lexer.literal("null")?,
            shape => return Err(self.not_an_object(shape)),
        }
        self.lexer.skip_space();
        if self.lexer.at < self.lexer.text.len() {
            return Err(LexError::Syntax.into());
        }
        Ok(fields)
    }

    fn not_an_object(&self, shape: Shape) -> Stop {
        let message = format!(
            "{NO_TYPE_META}json: cannot unmarshal {} into Go value of type struct {{ {TYPE_META} }}",
            shape_name(shape)
        );
        self.stop(Reason::InvalidType, message)
    }

    /// Go checks the whole document before it reads any, so a syntax error anywhere comes first.
    fn explain(&self, stop: Stop) -> CodecError {
        let too_deep = || CodecError::new(Reason::TooDeep, "", "exceeded max depth");
        if matches!(stop, Stop::Lex(LexError::TooDeep)) {
            return too_deep();
        }
        match (syntax::problem(self.lexer.bytes()), stop) {
            (Some(problem), _) if problem == "exceeded max depth" => too_deep(),
            (Some(problem), _) => {
                CodecError::new(Reason::Syntax, "", format!("{NO_TYPE_META}{problem}"))
            }
            (None, Stop::Error(error)) => *error,
            (None, Stop::Lex(_)) => CodecError::new(Reason::Syntax, "", "invalid JSON"),
        }
    }

    fn object(&mut self, id: MessageId, fields: &mut Fields, base: Option<&Fields>) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_BUILT_DEPTH {
            return Err(LexError::TooDeep.into());
        }
        let model: &'a Model = self.model;
        let message = model.message(id);
        let (mut seen, mut twice): (u128, u128) = (0, 0);
        let mut unknown = HashSet::new();
        self.lexer.at += 1;
        if self.lexer.peek() == b'}' {
            self.lexer.at += 1;
            self.depth -= 1;
            return Ok(());
        }
        loop {
            self.lexer.skip_space();
            let name = self.lexer.string()?;
            self.lexer.expect(b':')?;
            match message.json_entry(&name) {
                Some((position, entry)) => {
                    let bit = 1 << position;
                    if seen & bit != 0 && twice & bit == 0 {
                        self.warn(Reason::DuplicateField, &name);
                        twice |= bit;
                    }
                    seen |= bit;
                    self.entry(message, message, entry, entry.path(), fields, base)?;
                }
                None if message.is_unstructured() => self.other(message, name, fields, base)?,
                None => {
                    if self.collect && !unknown.contains(&name) {
                        self.warn(Reason::UnknownField, &name);
                        unknown.insert(name);
                    }
                    self.lexer.skip_value(self.depth as usize)?;
                }
            }
            if self.lexer.peek() == b'}' {
                self.lexer.at += 1;
                self.depth -= 1;
                self.sort_others(message, fields);
                return Ok(());
            }
            self.lexer.expect(b',')?;
        }
    }

    /// A value that the message has no field for and keeps: in one spelling, so that values that
    /// mean the same are equal.
    fn other(
        &mut self,
        message: &MessageSchema,
        name: Cow<'a, str>,
        fields: &mut Fields,
        base: Option<&Fields>,
    ) -> Result<()> {
        let Some(index) = message.others else {
            return Ok(());
        };
        let exact = match base.and_then(|base| base.get(index)) {
            Some(Value::Map(entries)) => entries
                .binary_search_by(|(key, _)| (**key).cmp(&*name))
                .ok()
                .map(|at| &entries[at].1),
            _ => None,
        };
        let key: SmallText = (&*name).into();
        self.path.push(PathPart::Key(name));
        let start = self.lexer.at;
        let value = self.raw(exact)?;
        let (text, end) = (self.lexer.text, self.lexer.at);
        if self.collect {
            for path in generic::duplicate_paths(&text[start..end]) {
                self.warn(Reason::DuplicateField, &path);
            }
        }
        let value = match value {
            Value::Raw(raw) => Value::Raw(canonical(&raw)?),
            other => other,
        };
        self.path.pop();
        match fields.get_mut(index) {
            Some(Value::Map(entries)) => entries.push((key, value)),
            _ => fields.set(index, Value::Map(vec![(key, value)])),
        }
        Ok(())
    }

    /// Of values that came twice under one name the last stays.
    fn sort_others(&mut self, message: &MessageSchema, fields: &mut Fields) {
        if let Some(Value::Map(entries)) = message.others.and_then(|at| fields.get_mut(at)) {
            sort_entries(entries, |key| self.warn(Reason::DuplicateField, key));
        }
    }

    /// One named value: walks into inline fields, then decodes the field itself. Upstream's
    /// messages name the `owner`, in whose JSON the field stands.
    fn entry(
        &mut self,
        owner: &'a MessageSchema,
        message: &'a MessageSchema,
        entry: &'a JsonEntry,
        path: &[u16],
        fields: &mut Fields,
        base: Option<&Fields>,
    ) -> Result<()> {
        let Some((&index, rest)) = path.split_first() else {
            return Ok(());
        };
        let field = &message.fields[index as usize];
        let mark = self.path.len();
        if let (FieldType::Message(id), false) = (field.ty, rest.is_empty()) {
            let below: &'a MessageSchema = self.model.message(id);
            self.path
                .push(PathPart::Segment(Segment::Embedded(below.go_name())));
            let inner = fields.message_mut(index);
            self.entry(
                owner,
                below,
                entry,
                rest,
                inner,
                base.and_then(|b| b.message(index)),
            )?;
            if inner.is_empty() {
                fields.take(index);
            }
        } else {
            self.path
                .push(PathPart::Segment(Segment::Field(&entry.name, owner)));
            let current = fields.take(index);
            let value = self.field(field, current, base.and_then(|b| b.get(index)))?;
            fields.put(index, value);
        }
        self.path.truncate(mark);
        Ok(())
    }

    fn field(
        &mut self,
        field: &'a FieldSchema,
        current: Option<Value>,
        base: Option<&Value>,
    ) -> Result<Option<Value>> {
        match field.cardinality {
            Cardinality::Single => self.single(field, current, base),
            Cardinality::Repeated => self.list(field, base),
            Cardinality::Map => self.map(field, current, base),
        }
    }

    fn single(
        &mut self,
        field: &'a FieldSchema,
        current: Option<Value>,
        base: Option<&Value>,
    ) -> Result<Option<Value>> {
        let shape = self.lexer.shape()?;
        if shape == Shape::Null {
            self.lexer.literal("null")?;
            return match field.ty {
                _ if field.pointer => Ok(None),
                FieldType::Duration => Err(self.invalid("time: invalid duration \"\"".to_string())),
                FieldType::Bool
                | FieldType::Int32
                | FieldType::Int64
                | FieldType::Double
                | FieldType::String
                | FieldType::Message(_) => Ok(current),
                _ => Ok(None),
            };
        }
        let current = match (field.ty, current) {
            (FieldType::Message(_), Some(Value::Message(fields))) => fields,
            _ => Fields::new(),
        };
        let value = self.value(field, shape, current, base)?;
        Ok(if !field.pointer && is_zero(field.ty, &value) {
            None
        } else {
            Some(value)
        })
    }

    /// A value that is not null. `current` is what a duplicate of an object field adds to.
    fn value(
        &mut self,
        field: &'a FieldSchema,
        shape: Shape,
        mut current: Fields,
        base: Option<&Value>,
    ) -> Result<Value> {
        match (field.ty, shape) {
            (FieldType::String, Shape::String) => Ok(Value::Str(self.lexer.string()?.into())),
            (FieldType::Bool, Shape::Bool) => Ok(Value::Bool(self.lexer.bool()?)),
            (FieldType::Int32 | FieldType::Int64, Shape::Number) => self.int(field.ty, base),
            (FieldType::Double, Shape::Number) => self.double(),
            (FieldType::Bytes, Shape::String) => self.bytes(),
            (FieldType::Message(id), Shape::Object) => {
                self.object(id, &mut current, base.and_then(Value::as_message))?;
                Ok(Value::Message(current))
            }
            (FieldType::Time | FieldType::MicroTime, Shape::String) => self.time(field.ty),
            (FieldType::Duration, Shape::String) => {
                let text = self.lexer.string()?;
                duration::parse(&text)
                    .map(Value::Int)
                    .map_err(|e| self.invalid(e))
            }
            (FieldType::Quantity, _) => self.quantity(shape),
            (FieldType::IntOrString, Shape::String) => Ok(Value::Str(self.lexer.string()?.into())),
            (FieldType::IntOrString, Shape::Number) => self.int(FieldType::Int32, base),
            (FieldType::Raw, _) => self.raw(base),
            (FieldType::StringArray, Shape::Array) => self.strings(),
            (FieldType::OneOf(id, form), _) => self.one_of(id, form, shape, base),
            _ => Err(self.wrong_type(shape_name(shape), &self.go_type(field.ty))),
        }
    }

    fn int(&mut self, ty: FieldType, base: Option<&Value>) -> Result<Value> {
        let text = self.lexer.number()?;
        let parsed = text.parse::<i64>().ok();
        if let Some(&Value::Int(exact)) = base {
            if parsed != Some(exact) && text.parse::<f64>().is_ok_and(|v| v == exact as f64) {
                return Ok(Value::Int(exact));
            }
        }
        let fits = |v: &i64| ty == FieldType::Int64 || i32::try_from(*v).is_ok();
        match parsed.filter(fits) {
            Some(value) => Ok(Value::Int(value)),
            None => {
                let go_type = if ty == FieldType::Int64 {
                    "int64"
                } else {
                    "int32"
                };
                Err(self.wrong_type(&format!("number {text}"), go_type))
            }
        }
    }

    fn double(&mut self) -> Result<Value> {
        let text = self.lexer.number()?;
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Value::Double(value)),
            _ => Err(self.wrong_type(&format!("number {text}"), "float64")),
        }
    }

    fn bytes(&mut self) -> Result<Value> {
        let text = self.lexer.string()?;
        match base64::decode(text.as_bytes()) {
            Ok(bytes) => Ok(Value::Bytes(bytes.into())),
            Err(at) => Err(self.invalid(format!("illegal base64 data at input byte {at}"))),
        }
    }

    fn time(&mut self, ty: FieldType) -> Result<Value> {
        let text = self.lexer.string()?;
        if ty == FieldType::Time {
            let parsed = time::parse(&text, time::RFC3339).map_err(|e| self.invalid(e))?;
            return Ok(Value::Time(parsed.0));
        }
        let parsed = time::parse(&text, time::RFC3339_MICRO).map_err(|e| self.invalid(e))?;
        Ok(Value::MicroTime {
            seconds: parsed.0,
            nanos: parsed.1,
        })
    }

    fn quantity(&mut self, shape: Shape) -> Result<Value> {
        let text = match shape {
            Shape::String => self.lexer.string()?,
            Shape::Number => Cow::Borrowed(self.lexer.number()?),
            _ => {
                let start = self.lexer.at;
                self.lexer.skip_value(self.depth as usize)?;
                Cow::Borrowed(&self.lexer.text[start..self.lexer.at])
            }
        };
        match quantity::canonical(text.trim()) {
            Ok(canonical) => Ok(Value::Quantity(canonical.into())),
            Err(message) => Err(self.invalid(message.to_string())),
        }
    }

    fn raw(&mut self, base: Option<&Value>) -> Result<Value> {
        let start = self.lexer.at;
        self.lexer.skip_value(self.depth as usize)?;
        let text = &self.lexer.text[start..self.lexer.at];
        if let Some(Value::Raw(exact)) = base {
            if **exact != *text.as_bytes() {
                return Ok(
                    match generic::restore(text, &String::from_utf8_lossy(exact)) {
                        None => Value::Raw(exact.clone()),
                        Some(restored) => Value::Raw(restored.into_bytes().into()),
                    },
                );
            }
        }
        Ok(Value::Raw(text.as_bytes().into()))
    }

    fn strings(&mut self) -> Result<Value> {
        let mut items = Vec::new();
        self.elements(|decoder, shape| {
            match shape {
                Shape::String => items.push(Value::Str(decoder.lexer.string()?.into())),
                Shape::Null => {
                    decoder.lexer.literal("null")?;
                    items.push(Value::Str("".into()));
                }
                _ => return Err(decoder.wrong_type(shape_name(shape), "string")),
            }
            Ok(())
        })?;
        Ok(Value::List(items))
    }

    /// Calls `each` for every element of the array ahead.
    fn elements(&mut self, mut each: impl FnMut(&mut Self, Shape) -> Result<()>) -> Result<()> {
        self.lexer.at += 1;
        if self.lexer.peek() == b']' {
            self.lexer.at += 1;
            return Ok(());
        }
        let mut index = 0;
        loop {
            self.path.push(PathPart::Segment(Segment::Index(index)));
            let shape = self.lexer.shape()?;
            each(self, shape)?;
            self.path.pop();
            index += 1;
            if self.lexer.peek() == b']' {
                self.lexer.at += 1;
                return Ok(());
            }
            self.lexer.expect(b',')?;
        }
    }

    fn list(&mut self, field: &'a FieldSchema, base: Option<&Value>) -> Result<Option<Value>> {
        match self.lexer.shape()? {
            Shape::Null => {
                self.lexer.literal("null")?;
                return Ok(None);
            }
            Shape::Array => {}
            shape => {
                let go_type = format!("[]{}", self.go_type(field.ty));
                return Err(self.wrong_type(shape_name(shape), &go_type));
            }
        }
        let base: &[Value] = match base {
            Some(Value::List(items)) => items,
            _ => &[],
        };
        let mut items = Vec::new();
        self.elements(|decoder, shape| {
            let value = decoder.element(field, shape, base.get(items.len()))?;
            items.push(value);
            Ok(())
        })?;
        Ok(Some(Value::List(items)))
    }

    /// A list's element or a map's value: null is the zero value here.
    fn element(
        &mut self,
        field: &'a FieldSchema,
        shape: Shape,
        base: Option<&Value>,
    ) -> Result<Value> {
        if shape == Shape::Null && field.ty != FieldType::Duration {
            self.lexer.literal("null")?;
            return Ok(zero(field.ty));
        }
        self.value(field, shape, Fields::new(), base)
    }

    fn map(
        &mut self,
        field: &'a FieldSchema,
        current: Option<Value>,
        base: Option<&Value>,
    ) -> Result<Option<Value>> {
        match self.lexer.shape()? {
            Shape::Null => {
                self.lexer.literal("null")?;
                return Ok(None);
            }
            Shape::Object => {}
            shape => {
                let go_type = self.go_map_type(field.ty);
                return Err(self.wrong_type(shape_name(shape), &go_type));
            }
        }
        let mut entries = match current {
            Some(Value::Map(entries)) => entries,
            _ => Vec::new(),
        };
        let base: &[(SmallText, Value)] = match base {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        };
        let fresh = entries.is_empty();
        self.map_entries(field, &mut entries, base)?;
        if fresh {
            sort_entries(&mut entries, |key| self.warn(Reason::DuplicateField, key));
        } else {
            self.has_pieces = true;
        }
        Ok(Some(Value::Map(entries)))
    }

    fn map_entries(
        &mut self,
        field: &'a FieldSchema,
        entries: &mut Vec<(SmallText, Value)>,
        base: &[(SmallText, Value)],
    ) -> Result<()> {
        self.lexer.at += 1;
        if self.lexer.peek() == b'}' {
            self.lexer.at += 1;
            return Ok(());
        }
        loop {
            self.lexer.skip_space();
            let key = self.lexer.string()?;
            self.lexer.expect(b':')?;
            let exact = base
                .binary_search_by(|(k, _)| (**k).cmp(&*key))
                .ok()
                .map(|i| &base[i].1);
            let name: SmallText = (&*key).into();
            self.path.push(PathPart::Key(key));
            let shape = self.lexer.shape()?;
            let value = self.element(field, shape, exact)?;
            self.path.pop();
            entries.push((name, value));
            if self.lexer.peek() == b'}' {
                self.lexer.at += 1;
                return Ok(());
            }
            self.lexer.expect(b',')?;
        }
    }

    /// Upstream reads these by methods of their own, which report no unknown fields.
    fn one_of(
        &mut self,
        id: MessageId,
        form: OneOf,
        shape: Shape,
        base: Option<&Value>,
    ) -> Result<Value> {
        let model: &'a Model = self.model;
        let message = model.message(id);
        let (schema, other) = match form {
            OneOf::SchemaOrBool => (1, 0),
            OneOf::SchemaOrArray | OneOf::SchemaOrStringArray => (0, 1),
        };
        let base = base.and_then(Value::as_message);
        let mut fields = Fields::new();
        let collect = std::mem::replace(&mut self.collect, false);
        match (form, shape) {
            (_, Shape::Object) => {
                let field = &message.fields[schema as usize];
                let exact = base.and_then(|b| b.get(schema));
                let value = self.value(field, shape, Fields::new(), exact)?;
                fields.set(schema, value);
                if form == OneOf::SchemaOrBool {
                    fields.set(other, Value::Bool(true));
                }
            }
            (OneOf::SchemaOrBool, Shape::Bool) => {
                if self.lexer.bool()? {
                    fields.set(other, Value::Bool(true));
                }
            }
            (OneOf::SchemaOrBool, _) => {
                return Err(self.invalid("boolean or JSON schema expected".to_string()));
            }
            (_, Shape::Array) => {
                let value = self.list(
                    &message.fields[other as usize],
                    base.and_then(|b| b.get(other)),
                )?;
                fields.put(other, value);
            }
            _ => self.lexer.skip_value(MAX_SKIPPED_DEPTH / 2)?,
        }
        self.collect = collect;
        Ok(Value::Message(fields))
    }

    fn warn(&mut self, reason: Reason, name: &str) {
        if !self.collect || self.warnings.len() >= MAX_WARNINGS || self.told >= MAX_TOLD {
            return;
        }
        self.told += 1;
        let path = match self.path_text() {
            path if path.is_empty() => name.to_string(),
            path if name.starts_with('[') => format!("{path}{name}"),
            path => format!("{path}.{name}"),
        };
        let what = if reason == Reason::UnknownField {
            "unknown"
        } else {
            "duplicate"
        };
        let message = format!("{what} field {}", quote(&path));
        if !self.warnings.iter().any(|w| w.message == message) {
            self.warnings.push(CodecError::new(reason, path, message));
        }
    }

    fn path_text(&self) -> String {
        let mut text = String::new();
        for part in &self.path {
            let name: &str = match part {
                PathPart::Segment(Segment::Field(name, _)) => name,
                PathPart::Key(key) => key,
                PathPart::Segment(Segment::Index(i)) => {
                    text.push_str(&format!("[{i}]"));
                    continue;
                }
                PathPart::Segment(Segment::Embedded(_)) => continue,
            };
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
        }
        text
    }

    fn stop(&self, reason: Reason, message: String) -> Stop {
        Stop::Error(Box::new(CodecError::new(reason, self.path_text(), message)))
    }

    fn invalid(&self, message: String) -> Stop {
        self.stop(Reason::InvalidValue, message)
    }

    fn wrong_type(&self, value: &str, go_type: &str) -> Stop {
        let names: Vec<&str> = self
            .path
            .iter()
            .filter_map(|part| match part {
                PathPart::Segment(Segment::Field(name, _)) => Some(*name),
                PathPart::Segment(Segment::Embedded(name)) => Some(*name),
                _ => None,
            })
            .collect();
        let owner = self.path.iter().rev().find_map(|part| match part {
            PathPart::Segment(Segment::Field(_, owner)) => Some(owner.go_name()),
            _ => None,
        });
        let message = match (owner, names.as_slice()) {
            (Some(_), [name @ ("kind" | "apiVersion")]) => format!(
                "{NO_TYPE_META}json: cannot unmarshal {value} into Go struct field .{name} of type \
                 {go_type}"
            ),
            (Some(owner), names) => format!(
                "json: cannot unmarshal {value} into Go struct field {owner}.{} of type {go_type}",
                names.join(".")
            ),
            _ => format!("json: cannot unmarshal {value} into Go value of type {go_type}"),
        };
        self.stop(Reason::InvalidType, message)
    }

    fn go_type(&self, ty: FieldType) -> String {
        let name = match ty {
            FieldType::Bool => "bool",
            FieldType::Int32 | FieldType::IntOrString => "int32",
            FieldType::Int64 => "int64",
            FieldType::Double => "float64",
            FieldType::Bytes => "[]uint8",
            FieldType::Message(id) | FieldType::OneOf(id, _) => &self.model.message(id).go_type,
            FieldType::StringArray => "[]string",
            _ => "string",
        };
        name.to_string()
    }

    fn go_map_type(&self, ty: FieldType) -> String {
        match ty {
            FieldType::Quantity => "v1.ResourceList".to_string(),
            _ => format!("map[string]{}", self.go_type(ty)),
        }
    }
}

/// The same JSON with the keys of its objects in order and nothing between its parts.
fn canonical(raw: &[u8]) -> Result<Box<[u8]>> {
    let json = generic::Json::parse(&lexer::as_text(raw))?;
    Ok(json.to_text().into_bytes().into())
}

fn shape_name(shape: Shape) -> &'static str {
    match shape {
        Shape::Object => "object",
        Shape::Array => "array",
        Shape::String => "string",
        Shape::Number => "number",
        Shape::Bool => "bool",
        Shape::Null => "null",
    }
}

/// Whether a field that is no pointer looks as if it were absent.
pub fn is_zero(ty: FieldType, value: &Value) -> bool {
    match value {
        // An empty string is not the zero of this type, which is the number.
        Value::Str(_) if ty == FieldType::IntOrString => false,
        Value::Bool(b) => !b,
        Value::Int(i) => *i == 0,
        Value::Double(d) => *d == 0.0,
        Value::Str(s) => s.is_empty(),
        Value::Quantity(q) => &**q == "0",
        Value::Time(t) => *t == ZERO_TIME,
        Value::MicroTime { seconds, nanos } => time::is_zero(*seconds, *nanos),
        Value::Message(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Go's zero value, as a list's element or a map's value.
pub fn zero(ty: FieldType) -> Value {
    match ty {
        FieldType::Bool => Value::Bool(false),
        FieldType::Int32 | FieldType::Int64 | FieldType::IntOrString | FieldType::Duration => {
            Value::Int(0)
        }
        FieldType::Double => Value::Double(0.0),
        FieldType::String => Value::Str("".into()),
        FieldType::Message(_) | FieldType::OneOf(..) => Value::Message(Fields::new()),
        FieldType::Time => Value::Time(ZERO_TIME),
        FieldType::MicroTime => Value::MicroTime {
            seconds: ZERO_TIME,
            nanos: 0,
        },
        FieldType::Quantity => Value::Quantity("0".into()),
        FieldType::Bytes | FieldType::Raw | FieldType::StringArray => Value::Null,
    }
}
