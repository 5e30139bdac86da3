//! What every creation asks of metadata, and what it stamps on it.

use steersman_codec::model::Model;
use steersman_codec::places;
use steersman_codec::value::{Fields, SmallText, Value};

use crate::creation::Names;
use crate::names;

/// Bytes of all annotations of one object together, keys and values.
const ANNOTATION_BYTES: usize = 256 * 1024;

places!(MetaPlaces, "k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta", {
    name: "name",
    generate_name: "generateName",
    namespace: "namespace",
    uid: "uid",
    resource_version: "resourceVersion",
    generation: "generation",
    creation: "creationTimestamp",
    deletion: "deletionTimestamp",
    grace: "deletionGracePeriodSeconds",
    labels: "labels",
    annotations: "annotations",
    owners: "ownerReferences",
    finalizers: "finalizers",
    managed: "managedFields",
});
places!(OwnerPlaces, "k8s.io.apimachinery.pkg.apis.meta.v1.OwnerReference", {
    version: "apiVersion",
    kind: "kind",
    name: "name",
    uid: "uid",
});

#[derive(Clone, Copy)]
pub struct Places {
    pub meta: MetaPlaces,
    pub owner: OwnerPlaces,
}

/// What a creation writes on metadata.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    pub name: &'a str,
    /// Empty where the kind has none.
    pub namespace: &'a str,
    pub uid: &'a str,
    /// Seconds since 1970.
    pub created: i64,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            meta: MetaPlaces::of(model),
            owner: OwnerPlaces::of(model),
        }
    }

    /// Adds labels, in the place of those with the same keys.
    pub fn label(&self, meta: &mut Fields, labels: &[(SmallText, SmallText)]) {
        let mut all = match meta.take(self.meta.labels) {
            Some(Value::Map(entries)) => entries,
            _ => Vec::new(),
        };
        for (key, value) in labels {
            let value = Value::Str(value.clone());
            match all.binary_search_by(|(known, _)| known.cmp(key)) {
                Ok(at) => all[at].1 = value,
                Err(at) => all.insert(at, (key.clone(), value)),
            }
        }
        meta.set(self.meta.labels, Value::Map(all));
    }

    /// Whether nothing is to be said of it when the object is created, its final name aside. A
    /// field that is not looked at here is not plain.
    pub fn is_plain(&self, meta: &Fields, may_annotate: fn(&str) -> bool) -> bool {
        let p = &self.meta;
        meta.iter().all(|(index, value)| match value {
            // These are written anew.
            _ if [p.name, p.namespace, p.uid, p.creation].contains(&index) => true,
            _ if index == p.managed => true,
            Value::Str(text) if index == p.resource_version => matches!(&**text, "" | "0"),
            Value::Str(text) if index == p.generate_name => {
                text.is_empty() || names::is_subdomain_prefix(text)
            }
            Value::Map(entries) if index == p.labels => are_labels(entries),
            Value::Map(entries) if index == p.annotations => are_annotations(entries, may_annotate),
            Value::List(owners) if index == p.owners => self.is_owned_plainly(owners),
            Value::List(names) if index == p.finalizers => are_finalizers(names),
            _ => false,
        })
    }

    /// Whether nothing is to be said of it when an object is updated that had `old`. Neither is
    /// being deleted, and neither has finalizers.
    pub fn is_plain_update(
        &self,
        meta: &Fields,
        old: &Fields,
        may_annotate: fn(&str) -> bool,
    ) -> bool {
        let p = &self.meta;
        let is_free = |index: u16| {
            let kept = [p.name, p.generate_name, p.resource_version, p.managed];
            kept.contains(&index) || index == p.creation || index == p.generation
        };
        let is_kept =
            |index: u16| [p.namespace, p.uid].contains(&index) && meta.str(index) == old.str(index);
        let is_known = |index: u16| {
            let lists = [p.labels, p.annotations, p.owners];
            is_free(index) || [p.namespace, p.uid].contains(&index) || lists.contains(&index)
        };
        old.iter().all(|(index, _)| is_known(index))
            && meta.iter().all(|(index, value)| match value {
                Value::Str(text) if text.is_empty() => is_known(index),
                Value::Map(entries) if index == p.labels => are_labels(entries),
                Value::Map(entries) if index == p.annotations => {
                    are_annotations(entries, may_annotate)
                }
                Value::List(owners) if index == p.owners => self.is_owned_plainly(owners),
                _ => is_free(index) || is_kept(index),
            })
    }

    /// As `is_plain_update`, of a write to the status: what is being deleted and what others hold
    /// back may have one, as long as neither changes by it.
    pub fn is_plain_status(
        &self,
        meta: &Fields,
        old: &Fields,
        may_annotate: fn(&str) -> bool,
    ) -> bool {
        let p = &self.meta;
        let kept = [p.deletion, p.grace, p.finalizers];
        let without = |meta: &Fields| {
            let mut meta = meta.clone();
            for index in kept {
                meta.take(index);
            }
            meta
        };
        let is_held =
            matches!(old.get(p.finalizers), Some(Value::List(names)) if !names.is_empty());
        let has_time = matches!(old.get(p.grace), Some(Value::Int(seconds)) if *seconds != 0);
        if !kept
            .iter()
            .any(|index| old.get(*index).is_some() || meta.get(*index).is_some())
        {
            return self.is_plain_update(meta, old, may_annotate);
        }
        // What nothing holds back any more goes with its next write.
        (!self.is_going(old) || is_held || has_time)
            && kept.iter().all(|index| meta.get(*index) == old.get(*index))
            && self.is_plain_update(&without(meta), &without(old), may_annotate)
    }

    /// Whether the field means what it meant.
    pub fn keeps(&self, meta: &Fields, old: &Fields, index: u16) -> bool {
        let is_blank = |value: Option<&Value>| match value {
            None => true,
            Some(Value::Map(entries)) => entries.is_empty(),
            Some(Value::List(items)) => items.is_empty(),
            _ => false,
        };
        let (new, old) = (meta.get(index), old.get(index));
        new == old || (is_blank(new) && is_blank(old))
    }

    pub fn is_going(&self, meta: &Fields) -> bool {
        meta.get(self.meta.deletion).is_some()
    }

    /// What no update changes.
    pub fn carry_over(&self, meta: &mut Fields, old: &Fields) {
        let p = &self.meta;
        let kept = [
            p.namespace,
            p.uid,
            p.creation,
            p.generation,
            p.deletion,
            p.grace,
        ];
        for index in kept {
            meta.put(index, old.get(index).cloned());
        }
    }

    /// One more than before.
    pub fn count_generation(&self, meta: &mut Fields, old: &Fields) {
        let before = match old.get(self.meta.generation) {
            Some(Value::Int(generation)) => *generation,
            _ => 0,
        };
        meta.set(self.meta.generation, Value::Int(before.saturating_add(1)));
    }

    /// By nobody or by one.
    fn is_owned_plainly(&self, owners: &[Value]) -> bool {
        let p = &self.owner;
        let is_plain = |owner: &Fields| {
            let version = owner.str(p.version);
            let is_event = version == "v1" && owner.str(p.kind) == "Event";
            let is_version = match version.split_once('/') {
                None => !version.is_empty(),
                Some((_, rest)) => !rest.is_empty() && !rest.contains('/'),
            };
            let named = [p.kind, p.name, p.uid];
            is_version && !is_event && named.iter().all(|at| !owner.str(*at).is_empty())
        };
        match owners {
            [] => true,
            [Value::Message(owner)] => is_plain(owner),
            _ => false,
        }
    }

    pub fn names<'o>(&self, meta: &'o Fields) -> Names<'o> {
        Names {
            name: meta.str(self.meta.name),
            generate_name: meta.str(self.meta.generate_name),
            namespace: meta.str(self.meta.namespace),
        }
    }

    pub fn stamp(&self, meta: &mut Fields, stamp: &Stamp) {
        let p = &self.meta;
        let text = |text: &str| (!text.is_empty()).then(|| Value::Str(text.into()));
        meta.put(p.name, text(stamp.name));
        meta.put(p.namespace, text(stamp.namespace));
        meta.put(p.uid, text(stamp.uid));
        meta.put(p.creation, Some(Value::Time(stamp.created)));
        meta.take(p.resource_version);
    }
}

fn are_labels(entries: &[(SmallText, Value)]) -> bool {
    entries.iter().all(|(key, value)| {
        let is_value = matches!(value, Value::Str(text) if names::is_label_value(text));
        is_value && names::is_qualified(key)
    })
}

/// Of others than the system itself.
fn are_finalizers(names: &[Value]) -> bool {
    names.iter().all(
        |name| matches!(name, Value::Str(name) if name.contains('/') && names::is_qualified(name)),
    )
}

fn are_annotations(entries: &[(SmallText, Value)], may_annotate: fn(&str) -> bool) -> bool {
    let mut bytes = 0;
    for (key, value) in entries {
        let Value::Str(text) = value else {
            return false;
        };
        bytes += key.len() + text.len();
        // Capitals are allowed here where the format has none.
        let is_key = if key.bytes().any(|b| b.is_ascii_uppercase()) {
            key.is_ascii() && names::is_qualified(&key.to_ascii_lowercase())
        } else {
            names::is_qualified(key)
        };
        if !is_key || !may_annotate(key) {
            return false;
        }
    }
    bytes <= ANNOTATION_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_model() {
        let places = Places::of(Model::builtin());
        let missing = [places.meta.missing(), places.owner.missing()].concat();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
