//! Updates that leave a pod's spec alone, those of plain ConfigMaps, Events, Leases and
//! EndpointSlices, and what kubelets write of pods and nodes.

use std::sync::Arc;

use steersman_codec::fields::managed::{self, Write};
use steersman_codec::model::Model;
use steersman_codec::object::Object;

use crate::creation::{Places, places};
use crate::pod;

/// What a plain update changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A pod's metadata alone; its tolerations as JSON.
    Pod { tolerations: String },
    /// The status of a pod or a node, and what of the metadata goes with that.
    Status(StatusChange),
    /// A kind of which admission need not know anything.
    Other,
}

/// What admission has to know of a plain write to a status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatusChange {
    /// Of a pod: that it is bound to.
    pub node: String,
    pub keeps_labels: bool,
    pub keeps_owners: bool,
    /// Of a pod: the statuses of its resource claims.
    pub keeps_claims: bool,
}

/// Whether no rule has anything to say of making `next`, with its defaults, of `current` by a write
/// to the object itself or, by `subresource`, to its status: next's metadata and what else it
/// changes are plain. What was there before is not looked at again. `api_version` is the written
/// one.
pub fn change(
    model: &Model,
    current: &Object,
    next: &Object,
    api_version: &str,
    subresource: &str,
) -> Option<Change> {
    let p = places(model);
    if current.id != next.id {
        return None;
    }
    match subresource {
        "" => change_of_object(p, model, current, next, api_version),
        "status" => change_of_status(p, model, current, next).map(Change::Status),
        _ => None,
    }
}

/// Neither version is being deleted or has finalizers.
fn change_of_object(
    p: &Places,
    model: &Model,
    current: &Object,
    next: &Object,
    api_version: &str,
) -> Option<Change> {
    let id = Some(next.id);
    let (meta, old) = (next.object_meta(model), current.object_meta(model));
    let (fields, before) = (&*next.fields, &*current.fields);
    if id == p.pod.id {
        if !p.metadata.is_plain_update(meta, old, pod::may_annotate) {
            return None;
        }
        let tolerations = p.pod.unchanged(model, fields, before)?;
        return Some(Change::Pod { tolerations });
    }
    let is_event = || {
        let [_, namespace, ..] = current.identity(model);
        p.event
            .is_plain_update(fields, before, namespace, api_version)
    };
    let is_plain = (id == p.config_map.id && p.config_map.is_plain_update(fields, before))
        || (id == p.event.id && is_event())
        || (id == p.lease.id && p.lease.is_plain(fields))
        || (id == p.slice.id && p.slice.is_plain_update(fields, before));
    (is_plain && p.metadata.is_plain_update(meta, old, |_| true)).then_some(Change::Other)
}

fn change_of_status(
    p: &Places,
    model: &Model,
    current: &Object,
    next: &Object,
) -> Option<StatusChange> {
    let (meta, old) = (next.object_meta(model), current.object_meta(model));
    let is_node = Some(next.id) == p.node.id && p.node.is_plain_status(&next.fields);
    let facts = if is_node {
        pod::StatusFacts::default()
    } else if Some(next.id) == p.pod.id {
        p.pod.plain_status(&next.fields, &current.fields)?
    } else {
        return None;
    };
    let may_annotate = if is_node { any_key } else { pod::may_annotate };
    let keeps = |index: u16| p.metadata.keeps(meta, old, index);
    p.metadata
        .is_plain_status(meta, old, may_annotate)
        .then(|| StatusChange {
            node: facts.node,
            keeps_labels: keeps(p.metadata.meta.labels),
            keeps_owners: keeps(p.metadata.meta.owners),
            keeps_claims: facts.keeps_claims,
        })
}

fn any_key(_key: &str) -> bool {
    true
}

/// The object that is stored of a plain update.
pub fn updated(model: &Model, current: &Object, next: Object, write: &Write) -> Object {
    let p = places(model);
    let before = p.event.served(model, current, write.api_version);
    let after = p.event.served(model, &next, write.api_version);
    let carrier = managed::carrier(
        model,
        Some(before.as_ref().unwrap_or(current)),
        after.as_ref().unwrap_or(&next),
        write,
    );
    drop((before, after));
    let message = next.id;
    let id = Some(message);
    let labels = p.metadata.meta.labels;
    let counts = id == p.slice.id && p.slice.has_changed(&next.fields, &current.fields, labels);
    // Copied where somebody else has them.
    let mut fields = Arc::unwrap_or_clone(next.fields);
    if let Some(index) = model.message(message).metadata {
        let old = current.object_meta(model);
        let meta = fields.message_mut(index);
        p.metadata.carry_over(meta, old);
        if counts {
            p.metadata.count_generation(meta, old);
        }
    }
    let is_status = write.subresource == "status";
    if id == p.pod.id && is_status {
        let owners = p.metadata.meta.owners;
        p.pod
            .keep_all_but_status(&mut fields, &current.fields, owners);
    } else if id == p.pod.id {
        p.pod.keep_status(&mut fields, &current.fields);
    } else if id == p.node.id {
        p.node.keep_spec(&mut fields, &current.fields);
    }
    let mut updated = Object::new(message, fields);
    updated.set_managed_fields_of(model, &carrier);
    updated
}
