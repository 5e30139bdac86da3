//! Responses to questions of the cluster's zone.

use crate::find::{Found, Selection, reverse_address};
use crate::model::Slice;
use crate::name::Name;
use crate::query::{HEADER, Query, Read, Transport, rcode, read, record};
use crate::writer::{Owner, QUESTION_NAME, Section, Writer, fail, refuse};
use crate::zone::{Entry, Zone};
use ahash::AHashSet;
use std::net::IpAddr;

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The response is written. Whether it is of the cluster's zone, for counting.
    Answered { code: u8, of_zone: bool, qtype: u16 },
    /// The question is of another zone: nothing is written.
    Forward,
    /// The response is written up to a name of another zone, whose records would come after it, of
    /// the question's type. It can be sent so.
    Chase { target: Box<[u8]> },
    /// Nobody waits for a response.
    Nothing,
}

const VERSION: &[u8] = b"\x051.1.0";
const VERSION_TTL: u32 = 28_800;
const MAX_SOA_TTL: u32 = 300;
/// CNAME records before a chain is given up.
const MAX_CHAIN: usize = 11;

/// A question of the zone while it is answered.
struct Asked<'a, 'o> {
    query: &'a Query<'a>,
    /// Labels before the zone's domain.
    before: usize,
    seed: &'a mut u64,
    out: &'o mut Vec<u8>,
}

impl Asked<'_, '_> {
    /// The name from one of its labels on, where the question has it.
    fn suffix(&self, label: usize) -> u16 {
        QUESTION_NAME + self.query.name.start(label) as u16
    }

    fn zone(&self) -> Owner<'static> {
        Owner {
            labels: &[],
            rest: self.suffix(self.before),
        }
    }
}

const QUESTION: Owner<'static> = Owner {
    labels: &[],
    rest: QUESTION_NAME,
};

impl Zone {
    /// Answers one message into `out`, which is emptied. The seed chooses in which order addresses
    /// stand and is moved on.
    pub fn answer(
        &self,
        message: &[u8],
        transport: Transport,
        seed: &mut u64,
        out: &mut Vec<u8>,
    ) -> Outcome {
        out.clear();
        match read(message, transport) {
            Read::Nothing => Outcome::Nothing,
            Read::Refused(refusal) => {
                refuse(out, &refusal);
                Outcome::Answered {
                    code: refusal.code,
                    of_zone: false,
                    qtype: 0,
                }
            }
            Read::Query(query) => self.answer_query(&query, seed, out),
        }
    }

    /// The same for a query that is read already.
    pub fn answer_query(&self, query: &Query<'_>, seed: &mut u64, out: &mut Vec<u8>) -> Outcome {
        let before = query
            .name
            .labels_before(self.domain.wire(), self.domain.labels());
        let is_transfer = matches!(query.qtype, record::AXFR | record::IXFR);
        let refused = |out: &mut Vec<u8>, code, of_zone| {
            fail(out, query, code);
            Outcome::Answered {
                code,
                of_zone,
                qtype: query.qtype,
            }
        };
        if is_transfer {
            return refused(out, rcode::REFUSED, before.is_some());
        }
        let Some(before) = before else {
            let asks_pointer = query.qtype == record::PTR;
            let Some(ip) = reverse_address(&query.name).filter(|_| asks_pointer) else {
                return Outcome::Forward;
            };
            if !self.synced {
                return refused(out, rcode::SERVER_FAILURE, true);
            }
            return self.pointers(query, ip, out);
        };
        if !self.synced {
            return refused(out, rcode::SERVER_FAILURE, true);
        }
        self.of_zone(Asked {
            query,
            before,
            seed,
            out,
        })
    }

    fn of_zone(&self, asked: Asked<'_, '_>) -> Outcome {
        let name = &asked.query.name;
        let is_apex = asked.before == 0;
        match asked.query.qtype {
            record::A | record::AAAA => self.addresses_of(asked),
            record::SRV => self.service_records(asked),
            record::CNAME => self.canonical_name(asked),
            record::TXT => self.text(asked),
            record::SOA if is_apex => self.authority(asked),
            // Nobody looks a name up for it: the zone has one SOA record.
            record::SOA => self.negative(asked, rcode::NO_ERROR),
            record::NS if is_apex => self.name_server_records(asked),
            record::PTR if matches!(self.find(name, asked.before), Found::NameServer) => {
                self.negative(asked, rcode::NAME_ERROR)
            }
            _ => {
                let exists = self.exists(&self.find(name, asked.before));
                self.negative(asked, code_of(exists))
            }
        }
    }

    /// The zone's SOA record and nothing else.
    fn negative(&self, asked: Asked<'_, '_>, code: u8) -> Outcome {
        let zone = asked.zone();
        let mut writer = Writer::new(asked.out, asked.query, self.ttl.min(MAX_SOA_TTL));
        self.soa(&mut writer, Section::Authority, zone);
        finished(writer, asked.query, code)
    }

    fn soa(&self, writer: &mut Writer<'_>, section: Section, zone: Owner<'_>) {
        writer.record(section, zone, record::SOA, |out| {
            for labels in [&b"\x02ns\x03dns"[..], b"\x0ahostmaster"] {
                out.extend_from_slice(labels);
                out.extend_from_slice(&zone.rest.to_be_bytes());
            }
            for number in [self.serial, 7200, 1800, 86_400, self.ttl] {
                out.extend_from_slice(&number.to_be_bytes());
            }
        });
    }

    fn authority(&self, asked: Asked<'_, '_>) -> Outcome {
        let mut writer = Writer::new(asked.out, asked.query, self.ttl.min(MAX_SOA_TTL));
        self.soa(&mut writer, Section::Answer, QUESTION);
        finished(writer, asked.query, rcode::NO_ERROR)
    }

    fn addresses_of(&self, asked: Asked<'_, '_>) -> Outcome {
        let name = asked.query.name.clone();
        let found = self.find(&name, asked.before);
        if let Found::External(_) = found {
            return self.chain(asked);
        }
        if !self.exists(&found) {
            return self.negative(asked, rcode::NAME_ERROR);
        }
        let mut writer = Writer::new(asked.out, asked.query, self.ttl);
        let kind = asked.query.qtype;
        if !self.write_addresses(&mut writer, QUESTION, kind, &found, asked.seed) {
            return self.negative(asked, rcode::NO_ERROR);
        }
        finished(writer, asked.query, rcode::NO_ERROR)
    }

    /// Whether there is any address of the type.
    fn write_addresses(
        &self,
        writer: &mut Writer<'_>,
        owner: Owner<'_>,
        kind: u16,
        found: &Found<'_, '_>,
        seed: &mut u64,
    ) -> bool {
        if kind == record::A {
            let all = self.v4(found);
            spread::<4>(writer, owner, all.len(), seed, |writer, index| {
                writer.a(Section::Answer, owner, all[index])
            })
        } else {
            let all = self.v6(found);
            spread::<16>(writer, owner, all.len(), seed, |writer, index| {
                writer.aaaa(Section::Answer, owner, all[index])
            })
        }
    }

    /// The names that an ExternalName service leads to. Names of this zone are followed here; they
    /// are shown only where an address comes after them.
    fn chain(&self, asked: Asked<'_, '_>) -> Outcome {
        let mut targets: Vec<&[u8]> = Vec::new();
        let mut name = asked.query.name.clone();
        let mut before = Some(asked.before);
        let (found_at, is_elsewhere) = loop {
            let Some(labels) = before else {
                break (name, true);
            };
            let Found::External(target) = self.find(&name, labels) else {
                break (name, false);
            };
            let Some((next, _)) = Name::read(target) else {
                return self.negative(asked, rcode::NO_ERROR);
            };
            let is_loop = next.labels_before(name.wire(), name.labels()).is_some()
                || targets.contains(&target);
            if is_loop || targets.len() >= MAX_CHAIN {
                return self.negative(asked, rcode::NO_ERROR);
            }
            targets.push(target);
            before = next.labels_before(self.domain.wire(), self.domain.labels());
            name = next;
        };
        let mut writer = Writer::new(asked.out, asked.query, self.ttl);
        let mut owner = QUESTION;
        for target in &targets {
            owner = canonical(&mut writer, owner, target);
        }
        if is_elsewhere {
            writer.finish(asked.query, rcode::NO_ERROR);
            let target = targets.last().copied().unwrap_or_default().into();
            return Outcome::Chase { target };
        }
        let found = self.find(&found_at, before.unwrap_or(0));
        let kind = asked.query.qtype;
        let exists = self.exists(&found);
        if !exists || !self.write_addresses(&mut writer, owner, kind, &found, asked.seed) {
            return self.negative(asked, rcode::NO_ERROR);
        }
        finished(writer, asked.query, rcode::NO_ERROR)
    }

    fn canonical_name(&self, asked: Asked<'_, '_>) -> Outcome {
        let name = asked.query.name.clone();
        let found = self.find(&name, asked.before);
        let Found::External(target) = found else {
            let exists = self.exists(&found);
            return self.negative(asked, code_of(exists));
        };
        let mut writer = Writer::new(asked.out, asked.query, self.ttl);
        canonical(&mut writer, QUESTION, target);
        finished(writer, asked.query, rcode::NO_ERROR)
    }

    fn text(&self, asked: Asked<'_, '_>) -> Outcome {
        let name = &asked.query.name;
        if asked.before == 1 && name.label(0) == b"dns-version" {
            let mut writer = Writer::new(asked.out, asked.query, VERSION_TTL);
            writer.record(Section::Answer, QUESTION, record::TXT, |out| {
                out.extend_from_slice(VERSION);
            });
            return finished(writer, asked.query, rcode::NO_ERROR);
        }
        let found = self.find(name, asked.before);
        // As upstream: names without any record have no text either.
        let has_records =
            !matches!(found, Found::Nothing | Found::NameServer) && self.exists(&found);
        self.negative(asked, code_of(has_records))
    }

    fn name_server_records(&self, asked: Asked<'_, '_>) -> Outcome {
        let servers = self.name_servers();
        if servers.is_empty() {
            return self.negative(asked, rcode::NO_ERROR);
        }
        let names: Vec<Vec<u8>> = servers
            .iter()
            .map(|(labels, _)| match labels {
                Some(labels) => [labels, &b"\x03svc"[..]].concat(),
                None => b"\x02ns\x03dns".to_vec(),
            })
            .collect();
        let mut writer = Writer::new(asked.out, asked.query, self.ttl);
        let mut seen = AHashSet::new();
        for name in names.iter().filter(|name| seen.insert(*name)) {
            writer.record(Section::Answer, QUESTION, record::NS, |out| {
                out.extend_from_slice(name);
                out.extend_from_slice(&QUESTION_NAME.to_be_bytes());
            });
        }
        for (name, (_, ip)) in names.iter().zip(&servers) {
            let owner = Owner {
                labels: name,
                rest: QUESTION_NAME,
            };
            address(&mut writer, owner, *ip);
        }
        finished(writer, asked.query, rcode::NO_ERROR)
    }

    fn pointers(&self, query: &Query<'_>, ip: IpAddr, out: &mut Vec<u8>) -> Outcome {
        let mut writer = Writer::new(out, query, self.ttl);
        let domain = self.domain.wire();
        let mut write = |label: &[u8], entry: &Entry| {
            writer.record(Section::Answer, QUESTION, record::PTR, |out| {
                if !label.is_empty() {
                    out.push(label.len() as u8);
                    out.extend_from_slice(label);
                }
                out.extend_from_slice(&entry.key);
                out.extend_from_slice(b"\x03svc");
                out.extend_from_slice(domain);
            })
        };
        if let Some(entry) = self.service_by_ip(ip) {
            write(&[], entry);
            return finished(writer, query, rcode::NO_ERROR);
        }
        let mut seen = AHashSet::new();
        for (entry, slice) in self.slices_by_ip(ip) {
            let same = (0..slice.addresses.len()).filter(|at| slice.addresses.is_at(*at, ip));
            for index in same {
                let mut label = Vec::new();
                slice.label(index, &mut label);
                if !seen.contains(&(entry.key.as_ref(), label.clone())) {
                    write(&label, entry);
                    seen.insert((entry.key.as_ref(), label));
                }
            }
        }
        if seen.is_empty() {
            out.clear();
            return Outcome::Forward;
        }
        finished(writer, query, rcode::NO_ERROR)
    }

    fn service_records(&self, asked: Asked<'_, '_>) -> Outcome {
        let name = asked.query.name.clone();
        let found = self.find(&name, asked.before);
        if !self.exists(&found) {
            return self.negative(asked, rcode::NAME_ERROR);
        }
        // Three labels before the domain: what is found, its namespace, `svc` or `pod`.
        let target = asked.before.saturating_sub(3);
        let suffix = asked.suffix(target);
        let whole = &asked.query.question[name.start(target)..name.wire().len()];
        let mut writer = Writer::new(asked.out, asked.query, self.ttl);
        let start = writer.position();
        let mut srv = Services {
            writer: &mut writer,
            suffix,
            whole,
            label: Vec::new(),
        };
        match &found {
            Found::Pod(ip) => {
                srv.record(100, 0);
                srv.address(*ip);
            }
            Found::Cluster {
                ips,
                ports,
                selection,
            } => {
                let taken = ports.iter().filter(|port| selection.takes(port));
                let weight = weight(taken.clone().count() * ips.len());
                let mut seen = AHashSet::new();
                for port in taken.filter(|port| port.port != -1) {
                    if !ips.is_empty() && seen.insert(port.port) {
                        srv.record(weight, port.port as u16);
                    }
                }
                // A service without ports has no record, nor what would belong to one.
                for ip in ips.iter().filter(|_| !seen.is_empty()) {
                    srv.address(*ip);
                }
            }
            Found::Endpoints { entry, selection } => {
                let slices: Vec<&Slice> = self.slices_of(entry).collect();
                srv.endpoints(&slices, selection);
            }
            _ => {}
        }
        if writer.position() == start && !writer.is_truncated() {
            return self.negative(asked, rcode::NO_ERROR);
        }
        finished(writer, asked.query, rcode::NO_ERROR)
    }
}

/// SRV records of one question. Their targets are never compressed (RFC 2782).
struct Services<'w, 'b, 'q> {
    writer: &'w mut Writer<'b>,
    /// Where the service's name stands in the question.
    suffix: u16,
    /// The same, in wire form.
    whole: &'q [u8],
    /// The endpoint's own label with its length, or nothing.
    label: Vec<u8>,
}

impl Services<'_, '_, '_> {
    fn record(&mut self, weight: u16, port: u16) -> bool {
        let (label, whole) = (&self.label, self.whole);
        self.writer
            .record(Section::Answer, QUESTION, record::SRV, |out| {
                out.extend_from_slice(&[0, 0]);
                out.extend_from_slice(&weight.to_be_bytes());
                out.extend_from_slice(&port.to_be_bytes());
                out.extend_from_slice(label);
                out.extend_from_slice(whole);
            })
    }

    fn address(&mut self, ip: IpAddr) -> bool {
        let owner = Owner {
            labels: &self.label,
            rest: self.suffix,
        };
        address(self.writer, owner, ip)
    }

    fn set_label(&mut self, slice: &Slice, index: u32) {
        self.label.clear();
        self.label.push(0);
        slice.label(index as usize, &mut self.label);
        self.label[0] = (self.label.len() - 1) as u8;
    }

    fn endpoints(&mut self, slices: &[&Slice], selection: &Selection<'_>) {
        let chosen: Vec<(&Slice, Vec<u32>)> = slices
            .iter()
            .map(|slice| (*slice, selection.endpoints(slice)))
            .collect();
        let taken = |slice: &Slice| {
            slice
                .ports
                .iter()
                .filter(|port| selection.takes(port))
                .count()
        };
        let total = chosen
            .iter()
            .map(|(slice, indexes)| indexes.len() * taken(slice))
            .sum();
        let weight = weight(total);
        let mut seen: AHashSet<(Vec<u8>, i32)> = AHashSet::new();
        for (slice, indexes) in &chosen {
            let ports = slice.ports.iter().filter(|port| selection.takes(port));
            for port in ports.filter(|port| port.port != -1) {
                for index in indexes {
                    self.set_label(slice, *index);
                    if !seen.insert((self.label.clone(), port.port)) {
                        continue;
                    }
                    if !self.record(weight, port.port as u16) {
                        return;
                    }
                }
            }
        }
        let mut seen: AHashSet<(Vec<u8>, IpAddr)> = AHashSet::new();
        for (slice, indexes) in &chosen {
            let mut ports = slice.ports.iter().filter(|port| selection.takes(port));
            if !ports.any(|port| port.port != -1) {
                continue;
            }
            for index in indexes {
                let Some(ip) = slice.addresses.get(*index as usize) else {
                    continue;
                };
                self.set_label(slice, *index);
                if seen.insert((self.label.clone(), ip)) && !self.address(ip) {
                    return;
                }
            }
        }
    }
}

/// Ends a response of the zone.
fn finished(writer: Writer<'_>, query: &Query<'_>, code: u8) -> Outcome {
    writer.finish(query, code);
    Outcome::Answered {
        code,
        of_zone: true,
        qtype: query.qtype,
    }
}

fn code_of(exists: bool) -> u8 {
    if exists {
        rcode::NO_ERROR
    } else {
        rcode::NAME_ERROR
    }
}

/// What remains of 100 for each of so many, and at least 1.
fn weight(count: usize) -> u16 {
    (100 / count.max(1)).max(1) as u16
}

fn address(writer: &mut Writer<'_>, owner: Owner<'_>, ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => writer.a(Section::Additional, owner, ip),
        IpAddr::V6(ip) => writer.aaaa(Section::Additional, owner, ip),
    }
}

/// A CNAME record; where its target stands, for the next one.
fn canonical(writer: &mut Writer<'_>, owner: Owner<'_>, target: &[u8]) -> Owner<'static> {
    let mut at = 0;
    writer.record(Section::Answer, owner, record::CNAME, |out| {
        at = out.len();
        out.extend_from_slice(target);
    });
    Owner {
        labels: &[],
        rest: 0xc000 | (at.max(HEADER) as u16 & 0x3fff),
    }
}

/// The next number of a seed (splitmix64).
pub fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number below another, which is not 0.
fn below(seed: &mut u64, limit: usize) -> usize {
    ((u128::from(next(seed)) * limit as u128) >> 64) as usize
}

/// Writes as many of the addresses as fit, in an order that the seed chooses; false where there are
/// none. Costs what is written, however many there are.
fn spread<const SIZE: usize>(
    writer: &mut Writer<'_>,
    owner: Owner<'_>,
    count: usize,
    seed: &mut u64,
    write: impl Fn(&mut Writer<'_>, usize) -> bool,
) -> bool {
    if count == 0 {
        return false;
    }
    let size = owner.labels.len() + 2 + 10 + SIZE;
    let room = writer.room(size);
    let start = writer.position();
    let (mut at, step) = if count <= room {
        (0, 1)
    } else {
        (below(seed, count), stride(seed, count))
    };
    for _ in 0..count.min(room) {
        write(writer, at);
        at = (at + step) % count;
    }
    if count > room {
        writer.mark_truncated();
    }
    shuffle::<SIZE>(writer.since(start), size, seed);
    true
}

/// A step that comes to every one of `count` places before it comes to one twice.
fn stride(seed: &mut u64, count: usize) -> usize {
    for _ in 0..8 {
        let step = 1 + below(seed, count);
        let (mut a, mut b) = (step, count);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        if a == 1 {
            return step;
        }
    }
    1
}

/// Changes places of the data at the end of records of one size.
fn shuffle<const SIZE: usize>(records: &mut [u8], size: usize, seed: &mut u64) {
    let count = records.len() / size;
    for last in (1..count).rev() {
        let other = below(seed, last + 1);
        if other != last {
            let (front, back) = records.split_at_mut(last * size);
            let data = size - SIZE;
            let from = other * size + data;
            front[from..from + SIZE].swap_with_slice(&mut back[data..data + SIZE]);
        }
    }
}
