//! What a string looks like to YAML 1.1, in the rules of go-yaml: what it would be read as, and
//! which styles can hold it.

/// Which styles can hold a string.
pub struct Analysis {
    pub plain_allowed: bool,
    pub single_quoted_allowed: bool,
    pub block_allowed: bool,
}

impl Analysis {
    pub fn of(text: &str) -> Analysis {
        if text.is_empty() {
            let (plain_allowed, single_quoted_allowed) = (true, true);
            return Analysis {
                plain_allowed,
                single_quoted_allowed,
                block_allowed: false,
            };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut break_space, mut space_break) = (false, false, false);
        let (mut after_space, mut after_break) = (false, false);
        let mut after_blank = true;
        let mut rest = text.chars().peekable();
        let mut is_first = true;
        while let Some(c) = rest.next() {
            let before_blank = matches!(rest.peek(), None | Some(' ' | '\t'));
            indicators |= if is_first {
                match c {
                    '?' | ':' | '-' => before_blank,
                    _ => "#,[]{}&*!|>'\"%@`".contains(c),
                }
            } else {
                (c == ':' && before_blank) || (c == '#' && after_blank)
            };
            special |= !is_printable(c);
            break_space |= c == ' ' && after_break;
            space_break |= is_break(c) && after_space;
            after_space = c == ' ';
            after_break = is_break(c);
            after_blank = matches!(c, ' ' | '\t' | '\0') || is_break(c);
            is_first = false;
        }
        let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let edged = edge(text.chars().next()) || edge(text.chars().next_back());
        let broken = special || space_break;
        Analysis {
            plain_allowed: !(indicators
                || edged
                || break_space
                || broken
                || text.contains(is_break)),
            single_quoted_allowed: !(break_space || broken),
            block_allowed: !(broken || text.ends_with(' ')),
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    match c {
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' => true,
        // All but the byte order mark and the two that are no characters.
        _ => matches!(c, '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'),
    }
}

/// Inside double quotes.
pub fn needs_escape(c: char) -> bool {
    !is_printable(c) || is_break(c) || c == '"' || c == '\\'
}

/// Whether YAML 1.1 would read something else than a string: a number, a boolean, null, a time.
pub fn is_number_like(text: &str) -> bool {
    match text.bytes().next() {
        None => true,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            is_word(text)
        }
        Some(b'.') => {
            matches!(text, ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF") || is_float(text)
        }
        Some(b'+' | b'-' | b'0'..=b'9') => {
            let infinite = text.strip_prefix(['+', '-']);
            matches!(infinite, Some(".inf" | ".Inf" | ".INF"))
                || is_timestamp(text)
                || is_base_60(text)
                || is_number(&text.replace('_', ""))
        }
        Some(_) => false,
    }
}

fn is_word(text: &str) -> bool {
    let forms = [
        "y", "yes", "true", "on", "n", "no", "false", "off", "null", "~",
    ];
    let lower = text.to_lowercase();
    let capitalised = text.chars().skip(1).all(|c| c.is_ascii_lowercase());
    let shouted = text.chars().all(|c| c.is_ascii_uppercase());
    forms.contains(&lower.as_str()) && (capitalised || shouted)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(rest) = prefixes.iter().find_map(|p| digits.strip_prefix(p)) {
            return !rest.starts_with(['+', '-']) && u64::from_str_radix(rest, radix).is_ok();
        }
    }
    is_float(text)
}

/// Go's ParseFloat on what looks like a decimal number; too large is no number.
fn is_float(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && all_digits(e)
    });
    let shaped = has_digits && all_digits(whole) && all_digits(fraction) && exponent_fits;
    shaped && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or("");
    let head = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let (last, decimals) = last.split_once('.').unwrap_or((last, ""));
    let sixtieth = |s: &str| match s.as_bytes() {
        [a] => a.is_ascii_digit(),
        [a, b] => (b'0'..=b'5').contains(a) && b.is_ascii_digit(),
        _ => false,
    };
    head && rest.iter().all(|s| sixtieth(s))
        && sixtieth(last)
        && decimals.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// A date, or a date and a time; fields of one or two digits.
pub fn is_timestamp(text: &str) -> bool {
    let b = text.as_bytes();
    if !text.is_ascii() || b.len() < 8 || !b[..4].iter().all(u8::is_ascii_digit) || b[4] != b'-' {
        return false;
    }
    let mut at = 5;
    let mut number = |end: Option<&[u8]>, highest: u32| -> Option<u32> {
        let digits = b[at..]
            .iter()
            .take(2)
            .take_while(|c| c.is_ascii_digit())
            .count();
        let value = text.get(at..at + digits)?.parse().ok()?;
        at += digits;
        if let Some(marks) = end {
            if !marks.contains(b.get(at)?) {
                return None;
            }
            at += 1;
        }
        (value <= highest).then_some(value)
    };
    if number(Some(b"-"), 12).is_none_or(|m| m == 0) || number(None, 31).is_none_or(|d| d == 0) {
        return false;
    }
    let Some(&mark) = b.get(at) else { return true };
    at += 1;
    let mut clock = text[at..].splitn(3, ':');
    let two = |part: Option<&str>, highest: u32| {
        part.is_some_and(|p| p.len() <= 2 && p.parse::<u32>().is_ok_and(|v| v <= highest))
    };
    if !matches!(mark, b'T' | b't' | b' ') || !two(clock.next(), 23) || !two(clock.next(), 59) {
        return false;
    }
    let seconds = clock.next().unwrap_or("");
    let end = seconds
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(seconds.len());
    let (whole, zone) = seconds.split_at(end);
    let zoned = zone == "Z" || (zone.len() == 6 && zone.starts_with(['+', '-']));
    let second = whole.split('.').next();
    two(second, 59) && if mark == b' ' { zone.is_empty() } else { zoned }
}

/// Go's shortest `%g`.
pub fn write_float(number: &str) -> String {
    let value: f64 = number.parse().unwrap_or(0.0);
    if value == 0.0 {
        return if value.is_sign_negative() {
            "-0".to_string()
        } else {
            "0".to_string()
        };
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    value.to_string()
}

/// go-yaml's order of keys: letters after other characters, runs of digits by their number.
pub fn is_less(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(i) = a.iter().zip(&b).position(|(x, y)| x != y) else {
        return a.len() < b.len();
    };
    let (x, y) = (a[i], b[i]);
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x < y,
        (false, false) => {}
        (_, y_is_letter) => return y_is_letter,
    }
    let leading = if x == '0' || y == '0' {
        a[..i]
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .any(|&c| c != '0')
    } else {
        false
    };
    let run = |chars: &[char]| {
        let digits = chars[i..].iter().take_while(|c| c.is_ascii_digit());
        let start = (i64::from(leading), i);
        digits.fold(start, |(n, end), c| {
            (
                n.wrapping_mul(10)
                    .wrapping_add(i64::from(*c as u32 - '0' as u32)),
                end + 1,
            )
        })
    };
    let ((an, ai), (bn, bi)) = (run(&a), run(&b));
    if an != bn {
        return an < bn;
    }
    if ai != bi { ai < bi } else { x < y }
}
