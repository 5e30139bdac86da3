//! ConfigMaps.

use steersman_codec::model::{MessageId, Model};
use steersman_codec::places;
use steersman_codec::value::{Fields, Value};

use crate::names;

pub const MESSAGE: &str = "k8s.io.api.core.v1.ConfigMap";
/// Bytes of all values together.
const DATA_BYTES: usize = 1024 * 1024;

places!(ConfigMapPlaces, "k8s.io.api.core.v1.ConfigMap", {
    metadata: "metadata",
    data: "data",
    binary: "binaryData",
    immutable: "immutable",
});

pub struct Places {
    pub id: Option<MessageId>,
    p: ConfigMapPlaces,
}

impl Places {
    pub fn of(model: &Model) -> Places {
        Places {
            id: model.find(MESSAGE),
            p: ConfigMapPlaces::of(model),
        }
    }

    pub fn is_plain(&self, fields: &Fields) -> bool {
        let p = &self.p;
        let mut bytes = 0;
        let is_plain = fields.iter().all(|(index, value)| match value {
            _ if index == p.metadata || index == p.immutable => true,
            Value::Map(entries) if index == p.data || index == p.binary => {
                entries.iter().all(|(key, value)| {
                    bytes += match value {
                        Value::Str(text) => text.len(),
                        Value::Bytes(bytes) => bytes.len(),
                        Value::Null => 0,
                        _ => return false,
                    };
                    names::is_config_key(key)
                })
            }
            _ => false,
        });
        is_plain && bytes <= DATA_BYTES && !self.has_key_twice(fields)
    }

    /// Of one that may be changed at all.
    pub fn is_plain_update(&self, fields: &Fields, old: &Fields) -> bool {
        !matches!(old.get(self.p.immutable), Some(Value::Bool(true))) && self.is_plain(fields)
    }

    fn has_key_twice(&self, fields: &Fields) -> bool {
        let (Some(Value::Map(data)), Some(Value::Map(binary))) =
            (fields.get(self.p.data), fields.get(self.p.binary))
        else {
            return false;
        };
        // Both are sorted.
        let has = |key: &str| {
            data.binary_search_by(|(other, _)| (**other).cmp(key))
                .is_ok()
        };
        binary.iter().any(|(key, _)| has(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_model() {
        let places = Places::of(Model::builtin());
        assert!(places.id.is_some());
        assert!(places.p.missing().is_empty(), "{:?}", places.p.missing());
    }
}
