//! Requests that need not be asked of JavaScript: it has allowed those of one form, with the very
//! headers of one that it has seen, for as long as what that rests on stays as it is. What they
//! are and whether they still hold, a [`Reads`] or [`Writes`] knows; here stands which are meant.

use std::future::Future;
use std::pin::Pin;
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

/// What is granted to requests with a body.
pub trait Writes: Send {
    /// The name that stood in the target, where it has a place for one; else empty.
    fn write(&self, name: &str, body: &Bytes) -> Writing;
}

/// The response, as soon as it may be given; none where JavaScript has more to say of it: then
/// nothing was written.
pub type Written = Pin<Box<dyn Future<Output = Option<(Head, Bytes)>>>>;

pub enum Writing {
    /// It is done also where nobody waits for it any more.
    Begun(Written),
    /// JavaScript has more to say of this one.
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

/// Which requests with a body are meant.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    pub method: String,
    /// The path and query, or what stands before a name in them.
    pub before: String,
    /// What else there is of the path, and the query, after a name; none where none is asked for.
    pub after: Option<String>,
}

impl Target {
    /// Empty where there is no place for one.
    fn name<'t>(&self, method: &str, target: &'t str) -> Option<&'t str> {
        if self.method != method {
            return None;
        }
        let Some(after) = &self.after else {
            return (self.before == target).then_some("");
        };
        let rest = target.strip_prefix(self.before.as_str())?;
        plain(rest.strip_suffix(after.as_str())?)
    }
}

pub struct WriteGrant {
    pub target: Target,
    pub until: Instant,
    pub writes: Box<dyn Writes>,
}

/// Of one header block on one connection, of each sort.
const MOST: usize = 16;

#[derive(Default)]
pub struct Grants {
    reads: Vec<Grant>,
    writes: Vec<WriteGrant>,
}

impl Grants {
    /// Takes the place of one of the same paths; else the oldest makes room.
    pub fn add(&mut self, grant: Grant) {
        add(&mut self.reads, grant, |one, other| {
            one.paths == other.paths
        });
    }

    /// As `add`.
    pub fn add_write(&mut self, grant: WriteGrant) {
        add(&mut self.writes, grant, |one, other| {
            one.target == other.target
        });
    }

    /// Begins what a request with a body asks for, where it is granted.
    pub fn write(&mut self, method: &str, target: &str, body: &Bytes) -> Option<Written> {
        let name = |grant: &WriteGrant| grant.target.name(method, target);
        let named = |(at, grant)| Some((at, name(grant)?));
        let (at, name) = self.writes.iter().enumerate().find_map(named)?;
        let grant = &self.writes[at];
        let writing = if Instant::now() < grant.until {
            grant.writes.write(name, body)
        } else {
            Writing::Over
        };
        match writing {
            Writing::Begun(written) => Some(written),
            Writing::Ask => None,
            Writing::Over => {
                self.writes.remove(at);
                None
            }
        }
    }

    /// Whether it may be served without asking.
    pub fn cover(&self, target: &str) -> bool {
        let is_meant = |grant: &Grant| grant.paths.names(target).is_some();
        self.reads.iter().any(is_meant)
    }

    /// The response to a GET of the target, where it is granted.
    pub fn read(&mut self, target: &str) -> Option<(Head, Bytes)> {
        let mut at = 0;
        while let Some(grant) = self.reads.get(at) {
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
                Reading::Over => drop(self.reads.remove(at)),
            }
        }
        None
    }
}

fn add<T>(grants: &mut Vec<T>, grant: T, is_same: impl Fn(&T, &T) -> bool) {
    grants.retain(|known| !is_same(known, &grant));
    if grants.len() == MOST {
        grants.remove(0);
    }
    grants.push(grant);
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
    fn targets_of_writes_are_met_whole() {
        let post = Target {
            method: "POST".to_owned(),
            before: "/a/b?c".to_owned(),
            after: None,
        };
        let of_name = |method: &str, after: &str| Target {
            method: method.to_owned(),
            before: "/a/".to_owned(),
            after: Some(after.to_owned()),
        };
        let put = |after: &str| of_name("PUT", after);
        for (target, method, sent, name) in [
            (&post, "POST", "/a/b?c", Some("")),
            (&post, "PUT", "/a/b?c", None),
            (&post, "POST", "/a/b?c&d", None),
            (&post, "POST", "/a/b", None),
            (&of_name("POST", "/c"), "POST", "/a/b/c", Some("b")),
            (&of_name("POST", "/c"), "POST", "/a//c", None),
            (&of_name("POST", "/c"), "POST", "/a/b/c/c", None),
            (&of_name("POST", "/c"), "PUT", "/a/b/c", None),
            (&put(""), "PUT", "/a/b", Some("b")),
            (&put(""), "POST", "/a/b", None),
            (&put(""), "PUT", "/a/b/status", None),
            (&put(""), "PUT", "/a/b?c", None),
            (&put(""), "PUT", "/a/", None),
            (&put(""), "PUT", "/a/%62", None),
            (&put("/status?c"), "PUT", "/a/b/status?c", Some("b")),
            (&put("/status?c"), "PUT", "/a/status?c", None),
            (&put("/status?c"), "PUT", "/a/b/c/status?c", None),
            (&put("/status?c"), "PUT", "/a/b/status", None),
        ] {
            assert_eq!(
                target.name(method, sent),
                name,
                "{target:?} {method} {sent}"
            );
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
