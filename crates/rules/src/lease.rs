//! Leases.

use steersman_codec::model::{MessageId, Model};
use steersman_codec::places;
use steersman_codec::value::{Fields, Value};

pub const MESSAGE: &str = "k8s.io.api.coordination.v1.Lease";

places!(LeasePlaces, "k8s.io.api.coordination.v1.Lease", { metadata: "metadata", spec: "spec" });
places!(SpecPlaces, "k8s.io.api.coordination.v1.LeaseSpec", {
    holder: "holderIdentity",
    duration: "leaseDurationSeconds",
    acquired: "acquireTime",
    renewed: "renewTime",
    transitions: "leaseTransitions",
});

pub struct Places {
    pub id: Option<MessageId>,
    p: LeasePlaces,
    spec: SpecPlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            p: LeasePlaces::of(model),
            spec: SpecPlaces::of(model),
        }
    }

    pub fn is_plain(&self, lease: &Fields) -> bool {
        let p = &self.spec;
        let is_plain_spec = |spec: &Fields| {
            spec.iter().all(|(index, value)| match value {
                Value::Int(seconds) if index == p.duration => *seconds > 0,
                Value::Int(count) if index == p.transitions => *count >= 0,
                _ => [p.holder, p.acquired, p.renewed].contains(&index),
            })
        };
        lease.iter().all(|(index, value)| match value {
            Value::Message(spec) if index == self.p.spec => is_plain_spec(spec),
            _ => index == self.p.metadata,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_model() {
        let places = Places::of(Model::builtin());
        assert!(places.id.is_some());
        let missing = [places.p.missing(), places.spec.missing()].concat();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
