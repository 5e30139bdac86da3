//! From changes of the desired state to the text that brings the kernel there.

use super::applied::{Applied, RuleCounts, weights_of};
use super::config::{Config, NodePortAddresses};
use super::edits::{Edits, append_rules, write_removals};
use super::fixed::{
    JUMPS, Table, rule_counts, write_chain_line, write_filter_head, write_forward_rules,
    write_mangle, write_nat_head, write_node_port_jumps,
};
use super::names::{ChainId, sort_for_declaration, write_declarations};
use super::order::OrderIndex;
use super::rules::{SHARED_CHAINS, SharedChain, SharedRules, Surroundings};
use super::saved::Saved;
use crate::state::{Resolved, State};
use crate::tracked::Tracked;
use ahash::{AHashMap, AHashSet};
use std::collections::BTreeSet;
use std::sync::Arc;

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
    /// Chains that are declared then, and services whose chains' rules follow; only in a full sync.
    chains: Vec<ChainId>,
    next_chain: usize,
    services: Vec<Arc<str>>,
    next_service: usize,
    tail: Vec<u8>,
    stage: Stage,
    /// Text that is ready, and how much of it was handed out.
    ready: Vec<u8>,
    given: usize,
}

impl Plan {
    fn of(head: Vec<u8>) -> Plan {
        Plan {
            head,
            chains: Vec::new(),
            next_chain: 0,
            services: Vec::new(),
            next_service: 0,
            tail: Vec::new(),
            stage: Stage::Head,
            ready: Vec::new(),
            given: 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    Chains,
    Services,
    Tail,
    Done,
}

/// `ready` is refilled up to about this many bytes at a time.
const PIECE_BYTES: usize = 64 * 1024;
const PIECE_CHAINS: usize = 2048;

/// A shared chain is written anew, rather than edited, when more rules than this change in it and
/// they are also more than a part of it: iptables searches the chain for each deletion.
const EDITS_ALWAYS: usize = 32;
const EDITS_PART: usize = 64;

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
        let mut dead: AHashSet<ChainId> = AHashSet::new();
        if self.known {
            let around = Self::surroundings(&self.config, state, self.large);
            for applied in self.applied.values() {
                applied.visit_chains(&around, |chain| {
                    dead.insert(chain);
                });
            }
        }
        if let Some(found) = found {
            dead.extend(found.service_chains.iter().copied());
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
            let applied = Applied::new(&around, resolved, &mut self.scratch);
            let mut own = SharedRules::default();
            applied.write_shared(&around, &mut own);
            self.order.set(&key, Some(weights_of(&own)));
            for (all, own) in shared.iter_mut().zip(&own) {
                all.extend_from_slice(own);
            }
            if !dead.is_empty() {
                applied.visit_chains(&around, |chain| {
                    dead.remove(&chain);
                });
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
        dead: AHashSet<ChainId>,
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
        write_removals(&mut tail, &dead);
        tail.extend_from_slice(b"COMMIT\n");
        let around = Self::surroundings(&self.config, state, self.large);
        let services: Vec<Arc<str>> = self.order.keys().cloned().collect();
        let mut chains = Vec::new();
        for applied in services.iter().filter_map(|key| self.applied.get(key)) {
            applied.visit_chains(&around, |chain| chains.push(chain));
        }
        sort_for_declaration(&mut chains);
        Plan {
            chains,
            services,
            tail,
            ..Plan::of(head)
        }
    }

    fn take(&mut self, key: &str) -> Option<Applied> {
        let old = self.applied.remove(key)?;
        self.endpoints -= old.resolved.endpoint_count();
        self.counts.subtract(&old.counts);
        Some(old)
    }

    fn put(&mut self, key: Arc<str>, applied: Applied) {
        self.endpoints += applied.resolved.endpoint_count();
        self.counts.add(&applied.counts);
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
            let new = resolved.map(|resolved| Applied::new(&around, resolved, &mut self.scratch));
            let (mut before, mut after) = (SharedRules::default(), SharedRules::default());
            if let Some(old) = &old {
                old.write_shared(&around, &mut before);
            }
            if let Some(new) = &new {
                new.write_shared(&around, &mut after);
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
                self.plan = Some(Plan::of(text));
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
                applied.write_shared(&around, &mut shared);
            }
        }
        for chain in heavy {
            let text = &mut edits.shared[chain as usize];
            text.clear();
            write_chain_line(text, chain.name());
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
                    plan.stage = Stage::Chains;
                }
                Stage::Chains => {
                    let end = plan.chains.len().min(plan.next_chain + PIECE_CHAINS);
                    write_declarations(&mut plan.ready, &plan.chains[plan.next_chain..end]);
                    plan.next_chain = end;
                    if end == plan.chains.len() {
                        plan.stage = Stage::Services;
                    }
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
        while plan.ready.len() < PIECE_BYTES {
            let Some(key) = plan.services.get(plan.next_service) else {
                plan.stage = Stage::Tail;
                break;
            };
            plan.next_service += 1;
            if let Some(applied) = self.applied.get(key) {
                applied.write_own(&around, &mut plan.ready);
            }
        }
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
                applied.write_shared(&around, &mut shared);
            }
        }
        let mut plan = self.full_plan(state, &shared, AHashSet::new(), &[false; JUMPS.len()]);
        let mut saved = Saved::default();
        while self.refill(state, &mut plan) {
            saved.feed(&plan.ready);
        }
        saved
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
