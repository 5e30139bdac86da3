//! Starts a process with an open store, kills it at some moment, and does so again.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::faulty::Dice;
use crate::simulate::Figures;

/// Longest life of a process that will be killed.
const LIFE_MAX_MILLIS: u64 = 60;

pub fn kill(file: &Path, directory: &Path, seed: u64, crashes: u64) -> Figures {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut figures = Figures::default();
    let run = json!({ "type": "run", "mode": "kill", "seed": seed.to_string() });
    fs::write(file, format!("{run}\n")).unwrap();
    for era in 0..=crashes {
        let last = era == crashes;
        let told = told(file);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(file)
            .args(["--directory".as_ref(), directory.as_os_str()])
            .args(["--seed", &dice.roll(u64::MAX).to_string()])
            .args(["--era", &era.to_string()])
            .args(["--observed", &told.observed.to_string()])
            .args(["--shown", &told.shown()])
            .args(["--last", if last { "1" } else { "0" }])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        if last {
            let status = child.wait().unwrap();
            assert!(status.success(), "the last process ends with {status}");
            append(file, &json!({ "type": "end" }));
            break;
        }
        // Now and then while it is still opening.
        let early = dice.roll(10) == 0;
        if !early {
            let mut line = String::new();
            let stdout = child.stdout.as_mut().unwrap();
            BufReader::new(stdout).read_line(&mut line).unwrap();
            assert_eq!(line, "open\n", "the process did not open the store");
        }
        let life = if early { 8 } else { LIFE_MAX_MILLIS };
        sleep(Duration::from_micros(dice.roll(life * 1000)));
        child.kill().unwrap();
        child.wait().unwrap();
        append(file, &json!({ "type": "crash", "how": "kill" }));
        *figures.ends.entry("kill").or_default() += 1;
        figures.crashes += 1;
    }
    figures
}

/// After a line that was perhaps cut off.
fn append(file: &Path, line: &Value) {
    let mut text = Vec::new();
    if fs::read(file)
        .unwrap()
        .last()
        .is_some_and(|last| *last != b'\n')
    {
        text.push(b'\n');
    }
    text.extend_from_slice(line.to_string().as_bytes());
    text.push(b'\n');
    let mut target = OpenOptions::new().append(true).open(file).unwrap();
    target.write_all(&text).unwrap();
}

/// What clients of earlier lives were told.
#[derive(Default)]
struct Told {
    /// How far the one watcher of everything came.
    observed: u64,
    seen: Vec<u64>,
}

const SHOWN: usize = 60;

impl Told {
    fn shown(&self) -> String {
        let late = &self.seen[self.seen.len().saturating_sub(SHOWN)..];
        let texts: Vec<String> = late.iter().map(u64::to_string).collect();
        texts.join(",")
    }
}

fn told(file: &Path) -> Told {
    let text = fs::read_to_string(file).unwrap();
    let mut watches = Vec::new();
    let mut told = Told::default();
    for line in text.lines() {
        if !line.contains("\"batch\"") && !line.contains("\"observes\":true") {
            continue;
        }
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if line["observes"] == json!(true) {
            watches.push(line["id"].clone());
            told.observed = line["after"].as_u64().unwrap();
            continue;
        }
        let seen = line["seen"].as_u64().unwrap();
        told.seen.push(seen);
        if watches.contains(&line["watch"]) {
            told.observed = seen;
        }
    }
    told
}
