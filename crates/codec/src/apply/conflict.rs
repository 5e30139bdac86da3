//! What an applier may not change, since others own it.

use std::collections::BTreeMap;

use super::go_value;
use crate::error::quote;
use crate::fields::managed::{Manager, Operation};
use crate::fields::path::PathElement;
use crate::fields::set::FieldSet;

/// One field of another manager.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// `conflict with "kubectl" using apps/v1`.
    pub message: String,
    /// `.spec.replicas`.
    pub field: String,
}

/// By manager the paths that are in conflict.
pub(super) type Conflicts = BTreeMap<Manager, FieldSet>;

/// The message of the Status error and its causes.
pub(super) fn told(conflicts: &Conflicts) -> (String, Vec<Cause>) {
    let mut causes = Vec::new();
    let mut blocks = Vec::new();
    for (manager, set) in in_order(conflicts) {
        let shown = shown(manager);
        let mut paths = Vec::new();
        visit(set, &mut Vec::new(), &mut |path| {
            paths.push(go_value::path(path))
        });
        blocks.push(format!("conflicts with {shown}:"));
        for field in paths {
            blocks.push(format!("- {field}"));
            let message = format!("conflict with {shown}");
            causes.push(Cause { message, field });
        }
    }
    let message = match &causes[..] {
        [only] => {
            let Cause { message, field } = only;
            format!("Apply failed with 1 conflict: {message}: {field}")
        }
        causes => {
            let count = causes.len();
            format!("Apply failed with {count} conflicts: {}", blocks.join("\n"))
        }
    };
    (message, causes)
}

/// As upstream, by their identities as JSON.
fn in_order(conflicts: &Conflicts) -> Vec<(&Manager, &FieldSet)> {
    let mut all: Vec<_> = conflicts.iter().collect();
    all.sort_by_key(|(manager, _)| manager.identity());
    all
}

fn shown(manager: &Manager) -> String {
    let mut text = quote(&manager.name);
    if !manager.subresource.is_empty() {
        text.push_str(" with subresource ");
        text.push_str(&quote(&manager.subresource));
    }
    if manager.operation == Operation::Update {
        text.push_str(" using ");
        text.push_str(&manager.api_version);
    }
    text
}

/// Each member's path: those of a level, then those below its elements.
fn visit<'s>(
    set: &'s FieldSet,
    path: &mut Vec<&'s PathElement>,
    tell: &mut dyn FnMut(&[&'s PathElement]),
) {
    for (element, member, _) in set.entries() {
        if member {
            path.push(element);
            tell(path);
            path.pop();
        }
    }
    for (element, _, below) in set.entries() {
        if !below.is_empty() {
            path.push(element);
            visit(below, path, tell);
            path.pop();
        }
    }
}
