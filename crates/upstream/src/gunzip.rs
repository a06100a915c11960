//! Unpacks bodies of servers that send gzip although `identity` was asked for.

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use std::io::{self, Write};

/// The most bytes that one body unpacks to.
pub const DECODED_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Packed bytes are taken in pieces of this size, so that one chunk of zeros cannot unpack to gigabytes before the
/// limit is looked at (deflate packs up to about 1,000 to 1).
const PIECE_BYTES: usize = 4096;

/// Unpacks a gzip stream as it comes.
pub(crate) struct Gunzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    decoded_bytes: usize,
    bytes_max: usize,
}

impl Gunzip {
    pub(crate) fn new() -> Self {
        Gunzip::with_limit(DECODED_BYTES_MAX)
    }

    pub(crate) fn with_limit(bytes_max: usize) -> Self {
        Gunzip { decoder: MultiGzDecoder::new(Vec::new()), decoded_bytes: 0, bytes_max }
    }

    /// What can be unpacked by now; nothing is kept back that the sender has flushed.
    pub(crate) fn push(&mut self, packed: &[u8]) -> io::Result<Bytes> {
        let mut unpacked = Vec::new();
        for piece in packed.chunks(PIECE_BYTES) {
            self.decoder.write_all(piece)?;
            self.decoder.flush()?;
            self.take(&mut unpacked)?;
        }
        Ok(unpacked.into())
    }

    /// The rest, once all bytes have come; an error if the stream was cut.
    pub(crate) fn end(&mut self) -> io::Result<Bytes> {
        self.decoder.try_finish()?;
        let mut unpacked = Vec::new();
        self.take(&mut unpacked)?;
        Ok(unpacked.into())
    }

    fn take(&mut self, unpacked: &mut Vec<u8>) -> io::Result<()> {
        let fresh = self.decoder.get_mut();
        self.decoded_bytes += fresh.len();
        if self.decoded_bytes > self.bytes_max {
            let reason = format!("it unpacks to over {} bytes", self.bytes_max);
            return Err(io::Error::other(reason));
        }
        unpacked.append(fresh);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn any_chunking_unpacks_the_same() {
        let text = b"data: {\"n\":1}\n\n".repeat(200);
        let packed = packed(&text);
        for size in [1, 2, 7, 100, packed.len()] {
            let mut gunzip = Gunzip::new();
            let mut unpacked = Vec::new();
            for chunk in packed.chunks(size) {
                unpacked.extend_from_slice(&gunzip.push(chunk).unwrap());
            }
            unpacked.extend_from_slice(&gunzip.end().unwrap());
            assert!(unpacked == text, "in chunks of {size}");
        }
    }

    #[test]
    fn a_flushed_event_comes_out_at_once() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"data: 1\n\n").unwrap();
        encoder.flush().unwrap();
        let unpacked = Gunzip::new().push(encoder.get_ref()).unwrap();
        assert_eq!(&unpacked[..], b"data: 1\n\n");
    }

    #[test]
    fn a_cut_a_bomb_and_plain_text_are_errors() {
        let packed_text = packed(b"whole");
        let mut cut = Gunzip::new();
        let _ = cut.push(&packed_text[..packed_text.len() - 9]).unwrap();
        assert!(cut.end().is_err());

        let bomb = packed(&vec![0; 64 * 1024 * 1024]);
        assert!(Gunzip::with_limit(1024 * 1024).push(&bomb).is_err());
        assert!(Gunzip::new().push(b"{\"plain\":true}").is_err());
    }
}
