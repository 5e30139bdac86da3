//! What is granted: requests that JavaScript does not see.

use super::*;
use crate::wire::{Head, request_flag};
use crate::{Grant, Names, PathPattern, Reading, Reads, Target, WriteGrant, Writes, Writing};

/// Serves names but `none`, until `over` is asked for.
struct Echo;

impl Reads for Echo {
    fn read(&self, names: Names<'_>) -> Reading {
        match names.name {
            "none" => Reading::Ask,
            "over" => Reading::Over,
            name => Reading::Response(
                Head {
                    status: 200,
                    headers: Bytes::from_static(b"x\0direct\0"),
                },
                Bytes::from(format!("{}/{name}", names.scope.unwrap_or(""))),
            ),
        }
    }
}

#[test]
fn granted_gets_of_the_same_headers_are_served_until_the_grant_is_over() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    let get = |stream: &mut TcpStream, path: &str, more: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n");
        stream.write_all(head.as_bytes()).expect("written");
    };
    get(&mut stream, "/a/x/b/y", "");
    let seen = host.request();
    let paths = PathPattern {
        before: "/a/".to_owned(),
        between: Some("/b/".to_owned()),
    };
    let until = Instant::now() + Duration::from_secs(60);
    let reads = Box::new(Echo);
    host.front.grant(
        seen.id,
        Grant {
            paths,
            until,
            reads,
        },
    );
    host.send(seen.id, 200, b"asked");
    read_until(&mut stream, "asked");
    for _ in 0..2 {
        get(&mut stream, "/a/x/b/y", "");
        let sent = read_until(&mut stream, "x/y");
        assert!(sent.contains("\r\nx: direct\r\n"), "{sent}");
        assert!(sent.contains("\r\ncontent-length: 3\r\n"), "{sent}");
    }
    for (path, more) in [
        ("/a/x/b/y?c", ""),
        ("/a/x/b/none", ""),
        ("/a/x/b/y", "Accept: z\r\n"),
        ("/a/x/b/y", "Content-Length: 1\r\n"),
        ("/a/x/b/over", ""),
        ("/a/x/b/y", ""),
    ] {
        get(&mut stream, path, more);
        if more.starts_with("Content-Length") {
            stream.write_all(b"1").expect("written");
        }
        let seen = host.request();
        assert_eq!(seen.target, path);
        host.send(seen.id, 200, b"asked");
        read_until(&mut stream, "asked");
    }
    // Another connection has been granted nothing.
    let mut other = host.connect();
    get(&mut other, "/a/x/b/y", "");
    let seen = host.request();
    host.send(seen.id, 200, b"asked");
    read_until(&mut other, "asked");
}

#[test]
fn a_grant_ends_with_its_time() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    for _ in 0..3 {
        let head = b"GET /a/x HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(head).expect("written");
        let seen = host.request();
        let grant = Grant {
            paths: PathPattern {
                before: "/a/".to_owned(),
                between: None,
            },
            until: Instant::now(),
            reads: Box::new(Echo),
        };
        host.front.grant(seen.id, grant);
        host.send(seen.id, 200, b"asked");
        read_until(&mut stream, "asked");
    }
}

/// Writes what it is sent, but `none`, which is looked at first, and `gone`, of which that is known
/// later; until `over` comes.
struct Keep;

impl Writes for Keep {
    fn write(&self, _: &str, body: &Bytes) -> Writing {
        let body = body.clone();
        match &*body {
            b"none" => Writing::Ask,
            b"over" => Writing::Over,
            b"never" => Writing::Begun(Box::pin(std::future::pending())),
            _ => Writing::Begun(Box::pin(async move {
                tokio::task::yield_now().await;
                let head = Head {
                    status: 201,
                    headers: Bytes::from_static(b"x\0direct\0"),
                };
                (&*body != b"gone").then_some((head, body))
            })),
        }
    }
}

fn post(stream: &mut TcpStream, path: &str, body: &str) {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("written");
    stream.write_all(body.as_bytes()).expect("written");
}

fn grant_writes(host: &Host, id: u32) {
    let grant = WriteGrant {
        target: Target {
            method: "POST".to_owned(),
            before: "/a?b".to_owned(),
            after: None,
        },
        until: Instant::now() + Duration::from_secs(60),
        writes: Box::new(Keep),
    };
    host.front.grant_write(id, grant);
}

#[test]
fn granted_posts_are_written_without_asking() {
    let mut host = Host::start(Limits::default(), MEBIBYTE);
    let mut stream = host.connect();
    post(&mut stream, "/a?b", "first");
    let seen = host.request();
    grant_writes(&host, seen.id);
    host.send(seen.id, 200, b"asked");
    read_until(&mut stream, "asked");
    for body in ["one", "two"] {
        post(&mut stream, "/a?b", body);
        let sent = read_until(&mut stream, body);
        assert!(sent.starts_with("HTTP/1.1 201 "), "{sent}");
        assert!(sent.contains("\r\nx: direct\r\n"), "{sent}");
    }
    for (path, body) in [
        ("/a", "x"),
        ("/a?b&c", "x"),
        ("/a?b", ""),
        ("/a?b", "none"),
        ("/a?b", "gone"),
        ("/a?b", "over"),
        ("/a?b", "x"),
    ] {
        post(&mut stream, path, body);
        let seen = host.request();
        assert_eq!((&*seen.target, &*seen.body), (path, body.as_bytes()));
        host.send(seen.id, 200, b"asked");
        read_until(&mut stream, "asked");
    }
}

#[test]
fn a_granted_post_that_takes_too_long_is_told_of() {
    let limits = Limits {
        wait: Duration::from_millis(20),
        ..Limits::default()
    };
    let mut host = Host::start(limits, MEBIBYTE);
    let mut stream = host.connect();
    post(&mut stream, "/a?b", "first");
    let seen = host.request();
    grant_writes(&host, seen.id);
    host.send(seen.id, 200, b"asked");
    read_until(&mut stream, "asked");
    post(&mut stream, "/a?b", "never");
    let seen = host.request();
    assert_eq!(seen.flags & request_flag::LATE, request_flag::LATE);
    host.send(seen.id, 504, b"late");
    read_until(&mut stream, "late");
}
