//! Values as Go prints them, for errors in upstream's words.

use std::fmt::Write;

use crate::error::quote;
use crate::fields::path::{KeyValue, PathElement};
use crate::json::generic::Json;

/// The type of an unstructured value, as `%T`.
pub(super) fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "<nil>",
        Json::Bool(_) => "bool",
        Json::Number(_) => "float64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

/// A value in its wrapper, as `%#v`.
pub(super) fn syntax_of_wrapped(value: &Json) -> String {
    format!("&value.valueUnstructured{{Value:{}}}", syntax(value))
}

fn syntax(value: &Json) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match value {
        Json::Null => "interface {}(nil)".into(),
        Json::Bool(b) => b.to_string(),
        Json::Number(n) => n.to_string(),
        Json::String(s) => quote(s),
        Json::Array(items) => {
            format!(
                "[]interface {{}}{{{}}}",
                joined(items.iter().map(syntax).collect())
            )
        }
        Json::Object(object) => {
            let entries = object.iter();
            let entries = entries.map(|(k, v)| format!("{}:{}", quote(k), syntax(v)));
            format!("map[string]interface {{}}{{{}}}", joined(entries.collect()))
        }
    }
}

/// A value in its wrapper, as `%v`.
pub(super) fn shown_wrapped(value: &Json) -> String {
    format!("&{{{}}}", shown(value))
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".into(),
        Json::Bool(b) => b.to_string(),
        Json::Number(n) => n.to_string(),
        Json::String(s) => s.to_string(),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(" "))
        }
        Json::Object(object) => {
            let entries = object.iter().map(|(k, v)| format!("{k}:{}", shown(v)));
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

/// `.spec.containers[name="c"].image`.
pub(super) fn path(elements: &[&PathElement]) -> String {
    let mut out = String::new();
    elements
        .iter()
        .for_each(|element| write_element(element, &mut out));
    out
}

pub(super) fn element(element: &PathElement) -> String {
    let mut out = String::new();
    write_element(element, &mut out);
    out
}

fn write_element(element: &PathElement, out: &mut String) {
    let done = match element {
        PathElement::Field(name) => write!(out, ".{name}"),
        PathElement::Index(index) => write!(out, "[{index}]"),
        PathElement::Value(value) => write!(out, "[={}]", key(value)),
        PathElement::Key(keys) => {
            let keys = keys
                .iter()
                .map(|(name, value)| format!("{name}={}", key(value)));
            write!(out, "[{}]", keys.collect::<Vec<_>>().join(","))
        }
    };
    debug_assert!(done.is_ok(), "a String takes all that is written");
}

fn key(value: &KeyValue) -> String {
    match value {
        KeyValue::Int(i) => i.to_string(),
        KeyValue::Bool(b) => b.to_string(),
        KeyValue::String(s) => quote(s),
        KeyValue::Other(text) => text.to_string(),
    }
}
