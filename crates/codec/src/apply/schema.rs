//! What a value may be, and how those who apply it share it.

use crate::fields::compare::associative_keys;
use crate::fields::path::KeyValue;
use crate::model::{Cardinality, FieldSchema, FieldType, MessageId, Model, Text};

/// What may stand where a scalar stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scalar {
    Numeric,
    String,
    Boolean,
    /// Any of them.
    Untyped,
}

/// A list: one value, or a set whose elements are told apart by `keys` or, where there are none,
/// by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct List<'s, T> {
    pub atomic: bool,
    pub keys: &'s [Text],
    pub element: T,
}

/// An object or a map: one value, or one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Map<T> {
    pub atomic: bool,
    /// Whether it names fields; `Schema::field` knows them.
    pub has_fields: bool,
    /// Of entries that are no fields; none where there may be no others.
    pub element: Option<T>,
}

/// The forms that a value may take; most have one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Atom<'s, T> {
    pub scalar: Option<Scalar>,
    pub list: Option<List<'s, T>>,
    pub map: Option<Map<T>>,
}

/// The types of one kind's values. Every step of apply goes by it and by nothing else.
pub trait Schema {
    type Type: Copy + PartialEq;

    fn atom(&self, of: Self::Type) -> Atom<'_, Self::Type>;
    /// Of a field that the object's type names.
    fn field(&self, of: Self::Type, name: &str) -> Option<Self::Type>;
    /// What a list's element has for a key that it leaves out.
    fn key_default(&self, element: Self::Type, key: &str) -> Option<KeyValue>;

    /// Of an entry of a map or object, whether it is named or not.
    fn entry(&self, of: Self::Type, map: &Map<Self::Type>, name: &str) -> Option<Self::Type> {
        let named = if map.has_fields {
            self.field(of, name)
        } else {
            None
        };
        named.or(map.element)
    }
}

/// The types of built-in kinds, and of kinds without a schema.
#[derive(Clone, Copy)]
pub struct BuiltIn<'m> {
    pub model: &'m Model,
}

/// Its name is empty where it is left out: the one default of a key that the model, which has no
/// empty defaults, cannot say.
const EMPTY_NAME: &str = "k8s.io.api.core.v1.LocalObjectReference";

/// A type of a model.
#[derive(Clone, Copy)]
pub enum Type<'m> {
    Message(MessageId),
    /// All of a field: its list, its map or its value.
    Field(&'m FieldSchema),
    /// One value of a field.
    Value(FieldType),
    /// Whatever it is: objects by their members, lists as one value.
    Any,
    /// Whatever it is, as one value.
    Opaque,
}

impl PartialEq for Type<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Type::Message(a), Type::Message(b)) => a == b,
            (Type::Field(a), Type::Field(b)) => std::ptr::eq(*a, *b),
            (Type::Value(a), Type::Value(b)) => a == b,
            (Type::Any, Type::Any) | (Type::Opaque, Type::Opaque) => true,
            _ => false,
        }
    }
}

impl<'m> BuiltIn<'m> {
    fn message(&self, id: MessageId, field: Option<&FieldSchema>) -> Atom<'m, Type<'m>> {
        let message = self.model.message(id);
        let atomic = field.map_or(message.atomic, |field| field.is_one_value(message));
        let free = message.fields.is_empty() || message.is_unstructured();
        Atom {
            scalar: None,
            list: None,
            map: Some(Map {
                atomic,
                has_fields: true,
                element: free.then_some(Type::Any),
            }),
        }
    }

    fn value(&self, ty: FieldType) -> Atom<'m, Type<'m>> {
        let scalar = match ty {
            FieldType::Bool => Scalar::Boolean,
            FieldType::Int32 | FieldType::Int64 | FieldType::Double => Scalar::Numeric,
            FieldType::String | FieldType::Bytes | FieldType::Duration => Scalar::String,
            FieldType::Time | FieldType::MicroTime => Scalar::Untyped,
            FieldType::Quantity | FieldType::IntOrString => Scalar::Untyped,
            FieldType::Message(id) => return self.message(id, None),
            FieldType::Raw => return self.free(Type::Opaque),
            FieldType::OneOf(..) => return self.free(Type::Any),
            FieldType::StringArray => {
                return self.list(true, &[], Type::Value(FieldType::String));
            }
        };
        Atom {
            scalar: Some(scalar),
            list: None,
            map: None,
        }
    }

    fn list(&self, atomic: bool, keys: &'m [Text], element: Type<'m>) -> Atom<'m, Type<'m>> {
        Atom {
            scalar: None,
            list: Some(List {
                atomic,
                keys,
                element,
            }),
            map: None,
        }
    }

    fn free(&self, inside: Type<'m>) -> Atom<'m, Type<'m>> {
        Atom {
            scalar: Some(Scalar::Untyped),
            list: Some(List {
                atomic: true,
                keys: &[],
                element: Type::Opaque,
            }),
            map: Some(Map {
                atomic: matches!(inside, Type::Opaque),
                has_fields: false,
                element: Some(inside),
            }),
        }
    }

    fn all(&self, field: &'m FieldSchema) -> Atom<'m, Type<'m>> {
        match field.cardinality {
            Cardinality::Repeated => {
                let keys = associative_keys(field);
                let element = Type::Value(field.ty);
                self.list(keys.is_none(), keys.unwrap_or(&[]), element)
            }
            Cardinality::Map => Atom {
                scalar: None,
                list: None,
                map: Some(Map {
                    atomic: field.atomic_map,
                    has_fields: false,
                    element: Some(Type::Value(field.ty)),
                }),
            },
            Cardinality::Single => match field.ty {
                FieldType::Message(id) => self.message(id, Some(field)),
                ty => self.value(ty),
            },
        }
    }

    fn id(&self, of: Type<'m>) -> Option<MessageId> {
        match of {
            Type::Message(id) | Type::Value(FieldType::Message(id)) => Some(id),
            Type::Field(field) if field.cardinality == Cardinality::Single => {
                self.id(Type::Value(field.ty))
            }
            _ => None,
        }
    }

    fn declared(&self, of: Type<'m>, name: &str) -> Option<&'m FieldSchema> {
        let mut message = self.model.message(self.id(of)?);
        let (_, entry) = message.json_entry(name)?;
        let (last, outer) = entry.path().split_last()?;
        for index in outer {
            let FieldType::Message(id) = message.fields[*index as usize].ty else {
                return None;
            };
            message = self.model.message(id);
        }
        Some(&message.fields[*last as usize]).filter(|field| !field.has_others())
    }
}

impl<'m> Schema for BuiltIn<'m> {
    type Type = Type<'m>;

    fn atom(&self, of: Type<'m>) -> Atom<'_, Type<'m>> {
        match of {
            Type::Message(id) => self.message(id, None),
            Type::Field(field) => self.all(field),
            Type::Value(ty) => self.value(ty),
            Type::Any => self.free(Type::Any),
            Type::Opaque => self.free(Type::Opaque),
        }
    }

    fn field(&self, of: Type<'m>, name: &str) -> Option<Type<'m>> {
        self.declared(of, name).map(Type::Field)
    }

    /// As upstream's published schema: the field's own default, or Go's zero where JSON always has
    /// the field.
    fn key_default(&self, element: Type<'m>, key: &str) -> Option<KeyValue> {
        let field = self.declared(element, key)?;
        let message = self.model.message(self.id(element)?);
        if *message.name == *EMPTY_NAME && key == "name" {
            return Some(KeyValue::String("".into()));
        }
        let is_always_there = !field.omit_empty && !field.omit_zero && !field.pointer;
        match (&field.default, field.ty) {
            (Some(text), FieldType::Int32 | FieldType::Int64) => {
                text.parse().ok().map(KeyValue::Int)
            }
            (Some(text), FieldType::String) => Some(KeyValue::String((&**text).into())),
            (Some(_), _) => None,
            (None, _) if !is_always_there => None,
            (None, FieldType::String) => Some(KeyValue::String("".into())),
            (None, FieldType::Int32 | FieldType::Int64) => Some(KeyValue::Int(0)),
            (None, FieldType::Bool) => Some(KeyValue::Bool(false)),
            _ => None,
        }
    }
}
