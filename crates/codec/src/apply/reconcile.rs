//! Paths that were owned by an older schema, by the one of today.

use super::schema::Schema;
use crate::fields::path::PathElement;
use crate::fields::set::FieldSet;

/// What became one value is owned as one: its path stands for all that were below it. What became
/// many stays owned as it was. None where nothing changes.
pub fn reconcile<S: Schema>(schema: &S, of: S::Type, set: &FieldSet) -> Option<FieldSet> {
    let (mut gone, mut added) = (FieldSet::new(), FieldSet::new());
    for (element, member, below) in set.entries() {
        let ty = type_of(schema, of, element);
        if let Some(ty) = ty {
            visit(schema, ty, member, below, element, &mut gone, &mut added);
        }
    }
    if gone.is_empty() {
        return None;
    }
    Some(set.without_subtrees(&gone).merged(added))
}

/// `gone` and `added` are of the level that the element stands on.
fn visit<S: Schema>(
    schema: &S,
    of: S::Type,
    member: bool,
    below: &FieldSet,
    element: &PathElement,
    gone: &mut FieldSet,
    added: &mut FieldSet,
) {
    let atom = schema.atom(of);
    let is_whole = member && below.is_empty();
    let is_atomic = match (&atom.map, atom.scalar, &atom.list) {
        // Whatever it is: never changed.
        (Some(map), ..) if !map.atomic && !map.has_fields && atom.scalar.is_some() => return,
        (Some(map), ..) => map.atomic && !below.is_empty(),
        (None, Some(_), _) => return,
        (None, None, list) => list.is_some_and(|list| list.atomic),
    };
    if is_atomic && !is_whole {
        gone.attach(element.clone(), true, FieldSet::new());
        added.attach(element.clone(), true, FieldSet::new());
        return;
    }
    let (mut inner_gone, mut inner_added) = (FieldSet::new(), FieldSet::new());
    for (inner, member, below) in below.entries() {
        if let Some(ty) = type_of(schema, of, inner) {
            let (gone, added) = (&mut inner_gone, &mut inner_added);
            visit(schema, ty, member, below, inner, gone, added);
        }
    }
    gone.attach(element.clone(), false, inner_gone);
    added.attach(element.clone(), false, inner_added);
}

/// Of what stands at a path element; none where the schema knows nothing of it.
pub(super) fn type_of<S: Schema>(
    schema: &S,
    of: S::Type,
    element: &PathElement,
) -> Option<S::Type> {
    let atom = schema.atom(of);
    match (element, atom.map, atom.list) {
        (PathElement::Field(name), Some(map), _) => schema.entry(of, &map, name),
        (PathElement::Field(_), ..) => None,
        (_, _, Some(list)) => Some(list.element),
        _ => None,
    }
}

/// With each field that an object's type names, where the set has something below it.
pub(super) fn with_named_fields<S: Schema>(
    schema: &S,
    of: Option<S::Type>,
    set: &FieldSet,
) -> FieldSet {
    let mut complete = FieldSet::new();
    for (element, member, below) in set.entries() {
        let is_named = match (element, of) {
            (PathElement::Field(name), Some(of)) => schema.field(of, name).is_some(),
            _ => false,
        };
        // Elements of sets have nothing below them.
        let ty = of.and_then(|of| type_of(schema, of, element));
        let is_member = member || (is_named && !below.is_empty());
        let below = with_named_fields(schema, ty, below);
        complete.attach(element.clone(), is_member, below);
    }
    complete
}
