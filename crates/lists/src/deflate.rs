//! A gzip member made of parts that were compressed on their own: each ends at a byte and names
//! nothing before itself (RFC 1951), and checksums of parts give that of all (RFC 1952).

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use steersman_store::{Reason, StoreError};

/// Speed before size: lists of objects repeat themselves, so that the first level finds most of it.
pub const GZIP_LEVEL: Compression = Compression::new(1);

/// What any member begins with: deflate, no name, no time, fastest, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff];
const MAX_STORED: usize = 0xffff;

/// What was compressed, of a checksum and a length that others are added to.
pub(crate) struct Part {
    pub raw: Crc,
    pub deflated: Box<[u8]>,
}

pub(crate) struct Deflater(Compress);

impl Default for Deflater {
    fn default() -> Self {
        Deflater(Compress::new(GZIP_LEVEL, false))
    }
}

impl Deflater {
    /// Compresses as if nothing stood before.
    pub fn part(&mut self, raw: &[u8]) -> Result<Part, StoreError> {
        let failed = |message: String| StoreError::new(Reason::Io, message);
        self.0.reset();
        let mut crc = Crc::new();
        crc.update(raw);
        let mut out = Vec::with_capacity(raw.len() / 4 + 1024);
        loop {
            let rest = &raw[self.0.total_in() as usize..];
            let status = self.0.compress_vec(rest, &mut out, FlushCompress::Full);
            let status = status.map_err(|error| failed(format!("compress a list: {error}")))?;
            let taken = self.0.total_in() as usize == raw.len();
            // Room that is left says that everything was flushed.
            if taken && out.len() < out.capacity() {
                break;
            }
            if status == Status::BufError && out.len() < out.capacity() {
                return Err(failed("compress a list: it does not go on".to_owned()));
            }
            out.reserve(out.len() / 2 + 1024);
        }
        Ok(Part {
            raw: crc,
            deflated: out.into_boxed_slice(),
        })
    }
}

/// The member as it grows.
#[derive(Default)]
pub(crate) struct Member {
    raw: Crc,
}

impl Member {
    pub fn begin(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&HEADER);
    }

    pub fn add(&mut self, part: &Part, out: &mut Vec<u8>) {
        self.raw.combine(&part.raw);
        out.extend_from_slice(&part.deflated);
    }

    /// What is too little to be compressed.
    pub fn add_stored(&mut self, raw: &[u8], out: &mut Vec<u8>) {
        self.raw.update(raw);
        for piece in raw.chunks(MAX_STORED) {
            let length = piece.len() as u16;
            out.push(0);
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(&(!length).to_le_bytes());
            out.extend_from_slice(piece);
        }
    }

    pub fn end(&self, out: &mut Vec<u8>) {
        // A last block with nothing in it.
        out.extend_from_slice(&[3, 0]);
        out.extend_from_slice(&self.raw.sum().to_le_bytes());
        out.extend_from_slice(&self.raw.amount().to_le_bytes());
    }
}
