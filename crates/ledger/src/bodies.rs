//! What was said, where the operator wants it kept: without secrets, compressed, for a time.

use crate::database::{Database, Row, StoreError};
use crate::entry::Entry;
use crate::retention::FORGOTTEN_AT_ONCE_MAX;
use crate::scrub::scrub;
use crate::store::{Store, insert};
use crate::value::{Column, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::io::Read;

/// A larger body is not kept, in bytes.
pub const BODY_BYTES_MAX: usize = 64 << 20;

/// A body that is larger still when it is compressed is not kept, in bytes: two of them fit into a frame of the journal.
const PACKED_BYTES_MAX: usize = 16 << 20;

/// zstd's own default.
const LEVEL: i32 = 3;

/// The bodies of an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bodies {
    /// Until when they are kept, in milliseconds since 1970.
    pub until_ms: u64,
    /// The client's request.
    pub request: Option<Packed>,
    /// The reply as the client got it; one that was streamed as if it had come in one piece.
    pub reply: Option<Packed>,
}

/// A body as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// Takes the secrets out and compresses the rest; `None`: it is no text, or too large to be kept.
    ///
    /// Reads and compresses all of it: not for a thread that others wait for.
    #[must_use]
    pub fn of(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= BODY_BYTES_MAX)?;
        let packed = zstd::bulk::compress(scrub(text).as_bytes(), LEVEL).ok()?;
        (packed.len() <= PACKED_BYTES_MAX).then_some(Packed(packed))
    }

    /// The text again; `None`: it is damaged.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        let decoder = zstd::stream::read::Decoder::new(self.0.as_slice()).ok()?;
        decoder.take(BODY_BYTES_MAX as u64 + 1).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

/// In JSON as base64: in the journal, and in what is exported.
impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let text = String::deserialize(deserializer)?;
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded.map(Packed).map_err(serde::de::Error::custom)
    }
}

impl Column for Packed {
    fn to_value(&self) -> Value {
        Value::Bytes(self.0.clone())
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(Packed(bytes)),
            _ => None,
        }
    }
}

/// Which bodies of an exchange are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptBodies {
    /// Until when, in milliseconds since 1970.
    pub until_ms: u64,
    /// Whether the client's request is.
    pub request: bool,
    /// Whether the reply is.
    pub reply: bool,
}

const COLUMNS: &[&str] = &["id", "until_ms", "request", "reply"];

/// Keeps the bodies of new entries.
pub(crate) fn add(database: &mut dyn Database, new: &[&Entry]) -> Result<(), StoreError> {
    for entry in new {
        // One at a time: sixteen megabytes each.
        let Some(Bodies { until_ms, request, reply }) = &entry.bodies else { continue };
        let row = vec![
            Value::text(&entry.exchange.id),
            until_ms.to_value(),
            request.to_value(),
            reply.to_value(),
        ];
        insert(database, "body", COLUMNS, vec![row], "ON CONFLICT (id) DO NOTHING")?;
    }
    Ok(())
}

impl Store {
    /// The bodies of an exchange; `None`: they were not kept, or are forgotten.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn bodies(&mut self, id: &str) -> Result<Option<Bodies>, StoreError> {
        let sql = "SELECT until_ms, request, reply FROM body WHERE id = $1";
        let rows = self.database.query(sql, &[Value::text(id)])?;
        rows.into_iter().next().map(bodies_of).transpose()
    }

    /// Which bodies of an exchange are kept, without reading them; `None`: none.
    ///
    /// # Errors
    /// Where the database is not to be had, or its role may not read what was said.
    pub fn kept_bodies(&mut self, id: &str) -> Result<Option<KeptBodies>, StoreError> {
        let is_there =
            |column| format!("CAST(CASE WHEN {column} IS NULL THEN 0 ELSE 1 END AS BIGINT)");
        let (request, reply) = (is_there("request"), is_there("reply"));
        let sql = format!("SELECT until_ms, {request}, {reply} FROM body WHERE id = $1");
        let rows = self.database.query(&sql, &[Value::text(id)])?;
        let kept = |row: Row| {
            let mut cells = row.into_iter();
            Some(KeptBodies {
                until_ms: Column::from_value(cells.next()?)?,
                request: Column::from_value(cells.next()?)?,
                reply: Column::from_value(cells.next()?)?,
            })
        };
        let unreadable = StoreError::Unreadable { table: "body" };
        rows.into_iter().next().map(|row| kept(row).ok_or(unreadable)).transpose()
    }

    /// Forgets bodies whose time is over, at most [`FORGOTTEN_AT_ONCE_MAX`]; gives how many.
    ///
    /// # Errors
    /// Where the database is not to be had.
    pub fn forget_bodies(&mut self, now_ms: u64) -> Result<usize, StoreError> {
        let sql = "DELETE FROM body WHERE id IN (SELECT id FROM body WHERE until_ms <= $1 ORDER BY until_ms LIMIT $2) \
                   RETURNING id";
        let values = [now_ms.to_value(), (FORGOTTEN_AT_ONCE_MAX as u64).to_value()];
        self.database.query(sql, &values).map(|rows| rows.len())
    }
}

fn bodies_of(row: Row) -> Result<Bodies, StoreError> {
    let mut cells = row.into_iter();
    let mut read = || {
        Some(Bodies {
            until_ms: Column::from_value(cells.next()?)?,
            request: Column::from_value(cells.next()?)?,
            reply: Column::from_value(cells.next()?)?,
        })
    };
    read().ok_or(StoreError::Unreadable { table: "body" })
}
