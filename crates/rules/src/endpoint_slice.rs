//! EndpointSlices.

use std::net::{Ipv4Addr, Ipv6Addr};

use steersman_codec::model::{MessageId, Model};
use steersman_codec::places;
use steersman_codec::value::{Fields, Value, equal_fields};

use crate::names;
use crate::shape::Check::{self, Any, Each, One, OneOf, Text, Texts};
use crate::shape::{Shape, any_text, are_different};

pub const MESSAGE: &str = "k8s.io.api.discovery.v1.EndpointSlice";
const MOST_ENDPOINTS: usize = 1000;
const MOST_ADDRESSES: usize = 100;
/// Zones, and nodes, that one endpoint is meant for.
const MOST_HINTS: usize = 8;

places!(SlicePlaces, "k8s.io.api.discovery.v1.EndpointSlice", {
    metadata: "metadata",
    address_type: "addressType",
});

/// One that is empty says as much as none, and would be told from none here.
const SOMETHING: Check = Check::Value(|value| match value {
    Value::Message(fields) => !fields.is_empty(),
    _ => false,
});

static ZONE: Shape = Shape::new(
    "k8s.io.api.discovery.v1.ForZone",
    &[("name", Text(names::is_label_value))],
)
.requires(&["name"]);
static NODE: Shape = Shape::new(
    "k8s.io.api.discovery.v1.ForNode",
    &[("name", Text(names::is_subdomain))],
)
.requires(&["name"]);
static HINTS: Shape = Shape::new(
    "k8s.io.api.discovery.v1.EndpointHints",
    &[("forZones", Each(&ZONE)), ("forNodes", Each(&NODE))],
)
.also(|hints| {
    let lists = ["forZones", "forNodes"];
    let are_plain = |list: &&str| {
        hints.list(list).len() <= MOST_HINTS
            && are_different(hints.each(list).map(|one| one.str("name")))
    };
    lists.iter().any(|list| hints.has(list)) && lists.iter().all(are_plain)
});
static ENDPOINT: Shape = Shape::new(
    "k8s.io.api.discovery.v1.Endpoint",
    &[
        ("addresses", Texts(any_text)),
        ("conditions", SOMETHING),
        ("hostname", Text(names::is_label)),
        ("targetRef", SOMETHING),
        ("nodeName", Text(names::is_subdomain)),
        ("zone", Text(any_text)),
        ("hints", One(&HINTS)),
    ],
)
.also(|endpoint| (1..=MOST_ADDRESSES).contains(&endpoint.list("addresses").len()));
/// Both are defaults: who sends them has them as they are stored.
static PORT: Shape = Shape::new(
    "k8s.io.api.discovery.v1.EndpointPort",
    &[
        (
            "name",
            Text(|name| name.is_empty() || names::is_label(name)),
        ),
        ("protocol", OneOf(&["SCTP", "TCP", "UDP"])),
        ("port", Any),
        ("appProtocol", Text(names::is_qualified)),
    ],
)
.requires(&["name", "protocol"]);
static SLICE: Shape = Shape::new(
    MESSAGE,
    &[
        ("metadata", Any),
        // Who writes names of hosts is told that they are going out of use.
        ("addressType", OneOf(&["IPv4", "IPv6"])),
        ("endpoints", Each(&ENDPOINT)),
        ("ports", Each(&PORT)),
    ],
)
.requires(&["addressType"])
.also(|slice| {
    let is_usable = match slice.str("addressType") {
        "IPv4" => is_usable_v4,
        _ => is_usable_v6,
    };
    let is_address = |value: &Value| matches!(value, Value::Str(text) if is_usable(text));
    slice.list("endpoints").len() <= MOST_ENDPOINTS
        && slice
            .each("endpoints")
            .all(|endpoint| endpoint.list("addresses").iter().all(is_address))
        && are_different(slice.each("ports").map(|port| port.str("name")))
});

fn is_usable_v4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok_and(|address| {
        let is_nowhere = address.is_unspecified() || address.is_loopback();
        !is_nowhere && !address.is_link_local() && !matches!(address.octets(), [224, 0, 0, _])
    })
}

fn is_usable_v6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok_and(|address| {
        let is_nowhere = address.is_unspecified() || address.is_loopback();
        let is_local = address.is_unicast_link_local() || address.segments()[0] == 0xff02;
        !is_nowhere && !is_local && names::is_canonical_v6(address, text)
    })
}

pub struct Places {
    pub id: Option<MessageId>,
    p: SlicePlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            p: SlicePlaces::of(model),
        }
    }

    pub fn is_plain(&self, slice: &Fields) -> bool {
        SLICE.accepts(slice)
    }

    /// Its kind of addresses stays. Whether it has changed is only told of a slice that was plain.
    pub fn is_plain_update(&self, slice: &Fields, old: &Fields) -> bool {
        let kind = self.p.address_type;
        slice.str(kind) == old.str(kind) && SLICE.accepts(slice) && SLICE.accepts(old)
    }

    /// Labels are part of what it says; `labels` is their place in metadata.
    pub fn has_changed(&self, slice: &Fields, old: &Fields, labels: u16) -> bool {
        let metadata = self.p.metadata;
        let of = |slice: &Fields| {
            let mut only = Fields::new();
            let found = slice.message(metadata).and_then(|meta| meta.get(labels));
            only.put(labels, found.cloned());
            only
        };
        !equal_fields(slice, old, &[metadata]) || !equal_fields(&of(slice), &of(old), &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_model() {
        let places = Places::of(Model::builtin());
        assert!(places.id.is_some());
        let missing = [places.p.missing(), SLICE.missing()].concat();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn addresses_that_traffic_can_go_to() {
        for good in ["10.0.0.1", "224.0.1.1", "255.255.255.255"] {
            assert!(is_usable_v4(good), "{good}");
        }
        for bad in [
            "",
            "0.0.0.0",
            "127.3.0.1",
            "169.254.1.1",
            "224.0.0.9",
            "01.2.3.4",
            "::1",
        ] {
            assert!(!is_usable_v4(bad), "{bad}");
        }
        for good in ["fd00::1", "2001:db8::1", "fe00::"] {
            assert!(is_usable_v6(good), "{good}");
        }
        for bad in [
            "",
            "::",
            "::1",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "fe80::1%eth0",
            "1.2.3.4",
            "2001:DB8::1",
            "2001:db8:0::1",
            "::ffff:1.2.3.4",
        ] {
            assert!(!is_usable_v6(bad), "{bad}");
        }
    }
}
