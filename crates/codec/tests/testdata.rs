//! Byte for byte, both ways, against the files that the published Go module k8s.io/api keeps for
//! this purpose. They are read from Go's module cache; without Go or the module the test says so
//! and is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use steersman_codec::json::{decode, encode, generic::Json, lexer::as_text, yaml};
use steersman_codec::model::{API_VERSION, KIND, MessageId, Model};
use steersman_codec::object::{Object, decode_stored};
use steersman_codec::{proto, transcode};

fn testdata() -> Option<PathBuf> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test/interop/codec");
    let output = Command::new("go")
        .args(["list", "-m", "-f", "{{.Dir}}", "k8s.io/api"])
        .current_dir(module)
        .output()
        .ok()?;
    let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()).join("testdata/HEAD");
    folder.is_dir().then_some(folder)
}

/// `apps.v1.Deployment` to its message; the group has dots of its own.
fn kind_of(model: &Model, stem: &str) -> Option<MessageId> {
    let (rest, kind) = stem.rsplit_once('.')?;
    let (group, version) = rest.rsplit_once('.')?;
    let api_version = if group == "core" {
        version.to_string()
    } else {
        format!("{group}/{version}")
    };
    model.find_kind(&api_version, kind)
}

struct File {
    stem: String,
    id: MessageId,
    json: Vec<u8>,
    proto: Vec<u8>,
    yaml: String,
}

fn files() -> Option<Vec<File>> {
    let folder = testdata()?;
    let model = Model::builtin();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).ok()? {
        let path = entry.ok()?.path();
        let stem = path.file_stem()?.to_str()?.to_string();
        if path.extension().is_some_and(|e| e == "json") {
            if let Some(id) = kind_of(model, &stem) {
                let json = std::fs::read(&path).ok()?;
                let proto = std::fs::read(path.with_extension("pb")).ok()?;
                let yaml = std::fs::read_to_string(path.with_extension("yaml")).ok()?;
                found.push(File {
                    stem,
                    id,
                    json,
                    proto,
                    yaml,
                });
            }
        }
    }
    found.sort_by(|a: &File, b| a.stem.cmp(&b.stem));
    Some(found)
}

/// Without white space between tokens, order and spelling as they are.
fn compact(text: &str) -> String {
    let mut out = Vec::new();
    steersman_codec::json::text::write_compact(&mut out, text.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

fn check(file: &File) -> Result<(), String> {
    let model = Model::builtin();
    // The files are indented; a raw value inside keeps its white space, which the protobuf files
    // do not have.
    let text = compact(&as_text(&file.json));
    let (fields, warnings) =
        decode::decode(model, file.id, &text, true, None).map_err(|e| format!("json: {e}"))?;
    if !warnings.is_empty() {
        return Err(format!("warnings: {warnings:?}"));
    }
    let proto = proto::encode::encode_enveloped(model, file.id, &fields, None);
    if proto != file.proto {
        return Err("protobuf differs".to_string());
    }
    let mut json = Vec::new();
    encode::write_root(model, file.id, &fields, None, &mut json);
    difference("json of json", &text, &json)?;
    let envelope = proto::envelope::read(&file.proto).map_err(|_| "envelope")?;
    let mut indented = Vec::new();
    steersman_codec::json::text::write_indented(&mut indented, text.as_bytes());
    difference("indented", as_text(&file.json).trim_end(), &indented)?;
    let yaml = yaml::from_json(&text).map_err(|_| "yaml")?;
    difference("yaml", &file.yaml, yaml.as_bytes())?;
    let mut json = Vec::new();
    transcode::to_json(model, file.id, envelope.raw, None, true, &mut json)
        .map_err(|_| "transcode")?;
    difference("transcoded", &text, &json)?;
    let fields =
        proto::decode::decode(model, file.id, envelope.raw).map_err(|e| format!("pb: {e}"))?;
    let mut json = Vec::new();
    encode::write_root(model, file.id, &fields, None, &mut json);
    difference("json of protobuf", &text, &json)?;
    let again = proto::encode::encode_enveloped(model, file.id, &fields, None);
    if again != file.proto {
        return Err("protobuf of protobuf differs".to_string());
    }
    Ok(())
}

fn difference(what: &str, want: &str, got: &[u8]) -> Result<(), String> {
    let got = String::from_utf8_lossy(got);
    if want == got {
        return Ok(());
    }
    let at = want
        .bytes()
        .zip(got.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let from = at.saturating_sub(60);
    let piece = |s: &str| {
        s.get(from..(at + 60).min(s.len()))
            .unwrap_or("?")
            .to_string()
    };
    Err(format!(
        "{what} differs:\n  want {}\n  got  {}",
        piece(want),
        piece(&got)
    ))
}

#[test]
fn published_files_both_ways() {
    let Some(files) = files() else {
        eprintln!("skipped: needs Go and the module k8s.io/api in its cache");
        return;
    };
    assert_eq!(files.len(), 118, "kinds that both sides know");
    let problems: Vec<String> = files
        .iter()
        .filter_map(|f| check(f).err().map(|e| format!("{}: {e}", f.stem)))
        .collect();
    assert!(
        problems.is_empty(),
        "{} of {}:\n{}",
        problems.len(),
        files.len(),
        problems.join("\n")
    );
}

#[test]
fn generic_json_reads_them_too() {
    for file in files().unwrap_or_default() {
        let text = as_text(&file.json);
        let json = Json::parse(&text).expect("well formed");
        assert!(
            Json::parse(&json.to_text())
                .expect("well formed")
                .same(&json),
            "{}",
            file.stem
        );
    }
}

/// Every kind that is stored as another version comes back from there as it was, where both have
/// the same fields.
#[test]
fn stored_as_another_version_and_back() {
    let model = Model::builtin();
    let mut problems = Vec::new();
    let mut converted = 0;
    for file in files().unwrap_or_default() {
        if model.message(file.id).stored == file.id {
            continue;
        }
        let text = compact(&as_text(&file.json));
        let decoded = decode::decode(model, file.id, &text, false, None).expect("well formed");
        let mut fields = decoded.0;
        fields.take(KIND);
        fields.take(API_VERSION);
        let object = Object::new(file.id, fields);
        let back = object
            .stored(model)
            .and_then(|s| decode_stored(model, file.id, &s, None));
        match back {
            Ok(back) if back.equals(model, &object, false) => converted += 1,
            Ok(_) => problems.push(format!("{}: differs", file.stem)),
            Err(error) => problems.push(format!("{}: {error}", file.stem)),
        }
    }
    // Devices of these versions, which are off by default, are described otherwise; and a v1
    // autoscaler comes back with what v2 knows of its metrics in an annotation, as upstream's
    // does.
    let odd = ["resource.k8s.io.v1beta1.", "autoscaling.v1."];
    problems.retain(|p| !odd.iter().any(|o| p.starts_with(o)));
    assert_eq!(problems, [""; 0]);
    assert!(converted > 10 || testdata().is_none());
}
