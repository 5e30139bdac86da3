//! Sets of field paths, as trees.

use std::cmp::Ordering;

use super::path::{NotFieldsV1, PathElement};
use crate::json::MAX_BUILT_DEPTH;
use crate::json::lexer::{Lexer, Shape};

/// Entries by ascending path element; none is without meaning (neither member nor children).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    element: PathElement,
    /// The path that ends here is in the set.
    member: bool,
    below: FieldSet,
}

/// Of the entries of one element in two sets: membership and what is below.
type Merge = dyn Fn(Option<&Entry>, Option<&Entry>) -> (bool, FieldSet);

impl FieldSet {
    pub fn new() -> FieldSet {
        FieldSet(Vec::new())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a field is a member, and what is below it.
    pub fn find_field(&self, name: &str) -> Option<(bool, &FieldSet)> {
        let entry = self.0.iter().find(|entry| match &entry.element {
            PathElement::Field(field) => **field == *name,
            _ => false,
        })?;
        Some((entry.member, &entry.below))
    }

    /// Elements in order, whether the path that ends there is a member, and what is below it.
    pub fn entries(&self) -> impl Iterator<Item = (&PathElement, bool, &FieldSet)> {
        self.0
            .iter()
            .map(|entry| (&entry.element, entry.member, &entry.below))
    }

    /// As `find_field`, of any element.
    pub fn find(&self, element: &PathElement) -> Option<(bool, &FieldSet)> {
        let at = self
            .0
            .binary_search_by(|entry| entry.element.cmp(element))
            .ok()?;
        Some((self.0[at].member, &self.0[at].below))
    }

    /// Adds a path's last element and what is below it; nothing when both are empty.
    pub fn attach(&mut self, element: PathElement, member: bool, below: FieldSet) {
        if !member && below.is_empty() {
            return;
        }
        let entry = Entry {
            element,
            member,
            below,
        };
        match self.0.last() {
            Some(last) if last.element >= entry.element => {
                match self.0.binary_search_by(|e| e.element.cmp(&entry.element)) {
                    Ok(at) => {
                        self.0[at].member |= member;
                        let merged = self.0[at].below.union(&entry.below);
                        self.0[at].below = merged;
                    }
                    Err(at) => self.0.insert(at, entry),
                }
            }
            _ => self.0.push(entry),
        }
    }

    /// Of entries in any order; those of one element are joined.
    fn of(mut entries: Vec<Entry>) -> FieldSet {
        if !entries.is_sorted_by(|a, b| a.element < b.element) {
            entries.sort_by(|a, b| a.element.cmp(&b.element));
            entries.dedup_by(|later, kept| {
                let is_same = later.element == kept.element;
                if is_same {
                    kept.member |= later.member;
                    let below = std::mem::take(&mut kept.below);
                    kept.below = below.merged(std::mem::take(&mut later.below));
                }
                is_same
            });
        }
        FieldSet(entries)
    }

    /// One path of field names.
    pub fn insert_names(&mut self, names: &[&str]) {
        let Some((first, rest)) = names.split_first() else {
            return;
        };
        let mut below = FieldSet::new();
        below.insert_names(rest);
        self.attach(PathElement::field(first), rest.is_empty(), below);
    }

    pub fn union(&self, other: &FieldSet) -> FieldSet {
        self.combine(other, &|a, b| match (a, b) {
            (Some(a), Some(b)) => (a.member || b.member, a.below.union(&b.below)),
            (Some(e), None) | (None, Some(e)) => (e.member, e.below.clone()),
            (None, None) => (false, FieldSet::new()),
        })
    }

    pub fn intersection(&self, other: &FieldSet) -> FieldSet {
        self.combine(other, &|a, b| match (a, b) {
            (Some(a), Some(b)) => (a.member && b.member, a.below.intersection(&b.below)),
            _ => (false, FieldSet::new()),
        })
    }

    /// `union` without copies.
    pub fn merged(self, other: FieldSet) -> FieldSet {
        if self.is_empty() || other.is_empty() {
            return if self.is_empty() { other } else { self };
        }
        let mut merged = FieldSet(Vec::with_capacity(self.0.len() + other.0.len()));
        let (mut left, mut right) = (
            self.0.into_iter().peekable(),
            other.0.into_iter().peekable(),
        );
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return merged,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.element.cmp(&b.element),
            };
            let a = if order.is_le() { left.next() } else { None };
            let b = if order.is_ge() { right.next() } else { None };
            match (a, b) {
                (Some(a), Some(b)) => merged.0.push(Entry {
                    element: a.element,
                    member: a.member || b.member,
                    below: a.below.merged(b.below),
                }),
                (a, b) => merged.0.extend(a.or(b)),
            }
        }
    }

    /// `difference` without copies.
    pub fn less(mut self, other: &FieldSet) -> FieldSet {
        if other.is_empty() {
            return self;
        }
        self.0.retain_mut(|entry| {
            if let Ok(at) = other.0.binary_search_by(|e| e.element.cmp(&entry.element)) {
                entry.member &= !other.0[at].member;
                entry.below = std::mem::take(&mut entry.below).less(&other.0[at].below);
            }
            entry.member || !entry.below.is_empty()
        });
        self
    }

    /// Paths that are not in the other; each path counts by itself.
    pub fn difference(&self, other: &FieldSet) -> FieldSet {
        self.combine(other, &|a, b| match (a, b) {
            (Some(a), Some(b)) => (a.member && !b.member, a.below.difference(&b.below)),
            (Some(a), None) => (a.member, a.below.clone()),
            _ => (false, FieldSet::new()),
        })
    }

    /// Without the other's paths and everything below them.
    pub fn without_subtrees(&self, other: &FieldSet) -> FieldSet {
        self.combine(other, &|a, b| match (a, b) {
            (Some(_), Some(b)) if b.member => (false, FieldSet::new()),
            (Some(a), Some(b)) => (a.member, a.below.without_subtrees(&b.below)),
            (Some(a), None) => (a.member, a.below.clone()),
            _ => (false, FieldSet::new()),
        })
    }

    fn combine(&self, other: &FieldSet, merge: &Merge) -> FieldSet {
        let mut combined = FieldSet::new();
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return combined,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.element.cmp(&b.element),
            };
            let a = if order.is_le() { left.next() } else { None };
            let b = if order.is_ge() { right.next() } else { None };
            let (member, below) = merge(a, b);
            if let Some(entry) = a.or(b) {
                if member || !below.is_empty() {
                    combined.0.push(Entry {
                        element: entry.element.clone(),
                        member,
                        below,
                    });
                }
            }
        }
    }

    /// FieldsV1.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.write(false, &mut out);
        out
    }

    fn write(&self, member: bool, out: &mut Vec<u8>) {
        out.push(b'{');
        if member {
            out.extend_from_slice(b"\".\":{}");
        }
        for (i, entry) in self.0.iter().enumerate() {
            if i > 0 || member {
                out.push(b',');
            }
            entry.element.write(out);
            out.push(b':');
            entry
                .below
                .write(entry.member && !entry.below.is_empty(), out);
        }
        out.push(b'}');
    }

    /// An error where the text is no FieldsV1; elements of unknown kinds are dropped.
    pub fn parse(text: &str) -> Result<FieldSet, NotFieldsV1> {
        let mut lexer = Lexer::new(text);
        let (set, _) = read(&mut lexer, 0)?;
        if lexer.peek() != 0 || lexer.at < text.len() {
            Err(NotFieldsV1)
        } else {
            Ok(set)
        }
    }
}

/// How many members of a set are in another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlap {
    None,
    Some,
    All,
}

impl FieldSet {
    fn members(&self) -> usize {
        let of = |entry: &Entry| usize::from(entry.member) + entry.below.members();
        self.0.iter().map(of).sum()
    }

    /// Of this set with FieldsV1, of which no more is read than can be in both.
    pub fn overlap(&self, text: &str) -> Result<Overlap, NotFieldsV1> {
        let mut lexer = Lexer::new(text);
        let mut found = 0;
        find(&mut lexer, self, &mut found, 0)?;
        if lexer.peek() != 0 || lexer.at < text.len() {
            return Err(NotFieldsV1);
        }
        Ok(match found {
            0 => Overlap::None,
            all if all == self.members() => Overlap::All,
            _ => Overlap::Some,
        })
    }
}

/// Counts the set's members that are in the text. Whether what is above is a member itself.
fn find(
    lexer: &mut Lexer,
    set: &FieldSet,
    found: &mut usize,
    depth: u32,
) -> Result<bool, NotFieldsV1> {
    if depth > MAX_BUILT_DEPTH || lexer.shape() != Ok(Shape::Object) {
        return Err(NotFieldsV1);
    }
    let (mut itself, mut has_elements) = (false, false);
    lexer.at += 1;
    if lexer.peek() == b'}' {
        lexer.at += 1;
        return Ok(true);
    }
    loop {
        lexer.skip_space();
        let key = lexer.string().map_err(|_| NotFieldsV1)?;
        lexer.expect(b':').map_err(|_| NotFieldsV1)?;
        let element = match &*key {
            "." => {
                itself = true;
                None
            }
            key => PathElement::parse(key)?,
        };
        has_elements |= element.is_some();
        let at = element.and_then(|e| set.0.binary_search_by(|o| o.element.cmp(&e)).ok());
        match at {
            Some(at) => {
                let entry = &set.0[at];
                let is_member = find(lexer, &entry.below, found, depth + 1)?;
                *found += usize::from(is_member && entry.member);
            }
            None => lexer.skip_value(depth as usize).map_err(|_| NotFieldsV1)?,
        }
        if lexer.peek() == b'}' {
            lexer.at += 1;
            return Ok(itself || !has_elements);
        }
        lexer.expect(b',').map_err(|_| NotFieldsV1)?;
    }
}

/// The set, and whether `.` makes what is above it a member.
fn read(lexer: &mut Lexer, depth: u32) -> Result<(FieldSet, bool), NotFieldsV1> {
    if depth > MAX_BUILT_DEPTH || lexer.shape() != Ok(Shape::Object) {
        return Err(NotFieldsV1);
    }
    let (mut entries, mut member) = (Vec::new(), false);
    lexer.at += 1;
    if lexer.peek() == b'}' {
        lexer.at += 1;
        return Ok((FieldSet::new(), member));
    }
    loop {
        lexer.skip_space();
        let key = lexer.string().map_err(|_| NotFieldsV1)?;
        lexer.expect(b':').map_err(|_| NotFieldsV1)?;
        if &*key == "." {
            member = true;
            lexer.skip_value(depth as usize).map_err(|_| NotFieldsV1)?;
        } else if let Some(element) = PathElement::parse(&key)? {
            let (below, itself) = read(lexer, depth + 1)?;
            let member = itself || below.is_empty();
            entries.push(Entry {
                element,
                member,
                below,
            });
        } else {
            lexer.skip_value(depth as usize).map_err(|_| NotFieldsV1)?;
        }
        if lexer.peek() == b'}' {
            lexer.at += 1;
            return Ok((FieldSet::of(entries), member));
        }
        lexer.expect(b',').map_err(|_| NotFieldsV1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> FieldSet {
        FieldSet::parse(text).unwrap_or_default()
    }

    fn text(set: &FieldSet) -> String {
        String::from_utf8(set.to_json()).unwrap_or_default()
    }

    #[test]
    fn reads_what_it_writes() {
        let json = concat!(
            r#"{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"#,
            r#""f:spec":{"f:ports":{"k:{\"port\":80}":{".":{},"f:port":{}}}}}"#
        );
        assert_eq!(text(&set(json)), json);
        assert!(FieldSet::parse("[]").is_err());
        assert!(FieldSet::parse("{\"x\":{}}").is_err());
        assert_eq!(text(&set("{\"z:1\":{},\"f:a\":{}}")), "{\"f:a\":{}}");
    }

    #[test]
    fn overlaps() {
        let owned = r#"{"f:a":{".":{},"f:x":{}},"f:b":{},"f:c":{"z:1":{}},"f:d":{"f:e":{}}}"#;
        let of = |text: &str| set(text).overlap(owned);
        assert_eq!(of(r#"{"f:a":{}}"#), Ok(Overlap::All));
        assert_eq!(
            of(r#"{"f:a":{".":{},"f:x":{}},"f:b":{}}"#),
            Ok(Overlap::All)
        );
        assert_eq!(of(r#"{"f:a":{"f:x":{},"f:y":{}}}"#), Ok(Overlap::Some));
        assert_eq!(of(r#"{"f:c":{}}"#), Ok(Overlap::All));
        assert_eq!(of(r#"{"f:d":{}}"#), Ok(Overlap::None));
        assert_eq!(of(r#"{"f:q":{},"f:b":{"f:x":{}}}"#), Ok(Overlap::None));
        assert!(set(r#"{"f:a":{}}"#).overlap("{\"f:a\":{}}x").is_err());
        assert!(set(r#"{"f:a":{}}"#).overlap("{\"f:a\":[]}").is_err());
        // As reading both whole tells.
        for text in [
            r#"{"f:a":{"f:x":{}}}"#,
            r#"{"f:b":{},"f:n":{}}"#,
            r#"{"f:d":{"f:e":{}}}"#,
        ] {
            let common = set(text).intersection(&set(owned)).members();
            let expected = match common {
                0 => Overlap::None,
                all if all == set(text).members() => Overlap::All,
                _ => Overlap::Some,
            };
            assert_eq!(of(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn algebra() {
        let a = set(r#"{"f:a":{".":{},"f:x":{},"f:y":{}},"f:b":{}}"#);
        let b = set(r#"{"f:a":{"f:y":{},"f:z":{}},"f:c":{}}"#);
        assert_eq!(
            text(&a.union(&b)),
            r#"{"f:a":{".":{},"f:x":{},"f:y":{},"f:z":{}},"f:b":{},"f:c":{}}"#
        );
        assert_eq!(text(&a.intersection(&b)), r#"{"f:a":{"f:y":{}}}"#);
        assert_eq!(
            text(&a.difference(&b)),
            r#"{"f:a":{".":{},"f:x":{}},"f:b":{}}"#
        );
        assert_eq!(
            text(&a.without_subtrees(&set(r#"{"f:a":{}}"#))),
            r#"{"f:b":{}}"#
        );
        assert!(a.difference(&a).is_empty());
        assert_eq!(a.clone().merged(b.clone()), a.union(&b));
        assert_eq!(a.clone().less(&b), a.difference(&b));
    }
}
