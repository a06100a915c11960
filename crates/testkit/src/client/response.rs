use std::io;

use super::{ClientError, Connection};
use crate::http::{Body, BodyPart, Head, Headers};
use crate::sse::{self, Decoded};

/// A reply whose head was read. The test decides when the body is.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case, in the order of the wire.
    pub headers: Headers,
    connection: Connection,
    body: Body,
}

/// One step of reading a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// One chunk of a chunked body; of any other, what has come.
    Data(Vec<u8>),
    /// There is no more.
    End(End),
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As its framing says.
    Complete,
    /// The connection was closed (FIN) before that.
    Closed,
    /// The connection was reset (RST).
    Reset,
    /// What came was not HTTP.
    Malformed,
}

/// A body that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The chunks, or the pieces as they came.
    pub chunks: Vec<Vec<u8>>,
    /// How it ended.
    pub end: End,
}

impl End {
    pub(super) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Malformed,
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Reset,
        }
    }
}

impl Response {
    pub(super) fn new(
        connection: Connection,
        head: Head,
        without_body: bool,
    ) -> Result<Self, ClientError> {
        let status = head.start_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let Some(status) = status.filter(|_| head.start_line.starts_with("HTTP/1.1 ")) else {
            return Err(ClientError::StatusLine(head.start_line));
        };
        let body = if without_body || status == 204 || status == 304 {
            Body::Done
        } else {
            Body::after(&head.headers, Body::UntilEnd)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?
        };
        Ok(Self { status, headers: head.headers, connection, body })
    }

    /// The first value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Reads the next piece of the body. Asks the socket for at most 8 KB at a time and never reads
    /// ahead of what a piece needs. Cancel safe.
    pub async fn next(&mut self) -> Piece {
        let Connection { stream, buffer, .. } = &mut self.connection;
        match buffer.read_body(stream, &mut self.body).await {
            Ok(BodyPart::Data(data)) => Piece::Data(data),
            Ok(BodyPart::Complete) => Piece::End(End::Complete),
            Ok(BodyPart::CutOff) => Piece::End(End::Closed),
            Err(error) => Piece::End(End::of(&error)),
        }
    }

    /// Reads pieces until there are at least `bytes` of the body, or it ended.
    pub async fn read_at_least(&mut self, bytes: usize) -> Vec<u8> {
        let mut read = Vec::new();
        while read.len() < bytes {
            match self.next().await {
                Piece::Data(data) => read.extend_from_slice(&data),
                Piece::End(_) => break,
            }
        }
        read
    }

    /// Reads the body to its end.
    pub async fn collect(&mut self) -> Collected {
        let mut chunks = Vec::new();
        loop {
            match self.next().await {
                Piece::Data(data) => chunks.push(data),
                Piece::End(end) => return Collected { chunks, end },
            }
        }
    }

    /// The connection, for a further request; what is left of the body is left unread.
    pub fn into_connection(self) -> Connection {
        self.connection
    }
}

impl Collected {
    /// The whole body.
    pub fn bytes(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// The whole body as text; what is not UTF-8 becomes U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// The whole body as JSON, `null` when it is not.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes()).unwrap_or_default()
    }

    /// The whole body as a stream of events.
    pub fn events(&self) -> Decoded {
        sse::decode(&self.bytes())
    }
}
