//! ImageLocality: prefers nodes that already have large images of the pod, the more so the more
//! nodes have them (so that one node with an image does not draw every pod).

use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{MAX_NODE_SCORE, NodePlugin, Plugin, Reads};
use crate::template::Shape;
use serde_json::Value;

const MIB: i64 = 1024 * 1024;
/// Less than this is not worth a preference.
const MIN_BYTES: i64 = 23 * MIB;
/// More than this a container makes no difference.
const MAX_CONTAINER_BYTES: i64 = 1000 * MIB;

struct ImageLocality;

/// Builds it; it has no arguments.
pub fn build(_: &Value) -> Result<Plugin, String> {
    Ok(Plugin::Node(Box::new(ImageLocality)))
}

impl NodePlugin for ImageLocality {
    fn reads(&self) -> Reads {
        Reads::Placement
    }

    fn score(&self, nodes: &Nodes, shape: &Shape, node: NodeSlot) -> i64 {
        let all = nodes.len() as f64;
        let sum: i64 = shape
            .images
            .iter()
            .filter_map(|image| nodes.image(node, image))
            .map(|image| (image.size_bytes as f64 * (f64::from(image.nodes) / all)) as i64)
            .sum();
        let max = MAX_CONTAINER_BYTES * shape.images.len() as i64;
        if max <= MIN_BYTES {
            return 0;
        }
        MAX_NODE_SCORE * (sum.clamp(MIN_BYTES, max) - MIN_BYTES) / (max - MIN_BYTES)
    }
}
