//! Reads that the front's threads make of a store on their own, and what is counted of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use napi_derive::napi;
use steersman_front::wire::Head;
use steersman_front::{Names, Reading, Reads};
use steersman_store::{Proof, Store, ViewId};

use crate::binding_random::uuid;
use crate::binding_store::{Result, invalid};

/// What `NativeStore.proven` takes.
#[napi(object, object_to_js = false)]
pub struct ProvenInput {
    /// What the read objects' keys begin with.
    pub key_prefix: String,
    pub view: u32,
    /// Keys that have to stay as they are.
    pub keys: Vec<String>,
    /// Prefixes under which nothing may change.
    pub prefixes: Vec<String>,
    /// The revision at which all that was so.
    pub since: f64,
}

/// Ends what was proven with it.
#[napi]
#[derive(Default)]
pub struct NativeValidity {
    ended: Arc<AtomicBool>,
}

#[napi]
impl NativeValidity {
    #[napi(constructor)]
    pub fn new() -> NativeValidity {
        NativeValidity::default()
    }

    #[napi]
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    pub(crate) fn ended(&self) -> Arc<AtomicBool> {
        self.ended.clone()
    }
}

/// Objects of a store that may be read for as long as a proof holds.
pub struct ProvenObjects {
    pub ended: Arc<AtomicBool>,
    pub store: Arc<Store>,
    pub proof: Proof,
    pub key_prefix: String,
    pub view: ViewId,
}

/// Taken by `NativeFront.grant`, once.
#[napi]
pub struct NativeProvenObjects {
    objects: Option<ProvenObjects>,
}

impl NativeProvenObjects {
    pub fn new(objects: ProvenObjects) -> NativeProvenObjects {
        NativeProvenObjects {
            objects: Some(objects),
        }
    }

    pub fn take(&mut self) -> Result<ProvenObjects> {
        let taken = || invalid("these objects were granted already");
        self.objects.take().ok_or_else(taken)
    }
}

/// A histogram that many threads add to.
pub struct Buckets {
    bounds: Box<[f64]>,
    /// One for each bound and one above all.
    counts: Box<[AtomicU64]>,
    /// In units of a billionth.
    sum: AtomicU64,
}

const BILLION: f64 = 1e9;
const KILOBYTE: f64 = 1e3;

impl Buckets {
    fn new(bounds: Vec<f64>) -> Buckets {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Buckets {
            bounds: bounds.into(),
            counts,
            sum: AtomicU64::new(0),
        }
    }

    fn observe(&self, value: f64) {
        let above = |bound: &f64| value <= *bound;
        let bucket = self.bounds.iter().position(above);
        let bucket = bucket.unwrap_or(self.bounds.len());
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        let units = (value * BILLION) as u64;
        self.sum.fetch_add(units, Ordering::Relaxed);
    }

    /// Of sizes, which are counted in kilobytes.
    pub fn of_bytes(bounds: &[f64]) -> Buckets {
        Buckets::new(bounds.iter().map(|bytes| bytes / KILOBYTE).collect())
    }

    pub fn observe_bytes(&self, bytes: usize) {
        self.observe(bytes as f64 / KILOBYTE);
    }

    pub fn read_bytes(&self) -> (Vec<f64>, f64) {
        let (counts, kilobytes) = self.read();
        (counts, (kilobytes * KILOBYTE).round())
    }

    fn read(&self) -> (Vec<f64>, f64) {
        let counts = self.counts.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed) as f64);
        let sum = self.sum.load(Ordering::Relaxed) as f64 / BILLION;
        (counts.collect(), sum)
    }
}

/// Durations in seconds and sizes in bytes of responses that JavaScript has not seen.
pub struct Figures {
    seconds: Buckets,
    sizes: Buckets,
}

impl Figures {
    /// A response whose size nobody counts.
    pub fn observe_seconds(&self, begun: Instant) {
        self.seconds.observe(begun.elapsed().as_secs_f64());
    }
}

#[napi(object, object_from_js = false)]
pub struct ReadFiguresOutput {
    /// Since the beginning, one for each bound and one above all.
    pub durations: Vec<f64>,
    pub seconds: f64,
    pub sizes: Vec<f64>,
    pub bytes: f64,
}

#[napi]
pub struct NativeReadFigures {
    pub(crate) figures: Arc<Figures>,
}

#[napi]
impl NativeReadFigures {
    /// The bounds of durations are seconds, those of sizes bytes.
    #[napi(constructor)]
    pub fn new(duration_bounds: Vec<f64>, size_bounds: Vec<f64>) -> NativeReadFigures {
        NativeReadFigures {
            figures: Arc::new(Figures {
                seconds: Buckets::new(duration_bounds),
                sizes: Buckets::of_bytes(&size_bounds),
            }),
        }
    }

    #[napi]
    pub fn read(&self) -> ReadFiguresOutput {
        let (durations, seconds) = self.figures.seconds.read();
        let (sizes, bytes) = self.figures.sizes.read_bytes();
        ReadFiguresOutput {
            durations,
            seconds,
            sizes,
            bytes,
        }
    }
}

/// Serves what is proven, with the headers of the response that JavaScript gave.
pub struct ServedObjects {
    pub objects: ProvenObjects,
    pub headers: Bytes,
    /// After each object.
    pub tail: Bytes,
    /// What is as long as this, or longer, is JavaScript's.
    pub below_bytes: usize,
    pub figures: Arc<Figures>,
}

impl ServedObjects {
    fn body(&self, names: Names<'_>) -> Option<Bytes> {
        let ProvenObjects {
            store,
            key_prefix,
            view,
            ..
        } = &self.objects;
        let mut key = String::with_capacity(key_prefix.len() + 128);
        key.push_str(key_prefix);
        if let Some(scope) = names.scope {
            key.push_str(scope);
            key.push('/');
        }
        key.push_str(names.name);
        let read = store.guarded(|| store.get_encoded(key.as_bytes(), *view, 0));
        let (bytes, _) = read.ok()?.ok()??;
        if bytes.len() + self.tail.len() >= self.below_bytes {
            return None;
        }
        if self.tail.is_empty() {
            return Some(bytes);
        }
        let mut bytes = Vec::from(bytes);
        bytes.extend_from_slice(&self.tail);
        Some(bytes.into())
    }
}

impl Reads for ServedObjects {
    fn read(&self, names: Names<'_>) -> Reading {
        let begun = Instant::now();
        let holds = self.objects.store.guarded(|| self.objects.proof.holds());
        if self.objects.ended.load(Ordering::SeqCst) || !holds.unwrap_or(false) {
            return Reading::Over;
        }
        let Some(body) = self.body(names) else {
            return Reading::Ask;
        };
        let mut headers = Vec::with_capacity(self.headers.len() + 64);
        headers.extend_from_slice(&self.headers);
        let Some(id) = uuid() else {
            return Reading::Ask;
        };
        headers.extend_from_slice(b"audit-id\0");
        headers.extend_from_slice(id.as_bytes());
        headers.push(0);
        self.figures.observe_seconds(begun);
        let bytes = body.len() - self.tail.len();
        self.figures.sizes.observe_bytes(bytes);
        let head = Head {
            status: 200,
            headers: headers.into(),
        };
        Reading::Response(head, body)
    }
}

/// The longest that anything is granted: what a proof cannot see, like the hands of a clock, is
/// looked at again.
pub const LONGEST_GRANT: Duration = Duration::from_secs(600);
