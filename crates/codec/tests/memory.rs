//! What a decoded object costs, by what the allocator was asked for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::System;
use std::fmt::Write;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use steersman_codec::model::Model;
use steersman_codec::object::{DecodeOptions, Object, decode, decode_stored};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What an allocator adds to a block at most: its head, and rounding up.
const BLOCK_BYTES: usize = 16;

/// Two containers with thirty variables each.
fn pod() -> String {
    let mut env = String::new();
    for number in 0..30 {
        let comma = if number > 0 { "," } else { "" };
        write!(
            env,
            r#"{comma}{{"name":"V{number}","value":"value-{number}"}}"#
        )
        .unwrap();
    }
    let container = |number: u16| {
        format!(
            r#"{{"name":"c{number}","image":"nginx:1.27","env":[{env}],"ports":[{{"containerPort":{}}}],
            "resources":{{"requests":{{"cpu":"100m","memory":"128Mi"}}}}}}"#,
            80 + number
        )
    };
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"web-0","namespace":"default",
        "labels":{{"app":"web","tier":"front"}},"annotations":{{"a":"{}"}}}},
        "spec":{{"containers":[{},{}]}}}}"#,
        "b".repeat(300),
        container(1),
        container(2)
    )
}

/// In one test, so that nothing else allocates beside it.
#[test]
fn a_decoded_pod() {
    let model = Model::builtin();
    let id = model.find("k8s.io.api.core.v1.Pod").unwrap();
    let text = pod();
    let options = DecodeOptions::default();
    let (first, _) = decode(model, id, text.as_bytes(), &options).unwrap();
    let stored = first.stored(model).unwrap();
    let cost = |decoded: &dyn Fn() -> Object| {
        let region = Region::new(ALLOCATOR);
        let object = decoded();
        let change = region.change();
        let blocks = change.allocations - change.deallocations;
        let bytes = change.bytes_allocated - change.bytes_deallocated + blocks * BLOCK_BYTES;
        drop(object);
        let what = format!(
            "{bytes} bytes in {blocks} blocks of {} stored",
            stored.len()
        );
        assert!(bytes <= 7 * stored.len() && blocks <= 100, "{what}");
    };
    cost(&|| decode(model, id, text.as_bytes(), &options).unwrap().0);
    cost(&|| decode_stored(model, id, &stored, Some("5")).unwrap());
}
