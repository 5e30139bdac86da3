//! Random names for what the front's threads do on their own.

use std::cell::RefCell;

use steersman_rules::generated;

const POOL_BYTES: usize = 4096;

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
    bytes().map(generated::uuid)
}

/// Letters of a name; none where the system has no random bytes.
pub fn letters<const N: usize>() -> Option<[u8; N]> {
    let mut found = [0; N];
    for letter in &mut found {
        *letter = loop {
            let [byte] = bytes()?;
            if let Some(letter) = generated::letter(byte) {
                break letter;
            }
        };
    }
    Some(found)
}
