//! Watches that resume from before the history in memory. Somebody else's thread reads what they
//! missed, a page at a time; a take finds the page or is announced when it is there. So nobody who
//! takes waits for the disk, and pages that nobody takes are bounded together.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use crate::Revision;
use crate::error::StoreError;
use crate::fanout::session::Session;
use crate::state::change::Change;
use crate::state::older::{OlderChanges, OlderPage, OlderReader};
use crate::state::request::Range;
use crate::sync::{Condvar, Mutex};

/// Values in one page; one revision is always whole.
const PAGE_BYTES: usize = 256 << 10;
/// Values in all pages that were read and not taken. Beyond it the oldest are read again when
/// somebody wants them.
const HELD_BYTES: usize = 32 << 20;

pub(crate) struct OlderReads {
    source: Box<dyn OlderChanges>,
    jobs: Mutex<Jobs>,
    news: Condvar,
}

#[derive(Default)]
struct Jobs {
    /// Who wants a page, in order.
    waiting: VecDeque<Weak<Resume>>,
    /// Pages that were read and not taken, by age.
    held: BTreeMap<u64, (Weak<Resume>, usize)>,
    held_bytes: usize,
    next_page: u64,
    closed: bool,
}

/// A watch that reads older history.
pub(crate) struct Resume {
    reads: Arc<OlderReads>,
    session: Arc<Session>,
    watcher: u64,
    range: Range,
    previous: bool,
    state: Mutex<State>,
}

struct State {
    /// Everything up to here was taken.
    seen: Revision,
    /// Out while it reads.
    reader: Option<Box<dyn OlderReader>>,
    page: Option<(u64, Page)>,
    failed: Option<StoreError>,
    requested: bool,
}

/// A page, and how much of it was taken.
pub(crate) struct Page {
    pub changes: VecDeque<Arc<Change>>,
    pub bytes: usize,
    pub revision: Revision,
}

impl From<OlderPage> for Page {
    fn from(page: OlderPage) -> Page {
        Page {
            changes: page.changes.into(),
            bytes: page.bytes,
            revision: page.revision,
        }
    }
}

impl OlderReads {
    pub fn new(source: Box<dyn OlderChanges>) -> OlderReads {
        OlderReads {
            source,
            jobs: Mutex::default(),
            news: Condvar::new(),
        }
    }

    /// Blocks until somebody wants a page. Answers false when the store was closed.
    pub fn wait(&self) -> bool {
        let mut jobs = self.jobs.lock();
        while jobs.waiting.is_empty() && !jobs.closed {
            self.news.wait(&mut jobs);
        }
        !jobs.closed
    }

    pub fn close(&self) {
        self.jobs.lock().closed = true;
        self.news.notify_all();
    }

    /// Reads one page for whoever waited longest. `bounds` says from where on a watch may go on,
    /// and up to where it has to read. Answers whether somebody waited.
    pub fn step(&self, bounds: impl FnOnce() -> (Revision, Revision)) -> bool {
        let Some(waiting) = self.jobs.lock().waiting.pop_front() else {
            return false;
        };
        let Some(resume) = waiting.upgrade() else {
            return true;
        };
        let (compacted, until) = bounds();
        let (seen, reader) = {
            let mut state = resume.state.lock();
            (state.seen, state.reader.take())
        };
        let read = if seen < compacted {
            Err(StoreError::compacted(seen, compacted))
        } else {
            let source = &self.source;
            let new = || source.reader(resume.range.clone(), resume.previous, seen);
            let mut reader = reader.unwrap_or_else(new);
            reader.read(until, PAGE_BYTES).map(|page| (reader, page))
        };
        match read {
            Ok((reader, page)) => resume.put(reader, page.into()),
            Err(error) => {
                let mut state = resume.state.lock();
                state.failed = Some(error);
                state.requested = false;
            }
        }
        self.bound();
        resume.session.watcher_ready(resume.watcher);
        true
    }

    /// Forgets the oldest pages beyond the bound.
    fn bound(&self) {
        loop {
            let oldest = {
                let mut jobs = self.jobs.lock();
                if jobs.held_bytes <= HELD_BYTES || jobs.held.len() < 2 {
                    return;
                }
                let oldest = jobs.held.pop_first();
                jobs.held_bytes -= oldest.as_ref().map_or(0, |(_, (_, bytes))| *bytes);
                oldest
            };
            let Some((number, (resume, _))) = oldest else {
                return;
            };
            if let Some(resume) = resume.upgrade() {
                resume.forget(number);
            }
        }
    }

    fn let_go(&self, number: u64) {
        let mut jobs = self.jobs.lock();
        if let Some((_, bytes)) = jobs.held.remove(&number) {
            jobs.held_bytes -= bytes;
        }
    }
}

impl Resume {
    /// A watch that has seen everything up to a revision; its first page is asked for.
    pub fn begin(
        reads: &Arc<OlderReads>,
        session: &Arc<Session>,
        watcher: u64,
        (range, previous): (Range, bool),
        seen: Revision,
    ) -> Arc<Resume> {
        let resume = Arc::new(Resume {
            reads: reads.clone(),
            session: session.clone(),
            watcher,
            range,
            previous,
            state: Mutex::new(State {
                seen,
                reader: None,
                page: None,
                failed: None,
                requested: false,
            }),
        });
        resume.request();
        resume
    }

    /// Asks for a page, when none is there or on its way.
    fn request(self: &Arc<Self>) {
        {
            let mut state = self.state.lock();
            if state.requested || state.page.is_some() || state.failed.is_some() {
                return;
            }
            state.requested = true;
        }
        self.reads
            .jobs
            .lock()
            .waiting
            .push_back(Arc::downgrade(self));
        self.reads.news.notify_one();
    }

    /// The page that is there. None: it is announced when one is.
    pub fn take(self: &Arc<Self>) -> Result<Option<Page>, StoreError> {
        let taken = {
            let mut state = self.state.lock();
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            state.page.take()
        };
        match taken {
            Some((number, page)) => {
                self.reads.let_go(number);
                Ok(Some(page))
            }
            None => {
                self.request();
                Ok(None)
            }
        }
    }

    /// Everything up to here was delivered, and this is left of the page.
    pub fn put_back(self: &Arc<Self>, seen: Revision, page: Page) {
        let reader = {
            let mut state = self.state.lock();
            state.seen = seen;
            state.reader.take()
        };
        match reader {
            Some(reader) => self.put(reader, page),
            None => self.request(),
        }
    }

    /// Everything up to here was delivered; the next page is asked for.
    pub fn go_on(self: &Arc<Self>, seen: Revision) {
        self.state.lock().seen = seen;
        self.request();
    }

    fn put(self: &Arc<Self>, reader: Box<dyn OlderReader>, page: Page) {
        let bytes = page.bytes;
        let number = {
            let mut jobs = self.reads.jobs.lock();
            jobs.next_page += 1;
            jobs.held_bytes += bytes;
            let number = jobs.next_page;
            jobs.held.insert(number, (Arc::downgrade(self), bytes));
            number
        };
        let mut state = self.state.lock();
        state.reader = Some(reader);
        state.page = Some((number, page));
        state.requested = false;
    }

    /// Drops a page that was not taken: it is read again from what was.
    fn forget(&self, number: u64) {
        let mut state = self.state.lock();
        if state.page.as_ref().is_some_and(|(held, _)| *held == number) {
            state.page = None;
            state.reader = None;
        }
    }
}

impl Drop for Resume {
    fn drop(&mut self) {
        if let Some((number, _)) = self.state.get_mut().page.take() {
            self.reads.let_go(number);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::state::entry::{Draft, EntryMeta};
    use crate::sync::check;

    /// One page a read, each with one change of so many bytes.
    struct Endless;
    struct EndlessReader(Revision);

    const VALUE: usize = 1 << 20;

    impl OlderChanges for Endless {
        fn reader(&self, _: Range, _: bool, after: Revision) -> Box<dyn OlderReader> {
            Box::new(EndlessReader(after))
        }
    }

    impl OlderReader for EndlessReader {
        fn read(&mut self, _: Revision, _: usize) -> Result<OlderPage, StoreError> {
            self.0 += 1;
            let meta = EntryMeta {
                create_revision: 1,
                mod_revision: self.0,
                version: 1,
                lease_id: 0,
                order: 0,
            };
            let entry = Draft::new(b"/k", &vec![0; VALUE]).finish(meta);
            let change = Change::new(entry, None);
            Ok(OlderPage {
                changes: vec![Arc::new(change)],
                bytes: VALUE,
                revision: self.0,
            })
        }
    }

    #[test]
    fn pages_that_nobody_takes_are_bounded_and_read_again() {
        check(bounded_pages);
    }

    fn bounded_pages() {
        let reads = Arc::new(OlderReads::new(Box::new(Endless)));
        let session = Arc::new(Session::new(1, Box::new(|| {})));
        let range = || (Range::Prefix(Box::default()), false);
        let resumes: Vec<_> = (0..100)
            .map(|number| Resume::begin(&reads, &session, number, range(), 10))
            .collect();
        while reads.step(|| (0, 1_000)) {
            assert!(reads.jobs.lock().held_bytes <= HELD_BYTES);
        }
        let held = reads.jobs.lock().held.len();
        assert_eq!(held, HELD_BYTES / VALUE);
        assert_eq!(session.drain().watchers.len(), resumes.len());
        // Each gets what comes after what it saw, and once.
        for resume in &resumes {
            let page = loop {
                if let Some(page) = resume.take().unwrap() {
                    break page;
                }
                assert!(reads.step(|| (0, 1_000)));
            };
            assert_eq!(page.revision, 11);
        }
        resumes[99].go_on(11);
        while reads.step(|| (0, 1_000)) {}
        assert_eq!(resumes[99].take().unwrap().unwrap().revision, 12);
        drop(resumes);
        assert_eq!(reads.jobs.lock().held_bytes, 0);
        assert!(reads.jobs.lock().held.is_empty());
    }

    #[test]
    fn who_stands_before_what_is_compacted_is_told() {
        check(compacted_is_told);
    }

    fn compacted_is_told() {
        let reads = Arc::new(OlderReads::new(Box::new(Endless)));
        let session = Arc::new(Session::new(1, Box::new(|| {})));
        let range = (Range::Prefix(Box::default()), false);
        let resume = Resume::begin(&reads, &session, 1, range, 10);
        assert!(reads.step(|| (11, 1_000)));
        let error = resume.take().err().unwrap();
        assert_eq!(error.reason, crate::error::Reason::Compacted);
        reads.close();
        assert!(!reads.wait());
    }
}
