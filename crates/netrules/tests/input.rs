//! No input makes the crate panic, and what cannot be read changes nothing.

use proptest::prelude::*;
use steersman_netrules::address::{Cidr, Family, parse_ip};
use steersman_netrules::iptables::{Config, Iptables, Saved, SyncKind, removal};
use steersman_netrules::model::Node;
use steersman_netrules::state::State;

fn state() -> State {
    State::new(Node {
        name: "here".into(),
        ip: None,
        zone: "a".into(),
        family: Family::V4,
    })
}

const SERVICE: &str = r#"{"metadata":{"namespace":"a","name":"b"},"spec":{"type":"LoadBalancer",
"clusterIP":"10.96.0.1","clusterIPs":["10.96.0.1"],"ports":[{"name":"p","protocol":"TCP","port":80,
"nodePort":30080}],"externalIPs":["198.51.100.1"],"loadBalancerSourceRanges":["10.0.0.0/8"],
"sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":60}}},
"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.1"}]}}}"#;

const SLICE: &str = r#"{"metadata":{"namespace":"a","name":"b-1","labels":
{"kubernetes.io/service-name":"b"}},"addressType":"IPv4","ports":[{"name":"p","protocol":"TCP",
"port":8080}],"endpoints":[{"addresses":["10.20.0.1"],"conditions":{"ready":true},"nodeName":"here",
"hints":{"forZones":[{"name":"a"}]}}]}"#;

/// One of the objects with some of its bytes replaced.
fn damaged() -> impl Strategy<Value = (bool, Vec<u8>)> {
    let byte = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"0129\"{}[],:null".to_vec())
    ];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), byte), 0..4);
    (any::<bool>(), edits).prop_map(|(is_service, edits)| {
        let mut bytes = if is_service { SERVICE } else { SLICE }.as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        (is_service, bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_objects_are_errors_or_other_objects(inputs in prop::collection::vec(damaged(), 1..8)) {
        let mut state = state();
        let mut rules = Iptables::new(Config::default());
        for (is_service, bytes) in inputs {
            let result = match is_service {
                true => state.set_service(&bytes),
                false => state.set_endpoint_slice(&bytes),
            };
            if let Err(error) = result {
                prop_assert!(!error.0.is_empty());
            }
            rules.begin(&mut state, false, None);
            let mut piece = [0u8; 4096];
            while rules.fill(&state, &mut piece) > 0 {}
            rules.finish(true);
        }
        prop_assert_eq!(rules.begin(&mut state, false, None).kind, SyncKind::Nothing);
    }

    #[test]
    fn any_text_can_be_an_address(text in "\\PC{0,40}|[0-9a-f.:/]{0,45}") {
        let _ = (parse_ip(&text), Cidr::parse(&text));
    }

    #[test]
    fn any_bytes_can_come_from_iptables_save(
        lines in prop::collection::vec("\\*nat|\\*filter|:[A-Z0-9-]{0,30} -|-A [A-Z-]{0,20}( \\PC{0,60})?|\\PC{0,40}", 0..30),
        size in 1usize..64,
    ) {
        let mut saved = Saved::default();
        lines.join("\n").as_bytes().chunks(size).for_each(|piece| saved.feed(piece));
        let rules = Iptables::new(Config::default());
        prop_assert!(saved.first_difference(&rules.expected(&state())).is_some());
        let _ = removal(&saved);
    }
}
