//! Responses of other servers, kept for a while and within bounds.

use crate::relay::{Question, Response};
use ahash::AHashMap;
use std::collections::VecDeque;

/// Responses that are kept at most; the oldest go first.
const MAX_RESPONSES: usize = 8192;
/// Bytes of them.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// What a response takes beside its bytes, about.
const OVERHEAD: usize = 160;

struct Kept {
    response: Response,
    /// Milliseconds.
    since: u64,
}

/// Time is given in milliseconds of any clock that only goes forward.
#[derive(Default)]
pub struct Cache {
    kept: AHashMap<Question, Kept>,
    /// In the order they came; one that was replaced stands here twice, the first time for nothing.
    order: VecDeque<(Question, u64)>,
    bytes: usize,
}

impl Cache {
    /// A response that may still be given, and how many seconds old it is.
    pub fn get(&self, question: &Question, now: u64) -> Option<(&Response, u32)> {
        let kept = self.kept.get(question)?;
        let age = (now.saturating_sub(kept.since) / 1000) as u32;
        (age < kept.response.lifetime()).then_some((&kept.response, age))
    }

    /// Keeps a response if it may be kept.
    pub fn put(&mut self, question: Question, response: Response, now: u64) {
        if response.lifetime() == 0 {
            return;
        }
        self.remove(&question);
        self.bytes += cost(&question, &response);
        self.order.push_back((question.clone(), now));
        self.kept.insert(
            question,
            Kept {
                response,
                since: now,
            },
        );
        while self.kept.len() > MAX_RESPONSES
            || self.bytes > MAX_BYTES
            || self.order.len() > 2 * MAX_RESPONSES
        {
            let Some((oldest, since)) = self.order.pop_front() else {
                return;
            };
            if self
                .kept
                .get(&oldest)
                .is_some_and(|kept| kept.since == since)
            {
                self.remove(&oldest);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn remove(&mut self, question: &Question) {
        if let Some(kept) = self.kept.remove(question) {
            self.bytes -= cost(question, &kept.response);
        }
    }
}

fn cost(question: &Question, response: &Response) -> usize {
    2 * question.size() + response.size() + OVERHEAD
}
