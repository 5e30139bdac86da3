//! What the zone answers, by a table of questions, read back with hickory.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::net::IpAddr;
use std::str::FromStr;
use steersman_dns::query::Transport;
use steersman_dns::{Kind, Outcome, Zone, ZoneOptions};

const SUFFIX: &str = "svc.cluster.local.";

fn zone() -> Zone {
    let options = ZoneOptions {
        domain: "cluster.local".to_string(),
        ttl: 30,
        server_addresses: Vec::new(),
    };
    Zone::new(&options).expect("a zone")
}

fn service(zone: &mut Zone, name: &str, spec: &str) {
    let json = format!(r#"{{"metadata":{{"name":"{name}","namespace":"one"}},"spec":{spec}}}"#);
    zone.set_service(json.as_bytes()).expect("a service");
}

fn slice(zone: &mut Zone, name: &str, of: &str, ports: &str, endpoints: &str) {
    let json = format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"one",
        "labels":{{"kubernetes.io/service-name":"{of}"}}}},
        "ports":{ports},"endpoints":{endpoints}}}"#
    );
    zone.set_endpoint_slice(json.as_bytes()).expect("a slice");
}

/// Services of every kind in the namespace `one`; the namespace `empty` has none.
fn filled() -> Zone {
    let mut zone = zone();
    zone.set_namespace("one");
    zone.set_namespace("empty");
    zone.set_serial(7);
    let ports = r#"[{"name":"http","protocol":"TCP","port":80},
        {"name":"dns","protocol":"UDP","port":53}]"#;
    let cluster = r#"{"clusterIPs":["10.0.0.1","fd00::1"],"ports":"#;
    service(&mut zone, "web", &format!("{cluster}{ports}}}"));
    service(
        &mut zone,
        "bare",
        r#"{"clusterIP":"10.0.0.2","clusterIPs":["10.0.0.2"]}"#,
    );
    service(
        &mut zone,
        "pods",
        r#"{"clusterIP":"None","clusterIPs":["None"]}"#,
    );
    service(&mut zone, "gone", r#"{"clusterIPs":["None"]}"#);
    let external = |name: &str| format!(r#"{{"type":"ExternalName","externalName":"{name}"}}"#);
    service(&mut zone, "far", &external("example.com"));
    service(&mut zone, "near", &external("web.one.svc.cluster.local"));
    service(&mut zone, "chain", &external("near.one.svc.cluster.local."));
    service(
        &mut zone,
        "nowhere",
        &external("none.one.svc.cluster.local"),
    );
    service(&mut zone, "loop", &external("loop.one.svc.cluster.local"));
    service(&mut zone, "ping", &external("pong.one.svc.cluster.local"));
    service(&mut zone, "pong", &external("ping.one.svc.cluster.local"));
    service(&mut zone, "number", &external("1.2.3.4"));
    let ready = |address: &str, more: &str| {
        format!(r#"{{"addresses":["{address}"],"conditions":{{"ready":true}}{more}}}"#)
    };
    let endpoints = format!(
        "[{},{},{}]",
        ready("10.1.0.1", r#","hostname":"First""#),
        ready("10.1.0.2", ""),
        r#"{"addresses":["10.1.0.3"],"conditions":{"ready":false}}"#
    );
    let ports = r#"[{"name":"http","protocol":"TCP","port":8080}]"#;
    slice(&mut zone, "pods-a", "pods", ports, &endpoints);
    let endpoints = format!("[{}]", ready("fd00:1::", ""));
    slice(&mut zone, "pods-b", "pods", "[]", &endpoints);
    let endpoints = format!("[{}]", ready("10.1.0.9", r#","hostname":"nine""#));
    slice(&mut zone, "web-a", "web", ports, &endpoints);
    zone.set_synced();
    zone
}

fn query(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::new();
    message.set_id(7).set_recursion_desired(true);
    let name = Name::from_str(name).expect("a name");
    message.add_query(hickory_proto::op::Query::query(name, kind));
    message.to_vec().expect("a query")
}

fn data(record: &Record) -> String {
    match record.data() {
        RData::A(address) => address.to_string(),
        RData::AAAA(address) => address.to_string(),
        RData::SRV(srv) => format!("{} {} {}", srv.weight(), srv.port(), srv.target()),
        other => other.to_string(),
    }
}

/// The code, then the answers sorted, then the additional records after a bar.
fn ask(zone: &Zone, name: &str, kind: RecordType) -> String {
    let mut out = Vec::new();
    match zone.answer(&query(name, kind), Transport::Udp, &mut 1, &mut out) {
        Outcome::Forward => return "forward".to_string(),
        Outcome::Nothing => return "nothing".to_string(),
        _ => {}
    }
    let message = Message::from_vec(&out).expect("a response");
    assert_eq!(message.id(), 7);
    assert!(message.authoritative(), "{name}");
    assert_eq!(message.queries()[0].name().to_string(), name);
    let code = message.response_code();
    let is_negative = message.answers().is_empty();
    assert_eq!(message.name_servers().len(), usize::from(is_negative));
    let sorted = |records: &[Record]| {
        let mut all: Vec<String> = records.iter().map(data).collect();
        all.sort();
        all.join(", ")
    };
    let answers = sorted(message.answers());
    let additional = sorted(message.additionals());
    let bar = if additional.is_empty() { "" } else { " | " };
    match code {
        ResponseCode::NoError if is_negative => "NODATA".to_string(),
        ResponseCode::NoError => format!("{answers}{bar}{additional}"),
        ResponseCode::NXDomain => "NXDOMAIN".to_string(),
        other => other.to_string(),
    }
}

fn check(zone: &Zone, table: &[(&str, RecordType, &str)]) {
    for (name, kind, wanted) in table {
        let whole = match *name {
            absolute if absolute.ends_with('.') => absolute.to_string(),
            relative => format!("{relative}.{SUFFIX}"),
        };
        assert_eq!(&ask(zone, &whole, *kind), wanted, "{kind} {whole}");
    }
}

#[test]
fn addresses() {
    use RecordType::{A, AAAA};
    let first = "first.pods.one.svc.cluster.local.";
    check(
        &filled(),
        &[
            ("web.one", A, "10.0.0.1"),
            ("web.one", AAAA, "fd00::1"),
            ("bare.one", A, "10.0.0.2"),
            ("bare.one", AAAA, "NODATA"),
            ("_http._tcp.web.one", A, "10.0.0.1"),
            ("http.tcp.web.one", A, "10.0.0.1"),
            ("_http._udp.web.one", A, "NXDOMAIN"),
            ("nine.web.one", A, "10.1.0.9"),
            ("ten.web.one", A, "NXDOMAIN"),
            ("pods.one", A, "10.1.0.1, 10.1.0.2"),
            ("pods.one", AAAA, "fd00:1::"),
            (first, A, "10.1.0.1"),
            (first, AAAA, "NODATA"),
            ("10-1-0-1.pods.one", A, "NXDOMAIN"),
            ("10-1-0-2.pods.one", A, "10.1.0.2"),
            ("10-1-0-3.pods.one", A, "NXDOMAIN"),
            ("fd00-1--0.pods.one", AAAA, "fd00:1::"),
            ("fd00-1--.pods.one", AAAA, "NXDOMAIN"),
            ("_http._tcp.pods.one", A, "10.1.0.1, 10.1.0.2"),
            ("_http._tcp.pods.one", AAAA, "NODATA"),
            ("gone.one", A, "NXDOMAIN"),
            ("none.one", A, "NXDOMAIN"),
            ("web.two", A, "NXDOMAIN"),
            ("a.b.c.web.one", A, "NXDOMAIN"),
            ("*.one", A, "NXDOMAIN"),
            ("one", A, "NODATA"),
            ("empty", A, "NODATA"),
            ("two", A, "NXDOMAIN"),
            ("svc.cluster.local.", A, "NODATA"),
            ("pod.cluster.local.", A, "NODATA"),
            ("cluster.local.", A, "NODATA"),
            ("other.cluster.local.", A, "NXDOMAIN"),
            ("local.", A, "forward"),
            ("xcluster.local.", A, "forward"),
        ],
    );
}

#[test]
fn pods() {
    use RecordType::{A, AAAA, SRV};
    check(
        &filled(),
        &[
            ("1-2-3-4.one.pod.cluster.local.", A, "1.2.3.4"),
            ("1-2-3-4.one.pod.cluster.local.", AAAA, "NODATA"),
            ("fd00--1.one.pod.cluster.local.", AAAA, "fd00::1"),
            ("1-2-3-4.two.pod.cluster.local.", A, "NXDOMAIN"),
            ("1-2-3.one.pod.cluster.local.", A, "NXDOMAIN"),
            ("1-2-3-444.one.pod.cluster.local.", A, "NXDOMAIN"),
            ("name.one.pod.cluster.local.", A, "NXDOMAIN"),
            ("one.pod.cluster.local.", A, "NODATA"),
            (
                "1-2-3-4.one.pod.cluster.local.",
                SRV,
                "100 0 1-2-3-4.one.pod.cluster.local. | 1.2.3.4",
            ),
        ],
    );
}

#[test]
fn external_names() {
    use RecordType::{A, AAAA, CNAME, SRV, TXT};
    let web = "web.one.svc.cluster.local.";
    check(
        &filled(),
        &[
            ("far.one", A, "example.com."),
            ("far.one", CNAME, "example.com."),
            ("far.one", SRV, "NODATA"),
            ("far.one", TXT, "NODATA"),
            ("x.far.one", A, "NXDOMAIN"),
            ("_a._b.far.one", A, "NXDOMAIN"),
            ("near.one", A, &format!("10.0.0.1, {web}")),
            ("near.one", AAAA, &format!("fd00::1, {web}")),
            ("near.one", CNAME, web),
            (
                "chain.one",
                A,
                &format!("10.0.0.1, near.one.svc.cluster.local., {web}"),
            ),
            ("nowhere.one", A, "NODATA"),
            ("loop.one", A, "NODATA"),
            ("ping.one", A, "NODATA"),
            ("number.one", A, "NXDOMAIN"),
            ("web.one", CNAME, "NODATA"),
            ("none.one", CNAME, "NXDOMAIN"),
        ],
    );
}

#[test]
fn services_and_pointers() {
    use RecordType::{PTR, SRV};
    let web = "web.one.svc.cluster.local.";
    let first = "first.pods.one.svc.cluster.local.";
    let second = "10-1-0-2.pods.one.svc.cluster.local.";
    let reverse = |ip: &str| {
        let ip = IpAddr::from_str(ip).expect("an address");
        Name::from(ip).to_string()
    };
    check(
        &filled(),
        &[
            (
                "web.one",
                SRV,
                &format!("25 53 {web}, 25 80 {web} | 10.0.0.1, fd00::1"),
            ),
            (
                "_http._tcp.web.one",
                SRV,
                &format!("50 80 {web} | 10.0.0.1, fd00::1"),
            ),
            ("_no._tcp.web.one", SRV, "NXDOMAIN"),
            ("bare.one", SRV, "NODATA"),
            (
                "_http._tcp.pods.one",
                SRV,
                &format!("50 8080 {second}, 50 8080 {first} | 10.1.0.1, 10.1.0.2"),
            ),
            (
                "first.pods.one",
                SRV,
                &format!("100 8080 {first} | 10.1.0.1"),
            ),
            ("one", SRV, "NODATA"),
            ("none.one", SRV, "NXDOMAIN"),
            (&reverse("10.0.0.1"), PTR, web),
            (&reverse("fd00::1"), PTR, web),
            (&reverse("10.1.0.1"), PTR, first),
            (&reverse("10.1.0.2"), PTR, second),
            (
                &reverse("fd00:1::"),
                PTR,
                "fd00-1--0.pods.one.svc.cluster.local.",
            ),
            (&reverse("10.1.0.3"), PTR, "forward"),
            (&reverse("9.9.9.9"), PTR, "forward"),
            ("01.0.0.10.in-addr.arpa.", PTR, "forward"),
            ("web.one", PTR, "NODATA"),
            ("none.one", PTR, "NXDOMAIN"),
        ],
    );
}

#[test]
fn the_zone_itself() {
    use RecordType::{A, AAAA, ANY, AXFR, HTTPS, MX, NS, SOA, TXT};
    let mut zone = filled();
    let soa = "ns.dns.cluster.local. hostmaster.cluster.local. 7 7200 1800 86400 30";
    check(
        &zone,
        &[
            ("cluster.local.", SOA, soa),
            ("web.one", SOA, "NODATA"),
            ("cluster.local.", NS, "NODATA"),
            ("ns.dns.cluster.local.", A, "NODATA"),
            ("dns-version.cluster.local.", TXT, "1.1.0"),
            ("dns-version.cluster.local.", A, "NXDOMAIN"),
            ("web.one", TXT, "NODATA"),
            ("none.one", TXT, "NXDOMAIN"),
            ("web.one", MX, "NODATA"),
            ("web.one", HTTPS, "NODATA"),
            ("none.one", HTTPS, "NXDOMAIN"),
            ("web.one", ANY, "NODATA"),
        ],
    );
    let mut out = Vec::new();
    zone.answer(
        &query("cluster.local.", AXFR),
        Transport::Tcp,
        &mut 1,
        &mut out,
    );
    let refused = Message::from_vec(&out).expect("a response");
    assert_eq!(refused.response_code(), ResponseCode::Refused);
    let own = |text: &str| IpAddr::from_str(text).expect("an address");
    zone.set_server_addresses(vec![own("192.0.2.1"), own("2001:db8::1")]);
    let ns = "ns.dns.cluster.local. | 192.0.2.1, 2001:db8::1";
    check(
        &zone,
        &[
            ("cluster.local.", NS, ns),
            ("ns.dns.cluster.local.", A, "192.0.2.1"),
            ("ns.dns.cluster.local.", AAAA, "2001:db8::1"),
        ],
    );
    zone.set_server_addresses(vec![own("10.1.0.9")]);
    check(
        &zone,
        &[
            (
                "cluster.local.",
                NS,
                "web.one.svc.cluster.local. | 10.0.0.1, fd00::1",
            ),
            ("ns.dns.cluster.local.", A, "10.0.0.1"),
        ],
    );
}

#[test]
fn nothing_is_denied_before_everything_is_known() {
    let mut zone = zone();
    zone.set_namespace("one");
    service(&mut zone, "web", r#"{"clusterIPs":["10.0.0.1"]}"#);
    let code = |zone: &Zone, name: &str, kind| {
        let mut out = Vec::new();
        zone.answer(&query(name, kind), Transport::Udp, &mut 1, &mut out);
        Message::from_vec(&out).expect("a response").response_code()
    };
    for name in ["web.one.svc.cluster.local.", "none.two.svc.cluster.local."] {
        assert_eq!(code(&zone, name, RecordType::A), ResponseCode::ServFail);
    }
    let pointer = "1.0.0.10.in-addr.arpa.";
    assert_eq!(
        code(&zone, pointer, RecordType::PTR),
        ResponseCode::ServFail
    );
    zone.set_synced();
    assert_eq!(code(&zone, pointer, RecordType::PTR), ResponseCode::NoError);
}

#[test]
fn a_list_drops_what_it_does_not_have() {
    use RecordType::{A, PTR};
    let mut zone = filled();
    for kind in [Kind::Namespace, Kind::Service, Kind::EndpointSlice] {
        zone.begin_list(kind);
    }
    zone.set_namespace("one");
    service(&mut zone, "web", r#"{"clusterIPs":["10.0.0.7"]}"#);
    assert_eq!(zone.end_list(Kind::Namespace), 1);
    assert_eq!(zone.end_list(Kind::EndpointSlice), 3);
    zone.end_list(Kind::Service);
    assert_eq!((zone.services(), zone.endpoints()), (1, 0));
    check(
        &zone,
        &[
            ("web.one", A, "10.0.0.7"),
            ("pods.one", A, "NXDOMAIN"),
            ("empty", A, "NXDOMAIN"),
            ("1.0.0.10.in-addr.arpa.", PTR, "forward"),
            ("7.0.0.10.in-addr.arpa.", PTR, "web.one.svc.cluster.local."),
        ],
    );
}

#[test]
fn a_slice_may_change_its_service() {
    use RecordType::A;
    let mut zone = filled();
    let endpoints = r#"[{"addresses":["10.1.0.2"]}]"#;
    slice(&mut zone, "pods-a", "gone", "[]", endpoints);
    check(
        &zone,
        &[("pods.one", A, "NODATA"), ("gone.one", A, "10.1.0.2")],
    );
    assert!(zone.remove_endpoint_slice("one", "pods-a"));
    assert!(!zone.remove_endpoint_slice("one", "pods-a"));
    check(&zone, &[("gone.one", A, "NXDOMAIN")]);
}

#[test]
fn case_is_given_back() {
    let mut zone = filled();
    zone.set_serial(1);
    let mut out = Vec::new();
    let asked = query("wEb.ONE.svc.CLUSTER.local.", RecordType::A);
    zone.answer(&asked, Transport::Udp, &mut 1, &mut out);
    assert_eq!(asked[12..asked.len()], out[12..asked.len()]);
    assert_eq!(out[7], 1);
}
