//! Who manages the replicas of an object and of its Scale: the same field under two names.

use super::managed::{Managed, managers_of, with_managers};
use super::set::FieldSet;
use crate::model::Model;
use crate::object::Object;

const SCALE_VERSION: &str = "autoscaling/v1";
/// In every kind that has a Scale, and in the Scale.
const PATH: [&str; 2] = ["spec", "replicas"];

fn replicas() -> FieldSet {
    let mut set = FieldSet::new();
    set.insert_names(&PATH);
    set
}

fn has_replicas(set: &FieldSet) -> bool {
    !set.intersection(&replicas()).is_empty()
}

/// Whether an entry is of a version of the object's group.
fn is_known(api_version: &str, group: &str) -> bool {
    match api_version.split_once('/') {
        Some((found, _)) => found == group,
        None => group.is_empty(),
    }
}

/// The Scale with those who manage the object's replicas. None where the object's entries cannot
/// be read.
pub fn with_managers_of_parent(model: &Model, scale: &Object, parent: &Object) -> Option<Object> {
    let group = &model.message(parent.id).group;
    let mut managed = Managed::new();
    for (manager, mut owned) in managers_of(model, parent)? {
        if is_known(&owned.api_version, group) && has_replicas(&owned.set) {
            owned.api_version = SCALE_VERSION.into();
            owned.set = replicas();
            managed.insert(manager, owned);
        }
    }
    Some(with_managers(model, scale, managed))
}

/// The object with its managers as they are once its Scale is managed so: whoever lost the replicas
/// there loses them here. `api_version` is the one of the request.
pub fn with_managers_of_scale(
    model: &Model,
    parent: &Object,
    scale: &Object,
    api_version: &str,
) -> Option<Object> {
    let group = &model.message(parent.id).group;
    let mut of_scale = managers_of(model, scale)?;
    let mut managed = Managed::new();
    for (manager, mut owned) in managers_of(model, parent)? {
        if !is_known(&owned.api_version, group) {
            continue;
        }
        if has_replicas(&owned.set) && of_scale.remove(&manager).is_none() {
            owned.set = owned.set.less(&replicas());
        }
        if !owned.set.is_empty() {
            managed.insert(manager, owned);
        }
    }
    for (manager, mut owned) in of_scale {
        if has_replicas(&owned.set) {
            owned.api_version = api_version.into();
            owned.set = replicas();
            // As upstream: when that was is not said.
            owned.time = None;
            // An updater of the Scale's version is another one than of the object's.
            managed.insert(manager, owned);
        }
    }
    Some(with_managers(model, parent, managed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::generic::Json;
    use crate::object::{DecodeOptions, decode};

    fn object(name: &str, text: &str) -> Object {
        let model = Model::builtin();
        let id = model.find(name).unwrap_or(model.object_meta);
        let decoded = decode(model, id, text.as_bytes(), &DecodeOptions::default());
        assert!(decoded.is_ok(), "{decoded:?}");
        decoded.map_or_else(
            |_| Object::new(id, Default::default()),
            |(object, _)| object,
        )
    }

    fn parent() -> Object {
        object(
            "k8s.io.api.apps.v1.Deployment",
            r#"{"metadata":{"name":"a","managedFields":[
                {"manager":"x","operation":"Apply","apiVersion":"apps/v1","fieldsType":"FieldsV1",
                 "fieldsV1":{"f:spec":{"f:paused":{},"f:replicas":{}}}},
                {"manager":"y","operation":"Update","apiVersion":"apps/v1",
                 "fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:paused":{}}}},
                {"manager":"z","operation":"Apply","apiVersion":"old/v1",
                 "fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{}}}}]}}"#,
        )
    }

    fn entries(object: &Object) -> String {
        let json = object.json(Model::builtin());
        let json = Json::parse(&String::from_utf8_lossy(&json)).unwrap_or(Json::Null);
        let metadata = json.as_object().and_then(|json| json.get("metadata"));
        let fields = metadata
            .and_then(Json::as_object)
            .and_then(|m| m.get("managedFields"));
        fields.map_or(String::new(), Json::to_text)
    }

    #[test]
    fn there_and_back() {
        let model = Model::builtin();
        let scale = object(
            "k8s.io.api.autoscaling.v1.Scale",
            r#"{"metadata":{"name":"a"}}"#,
        );
        let of_scale = with_managers_of_parent(model, &scale, &parent()).unwrap_or(scale);
        assert_eq!(
            entries(&of_scale),
            concat!(
                r#"[{"apiVersion":"autoscaling/v1","fieldsType":"FieldsV1","#,
                r#""fieldsV1":{"f:spec":{"f:replicas":{}}},"manager":"x","operation":"Apply"}]"#
            )
        );
        let back = with_managers_of_scale(model, &parent(), &of_scale, "apps/v1");
        let kept = entries(&back.unwrap_or_else(parent));
        assert!(kept.contains(r#""f:paused":{},"f:replicas":{}"#), "{kept}");
        assert!(!kept.contains("old/v1"), "{kept}");
    }

    #[test]
    fn who_lost_them_there_has_them_no_more() {
        let model = Model::builtin();
        let scale = object(
            "k8s.io.api.autoscaling.v1.Scale",
            r#"{"metadata":{"name":"a","managedFields":[
                {"manager":"s","operation":"Apply","apiVersion":"autoscaling/v1",
                 "time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1",
                 "fieldsV1":{"f:spec":{"f:replicas":{}}},"subresource":"scale"}]}}"#,
        );
        let back = with_managers_of_scale(model, &parent(), &scale, "apps/v1");
        assert_eq!(
            entries(&back.unwrap_or_else(parent)),
            concat!(
                r#"[{"apiVersion":"apps/v1","fieldsType":"FieldsV1","#,
                r#""fieldsV1":{"f:spec":{"f:replicas":{}}},"manager":"s","operation":"Apply","#,
                r#""subresource":"scale"},"#,
                r#"{"apiVersion":"apps/v1","fieldsType":"FieldsV1","#,
                r#""fieldsV1":{"f:spec":{"f:paused":{}}},"manager":"x","operation":"Apply"},"#,
                r#"{"apiVersion":"apps/v1","fieldsType":"FieldsV1","#,
                r#""fieldsV1":{"f:spec":{"f:paused":{}}},"manager":"y","operation":"Update"}]"#
            )
        );
    }
}
