//! One watch's handle in JavaScript.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{BufferSlice, Env, Float64ArraySlice};
use napi_derive::napi;
use steersman_store::{Ended, Framing, LastBatch, Session, SharedBatch, Store, Watcher};

use crate::binding_store::{Failure, Result, filled_buffer, guarded, invalid};
use crate::binding_store_numbers::bound;
use crate::binding_store_wake::Wake;

/// What the last take on this thread gave: `take` answers without bytes when the next is the
/// same.
pub type LastTaken = Rc<RefCell<Option<LastBatch>>>;

/// Places in the numbers that `take` fills in.
const EVENTS: usize = 0;
const REVISION: usize = 1;
/// 0 none, 1 slow, 2 compacted, 3 closed.
const ENDED: usize = 2;
/// 1: the bytes are those of the last take that gave any.
const SAME: usize = 3;
/// 1: `drain` would find something.
const NEWS: usize = 4;
const PLACES: usize = 5;

#[napi]
pub struct NativeWatcher {
    store: Arc<Store>,
    watcher: Option<Watcher>,
    session: Arc<Session>,
    wake: Arc<Wake>,
    last: LastTaken,
}

pub fn framing(name: &str) -> Result<Framing> {
    match name {
        "json" => Ok(Framing::Json),
        "protobuf" => Ok(Framing::Protobuf),
        "message" => Ok(Framing::Message),
        _ => Err(invalid("unknown framing")),
    }
}

#[napi]
impl NativeWatcher {
    pub(crate) fn new(
        store: Arc<Store>,
        watcher: Watcher,
        session: Arc<Session>,
        wake: Arc<Wake>,
        last: LastTaken,
    ) -> NativeWatcher {
        NativeWatcher {
            store,
            watcher: Some(watcher),
            session,
            wake,
            last,
        }
    }

    /// The number that `drain` names it by.
    #[napi(getter)]
    pub fn id(&self) -> f64 {
        self.watcher
            .as_ref()
            .map_or(0.0, |watcher| watcher.id() as f64)
    }

    /// Takes what is ready, about `maxBytes` of it, and fills in the numbers: events, revision,
    /// ended (0 no, 1 slow, 2 compacted, 3 closed), same, news. Without bytes when
    /// there are none, or when they are those of the last take on this thread that gave any
    /// (same).
    #[napi]
    pub fn take<'env>(
        &self,
        env: &'env Env,
        max_bytes: f64,
        mut numbers: Float64ArraySlice<'_>,
    ) -> Result<Option<BufferSlice<'env>>> {
        let watcher = self.open()?;
        // SAFETY: JavaScript does not run while its array is filled.
        let numbers = unsafe { numbers.as_mut() };
        if numbers.len() < PLACES {
            return Err(invalid("the array is too short"));
        }
        numbers[..PLACES].fill(0.0);
        let max_bytes = bound(max_bytes, "the bytes")?;
        let mut last = self.last.borrow_mut();
        let taken = self.wake.during(|| {
            guarded(
                &self.store,
                || Ok(watcher.take_shared(max_bytes, &mut last)),
            )
        })?;
        numbers[NEWS] = f64::from(u8::from(self.session.has_news()));
        let batch = match taken {
            SharedBatch::Same { events, revision } => {
                numbers[EVENTS] = events as f64;
                numbers[REVISION] = revision as f64;
                numbers[SAME] = 1.0;
                return Ok(None);
            }
            SharedBatch::New(batch) => batch,
        };
        numbers[EVENTS] = batch.frames.len() as f64;
        numbers[REVISION] = batch.revision as f64;
        numbers[ENDED] = match batch.ended {
            None => 0.0,
            Some(Ended::Slow) => 1.0,
            Some(Ended::Compacted) => 2.0,
            Some(Ended::Closed) => 3.0,
            Some(Ended::Unreadable) => 4.0,
        };
        if batch.frames.is_empty() {
            return Ok(None);
        }
        let bytes = filled_buffer(env, batch.bytes, |target| {
            let mut rest = target;
            for frame in &batch.frames {
                rest = frame.write_to(rest);
            }
        })?;
        Ok(Some(bytes))
    }

    #[napi]
    pub fn bookmark<'env>(
        &self,
        env: &'env Env,
        initial_events_end: bool,
    ) -> Result<BufferSlice<'env>> {
        let watcher = self.open()?;
        let (frame, _) = guarded(&self.store, || watcher.bookmark(initial_events_end))?;
        filled_buffer(env, frame.len(), |target| {
            frame.write_to(target);
        })
    }

    #[napi]
    pub fn close(&mut self) {
        self.watcher = None;
    }

    fn open(&self) -> Result<&Watcher> {
        let closed = || Failure::new("closed".to_owned(), "the watch is closed");
        self.watcher.as_ref().ok_or_else(closed)
    }
}
