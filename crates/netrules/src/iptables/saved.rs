//! Reads what iptables-save prints: which chains and jumps are there, and a digest of the rules.

use super::fixed::{CANARY_TABLES, JUMPS, NAT_CHAINS, Table};
use super::names::{CANARY, ChainId, KUBELET_FIREWALL, is_service_chain, sort_for_declaration};
use ahash::{AHashMap, AHashSet};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Number of rules of a chain and a digest of their order, targets and ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainDigest {
    pub rules: u32,
    digest: u64,
}

/// Fed with the output of iptables-save in pieces of any size.
#[derive(Debug, Default)]
pub struct Saved {
    table: Option<Table>,
    /// The start of a line whose end has not come yet. iptables limits a line to about 10 KiB;
    /// more than [`MAX_LINE_BYTES`] is dropped.
    partial: Vec<u8>,
    /// Chains of services and endpoints in the nat table.
    pub service_chains: AHashSet<ChainId>,
    /// Other chains by table whose names begin with `KUBE-`.
    pub own_chains: BTreeSet<(&'static str, Vec<u8>)>,
    /// How often each of [`JUMPS`] is there.
    pub jumps: [u32; JUMPS.len()],
    /// By table and chain, of the chains that the proxy fills.
    digests: AHashMap<(&'static str, Vec<u8>), ChainDigest>,
}

const MAX_LINE_BYTES: usize = 64 * 1024;

/// Chains of which every rule is the proxy's.
fn is_own_chain(name: &[u8]) -> bool {
    is_service_chain(name)
        || super::fixed::FILTER_CHAINS
            .iter()
            .chain(&NAT_CHAINS)
            .any(|own| own.as_bytes() == name)
}

fn token_after<'a>(line: &'a [u8], option: &[u8]) -> &'a [u8] {
    let at = line
        .windows(option.len())
        .position(|window| window == option);
    let rest = at.map_or(&[][..], |at| &line[at + option.len()..]);
    rest.split(|byte| *byte == b' ').next().unwrap_or(&[])
}

impl Saved {
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.partial.is_empty() {
                self.line(line);
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole);
                whole.clear();
                self.partial = whole;
            }
            bytes = rest;
        }
        if self.partial.len() + bytes.len() <= MAX_LINE_BYTES {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn line(&mut self, line: &[u8]) {
        match line.first() {
            Some(b'*') => self.table = Table::parse(line[1..].trim_ascii()),
            Some(b':') => {
                let name = line[1..].split(|byte| *byte == b' ').next().unwrap_or(&[]);
                self.chain(name);
            }
            Some(b'-') if line.starts_with(b"-A ") => self.rule(&line[3..]),
            _ => {}
        }
    }

    fn chain(&mut self, name: &[u8]) {
        let Some(table) = self.table else { return };
        // The line also empties a chain, where text for iptables-restore is read.
        self.digests.remove(&(table.name(), name.to_vec()));
        let service_chain = ChainId::parse(name).filter(|_| table == Table::Nat);
        if let Some(chain) = service_chain {
            self.service_chains.insert(chain);
        } else if name.starts_with(b"KUBE-") {
            self.own_chains.insert((table.name(), name.to_vec()));
        }
    }

    fn rule(&mut self, rule: &[u8]) {
        let Some(table) = self.table else { return };
        let end = rule
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(rule.len());
        let (chain, rest) = rule.split_at(end);
        // Comments hold names and may hold anything that looks like an option.
        let target = token_after_last_jump(rest);
        if is_own_chain(chain) {
            let mut hasher = DefaultHasher::new();
            target.hash(&mut hasher);
            token_after(rest, b"--to-destination ").hash(&mut hasher);
            token_after(rest, b"--dport ").hash(&mut hasher);
            let entry = self
                .digests
                .entry((table.name(), chain.to_vec()))
                .or_default();
            entry.rules += 1;
            entry.digest = entry.digest.rotate_left(9) ^ hasher.finish();
            return;
        }
        for (index, jump) in JUMPS.iter().enumerate() {
            let commented = jump.comment.is_empty()
                || contains(rest, format!("\"{}\"", jump.comment).as_bytes());
            if jump.table == table
                && jump.from.as_bytes() == chain
                && jump.to.as_bytes() == target
                && commented
                && jump.new_only == contains(rest, b"--ctstate NEW")
            {
                self.jumps[index] += 1;
            }
        }
    }

    /// Whether every table still has its canary.
    pub fn has_canaries(&self) -> bool {
        CANARY_TABLES.iter().all(|table| {
            self.own_chains
                .contains(&(table.name(), CANARY.as_bytes().to_vec()))
        })
    }

    pub fn has_own_chain(&self, table: Table, name: &str) -> bool {
        self.own_chains
            .contains(&(table.name(), name.as_bytes().to_vec()))
    }

    /// The first way in which the kernel (self) differs from what should be there; None when
    /// nothing that was looked at does.
    pub fn first_difference(&self, expected: &Saved) -> Option<String> {
        for (jump, count) in JUMPS.iter().zip(self.jumps) {
            if count == 0 {
                return Some(format!("no jump from {} to {}", jump.from, jump.to));
            }
        }
        if !self.has_canaries() {
            return Some(format!("no chain {CANARY}"));
        }
        let mut chains: Vec<_> = expected.digests.keys().chain(self.digests.keys()).collect();
        chains.sort_unstable();
        for chain in chains {
            let wanted = expected.digests.get(chain).copied().unwrap_or_default();
            let there = self.digests.get(chain).copied().unwrap_or_default();
            if wanted != there {
                let name = String::from_utf8_lossy(&chain.1).into_owned();
                return Some(format!(
                    "chain {name} of table {} has {} rules where {} are expected, or other ones",
                    chain.0, there.rules, wanted.rules
                ));
            }
        }
        let unknown = self
            .service_chains
            .difference(&expected.service_chains)
            .min()?;
        let mut name = Vec::new();
        unknown.write(&mut name);
        Some(format!(
            "chain {} is left over",
            String::from_utf8_lossy(&name)
        ))
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn token_after_last_jump(rest: &[u8]) -> &[u8] {
    const JUMP: &[u8] = b" -j ";
    let at = rest.windows(JUMP.len()).rposition(|window| window == JUMP);
    let token = at.map_or(&[][..], |at| &rest[at + JUMP.len()..]);
    token.split(|byte| *byte == b' ').next().unwrap_or(&[])
}

/// The text for iptables-restore that takes away everything of the proxy's, given what is there.
/// Empty when there is nothing.
pub fn removal(saved: &Saved) -> Vec<u8> {
    let mut out = Vec::new();
    for table in CANARY_TABLES {
        let mut chains: Vec<Vec<u8>> = Vec::new();
        if table == Table::Nat {
            let mut ids: Vec<ChainId> = saved.service_chains.iter().copied().collect();
            sort_for_declaration(&mut ids);
            chains.extend(ids.iter().map(|id| {
                let mut name = Vec::new();
                id.write(&mut name);
                name
            }));
        }
        let own = saved.own_chains.iter().filter(|(own_table, name)| {
            *own_table == table.name()
                && (is_own_chain(name) || name == CANARY.as_bytes())
                && name != KUBELET_FIREWALL.as_bytes()
        });
        chains.extend(own.map(|(_, name)| name.clone()));
        let jumps = JUMPS.iter().zip(saved.jumps);
        let jumps: Vec<_> = jumps
            .filter(|(jump, _)| jump.table == table && !jump.is_kubelets())
            .collect();
        if chains.is_empty() && jumps.iter().all(|(_, count)| *count == 0) {
            continue;
        }
        out.extend_from_slice(format!("*{}\n", table.name()).as_bytes());
        for name in &chains {
            out.push(b':');
            out.extend_from_slice(name);
            out.extend_from_slice(b" - [0:0]\n");
        }
        for (jump, count) in jumps {
            for _ in 0..count {
                let line = format!("-D {} {}\n", jump.from, jump.specification());
                out.extend_from_slice(line.as_bytes());
            }
        }
        for name in &chains {
            out.extend_from_slice(b"-X ");
            out.extend_from_slice(name);
            out.push(b'\n');
        }
        out.extend_from_slice(b"COMMIT\n");
    }
    out
}
