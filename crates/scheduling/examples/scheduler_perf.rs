//! Pods a second of the crate alone, on the workloads that upstream's `scheduler_perf` names:
//! `cargo run --release -p steersman-scheduling --example scheduler_perf [-- NODES PODS [NAME]]`.
//!
//! Nodes have upstream's node template (4 CPUs, 32Gi, 110 pods), pods its pod template (100m,
//! 500Mi). Batches are 256 pods, as `lib/scheduler` makes them at most.

use std::fmt::Write as _;
use std::time::Instant;
use steersman_scheduling::engine::{Decision, Engine};
use steersman_scheduling::profile::Config;
use steersman_scheduling::wire;

const BATCH: usize = 256;

/// A workload: what nodes carry beside the template, what pods do, and pods placed before.
struct Workload {
    name: &'static str,
    node_extra: fn(usize) -> String,
    /// JSON fields after the namespace.
    init_pod: fn(usize) -> String,
    init_share: f64,
    pod: fn(usize) -> String,
}

const RESOURCES: &str = r#""containers":[{"image":"pause:3.10","resources":{"requests":{"cpu":"100m","memory":"500Mi"}}}]"#;

fn zone(index: usize) -> String {
    format!(r#""topology.kubernetes.io/zone":"zone{}""#, index % 3)
}

fn plain(_: usize) -> String {
    RESOURCES.to_string()
}

fn term(kind: &str, key: &str) -> String {
    format!(
        r#"{RESOURCES},"labels":{{"color":"green"}},"affinity":{{"{kind}":{{"requiredDuringSchedulingIgnoredDuringExecution":[{{"labelSelector":{{"matchLabels":{{"color":"green"}}}},"topologyKey":"{key}"}}]}}}}"#
    )
}

fn preferred(kind: &str) -> String {
    format!(
        r#"{RESOURCES},"labels":{{"color":"red"}},"affinity":{{"{kind}":{{"preferredDuringSchedulingIgnoredDuringExecution":[{{"weight":1,"podAffinityTerm":{{"labelSelector":{{"matchLabels":{{"color":"red"}}}},"topologyKey":"kubernetes.io/hostname"}}}}]}}}}"#
    )
}

fn spread(when: &str) -> String {
    format!(
        r#"{RESOURCES},"labels":{{"color":"blue"}},"topologySpreadConstraints":[{{"maxSkew":5,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"{when}","labelSelector":{{"matchLabels":{{"color":"blue"}}}}}}]"#
    )
}

const WORKLOADS: &[Workload] = &[
    Workload {
        name: "SchedulingBasic",
        node_extra: |_| String::new(),
        init_pod: plain,
        init_share: 0.1,
        pod: plain,
    },
    Workload {
        name: "SchedulingDefaultSpread",
        node_extra: zone,
        init_pod: plain,
        init_share: 0.1,
        pod: |index| {
            let app = index % 50;
            format!(
                r#"{RESOURCES},"labels":{{"app":"a{app}"}},"defaultSelector":{{"matchLabels":{{"app":"a{app}"}}}}"#
            )
        },
    },
    Workload {
        name: "SchedulingUniquePods",
        node_extra: zone,
        init_pod: plain,
        init_share: 0.1,
        pod: |index| format!(r#"{RESOURCES},"labels":{{"pod-name":"p{index}"}}"#),
    },
    Workload {
        name: "SchedulingNodeAffinity",
        node_extra: |_| r#""topology.kubernetes.io/zone":"zone1""#.to_string(),
        init_pod: plain,
        init_share: 0.1,
        pod: |_| {
            format!(
                r#"{RESOURCES},"affinity":{{"nodeAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":{{"nodeSelectorTerms":[{{"matchExpressions":[{{"key":"topology.kubernetes.io/zone","operator":"In","values":["zone1","zone2"]}}]}}]}}}}}}"#
            )
        },
    },
    Workload {
        name: "SchedulingPodAffinity",
        node_extra: |_| r#""topology.kubernetes.io/zone":"zone1""#.to_string(),
        init_pod: |_| term("podAffinity", "topology.kubernetes.io/zone"),
        init_share: 0.5,
        pod: |_| term("podAffinity", "topology.kubernetes.io/zone"),
    },
    Workload {
        name: "SchedulingPodAntiAffinity",
        node_extra: |_| String::new(),
        init_pod: |_| term("podAntiAffinity", "kubernetes.io/hostname"),
        init_share: 0.1,
        pod: |_| term("podAntiAffinity", "kubernetes.io/hostname"),
    },
    Workload {
        name: "SchedulingPreferredPodAffinity",
        node_extra: |_| String::new(),
        init_pod: |_| preferred("podAffinity"),
        init_share: 0.5,
        pod: |_| preferred("podAffinity"),
    },
    Workload {
        name: "SchedulingPreferredPodAntiAffinity",
        node_extra: |_| String::new(),
        init_pod: |_| preferred("podAntiAffinity"),
        init_share: 0.5,
        pod: |_| preferred("podAntiAffinity"),
    },
    Workload {
        name: "TopologySpreading",
        node_extra: zone,
        init_pod: plain,
        init_share: 0.5,
        pod: |_| spread("DoNotSchedule"),
    },
    Workload {
        name: "PreferredTopologySpreading",
        node_extra: zone,
        init_pod: plain,
        init_share: 0.5,
        pod: |_| spread("ScheduleAnyway"),
    },
    Workload {
        name: "Unschedulable",
        node_extra: |_| String::new(),
        init_pod: |_| {
            r#""containers":[{"resources":{"requests":{"cpu":"9","memory":"500Mi"}}}]"#.to_string()
        },
        init_share: 0.1,
        pod: plain,
    },
    Workload {
        name: "PreemptionBasic",
        node_extra: |_| String::new(),
        init_pod: |_| {
            r#""containers":[{"resources":{"requests":{"cpu":"900m","memory":"500Mi"}}}]"#
                .to_string()
        },
        // Four a node: as many as fit.
        init_share: f64::NAN,
        pod: |_| {
            r#""priority":10,"containers":[{"resources":{"requests":{"cpu":"3","memory":"500Mi"}}}]"#
                .to_string()
        },
    },
    Workload {
        name: "ExtendedResource",
        node_extra: |_| String::new(),
        init_pod: plain,
        init_share: 0.1,
        pod: |_| {
            r#""containers":[{"resources":{"requests":{"cpu":"100m","foo.com/bar":"1"}}}]"#
                .to_string()
        },
    },
    Workload {
        name: "Daemonset",
        node_extra: |_| String::new(),
        init_pod: plain,
        init_share: 0.0,
        pod: |index| {
            let node = index % DAEMON_NODES.load(std::sync::atomic::Ordering::Relaxed);
            format!(
                r#"{RESOURCES},"affinity":{{"nodeAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":{{"nodeSelectorTerms":[{{"matchFields":[{{"key":"metadata.name","operator":"In","values":["node-{node}"]}}]}}]}}}}}}"#
            )
        },
    },
];

static DAEMON_NODES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);

fn add_nodes(engine: &mut Engine, workload: &Workload, nodes: usize) {
    let mut text = String::new();
    for index in 0..nodes {
        let extra = (workload.node_extra)(index);
        let comma = if extra.is_empty() { "" } else { "," };
        let _ = writeln!(
            text,
            "node+\t{{\"name\":\"node-{index}\",\"labels\":{{\"kubernetes.io/hostname\":\"node-{index}\"{comma}{extra}}},\"allocatable\":{{\"cpu\":\"4\",\"memory\":\"32Gi\",\"pods\":\"110\",\"foo.com/bar\":\"110\"}}}}"
        );
    }
    assert!(wire::apply(engine, &text).is_empty());
}

fn batches(from: usize, count: usize, pod: fn(usize) -> String) -> Vec<String> {
    let all: Vec<usize> = (from..from + count).collect();
    let line = |index: &usize| {
        format!(
            "uid-{index}\tns/pod-{index}\t\t{{\"namespace\":\"ns\",{}}}\n",
            pod(*index)
        )
    };
    all.chunks(BATCH)
        .map(|chunk| chunk.iter().map(line).collect())
        .collect()
}

fn run_batches(engine: &mut Engine, batches: &[String]) -> (usize, usize, usize) {
    let (mut placed, mut failed, mut preempting) = (0, 0, 0);
    for batch in batches {
        engine.begin_batch();
        for request in wire::requests(batch).unwrap_or_default() {
            match engine.schedule(0, request) {
                Decision::Placed { .. } => placed += 1,
                Decision::Failed(failure) if failure.preemption.is_some() => preempting += 1,
                _ => failed += 1,
            }
        }
    }
    (placed, failed, preempting)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, or: usize| {
        arguments
            .get(at)
            .and_then(|text| text.parse().ok())
            .unwrap_or(or)
    };
    let (nodes, pods) = (number(0, 5000), number(1, 10_000));
    let wanted = arguments.get(2);
    DAEMON_NODES.store(nodes, std::sync::atomic::Ordering::Relaxed);
    println!("{nodes} nodes, {pods} pods");
    for workload in WORKLOADS
        .iter()
        .filter(|one| wanted.is_none_or(|name| *name == one.name))
    {
        let Ok(mut engine) = Engine::new(Config::default()) else {
            continue;
        };
        add_nodes(&mut engine, workload, nodes);
        let init = if workload.init_share.is_nan() {
            nodes * 4
        } else {
            (pods as f64 * workload.init_share) as usize
        };
        run_batches(&mut engine, &batches(0, init, workload.init_pod));
        let mut count = if workload.name == "SchedulingPodAntiAffinity" {
            pods.min(nodes * 4 / 5)
        } else {
            pods
        };
        if workload.name == "PreemptionBasic" {
            count = count.min(nodes);
        }
        let measured = batches(init, count, workload.pod);
        let begin = Instant::now();
        let (placed, failed, preempting) = run_batches(&mut engine, &measured);
        let seconds = begin.elapsed().as_secs_f64();
        println!(
            "{:<36} {:>9.0} pods/s  ({placed} placed, {failed} failed, {preempting} preempting)",
            workload.name,
            count as f64 / seconds,
        );
    }
}
