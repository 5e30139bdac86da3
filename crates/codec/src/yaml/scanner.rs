//! Text to tokens, by the rules of libyaml as Go's port of it has them.

use std::collections::VecDeque;

use super::source::{Mark, Source};
use super::tree::Text;
use super::{MAX_DEPTH, Result, YamlError};

#[derive(Clone, Copy, Debug)]
pub enum TokenKind {
    StreamEnd,
    Version { major: u8, minor: u8 },
    TagDirective { handle: Text, prefix: Text },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(Text),
    Anchor(Text),
    Tag { handle: Text, suffix: Text },
    Scalar { text: Text, plain: bool },
}

#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: TokenKind,
    /// Where it begins; from 0.
    pub line: usize,
}

/// Where a key may have begun that is not marked as one: the `:` behind it tells.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    /// Whether tokens wait for it. As upstream: not any more once brackets close that began with
    /// it and had no key of their own, so that `{? a}: b` is two nodes.
    awaited: bool,
    /// Of the token that it begins with.
    token: usize,
    mark: Mark,
}

/// A key without a mark is on one line and no longer.
const MAX_KEY_LENGTH: usize = 1024;

pub struct Scanner<'d> {
    pub(super) source: Source<'d>,
    pub texts: Vec<u8>,
    queue: VecDeque<Token>,
    /// How many tokens have left the queue.
    taken: usize,
    /// Whether the first of the queue is settled: no key can begin with it any more.
    ready: bool,
    pub(super) flow_level: usize,
    /// The column of the collection that is open, -1 outside of all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) key_allowed: bool,
    /// One for each level of brackets, and one outside of them; tokens do not fall.
    keys: Vec<SimpleKey>,
}

impl<'d> Scanner<'d> {
    pub fn new(source: Source<'d>) -> Scanner<'d> {
        Scanner {
            source,
            texts: Vec::new(),
            queue: VecDeque::new(),
            taken: 0,
            ready: false,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![SimpleKey::default()],
        }
    }

    pub fn peek(&mut self) -> Result<Token> {
        if !self.ready {
            while self.queue.is_empty() || self.may_be_key(self.taken)? {
                self.fetch()?;
            }
            self.ready = true;
        }
        Ok(self.queue[0])
    }

    pub fn advance(&mut self) {
        self.ready = false;
        self.taken += 1;
        self.queue.pop_front();
    }

    /// Whether a key without a mark may begin with the token.
    fn may_be_key(&mut self, token: usize) -> Result<bool> {
        let first = self.keys.partition_point(|key| key.token < token);
        let same = self.keys[first..].iter();
        let place = same
            .take_while(|key| key.token == token)
            .position(|key| key.possible && key.awaited);
        match place {
            Some(place) => self.is_valid(first + place),
            None => Ok(false),
        }
    }

    fn is_valid(&mut self, level: usize) -> Result<bool> {
        let here = self.source.mark;
        let key = &mut self.keys[level];
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < here.line || key.mark.index + MAX_KEY_LENGTH < here.index {
            if key.required {
                return Err(self.error("could not find expected ':'"));
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    pub(super) fn error(&self, problem: &str) -> YamlError {
        YamlError::scanned(self.source.mark.line, problem)
    }

    fn push(&mut self, kind: TokenKind, line: usize) {
        self.queue.push_back(Token { kind, line });
    }

    /// Before the token of a number; at the end where that one has left the queue.
    fn insert(&mut self, before: Option<usize>, token: Token) {
        let place = before.and_then(|before| before.checked_sub(self.taken));
        self.queue.insert(place.unwrap_or(self.queue.len()), token);
    }

    fn fetch(&mut self) -> Result<()> {
        let fetched = self.fetch_token();
        // What cannot be read is told before what was made of the text before it.
        self.source.check()?;
        fetched
    }

    fn fetch_token(&mut self) -> Result<()> {
        self.skip_to_token();
        self.close_blocks(self.source.mark.column as isize);
        if self.source.is_end() {
            return self.stream_end();
        }
        let (byte, at_line_start) = (self.source.byte(0), self.source.mark.column == 0);
        let in_flow = self.flow_level > 0;
        if at_line_start && byte == b'%' {
            return self.directive();
        }
        for (mark, kind) in [
            (b"---", TokenKind::DocumentStart),
            (b"...", TokenKind::DocumentEnd),
        ] {
            if self.source.is_document_mark(mark) {
                return self.document_mark(kind);
            }
        }
        let alone = self.source.is_blank_or_end(1);
        match byte {
            b'[' => self.flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.flow_start(TokenKind::FlowMappingStart),
            b']' => self.flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.flow_end(TokenKind::FlowMappingEnd),
            b',' => self.flow_entry(),
            b'-' if alone => self.block_entry(),
            b'?' if in_flow || alone => self.key(),
            b':' if in_flow || alone => self.value(),
            b'*' | b'&' => {
                self.save_key()?;
                self.key_allowed = false;
                let token = self.scan_anchor(byte == b'*')?;
                self.queue.push_back(token);
                Ok(())
            }
            b'!' => {
                self.save_key()?;
                self.key_allowed = false;
                let token = self.scan_tag()?;
                self.queue.push_back(token);
                Ok(())
            }
            b'|' | b'>' if !in_flow => {
                self.drop_key()?;
                self.key_allowed = true;
                let token = self.scan_block_scalar(byte == b'|')?;
                self.queue.push_back(token);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_key()?;
                self.key_allowed = false;
                let token = self.scan_quoted_scalar(byte == b'\'')?;
                self.queue.push_back(token);
                Ok(())
            }
            _ if self.begins_plain_scalar(byte) => {
                self.save_key()?;
                self.key_allowed = false;
                let token = self.scan_plain_scalar()?;
                self.queue.push_back(token);
                Ok(())
            }
            _ => Err(self.error("found character that cannot start any token")),
        }
    }

    fn begins_plain_scalar(&self, byte: u8) -> bool {
        match byte {
            b'-' => !self.source.is_blank(1),
            b'?' | b':' => self.flow_level == 0 && !self.source.is_blank_or_end(1),
            _ => !self.source.is_blank_or_end(0) && !b",[]{}#&*!|>'\"%@`".contains(&byte),
        }
    }

    fn skip_to_token(&mut self) {
        loop {
            if self.source.mark.index == 0 && self.source.is_byte_order_mark() {
                self.source.skip();
            }
            let tabs = self.flow_level > 0 || !self.key_allowed;
            while self.source.byte(0) == b' ' || (tabs && self.source.byte(0) == b'\t') {
                self.source.skip();
            }
            self.source.skip_comment();
            if !self.source.is_line_end(0) {
                return;
            }
            self.source.skip_line_end();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// A key without a mark may begin here.
    fn save_key(&mut self) -> Result<()> {
        if !self.key_allowed {
            return Ok(());
        }
        let mark = self.source.mark;
        let key = SimpleKey {
            possible: true,
            awaited: true,
            required: self.flow_level == 0 && self.indent == mark.column as isize,
            token: self.taken + self.queue.len(),
            mark,
        };
        self.drop_key()?;
        *self.last_key() = key;
        Ok(())
    }

    fn last_key(&mut self) -> &mut SimpleKey {
        let last = self.keys.len() - 1;
        &mut self.keys[last]
    }

    fn drop_key(&mut self) -> Result<()> {
        let key = self.last_key();
        if key.possible && key.required {
            return Err(self.error("could not find expected ':'"));
        }
        key.possible = false;
        Ok(())
    }

    /// Opens a block collection where this column is further right than the one that is open. Its
    /// token goes before the token `before`, or to the end.
    fn open_block(&mut self, column: usize, before: Option<usize>, kind: TokenKind) -> Result<()> {
        let column = column as isize;
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.error(&format!("exceeded max depth of {MAX_DEPTH}")));
        }
        let line = self.source.mark.line;
        self.insert(before, Token { kind, line });
        Ok(())
    }

    /// Closes the block collections that are further right than the column.
    fn close_blocks(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.source.mark.line);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn stream_end(&mut self) -> Result<()> {
        if self.source.mark.column != 0 {
            self.source.mark.column = 0;
            self.source.mark.line += 1;
        }
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        self.push(TokenKind::StreamEnd, self.source.mark.line);
        Ok(())
    }

    fn directive(&mut self) -> Result<()> {
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        let token = self.scan_directive()?;
        self.queue.push_back(token);
        Ok(())
    }

    fn document_mark(&mut self, kind: TokenKind) -> Result<()> {
        self.close_blocks(-1);
        self.drop_key()?;
        self.key_allowed = false;
        for _ in 0..3 {
            self.source.skip();
        }
        self.push(kind, self.source.mark.line);
        Ok(())
    }

    /// A token of one character.
    fn indicator(&mut self, kind: TokenKind) -> Result<()> {
        self.push(kind, self.source.mark.line);
        self.source.skip();
        Ok(())
    }

    fn flow_start(&mut self, kind: TokenKind) -> Result<()> {
        self.save_key()?;
        let (token, mark) = (self.taken + self.queue.len(), self.source.mark);
        self.keys.push(SimpleKey {
            token,
            mark,
            ..SimpleKey::default()
        });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(self.error(&format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.key_allowed = true;
        self.indicator(kind)
    }

    fn flow_end(&mut self, kind: TokenKind) -> Result<()> {
        self.drop_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            let closed = self.keys.pop().unwrap_or_default();
            let outer = self.last_key();
            outer.awaited &= outer.token != closed.token;
        }
        self.key_allowed = false;
        self.indicator(kind)
    }

    fn flow_entry(&mut self) -> Result<()> {
        self.drop_key()?;
        self.key_allowed = true;
        self.indicator(TokenKind::FlowEntry)
    }

    /// In brackets the parser tells that it may not be there.
    fn block_entry(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                let problem = "block sequence entries are not allowed in this context";
                return Err(self.error(problem));
            }
            self.open_block(self.source.mark.column, None, TokenKind::BlockSequenceStart)?;
        }
        self.drop_key()?;
        self.key_allowed = true;
        self.indicator(TokenKind::BlockEntry)
    }

    fn key(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.open_block(self.source.mark.column, None, TokenKind::BlockMappingStart)?;
        }
        self.drop_key()?;
        self.key_allowed = self.flow_level == 0;
        self.indicator(TokenKind::Key)
    }

    fn value(&mut self) -> Result<()> {
        let level = self.keys.len() - 1;
        if self.is_valid(level)? {
            let SimpleKey { token, mark, .. } = self.keys[level];
            let line = mark.line;
            let kind = TokenKind::Key;
            self.insert(Some(token), Token { kind, line });
            self.open_block(mark.column, Some(token), TokenKind::BlockMappingStart)?;
            self.keys[level].possible = false;
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.open_block(self.source.mark.column, None, TokenKind::BlockMappingStart)?;
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.indicator(TokenKind::Value)
    }
}
