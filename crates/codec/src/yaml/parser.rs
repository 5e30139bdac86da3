//! Tokens to a tree, by the grammar of libyaml as Go's port of it has it. Nothing recurses.

use std::collections::HashMap;

use super::scanner::{Scanner, Token, TokenKind};
use super::source::Source;
use super::tags::Tag;
use super::tree::{Children, Kind, NodeId, Text, Tree};
use super::{Result, YamlError};

/// What is expected next, inside what is expected after it.
#[derive(Clone, Copy)]
enum State {
    SequenceEntry,
    /// Of a sequence that stands as far left as the key it belongs to.
    IndentlessEntry,
    MappingKey,
    MappingValue,
    FlowSequenceEntry {
        first: bool,
    },
    /// Of `[key: value]`, a mapping of one pair.
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingKey {
        first: bool,
    },
    FlowMappingValue,
    FlowMappingNoValue,
}

/// What stands before a node.
#[derive(Clone, Copy, Default)]
struct Properties {
    anchor: Option<Text>,
    /// The tag's line, handle and suffix.
    tag: Option<(usize, Text, Text)>,
}

pub struct Parser<'d> {
    scanner: Scanner<'d>,
    states: Vec<State>,
    tree: Tree,
    anchors: HashMap<Box<[u8]>, NodeId>,
    /// Prefixes by handle.
    handles: HashMap<Box<[u8]>, Box<[u8]>>,
}

impl<'d> Parser<'d> {
    pub fn new(source: Source<'d>) -> Parser<'d> {
        Parser {
            scanner: Scanner::new(source),
            states: Vec::new(),
            tree: Tree::default(),
            anchors: HashMap::new(),
            handles: HashMap::new(),
        }
    }

    pub fn into_texts(self) -> Vec<u8> {
        self.scanner.texts
    }

    /// The first document; None where there is none. What follows it is not read.
    pub fn document(&mut self) -> Result<Option<Tree>> {
        use TokenKind::*;
        match self.scanner.peek()?.kind {
            StreamEnd => return Ok(None),
            Version { .. } | TagDirective { .. } | DocumentStart => {
                self.directives()?;
                let token = self.scanner.peek()?;
                if !matches!(token.kind, DocumentStart) {
                    return Err(problem(token, "did not find expected <document start>"));
                }
                self.scanner.advance();
                let token = self.scanner.peek()?;
                match token.kind {
                    Version { .. }
                    | TagDirective { .. }
                    | DocumentStart
                    | DocumentEnd
                    | StreamEnd => self.empty(token.line),
                    _ => self.node(true, false)?,
                }
            }
            _ => {
                self.default_handles();
                self.node(true, false)?;
            }
        }
        while let Some(state) = self.states.pop() {
            self.step(state)?;
        }
        if let DocumentEnd = self.scanner.peek()?.kind {
            self.scanner.advance();
        }
        Ok(Some(std::mem::take(&mut self.tree)))
    }

    /// Whether anything follows the document but marks of its end.
    pub fn has_more(&mut self) -> bool {
        loop {
            match self.scanner.peek() {
                Ok(Token { kind, .. }) => match kind {
                    TokenKind::DocumentEnd => self.scanner.advance(),
                    kind => return !matches!(kind, TokenKind::StreamEnd),
                },
                Err(_) => return true,
            }
        }
    }

    fn directives(&mut self) -> Result<()> {
        let mut has_version = false;
        loop {
            let token = self.scanner.peek()?;
            match token.kind {
                TokenKind::Version { major, minor } => {
                    if has_version {
                        return Err(problem(token, "found duplicate %YAML directive"));
                    }
                    if (major, minor) != (1, 1) {
                        return Err(problem(token, "found incompatible YAML document"));
                    }
                    has_version = true;
                }
                TokenKind::TagDirective { handle, prefix } => {
                    let texts = &self.scanner.texts;
                    let (handle, prefix) = (handle.of(texts).into(), prefix.of(texts).into());
                    if self.handles.insert(handle, prefix).is_some() {
                        return Err(problem(token, "found duplicate %TAG directive"));
                    }
                }
                _ => break,
            }
            self.scanner.advance();
        }
        self.default_handles();
        Ok(())
    }

    fn default_handles(&mut self) {
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            let handle = handle.as_bytes().into();
            self.handles
                .entry(handle)
                .or_insert_with(|| prefix.as_bytes().into());
        }
    }

    fn empty(&mut self, line: usize) {
        let kind = Kind::Scalar {
            text: Text::default(),
            tag: Tag::Absent,
            implicit: true,
        };
        self.tree.add(line, kind);
    }

    fn properties(&mut self, first: Token) -> Result<Properties> {
        let mut properties = Properties::default();
        let mut token = first;
        for _ in 0..2 {
            match token.kind {
                TokenKind::Anchor(name) if properties.anchor.is_none() => {
                    properties.anchor = Some(name);
                }
                TokenKind::Tag { handle, suffix } if properties.tag.is_none() => {
                    properties.tag = Some((token.line, handle, suffix));
                }
                _ => break,
            }
            self.scanner.advance();
            token = self.scanner.peek()?;
        }
        Ok(properties)
    }

    fn tag(&self, properties: Properties) -> Result<Tag> {
        let Some((line, handle, suffix)) = properties.tag else {
            return Ok(Tag::Absent);
        };
        let texts = &self.scanner.texts;
        let suffix = suffix.of(texts);
        if handle.begin == handle.end {
            return Ok(Tag::of(b"", suffix));
        }
        match self.handles.get(handle.of(texts)) {
            Some(prefix) => Ok(Tag::of(prefix, suffix)),
            None => Err(YamlError::parsed(line, "found undefined tag handle")),
        }
    }

    /// One node: a scalar or an alias, or the beginning of a collection.
    fn node(&mut self, in_block: bool, may_be_indentless: bool) -> Result<()> {
        let first = self.scanner.peek()?;
        if let TokenKind::Alias(name) = first.kind {
            return self.alias(first.line, name);
        }
        let properties = self.properties(first)?;
        let token = self.scanner.peek()?;
        let tag = self.tag(properties)?;
        let line = first.line;
        let sequence = Kind::Sequence(Children::default());
        let mapping = Kind::Mapping(Children::default());
        let id = match token.kind {
            TokenKind::BlockEntry if may_be_indentless => {
                self.states.push(State::IndentlessEntry);
                self.tree.open(line, sequence)
            }
            TokenKind::Scalar { text, plain } => {
                self.scanner.advance();
                let implicit = (tag == Tag::Absent && plain) || tag == Tag::Local;
                let kind = Kind::Scalar {
                    text,
                    tag,
                    implicit,
                };
                self.tree.add(line, kind)
            }
            TokenKind::FlowSequenceStart => {
                self.begin(State::FlowSequenceEntry { first: true }, line, sequence)
            }
            TokenKind::FlowMappingStart => {
                self.begin(State::FlowMappingKey { first: true }, line, mapping)
            }
            TokenKind::BlockSequenceStart if in_block => {
                self.begin(State::SequenceEntry, line, sequence)
            }
            TokenKind::BlockMappingStart if in_block => {
                self.begin(State::MappingKey, line, mapping)
            }
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                let text = Text::default();
                let implicit = tag == Tag::Absent;
                let kind = Kind::Scalar {
                    text,
                    tag,
                    implicit,
                };
                self.tree.add(line, kind)
            }
            _ => return Err(problem(token, "did not find expected node content")),
        };
        if let Some(name) = properties.anchor {
            let name = name.of(&self.scanner.texts).into();
            self.anchors.insert(name, id);
        }
        Ok(())
    }

    fn begin(&mut self, state: State, line: usize, kind: Kind) -> NodeId {
        self.scanner.advance();
        self.states.push(state);
        self.tree.open(line, kind)
    }

    fn alias(&mut self, line: usize, name: Text) -> Result<()> {
        let text = name.of(&self.scanner.texts);
        let Some(&target) = self.anchors.get(text) else {
            let name = String::from_utf8_lossy(text);
            let message = format!("unknown anchor '{name}' referenced");
            return Err(YamlError::plain(message));
        };
        self.scanner.advance();
        self.tree.add(line, Kind::Alias { name, target });
        Ok(())
    }

    fn step(&mut self, state: State) -> Result<()> {
        match state {
            State::SequenceEntry => self.sequence_entry(),
            State::IndentlessEntry => self.indentless_entry(),
            State::MappingKey => self.mapping_key(),
            State::MappingValue => self.mapping_value(),
            State::FlowSequenceEntry { first } => self.flow_sequence_entry(first),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => {
                self.tree.close();
                Ok(())
            }
            State::FlowMappingKey { first } => self.flow_mapping_key(first),
            State::FlowMappingValue => self.flow_mapping_value(),
            State::FlowMappingNoValue => {
                let line = self.scanner.peek()?.line;
                self.states.push(State::FlowMappingKey { first: false });
                self.empty(line);
                Ok(())
            }
        }
    }

    fn end(&mut self) -> Result<()> {
        self.scanner.advance();
        self.tree.close();
        Ok(())
    }

    fn sequence_entry(&mut self) -> Result<()> {
        use TokenKind::*;
        let token = self.scanner.peek()?;
        match token.kind {
            BlockEntry => self.scanner.advance(),
            BlockEnd => return self.end(),
            _ => return Err(problem(token, "did not find expected '-' indicator")),
        }
        self.states.push(State::SequenceEntry);
        match self.scanner.peek()?.kind {
            BlockEntry | BlockEnd => self.empty(token.line),
            _ => self.node(true, false)?,
        }
        Ok(())
    }

    fn indentless_entry(&mut self) -> Result<()> {
        use TokenKind::*;
        let token = self.scanner.peek()?;
        if !matches!(token.kind, BlockEntry) {
            self.tree.close();
            return Ok(());
        }
        self.scanner.advance();
        self.states.push(State::IndentlessEntry);
        match self.scanner.peek()?.kind {
            BlockEntry | Key | Value | BlockEnd => self.empty(token.line),
            _ => self.node(true, false)?,
        }
        Ok(())
    }

    fn mapping_key(&mut self) -> Result<()> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::Key => self.scanner.advance(),
            TokenKind::BlockEnd => return self.end(),
            _ => return Err(problem(token, "did not find expected key")),
        }
        self.states.push(State::MappingValue);
        self.block_pair_part(token.line)
    }

    fn mapping_value(&mut self) -> Result<()> {
        let token = self.scanner.peek()?;
        self.states.push(State::MappingKey);
        if !matches!(token.kind, TokenKind::Value) {
            self.empty(token.line);
            return Ok(());
        }
        self.scanner.advance();
        self.block_pair_part(token.line)
    }

    /// What stands behind `?` or `:`, which may be nothing.
    fn block_pair_part(&mut self, line: usize) -> Result<()> {
        use TokenKind::*;
        match self.scanner.peek()?.kind {
            Key | Value | BlockEnd => self.empty(line),
            _ => self.node(true, true)?,
        }
        Ok(())
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Result<()> {
        use TokenKind::*;
        let mut token = self.scanner.peek()?;
        if !first && !matches!(token.kind, FlowSequenceEnd) {
            if !matches!(token.kind, FlowEntry) {
                return Err(problem(token, "did not find expected ',' or ']'"));
            }
            self.scanner.advance();
            token = self.scanner.peek()?;
        }
        match token.kind {
            FlowSequenceEnd => self.end(),
            Key => {
                self.states.push(State::FlowSequenceEntry { first: false });
                self.begin(
                    State::FlowPairKey,
                    token.line,
                    Kind::Mapping(Children::default()),
                );
                Ok(())
            }
            _ => {
                self.states.push(State::FlowSequenceEntry { first: false });
                self.node(false, false)
            }
        }
    }

    fn flow_pair_key(&mut self) -> Result<()> {
        use TokenKind::*;
        let token = self.scanner.peek()?;
        self.states.push(State::FlowPairValue);
        if !matches!(token.kind, Value | FlowEntry | FlowSequenceEnd) {
            return self.node(false, false);
        }
        // As upstream does: the indicator is passed over, so that `[? : a]` is an error.
        self.scanner.advance();
        self.empty(token.line);
        Ok(())
    }

    fn flow_pair_value(&mut self) -> Result<()> {
        use TokenKind::*;
        let mut token = self.scanner.peek()?;
        self.states.push(State::FlowPairEnd);
        if matches!(token.kind, Value) {
            self.scanner.advance();
            token = self.scanner.peek()?;
            if !matches!(token.kind, FlowEntry | FlowSequenceEnd) {
                return self.node(false, false);
            }
        }
        self.empty(token.line);
        Ok(())
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<()> {
        use TokenKind::*;
        let mut token = self.scanner.peek()?;
        if !first && !matches!(token.kind, FlowMappingEnd) {
            if !matches!(token.kind, FlowEntry) {
                return Err(problem(token, "did not find expected ',' or '}'"));
            }
            self.scanner.advance();
            token = self.scanner.peek()?;
        }
        match token.kind {
            FlowMappingEnd => self.end(),
            Key => {
                self.scanner.advance();
                self.states.push(State::FlowMappingValue);
                let token = self.scanner.peek()?;
                match token.kind {
                    Value | FlowEntry | FlowMappingEnd => self.empty(token.line),
                    _ => self.node(false, false)?,
                }
                Ok(())
            }
            _ => {
                self.states.push(State::FlowMappingNoValue);
                self.node(false, false)
            }
        }
    }

    fn flow_mapping_value(&mut self) -> Result<()> {
        use TokenKind::*;
        let mut token = self.scanner.peek()?;
        self.states.push(State::FlowMappingKey { first: false });
        if matches!(token.kind, Value) {
            self.scanner.advance();
            token = self.scanner.peek()?;
            if !matches!(token.kind, FlowEntry | FlowMappingEnd) {
                return self.node(false, false);
            }
        }
        self.empty(token.line);
        Ok(())
    }
}

fn problem(token: Token, message: &str) -> YamlError {
    let error = YamlError::parsed(token.line, message);
    match token.kind {
        // The text's end counts as a line of its own.
        TokenKind::StreamEnd => error.a_line_before(),
        _ => error,
    }
}
