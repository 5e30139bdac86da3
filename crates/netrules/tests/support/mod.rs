//! A model of what the kernel holds, changed by the text that iptables-restore --noflush reads.

#![allow(clippy::panic)]

use std::collections::BTreeMap;

pub type Chains = BTreeMap<String, Vec<String>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    pub tables: BTreeMap<String, Chains>,
}

const BUILT_IN: [(&str, &[&str]); 3] = [
    ("filter", &["INPUT", "FORWARD", "OUTPUT"]),
    (
        "mangle",
        &["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
    ),
    ("nat", &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]),
];

const TARGETS: [&str; 7] = [
    "ACCEPT",
    "DROP",
    "REJECT",
    "RETURN",
    "MARK",
    "MASQUERADE",
    "DNAT",
];

impl Kernel {
    pub fn empty() -> Kernel {
        let chains = |names: &[&str]| {
            names
                .iter()
                .map(|name| (name.to_string(), vec![]))
                .collect()
        };
        let tables = BUILT_IN
            .iter()
            .map(|(table, names)| (table.to_string(), chains(names)));
        Kernel {
            tables: tables.collect(),
        }
    }

    /// Applies the text, table by table; panics where iptables-restore would refuse a line.
    pub fn restore(&mut self, text: &str) {
        let mut current: Option<(String, Chains)> = None;
        for (number, line) in text.lines().enumerate() {
            let fail = |reason: &str| -> ! { panic!("line {}: {reason}: {line}", number + 1) };
            if let Some(name) = line.strip_prefix('*') {
                assert!(current.is_none(), "a table within a table");
                let chains = self
                    .tables
                    .get(name)
                    .unwrap_or_else(|| fail("no such table"));
                current = Some((name.to_string(), chains.clone()));
            } else if line == "COMMIT" {
                let (name, chains) = current.take().unwrap_or_else(|| fail("no table"));
                check_jumps(&chains);
                self.tables.insert(name, chains);
            } else {
                let (_, chains) = current.as_mut().unwrap_or_else(|| fail("no table"));
                if let Err(reason) = apply(chains, line) {
                    fail(&reason);
                }
            }
        }
        assert!(current.is_none(), "no COMMIT at the end");
    }

    /// As iptables-save prints it, more or less.
    pub fn save(&self) -> String {
        let mut text = String::new();
        for (table, chains) in &self.tables {
            text.push_str(&format!("*{table}\n"));
            chains
                .keys()
                .for_each(|name| text.push_str(&format!(":{name} - [0:0]\n")));
            for (name, rules) in chains {
                rules
                    .iter()
                    .for_each(|rule| text.push_str(&format!("-A {name} {rule}\n")));
            }
            text.push_str("COMMIT\n");
        }
        text
    }
}

pub fn target(rule: &str) -> Option<&str> {
    rule.rsplit_once("-j ")
        .map(|(_, rest)| rest.split(' ').next().unwrap_or(""))
}

fn check_jumps(chains: &Chains) {
    for rule in chains.values().flatten() {
        if let Some(target) = target(rule).filter(|target| !TARGETS.contains(target)) {
            assert!(
                chains.contains_key(target),
                "a jump to a chain that is not there: {rule}"
            );
        }
    }
}

fn apply(chains: &mut Chains, line: &str) -> Result<(), String> {
    if let Some(rest) = line.strip_prefix(':') {
        let name = rest.strip_suffix(" - [0:0]").ok_or("a bad chain line")?;
        if name.len() > 28 {
            return Err("a chain name longer than 28 characters".into());
        }
        chains.insert(name.to_string(), Vec::new());
        return Ok(());
    }
    let (command, rest) = line.split_once(' ').ok_or("no command")?;
    let (name, rule) = rest.split_once(' ').unwrap_or((rest, ""));
    if let Some(target) = target(rule).filter(|target| !TARGETS.contains(target)) {
        if command != "-D" && !chains.contains_key(target) {
            return Err(format!("no chain {target} yet"));
        }
    }
    let rules = chains.get_mut(name).ok_or("no such chain")?;
    match command {
        "-A" => rules.push(rule.to_string()),
        "-I" => {
            let (place, rule) = match rule.split_once(' ') {
                Some((place, rest)) if place.bytes().all(|byte| byte.is_ascii_digit()) => (
                    place.parse::<usize>().map_err(|error| error.to_string())?,
                    rest,
                ),
                _ => (1, rule),
            };
            if place == 0 || place > rules.len() + 1 {
                return Err("index of insertion too big".into());
            }
            rules.insert(place - 1, rule.to_string());
        }
        "-D" => {
            let at = rules
                .iter()
                .position(|there| there == rule)
                .ok_or("no such rule")?;
            rules.remove(at);
        }
        "-X" => {
            if !rules.is_empty() {
                return Err("the chain is not empty".into());
            }
            if chains
                .values()
                .flatten()
                .any(|rule| target(rule) == Some(name))
            {
                return Err("the chain is referenced".into());
            }
            chains.remove(name);
        }
        _ => return Err("an unknown command".into()),
    }
    Ok(())
}
