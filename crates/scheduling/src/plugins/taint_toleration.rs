//! TaintToleration: refuses nodes with taints that the pod does not tolerate, and prefers nodes
//! with fewer `PreferNoSchedule` taints.

use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{FITS, NodePlugin, Normalize, OutcomeId, Outcomes, Plugin, Reads};
use crate::taints::{all_tolerated, count_avoided};
use crate::template::Shape;
use serde_json::Value;

struct TaintToleration;

/// Builds it; it has no arguments.
pub fn build(_: &Value) -> Result<Plugin, String> {
    Ok(Plugin::Node(Box::new(TaintToleration)))
}

impl NodePlugin for TaintToleration {
    fn reads(&self) -> Reads {
        Reads::Placement
    }

    fn filter(
        &self,
        nodes: &Nodes,
        shape: &Shape,
        node: NodeSlot,
        outcomes: &mut Outcomes,
    ) -> OutcomeId {
        if all_tolerated(&shape.tolerations, &nodes.taints[node as usize]) {
            return FITS;
        }
        // Since 1.35 (and 1.34.2) upstream does not name the taint.
        outcomes.unresolvable("TaintToleration", "node(s) had untolerated taint(s)")
    }

    fn score(&self, nodes: &Nodes, shape: &Shape, node: NodeSlot) -> i64 {
        i64::from(count_avoided(
            &shape.tolerations,
            &nodes.taints[node as usize],
        ))
    }

    fn normalize(&self) -> Normalize {
        Normalize::ScaleReversed
    }
}
