//! Network rules of one address family: objects in, text for iptables-restore out.

use napi::bindgen_prelude::{ClassInstance, Error, Result, Uint8Array};
use napi_derive::napi;
use std::net::IpAddr;
use steersman_netrules::address::{Cidr, Family, parse_ip};
use steersman_netrules::input::InputError;
use steersman_netrules::iptables::{
    Config, Iptables, LocalDetector, NodePortAddresses, Saved, SyncKind, removal,
};
use steersman_netrules::model::Node;
use steersman_netrules::state::{Changed, State};

/// How local pods' traffic is told apart.
#[napi(object)]
pub struct NetRulesLocalDetector {
    /// `cidr`, `bridge` or `prefix`.
    pub kind: String,
    /// The range, the bridge's name or the interface names' prefix.
    pub value: String,
}

#[napi(object)]
pub struct NetRulesOptions {
    /// `IPv4` or `IPv6`.
    pub family: String,
    pub node_name: String,
    #[napi(js_name = "nodeIP")]
    pub node_ip: Option<String>,
    pub zone: String,
    pub masquerade_all: bool,
    /// 0 to 31.
    pub masquerade_bit: u32,
    pub local_detector: Option<NetRulesLocalDetector>,
    pub localhost_node_ports: bool,
    /// Absent: every local address.
    pub node_port_addresses: Option<Vec<String>>,
    pub random_fully: bool,
    pub conntrack_tcp_be_liberal: bool,
}

/// What became of an object: either an error, or whether rules depend on what changed.
#[napi(object)]
pub struct NetRulesUpdate {
    pub changed: bool,
    pub error: Option<String>,
}

#[napi(object)]
pub struct NetRulesSync {
    /// `nothing`, `partial` or `full`.
    pub kind: String,
    pub changed_services: u32,
    pub services: u32,
    pub endpoints: u32,
    pub filter_rules: u32,
    pub nat_rules: u32,
    pub no_local_internal: u32,
    pub no_local_external: u32,
}

#[napi(object)]
pub struct NetRulesHealthCheck {
    /// `namespace/name` of the service.
    pub service: String,
    pub node_port: u32,
    pub local_endpoints: u32,
}

impl From<std::result::Result<Changed, InputError>> for NetRulesUpdate {
    fn from(result: std::result::Result<Changed, InputError>) -> NetRulesUpdate {
        match result {
            Ok(changed) => NetRulesUpdate {
                changed,
                error: None,
            },
            Err(InputError(reason)) => NetRulesUpdate {
                changed: false,
                error: Some(reason),
            },
        }
    }
}

fn invalid(what: &str, value: &str) -> Error {
    Error::from_reason(format!("{what} is not valid: {value:?}"))
}

fn read_ip(what: &str, text: &str) -> Result<IpAddr> {
    parse_ip(text).ok_or_else(|| invalid(what, text))
}

fn read_node_port_addresses(texts: Option<Vec<String>>) -> Result<NodePortAddresses> {
    let Some(texts) = texts else {
        return Ok(NodePortAddresses::All);
    };
    let ips = texts
        .iter()
        .map(|text| read_ip("a node port address", text));
    Ok(NodePortAddresses::Only(ips.collect::<Result<_>>()?))
}

fn read_detector(detector: Option<NetRulesLocalDetector>) -> Result<LocalDetector> {
    let Some(NetRulesLocalDetector { kind, value }) = detector else {
        return Ok(LocalDetector::None);
    };
    match kind.as_str() {
        "cidr" => Cidr::parse(&value)
            .map(LocalDetector::Cidr)
            .ok_or_else(|| invalid("the cluster CIDR", &value)),
        "bridge" => Ok(LocalDetector::BridgeInterface(value)),
        "prefix" => Ok(LocalDetector::InterfaceNamePrefix(value)),
        _ => Err(invalid("the kind of local detector", &kind)),
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What iptables-save printed. Feed it in pieces of any size.
#[napi]
#[derive(Default)]
pub struct NetRulesSaved {
    saved: Saved,
}

#[napi]
impl NetRulesSaved {
    #[napi(constructor)]
    pub fn new() -> NetRulesSaved {
        NetRulesSaved::default()
    }

    #[napi(catch_unwind)]
    pub fn feed(&mut self, bytes: &[u8]) {
        self.saved.feed(bytes);
    }

    /// Whether no table was emptied since the last full sync.
    #[napi(catch_unwind)]
    pub fn has_canaries(&self) -> bool {
        self.saved.has_canaries()
    }

    /// The text that removes every rule and chain of the proxy; empty when there is none.
    #[napi(catch_unwind)]
    pub fn removal(&self) -> String {
        String::from_utf8_lossy(&removal(&self.saved)).into_owned()
    }
}

/// Desired state and iptables rules of one address family. A sync is begin, fill until 0, finish;
/// objects given between begin and finish are part of the next one.
#[napi]
pub struct NetRules {
    state: State,
    iptables: Iptables,
}

#[napi]
impl NetRules {
    /// Throws for options that are not valid; the caller has checked what a user gave.
    #[napi(constructor, catch_unwind)]
    pub fn new(options: NetRulesOptions) -> Result<NetRules> {
        let family = match options.family.as_str() {
            "IPv4" => Family::V4,
            "IPv6" => Family::V6,
            _ => return Err(invalid("the family", &options.family)),
        };
        let ip = options
            .node_ip
            .map(|text| read_ip("the node's address", &text))
            .transpose()?;
        let masquerade_bit = u8::try_from(options.masquerade_bit)
            .ok()
            .filter(|bit| *bit < 32)
            .ok_or_else(|| invalid("the masquerade bit", &options.masquerade_bit.to_string()))?;
        let config = Config {
            masquerade_all: options.masquerade_all,
            masquerade_bit,
            local_detector: read_detector(options.local_detector)?,
            localhost_node_ports: options.localhost_node_ports,
            node_port_addresses: read_node_port_addresses(options.node_port_addresses)?,
            random_fully: options.random_fully,
            conntrack_tcp_be_liberal: options.conntrack_tcp_be_liberal,
            ..Config::default()
        };
        let node = Node {
            name: options.node_name,
            ip,
            zone: options.zone,
            family,
        };
        Ok(NetRules {
            state: State::new(node),
            iptables: Iptables::new(config),
        })
    }

    /// A Service as JSON.
    #[napi(catch_unwind)]
    pub fn set_service(&mut self, json: &[u8]) -> NetRulesUpdate {
        self.state.set_service(json).into()
    }

    /// `namespace/name`; whether there was such a service.
    #[napi(catch_unwind)]
    pub fn remove_service(&mut self, key: String) -> bool {
        self.state.remove_service(&key)
    }

    /// An EndpointSlice as JSON.
    #[napi(catch_unwind)]
    pub fn set_endpoint_slice(&mut self, json: &[u8]) -> NetRulesUpdate {
        self.state.set_endpoint_slice(json).into()
    }

    /// The service's `namespace/name`, and the slice's name.
    #[napi(catch_unwind)]
    pub fn remove_endpoint_slice(&mut self, service_key: String, name: String) -> bool {
        self.state.remove_endpoint_slice(&service_key, &name)
    }

    /// The node's zone; the next sync is a full one when it changed.
    #[napi(catch_unwind)]
    pub fn set_zone(&mut self, zone: String) -> bool {
        let changed = self.state.set_zone(&zone);
        if changed {
            self.iptables.require_full();
        }
        changed
    }

    /// Absent: every local address. Throws for what is no address.
    #[napi(catch_unwind)]
    pub fn set_node_port_addresses(&mut self, addresses: Option<Vec<String>>) -> Result<()> {
        self.iptables
            .set_node_port_addresses(read_node_port_addresses(addresses)?);
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn needs_full_sync(&self) -> bool {
        self.iptables.needs_full()
    }

    #[napi(catch_unwind)]
    pub fn has_changes(&self) -> bool {
        self.iptables.needs_full() || self.state.has_changes()
    }

    #[napi(catch_unwind)]
    pub fn begin(
        &mut self,
        full: bool,
        saved: Option<ClassInstance<NetRulesSaved>>,
    ) -> NetRulesSync {
        let found = saved.as_ref().map(|saved| &saved.saved);
        let report = self.iptables.begin(&mut self.state, full, found);
        let kind = match report.kind {
            SyncKind::Nothing => "nothing",
            SyncKind::Partial => "partial",
            SyncKind::Full => "full",
        };
        NetRulesSync {
            kind: kind.to_string(),
            changed_services: small(report.changed_services),
            services: small(report.services),
            endpoints: small(report.endpoints),
            filter_rules: small(report.filter_rules),
            nat_rules: small(report.nat_rules),
            no_local_internal: small(report.no_local_internal),
            no_local_external: small(report.no_local_external),
        }
    }

    /// Fills the buffer with the next of the sync's text; how many bytes, 0 at the end.
    #[napi(catch_unwind)]
    pub fn fill(&mut self, mut buffer: Uint8Array) -> u32 {
        // SAFETY: the call is synchronous on the thread of the buffer's JavaScript, which runs
        // nothing else meanwhile, and the slice does not outlive the call.
        let bytes = unsafe { buffer.as_mut() };
        small(self.iptables.fill(&self.state, bytes))
    }

    /// Whether the kernel took it all; if not, the next sync is a full one.
    #[napi(catch_unwind)]
    pub fn finish(&mut self, ok: bool) {
        self.iptables.finish(ok);
    }

    /// How the kernel differs from what was synced last; absent when it does not.
    #[napi(catch_unwind)]
    pub fn first_difference(&self, saved: &NetRulesSaved) -> Option<String> {
        saved
            .saved
            .first_difference(&self.iptables.expected(&self.state))
    }

    /// Every service with a health check node port, sorted by service.
    #[napi(catch_unwind)]
    pub fn health_checks(&self) -> Vec<NetRulesHealthCheck> {
        let checks = self.iptables.tracked().health_checks().iter();
        checks
            .map(|(service, check)| NetRulesHealthCheck {
                service: service.to_string(),
                node_port: u32::from(check.node_port),
                local_endpoints: check.local_endpoints,
            })
            .collect()
    }

    /// Whether tracked UDP flows have to be looked at since udpCleaned.
    #[napi(catch_unwind)]
    pub fn udp_changed(&self) -> bool {
        self.iptables.tracked().udp_changed()
    }

    #[napi(catch_unwind)]
    pub fn udp_cleaned(&mut self) {
        self.iptables.tracked_mut().udp_cleaned();
    }

    /// Whether a UDP flow goes to what is no endpoint of its service any more: where its first
    /// packet went, and who answers. False for what is no address.
    #[napi(catch_unwind)]
    pub fn is_stale_udp(
        &self,
        destination: String,
        destination_port: u32,
        answers: String,
        answers_port: u32,
    ) -> bool {
        let read = |ip: &str, port: u32| Some((parse_ip(ip)?, u16::try_from(port).ok()?));
        let flow = read(&destination, destination_port).zip(read(&answers, answers_port));
        flow.is_some_and(|(to, from)| self.iptables.tracked().is_stale_udp(to, from))
    }
}
