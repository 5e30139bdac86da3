//! One pod's cycle: which nodes pass, how they score, which is taken, and why none is.

use crate::cluster::Cluster;
use crate::nodes::NodeSlot;
use crate::nominations::Nominations;
use crate::plugin::{FITS, MAX_NODE_SCORE, Normalize, OutcomeId};
use crate::preemption::KeptDryRun;
use crate::profile::{Grid, Prepared, Profile, shape_of};
use crate::random::Random;
use crate::template::Shape;
use ahash::AHashMap;
use std::sync::Arc;

/// Below this number of nodes all are looked at.
const FEASIBLE_NODES_MIN: usize = 100;
/// At least this share of the nodes is looked for, whatever their number.
const FEASIBLE_PERCENTAGE_MIN: usize = 5;

/// How many nodes that pass are enough. `percentage` 0 adapts: 50 % of few nodes, 5 % of many.
pub fn feasible_nodes_wanted(percentage: u32, nodes: usize) -> usize {
    if nodes < FEASIBLE_NODES_MIN {
        return nodes;
    }
    let percentage = match percentage as usize {
        0 => 50_usize
            .saturating_sub(nodes / 125)
            .max(FEASIBLE_PERCENTAGE_MIN),
        given => given.min(100),
    };
    (nodes * percentage / 100).max(FEASIBLE_NODES_MIN)
}

/// A pod whose node is looked for.
pub(crate) struct Subject<'a> {
    pub uid: &'a str,
    pub template: u32,
    pub priority: i64,
}

/// Buffers that live as long as the engine.
#[derive(Default)]
pub(crate) struct Scratch {
    pub feasible: Vec<NodeSlot>,
    /// Nodes that do not pass, in the order in which they were looked at.
    pub refused: Vec<(NodeSlot, OutcomeId)>,
    totals: Vec<i64>,
    scores: Vec<i64>,
}

/// A pod's cycle over borrowed parts of the engine. It holds what profiles keep for the pod's
/// shape and template, and gives it back in [`Cycle::finish`].
pub(crate) struct Cycle<'a> {
    pub cluster: &'a mut Cluster,
    pub profile: &'a mut Profile,
    pub nominations: &'a Nominations,
    pub subject: Subject<'a>,
    pub shape: Arc<Shape>,
    serial: u64,
    grid: Grid,
    prepared: Prepared,
}

impl<'a> Cycle<'a> {
    pub fn start(
        cluster: &'a mut Cluster,
        profile: &'a mut Profile,
        nominations: &'a Nominations,
        subject: Subject<'a>,
    ) -> Self {
        let (serial, shape) = shape_of(cluster, subject.template);
        let grid = profile.take_grid(serial, &shape, &cluster.nodes);
        let prepared = profile.take_prepared(cluster, subject.template);
        let mut cycle = Self {
            cluster,
            profile,
            nominations,
            subject,
            shape,
            serial,
            grid,
            prepared,
        };
        cycle.begin();
        cycle
    }

    pub fn finish(self) {
        self.profile.put_grid(self.serial, self.grid);
        self.profile
            .put_prepared(self.subject.template, self.prepared);
    }

    /// Reads the counts again: at the start, and after pods were lifted or placed.
    pub fn begin(&mut self) {
        for state in self.prepared.states.iter_mut().flatten() {
            state.begin(self.cluster);
        }
    }

    /// What the plugins say of a node as it is.
    pub fn check(&mut self, node: NodeSlot) -> OutcomeId {
        let nodes = &self.cluster.nodes;
        let outcome = self
            .profile
            .node_outcome(&mut self.grid, nodes, &self.shape, node);
        if outcome != FITS {
            return outcome;
        }
        for (entry, state) in self
            .profile
            .cluster_plugins
            .iter()
            .zip(&self.prepared.states)
        {
            let Some(state) = state else { continue };
            if entry.filters && state.filters() {
                let outcome = state.filter(self.cluster, node);
                if outcome != FITS {
                    return outcome;
                }
            }
        }
        FITS
    }

    /// What the plugins say of a node, also when the pods nominated to it are there: those of the
    /// same or a higher priority must not lose their place.
    pub fn check_with_nominated(&mut self, node: NodeSlot) -> OutcomeId {
        let outcome = self.check(node);
        if outcome != FITS || self.nominations.changed_on(node) == 0 {
            return outcome;
        }
        let nominated = self
            .nominations
            .on(node, self.subject.uid, self.subject.priority);
        if nominated.is_empty() {
            return outcome;
        }
        let checkpoint = self.cluster.nodes.checkpoint(node);
        for template in &nominated {
            self.cluster.count_phantom(*template, node, 1);
        }
        self.begin();
        let outcome = self.check(node);
        for template in &nominated {
            self.cluster.count_phantom(*template, node, -1);
        }
        self.cluster.nodes.restore(&checkpoint);
        self.begin();
        if outcome == FITS {
            self.check(node)
        } else {
            outcome
        }
    }

    /// Whether only the node itself decides: no cluster plugin refuses any node now.
    pub fn is_node_local(&self) -> bool {
        !self
            .profile
            .cluster_plugins
            .iter()
            .zip(&self.prepared.states)
            .any(|(entry, state)| entry.filters && state.as_ref().is_some_and(|s| s.filters()))
    }

    /// Dry runs kept for the template.
    pub fn dry_runs(&mut self) -> &mut AHashMap<NodeSlot, KeptDryRun> {
        &mut self.prepared.dry_runs
    }

    /// Looks for nodes that pass, from `start` on in the order of nodes, until `wanted` are found.
    /// Says how many were looked at.
    pub fn find(&mut self, start: usize, wanted: usize, scratch: &mut Scratch) -> usize {
        scratch.feasible.clear();
        scratch.refused.clear();
        let all = self.cluster.nodes.ordered().len();
        for step in 0..all {
            let at = if start + step < all {
                start + step
            } else {
                start + step - all
            };
            let node = self.cluster.nodes.ordered()[at];
            match self.check_with_nominated(node) {
                FITS => {
                    scratch.feasible.push(node);
                    if scratch.feasible.len() == wanted {
                        return step + 1;
                    }
                }
                outcome => scratch.refused.push((node, outcome)),
            }
        }
        all
    }

    /// Looks at given nodes only.
    pub fn find_among(&mut self, nodes: &[NodeSlot], scratch: &mut Scratch) {
        scratch.feasible.clear();
        scratch.refused.clear();
        for node in nodes {
            match self.check_with_nominated(*node) {
                FITS => scratch.feasible.push(*node),
                outcome => scratch.refused.push((*node, outcome)),
            }
        }
    }

    /// Sums the weighted scores of the nodes that passed into `totals`; `record` is told each
    /// plugin's own.
    fn score(
        &mut self,
        feasible: &[NodeSlot],
        totals: &mut Vec<i64>,
        scores: &mut Vec<i64>,
        mut record: impl FnMut(&'static str, &[i64]),
    ) {
        totals.clear();
        totals.resize(feasible.len(), 0);
        scores.resize(feasible.len(), 0);
        for entry in &self.profile.node_plugins {
            let Some((weight, column)) = entry.score else {
                continue;
            };
            for (score, node) in scores.iter_mut().zip(feasible) {
                *score = self.grid.raw(*node, column);
            }
            normalize(entry.plugin.normalize(), scores);
            record(entry.name, scores);
            add_weighted(totals, scores, weight);
        }
        for (entry, state) in self
            .profile
            .cluster_plugins
            .iter()
            .zip(&mut self.prepared.states)
        {
            let Some(state) = state else { continue };
            if entry.weight > 0 && state.scores() {
                state.score(self.cluster, feasible, scores);
                record(entry.name, scores);
                add_weighted(totals, scores, entry.weight);
            }
        }
    }

    /// Takes the best of the nodes that passed; the seed decides between equals.
    pub fn select(&mut self, scratch: &mut Scratch, random: &mut Random) -> Option<NodeSlot> {
        let Scratch {
            feasible,
            totals,
            scores,
            ..
        } = scratch;
        if feasible.len() <= 1 || !self.profile.scores() {
            return feasible.first().copied();
        }
        self.score(feasible, totals, scores, |_, _| {});
        let best = totals.iter().copied().max()?;
        let equals = totals.iter().filter(|total| **total == best).count() as u32;
        let chosen = if equals == 1 {
            0
        } else {
            random.below(equals) as usize
        };
        let mut best_nodes = feasible
            .iter()
            .zip(totals)
            .filter(|(_, total)| **total == best);
        best_nodes.nth(chosen).map(|(node, _)| *node)
    }

    /// Each plugin's normalized scores of the nodes that passed, and their weighted sums.
    pub fn scores(&mut self, scratch: &mut Scratch) -> (Vec<(&'static str, Vec<i64>)>, Vec<i64>) {
        let mut by_plugin = Vec::new();
        let Scratch {
            feasible,
            totals,
            scores,
            ..
        } = scratch;
        self.score(feasible, totals, scores, |name, own| {
            by_plugin.push((name, own.to_vec()))
        });
        (by_plugin, totals.clone())
    }
}

fn add_weighted(totals: &mut [i64], scores: &[i64], weight: i64) {
    for (total, score) in totals.iter_mut().zip(scores) {
        *total += weight * score;
    }
}

fn normalize(how: Normalize, scores: &mut [i64]) {
    if how == Normalize::No {
        return;
    }
    let max = scores.iter().copied().max().unwrap_or(0);
    let reversed = how == Normalize::ScaleReversed;
    if max == 0 {
        if reversed {
            scores.fill(MAX_NODE_SCORE);
        }
        return;
    }
    for score in scores {
        let scaled = MAX_NODE_SCORE * *score / max;
        *score = if reversed {
            MAX_NODE_SCORE - scaled
        } else {
            scaled
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_adapt_to_the_number_of_nodes() {
        let cases = [
            (0, 99, 99),
            (0, 100, 100),
            (0, 1000, 420),
            (0, 5000, 500),
            (0, 6000, 300),
            (0, 100_000, 5000),
            (40, 1000, 400),
            (1, 1000, 100),
            (100, 5000, 5000),
        ];
        for (percentage, nodes, wanted) in cases {
            assert_eq!(
                feasible_nodes_wanted(percentage, nodes),
                wanted,
                "{percentage} {nodes}"
            );
        }
    }

    #[test]
    fn scores_are_normalized_as_upstream_does() {
        let mut scores = [0, 1, 3];
        normalize(Normalize::Scale, &mut scores);
        assert_eq!(scores, [0, 33, 100]);
        let mut scores = [0, 1, 3];
        normalize(Normalize::ScaleReversed, &mut scores);
        assert_eq!(scores, [100, 67, 0]);
        let mut scores = [0, 0];
        normalize(Normalize::ScaleReversed, &mut scores);
        assert_eq!(scores, [100, 100]);
    }
}
