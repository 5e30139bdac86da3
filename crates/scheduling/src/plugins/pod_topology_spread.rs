//! PodTopologySpread: keeps the numbers of matching pods of topology domains within a skew (hard
//! constraints), or prefers domains with fewer (soft ones). KEP-895, KEP-3094 (inclusion policies),
//! KEP-3022 (minDomains), KEP-3243 (matchLabelKeys).

use crate::cluster::Cluster;
use crate::input::TopologySpreadConstraint;
use crate::nodes::NodeSlot;
use crate::plugin::{
    ClusterPlugin, ClusterState, FITS, MAX_NODE_SCORE, OutcomeId, Outcomes, Plugin,
};
use crate::template::{SpreadConstraint, Template};
use crate::topology::{EligibilityRule, NO_DOMAIN, SetRule};
use serde::Deserialize;
use serde_json::Value;

const NAME: &str = "PodTopologySpread";
const HOSTNAME: &str = "kubernetes.io/hostname";
const REASON: &str = "node(s) didn't match pod topology spread constraints";
const REASON_LABEL: &str =
    "node(s) didn't match pod topology spread constraints (missing required label)";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Args {
    default_constraints: Vec<TopologySpreadConstraint>,
    defaulting_type: String,
}

struct PodTopologySpread {
    defaults: Vec<SpreadConstraint>,
    /// The defaults are the system's: nodes without a zone still spread by host name.
    system_defaulted: bool,
}

/// Builds it from `PodTopologySpreadArgs`.
pub fn build(args: &Value) -> Result<Plugin, String> {
    let args: Args = if args.is_null() {
        Args::default()
    } else {
        Args::deserialize(args).map_err(|error| error.to_string())?
    };
    let system_defaulted = match args.defaulting_type.as_str() {
        "" => args.default_constraints.is_empty(),
        "System" if args.default_constraints.is_empty() => true,
        "System" => return Err("defaultConstraints: must be empty with System".into()),
        "List" => false,
        other => return Err(format!("defaultingType: unknown {other:?}")),
    };
    let system = |topology_key: &str, max_skew: i64| TopologySpreadConstraint {
        topology_key: topology_key.into(),
        max_skew,
        when_unsatisfiable: "ScheduleAnyway".into(),
        ..TopologySpreadConstraint::default()
    };
    let defaults = if system_defaulted {
        vec![
            system(HOSTNAME, 3),
            system("topology.kubernetes.io/zone", 5),
        ]
    } else {
        args.default_constraints
    };
    let no_labels = crate::input::StringMap::new();
    Ok(Plugin::Cluster(Box::new(PodTopologySpread {
        defaults: defaults
            .iter()
            .map(|one| SpreadConstraint::compile(one, &no_labels))
            .collect(),
        system_defaulted,
    })))
}

impl PodTopologySpread {
    fn constraints(&self, template: &Template) -> Vec<SpreadConstraint> {
        if !template.spread.is_empty() {
            return template.spread.clone();
        }
        let Some(selector) = &template.default_selector else {
            return Vec::new();
        };
        if selector.is_everything() {
            return Vec::new();
        }
        let with_selector = |one: &SpreadConstraint| SpreadConstraint {
            selector: selector.clone(),
            ..one.clone()
        };
        self.defaults.iter().map(with_selector).collect()
    }
}

/// A hard constraint's counts.
struct Hard {
    key: u32,
    tally: Option<u32>,
    max_skew: i64,
    min_domains: u32,
    /// 1 when the pod counts towards its own constraint.
    own: i64,
    /// The lowest count of a domain, as of `begin`.
    lowest: i64,
}

/// A soft constraint's counts.
struct Soft {
    key: u32,
    /// By value of the key; by node when the key is the host name.
    tally: Option<u32>,
    /// Counts are of one node rather than of a domain.
    by_node: bool,
    max_skew: i64,
}

struct State {
    hard: Vec<Hard>,
    soft: Vec<Soft>,
    /// A node without one of the keys is not scored.
    needs_all_keys: bool,
    mismatch: OutcomeId,
    no_label: OutcomeId,
    /// Marks domains already seen in a cycle: one vector a soft constraint, of cycle numbers.
    seen: Vec<Vec<u64>>,
    cycle: u64,
    ignored: Vec<bool>,
}

impl ClusterPlugin for PodTopologySpread {
    fn prepare(
        &self,
        cluster: &mut Cluster,
        template: u32,
        outcomes: &mut Outcomes,
    ) -> Option<Box<dyn ClusterState>> {
        let own = &cluster.templates[template];
        let constraints = self.constraints(own);
        if constraints.is_empty() {
            return None;
        }
        let needs_all_keys = !own.spread.is_empty() || !self.system_defaulted;
        let shape = std::sync::Arc::clone(&cluster.shapes[own.shape].shape);
        let (namespace, labels) = (own.namespace.clone(), own.labels.clone());
        let keys = |hard: bool| -> Vec<String> {
            let mut keys: Vec<String> = constraints
                .iter()
                .filter(|one| one.hard == hard)
                .map(|one| one.topology_key.clone())
                .collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let (hard_keys, soft_keys) = (keys(true), keys(false));
        let mut hard = Vec::new();
        let mut soft = Vec::new();
        for one in &constraints {
            let by_node = !one.hard && one.topology_key == HOSTNAME;
            let rule = SetRule::Spread {
                namespace: namespace.clone(),
                selector: one.selector.clone(),
            };
            let eligibility = EligibilityRule {
                keys: match one.hard {
                    true => hard_keys.clone(),
                    false if needs_all_keys => soft_keys.clone(),
                    false => Vec::new(),
                },
                node_match: (one.honors_affinity && !shape.node_match.is_everything())
                    .then(|| shape.node_match.clone()),
                tolerations: one.honors_taints.then(|| shape.tolerations.clone()),
            };
            // A selector without requirements counts nothing, as upstream has it.
            let selects = !one.selector.is_everything();
            let tally = match (selects, by_node) {
                (false, _) => None,
                (true, true) => Some(cluster.tally(rule, None, EligibilityRule::default())),
                (true, false) => Some(cluster.tally(rule, Some(&one.topology_key), eligibility)),
            };
            let key = cluster.topology.key_id(&one.topology_key, &cluster.nodes);
            if one.hard {
                let own = i64::from(one.selector.matches(&labels));
                let min_domains = u32::try_from(one.min_domains).unwrap_or(u32::MAX);
                let max_skew = one.max_skew;
                hard.push(Hard {
                    key,
                    tally,
                    max_skew,
                    min_domains,
                    own,
                    lowest: 0,
                });
            } else {
                soft.push(Soft {
                    key,
                    tally,
                    by_node,
                    max_skew: one.max_skew,
                });
            }
        }
        Some(Box::new(State {
            seen: vec![Vec::new(); soft.len()],
            hard,
            soft,
            needs_all_keys,
            mismatch: outcomes.unschedulable(NAME, REASON),
            no_label: outcomes.unresolvable(NAME, REASON_LABEL),
            cycle: 0,
            ignored: Vec::new(),
        }))
    }
}

impl State {
    /// How many domains the nodes that passed are in, by constraint. A missing label is a domain
    /// of its own where nodes without a key still count.
    fn sizes(&mut self, cluster: &Cluster, nodes: &[NodeSlot]) -> Vec<usize> {
        self.cycle += 1;
        self.ignored.clear();
        let lacks = |node: &NodeSlot| {
            let has = |one: &Soft| cluster.topology.key(one.key).domain(*node) != NO_DOMAIN;
            self.needs_all_keys && !self.soft.iter().all(has)
        };
        self.ignored.extend(nodes.iter().map(lacks));
        let scored = self.ignored.iter().filter(|ignored| !**ignored).count();
        let mut sizes = Vec::with_capacity(self.soft.len());
        for (constraint, seen) in self.soft.iter().zip(&mut self.seen) {
            if constraint.by_node {
                sizes.push(scored);
                continue;
            }
            let key = cluster.topology.key(constraint.key);
            seen.resize(key.bound() + 1, 0);
            let mut size = 0;
            for (node, _) in nodes
                .iter()
                .zip(&self.ignored)
                .filter(|(_, ignored)| !**ignored)
            {
                let domain = match key.domain(*node) {
                    NO_DOMAIN => key.bound(),
                    domain => domain as usize,
                };
                if seen[domain] != self.cycle {
                    seen[domain] = self.cycle;
                    size += 1;
                }
            }
            sizes.push(size);
        }
        sizes
    }

    fn raw(&self, cluster: &Cluster, node: NodeSlot, weights: &[f64]) -> i64 {
        let mut score = 0.0;
        for (constraint, weight) in self.soft.iter().zip(weights) {
            let domain = cluster.topology.key(constraint.key).domain(node);
            if domain == NO_DOMAIN {
                continue;
            }
            let at = if constraint.by_node { node } else { domain };
            let count = constraint
                .tally
                .map_or(0, |tally| cluster.topology.tallies[tally].count(at));
            score += f64::from(count) * weight + (constraint.max_skew - 1) as f64;
        }
        score.round() as i64
    }
}

impl ClusterState for State {
    fn begin(&mut self, cluster: &Cluster) {
        for one in &mut self.hard {
            one.lowest = one.tally.map_or(0, |tally| {
                let tally = &cluster.topology.tallies[tally];
                if tally.domains < one.min_domains {
                    0
                } else {
                    i64::from(tally.lowest())
                }
            });
        }
    }

    fn filters(&self) -> bool {
        !self.hard.is_empty()
    }

    fn filter(&self, cluster: &Cluster, node: NodeSlot) -> OutcomeId {
        for one in &self.hard {
            let domain = cluster.topology.key(one.key).domain(node);
            if domain == NO_DOMAIN {
                return self.no_label;
            }
            let count = one
                .tally
                .map_or(0, |tally| cluster.topology.tallies[tally].count(domain));
            if i64::from(count) + one.own - one.lowest > one.max_skew {
                return self.mismatch;
            }
        }
        FITS
    }

    fn scores(&self) -> bool {
        !self.soft.is_empty()
    }

    fn score(&mut self, cluster: &Cluster, nodes: &[NodeSlot], out: &mut [i64]) {
        let sizes = self.sizes(cluster, nodes);
        // Few large domains and many small ones are made to weigh alike.
        let weights: Vec<f64> = sizes.iter().map(|size| ((size + 2) as f64).ln()).collect();
        let (mut min, mut max) = (i64::MAX, 0);
        for (index, node) in nodes.iter().enumerate() {
            if self.ignored[index] {
                continue;
            }
            out[index] = self.raw(cluster, *node, &weights);
            min = min.min(out[index]);
            max = max.max(out[index]);
        }
        for (score, ignored) in out.iter_mut().zip(&self.ignored) {
            *score = match (*ignored, max) {
                (true, _) => 0,
                (false, 0) => MAX_NODE_SCORE,
                (false, _) => MAX_NODE_SCORE * (max + min - *score) / max,
            };
        }
    }
}
