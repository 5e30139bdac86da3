//! Events of the core group.

use steersman_codec::model::{MessageId, Model};
use steersman_codec::places;
use steersman_codec::value::{Fields, Value};

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
});
places!(ReferencePlaces, "k8s.io.api.core.v1.ObjectReference", { namespace: "namespace" });

pub struct Places {
    pub id: Option<MessageId>,
    p: EventPlaces,
    reference: ReferencePlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            p: EventPlaces::of(model),
            reference: ReferencePlaces::of(model),
        }
    }

    /// Of one about an object in a namespace, which `is_in` compares with the event's own.
    pub fn is_plain(&self, event: &Fields) -> bool {
        let involved = event.message(self.p.involved);
        let namespace = involved.map_or("", |o| o.str(self.reference.namespace));
        !namespace.is_empty() && (!self.is_new(event) || self.is_plain_new(event))
    }

    pub fn is_in(&self, event: &Fields, namespace: &str) -> bool {
        let involved = event.message(self.p.involved);
        involved.is_some_and(|o| o.str(self.reference.namespace) == namespace)
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
        assert!(places.id.is_some());
        let missing = [places.p.missing(), places.reference.missing()].concat();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
