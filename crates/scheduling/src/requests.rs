//! How much of each resource a pod asks for (KEP-753 sidecars, KEP-688 overhead, KEP-2837 pod-level
//! resources, KEP-1287 resize).

use std::collections::BTreeMap;

use steersman_grammar::quantity::nano::{NANO, milli_units, parse_nano, units};

use crate::input::{Container, InputError, PodInput, ResourceList};

/// What a container without a CPU request counts as when nodes are scored.
const DEFAULT_CPU_NANO: i128 = 100_000_000;
/// What a container without a memory request counts as when nodes are scored: 200 MiB.
const DEFAULT_MEMORY_NANO: i128 = 200 * 1024 * 1024 * NANO;

type NanoList = BTreeMap<String, i128>;

/// A pod's requests in the units of the node columns (CPU in thousandths).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Requests {
    pub milli_cpu: i64,
    pub memory_bytes: i64,
    pub ephemeral_storage_bytes: i64,
    /// Extended resources, huge pages and the like, by name; zero ones are left out.
    pub scalars: Vec<(String, i64)>,
    /// CPU and memory with the defaults for containers that ask for none; used in scores only.
    pub non_zero_milli_cpu: i64,
    pub non_zero_memory_bytes: i64,
}

impl Requests {
    /// Computes them; an unreadable quantity is an error that names the pod.
    pub fn of(pod: &PodInput, object: &str) -> Result<Self, InputError> {
        let exact = total(pod, object, false)?;
        let non_zero = total(pod, object, true)?;
        let milli = |list: &NanoList, name: &str| list.get(name).map_or(0, |n| milli_units(*n));
        let whole = |list: &NanoList, name: &str| list.get(name).map_or(0, |n| units(*n));
        Ok(Self {
            milli_cpu: milli(&exact, "cpu"),
            memory_bytes: whole(&exact, "memory"),
            ephemeral_storage_bytes: whole(&exact, "ephemeral-storage"),
            scalars: exact
                .iter()
                .filter(|(name, nano)| is_scalar(name) && **nano > 0)
                .map(|(name, nano)| (name.clone(), units(*nano)))
                .collect(),
            non_zero_milli_cpu: milli(&non_zero, "cpu"),
            non_zero_memory_bytes: whole(&non_zero, "memory"),
        })
    }

    /// Whether nothing but a place among the node's pods is asked for.
    pub fn is_empty(&self) -> bool {
        self.milli_cpu == 0
            && self.memory_bytes == 0
            && self.ephemeral_storage_bytes == 0
            && self.scalars.is_empty()
    }
}

/// Extended resources (whose names have a domain), huge pages and attachable volumes are counted
/// as plain numbers.
pub fn is_scalar(name: &str) -> bool {
    !matches!(
        name,
        "cpu" | "memory" | "ephemeral-storage" | "pods" | "storage"
    ) && (name.contains('/')
        || name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-"))
}

fn supports_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

/// Init containers run one after another, sidecars from their turn on, the others together; the
/// overhead comes on top.
fn total(pod: &PodInput, object: &str, non_zero: bool) -> Result<NanoList, InputError> {
    let mut sum = NanoList::new();
    for container in &pod.containers {
        add(&mut sum, &container_requests(container, object, non_zero)?);
    }
    let mut sidecars = NanoList::new();
    let mut init_peak = NanoList::new();
    for container in &pod.init_containers {
        let own = container_requests(container, object, non_zero)?;
        if container.restart_policy == "Always" {
            add(&mut sum, &own);
            add(&mut sidecars, &own);
            raise(&mut init_peak, &sidecars);
        } else {
            let mut together = sidecars.clone();
            add(&mut together, &own);
            raise(&mut init_peak, &together);
        }
    }
    raise(&mut sum, &init_peak);
    for (name, nano) in read(&pod.resources.requests, object)? {
        if supports_pod_level(&name) {
            sum.insert(name, nano);
        }
    }
    add(&mut sum, &read(&pod.overhead, object)?);
    Ok(sum)
}

fn container_requests(
    container: &Container,
    object: &str,
    non_zero: bool,
) -> Result<NanoList, InputError> {
    let mut requests = read(&container.resources.requests, object)?;
    if let Some(allocated) = &container.allocated {
        raise(&mut requests, &read(allocated, object)?);
    }
    if non_zero {
        requests.entry("cpu".into()).or_insert(DEFAULT_CPU_NANO);
        requests
            .entry("memory".into())
            .or_insert(DEFAULT_MEMORY_NANO);
    }
    Ok(requests)
}

fn read(list: &ResourceList, object: &str) -> Result<NanoList, InputError> {
    let mut out = NanoList::new();
    for (name, text) in list {
        let nano = parse_nano(text)
            .ok_or_else(|| InputError::new(object, format!("{name}: bad quantity {text:?}")))?;
        out.insert(name.clone(), nano);
    }
    Ok(out)
}

/// Reads `status.allocatable` into the columns' units: `(name, value)`, CPU in thousandths.
pub fn read_allocatable(
    list: &ResourceList,
    object: &str,
) -> Result<Vec<(String, i64)>, InputError> {
    let convert = |(name, nano): (String, i128)| {
        let value = if name == "cpu" {
            milli_units(nano)
        } else {
            units(nano)
        };
        (name, value)
    };
    Ok(read(list, object)?.into_iter().map(convert).collect())
}

fn add(to: &mut NanoList, other: &NanoList) {
    for (name, nano) in other {
        *to.entry(name.clone()).or_insert(0) += nano;
    }
}

fn raise(to: &mut NanoList, other: &NanoList) {
    for (name, nano) in other {
        let entry = to.entry(name.clone()).or_insert(*nano);
        *entry = (*entry).max(*nano);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::decode;

    fn requests(text: &str) -> Requests {
        let pod: PodInput = decode("ns/p", text).unwrap_or_default();
        Requests::of(&pod, "ns/p").unwrap_or_default()
    }

    #[test]
    fn init_containers_take_the_peak_and_sidecars_stay() {
        let got = requests(
            r#"{"containers":[{"resources":{"requests":{"cpu":"2","memory":"1Gi"}}},
                {"resources":{"requests":{"cpu":"1","memory":"1Gi"}}}],
               "initContainers":[{"resources":{"requests":{"cpu":"2","memory":"3Gi"}}},
                {"restartPolicy":"Always","resources":{"requests":{"cpu":"500m"}}},
                {"resources":{"requests":{"cpu":"3500m"}}}],
               "overhead":{"cpu":"10m"}}"#,
        );
        // Peak of init: 500m + 3500m = 4; running: 3 + 0.5.
        assert_eq!(got.milli_cpu, 4010);
        assert_eq!(got.memory_bytes, 3 << 30);
    }

    #[test]
    fn pod_level_requests_replace_the_sum() {
        let got = requests(
            r#"{"resources":{"requests":{"cpu":"5"}},
               "containers":[{"resources":{"requests":{"cpu":"2","memory":"1Gi",
               "example.com/gpu":"2"}}}]}"#,
        );
        assert_eq!(got.milli_cpu, 5000);
        assert_eq!(got.memory_bytes, 1 << 30);
        assert_eq!(got.scalars, vec![("example.com/gpu".to_string(), 2)]);
    }

    #[test]
    fn scores_count_containers_without_requests() {
        let got = requests(r#"{"containers":[{},{"resources":{"requests":{"cpu":"0"}}}]}"#);
        assert!(got.is_empty());
        assert_eq!(got.non_zero_milli_cpu, 100);
        assert_eq!(got.non_zero_memory_bytes, 400 << 20);
    }
}
