//! What the engine answers in single cases: messages, preemption, nominations, profiles.

use steersman_scheduling::engine::{Decision, Engine, Failure, Request};
use steersman_scheduling::profile::{Config, ProfileConfig};
use steersman_scheduling::wire;

fn engine(lines: &[String]) -> Engine {
    let mut engine = match Engine::new(Config::default()) {
        Ok(engine) => engine,
        Err(error) => unreachable!("{error}"),
    };
    tell(&mut engine, lines);
    engine
}

fn tell(engine: &mut Engine, lines: &[String]) {
    assert_eq!(wire::apply(engine, &lines.join("\n")), []);
}

fn node(name: &str, cpu: &str) -> String {
    format!(
        r#"node+	{{"name":"{name}","labels":{{"kubernetes.io/hostname":"{name}"}},"allocatable":{{"cpu":"{cpu}","memory":"8Gi","pods":"10"}}}}"#
    )
}

fn pod(cpu: &str, extra: &str) -> String {
    format!(
        r#"{{"namespace":"ns","labels":{{"app":"a"}},"containers":[{{"resources":{{"requests":{{"cpu":"{cpu}"}}}}}}]{extra}}}"#
    )
}

fn placed(uid: &str, node: &str, start: &str, text: &str) -> String {
    format!("pod+\t{uid}\tns/{uid}\t{node}\t\t{start}\t{text}")
}

fn schedule(engine: &mut Engine, uid: &str, text: &str) -> Decision {
    engine.begin_batch();
    engine.schedule(
        0,
        Request {
            uid,
            name: uid,
            nominated_node: "",
            text,
        },
    )
}

fn failure(decision: Decision) -> Failure {
    match decision {
        Decision::Failed(failure) => failure,
        other => unreachable!("{other:?}"),
    }
}

fn pinned_to(name: &str) -> String {
    format!(
        r#","affinity":{{"nodeAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":{{"nodeSelectorTerms":[{{"matchFields":[{{"key":"metadata.name","operator":"In","values":["{name}"]}}]}}]}}}}}}"#
    )
}

#[test]
fn messages_have_upstreams_form() {
    let mut engine = engine(&[
        node("n1", "1"),
        node("n2", "2"),
        r#"node+	{"name":"n3","taints":[{"key":"k","value":"v","effect":"NoSchedule"}],"allocatable":{"cpu":"8","pods":"10"}}"#.to_string(),
        placed("old", "n2", "", &pod("1500m", "")),
    ]);
    let failed = failure(schedule(&mut engine, "u", &pod("1500m", "")));
    assert_eq!(
        failed.message,
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. \
         no new claims to deallocate, preemption: 0/3 nodes are available: \
         1 No preemption victims found for incoming pod, \
         2 Preemption is not helpful for scheduling."
    );
    assert_eq!(failed.plugins, ["NodeResourcesFit", "TaintToleration"]);
}

#[test]
fn pods_that_name_their_node_are_told_about_the_others_at_once() {
    let mut engine = engine(&[node("n1", "1"), node("n2", "2"), node("n3", "2")]);
    let failed = failure(schedule(&mut engine, "u", &pod("3", &pinned_to("n1"))));
    assert!(
        failed.message.starts_with(
            "0/3 nodes are available: 1 Insufficient cpu, \
             2 node(s) didn't satisfy plugin(s) [NodeAffinity]. "
        ),
        "{}",
        failed.message
    );
    let gone = failure(schedule(&mut engine, "v", &pod("1", &pinned_to("nx"))));
    assert!(
        gone.message
            .contains("3 node(s) didn't satisfy plugin(s) [NodeAffinity]")
    );
    assert!(matches!(
        schedule(&mut engine, "w", &pod("1", &pinned_to("n2"))),
        Decision::Placed { node, evaluated: 1, .. } if *node == *"n2"
    ));
}

#[test]
fn a_batch_counts_what_it_has_placed_itself() {
    let mut engine = engine(&[node("n1", "1"), node("n2", "1")]);
    let text = pod("600m", "");
    let mut nodes = Vec::new();
    for uid in ["a", "b"] {
        if let Decision::Placed { node, .. } = schedule(&mut engine, uid, &text) {
            nodes.push(node.to_string());
        }
    }
    nodes.sort();
    assert_eq!(nodes, ["n1", "n2"]);
    assert!(matches!(
        schedule(&mut engine, "c", &text),
        Decision::Failed(_)
    ));
    tell(&mut engine, &["pod-\ta".to_string()]);
    assert!(matches!(
        schedule(&mut engine, "c", &text),
        Decision::Placed { .. }
    ));
}

fn priority(value: i32) -> String {
    format!(r#","priority":{value}"#)
}

#[test]
fn preemption_takes_the_least_important_pods_that_are_enough() {
    let mut engine = engine(&[
        node("n1", "2"),
        node("n2", "2"),
        placed("n1-high", "n1", "1", &pod("1500m", &priority(8))),
        placed("n1-low", "n1", "2", &pod("500m", &priority(1))),
        placed("n2-mid", "n2", "3", &pod("1", &priority(5))),
        placed("n2-old", "n2", "4", &pod("500m", &priority(2))),
        placed("n2-new", "n2", "5", &pod("500m", &priority(2))),
    ]);
    let text = pod("500m", &priority(10));
    let preemption = failure(schedule(&mut engine, "u", &text)).preemption;
    let preemption = preemption.map(|found| (found.node.to_string(), found.victims));
    assert_eq!(preemption, Some(("n1".to_string(), vec!["n1-low".into()])));
    // The place is kept for it: the next one must look elsewhere, and spares the older pod.
    let preemption = failure(schedule(&mut engine, "v", &text)).preemption;
    let preemption = preemption.map(|found| (found.node.to_string(), found.victims));
    assert_eq!(preemption, Some(("n2".to_string(), vec!["n2-new".into()])));
}

#[test]
fn preemption_avoids_pods_that_a_budget_protects() {
    let budget = |allowed: i64| {
        format!(
            r#"budget+	{{"namespace":"ns","name":"b","selector":{{"matchLabels":{{"app":"a"}}}},"disruptionsAllowed":{allowed}}}"#
        )
    };
    let other = r#"{"namespace":"other","priority":3,"containers":[{"resources":{"requests":{"cpu":"1"}}}]}"#;
    let mut engine = engine(&[
        node("n1", "1"),
        node("n2", "1"),
        placed("guarded", "n1", "1", &pod("1", "")),
        placed("free", "n2", "1", other),
        budget(0),
    ]);
    let victims = |engine: &mut Engine, uid: &str| {
        let failed = failure(schedule(engine, uid, &pod("1", &priority(10))));
        failed
            .preemption
            .map(|found| found.victims)
            .unwrap_or_default()
    };
    assert_eq!(victims(&mut engine, "u"), ["free".into()]);
    tell(&mut engine, &["nominated-\tu".to_string(), budget(1)]);
    assert_eq!(victims(&mut engine, "u"), ["guarded".into()]);
}

#[test]
fn those_who_must_not_or_cannot_preempt_say_so() {
    let mut engine = engine(&[node("n1", "1"), placed("old", "n1", "1", &pod("1", ""))]);
    let never = pod("1", r#","priority":10,"preemptionPolicy":"Never""#);
    let failed = failure(schedule(&mut engine, "u", &never));
    assert!(
        failed
            .message
            .ends_with("preemption: not eligible due to preemptionPolicy=Never."),
        "{}",
        failed.message
    );
    let text = pod("1", &priority(10));
    assert!(
        failure(schedule(&mut engine, "v", &text))
            .preemption
            .is_some()
    );
    // The victim is on its way out: the pod waits for it.
    tell(
        &mut engine,
        &[format!("pod+\told\tns/old\tn1\ttp\t1\t{}", pod("1", ""))],
    );
    let waits = failure(engine.schedule(
        0,
        Request {
            uid: "v",
            name: "v",
            nominated_node: "n1",
            text: &text,
        },
    ));
    assert!(
        waits
            .message
            .ends_with("preemption: not eligible due to a terminating pod on the nominated node."),
        "{}",
        waits.message
    );
}

#[test]
fn a_nominated_pods_place_is_kept_from_lower_priorities() {
    let waiting = pod("1", &priority(10));
    let mut engine = engine(&[
        node("n1", "1"),
        format!("nominated+\tw\tns/w\tn1\t{waiting}"),
    ]);
    assert!(matches!(
        schedule(&mut engine, "low", &pod("1", "")),
        Decision::Failed(_)
    ));
    let over = schedule(&mut engine, "high", &pod("1", &priority(11)));
    assert!(matches!(over, Decision::Placed { .. }));
    tell(&mut engine, &["pod-\thigh".to_string()]);
    let own = schedule(&mut engine, "w", &waiting);
    assert!(matches!(own, Decision::Placed { .. }));
}

#[test]
fn preferred_nodes_win_and_profiles_differ() {
    let profile = |name: &str, args: &str| -> Config {
        let text = format!(
            r#"{{"profiles":[{{"schedulerName":"{name}","plugins":[{{"name":"NodeResourcesFit","args":{args}}}]}}]}}"#
        );
        steersman_scheduling::input::decode("config", &text).unwrap_or_default()
    };
    let lines = [
        node("empty", "4"),
        node("full", "4"),
        placed("old", "full", "", &pod("2", "")),
    ];
    for (kind, wanted) in [("LeastAllocated", "empty"), ("MostAllocated", "full")] {
        let args = format!(r#"{{"scoringStrategy":{{"type":"{kind}"}}}}"#);
        let Ok(mut engine) = Engine::new(profile("s", &args)) else {
            unreachable!()
        };
        tell(&mut engine, &lines);
        assert!(
            matches!(schedule(&mut engine, "u", &pod("1", "")), Decision::Placed { node, .. } if *node == *wanted)
        );
    }
}

#[test]
fn bad_configuration_and_bad_pods_are_answers() {
    let bad = |profile: ProfileConfig| {
        let config = Config {
            profiles: vec![profile],
            ..Config::default()
        };
        Engine::new(config)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let plugin: ProfileConfig =
        steersman_scheduling::input::decode("p", r#"{"plugins":[{"name":"Nope"}]}"#)
            .unwrap_or_default();
    assert_eq!(
        bad(plugin),
        Err(r#"profiles[0].plugins[0]: unknown plugin "Nope""#.to_string())
    );
    let mut engine = engine(&[node("n1", "1")]);
    let refused = schedule(&mut engine, "u", &pod("1x", ""));
    assert!(matches!(refused, Decision::Refused(error) if error.to_string().contains("1x")));
    assert_eq!(wire::apply(&mut engine, "pod+\tu\tns/u\tn1").len(), 1);
    assert_eq!(wire::apply(&mut engine, "colour\tred").len(), 1);
}

#[test]
fn idle_templates_are_forgotten_and_counts_survive_it() {
    let apart = pod(
        "100m",
        r#","affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{"matchLabels":{"app":"a"}},"topologyKey":"kubernetes.io/hostname"}]}}"#,
    );
    let mut engine = engine(&[node("n1", "4"), node("n2", "4"), node("n3", "4")]);
    for uid in ["a", "b"] {
        assert!(matches!(
            schedule(&mut engine, uid, &apart),
            Decision::Placed { .. }
        ));
    }
    for index in 0..6000 {
        let unique = pod("100", &format!(r#","nodeSelector":{{"k{index}":"v"}}"#));
        assert!(matches!(
            schedule(&mut engine, "u", &unique),
            Decision::Failed(_)
        ));
    }
    assert!(
        engine.cluster.templates.len() < 4300,
        "{}",
        engine.cluster.templates.len()
    );
    assert!(engine.cluster.shapes.len() < 4300);
    assert!(matches!(
        schedule(&mut engine, "c", &apart),
        Decision::Placed { .. }
    ));
    let full = failure(schedule(&mut engine, "d", &apart));
    assert!(
        full.message
            .contains("3 node(s) didn't match pod anti-affinity rules"),
        "{}",
        full.message
    );
    tell(&mut engine, &["pod-\tb".to_string()]);
    assert!(matches!(
        schedule(&mut engine, "d", &apart),
        Decision::Placed { .. }
    ));
}

/// As many terms as an object of a request may have in one list, all different: work that grows with
/// their square does not end here.
#[test]
fn a_pod_may_have_ten_thousand_terms() {
    let terms = |key: &str| {
        let term = |number: usize| {
            format!(
                r#"{{"labelSelector":{{"matchLabels":{{"{key}":"v{number}"}}}},"topologyKey":"kubernetes.io/hostname"}}"#
            )
        };
        (0..10_000).map(term).collect::<Vec<_>>()
    };
    let list = |terms: Vec<String>| terms.join(",");
    let weighted = |term: &String| format!(r#"{{"weight":1,"podAffinityTerm":{term}}}"#);
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    let mut engine = engine(&[node("a", "4"), node("b", "4")]);
    let kinds = [
        (r#""podAntiAffinity""#, required, list(terms("x")), true),
        (
            r#""podAffinity""#,
            preferred,
            list(terms("y").iter().map(weighted).collect()),
            true,
        ),
        // Nobody is what it wants to be near to, itself included.
        (r#""podAffinity""#, required, list(terms("z")), false),
    ];
    for (number, (kind, rule, terms, fits)) in kinds.into_iter().enumerate() {
        let extra = format!(r#","affinity":{{{kind}:{{"{rule}":[{terms}]}}}}"#);
        let decision = schedule(&mut engine, &format!("p{number}"), &pod("1", &extra));
        assert_eq!(!matches!(decision, Decision::Failed(_)), fits, "{kind}");
    }
}
