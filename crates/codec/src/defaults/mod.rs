//! What a client leaves out: the defaults that stand in the schema (constants of single fields, and
//! resource lists whose quantities are rounded up to thousandths, as upstream's generated
//! defaulting does wherever such a type occurs), and those of pods and their templates.

mod pods;

use steersman_grammar::quantity;

use crate::model::{Cardinality, FieldSchema, FieldType, MessageId, Model};
use crate::value::{Fields, SmallText, Value};

/// Everything that a root message lacks, in place.
pub fn apply(model: &Model, id: MessageId, fields: &mut Fields) {
    apply_static(model, id, fields);
    pods::apply(model, id, fields);
}

fn apply_static(model: &Model, id: MessageId, fields: &mut Fields) {
    let message = model.message(id);
    if !message.has_defaults {
        return;
    }
    for (index, field) in message.fields.iter().enumerate() {
        let index = index as u16;
        match (fields.get_mut(index), field.ty) {
            (None, _) if field.default.is_some() => fields.put(index, default_of(field)),
            (None, FieldType::Message(below))
                if field.cardinality == Cardinality::Single && !field.pointer =>
            {
                apply_to_absent(model, below, index, fields);
            }
            (Some(Value::Map(entries)), FieldType::Quantity) => round(entries),
            (Some(Value::Message(inner)), FieldType::Message(below)) => {
                apply_static(model, below, inner)
            }
            (Some(Value::List(items)), FieldType::Message(below)) => {
                for item in items {
                    if let Value::Message(inner) = item {
                        apply_static(model, below, inner);
                    }
                }
            }
            (Some(Value::Map(entries)), FieldType::Message(below)) => {
                for (_, item) in entries {
                    if let Value::Message(inner) = item {
                        apply_static(model, below, inner);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A struct that is no pointer is there even when nobody wrote it.
fn apply_to_absent(model: &Model, id: MessageId, index: u16, fields: &mut Fields) {
    if !model.message(id).has_defaults {
        return;
    }
    let mut inner = Fields::new();
    apply_static(model, id, &mut inner);
    if !inner.is_empty() {
        fields.set(index, Value::Message(inner));
    }
}

fn default_of(field: &FieldSchema) -> Option<Value> {
    let text = field.default.as_deref()?;
    match field.ty {
        FieldType::String => Some(Value::Str(text.into())),
        FieldType::Bool => Some(Value::Bool(text == "true")),
        FieldType::Int32 | FieldType::Int64 => text.parse().ok().map(Value::Int),
        _ => None,
    }
}

fn round(entries: &mut [(SmallText, Value)]) {
    for (_, value) in entries {
        if let Value::Quantity(text) = value {
            if let Some(rounded) = quantity::round_up_to_milli(text) {
                *text = rounded.into();
            }
        }
    }
}
