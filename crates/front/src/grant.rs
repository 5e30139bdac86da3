//! Reads that need not be asked of JavaScript: it has allowed requests of one form, with the very
//! headers of one that it has seen, for as long as what that rests on stays as it is. What they
//! are and whether they still hold, a [`Reads`] knows; here stands which requests are meant.

use std::time::Instant;

use bytes::Bytes;

use crate::wire::Head;

/// What is granted.
pub trait Reads: Send {
    fn read(&self, names: Names<'_>) -> Reading;
}

/// What stood in the places of a path that are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'a> {
    /// Where the path has two such places, the first.
    pub scope: Option<&'a str>,
    pub name: &'a str,
}

pub enum Reading {
    Response(Head, Bytes),
    /// JavaScript has more to say of this one: it is not there, or cannot be read.
    Ask,
    /// The grant holds no more.
    Over,
}

/// Paths of GET requests without a query: `before`, a name, `between`, a name; or only `before` and
/// a name.
#[derive(Debug, PartialEq, Eq)]
pub struct PathPattern {
    pub before: String,
    pub between: Option<String>,
}

impl PathPattern {
    fn names<'t>(&self, target: &'t str) -> Option<Names<'t>> {
        let rest = target.strip_prefix(self.before.as_str())?;
        let Some(between) = &self.between else {
            let name = plain(rest)?;
            return Some(Names { scope: None, name });
        };
        let end = rest.find('/')?;
        let scope = plain(&rest[..end])?;
        let name = plain(rest[end..].strip_prefix(between.as_str())?)?;
        Some(Names {
            scope: Some(scope),
            name,
        })
    }
}

const LONGEST_NAME: usize = 253;

/// A segment that says the same written any other way: nothing is encoded in it, and it leads
/// nowhere else.
fn plain(segment: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':');
    let is_name = (1..=LONGEST_NAME).contains(&segment.len()) && segment.bytes().all(is_plain);
    (is_name && segment != "." && segment != "..").then_some(segment)
}

pub struct Grant {
    pub paths: PathPattern,
    pub until: Instant,
    pub reads: Box<dyn Reads>,
}

/// Of one header block on one connection.
const MOST: usize = 16;

#[derive(Default)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// Takes the place of one of the same paths; else the oldest makes room.
    pub fn add(&mut self, grant: Grant) {
        self.0.retain(|known| known.paths != grant.paths);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(grant);
    }

    /// Whether it may be served without asking.
    pub fn cover(&self, target: &str) -> bool {
        let is_meant = |grant: &Grant| grant.paths.names(target).is_some();
        self.0.iter().any(is_meant)
    }

    /// The response to a GET of the target, where it is granted.
    pub fn read(&mut self, target: &str) -> Option<(Head, Bytes)> {
        let mut at = 0;
        while let Some(grant) = self.0.get(at) {
            let Some(names) = grant.paths.names(target) else {
                at += 1;
                continue;
            };
            let reading = if Instant::now() < grant.until {
                grant.reads.read(names)
            } else {
                Reading::Over
            };
            match reading {
                Reading::Response(head, body) => return Some((head, body)),
                Reading::Ask => return None,
                Reading::Over => drop(self.0.remove(at)),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &PathPattern, target: &str) -> Option<(String, String)> {
        let names = pattern.names(target)?;
        Some((
            names.scope.unwrap_or_default().to_owned(),
            names.name.to_owned(),
        ))
    }

    struct Named(&'static str);

    impl Reads for Named {
        fn read(&self, _: Names<'_>) -> Reading {
            let headers = Bytes::new();
            let head = Head {
                status: 200,
                headers,
            };
            Reading::Response(head, Bytes::from_static(self.0.as_bytes()))
        }
    }

    #[test]
    fn a_grant_of_the_same_paths_takes_the_place_of_the_former() {
        let grant = |before: &str, says| Grant {
            paths: PathPattern {
                before: before.to_owned(),
                between: None,
            },
            until: Instant::now() + std::time::Duration::from_secs(60),
            reads: Box::new(Named(says)),
        };
        let mut grants = Grants::default();
        grants.add(grant("/other/", "other"));
        for says in ["first"; MOST].into_iter().chain(["last"]) {
            grants.add(grant("/a/", says));
        }
        for (target, says) in [("/a/x", "last"), ("/other/x", "other")] {
            let (_, body) = grants.read(target).expect("it is granted");
            assert_eq!(body, says);
        }
    }

    #[test]
    fn only_what_can_be_read_in_one_way_is_meant() {
        let one = PathPattern {
            before: "/api/v1/namespaces/a/pods/".to_owned(),
            between: None,
        };
        let any = PathPattern {
            before: "/api/v1/namespaces/".to_owned(),
            between: Some("/pods/".to_owned()),
        };
        for (target, name) in [
            ("/api/v1/namespaces/a/pods/b", Some("b")),
            ("/api/v1/namespaces/a/pods/b.c-1:d", Some("b.c-1:d")),
            ("/api/v1/namespaces/a/pods/", None),
            ("/api/v1/namespaces/a/pods", None),
            ("/api/v1/namespaces/a/pods/b/", None),
            ("/api/v1/namespaces/a/pods/b/status", None),
            ("/api/v1/namespaces/a/pods/b?pretty=1", None),
            ("/api/v1/namespaces/a/pods/b#c", None),
            ("/api/v1/namespaces/a/pods/b%2fc", None),
            ("/api/v1/namespaces/a/pods/.", None),
            ("/api/v1/namespaces/a/pods/..", None),
            ("/api/v1/namespaces/a/pods/b\u{e9}", None),
            ("//api/v1/namespaces/a/pods/b", None),
            ("/api/v1/namespaces/a/services/b", None),
            ("http://x/api/v1/namespaces/a/pods/b", None),
        ] {
            let expected = name.map(|name| (String::new(), name.to_owned()));
            assert_eq!(names(&one, target), expected, "{target}");
            let expected = name.map(|name| ("a".to_owned(), name.to_owned()));
            assert_eq!(names(&any, target), expected, "{target}");
        }
        for target in [
            "/api/v1/namespaces//pods/b",
            "/api/v1/namespaces/../pods/b",
            "/api/v1/namespaces/a/x/pods/b",
            "/api/v1/namespaces/pods/b",
        ] {
            assert_eq!(names(&any, target), None, "{target}");
        }
    }
}
