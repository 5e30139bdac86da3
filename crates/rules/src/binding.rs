//! Bindings of pods to nodes.

use steersman_codec::model::Model;
use steersman_codec::object::Object;
use steersman_codec::places;
use steersman_codec::value::{SmallText, Value};

use crate::creation::places;

places!(BindingPlaces, "k8s.io.api.core.v1.Binding", {
    target: "target",
});
places!(TargetPlaces, "k8s.io.api.core.v1.ObjectReference", {
    kind: "kind",
    name: "name",
});

#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub binding: BindingPlaces,
    pub target: TargetPlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            binding: BindingPlaces::of(model),
            target: TargetPlaces::of(model),
        }
    }
}

/// The node that a Binding is to, and the pod's uid where it says one. None where the full rules
/// have to look: it is of another name, has labels or annotations, or is to something else.
pub fn target_of<'o>(model: &Model, binding: &'o Object, name: &str) -> Option<(&'o str, &'o str)> {
    let p = places(model);
    let meta = &p.metadata.meta;
    let [own_name, _, uid, _] = binding.identity(model);
    let has_more = [meta.labels, meta.annotations].iter().any(|index| {
        match binding.object_meta(model).get(*index) {
            Some(Value::Map(entries)) => !entries.is_empty(),
            _ => false,
        }
    });
    let target = binding.fields.message(p.binding.binding.target)?;
    let node = target.str(p.binding.target.name);
    let is_node = matches!(target.str(p.binding.target.kind), "" | "Node") && !node.is_empty();
    (own_name == name && !has_more && is_node).then_some((node, uid))
}

/// What of a node its pods are labelled with.
pub const TOPOLOGY_LABELS: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// A binding without annotations.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Of the pod that is meant; empty where any is.
    pub uid: &'a str,
    pub node: &'a str,
    /// Seconds since 1970.
    pub time: i64,
    /// Which the pod gets beside, and in the place of, its own.
    pub labels: &'a [(SmallText, SmallText)],
}

/// The pod on its node. None where the full rules have to look: it is another one, it is going, it
/// has a node already, or something holds it back.
pub fn bound(model: &Model, pod: &Object, binding: &Binding) -> Option<Object> {
    let p = places(model);
    let [_, _, uid, _] = pod.identity(model);
    let is_meant = binding.uid.is_empty() || binding.uid == uid;
    let is_staying = !p.metadata.is_going(pod.object_meta(model));
    if Some(pod.id) != p.pod.id || !is_meant || !is_staying || !p.pod.is_unbound(&pod.fields) {
        return None;
    }
    let mut fields = (*pod.fields).clone();
    p.pod.bind(&mut fields, binding.node, binding.time);
    if let (Some(index), false) = (model.message(pod.id).metadata, binding.labels.is_empty()) {
        p.metadata.label(fields.message_mut(index), binding.labels);
    }
    Some(Object::new(pod.id, fields))
}
