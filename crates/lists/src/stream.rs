//! A list as the bytes of a response, in steps that are bounded in keys and in bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use steersman_grammar::varint;
use steersman_store::{Entry, Listing, Revision, StoreError};

use crate::blocks::{BlockName, Grouping};
use crate::cache::BlockCache;
use crate::deflate::{Member, Part};

/// Keys of a list that are looked at before others have their turn.
pub(crate) const KEYS_A_TURN: usize = 2048;
/// Compressed bytes are collected up to here, where the reader's share is not smaller.
const WORTH_SENDING: usize = 16 * 1024;

/// What stands around a list's items.
#[derive(Debug, Default)]
pub struct ListFrame {
    pub before: Vec<u8>,
    /// Of a protobuf list: what stands inside of its length, before the items. The length itself is
    /// written between both.
    pub inside: Option<Vec<u8>>,
    pub after: Vec<u8>,
    /// All of it is compressed.
    pub gzip: bool,
}

pub enum Step {
    /// Never empty.
    Bytes(Vec<u8>),
    /// Nothing yet: others have their turn first.
    Later,
    Over,
}

pub struct ListStream {
    listing: Listing,
    frame: ListFrame,
    cache: Arc<BlockCache>,
    state: State,
    found: usize,
    bytes: u64,
}

enum State {
    /// Nothing was read.
    Fresh,
    Collecting(Body),
    Writing(Body),
    Over,
}

/// The items, from when they have been found until they were written.
enum Body {
    Plain(Plain),
    Compressed(Box<Compressed>),
}

#[derive(Default)]
struct Plain {
    entries: Vec<Entry>,
    item_bytes: usize,
    written: usize,
}

#[derive(Default)]
struct Compressed {
    grouping: Grouping,
    blocks: VecDeque<Block>,
    item_bytes: usize,
    /// Whether objects stand before the next block.
    follows: bool,
    member: Member,
    /// Compressed bytes that wait to be worth sending.
    ready: Vec<u8>,
}

enum Block {
    Kept(Arc<Part>),
    Wanted(BlockName, Vec<Entry>),
}

impl ListStream {
    pub fn new(listing: Listing, cache: Arc<BlockCache>) -> ListStream {
        ListStream {
            listing,
            frame: ListFrame::default(),
            cache,
            state: State::Fresh,
            found: 0,
            bytes: 0,
        }
    }

    /// To be said before the first step.
    pub fn set_frame(&mut self, frame: ListFrame) {
        debug_assert!(matches!(self.state, State::Fresh));
        self.frame = frame;
    }

    pub fn revision(&self) -> Revision {
        self.listing.revision()
    }

    /// Objects that were found so far.
    pub fn count(&self) -> usize {
        self.found
    }

    /// How long what was written is, before it was compressed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Goes on, for about `max_bytes` of the response.
    pub fn step(&mut self, max_bytes: usize) -> Result<Step, StoreError> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Fresh => {
                let body = if self.frame.gzip {
                    Body::Compressed(Box::default())
                } else {
                    Body::Plain(Plain::default())
                };
                self.collect(body)
            }
            State::Collecting(body) => self.collect(body),
            State::Writing(Body::Plain(plain)) => self.write_plain(plain, max_bytes),
            State::Writing(Body::Compressed(body)) => self.write_compressed(body, max_bytes),
            State::Over => Ok(Step::Over),
        }
    }

    fn collect(&mut self, mut body: Body) -> Result<Step, StoreError> {
        let mut page = Vec::new();
        let ended = self.listing.page(KEYS_A_TURN, &mut page)?;
        self.found += page.len();
        match &mut body {
            Body::Plain(plain) => plain.add(&self.listing, page)?,
            Body::Compressed(body) => body.add(&self.listing, &self.cache, page, ended)?,
        }
        if !ended {
            self.state = State::Collecting(body);
            return Ok(Step::Later);
        }
        let item_bytes = match &body {
            Body::Plain(plain) => plain.item_bytes,
            Body::Compressed(body) => body.item_bytes,
        };
        let head = self.head(item_bytes);
        self.bytes += head.len() as u64;
        let step = match &mut body {
            Body::Plain(_) if head.is_empty() => Step::Later,
            Body::Plain(_) => Step::Bytes(head),
            Body::Compressed(body) => {
                body.member.begin(&mut body.ready);
                body.member.add_stored(&head, &mut body.ready);
                Step::Later
            }
        };
        self.state = State::Writing(body);
        Ok(step)
    }

    fn head(&mut self, item_bytes: usize) -> Vec<u8> {
        let mut head = std::mem::take(&mut self.frame.before);
        if let Some(inside) = self.frame.inside.take() {
            let (bytes, used) = varint::encode((inside.len() + item_bytes) as u64);
            head.extend_from_slice(&bytes[..used]);
            head.extend_from_slice(&inside);
        }
        head
    }

    fn write_plain(&mut self, mut plain: Plain, max_bytes: usize) -> Result<Step, StoreError> {
        let mut out = Vec::with_capacity(max_bytes + max_bytes / 4);
        while let Some(entry) = plain.entries.get(plain.written) {
            if out.len() >= max_bytes {
                break;
            }
            self.listing.write(entry, plain.written > 0, &mut out)?;
            plain.written += 1;
        }
        let ended = plain.written == plain.entries.len();
        if ended {
            out.append(&mut self.frame.after);
        } else {
            self.state = State::Writing(Body::Plain(plain));
        }
        self.bytes += out.len() as u64;
        Ok(if out.is_empty() {
            Step::Over
        } else {
            Step::Bytes(out)
        })
    }

    /// Compresses about `max_bytes` at most, or sends about as many that were compressed before.
    fn write_compressed(
        &mut self,
        mut body: Box<Compressed>,
        max_bytes: usize,
    ) -> Result<Step, StoreError> {
        let mut made = 0;
        while made < max_bytes && body.ready.len() < max_bytes {
            let part = match body.blocks.pop_front() {
                Some(Block::Kept(part)) => part,
                Some(Block::Wanted(name, entries)) => {
                    let part = self.made(name, &entries)?;
                    made += part.raw.amount() as usize;
                    part
                }
                None => {
                    let Compressed { member, ready, .. } = &mut *body;
                    self.bytes += self.frame.after.len() as u64;
                    member.add_stored(&self.frame.after, ready);
                    member.end(ready);
                    return Ok(Step::Bytes(body.ready));
                }
            };
            self.bytes += u64::from(part.raw.amount());
            body.member.add(&part, &mut body.ready);
        }
        let step = if body.ready.len() >= max_bytes.min(WORTH_SENDING) {
            Step::Bytes(std::mem::take(&mut body.ready))
        } else {
            Step::Later
        };
        self.state = State::Writing(Body::Compressed(body));
        Ok(step)
    }

    fn made(&self, name: BlockName, entries: &[Entry]) -> Result<Arc<Part>, StoreError> {
        // Another reader may have made it meanwhile.
        if let Some(part) = self.cache.get(&name) {
            return Ok(part);
        }
        let mut raw = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            self.listing
                .write(entry, name.follows || at > 0, &mut raw)?;
        }
        self.cache.make(name, &raw)
    }
}

impl Plain {
    fn add(&mut self, listing: &Listing, page: Vec<Entry>) -> Result<(), StoreError> {
        if !listing.is_json() {
            for entry in &page {
                self.item_bytes += listing.item_bytes(entry)?;
            }
        }
        self.entries.extend(page);
        Ok(())
    }
}

impl Compressed {
    fn add(
        &mut self,
        listing: &Listing,
        cache: &BlockCache,
        page: Vec<Entry>,
        ended: bool,
    ) -> Result<(), StoreError> {
        for entry in page {
            if let Some(entries) = self.grouping.push(entry) {
                self.add_block(listing, cache, entries)?;
            }
        }
        let rest = ended.then(|| self.grouping.rest()).flatten();
        rest.map_or(Ok(()), |rest| self.add_block(listing, cache, rest))
    }

    fn add_block(
        &mut self,
        listing: &Listing,
        cache: &BlockCache,
        entries: Vec<Entry>,
    ) -> Result<(), StoreError> {
        let name = cache.seeds.name(listing.view_id(), self.follows, &entries);
        self.follows = true;
        if let Some(part) = cache.get(&name) {
            self.item_bytes += part.raw.amount() as usize;
            self.blocks.push_back(Block::Kept(part));
            return Ok(());
        }
        if !listing.is_json() {
            for entry in &entries {
                self.item_bytes += listing.item_bytes(entry)?;
            }
        }
        self.blocks.push_back(Block::Wanted(name, entries));
        Ok(())
    }
}
