//! Pods that are bound to their node.

use steersman_codec::value::{Fields, Value};

use super::Places;

const SCHEDULED: &str = "PodScheduled";

impl Places {
    /// Whether a pod that is not going may be bound: it has no node yet, and nothing holds it back.
    pub fn is_unbound(&self, pod: &Fields) -> bool {
        let gates = pod
            .message(self.pod.spec)
            .and_then(|s| s.get(self.spec.gates));
        let is_free = gates.is_none_or(|gates| matches!(gates, Value::List(g) if g.is_empty()));
        is_free
            && pod
                .message(self.pod.spec)
                .is_some_and(|s| s.str(self.spec.node).is_empty())
    }

    /// The condition that says so is the last one, unless it was true before.
    pub fn bind(&self, pod: &mut Fields, node: &str, seconds: i64) {
        let p = &self.condition;
        pod.message_mut(self.pod.spec)
            .set(self.spec.node, Value::Str(node.into()));
        let status = pod.message_mut(self.pod.status);
        let mut conditions = match status.take(self.status.conditions) {
            Some(Value::List(conditions)) => conditions,
            _ => Vec::new(),
        };
        let of = |condition: &Value| match condition {
            Value::Message(fields) if fields.str(p.kind) == SCHEDULED => {
                Some(fields.str(p.status) == "True")
            }
            _ => None,
        };
        if conditions.iter().find_map(of) != Some(true) {
            conditions.retain(|condition| of(condition).is_none());
            let mut scheduled = Fields::new();
            scheduled.set(p.kind, Value::Str(SCHEDULED.into()));
            scheduled.set(p.status, Value::Str("True".into()));
            scheduled.set(p.changed, Value::Time(seconds));
            conditions.push(Value::Message(scheduled));
        }
        status.set(self.status.conditions, Value::List(conditions));
    }
}
