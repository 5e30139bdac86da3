//! One apply: what the object is then, and who manages what of it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::compare::compare;
use super::conflict::{self, Cause, Conflicts};
use super::items::same;
use super::last_applied;
use super::merge::merge;
use super::owned::owned;
use super::reconcile::{reconcile, with_named_fields};
use super::remove::remove;
use super::schema::{BuiltIn, Type};
use super::validate::{Duplicates, validate};
use crate::convert;
use crate::fields::compare as fields_compare;
use crate::fields::compare::Comparison;
use crate::fields::managed::{
    self, Managed, Manager, Operation, Owned, Write, managers_of, reset_of, stripped, time_of,
    with_managers,
};
use crate::fields::set::FieldSet;
use crate::json::generic::Json;
use crate::json::lexer::as_text;
use crate::model::{MessageId, Model};
use crate::object::{DecodeOptions, Object, decode};
use crate::patch::worded;
use crate::value::Fields;

/// Manager of whatever an object had before anybody applied.
const BEFORE: &str = "before-first-apply";

/// Who applies, how and when.
#[derive(Clone, Copy)]
pub struct Apply<'a> {
    pub write: &'a Write<'a>,
    /// Takes over what others own, where they differ.
    pub force: bool,
}

/// Why nothing was applied, in upstream's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    BadRequest(String),
    Conflict {
        message: String,
        causes: Vec<Cause>,
    },
    /// The configuration, or what it makes of the object, is none of its kind.
    Failed(String),
}

/// The object as it is then, with its defaults and managedFields.
#[derive(Debug)]
pub struct Applied {
    pub object: Object,
}

/// Applies a configuration to the live object, or to none.
pub fn apply(
    model: &Model,
    id: MessageId,
    live: Option<&Object>,
    wanted: &Json,
    apply: &Apply,
) -> Result<Applied, Refusal> {
    let empty = Object::new(id, Fields::new());
    let before = live.unwrap_or(&empty);
    let named = Named::of(wanted);
    let Some(managers) = managers_of(model, before) else {
        let message = "failed to decode managed fields: an entry cannot be read";
        return Err(Refusal::Failed(message.into()));
    };
    let message = model.message(id);
    if named.api_version != message.api_version() || named.kind != &*message.kind {
        let kind = named.group_version_kind();
        return Err(Refusal::BadRequest(format!("invalid object type: {kind}")));
    }
    let managers = match managers.is_empty() {
        true => before_first(model, before, apply.write),
        false => managers,
    };
    let work = Work::new(model, id, before, wanted, named, apply)?;
    let made = work.run(managers)?;
    work.finish(made)
}

/// What was there before the first apply is an Update's.
fn before_first(model: &Model, live: &Object, write: &Write) -> Managed {
    let write = Write {
        manager: BEFORE,
        ..write.clone()
    };
    let updated = managed::update(model, None, live, &write);
    managers_of(model, &updated).unwrap_or_default()
}

/// What a configuration says it is; empty where it says nothing.
#[derive(Clone, Copy)]
struct Named<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    has_managed_fields: bool,
}

impl<'a> Named<'a> {
    fn of(wanted: &'a Json) -> Named<'a> {
        let object = wanted.as_object();
        let text = |json: Option<&'a Json>| json.and_then(Json::as_str).unwrap_or("");
        let of_object = |name| text(object.and_then(|object| object.get(name)));
        // What has no kind, or no version that can be one, is of none.
        let (mut api_version, mut kind) = (of_object("apiVersion"), of_object("kind"));
        if kind.is_empty() || api_version.matches('/').count() > 1 {
            (api_version, kind) = ("", "");
        }
        let metadata = object
            .and_then(|o| o.get("metadata"))
            .and_then(Json::as_object);
        let of_metadata = |name| text(metadata.and_then(|metadata| metadata.get(name)));
        let managed = metadata.and_then(|metadata| metadata.get("managedFields"));
        Named {
            api_version,
            kind,
            namespace: of_metadata("namespace"),
            name: of_metadata("name"),
            has_managed_fields: managed.is_some_and(|fields| fields.as_array().is_some()),
        }
    }

    fn group_version_kind(&self) -> String {
        let parts = self.api_version.split_once('/');
        let (group, version) = parts.unwrap_or(("", self.api_version));
        format!("{group}/{version}, Kind={}", self.kind)
    }

    fn shown(&self) -> String {
        let kind = self.group_version_kind();
        format!("{}/{}; {kind}", self.namespace, self.name)
    }
}

struct Work<'a> {
    model: &'a Model,
    schema: BuiltIn<'a>,
    id: MessageId,
    before: &'a Object,
    live: Json,
    wanted: &'a Json,
    named: Named<'a>,
    apply: &'a Apply<'a>,
    reset: FieldSet,
    me: Manager,
}

/// The object and its managers; no object where it stays as it is.
struct Made {
    object: Option<Json>,
    managers: Managed,
}

enum Failure {
    Conflicts(Conflicts),
    Refusal(Refusal),
}

impl<'a> Work<'a> {
    fn new(
        model: &'a Model,
        id: MessageId,
        before: &'a Object,
        wanted: &'a Json,
        named: Named<'a>,
        apply: &'a Apply<'a>,
    ) -> Result<Work<'a>, Refusal> {
        let schema = BuiltIn { model };
        let root = Type::Message(id);
        if named.has_managed_fields {
            let message = "metadata.managedFields must be nil";
            return Err(Refusal::BadRequest(message.into()));
        }
        let failed = |what: &str, shown: String, why: String| {
            Refusal::Failed(format!(
                "failed to create typed {what} object ({shown}): {why}"
            ))
        };
        validate(&schema, root, wanted, Duplicates::Refused)
            .map_err(|why| failed("patch", named.shown(), why))?;
        let live = before.json_unmanaged(model);
        let live = Json::parse(&as_text(&live))
            .map_err(|_| Refusal::Failed("the live object nests too deep".into()))?;
        validate(&schema, root, &live, Duplicates::Allowed)
            .map_err(|why| failed("live", Named::of(&live).shown(), why))?;
        let write = apply.write;
        Ok(Work {
            model,
            schema,
            id,
            before,
            live,
            wanted,
            named,
            apply,
            reset: reset_of(write),
            me: Manager {
                name: write.manager.into(),
                operation: Operation::Apply,
                api_version: "".into(),
                subresource: write.subresource.into(),
            },
        })
    }

    fn root(&self) -> Type<'a> {
        Type::Message(self.id)
    }

    /// Who has applied with kubectl on the client's side may take over what it applied.
    fn run(&self, managers: Managed) -> Result<Made, Refusal> {
        let refused = |conflicts: &Conflicts| {
            let (message, causes) = conflict::told(conflicts);
            Refusal::Conflict { message, causes }
        };
        let force = self.apply.force;
        match self.attempt(managers.clone(), force) {
            Ok(made) => Ok(made),
            Err(Failure::Refusal(refusal)) => Err(refusal),
            Err(Failure::Conflicts(conflicts)) => {
                let version = self.apply.write.api_version;
                let taken_over = match *self.me.name == *last_applied::MANAGER {
                    true => {
                        last_applied::taken_over(&self.schema, self.root(), &self.live, version)
                    }
                    false => None,
                };
                let Some(allowed) = taken_over else {
                    return Err(refused(&conflicts));
                };
                let left = conflicts
                    .into_iter()
                    .map(|(m, set)| (m, set.less(&allowed)));
                let left: Conflicts = left.filter(|(_, set)| !set.is_empty()).collect();
                if !left.is_empty() {
                    return Err(refused(&left));
                }
                self.attempt(managers, true)
                    .map_err(|failure| match failure {
                        Failure::Refusal(refusal) => refusal,
                        Failure::Conflicts(conflicts) => refused(&conflicts),
                    })
            }
        }
    }

    fn attempt(&self, managers: Managed, force: bool) -> Result<Made, Failure> {
        let root = self.root();
        let mut managers = self.reconciled(managers);
        let merged = merge(&self.schema, root, &self.live, self.wanted);
        let set = owned(&self.schema, root, self.wanted).without_subtrees(&self.reset);
        let last = managers.remove(&self.me);
        let time = last.as_ref().and_then(|last| last.time);
        let now = Owned {
            api_version: self.apply.write.api_version.into(),
            time,
            set,
        };
        managers.insert(self.me.clone(), now);
        let new = match last {
            Some(last) => self
                .prune(merged, &managers, last)
                .map_err(Failure::Refusal)?,
            None => merged,
        };
        self.settle(&mut managers, &new, force)?;
        let is_changed = !same(&self.live, &new);
        self.stamp(&mut managers, is_changed);
        Ok(Made {
            object: is_changed.then_some(new),
            managers,
        })
    }

    /// By the schema of each one's version; whose version is not there is no manager any more.
    fn reconciled(&self, managers: Managed) -> Managed {
        let known = managers.into_iter().filter_map(|(manager, mut owned)| {
            let id = self.version(&owned.api_version)?;
            let root = Type::Message(id);
            if let Some(set) = reconcile(&self.schema, root, &owned.set) {
                owned.set = set;
            }
            Some((manager, owned))
        });
        known.collect()
    }

    /// The object's message in another version; none where it does not exist in it.
    fn version(&self, api_version: &str) -> Option<MessageId> {
        let message = self.model.message(self.id);
        if api_version == self.apply.write.api_version {
            return Some(self.id);
        }
        if message.is_unstructured() {
            // Its versions differ in their name alone.
            let (group, _) = api_version.split_once('/')?;
            return (*group == *message.group).then_some(self.id);
        }
        let id = self.model.find_kind(api_version, &message.kind)?;
        (self.model.message(id).stored == message.stored).then_some(id)
    }

    fn converted(&self, json: &Json, from: MessageId, to: MessageId) -> Result<Json, Refusal> {
        if from == to {
            return Ok(json.clone());
        }
        let fields = self.decoded(json, from)?;
        let fields = convert::convert(self.model, from, to, fields)
            .map_err(|error| Refusal::Failed(error.message))?;
        let text = Object::new(to, fields).json_unmanaged(self.model);
        Json::parse(&as_text(&text)).map_err(|_| Refusal::Failed("nests too deep".into()))
    }

    fn decoded(&self, json: &Json, id: MessageId) -> Result<Fields, Refusal> {
        self.read(json, id, false)
            .map(|object| (*object.fields).clone())
    }

    fn read(&self, json: &Json, id: MessageId, defaults: bool) -> Result<Object, Refusal> {
        let options = DecodeOptions {
            defaults,
            max_bytes: usize::MAX,
            ..DecodeOptions::default()
        };
        match decode(self.model, id, json.to_text().as_bytes(), &options) {
            Ok((object, _)) => Ok(object),
            Err(errors) => {
                let first = errors.into_iter().next().map(worded);
                let why = first.map_or(String::new(), |error| error.message);
                let shown = self.named.shown();
                let kind = self.named.group_version_kind();
                Err(Refusal::Failed(format!(
                    "failed to convert new object ({shown}) to proper version: \
                     unable to convert unstructured object to {kind}: {why}"
                )))
            }
        }
    }

    /// Takes away what the manager has applied before, does not apply now, and nobody else owns.
    fn prune(&self, merged: Json, managers: &Managed, last: Owned) -> Result<Json, Refusal> {
        let Some(last_id) = self.version(&last.api_version) else {
            return Ok(merged);
        };
        let now = managers.get(&self.me);
        let is_kept = now.is_some_and(|now| {
            *now.api_version == *last.api_version && last.set.difference(&now.set).is_empty()
        });
        if last.set.is_empty() || is_kept {
            return Ok(merged);
        }
        let merged = self.converted(&merged, self.id, last_id)?;
        let root = Type::Message(last_id);
        let last_set = with_named_fields(&self.schema, Some(root), &last.set);
        let mut pruning = Pruning {
            work: self,
            id: last_id,
            pruned: remove(&self.schema, root, &merged, &last_set),
            merged: merged.clone(),
        };
        let mut by_version: BTreeMap<&str, FieldSet> = BTreeMap::new();
        for owned in managers.values() {
            let set = by_version.entry(&owned.api_version).or_default();
            *set = std::mem::take(set).merged(owned.set.clone());
        }
        // Of the same version first: what is taken away may be needed for conversion.
        if let Some(set) = by_version.remove(&*last.api_version) {
            pruning.add_back(last_id, &set)?;
        }
        for (version, set) in by_version {
            if let Some(id) = self.version(version) {
                pruning.add_back(id, &set)?;
            }
        }
        let pruned = self.converted(&pruning.pruned, pruning.id, last_id)?;
        // What nobody owns, or an Update has set, stays.
        let named = |json: &Json| {
            with_named_fields(&self.schema, Some(root), &owned(&self.schema, root, json))
        };
        let gone = named(&merged)
            .difference(&named(&pruned))
            .intersection(&last_set);
        let pruned = remove(&self.schema, root, &merged, &gone);
        self.converted(&pruned, last_id, self.id)
    }

    /// What changes is no others' any more; without force they have to agree.
    fn settle(&self, managers: &mut Managed, new: &Json, force: bool) -> Result<(), Failure> {
        let own = compare(&self.schema, self.root(), &self.live, new).without(&self.reset);
        let mut made: HashMap<MessageId, Comparison> = HashMap::new();
        made.insert(self.id, own);
        let mut conflicts = Conflicts::new();
        for (manager, owned) in managers.iter().filter(|(manager, _)| **manager != self.me) {
            let Some(id) = self.version(&owned.api_version) else {
                continue;
            };
            let comparison = match made.entry(id) {
                Entry::Occupied(made) => made.into_mut(),
                Entry::Vacant(place) => {
                    place.insert(self.compared_in(id, new).map_err(Failure::Refusal)?)
                }
            };
            let changed = comparison.modified.union(&comparison.added);
            let common = owned.set.intersection(&changed);
            if !common.is_empty() {
                conflicts.insert(manager.clone(), common);
            }
        }
        if !force && !conflicts.is_empty() {
            return Err(Failure::Conflicts(conflicts));
        }
        for (manager, owned) in managers
            .iter_mut()
            .filter(|(manager, _)| **manager != self.me)
        {
            if let Some(common) = conflicts.get(manager) {
                owned.set = std::mem::take(&mut owned.set).less(common);
            }
            let comparison = self
                .version(&owned.api_version)
                .and_then(|id| made.get(&id));
            if let Some(comparison) = comparison {
                owned.set = std::mem::take(&mut owned.set).less(&comparison.removed);
            }
        }
        managers.retain(|_, owned| !owned.set.is_empty());
        Ok(())
    }

    /// What changes, in another version.
    fn compared_in(&self, id: MessageId, new: &Json) -> Result<Comparison, Refusal> {
        let convert = |fields: Fields| {
            convert::convert(self.model, self.id, id, fields)
                .map_err(|error| Refusal::Failed(error.message))
        };
        let old = convert((*self.before.fields).clone())?;
        let new = convert(self.decoded(new, self.id)?)?;
        Ok(fields_compare::compare(self.model, id, &old, &new).without(&self.reset))
    }

    /// What nobody owns goes; the time moves only with the object.
    fn stamp(&self, managers: &mut Managed, is_changed: bool) {
        let Some(owned) = managers.get_mut(&self.me) else {
            return;
        };
        owned.set = std::mem::take(&mut owned.set).less(stripped());
        if is_changed {
            owned.time = time_of(self.apply.write);
        }
        if owned.set.is_empty() {
            managers.remove(&self.me);
        }
    }

    fn finish(&self, made: Made) -> Result<Applied, Refusal> {
        let Made { object, managers } = made;
        let mut json = object.as_ref().unwrap_or(&self.live).clone();
        if *self.me.name == *last_applied::MANAGER {
            last_applied::renew(&mut json, self.wanted);
        }
        let object = match same(&json, &self.live) {
            true => self.before.clone(),
            false => self.read(&json, self.id, true)?,
        };
        let object = with_managers(self.model, &object, managers);
        Ok(Applied { object })
    }
}

/// The merged object and what is left of it, in one version after the other.
struct Pruning<'w> {
    work: &'w Work<'w>,
    id: MessageId,
    merged: Json,
    pruned: Json,
}

impl Pruning<'_> {
    /// Puts back what is owned in a version.
    fn add_back(&mut self, id: MessageId, owned_there: &FieldSet) -> Result<(), Refusal> {
        let work = self.work;
        self.merged = work.converted(&self.merged, self.id, id)?;
        self.pruned = work.converted(&self.pruned, self.id, id)?;
        self.id = id;
        let (schema, root) = (&work.schema, Type::Message(id));
        let complete = |set: &FieldSet| with_named_fields(schema, Some(root), set);
        let of = |json: &Json| complete(&owned(schema, root, json));
        let kept = of(&self.pruned).merged(complete(owned_there));
        let gone = of(&self.merged).less(&kept);
        self.pruned = remove(schema, root, &self.merged, &gone);
        Ok(())
    }
}
