//! Models that have some fields of another model's message and nothing else.

use std::collections::{BTreeMap, HashMap};

use super::{FieldSchema, FieldType, MessageId, MessageSchema, Model, Unstructured, index_names};

/// Fields by their names in JSON: those that are kept, or those that are left out. A field without
/// fields of its own is meant whole.
#[derive(Clone)]
pub(crate) struct FieldTree<'p> {
    leaves_out: bool,
    below: BTreeMap<&'p str, FieldTree<'p>>,
}

impl<'p> FieldTree<'p> {
    pub(crate) fn new(leaves_out: bool) -> FieldTree<'p> {
        let below = BTreeMap::new();
        FieldTree { leaves_out, below }
    }

    /// Adds a path such as `spec.volumes.secret.secretName`: lists and maps have no part in it.
    pub(crate) fn add(&mut self, path: &'p str) {
        let leaves_out = self.leaves_out;
        let mut tree = self;
        for name in path.split('.') {
            let below = tree.below.entry(name);
            tree = below.or_insert_with(|| FieldTree::new(leaves_out));
        }
    }
}

/// The message's own and all that it has below it, of the fields that were asked for.
struct Derivation<'m> {
    base: &'m Model,
    messages: Vec<Option<MessageSchema>>,
    /// Messages that are taken whole, by their ids in `base`.
    whole: HashMap<MessageId, MessageId>,
}

impl Model {
    /// A model of its own with the message's fields that `tree` names, and the message's id in it;
    /// none where one of the names is no field, or has no fields that could be told apart.
    pub(crate) fn derived(&self, id: MessageId, tree: &FieldTree) -> Option<(Model, MessageId)> {
        let mut derivation = Derivation {
            base: self,
            messages: Vec::new(),
            whole: HashMap::new(),
        };
        let root = derivation.part(id, tree)?;
        let object_meta = derivation.whole(self.object_meta);
        let mut messages: Vec<MessageSchema> =
            derivation.messages.into_iter().collect::<Option<_>>()?;
        for index in 0..messages.len() {
            index_names(&mut messages, index);
        }
        let model = Model {
            messages,
            by_name: HashMap::new(),
            by_kind: HashMap::new(),
            object_meta,
            partial_object_metadata: object_meta,
            unstructured: Unstructured::new(),
        };
        Some((model, root))
    }
}

impl Derivation<'_> {
    fn part(&mut self, id: MessageId, tree: &FieldTree) -> Option<MessageId> {
        let schema = self.base.message(id);
        let known = |name: &&&str| schema.json_entry(name).is_some();
        if !schema.is_plain() || !tree.below.keys().all(|name| known(&name)) {
            return None;
        }
        let place = self.reserve();
        let mut fields = Vec::new();
        let mut metadata = None;
        for (index, field) in schema.fields.iter().enumerate() {
            let Some(ty) = self.part_of_field(field, tree)? else {
                continue;
            };
            if schema.metadata == Some(index as u16) {
                metadata = Some(fields.len() as u16);
            }
            fields.push(FieldSchema {
                ty,
                ..field.clone()
            });
        }
        self.fill(place, schema, fields, metadata);
        Some(place)
    }

    /// The type that the field has in the part; the inner none where it is not in it.
    fn part_of_field(
        &mut self,
        field: &FieldSchema,
        tree: &FieldTree,
    ) -> Option<Option<FieldType>> {
        if let (FieldType::Message(id), true) = (field.ty, field.inline) {
            // Its fields' names stand beside those of the message that has it.
            let schema = self.base.message(id);
            let mut own = FieldTree::new(tree.leaves_out);
            for (name, tree) in &tree.below {
                if schema.json_entry(name).is_some() {
                    own.below.insert(name, tree.clone());
                }
            }
            if own.below.is_empty() && !tree.leaves_out {
                return Some(None);
            }
            return Some(Some(FieldType::Message(self.part(id, &own)?)));
        }
        let found = tree.below.get(&*field.json);
        match found.filter(|wanted| !wanted.below.is_empty()) {
            Some(wanted) => match field.ty {
                FieldType::Message(id) => Some(Some(FieldType::Message(self.part(id, wanted)?))),
                _ => None,
            },
            None if found.is_some() == tree.leaves_out => Some(None),
            None => Some(Some(self.whole_type(field.ty))),
        }
    }

    fn whole_type(&mut self, ty: FieldType) -> FieldType {
        match ty {
            FieldType::Message(id) => FieldType::Message(self.whole(id)),
            FieldType::OneOf(id, which) => FieldType::OneOf(self.whole(id), which),
            other => other,
        }
    }

    fn whole(&mut self, id: MessageId) -> MessageId {
        if let Some(known) = self.whole.get(&id) {
            return *known;
        }
        let place = self.reserve();
        self.whole.insert(id, place);
        let schema = self.base.message(id);
        let fields = schema
            .fields
            .iter()
            .map(|field| FieldSchema {
                ty: self.whole_type(field.ty),
                ..field.clone()
            })
            .collect();
        self.fill(place, schema, fields, schema.metadata);
        place
    }

    fn reserve(&mut self) -> MessageId {
        self.messages.push(None);
        MessageId((self.messages.len() - 1) as u16)
    }

    fn fill(
        &mut self,
        place: MessageId,
        schema: &MessageSchema,
        fields: Vec<FieldSchema>,
        metadata: Option<u16>,
    ) {
        self.messages[place.0 as usize] = Some(MessageSchema {
            name: schema.name.clone(),
            go_type: schema.go_type.clone(),
            root: schema.root,
            atomic: schema.atomic,
            group: schema.group.clone(),
            version: schema.version.clone(),
            kind: schema.kind.clone(),
            stored: place,
            fields,
            by_number: Vec::new(),
            has_defaults: schema.has_defaults,
            metadata,
            others: None,
            number_index: Vec::new(),
            json_entries: Vec::new(),
            by_name: Vec::new(),
            json_table: Vec::new(),
            form: schema.form,
        });
    }
}
