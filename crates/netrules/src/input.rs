//! Reads Service and EndpointSlice objects (their JSON) into the model of one address family.

use crate::address::{Cidr, Family, parse_ip};
use crate::model::{
    EndpointFlags, EndpointSlice, Protocol, Service, ServicePort, SliceEndpoint, SlicePort,
};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use steersman_shapes::{self as shapes, text};

pub use steersman_shapes::InputError;

const DEFAULT_AFFINITY_SECONDS: u32 = 10_800;
const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

/// A service that was read: its key (`namespace/name`), and what it is in this family; None when
/// there is nothing to proxy (headless, ExternalName, or of the other family only).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadService {
    pub key: String,
    pub service: Option<Service>,
}

pub fn read_service(json: &[u8], family: Family) -> Result<ReadService, InputError> {
    let object: shapes::Service<'_> = serde_json::from_slice(json)
        .map_err(|error| InputError(format!("cannot read the Service: {error}")))?;
    let namespace = text(&object.metadata.namespace);
    let name = text(&object.metadata.name);
    let key = format!("{namespace}/{name}");
    let service = object
        .spec
        .as_ref()
        .and_then(|spec| to_service(&key, spec, object.status.as_ref(), family));
    Ok(ReadService { key, service })
}

fn ips_of(texts: Option<&Vec<Cow<'_, str>>>, family: Family) -> Vec<IpAddr> {
    let mut ips: Vec<IpAddr> = Vec::new();
    for ip in texts.into_iter().flatten().filter_map(|ip| parse_ip(ip)) {
        if Family::of(&ip) == family && !ips.contains(&ip) {
            ips.push(ip);
        }
    }
    ips
}

fn port_number(value: Option<i64>) -> u16 {
    value
        .and_then(|value| u16::try_from(value).ok())
        .unwrap_or(0)
}

fn to_service(
    key: &str,
    spec: &shapes::ServiceSpec<'_>,
    status: Option<&shapes::ServiceStatus<'_>>,
    family: Family,
) -> Option<Service> {
    let kind = text(&spec.kind);
    if kind == "ExternalName" || matches!(text(&spec.cluster_ip), "" | "None") {
        return None;
    }
    let listed = ips_of(spec.cluster_ips.as_ref(), family);
    let single = parse_ip(text(&spec.cluster_ip)).filter(|ip| Family::of(ip) == family);
    let cluster_ip = listed.first().copied().or(single)?;
    let external_ips = ips_of(spec.external_ips.as_ref(), family);
    let outward = matches!(kind, "NodePort" | "LoadBalancer")
        || spec
            .external_ips
            .as_ref()
            .is_some_and(|ips| !ips.is_empty());
    let external_policy_local = outward && text(&spec.external_traffic_policy) == "Local";
    Some(Service {
        cluster_ip,
        ports: service_ports(key, spec),
        external_ips,
        load_balancer_ips: ingress_ips(status, family),
        load_balancer_source_ranges: source_ranges(spec, family),
        affinity_seconds: (text(&spec.session_affinity) == "ClientIP").then(|| {
            let config = spec.session_affinity_config.as_ref();
            config
                .and_then(|config| config.client_ip.as_ref())
                .and_then(|client_ip| client_ip.timeout_seconds)
                .and_then(|seconds| u32::try_from(seconds).ok())
                .unwrap_or(DEFAULT_AFFINITY_SECONDS)
        }),
        internal_policy_local: text(&spec.internal_traffic_policy) == "Local",
        external_policy_local,
        health_check_node_port: if kind == "LoadBalancer" && external_policy_local {
            port_number(spec.health_check_node_port)
        } else {
            0
        },
    })
}

fn service_ports(key: &str, spec: &shapes::ServiceSpec<'_>) -> Vec<ServicePort> {
    let mut ports: Vec<ServicePort> = Vec::new();
    for port in spec.ports.iter().flatten() {
        let Some(protocol) = Protocol::parse(text(&port.protocol)) else {
            continue;
        };
        let number = port_number(port.port);
        if number == 0 {
            continue;
        }
        let name = text(&port.name);
        ports.push(ServicePort {
            full_name: if name.is_empty() {
                Arc::from(key)
            } else {
                Arc::from(format!("{key}:{name}"))
            },
            name: Arc::from(name),
            protocol,
            port: number,
            node_port: port_number(port.node_port),
        });
    }
    ports.sort_by(|left, right| (&left.name, left.protocol).cmp(&(&right.name, right.protocol)));
    // The API refuses two ports with one name and protocol; a chain could not belong to both.
    ports.dedup_by(|later, kept| later.name == kept.name && later.protocol == kept.protocol);
    ports
}

fn ingress_ips(status: Option<&shapes::ServiceStatus<'_>>, family: Family) -> Vec<IpAddr> {
    let mut ips: Vec<IpAddr> = Vec::new();
    let ingress = status
        .and_then(|status| status.load_balancer.as_ref())
        .and_then(|balancer| balancer.ingress.as_ref());
    for entry in ingress.into_iter().flatten() {
        if !matches!(text(&entry.ip_mode), "" | "VIP") {
            continue;
        }
        if let Some(ip) = parse_ip(text(&entry.ip)) {
            if Family::of(&ip) == family && !ips.contains(&ip) {
                ips.push(ip);
            }
        }
    }
    ips
}

fn source_ranges(spec: &shapes::ServiceSpec<'_>, family: Family) -> Vec<Cidr> {
    let mut ranges: Vec<Cidr> = Vec::new();
    let texts = spec.load_balancer_source_ranges.iter().flatten();
    for range in texts.filter_map(|range| Cidr::parse(range)) {
        if range.family() == family && !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    ranges
}

/// An endpoint slice that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSlice {
    /// `namespace/name` of the service it belongs to.
    pub service_key: String,
    pub name: String,
    /// None when it is of the other family (or of FQDNs).
    pub slice: Option<EndpointSlice>,
}

/// `zone_number` numbers zone names; the same name always gets the same number.
pub fn read_slice(
    json: &[u8],
    family: Family,
    node_name: &str,
    zone_number: &mut dyn FnMut(&str) -> u32,
) -> Result<ReadSlice, InputError> {
    let object: shapes::EndpointSlice<'_> = serde_json::from_slice(json)
        .map_err(|error| InputError(format!("cannot read the EndpointSlice: {error}")))?;
    let namespace = text(&object.metadata.namespace);
    let service_name = object
        .metadata
        .labels
        .as_ref()
        .map_or("", |label| text(&label.service_name));
    if service_name.is_empty() {
        return Err(InputError(format!(
            "the EndpointSlice has no label {SERVICE_NAME_LABEL}"
        )));
    }
    let slice = (text(&object.address_type) == family.name())
        .then(|| to_slice(&object, family, node_name, zone_number));
    Ok(ReadSlice {
        service_key: format!("{namespace}/{service_name}"),
        name: text(&object.metadata.name).to_string(),
        slice,
    })
}

fn to_slice(
    object: &shapes::EndpointSlice<'_>,
    family: Family,
    node_name: &str,
    zone_number: &mut dyn FnMut(&str) -> u32,
) -> EndpointSlice {
    let mut slice = EndpointSlice::default();
    for port in object.ports.iter().flatten() {
        let number = port_number(port.port);
        if let (Some(protocol), true) = (Protocol::parse(text(&port.protocol)), number != 0) {
            slice.ports.push(SlicePort {
                name: Arc::from(text(&port.name)),
                protocol,
                port: number,
            });
        }
    }
    for endpoint in object.endpoints.iter().flatten() {
        let first = endpoint
            .addresses
            .as_ref()
            .and_then(|addresses| addresses.first());
        let Some(ip) = first.and_then(|address| parse_ip(address)) else {
            continue;
        };
        if Family::of(&ip) != family {
            continue;
        }
        slice
            .endpoints
            .push(to_endpoint(endpoint, ip, node_name, zone_number));
    }
    slice
}

fn to_endpoint(
    endpoint: &shapes::Endpoint<'_>,
    ip: IpAddr,
    node_name: &str,
    zone_number: &mut dyn FnMut(&str) -> u32,
) -> SliceEndpoint {
    let mut flags = EndpointFlags::default();
    let conditions = endpoint.conditions.as_ref();
    flags.set(
        EndpointFlags::READY,
        conditions.and_then(|all| all.ready).unwrap_or(true),
    );
    flags.set(
        EndpointFlags::SERVING,
        conditions.and_then(|all| all.serving).unwrap_or(true),
    );
    let terminating = conditions.and_then(|all| all.terminating).unwrap_or(false);
    flags.set(EndpointFlags::TERMINATING, terminating);
    let local = !node_name.is_empty() && text(&endpoint.node_name) == node_name;
    flags.set(EndpointFlags::LOCAL, local);
    let hints = endpoint.hints.as_ref();
    let nodes = hints.and_then(|hints| hints.for_nodes.as_ref());
    flags.set(
        EndpointFlags::NODE_HINTED,
        nodes.is_some_and(|nodes| !nodes.is_empty()),
    );
    let here = nodes
        .into_iter()
        .flatten()
        .any(|node| text(&node.name) == node_name);
    flags.set(EndpointFlags::HINTED_HERE, here);
    let zones = hints.and_then(|hints| hints.for_zones.as_ref());
    let zone_hints = zones
        .into_iter()
        .flatten()
        .map(|zone| zone_number(text(&zone.name)));
    SliceEndpoint {
        ip,
        flags,
        zone_hints: zone_hints.collect(),
    }
}
