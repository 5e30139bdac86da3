//! A value without some of its fields and elements.

use super::items::{Form, form_of, looked_at, path_element};
use super::schema::Schema;
use crate::fields::path::PathElement;
use crate::fields::set::FieldSet;
use crate::json::generic::{Json, Object};

/// Without what the set has as members, and all below them. Of what is one value nothing is taken
/// away by itself: where the set has something below it, it goes whole. What nothing is left of is
/// null.
pub fn remove<S: Schema>(schema: &S, of: S::Type, value: &Json, gone: &FieldSet) -> Json {
    let atom = schema.atom(of);
    match looked_at(&atom, form_of(&atom, value)) {
        Form::Scalar => value.clone(),
        Form::List => match (atom.list, value) {
            (Some(list), Json::Array(items)) if !list.atomic => {
                let mut left = Vec::with_capacity(items.len());
                for item in items {
                    let element = path_element(schema, &list, item).ok();
                    let found = element.and_then(|element| gone.find(&element));
                    match found {
                        Some((true, _)) => {}
                        Some((false, below)) => {
                            left.push(remove(schema, list.element, item, below));
                        }
                        None => left.push(item.clone()),
                    }
                }
                if left.is_empty() {
                    Json::Null
                } else {
                    Json::Array(left)
                }
            }
            _ => Json::Null,
        },
        Form::Map | Form::Open => match (atom.map, value) {
            (Some(map), Json::Object(object)) if !map.atomic => {
                let mut left = Object::new();
                for (name, item) in object.iter() {
                    match gone.find(&PathElement::field(name)) {
                        Some((true, _)) => {}
                        Some((false, below)) => {
                            let ty = schema.entry(of, &map, name);
                            let item = ty.map(|ty| remove(schema, ty, item, below));
                            left.insert(name, item.unwrap_or(Json::Null));
                        }
                        None => left.insert(name, item.clone()),
                    }
                }
                if left.is_empty() {
                    Json::Null
                } else {
                    Json::Object(left)
                }
            }
            _ => Json::Null,
        },
    }
}
