//! What kubelets write of pods.

use steersman_codec::value::{Fields, Value, equal};

use super::{Places, messages};

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

impl Places {
    /// The facts of a status that no rule has anything to say of, and that stays as it was sent:
    ///
    /// | of the status | plain where |
    /// |---|---|
    /// | qosClass | it is the one that the pod has |
    /// | podIP, podIPs | neither is there, or the first of the list is the one |
    /// | hostIP, hostIPs | neither is there, or both are |
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
        let mut of_pod = messages(status, p.pod_ips).map(|ip| ip.str(self.pod_ip.ip));
        let is_pod = match of_pod.next() {
            None => status.str(p.pod_ip).is_empty(),
            Some(first) => !first.is_empty() && first == status.str(p.pod_ip),
        };
        let has_host_list = messages(status, p.host_ips).next().is_some();
        is_pod && has_host_list != status.str(p.host_ip).is_empty()
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
