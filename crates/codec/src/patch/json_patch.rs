//! JSON patch (RFC 6902) with the extensions and bounds of the library that upstream uses:
//! negative indexes, at most 10,000 operations, and copies that may not add up to more than a
//! request may hold.

use super::{Refused, refused};
use crate::error::{Reason, quote};
use crate::json::generic::{Json, Object};

const MAX_OPERATIONS: usize = 10_000;
/// Bytes of JSON that all copies of one patch may add.
const MAX_COPIED_BYTES: usize = 3 * 1024 * 1024;
/// Elements of lists that all operations of one patch may shift by inserting or removing others
/// before them.
const MAX_SHIFTED: usize = 50_000_000;

/// What one patch has used of its bounds.
#[derive(Default)]
struct Used {
    copied: usize,
    shifted: usize,
}

impl Used {
    fn shift(&mut self, elements: usize) -> Result<(), String> {
        self.shifted += elements;
        if self.shifted <= MAX_SHIFTED {
            return Ok(());
        }
        Err(format!(
            "Unable to shift elements of lists, the accumulated number exceeds the limit {MAX_SHIFTED}"
        ))
    }
}

pub fn apply(mut document: Json, patch: Json) -> Result<Json, Refused> {
    let operations = match patch {
        Json::Array(operations) => operations,
        Json::Null => return Ok(document),
        other => {
            let kind = other.go_kind();
            let message =
                format!("json: cannot unmarshal {kind} into Go value of type jsonpatch.Patch");
            return Err(refused(Reason::Syntax, message));
        }
    };
    if operations.len() > MAX_OPERATIONS {
        let message = format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        );
        return Err(refused(Reason::TooLarge, message));
    }
    let mut used = Used::default();
    for operation in &operations {
        let Json::Object(operation) = operation else {
            let message = format!(
                "json: cannot unmarshal {} into Go value of type jsonpatch.Operation",
                operation.go_kind()
            );
            return Err(refused(Reason::Syntax, message));
        };
        run(&mut document, operation, &mut used)
            .map_err(|message| refused(Reason::InvalidValue, message))?;
    }
    Ok(document)
}

fn run(document: &mut Json, operation: &Object, used: &mut Used) -> Result<(), String> {
    let text = |key: &str| operation.get(key).and_then(Json::as_str);
    let op = text("op").unwrap_or("unknown");
    let path = text("path").ok_or_else(|| format!("{op} operation failed to decode path"))?;
    let value = operation.get("value");
    let missing = |name: &str| format!("{name} operation does not apply: missing value");
    match op {
        "add" => add(document, path, value.cloned().unwrap_or(Json::Null), used),
        "remove" => remove(document, path, used).map(drop),
        "replace" => replace(document, path, value.cloned().unwrap_or(Json::Null), used),
        "test" => test(document, path, value),
        "move" => {
            let from = text("from").ok_or_else(|| missing("move"))?;
            let moved = remove(document, from, used)?;
            add(document, path, moved, used)
        }
        "copy" => {
            let from = text("from").ok_or_else(|| missing("copy"))?;
            let value = match find(document, from) {
                Some(value) => value.clone(),
                None if is_member(document, from) => Json::Null,
                None => return Err(format!("error in copy for path: '{from}': missing value")),
            };
            used.copied += value.to_text().len();
            if used.copied > MAX_COPIED_BYTES {
                return Err(format!(
                    "Unable to copy, the accumulated size increase of copy is {}, \
                     exceeding the limit {MAX_COPIED_BYTES}",
                    used.copied
                ));
            }
            add(document, path, value, used)
        }
        _ => Err(format!("Unexpected kind: {op}")),
    }
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The parent's pointer and the last token.
fn split(path: &str) -> Option<(&str, String)> {
    path.rsplit_once('/')
        .map(|(parent, last)| (parent, unescape(last)))
}

fn find<'j>(document: &'j Json, path: &str) -> Option<&'j Json> {
    let Some(tokens) = path.strip_prefix('/') else {
        return path.is_empty().then_some(document);
    };
    tokens
        .split('/')
        .try_fold(document, |value, token| match value {
            Json::Object(object) => object.get(&unescape(token)),
            Json::Array(items) => items.get(index(token, items.len()).ok()?),
            _ => None,
        })
}

fn find_mut<'j>(document: &'j mut Json, path: &str) -> Option<&'j mut Json> {
    let Some(tokens) = path.strip_prefix('/') else {
        return path.is_empty().then_some(document);
    };
    tokens
        .split('/')
        .try_fold(document, |value, token| match value {
            Json::Object(object) => object.get_mut(&unescape(token)),
            Json::Array(items) => {
                let at = index(token, items.len()).ok()?;
                items.get_mut(at)
            }
            _ => None,
        })
}

/// A position among `length` elements; negative ones count from the end.
fn index(token: &str, length: usize) -> Result<usize, String> {
    let number: i64 = token
        .parse()
        .map_err(|_| format!("strconv.Atoi: parsing {}: invalid syntax", quote(token)))?;
    if number >= 0 {
        return Ok(number as usize);
    }
    let back = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    length.checked_sub(back).ok_or_else(|| {
        format!("Unable to access invalid index: {number}: invalid index referenced")
    })
}

/// Whether the path is of a member, there or not, of an object that is there. Upstream's library
/// replaces and copies members that are missing as if they were null.
fn is_member(document: &Json, path: &str) -> bool {
    split(path).is_some_and(|(parent, _)| matches!(find(document, parent), Some(Json::Object(_))))
}

fn add(document: &mut Json, path: &str, value: Json, used: &mut Used) -> Result<(), String> {
    let problem = |what: String| format!("error in add for path: '{path}': {what}");
    let Some((parent, key)) = split(path) else {
        return Err(format!(
            "add operation does not apply: doc is missing path: {}: missing value",
            quote(path)
        ));
    };
    match find_mut(document, parent) {
        Some(Json::Object(object)) => {
            object.insert(key, value);
            Ok(())
        }
        Some(Json::Array(items)) if key == "-" => {
            items.push(value);
            Ok(())
        }
        Some(Json::Array(items)) => {
            let at = index(&key, items.len() + 1).map_err(problem)?;
            if at > items.len() {
                let what =
                    format!("Unable to access invalid index: {at}: invalid index referenced");
                return Err(problem(what));
            }
            used.shift(items.len() - at)?;
            items.insert(at, value);
            Ok(())
        }
        _ => Err(format!(
            "add operation does not apply: doc is missing path: {}: missing value",
            quote(path)
        )),
    }
}

fn remove(document: &mut Json, path: &str, used: &mut Used) -> Result<Json, String> {
    let missing = || {
        let path = quote(path);
        format!("remove operation does not apply: doc is missing path: {path}: missing value")
    };
    let (parent, key) = split(path).ok_or_else(missing)?;
    let problem = |what: String| format!("error in remove for path: '{path}': {what}");
    match find_mut(document, parent) {
        Some(Json::Object(object)) => object.remove(&key).ok_or_else(|| {
            problem(format!(
                "Unable to remove nonexistent key: {key}: missing value"
            ))
        }),
        Some(Json::Array(items)) => {
            let at = index(&key, items.len()).map_err(problem)?;
            if at >= items.len() {
                let what =
                    format!("Unable to access invalid index: {at}: invalid index referenced");
                return Err(problem(what));
            }
            used.shift(items.len() - at)?;
            Ok(items.remove(at))
        }
        _ => Err(missing()),
    }
}

fn replace(document: &mut Json, path: &str, value: Json, used: &mut Used) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    if is_member(document, path) {
        return add(document, path, value, used);
    }
    match find_mut(document, path) {
        Some(place) => {
            *place = value;
            Ok(())
        }
        None => {
            let path = quote(path);
            Err(format!(
                "replace operation does not apply: doc is missing key: {path}: missing value"
            ))
        }
    }
}

fn test(document: &Json, path: &str, value: Option<&Json>) -> Result<(), String> {
    let value = value.unwrap_or(&Json::Null);
    let holds = match find(document, path) {
        Some(found) => found.same(value),
        None => *value == Json::Null,
    };
    if holds {
        Ok(())
    } else {
        Err(format!("testing value {path} failed: test failed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_patch(document: &str, patch: &str) -> Result<String, String> {
        let document = Json::parse(document).map_err(|_| "document")?;
        let patch = Json::parse(patch).map_err(|_| "patch")?;
        apply(document, patch).map(|d| d.to_text()).map_err(|r| {
            r.errors
                .first()
                .map(|e| e.message.clone())
                .unwrap_or_default()
        })
    }

    #[test]
    fn operations() {
        let cases = [
            (
                r#"{"a":[1]}"#,
                r#"[{"op":"add","path":"/a/-","value":2}]"#,
                r#"{"a":[1,2]}"#,
            ),
            (
                r#"{"a":[1]}"#,
                r#"[{"op":"add","path":"/a/0","value":2}]"#,
                r#"{"a":[2,1]}"#,
            ),
            (
                r#"{"a~/b":1}"#,
                r#"[{"op":"remove","path":"/a~0~1b"}]"#,
                r#"{}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"replace","path":"/a","value":{"x":null}}]"#,
                r#"{"a":{"x":null}}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"move","from":"/a","path":"/b"}]"#,
                r#"{"b":1}"#,
            ),
            (
                r#"{"a":[1]}"#,
                r#"[{"op":"copy","from":"/a","path":"/b"}]"#,
                r#"{"a":[1],"b":[1]}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"replace","path":"/b","value":2},{"op":"copy","from":"/z","path":"/c"}]"#,
                r#"{"a":1,"b":2,"c":null}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"test","path":"/a","value":1.0},{"op":"test","path":"/z","value":null}]"#,
                r#"{"a":1}"#,
            ),
            (
                r#"{"a":[1,2]}"#,
                r#"[{"op":"remove","path":"/a/-1"}]"#,
                r#"{"a":[1]}"#,
            ),
        ];
        for (document, patch, want) in cases {
            assert_eq!(run_patch(document, patch), Ok(want.to_string()));
        }
    }

    #[test]
    fn refusals() {
        let cases = [
            (
                r#"[{"op":"remove","path":"/x"}]"#,
                "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value",
            ),
            (
                r#"[{"op":"replace","path":"/x/y","value":1}]"#,
                "replace operation does not apply: doc is missing key: \"/x/y\": missing value",
            ),
            (
                r#"[{"op":"add","path":"/x/y","value":1}]"#,
                "add operation does not apply: doc is missing path: \"/x/y\": missing value",
            ),
            (
                r#"[{"op":"add","path":"/a/5","value":1}]"#,
                "error in add for path: '/a/5': Unable to access invalid index: 5: invalid index referenced",
            ),
            (
                r#"[{"op":"test","path":"/a","value":1}]"#,
                "testing value /a failed: test failed",
            ),
            (r#"[{"op":"x","path":"/a"}]"#, "Unexpected kind: x"),
            (
                r#"{}"#,
                "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
            ),
        ];
        for (patch, want) in cases {
            assert_eq!(run_patch(r#"{"a":[]}"#, patch), Err(want.to_string()));
        }
    }
}
