//! Memory that was freed goes back to the system.
//!
//! The allocator is the system's. A build with mimalloc 3 held a quarter less, but ended processes
//! whose workers alone had loaded the addon and were terminated (test/unit/native/workers).

use napi::bindgen_prelude::{AsyncTask, Env};
use napi::{Result, Task};
use napi_derive::napi;

#[cfg(target_env = "gnu")]
unsafe extern "C" {
    fn malloc_trim(pad: usize) -> i32;
}

pub struct Collection;

impl Task for Collection {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        // SAFETY: glibc's malloc_trim may be called on any thread at any time; it touches no live
        // allocation. Other systems' allocators give back by themselves.
        #[cfg(target_env = "gnu")]
        unsafe {
            malloc_trim(0);
        }
        Ok(())
    }

    fn resolve(&mut self, _: Env, _: ()) -> Result<()> {
        Ok(())
    }
}

/// Gives the pages back to the system that nothing lives on, of every thread. Takes milliseconds,
/// on a thread of libuv's pool: for the time after much was freed at once.
#[napi(ts_return_type = "Promise<void>")]
pub fn collect_memory() -> AsyncTask<Collection> {
    AsyncTask::new(Collection)
}
