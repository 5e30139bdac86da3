//! Applying differences from state A to state B gives byte for byte what a fresh sync of B gives.

mod support;

use proptest::prelude::*;
use std::net::IpAddr;
use std::sync::Arc;
use steersman_netrules::address::{Cidr, Family, parse_ip};
use steersman_netrules::iptables::{
    Config, Iptables, LocalDetector, NodePortAddresses, Saved, SyncKind,
};
use steersman_netrules::model::{
    EndpointFlags, EndpointSlice, Node, Protocol, Service, ServicePort, SliceEndpoint, SlicePort,
};
use steersman_netrules::state::State;
use support::Kernel;

fn state() -> State {
    State::new(Node {
        name: "here".into(),
        ip: parse_ip("192.168.7.1"),
        zone: String::new(),
        family: Family::V4,
    })
}

#[derive(Clone, Debug)]
enum Step {
    Put(u32, Service),
    Remove(u32),
    Slice(u32, u32, EndpointSlice),
    RemoveSlice(u32, u32),
    /// Sync now; full when true.
    Sync(bool),
    /// A sync that the kernel refuses.
    Fail,
}

fn key(number: u32) -> String {
    format!("space{}/service{number}", number % 3)
}

const PORTS: [(&str, Protocol, u16); 4] = [
    ("", Protocol::Tcp, 80),
    ("dns", Protocol::Udp, 53),
    ("dns-tcp", Protocol::Tcp, 53),
    ("signal", Protocol::Sctp, 2905),
];

fn ip(text: &str) -> IpAddr {
    parse_ip(text).expect("an address")
}

fn service(number: u32) -> impl Strategy<Value = Service> {
    let ranges = ["192.168.7.0/24", "203.0.113.0/24"];
    (
        prop::sample::subsequence(PORTS.to_vec(), 1..=PORTS.len()),
        any::<[bool; 5]>(),
        0usize..3,
        0usize..3,
        0usize..3,
        prop::option::of(prop::sample::select(vec![60u32, 10_800])),
    )
        .prop_map(
            move |(ports, flags, external, balancers, sources, affinity_seconds)| {
                let [internal_local, external_local, node_ports, moved, health] = flags;
                let outward = node_ports || external > 0 || balancers > 0;
                Service {
                    cluster_ip: ip(&format!("10.96.{}.{number}", u8::from(moved))),
                    ports: ports
                        .into_iter()
                        .enumerate()
                        .map(|(index, (name, protocol, port))| ServicePort {
                            full_name: if name.is_empty() {
                                Arc::from(key(number))
                            } else {
                                Arc::from(format!("{}:{name}", key(number)))
                            },
                            name: Arc::from(name),
                            protocol,
                            port,
                            node_port: if node_ports {
                                30000 + 10 * number as u16 + index as u16
                            } else {
                                0
                            },
                        })
                        .collect(),
                    external_ips: (0..external)
                        .map(|index| ip(&format!("198.51.{index}.{number}")))
                        .collect(),
                    load_balancer_ips: (0..balancers)
                        .map(|index| ip(&format!("203.0.{index}.{number}")))
                        .collect(),
                    load_balancer_source_ranges: ranges[..sources]
                        .iter()
                        .map(|range| Cidr::parse(range).expect("a range"))
                        .collect(),
                    affinity_seconds,
                    internal_policy_local: internal_local,
                    external_policy_local: external_local && outward,
                    health_check_node_port: if external_local && outward && health {
                        31000 + number as u16
                    } else {
                        0
                    },
                }
            },
        )
}

fn slice() -> impl Strategy<Value = EndpointSlice> {
    let endpoint = (0u32..12, any::<[bool; 4]>()).prop_map(|(number, flags)| {
        let mut set = EndpointFlags::default();
        set.set(EndpointFlags::READY, flags[0]);
        set.set(EndpointFlags::SERVING, flags[0] || flags[1]);
        set.set(EndpointFlags::TERMINATING, !flags[0] && flags[2]);
        set.set(EndpointFlags::LOCAL, flags[3]);
        SliceEndpoint {
            ip: ip(&format!("10.20.0.{number}")),
            flags: set,
            zone_hints: Box::default(),
        }
    });
    (
        prop::sample::subsequence(PORTS.to_vec(), 1..=PORTS.len()),
        prop::collection::vec(endpoint, 0..6),
    )
        .prop_map(|(ports, endpoints)| EndpointSlice {
            ports: ports
                .into_iter()
                .map(|(name, protocol, port)| SlicePort {
                    name: Arc::from(name),
                    protocol,
                    port: 8000 + port,
                })
                .collect(),
            endpoints,
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u32..12).prop_flat_map(|number| service(number).prop_map(move |service| Step::Put(number, service))),
        2 => (0u32..12).prop_map(Step::Remove),
        6 => (0u32..12, 0u32..2, slice()).prop_map(|(number, part, slice)| Step::Slice(number, part, slice)),
        2 => (0u32..12, 0u32..2).prop_map(|(number, part)| Step::RemoveSlice(number, part)),
        4 => prop::bool::weighted(0.1).prop_map(Step::Sync),
        1 => Just(Step::Fail),
    ]
}

fn config() -> impl Strategy<Value = Config> {
    let detector = prop_oneof![
        Just(LocalDetector::None),
        Just(LocalDetector::Cidr(
            Cidr::parse("10.20.0.0/16").expect("a range")
        )),
        Just(LocalDetector::InterfaceNamePrefix("veth".into())),
    ];
    (
        any::<[bool; 4]>(),
        detector,
        prop::sample::select(vec![3usize, 12, 1000]),
    )
        .prop_map(|(flags, local_detector, large_cluster_endpoints)| Config {
            masquerade_all: flags[0],
            local_detector,
            localhost_node_ports: flags[1],
            node_port_addresses: if flags[2] {
                NodePortAddresses::All
            } else {
                NodePortAddresses::Only(vec![ip("192.168.7.1"), ip("127.0.0.1")])
            },
            conntrack_tcp_be_liberal: flags[3],
            large_cluster_endpoints,
            ..Config::default()
        })
}

/// The whole text of a sync, taken in pieces of an awkward size.
fn text_of(rules: &mut Iptables, state: &State) -> String {
    let mut text = Vec::new();
    let mut piece = [0u8; 61];
    loop {
        let length = rules.fill(state, &mut piece);
        if length == 0 {
            break;
        }
        text.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(text).expect("text")
}

fn saved(kernel: &Kernel) -> Saved {
    let mut saved = Saved::default();
    kernel
        .save()
        .as_bytes()
        .chunks(97)
        .for_each(|piece| saved.feed(piece));
    saved
}

fn sync(rules: &mut Iptables, state: &mut State, kernel: &mut Kernel, full: bool) -> SyncKind {
    let found = (full || rules.needs_full()).then(|| saved(kernel));
    let report = rules.begin(state, full, found.as_ref());
    let text = text_of(rules, state);
    assert_eq!(report.kind == SyncKind::Nothing, text.is_empty());
    kernel.restore(&text);
    if report.kind != SyncKind::Nothing {
        rules.finish(true);
    }
    let count = |table: &str| -> usize {
        let chains = kernel.tables[table]
            .iter()
            .filter(|(name, _)| name.starts_with("KUBE-"));
        chains.map(|(_, rules)| rules.len()).sum()
    };
    assert_eq!(
        report.filter_rules,
        count("filter"),
        "filter rules of the report"
    );
    assert_eq!(report.nat_rules, count("nat"), "nat rules of the report");
    report.kind
}

/// A sync that the kernel refuses.
fn fail(rules: &mut Iptables, state: &mut State) {
    if rules.begin(state, false, None).kind != SyncKind::Nothing {
        rules.finish(false);
    }
}

fn apply(state: &mut State, step: &Step) {
    match step {
        Step::Put(number, service) => {
            state.put_service(&key(*number), service.clone());
        }
        Step::Remove(number) => {
            state.remove_service(&key(*number));
        }
        Step::Slice(number, part, slice) => {
            state.put_endpoint_slice(&key(*number), &format!("part{part}"), slice.clone());
        }
        Step::RemoveSlice(number, part) => {
            state.remove_endpoint_slice(&key(*number), &format!("part{part}"));
        }
        Step::Sync(_) | Step::Fail => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn differences_add_up_to_a_fresh_sync(
        config in config(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let (mut desired, mut kernel) = (state(), Kernel::empty());
        let mut rules = Iptables::new(config.clone());
        sync(&mut rules, &mut desired, &mut kernel, false);
        for step in &steps {
            apply(&mut desired, step);
            match step {
                Step::Sync(full) => { sync(&mut rules, &mut desired, &mut kernel, *full); }
                Step::Fail => fail(&mut rules, &mut desired),
                _ => {}
            }
        }
        sync(&mut rules, &mut desired, &mut kernel, false);
        prop_assert!(!desired.has_changes());

        let (mut fresh_state, mut fresh_kernel) = (state(), Kernel::empty());
        steps.iter().for_each(|step| apply(&mut fresh_state, step));
        let mut fresh = Iptables::new(config);
        sync(&mut fresh, &mut fresh_state, &mut fresh_kernel, false);
        prop_assert_eq!(kernel.save(), fresh_kernel.save());

        // The kernel is what a slow check expects, and any tampering shows.
        prop_assert_eq!(saved(&kernel).first_difference(&rules.expected(&desired)), None);
        let mut tampered = kernel.clone();
        let nat = tampered.tables.get_mut("nat").expect("a table");
        nat.get_mut("KUBE-SERVICES").expect("a chain").pop();
        prop_assert!(saved(&tampered).first_difference(&rules.expected(&desired)).is_some());

        // Nothing changed, so nothing is written.
        prop_assert_eq!(sync(&mut rules, &mut desired, &mut kernel, false), SyncKind::Nothing);

        // Both write the same text in full.
        rules.begin(&mut desired, true, None);
        let full = text_of(&mut rules, &desired);
        fresh.begin(&mut fresh_state, true, None);
        prop_assert_eq!(full, text_of(&mut fresh, &fresh_state));
    }
}

#[test]
fn removal_leaves_only_the_kubelets_chain() {
    let (mut desired, mut kernel) = (state(), Kernel::empty());
    let mut rules = Iptables::new(Config {
        localhost_node_ports: true,
        ..Config::default()
    });
    let json = br#"{"metadata":{"namespace":"a","name":"b"},"spec":{"clusterIP":"10.96.0.9",
        "ports":[{"port":80}]}}"#;
    desired.set_service(json).expect("a service");
    sync(&mut rules, &mut desired, &mut kernel, false);
    let text = steersman_netrules::iptables::removal(&saved(&kernel));
    kernel.restore(&String::from_utf8(text).expect("text"));
    let left: Vec<&String> = kernel
        .tables
        .values()
        .flat_map(|chains| chains.keys().filter(|name| name.starts_with("KUBE-")))
        .collect();
    assert_eq!(left, ["KUBE-FIREWALL"]);
    assert!(kernel.tables["nat"].values().all(Vec::is_empty));
    assert!(steersman_netrules::iptables::removal(&saved(&kernel)).is_empty());
}
