//! Pods: which are plain, what admission adds to those, and their quality of service.

mod additions;
mod binding;
mod quality;
mod verdict;

use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::Object;
use steersman_codec::places;
use steersman_codec::value::{Fields, Value, equal_fields};

pub use verdict::may_annotate;

pub const MESSAGE: &str = "k8s.io.api.core.v1.Pod";

places!(PodPlaces, "k8s.io.api.core.v1.Pod", {
    metadata: "metadata",
    spec: "spec",
    status: "status",
});
places!(StatusPlaces, "k8s.io.api.core.v1.PodStatus", {
    phase: "phase",
    conditions: "conditions",
    quality: "qosClass",
});
places!(ConditionPlaces, "k8s.io.api.core.v1.PodCondition", {
    kind: "type",
    status: "status",
    changed: "lastTransitionTime",
});
places!(SpecPlaces, "k8s.io.api.core.v1.PodSpec", {
    volumes: "volumes",
    init_containers: "initContainers",
    containers: "containers",
    restart_policy: "restartPolicy",
    grace: "terminationGracePeriodSeconds",
    dns_policy: "dnsPolicy",
    account: "serviceAccountName",
    older_account: "serviceAccount",
    automount: "automountServiceAccountToken",
    security_context: "securityContext",
    pull_secrets: "imagePullSecrets",
    scheduler: "schedulerName",
    tolerations: "tolerations",
    priority_class: "priorityClassName",
    priority: "priority",
    preemption: "preemptionPolicy",
    service_links: "enableServiceLinks",
    node: "nodeName",
    gates: "schedulingGates",
});
places!(ContainerPlaces, "k8s.io.api.core.v1.Container", {
    name: "name",
    image: "image",
    command: "command",
    args: "args",
    working_dir: "workingDir",
    ports: "ports",
    env: "env",
    resources: "resources",
    mounts: "volumeMounts",
    message_path: "terminationMessagePath",
    message_policy: "terminationMessagePolicy",
    pull_policy: "imagePullPolicy",
    stdin: "stdin",
    stdin_once: "stdinOnce",
    tty: "tty",
});
places!(PortPlaces, "k8s.io.api.core.v1.ContainerPort", {
    name: "name",
    number: "containerPort",
    protocol: "protocol",
});
places!(VariablePlaces, "k8s.io.api.core.v1.EnvVar", { name: "name", value: "value" });
places!(ResourcePlaces, "k8s.io.api.core.v1.ResourceRequirements", { limits: "limits", requests: "requests" });
places!(MountPlaces, "k8s.io.api.core.v1.VolumeMount", {
    name: "name",
    read_only: "readOnly",
    path: "mountPath",
});
places!(VolumePlaces, "k8s.io.api.core.v1.Volume", { name: "name", source: "volumeSource" });
places!(SourcePlaces, "k8s.io.api.core.v1.VolumeSource", {
    empty_dir: "emptyDir",
    secret: "secret",
    config_map: "configMap",
});
places!(SecretPlaces, "k8s.io.api.core.v1.SecretVolumeSource", { name: "secretName", mode: "defaultMode" });
places!(ConfigMapPlaces, "k8s.io.api.core.v1.ConfigMapVolumeSource", {
    reference: "localObjectReference",
    mode: "defaultMode",
});
places!(ReferencePlaces, "k8s.io.api.core.v1.LocalObjectReference", { name: "name" });

/// What admission has to know of a plain pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// As sent; empty where nobody said one.
    pub service_account: String,
    pub automount: Option<bool>,
    pub priority_class: String,
}

pub struct Places {
    pub id: Option<MessageId>,
    toleration: Option<MessageId>,
    pod: PodPlaces,
    status: StatusPlaces,
    condition: ConditionPlaces,
    spec: SpecPlaces,
    container: ContainerPlaces,
    port: PortPlaces,
    variable: VariablePlaces,
    resources: ResourcePlaces,
    mount: MountPlaces,
    volume: VolumePlaces,
    source: SourcePlaces,
    secret: SecretPlaces,
    config_map: ConfigMapPlaces,
    reference: ReferencePlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            toleration: model.find("k8s.io.api.core.v1.Toleration"),
            pod: PodPlaces::of(model),
            status: StatusPlaces::of(model),
            condition: ConditionPlaces::of(model),
            spec: SpecPlaces::of(model),
            container: ContainerPlaces::of(model),
            port: PortPlaces::of(model),
            variable: VariablePlaces::of(model),
            resources: ResourcePlaces::of(model),
            mount: MountPlaces::of(model),
            volume: VolumePlaces::of(model),
            source: SourcePlaces::of(model),
            secret: SecretPlaces::of(model),
            config_map: ConfigMapPlaces::of(model),
            reference: ReferencePlaces::of(model),
        }
    }

    /// The facts of a pod, with its defaults, that is plain.
    pub fn facts(&self, pod: &Fields) -> Option<Facts> {
        let spec = self.plain_spec(pod)?;
        let p = &self.spec;
        Some(Facts {
            service_account: spec.str(p.account).to_string(),
            automount: match spec.get(p.automount) {
                Some(Value::Bool(wanted)) => Some(*wanted),
                _ => None,
            },
            priority_class: spec.str(p.priority_class).to_string(),
        })
    }

    /// The tolerations, as JSON, of a pod whose spec means what it meant before.
    pub fn unchanged(&self, model: &Model, pod: &Fields, old: &Fields) -> Option<String> {
        let p = &self.pod;
        let known = [p.metadata, p.spec, p.status];
        let (spec, before) = (pod.message(p.spec)?, old.message(p.spec)?);
        let is_same =
            pod.iter().all(|(index, _)| known.contains(&index)) && equal_fields(spec, before, &[]);
        if !is_same {
            return None;
        }
        let mut text = String::from("[");
        for toleration in messages(spec, self.spec.tolerations) {
            if text.len() > 1 {
                text.push(',');
            }
            let json = json_of(model, self.toleration?, toleration)?;
            text.push_str(&json);
        }
        text.push(']');
        Some(text)
    }

    /// Status is written by its subresource alone.
    pub fn keep_status(&self, pod: &mut Fields, old: &Fields) {
        pod.put(self.pod.status, old.get(self.pod.status).cloned());
    }

    /// A new pod's generation and status, whatever was sent.
    pub fn begin(&self, pod: &mut Fields, generation: u16) {
        let quality = match pod.message(self.pod.spec) {
            Some(spec) => self.quality(spec),
            None => quality::BEST_EFFORT,
        };
        let mut status = Fields::new();
        status.set(self.status.phase, Value::Str("Pending".into()));
        status.set(self.status.quality, Value::Str(quality.into()));
        pod.set(self.pod.status, Value::Message(status));
        pod.message_mut(self.pod.metadata)
            .set(generation, Value::Int(1));
    }
}

fn json_of(model: &Model, id: MessageId, fields: &Fields) -> Option<String> {
    String::from_utf8(Object::new(id, fields.clone()).json(model)).ok()
}

/// A list's messages.
fn messages(fields: &Fields, index: u16) -> impl Iterator<Item = &Fields> {
    let items = match fields.get(index) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(Value::as_message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_model() {
        let p = Places::of(Model::builtin());
        assert!(p.id.is_some() && p.toleration.is_some());
        let missing: Vec<&str> = [
            p.pod.missing(),
            p.status.missing(),
            p.condition.missing(),
            p.spec.missing(),
            p.container.missing(),
            p.port.missing(),
            p.variable.missing(),
            p.resources.missing(),
            p.mount.missing(),
            p.volume.missing(),
            p.source.missing(),
            p.secret.missing(),
            p.config_map.missing(),
            p.reference.missing(),
        ]
        .concat();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
