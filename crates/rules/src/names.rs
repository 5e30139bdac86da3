//! Upstream's formats of names and values, as yes or no. Lengths are bytes.

use std::net::{IpAddr, Ipv6Addr};

const LABEL: usize = 63;
const SUBDOMAIN: usize = 253;

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn is_label_text(text: &[u8]) -> bool {
    match text {
        [] => false,
        [first, .., last] if !is_lower(*first) || !is_lower(*last) => false,
        all => all.iter().all(|b| is_lower(*b) || *b == b'-') && is_lower(all[0]),
    }
}

pub fn is_label(text: &str) -> bool {
    text.len() <= LABEL && is_label_text(text.as_bytes())
}

pub fn is_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN && text.as_bytes().split(|b| *b == b'.').all(is_label_text)
}

/// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
fn is_qualified_part(text: &[u8]) -> bool {
    match text {
        [] => false,
        [first, .., last] if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() => {
            false
        }
        all => {
            let inside = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            all[0].is_ascii_alphanumeric() && all.iter().all(inside)
        }
    }
}

/// `name` or `prefix/name`: keys of labels and annotations.
pub fn is_qualified(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    prefix.is_none_or(is_subdomain) && name.len() <= LABEL && is_qualified_part(name.as_bytes())
}

pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || (text.len() <= LABEL && is_qualified_part(text.as_bytes()))
}

/// A key of a ConfigMap.
pub fn is_config_key(text: &str) -> bool {
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=SUBDOMAIN).contains(&text.len())
        && text.bytes().all(inside)
        && text != "."
        && !text.starts_with("..")
}

/// Printable ASCII without `=`.
pub fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b' '..=b'<' | b'>'..=b'~'))
}

pub fn is_http_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Of a port, as services and probes refer to it.
pub fn is_port_name(text: &str) -> bool {
    (1..=15).contains(&text.len())
        && text.bytes().all(|b| is_lower(b) || b == b'-')
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether the address is written as RFC 5952 has it, and is none of IPv4.
pub fn is_canonical_v6(address: Ipv6Addr, text: &str) -> bool {
    address.to_ipv4_mapped().is_none() && address.to_string() == text
}

/// An address that is written in the one way that nobody is told of.
pub fn is_address(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => true,
        Ok(IpAddr::V6(address)) => is_canonical_v6(address, text),
        Err(_) => false,
    }
}

/// A generateName as far as the subdomain's rule is about it: its last dash stands for what
/// follows.
pub fn is_subdomain_prefix(text: &str) -> bool {
    match text.as_bytes() {
        [head @ .., _, b'-'] => {
            let mut masked = head.to_vec();
            masked.push(b'a');
            std::str::from_utf8(&masked).is_ok_and(is_subdomain)
        }
        _ => is_subdomain(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let long = "a".repeat(63);
        let longer = "a".repeat(64);
        for good in ["a", "0", "a-b", "a--b", &long] {
            assert!(is_label(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "ä", &longer] {
            assert!(!is_label(bad), "{bad}");
        }
        for good in ["a", "a.b-c.0", &longer] {
            assert!(is_subdomain(good), "{good}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "a.-b", &"a".repeat(254)] {
            assert!(!is_subdomain(bad), "{bad}");
        }
        for good in ["a", "A.b_c-d", "example.com/Name", &format!("a.b/{long}")] {
            assert!(is_qualified(good), "{good}");
        }
        for bad in ["", "/a", "a/", "A/b", "a/b/c", "-a", "a.", &longer] {
            assert!(!is_qualified(bad), "{bad}");
        }
        for good in ["", "a", "A_1", &long] {
            assert!(is_label_value(good), "{good}");
        }
        for bad in ["-", "a/b", "a-", &longer] {
            assert!(!is_label_value(bad), "{bad}");
        }
        for good in ["a", ".a", "A-_.b", "a.."] {
            assert!(is_config_key(good), "{good}");
        }
        for bad in ["", ".", "..", "..a", "a b", "a/b", &"a".repeat(254)] {
            assert!(!is_config_key(bad), "{bad}");
        }
        for good in ["A", "a b", "1", "~"] {
            assert!(is_variable(good), "{good}");
        }
        for bad in ["", "a=b", "ä", "a\n"] {
            assert!(!is_variable(bad), "{bad}");
        }
        for good in ["X-A", "1", "-"] {
            assert!(is_http_header(good), "{good}");
        }
        for bad in ["", "a b", "a_b", "ä"] {
            assert!(!is_http_header(bad), "{bad}");
        }
        for good in ["http", "a-1", "1a"] {
            assert!(is_port_name(good), "{good}");
        }
        for bad in ["", "1", "a--b", "-a", "a-", "A", "abcdefghijklmnop"] {
            assert!(!is_port_name(bad), "{bad}");
        }
        for good in ["10.0.0.1", "fd00::1", "::", "1:0:0:2::"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "01.2.3.4",
            "FD00::1",
            "fd00:0::1",
            "::ffff:1.2.3.4",
            "fe80::1%a",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
        for good in ["web-", "web", "w-a-"] {
            assert!(is_subdomain_prefix(good), "{good}");
        }
        for bad in ["-", "Wx", "W-x-", ".-x"] {
            assert!(!is_subdomain_prefix(bad), "{bad}");
        }
    }
}
