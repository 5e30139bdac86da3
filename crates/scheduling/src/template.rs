//! Pods by what decides their placement: a template is a pod without its identity, a shape is the
//! part of a template that meets one node at a time. Work is kept per shape and per template, so
//! the thousandth pod of a Deployment costs next to nothing.

use crate::input::{self, InputError, PodInput, StringMap, Toleration};
use crate::requests::Requests;
use crate::selector::{NodeMatch, NodeTerm, Selector};
use ahash::AHashMap;

/// A host port that a pod takes on its node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPort {
    pub port: u16,
    pub protocol: String,
    pub ip: String,
}

impl HostPort {
    const ANY: &'static str = "0.0.0.0";

    /// Whether two cannot be on one node.
    pub fn conflicts(&self, other: &Self) -> bool {
        self.port == other.port
            && self.protocol == other.protocol
            && (self.ip == other.ip || self.ip == Self::ANY || other.ip == Self::ANY)
    }
}

/// What a pod asks of the node that it is put on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    pub node_name: String,
    pub node_match: NodeMatch,
    pub preferred: Vec<(i64, NodeTerm)>,
    pub tolerations: Vec<Toleration>,
    pub requests: Requests,
    pub host_ports: Vec<HostPort>,
    /// Normalized names (with a tag) of the images of all containers, in order.
    pub images: Vec<String>,
}

/// A term of pod affinity or anti-affinity with its namespaces resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term {
    pub namespaces: Vec<String>,
    pub namespace_selector: Selector,
    pub selector: Selector,
    pub topology_key: String,
}

impl Term {
    fn compile(from: &input::PodAffinityTerm, namespace: &str) -> Self {
        let mut namespaces = from.namespaces.clone();
        if namespaces.is_empty() && from.namespace_selector.is_none() {
            namespaces.push(namespace.to_string());
        }
        namespaces.sort_unstable();
        namespaces.dedup();
        Self {
            namespaces,
            namespace_selector: Selector::compile(from.namespace_selector.as_ref()),
            selector: Selector::compile(from.label_selector.as_ref()),
            topology_key: from.topology_key.clone(),
        }
    }

    /// Whether a pod of a namespace with these labels is meant.
    pub fn matches(&self, namespace: &str, of_namespace: &StringMap, labels: &StringMap) -> bool {
        (self.namespaces.iter().any(|name| name == namespace)
            || self.namespace_selector.matches(of_namespace))
            && self.selector.matches(labels)
    }
}

/// A compiled topology spread constraint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpreadConstraint {
    pub max_skew: i64,
    pub topology_key: String,
    /// `DoNotSchedule`, rather than `ScheduleAnyway`.
    pub hard: bool,
    pub selector: Selector,
    pub min_domains: i64,
    /// `nodeAffinityPolicy: Honor`.
    pub honors_affinity: bool,
    /// `nodeTaintsPolicy: Honor`.
    pub honors_taints: bool,
}

impl SpreadConstraint {
    /// Compiles one for a pod with `labels` (the values of `matchLabelKeys` come from there).
    pub fn compile(from: &input::TopologySpreadConstraint, labels: &StringMap) -> Self {
        let mut selector = Selector::compile(from.label_selector.as_ref());
        for key in &from.match_label_keys {
            if let Some(value) = labels.get(key) {
                selector = selector.and_equals(key, value);
            }
        }
        Self {
            max_skew: from.max_skew,
            topology_key: from.topology_key.clone(),
            hard: from.when_unsatisfiable == "DoNotSchedule",
            selector,
            min_domains: from.min_domains.unwrap_or(1),
            honors_affinity: from.node_affinity_policy.as_deref() != Some("Ignore"),
            honors_taints: from.node_taints_policy.as_deref() == Some("Honor"),
        }
    }
}

/// Terms that a pod carries, each once, with a weight where there is one. There may be as many as
/// an object has values, and every set of carriers asks every template for its term.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    list: Vec<(i64, Term)>,
    places: AHashMap<Term, usize>,
}

impl Terms {
    /// Equal terms become one with the sum of their weights.
    fn add(&mut self, weight: i64, term: Term) {
        match self.places.get(&term) {
            Some(at) => self.list[*at].0 += weight,
            None => {
                self.places.insert(term.clone(), self.list.len());
                self.list.push((weight, term));
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &(i64, Term)> {
        self.list.iter()
    }

    pub fn weight(&self, term: &Term) -> Option<i64> {
        self.places.get(term).map(|at| self.list[*at].0)
    }

    fn required(from: &[input::PodAffinityTerm], namespace: &str) -> Terms {
        let mut terms = Terms::default();
        for term in from {
            terms.add(0, Term::compile(term, namespace));
        }
        terms
    }
}

/// A pod without its identity.
#[derive(Debug, Clone)]
pub struct Template {
    pub text: Box<str>,
    pub shape: u32,
    pub namespace: String,
    pub labels: StringMap,
    pub priority: i64,
    /// `preemptionPolicy: Never`.
    pub never_preempts: bool,
    /// The pod's own constraints; the defaults of a profile apply when there are none.
    pub spread: Vec<SpreadConstraint>,
    /// The selector for default constraints, when something selects the pod.
    pub default_selector: Option<Selector>,
    pub required_affinity: Terms,
    pub required_anti_affinity: Terms,
    /// Preferred affinity with its weight, anti-affinity with its weight negated.
    pub preferred_terms: Terms,
    /// Pods of this template that are on a node, known or assumed.
    pub pods: Vec<u32>,
    /// Pod sets that its pods are counted in, rising.
    pub sets: Vec<u32>,
    /// Pod sets of carriers whose term means pods of this template.
    pub matched_by: Vec<u32>,
    /// When it was last asked for, in calls to `schedule`; unused ones are swept.
    pub last_used: u64,
}

/// Splits a pod into its template (with no shape key yet) and its shape.
pub fn compile(object: &str, text: &str) -> Result<(Template, Shape), InputError> {
    let pod: PodInput = input::decode(object, text)?;
    let affinity = pod.affinity.node_affinity.clone().unwrap_or_default();
    let shape = Shape {
        node_name: pod.node_name.clone(),
        node_match: NodeMatch::compile(&pod.node_selector, affinity.required.as_ref()),
        preferred: affinity
            .preferred
            .iter()
            .filter(|term| term.weight != 0)
            .map(|term| (term.weight, NodeTerm::compile(&term.preference)))
            .filter(|(_, term)| !term.is_empty())
            .collect(),
        tolerations: pod.tolerations.clone(),
        requests: Requests::of(&pod, object)?,
        host_ports: host_ports(&pod),
        images: images(&pod),
    };
    let attract = pod.affinity.pod_affinity.clone().unwrap_or_default();
    let repel = pod.affinity.pod_anti_affinity.clone().unwrap_or_default();
    let weighted = |from: &[input::WeightedPodAffinityTerm], sign: i64| {
        from.iter()
            .map(|one| {
                (
                    sign * one.weight,
                    Term::compile(&one.pod_affinity_term, &pod.namespace),
                )
            })
            .collect::<Vec<_>>()
    };
    let mut preferred_terms = Terms::default();
    let all = weighted(&attract.preferred, 1)
        .into_iter()
        .chain(weighted(&repel.preferred, -1));
    for (weight, term) in all {
        preferred_terms.add(weight, term);
    }
    let template = Template {
        text: text.into(),
        shape: u32::MAX,
        spread: pod
            .topology_spread_constraints
            .iter()
            .map(|one| SpreadConstraint::compile(one, &pod.labels))
            .collect(),
        default_selector: pod
            .default_selector
            .as_ref()
            .map(|one| Selector::compile(Some(one))),
        required_affinity: Terms::required(&attract.required, &pod.namespace),
        required_anti_affinity: Terms::required(&repel.required, &pod.namespace),
        preferred_terms,
        priority: pod.priority,
        never_preempts: pod.preemption_policy == "Never",
        namespace: pod.namespace,
        labels: pod.labels,
        pods: Vec::new(),
        sets: Vec::new(),
        matched_by: Vec::new(),
        last_used: 0,
    };
    Ok((template, shape))
}

fn host_ports(pod: &PodInput) -> Vec<HostPort> {
    let sidecars = pod
        .init_containers
        .iter()
        .filter(|one| one.restart_policy == "Always");
    let or = |value: &str, default: &str| {
        if value.is_empty() {
            default.to_string()
        } else {
            value.to_string()
        }
    };
    let mut ports: Vec<HostPort> = pod
        .containers
        .iter()
        .chain(sidecars)
        .flat_map(|container| &container.ports)
        .filter(|port| port.host_port > 0)
        .map(|port| HostPort {
            port: port.host_port,
            protocol: or(&port.protocol, "TCP"),
            ip: or(&port.host_ip, HostPort::ANY),
        })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn images(pod: &PodInput) -> Vec<String> {
    let all = pod.init_containers.iter().chain(&pod.containers);
    all.map(|container| normalized_image(&container.image))
        .collect()
}

/// An image reference with its tag: a name without one means `latest`.
fn normalized_image(name: &str) -> String {
    if name.rfind(':') <= name.rfind('/') {
        format!("{name}:latest")
    } else {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_get_their_tag() {
        assert_eq!(normalized_image("a"), "a:latest");
        assert_eq!(normalized_image("r:5000/a"), "r:5000/a:latest");
        assert_eq!(normalized_image("r:5000/a:1"), "r:5000/a:1");
    }

    #[test]
    fn host_ports_conflict_on_overlapping_addresses() {
        let port = |ip: &str, protocol: &str| HostPort {
            port: 80,
            protocol: protocol.into(),
            ip: ip.into(),
        };
        assert!(port("0.0.0.0", "TCP").conflicts(&port("10.0.0.1", "TCP")));
        assert!(!port("10.0.0.2", "TCP").conflicts(&port("10.0.0.1", "TCP")));
        assert!(!port("0.0.0.0", "UDP").conflicts(&port("0.0.0.0", "TCP")));
    }
}
