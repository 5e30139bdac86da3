//! Requirements of selectors: on labels, and on fields that are looked at as labels are. What they
//! mean stands here once; who holds the values brings them along. Texts are read in TypeScript
//! (lib/api/labelParser.ts), the only place where a client's text arrives.

/// How a requirement's values are compared with what an object has. `=` and `in`, and `!=` and
/// `notin`, are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

impl Operator {
    /// Of a label selector's text: `=`, `==`, `!=`, `in`, `notin`, `exists`, `!`, `>`, `<`.
    pub fn of_text(text: &str) -> Option<Operator> {
        Some(match text {
            "=" | "==" | "in" => Operator::In,
            "!=" | "notin" => Operator::NotIn,
            "exists" => Operator::Exists,
            "!" => Operator::DoesNotExist,
            ">" => Operator::GreaterThan,
            "<" => Operator::LessThan,
            _ => return None,
        })
    }

    /// Of an object's `matchExpressions`: `In`, `NotIn`, `Exists`, `DoesNotExist`, and of nodes
    /// `Gt` and `Lt`.
    pub fn of_expression(text: &str) -> Option<Operator> {
        Some(match text {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::GreaterThan,
            "Lt" => Operator::LessThan,
            _ => return None,
        })
    }

    /// Whether something without the key satisfies it.
    pub fn takes_absent(self) -> bool {
        matches!(self, Operator::NotIn | Operator::DoesNotExist)
    }

    /// Whether what an object has at the key satisfies the requirement. What is compared as a
    /// number and is none satisfies nothing.
    pub fn holds<V: AsRef<str>>(self, found: Option<&str>, values: &[V]) -> bool {
        let listed = |value: &str| values.iter().any(|wanted| wanted.as_ref() == value);
        let bound = || integer(values.first()?.as_ref());
        let compared = || found.and_then(integer).zip(bound());
        match self {
            Operator::In => found.is_some_and(listed),
            Operator::NotIn => !found.is_some_and(listed),
            Operator::Exists => found.is_some(),
            Operator::DoesNotExist => found.is_none(),
            Operator::GreaterThan => compared().is_some_and(|(found, bound)| found > bound),
            Operator::LessThan => compared().is_some_and(|(found, bound)| found < bound),
        }
    }
}

/// As Go's strconv.ParseInt reads a decimal of 64 bits.
pub fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_hold_as_upstreams_do() {
        use Operator::{DoesNotExist, Exists, GreaterThan, In, LessThan, NotIn};
        let cases = [
            (In, Some("a"), &["a", "b"][..], true),
            (In, Some("c"), &["a", "b"], false),
            (In, None, &[""], false),
            (In, Some(""), &[""], true),
            (NotIn, Some("a"), &["a"], false),
            (NotIn, Some("c"), &["a"], true),
            (NotIn, None, &["a"], true),
            (Exists, Some(""), &[], true),
            (Exists, None, &[], false),
            (DoesNotExist, None, &[], true),
            (DoesNotExist, Some(""), &[], false),
            (GreaterThan, Some("7"), &["6"], true),
            (GreaterThan, Some("6"), &["6"], false),
            (GreaterThan, Some("+7"), &["6"], true),
            (GreaterThan, Some("7.5"), &["6"], false),
            (GreaterThan, None, &["6"], false),
            (GreaterThan, Some("7"), &[], false),
            (LessThan, Some("-9223372036854775808"), &["0"], true),
            (LessThan, Some("-9223372036854775809"), &["0"], false),
            (LessThan, Some("07"), &["8"], true),
            (LessThan, Some(" 7"), &["8"], false),
        ];
        for (operator, found, values, expected) in cases {
            assert_eq!(
                operator.holds(found, values),
                expected,
                "{found:?} {operator:?} {values:?}"
            );
            assert!(found.is_some() || operator.holds(None, values) == operator.takes_absent());
        }
    }

    #[test]
    fn names_of_operators() {
        let texts = ["=", "==", "in", "!=", "notin", "exists", "!", ">", "<"];
        let expressions = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
        assert!(texts.iter().all(|text| Operator::of_text(text).is_some()));
        assert!(
            expressions
                .iter()
                .all(|text| Operator::of_expression(text).is_some())
        );
        assert_eq!(Operator::of_text("In"), None);
        assert_eq!(Operator::of_expression("in"), None);
    }
}
