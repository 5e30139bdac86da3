//! The head of an HTTP/1.1 request.

use bytes::{Buf, BytesMut};

use crate::http1::body::Framing;
use crate::limits::MAX_HEADERS;

pub struct Head {
    pub method: String,
    pub target: String,
    /// HTTP/1.0 knows no chunks.
    pub is_old: bool,
    /// Names and values; see [`crate::wire`].
    pub block: Vec<u8>,
    pub content_length: Option<u64>,
    pub framing: Framing,
    pub keep_alive: bool,
    pub expects_continue: bool,
    /// The client wishes to speak another protocol.
    pub upgrade: bool,
}

pub enum Parsed {
    /// It is taken out of the buffer.
    Head(Head),
    Partial,
    /// Status and reason.
    Refused(&'static str),
}

const BAD: &str = "400 Bad Request";
const NOT_EXPECTED: &str = "417 Expectation Failed";
const NOT_ALLOWED: &str = "405 Method Not Allowed";
const NOT_ALLOWED_TEXT: &str = "the server does not allow this method on the requested resource\n";
const TOO_MANY_TEXT: &str = "Too many requests, please try again later.\n";

/// Methods that some list of HTTP's has; of others nothing here offers any.
const METHODS: &[&str] = &[
    "GET",
    "PUT",
    "POST",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "ACL",
    "BIND",
    "CHECKOUT",
    "COPY",
    "LINK",
    "LOCK",
    "M-SEARCH",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "NOTIFY",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
];

/// A whole response without JavaScript; the connection ends after it.
pub fn error_response(status: &str) -> String {
    let (more, text) = match status {
        NOT_ALLOWED => ("", NOT_ALLOWED_TEXT),
        _ if status.starts_with("429") => ("retry-after: 1\r\n", TOO_MANY_TEXT),
        _ => ("", ""),
    };
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\n{more}\
         content-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )
}

pub fn parse(buffer: &mut BytesMut) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let result = request.parse(buffer);
    if let (Some(method), Some(_)) = (request.method, request.path) {
        if !METHODS.contains(&method) {
            return Parsed::Refused(NOT_ALLOWED);
        }
    }
    match result {
        Ok(httparse::Status::Partial) => Parsed::Partial,
        Err(httparse::Error::TooManyHeaders) => {
            Parsed::Refused("431 Request Header Fields Too Large")
        }
        Err(_) => Parsed::Refused(BAD),
        Ok(httparse::Status::Complete(length)) => {
            let parsed = read(&request);
            buffer.advance(length);
            parsed.map_or_else(Parsed::Refused, Parsed::Head)
        }
    }
}

/// The status of one that is refused: it expects what nobody here knows, or it contradicts itself,
/// so that whoever stands before this server could see another request in the same bytes.
fn read(request: &httparse::Request<'_, '_>) -> Result<Head, &'static str> {
    let parts = (request.version, request.method, request.path);
    let (Some(version), Some(method), Some(target)) = parts else {
        return Err(BAD);
    };
    let is_old = version == 0;
    let (target, authority) = origin_form(target).ok_or(BAD)?;
    let mut head = Head {
        method: method.to_owned(),
        target,
        is_old,
        block: Vec::with_capacity(512),
        content_length: None,
        framing: Framing::None,
        keep_alive: !is_old,
        expects_continue: false,
        upgrade: false,
    };
    let mut hosts = 0;
    let mut is_chunked = false;
    let (mut names_upgrade, mut has_upgrade) = (false, false);
    for header in request.headers.iter() {
        let mut value = header.value.trim_ascii();
        let start = head.block.len();
        head.block.extend_from_slice(header.name.as_bytes());
        head.block[start..].make_ascii_lowercase();
        match &head.block[start..] {
            b"content-length" => {
                if head.content_length.is_some() {
                    return Err(BAD);
                }
                head.content_length = Some(digits(value).ok_or(BAD)?);
                head.block.truncate(start);
                continue;
            }
            b"transfer-encoding" => {
                if is_chunked || is_old || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(BAD);
                }
                is_chunked = true;
            }
            b"host" => {
                hosts += 1;
                value = authority.map_or(value, str::as_bytes);
            }
            b"connection" => {
                for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    names_upgrade |= token.eq_ignore_ascii_case(b"upgrade");
                    head.keep_alive &= !token.eq_ignore_ascii_case(b"close");
                }
            }
            b"upgrade" => has_upgrade = true,
            b"expect" if !is_old && !value.is_empty() => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(NOT_EXPECTED);
                }
                head.expects_continue = true;
            }
            _ => {}
        }
        head.block.push(0);
        head.block.extend_from_slice(value);
        head.block.push(0);
    }
    if (hosts != 1 && !is_old) || (is_chunked && head.content_length.is_some()) {
        return Err(BAD);
    }
    head.framing = match (is_chunked, head.content_length) {
        (true, _) => Framing::Chunked,
        (false, None | Some(0)) => Framing::None,
        (false, Some(length)) => Framing::Length(length),
    };
    head.upgrade = names_upgrade && has_upgrade && !is_old;
    Ok(head)
}

/// The target as a server that is asked itself is told it. Where it comes as to a proxy, the second
/// is what stands in the place of Host (RFC 9112, 3.2.2).
fn origin_form(target: &str) -> Option<(String, Option<&str>)> {
    let lower = target.get(..8).map(str::to_ascii_lowercase);
    let scheme = match lower.as_deref() {
        Some("https://") => 8,
        Some(begin) if begin.starts_with("http://") => 7,
        _ => return Some((target.to_owned(), None)),
    };
    let rest = &target[scheme..];
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some((format!("{slash}{path}"), Some(authority)))
}

fn digits(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// Whoever does not speak the other protocol goes on as if nothing had been said of it (RFC 9110,
/// 7.8).
pub fn without_upgrade(head: &mut Head) {
    let mut block = Vec::with_capacity(head.block.len());
    let mut parts = head.block.split(|byte| *byte == 0);
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        if name == b"upgrade" || name == b"http2-settings" {
            continue;
        }
        let others: Vec<&[u8]> = value
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .filter(|token| {
                !token.eq_ignore_ascii_case(b"upgrade")
                    && !token.eq_ignore_ascii_case(b"http2-settings")
            })
            .collect();
        block.extend_from_slice(name);
        block.push(0);
        if name != b"connection" {
            block.extend_from_slice(value);
        } else if others.is_empty() {
            block.extend_from_slice(b"keep-alive");
        } else {
            block.extend_from_slice(&others.join(&b", "[..]));
        }
        block.push(0);
    }
    head.block = block;
    head.upgrade = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Parsed {
        parse(&mut BytesMut::from(text))
    }

    fn head(lines: &str) -> Option<Head> {
        match parsed(&format!("POST /a?b HTTP/1.1\r\nHost: x\r\n{lines}\r\n")) {
            Parsed::Head(head) => Some(head),
            _ => None,
        }
    }

    fn status(text: &str) -> Option<&'static str> {
        match parsed(text) {
            Parsed::Refused(status) => Some(status),
            _ => None,
        }
    }

    #[test]
    fn a_head_is_read() {
        let read = head("X-A:  b \r\nContent-Length: 3\r\n").expect("a good head");
        assert_eq!(
            (read.method.as_str(), read.target.as_str()),
            ("POST", "/a?b")
        );
        assert_eq!(read.block, b"host\0x\0x-a\0b\0");
        assert_eq!(read.content_length, Some(3));
        assert!(read.keep_alive && !read.upgrade);
        assert!(!head("Connection: x, Close\r\n").expect("good").keep_alive);
    }

    #[test]
    fn what_two_readers_could_read_as_two_things_is_refused() {
        for lines in [
            "Content-Length: 3\r\nContent-Length: 3\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: +3\r\n",
            "Content-Length: 3, 3\r\n",
            "Content-Length: \r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "A: b\r\n folded\r\n",
            "Host: y\r\n",
        ] {
            assert!(head(lines).is_none(), "{lines}");
        }
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), Some("400 Bad Request"));
    }

    #[test]
    fn methods_of_no_list_are_told_from_what_is_no_request() {
        assert_eq!(status("FOO / HTTP/1.1\r\n"), Some("405 Method Not Allowed"));
        assert_eq!(
            status("CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n"),
            Some("405 Method Not Allowed")
        );
        for garbage in [
            "\u{16}\u{3}\u{1}\u{2}",
            "F(O / HTTP/1.1\r\n\r\n",
            "a\r\n\r\n",
        ] {
            assert_eq!(status(garbage), Some("400 Bad Request"), "{garbage:?}");
        }
    }

    #[test]
    fn a_target_may_be_given_as_to_a_proxy() {
        for (target, own, host) in [
            ("http://a:1/b?c", "/b?c", "a:1"),
            ("HTTPS://[::1]/b", "/b", "[::1]"),
            ("http://a", "/", "a"),
            ("http://a?b", "/?b", "a"),
            ("/http://a/b", "/http://a/b", "x"),
            ("*", "*", "x"),
        ] {
            let text = format!("OPTIONS {target} HTTP/1.1\r\nHost: x\r\n\r\n");
            let Parsed::Head(read) = parsed(&text) else {
                unreachable!("{target} is refused");
            };
            assert_eq!(read.target, own);
            assert_eq!(read.block, format!("host\0{host}\0").as_bytes());
        }
        for target in ["http:///b", "http://user@a/b"] {
            let text = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
            assert_eq!(status(&text), Some("400 Bad Request"), "{target}");
        }
        let text = "GET http://a/b HTTP/1.1\r\n\r\n";
        assert_eq!(status(text), Some("400 Bad Request"), "Host is asked for");
    }

    #[test]
    fn expectations_that_nobody_meets_are_refused() {
        let expecting = |version: &str, what: &str| {
            parsed(&format!(
                "POST / HTTP/{version}\r\nHost: x\r\nExpect: {what}\r\n\r\n"
            ))
        };
        for (version, what, expected) in [
            ("1.1", "100-Continue", Some(true)),
            ("1.1", "", Some(false)),
            ("1.0", "other", Some(false)),
            ("1.1", "other", None),
            ("1.1", "100-continue, other", None),
        ] {
            match expecting(version, what) {
                Parsed::Head(read) => assert_eq!(Some(read.expects_continue), expected, "{what}"),
                Parsed::Refused(status) => {
                    assert_eq!(
                        (status, expected),
                        ("417 Expectation Failed", None),
                        "{what}"
                    );
                }
                Parsed::Partial => unreachable!("it is whole"),
            }
        }
    }

    #[test]
    fn a_wish_to_upgrade_is_taken_out() {
        let lines =
            "Connection: Upgrade, HTTP2-Settings, x\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\n";
        let mut read = head(lines).expect("good");
        assert!(read.upgrade);
        without_upgrade(&mut read);
        assert_eq!(read.block, b"host\0x\0connection\0x\0");
        let mut read = head("Connection: upgrade\r\nUpgrade: h2c\r\n").expect("good");
        without_upgrade(&mut read);
        assert_eq!(read.block, b"host\0x\0connection\0keep-alive\0");
    }
}
