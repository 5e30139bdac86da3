//! A data directory on a machine that can fail, and what is in it.

#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use steersman_store::{
    DurableOptions, OpenOptions, Range, RangeRequest, Store, StoreError, StoreOptions,
};

use crate::faulty::{Dice, FaultyDisk};
use crate::support::TestViews;

/// How much a test writes until a snapshot is due, until a segment is full, and room ahead.
pub const fn sizes(
    snapshot_log_bytes: u64,
    segment_bytes: u64,
    room_bytes: usize,
) -> DurableOptions {
    DurableOptions {
        snapshot_log_bytes,
        segment_bytes,
        room_bytes,
    }
}

pub fn data() -> &'static Path {
    Path::new("/data")
}

/// As most tests open it.
pub fn options(disk: &FaultyDisk, durable: DurableOptions) -> OpenOptions<'static> {
    OpenOptions {
        directory: data(),
        files: Arc::new(disk.clone()),
        store: StoreOptions::default(),
        durable,
        now_millis: 0,
        salt: [7; 16],
    }
}

pub fn open_with(options: OpenOptions<'_>) -> Result<Arc<Store>, StoreError> {
    Store::open(options, Arc::new(TestViews))
}

pub fn close(store: Arc<Store>) {
    store.close();
    store.release();
    assert_eq!(Arc::strong_count(&store), 1, "somebody holds the store");
}

/// The machine after it lost power beside an open store.
pub fn crash(disk: &FaultyDisk, store: Arc<Store>) -> FaultyDisk {
    assert_eq!(Arc::strong_count(&store), 1, "somebody holds the store");
    drop(store);
    disk.after_power_loss(&mut Dice(3))
}

/// Keys and values.
pub type Content = BTreeMap<String, String>;

pub fn content(store: &Store) -> Content {
    let all = RangeRequest::all(Range::Prefix(Box::default()));
    let values = store.range(&all).unwrap().values;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    values
        .iter()
        .map(|v| (text(v.key()), text(v.value())))
        .collect()
}

pub fn files(disk: &FaultyDisk, prefix: &str) -> Vec<PathBuf> {
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(prefix)
    };
    disk.paths().into_iter().filter(named).collect()
}

pub fn logs(disk: &FaultyDisk) -> Vec<PathBuf> {
    files(disk, "log-")
}
