//! The text: which encoding it has, what may not be in it, and where in it the scanner stands.

use std::borrow::Cow;

use super::{Result, YamlError};

/// Upstream reads so many bytes at once, and tells of what is wrong in them before anything else.
const CHUNK: usize = 512;

/// Counted in characters, from 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    pub index: usize,
    pub line: usize,
    pub column: usize,
}

pub struct Source<'d> {
    /// UTF-8 without anything that may not be in it: it ends where the first such thing is.
    text: Cow<'d, [u8]>,
    at: usize,
    pub mark: Mark,
    fault: Option<&'static str>,
}

impl<'d> Source<'d> {
    pub fn new(data: &'d [u8]) -> Source<'d> {
        let (text, fault) = match data {
            [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, rest @ ..] => from_utf8(rest),
            _ => from_utf8(data),
        };
        Source {
            text,
            at: 0,
            mark: Mark::default(),
            fault,
        }
    }

    /// What may not be in the text, once reading has come near it.
    pub fn check(&self) -> Result<()> {
        match self.fault {
            Some(fault) if self.text.len() < (self.at + 3) / CHUNK * CHUNK + CHUNK => {
                Err(YamlError::plain(fault))
            }
            _ => Ok(()),
        }
    }

    /// The byte so many bytes ahead; 0 beyond the end, which no text has inside.
    pub fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// How many bytes the line end is long that stands so far ahead; 0 where there is none.
    fn line_end(&self, ahead: usize) -> usize {
        match self.byte(ahead) {
            b'\r' if self.byte(ahead + 1) == b'\n' => 2,
            b'\r' | b'\n' => 1,
            0xc2 if self.byte(ahead + 1) == 0x85 => 2,
            0xe2 if self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9) => {
                3
            }
            _ => 0,
        }
    }

    pub fn is_line_end(&self, ahead: usize) -> bool {
        self.line_end(ahead) != 0
    }

    /// A blank, a line end or the end of the text.
    pub fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_end_of_line(ahead)
    }

    pub fn is_end_of_line(&self, ahead: usize) -> bool {
        self.at + ahead >= self.text.len() || self.is_line_end(ahead)
    }

    pub fn is_byte_order_mark(&self) -> bool {
        self.text[self.at..].starts_with(&[0xef, 0xbb, 0xbf])
    }

    /// `---` or `...` at the beginning of a line.
    pub fn is_document_mark(&self, mark: &[u8; 3]) -> bool {
        self.mark.column == 0 && self.text[self.at..].starts_with(mark) && self.is_blank_or_end(3)
    }

    /// Passes over one character, which is no line end.
    pub fn skip(&mut self) {
        self.at += self.width();
        self.mark.index += 1;
        self.mark.column += 1;
    }

    fn width(&self) -> usize {
        match self.byte(0) {
            0..=0x7f => usize::from(!self.is_end()),
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        }
    }

    pub fn read(&mut self, into: &mut Vec<u8>) {
        let end = self.at + self.width();
        into.extend_from_slice(&self.text[self.at..end]);
        self.skip();
    }

    pub fn skip_line_end(&mut self) {
        let length = self.line_end(0);
        if length == 0 {
            return;
        }
        self.mark.index += if self.byte(0) == b'\r' { length } else { 1 };
        self.at += length;
        self.mark.column = 0;
        self.mark.line += 1;
    }

    /// Line ends become `\n`, but for the line and paragraph separators of Unicode.
    pub fn read_line_end(&mut self, into: &mut Vec<u8>) {
        match self.line_end(0) {
            0 => return,
            3 => into.extend_from_slice(&self.text[self.at..self.at + 3]),
            _ => into.push(b'\n'),
        }
        self.skip_line_end();
    }

    pub fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            while !self.is_end_of_line(0) {
                self.skip();
            }
        }
    }
}

fn from_utf8(data: &[u8]) -> (Cow<'_, [u8]>, Option<&'static str>) {
    let (valid, mut fault) = match std::str::from_utf8(data) {
        Ok(text) => (text, None),
        Err(error) => {
            let (valid, rest) = data.split_at(error.valid_up_to());
            let valid = std::str::from_utf8(valid).unwrap_or_default();
            (valid, Some(utf8_fault(rest)))
        }
    };
    let end = valid.find(is_refused).unwrap_or(valid.len());
    if end < valid.len() {
        fault = Some("control characters are not allowed");
    }
    (Cow::Borrowed(&data[..end]), fault)
}

/// What is wrong with bytes that begin with something that is no UTF-8.
fn utf8_fault(bytes: &[u8]) -> &'static str {
    let (width, lead) = match bytes[0] {
        b @ 0xc0..=0xdf => (2, u32::from(b & 0x1f)),
        b @ 0xe0..=0xef => (3, u32::from(b & 0x0f)),
        b @ 0xf0..=0xf7 => (4, u32::from(b & 0x07)),
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(trailing) = bytes.get(1..width) else {
        return "incomplete UTF-8 octet sequence";
    };
    if trailing.iter().any(|b| b & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let value = trailing
        .iter()
        .fold(lead, |v, b| v << 6 | u32::from(b & 0x3f));
    let shortest = [0x80, 0x800, 0x1_0000][width - 2];
    if value < shortest {
        return "invalid length of a UTF-8 sequence";
    }
    "invalid Unicode character"
}

fn from_utf16(data: &[u8], unit: fn([u8; 2]) -> u16) -> (Cow<'static, [u8]>, Option<&'static str>) {
    let pairs = data.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let odd = data.len() % 2 == 1;
    let mut text = String::with_capacity(data.len());
    for c in char::decode_utf16(pairs) {
        let fault = match c {
            Ok(c) if is_refused(c) => "control characters are not allowed",
            Ok(c) => {
                text.push(c);
                continue;
            }
            Err(error) if error.unpaired_surrogate() >= 0xdc00 => "unexpected low surrogate area",
            Err(_) => "expected low surrogate area",
        };
        return (Cow::Owned(text.into_bytes()), Some(fault));
    }
    let fault = odd.then_some("incomplete UTF-16 character");
    (Cow::Owned(text.into_bytes()), fault)
}

/// Everything that is no printable text.
fn is_refused(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}'
        | '\u{10000}'..)
}
