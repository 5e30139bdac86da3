//! A document's nodes. Texts and children lie in two vectors, so that a node is small.

use super::tags::Tag;

/// A piece of the scanner's texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text {
    pub begin: u32,
    pub end: u32,
}

impl Text {
    pub fn of(self, texts: &[u8]) -> &[u8] {
        &texts[self.begin as usize..self.end as usize]
    }
}

pub type NodeId = u32;

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Scalar {
        text: Text,
        tag: Tag,
        /// Plain and without a tag, or with the tag `!`.
        implicit: bool,
    },
    Alias {
        name: Text,
        target: NodeId,
    },
    Sequence(Children),
    /// Keys and values in turn.
    Mapping(Children),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Children {
    begin: u32,
    end: u32,
}

impl Children {
    pub fn len(self) -> usize {
        (self.end - self.begin) as usize
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// From 0.
    pub line: u32,
    pub kind: Kind,
}

#[derive(Debug, Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
    children: Vec<NodeId>,
    /// Of collections that are still open, and the root.
    pending: Vec<NodeId>,
    open: Vec<(NodeId, usize)>,
}

impl Tree {
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id as usize]
    }

    pub fn child(&self, children: Children, place: usize) -> NodeId {
        self.children[children.begin as usize + place]
    }

    pub fn root(&self) -> Option<NodeId> {
        self.pending.first().copied()
    }

    pub fn add(&mut self, line: usize, kind: Kind) -> NodeId {
        let id = self.nodes.len() as NodeId;
        let line = line as u32;
        self.nodes.push(Node { line, kind });
        self.pending.push(id);
        id
    }

    /// What is added next is in it, until it is closed.
    pub fn open(&mut self, line: usize, kind: Kind) -> NodeId {
        let id = self.add(line, kind);
        self.open.push((id, self.pending.len()));
        id
    }

    pub fn close(&mut self) {
        let Some((id, first)) = self.open.pop() else {
            return;
        };
        let begin = self.children.len() as u32;
        self.children.extend(self.pending.drain(first..));
        let children = Children {
            begin,
            end: self.children.len() as u32,
        };
        let node = &mut self.nodes[id as usize];
        node.kind = match node.kind {
            Kind::Mapping(_) => Kind::Mapping(children),
            _ => Kind::Sequence(children),
        };
    }
}
