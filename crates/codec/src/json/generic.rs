//! JSON without a schema: what patches work on, and how raw values are compared with what
//! JavaScript made of them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};

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

/// Entries by ascending key. A tree, so that a patch of many members never shifts the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(BTreeMap<Box<str>, Json>);

impl Object {
    pub const fn new() -> Object {
        Object(BTreeMap::new())
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        self.0.get(key)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        self.0.get_mut(key)
    }

    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub fn insert(&mut self, key: impl Into<Box<str>>, value: Json) {
        self.0.insert(key.into(), value);
    }

    pub fn remove(&mut self, key: &str) -> Option<Json> {
        self.0.remove(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(k, v)| (&**k, v))
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Json> {
        self.0.values_mut()
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|k, _| keep(k));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Box<str>, Json)> for Object {
    /// The last of equal keys stays.
    fn from_iter<I: IntoIterator<Item = (Box<str>, Json)>>(entries: I) -> Object {
        Object(entries.into_iter().collect())
    }
}

impl IntoIterator for Object {
    type Item = (Box<str>, Json);
    type IntoIter = std::collections::btree_map::IntoIter<Box<str>, Json>;

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

    /// Bytes that are equal for just those values that are the [`same`](Json::same), so that lists
    /// are compared by hashing.
    pub fn identity(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_identity(&mut out);
        out
    }

    fn write_identity(&self, out: &mut Vec<u8>) {
        match self {
            Json::Number(n) => {
                let amount = double(n).unwrap_or(f64::INFINITY);
                // Zero has two signs.
                let bits = if amount == 0.0 { 0 } else { amount.to_bits() };
                out.push(b'#');
                out.extend_from_slice(&bits.to_be_bytes());
            }
            Json::Array(items) => {
                out.push(b'[');
                for item in items {
                    item.write_identity(out);
                    out.push(b',');
                }
                out.push(b']');
            }
            Json::Object(object) => {
                out.push(b'{');
                for (key, value) in object.iter() {
                    write_string(out, key.as_bytes());
                    value.write_identity(out);
                    out.push(b',');
                }
                out.push(b'}');
            }
            _ => self.write(out),
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
                    return Ok(Json::Object(entries.into_iter().collect()));
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
        path: Vec::new(),
        told: HashSet::new(),
        found: Vec::new(),
    };
    // The document was parsed before; what cannot be read has no duplicates worth naming.
    let _ = finder.value(0, 0);
    finder.found
}

const MAX_DUPLICATES: usize = 100;

enum PathPart {
    Key(String),
    Index(usize),
}

struct DuplicateFinder<'a> {
    lexer: Lexer<'a>,
    path: Vec<PathPart>,
    /// Digests of the paths that were found, so that a path's text is made only once.
    told: HashSet<u64>,
    found: Vec<String>,
}

impl DuplicateFinder<'_> {
    /// `above` is the digest of the path so far.
    fn value(&mut self, above: u64, depth: u32) -> Result<(), LexError> {
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
        let mut seen = HashSet::new();
        let mut index = 0;
        loop {
            let digest = if close == b'}' {
                self.lexer.skip_space();
                let key = self.lexer.string()?.into_owned();
                self.lexer.expect(b':')?;
                let digest = digest_of(above, &key);
                let is_twice = !seen.insert(key.clone());
                self.path.push(PathPart::Key(key));
                if is_twice {
                    self.tell(digest);
                }
                digest
            } else {
                self.path.push(PathPart::Index(index));
                digest_of(above, &index)
            };
            self.value(digest, depth + 1)?;
            self.path.pop();
            index += 1;
            if self.lexer.peek() == close {
                self.lexer.at += 1;
                return Ok(());
            }
            self.lexer.expect(b',')?;
        }
    }

    fn tell(&mut self, digest: u64) {
        if self.found.len() >= MAX_DUPLICATES || !self.told.insert(digest) {
            return;
        }
        let mut text = String::new();
        for part in &self.path {
            match part {
                PathPart::Index(index) => text.push_str(&format!("[{index}]")),
                PathPart::Key(key) if text.is_empty() => text.push_str(key),
                PathPart::Key(key) => {
                    text.push('.');
                    text.push_str(key);
                }
            }
        }
        self.found.push(text);
    }
}

fn digest_of(above: u64, part: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    above.hash(&mut hasher);
    part.hash(&mut hasher);
    hasher.finish()
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
