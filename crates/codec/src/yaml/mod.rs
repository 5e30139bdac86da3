//! YAML 1.1 as sigs.k8s.io/yaml reads it: one document becomes JSON.
//!
//! ```text
//!  bytes ─▶ source (UTF-8, marks) ─▶ scanner (tokens) ─▶ parser (tree) ─▶ decode (JSON)
//! ```
//!
//! Work grows with the input's length: each character is looked at a bounded number of times, keys
//! are interned and found by hashing, and what aliases repeat is bounded.

mod decode;
mod keys;
mod parser;
mod resolve;
mod scalars;
mod scanner;
mod source;
mod tags;
mod tree;

use std::fmt;

/// How deep collections in brackets, and those by indentation, may nest; as upstream's library.
pub const MAX_DEPTH: usize = 10_000;
/// How many keys that a map has twice are told, and how long their texts may be together.
pub const MAX_DUPLICATES: usize = 100;
const MAX_DUPLICATE_BYTES: usize = 64 * 1024;
/// How many bytes of JSON may come from what aliases repeat.
pub const MAX_ALIASED_BYTES: usize = 3 * 1024 * 1024;

/// Why a text is no YAML, or none that JSON can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    problem: String,
    /// The line in upstream's count, which is one too low for some; 0 where it names none.
    named_line: usize,
    /// From 1; 0 where it is not known.
    line: usize,
    is_syntax: bool,
}

impl YamlError {
    fn plain(problem: impl Into<String>) -> YamlError {
        YamlError {
            problem: problem.into(),
            named_line: 0,
            line: 0,
            is_syntax: true,
        }
    }

    /// What the scanner finds, in a line from 0. Upstream never names the first.
    fn scanned(line: usize, problem: &str) -> YamlError {
        YamlError {
            named_line: if line == 0 { 0 } else { line + 1 },
            line: line + 1,
            ..YamlError::plain(problem)
        }
    }

    /// What the parser finds, in a line from 0, as which upstream names it.
    fn parsed(line: usize, problem: &str) -> YamlError {
        YamlError {
            named_line: line,
            line: line + 1,
            ..YamlError::plain(problem)
        }
    }

    fn a_line_before(self) -> YamlError {
        let line = self.line.saturating_sub(1).max(1);
        YamlError { line, ..self }
    }

    fn conversion(problem: impl Into<String>) -> YamlError {
        YamlError {
            is_syntax: false,
            ..YamlError::plain(problem)
        }
    }

    /// With the line where it really is: `line 2: did not find expected key`.
    pub fn located(&self) -> String {
        match self.line {
            0 => self.problem.clone(),
            line => format!("line {line}: {}", self.problem),
        }
    }
}

/// In upstream's words: `yaml: line 2: did not find expected key`.
impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_syntax {
            f.write_str("yaml: ")?;
        }
        if self.named_line != 0 {
            write!(f, "line {}: ", self.named_line)?;
        }
        f.write_str(&self.problem)
    }
}

type Result<T> = std::result::Result<T, YamlError>;

/// The first document of a text.
#[derive(Debug, PartialEq)]
pub struct Document {
    /// Compact; keys sorted, of equal ones the last. `null` where there is no document.
    pub json: Vec<u8>,
    /// `line 2: key "a" already set in map`; at most `MAX_DUPLICATES`.
    pub duplicates: Vec<String>,
    /// Whether something follows the document. It was not read.
    pub has_more: bool,
}

/// Reads the first document as upstream does, whatever follows it.
pub fn to_json(data: &[u8]) -> Result<Document> {
    let mut parser = parser::Parser::new(source::Source::new(data));
    let Some(tree) = parser.document()? else {
        return Ok(Document {
            json: b"null".to_vec(),
            duplicates: Vec::new(),
            has_more: false,
        });
    };
    let has_more = parser.has_more();
    let (json, duplicates) = decode::to_json(tree, parser.into_texts())?;
    Ok(Document {
        json,
        duplicates,
        has_more,
    })
}
