//! Compressed blocks that were asked for last, of one store.

use std::collections::HashMap;
use std::mem::size_of;
use std::sync::Arc;

use parking_lot::Mutex;
use steersman_store::StoreError;

use crate::blocks::{BlockName, Seeds};
use crate::deflate::{Deflater, Part};

/// Compressors that wait to be used again; each holds some 270 KB.
const KEPT_DEFLATERS: usize = 2;
/// What a block takes beside its bytes: its place in the map, what it points to.
const BLOCK_OVERHEAD: usize = 2 * size_of::<BlockName>() + size_of::<Part>() + 64;

/// Holds at most so many bytes. Blocks that nobody asked for since half of that came anew are
/// dropped, whatever they are: old versions of objects are among them.
pub struct BlockCache {
    pub(crate) seeds: Seeds,
    max_bytes: usize,
    kept: Mutex<Kept>,
    deflaters: Mutex<Vec<Deflater>>,
}

/// Two generations: what is asked for moves to the younger one, and the older goes as a whole.
#[derive(Default)]
struct Kept {
    young: HashMap<BlockName, Arc<Part>>,
    old: HashMap<BlockName, Arc<Part>>,
    young_bytes: usize,
}

impl Kept {
    fn add(&mut self, name: BlockName, part: Arc<Part>, generation_bytes: usize) {
        let bytes = part.deflated.len() + BLOCK_OVERHEAD;
        if self.young_bytes + bytes > generation_bytes {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if bytes <= generation_bytes && self.young.insert(name, part).is_none() {
            self.young_bytes += bytes;
        }
    }
}

impl BlockCache {
    pub fn new(max_bytes: usize) -> BlockCache {
        BlockCache {
            seeds: Seeds::default(),
            max_bytes,
            kept: Mutex::default(),
            deflaters: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, name: &BlockName) -> Option<Arc<Part>> {
        let mut kept = self.kept.lock();
        if let Some(part) = kept.young.get(name) {
            return Some(part.clone());
        }
        let part = kept.old.remove(name)?;
        kept.add(*name, part.clone(), self.max_bytes / 2);
        Some(part)
    }

    /// Compresses a block that was not there, and keeps it.
    pub(crate) fn make(&self, name: BlockName, raw: &[u8]) -> Result<Arc<Part>, StoreError> {
        let mut deflater = self.deflaters.lock().pop().unwrap_or_default();
        let part = Arc::new(deflater.part(raw)?);
        let mut deflaters = self.deflaters.lock();
        if deflaters.len() < KEPT_DEFLATERS {
            deflaters.push(deflater);
        }
        drop(deflaters);
        self.kept.lock().add(name, part.clone(), self.max_bytes / 2);
        Ok(part)
    }

    /// What is held, in bytes.
    pub fn bytes(&self) -> usize {
        let kept = self.kept.lock();
        let all = kept.young.values().chain(kept.old.values());
        all.map(|part| part.deflated.len() + BLOCK_OVERHEAD).sum()
    }
}
