//! In which form an object is wanted, and what selectors look at of it: what the store asks of the
//! codec.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Json,
    /// `k8s\0` and runtime.Unknown.
    Protobuf,
    /// The bare protobuf message.
    Message,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Object,
    /// PartialObjectMetadata.
    Metadata,
}

/// What selectors look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// One for each asked path, in order; an absent field is the empty string, as field selectors
    /// see it.
    pub fields: Vec<Box<str>>,
}

impl Attributes {
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels
            .iter()
            .find(|(name, _)| name.as_ref() == key)
            .map(|(_, value)| value.as_ref())
    }
}
