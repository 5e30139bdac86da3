//! Kinds whose fields no schema names: objects with metadata and whatever else, which is kept as
//! it came. Their messages are called `unstructured/GROUP/VERSION/KIND` and exist when they are
//! first asked for by that name.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use super::{
    Cardinality, FieldSchema, FieldType, Form, MessageId, MessageSchema, index_names,
    type_meta_fields,
};

const PREFIX: &str = "unstructured/";
/// Messages of one chunk, and chunks: as many as numbers of messages can tell apart.
const CHUNK: usize = 256;
const CHUNKS: usize = 256;

type Chunk = Box<[OnceLock<MessageSchema>]>;

/// Every message of this form that was asked for. A name says all there is to know of one, so
/// that whoever asks for the same name may share it; none is ever removed, and when there are as
/// many as numbers go the next name is unknown.
pub(super) struct Unstructured {
    by_name: RwLock<HashMap<Box<str>, MessageId>>,
    chunks: [OnceLock<Chunk>; CHUNKS],
}

impl Unstructured {
    pub(super) fn new() -> Unstructured {
        Unstructured {
            by_name: RwLock::default(),
            chunks: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    pub(super) fn message(&self, place: usize) -> Option<&MessageSchema> {
        self.chunks.get(place / CHUNK)?.get()?[place % CHUNK].get()
    }

    /// The number of that name, which is given to it now if it has none; numbers begin at `first`.
    pub(super) fn find(
        &self,
        name: &str,
        first: usize,
        object_meta: MessageId,
    ) -> Option<MessageId> {
        let mut parts = name.strip_prefix(PREFIX)?.split('/');
        let known = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = known.get(name) {
            return Some(*id);
        }
        drop(known);
        let (group, version, kind) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || version.is_empty() || kind.is_empty() {
            return None;
        }
        let mut known = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = known.get(name) {
            return Some(*id);
        }
        let place = known.len();
        let id = MessageId(
            u16::try_from(first + place)
                .ok()
                .filter(|id| *id < u16::MAX)?,
        );
        let chunk = self.chunks.get(place / CHUNK)?;
        let chunk = chunk.get_or_init(|| (0..CHUNK).map(|_| OnceLock::new()).collect());
        chunk[place % CHUNK].get_or_init(|| schema(name, [group, version, kind], id, object_meta));
        known.insert(name.into(), id);
        Some(id)
    }
}

fn schema(
    name: &str,
    [group, version, kind]: [&str; 3],
    id: MessageId,
    object_meta: MessageId,
) -> MessageSchema {
    let mut fields = type_meta_fields();
    fields.push(FieldSchema {
        json: "metadata".into(),
        key: "\"metadata\":".into(),
        number: 1,
        ty: FieldType::Message(object_meta),
        omit_empty: false,
        ..type_meta_fields().remove(0)
    });
    fields.push(FieldSchema {
        json: "".into(),
        key: "".into(),
        number: 2,
        ty: FieldType::Raw,
        cardinality: Cardinality::Map,
        inline: true,
        ..type_meta_fields().remove(0)
    });
    let mut message = MessageSchema {
        name: name.to_owned().into(),
        go_type: "unstructured.Unstructured".into(),
        root: true,
        atomic: false,
        group: group.to_owned().into(),
        version: version.to_owned().into(),
        kind: kind.to_owned().into(),
        stored: id,
        fields,
        by_number: Vec::new(),
        has_defaults: false,
        metadata: Some(2),
        others: Some(3),
        number_index: Vec::new(),
        json_entries: Vec::new(),
        by_name: Vec::new(),
        json_table: Vec::new(),
        form: Form::Object,
    };
    index_names(std::slice::from_mut(&mut message), 0);
    message
}

#[cfg(test)]
mod tests {
    use crate::model::Model;

    #[test]
    fn a_name_has_one_message() {
        let model = Model::builtin();
        let name = "unstructured/example.com/v1/Widget";
        let id = model.find(name).expect("an unstructured kind");
        assert_eq!(model.find(name), Some(id));
        assert!(model.has(id));
        let message = model.message(id);
        assert_eq!(message.api_version(), "example.com/v1");
        assert_eq!(&*message.kind, "Widget");
        assert_eq!(message.stored, id);
        let other = model.find("unstructured/example.com/v2/Widget");
        assert!(other.is_some_and(|other| other != id));
        // No built-in kind, and nobody else's.
        assert_eq!(model.find_kind("example.com/v1", "Widget"), None);
        assert!(model.ids().all(|known| known != id));
    }

    #[test]
    fn other_names_are_unknown() {
        for name in [
            "unstructured/",
            "unstructured/example.com/v1",
            "unstructured/example.com//Widget",
            "unstructured/example.com/v1/",
            "unstructured/example.com/v1/Widget/more",
            "Widget",
        ] {
            assert_eq!(Model::builtin().find(name), None, "{name}");
        }
    }
}
