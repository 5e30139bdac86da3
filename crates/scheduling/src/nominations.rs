//! Pods that preempted others and wait for their node to become free.

use crate::cluster::Cluster;
use crate::input::InputError;
use crate::nodes::NodeSlot;
use ahash::AHashMap;
use std::collections::BTreeMap;

/// A pod with a nominated node.
#[derive(Debug, Clone)]
struct Nomination {
    name: Box<str>,
    text: Box<str>,
    node: Box<str>,
    slot: Option<NodeSlot>,
    template: u32,
    priority: i64,
}

/// Nominations by pod UID. There is at most one a pending pod.
#[derive(Debug, Default)]
pub struct Nominations {
    by_uid: BTreeMap<Box<str>, Nomination>,
    /// UIDs by the slot of their node, sorted, with the epoch of their last change.
    by_slot: AHashMap<NodeSlot, (u64, Vec<Box<str>>)>,
    /// Bumped by every change.
    pub epoch: u64,
}

impl Nominations {
    /// Nominates a pod to a node, instead of any earlier one.
    pub fn put(
        &mut self,
        cluster: &mut Cluster,
        uid: &str,
        name: &str,
        node: &str,
        text: &str,
    ) -> Result<(), InputError> {
        let template = cluster.template_of(name, text)?;
        let nomination = Nomination {
            name: name.into(),
            text: text.into(),
            node: node.into(),
            slot: cluster.nodes.slot(node),
            template,
            priority: cluster.templates[template].priority,
        };
        self.remove(uid);
        self.enter(nomination.slot, uid);
        self.by_uid.insert(uid.into(), nomination);
        self.epoch += 1;
        Ok(())
    }

    /// Ends a pod's nomination.
    pub fn remove(&mut self, uid: &str) {
        if let Some(nomination) = self.by_uid.remove(uid) {
            self.leave(nomination.slot, uid);
            self.epoch += 1;
        }
    }

    fn enter(&mut self, slot: Option<NodeSlot>, uid: &str) {
        let Some(slot) = slot else { return };
        self.epoch += 1;
        let (changed, uids) = self.by_slot.entry(slot).or_default();
        *changed = self.epoch;
        if let Err(at) = uids.binary_search_by(|one| (**one).cmp(uid)) {
            uids.insert(at, uid.into());
        }
    }

    fn leave(&mut self, slot: Option<NodeSlot>, uid: &str) {
        let Some(slot) = slot else { return };
        self.epoch += 1;
        if let Some((changed, uids)) = self.by_slot.get_mut(&slot) {
            *changed = self.epoch;
            uids.retain(|one| **one != *uid);
            if uids.is_empty() {
                self.by_slot.remove(&slot);
            }
        }
    }

    /// When nominations to a node last changed; 0 when there are none.
    pub fn changed_on(&self, node: NodeSlot) -> u64 {
        self.by_slot.get(&node).map_or(0, |(changed, _)| *changed)
    }

    /// Finds nodes and templates again, at the start of a call: nodes come and go, and templates
    /// that no pod on a node has are swept unless asked for.
    pub fn refresh(&mut self, cluster: &mut Cluster) {
        let mut moved = Vec::new();
        for (uid, nomination) in &mut self.by_uid {
            let slot = cluster.nodes.slot(&nomination.node);
            if slot != nomination.slot {
                moved.push((uid.clone(), nomination.slot, slot));
                nomination.slot = slot;
            }
            if let Ok(template) = cluster.template_of(&nomination.name, &nomination.text) {
                nomination.template = template;
            }
        }
        for (uid, before, after) in moved {
            self.leave(before, &uid);
            self.enter(after, &uid);
        }
    }

    fn at(&self, node: NodeSlot) -> impl Iterator<Item = (&Box<str>, &Nomination)> {
        let uids = self
            .by_slot
            .get(&node)
            .map_or(&[][..], |(_, uids)| uids.as_slice());
        uids.iter()
            .filter_map(|uid| Some((uid, self.by_uid.get(uid)?)))
    }

    /// Templates of the pods nominated to a node that a pod of `priority` must respect.
    pub fn on(&self, node: NodeSlot, uid: &str, priority: i64) -> Vec<u32> {
        if self.by_uid.is_empty() {
            return Vec::new();
        }
        self.at(node)
            .filter(|(other, one)| one.priority >= priority && ***other != *uid)
            .map(|(_, one)| one.template)
            .collect()
    }

    /// Pods of a lower priority that are nominated to a node: they lose it to a preemptor.
    pub fn lower_on(&self, node: NodeSlot, priority: i64) -> Vec<Box<str>> {
        self.at(node)
            .filter(|(_, one)| one.priority < priority)
            .map(|(uid, _)| uid.clone())
            .collect()
    }

    /// The node a pod is nominated to.
    pub fn of(&self, uid: &str) -> Option<NodeSlot> {
        self.by_uid.get(uid)?.slot
    }
}
