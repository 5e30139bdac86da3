//! Selectors compiled once and matched often.

use crate::input::{self, LabelSelector, NodeSelectorTerm, StringMap};

/// One compiled requirement; values are sorted, so that equal selectors compare equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    DoesNotExist(String),
    /// The label's value as an integer is greater (node selectors only).
    Gt(String, i64),
    /// The label's value as an integer is less (node selectors only).
    Lt(String, i64),
    /// An operator or operand that validation should have refused: it matches nothing.
    Never,
}

impl Requirement {
    fn compile(from: &input::Requirement) -> Self {
        let key = from.key.clone();
        let mut values = from.values.clone();
        values.sort_unstable();
        values.dedup();
        let integer = || {
            from.values
                .first()
                .and_then(|value| value.parse::<i64>().ok())
        };
        match from.operator.as_str() {
            "In" => Self::In(key, values),
            "NotIn" => Self::NotIn(key, values),
            "Exists" => Self::Exists(key),
            "DoesNotExist" => Self::DoesNotExist(key),
            "Gt" => integer().map_or(Self::Never, |value| Self::Gt(key, value)),
            "Lt" => integer().map_or(Self::Never, |value| Self::Lt(key, value)),
            _ => Self::Never,
        }
    }

    /// Whether a set of labels satisfies it.
    pub fn matches(&self, labels: &StringMap) -> bool {
        let holds = |values: &[String], value: &String| values.binary_search(value).is_ok();
        let integer = |key: &String| labels.get(key).and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::In(key, values) => labels.get(key).is_some_and(|value| holds(values, value)),
            Self::NotIn(key, values) => labels.get(key).is_none_or(|value| !holds(values, value)),
            Self::Exists(key) => labels.contains_key(key),
            Self::DoesNotExist(key) => !labels.contains_key(key),
            Self::Gt(key, bound) => integer(key).is_some_and(|value| value > *bound),
            Self::Lt(key, bound) => integer(key).is_some_and(|value| value < *bound),
            Self::Never => false,
        }
    }
}

/// A compiled label selector: requirements that are ANDed, in a canonical order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Selector {
    /// Matches nothing: an absent `labelSelector`.
    Nothing,
    /// Matches when every requirement does; none is everything.
    All(Vec<SelectorRequirement>),
}

/// A requirement of a [`Selector`], with an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SelectorRequirement {
    key: String,
    operator: SelectorOperator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum SelectorOperator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Never,
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
            .map(|(key, value)| SelectorRequirement {
                key: key.clone(),
                operator: SelectorOperator::In,
                values: vec![value.clone()],
            });
        let expressions = from.match_expressions.iter().map(|requirement| {
            let mut values = requirement.values.clone();
            values.sort_unstable();
            values.dedup();
            let operator = match requirement.operator.as_str() {
                "In" => SelectorOperator::In,
                "NotIn" => SelectorOperator::NotIn,
                "Exists" => SelectorOperator::Exists,
                "DoesNotExist" => SelectorOperator::DoesNotExist,
                _ => SelectorOperator::Never,
            };
            SelectorRequirement {
                key: requirement.key.clone(),
                operator,
                values,
            }
        });
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
                let operator = SelectorOperator::In;
                let values = vec![value.to_string()];
                all.push(SelectorRequirement {
                    key: key.to_string(),
                    operator,
                    values,
                });
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
        all.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let holds = |value: &String| requirement.values.binary_search(value).is_ok();
            match requirement.operator {
                SelectorOperator::In => value.is_some_and(holds),
                SelectorOperator::NotIn => !value.is_some_and(holds),
                SelectorOperator::Exists => value.is_some(),
                SelectorOperator::DoesNotExist => value.is_none(),
                SelectorOperator::Never => false,
            }
        })
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
        let field = |requirement: &Requirement| match requirement {
            Requirement::In(key, values) if key == "metadata.name" => {
                values.iter().any(|value| value == name)
            }
            Requirement::NotIn(key, values) if key == "metadata.name" => {
                values.iter().all(|value| value != name)
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
            if let Requirement::In(key, values) = requirement {
                if key == "metadata.name" {
                    let names: Vec<&str> = values.iter().map(String::as_str).collect();
                    pinned = Some(match pinned {
                        None => names,
                        Some(before) => before.into_iter().filter(|n| names.contains(n)).collect(),
                    });
                }
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
