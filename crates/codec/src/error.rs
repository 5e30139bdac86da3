//! What was wrong with the bytes, and where.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    Syntax,
    InvalidType,
    UnknownField,
    DuplicateField,
    TooDeep,
    TooLarge,
    WrongKind,
    UnknownKind,
    InvalidValue,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::Syntax => "syntax",
            Reason::InvalidType => "invalidType",
            Reason::UnknownField => "unknownField",
            Reason::DuplicateField => "duplicateField",
            Reason::TooDeep => "tooDeep",
            Reason::TooLarge => "tooLarge",
            Reason::WrongKind => "wrongKind",
            Reason::UnknownKind => "unknownKind",
            Reason::InvalidValue => "invalidValue",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodecError {
    pub reason: Reason,
    /// `spec.containers[0].name`; empty for the whole input.
    pub path: String,
    /// In upstream's words where clients see them.
    pub message: String,
}

impl CodecError {
    pub fn new(reason: Reason, path: impl Into<String>, message: impl Into<String>) -> CodecError {
        CodecError {
            reason,
            path: path.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Whether a character is shown as it is; marks are, where they stand on something.
fn is_printed(c: char) -> bool {
    format!("{:?}", format_args!("a{c}").to_string()).ends_with(&format!("a{c}\""))
}

/// Go's strconv.Quote for what occurs in names.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if c.is_ascii() || is_printed(c) => out.push(c),
            c if (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}
