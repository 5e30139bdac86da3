use std::fmt::Write as _;
use std::path::Path;

fn main() {
    napi_build::setup();
    println!("cargo::rerun-if-changed=src");
    let interface = fnv(declarations(Path::new("src")).as_bytes());
    println!("cargo::rustc-env=STEERSMAN_INTERFACE={interface:016x}");
}

/// Everything that JavaScript sees of this crate, as it is written, without comments and line
/// breaks: after each `#[napi]` a function's head, or all of a structure.
fn declarations(directory: &Path) -> String {
    let entries = std::fs::read_dir(directory).expect("src can be listed");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut all = String::new();
    for path in paths {
        let source = std::fs::read_to_string(&path).expect("a source can be read");
        let bare: Vec<_> = source
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//"))
            .collect();
        for rest in bare.join(" ").split("#[napi").skip(1) {
            writeln!(all, "{}", declaration(rest)).expect("a string takes it");
        }
    }
    all
}

fn declaration(rest: &str) -> &str {
    let open = rest.find('{').unwrap_or(rest.len());
    let head = &rest[..open];
    // A structure that JavaScript holds by reference has fields of no concern to it.
    let is_copied = head.starts_with("(object") || head.contains(" enum ");
    if !is_copied {
        return head;
    }
    let close = rest.find('}').unwrap_or(rest.len());
    &rest[..close]
}

/// FNV-1a: the same on every machine and with every compiler.
fn fnv(bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
