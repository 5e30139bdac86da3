//! What of kube-proxy's configuration the iptables rules depend on.

use crate::address::Cidr;
use std::net::IpAddr;

/// How traffic of this node's pods is told from other traffic (`--detect-local-mode`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalDetector {
    None,
    /// ClusterCIDR and NodeCIDR.
    Cidr(Cidr),
    BridgeInterface(String),
    InterfaceNamePrefix(String),
}

impl LocalDetector {
    pub fn is_implemented(&self) -> bool {
        *self != LocalDetector::None
    }

    /// Writes the match (with a space before it) for traffic that is, or is not, a local pod's.
    pub fn write(&self, out: &mut Vec<u8>, local: bool) {
        let not: &[u8] = if local { b"" } else { b" !" };
        match self {
            LocalDetector::None => {}
            LocalDetector::Cidr(cidr) => {
                out.extend_from_slice(not);
                out.extend_from_slice(b" -s ");
                cidr.write(out);
            }
            LocalDetector::BridgeInterface(name) => {
                out.extend_from_slice(not);
                out.extend_from_slice(b" -i ");
                out.extend_from_slice(name.as_bytes());
            }
            LocalDetector::InterfaceNamePrefix(prefix) => {
                out.extend_from_slice(not);
                out.extend_from_slice(b" -i ");
                out.extend_from_slice(prefix.as_bytes());
                out.push(b'+');
            }
        }
    }
}

/// Which of the node's addresses serve node ports (`--nodeport-addresses`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodePortAddresses {
    /// Every local address.
    All,
    /// Just these; the caller keeps them up to date.
    Only(Vec<IpAddr>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub masquerade_all: bool,
    /// The bit of the packet mark that asks for masquerading, 0 to 31.
    pub masquerade_bit: u8,
    pub local_detector: LocalDetector,
    /// Node ports answer on 127.0.0.1 (IPv4 only).
    pub localhost_node_ports: bool,
    pub node_port_addresses: NodePortAddresses,
    /// iptables knows `--random-fully` (1.6.2 and later).
    pub random_fully: bool,
    /// nf_conntrack_tcp_be_liberal is set, so INVALID packets need no dropping.
    pub conntrack_tcp_be_liberal: bool,
    /// With more endpoints than this, rules of endpoints carry no comments.
    pub large_cluster_endpoints: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            masquerade_all: false,
            masquerade_bit: 14,
            local_detector: LocalDetector::None,
            localhost_node_ports: false,
            node_port_addresses: NodePortAddresses::All,
            random_fully: true,
            conntrack_tcp_be_liberal: false,
            large_cluster_endpoints: 1000,
        }
    }
}
