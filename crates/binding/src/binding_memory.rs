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

/// Gives back to the system what is free on the heap, and the pages of programs and libraries (code
/// and constants) that were read and may not be needed again: what is, comes back from the file.
/// Does nothing where the system has no such thing.
#[napi(catch_unwind)]
pub fn release_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    system::release();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod system {
    use libc::{c_int, c_void, dl_phdr_info, size_t};

    const DT_NULL: u64 = 0;
    const DT_TEXTREL: u64 = 22;
    const DT_FLAGS: u64 = 30;
    const DF_TEXTREL: u64 = 4;

    #[repr(C)]
    struct DynamicEntry {
        tag: u64,
        value: u64,
    }

    pub fn release() {
        super::trim();
        // SAFETY: glibc calls `release_object` with valid descriptions of what is loaded, and holds
        // the loader's lock, so that nothing is loaded or unloaded meanwhile.
        unsafe {
            libc::dl_iterate_phdr(Some(release_object), std::ptr::null_mut());
        }
    }

    unsafe extern "C" fn release_object(
        info: *mut dl_phdr_info,
        _: size_t,
        _: *mut c_void,
    ) -> c_int {
        // SAFETY: glibc gives a description with its program headers.
        let (base, headers) = unsafe {
            let info = &*info;
            let count = info.dlpi_phnum as usize;
            (
                info.dlpi_addr,
                std::slice::from_raw_parts(info.dlpi_phdr, count),
            )
        };
        let is_written = headers
            .iter()
            .filter(|header| header.p_type == libc::PT_DYNAMIC)
            // SAFETY: the loader has mapped the section that it works with.
            .any(|header| unsafe { has_text_relocations(base + header.p_vaddr) });
        if is_written {
            return 0;
        }
        // SAFETY: sysconf may be called at any time.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64;
        for header in headers {
            if header.p_type != libc::PT_LOAD || header.p_flags & libc::PF_W != 0 {
                continue;
            }
            // Whole pages of this segment alone.
            let start = (base + header.p_vaddr).next_multiple_of(page);
            let end = (base + header.p_vaddr + header.p_memsz) / page * page;
            if start >= end {
                continue;
            }
            // SAFETY: the segment is a private mapping of a file that nobody may write to, and the
            // loader, which may, has not: no page of it differs from the file, from which each is
            // read again when it is used. What is no such mapping (the kernel's own) is refused or
            // comes back likewise.
            unsafe {
                libc::madvise(
                    start as *mut c_void,
                    (end - start) as usize,
                    libc::MADV_DONTNEED,
                );
            }
        }
        0
    }

    /// Whether the loader has changed segments that cannot be written to.
    ///
    /// # Safety
    /// A dynamic section that ends as it should must be at the address.
    unsafe fn has_text_relocations(address: u64) -> bool {
        let mut entry = address as *const DynamicEntry;
        loop {
            // SAFETY: the section goes on up to an entry of the kind DT_NULL.
            let DynamicEntry { tag, value } = unsafe { entry.read() };
            match tag {
                DT_NULL => return false,
                DT_TEXTREL => return true,
                DT_FLAGS if value & DF_TEXTREL != 0 => return true,
                // SAFETY: as above.
                _ => entry = unsafe { entry.add(1) },
            }
        }
    }
}
