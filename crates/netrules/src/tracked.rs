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

/// Kept up to date one service at a time.
#[derive(Debug, Default)]
pub struct Tracked {
    health_checks: BTreeMap<Arc<str>, HealthCheck>,
    udp_addresses: AHashMap<(IpAddr, u16), Backends>,
    udp_node_ports: AHashMap<u16, Backends>,
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
            self.forget_udp(old);
        }
        if let Some(new) = new {
            self.learn_udp(new);
        }
    }

    fn forget_udp(&mut self, old: &Resolved) {
        for port in &old.service.ports {
            if port.protocol != Protocol::Udp {
                continue;
            }
            self.udp_changed = true;
            for ip in addresses(old) {
                self.udp_addresses.remove(&(ip, port.port));
                self.gone_addresses.insert((ip, port.port));
            }
            if port.node_port != 0 {
                self.udp_node_ports.remove(&port.node_port);
                self.gone_node_ports.insert(port.node_port);
            }
        }
    }

    fn learn_udp(&mut self, new: &Resolved) {
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
                self.udp_addresses.insert((ip, port.port), backends.clone());
            }
            if port.node_port != 0 {
                self.gone_node_ports.remove(&port.node_port);
                self.udp_node_ports.insert(port.node_port, backends.clone());
            }
        }
    }

    /// By service key, sorted.
    pub fn health_checks(&self) -> &BTreeMap<Arc<str>, HealthCheck> {
        &self.health_checks
    }

    /// Whether flows have to be looked at since the last call of [`Tracked::udp_cleaned`].
    pub fn udp_changed(&self) -> bool {
        self.udp_changed
    }

    pub fn udp_cleaned(&mut self) {
        self.udp_changed = false;
        self.gone_addresses.clear();
        self.gone_node_ports.clear();
    }

    /// Whether a tracked UDP flow (its first packet's destination, and who answers) belongs to a
    /// service and goes to what is none of its endpoints any more. A flow that was never
    /// redirected counts too: it began when the service had no endpoint.
    pub fn is_stale_udp(&self, destination: (IpAddr, u16), answers: (IpAddr, u16)) -> bool {
        if let Some(backends) = self.udp_addresses.get(&destination) {
            return !backends.contains(&answers);
        }
        if let Some(backends) = self.udp_node_ports.get(&destination.1) {
            return !backends.contains(&answers);
        }
        // Only redirected flows: anybody may talk to these addresses and ports now.
        destination != answers
            && (self.gone_addresses.contains(&destination)
                || self.gone_node_ports.contains(&destination.1))
    }
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
        let node = Node {
            name: "here".into(),
            ip: None,
            zone: String::new(),
            family: Family::V4,
        };
        let mut state = State::new(node);
        let service = r#"{"metadata":{"namespace":"a","name":"dns"},"spec":{"clusterIP":"10.96.0.10",
            "type":"NodePort","ports":[{"name":"dns","protocol":"UDP","port":53,"nodePort":30053}]}}"#;
        state.set_service(service.as_bytes()).expect("a service");
        let list: Vec<String> = endpoints
            .iter()
            .map(|ip| format!(r#"{{"addresses":["{ip}"]}}"#))
            .collect();
        let slice = format!(
            r#"{{"metadata":{{"namespace":"a","name":"dns-1","labels":{{"kubernetes.io/service-name":"dns"}}}},
            "addressType":"IPv4","ports":[{{"name":"dns","protocol":"UDP","port":5353}}],"endpoints":[{}]}}"#,
            list.join(",")
        );
        state.set_endpoint_slice(slice.as_bytes()).expect("a slice");
        state.resolve("a/dns").expect("the service")
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
}
