//! The header blocks that a connection has sent before: clients send the same headers again and
//! again, and the reader of events keeps what it made of them.

const SLOTS: usize = 8;
/// Larger blocks are kept by nobody, so that a connection holds little.
const KEPT_BYTES: usize = 4 * 1024;

#[derive(Default)]
pub struct Blocks {
    known: Vec<Box<[u8]>>,
    next: usize,
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
        if let Some(slot) = self.known.iter().position(|known| **known == *block) {
            return Slot::Known(slot as u8);
        }
        let slot = self.next;
        self.next = (slot + 1) % SLOTS;
        if slot < self.known.len() {
            self.known[slot] = block.into();
        } else {
            self.known.push(block.into());
        }
        Slot::New(slot as u8)
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
    fn large_ones_are_not_kept() {
        let mut blocks = Blocks::default();
        let large = [0; KEPT_BYTES + 1];
        assert_eq!(blocks.slot_of(&large), Slot::Unkept);
        assert_eq!(blocks.slot_of(&large), Slot::Unkept);
        assert_eq!(blocks.slot_of(&large[1..]), Slot::New(0));
    }
}
