//! Node state as columns: one vector a property, indexed by a node's slot.

use crate::input::{ContainerImage, InputError, NodeInput, StringMap, Taint};
use crate::requests::{Requests, read_allocatable};
use crate::template::HostPort;
use ahash::AHashMap;

/// Index of a node in every column; used again after the node and its pods are gone.
pub type NodeSlot = u32;

/// Names a column of an extended resource.
pub type ScalarId = u32;

/// An extended resource's column.
#[derive(Debug, Default)]
struct ScalarColumn {
    allocatable: Vec<i64>,
    requested: Vec<i64>,
}

/// Nodes that have an image, by the image's name.
#[derive(Debug, Default, Clone, Copy)]
pub struct ImageState {
    pub size_bytes: i64,
    pub nodes: u32,
}

/// All nodes. A slot without its node (it was deleted, or is not known yet) may still have pods.
#[derive(Debug, Default)]
pub struct Nodes {
    slots: AHashMap<Box<str>, NodeSlot>,
    free: Vec<NodeSlot>,
    pub name: Vec<Box<str>>,
    /// Whether the Node object is known; others are never candidates.
    pub known: Vec<bool>,
    pub labels: Vec<StringMap>,
    pub taints: Vec<Vec<Taint>>,
    pub unschedulable: Vec<bool>,
    images: Vec<Vec<(Box<str>, i64)>>,
    pub allocatable_milli_cpu: Vec<i64>,
    pub allocatable_memory: Vec<i64>,
    pub allocatable_ephemeral: Vec<i64>,
    pub allowed_pods: Vec<i64>,
    pub requested_milli_cpu: Vec<i64>,
    pub requested_memory: Vec<i64>,
    pub requested_ephemeral: Vec<i64>,
    pub non_zero_milli_cpu: Vec<i64>,
    pub non_zero_memory: Vec<i64>,
    pub pod_count: Vec<i64>,
    pub host_ports: Vec<Vec<HostPort>>,
    scalar_ids: AHashMap<Box<str>, ScalarId>,
    scalars: Vec<ScalarColumn>,
    /// Pods on each node, assumed ones too.
    pub pods: Vec<Vec<u32>>,
    /// A new number whenever name, labels, taints or `unschedulable` change.
    pub static_stamp: Vec<u64>,
    /// A new number whenever allocatable, images or what runs there change.
    pub usage_stamp: Vec<u64>,
    last_stamp: u64,
    image_states: AHashMap<Box<str>, ImageState>,
    /// Bumped when the set of nodes or the images on them change.
    pub image_epoch: u64,
    /// The stamp of the last change of any node: "nothing has changed" is one comparison.
    pub epoch: u64,
    order: NodeOrder,
}

impl Nodes {
    /// The slot of a node's name, known or not.
    pub fn slot(&self, name: &str) -> Option<NodeSlot> {
        self.slots.get(name).copied()
    }

    /// The slot of a name; an unknown name gets one without a node.
    pub fn slot_or_insert(&mut self, name: &str) -> NodeSlot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.grow();
                self.name.len() as u32 - 1
            }
        };
        self.name[slot as usize] = name.into();
        self.slots.insert(name.into(), slot);
        slot
    }

    fn grow(&mut self) {
        self.name.push("".into());
        self.known.push(false);
        self.labels.push(StringMap::new());
        self.taints.push(Vec::new());
        self.unschedulable.push(false);
        self.images.push(Vec::new());
        self.host_ports.push(Vec::new());
        self.pods.push(Vec::new());
        for column in [
            &mut self.allocatable_milli_cpu,
            &mut self.allocatable_memory,
            &mut self.allocatable_ephemeral,
            &mut self.allowed_pods,
            &mut self.requested_milli_cpu,
            &mut self.requested_memory,
            &mut self.requested_ephemeral,
            &mut self.non_zero_milli_cpu,
            &mut self.non_zero_memory,
            &mut self.pod_count,
        ] {
            column.push(0);
        }
        for scalar in &mut self.scalars {
            scalar.allocatable.push(0);
            scalar.requested.push(0);
        }
        // A cell that was never computed has stamp 0, which no node ever has.
        self.last_stamp += 1;
        self.static_stamp.push(self.last_stamp);
        self.usage_stamp.push(self.last_stamp);
    }

    /// How many slots the columns have.
    pub fn bound(&self) -> usize {
        self.name.len()
    }

    /// How many nodes are known.
    pub fn len(&self) -> usize {
        self.order.len
    }

    /// Whether no node is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Known nodes, one of each zone in turn, so that a sample of them spans the zones.
    pub fn ordered(&mut self) -> &[NodeSlot] {
        self.order.list()
    }

    /// Whether a node's labels, taints or `unschedulable` differ from what is known.
    pub fn placement_changes(&self, slot: NodeSlot, input: &NodeInput) -> bool {
        let at = slot as usize;
        !self.known[at]
            || self.labels[at] != input.labels
            || self.taints[at] != input.taints
            || self.unschedulable[at] != input.unschedulable
    }

    /// Takes over a Node object. The caller has detached the node from topologies when
    /// [`Self::placement_changes`], and attaches it again.
    pub fn put(&mut self, slot: NodeSlot, input: NodeInput) -> Result<(), InputError> {
        let allocatable = read_allocatable(&input.allocatable, &input.name)?;
        let at = slot as usize;
        if self.placement_changes(slot, &input) {
            let zone = zone_of(&input.labels);
            if !self.known[at] {
                self.order.insert(slot, zone);
                self.image_epoch += 1;
            } else if zone_of(&self.labels[at]) != zone {
                self.order.remove(slot);
                self.order.insert(slot, zone);
            }
            self.known[at] = true;
            self.labels[at] = input.labels;
            self.taints[at] = input.taints;
            self.unschedulable[at] = input.unschedulable;
            self.touch_static(slot);
        }
        self.set_allocatable(at, &allocatable);
        self.set_images(at, &input.images);
        self.touch(slot);
        Ok(())
    }

    fn set_allocatable(&mut self, at: usize, allocatable: &[(String, i64)]) {
        self.allocatable_milli_cpu[at] = 0;
        self.allocatable_memory[at] = 0;
        self.allocatable_ephemeral[at] = 0;
        self.allowed_pods[at] = 0;
        for scalar in &mut self.scalars {
            scalar.allocatable[at] = 0;
        }
        for (name, value) in allocatable {
            match name.as_str() {
                "cpu" => self.allocatable_milli_cpu[at] = *value,
                "memory" => self.allocatable_memory[at] = *value,
                "ephemeral-storage" => self.allocatable_ephemeral[at] = *value,
                "pods" => self.allowed_pods[at] = *value,
                other if crate::requests::is_scalar(other) => {
                    let id = self.scalar_id(other);
                    self.scalars[id as usize].allocatable[at] = *value;
                }
                _ => {}
            }
        }
    }

    fn set_images(&mut self, at: usize, images: &[ContainerImage]) {
        let mut flat: Vec<(Box<str>, i64)> = images
            .iter()
            .flat_map(|image| {
                image
                    .names
                    .iter()
                    .map(|name| (name.as_str().into(), image.size_bytes))
            })
            .collect();
        flat.sort_unstable();
        flat.dedup_by(|a, b| a.0 == b.0);
        if flat == self.images[at] {
            return;
        }
        self.forget_images(at);
        for (name, size_bytes) in &flat {
            let state = self.image_states.entry(name.clone()).or_default();
            state.size_bytes = *size_bytes;
            state.nodes += 1;
        }
        self.images[at] = flat;
        self.image_epoch += 1;
    }

    fn forget_images(&mut self, at: usize) {
        for (name, _) in std::mem::take(&mut self.images[at]) {
            if let Some(state) = self.image_states.get_mut(&name) {
                state.nodes -= 1;
                if state.nodes == 0 {
                    self.image_states.remove(&name);
                }
            }
        }
    }

    /// The size of an image on a node and on how many nodes it is; `None` when it is not there.
    pub fn image(&self, slot: NodeSlot, name: &str) -> Option<ImageState> {
        let images = &self.images[slot as usize];
        images.binary_search_by(|probe| (*probe.0).cmp(name)).ok()?;
        self.image_states.get(name).copied()
    }

    /// Whether any node has an image.
    pub fn knows_image(&self, name: &str) -> bool {
        self.image_states.contains_key(name)
    }

    /// Forgets a Node object; its slot goes when its last pod does.
    pub fn remove(&mut self, slot: NodeSlot) {
        let at = slot as usize;
        self.forget_images(at);
        self.order.remove(slot);
        self.known[at] = false;
        self.labels[at].clear();
        self.taints[at].clear();
        self.image_epoch += 1;
        self.touch_static(slot);
        self.release(slot);
    }

    /// Frees the slot when neither a node nor a pod needs it.
    fn release(&mut self, slot: NodeSlot) {
        let at = slot as usize;
        if self.known[at] || !self.pods[at].is_empty() {
            return;
        }
        self.slots.remove(&self.name[at]);
        self.free.push(slot);
    }

    /// The column of an extended resource, made when it is new.
    fn scalar_id(&mut self, name: &str) -> ScalarId {
        if let Some(id) = self.scalar_ids.get(name) {
            return *id;
        }
        let id = self.scalars.len() as u32;
        let zeros = vec![0; self.bound()];
        self.scalars.push(ScalarColumn {
            allocatable: zeros.clone(),
            requested: zeros,
        });
        self.scalar_ids.insert(name.into(), id);
        id
    }

    /// What a node has of an extended resource: allocatable, requested.
    pub fn scalar(&self, slot: NodeSlot, name: &str) -> (i64, i64) {
        let Some(id) = self.scalar_ids.get(name) else {
            return (0, 0);
        };
        let column = &self.scalars[*id as usize];
        (
            column.allocatable[slot as usize],
            column.requested[slot as usize],
        )
    }

    /// Counts a pod's requests and ports on a node.
    pub fn add_pod(&mut self, slot: NodeSlot, pod: u32, requests: &Requests, ports: &[HostPort]) {
        let at = slot as usize;
        self.pods[at].push(pod);
        self.host_ports[at].extend_from_slice(ports);
        self.account(slot, requests, 1);
    }

    /// Takes a pod off a node again.
    pub fn remove_pod(
        &mut self,
        slot: NodeSlot,
        pod: u32,
        requests: &Requests,
        ports: &[HostPort],
    ) {
        let at = slot as usize;
        if let Some(index) = self.pods[at].iter().position(|one| *one == pod) {
            self.pods[at].swap_remove(index);
        }
        for port in ports {
            if let Some(index) = self.host_ports[at].iter().position(|one| one == port) {
                self.host_ports[at].swap_remove(index);
            }
        }
        self.account(slot, requests, -1);
        self.release(slot);
    }

    fn account(&mut self, slot: NodeSlot, requests: &Requests, sign: i64) {
        let at = slot as usize;
        self.requested_milli_cpu[at] += sign * requests.milli_cpu;
        self.requested_memory[at] += sign * requests.memory_bytes;
        self.requested_ephemeral[at] += sign * requests.ephemeral_storage_bytes;
        self.non_zero_milli_cpu[at] += sign * requests.non_zero_milli_cpu;
        self.non_zero_memory[at] += sign * requests.non_zero_memory_bytes;
        self.pod_count[at] += sign;
        for (name, value) in &requests.scalars {
            let id = self.scalar_id(name);
            self.scalars[id as usize].requested[at] += sign * value;
        }
        self.touch(slot);
    }

    /// What [`Self::restore`] needs to declare later changes undone.
    pub fn checkpoint(&self, slot: NodeSlot) -> Checkpoint {
        Checkpoint {
            slot,
            usage_stamp: self.usage_stamp[slot as usize],
            epoch: self.epoch,
        }
    }

    /// Declares that a node's pods are again what they were: what was known then holds again.
    pub fn restore(&mut self, checkpoint: &Checkpoint) {
        self.usage_stamp[checkpoint.slot as usize] = checkpoint.usage_stamp;
        self.epoch = checkpoint.epoch;
    }

    fn touch(&mut self, slot: NodeSlot) {
        self.last_stamp += 1;
        self.usage_stamp[slot as usize] = self.last_stamp;
        self.epoch = self.last_stamp;
    }

    fn touch_static(&mut self, slot: NodeSlot) {
        self.touch(slot);
        self.static_stamp[slot as usize] = self.last_stamp;
    }
}

/// The state of a node before a trial.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoint {
    slot: NodeSlot,
    usage_stamp: u64,
    epoch: u64,
}

/// Region and zone of a node, as one name; nodes without either share one.
fn zone_of(labels: &StringMap) -> String {
    let either = |stable: &str, old: &str| {
        labels
            .get(stable)
            .or_else(|| labels.get(old))
            .cloned()
            .unwrap_or_default()
    };
    let region = either(
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/region",
    );
    let zone = either(
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/zone",
    );
    format!("{region}:\0:{zone}")
}

/// Nodes by zone, in the order of their coming.
#[derive(Debug, Default)]
struct NodeOrder {
    zones: Vec<(String, Vec<NodeSlot>)>,
    list: Vec<NodeSlot>,
    stale: bool,
    len: usize,
}

impl NodeOrder {
    fn insert(&mut self, slot: NodeSlot, zone: String) {
        match self.zones.iter_mut().find(|(name, _)| *name == zone) {
            Some((_, slots)) => slots.push(slot),
            None => self.zones.push((zone, vec![slot])),
        }
        self.len += 1;
        self.stale = true;
    }

    fn remove(&mut self, slot: NodeSlot) {
        for (_, slots) in &mut self.zones {
            if let Some(index) = slots.iter().position(|one| *one == slot) {
                slots.remove(index);
                self.len -= 1;
                self.stale = true;
                break;
            }
        }
        self.zones.retain(|(_, slots)| !slots.is_empty());
    }

    fn list(&mut self) -> &[NodeSlot] {
        if self.stale {
            self.stale = false;
            self.list.clear();
            let longest = self
                .zones
                .iter()
                .map(|(_, slots)| slots.len())
                .max()
                .unwrap_or(0);
            for index in 0..longest {
                self.list
                    .extend(self.zones.iter().filter_map(|(_, slots)| slots.get(index)));
            }
        }
        &self.list
    }
}
