//! The keys of a document's maps, each known by a number.

use std::collections::HashMap;

use super::resolve::{self, Scalar};
use super::tree::Text;

pub type KeyId = u32;

#[derive(Clone, Debug)]
pub struct Key {
    pub scalar: Scalar,
    /// None for what no key of JSON can be.
    pub text: Option<Box<[u8]>>,
}

/// Equal keys of equal kind have the same number: 1 and "1" have two.
#[derive(Default)]
pub struct Keys {
    keys: Vec<Key>,
    by_text: HashMap<(u8, Box<[u8]>), KeyId>,
}

impl Keys {
    pub fn key(&self, id: KeyId) -> &Key {
        &self.keys[id as usize]
    }

    /// The place of each key among all in the order of their texts. Equal texts have one place.
    pub fn ranks(&self) -> Vec<u32> {
        let text = |id: &KeyId| self.key(*id).text.as_deref();
        let mut sorted: Vec<KeyId> = (0..self.keys.len() as KeyId).collect();
        sorted.sort_unstable_by(|a, b| text(a).cmp(&text(b)));
        let mut ranks = vec![0; sorted.len()];
        for pair in sorted.windows(2) {
            let step = u32::from(text(&pair[0]) != text(&pair[1]));
            ranks[pair[1] as usize] = ranks[pair[0] as usize] + step;
        }
        ranks
    }

    pub fn intern(&mut self, scalar: Scalar, text: &[u8], held: Text, texts: &[u8]) -> KeyId {
        let json = resolve::key_text(scalar, text, held, texts);
        let (kind, identity) = match scalar {
            Scalar::Null => (0, Vec::new()),
            Scalar::Bool(value) => (1, vec![u8::from(value)]),
            Scalar::Int(value) => (2, value.to_le_bytes().to_vec()),
            Scalar::Uint(value) => (3, value.to_le_bytes().to_vec()),
            // Zero is equal to itself with a sign. What is no number is equal to nothing.
            Scalar::Float(value) if value.is_nan() => (4, self.keys.len().to_le_bytes().to_vec()),
            Scalar::Float(value) => (5, (value + 0.0).to_bits().to_le_bytes().to_vec()),
            Scalar::Text | Scalar::Binary => (6, json.clone().unwrap_or_default()),
        };
        let next = self.keys.len() as KeyId;
        let id = *self.by_text.entry((kind, identity.into())).or_insert(next);
        if id == next {
            let text = json.map(Vec::into_boxed_slice);
            self.keys.push(Key { scalar, text });
        }
        id
    }
}
