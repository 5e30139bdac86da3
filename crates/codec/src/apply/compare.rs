//! What differs between two values of a type, as `fields::compare` tells it of decoded objects;
//! here what is null, empty or zero counts as it stands.

use std::iter::Peekable;

use super::items::{
    Form, form_of, have_entries, have_items, items, looked_at, path_element, same, zipped,
};
use super::schema::{List, Map, Schema};
use crate::fields::compare::{Comparison, Mark};
use crate::fields::path::PathElement;
use crate::json::generic::Json;

/// Of values that are of their type; each may have elements of a list twice.
pub fn compare<S: Schema>(schema: &S, of: S::Type, old: &Json, new: &Json) -> Comparison {
    let mut comparison = Comparison::default();
    Comparing { schema }.value(of, Some(old), Some(new), &mut comparison);
    comparison
}

struct Comparing<'s, S> {
    schema: &'s S,
}

type Side<'a> = Option<&'a Json>;

impl<S: Schema> Comparing<'_, S> {
    fn value(&self, of: S::Type, old: Side, new: Side, out: &mut Comparison) -> Mark {
        let atom = self.schema.atom(of);
        let form = |side: Side| side.map(|value| form_of(&atom, value));
        let (left, right) = (form(old), form(new));
        let forms = match (left, right) {
            (Some(left), None) => [Some(left), None],
            (None, Some(right)) => [Some(right), None],
            (Some(left), Some(right)) if left != right => [Some(left), Some(right)],
            (_, right) => [right, None],
        };
        let mut mark = Mark::None;
        for form in forms.into_iter().flatten() {
            let found = match looked_at(&atom, form) {
                Form::Scalar => leaf(old, new),
                Form::List => match &atom.list {
                    Some(list) if !list.atomic && have_items(old, new) => {
                        self.list(list, items(old), items(new), out);
                        container(old, new)
                    }
                    _ => leaf(old, new),
                },
                Form::Map | Form::Open => match &atom.map {
                    Some(map) if !map.atomic && have_entries(old, new) => {
                        self.object(of, map, old, new, out);
                        container(old, new)
                    }
                    _ => leaf(old, new),
                },
            };
            if found != Mark::None {
                mark = found;
            }
        }
        mark
    }

    fn object(&self, of: S::Type, map: &Map<S::Type>, old: Side, new: Side, out: &mut Comparison) {
        for (name, a, b) in zipped(old, new) {
            let Some(ty) = self.schema.entry(of, map, name) else {
                continue;
            };
            let mut below = Comparison::default();
            let mark = self.value(ty, a, b, &mut below);
            out.attach(PathElement::field(name), mark, below);
        }
    }

    fn list(&self, list: &List<S::Type>, old: &[Json], new: &[Json], out: &mut Comparison) {
        let (left, right) = (self.named(list, old), self.named(list, new));
        let (mut a, mut b) = (left.iter().peekable(), right.iter().peekable());
        loop {
            let element = match (a.peek(), b.peek()) {
                (Some((a, _)), Some((b, _))) => a.min(b),
                (Some((element, _)), None) | (None, Some((element, _))) => element,
                (None, None) => return,
            };
            let (old, new) = (take_same(&mut a, element), take_same(&mut b, element));
            self.element(list.element, element, &old, &new, out);
        }
    }

    fn named<'v>(&self, list: &List<S::Type>, items: &'v [Json]) -> Vec<(PathElement, &'v Json)> {
        let named = |item| Some((path_element(self.schema, list, item).ok()?, item));
        let mut named: Vec<(PathElement, &Json)> = items.iter().filter_map(named).collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        named
    }

    /// Several items of one element are one value.
    fn element(
        &self,
        of: S::Type,
        element: &PathElement,
        old: &[&Json],
        new: &[&Json],
        out: &mut Comparison,
    ) {
        let mut below = Comparison::default();
        let mark = match (old, new) {
            ([] | [_], [] | [_]) => {
                self.value(of, old.first().copied(), new.first().copied(), &mut below)
            }
            ([_, _, ..], [_, _, ..]) => {
                let is_same =
                    old.len() == new.len() && old.iter().zip(new).all(|(a, b)| same(a, b));
                if is_same { Mark::None } else { Mark::Modified }
            }
            ([_, _, ..], _) => {
                self.only(of, element, None, new.first().copied(), out);
                Mark::Removed
            }
            _ => {
                self.only(of, element, old.first().copied(), None, out);
                Mark::Added
            }
        };
        out.attach(element.clone(), mark, below);
    }

    /// An item that was one of several, or is now.
    fn only(&self, of: S::Type, element: &PathElement, old: Side, new: Side, out: &mut Comparison) {
        if old.or(new).is_none() {
            return;
        }
        let mut below = Comparison::default();
        let mark = self.value(of, old, new, &mut below);
        out.attach(element.clone(), mark, below);
    }
}

type Named<'v> = (PathElement, &'v Json);

fn take_same<'v>(
    from: &mut Peekable<std::slice::Iter<'_, Named<'v>>>,
    element: &PathElement,
) -> Vec<&'v Json> {
    let mut taken = Vec::new();
    while let Some((_, item)) = from.next_if(|(e, _)| e == element) {
        taken.push(*item);
    }
    taken
}

fn leaf(old: Side, new: Side) -> Mark {
    match (old, new) {
        (None, _) => Mark::Added,
        (_, None) => Mark::Removed,
        (Some(a), Some(b)) if same(a, b) => Mark::None,
        _ => Mark::Modified,
    }
}

fn container(old: Side, new: Side) -> Mark {
    match (old, new) {
        (None, _) => Mark::Added,
        (_, None) => Mark::Removed,
        _ => Mark::None,
    }
}
