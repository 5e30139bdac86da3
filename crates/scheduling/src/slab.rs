//! Values under small integer keys that are used again after a removal.

/// A vector with holes; the lowest free key is not preferred, the last freed one is.
#[derive(Debug, Clone)]
pub struct Slab<T> {
    items: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// Stores a value and says under which key.
    pub fn insert(&mut self, value: T) -> u32 {
        match self.free.pop() {
            Some(key) => {
                self.items[key as usize] = Some(value);
                key
            }
            None => {
                self.items.push(Some(value));
                self.items.len() as u32 - 1
            }
        }
    }

    /// Takes a value out; its key may be given to another one.
    pub fn remove(&mut self, key: u32) -> Option<T> {
        let value = self.items.get_mut(key as usize)?.take();
        if value.is_some() {
            self.free.push(key);
        }
        value
    }

    pub fn get(&self, key: u32) -> Option<&T> {
        self.items.get(key as usize)?.as_ref()
    }

    pub fn get_mut(&mut self, key: u32) -> Option<&mut T> {
        self.items.get_mut(key as usize)?.as_mut()
    }

    /// Keys and values by key.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.items
            .iter()
            .enumerate()
            .filter_map(|(key, item)| Some((key as u32, item.as_ref()?)))
    }

    /// Keys and values by key.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        self.items
            .iter_mut()
            .enumerate()
            .filter_map(|(key, item)| Some((key as u32, item.as_mut()?)))
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.items.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more than the highest key in use or free.
    pub fn bound(&self) -> usize {
        self.items.len()
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;

    /// The key must be in use: keys never come from outside the crate.
    fn index(&self, key: u32) -> &T {
        match self.items[key as usize].as_ref() {
            Some(value) => value,
            None => unreachable!("slab key {key} is free"),
        }
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, key: u32) -> &mut T {
        match self.items[key as usize].as_mut() {
            Some(value) => value,
            None => unreachable!("slab key {key} is free"),
        }
    }
}
