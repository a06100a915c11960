//! What a WebSocket may do, as the body of [`Ask::Connect`](crate::Ask::Connect) says it.

/// Limits of one WebSocket: four little-endian words of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebSocketLimits {
    /// The longest message that is taken, and the longest frame, in bytes; a longer one closes it with 1009.
    pub message_bytes_max: u32,
    /// How long it may be silent before it is pinged, in milliseconds; 0: never.
    pub ping_ms: u32,
    /// How long it may be silent after a ping before it is closed with 1011, in milliseconds.
    pub pong_ms: u32,
    /// Messages are compressed where the client offers that (permessage-deflate). As a word 0 or 1.
    pub deflate: bool,
}

impl Default for WebSocketLimits {
    /// Those of uvicorn: 16 MiB, 20 seconds each.
    fn default() -> Self {
        Self {
            message_bytes_max: 16 * 1024 * 1024,
            ping_ms: 20_000,
            pong_ms: 20_000,
            deflate: false,
        }
    }
}

impl WebSocketLimits {
    /// Reads them; of bytes that are none, the usual ones.
    pub fn read(bytes: &[u8]) -> Self {
        let word = |index: usize| {
            let bytes = bytes.get(index * 4..index * 4 + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let limits = || {
            let (message_bytes_max, ping_ms, pong_ms) = (word(0)?, word(1)?, word(2)?);
            Some(Self { message_bytes_max, ping_ms, pong_ms, deflate: word(3)? != 0 })
        };
        limits().unwrap_or_default()
    }

    /// Writes them.
    pub fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let words = [self.message_bytes_max, self.ping_ms, self.pong_ms, self.deflate.into()];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}
