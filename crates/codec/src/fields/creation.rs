//! What a creation owns, written as FieldsV1 in one pass over the object: what `compare` with an
//! empty object, and taking away, would come to.

use super::compare::{Comparer, Side, associative_keys, entries, inner, items, side};
use super::path::PathElement;
use super::set::FieldSet;
use crate::model::{
    Cardinality, FieldSchema, FieldType, JsonEntry, MessageId, MessageSchema, Model,
};
use crate::value::{EMPTY_FIELDS, Fields, Value};

/// The paths that a creation of the object owns, without those of `reset` and all below them, and
/// without those of `stripped` themselves. None where it owns nothing.
pub fn owned(
    model: &Model,
    id: MessageId,
    fields: &Fields,
    reset: &FieldSet,
    stripped: &FieldSet,
) -> Option<Vec<u8>> {
    let mut creation = Creation {
        comparer: Comparer::new(model),
        out: Vec::with_capacity(1024),
    };
    let left_out = LeftOut {
        reset: Some(reset).filter(|set| !set.is_empty()),
        stripped: Some(stripped),
    };
    creation.out.push(b'{');
    creation.fields(id, true, Some(fields), left_out);
    creation.out.push(b'}');
    (creation.out.len() > 2).then_some(creation.out)
}

/// What nobody owns, from here down.
#[derive(Clone, Copy)]
struct LeftOut<'s> {
    /// With all below it.
    reset: Option<&'s FieldSet>,
    /// The path itself.
    stripped: Option<&'s FieldSet>,
}

const NOTHING: LeftOut<'static> = LeftOut {
    reset: None,
    stripped: None,
};

struct Creation<'m> {
    comparer: Comparer<'m>,
    out: Vec<u8>,
}

impl Creation<'_> {
    /// `existed` says whether the empty object had an object here, with Go's zeros in it.
    fn fields(&mut self, id: MessageId, existed: bool, new: Option<&Fields>, left_out: LeftOut) {
        let model = self.comparer.model;
        let message = model.message(id);
        let managed_fields = self
            .comparer
            .managed_fields
            .filter(|_| id == model.object_meta);
        for entry in message.entries_by_name() {
            if managed_fields.is_some_and(|index| entry.path() == [index]) {
                continue;
            }
            let Some((field, value)) = found(model, message, entry, new) else {
                continue;
            };
            let old = if existed {
                side(field, None)
            } else {
                Side::Absent
            };
            let new = new.map_or(Side::Absent, |_| side(field, value));
            if old == Side::Absent && new == Side::Absent {
                continue;
            }
            let is_new = old == Side::Absent;
            let (below, is_stripped) = match left_out.at(&field.json) {
                Some(found) => found,
                None => continue,
            };
            let start = self.begin();
            PathElement::write_field(&field.json, &mut self.out);
            self.element(start, is_new, is_stripped, |creation| {
                creation.field(field, old, new, below)
            });
        }
    }

    /// Where an element begins that may come to nothing.
    fn begin(&mut self) -> usize {
        let start = self.out.len();
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
        start
    }

    /// After an element's name: what `content` writes below it, or nothing of it. `content` says
    /// whether the path itself is owned; where others are below, it is if it is new.
    fn element(
        &mut self,
        start: usize,
        is_new: bool,
        is_stripped: bool,
        content: impl FnOnce(&mut Self) -> bool,
    ) {
        self.out.extend_from_slice(b":{");
        let inside = self.out.len();
        if is_new && !is_stripped {
            self.out.extend_from_slice(b"\".\":{}");
        }
        let empty = self.out.len();
        let is_owned = content(self) && !is_stripped;
        if self.out.len() == empty {
            self.out.truncate(if is_owned { inside } else { start });
            if !is_owned {
                return;
            }
        }
        self.out.push(b'}');
    }

    fn field(&mut self, field: &FieldSchema, old: Side, new: Side, left_out: LeftOut) -> bool {
        match field.cardinality {
            Cardinality::Single => self.single(field, old, new, left_out),
            Cardinality::Repeated => self.list(field, old, new),
            Cardinality::Map => self.map(field, old, new),
        }
    }

    fn single(&mut self, field: &FieldSchema, old: Side, new: Side, left_out: LeftOut) -> bool {
        match field.ty {
            FieldType::Message(id) if !field.is_one_value(self.comparer.model.message(id)) => {
                let inside = [inner(field, old), inner(field, new)];
                self.object(id, [old, new], inside, left_out)
            }
            _ => old != new,
        }
    }

    fn object(
        &mut self,
        id: MessageId,
        sides: [Side; 2],
        [old, new]: [Option<&Fields>; 2],
        left_out: LeftOut,
    ) -> bool {
        let is_empty = |fields: Option<&Fields>| {
            fields.is_none_or(|fields| self.comparer.is_empty(id, fields))
        };
        if is_empty(old) && is_empty(new) {
            return sides[0] != sides[1];
        }
        self.fields(id, old.is_some(), new, left_out);
        sides[0] == Side::Absent
    }

    fn map(&mut self, field: &FieldSchema, old: Side, new: Side) -> bool {
        let entries = entries(new);
        if field.atomic_map || entries.is_empty() {
            return old != new;
        }
        for (key, value) in entries {
            let start = self.begin();
            PathElement::write_field(key, &mut self.out);
            self.element(start, true, false, |creation| {
                creation.item(field.ty, value);
                true
            });
        }
        old == Side::Absent
    }

    fn list(&mut self, field: &FieldSchema, old: Side, new: Side) -> bool {
        let items = items(new);
        let Some(keys) = associative_keys(field).filter(|_| !items.is_empty()) else {
            return old != new;
        };
        let named = self.comparer.by_element(field, keys, items);
        for same in named.chunk_by(|(a, _), (b, _)| a == b) {
            let (element, value) = &same[0];
            let start = self.begin();
            element.write(&mut self.out);
            self.element(start, true, false, |creation| {
                // Several items of one key are owned as a whole.
                if same.len() == 1 {
                    creation.item(field.ty, value);
                }
                true
            });
        }
        old == Side::Absent
    }

    fn item(&mut self, ty: FieldType, value: &Value) {
        match ty {
            FieldType::Message(id) if !self.comparer.model.message(id).atomic => {
                let sides = [Side::Absent, Side::Value(value)];
                self.object(id, sides, [None, value.as_message()], NOTHING);
            }
            _ => {}
        }
    }
}

impl<'s> LeftOut<'s> {
    /// Below a field, and whether the field itself is left out; None where all of it is.
    fn at(&self, name: &str) -> Option<(LeftOut<'s>, bool)> {
        let (mut below, mut is_stripped) = (NOTHING, false);
        if let Some((member, rest)) = self.reset.and_then(|set| set.find_field(name)) {
            if member {
                return None;
            }
            below.reset = Some(rest);
        }
        if let Some((member, rest)) = self.stripped.and_then(|set| set.find_field(name)) {
            is_stripped = member;
            below.stripped = Some(rest);
        }
        Some((below, is_stripped))
    }
}

/// The field of an entry's name and its value; a message that is not there is an empty one.
fn found<'a>(
    model: &'a Model,
    message: &'a MessageSchema,
    entry: &JsonEntry,
    fields: Option<&'a Fields>,
) -> Option<(&'a FieldSchema, Option<&'a Value>)> {
    let (last, outer) = entry.path().split_last()?;
    let (mut message, mut fields) = (message, fields);
    for index in outer {
        let FieldType::Message(id) = message.fields[*index as usize].ty else {
            return None;
        };
        fields = fields.map(|fields| fields.message(*index).unwrap_or(&EMPTY_FIELDS));
        message = model.message(id);
    }
    let field = &message.fields[*last as usize];
    Some((field, fields.and_then(|fields| fields.get(*last))))
}
