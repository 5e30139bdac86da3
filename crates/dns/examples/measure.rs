//! What a response of the zone costs when this crate reads the query and writes the response, and
//! when hickory does: `cargo run --release -p steersman-dns --example measure`.

use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Instant;
use steersman_dns::query::Transport;
use steersman_dns::{Zone, ZoneOptions};

const ROUNDS: u32 = 200_000;

fn measure(what: &str, mut one: impl FnMut() -> usize) {
    let started = Instant::now();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        bytes += one();
    }
    let each = started.elapsed().as_nanos() / u128::from(ROUNDS);
    println!("{what:<28} {each:>6} ns, {} bytes", bytes / ROUNDS as usize);
}

fn main() {
    let options = ZoneOptions {
        domain: "cluster.local".to_string(),
        ttl: 30,
        server_addresses: Vec::new(),
    };
    let mut zone = Zone::new(&options).expect("a zone");
    zone.set_namespace("one");
    let service = r#"{"metadata":{"name":"pods","namespace":"one"},"spec":{"clusterIP":"None"}}"#;
    zone.set_service(service.as_bytes()).expect("a service");
    let endpoints: Vec<String> = (1..=10)
        .map(|index| format!(r#"{{"addresses":["10.0.0.{index}"]}}"#))
        .collect();
    let slice = format!(
        r#"{{"metadata":{{"name":"a","namespace":"one",
        "labels":{{"kubernetes.io/service-name":"pods"}}}},"endpoints":[{}]}}"#,
        endpoints.join(",")
    );
    zone.set_endpoint_slice(slice.as_bytes()).expect("a slice");
    zone.set_synced();

    let name = Name::from_str("pods.one.svc.cluster.local.").expect("a name");
    let mut query = Message::new();
    query.add_query(Query::query(name, RecordType::A));
    let query = query.to_vec().expect("a query");
    let (mut seed, mut out) = (1, Vec::new());
    measure("this crate, with its zone", || {
        zone.answer(&query, Transport::Udp, &mut seed, &mut out);
        out.len()
    });
    measure("hickory, without any zone", || {
        let asked = Message::from_vec(&query).expect("a query");
        let mut response = Message::new();
        response.set_id(asked.id());
        response.set_message_type(MessageType::Response);
        response.set_response_code(ResponseCode::NoError);
        response.add_queries(asked.queries().iter().cloned());
        for index in 1..=10 {
            let data = RData::A(A(Ipv4Addr::new(10, 0, 0, index)));
            let name = asked.queries()[0].name().clone();
            response.add_answer(Record::from_rdata(name, 30, data));
        }
        response.to_vec().expect("a response").len()
    });
}
