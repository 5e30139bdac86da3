//! Updates that leave a pod's spec alone, and those of plain ConfigMaps.

use steersman_codec::fields::managed::{self, Write};
use steersman_codec::model::Model;
use steersman_codec::object::Object;

use crate::creation::places;
use crate::pod;

/// What a plain update changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A pod's metadata alone; its tolerations as JSON.
    Pod { tolerations: String },
    /// A kind of which admission need not know anything.
    Other,
}

/// Whether no rule has anything to say of making `next`, with its defaults, of `current`: neither
/// of them is being deleted or has finalizers, and next's metadata and what else it changes are
/// plain. What was there before is not looked at again. Not for subresources.
pub fn change(model: &Model, current: &Object, next: &Object) -> Option<Change> {
    let p = places(model);
    let id = Some(next.id);
    let (meta, old) = (next.object_meta(model), current.object_meta(model));
    if current.id != next.id {
        return None;
    }
    if id == p.pod.id && p.metadata.is_plain_update(meta, old, pod::may_annotate) {
        let tolerations = p.pod.unchanged(model, &next.fields, &current.fields)?;
        return Some(Change::Pod { tolerations });
    }
    if id == p.config_map.id
        && p.config_map.is_plain_update(&next.fields, &current.fields)
        && p.metadata.is_plain_update(meta, old, |_| true)
    {
        return Some(Change::Other);
    }
    let is_event = id == p.event.id && {
        let is_new = p.event.is_new(&next.fields) || p.event.is_new(&current.fields);
        let [_, namespace, ..] = current.identity(model);
        !is_new && p.event.is_plain(&next.fields) && p.event.is_in(&next.fields, namespace)
    };
    let is_lease = id == p.lease.id && p.lease.is_plain(&next.fields);
    let is_plain = (is_event || is_lease) && p.metadata.is_plain_update(meta, old, |_| true);
    is_plain.then_some(Change::Other)
}

/// The object that is stored of a plain update.
pub fn updated(model: &Model, current: &Object, next: &Object, write: &Write) -> Object {
    let p = places(model);
    let carrier = managed::carrier(model, Some(current), next, write);
    let mut fields = (*next.fields).clone();
    if let Some(index) = model.message(next.id).metadata {
        let old = current.object_meta(model);
        p.metadata.carry_over(fields.message_mut(index), old);
    }
    if Some(next.id) == p.pod.id {
        p.pod.keep_status(&mut fields, &current.fields);
    }
    let mut updated = Object::new(next.id, fields);
    updated.set_managed_fields_of(model, &carrier);
    updated
}
