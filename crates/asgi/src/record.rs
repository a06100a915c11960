//! What goes over a line: records of one shape, in order.
//!
//! Six little-endian words (of 32 bits), then the text, then the body, then zeros up to a multiple of four bytes:
//!
//! | Word | Holds |
//! |---|---|
//! | 0 | bytes of the whole record, with this word and the zeros |
//! | 1 | its kind in the lowest byte, its [`flag`]s in the next |
//! | 2 | the connection: a number that JavaScript gives |
//! | 3 | a number; what it means depends on the kind |
//! | 4 | bytes of the text |
//! | 5 | bytes of the body in the record; 0 where it lies beside ([`flag::BESIDE`]) |
//!
//! Texts are what HTTP has in its heads: bytes, one for each character (Latin-1), parts parted by NUL, which no head may
//! hold.

use thiserror::Error;

/// Bytes of a record before its text.
const HEAD_BYTES: usize = 24;

/// What JavaScript asks of the host. `number` and `text` are those of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ask {
    /// Loads an application; the body is JSON. Told back: [`Tell::Loaded`] or [`Tell::Failed`].
    Load = 1,
    /// Closes the application `number`; the body is JSON. Told back: [`Tell::Closed`].
    Close = 2,
    /// A request for the application `number`. The text: method, target, scheme, HTTP version, root path, client's host
    /// and port, server's host and port (a port may be empty, a host too: unknown), then names and values of headers.
    Request = 3,
    /// A WebSocket for the application `number`, as a request; the body: [`limits`](crate::WebSocketLimits), or nothing.
    Connect = 4,
    /// The next part of a request's body, or of a WebSocket's bytes ([`flag::FRAMES`]).
    Body = 5,
    /// Whoever asked has gone. For a WebSocket `number` is the close code, the body the reason.
    Gone = 6,
    /// `number` bytes of the reply's body, or of messages, were taken.
    Taken = 7,
    /// A message of a WebSocket without frames; [`flag::BINARY`], else UTF-8.
    Message = 8,
    /// Listens for an application; the body is JSON. Told back: [`Tell::Listening`], and [`Tell::Closed`] at its end, or
    /// [`Tell::Failed`].
    Listen = 9,
    /// Ends what the connection's [`Ask::Listen`] began; requests under way may take `number` milliseconds.
    Unlisten = 10,
}

/// What the host tells JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Tell {
    /// The application has the number `number`.
    Loaded = 1,
    /// The application, or the listener, is closed. The body says what went wrong meanwhile, or is empty.
    Closed = 2,
    /// A reply begins: status, headers, the first part of its body.
    Head = 3,
    /// The next part of a reply's body.
    Body = 4,
    /// Trailers: names and values. The reply is over.
    Trailers = 5,
    /// Early hints: values of `link`.
    Hints = 6,
    /// The reply's body is the file whose path is the body (UTF-8). The reply is over.
    File = 7,
    /// It went wrong; the body is JSON with `code` and `message`, `number` the status of a reply in its place. Nothing follows.
    Failed = 8,
    /// `number` bytes of the request's body, or of messages, were taken.
    Taken = 9,
    /// The application waits for the body: the moment for `100 Continue`.
    Wanted = 10,
    /// The WebSocket is accepted: names and values of the headers of the reply 101. With [`flag::FRAMES`] its bytes follow
    /// as bodies. What is refused instead is told as a head and bodies.
    Accept = 11,
    /// A message of a WebSocket without frames; [`flag::BINARY`], else UTF-8.
    Message = 12,
    /// The WebSocket without frames is closed with the code `number`; the body is the reason (UTF-8). Nothing follows.
    Close = 13,
    /// It listens; the body is JSON and says where.
    Listening = 14,
}

impl Ask {
    /// The kind that a record's byte means.
    pub fn of(kind: u8) -> Option<Self> {
        Some(match kind {
            1 => Self::Load,
            2 => Self::Close,
            3 => Self::Request,
            4 => Self::Connect,
            5 => Self::Body,
            6 => Self::Gone,
            7 => Self::Taken,
            8 => Self::Message,
            9 => Self::Listen,
            10 => Self::Unlisten,
            _ => return None,
        })
    }
}

/// Flags of a record.
pub mod flag {
    /// Further parts of the body follow.
    pub const MORE: u8 = 1;
    /// The body does not lie in the record but is the next of the buffers beside it.
    pub const BESIDE: u8 = 2;
    /// A request: the client waits for `100 Continue`.
    pub const EXPECTS: u8 = 4;
    /// A request: the client takes trailers. A head: trailers follow the body.
    pub const TRAILERS: u8 = 8;
    /// A request: the client takes early hints.
    pub const HINTS: u8 = 16;
    /// A message: bytes, not text.
    pub const BINARY: u8 = 32;
    /// A WebSocket: bytes of its wire go both ways, the host speaks RFC 6455. Without it whole messages go.
    pub const FRAMES: u8 = 64;
    /// A request: the first of its headers is `:trusted-proxies`, whose word on the client is taken.
    pub const FORWARDED: u8 = 128;
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// An [`Ask`] or a [`Tell`], depending on who wrote it.
    pub kind: u8,
    /// Of [`flag`].
    pub flags: u8,
    /// Which connection, load or close it belongs to.
    pub connection: u32,
    /// Depends on the kind.
    pub number: u32,
    /// Latin-1, parts parted by NUL.
    pub text: &'a [u8],
    /// Any bytes; empty where they lie beside.
    pub body: &'a [u8],
}

impl Record<'_> {
    /// A record with nothing but its kind and connection.
    pub const fn of(kind: u8, connection: u32) -> Self {
        Record { kind, flags: 0, connection, number: 0, text: b"", body: b"" }
    }

    /// Whether a flag is set.
    pub const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Writes records one after the other.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Appends a record. Text and body together have less than 4 GiB: a longer one is cut to nothing, as no caller has one.
    pub fn push(&mut self, record: &Record<'_>) {
        let bytes = (HEAD_BYTES + record.text.len() + record.body.len()).next_multiple_of(4);
        let (Ok(whole), Ok(text), Ok(body)) = (
            u32::try_from(bytes),
            u32::try_from(record.text.len()),
            u32::try_from(record.body.len()),
        ) else {
            return;
        };
        let kind = u32::from(record.kind) | u32::from(record.flags) << 8;
        // Once, not again and again while it is written.
        self.bytes.reserve(bytes);
        for word in [whole, kind, record.connection, record.number, text, body] {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
        self.bytes.extend_from_slice(record.text);
        self.bytes.extend_from_slice(record.body);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// What was written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes what was written, and begins anew.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// The bytes are no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no record begins at byte {at}, or it is longer than what is there")]
pub struct Malformed {
    /// Where reading stopped.
    pub at: usize,
}

/// Reads records one after the other; ends after the first that is none.
#[derive(Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    /// The records in `bytes`.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn read(&self) -> Option<(Record<'a>, usize)> {
        let rest = self.bytes.get(self.at..)?;
        let word = |index: usize| {
            let bytes = rest.get(index * 4..index * 4 + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let whole = usize::try_from(word(0)?).ok()?;
        let [kind, flags, ..] = word(1)?.to_le_bytes();
        let text_bytes = usize::try_from(word(4)?).ok()?;
        let body_bytes = usize::try_from(word(5)?).ok()?;
        let text_end = HEAD_BYTES.checked_add(text_bytes)?;
        let body_end = text_end.checked_add(body_bytes)?;
        if whole != body_end.checked_next_multiple_of(4)? || whole > rest.len() {
            return None;
        }
        let record = Record {
            kind,
            flags,
            connection: word(2)?,
            number: word(3)?,
            text: rest.get(HEAD_BYTES..text_end)?,
            body: rest.get(text_end..body_end)?,
        };
        Some((record, whole))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        if let Some((record, bytes)) = self.read() {
            self.at += bytes;
            return Some(Ok(record));
        }
        let at = std::mem::replace(&mut self.at, self.bytes.len());
        Some(Err(Malformed { at }))
    }
}
