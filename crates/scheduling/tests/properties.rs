//! Properties over generated clusters: no pod is placed where a filter forbids it, and whatever
//! happened before, the engine knows what a new one that is told the outcome knows.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use steersman_scheduling::engine::{Decision, Engine, Explanation, Request};
use steersman_scheduling::profile::Config;
use steersman_scheduling::wire;

#[derive(Debug, Clone)]
enum Step {
    PutNode(u8, NodeKind),
    RemoveNode(u8),
    RemovePod(usize),
    Terminate(usize),
    Namespace(u8, bool),
    Schedule(PodKind),
}

#[derive(Debug, Clone)]
struct NodeKind {
    zone: Option<u8>,
    cpu: u8,
    tainted: bool,
    cordoned: bool,
}

#[derive(Debug, Clone, Copy)]
struct PodKind {
    app: u8,
    cpu: u8,
    tolerates: bool,
    zone: Option<u8>,
    port: bool,
    spread: u8,
    affinity: u8,
    priority: u8,
}

fn node_kind() -> impl Strategy<Value = NodeKind> {
    (
        proptest::option::of(0..3_u8),
        1..5_u8,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(zone, cpu, tainted, cordoned)| NodeKind {
            zone,
            cpu,
            tainted,
            cordoned,
        })
}

fn pod_kind() -> impl Strategy<Value = PodKind> {
    (
        0..3_u8,
        0..3_u8,
        any::<bool>(),
        prop::option::weighted(0.2, 0..3_u8),
        prop::bool::weighted(0.2),
        0..6_u8,
        0..8_u8,
        0..3_u8,
    )
        .prop_map(
            |(app, cpu, tolerates, zone, port, spread, affinity, priority)| PodKind {
                app,
                cpu,
                tolerates,
                zone,
                port,
                spread,
                affinity,
                priority,
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..8_u8, node_kind()).prop_map(|(node, kind)| Step::PutNode(node, kind)),
        1 => (0..8_u8).prop_map(Step::RemoveNode),
        2 => any::<usize>().prop_map(Step::RemovePod),
        1 => any::<usize>().prop_map(Step::Terminate),
        1 => (0..2_u8, any::<bool>()).prop_map(|(name, team)| Step::Namespace(name, team)),
        8 => pod_kind().prop_map(Step::Schedule),
    ]
}

fn node_json(node: u8, kind: &NodeKind) -> Value {
    let mut labels = json!({"kubernetes.io/hostname": format!("n{node}")});
    if let Some(zone) = kind.zone {
        labels["topology.kubernetes.io/zone"] = json!(format!("z{zone}"));
    }
    let taints = if kind.tainted {
        json!([{"key": "dedicated", "value": "x", "effect": "NoSchedule"}])
    } else {
        json!([])
    };
    json!({"name": format!("n{node}"), "labels": labels, "taints": taints,
        "unschedulable": kind.cordoned,
        "allocatable": {"cpu": kind.cpu.to_string(), "memory": "4Gi", "pods": "6"}})
}

fn pod_json(kind: &PodKind) -> Value {
    let app = format!("a{}", kind.app);
    let selector = json!({"matchLabels": {"app": app}});
    let mut pod = json!({
        "namespace": format!("ns{}", kind.app % 2),
        "labels": {"app": app},
        "priority": kind.priority,
        "containers": [{"resources": {"requests": {"cpu": format!("{}00m", kind.cpu * 4)}}}],
    });
    if kind.tolerates {
        pod["tolerations"] = json!([{"key": "dedicated", "operator": "Exists"}]);
    }
    if let Some(zone) = kind.zone {
        pod["nodeSelector"] = json!({"topology.kubernetes.io/zone": format!("z{zone}")});
    }
    if kind.port {
        pod["containers"][0]["ports"] = json!([{"hostPort": 8080, "protocol": "TCP"}]);
    }
    let constraint = |key: &str, when: &str, extra: Value| {
        let mut one = json!({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when,
            "labelSelector": selector});
        if let (Some(one), Some(extra)) = (one.as_object_mut(), extra.as_object()) {
            one.extend(extra.clone());
        }
        one
    };
    let (zone, host) = ("topology.kubernetes.io/zone", "kubernetes.io/hostname");
    match kind.spread {
        1 => {
            pod["topologySpreadConstraints"] = json!([constraint(zone, "DoNotSchedule", json!({}))])
        }
        2 => {
            pod["topologySpreadConstraints"] = json!([
                constraint(zone, "DoNotSchedule", json!({"nodeTaintsPolicy": "Honor"})),
                constraint(host, "ScheduleAnyway", json!({}))
            ]);
        }
        3 => {
            pod["topologySpreadConstraints"] =
                json!([constraint(host, "DoNotSchedule", json!({"minDomains": 3}))]);
        }
        4 => pod["defaultSelector"] = selector.clone(),
        _ => {}
    }
    let term = |key: &str| json!({"labelSelector": selector, "topologyKey": key});
    match kind.affinity {
        1 => {
            pod["affinity"] = json!({"podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [term(host)]}})
        }
        2 => {
            pod["affinity"] = json!({"podAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [term(zone)]}})
        }
        3 => {
            pod["affinity"] = json!({"podAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution":
                [{"weight": 10, "podAffinityTerm": term(zone)}]}})
        }
        4 => {
            pod["affinity"] = json!({"podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [{
                "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
                "namespaceSelector": {"matchLabels": {"team": "x"}}, "topologyKey": host}]}})
        }
        _ => {}
    }
    pod
}

/// What a new engine must be told to know the same: nodes, namespaces, pods on nodes.
#[derive(Default)]
struct World {
    nodes: BTreeMap<u8, NodeKind>,
    namespaces: BTreeMap<u8, bool>,
    /// Kind, node, and whether it is being deleted, by UID.
    pods: BTreeMap<String, (PodKind, String, bool)>,
}

fn pod_line(uid: &str, kind: &PodKind, node: &str, terminating: bool) -> String {
    let flags = if terminating { "t" } else { "" };
    format!(
        "pod+\t{uid}\tns/{uid}\t{node}\t{flags}\t\t{}\n",
        pod_json(kind)
    )
}

fn namespace_line(name: u8, team: bool) -> String {
    let labels = if team {
        json!({"team": "x"})
    } else {
        json!({})
    };
    format!(
        "namespace+\t{}\n",
        json!({"name": format!("ns{name}"), "labels": labels})
    )
}

impl World {
    fn told(&self) -> Engine {
        let mut engine = new_engine();
        let mut text = String::new();
        for (name, team) in &self.namespaces {
            text += &namespace_line(*name, *team);
        }
        for (node, kind) in &self.nodes {
            text += &format!("node+\t{}\n", node_json(*node, kind));
        }
        for (uid, (kind, node, terminating)) in &self.pods {
            text += &pod_line(uid, kind, node, *terminating);
        }
        assert!(wire::apply(&mut engine, &text).is_empty());
        engine
    }
}

fn new_engine() -> Engine {
    let config = Config {
        seed: 7,
        percentage_of_nodes_to_score: 100,
        ..Config::default()
    };
    match Engine::new(config) {
        Ok(engine) => engine,
        Err(error) => unreachable!("{error}"),
    }
}

fn explain(engine: &mut Engine, kind: &PodKind) -> Explanation {
    let text = pod_json(kind).to_string();
    let request = Request {
        uid: "probe",
        name: "ns/probe",
        nominated_node: "",
        text: &text,
    };
    match engine.explain(0, request) {
        Ok(explanation) => explanation,
        Err(error) => unreachable!("{error}"),
    }
}

fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut engine = new_engine();
    let mut world = World::default();
    for (index, step) in steps.into_iter().enumerate() {
        match step {
            Step::PutNode(node, kind) => {
                let text = format!("node+\t{}\n", node_json(node, &kind));
                prop_assert!(wire::apply(&mut engine, &text).is_empty());
                world.nodes.insert(node, kind);
            }
            Step::RemoveNode(node) => {
                wire::apply(&mut engine, &format!("node-\tn{node}"));
                world.nodes.remove(&node);
            }
            Step::RemovePod(at) => {
                let Some(uid) = nth_pod(&world, at) else {
                    continue;
                };
                wire::apply(&mut engine, &format!("pod-\t{uid}"));
                world.pods.remove(&uid);
            }
            Step::Terminate(at) => {
                let Some(uid) = nth_pod(&world, at) else {
                    continue;
                };
                if let Some((kind, node, terminating)) = world.pods.get_mut(&uid) {
                    *terminating = true;
                    wire::apply(&mut engine, &pod_line(&uid, kind, node, true));
                }
            }
            Step::Namespace(name, team) => {
                wire::apply(&mut engine, &namespace_line(name, team));
                world.namespaces.insert(name, team);
            }
            Step::Schedule(kind) => schedule(&mut engine, &mut world, index, kind)?,
        }
    }
    Ok(())
}

fn nth_pod(world: &World, at: usize) -> Option<String> {
    let len = world.pods.len();
    world.pods.keys().nth(at.checked_rem(len)?).cloned()
}

fn schedule(
    engine: &mut Engine,
    world: &mut World,
    index: usize,
    kind: PodKind,
) -> Result<(), TestCaseError> {
    let mut told = world.told();
    let expected = explain(&mut told, &kind);
    prop_assert_eq!(&explain(engine, &kind), &expected);
    let uid = format!("u{index}");
    let text = pod_json(&kind).to_string();
    engine.begin_batch();
    let request = Request {
        uid: &uid,
        name: &uid,
        nominated_node: "",
        text: &text,
    };
    match engine.schedule(0, request) {
        Decision::Placed { node, .. } => {
            let nodes = &expected.nodes;
            let best = nodes
                .iter()
                .filter(|n| n.refused.is_none())
                .map(|n| n.total)
                .max();
            let chosen = nodes.iter().find(|one| one.node == node);
            prop_assert!(chosen.is_some_and(|one| one.refused.is_none()));
            prop_assert_eq!(chosen.map(|one| one.total), best);
            world.pods.insert(uid, (kind, node.to_string(), false));
        }
        Decision::Failed(failure) => {
            prop_assert!(expected.nodes.iter().all(|one| one.refused.is_some()));
            if let Some(preemption) = &failure.preemption {
                preempts(world, &kind, &preemption.node, &preemption.victims)?;
                // The test's pods never wait for a nominated node.
                wire::apply(engine, &format!("nominated-\t{uid}"));
            }
        }
        Decision::Refused(error) => prop_assert!(false, "{}", error),
    }
    prop_assert_eq!(explain(engine, &kind), explain(&mut world.told(), &kind));
    Ok(())
}

/// The victims have lower priorities, and without them the node passes.
fn preempts(
    world: &World,
    kind: &PodKind,
    node: &str,
    victims: &[Box<str>],
) -> Result<(), TestCaseError> {
    let mut told = world.told();
    prop_assert!(!victims.is_empty());
    for victim in victims {
        let (other, on, _) = &world.pods[&**victim];
        prop_assert!(other.priority < kind.priority && on == node);
        wire::apply(&mut told, &format!("pod-\t{victim}"));
    }
    let after = explain(&mut told, kind);
    prop_assert!(
        after
            .nodes
            .iter()
            .any(|one| *one.node == *node && one.refused.is_none())
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn placements_respect_filters_and_state_does_not_drift(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        run(steps)?;
    }

    #[test]
    fn the_same_input_gives_the_same_placements(
        nodes in prop::collection::vec(node_kind(), 1..8),
        pods in prop::collection::vec(pod_kind(), 1..40),
    ) {
        let place = || {
            let mut engine = new_engine();
            for (index, node) in nodes.iter().enumerate() {
                wire::apply(&mut engine, &format!("node+\t{}", node_json(index as u8, node)));
            }
            let texts: Vec<String> = pods.iter().map(|kind| pod_json(kind).to_string()).collect();
            let mut decisions = Vec::new();
            for (index, text) in texts.iter().enumerate() {
                let uid = format!("u{index}");
                let request = Request { uid: &uid, name: &uid, nominated_node: "", text };
                decisions.push(engine.schedule(0, request));
            }
            decisions
        };
        prop_assert_eq!(place(), place());
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}", kind in "(node|pod|namespace|budget|nominated)[+-]") {
        let mut engine = new_engine();
        wire::apply(&mut engine, &format!("{kind}\t{text}"));
        wire::apply(&mut engine, &text);
        let _ = wire::requests(&text);
    }
}
