//! Memory that was freed goes back to the system.
//!
//! The allocator is the system's. A build with mimalloc 3 held a quarter less, but ended processes
//! whose workers alone had loaded the addon and were terminated (test/unit/native/workers).

use napi::bindgen_prelude::{AsyncTask, Env};
use napi::{Result, Task};
use napi_derive::napi;

/// Gives the pages back to the system that nothing lives on.
fn trim() {
    // SAFETY: glibc's malloc_trim may be called on any thread at any time; it touches no live
    // allocation. Other systems' allocators give back by themselves.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

pub struct Collection;

impl Task for Collection {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        trim();
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

/// Gives back to the system what is free on the heap, and the pages of programs and libraries that
/// were read to start and may not be needed again: what is, comes back from the file. Does nothing
/// where the system has no such thing.
#[napi(catch_unwind)]
pub fn release_memory() {
    #[cfg(target_os = "linux")]
    system::release();
}

#[cfg(target_os = "linux")]
mod system {
    pub fn release() {
        super::trim();
        let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else {
            return;
        };
        for (start, end) in maps.lines().filter_map(program_text) {
            // SAFETY: the range is a private mapping of a file that can be read and executed and
            // not written, so that no page of it differs from the file, from which each is read
            // again when it is used.
            unsafe {
                libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED);
            }
        }
    }

    /// The range of a line of /proc/self/maps that is of a program's or library's code.
    fn program_text(line: &str) -> Option<(usize, usize)> {
        let mut fields = line.split_ascii_whitespace();
        let (range, rights) = (fields.next()?, fields.next()?);
        let path = fields.nth(3)?;
        if rights != "r-xp" || !path.starts_with('/') {
            return None;
        }
        let (start, end) = range.split_once('-')?;
        let read = |text| usize::from_str_radix(text, 16).ok();
        Some((read(start)?, read(end)?))
    }
}
