//! Which pods are plain. Each field that is listed has its rule here; any other is not plain.

use steersman_codec::value::{Fields, Value};
use steersman_grammar::quantity::nano::{NANO, parse_nano};

use super::container::{POD_SECURITY, SECURITY, VALUE_FROM, VARIABLES_FROM};
use super::handler::{LIFECYCLE, LIVENESS, READINESS};
use super::placement::{
    AFFINITY, DNS, HOST_ALIAS, PULL_SECRET, READINESS_GATE, SPREAD, SYSTEM, TOLERATION,
    are_distinct, is_node_label,
};
use super::volume::{SOURCE, is_local_path};
use super::{ContainerPlaces, Places, messages};
use crate::names;
use crate::shape::FEW;

/// Volumes of this name are the service account's token, which admission looks for.
const TOKEN_VOLUME: &str = "kube-api-access-";
const LONGEST_DEADLINE: i64 = 2_147_483_647;

/// Keys that admission, or a warning, is about.
pub fn may_annotate(key: &str) -> bool {
    const SPECIAL: [&str; 4] = [
        "controller.kubernetes.io/pod-deletion-cost",
        "kubernetes.io/config.",
        "container.apparmor.security.beta.kubernetes.io/",
        "container.seccomp.security.alpha.kubernetes.io/",
    ];
    const ALPHA: [&str; 2] = [
        "security.alpha.kubernetes.io/",
        "scheduler.alpha.kubernetes.io/",
    ];
    !SPECIAL.iter().any(|special| key.starts_with(special))
        && !ALPHA.iter().any(|alpha| key.contains(alpha))
}

fn is_one_of(text: &str, all: &[&str]) -> bool {
    all.contains(&text)
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}

impl Places {
    /// The spec of a plain pod.
    pub(super) fn plain_spec<'p>(&self, pod: &'p Fields) -> Option<&'p Fields> {
        let p = &self.pod;
        let known = [p.metadata, p.spec, p.status];
        if !pod.iter().all(|(index, _)| known.contains(&index)) {
            return None;
        }
        let spec = pod.message(p.spec)?;
        self.is_plain_spec(spec).then_some(spec)
    }

    fn is_plain_spec(&self, spec: &Fields) -> bool {
        let p = &self.spec;
        let are_fields = spec.iter().all(|(index, value)| match value {
            // Looked through below.
            _ if [p.volumes, p.containers, p.init_containers].contains(&index) => true,
            Value::Str(text) if index == p.restart_policy => {
                is_one_of(text, &["Always", "OnFailure", "Never"])
            }
            Value::Str(text) if index == p.dns_policy => self.is_plain_dns(text, spec),
            Value::Str(text) if index == p.scheduler => !text.is_empty(),
            Value::Str(text) if [p.account, p.older_account, p.priority_class].contains(&index) => {
                text.is_empty() || names::is_subdomain(text)
            }
            Value::Str(text) if [p.hostname, p.subdomain].contains(&index) => names::is_label(text),
            Value::Int(seconds) if index == p.grace => *seconds >= 0,
            Value::Int(seconds) if index == p.deadline => (1..=LONGEST_DEADLINE).contains(seconds),
            Value::Bool(_) => [
                p.automount,
                p.service_links,
                p.host_network,
                p.host_pid,
                p.host_ipc,
                p.share_processes,
                p.fqdn,
            ]
            .contains(&index),
            _ => self.is_plain_placement(index, value),
        });
        let is_set = |index: u16| matches!(spec.get(index), Some(Value::Bool(true)));
        let required = [p.restart_policy, p.dns_policy, p.scheduler, p.grace];
        are_fields
            && required.iter().all(|index| spec.get(*index).is_some())
            && !(is_set(p.host_pid) && is_set(p.share_processes))
            && spec.get(p.containers).is_some_and(|c| !list(c).is_empty())
            && self.are_plain_volumes(spec)
            && self.are_plain_containers(spec)
    }

    fn is_plain_dns(&self, policy: &str, spec: &Fields) -> bool {
        let config = spec.message(self.spec.dns).map(|config| DNS.at(config));
        let has_servers = config.is_some_and(|c| !c.list("nameservers").is_empty());
        let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default"];
        is_one_of(policy, &policies) || (policy == "None" && has_servers)
    }

    /// Fields whose messages have a table of their own.
    fn is_plain_placement(&self, index: u16, value: &Value) -> bool {
        let p = &self.spec;
        match value {
            Value::Message(context) if index == p.security_context => POD_SECURITY.accepts(context),
            Value::Message(affinity) if index == p.affinity => AFFINITY.accepts(affinity),
            Value::Message(config) if index == p.dns => DNS.accepts(config),
            Value::Message(system) if index == p.system => SYSTEM.accepts(system),
            Value::Map(labels) if index == p.selector => labels.iter().all(|(key, value)| {
                let is_value = matches!(value, Value::Str(text) if names::is_label_value(text));
                is_value && is_node_label(key)
            }),
            _ if index == p.tolerations => TOLERATION.accepts_each(value),
            _ if index == p.readiness_gates => READINESS_GATE.accepts_each(value),
            _ if index == p.spread => are_distinct(&SPREAD, value, "topologyKey"),
            _ if index == p.aliases => are_distinct(&HOST_ALIAS, value, "ip"),
            _ if index == p.pull_secrets => are_distinct(&PULL_SECRET, value, "name"),
            _ => false,
        }
    }

    fn are_plain_volumes(&self, spec: &Fields) -> bool {
        let mut seen: Vec<&str> = Vec::new();
        let all = spec.get(self.spec.volumes).map_or(&[] as &[Value], list);
        all.len() <= FEW
            && all.iter().all(|volume| {
                let Value::Message(volume) = volume else {
                    return false;
                };
                let name = volume.str(self.volume.name);
                let is_new = !seen.contains(&name);
                seen.push(name);
                is_new
                    && names::is_label(name)
                    && !name.starts_with(TOKEN_VOLUME)
                    && volume
                        .message(self.volume.source)
                        .is_some_and(|s| SOURCE.accepts(s))
            })
    }

    fn are_plain_containers(&self, spec: &Fields) -> bool {
        let p = &self.spec;
        let mut seen = Seen::default();
        [p.init_containers, p.containers].iter().all(|index| {
            let all = spec.get(*index).map_or(&[] as &[Value], list);
            let is_init = *index == p.init_containers;
            all.len() <= FEW
                && all.iter().all(|container| match container {
                    Value::Message(container) => {
                        self.is_plain_container(container, spec, &mut seen)
                            && self.is_plain_turn(container, is_init)
                    }
                    _ => false,
                })
        })
    }

    /// Its restart policy, and what goes with that: only a container that stays has probes and
    /// hooks.
    fn is_plain_turn(&self, container: &Fields, is_init: bool) -> bool {
        let p: &ContainerPlaces = &self.container;
        let stays = match container.get(p.restart_policy) {
            None => !is_init,
            Some(Value::Str(policy)) => is_init && policy == "Always",
            _ => return false,
        };
        let ends = [p.liveness, p.readiness, p.startup, p.lifecycle];
        (stays || is_init)
            && container.iter().all(|(index, value)| match value {
                _ if index == p.restart_policy => stays,
                Value::Message(_) if !stays && ends.contains(&index) => false,
                Value::Message(probe) if [p.liveness, p.startup].contains(&index) => {
                    LIVENESS.accepts(probe)
                }
                Value::Message(probe) if index == p.readiness => READINESS.accepts(probe),
                Value::Message(lifecycle) if index == p.lifecycle => LIFECYCLE.accepts(lifecycle),
                _ => true,
            })
    }

    fn is_plain_container<'p>(
        &self,
        container: &'p Fields,
        spec: &'p Fields,
        seen: &mut Seen<'p>,
    ) -> bool {
        let p: &ContainerPlaces = &self.container;
        let name = container.str(p.name);
        if !names::is_label(name) || seen.names.contains(&name) {
            return false;
        }
        seen.names.push(name);
        let are_fields = container.iter().all(|(index, value)| match value {
            Value::Str(text) if index == p.image => {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
            }
            Value::Str(text) if index == p.message_policy => {
                is_one_of(text, &["File", "FallbackToLogsOnError"])
            }
            Value::Str(text) if index == p.pull_policy => {
                is_one_of(text, &["Always", "IfNotPresent", "Never"])
            }
            Value::Str(_) => {
                [p.name, p.working_dir, p.message_path, p.restart_policy].contains(&index)
            }
            Value::Bool(_) => [p.stdin, p.stdin_once, p.tty].contains(&index),
            Value::List(_) if index == p.command || index == p.args => true,
            Value::List(ports) if index == p.ports => self.are_plain_ports(ports, spec, seen),
            Value::List(variables) if index == p.env => self.are_plain_variables(variables),
            Value::List(mounts) if index == p.mounts => {
                self.are_plain_mounts(mounts, container, spec)
            }
            Value::Message(resources) if index == p.resources => {
                self.are_plain_resources(resources)
            }
            Value::Message(context) if index == p.security_context => SECURITY.accepts(context),
            _ if index == p.env_from => VARIABLES_FROM.accepts_each(value),
            // See is_plain_turn.
            _ => [p.liveness, p.readiness, p.startup, p.lifecycle].contains(&index),
        });
        let required = [p.image, p.message_policy, p.pull_policy];
        are_fields && required.iter().all(|index| container.get(*index).is_some())
    }

    /// No number and no name twice in the whole pod: those are told of, or refused.
    fn are_plain_ports<'p>(&self, ports: &'p [Value], spec: &Fields, seen: &mut Seen<'p>) -> bool {
        let p = &self.port;
        let is_host = matches!(spec.get(self.spec.host_network), Some(Value::Bool(true)));
        ports.iter().all(|port| {
            let Value::Message(port) = port else {
                return false;
            };
            let are_fields = port.iter().all(|(index, value)| match value {
                Value::Str(text) if index == p.name => text.is_empty() || names::is_port_name(text),
                Value::Str(text) if index == p.protocol => is_one_of(text, &["SCTP", "TCP", "UDP"]),
                Value::Int(number) if index == p.number || index == p.host => {
                    (1..=65535).contains(number)
                }
                _ => false,
            });
            let Some(Value::Int(number)) = port.get(p.number) else {
                return false;
            };
            let (name, protocol) = (port.str(p.name), port.str(p.protocol));
            let is_new_host = match port.get(p.host) {
                Some(Value::Int(host)) => {
                    let is_new = !seen.host_ports.contains(&(*host, protocol));
                    seen.host_ports.push((*host, protocol));
                    // In the host's network a container's port is the host's.
                    is_new && (!is_host || host == number)
                }
                _ => true,
            };
            let is_new = !seen.ports.contains(&(*number, protocol))
                && is_new_host
                && (name.is_empty() || !seen.port_names.contains(&name));
            seen.ports.push((*number, protocol));
            seen.port_names.push(name);
            are_fields && !protocol.is_empty() && is_new && seen.ports.len() <= FEW
        })
    }

    fn are_plain_variables(&self, variables: &[Value]) -> bool {
        let p = &self.variable;
        let mut seen: Vec<&str> = Vec::with_capacity(variables.len().min(FEW));
        variables.len() <= FEW
            && variables.iter().all(|variable| {
                let Value::Message(variable) = variable else {
                    return false;
                };
                let name = variable.str(p.name);
                let is_new = !seen.contains(&name);
                seen.push(name);
                let is_field = |(index, value): (u16, &Value)| match value {
                    Value::Str(_) => index == p.name || index == p.value,
                    // Of itself, or of something else.
                    Value::Message(from) if index == p.from => {
                        variable.get(p.value).is_none() && VALUE_FROM.accepts(from)
                    }
                    _ => false,
                };
                is_new && names::is_variable(name) && variable.iter().all(is_field)
            })
    }

    fn are_plain_mounts(&self, mounts: &[Value], container: &Fields, spec: &Fields) -> bool {
        let p = &self.mount;
        let context = container.message(self.container.security_context);
        let privileged = context.and_then(|context| context.get(self.security.privileged));
        let is_privileged = matches!(privileged, Some(Value::Bool(true)));
        let mut seen: Vec<&str> = Vec::new();
        mounts.len() <= FEW
            && mounts.iter().all(|mount| {
                let Value::Message(mount) = mount else {
                    return false;
                };
                let (name, path) = (mount.str(p.name), mount.str(p.path));
                let is_new = !seen.contains(&path);
                seen.push(path);
                let is_field = |(index, value): (u16, &Value)| match value {
                    Value::Str(path) if [p.sub_path, p.expression].contains(&index) => {
                        is_local_path(path)
                    }
                    Value::Str(way) if index == p.propagation => {
                        is_one_of(way, &["HostToContainer", "None"])
                            || (way == "Bidirectional" && is_privileged)
                    }
                    Value::Str(_) => index == p.name || index == p.path,
                    Value::Bool(_) => index == p.read_only,
                    _ => false,
                };
                let is_below_once =
                    mount.str(p.sub_path).is_empty() || mount.str(p.expression).is_empty();
                let volumes = &mut messages(spec, self.spec.volumes);
                is_new
                    && is_below_once
                    && !path.is_empty()
                    && mount.iter().all(is_field)
                    && volumes.any(|volume| volume.str(self.volume.name) == name)
            })
    }

    /// CPU, memory and, as a request, local storage: none negative, whole bytes, and no more asked
    /// for than allowed.
    fn are_plain_resources(&self, resources: &Fields) -> bool {
        let p = &self.resources;
        let amounts = |index: u16| match resources.get(index) {
            Some(Value::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        let limit = |name: &str| {
            let found = amounts(p.limits).iter().find(|(key, _)| **key == *name);
            found.and_then(|(_, value)| amount(value))
        };
        resources.iter().all(|(index, value)| {
            let Value::Map(entries) = value else {
                return false;
            };
            if index != p.limits && index != p.requests {
                return false;
            }
            entries.iter().all(|(name, value)| {
                let is_cpu = &**name == "cpu";
                // The requester is told that nothing limits storage.
                let is_storage = &**name == "ephemeral-storage" && index == p.requests;
                let is_known = is_cpu || is_storage || &**name == "memory";
                let Some(wanted) = amount(value).filter(|_| is_known) else {
                    return false;
                };
                let is_whole = is_cpu || wanted % NANO == 0;
                is_whole && wanted >= 0 && limit(name).is_none_or(|limit| wanted <= limit)
            })
        })
    }
}

/// What must not be there twice in one pod.
#[derive(Default)]
struct Seen<'p> {
    names: Vec<&'p str>,
    ports: Vec<(i64, &'p str)>,
    host_ports: Vec<(i64, &'p str)>,
    port_names: Vec<&'p str>,
}

/// In nano-units. Amounts that are rounded or capped on the way are not plain.
pub fn amount(value: &Value) -> Option<i128> {
    const EXACT: usize = 15;
    match value {
        Value::Quantity(text) if text.len() <= EXACT => parse_nano(text),
        _ => None,
    }
}
