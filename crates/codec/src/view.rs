//! What a store asks of the codec about its values: their forms for readers, and what selectors
//! look at. Pure functions of their arguments, so that a caller may keep the results.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use steersman_grammar::view::Attributes;

use crate::error::{CodecError, Reason};
use crate::json::lexer::as_text;
use crate::json::{decode, encode};
use crate::model::{MessageId, Model};
pub use crate::object::View;
use crate::object::{Format, Input, Object, Part, Source, decode_stored};
use crate::proto::{PREFIX, envelope};
use crate::select::{FieldPath, labels};
use crate::transcode;
use crate::value::{Fields, Value};

/// A stored value on its own, with its revision inside.
pub fn encode(
    model: &Model,
    view: &View,
    stored: &[u8],
    resource_version: &str,
) -> Result<Vec<u8>, CodecError> {
    let version = Some(resource_version);
    let input = Input {
        source: Source::Stored,
        id: view.id,
    };
    crate::object::transcode(model, stored, input, view, version)
}

/// Appends a stored value as a list's item: JSON without kind and apiVersion (but
/// PartialObjectMetadata keeps them, as upstream writes it), protobuf as the bare message. Where it
/// fails nothing is appended.
pub fn encode_item(
    model: &Model,
    view: &View,
    stored: &[u8],
    resource_version: &str,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let bare = View {
        format: match view.format {
            Format::Json => Format::Json,
            Format::Protobuf | Format::Message => Format::Message,
        },
        ..*view
    };
    let streamed = (view.part == Part::Object)
        .then(|| same_version(model, view.id, stored))
        .flatten();
    if let Some(message) = streamed {
        let begin = out.len();
        let done = match bare.format {
            Format::Json => {
                let version = Some(resource_version);
                transcode::to_json(model, view.id, message, version, false, out)
            }
            _ => transcode::with_resource_version(model, view.id, message, resource_version, out),
        };
        if done.is_ok() {
            return Ok(());
        }
        out.truncate(begin);
    }
    if bare.format != Format::Json || view.part == Part::Metadata {
        out.extend(encode(model, &bare, stored, resource_version)?);
        return Ok(());
    }
    if model.message(view.id).is_unstructured() {
        // As upstream, whose lists of custom objects have whole ones.
        out.extend(encode(model, &bare, stored, resource_version)?);
        return Ok(());
    }
    let object = decode_stored(model, view.id, stored, None)?;
    encode::write_item(model, view.id, &object.fields, Some(resource_version), out);
    Ok(())
}

/// How long the bare message of an item is; none where only encoding it tells.
pub fn item_length(
    model: &Model,
    view: &View,
    stored: &[u8],
    resource_version: &str,
) -> Option<usize> {
    if view.part != Part::Object || view.format == Format::Json {
        return None;
    }
    let message = same_version(model, view.id, stored)?;
    transcode::length_with_resource_version(model, view.id, message, resource_version).ok()
}

fn same_version<'d>(model: &Model, id: MessageId, stored: &'d [u8]) -> Option<&'d [u8]> {
    let envelope = envelope::read(stored).ok()?;
    let kind = model.find_kind(envelope.api_version, envelope.kind)?;
    (kind == id).then_some(envelope.raw)
}

/// The object of a BOOKMARK: nothing but a revision, and the annotation that ends the initial
/// events.
pub fn encode_bookmark(
    model: &Model,
    view: &View,
    resource_version: &str,
    initial_events_end: bool,
) -> Vec<u8> {
    let mut fields = Fields::new();
    let meta = model.message(model.object_meta);
    let annotations = meta.field_index("annotations");
    if let (true, Some(index), Some(at)) = (
        initial_events_end,
        model.message(view.id).metadata,
        annotations,
    ) {
        let mark = (
            "k8s.io/initial-events-end".into(),
            Value::Str("true".into()),
        );
        fields.message_mut(index).set(at, Value::Map(vec![mark]));
    }
    Object::new(view.id, fields).encode(model, view.format, view.part, Some(resource_version))
}

type Resolved = Option<Arc<FieldPath>>;

/// Remembers how paths resolve. There are few: what clients may select is fixed by kind; when
/// the bound is passed all are forgotten.
#[derive(Default)]
pub struct AttributeReader {
    paths: RwLock<HashMap<MessageId, HashMap<Box<str>, Resolved>>>,
}

const MAX_PATHS: usize = 1_024;

impl AttributeReader {
    pub fn new() -> AttributeReader {
        AttributeReader::default()
    }

    /// Labels, when asked, and the values at paths, of a stored value.
    pub fn read(
        &self,
        model: &Model,
        stored: &[u8],
        with_labels: bool,
        paths: &[&str],
    ) -> Result<Attributes, CodecError> {
        let damaged = |_| CodecError::new(Reason::Syntax, "", "the stored value is damaged");
        let (id, message) = stored_message(model, stored)?;
        let mut attributes = Attributes::default();
        if with_labels {
            let schema = model.message(id);
            let number = schema
                .metadata
                .map_or(1, |i| schema.fields[i as usize].number);
            attributes.labels = labels(&message, number).map_err(damaged)?;
        }
        for path in paths {
            let value = match self.resolve(model, id, path) {
                Some(path) => path.value(&message).map_err(damaged)?,
                None => None,
            };
            attributes.fields.push(value.unwrap_or_default().into());
        }
        Ok(attributes)
    }

    fn resolve(&self, model: &Model, id: MessageId, path: &str) -> Resolved {
        if let Ok(known) = self.paths.read() {
            if let Some(found) = known.get(&id).and_then(|paths| paths.get(path)) {
                return found.clone();
            }
        }
        let resolved = FieldPath::resolve(model, id, path).map(Arc::new);
        if let Ok(mut known) = self.paths.write() {
            let of_message = known.entry(id).or_default();
            if of_message.len() >= MAX_PATHS {
                of_message.clear();
            }
            of_message.insert(path.into(), resolved.clone());
        }
        resolved
    }
}

fn stored_message<'d>(
    model: &Model,
    stored: &'d [u8],
) -> Result<(MessageId, Cow<'d, [u8]>), CodecError> {
    let unknown = || {
        CodecError::new(
            Reason::UnknownKind,
            "",
            "the stored value is of no known kind",
        )
    };
    if stored.starts_with(PREFIX) {
        let envelope = envelope::read(stored).map_err(|_| unknown())?;
        let id = model
            .find_kind(envelope.api_version, envelope.kind)
            .ok_or_else(unknown)?;
        return Ok((id, Cow::Borrowed(envelope.raw)));
    }
    let (api_version, kind) =
        crate::object::peek_type_meta(stored, Format::Json).ok_or_else(unknown)?;
    let (id, object) = match model.find_kind(&api_version, &kind) {
        Some(id) => (id, decode_stored(model, id, stored, None)?),
        None => {
            // Of what is no built-in kind selectors see metadata.
            let id = model.partial_object_metadata;
            let (fields, _) = decode::decode(model, id, &as_text(stored), false, None)?;
            (id, Object::new(id, fields))
        }
    };
    Ok((
        id,
        Cow::Owned(object.encode(model, Format::Message, Part::Object, None)),
    ))
}
