//! Which pods are plain. Each field that is listed has its rule here; any other is not plain.

use steersman_codec::value::{Fields, Value};
use steersman_grammar::quantity::nano::{NANO, parse_nano};

use super::{ContainerPlaces, Places, messages};
use crate::names;

/// Volumes of this name are the service account's token, which admission looks for.
const TOKEN_VOLUME: &str = "kube-api-access-";
/// Entries of a list that is looked through once for each of its entries.
const FEW: usize = 64;

/// Keys that admission, or a warning, is about.
pub fn may_annotate(key: &str) -> bool {
    const SPECIAL: [&str; 3] = [
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
            Value::Str(text) if index == p.dns_policy => is_one_of(
                text,
                &["ClusterFirst", "ClusterFirstWithHostNet", "Default"],
            ),
            Value::Str(text) if index == p.scheduler => !text.is_empty(),
            Value::Str(text) if [p.account, p.older_account, p.priority_class].contains(&index) => {
                text.is_empty() || names::is_subdomain(text)
            }
            Value::Int(seconds) if index == p.grace => *seconds >= 0,
            Value::Message(context) if index == p.security_context => context.is_empty(),
            Value::Bool(_) => index == p.automount || index == p.service_links,
            _ => false,
        });
        let required = [p.restart_policy, p.dns_policy, p.scheduler, p.grace];
        are_fields
            && required.iter().all(|index| spec.get(*index).is_some())
            && spec.get(p.containers).is_some_and(|c| !list(c).is_empty())
            && self.are_plain_volumes(spec)
            && self.are_plain_containers(spec)
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
                        .is_some_and(|s| self.is_plain_source(s))
            })
    }

    fn is_plain_source(&self, source: &Fields) -> bool {
        let mut all = source.iter();
        let (Some((index, Value::Message(inner))), None) = (all.next(), all.next()) else {
            return false;
        };
        let p = &self.source;
        let is_mode =
            |value: &Value| matches!(value, Value::Int(bits) if (0..=0o777).contains(bits));
        match index {
            _ if index == p.empty_dir => inner.is_empty(),
            _ if index == p.secret => {
                let names = self.secret;
                !inner.str(names.name).is_empty()
                    && inner.iter().all(|(index, value)| {
                        index == names.name || (index == names.mode && is_mode(value))
                    })
            }
            _ if index == p.config_map => {
                let names = self.config_map;
                let reference = inner.message(names.reference);
                reference.is_some_and(|r| !r.str(self.reference.name).is_empty())
                    && inner.iter().all(|(index, value)| {
                        index == names.reference || (index == names.mode && is_mode(value))
                    })
            }
            _ => false,
        }
    }

    fn are_plain_containers(&self, spec: &Fields) -> bool {
        let p = &self.spec;
        let mut seen = Seen::default();
        [p.init_containers, p.containers].iter().all(|index| {
            let all = spec.get(*index).map_or(&[] as &[Value], list);
            all.len() <= FEW
                && all.iter().all(|container| match container {
                    Value::Message(container) => {
                        self.is_plain_container(container, spec, &mut seen)
                    }
                    _ => false,
                })
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
            Value::Str(_) => [p.name, p.working_dir, p.message_path].contains(&index),
            Value::Bool(_) => [p.stdin, p.stdin_once, p.tty].contains(&index),
            Value::List(_) if index == p.command || index == p.args => true,
            Value::List(ports) if index == p.ports => self.are_plain_ports(ports, seen),
            Value::List(variables) if index == p.env => self.are_plain_variables(variables),
            Value::List(mounts) if index == p.mounts => self.are_plain_mounts(mounts, spec),
            Value::Message(resources) if index == p.resources => {
                self.are_plain_resources(resources)
            }
            _ => false,
        });
        let required = [p.image, p.message_policy, p.pull_policy];
        are_fields && required.iter().all(|index| container.get(*index).is_some())
    }

    /// No number and no name twice in the whole pod: those are told of, or refused.
    fn are_plain_ports<'p>(&self, ports: &'p [Value], seen: &mut Seen<'p>) -> bool {
        let p = &self.port;
        ports.iter().all(|port| {
            let Value::Message(port) = port else {
                return false;
            };
            let are_fields = port.iter().all(|(index, value)| match value {
                Value::Str(text) if index == p.name => text.is_empty() || names::is_port_name(text),
                Value::Str(text) if index == p.protocol => is_one_of(text, &["SCTP", "TCP", "UDP"]),
                Value::Int(number) if index == p.number => (1..=65535).contains(number),
                _ => false,
            });
            let Some(Value::Int(number)) = port.get(p.number) else {
                return false;
            };
            let (name, protocol) = (port.str(p.name), port.str(p.protocol));
            let is_new = !seen.ports.contains(&(*number, protocol))
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
                let is_field = |(index, value): (u16, &Value)| {
                    matches!(value, Value::Str(_)) && (index == p.name || index == p.value)
                };
                is_new && names::is_variable(name) && variable.iter().all(is_field)
            })
    }

    fn are_plain_mounts(&self, mounts: &[Value], spec: &Fields) -> bool {
        let p = &self.mount;
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
                    Value::Str(_) => index == p.name || index == p.path,
                    Value::Bool(_) => index == p.read_only,
                    _ => false,
                };
                let volumes = &mut messages(spec, self.spec.volumes);
                is_new
                    && !path.is_empty()
                    && mount.iter().all(is_field)
                    && volumes.any(|volume| volume.str(self.volume.name) == name)
            })
    }

    /// CPU and memory alone, none negative, whole bytes, and no more asked for than allowed.
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
                let is_memory = &**name == "memory";
                let Some(wanted) = amount(value).filter(|_| is_memory || &**name == "cpu") else {
                    return false;
                };
                let is_whole = !is_memory || wanted % NANO == 0;
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
    port_names: Vec<&'p str>,
}

/// In nano-units. Amounts that are rounded or capped on the way are not plain.
fn amount(value: &Value) -> Option<i128> {
    const EXACT: usize = 15;
    match value {
        Value::Quantity(text) if text.len() <= EXACT => parse_nano(text),
        _ => None,
    }
}
