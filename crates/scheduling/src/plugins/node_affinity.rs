//! NodeAffinity: `nodeSelector`, required and preferred node affinity, and the affinity that a
//! profile adds to every pod (`addedAffinity`).

use crate::input;
use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{FITS, NodePlugin, Normalize, OutcomeId, Outcomes, Plugin, Reads};
use crate::selector::{NodeMatch, NodeTerm};
use crate::template::Shape;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Args {
    added_affinity: Option<input::NodeAffinity>,
}

struct NodeAffinity {
    added: NodeMatch,
    added_preferred: Vec<(i64, NodeTerm)>,
}

/// Builds it from `NodeAffinityArgs`.
pub fn build(args: &Value) -> Result<Plugin, String> {
    let args: Args = if args.is_null() {
        Args::default()
    } else {
        Args::deserialize(args).map_err(|error| error.to_string())?
    };
    let added = args.added_affinity.unwrap_or_default();
    let preferred = added.preferred.iter().filter(|term| term.weight != 0);
    Ok(Plugin::Node(Box::new(NodeAffinity {
        added: NodeMatch::compile(&input::StringMap::new(), added.required.as_ref()),
        added_preferred: preferred
            .map(|term| (term.weight, NodeTerm::compile(&term.preference)))
            .filter(|(_, term)| !term.is_empty())
            .collect(),
    })))
}

impl NodePlugin for NodeAffinity {
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
        let (name, labels) = (&nodes.name[node as usize], &nodes.labels[node as usize]);
        if !self.added.matches(name, labels) {
            let reason = "node(s) didn't match scheduler-enforced node affinity";
            return outcomes.unresolvable("NodeAffinity", reason);
        }
        if !shape.node_match.matches(name, labels) {
            let reason = "node(s) didn't match Pod's node affinity/selector";
            return outcomes.unresolvable("NodeAffinity", reason);
        }
        FITS
    }

    fn score(&self, nodes: &Nodes, shape: &Shape, node: NodeSlot) -> i64 {
        let (name, labels) = (&nodes.name[node as usize], &nodes.labels[node as usize]);
        let terms = self.added_preferred.iter().chain(&shape.preferred);
        terms
            .filter(|(_, term)| term.matches(name, labels))
            .map(|(weight, _)| weight)
            .sum()
    }

    fn normalize(&self) -> Normalize {
        Normalize::Scale
    }
}
