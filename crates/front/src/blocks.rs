//! The header blocks that a connection has sent before: clients send the same headers again and
//! again, and the reader of events keeps what it made of them.

use crate::grant::Grants;

const SLOTS: usize = 8;
/// Larger blocks are kept by nobody, so that a connection holds little.
const KEPT_BYTES: usize = 4 * 1024;

#[derive(Default)]
pub struct Blocks {
    known: Vec<Kept>,
    next: usize,
    /// Of the block that came last.
    sequence: u64,
}

struct Kept {
    block: Box<[u8]>,
    sequence: u64,
    /// What requests with these headers are served without asking.
    grants: Grants,
}

/// A block that was kept once; another one may have its place by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    slot: u8,
    sequence: u64,
}

/// Where a block is kept by its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Known(u8),
    /// It replaces whatever was there.
    New(u8),
    Unkept,
}

impl Blocks {
    pub fn slot_of(&mut self, block: &[u8]) -> Slot {
        if block.len() > KEPT_BYTES {
            return Slot::Unkept;
        }
        if let Some(slot) = self.position(block) {
            return Slot::Known(slot as u8);
        }
        let slot = self.next;
        self.next = (slot + 1) % SLOTS;
        self.sequence += 1;
        let kept = Kept {
            block: block.into(),
            sequence: self.sequence,
            grants: Grants::default(),
        };
        if slot < self.known.len() {
            self.known[slot] = kept;
        } else {
            self.known.push(kept);
        }
        Slot::New(slot as u8)
    }

    fn position(&self, block: &[u8]) -> Option<usize> {
        self.known.iter().position(|kept| *kept.block == *block)
    }

    pub fn mark_of(&self, slot: Slot) -> Option<Mark> {
        let slot = match slot {
            Slot::Known(slot) | Slot::New(slot) => slot,
            Slot::Unkept => return None,
        };
        let sequence = self.known.get(usize::from(slot))?.sequence;
        Some(Mark { slot, sequence })
    }

    /// None where another block has taken the place.
    pub fn grants_of_mark(&mut self, mark: Mark) -> Option<&mut Grants> {
        let kept = self.known.get_mut(usize::from(mark.slot))?;
        (kept.sequence == mark.sequence).then_some(&mut kept.grants)
    }

    pub fn grants_of(&mut self, block: &[u8]) -> Option<&mut Grants> {
        let slot = self.position(block)?;
        self.known.get_mut(slot).map(|kept| &mut kept.grants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_of_eight_makes_room() {
        let mut blocks = Blocks::default();
        for number in 0..8u8 {
            assert_eq!(blocks.slot_of(&[number]), Slot::New(number));
        }
        assert_eq!(blocks.slot_of(&[0]), Slot::Known(0));
        assert_eq!(blocks.slot_of(&[8]), Slot::New(0));
        assert_eq!(blocks.slot_of(&[0]), Slot::New(1));
        assert_eq!(blocks.slot_of(&[8]), Slot::Known(0));
    }

    #[test]
    fn a_mark_ends_with_its_block() {
        let mut blocks = Blocks::default();
        let first = blocks.slot_of(&[0]);
        let mark = blocks.mark_of(first).expect("it is kept");
        assert!(blocks.grants_of_mark(mark).is_some());
        for number in 1..9u8 {
            blocks.slot_of(&[number]);
        }
        assert!(blocks.grants_of_mark(mark).is_none());
        // The same headers again are not those that were granted something.
        blocks.slot_of(&[0]);
        assert!(blocks.grants_of_mark(mark).is_none());
        assert_eq!(blocks.mark_of(Slot::Unkept), None);
    }

    #[test]
    fn large_ones_are_not_kept() {
        let mut blocks = Blocks::default();
        let large = [0; KEPT_BYTES + 1];
        assert_eq!(blocks.slot_of(&large), Slot::Unkept);
        assert_eq!(blocks.slot_of(&large), Slot::Unkept);
        assert_eq!(blocks.slot_of(&large[1..]), Slot::New(0));
    }
}
