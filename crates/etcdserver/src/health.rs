//! What is served beside gRPC: health, the version, metrics.

use crate::engine::Engine;
use crate::{SERVER_VERSION, cluster_version};

pub struct Page {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

fn page(status: u16, content_type: &'static str, body: String) -> Page {
    Page {
        status,
        content_type,
        body,
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// Why it is not healthy. `serializable`: it only has to live.
pub fn check(engine: &Engine, serializable: bool) -> Result<(), String> {
    if engine.has_no_space() && !serializable {
        return Err("ALARM NOSPACE".to_owned());
    }
    engine.store.health().map_err(|error| error.to_string())
}

/// The page at a path, with what follows its question mark.
pub fn get(engine: &Engine, target: &str) -> Page {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let has = |wanted: &str| query.split('&').any(|one| one == wanted);
    match path {
        "/health" => {
            let alarms_count = !has("exclude=NOSPACE");
            let checked = check(engine, !alarms_count);
            let (status, health) = match &checked {
                Ok(()) => (200, "true"),
                Err(_) => (503, "false"),
            };
            let reason = checked.err().unwrap_or_default().replace(['"', '\\'], "'");
            let body = format!("{{\"health\":\"{health}\",\"reason\":\"{reason}\"}}");
            page(status, TEXT, body)
        }
        // Alarms are no reason to end a member or to send it nothing.
        "/livez" | "/readyz" => match check(engine, true) {
            Ok(()) if query.split('&').any(|one| one.starts_with("verbose")) => {
                let own = if path == "/livez" {
                    "[+]serializable_read ok\n"
                } else {
                    "[+]serializable_read ok\n[+]linearizable_read ok\n[+]non_learner ok\n\
                     [+]data_corruption ok\n"
                };
                page(200, TEXT, format!("{own}ok\n"))
            }
            Ok(()) => page(200, TEXT, "ok\n".to_owned()),
            Err(why) => page(503, TEXT, format!("[-]serializable_read failed: {why}\n")),
        },
        "/version" => {
            let cluster = cluster_version();
            let body = format!(
                "{{\"etcdserver\":\"{SERVER_VERSION}\",\"etcdcluster\":\"{cluster}.0\",\
                 \"storage\":\"{cluster}.0\"}}"
            );
            page(200, JSON, body)
        }
        "/metrics" => page(
            200,
            "text/plain; version=0.0.4; charset=utf-8",
            crate::metrics::text(engine),
        ),
        _ => page(404, TEXT, "404 page not found\n".to_owned()),
    }
}

/// For methods that no page has.
pub fn refused() -> Page {
    page(405, TEXT, "Method Not Allowed\n".to_owned())
}
