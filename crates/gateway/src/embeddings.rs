//! Embeddings: one dialect, so replies pass untouched; what they say of their usage is read for the books.

use bytes::Bytes;
use ironbridge_wire::{ApiError, ErrorKind, Tally, Usage};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The largest reply, in bytes: 2,048 vectors of 3,072 numbers in text.
pub(crate) const REPLY_BYTES_MAX: usize = 128 * 1024 * 1024;

#[derive(Deserialize)]
struct Reply {
    #[serde(rename = "data")]
    _data: IgnoredAny,
    #[serde(default)]
    usage: serde_json::Value,
}

/// What a reply amounts to, its vectors unread.
///
/// # Errors
/// When it is not JSON, or has no vectors.
pub(crate) fn read(body: &Bytes) -> Result<Tally, ApiError> {
    let reply: Reply = serde_json::from_slice(body).map_err(|error| {
        ApiError::new(
            ErrorKind::BadGateway,
            format!("the upstream's reply is no embeddings: {error}"),
        )
    })?;
    let tokens = reply.usage["prompt_tokens"].as_u64();
    let usage = tokens.map(|input| Usage { input, ..Usage::default() });
    Ok(Tally { usage, ended: true, ..Tally::default() })
}
