//! NodeName: a pod that names its node goes nowhere else.

use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{FITS, NodePlugin, OutcomeId, Outcomes, Plugin, Reads};
use crate::template::Shape;
use serde_json::Value;

struct NodeName;

/// Builds it; it has no arguments.
pub fn build(_: &Value) -> Result<Plugin, String> {
    Ok(Plugin::Node(Box::new(NodeName)))
}

impl NodePlugin for NodeName {
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
        if shape.node_name.is_empty() || *shape.node_name == *nodes.name[node as usize] {
            return FITS;
        }
        outcomes.unresolvable("NodeName", "node(s) didn't match the requested node name")
    }
}
