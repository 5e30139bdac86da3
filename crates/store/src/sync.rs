//! Locks and atomics of the whole crate. The tests of schedules (`tests/schedules.rs`,
//! `tests/interleavings.rs`) put model checkers' in their place: nothing else may name them.

pub(crate) use std::sync::atomic;

pub(crate) use parking_lot::{Condvar, Mutex, RwLock, RwLockWriteGuard};

/// Runs a case of a unit test; a model checker brings its own.
#[cfg(test)]
pub(crate) fn check(case: impl Fn() + Send + Sync + 'static) {
    case();
}
