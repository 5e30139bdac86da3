//! The layers of the crate, held mechanically: what each source file names of the others.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What everybody may name.
const BASE: [&str; 3] = ["error", "sync", "wire"];

/// A layer, and those that its files may name beside it and `BASE`. The facade, the files beside
/// the layers, joins them: it may name all.
const LAYERS: [(&str, &[&str]); 3] = [
    ("state", &[]),
    ("journal", &["state"]),
    ("fanout", &["state"]),
];

/// `state/list`, with what it names: `state/live`, `error`.
type Files = BTreeMap<String, BTreeSet<String>>;

fn sources() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Files::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            let name = name.to_str().unwrap().to_owned();
            // Tests of a file may name what they like; `lib` and `mod` only list.
            if name == "lib" || name.ends_with("/mod") || name.ends_with("_tests") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            files.insert(name, named(code));
        }
    }
    files
}

/// The modules after each `crate::`, one in a layer with its layer.
fn named(code: &str) -> BTreeSet<String> {
    let is_layer = |name: &str| LAYERS.iter().any(|(layer, _)| *layer == name);
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        if let Some(group) = after.strip_prefix('{') {
            let names = group.split('}').next().unwrap().split(',').map(str::trim);
            let modules = names.filter(|name| name.starts_with(char::is_lowercase));
            for name in modules {
                assert!(!name.contains("::") && !is_layer(name), "crate::{{{name}}}");
                found.insert(name.to_owned());
            }
            continue;
        }
        let path = after
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .next()
            .unwrap();
        let mut parts = path.split("::");
        let first = parts.next().unwrap_or_default();
        let within = parts.next().unwrap_or_default();
        if is_layer(first) {
            assert!(
                !within.is_empty(),
                "name one module at a time: crate::{path}"
            );
            found.insert(format!("{first}/{within}"));
        } else if first.starts_with(char::is_lowercase) {
            found.insert(first.to_owned());
        }
    }
    found
}

fn layer_of(file: &str) -> Option<&str> {
    file.split_once('/').map(|(layer, _)| layer)
}

/// What a file names and may not.
fn trespasses(file: &str, named: &BTreeSet<String>) -> Vec<String> {
    let allowed = |other: &str| match layer_of(file) {
        // Of the base, or of the facade.
        None if BASE.contains(&file) => BASE.contains(&other),
        None => true,
        Some(layer) => match layer_of(other) {
            None => BASE.contains(&other),
            Some(within) => {
                let (_, below) = LAYERS.iter().find(|(name, _)| *name == layer).unwrap();
                within == layer || below.contains(&within)
            }
        },
    };
    let refused = named.iter().filter(|other| !allowed(other));
    refused
        .map(|other| format!("{file} names {other}"))
        .collect()
}

/// Files that lead back to where one began.
fn circle(files: &Files) -> Option<Vec<String>> {
    fn visit(
        file: &str,
        files: &Files,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(at) = path.iter().position(|other| other == file) {
            return Some(path[at..].to_vec());
        }
        if !done.insert(file.to_owned()) {
            return None;
        }
        path.push(file.to_owned());
        let named = files.get(file)?.iter();
        let found = named
            .filter(|other| files.contains_key(*other))
            .find_map(|other| visit(other, files, path, done));
        path.pop();
        found
    }
    let mut done = BTreeSet::new();
    files
        .keys()
        .find_map(|file| visit(file, files, &mut Vec::new(), &mut done))
}

#[test]
fn each_layer_names_only_what_is_below_it() {
    let files = sources();
    assert!(files.contains_key("store") && files.contains_key("journal/log"));
    let found: Vec<String> = files
        .iter()
        .flat_map(|(file, named)| trespasses(file, named))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_modules_name_each_other_in_a_circle() {
    assert_eq!(circle(&sources()), None);
}

/// What is refused is found.
#[test]
fn what_the_test_looks_for_would_show() {
    let case = |code: &str| named(code);
    let fanout = case("use crate::fanout::hub::Hub;\nlet x = crate::journal::log::Log::new();");
    assert_eq!(trespasses("state/live", &fanout).len(), 2);
    assert_eq!(trespasses("journal/log", &fanout).len(), 1);
    assert_eq!(trespasses("store", &fanout).len(), 0);
    let facade = case("use crate::store::{Store, StoreOptions};\nuse crate::{Revision, sync};");
    assert_eq!(facade, case("crate::store crate::sync"));
    assert_eq!(trespasses("fanout/watcher", &facade).len(), 1);
    assert_eq!(
        trespasses("wire", &case("use crate::state::entry::Key;")).len(),
        1
    );
    let of = |named: &[&str]| named.iter().map(|name| (*name).to_owned()).collect();
    let files = Files::from([
        ("a".to_owned(), of(&["b"])),
        ("b".to_owned(), of(&["c"])),
        ("c".to_owned(), of(&["b"])),
    ]);
    assert_eq!(circle(&files), Some(vec!["b".to_owned(), "c".to_owned()]));
}
