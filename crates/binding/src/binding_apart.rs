//! The codec's long work, on a thread of libuv's pool: bodies and patches of many bytes. What goes
//! in is copied first, so that nobody changes it meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, Either, Env, ToNapiValue, TypeName};
use napi::{Error, Result, Task};
use napi_derive::napi;
use steersman_codec::body::{self, Form};
use steersman_codec::error::CodecError;
use steersman_codec::model::Model;
use steersman_codec::object::{DEFAULT_MAX_BYTES, DecodeOptions, Format, Object};
use steersman_codec::patch;

use crate::binding_codec::{
    CodecErrorData, NativeObject, PatchRefusal, TypeMetaData, YamlErrorData, error_data,
    message_id, patch_type_of, patched, validation_of,
};

/// One call that runs elsewhere. A panic rejects its promise.
pub struct Apart<R> {
    work: Option<Box<dyn FnOnce() -> Result<R> + Send>>,
}

impl<R> Apart<R> {
    fn of(work: impl FnOnce() -> Result<R> + Send + 'static) -> AsyncTask<Apart<R>>
    where
        R: Send + ToNapiValue + TypeName + 'static,
    {
        AsyncTask::new(Apart {
            work: Some(Box::new(work)),
        })
    }
}

impl<R: Send + ToNapiValue + TypeName + 'static> Task for Apart<R> {
    type Output = R;
    type JsValue = R;

    fn compute(&mut self) -> Result<R> {
        let Some(work) = self.work.take() else {
            return Err(Error::from_reason("the work was done already"));
        };
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Err(Error::from_reason("the codec panicked")))
    }

    fn resolve(&mut self, _: Env, output: R) -> Result<R> {
        Ok(output)
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
#[napi(ts_return_type = "Promise<BodyData>")]
pub fn codec_read_body_apart(
    message: u32,
    data: &[u8],
    form: u8,
    validation: u8,
) -> AsyncTask<Apart<BodyData>> {
    let data = data.to_vec();
    let form = match form {
        0 => Form::Wire(Format::Json),
        1 => Form::Wire(Format::Protobuf),
        2 => Form::Wire(Format::Message),
        _ => Form::Yaml,
    };
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
