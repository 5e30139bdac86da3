//! What a value names, as a set of paths: what its applier comes to own.

use super::items::{Form, form_of, looked_at, path_element};
use super::schema::{List, Map, Schema};
use crate::fields::path::PathElement;
use crate::fields::set::FieldSet;
use crate::json::generic::{Json, Object};

/// Of a value that is of its type.
pub fn owned<S: Schema>(schema: &S, of: S::Type, value: &Json) -> FieldSet {
    below(schema, of, value).1
}

/// Whether the value is named as a whole, and what is named below it.
fn below<S: Schema>(schema: &S, of: S::Type, value: &Json) -> (bool, FieldSet) {
    let atom = schema.atom(of);
    match looked_at(&atom, form_of(&atom, value)) {
        Form::Scalar => (true, FieldSet::new()),
        Form::List => match (atom.list, value) {
            (Some(list), _) if list.atomic => (true, FieldSet::new()),
            (Some(list), Json::Array(items)) => (false, of_items(schema, &list, items)),
            _ => (false, FieldSet::new()),
        },
        Form::Map | Form::Open => match (atom.map, value) {
            (Some(map), _) if map.atomic => (true, FieldSet::new()),
            (Some(map), Json::Object(object)) => (false, of_object(schema, of, &map, object)),
            _ => (false, FieldSet::new()),
        },
    }
}

fn of_object<S: Schema>(schema: &S, of: S::Type, map: &Map<S::Type>, object: &Object) -> FieldSet {
    let mut set = FieldSet::new();
    for (name, value) in object.iter() {
        let Some(ty) = schema.entry(of, map, name) else {
            continue;
        };
        let (is_member, inside) = below(schema, ty, value);
        let is_blank = match value {
            Json::Null => true,
            Json::Object(object) => object.is_empty(),
            _ => false,
        };
        let is_named = map.has_fields && schema.field(of, name).is_some();
        let is_member = is_member || is_blank || !is_named;
        set.attach(PathElement::field(name), is_member, inside);
    }
    set
}

/// Of an element that is there several times the path alone.
fn of_items<S: Schema>(schema: &S, list: &List<S::Type>, items: &[Json]) -> FieldSet {
    let named = items
        .iter()
        .filter_map(|item| Some((path_element(schema, list, item).ok()?, item)));
    let mut named: Vec<(PathElement, &Json)> = named.collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let mut set = FieldSet::new();
    for same in named.chunk_by(|a, b| a.0 == b.0) {
        let inside = match same {
            [(_, item)] => below(schema, list.element, item).1,
            _ => FieldSet::new(),
        };
        set.attach(same[0].0.clone(), true, inside);
    }
    set
}
