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
    series: "series",
    first: "firstTimestamp",
    last: "lastTimestamp",
    count: "count",
    source: "source",
});
places!(SeriesPlaces, "k8s.io.api.core.v1.EventSeries", {
    count: "count",
    observed: "lastObservedTime",
});
places!(ReferencePlaces, "k8s.io.api.core.v1.ObjectReference", { namespace: "namespace" });

/// Namespaces in which events are about what has no namespace: the latter of those with a time.
const DEFAULT: &str = "default";
const SYSTEM: &str = "kube-system";

pub struct Places {
    pub id: Option<MessageId>,
    /// The form of events.k8s.io.
    newer: Option<MessageId>,
    p: EventPlaces,
    reference: ReferencePlaces,
    series: SeriesPlaces,
}

fn is_newer(api_version: &str) -> bool {
    api_version.starts_with("events.k8s.io/")
}

/// Whether it says as much as nothing.
fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Int(0)) => true,
        Some(Value::Message(fields)) => fields.is_empty(),
        _ => false,
    }
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            newer: model.find("k8s.io.api.events.v1.Event"),
            p: EventPlaces::of(model),
            reference: ReferencePlaces::of(model),
            series: SeriesPlaces::of(model),
        }
    }

    /// Of one that is created by whichever group: see `is_plain_creation` for the rest.
    pub fn is_plain(&self, event: &Fields) -> bool {
        !self.is_new(event) || self.is_plain_new(event)
    }

    /// Of a plain one: what the group by which it is created asks of it. The newer one wants a time
    /// and nothing of the older form.
    pub fn is_plain_creation(&self, event: &Fields, namespace: &str, api_version: &str) -> bool {
        let p = &self.p;
        let is_known = ["Normal", "Warning"].contains(&event.str(p.kind));
        let is_strict = || {
            let older = [p.first, p.last, p.count, p.source];
            self.is_new(event)
                && is_known
                && self.is_plain_series(event)
                && older.iter().all(|index| is_blank(event.get(*index)))
        };
        self.is_in(event, namespace) && (!is_newer(api_version) || is_strict())
    }

    fn is_in(&self, event: &Fields, namespace: &str) -> bool {
        let involved = event.message(self.p.involved);
        let is_new = self.is_new(event);
        match involved.map_or("", |object| object.str(self.reference.namespace)) {
            "" => namespace == DEFAULT || (is_new && namespace == SYSTEM),
            of_object => is_new || of_object == namespace,
        }
    }

    /// By the newer group only the series goes on.
    pub fn is_plain_update(
        &self,
        event: &Fields,
        old: &Fields,
        namespace: &str,
        api_version: &str,
    ) -> bool {
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
            p.first,
            p.last,
            p.count,
            p.source,
        ];
        let is_kept = |index: u16| match (event.get(index), old.get(index)) {
            (None, None) => true,
            (Some(new), Some(old)) => equal(new, old),
            _ => false,
        };
        let goes_on = || {
            fixed.iter().all(|index| is_kept(*index))
                && (is_kept(p.series) || self.is_plain_series(event))
        };
        self.is_in(event, namespace)
            && self.is_plain(event)
            && (!is_newer(api_version) || goes_on())
    }

    /// Of twice at least, with its last time.
    fn is_plain_series(&self, event: &Fields) -> bool {
        let Some(series) = event.message(self.p.series) else {
            return event.get(self.p.series).is_none();
        };
        let is_counted = matches!(series.get(self.series.count), Some(Value::Int(2..)));
        is_counted
            && series
                .get(self.series.observed)
                .is_some_and(|time| *time != Value::Null)
    }

    /// The event in the form of the group by which it is written.
    pub fn served(&self, model: &Model, event: &Object, api_version: &str) -> Option<Object> {
        let is_newer = Some(event.id) == self.id && is_newer(api_version);
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
        let missing = [
            places.p.missing(),
            places.reference.missing(),
            places.series.missing(),
        ]
        .concat();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
