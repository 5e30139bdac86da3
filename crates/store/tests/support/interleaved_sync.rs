//! What `src/sync.rs` gives, by loom: every order of locks and atomics is tried.

pub use loom::sync::atomic;

use loom::sync as inner;

#[derive(Debug, Default)]
pub struct Mutex<T>(inner::Mutex<T>);

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        Mutex(inner::Mutex::new(value))
    }

    pub fn lock(&self) -> inner::MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }
}

#[derive(Debug, Default)]
pub struct RwLock<T>(inner::RwLock<T>);

impl<T> RwLock<T> {
    pub fn read(&self) -> inner::RwLockReadGuard<'_, T> {
        self.0.read().unwrap()
    }

    pub fn write(&self) -> inner::RwLockWriteGuard<'_, T> {
        self.0.write().unwrap()
    }
}
