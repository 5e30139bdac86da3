//! Who is interested in a change: channels by key, by prefix, and then by a value that their
//! selector wants of a field or a label, so that a change costs nothing for watchers of other
//! nodes' pods or of other applications' endpoints.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::fanout::channel::{Channel, Interest, QueueLimits};
use crate::fanout::session::Session;
use crate::state::change::{Change, EventKind};
use crate::state::history::ChangeLog;
use crate::state::lost::Lost;
use crate::state::request::Range;
use crate::state::selector::Anchor;
use crate::state::views::{Attributes, Views};

/// Strangers choose the keys, so the seeds are random. No map's order reaches an output.
type Map<K, V> = std::collections::HashMap<K, V, ahash::RandomState>;

fn map<K: Eq + Hash, V>() -> Map<K, V> {
    Map::with_hasher(ahash::RandomState::new())
}

pub(crate) struct Hub {
    pub log: ChangeLog,
    /// The oldest revision that a watch may start after.
    pub compacted: Revision,
    /// Nor within these.
    pub lost: Lost,
    channels: Map<Interest, Arc<Channel>>,
    next_channel: u64,
    by_key: Map<Box<[u8]>, Node>,
    /// Prefixes that end in `/`, or the empty one.
    by_prefix: Map<Box<[u8]>, Node>,
    /// Ranges of other forms: every change looks at each of them. Used by etcd's API only.
    by_range: Vec<Arc<Channel>>,
    limits: QueueLimits,
    pub watchers: usize,
    max_watchers: usize,
    pub slow_closed: u64,
    /// Channels with events of a revision that is not whole yet.
    touched: Vec<Arc<Channel>>,
    /// Sessions with news of the last whole revision.
    to_signal: Vec<Arc<Session>>,
    /// Values whose labels or fields could not be read; they match no selector.
    pub unreadable: u64,
    /// Selectors that were compared with a change.
    pub selectors_compared: u64,
}

type ByValue = Map<Box<str>, Vec<Arc<Channel>>>;

/// The channels of one range.
#[derive(Default)]
struct Node {
    /// Without a selector.
    everything: Vec<Arc<Channel>>,
    /// With a selector that says only what must not be.
    selecting: Vec<Arc<Channel>>,
    /// By path, then by the value that the selector wants there.
    by_field: Vec<(Box<str>, ByValue)>,
    /// By the key of a label that must be there. A tree: strangers choose the keys and values.
    by_label: BTreeMap<Box<str>, ByLabel>,
    /// Every path that a selector here looks at, with the number of channels that do.
    paths: BTreeMap<Box<str>, usize>,
    label_selectors: usize,
}

/// The channels that want a label.
#[derive(Default)]
struct ByLabel {
    /// With one of some values: a channel stands under each of them.
    by_value: BTreeMap<Box<str>, Vec<Arc<Channel>>>,
    /// With whatever value.
    any: Vec<Arc<Channel>>,
}

impl Hub {
    pub fn new(limits: QueueLimits, max_watchers: usize) -> Self {
        Hub {
            log: ChangeLog::default(),
            compacted: 0,
            lost: Lost::default(),
            channels: map(),
            next_channel: 1,
            by_key: map(),
            by_prefix: map(),
            by_range: Vec::new(),
            limits,
            watchers: 0,
            max_watchers,
            slow_closed: 0,
            touched: Vec::new(),
            to_signal: Vec::new(),
            unreadable: 0,
            selectors_compared: 0,
        }
    }

    /// Whether a watch may start after this revision.
    pub fn check_start(&self, after: Revision) -> Result<(), StoreError> {
        if after < self.compacted {
            return Err(StoreError::compacted(after, self.compacted));
        }
        match self.lost.known_after(after) {
            Some(known) => Err(StoreError::lost(after, known)),
            None => Ok(()),
        }
    }

    /// No watch starts before this revision any more.
    pub fn compact_until(&mut self, revision: Revision) {
        if revision > self.compacted {
            self.compacted = revision;
            self.lost.forget_until(revision);
        }
    }

    pub fn admit(&mut self) -> Result<(), StoreError> {
        if self.watchers >= self.max_watchers {
            return Err(StoreError::new(
                Reason::TooManyWatchers,
                format!(
                    "there are {} watchers, the most that are allowed",
                    self.watchers
                ),
            ));
        }
        self.watchers += 1;
        Ok(())
    }

    /// The channel of an interest, with this watcher as a member that has seen all published
    /// changes.
    pub fn join(&mut self, interest: Interest, id: u64, session: &Arc<Session>) -> Arc<Channel> {
        if let Some(channel) = self.channels.get(&interest) {
            channel.join(id, session);
            return channel.clone();
        }
        let channel = Arc::new(Channel::new(
            self.next_channel,
            interest.clone(),
            self.limits,
        ));
        self.next_channel += 1;
        channel.join(id, session);
        match &interest.range {
            Range::Key(key) => self.by_key.entry(key.clone()).or_default().add(&channel),
            Range::Prefix(prefix) if prefix.is_empty() || prefix.last() == Some(&b'/') => {
                self.by_prefix
                    .entry(prefix.clone())
                    .or_default()
                    .add(&channel);
            }
            Range::Prefix(_) | Range::Between(_, _) => self.by_range.push(channel.clone()),
        }
        self.channels.insert(interest, channel.clone());
        channel
    }

    pub fn leave(&mut self, channel: &Arc<Channel>, id: u64) {
        let empty = channel.leave(id);
        if !empty || !channel.is_empty() {
            return;
        }
        let interest = &channel.interest;
        self.channels.remove(interest);
        let (nodes, key) = match &interest.range {
            Range::Key(key) => (&mut self.by_key, key),
            Range::Prefix(prefix) if prefix.is_empty() || prefix.last() == Some(&b'/') => {
                (&mut self.by_prefix, prefix)
            }
            _ => {
                self.by_range.retain(|other| !Arc::ptr_eq(other, channel));
                return;
            }
        };
        if let Some(node) = nodes.get_mut(key)
            && node.remove(channel)
        {
            nodes.remove(key);
        }
    }

    /// Appends a change to the log and queues it for everyone interested, who see it with
    /// `complete`.
    pub fn publish(&mut self, change: Arc<Change>, views: &dyn Views) {
        if self.watchers > 0 {
            self.route(&change, views);
        }
        self.log.push(change);
    }

    fn route(&mut self, change: &Arc<Change>, views: &dyn Views) {
        let key = change.key();
        let mut sides = Sides::new(change, views);
        let mut queues = Queues {
            slow: 0,
            touched: &mut self.touched,
        };
        let slashes = memchr::memchr_iter(b'/', key).map(|at| &key[..=at]);
        let prefixes = std::iter::once(&b""[..]).chain(slashes);
        let nodes = prefixes
            .filter_map(|prefix| self.by_prefix.get(prefix))
            .chain(self.by_key.get(key));
        for node in nodes {
            node.deliver(change, &mut sides, &mut queues);
        }
        for channel in &self.by_range {
            if channel.interest.range.contains(key) {
                sides.deliver(channel, &mut queues);
            }
        }
        self.slow_closed += queues.slow;
        self.unreadable += sides.unreadable;
        self.selectors_compared += sides.compared;
    }

    /// All changes of a revision were published: the watchers see them.
    pub fn complete(&mut self) {
        for channel in self.touched.drain(..) {
            channel.complete(&mut self.to_signal);
        }
    }

    /// Ends the watches that wait for changes; they are told with `signal`.
    pub fn end_watches(&mut self) {
        for channel in self.channels.values() {
            channel.end_members(&mut self.to_signal);
        }
    }

    /// Wakes whoever has news; after the revision counts as published.
    pub fn signal(&mut self) {
        for session in self.to_signal.drain(..) {
            session.signal();
        }
    }

    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }
}

/// Where a change is queued.
struct Queues<'a> {
    slow: u64,
    touched: &'a mut Vec<Arc<Channel>>,
}

impl Queues<'_> {
    fn push(&mut self, channel: &Arc<Channel>, change: &Arc<Change>, kind: EventKind) {
        let (slow, is_first) = channel.push(change, kind);
        self.slow += slow;
        if is_first {
            self.touched.push(channel.clone());
        }
    }
}

impl Node {
    fn add(&mut self, channel: &Arc<Channel>) {
        let selector = &channel.interest.selector;
        for path in selector.paths() {
            *self.paths.entry(path.into()).or_default() += 1;
        }
        self.label_selectors += usize::from(!selector.labels.is_empty());
        match selector.anchor() {
            Anchor::Everything => self.everything.push(channel.clone()),
            Anchor::None => self.selecting.push(channel.clone()),
            Anchor::Field(path, value) => {
                let known = self.by_field.iter().position(|(other, _)| **other == *path);
                let at = known.unwrap_or_else(|| {
                    self.by_field.push((path.into(), map()));
                    self.by_field.len() - 1
                });
                let by_value = &mut self.by_field[at].1;
                let channels = by_value.entry(value.into()).or_default();
                channels.push(channel.clone());
            }
            Anchor::LabelValues(key, values) => {
                let by_value = &mut self.by_label.entry(key.into()).or_default().by_value;
                for value in values {
                    let channels = by_value.entry(value.clone()).or_default();
                    channels.push(channel.clone());
                }
            }
            Anchor::Label(key) => {
                let label = self.by_label.entry(key.into()).or_default();
                label.any.push(channel.clone());
            }
        }
    }

    /// Returns whether nothing is left.
    fn remove(&mut self, channel: &Arc<Channel>) -> bool {
        let selector = &channel.interest.selector;
        for path in selector.paths() {
            if let Some(users) = self.paths.get_mut(path) {
                *users -= 1;
                if *users == 0 {
                    self.paths.remove(path);
                }
            }
        }
        self.label_selectors -= usize::from(!selector.labels.is_empty());
        let others = |other: &Arc<Channel>| !Arc::ptr_eq(other, channel);
        match selector.anchor() {
            Anchor::Everything => self.everything.retain(others),
            Anchor::None => self.selecting.retain(others),
            Anchor::Field(path, value) => {
                let at = self.by_field.iter().position(|(other, _)| **other == *path);
                if let Some(at) = at {
                    let by_value = &mut self.by_field[at].1;
                    if let Some(channels) = by_value.get_mut(value) {
                        channels.retain(others);
                        if channels.is_empty() {
                            by_value.remove(value);
                        }
                    }
                    if by_value.is_empty() {
                        self.by_field.remove(at);
                    }
                }
            }
            Anchor::LabelValues(key, _) | Anchor::Label(key) => {
                if let Some(label) = self.by_label.get_mut(key)
                    && label.remove(channel)
                {
                    self.by_label.remove(key);
                }
            }
        }
        self.everything.is_empty()
            && self.selecting.is_empty()
            && self.by_field.is_empty()
            && self.by_label.is_empty()
    }

    fn deliver(&self, change: &Arc<Change>, sides: &mut Sides<'_>, queues: &mut Queues<'_>) {
        for channel in &self.everything {
            sides.deliver(channel, queues);
        }
        if self.selecting.is_empty() && self.by_field.is_empty() && self.by_label.is_empty() {
            return;
        }
        sides.want(
            self.label_selectors > 0,
            self.paths.keys().map(AsRef::as_ref),
        );
        for channel in &self.selecting {
            sides.deliver(channel, queues);
        }
        for (path, by_value) in &self.by_field {
            let current = change.current().map(|_| sides.field(false, path));
            let previous = change.previous.as_ref().map(|_| sides.field(true, path));
            let again = previous == current;
            for value in current.into_iter().chain(previous.filter(|_| !again)) {
                for channel in by_value.get(&value).into_iter().flatten() {
                    sides.deliver(channel, queues);
                }
            }
        }
        if !self.by_label.is_empty() {
            // Who stands under several of them is given the change once: see `Channel::push`.
            for channel in self.with_labels(sides.read()) {
                sides.deliver(channel, queues);
            }
        }
    }

    /// The channels under the labels that the two sides of a change have.
    fn with_labels(&self, [current, previous]: &[Attributes; 2]) -> Vec<&Arc<Channel>> {
        let mut found = Vec::new();
        let unchanged =
            |at: usize, label: &(Box<str>, Box<str>)| current.labels.get(at) == Some(label);
        let of_previous = previous.labels.iter().enumerate();
        let changed = of_previous.filter(|(at, label)| !unchanged(*at, label));
        let labels = current.labels.iter().chain(changed.map(|(_, label)| label));
        for (key, value) in labels {
            if let Some(label) = self.by_label.get(key) {
                found.extend(label.by_value.get(value).into_iter().flatten());
                found.extend(&label.any);
            }
        }
        found
    }
}

impl ByLabel {
    /// Returns whether nothing is left.
    fn remove(&mut self, channel: &Arc<Channel>) -> bool {
        let others = |other: &Arc<Channel>| !Arc::ptr_eq(other, channel);
        if let Anchor::LabelValues(_, values) = channel.interest.selector.anchor() {
            for value in values {
                if let Some(channels) = self.by_value.get_mut(value) {
                    channels.retain(others);
                    if channels.is_empty() {
                        self.by_value.remove(value);
                    }
                }
            }
        } else {
            self.any.retain(others);
        }
        self.by_value.is_empty() && self.any.is_empty()
    }
}

/// Labels and fields of a change's two values, read when a selector first asks.
pub(crate) struct Sides<'a> {
    change: &'a Arc<Change>,
    views: &'a dyn Views,
    labels: bool,
    paths: Vec<String>,
    /// Current, then previous.
    read: Option<[Attributes; 2]>,
    pub unreadable: u64,
    pub compared: u64,
}

impl<'a> Sides<'a> {
    pub fn new(change: &'a Arc<Change>, views: &'a dyn Views) -> Self {
        Sides {
            change,
            views,
            labels: false,
            paths: Vec::new(),
            read: None,
            unreadable: 0,
            compared: 0,
        }
    }

    /// Says what will be asked for, so that one pass over the value is enough.
    pub fn want<'p>(&mut self, labels: bool, paths: impl Iterator<Item = &'p str>) {
        if labels && !self.labels {
            self.labels = true;
            self.read = None;
        }
        for path in paths {
            if !self.paths.iter().any(|known| known == path) {
                self.paths.push(path.to_owned());
                self.read = None;
            }
        }
    }

    fn read(&mut self) -> &[Attributes; 2] {
        let Sides {
            change,
            views,
            labels,
            paths,
            read,
            unreadable,
            ..
        } = self;
        read.get_or_insert_with(|| {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            [change.current(), change.previous.as_ref()].map(|entry| {
                let Some(entry) = entry else {
                    return Attributes::default();
                };
                views
                    .attributes(entry.value(), *labels, &paths)
                    .unwrap_or_else(|_| {
                        *unreadable += 1;
                        Attributes::default()
                    })
            })
        })
    }

    fn field(&mut self, previous: bool, path: &str) -> Box<str> {
        let at = self
            .paths
            .iter()
            .position(|known| known == path)
            .unwrap_or(usize::MAX);
        self.read()[usize::from(previous)]
            .fields
            .get(at)
            .cloned()
            .unwrap_or_default()
    }

    /// What the change is for a selector.
    pub fn event(&mut self, channel: &Interest) -> Option<EventKind> {
        let selector = &channel.selector;
        let (has_current, has_previous) = (self.change.current().is_some(), self.change.replaces());
        if selector.is_everything() {
            return EventKind::of(has_previous, has_current);
        }
        self.compared += 1;
        self.want(!selector.labels.is_empty(), selector.paths().into_iter());
        let places: Vec<usize> = selector
            .fields
            .iter()
            .map(|f| {
                self.paths
                    .iter()
                    .position(|p| **p == *f.path)
                    .unwrap_or(usize::MAX)
            })
            .collect();
        let matched = self.read().each_ref().map(|side| {
            let fields: Vec<&str> = places
                .iter()
                .map(|at| side.fields.get(*at).map_or("", AsRef::as_ref))
                .collect();
            selector.matches(side, &fields)
        });
        EventKind::of(has_previous && matched[1], has_current && matched[0])
    }

    fn deliver(&mut self, channel: &Arc<Channel>, queues: &mut Queues<'_>) {
        if let Some(kind) = self.event(&channel.interest) {
            queues.push(channel, self.change, kind);
        }
    }
}
