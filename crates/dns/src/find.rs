//! What a name of the zone stands for.

use crate::model::{Addresses, Port, Service, Slice, loose_ip};
use crate::name::Name;
use crate::zone::{Entry, Zone};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a question for an endpoint's name, or for a port and a protocol, leaves; empty means any.
#[derive(Clone, Copy, Default)]
pub(crate) struct Selection<'n> {
    pub(crate) endpoint: &'n [u8],
    pub(crate) port: &'n [u8],
    pub(crate) protocol: &'n [u8],
}

impl Selection<'_> {
    fn is_whole(&self) -> bool {
        self.endpoint.is_empty() && self.port.is_empty() && self.protocol.is_empty()
    }

    pub(crate) fn takes(&self, port: &Port) -> bool {
        port.matches(self.port, self.protocol)
    }

    /// Indexes of a slice's endpoints that have the wanted label; all where none is wanted.
    pub(crate) fn endpoints(&self, slice: &Slice) -> Vec<u32> {
        if self.endpoint.is_empty() {
            return (0..slice.addresses.len() as u32).collect();
        }
        let mut found = Vec::new();
        slice.find(self.endpoint, &mut found);
        found
    }
}

pub(crate) enum Found<'z, 'n> {
    NameError,
    /// The name exists and has no records.
    Nothing,
    /// The zone's name server, `ns.dns`.
    NameServer,
    Pod(IpAddr),
    Cluster {
        ips: &'z [IpAddr],
        ports: &'z [Port],
        selection: Selection<'n>,
    },
    Endpoints {
        entry: &'z Entry,
        selection: Selection<'n>,
    },
    /// In wire form.
    External(&'z [u8]),
}

/// A label of a port or protocol: one underscore before it is not part of it.
fn bare(label: &[u8]) -> &[u8] {
    label.strip_prefix(b"_").unwrap_or(label)
}

impl Zone {
    /// What a name is that has some labels before the zone's domain.
    pub(crate) fn find<'z, 'n>(&'z self, name: &'n Name, before: usize) -> Found<'z, 'n> {
        let is_name_server = before == 2 && name.label(0) == b"ns" && name.label(1) == b"dns";
        if is_name_server {
            return Found::NameServer;
        }
        let Some(last) = before.checked_sub(1) else {
            return Found::Nothing;
        };
        let is_pod = name.label(last) == b"pod";
        if (!is_pod && name.label(last) != b"svc") || before > 5 {
            return Found::NameError;
        }
        if before == 1 {
            return Found::Nothing;
        }
        if !self.has_namespace(name.range(last - 1, last)) {
            return Found::NameError;
        }
        if before == 2 {
            return Found::Nothing;
        }
        if is_pod {
            return loose_ip(name.label(last - 2)).map_or(Found::NameError, Found::Pod);
        }
        let Some(entry) = self.entry(name.range(last - 2, last)) else {
            return Found::NameError;
        };
        let selection = match before {
            4 => Selection {
                endpoint: name.label(0),
                ..Selection::default()
            },
            5 => Selection {
                port: bare(name.label(0)),
                protocol: bare(name.label(1)),
                ..Selection::default()
            },
            _ => Selection::default(),
        };
        match &entry.service {
            None => Found::NameError,
            Some(Service::External { name }) => match name {
                Some(name) if before == 3 => Found::External(name),
                _ => Found::NameError,
            },
            Some(Service::Cluster { ips, ports }) if selection.endpoint.is_empty() => {
                Found::Cluster {
                    ips,
                    ports,
                    selection,
                }
            }
            Some(_) => Found::Endpoints { entry, selection },
        }
    }

    /// Whether anything has the name, of whatever type; `Nothing` has it without any record.
    pub(crate) fn exists(&self, found: &Found<'_, '_>) -> bool {
        match found {
            Found::NameError => false,
            Found::Nothing | Found::NameServer | Found::Pod(_) | Found::External(_) => true,
            Found::Cluster {
                ports, selection, ..
            } => ports.iter().any(|port| selection.takes(port)),
            Found::Endpoints { entry, selection } if selection.is_whole() => {
                !(entry.v4.is_empty() && entry.v6.is_empty())
            }
            Found::Endpoints { entry, selection } => self.slices_of(entry).any(|slice| {
                slice.ports.iter().any(|port| selection.takes(port))
                    && if selection.endpoint.is_empty() {
                        !slice.addresses.is_empty()
                    } else {
                        !selection.endpoints(slice).is_empty()
                    }
            }),
        }
    }

    /// The IPv4 addresses of a name, each once.
    pub(crate) fn v4<'z>(&'z self, found: &Found<'z, '_>) -> Cow<'z, [Ipv4Addr]> {
        let read = |ip: &IpAddr| match ip.to_canonical() {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        };
        match found {
            Found::Endpoints { entry, selection } if selection.is_whole() => {
                Cow::Borrowed(&entry.v4)
            }
            _ => Cow::Owned(unique(
                self.addresses(found).iter().filter_map(read).collect(),
            )),
        }
    }

    /// The IPv6 addresses of a name, each once.
    pub(crate) fn v6<'z>(&'z self, found: &Found<'z, '_>) -> Cow<'z, [Ipv6Addr]> {
        let read = |ip: &IpAddr| match ip.to_canonical() {
            IpAddr::V4(_) => None,
            IpAddr::V6(ip) => Some(ip),
        };
        match found {
            Found::Endpoints { entry, selection } if selection.is_whole() => {
                Cow::Borrowed(&entry.v6)
            }
            _ => Cow::Owned(unique(
                self.addresses(found).iter().filter_map(read).collect(),
            )),
        }
    }

    /// Of both families, as often as they stand there.
    fn addresses(&self, found: &Found<'_, '_>) -> Vec<IpAddr> {
        match found {
            Found::NameError | Found::Nothing | Found::External(_) => Vec::new(),
            Found::NameServer => self.name_servers().into_iter().map(|(_, ip)| ip).collect(),
            Found::Pod(ip) => vec![*ip],
            Found::Cluster { ips, .. } => ips.to_vec(),
            Found::Endpoints { entry, selection } => {
                let mut all = Vec::new();
                for slice in self.slices_of(entry) {
                    if slice.ports.iter().any(|port| selection.takes(port)) {
                        let indexes = selection.endpoints(slice).into_iter();
                        all.extend(indexes.filter_map(|at| slice.addresses.get(at as usize)));
                    }
                }
                all
            }
        }
    }

    /// The zone's name servers: labels before `svc` and the domain, or none for `ns.dns`, and an
    /// address. They are the services that this server is an endpoint of, or else its addresses.
    pub(crate) fn name_servers(&self) -> Vec<(Option<Vec<u8>>, IpAddr)> {
        let mut servers = Vec::new();
        let mut is_endpoint = false;
        for own in &self.server_addresses {
            for (entry, slice) in self.slices_by_ip(*own) {
                is_endpoint = true;
                let key = &entry.key;
                match &entry.service {
                    Some(Service::Cluster { ips, .. }) => {
                        servers.extend(ips.iter().map(|ip| (Some(key.to_vec()), *ip)));
                    }
                    Some(Service::Headless) => servers.extend(endpoints_under(key, slice)),
                    _ => {}
                }
            }
        }
        if !is_endpoint {
            servers.extend(self.server_addresses.iter().map(|ip| (None, *ip)));
        }
        servers
    }
}

/// A slice's endpoints as labels before `svc`, with their addresses.
fn endpoints_under<'s>(
    key: &'s [u8],
    slice: &'s Slice,
) -> impl Iterator<Item = (Option<Vec<u8>>, IpAddr)> + 's {
    (0..slice.addresses.len()).filter_map(move |index| {
        let mut labels = vec![0];
        slice.label(index, &mut labels);
        labels[0] = (labels.len() - 1) as u8;
        labels.extend_from_slice(key);
        Some((Some(labels), slice.addresses.get(index)?))
    })
}

/// Each once; few stay in their order, since that takes no time.
fn unique<T: Ord + Copy>(mut all: Vec<T>) -> Vec<T> {
    match all.as_slice() {
        [] | [_] => {}
        [a, b] if a != b => {}
        _ => {
            all.sort_unstable();
            all.dedup();
        }
    }
    all
}

/// The address of a name below `in-addr.arpa` or `ip6.arpa`.
pub(crate) fn reverse_address(name: &Name) -> Option<IpAddr> {
    if let Some(4) = name.labels_before(b"\x07in-addr\x04arpa\0", 2) {
        let mut octets = [0u8; 4];
        for (octet, index) in octets.iter_mut().zip((0..4).rev()) {
            *octet = decimal(name.label(index))?;
        }
        return Some(IpAddr::from(octets));
    }
    if let Some(32) = name.labels_before(b"\x03ip6\x04arpa\0", 2) {
        let mut address = 0u128;
        for index in (0..32).rev() {
            let [digit] = name.label(index) else {
                return None;
            };
            address = address << 4 | u128::from((*digit as char).to_digit(16)?);
        }
        return Some(IpAddr::from(address.to_be_bytes()).to_canonical());
    }
    None
}

fn decimal(label: &[u8]) -> Option<u8> {
    if label.len() > 1 && label[0] == b'0' || !label.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(label).ok()?.parse().ok()
}

impl Addresses {
    /// Whether one of a slice's addresses, by index, is this one.
    pub(crate) fn is_at(&self, index: usize, ip: IpAddr) -> bool {
        self.get(index) == Some(ip)
    }
}
