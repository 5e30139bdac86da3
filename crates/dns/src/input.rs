//! Reads Service, EndpointSlice and Namespace objects (their JSON) into the zone's model.

use crate::model::{Addresses, Hostnames, Port, Protocol, Service, Slice};
use crate::name::{label_of, wire_of};
use std::net::IpAddr;
use steersman_shapes::{self as shapes, text};

pub use steersman_shapes::InputError;

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

/// A port's name, protocol and number.
type ReadPort<'a> = (&'a str, &'a str, Option<i64>);

fn ports_of<'a>(ports: impl Iterator<Item = ReadPort<'a>>) -> Box<[Port]> {
    let ports: Box<[Port]> = ports
        .map(|(name, protocol, port)| Port {
            name: name.to_ascii_lowercase().into(),
            protocol: Protocol::of(protocol),
            port: port.and_then(|port| i32::try_from(port).ok()).unwrap_or(-1),
        })
        .collect();
    if ports.is_empty() {
        return Box::new([Port::none()]);
    }
    ports
}

/// A service's key and what it resolves to.
pub fn service(json: &[u8]) -> Result<(Option<Key>, Service), InputError> {
    let read: shapes::Service<'_> = serde_json::from_slice(json).map_err(invalid)?;
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
    let ports = spec.ports.iter().flatten();
    let ports = ports_of(ports.map(|p| (text(&p.name), text(&p.protocol), p.port)));
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
    let read: shapes::EndpointSlice<'_> = serde_json::from_slice(json).map_err(invalid)?;
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
    let ports = read.ports.iter().flatten();
    Ok(ReadSlice {
        service: key_of(namespace, service_name),
        name: slice_key(namespace, text(&read.metadata.name)),
        slice: Slice {
            addresses,
            hostnames: Hostnames::new(&hostnames),
            ports: ports_of(ports.map(|p| (text(&p.name), text(&p.protocol), p.port))),
        },
    })
}

fn invalid(error: serde_json::Error) -> InputError {
    InputError(format!("the object is not what its kind promises: {error}"))
}
