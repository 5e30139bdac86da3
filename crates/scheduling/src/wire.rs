//! Many changes, or many pods, in one text: one line each, fields between tabs. JSON escapes tabs
//! and line feeds, so a JSON text is a field as it is.
//!
//! Changes, told with [`apply`]:
//!
//! | line | meaning |
//! |---|---|
//! | `node+ JSON` | a Node, new or changed ([`crate::input::NodeInput`]) |
//! | `node- NAME` | a Node is gone |
//! | `pod+ UID NAMESPACE/NAME NODE FLAGS START JSON` | a pod on a node, bound or assumed; FLAGS has
//! `t` when it is being deleted, `p` when by preemption; START is milliseconds since 1970 or empty
//! ([`crate::input::PodInput`]) |
//! | `pod- UID` | a pod is gone, has ended, or its binding failed |
//! | `namespace+ JSON`, `namespace- NAME` | a Namespace ([`crate::input::NamespaceInput`]) |
//! | `nominated+ UID NAMESPACE/NAME NODE JSON`, `nominated- UID` | a pending pod's nominated node |
//! | `budget+ JSON`, `budget- NAMESPACE/NAME` | a PodDisruptionBudget
//! ([`crate::preemption::DisruptionBudgetInput`]) |
//!
//! Pods to be placed, read by [`requests`]: `UID NAMESPACE/NAME NOMINATED_NODE JSON`.

use crate::cluster::Pod;
use crate::engine::{Engine, Request};
use crate::input::{InputError, decode};

/// Takes over changes in order. A line that cannot be read changes nothing and is reported.
pub fn apply(engine: &mut Engine, text: &str) -> Vec<InputError> {
    text.lines()
        .filter_map(|line| apply_line(engine, line).err())
        .collect()
}

fn apply_line(engine: &mut Engine, line: &str) -> Result<(), InputError> {
    let (kind, rest) = line.split_once('\t').unwrap_or((line, ""));
    let cluster = &mut engine.cluster;
    match kind {
        "node+" => cluster.put_node(decode("node", rest)?)?,
        "node-" => cluster.remove_node(rest),
        "pod+" => put_pod(engine, rest)?,
        "pod-" => {
            cluster.remove_pod(rest);
        }
        "namespace+" => cluster.put_namespace(decode("namespace", rest)?),
        "namespace-" => cluster.remove_namespace(rest),
        "nominated+" => {
            let [uid, name, node, json] = fields(rest)?;
            engine.nominations.put(cluster, uid, name, node, json)?;
        }
        "nominated-" => engine.nominations.remove(rest),
        "budget+" => engine.budgets.put(decode("budget", rest)?),
        "budget-" => engine.budgets.remove(rest),
        _ => return Err(InputError::new(kind, "unknown kind of change")),
    }
    Ok(())
}

fn put_pod(engine: &mut Engine, rest: &str) -> Result<(), InputError> {
    let [uid, name, node, flags, start, json] = fields(rest)?;
    let template = engine.cluster.template_of(name, json)?;
    engine.nominations.remove(uid);
    let pod = Pod {
        uid: uid.into(),
        name: name.into(),
        template,
        node: 0,
        terminating: flags.contains('t'),
        preempted: flags.contains('p'),
        start_millis: start.parse().unwrap_or(i64::MAX),
    };
    engine.cluster.put_pod(pod, node);
    Ok(())
}

/// Splits a line into exactly so many fields.
fn fields<const N: usize>(line: &str) -> Result<[&str; N], InputError> {
    let mut out = [""; N];
    let mut parts = line.splitn(N, '\t');
    for (index, field) in out.iter_mut().enumerate() {
        *field = parts
            .next()
            .ok_or_else(|| InputError::new(line, format!("{N} fields expected, {index} found")))?;
    }
    Ok(out)
}

/// Reads pods to be placed.
pub fn requests(text: &str) -> Result<Vec<Request<'_>>, InputError> {
    let one = |line| {
        let [uid, name, nominated_node, text] = fields(line)?;
        Ok(Request {
            uid,
            name,
            nominated_node,
            text,
        })
    };
    text.lines().map(one).collect()
}
