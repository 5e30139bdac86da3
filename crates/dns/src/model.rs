//! What the zone keeps of Services and EndpointSlices.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A port that a name can be asked with; -1 is the port of what has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// In lower case, as are protocols; empty for the port of what has none.
    pub name: Box<str>,
    pub protocol: Protocol,
    pub port: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    None,
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    /// Of a protocol's name in any case.
    pub fn of(text: &str) -> Protocol {
        match text {
            text if text.eq_ignore_ascii_case("tcp") => Protocol::Tcp,
            text if text.eq_ignore_ascii_case("udp") => Protocol::Udp,
            text if text.eq_ignore_ascii_case("sctp") => Protocol::Sctp,
            _ => Protocol::None,
        }
    }

    pub fn name(self) -> &'static [u8] {
        match self {
            Protocol::None => b"",
            Protocol::Tcp => b"tcp",
            Protocol::Udp => b"udp",
            Protocol::Sctp => b"sctp",
        }
    }
}

impl Port {
    /// The port of a service or slice that has no ports: found by those who ask for none.
    pub fn none() -> Port {
        Port {
            name: "".into(),
            protocol: Protocol::None,
            port: -1,
        }
    }

    /// Whether a question for a port and a protocol, each of which may be empty, means this one.
    pub fn matches(&self, port: &[u8], protocol: &[u8]) -> bool {
        (port.is_empty() || port == self.name.as_bytes())
            && (protocol.is_empty() || protocol == self.protocol.name())
    }
}

/// A service by what its name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// Addresses of its own.
    Cluster {
        ips: Box<[IpAddr]>,
        ports: Box<[Port]>,
    },
    /// The addresses of its endpoints.
    Headless,
    /// Another name, in wire form; absent where that is no name, but an address say.
    External { name: Option<Box<[u8]>> },
}

/// The ready endpoints of one EndpointSlice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    pub addresses: Addresses,
    /// Hostnames, in the order of the addresses; empty where no endpoint has one set.
    pub hostnames: Hostnames,
    /// Never empty.
    pub ports: Box<[Port]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addresses {
    V4(Box<[Ipv4Addr]>),
    V6(Box<[Ipv6Addr]>),
}

impl Addresses {
    pub fn len(&self) -> usize {
        match self {
            Addresses::V4(all) => all.len(),
            Addresses::V6(all) => all.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get(&self, index: usize) -> Option<IpAddr> {
        match self {
            Addresses::V4(all) => all.get(index).copied().map(IpAddr::V4),
            Addresses::V6(all) => all.get(index).copied().map(IpAddr::V6),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// Labels of one slice's endpoints in one piece of memory; an empty one is an endpoint's without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hostnames {
    text: Box<[u8]>,
    ends: Box<[u32]>,
    /// Indexes of endpoints with a hostname, by hostname.
    sorted: Box<[u32]>,
}

impl Hostnames {
    /// In lower case already.
    pub fn new(names: &[Box<str>]) -> Hostnames {
        if names.iter().all(|name| name.is_empty()) {
            return Hostnames::default();
        }
        let mut text = Vec::new();
        let mut ends = Vec::with_capacity(names.len());
        for name in names {
            text.extend_from_slice(name.as_bytes());
            ends.push(text.len() as u32);
        }
        let mut sorted: Vec<u32> = (0..names.len() as u32)
            .filter(|index| !names[*index as usize].is_empty())
            .collect();
        sorted.sort_by(|a, b| names[*a as usize].cmp(&names[*b as usize]));
        Hostnames {
            text: text.into(),
            ends: ends.into(),
            sorted: sorted.into(),
        }
    }

    pub fn get(&self, index: usize) -> &[u8] {
        let Some(end) = self.ends.get(index) else {
            return &[];
        };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..*end as usize]
    }

    /// Indexes of the endpoints that have a hostname.
    pub fn find(&self, name: &[u8]) -> &[u32] {
        let from = self
            .sorted
            .partition_point(|index| self.get(*index as usize) < name);
        let count = self.sorted[from..].partition_point(|index| self.get(*index as usize) == name);
        &self.sorted[from..from + count]
    }
}

impl Slice {
    /// An endpoint's label: the hostname that is set, or its address with dashes.
    pub fn label(&self, index: usize, to: &mut Vec<u8>) {
        let set = self.hostnames.get(index);
        if !set.is_empty() {
            to.extend_from_slice(set);
        } else if let Some(ip) = self.addresses.get(index) {
            dashed(ip, to);
        }
    }

    /// Indexes of the endpoints that have a label.
    pub fn find(&self, label: &[u8], to: &mut Vec<u32>) {
        to.extend_from_slice(self.hostnames.find(label));
        let Some(ip) = undashed(label) else {
            return;
        };
        let is_unset = |index: &usize| self.hostnames.get(*index).is_empty();
        let found = |index: usize| index as u32;
        match (&self.addresses, ip) {
            (Addresses::V4(all), IpAddr::V4(ip)) => {
                let same = all.iter().enumerate().filter(|(_, one)| **one == ip);
                to.extend(same.map(|(index, _)| index).filter(is_unset).map(found));
            }
            (Addresses::V6(all), IpAddr::V6(ip)) => {
                let same = all.iter().enumerate().filter(|(_, one)| **one == ip);
                to.extend(same.map(|(index, _)| index).filter(is_unset).map(found));
            }
            _ => {}
        }
    }
}

/// An address as a label: dots and colons are dashes, and a last dash has a zero after it.
pub fn dashed(ip: IpAddr, to: &mut Vec<u8>) {
    use std::io::Write as _;
    let start = to.len();
    // Writing to memory does not fail.
    let _ = write!(to, "{ip}");
    for byte in &mut to[start..] {
        if matches!(byte, b'.' | b':') {
            *byte = b'-';
        }
    }
    if to.last() == Some(&b'-') {
        to.push(b'0');
    }
}

/// The address that a label is made of by `dashed`, and only in that very form.
fn undashed(label: &[u8]) -> Option<IpAddr> {
    let ip = loose_ip(label)?;
    let mut again = Vec::with_capacity(label.len());
    dashed(ip, &mut again);
    (again == label).then_some(ip)
}

/// The address that a pod's label stands for, in any form that addresses can be written in.
pub fn loose_ip(label: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(label).ok()?;
    let dashes = text.bytes().filter(|byte| *byte == b'-').count();
    let is_v4 = dashes == 3 && !text.contains("--");
    let separator = if is_v4 { "." } else { ":" };
    if !text
        .bytes()
        .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    {
        return None;
    }
    text.replace('-', separator).parse().ok()
}
