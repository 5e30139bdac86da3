//! Whether work grows faster than what a stranger sends: input of every kind of the model, of any
//! shape that the dice find, doubled and doubled again.
//!
//! `npm run fuzz -- codec` measures CPU time (it is the ignored test here): input twice as long may
//! take no more than 2.5 times as long. What is found so is counted, in instructions, where there
//! is valgrind: a machine whose caches end somewhere is no fault. The test that always runs
//! measures nothing: it handles a fixed part of the same inputs, at a size where work that grows
//! with the square does not end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod inputs;
mod tasks;

use std::process::Command;

use inputs::{Dice, Shape};
use tasks::Task;

/// Twice the input may take so many times as long.
const RATIO: f64 = 2.5;
/// What takes less is too short to be measured.
const LEAST_SECONDS: f64 = 0.03;
const FIRST_BYTES: usize = 32 << 10;
const LAST_BYTES: usize = 2 << 20;
const COUNTED_BYTES: usize = 256 << 10;

/// CPU time of this thread so far.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanos = text.split(' ').next().and_then(|text| text.parse().ok());
    nanos.unwrap_or(0f64) / 1e9
}

/// The shortest of three, since whatever disturbs only adds.
fn measure(task: Task, shape: &Shape, bytes: usize) -> f64 {
    let input = task.prepare(shape, bytes);
    let runs = (0..3).map(|_| {
        let begin = cpu_seconds();
        task.run(&input);
        cpu_seconds() - begin
    });
    runs.fold(f64::MAX, f64::min)
}

/// The two ratios, when both are above the bound.
fn grows_too_fast(task: Task, shape: &Shape) -> Option<(f64, f64)> {
    let mut bytes = FIRST_BYTES;
    let mut first = measure(task, shape, bytes);
    while first < LEAST_SECONDS && bytes < LAST_BYTES {
        bytes *= 2;
        first = measure(task, shape, bytes);
    }
    if first < LEAST_SECONDS {
        return None;
    }
    let second = measure(task, shape, bytes * 2);
    if second / first <= RATIO {
        return None;
    }
    // Once may be chance: caches end somewhere.
    let third = measure(task, shape, bytes * 4);
    let ratios = (second / first, third / second);
    (ratios.1 > RATIO).then_some(ratios)
}

/// How many times more instructions input of twice the length takes; None without valgrind.
fn counted_ratio(seed: u64) -> Option<f64> {
    let count = |bytes: usize| {
        let output = Command::new("valgrind")
            .args([
                "--tool=cachegrind",
                "--cache-sim=no",
                "--cachegrind-out-file=/dev/null",
            ])
            .arg(std::env::current_exe().ok()?)
            .args(["--ignored", "--exact", "one_input"])
            .env("FUZZ_SEED", seed.to_string())
            .env("FUZZ_BYTES", bytes.to_string())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, count) = text
            .lines()
            .find(|line| line.contains(" refs:"))?
            .split_once("refs:")?;
        count.trim().replace(',', "").parse::<f64>().ok()
    };
    let nothing = count(1 << 10)?;
    let ratio = (count(COUNTED_BYTES * 2)? - nothing) / (count(COUNTED_BYTES)? - nothing);
    println!("seed {seed}: twice the input takes {ratio:.2} times the instructions");
    Some(ratio)
}

fn case(seed: u64) -> (Task, Shape) {
    let mut dice = Dice::new(seed);
    let shape = Shape::new(&mut dice);
    (Task::ALL[dice.below(Task::ALL.len())], shape)
}

fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).unwrap_or_default();
    text.parse().unwrap_or(otherwise)
}

#[test]
#[ignore = "measures; `npm run fuzz -- codec`"]
fn input_twice_as_long_takes_no_more_than_two_and_a_half_times() {
    let (first, cases) = (number("FUZZ_SEED", 1), number("FUZZ_CASES", 200));
    let mut found = Vec::new();
    for seed in first..first + cases {
        let (task, shape) = case(seed);
        // What is found is looked at again: whatever else the machine does is in the times, too.
        let found_twice = || {
            grows_too_fast(task, &shape)?;
            let ratios = grows_too_fast(task, &shape)?;
            (counted_ratio(seed).unwrap_or(f64::MAX) > RATIO).then_some(ratios)
        };
        if let Some((second, third)) = found_twice() {
            println!("seed {seed}: {task:?} of {shape}: {second:.1} times, then {third:.1} times");
            found.push(seed);
        } else if seed % 20 == 0 {
            println!("up to seed {seed}: {} found", found.len());
        }
    }
    assert!(found.is_empty(), "work grows too fast: seeds {found:?}");
}

#[test]
#[ignore = "one input of the test above, for counting"]
fn one_input() {
    let (task, shape) = case(number("FUZZ_SEED", 1));
    task.run(&task.prepare(&shape, number("FUZZ_BYTES", 1 << 10) as usize));
}

#[test]
fn long_input_of_any_shape_comes_to_an_end() {
    const BYTES: usize = 192 << 10;
    for seed in 1..=60 {
        let mut dice = Dice::new(seed);
        let shape = Shape::new(&mut dice);
        let task = Task::ALL[seed as usize % Task::ALL.len()];
        let input = task.prepare(&shape, BYTES);
        let length = input.text.len();
        assert!(length >= BYTES / 4, "{shape}: {length}");
        task.run(&input);
    }
}
