//! One kind in another of its versions. A pair of versions with rules of its own is listed in
//! `RULES`; versions of the same shape convert field by field; everything else is refused.

pub mod custom_resource_definition;
mod event;
mod horizontal_pod_autoscaler;

use crate::error::{CodecError, Reason};
use crate::json::generic::Json;
use crate::json::{decode, encode, lexer};
use crate::model::{API_VERSION, KIND, MessageId, Model};
use crate::value::Fields;

/// One direction between two versions of a kind.
struct Rule {
    from: &'static str,
    to: &'static str,
    convert: fn(&Conversion, Fields) -> Result<Fields, CodecError>,
}

/// What a rule works with.
pub struct Conversion<'a> {
    pub model: &'a Model,
    pub from: MessageId,
    pub to: MessageId,
}

const RULES: [Rule; 4] = [
    Rule {
        from: "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler",
        to: "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler",
        convert: horizontal_pod_autoscaler::v1_to_v2,
    },
    Rule {
        from: "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler",
        to: "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler",
        convert: horizontal_pod_autoscaler::v2_to_v1,
    },
    Rule {
        from: "k8s.io.api.core.v1.Event",
        to: "k8s.io.api.events.v1.Event",
        convert: event::core_to_events,
    },
    Rule {
        from: "k8s.io.api.events.v1.Event",
        to: "k8s.io.api.core.v1.Event",
        convert: event::events_to_core,
    },
];

pub fn convert(
    model: &Model,
    from: MessageId,
    to: MessageId,
    fields: Fields,
) -> Result<Fields, CodecError> {
    if from == to {
        return Ok(fields);
    }
    let (source, target) = (model.message(from), model.message(to));
    let conversion = Conversion { model, from, to };
    if let Some(rule) = RULES
        .iter()
        .find(|r| *r.from == *source.name && *r.to == *target.name)
    {
        return (rule.convert)(&conversion, fields);
    }
    if source.kind != target.kind || source.group != target.group {
        let (from, to) = (&source.go_type, &target.go_type);
        let message = format!("converting ({from}) to ({to}): unknown conversion");
        return Err(CodecError::new(Reason::WrongKind, "", message));
    }
    if source.is_unstructured() && target.is_unstructured() {
        return Ok(fields);
    }
    conversion.by_shape(&fields)
}

/// The value at `a.b[0].c`.
fn at<'j>(document: &'j Json, path: &str) -> Option<&'j Json> {
    path.split('.').try_fold(document, |value, step| {
        let (name, indexes) = step.split_once('[').unwrap_or((step, ""));
        let value = value.as_object()?.get(name)?;
        let mut numbers = indexes.split(['[', ']']).filter(|n| !n.is_empty());
        numbers.try_fold(value, |v, n| v.as_array()?.get(n.parse::<usize>().ok()?))
    })
}

impl Conversion<'_> {
    /// Through JSON: right where both versions name their fields alike, refused where a field
    /// has no place.
    fn by_shape(&self, fields: &Fields) -> Result<Fields, CodecError> {
        self.message_by_shape(self.from, self.to, fields)
    }

    /// A message of the source as one of the target with the same field names.
    pub fn message_by_shape(
        &self,
        from: MessageId,
        to: MessageId,
        fields: &Fields,
    ) -> Result<Fields, CodecError> {
        let mut text = Vec::new();
        encode::write_message(self.model, from, fields, &mut text);
        let text = lexer::as_text(&text).into_owned();
        let (mut converted, unknown) = decode::decode(self.model, to, &text, true, None)?;
        if !unknown.is_empty() {
            let document = Json::parse(&text).unwrap_or(Json::Null);
            let carries = |error: &CodecError| at(&document, &error.path) != Some(&Json::Null);
            if let Some(problem) = unknown.into_iter().find(carries) {
                return Err(problem);
            }
        }
        if self.model.message(to).root {
            converted.take(KIND);
            converted.take(API_VERSION);
        }
        Ok(converted)
    }

    /// Position of a field by its JSON name.
    pub fn index(&self, id: MessageId, json: &str) -> u16 {
        self.model.message(id).field_index(json).unwrap_or(u16::MAX)
    }
}
