//! What the roles of one user add up to: ranges of keys that may be read and written.

use steersman_etcdapi::{Permission, PermissionType};

/// Up to and without its end; without an end everything from its beginning on.
type Extent = (Vec<u8>, Option<Vec<u8>>);

/// Ranges that neither touch nor overlap, rising.
#[derive(Default)]
struct Ranges(Vec<Extent>);

impl Ranges {
    fn new(mut extents: Vec<Extent>) -> Ranges {
        extents.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut merged: Vec<Extent> = Vec::new();
        for (begin, end) in extents {
            match merged.last_mut() {
                Some((_, None)) => break,
                Some((_, Some(last))) if begin <= *last => match end {
                    None => merged.last_mut().into_iter().for_each(|last| last.1 = None),
                    Some(end) if end > *last => *last = end,
                    Some(_) => {}
                },
                _ => merged.push((begin, end)),
            }
        }
        Ranges(merged)
    }

    /// The end of the range that a key is in; Some(None): it has none.
    fn end_at(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        let after = self.0.partition_point(|(begin, _)| begin.as_slice() <= key);
        let (_, end) = self.0.get(after.checked_sub(1)?)?;
        match end {
            None => Some(None),
            Some(end) => (key < end.as_slice()).then_some(Some(end)),
        }
    }

    fn contains(&self, key: &[u8], range_end: &[u8]) -> bool {
        match (self.end_at(key), range_end) {
            (None, _) => false,
            (Some(_), []) | (Some(None), _) => true,
            // As everywhere in etcd's API, an end of one zero byte is none.
            (Some(Some(_)), [0]) => false,
            (Some(Some(end)), wanted) => wanted <= end,
        }
    }
}

#[derive(Default)]
pub struct Permissions {
    read: Ranges,
    write: Ranges,
}

impl Permissions {
    pub fn new<'a>(given: impl Iterator<Item = &'a Permission>) -> Permissions {
        let (mut read, mut write) = (Vec::new(), Vec::new());
        for permission in given {
            let begin = permission.key.to_vec();
            let end = match &permission.range_end[..] {
                [] => Some([&begin[..], &[0]].concat()),
                [0] => None,
                end => Some(end.to_vec()),
            };
            let kind = permission.permission_type();
            if kind != PermissionType::Write {
                read.push((begin.clone(), end.clone()));
            }
            if kind != PermissionType::Read {
                write.push((begin, end));
            }
        }
        Permissions {
            read: Ranges::new(read),
            write: Ranges::new(write),
        }
    }

    /// `range_end` as in requests: empty for one key.
    pub fn may_read(&self, key: &[u8], range_end: &[u8]) -> bool {
        self.read.contains(key, range_end)
    }

    pub fn may_write(&self, key: &[u8], range_end: &[u8]) -> bool {
        self.write.contains(key, range_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(given: &[(&str, &str)]) -> Permissions {
        let made: Vec<Permission> = given
            .iter()
            .map(|(key, end)| Permission {
                permission_type: PermissionType::Read as i32,
                key: key.as_bytes().to_vec().into(),
                range_end: end.as_bytes().to_vec().into(),
            })
            .collect();
        Permissions::new(made.iter())
    }

    fn reads(permissions: &Permissions, key: &str, end: &str) -> bool {
        permissions.may_read(key.as_bytes(), end.as_bytes())
    }

    #[test]
    fn ranges_that_touch_are_one() {
        let made = permissions(&[("c", "e"), ("a", "b"), ("b", "c"), ("x", "")]);
        assert!(reads(&made, "a", "e"));
        assert!(reads(&made, "aa", "d"));
        assert!(!reads(&made, "a", "f"));
        assert!(!reads(&made, "e", ""));
        assert!(!reads(&made, "0", "b"));
        assert!(reads(&made, "x", ""));
        assert!(!reads(&made, "x", "y"));
        assert!(!made.may_write(b"a", b""));
    }

    #[test]
    fn a_range_without_an_end_has_everything_behind() {
        let made = permissions(&[("m", "\0"), ("n", "o"), ("a", "")]);
        assert!(reads(&made, "m", "\0"));
        assert!(reads(&made, "zzz", "\0"));
        assert!(reads(&made, "n", "o"));
        assert!(!reads(&made, "a", "\0"));
        assert!(!reads(&made, "b", "n"));
        let whole = permissions(&[("\0", "\0")]);
        assert!(reads(&whole, "\0", "\0"));
    }

    #[test]
    fn one_range_within_another_takes_nothing_away() {
        let made = permissions(&[("a", "z"), ("b", "c")]);
        assert!(reads(&made, "a", "z"));
    }
}
