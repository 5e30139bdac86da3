//! Looks for input whose work grows faster than it: input of every kind of the model, of any shape
//! that the dice find, doubled and doubled again.
//!
//! It measures CPU time: input twice as long may take no more than 2.5 times as long. What is found
//! so is counted, in instructions, where there is valgrind: a machine whose caches end somewhere is
//! no fault. `npm run fuzz -- codec` runs it. First it looks at work that was planted and grows with
//! the square: were that not found, nothing else would be.
//!
//!     growth SEED CASES        looks at so many cases; ends with 1 where it finds something
//!     growth one SEED BYTES    works on one input of a case, for counting

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "it ends by panicking where the machine lacks what it measures by"
)]

#[path = "../tests/growth/inputs.rs"]
mod inputs;
#[path = "../tests/growth/tasks.rs"]
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
            .args(["one", &seed.to_string(), &bytes.to_string()])
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

/// The seed of the planted case.
const PLANTED: u64 = 0;

fn case(seed: u64) -> (Task, Shape) {
    let mut dice = Dice::new(seed);
    let shape = Shape::new(&mut dice);
    if seed == PLANTED {
        return (Task::Planted, shape);
    }
    (Task::ALL[dice.below(Task::ALL.len())], shape)
}

/// Seeds whose work grows too fast, each told as it is found.
fn look(first: u64, cases: u64) -> Vec<u64> {
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
    found
}

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    if words.first().is_some_and(|word| word == "one") {
        let (task, shape) = case(number(1).unwrap_or(1));
        task.run(&task.prepare(&shape, number(2).unwrap_or(1 << 10) as usize));
        return std::process::ExitCode::SUCCESS;
    }
    if look(PLANTED, 1).is_empty() {
        println!("the planted work was not found: nothing that is said here can be believed");
        return std::process::ExitCode::FAILURE;
    }
    let found = look(
        number(0).unwrap_or(1).max(PLANTED + 1),
        number(1).unwrap_or(200),
    );
    if found.is_empty() {
        return std::process::ExitCode::SUCCESS;
    }
    println!("work grows too fast: seeds {found:?}");
    std::process::ExitCode::FAILURE
}
