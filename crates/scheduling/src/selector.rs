//! Selectors compiled once and matched often.

use steersman_grammar::selector::Operator;

use crate::input::{self, LabelSelector, NodeSelectorTerm, StringMap};

/// One compiled requirement; values are sorted, so that equal selectors compare equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Requirement {
    key: String,
    /// None for an operator that validation should have refused: it matches nothing.
    operator: Option<Operator>,
    values: Vec<String>,
}

impl Requirement {
    fn compile(from: &input::Requirement) -> Self {
        let mut values = from.values.clone();
        values.sort_unstable();
        values.dedup();
        Self {
            key: from.key.clone(),
            operator: Operator::of_expression(&from.operator),
            values,
        }
    }

    /// `key` must be `value`.
    fn equals(key: &str, value: &str) -> Self {
        Self {
            key: key.to_string(),
            operator: Some(Operator::In),
            values: vec![value.to_string()],
        }
    }

    /// Whether a set of labels satisfies it.
    pub fn matches(&self, labels: &StringMap) -> bool {
        let found = labels.get(&self.key).map(String::as_str);
        self.operator
            .is_some_and(|operator| operator.holds(found, &self.values))
    }
}

/// A compiled label selector: requirements that are ANDed, in a canonical order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Selector {
    /// Matches nothing: an absent `labelSelector`.
    Nothing,
    /// Matches when every requirement does; none is everything.
    All(Vec<Requirement>),
}

impl Selector {
    /// Compiles `metav1.LabelSelector`; absent selects nothing, empty selects everything.
    pub fn compile(from: Option<&LabelSelector>) -> Self {
        let Some(from) = from else {
            return Self::Nothing;
        };
        let labels = from
            .match_labels
            .iter()
            .map(|(key, value)| Requirement::equals(key, value));
        let expressions = from.match_expressions.iter().map(Requirement::compile);
        let mut all: Vec<_> = labels.chain(expressions).collect();
        all.sort_unstable();
        all.dedup();
        Self::All(all)
    }

    /// The same selector that also asks for `key` to be `value`.
    pub fn and_equals(self, key: &str, value: &str) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::All(mut all) => {
                all.push(Requirement::equals(key, value));
                all.sort_unstable();
                all.dedup();
                Self::All(all)
            }
        }
    }

    /// Whether it has no requirement (and so selects everything).
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// Whether labels satisfy it.
    pub fn matches(&self, labels: &StringMap) -> bool {
        let Self::All(all) = self else { return false };
        all.iter().all(|requirement| requirement.matches(labels))
    }
}

/// A compiled node selector term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NodeTerm {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
}

impl NodeTerm {
    /// Compiles a term.
    pub fn compile(from: &NodeSelectorTerm) -> Self {
        Self {
            labels: from
                .match_expressions
                .iter()
                .map(Requirement::compile)
                .collect(),
            fields: from.match_fields.iter().map(Requirement::compile).collect(),
        }
    }

    /// A term without requirements matches no node.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether a node satisfies every requirement.
    pub fn matches(&self, name: &str, labels: &StringMap) -> bool {
        // Of fields only the name, by these operators; validation refuses others.
        let field = |requirement: &Requirement| match requirement.operator {
            Some(operator @ (Operator::In | Operator::NotIn)) => {
                requirement.key == "metadata.name"
                    && operator.holds(Some(name), &requirement.values)
            }
            _ => false,
        };
        !self.is_empty()
            && self
                .labels
                .iter()
                .all(|requirement| requirement.matches(labels))
            && self.fields.iter().all(field)
    }

    /// The node names that `matchFields` on `metadata.name` pins the term to; `None` without any.
    fn pinned_names(&self) -> Option<Vec<&str>> {
        let mut pinned: Option<Vec<&str>> = None;
        for requirement in &self.fields {
            if requirement.operator == Some(Operator::In) && requirement.key == "metadata.name" {
                let names: Vec<&str> = requirement.values.iter().map(String::as_str).collect();
                pinned = Some(match pinned {
                    None => names,
                    Some(before) => before.into_iter().filter(|n| names.contains(n)).collect(),
                });
            }
        }
        pinned
    }
}

/// What a pod requires of nodes: `nodeSelector` and required node affinity together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NodeMatch {
    /// Every label of `nodeSelector`.
    selector: Vec<(String, String)>,
    /// The terms of the required node affinity, ORed; `None` when there is no affinity.
    terms: Option<Vec<NodeTerm>>,
}

impl NodeMatch {
    /// Compiles both; absent parts allow every node.
    pub fn compile(selector: &StringMap, required: Option<&input::NodeSelector>) -> Self {
        Self {
            selector: selector
                .iter()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
            terms: required.map(|node| {
                node.node_selector_terms
                    .iter()
                    .map(NodeTerm::compile)
                    .collect()
            }),
        }
    }

    /// Whether it allows every node.
    pub fn is_everything(&self) -> bool {
        self.selector.is_empty() && self.terms.is_none()
    }

    /// Whether it allows a node.
    pub fn matches(&self, name: &str, labels: &StringMap) -> bool {
        self.selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self
                .terms
                .as_ref()
                .is_none_or(|terms| terms.iter().any(|term| term.matches(name, labels)))
    }

    /// The only nodes that it can allow, when every term names its nodes (a DaemonSet's pods do);
    /// `None` when some term does not.
    pub fn pinned_names(&self) -> Option<Vec<&str>> {
        let terms = self.terms.as_ref().filter(|terms| !terms.is_empty())?;
        let mut names = Vec::new();
        for term in terms {
            names.extend(term.pinned_names()?);
        }
        names.sort_unstable();
        names.dedup();
        Some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> StringMap {
        pairs
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect()
    }

    #[test]
    fn an_absent_selector_selects_nothing_and_an_empty_one_everything() {
        assert!(!Selector::compile(None).matches(&labels(&[("a", "b")])));
        assert!(Selector::compile(Some(&LabelSelector::default())).matches(&labels(&[])));
    }

    #[test]
    fn node_terms_follow_the_api() {
        let requirement = |key: &str, operator: &str, values: &[&str]| input::Requirement {
            key: key.into(),
            operator: operator.into(),
            values: values.iter().map(ToString::to_string).collect(),
        };
        let term = |label: Vec<input::Requirement>, field: Vec<input::Requirement>| {
            NodeTerm::compile(&NodeSelectorTerm {
                match_expressions: label,
                match_fields: field,
            })
        };
        let node = labels(&[("cpus", "8"), ("zone", "a")]);
        assert!(!term(vec![], vec![]).matches("n", &node));
        assert!(term(vec![requirement("cpus", "Gt", &["7"])], vec![]).matches("n", &node));
        assert!(!term(vec![requirement("cpus", "Lt", &["8"])], vec![]).matches("n", &node));
        assert!(!term(vec![requirement("zone", "Gt", &["1"])], vec![]).matches("n", &node));
        assert!(term(vec![requirement("x", "NotIn", &["1"])], vec![]).matches("n", &node));
        assert!(term(vec![], vec![requirement("metadata.name", "In", &["n"])]).matches("n", &node));
        assert!(!term(vec![], vec![requirement("other", "In", &["n"])]).matches("n", &node));
    }
}
