//! What `src/sync.rs` gives, by shuttle: each lock and atomic is a place where another thread may
//! go on. No lock is ever poisoned: a panic ends the test.

use std::ops::{Deref, DerefMut};

pub use std::sync::{Arc, Weak};

use shuttle::sync as inner;
pub use shuttle::sync::atomic;

#[derive(Debug, Default)]
pub struct Mutex<T>(inner::Mutex<T>);

pub struct MutexGuard<'a, T>(Option<inner::MutexGuard<'a, T>>);

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        Mutex(inner::Mutex::new(value))
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(Some(self.0.lock().unwrap()))
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_ref().unwrap()
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().unwrap()
    }
}

#[derive(Debug, Default)]
pub struct RwLock<T>(inner::RwLock<T>);

pub type RwLockReadGuard<'a, T> = inner::RwLockReadGuard<'a, T>;
pub type RwLockWriteGuard<'a, T> = inner::RwLockWriteGuard<'a, T>;

impl<T> RwLock<T> {
    pub fn new(value: T) -> Self {
        RwLock(inner::RwLock::new(value))
    }

    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap()
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap()
    }
}

#[derive(Debug, Default)]
pub struct Condvar(inner::Condvar);

impl Condvar {
    pub fn new() -> Self {
        Condvar(inner::Condvar::new())
    }

    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let held = guard.0.take().unwrap();
        guard.0 = Some(self.0.wait(held).unwrap());
    }

    /// The delay may be over at any time: it is over at once.
    pub fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _: std::time::Duration) {
        let _ = guard;
        shuttle::thread::yield_now();
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

pub fn check(case: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(case, 2);
}
