//! Resource quantities: parsed, capped, rounded and written in canonical form as
//! k8s.io/apimachinery/pkg/api/resource does, including which spellings it leaves alone.

pub mod nano;

pub const FORMAT_WRONG: &str = "quantities must match the regular expression \
'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NUMERIC: &str = "unable to parse numeric part of quantity";
const SUFFIX: &str = "unable to parse quantity's suffix";

/// Decimal digits that upstream's integer path holds without checking.
const FAST_DIGITS: i64 = 18;
const NANO: i64 = -9;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    DecimalExponent,
    BinarySi,
    DecimalSi,
}

struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    decimals: &'t str,
    suffix: &'t str,
    /// Whether there is no digit before the suffix.
    is_bare: bool,
}

/// digits × 10^exponent; digits without leading zeros, empty for zero.
struct Amount {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
    format: Format,
}

fn split(text: &str) -> Result<Parts<'_>, &'static str> {
    let b = text.as_bytes();
    let mut at = usize::from(matches!(b.first(), Some(b'-' | b'+')));
    let negative = b.first() == Some(&b'-');
    let run = |from: usize, test: fn(u8) -> bool| {
        from + b[from..].iter().take_while(|&&c| test(c)).count()
    };
    let begin = at;
    at = run(at, |c| c == b'0');
    let mut parts = Parts {
        negative,
        whole: "0",
        decimals: "",
        suffix: "",
        is_bare: false,
    };
    if at == b.len() {
        return Ok(parts);
    }
    let end = run(at, |c| c.is_ascii_digit());
    if end > at {
        parts.whole = &text[at..end];
    }
    at = end;
    let is_whole_bare = end == begin;
    if b.get(at) == Some(&b'.') {
        let end = run(at + 1, |c| c.is_ascii_digit());
        parts.decimals = &text[at + 1..end];
        at = end;
    }
    let mut end = run(at, |c| b"eEinumkKMGTP".contains(&c));
    if end < b.len() {
        end += usize::from(matches!(b[end], b'-' | b'+'));
        end = run(end, |c| c.is_ascii_digit());
    }
    if end < b.len() {
        return Err(FORMAT_WRONG);
    }
    parts.suffix = &text[at..];
    parts.is_bare = is_whole_bare && parts.decimals.is_empty();
    Ok(parts)
}

const DECIMAL: [(&str, i64); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// The exponent, of ten or for BinarySi of two.
fn interpret(suffix: &str) -> Result<(i64, Format), &'static str> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(s, _)| *s == suffix) {
        return Ok((*exponent, Format::DecimalSi));
    }
    if let Some(power) = BINARY.iter().skip(1).position(|s| *s == suffix) {
        return Ok(((power as i64 + 1) * 10, Format::BinarySi));
    }
    match suffix.strip_prefix(['e', 'E']).map(str::parse::<i64>) {
        Some(Ok(exponent)) => Ok((i64::from(exponent as i32), Format::DecimalExponent)),
        _ => Err(SUFFIX),
    }
}

/// The canonical spelling, or upstream's error text.
pub fn canonical(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err(FORMAT_WRONG);
    }
    if text == "0" {
        return Ok(text.to_string());
    }
    let parts = split(text)?;
    let (exponent, format) = interpret(parts.suffix)?;
    if is_reused(&parts, exponent, format) {
        return Ok(text.to_string());
    }
    parse(&parts, exponent, format).map(|amount| amount.write())
}

/// Upstream keeps the spelling of what its integer path finds canonical enough.
fn is_reused(parts: &Parts, exponent: i64, format: Format) -> bool {
    let (whole, decimals) = (parts.whole.len() as i64, parts.decimals.len() as i64);
    match format {
        Format::BinarySi => {
            let precision = 15 - whole - exponent * 3 / 10 - 1;
            let odd = |v: i64| v & 7 != 0;
            decimals == 0 && precision >= 0 && parts.whole.parse().is_ok_and(odd)
        }
        Format::DecimalSi | Format::DecimalExponent => {
            let scale = exponent - decimals;
            let shifted_zeros = match parts.decimals {
                "" => parts.whole.ends_with("000"),
                d if d.len() >= 3 => d.ends_with("000"),
                d => format!("{}{d}", parts.whole).ends_with("000"),
            };
            whole + decimals <= FAST_DIGITS
                && scale >= NANO
                && scale % 3 == 0
                && !shifted_zeros
                && !parts.whole.starts_with('0')
        }
    }
}

fn parse(parts: &Parts, exponent: i64, format: Format) -> Result<Amount, &'static str> {
    // Upstream's path for small numbers takes nothing for zero, the other one does not.
    let is_small = match format {
        Format::BinarySi => exponent <= 40,
        _ => exponent >= NANO,
    };
    if parts.is_bare && !is_small {
        return Err(NUMERIC);
    }
    let mut digits: Vec<u8> = parts
        .whole
        .bytes()
        .chain(parts.decimals.bytes())
        .map(|b| b - b'0')
        .collect();
    strip_leading_zeros(&mut digits);
    let mut amount = Amount {
        negative: parts.negative,
        digits,
        exponent: -(parts.decimals.len() as i64),
        format,
    };
    if format == Format::BinarySi {
        for _ in 0..exponent / 10 {
            amount.multiply_by_1024();
        }
    } else {
        amount.exponent += exponent;
        if amount.exponent.abs() > i64::from(i32::MAX) {
            return Err(NUMERIC);
        }
    }
    amount.round_up(NANO);
    if format == Format::BinarySi {
        amount.cap();
        if amount.is_below_one() {
            amount.format = Format::DecimalSi;
        }
    }
    Ok(amount)
}

fn strip_leading_zeros(digits: &mut Vec<u8>) {
    let zeros = digits.iter().take_while(|&&d| d == 0).count();
    digits.drain(..zeros);
}

impl Amount {
    fn multiply_by_1024(&mut self) {
        let mut carry = 0u32;
        for digit in self.digits.iter_mut().rev() {
            let value = u32::from(*digit) * 1024 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            self.digits.insert(0, (carry % 10) as u8);
            carry /= 10;
        }
    }

    /// Away from zero, to a multiple of 10^scale.
    fn round_up(&mut self, scale: i64) {
        if self.exponent >= scale || self.digits.is_empty() {
            return;
        }
        let drop = usize::try_from(scale - self.exponent).unwrap_or(usize::MAX);
        let keep = self.digits.len().saturating_sub(drop);
        let lost = self.digits[keep..].iter().any(|&d| d != 0);
        self.digits.truncate(keep);
        self.exponent = scale;
        if lost {
            self.increment();
        }
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
    }

    /// Digits of the whole part; the amount must not have a huge positive exponent.
    fn whole(&self) -> Vec<u8> {
        if self.exponent >= 0 {
            let mut digits = self.digits.clone();
            digits.resize(digits.len() + self.exponent as usize, 0);
            return digits;
        }
        let keep = self
            .digits
            .len()
            .saturating_sub(self.exponent.unsigned_abs() as usize);
        self.digits[..keep].to_vec()
    }

    fn has_fraction(&self) -> bool {
        let decimals = (-self.exponent).max(0) as usize;
        let keep = self.digits.len().saturating_sub(decimals);
        self.digits[keep..].iter().any(|&d| d != 0)
    }

    fn is_below_one(&self) -> bool {
        !self.digits.is_empty() && self.whole().is_empty()
    }

    fn whole_value(&self) -> Option<u64> {
        self.whole()
            .iter()
            .try_fold(0u64, |n, &d| n.checked_mul(10)?.checked_add(u64::from(d)))
    }

    fn cap(&mut self) {
        let highest = i64::MAX as u64;
        let value = self.whole_value();
        if value.is_none_or(|v| v > highest || (v == highest && self.has_fraction())) {
            self.digits = highest.to_string().bytes().map(|b| b - b'0').collect();
            self.exponent = 0;
        }
    }

    fn write(&self) -> String {
        if self.digits.is_empty() {
            return "0".to_string();
        }
        let sign = if self.negative { "-" } else { "" };
        if self.format == Format::BinarySi && !self.has_fraction() {
            if let Some(mut value) = self.whole_value().filter(|&v| v >= 1024) {
                let mut power = 0;
                while value % 1024 == 0 {
                    value /= 1024;
                    power += 1;
                }
                let suffix = BINARY.get(power).copied().unwrap_or("");
                return format!("{sign}{value}{suffix}");
            }
        }
        let (mut digits, mut exponent) = self.normal();
        while exponent % 3 != 0 {
            digits.push(0);
            exponent -= 1;
        }
        let mut text = sign.to_string();
        text.extend(digits.iter().map(|d| char::from(b'0' + d)));
        if self.format == Format::DecimalExponent {
            if exponent != 0 {
                text.push_str(&format!("e{exponent}"));
            }
        } else if let Some((suffix, _)) = DECIMAL.iter().find(|(_, e)| *e == exponent) {
            // Beyond E upstream's table has no suffix either.
            text.push_str(suffix);
        }
        text
    }

    /// Without trailing zeros.
    fn normal(&self) -> (Vec<u8>, i64) {
        let zeros = self.digits.iter().rev().take_while(|&&d| d == 0).count();
        (
            self.digits[..self.digits.len() - zeros].to_vec(),
            self.exponent + zeros as i64,
        )
    }
}

fn amount_of(text: &str) -> Option<Amount> {
    let parts = split(text).ok()?;
    let (exponent, format) = interpret(parts.suffix).ok()?;
    parse(&parts, exponent, format).ok()
}

/// The same amount, whatever the spelling.
pub fn equal(a: &str, b: &str) -> bool {
    match (amount_of(a), amount_of(b)) {
        (Some(a), Some(b)) => {
            let zero = a.digits.is_empty() && b.digits.is_empty();
            zero || (a.negative == b.negative && a.normal() == b.normal())
        }
        _ => a == b,
    }
}

/// As upstream defaults every value of a resource list: rounded up to thousandths. None when it
/// is so already.
pub fn round_up_to_milli(text: &str) -> Option<String> {
    let mut amount = amount_of(text)?;
    if amount.exponent >= -3 {
        return None;
    }
    amount.round_up(-3);
    Some(amount.write())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        let cases = [
            ("0", "0"),
            ("00", "0"),
            ("0Ki", "0"),
            ("-0", "0"),
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1.5", "1500m"),
            ("1.5Gi", "1536Mi"),
            ("1024", "1024"),
            ("1024Ki", "1Mi"),
            ("0.1m", "100u"),
            ("1e3", "1e3"),
            ("1000", "1k"),
            ("123", "123"),
            ("1Ki", "1Ki"),
            ("512Ki", "512Ki"),
            ("1023Ki", "1023Ki"),
            ("1E", "1E"),
            ("1000E", "1"),
            ("12e6", "12e6"),
            ("0.5Ki", "512"),
            ("1.1Ki", "1126400m"),
            ("-1.5Gi", "-1536Mi"),
            ("1e-3", "1e-3"),
            ("0.0000000001", "1n"),
            ("1.500", "1.500"),
            ("+5", "+5"),
            ("100Ei", "9223372036854775807"),
            ("9223372036854775808", "9223372036854775808"),
            ("1048576Ki", "1Gi"),
        ];
        for (from, to) in cases {
            assert_eq!(canonical(from), Ok(to.to_string()), "{from}");
        }
    }

    #[test]
    fn refused() {
        assert_eq!(canonical(""), Err(FORMAT_WRONG));
        assert_eq!(canonical("abc"), Err(FORMAT_WRONG));
        assert_eq!(canonical("1x"), Err(FORMAT_WRONG));
        assert_eq!(canonical("1mm"), Err(SUFFIX));
        assert_eq!(canonical("1 Gi"), Err(FORMAT_WRONG));
        for text in [".Pi", "-Ei", "e-10", ".e-40"] {
            assert_eq!(canonical(text), Err(NUMERIC), "{text}");
        }
        for text in [".", "-", "+m", ".Ti", "n", "e3"] {
            assert_eq!(canonical(text), Ok("0".to_string()), "{text}");
        }
    }

    #[test]
    fn compares_amounts() {
        assert!(equal("1024", "1Ki"));
        assert!(equal("1.500", "1500m"));
        assert!(!equal("1", "-1"));
        assert_eq!(round_up_to_milli("100u"), Some("1m".to_string()));
        assert_eq!(round_up_to_milli("5m"), None);
    }
}
