//! NodeResourcesBalancedAllocation: prefers nodes whose resources the pod makes more evenly used.

use super::node_resources_fit::{ResourceSpec, allocation, default_resources};
use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{MAX_NODE_SCORE, NodePlugin, Plugin, Reads};
use crate::template::Shape;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Args {
    resources: Vec<ResourceSpec>,
}

struct BalancedAllocation {
    resources: Vec<ResourceSpec>,
}

/// Builds it from `NodeResourcesBalancedAllocationArgs`.
pub fn build(args: &Value) -> Result<Plugin, String> {
    let args: Args = if args.is_null() {
        Args::default()
    } else {
        Args::deserialize(args).map_err(|error| error.to_string())?
    };
    let resources = if args.resources.is_empty() {
        default_resources()
    } else {
        args.resources
    };
    Ok(Plugin::Node(Box::new(BalancedAllocation { resources })))
}

/// 100 when all fractions are equal, less by their standard deviation.
fn balance(fractions: &[f64]) -> i64 {
    let deviation = match fractions {
        [a, b] => ((a - b) / 2.0).abs(),
        [] | [_] => 0.0,
        _ => {
            let mean = fractions.iter().sum::<f64>() / fractions.len() as f64;
            let squares: f64 = fractions
                .iter()
                .map(|one| (one - mean) * (one - mean))
                .sum();
            (squares / fractions.len() as f64).sqrt()
        }
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}

impl NodePlugin for BalancedAllocation {
    fn reads(&self) -> Reads {
        Reads::Usage
    }

    fn score(&self, nodes: &Nodes, shape: &Shape, node: NodeSlot) -> i64 {
        let mut with = [0.0; 8];
        let mut without = [0.0; 8];
        let mut len = 0;
        let mut asks = false;
        // More than eight resources in one score are not told apart: the rest is left out.
        for resource in self.resources.iter().take(with.len()) {
            let (allocatable, taken, want) = allocation(nodes, shape, node, &resource.name, false);
            asks |= want > 0;
            if allocatable == 0 {
                continue;
            }
            with[len] = ((taken + want) as f64 / allocatable as f64).min(1.0);
            without[len] = (taken as f64 / allocatable as f64).min(1.0);
            len += 1;
        }
        // A pod that asks for nothing changes no balance; a preference would only heap such pods.
        if !asks {
            return 0;
        }
        let (with, without) = (balance(&with[..len]), balance(&without[..len]));
        MAX_NODE_SCORE / 2 + (MAX_NODE_SCORE / 2 + with - without) / 2
    }
}
