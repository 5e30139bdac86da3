//! What whoever runs the server is to read in its log: once where etcd is lost, once where it is
//! back, whatever is tried in between.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether it says that something is well again.
    pub well: bool,
    pub text: String,
}

/// Lines that nobody has taken yet; the oldest go first.
const MAX_NOTICES: usize = 64;

#[derive(Default)]
pub struct Notices(Mutex<State>);

#[derive(Default)]
struct State {
    lost: bool,
    lines: VecDeque<Notice>,
}

impl State {
    fn push(&mut self, well: bool, text: String) {
        if self.lines.len() == MAX_NOTICES {
            self.lines.pop_front();
        }
        self.lines.push_back(Notice { well, text });
    }
}

impl Notices {
    /// The changes of etcd do not come any more.
    pub fn lost(&self, why: &str) {
        let mut state = self.0.lock();
        if !state.lost {
            state.lost = true;
            state.push(
                false,
                format!("etcd's changes do not come any more, and are asked for again: {why}"),
            );
        }
    }

    /// They come again, from the member at this address.
    pub fn back(&self, address: &str) {
        let mut state = self.0.lock();
        if state.lost {
            state.lost = false;
            state.push(true, format!("etcd's changes come again, from {address}"));
        }
    }

    pub fn say(&self, text: String) {
        self.0.lock().push(false, text);
    }

    pub fn take(&self) -> Vec<Notice> {
        self.0.lock().lines.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(notices: &Notices) -> Vec<String> {
        let taken = notices.take().into_iter();
        taken.map(|notice| notice.text).collect()
    }

    #[test]
    fn an_outage_is_two_lines_however_often_something_is_tried() {
        let notices = Notices::default();
        notices.back("m0");
        assert!(texts(&notices).is_empty());
        for _ in 0..100 {
            notices.lost("m1: it ended");
        }
        for _ in 0..2 {
            notices.back("m2");
        }
        let lines = texts(&notices);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with("m1: it ended") && lines[1].ends_with("from m2"));
    }

    #[test]
    fn lines_that_nobody_takes_are_bounded() {
        let notices = Notices::default();
        for number in 0..1000 {
            notices.say(number.to_string());
        }
        let lines = texts(&notices);
        assert_eq!(lines.len(), MAX_NOTICES);
        assert_eq!(lines.last().map(String::as_str), Some("999"));
    }
}
