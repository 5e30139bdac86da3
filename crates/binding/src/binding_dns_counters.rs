//! What a DNS server counts. Each thread adds to the same numbers; nothing is ever reset.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the seconds that a response took, as CoreDNS has them; one more is without.
pub const SECONDS: [f64; 16] = [
    0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024,
    2.048, 4.096, 8.192,
];
/// Upper bounds of the bytes of a query or response; one more is without.
pub const BYTES: [u32; 14] = [
    0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16_000, 32_000, 48_000, 64_000,
];
/// Query types that are counted by name; every other is the last.
pub const TYPES: [u16; 13] = [1, 28, 15, 6, 5, 12, 16, 2, 33, 65, 43, 255, 0];

pub struct Histogram<const N: usize> {
    buckets: [AtomicU64; N],
    sum: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    fn new() -> Histogram<N> {
        Histogram {
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            sum: AtomicU64::new(0),
        }
    }

    fn add(&self, bucket: usize, value: u64) {
        add(&self.buckets[bucket], 1);
        add(&self.sum, value);
    }

    /// Counts by bucket, not yet added up, and the sum of all values.
    pub fn read(&self) -> Vec<f64> {
        let counts = self.buckets.iter().chain([&self.sum]);
        counts.map(|count| get(count) as f64).collect()
    }
}

/// Of one zone over one transport: the cluster's (0) or any other (1).
pub struct Flow {
    /// By family (IPv4, IPv6), then by TYPES.
    pub types: [AtomicU64; 2 * TYPES.len()],
    /// By response code; 16 and above as 16.
    pub codes: [AtomicU64; 17],
    pub nanoseconds: Histogram<17>,
    pub request_bytes: Histogram<15>,
    pub response_bytes: Histogram<15>,
}

pub struct Counters {
    /// By zone and transport (UDP, TCP).
    pub flows: [[Flow; 2]; 2],
    pub cache_hits: AtomicU64,
    pub cache_misses: AtomicU64,
    pub forwarded: AtomicU64,
    pub forward_failures: AtomicU64,
    pub forward_refused: AtomicU64,
    pub connections: AtomicU64,
    pub connections_cut: AtomicU64,
}

pub fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

pub fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// One response, as it is counted.
pub struct Served {
    pub of_zone: bool,
    pub tcp: bool,
    pub ipv6: bool,
    pub code: u8,
    pub qtype: u16,
    pub request: usize,
    pub response: usize,
    pub nanoseconds: u64,
}

impl Counters {
    pub fn new() -> Counters {
        Counters {
            flows: std::array::from_fn(|_| std::array::from_fn(|_| Flow::new())),
            cache_hits: AtomicU64::new(0),
            cache_misses: AtomicU64::new(0),
            forwarded: AtomicU64::new(0),
            forward_failures: AtomicU64::new(0),
            forward_refused: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            connections_cut: AtomicU64::new(0),
        }
    }

    pub fn served(&self, served: &Served) {
        let flow = &self.flows[usize::from(!served.of_zone)][usize::from(served.tcp)];
        let kind = TYPES.iter().position(|kind| *kind == served.qtype);
        let kind = kind.unwrap_or(TYPES.len() - 1);
        add(
            &flow.types[usize::from(served.ipv6) * TYPES.len() + kind],
            1,
        );
        add(&flow.codes[usize::from(served.code.min(16))], 1);
        let seconds = served.nanoseconds as f64 / 1e9;
        flow.nanoseconds.add(
            SECONDS.partition_point(|bound| *bound < seconds),
            served.nanoseconds,
        );
        for (histogram, bytes) in [
            (&flow.request_bytes, served.request),
            (&flow.response_bytes, served.response),
        ] {
            let bucket = BYTES.partition_point(|bound| (*bound as usize) < bytes);
            histogram.add(bucket, bytes as u64);
        }
    }
}

impl Flow {
    fn new() -> Flow {
        Flow {
            types: std::array::from_fn(|_| AtomicU64::new(0)),
            codes: std::array::from_fn(|_| AtomicU64::new(0)),
            nanoseconds: Histogram::new(),
            request_bytes: Histogram::new(),
            response_bytes: Histogram::new(),
        }
    }
}
