//! NodeUnschedulable: cordoned nodes take only pods that tolerate the cordon's taint.

use crate::input::Taint;
use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{FITS, NodePlugin, OutcomeId, Outcomes, Plugin, Reads};
use crate::taints::tolerated;
use crate::template::Shape;
use serde_json::Value;

struct NodeUnschedulable {
    cordon: Taint,
}

/// Builds it; it has no arguments.
pub fn build(_: &Value) -> Result<Plugin, String> {
    let cordon = Taint {
        key: "node.kubernetes.io/unschedulable".into(),
        value: String::new(),
        effect: "NoSchedule".into(),
    };
    Ok(Plugin::Node(Box::new(NodeUnschedulable { cordon })))
}

impl NodePlugin for NodeUnschedulable {
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
        if !nodes.unschedulable[node as usize] || tolerated(&shape.tolerations, &self.cordon) {
            return FITS;
        }
        outcomes.unresolvable("NodeUnschedulable", "node(s) were unschedulable")
    }
}
