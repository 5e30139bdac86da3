//! NodePorts: two pods cannot have the same host port on one node.

use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{FITS, NodePlugin, OutcomeId, Outcomes, Plugin, Reads};
use crate::template::Shape;
use serde_json::Value;

struct NodePorts;

/// Builds it; it has no arguments.
pub fn build(_: &Value) -> Result<Plugin, String> {
    Ok(Plugin::Node(Box::new(NodePorts)))
}

impl NodePlugin for NodePorts {
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
        let taken = &nodes.host_ports[node as usize];
        let conflict = shape
            .host_ports
            .iter()
            .any(|port| taken.iter().any(|other| other.conflicts(port)));
        if !conflict {
            return FITS;
        }
        let reason = "node(s) didn't have free ports for the requested pod ports";
        outcomes.unschedulable("NodePorts", reason)
    }
}
