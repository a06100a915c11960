//! What an exchange says of its conversation, for the ledger.
//!
//! An agent sends its whole conversation with each request, so hashing it costs more than all other recording. It is
//! done while the reply is awaited, on a thread that may block; whoever comes first, that thread or the end of the
//! exchange, does it, and nobody does it twice.

mod read;

use crate::exchange::Record;
use bytes::Bytes;
use ironbridge_ledger::{Digest, Origin, Trail};
use ironbridge_wire::{Dialect, Reply};
use std::sync::OnceLock;

/// A shorter request is hashed at its end, in bytes: another thread costs as much as that.
const BESIDE_BYTES_MIN: usize = 32 * 1024;

/// A request, to be hashed once.
pub(crate) struct Conversation {
    body: Bytes,
    dialect: Dialect,
    trail: OnceLock<Option<Trail>>,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) enum Replied {
    /// Nothing that is known.
    #[default]
    Nothing,
    /// The client's bytes.
    Whole(Bytes),
    /// A stream, put together.
    Streamed(Box<Reply>),
}

impl Conversation {
    pub(crate) fn new(body: Bytes, dialect: Dialect) -> Self {
        Conversation { body, dialect, trail: OnceLock::new() }
    }

    /// Whether it is long enough to be hashed beside.
    pub(crate) fn is_long(&self) -> bool {
        self.body.len() >= BESIDE_BYTES_MIN
    }

    /// Hashes the request, if nobody has.
    pub(crate) fn hash(&self) -> Option<&Trail> {
        // The body was checked to be JSON, and so is UTF-8.
        let hashed =
            || Trail::of(&read::request(std::str::from_utf8(&self.body).ok()?, self.dialect));
        self.trail.get_or_init(hashed).as_ref()
    }

    /// The digest of the exchange, which is over; `None`: it has no message to go by.
    pub(crate) fn digest(&self, record: &Record, replied: &Replied) -> Option<Digest> {
        let key = record.key.as_ref().map(|key| key.id.as_str());
        let origin = Origin {
            id: &record.id,
            scope: key.unwrap_or(&record.domain),
            session: record.session.as_deref(),
            began_ms: record.began_ms,
        };
        let trail = self.hash()?.clone();
        let parts = match replied {
            Replied::Nothing => Vec::new(),
            Replied::Whole(body) => {
                read::reply(std::str::from_utf8(body).unwrap_or_default(), self.dialect)
            }
            Replied::Streamed(reply) => read::of_reply(reply),
        };
        Some(trail.into_digest(origin, &parts))
    }
}
