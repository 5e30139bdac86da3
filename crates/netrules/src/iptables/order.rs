//! Services in order, with the number of rules each has in each shared chain.
//!
//! A shared chain holds the rules of all services in the services' order, so the place of one
//! service's rules is the sum of the weights before it. Chunks keep both the search and the sum
//! at about the square root of the number of services.

use std::sync::Arc;

/// How many shared chains are counted.
pub const CHAINS: usize = 6;

pub type Weights = [u32; CHAINS];

/// Chunks split at twice this many entries.
const CHUNK_ENTRIES: usize = 256;

#[derive(Debug, Default)]
struct Chunk {
    entries: Vec<(Arc<str>, Weights)>,
    sums: Weights,
}

#[derive(Debug, Default)]
pub struct OrderIndex {
    chunks: Vec<Chunk>,
    totals: Weights,
}

fn add(sums: &mut Weights, weights: &Weights) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += weight;
    }
}

fn subtract(sums: &mut Weights, weights: &Weights) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum -= weight;
    }
}

impl OrderIndex {
    /// How many rules each shared chain has, of all services.
    pub fn totals(&self) -> &Weights {
        &self.totals
    }

    pub fn clear(&mut self) {
        *self = OrderIndex::default();
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.chunks
            .iter()
            .flat_map(|chunk| chunk.entries.iter().map(|(key, _)| key))
    }

    fn chunk_of(&self, key: &str) -> usize {
        let after = self.chunks.partition_point(|chunk| {
            chunk
                .entries
                .first()
                .is_some_and(|(first, _)| first.as_ref() <= key)
        });
        after.saturating_sub(1)
    }

    /// Sets the weights of a service, or forgets it, and tells how many rules of each chain come
    /// before its own.
    pub fn set(&mut self, key: &Arc<str>, weights: Option<Weights>) -> Weights {
        if self.chunks.is_empty() {
            self.chunks.push(Chunk::default());
        }
        let at = self.chunk_of(key);
        let mut before = [0; CHAINS];
        for chunk in &self.chunks[..at] {
            add(&mut before, &chunk.sums);
        }
        let chunk = &mut self.chunks[at];
        let found = chunk
            .entries
            .binary_search_by(|(entry, _)| entry.as_ref().cmp(key));
        let index = found.unwrap_or_else(|index| index);
        for (_, weights) in &chunk.entries[..index] {
            add(&mut before, weights);
        }
        if found.is_ok() {
            let (_, old) = chunk.entries[index];
            subtract(&mut chunk.sums, &old);
            subtract(&mut self.totals, &old);
        }
        match (weights, found.is_ok()) {
            (Some(weights), true) => chunk.entries[index].1 = weights,
            (Some(weights), false) => chunk.entries.insert(index, (key.clone(), weights)),
            (None, true) => {
                chunk.entries.remove(index);
            }
            (None, false) => {}
        }
        if let Some(weights) = &weights {
            add(&mut chunk.sums, weights);
            add(&mut self.totals, weights);
        }
        self.rebalance(at);
        before
    }

    fn rebalance(&mut self, at: usize) {
        let chunk = &mut self.chunks[at];
        if chunk.entries.is_empty() {
            self.chunks.remove(at);
        } else if chunk.entries.len() > 2 * CHUNK_ENTRIES {
            let upper = chunk.entries.split_off(CHUNK_ENTRIES);
            let mut sums = [0; CHAINS];
            for (_, weights) in &upper {
                add(&mut sums, weights);
            }
            subtract(&mut chunk.sums, &sums);
            self.chunks.insert(
                at + 1,
                Chunk {
                    entries: upper,
                    sums,
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn counts_like_a_sorted_map(steps in prop::collection::vec((0u32..3000, 0u32..4), 1..3000)) {
            let mut index = OrderIndex::default();
            let mut map: BTreeMap<Arc<str>, Weights> = BTreeMap::new();
            for (number, weight) in steps {
                let key: Arc<str> = Arc::from(format!("service-{number}"));
                let weights = (weight > 0).then_some([weight, 1, 0, 2, weight, 0]);
                let before = index.set(&key, weights);
                match weights {
                    Some(weights) => map.insert(key.clone(), weights),
                    None => map.remove(&key),
                };
                let mut expected = [0; CHAINS];
                for (_, weights) in map.range(..key) {
                    add(&mut expected, weights);
                }
                prop_assert_eq!(before, expected);
            }
            prop_assert!(index.keys().eq(map.keys()));
            let mut totals = [0; CHAINS];
            map.values().for_each(|weights| add(&mut totals, weights));
            prop_assert_eq!(index.totals(), &totals);
        }
    }
}
