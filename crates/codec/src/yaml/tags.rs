//! Tags, of which only the standard ones mean anything.

/// What a node says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    Absent,
    /// `!`: a string, but not for keys that merge.
    Local,
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
    Merge,
    /// Any other: its scalars are strings.
    Other,
}

const STANDARD: &[u8] = b"tag:yaml.org,2002:";

impl Tag {
    /// The tag whose text is the two put together. They are not: a prefix may be long, and be used
    /// often.
    pub fn of(prefix: &[u8], suffix: &[u8]) -> Tag {
        if prefix.len() + suffix.len() > STANDARD.len() + 16 {
            return Tag::Other;
        }
        let whole = [prefix, suffix].concat();
        if whole == b"!" {
            return Tag::Local;
        }
        match whole.strip_prefix(STANDARD) {
            Some(b"str") => Tag::Str,
            Some(b"bool") => Tag::Bool,
            Some(b"int") => Tag::Int,
            Some(b"float") => Tag::Float,
            Some(b"null") => Tag::Null,
            Some(b"timestamp") => Tag::Timestamp,
            Some(b"binary") => Tag::Binary,
            Some(b"merge") => Tag::Merge,
            _ => Tag::Other,
        }
    }

    /// As `!!int`, of those that scalars resolve to.
    pub fn short(self) -> &'static str {
        match self {
            Tag::Bool => "!!bool",
            Tag::Int => "!!int",
            Tag::Float => "!!float",
            Tag::Null => "!!null",
            Tag::Timestamp => "!!timestamp",
            _ => "!!str",
        }
    }
}
