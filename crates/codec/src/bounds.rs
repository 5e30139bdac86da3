//! How many values an object of a request may have. What is done with an object grows with their
//! number, however few bytes they take; whole objects of real clusters stay far below.

use crate::error::{CodecError, Reason};
use crate::model::{FieldSchema, FieldType, MessageId, Model};
use crate::object::Object;
use crate::value::{Fields, Value};

/// Entries of one list or map, also inside raw values.
pub const MAX_ELEMENTS: usize = 10_000;
/// Values of one object: its fields, the items of lists, the entries of maps. Those of metadata,
/// and what managedFields say of all, are counted by themselves: an object that has too many
/// already can still be labelled, and released from its finalizers.
pub const MAX_VALUES: usize = 50_000;

/// What holds no more bytes than this cannot have too many: a raw value takes two at least.
const SMALL: usize = 2 * MAX_ELEMENTS;

/// Why the object has too many values; None where it has not. An update may leave as many as the
/// live object has, which defaults and admission may have added.
pub fn excess(model: &Model, object: &Object, live: Option<&Object>) -> Option<CodecError> {
    if object.fields.heap_bytes() <= SMALL {
        return None;
    }
    let size = Size::of(model, object.id, &object.fields);
    if size.fits(&Size::default()) {
        return None;
    }
    let before = live.map_or_else(Size::default, |live| Size::of(model, live.id, &live.fields));
    (!size.fits(&before)).then(|| size.told(&before))
}

#[derive(Default)]
struct Size {
    /// Outside of metadata.
    values: usize,
    metadata: usize,
    managed: usize,
    /// Entries of the longest list or map.
    longest: usize,
    /// Where the longest is, from the last step to the first; empty while nothing is too long.
    steps: Vec<String>,
}

impl Size {
    fn of(model: &Model, id: MessageId, fields: &Fields) -> Size {
        let meta = model.message(model.object_meta);
        let mut counter = Counter {
            model,
            managed_fields: meta.field_index("managedFields"),
            size: Size::default(),
        };
        counter.message(id, fields);
        counter.size
    }

    fn fits(&self, before: &Size) -> bool {
        self.longest <= before.longest.max(MAX_ELEMENTS)
            && self.values <= before.values.max(MAX_VALUES)
            && self.metadata <= before.metadata.max(MAX_VALUES)
            && self.managed <= before.managed.max(MAX_VALUES)
    }

    fn told(self, before: &Size) -> CodecError {
        let path = if self.longest > before.longest.max(MAX_ELEMENTS) {
            let path = self.steps.into_iter().rev().collect::<String>();
            let path = path.trim_start_matches('.').to_string();
            let message = format!("{path} must have at most {MAX_ELEMENTS} entries");
            return CodecError::new(Reason::TooLarge, path, message);
        } else if self.values > before.values.max(MAX_VALUES) {
            "the object"
        } else if self.metadata > before.metadata.max(MAX_VALUES) {
            "metadata"
        } else {
            "metadata.managedFields"
        };
        let message = format!("{path} must have at most {MAX_VALUES} values");
        CodecError::new(Reason::TooLarge, "", message)
    }
}

/// Whether what is below has the longest list or map so far, one that is too long.
type IsLongest = bool;

struct Counter<'m> {
    model: &'m Model,
    managed_fields: Option<u16>,
    size: Size,
}

impl Counter<'_> {
    fn message(&mut self, id: MessageId, fields: &Fields) -> IsLongest {
        let message = self.model.message(id);
        let is_metadata = id == self.model.object_meta;
        let managed_fields = self.managed_fields.filter(|_| is_metadata);
        let values_before = self.size.values;
        let mut is_longest = false;
        for (index, value) in fields.iter() {
            let field = &message.fields[index as usize];
            if managed_fields == Some(index) {
                let others = std::mem::take(&mut self.size);
                self.field(field, value);
                let managed = std::mem::replace(&mut self.size, others);
                self.size.managed += managed.values;
                continue;
            }
            self.size.values += 1;
            if self.field(field, value) {
                self.size.steps.push(format!(".{}", field.json));
                is_longest = true;
            }
        }
        if is_metadata {
            let inside = std::mem::replace(&mut self.size.values, values_before) - values_before;
            self.size.metadata += inside;
        }
        is_longest
    }

    fn field(&mut self, field: &FieldSchema, value: &Value) -> IsLongest {
        let mut is_longest;
        match value {
            Value::List(items) => {
                is_longest = self.elements(items.len());
                for (at, item) in items.iter().enumerate() {
                    if self.value(field.ty, item) {
                        self.size.steps.push(format!("[{at}]"));
                        is_longest = true;
                    }
                }
            }
            Value::Map(entries) => {
                is_longest = self.elements(entries.len());
                for (key, value) in entries {
                    if self.value(field.ty, value) {
                        self.size.steps.push(format!("[{key}]"));
                        is_longest = true;
                    }
                }
            }
            _ => return self.value(field.ty, value),
        }
        is_longest
    }

    fn elements(&mut self, count: usize) -> IsLongest {
        self.size.values += count;
        self.longest(count)
    }

    fn longest(&mut self, count: usize) -> IsLongest {
        let is_longest = count > self.size.longest.max(MAX_ELEMENTS);
        if is_longest {
            self.size.steps.clear();
        }
        self.size.longest = self.size.longest.max(count);
        is_longest
    }

    fn value(&mut self, ty: FieldType, value: &Value) -> IsLongest {
        match (ty, value) {
            (FieldType::Message(id) | FieldType::OneOf(id, _), Value::Message(fields)) => {
                self.message(id, fields)
            }
            (_, Value::List(items)) => self.elements(items.len()),
            (_, Value::Raw(raw)) => self.raw(raw),
            _ => false,
        }
    }

    /// Of JSON text that was read as such; of other bytes nothing is made that counts.
    fn raw(&mut self, raw: &[u8]) -> IsLongest {
        let (mut open, mut longest): (Vec<usize>, usize) = (Vec::new(), 0);
        let (mut in_string, mut at) = (false, 0);
        while let Some(c) = raw.get(at) {
            at += 1;
            match c {
                b'\\' if in_string => at += 1,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => {
                    let is_empty = matches!(raw.get(at), Some(b'}' | b']'));
                    open.push(usize::from(!is_empty));
                    self.size.values += usize::from(!is_empty);
                }
                b'}' | b']' => longest = longest.max(open.pop().unwrap_or(0)),
                b',' => {
                    self.size.values += 1;
                    if let Some(count) = open.last_mut() {
                        *count += 1;
                    }
                }
                _ => {}
            }
        }
        self.longest(longest)
    }
}
