//! Writes that were decided before: of objects that are like one that was written, in all that a
//! decision looks at.

use steersman_codec::body::{self, Form};
use steersman_codec::bounds;
use steersman_codec::fields::managed::Write;
use steersman_codec::json::text;
use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::{DecodeOptions, FieldValidation, Object};
use steersman_codec::scalar::time;
use steersman_codec::value::SmallText;

use crate::binding::{self, Binding};
use crate::creation::{self, Additions, Plain, Stamp};
use crate::update::{self, Change};

/// Longer bodies are for the full rules, which let others have their turn.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Of a generated name, as of a volume's.
pub const SUFFIX_BYTES: usize = 5;
/// What is kept of a generateName, so that the name stays a label.
const GENERATED_BASE: usize = 63 - SUFFIX_BYTES;

/// What writes have in common that may follow one.
pub struct Writes {
    /// As it is stored, which is as it is sent.
    pub message: MessageId,
    pub api_version: String,
    pub kind: String,
    pub form: Form,
    pub validation: FieldValidation,
    /// Empty where the kind has none.
    pub namespace: String,
    pub manager: String,
    pub reset_fields: Vec<String>,
}

impl Writes {
    /// The object, with defaults, where nothing is to be said of its body but how large it is.
    fn read(&self, model: &Model, data: &[u8]) -> Option<Object> {
        if data.len() > MAX_BODY_BYTES {
            return None;
        }
        let options = DecodeOptions {
            field_validation: self.validation,
            ..DecodeOptions::default()
        };
        let body = body::read(model, self.message, data, self.form, &options).ok()?;
        let (api_version, kind) = body.type_meta?;
        let is_kind = (api_version.is_empty() || api_version == self.api_version)
            && (kind.is_empty() || kind == self.kind);
        let (object, warnings) = body.decoded.ok()?;
        let is_silent = warnings.is_empty() && body.duplicates.is_empty();
        (is_kind && is_silent).then_some(object)
    }

    fn is_here(&self, namespace: &str) -> bool {
        namespace.is_empty() || namespace == self.namespace
    }

    /// Calls with what managedFields tell of a write at a time in seconds since 1970.
    fn managed<T>(&self, subresource: &str, now: i64, call: impl FnOnce(&Write) -> T) -> Option<T> {
        let mut seconds = Vec::with_capacity(20);
        time::write_seconds(&mut seconds, now);
        let reset_fields: Vec<&str> = self.reset_fields.iter().map(String::as_str).collect();
        Some(call(&Write {
            manager: &self.manager,
            api_version: &self.api_version,
            subresource,
            time: std::str::from_utf8(&seconds).ok()?,
            reset_fields: &reset_fields,
        }))
    }
}

/// Creations like one.
pub struct Creations {
    pub writes: Writes,
    /// Of the first one. Others are like it.
    pub plain: Plain,
    /// A pod that has what admission adds.
    pub additions: Option<Object>,
    /// What names of added volumes begin with.
    pub volume: String,
}

/// What every creation has for itself.
pub struct Fresh<'a> {
    pub uid: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    /// Random letters of names.
    pub name: [u8; SUFFIX_BYTES],
    pub volume: [u8; SUFFIX_BYTES],
}

/// The Status, as JSON, of a write of which it is not known what has become.
pub fn failure(message: &str) -> Vec<u8> {
    let mut status =
        br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"#
            .to_vec();
    text::write_string(&mut status, message.as_bytes());
    status.extend_from_slice(b",\"reason\":\"InternalError\",\"code\":500}\n");
    status
}

/// An object to be stored.
pub struct Made {
    pub name: String,
    pub object: Object,
}

impl Creations {
    /// Of a first one, with its defaults; none where it is not plain.
    pub fn plain_of(model: &Model, object: &Object) -> Option<Plain> {
        creation::plain(model, object).map(|(_, plain)| plain)
    }

    /// What is stored of the object in a body. None where it is not like the first, or the full
    /// rules have something to say of it: an error, a warning, a name.
    pub fn make(&self, model: &Model, data: &[u8], fresh: &Fresh) -> Option<Made> {
        let Creations { writes, .. } = self;
        let sent = writes.read(model, data)?;
        if bounds::excess(model, &sent, None).is_some() {
            return None;
        }
        let (names, plain) = creation::plain(model, &sent)?;
        if plain != self.plain || !writes.is_here(names.namespace) {
            return None;
        }
        let name = match (names.name, names.generate_name) {
            ("", "") => return None,
            ("", base) => generated(base, &fresh.name)?,
            (name, _) => name.to_owned(),
        };
        let volume = format!(
            "{}{}",
            self.volume,
            std::str::from_utf8(&fresh.volume).ok()?
        );
        let additions = self.additions.as_ref().map(|pod| Additions {
            pod,
            volume: if self.volume.is_empty() { "" } else { &volume },
        });
        let stamp = Stamp {
            name: &name,
            namespace: &writes.namespace,
            uid: fresh.uid,
            created: fresh.now,
        };
        let finish =
            |write: &Write| creation::finish(model, sent, additions.as_ref(), &stamp, write);
        let object = writes.managed("", fresh.now, finish)??;
        Some(Made { name, object })
    }
}

fn generated(base: &str, suffix: &[u8]) -> Option<String> {
    let mut name = base.get(..base.len().min(GENERATED_BASE))?.to_owned();
    name.push_str(std::str::from_utf8(suffix).ok()?);
    Some(name)
}

/// Updates like one, of the object itself or of its status.
pub struct Updates {
    pub writes: Writes,
    /// Empty, or `status`.
    pub subresource: String,
    /// Of the first one. Others are like it.
    pub change: Change,
    /// Each has to say which version it is of.
    pub is_conditional: bool,
}

impl Updates {
    /// What is stored of the object in a body in the place of the current one, with its
    /// resourceVersion. None where the update is not like the first, changes nothing, or the full
    /// rules have something to say of it.
    pub fn make(
        &self,
        model: &Model,
        name: &str,
        current: &Object,
        data: &[u8],
        now: i64,
    ) -> Option<Object> {
        let Updates { writes, .. } = self;
        let next = writes.read(model, data)?;
        if bounds::excess(model, &next, Some(current)).is_some() {
            return None;
        }
        let [own_name, namespace, uid, version] = next.identity(model);
        let [_, _, current_uid, current_version] = current.identity(model);
        let is_meant = own_name == name
            && writes.is_here(namespace)
            && (uid.is_empty() || uid == current_uid)
            && match version {
                "" | "0" => !self.is_conditional,
                version => version == current_version,
            };
        if !is_meant {
            return None;
        }
        let (version, subresource) = (&writes.api_version, &self.subresource);
        let change = update::change(model, current, &next, version, subresource)?;
        if !is_like(&change, &self.change) {
            return None;
        }
        let make = |write: &Write| update::updated(model, current, next, write);
        let updated = writes.managed(subresource, now, make)?;
        (!updated.equals(model, current, true)).then_some(updated)
    }
}

/// Bindings of pods like one.
pub struct Bindings {
    /// Of the Binding.
    pub writes: Writes,
    pub pod: MessageId,
}

impl Bindings {
    /// The pod of this name on the node that a body says, with its resourceVersion; `labels_of`
    /// gives what it is labelled with of that node. None where the full rules have something to say
    /// of it.
    pub fn make(
        &self,
        model: &Model,
        name: &str,
        pod: &Object,
        data: &[u8],
        now: i64,
        labels_of: impl FnOnce(&str) -> Option<Vec<(SmallText, SmallText)>>,
    ) -> Option<Object> {
        let sent = self.writes.read(model, data)?;
        let [_, namespace, ..] = sent.identity(model);
        if !self.writes.is_here(namespace) {
            return None;
        }
        let (node, uid) = binding::target_of(model, &sent, name)?;
        let labels = labels_of(node)?;
        let binding = Binding {
            uid,
            node,
            time: now,
            labels: &labels,
        };
        binding::bound(model, pod, &binding)
    }
}

/// A pod's node counts for nodes alone, whose writes are decided one by one.
fn is_like(one: &Change, other: &Change) -> bool {
    match (one, other) {
        (Change::Status(one), Change::Status(other)) => {
            one.keeps_labels == other.keeps_labels
                && one.keeps_owners == other.keeps_owners
                && one.keeps_claims == other.keeps_claims
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steersman_codec::object::{self, Format};

    const MAP: &str =
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"b":"c"}}"#;
    const POD: &str =
        r#"{"metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"b"}]}}"#;

    fn decoded(message: MessageId, text: &str) -> Object {
        let options = DecodeOptions::default();
        let decoded = object::decode(Model::builtin(), message, text.as_bytes(), &options);
        decoded.expect("it decodes").0
    }

    fn writes(message: MessageId, kind: &str) -> Writes {
        Writes {
            message,
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            form: Form::Wire(Format::Json),
            validation: FieldValidation::Warn,
            namespace: "here".to_owned(),
            manager: "tester".to_owned(),
            reset_fields: Vec::new(),
        }
    }

    fn creations(kind: &str, first: &str, additions: Option<&str>) -> Creations {
        let model = Model::builtin();
        let name = format!("k8s.io.api.core.v1.{kind}");
        let message = model.find(&name).expect("a built-in kind");
        let first = decoded(message, first);
        Creations {
            writes: writes(message, kind),
            plain: Creations::plain_of(model, &first).expect("it is plain"),
            additions: additions.map(|text| decoded(message, text)),
            volume: if additions.is_some() { "token-" } else { "" }.to_owned(),
        }
    }

    fn made(creations: &Creations, body: &str) -> Option<(String, String)> {
        let fresh = Fresh {
            uid: "some-uid",
            now: 0,
            name: *b"xxxxx",
            volume: *b"zzzzz",
        };
        let model = Model::builtin();
        let Made { name, object } = creations.make(model, body.as_bytes(), &fresh)?;
        let json = String::from_utf8(object.json(model)).expect("JSON is UTF-8");
        Some((name, json))
    }

    #[test]
    fn one_like_the_first_is_stamped_and_managed() {
        let (name, json) = made(&creations("ConfigMap", MAP, None), MAP).expect("it is made");
        assert_eq!(name, "a");
        for part in [
            r#""namespace":"here""#,
            r#""uid":"some-uid""#,
            r#""creationTimestamp":"1970-01-01T00:00:00Z""#,
            r#""manager":"tester""#,
            r#""time":"1970-01-01T00:00:00Z""#,
        ] {
            assert!(json.contains(part), "{part} in {json}");
        }
    }

    #[test]
    fn additions_have_a_volume_of_their_own_name() {
        let added = r#"{"spec":{"volumes":[{"emptyDir":{}}],"priority":3,
            "containers":[{"name":"","volumeMounts":[{"name":"","mountPath":"/m"}]}]}}"#;
        let (_, json) = made(&creations("Pod", POD, Some(added)), POD).expect("it is made");
        assert!(json.contains(r#""name":"token-zzzzz""#), "{json}");
        assert!(json.contains(r#""priority":3"#), "{json}");
        assert!(json.contains(r#""phase":"Pending""#), "{json}");
    }

    #[test]
    fn a_name_is_generated_where_none_is_sent() {
        let creations = creations("ConfigMap", MAP, None);
        let long = "a".repeat(70);
        for (base, expected) in [
            ("b-", "b-xxxxx".to_owned()),
            (&long, "a".repeat(58) + "xxxxx"),
        ] {
            let body = format!(r#"{{"metadata":{{"generateName":"{base}"}}}}"#);
            let (name, json) = made(&creations, &body).expect("it is made");
            assert_eq!(name, expected);
            assert!(json.contains(&format!(r#""name":"{expected}""#)), "{json}");
        }
    }

    #[test]
    fn what_differs_is_for_the_full_rules() {
        let maps = creations("ConfigMap", MAP, None);
        let long = "x".repeat(MAX_BODY_BYTES);
        for body in [
            "",
            "[]",
            "{",
            r#"{"metadata":{}}"#,
            r#"{"metadata":{"name":"a","namespace":"there"}}"#,
            r#"{"metadata":{"name":"A"}}"#,
            r#"{"metadata":{"name":"a","resourceVersion":"7"}}"#,
            r#"{"metadata":{"name":"a"},"unknown":1}"#,
            r#"{"metadata":{"name":"a"},"data":{"a":"1","a":"2"}}"#,
            r#"{"metadata":{"name":"a"},"data":{"a b":"1"}}"#,
            r#"{"apiVersion":"v2","metadata":{"name":"a"}}"#,
            r#"{"kind":"Secret","metadata":{"name":"a"}}"#,
            &format!(r#"{{"metadata":{{"name":"a"}},"data":{{"a":"{long}"}}}}"#),
        ] {
            assert!(made(&maps, body).is_none(), "{body}");
        }
        let pods = creations("Pod", POD, None);
        assert!(made(&pods, POD).is_some());
        for (part, other) in [
            (r#""spec":{"#, r#""spec":{"serviceAccountName":"other","#),
            (
                r#""spec":{"#,
                r#""spec":{"automountServiceAccountToken":false,"#,
            ),
            (r#""spec":{"#, r#""spec":{"priorityClassName":"high","#),
            (r#""spec":{"#, r#""spec":{"nodeName":"a","#),
            (r#""spec":{"#, r#""spec":{"tolerations":[{"key":"a"}],"#),
            (
                r#""image":"#,
                r#""securityContext":{"privileged":true},"image":"#,
            ),
        ] {
            let body = POD.replace(part, other);
            assert!(made(&pods, &body).is_none(), "{body}");
        }
    }

    const STORED: &str = r#"{"metadata":{"name":"a","namespace":"here","uid":"u","resourceVersion":"7",
        "creationTimestamp":"1970-01-01T00:00:00Z","managedFields":[{"manager":"other",
        "operation":"Update","apiVersion":"v1","time":"1970-01-01T00:00:00Z",
        "fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:b":{}}}}]},"data":{"b":"c"}}"#;

    fn updated(body: &str) -> Option<String> {
        updated_where(body, false)
    }

    fn updated_where(body: &str, is_conditional: bool) -> Option<String> {
        let model = Model::builtin();
        let message = model
            .find("k8s.io.api.core.v1.ConfigMap")
            .expect("built in");
        let updates = Updates {
            writes: writes(message, "ConfigMap"),
            subresource: String::new(),
            change: Change::Other,
            is_conditional,
        };
        let current = decoded(message, STORED);
        let made = updates.make(model, "a", &current, body.as_bytes(), 60)?;
        Some(String::from_utf8(made.json(model)).expect("JSON is UTF-8"))
    }

    #[test]
    fn an_update_keeps_what_is_the_servers_and_is_managed() {
        for version in [
            "",
            r#","resourceVersion":"7""#,
            r#","resourceVersion":"0","uid":"u""#,
        ] {
            let body = format!(r#"{{"metadata":{{"name":"a"{version}}},"data":{{"b":"d"}}}}"#);
            let json = updated(&body).expect("it is made");
            for part in [
                r#""data":{"b":"d"}"#,
                r#""uid":"u""#,
                r#""creationTimestamp":"1970-01-01T00:00:00Z""#,
                r#""time":"1970-01-01T00:01:00Z""#,
            ] {
                assert!(json.contains(part), "{part} in {json}");
            }
        }
    }

    #[test]
    fn an_update_says_its_version_where_it_has_to() {
        let body = |more: &str| format!(r#"{{"metadata":{{"name":"a"{more}}},"data":{{}}}}"#);
        for version in ["", r#","resourceVersion":"0""#] {
            assert!(updated_where(&body(version), true).is_none());
        }
        assert!(updated_where(&body(r#","resourceVersion":"7""#), true).is_some());
    }

    #[test]
    fn an_update_that_differs_is_for_the_full_rules() {
        let same = STORED.replace(r#""resourceVersion":"7","#, "");
        for body in [
            &*same,
            r#"{"metadata":{"name":"b"},"data":{"b":"d"}}"#,
            r#"{"metadata":{"name":"a","namespace":"there"},"data":{"b":"d"}}"#,
            r#"{"metadata":{"name":"a","uid":"v"},"data":{"b":"d"}}"#,
            r#"{"metadata":{"name":"a","resourceVersion":"6"},"data":{"b":"d"}}"#,
            r#"{"metadata":{"name":"a","finalizers":["a/b"]},"data":{"b":"d"}}"#,
            r#"{"metadata":{"name":"a"},"data":{"b c":"d"}}"#,
            r#"{"metadata":{"name":"a"},"unknown":1}"#,
            r#"{"kind":"Pod","metadata":{"name":"a"},"data":{"b":"d"}}"#,
        ] {
            assert!(updated(body).is_none(), "{body}");
        }
    }

    #[test]
    fn a_failure_is_json_whatever_its_message_has() {
        let status = failure("write \"a\\b\":\nno\u{1}");
        let expected = concat!(
            r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","#,
            r#""message":"write \"a\\b\":\nno\u0001","reason":"InternalError","code":500}"#,
            "\n",
        );
        assert_eq!(String::from_utf8(status).expect("UTF-8"), expected);
    }
}
