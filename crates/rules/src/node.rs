//! Nodes, as their kubelets write their status.

use steersman_codec::model::{MessageId, Model};
use steersman_codec::places;
use steersman_codec::value::{Fields, Value};
use steersman_grammar::quantity::nano::NANO;

use crate::pod::amount;
use crate::shape::FEW;

pub const MESSAGE: &str = "k8s.io.api.core.v1.Node";

places!(NodePlaces, "k8s.io.api.core.v1.Node", {
    metadata: "metadata",
    spec: "spec",
    status: "status",
});
places!(StatusPlaces, "k8s.io.api.core.v1.NodeStatus", {
    capacity: "capacity",
    allocatable: "allocatable",
    addresses: "addresses",
});
places!(AddressPlaces, "k8s.io.api.core.v1.NodeAddress", { kind: "type", address: "address" });

pub struct Places {
    pub id: Option<MessageId>,
    p: NodePlaces,
    status: StatusPlaces,
    address: AddressPlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            p: NodePlaces::of(model),
            status: StatusPlaces::of(model),
            address: AddressPlaces::of(model),
        }
    }

    /// Whether nothing is to be said of the status. The spec stays whatever is sent.
    pub fn is_plain_status(&self, node: &Fields) -> bool {
        let known = [self.p.metadata, self.p.spec, self.p.status];
        node.iter().all(|(index, _)| known.contains(&index))
            && node
                .message(self.p.status)
                .is_none_or(|status| self.are_plain_amounts(status) && self.are_addresses(status))
    }

    /// Where pods may use nothing, a default says that they may use all there is.
    fn are_plain_amounts(&self, status: &Fields) -> bool {
        let p = &self.status;
        let entries = |index: u16| match status.get(index) {
            Some(Value::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        let (capacity, allocatable) = (entries(p.capacity), entries(p.allocatable));
        (capacity.is_empty() || !allocatable.is_empty())
            && capacity.iter().chain(allocatable).all(|(name, value)| {
                let is_whole = |amount: i128| &**name == "cpu" || amount % NANO == 0;
                amount(value).is_some_and(|amount| amount >= 0 && is_whole(amount))
            })
    }

    fn are_addresses(&self, status: &Fields) -> bool {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        let all = match status.get(self.status.addresses) {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        all.len() <= FEW
            && all.iter().filter_map(Value::as_message).all(|address| {
                let pair = (
                    address.str(self.address.kind),
                    address.str(self.address.address),
                );
                let is_new = !seen.contains(&pair);
                seen.push(pair);
                is_new
            })
    }

    /// The status alone is written.
    pub fn keep_spec(&self, node: &mut Fields, old: &Fields) {
        node.put(self.p.spec, old.get(self.p.spec).cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_model() {
        let places = Places::of(Model::builtin());
        assert!(places.id.is_some());
        let p = [
            places.p.missing(),
            places.status.missing(),
            places.address.missing(),
        ]
        .concat();
        assert!(p.is_empty(), "{p:?}");
    }
}
