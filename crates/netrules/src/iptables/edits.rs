//! Collects what a partial sync writes.

use super::applied::{Applied, PORT_KINDS, count_lines, reachable};
use super::names::{ChainId, ChainKind, Hash, sort_for_declaration, write_declarations};
use super::order::Weights;
use super::rules::{PortRules, SHARED_CHAINS, SharedChain, SharedRules, Surroundings};
use crate::address::write_number;
use ahash::AHashSet;

#[derive(Default)]
pub struct Edits {
    /// Whole command lines by shared chain.
    pub shared: SharedRules,
    /// Rules deleted or inserted, by shared chain.
    pub counts: Weights,
    chains: Vec<ChainId>,
    rules: Vec<u8>,
    /// Chains that were there before and that nothing wanted yet.
    dead: AHashSet<ChainId>,
}

impl Edits {
    /// Brings one service's rules in each shared chain from `before` to `after`. `places` says how
    /// many rules of other services come first, `totals` how many rules there are in the end.
    pub fn edit_shared(
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
                    let place = u64::from(places[index]) + number as u64 + 1;
                    put_command(out, "-I ", chain, Some(place));
                }
                out.extend_from_slice(rule);
                self.counts[index] += 1;
            }
        }
    }

    /// Brings one service's own chains from `old` to `new`; a chain that was there stays untouched
    /// where its text is the same.
    pub fn edit_own(
        &mut self,
        around: &Surroundings<'_>,
        old: Option<&Applied>,
        new: Option<&Applied>,
    ) {
        let old_ports: Vec<PortRules<'_>> = old
            .map(|old| old.ports(around).collect())
            .unwrap_or_default();
        if let Some(old) = old {
            old.visit_chains(around, |chain| {
                self.dead.insert(chain);
            });
        }
        for port in new.into_iter().flat_map(|new| new.ports(around)) {
            let old_port = old_ports.iter().find(|old| old.hash == port.hash);
            self.edit_port(&port, old_port);
        }
    }

    fn edit_port(&mut self, new: &PortRules<'_>, old: Option<&PortRules<'_>>) {
        let (mut text, mut old_text) = (Vec::new(), Vec::new());
        for kind in PORT_KINDS.into_iter().filter(|kind| new.has_chain(*kind)) {
            let chain = ChainId {
                kind,
                hash: *new.hash,
            };
            self.dead.remove(&chain);
            text.clear();
            new.write_chain_rules(kind, &mut text);
            if let Some(old) = old.filter(|old| old.has_chain(kind)) {
                old_text.clear();
                old.write_chain_rules(kind, &mut old_text);
                if old_text == text {
                    continue;
                }
            }
            self.chains.push(chain);
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
            let chain = ChainId {
                kind: ChainKind::Endpoint,
                hash: *hash,
            };
            self.dead.remove(&chain);
            if !unchanged.contains(hash) {
                self.chains.push(chain);
                new.write_endpoint(endpoint, hash, &mut self.rules);
            }
        }
    }

    /// The text for iptables-restore; None when there is nothing to do.
    pub fn into_text(mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let shared = &self.shared;
        let texts = |in_nat: bool| {
            let chains = SHARED_CHAINS
                .into_iter()
                .filter(move |chain| chain.in_nat() == in_nat);
            chains.map(|chain| &shared[chain as usize])
        };
        if texts(false).any(|text| !text.is_empty()) {
            text.extend_from_slice(b"*filter\n");
            texts(false).for_each(|edits| text.extend_from_slice(edits));
            text.extend_from_slice(b"COMMIT\n");
        }
        let own = !self.chains.is_empty() || !self.dead.is_empty();
        if own || texts(true).any(|text| !text.is_empty()) {
            text.extend_from_slice(b"*nat\n");
            sort_for_declaration(&mut self.chains);
            write_declarations(&mut text, &self.chains);
            text.extend_from_slice(&self.rules);
            texts(true).for_each(|edits| text.extend_from_slice(edits));
            write_removals(&mut text, &self.dead);
            text.extend_from_slice(b"COMMIT\n");
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Empties and removes chains.
pub fn write_removals(out: &mut Vec<u8>, dead: &AHashSet<ChainId>) {
    let mut chains: Vec<ChainId> = dead.iter().copied().collect();
    sort_for_declaration(&mut chains);
    write_declarations(out, &chains);
    for chain in &chains {
        out.extend_from_slice(b"-X ");
        chain.write(out);
        out.push(b'\n');
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

/// Appends rules to a shared chain.
pub fn append_rules(out: &mut Vec<u8>, chain: SharedChain, rules: &[u8]) {
    for rule in rules.split_inclusive(|byte| *byte == b'\n') {
        put_command(out, "-A ", chain, None);
        out.extend_from_slice(rule);
    }
}
