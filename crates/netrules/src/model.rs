//! Services and endpoints as every proxy mode needs them.

use crate::address::{Cidr, Family};
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    Sctp,
    Tcp,
    Udp,
}

impl Protocol {
    /// Reads the API's spelling; an empty one is TCP, the API's default.
    pub fn parse(text: &str) -> Option<Protocol> {
        match text {
            "TCP" | "" => Some(Protocol::Tcp),
            "UDP" => Some(Protocol::Udp),
            "SCTP" => Some(Protocol::Sctp),
            _ => None,
        }
    }

    /// In lower case, as rules and chain hashes spell it.
    pub fn lower(self) -> &'static str {
        match self {
            Protocol::Sctp => "sctp",
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

/// One port of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// `namespace/name:port`, or `namespace/name` where the port has no name.
    pub full_name: Arc<str>,
    /// The name that endpoint slices refer to; may be empty.
    pub name: Arc<str>,
    pub protocol: Protocol,
    pub port: u16,
    /// 0 is none.
    pub node_port: u16,
}

/// One service in one address family. Ports are sorted by name, then protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub cluster_ip: IpAddr,
    pub ports: Vec<ServicePort>,
    pub external_ips: Vec<IpAddr>,
    /// Ingress addresses that packets arrive with; those of load balancers that rewrite the
    /// destination (`ipMode: Proxy`) are left out.
    pub load_balancer_ips: Vec<IpAddr>,
    pub load_balancer_source_ranges: Vec<Cidr>,
    /// None without session affinity.
    pub affinity_seconds: Option<u32>,
    pub internal_policy_local: bool,
    /// Only true for a service that can be reached from outside.
    pub external_policy_local: bool,
    /// 0 is none.
    pub health_check_node_port: u16,
}

impl Service {
    /// Whether anything but the cluster IP leads to this port.
    pub fn externally_accessible(&self, port: &ServicePort) -> bool {
        port.node_port != 0 || !self.load_balancer_ips.is_empty() || !self.external_ips.is_empty()
    }

    /// Endpoints anywhere are in use for Cluster policy, and for traffic of this node's own pods
    /// to an external address even when the external policy is Local.
    pub fn uses_cluster_endpoints(&self, port: &ServicePort) -> bool {
        !self.internal_policy_local || self.externally_accessible(port)
    }

    pub fn uses_local_endpoints(&self, port: &ServicePort) -> bool {
        self.internal_policy_local
            || (self.external_policy_local && self.externally_accessible(port))
    }
}

/// A small set of flags; which bits mean what stands at each constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointFlags(u8);

impl EndpointFlags {
    pub const READY: EndpointFlags = EndpointFlags(1);
    pub const SERVING: EndpointFlags = EndpointFlags(2);
    pub const TERMINATING: EndpointFlags = EndpointFlags(4);
    /// The endpoint is on this node.
    pub const LOCAL: EndpointFlags = EndpointFlags(8);
    /// It has hints for nodes.
    pub const NODE_HINTED: EndpointFlags = EndpointFlags(16);
    /// One of them is this node.
    pub const HINTED_HERE: EndpointFlags = EndpointFlags(32);
    /// Cluster policy reaches it (computed).
    pub const IN_CLUSTER: EndpointFlags = EndpointFlags(64);
    /// Local policy reaches it (computed).
    pub const IN_LOCAL: EndpointFlags = EndpointFlags(128);

    pub fn has(self, flag: EndpointFlags) -> bool {
        self.0 & flag.0 != 0
    }

    pub fn set(&mut self, flag: EndpointFlags, on: bool) {
        if on {
            self.0 |= flag.0;
        } else {
            self.0 &= !flag.0;
        }
    }
}

/// One address of an endpoint slice. Zone hints are the state's numbers for zone names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceEndpoint {
    pub ip: IpAddr,
    pub flags: EndpointFlags,
    pub zone_hints: Box<[u32]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlicePort {
    pub name: Arc<str>,
    pub protocol: Protocol,
    pub port: u16,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointSlice {
    pub ports: Vec<SlicePort>,
    pub endpoints: Vec<SliceEndpoint>,
}

/// What the rules need to know of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    /// The node's primary address of the family, if known.
    pub ip: Option<IpAddr>,
    /// The label `topology.kubernetes.io/zone`; empty without.
    pub zone: String,
    pub family: Family,
}
