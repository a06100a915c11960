//! What the ledger keeps of a request and its reply besides the record: what links them to others of their conversation,
//! and where the operator wants it, what was said.
//!
//! An agent sends its whole conversation with each request, so hashing it (and compressing it the more) costs more than
//! all other recording. It is done while the reply is awaited, on a thread that may block; whoever comes first, that
//! thread or the end of the exchange, does it, and nobody does it twice.

mod read;

use crate::exchange::{Record, millis};
use bytes::Bytes;
use ironbridge_ledger::{Bodies, Digest, Origin, Packed, Trail};
use ironbridge_wire::{Changes, Dialect, Reply, write_reply};
use std::sync::OnceLock;
use std::time::Duration;

/// A shorter request is hashed at its end, in bytes: another thread costs as much as that.
const BESIDE_BYTES_MIN: usize = 32 * 1024;

/// A request, to be hashed once.
pub(crate) struct Conversation {
    body: Bytes,
    dialect: Dialect,
    /// How long both bodies are kept.
    bodies_kept: Option<Duration>,
    trail: OnceLock<Option<Trail>>,
    packed: OnceLock<Option<Packed>>,
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

impl Replied {
    /// How much text came, in bytes; `None`: nobody looked.
    pub(crate) fn text_bytes(&self) -> Option<u64> {
        match self {
            Replied::Nothing => None,
            Replied::Whole(body) => Some(body.len() as u64),
            Replied::Streamed(reply) => Some(read::text_bytes(reply)),
        }
    }
}

impl Conversation {
    pub(crate) fn new(body: Bytes, dialect: Dialect, bodies_kept: Option<Duration>) -> Self {
        let (trail, packed) = (OnceLock::new(), OnceLock::new());
        Conversation { body, dialect, bodies_kept, trail, packed }
    }

    /// Whether it is long enough to be hashed beside.
    pub(crate) fn is_long(&self) -> bool {
        self.body.len() >= BESIDE_BYTES_MIN
    }

    /// Does what can be done before the reply is there, if nobody has.
    pub(crate) fn prepare(&self) {
        self.hash();
        if self.bodies_kept.is_some() {
            self.pack();
        }
    }

    fn pack(&self) -> Option<&Packed> {
        self.packed.get_or_init(|| Packed::of(&self.body)).as_ref()
    }

    fn hash(&self) -> Option<&Trail> {
        // The body was checked to be JSON, and so is UTF-8.
        let hashed =
            || Trail::of(&read::request(std::str::from_utf8(&self.body).ok()?, self.dialect));
        self.trail.get_or_init(hashed).as_ref()
    }

    /// Both bodies, where they are to be kept.
    pub(crate) fn bodies(&self, record: &Record, replied: Replied) -> Option<Bodies> {
        let kept = self.bodies_kept?;
        let reply = match replied {
            Replied::Nothing => None,
            Replied::Whole(body) => Packed::of(&body),
            Replied::Streamed(reply) => {
                // What one dialect cannot say of another's reply is told in the record, by the translation.
                let whole = write_reply(*reply, self.dialect, &mut Changes::new());
                Packed::of(whole.to_string().as_bytes())
            }
        };
        let until_ms = record.began_ms.saturating_add(millis(kept));
        Some(Bodies { until_ms, request: self.pack().cloned(), reply })
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
