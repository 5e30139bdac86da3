//! Tokens that carry text: scalars, anchors, tags and directives.

use super::Result;
use super::scanner::{Scanner, Token, TokenKind};
use super::tree::Text;

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// White space and line ends between the words of a scalar over several lines.
#[derive(Default)]
struct Gap {
    blanks: Vec<u8>,
    first_break: Vec<u8>,
    more_breaks: Vec<u8>,
    /// Whether it has a line end.
    broken: bool,
}

impl Gap {
    /// One line end becomes a space; of several the first is dropped.
    fn fold_into(&mut self, texts: &mut Vec<u8>) {
        if !self.broken {
            texts.append(&mut self.blanks);
            return;
        }
        if self.first_break.first() == Some(&b'\n') {
            if self.more_breaks.is_empty() {
                texts.push(b' ');
            }
        } else {
            texts.extend_from_slice(&self.first_break);
        }
        texts.append(&mut self.more_breaks);
        self.first_break.clear();
        self.blanks.clear();
        self.broken = false;
    }
}

impl Scanner<'_> {
    fn text_since(&self, begin: usize) -> Text {
        Text {
            begin: begin as u32,
            end: self.texts.len() as u32,
        }
    }

    fn skip_blanks(&mut self) {
        while self.source.is_blank(0) {
            self.source.skip();
        }
    }

    fn read_word(&mut self) {
        while is_word(self.source.byte(0)) {
            self.source.read(&mut self.texts);
        }
    }

    pub(super) fn scan_anchor(&mut self, is_alias: bool) -> Result<Token> {
        let (line, begin) = (self.source.mark.line, self.texts.len());
        self.source.skip();
        self.read_word();
        let text = self.text_since(begin);
        let ends = self.source.is_blank_or_end(0) || b"?:,]}%@`".contains(&self.source.byte(0));
        if text.begin == text.end || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        let kind = if is_alias {
            TokenKind::Alias(text)
        } else {
            TokenKind::Anchor(text)
        };
        Ok(Token { kind, line })
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token> {
        let (line, begin) = (self.source.mark.line, self.texts.len());
        let none = Text::default();
        let (handle, suffix);
        if self.source.byte(1) == b'<' {
            self.source.skip();
            self.source.skip();
            (handle, suffix) = (none, self.scan_uri(false)?);
            if self.source.byte(0) != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.source.skip();
        } else {
            let first = self.scan_handle(false)?;
            let long = first.end - first.begin > 1;
            if long && self.texts.last() == Some(&b'!') {
                (handle, suffix) = (first, self.scan_uri(false)?);
            } else {
                // `!` and what follows: the handle is `!`, or there is only the tag `!`.
                self.scan_uri(true)?;
                let whole = self.text_since(begin);
                let (mark, rest) = split_first(whole);
                (handle, suffix) = if rest.begin == rest.end {
                    (none, mark)
                } else {
                    (mark, rest)
                };
            }
        }
        if !self.source.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        let kind = TokenKind::Tag { handle, suffix };
        Ok(Token { kind, line })
    }

    /// `!`, `!name!`, or `!name`, which only a directive does not take.
    fn scan_handle(&mut self, is_directive: bool) -> Result<Text> {
        let begin = self.texts.len();
        if self.source.byte(0) != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        self.source.read(&mut self.texts);
        self.read_word();
        if self.source.byte(0) == b'!' {
            self.source.read(&mut self.texts);
        } else if is_directive && self.texts.len() - begin > 1 {
            return Err(self.error("did not find expected '!'"));
        }
        Ok(self.text_since(begin))
    }

    fn scan_uri(&mut self, may_be_empty: bool) -> Result<Text> {
        let begin = self.texts.len();
        loop {
            match self.source.byte(0) {
                b'%' => self.scan_escaped_octets()?,
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    self.source.read(&mut self.texts);
                }
                _ => break,
            }
        }
        if self.texts.len() == begin && !may_be_empty {
            return Err(self.error("did not find expected tag URI"));
        }
        Ok(self.text_since(begin))
    }

    /// `%C3%A4`: one character.
    fn scan_escaped_octets(&mut self) -> Result<()> {
        let mut left = None;
        while left != Some(0) {
            let digits = [self.source.byte(1), self.source.byte(2)];
            let value = digits.iter().try_fold(0, |v, d| Some(v * 16 + hex(*d)?));
            let (b'%', Some(octet)) = (self.source.byte(0), value) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let width = match (left, octet) {
                (Some(left), 0x80..=0xbf) => left,
                (Some(_), _) => {
                    return Err(self.error("found an incorrect trailing UTF-8 octet"));
                }
                (None, 0..=0x7f) => 1,
                (None, 0xc0..=0xdf) => 2,
                (None, 0xe0..=0xef) => 3,
                (None, 0xf0..=0xf7) => 4,
                (None, _) => return Err(self.error("found an incorrect leading UTF-8 octet")),
            };
            self.texts.push(octet as u8);
            for _ in 0..3 {
                self.source.skip();
            }
            left = Some(width - 1);
        }
        Ok(())
    }

    pub(super) fn scan_directive(&mut self) -> Result<Token> {
        let line = self.source.mark.line;
        self.source.skip();
        let begin = self.texts.len();
        self.read_word();
        if self.texts.len() == begin {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.source.is_blank_or_end(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match &self.texts[begin..] {
            b"YAML" => self.scan_version()?,
            b"TAG" => self.scan_tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.skip_blanks();
        self.source.skip_comment();
        if !self.source.is_end_of_line(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.source.skip_line_end();
        Ok(Token { kind, line })
    }

    fn scan_version(&mut self) -> Result<TokenKind> {
        self.skip_blanks();
        let major = self.scan_version_number()?;
        if self.source.byte(0) != b'.' {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.source.skip();
        let minor = self.scan_version_number()?;
        Ok(TokenKind::Version { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8> {
        let mut digits = 0;
        let mut value = 0;
        while self.source.byte(0).is_ascii_digit() {
            digits += 1;
            if digits > 2 {
                return Err(self.error("found extremely long version number"));
            }
            value = value * 10 + (self.source.byte(0) - b'0');
            self.source.skip();
        }
        if digits == 0 {
            return Err(self.error("did not find expected version number"));
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind> {
        self.skip_blanks();
        let handle = self.scan_handle(true)?;
        if !self.source.is_blank(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.skip_blanks();
        let prefix = self.scan_uri(false)?;
        if !self.source.is_blank_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<Token> {
        let (line, begin) = (self.source.mark.line, self.texts.len());
        self.source.skip();
        let (keep, mut indent) = self.scan_block_header()?;
        let mut end_of_line = Vec::new();
        let mut breaks = Vec::new();
        self.scan_block_breaks(&mut indent, &mut breaks)?;
        let mut was_blank = false;
        while self.source.mark.column == indent && !self.source.is_end() {
            let is_blank = self.source.is_blank(0);
            let folds = !literal && !was_blank && !is_blank;
            if folds && end_of_line.first() == Some(&b'\n') {
                if breaks.is_empty() {
                    self.texts.push(b' ');
                }
                end_of_line.clear();
            } else {
                self.texts.append(&mut end_of_line);
            }
            self.texts.append(&mut breaks);
            was_blank = is_blank;
            while !self.source.is_end_of_line(0) {
                self.source.read(&mut self.texts);
            }
            self.source.read_line_end(&mut end_of_line);
            self.scan_block_breaks(&mut indent, &mut breaks)?;
        }
        if keep != Some(false) {
            self.texts.append(&mut end_of_line);
        }
        if keep == Some(true) {
            self.texts.append(&mut breaks);
        }
        let kind = TokenKind::Scalar {
            text: self.text_since(begin),
            plain: false,
        };
        Ok(Token { kind, line })
    }

    /// Whether all line ends at the end are kept, or none; and the indentation, 0 where the first
    /// line tells it.
    fn scan_block_header(&mut self) -> Result<(Option<bool>, usize)> {
        let mut keep = None;
        let mut increment = None;
        for _ in 0..2 {
            match self.source.byte(0) {
                sign @ (b'+' | b'-') if keep.is_none() => keep = Some(sign == b'+'),
                b'0' if increment.is_none() => {
                    return Err(self.error("found an indentation indicator equal to 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => {
                    increment = Some(usize::from(digit - b'0'));
                }
                _ => break,
            }
            self.source.skip();
        }
        self.skip_blanks();
        self.source.skip_comment();
        if !self.source.is_end_of_line(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.source.skip_line_end();
        let base = usize::try_from(self.indent).unwrap_or(0);
        Ok((keep, increment.map_or(0, |increment| base + increment)))
    }

    /// Indentation and empty lines. An indentation of 0 becomes that of the longest of them.
    fn scan_block_breaks(&mut self, indent: &mut usize, breaks: &mut Vec<u8>) -> Result<()> {
        let mut deepest = 0;
        loop {
            let below = |column: usize| *indent == 0 || column < *indent;
            while below(self.source.mark.column) && self.source.byte(0) == b' ' {
                self.source.skip();
            }
            deepest = deepest.max(self.source.mark.column);
            if below(self.source.mark.column) && self.source.byte(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(self.error(problem));
            }
            if !self.source.is_line_end(0) {
                break;
            }
            self.source.read_line_end(breaks);
        }
        if *indent == 0 {
            let least = usize::try_from(self.indent + 1).unwrap_or(0);
            *indent = deepest.max(least).max(1);
        }
        Ok(())
    }

    pub(super) fn scan_quoted_scalar(&mut self, single: bool) -> Result<Token> {
        let (line, begin) = (self.source.mark.line, self.texts.len());
        let quote = if single { b'\'' } else { b'"' };
        self.source.skip();
        let mut gap = Gap::default();
        loop {
            if self.source.is_document_mark(b"---") || self.source.is_document_mark(b"...") {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.source.is_end() {
                return Err(self.error("found unexpected end of stream"));
            }
            gap.broken = self.scan_quoted_run(single, quote)?;
            if self.source.byte(0) == quote {
                break;
            }
            self.scan_gap(&mut gap);
            gap.fold_into(&mut self.texts);
        }
        self.source.skip();
        let kind = TokenKind::Scalar {
            text: self.text_since(begin),
            plain: false,
        };
        Ok(Token { kind, line })
    }

    /// Up to white space or the quote; whether it ends with an escaped line end.
    fn scan_quoted_run(&mut self, single: bool, quote: u8) -> Result<bool> {
        while !self.source.is_blank_or_end(0) {
            let byte = self.source.byte(0);
            if single && byte == quote && self.source.byte(1) == quote {
                self.source.skip();
                self.source.read(&mut self.texts);
            } else if byte == quote {
                return Ok(false);
            } else if !single && byte == b'\\' {
                if self.source.is_line_end(1) {
                    self.source.skip();
                    self.source.skip_line_end();
                    return Ok(true);
                }
                self.scan_escape()?;
            } else {
                self.source.read(&mut self.texts);
            }
        }
        Ok(false)
    }

    fn scan_escape(&mut self) -> Result<()> {
        let (character, digits) = match self.source.byte(1) {
            b'0' => ("\0", 0),
            b'a' => ("\x07", 0),
            b'b' => ("\x08", 0),
            b't' | b'\t' => ("\t", 0),
            b'n' => ("\n", 0),
            b'v' => ("\x0b", 0),
            b'f' => ("\x0c", 0),
            b'r' => ("\r", 0),
            b'e' => ("\x1b", 0),
            b' ' => (" ", 0),
            b'"' => ("\"", 0),
            b'\'' => ("'", 0),
            b'\\' => ("\\", 0),
            b'N' => ("\u{85}", 0),
            b'_' => ("\u{a0}", 0),
            b'L' => ("\u{2028}", 0),
            b'P' => ("\u{2029}", 0),
            b'x' => ("", 2),
            b'u' => ("", 4),
            b'U' => ("", 8),
            _ => return Err(self.error("found unknown escape character")),
        };
        self.source.skip();
        self.source.skip();
        self.texts.extend_from_slice(character.as_bytes());
        if digits == 0 {
            return Ok(());
        }
        let mut value = 0;
        for place in 0..digits {
            let Some(digit) = hex(self.source.byte(place)) else {
                return Err(self.error("did not find expected hexdecimal number"));
            };
            value = value << 4 | digit;
        }
        let Some(c) = char::from_u32(value) else {
            return Err(self.error("found invalid Unicode character escape code"));
        };
        self.texts
            .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        for _ in 0..digits {
            self.source.skip();
        }
        Ok(())
    }

    fn scan_gap(&mut self, gap: &mut Gap) {
        while self.source.is_blank(0) || self.source.is_line_end(0) {
            self.scan_gap_character(gap);
        }
    }

    fn scan_gap_character(&mut self, gap: &mut Gap) {
        if self.source.is_blank(0) {
            if gap.broken {
                self.source.skip();
            } else {
                self.source.read(&mut gap.blanks);
            }
        } else if gap.broken {
            self.source.read_line_end(&mut gap.more_breaks);
        } else {
            gap.blanks.clear();
            self.source.read_line_end(&mut gap.first_break);
            gap.broken = true;
        }
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<Token> {
        let (line, begin) = (self.source.mark.line, self.texts.len());
        let indent = self.indent + 1;
        let mut gap = Gap::default();
        loop {
            let document =
                self.source.is_document_mark(b"---") || self.source.is_document_mark(b"...");
            if document || self.source.byte(0) == b'#' {
                break;
            }
            while !self.source.is_blank_or_end(0) && !self.ends_plain_scalar() {
                gap.fold_into(&mut self.texts);
                self.source.read(&mut self.texts);
            }
            if !(self.source.is_blank(0) || self.source.is_line_end(0)) {
                break;
            }
            while self.source.is_blank(0) || self.source.is_line_end(0) {
                let left = (self.source.mark.column as isize) < indent;
                if gap.broken && left && self.source.byte(0) == b'\t' {
                    return Err(self.error("found a tab character that violates indentation"));
                }
                self.scan_gap_character(&mut gap);
            }
            if self.flow_level == 0 && (self.source.mark.column as isize) < indent {
                break;
            }
        }
        if gap.broken {
            self.key_allowed = true;
        }
        let kind = TokenKind::Scalar {
            text: self.text_since(begin),
            plain: true,
        };
        Ok(Token { kind, line })
    }

    fn ends_plain_scalar(&self) -> bool {
        match self.source.byte(0) {
            b':' => self.source.is_blank_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }
}

fn split_first(text: Text) -> (Text, Text) {
    let middle = text.begin + 1;
    let first = Text {
        begin: text.begin,
        end: middle,
    };
    let rest = Text {
        begin: middle,
        end: text.end,
    };
    (first, rest)
}

fn hex(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}
