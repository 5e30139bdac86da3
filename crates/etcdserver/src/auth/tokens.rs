//! Tokens that stand for a user for as long as they are used: etcd's simple ones. They are in
//! memory alone; after a restart clients ask for new ones.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use steersman_upkeep::random_bytes;

use crate::status::Status;

const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LENGTH: usize = 16;
/// Tokens at once. Each took its asker a comparison of passwords.
const MOST_TOKENS: usize = 100_000;

struct Token {
    user: String,
    ends: Instant,
}

#[derive(Default)]
struct Given {
    tokens: HashMap<String, Token>,
    /// How many were given so far.
    count: u64,
    /// At this number it is looked for those that ran out.
    sweep_at: u64,
}

pub struct Tokens {
    given: Mutex<Given>,
    ttl: Duration,
}

impl Tokens {
    pub fn new(ttl: Duration) -> Tokens {
        Tokens {
            given: Mutex::default(),
            ttl,
        }
    }

    /// A new one.
    pub fn give(&self, user: &str) -> Result<String, Status> {
        let secret = secret()?;
        let now = Instant::now();
        let mut given = self.given.lock();
        given.count += 1;
        if given.count >= given.sweep_at {
            given.tokens.retain(|_, token| token.ends > now);
            // Each is looked at a bounded number of times.
            given.sweep_at = given.count + given.tokens.len() as u64 / 2 + 64;
        }
        if given.tokens.len() >= MOST_TOKENS {
            return Err(Status::TOO_MANY_REQUESTS);
        }
        let name = format!("{secret}.{}", given.count);
        let token = Token {
            user: user.to_owned(),
            ends: now + self.ttl,
        };
        given.tokens.insert(name.clone(), token);
        Ok(name)
    }

    /// The user it stands for; its time begins again.
    pub fn user(&self, token: &str) -> Option<String> {
        let now = Instant::now();
        let mut given = self.given.lock();
        let found = given.tokens.get_mut(token)?;
        if found.ends <= now {
            given.tokens.remove(token);
            return None;
        }
        found.ends = now + self.ttl;
        Some(found.user.clone())
    }

    pub fn forget_user(&self, user: &str) {
        self.given
            .lock()
            .tokens
            .retain(|_, token| token.user != user);
    }

    pub fn forget_all(&self) {
        self.given.lock().tokens.clear();
    }
}

/// Letters, each as likely as any other.
fn secret() -> Result<String, Status> {
    let mut letters = String::with_capacity(LENGTH);
    while letters.len() < LENGTH {
        let bytes: [u8; 32] = random_bytes()?;
        // 208 is the largest multiple of 52 in a byte.
        let fair = bytes.iter().filter(|byte| **byte < 208);
        let more = fair.map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()] as char);
        letters.extend(more.take(LENGTH - letters.len()));
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_for_its_user_until_it_is_forgotten() {
        let tokens = Tokens::new(Duration::from_secs(60));
        let (one, other) = (
            tokens.give("a").expect("one"),
            tokens.give("b").expect("one"),
        );
        assert_ne!(one[..LENGTH], other[..LENGTH]);
        assert_eq!(tokens.user(&one).as_deref(), Some("a"));
        tokens.forget_user("a");
        assert_eq!(tokens.user(&one), None);
        assert_eq!(tokens.user(&other).as_deref(), Some("b"));
        tokens.forget_all();
        assert_eq!(tokens.user(&other), None);
    }

    #[test]
    fn tokens_that_ran_out_are_let_go_of() {
        let tokens = Tokens::new(Duration::ZERO);
        for _ in 0..10_000 {
            let token = tokens.give("a").expect("one");
            assert!(tokens.given.lock().tokens.len() <= 128);
            assert_eq!(tokens.user(&token), None);
        }
    }
}
