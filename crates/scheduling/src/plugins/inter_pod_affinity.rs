//! InterPodAffinity: puts pods with or apart from other pods, as the pod's own terms and those of
//! pods already placed ask (the concept page "Assigning Pods to Nodes").

use crate::cluster::Cluster;
use crate::nodes::NodeSlot;
use crate::plugin::{
    ClusterPlugin, ClusterState, FITS, MAX_NODE_SCORE, OutcomeId, Outcomes, Plugin,
};
use crate::template::{Term, Terms};
use crate::topology::{EligibilityRule, NO_DOMAIN, SetRule};
use serde::Deserialize;
use serde_json::Value;

const NAME: &str = "InterPodAffinity";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Args {
    hard_pod_affinity_weight: i64,
    ignore_preferred_terms_of_existing_pods: bool,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            hard_pod_affinity_weight: 1,
            ignore_preferred_terms_of_existing_pods: false,
        }
    }
}

struct InterPodAffinity {
    args: Args,
}

/// Builds it from `InterPodAffinityArgs`.
pub fn build(args: &Value) -> Result<Plugin, String> {
    let args: Args = if args.is_null() {
        Args::default()
    } else {
        Args::deserialize(args).map_err(|error| error.to_string())?
    };
    if !(0..=100).contains(&args.hard_pod_affinity_weight) {
        return Err("hardPodAffinityWeight: must be 0 to 100".into());
    }
    Ok(Plugin::Cluster(Box::new(InterPodAffinity { args })))
}

struct State {
    template: u32,
    /// One tally a required term of the pod, of pods that all terms mean.
    affinity: Vec<u32>,
    /// All required terms mean the pod itself: the first of a group may go anywhere.
    means_itself: bool,
    anti_affinity: Vec<u32>,
    /// Tally and weight of each preferred term of the pod.
    preferred: Vec<(u32, i64)>,
    hard_weight: i64,
    ignores_preferred: bool,
    /// Tallies of carriers that refuse the pod, as of `begin`.
    refusing: Vec<u32>,
    /// Tallies and weights that score, as of `begin`.
    scoring: Vec<(u32, i64)>,
    affinity_mismatch: OutcomeId,
    anti_affinity_mismatch: OutcomeId,
    refused: OutcomeId,
}

impl ClusterPlugin for InterPodAffinity {
    fn prepare(
        &self,
        cluster: &mut Cluster,
        template: u32,
        outcomes: &mut Outcomes,
    ) -> Option<Box<dyn ClusterState>> {
        let own = &cluster.templates[template];
        let terms_of = |terms: &Terms| terms.iter().cloned().collect::<Vec<_>>();
        let required: Vec<Term> = own
            .required_affinity
            .iter()
            .map(|(_, t)| t.clone())
            .collect();
        let anti = terms_of(&own.required_anti_affinity);
        let preferred = terms_of(&own.preferred_terms);
        let of_namespace = cluster.topology.namespace_labels(&own.namespace);
        let means_itself = required
            .iter()
            .all(|term| term.matches(&own.namespace, of_namespace, &own.labels));
        // Whom all terms together mean is one set, counted once by each key, however many terms.
        let mut keys: Vec<&str> = required.iter().map(|term| &*term.topology_key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut affinity = Vec::with_capacity(keys.len());
        if !required.is_empty() {
            let terms = required.clone();
            let set = cluster.set(SetRule::Meant { terms });
            affinity.extend(
                keys.iter()
                    .map(|key| cluster.tally_of(set, Some(key), EligibilityRule::default())),
            );
        }
        let mut tally = |term: &Term| {
            let terms = vec![term.clone()];
            let key = Some(&*term.topology_key);
            cluster.tally(SetRule::Meant { terms }, key, EligibilityRule::default())
        };
        Some(Box::new(State {
            template,
            affinity,
            means_itself,
            anti_affinity: anti.iter().map(|(_, term)| tally(term)).collect(),
            preferred: preferred
                .iter()
                .map(|(weight, term)| (tally(term), *weight))
                .collect(),
            hard_weight: self.args.hard_pod_affinity_weight,
            ignores_preferred: self.args.ignore_preferred_terms_of_existing_pods,
            refusing: Vec::new(),
            scoring: Vec::new(),
            affinity_mismatch: outcomes
                .unresolvable(NAME, "node(s) didn't match pod affinity rules"),
            anti_affinity_mismatch: outcomes
                .unschedulable(NAME, "node(s) didn't match pod anti-affinity rules"),
            refused: outcomes.unschedulable(
                NAME,
                "node(s) didn't satisfy existing pods anti-affinity rules",
            ),
        }))
    }
}

impl State {
    fn meets_affinity(&self, cluster: &Cluster, node: NodeSlot) -> bool {
        let mut pods_exist = true;
        let mut total = 0;
        for id in &self.affinity {
            let tally = &cluster.topology.tallies[*id];
            let domain = cluster.topology.key(tally.key).domain(node);
            if domain == NO_DOMAIN {
                return false;
            }
            pods_exist &= tally.count(domain) > 0;
            total += tally.total;
        }
        pods_exist || (total == 0 && self.means_itself)
    }

    fn any_in_domain(cluster: &Cluster, node: NodeSlot, tallies: &[u32]) -> bool {
        tallies.iter().any(|id| {
            let tally = &cluster.topology.tallies[*id];
            let domain = cluster.topology.key(tally.key).domain(node);
            domain != NO_DOMAIN && tally.count(domain) > 0
        })
    }
}

impl ClusterState for State {
    fn begin(&mut self, cluster: &Cluster) {
        let topology = &cluster.topology;
        self.refusing.clear();
        self.scoring.clear();
        let live = |id: &u32| topology.tallies[*id].total > 0;
        self.scoring
            .extend(self.preferred.iter().filter(|(id, _)| live(id)));
        // Asked to ignore others' terms, upstream scores only pods that have terms themselves.
        let scores_others = !self.ignores_preferred || !self.preferred.is_empty();
        for set in &cluster.templates[self.template].matched_by {
            let set = &topology.sets[*set];
            let tallies = set.tallies.iter().filter(|id| live(id));
            match &*set.rule {
                SetRule::CarriesRequiredAnti { .. } => self.refusing.extend(tallies),
                SetRule::CarriesRequired { .. } if scores_others && self.hard_weight > 0 => {
                    self.scoring
                        .extend(tallies.map(|id| (*id, self.hard_weight)));
                }
                SetRule::CarriesPreferred { weight, .. } if scores_others => {
                    self.scoring.extend(tallies.map(|id| (*id, *weight)));
                }
                _ => {}
            }
        }
    }

    fn filters(&self) -> bool {
        !self.affinity.is_empty() || !self.anti_affinity.is_empty() || !self.refusing.is_empty()
    }

    fn filter(&self, cluster: &Cluster, node: NodeSlot) -> OutcomeId {
        if !self.affinity.is_empty() && !self.meets_affinity(cluster, node) {
            self.affinity_mismatch
        } else if Self::any_in_domain(cluster, node, &self.anti_affinity) {
            self.anti_affinity_mismatch
        } else if Self::any_in_domain(cluster, node, &self.refusing) {
            self.refused
        } else {
            FITS
        }
    }

    fn scores(&self) -> bool {
        !self.scoring.is_empty()
    }

    fn score(&mut self, cluster: &Cluster, nodes: &[NodeSlot], out: &mut [i64]) {
        out.fill(0);
        for (id, weight) in &self.scoring {
            let tally = &cluster.topology.tallies[*id];
            let key = cluster.topology.key(tally.key);
            for (score, node) in out.iter_mut().zip(nodes) {
                let domain = key.domain(*node);
                if domain != NO_DOMAIN {
                    *score += i64::from(tally.count(domain)) * weight;
                }
            }
        }
        let min = out.iter().copied().min().unwrap_or(0);
        let max = out.iter().copied().max().unwrap_or(0);
        for score in out {
            *score = if max > min {
                (MAX_NODE_SCORE as f64 * ((*score - min) as f64 / (max - min) as f64)) as i64
            } else {
                0
            };
        }
    }
}
