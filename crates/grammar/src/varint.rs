//! Protobuf's varints: seven bits a byte, the lowest first.

/// The longest one.
pub const MAX_BYTES: usize = 10;

/// The bytes of a number; the first so many of them.
#[inline]
pub fn encode(value: u64) -> ([u8; MAX_BYTES], usize) {
    let mut bytes = [0; MAX_BYTES];
    let mut length = 0;
    let mut rest = value;
    while rest >= 0x80 {
        bytes[length] = rest as u8 | 0x80;
        rest >>= 7;
        length += 1;
    }
    bytes[length] = rest as u8;
    (bytes, length + 1)
}

/// How many bytes a number takes.
#[inline]
pub fn length(value: u64) -> usize {
    (u64::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

/// The number at the beginning of the data, and its length. None where the data ends inside it, or
/// where it is longer than any number is.
#[inline]
pub fn decode(data: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (at, byte) in data.iter().take(MAX_BYTES).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for shift in 0..64 {
            for value in [1u64 << shift, (1u64 << shift) - 1, u64::MAX >> shift] {
                let (bytes, count) = encode(value);
                assert_eq!(length(value), count);
                assert_eq!(decode(&bytes[..count]), Some((value, count)));
                assert_eq!(decode(&bytes[..count - 1]), None);
            }
        }
        assert_eq!(decode(&[0xff; 11]), None);
        assert_eq!(
            decode(&[0x80, 0x00, 7]),
            Some((0, 2)),
            "longer than need be"
        );
    }
}
