//! Patches of JSON documents: strategic merge by the kind's schema, JSON merge patch (RFC 7396)
//! and JSON patch (RFC 6902), as the API server of upstream applies them.

mod json_patch;
mod merge;
mod strategic;

use crate::error::{CodecError, Reason, quote};
use crate::json::generic::{Json, duplicate_paths};
use crate::json::lexer::as_text;
use crate::json::syntax;
use crate::model::Model;
use crate::object::{DecodeOptions, Decoded, FieldValidation, Format, Object, decode};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatchType {
    StrategicMerge,
    Merge,
    Json,
}

/// Why there is no patched object.
#[derive(Debug)]
pub struct Refused {
    pub errors: Vec<CodecError>,
    /// What upstream shows as the refused value when the patched document is no valid object;
    /// None when the patch itself was wrong.
    pub patched: Option<String>,
}

/// What went wrong with the patch itself stands at this path.
pub const PATCH_PATH: &str = "patch";

fn refused(reason: Reason, message: impl Into<String>) -> Refused {
    Refused {
        errors: vec![CodecError::new(reason, PATCH_PATH, message)],
        patched: None,
    }
}

/// Applies `patch` to the object's JSON and decodes what comes out. Warnings are those of the
/// patch, then those of the result.
pub fn apply(
    model: &Model,
    object: &Object,
    patch_type: PatchType,
    patch: &[u8],
    validation: FieldValidation,
) -> Result<(Object, Vec<CodecError>), Refused> {
    let text = as_text(patch);
    let patch = Json::parse(&text).map_err(|_| malformed(patch_type, &text))?;
    let mut warnings = duplicates(&text, validation);
    let document = object.json(model);
    let document = Json::parse(&as_text(&document))
        .map_err(|_| refused(Reason::TooDeep, "the object nests too deep to be patched"))?;
    let shown = (patch_type == PatchType::StrategicMerge).then(|| strategic::go_text(&patch));
    let patched = match patch_type {
        PatchType::StrategicMerge => strategic::apply(model, object.id, document, patch)?,
        PatchType::Merge => merge::apply(document, patch),
        PatchType::Json => json_patch::apply(document, patch)?,
    };
    let patched = patched.to_text();
    let options = DecodeOptions {
        format: Format::Json,
        field_validation: match validation {
            FieldValidation::Ignore => FieldValidation::Ignore,
            _ => FieldValidation::Warn,
        },
        max_bytes: usize::MAX,
        defaults: true,
    };
    finish(
        decode(model, object.id, patched.as_bytes(), &options),
        validation,
        &mut warnings,
    )
    .map_err(|errors| Refused {
        errors,
        patched: Some(shown.unwrap_or(patched)),
    })
}

fn finish(
    decoded: Decoded,
    validation: FieldValidation,
    warnings: &mut Vec<CodecError>,
) -> Decoded {
    let (object, of_result) = decoded?;
    warnings.extend(of_result);
    let warnings = std::mem::take(warnings);
    if validation == FieldValidation::Strict && !warnings.is_empty() {
        return Err(warnings);
    }
    Ok((object, warnings))
}

fn malformed(patch_type: PatchType, text: &str) -> Refused {
    let Some(problem) = syntax::problem(text.as_bytes()) else {
        return refused(Reason::TooDeep, "exceeded max depth");
    };
    match patch_type {
        PatchType::Merge => refused(Reason::Syntax, "Invalid JSON Patch"),
        _ => refused(Reason::Syntax, problem),
    }
}

fn duplicates(text: &str, validation: FieldValidation) -> Vec<CodecError> {
    if validation == FieldValidation::Ignore {
        return Vec::new();
    }
    let warning = |path: String| {
        let message = format!("duplicate field {}", quote(&path));
        CodecError::new(Reason::DuplicateField, path, message)
    };
    duplicate_paths(text).into_iter().map(warning).collect()
}
