//! A configuration as it was sent.

use crate::json::generic::{Json, Object};
use crate::json::lexer::as_text;
use crate::patch::as_values;
use crate::yaml;

/// YAML, or JSON, which is YAML.
#[derive(Debug)]
pub struct Configuration {
    pub json: Json,
    /// Keys that maps have twice, in upstream's words; of each the last counts.
    pub duplicates: Vec<String>,
}

impl Configuration {
    /// Reads the first document. An error is in upstream's words.
    pub fn read(data: &[u8]) -> Result<Configuration, String> {
        // Upstream writes what is no JSON as JSON first.
        let lead = match looks_like_json(data) {
            true => "error decoding patch: error converting YAML to JSON",
            false => "error encoding patch",
        };
        let document = yaml::to_json(data).map_err(|error| format!("{lead}: {error}"))?;
        let mut json = Json::parse(&as_text(&document.json))
            .map_err(|_| "error decoding patch: exceeded max depth".to_string())?;
        match json {
            Json::Object(_) => {}
            Json::Null => json = Json::Object(Object::new()),
            other => {
                let kind = other.go_kind();
                return Err(format!(
                    "error decoding patch: error unmarshaling JSON: while decoding JSON: json: \
                     cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
                ));
            }
        }
        as_values(&mut json);
        Ok(Configuration {
            json,
            duplicates: document.duplicates,
        })
    }
}

fn looks_like_json(data: &[u8]) -> bool {
    let first = data.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'{')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_first_document() {
        let read = Configuration::read(b"a: 1.0\nb: {c: x}\n---\nd: 2\n");
        let text = read.map(|configuration| configuration.json.to_text());
        assert_eq!(text.as_deref(), Ok(r#"{"a":1,"b":{"c":"x"}}"#));
        let empty = Configuration::read(b"").map(|configuration| configuration.json.to_text());
        assert_eq!(empty.as_deref(), Ok("{}"));
        assert!(Configuration::read(b"[]").is_err());
        assert!(Configuration::read(b"a: [").is_err());
    }

    #[test]
    fn tells_what_is_there_twice() {
        let read = Configuration::read(b"a: 1\na: 2\n");
        let told = read.map(|configuration| configuration.duplicates);
        let line = "line 2: key \"a\" already set in map";
        assert_eq!(told, Ok(vec![line.to_string()]));
    }
}
