//! The history: one JSON object a line, in the order in which things happened. A call stands before
//! it is made and its return after it was made, so that the lines' order is a time that every
//! overlap is seen in, also across processes.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use parking_lot::Mutex;
use serde_json::{Value, json};
use steersman_store::{Entry, EventKind, RawEvent, Revision};

pub struct Recorder(Mutex<Lines>);

struct Lines {
    file: File,
    /// Of the next call; no two calls of a history have the same.
    next_id: u64,
    buffer: Vec<u8>,
    /// Written at once, because this process may be killed.
    at_once: bool,
}

const BUFFER_BYTES: usize = 1 << 16;

impl Recorder {
    pub fn create(path: &Path) -> Recorder {
        Recorder::new(File::create(path).unwrap(), 1, false)
    }

    /// Goes on in a file, with ids of its own from here on.
    pub fn resume(path: &Path, next_id: u64) -> Recorder {
        let file = OpenOptions::new().create(true).append(true).open(path);
        Recorder::new(file.unwrap(), next_id, true)
    }

    fn new(file: File, next_id: u64, at_once: bool) -> Recorder {
        Recorder(Mutex::new(Lines {
            file,
            next_id,
            buffer: Vec::new(),
            at_once,
        }))
    }

    pub fn line(&self, value: &Value) {
        self.0.lock().write(value);
    }

    /// What is about to be asked; returns its id.
    pub fn call(&self, client: usize, mut request: Value) -> u64 {
        let mut lines = self.0.lock();
        let id = lines.next_id;
        lines.next_id += 1;
        request["type"] = json!("call");
        request["id"] = json!(id);
        request["client"] = json!(client);
        lines.write(&request);
        id
    }

    pub fn response(&self, id: u64, mut result: Value) {
        result["type"] = json!("return");
        result["id"] = json!(id);
        self.line(&result);
    }
}

impl Lines {
    fn write(&mut self, value: &Value) {
        serde_json::to_writer(&mut self.buffer, value).unwrap();
        self.buffer.push(b'\n');
        if self.at_once || self.buffer.len() > BUFFER_BYTES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.file.write_all(&self.buffer).unwrap();
        self.buffer.clear();
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.flush();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn item(found: &Entry) -> Value {
    json!({
        "key": text(found.key()),
        "value": text(found.value()),
        "revision": found.mod_revision(),
        "created": found.create_revision(),
        "version": found.version(),
        "lease": found.lease_id(),
    })
}

/// What a watcher took in one turn, and the revision up to which it was told to have seen
/// everything.
pub fn batch(watch: u64, events: &[RawEvent], seen: Revision, ended: Option<&str>) -> Value {
    let events: Vec<Value> = events.iter().map(event).collect();
    json!({ "type": "batch", "watch": watch, "events": events, "seen": seen, "ended": ended })
}

fn event(event: &RawEvent) -> Value {
    let change = &event.change;
    let told = match event.kind {
        EventKind::Deleted => change.previous.as_ref(),
        _ => change.current(),
    };
    let current = change.current();
    json!({
        "kind": event.kind.name(),
        "revision": change.revision,
        "order": change.order(),
        "key": text(change.key()),
        "value": told.map_or_else(String::new, |entry| text(entry.value())),
        "previous": change.previous.as_ref().map_or(0, |entry| entry.mod_revision()),
        "created": current.map_or(0, |entry| entry.create_revision()),
        "version": current.map_or(0, |entry| entry.version()),
        "lease": current.map_or(0, |entry| entry.lease_id()),
    })
}
