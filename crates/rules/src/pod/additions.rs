//! What admission adds to a plain pod.

use steersman_codec::value::{Fields, Value};

use super::Places;

impl Places {
    /// Adds what `additions`, a pod, has: its lists behind the pod's own, its other fields in the
    /// place of the pod's. Mounts of its first container go to every container that has nothing at
    /// their path; its volumes are named `volume`, and are added where a mount was. An empty list
    /// of the pod and an absent one are alike.
    pub fn add(&self, pod: &mut Fields, additions: &Fields, volume: &str) {
        let Some(more) = additions.message(self.pod.spec) else {
            return;
        };
        let p = &self.spec;
        let mut is_mounted = false;
        let mounts: Vec<&Fields> = super::messages(more, p.containers)
            .take(1)
            .flat_map(|container| super::messages(container, self.container.mounts))
            .collect();
        let spec = pod.message_mut(self.pod.spec);
        for list in [p.init_containers, p.containers] {
            if let Some(Value::List(containers)) = spec.get_mut(list) {
                for container in containers {
                    if let Value::Message(container) = container {
                        is_mounted |= self.mount(container, &mounts, volume);
                    }
                }
            }
        }
        for (index, value) in more.iter() {
            match value {
                _ if index == p.containers => {}
                Value::List(items) if index == p.volumes => {
                    if is_mounted {
                        append(
                            spec,
                            index,
                            items.iter().map(|item| self.named(item, volume)),
                        );
                    }
                }
                Value::List(items) => append(spec, index, items.iter().cloned()),
                _ => spec.set(index, value.clone()),
            }
        }
    }

    fn mount(&self, container: &mut Fields, mounts: &[&Fields], volume: &str) -> bool {
        let p = &self.mount;
        let mut is_mounted = false;
        for mount in mounts {
            let path = mount.str(p.path);
            let taken = super::messages(container, self.container.mounts)
                .any(|own| own.str(p.path) == path);
            if taken {
                continue;
            }
            let mut mount = (*mount).clone();
            mount.set(p.name, Value::Str(volume.into()));
            append(
                container,
                self.container.mounts,
                [Value::Message(mount)].into_iter(),
            );
            is_mounted = true;
        }
        is_mounted
    }

    fn named(&self, volume: &Value, name: &str) -> Value {
        let mut volume = volume.clone();
        if let Value::Message(fields) = &mut volume {
            fields.set(self.volume.name, Value::Str(name.into()));
        }
        volume
    }
}

fn append(fields: &mut Fields, index: u16, items: impl ExactSizeIterator<Item = Value>) {
    if let Some(Value::List(list)) = fields.get_mut(index) {
        list.reserve_exact(items.len());
        list.extend(items);
    } else {
        fields.set(index, Value::List(items.collect()));
    }
}
