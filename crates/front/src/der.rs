//! As much of a certificate as the signature of a handshake needs: its public key. Whether the
//! certificate itself is any good is asked elsewhere, of far more than TLS asks.

use steersman_grammar::der::{BIT_STRING, SEQUENCE, content, next};

/// Parts of a SubjectPublicKeyInfo.
#[derive(Debug, PartialEq, Eq)]
pub struct PublicKey<'a> {
    /// The content of its AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    pub key: &'a [u8],
}

const VERSION: u8 = 0xa0;

/// The public key of a certificate of any version.
pub fn public_key(certificate: &[u8]) -> Option<PublicKey<'_>> {
    let (body, _) = content(certificate, SEQUENCE)?;
    let (mut rest, _) = content(body, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = next(rest)?.2;
    }
    // Serial number, signature's algorithm, issuer, validity, subject.
    for _ in 0..5 {
        rest = next(rest)?.2;
    }
    let (info, _) = content(rest, SEQUENCE)?;
    let (algorithm, rest) = content(info, SEQUENCE)?;
    let (bits, _) = content(rest, BIT_STRING)?;
    match bits.split_first() {
        Some((0, key)) => Some(PublicKey { algorithm, key }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut whole = vec![tag];
        if content.len() < 0x80 {
            whole.push(content.len() as u8);
        } else {
            whole.extend([0x82, (content.len() >> 8) as u8, content.len() as u8]);
        }
        whole.extend(content);
        whole
    }

    fn certificate(version: &[u8], subject: &[u8]) -> Vec<u8> {
        let info = element(
            SEQUENCE,
            &[
                &element(SEQUENCE, &[b"alg"]),
                &element(BIT_STRING, &[b"\0key"]),
            ],
        );
        let empty = element(SEQUENCE, &[]);
        let body = element(
            SEQUENCE,
            &[
                version,
                &element(2, &[b"\x01"]),
                &empty,
                &empty,
                &empty,
                &element(SEQUENCE, &[subject]),
                &info,
            ],
        );
        element(SEQUENCE, &[&body, &empty])
    }

    #[test]
    fn the_key_of_certificates_with_and_without_a_version() {
        let expected = Some(PublicKey {
            algorithm: b"alg",
            key: b"key",
        });
        assert_eq!(public_key(&certificate(b"", b"")), expected);
        let version = element(VERSION, &[b"\x02\x01\x02"]);
        assert_eq!(public_key(&certificate(&version, &[7; 300])), expected);
    }

    #[test]
    fn no_cut_certificate_has_one_or_panics() {
        let whole = certificate(&element(VERSION, &[b"\x02\x01\x02"]), &[7; 300]);
        for length in 0..whole.len() {
            assert_eq!(public_key(&whole[..length]), None);
        }
        assert_eq!(public_key(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
