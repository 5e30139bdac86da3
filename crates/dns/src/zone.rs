//! The cluster's zone: what is kept of its objects, and how it is found.

use crate::input::{self, InputError, Key, key_of, slice_key};
use crate::model::{Addresses, Service, Slice};
use crate::name::{Name, label_of};
use ahash::{AHashMap, AHashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How a zone is answered for.
#[derive(Clone, Debug)]
pub struct ZoneOptions {
    /// The cluster's domain, for example `cluster.local`.
    pub domain: String,
    /// Seconds of every record of an object.
    pub ttl: u32,
    /// Where this server is reached, for the zone's NS records.
    pub server_addresses: Vec<IpAddr>,
}

/// A kind of object, each of which is listed by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Namespace,
    Service,
    EndpointSlice,
}

/// Everything of one service's name: the service and its slices, either of which may come first.
#[derive(Default)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) service: Option<Service>,
    service_generation: u32,
    pub(crate) slices: Vec<u32>,
    /// Each address of a headless service's endpoints once.
    pub(crate) v4: Box<[Ipv4Addr]>,
    pub(crate) v6: Box<[Ipv6Addr]>,
}

pub(crate) struct KeptSlice {
    pub(crate) entry: u32,
    pub(crate) slice: Slice,
    generation: u32,
    name: Box<str>,
}

/// The ids of what has an address: nearly always one.
enum Ids {
    One(u32),
    Many(Vec<u32>),
}

impl Ids {
    fn as_slice(&self) -> &[u32] {
        match self {
            Ids::One(id) => std::slice::from_ref(id),
            Ids::Many(ids) => ids,
        }
    }

    fn add(&mut self, id: u32) {
        match self {
            Ids::One(one) if *one == id => {}
            Ids::One(one) => *self = Ids::Many(vec![*one, id]),
            Ids::Many(ids) => {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
    }

    /// Whether nothing is left.
    fn remove(&mut self, id: u32) -> bool {
        match self {
            Ids::One(one) => *one == id,
            Ids::Many(ids) => {
                ids.retain(|one| *one != id);
                ids.is_empty()
            }
        }
    }
}

/// Values under small numbers that are used again.
struct Slab<T> {
    values: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    fn new() -> Slab<T> {
        Slab {
            values: Vec::new(),
            free: Vec::new(),
        }
    }

    fn insert(&mut self, value: T) -> u32 {
        if let Some(id) = self.free.pop() {
            self.values[id as usize] = Some(value);
            return id;
        }
        self.values.push(Some(value));
        (self.values.len() - 1) as u32
    }

    fn remove(&mut self, id: u32) -> Option<T> {
        let value = self.values.get_mut(id as usize)?.take();
        if value.is_some() {
            self.free.push(id);
        }
        value
    }

    fn get(&self, id: u32) -> Option<&T> {
        self.values.get(id as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.values.get_mut(id as usize)?.as_mut()
    }
}

/// Answers for one cluster's names. Changes cost what they change: a slice, its own service.
pub struct Zone {
    pub(crate) domain: Name,
    /// Seconds.
    pub(crate) ttl: u32,
    pub(crate) server_addresses: Vec<IpAddr>,
    pub(crate) serial: u32,
    /// Before, nothing is known not to be there.
    pub(crate) synced: bool,
    namespaces: AHashMap<Box<[u8]>, u32>,
    keys: AHashMap<Key, u32>,
    entries: Slab<Entry>,
    slice_keys: AHashMap<Box<str>, u32>,
    slices: Slab<KeptSlice>,
    cluster_ips: AHashMap<IpAddr, Ids>,
    endpoint_ips: AHashMap<IpAddr, Ids>,
    generations: [u32; 3],
    endpoints: usize,
    services: usize,
}

impl Zone {
    /// None where the domain is no name, or so long that no service would fit before it.
    pub fn new(options: &ZoneOptions) -> Option<Zone> {
        let domain = Name::parse(&options.domain)?;
        if domain.labels() == 0 || domain.wire().len() > 120 {
            return None;
        }
        Some(Zone {
            domain,
            ttl: options.ttl,
            server_addresses: options.server_addresses.clone(),
            serial: 0,
            synced: false,
            namespaces: AHashMap::new(),
            keys: AHashMap::new(),
            entries: Slab::new(),
            slice_keys: AHashMap::new(),
            slices: Slab::new(),
            cluster_ips: AHashMap::new(),
            endpoint_ips: AHashMap::new(),
            generations: [0; 3],
            endpoints: 0,
            services: 0,
        })
    }

    /// From now on what is not there does not exist.
    pub fn set_synced(&mut self) {
        if std::mem::replace(&mut self.synced, true) {
            return;
        }
        for id in 0..self.entries.values.len() {
            self.collect_addresses(id as u32);
        }
    }

    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// Where this server is reached.
    pub fn set_server_addresses(&mut self, addresses: Vec<IpAddr>) {
        self.server_addresses = addresses;
    }

    /// The zone's serial: Unix seconds of the last change, which the caller knows.
    pub fn set_serial(&mut self, serial: u32) {
        self.serial = serial;
    }

    pub fn services(&self) -> usize {
        self.services
    }

    /// Addresses of ready endpoints, each as often as a slice has it.
    pub fn endpoints(&self) -> usize {
        self.endpoints
    }

    /// Begins a list of a kind: what is not set again until it ends is gone.
    pub fn begin_list(&mut self, kind: Kind) {
        self.generations[kind as usize] = self.generations[kind as usize].wrapping_add(1);
    }

    /// Ends a list of a kind; how many objects were gone.
    pub fn end_list(&mut self, kind: Kind) -> usize {
        let current = self.generations[kind as usize];
        match kind {
            Kind::Namespace => {
                let before = self.namespaces.len();
                self.namespaces
                    .retain(|_, generation| *generation == current);
                before - self.namespaces.len()
            }
            Kind::Service => {
                let is_gone =
                    |entry: &&Entry| entry.service.is_some() && entry.service_generation != current;
                let all = self.entries.values.iter().flatten().filter(is_gone);
                let keys: Vec<Key> = all.map(|entry| entry.key.clone()).collect();
                for key in &keys {
                    self.remove_service_by_key(key);
                }
                keys.len()
            }
            Kind::EndpointSlice => {
                let all = self.slices.values.iter().flatten();
                let gone = all.filter(|slice| slice.generation != current);
                let names: Vec<Box<str>> = gone.map(|slice| slice.name.clone()).collect();
                for name in &names {
                    self.remove_slice_by_name(name);
                }
                names.len()
            }
        }
    }

    pub fn set_namespace(&mut self, name: &str) {
        if let Some(label) = label_of(name) {
            let generation = self.generations[Kind::Namespace as usize];
            self.namespaces.insert(label.into(), generation);
        }
    }

    pub fn remove_namespace(&mut self, name: &str) -> bool {
        label_of(name).is_some_and(|label| self.namespaces.remove(label.as_slice()).is_some())
    }

    /// A Service as JSON.
    pub fn set_service(&mut self, json: &[u8]) -> Result<(), InputError> {
        let (Some(key), service) = input::service(json)? else {
            return Ok(());
        };
        let generation = self.generations[Kind::Service as usize];
        let id = self.entry_of(key);
        let old = self.entries.get_mut(id).and_then(|entry| {
            entry.service_generation = generation;
            entry.service.take()
        });
        if old.is_none() {
            self.services += 1;
        }
        let is_headless = matches!(service, Service::Headless);
        let changes_kind = is_headless != matches!(old, Some(Service::Headless));
        self.unlink_cluster_ips(id, old.as_ref());
        if let Service::Cluster { ips, .. } = &service {
            for ip in ips {
                link(&mut self.cluster_ips, *ip, id);
            }
        }
        if let Some(entry) = self.entries.get_mut(id) {
            entry.service = Some(service);
        }
        if changes_kind {
            self.collect_addresses(id);
        }
        Ok(())
    }

    pub fn remove_service(&mut self, namespace: &str, name: &str) -> bool {
        key_of(namespace, name).is_some_and(|key| self.remove_service_by_key(&key))
    }

    fn remove_service_by_key(&mut self, key: &[u8]) -> bool {
        let Some(&id) = self.keys.get(key) else {
            return false;
        };
        let old = self
            .entries
            .get_mut(id)
            .and_then(|entry| entry.service.take());
        if old.is_some() {
            self.services -= 1;
        }
        self.unlink_cluster_ips(id, old.as_ref());
        self.collect_addresses(id);
        self.drop_empty(id);
        old.is_some()
    }

    /// An EndpointSlice as JSON.
    pub fn set_endpoint_slice(&mut self, json: &[u8]) -> Result<(), InputError> {
        let read = input::endpoint_slice(json)?;
        let Some(key) = read.service else {
            self.remove_slice_by_name(&read.name);
            return Ok(());
        };
        let generation = self.generations[Kind::EndpointSlice as usize];
        let known = self.slice_keys.get(&read.name).copied();
        if let Some(kept) = known.and_then(|id| self.slices.get_mut(id)) {
            kept.generation = generation;
            let is_same_service = self
                .entries
                .get(kept.entry)
                .is_some_and(|entry| entry.key == key);
            // What is told again in a list is often the same.
            if is_same_service && kept.slice == read.slice {
                return Ok(());
            }
        }
        self.remove_slice_by_name(&read.name);
        let entry = self.entry_of(key);
        let ips: Vec<IpAddr> = read.slice.addresses.iter().collect();
        let id = self.slices.insert(KeptSlice {
            entry,
            slice: read.slice,
            generation,
            name: read.name.clone(),
        });
        self.endpoints += ips.len();
        for ip in ips {
            link(&mut self.endpoint_ips, ip, id);
        }
        self.slice_keys.insert(read.name, id);
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.slices.push(id);
        }
        self.collect_addresses(entry);
        Ok(())
    }

    pub fn remove_endpoint_slice(&mut self, namespace: &str, name: &str) -> bool {
        self.remove_slice_by_name(&slice_key(namespace, name))
    }

    fn remove_slice_by_name(&mut self, name: &str) -> bool {
        let Some(id) = self.slice_keys.remove(name) else {
            return false;
        };
        let Some(kept) = self.slices.remove(id) else {
            return false;
        };
        self.endpoints -= kept.slice.addresses.len();
        for ip in kept.slice.addresses.iter() {
            unlink(&mut self.endpoint_ips, ip, id);
        }
        if let Some(entry) = self.entries.get_mut(kept.entry) {
            entry.slices.retain(|one| *one != id);
        }
        self.collect_addresses(kept.entry);
        self.drop_empty(kept.entry);
        true
    }

    pub(crate) fn has_namespace(&self, label: &[u8]) -> bool {
        self.namespaces.contains_key(label)
    }

    /// By service's and namespace's labels in wire form.
    pub(crate) fn entry(&self, key: &[u8]) -> Option<&Entry> {
        self.entries.get(*self.keys.get(key)?)
    }

    pub(crate) fn slices_of<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'a Slice> {
        let kept = entry.slices.iter().filter_map(|id| self.slices.get(*id));
        kept.map(|kept| &kept.slice)
    }

    /// The service that has a cluster IP.
    pub(crate) fn service_by_ip(&self, ip: IpAddr) -> Option<&Entry> {
        let ids = self.cluster_ips.get(&ip)?;
        self.entries.get(*ids.as_slice().first()?)
    }

    /// Slices that have an endpoint's address, with their services.
    pub(crate) fn slices_by_ip(&self, ip: IpAddr) -> impl Iterator<Item = (&Entry, &Slice)> {
        let ids = self.endpoint_ips.get(&ip).map_or(&[][..], Ids::as_slice);
        ids.iter().filter_map(|id| {
            let kept = self.slices.get(*id)?;
            Some((self.entries.get(kept.entry)?, &kept.slice))
        })
    }

    fn entry_of(&mut self, key: Key) -> u32 {
        if let Some(id) = self.keys.get(&key) {
            return *id;
        }
        let entry = Entry {
            key: key.clone(),
            ..Entry::default()
        };
        let id = self.entries.insert(entry);
        self.keys.insert(key, id);
        id
    }

    fn drop_empty(&mut self, id: u32) {
        let is_empty = |entry: &Entry| entry.service.is_none() && entry.slices.is_empty();
        if self.entries.get(id).is_some_and(is_empty) {
            if let Some(entry) = self.entries.remove(id) {
                self.keys.remove(&entry.key);
            }
        }
    }

    fn unlink_cluster_ips(&mut self, id: u32, service: Option<&Service>) {
        if let Some(Service::Cluster { ips, .. }) = service {
            for ip in ips {
                unlink(&mut self.cluster_ips, *ip, id);
            }
        }
    }

    /// What a headless service's own name resolves to, made when it changes; not before everything
    /// is known, when every slice of a large service would cost all of it.
    fn collect_addresses(&mut self, id: u32) {
        if !self.synced {
            return;
        }
        let Some(entry) = self.entries.get(id) else {
            return;
        };
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        if matches!(entry.service, Some(Service::Headless)) {
            let (mut seen4, mut seen6) = (AHashSet::new(), AHashSet::new());
            for slice in self.slices_of(entry) {
                match &slice.addresses {
                    Addresses::V4(all) => {
                        v4.extend(all.iter().copied().filter(|ip| seen4.insert(*ip)));
                    }
                    Addresses::V6(all) => {
                        v6.extend(all.iter().copied().filter(|ip| seen6.insert(*ip)));
                    }
                }
            }
        }
        if let Some(entry) = self.entries.get_mut(id) {
            (entry.v4, entry.v6) = (v4.into(), v6.into());
        }
    }
}

fn link(index: &mut AHashMap<IpAddr, Ids>, ip: IpAddr, id: u32) {
    index
        .entry(ip)
        .and_modify(|ids| ids.add(id))
        .or_insert(Ids::One(id));
}

fn unlink(index: &mut AHashMap<IpAddr, Ids>, ip: IpAddr, id: u32) {
    if index.get_mut(&ip).is_some_and(|ids| ids.remove(id)) {
        index.remove(&ip);
    }
}
