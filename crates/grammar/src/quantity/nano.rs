//! Resource quantities as exact integers.
//!
//! A quantity is kept in nano-units (10^-9), the finest scale that Kubernetes keeps; finer input
//! is rounded up, as `resource.Quantity` does. Sums are made in nano-units and rounded up once.

use super::{Format, interpret, split};

/// One unit in nano-units.
pub const NANO: i128 = 1_000_000_000;

/// The largest quantity that is told from larger ones, in nano-units: an int64 of whole units.
/// Whatever is beyond it (`1e40` is a valid quantity) counts as this much, so that a sum of as many
/// as there can be pods never overflows.
pub const MAX_NANO: i128 = i64::MAX as i128 * NANO;

/// Digits of a mantissa that are kept; what is behind them only rounds up.
const KEPT_DIGITS: u32 = 30;

/// A quantity (`100m`, `1.5Gi`, `2e3`) in nano-units, at most [`MAX_NANO`] either way. None when it
/// is malformed.
pub fn parse_nano(text: &str) -> Option<i128> {
    if text.is_empty() {
        return None;
    }
    let parts = split(text).ok()?;
    let (exponent, format) = interpret(parts.suffix).ok()?;
    let (mantissa, places) = mantissa(parts.whole, parts.decimals);
    let (binary, power) = match format {
        Format::BinarySi => (exponent as u32, 0),
        _ => (0, exponent),
    };
    let value = magnitude(mantissa, places, binary, power);
    Some(if parts.negative { -value } else { value })
}

/// The digits as an integer, and how many decimal places its value is below them (negative where
/// digits before the point were left out).
fn mantissa(whole: &str, decimals: &str) -> (i128, i64) {
    let (mut mantissa, mut kept, mut places) = (0_i128, 0_u32, 0_i64);
    let mut is_inexact = false;
    let whole = whole.bytes().map(|digit| (digit, 0));
    for (digit, place) in whole.chain(decimals.bytes().map(|digit| (digit, 1))) {
        if kept == KEPT_DIGITS {
            is_inexact |= digit != b'0';
            places -= 1 - place;
            continue;
        }
        mantissa = mantissa * 10 + i128::from(digit - b'0');
        kept += u32::from(mantissa > 0);
        places += place;
    }
    (mantissa + i128::from(is_inexact), places)
}

/// `mantissa / 10^places * 2^binary * 10^power` in nano-units, rounded up and capped.
fn magnitude(mantissa: i128, places: i64, binary: u32, power: i64) -> i128 {
    if mantissa == 0 {
        return 0;
    }
    let (mut mantissa, mut places) = (mantissa, places);
    let scaled = loop {
        match mantissa.checked_mul(1 << binary) {
            Some(scaled) => break scaled,
            // Behind the 19 digits that are left whatever the suffix.
            None if places > 0 => {
                mantissa = divide_up(mantissa, 10);
                places -= 1;
            }
            None => return MAX_NANO,
        }
    };
    let shift = power.saturating_sub(places).saturating_add(9);
    let tens = u32::try_from(shift.unsigned_abs())
        .ok()
        .and_then(|by| 10_i128.checked_pow(by));
    let value = match (tens, shift >= 0) {
        (Some(tens), true) => scaled.saturating_mul(tens),
        (None, true) => i128::MAX,
        (Some(tens), false) => divide_up(scaled, tens),
        (None, false) => 1,
    };
    value.min(MAX_NANO)
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
            ("1e40", i64::MAX, i64::MAX),
            ("-1e40", -i64::MAX, i64::MIN),
            // As upstream, whose exponents are the last 32 bits.
            ("1e9223372036854775807", 1, 100),
            ("0e99", 0, 0),
            ("1e-40", 1, 1),
            ("1e-9223372036854775808", 1, 1000),
            (
                "99999999999999999999999999999999999999999999",
                i64::MAX,
                i64::MAX,
            ),
            ("99999999999999999999999999999999Ei", i64::MAX, i64::MAX),
            ("0.00000000000000000000000000000000000000000001Ei", 1, 1),
            ("1.0000000000000000000000000000Gi", 1 << 30, 1000 << 30),
            ("000000000000000000000000000000000000000001", 1, 1000),
            ("1.0000000000000000000000000000000000000000000000", 1, 1000),
            ("1.0000000000000000000000000000000000000000000001", 2, 1001),
            (
                "1234567890.123456789012345678901234567890Ki",
                1_264_197_519_487,
                1_264_197_519_486_420,
            ),
        ];
        for (text, whole, milli) in cases {
            let nano = parse_nano(text).unwrap_or_else(|| unreachable!("{text}"));
            assert_eq!(units(nano), whole, "{text}");
            assert_eq!(milli_units(nano), milli, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_quantity() {
        for text in ["", "1x", "1 ", "1mm", "1e", "1e1.5", "1.2.3", "--1"] {
            assert_eq!(parse_nano(text), None, "{text}");
        }
    }
}
