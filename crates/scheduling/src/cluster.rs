//! What the scheduler knows of the cluster: nodes, the pods on them (bound or assumed), templates,
//! shapes and counts. Every change keeps all of them in step.

use crate::input::{InputError, NamespaceInput, NodeInput};
use crate::nodes::{NodeSlot, Nodes};
use crate::slab::Slab;
use crate::template::{Shape, Template, Term, compile};
use crate::topology::{EligibilityRule, Place, SetRule, Topology};
use ahash::AHashMap;
use std::sync::Arc;

/// Templates without pods that are kept for the pods that may still come; past this, and past the
/// number of templates in use, those not asked for lately are forgotten.
pub(crate) const IDLE_TEMPLATES_MAX: usize = 4096;

/// Domains that tallies count before they are made anew from what is in use: 32 Mi domains are
/// 256 MiB. What is in use may need more; then they are made anew when it has doubled.
const TALLY_CELLS_MAX: usize = 32 << 20;

/// The key of a pod that is only counted; no pod has it.
const PHANTOM: u32 = u32::MAX;

/// A pod on a node.
#[derive(Debug, Clone)]
pub struct Pod {
    pub uid: Box<str>,
    /// `namespace/name`.
    pub name: Box<str>,
    pub template: u32,
    /// Set by [`Cluster::put_pod`].
    pub node: NodeSlot,
    /// It has a deletion timestamp.
    pub terminating: bool,
    /// It is being deleted because a pod of higher priority preempted it.
    pub preempted: bool,
    /// `status.startTime`, milliseconds since 1970; later than all when it has not started.
    pub start_millis: i64,
}

/// A shape, how many templates have it, and a number that no other shape ever has.
#[derive(Debug)]
pub struct ShapeEntry {
    pub shape: Arc<Shape>,
    uses: u32,
    pub serial: u64,
}

/// The state.
#[derive(Debug, Default)]
pub struct Cluster {
    pub nodes: Nodes,
    pub shapes: Slab<ShapeEntry>,
    shape_ids: AHashMap<Arc<Shape>, u32>,
    pub templates: Slab<Template>,
    template_ids: AHashMap<Box<str>, u32>,
    pub pods: Slab<Pod>,
    pod_ids: AHashMap<Box<str>, u32>,
    pub topology: Topology,
    /// Bumped when sets and tallies are made anew: keys of earlier ones mean nothing any more.
    pub counts_epoch: u64,
    next_serial: u64,
    /// Domains that tallies counted after they were last made anew.
    cells_in_use: usize,
    /// Calls so far: the age of templates is counted in them.
    pub calls: u64,
}

impl Cluster {
    /// Takes over a Node object, new or changed.
    pub fn put_node(&mut self, input: NodeInput) -> Result<(), InputError> {
        if input.name.is_empty() {
            return Err(InputError::new("", "a node needs a name"));
        }
        // Refuse it before anything has changed.
        crate::requests::read_allocatable(&input.allocatable, &input.name)?;
        let slot = self.nodes.slot_or_insert(&input.name);
        let moves = self.nodes.placement_changes(slot, &input);
        if moves && self.nodes.known[slot as usize] {
            self.count_pods_of(slot, -1);
            self.topology.detach(slot);
        }
        self.nodes.put(slot, input)?;
        if moves {
            self.topology.attach(&self.nodes, slot);
            self.count_pods_of(slot, 1);
        }
        Ok(())
    }

    /// Forgets a Node object. Pods that are still there stay known until they go.
    pub fn remove_node(&mut self, name: &str) {
        let Some(slot) = self.nodes.slot(name) else {
            return;
        };
        if !self.nodes.known[slot as usize] {
            return;
        }
        self.count_pods_of(slot, -1);
        self.topology.detach(slot);
        self.nodes.remove(slot);
    }

    fn count_pods_of(&mut self, slot: NodeSlot, sign: i32) {
        for pod in &self.nodes.pods[slot as usize] {
            let pod = &self.pods[*pod];
            let sets = &self.templates[pod.template].sets;
            self.topology.count_pod(sets, slot, pod.terminating, sign);
        }
    }

    /// Takes over a namespace's labels.
    pub fn put_namespace(&mut self, input: NamespaceInput) {
        if self.topology.put_namespace(&input.name, Some(input.labels)) {
            self.rebuild_counts();
        }
    }

    /// Forgets a namespace.
    pub fn remove_namespace(&mut self, name: &str) {
        if self.topology.put_namespace(name, None) {
            self.rebuild_counts();
        }
    }

    /// The template of a text, compiled when it is new.
    pub fn template_of(&mut self, object: &str, text: &str) -> Result<u32, InputError> {
        if let Some(id) = self.template_ids.get(text) {
            self.templates[*id].last_used = self.calls;
            return Ok(*id);
        }
        let (mut template, shape) = compile(object, text)?;
        template.shape = self.shape_of(shape);
        template.last_used = self.calls;
        self.topology.introduce_template(&mut template);
        let id = self.templates.insert(template);
        self.template_ids.insert(text.into(), id);
        self.register_carriers(id);
        Ok(id)
    }

    fn shape_of(&mut self, shape: Shape) -> u32 {
        if let Some(id) = self.shape_ids.get(&shape) {
            self.shapes[*id].uses += 1;
            return *id;
        }
        let shape = Arc::new(shape);
        self.next_serial += 1;
        let entry = ShapeEntry {
            shape: Arc::clone(&shape),
            uses: 1,
            serial: self.next_serial,
        };
        let id = self.shapes.insert(entry);
        self.shape_ids.insert(shape, id);
        id
    }

    /// Pods that carry affinity terms are counted from the first on: any later pod may be meant.
    fn register_carriers(&mut self, id: u32) {
        let template = &self.templates[id];
        let term_of = |(_, term): &(i64, Term)| term.clone();
        let required_anti = template.required_anti_affinity.iter().map(term_of);
        let required = template.required_affinity.iter().map(term_of);
        let preferred = template.preferred_terms.iter().cloned();
        let rules: Vec<(Term, SetRule)> =
            required_anti
                .map(|term| (term.clone(), SetRule::CarriesRequiredAnti { term }))
                .chain(required.map(|term| (term.clone(), SetRule::CarriesRequired { term })))
                .chain(preferred.map(|(weight, term)| {
                    (term.clone(), SetRule::CarriesPreferred { term, weight })
                }))
                .collect();
        for (term, rule) in rules {
            self.tally(rule, Some(&term.topology_key), EligibilityRule::default());
        }
    }

    /// The tally of a set's pods by a label key's values (`None`: by node) on eligible nodes.
    pub fn tally(
        &mut self,
        rule: SetRule,
        topology_key: Option<&str>,
        eligibility: EligibilityRule,
    ) -> u32 {
        let set = self.set(rule);
        self.tally_of(set, topology_key, eligibility)
    }

    /// The set of a rule.
    pub fn set(&mut self, rule: SetRule) -> u32 {
        self.topology.set_id(rule, &mut self.templates)
    }

    /// As `tally`, of a set.
    pub fn tally_of(
        &mut self,
        set: u32,
        topology_key: Option<&str>,
        eligibility: EligibilityRule,
    ) -> u32 {
        let key = match topology_key {
            Some(label) => self.topology.key_id(label, &self.nodes),
            None => crate::topology::EACH_NODE,
        };
        let eligibility = self.topology.eligibility_id(eligibility, &self.nodes);
        let pods = &self.pods;
        let places = |template: &Template| {
            template
                .pods
                .iter()
                .map(|pod| place(&pods[*pod]))
                .collect::<Vec<_>>()
                .into_iter()
        };
        self.topology.tally_id(
            (set, key, eligibility),
            &self.nodes,
            &self.templates,
            places,
        )
    }

    /// The pod with a UID.
    pub fn pod(&self, uid: &str) -> Option<&Pod> {
        self.pod_ids.get(uid).map(|id| &self.pods[*id])
    }

    /// A pod's key by its UID.
    pub fn pod_id(&self, uid: &str) -> Option<u32> {
        self.pod_ids.get(uid).copied()
    }

    /// Puts a pod on a node: bound, as an informer tells, or assumed. Telling the same again
    /// changes nothing, so an assumed pod is confirmed by its bound self.
    pub fn put_pod(&mut self, mut pod: Pod, node: &str) {
        if let Some(id) = self.pod_ids.get(&pod.uid).copied() {
            let known = &mut self.pods[id];
            let same = known.template == pod.template && known.terminating == pod.terminating;
            if same && *self.nodes.name[known.node as usize] == *node {
                known.preempted = pod.preempted;
                known.start_millis = pod.start_millis;
                return;
            }
            self.remove_pod(&pod.uid);
        }
        // Not before: the slot of an unknown node goes with its last pod.
        pod.node = self.nodes.slot_or_insert(node);
        let template = pod.template;
        let uid = pod.uid.clone();
        let id = self.pods.insert(pod);
        self.pod_ids.insert(uid, id);
        self.templates[template].pods.push(id);
        self.place_pod(id);
    }

    /// Takes a pod off its node: it was deleted, has ended, or its binding failed.
    pub fn remove_pod(&mut self, uid: &str) -> bool {
        let Some(id) = self.pod_ids.remove(uid) else {
            return false;
        };
        self.lift_pod(id);
        let template = self.pods[id].template;
        let pods = &mut self.templates[template].pods;
        if let Some(index) = pods.iter().rposition(|one| *one == id) {
            pods.swap_remove(index);
        }
        self.pods.remove(id);
        true
    }

    /// Counts a known pod on its node (again, after [`Self::lift_pod`]).
    pub fn place_pod(&mut self, id: u32) {
        let pod = &self.pods[id];
        let template = &self.templates[pod.template];
        let shape = &self.shapes[template.shape].shape;
        self.nodes
            .add_pod(pod.node, id, &shape.requests, &shape.host_ports);
        self.topology
            .count_pod(&template.sets, pod.node, pod.terminating, 1);
    }

    /// Stops counting a known pod on its node, as if it were gone.
    pub fn lift_pod(&mut self, id: u32) {
        let pod = &self.pods[id];
        let template = &self.templates[pod.template];
        let shape = &self.shapes[template.shape].shape;
        self.topology
            .count_pod(&template.sets, pod.node, pod.terminating, -1);
        self.nodes
            .remove_pod(pod.node, id, &shape.requests, &shape.host_ports);
    }

    /// Counts, or (`sign` negative) stops counting, a pod of a template on a node without its
    /// being there: a nominated pod, while a node is asked with and without it.
    pub fn count_phantom(&mut self, template: u32, node: NodeSlot, sign: i32) {
        let template = &self.templates[template];
        let shape = &self.shapes[template.shape].shape;
        self.topology.count_pod(&template.sets, node, false, sign);
        if sign > 0 {
            self.nodes
                .add_pod(node, PHANTOM, &shape.requests, &shape.host_ports);
        } else {
            self.nodes
                .remove_pod(node, PHANTOM, &shape.requests, &shape.host_ports);
        }
    }

    /// Starts a call: ages templates, and forgets idle ones, and counts that nobody asks for, when
    /// there are many.
    pub fn begin_call(&mut self) {
        self.calls += 1;
        if self.calls % 64 != 0 {
            return;
        }
        let idle = self
            .templates
            .iter()
            .filter(|(_, one)| one.pods.is_empty())
            .count();
        let cells = self.topology.cells();
        if idle > IDLE_TEMPLATES_MAX.max(self.templates.len() / 2) {
            self.sweep();
        } else if cells > TALLY_CELLS_MAX.max(2 * self.cells_in_use) {
            self.rebuild_counts();
        }
    }

    /// Forgets templates that no pod has and that were not asked for in the last 64 calls, and
    /// with them the shapes, sets and tallies that only they needed.
    fn sweep(&mut self) {
        let oldest = self.calls.saturating_sub(64);
        let gone: Vec<u32> = self
            .templates
            .iter()
            .filter(|(_, one)| one.pods.is_empty() && one.last_used < oldest)
            .map(|(id, _)| id)
            .collect();
        for id in gone {
            let Some(template) = self.templates.remove(id) else {
                continue;
            };
            self.template_ids.remove(&template.text);
            let entry = &mut self.shapes[template.shape];
            entry.uses -= 1;
            if entry.uses == 0 {
                if let Some(entry) = self.shapes.remove(template.shape) {
                    self.shape_ids.remove(&entry.shape);
                }
            }
        }
        self.rebuild_counts();
    }

    /// Makes every set and tally anew.
    fn rebuild_counts(&mut self) {
        self.counts_epoch += 1;
        self.topology.clear_counts();
        let ids: Vec<u32> = self.templates.iter().map(|(id, _)| id).collect();
        for id in &ids {
            let template = &mut self.templates[*id];
            template.sets.clear();
            template.matched_by.clear();
        }
        for id in ids {
            self.register_carriers(id);
        }
        self.cells_in_use = self.topology.cells();
    }
}

fn place(pod: &Pod) -> Place {
    Place {
        template: pod.template,
        node: pod.node,
        terminating: pod.terminating,
    }
}
