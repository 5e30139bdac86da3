//! What the engine is told, as JSON text: the fields of a Node, a Pod or a Namespace that decide
//! placement, flattened out of `metadata`, `spec` and `status` and with Kubernetes' own names.
//! Unknown fields are ignored, so a later plugin adds its field here and nowhere else.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Labels, annotations and selectors by key.
pub type StringMap = BTreeMap<String, String>;

/// Names of resources to quantities as written (`"100m"`).
pub type ResourceList = BTreeMap<String, String>;

/// A node: `metadata.name`, `metadata.labels`, `spec.*` and `status.*`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeInput {
    pub name: String,
    pub labels: StringMap,
    pub unschedulable: bool,
    pub taints: Vec<Taint>,
    pub allocatable: ResourceList,
    pub images: Vec<ContainerImage>,
}

/// `spec.taints[]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
}

/// `status.images[]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerImage {
    pub names: Vec<String>,
    pub size_bytes: i64,
}

/// A namespace: its labels decide what a namespace selector matches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NamespaceInput {
    pub name: String,
    pub labels: StringMap,
}

/// A pod without its identity: pods that agree here share all work (KEP-5598 calls it a signature).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodInput {
    pub namespace: String,
    pub labels: StringMap,
    pub priority: i64,
    pub preemption_policy: String,
    pub node_name: String,
    pub node_selector: StringMap,
    pub affinity: Affinity,
    pub tolerations: Vec<Toleration>,
    pub containers: Vec<Container>,
    pub init_containers: Vec<Container>,
    pub overhead: ResourceList,
    /// Pod-level resources (KEP-2837).
    pub resources: Resources,
    pub topology_spread_constraints: Vec<TopologySpreadConstraint>,
    /// What the pod's Services and its owning workload select, together: the selector of the
    /// default spread constraints. Absent when nothing selects the pod.
    pub default_selector: Option<LabelSelector>,
}

/// `spec.tolerations[]`, without the seconds: they do not decide placement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct Toleration {
    pub key: String,
    pub operator: String,
    pub value: String,
    pub effect: String,
}

/// `spec.containers[]` and `spec.initContainers[]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    pub image: String,
    pub ports: Vec<ContainerPort>,
    pub resources: Resources,
    pub restart_policy: String,
    /// The larger of what a running container was allocated and what it was resized to
    /// (`status.containerStatuses[]`, KEP-1287); absent before it runs.
    pub allocated: Option<ResourceList>,
}

/// `ports[]` of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    pub host_port: u16,
    #[serde(rename = "hostIP")]
    pub host_ip: String,
    pub protocol: String,
}

/// `resources` of a container or of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Resources {
    pub requests: ResourceList,
}

/// `spec.affinity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity {
    pub node_affinity: Option<NodeAffinity>,
    pub pod_affinity: Option<PodAffinity>,
    pub pod_anti_affinity: Option<PodAffinity>,
}

/// `spec.affinity.nodeAffinity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodeAffinity {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Option<NodeSelector>,
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub preferred: Vec<PreferredSchedulingTerm>,
}

/// Terms that are ORed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelector {
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// Requirements that are ANDed; a term without any matches nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelectorTerm {
    pub match_expressions: Vec<Requirement>,
    pub match_fields: Vec<Requirement>,
}

/// A requirement on a label (or, in `matchFields`, on `metadata.name`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct Requirement {
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
}

/// A weighted node preference, weight 1 to 100.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct PreferredSchedulingTerm {
    pub weight: i64,
    pub preference: NodeSelectorTerm,
}

/// `podAffinity` and `podAntiAffinity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PodAffinity {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Vec<PodAffinityTerm>,
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub preferred: Vec<WeightedPodAffinityTerm>,
}

/// A term over pods; the API server has merged matchLabelKeys into the selector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinityTerm {
    pub label_selector: Option<LabelSelector>,
    pub namespaces: Vec<String>,
    pub topology_key: String,
    pub namespace_selector: Option<LabelSelector>,
}

/// A weighted term over pods, weight 1 to 100.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WeightedPodAffinityTerm {
    pub weight: i64,
    pub pod_affinity_term: PodAffinityTerm,
}

/// `metav1.LabelSelector`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    pub match_labels: StringMap,
    pub match_expressions: Vec<Requirement>,
}

/// `spec.topologySpreadConstraints[]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TopologySpreadConstraint {
    pub max_skew: i64,
    pub topology_key: String,
    pub when_unsatisfiable: String,
    pub label_selector: Option<LabelSelector>,
    pub min_domains: Option<i64>,
    pub node_affinity_policy: Option<String>,
    pub node_taints_policy: Option<String>,
    pub match_label_keys: Vec<String>,
}

/// Input that cannot be read: what was told and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The object: a node's name, a pod's `namespace/name`.
    pub object: String,
    /// What is wrong, for a log line.
    pub detail: String,
}

impl InputError {
    pub(crate) fn new(object: &str, detail: impl ToString) -> Self {
        Self {
            object: object.to_string(),
            detail: detail.to_string(),
        }
    }
}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.object, self.detail)
    }
}

impl std::error::Error for InputError {}

/// Reads one object of the text forms above.
pub fn decode<'a, T: Deserialize<'a>>(object: &str, text: &'a str) -> Result<T, InputError> {
    serde_json::from_str(text).map_err(|error| InputError::new(object, error))
}
