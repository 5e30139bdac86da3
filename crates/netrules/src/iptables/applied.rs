//! What the kernel has (or will have, once the running sync is applied) of one service.

use super::names::{ChainId, ChainKind, Hash, endpoint_hash, port_hash};
use super::order::Weights;
use super::rules::{PortRules, SharedRules, Surroundings};
use crate::endpoints::Endpoint;
use crate::state::Resolved;

#[derive(Debug)]
pub struct Applied {
    pub resolved: Resolved,
    /// By port.
    hashes: Vec<PortHashes>,
    pub counts: RuleCounts,
}

#[derive(Debug)]
struct PortHashes {
    port: Hash,
    /// By endpoint; zeros for endpoints that nothing leads to.
    endpoints: Vec<Hash>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct RuleCounts {
    /// Rules in chains of the services' and endpoints' own.
    pub own: usize,
    pub lacks_local_internal: usize,
    pub lacks_local_external: usize,
}

impl RuleCounts {
    pub fn add(&mut self, other: &RuleCounts) {
        self.own += other.own;
        self.lacks_local_internal += other.lacks_local_internal;
        self.lacks_local_external += other.lacks_local_external;
    }

    pub fn subtract(&mut self, other: &RuleCounts) {
        self.own -= other.own;
        self.lacks_local_internal -= other.lacks_local_internal;
        self.lacks_local_external -= other.lacks_local_external;
    }
}

/// The kinds of chains that a port itself may have.
pub const PORT_KINDS: [ChainKind; 4] = [
    ChainKind::External,
    ChainKind::Firewall,
    ChainKind::Service,
    ChainKind::Local,
];

impl Applied {
    pub fn new(around: &Surroundings<'_>, resolved: Resolved, scratch: &mut Vec<u8>) -> Applied {
        let ports = resolved.service.ports.iter().zip(&resolved.ports);
        let hashes = ports
            .map(|(port, endpoints)| {
                let mut hash_of = |endpoint: &Endpoint| match endpoint.reachable() {
                    true => endpoint_hash(port, endpoint, scratch),
                    false => Hash::default(),
                };
                PortHashes {
                    port: port_hash(port),
                    endpoints: endpoints.endpoints.iter().map(&mut hash_of).collect(),
                }
            })
            .collect();
        let mut applied = Applied {
            resolved,
            hashes,
            counts: RuleCounts::default(),
        };
        let mut counts = RuleCounts::default();
        for port in applied.ports(around) {
            counts.add(&RuleCounts {
                own: port.own_rule_count(),
                lacks_local_internal: usize::from(port.lacks_local_internal()),
                lacks_local_external: usize::from(port.lacks_local_external()),
            });
        }
        applied.counts = counts;
        applied
    }

    pub fn ports<'a>(
        &'a self,
        around: &'a Surroundings<'a>,
    ) -> impl Iterator<Item = PortRules<'a>> {
        let service = &self.resolved.service;
        let endpoints = service.ports.iter().zip(&self.resolved.ports);
        endpoints
            .zip(&self.hashes)
            .map(move |((port, endpoints), hashes)| PortRules {
                around,
                service,
                port,
                endpoints,
                hash: &hashes.port,
                endpoint_hashes: &hashes.endpoints,
            })
    }

    /// Adds the service's rules to each shared chain.
    pub fn write_shared(&self, around: &Surroundings<'_>, out: &mut SharedRules) {
        self.ports(around).for_each(|port| port.write_shared(out));
    }

    /// Adds the rules of the service's and its endpoints' own chains.
    pub fn write_own(&self, around: &Surroundings<'_>, out: &mut Vec<u8>) {
        for port in self.ports(around) {
            for kind in PORT_KINDS.into_iter().filter(|kind| port.has_chain(*kind)) {
                port.write_chain_rules(kind, out);
            }
            for (endpoint, hash) in reachable(&port) {
                port.write_endpoint(endpoint, hash, out);
            }
        }
    }

    pub fn visit_chains(&self, around: &Surroundings<'_>, mut visit: impl FnMut(ChainId)) {
        for port in self.ports(around) {
            for kind in PORT_KINDS.into_iter().filter(|kind| port.has_chain(*kind)) {
                visit(ChainId {
                    kind,
                    hash: *port.hash,
                });
            }
            for (_, hash) in reachable(&port) {
                visit(ChainId {
                    kind: ChainKind::Endpoint,
                    hash: *hash,
                });
            }
        }
    }
}

/// Endpoints that have chains, with the hashes in their names.
pub fn reachable<'a>(rules: &PortRules<'a>) -> impl Iterator<Item = (&'a Endpoint, &'a Hash)> {
    let all = rules.endpoints.endpoints.iter().zip(rules.endpoint_hashes);
    all.filter(|(endpoint, _)| endpoint.reachable())
}

pub fn count_lines(text: &[u8]) -> u32 {
    text.iter().filter(|byte| **byte == b'\n').count() as u32
}

/// How many rules there are for each shared chain.
pub fn weights_of(shared: &SharedRules) -> Weights {
    let mut weights = Weights::default();
    for (weight, text) in weights.iter_mut().zip(shared) {
        *weight = count_lines(text);
    }
    weights
}
