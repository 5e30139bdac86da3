//! DefaultPreemption's choice: the node where removing pods of lower priority does least harm.
//! The deletions are made by `lib/scheduler`.

use crate::cluster::Cluster;
use crate::cycle::Cycle;
use crate::input::{LabelSelector, StringMap};
use crate::nodes::NodeSlot;
use crate::plugin::{FITS, OutcomeId};
use crate::random::Random;
use crate::selector::Selector;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// At least this share of the nodes where preemption may help is tried.
const CANDIDATES_PERCENTAGE_MIN: usize = 10;
/// And at least this many.
const CANDIDATES_MIN: usize = 100;

const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// A PodDisruptionBudget, as far as preemption asks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DisruptionBudgetInput {
    pub namespace: String,
    pub name: String,
    pub selector: Option<LabelSelector>,
    /// `status.disruptionsAllowed`.
    pub disruptions_allowed: i64,
    /// Keys of `status.disruptedPods`: evictions already counted.
    pub disrupted_pods: Vec<String>,
}

#[derive(Debug)]
struct Budget {
    namespace: String,
    selector: Selector,
    disruptions_allowed: i64,
    disrupted_pods: Vec<String>,
}

/// All budgets, by `namespace/name`.
#[derive(Debug, Default)]
pub struct DisruptionBudgets {
    budgets: BTreeMap<String, Budget>,
    epoch: u64,
}

impl DisruptionBudgets {
    /// Takes over a budget.
    pub fn put(&mut self, input: DisruptionBudgetInput) {
        let budget = Budget {
            selector: Selector::compile(input.selector.as_ref()),
            disruptions_allowed: input.disruptions_allowed,
            disrupted_pods: input.disrupted_pods,
            namespace: input.namespace,
        };
        self.epoch += 1;
        self.budgets
            .insert(format!("{}/{}", budget.namespace, input.name), budget);
    }

    /// Forgets a budget by `namespace/name`.
    pub fn remove(&mut self, name: &str) {
        self.epoch += 1;
        self.budgets.remove(name);
    }

    /// Which of some pods, removed in this order, would exceed a budget.
    fn violating(&self, pods: &[u32], cluster: &Cluster) -> Vec<bool> {
        let mut left: Vec<i64> = self
            .budgets
            .values()
            .map(|one| one.disruptions_allowed)
            .collect();
        let one = |pod: &u32| {
            let pod = &cluster.pods[*pod];
            let template = &cluster.templates[pod.template];
            let mut violates = false;
            for (budget, left) in self.budgets.values().zip(&mut left) {
                if budget.covers(&template.namespace, &template.labels, &pod.name) {
                    *left -= 1;
                    violates |= *left < 0;
                }
            }
            violates
        };
        pods.iter().map(one).collect()
    }
}

impl Budget {
    fn covers(&self, namespace: &str, labels: &StringMap, name: &str) -> bool {
        let plain = name.rsplit('/').next().unwrap_or(name);
        self.namespace == namespace
            && !labels.is_empty()
            && !self.selector.is_everything()
            && self.selector.matches(labels)
            && !self.disrupted_pods.iter().any(|one| one == plain)
    }
}

/// A node and the pods to be deleted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preemption {
    pub node: Box<str>,
    /// UIDs, the most important first.
    pub victims: Vec<Box<str>>,
    /// UIDs of pods of lower priority that were nominated to the node and no longer are.
    pub displaced: Vec<Box<str>>,
}

/// A node that would do. Ranks compare: the lesser is the better candidate.
#[derive(Debug, Clone)]
struct Candidate {
    node: NodeSlot,
    victims: Arc<[u32]>,
    rank: Rank,
}

/// Budgets violated, the highest priority of a victim, the sum of priorities, how many victims,
/// and the start of the earliest of the most important ones (later is better).
type Rank = (usize, i64, i64, usize, std::cmp::Reverse<i64>);

/// A dry run's result while nothing it read has changed.
#[derive(Debug)]
pub(crate) struct KeptDryRun {
    valid: Validity,
    result: Result<Candidate, Arc<[String]>>,
}

/// The stamps of what a dry run read.
#[derive(Debug, PartialEq, Eq)]
struct Validity {
    placement: u64,
    usage: u64,
    nominations: u64,
    budgets: u64,
}

/// What preemption came to.
pub(crate) enum Attempt {
    Nominated(Preemption),
    /// Why not, as the pod's message has it.
    Failed(String),
}

/// Looks for a node where the cycle's pod fits when pods of lower priority go.
pub(crate) fn preempt(
    cycle: &mut Cycle<'_>,
    refused: &[(NodeSlot, OutcomeId)],
    budgets: &DisruptionBudgets,
    random: &mut Random,
) -> Attempt {
    if let Some(reason) = ineligible(cycle, refused) {
        return Attempt::Failed(reason.to_string());
    }
    let resolvable = |outcome: OutcomeId| cycle.profile.outcomes.get(outcome).resolvable;
    let potential: Vec<NodeSlot> = refused
        .iter()
        .filter(|(_, outcome)| resolvable(*outcome))
        .map(|(node, _)| *node)
        .collect();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = 0;
    let mut best: Option<Candidate> = None;
    if !potential.is_empty() {
        let wanted = (potential.len() * CANDIDATES_PERCENTAGE_MIN / 100)
            .max(CANDIDATES_MIN)
            .min(potential.len());
        let offset = random.below(potential.len() as u32) as usize;
        let keeps = cycle.is_node_local() && cycle.nominations.of(cycle.subject.uid).is_none();
        for step in 0..potential.len() {
            let node = potential[(offset + step) % potential.len()];
            match kept_dry_run(cycle, node, budgets, keeps) {
                Ok(candidate) => {
                    found += 1;
                    if best.as_ref().is_none_or(|best| candidate.rank < best.rank) {
                        best = Some(candidate);
                    }
                }
                Err(why) => {
                    why.iter()
                        .for_each(|w| *reasons.entry(w.clone()).or_insert(0) += 1);
                }
            }
            if found >= wanted && best.as_ref().is_some_and(|best| best.rank.0 == 0) {
                break;
            }
        }
    }
    let all = cycle.cluster.nodes.len();
    match best {
        Some(candidate) => Attempt::Nominated(describe(cycle, &candidate)),
        None => {
            let absent = all - potential.len();
            if absent > 0 {
                *reasons.entry(NOT_HELPFUL.to_string()).or_insert(0) += absent;
            }
            Attempt::Failed(crate::engine::fit_message(all, &reasons))
        }
    }
}

fn ineligible(cycle: &Cycle<'_>, refused: &[(NodeSlot, OutcomeId)]) -> Option<&'static str> {
    let template = &cycle.cluster.templates[cycle.subject.template];
    if template.never_preempts {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let node = cycle.nominations.of(cycle.subject.uid)?;
    // A nominated node that no removal of pods helps any more does not hold the pod back.
    let hopeless = refused
        .iter()
        .any(|(one, outcome)| *one == node && !cycle.profile.outcomes.get(*outcome).resolvable);
    let waits = cycle.cluster.nodes.pods[node as usize].iter().any(|pod| {
        let pod = &cycle.cluster.pods[*pod];
        pod.terminating
            && pod.preempted
            && cycle.cluster.templates[pod.template].priority < template.priority
    });
    (waits && !hopeless).then_some("not eligible due to a terminating pod on the nominated node.")
}

/// A dry run, or the kept result of one when nothing that it read has changed.
fn kept_dry_run(
    cycle: &mut Cycle<'_>,
    node: NodeSlot,
    budgets: &DisruptionBudgets,
    keeps: bool,
) -> Result<Candidate, Arc<[String]>> {
    let nodes = &cycle.cluster.nodes;
    let valid = Validity {
        placement: nodes.static_stamp[node as usize],
        usage: nodes.usage_stamp[node as usize],
        nominations: cycle.nominations.changed_on(node),
        budgets: budgets.epoch,
    };
    if keeps {
        if let Some(kept) = cycle
            .dry_runs()
            .get(&node)
            .filter(|kept| kept.valid == valid)
        {
            return kept.result.clone();
        }
    }
    let checkpoint = cycle.cluster.nodes.checkpoint(node);
    let result = dry_run(cycle, node, budgets);
    cycle.cluster.nodes.restore(&checkpoint);
    if keeps {
        let kept = KeptDryRun {
            valid,
            result: result.clone(),
        };
        cycle.dry_runs().insert(node, kept);
    }
    result
}

/// Removes every pod of lower priority, then puts back as many as fit, the most important and
/// those that a budget protects first. Whatever comes out, the cluster is as before.
fn dry_run(
    cycle: &mut Cycle<'_>,
    node: NodeSlot,
    budgets: &DisruptionBudgets,
) -> Result<Candidate, Arc<[String]>> {
    let cluster = &cycle.cluster;
    let priority = |pod: u32| cluster.templates[cluster.pods[pod].template].priority;
    let mut potential: Vec<u32> = cluster.nodes.pods[node as usize]
        .iter()
        .copied()
        .filter(|pod| priority(*pod) < cycle.subject.priority)
        .collect();
    if potential.is_empty() {
        return Err([NO_VICTIMS.to_string()].into());
    }
    potential.sort_by_key(|pod| importance(cluster, *pod));
    let violating = budgets.violating(&potential, cluster);
    for pod in &potential {
        cycle.cluster.lift_pod(*pod);
    }
    cycle.begin();
    let outcome = cycle.check_with_nominated(node);
    if outcome != FITS {
        for pod in potential.iter().rev() {
            cycle.cluster.place_pod(*pod);
        }
        cycle.begin();
        return Err(cycle
            .profile
            .outcomes
            .get(outcome)
            .reasons
            .as_slice()
            .into());
    }
    let mut victims = Vec::new();
    let mut violations = 0;
    for protected in [true, false] {
        for (pod, _) in potential
            .iter()
            .zip(&violating)
            .filter(|(_, v)| **v == protected)
        {
            cycle.cluster.place_pod(*pod);
            cycle.begin();
            if cycle.check_with_nominated(node) != FITS {
                cycle.cluster.lift_pod(*pod);
                cycle.begin();
                victims.push(*pod);
                violations += usize::from(protected);
            }
        }
    }
    victims.sort_by_key(|pod| importance(cycle.cluster, *pod));
    for pod in &victims {
        cycle.cluster.place_pod(*pod);
    }
    cycle.begin();
    if victims.is_empty() {
        return Err([NO_VICTIMS.to_string()].into());
    }
    let rank = rank(cycle.cluster, &victims, violations);
    Ok(Candidate {
        node,
        victims: victims.into(),
        rank,
    })
}

/// Sorts the more important first: by priority, then by having started earlier.
fn importance(cluster: &Cluster, pod: u32) -> (i64, i64, Box<str>) {
    let pod = &cluster.pods[pod];
    (
        -cluster.templates[pod.template].priority,
        pod.start_millis,
        pod.uid.clone(),
    )
}

fn rank(cluster: &Cluster, victims: &[u32], violations: usize) -> Rank {
    let priority = |pod: &u32| cluster.templates[cluster.pods[*pod].template].priority;
    let highest = victims.iter().map(priority).max().unwrap_or(i64::MIN);
    // Shifted, so that more victims never sum to less.
    let sum = victims
        .iter()
        .map(|pod| priority(pod) + i64::from(i32::MAX) + 1)
        .sum();
    let earliest = victims
        .iter()
        .filter(|pod| priority(pod) == highest)
        .map(|pod| cluster.pods[*pod].start_millis)
        .min()
        .unwrap_or(i64::MAX);
    (
        violations,
        highest,
        sum,
        victims.len(),
        std::cmp::Reverse(earliest),
    )
}

fn describe(cycle: &Cycle<'_>, candidate: &Candidate) -> Preemption {
    let uid = |pod: &u32| cycle.cluster.pods[*pod].uid.clone();
    Preemption {
        node: cycle.cluster.nodes.name[candidate.node as usize].clone(),
        victims: candidate.victims.iter().map(uid).collect(),
        displaced: cycle
            .nominations
            .lower_on(candidate.node, cycle.subject.priority),
    }
}
