//! Random names for what the front's threads do on their own.

use std::cell::RefCell;
use std::fmt::Write as _;

const POOL_BYTES: usize = 4096;
/// The letters of generated names, as lib/api/nameAlphabet.ts has them.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// Bytes from here on would make some letters likelier than others.
const FAIR: u8 = 27 * 9;

thread_local! {
    /// Random bytes that are not used yet.
    static POOL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// None where the system has no random bytes.
fn bytes<const N: usize>() -> Option<[u8; N]> {
    POOL.with_borrow_mut(|pool| {
        if pool.len() < N {
            pool.resize(POOL_BYTES, 0);
            if getrandom::fill(pool).is_err() {
                pool.clear();
                return None;
            }
        }
        pool.split_off(pool.len() - N).try_into().ok()
    })
}

/// A version 4 UUID; none where the system has no random bytes.
pub fn uuid() -> Option<String> {
    let mut bytes = bytes::<16>()?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// Letters of a name; none where the system has no random bytes.
pub fn letters<const N: usize>() -> Option<[u8; N]> {
    let mut found = [0; N];
    for letter in &mut found {
        *letter = loop {
            let [byte] = bytes::<1>()?;
            if byte < FAIR {
                break LETTERS[usize::from(byte) % LETTERS.len()];
            }
        };
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_their_letters_and_seldom_alike() {
        let many: std::collections::HashSet<[u8; 5]> = (0..1000)
            .map(|_| letters().expect("random bytes"))
            .collect();
        assert!(many.len() > 990, "{} of 1,000", many.len());
        let letters = many.iter().flatten();
        assert!(letters.clone().all(|letter| LETTERS.contains(letter)));
        assert!(
            LETTERS
                .iter()
                .all(|letter| letters.clone().any(|one| one == letter))
        );
    }
}
