//! Counts of pods by topology domain, kept as pods and nodes come and go, so that spreading and
//! inter-pod affinity cost what has changed and not what there is.
//!
//! - A [`TopologyKey`] is a column: the domain (a label's value) of each node.
//! - An [`Eligibility`] is a bit a node: whether a node takes part in a count.
//! - A [`PodSet`] says which pods are counted.
//! - A [`Tally`] is one of each: how many pods of a set are in each domain, on eligible nodes.

use crate::input::{StringMap, Toleration};
use crate::nodes::{NodeSlot, Nodes};
use crate::selector::{NodeMatch, Selector};
use crate::slab::Slab;
use crate::taints::all_tolerated;
use crate::template::{Template, Term};
use ahash::AHashMap;
use std::sync::Arc;

/// No domain: the node has no such label.
pub const NO_DOMAIN: u32 = u32::MAX;

/// The column in which each node is its own domain.
pub const EACH_NODE: u32 = 0;

/// One label key's column.
#[derive(Debug)]
pub struct TopologyKey {
    label: Option<Box<str>>,
    domain_of_node: Vec<u32>,
    domains: AHashMap<Box<str>, u32>,
    /// Value and number of nodes of each domain.
    members: Slab<(Box<str>, u32)>,
}

impl TopologyKey {
    /// The domain of a node, or [`NO_DOMAIN`].
    pub fn domain(&self, node: NodeSlot) -> u32 {
        self.domain_of_node
            .get(node as usize)
            .copied()
            .unwrap_or(NO_DOMAIN)
    }

    /// One more than the highest domain.
    pub fn bound(&self) -> usize {
        if self.label.is_some() {
            self.members.bound()
        } else {
            self.domain_of_node.len()
        }
    }

    fn attach(&mut self, node: NodeSlot, labels: &StringMap) {
        let at = node as usize;
        if self.domain_of_node.len() <= at {
            self.domain_of_node.resize(at + 1, NO_DOMAIN);
        }
        let Some(label) = &self.label else {
            self.domain_of_node[at] = node;
            return;
        };
        let Some(value) = labels.get(&**label) else {
            return;
        };
        let domain = match self.domains.get(value.as_str()) {
            Some(domain) => *domain,
            None => {
                let domain = self.members.insert((value.as_str().into(), 0));
                self.domains.insert(value.as_str().into(), domain);
                domain
            }
        };
        self.members[domain].1 += 1;
        self.domain_of_node[at] = domain;
    }

    fn detach(&mut self, node: NodeSlot) {
        let domain = std::mem::replace(&mut self.domain_of_node[node as usize], NO_DOMAIN);
        if self.label.is_none() || domain == NO_DOMAIN {
            return;
        }
        self.members[domain].1 -= 1;
        if self.members[domain].1 == 0 {
            if let Some((value, _)) = self.members.remove(domain) {
                self.domains.remove(&value);
            }
        }
    }
}

/// Which nodes take part in a count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct EligibilityRule {
    /// Label keys that a node must have.
    pub keys: Vec<String>,
    /// `nodeAffinityPolicy: Honor`: what the pod requires of nodes.
    pub node_match: Option<NodeMatch>,
    /// `nodeTaintsPolicy: Honor`: the pod's tolerations.
    pub tolerations: Option<Vec<Toleration>>,
}

impl EligibilityRule {
    fn allows(&self, nodes: &Nodes, node: NodeSlot) -> bool {
        let at = node as usize;
        let labels = &nodes.labels[at];
        self.keys.iter().all(|key| labels.contains_key(key))
            && self
                .node_match
                .as_ref()
                .is_none_or(|rule| rule.matches(&nodes.name[at], labels))
            && self
                .tolerations
                .as_ref()
                .is_none_or(|tolerations| all_tolerated(tolerations, &nodes.taints[at]))
    }
}

#[derive(Debug)]
struct Eligibility {
    rule: Arc<EligibilityRule>,
    /// A bit a node.
    nodes: Vec<u64>,
}

impl Eligibility {
    fn has(&self, node: NodeSlot) -> bool {
        self.nodes
            .get(node as usize / 64)
            .is_some_and(|word| word >> (node % 64) & 1 == 1)
    }

    fn set(&mut self, node: NodeSlot, on: bool) {
        let word = node as usize / 64;
        if self.nodes.len() <= word {
            self.nodes.resize(word + 1, 0);
        }
        if on {
            self.nodes[word] |= 1 << (node % 64);
        } else {
            self.nodes[word] &= !(1 << (node % 64));
        }
    }
}

/// Which pods are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SetRule {
    /// Pods of one namespace that a selector matches and that are not being deleted: what
    /// spreading counts.
    Spread {
        namespace: String,
        selector: Selector,
    },
    /// Pods that every term means: what an incoming pod's own affinity asks for.
    Meant { terms: Vec<Term> },
    /// Pods that carry a required anti-affinity term: they repel what the term means.
    CarriesRequiredAnti { term: Term },
    /// Pods that carry a required affinity term: they attract what the term means.
    CarriesRequired { term: Term },
    /// Pods that carry a preferred term of this signed weight.
    CarriesPreferred { term: Term, weight: i64 },
}

impl SetRule {
    /// The term that decides which incoming pods a carrier concerns.
    fn carried_term(&self) -> Option<&Term> {
        match self {
            Self::CarriesRequiredAnti { term }
            | Self::CarriesRequired { term }
            | Self::CarriesPreferred { term, .. } => Some(term),
            Self::Spread { .. } | Self::Meant { .. } => None,
        }
    }

    fn has(&self, template: &Template, of_namespace: &StringMap) -> bool {
        match self {
            Self::Spread {
                namespace,
                selector,
            } => *namespace == template.namespace && selector.matches(&template.labels),
            Self::Meant { terms } => terms
                .iter()
                .all(|term| term.matches(&template.namespace, of_namespace, &template.labels)),
            Self::CarriesRequiredAnti { term } => {
                template.required_anti_affinity.weight(term).is_some()
            }
            Self::CarriesRequired { term } => template.required_affinity.weight(term).is_some(),
            Self::CarriesPreferred { term, weight } => {
                template.preferred_terms.weight(term) == Some(*weight)
            }
        }
    }

    fn reads_namespaces(&self) -> bool {
        let reads = |term: &Term| term.namespace_selector != Selector::Nothing;
        match self {
            Self::Spread { .. } => false,
            Self::Meant { terms } => terms.iter().any(reads),
            _ => self.carried_term().is_some_and(reads),
        }
    }
}

/// Pods that are counted together.
#[derive(Debug)]
pub struct PodSet {
    pub rule: Arc<SetRule>,
    pub tallies: Vec<u32>,
}

/// How many pods of a set are in each domain.
#[derive(Debug)]
pub struct Tally {
    pub key: u32,
    eligibility: u32,
    pub counts: Vec<u32>,
    /// Eligible nodes of each domain; a domain without one does not exist.
    nodes: Vec<u32>,
    /// How many existing domains have a count, by count.
    histogram: Vec<u32>,
    /// The lowest count of an existing domain.
    lowest: u32,
    pub domains: u32,
    /// Sum of `counts`.
    pub total: u64,
}

impl Tally {
    /// Pods in a domain.
    pub fn count(&self, domain: u32) -> u32 {
        self.counts.get(domain as usize).copied().unwrap_or(0)
    }

    /// The lowest count of an existing domain; 0 when there is no domain.
    pub fn lowest(&self) -> u32 {
        if self.domains == 0 { 0 } else { self.lowest }
    }

    fn reach(&mut self, domain: u32) {
        let len = domain as usize + 1;
        if self.counts.len() < len {
            self.counts.resize(len, 0);
            self.nodes.resize(len, 0);
        }
    }

    fn bucket(&mut self, count: u32) -> &mut u32 {
        let at = count as usize;
        if self.histogram.len() <= at {
            self.histogram.resize(at + 1, 0);
        }
        &mut self.histogram[at]
    }

    fn add_node(&mut self, domain: u32) {
        self.reach(domain);
        let at = domain as usize;
        self.nodes[at] += 1;
        if self.nodes[at] == 1 {
            let count = self.counts[at];
            *self.bucket(count) += 1;
            self.lowest = if self.domains == 0 {
                count
            } else {
                self.lowest.min(count)
            };
            self.domains += 1;
        }
    }

    fn remove_node(&mut self, domain: u32) {
        let at = domain as usize;
        self.nodes[at] -= 1;
        if self.nodes[at] == 0 {
            let count = self.counts[at];
            *self.bucket(count) -= 1;
            self.domains -= 1;
            self.settle();
        }
    }

    fn add_pod(&mut self, domain: u32) {
        let at = domain as usize;
        let before = self.counts[at];
        self.counts[at] = before + 1;
        self.total += 1;
        *self.bucket(before) -= 1;
        *self.bucket(before + 1) += 1;
        if before == self.lowest && self.histogram[before as usize] == 0 {
            self.lowest = before + 1;
        }
    }

    fn remove_pod(&mut self, domain: u32) {
        let at = domain as usize;
        let before = self.counts[at];
        self.counts[at] = before - 1;
        self.total -= 1;
        *self.bucket(before) -= 1;
        *self.bucket(before - 1) += 1;
        self.lowest = self.lowest.min(before - 1);
    }

    /// Finds the lowest count again after its last domain has gone.
    fn settle(&mut self) {
        if self.domains == 0 {
            self.lowest = 0;
            return;
        }
        while self.histogram[self.lowest as usize] == 0 {
            self.lowest += 1;
        }
    }
}

/// Where a pod counts: its template, its node, and whether it is being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub template: u32,
    pub node: NodeSlot,
    pub terminating: bool,
}

/// All columns, eligibilities, sets and tallies.
#[derive(Debug)]
pub struct Topology {
    keys: Vec<TopologyKey>,
    key_ids: AHashMap<Box<str>, u32>,
    eligibilities: Slab<Eligibility>,
    eligibility_ids: AHashMap<Arc<EligibilityRule>, u32>,
    pub sets: Slab<PodSet>,
    set_ids: AHashMap<Arc<SetRule>, u32>,
    pub tallies: Slab<Tally>,
    tally_ids: AHashMap<(u32, u32, u32), u32>,
    namespaces: AHashMap<Box<str>, StringMap>,
    no_labels: StringMap,
}

impl Default for Topology {
    fn default() -> Self {
        let each_node = TopologyKey {
            label: None,
            domain_of_node: Vec::new(),
            domains: AHashMap::new(),
            members: Slab::default(),
        };
        Self {
            keys: vec![each_node],
            key_ids: AHashMap::new(),
            eligibilities: Slab::default(),
            eligibility_ids: AHashMap::new(),
            sets: Slab::default(),
            set_ids: AHashMap::new(),
            tallies: Slab::default(),
            tally_ids: AHashMap::new(),
            namespaces: AHashMap::new(),
            no_labels: StringMap::new(),
        }
    }
}

impl Topology {
    /// A column by its key.
    pub fn key(&self, id: u32) -> &TopologyKey {
        &self.keys[id as usize]
    }

    /// The labels of a namespace; none when it is not known.
    pub fn namespace_labels(&self, name: &str) -> &StringMap {
        self.namespaces.get(name).unwrap_or(&self.no_labels)
    }

    /// Takes over a namespace's labels (`None`: it is gone). Says whether any rule reads them.
    pub fn put_namespace(&mut self, name: &str, labels: Option<StringMap>) -> bool {
        let before = match labels {
            Some(labels) if self.namespaces.get(name) == Some(&labels) => return false,
            Some(labels) => self.namespaces.insert(name.into(), labels),
            None => self.namespaces.remove(name),
        };
        drop(before);
        self.sets.iter().any(|(_, set)| set.rule.reads_namespaces())
    }

    /// The column of a label key, made when it is new.
    pub fn key_id(&mut self, label: &str, nodes: &Nodes) -> u32 {
        if let Some(id) = self.key_ids.get(label) {
            return *id;
        }
        let mut key = TopologyKey {
            label: Some(label.into()),
            domain_of_node: Vec::new(),
            domains: AHashMap::new(),
            members: Slab::default(),
        };
        for node in known(nodes) {
            key.attach(node, &nodes.labels[node as usize]);
        }
        let id = self.keys.len() as u32;
        self.keys.push(key);
        self.key_ids.insert(label.into(), id);
        id
    }

    /// An eligibility, made when it is new.
    pub fn eligibility_id(&mut self, rule: EligibilityRule, nodes: &Nodes) -> u32 {
        if let Some(id) = self.eligibility_ids.get(&rule) {
            return *id;
        }
        let rule = Arc::new(rule);
        let mut eligibility = Eligibility {
            rule: Arc::clone(&rule),
            nodes: Vec::new(),
        };
        for node in known(nodes) {
            let on = rule.allows(nodes, node);
            eligibility.set(node, on);
        }
        let id = self.eligibilities.insert(eligibility);
        self.eligibility_ids.insert(rule, id);
        id
    }

    /// A pod set, made when it is new; every template learns whether it belongs.
    pub fn set_id(&mut self, rule: SetRule, templates: &mut Slab<Template>) -> u32 {
        if let Some(id) = self.set_ids.get(&rule) {
            return *id;
        }
        let rule = Arc::new(rule);
        let id = self.sets.insert(PodSet {
            rule: Arc::clone(&rule),
            tallies: Vec::new(),
        });
        self.set_ids.insert(rule, id);
        for (_, template) in templates.iter_mut() {
            self.introduce(id, template);
        }
        id
    }

    /// A new template learns which sets it belongs to and which carriers mean it.
    pub fn introduce_template(&self, template: &mut Template) {
        for (id, _) in self.sets.iter() {
            self.introduce(id, template);
        }
    }

    fn introduce(&self, id: u32, template: &mut Template) {
        let rule = &self.sets[id].rule;
        let labels = self.namespace_labels(&template.namespace);
        if rule.has(template, labels) {
            let at = template.sets.partition_point(|other| *other < id);
            template.sets.insert(at, id);
        }
        if let Some(term) = rule.carried_term() {
            if term.matches(&template.namespace, labels, &template.labels) {
                template.matched_by.push(id);
            }
        }
    }

    /// A tally, made and counted when it is new. `places` lists pods of a template.
    pub fn tally_id<'a, P>(
        &mut self,
        (set, key, eligibility): (u32, u32, u32),
        nodes: &Nodes,
        templates: &'a Slab<Template>,
        places: impl Fn(&'a Template) -> P,
    ) -> u32
    where
        P: Iterator<Item = Place> + 'a,
    {
        if let Some(id) = self.tally_ids.get(&(set, key, eligibility)) {
            return *id;
        }
        let mut tally = Tally {
            key,
            eligibility,
            counts: vec![0; self.keys[key as usize].bound()],
            nodes: vec![0; self.keys[key as usize].bound()],
            histogram: Vec::new(),
            lowest: 0,
            domains: 0,
            total: 0,
        };
        for node in known(nodes) {
            if let Some(domain) = self.counted_domain(&tally, node) {
                tally.add_node(domain);
            }
        }
        let belongs = |template: &Template| template.sets.binary_search(&set).is_ok();
        let spreads = matches!(*self.sets[set].rule, SetRule::Spread { .. });
        for (_, template) in templates.iter().filter(|(_, one)| belongs(one)) {
            for place in places(template) {
                if spreads && place.terminating {
                    continue;
                }
                if let Some(domain) = self.counted_domain(&tally, place.node) {
                    tally.add_pod(domain);
                }
            }
        }
        let id = self.tallies.insert(tally);
        self.tally_ids.insert((set, key, eligibility), id);
        self.sets[set].tallies.push(id);
        id
    }

    fn counted_domain(&self, tally: &Tally, node: NodeSlot) -> Option<u32> {
        let domain = self.keys[tally.key as usize].domain(node);
        (domain != NO_DOMAIN && self.eligibilities[tally.eligibility].has(node)).then_some(domain)
    }

    /// Counts a pod in, or (`sign` negative) out, everywhere it belongs.
    pub fn count_pod(&mut self, sets: &[u32], node: NodeSlot, terminating: bool, sign: i32) {
        for set in sets {
            let set = &self.sets[*set];
            if terminating && matches!(*set.rule, SetRule::Spread { .. }) {
                continue;
            }
            for id in &set.tallies {
                let tally = &mut self.tallies[*id];
                let domain = self.keys[tally.key as usize].domain(node);
                if domain == NO_DOMAIN || !self.eligibilities[tally.eligibility].has(node) {
                    continue;
                }
                if sign > 0 {
                    tally.add_pod(domain);
                } else {
                    tally.remove_pod(domain);
                }
            }
        }
    }

    /// A node takes its place in every column and count; its pods are counted after this.
    pub fn attach(&mut self, nodes: &Nodes, node: NodeSlot) {
        for key in &mut self.keys {
            key.attach(node, &nodes.labels[node as usize]);
        }
        for (_, eligibility) in self.eligibilities.iter_mut() {
            let on = eligibility.rule.allows(nodes, node);
            eligibility.set(node, on);
        }
        self.count_node(node, 1);
    }

    /// A node leaves every column and count; its pods were counted out before this.
    pub fn detach(&mut self, node: NodeSlot) {
        self.count_node(node, -1);
        for key in &mut self.keys {
            key.detach(node);
        }
        for (_, eligibility) in self.eligibilities.iter_mut() {
            eligibility.set(node, false);
        }
    }

    fn count_node(&mut self, node: NodeSlot, sign: i32) {
        for (_, tally) in self.tallies.iter_mut() {
            let domain = self.keys[tally.key as usize].domain(node);
            if domain == NO_DOMAIN || !self.eligibilities[tally.eligibility].has(node) {
                continue;
            }
            if sign > 0 {
                tally.add_node(domain);
            } else {
                tally.remove_node(domain);
            }
        }
    }

    /// Forgets every set, tally, eligibility and column: they are made again when asked for.
    /// Templates must forget their memberships with it.
    pub fn clear_counts(&mut self) {
        self.sets = Slab::default();
        self.set_ids.clear();
        self.tallies = Slab::default();
        self.tally_ids.clear();
        self.eligibilities = Slab::default();
        self.eligibility_ids.clear();
        self.keys.truncate(EACH_NODE as usize + 1);
        self.key_ids.clear();
    }

    /// Domains of all tallies together: what they take is a multiple of it.
    pub fn cells(&self) -> usize {
        self.tallies
            .iter()
            .map(|(_, tally)| tally.counts.len())
            .sum()
    }
}

/// Slots of known nodes.
fn known(nodes: &Nodes) -> impl Iterator<Item = NodeSlot> + '_ {
    (0..nodes.bound() as u32).filter(|node| nodes.known[*node as usize])
}
