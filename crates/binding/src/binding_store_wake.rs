//! One coalesced wake-up for a JavaScript thread.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::{Env, Function, JsValue, Status};
use napi::sys;
use parking_lot::Mutex;

/// Wakes the JavaScript thread that made it by calling a function there. Other threads may wake
/// at any time, also while the environment goes away: then nothing happens.
pub struct Wake {
    function: Mutex<Option<Handle>>,
    /// The owner is inside a native call and asks for news itself when it returns.
    in_call: AtomicBool,
}

struct Handle {
    function: sys::napi_threadsafe_function,
    env: sys::napi_env,
    /// What the cleanup hook was registered with; owned by the hook.
    hook: *mut c_void,
}

// SAFETY: a threadsafe function may be called from every thread; `env` and `hook` are only used
// by the JavaScript thread. The mutex orders calls before the release.
unsafe impl Send for Handle {}

impl Wake {
    /// The function holds neither the process nor the worker; see `hold`.
    pub fn new(env: &Env, callback: &Function<'_, (), ()>) -> napi::Result<Arc<Wake>> {
        let wake = Arc::new(Wake {
            function: Mutex::new(None),
            in_call: AtomicBool::new(false),
        });
        let raw = env.raw();
        let mut name = ptr::null_mut();
        let mut function = ptr::null_mut();
        let label = b"steersman:store";
        // SAFETY: `raw` is this thread's environment and `callback` a value of the current scope;
        // the label outlives the call.
        unsafe {
            check(sys::napi_create_string_utf8(
                raw,
                label.as_ptr().cast(),
                label.len() as isize,
                &mut name,
            ))?;
            check(sys::napi_create_threadsafe_function(
                raw,
                callback.raw(),
                ptr::null_mut(),
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                ptr::null_mut(),
                None,
                &mut function,
            ))?;
            check(sys::napi_unref_threadsafe_function(raw, function))?;
        }
        let hook = Arc::into_raw(wake.clone()).cast_mut().cast::<c_void>();
        *wake.function.lock() = Some(Handle {
            function,
            env: raw,
            hook,
        });
        // Hooks run last registered first: this one before the function's own.
        // SAFETY: `hook` stays valid until the hook ran or was removed, because it owns a
        // reference.
        unsafe { check(sys::napi_add_env_cleanup_hook(raw, Some(clean_up), hook))? };
        Ok(wake)
    }

    pub fn wake(&self) {
        if self.in_call.load(Ordering::SeqCst) {
            return;
        }
        if let Some(handle) = &*self.function.lock() {
            // SAFETY: the function is released only after it was taken out under this lock.
            unsafe {
                sys::napi_call_threadsafe_function(
                    handle.function,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }

    /// Runs something on the JavaScript thread that will look for news on its own afterwards.
    pub fn during<T>(&self, action: impl FnOnce() -> T) -> T {
        /// Also when the action panics.
        struct InCall<'a>(&'a AtomicBool);
        impl Drop for InCall<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::SeqCst);
            }
        }
        self.in_call.store(true, Ordering::SeqCst);
        let _in_call = InCall(&self.in_call);
        action()
    }

    /// Keeps the event loop alive while answers are outstanding. Only on the JavaScript thread.
    pub fn hold(&self, hold: bool) {
        if let Some(handle) = &*self.function.lock() {
            // SAFETY: called on the thread of `env`, which is alive as long as the handle is
            // there.
            unsafe {
                if hold {
                    sys::napi_ref_threadsafe_function(handle.env, handle.function);
                } else {
                    sys::napi_unref_threadsafe_function(handle.env, handle.function);
                }
            }
        }
    }

    /// Gives the function back. Only on the JavaScript thread; a second call does nothing.
    pub fn close(&self) {
        let Some(handle) = self.function.lock().take() else {
            return;
        };
        // SAFETY: on the thread of `env`; the hook's reference is dropped after the hook is gone.
        unsafe {
            sys::napi_remove_env_cleanup_hook(handle.env, Some(clean_up), handle.hook);
            sys::napi_release_threadsafe_function(
                handle.function,
                sys::ThreadsafeFunctionReleaseMode::abort,
            );
            drop(Arc::from_raw(handle.hook.cast_const().cast::<Wake>()));
        }
    }
}

/// The environment goes away (a worker ended): nobody may call it any more.
unsafe extern "C" fn clean_up(hook: *mut c_void) {
    // SAFETY: Node calls a hook once, with the pointer it was registered with, which owns a
    // reference.
    let wake = unsafe { Arc::from_raw(hook.cast_const().cast::<Wake>()) };
    if let Some(handle) = wake.function.lock().take() {
        // SAFETY: the function is alive: its own hook was registered earlier and runs later.
        unsafe {
            sys::napi_release_threadsafe_function(
                handle.function,
                sys::ThreadsafeFunctionReleaseMode::abort,
            );
        }
    }
}

fn check(status: sys::napi_status) -> napi::Result<()> {
    let status = Status::from(status);
    if status == Status::Ok {
        return Ok(());
    }
    Err(napi::Error::new(status, "the wake-up could not be made"))
}
