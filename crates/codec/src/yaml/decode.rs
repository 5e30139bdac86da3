//! A tree to JSON: aliases are followed, keys that merge are merged, doubled keys are told.
//!
//! First a walk that does what upstream's decoder does, in its order, and so counts and refuses as
//! it does; it leaves the keys of each map. Then the JSON is written from them. Nothing recurses.

use std::collections::HashSet;

use super::keys::{Key, KeyId, Keys};
use super::resolve::{self, Scalar};
use super::tree::{Kind, NodeId, Text, Tree};
use super::{MAX_ALIASED_BYTES, MAX_DUPLICATE_BYTES, MAX_DUPLICATES, Result, YamlError};
use crate::json::text::write_string;
use crate::scalar::number::{write_double, write_int};

pub fn to_json(tree: Tree, texts: Vec<u8>) -> Result<(Vec<u8>, Vec<String>)> {
    let Some(root) = tree.root() else {
        return Ok((b"null".to_vec(), Vec::new()));
    };
    let mut decoder = Decoder {
        resolved: vec![None; tree.nodes.len()],
        following: vec![false; tree.nodes.len()],
        maps: vec![None; tree.nodes.len()],
        tree,
        texts,
        keys: Keys::default(),
        // The document is the first.
        decoded: 1,
        aliased: 0,
        alias_depth: 0,
        frames: Vec::new(),
        open: Vec::new(),
        next_map: 0,
        set: HashSet::new(),
        duplicates: Vec::new(),
        duplicate_bytes: 0,
        unsupported: None,
    };
    decoder.enter(root, false)?;
    while let Some(frame) = decoder.frames.pop() {
        decoder.step(frame)?;
    }
    if let Some(error) = decoder.unsupported.take() {
        return Err(error);
    }
    decoder.sort_maps();
    let json = decoder.write(root)?;
    Ok((json, decoder.duplicates))
}

#[derive(Clone, Copy)]
struct Resolved {
    scalar: Scalar,
    /// Of `!!binary`.
    held: Text,
    /// Once it was a key.
    key: Option<KeyId>,
}

enum Frame {
    Sequence {
        node: NodeId,
        next: usize,
    },
    /// `owned` where it is a map of its own, and not merged into the one that is open.
    Mapping {
        node: NodeId,
        next: usize,
        pending: Option<(KeyId, NodeId)>,
        owned: bool,
    },
    /// Maps of a list that are merged, the last first.
    Merges {
        node: NodeId,
        left: usize,
    },
    Alias {
        node: NodeId,
    },
}

/// Maps with fewer keys are looked through for a doubled one.
const FEW_KEYS: usize = 8;

type Entries = Vec<(KeyId, NodeId)>;

struct Decoder {
    tree: Tree,
    texts: Vec<u8>,
    keys: Keys,
    resolved: Vec<Option<Resolved>>,
    /// Aliases that are being followed.
    following: Vec<bool>,
    /// Of each map node what it holds, in order of its keys' texts.
    maps: Vec<Option<Box<Entries>>>,
    decoded: usize,
    aliased: usize,
    alias_depth: usize,
    frames: Vec<Frame>,
    /// Maps that are being filled, each with a number of its own.
    open: Vec<(u32, Entries)>,
    next_map: u32,
    /// Which keys were set in which map, of those with many.
    set: HashSet<(u32, KeyId)>,
    duplicates: Vec<String>,
    duplicate_bytes: usize,
    unsupported: Option<YamlError>,
}

impl Decoder {
    /// How much of the work aliases may be: all of it in small documents, a tenth in large ones.
    fn count(&mut self) -> Result<()> {
        self.decoded += 1;
        if self.alias_depth > 0 {
            self.aliased += 1;
        }
        let (few, many) = (400_000.0, 4_000_000.0);
        let decoded = self.decoded as f64;
        let allowed = 0.99 - 0.89 * ((decoded - few) / (many - few)).clamp(0.0, 1.0);
        if self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / decoded > allowed {
            return Err(excessive());
        }
        Ok(())
    }

    /// Begins to decode a node; a map that is merged fills the map that is open.
    fn enter(&mut self, id: NodeId, merged: bool) -> Result<()> {
        let mut id = id;
        loop {
            self.count()?;
            match self.tree.node(id).kind {
                Kind::Scalar { .. } => {
                    self.resolve(id)?;
                    return Ok(());
                }
                Kind::Alias { name, target } => {
                    if std::mem::replace(&mut self.following[id as usize], true) {
                        let name = String::from_utf8_lossy(name.of(&self.texts));
                        let message = format!("anchor '{name}' value contains itself");
                        return Err(YamlError::plain(message));
                    }
                    self.alias_depth += 1;
                    self.frames.push(Frame::Alias { node: id });
                    id = target;
                }
                Kind::Sequence(_) => {
                    self.frames.push(Frame::Sequence { node: id, next: 0 });
                    return Ok(());
                }
                Kind::Mapping(_) => {
                    if !merged {
                        self.open.push((self.next_map, Vec::new()));
                        self.next_map += 1;
                    }
                    self.frames.push(Frame::Mapping {
                        node: id,
                        next: 0,
                        pending: None,
                        owned: !merged,
                    });
                    return Ok(());
                }
            }
        }
    }

    fn resolve(&mut self, id: NodeId) -> Result<Resolved> {
        if let Some(resolved) = self.resolved[id as usize] {
            return Ok(resolved);
        }
        let Kind::Scalar {
            text,
            tag,
            implicit,
        } = self.tree.node(id).kind
        else {
            unreachable!("only scalars are resolved");
        };
        let (scalar, binary) = resolve::resolve(text.of(&self.texts), tag, implicit)?;
        let begin = self.texts.len() as u32;
        self.texts
            .extend_from_slice(binary.unwrap_or_default().as_bytes());
        let end = self.texts.len() as u32;
        let resolved = Resolved {
            scalar,
            held: Text { begin, end },
            key: None,
        };
        self.resolved[id as usize] = Some(resolved);
        Ok(resolved)
    }

    fn step(&mut self, frame: Frame) -> Result<()> {
        match frame {
            Frame::Alias { node } => {
                self.following[node as usize] = false;
                self.alias_depth -= 1;
                Ok(())
            }
            Frame::Sequence { node, next } => {
                let Kind::Sequence(children) = self.tree.node(node).kind else {
                    return Ok(());
                };
                if next == children.len() {
                    return Ok(());
                }
                self.frames.push(Frame::Sequence {
                    node,
                    next: next + 1,
                });
                self.enter(self.tree.child(children, next), false)
            }
            Frame::Merges { node, left } => self.merge_next(node, left),
            Frame::Mapping {
                node,
                next,
                pending,
                owned,
            } => {
                if let Some((key, value)) = pending {
                    self.set(key, value);
                }
                self.pair(node, next, owned)
            }
        }
    }

    /// The next pair of a map; at its end the map is done.
    fn pair(&mut self, node: NodeId, next: usize, owned: bool) -> Result<()> {
        let Kind::Mapping(children) = self.tree.node(node).kind else {
            return Ok(());
        };
        if next == children.len() {
            if owned {
                self.finish(node);
            }
            return Ok(());
        }
        let key = self.tree.child(children, next);
        let value = self.tree.child(children, next + 1);
        let merges = self.is_merge(key);
        let pending = if merges {
            None
        } else {
            Some((self.key(key)?, value))
        };
        self.frames.push(Frame::Mapping {
            node,
            next: next + 2,
            pending,
            owned,
        });
        if merges {
            self.merge(value)
        } else {
            self.enter(value, false)
        }
    }

    fn is_merge(&self, id: NodeId) -> bool {
        match self.tree.node(id).kind {
            Kind::Scalar {
                text,
                tag,
                implicit,
            } => (implicit || tag == super::tags::Tag::Merge) && text.of(&self.texts) == b"<<",
            _ => false,
        }
    }

    fn key(&mut self, id: NodeId) -> Result<KeyId> {
        self.count()?;
        let target = match self.tree.node(id).kind {
            Kind::Alias { target, .. } => {
                self.alias_depth += 1;
                let counted = self.count();
                self.alias_depth -= 1;
                counted?;
                target
            }
            _ => id,
        };
        let node = self.tree.node(target);
        let Kind::Scalar { text, .. } = node.kind else {
            let line = self.tree.node(id).line as usize + 1;
            let problem = "invalid map key: a map or a list";
            return Err(YamlError {
                line,
                ..YamlError::plain(problem)
            });
        };
        let resolved = self.resolve(target)?;
        if let Some(key) = resolved.key {
            return Ok(key);
        }
        let Resolved { scalar, held, .. } = resolved;
        let key = self
            .keys
            .intern(scalar, text.of(&self.texts), held, &self.texts);
        self.resolved[target as usize] = Some(Resolved {
            key: Some(key),
            ..resolved
        });
        Ok(key)
    }

    fn is_map(&self, id: NodeId) -> bool {
        let id = match self.tree.node(id).kind {
            Kind::Alias { target, .. } => target,
            _ => id,
        };
        matches!(self.tree.node(id).kind, Kind::Mapping(_))
    }

    fn merge(&mut self, value: NodeId) -> Result<()> {
        if let Kind::Sequence(maps) = self.tree.node(value).kind {
            self.frames.push(Frame::Merges {
                node: value,
                left: maps.len(),
            });
            return Ok(());
        }
        self.merge_one(value)
    }

    fn merge_next(&mut self, node: NodeId, left: usize) -> Result<()> {
        let (Kind::Sequence(maps), Some(left)) = (self.tree.node(node).kind, left.checked_sub(1))
        else {
            return Ok(());
        };
        self.frames.push(Frame::Merges { node, left });
        self.merge_one(self.tree.child(maps, left))
    }

    fn merge_one(&mut self, map: NodeId) -> Result<()> {
        if !self.is_map(map) {
            let message = "map merge requires map or sequence of maps as the value";
            return Err(YamlError::plain(message));
        }
        self.enter(map, true)
    }

    /// The last of equal keys counts.
    fn set(&mut self, key: KeyId, value: NodeId) {
        let Some((map, entries)) = self.open.last_mut() else {
            return;
        };
        let known = if entries.len() < FEW_KEYS {
            entries.iter().any(|entry| entry.0 == key)
        } else {
            if entries.len() == FEW_KEYS {
                self.set.extend(entries.iter().map(|entry| (*map, entry.0)));
            }
            !self.set.insert((*map, key))
        };
        entries.push((key, value));
        let Key { scalar, text } = self.keys.key(key);
        let text = text.as_deref().unwrap_or_default();
        if known {
            let room = MAX_DUPLICATE_BYTES.saturating_sub(self.duplicate_bytes);
            if self.duplicates.len() < MAX_DUPLICATES && text.len() < room {
                let line = self.tree.node(value).line + 1;
                let quoted = resolve::quoted_key(*scalar, text);
                self.duplicate_bytes += quoted.len();
                self.duplicates
                    .push(format!("line {line}: key {quoted} already set in map"));
            }
        }
        if self.unsupported.is_none() && matches!(scalar, Scalar::Null | Scalar::Uint(_)) {
            let kind = if *scalar == Scalar::Null {
                "%!s(<nil>)"
            } else {
                "uint64"
            };
            let quoted = resolve::quoted_key(*scalar, text);
            let message = format!("unsupported map key of type: {kind}, key: {quoted}");
            self.unsupported = Some(YamlError::conversion(message));
        }
    }

    fn finish(&mut self, node: NodeId) {
        if let Some((_, entries)) = self.open.pop() {
            self.maps[node as usize].get_or_insert_with(|| Box::new(entries));
        }
    }

    /// Puts the entries of every map in the order of their keys' texts; of equal ones the last
    /// stays. Texts are compared once for the whole document.
    fn sort_maps(&mut self) {
        let ranks = self.keys.ranks();
        for entries in self.maps.iter_mut().flatten() {
            // The last of equal ones first, so that it is the one that stays.
            entries.reverse();
            entries.sort_by_key(|entry| ranks[entry.0 as usize]);
            entries.dedup_by_key(|entry| ranks[entry.0 as usize]);
        }
    }

    fn entries(&self, node: NodeId) -> &[(KeyId, NodeId)] {
        self.maps[node as usize]
            .as_deref()
            .map_or(&[], Vec::as_slice)
    }

    fn write(&self, root: NodeId) -> Result<Vec<u8>> {
        let mut writer = Writer {
            decoder: self,
            out: Vec::with_capacity(self.texts.len() + 16 * self.tree.nodes.len()),
            frames: Vec::new(),
            alias_depth: 0,
            aliased: 0,
        };
        writer.value(root)?;
        while let Some((node, next, aliased)) = writer.frames.pop() {
            writer.step(node, next, aliased)?;
        }
        Ok(writer.out)
    }
}

struct Writer<'t> {
    decoder: &'t Decoder,
    out: Vec<u8>,
    /// Collections that are open, the place of what comes next, and whether an alias led there.
    frames: Vec<(NodeId, usize, bool)>,
    alias_depth: usize,
    aliased: usize,
}

impl Writer<'_> {
    fn value(&mut self, id: NodeId) -> Result<()> {
        let (id, is_alias) = match self.decoder.tree.node(id).kind {
            Kind::Alias { target, .. } => (target, true),
            _ => (id, false),
        };
        match self.decoder.tree.node(id).kind {
            Kind::Scalar { text, .. } => {
                let text = text.of(&self.decoder.texts);
                let Some(resolved) = self.decoder.resolved[id as usize] else {
                    return Ok(());
                };
                self.spend(is_alias, 8 + text.len())?;
                self.scalar(resolved, text)?;
            }
            Kind::Sequence(_) => self.open(b'[', id, is_alias)?,
            _ => self.open(b'{', id, is_alias)?,
        }
        Ok(())
    }

    /// Accounts for what aliases repeat.
    fn spend(&mut self, is_alias: bool, bytes: usize) -> Result<()> {
        if is_alias || self.alias_depth > 0 {
            self.aliased += bytes;
            if self.aliased > MAX_ALIASED_BYTES {
                return Err(excessive());
            }
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8, id: NodeId, is_alias: bool) -> Result<()> {
        self.spend(is_alias, 2)?;
        self.alias_depth += usize::from(is_alias);
        self.out.push(bracket);
        self.frames.push((id, 0, is_alias));
        Ok(())
    }

    fn scalar(&mut self, resolved: Resolved, text: &[u8]) -> Result<()> {
        let out = &mut self.out;
        match resolved.scalar {
            Scalar::Null => out.extend_from_slice(b"null"),
            Scalar::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Scalar::Int(value) => write_int(out, value),
            Scalar::Uint(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Scalar::Float(value) if value.is_finite() => write_double(out, value),
            Scalar::Float(value) => {
                let name = if value.is_nan() {
                    "NaN"
                } else if value > 0.0 {
                    "+Inf"
                } else {
                    "-Inf"
                };
                let message = format!("json: unsupported value: {name}");
                return Err(YamlError::conversion(message));
            }
            Scalar::Text => write_string(out, text),
            Scalar::Binary => write_string(out, resolved.held.of(&self.decoder.texts)),
        }
        Ok(())
    }

    fn step(&mut self, node: NodeId, next: usize, is_alias: bool) -> Result<()> {
        let decoder = self.decoder;
        let (length, closing, value) = match decoder.tree.node(node).kind {
            Kind::Sequence(children) => {
                let length = children.len();
                let value = (next < length).then(|| decoder.tree.child(children, next));
                (length, b']', value)
            }
            _ => {
                let entries = decoder.entries(node);
                let value = entries.get(next).map(|entry| entry.1);
                (entries.len(), b'}', value)
            }
        };
        let Some(value) = value else {
            self.out.push(closing);
            self.alias_depth -= usize::from(is_alias);
            return Ok(());
        };
        debug_assert!(next < length);
        if next > 0 {
            self.out.push(b',');
        }
        if closing == b'}' {
            let entries = decoder.entries(node);
            let text = decoder.keys.key(entries[next].0).text.as_deref();
            let text = text.unwrap_or_default();
            self.spend(false, text.len() + 4)?;
            write_string(&mut self.out, text);
            self.out.push(b':');
        }
        self.frames.push((node, next + 1, is_alias));
        self.value(value)
    }
}

fn excessive() -> YamlError {
    YamlError::plain("document contains excessive aliasing")
}
