//! Label and field selectors, evaluated on what `Views::attributes` extracts.

use crate::state::views::Attributes;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LabelOperator {
    Equals,
    NotEquals,
    In,
    NotIn,
    Exists,
    NotExists,
    GreaterThan,
    LessThan,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelRequirement {
    pub key: Box<str>,
    pub operator: LabelOperator,
    pub values: Vec<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldRequirement {
    pub path: Box<str>,
    pub equal: bool,
    pub value: Box<str>,
}

/// All requirements must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selector {
    pub labels: Vec<LabelRequirement>,
    pub fields: Vec<FieldRequirement>,
}

impl Selector {
    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// The paths whose values `matches` wants, in this order.
    pub fn paths(&self) -> Vec<&str> {
        self.fields
            .iter()
            .map(|field| field.path.as_ref())
            .collect()
    }

    /// `fields` are the values at `paths()`.
    pub fn matches(&self, attributes: &Attributes, fields: &[&str]) -> bool {
        self.labels
            .iter()
            .all(|requirement| requirement.matches(attributes))
            && self.fields.iter().zip(fields).all(|(requirement, value)| {
                (requirement.value.as_ref() == *value) == requirement.equal
            })
    }

    /// What a value must have to be selected, as far as watchers can be found by it.
    pub(crate) fn anchor(&self) -> Anchor<'_> {
        if self.is_everything() {
            return Anchor::Everything;
        }
        if let Some(field) = self.fields.iter().find(|field| field.equal) {
            return Anchor::Field(&field.path, &field.value);
        }
        let listed = self
            .labels
            .iter()
            .find(|label| matches!(label.operator, LabelOperator::Equals | LabelOperator::In));
        if let Some(label) = listed {
            return Anchor::LabelValues(&label.key, &label.values);
        }
        let present = self.labels.iter().find(|label| {
            use LabelOperator::{Exists, GreaterThan, LessThan};
            matches!(label.operator, Exists | GreaterThan | LessThan)
        });
        match present {
            Some(label) => Anchor::Label(&label.key),
            None => Anchor::None,
        }
    }
}

/// Where a channel stands, so that a change finds it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Anchor<'a> {
    /// There is no selector.
    Everything,
    /// The field at this path has this value.
    Field(&'a str, &'a str),
    /// The label has one of these values.
    LabelValues(&'a str, &'a [Box<str>]),
    /// The label is there.
    Label(&'a str),
    /// Only what must not be is known: nearly every change is selected.
    None,
}

impl LabelRequirement {
    /// As apimachinery's labels.Requirement: an absent key satisfies `!=` and `notin`.
    fn matches(&self, attributes: &Attributes) -> bool {
        let found = attributes.label(&self.key);
        let listed = |value: &str| self.values.iter().any(|wanted| wanted.as_ref() == value);
        match self.operator {
            LabelOperator::Equals | LabelOperator::In => found.is_some_and(listed),
            LabelOperator::NotEquals | LabelOperator::NotIn => !found.is_some_and(listed),
            LabelOperator::Exists => found.is_some(),
            LabelOperator::NotExists => found.is_none(),
            LabelOperator::GreaterThan => self.compare(found, |found, wanted| found > wanted),
            LabelOperator::LessThan => self.compare(found, |found, wanted| found < wanted),
        }
    }

    fn compare(&self, found: Option<&str>, holds: impl Fn(i64, i64) -> bool) -> bool {
        let found = found.and_then(|value| value.parse::<i64>().ok());
        let wanted = self
            .values
            .first()
            .and_then(|value| value.parse::<i64>().ok());
        matches!((found, wanted), (Some(found), Some(wanted)) if holds(found, wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(labels: &[(&str, &str)]) -> Attributes {
        Attributes {
            labels: labels
                .iter()
                .map(|(k, v)| ((*k).into(), (*v).into()))
                .collect(),
            fields: Vec::new(),
        }
    }

    fn requirement(key: &str, operator: LabelOperator, values: &[&str]) -> LabelRequirement {
        LabelRequirement {
            key: key.into(),
            operator,
            values: values.iter().map(|v| (*v).into()).collect(),
        }
    }

    #[test]
    fn label_operators() {
        let pod = attributes(&[("app", "web"), ("rank", "7")]);
        let cases = [
            ("app", LabelOperator::Equals, vec!["web"], true),
            ("app", LabelOperator::Equals, vec!["db"], false),
            ("tier", LabelOperator::Equals, vec![""], false),
            ("tier", LabelOperator::NotEquals, vec!["x"], true),
            ("app", LabelOperator::NotEquals, vec!["web"], false),
            ("app", LabelOperator::In, vec!["db", "web"], true),
            ("tier", LabelOperator::In, vec!["db", "web"], false),
            ("tier", LabelOperator::NotIn, vec!["db"], true),
            ("app", LabelOperator::NotIn, vec!["db", "web"], false),
            ("app", LabelOperator::Exists, vec![], true),
            ("tier", LabelOperator::Exists, vec![], false),
            ("tier", LabelOperator::NotExists, vec![], true),
            ("rank", LabelOperator::GreaterThan, vec!["6"], true),
            ("rank", LabelOperator::GreaterThan, vec!["7"], false),
            ("rank", LabelOperator::LessThan, vec!["10"], true),
            ("app", LabelOperator::LessThan, vec!["10"], false),
        ];
        for (key, operator, values, expected) in cases {
            let requirement = requirement(key, operator.clone(), &values);
            assert_eq!(
                requirement.matches(&pod),
                expected,
                "{key} {operator:?} {values:?}"
            );
        }
    }

    #[test]
    fn anchors() {
        use LabelOperator::{Equals, Exists, In, LessThan, NotEquals, NotExists, NotIn};
        let field = |equal| FieldRequirement {
            path: "p".into(),
            equal,
            value: "v".into(),
        };
        let values = ["1".into(), "2".into()];
        let cases = [
            (vec![], vec![], Anchor::Everything),
            (
                vec![(Equals, "a")],
                vec![field(true)],
                Anchor::Field("p", "v"),
            ),
            (vec![], vec![field(false)], Anchor::None),
            (
                vec![(NotIn, "a"), (Exists, "b"), (In, "c")],
                vec![field(false)],
                Anchor::LabelValues("c", &values),
            ),
            (
                vec![(NotEquals, "a"), (LessThan, "b")],
                vec![],
                Anchor::Label("b"),
            ),
            (
                vec![(NotExists, "a"), (NotEquals, "b")],
                vec![],
                Anchor::None,
            ),
        ];
        for (labels, fields, expected) in cases {
            let labels = labels.into_iter();
            let selector = Selector {
                labels: labels
                    .map(|(operator, key)| requirement(key, operator, &["1", "2"]))
                    .collect(),
                fields,
            };
            assert_eq!(selector.anchor(), expected);
        }
    }

    #[test]
    fn fields_compare_by_value() {
        let selector = Selector {
            labels: vec![],
            fields: vec![
                FieldRequirement {
                    path: "spec.nodeName".into(),
                    equal: true,
                    value: "n1".into(),
                },
                FieldRequirement {
                    path: "status.phase".into(),
                    equal: false,
                    value: "Failed".into(),
                },
            ],
        };
        let none = Attributes::default();
        assert!(selector.matches(&none, &["n1", "Running"]));
        assert!(!selector.matches(&none, &["n1", "Failed"]));
        assert!(!selector.matches(&none, &["", "Running"]));
        assert_eq!(selector.paths(), ["spec.nodeName", "status.phase"]);
    }
}
