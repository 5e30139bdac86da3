//! What kubelets write of pods.

use steersman_codec::value::{Fields, Value, equal};

use super::{Places, messages};
use crate::names;

/// What admission has to know of a plain write of a pod's status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatusFacts {
    /// That the pod is bound to.
    pub node: String,
    pub keeps_claims: bool,
}

fn texts_are_equal(new: &Fields, old: &Fields, index: u16) -> bool {
    new.str(index) == old.str(index)
}

/// Whether a list has one address of a family at most, of which the first is `one`.
fn are_addresses<'s>(one: &str, mut list: impl Iterator<Item = &'s str>) -> bool {
    let Some(first) = list.next() else {
        return one.is_empty();
    };
    let is_v6 = |address: &str| address.contains(':');
    let is_second = match list.next() {
        None => true,
        Some(second) => names::is_address(second) && is_v6(second) != is_v6(first),
    };
    first == one && names::is_address(first) && is_second && list.next().is_none()
}

impl Places {
    /// The facts of a status that no rule has anything to say of, and that stays as it was sent:
    ///
    /// | of the status | plain where |
    /// |---|---|
    /// | qosClass | it is the one that the pod has |
    /// | podIP, podIPs | neither is there, or the first of the list is the one; one of a family |
    /// | hostIP, hostIPs | the same |
    /// | nominatedNodeName | it is a name |
    /// | conditions | their types are qualified names |
    /// | observedGeneration, also of conditions | it is not negative |
    /// | containerStatuses | none that ended for good runs again |
    /// | all else | always |
    pub fn plain_status(&self, pod: &Fields, old: &Fields) -> Option<StatusFacts> {
        let p = &self.pod;
        let known = [p.metadata, p.spec, p.status];
        let (status, before) = (pod.message(p.status)?, old.message(p.status)?);
        let spec = old.message(p.spec)?;
        let is_plain = pod.iter().all(|(index, _)| known.contains(&index))
            && !status.str(self.status.quality).is_empty()
            && texts_are_equal(status, before, self.status.quality)
            && self.are_addresses_alike(status)
            && self.are_plain_names(status)
            && !self.is_restarted(spec, status, before);
        let claims = self.status.claims;
        is_plain.then(|| StatusFacts {
            node: spec.str(self.spec.node).to_string(),
            keeps_claims: match (status.get(claims), before.get(claims)) {
                (None, None) => true,
                (Some(new), Some(old)) => equal(new, old),
                _ => false,
            },
        })
    }

    fn are_addresses_alike(&self, status: &Fields) -> bool {
        let p = &self.status;
        let of_pod = messages(status, p.pod_ips).map(|ip| ip.str(self.pod_ip.ip));
        let of_host = messages(status, p.host_ips).map(|ip| ip.str(self.host_ip.ip));
        are_addresses(status.str(p.pod_ip), of_pod) && are_addresses(status.str(p.host_ip), of_host)
    }

    fn are_plain_names(&self, status: &Fields) -> bool {
        let p = &self.status;
        let is_counted = |fields: &Fields, index: u16| match fields.get(index) {
            Some(Value::Int(generation)) => *generation >= 0,
            found => found.is_none(),
        };
        let nominated = status.str(p.nominated);
        let mut conditions = messages(status, p.conditions);
        (nominated.is_empty() || names::is_subdomain(nominated))
            && is_counted(status, p.generation)
            && conditions.all(|condition| {
                names::is_qualified(condition.str(self.condition.kind))
                    && is_counted(condition, self.condition.generation)
            })
    }

    /// Whether a container runs that ended for good.
    fn is_restarted(&self, spec: &Fields, status: &Fields, before: &Fields) -> bool {
        let policy = spec.str(self.spec.restart_policy);
        let p = &self.container_status;
        let ended = |container: &Fields| -> Option<i64> {
            let ended = container.message(p.state)?.message(self.state.terminated)?;
            match ended.get(self.end.exit_code) {
                Some(Value::Int(code)) => Some(*code),
                _ => Some(0),
            }
        };
        if policy == "Always" {
            return false;
        }
        messages(before, self.status.containers).any(|container| {
            let is_over = match ended(container) {
                None => false,
                Some(code) => code == 0 || policy != "OnFailure",
            };
            let name = container.str(p.name);
            let mut same = messages(status, self.status.containers)
                .filter(|container| container.str(p.name) == name);
            is_over && same.any(|container| ended(container).is_none())
        })
    }

    /// What a write to the status leaves as it was: the spec, and who owns the pod.
    pub fn keep_all_but_status(&self, pod: &mut Fields, old: &Fields, owners: u16) {
        let p = &self.pod;
        pod.put(p.spec, old.get(p.spec).cloned());
        let before = old.message(p.metadata).and_then(|meta| meta.get(owners));
        pod.message_mut(p.metadata).put(owners, before.cloned());
    }
}
