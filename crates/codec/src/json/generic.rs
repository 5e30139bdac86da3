//! JSON without a schema: what patches work on, and how raw values are compared with what
//! JavaScript made of them.

use super::MAX_BUILT_DEPTH;
use super::lexer::{LexError, Lexer, Shape};
use super::text::write_string;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// As written.
    Number(Box<str>),
    String(Box<str>),
    Array(Vec<Json>),
    Object(Object),
}

/// Entries by ascending key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(Box<str>, Json)>);

impl Object {
    pub fn new() -> Object {
        Object(Vec::new())
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(k, _)| (**k).cmp(key))
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        self.position(key).ok().map(|i| &self.0[i].1)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        self.position(key).ok().map(|i| &mut self.0[i].1)
    }

    pub fn contains(&self, key: &str) -> bool {
        self.position(key).is_ok()
    }

    pub fn insert(&mut self, key: impl Into<Box<str>>, value: Json) {
        let key = key.into();
        match self.position(&key) {
            Ok(i) => self.0[i].1 = value,
            Err(i) => self.0.insert(i, (key, value)),
        }
    }

    pub fn remove(&mut self, key: &str) -> Option<Json> {
        self.position(key).ok().map(|i| self.0.remove(i).1)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(k, v)| (&**k, v))
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Json> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|(k, _)| keep(k));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The last of equal keys stays.
    fn from_entries(mut entries: Vec<(Box<str>, Json)>) -> Object {
        let sorted = entries.windows(2).all(|w| w[0].0 < w[1].0);
        if !sorted {
            entries.reverse();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, earlier| later.0 == earlier.0);
        }
        Object(entries)
    }
}

impl IntoIterator for Object {
    type Item = (Box<str>, Json);
    type IntoIter = std::vec::IntoIter<(Box<str>, Json)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Json {
    /// One whole document.
    pub fn parse(text: &str) -> Result<Json, LexError> {
        let mut lexer = Lexer::new(text);
        let value = read(&mut lexer, 0)?;
        if lexer.peek() != 0 || lexer.at < text.len() {
            return Err(LexError::Syntax);
        }
        Ok(value)
    }

    pub fn string(text: &str) -> Json {
        Json::String(text.into())
    }

    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Json::Object(o) => Some(o),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(s) => Some(s),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(a) => Some(a),
            _ => None,
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Json::Null => out.extend_from_slice(b"null"),
            Json::Bool(true) => out.extend_from_slice(b"true"),
            Json::Bool(false) => out.extend_from_slice(b"false"),
            Json::Number(n) => out.extend_from_slice(n.as_bytes()),
            Json::String(s) => write_string(out, s.as_bytes()),
            Json::Array(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Json::Object(object) => {
                out.push(b'{');
                for (i, (key, value)) in object.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    write_string(out, key.as_bytes());
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    pub fn to_text(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// What Go calls the value's type in errors.
    pub fn go_kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "bool",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// Equality of values; numbers by amount.
    pub fn same(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Number(a), Json::Number(b)) => a == b || double(a) == double(b),
            (Json::Array(a), Json::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Json::Object(a), Json::Object(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b.iter())
                        .all(|(a, b)| a.0 == b.0 && a.1.same(b.1))
            }
            _ => self == other,
        }
    }
}

fn double(text: &str) -> Option<f64> {
    text.parse().ok()
}

pub fn read(lexer: &mut Lexer, depth: u32) -> Result<Json, LexError> {
    if depth > MAX_BUILT_DEPTH {
        return Err(LexError::TooDeep);
    }
    match lexer.shape()? {
        Shape::Null => lexer.literal("null").map(|()| Json::Null),
        Shape::Bool => lexer.bool().map(Json::Bool),
        Shape::Number => lexer.number().map(|n| Json::Number(n.into())),
        Shape::String => lexer.string().map(|s| Json::String(s.into())),
        Shape::Array => {
            let mut items = Vec::new();
            lexer.at += 1;
            if lexer.peek() == b']' {
                lexer.at += 1;
                return Ok(Json::Array(items));
            }
            loop {
                items.push(read(lexer, depth + 1)?);
                if lexer.peek() == b']' {
                    lexer.at += 1;
                    return Ok(Json::Array(items));
                }
                lexer.expect(b',')?;
            }
        }
        Shape::Object => {
            let mut entries = Vec::new();
            lexer.at += 1;
            if lexer.peek() == b'}' {
                lexer.at += 1;
                return Ok(Json::Object(Object::new()));
            }
            loop {
                lexer.skip_space();
                let key = lexer.string()?;
                lexer.expect(b':')?;
                entries.push((key.into(), read(lexer, depth + 1)?));
                if lexer.peek() == b'}' {
                    lexer.at += 1;
                    return Ok(Json::Object(Object::from_entries(entries)));
                }
                lexer.expect(b',')?;
            }
        }
    }
}

/// What `changed` (text from JavaScript) means, given the exact text it was made from: numbers
/// that are equal as doubles at the same path keep their exact spelling. None when nothing but
/// spelling differs.
pub fn restore(changed: &str, exact: &str) -> Option<String> {
    let (Ok(changed), Ok(exact)) = (Json::parse(changed), Json::parse(exact)) else {
        return Some(changed.to_string());
    };
    if changed.same(&exact) {
        return None;
    }
    let mut restored = changed;
    restore_numbers(&mut restored, &exact);
    Some(restored.to_text())
}

fn restore_numbers(value: &mut Json, exact: &Json) {
    match (value, exact) {
        (Json::Number(n), Json::Number(e)) if double(n) == double(e) => *n = e.clone(),
        (Json::Array(items), Json::Array(exact)) => {
            items
                .iter_mut()
                .zip(exact)
                .for_each(|(v, e)| restore_numbers(v, e));
        }
        (Json::Object(object), Json::Object(exact)) => {
            for (key, value) in &mut object.0 {
                if let Some(exact) = exact.get(key) {
                    restore_numbers(value, exact);
                }
            }
        }
        _ => {}
    }
}

/// Paths of names that stand twice in one object of a well-formed document, at most 100.
pub fn duplicate_paths(text: &str) -> Vec<String> {
    let mut finder = DuplicateFinder {
        lexer: Lexer::new(text),
        found: Vec::new(),
    };
    // The document was parsed before; what cannot be read has no duplicates worth naming.
    let _ = finder.value("", 0);
    finder.found
}

struct DuplicateFinder<'a> {
    lexer: Lexer<'a>,
    found: Vec<String>,
}

impl DuplicateFinder<'_> {
    fn value(&mut self, path: &str, depth: u32) -> Result<(), LexError> {
        if depth > MAX_BUILT_DEPTH {
            return Err(LexError::TooDeep);
        }
        let close = match self.lexer.shape()? {
            Shape::Object => b'}',
            Shape::Array => b']',
            _ => return self.lexer.skip_value(depth as usize),
        };
        self.lexer.at += 1;
        if self.lexer.peek() == close {
            self.lexer.at += 1;
            return Ok(());
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut index = 0;
        loop {
            let mut below = format!("{path}[{index}]");
            if close == b'}' {
                self.lexer.skip_space();
                let key = self.lexer.string()?.into_owned();
                self.lexer.expect(b':')?;
                below = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                if !seen.insert(key) && self.found.len() < 100 && !self.found.contains(&below) {
                    self.found.push(below.clone());
                }
            }
            self.value(&below, depth + 1)?;
            index += 1;
            if self.lexer.peek() == close {
                self.lexer.at += 1;
                return Ok(());
            }
            self.lexer.expect(b',')?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_of_equal_keys_stays() {
        let json = Json::parse(r#"{"b":1,"a":1,"b":2}"#).map(|j| j.to_text());
        assert_eq!(json, Ok(r#"{"a":1,"b":2}"#.to_string()));
    }

    #[test]
    fn keeps_exact_numbers() {
        let exact = r#"{"10":1.0,"9":9007199254740993,"z":-0}"#;
        assert_eq!(
            restore(r#"{"9":9007199254740992,"10":1,"z":0}"#, exact),
            None
        );
        assert_eq!(
            restore(r#"{"9":9007199254740992,"10":2,"z":0}"#, exact).as_deref(),
            Some(r#"{"10":2,"9":9007199254740993,"z":-0}"#)
        );
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(Json::parse(&deep), Err(LexError::TooDeep));
    }
}
