//! metadata.managedFields: what a write by Update does to them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::compare::{Comparison, compare};
use super::creation;
use super::set::{FieldSet, Overlap};
use crate::convert;
use crate::json::lexer::as_text;
use crate::json::text::write_string;
use crate::model::{MessageId, MessageSchema, Model};
use crate::object::Object;
use crate::scalar::time;
use crate::value::{EMPTY_FIELDS, Fields, Value, equal_fields};

/// Who writes, how and when.
#[derive(Clone, Debug)]
pub struct Write<'a> {
    /// Empty means `unknown`, as upstream names it.
    pub manager: &'a str,
    /// Of the request, for example `apps/v1`.
    pub api_version: &'a str,
    pub subresource: &'a str,
    /// RFC 3339.
    pub time: &'a str,
    /// Dotted paths that this write resets and so cannot own, for example `status`.
    pub reset_fields: &'a [&'a str],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Operation {
    Apply,
    Update,
}

/// Entries are told apart by this.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Manager {
    pub(crate) name: Box<str>,
    pub(crate) operation: Operation,
    /// Part of an updater's identity only; an applier has one entry whatever its versions.
    pub(crate) api_version: Box<str>,
    pub(crate) subresource: Box<str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) api_version: Box<str>,
    /// Seconds; None when an old writer left it out.
    pub(crate) time: Option<i64>,
    pub(crate) set: FieldSet,
}

pub(crate) type Managed = BTreeMap<Manager, Owned>;

/// More updaters than this are merged, oldest first, into one entry a version.
const MAX_UPDATERS: usize = 10;
const OLD_UPDATERS: &str = "ancient-changes";

/// Paths that nobody owns.
const STRIPPED: [&[&str]; 12] = [
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

pub(crate) fn stripped() -> &'static FieldSet {
    static SET: OnceLock<FieldSet> = OnceLock::new();
    SET.get_or_init(|| {
        let mut set = FieldSet::new();
        STRIPPED.iter().for_each(|path| set.insert_names(path));
        set
    })
}

/// `object` with managedFields as they are after this update of `live` (None when it is created).
pub fn update(model: &Model, live: Option<&Object>, object: &Object, write: &Write) -> Object {
    object.with_managed_fields_of(model, &carrier(model, live, object, write))
}

/// An object whose managedFields are those after this update: for `with_managed_fields_of` and
/// `with_json`, since what else it has means nothing. No other field is copied for it.
pub fn carrier(model: &Model, live: Option<&Object>, object: &Object, write: &Write) -> Object {
    let Some(metadata) = model.message(object.id).metadata else {
        return object.clone();
    };
    let places = Places::of(model);
    let is_plain = !model.message(object.id).is_unstructured();
    if is_plain && live.is_none() && entries_of(model, places, object).is_empty() {
        return created(model, metadata, object, write);
    }
    let old = live.map_or(&EMPTY_FIELDS, |l| &*l.fields);
    let versions = Versions::new(model, object.id, old, &object.fields, write);
    if versions.own.is_empty() {
        if let Some(same) = unchanged(model, places, live, object, write) {
            return same.clone();
        }
    }
    if let Some(entries) = renewed(model, places, live, object, write, &versions.own) {
        return carrier_of(object, metadata, places, entries);
    }
    carrier_of(
        object,
        metadata,
        places,
        rewritten(live, object, write, versions),
    )
}

/// All entries, read whole.
fn rewritten(
    live: Option<&Object>,
    object: &Object,
    write: &Write,
    mut versions: Versions,
) -> Vec<Value> {
    let model = versions.model;
    let places = Places::of(model);
    let mut managed = managed_before(model, places, live, object, write);
    // Whose fields nobody manages is managed again only by an apply.
    let is_stored = live.is_some_and(|live| !live.identity(model)[2].is_empty());
    if managed.is_empty() && is_stored {
        return Vec::new();
    }
    take_from_others(&mut managed, &mut versions);
    claim(&mut managed, versions.own, write);
    merge_old_updaters(&mut managed);
    encode(managed, places)
}

impl Manager {
    /// The entry that tells it apart, as JSON: what upstream orders managers by.
    pub(crate) fn identity(&self) -> String {
        let operation = match self.operation {
            Operation::Apply => "Apply",
            Operation::Update => "Update",
        };
        let members = [
            ("manager", &*self.name),
            ("operation", operation),
            ("apiVersion", &*self.api_version),
            ("subresource", &*self.subresource),
        ];
        let mut out = vec![b'{'];
        for (name, value) in members.into_iter().filter(|(_, value)| !value.is_empty()) {
            if out.len() > 1 {
                out.push(b',');
            }
            write_string(&mut out, name.as_bytes());
            out.push(b':');
            write_string(&mut out, value.as_bytes());
        }
        out.push(b'}');
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn carrier_of(object: &Object, metadata: u16, places: &Places, entries: Vec<Value>) -> Object {
    let mut fields = Fields::new();
    if !entries.is_empty() {
        let value = Value::List(entries);
        fields
            .message_mut(metadata)
            .set(places.managed_fields, value);
    }
    Object::new(object.id, fields)
}

/// Where all that was changed is the writer's already, and nothing of it another's, its time is all
/// that moves: no entry is read whole. None where more may have to change.
fn renewed(
    model: &Model,
    places: &Places,
    live: Option<&Object>,
    object: &Object,
    write: &Write,
    own: &Comparison,
) -> Option<Vec<Value>> {
    let before = entries_of(model, places, live?);
    let sent = entries_of(model, places, object);
    let is_reset = write.subresource.is_empty() && is_reset(model, places, object);
    let are_kept =
        (sent.is_empty() && !is_reset) || !write.subresource.is_empty() || sent == before;
    if !are_kept || !own.removed.is_empty() {
        return None;
    }
    let changed = own.modified.union(&own.added);
    let claimed = changed.difference(stripped());
    let writer = writer(write);
    let mut own_entry = None;
    for (at, entry) in before.iter().enumerate() {
        let entry = entry.as_message()?;
        let is_plain = entry.str(places.api_version) == write.api_version
            && entry.str(places.fields_type) == "FieldsV1";
        let operation = entry.str(places.operation);
        let Some(Value::Raw(raw)) = entry.get(places.fields_v1).filter(|_| is_plain) else {
            return None;
        };
        let is_own = operation == "Update"
            && entry.str(places.manager) == &*writer.name
            && entry.str(places.subresource) == write.subresource;
        let wanted = if is_own { &claimed } else { &changed };
        let expected = if is_own { Overlap::All } else { Overlap::None };
        let is_known = is_own || operation == "Update" || operation == "Apply";
        if !is_known || wanted.overlap(&as_text(raw)) != Ok(expected) {
            return None;
        }
        if is_own && own_entry.replace(at).is_some() {
            return None;
        }
    }
    let mut entries = before.to_vec();
    if let Value::Message(entry) = entries.get_mut(own_entry?)? {
        entry.put(places.time, time_of(write).map(Value::Time));
    }
    if entries.len() > MAX_UPDATERS {
        return None;
    }
    entries.sort_by(|a, b| order_of(places, a).cmp(&order_of(places, b)));
    Some(entries)
}

/// By operation, time, manager, version, subresource.
fn order_of<'e>(places: &Places, entry: &'e Value) -> (bool, i64, &'e str, &'e str, &'e str) {
    let Value::Message(entry) = entry else {
        return (false, 0, "", "", "");
    };
    let time = match entry.get(places.time) {
        Some(Value::Time(seconds)) => *seconds,
        _ => 0,
    };
    (
        entry.str(places.operation) == "Update",
        time,
        entry.str(places.manager),
        entry.str(places.api_version),
        entry.str(places.subresource),
    )
}

/// Of a creation that was sent without entries.
fn created(model: &Model, metadata: u16, object: &Object, write: &Write) -> Object {
    let places = Places::of(model);
    let mut fields = Fields::new();
    let reset = reset_of(write);
    if let Some(raw) = creation::owned(model, object.id, &object.fields, &reset, stripped()) {
        let entry = entry(
            writer(write),
            write.api_version,
            time_of(write),
            raw,
            places,
        );
        fields
            .message_mut(metadata)
            .set(places.managed_fields, Value::List(vec![entry]));
    }
    Object::new(object.id, fields)
}

pub(crate) fn reset_of(write: &Write) -> FieldSet {
    let mut reset = FieldSet::new();
    for path in write.reset_fields {
        reset.insert_names(&path.split('.').collect::<Vec<_>>());
    }
    reset
}

fn writer(write: &Write) -> Manager {
    Manager {
        name: if write.manager.is_empty() {
            "unknown"
        } else {
            write.manager
        }
        .into(),
        operation: Operation::Update,
        api_version: write.api_version.into(),
        subresource: write.subresource.into(),
    }
}

pub(crate) fn time_of(write: &Write) -> Option<i64> {
    time::parse(write.time, time::RFC3339)
        .ok()
        .map(|(seconds, _)| seconds)
}

/// Nothing changed, and the write does not touch the entries either: they stay as they are,
/// unread.
fn unchanged<'o>(
    model: &Model,
    places: &Places,
    live: Option<&'o Object>,
    object: &'o Object,
    write: &Write,
) -> Option<&'o Object> {
    let before = entries_of(model, places, live?);
    let sent = entries_of(model, places, object);
    if is_reset(model, places, object) && write.subresource.is_empty() {
        return None;
    }
    if sent == before {
        return Some(object);
    }
    let keeps = sent.is_empty() || !write.subresource.is_empty();
    if keeps { live } else { None }
}

/// Positions in ObjectMeta and ManagedFieldsEntry.
struct Places {
    managed_fields: u16,
    manager: u16,
    operation: u16,
    api_version: u16,
    time: u16,
    fields_type: u16,
    fields_v1: u16,
    subresource: u16,
}

impl Places {
    /// The same for every model, since all share the built-in metadata.
    fn of(model: &Model) -> &'static Places {
        static PLACES: OnceLock<Places> = OnceLock::new();
        PLACES.get_or_init(|| Places::new(model))
    }

    fn new(model: &Model) -> Places {
        let meta = model.message(model.object_meta);
        let entry = model.find("k8s.io.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry");
        let entry: &MessageSchema = model.message(entry.unwrap_or(model.object_meta));
        let of =
            |message: &MessageSchema, name: &str| message.field_index(name).unwrap_or(u16::MAX);
        Places {
            managed_fields: of(meta, "managedFields"),
            manager: of(entry, "manager"),
            operation: of(entry, "operation"),
            api_version: of(entry, "apiVersion"),
            time: of(entry, "time"),
            fields_type: of(entry, "fieldsType"),
            fields_v1: of(entry, "fieldsV1"),
            subresource: of(entry, "subresource"),
        }
    }
}

fn entries_of<'o>(model: &Model, places: &Places, object: &'o Object) -> &'o [Value] {
    let Some(index) = model.message(object.id).metadata else {
        return &[];
    };
    match object
        .fields
        .message(index)
        .and_then(|m| m.get(places.managed_fields))
    {
        Some(Value::List(entries)) => entries,
        _ => &[],
    }
}

/// Whether an object asks for its entries to go: by an empty list, or by a single empty one.
fn is_reset(model: &Model, places: &Places, object: &Object) -> bool {
    let entries = object.object_meta(model).get(places.managed_fields);
    match entries {
        Some(Value::List(entries)) => match entries.as_slice() {
            [] => true,
            [Value::Message(only)] => only.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// The new object's entries where it has readable ones, else the live one's. An empty list, or a
/// single empty entry resets them; a subresource never changes them.
fn managed_before(
    model: &Model,
    places: &Places,
    live: Option<&Object>,
    object: &Object,
    write: &Write,
) -> Managed {
    let of_live = || {
        let entries = live.map_or(&[][..], |l| entries_of(model, places, l));
        decode(places, entries).unwrap_or_default()
    };
    if !write.subresource.is_empty() {
        return of_live();
    }
    if is_reset(model, places, object) {
        return Managed::new();
    }
    let entries = entries_of(model, places, object);
    match decode(places, entries) {
        Some(managed) if !managed.is_empty() => managed,
        _ => of_live(),
    }
}

/// None where an entry cannot be read.
fn decode(places: &Places, entries: &[Value]) -> Option<Managed> {
    let mut managed = Managed::new();
    for entry in entries {
        let entry = entry.as_message()?;
        let operation = match entry.str(places.operation) {
            "Apply" => Operation::Apply,
            "Update" => Operation::Update,
            _ => return None,
        };
        let api_version: Box<str> = entry.str(places.api_version).into();
        if api_version.is_empty() || entry.str(places.fields_type) != "FieldsV1" {
            return None;
        }
        let set = match entry.get(places.fields_v1) {
            Some(Value::Raw(raw)) => FieldSet::parse(&as_text(raw)).ok()?,
            _ => FieldSet::new(),
        };
        let time = match entry.get(places.time) {
            Some(Value::Time(seconds)) => Some(*seconds),
            _ => None,
        };
        let manager = Manager {
            name: entry.str(places.manager).into(),
            operation,
            api_version: match operation {
                Operation::Apply => "".into(),
                Operation::Update => api_version.clone(),
            },
            subresource: entry.str(places.subresource).into(),
        };
        managed.insert(
            manager,
            Owned {
                api_version,
                time,
                set,
            },
        );
    }
    Some(managed)
}

/// The comparison in each version that managers wrote in, made when first asked for.
struct Versions<'a> {
    model: &'a Model,
    id: MessageId,
    old: &'a Fields,
    new: &'a Fields,
    reset: FieldSet,
    own_version: Box<str>,
    made: BTreeMap<Box<str>, Option<Comparison>>,
    own: Comparison,
}

impl<'a> Versions<'a> {
    fn new(
        model: &'a Model,
        id: MessageId,
        old: &'a Fields,
        new: &'a Fields,
        write: &Write,
    ) -> Versions<'a> {
        let reset = reset_of(write);
        let own = compare(model, id, old, new).without(&reset);
        Versions {
            model,
            id,
            old,
            new,
            reset,
            own_version: write.api_version.into(),
            made: BTreeMap::new(),
            own,
        }
    }

    /// None where the objects do not exist in that version.
    fn of(&mut self, api_version: &str) -> Option<&Comparison> {
        if *api_version == *self.own_version {
            return Some(&self.own);
        }
        if !self.made.contains_key(api_version) {
            let comparison = self.converted(api_version);
            self.made.insert(api_version.into(), comparison);
        }
        self.made.get(api_version)?.as_ref()
    }

    fn converted(&self, api_version: &str) -> Option<Comparison> {
        let message = self.model.message(self.id);
        if message.is_unstructured() {
            // Its versions differ in their name alone.
            let (group, _) = api_version.split_once('/')?;
            return (*group == *message.group).then(|| self.own.clone());
        }
        let id = self.model.find_kind(api_version, &message.kind)?;
        let old = convert::convert(self.model, self.id, id, self.old.clone()).ok()?;
        let new = convert::convert(self.model, self.id, id, self.new.clone()).ok()?;
        Some(compare(self.model, id, &old, &new).without(&self.reset))
    }
}

/// What was changed or removed belongs to nobody else any more.
fn take_from_others(managed: &mut Managed, versions: &mut Versions) {
    managed.retain(|_, owned| match versions.of(&owned.api_version) {
        Some(comparison) => {
            let set = std::mem::take(&mut owned.set);
            let set = set.less(&comparison.modified).less(&comparison.added);
            owned.set = set.less(&comparison.removed);
            !owned.set.is_empty()
        }
        None => false,
    });
}

/// Gives the writer what it changed; its time moves only when there is something.
fn claim(managed: &mut Managed, own: Comparison, write: &Write) {
    let claimed = own.modified.merged(own.added).less(stripped());
    if claimed.is_empty() {
        return;
    }
    let manager = writer(write);
    let time = time_of(write);
    let set = match managed.remove(&manager) {
        Some(before) => claimed.merged(before.set),
        None => claimed,
    };
    managed.insert(
        manager,
        Owned {
            api_version: write.api_version.into(),
            time,
            set,
        },
    );
}

fn merge_old_updaters(managed: &mut Managed) {
    let mut updaters: Vec<(i64, Manager)> = managed
        .iter()
        .filter(|(m, _)| m.operation == Operation::Update)
        .map(|(m, owned)| (owned.time.unwrap_or(0), m.clone()))
        .collect();
    if updaters.len() <= MAX_UPDATERS {
        return;
    }
    updaters.sort();
    let mut count = updaters.len();
    let mut first_of_version: BTreeMap<Box<str>, Manager> = BTreeMap::new();
    for (_, manager) in updaters {
        if count <= MAX_UPDATERS {
            return;
        }
        let version = manager.api_version.clone();
        let Some(first) = first_of_version.get(&version) else {
            first_of_version.insert(version, manager);
            continue;
        };
        let bucket = Manager {
            name: OLD_UPDATERS.into(),
            operation: Operation::Update,
            api_version: version.clone(),
            subresource: "".into(),
        };
        if !managed.contains_key(&bucket) {
            if let Some(owned) = managed.remove(first) {
                managed.insert(bucket.clone(), owned);
            }
        }
        if let (Some(merged), Some(into)) = (managed.remove(&manager), managed.get_mut(&bucket)) {
            into.set = std::mem::take(&mut into.set).merged(merged.set);
            // The later of the two, since updaters come oldest first.
            into.time = merged.time;
            count -= 1;
        }
    }
}

/// Whether both have the same entries, whenever these were written.
pub(crate) fn same_but_times(model: &Model, a: &Object, b: &Object) -> bool {
    let places = Places::of(model);
    let (left, right) = (entries_of(model, places, a), entries_of(model, places, b));
    let same = |(a, b): (&Value, &Value)| match (a, b) {
        (Value::Message(a), Value::Message(b)) => equal_fields(a, b, &[places.time]),
        _ => a == b,
    };
    left.len() == right.len() && left.iter().zip(right).all(same)
}

/// Who manages a stored object; None where an entry cannot be read.
pub(crate) fn managers_of(model: &Model, object: &Object) -> Option<Managed> {
    let places = Places::of(model);
    decode(places, entries_of(model, places, object))
}

/// The object with these managers and no others.
pub(crate) fn with_managers(model: &Model, object: &Object, managed: Managed) -> Object {
    let Some(metadata) = model.message(object.id).metadata else {
        return object.clone();
    };
    let places = Places::of(model);
    let carrier = carrier_of(object, metadata, places, encode(managed, places));
    object.with_managed_fields_of(model, &carrier)
}

/// By operation, time, manager, version, subresource.
fn encode(managed: Managed, places: &Places) -> Vec<Value> {
    let mut entries: Vec<(Manager, Owned)> = managed.into_iter().collect();
    entries.sort_by(|(a, x), (b, y)| {
        let key = |m: &Manager, o: &Owned| (m.operation, o.time.unwrap_or(0));
        key(a, x)
            .cmp(&key(b, y))
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| x.api_version.cmp(&y.api_version))
            .then_with(|| a.subresource.cmp(&b.subresource))
    });
    entries
        .into_iter()
        .map(|(manager, owned)| {
            let raw = owned.set.to_json();
            entry(manager, &owned.api_version, owned.time, raw, places)
        })
        .collect()
}

fn entry(
    manager: Manager,
    api_version: &str,
    time: Option<i64>,
    raw: Vec<u8>,
    places: &Places,
) -> Value {
    let mut fields = Fields::new();
    let mut text = |index: u16, text: &str| {
        if !text.is_empty() {
            fields.set(index, Value::Str(text.into()));
        }
    };
    text(places.manager, &manager.name);
    text(
        places.operation,
        match manager.operation {
            Operation::Apply => "Apply",
            Operation::Update => "Update",
        },
    );
    text(places.api_version, api_version);
    text(places.fields_type, "FieldsV1");
    text(places.subresource, &manager.subresource);
    fields.put(places.time, time.map(Value::Time));
    fields.set(places.fields_v1, Value::Raw(raw.into()));
    Value::Message(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{DecodeOptions, decode};

    fn pod(text: &str) -> Object {
        let model = Model::builtin();
        let id = model.find("k8s.io.api.core.v1.Pod").unwrap_or(MessageId(0));
        let decoded = decode(model, id, text.as_bytes(), &DecodeOptions::default());
        assert!(decoded.is_ok(), "{decoded:?}");
        decoded.map_or_else(|_| Object::new(id, Fields::new()), |(object, _)| object)
    }

    fn by<'a>(manager: &'a str, time: &'a str, subresource: &'a str) -> Write<'a> {
        Write {
            manager,
            api_version: "v1",
            subresource,
            time,
            reset_fields: if subresource.is_empty() {
                &["status"]
            } else {
                &["spec"]
            },
        }
    }

    /// Moving a time alone gives what reading every entry gives.
    #[test]
    fn renewing_is_rewriting() {
        let model = Model::builtin();
        let places = Places::of(model);
        let labeled = |labels: &str| {
            pod(&format!(
                r#"{{"metadata":{{"name":"a","labels":{labels}}},"spec":{{"containers":[{{"name":"c","image":"i"}}]}},"status":{{"phase":"Pending"}}}}"#
            ))
        };
        let (early, late) = ("2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z");
        let first = labeled(r#"{"a":"1"}"#);
        let mut live = update(model, None, &first, &by("one", early, ""));
        let mut renewals = 0;
        for (labels, manager, subresource) in [
            (r#"{"a":"2"}"#, "one", ""),
            (r#"{"a":"2","b":"1"}"#, "two", ""),
            (r#"{"a":"2","b":"2"}"#, "two", ""),
            (r#"{"a":"3","b":"2"}"#, "two", ""),
            (r#"{"a":"4","b":"2"}"#, "one", ""),
            (r#"{"a":"4","b":"3"}"#, "", ""),
            (r#"{"a":"4","b":"4"}"#, "", ""),
            (r#"{"b":"5"}"#, "", ""),
            (r#"{"b":"6"}"#, "", "status"),
            (r#"{"b":"7"}"#, "", "status"),
            (r#"{"b":"8"}"#, "one", ""),
        ] {
            let next = labeled(labels);
            let write = by(manager, late, subresource);
            let compared = || Versions::new(model, next.id, &live.fields, &next.fields, &write);
            let whole = rewritten(Some(&live), &next, &write, compared());
            if let Some(entries) =
                renewed(model, places, Some(&live), &next, &write, &compared().own)
            {
                assert_eq!(entries, whole, "{labels} by {manager:?}");
                renewals += 1;
            }
            live = update(model, Some(&live), &next, &write);
            assert_eq!(entries_of(model, places, &live), whole);
        }
        assert_eq!(renewals, 4);
    }
}
