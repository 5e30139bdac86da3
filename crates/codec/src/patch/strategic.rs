//! Strategic merge patch: lists merge by their key, and directives say what plain merging cannot.
//! Source: the API conventions on patches and the preserve-order proposal.

use std::collections::{HashMap, HashSet};

use super::{Refused, refused};
use crate::error::{Reason, quote};
use crate::json::generic::{Json, Object};
use crate::model::{FieldSchema, FieldType, MessageId, Model};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const ELEMENT_ORDER: &str = "$setElementOrder/";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";

const BAD_RETAIN_KEYS: &str = "invalid patch format of retainKeys";
const BAD_ELEMENT_ORDER: &str = "invalid patch format of setElementOrder list";
const BAD_PRIMITIVE_LIST: &str = "invalid patch format of primitive list";

/// Errors that upstream answers with 400 are Syntax; the others it reports as its own fault
/// (500).
enum Problem {
    BadFormat(&'static str),
    Other(String),
}

type Result<T> = std::result::Result<T, Problem>;

pub fn apply(
    model: &Model,
    id: MessageId,
    document: Json,
    patch: Json,
) -> std::result::Result<Json, Refused> {
    let (document, patch) = match (document, patch) {
        (Json::Object(document), Json::Object(patch)) => (document, patch),
        (_, patch) => {
            let kind = patch.go_kind();
            let message = format!(
                "json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
            );
            return Err(refused(Reason::Syntax, message));
        }
    };
    match (Merger { model }).objects(document, patch, Some(id)) {
        Ok(merged) => Ok(Json::Object(merged)),
        Err(Problem::BadFormat(message)) => Err(refused(Reason::Syntax, message)),
        Err(Problem::Other(message)) => Err(refused(Reason::InvalidValue, message)),
    }
}

struct Merger<'m> {
    model: &'m Model,
}

/// How a field merges.
struct Rule<'m> {
    merge: bool,
    replace: bool,
    key: &'m str,
    /// Of the object, or of a list's elements.
    schema: Option<MessageId>,
}

impl<'m> Merger<'m> {
    fn rule(&self, schema: Option<MessageId>, name: &str) -> Result<Rule<'m>> {
        let field = schema.and_then(|id| self.field(id, name));
        let Some(field) = field else {
            let owner = schema.map_or("", |id| self.model.message(id).go_name());
            let name = quote(name);
            return Err(Problem::Other(format!(
                "unable to find api field in struct {owner} for the json field {name}"
            )));
        };
        let has = |wanted: &str| field.patch_strategy.split(',').any(|s| s == wanted);
        Ok(Rule {
            merge: has("merge"),
            replace: has("replace"),
            key: &field.patch_merge_key,
            schema: match field.ty {
                FieldType::Message(id) | FieldType::OneOf(id, _) => Some(id),
                _ => None,
            },
        })
    }

    fn field(&self, id: MessageId, name: &str) -> Option<&'m FieldSchema> {
        let mut message = self.model.message(id);
        let (_, entry) = message.json_entry(name)?;
        let (&last, inline) = entry.path().split_last()?;
        for &index in inline {
            if let FieldType::Message(below) = message.fields[index as usize].ty {
                message = self.model.message(below);
            }
        }
        message.fields.get(last as usize)
    }

    fn objects(
        &self,
        mut original: Object,
        mut patch: Object,
        schema: Option<MessageId>,
    ) -> Result<Object> {
        if let Some(directive) = patch.get(DIRECTIVE) {
            return match directive.as_str() {
                Some("replace") => {
                    patch.remove(DIRECTIVE);
                    Ok(patch)
                }
                Some("delete") => Ok(Object::new()),
                _ => Err(unknown_type(directive, &patch)),
            };
        }
        retain_keys(&mut original, &mut patch)?;
        self.ordered_lists(&mut original, &mut patch, schema)?;
        for (name, value) in patch {
            if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList") {
                let list = list
                    .strip_prefix('/')
                    .ok_or(Problem::BadFormat(BAD_PRIMITIVE_LIST))?;
                delete_from_list(&mut original, list, value)?;
                continue;
            }
            if value == Json::Null {
                original.remove(&name);
                continue;
            }
            let merged = self.values(original.remove(&name), value, schema, &name)?;
            if let Some(merged) = merged {
                original.insert(name, merged);
            }
        }
        Ok(original)
    }

    /// None when a directive takes the field away.
    fn values(
        &self,
        original: Option<Json>,
        patch: Json,
        schema: Option<MessageId>,
        name: &str,
    ) -> Result<Option<Json>> {
        match (original, patch) {
            (Some(Json::Object(original)), Json::Object(patch)) => {
                let rule = self.rule(schema, name)?;
                if rule.replace {
                    return Ok(Some(Json::Object(patch)));
                }
                self.objects(original, patch, rule.schema)
                    .map(|o| Some(Json::Object(o)))
            }
            (Some(Json::Array(original)), Json::Array(patch)) => {
                let rule = self.rule(schema, name)?;
                self.lists(original, patch, &rule)
                    .map(|l| Some(Json::Array(l)))
            }
            (None | Some(Json::Null), patch) => Ok(without_directives(without_nulls(patch))),
            (Some(_), patch @ (Json::Object(_) | Json::Array(_))) => {
                Ok(without_directives(without_nulls(patch)))
            }
            (_, patch) => Ok(Some(patch)),
        }
    }

    fn lists(&self, original: Vec<Json>, patch: Vec<Json>, rule: &Rule) -> Result<Vec<Json>> {
        if !rule.merge {
            return Ok(patch);
        }
        if original.is_empty() && patch.is_empty() {
            return Ok(original);
        }
        if !of_objects(&original, &patch)? {
            let merged = unique(original.iter().chain(&patch).cloned().collect());
            return Ok(arrange(merged, &patch, &original, ""));
        }
        if rule.key.is_empty() {
            let message = "cannot merge lists without merge key for struct".to_string();
            return Err(Problem::Other(message));
        }
        let (original, patch) = special_elements(original, patch, rule.key)?;
        let order = patch.clone();
        let before = original.clone();
        let mut merged = original;
        let mut places = places_of(&merged, rule.key);
        for item in patch {
            let identity = key_of(&item, rule.key)?.identity();
            let is_null = *key_of(&item, rule.key)? == Json::Null;
            match (places.get(&identity).copied(), item) {
                (Some(at), Json::Object(item)) => {
                    if let Json::Object(current) = std::mem::replace(&mut merged[at], Json::Null) {
                        merged[at] = Json::Object(self.objects(current, item, rule.schema)?);
                    }
                    // A null key is merged like any null: the element has none from here on.
                    if is_null {
                        places.remove(&identity);
                    }
                }
                (_, item) => {
                    places.insert(identity, merged.len());
                    merged.push(item);
                }
            }
        }
        Ok(arrange(merged, &order, &before, rule.key))
    }

    /// Merges the lists whose order the patch names, and takes them out of it.
    fn ordered_lists(
        &self,
        original: &mut Object,
        patch: &mut Object,
        schema: Option<MessageId>,
    ) -> Result<()> {
        let directives: Vec<String> = patch
            .iter()
            .filter(|(k, _)| k.starts_with("$setElementOrder"))
            .map(|(k, _)| k.to_string())
            .collect();
        for directive in directives {
            let Some(Json::Array(order)) = patch.remove(&directive) else {
                return Err(Problem::BadFormat(BAD_ELEMENT_ORDER));
            };
            let name = directive
                .strip_prefix(ELEMENT_ORDER)
                .ok_or(Problem::BadFormat(BAD_ELEMENT_ORDER))?;
            let rule = self.rule(schema, name)?;
            let current = list_of(original.remove(name))?;
            let changes = list_of(patch.remove(name))?;
            check_order(changes.as_deref().unwrap_or(&[]), &order, rule.key)?;
            let server_order = current.clone().unwrap_or_default();
            let merged = match (current, changes) {
                (Some(current), None) => current,
                (None, Some(changes)) => {
                    changes.into_iter().filter_map(without_directives).collect()
                }
                (Some(current), Some(changes)) => self.lists(current, changes, &rule)?,
                (None, None) => continue,
            };
            if !rule.key.is_empty() {
                merged
                    .iter()
                    .try_for_each(|item| key_of(item, rule.key).map(drop))?;
            }
            let arranged = arrange(merged, &order, &server_order, rule.key);
            original.insert(name, Json::Array(arranged));
        }
        Ok(())
    }
}

fn list_of(value: Option<Json>) -> Result<Option<Vec<Json>>> {
    match value {
        None => Ok(None),
        Some(Json::Array(items)) => Ok(Some(items)),
        Some(other) => Err(Problem::Other(format!(
            "expected a []interface {{}}, but received a {}",
            other.go_kind()
        ))),
    }
}

fn unknown_type(directive: &Json, patch: &Object) -> Problem {
    let map = go_text(&Json::Object(patch.clone()));
    Problem::Other(format!(
        "unknown patch type: {} in map: {map}",
        go_text(directive)
    ))
}

fn retain_keys(original: &mut Object, patch: &mut Object) -> Result<()> {
    let Some(keep) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let Json::Array(keep) = keep else {
        return Err(Problem::BadFormat(BAD_RETAIN_KEYS));
    };
    let keep: HashSet<&str> = keep.iter().filter_map(Json::as_str).collect();
    let keeps = |key: &str| keep.contains(key);
    for (key, value) in patch.iter() {
        let is_directive = key.starts_with(DELETE_FROM_LIST) || key.starts_with(ELEMENT_ORDER);
        if *value != Json::Null && !is_directive && !keeps(key) {
            return Err(Problem::BadFormat(BAD_RETAIN_KEYS));
        }
    }
    original.retain(keeps);
    Ok(())
}

fn delete_from_list(original: &mut Object, name: &str, values: Json) -> Result<()> {
    let Some(Json::Array(items)) = original.get_mut(name) else {
        return Ok(());
    };
    let Json::Array(values) = values else {
        return Ok(());
    };
    let gone: HashSet<Vec<u8>> = values.iter().map(Json::identity).collect();
    items.retain(|item| !gone.contains(&item.identity()));
    Ok(())
}

/// Whether the elements are objects; mixed lists and lists of lists are refused.
fn of_objects(original: &[Json], patch: &[Json]) -> Result<bool> {
    let mut kind = None;
    for item in original.iter().chain(patch) {
        if matches!(item, Json::Array(_)) {
            return Err(Problem::Other(
                "lists of lists are not supported".to_string(),
            ));
        }
        let this = item.go_kind();
        if *kind.get_or_insert(this) != this {
            let [a, b] = [original, patch].map(|list| go_text(&Json::Array(list.to_vec())));
            return Err(Problem::Other(format!(
                "list element types are not identical: [{a} {b}]"
            )));
        }
    }
    Ok(kind == Some("object"))
}

/// Applies elements that carry a directive; the others of the patch remain.
fn special_elements(
    mut original: Vec<Json>,
    patch: Vec<Json>,
    key: &str,
) -> Result<(Vec<Json>, Vec<Json>)> {
    let mut plain = Vec::with_capacity(patch.len());
    let mut replace = false;
    let mut deleted = HashSet::new();
    for item in patch {
        let directive = item.as_object().and_then(|o| o.get(DIRECTIVE)).cloned();
        match directive.as_ref().map(Json::as_str) {
            None => plain.push(item),
            Some(Some("delete")) => {
                deleted.insert(key_of(&item, key)?.identity());
            }
            Some(Some("replace")) => replace = true,
            Some(Some("merge")) => {
                let message = "merging lists cannot yet be specified in the patch".to_string();
                return Err(Problem::Other(message));
            }
            Some(_) => {
                let empty = Object::new();
                let map = item.as_object().unwrap_or(&empty);
                return Err(unknown_type(&directive.unwrap_or(Json::Null), map));
            }
        }
    }
    if replace {
        return Ok((plain, Vec::new()));
    }
    if !deleted.is_empty() {
        original.retain(|o| identity_of(o, key).is_none_or(|id| !deleted.contains(&id)));
    }
    Ok((original, plain))
}

fn key_of<'j>(item: &'j Json, key: &str) -> Result<&'j Json> {
    item.as_object().and_then(|o| o.get(key)).ok_or_else(|| {
        let map = go_text(item);
        Problem::Other(format!(
            "map: {map} does not contain declared merge key: {key}"
        ))
    })
}

fn has_key(item: &Json, key: &str, value: &Json) -> bool {
    item.as_object()
        .and_then(|o| o.get(key))
        .is_some_and(|v| v.same(value))
}

/// The same element: by key, or by value where there is none.
fn is_same(a: &Json, b: &Json, key: &str) -> bool {
    if key.is_empty() {
        return a.same(b);
    }
    match a.as_object().and_then(|o| o.get(key)) {
        Some(value) => has_key(b, key, value),
        None => false,
    }
}

/// What tells an element from others: its key, or itself where lists have none. None where an
/// element lacks the key: it is the same as no other.
fn identity_of(item: &Json, key: &str) -> Option<Vec<u8>> {
    if key.is_empty() {
        return Some(item.identity());
    }
    item.as_object()
        .and_then(|o| o.get(key))
        .map(Json::identity)
}

/// The first place of each element.
fn places_of(items: &[Json], key: &str) -> HashMap<Vec<u8>, usize> {
    let mut places = HashMap::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        if let Some(identity) = identity_of(item, key) {
            places.entry(identity).or_insert(at);
        }
    }
    places
}

fn unique(items: Vec<Json>) -> Vec<Json> {
    let mut seen = HashSet::with_capacity(items.len());
    let mut kept = items;
    kept.retain(|item| seen.insert(item.identity()));
    kept
}

/// Elements that `order` names come in its order; the others keep theirs and stand, as far as
/// that is possible, where the server's order had them relative to the named ones.
fn arrange(merged: Vec<Json>, order: &[Json], server_order: &[Json], key: &str) -> Vec<Json> {
    let (ordered, served) = (places_of(order, key), places_of(server_order, key));
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for item in merged {
        let identity = identity_of(&item, key);
        let place = |places: &HashMap<Vec<u8>, usize>| {
            identity.as_ref().and_then(|id| places.get(id).copied())
        };
        let here = place(&served);
        match place(&ordered) {
            Some(at) => named.push((at, here, item)),
            None => others.push((here.unwrap_or(usize::MAX), item)),
        }
    }
    named.sort_by_key(|(at, ..)| *at);
    others.sort_by_key(|(at, _)| *at);
    let mut arranged = Vec::with_capacity(named.len() + others.len());
    let mut others = others.into_iter().peekable();
    for (_, here, item) in named {
        if let Some(here) = here {
            while let Some((_, other)) = others.next_if(|(at, _)| *at < here) {
                arranged.push(other);
            }
        }
        arranged.push(item);
    }
    arranged.extend(others.map(|(_, item)| item));
    arranged
}

/// The patch's elements must appear in the named order, and all be named.
fn check_order(changes: &[Json], order: &[Json], key: &str) -> Result<()> {
    if order.is_empty() || changes.is_empty() {
        return Ok(());
    }
    let is_plain = |item: &&Json| item.as_object().is_none_or(|o| !o.contains(DIRECTIVE));
    let mut wanted = changes.iter().filter(is_plain).peekable();
    for item in order {
        let Some(next) = wanted.peek() else { break };
        if !key.is_empty() {
            key_of(next, key)?;
            key_of(item, key)?;
        }
        if is_same(next, item, key) {
            wanted.next();
        }
    }
    match wanted.peek() {
        None => Ok(()),
        Some(_) => Err(Problem::Other(format!(
            "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
            go_text(&Json::Array(changes.to_vec())),
            go_text(&Json::Array(order.to_vec()))
        ))),
    }
}

fn without_nulls(value: Json) -> Json {
    match value {
        Json::Object(object) => {
            let mut kept = Object::new();
            for (key, value) in object {
                if value != Json::Null {
                    kept.insert(key, without_nulls(value));
                }
            }
            Json::Object(kept)
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// None when the value is itself a directive.
fn without_directives(value: Json) -> Option<Json> {
    match value {
        Json::Object(object) if object.contains(DIRECTIVE) => None,
        Json::Object(object) => {
            let mut kept = Object::new();
            for (key, value) in object {
                if let Some(value) = without_directives(value) {
                    kept.insert(key, value);
                }
            }
            Some(Json::Object(kept))
        }
        Json::Array(items) => Some(Json::Array(
            items.into_iter().filter_map(without_directives).collect(),
        )),
        other => Some(other),
    }
}

/// As Go prints such a value, which is what clients see of a refused patch.
pub fn go_text(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_string(),
        Json::Bool(b) => b.to_string(),
        Json::Number(n) => n.to_string(),
        Json::String(s) => s.to_string(),
        Json::Array(items) => {
            let texts: Vec<String> = items.iter().map(go_text).collect();
            format!("[{}]", texts.join(" "))
        }
        Json::Object(object) => {
            let texts: Vec<String> = object
                .iter()
                .map(|(k, v)| format!("{k}:{}", go_text(v)))
                .collect();
            format!("map[{}]", texts.join(" "))
        }
    }
}
