//! Fields of the model by name, for rules that are about single kinds.

/// A structure of one message's field indexes, read off a model once:
/// `places!(ProbePlaces, "k8s.io.api.core.v1.Probe", { timeout: "timeoutSeconds" });`
///
/// A name that the model lacks becomes `u16::MAX`, which no field has: its rule then finds nothing.
/// `missing` names those, for the test of whoever declares the places.
#[macro_export]
macro_rules! places {
    ($name:ident, $message:literal, { $($field:ident: $json:literal),* $(,)? }) => {
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name {
            $(pub(crate) $field: u16,)*
        }

        impl $name {
            pub(crate) fn of(model: &$crate::model::Model) -> $name {
                $name::of_message(model, $message)
            }

            /// Of another message that has the same fields, at places of its own.
            pub(crate) fn of_message(model: &$crate::model::Model, message: &str) -> $name {
                let id = model.find(message);
                let at = |json: &str| {
                    id.and_then(|id| model.message(id).field_index(json)).unwrap_or(u16::MAX)
                };
                $name { $($field: at($json),)* }
            }

            #[cfg(test)]
            pub(crate) fn missing(&self) -> Vec<&'static str> {
                [$((self.$field, concat!($message, ".", $json)),)*]
                    .into_iter()
                    .filter(|(index, _)| *index == u16::MAX)
                    .map(|(_, name)| name)
                    .collect()
            }
        }
    };
}
