//! Label and field selectors, evaluated on what `Views::attributes` extracts.

pub use steersman_grammar::selector::Operator as LabelOperator;

use crate::state::views::Attributes;

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
            .find(|label| label.operator == LabelOperator::In);
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
    fn matches(&self, attributes: &Attributes) -> bool {
        self.operator
            .holds(attributes.label(&self.key), &self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(key: &str, operator: LabelOperator, values: &[&str]) -> LabelRequirement {
        LabelRequirement {
            key: key.into(),
            operator,
            values: values.iter().map(|v| (*v).into()).collect(),
        }
    }

    #[test]
    fn anchors() {
        use LabelOperator::{DoesNotExist, Exists, In, LessThan, NotIn};
        let field = |equal| FieldRequirement {
            path: "p".into(),
            equal,
            value: "v".into(),
        };
        let values = ["1".into(), "2".into()];
        let cases = [
            (vec![], vec![], Anchor::Everything),
            (vec![(In, "a")], vec![field(true)], Anchor::Field("p", "v")),
            (vec![], vec![field(false)], Anchor::None),
            (
                vec![(NotIn, "a"), (Exists, "b"), (In, "c")],
                vec![field(false)],
                Anchor::LabelValues("c", &values),
            ),
            (
                vec![(NotIn, "a"), (LessThan, "b")],
                vec![],
                Anchor::Label("b"),
            ),
            (
                vec![(DoesNotExist, "a"), (NotIn, "b")],
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
