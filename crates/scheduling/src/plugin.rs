//! The interface of plugins and the table of them.
//!
//! A plugin is one of two kinds. A [`NodePlugin`] looks at a pod's shape and one node: its answer
//! is kept for that pair until the node changes. A [`ClusterPlugin`] looks at other pods and other
//! nodes too: it prepares a state for a template, which stays while the counts it reads are kept
//! up to date, and answers by node from there. A plugin is added by writing one of the two and
//! adding its line to [`PLUGINS`].

use crate::cluster::Cluster;
use crate::nodes::{NodeSlot, Nodes};
use crate::plugins;
use crate::template::Shape;
use ahash::AHashMap;
use serde_json::Value;

/// The highest score of a plugin on a node, before its weight.
pub const MAX_NODE_SCORE: i64 = 100;

/// Names an [`Outcome`].
pub type OutcomeId = u32;

/// The outcome of a node that passes.
pub const FITS: OutcomeId = 0;

/// Why a node does not pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Outcome {
    pub plugin: &'static str,
    /// Removing pods from the node may help (`Unschedulable`, against
    /// `UnschedulableAndUnresolvable`).
    pub resolvable: bool,
    /// Each counts once a node in a pod's message.
    pub reasons: Vec<String>,
}

/// Outcomes under numbers. It grows with the different sets of reasons; a profile bounds it.
#[derive(Debug)]
pub struct Outcomes {
    items: Vec<Outcome>,
    ids: AHashMap<Outcome, OutcomeId>,
}

impl Default for Outcomes {
    fn default() -> Self {
        Self {
            items: vec![Outcome::default()],
            ids: AHashMap::new(),
        }
    }
}

impl Outcomes {
    /// The number of an outcome.
    pub fn id(&mut self, outcome: Outcome) -> OutcomeId {
        if let Some(id) = self.ids.get(&outcome) {
            return *id;
        }
        let id = self.items.len() as OutcomeId;
        self.items.push(outcome.clone());
        self.ids.insert(outcome, id);
        id
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Never: passing is an outcome too.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of an outcome with one reason that no removal of pods cures.
    pub fn unresolvable(&mut self, plugin: &'static str, reason: &str) -> OutcomeId {
        self.id(Outcome {
            plugin,
            resolvable: false,
            reasons: vec![reason.to_string()],
        })
    }

    /// The number of an outcome with one reason that removing pods may cure.
    pub fn unschedulable(&mut self, plugin: &'static str, reason: &str) -> OutcomeId {
        self.id(Outcome {
            plugin,
            resolvable: true,
            reasons: vec![reason.to_string()],
        })
    }

    /// The outcome of a number that [`Self::id`] gave.
    pub fn get(&self, id: OutcomeId) -> &Outcome {
        &self.items[id as usize]
    }
}

/// What a node plugin's answer depends on, beside the shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The node's name, labels, taints, `unschedulable` and images.
    Placement,
    /// What is allocatable and what runs there.
    Usage,
}

/// How raw scores become 0 to 100 over the nodes that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalize {
    /// They are already.
    No,
    /// The highest becomes 100.
    Scale,
    /// The highest becomes 0, and 0 becomes 100.
    ScaleReversed,
}

/// A plugin that looks at one node at a time.
pub trait NodePlugin: Send {
    /// What its answers depend on.
    fn reads(&self) -> Reads;

    /// Whether a node passes. Reasons are registered in `outcomes`.
    fn filter(
        &self,
        nodes: &Nodes,
        shape: &Shape,
        node: NodeSlot,
        outcomes: &mut Outcomes,
    ) -> OutcomeId {
        let _ = (nodes, shape, node, outcomes);
        FITS
    }

    /// The raw score of a node that passes.
    fn score(&self, nodes: &Nodes, shape: &Shape, node: NodeSlot) -> i64 {
        let _ = (nodes, shape, node);
        0
    }

    /// How raw scores are brought to 0 to 100.
    fn normalize(&self) -> Normalize {
        Normalize::No
    }
}

/// A plugin that looks at the whole cluster.
pub trait ClusterPlugin: Send {
    /// What it keeps for a template; `None` when it has nothing to say about it. The state must
    /// see later changes of pods and nodes through tallies of the cluster.
    fn prepare(
        &self,
        cluster: &mut Cluster,
        template: u32,
        outcomes: &mut Outcomes,
    ) -> Option<Box<dyn ClusterState>>;
}

/// What a cluster plugin keeps for a template.
pub trait ClusterState: Send {
    /// Reads what does not depend on the node, at the start of a pod's cycle and after any change
    /// inside of it.
    fn begin(&mut self, cluster: &Cluster);

    /// Whether it can refuse nodes.
    fn filters(&self) -> bool;

    /// Whether a node passes.
    fn filter(&self, cluster: &Cluster, node: NodeSlot) -> OutcomeId;

    /// Whether it prefers nodes.
    fn scores(&self) -> bool;

    /// Scores of 0 to 100 of all nodes that passed, into `out` (one a node).
    fn score(&mut self, cluster: &Cluster, nodes: &[NodeSlot], out: &mut [i64]);
}

/// A plugin, built with its arguments.
pub enum Plugin {
    Node(Box<dyn NodePlugin>),
    Cluster(Box<dyn ClusterPlugin>),
}

/// Where a plugin's code is.
#[derive(Clone, Copy)]
pub enum Home {
    /// Here: built from its arguments (`pluginConfig[].args`).
    Native(fn(&Value) -> Result<Plugin, String>),
    /// In `lib/scheduler`: the queue, preemption's writes, binding.
    TypeScript,
    /// Not written yet: its name is accepted and it does nothing.
    Later,
}

/// A line of the table of plugins.
pub struct Descriptor {
    pub name: &'static str,
    /// Weight in the default profile; 0 for plugins that do not score.
    pub weight: i64,
    pub filters: bool,
    pub scores: bool,
    pub home: Home,
}

const fn line(name: &'static str, weight: i64, filters: bool, home: Home) -> Descriptor {
    Descriptor {
        name,
        weight,
        filters,
        scores: weight > 0,
        home,
    }
}

/// Every plugin of the default profile, in the order in which filters run and reasons win.
pub const PLUGINS: &[Descriptor] = &[
    line("SchedulingGates", 0, false, Home::TypeScript),
    line("PrioritySort", 0, false, Home::TypeScript),
    line(
        "NodeUnschedulable",
        0,
        true,
        Home::Native(plugins::node_unschedulable::build),
    ),
    line("NodeName", 0, true, Home::Native(plugins::node_name::build)),
    line(
        "TaintToleration",
        3,
        true,
        Home::Native(plugins::taint_toleration::build),
    ),
    line(
        "NodeAffinity",
        2,
        true,
        Home::Native(plugins::node_affinity::build),
    ),
    line(
        "NodePorts",
        0,
        true,
        Home::Native(plugins::node_ports::build),
    ),
    line(
        "NodeResourcesFit",
        1,
        true,
        Home::Native(plugins::node_resources_fit::build),
    ),
    line("VolumeRestrictions", 0, true, Home::Later),
    line("NodeVolumeLimits", 0, true, Home::Later),
    line("VolumeBinding", 0, true, Home::Later),
    line("VolumeZone", 0, true, Home::Later),
    line(
        "PodTopologySpread",
        2,
        true,
        Home::Native(plugins::pod_topology_spread::build),
    ),
    line(
        "InterPodAffinity",
        2,
        true,
        Home::Native(plugins::inter_pod_affinity::build),
    ),
    line("DynamicResources", 0, true, Home::Later),
    line("DefaultPreemption", 0, false, Home::TypeScript),
    line(
        "NodeResourcesBalancedAllocation",
        1,
        false,
        Home::Native(plugins::node_resources_balanced_allocation::build),
    ),
    line(
        "ImageLocality",
        1,
        false,
        Home::Native(plugins::image_locality::build),
    ),
    line("DefaultBinder", 0, false, Home::TypeScript),
];

/// The line of a plugin.
pub fn descriptor(name: &str) -> Option<&'static Descriptor> {
    PLUGINS.iter().find(|line| line.name == name)
}
