//! Patches of JSON documents: strategic merge by the kind's schema, JSON merge patch (RFC 7396)
//! and JSON patch (RFC 6902), as the API server of upstream applies them.

mod conversion;
mod json_patch;
mod merge;
mod part;
mod strategic;

pub(crate) use conversion::worded;

use crate::error::{CodecError, Reason, quote};
use crate::json::generic::{Json, Object as Fields, duplicate_paths};
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
    let patch = Json::parse(&text).map_err(|_| malformed(&text))?;
    let strict = validation != FieldValidation::Ignore;
    if strict {
        check_shape(patch_type, &patch)?;
    }
    let warnings = duplicates(patch_type, &text, &patch, strict);
    if let Some(part) = part::of(model, object, patch_type, &patch) {
        let of_part = Application {
            model,
            patch_type,
            validation,
            defaults: false,
        };
        // What is refused is worded with the whole object.
        if let Ok((patched, warnings)) = of_part.run(&part.object, patch.clone(), warnings.clone())
        {
            return Ok((part.put_back(model, object, &patched), warnings));
        }
    }
    let whole = Application {
        model,
        patch_type,
        validation,
        defaults: true,
    };
    whole.run(object, patch, warnings)
}

/// How a patch is applied.
struct Application<'m> {
    model: &'m Model,
    patch_type: PatchType,
    validation: FieldValidation,
    defaults: bool,
}

impl Application<'_> {
    fn run(
        &self,
        object: &Object,
        patch: Json,
        mut warnings: Vec<CodecError>,
    ) -> Result<(Object, Vec<CodecError>), Refused> {
        let Application {
            model, patch_type, ..
        } = *self;
        let document = object.json(model);
        let document = Json::parse(&as_text(&document))
            .map_err(|_| refused(Reason::TooDeep, "the object nests too deep to be patched"))?;
        // Of a part nobody is shown anything.
        let is_shown = self.defaults && patch_type == PatchType::StrategicMerge;
        let shown = is_shown.then(|| strategic::go_text(&patch));
        let patched = match patch_type {
            PatchType::StrategicMerge => {
                strategic::apply(model, object.id, document, typed(patch))?
            }
            PatchType::Merge if patch == Json::Null => {
                return Err(refused(Reason::Syntax, "Invalid JSON Patch"));
            }
            PatchType::Merge => merge::apply(document, patch),
            PatchType::Json => json_patch::apply(document, patch)?,
        };
        let patched = patched.to_text();
        let options = DecodeOptions {
            format: Format::Json,
            field_validation: match self.validation {
                FieldValidation::Ignore => FieldValidation::Ignore,
                _ => FieldValidation::Warn,
            },
            max_bytes: usize::MAX,
            defaults: self.defaults,
        };
        finish(
            decode(model, object.id, patched.as_bytes(), &options),
            self.validation,
            &mut warnings,
        )
        .map_err(|errors| match shown {
            Some(shown) => Refused {
                errors: errors.into_iter().map(conversion::worded).collect(),
                patched: Some(shown),
            },
            None => Refused {
                errors,
                patched: Some(patched),
            },
        })
    }
}

/// A strategic patch changes an object of its kind: what it says of the kind itself has no effect,
/// and one that is null has none at all. Its numbers are values, not texts: 2.0 and 2e0 are 2, so
/// that a client whose language knows only floating point can set integers.
fn typed(mut patch: Json) -> Json {
    as_values(&mut patch);
    match patch {
        Json::Null => Json::Object(Fields::default()),
        Json::Object(mut fields) => {
            fields.remove("apiVersion");
            fields.remove("kind");
            Json::Object(fields)
        }
        other => other,
    }
}

pub(crate) fn as_values(json: &mut Json) {
    match json {
        Json::Number(text) => {
            if let Some(integer) = integral(text) {
                *text = integer.to_string().into();
            }
        }
        Json::Array(items) => items.iter_mut().for_each(as_values),
        Json::Object(fields) => fields.values_mut().for_each(as_values),
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

/// The integer that a number with a fraction or an exponent stands for, as a double has it.
fn integral(text: &str) -> Option<i64> {
    if !text.contains(['.', 'e', 'E']) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    let fits = value.fract() == 0.0 && value.abs() < 9_223_372_036_854_775_808.0;
    fits.then_some(value as i64)
}

/// What upstream's strict reading of a patch refuses before it applies it.
fn check_shape(patch_type: PatchType, patch: &Json) -> Result<(), Refused> {
    let wrong = |kind: &str, place: &str| {
        let message =
            format!("error decoding patch: json: cannot unmarshal {kind} into Go {place}");
        Err(refused(Reason::Syntax, message))
    };
    match (patch_type, patch) {
        (PatchType::StrategicMerge, _) | (_, Json::Null) => Ok(()),
        (PatchType::Merge, Json::Object(_)) => Ok(()),
        (PatchType::Merge, other) => {
            wrong(other.go_kind(), "value of type map[string]interface {}")
        }
        (PatchType::Json, Json::Array(operations)) => {
            for operation in operations {
                let Json::Object(fields) = operation else {
                    return wrong(operation.go_kind(), "value of type handlers.jsonPatchOp");
                };
                for name in ["op", "path", "from"] {
                    match fields.get(name) {
                        None | Some(Json::Null | Json::String(_)) => {}
                        Some(other) => {
                            let place = format!("struct field jsonPatchOp.{name} of type string");
                            return wrong(other.go_kind(), &place);
                        }
                    }
                }
            }
            Ok(())
        }
        (PatchType::Json, other) => wrong(other.go_kind(), "value of type []handlers.jsonPatchOp"),
    }
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

fn malformed(text: &str) -> Refused {
    match syntax::problem(text.as_bytes()) {
        None => refused(Reason::TooDeep, "exceeded max depth"),
        Some(_) => refused(Reason::Syntax, "invalid JSON patch"),
    }
}

/// Fields that the patch says twice, and those of a JSON patch's operations that mean nothing.
fn duplicates(patch_type: PatchType, text: &str, patch: &Json, strict: bool) -> Vec<CodecError> {
    if !strict {
        return Vec::new();
    }
    let lead = match patch_type {
        PatchType::Json => "json patch ",
        _ => "",
    };
    let duplicate = |path: String| {
        let message = format!("{lead}duplicate field {}", quote(&path));
        CodecError::new(Reason::DuplicateField, path, message)
    };
    let mut found: Vec<_> = duplicate_paths(text).into_iter().map(duplicate).collect();
    if let (PatchType::Json, Json::Array(operations)) = (patch_type, patch) {
        for (at, operation) in operations.iter().enumerate() {
            let Json::Object(fields) = operation else {
                continue;
            };
            for (name, _) in fields.iter() {
                if !matches!(name, "op" | "path" | "from" | "value") {
                    let path = format!("[{at}].{name}");
                    let message = format!("{lead}unknown field {}", quote(&path));
                    found.push(CodecError::new(Reason::UnknownField, path, message));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::integral;

    #[test]
    fn numbers_that_are_integers() {
        let cases = [
            ("2.0", Some(2)),
            ("2e3", Some(2000)),
            ("-1.50E1", Some(-15)),
            ("1e18", Some(1_000_000_000_000_000_000)),
            ("0.0", Some(0)),
            ("2", None),
            ("2.5", None),
            ("1e19", None),
            ("1e999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(integral(text), expected, "{text}");
        }
    }
}
