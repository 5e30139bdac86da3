//! What a scalar means: YAML 1.1 by the rules of Go's library. Times of day and dates are strings.

use super::tags::Tag;
use super::tree::Text;
use super::{Result, YamlError};
use crate::json::yaml_scalar::is_timestamp;
use crate::scalar::base64;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Beyond an i64.
    Uint(u64),
    Float(f64),
    /// The scalar's own text.
    Text,
    /// Text of its own at the end of the texts, where it was not as it came.
    Binary,
}

/// What the scalar means, and of `!!binary` what it holds.
pub fn resolve(text: &[u8], tag: Tag, implicit: bool) -> Result<(Scalar, Option<String>)> {
    let plain = match tag {
        Tag::Absent if !implicit => Scalar::Text,
        Tag::Str | Tag::Local | Tag::Merge | Tag::Other => Scalar::Text,
        Tag::Binary => {
            let Ok(bytes) = base64::decode(text) else {
                let message = "!!binary value contains invalid base64 data";
                return Err(YamlError::plain(message));
            };
            return Ok((Scalar::Binary, Some(as_go_text(&bytes))));
        }
        _ => tagged(text, tag)?,
    };
    Ok((plain, None))
}

/// Bytes as Go writes them into JSON: U+FFFD for each byte that is not of a character, where Rust's
/// own conversion has one for all that begin the same character.
fn as_go_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

fn tagged(text: &[u8], tag: Tag) -> Result<Scalar> {
    let string = std::str::from_utf8(text).unwrap_or_default();
    let found = implied(string);
    let found_tag = match found {
        Scalar::Null => Tag::Null,
        Scalar::Bool(_) => Tag::Bool,
        Scalar::Int(_) | Scalar::Uint(_) => Tag::Int,
        Scalar::Float(_) => Tag::Float,
        _ if tag == Tag::Timestamp && is_timestamp(string) => Tag::Timestamp,
        _ => Tag::Str,
    };
    match (tag, found) {
        _ if tag == Tag::Absent || tag == found_tag => Ok(found),
        (Tag::Float, Scalar::Int(value)) => Ok(Scalar::Float(value as f64)),
        _ => {
            let (found, wanted) = (found_tag.short(), tag.short());
            let message = format!("cannot decode {found} `{string}` as a {wanted}");
            Err(YamlError::plain(message))
        }
    }
}

/// By its form alone.
fn implied(text: &str) -> Scalar {
    match text.bytes().next() {
        None => Scalar::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text)
        }
        Some(b'.') => match text {
            ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
            // Go's own reading of numbers has underscores between digits.
            _ => match without_underscores(text) {
                Some(digits) if is_float(&digits) => float(&digits),
                _ => Scalar::Text,
            },
        },
        Some(b'+' | b'-' | b'0'..=b'9') => number(text),
        Some(_) => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::Text,
    }
}

/// The text without underscores, each of which must stand between digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let mut places = (0..bytes.len()).filter(|at| bytes[*at] == b'_');
    let between = places.all(|at| digit(at.checked_sub(1)) && digit(Some(at + 1)));
    between.then(|| text.replace('_', ""))
}

fn number(text: &str) -> Scalar {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let plain = text.replace('_', "");
    if let Some(value) = integer(&plain) {
        return value;
    }
    if is_float(&plain) {
        return float(&plain);
    }
    // Upstream reads the digits once more with a sign of their own.
    let signed = plain.strip_prefix("0b").and_then(|digits| {
        let rest = digits.strip_prefix(['+', '-'])?;
        let magnitude = u64::from_str_radix(checked(rest)?, 2).ok()?;
        in_range(magnitude, digits.starts_with('-'))
    });
    signed.unwrap_or(Scalar::Text)
}

/// from_str_radix takes a sign of its own.
fn checked(digits: &str) -> Option<&str> {
    (!digits.starts_with(['+', '-'])).then_some(digits)
}

fn in_range(magnitude: u64, negative: bool) -> Option<Scalar> {
    match (i64::try_from(magnitude), negative) {
        (Ok(value), false) => Some(Scalar::Int(value)),
        (Ok(value), true) => Some(Scalar::Int(-value)),
        (Err(_), true) if magnitude == 1 << 63 => Some(Scalar::Int(i64::MIN)),
        _ => None,
    }
}

fn integer(text: &str) -> Option<Scalar> {
    let signed = text.starts_with(['+', '-']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    let magnitude = u64::from_str_radix(checked(digits)?, radix).ok()?;
    let unsigned = (!signed).then_some(Scalar::Uint(magnitude));
    in_range(magnitude, text.starts_with('-')).or(unsigned)
}

fn is_float(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    !(whole.is_empty() && fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && exponent.is_none_or(|e| !e.is_empty() && all_digits(e))
}

/// A number that no float64 can hold is text.
fn float(text: &str) -> Scalar {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Scalar::Float(value),
        _ => Scalar::Text,
    }
}

/// A key's text, as JSON has it; None for what no key of JSON can be.
pub fn key_text(scalar: Scalar, text: &[u8], held: Text, texts: &[u8]) -> Option<Vec<u8>> {
    match scalar {
        Scalar::Text => Some(text.to_vec()),
        Scalar::Binary => Some(held.of(texts).to_vec()),
        Scalar::Int(value) => Some(value.to_string().into_bytes()),
        Scalar::Bool(value) => Some(value.to_string().into_bytes()),
        Scalar::Float(value) => Some(short_float(value).into_bytes()),
        Scalar::Null | Scalar::Uint(_) => None,
    }
}

/// As upstream writes floating-point keys: with the precision of 32 bits.
fn short_float(value: f64) -> String {
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_string();
    }
    shortest(&format!("{value:e}"), || value.to_string())
}

/// Go's `%g` of the shortest digits, given as `1.5e-7`.
fn shortest(scientific: &str, plain: impl Fn() -> String) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) || digits.trim_start_matches('-') == "0" {
        return plain();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A key in the words of upstream's errors, which show it as Go source has it.
pub fn quoted_key(scalar: Scalar, text: &[u8]) -> String {
    match scalar {
        Scalar::Int(value) => value.to_string(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Float(value) if value.is_infinite() => {
            if value > 0.0 { "+Inf" } else { "-Inf" }.to_string()
        }
        Scalar::Float(value) => shortest(&format!("{value:e}"), || value.to_string()),
        Scalar::Uint(value) => format!("{value:#x}"),
        Scalar::Null => "<nil>".to_string(),
        Scalar::Text | Scalar::Binary => crate::error::quote(&String::from_utf8_lossy(text)),
    }
}
