//! Which element of a list is which.

use super::schema::{List, Schema};
use crate::fields::path::{KeyValue, PathElement};
use crate::json::generic::Json;

/// The form that a value has, of those that its type allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Scalar,
    List,
    Map,
    /// Null, and what the type does not allow.
    Open,
}

pub(super) fn form_of<T>(atom: &super::schema::Atom<T>, value: &Json) -> Form {
    match value {
        Json::Bool(_) | Json::Number(_) | Json::String(_) if atom.scalar.is_some() => Form::Scalar,
        Json::Array(_) if atom.list.is_some() => Form::List,
        Json::Object(_) if atom.map.is_some() => Form::Map,
        _ => Form::Open,
    }
}

/// As which of its forms a value is looked at: an open one as the first that the type has.
pub(super) fn looked_at<T>(atom: &super::schema::Atom<T>, form: Form) -> Form {
    match form {
        Form::Open if atom.map.is_some() => Form::Map,
        Form::Open if atom.scalar.is_some() => Form::Scalar,
        Form::Open => Form::List,
        form => form,
    }
}

/// The path element of a list's item, or why it has none, in upstream's words.
pub(super) fn path_element<S: Schema>(
    schema: &S,
    list: &List<S::Type>,
    item: &Json,
) -> Result<PathElement, String> {
    if list.keys.is_empty() {
        return of_set(item);
    }
    let object = match item {
        Json::Object(object) => object,
        Json::Null => return Err("associative list with keys may not have a null element".into()),
        _ => return Err("associative list with keys may not have non-map elements".into()),
    };
    let mut named: Vec<(Box<str>, KeyValue)> = Vec::with_capacity(list.keys.len());
    for key in list.keys {
        let value = match object.get(key) {
            Some(value) => Some(KeyValue::of_json(value)),
            None => schema.key_default(list.element, key),
        };
        if let Some(value) = value {
            named.push((key.as_ref().into(), value));
        }
    }
    if named.is_empty() {
        let keys: Vec<String> = list
            .keys
            .iter()
            .map(|key| crate::error::quote(key))
            .collect();
        let keys = keys.join(" ");
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{keys}] \
             (and doesn't have default values for any key fields)"
        ));
    }
    named.sort();
    Ok(PathElement::Key(named))
}

fn of_set(item: &Json) -> Result<PathElement, String> {
    let why = match item {
        Json::Object(_) => "associative list without keys has an element that's a map type",
        Json::Array(_) => "not supported: associative list with lists as elements",
        Json::Null => "associative list without keys has an element that's an explicit null",
        scalar => return Ok(PathElement::Value(KeyValue::of_json(scalar))),
    };
    Err(why.into())
}

/// The items of a list; none where it is null or no list.
pub(super) fn items(value: Option<&Json>) -> &[Json] {
    value.and_then(Json::as_array).unwrap_or(&[])
}

/// Whether one of two lists has something in it.
pub(super) fn have_items(a: Option<&Json>, b: Option<&Json>) -> bool {
    !items(a).is_empty() || !items(b).is_empty()
}

/// Whether one of two objects has something in it.
pub(super) fn have_entries(a: Option<&Json>, b: Option<&Json>) -> bool {
    let has = |side: Option<&Json>| matches!(side, Some(Json::Object(o)) if !o.is_empty());
    has(a) || has(b)
}

/// Every name of two objects, in order, with the value of either.
pub(super) fn zipped<'a>(
    left: Option<&'a Json>,
    right: Option<&'a Json>,
) -> impl Iterator<Item = (&'a str, Option<&'a Json>, Option<&'a Json>)> {
    let of = |side: Option<&'a Json>| {
        let object = side.and_then(Json::as_object);
        object.into_iter().flat_map(|object| object.iter())
    };
    let (mut left, mut right) = (of(left).peekable(), of(right).peekable());
    std::iter::from_fn(move || {
        let name = match (left.peek(), right.peek()) {
            (Some((a, _)), Some((b, _))) => *a.min(b),
            (Some((name, _)), None) | (None, Some((name, _))) => *name,
            (None, None) => return None,
        };
        let a = left.next_if(|(n, _)| *n == name).map(|(_, v)| v);
        let b = right.next_if(|(n, _)| *n == name).map(|(_, v)| v);
        Some((name, a, b))
    })
}

/// Whether two values are the same to who applies them: numbers by amount, null and empty apart.
pub(super) fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => {
            x == y
                || match (x.parse::<i64>(), y.parse::<i64>()) {
                    (Ok(x), Ok(y)) => x == y,
                    _ => x.parse::<f64>().ok() == y.parse::<f64>().ok(),
                }
        }
        (Json::Array(x), Json::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        (Json::Object(x), Json::Object(y)) => {
            let entries = || x.iter().zip(y.iter());
            x.len() == y.len() && entries().all(|(x, y)| x.0 == y.0 && same(x.1, y.1))
        }
        _ => a == b,
    }
}
