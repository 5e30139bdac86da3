//! Domain names in wire form.

use crate::query::HEADER;

/// Bytes of the longest name, its root included.
pub const MAX_NAME: usize = 255;
const MAX_LABEL: usize = 63;

/// A name's labels, folded to lower case, in wire form; at most 255 bytes and 127 labels.
#[derive(Clone)]
pub struct Name {
    bytes: [u8; MAX_NAME + 1],
    length: u8,
    starts: [u8; 128],
    labels: u8,
}

impl Name {
    /// Reads a name that is not compressed from the start of the bytes, and where it ends. None for
    /// what is no name, or a compressed one.
    pub fn read(wire: &[u8]) -> Option<(Name, usize)> {
        let mut name = Name {
            bytes: [0; MAX_NAME + 1],
            length: 0,
            starts: [0; 128],
            labels: 0,
        };
        let mut at = 0;
        loop {
            let length = usize::from(*wire.get(at)?);
            if length > MAX_LABEL || at + length + 1 > MAX_NAME {
                return None;
            }
            if length == 0 {
                name.length = (at + 1) as u8;
                return Some((name, at + 1));
            }
            let label = wire.get(at + 1..at + 1 + length)?;
            name.bytes[at] = length as u8;
            for (to, from) in name.bytes[at + 1..].iter_mut().zip(label) {
                *to = from.to_ascii_lowercase();
            }
            name.starts[usize::from(name.labels)] = at as u8;
            name.labels += 1;
            at += length + 1;
            // The root must fit, too.
            if at >= MAX_NAME {
                return None;
            }
        }
    }

    /// Reads a name as people write it, with or without the last dot. None for what is no name.
    pub fn parse(text: &str) -> Option<Name> {
        Name::read(&wire_of(text)?).map(|(name, _)| name)
    }

    /// In wire form, the root included.
    pub fn wire(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    pub fn labels(&self) -> usize {
        usize::from(self.labels)
    }

    /// Where a label begins, with its length's byte; past the last label, the root.
    pub fn start(&self, label: usize) -> usize {
        if label >= self.labels() {
            usize::from(self.length) - 1
        } else {
            usize::from(self.starts[label])
        }
    }

    /// A label without its length. Empty past the last one.
    pub fn label(&self, index: usize) -> &[u8] {
        let start = self.start(index);
        let length = usize::from(self.bytes[start]);
        &self.bytes[start + 1..start + 1 + length]
    }

    /// Labels in wire form, from one to before another.
    pub fn range(&self, from: usize, to: usize) -> &[u8] {
        &self.bytes[self.start(from)..self.start(to)]
    }

    /// How many labels stand before a suffix in wire form, with its root. None where the name does
    /// not end so.
    pub fn labels_before(&self, suffix: &[u8], suffix_labels: usize) -> Option<usize> {
        let before = self.labels().checked_sub(suffix_labels)?;
        (&self.wire()[self.start(before)..] == suffix).then_some(before)
    }
}

/// The wire form of a name as people write it, case kept. None for what is no name.
pub fn wire_of(text: &str) -> Option<Vec<u8>> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    let mut wire = Vec::with_capacity(bare.len() + 2);
    if !bare.is_empty() {
        for label in bare.split('.') {
            if label.is_empty() || label.len() > MAX_LABEL {
                return None;
            }
            wire.push(label.len() as u8);
            wire.extend_from_slice(label.as_bytes());
        }
    }
    wire.push(0);
    (wire.len() <= MAX_NAME).then_some(wire)
}

/// One label's wire form, folded to lower case. None for what is no label.
pub fn label_of(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > MAX_LABEL {
        return None;
    }
    let mut wire = Vec::with_capacity(text.len() + 1);
    wire.push(text.len() as u8);
    wire.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
    Some(wire)
}

/// Where a name of a message ends that may be compressed. None where it does not, is too long, or
/// has a pointer that does not lead to what stands before it: each pointer leads further back, so
/// that reading it ends.
pub fn skip(message: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut part, mut size) = (start, start, 0);
    let mut end = None;
    loop {
        let length = usize::from(*message.get(at)?);
        match length {
            0 => {
                let fits = size < MAX_NAME;
                return fits.then_some(end.unwrap_or(at + 1));
            }
            1..=MAX_LABEL => {
                at += length + 1;
                size += length + 1;
            }
            0xc0.. => {
                let low = usize::from(*message.get(at + 1)?);
                end = end.or(Some(at + 2));
                at = (length & MAX_LABEL) << 8 | low;
                if at >= part || at < HEADER {
                    return None;
                }
                part = at;
            }
            _ => return None,
        }
        if size >= MAX_NAME {
            return None;
        }
    }
}
