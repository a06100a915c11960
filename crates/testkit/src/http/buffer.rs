use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Head, Headers, ProtocolError};

/// The longest head that is read, in bytes.
const HEAD_BYTES_MAX: usize = 4 << 20;

/// What one read asks of the socket at most, in bytes: little, so that a reader that stops reading
/// really leaves the bytes with the sender.
const READ_BYTES: usize = 8 << 10;

/// Bytes that were received and not yet used. Every method is cancel safe: what came stays here.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
}

/// How the length of a body is known, and how far it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// This many bytes are left.
    Length(usize),
    /// Chunked; the next thing is a size line.
    Chunked,
    /// Everything until the connection ends.
    UntilEnd,
    /// Read whole.
    Done,
}

/// One step of reading a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyPart {
    Data(Vec<u8>),
    /// The body is whole.
    Complete,
    /// The connection ended before that.
    CutOff,
}

impl Body {
    /// The body that follows a head; without a length a request has none, a reply goes to the end.
    pub(crate) fn after(headers: &Headers, otherwise: Self) -> Result<Self, ProtocolError> {
        if headers.lists("transfer-encoding", "chunked") {
            return Ok(Self::Chunked);
        }
        match headers.get("content-length") {
            Some(length) => {
                length.parse().map(Self::Length).map_err(|_| ProtocolError::Length(length.into()))
            }
            None => Ok(otherwise),
        }
    }
}

impl Buffer {
    /// Number of bytes not yet used.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Reads once, at most `most` bytes. 0 means that the peer has closed.
    pub(crate) async fn fill(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        most: usize,
    ) -> io::Result<usize> {
        let mut piece = [0; READ_BYTES];
        let piece = piece.get_mut(..most.clamp(1, READ_BYTES)).unwrap_or_default();
        let count = reader.read(piece).await?;
        self.bytes.extend_from_slice(piece.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Takes up to `most` bytes that are there already.
    pub(crate) fn take(&mut self, most: usize) -> Vec<u8> {
        let count = most.min(self.bytes.len());
        self.bytes.drain(..count).collect()
    }

    /// Reads a head. `None` when the peer closed before its first byte.
    pub(crate) async fn read_head(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<Option<Head>> {
        match self.read_until(reader, b"\r\n\r\n", HEAD_BYTES_MAX).await? {
            Some(head) => Head::parse(&head).map(Some).map_err(invalid),
            None if self.bytes.is_empty() => Ok(None),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Reads the next piece of a body: one chunk of a chunked body, else what has come.
    pub(crate) async fn read_body(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        body: &mut Body,
    ) -> io::Result<BodyPart> {
        match *body {
            Body::Done | Body::Length(0) => {
                *body = Body::Done;
                Ok(BodyPart::Complete)
            }
            Body::Length(left) => {
                if self.bytes.is_empty() && self.fill(reader, left).await? == 0 {
                    return Ok(BodyPart::CutOff);
                }
                let data = self.take(left);
                *body = Body::Length(left - data.len());
                Ok(BodyPart::Data(data))
            }
            Body::UntilEnd => {
                if self.bytes.is_empty() && self.fill(reader, READ_BYTES).await? == 0 {
                    *body = Body::Done;
                    return Ok(BodyPart::Complete);
                }
                Ok(BodyPart::Data(self.take(usize::MAX)))
            }
            Body::Chunked => self.read_chunk(reader, body).await,
        }
    }

    async fn read_chunk(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        body: &mut Body,
    ) -> io::Result<BodyPart> {
        // Nothing is taken before the whole chunk is there, which keeps this cancel safe.
        loop {
            if let Some(line_end) = find(&self.bytes, b"\r\n") {
                let line = self.bytes.get(..line_end).unwrap_or_default();
                let line = String::from_utf8_lossy(line).into_owned();
                let size = line.split(';').next().unwrap_or_default().trim();
                let size = usize::from_str_radix(size, 16)
                    .map_err(|_| invalid(ProtocolError::Length(line.clone())))?;
                let (start, end) = (line_end + 2, line_end.saturating_add(2).saturating_add(size));
                if let Some(tail) = self.bytes.get(end..end.saturating_add(2)) {
                    if tail != b"\r\n" {
                        return Err(invalid(ProtocolError::ChunkEnd));
                    }
                    let data = self.bytes.drain(..end + 2).skip(start).take(size).collect();
                    if size == 0 {
                        *body = Body::Done;
                        return Ok(BodyPart::Complete);
                    }
                    return Ok(BodyPart::Data(data));
                }
            }
            if self.fill(reader, READ_BYTES).await? == 0 {
                return Ok(BodyPart::CutOff);
            }
        }
    }

    async fn read_until(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        end: &[u8],
        most: usize,
    ) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(position) = find(&self.bytes, end) {
                let taken = self.take(position);
                self.take(end.len());
                return Ok(Some(taken));
            }
            if self.bytes.len() > most {
                return Err(invalid(ProtocolError::HeadTooLong(most)));
            }
            if self.fill(reader, READ_BYTES).await? == 0 {
                return Ok(None);
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn invalid(error: ProtocolError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
