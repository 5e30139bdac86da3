//! The annotation that kubectl's client-side apply keeps: who has applied that way before owns what
//! it says.

use super::compare::compare;
use super::owned::owned;
use super::schema::Schema;
use super::validate::{Duplicates, validate};
use crate::fields::set::FieldSet;
use crate::json::generic::{Json, Object};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// As upstream: the only manager for which it counts.
pub(super) const MANAGER: &str = "kubectl";
/// Of all annotations of an object together.
const MAX_ANNOTATIONS: usize = 256 * 1024;

/// What was applied last and is as it was applied: it may be taken over. None where there is no
/// annotation, or none of this version.
pub(super) fn taken_over<S: Schema>(
    schema: &S,
    of: S::Type,
    live: &Json,
    api_version: &str,
) -> Option<FieldSet> {
    let text = annotations(live)?
        .get(ANNOTATION)?
        .as_str()
        .filter(|t| !t.is_empty())?;
    validate(schema, of, live, Duplicates::Refused).ok()?;
    let last = Json::parse(text).ok()?;
    let version = last.as_object()?.get("apiVersion")?.as_str()?;
    if version != api_version {
        return None;
    }
    validate(schema, of, &last, Duplicates::Refused).ok()?;
    let comparison = compare(schema, of, &last, live);
    let set = owned(schema, of, &last);
    let set = set.less(&comparison.modified).less(&comparison.added);
    Some(set.less(&comparison.removed))
}

/// Where the object has the annotation, it becomes the configuration that was applied now; or goes,
/// where the annotations would be too long.
pub(super) fn renew(object: &mut Json, wanted: &Json) {
    let has = annotations(object).and_then(|all| all.get(ANNOTATION));
    if has.and_then(Json::as_str).is_none_or(str::is_empty) {
        return;
    }
    let text = text_of(wanted);
    let Some(Json::Object(all)) =
        member_mut(object, "metadata").and_then(|metadata| member_mut(metadata, "annotations"))
    else {
        return;
    };
    all.insert(ANNOTATION, Json::string(&text));
    let length = |(name, value): (&str, &Json)| name.len() + value.as_str().map_or(0, str::len);
    if all.iter().map(length).sum::<usize>() > MAX_ANNOTATIONS {
        all.remove(ANNOTATION);
    }
}

/// The configuration without the annotation itself, as upstream writes it.
fn text_of(wanted: &Json) -> String {
    let mut wanted = wanted.clone();
    if let Some(Json::Object(all)) =
        member_mut(&mut wanted, "metadata").and_then(|metadata| member_mut(metadata, "annotations"))
    {
        all.remove(ANNOTATION);
    }
    wanted.to_text() + "\n"
}

fn annotations(object: &Json) -> Option<&Object> {
    let metadata = object.as_object()?.get("metadata")?;
    metadata.as_object()?.get("annotations")?.as_object()
}

fn member_mut<'j>(object: &'j mut Json, name: &str) -> Option<&'j mut Json> {
    match object {
        Json::Object(object) => object.get_mut(name),
        _ => None,
    }
}
