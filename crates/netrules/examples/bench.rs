//! Measures the crate alone: `cargo run --release -p steersman-netrules --example bench`.
//!
//! By number of services, of 2 to 50 endpoints each (and of 4): the first full sync, one endpoint
//! that changes, and a rolling change of 1 % of the endpoints.

use std::time::Instant;
use steersman_netrules::address::Family;
use steersman_netrules::iptables::{Config, Iptables};
use steersman_netrules::model::Node;
use steersman_netrules::state::State;

fn service(number: usize) -> String {
    format!(
        r#"{{"metadata":{{"namespace":"space-{}","name":"service-{number}"}},"spec":{{"type":"ClusterIP",
        "clusterIP":"10.{}.{}.{}","ports":[{{"name":"http","protocol":"TCP","port":80,"targetPort":8080}}]}}}}"#,
        number % 100,
        96 + number / 65536,
        number / 256 % 256,
        number % 256
    )
}

fn slice(number: usize, endpoints: usize, generation: usize) -> String {
    let endpoint = |index: usize| {
        // The last endpoint's address moves with the generation.
        let id = number * 64
            + index
            + if index + 1 == endpoints {
                generation
            } else {
                0
            };
        format!(
            r#"{{"addresses":["10.{}.{}.{}"],"conditions":{{"ready":true,"serving":true,"terminating":false}},
            "nodeName":"node-{}","targetRef":{{"kind":"Pod","namespace":"space","name":"pod-{id}"}}}}"#,
            128 + id / 65536 % 64,
            id / 256 % 256,
            id % 256,
            id % 1000
        )
    };
    let list: Vec<String> = (0..endpoints).map(endpoint).collect();
    format!(
        r#"{{"metadata":{{"namespace":"space-{}","name":"service-{number}-abcde","labels":{{"kubernetes.io/service-name":"service-{number}"}}}},
        "addressType":"IPv4","ports":[{{"name":"http","protocol":"TCP","port":8080}}],"endpoints":[{}]}}"#,
        number % 100,
        list.join(",")
    )
}

/// Bytes of the text.
fn drain(rules: &mut Iptables, state: &State) -> usize {
    let mut piece = vec![0u8; 256 * 1024];
    let mut bytes = 0;
    loop {
        let length = rules.fill(state, &mut piece);
        if length == 0 {
            return bytes;
        }
        bytes += length;
    }
}

fn sync(rules: &mut Iptables, state: &mut State) -> usize {
    rules.begin(state, false, None);
    let bytes = drain(rules, state);
    rules.finish(true);
    bytes
}

fn run(services: usize, size: impl Fn(usize) -> usize, label: &str) {
    let mut state = State::new(Node {
        name: "node-1".into(),
        ip: None,
        zone: String::new(),
        family: Family::V4,
    });
    let mut rules = Iptables::new(Config::default());
    let objects: Vec<(String, String)> = (0..services)
        .map(|number| (service(number), slice(number, size(number), 0)))
        .collect();
    let started = Instant::now();
    for (service, slice) in &objects {
        state.set_service(service.as_bytes()).expect("a service");
        state.set_endpoint_slice(slice.as_bytes()).expect("a slice");
    }
    let load = started.elapsed();
    let endpoints: usize = (0..services).map(&size).sum();
    let started = Instant::now();
    let bytes = sync(&mut rules, &mut state);
    let first = started.elapsed();

    let mut worst = 0.0f64;
    let mut total = 0.0f64;
    let mut one_bytes = 0;
    const ROUNDS: usize = 200;
    for round in 0..ROUNDS {
        let number = round * 7919 % services;
        let json = slice(number, size(number), round + 1);
        let started = Instant::now();
        state.set_endpoint_slice(json.as_bytes()).expect("a slice");
        one_bytes = sync(&mut rules, &mut state);
        let micros = started.elapsed().as_secs_f64() * 1e6;
        worst = worst.max(micros);
        total += micros;
    }

    let rolling: Vec<String> = (0..endpoints / 100)
        .map(|index| index * 101 % services)
        .map(|number| slice(number, size(number), 7000))
        .collect();
    let started = Instant::now();
    for json in &rolling {
        state.set_endpoint_slice(json.as_bytes()).expect("a slice");
    }
    let rolling_bytes = sync(&mut rules, &mut state);
    let roll = started.elapsed();
    println!(
        "{services:>6} services {endpoints:>8} endpoints ({label:>4}) | load {:>7.1} ms | first sync \
         {:>7.1} ms, {:>6.1} MB | one endpoint {:>6.1} µs mean, {worst:>6.1} µs worst, {one_bytes} B | \
         1 % rolling {:>6.1} ms, {:.2} MB",
        load.as_secs_f64() * 1e3,
        first.as_secs_f64() * 1e3,
        bytes as f64 / 1e6,
        total / ROUNDS as f64,
        roll.as_secs_f64() * 1e3,
        rolling_bytes as f64 / 1e6,
    );
}

fn main() {
    for services in [100, 1_000, 10_000, 50_000] {
        run(services, |_| 4, "4");
        run(services, |number| 2 + number * 31 % 49, "2-50");
    }
}
