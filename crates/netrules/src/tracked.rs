//! What has to be known of the served services beside the rules, whatever the proxy mode: health
//! check node ports, and whose endpoints a tracked UDP flow may still go to.

use crate::model::{EndpointFlags, Protocol};
use crate::state::Resolved;
use ahash::{AHashMap, AHashSet};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    pub node_port: u16,
    /// Ready addresses on this node.
    pub local_endpoints: u32,
}

type Backends = Arc<AHashSet<(IpAddr, u16)>>;

/// Who serves a destination, by service key. Several services may share one (an external IP, or a
/// cluster IP that goes from one service to another within a sync), so each has its own entry and
/// the order in which services are updated never matters.
#[derive(Debug, Default)]
struct Claims(Vec<(Arc<str>, Backends)>);

impl Claims {
    fn set(&mut self, key: &Arc<str>, backends: Backends) {
        match self.0.iter_mut().find(|(of, _)| of == key) {
            Some(claim) => claim.1 = backends,
            None => self.0.push((key.clone(), backends)),
        }
    }

    /// Returns whether nobody serves the destination any more.
    fn remove(&mut self, key: &Arc<str>) -> bool {
        self.0.retain(|(of, _)| of != key);
        self.0.is_empty()
    }

    fn serve(&self, backend: (IpAddr, u16)) -> bool {
        self.0
            .iter()
            .any(|(_, backends)| backends.contains(&backend))
    }
}

/// Kept up to date one service at a time, in any order.
#[derive(Debug, Default)]
pub struct Tracked {
    health_checks: BTreeMap<Arc<str>, HealthCheck>,
    udp_addresses: AHashMap<(IpAddr, u16), Claims>,
    udp_node_ports: AHashMap<u16, Claims>,
    /// Destinations that no service has any more; flows to them are dropped at the next clean-up.
    gone_addresses: AHashSet<(IpAddr, u16)>,
    gone_node_ports: AHashSet<u16>,
    udp_changed: bool,
}

impl Tracked {
    /// `old` is what was there before under the same key, `new` what is there now.
    pub fn update(&mut self, key: &Arc<str>, old: Option<&Resolved>, new: Option<&Resolved>) {
        let check = new.filter(|new| new.service.health_check_node_port != 0);
        match check {
            Some(new) => {
                let check = HealthCheck {
                    node_port: new.service.health_check_node_port,
                    local_endpoints: new.local_ready_count() as u32,
                };
                self.health_checks.insert(key.clone(), check);
            }
            None => {
                self.health_checks.remove(key);
            }
        }
        if let Some(old) = old {
            self.forget_udp(key, old);
        }
        if let Some(new) = new {
            self.learn_udp(key, new);
        }
    }

    fn forget_udp(&mut self, key: &Arc<str>, old: &Resolved) {
        for port in &old.service.ports {
            if port.protocol != Protocol::Udp {
                continue;
            }
            self.udp_changed = true;
            for ip in addresses(old) {
                let destination = (ip, port.port);
                if unclaim(&mut self.udp_addresses, &destination, key) {
                    self.gone_addresses.insert(destination);
                }
            }
            if port.node_port != 0 && unclaim(&mut self.udp_node_ports, &port.node_port, key) {
                self.gone_node_ports.insert(port.node_port);
            }
        }
    }

    fn learn_udp(&mut self, key: &Arc<str>, new: &Resolved) {
        for (port, endpoints) in new.service.ports.iter().zip(&new.ports) {
            if port.protocol != Protocol::Udp {
                continue;
            }
            self.udp_changed = true;
            let serving = endpoints
                .endpoints
                .iter()
                .filter(|one| one.flags.has(EndpointFlags::SERVING));
            let backends: Backends = Arc::new(serving.map(|one| (one.ip, one.port)).collect());
            for ip in addresses(new) {
                self.gone_addresses.remove(&(ip, port.port));
                let claims = self.udp_addresses.entry((ip, port.port)).or_default();
                claims.set(key, backends.clone());
            }
            if port.node_port != 0 {
                self.gone_node_ports.remove(&port.node_port);
                let claims = self.udp_node_ports.entry(port.node_port).or_default();
                claims.set(key, backends.clone());
            }
        }
    }

    /// By service key, sorted.
    pub fn health_checks(&self) -> &BTreeMap<Arc<str>, HealthCheck> {
        &self.health_checks
    }

    /// Whether flows may be stale: a UDP service changed since the last [`Tracked::udp_cleaned`].
    pub fn udp_changed(&self) -> bool {
        self.udp_changed
    }

    /// To be called only when no stale flow is left: what is gone is forgotten here.
    pub fn udp_cleaned(&mut self) {
        self.udp_changed = false;
        self.gone_addresses.clear();
        self.gone_node_ports.clear();
    }

    /// Whether a tracked UDP flow (its first packet's destination, and who answers) belongs to a
    /// service and goes to what is none of its endpoints any more. A flow that was never
    /// redirected counts too: it began when the service had no endpoint.
    pub fn is_stale_udp(&self, destination: (IpAddr, u16), answers: (IpAddr, u16)) -> bool {
        if let Some(claims) = self.udp_addresses.get(&destination) {
            return !claims.serve(answers);
        }
        if let Some(claims) = self.udp_node_ports.get(&destination.1) {
            return !claims.serve(answers);
        }
        // Only redirected flows: anybody may talk to these addresses and ports now.
        destination != answers
            && (self.gone_addresses.contains(&destination)
                || self.gone_node_ports.contains(&destination.1))
    }
}

/// Takes a service's claim away; true where it was the last one.
fn unclaim<D: std::hash::Hash + Eq>(
    all: &mut AHashMap<D, Claims>,
    destination: &D,
    key: &Arc<str>,
) -> bool {
    let is_last = all
        .get_mut(destination)
        .is_some_and(|claims| claims.remove(key));
    if is_last {
        all.remove(destination);
    }
    is_last
}

fn addresses(resolved: &Resolved) -> impl Iterator<Item = IpAddr> + '_ {
    let service = &resolved.service;
    std::iter::once(service.cluster_ip)
        .chain(service.external_ips.iter().copied())
        .chain(service.load_balancer_ips.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Family;
    use crate::model::Node;
    use crate::state::State;

    fn resolved(endpoints: &[&str]) -> Resolved {
        named("dns", endpoints)
    }

    /// A service of that name; all have the same addresses and ports.
    fn named(name: &str, endpoints: &[&str]) -> Resolved {
        let node = Node {
            name: "here".into(),
            ip: None,
            zone: String::new(),
            family: Family::V4,
        };
        let mut state = State::new(node);
        let service = format!(
            r#"{{"metadata":{{"namespace":"a","name":"{name}"}},"spec":{{"clusterIP":"10.96.0.10",
            "type":"NodePort","ports":[{{"name":"dns","protocol":"UDP","port":53,"nodePort":30053}}]}}}}"#
        );
        state.set_service(service.as_bytes()).expect("a service");
        let list: Vec<String> = endpoints
            .iter()
            .map(|ip| format!(r#"{{"addresses":["{ip}"]}}"#))
            .collect();
        let slice = format!(
            r#"{{"metadata":{{"namespace":"a","name":"{name}-1","labels":{{"kubernetes.io/service-name":"{name}"}}}},
            "addressType":"IPv4","ports":[{{"name":"dns","protocol":"UDP","port":5353}}],"endpoints":[{}]}}"#,
            list.join(",")
        );
        state.set_endpoint_slice(slice.as_bytes()).expect("a slice");
        state.resolve(&format!("a/{name}")).expect("the service")
    }

    #[test]
    fn flows_to_endpoints_that_left_are_stale() {
        let key: Arc<str> = Arc::from("a/dns");
        let (before, after) = (resolved(&["10.1.0.1", "10.1.0.2"]), resolved(&["10.1.0.2"]));
        let mut tracked = Tracked::default();
        tracked.update(&key, None, Some(&before));
        let service = (IpAddr::from([10, 96, 0, 10]), 53);
        let node = (IpAddr::from([192, 168, 0, 1]), 30053);
        let first = (IpAddr::from([10, 1, 0, 1]), 5353);
        let second = (IpAddr::from([10, 1, 0, 2]), 5353);
        assert!(!tracked.is_stale_udp(service, first));
        assert!(
            tracked.is_stale_udp(service, service),
            "a flow that was never redirected"
        );
        tracked.update(&key, Some(&before), Some(&after));
        assert!(tracked.udp_changed());
        assert!(tracked.is_stale_udp(service, first));
        assert!(tracked.is_stale_udp(node, first));
        assert!(!tracked.is_stale_udp(service, second));
        tracked.update(&key, Some(&after), None);
        assert!(tracked.is_stale_udp(service, second));
        assert!(!tracked.is_stale_udp(service, service));
        tracked.udp_cleaned();
        assert!(!tracked.is_stale_udp(service, second));
    }

    /// A service is deleted and another takes its address and ports in the same sync.
    #[test]
    fn an_address_goes_from_one_service_to_another_in_either_order() {
        let service = (IpAddr::from([10, 96, 0, 10]), 53);
        let node = (IpAddr::from([192, 168, 0, 1]), 30053);
        let (gone, now) = (
            (IpAddr::from([10, 1, 0, 1]), 5353),
            (IpAddr::from([10, 1, 0, 2]), 5353),
        );
        for (old_name, new_name) in [("a", "b"), ("b", "a")] {
            for old_first in [true, false] {
                let (old_key, new_key): (Arc<str>, Arc<str>) = (old_name.into(), new_name.into());
                let old = named(old_name, &["10.1.0.1"]);
                let new = named(new_name, &["10.1.0.2"]);
                let mut tracked = Tracked::default();
                tracked.update(&old_key, None, Some(&old));
                tracked.udp_cleaned();
                if old_first {
                    tracked.update(&old_key, Some(&old), None);
                    tracked.update(&new_key, None, Some(&new));
                } else {
                    tracked.update(&new_key, None, Some(&new));
                    tracked.update(&old_key, Some(&old), None);
                }
                for destination in [service, node] {
                    assert!(tracked.is_stale_udp(destination, gone));
                    assert!(!tracked.is_stale_udp(destination, now));
                }
                tracked.udp_cleaned();
                assert!(tracked.is_stale_udp(service, gone), "the service is known");
            }
        }
    }

    #[test]
    fn services_that_share_an_address_keep_each_others_flows() {
        let service = (IpAddr::from([10, 96, 0, 10]), 53);
        let (first, second) = (
            (IpAddr::from([10, 1, 0, 1]), 5353),
            (IpAddr::from([10, 1, 0, 2]), 5353),
        );
        let (one, two): (Arc<str>, Arc<str>) = ("one".into(), "two".into());
        let (a, b) = (named("one", &["10.1.0.1"]), named("two", &["10.1.0.2"]));
        let mut tracked = Tracked::default();
        tracked.update(&one, None, Some(&a));
        tracked.update(&two, None, Some(&b));
        assert!(!tracked.is_stale_udp(service, first));
        assert!(!tracked.is_stale_udp(service, second));
        tracked.update(&one, Some(&a), None);
        assert!(tracked.is_stale_udp(service, first));
        assert!(!tracked.is_stale_udp(service, second));
    }
}
