//! One step of a field path, in the order and spelling of FieldsV1.

use crate::json::generic::Json;
use crate::json::text::write_string;
use crate::model::Text;

/// The text is no FieldsV1, or no part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotFieldsV1;

/// `f:name`, `k:{"name":"x"}`, `v:"x"`, `i:0`; ordered in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathElement {
    Field(Text),
    /// Sorted by name.
    Key(Vec<(Box<str>, KeyValue)>),
    Value(KeyValue),
    Index(i64),
}

/// A scalar that tells list elements apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyValue {
    Int(i64),
    String(Box<str>),
    Bool(bool),
    /// Anything else, as JSON text.
    Other(Box<str>),
}

impl KeyValue {
    pub fn of_json(value: &Json) -> KeyValue {
        match value {
            Json::String(s) => KeyValue::String(s.clone()),
            Json::Bool(b) => KeyValue::Bool(*b),
            Json::Number(n) => match n.parse() {
                Ok(int) => KeyValue::Int(int),
                Err(_) => KeyValue::Other(n.clone()),
            },
            other => KeyValue::Other(other.to_text().into()),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            KeyValue::Int(i) => out.push_str(&i.to_string()),
            KeyValue::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            KeyValue::Other(text) => out.push_str(text),
            KeyValue::String(s) => {
                let mut text = Vec::new();
                write_string(&mut text, s.as_bytes());
                out.push_str(&String::from_utf8_lossy(&text));
            }
        }
    }
}

impl PathElement {
    pub fn field(name: &str) -> PathElement {
        PathElement::Field(Text::Owned(name.to_string()))
    }

    /// The element as a quoted JSON name.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            PathElement::Field(name) => PathElement::write_field(name, out),
            _ => write_string(out, self.text().as_bytes()),
        }
    }

    /// A field's element as a quoted JSON name.
    pub fn write_field(name: &str, out: &mut Vec<u8>) {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'/';
        if name.bytes().all(is_plain) {
            out.extend_from_slice(b"\"f:");
            out.extend_from_slice(name.as_bytes());
            out.push(b'"');
        } else {
            write_string(out, format!("f:{name}").as_bytes());
        }
    }

    /// None for what a later version may mean; an error where the text is no path element.
    pub fn parse(text: &str) -> Result<Option<PathElement>, NotFieldsV1> {
        let (kind, rest) = text.split_once(':').ok_or(NotFieldsV1)?;
        match kind {
            "f" => Ok(Some(PathElement::field(rest))),
            "v" => {
                let value = Json::parse(rest).map_err(|_| NotFieldsV1)?;
                Ok(Some(PathElement::Value(KeyValue::of_json(&value))))
            }
            "k" => match Json::parse(rest) {
                Ok(Json::Object(object)) => {
                    let keys = object
                        .iter()
                        .map(|(k, v)| (k.into(), KeyValue::of_json(v)))
                        .collect();
                    Ok(Some(PathElement::Key(keys)))
                }
                _ => Err(NotFieldsV1),
            },
            "i" => rest
                .parse()
                .map(|i| Some(PathElement::Index(i)))
                .map_err(|_| NotFieldsV1),
            _ if kind.len() == 1 => Ok(None),
            _ => Err(NotFieldsV1),
        }
    }

    pub fn text(&self) -> String {
        match self {
            PathElement::Field(name) => format!("f:{name}"),
            PathElement::Index(index) => format!("i:{index}"),
            PathElement::Value(value) => {
                let mut text = "v:".to_string();
                value.write(&mut text);
                text
            }
            PathElement::Key(keys) => {
                let mut text = "k:{".to_string();
                for (i, (name, value)) in keys.iter().enumerate() {
                    if i > 0 {
                        text.push(',');
                    }
                    KeyValue::String(name.clone()).write(&mut text);
                    text.push(':');
                    value.write(&mut text);
                }
                text.push('}');
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let texts = [
            "f:a.b/c",
            "k:{\"containerPort\":80,\"protocol\":\"TCP\"}",
            "v:\"x\"",
            "v:1",
            "i:3",
        ];
        for text in texts {
            let element = PathElement::parse(text);
            assert_eq!(
                element.map(|e| e.map(|e| e.text())),
                Ok(Some(text.to_string()))
            );
        }
        assert_eq!(PathElement::parse("z:later"), Ok(None));
        assert_eq!(PathElement::parse("k:1"), Err(NotFieldsV1));
        assert_eq!(PathElement::parse("nothing"), Err(NotFieldsV1));
    }
}
