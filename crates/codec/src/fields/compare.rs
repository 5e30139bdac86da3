//! What changed between two objects of one message, as sets of field paths. A field counts as it
//! stands in JSON: what JSON leaves out is absent, and null or empty lists and maps are leaves.

use super::path::{KeyValue, PathElement};
use super::set::FieldSet;
use crate::json::encode::is_absent_omitted;
use crate::json::generic::{Json, Object};
use crate::json::lexer::as_text;
use crate::model::{Cardinality, FieldSchema, FieldType, ListType, MessageId, Model, Text};
use crate::scalar::time;
use crate::value::{EMPTY_FIELDS, Fields, SmallText, Value};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    pub added: FieldSet,
    pub modified: FieldSet,
    pub removed: FieldSet,
}

impl Comparison {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    pub fn without(self, excluded: &FieldSet) -> Comparison {
        if excluded.is_empty() {
            return self;
        }
        Comparison {
            added: self.added.without_subtrees(excluded),
            modified: self.modified.without_subtrees(excluded),
            removed: self.removed.without_subtrees(excluded),
        }
    }

    pub(crate) fn attach(&mut self, element: PathElement, mark: Mark, below: Comparison) {
        // Of a creation everything was added: no copy of the element is needed.
        if mark == Mark::Added && below.modified.is_empty() && below.removed.is_empty() {
            self.added.attach(element, true, below.added);
            return;
        }
        if mark == Mark::Added || !below.added.is_empty() {
            self.added
                .attach(element.clone(), mark == Mark::Added, below.added);
        }
        if mark == Mark::Modified || !below.modified.is_empty() {
            self.modified
                .attach(element.clone(), mark == Mark::Modified, below.modified);
        }
        if mark == Mark::Removed || !below.removed.is_empty() {
            self.removed
                .attach(element, mark == Mark::Removed, below.removed);
        }
    }
}

/// What happened to the path itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    Added,
    Modified,
    Removed,
}

/// A field as JSON has it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side<'a> {
    Absent,
    /// Written although zero: null, or the zero of a type that is no pointer.
    Zero,
    Value(&'a Value),
}

/// Compares two root objects, but not who manages their fields.
pub fn compare(model: &Model, id: MessageId, old: &Fields, new: &Fields) -> Comparison {
    let mut comparison = Comparison::default();
    Comparer::new(model).fields(id, Some(old), Some(new), &mut comparison);
    comparison
}

pub(super) struct Comparer<'m> {
    pub(super) model: &'m Model,
    /// Position in ObjectMeta of what is left out.
    pub(super) managed_fields: Option<u16>,
}

pub(super) fn side<'a>(field: &FieldSchema, value: Option<&'a Value>) -> Side<'a> {
    match value {
        Some(Value::List(items)) if items.is_empty() && field.omit_empty => Side::Absent,
        Some(Value::Map(entries)) if entries.is_empty() && field.omit_empty => Side::Absent,
        Some(Value::Bytes(bytes)) if bytes.is_empty() && field.omit_empty => Side::Absent,
        Some(value) => Side::Value(value),
        None if is_absent_omitted(field) => Side::Absent,
        None => Side::Zero,
    }
}

fn leaf(old: Side, new: Side) -> Mark {
    match (old, new) {
        (Side::Absent, _) => Mark::Added,
        (_, Side::Absent) => Mark::Removed,
        (a, b) if a == b => Mark::None,
        _ => Mark::Modified,
    }
}

/// Of something that is no leaf, after what is below it.
fn container(old: Side, new: Side) -> Mark {
    match (old, new) {
        (Side::Absent, _) => Mark::Added,
        (_, Side::Absent) => Mark::Removed,
        _ => Mark::None,
    }
}

pub(super) fn inner<'a>(field: &FieldSchema, side: Side<'a>) -> Option<&'a Fields> {
    match side {
        Side::Value(Value::Message(fields)) => Some(fields),
        Side::Zero if !field.pointer => Some(&EMPTY_FIELDS),
        _ => None,
    }
}

impl<'m> Comparer<'m> {
    pub(super) fn new(model: &'m Model) -> Comparer<'m> {
        let meta = model.message(model.object_meta);
        Comparer {
            model,
            managed_fields: meta.field_index("managedFields"),
        }
    }

    /// None stands for an absent or null object.
    fn fields(
        &self,
        id: MessageId,
        old: Option<&Fields>,
        new: Option<&Fields>,
        out: &mut Comparison,
    ) {
        let message = self.model.message(id);
        let left_out = self.managed_fields.filter(|_| id == self.model.object_meta);
        for (index, field) in message.fields.iter().enumerate() {
            let index = index as u16;
            if left_out == Some(index) {
                continue;
            }
            if let (true, FieldType::Message(below)) = (field.inline, field.ty) {
                let old = old.map(|f| f.message(index).unwrap_or(&EMPTY_FIELDS));
                let new = new.map(|f| f.message(index).unwrap_or(&EMPTY_FIELDS));
                self.fields(below, old, new, out);
                continue;
            }
            if field.has_others() {
                let entries = [old, new].map(|f| map_entries(f.and_then(|f| f.get(index))));
                compare_others(entries, out);
                continue;
            }
            let left = old.map_or(Side::Absent, |f| side(field, f.get(index)));
            let right = new.map_or(Side::Absent, |f| side(field, f.get(index)));
            if left == Side::Absent && right == Side::Absent {
                continue;
            }
            let mut below = Comparison::default();
            let mark = self.field(field, left, right, &mut below);
            out.attach(PathElement::Field(field.json.clone()), mark, below);
        }
    }

    fn field(&self, field: &FieldSchema, old: Side, new: Side, out: &mut Comparison) -> Mark {
        match field.cardinality {
            Cardinality::Single => self.single(field, old, new, out),
            Cardinality::Repeated => self.list(field, old, new, out),
            Cardinality::Map => self.map(field, old, new, out),
        }
    }

    fn single(&self, field: &FieldSchema, old: Side, new: Side, out: &mut Comparison) -> Mark {
        let FieldType::Message(id) = field.ty else {
            return leaf(old, new);
        };
        if field.is_one_value(self.model.message(id)) {
            return leaf(old, new);
        }
        self.object(id, [old, new], [inner(field, old), inner(field, new)], out)
    }

    fn object(
        &self,
        id: MessageId,
        [old, new]: [Side; 2],
        [old_fields, new_fields]: [Option<&Fields>; 2],
        out: &mut Comparison,
    ) -> Mark {
        let is_empty = |fields: Option<&Fields>| fields.is_none_or(|f| self.is_empty(id, f));
        if is_empty(old_fields) && is_empty(new_fields) {
            return leaf(old, new);
        }
        self.fields(id, old_fields, new_fields, out);
        container(old, new)
    }

    /// Whether JSON has `{}` here.
    pub(super) fn is_empty(&self, id: MessageId, fields: &Fields) -> bool {
        let message = self.model.message(id);
        let left_out = self.managed_fields.filter(|_| id == self.model.object_meta);
        message.fields.iter().enumerate().all(|(index, field)| {
            if left_out == Some(index as u16) {
                return true;
            }
            if let (true, FieldType::Message(below)) = (field.inline, field.ty) {
                let inner = fields.message(index as u16).unwrap_or(&EMPTY_FIELDS);
                return self.is_empty(below, inner);
            }
            side(field, fields.get(index as u16)) == Side::Absent
        })
    }

    fn map(&self, field: &FieldSchema, old: Side, new: Side, out: &mut Comparison) -> Mark {
        let (left, right) = (entries(old), entries(new));
        if field.atomic_map || (left.is_empty() && right.is_empty()) {
            return leaf(old, new);
        }
        let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
        loop {
            let key = match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) => a.min(b),
                (Some((key, _)), None) | (None, Some((key, _))) => key,
                (None, None) => break,
            };
            let a = left.next_if(|(k, _)| k == key).map(|(_, v)| v);
            let b = right.next_if(|(k, _)| k == key).map(|(_, v)| v);
            let mut below = Comparison::default();
            let mark = self.element(field.ty, a, b, &mut below);
            out.attach(PathElement::field(key), mark, below);
        }
        container(old, new)
    }

    fn element(
        &self,
        ty: FieldType,
        old: Option<&Value>,
        new: Option<&Value>,
        out: &mut Comparison,
    ) -> Mark {
        let sides = [old, new].map(|value| value.map_or(Side::Absent, Side::Value));
        match ty {
            FieldType::Message(id) if !self.model.message(id).atomic => {
                let fields = [old, new].map(|value| value.and_then(Value::as_message));
                self.object(id, sides, fields, out)
            }
            _ => leaf(sides[0], sides[1]),
        }
    }

    fn list(&self, field: &FieldSchema, old: Side, new: Side, out: &mut Comparison) -> Mark {
        let (left, right) = (items(old), items(new));
        let Some(keys) = associative_keys(field) else {
            return leaf(old, new);
        };
        if left.is_empty() && right.is_empty() {
            return leaf(old, new);
        }
        let left = self.by_element(field, keys, left);
        let right = self.by_element(field, keys, right);
        let (mut a, mut b) = (&left[..], &right[..]);
        loop {
            let element = match (a.first(), b.first()) {
                (Some((a, _)), Some((b, _))) => a.min(b),
                (Some((element, _)), None) | (None, Some((element, _))) => element,
                (None, None) => break,
            };
            let old = split_off_same(&mut a, element);
            let new = split_off_same(&mut b, element);
            self.same_element(field.ty, element, old, new, out);
        }
        container(old, new)
    }

    /// Several items of one key are owned as a whole.
    fn same_element(
        &self,
        ty: FieldType,
        element: &PathElement,
        old: &[Named],
        new: &[Named],
        out: &mut Comparison,
    ) {
        let mut below = Comparison::default();
        let mark = match (old.len(), new.len()) {
            (0..=1, 0..=1) => {
                let old = old.first().map(|(_, v)| *v);
                self.element(ty, old, new.first().map(|(_, v)| *v), &mut below)
            }
            (2.., 2..) if old == new => Mark::None,
            (2.., 2..) => Mark::Modified,
            (2.., _) => {
                if let Some((_, item)) = new.first() {
                    let mark = self.element(ty, None, Some(item), &mut below);
                    out.attach(element.clone(), mark, std::mem::take(&mut below));
                }
                Mark::Removed
            }
            (_, _) => {
                if let Some((_, item)) = old.first() {
                    let mark = self.element(ty, Some(item), None, &mut below);
                    out.attach(element.clone(), mark, std::mem::take(&mut below));
                }
                Mark::Added
            }
        };
        out.attach(element.clone(), mark, below);
    }

    /// Items by the path element that names them; those without any are left out.
    pub(super) fn by_element<'v>(
        &self,
        field: &FieldSchema,
        keys: &[Text],
        items: &'v [Value],
    ) -> Vec<Named<'v>> {
        let named = items.iter().filter_map(|item| {
            let element = match (field.ty, item) {
                (FieldType::Message(id), Value::Message(fields)) => self.key(id, keys, fields)?,
                _ => PathElement::Value(key_value(item)?),
            };
            Some((element, item))
        });
        let mut named: Vec<Named> = named.collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        named
    }

    fn key(&self, id: MessageId, keys: &[Text], fields: &Fields) -> Option<PathElement> {
        let message = self.model.message(id);
        let mut named: Vec<(Box<str>, KeyValue)> = Vec::with_capacity(keys.len());
        for key in keys {
            let (_, entry) = message.json_entry(key)?;
            let [index] = entry.path() else { continue };
            let field = &message.fields[*index as usize];
            let value = match side(field, fields.get(*index)) {
                Side::Value(value) => key_value(value),
                Side::Zero => zero_key(field.ty),
                Side::Absent => field.default.as_deref().map(|d| default_key(field.ty, d)),
            };
            if let Some(value) = value {
                named.push((key.as_ref().into(), value));
            }
        }
        named.sort();
        (!named.is_empty()).then_some(PathElement::Key(named))
    }
}

/// Values that no field is named after: objects by their members, everything else as a whole.
fn compare_others([old, new]: [&[(SmallText, Value)]; 2], out: &mut Comparison) {
    let parsed = |entries: &[(SmallText, Value)]| -> Object {
        let members = entries.iter().filter_map(|(key, value)| match value {
            Value::Raw(raw) => Some((Box::from(&**key), Json::parse(&as_text(raw)).ok()?)),
            _ => None,
        });
        members.collect()
    };
    compare_members(&parsed(old), &parsed(new), out);
}

fn compare_members(old: &Object, new: &Object, out: &mut Comparison) {
    let (mut left, mut right) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let key = match (left.peek(), right.peek()) {
            (Some((a, _)), Some((b, _))) => *a.min(b),
            (Some((key, _)), None) | (None, Some((key, _))) => *key,
            (None, None) => return,
        };
        let a = left.next_if(|(k, _)| *k == key).map(|(_, v)| v);
        let b = right.next_if(|(k, _)| *k == key).map(|(_, v)| v);
        let mut below = Comparison::default();
        let mark = compare_json(a, b, &mut below);
        out.attach(PathElement::field(key), mark, below);
    }
}

fn compare_json(old: Option<&Json>, new: Option<&Json>, out: &mut Comparison) -> Mark {
    static NO_MEMBERS: Object = Object::new();
    let inside = [old, new].map(|json| {
        let members = json.and_then(Json::as_object);
        members.filter(|object| !object.is_empty())
    });
    if inside.iter().any(Option::is_some) {
        let [left, right] = inside.map(|object| object.unwrap_or(&NO_MEMBERS));
        compare_members(left, right, out);
    }
    match (old, new) {
        (None, _) => Mark::Added,
        (_, None) => Mark::Removed,
        _ if inside.iter().any(Option::is_some) => Mark::None,
        (Some(a), Some(b)) if a.same(b) => Mark::None,
        _ => Mark::Modified,
    }
}

fn map_entries(value: Option<&Value>) -> &[(SmallText, Value)] {
    entries(value.map_or(Side::Absent, Side::Value))
}

pub(super) type Named<'v> = (PathElement, &'v Value);

/// The items of that element, which stand first.
fn split_off_same<'s, 'v>(side: &mut &'s [Named<'v>], element: &PathElement) -> &'s [Named<'v>] {
    let count = side.iter().take_while(|(e, _)| e == element).count();
    let (same, rest) = side.split_at(count);
    *side = rest;
    same
}

pub(super) fn items(side: Side<'_>) -> &[Value] {
    match side {
        Side::Value(Value::List(items)) => items,
        _ => &[],
    }
}

pub(super) fn entries(side: Side<'_>) -> &[(SmallText, Value)] {
    match side {
        Side::Value(Value::Map(entries)) => entries,
        _ => &[],
    }
}

/// The keys of a list whose elements are owned one by one (none for a set); None for an atomic
/// list.
pub(crate) fn associative_keys(field: &FieldSchema) -> Option<&[Text]> {
    match field.list_type {
        Some(ListType::Map) => Some(&field.list_map_keys),
        Some(ListType::Set) => Some(&[]),
        Some(ListType::Atomic) => None,
        None if field.patch_strategy.split(',').any(|s| s == "merge") => {
            if field.patch_merge_key.is_empty() {
                Some(&[])
            } else {
                Some(std::slice::from_ref(&field.patch_merge_key))
            }
        }
        None => None,
    }
}

fn key_value(value: &Value) -> Option<KeyValue> {
    match value {
        Value::Str(s) | Value::Quantity(s) => Some(KeyValue::String(s.as_str().into())),
        Value::Int(i) => Some(KeyValue::Int(*i)),
        Value::Bool(b) => Some(KeyValue::Bool(*b)),
        Value::Time(seconds) => {
            let mut text = Vec::new();
            time::write_seconds(&mut text, *seconds);
            Some(KeyValue::String(
                String::from_utf8(text).unwrap_or_default().into(),
            ))
        }
        _ => None,
    }
}

fn zero_key(ty: FieldType) -> Option<KeyValue> {
    match ty {
        FieldType::String => Some(KeyValue::String("".into())),
        FieldType::Int32 | FieldType::Int64 | FieldType::IntOrString => Some(KeyValue::Int(0)),
        FieldType::Bool => Some(KeyValue::Bool(false)),
        _ => None,
    }
}

fn default_key(ty: FieldType, text: &str) -> KeyValue {
    match (ty, text.parse()) {
        (FieldType::Int32 | FieldType::Int64, Ok(int)) => KeyValue::Int(int),
        _ => KeyValue::String(text.into()),
    }
}
