//! Pods: which are plain, what admission adds to those, and their quality of service.

mod additions;
mod binding;
mod container;
mod handler;
mod placement;
mod quality;
mod status;
mod verdict;
mod volume;

use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::Object;
use steersman_codec::places;
use steersman_codec::value::{Fields, Value, equal_fields};

pub use status::StatusFacts;
pub use verdict::{amount, may_annotate};

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
    host_ip: "hostIP",
    host_ips: "hostIPs",
    pod_ip: "podIP",
    pod_ips: "podIPs",
    containers: "containerStatuses",
    claims: "resourceClaimStatuses",
    nominated: "nominatedNodeName",
    generation: "observedGeneration",
});
places!(ConditionPlaces, "k8s.io.api.core.v1.PodCondition", {
    kind: "type",
    status: "status",
    changed: "lastTransitionTime",
    generation: "observedGeneration",
});
places!(ContainerStatusPlaces, "k8s.io.api.core.v1.ContainerStatus", { name: "name", state: "state" });
places!(StatePlaces, "k8s.io.api.core.v1.ContainerState", { terminated: "terminated" });
places!(EndPlaces, "k8s.io.api.core.v1.ContainerStateTerminated", { exit_code: "exitCode" });
places!(PodIpPlaces, "k8s.io.api.core.v1.PodIP", { ip: "ip" });
places!(HostIpPlaces, "k8s.io.api.core.v1.HostIP", { ip: "ip" });
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
    deadline: "activeDeadlineSeconds",
    selector: "nodeSelector",
    host_network: "hostNetwork",
    host_pid: "hostPID",
    host_ipc: "hostIPC",
    share_processes: "shareProcessNamespace",
    hostname: "hostname",
    subdomain: "subdomain",
    fqdn: "setHostnameAsFQDN",
    affinity: "affinity",
    spread: "topologySpreadConstraints",
    dns: "dnsConfig",
    aliases: "hostAliases",
    system: "os",
    readiness_gates: "readinessGates",
});
places!(ContainerPlaces, "k8s.io.api.core.v1.Container", {
    name: "name",
    image: "image",
    command: "command",
    args: "args",
    working_dir: "workingDir",
    ports: "ports",
    env: "env",
    env_from: "envFrom",
    resources: "resources",
    mounts: "volumeMounts",
    message_path: "terminationMessagePath",
    message_policy: "terminationMessagePolicy",
    pull_policy: "imagePullPolicy",
    stdin: "stdin",
    stdin_once: "stdinOnce",
    tty: "tty",
    liveness: "livenessProbe",
    readiness: "readinessProbe",
    startup: "startupProbe",
    lifecycle: "lifecycle",
    security_context: "securityContext",
    restart_policy: "restartPolicy",
});
places!(PortPlaces, "k8s.io.api.core.v1.ContainerPort", {
    name: "name",
    number: "containerPort",
    host: "hostPort",
    protocol: "protocol",
});
places!(VariablePlaces, "k8s.io.api.core.v1.EnvVar", {
    name: "name",
    value: "value",
    from: "valueFrom",
});
places!(ResourcePlaces, "k8s.io.api.core.v1.ResourceRequirements", { limits: "limits", requests: "requests" });
places!(MountPlaces, "k8s.io.api.core.v1.VolumeMount", {
    name: "name",
    read_only: "readOnly",
    path: "mountPath",
    sub_path: "subPath",
    expression: "subPathExpr",
    propagation: "mountPropagation",
});
places!(VolumePlaces, "k8s.io.api.core.v1.Volume", { name: "name", source: "volumeSource" });
places!(SecurityPlaces, "k8s.io.api.core.v1.SecurityContext", { privileged: "privileged" });

/// What admission has to know of a plain pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// As sent; empty where nobody said one.
    pub service_account: String,
    pub automount: Option<bool>,
    pub priority_class: String,
    /// Its own, as JSON.
    pub tolerations: String,
    pub has_pull_secrets: bool,
    /// Whether any container is: the server's flags say whether that is allowed.
    pub is_privileged: bool,
}

pub struct Places {
    pub id: Option<MessageId>,
    toleration: Option<MessageId>,
    pod: PodPlaces,
    status: StatusPlaces,
    condition: ConditionPlaces,
    container_status: ContainerStatusPlaces,
    state: StatePlaces,
    end: EndPlaces,
    pod_ip: PodIpPlaces,
    host_ip: HostIpPlaces,
    spec: SpecPlaces,
    container: ContainerPlaces,
    port: PortPlaces,
    variable: VariablePlaces,
    resources: ResourcePlaces,
    mount: MountPlaces,
    volume: VolumePlaces,
    security: SecurityPlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            toleration: model.find("k8s.io.api.core.v1.Toleration"),
            pod: PodPlaces::of(model),
            status: StatusPlaces::of(model),
            condition: ConditionPlaces::of(model),
            container_status: ContainerStatusPlaces::of(model),
            state: StatePlaces::of(model),
            end: EndPlaces::of(model),
            pod_ip: PodIpPlaces::of(model),
            host_ip: HostIpPlaces::of(model),
            spec: SpecPlaces::of(model),
            container: ContainerPlaces::of(model),
            port: PortPlaces::of(model),
            variable: VariablePlaces::of(model),
            resources: ResourcePlaces::of(model),
            mount: MountPlaces::of(model),
            volume: VolumePlaces::of(model),
            security: SecurityPlaces::of(model),
        }
    }

    /// The facts of a pod, with its defaults, that is plain.
    pub fn facts(&self, model: &Model, pod: &Fields) -> Option<Facts> {
        let spec = self.plain_spec(pod)?;
        let p = &self.spec;
        Some(Facts {
            service_account: spec.str(p.account).to_string(),
            automount: match spec.get(p.automount) {
                Some(Value::Bool(wanted)) => Some(*wanted),
                _ => None,
            },
            priority_class: spec.str(p.priority_class).to_string(),
            tolerations: self.tolerations(model, spec)?,
            has_pull_secrets: messages(spec, p.pull_secrets).next().is_some(),
            is_privileged: self.is_privileged(spec),
        })
    }

    fn is_privileged(&self, spec: &Fields) -> bool {
        let lists = [self.spec.init_containers, self.spec.containers];
        let mut all = lists.iter().flat_map(|list| messages(spec, *list));
        all.any(|container| {
            let context = container.message(self.container.security_context);
            let found = context.and_then(|context| context.get(self.security.privileged));
            matches!(found, Some(Value::Bool(true)))
        })
    }

    /// As JSON.
    fn tolerations(&self, model: &Model, spec: &Fields) -> Option<String> {
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
        self.tolerations(model, spec)
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
            p.container_status.missing(),
            p.state.missing(),
            p.end.missing(),
            p.pod_ip.missing(),
            p.host_ip.missing(),
            p.spec.missing(),
            p.container.missing(),
            p.port.missing(),
            p.variable.missing(),
            p.resources.missing(),
            p.mount.missing(),
            p.volume.missing(),
            p.security.missing(),
        ]
        .concat();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
