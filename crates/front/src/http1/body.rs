//! The framing of HTTP/1.1 bodies.

use bytes::{Buf, BytesMut};

use crate::http1::Gone;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
}

/// A line before a chunk, with whatever extensions.
const MAX_LINE: usize = 256;
const MAX_TRAILERS: usize = 8 * 1024;

#[derive(Debug)]
enum State {
    Length(u64),
    /// Before the line with a chunk's size.
    Size,
    Chunk(u64),
    ChunkEnd,
    /// Bytes of trailers so far.
    Trailers(usize),
    Over,
}

/// One body, read in parts.
#[derive(Debug)]
pub struct Body(State);

#[derive(Debug)]
pub enum Decoded {
    Part(BytesMut),
    More,
    End,
}

impl Body {
    pub fn new(framing: Framing) -> Body {
        Body(match framing {
            Framing::None => State::Over,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size,
        })
    }

    pub fn is_over(&self) -> bool {
        matches!(self.0, State::Over)
    }

    /// Takes a part of at most so many bytes out of the buffer. Errors for what is no framing.
    pub fn decode(&mut self, buffer: &mut BytesMut, most: usize) -> Result<Decoded, Gone> {
        loop {
            match &mut self.0 {
                State::Over => return Ok(Decoded::End),
                State::Length(left) | State::Chunk(left) => {
                    if buffer.is_empty() {
                        return Ok(Decoded::More);
                    }
                    let length = buffer.len().min(most.max(1));
                    let length = usize::try_from(*left).map_or(length, |left| length.min(left));
                    *left -= length as u64;
                    if *left == 0 {
                        self.0 = match self.0 {
                            State::Chunk(_) => State::ChunkEnd,
                            _ => State::Over,
                        };
                    }
                    return Ok(Decoded::Part(buffer.split_to(length)));
                }
                State::ChunkEnd => {
                    if buffer.len() < 2 {
                        return Ok(Decoded::More);
                    }
                    if buffer[..2] != *b"\r\n" {
                        return Err(Gone);
                    }
                    buffer.advance(2);
                    self.0 = State::Size;
                }
                State::Size => {
                    let Some(line) = line(buffer, MAX_LINE)? else {
                        return Ok(Decoded::More);
                    };
                    self.0 = match size(&line)? {
                        0 => State::Trailers(0),
                        size => State::Chunk(size),
                    };
                }
                State::Trailers(bytes) => {
                    let Some(line) = line(buffer, MAX_TRAILERS)? else {
                        return Ok(Decoded::More);
                    };
                    *bytes += line.len() + 2;
                    if *bytes > MAX_TRAILERS {
                        return Err(Gone);
                    }
                    if line.is_empty() {
                        self.0 = State::Over;
                    }
                }
            }
        }
    }
}

/// A line without its end; none where more must come.
fn line(buffer: &mut BytesMut, most: usize) -> Result<Option<BytesMut>, Gone> {
    let Some(end) = memchr::memchr(b'\n', buffer) else {
        return if buffer.len() > most {
            Err(Gone)
        } else {
            Ok(None)
        };
    };
    let mut line = buffer.split_to(end + 1);
    if end == 0 || line[end - 1] != b'\r' || end > most {
        return Err(Gone);
    }
    line.truncate(end - 1);
    Ok(Some(line))
}

fn size(line: &[u8]) -> Result<u64, Gone> {
    let end = line
        .iter()
        .position(|byte| matches!(byte, b';' | b' ' | b'\t'));
    let digits = &line[..end.unwrap_or(line.len())];
    if digits.is_empty() || digits.len() > 15 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Gone);
    }
    let digits = std::str::from_utf8(digits).map_err(|_| Gone)?;
    u64::from_str_radix(digits, 16).map_err(|_| Gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decoded in pieces of so many bytes: what came out, whether it ended, and what is left.
    fn decoded(text: &str, piece: usize) -> Result<(String, bool, String), Gone> {
        let mut body = Body::new(Framing::Chunked);
        let mut buffer = BytesMut::new();
        let mut whole = Vec::new();
        for bytes in text.as_bytes().chunks(piece) {
            buffer.extend_from_slice(bytes);
            while let Decoded::Part(part) = body.decode(&mut buffer, 3)? {
                assert!(part.len() <= 3);
                whole.extend_from_slice(&part);
            }
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(&whole), body.is_over(), text(&buffer)))
    }

    #[test]
    fn chunks_are_joined_however_they_come() {
        let text = "4\r\nabcd\r\nA;x=y\r\n0123456789\r\n0\r\nt: u\r\n\r\nnext";
        for piece in 1..text.len() {
            let (whole, is_over, _) = decoded(text, piece).expect("good chunks");
            assert_eq!((whole.as_str(), is_over), ("abcd0123456789", true));
        }
        let (.., rest) = decoded(text, text.len()).expect("good chunks");
        assert_eq!(rest, "next");
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        let long = format!("1{}\r\na\r\n", " ".repeat(300));
        let trailers = format!("0\r\n{}\r\n", "a: b\r\n".repeat(2_000));
        for text in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "0x1\r\na\r\n",
            "1\na\r\n",
            "1\r\nab\r\n",
            ";x\r\n",
            "1111111111111111\r\n",
            &long,
            &trailers,
        ] {
            assert!(decoded(text, 4).is_err(), "{text:?}");
        }
        assert!(!decoded("2\r\na", 1).expect("so far").1);
    }
}
