//! A file as bbolt has it: buckets of keys in order, in pages of 4 KiB. Pages are planned first,
//! so that it can be sent from its beginning, and made one by one.

const PAGE_BYTES: usize = 4096;
const PAGE_HEAD_BYTES: usize = 16;
/// Of a key in a page, beside key and value.
const ELEMENT_BYTES: usize = 16;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const META: u16 = 4;
const FREELIST: u16 = 0x10;
/// The value of a key is where a bucket begins.
const IS_BUCKET: u32 = 1;
const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
/// Two that say where the rest is, and the list of free ones.
const FIRST_PAGES: u64 = 3;
const FREELIST_PAGE: u64 = 2;

/// The keys of a bucket, rising, with their values.
pub trait Content: Send {
    fn count(&self) -> usize;
    /// How long the key and the value at a place are.
    fn lengths(&self, at: usize) -> (usize, usize);
    fn key(&self, at: usize) -> Vec<u8>;
    fn value(&self, at: usize) -> Vec<u8>;
}

/// A few keys.
impl Content for Vec<(Vec<u8>, Vec<u8>)> {
    fn count(&self) -> usize {
        self.len()
    }

    fn lengths(&self, at: usize) -> (usize, usize) {
        (self[at].0.len(), self[at].1.len())
    }

    fn key(&self, at: usize) -> Vec<u8> {
        self[at].0.clone()
    }

    fn value(&self, at: usize) -> Vec<u8> {
        self[at].1.clone()
    }
}

pub struct Bucket {
    pub name: &'static str,
    pub content: Box<dyn Content>,
}

/// A page of keys with their values.
struct Leaf {
    first: usize,
    count: usize,
    id: u64,
    /// Beside its first page.
    overflow: u32,
}

/// A page of other pages, each by its first key.
struct Branch {
    id: u64,
    children: Vec<(Vec<u8>, u64)>,
}

struct Tree {
    content: Box<dyn Content>,
    leaves: Vec<Leaf>,
    branches: Vec<Branch>,
}

pub struct File {
    trees: Vec<Tree>,
    root: Vec<u8>,
    root_page: u64,
    pages: u64,
}

impl File {
    /// Buckets come in the order of their names.
    pub fn plan(buckets: Vec<Bucket>) -> File {
        debug_assert!(buckets.is_sorted_by(|one, other| one.name < other.name));
        let mut next = FIRST_PAGES;
        let mut roots: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let mut trees = Vec::new();
        for Bucket { name, content } in buckets {
            let (tree, root) = Tree::plan(content, &mut next);
            let mut place = root.to_le_bytes().to_vec();
            place.extend_from_slice(&0_u64.to_le_bytes());
            roots.push((name.as_bytes().to_vec(), place));
            trees.push(tree);
        }
        let root_page = next;
        let whole = Leaf {
            first: 0,
            count: roots.len(),
            id: root_page,
            overflow: 0,
        };
        let root = leaf_page(&roots, &whole, IS_BUCKET);
        File {
            trees,
            pages: root_page + (root.len() / PAGE_BYTES) as u64,
            root,
            root_page,
        }
    }

    pub fn length(&self) -> u64 {
        self.pages * PAGE_BYTES as u64
    }

    /// The file from its beginning, in whole pages.
    pub fn parts(&self) -> impl Iterator<Item = Vec<u8>> {
        let first = [0, 1].into_iter().map(|number| self.meta(number));
        let freelist = std::iter::once(page(FREELIST_PAGE, FREELIST, 0, 0, PAGE_BYTES));
        let trees = self.trees.iter().flat_map(Tree::pages);
        let root = std::iter::once(self.root.clone());
        first.chain(freelist).chain(trees).chain(root)
    }

    /// One of the two pages of which the newer one that is whole counts.
    fn meta(&self, number: u64) -> Vec<u8> {
        let mut out = page(number, META, 0, 0, PAGE_BYTES);
        let mut body = Vec::new();
        for value in [MAGIC, VERSION, PAGE_BYTES as u32, 0] {
            body.extend_from_slice(&value.to_le_bytes());
        }
        for value in [self.root_page, 0, FREELIST_PAGE, self.pages, number] {
            body.extend_from_slice(&value.to_le_bytes());
        }
        let sum = fnv(&body);
        body.extend_from_slice(&sum.to_le_bytes());
        out[PAGE_HEAD_BYTES..PAGE_HEAD_BYTES + body.len()].copy_from_slice(&body);
        out
    }
}

/// FNV-1a of 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// An empty one, with its head; its length is whole pages.
fn page(id: u64, kind: u16, count: usize, overflow: u32, length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    out[..8].copy_from_slice(&id.to_le_bytes());
    out[8..10].copy_from_slice(&kind.to_le_bytes());
    out[10..12].copy_from_slice(&(count as u16).to_le_bytes());
    out[12..16].copy_from_slice(&overflow.to_le_bytes());
    out
}

fn leaf_page(content: &dyn Content, leaf: &Leaf, flags: u32) -> Vec<u8> {
    let length = PAGE_BYTES * (1 + leaf.overflow as usize);
    let mut out = page(leaf.id, LEAF, leaf.count, leaf.overflow, length);
    let mut at = PAGE_HEAD_BYTES + leaf.count * ELEMENT_BYTES;
    for number in 0..leaf.count {
        let element = PAGE_HEAD_BYTES + number * ELEMENT_BYTES;
        let (key, value) = (
            content.key(leaf.first + number),
            content.value(leaf.first + number),
        );
        let numbers = [
            flags,
            (at - element) as u32,
            key.len() as u32,
            value.len() as u32,
        ];
        for (place, one) in numbers.into_iter().enumerate() {
            let place = element + place * 4;
            out[place..place + 4].copy_from_slice(&one.to_le_bytes());
        }
        out[at..at + key.len()].copy_from_slice(&key);
        at += key.len();
        out[at..at + value.len()].copy_from_slice(&value);
        at += value.len();
    }
    out
}

fn branch_page(branch: &Branch) -> Vec<u8> {
    let children = &branch.children;
    let keys: usize = children.iter().map(|(key, _)| key.len()).sum();
    let used = PAGE_HEAD_BYTES + children.len() * ELEMENT_BYTES + keys;
    let pages = used.div_ceil(PAGE_BYTES);
    let overflow = (pages - 1) as u32;
    let mut out = page(
        branch.id,
        BRANCH,
        children.len(),
        overflow,
        pages * PAGE_BYTES,
    );
    let mut at = PAGE_HEAD_BYTES + children.len() * ELEMENT_BYTES;
    for (number, (key, child)) in children.iter().enumerate() {
        let element = PAGE_HEAD_BYTES + number * ELEMENT_BYTES;
        out[element..element + 4].copy_from_slice(&((at - element) as u32).to_le_bytes());
        out[element + 4..element + 8].copy_from_slice(&(key.len() as u32).to_le_bytes());
        out[element + 8..element + 16].copy_from_slice(&child.to_le_bytes());
        out[at..at + key.len()].copy_from_slice(key);
        at += key.len();
    }
    out
}

impl Tree {
    /// With the page that it begins with. Each page takes the next number.
    fn plan(content: Box<dyn Content>, next: &mut u64) -> (Tree, u64) {
        let leaves = plan_leaves(&*content, next);
        let first_key = |leaf: &Leaf| match leaf.count {
            0 => Vec::new(),
            _ => content.key(leaf.first),
        };
        let mut level: Vec<(Vec<u8>, u64)> = leaves
            .iter()
            .map(|leaf| (first_key(leaf), leaf.id))
            .collect();
        let mut branches = Vec::new();
        while level.len() > 1 {
            let mut above = Vec::new();
            for children in grouped(level) {
                let keys: usize = children.iter().map(|(key, _)| key.len()).sum();
                let used = PAGE_HEAD_BYTES + children.len() * ELEMENT_BYTES + keys;
                let id = *next;
                *next += used.div_ceil(PAGE_BYTES) as u64;
                above.push((children[0].0.clone(), id));
                branches.push(Branch { id, children });
            }
            level = above;
        }
        let root = level.first().map_or(0, |(_, id)| *id);
        let tree = Tree {
            content,
            leaves,
            branches,
        };
        (tree, root)
    }

    fn pages(&self) -> impl Iterator<Item = Vec<u8>> {
        let leaves = self.leaves.iter();
        let leaves = leaves.map(|leaf| leaf_page(&*self.content, leaf, 0));
        leaves.chain(self.branches.iter().map(branch_page))
    }
}

/// As many keys in each as a page has room for, and one at least: that may need more pages.
fn plan_leaves(content: &dyn Content, next: &mut u64) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    let mut first = 0;
    loop {
        let (mut count, mut used) = (0, PAGE_HEAD_BYTES);
        while first + count < content.count() {
            let (key, value) = content.lengths(first + count);
            let wanted = used + ELEMENT_BYTES + key + value;
            if wanted > PAGE_BYTES && count > 0 {
                break;
            }
            used = wanted;
            count += 1;
        }
        let pages = used.div_ceil(PAGE_BYTES) as u64;
        leaves.push(Leaf {
            first,
            count,
            id: *next,
            overflow: (pages - 1) as u32,
        });
        *next += pages;
        first += count;
        if first >= content.count() {
            return leaves;
        }
    }
}

/// As many children in each as a page has room for, and two at least, but for the last.
fn grouped(level: Vec<(Vec<u8>, u64)>) -> Vec<Vec<(Vec<u8>, u64)>> {
    let mut groups: Vec<Vec<(Vec<u8>, u64)>> = Vec::new();
    let mut used = usize::MAX;
    for child in level {
        let wanted = ELEMENT_BYTES + child.0.len();
        match groups.last_mut() {
            Some(last) if used.saturating_add(wanted) <= PAGE_BYTES || last.len() < 2 => {
                used += wanted;
                last.push(child);
            }
            _ => {
                used = PAGE_HEAD_BYTES + wanted;
                groups.push(vec![child]);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(count: usize, value: usize) -> Box<dyn Content> {
        let pairs = (0..count).map(|at| (at.to_be_bytes().to_vec(), vec![b'v'; value]));
        Box::new(pairs.collect::<Vec<_>>())
    }

    #[test]
    fn every_page_says_where_it_is_and_the_length_is_known_before() {
        for (count, value) in [
            (0, 0),
            (1, 10),
            (1, 9000),
            (1000, 100),
            (50_000, 8),
            (7, 4096),
        ] {
            let bucket = |name| Bucket {
                name,
                content: content(count, value),
            };
            let file = File::plan(vec![bucket("a"), bucket("b")]);
            let bytes = file.parts().collect::<Vec<_>>().concat();
            assert_eq!(bytes.len() as u64, file.length());
            let mut at = 0;
            while at < bytes.len() {
                let page = &bytes[at..];
                let id = u64::from_le_bytes(page[..8].try_into().expect("8 bytes"));
                let overflow = u32::from_le_bytes(page[12..16].try_into().expect("4 bytes"));
                assert_eq!(id as usize * PAGE_BYTES, at);
                at += PAGE_BYTES * (1 + overflow as usize);
            }
        }
    }

    #[test]
    fn the_sum_is_fnv() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
