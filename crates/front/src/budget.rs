//! The sum of all bodies that are being collected or handled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug)]
pub struct Budget {
    used: AtomicUsize,
    max: usize,
}

impl Budget {
    pub fn new(max: usize) -> Arc<Budget> {
        Arc::new(Budget {
            used: AtomicUsize::new(0),
            max,
        })
    }

    fn reserve(&self, bytes: usize) -> bool {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed);
        if used + bytes <= self.max {
            return true;
        }
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        false
    }
}

/// A share of a budget, given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Share {
    pub fn none(budget: &Arc<Budget>) -> Share {
        Share {
            budget: budget.clone(),
            bytes: 0,
        }
    }

    /// False, and nothing taken, where the budget is used up.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let grown = self.budget.reserve(bytes);
        if grown {
            self.bytes += bytes;
        }
        grown
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_pass_the_budget_and_come_back() {
        let budget = Budget::new(10);
        let mut one = Share::none(&budget);
        let mut two = Share::none(&budget);
        assert!(one.grow(6));
        assert!(!two.grow(5));
        assert!(two.grow(4));
        assert!(!one.grow(1));
        drop(one);
        assert!(two.grow(6));
        drop(two);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
    }
}
