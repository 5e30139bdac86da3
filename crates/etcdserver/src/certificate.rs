//! Whom a certificate is for. That it is any good was checked by TLS.

use steersman_grammar::der::{OBJECT_IDENTIFIER, SEQUENCE, SET, content, next};

const VERSION: u8 = 0xa0;
/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// The last common name of its subject; empty where there is none, as Go has it. None: it cannot be
/// read.
pub fn common_name(certificate: &[u8]) -> Option<String> {
    let (body, _) = content(certificate, SEQUENCE)?;
    let (mut rest, _) = content(body, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = next(rest)?.2;
    }
    // Serial number, signature's algorithm, issuer, validity.
    for _ in 0..4 {
        rest = next(rest)?.2;
    }
    let (mut names, _) = content(rest, SEQUENCE)?;
    let mut found = String::new();
    while !names.is_empty() {
        let (mut set, after) = content(names, SET)?;
        names = after;
        while !set.is_empty() {
            let (attribute, after) = content(set, SEQUENCE)?;
            set = after;
            let (kind, rest) = content(attribute, OBJECT_IDENTIFIER)?;
            if kind == COMMON_NAME {
                let (_, value, _) = next(rest)?;
                found = String::from_utf8(value.to_vec()).ok()?;
            }
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut whole = vec![tag, 0x82, (content.len() >> 8) as u8, content.len() as u8];
        whole.extend(content);
        whole
    }

    fn certificate(names: &[(&[u8], &str)]) -> Vec<u8> {
        let name = |(kind, value): &(&[u8], &str)| {
            let kind = element(OBJECT_IDENTIFIER, &[kind]);
            let value = element(0x0c, &[value.as_bytes()]);
            element(SET, &[&element(SEQUENCE, &[&kind, &value])])
        };
        let names: Vec<u8> = names.iter().flat_map(name).collect();
        let empty = element(SEQUENCE, &[]);
        let parts: [&[u8]; 6] = [
            &element(VERSION, &[&[2, 1, 2]]),
            &element(2, &[&[1]]),
            &empty,
            &empty,
            &empty,
            &element(SEQUENCE, &[&names]),
        ];
        element(SEQUENCE, &[&element(SEQUENCE, &parts)])
    }

    #[test]
    fn the_last_common_name_is_whom_it_is_for() {
        let organization: &[u8] = &[0x55, 4, 10];
        let whole = certificate(&[
            (COMMON_NAME, "first"),
            (organization, "of"),
            (COMMON_NAME, "last"),
        ]);
        assert_eq!(common_name(&whole).as_deref(), Some("last"));
        let nobody = certificate(&[(organization, "of")]);
        assert_eq!(common_name(&nobody).as_deref(), Some(""));
        for length in 0..whole.len() {
            assert_eq!(common_name(&whole[..length]), None);
        }
    }
}
