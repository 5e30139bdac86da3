//! Probes and hooks of containers.

use crate::names;
use crate::shape::Check::{Any, Each, One, OneOf, Text, Value, Within};
use crate::shape::{MOST, Shape, any_text, is_given, is_one, is_port};

static EXEC: Shape = Shape::new("k8s.io.api.core.v1.ExecAction", &[("command", Any)])
    .also(|exec| !exec.list("command").is_empty());
static HEADER: Shape = Shape::new(
    "k8s.io.api.core.v1.HTTPHeader",
    &[
        ("name", Text(names::is_http_header)),
        ("value", Text(any_text)),
    ],
)
.requires(&["name"]);
static HTTP: Shape = Shape::new(
    "k8s.io.api.core.v1.HTTPGetAction",
    &[
        ("path", Text(is_given)),
        ("port", Value(is_port)),
        ("host", Text(any_text)),
        ("scheme", OneOf(&["HTTP", "HTTPS"])),
        ("httpHeaders", Each(&HEADER)),
    ],
)
.requires(&["path", "port", "scheme"]);
static TCP: Shape = Shape::new(
    "k8s.io.api.core.v1.TCPSocketAction",
    &[("port", Value(is_port)), ("host", Text(any_text))],
)
.requires(&["port"]);
static GRPC: Shape = Shape::new(
    "k8s.io.api.core.v1.GRPCAction",
    &[("port", Within(1, 65535)), ("service", Text(any_text))],
)
.requires(&["port"]);
static HANDLER: Shape = Shape::new(
    "k8s.io.api.core.v1.ProbeHandler",
    &[
        ("exec", One(&EXEC)),
        ("httpGet", One(&HTTP)),
        ("tcpSocket", One(&TCP)),
        ("grpc", One(&GRPC)),
    ],
)
.also(is_one);
static HOOK: Shape = Shape::new(
    "k8s.io.api.core.v1.LifecycleHandler",
    &[
        ("exec", One(&EXEC)),
        ("httpGet", One(&HTTP)),
        ("tcpSocket", One(&TCP)),
    ],
)
.also(is_one);

pub(super) static READINESS: Shape = Shape::new(
    "k8s.io.api.core.v1.Probe",
    &[
        ("handler", One(&HANDLER)),
        ("initialDelaySeconds", Within(0, MOST)),
        ("timeoutSeconds", Within(0, MOST)),
        ("periodSeconds", Within(0, MOST)),
        ("successThreshold", Within(0, MOST)),
        ("failureThreshold", Within(0, MOST)),
    ],
)
.requires(&["handler"]);
/// Of liveness and startup: one success is enough, and a failure may end it in its own time.
pub(super) static LIVENESS: Shape = Shape::new(
    "k8s.io.api.core.v1.Probe",
    &[
        ("handler", One(&HANDLER)),
        ("initialDelaySeconds", Within(0, MOST)),
        ("timeoutSeconds", Within(0, MOST)),
        ("periodSeconds", Within(0, MOST)),
        ("successThreshold", Within(1, 1)),
        ("failureThreshold", Within(0, MOST)),
        ("terminationGracePeriodSeconds", Within(1, MOST)),
    ],
)
.requires(&["handler", "successThreshold"]);
pub(super) static LIFECYCLE: Shape = Shape::new(
    "k8s.io.api.core.v1.Lifecycle",
    &[("postStart", One(&HOOK)), ("preStop", One(&HOOK))],
);

#[cfg(test)]
mod tests {
    #[test]
    fn every_name_is_in_the_model() {
        let all = [&super::READINESS, &super::LIVENESS, &super::LIFECYCLE];
        let missing: Vec<_> = all.iter().flat_map(|shape| shape.missing()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
