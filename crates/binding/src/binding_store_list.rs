//! A list's handle in JavaScript.

use std::sync::Arc;

use napi::bindgen_prelude::{BufferSlice, Env};
use napi_derive::napi;
use steersman_store::{ListCursor, ListEnd, Store};

use crate::binding_store::{Result, filled_buffer, guarded, invalid};
use crate::binding_store_numbers::bound;

/// A list in progress.
#[napi]
pub struct NativeList {
    store: Arc<Store>,
    cursor: Option<ListCursor>,
}

#[napi(object, object_from_js = false)]
pub struct ListStepOutput<'env> {
    pub bytes: BufferSlice<'env>,
    pub done: bool,
    pub revision: f64,
    pub count: f64,
    pub next_key: Option<String>,
    pub remaining: Option<f64>,
}

fn ended(bytes: BufferSlice<'_>, end: ListEnd) -> ListStepOutput<'_> {
    ListStepOutput {
        bytes,
        done: true,
        revision: end.revision as f64,
        count: end.count as f64,
        next_key: end
            .next_key
            .map(|key| String::from_utf8_lossy(&key).into_owned()),
        remaining: end.remaining.map(|remaining| remaining as f64),
    }
}

#[napi]
impl NativeList {
    pub(crate) fn of(store: Arc<Store>, cursor: ListCursor) -> NativeList {
        NativeList {
            store,
            cursor: Some(cursor),
        }
    }

    /// The next items, about `maxBytes` of them or what a bounded number of keys gives.
    #[napi]
    pub fn step<'env>(&mut self, env: &'env Env, max_bytes: f64) -> Result<ListStepOutput<'env>> {
        let cursor = self
            .cursor
            .as_mut()
            .ok_or_else(|| invalid("the list is over"))?;
        let max_bytes = bound(max_bytes, "the bytes")?;
        let mut bytes = Vec::new();
        let revision = cursor.revision() as f64;
        let end = guarded(&self.store, || cursor.step(max_bytes, &mut bytes))?;
        let bytes = filled_buffer(env, bytes.len(), |target| target.copy_from_slice(&bytes))?;
        let Some(end) = end else {
            let (next_key, remaining) = (None, None);
            return Ok(ListStepOutput {
                bytes,
                done: false,
                revision,
                count: 0.0,
                next_key,
                remaining,
            });
        };
        // The cursor pins its revision.
        self.cursor = None;
        Ok(ended(bytes, end))
    }

    /// Ends it here, as its limit would have.
    #[napi]
    pub fn cut<'env>(&mut self, env: &'env Env) -> Result<ListStepOutput<'env>> {
        let cursor = self.cursor.take();
        let mut cursor = cursor.ok_or_else(|| invalid("the list is over"))?;
        let bytes = filled_buffer(env, 0, |_| {})?;
        Ok(ended(bytes, guarded(&self.store, || Ok(cursor.cut()))?))
    }

    /// Gives up.
    #[napi]
    pub fn close(&mut self) {
        self.cursor = None;
    }
}
