//! NodeResourcesFit: refuses nodes without room, and prefers by how full they would be
//! (LeastAllocated, MostAllocated or RequestedToCapacityRatio).

use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{
    FITS, MAX_NODE_SCORE, NodePlugin, Outcome, OutcomeId, Outcomes, Plugin, Reads,
};
use crate::requests::is_scalar;
use crate::template::Shape;
use serde::Deserialize;
use serde_json::Value;

/// A resource and its weight in a score.
#[derive(Debug, Clone, Deserialize)]
pub struct ResourceSpec {
    pub name: String,
    #[serde(default = "one")]
    pub weight: i64,
}

fn one() -> i64 {
    1
}

/// CPU and memory, alike.
pub fn default_resources() -> Vec<ResourceSpec> {
    ["cpu", "memory"]
        .map(|name| ResourceSpec {
            name: name.into(),
            weight: 1,
        })
        .to_vec()
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Args {
    ignored_resources: Vec<String>,
    ignored_resource_groups: Vec<String>,
    scoring_strategy: Option<Strategy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Strategy {
    r#type: String,
    resources: Vec<ResourceSpec>,
    requested_to_capacity_ratio: Option<Ratio>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ratio {
    shape: Vec<Point>,
}

/// A point of the line from utilization (percent) to score (0 to 10).
#[derive(Debug, Clone, Copy, Deserialize)]
struct Point {
    utilization: i64,
    score: i64,
}

#[derive(Debug)]
enum Scoring {
    LeastAllocated,
    MostAllocated,
    /// Points with scores of 0 to 100.
    Ratio(Vec<Point>),
}

struct NodeResourcesFit {
    ignored: Vec<String>,
    ignored_groups: Vec<String>,
    scoring: Scoring,
    resources: Vec<ResourceSpec>,
}

/// Builds it from `NodeResourcesFitArgs`.
pub fn build(args: &Value) -> Result<Plugin, String> {
    let args: Args = if args.is_null() {
        Args::default()
    } else {
        Args::deserialize(args).map_err(|error| error.to_string())?
    };
    let strategy = args.scoring_strategy.unwrap_or_default();
    let scoring = match strategy.r#type.as_str() {
        "" | "LeastAllocated" => Scoring::LeastAllocated,
        "MostAllocated" => Scoring::MostAllocated,
        "RequestedToCapacityRatio" => {
            let mut points = strategy
                .requested_to_capacity_ratio
                .unwrap_or_default()
                .shape;
            if points.is_empty() {
                return Err("requestedToCapacityRatio.shape: at least one point".into());
            }
            for point in &mut points {
                point.score *= MAX_NODE_SCORE / 10;
            }
            Scoring::Ratio(points)
        }
        other => return Err(format!("scoringStrategy.type: unknown {other:?}")),
    };
    let resources = if strategy.resources.is_empty() {
        default_resources()
    } else {
        strategy.resources
    };
    Ok(Plugin::Node(Box::new(NodeResourcesFit {
        ignored: args.ignored_resources,
        ignored_groups: args.ignored_resource_groups,
        scoring,
        resources,
    })))
}

impl NodeResourcesFit {
    fn ignores(&self, name: &str) -> bool {
        self.ignored.iter().any(|one| one == name)
            || name
                .split_once('/')
                .is_some_and(|(group, _)| self.ignored_groups.iter().any(|one| one == group))
    }

    /// Each resource that is too scarce, and whether the empty node would still be too small.
    fn shortages(&self, nodes: &Nodes, shape: &Shape, node: NodeSlot) -> (Vec<String>, bool) {
        let at = node as usize;
        let wanted = &shape.requests;
        let mut reasons = Vec::new();
        let mut too_small = false;
        if nodes.pod_count[at] + 1 > nodes.allowed_pods[at] {
            reasons.push("Too many pods".to_string());
        }
        let mut check = |name: &str, want: i64, allocatable: i64, requested: i64| {
            if want > 0 && want > allocatable - requested {
                reasons.push(format!("Insufficient {name}"));
                too_small |= want > allocatable;
            }
        };
        check(
            "cpu",
            wanted.milli_cpu,
            nodes.allocatable_milli_cpu[at],
            nodes.requested_milli_cpu[at],
        );
        check(
            "memory",
            wanted.memory_bytes,
            nodes.allocatable_memory[at],
            nodes.requested_memory[at],
        );
        check(
            "ephemeral-storage",
            wanted.ephemeral_storage_bytes,
            nodes.allocatable_ephemeral[at],
            nodes.requested_ephemeral[at],
        );
        for (name, want) in &wanted.scalars {
            if !self.ignores(name) {
                let (allocatable, requested) = nodes.scalar(node, name);
                check(name, *want, allocatable, requested);
            }
        }
        (reasons, too_small)
    }
}

/// What of a resource is allocatable on a node, already taken, and asked for, as scores count it
/// (CPU and memory with defaults for containers that ask for none when `non_zero`). All zero for a
/// resource that does not count.
pub fn allocation(
    nodes: &Nodes,
    shape: &Shape,
    node: NodeSlot,
    name: &str,
    non_zero: bool,
) -> (i64, i64, i64) {
    let at = node as usize;
    let wanted = &shape.requests;
    match name {
        "cpu" if non_zero => (
            nodes.allocatable_milli_cpu[at],
            nodes.non_zero_milli_cpu[at],
            wanted.non_zero_milli_cpu,
        ),
        "cpu" => (
            nodes.allocatable_milli_cpu[at],
            nodes.requested_milli_cpu[at],
            wanted.milli_cpu,
        ),
        "memory" if non_zero => (
            nodes.allocatable_memory[at],
            nodes.non_zero_memory[at],
            wanted.non_zero_memory_bytes,
        ),
        "memory" => (
            nodes.allocatable_memory[at],
            nodes.requested_memory[at],
            wanted.memory_bytes,
        ),
        "ephemeral-storage" => (
            nodes.allocatable_ephemeral[at],
            nodes.requested_ephemeral[at],
            wanted.ephemeral_storage_bytes,
        ),
        _ if is_scalar(name) => {
            let want = wanted
                .scalars
                .iter()
                .find(|(one, _)| one == name)
                .map_or(0, |(_, n)| *n);
            if want == 0 {
                return (0, 0, 0);
            }
            let (allocatable, requested) = nodes.scalar(node, name);
            (allocatable, requested, want)
        }
        _ => (0, 0, 0),
    }
}

fn on_line(points: &[Point], utilization: i64) -> i64 {
    for (index, point) in points.iter().enumerate() {
        if utilization > point.utilization {
            continue;
        }
        let Some(before) = index.checked_sub(1).map(|index| points[index]) else {
            return point.score;
        };
        return before.score
            + (point.score - before.score) * (utilization - before.utilization)
                / (point.utilization - before.utilization).max(1);
    }
    points.last().map_or(0, |point| point.score)
}

impl NodePlugin for NodeResourcesFit {
    fn reads(&self) -> Reads {
        Reads::Usage
    }

    fn filter(
        &self,
        nodes: &Nodes,
        shape: &Shape,
        node: NodeSlot,
        outcomes: &mut Outcomes,
    ) -> OutcomeId {
        let (reasons, too_small) = self.shortages(nodes, shape, node);
        if reasons.is_empty() {
            return FITS;
        }
        outcomes.id(Outcome {
            plugin: "NodeResourcesFit",
            resolvable: !too_small,
            reasons,
        })
    }

    fn score(&self, nodes: &Nodes, shape: &Shape, node: NodeSlot) -> i64 {
        let mut sum = 0;
        let mut weights = 0;
        for resource in &self.resources {
            let (allocatable, taken, want) = allocation(nodes, shape, node, &resource.name, true);
            if allocatable == 0 {
                continue;
            }
            let requested = taken + want;
            let score = match &self.scoring {
                Scoring::LeastAllocated if requested > allocatable => 0,
                Scoring::LeastAllocated => ratio(allocatable - requested, allocatable),
                Scoring::MostAllocated => ratio(requested.min(allocatable), allocatable),
                Scoring::Ratio(points) if requested > allocatable => on_line(points, 100),
                Scoring::Ratio(points) => on_line(points, ratio(requested, allocatable)),
            };
            // A ratio of 0 says nothing about a resource, so its weight does not count either.
            if matches!(self.scoring, Scoring::Ratio(_)) && score <= 0 {
                continue;
            }
            sum += score * resource.weight;
            weights += resource.weight;
        }
        match (&self.scoring, weights) {
            (_, 0) => 0,
            (Scoring::Ratio(_), _) => (sum as f64 / weights as f64).round() as i64,
            _ => sum / weights,
        }
    }
}

/// `100 * part / whole`, without overflow.
fn ratio(part: i64, whole: i64) -> i64 {
    (i128::from(part) * i128::from(MAX_NODE_SCORE) / i128::from(whole)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_interpolate() {
        let points = [
            Point {
                utilization: 0,
                score: 0,
            },
            Point {
                utilization: 50,
                score: 100,
            },
            Point {
                utilization: 100,
                score: 40,
            },
        ];
        assert_eq!(on_line(&points, 0), 0);
        assert_eq!(on_line(&points, 25), 50);
        assert_eq!(on_line(&points, 50), 100);
        assert_eq!(on_line(&points, 75), 70);
        assert_eq!(on_line(&points, 120), 40);
    }
}
