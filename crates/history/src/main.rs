//! Histories of the store, for `test/support/history` to check: what concurrent clients asked and
//! were told while the store was stopped again and again.
//!
//! `steersman-history simulate FILE --seed N --crashes N` on a simulated machine: one thread, and
//! the same seed writes the same history. `steersman-history kill FILE --directory D --seed N
//! --crashes N` on real files: a process with a thread for each client, killed at random.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's tool fails by panicking"
)]

mod client;
mod kill;
mod record;
mod serve;
mod simulate;
mod upkeep;

#[path = "../../store/tests/support/faulty.rs"]
mod faulty;

#[path = "../../store/tests/support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::sync::Arc;

use record::Recorder;

struct Arguments {
    mode: String,
    file: PathBuf,
    options: Vec<(String, String)>,
}

impl Arguments {
    fn read() -> Arguments {
        let mut words = std::env::args().skip(1);
        let (mode, file) = (words.next(), words.next());
        let (Some(mode), Some(file)) = (mode, file) else {
            panic!("steersman-history simulate|kill FILE [--seed N] [--crashes N]");
        };
        let mut options = Vec::new();
        while let Some(name) = words.next() {
            options.push((name, words.next().unwrap_or_default()));
        }
        Arguments {
            mode,
            file: file.into(),
            options,
        }
    }

    fn text(&self, name: &str) -> &str {
        let found = self.options.iter().find(|(option, _)| option == name);
        found.map_or("", |(_, value)| value)
    }

    fn number(&self, name: &str, otherwise: u64) -> u64 {
        self.text(name).parse().unwrap_or(otherwise)
    }

    fn numbers(&self, name: &str) -> Vec<u64> {
        let parts = self.text(name).split(',');
        parts.filter_map(|part| part.parse().ok()).collect()
    }
}

fn main() {
    let arguments = Arguments::read();
    let (seed, crashes) = (
        arguments.number("--seed", 1),
        arguments.number("--crashes", 20),
    );
    let directory = PathBuf::from(arguments.text("--directory"));
    let figures = match arguments.mode.as_str() {
        "simulate" => {
            let recorder = Arc::new(Recorder::create(&arguments.file));
            simulate::simulate(seed, crashes, recorder)
        }
        "kill" => kill::kill(&arguments.file, &directory, seed, crashes),
        "serve" => {
            return serve::serve(&serve::Era {
                file: arguments.file.clone(),
                directory,
                seed,
                era: arguments.number("--era", 0),
                observed: arguments.number("--observed", 0),
                shown: arguments.numbers("--shown"),
                last: arguments.number("--last", 0) == 1,
            });
        }
        mode => panic!("no mode {mode}"),
    };
    for (end, count) in figures.ends {
        println!("{count} {end}");
    }
}
