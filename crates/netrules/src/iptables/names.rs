//! Names of chains, which must be upstream's so that either proxy can take over from the other.

use crate::address::write_ip_port;
use crate::endpoints::Endpoint;
use crate::model::ServicePort;
use sha2::{Digest, Sha256};

pub const SERVICES: &str = "KUBE-SERVICES";
pub const EXTERNAL_SERVICES: &str = "KUBE-EXTERNAL-SERVICES";
pub const NODE_PORTS: &str = "KUBE-NODEPORTS";
pub const POSTROUTING: &str = "KUBE-POSTROUTING";
pub const MARK_MASQUERADE: &str = "KUBE-MARK-MASQ";
pub const FORWARD: &str = "KUBE-FORWARD";
pub const PROXY_FIREWALL: &str = "KUBE-PROXY-FIREWALL";
pub const CANARY: &str = "KUBE-PROXY-CANARY";
/// The kubelet's; the proxy fills it too and never removes it.
pub const KUBELET_FIREWALL: &str = "KUBE-FIREWALL";

/// The kinds of chains that belong to one service port or endpoint, in the order of their prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainKind {
    External,
    Firewall,
    Endpoint,
    Service,
    Local,
}

impl ChainKind {
    pub fn prefix(self) -> &'static str {
        match self {
            ChainKind::Service => "KUBE-SVC-",
            ChainKind::Local => "KUBE-SVL-",
            ChainKind::External => "KUBE-EXT-",
            ChainKind::Firewall => "KUBE-FW-",
            ChainKind::Endpoint => "KUBE-SEP-",
        }
    }
}

/// In their order.
const KINDS: [ChainKind; 5] = [
    ChainKind::External,
    ChainKind::Firewall,
    ChainKind::Endpoint,
    ChainKind::Service,
    ChainKind::Local,
];

/// Whether a chain is one that the proxy makes for services and endpoints.
pub fn is_service_chain(name: &[u8]) -> bool {
    KINDS
        .iter()
        .any(|kind| name.starts_with(kind.prefix().as_bytes()))
}

/// The 16 characters that end the name of a chain.
pub type Hash = [u8; 16];

/// The first 80 bits of SHA-256 in base32.
fn encode(digest: &[u8]) -> Hash {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut hash = [0; 16];
    for (half, bytes) in digest[..10].chunks_exact(5).enumerate() {
        let bits = bytes
            .iter()
            .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        for index in 0..8 {
            hash[half * 8 + index] = ALPHABET[(bits >> (35 - 5 * index)) as usize & 31];
        }
    }
    hash
}

pub fn port_hash(port: &ServicePort) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(port.full_name.as_bytes());
    hasher.update(port.protocol.lower());
    encode(&hasher.finalize())
}

/// `scratch` is overwritten.
pub fn endpoint_hash(port: &ServicePort, endpoint: &Endpoint, scratch: &mut Vec<u8>) -> Hash {
    scratch.clear();
    scratch.extend_from_slice(port.full_name.as_bytes());
    scratch.extend_from_slice(port.protocol.lower().as_bytes());
    write_ip_port(scratch, &endpoint.ip, endpoint.port);
    encode(&Sha256::digest(scratch.as_slice()))
}

/// A chain of a service or endpoint. The order is that of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId {
    pub kind: ChainKind,
    pub hash: Hash,
}

impl ChainId {
    pub fn parse(name: &[u8]) -> Option<ChainId> {
        KINDS.into_iter().find_map(|kind| {
            let hash = name.strip_prefix(kind.prefix().as_bytes())?;
            Some(ChainId {
                kind,
                hash: hash.try_into().ok()?,
            })
        })
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        write_chain(out, self.kind, &self.hash);
    }
}

/// Sorts from the last name to the first. iptables of the nft kind keeps chains in sorted lists and
/// walks them for each one that comes: in this order each goes to the head, and twenty thousand
/// chains take a fifth of the time.
pub fn sort_for_declaration(chains: &mut Vec<ChainId>) {
    // Plain numbers sort several times as fast as structures.
    let mut by_kind: [Vec<u128>; KINDS.len()] = Default::default();
    for chain in chains.drain(..) {
        by_kind[chain.kind as usize].push(u128::from_be_bytes(chain.hash));
    }
    for kind in KINDS.into_iter().rev() {
        let hashes = &mut by_kind[kind as usize];
        hashes.sort_unstable();
        let hashes = hashes.iter().rev().map(|hash| hash.to_be_bytes());
        chains.extend(hashes.map(|hash| ChainId { kind, hash }));
    }
}

/// The lines that make the chains, or empty them where they are there.
pub fn write_declarations(out: &mut Vec<u8>, chains: &[ChainId]) {
    for chain in chains {
        write_chain_line(out, chain.kind, &chain.hash);
    }
}

pub fn write_chain(out: &mut Vec<u8>, kind: ChainKind, hash: &Hash) {
    out.extend_from_slice(kind.prefix().as_bytes());
    out.extend_from_slice(hash);
}

/// The line that makes a chain, or empties it when it is there.
fn write_chain_line(out: &mut Vec<u8>, kind: ChainKind, hash: &Hash) {
    out.push(b':');
    write_chain(out, kind, hash);
    out.extend_from_slice(b" - [0:0]\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EndpointFlags, Protocol};
    use std::sync::Arc;

    fn port(full_name: &str, protocol: Protocol) -> ServicePort {
        ServicePort {
            full_name: Arc::from(full_name),
            name: Arc::from(""),
            protocol,
            port: 80,
            node_port: 0,
        }
    }

    /// The names that any cluster shows for its API server's and DNS services.
    #[test]
    fn hashes_are_upstreams() {
        let hash = |name, protocol| {
            String::from_utf8_lossy(&port_hash(&port(name, protocol))).into_owned()
        };
        assert_eq!(
            hash("default/kubernetes:https", Protocol::Tcp),
            "NPX46M4PTMTKRN6Y"
        );
        assert_eq!(
            hash("kube-system/kube-dns:dns", Protocol::Udp),
            "TCOU7JCQXEZGVUNU"
        );
        assert_eq!(
            hash("kube-system/kube-dns:dns-tcp", Protocol::Tcp),
            "ERIFXISQEP7F7OF4"
        );
    }

    #[test]
    fn chains_are_declared_from_the_last_name_to_the_first() {
        let names = [
            "KUBE-SVL-AAAAAAAAAAAAAAAA",
            "KUBE-SVC-BBBBBBBBBBBBBBBB",
            "KUBE-SVC-2BBBBBBBBBBBBBBB",
            "KUBE-SEP-ZZZZZZZZZZZZZZZZ",
            "KUBE-FW-AAAAAAAAAAAAAAAA",
            "KUBE-EXT-AAAAAAAAAAAAAAAA",
        ];
        let mut chains: Vec<ChainId> = names
            .iter()
            .rev()
            .filter_map(|name| ChainId::parse(name.as_bytes()))
            .collect();
        sort_for_declaration(&mut chains);
        let mut text = Vec::new();
        write_declarations(&mut text, &chains);
        let expected: String = names
            .iter()
            .map(|name| format!(":{name} - [0:0]\n"))
            .collect();
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }

    #[test]
    fn endpoint_hashes_include_the_address() {
        let endpoint = Endpoint {
            ip: [10, 180, 0, 1].into(),
            port: 80,
            flags: EndpointFlags::default(),
        };
        let hash = endpoint_hash(
            &port("ns1/svc1:p80", Protocol::Tcp),
            &endpoint,
            &mut Vec::new(),
        );
        assert_eq!(&hash, b"SXIVWICOYRO3J4NJ");
    }
}
