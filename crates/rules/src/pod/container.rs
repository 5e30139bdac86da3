//! What containers take from elsewhere, and what they may do.

use steersman_codec::value::Value;

use super::volume::{RESOURCE_FIELD, VARIABLE_FIELD};
use crate::names;
use crate::shape::Check::{AllWithin, Any, One, OneOf, Text, Texts, Within};
use crate::shape::{At, Shape, any_text, is_one};

/// Ids of users and groups.
const LAST_ID: i64 = 2_147_483_647;

static REFERENCE: Shape = Shape::new(
    "k8s.io.api.core.v1.LocalObjectReference",
    &[("name", Text(names::is_subdomain))],
)
.requires(&["name"]);
static MAP_KEY: Shape = Shape::new(
    "k8s.io.api.core.v1.ConfigMapKeySelector",
    &[
        ("localObjectReference", One(&REFERENCE)),
        ("key", Text(names::is_config_key)),
        ("optional", Any),
    ],
)
.requires(&["localObjectReference", "key"]);
static SECRET_KEY: Shape = Shape::new(
    "k8s.io.api.core.v1.SecretKeySelector",
    &[
        ("localObjectReference", One(&REFERENCE)),
        ("key", Text(names::is_config_key)),
        ("optional", Any),
    ],
)
.requires(&["localObjectReference", "key"]);
pub(super) static VALUE_FROM: Shape = Shape::new(
    "k8s.io.api.core.v1.EnvVarSource",
    &[
        ("fieldRef", One(&VARIABLE_FIELD)),
        ("resourceFieldRef", One(&RESOURCE_FIELD)),
        ("configMapKeyRef", One(&MAP_KEY)),
        ("secretKeyRef", One(&SECRET_KEY)),
    ],
)
.also(is_one);

static ALL_OF_MAP: Shape = Shape::new(
    "k8s.io.api.core.v1.ConfigMapEnvSource",
    &[("localObjectReference", One(&REFERENCE)), ("optional", Any)],
)
.requires(&["localObjectReference"]);
static ALL_OF_SECRET: Shape = Shape::new(
    "k8s.io.api.core.v1.SecretEnvSource",
    &[("localObjectReference", One(&REFERENCE)), ("optional", Any)],
)
.requires(&["localObjectReference"]);
pub(super) static VARIABLES_FROM: Shape = Shape::new(
    "k8s.io.api.core.v1.EnvFromSource",
    &[
        ("prefix", Text(names::is_variable)),
        ("configMapRef", One(&ALL_OF_MAP)),
        ("secretRef", One(&ALL_OF_SECRET)),
    ],
)
.also(|from| from.has("configMapRef") != from.has("secretRef"));

static CAPABILITIES: Shape = Shape::new(
    "k8s.io.api.core.v1.Capabilities",
    &[("add", Texts(any_text)), ("drop", Texts(any_text))],
);
static SECCOMP: Shape = Shape::new(
    "k8s.io.api.core.v1.SeccompProfile",
    &[("type", OneOf(&["RuntimeDefault", "Unconfined"]))],
)
.requires(&["type"]);
static APP_ARMOR: Shape = Shape::new(
    "k8s.io.api.core.v1.AppArmorProfile",
    &[("type", OneOf(&["RuntimeDefault", "Unconfined"]))],
)
.requires(&["type"]);
/// Whether it may be privileged is a flag of the server's: see `Facts`.
pub(super) static SECURITY: Shape = Shape::new(
    "k8s.io.api.core.v1.SecurityContext",
    &[
        ("capabilities", One(&CAPABILITIES)),
        ("privileged", Any),
        ("seLinuxOptions", Any),
        ("runAsUser", Within(0, LAST_ID)),
        ("runAsGroup", Within(0, LAST_ID)),
        ("runAsNonRoot", Any),
        ("readOnlyRootFilesystem", Any),
        ("allowPrivilegeEscalation", Any),
        ("seccompProfile", One(&SECCOMP)),
        ("appArmorProfile", One(&APP_ARMOR)),
    ],
)
.also(|context| {
    let is_admin = |capabilities: At| {
        let is_it = |name: &Value| matches!(name, Value::Str(name) if name == "CAP_SYS_ADMIN");
        capabilities.list("add").iter().any(is_it)
    };
    !context.is("allowPrivilegeEscalation", false)
        || !(context.is("privileged", true) || context.each("capabilities").any(is_admin))
});
pub(super) static POD_SECURITY: Shape = Shape::new(
    "k8s.io.api.core.v1.PodSecurityContext",
    &[
        ("seLinuxOptions", Any),
        ("runAsUser", Within(0, LAST_ID)),
        ("runAsGroup", Within(0, LAST_ID)),
        ("runAsNonRoot", Any),
        ("supplementalGroups", AllWithin(0, LAST_ID)),
        ("fsGroup", Within(0, LAST_ID)),
        ("fsGroupChangePolicy", OneOf(&["Always"])),
        ("seccompProfile", One(&SECCOMP)),
        ("appArmorProfile", One(&APP_ARMOR)),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_model() {
        let all = [&VALUE_FROM, &VARIABLES_FROM, &SECURITY, &POD_SECURITY];
        let missing: Vec<_> = all.iter().flat_map(|shape| shape.missing()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
