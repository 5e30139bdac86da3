//! A decoded object and what the API server asks of it. Immutable: every change makes a new one.

use std::sync::{Arc, OnceLock};

pub use steersman_grammar::view::{Format, Part};

use crate::convert::{self, custom_resource_definition as definitions};
use crate::defaults;
use crate::error::{CodecError, Reason, quote};
use crate::fields::managed;
use crate::json::{decode as json_decode, encode as json_encode, lexer};
use crate::model::{API_VERSION, KIND, MessageId, MessageSchema, Model};
use crate::proto::wire::ReverseWriter;
use crate::proto::{self, PREFIX, envelope};
use crate::scalar::time;
use crate::transcode;
use crate::value::{EMPTY_FIELDS, Fields, Value, equal_fields};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldValidation {
    Ignore,
    Warn,
    Strict,
}

#[derive(Clone, Copy, Debug)]
pub struct DecodeOptions {
    pub format: Format,
    pub field_validation: FieldValidation,
    /// Longer input is TooLarge.
    pub max_bytes: usize,
    /// Applies the model's static defaults, as the server does to what clients send.
    pub defaults: bool,
}

/// What upstream's API server accepts in a request body.
pub const DEFAULT_MAX_BYTES: usize = 3 * 1024 * 1024;

impl Default for DecodeOptions {
    fn default() -> DecodeOptions {
        DecodeOptions {
            format: Format::Json,
            field_validation: FieldValidation::Ignore,
            max_bytes: DEFAULT_MAX_BYTES,
            defaults: true,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Object {
    pub id: MessageId,
    pub fields: Arc<Fields>,
}

/// An object with warnings, or what was wrong.
pub type Decoded = Result<(Object, Vec<CodecError>), Vec<CodecError>>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    pub name: String,
    pub generate_name: String,
    pub namespace: String,
    pub uid: String,
    pub resource_version: String,
    pub generation: i64,
    pub deletion_timestamp: Option<String>,
    pub finalizers: Vec<String>,
    pub labels: Vec<(String, String)>,
}

/// Decodes what a client sent as the message.
pub fn decode(model: &Model, id: MessageId, data: &[u8], options: &DecodeOptions) -> Decoded {
    if data.len() > options.max_bytes {
        let message = format!("limit is {}", options.max_bytes);
        return Err(vec![CodecError::new(Reason::TooLarge, "", message)]);
    }
    if options.format == Format::Json {
        return decode_json(model, id, &lexer::as_text(data), options, None);
    }
    let bytes = match options.format {
        Format::Protobuf => opened(model, id, data).map_err(|e| vec![e])?,
        _ => data,
    };
    let mut fields = proto::decode::decode(model, id, bytes).map_err(|e| vec![e])?;
    if options.defaults {
        defaults::apply(model, id, &mut fields);
    }
    Ok((Object::new(id, fields), Vec::new()))
}

fn decode_json(
    model: &Model,
    id: MessageId,
    text: &str,
    options: &DecodeOptions,
    base: Option<&Fields>,
) -> Decoded {
    let collect = options.field_validation != FieldValidation::Ignore;
    let (mut fields, warnings) =
        json_decode::decode(model, id, text, collect, base).map_err(|e| vec![e])?;
    check_kind(model, id, &mut fields).map_err(|e| vec![e])?;
    if options.field_validation == FieldValidation::Strict && !warnings.is_empty() {
        return Err(warnings);
    }
    if options.defaults {
        defaults::apply(model, id, &mut fields);
    }
    Ok((Object::new(id, fields), warnings))
}

/// The message inside an envelope that must say the right kind, where it says one.
fn opened<'d>(model: &Model, id: MessageId, data: &'d [u8]) -> Result<&'d [u8], CodecError> {
    if !data.starts_with(PREFIX) {
        let message = "provided data does not appear to be a protobuf message, \
             expected prefix [107 56 115 0]";
        return Err(CodecError::new(Reason::Syntax, "", message));
    }
    let envelope = envelope::read(data)
        .map_err(|_| CodecError::new(Reason::Syntax, "", "proto: the envelope cannot be parsed"))?;
    check_type_meta(
        model,
        model.message(id),
        envelope.api_version,
        envelope.kind,
    )?;
    Ok(envelope.raw)
}

/// A fixed kind's own kind and apiVersion are implied from here on.
fn check_kind(model: &Model, id: MessageId, fields: &mut Fields) -> Result<(), CodecError> {
    let message = model.message(id);
    if !message.root || message.kind.is_empty() {
        return Ok(());
    }
    check_type_meta(model, message, fields.str(API_VERSION), fields.str(KIND))?;
    fields.take(KIND);
    fields.take(API_VERSION);
    Ok(())
}

/// Kinds whose older version says the same: kind, version, older version.
const OLDER_VERSIONS: &[(&str, &str, &str)] = &[("Eviction", "policy/v1", "policy/v1beta1")];

fn check_type_meta(
    model: &Model,
    message: &MessageSchema,
    api_version: &str,
    kind: &str,
) -> Result<(), CodecError> {
    let expected = message.api_version();
    if message.kind.is_empty() {
        return Ok(());
    }
    let is_older = OLDER_VERSIONS.contains(&(&*message.kind, expected.as_str(), api_version));
    let version = if api_version.is_empty() || is_older {
        expected.as_str()
    } else {
        api_version
    };
    if kind.is_empty() || kind == &*message.kind {
        // DeleteOptions and the like belong to every group and version.
        if version == expected || expected.is_empty() {
            return Ok(());
        }
        let text = format!(
            "the API version in the data ({version}) does not match the expected API version \
             ({expected})"
        );
        return Err(CodecError::new(Reason::WrongKind, "apiVersion", text));
    }
    match model.find_kind(version, kind) {
        Some(other) => {
            let from = &model.message(other).go_type;
            let to = format!("{}.{}", internal_package(message), message.kind);
            let text = format!("converting ({from}) to ({to}): unknown conversion");
            Err(CodecError::new(Reason::WrongKind, "kind", text))
        }
        None => {
            let text = format!(
                "no kind {} is registered for version {} in scheme \
                 \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"",
                quote(kind),
                quote(version)
            );
            Err(CodecError::new(Reason::UnknownKind, "kind", text))
        }
    }
}

/// The package of upstream's internal type: `core`, `apps`, `rbac`.
fn internal_package(message: &MessageSchema) -> &str {
    match message.group.split('.').next() {
        None | Some("") => "core",
        Some(package) => package,
    }
}

/// apiVersion and kind of JSON or enveloped protobuf, without decoding the rest.
pub fn peek_type_meta(data: &[u8], format: Format) -> Option<(String, String)> {
    if format != Format::Json {
        let envelope = envelope::read(data).ok()?;
        return Some((envelope.api_version.to_string(), envelope.kind.to_string()));
    }
    let text = lexer::as_text(data);
    let mut lexer = lexer::Lexer::new(&text);
    let (mut api_version, mut kind) = (String::new(), String::new());
    lexer.expect(b'{').ok()?;
    if lexer.peek() == b'}' {
        return Some((api_version, kind));
    }
    loop {
        lexer.skip_space();
        let key = lexer.string().ok()?;
        lexer.expect(b':').ok()?;
        match &*key {
            "apiVersion" | "kind" if lexer.peek() == b'"' => {
                let value = lexer.string().ok()?.into_owned();
                *(if key == "kind" {
                    &mut kind
                } else {
                    &mut api_version
                }) = value;
            }
            _ => lexer.skip_value(1).ok()?,
        }
        if lexer.peek() == b'}' {
            return Some((api_version, kind));
        }
        lexer.expect(b',').ok()?;
    }
}

/// Of stored bytes, as `id`, converted where they were stored as another version.
pub fn decode_stored(
    model: &Model,
    id: MessageId,
    data: &[u8],
    resource_version: Option<&str>,
) -> Result<Object, CodecError> {
    let mut object = if data.starts_with(PREFIX) {
        decode_enveloped(model, id, data)?
    } else {
        decode_stored_json(model, id, data)?
    };
    if let Some(version) = resource_version {
        object.set_resource_version(model, version);
    }
    Ok(object)
}

/// An enveloped message of any version of `id`'s kind, as `id`.
fn decode_enveloped(model: &Model, id: MessageId, data: &[u8]) -> Result<Object, CodecError> {
    let envelope = envelope::read(data)
        .map_err(|_| CodecError::new(Reason::Syntax, "", "the stored envelope is damaged"))?;
    let stored = model
        .find_kind(envelope.api_version, envelope.kind)
        .unwrap_or(id);
    let fields = proto::decode::decode(model, stored, envelope.raw)?;
    Object::new(stored, fields).convert(model, id)
}

/// JSON of any version of `id`'s kind, as `id`.
fn decode_stored_json(model: &Model, id: MessageId, data: &[u8]) -> Result<Object, CodecError> {
    if model.message(id).is_unstructured() {
        // Its versions differ in their name alone.
        let text = lexer::as_text(data);
        let (mut fields, _) = json_decode::decode(model, id, &text, false, None)?;
        fields.take(KIND);
        fields.take(API_VERSION);
        return Ok(Object::new(id, fields));
    }
    let meta = peek_type_meta(data, Format::Json);
    if let Some((api_version, kind)) = &meta {
        if api_version == definitions::STORED_API_VERSION && kind == definitions::KIND {
            let text = definitions::v1beta1_to_v1(&lexer::as_text(data))?;
            return decode_stored_json(model, id, text.as_bytes());
        }
    }
    let stored = match meta {
        Some((api_version, kind)) => model.find_kind(&api_version, &kind).unwrap_or(id),
        None => id,
    };
    let (mut fields, _) = json_decode::decode(model, stored, &lexer::as_text(data), false, None)?;
    check_kind(model, stored, &mut fields)?;
    Object::new(stored, fields).convert(model, id)
}

/// Kinds without a schema, and groups whose kinds upstream keeps as JSON.
fn is_stored_as_json(message: &MessageSchema) -> bool {
    let is_json_group = matches!(
        &*message.group,
        "apiextensions.k8s.io" | "apiregistration.k8s.io"
    );
    is_json_group || message.is_unstructured()
}

impl Object {
    pub fn new(id: MessageId, fields: Fields) -> Object {
        Object {
            id,
            fields: Arc::new(fields),
        }
    }

    /// Its own: another object that shared them keeps them as they are.
    pub(crate) fn fields_mut(&mut self) -> &mut Fields {
        Arc::make_mut(&mut self.fields)
    }

    /// ObjectMeta; empty where the kind has none.
    pub fn object_meta(&self, model: &Model) -> &Fields {
        model
            .message(self.id)
            .metadata
            .and_then(|index| self.fields.message(index))
            .unwrap_or(&EMPTY_FIELDS)
    }

    fn set_resource_version(&mut self, model: &Model, version: &str) {
        let meta = model.message(model.object_meta);
        let place = model
            .message(self.id)
            .metadata
            .zip(meta.field_by_number(json_encode::RESOURCE_VERSION));
        let Some((index, at)) = place else {
            return;
        };
        let value = (!version.is_empty()).then(|| Value::Str(version.into()));
        let fields = Arc::make_mut(&mut self.fields);
        fields.message_mut(index).put(at, value);
    }

    /// Name, namespace, uid and resourceVersion; empty where there is none.
    pub fn identity(&self, model: &Model) -> [&str; 4] {
        static PLACES: OnceLock<[u16; 4]> = OnceLock::new();
        let places = PLACES.get_or_init(|| {
            let schema = model.message(model.object_meta);
            let names = ["name", "namespace", "uid", "resourceVersion"];
            names.map(|name| schema.field_index(name).unwrap_or(u16::MAX))
        });
        let metadata = self.object_meta(model);
        places.map(|at| metadata.str(at))
    }

    pub fn metadata(&self, model: &Model) -> Metadata {
        let schema = model.message(model.object_meta);
        let mut metadata = Metadata::default();
        for (index, value) in self.object_meta(model).iter() {
            let name = &*schema.fields[index as usize].json;
            match (name, value) {
                ("name", Value::Str(s)) => metadata.name = s.to_string(),
                ("generateName", Value::Str(s)) => metadata.generate_name = s.to_string(),
                ("namespace", Value::Str(s)) => metadata.namespace = s.to_string(),
                ("uid", Value::Str(s)) => metadata.uid = s.to_string(),
                ("resourceVersion", Value::Str(s)) => metadata.resource_version = s.to_string(),
                ("generation", Value::Int(i)) => metadata.generation = *i,
                ("deletionTimestamp", Value::Time(seconds)) => {
                    let mut text = Vec::new();
                    time::write_seconds(&mut text, *seconds);
                    metadata.deletion_timestamp = String::from_utf8(text).ok();
                }
                ("finalizers", Value::List(items)) => {
                    metadata.finalizers = items.iter().map(text_of).collect();
                }
                ("labels", Value::Map(entries)) => {
                    metadata.labels = entries
                        .iter()
                        .map(|(k, v)| (k.to_string(), text_of(v)))
                        .collect();
                }
                _ => {}
            }
        }
        metadata
    }

    pub fn json(&self, model: &Model) -> Vec<u8> {
        let mut out = Vec::with_capacity(4096);
        json_encode::write_root(model, self.id, &self.fields, None, &mut out);
        out
    }

    /// As `json`, without managedFields: what rules look at.
    pub fn json_unmanaged(&self, model: &Model) -> Vec<u8> {
        let mut out = Vec::with_capacity(4096);
        json_encode::write_unmanaged(model, self.id, &self.fields, &mut out);
        out
    }

    /// What JavaScript made of `json()`. Exact values stay where it only lost precision.
    /// `managed` gives its managedFields, whatever the text says of them.
    pub fn with_json(&self, model: &Model, text: &str, managed: Option<&Object>) -> Decoded {
        let options = DecodeOptions {
            field_validation: FieldValidation::Strict,
            max_bytes: usize::MAX,
            defaults: false,
            ..DecodeOptions::default()
        };
        let (mut object, warnings) =
            decode_json(model, self.id, text, &options, Some(&self.fields))?;
        if let Some(managed) = managed {
            object.set_managed_fields_of(model, managed);
        }
        Ok((object, warnings))
    }

    /// The stored form: the storage version, without resourceVersion.
    pub fn stored(&self, model: &Model) -> Result<Vec<u8>, CodecError> {
        let target = model.message(self.id).stored;
        if target != self.id {
            return self.convert(model, target)?.stored(model);
        }
        if is_stored_as_json(model.message(self.id)) {
            let mut out = Vec::with_capacity(4096);
            json_encode::write_root(model, self.id, &self.fields, Some(""), &mut out);
            out.push(b'\n');
            return Ok(out);
        }
        Ok(proto::encode::encode_enveloped(
            model,
            self.id,
            &self.fields,
            Some(""),
        ))
    }

    pub fn encode(
        &self,
        model: &Model,
        format: Format,
        part: Part,
        resource_version: Option<&str>,
    ) -> Vec<u8> {
        if part == Part::Metadata {
            return self.encode_metadata(model, format, resource_version);
        }
        match format {
            Format::Json => {
                let mut out = Vec::with_capacity(4096);
                json_encode::write_root(model, self.id, &self.fields, resource_version, &mut out);
                out
            }
            Format::Protobuf => {
                proto::encode::encode_enveloped(model, self.id, &self.fields, resource_version)
            }
            Format::Message => {
                proto::encode::encode(model, self.id, &self.fields, resource_version)
            }
        }
    }

    fn encode_metadata(
        &self,
        model: &Model,
        format: Format,
        resource_version: Option<&str>,
    ) -> Vec<u8> {
        let metadata = self.object_meta(model);
        if format == Format::Json {
            let mut out = transcode::METADATA_HEAD.to_vec();
            json_encode::write_metadata(model, metadata, resource_version, &mut out);
            out.push(b'}');
            return out;
        }
        let mut writer = ReverseWriter::with_capacity(512);
        let mark = if format == Format::Protobuf {
            envelope::begin(&mut writer)
        } else {
            0
        };
        proto::encode::write_metadata(model, metadata, resource_version, &mut writer);
        if format == Format::Protobuf {
            envelope::wrap(&mut writer, "meta.k8s.io/v1", "PartialObjectMetadata", mark);
        }
        writer.finish()
    }

    pub fn convert(&self, model: &Model, to: MessageId) -> Result<Object, CodecError> {
        if to == self.id {
            return Ok(self.clone());
        }
        let fields = convert::convert(model, self.id, to, (*self.fields).clone())?;
        Ok(Object::new(to, fields))
    }

    /// This object with the other's managedFields.
    pub fn with_managed_fields_of(&self, model: &Model, other: &Object) -> Object {
        let mut object = self.clone();
        object.set_managed_fields_of(model, other);
        object
    }

    /// As `with_managed_fields_of`, in place.
    pub fn set_managed_fields_of(&mut self, model: &Model, other: &Object) {
        let meta = model.message(model.object_meta);
        let place = model
            .message(self.id)
            .metadata
            .zip(meta.field_index("managedFields"));
        let Some((index, at)) = place else {
            return;
        };
        let entries = other.object_meta(model).get(at).cloned();
        if entries.is_none() && self.object_meta(model).get(at).is_none() {
            return;
        }
        let fields = Arc::make_mut(&mut self.fields);
        fields.message_mut(index).put(at, entries);
        if fields.message(index).is_some_and(Fields::is_empty) {
            fields.take(index);
        }
    }

    /// Semantic equality without resourceVersion and without the times of managedFields: who has
    /// done nothing has not done it now.
    pub fn equals_but_times(&self, model: &Model, other: &Object) -> bool {
        self.equals(model, other, true) && managed::same_but_times(model, self, other)
    }

    /// Semantic equality without resourceVersion.
    pub fn equals(&self, model: &Model, other: &Object, ignore_managed_fields: bool) -> bool {
        if self.id != other.id {
            return false;
        }
        let message = model.message(self.id);
        let Some(index) = message.metadata else {
            return equal_fields(&self.fields, &other.fields, &[]);
        };
        let meta = model.message(model.object_meta);
        let mut skip: Vec<u16> = meta
            .field_by_number(json_encode::RESOURCE_VERSION)
            .into_iter()
            .collect();
        if ignore_managed_fields {
            skip.extend(meta.field_index("managedFields"));
        }
        equal_fields(&self.fields, &other.fields, &[index])
            && equal_fields(self.object_meta(model), other.object_meta(model), &skip)
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Str(s) => s.to_string(),
        _ => String::new(),
    }
}

/// How a reader wants objects.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The served version's message.
    pub id: MessageId,
    pub format: Format,
    pub part: Part,
}

/// What bytes handed to [`transcode`] are. The caller knows and says it: the first bytes of a bare
/// message may look like anything, JSON and white space included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// As a request or response carries it.
    Wire(Format),
    /// A stored value: enveloped where it has the envelope's mark, else JSON. It never is a bare
    /// message.
    Stored,
}

impl Source {
    /// The form with the envelope's mark looked for only where the format has one.
    fn format(self, data: &[u8]) -> Format {
        match self {
            Source::Wire(format) => format,
            Source::Stored if data.starts_with(PREFIX) => Format::Protobuf,
            Source::Stored => Format::Json,
        }
    }
}

/// What is read: bytes of which form, and of which message where they do not say it themselves.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    pub source: Source,
    pub id: MessageId,
}

/// Stored or wire bytes as the view's, with the resourceVersion put in.
/// Streams where the version is the same; else decodes, converts and encodes.
pub fn transcode(
    model: &Model,
    data: &[u8],
    input: Input,
    view: &View,
    resource_version: Option<&str>,
) -> Result<Vec<u8>, CodecError> {
    let from = input.source.format(data);
    if from != Format::Json
        && let Some(out) = stream(model, data, from, input.id, view, resource_version)
    {
        return Ok(out);
    }
    let object = match from {
        Format::Json => decode_stored_json(model, view.id, data)?,
        Format::Protobuf => decode_enveloped(model, view.id, data)?,
        Format::Message => {
            let fields = proto::decode::decode(model, input.id, data)?;
            Object::new(input.id, fields).convert(model, view.id)?
        }
    };
    Ok(object.encode(model, view.format, view.part, resource_version))
}

/// None where a tree is needed.
fn stream(
    model: &Model,
    data: &[u8],
    format: Format,
    from: MessageId,
    view: &View,
    resource_version: Option<&str>,
) -> Option<Vec<u8>> {
    let View {
        id: to,
        format: wanted,
        part,
    } = *view;
    let (stored, message) = if format == Format::Protobuf {
        let envelope = envelope::read(data).ok()?;
        (
            model
                .find_kind(envelope.api_version, envelope.kind)
                .unwrap_or(from),
            envelope.raw,
        )
    } else {
        (from, data)
    };
    let mut out = Vec::new();
    match (part, wanted) {
        (Part::Metadata, Format::Json) => {
            transcode::metadata_to_json(model, stored, message, resource_version, &mut out).ok()?;
        }
        _ if stored != to || part == Part::Metadata => return None,
        (_, Format::Json) => {
            transcode::to_json(model, to, message, resource_version, true, &mut out).ok()?;
        }
        (_, Format::Message) => match resource_version {
            Some(version) => {
                transcode::with_resource_version(model, to, message, version, &mut out).ok()?;
            }
            None => out.extend_from_slice(message),
        },
        (_, Format::Protobuf) => {
            let mut bare = Vec::new();
            let message = match resource_version {
                Some(version) => {
                    transcode::with_resource_version(model, to, message, version, &mut bare)
                        .ok()?;
                    &bare
                }
                None => message,
            };
            let schema = model.message(to);
            transcode::envelop(&schema.api_version(), &schema.kind, message, &mut out);
        }
    }
    Some(out)
}
