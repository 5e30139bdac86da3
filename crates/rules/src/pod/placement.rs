//! Where pods may run, and what they are called in the network.

use steersman_codec::value::Value as Field;

use crate::names;
use crate::shape::Check::{Any, Each, One, OneOf, Text, Texts, Value, Within};
use crate::shape::{At, MOST, Shape, any_text, are_different, are_labels, is_given};

/// Characters of all search domains together, each with what parts it from the next.
const MOST_SEARCH: usize = 2048;

/// Labels of nodes that have a newer name, which who uses them is told.
const OLD_LABELS: [&str; 8] = [
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "beta.kubernetes.io/instance-type",
    "app.kubernetes.io/created-by",
    "scheduler.alpha.kubernetes.io/preferAvoidPods",
    "node-role.kubernetes.io/master",
];

/// A label of nodes that has no newer name.
pub(super) fn is_node_label(key: &str) -> bool {
    names::is_qualified(key) && !OLD_LABELS.contains(&key)
}

fn is_requirement(requirement: &At) -> bool {
    let values = requirement.list("values").len();
    match requirement.str("operator") {
        "In" | "NotIn" => values > 0,
        "Exists" | "DoesNotExist" => values == 0,
        "Gt" | "Lt" => values == 1,
        _ => false,
    }
}

static REQUIREMENT: Shape = Shape::new(
    "k8s.io.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement",
    &[
        ("key", Text(names::is_qualified)),
        (
            "operator",
            OneOf(&["In", "NotIn", "Exists", "DoesNotExist"]),
        ),
        ("values", Texts(names::is_label_value)),
    ],
)
.requires(&["key"])
.also(is_requirement);
static SELECTOR: Shape = Shape::new(
    "k8s.io.apimachinery.pkg.apis.meta.v1.LabelSelector",
    &[
        ("matchLabels", Value(are_labels)),
        ("matchExpressions", Each(&REQUIREMENT)),
    ],
);
static NODE_REQUIREMENT: Shape = Shape::new(
    "k8s.io.api.core.v1.NodeSelectorRequirement",
    &[
        ("key", Text(is_node_label)),
        ("operator", Text(is_given)),
        ("values", Texts(names::is_label_value)),
    ],
)
.requires(&["key"])
.also(is_requirement);
static NODE_FIELD: Shape = Shape::new(
    "k8s.io.api.core.v1.NodeSelectorRequirement",
    &[
        ("key", OneOf(&["metadata.name"])),
        ("operator", OneOf(&["In", "NotIn"])),
        ("values", Texts(names::is_subdomain)),
    ],
)
.requires(&["key", "operator"])
.also(|requirement| requirement.list("values").len() == 1);
static NODE_TERM: Shape = Shape::new(
    "k8s.io.api.core.v1.NodeSelectorTerm",
    &[
        ("matchExpressions", Each(&NODE_REQUIREMENT)),
        ("matchFields", Each(&NODE_FIELD)),
    ],
);
static NODES: Shape = Shape::new(
    "k8s.io.api.core.v1.NodeSelector",
    &[("nodeSelectorTerms", Each(&NODE_TERM))],
)
.also(|nodes| !nodes.list("nodeSelectorTerms").is_empty());
static PREFERRED_NODES: Shape = Shape::new(
    "k8s.io.api.core.v1.PreferredSchedulingTerm",
    &[("weight", Within(1, 100)), ("preference", One(&NODE_TERM))],
)
.requires(&["weight", "preference"]);
static NODE_AFFINITY: Shape = Shape::new(
    "k8s.io.api.core.v1.NodeAffinity",
    &[
        (
            "requiredDuringSchedulingIgnoredDuringExecution",
            One(&NODES),
        ),
        (
            "preferredDuringSchedulingIgnoredDuringExecution",
            Each(&PREFERRED_NODES),
        ),
    ],
);

/// Without keys whose values would be taken from the pod's own labels.
static PODS: Shape = Shape::new(
    "k8s.io.api.core.v1.PodAffinityTerm",
    &[
        ("labelSelector", One(&SELECTOR)),
        ("namespaces", Texts(names::is_label)),
        ("topologyKey", Text(names::is_qualified)),
        ("namespaceSelector", One(&SELECTOR)),
    ],
)
.requires(&["labelSelector", "topologyKey"]);
static PREFERRED_PODS: Shape = Shape::new(
    "k8s.io.api.core.v1.WeightedPodAffinityTerm",
    &[("weight", Within(1, 100)), ("podAffinityTerm", One(&PODS))],
)
.requires(&["weight", "podAffinityTerm"]);
static POD_AFFINITY: Shape = Shape::new(
    "k8s.io.api.core.v1.PodAffinity",
    &[
        (
            "requiredDuringSchedulingIgnoredDuringExecution",
            Each(&PODS),
        ),
        (
            "preferredDuringSchedulingIgnoredDuringExecution",
            Each(&PREFERRED_PODS),
        ),
    ],
);
static POD_ANTI_AFFINITY: Shape = Shape::new(
    "k8s.io.api.core.v1.PodAntiAffinity",
    &[
        (
            "requiredDuringSchedulingIgnoredDuringExecution",
            Each(&PODS),
        ),
        (
            "preferredDuringSchedulingIgnoredDuringExecution",
            Each(&PREFERRED_PODS),
        ),
    ],
);
pub(super) static AFFINITY: Shape = Shape::new(
    "k8s.io.api.core.v1.Affinity",
    &[
        ("nodeAffinity", One(&NODE_AFFINITY)),
        ("podAffinity", One(&POD_AFFINITY)),
        ("podAntiAffinity", One(&POD_ANTI_AFFINITY)),
    ],
);

pub(super) static TOLERATION: Shape = Shape::new(
    "k8s.io.api.core.v1.Toleration",
    &[
        ("key", Text(names::is_qualified)),
        ("operator", OneOf(&["Equal", "Exists"])),
        ("value", Text(names::is_label_value)),
        (
            "effect",
            OneOf(&["NoSchedule", "PreferNoSchedule", "NoExecute"]),
        ),
        ("tolerationSeconds", Any),
    ],
)
.also(|toleration| {
    let exists = toleration.str("operator") == "Exists";
    let is_timed = toleration.has("tolerationSeconds");
    (toleration.has("key") || exists)
        && !(exists && toleration.has("value"))
        && (!is_timed || toleration.str("effect") == "NoExecute")
});

/// Of one constraint: no two are for the same key in the same way, see `are_distinct`.
pub(super) static SPREAD: Shape = Shape::new(
    "k8s.io.api.core.v1.TopologySpreadConstraint",
    &[
        ("maxSkew", Within(1, MOST)),
        (
            "topologyKey",
            Text(|key| is_given(key) && !OLD_LABELS.contains(&key)),
        ),
        (
            "whenUnsatisfiable",
            OneOf(&["DoNotSchedule", "ScheduleAnyway"]),
        ),
        ("labelSelector", One(&SELECTOR)),
        ("nodeAffinityPolicy", OneOf(&["Honor", "Ignore"])),
        ("nodeTaintsPolicy", OneOf(&["Honor", "Ignore"])),
    ],
)
.requires(&[
    "maxSkew",
    "topologyKey",
    "whenUnsatisfiable",
    "labelSelector",
]);

static DNS_OPTION: Shape = Shape::new(
    "k8s.io.api.core.v1.PodDNSConfigOption",
    &[("name", Text(is_given)), ("value", Text(any_text))],
)
.requires(&["name"]);
pub(super) static DNS: Shape = Shape::new(
    "k8s.io.api.core.v1.PodDNSConfig",
    &[
        ("nameservers", Texts(names::is_address)),
        ("searches", Texts(names::is_subdomain)),
        ("options", Each(&DNS_OPTION)),
    ],
)
.also(|dns| {
    let searches = dns.list("searches");
    let length: usize = searches
        .iter()
        .map(|search| match search {
            Field::Str(search) => search.len() + 1,
            _ => 0,
        })
        .sum();
    dns.list("nameservers").len() <= 3 && searches.len() <= 32 && length <= MOST_SEARCH
});
pub(super) static HOST_ALIAS: Shape = Shape::new(
    "k8s.io.api.core.v1.HostAlias",
    &[
        ("ip", Text(names::is_address)),
        ("hostnames", Texts(names::is_subdomain)),
    ],
)
.requires(&["ip"]);
/// Its name is looked at with the others of its list: see `are_distinct`.
pub(super) static PULL_SECRET: Shape = Shape::new(
    "k8s.io.api.core.v1.LocalObjectReference",
    &[("name", Text(is_given))],
)
.requires(&["name"]);
pub(super) static SYSTEM: Shape =
    Shape::new("k8s.io.api.core.v1.PodOS", &[("name", OneOf(&["linux"]))]).requires(&["name"]);
pub(super) static READINESS_GATE: Shape = Shape::new(
    "k8s.io.api.core.v1.PodReadinessGate",
    &[("conditionType", Text(names::is_qualified))],
)
.requires(&["conditionType"]);

/// A list of plain messages of which no two have the same text.
pub(super) fn are_distinct(shape: &'static Shape, list: &Field, text: &str) -> bool {
    let Field::List(items) = list else {
        return false;
    };
    let messages = items.iter().filter_map(Field::as_message);
    shape.accepts_each(list) && are_different(messages.map(|fields| shape.at(fields).str(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_model() {
        let all = [
            &AFFINITY,
            &TOLERATION,
            &SPREAD,
            &DNS,
            &HOST_ALIAS,
            &PULL_SECRET,
            &SYSTEM,
            &READINESS_GATE,
        ];
        let missing: Vec<_> = all.iter().flat_map(|shape| shape.missing()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
