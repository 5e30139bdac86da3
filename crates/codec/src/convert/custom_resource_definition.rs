//! A CustomResourceDefinition as upstream's servers store it, which is v1beta1: what all versions
//! have in common stands beside them, and a webhook's settings stand in the conversion itself.

use crate::error::{CodecError, Reason};
use crate::json::generic::{Json, Object};

pub const STORED_API_VERSION: &str = "apiextensions.k8s.io/v1beta1";
pub const KIND: &str = "CustomResourceDefinition";

/// What may stand beside the versions, by its name there and in a version.
const SHARED: [(&str, &str); 4] = [
    ("subresources", "subresources"),
    ("validation", "schema"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
    ("selectableFields", "selectableFields"),
];

/// The text of one in v1, from its text in v1beta1.
pub fn v1beta1_to_v1(text: &str) -> Result<String, CodecError> {
    let damaged = || CodecError::new(Reason::Syntax, "", "the stored definition is no JSON");
    let mut whole = Json::parse(text).map_err(|_| damaged())?;
    let Json::Object(object) = &mut whole else {
        return Err(damaged());
    };
    object.insert("apiVersion", Json::string("apiextensions.k8s.io/v1"));
    if let Some(Json::Object(spec)) = object.get_mut("spec") {
        convert_spec(spec);
    }
    Ok(whole.to_text())
}

fn convert_spec(spec: &mut Object) {
    let version = spec.remove("version");
    if spec
        .get("versions")
        .and_then(Json::as_array)
        .is_none_or(|all| all.is_empty())
    {
        if let Some(name) = version {
            spec.insert("versions", Json::Array(vec![only_version(name)]));
        }
    }
    for (beside, within) in SHARED {
        if let Some(shared) = spec.remove(beside) {
            each_version(spec, |version| version.insert(within, shared.clone()));
        }
    }
    each_version(spec, rename_paths);
    if let Some(Json::Object(conversion)) = spec.get_mut("conversion") {
        convert_conversion(conversion);
    } else {
        let none = [(Box::from("strategy"), Json::string("None"))];
        spec.insert("conversion", Json::Object(none.into_iter().collect()));
    }
    // Absent it is true here, and false in v1.
    match spec.get("preserveUnknownFields") {
        Some(Json::Bool(false)) => {
            spec.remove("preserveUnknownFields");
        }
        _ => spec.insert("preserveUnknownFields", Json::Bool(true)),
    }
}

fn only_version(name: Json) -> Json {
    let fields = [
        ("name", name),
        ("served", Json::Bool(true)),
        ("storage", Json::Bool(true)),
    ];
    Json::Object(
        fields
            .map(|(key, value)| (Box::from(key), value))
            .into_iter()
            .collect(),
    )
}

fn each_version(spec: &mut Object, mut change: impl FnMut(&mut Object)) {
    let Some(Json::Array(versions)) = spec.get_mut("versions") else {
        return;
    };
    for version in versions {
        if let Json::Object(version) = version {
            change(version);
        }
    }
}

/// A column's path has another name.
fn rename_paths(version: &mut Object) {
    let Some(Json::Array(columns)) = version.get_mut("additionalPrinterColumns") else {
        return;
    };
    for column in columns {
        if let Json::Object(column) = column {
            if let Some(path) = column.remove("JSONPath") {
                column.insert("jsonPath", path);
            }
        }
    }
}

fn convert_conversion(conversion: &mut Object) {
    let config = conversion.remove("webhookClientConfig");
    let versions = conversion.remove("conversionReviewVersions");
    if config.is_none() && versions.is_none() {
        return;
    }
    let mut webhook = Object::new();
    if let Some(config) = config {
        webhook.insert("clientConfig", config);
    }
    webhook.insert("conversionReviewVersions", versions.unwrap_or(Json::Null));
    conversion.insert("webhook", Json::Object(webhook));
}

#[cfg(test)]
mod tests {
    use super::v1beta1_to_v1;
    use crate::json::generic::Json;

    fn parsed(text: &str) -> Json {
        Json::parse(text).expect("it is JSON")
    }

    fn converted(spec: &str) -> String {
        let text = format!(
            r#"{{"apiVersion":"apiextensions.k8s.io/v1beta1","kind":"CustomResourceDefinition","spec":{spec}}}"#
        );
        let whole = parsed(&v1beta1_to_v1(&text).expect("it is a definition"));
        let object = whole.as_object().expect("it is an object");
        assert_eq!(
            object.get("apiVersion"),
            Some(&Json::string("apiextensions.k8s.io/v1"))
        );
        object.get("spec").expect("it has a spec").to_text()
    }

    #[track_caller]
    fn same(spec: &str, expected: &str) {
        assert_eq!(converted(spec), parsed(expected).to_text());
    }

    #[test]
    fn what_versions_share_goes_into_each() {
        same(
            r#"{"version":"v1","versions":[{"name":"v1"},{"name":"v2"}],
                "validation":{"openAPIV3Schema":{"type":"object"}},"subresources":{"status":{}},
                "additionalPrinterColumns":[{"name":"A","JSONPath":".a"}],
                "selectableFields":[{"jsonPath":".a"}],
                "conversion":{"strategy":"None"},"preserveUnknownFields":false}"#,
            r#"{"versions":[
                {"name":"v1","schema":{"openAPIV3Schema":{"type":"object"}},
                 "subresources":{"status":{}},
                 "additionalPrinterColumns":[{"name":"A","jsonPath":".a"}],
                 "selectableFields":[{"jsonPath":".a"}]},
                {"name":"v2","schema":{"openAPIV3Schema":{"type":"object"}},
                 "subresources":{"status":{}},
                 "additionalPrinterColumns":[{"name":"A","jsonPath":".a"}],
                 "selectableFields":[{"jsonPath":".a"}]}],
                "conversion":{"strategy":"None"}}"#,
        );
    }

    #[test]
    fn what_each_version_has_stays_there() {
        same(
            r#"{"version":"v1","versions":[
                {"name":"v1","schema":{},"additionalPrinterColumns":[{"JSONPath":".a"}]},
                {"name":"v2","subresources":{}}],
                "conversion":{"strategy":"None"},"preserveUnknownFields":false}"#,
            r#"{"versions":[
                {"name":"v1","schema":{},"additionalPrinterColumns":[{"jsonPath":".a"}]},
                {"name":"v2","subresources":{}}],"conversion":{"strategy":"None"}}"#,
        );
    }

    #[test]
    fn a_webhook_has_a_place_of_its_own() {
        same(
            r#"{"versions":[{"name":"v1"}],"preserveUnknownFields":false,
                "conversion":{"strategy":"Webhook","webhookClientConfig":{"url":"https://a"},
                "conversionReviewVersions":["v1"]}}"#,
            r#"{"versions":[{"name":"v1"}],
                "conversion":{"strategy":"Webhook","webhook":{"clientConfig":{"url":"https://a"},
                "conversionReviewVersions":["v1"]}}}"#,
        );
    }

    #[test]
    fn the_oldest_ones_have_a_version_alone() {
        same(
            r#"{"version":"v1","group":"g"}"#,
            r#"{"group":"g","versions":[{"name":"v1","served":true,"storage":true}],
                "conversion":{"strategy":"None"},"preserveUnknownFields":true}"#,
        );
    }

    #[test]
    fn what_is_no_definition_is_refused_or_left() {
        for text in ["", "[]", "{", "7"] {
            assert!(v1beta1_to_v1(text).is_err());
        }
        for spec in [
            "null",
            "7",
            r#"{"versions":7}"#,
            r#"{"versions":[7],"validation":{}}"#,
        ] {
            converted(spec);
        }
    }
}
