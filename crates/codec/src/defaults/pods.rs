//! The defaults of pods, and those that pods share with the templates of workloads.

use std::sync::OnceLock;

use crate::model::{MessageId, Model};
use crate::places;
use crate::value::{Fields, SmallText, Value};

/// 0644: files of volumes that say no mode.
const FILE_MODE: i64 = 0o644;
const TOKEN_SECONDS: i64 = 3600;
/// What ephemeral containers have in common with containers.
const COMMON: &str = "k8s.io.api.core.v1.EphemeralContainerCommon";

places!(SpecPlaces, "k8s.io.api.core.v1.PodSpec", {
    volumes: "volumes",
    init_containers: "initContainers",
    containers: "containers",
    ephemeral_containers: "ephemeralContainers",
    restart_policy: "restartPolicy",
    grace: "terminationGracePeriodSeconds",
    dns_policy: "dnsPolicy",
    account: "serviceAccountName",
    older_account: "serviceAccount",
    host_network: "hostNetwork",
    security_context: "securityContext",
    scheduler: "schedulerName",
    service_links: "enableServiceLinks",
    resources: "resources",
});
places!(ContainerPlaces, "k8s.io.api.core.v1.Container", {
    image: "image",
    ports: "ports",
    env: "env",
    resources: "resources",
    liveness: "livenessProbe",
    readiness: "readinessProbe",
    startup: "startupProbe",
    lifecycle: "lifecycle",
    message_path: "terminationMessagePath",
    message_policy: "terminationMessagePolicy",
    pull_policy: "imagePullPolicy",
});
places!(EphemeralPlaces, "k8s.io.api.core.v1.EphemeralContainer", { common: "ephemeralContainerCommon" });
places!(PortPlaces, "k8s.io.api.core.v1.ContainerPort", {
    host_port: "hostPort",
    container_port: "containerPort",
    protocol: "protocol",
});
places!(ResourcePlaces, "k8s.io.api.core.v1.ResourceRequirements", { limits: "limits", requests: "requests" });
places!(VariablePlaces, "k8s.io.api.core.v1.EnvVar", { from: "valueFrom" });
places!(VariableSourcePlaces, "k8s.io.api.core.v1.EnvVarSource", { field: "fieldRef" });
places!(FieldRefPlaces, "k8s.io.api.core.v1.ObjectFieldSelector", { version: "apiVersion" });
places!(ProbePlaces, "k8s.io.api.core.v1.Probe", {
    handler: "handler",
    timeout: "timeoutSeconds",
    period: "periodSeconds",
    successes: "successThreshold",
    failures: "failureThreshold",
});
places!(ProbeHandlerPlaces, "k8s.io.api.core.v1.ProbeHandler", { http: "httpGet", grpc: "grpc" });
places!(GrpcPlaces, "k8s.io.api.core.v1.GRPCAction", { service: "service" });
places!(LifecyclePlaces, "k8s.io.api.core.v1.Lifecycle", { start: "postStart", stop: "preStop" });
places!(HookPlaces, "k8s.io.api.core.v1.LifecycleHandler", { http: "httpGet" });
places!(HttpPlaces, "k8s.io.api.core.v1.HTTPGetAction", { path: "path", scheme: "scheme" });
places!(VolumePlaces, "k8s.io.api.core.v1.Volume", { source: "volumeSource" });
places!(SourcePlaces, "k8s.io.api.core.v1.VolumeSource", {
    host_path: "hostPath",
    empty_dir: "emptyDir",
    secret: "secret",
    iscsi: "iscsi",
    downward: "downwardAPI",
    config_map: "configMap",
    projected: "projected",
    ephemeral: "ephemeral",
    image: "image",
});
places!(SecretPlaces, "k8s.io.api.core.v1.SecretVolumeSource", { mode: "defaultMode" });
places!(ConfigMapPlaces, "k8s.io.api.core.v1.ConfigMapVolumeSource", { mode: "defaultMode" });
places!(DownwardPlaces, "k8s.io.api.core.v1.DownwardAPIVolumeSource", { mode: "defaultMode", items: "items" });
places!(DownwardFilePlaces, "k8s.io.api.core.v1.DownwardAPIVolumeFile", { field: "fieldRef" });
places!(ProjectedPlaces, "k8s.io.api.core.v1.ProjectedVolumeSource", { mode: "defaultMode", sources: "sources" });
places!(ProjectionPlaces, "k8s.io.api.core.v1.VolumeProjection", {
    downward: "downwardAPI",
    token: "serviceAccountToken",
});
places!(DownwardProjectionPlaces, "k8s.io.api.core.v1.DownwardAPIProjection", { items: "items" });
places!(TokenPlaces, "k8s.io.api.core.v1.ServiceAccountTokenProjection", { seconds: "expirationSeconds" });
places!(HostPathPlaces, "k8s.io.api.core.v1.HostPathVolumeSource", { kind: "type" });
places!(IscsiPlaces, "k8s.io.api.core.v1.ISCSIVolumeSource", { interface: "iscsiInterface" });
places!(EphemeralVolumePlaces, "k8s.io.api.core.v1.EphemeralVolumeSource", { template: "volumeClaimTemplate" });
places!(ClaimTemplatePlaces, "k8s.io.api.core.v1.PersistentVolumeClaimTemplate", { spec: "spec" });
places!(ClaimPlaces, "k8s.io.api.core.v1.PersistentVolumeClaimSpec", { mode: "volumeMode" });
places!(ImagePlaces, "k8s.io.api.core.v1.ImageVolumeSource", { reference: "reference", policy: "pullPolicy" });

struct Places {
    spec: SpecPlaces,
    container: ContainerPlaces,
    ephemeral: EphemeralPlaces,
    /// A container's places, of what ephemeral containers have in common with it.
    common: ContainerPlaces,
    port: PortPlaces,
    resources: ResourcePlaces,
    variable: VariablePlaces,
    variable_source: VariableSourcePlaces,
    field_ref: FieldRefPlaces,
    probe: ProbePlaces,
    probe_handler: ProbeHandlerPlaces,
    grpc: GrpcPlaces,
    lifecycle: LifecyclePlaces,
    hook: HookPlaces,
    http: HttpPlaces,
    volume: VolumePlaces,
    source: SourcePlaces,
    secret: SecretPlaces,
    config_map: ConfigMapPlaces,
    downward: DownwardPlaces,
    downward_file: DownwardFilePlaces,
    projected: ProjectedPlaces,
    projection: ProjectionPlaces,
    downward_projection: DownwardProjectionPlaces,
    token: TokenPlaces,
    host_path: HostPathPlaces,
    iscsi: IscsiPlaces,
    ephemeral_volume: EphemeralVolumePlaces,
    claim_template: ClaimTemplatePlaces,
    claim: ClaimPlaces,
    image: ImagePlaces,
    /// Of which kind, and where its template's spec is; pods are the first.
    kinds: Vec<Kind>,
}

struct Kind {
    id: MessageId,
    steps: Vec<Step>,
}

#[derive(Clone, Copy)]
struct Step {
    index: u16,
    /// A pointer that is nil has nothing to default; a structure is there always.
    is_pointer: bool,
}

const KINDS: [(&str, &[&str]); 9] = [
    ("k8s.io.api.core.v1.Pod", &["spec"]),
    ("k8s.io.api.core.v1.PodTemplate", &["template", "spec"]),
    (
        "k8s.io.api.core.v1.ReplicationController",
        &["spec", "template", "spec"],
    ),
    (
        "k8s.io.api.apps.v1.Deployment",
        &["spec", "template", "spec"],
    ),
    (
        "k8s.io.api.apps.v1.ReplicaSet",
        &["spec", "template", "spec"],
    ),
    (
        "k8s.io.api.apps.v1.DaemonSet",
        &["spec", "template", "spec"],
    ),
    (
        "k8s.io.api.apps.v1.StatefulSet",
        &["spec", "template", "spec"],
    ),
    ("k8s.io.api.batch.v1.Job", &["spec", "template", "spec"]),
    (
        "k8s.io.api.batch.v1.CronJob",
        &["spec", "jobTemplate", "spec", "template", "spec"],
    ),
];

fn steps_of(model: &Model, name: &str, path: &[&str]) -> Option<Kind> {
    let id = model.find(name)?;
    let mut at = id;
    let mut steps = Vec::with_capacity(path.len());
    for json in path {
        let index = model.message(at).field_index(json)?;
        let field = &model.message(at).fields[index as usize];
        steps.push(Step {
            index,
            is_pointer: field.pointer,
        });
        let crate::model::FieldType::Message(below) = field.ty else {
            return None;
        };
        at = below;
    }
    Some(Kind { id, steps })
}

impl Places {
    fn of(model: &Model) -> Places {
        Places {
            spec: SpecPlaces::of(model),
            container: ContainerPlaces::of(model),
            ephemeral: EphemeralPlaces::of(model),
            common: ContainerPlaces::of_message(model, COMMON),
            port: PortPlaces::of(model),
            resources: ResourcePlaces::of(model),
            variable: VariablePlaces::of(model),
            variable_source: VariableSourcePlaces::of(model),
            field_ref: FieldRefPlaces::of(model),
            probe: ProbePlaces::of(model),
            probe_handler: ProbeHandlerPlaces::of(model),
            grpc: GrpcPlaces::of(model),
            lifecycle: LifecyclePlaces::of(model),
            hook: HookPlaces::of(model),
            http: HttpPlaces::of(model),
            volume: VolumePlaces::of(model),
            source: SourcePlaces::of(model),
            secret: SecretPlaces::of(model),
            config_map: ConfigMapPlaces::of(model),
            downward: DownwardPlaces::of(model),
            downward_file: DownwardFilePlaces::of(model),
            projected: ProjectedPlaces::of(model),
            projection: ProjectionPlaces::of(model),
            downward_projection: DownwardProjectionPlaces::of(model),
            token: TokenPlaces::of(model),
            host_path: HostPathPlaces::of(model),
            iscsi: IscsiPlaces::of(model),
            ephemeral_volume: EphemeralVolumePlaces::of(model),
            claim_template: ClaimTemplatePlaces::of(model),
            claim: ClaimPlaces::of(model),
            image: ImagePlaces::of(model),
            kinds: KINDS
                .iter()
                .filter_map(|(name, path)| steps_of(model, name, path))
                .collect(),
        }
    }
}

fn places(model: &Model) -> &'static Places {
    static PLACES: OnceLock<Places> = OnceLock::new();
    PLACES.get_or_init(|| Places::of(model))
}

/// Defaults of a pod, or of the template that a kind has. Other kinds stay as they are.
pub(super) fn apply(model: &Model, id: MessageId, fields: &mut Fields) {
    let p = places(model);
    let Some(kind) = p.kinds.iter().position(|kind| kind.id == id) else {
        return;
    };
    let mut at = fields;
    for step in &p.kinds[kind].steps {
        if step.is_pointer && at.message(step.index).is_none() {
            return;
        }
        at = at.message_mut(step.index);
    }
    // The first kind is the pod itself, which has defaults that templates have not.
    if kind == 0 {
        p.own_of_pod(at);
    }
    p.spec(at);
}

/// What holds a list's messages.
fn messages(fields: &mut Fields, index: u16) -> impl Iterator<Item = &mut Fields> {
    let items = match fields.get_mut(index) {
        Some(Value::List(items)) => items.as_mut_slice(),
        _ => &mut [],
    };
    items.iter_mut().filter_map(|item| match item {
        Value::Message(inner) => Some(inner),
        _ => None,
    })
}

fn message(fields: &mut Fields, index: u16) -> Option<&mut Fields> {
    match fields.get_mut(index) {
        Some(Value::Message(inner)) => Some(inner),
        _ => None,
    }
}

fn if_empty(fields: &mut Fields, index: u16, text: &str) {
    if fields.str(index).is_empty() {
        fields.set(index, Value::Str(text.into()));
    }
}

fn if_absent(fields: &mut Fields, index: u16, value: Value) {
    if matches!(fields.get(index), None | Some(Value::Null)) {
        fields.set(index, value);
    }
}

fn if_zero(fields: &mut Fields, index: u16, number: i64) {
    if matches!(fields.get(index), None | Some(Value::Null | Value::Int(0))) {
        fields.set(index, Value::Int(number));
    }
}

impl Places {
    /// Of pods alone: requests that their limits imply, links of services, ports in the host's
    /// network.
    fn own_of_pod(&self, spec: &mut Fields) {
        let p = self.spec;
        for list in [p.containers, p.init_containers] {
            for container in messages(spec, list) {
                self.requests(container, self.container.resources);
            }
        }
        self.requests(spec, p.resources);
        if_absent(spec, p.service_links, Value::Bool(true));
        if matches!(spec.get(p.grace), Some(Value::Int(seconds)) if *seconds < 0) {
            spec.set(p.grace, Value::Int(1));
        }
        if matches!(spec.get(p.host_network), Some(Value::Bool(true))) {
            for list in [p.containers, p.init_containers] {
                for container in messages(spec, list) {
                    for port in messages(container, self.container.ports) {
                        self.host_port(port);
                    }
                }
            }
        }
    }

    fn host_port(&self, port: &mut Fields) {
        if let Some(Value::Int(number)) = port.get(self.port.container_port) {
            let number = *number;
            if_zero(port, self.port.host_port, number);
        }
    }

    /// What is limited and not asked for is asked for up to the limit.
    fn requests(&self, fields: &mut Fields, index: u16) {
        let Some(resources) = message(fields, index) else {
            return;
        };
        let Some(Value::Map(limits)) = resources.get(self.resources.limits) else {
            return;
        };
        if limits.is_empty() {
            return;
        }
        let limits = limits.clone();
        let requests = match resources.take(self.resources.requests) {
            Some(Value::Map(requests)) => requests,
            _ => Vec::new(),
        };
        let merged = merged(requests, limits);
        resources.set(self.resources.requests, Value::Map(merged));
    }

    /// What pods and templates share.
    fn spec(&self, spec: &mut Fields) {
        let p = self.spec;
        if_empty(spec, p.dns_policy, "ClusterFirst");
        if_empty(spec, p.restart_policy, "Always");
        if_absent(spec, p.security_context, Value::Message(Fields::new()));
        if_absent(spec, p.grace, Value::Int(30));
        if_empty(spec, p.scheduler, "default-scheduler");
        self.account(spec);
        for volume in messages(spec, p.volumes) {
            self.volume(volume);
        }
        for list in [p.init_containers, p.containers] {
            for container in messages(spec, list) {
                self.container(&self.container, container);
            }
        }
        for ephemeral in messages(spec, p.ephemeral_containers) {
            let common = ephemeral.message_mut(self.ephemeral.common);
            self.container(&self.common, common);
        }
    }

    /// The older name is kept equal, so that clients of either see it.
    fn account(&self, spec: &mut Fields) {
        let p = self.spec;
        let mut account = spec.str(p.account);
        if account.is_empty() {
            account = spec.str(p.older_account);
        }
        if account.is_empty() {
            return;
        }
        let account: SmallText = account.into();
        spec.set(p.account, Value::Str(account.clone()));
        spec.set(p.older_account, Value::Str(account));
    }

    fn container(&self, p: &ContainerPlaces, container: &mut Fields) {
        if container.str(p.pull_policy).is_empty() {
            let policy = pull_policy(container.str(p.image));
            container.set(p.pull_policy, Value::Str(policy.into()));
        }
        if_empty(container, p.message_path, "/dev/termination-log");
        if_empty(container, p.message_policy, "File");
        for port in messages(container, p.ports) {
            if_empty(port, self.port.protocol, "TCP");
        }
        for variable in messages(container, p.env) {
            if let Some(source) = message(variable, self.variable.from) {
                self.field_ref(source, self.variable_source.field);
            }
        }
        for probe in [p.liveness, p.readiness, p.startup] {
            if let Some(probe) = message(container, probe) {
                self.probe(probe);
            }
        }
        if let Some(lifecycle) = message(container, p.lifecycle) {
            for hook in [self.lifecycle.start, self.lifecycle.stop] {
                if let Some(hook) = message(lifecycle, hook) {
                    self.http_get(hook, self.hook.http);
                }
            }
        }
    }

    fn field_ref(&self, fields: &mut Fields, index: u16) {
        if let Some(selector) = message(fields, index) {
            if_empty(selector, self.field_ref.version, "v1");
        }
    }

    fn probe(&self, probe: &mut Fields) {
        let p = self.probe;
        for (index, number) in [
            (p.timeout, 1),
            (p.period, 10),
            (p.successes, 1),
            (p.failures, 3),
        ] {
            if_zero(probe, index, number);
        }
        let Some(handler) = message(probe, p.handler) else {
            return;
        };
        self.http_get(handler, self.probe_handler.http);
        if let Some(grpc) = message(handler, self.probe_handler.grpc) {
            if_absent(grpc, self.grpc.service, Value::Str("".into()));
        }
    }

    fn http_get(&self, handler: &mut Fields, index: u16) {
        if let Some(action) = message(handler, index) {
            if_empty(action, self.http.path, "/");
            if_empty(action, self.http.scheme, "HTTP");
        }
    }

    fn volume(&self, volume: &mut Fields) {
        let p = self.source;
        let source = volume.message_mut(self.volume.source);
        if source.is_empty() {
            source.set(p.empty_dir, Value::Message(Fields::new()));
            return;
        }
        let mode = || Value::Int(FILE_MODE);
        if let Some(secret) = message(source, p.secret) {
            if_absent(secret, self.secret.mode, mode());
        }
        if let Some(config_map) = message(source, p.config_map) {
            if_absent(config_map, self.config_map.mode, mode());
        }
        if let Some(downward) = message(source, p.downward) {
            if_absent(downward, self.downward.mode, mode());
            self.downward_files(downward, self.downward.items);
        }
        if let Some(projected) = message(source, p.projected) {
            if_absent(projected, self.projected.mode, mode());
            for projection in messages(projected, self.projected.sources) {
                self.projection(projection);
            }
        }
        if let Some(host_path) = message(source, p.host_path) {
            if_absent(host_path, self.host_path.kind, Value::Str("".into()));
        }
        if let Some(iscsi) = message(source, p.iscsi) {
            if_empty(iscsi, self.iscsi.interface, "default");
        }
        if let Some(ephemeral) = message(source, p.ephemeral) {
            if let Some(template) = message(ephemeral, self.ephemeral_volume.template) {
                let spec = template.message_mut(self.claim_template.spec);
                if_absent(spec, self.claim.mode, Value::Str("Filesystem".into()));
            }
        }
        if let Some(image) = message(source, p.image) {
            if image.str(self.image.policy).is_empty() {
                let policy = pull_policy(image.str(self.image.reference));
                image.set(self.image.policy, Value::Str(policy.into()));
            }
        }
    }

    fn projection(&self, projection: &mut Fields) {
        if let Some(token) = message(projection, self.projection.token) {
            if_absent(token, self.token.seconds, Value::Int(TOKEN_SECONDS));
        }
        if let Some(downward) = message(projection, self.projection.downward) {
            self.downward_files(downward, self.downward_projection.items);
        }
    }

    fn downward_files(&self, fields: &mut Fields, index: u16) {
        for item in messages(fields, index) {
            self.field_ref(item, self.downward_file.field);
        }
    }
}

/// The requests, and of the limits those that no request has; both sorted, and so is what comes.
fn merged(
    requests: Vec<(SmallText, Value)>,
    limits: Vec<(SmallText, Value)>,
) -> Vec<(SmallText, Value)> {
    let mut all = Vec::with_capacity(requests.len().max(limits.len()));
    let mut requests = requests.into_iter().peekable();
    for limit in limits {
        while let Some(request) = requests.next_if(|(name, _)| *name < limit.0) {
            all.push(request);
        }
        match requests.next_if(|(name, _)| *name == limit.0) {
            Some(request) => all.push(request),
            None => all.push(limit),
        }
    }
    all.extend(requests);
    all
}

fn pull_policy(image: &str) -> &'static str {
    if is_latest(image) {
        "Always"
    } else {
        "IfNotPresent"
    }
}

/// Whether an image reference means the tag `latest`: it says so, or has neither tag nor digest.
fn is_latest(image: &str) -> bool {
    let is_digest = image.len() == 64
        && image
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if image.is_empty() || image.contains('@') || image.contains(char::is_whitespace) || is_digest {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return false;
    }
    let (bare, tag) = match name.split_once(':') {
        Some((bare, tag)) => (bare, Some(tag)),
        None => (name, None),
    };
    // Capitals are no image reference outside its host and tag: nothing is known of its tag then.
    let path = &image[..image.len() - name.len()];
    let path = path.split_once('/').map_or("", |(_host, path)| path);
    let has_capital = |text: &str| text.bytes().any(|b| b.is_ascii_uppercase());
    if has_capital(path) || has_capital(bare) {
        return false;
    }
    tag.is_none_or(|tag| tag == "latest")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place that the model lacks would be a rule that does nothing.
    #[test]
    fn every_place_is_in_the_model() {
        let model = Model::builtin();
        let p = Places::of(model);
        let missing: Vec<&str> = [
            p.spec.missing(),
            p.container.missing(),
            p.ephemeral.missing(),
            p.common.missing(),
            p.port.missing(),
            p.resources.missing(),
            p.variable.missing(),
            p.variable_source.missing(),
            p.field_ref.missing(),
            p.probe.missing(),
            p.probe_handler.missing(),
            p.grpc.missing(),
            p.lifecycle.missing(),
            p.hook.missing(),
            p.http.missing(),
            p.volume.missing(),
            p.source.missing(),
            p.secret.missing(),
            p.config_map.missing(),
            p.downward.missing(),
            p.downward_file.missing(),
            p.projected.missing(),
            p.projection.missing(),
            p.downward_projection.missing(),
            p.token.missing(),
            p.host_path.missing(),
            p.iscsi.missing(),
            p.ephemeral_volume.missing(),
            p.claim_template.missing(),
            p.claim.missing(),
            p.image.missing(),
        ]
        .concat();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(p.kinds.len(), KINDS.len());
    }

    #[test]
    fn a_tag_is_read_off_an_image() {
        let latest = ["a", "a:latest", "host:5000/a", "HOST/a/b", "x/y:latest"];
        let other = [
            "",
            "a:1",
            "a@sha256:00",
            " a",
            "a\u{a0}",
            "host/A",
            "h/B/c",
            "host:5000/a:1",
            ":latest",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ];
        for image in latest {
            assert!(is_latest(image), "{image}");
        }
        for image in other {
            assert!(!is_latest(image), "{image}");
        }
    }

    #[test]
    fn what_is_limited_is_asked_for() {
        let map = |entries: &[(&str, &str)]| -> Vec<(SmallText, Value)> {
            entries
                .iter()
                .map(|(k, v)| ((*k).into(), Value::Quantity((*v).into())))
                .collect()
        };
        let requests = map(&[("b", "1"), ("d", "2")]);
        let limits = map(&[("a", "3"), ("b", "4"), ("c", "5"), ("e", "6")]);
        let wanted = map(&[("a", "3"), ("b", "1"), ("c", "5"), ("d", "2"), ("e", "6")]);
        assert_eq!(merged(requests, limits), wanted);
    }
}
