//! The codec's face to JavaScript: bytes and text in, handles, bytes and text out. What is wrong
//! with input is returned as data; a call that cannot be answered (damaged stored bytes, a
//! conversion that does not exist) throws.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use napi::bindgen_prelude::{BufferSlice, Either, Env, ObjectFinalize};
use napi_derive::napi;
use steersman_codec::bounds;
use steersman_codec::error::CodecError;
use steersman_codec::fields::managed;
use steersman_codec::json::canonical::{canonical, fnv32a};
use steersman_codec::json::lexer::as_text;
use steersman_codec::json::text::write_indented;
use steersman_codec::json::yaml;
use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::{
    self, DecodeOptions, Decoded, FieldValidation, Format, Input, Object, Part, Source, View,
};
use steersman_codec::patch::{self, PatchType};
use steersman_codec::value::Fields;
use steersman_codec::yaml::to_json;

#[napi(object, object_from_js = false)]
pub struct CodecErrorData {
    pub reason: String,
    pub path: String,
    pub message: String,
}

#[napi(object, object_from_js = false)]
pub struct ObjectMetadataData {
    pub name: String,
    pub generate_name: String,
    pub namespace: String,
    pub uid: String,
    pub resource_version: String,
    pub generation: i64,
    pub deletion_timestamp: Option<String>,
    pub finalizers: Vec<String>,
    /// Keys and values in turn: as names of an object some would be lost.
    pub labels: Vec<String>,
}

#[napi(object, object_from_js = false)]
pub struct TypeMetaData {
    pub api_version: String,
    pub kind: String,
}

#[napi(object, object_from_js = false)]
pub struct MessageData {
    pub name: String,
    pub group: String,
    pub version: String,
    pub kind: String,
    /// The number of the message it is stored as.
    pub stored: u32,
}

pub(crate) fn error_data(error: CodecError) -> CodecErrorData {
    CodecErrorData {
        reason: error.reason.name().to_string(),
        path: error.path,
        message: error.message,
    }
}

pub(crate) fn thrown(error: CodecError) -> napi::Error {
    napi::Error::from_reason(format!("{}: {}", error.reason.name(), error.message))
}

fn model() -> &'static Model {
    Model::builtin()
}

pub(crate) fn message_id(number: u32) -> napi::Result<MessageId> {
    match u16::try_from(number) {
        Ok(id) if model().has(MessageId(id)) => Ok(MessageId(id)),
        _ => Err(napi::Error::from_reason("no such message number")),
    }
}

/// 0 JSON, 1 protobuf, 2 message.
pub(crate) fn format_of(code: u8) -> Format {
    match code {
        0 => Format::Json,
        1 => Format::Protobuf,
        _ => Format::Message,
    }
}

pub(crate) fn part_of(metadata: bool) -> Part {
    if metadata {
        Part::Metadata
    } else {
        Part::Object
    }
}

/// 0 Ignore, 1 Warn, 2 Strict.
pub(crate) fn validation_of(code: u8) -> FieldValidation {
    match code {
        0 => FieldValidation::Ignore,
        1 => FieldValidation::Warn,
        _ => FieldValidation::Strict,
    }
}

pub(crate) fn text_of(bytes: Vec<u8>) -> napi::Result<String> {
    String::from_utf8(bytes).map_err(|_| napi::Error::from_reason("JSON text must be UTF-8"))
}

pub(crate) fn outcome(decoded: Decoded) -> Either<NativeObject, Vec<CodecErrorData>> {
    match decoded {
        Ok((object, warnings)) => Either::A(NativeObject::new(object, warnings)),
        Err(errors) => Either::B(errors.into_iter().map(error_data).collect()),
    }
}

/// Bytes that decoded objects hold now, of all threads.
static HELD: AtomicI64 = AtomicI64::new(0);

/// About how many bytes an object holds outside of JavaScript's heap, counted while it does.
struct Held(i64);

impl Held {
    fn new(bytes: usize) -> Held {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        HELD.fetch_add(bytes, Ordering::Relaxed);
        Held(bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Bytes that decoded objects hold outside of JavaScript's heap, about.
#[napi(catch_unwind)]
pub fn codec_held_bytes() -> i64 {
    HELD.load(Ordering::Relaxed)
}

/// A decoded object; immutable.
#[napi(custom_finalize)]
pub struct NativeObject {
    object: Object,
    warnings: Vec<CodecError>,
    held: Held,
    /// Whether V8 was told so.
    is_told: bool,
}

/// Of an object that was let go.
static NO_FIELDS: LazyLock<Arc<Fields>> = LazyLock::new(Arc::default);

/// What holds more is freed on another thread: it has many parts.
const FREED_APART: i64 = 1024 * 1024;

impl ObjectFinalize for NativeObject {
    fn finalize(mut self, env: Env) -> napi::Result<()> {
        self.free(&env)
    }
}

impl NativeObject {
    /// Lets go of the object, once.
    fn free(&mut self, env: &Env) -> napi::Result<()> {
        let Held(bytes) = std::mem::replace(&mut self.held, Held(0));
        let nothing = Object {
            id: self.object.id,
            fields: NO_FIELDS.clone(),
        };
        let object = std::mem::replace(&mut self.object, nothing);
        self.warnings = Vec::new();
        if bytes > FREED_APART {
            // Where no thread can be had, the closure is dropped here and the object with it.
            drop(std::thread::Builder::new().spawn(move || drop(object)));
        }
        if std::mem::take(&mut self.is_told) {
            env.adjust_external_memory(-bytes)?;
        }
        Ok(())
    }

    pub(crate) fn of(object: Object) -> NativeObject {
        NativeObject::new(object, Vec::new())
    }

    pub(crate) fn new(object: Object, warnings: Vec<CodecError>) -> NativeObject {
        let held = Held::new(object.fields.heap_bytes());
        NativeObject {
            object,
            warnings,
            held,
            is_told: false,
        }
    }

    /// Another hold of the same object.
    pub(crate) fn object(&self) -> Object {
        self.object.clone()
    }
}

#[napi]
impl NativeObject {
    /// The number of its message.
    #[napi(getter)]
    pub fn message(&self) -> u32 {
        u32::from(self.object.id.0)
    }

    #[napi(getter)]
    pub fn has_warnings(&self) -> bool {
        !self.warnings.is_empty()
    }

    /// Tells V8 how much it holds outside of JavaScript's heap, so that it is collected in time;
    /// answers it.
    #[napi(catch_unwind)]
    pub fn account(&mut self, env: Env) -> napi::Result<i64> {
        if !self.is_told {
            self.is_told = true;
            env.adjust_external_memory(self.held.0)?;
        }
        Ok(self.held.0)
    }

    /// Frees what it holds; whoever asks it anything afterwards is given that of nothing.
    #[napi(catch_unwind)]
    pub fn release(&mut self, env: Env) -> napi::Result<()> {
        self.free(&env)
    }

    /// Why it has more values than a request's object may have; see bounds::excess.
    #[napi(catch_unwind)]
    pub fn excess(&self, live: Option<&NativeObject>) -> Option<CodecErrorData> {
        let live = live.map(|live| &live.object);
        bounds::excess(model(), &self.object, live).map(error_data)
    }

    #[napi(catch_unwind)]
    pub fn warnings(&self) -> Vec<CodecErrorData> {
        self.warnings.iter().cloned().map(error_data).collect()
    }

    #[napi(catch_unwind)]
    pub fn metadata(&self) -> ObjectMetadataData {
        let metadata = self.object.metadata(model());
        ObjectMetadataData {
            name: metadata.name,
            generate_name: metadata.generate_name,
            namespace: metadata.namespace,
            uid: metadata.uid,
            resource_version: metadata.resource_version,
            generation: metadata.generation,
            deletion_timestamp: metadata.deletion_timestamp,
            finalizers: metadata.finalizers,
            labels: metadata
                .labels
                .into_iter()
                .flat_map(|(k, v)| [k, v])
                .collect(),
        }
    }

    /// Name, namespace, uid and resourceVersion.
    #[napi(catch_unwind)]
    pub fn identity(&self) -> Vec<String> {
        self.object.identity(model()).map(str::to_string).to_vec()
    }

    #[napi(catch_unwind)]
    pub fn json(&self) -> napi::Result<String> {
        text_of(self.object.json(model()))
    }

    /// Without managedFields.
    #[napi(catch_unwind)]
    pub fn json_unmanaged(&self) -> napi::Result<String> {
        text_of(self.object.json_unmanaged(model()))
    }

    #[napi(catch_unwind)]
    pub fn with_json(
        &self,
        text: String,
        managed: Option<&NativeObject>,
    ) -> Either<NativeObject, Vec<CodecErrorData>> {
        let managed = managed.map(|managed| &managed.object);
        outcome(self.object.with_json(model(), &text, managed))
    }

    #[napi(catch_unwind)]
    pub fn stored<'env>(&self, env: &'env Env) -> napi::Result<BufferSlice<'env>> {
        BufferSlice::copy_from(env, self.object.stored(model()).map_err(thrown)?)
    }

    #[napi(catch_unwind)]
    pub fn encode<'env>(
        &self,
        env: &'env Env,
        format: u8,
        metadata: bool,
        resource_version: Option<String>,
    ) -> napi::Result<BufferSlice<'env>> {
        let bytes = self.object.encode(
            model(),
            format_of(format),
            part_of(metadata),
            resource_version.as_deref(),
        );
        BufferSlice::copy_from(env, bytes)
    }

    #[napi(catch_unwind)]
    pub fn convert(&self, message: u32) -> napi::Result<NativeObject> {
        self.object
            .convert(model(), message_id(message)?)
            .map(NativeObject::of)
            .map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn equals(&self, other: &NativeObject, ignore_managed_fields: bool) -> bool {
        self.object
            .equals(model(), &other.object, ignore_managed_fields)
    }

    /// Semantic equality, when fields were managed aside.
    #[napi(catch_unwind)]
    pub fn equals_but_times(&self, other: &NativeObject) -> bool {
        self.object.equals_but_times(model(), &other.object)
    }

    #[napi(catch_unwind)]
    pub fn with_managed_fields_of(&self, other: &NativeObject) -> NativeObject {
        NativeObject::of(self.object.with_managed_fields_of(model(), &other.object))
    }

    #[napi(catch_unwind)]
    pub fn extract(&self, paths: Vec<String>) -> Vec<Option<String>> {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        self.object.extract(model(), &paths)
    }
}

/// Why a patch gave no object.
#[napi(object, object_from_js = false)]
pub struct PatchRefusal {
    pub errors: Vec<CodecErrorData>,
    pub patched: Option<String>,
}

/// 0 strategic merge, 1 merge, 2 JSON patch.
#[napi(catch_unwind)]
pub fn codec_patch(
    object: &NativeObject,
    patch_type: u8,
    data: &[u8],
    validation: u8,
) -> Either<NativeObject, PatchRefusal> {
    let kind = patch_type_of(patch_type);
    let validation = validation_of(validation);
    patched(patch::apply(
        model(),
        &object.object,
        kind,
        data,
        validation,
    ))
}

pub(crate) fn patch_type_of(code: u8) -> PatchType {
    match code {
        0 => PatchType::StrategicMerge,
        1 => PatchType::Merge,
        _ => PatchType::Json,
    }
}

pub(crate) fn patched(
    outcome: Result<(Object, Vec<CodecError>), patch::Refused>,
) -> Either<NativeObject, PatchRefusal> {
    match outcome {
        Ok((object, warnings)) => Either::A(NativeObject::new(object, warnings)),
        Err(refused) => Either::B(PatchRefusal {
            errors: refused.errors.into_iter().map(error_data).collect(),
            patched: refused.patched,
        }),
    }
}

/// An Update by a manager; see managed::Write.
#[napi(object, object_to_js = false)]
pub struct WriteInput {
    pub manager: String,
    pub api_version: String,
    pub subresource: String,
    pub time: String,
    pub reset_fields: Vec<String>,
}

#[napi(catch_unwind)]
pub fn codec_managed_fields(
    live: Option<&NativeObject>,
    object: &NativeObject,
    input: WriteInput,
) -> NativeObject {
    managed_fields(live.map(|l| &l.object), &object.object, &input)
}

pub(crate) fn write_of<'a>(
    input: &'a WriteInput,
    reset_fields: &'a [&'a str],
) -> managed::Write<'a> {
    managed::Write {
        manager: &input.manager,
        api_version: &input.api_version,
        subresource: &input.subresource,
        time: &input.time,
        reset_fields,
    }
}

pub(crate) fn managed_fields(
    live: Option<&Object>,
    object: &Object,
    input: &WriteInput,
) -> NativeObject {
    let reset_fields: Vec<&str> = input.reset_fields.iter().map(String::as_str).collect();
    let write = write_of(input, &reset_fields);
    NativeObject::of(managed::carrier(model(), live, object, &write))
}

/// Compact JSON with indentation.
#[napi(catch_unwind)]
pub fn codec_indent_json<'env>(env: &'env Env, data: &[u8]) -> napi::Result<BufferSlice<'env>> {
    let mut out = Vec::with_capacity(data.len() * 2);
    write_indented(&mut out, data);
    BufferSlice::copy_from(env, out)
}

/// A JSON document as YAML.
#[napi(catch_unwind)]
pub fn codec_json_to_yaml<'env>(env: &'env Env, data: &[u8]) -> napi::Result<BufferSlice<'env>> {
    let yaml = yaml::from_json(&as_text(data))
        .map_err(|_| napi::Error::from_reason("the document is no JSON or nests too deep"))?;
    BufferSlice::copy_from(env, yaml)
}

/// The first document of a YAML text.
#[napi(object, object_from_js = false)]
pub struct YamlDocumentData<'env> {
    pub json: BufferSlice<'env>,
    /// Keys that a map has twice, in words.
    pub duplicates: Vec<String>,
    /// Whether something follows the document, which was not read.
    pub has_more: bool,
}

#[napi(object, object_from_js = false)]
pub struct YamlErrorData {
    /// In upstream's words.
    pub message: String,
    /// What is wrong, and in which line.
    pub located: String,
}

/// YAML as JSON.
#[napi(catch_unwind)]
pub fn codec_yaml_to_json<'env>(
    env: &'env Env,
    data: &[u8],
) -> napi::Result<Either<YamlDocumentData<'env>, YamlErrorData>> {
    Ok(match to_json(data) {
        Ok(document) => Either::A(YamlDocumentData {
            json: BufferSlice::copy_from(env, document.json)?,
            duplicates: document.duplicates,
            has_more: document.has_more,
        }),
        Err(error) => Either::B(YamlErrorData {
            message: error.to_string(),
            located: error.located(),
        }),
    })
}

/// The number of a message by its name, which need not be a built-in one.
#[napi(catch_unwind)]
pub fn codec_message_number(name: String) -> Option<u32> {
    model().find(&name).map(|id| u32::from(id.0))
}

/// Every built-in message of the model; its place is its number.
#[napi(catch_unwind)]
pub fn codec_messages() -> Vec<MessageData> {
    let model = model();
    model
        .ids()
        .map(|id| {
            let message = model.message(id);
            MessageData {
                name: message.name.to_string(),
                group: message.group.to_string(),
                version: message.version.to_string(),
                kind: message.kind.to_string(),
                stored: u32::from(message.stored.0),
            }
        })
        .collect()
}

#[napi(catch_unwind)]
pub fn codec_peek_type_meta(data: &[u8], format: u8) -> Option<TypeMetaData> {
    let (api_version, kind) = object::peek_type_meta(data, format_of(format))?;
    Some(TypeMetaData { api_version, kind })
}

#[napi(catch_unwind)]
pub fn codec_decode(
    message: u32,
    data: &[u8],
    format: u8,
    validation: u8,
    max_bytes: f64,
    defaults: bool,
) -> napi::Result<Either<NativeObject, Vec<CodecErrorData>>> {
    let options = DecodeOptions {
        format: format_of(format),
        field_validation: validation_of(validation),
        max_bytes: max_bytes as usize,
        defaults,
    };
    Ok(outcome(object::decode(
        model(),
        message_id(message)?,
        data,
        &options,
    )))
}

#[napi(catch_unwind)]
pub fn codec_decode_stored(
    data: &[u8],
    message: u32,
    resource_version: String,
) -> napi::Result<NativeObject> {
    object::decode_stored(model(), message_id(message)?, data, Some(&resource_version))
        .map(NativeObject::of)
        .map_err(thrown)
}

/// What the bytes are: a format's number, or 3 for a stored value, which tells its form itself.
fn source_of(code: u8) -> Source {
    match code {
        3 => Source::Stored,
        _ => Source::Wire(format_of(code)),
    }
}

#[napi(catch_unwind)]
#[allow(
    clippy::too_many_arguments,
    reason = "numbers cross N-API cheaper than an object"
)]
pub fn codec_transcode<'env>(
    env: &'env Env,
    data: &[u8],
    source: u8,
    from: u32,
    to: u32,
    format: u8,
    metadata: bool,
    resource_version: Option<String>,
) -> napi::Result<BufferSlice<'env>> {
    let input = Input {
        source: source_of(source),
        id: message_id(from)?,
    };
    let view = View {
        id: message_id(to)?,
        format: format_of(format),
        part: part_of(metadata),
    };
    let bytes = object::transcode(model(), data, input, &view, resource_version.as_deref())
        .map_err(thrown)?;
    BufferSlice::copy_from(env, bytes)
}

/// A text of JSON.stringify with its keys in order and none that is null.
#[napi(catch_unwind)]
pub fn codec_canonical_json(text: String) -> napi::Result<String> {
    text_of(canonical_of(&text)?)
}

/// The hash of that form, and of how often it collided.
#[napi(catch_unwind)]
pub fn codec_template_hash(text: String, collisions: Option<u32>) -> napi::Result<u32> {
    let mut bytes = canonical_of(&text)?;
    if let Some(collisions) = collisions {
        bytes.extend_from_slice(&u64::from(collisions).to_le_bytes());
    }
    Ok(fnv32a(&bytes))
}

fn canonical_of(text: &str) -> napi::Result<Vec<u8>> {
    canonical(text).ok_or_else(|| napi::Error::from_reason("not a text of JSON.stringify"))
}
