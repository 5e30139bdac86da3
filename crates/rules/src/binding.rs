//! Bindings of pods to nodes.

use steersman_codec::model::Model;
use steersman_codec::object::Object;

use crate::creation::places;

/// A binding without labels and annotations.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Of the pod that is meant; empty where any is.
    pub uid: &'a str,
    pub node: &'a str,
    /// Seconds since 1970.
    pub time: i64,
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
    Some(Object::new(pod.id, fields))
}
