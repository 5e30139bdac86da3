//! The codec's long work, on a thread of libuv's pool: bodies and patches of many bytes, objects of
//! many parts. Bytes that go in are copied first, so that nobody changes them meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, Buffer, Either, Env, ToNapiValue, TypeName};
use napi::{Error, Result, Task};
use napi_derive::napi;
use steersman_codec::body::{self, Form};
use steersman_codec::error::CodecError;
use steersman_codec::model::Model;
use steersman_codec::object::{self, DEFAULT_MAX_BYTES, DecodeOptions, Format, Object};
use steersman_codec::patch;

use crate::binding_codec::{
    CodecErrorData, NativeObject, PatchRefusal, TypeMetaData, WriteInput, YamlErrorData,
    error_data, format_of, managed_fields, message_id, outcome, part_of, patch_type_of, patched,
    text_of, thrown, validation_of,
};

/// One call that runs elsewhere. A panic rejects its promise.
pub struct Apart<R> {
    work: Option<Box<dyn FnOnce() -> Result<R> + Send>>,
}

impl<R> Apart<R> {
    pub(crate) fn of(work: impl FnOnce() -> Result<R> + Send + 'static) -> AsyncTask<Apart<R>>
    where
        R: Send + ToNapiValue + TypeName + 'static,
    {
        AsyncTask::new(Apart {
            work: Some(Box::new(work)),
        })
    }
}

impl<R> Apart<R> {
    fn done(&mut self) -> Result<R> {
        let Some(work) = self.work.take() else {
            return Err(Error::from_reason("the work was done already"));
        };
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Err(Error::from_reason("the codec panicked")))
    }
}

impl<R: Send + ToNapiValue + TypeName + 'static> Task for Apart<R> {
    type Output = R;
    type JsValue = R;

    fn compute(&mut self) -> Result<R> {
        self.done()
    }

    fn resolve(&mut self, _: Env, output: R) -> Result<R> {
        Ok(output)
    }
}

/// One call whose bytes become a buffer of JavaScript's.
pub struct Bytes(Apart<Vec<u8>>);

impl Bytes {
    fn of(work: impl FnOnce() -> Result<Vec<u8>> + Send + 'static) -> AsyncTask<Bytes> {
        AsyncTask::new(Bytes(Apart {
            work: Some(Box::new(work)),
        }))
    }
}

impl Task for Bytes {
    type Output = Vec<u8>;
    type JsValue = Buffer;

    fn compute(&mut self) -> Result<Vec<u8>> {
        self.0.done()
    }

    fn resolve(&mut self, _: Env, output: Vec<u8>) -> Result<Buffer> {
        Ok(output.into())
    }
}

/// A request's body. Either it is no YAML, or it decodes or does not.
#[napi(object, object_from_js = false)]
pub struct BodyData {
    pub not_yaml: Option<YamlErrorData>,
    pub type_meta: Option<TypeMetaData>,
    /// Keys that maps of YAML have twice, in words.
    pub duplicates: Vec<String>,
    pub object: Option<NativeObject>,
    pub errors: Vec<CodecErrorData>,
}

fn read_body(message: u32, data: &[u8], form: Form, validation: u8) -> Result<BodyData> {
    let options = DecodeOptions {
        format: Format::Json,
        field_validation: validation_of(validation),
        max_bytes: DEFAULT_MAX_BYTES,
        defaults: true,
    };
    let id = message_id(message)?;
    let mut read = BodyData {
        not_yaml: None,
        type_meta: None,
        duplicates: Vec::new(),
        object: None,
        errors: Vec::new(),
    };
    match body::read(Model::builtin(), id, data, form, &options) {
        Err(error) => {
            read.not_yaml = Some(YamlErrorData {
                message: error.to_string(),
                located: error.located(),
            });
        }
        Ok(body) => {
            let named = body.type_meta;
            read.type_meta = named.map(|(api_version, kind)| TypeMetaData { api_version, kind });
            read.duplicates = body.duplicates;
            match body.decoded {
                Ok((object, warnings)) => read.object = Some(NativeObject::new(object, warnings)),
                Err(errors) => read.errors = errors_data(errors),
            }
        }
    }
    Ok(read)
}

fn errors_data(errors: Vec<CodecError>) -> Vec<CodecErrorData> {
    errors.into_iter().map(error_data).collect()
}

/// The forms of codec_decode, and 3 for YAML.
fn form_of(code: u8) -> Form {
    match code {
        3 => Form::Yaml,
        code => Form::Wire(format_of(code)),
    }
}

/// A request's body of at most 3 MiB, with defaults; see form_of.
#[napi(catch_unwind)]
pub fn codec_read_body(message: u32, data: &[u8], form: u8, validation: u8) -> Result<BodyData> {
    read_body(message, data, form_of(form), validation)
}

#[napi(ts_return_type = "Promise<BodyData>")]
pub fn codec_read_body_apart(
    message: u32,
    data: &[u8],
    form: u8,
    validation: u8,
) -> AsyncTask<Apart<BodyData>> {
    let (data, form) = (data.to_vec(), form_of(form));
    Apart::of(move || read_body(message, &data, form, validation))
}

/// As codec_patch.
#[napi(ts_return_type = "Promise<NativeObject | PatchRefusal>")]
pub fn codec_patch_apart(
    object: &NativeObject,
    patch_type: u8,
    data: &[u8],
    validation: u8,
) -> AsyncTask<Apart<Either<NativeObject, PatchRefusal>>> {
    let (data, object): (_, Object) = (data.to_vec(), object.object());
    let (kind, validation) = (patch_type_of(patch_type), validation_of(validation));
    Apart::of(move || {
        let outcome = patch::apply(Model::builtin(), &object, kind, &data, validation);
        Ok(patched(outcome))
    })
}

/// As json_unmanaged.
#[napi(ts_return_type = "Promise<string>")]
pub fn codec_json_unmanaged_apart(object: &NativeObject) -> AsyncTask<Apart<String>> {
    let object = object.object();
    Apart::of(move || text_of(object.json_unmanaged(Model::builtin())))
}

/// As with_json.
#[napi(ts_return_type = "Promise<NativeObject | CodecErrorData[]>")]
pub fn codec_with_json_apart(
    object: &NativeObject,
    text: String,
    managed: Option<&NativeObject>,
) -> AsyncTask<Apart<Either<NativeObject, Vec<CodecErrorData>>>> {
    let (object, managed) = (object.object(), managed.map(NativeObject::object));
    Apart::of(move || {
        let decoded = object.with_json(Model::builtin(), &text, managed.as_ref());
        Ok(outcome(decoded))
    })
}

/// As stored.
#[napi(ts_return_type = "Promise<Uint8Array>")]
pub fn codec_stored_apart(object: &NativeObject) -> AsyncTask<Bytes> {
    let object = object.object();
    Bytes::of(move || object.stored(Model::builtin()).map_err(thrown))
}

/// As encode.
#[napi(ts_return_type = "Promise<Uint8Array>")]
pub fn codec_encode_apart(
    object: &NativeObject,
    format: u8,
    metadata: bool,
    resource_version: Option<String>,
) -> AsyncTask<Bytes> {
    let object = object.object();
    let (format, part) = (format_of(format), part_of(metadata));
    Bytes::of(move || {
        let version = resource_version.as_deref();
        Ok(object.encode(Model::builtin(), format, part, version))
    })
}

/// As codec_managed_fields.
#[napi(ts_return_type = "Promise<NativeObject>")]
pub fn codec_managed_fields_apart(
    live: Option<&NativeObject>,
    object: &NativeObject,
    input: WriteInput,
) -> AsyncTask<Apart<NativeObject>> {
    let (live, object) = (live.map(NativeObject::object), object.object());
    Apart::of(move || Ok(managed_fields(live.as_ref(), &object, &input)))
}

/// As codec_decode_stored.
#[napi(ts_return_type = "Promise<NativeObject>")]
pub fn codec_decode_stored_apart(
    data: &[u8],
    message: u32,
    resource_version: String,
) -> AsyncTask<Apart<NativeObject>> {
    let data = data.to_vec();
    Apart::of(move || {
        let id = message_id(message)?;
        object::decode_stored(Model::builtin(), id, &data, Some(&resource_version))
            .map(NativeObject::of)
            .map_err(thrown)
    })
}

/// As NativeObject's convert.
#[napi(ts_return_type = "Promise<NativeObject>")]
pub fn codec_convert_apart(object: &NativeObject, message: u32) -> AsyncTask<Apart<NativeObject>> {
    let object = object.object();
    Apart::of(move || {
        object
            .convert(Model::builtin(), message_id(message)?)
            .map(NativeObject::of)
            .map_err(thrown)
    })
}
