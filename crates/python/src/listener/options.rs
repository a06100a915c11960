//! What a listener is told.

use std::time::Duration;

use ironbridge_asgi::flag;
use pyo3::prelude::*;

/// Where it listens, and its limits; JSON that `packages/node/src/asgi/listen.ts` writes.
#[derive(Debug, Clone, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    /// The application.
    pub(crate) application: u32,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// A Unix socket instead of host and port.
    pub(crate) path: Option<String>,
    pub(crate) root_path: String,
    /// Whose word on their clients is taken, parted by commas.
    pub(crate) trusted_proxies: Option<String>,
    /// Certificate chain and key in PEM; both or none.
    pub(crate) certificates: Option<String>,
    pub(crate) key: Option<String>,
    /// The header `server` of replies; empty: none.
    pub(crate) server: String,
    pub(crate) backlog: u32,
    pub(crate) connections_max: usize,
    pub(crate) head_bytes_max: usize,
    pub(crate) body_bytes_max: Option<u64>,
    pub(crate) streams_max: u32,
    pub(crate) head_seconds: f64,
    pub(crate) keep_alive_seconds: f64,
    pub(crate) message_bytes_max: u32,
    pub(crate) ping_ms: u32,
    pub(crate) pong_ms: u32,
    /// permessage-deflate is taken where a client offers it.
    pub(crate) deflate: bool,
}

impl Options {
    /// Of [`flag`]: whether proxies are trusted.
    pub(crate) fn forwarded(&self) -> u8 {
        if self.trusted_proxies.is_some() { flag::FORWARDED } else { 0 }
    }

    pub(crate) fn has_tls(&self) -> bool {
        self.certificates.is_some() || self.key.is_some()
    }

    /// How long a client may take for the head of a request.
    pub(crate) fn head_time(&self) -> Duration {
        Duration::from_secs_f64(self.head_seconds)
    }

    /// How long a connection without a request may stay.
    pub(crate) fn keep_alive_time(&self) -> Duration {
        Duration::from_secs_f64(self.keep_alive_seconds)
    }
}
