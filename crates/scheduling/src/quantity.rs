//! Resource quantities as exact integers.
//!
//! A quantity is kept in nano-units (10^-9), the finest scale that Kubernetes keeps; finer input
//! is rounded up, as `resource.Quantity` does. Sums are made in nano-units and rounded up once.

/// One unit in nano-units.
pub const NANO: i128 = 1_000_000_000;

/// Parses a quantity (`100m`, `1.5Gi`, `2e3`) into nano-units. `None` when it is malformed.
pub fn parse_nano(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let (negative, mut at) = match bytes.first()? {
        b'-' => (true, 1),
        b'+' => (false, 1),
        _ => (false, 0),
    };
    let mut mantissa: i128 = 0;
    let mut fraction_digits: u32 = 0;
    let mut seen_point = false;
    let mut digits = 0;
    // 30 significant digits hold every value that fits in an int64 with nano precision.
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                if digits > 30 {
                    return None;
                }
                mantissa = mantissa * 10 + i128::from(byte - b'0');
                fraction_digits += u32::from(seen_point);
            }
            b'.' if !seen_point => seen_point = true,
            _ => break,
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    let (binary, power) = suffix(&text[at..])?;
    let power = power + 9
        - if binary > 0 {
            0
        } else {
            fraction_digits as i32
        };
    let value = if binary > 0 {
        let scaled = mantissa.checked_mul(1_i128.checked_shl(binary)?)?;
        divide_up(
            scaled.checked_mul(NANO)?,
            10_i128.checked_pow(fraction_digits)?,
        )
    } else if power >= 0 {
        mantissa.checked_mul(10_i128.checked_pow(power as u32)?)?
    } else {
        divide_up(mantissa, 10_i128.checked_pow(power.unsigned_abs())?)
    };
    Some(if negative { -value } else { value })
}

/// Powers of two (first) or of ten (second) that a suffix stands for.
fn suffix(text: &str) -> Option<(u32, i32)> {
    Some(match text {
        "" => (0, 0),
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        _ => {
            let exponent = text.strip_prefix(['e', 'E'])?;
            let exponent: i32 = exponent
                .strip_prefix('+')
                .unwrap_or(exponent)
                .parse()
                .ok()?;
            if !(-30..=30).contains(&exponent) {
                return None;
            }
            (0, exponent)
        }
    })
}

fn divide_up(value: i128, by: i128) -> i128 {
    let quotient = value / by;
    if value % by > 0 {
        quotient + 1
    } else {
        quotient
    }
}

/// Nano-units as whole units, rounded up and saturated to an `i64`.
pub fn units(nano: i128) -> i64 {
    saturate(divide_up(nano, NANO))
}

/// Nano-units as thousandths, rounded up and saturated to an `i64`.
pub fn milli_units(nano: i128) -> i64 {
    saturate(divide_up(nano, NANO / 1000))
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value > 0 { i64::MAX } else { i64::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_suffix_exactly() {
        let cases = [
            ("0", 0, 0),
            ("1", 1, 1000),
            ("100m", 1, 100),
            ("1500m", 2, 1500),
            ("0.5", 1, 500),
            (".5", 1, 500),
            ("1n", 1, 1),
            ("1.5Gi", 1_610_612_736, 1_610_612_736_000),
            ("2e3", 2000, 2_000_000),
            ("2E3", 2000, 2_000_000),
            ("1E", 1_000_000_000_000_000_000, i64::MAX),
            ("7Ei", 8_070_450_532_247_928_832, i64::MAX),
            ("9Ei", i64::MAX, i64::MAX),
            ("-1", -1, -1000),
            ("0.1Ki", 103, 102_400),
        ];
        for (text, whole, milli) in cases {
            let nano = parse_nano(text).unwrap_or_else(|| unreachable!("{text}"));
            assert_eq!(units(nano), whole, "{text}");
            assert_eq!(milli_units(nano), milli, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_quantity() {
        for text in ["", "-", "m", "1x", "1 ", "1mm", "1e", "1e99", ".", "1.2.3"] {
            assert_eq!(parse_nano(text), None, "{text}");
        }
    }
}
