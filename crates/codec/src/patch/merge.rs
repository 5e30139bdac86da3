//! JSON merge patch (RFC 7396).

use crate::json::generic::{Json, Object};

pub fn apply(document: Json, patch: Json) -> Json {
    let Json::Object(patch) = patch else {
        return patch;
    };
    let mut merged = match document {
        Json::Object(object) => object,
        _ => Object::new(),
    };
    for (key, value) in patch {
        if value == Json::Null {
            merged.remove(&key);
            continue;
        }
        let current = merged.remove(&key).unwrap_or(Json::Null);
        merged.insert(key, apply(current, value));
    }
    Json::Object(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_rfc() {
        let cases = [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
            (
                r#"{}"#,
                r#"{"a":{"bb":{"ccc":null}}}"#,
                r#"{"a":{"bb":{}}}"#,
            ),
            (r#"[1,2]"#, r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ];
        for (document, patch, want) in cases {
            let merged = Json::parse(document).and_then(|d| Ok(apply(d, Json::parse(patch)?)));
            assert_eq!(merged.map(|m| m.to_text()), Ok(want.to_string()));
        }
    }
}
