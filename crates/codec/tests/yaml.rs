//! YAML at sizes where work that grows with the square would take minutes, and the bounds.

use steersman_codec::yaml::{Document, MAX_ALIASED_BYTES, MAX_DUPLICATES, to_json};

const SIZE: usize = 384 << 10;

fn read(text: &str) -> Document {
    to_json(text.as_bytes()).expect("YAML")
}

fn refused(text: &str) -> String {
    to_json(text.as_bytes()).expect_err("no YAML").to_string()
}

/// The head, and the part as often as there is room.
fn filled(head: &str, part: &str, tail: &str) -> String {
    let count = SIZE.saturating_sub(head.len() + tail.len()) / part.len();
    format!("{head}{}{tail}", part.repeat(count))
}

#[test]
fn what_says_nothing() {
    for part in ["---\n", "# c\n", "\n", "...\n", "   \n", "%TAG ! x\n"] {
        let first = to_json(filled("", part, "").as_bytes());
        assert!(
            first.is_err() || first.is_ok_and(|d| d.json == b"null"),
            "{part:?}"
        );
    }
    let tags: String = (0..30_000).map(|i| format!("%TAG !h{i}! x\n")).collect();
    assert_eq!(read(&format!("{tags}---\na")).json, b"\"a\"");
}

#[test]
fn collections_and_depth() {
    assert_eq!(read(&filled("[", "a,", "]")).json.len(), SIZE * 2 - 3);
    assert!(
        read(&filled("", "- \n", ""))
            .json
            .starts_with(b"[null,null")
    );
    assert!(
        read(&filled("[", "a: b,", "]"))
            .json
            .starts_with(br#"[{"a":"b"},"#)
    );
    for part in ["[", "{a: ", "- ", "? ", "[a: "] {
        let message = refused(&filled("", part, ""));
        assert_eq!(message, "yaml: exceeded max depth of 10000", "{part:?}");
    }
    let deep = "[".repeat(9_999);
    assert!(refused(&filled(&deep, "a,", "")).contains("did not find expected"));
    let stairs: String = (0..1_500)
        .map(|i| format!("{}a:\n", " ".repeat(i)))
        .collect();
    assert!(read(&stairs).json.ends_with(&[b'}'; 1_500]));
}

#[test]
fn keys_given_again_and_again() {
    let once = read(&filled("", "a: 1\n", ""));
    assert_eq!(
        (once.json.as_slice(), once.duplicates.len()),
        (&br#"{"a":1}"#[..], MAX_DUPLICATES)
    );
    // Each a mention of a key as long as a third of the text.
    let long = "k".repeat(128_000);
    let again = read(&filled(&format!("? &k {long}\n: 1\n"), "*k : 1\n", ""));
    assert_eq!(again.json.len(), long.len() + 6);
    let told: usize = again.duplicates.iter().map(String::len).sum();
    assert!(told < 100_000, "{told}");
    let many: String = (0..30_000).map(|i| format!("k{i}: v\n")).collect();
    assert_eq!(read(&many).duplicates.len(), 0);
}

#[test]
fn what_aliases_repeat_is_bounded() {
    let excessive = "yaml: document contains excessive aliasing";
    let long = "k".repeat(128_000);
    let digits = "1".repeat(128_000);
    for head in [
        format!("a: &k {long}\nb:\n"),
        format!("a: &k {digits}\nb:\n"),
        format!("a: &k !!binary {}\nb:\n", "A".repeat(128_000)),
    ] {
        assert_eq!(refused(&filled(&head, "- *k\n", "")), excessive);
    }
    // Few enough for upstream, which would make hundreds of megabytes of it.
    let few = format!("a: &k {long}\nb: [{}]", "*k,".repeat(500));
    assert_eq!(refused(&few), excessive);
    let fits = MAX_ALIASED_BYTES / (long.len() + 8);
    let few = format!("a: &k {long}\nb: [{}]", "*k,".repeat(fits));
    assert!(read(&few).json.len() > fits * long.len());
    let chain: String = (1..30_000)
        .map(|i| format!("- &a{i} [*a{}]\n", i - 1))
        .collect();
    assert_eq!(refused(&format!("- &a0 x\n{chain}")), excessive);
    // As much as upstream takes of so little text.
    let pairs: String = (0..100).map(|i| format!("k{i}: 1, ")).collect();
    let maps = format!("m: &m {{{pairs}}}\nl:\n");
    assert_eq!(refused(&filled(&maps, "- {<<: *m}\n", "")), excessive);
    let merged = read(&filled("a: &a {b: 1}\nc: {", "<<: *a, ", "}"));
    assert_eq!(merged.json, br#"{"a":{"b":1},"c":{"b":1}}"#);
}

#[test]
fn long_scalars_tags_and_keys() {
    for (head, part, tail) in [
        ("a: >\n", "  x\n\n", ""),
        ("a: |\n  x\n", "\n", ""),
        ("a: ", "x\n  ", ""),
        ("a: \"", "\\\n ", "\""),
        ("a: '", "''", "'"),
        ("a: !", "%41", " b"),
        ("a: ", "é", ""),
        ("a:", "\t", " b"),
    ] {
        assert!(
            read(&filled(head, part, tail)).json.starts_with(b"{\"a\":"),
            "{part:?}"
        );
    }
    let prefix = format!("%TAG !h! {}\n---\n", "k".repeat(128_000));
    assert!(
        read(&filled(&prefix, "- !h!x y\n", ""))
            .json
            .starts_with(b"[\"y\"")
    );
    let nested = format!("{}a{}: x\n", "[".repeat(500), "]:a".repeat(500));
    assert!(refused(&nested.repeat(SIZE / nested.len())).starts_with("yaml: "));
}
