//! Events, in the core group's form, which is the one that is stored of both groups.

use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::Object;
use steersman_codec::places;
use steersman_codec::value::{Fields, Value, equal};

use crate::names;

pub const MESSAGE: &str = "k8s.io.api.core.v1.Event";

places!(EventPlaces, "k8s.io.api.core.v1.Event", {
    involved: "involvedObject",
    reason: "reason",
    message: "message",
    time: "eventTime",
    action: "action",
    component: "reportingComponent",
    instance: "reportingInstance",
    kind: "type",
    related: "related",
});
places!(ReferencePlaces, "k8s.io.api.core.v1.ObjectReference", { namespace: "namespace" });

/// Namespaces in which events are about what has no namespace.
const OF_THE_CLUSTER: [&str; 2] = ["default", "kube-system"];

pub struct Places {
    pub id: Option<MessageId>,
    /// The form of events.k8s.io.
    newer: Option<MessageId>,
    p: EventPlaces,
    reference: ReferencePlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            newer: model.find("k8s.io.api.events.v1.Event"),
            p: EventPlaces::of(model),
            reference: ReferencePlaces::of(model),
        }
    }

    /// Of one about an object in the namespace that `is_in` is asked of.
    pub fn is_plain(&self, event: &Fields) -> bool {
        !self.is_new(event) || self.is_plain_new(event)
    }

    pub fn is_in(&self, event: &Fields, namespace: &str) -> bool {
        let involved = event.message(self.p.involved);
        match involved.map_or("", |object| object.str(self.reference.namespace)) {
            "" => OF_THE_CLUSTER.contains(&namespace),
            of_object => of_object == namespace,
        }
    }

    /// Of those with a time of their own only the series goes on.
    pub fn is_plain_update(&self, event: &Fields, old: &Fields) -> bool {
        if !self.is_new(event) || !self.is_new(old) {
            return true;
        }
        let p = &self.p;
        let fixed = [
            p.involved,
            p.reason,
            p.message,
            p.time,
            p.kind,
            p.action,
            p.related,
            p.component,
            p.instance,
        ];
        let is_kept = |index: &u16| match (event.get(*index), old.get(*index)) {
            (None, None) => true,
            (Some(new), Some(old)) => equal(new, old),
            _ => false,
        };
        self.is_plain_new(event) && fixed.iter().all(is_kept)
    }

    /// The event in the form of the group by which it is written.
    pub fn served(&self, model: &Model, event: &Object, api_version: &str) -> Option<Object> {
        let is_newer = Some(event.id) == self.id && api_version.starts_with("events.k8s.io/");
        event.convert(model, self.newer.filter(|_| is_newer)?).ok()
    }

    /// Those with a time of their own are held to more.
    pub fn is_new(&self, event: &Fields) -> bool {
        matches!(event.get(self.p.time), Some(value) if *value != Value::Null)
    }

    fn is_plain_new(&self, event: &Fields) -> bool {
        let p = &self.p;
        let limited = [p.instance, p.action, p.reason];
        names::is_qualified(event.str(p.component))
            && limited
                .iter()
                .all(|at| (1..=128).contains(&event.str(*at).len()))
            && event.str(p.message).len() <= 1024
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_model() {
        let places = Places::of(Model::builtin());
        assert!(places.id.is_some() && places.newer.is_some());
        let missing = [places.p.missing(), places.reference.missing()].concat();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
