//! One watch's handle in JavaScript.

use std::sync::Arc;

use napi::bindgen_prelude::{BufferSlice, Env};
use napi_derive::napi;
use steersman_store::{Ended, Framing, Watcher};

use crate::binding_store::{Failure, Result, failure, filled_buffer, invalid};
use crate::binding_store_wake::Wake;

#[napi(object, object_from_js = false)]
pub struct WatchBatchOutput<'env> {
    pub bytes: BufferSlice<'env>,
    pub events: u32,
    pub revision: f64,
    pub initial_done: bool,
    /// slow, compacted or closed.
    pub ended: Option<String>,
}

#[napi]
pub struct NativeWatcher {
    watcher: Option<Watcher>,
    wake: Arc<Wake>,
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
    pub(crate) fn new(watcher: Watcher, wake: Arc<Wake>) -> NativeWatcher {
        NativeWatcher {
            watcher: Some(watcher),
            wake,
        }
    }

    /// The number that `drain` names it by.
    #[napi(getter)]
    pub fn id(&self) -> f64 {
        self.watcher
            .as_ref()
            .map_or(0.0, |watcher| watcher.id() as f64)
    }

    #[napi]
    pub fn take<'env>(&self, env: &'env Env, max_bytes: f64) -> Result<WatchBatchOutput<'env>> {
        let watcher = self.open()?;
        let batch = self.wake.during(|| watcher.take(max_bytes as usize));
        let bytes = filled_buffer(env, batch.bytes, |target| {
            let mut rest = target;
            for frame in &batch.frames {
                rest = frame.write_to(rest);
            }
        })?;
        Ok(WatchBatchOutput {
            bytes,
            events: batch.frames.len() as u32,
            revision: batch.revision as f64,
            initial_done: batch.initial_done,
            ended: batch.ended.map(|ended| {
                let name = match ended {
                    Ended::Slow => "slow",
                    Ended::Compacted => "compacted",
                    Ended::Closed => "closed",
                };
                name.to_owned()
            }),
        })
    }

    #[napi]
    pub fn bookmark<'env>(
        &self,
        env: &'env Env,
        initial_events_end: bool,
    ) -> Result<BufferSlice<'env>> {
        let (frame, _) = self.open()?.bookmark(initial_events_end).map_err(failure)?;
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
