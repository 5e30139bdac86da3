//! Whether a value is of its type.

use std::collections::BTreeSet;

use super::go_value;
use super::items::{Form, form_of, looked_at, path_element};
use super::schema::{Map, Scalar, Schema};
use crate::fields::path::PathElement;
use crate::json::generic::{Json, Object};

/// Whether a set, or a list with keys, may have an element twice: a configuration's may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Duplicates {
    Allowed,
    Refused,
}

/// Errors that are told of one value.
const MAX_ERRORS: usize = 100;

/// What is wrong, in upstream's words, each with its path before it.
pub fn validate<S: Schema>(
    schema: &S,
    of: S::Type,
    value: &Json,
    duplicates: Duplicates,
) -> Result<(), String> {
    let mut validation = Validation {
        schema,
        duplicates,
        path: Vec::new(),
        errors: Vec::new(),
    };
    validation.value(of, value);
    match validation.errors.as_slice() {
        [] => Ok(()),
        [only] => Err(only.clone()),
        several => Err(format!("errors:\n  {}", several.join("\n  "))),
    }
}

struct Validation<'s, S> {
    schema: &'s S,
    duplicates: Duplicates,
    path: Vec<PathElement>,
    errors: Vec<String>,
}

impl<S: Schema> Validation<'_, S> {
    fn tell(&mut self, message: &str) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        let path = go_value::path(&self.path.iter().collect::<Vec<_>>());
        self.errors.push(match path.as_str() {
            "" => message.to_string(),
            path => format!("{path}: {message}"),
        });
    }

    fn below(&mut self, element: PathElement, of: S::Type, value: &Json) {
        self.path.push(element);
        self.value(of, value);
        self.path.pop();
    }

    fn value(&mut self, of: S::Type, value: &Json) {
        let atom = self.schema.atom(of);
        match looked_at(&atom, form_of(&atom, value)) {
            Form::Scalar => {
                if let Some(why) = atom.scalar.and_then(|scalar| refused_scalar(scalar, value)) {
                    self.tell(&why);
                }
            }
            Form::List => match (value, atom.list) {
                (Json::Array(items), Some(list)) if list.atomic => {
                    for (at, item) in items.iter().enumerate() {
                        self.below(PathElement::Index(at as i64), list.element, item);
                    }
                }
                (Json::Array(items), Some(list)) => self.items(&list, items),
                (Json::Null, _) => {}
                (other, _) => {
                    let shown = go_value::shown_wrapped(other);
                    self.tell(&format!("expected list, got {shown}"));
                }
            },
            Form::Map | Form::Open => match (value, atom.map) {
                (Json::Object(object), Some(map)) => self.object(of, &map, object),
                (Json::Null, _) => {}
                (other, _) => {
                    let shown = go_value::shown_wrapped(other);
                    self.tell(&format!("expected map, got {shown}"));
                }
            },
        }
    }

    /// As upstream, no further than to the first item that cannot be told from others.
    fn items(&mut self, list: &super::schema::List<S::Type>, items: &[Json]) {
        let mut seen = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            let element = match path_element(self.schema, list, item) {
                Ok(element) => element,
                Err(why) => return self.tell(&format!("element {at}: {why}")),
            };
            if self.duplicates == Duplicates::Refused && !seen.insert(element.clone()) {
                let shown = go_value::element(&element);
                self.tell(&format!("duplicate entries for key {shown}"));
            }
            self.below(element, list.element, item);
        }
    }

    /// As upstream, no further than to the first field that is not known.
    fn object(&mut self, of: S::Type, map: &Map<S::Type>, object: &Object) {
        for (name, value) in object.iter() {
            let element = PathElement::field(name);
            match self.schema.entry(of, map, name) {
                Some(ty) => self.below(element, ty, value),
                None => {
                    self.path.push(element);
                    self.tell("field not declared in schema");
                    self.path.pop();
                    return;
                }
            }
        }
    }
}

/// Why a value is no such scalar.
pub(super) fn refused_scalar(scalar: Scalar, value: &Json) -> Option<String> {
    match (scalar, value) {
        (_, Json::Null) => None,
        (Scalar::Numeric, Json::Number(_)) => None,
        (Scalar::String, Json::String(_)) => None,
        (Scalar::Boolean, Json::Bool(_)) => None,
        (Scalar::Untyped, Json::Bool(_) | Json::Number(_) | Json::String(_)) => None,
        (Scalar::Numeric, other) => Some(format!(
            "expected numeric (int or float), got {}",
            go_value::type_of(other)
        )),
        (Scalar::String, other) => {
            let shown = go_value::syntax_of_wrapped(other);
            Some(format!("expected string, got {shown}"))
        }
        (Scalar::Boolean, other) => {
            let shown = go_value::shown_wrapped(other);
            Some(format!("expected boolean, got {shown}"))
        }
        (Scalar::Untyped, other) => {
            let shown = go_value::shown_wrapped(other);
            Some(format!("expected any scalar, got {shown}"))
        }
    }
}
