//! The schema model: what each message's fields are called, how they are numbered and written,
//! and how lists merge. The built-in messages are read once from the generated table; kinds without
//! a schema are messages made at run time (see `unstructured`). Structural schemas will be models
//! of their own, which is why every walker takes a `&Model` and a message id instead of a Rust
//! type.

mod derived;
mod unstructured;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) use derived::FieldTree;
use unstructured::Unstructured;

/// Names of the built-in model stand in the program; those of other models are their own.
pub type Text = Cow<'static, str>;

/// Index of a message in its model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct MessageId(pub u16);

/// What a single value of a field is, with messages of special JSON form told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldType {
    Bool,
    Int32,
    Int64,
    Double,
    String,
    Bytes,
    Message(MessageId),
    Time,
    MicroTime,
    Duration,
    Quantity,
    IntOrString,
    /// Bytes of field 1 that are JSON themselves.
    Raw,
    /// A message whose JSON is the list of strings in its field 1.
    StringArray,
    /// apiextensions' "or" messages: the input's shape decides.
    OneOf(MessageId, OneOf),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OneOf {
    SchemaOrArray,
    SchemaOrBool,
    SchemaOrStringArray,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cardinality {
    Single,
    Repeated,
    /// Keys are strings.
    Map,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListType {
    Atomic,
    Set,
    Map,
}

#[derive(Clone)]
pub struct FieldSchema {
    pub json: Text,
    /// `"name":`, ready to write.
    pub key: Text,
    /// 0 for kind and apiVersion of a root message, which protobuf does not carry.
    pub number: u32,
    pub ty: FieldType,
    pub cardinality: Cardinality,
    pub omit_empty: bool,
    pub omit_zero: bool,
    pub pointer: bool,
    pub required: bool,
    pub inline: bool,
    pub default: Option<Text>,
    pub list_type: Option<ListType>,
    pub list_map_keys: Vec<Text>,
    /// Of a map field or of a field that holds one object: replaced as a whole.
    pub atomic_map: bool,
    /// Of a field that holds one object: not replaced as a whole, as its message is elsewhere.
    pub granular: bool,
    /// Comma-separated, as upstream's struct tag: `merge`, `replace`, `retainKeys`.
    pub patch_strategy: Text,
    pub patch_merge_key: Text,
}

impl FieldSchema {
    /// Whether server-side apply owns the object that it holds as one value.
    pub fn is_one_value(&self, message: &MessageSchema) -> bool {
        self.atomic_map || (message.atomic && !self.granular)
    }

    /// Whether it has the fields that its message does not name: see `MessageSchema::others`.
    pub fn has_others(&self) -> bool {
        self.inline && self.cardinality == Cardinality::Map
    }
}

/// Where a JSON name leads: through inline fields to the field itself.
pub struct JsonEntry {
    pub name: Text,
    path: [u16; 3],
    depth: u8,
}

impl JsonEntry {
    pub fn path(&self) -> &[u16] {
        &self.path[..self.depth as usize]
    }
}

pub struct MessageSchema {
    pub name: Text,
    /// As Go prints it: `v1.Pod`.
    pub go_type: Text,
    pub root: bool,
    /// The whole object is one value to server-side apply.
    pub atomic: bool,
    pub group: Text,
    pub version: Text,
    pub kind: Text,
    /// The message it is stored as.
    pub stored: MessageId,
    /// In file order, which is JSON's.
    pub fields: Vec<FieldSchema>,
    /// Field indexes by ascending number, without those that protobuf lacks.
    pub by_number: Vec<u16>,
    /// Something below has a static default.
    pub has_defaults: bool,
    /// Index of a root's `metadata` where that is an ObjectMeta.
    pub metadata: Option<u16>,
    /// Index of the field, a map of raw values, that has what no other field is called after; none
    /// where unknown fields are dropped.
    pub others: Option<u16>,
    number_index: Vec<u16>,
    json_entries: Vec<JsonEntry>,
    /// Of json_entries, by name.
    by_name: Vec<u16>,
    json_table: Vec<u16>,
    form: Form,
}

const NONE: u16 = u16::MAX;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Object,
    Array,
    Raw,
    Duration,
    Time,
    MicroTime,
    Quantity,
    IntOrString,
    OneOf,
}

impl MessageSchema {
    pub fn field_by_number(&self, number: u32) -> Option<u16> {
        match self.number_index.get(number as usize) {
            Some(&index) if index != NONE => Some(index),
            _ => None,
        }
    }

    /// Whether its objects are stored and sent as JSON alone.
    pub fn is_unstructured(&self) -> bool {
        self.others.is_some()
    }

    /// Finds a JSON name, and its position among all names of the message.
    pub fn json_entry(&self, name: &str) -> Option<(usize, &JsonEntry)> {
        let mask = self.json_table.len().checked_sub(1)?;
        let mut slot = hash(name) as usize & mask;
        loop {
            let index = self.json_table[slot];
            if index == NONE {
                return None;
            }
            let entry = &self.json_entries[index as usize];
            if *entry.name == *name {
                return Some((index as usize, entry));
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Its names in JSON, sorted.
    pub fn entries_by_name(&self) -> impl Iterator<Item = &JsonEntry> {
        self.by_name
            .iter()
            .map(|at| &self.json_entries[*at as usize])
    }

    /// Whether its JSON is an object of its fields.
    pub fn is_plain(&self) -> bool {
        self.form == Form::Object
    }

    pub fn field_index(&self, json: &str) -> Option<u16> {
        self.fields
            .iter()
            .position(|f| *f.json == *json)
            .map(|i| i as u16)
    }

    /// `v1`, `apps/v1`; empty where the message is no kind of its own.
    pub fn api_version(&self) -> String {
        match (self.group.is_empty(), self.version.is_empty()) {
            (_, true) => String::new(),
            (true, false) => self.version.to_string(),
            (false, false) => format!("{}/{}", self.group, self.version),
        }
    }

    /// The Go name without its package.
    pub fn go_name(&self) -> &str {
        self.go_type.rsplit('.').next().unwrap_or(&self.go_type)
    }
}

fn hash(name: &str) -> u32 {
    let b = name.as_bytes();
    let at = |i: usize| u32::from(b.get(i).copied().unwrap_or(0));
    let n = b.len();
    let h = (n as u32) ^ (at(0) << 5) ^ (at(n / 2) << 11) ^ (at(n.saturating_sub(1)) << 17);
    let h = h ^ (at(n / 3) << 23);
    h.wrapping_mul(0x9E37_79B1) >> 15
}

pub struct Model {
    messages: Vec<MessageSchema>,
    by_name: HashMap<Text, MessageId>,
    by_kind: HashMap<String, MessageId>,
    pub object_meta: MessageId,
    pub partial_object_metadata: MessageId,
    unstructured: Unstructured,
}

impl Model {
    /// Kubernetes' own kinds. Read at first use (well under a millisecond), then shared by all
    /// threads.
    pub fn builtin() -> &'static Model {
        static BUILTIN: OnceLock<Model> = OnceLock::new();
        BUILTIN.get_or_init(|| Loader::load(include_str!("gen/model.txt")))
    }

    pub fn message(&self, id: MessageId) -> &MessageSchema {
        match self.messages.get(id.0 as usize) {
            Some(message) => message,
            None => self.made(id).expect("the id is of this model"),
        }
    }

    /// One that was made at run time.
    #[cold]
    fn made(&self, id: MessageId) -> Option<&MessageSchema> {
        let place = (id.0 as usize).checked_sub(self.messages.len())?;
        self.unstructured.message(place)
    }

    pub fn has(&self, id: MessageId) -> bool {
        (id.0 as usize) < self.messages.len() || self.made(id).is_some()
    }

    /// By full name, for example `k8s.io.api.core.v1.Pod` or `unstructured/example.com/v1/Widget`.
    pub fn find(&self, name: &str) -> Option<MessageId> {
        self.by_name.get(name).copied().or_else(|| {
            let first = self.messages.len();
            self.unstructured.find(name, first, self.object_meta)
        })
    }

    /// Of the built-in kinds: others have no owner to ask, so they are asked for by their names.
    pub fn find_kind(&self, api_version: &str, kind: &str) -> Option<MessageId> {
        self.by_kind.get(&format!("{api_version}/{kind}")).copied()
    }

    /// Of the built-in messages.
    pub fn ids(&self) -> impl Iterator<Item = MessageId> {
        (0..self.messages.len()).map(|i| MessageId(i as u16))
    }
}

struct Loader {
    ids: HashMap<&'static str, MessageId>,
    forms: Vec<Form>,
    names: Vec<&'static str>,
}

impl Loader {
    fn load(text: &'static str) -> Model {
        let mut loader = Loader {
            ids: HashMap::new(),
            forms: Vec::new(),
            names: Vec::new(),
        };
        for line in text.lines().filter(|l| l.starts_with('M')) {
            let mut columns = line.split('\t').skip(1);
            let name = columns.next().unwrap_or("");
            loader
                .ids
                .insert(name, MessageId(loader.names.len() as u16));
            loader.names.push(name);
            loader.forms.push(form(columns.nth(2).unwrap_or("")));
        }
        let mut messages: Vec<MessageSchema> = Vec::with_capacity(loader.names.len());
        let mut columns: Vec<&'static str> = Vec::with_capacity(16);
        for line in text.lines() {
            columns.clear();
            columns.extend(line.split('\t'));
            if columns[0] == "M" {
                messages.push(loader.message(&columns, messages.len()));
            } else if let Some(last) = messages.last_mut() {
                last.fields.push(loader.field(&columns));
            }
        }
        loader.finish(messages)
    }

    fn message(&self, c: &[&'static str], index: usize) -> MessageSchema {
        let root = c[3].contains('r');
        let fields = if root { type_meta_fields() } else { Vec::new() };
        MessageSchema {
            name: c[1].into(),
            go_type: c[2].into(),
            root,
            atomic: c[3].contains('a'),
            group: c[5].into(),
            version: c[6].into(),
            kind: c[7].into(),
            stored: self
                .ids
                .get(c[8])
                .copied()
                .unwrap_or(MessageId(index as u16)),
            fields,
            by_number: Vec::new(),
            has_defaults: false,
            metadata: None,
            others: None,
            number_index: Vec::new(),
            json_entries: Vec::new(),
            by_name: Vec::new(),
            json_table: Vec::new(),
            form: self.forms[index],
        }
    }

    fn field(&self, c: &[&'static str]) -> FieldSchema {
        let cardinality = match c[3].as_bytes()[0] {
            b'*' => Cardinality::Repeated,
            b'%' => Cardinality::Map,
            _ => Cardinality::Single,
        };
        let flags = c[5];
        FieldSchema {
            json: c[1].trim_end_matches(':').trim_matches('"').into(),
            key: c[1].into(),
            number: c[2].parse().unwrap_or(0),
            ty: self.field_type(c[3], c[4]),
            cardinality,
            omit_empty: flags.contains('o'),
            omit_zero: flags.contains('z'),
            pointer: flags.contains('p'),
            required: flags.contains('r'),
            inline: flags.contains('n'),
            default: if c[6].is_empty() {
                None
            } else {
                Some(c[6].into())
            },
            list_type: match c[7] {
                "atomic" => Some(ListType::Atomic),
                "set" => Some(ListType::Set),
                "map" => Some(ListType::Map),
                _ => None,
            },
            list_map_keys: c[8]
                .split(',')
                .filter(|k| !k.is_empty())
                .map(Into::into)
                .collect(),
            atomic_map: c[9] == "atomic",
            granular: c[9] == "granular",
            patch_strategy: c[10].into(),
            patch_merge_key: c[11].into(),
        }
    }

    fn field_type(&self, code: &str, reference: &str) -> FieldType {
        match code.trim_start_matches(['*', '%']) {
            "b" => FieldType::Bool,
            "i" => FieldType::Int32,
            "l" => FieldType::Int64,
            "d" => FieldType::Double,
            "s" => FieldType::String,
            "y" => FieldType::Bytes,
            _ => self.message_type(self.ids.get(reference).copied().unwrap_or(MessageId(0))),
        }
    }

    fn message_type(&self, id: MessageId) -> FieldType {
        match self.forms[id.0 as usize] {
            Form::Object => FieldType::Message(id),
            Form::Array => FieldType::StringArray,
            Form::Raw => FieldType::Raw,
            Form::Duration => FieldType::Duration,
            Form::Time => FieldType::Time,
            Form::MicroTime => FieldType::MicroTime,
            Form::Quantity => FieldType::Quantity,
            Form::IntOrString => FieldType::IntOrString,
            Form::OneOf => FieldType::OneOf(id, one_of(self.names[id.0 as usize])),
        }
    }

    fn finish(self, mut messages: Vec<MessageSchema>) -> Model {
        let find = |name: &str| self.ids.get(name).copied().unwrap_or(MessageId(0));
        let object_meta = find("k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        for index in 0..messages.len() {
            index_names(&mut messages, index);
            let m = &mut messages[index];
            m.metadata = m
                .fields
                .iter()
                .position(|f| *f.json == *"metadata" && f.ty == FieldType::Message(object_meta))
                .filter(|_| m.root)
                .map(|i| i as u16);
        }
        spread_defaults(&mut messages);
        let by_kind = messages
            .iter()
            .enumerate()
            .filter(|(_, m)| !m.kind.is_empty())
            .map(|(i, m)| {
                (
                    format!("{}/{}", m.api_version(), m.kind),
                    MessageId(i as u16),
                )
            })
            .collect();
        Model {
            by_name: self.names.iter().map(|&n| (n.into(), find(n))).collect(),
            by_kind,
            object_meta,
            partial_object_metadata: find(
                "k8s.io.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata",
            ),
            messages,
            unstructured: Unstructured::new(),
        }
    }
}

/// The entries' places by their names.
fn sort_names(entries: &[JsonEntry]) -> Vec<u16> {
    let mut places: Vec<u16> = (0..entries.len() as u16).collect();
    places.sort_by(|a, b| entries[*a as usize].name.cmp(&entries[*b as usize].name));
    places
}

fn form(name: &str) -> Form {
    match name {
        "array" => Form::Array,
        "raw" => Form::Raw,
        "goDuration" => Form::Duration,
        "time" => Form::Time,
        "microTime" => Form::MicroTime,
        "quantity" => Form::Quantity,
        "intOrString" => Form::IntOrString,
        "oneOf" => Form::OneOf,
        _ => Form::Object,
    }
}

fn one_of(name: &str) -> OneOf {
    if name.ends_with("OrArray") {
        OneOf::SchemaOrArray
    } else if name.ends_with("OrBool") {
        OneOf::SchemaOrBool
    } else {
        OneOf::SchemaOrStringArray
    }
}

/// Positions of `kind` and `apiVersion` in every root message.
pub const KIND: u16 = 0;
pub const API_VERSION: u16 = 1;

fn type_meta_fields() -> Vec<FieldSchema> {
    [("kind", "\"kind\":"), ("apiVersion", "\"apiVersion\":")]
        .into_iter()
        .map(|(json, key)| FieldSchema {
            json: json.into(),
            key: key.into(),
            number: 0,
            ty: FieldType::String,
            cardinality: Cardinality::Single,
            omit_empty: true,
            omit_zero: false,
            pointer: false,
            required: false,
            inline: false,
            default: None,
            list_type: None,
            list_map_keys: Vec::new(),
            atomic_map: false,
            granular: false,
            patch_strategy: "".into(),
            patch_merge_key: "".into(),
        })
        .collect()
}

fn json_entries(messages: &[MessageSchema], index: usize) -> Vec<JsonEntry> {
    let mut entries = Vec::new();
    collect_entries(messages, index, [0; 3], 0, &mut entries);
    debug_assert!(
        entries.len() <= 128,
        "the duplicate check keeps one bit a name"
    );
    entries
}

fn collect_entries(
    messages: &[MessageSchema],
    index: usize,
    path: [u16; 3],
    depth: u8,
    entries: &mut Vec<JsonEntry>,
) {
    for (i, field) in messages[index].fields.iter().enumerate() {
        let mut path = path;
        path[depth as usize] = i as u16;
        match field.ty {
            FieldType::Message(id) if field.inline => {
                collect_entries(messages, id.0 as usize, path, depth + 1, entries);
            }
            _ if field.inline => {}
            _ => entries.push(JsonEntry {
                name: field.json.clone(),
                path,
                depth: depth + 1,
            }),
        }
    }
}

/// Fills what finds a message's fields by their names and numbers.
fn index_names(messages: &mut [MessageSchema], index: usize) {
    let entries = json_entries(messages, index);
    let message = &mut messages[index];
    message.json_table = json_table(&entries);
    message.by_name = sort_names(&entries);
    message.json_entries = entries;
    index_numbers(message);
}

fn json_table(entries: &[JsonEntry]) -> Vec<u16> {
    if entries.is_empty() {
        return Vec::new();
    }
    let mut table = vec![NONE; (entries.len() * 2).next_power_of_two()];
    let mask = table.len() - 1;
    for (i, entry) in entries.iter().enumerate() {
        let mut slot = hash(&entry.name) as usize & mask;
        while table[slot] != NONE {
            slot = (slot + 1) & mask;
        }
        table[slot] = i as u16;
    }
    table
}

fn index_numbers(m: &mut MessageSchema) {
    let mut order: Vec<u16> = (0..m.fields.len() as u16)
        .filter(|&i| m.fields[i as usize].number > 0)
        .collect();
    order.sort_by_key(|&i| m.fields[i as usize].number);
    let highest = order
        .last()
        .map_or(0, |&i| m.fields[i as usize].number as usize);
    m.number_index = vec![NONE; highest + 1];
    for &i in &order {
        m.number_index[m.fields[i as usize].number as usize] = i;
    }
    m.by_number = order;
}

/// Marks every message that has a default or a resource list (whose quantities are rounded up)
/// below it.
fn spread_defaults(messages: &mut [MessageSchema]) {
    let own = |m: &MessageSchema| {
        m.fields.iter().any(|f| {
            f.default.is_some()
                || (f.cardinality == Cardinality::Map && f.ty == FieldType::Quantity)
        })
    };
    let mut marked: Vec<bool> = messages.iter().map(own).collect();
    loop {
        let mut changed = false;
        for (i, m) in messages.iter().enumerate() {
            let below =
                |f: &FieldSchema| matches!(f.ty, FieldType::Message(id) if marked[id.0 as usize]);
            if !marked[i] && m.form == Form::Object && m.fields.iter().any(below) {
                marked[i] = true;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for (m, mark) in messages.iter_mut().zip(marked) {
        m.has_defaults = mark;
    }
}
