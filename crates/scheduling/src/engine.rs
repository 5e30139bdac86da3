//! The engine: the cluster's state, the profiles, and batches of pods in, placements out.

use crate::cluster::{Cluster, Pod};
use crate::cycle::{Cycle, Scratch, Subject, feasible_nodes_wanted};
use crate::input::InputError;
use crate::nodes::NodeSlot;
use crate::nominations::Nominations;
use crate::plugin::{FITS, OutcomeId};
use crate::preemption::{Attempt, DisruptionBudgets, Preemption, preempt};
use crate::profile::{Config, ConfigError, Profile, ProfileConfig};
use crate::random::Random;
use ahash::AHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// A pod to be placed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub uid: &'a str,
    /// `namespace/name`.
    pub name: &'a str,
    /// `status.nominatedNodeName`, or empty: looked at before all others.
    pub nominated_node: &'a str,
    /// The pod's text form (see [`crate::input::PodInput`]).
    pub text: &'a str,
}

/// Why a pod was not placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// As the PodScheduled condition and the event have it.
    pub message: String,
    /// Plugins that refused nodes, sorted: what must change before another attempt can succeed.
    pub plugins: Vec<&'static str>,
    pub preemption: Option<Preemption>,
}

/// What became of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is assumed to be on the node until told otherwise.
    Placed {
        node: Box<str>,
        evaluated: u32,
        feasible: u32,
    },
    Failed(Failure),
    /// The request could not be read; the pod was not looked at.
    Refused(InputError),
}

/// What the plugins say of every node, without sampling and without placing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub nodes: Vec<NodeExplanation>,
}

/// What the plugins say of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeExplanation {
    pub node: Box<str>,
    /// The plugin that refuses and its reasons; absent when the node passes.
    pub refused: Option<(&'static str, Vec<String>, bool)>,
    /// Normalized scores by plugin, for a node that passes.
    pub scores: Vec<(&'static str, i64)>,
    /// Their weighted sum.
    pub total: i64,
}

/// The engine.
pub struct Engine {
    pub cluster: Cluster,
    pub budgets: DisruptionBudgets,
    pub nominations: Nominations,
    profiles: Vec<Profile>,
    profile_ids: AHashMap<String, usize>,
    percentage_of_nodes_to_score: u32,
    next_start: usize,
    random: Random,
    scratch: Scratch,
    /// The last failures by profile and template, with the state that they hold for. Bounded:
    /// emptied when the state changes.
    failures: AHashMap<(usize, u32), Failure>,
    failures_hold_for: (u64, u64, u64),
}

impl Engine {
    /// Builds an engine without nodes. Without profiles it has the default one.
    pub fn new(mut config: Config) -> Result<Self, ConfigError> {
        if config.profiles.is_empty() {
            config.profiles.push(ProfileConfig {
                scheduler_name: "default-scheduler".into(),
                ..ProfileConfig::default()
            });
        }
        let mut profiles = Vec::new();
        let mut profile_ids = AHashMap::new();
        for (index, one) in config.profiles.into_iter().enumerate() {
            let path = format!("profiles[{index}]");
            let profile = Profile::build(one, &path)?;
            if profile_ids
                .insert(profile.scheduler_name.clone(), index)
                .is_some()
            {
                let field = format!("{path}.schedulerName");
                return Err(ConfigError {
                    field,
                    detail: "already used by a profile".into(),
                });
            }
            profiles.push(profile);
        }
        Ok(Self {
            cluster: Cluster::default(),
            budgets: DisruptionBudgets::default(),
            nominations: Nominations::default(),
            profiles,
            profile_ids,
            percentage_of_nodes_to_score: config.percentage_of_nodes_to_score,
            next_start: 0,
            random: Random::new(config.seed),
            scratch: Scratch::default(),
            failures: AHashMap::new(),
            failures_hold_for: (0, 0, 0),
        })
    }

    /// The number of the profile with a scheduler's name.
    pub fn profile(&self, scheduler_name: &str) -> Option<usize> {
        self.profile_ids.get(scheduler_name).copied()
    }

    /// Starts a batch; [`Self::schedule`] may then be called for each of its pods, in order.
    pub fn begin_batch(&mut self) {
        self.cluster.begin_call();
        self.nominations.refresh(&mut self.cluster);
    }

    /// Places one pod, which is assumed on its node from then on. `profile` comes from
    /// [`Self::profile`].
    pub fn schedule(&mut self, profile: usize, request: Request<'_>) -> Decision {
        let template = match self.cluster.template_of(request.name, request.text) {
            Ok(template) => template,
            Err(error) => return Decision::Refused(error),
        };
        let state = (
            self.cluster.nodes.epoch,
            self.nominations.epoch,
            self.cluster.counts_epoch,
        );
        if state != self.failures_hold_for {
            self.failures.clear();
            self.failures_hold_for = state;
        }
        if let Some(failure) = self.failures.get(&(profile, template)) {
            return Decision::Failed(failure.clone());
        }
        let decision = self.cycle(profile, template, &request);
        match &decision {
            Decision::Placed { node, .. } => self.assume(template, &request, node),
            Decision::Failed(Failure {
                preemption: None, ..
            }) => {
                let state = (
                    self.cluster.nodes.epoch,
                    self.nominations.epoch,
                    self.cluster.counts_epoch,
                );
                // A nominated pod's answer is its own: others of its template may differ.
                if request.nominated_node.is_empty() {
                    self.failures_hold_for = state;
                    if let Decision::Failed(failure) = &decision {
                        self.failures.insert((profile, template), failure.clone());
                    }
                }
            }
            Decision::Failed(Failure {
                preemption: Some(preemption),
                ..
            }) => {
                for uid in &preemption.displaced {
                    self.nominations.remove(uid);
                }
                let node = preemption.node.clone();
                // The text was read above: nominating cannot fail.
                let _ = self.nominations.put(
                    &mut self.cluster,
                    request.uid,
                    request.name,
                    &node,
                    request.text,
                );
            }
            Decision::Refused(_) => {}
        }
        decision
    }

    fn assume(&mut self, template: u32, request: &Request<'_>, node: &str) {
        self.nominations.remove(request.uid);
        let pod = Pod {
            uid: request.uid.into(),
            name: request.name.into(),
            template,
            node: 0,
            terminating: false,
            preempted: false,
            start_millis: i64::MAX,
        };
        self.cluster.put_pod(pod, node);
    }

    fn cycle(&mut self, index: usize, template: u32, request: &Request<'_>) -> Decision {
        let all = self.cluster.nodes.len();
        if all == 0 {
            return Decision::Failed(Failure {
                message: "no nodes available to schedule pods".into(),
                plugins: Vec::new(),
                preemption: None,
            });
        }
        let profile = &mut self.profiles[index];
        let percentage = profile
            .percentage_of_nodes_to_score
            .unwrap_or(self.percentage_of_nodes_to_score);
        let priority = self.cluster.templates[template].priority;
        let subject = Subject {
            uid: request.uid,
            template,
            priority,
        };
        let mut cycle = Cycle::start(&mut self.cluster, profile, &self.nominations, subject);
        let wanted = if cycle.profile.scores() {
            feasible_nodes_wanted(percentage, all)
        } else {
            1
        };
        let scratch = &mut self.scratch;
        let pinned = match candidates(&cycle, request) {
            Candidates::None(message) => {
                cycle.finish();
                let plugins = vec!["NodeAffinity"];
                let message = format!("0/{all} nodes are available: {message}.");
                return Decision::Failed(Failure {
                    message,
                    plugins,
                    preemption: None,
                });
            }
            Candidates::Nominated(node) => {
                cycle.find_among(&[node], scratch);
                if scratch.feasible.is_empty() {
                    None
                } else {
                    Some(vec![node])
                }
            }
            Candidates::Pinned(nodes) => Some(nodes),
            Candidates::All => None,
        };
        let evaluated = match &pinned {
            Some(nodes) => {
                cycle.find_among(nodes, scratch);
                nodes.len()
            }
            None => {
                let start = self.next_start % all;
                let evaluated = cycle.find(start, wanted, scratch);
                self.next_start = (start + evaluated) % all;
                evaluated
            }
        };
        let feasible = scratch.feasible.len() as u32;
        let decision = match cycle.select(scratch, &mut self.random) {
            Some(node) => Decision::Placed {
                node: cycle.cluster.nodes.name[node as usize].clone(),
                evaluated: evaluated as u32,
                feasible,
            },
            None => Decision::Failed(fail(
                &mut cycle,
                &scratch.refused,
                &self.budgets,
                &mut self.random,
            )),
        };
        cycle.finish();
        decision
    }

    /// Whether a change of some nodes, or of the pods there, can help each of some pods: one of the
    /// nodes passes now, or removing pods of lower priority from it may make it pass. A request
    /// that cannot be read is left to its next attempt, so it counts as helped.
    pub fn helped(
        &mut self,
        profile: usize,
        requests: &[Request<'_>],
        nodes: &[&str],
    ) -> Vec<bool> {
        let known: Vec<NodeSlot> = nodes
            .iter()
            .filter_map(|name| self.cluster.nodes.slot(name))
            .filter(|slot| self.cluster.nodes.known[*slot as usize])
            .collect();
        let mut by_template: AHashMap<u32, bool> = AHashMap::new();
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let Ok(template) = self.cluster.template_of(request.name, request.text) else {
                answers.push(true);
                continue;
            };
            let answer = match by_template.get(&template) {
                Some(answer) => *answer,
                None => self.helps_template(profile, template, request.uid, &known),
            };
            by_template.insert(template, answer);
            answers.push(answer);
        }
        answers
    }

    fn helps_template(
        &mut self,
        profile: usize,
        template: u32,
        uid: &str,
        nodes: &[NodeSlot],
    ) -> bool {
        let priority = self.cluster.templates[template].priority;
        let subject = Subject {
            uid,
            template,
            priority,
        };
        let profile = &mut self.profiles[profile];
        let mut cycle = Cycle::start(&mut self.cluster, profile, &self.nominations, subject);
        let helps = nodes.iter().any(|node| {
            let outcome = cycle.check(*node);
            let cluster = &cycle.cluster;
            outcome == FITS
                || cycle.profile.outcomes.get(outcome).resolvable
                    && cluster.nodes.pods[*node as usize].iter().any(|pod| {
                        cluster.templates[cluster.pods[*pod].template].priority < priority
                    })
        });
        cycle.finish();
        helps
    }

    /// What every node's plugins say of a pod.
    pub fn explain(
        &mut self,
        profile: usize,
        request: Request<'_>,
    ) -> Result<Explanation, InputError> {
        let template = self.cluster.template_of(request.name, request.text)?;
        let priority = self.cluster.templates[template].priority;
        let subject = Subject {
            uid: request.uid,
            template,
            priority,
        };
        let profile = &mut self.profiles[profile];
        let mut cycle = Cycle::start(&mut self.cluster, profile, &self.nominations, subject);
        let scratch = &mut self.scratch;
        cycle.find(0, usize::MAX, scratch);
        let (by_plugin, totals) = cycle.scores(scratch);
        let name = |node: NodeSlot| cycle.cluster.nodes.name[node as usize].clone();
        let mut nodes: Vec<NodeExplanation> = scratch
            .feasible
            .iter()
            .enumerate()
            .map(|(at, node)| NodeExplanation {
                node: name(*node),
                refused: None,
                scores: by_plugin
                    .iter()
                    .map(|(plugin, scores)| (*plugin, scores[at]))
                    .collect(),
                total: totals[at],
            })
            .collect();
        nodes.extend(scratch.refused.iter().map(|(node, outcome)| {
            let outcome = cycle.profile.outcomes.get(*outcome);
            NodeExplanation {
                node: name(*node),
                refused: Some((outcome.plugin, outcome.reasons.clone(), outcome.resolvable)),
                scores: Vec::new(),
                total: 0,
            }
        }));
        nodes.sort_by(|a, b| a.node.cmp(&b.node));
        cycle.finish();
        Ok(Explanation { nodes })
    }
}

enum Candidates {
    All,
    /// Only these can pass: the pod's affinity names them.
    Pinned(Vec<NodeSlot>),
    /// Look here first.
    Nominated(NodeSlot),
    /// No node can pass, for this reason.
    None(&'static str),
}

fn candidates(cycle: &Cycle<'_>, request: &Request<'_>) -> Candidates {
    let nodes = &cycle.cluster.nodes;
    let known = |name: &str| nodes.slot(name).filter(|slot| nodes.known[*slot as usize]);
    if let Some(node) = known(request.nominated_node) {
        return Candidates::Nominated(node);
    }
    let restricts = |entry: &crate::profile::NodeEntry| entry.name == "NodeAffinity";
    if !cycle
        .profile
        .node_plugins
        .iter()
        .any(|entry| restricts(entry) && entry.filters)
    {
        return Candidates::All;
    }
    match cycle.shape.node_match.pinned_names() {
        None => Candidates::All,
        Some(names) if names.is_empty() => Candidates::None("pod affinity terms conflict"),
        Some(names) => Candidates::Pinned(names.into_iter().filter_map(known).collect()),
    }
}

fn fail(
    cycle: &mut Cycle<'_>,
    refused: &[(NodeSlot, OutcomeId)],
    budgets: &DisruptionBudgets,
    random: &mut Random,
) -> Failure {
    let all = cycle.cluster.nodes.len();
    let mut histogram: AHashMap<OutcomeId, usize> = AHashMap::new();
    for (_, outcome) in refused.iter().filter(|(_, outcome)| *outcome != FITS) {
        *histogram.entry(*outcome).or_insert(0) += 1;
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut plugins = BTreeSet::new();
    for (outcome, count) in histogram {
        let outcome = cycle.profile.outcomes.get(outcome);
        plugins.insert(outcome.plugin);
        for reason in &outcome.reasons {
            *reasons.entry(reason.clone()).or_insert(0) += count;
        }
    }
    if refused.len() < all {
        plugins.insert("NodeAffinity");
        let reason = "node(s) didn't satisfy plugin(s) [NodeAffinity]";
        *reasons.entry(reason.to_string()).or_insert(0) += all - refused.len();
    }
    let mut message = fit_message(all, &reasons);
    let mut notes = Vec::new();
    let mut preemption = None;
    if cycle.profile.claims_note {
        notes.push("no new claims to deallocate".to_string());
    }
    if cycle.profile.preempts {
        match preempt(cycle, refused, budgets, random) {
            Attempt::Nominated(found) => {
                preemption = Some(found);
                notes.clear();
            }
            Attempt::Failed(why) => notes.push(format!("preemption: {why}")),
        }
    }
    if !notes.is_empty() {
        message.push(' ');
        message.push_str(&notes.join(", "));
    }
    Failure {
        message,
        plugins: plugins.into_iter().collect(),
        preemption,
    }
}

/// `0/5 nodes are available: 1 node(s) were unschedulable, 4 Insufficient cpu.`: reasons are
/// sorted as text, with their counts in front.
pub(crate) fn fit_message(all: usize, reasons: &BTreeMap<String, usize>) -> String {
    let mut lines: Vec<String> = reasons
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    lines.sort_unstable();
    let mut message = format!("0/{all} nodes are available:");
    if !lines.is_empty() {
        message.push_str(&format!(" {}.", lines.join(", ")));
    }
    message
}
