//! The rules of one service port: those in chains shared by all services, and its own chains.

use super::config::Config;
use super::names::{
    ChainKind, EXTERNAL_SERVICES, Hash, MARK_MASQUERADE, NODE_PORTS, PROXY_FIREWALL, SERVICES,
    write_chain,
};
use super::order::CHAINS;
use crate::address::{write_ip, write_ip_port, write_number};
use crate::endpoints::{Endpoint, PortEndpoints};
use crate::model::{EndpointFlags, Service, ServicePort};
use std::net::IpAddr;

/// The chains in which every service may have rules, by table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum SharedChain {
    NatServices,
    NatNodePorts,
    FilterServices,
    FilterExternalServices,
    FilterNodePorts,
    FilterProxyFirewall,
}

pub const SHARED_CHAINS: [SharedChain; CHAINS] = [
    SharedChain::NatServices,
    SharedChain::NatNodePorts,
    SharedChain::FilterServices,
    SharedChain::FilterExternalServices,
    SharedChain::FilterNodePorts,
    SharedChain::FilterProxyFirewall,
];

impl SharedChain {
    pub fn name(self) -> &'static str {
        match self {
            SharedChain::NatServices | SharedChain::FilterServices => SERVICES,
            SharedChain::NatNodePorts | SharedChain::FilterNodePorts => NODE_PORTS,
            SharedChain::FilterExternalServices => EXTERNAL_SERVICES,
            SharedChain::FilterProxyFirewall => PROXY_FIREWALL,
        }
    }

    pub fn in_nat(self) -> bool {
        matches!(self, SharedChain::NatServices | SharedChain::NatNodePorts)
    }
}

/// Lines by shared chain, each without `-A CHAIN ` and with its line end.
pub type SharedRules = [Vec<u8>; CHAINS];

/// What the rules around every service depend on.
pub struct Surroundings<'a> {
    pub config: &'a Config,
    pub node_ip: Option<IpAddr>,
    /// No comments in rules of endpoints.
    pub large: bool,
}

pub struct PortRules<'a> {
    pub around: &'a Surroundings<'a>,
    pub service: &'a Service,
    pub port: &'a ServicePort,
    pub endpoints: &'a PortEndpoints,
    pub hash: &'a Hash,
    /// As many as endpoints.
    pub endpoint_hashes: &'a [Hash],
}

macro_rules! put {
    ($out:expr, $($part:expr),+ $(,)?) => {{
        $( $out.extend_from_slice($part.as_bytes()); )+
    }};
}

impl PortRules<'_> {
    fn has_internal(&self) -> bool {
        self.endpoints.has_any
            && (!self.service.internal_policy_local || self.endpoints.local_count > 0)
    }

    fn has_external(&self) -> bool {
        self.endpoints.has_any
            && (!self.service.external_policy_local || self.endpoints.local_count > 0)
    }

    /// There are endpoints, but the internal policy lets this node use none of them.
    pub fn lacks_local_internal(&self) -> bool {
        self.endpoints.has_any && !self.has_internal()
    }

    pub fn lacks_local_external(&self) -> bool {
        self.endpoints.has_any && !self.has_external()
    }

    fn internal_kind(&self) -> ChainKind {
        if self.service.internal_policy_local {
            ChainKind::Local
        } else {
            ChainKind::Service
        }
    }

    fn uses_firewall(&self) -> bool {
        self.endpoints.has_any
            && !self.service.load_balancer_ips.is_empty()
            && !self.service.load_balancer_source_ranges.is_empty()
    }

    /// Whether the port has a chain of this kind of its own (endpoints' chains not among them).
    pub fn has_chain(&self, kind: ChainKind) -> bool {
        match kind {
            ChainKind::Service => self.endpoints.cluster_count > 0,
            ChainKind::Local => self.endpoints.local_count > 0,
            ChainKind::External => {
                self.endpoints.has_any && self.service.externally_accessible(self.port)
            }
            ChainKind::Firewall => self.uses_firewall(),
            ChainKind::Endpoint => false,
        }
    }

    /// How many rules the port's own chains and its endpoints' have.
    pub fn own_rule_count(&self) -> usize {
        let config = self.around.config;
        let (cluster, local) = (
            self.endpoints.cluster_count as usize,
            self.endpoints.local_count as usize,
        );
        let members = cluster + local;
        let mut count = if self.service.affinity_seconds.is_some() {
            2 * members
        } else {
            members
        };
        count += 2 * self
            .endpoints
            .endpoints
            .iter()
            .filter(|one| one.reachable())
            .count();
        let masquerades = config.masquerade_all || config.local_detector.is_implemented();
        count += usize::from(masquerades && self.has_internal());
        if self.has_chain(ChainKind::External) {
            count += match (self.service.external_policy_local, &config.local_detector) {
                (false, _) => 1,
                (true, detector) => 2 + usize::from(detector.is_implemented()),
            };
            count += usize::from(self.has_external());
        }
        if self.uses_firewall() {
            let ranges = &self.service.load_balancer_source_ranges;
            count += ranges.len() + 1;
            let node_ip = self.around.node_ip;
            if ranges
                .iter()
                .any(|range| node_ip.is_some_and(|ip| range.contains(&ip)))
            {
                count += self.service.load_balancer_ips.len();
            }
        }
        count
    }

    fn put_comment(&self, out: &mut Vec<u8>, text: &str) {
        put!(
            out,
            "-m comment --comment \"",
            self.port.full_name,
            text,
            "\""
        );
    }

    fn put_protocol(&self, out: &mut Vec<u8>) {
        let protocol = self.port.protocol.lower();
        put!(out, " -m ", protocol, " -p ", protocol);
    }

    fn put_destination(&self, out: &mut Vec<u8>, ip: &IpAddr) {
        self.put_protocol(out);
        put!(out, " -d ");
        write_ip(out, ip);
        put!(out, " --dport ");
        write_number(out, u64::from(self.port.port));
    }

    fn put_jump(&self, out: &mut Vec<u8>, kind: ChainKind) {
        put!(out, " -j ");
        write_chain(out, kind, self.hash);
        out.push(b'\n');
    }

    /// Target and the end of the comment for what no endpoint of this node may answer.
    fn refusal(&self) -> (&'static str, &'static str) {
        if self.endpoints.has_any {
            (" -j DROP\n", " has no local endpoints")
        } else {
            (" -j REJECT\n", " has no endpoints")
        }
    }

    /// Adds this port's rules to each shared chain.
    pub fn write_shared(&self, out: &mut SharedRules) {
        self.write_shared_cluster_ip(out);
        self.write_shared_external(out);
        self.write_shared_node_port(out);
        if self.service.health_check_node_port != 0 {
            let out = &mut out[SharedChain::FilterNodePorts as usize];
            self.put_comment(out, " health check node port");
            put!(out, " -m tcp -p tcp --dport ");
            write_number(out, u64::from(self.service.health_check_node_port));
            put!(out, " -j ACCEPT\n");
        }
    }

    fn write_shared_cluster_ip(&self, out: &mut SharedRules) {
        let ip = &self.service.cluster_ip;
        if self.has_internal() {
            let out = &mut out[SharedChain::NatServices as usize];
            self.put_comment(out, " cluster IP");
            self.put_destination(out, ip);
            self.put_jump(out, self.internal_kind());
        } else {
            let (target, reason) = self.refusal();
            let out = &mut out[SharedChain::FilterServices as usize];
            self.put_comment(out, reason);
            self.put_destination(out, ip);
            put!(out, target);
        }
    }

    fn write_shared_external(&self, out: &mut SharedRules) {
        let (target, reason) = self.refusal();
        let refused = !self.has_external();
        let balancer_kind = if self.uses_firewall() {
            ChainKind::Firewall
        } else {
            ChainKind::External
        };
        let external = self
            .service
            .external_ips
            .iter()
            .map(|ip| (ip, " external IP", ChainKind::External));
        let balanced = self
            .service
            .load_balancer_ips
            .iter()
            .map(|ip| (ip, " loadbalancer IP", balancer_kind));
        for (ip, comment, kind) in external.chain(balanced) {
            if self.endpoints.has_any {
                let out = &mut out[SharedChain::NatServices as usize];
                self.put_comment(out, comment);
                self.put_destination(out, ip);
                self.put_jump(out, kind);
            }
            if kind == ChainKind::Firewall {
                let out = &mut out[SharedChain::FilterProxyFirewall as usize];
                put!(
                    out,
                    "-m comment --comment \"",
                    self.port.full_name,
                    " traffic not accepted by "
                );
                write_chain(out, ChainKind::Firewall, self.hash);
                put!(out, "\"");
                self.put_destination(out, ip);
                put!(out, " -j DROP\n");
            }
            if refused {
                let out = &mut out[SharedChain::FilterExternalServices as usize];
                self.put_comment(out, reason);
                self.put_destination(out, ip);
                put!(out, target);
            }
        }
    }

    fn write_shared_node_port(&self, out: &mut SharedRules) {
        if self.port.node_port == 0 {
            return;
        }
        if self.endpoints.has_any {
            let out = &mut out[SharedChain::NatNodePorts as usize];
            put!(out, "-m comment --comment ", self.port.full_name);
            self.put_protocol(out);
            put!(out, " --dport ");
            write_number(out, u64::from(self.port.node_port));
            self.put_jump(out, ChainKind::External);
        }
        if !self.has_external() {
            let (target, reason) = self.refusal();
            let out = &mut out[SharedChain::FilterExternalServices as usize];
            self.put_comment(out, reason);
            put!(out, " -m addrtype --dst-type LOCAL");
            self.put_protocol(out);
            put!(out, " --dport ");
            write_number(out, u64::from(self.port.node_port));
            put!(out, target);
        }
    }

    /// The rules of one of the port's chains, as `-A` lines.
    pub fn write_chain_rules(&self, kind: ChainKind, out: &mut Vec<u8>) {
        match kind {
            ChainKind::Service => self.write_balancing(kind, EndpointFlags::IN_CLUSTER, out),
            ChainKind::Local => self.write_balancing(kind, EndpointFlags::IN_LOCAL, out),
            ChainKind::External => self.write_external_chain(out),
            ChainKind::Firewall => self.write_firewall_chain(out),
            ChainKind::Endpoint => {}
        }
    }

    fn put_append(&self, out: &mut Vec<u8>, kind: ChainKind) {
        put!(out, "-A ");
        write_chain(out, kind, self.hash);
    }

    /// Starts an `-A` line with a comment of the form `before full-name after`.
    fn put_noted(&self, out: &mut Vec<u8>, kind: ChainKind, before: &str, after: &str) {
        self.put_append(out, kind);
        put!(
            out,
            " -m comment --comment \"",
            before,
            self.port.full_name,
            after,
            "\""
        );
    }

    fn write_balancing(&self, kind: ChainKind, member: EndpointFlags, out: &mut Vec<u8>) {
        let config = self.around.config;
        let masquerades = config.masquerade_all || config.local_detector.is_implemented();
        if kind == self.internal_kind() && self.has_internal() && masquerades {
            self.put_noted(out, kind, "", " cluster IP");
            self.put_destination(out, &self.service.cluster_ip);
            if !config.masquerade_all {
                config.local_detector.write(out, false);
            }
            put!(out, " -j ", MARK_MASQUERADE, "\n");
        }
        let members = || {
            let all = self.endpoints.endpoints.iter().zip(self.endpoint_hashes);
            all.filter(move |(endpoint, _)| endpoint.flags.has(member))
        };
        if let Some(seconds) = self.service.affinity_seconds {
            for (endpoint, hash) in members() {
                self.put_endpoint_rule(out, kind, endpoint);
                put!(out, " -m recent --name ");
                write_chain(out, ChainKind::Endpoint, hash);
                put!(out, " --rcheck --seconds ");
                write_number(out, u64::from(seconds));
                put!(out, " --reap -j ");
                write_chain(out, ChainKind::Endpoint, hash);
                out.push(b'\n');
            }
        }
        let mut left = match kind {
            ChainKind::Local => self.endpoints.local_count,
            _ => self.endpoints.cluster_count,
        };
        for (endpoint, hash) in members() {
            self.put_endpoint_rule(out, kind, endpoint);
            if left > 1 {
                put!(out, " -m statistic --mode random --probability ");
                write_probability(out, left);
            }
            left = left.saturating_sub(1);
            put!(out, " -j ");
            write_chain(out, ChainKind::Endpoint, hash);
            out.push(b'\n');
        }
    }

    fn put_endpoint_rule(&self, out: &mut Vec<u8>, kind: ChainKind, endpoint: &Endpoint) {
        self.put_append(out, kind);
        if !self.around.large {
            put!(out, " -m comment --comment \"", self.port.full_name, " -> ");
            write_ip_port(out, &endpoint.ip, endpoint.port);
            out.push(b'"');
        }
    }

    fn write_external_chain(&self, out: &mut Vec<u8>) {
        let kind = ChainKind::External;
        const DESTINATIONS: &str = " external destinations";
        if self.service.external_policy_local {
            let detector = &self.around.config.local_detector;
            if detector.is_implemented() {
                self.put_noted(out, kind, "pod traffic for ", DESTINATIONS);
                detector.write(out, true);
                self.put_jump(out, ChainKind::Service);
            }
            self.put_noted(out, kind, "masquerade LOCAL traffic for ", DESTINATIONS);
            put!(
                out,
                " -m addrtype --src-type LOCAL -j ",
                MARK_MASQUERADE,
                "\n"
            );
            self.put_noted(out, kind, "route LOCAL traffic for ", DESTINATIONS);
            put!(out, " -m addrtype --src-type LOCAL");
            self.put_jump(out, ChainKind::Service);
        } else {
            self.put_noted(out, kind, "masquerade traffic for ", DESTINATIONS);
            put!(out, " -j ", MARK_MASQUERADE, "\n");
        }
        if self.has_external() {
            self.put_append(out, kind);
            let local = self.service.external_policy_local;
            self.put_jump(
                out,
                if local {
                    ChainKind::Local
                } else {
                    ChainKind::Service
                },
            );
        }
    }

    fn write_firewall_chain(&self, out: &mut Vec<u8>) {
        let kind = ChainKind::Firewall;
        let mut node_allowed = false;
        for range in &self.service.load_balancer_source_ranges {
            self.put_noted(out, kind, "", " loadbalancer IP");
            put!(out, " -s ");
            range.write(out);
            self.put_jump(out, ChainKind::External);
            node_allowed |= self.around.node_ip.is_some_and(|ip| range.contains(&ip));
        }
        if node_allowed {
            // The balancer's address may be one of the node's own: then it is also the source.
            for ip in &self.service.load_balancer_ips {
                self.put_noted(out, kind, "", " loadbalancer IP");
                put!(out, " -s ");
                write_ip(out, ip);
                self.put_jump(out, ChainKind::External);
            }
        }
        let end = " will be dropped by KUBE-PROXY-FIREWALL";
        self.put_noted(out, kind, "other traffic to ", end);
        out.push(b'\n');
    }

    /// The rules of an endpoint's chain.
    pub fn write_endpoint(&self, endpoint: &Endpoint, hash: &Hash, rules: &mut Vec<u8>) {
        self.put_endpoint_append(rules, hash);
        put!(rules, " -s ");
        write_ip(rules, &endpoint.ip);
        put!(rules, " -j ", MARK_MASQUERADE, "\n");
        self.put_endpoint_append(rules, hash);
        if self.service.affinity_seconds.is_some() {
            put!(rules, " -m recent --name ");
            write_chain(rules, ChainKind::Endpoint, hash);
            put!(rules, " --set");
        }
        self.put_protocol(rules);
        put!(rules, " -j DNAT --to-destination ");
        write_ip_port(rules, &endpoint.ip, endpoint.port);
        rules.push(b'\n');
    }

    fn put_endpoint_append(&self, out: &mut Vec<u8>, hash: &Hash) {
        put!(out, "-A ");
        write_chain(out, ChainKind::Endpoint, hash);
        if !self.around.large {
            put!(out, " -m comment --comment ", self.port.full_name);
        }
    }
}

/// `1/count` with ten decimals.
fn write_probability(out: &mut Vec<u8>, count: u32) {
    const SCALE: u64 = 10_000_000_000;
    // Rounded half to even, as printing the quotient does.
    let count = u64::from(count);
    let (quotient, rest) = (SCALE / count, SCALE % count);
    let up = 2 * rest > count || (2 * rest == count && quotient % 2 == 1);
    let scaled = quotient + u64::from(up);
    put!(out, if scaled >= SCALE { "1." } else { "0." });
    let digits = scaled % SCALE;
    let mut unit = SCALE / 10;
    while unit > 0 {
        out.push(b'0' + (digits / unit % 10) as u8);
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_the_printed_quotient() {
        for count in 1..5000u32 {
            let mut text = Vec::new();
            write_probability(&mut text, count);
            let printed = format!("{:.10}", 1.0 / f64::from(count));
            assert_eq!(String::from_utf8_lossy(&text), printed, "1/{count}");
        }
    }
}
