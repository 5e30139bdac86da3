//! The bytes of one JSON document: skipping, strings and numbers. Where something is wrong it
//! only says so; `syntax` finds Go's words for it afterwards.

use std::borrow::Cow;

use super::MAX_SKIPPED_DEPTH;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LexError {
    Syntax,
    TooDeep,
}

pub struct Lexer<'a> {
    pub text: &'a str,
    pub at: usize,
}

/// What a value begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, at: 0 }
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    pub fn skip_space(&mut self) {
        let b = self.bytes();
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = b.get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte after white space; 0 at the end.
    pub fn peek(&mut self) -> u8 {
        self.skip_space();
        self.bytes().get(self.at).copied().unwrap_or(0)
    }

    pub fn shape(&mut self) -> Result<Shape, LexError> {
        match self.peek() {
            b'{' => Ok(Shape::Object),
            b'[' => Ok(Shape::Array),
            b'"' => Ok(Shape::String),
            b'-' | b'0'..=b'9' => Ok(Shape::Number),
            b't' | b'f' => Ok(Shape::Bool),
            b'n' => Ok(Shape::Null),
            _ => Err(LexError::Syntax),
        }
    }

    pub fn expect(&mut self, byte: u8) -> Result<(), LexError> {
        if self.peek() == byte {
            self.at += 1;
            return Ok(());
        }
        Err(LexError::Syntax)
    }

    pub fn literal(&mut self, word: &str) -> Result<(), LexError> {
        if self.bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(LexError::Syntax)
    }

    pub fn bool(&mut self) -> Result<bool, LexError> {
        if self.bytes().get(self.at) == Some(&b't') {
            self.literal("true").map(|()| true)
        } else {
            self.literal("false").map(|()| false)
        }
    }

    /// A string's content; borrowed when it has no escapes. Stands on the opening quote.
    pub fn string(&mut self) -> Result<Cow<'a, str>, LexError> {
        self.expect(b'"')?;
        let start = self.at;
        let b = self.bytes();
        loop {
            match b.get(self.at) {
                Some(b'"') => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(Cow::Borrowed(text));
                }
                Some(b'\\') => return self.escaped(start).map(Cow::Owned),
                Some(0..0x20) | None => return Err(LexError::Syntax),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escaped(&mut self, start: usize) -> Result<String, LexError> {
        let mut out = self.text[start..self.at].to_string();
        let b = self.bytes();
        loop {
            let run = self.at;
            while !matches!(b.get(self.at), Some(b'"' | b'\\' | 0..0x20) | None) {
                self.at += 1;
            }
            out.push_str(&self.text[run..self.at]);
            match b.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(&mut out)?,
                _ => return Err(LexError::Syntax),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), LexError> {
        let c = self.bytes().get(self.at + 1).copied();
        self.at += 2;
        out.push(match c {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(out),
            _ => return Err(LexError::Syntax),
        });
        Ok(())
    }

    /// Lone surrogates become U+FFFD, as in Go.
    fn unicode(&mut self, out: &mut String) -> Result<(), LexError> {
        let first = self.hex4()?;
        if (0xD800..0xDC00).contains(&first) && self.bytes()[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.hex4()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                out.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
                return Ok(());
            }
            self.at = back;
        }
        out.push(char::from_u32(first).unwrap_or('\u{FFFD}'));
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, LexError> {
        let digits = self
            .bytes()
            .get(self.at..self.at + 4)
            .ok_or(LexError::Syntax)?;
        let mut code = 0;
        for &d in digits {
            code = code << 4 | char::from(d).to_digit(16).ok_or(LexError::Syntax)?;
        }
        self.at += 4;
        Ok(code)
    }

    /// A number's text. Stands on its first byte.
    pub fn number(&mut self) -> Result<&'a str, LexError> {
        let b = self.bytes();
        let start = self.at;
        let digits = |mut at: usize| {
            while b.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let mut at = start + usize::from(b.get(start) == Some(&b'-'));
        match b.get(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at = digits(at),
            _ => return Err(LexError::Syntax),
        }
        if b.get(at) == Some(&b'.') {
            let end = digits(at + 1);
            if end == at + 1 {
                return Err(LexError::Syntax);
            }
            at = end;
        }
        if let Some(b'e' | b'E') = b.get(at) {
            let from = at + 1 + usize::from(matches!(b.get(at + 1), Some(b'+' | b'-')));
            let end = digits(from);
            if end == from {
                return Err(LexError::Syntax);
            }
            at = end;
        }
        self.at = at;
        Ok(&self.text[start..at])
    }

    /// Passes one whole value, checked, without recursion. `depth` is how deep it already stands.
    pub fn skip_value(&mut self, depth: usize) -> Result<(), LexError> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.shape()? {
                shape @ (Shape::Object | Shape::Array) => {
                    self.at += 1;
                    if depth + open.len() >= MAX_SKIPPED_DEPTH {
                        return Err(LexError::TooDeep);
                    }
                    let close = if shape == Shape::Object { b'}' } else { b']' };
                    if self.peek() == close {
                        self.at += 1;
                    } else {
                        open.push(close);
                        self.skip_key(close)?;
                        continue;
                    }
                }
                Shape::String => drop(self.string()?),
                Shape::Number => drop(self.number()?),
                Shape::Bool => drop(self.bool()?),
                Shape::Null => self.literal("null")?,
            }
            if !self.skip_ends(&mut open)? {
                return Ok(());
            }
        }
    }

    fn skip_key(&mut self, close: u8) -> Result<(), LexError> {
        if close == b'}' {
            self.skip_space();
            self.string()?;
            self.expect(b':')?;
        }
        Ok(())
    }

    /// After a value: closes what ends; true when another value follows.
    fn skip_ends(&mut self, open: &mut Vec<u8>) -> Result<bool, LexError> {
        while let Some(&close) = open.last() {
            match self.peek() {
                b',' => {
                    self.at += 1;
                    self.skip_key(close)?;
                    return Ok(true);
                }
                c if c == close => {
                    self.at += 1;
                    open.pop();
                }
                _ => return Err(LexError::Syntax),
            }
        }
        Ok(false)
    }
}

/// Input as text. Go reads each byte that is not UTF-8 as U+FFFD.
pub fn as_text(data: &[u8]) -> Cow<'_, str> {
    let mut rest = data;
    let mut out = String::new();
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) if out.is_empty() && rest.len() == data.len() => return Cow::Borrowed(text),
            Ok(text) => {
                out.push_str(text);
                return Cow::Owned(out);
            }
            Err(e) => {
                let (good, bad) = rest.split_at(e.valid_up_to());
                out.push_str(&String::from_utf8_lossy(good));
                out.push('\u{FFFD}');
                rest = &bad[1..];
            }
        }
    }
}
