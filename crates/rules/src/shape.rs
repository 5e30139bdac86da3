//! Tables of what the fields of plain messages may be. A field that is not listed is not plain.

use std::sync::OnceLock;

use steersman_codec::model::Model;
use steersman_codec::value::{Fields, Value};

use crate::names;

/// Entries of a list that is looked through once for each of its entries.
pub(crate) const FEW: usize = 64;
/// Of fields that may be any number which is not negative.
pub(crate) const MOST: i64 = i64::MAX;

/// What one field may be.
pub(crate) enum Check {
    /// Whatever it is, or looked at by the shape's own rule.
    Any,
    Within(i64, i64),
    /// A list of numbers.
    AllWithin(i64, i64),
    Text(fn(&str) -> bool),
    OneOf(&'static [&'static str]),
    Texts(fn(&str) -> bool),
    Value(fn(&Value) -> bool),
    One(&'static Shape),
    Each(&'static Shape),
}

/// What a message may be.
pub(crate) struct Shape {
    message: &'static str,
    fields: &'static [(&'static str, Check)],
    required: &'static [&'static str],
    /// What its fields have to do with each other.
    also: fn(&At) -> bool,
    places: OnceLock<Places>,
}

/// Where the fields of a shape are, in its order, and which of them is at each place.
struct Places {
    of_field: Box<[u16]>,
    at_place: Box<[Option<u8>]>,
}

impl Shape {
    pub const fn new(message: &'static str, fields: &'static [(&'static str, Check)]) -> Shape {
        Shape {
            message,
            fields,
            required: &[],
            also: |_| true,
            places: OnceLock::new(),
        }
    }

    pub const fn requires(mut self, required: &'static [&'static str]) -> Shape {
        self.required = required;
        self
    }

    pub const fn also(mut self, also: fn(&At) -> bool) -> Shape {
        self.also = also;
        self
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| {
            let model = Model::builtin();
            let schema = model.find(self.message).map(|id| model.message(id));
            let place = |name: &str| schema.and_then(|message| message.field_index(name));
            let mut at_place = vec![None; schema.map_or(0, |message| message.fields.len())];
            let mut of_field = Vec::with_capacity(self.fields.len());
            for (number, (name, _)) in self.fields.iter().enumerate() {
                let found = place(name);
                of_field.push(found.unwrap_or(u16::MAX));
                if let Some(known) = found.and_then(|at| at_place.get_mut(usize::from(at))) {
                    *known = u8::try_from(number).ok();
                }
            }
            Places {
                of_field: of_field.into(),
                at_place: at_place.into(),
            }
        })
    }

    pub fn at<'f>(&'static self, fields: &'f Fields) -> At<'f> {
        let shape = self;
        At { shape, fields }
    }

    pub fn accepts(&'static self, fields: &Fields) -> bool {
        let places = self.places();
        let at = self.at(fields);
        let are_plain = fields.iter().all(|(place, value)| {
            let number = places.at_place.get(usize::from(place)).copied().flatten();
            number.is_some_and(|number| self.fields[usize::from(number)].1.accepts(value))
        });
        are_plain && self.required.iter().all(|name| at.has(name)) && (self.also)(&at)
    }

    /// A list of such messages.
    pub fn accepts_each(&'static self, value: &Value) -> bool {
        matches!(value, Value::List(items) if items.iter().all(|item| self.accepts_one(item)))
    }

    fn accepts_one(&'static self, value: &Value) -> bool {
        matches!(value, Value::Message(fields) if self.accepts(fields))
    }

    /// Names that the model lacks, here and below.
    #[cfg(test)]
    pub fn missing(&'static self) -> Vec<&'static str> {
        let own = self.fields.iter().zip(&self.places().of_field);
        let mut missing: Vec<&str> = own
            .filter(|(_, place)| **place == u16::MAX)
            .map(|((name, _), _)| *name)
            .collect();
        let listed = |name: &&&str| !self.fields.iter().any(|(known, _)| known == *name);
        missing.extend(self.required.iter().filter(listed));
        for (_, check) in self.fields {
            if let Check::One(shape) | Check::Each(shape) = check {
                missing.extend(shape.missing());
            }
        }
        missing
    }
}

impl Check {
    fn accepts(&self, value: &Value) -> bool {
        let is_within = |value: &Value, low: &i64, high: &i64| match value {
            Value::Int(number) => (low..=high).contains(&number),
            _ => false,
        };
        match (self, value) {
            (Check::Any, _) => true,
            (Check::Within(low, high), value) => is_within(value, low, high),
            (Check::AllWithin(low, high), Value::List(items)) => {
                items.iter().all(|item| is_within(item, low, high))
            }
            (Check::Text(rule), Value::Str(text)) => rule(text),
            (Check::OneOf(known), Value::Str(text)) => known.contains(&&**text),
            (Check::Texts(rule), Value::List(items)) => items
                .iter()
                .all(|item| matches!(item, Value::Str(text) if rule(text))),
            (Check::Value(rule), value) => rule(value),
            (Check::One(shape), value) => shape.accepts_one(value),
            (Check::Each(shape), value) => shape.accepts_each(value),
            _ => false,
        }
    }
}

/// A message and the shape that names its fields.
pub(crate) struct At<'f> {
    shape: &'static Shape,
    fields: &'f Fields,
}

impl<'f> At<'f> {
    pub fn get(&self, name: &str) -> Option<&'f Value> {
        let number = self
            .shape
            .fields
            .iter()
            .position(|(known, _)| *known == name)?;
        self.fields.get(self.shape.places().of_field[number])
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn str(&self, name: &str) -> &'f str {
        match self.get(name) {
            Some(Value::Str(text)) => text,
            _ => "",
        }
    }

    pub fn is(&self, name: &str, wanted: bool) -> bool {
        matches!(self.get(name), Some(Value::Bool(found)) if *found == wanted)
    }

    pub fn list(&self, name: &str) -> &'f [Value] {
        match self.get(name) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The messages of a list, or the one message, as their shape names their fields.
    pub fn each(&self, name: &str) -> impl Iterator<Item = At<'f>> + use<'f> {
        let below = self.shape.fields.iter().find(|(known, _)| *known == name);
        let shape = match below {
            Some((_, Check::One(shape) | Check::Each(shape))) => Some(*shape),
            _ => None,
        };
        let items = match self.get(name) {
            Some(Value::List(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let messages = items.iter().filter_map(Value::as_message);
        messages.filter_map(move |fields| shape.map(|shape| shape.at(fields)))
    }
}

/// Whether exactly one field is set.
pub(crate) fn is_one(at: &At) -> bool {
    let mut all = at.fields.iter();
    all.next().is_some() && all.next().is_none()
}

pub(crate) fn any_text(_text: &str) -> bool {
    true
}

pub(crate) fn is_given(text: &str) -> bool {
    !text.is_empty()
}

/// The number of a port, or its name.
pub(crate) fn is_port(value: &Value) -> bool {
    match value {
        Value::Int(number) => (1..=65535).contains(number),
        Value::Str(name) => names::is_port_name(name),
        _ => false,
    }
}

pub(crate) fn are_labels(value: &Value) -> bool {
    match value {
        Value::Map(entries) => entries.iter().all(|(key, value)| {
            let is_value = matches!(value, Value::Str(text) if names::is_label_value(text));
            is_value && names::is_qualified(key)
        }),
        _ => false,
    }
}

/// Whether no two are the same. Of few alone.
pub(crate) fn are_different<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts {
        if seen.len() == FEW || seen.contains(&text) {
            return false;
        }
        seen.push(text);
    }
    true
}
