//! The live value with what a configuration says of it.

use std::collections::{BTreeMap, BTreeSet};

use super::items::{
    Form, form_of, have_entries, have_items, items, looked_at, path_element, zipped,
};
use super::schema::{List, Map, Schema};
use crate::fields::path::PathElement;
use crate::json::generic::{Json, Object};

/// Nothing is taken away. Lists whose elements are told apart have the configuration's order, with
/// what it does not name left where it was. Both are of the type; the live one may have elements
/// twice.
pub fn merge<S: Schema>(schema: &S, of: S::Type, live: &Json, wanted: &Json) -> Json {
    let merging = Merging { schema };
    merging
        .value(of, Some(live), Some(wanted))
        .unwrap_or(Json::Null)
}

struct Merging<'s, S> {
    schema: &'s S,
}

impl<S: Schema> Merging<'_, S> {
    /// None where nothing is left to be written.
    fn value(&self, of: S::Type, live: Option<&Json>, wanted: Option<&Json>) -> Option<Json> {
        let atom = self.schema.atom(of);
        let decides = wanted.or(live)?;
        match looked_at(&atom, form_of(&atom, decides)) {
            Form::Scalar => Some(decides.clone()),
            Form::List => match atom.list {
                Some(list) if !list.atomic && have_items(live, wanted) => {
                    self.list(&list, items(live), items(wanted))
                }
                _ => Some(decides.clone()),
            },
            Form::Map | Form::Open => match atom.map {
                Some(map) if !map.atomic && have_entries(live, wanted) => {
                    self.object(of, &map, live, wanted)
                }
                _ => Some(decides.clone()),
            },
        }
    }

    fn object(
        &self,
        of: S::Type,
        map: &Map<S::Type>,
        live: Option<&Json>,
        wanted: Option<&Json>,
    ) -> Option<Json> {
        let mut merged = Object::new();
        for (name, a, b) in zipped(live, wanted) {
            let value = match (self.schema.entry(of, map, name), a, b) {
                // What the configuration does not name stays as it is.
                (Some(_), Some(live), None) => Some(live.clone()),
                (Some(ty), a, b) => self.value(ty, a, b),
                (None, ..) => None,
            };
            if let Some(value) = value {
                merged.insert(name, value);
            }
        }
        (!merged.is_empty()).then_some(Json::Object(merged))
    }

    fn list(&self, list: &List<S::Type>, live: &[Json], wanted: &[Json]) -> Option<Json> {
        let named = |item: &Json| path_element(self.schema, list, item).ok();
        let left: Vec<(PathElement, &Json)> = live
            .iter()
            .filter_map(|item| Some((named(item)?, item)))
            .collect();
        let right: Vec<(PathElement, &Json)> = wanted
            .iter()
            .filter_map(|item| Some((named(item)?, item)))
            .collect();
        let merged = Interleaving::new(self, list, &left, &right).run();
        (!merged.is_empty()).then_some(Json::Array(merged))
    }
}

/// Two lists on their way to one. An element that is in both stands where the configuration has it,
/// relative to the others that are in both.
struct Interleaving<'a, S: Schema> {
    merging: &'a Merging<'a, S>,
    list: &'a List<'a, S::Type>,
    left: &'a [(PathElement, &'a Json)],
    right: &'a [(PathElement, &'a Json)],
    /// None of an element that is there several times: it is not merged with.
    live: BTreeMap<&'a PathElement, Option<&'a Json>>,
    wanted: BTreeMap<&'a PathElement, &'a Json>,
    /// Those that are in both, in the configuration's order.
    shared: std::vec::IntoIter<&'a PathElement>,
    done: BTreeSet<&'a PathElement>,
    out: Vec<Json>,
}

impl<'a, S: Schema> Interleaving<'a, S> {
    fn new(
        merging: &'a Merging<'a, S>,
        list: &'a List<'a, S::Type>,
        left: &'a [(PathElement, &'a Json)],
        right: &'a [(PathElement, &'a Json)],
    ) -> Interleaving<'a, S> {
        let mut live: BTreeMap<&PathElement, Option<&Json>> = BTreeMap::new();
        for (element, item) in left {
            let found = live.entry(element);
            found.and_modify(|one| *one = None).or_insert(Some(item));
        }
        let shared: Vec<&PathElement> = right
            .iter()
            .map(|(element, _)| element)
            .filter(|element| live.contains_key(element))
            .collect();
        Interleaving {
            merging,
            list,
            left,
            right,
            live,
            wanted: right
                .iter()
                .map(|(element, item)| (element, *item))
                .collect(),
            shared: shared.into_iter(),
            done: BTreeSet::new(),
            out: Vec::with_capacity(left.len().max(right.len())),
        }
    }

    fn run(mut self) -> Vec<Json> {
        let mut next_shared = self.shared.next();
        let (mut l, mut r) = (0, 0);
        while l < self.left.len() || r < self.right.len() {
            if let (Some((a, _)), Some((b, _))) = (self.left.get(l), self.right.get(r)) {
                if a == b {
                    self.take(b);
                    (l, r) = (l + 1, r + 1);
                    next_shared = self.shared.next();
                    continue;
                }
                let is_later = next_shared.is_some_and(|shared| shared != a);
                if is_later && self.wanted.contains_key(a) {
                    l += 1;
                    continue;
                }
            }
            if let Some((element, item)) = self.left.get(l) {
                if !self.wanted.contains_key(element) {
                    let merged = self.merging.value(self.list.element, Some(item), None);
                    self.out.extend(merged);
                    l += 1;
                    continue;
                }
                if self.done.contains(element) {
                    l += 1;
                }
            }
            if let Some((element, _)) = self.right.get(r) {
                self.take(element);
                r += 1;
                if next_shared == Some(element) {
                    next_shared = self.shared.next();
                }
            }
        }
        self.out
    }

    /// An element as it is wanted, merged with the live one.
    fn take(&mut self, element: &'a PathElement) {
        self.done.insert(element);
        let live = self.live.get(element).copied();
        // Of several live ones none is merged with.
        let live = live.map(|one| one.unwrap_or(&Json::Null));
        let wanted = self.wanted.get(element).copied();
        self.out
            .extend(self.merging.value(self.list.element, live, wanted));
    }
}
