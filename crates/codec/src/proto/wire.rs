//! Tags, varints and lengths, read forwards and written backwards (so that lengths are known
//! when they are written).

use steersman_grammar::varint;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub data: &'a [u8],
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(data: &'a [u8]) -> Reader<'a> {
        Reader { data, at: 0 }
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.data.len()
    }

    #[inline]
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        match self.data.get(self.at) {
            Some(&b) if b < 0x80 => {
                self.at += 1;
                Ok(u64::from(b))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let (value, length) = varint::decode(rest).ok_or(Malformed)?;
        self.at += length;
        Ok(value)
    }

    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        let end = self.at.checked_add(length).ok_or(Malformed)?;
        let bytes = self.data.get(self.at..end).ok_or(Malformed)?;
        self.at = end;
        Ok(bytes)
    }

    /// The next field's number and value. Groups are passed over.
    #[inline]
    pub fn field(&mut self) -> Result<(u32, Wire<'a>), Malformed> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| Malformed)?;
        if number == 0 {
            return Err(Malformed);
        }
        let value = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => Wire::Bytes(self.bytes()?),
            3 => {
                self.skip_group()?;
                Wire::Bytes(&[])
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Malformed),
        };
        Ok((number, value))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let bytes = self.data.get(self.at..self.at + N).ok_or(Malformed)?;
        self.at += N;
        bytes.try_into().map_err(|_| Malformed)
    }

    fn skip_group(&mut self) -> Result<(), Malformed> {
        let mut depth = 1;
        while depth > 0 {
            match self.varint()? & 7 {
                0 => drop(self.varint()?),
                1 => drop(self.array::<8>()?),
                2 => drop(self.bytes()?),
                3 => depth += 1,
                4 => depth -= 1,
                5 => drop(self.array::<4>()?),
                _ => return Err(Malformed),
            }
        }
        Ok(())
    }
}

/// Writes from the end of a buffer to its beginning.
pub struct ReverseWriter {
    buffer: Vec<u8>,
    start: usize,
}

impl ReverseWriter {
    pub fn with_capacity(capacity: usize) -> ReverseWriter {
        ReverseWriter {
            buffer: vec![0; capacity],
            start: capacity,
        }
    }

    pub fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[cold]
    fn grow(&mut self, need: usize) {
        let used = self.len();
        let capacity = (self.buffer.len() * 2).max(used + need).max(256);
        let mut bigger = vec![0; capacity];
        bigger[capacity - used..].copy_from_slice(&self.buffer[self.start..]);
        self.buffer = bigger;
        self.start = capacity - used;
    }

    #[inline]
    pub fn byte(&mut self, b: u8) {
        if self.start == 0 {
            self.grow(1);
        }
        self.start -= 1;
        self.buffer[self.start] = b;
    }

    #[inline]
    pub fn slice(&mut self, bytes: &[u8]) {
        if self.start < bytes.len() {
            self.grow(bytes.len());
        }
        let end = self.start;
        self.start -= bytes.len();
        self.buffer[self.start..end].copy_from_slice(bytes);
    }

    #[inline]
    pub fn varint(&mut self, value: u64) {
        if value < 0x80 {
            return self.byte(value as u8);
        }
        let (bytes, length) = varint::encode(value);
        self.slice(&bytes[..length]);
    }

    #[inline]
    pub fn tag(&mut self, number: u32, wire: u8) {
        self.varint(u64::from(number) << 3 | u64::from(wire));
    }

    /// The length and tag of what was written since `len()` was `mark`.
    #[inline]
    pub fn close(&mut self, number: u32, mark: usize) {
        let length = self.len() - mark;
        self.varint(length as u64);
        self.tag(number, 2);
    }

    pub fn field_bytes(&mut self, number: u32, bytes: &[u8]) {
        self.slice(bytes);
        self.varint(bytes.len() as u64);
        self.tag(number, 2);
    }

    pub fn field_varint(&mut self, number: u32, value: u64) {
        self.varint(value);
        self.tag(number, 0);
    }

    pub fn written(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.buffer.drain(..self.start);
        self.buffer
    }
}
