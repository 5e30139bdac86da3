//! How many requests that JavaScript does not see may run at once.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Requests that wait for their turn, for each seat: more are JavaScript's, which has fair queues.
const TURNS_A_SEAT: usize = 2;

#[derive(Default)]
struct Held {
    limit: usize,
    used: usize,
    /// In the order in which they came. Empty where there are no seats to wait for.
    turns: VecDeque<oneshot::Sender<Seat>>,
}

/// Whoever waits has a turn as soon as one has ended.
#[derive(Default)]
pub struct Seats(Mutex<Held>);

/// One of them, given back when it is dropped: absent where it was handed on.
pub struct Seat(Option<Arc<Seats>>);

pub enum Taken {
    Seat(Seat),
    /// Fails where there are no seats to wait for any more.
    Turn(oneshot::Receiver<Seat>),
    None,
}

impl Seats {
    pub fn take(self: &Arc<Self>) -> Taken {
        let mut held = self.0.lock();
        if held.used < held.limit {
            held.used += 1;
            return Taken::Seat(Seat(Some(self.clone())));
        }
        if held.turns.len() >= held.limit * TURNS_A_SEAT {
            return Taken::None;
        }
        let (sender, receiver) = oneshot::channel();
        held.turns.push_back(sender);
        Taken::Turn(receiver)
    }

    /// Those that have more run to their end. Where there are none nobody waits for one.
    pub fn limit_to(self: &Arc<Self>, limit: usize) {
        let turns = {
            let mut held = self.0.lock();
            held.limit = limit;
            if limit == 0 {
                std::mem::take(&mut held.turns)
            } else {
                VecDeque::new()
            }
        };
        // Outside of the lock: this wakes who waits.
        drop(turns);
        while let Some(turn) = self.next() {
            // Who waits no longer gives it back.
            let _ = turn.send(Seat(Some(self.clone())));
        }
    }

    /// Takes a seat for the next one whose turn it is.
    fn next(&self) -> Option<oneshot::Sender<Seat>> {
        let mut held = self.0.lock();
        if held.used >= held.limit {
            return None;
        }
        let turn = held.turns.pop_front()?;
        held.used += 1;
        Some(turn)
    }

    pub fn used(&self) -> usize {
        self.0.lock().used
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut given = self.0.take();
        while let Some(seats) = given {
            seats.0.lock().used -= 1;
            let Some(turn) = seats.next() else { return };
            // Where nobody waits for it, it is given back here, not by a drop within this one.
            given = match turn.send(Seat(Some(seats))) {
                Ok(()) => None,
                Err(mut seat) => seat.0.take(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(seats: &Arc<Seats>) -> Seat {
        let Taken::Seat(seat) = seats.take() else {
            unreachable!("there is one");
        };
        seat
    }

    fn turn(seats: &Arc<Seats>) -> oneshot::Receiver<Seat> {
        let Taken::Turn(turn) = seats.take() else {
            unreachable!("there is a turn");
        };
        turn
    }

    #[test]
    fn whoever_waits_has_a_turn_in_order() {
        let seats = Arc::new(Seats::default());
        assert!(matches!(seats.take(), Taken::None));
        seats.limit_to(1);
        let first = seat(&seats);
        let mut waiting = [turn(&seats), turn(&seats)];
        assert!(matches!(seats.take(), Taken::None));
        assert!(waiting[0].try_recv().is_err());
        drop(first);
        let second = waiting[0].try_recv().expect("its turn");
        assert!(waiting[1].try_recv().is_err());
        assert_eq!(seats.used(), 1);
        drop(second);
        drop(waiting[1].try_recv().expect("its turn"));
        assert_eq!(seats.used(), 0);
    }

    #[test]
    fn more_seats_are_given_at_once_and_none_end_all_waits() {
        let seats = Arc::new(Seats::default());
        seats.limit_to(1);
        let first = seat(&seats);
        let (mut second, mut third) = (turn(&seats), turn(&seats));
        seats.limit_to(2);
        let _second = second.try_recv().expect("a seat");
        seats.limit_to(0);
        assert!(third.try_recv().is_err());
        assert!(matches!(seats.take(), Taken::None));
        drop(first);
        assert_eq!(seats.used(), 1);
    }

    #[test]
    fn turns_of_those_who_have_gone_are_passed_over() {
        let seats = Arc::new(Seats::default());
        seats.limit_to(2);
        let (first, second) = (seat(&seats), seat(&seats));
        let (gone, mut waiting) = (turn(&seats), turn(&seats));
        drop(gone);
        drop(first);
        let third = waiting.try_recv().expect("its turn");
        drop((second, third));
        assert_eq!(seats.used(), 0);
        // Nothing holds them any more, of those who have gone neither.
        assert_eq!(Arc::strong_count(&seats), 1);
    }
}
