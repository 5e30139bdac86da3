//! Objects of the API as several crates read them from JSON: the fields that any of them wants. A
//! field that is absent or null is None, and others are passed over.

use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// Why an object could not be read; the object is then left out, as if it were not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError(pub String);

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A field of text, borrowed where it has no escapes.
pub type Text<'a> = Option<Cow<'a, str>>;

/// The empty string where there is none.
pub fn text<'a>(field: &'a Text<'_>) -> &'a str {
    field.as_deref().unwrap_or("")
}

#[derive(Debug, Default, Deserialize)]
pub struct Metadata<'a> {
    #[serde(borrow)]
    pub namespace: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub labels: Option<Labels<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Labels<'a> {
    #[serde(borrow, rename = "kubernetes.io/service-name")]
    pub service_name: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Service<'a> {
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
    #[serde(borrow)]
    pub spec: Option<ServiceSpec<'a>>,
    #[serde(borrow)]
    pub status: Option<ServiceStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSpec<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow, rename = "clusterIP")]
    pub cluster_ip: Text<'a>,
    #[serde(borrow, rename = "clusterIPs")]
    pub cluster_ips: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    pub external_name: Text<'a>,
    #[serde(borrow)]
    pub ports: Option<Vec<ServicePort<'a>>>,
    #[serde(borrow, rename = "externalIPs")]
    pub external_ips: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    pub session_affinity: Text<'a>,
    pub session_affinity_config: Option<AffinityConfig>,
    #[serde(borrow)]
    pub load_balancer_source_ranges: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    pub internal_traffic_policy: Text<'a>,
    #[serde(borrow)]
    pub external_traffic_policy: Text<'a>,
    pub health_check_node_port: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub protocol: Text<'a>,
    pub port: Option<i64>,
    pub node_port: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
pub struct AffinityConfig {
    #[serde(rename = "clientIP")]
    pub client_ip: Option<ClientIp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientIp {
    pub timeout_seconds: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceStatus<'a> {
    #[serde(borrow)]
    pub load_balancer: Option<LoadBalancer<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct LoadBalancer<'a> {
    #[serde(borrow)]
    pub ingress: Option<Vec<Ingress<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ingress<'a> {
    #[serde(borrow)]
    pub ip: Text<'a>,
    #[serde(borrow)]
    pub ip_mode: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointSlice<'a> {
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
    #[serde(borrow)]
    pub address_type: Text<'a>,
    #[serde(borrow)]
    pub ports: Option<Vec<SlicePort<'a>>>,
    #[serde(borrow)]
    pub endpoints: Option<Vec<Endpoint<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct SlicePort<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub protocol: Text<'a>,
    pub port: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint<'a> {
    #[serde(borrow)]
    pub addresses: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    pub hostname: Text<'a>,
    pub conditions: Option<Conditions>,
    #[serde(borrow)]
    pub node_name: Text<'a>,
    #[serde(borrow)]
    pub hints: Option<Hints<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Conditions {
    /// One that is not known stands for true.
    pub ready: Option<bool>,
    pub serving: Option<bool>,
    pub terminating: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hints<'a> {
    #[serde(borrow)]
    pub for_zones: Option<Vec<Named<'a>>>,
    #[serde(borrow)]
    pub for_nodes: Option<Vec<Named<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Named<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_null_fields_are_none_and_others_are_passed_over() {
        let json = r#"{"metadata":{"name":"a","namespace":null,"uid":"x"},
            "spec":{"clusterIP":"10.0.0.1","ports":[{"port":80,"nodePort":null}],"unknown":{}}}"#;
        let read: Result<Service<'_>, _> = serde_json::from_str(json);
        let Ok(service) = read else {
            unreachable!("{read:?}")
        };
        assert_eq!(text(&service.metadata.name), "a");
        assert_eq!(text(&service.metadata.namespace), "");
        let spec = service.spec.unwrap_or_default();
        assert_eq!(text(&spec.cluster_ip), "10.0.0.1");
        assert!(spec.cluster_ips.is_none() && service.status.is_none());
        let ports = spec.ports.unwrap_or_default();
        assert_eq!((ports[0].port, ports[0].node_port), (Some(80), None));
    }
}
