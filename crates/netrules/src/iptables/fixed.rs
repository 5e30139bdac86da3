//! Rules that do not depend on services: the proxy's own chains and the jumps to them.

use super::config::{Config, NodePortAddresses};
use super::names::{
    CANARY, EXTERNAL_SERVICES, FORWARD, KUBELET_FIREWALL, MARK_MASQUERADE, NODE_PORTS, POSTROUTING,
    PROXY_FIREWALL, SERVICES,
};
use crate::address::{Family, write_ip};
use std::io::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Mangle,
    Filter,
    Nat,
}

impl Table {
    pub fn name(self) -> &'static str {
        match self {
            Table::Mangle => "mangle",
            Table::Filter => "filter",
            Table::Nat => "nat",
        }
    }

    pub fn parse(name: &[u8]) -> Option<Table> {
        match name {
            b"mangle" => Some(Table::Mangle),
            b"filter" => Some(Table::Filter),
            b"nat" => Some(Table::Nat),
            _ => None,
        }
    }
}

/// A jump from one of the kernel's chains into one of the proxy's.
#[derive(Debug)]
pub struct Jump {
    pub table: Table,
    pub from: &'static str,
    pub to: &'static str,
    /// Empty for none.
    pub comment: &'static str,
    /// Only for the first packet of a connection.
    pub new_only: bool,
}

const fn jump(
    table: Table,
    from: &'static str,
    to: &'static str,
    comment: &'static str,
    new_only: bool,
) -> Jump {
    Jump {
        table,
        from,
        to,
        comment,
        new_only,
    }
}

const EXTERNALLY: &str = "kubernetes externally-visible service portals";
const PORTALS: &str = "kubernetes service portals";
const BALANCER_FIREWALL: &str = "kubernetes load balancer firewall";

/// In the order in which they are put at the head of their chain, so the last one comes first.
pub const JUMPS: [Jump; 14] = [
    jump(Table::Filter, "INPUT", EXTERNAL_SERVICES, EXTERNALLY, true),
    jump(
        Table::Filter,
        "FORWARD",
        EXTERNAL_SERVICES,
        EXTERNALLY,
        true,
    ),
    jump(
        Table::Filter,
        "INPUT",
        NODE_PORTS,
        "kubernetes health check service ports",
        false,
    ),
    jump(Table::Filter, "FORWARD", SERVICES, PORTALS, true),
    jump(Table::Filter, "OUTPUT", SERVICES, PORTALS, true),
    jump(
        Table::Filter,
        "FORWARD",
        FORWARD,
        "kubernetes forwarding rules",
        false,
    ),
    jump(
        Table::Filter,
        "INPUT",
        PROXY_FIREWALL,
        BALANCER_FIREWALL,
        true,
    ),
    jump(
        Table::Filter,
        "OUTPUT",
        PROXY_FIREWALL,
        BALANCER_FIREWALL,
        true,
    ),
    jump(
        Table::Filter,
        "FORWARD",
        PROXY_FIREWALL,
        BALANCER_FIREWALL,
        true,
    ),
    jump(Table::Nat, "OUTPUT", SERVICES, PORTALS, false),
    jump(Table::Nat, "PREROUTING", SERVICES, PORTALS, false),
    jump(
        Table::Nat,
        "POSTROUTING",
        POSTROUTING,
        "kubernetes postrouting rules",
        false,
    ),
    jump(Table::Filter, "INPUT", KUBELET_FIREWALL, "", false),
    jump(Table::Filter, "OUTPUT", KUBELET_FIREWALL, "", false),
];

impl Jump {
    /// The rule without the command, as iptables-save prints it.
    pub fn specification(&self) -> String {
        let mut text = String::new();
        if self.new_only {
            text.push_str("-m conntrack --ctstate NEW ");
        }
        if !self.comment.is_empty() {
            text.push_str(&format!("-m comment --comment \"{}\" ", self.comment));
        }
        text.push_str("-j ");
        text.push_str(self.to);
        text
    }

    /// Whether the chain is the kubelet's, which stays when the proxy cleans up.
    pub fn is_kubelets(&self) -> bool {
        self.to == KUBELET_FIREWALL
    }
}

/// The chains of the filter table that the proxy fills.
pub const FILTER_CHAINS: [&str; 5] = [
    SERVICES,
    EXTERNAL_SERVICES,
    FORWARD,
    NODE_PORTS,
    PROXY_FIREWALL,
];
/// And of the nat table.
pub const NAT_CHAINS: [&str; 4] = [SERVICES, NODE_PORTS, POSTROUTING, MARK_MASQUERADE];

/// The tables that have a canary: when it is gone, somebody has emptied the table.
pub const CANARY_TABLES: [Table; 3] = [Table::Mangle, Table::Filter, Table::Nat];

pub fn write_chain_line(out: &mut Vec<u8>, name: &str) {
    out.push(b':');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b" - [0:0]\n");
}

fn mark(config: &Config) -> String {
    format!("0x{:08x}", 1u32 << (config.masquerade_bit & 31))
}

macro_rules! line {
    // Writing to memory cannot fail.
    ($out:expr, $($text:tt)+) => {{ let _ = writeln!($out, $($text)+); }};
}

pub fn write_mangle(out: &mut Vec<u8>) {
    line!(out, "*mangle\n:{CANARY} - [0:0]\nCOMMIT");
}

/// The filter table's chain lines and the rules of KUBE-FIREWALL.
pub fn write_filter_head(out: &mut Vec<u8>, config: &Config, family: Family) {
    for name in FILTER_CHAINS {
        write_chain_line(out, name);
    }
    write_chain_line(out, CANARY);
    write_chain_line(out, KUBELET_FIREWALL);
    if family == Family::V4 && config.localhost_node_ports {
        // route_localnet would let other machines reach what listens on loopback; the kubelet
        // makes the same rule.
        line!(
            out,
            "-A {KUBELET_FIREWALL} -m comment --comment \"block incoming localnet connections\" \
             -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT \
             -j DROP"
        );
    }
}

pub fn write_forward_rules(out: &mut Vec<u8>, config: &Config) {
    let mark = mark(config);
    if !config.conntrack_tcp_be_liberal {
        line!(out, "-A {FORWARD} -m conntrack --ctstate INVALID -j DROP");
    }
    line!(
        out,
        "-A {FORWARD} -m comment --comment \"kubernetes forwarding rules\" -m mark --mark \
         {mark}/{mark} -j ACCEPT"
    );
    line!(
        out,
        "-A {FORWARD} -m comment --comment \"kubernetes forwarding conntrack rule\" -m conntrack \
         --ctstate RELATED,ESTABLISHED -j ACCEPT"
    );
}

/// The nat table's chain lines and the masquerading rules.
pub fn write_nat_head(out: &mut Vec<u8>, config: &Config) {
    for name in NAT_CHAINS {
        write_chain_line(out, name);
    }
    write_chain_line(out, CANARY);
    let mark = mark(config);
    line!(
        out,
        "-A {POSTROUTING} -m mark ! --mark {mark}/{mark} -j RETURN"
    );
    // The mark goes, so that a packet that passes here again is not masqueraded again.
    line!(out, "-A {POSTROUTING} -j MARK --xor-mark {mark}");
    let random = if config.random_fully {
        " --random-fully"
    } else {
        ""
    };
    line!(
        out,
        "-A {POSTROUTING} -m comment --comment \"kubernetes service traffic requiring SNAT\" -j \
         MASQUERADE{random}"
    );
    line!(out, "-A {MARK_MASQUERADE} -j MARK --or-mark {mark}");
}

const NODE_PORTS_LAST: &str =
    "kubernetes service nodeports; NOTE: this must be the last rule in this chain";

/// The jumps to node ports, which end KUBE-SERVICES in the nat table.
pub fn write_node_port_jumps(out: &mut Vec<u8>, config: &Config, family: Family) {
    let comment = format!("-A {SERVICES} -m comment --comment \"{NODE_PORTS_LAST}\"");
    match &config.node_port_addresses {
        NodePortAddresses::All => {
            let except = match (family, config.localhost_node_ports) {
                (Family::V6, _) => " ! -d ::1/128",
                (Family::V4, false) => " ! -d 127.0.0.0/8",
                (Family::V4, true) => "",
            };
            line!(
                out,
                "{comment} -m addrtype --dst-type LOCAL{except} -j {NODE_PORTS}"
            );
        }
        NodePortAddresses::Only(ips) => {
            for ip in ips {
                if ip.is_loopback() && (family == Family::V6 || !config.localhost_node_ports) {
                    continue;
                }
                out.extend_from_slice(comment.as_bytes());
                out.extend_from_slice(b" -d ");
                write_ip(out, ip);
                line!(out, " -j {NODE_PORTS}");
            }
        }
    }
}

/// How many rules of the two tables do not depend on services: filter, nat.
pub fn rule_counts(config: &Config, family: Family) -> (usize, usize) {
    let lines = |text: Vec<u8>| {
        text.split(|byte| *byte == b'\n')
            .filter(|line| line.starts_with(b"-A"))
            .count()
    };
    let (mut filter, mut nat) = (Vec::new(), Vec::new());
    write_filter_head(&mut filter, config, family);
    write_forward_rules(&mut filter, config);
    write_nat_head(&mut nat, config);
    write_node_port_jumps(&mut nat, config, family);
    (lines(filter), lines(nat))
}
