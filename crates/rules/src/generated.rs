//! What is made of random bytes: uids, and letters of names.

use std::fmt::Write as _;

/// The letters of generated names, as lib/api/nameAlphabet.ts has them.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// Bytes from here on would make some letters likelier than others.
const FAIR: u8 = 27 * 9;

/// A version 4 UUID.
pub fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A letter of a name; none where another byte is to be taken.
pub fn letter(byte: u8) -> Option<u8> {
    (byte < FAIR).then(|| LETTERS[usize::from(byte) % LETTERS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn each_letter_is_made_of_as_many_bytes() {
        let mut counts = [0; 256];
        for made in (0..=u8::MAX).filter_map(letter) {
            counts[usize::from(made)] += 1;
        }
        let made: Vec<u8> = (0..=u8::MAX)
            .filter(|letter| counts[usize::from(*letter)] == 9)
            .collect();
        assert_eq!(made, b"2456789bcdfghjklmnpqrstvwxz");
        assert_eq!(counts.iter().sum::<i32>(), 9 * 27);
    }
}
