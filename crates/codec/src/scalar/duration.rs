//! Go's duration text: `1h30m0s`, `1.5s`, `100ms`. Values are nanoseconds.

pub fn format(nanos: i64) -> String {
    let size = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    if size == 0 {
        return "0s".to_string();
    }
    if size < 1_000 {
        return format!("{sign}{size}ns");
    }
    if size < 1_000_000 {
        return format!("{sign}{}µs", fraction(size, 1_000));
    }
    if size < 1_000_000_000 {
        return format!("{sign}{}ms", fraction(size, 1_000_000));
    }
    let seconds = size / 1_000_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = fraction(size % 60_000_000_000, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, m) => format!("{sign}{m}m{rest}s"),
        (h, m) => format!("{sign}{h}h{m}m{rest}s"),
    }
}

fn fraction(value: u64, unit: u64) -> String {
    let rest = value % unit;
    if rest == 0 {
        return (value / unit).to_string();
    }
    let width = unit.ilog10() as usize;
    let digits = format!("{rest:0width$}");
    format!("{}.{}", value / unit, digits.trim_end_matches('0'))
}

/// Nanoseconds, or Go's error text.
pub fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (part, left) = component(text, rest)?;
        total = total
            .checked_add(part)
            .filter(|&t| t <= 1 << 63)
            .ok_or_else(invalid)?;
        rest = left;
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn component<'t>(text: &str, rest: &'t str) -> Result<(u64, &'t str), String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    let mut at = whole;
    let mut decimals = "";
    if rest[at..].starts_with('.') {
        let n = digits(&rest[at + 1..]);
        decimals = &rest[at + 1..at + 1 + n];
        at += 1 + n;
    }
    if whole == 0 && decimals.is_empty() {
        return Err(invalid());
    }
    let name_end = rest[at..]
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .map_or(rest.len(), |n| at + n);
    let unit = match &rest[at..name_end] {
        "" => return Err(format!("time: missing unit in duration {}", quote(text))),
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000u64,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        name => {
            let name = quote(name);
            return Err(format!(
                "time: unknown unit {name} in duration {}",
                quote(text)
            ));
        }
    };
    let whole: u64 = if whole == 0 {
        0
    } else {
        rest[..whole].parse().map_err(|_| invalid())?
    };
    let mut value = whole.checked_mul(unit).ok_or_else(invalid)?;
    if !decimals.is_empty() {
        // As Go rounds: digits that fit an integer, times a unit divided by their power of ten.
        let digits = &decimals[..decimals.len().min(18)];
        let scale = 10f64.powi(digits.len() as i32);
        let share = digits.parse::<u64>().unwrap_or(0) as f64 * (unit as f64 / scale);
        value = value.checked_add(share as u64).ok_or_else(invalid)?;
    }
    Ok((value, &rest[name_end..]))
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_go() {
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (-3_600_000_000_000, "-1h0m0s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(format(nanos), text);
            assert_eq!(parse(text), Ok(nanos));
        }
        assert_eq!(parse("1.5h"), Ok(5_400_000_000_000));
        assert_eq!(parse("0.123456789s"), Ok(123_456_789));
    }

    #[test]
    fn refuses_as_go() {
        assert_eq!(
            parse("").err().unwrap_or_default(),
            "time: invalid duration \"\""
        );
        assert_eq!(
            parse("3").err().unwrap_or_default(),
            "time: missing unit in duration \"3\""
        );
        assert_eq!(
            parse("3x").err().unwrap_or_default(),
            "time: unknown unit \"x\" in duration \"3x\""
        );
    }
}
