//! Addresses and ranges, written as the rules need them.

use std::net::{IpAddr, Ipv4Addr};

/// The address family one set of rules is for; Kubernetes' names are `IPv4` and `IPv6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    pub fn of(ip: &IpAddr) -> Family {
        match ip {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        }
    }
}

/// Reads an address as Kubernetes does for stored objects: IPv4 numbers may have leading zeros,
/// and an IPv4 address mapped into IPv6 is that IPv4 address.
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(six)) => Some(six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4)),
        Ok(ip) => Some(ip),
        Err(_) => parse_sloppy_v4(text).map(IpAddr::V4),
    }
}

fn parse_sloppy_v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        *octet = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// An address range with the host bits cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    prefix_length: u8,
}

impl Cidr {
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, length) = text.trim().split_once('/')?;
        let ip = parse_ip(address)?;
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let prefix_length: u8 = length.parse().ok()?;
        let network = match ip {
            IpAddr::V4(four) if prefix_length <= 32 => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(prefix_length))
                    .unwrap_or(0);
                IpAddr::from((u32::from(four) & mask).to_be_bytes())
            }
            IpAddr::V6(six) if prefix_length <= 128 => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(prefix_length))
                    .unwrap_or(0);
                IpAddr::from((u128::from(six) & mask).to_be_bytes())
            }
            _ => return None,
        };
        Some(Cidr {
            network,
            prefix_length,
        })
    }

    pub fn family(&self) -> Family {
        Family::of(&self.network)
    }

    pub fn contains(&self, ip: &IpAddr) -> bool {
        match (self.network, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix_length))
                    .unwrap_or(0);
                u32::from(*ip) & mask == u32::from(network)
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix_length))
                    .unwrap_or(0);
                u128::from(*ip) & mask == u128::from(network)
            }
            _ => false,
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        write_ip(out, &self.network);
        out.push(b'/');
        write_number(out, u64::from(self.prefix_length));
    }
}

/// Decimal digits; the standard formatter costs three times as much, and rules are mostly numbers.
pub fn write_number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

pub fn write_ip(out: &mut Vec<u8>, ip: &IpAddr) {
    match ip {
        IpAddr::V4(four) => {
            for (index, octet) in four.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                write_number(out, u64::from(octet));
            }
        }
        IpAddr::V6(six) => out.extend_from_slice(six.to_string().as_bytes()),
    }
}

/// `10.0.0.1:80` or `[fd00::1]:80`.
pub fn write_ip_port(out: &mut Vec<u8>, ip: &IpAddr, port: u16) {
    let six = matches!(ip, IpAddr::V6(_));
    if six {
        out.push(b'[');
    }
    write_ip(out, ip);
    if six {
        out.push(b']');
    }
    out.push(b':');
    write_number(out, u64::from(port));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_clear_host_bits_and_know_their_members() {
        let range = Cidr::parse(" 10.1.2.3/16 ").expect("a range");
        let mut text = Vec::new();
        range.write(&mut text);
        assert_eq!(text, b"10.1.0.0/16");
        assert!(range.contains(&parse_ip("10.1.255.1").expect("an address")));
        assert!(!range.contains(&parse_ip("10.2.0.1").expect("an address")));
        let everything = Cidr::parse("0.0.0.0/0").expect("a range");
        assert!(everything.contains(&parse_ip("203.0.113.9").expect("an address")));
        assert!(!everything.contains(&parse_ip("::1").expect("an address")));
        assert!(Cidr::parse("10.0.0.0/33").is_none());
        assert!(Cidr::parse("10.0.0.0").is_none());
        assert!(Cidr::parse("fd00::/129").is_none());
    }

    #[test]
    fn addresses_are_read_leniently_and_written_in_canonical_form() {
        assert_eq!(parse_ip("010.000.1.2"), Some(IpAddr::from([10, 0, 1, 2])));
        assert_eq!(
            parse_ip("::ffff:10.0.0.1"),
            Some(IpAddr::from([10, 0, 0, 1]))
        );
        assert_eq!(parse_ip("10.0.0"), None);
        assert_eq!(parse_ip("10.0.0.256"), None);
        let mut text = Vec::new();
        write_ip_port(
            &mut text,
            &parse_ip("fd00:0:0::1").expect("an address"),
            65535,
        );
        assert_eq!(text, b"[fd00::1]:65535");
    }
}
