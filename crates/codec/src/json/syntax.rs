//! Says what is wrong with a JSON document in the words of Go's scanner. Only runs once
//! something is known to be wrong.

use super::MAX_SKIPPED_DEPTH;

enum Place {
    /// Expecting a value.
    Value,
    /// After `[`.
    FirstElement,
    /// After `{`.
    FirstKey,
    /// After `,` in an object.
    Key,
    AfterKey,
    AfterValue,
}

struct Scanner<'a> {
    data: &'a [u8],
    at: usize,
    open: Vec<u8>,
}

/// The error text, or None when the document is well formed.
pub fn problem(data: &[u8]) -> Option<String> {
    Scanner {
        data,
        at: 0,
        open: Vec::new(),
    }
    .run()
    .err()
}

const END: &str = "unexpected end of JSON input";

impl Scanner<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut place = Place::Value;
        loop {
            self.skip_space();
            let Some(&c) = self.data.get(self.at) else {
                let done = self.open.is_empty() && matches!(place, Place::AfterValue);
                return if done { Ok(()) } else { Err(END.to_string()) };
            };
            place = match place {
                Place::Value => self.value(c, "looking for beginning of value")?,
                Place::FirstElement if c == b']' => self.close(),
                Place::FirstElement => self.value(c, "looking for beginning of value")?,
                Place::FirstKey if c == b'}' => self.close(),
                Place::FirstKey | Place::Key => {
                    if c != b'"' {
                        return self.wrong("looking for beginning of object key string");
                    }
                    self.string()?;
                    Place::AfterKey
                }
                Place::AfterKey if c == b':' => {
                    self.at += 1;
                    Place::Value
                }
                Place::AfterKey => return self.wrong("after object key"),
                Place::AfterValue => self.after_value(c)?,
            };
        }
    }

    fn close(&mut self) -> Place {
        self.at += 1;
        self.open.pop();
        Place::AfterValue
    }

    fn after_value(&mut self, c: u8) -> Result<Place, String> {
        match (self.open.last(), c) {
            (None, _) => self.wrong("after top-level value"),
            (Some(b'{'), b'}') | (Some(b'['), b']') => Ok(self.close()),
            (Some(b'{'), b',') => {
                self.at += 1;
                Ok(Place::Key)
            }
            (Some(_), b',') => {
                self.at += 1;
                Ok(Place::Value)
            }
            (Some(b'{'), _) => self.wrong("after object key:value pair"),
            _ => self.wrong("after array element"),
        }
    }

    fn value(&mut self, c: u8, context: &str) -> Result<Place, String> {
        match c {
            b'{' | b'[' => {
                self.at += 1;
                self.open.push(c);
                if self.open.len() > MAX_SKIPPED_DEPTH {
                    return Err("exceeded max depth".to_string());
                }
                return Ok(if c == b'{' {
                    Place::FirstKey
                } else {
                    Place::FirstElement
                });
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => return self.wrong(context),
        }
        Ok(Place::AfterValue)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.data.get(self.at) {
            self.at += 1;
        }
    }

    fn wrong<T>(&self, context: &str) -> Result<T, String> {
        match self.data.get(self.at) {
            None => Err(END.to_string()),
            Some(&c) => Err(format!("invalid character {} {context}", quoted(c))),
        }
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            match self.data.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(0..0x20) | None => return self.wrong("in string literal"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.data.get(self.at) {
            Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.data.get(self.at).is_some_and(u8::is_ascii_hexdigit) {
                        return self.wrong("in \\u hexadecimal character escape");
                    }
                    self.at += 1;
                }
            }
            _ => return self.wrong("in string escape code"),
        }
        Ok(())
    }

    fn digits(&mut self, context: &str) -> Result<(), String> {
        if !self.data.get(self.at).is_some_and(u8::is_ascii_digit) {
            return self.wrong(context);
        }
        while self.data.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        if self.data[self.at] == b'-' {
            self.at += 1;
        }
        if self.data.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.data.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.data.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.data.get(self.at) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        for expected in word.bytes() {
            if self.data.get(self.at) != Some(&expected) {
                let c = char::from(expected);
                return self.wrong(&format!("in literal {word} (expecting '{c}')"));
            }
            self.at += 1;
        }
        Ok(())
    }
}

fn quoted(c: u8) -> String {
    match c {
        b'\'' => "'\\''".to_string(),
        b'"' => "'\"'".to_string(),
        b'\\' => "'\\\\'".to_string(),
        b'\n' => "'\\n'".to_string(),
        b'\r' => "'\\r'".to_string(),
        b'\t' => "'\\t'".to_string(),
        0x20..=0x7e => format!("'{}'", char::from(c)),
        0..0x80 => format!("'\\x{c:02x}'"),
        _ => format!("'{}'", char::from(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn go_words() {
        let cases = [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            (
                "{a",
                "invalid character 'a' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 2}",
                "invalid character '2' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            ("1 x", "invalid character 'x' after top-level value"),
            (
                "{\"a\":}",
                "invalid character '}' looking for beginning of value",
            ),
            (
                "nul!",
                "invalid character '!' in literal null (expecting 'l')",
            ),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("-x", "invalid character 'x' in numeric literal"),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
        ];
        for (text, want) in cases {
            assert_eq!(problem(text.as_bytes()).as_deref(), Some(want), "{text}");
        }
        assert_eq!(problem(b" {\"a\":[1,true,null,\"x\"],\"b\":{}} "), None);
    }
}
