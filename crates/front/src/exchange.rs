//! One request and its response, as the thread sees them: what JavaScript has said of it and what
//! it has not been told yet.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use tokio::time::sleep;

use crate::blocks::Mark;
use crate::budget::Share;
use crate::front::Local;
use crate::limits::{ACK_BYTES, QUIET, SLOW_PIECE};
use crate::pipe::{Over, PIECE_BYTES, Piece, Source};
use crate::wire::{Command, Head, event, plain, text16, word};

/// What is done next for a response.
pub enum Op {
    Send(Head, Bytes),
    Start(Head),
    Write(Bytes),
    Pipe(Box<dyn Source>),
    End,
    Trailers(Head),
    Abort,
}

#[derive(Default)]
struct State {
    ops: VecDeque<Op>,
    /// Bytes taken by the connection that JavaScript has not been told of.
    taken: usize,
    tell_drained: bool,
    /// Bytes written that the connection has not taken.
    queued: usize,
    /// Bytes that JavaScript takes of a streamed body.
    credit: usize,
    upgrade: Option<bool>,
    /// An abort is among the ops.
    aborting: bool,
    waker: Option<Waker>,
}

pub struct Exchange {
    pub id: u32,
    local: Rc<Local>,
    state: RefCell<State>,
    /// Of the budget of bodies, until there is a response.
    share: RefCell<Option<Share>>,
    over: std::cell::Cell<bool>,
    /// JavaScript was told that the client is slow.
    is_slow: std::cell::Cell<bool>,
    /// JavaScript hears when its response has been sent.
    held_since: std::cell::Cell<Option<Instant>>,
    /// Its connection, and the headers that it came with.
    origin: std::cell::Cell<Option<(u32, Mark)>>,
}

impl Exchange {
    /// Commands reach it from now on, until it is dropped.
    pub fn begin(local: &Rc<Local>, share: Option<Share>) -> Rc<Exchange> {
        let exchange = Rc::new(Exchange {
            id: local.next_id(),
            local: local.clone(),
            state: RefCell::new(State::default()),
            share: RefCell::new(share),
            over: std::cell::Cell::new(false),
            is_slow: std::cell::Cell::new(false),
            held_since: std::cell::Cell::new(None),
            origin: std::cell::Cell::new(None),
        });
        local
            .exchanges
            .borrow_mut()
            .insert(exchange.id, Rc::downgrade(&exchange));
        exchange
    }

    /// JavaScript has said all there is to say, or has been told: it does not hear of it again.
    pub fn finish(&self) {
        self.over.set(true);
    }

    /// JavaScript has said all there is to say; where it is held it is told when that is sent.
    pub fn is_said(&self) {
        if !self.is_held() {
            self.finish();
        }
    }

    /// The client's connection has all of the response.
    pub fn is_sent(&self) {
        let Some(since) = self.held_since.get().filter(|_| !self.over.get()) else {
            return self.finish();
        };
        self.finish();
        if since.elapsed() < QUIET {
            // Whoever would begin something now that it is sent comes as an event, after this one.
            let outbox = &self.local.outbox;
            outbox.put_quietly(|out| plain(out, event::SENT, self.id));
        } else {
            self.event(event::SENT);
        }
    }

    pub fn is_held(&self) -> bool {
        self.held_since.get().is_some()
    }

    pub fn set_origin(&self, connection: u32, mark: Option<Mark>) {
        self.origin.set(mark.map(|mark| (connection, mark)));
    }

    pub fn origin(&self) -> Option<(u32, Mark)> {
        self.origin.get()
    }

    pub fn set_share(&self, share: Share) {
        *self.share.borrow_mut() = Some(share);
    }

    /// Who has responded needs the request's body no more, however long the client takes.
    fn forget_body(&self) {
        self.share.borrow_mut().take();
    }

    pub fn take(&self, command: Command) {
        let mut state = self.state.borrow_mut();
        match command {
            Command::Send(_, head, body) => {
                self.forget_body();
                state.ops.push_back(Op::Send(head, body));
            }
            Command::Start(_, head) => {
                self.forget_body();
                state.ops.push_back(Op::Start(head));
            }
            Command::Write(_, bytes) => {
                state.queued += bytes.len();
                state.ops.push_back(Op::Write(bytes));
            }
            Command::End(_) => state.ops.push_back(Op::End),
            Command::Trailers(_, head) => state.ops.push_back(Op::Trailers(head)),
            Command::Abort(_) => {
                state.aborting = true;
                state.ops.push_back(Op::Abort);
            }
            Command::Credit(_, bytes) => state.credit = state.credit.saturating_add(bytes),
            Command::Upgrade(_) => state.upgrade = Some(true),
            Command::Decline(_) => state.upgrade = Some(false),
            Command::TellDrained(_) => {
                if state.queued == 0 {
                    self.tell(&mut state);
                } else {
                    state.tell_drained = true;
                }
                return;
            }
            Command::Hold(_) => {
                self.held_since.set(Some(Instant::now()));
                return;
            }
            Command::Admit(_) | Command::Cut(_) => return,
        }
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// What follows of its response comes from a source.
    pub fn pipe(&self, source: Box<dyn Source>) {
        let mut state = self.state.borrow_mut();
        state.ops.push_back(Op::Pipe(source));
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// The source's next piece, or what its writer says instead.
    pub fn poll_piece(
        &self,
        source: &mut dyn Source,
        context: &mut Context<'_>,
    ) -> Poll<Result<Piece, Op>> {
        if let Poll::Ready(op) = self.poll_op(context) {
            return Poll::Ready(Err(op));
        }
        source.poll_next(context, PIECE_BYTES).map(Ok)
    }

    /// Sends a piece of a response. Of the first that takes the client long JavaScript is told.
    pub async fn sends_piece<T>(&self, sending: impl Future<Output = T>) -> T {
        let mut sending = pin!(sending);
        if !self.is_slow.get() {
            tokio::select! {
                biased;
                sent = &mut sending => return sent,
                () = sleep(SLOW_PIECE) => {}
            }
            self.is_slow.set(true);
            self.event(event::SLOW);
        }
        sending.await
    }

    /// A source has given what there was at first.
    pub fn settled(&self) {
        self.event(event::SETTLED);
    }

    pub fn piped(&self, over: &Over) {
        self.local.outbox.put(|out| {
            plain(out, event::PIPED, self.id);
            out.push(over.code);
            out.extend_from_slice(&(over.count as f64).to_le_bytes());
            out.extend_from_slice(&(over.bytes as f64).to_le_bytes());
            text16(out, over.message.as_bytes());
        });
    }

    fn poll<T>(
        &self,
        context: &mut Context<'_>,
        look: impl FnOnce(&mut State) -> Option<T>,
    ) -> Poll<T> {
        let mut state = self.state.borrow_mut();
        if let Some(found) = look(&mut state) {
            return Poll::Ready(found);
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => state.waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    pub fn poll_op(&self, context: &mut Context<'_>) -> Poll<Op> {
        self.poll(context, |state| state.ops.pop_front())
    }

    pub async fn op(&self) -> Op {
        poll_fn(|context| self.poll_op(context)).await
    }

    pub fn try_op(&self) -> Option<Op> {
        self.state.borrow_mut().ops.pop_front()
    }

    /// Resolves when JavaScript takes some of a streamed body, or has said something else.
    pub fn poll_credit(&self, context: &mut Context<'_>) -> Poll<usize> {
        self.poll(context, |state| (state.credit > 0).then_some(state.credit))
    }

    pub fn spend(&self, bytes: usize) {
        let mut state = self.state.borrow_mut();
        state.credit = state.credit.saturating_sub(bytes);
    }

    pub async fn upgrade(&self) -> bool {
        poll_fn(|context| self.poll(context, |state| state.upgrade)).await
    }

    /// Resolves when its writer has given it up, though something may stand before that.
    pub async fn aborting(&self) {
        poll_fn(|context| self.poll(context, |state| state.aborting.then_some(()))).await;
    }

    /// The connection has taken bytes that were written.
    pub fn wrote(&self, bytes: usize) {
        let mut state = self.state.borrow_mut();
        state.taken += bytes;
        state.queued = state.queued.saturating_sub(bytes);
        let is_drained = state.tell_drained && state.queued == 0;
        if is_drained {
            state.tell_drained = false;
        }
        if is_drained || state.taken >= ACK_BYTES {
            self.tell(&mut state);
        }
    }

    fn tell(&self, state: &mut State) {
        let taken = std::mem::take(&mut state.taken);
        self.local.outbox.put(|out| {
            plain(out, event::DRAINED, self.id);
            word(out, taken as u32);
        });
    }

    /// A part of a streamed body, or of an upgraded connection.
    pub fn data(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.spend(bytes.len());
        self.local.outbox.put(|out| {
            plain(out, event::DATA, self.id);
            crate::wire::text32(out, bytes);
        });
    }

    pub fn event(&self, kind: u8) {
        self.local.outbox.put(|out| plain(out, kind, self.id));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.local.exchanges.borrow_mut().remove(&self.id);
        let _ = self.local.outbox.take_large_of(self.id);
        if !self.over.get() {
            self.event(event::GONE);
        }
    }
}
