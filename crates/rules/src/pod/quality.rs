//! A pod's class of quality of service: by CPU and memory alone.

use steersman_codec::value::{Fields, Value};
use steersman_grammar::quantity::nano::parse_nano;

use super::{Places, messages};

pub const BEST_EFFORT: &str = "BestEffort";
const BURSTABLE: &str = "Burstable";
const GUARANTEED: &str = "Guaranteed";

impl Places {
    /// Of a plain pod, which has no resources of its own beside its containers'.
    pub fn quality(&self, spec: &Fields) -> &'static str {
        let (mut any, mut guaranteed) = (false, true);
        for list in [self.spec.containers, self.spec.init_containers] {
            for container in messages(spec, list) {
                let resources = container.message(self.container.resources);
                for name in ["cpu", "memory"] {
                    let of = |index: u16| resources.and_then(|r| positive(r, index, name));
                    let (limit, request) = (of(self.resources.limits), of(self.resources.requests));
                    any |= limit.is_some() || request.is_some();
                    guaranteed &= limit.is_some() && request.is_none_or(|r| Some(r) == limit);
                }
            }
        }
        match (any, guaranteed) {
            (false, _) => BEST_EFFORT,
            (true, true) => GUARANTEED,
            (true, false) => BURSTABLE,
        }
    }
}

fn positive(resources: &Fields, index: u16, name: &str) -> Option<i128> {
    let Some(Value::Map(entries)) = resources.get(index) else {
        return None;
    };
    let (_, value) = entries.iter().find(|(key, _)| **key == *name)?;
    match value {
        Value::Quantity(text) => parse_nano(text).filter(|amount| *amount > 0),
        _ => None,
    }
}
