//! RFC 3339 times, read and refused in Go's words.

use crate::value::ZERO_TIME;

/// Days since 1970 of a civil date (proleptic Gregorian).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * of_year + 2) / 153;
    let day = of_year - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// `2006-01-02T15:04:05Z`
pub fn write_seconds(out: &mut Vec<u8>, seconds: i64) {
    write_date_time(out, seconds);
    out.push(b'Z');
}

/// `2006-01-02T15:04:05.000000Z`
pub fn write_micros(out: &mut Vec<u8>, seconds: i64, nanos: u32) {
    write_date_time(out, seconds);
    out.extend_from_slice(format!(".{:06}Z", nanos / 1000).as_bytes());
}

fn write_date_time(out: &mut Vec<u8>, seconds: i64) {
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let rest = seconds.rem_euclid(86_400);
    if (0..10_000).contains(&year) {
        two(out, year / 100);
        two(out, year % 100);
    } else {
        out.extend_from_slice(format!("{year:04}").as_bytes());
    }
    for (mark, part) in [
        (b'-', month),
        (b'-', day),
        (b'T', rest / 3600),
        (b':', rest / 60 % 60),
        (b':', rest % 60),
    ] {
        out.push(mark);
        two(out, part);
    }
}

fn two(out: &mut Vec<u8>, n: i64) {
    out.extend_from_slice(&[b'0' + (n / 10) as u8, b'0' + (n % 10) as u8]);
}

pub const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
pub const RFC3339_MICRO: &str = "2006-01-02T15:04:05.000000Z07:00";

/// Seconds and nanoseconds; a fraction of a second is accepted whatever the layout says, as Go
/// does, but RFC3339Micro demands six digits.
pub fn parse(text: &str, layout: &'static str) -> Result<(i64, u32), String> {
    let mut p = Parser {
        text,
        rest: text,
        layout,
    };
    let year = p.digits(4, "2006")?;
    p.literal('-')?;
    let month = p.digits(2, "01")?;
    if !(1..=12).contains(&month) {
        return Err(p.range("month"));
    }
    p.literal('-')?;
    let day = p.digits(2, "02")?;
    p.literal('T')?;
    let hour = p.digits(2, "15")?;
    if hour > 23 {
        return Err(p.range("hour"));
    }
    p.literal(':')?;
    let minute = p.digits(2, "04")?;
    if minute > 59 {
        return Err(p.range("minute"));
    }
    p.literal(':')?;
    let second = p.digits(2, "05")?;
    if second > 59 {
        return Err(p.range("second"));
    }
    let nanos = p.fraction()?;
    let offset = p.zone()?;
    if !p.rest.is_empty() {
        let (quoted, rest) = (quote(text), quote(p.rest));
        return Err(format!("parsing time {quoted}: extra text: {rest}"));
    }
    if day < 1 || day > days_of(year, month) {
        return Err(p.range("day"));
    }
    let days = days_from_civil(year, month, day);
    Ok((
        days * 86_400 + hour * 3600 + minute * 60 + second - offset,
        nanos,
    ))
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
    layout: &'static str,
}

impl Parser<'_> {
    fn cannot(&self, element: &str) -> String {
        let (text, rest) = (quote(self.text), quote(self.rest));
        format!(
            "parsing time {text} as \"{}\": cannot parse {rest} as \"{element}\"",
            self.layout
        )
    }

    fn range(&self, what: &str) -> String {
        format!("parsing time {}: {what} out of range", quote(self.text))
    }

    fn digits(&mut self, count: usize, element: &str) -> Result<i64, String> {
        match self.rest.get(..count) {
            Some(s) if s.bytes().all(|b| b.is_ascii_digit()) => {
                self.rest = &self.rest[count..];
                Ok(s.bytes().fold(0, |n, b| n * 10 + i64::from(b - b'0')))
            }
            _ => Err(self.cannot(element)),
        }
    }

    fn literal(&mut self, c: char) -> Result<(), String> {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.cannot(&c.to_string())),
        }
    }

    fn fraction(&mut self) -> Result<u32, String> {
        let digits = match self.rest.strip_prefix(['.', ',']) {
            Some(s) => s.bytes().take_while(u8::is_ascii_digit).count(),
            None => 0,
        };
        if self.layout == RFC3339_MICRO && digits != 6 {
            return Err(self.cannot(".000000"));
        }
        if digits == 0 {
            return Ok(0);
        }
        let text = &self.rest[1..1 + digits];
        self.rest = &self.rest[1 + digits..];
        Ok(text
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(9)
            .fold(0, |n, b| n * 10 + u32::from(b - b'0')))
    }

    /// Seconds east of UTC.
    fn zone(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let b = self.rest.as_bytes();
        let shaped = b.len() >= 6
            && matches!(b[0], b'+' | b'-')
            && b[3] == b':'
            && [1, 2, 4, 5].iter().all(|&i| b[i].is_ascii_digit());
        if !shaped {
            return Err(self.cannot("Z07:00"));
        }
        let n = |i: usize| i64::from(b[i] - b'0') * 10 + i64::from(b[i + 1] - b'0');
        let (hours, minutes) = (n(1), n(4));
        if hours > 24 || minutes > 60 {
            return Err(self.range("time zone offset"));
        }
        let sign = if b[0] == b'-' { -1 } else { 1 };
        self.rest = &self.rest[6..];
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

pub fn is_zero(seconds: i64, nanos: u32) -> bool {
    seconds == ZERO_TIME && nanos == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: i64) -> String {
        let mut out = Vec::new();
        write_seconds(&mut out, seconds);
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn both_ways() {
        for t in [
            "1970-01-01T00:00:00Z",
            "2008-02-29T23:59:59Z",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(t, RFC3339).map(|(s, _)| text(s)), Ok(t.to_string()));
        }
        assert_eq!(
            parse("2020-01-01T01:00:00.25+01:00", RFC3339),
            Ok((1_577_836_800, 250_000_000))
        );
        assert_eq!(
            ZERO_TIME,
            parse("0001-01-01T00:00:00Z", RFC3339).map_or(0, |t| t.0)
        );
    }

    #[test]
    fn refuses_as_go() {
        let error = |t: &str| parse(t, RFC3339).err().unwrap_or_default();
        assert_eq!(
            error("abc"),
            "parsing time \"abc\" as \"2006-01-02T15:04:05Z07:00\": \
             cannot parse \"abc\" as \"2006\""
        );
        assert_eq!(
            error("2020-13-01T00:00:00Z"),
            "parsing time \"2020-13-01T00:00:00Z\": month out of range"
        );
        assert_eq!(
            error("2020-02-30T00:00:00Z"),
            "parsing time \"2020-02-30T00:00:00Z\": day out of range"
        );
    }
}
