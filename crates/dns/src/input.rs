//! Reads Service, EndpointSlice and Namespace objects (their JSON) into the zone's model.

use crate::model::{Addresses, Hostnames, Port, Protocol, Service, Slice};
use crate::name::{label_of, wire_of};
use serde::Deserialize;
use std::borrow::Cow;
use std::net::IpAddr;

/// Why an object could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError(pub String);

type Text<'a> = Option<Cow<'a, str>>;

fn text<'a>(field: &'a Text<'_>) -> &'a str {
    field.as_deref().unwrap_or("")
}

#[derive(Deserialize)]
struct MetadataJson<'a> {
    #[serde(borrow)]
    namespace: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    labels: Option<LabelsJson<'a>>,
}

#[derive(Deserialize)]
struct LabelsJson<'a> {
    #[serde(borrow, rename = "kubernetes.io/service-name")]
    service_name: Text<'a>,
}

#[derive(Deserialize)]
struct ServiceJson<'a> {
    #[serde(borrow)]
    metadata: MetadataJson<'a>,
    #[serde(borrow)]
    spec: Option<SpecJson<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpecJson<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, rename = "clusterIP")]
    cluster_ip: Text<'a>,
    #[serde(borrow, rename = "clusterIPs")]
    cluster_ips: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    external_name: Text<'a>,
    #[serde(borrow)]
    ports: Option<Vec<PortJson<'a>>>,
}

#[derive(Deserialize)]
struct PortJson<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    protocol: Text<'a>,
    port: Option<i32>,
}

#[derive(Deserialize)]
struct SliceJson<'a> {
    #[serde(borrow)]
    metadata: MetadataJson<'a>,
    #[serde(borrow)]
    ports: Option<Vec<PortJson<'a>>>,
    #[serde(borrow)]
    endpoints: Option<Vec<EndpointJson<'a>>>,
}

#[derive(Deserialize)]
struct EndpointJson<'a> {
    #[serde(borrow)]
    addresses: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    hostname: Text<'a>,
    conditions: Option<ConditionsJson>,
}

#[derive(Deserialize)]
struct ConditionsJson {
    ready: Option<bool>,
}

/// Two labels in wire form, folded to lower case: an object's name, then its namespace.
pub type Key = Box<[u8]>;

/// The key of an object. None where its names are no labels, so that nobody can ask for it.
pub fn key_of(namespace: &str, name: &str) -> Option<Key> {
    let mut key = label_of(name)?;
    key.extend(label_of(namespace)?);
    Some(key.into())
}

/// Names of slices may have dots, so they stand as they are.
pub fn slice_key(namespace: &str, name: &str) -> Box<str> {
    format!("{namespace}/{name}").into()
}

fn ports_of(ports: Option<Vec<PortJson<'_>>>) -> Box<[Port]> {
    let ports = ports.unwrap_or_default();
    if ports.is_empty() {
        return Box::new([Port::none()]);
    }
    ports
        .iter()
        .map(|port| Port {
            name: text(&port.name).to_ascii_lowercase().into(),
            protocol: Protocol::of(text(&port.protocol)),
            port: port.port.unwrap_or(-1),
        })
        .collect()
}

/// A service's key and what it resolves to.
pub fn service(json: &[u8]) -> Result<(Option<Key>, Service), InputError> {
    let read: ServiceJson<'_> = serde_json::from_slice(json).map_err(invalid)?;
    let spec = read.spec.unwrap_or_default();
    let key = key_of(text(&read.metadata.namespace), text(&read.metadata.name));
    if text(&spec.kind) == "ExternalName" {
        let name = text(&spec.external_name);
        let is_address = name.parse::<IpAddr>().is_ok();
        let wire = (!is_address && !name.is_empty())
            .then(|| wire_of(name))
            .flatten();
        return Ok((
            key,
            Service::External {
                name: wire.map(Into::into),
            },
        ));
    }
    let texts = match spec.cluster_ips {
        Some(all) if !all.is_empty() => all,
        _ => spec.cluster_ip.into_iter().collect(),
    };
    if texts.first().is_some_and(|first| first == "None") {
        return Ok((key, Service::Headless));
    }
    let ips = texts.iter().filter_map(|ip| ip.parse().ok()).collect();
    let ports = ports_of(spec.ports);
    Ok((key, Service::Cluster { ips, ports }))
}

/// An EndpointSlice: whose it is and under which name, and its ready endpoints.
pub struct ReadSlice {
    /// The service's; absent for a slice of no service, which nobody can ask for.
    pub service: Option<Key>,
    pub name: Box<str>,
    pub slice: Slice,
}

pub fn endpoint_slice(json: &[u8]) -> Result<ReadSlice, InputError> {
    let read: SliceJson<'_> = serde_json::from_slice(json).map_err(invalid)?;
    let namespace = text(&read.metadata.namespace);
    let labels = read.metadata.labels.as_ref();
    let service_name = labels.map_or("", |labels| text(&labels.service_name));
    let mut hostnames: Vec<Box<str>> = Vec::new();
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for endpoint in read.endpoints.unwrap_or_default() {
        // A condition that is not known stands for ready.
        let ready = endpoint.conditions.as_ref().and_then(|all| all.ready);
        if !ready.unwrap_or(true) {
            continue;
        }
        let hostname = text(&endpoint.hostname);
        let is_label = hostname.is_empty() || label_of(hostname).is_some();
        for address in endpoint.addresses.iter().flatten() {
            match address.parse() {
                Ok(IpAddr::V4(ip)) if v6.is_empty() => v4.push(ip),
                Ok(IpAddr::V6(ip)) if v4.is_empty() => v6.push(ip),
                // A slice has addresses of one type; names (FQDN) have no address records.
                _ => continue,
            }
            let shown = if is_label { hostname } else { "" };
            hostnames.push(shown.to_ascii_lowercase().into());
        }
    }
    let addresses = if v6.is_empty() {
        Addresses::V4(v4.into())
    } else {
        Addresses::V6(v6.into())
    };
    Ok(ReadSlice {
        service: key_of(namespace, service_name),
        name: slice_key(namespace, text(&read.metadata.name)),
        slice: Slice {
            addresses,
            hostnames: Hostnames::new(&hostnames),
            ports: ports_of(read.ports),
        },
    })
}

fn invalid(error: serde_json::Error) -> InputError {
    InputError(format!("the object is not what its kind promises: {error}"))
}
