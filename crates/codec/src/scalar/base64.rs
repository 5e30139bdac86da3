//! Standard base64 with padding, as Go's StdEncoding: line breaks are skipped when reading.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode(out: &mut Vec<u8>, data: &[u8]) {
    out.reserve(data.len().div_ceil(3) * 4);
    let digit = |n: u32, shift: u32| ALPHABET[(n >> shift) as usize & 63];
    let mut chunks = data.chunks_exact(3);
    for c in &mut chunks {
        let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
        out.extend_from_slice(&[digit(n, 18), digit(n, 12), digit(n, 6), digit(n, 0)]);
    }
    match *chunks.remainder() {
        [a] => {
            let n = u32::from(a) << 16;
            out.extend_from_slice(&[digit(n, 18), digit(n, 12), b'=', b'=']);
        }
        [a, b] => {
            let n = u32::from(a) << 16 | u32::from(b) << 8;
            out.extend_from_slice(&[digit(n, 18), digit(n, 12), digit(n, 6), b'=']);
        }
        _ => {}
    }
}

const fn reverse_table() -> [u8; 256] {
    let mut table = [255u8; 256];
    let mut i = 0;
    while i < 64 {
        table[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    table
}

static REVERSE: [u8; 256] = reverse_table();

/// The bytes, or the offset of the first wrong one.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut quantum = 0u32;
    let mut digits = 0;
    let mut at = 0;
    while at < text.len() {
        let c = text[at];
        match REVERSE[c as usize] {
            255 if c == b'\n' || c == b'\r' => {}
            255 if c == b'=' => return finish(out, quantum, digits, &text[at..], at),
            255 => return Err(at),
            value => {
                quantum = quantum << 6 | u32::from(value);
                digits += 1;
                if digits == 4 {
                    out.extend_from_slice(&quantum.to_be_bytes()[1..]);
                    quantum = 0;
                    digits = 0;
                }
            }
        }
        at += 1;
    }
    if digits == 0 {
        Ok(out)
    } else {
        Err(at - digits)
    }
}

fn finish(
    mut out: Vec<u8>,
    quantum: u32,
    digits: usize,
    rest: &[u8],
    at: usize,
) -> Result<Vec<u8>, usize> {
    let padding = rest.iter().filter(|&&c| c != b'\n' && c != b'\r').count();
    let only_padding = rest.iter().all(|c| matches!(c, b'=' | b'\n' | b'\r'));
    if digits < 2 || !only_padding || padding != 4 - digits {
        return Err(at);
    }
    let bytes = (quantum << (6 * (4 - digits as u32))).to_be_bytes();
    out.extend_from_slice(&bytes[1..digits]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for n in 0..20u8 {
            let data: Vec<u8> = (0..n).map(|i| i.wrapping_mul(53)).collect();
            let mut text = Vec::new();
            encode(&mut text, &data);
            assert_eq!(decode(&text), Ok(data));
        }
        assert_eq!(decode(b"QUI\n="), Ok(b"AB".to_vec()));
    }

    #[test]
    fn names_the_wrong_byte() {
        assert_eq!(decode(b"QU!="), Err(2));
        assert_eq!(decode(b"Q==="), Err(1));
        assert_eq!(decode(b"QUI"), Err(0));
        assert!(decode(b"QQ==QQ==").is_err());
    }
}
