//! Which endpoints the traffic policies of a service port reach from this node.
//!
//! Semantics: the API concept pages on Service (traffic policies, terminating endpoints, KEP-1669)
//! and Topology Aware Routing (KEP-2433, KEP-3015).

use crate::address::write_ip_port;
use crate::model::{EndpointFlags, EndpointSlice, Service, ServicePort};
use std::net::IpAddr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub ip: IpAddr,
    pub port: u16,
    pub flags: EndpointFlags,
}

impl Endpoint {
    /// Some policy leads to it from this node.
    pub fn reachable(&self) -> bool {
        self.flags.has(EndpointFlags::IN_CLUSTER) || self.flags.has(EndpointFlags::IN_LOCAL)
    }
}

/// The endpoints of one service port, sorted by their text (`ip:port`), each address once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortEndpoints {
    pub endpoints: Vec<Endpoint>,
    /// How many Cluster policy uses; 0 where the service never uses it.
    pub cluster_count: u32,
    /// How many Local policy uses; 0 where the service never uses it.
    pub local_count: u32,
    /// Whether there is a usable endpoint anywhere, on this node or not.
    pub has_any: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Topology {
    Everywhere,
    SameNode,
    SameZone,
}

struct Candidate {
    text: [u8; TEXT_BYTES],
    text_length: u8,
    /// Position of the zone hints: slice, endpoint.
    origin: (u32, u32),
    endpoint: Endpoint,
}

/// `[` 39 `]:` 5
const TEXT_BYTES: usize = 47;

impl Candidate {
    fn text(&self) -> &[u8] {
        &self.text[..usize::from(self.text_length)]
    }
}

/// Merges a service's slices for one port and marks what each policy reaches. `zone` is the number
/// of this node's zone, if it has one that any hint names.
pub fn resolve<'a>(
    service: &Service,
    port: &ServicePort,
    slices: impl Iterator<Item = &'a EndpointSlice>,
    zone: Option<u32>,
    scratch: &mut Vec<u8>,
) -> PortEndpoints {
    let slices: Vec<&EndpointSlice> = slices.collect();
    let mut candidates = collect(port, &slices, scratch);
    candidates.sort_by(|left, right| left.text().cmp(right.text()));
    candidates.dedup_by(|later, kept| {
        let same = later.text() == kept.text();
        // Of two slices with one address the one that says it is on this node is right.
        if same
            && later.endpoint.flags.has(EndpointFlags::LOCAL)
            && !kept.endpoint.flags.has(EndpointFlags::LOCAL)
        {
            kept.endpoint = later.endpoint;
            kept.origin = later.origin;
        }
        same
    });
    categorize(service, port, &slices, zone, candidates)
}

fn collect(port: &ServicePort, slices: &[&EndpointSlice], scratch: &mut Vec<u8>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (slice_index, slice) in slices.iter().enumerate() {
        for slice_port in &slice.ports {
            if slice_port.name != port.name || slice_port.protocol != port.protocol {
                continue;
            }
            candidates.reserve(slice.endpoints.len());
            for (index, endpoint) in slice.endpoints.iter().enumerate() {
                scratch.clear();
                write_ip_port(scratch, &endpoint.ip, slice_port.port);
                let mut text = [0; TEXT_BYTES];
                text[..scratch.len()].copy_from_slice(scratch);
                candidates.push(Candidate {
                    text,
                    text_length: scratch.len() as u8,
                    origin: (slice_index as u32, index as u32),
                    endpoint: Endpoint {
                        ip: endpoint.ip,
                        port: slice_port.port,
                        flags: endpoint.flags,
                    },
                });
            }
        }
    }
    candidates
}

fn zone_hints<'a>(slices: &[&'a EndpointSlice], origin: (u32, u32)) -> &'a [u32] {
    &slices[origin.0 as usize].endpoints[origin.1 as usize].zone_hints
}

fn topology(candidates: &[Candidate], slices: &[&EndpointSlice], zone: Option<u32>) -> Topology {
    let (mut all_node, mut here) = (true, false);
    let (mut all_zone, mut in_zone) = (true, false);
    for candidate in candidates {
        let flags = candidate.endpoint.flags;
        if !flags.has(EndpointFlags::READY) {
            continue;
        }
        all_node &= flags.has(EndpointFlags::NODE_HINTED);
        here |= flags.has(EndpointFlags::HINTED_HERE);
        let hints = zone_hints(slices, candidate.origin);
        all_zone &= !hints.is_empty();
        in_zone |= zone.is_some_and(|zone| hints.contains(&zone));
    }
    if all_node && here {
        Topology::SameNode
    } else if all_zone && in_zone {
        Topology::SameZone
    } else {
        Topology::Everywhere
    }
}

fn categorize(
    service: &Service,
    port: &ServicePort,
    slices: &[&EndpointSlice],
    zone: Option<u32>,
    mut candidates: Vec<Candidate>,
) -> PortEndpoints {
    let mut result = PortEndpoints::default();
    let draining = |flags: EndpointFlags| {
        flags.has(EndpointFlags::SERVING) && flags.has(EndpointFlags::TERMINATING)
    };
    if service.uses_cluster_endpoints(port) {
        let topology = topology(&candidates, slices, zone);
        for candidate in &mut candidates {
            let flags = &mut candidate.endpoint.flags;
            let available = match topology {
                Topology::Everywhere => true,
                Topology::SameNode => flags.has(EndpointFlags::HINTED_HERE),
                Topology::SameZone => {
                    zone.is_some_and(|zone| zone_hints(slices, candidate.origin).contains(&zone))
                }
            };
            if flags.has(EndpointFlags::READY) && available {
                flags.set(EndpointFlags::IN_CLUSTER, true);
                result.cluster_count += 1;
            }
        }
        if result.cluster_count == 0 {
            for candidate in &mut candidates {
                if draining(candidate.endpoint.flags) {
                    candidate
                        .endpoint
                        .flags
                        .set(EndpointFlags::IN_CLUSTER, true);
                    result.cluster_count += 1;
                }
            }
        }
        result.has_any = result.cluster_count > 0;
    }
    if service.uses_local_endpoints(port) {
        let mut local_ready = false;
        for candidate in &candidates {
            let flags = candidate.endpoint.flags;
            result.has_any |= flags.has(EndpointFlags::READY) || draining(flags);
            local_ready |= flags.has(EndpointFlags::LOCAL) && flags.has(EndpointFlags::READY);
        }
        for candidate in &mut candidates {
            let flags = &mut candidate.endpoint.flags;
            let usable = if local_ready {
                flags.has(EndpointFlags::READY)
            } else {
                draining(*flags)
            };
            if flags.has(EndpointFlags::LOCAL) && usable {
                flags.set(EndpointFlags::IN_LOCAL, true);
                result.local_count += 1;
            }
        }
    }
    result.endpoints = candidates
        .into_iter()
        .map(|candidate| candidate.endpoint)
        .collect();
    result
}
