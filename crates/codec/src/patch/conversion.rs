//! Upstream applies a strategic patch to typed objects, and words what does not fit by Go's types
//! instead of by JSON's.

use crate::error::CodecError;

const LEAD: &str = "json: cannot unmarshal ";

/// The same error in the words of upstream's converter; those it has no words for stay.
pub fn worded(error: CodecError) -> CodecError {
    match reworded(&error.message) {
        Some(message) => CodecError { message, ..error },
        None => error,
    }
}

fn reworded(message: &str) -> Option<String> {
    let (found, rest) = message.strip_prefix(LEAD)?.split_once(" into Go ")?;
    let (_, wanted) = rest.rsplit_once(" of type ")?;
    let found = match found {
        "object" => "map",
        "array" => "slice",
        "number" => "int64",
        "string" => "string",
        "bool" => "bool",
        _ if found.starts_with("number ") => "float64",
        _ => return None,
    };
    if wanted.starts_with("[]") {
        return Some(format!("cannot restore slice from {found}"));
    }
    if wanted.starts_with("map[") {
        return Some(format!("cannot restore map from {found}"));
    }
    match (wanted, found) {
        ("string", "int64") | ("int32" | "int64", "float64") => {
            Some(format!("cannot convert {found} to {wanted}"))
        }
        ("string" | "int32" | "int64" | "bool" | "float64", _) => {
            Some(format!("unrecognized type: {wanted}"))
        }
        (_, "string") => Some(format!("cannot restore struct from: {found}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let cases = [
            ("number", "string", "cannot convert int64 to string"),
            ("bool", "string", "unrecognized type: string"),
            ("string", "int32", "unrecognized type: int32"),
            ("number 1.5", "int32", "cannot convert float64 to int32"),
            ("object", "[]v1.Container", "cannot restore slice from map"),
            (
                "array",
                "map[string]string",
                "cannot restore map from slice",
            ),
            ("string", "v1.PodSpec", "cannot restore struct from: string"),
        ];
        for (found, wanted, want) in cases {
            let message = format!("{LEAD}{found} into Go struct field A.b of type {wanted}");
            assert_eq!(reworded(&message).as_deref(), Some(want));
        }
        assert_eq!(reworded("unknown field"), None);
    }
}
