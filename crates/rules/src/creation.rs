//! Creations of plain objects: what is to be known before admission, and the object that is stored.

use std::sync::{Arc, OnceLock};

use steersman_codec::fields::managed::{self, Write};
use steersman_codec::model::Model;
use steersman_codec::object::Object;
use steersman_codec::value::{Fields, Value};

pub use crate::metadata::Stamp;
pub use crate::pod::Facts as PodFacts;

use crate::{binding, config_map, endpoint_slice, event, lease, metadata, names, node, pod};

/// What a plain object is.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    Pod(PodFacts),
    /// A kind of which admission need not know anything.
    Other,
}

/// As they were sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Names<'o> {
    pub name: &'o str,
    pub generate_name: &'o str,
    pub namespace: &'o str,
}

/// What admission adds to a plain pod.
#[derive(Clone, Copy)]
pub struct Additions<'a> {
    /// A pod that has them and nothing else.
    pub pod: &'a Object,
    /// Name of the volumes among them.
    pub volume: &'a str,
}

pub(crate) struct Places {
    pub(crate) metadata: metadata::Places,
    pub(crate) pod: pod::Places,
    pub(crate) config_map: config_map::Places,
    pub(crate) event: event::Places,
    pub(crate) lease: lease::Places,
    pub(crate) slice: endpoint_slice::Places,
    pub(crate) node: node::Places,
    pub(crate) binding: binding::Places,
}

pub(crate) fn places(model: &Model) -> &'static Places {
    static PLACES: OnceLock<Places> = OnceLock::new();
    PLACES.get_or_init(|| Places {
        metadata: metadata::Places::of(model),
        pod: pod::Places::of(model),
        config_map: config_map::Places::of(model),
        event: event::Places::of(model),
        lease: lease::Places::of(model),
        slice: endpoint_slice::Places::of(model),
        node: node::Places::of(model),
        binding: binding::Places::of(model),
    })
}

fn any_annotation(_key: &str) -> bool {
    true
}

/// Whether the object, with its defaults, is one that no rule has anything to say of when it is
/// created. Its name is looked at in [`finish`]: it may still be made. The model is the built-in
/// one.
pub fn plain<'o>(model: &Model, object: &'o Object) -> Option<(Names<'o>, Plain)> {
    let p = places(model);
    let meta = object.object_meta(model);
    let id = Some(object.id);
    let is_pod = id == p.pod.id;
    let may_annotate = if is_pod {
        pod::may_annotate
    } else {
        any_annotation
    };
    let fields = &*object.fields;
    let is_other = (id == p.config_map.id && p.config_map.is_plain(fields))
        || (id == p.event.id && p.event.is_plain(fields))
        || (id == p.lease.id && p.lease.is_plain(fields))
        || (id == p.slice.id && p.slice.is_plain(fields));
    if !(is_pod || is_other) || !p.metadata.is_plain(meta, may_annotate) {
        return None;
    }
    let plain = if is_pod {
        Plain::Pod(p.pod.facts(model, fields)?)
    } else {
        Plain::Other
    };
    Some((p.metadata.names(meta), plain))
}

/// The plain pod with what admission adds.
pub fn admitted(model: &Model, object: &Object, additions: &Additions) -> Object {
    let mut fields = (*object.fields).clone();
    add(model, &mut fields, additions);
    Object::new(object.id, fields)
}

fn add(model: &Model, fields: &mut Fields, additions: &Additions) {
    places(model)
        .pod
        .add(fields, &additions.pod.fields, additions.volume);
}

/// The object that is stored of a plain one: admitted, stamped, with its new status, and with
/// managedFields of what was sent. None where its name is not plain.
pub fn finish(
    model: &Model,
    object: Object,
    additions: Option<&Additions>,
    stamp: &Stamp,
    write: &Write,
) -> Option<Object> {
    let p = places(model);
    let is_namespace = stamp.namespace.is_empty() || names::is_label(stamp.namespace);
    if !names::is_subdomain(stamp.name) || !is_namespace {
        return None;
    }
    if Some(object.id) == p.event.id
        && !p
            .event
            .is_plain_creation(&object.fields, stamp.namespace, write.api_version)
    {
        return None;
    }
    // What is no host's name is told of.
    if Some(object.id) == p.pod.id && !names::is_label(stamp.name) {
        return None;
    }
    let index = model.message(object.id).metadata?;
    let served = p.event.served(model, &object, write.api_version);
    let carrier = managed::carrier(model, None, served.as_ref().unwrap_or(&object), write);
    drop(served);
    let id = object.id;
    // Copied where somebody else has them.
    let mut fields = Arc::unwrap_or_clone(object.fields);
    if let Some(additions) = additions {
        add(model, &mut fields, additions);
    }
    p.metadata.stamp(fields.message_mut(index), stamp);
    if Some(id) == p.pod.id {
        p.pod.begin(&mut fields, p.metadata.meta.generation);
    }
    if Some(id) == p.slice.id {
        let meta = fields.message_mut(index);
        meta.set(p.metadata.meta.generation, Value::Int(1));
    }
    let mut finished = Object::new(id, fields);
    finished.set_managed_fields_of(model, &carrier);
    Some(finished)
}
