//! Strings and raw values as Go's encoding/json writes them, with `<`, `>`, `&` and line
//! separators escaped.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// 0 plain, 1 escaped, 2 not ASCII.
const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = match i as u8 {
            0..0x20 | b'"' | b'\\' | b'<' | b'>' | b'&' => 1,
            0x80..=0xff => 2,
            _ => 0,
        };
        i += 1;
    }
    table
}

static CLASS: [u8; 256] = classes();

/// A quoted string of bytes that should be UTF-8; each byte that is not becomes U+FFFD.
pub fn write_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let class = CLASS[bytes[at] as usize];
        if class == 0 {
            at += 1;
            continue;
        }
        if class == 1 {
            out.extend_from_slice(&bytes[start..at]);
            write_escape(out, bytes[at]);
            at += 1;
            start = at;
            continue;
        }
        match character(&bytes[at..]) {
            Some(3) if is_separator(&bytes[at..]) => {
                out.extend_from_slice(&bytes[start..at]);
                out.extend_from_slice(b"\\u202");
                out.push(HEX[(bytes[at + 2] & 0xf) as usize]);
                at += 3;
                start = at;
            }
            Some(length) => at += length,
            None => {
                out.extend_from_slice(&bytes[start..at]);
                out.extend_from_slice(b"\\ufffd");
                at += 1;
                start = at;
            }
        }
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

fn is_separator(bytes: &[u8]) -> bool {
    matches!(bytes, [0xE2, 0x80, 0xA8 | 0xA9, ..])
}

/// Length of the UTF-8 character at the beginning.
fn character(bytes: &[u8]) -> Option<usize> {
    let length = match bytes[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    std::str::from_utf8(bytes.get(..length)?)
        .ok()
        .map(|_| length)
}

fn write_escape(out: &mut Vec<u8>, c: u8) {
    let short = match c {
        b'"' | b'\\' => c,
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[HEX[(c >> 4) as usize], HEX[(c & 0xf) as usize]]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Valid JSON without its white space and with HTML's characters escaped, as Go does to what
/// marshals itself.
pub fn write_compact(out: &mut Vec<u8>, raw: &[u8]) {
    let mut in_string = false;
    // What is copied as it is comes in runs: nearly all, where a server wrote it.
    let mut run = 0;
    let mut at = 0;
    while at < raw.len() {
        let c = raw[at];
        let passed = match c {
            b'"' => {
                in_string = !in_string;
                at += 1;
                continue;
            }
            b'\\' if in_string => {
                at += 2;
                continue;
            }
            b' ' | b'\n' | b'\t' | b'\r' if !in_string => 1,
            b'<' | b'>' | b'&' => 1,
            0xE2 if is_separator(&raw[at..]) => 3,
            _ => {
                at += 1;
                continue;
            }
        };
        out.extend_from_slice(&raw[run..at]);
        match c {
            b'<' | b'>' | b'&' => write_escape(out, c),
            0xE2 => {
                out.extend_from_slice(b"\\u202");
                out.push(HEX[(raw[at + 2] & 0xf) as usize]);
            }
            _ => {}
        }
        at += passed;
        run = at;
    }
    out.extend_from_slice(raw.get(run..).unwrap_or_default());
}

/// Well-formed compact JSON with two spaces of indentation a level, as Go's MarshalIndent writes
/// it.
pub fn write_indented(out: &mut Vec<u8>, compact: &[u8]) {
    let mut depth = 0;
    let mut at = 0;
    while at < compact.len() {
        let c = compact[at];
        at += 1;
        match c {
            b'"' => {
                let end = string_end(compact, at);
                out.extend_from_slice(&compact[at - 1..end]);
                at = end;
            }
            b'{' | b'[' => {
                out.push(c);
                if matches!(compact.get(at), Some(b'}' | b']')) {
                    out.push(compact[at]);
                    at += 1;
                } else {
                    depth += 1;
                    new_line(out, depth);
                }
            }
            b'}' | b']' => {
                depth -= 1;
                new_line(out, depth);
                out.push(c);
            }
            b',' => {
                out.push(c);
                new_line(out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            b' ' | b'\n' | b'\t' | b'\r' => {}
            _ => out.push(c),
        }
    }
}

fn new_line(out: &mut Vec<u8>, depth: i32) {
    out.push(b'\n');
    for _ in 0..depth {
        out.extend_from_slice(b"  ");
    }
}

/// After the closing quote of the string whose content begins at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        write_string(&mut out, bytes);
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn escapes_as_go() {
        assert_eq!(
            string(b"a<b>&\"\\\n\x01\x08"),
            r#""a\u003cb\u003e\u0026\"\\\n\u0001\b""#
        );
        assert_eq!(string("ü\u{2028}€😀".as_bytes()), "\"ü\\u2028€😀\"");
        assert_eq!(string(b"x\xffy\xe2\x80"), r#""x\ufffdy\ufffd\ufffd""#);
    }

    #[test]
    fn indents() {
        let mut out = Vec::new();
        write_indented(&mut out, br#"{"a":[],"b":{"c:,":"\"}"},"d":[1,{}]}"#);
        let want = "{\n  \"a\": [],\n  \"b\": {\n    \"c:,\": \"\\\"}\"\n  },\n  \
                    \"d\": [\n    1,\n    {}\n  ]\n}";
        assert_eq!(String::from_utf8(out).as_deref(), Ok(want));
    }

    #[test]
    fn compacts() {
        let mut out = Vec::new();
        write_compact(&mut out, br#"{ "a b" : "<\" >" , "n": 1 }"#);
        assert_eq!(out, br#"{"a b":"\u003c\" \u003e","n":1}"#);
    }
}
