//! Taints and tolerations (the API's concept page "Taints and Tolerations").

use crate::input::{Taint, Toleration};

/// Whether one toleration tolerates one taint.
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    if !toleration.effect.is_empty() && toleration.effect != taint.effect {
        return false;
    }
    if !toleration.key.is_empty() && toleration.key != taint.key {
        return false;
    }
    match toleration.operator.as_str() {
        "" | "Equal" => toleration.value == taint.value,
        "Exists" => true,
        _ => false,
    }
}

/// Whether any toleration tolerates a taint.
pub fn tolerated(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations
        .iter()
        .any(|toleration| tolerates(toleration, taint))
}

/// Whether a taint keeps new pods away (rather than only being avoided).
pub fn repels(taint: &Taint) -> bool {
    taint.effect == "NoSchedule" || taint.effect == "NoExecute"
}

/// Whether every repelling taint is tolerated.
pub fn all_tolerated(tolerations: &[Toleration], taints: &[Taint]) -> bool {
    taints
        .iter()
        .all(|taint| !repels(taint) || tolerated(tolerations, taint))
}

/// How many `PreferNoSchedule` taints are not tolerated; only tolerations of that effect or of
/// every effect are asked.
pub fn count_avoided(tolerations: &[Toleration], taints: &[Taint]) -> i32 {
    let soft = |toleration: &&Toleration| {
        toleration.effect.is_empty() || toleration.effect == "PreferNoSchedule"
    };
    taints
        .iter()
        .filter(|taint| taint.effect == "PreferNoSchedule")
        .filter(|taint| {
            !tolerations
                .iter()
                .filter(soft)
                .any(|one| tolerates(one, taint))
        })
        .count() as i32
}
