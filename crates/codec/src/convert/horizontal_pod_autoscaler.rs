//! HorizontalPodAutoscaler autoscaling/v1 and v2 (the stored form). What v1 cannot say travels
//! in annotations, in the same text as upstream's, so that either reads the other's.

use std::sync::LazyLock;

use super::Conversion;
use crate::error::{CodecError, Reason};
use crate::json::generic::{Json, Object};
use crate::json::{decode, encode, lexer};
use crate::model::{API_VERSION, KIND};
use crate::value::Fields;

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";

pub fn v2_to_v1(c: &Conversion, fields: Fields) -> Result<Fields, CodecError> {
    let mut object = to_json(c, &fields)?;
    let mut notes: Vec<(&str, String)> = Vec::new();
    if let Some(Json::Object(spec)) = object.get_mut("spec") {
        let metrics = list(spec.remove("metrics"));
        if let Some(target) = metrics.iter().find_map(|m| cpu(m, "target")) {
            spec.insert("targetCPUUtilizationPercentage", target.clone());
        }
        let others: Vec<String> = metrics
            .iter()
            .filter(|m| cpu(m, "target").is_none())
            .map(|m| metric_v1(m, "target"))
            .collect();
        if !others.is_empty() {
            notes.push((METRICS, format!("[{}]", others.join(","))));
        }
        if let Some(behavior) = spec.remove("behavior") {
            notes.push((BEHAVIOR, behavior_text(&behavior)));
        }
    }
    if let Some(Json::Object(status)) = object.get_mut("status") {
        let metrics = list(status.remove("currentMetrics"));
        if let Some(current) = metrics.iter().find_map(|m| cpu(m, "current")) {
            status.insert("currentCPUUtilizationPercentage", current.clone());
        }
        if !metrics.is_empty() {
            let texts: Vec<String> = metrics.iter().map(|m| metric_v1(m, "current")).collect();
            notes.push((CURRENT_METRICS, format!("[{}]", texts.join(","))));
        }
        let conditions = list(status.remove("conditions"));
        if !conditions.is_empty() {
            let texts: Vec<String> = conditions.iter().map(condition_text).collect();
            notes.push((CONDITIONS, format!("[{}]", texts.join(","))));
        }
    }
    annotate(&mut object, notes);
    from_json(c, object)
}

pub fn v1_to_v2(c: &Conversion, fields: Fields) -> Result<Fields, CodecError> {
    let mut object = to_json(c, &fields)?;
    let mut notes = take_annotations(&mut object);
    let mut note = |key: &str| {
        notes
            .remove(key)
            .and_then(|t| Json::parse(t.as_str()?).ok())
    };
    let (metrics, current) = (list(note(METRICS)), list(note(CURRENT_METRICS)));
    let (conditions, behavior) = (list(note(CONDITIONS)), note(BEHAVIOR));
    if let Some(Json::Object(spec)) = object.get_mut("spec") {
        let mut all = Vec::new();
        if let Some(target) = spec.remove("targetCPUUtilizationPercentage") {
            let mut value = entries(vec![("averageUtilization", Some(target))]);
            value.insert("type", Json::string("Utilization"));
            all.push(cpu_metric("target", value));
        }
        all.extend(metrics.iter().map(|m| metric_v2(m, "target")));
        if all.is_empty() {
            all.push(default_metric());
        }
        spec.insert("metrics", Json::Array(all));
        if let Some(behavior) = behavior.map(|b| lower_names(&b)) {
            if behavior.as_object().is_some_and(|b| !b.is_empty()) {
                spec.insert("behavior", behavior);
            }
        }
    }
    let status = object
        .remove("status")
        .unwrap_or(Json::Object(Object::new()));
    if let Json::Object(mut status) = status {
        let utilization = status.remove("currentCPUUtilizationPercentage");
        let mut all: Vec<Json> = current.iter().map(|m| metric_v2(m, "current")).collect();
        if let (true, Some(value)) = (all.is_empty(), utilization) {
            let value = entries(vec![("averageUtilization", Some(value))]);
            all.push(cpu_metric("current", value));
        }
        if !all.is_empty() {
            status.insert("currentMetrics", Json::Array(all));
        }
        if !conditions.is_empty() {
            status.insert("conditions", Json::Array(conditions));
        }
        object.insert("status", Json::Object(status));
    }
    from_json(c, object)
}

/// As upstream, where v1 names no metric.
fn default_metric() -> Json {
    let mut target = Object::new();
    target.insert("averageUtilization", Json::Number("80".into()));
    target.insert("type", Json::string("Utilization"));
    cpu_metric("target", target)
}

fn to_json(c: &Conversion, fields: &Fields) -> Result<Object, CodecError> {
    let mut text = Vec::new();
    encode::write_message(c.model, c.from, fields, &mut text);
    match Json::parse(&lexer::as_text(&text)) {
        Ok(Json::Object(object)) => Ok(object),
        _ => Err(CodecError::new(
            Reason::Syntax,
            "",
            "the object cannot be converted",
        )),
    }
}

fn from_json(c: &Conversion, object: Object) -> Result<Fields, CodecError> {
    let text = Json::Object(object).to_text();
    let (mut fields, _) = decode::decode(c.model, c.to, &text, false, None)?;
    fields.take(KIND);
    fields.take(API_VERSION);
    Ok(fields)
}

fn list(value: Option<Json>) -> Vec<Json> {
    match value {
        Some(Json::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn at<'j>(value: &'j Json, path: &[&str]) -> Option<&'j Json> {
    path.iter()
        .try_fold(value, |v, key| v.as_object()?.get(key))
}

/// The utilization of a cpu resource metric.
fn cpu<'j>(metric: &'j Json, value: &str) -> Option<&'j Json> {
    let is_cpu = at(metric, &["type"])?.as_str()? == "Resource"
        && at(metric, &["resource", "name"])?.as_str()? == "cpu";
    at(metric, &["resource", value, "averageUtilization"]).filter(|_| is_cpu)
}

fn cpu_metric(key: &str, value: Object) -> Json {
    let mut resource = entries(vec![("name", Some(Json::string("cpu")))]);
    resource.insert(key, Json::Object(value));
    let mut metric = entries(vec![("resource", Some(Json::Object(resource)))]);
    metric.insert("type", Json::string("Resource"));
    Json::Object(metric)
}

fn entries(list: Vec<(&str, Option<Json>)>) -> Object {
    let mut object = Object::new();
    for (key, value) in list {
        if let Some(value) = value {
            object.insert(key, value);
        }
    }
    object
}

/// An object's text with its members in the given order.
fn ordered(members: &[(String, Option<&Json>)]) -> String {
    let members: Vec<String> = members
        .iter()
        .filter_map(|(key, value)| value.map(|v| format!("\"{key}\":{}", v.to_text())))
        .collect();
    format!("{{{}}}", members.join(","))
}

const SOURCES: [&str; 5] = [
    "object",
    "pods",
    "resource",
    "containerResource",
    "external",
];

/// A v2 metric as v1's annotation has it; `value` is `target` or `current`, which also begins
/// v1's names.
fn metric_v1(metric: &Json, value: &str) -> String {
    let kind = at(metric, &["type"]).unwrap_or(&Json::Null).to_text();
    let mut text = format!("{{\"type\":{kind}");
    for source in SOURCES {
        if let Some(part) = at(metric, &[source]) {
            let members = source_v1(source, part, value);
            text.push_str(&format!(",\"{source}\":{}", ordered(&members)));
        }
    }
    text.push('}');
    text
}

/// The members of one source in v1's order. Amounts that are no pointers there are written as 0.
fn source_v1<'j>(source: &str, part: &'j Json, value: &str) -> Vec<(String, Option<&'j Json>)> {
    static ZERO: LazyLock<Json> = LazyLock::new(|| Json::string("0"));
    let zero: Option<&'j Json> = Some(&ZERO);
    let name = |rest: &str| format!("{value}{rest}");
    let amount = at(part, &[value, "value"]);
    let average = at(part, &[value, "averageValue"]);
    let is_status = value == "current";
    let metric_name = at(part, &["metric", "name"]);
    let selector = at(part, &["metric", "selector"]);
    match source {
        "object" => vec![
            ("target".into(), at(part, &["describedObject"])),
            ("metricName".into(), metric_name),
            (name("Value"), amount.or(zero)),
            ("selector".into(), selector),
            ("averageValue".into(), average),
        ],
        "pods" => vec![
            ("metricName".into(), metric_name),
            (name("AverageValue"), average.or(zero)),
            ("selector".into(), selector),
        ],
        "external" => vec![
            ("metricName".into(), metric_name),
            ("metricSelector".into(), selector),
            (
                name("Value"),
                if is_status { amount.or(zero) } else { amount },
            ),
            (name("AverageValue"), average),
        ],
        _ => vec![
            ("name".into(), at(part, &["name"])),
            (
                name("AverageUtilization"),
                at(part, &[value, "averageUtilization"]),
            ),
            (
                name("AverageValue"),
                if is_status { average.or(zero) } else { average },
            ),
            ("container".into(), at(part, &["container"])),
        ],
    }
}

/// A metric of v1's annotation as v2 has it.
fn metric_v2(metric: &Json, value: &str) -> Json {
    let mut out = entries(vec![("type", at(metric, &["type"]).cloned())]);
    for source in [
        "object",
        "pods",
        "resource",
        "containerResource",
        "external",
    ] {
        let Some(inner) = at(metric, &[source]).and_then(Json::as_object) else {
            continue;
        };
        let get = |key: &str| inner.get(key).cloned();
        let prefixed = |rest: &str| inner.get(&format!("{value}{rest}")).cloned();
        let utilization = prefixed("AverageUtilization");
        let average = if source == "object" {
            get("averageValue")
        } else {
            prefixed("AverageValue")
        };
        let amount = prefixed("Value");
        let kind = match source {
            _ if value == "current" => None,
            "object" if average.is_none() => Some("Value"),
            "external" if amount.is_some() => Some("Value"),
            "resource" | "containerResource" if utilization.is_some() => Some("Utilization"),
            _ => Some("AverageValue"),
        };
        let amounts = entries(vec![
            ("type", kind.map(Json::string)),
            ("value", amount),
            ("averageValue", average),
            ("averageUtilization", utilization),
        ]);
        let identifier = entries(vec![
            ("name", get("metricName")),
            ("selector", get("selector").or(get("metricSelector"))),
        ]);
        let converted = entries(vec![
            (
                "describedObject",
                get("target").filter(|_| source == "object"),
            ),
            ("name", get("name")),
            ("container", get("container")),
            (
                "metric",
                (!identifier.is_empty()).then_some(Json::Object(identifier)),
            ),
            (value, Some(Json::Object(amounts))),
        ]);
        out.insert(source, Json::Object(converted));
    }
    Json::Object(out)
}

fn condition_text(condition: &Json) -> String {
    let names = [
        "type",
        "status",
        "lastTransitionTime",
        "reason",
        "message",
        "observedGeneration",
    ];
    let members: Vec<(String, Option<&Json>)> = names
        .iter()
        .map(|&n| (n.to_string(), at(condition, &[n])))
        .collect();
    ordered(&members)
}

/// Upstream writes its internal type here: Go's field names, and null for what is not set.
fn behavior_text(behavior: &Json) -> String {
    let rules = |key: &str| match at(behavior, &[key]) {
        Some(rules) => rules_text(rules),
        None => "null".to_string(),
    };
    format!(
        "{{\"ScaleUp\":{},\"ScaleDown\":{}}}",
        rules("scaleUp"),
        rules("scaleDown")
    )
}

fn rules_text(rules: &Json) -> String {
    let null = Json::Null;
    let policies = match at(rules, &["policies"]).and_then(Json::as_array) {
        None => "null".to_string(),
        Some(policies) => {
            let texts: Vec<String> = policies
                .iter()
                .map(|p| {
                    ordered(&[
                        ("Type".into(), at(p, &["type"])),
                        ("Value".into(), at(p, &["value"])),
                        ("PeriodSeconds".into(), at(p, &["periodSeconds"])),
                    ])
                })
                .collect();
            format!("[{}]", texts.join(","))
        }
    };
    let window = at(rules, &["stabilizationWindowSeconds"])
        .unwrap_or(&null)
        .to_text();
    let select = at(rules, &["selectPolicy"]).unwrap_or(&null).to_text();
    let tolerance = at(rules, &["tolerance"]).unwrap_or(&null).to_text();
    format!(
        "{{\"StabilizationWindowSeconds\":{window},\"SelectPolicy\":{select},\
         \"Policies\":{policies},\"Tolerance\":{tolerance}}}"
    )
}

/// Go's names back to JSON's, without nulls.
fn lower_names(value: &Json) -> Json {
    match value {
        Json::Object(object) => {
            let mut out = Object::new();
            for (key, value) in object.iter().filter(|(_, v)| **v != Json::Null) {
                let mut name = key.to_string();
                if let Some(first) = name.get_mut(..1) {
                    first.make_ascii_lowercase();
                }
                out.insert(name, lower_names(value));
            }
            Json::Object(out)
        }
        Json::Array(items) => Json::Array(items.iter().map(lower_names).collect()),
        _ => value.clone(),
    }
}

fn annotations(object: &mut Object) -> Option<&mut Object> {
    let Json::Object(metadata) = object.get_mut("metadata")? else {
        return None;
    };
    if !matches!(metadata.get("annotations"), Some(Json::Object(_))) {
        metadata.insert("annotations", Json::Object(Object::new()));
    }
    match metadata.get_mut("annotations") {
        Some(Json::Object(annotations)) => Some(annotations),
        _ => None,
    }
}

fn annotate(object: &mut Object, notes: Vec<(&str, String)>) {
    if notes.is_empty() {
        return;
    }
    if let Some(annotations) = annotations(object) {
        for (key, text) in notes {
            annotations.insert(key, Json::string(&text));
        }
    }
}

fn take_annotations(object: &mut Object) -> Object {
    let mut taken = Object::new();
    let Some(annotations) = annotations(object) else {
        return taken;
    };
    for key in [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR] {
        if let Some(text) = annotations.remove(key) {
            taken.insert(key, text);
        }
    }
    let is_empty = annotations.is_empty();
    if let (true, Some(Json::Object(metadata))) = (is_empty, object.get_mut("metadata")) {
        metadata.remove("annotations");
    }
    taken
}
