//! Server-side apply: a configuration as it was sent, and what it makes of the live object.

use napi::bindgen_prelude::AsyncTask;
use napi::{Error, Result};
use napi_derive::napi;
use steersman_codec::apply::{self, Apply, Configuration, Refusal};
use steersman_codec::fields::scale;
use steersman_codec::model::Model;
use steersman_codec::object::Object;

use crate::binding_apart::Apart;
use crate::binding_codec::{NativeObject, WriteInput, message_id, write_of};

/// A field that another manager has, and who that is.
#[napi(object, object_from_js = false)]
pub struct ConflictCauseData {
    pub message: String,
    pub field: String,
}

/// Either there is an object, or a refusal.
#[napi(object, object_from_js = false)]
pub struct AppliedData {
    pub object: Option<NativeObject>,
    /// Keys that the configuration has twice, in words, whether or not it was applied.
    pub duplicates: Vec<String>,
    /// `badRequest`, `conflict` or `failed`.
    pub refusal: Option<String>,
    pub message: Option<String>,
    pub causes: Vec<ConflictCauseData>,
}

fn applied(
    message: u32,
    live: Option<&Object>,
    data: &[u8],
    input: &WriteInput,
    force: bool,
) -> Result<AppliedData> {
    let id = message_id(message)?;
    let mut outcome = AppliedData {
        object: None,
        duplicates: Vec::new(),
        refusal: None,
        message: None,
        causes: Vec::new(),
    };
    let refusal = match Configuration::read(data) {
        Err(message) => Refusal::BadRequest(message),
        Ok(configuration) => {
            let reset_fields: Vec<&str> = input.reset_fields.iter().map(String::as_str).collect();
            let write = write_of(input, &reset_fields);
            let how = Apply {
                write: &write,
                force,
            };
            let result = apply::apply(Model::builtin(), id, live, &configuration.json, &how);
            outcome.duplicates = configuration.duplicates;
            match result {
                Ok(applied) => {
                    outcome.object = Some(NativeObject::of(applied.object));
                    return Ok(outcome);
                }
                Err(refusal) => refusal,
            }
        }
    };
    let (name, message, causes) = match refusal {
        Refusal::BadRequest(message) => ("badRequest", message, Vec::new()),
        Refusal::Failed(message) => ("failed", message, Vec::new()),
        Refusal::Conflict { message, causes } => ("conflict", message, causes),
    };
    outcome.refusal = Some(name.into());
    outcome.message = Some(message);
    let causes = causes.into_iter();
    outcome.causes = causes
        .map(|cause| ConflictCauseData {
            message: cause.message,
            field: cause.field,
        })
        .collect();
    Ok(outcome)
}

/// What a configuration (YAML, or JSON) makes of the live object, or of none.
#[napi(catch_unwind)]
pub fn codec_apply(
    message: u32,
    live: Option<&NativeObject>,
    data: &[u8],
    input: WriteInput,
    force: bool,
) -> Result<AppliedData> {
    let live = live.map(NativeObject::object);
    applied(message, live.as_ref(), data, &input, force)
}

/// As codec_apply, on another thread.
#[napi(ts_return_type = "Promise<AppliedData>")]
pub fn codec_apply_apart(
    message: u32,
    live: Option<&NativeObject>,
    data: &[u8],
    input: WriteInput,
    force: bool,
) -> AsyncTask<Apart<AppliedData>> {
    let (live, data) = (live.map(NativeObject::object), data.to_vec());
    Apart::of(move || applied(message, live.as_ref(), &data, &input, force))
}

/// A Scale with those who manage the replicas of the object that it is of.
#[napi(catch_unwind)]
pub fn codec_scale_managers(scale: &NativeObject, parent: &NativeObject) -> Result<NativeObject> {
    let model = Model::builtin();
    scale::with_managers_of_parent(model, &scale.object(), &parent.object())
        .map(NativeObject::of)
        .ok_or_else(unreadable)
}

/// An object with its managers as they are once its Scale has these.
#[napi(catch_unwind)]
pub fn codec_parent_managers(
    parent: &NativeObject,
    scale: &NativeObject,
    api_version: String,
) -> Result<NativeObject> {
    let (parent, scale) = (parent.object(), scale.object());
    scale::with_managers_of_scale(Model::builtin(), &parent, &scale, &api_version)
        .map(NativeObject::of)
        .ok_or_else(unreadable)
}

fn unreadable() -> Error {
    Error::from_reason("failed to decode managed fields: an entry cannot be read")
}
