//! Whether work grows faster than what a stranger sends: input of every kind of the model, of any
//! shape that the dice find. This test measures nothing: it handles a fixed part of the inputs of
//! `npm run fuzz -- codec` (the example `growth`), at a size where work that grows with the square
//! does not end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod inputs;
mod tasks;

use inputs::{Dice, Shape};
use tasks::Task;

#[test]
fn long_input_of_any_shape_comes_to_an_end() {
    const BYTES: usize = 192 << 10;
    assert!(!Task::ALL.contains(&Task::Planted));
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
