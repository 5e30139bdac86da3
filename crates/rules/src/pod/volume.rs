//! Volumes that are mounted, and references to fields of the pod.

use steersman_codec::value::Value as Field;

use super::verdict::amount;
use crate::names;
use crate::shape::Check::{Any, Each, One, OneOf, Text, Value, Within};
use crate::shape::{At, FEW, Shape, any_text, is_given, is_one};

const MODE: (i64, i64) = (0, 0o777);
const HOST_PATHS: [&str; 8] = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];

/// Below the directory that it is joined to.
pub(super) fn is_local_path(path: &str) -> bool {
    !path.starts_with('/') && has_no_backstep(path)
}

fn has_no_backstep(path: &str) -> bool {
    path.split('/').all(|part| part != "..")
}

fn is_local_file(path: &str) -> bool {
    is_given(path) && is_local_path(path) && !path.starts_with("..")
}

fn is_host_path(path: &str) -> bool {
    is_given(path) && has_no_backstep(path)
}

/// Whether none lies over another, nor in one that is a file.
fn are_apart<'t>(paths: impl Iterator<Item = &'t str>) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    for path in paths {
        let path = path.trim_end_matches('/');
        let is_in = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if seen.len() == FEW
            || seen
                .iter()
                .any(|known| is_in(path, known) || is_in(known, path))
        {
            return false;
        }
        seen.push(path);
    }
    true
}

fn are_items_apart(source: &At) -> bool {
    are_apart(source.each("items").map(|item| item.str("path")))
}

static REFERENCE: Shape = Shape::new(
    "k8s.io.api.core.v1.LocalObjectReference",
    &[("name", Text(is_given))],
)
.requires(&["name"]);
static ITEM: Shape = Shape::new(
    "k8s.io.api.core.v1.KeyToPath",
    &[
        ("key", Text(is_given)),
        ("path", Text(is_local_file)),
        ("mode", Within(MODE.0, MODE.1)),
    ],
)
.requires(&["key", "path"]);
static EMPTY_DIR: Shape = Shape::new(
    "k8s.io.api.core.v1.EmptyDirVolumeSource",
    &[
        ("medium", OneOf(&["", "Memory"])),
        (
            "sizeLimit",
            Value(|size| amount(size).is_some_and(|size| size >= 0)),
        ),
    ],
)
// On disk its size is not limited, which the requester is told.
.also(|dir| !dir.has("sizeLimit") || dir.str("medium") == "Memory");
static HOST_PATH: Shape = Shape::new(
    "k8s.io.api.core.v1.HostPathVolumeSource",
    &[("path", Text(is_host_path)), ("type", OneOf(&HOST_PATHS))],
)
.requires(&["path"]);
static SECRET: Shape = Shape::new(
    "k8s.io.api.core.v1.SecretVolumeSource",
    &[
        ("secretName", Text(is_given)),
        ("items", Each(&ITEM)),
        ("defaultMode", Within(MODE.0, MODE.1)),
        ("optional", Any),
    ],
)
.requires(&["secretName"])
.also(are_items_apart);
static CONFIG_MAP: Shape = Shape::new(
    "k8s.io.api.core.v1.ConfigMapVolumeSource",
    &[
        ("localObjectReference", One(&REFERENCE)),
        ("items", Each(&ITEM)),
        ("defaultMode", Within(MODE.0, MODE.1)),
        ("optional", Any),
    ],
)
.requires(&["localObjectReference"])
.also(are_items_apart);

/// What a variable takes its value from.
pub(super) static VARIABLE_FIELD: Shape = Shape::new(
    "k8s.io.api.core.v1.ObjectFieldSelector",
    &[
        ("apiVersion", OneOf(&["v1"])),
        ("fieldPath", Text(is_variable_field)),
    ],
)
.requires(&["apiVersion", "fieldPath"]);
static FILE_FIELD: Shape = Shape::new(
    "k8s.io.api.core.v1.ObjectFieldSelector",
    &[
        ("apiVersion", OneOf(&["v1"])),
        ("fieldPath", Text(is_file_field)),
    ],
)
.requires(&["apiVersion", "fieldPath"]);
pub(super) static RESOURCE_FIELD: Shape = Shape::new(
    "k8s.io.api.core.v1.ResourceFieldSelector",
    &[
        ("containerName", Text(any_text)),
        ("resource", OneOf(&RESOURCES)),
        ("divisor", Any),
    ],
)
.requires(&["resource"])
.also(|field| match field.get("divisor") {
    None => true,
    Some(Field::Quantity(divisor)) => {
        let is_cpu = field.str("resource").ends_with(".cpu");
        let wanted: &[&str] = if is_cpu {
            &["1m"]
        } else {
            &["1k", "1M", "1G", "1Ki", "1Mi", "1Gi"]
        };
        ["0", "1"].contains(&&**divisor) || wanted.contains(&&**divisor)
    }
    _ => false,
});
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

fn is_variable_field(path: &str) -> bool {
    const KNOWN: [&str; 9] = [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    KNOWN.contains(&path) || is_entry(path)
}

fn is_file_field(path: &str) -> bool {
    const KNOWN: [&str; 5] = [
        "metadata.annotations",
        "metadata.labels",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
    ];
    KNOWN.contains(&path) || is_entry(path)
}

/// One label or annotation: `metadata.labels['app']`.
fn is_entry(path: &str) -> bool {
    let key = path
        .strip_prefix("metadata.labels['")
        .or_else(|| path.strip_prefix("metadata.annotations['"))
        .and_then(|rest| rest.strip_suffix("']"));
    key.is_some_and(names::is_qualified)
}

static FILE: Shape = Shape::new(
    "k8s.io.api.core.v1.DownwardAPIVolumeFile",
    &[
        ("path", Text(is_local_file)),
        ("fieldRef", One(&FILE_FIELD)),
        ("resourceFieldRef", One(&RESOURCE_FIELD)),
        ("mode", Within(MODE.0, MODE.1)),
    ],
)
.requires(&["path"])
.also(|file| {
    let has_container = |field: At| is_given(field.str("containerName"));
    file.has("fieldRef") != file.has("resourceFieldRef")
        && file.each("resourceFieldRef").all(has_container)
});
static DOWNWARD: Shape = Shape::new(
    "k8s.io.api.core.v1.DownwardAPIVolumeSource",
    &[
        ("items", Each(&FILE)),
        ("defaultMode", Within(MODE.0, MODE.1)),
    ],
)
.also(are_items_apart);

static PROJECTED_SECRET: Shape = Shape::new(
    "k8s.io.api.core.v1.SecretProjection",
    &[
        ("localObjectReference", One(&REFERENCE)),
        ("items", Each(&ITEM)),
        ("optional", Any),
    ],
)
.requires(&["localObjectReference"]);
static PROJECTED_MAP: Shape = Shape::new(
    "k8s.io.api.core.v1.ConfigMapProjection",
    &[
        ("localObjectReference", One(&REFERENCE)),
        ("items", Each(&ITEM)),
        ("optional", Any),
    ],
)
.requires(&["localObjectReference"]);
static PROJECTED_FILES: Shape = Shape::new(
    "k8s.io.api.core.v1.DownwardAPIProjection",
    &[("items", Each(&FILE))],
);
/// Of ten minutes to 2^32 seconds.
static TOKEN: Shape = Shape::new(
    "k8s.io.api.core.v1.ServiceAccountTokenProjection",
    &[
        ("audience", Text(any_text)),
        ("expirationSeconds", Within(600, 1 << 32)),
        ("path", Text(is_local_file)),
    ],
)
.requires(&["expirationSeconds", "path"]);
static PROJECTION: Shape = Shape::new(
    "k8s.io.api.core.v1.VolumeProjection",
    &[
        ("secret", One(&PROJECTED_SECRET)),
        ("configMap", One(&PROJECTED_MAP)),
        ("downwardAPI", One(&PROJECTED_FILES)),
        ("serviceAccountToken", One(&TOKEN)),
    ],
)
.also(is_one);
static PROJECTED: Shape = Shape::new(
    "k8s.io.api.core.v1.ProjectedVolumeSource",
    &[
        ("sources", Each(&PROJECTION)),
        ("defaultMode", Within(MODE.0, MODE.1)),
    ],
)
.also(|projected| {
    let paths = projected.each("sources").flat_map(|source| {
        let items = ["secret", "configMap", "downwardAPI"]
            .into_iter()
            .filter_map(move |kind| source.each(kind).next())
            .flat_map(|kind| kind.each("items"));
        items.map(|item| item.str("path"))
    });
    let tokens = projected
        .each("sources")
        .flat_map(|source| source.each("serviceAccountToken"));
    are_apart(paths.chain(tokens.map(|token| token.str("path"))))
});

/// One volume has one source.
pub(super) static SOURCE: Shape = Shape::new(
    "k8s.io.api.core.v1.VolumeSource",
    &[
        ("emptyDir", One(&EMPTY_DIR)),
        ("hostPath", One(&HOST_PATH)),
        ("secret", One(&SECRET)),
        ("configMap", One(&CONFIG_MAP)),
        ("downwardAPI", One(&DOWNWARD)),
        ("projected", One(&PROJECTED)),
    ],
)
.also(is_one);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_model() {
        let all = [&SOURCE, &VARIABLE_FIELD, &RESOURCE_FIELD];
        let missing: Vec<_> = all.iter().flat_map(|shape| shape.missing()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn files_lie_apart() {
        let good: [&[&str]; 3] = [&[], &["a", "b"], &["a/b", "a/c", "ab"]];
        let bad: [&[&str]; 4] = [&["a", "a"], &["a", "a/"], &["a/b", "a"], &["a", "a/b"]];
        for paths in good {
            assert!(are_apart(paths.iter().copied()), "{paths:?}");
        }
        for paths in bad {
            assert!(!are_apart(paths.iter().copied()), "{paths:?}");
        }
    }
}
