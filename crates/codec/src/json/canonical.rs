//! A JSON text in one form, so that equal objects give equal text: keys in order, none that is
//! null. What controllers name revisions of a template by.

use std::cmp::Ordering;

use super::MAX_BUILT_DEPTH;

/// Of text as JavaScript's JSON.stringify writes it, whose strings and numbers stay as they are.
/// Keys are in the order of JavaScript's strings. None: it is not such a text.
pub fn canonical(text: &str) -> Option<Vec<u8>> {
    let mut reader = Reader { text, at: 0 };
    let mut out = Vec::with_capacity(text.len());
    reader.value(&mut out, 0)?;
    (reader.at == text.len()).then_some(out)
}

/// FNV-1a, 32 bits.
pub fn fnv32a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

/// A key between its quotes, and where its value stands.
type Member<'t> = (&'t str, std::ops::Range<usize>);

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn value(&mut self, out: &mut Vec<u8>, depth: u32) -> Option<()> {
        if depth > MAX_BUILT_DEPTH {
            return None;
        }
        match self.peek()? {
            b'{' => self.object(out, depth),
            b'[' => self.array(out, depth),
            b'"' => {
                let begin = self.at;
                self.string()?;
                out.extend_from_slice(&self.text.as_bytes()[begin..self.at]);
                Some(())
            }
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'"' | b':');
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..length]);
                self.at += length;
                (length > 0).then_some(())
            }
        }
    }

    /// What stands between the quotes.
    fn string(&mut self) -> Option<&'t str> {
        if !self.take(b'"') {
            return None;
        }
        let begin = self.at;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let content = self.text.get(begin..self.at)?;
        self.at += 1;
        Some(content)
    }

    fn array(&mut self, out: &mut Vec<u8>, depth: u32) -> Option<()> {
        self.at += 1;
        out.push(b'[');
        if !self.take(b']') {
            loop {
                self.value(out, depth + 1)?;
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return None;
                }
                out.push(b',');
            }
        }
        out.push(b']');
        Some(())
    }

    fn object(&mut self, out: &mut Vec<u8>, depth: u32) -> Option<()> {
        self.at += 1;
        let begin = out.len();
        let mut members: Vec<Member<'t>> = Vec::new();
        if !self.take(b'}') {
            loop {
                let key = self.string()?;
                if !self.take(b':') {
                    return None;
                }
                let start = out.len();
                self.value(out, depth + 1)?;
                if &out[start..] == b"null" {
                    out.truncate(start);
                } else {
                    members.push((key, start - begin..out.len() - begin));
                }
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return None;
                }
            }
        }
        let values = out.split_off(begin);
        members.sort_by(|a, b| order(a.0, b.0));
        for (at, (key, value)) in members.into_iter().enumerate() {
            out.extend_from_slice(if at == 0 { b"{\"" } else { b",\"" });
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(b"\":");
            out.extend_from_slice(&values[value]);
        }
        if out.len() == begin {
            out.push(b'{');
        }
        out.push(b'}');
        Some(())
    }
}

/// By units of UTF-16, as JavaScript compares.
fn order(a: &str, b: &str) -> Ordering {
    let plain = |text: &str| text.is_ascii() && !text.contains('\\');
    if plain(a) && plain(b) {
        return a.cmp(b);
    }
    units(a).cmp(&units(b))
}

fn units(text: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let unit = match c {
            '\\' => match rest.next().unwrap_or('\\') {
                'b' => 8,
                't' => 9,
                'n' => 10,
                'f' => 12,
                'r' => 13,
                'u' => {
                    let digits = rest.as_str().get(..4).unwrap_or("");
                    rest.nth(3);
                    u16::from_str_radix(digits, 16).unwrap_or(0)
                }
                other => other as u16,
            },
            other => {
                units.extend_from_slice(other.encode_utf16(&mut [0; 2]));
                continue;
            }
        };
        units.push(unit);
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<String> {
        canonical(text).and_then(|bytes| String::from_utf8(bytes).ok())
    }

    #[test]
    fn keys_are_in_order_and_null_is_left_out() {
        let text = r#"{"b":[null,{"z":1,"a":null}],"a":{"y":"\"}","x":{}},"c":null,"":-1.5e3}"#;
        let expected = r#"{"":-1.5e3,"a":{"x":{},"y":"\"}"},"b":[null,{"z":1}]}"#;
        assert_eq!(of(text).as_deref(), Some(expected));
        assert_eq!(of("[]").as_deref(), Some("[]"));
        assert_eq!(of("{\"a\":null}").as_deref(), Some("{}"));
        // An escape and what lies beyond the first plane, by their units.
        let text = "{\"\u{ffff}\":1,\"\u{10000}\":2,\"\\n\":3,\"\\ud800\":4}";
        let expected = "{\"\\n\":3,\"\\ud800\":4,\"\u{10000}\":2,\"\u{ffff}\":1}";
        assert_eq!(of(text).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_such_text_is_refused() {
        let deep = "[".repeat(MAX_BUILT_DEPTH as usize + 2);
        for text in [
            "", "{", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "\"a", "1 2,", "[1}", "\"\\", &deep,
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn hashes_as_published() {
        assert_eq!(fnv32a(b""), 0x811c_9dc5);
        assert_eq!(fnv32a(b"foobar"), 0xbf9c_f968);
    }
}
