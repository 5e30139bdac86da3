//! A decoded object: fields by their position in the schema, kept only where they differ from
//! Go's zero value.

use std::cmp::Ordering;

use compact_str::CompactString;
use steersman_grammar::quantity;

/// Text of up to 24 bytes, as most is, stands in the value itself.
pub type SmallText = CompactString;

const _: () = assert!(size_of::<Value>() == 32);

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Only as a list's element or a map's value that is nil.
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(SmallText),
    Bytes(Box<[u8]>),
    /// Seconds since 1970; `ZERO_TIME` is Go's zero time.
    Time(i64),
    MicroTime {
        seconds: i64,
        nanos: u32,
    },
    /// Canonical form.
    Quantity(SmallText),
    /// JSON text as it came.
    Raw(Box<[u8]>),
    List(Vec<Value>),
    /// Sorted by key.
    Map(Vec<(SmallText, Value)>),
    Message(Fields),
}

/// Seconds of the year 1, which Go calls zero.
pub const ZERO_TIME: i64 = -62_135_596_800;

/// The fields of a message that are set, by ascending position in its schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(u16, Value)>);

/// What an absent message looks like.
pub static EMPTY_FIELDS: Fields = Fields(Vec::new());

impl Fields {
    pub const fn new() -> Fields {
        Fields(Vec::new())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how many bytes it takes beside itself: what a collector should know of.
    pub fn heap_bytes(&self) -> usize {
        let own = self.0.capacity() * std::mem::size_of::<(u16, Value)>();
        self.0
            .iter()
            .fold(own, |sum, (_, value)| sum + value.heap_bytes())
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u16, &Value)> {
        self.0.iter().map(|(i, v)| (*i, v))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u16, &mut Value)> {
        self.0.iter_mut().map(|(i, v)| (*i, v))
    }

    fn position(&self, index: u16) -> Result<usize, usize> {
        match self.0.last() {
            None => Err(0),
            Some((last, _)) if *last < index => Err(self.0.len()),
            _ => self.0.binary_search_by_key(&index, |(i, _)| *i),
        }
    }

    pub fn get(&self, index: u16) -> Option<&Value> {
        self.position(index).ok().map(|at| &self.0[at].1)
    }

    pub fn get_mut(&mut self, index: u16) -> Option<&mut Value> {
        self.position(index).ok().map(|at| &mut self.0[at].1)
    }

    pub fn set(&mut self, index: u16, value: Value) {
        match self.position(index) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.insert(at, index, value),
        }
    }

    /// Most messages have few fields: there is room for two, then for twice as many.
    fn insert(&mut self, at: usize, index: u16, value: Value) {
        if self.0.len() == self.0.capacity() {
            self.0.reserve_exact(self.0.len().max(2));
        }
        self.0.insert(at, (index, value));
    }

    pub fn put(&mut self, index: u16, value: Option<Value>) {
        match value {
            Some(value) => self.set(index, value),
            None => drop(self.take(index)),
        }
    }

    pub fn take(&mut self, index: u16) -> Option<Value> {
        self.position(index).ok().map(|at| self.0.remove(at).1)
    }

    /// The message at `index`, made when absent.
    pub fn message_mut(&mut self, index: u16) -> &mut Fields {
        let at = match self.position(index) {
            Ok(at) => at,
            Err(at) => {
                self.insert(at, index, Value::Message(Fields::new()));
                at
            }
        };
        if !matches!(self.0[at].1, Value::Message(_)) {
            self.0[at].1 = Value::Message(Fields::new());
        }
        match &mut self.0[at].1 {
            Value::Message(fields) => fields,
            _ => unreachable!("set to a message above"),
        }
    }

    pub fn message(&self, index: u16) -> Option<&Fields> {
        match self.get(index) {
            Some(Value::Message(fields)) => Some(fields),
            _ => None,
        }
    }

    pub fn str(&self, index: u16) -> &str {
        match self.get(index) {
            Some(Value::Str(s)) => s,
            _ => "",
        }
    }
}

fn text_bytes(text: &SmallText) -> usize {
    if text.is_heap_allocated() {
        text.capacity()
    } else {
        0
    }
}

impl Value {
    pub fn as_message(&self) -> Option<&Fields> {
        match self {
            Value::Message(fields) => Some(fields),
            _ => None,
        }
    }

    fn heap_bytes(&self) -> usize {
        let item = std::mem::size_of::<Value>();
        match self {
            Value::Str(text) | Value::Quantity(text) => text_bytes(text),
            Value::Bytes(bytes) | Value::Raw(bytes) => bytes.len(),
            Value::List(items) => {
                let own = items.capacity() * item;
                items
                    .iter()
                    .fold(own, |sum, value| sum + value.heap_bytes())
            }
            Value::Map(entries) => {
                let own = entries.capacity() * (item + std::mem::size_of::<SmallText>());
                let texts =
                    |(key, value): &(SmallText, Value)| text_bytes(key) + value.heap_bytes();
                entries.iter().fold(own, |sum, entry| sum + texts(entry))
            }
            Value::Message(fields) => fields.heap_bytes(),
            _ => 0,
        }
    }

    fn is_blank(&self) -> bool {
        match self {
            Value::Null => true,
            Value::List(l) => l.is_empty(),
            Value::Map(m) => m.is_empty(),
            Value::Bytes(b) | Value::Raw(b) => b.is_empty(),
            // Decoders never keep an empty message that is no pointer: nil and {} differ here.
            _ => false,
        }
    }
}

/// Upstream's semantic equality: nil and empty lists, maps and bytes are the same, quantities
/// compare by amount. `skip` names a field to leave out at this level.
pub fn equal_fields(a: &Fields, b: &Fields, skip: &[u16]) -> bool {
    let mut left = a.iter().filter(|(i, _)| !skip.contains(i)).peekable();
    let mut right = b.iter().filter(|(i, _)| !skip.contains(i)).peekable();
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return true,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((i, _)), Some((j, _))) => i.cmp(j),
        };
        let same = match order {
            Ordering::Less => left.next().is_some_and(|(_, v)| v.is_blank()),
            Ordering::Greater => right.next().is_some_and(|(_, v)| v.is_blank()),
            Ordering::Equal => match (left.next(), right.next()) {
                (Some((_, x)), Some((_, y))) => equal(x, y),
                _ => false,
            },
        };
        if !same {
            return false;
        }
    }
}

pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Message(x), Value::Message(y)) => equal_fields(x, y, &[]),
        (Value::List(x), Value::List(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(x, y))
        }
        (Value::Map(x), Value::Map(y)) => {
            x.len() == y.len()
                && x.iter()
                    .zip(y)
                    .all(|(x, y)| x.0 == y.0 && equal(&x.1, &y.1))
        }
        (Value::Quantity(x), Value::Quantity(y)) => x == y || quantity::equal(x, y),
        _ => a == b || (a.is_blank() && b.is_blank()),
    }
}

/// Puts a map's entries in order; of equal keys the last stays. `doubled` is told each key that came
/// more than once, in order, before the others of it go.
pub fn sort_entries(entries: &mut Vec<(SmallText, Value)>, mut doubled: impl FnMut(&str)) {
    if entries.is_sorted_by(|a, b| a.0 < b.0) {
        return;
    }
    entries.reverse();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    let same = entries.chunk_by(|a, b| a.0 == b.0);
    for chunk in same.filter(|chunk| chunk.len() > 1) {
        doubled(&chunk[0].0);
    }
    entries.dedup_by(|later, earlier| later.0 == earlier.0);
}

/// Puts every map in order that came in several pieces; of equal keys the last stays. Once for a
/// whole object, however often a part of it was given.
pub fn sort_maps(fields: &mut Fields) {
    for (_, value) in fields.iter_mut() {
        sort_value(value);
    }
}

fn sort_value(value: &mut Value) {
    match value {
        Value::Map(entries) => {
            sort_entries(entries, |_| {});
            entries.iter_mut().for_each(|(_, value)| sort_value(value));
        }
        Value::List(items) => items.iter_mut().for_each(sort_value),
        Value::Message(fields) => sort_maps(fields),
        _ => {}
    }
}
