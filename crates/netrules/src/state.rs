//! The desired state: services and their endpoint slices, keyed by service, and which changed.

use crate::address::Family;
use crate::endpoints::{Endpoint, PortEndpoints, resolve};
use crate::input::{InputError, read_service, read_slice};
use crate::model::{EndpointFlags, EndpointSlice, Node, Protocol, Service};
use ahash::{AHashMap, AHashSet};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Debug, Default)]
struct Entry {
    service: Option<Arc<Service>>,
    /// By slice name. A slice may come before its service.
    slices: BTreeMap<String, EndpointSlice>,
}

/// What is to be served for one service: it and, for each of its ports, the endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub service: Arc<Service>,
    /// As many as the service has ports, in their order.
    pub ports: Vec<PortEndpoints>,
}

impl Resolved {
    pub fn endpoint_count(&self) -> usize {
        self.ports.iter().map(|port| port.endpoints.len()).sum()
    }

    /// How many addresses on this node are ready, over all ports.
    pub fn local_ready_count(&self) -> usize {
        let mut ips: Vec<IpAddr> = Vec::new();
        let wanted = |endpoint: &&Endpoint| {
            endpoint.flags.has(EndpointFlags::LOCAL) && endpoint.flags.has(EndpointFlags::READY)
        };
        for port in &self.ports {
            ips.extend(
                port.endpoints
                    .iter()
                    .filter(wanted)
                    .map(|endpoint| endpoint.ip),
            );
        }
        ips.sort_unstable();
        ips.dedup();
        ips.len()
    }
}

/// Whether an update changed anything that rules depend on.
pub type Changed = bool;

/// Desired state of one address family on one node. Updates cost what the object costs; whoever
/// writes rules asks with [`State::take_changed`] which services to look at.
#[derive(Debug)]
pub struct State {
    node: Node,
    entries: AHashMap<Arc<str>, Entry>,
    changed: AHashSet<Arc<str>>,
    /// Zone names by number; grows with the number of zones of the cluster, never shrinks.
    zones: AHashMap<String, u32>,
    scratch: Vec<u8>,
}

impl State {
    pub fn new(node: Node) -> State {
        State {
            node,
            entries: AHashMap::new(),
            changed: AHashSet::new(),
            zones: AHashMap::new(),
            scratch: Vec::new(),
        }
    }

    pub fn node(&self) -> &Node {
        &self.node
    }

    pub fn family(&self) -> Family {
        self.node.family
    }

    /// Applies a Service object (JSON).
    pub fn set_service(&mut self, json: &[u8]) -> Result<Changed, InputError> {
        let read = read_service(json, self.node.family)?;
        Ok(match read.service {
            Some(service) => self.put_service(&read.key, service),
            None => self.remove_service(&read.key),
        })
    }

    pub fn put_service(&mut self, key: &str, service: Service) -> Changed {
        let key = self.own_key(key);
        let entry = self.entries.entry(key.clone()).or_default();
        if entry.service.as_deref() == Some(&service) {
            return false;
        }
        entry.service = Some(Arc::new(service));
        self.changed.insert(key);
        true
    }

    pub fn remove_service(&mut self, key: &str) -> Changed {
        let Some(entry) = self.entries.get_mut(key) else {
            return false;
        };
        let was_there = entry.service.take().is_some();
        if was_there {
            let key = self.own_key(key);
            self.changed.insert(key);
        }
        self.drop_if_empty(key);
        was_there
    }

    /// Applies an EndpointSlice object (JSON).
    pub fn set_endpoint_slice(&mut self, json: &[u8]) -> Result<Changed, InputError> {
        let zones = &mut self.zones;
        let mut zone_number = |name: &str| match zones.get(name) {
            Some(&number) => number,
            None => {
                let number = zones.len() as u32;
                zones.insert(name.to_string(), number);
                number
            }
        };
        let read = read_slice(json, self.node.family, &self.node.name, &mut zone_number)?;
        Ok(match read.slice {
            Some(slice) => self.put_endpoint_slice(&read.service_key, &read.name, slice),
            None => self.remove_endpoint_slice(&read.service_key, &read.name),
        })
    }

    pub fn put_endpoint_slice(
        &mut self,
        service_key: &str,
        name: &str,
        slice: EndpointSlice,
    ) -> Changed {
        let key = self.own_key(service_key);
        let entry = self.entries.entry(key.clone()).or_default();
        if entry.slices.get(name) == Some(&slice) {
            return false;
        }
        entry.slices.insert(name.to_string(), slice);
        if entry.service.is_none() {
            return false;
        }
        self.changed.insert(key);
        true
    }

    pub fn remove_endpoint_slice(&mut self, service_key: &str, name: &str) -> Changed {
        let Some(entry) = self.entries.get_mut(service_key) else {
            return false;
        };
        let was_there = entry.slices.remove(name).is_some();
        let matters = was_there && entry.service.is_some();
        if matters {
            let key = self.own_key(service_key);
            self.changed.insert(key);
        }
        self.drop_if_empty(service_key);
        matters
    }

    /// Sets the node's zone label; true when it changed, and then every service must be resolved
    /// anew.
    pub fn set_zone(&mut self, zone: &str) -> Changed {
        if self.node.zone == zone {
            return false;
        }
        self.node.zone = zone.to_string();
        true
    }

    fn own_key(&self, key: &str) -> Arc<str> {
        match self.entries.get_key_value(key) {
            Some((owned, _)) => owned.clone(),
            None => Arc::from(key),
        }
    }

    fn drop_if_empty(&mut self, key: &str) {
        let empty = |entry: &Entry| entry.service.is_none() && entry.slices.is_empty();
        if self.entries.get(key).is_some_and(empty) {
            self.entries.remove(key);
        }
    }

    pub fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The keys of services that changed since the last call, sorted.
    pub fn take_changed(&mut self) -> Vec<Arc<str>> {
        let mut keys: Vec<Arc<str>> = self.changed.drain().collect();
        keys.sort_unstable();
        keys
    }

    /// The keys of all services, sorted.
    pub fn service_keys(&self) -> Vec<Arc<str>> {
        let mut keys: Vec<Arc<str>> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.service.is_some())
            .map(|(key, _)| key.clone())
            .collect();
        keys.sort_unstable();
        keys
    }

    /// The service and what its policies reach now; None when it is gone.
    pub fn resolve(&mut self, key: &str) -> Option<Resolved> {
        let entry = self.entries.get(key)?;
        let service = entry.service.clone()?;
        let zone = self
            .zones
            .get(&self.node.zone)
            .copied()
            .filter(|_| !self.node.zone.is_empty());
        let ports = service
            .ports
            .iter()
            .map(|port| {
                resolve(
                    &service,
                    port,
                    entry.slices.values(),
                    zone,
                    &mut self.scratch,
                )
            })
            .collect();
        Some(Resolved { service, ports })
    }

    pub fn service(&self, key: &str) -> Option<&Service> {
        self.entries.get(key)?.service.as_deref()
    }
}

/// Whether a service has a UDP port, whose flows outlive their endpoint in the connection tracker.
pub fn has_udp(service: &Service) -> bool {
    service
        .ports
        .iter()
        .any(|port| port.protocol == Protocol::Udp)
}
