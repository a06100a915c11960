//! What `-v` shows of bodies and streams, with secrets hidden.

use crate::mask::{Masker, mask};
use std::time::Instant;

/// The most of one body that is shown, in bytes. Chunks of a stream are shown whole: their masks need all that came before.
const SHOWN_BYTES_MAX: usize = 16 * 1024;

/// Shows a body, if anyone looks.
pub(crate) fn body(id: &str, what: &'static str, bytes: &[u8]) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        let shown = &bytes[..bytes.len().min(SHOWN_BYTES_MAX)];
        let text = mask(&String::from_utf8_lossy(shown));
        tracing::debug!(id, bytes = bytes.len(), body = text, "{what}");
    }
}

/// Shows each chunk of a stream with its index and time.
pub(crate) struct ChunkTrace {
    shown: Option<Shown>,
}

struct Shown {
    id: String,
    began: Instant,
    index: u64,
    masker: Masker,
}

impl ChunkTrace {
    /// The trace of one stream; does nothing unless the log shows bodies.
    pub(crate) fn new(id: &str) -> Self {
        let shown = tracing::enabled!(tracing::Level::DEBUG).then(|| Shown {
            id: id.to_owned(),
            began: Instant::now(),
            index: 0,
            masker: Masker::default(),
        });
        ChunkTrace { shown }
    }

    /// One chunk as it came from the upstream.
    pub(crate) fn chunk(&mut self, bytes: &[u8]) {
        let Some(shown) = &mut self.shown else { return };
        let text = shown.masker.push(bytes);
        tracing::debug!(
            id = shown.id,
            index = shown.index,
            at_ms = crate::exchange::millis(shown.began.elapsed()),
            bytes = bytes.len(),
            chunk = text,
            "stream chunk"
        );
        shown.index += 1;
    }

    /// What was held back because it might have been half a secret.
    pub(crate) fn end(&mut self) {
        let Some(mut shown) = self.shown.take() else { return };
        let text = shown.masker.end();
        tracing::debug!(id = shown.id, chunks = shown.index, chunk = text, "stream end");
    }
}
