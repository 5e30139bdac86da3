//! From changes of the desired state to the text that brings the kernel there.

use super::config::{Config, NodePortAddresses};
use super::fixed::{
    JUMPS, Table, rule_counts, write_chain_line as write_named_chain_line, write_filter_head,
    write_forward_rules, write_mangle, write_nat_head, write_node_port_jumps,
};
use super::names::{ChainKind, Hash, endpoint_hash, port_hash, write_chain, write_chain_line};
use super::order::{OrderIndex, Weights};
use super::rules::{PortRules, SHARED_CHAINS, SharedChain, SharedRules, Surroundings};
use super::saved::Saved;
use crate::address::write_number;
use crate::state::{Resolved, State};
use crate::tracked::Tracked;
use ahash::{AHashMap, AHashSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the kernel has (or will have, once the running plan is applied) of one service.
#[derive(Debug)]
struct Applied {
    resolved: Resolved,
    /// By port.
    hashes: Vec<PortHashes>,
    rules: RuleCounts,
}

#[derive(Debug)]
struct PortHashes {
    port: Hash,
    /// By endpoint; unset (zeros) for endpoints that nothing leads to.
    endpoints: Vec<Hash>,
}

#[derive(Clone, Copy, Debug, Default)]
struct RuleCounts {
    own: usize,
    lacks_local_internal: usize,
    lacks_local_external: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncKind {
    /// Nothing to write.
    Nothing,
    /// Only what changed.
    Partial,
    /// Every chain.
    Full,
}

/// What a sync writes, and what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncReport {
    pub kind: SyncKind,
    pub changed_services: usize,
    pub services: usize,
    pub endpoints: usize,
    /// Rules that the proxy has in each table.
    pub filter_rules: usize,
    pub nat_rules: usize,
    /// Service ports whose Local internal (external) policy finds no endpoint on this node.
    pub no_local_internal: usize,
    pub no_local_external: usize,
}

/// The text of a sync, handed out in pieces.
#[derive(Debug)]
struct Plan {
    /// Text that goes before the services' own chains.
    head: Vec<u8>,
    /// Services whose own chains are written whole, in this order; only in a full sync.
    services: Vec<Arc<str>>,
    next_service: usize,
    tail: Vec<u8>,
    stage: Stage,
    /// Text that is ready, and how much of it was handed out.
    ready: Vec<u8>,
    given: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    Services,
    Tail,
    Done,
}

/// `ready` is refilled up to about this many bytes at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A shared chain is written anew, rather than edited, when more rules than this change in it and
/// they are also more than a part of it: iptables searches the chain for each deletion.
const EDITS_ALWAYS: usize = 64;
const EDITS_PART: usize = 16;

/// The iptables rules of one address family. A sync goes: [`Iptables::begin`], [`Iptables::fill`]
/// until it gives 0, then [`Iptables::finish`] with whether the kernel took it. No begin before
/// the finish of the one before.
#[derive(Debug)]
pub struct Iptables {
    config: Config,
    applied: AHashMap<Arc<str>, Applied>,
    order: OrderIndex,
    endpoints: usize,
    counts: RuleCounts,
    /// Rules of endpoints carry no comments.
    large: bool,
    /// `applied` is what the kernel has. False at first and after a failure.
    known: bool,
    /// Something changed that every chain may depend on.
    full_wanted: bool,
    plan: Option<Plan>,
    tracked: Tracked,
    scratch: Vec<u8>,
}

type ChainName = Vec<u8>;

/// Collects what a partial sync writes.
#[derive(Default)]
struct Edits {
    shared: SharedRules,
    /// Rules deleted or inserted, by shared chain.
    counts: Weights,
    chains: Vec<u8>,
    rules: Vec<u8>,
    dead: BTreeSet<ChainName>,
}

fn count_lines(text: &[u8]) -> u32 {
    text.iter().filter(|byte| **byte == b'\n').count() as u32
}

fn weights_of(shared: &SharedRules) -> Weights {
    let mut weights = Weights::default();
    for (weight, text) in weights.iter_mut().zip(shared) {
        *weight = count_lines(text);
    }
    weights
}

const OWN_KINDS: [ChainKind; 4] = [
    ChainKind::External,
    ChainKind::Firewall,
    ChainKind::Service,
    ChainKind::Local,
];

impl Iptables {
    pub fn new(config: Config) -> Iptables {
        Iptables {
            config,
            applied: AHashMap::new(),
            order: OrderIndex::default(),
            endpoints: 0,
            counts: RuleCounts::default(),
            large: false,
            known: false,
            full_wanted: false,
            plan: None,
            tracked: Tracked::default(),
            scratch: Vec::new(),
        }
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn tracked(&self) -> &Tracked {
        &self.tracked
    }

    pub fn tracked_mut(&mut self) -> &mut Tracked {
        &mut self.tracked
    }

    /// Whether the next sync has to be a full one.
    pub fn needs_full(&self) -> bool {
        !self.known || self.full_wanted
    }

    /// Makes the next sync a full one, which looks at what is there and removes what is not wanted.
    pub fn require_full(&mut self) {
        self.full_wanted = true;
    }

    pub fn set_node_port_addresses(&mut self, addresses: NodePortAddresses) {
        if self.config.node_port_addresses != addresses {
            self.config.node_port_addresses = addresses;
            self.full_wanted = true;
        }
    }

    fn surroundings<'a>(config: &'a Config, state: &State, large: bool) -> Surroundings<'a> {
        Surroundings {
            config,
            node_ip: state.node().ip,
            large,
        }
    }

    /// Prepares a sync of all changes. `found` is what iptables-save showed, and is used by a full
    /// sync to add only the jumps that are missing and to remove what is left over.
    pub fn begin(&mut self, state: &mut State, full: bool, found: Option<&Saved>) -> SyncReport {
        let mut full = full || self.needs_full();
        self.full_wanted = false;
        let mut changed: Vec<(Arc<str>, Option<Resolved>)> = Vec::new();
        for key in state.take_changed() {
            let resolved = state.resolve(&key);
            changed.push((key, resolved));
        }
        if full {
            changed = self.everything(state);
        } else {
            let large = self.endpoints_after(&changed) > self.config.large_cluster_endpoints;
            if large != self.large {
                full = true;
                changed = self.everything(state);
            }
        }
        self.large = self.endpoints_after(&changed) > self.config.large_cluster_endpoints;
        let changed_services = changed.len();
        let kind = if full {
            self.begin_full(state, changed, found);
            SyncKind::Full
        } else if self.begin_partial(state, changed) {
            SyncKind::Partial
        } else {
            SyncKind::Nothing
        };
        self.report(state, kind, changed_services)
    }

    /// All services, those that are gone among them.
    fn everything(&self, state: &mut State) -> Vec<(Arc<str>, Option<Resolved>)> {
        let mut keys: BTreeSet<Arc<str>> = state.service_keys().into_iter().collect();
        keys.extend(self.applied.keys().cloned());
        keys.into_iter()
            .map(|key| {
                let resolved = state.resolve(&key);
                (key, resolved)
            })
            .collect()
    }

    fn endpoints_after(&self, changed: &[(Arc<str>, Option<Resolved>)]) -> usize {
        let mut endpoints = self.endpoints;
        for (key, resolved) in changed {
            let old = self
                .applied
                .get(key)
                .map_or(0, |old| old.resolved.endpoint_count());
            endpoints += resolved.as_ref().map_or(0, Resolved::endpoint_count);
            endpoints -= old;
        }
        endpoints
    }

    fn begin_full(
        &mut self,
        state: &State,
        changed: Vec<(Arc<str>, Option<Resolved>)>,
        found: Option<&Saved>,
    ) {
        let mut dead: BTreeSet<ChainName> = BTreeSet::new();
        if self.known {
            self.applied
                .values()
                .for_each(|applied| collect_chains(state, applied, &mut dead));
        }
        if let Some(found) = found {
            dead.extend(found.service_chains.iter().cloned());
        }
        self.order.clear();
        let mut shared = SharedRules::default();
        for (key, resolved) in changed {
            let old = self.take(&key);
            self.tracked.update(
                &key,
                old.as_ref().map(|old| &old.resolved),
                resolved.as_ref(),
            );
            let Some(resolved) = resolved else { continue };
            let around = Self::surroundings(&self.config, state, self.large);
            let applied = build(&around, resolved, &mut self.scratch);
            let mut own = SharedRules::default();
            write_shared(&around, &applied, &mut own);
            self.order.set(&key, Some(weights_of(&own)));
            for (all, own) in shared.iter_mut().zip(&own) {
                all.extend_from_slice(own);
            }
            if !dead.is_empty() {
                remove_chains(&around, &applied, &mut dead);
            }
            self.put(key, applied);
        }
        // What is known to be there has its jumps; otherwise what was seen decides.
        let missing = match (found, self.known) {
            (Some(found), _) => found.jumps.map(|count| count == 0),
            (None, known) => [!known; JUMPS.len()],
        };
        self.known = false;
        self.plan = Some(self.full_plan(state, &shared, dead, &missing));
    }

    fn full_plan(
        &self,
        state: &State,
        shared: &SharedRules,
        dead: BTreeSet<ChainName>,
        missing: &[bool; JUMPS.len()],
    ) -> Plan {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        write_mangle(&mut head);
        head.extend_from_slice(b"*filter\n");
        write_filter_head(&mut head, &self.config, state.family());
        for chain in SHARED_CHAINS.into_iter().filter(|chain| !chain.in_nat()) {
            append_rules(&mut head, chain, &shared[chain as usize]);
        }
        write_forward_rules(&mut head, &self.config);
        write_jumps(&mut head, Table::Filter, missing);
        head.extend_from_slice(b"COMMIT\n*nat\n");
        write_nat_head(&mut head, &self.config);
        for chain in SHARED_CHAINS.into_iter().filter(|chain| chain.in_nat()) {
            append_rules(&mut tail, chain, &shared[chain as usize]);
        }
        write_node_port_jumps(&mut tail, &self.config, state.family());
        write_jumps(&mut tail, Table::Nat, missing);
        write_dead(&mut tail, &dead);
        tail.extend_from_slice(b"COMMIT\n");
        Plan {
            head,
            services: self.order.keys().cloned().collect(),
            next_service: 0,
            tail,
            stage: Stage::Head,
            ready: Vec::new(),
            given: 0,
        }
    }

    fn take(&mut self, key: &str) -> Option<Applied> {
        let old = self.applied.remove(key)?;
        self.endpoints -= old.resolved.endpoint_count();
        self.counts.own -= old.rules.own;
        self.counts.lacks_local_internal -= old.rules.lacks_local_internal;
        self.counts.lacks_local_external -= old.rules.lacks_local_external;
        Some(old)
    }

    fn put(&mut self, key: Arc<str>, applied: Applied) {
        self.endpoints += applied.resolved.endpoint_count();
        self.counts.own += applied.rules.own;
        self.counts.lacks_local_internal += applied.rules.lacks_local_internal;
        self.counts.lacks_local_external += applied.rules.lacks_local_external;
        self.applied.insert(key, applied);
    }

    /// Returns whether there is anything to write.
    fn begin_partial(&mut self, state: &State, changed: Vec<(Arc<str>, Option<Resolved>)>) -> bool {
        let mut edits = Edits::default();
        for (key, resolved) in changed {
            let old = self.take(&key);
            self.tracked.update(
                &key,
                old.as_ref().map(|old| &old.resolved),
                resolved.as_ref(),
            );
            let around = Self::surroundings(&self.config, state, self.large);
            let new = resolved.map(|resolved| build(&around, resolved, &mut self.scratch));
            let (mut before, mut after) = (SharedRules::default(), SharedRules::default());
            if let Some(old) = &old {
                write_shared(&around, old, &mut before);
            }
            if let Some(new) = &new {
                write_shared(&around, new, &mut after);
            }
            let weights = new.is_some().then(|| weights_of(&after));
            let places = self.order.set(&key, weights);
            edits.edit_shared(&before, &after, &places, self.order.totals());
            edits.edit_own(&around, old.as_ref(), new.as_ref());
            if let Some(new) = new {
                self.put(key, new);
            }
        }
        self.rewrite_where_cheaper(state, &mut edits);
        match edits.into_text() {
            Some(text) => {
                self.plan = Some(Plan {
                    head: text,
                    services: Vec::new(),
                    next_service: 0,
                    tail: Vec::new(),
                    stage: Stage::Head,
                    ready: Vec::new(),
                    given: 0,
                });
                self.known = false;
                true
            }
            None => false,
        }
    }

    fn rewrite_where_cheaper(&self, state: &State, edits: &mut Edits) {
        let heavy: Vec<SharedChain> = SHARED_CHAINS
            .into_iter()
            .filter(|chain| {
                let count = edits.counts[*chain as usize] as usize;
                let total = self.order.totals()[*chain as usize] as usize;
                count > EDITS_ALWAYS && count > total / EDITS_PART
            })
            .collect();
        if heavy.is_empty() {
            return;
        }
        let around = Self::surroundings(&self.config, state, self.large);
        let mut shared = SharedRules::default();
        for key in self.order.keys() {
            if let Some(applied) = self.applied.get(key) {
                write_shared(&around, applied, &mut shared);
            }
        }
        for chain in heavy {
            let text = &mut edits.shared[chain as usize];
            text.clear();
            write_named_chain_line(text, chain.name());
            append_rules(text, chain, &shared[chain as usize]);
            if chain == SharedChain::NatServices {
                write_node_port_jumps(text, &self.config, state.family());
            }
        }
    }

    /// Copies the next piece of the plan's text into `out`; 0 when there is no more.
    pub fn fill(&mut self, state: &State, out: &mut [u8]) -> usize {
        let Some(mut plan) = self.plan.take() else {
            return 0;
        };
        let mut written = 0;
        while written < out.len() {
            if plan.given == plan.ready.len() && !self.refill(state, &mut plan) {
                break;
            }
            let piece = &plan.ready[plan.given..];
            let length = piece.len().min(out.len() - written);
            out[written..written + length].copy_from_slice(&piece[..length]);
            plan.given += length;
            written += length;
        }
        self.plan = Some(plan);
        written
    }

    /// Gets the next text ready; false when there is none.
    fn refill(&self, state: &State, plan: &mut Plan) -> bool {
        plan.given = 0;
        plan.ready.clear();
        while plan.ready.is_empty() {
            match plan.stage {
                Stage::Head => {
                    std::mem::swap(&mut plan.ready, &mut plan.head);
                    plan.stage = Stage::Services;
                }
                Stage::Services => self.refill_services(state, plan),
                Stage::Tail => {
                    std::mem::swap(&mut plan.ready, &mut plan.tail);
                    plan.stage = Stage::Done;
                }
                Stage::Done => return false,
            }
        }
        true
    }

    fn refill_services(&self, state: &State, plan: &mut Plan) {
        let around = Self::surroundings(&self.config, state, self.large);
        let mut rules = Vec::with_capacity(PIECE_BYTES);
        while plan.ready.len() + rules.len() < PIECE_BYTES {
            let Some(key) = plan.services.get(plan.next_service) else {
                plan.stage = Stage::Tail;
                break;
            };
            plan.next_service += 1;
            if let Some(applied) = self.applied.get(key) {
                write_own(&around, applied, &mut plan.ready, &mut rules);
            }
        }
        plan.ready.extend_from_slice(&rules);
    }

    /// Ends the sync: `ok` when the kernel has taken the whole text.
    pub fn finish(&mut self, ok: bool) {
        self.plan = None;
        self.known = ok;
    }

    fn report(&self, state: &State, kind: SyncKind, changed_services: usize) -> SyncReport {
        let (mut filter_rules, mut nat_rules) = rule_counts(&self.config, state.family());
        for chain in SHARED_CHAINS {
            let count = self.order.totals()[chain as usize] as usize;
            *(if chain.in_nat() {
                &mut nat_rules
            } else {
                &mut filter_rules
            }) += count;
        }
        SyncReport {
            kind,
            changed_services,
            services: self.applied.len(),
            endpoints: self.endpoints,
            filter_rules,
            nat_rules: nat_rules + self.counts.own,
            no_local_internal: self.counts.lacks_local_internal,
            no_local_external: self.counts.lacks_local_external,
        }
    }

    /// What iptables-save should show, for comparison with what it shows. Not while a sync runs.
    pub fn expected(&self, state: &State) -> Saved {
        let around = Self::surroundings(&self.config, state, self.large);
        let mut shared = SharedRules::default();
        for key in self.order.keys() {
            if let Some(applied) = self.applied.get(key) {
                write_shared(&around, applied, &mut shared);
            }
        }
        let mut plan = self.full_plan(state, &shared, BTreeSet::new(), &[false; JUMPS.len()]);
        let mut saved = Saved::default();
        while self.refill(state, &mut plan) {
            saved.feed(&plan.ready);
        }
        saved
    }
}

impl Edits {
    fn edit_shared(
        &mut self,
        before: &SharedRules,
        after: &SharedRules,
        places: &Weights,
        totals: &Weights,
    ) {
        for chain in SHARED_CHAINS {
            let index = chain as usize;
            let (old, new) = (&before[index], &after[index]);
            if old == new {
                continue;
            }
            let out = &mut self.shared[index];
            for rule in old.split_inclusive(|byte| *byte == b'\n') {
                put_command(out, "-D ", chain, None);
                out.extend_from_slice(rule);
                self.counts[index] += 1;
            }
            let count = count_lines(new);
            // Node port jumps come after the services' rules there, so nothing is ever last.
            let last = chain != SharedChain::NatServices && places[index] + count == totals[index];
            for (number, rule) in new.split_inclusive(|byte| *byte == b'\n').enumerate() {
                if last {
                    put_command(out, "-A ", chain, None);
                } else {
                    put_command(
                        out,
                        "-I ",
                        chain,
                        Some(u64::from(places[index]) + number as u64 + 1),
                    );
                }
                out.extend_from_slice(rule);
                self.counts[index] += 1;
            }
        }
    }

    fn edit_own(
        &mut self,
        around: &Surroundings<'_>,
        old: Option<&Applied>,
        new: Option<&Applied>,
    ) {
        if let Some(old) = old {
            visit_chains(around, old, |kind, hash| {
                let mut name = Vec::with_capacity(28);
                write_chain(&mut name, kind, hash);
                self.dead.insert(name);
            });
        }
        let Some(new) = new else { return };
        // A chain that was there stays untouched where its text is the same.
        let old_ports: AHashMap<&Hash, usize> = old
            .map(|old| {
                old.hashes
                    .iter()
                    .enumerate()
                    .map(|(index, port)| (&port.port, index))
                    .collect()
            })
            .unwrap_or_default();
        for (index, hashes) in new.hashes.iter().enumerate() {
            let rules = port_rules(around, new, index);
            let old_rules = old_ports
                .get(&hashes.port)
                .and_then(|old_index| old.map(|old| port_rules(around, old, *old_index)));
            self.edit_port(&rules, old_rules.as_ref());
        }
    }

    fn edit_port(&mut self, new: &PortRules<'_>, old: Option<&PortRules<'_>>) {
        let (mut text, mut old_text) = (Vec::new(), Vec::new());
        for kind in OWN_KINDS.into_iter().filter(|kind| new.has_chain(*kind)) {
            self.keep(kind, new.hash);
            text.clear();
            new.write_chain_rules(kind, &mut text);
            if let Some(old) = old.filter(|old| old.has_chain(kind)) {
                old_text.clear();
                old.write_chain_rules(kind, &mut old_text);
                if old_text == text {
                    continue;
                }
            }
            write_chain_line(&mut self.chains, kind, new.hash);
            self.rules.extend_from_slice(&text);
        }
        // Of an endpoint's chain only the affinity can differ: the rest is in its name.
        let same_affinity = |old: &&PortRules<'_>| {
            old.service.affinity_seconds.is_some() == new.service.affinity_seconds.is_some()
        };
        let unchanged: AHashSet<&Hash> = old
            .filter(same_affinity)
            .map(|old| reachable(old).map(|(_, hash)| hash).collect())
            .unwrap_or_default();
        for (endpoint, hash) in reachable(new) {
            self.keep(ChainKind::Endpoint, hash);
            if !unchanged.contains(hash) {
                new.write_endpoint(endpoint, hash, &mut self.chains, &mut self.rules);
            }
        }
    }

    fn keep(&mut self, kind: ChainKind, hash: &Hash) {
        if !self.dead.is_empty() {
            let mut name = Vec::with_capacity(28);
            write_chain(&mut name, kind, hash);
            self.dead.remove(&name);
        }
    }

    fn into_text(self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let texts = |in_nat: bool| {
            let chains = SHARED_CHAINS
                .into_iter()
                .filter(move |chain| chain.in_nat() == in_nat);
            chains.map(|chain| &self.shared[chain as usize])
        };
        if texts(false).any(|text| !text.is_empty()) {
            text.extend_from_slice(b"*filter\n");
            texts(false).for_each(|edits| text.extend_from_slice(edits));
            text.extend_from_slice(b"COMMIT\n");
        }
        let own = !self.chains.is_empty() || !self.dead.is_empty();
        if own || texts(true).any(|text| !text.is_empty()) {
            text.extend_from_slice(b"*nat\n");
            text.extend_from_slice(&self.chains);
            text.extend_from_slice(&self.rules);
            texts(true).for_each(|edits| text.extend_from_slice(edits));
            write_dead(&mut text, &self.dead);
            text.extend_from_slice(b"COMMIT\n");
        }
        (!text.is_empty()).then_some(text)
    }
}

fn put_command(out: &mut Vec<u8>, command: &str, chain: SharedChain, place: Option<u64>) {
    out.extend_from_slice(command.as_bytes());
    out.extend_from_slice(chain.name().as_bytes());
    out.push(b' ');
    if let Some(place) = place {
        write_number(out, place);
        out.push(b' ');
    }
}

fn append_rules(out: &mut Vec<u8>, chain: SharedChain, rules: &[u8]) {
    for rule in rules.split_inclusive(|byte| *byte == b'\n') {
        put_command(out, "-A ", chain, None);
        out.extend_from_slice(rule);
    }
}

fn write_jumps(out: &mut Vec<u8>, table: Table, missing: &[bool; JUMPS.len()]) {
    for (index, jump) in JUMPS.iter().enumerate() {
        if jump.table == table && missing[index] {
            let line = format!("-I {} {}\n", jump.from, jump.specification());
            out.extend_from_slice(line.as_bytes());
        }
    }
}

fn write_dead(out: &mut Vec<u8>, dead: &BTreeSet<ChainName>) {
    for name in dead {
        out.push(b':');
        out.extend_from_slice(name);
        out.extend_from_slice(b" - [0:0]\n");
    }
    for name in dead {
        out.extend_from_slice(b"-X ");
        out.extend_from_slice(name);
        out.push(b'\n');
    }
}

fn port_rules<'a>(
    around: &'a Surroundings<'a>,
    applied: &'a Applied,
    index: usize,
) -> PortRules<'a> {
    PortRules {
        around,
        service: &applied.resolved.service,
        port: &applied.resolved.service.ports[index],
        endpoints: &applied.resolved.ports[index],
        hash: &applied.hashes[index].port,
        endpoint_hashes: &applied.hashes[index].endpoints,
    }
}

fn reachable<'a>(
    rules: &PortRules<'a>,
) -> impl Iterator<Item = (&'a crate::endpoints::Endpoint, &'a Hash)> {
    let all = rules.endpoints.endpoints.iter().zip(rules.endpoint_hashes);
    all.filter(|(endpoint, _)| endpoint.reachable())
}

fn build(around: &Surroundings<'_>, resolved: Resolved, scratch: &mut Vec<u8>) -> Applied {
    let ports = resolved.service.ports.iter().zip(&resolved.ports);
    let hashes = ports
        .map(|(port, endpoints)| PortHashes {
            port: port_hash(port),
            endpoints: endpoints
                .endpoints
                .iter()
                .map(|endpoint| {
                    if endpoint.reachable() {
                        endpoint_hash(port, endpoint, scratch)
                    } else {
                        Hash::default()
                    }
                })
                .collect(),
        })
        .collect();
    let mut applied = Applied {
        resolved,
        hashes,
        rules: RuleCounts::default(),
    };
    let mut counts = RuleCounts::default();
    for index in 0..applied.hashes.len() {
        let rules = port_rules(around, &applied, index);
        counts.own += rules.own_rule_count();
        counts.lacks_local_internal += usize::from(rules.lacks_local_internal());
        counts.lacks_local_external += usize::from(rules.lacks_local_external());
    }
    applied.rules = counts;
    applied
}

fn write_shared(around: &Surroundings<'_>, applied: &Applied, out: &mut SharedRules) {
    for index in 0..applied.hashes.len() {
        port_rules(around, applied, index).write_shared(out);
    }
}

fn write_own(
    around: &Surroundings<'_>,
    applied: &Applied,
    chains: &mut Vec<u8>,
    rules: &mut Vec<u8>,
) {
    for index in 0..applied.hashes.len() {
        let port = port_rules(around, applied, index);
        for kind in OWN_KINDS.into_iter().filter(|kind| port.has_chain(*kind)) {
            write_chain_line(chains, kind, port.hash);
            port.write_chain_rules(kind, rules);
        }
        for (endpoint, hash) in reachable(&port) {
            port.write_endpoint(endpoint, hash, chains, rules);
        }
    }
}

fn visit_chains(
    around: &Surroundings<'_>,
    applied: &Applied,
    mut visit: impl FnMut(ChainKind, &Hash),
) {
    for index in 0..applied.hashes.len() {
        let port = port_rules(around, applied, index);
        for kind in OWN_KINDS.into_iter().filter(|kind| port.has_chain(*kind)) {
            visit(kind, port.hash);
        }
        for (_, hash) in reachable(&port) {
            visit(ChainKind::Endpoint, hash);
        }
    }
}

fn collect_chains(state: &State, applied: &Applied, into: &mut BTreeSet<ChainName>) {
    let config = Config::default();
    let around = Iptables::surroundings(&config, state, false);
    visit_chains(&around, applied, |kind, hash| {
        let mut name = Vec::with_capacity(28);
        write_chain(&mut name, kind, hash);
        into.insert(name);
    });
}

fn remove_chains(around: &Surroundings<'_>, applied: &Applied, from: &mut BTreeSet<ChainName>) {
    let mut name = Vec::with_capacity(28);
    visit_chains(around, applied, |kind, hash| {
        name.clear();
        write_chain(&mut name, kind, hash);
        from.remove(&name);
    });
}
