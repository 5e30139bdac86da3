//! The rules of plain objects: verdicts, what admission adds, and the object that is stored.

use napi_derive::napi;
use steersman_codec::body::Form;
use steersman_codec::model::{MessageId, Model};
use steersman_rules::binding::{self, Binding};
use steersman_rules::creation::{self, Additions, Plain, PodFacts, Stamp};
use steersman_rules::granted::{Bindings, Creations, Updates, Writes};
use steersman_rules::update::{self, Change};

use crate::binding_codec::{NativeObject, WriteInput, format_of, validation_of, write_of};

/// What is known of a plain object; a kind without facts leaves them empty.
#[napi(object, object_from_js = false)]
pub struct PlainData {
    pub name: String,
    pub generate_name: String,
    pub namespace: String,
    pub is_pod: bool,
    pub service_account: String,
    pub automount: Option<bool>,
    pub priority_class: String,
    /// As JSON; empty of other kinds.
    pub tolerations: String,
    pub has_pull_secrets: bool,
    pub is_privileged: bool,
}

/// What a creation writes on metadata.
#[napi(object, object_to_js = false)]
pub struct StampInput {
    pub name: String,
    pub namespace: String,
    pub uid: String,
    /// Seconds since 1970.
    pub created: i64,
}

/// Undefined where the full rules have to look; see creation::plain.
#[napi(catch_unwind)]
pub fn rules_plain(object: &NativeObject) -> Option<PlainData> {
    let object = object.object();
    let (names, plain) = creation::plain(Model::builtin(), &object)?;
    let (is_pod, facts) = match plain {
        Plain::Pod(facts) => (true, facts),
        Plain::Other => (false, PodFacts::default()),
    };
    Some(PlainData {
        name: names.name.to_string(),
        generate_name: names.generate_name.to_string(),
        namespace: names.namespace.to_string(),
        is_pod,
        service_account: facts.service_account,
        automount: facts.automount,
        priority_class: facts.priority_class,
        tolerations: facts.tolerations,
        has_pull_secrets: facts.has_pull_secrets,
        is_privileged: facts.is_privileged,
    })
}

/// The plain pod with what `additions`, a pod, has; `volume` names the volumes among them.
#[napi(catch_unwind)]
pub fn rules_admitted(
    object: &NativeObject,
    additions: &NativeObject,
    volume: String,
) -> NativeObject {
    let additions = additions.object();
    let additions = Additions {
        pod: &additions,
        volume: &volume,
    };
    NativeObject::of(creation::admitted(
        Model::builtin(),
        &object.object(),
        &additions,
    ))
}

/// What a plain update changes.
#[napi(object, object_from_js = false)]
pub struct ChangeData {
    /// Of a pod itself, as JSON.
    pub tolerations: Option<String>,
    /// Of a write to a status.
    pub status: Option<StatusChangeData>,
}

/// See update::StatusChange.
#[napi(object, object_from_js = false)]
pub struct StatusChangeData {
    pub node: String,
    pub keeps_labels: bool,
    pub keeps_owners: bool,
    pub keeps_claims: bool,
}

/// Undefined where the full rules have to look; see update::change.
#[napi(catch_unwind)]
pub fn rules_change(
    current: &NativeObject,
    next: &NativeObject,
    api_version: String,
    subresource: String,
) -> Option<ChangeData> {
    let (current, next) = (current.object(), next.object());
    let (tolerations, status) = match update::change(
        Model::builtin(),
        &current,
        &next,
        &api_version,
        &subresource,
    )? {
        Change::Pod { tolerations } => (Some(tolerations), None),
        Change::Status(status) => (None, Some(status)),
        Change::Other => (None, None),
    };
    let status = status.map(|status| StatusChangeData {
        node: status.node,
        keeps_labels: status.keeps_labels,
        keeps_owners: status.keeps_owners,
        keeps_claims: status.keeps_claims,
    });
    Some(ChangeData {
        tolerations,
        status,
    })
}

/// A binding without annotations.
#[napi(object, object_to_js = false)]
pub struct BindingInput {
    pub uid: String,
    pub node: String,
    /// Seconds since 1970.
    pub time: i64,
    /// Keys and values by turns.
    pub labels: Vec<String>,
}

/// The pod on its node; undefined where the full rules have to look, see binding::bound.
#[napi(catch_unwind)]
pub fn rules_bound(pod: &NativeObject, binding: BindingInput) -> Option<NativeObject> {
    let pairs = binding.labels.chunks_exact(2);
    let labels: Vec<_> = pairs
        .map(|pair| (pair[0].as_str().into(), pair[1].as_str().into()))
        .collect();
    let binding = Binding {
        uid: &binding.uid,
        node: &binding.node,
        time: binding.time,
        labels: &labels,
    };
    binding::bound(Model::builtin(), &pod.object(), &binding).map(NativeObject::of)
}

/// The object that is stored of a plain update.
#[napi(catch_unwind)]
pub fn rules_updated(
    current: &NativeObject,
    next: &NativeObject,
    write: WriteInput,
) -> NativeObject {
    let reset_fields: Vec<&str> = write.reset_fields.iter().map(String::as_str).collect();
    let write = write_of(&write, &reset_fields);
    let updated = update::updated(Model::builtin(), &current.object(), next.object(), &write);
    NativeObject::of(updated)
}

/// The object that is stored of a plain one; undefined where its name is not plain.
#[napi(catch_unwind)]
pub fn rules_created(
    object: &NativeObject,
    additions: Option<&NativeObject>,
    volume: String,
    stamp: StampInput,
    write: WriteInput,
) -> Option<NativeObject> {
    let additions = additions.map(NativeObject::object);
    let additions = additions.as_ref().map(|pod| Additions {
        pod,
        volume: &volume,
    });
    let reset_fields: Vec<&str> = write.reset_fields.iter().map(String::as_str).collect();
    let write = write_of(&write, &reset_fields);
    let stamp = Stamp {
        name: &stamp.name,
        namespace: &stamp.namespace,
        uid: &stamp.uid,
        created: stamp.created,
    };
    creation::finish(
        Model::builtin(),
        object.object(),
        additions.as_ref(),
        &stamp,
        &write,
    )
    .map(NativeObject::of)
}

/// What writes have in common that may follow one; see granted::Writes.
#[napi(object, object_to_js = false)]
pub struct WritesInput {
    pub api_version: String,
    pub kind: String,
    /// Of bodies; see format_of.
    pub form: u8,
    pub validation: u8,
    pub namespace: String,
    pub manager: String,
    pub reset_fields: Vec<String>,
}

fn writes_of(message: MessageId, input: WritesInput) -> Writes {
    Writes {
        message,
        api_version: input.api_version,
        kind: input.kind,
        form: Form::Wire(format_of(input.form)),
        validation: validation_of(input.validation),
        namespace: input.namespace,
        manager: input.manager,
        reset_fields: input.reset_fields,
    }
}

pub enum Likeness {
    Creations(Creations),
    Updates(Updates),
    /// With what keys of nodes begin with, where pods are labelled with what their nodes have.
    Bindings(Bindings, Option<String>),
}

/// Writes like one. Taken by `NativeStore.provenWrites`, once.
#[napi]
pub struct NativeLikeness {
    likeness: Option<Likeness>,
}

impl NativeLikeness {
    fn of(likeness: Likeness) -> NativeLikeness {
        NativeLikeness {
            likeness: Some(likeness),
        }
    }

    pub fn take(&mut self) -> Option<Likeness> {
        self.likeness.take()
    }
}

/// Creations like that of the object, with what admission has added; `volume` is what names of
/// added volumes begin with. Undefined where it is not plain.
#[napi(catch_unwind)]
pub fn rules_creations_like(
    first: &NativeObject,
    additions: Option<&NativeObject>,
    volume: String,
    input: WritesInput,
) -> Option<NativeLikeness> {
    let first = first.object();
    let plain = Creations::plain_of(Model::builtin(), &first)?;
    Some(NativeLikeness::of(Likeness::Creations(Creations {
        writes: writes_of(first.id, input),
        plain,
        additions: additions.map(NativeObject::object),
        volume,
    })))
}

/// Updates like that of `current` to `next`; where they are conditional each has to say its
/// version. Undefined where it is not plain.
#[napi(catch_unwind)]
pub fn rules_updates_like(
    current: &NativeObject,
    next: &NativeObject,
    subresource: String,
    is_conditional: bool,
    input: WritesInput,
) -> Option<NativeLikeness> {
    let (current, next) = (current.object(), next.object());
    let version = &input.api_version;
    let change = update::change(Model::builtin(), &current, &next, version, &subresource)?;
    Some(NativeLikeness::of(Likeness::Updates(Updates {
        writes: writes_of(next.id, input),
        subresource,
        change,
        is_conditional,
    })))
}

/// Bindings of pods. `nodes` is what keys of nodes begin with, where pods are labelled with what
/// their nodes have.
#[napi(catch_unwind)]
pub fn rules_bindings_like(
    pod: &NativeObject,
    nodes: Option<String>,
    input: WritesInput,
) -> Option<NativeLikeness> {
    let message = Model::builtin().find("k8s.io.api.core.v1.Binding")?;
    let bindings = Bindings {
        writes: writes_of(message, input),
        pod: pod.object().id,
    };
    Some(NativeLikeness::of(Likeness::Bindings(bindings, nodes)))
}
