//! Objects in, rules out: one case a kind of service, compared line by line.

mod support;

use steersman_netrules::address::{Cidr, Family, parse_ip};
use steersman_netrules::iptables::{Config, Iptables, LocalDetector, NodePortAddresses};
use steersman_netrules::model::Node;
use steersman_netrules::state::State;
use support::Kernel;

struct Case {
    config: Config,
    family: Family,
    zone: &'static str,
    service: &'static str,
    slices: Vec<&'static str>,
}

impl Default for Case {
    fn default() -> Case {
        let detector = LocalDetector::Cidr(Cidr::parse("10.0.0.0/8").expect("a range"));
        Case {
            config: Config {
                local_detector: detector,
                ..Config::default()
            },
            family: Family::V4,
            zone: "",
            service: "",
            slices: vec![],
        }
    }
}

/// Every rule of the tables filter and nat that names the service, in save order.
fn rules_of(case: Case) -> Vec<String> {
    let mut state = State::new(Node {
        name: "here".into(),
        ip: parse_ip("192.168.0.2"),
        zone: case.zone.into(),
        family: case.family,
    });
    state
        .set_service(case.service.as_bytes())
        .expect("a service");
    for slice in case.slices {
        state.set_endpoint_slice(slice.as_bytes()).expect("a slice");
    }
    let mut rules = Iptables::new(case.config);
    rules.begin(&mut state, false, None);
    let mut text = vec![0u8; 1 << 20];
    let length = rules.fill(&state, &mut text);
    rules.finish(true);
    let mut kernel = Kernel::empty();
    kernel.restore(std::str::from_utf8(&text[..length]).expect("text"));
    let save = kernel.save();
    let own = |line: &&str| line.starts_with("-A") && (line.contains("ns1/svc1") || is_own(line));
    save.lines().filter(own).map(str::to_string).collect()
}

fn is_own(line: &str) -> bool {
    [
        "KUBE-SVC-",
        "KUBE-SVL-",
        "KUBE-SEP-",
        "KUBE-EXT-",
        "KUBE-FW-",
    ]
    .iter()
    .any(|prefix| line[3..].starts_with(prefix))
}

fn check(case: Case, expected: &str) {
    let lines: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let rules = rules_of(case);
    assert_eq!(rules, lines, "\n{}\n", rules.join("\n"));
}

const ONE_REMOTE: &str = r#"{"metadata":{"namespace":"ns1","name":"svc1-a","labels":{"kubernetes.io/service-name":"svc1"}},
    "addressType":"IPv4","ports":[{"name":"p80","protocol":"TCP","port":80}],
    "endpoints":[{"addresses":["10.180.0.1"],"nodeName":"there"}]}"#;

const LOCAL_AND_REMOTE: &str = r#"{"metadata":{"namespace":"ns1","name":"svc1-a","labels":{"kubernetes.io/service-name":"svc1"}},
    "addressType":"IPv4","ports":[{"name":"p80","protocol":"TCP","port":80}],
    "endpoints":[{"addresses":["10.180.0.2"],"nodeName":"here","conditions":{"ready":true}},
                 {"addresses":["10.180.0.1"],"nodeName":"there"},
                 {"addresses":["10.180.0.9"],"nodeName":"there","conditions":{"ready":false,"serving":true,"terminating":true}}]}"#;

#[test]
fn cluster_ip() {
    check(
        Case {
            service: r#"{"metadata":{"namespace":"ns1","name":"svc1"},"spec":{"clusterIP":"172.30.0.41",
                "ports":[{"name":"p80","protocol":"TCP","port":80}]}}"#,
            slices: vec![ONE_REMOTE],
            ..Case::default()
        },
        r#"
        -A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -s 10.180.0.1 -j KUBE-MARK-MASQ
        -A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -m tcp -p tcp -j DNAT --to-destination 10.180.0.1:80
        -A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -j KUBE-SEP-SXIVWICOYRO3J4NJ
        "#,
    );
}

#[test]
fn no_endpoints_are_rejected() {
    check(
        Case {
            service: r#"{"metadata":{"namespace":"ns1","name":"svc1"},"spec":{"clusterIP":"172.30.0.41","type":"NodePort",
                "externalIPs":["198.51.100.1"],"ports":[{"name":"p80","port":80,"nodePort":3001}]}}"#,
            ..Case::default()
        },
        r#"
        -A KUBE-EXTERNAL-SERVICES -m comment --comment "ns1/svc1:p80 has no endpoints" -m tcp -p tcp -d 198.51.100.1 --dport 80 -j REJECT
        -A KUBE-EXTERNAL-SERVICES -m comment --comment "ns1/svc1:p80 has no endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 3001 -j REJECT
        -A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 has no endpoints" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j REJECT
        "#,
    );
}

#[test]
fn balancer_with_local_policy_source_ranges_and_affinity() {
    check(
        Case {
            service: r#"{"metadata":{"namespace":"ns1","name":"svc1"},"spec":{"clusterIP":"172.30.0.41","type":"LoadBalancer",
                "externalTrafficPolicy":"Local","healthCheckNodePort":30000,"sessionAffinity":"ClientIP",
                "sessionAffinityConfig":{"clientIP":{"timeoutSeconds":60}},
                "loadBalancerSourceRanges":["192.168.0.0/24"," 203.0.113.0/25 ","fd00::/8"],
                "ports":[{"name":"p80","protocol":"TCP","port":80,"nodePort":3001}]},
                "status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"},{"ip":"5.6.7.8","ipMode":"Proxy"},{"hostname":"x"}]}}}"#,
            slices: vec![LOCAL_AND_REMOTE],
            ..Case::default()
        },
        r#"
        -A KUBE-NODEPORTS -m comment --comment "ns1/svc1:p80 health check node port" -m tcp -p tcp --dport 30000 -j ACCEPT
        -A KUBE-PROXY-FIREWALL -m comment --comment "ns1/svc1:p80 traffic not accepted by KUBE-FW-XPGD46QRK7WJZT7O" -m tcp -p tcp -d 1.2.3.4 --dport 80 -j DROP
        -A KUBE-EXT-XPGD46QRK7WJZT7O -m comment --comment "pod traffic for ns1/svc1:p80 external destinations" -s 10.0.0.0/8 -j KUBE-SVC-XPGD46QRK7WJZT7O
        -A KUBE-EXT-XPGD46QRK7WJZT7O -m comment --comment "masquerade LOCAL traffic for ns1/svc1:p80 external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
        -A KUBE-EXT-XPGD46QRK7WJZT7O -m comment --comment "route LOCAL traffic for ns1/svc1:p80 external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-XPGD46QRK7WJZT7O
        -A KUBE-EXT-XPGD46QRK7WJZT7O -j KUBE-SVL-XPGD46QRK7WJZT7O
        -A KUBE-FW-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 loadbalancer IP" -s 192.168.0.0/24 -j KUBE-EXT-XPGD46QRK7WJZT7O
        -A KUBE-FW-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 loadbalancer IP" -s 203.0.113.0/25 -j KUBE-EXT-XPGD46QRK7WJZT7O
        -A KUBE-FW-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 loadbalancer IP" -s 1.2.3.4 -j KUBE-EXT-XPGD46QRK7WJZT7O
        -A KUBE-FW-XPGD46QRK7WJZT7O -m comment --comment "other traffic to ns1/svc1:p80 will be dropped by KUBE-PROXY-FIREWALL"
        -A KUBE-NODEPORTS -m comment --comment ns1/svc1:p80 -m tcp -p tcp --dport 3001 -j KUBE-EXT-XPGD46QRK7WJZT7O
        -A KUBE-SEP-LXVODXWDISEETFEF -m comment --comment ns1/svc1:p80 -s 10.180.0.2 -j KUBE-MARK-MASQ
        -A KUBE-SEP-LXVODXWDISEETFEF -m comment --comment ns1/svc1:p80 -m recent --name KUBE-SEP-LXVODXWDISEETFEF --set -m tcp -p tcp -j DNAT --to-destination 10.180.0.2:80
        -A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -s 10.180.0.1 -j KUBE-MARK-MASQ
        -A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment ns1/svc1:p80 -m recent --name KUBE-SEP-SXIVWICOYRO3J4NJ --set -m tcp -p tcp -j DNAT --to-destination 10.180.0.1:80
        -A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
        -A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 loadbalancer IP" -m tcp -p tcp -d 1.2.3.4 --dport 80 -j KUBE-FW-XPGD46QRK7WJZT7O
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -m recent --name KUBE-SEP-SXIVWICOYRO3J4NJ --rcheck --seconds 60 --reap -j KUBE-SEP-SXIVWICOYRO3J4NJ
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.2:80" -m recent --name KUBE-SEP-LXVODXWDISEETFEF --rcheck --seconds 60 --reap -j KUBE-SEP-LXVODXWDISEETFEF
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -m statistic --mode random --probability 0.5000000000 -j KUBE-SEP-SXIVWICOYRO3J4NJ
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.2:80" -j KUBE-SEP-LXVODXWDISEETFEF
        -A KUBE-SVL-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.2:80" -m recent --name KUBE-SEP-LXVODXWDISEETFEF --rcheck --seconds 60 --reap -j KUBE-SEP-LXVODXWDISEETFEF
        -A KUBE-SVL-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.2:80" -j KUBE-SEP-LXVODXWDISEETFEF
        "#,
    );
}

#[test]
fn internal_local_policy_without_a_local_endpoint_drops() {
    check(
        Case {
            service: r#"{"metadata":{"namespace":"ns1","name":"svc1"},"spec":{"clusterIP":"172.30.0.41",
                "internalTrafficPolicy":"Local","ports":[{"name":"p80","protocol":"TCP","port":80}]}}"#,
            slices: vec![ONE_REMOTE],
            ..Case::default()
        },
        r#"
        -A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 has no local endpoints" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j DROP
        "#,
    );
}

#[test]
fn only_terminating_endpoints_still_serve() {
    let slice = r#"{"metadata":{"namespace":"ns1","name":"svc1-a","labels":{"kubernetes.io/service-name":"svc1"}},
        "addressType":"IPv4","ports":[{"name":"p80","protocol":"TCP","port":80}],
        "endpoints":[{"addresses":["10.180.0.1"],"conditions":{"ready":false,"serving":true,"terminating":true}},
                     {"addresses":["10.180.0.2"],"conditions":{"ready":false,"serving":false,"terminating":true}}]}"#;
    let rules = rules_of(Case {
        config: Config {
            masquerade_all: true,
            ..Config::default()
        },
        service: r#"{"metadata":{"namespace":"ns1","name":"svc1"},"spec":{"clusterIP":"172.30.0.41",
            "ports":[{"name":"p80","protocol":"TCP","port":80}]}}"#,
        slices: vec![slice],
        ..Case::default()
    });
    assert!(
        rules
            .iter()
            .any(|rule| rule.ends_with("DNAT --to-destination 10.180.0.1:80"))
    );
    assert!(!rules.iter().any(|rule| rule.contains("10.180.0.2")));
    let masquerade = "-d 172.30.0.41 --dport 80 -j KUBE-MARK-MASQ";
    assert!(rules.iter().any(|rule| rule.ends_with(masquerade)));
}

#[test]
fn hints_choose_the_zone_and_then_the_node() {
    let service = r#"{"metadata":{"namespace":"ns1","name":"svc1"},"spec":{"clusterIP":"172.30.0.41",
        "ports":[{"name":"p80","protocol":"TCP","port":80}]}}"#;
    let zoned = r#"{"metadata":{"namespace":"ns1","name":"svc1-a","labels":{"kubernetes.io/service-name":"svc1"}},
        "addressType":"IPv4","ports":[{"name":"p80","protocol":"TCP","port":80}],
        "endpoints":[{"addresses":["10.180.0.1"],"hints":{"forZones":[{"name":"a"}]}},
                     {"addresses":["10.180.0.2"],"hints":{"forZones":[{"name":"b"}]}}]}"#;
    let hinted = r#"{"metadata":{"namespace":"ns1","name":"svc1-a","labels":{"kubernetes.io/service-name":"svc1"}},
        "addressType":"IPv4","ports":[{"name":"p80","protocol":"TCP","port":80}],
        "endpoints":[{"addresses":["10.180.0.1"],"hints":{"forZones":[{"name":"a"}],"forNodes":[{"name":"here"}]}},
                     {"addresses":["10.180.0.2"],"hints":{"forZones":[{"name":"a"}],"forNodes":[{"name":"there"}]}}]}"#;
    let reached = |zone, slice| {
        let rules = rules_of(Case {
            zone,
            service,
            slices: vec![slice],
            ..Case::default()
        });
        let to = |rule: &String| {
            rule.split_once("--to-destination ")
                .map(|(_, to)| to.to_string())
        };
        rules.iter().filter_map(to).collect::<Vec<_>>()
    };
    let mut everywhere = reached("c", zoned);
    everywhere.sort();
    assert_eq!(everywhere, ["10.180.0.1:80", "10.180.0.2:80"]);
    assert_eq!(reached("b", zoned), ["10.180.0.2:80"]);
    assert_eq!(reached("a", hinted), ["10.180.0.1:80"]);
    assert_eq!(reached("", hinted), ["10.180.0.1:80"]);
}

#[test]
fn ipv6_takes_its_own_cluster_ip_and_slices() {
    check(
        Case {
            config: Config {
                node_port_addresses: NodePortAddresses::Only(vec![]),
                ..Config::default()
            },
            family: Family::V6,
            service: r#"{"metadata":{"namespace":"ns1","name":"svc1"},"spec":{"clusterIP":"172.30.0.41",
                "clusterIPs":["172.30.0.41","fd00:96::29"],"ports":[{"name":"p80","protocol":"TCP","port":80}]}}"#,
            slices: vec![
                ONE_REMOTE,
                r#"{"metadata":{"namespace":"ns1","name":"svc1-six","labels":{"kubernetes.io/service-name":"svc1"}},
                "addressType":"IPv6","ports":[{"name":"p80","protocol":"TCP","port":80}],
                "endpoints":[{"addresses":["fd00:20::1"]}]}"#,
            ],
            ..Case::default()
        },
        r#"
        -A KUBE-SEP-6VNAXKY6N45VAPXZ -m comment --comment ns1/svc1:p80 -s fd00:20::1 -j KUBE-MARK-MASQ
        -A KUBE-SEP-6VNAXKY6N45VAPXZ -m comment --comment ns1/svc1:p80 -m tcp -p tcp -j DNAT --to-destination [fd00:20::1]:80
        -A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d fd00:96::29 --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
        -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> [fd00:20::1]:80" -j KUBE-SEP-6VNAXKY6N45VAPXZ
        "#,
    );
}

#[test]
fn what_has_no_cluster_ip_is_left_out() {
    for spec in [
        r#"{"clusterIP":"None","ports":[{"port":80}]}"#,
        r#"{"type":"ExternalName","externalName":"example.com"}"#,
        r#"{"clusterIP":"fd00::1","ports":[{"port":80}]}"#,
    ] {
        let mut state = State::new(Node {
            name: "here".into(),
            ip: None,
            zone: String::new(),
            family: Family::V4,
        });
        let json = format!(r#"{{"metadata":{{"namespace":"a","name":"b"}},"spec":{spec}}}"#);
        assert_eq!(state.set_service(json.as_bytes()), Ok(false), "{spec}");
        assert!(state.service_keys().is_empty());
    }
}

#[test]
fn unreadable_objects_are_errors() {
    let node = Node {
        name: "here".into(),
        ip: None,
        zone: String::new(),
        family: Family::V4,
    };
    let mut state = State::new(node);
    assert!(state.set_service(b"{").is_err());
    assert!(state.set_service(br#"{"metadata":{"name":7}}"#).is_err());
    assert!(
        state
            .set_endpoint_slice(br#"{"metadata":{"namespace":"a","name":"b"}}"#)
            .is_err()
    );
}
