//! A raw HTTP/1.1 client: sends any bytes, reads only when the test says so, leaves at will.

mod request;
mod response;

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

pub use request::Request;
pub use response::{Collected, End, Piece, Response};

use crate::http::Buffer;

/// Why a reply could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The base URL is not `http://ADDRESS:PORT`.
    #[error("{0:?} is not http://ADDRESS:PORT")]
    BaseUrl(String),
    /// Connecting, writing or reading failed; a reset connection is
    /// [`io::ErrorKind::ConnectionReset`].
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// The server closed the connection instead of answering.
    #[error("closed without a reply")]
    NoReply,
    /// The status line is none.
    #[error("not a status line: {0:?}")]
    StatusLine(String),
}

/// Connects, sends, and reads the head of the reply.
pub async fn send(base_url: &str, request: &Request) -> Result<Response, ClientError> {
    Connection::open(base_url).await?.send(request).await
}

/// A connection on which no reply is being read.
#[derive(Debug)]
pub struct Connection {
    pub(super) stream: TcpStream,
    pub(super) buffer: Buffer,
    host: String,
}

impl Connection {
    /// Connects to `http://ADDRESS:PORT`; a path after it is ignored.
    pub async fn open(base_url: &str) -> Result<Self, ClientError> {
        Self::open_with(base_url, None).await
    }

    /// Connects with a receive buffer of about this size, so that a reader that stops is felt by
    /// the sender after little more than that. The kernel at least doubles it and has a minimum.
    pub async fn open_with_receive_buffer(base_url: &str, bytes: u32) -> Result<Self, ClientError> {
        Self::open_with(base_url, Some(bytes)).await
    }

    async fn open_with(base_url: &str, receive_buffer: Option<u32>) -> Result<Self, ClientError> {
        let bad = || ClientError::BaseUrl(base_url.to_owned());
        let host = base_url.strip_prefix("http://").ok_or_else(bad)?;
        let host = host.split('/').next().unwrap_or_default().to_owned();
        let address: SocketAddr = host.parse().map_err(|_| bad())?;
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Buffer::default(), host })
    }

    /// Sends a request and reads the head of the reply. Nothing of the body is asked for yet.
    pub async fn send(mut self, request: &Request) -> Result<Response, ClientError> {
        let bytes = request.to_bytes(&self.host);
        self.write(&bytes).await?;
        self.read_response(request.method() == "HEAD").await
    }

    /// Writes bytes as they are.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Reads the head of a reply; with `without_body` (a reply to HEAD) it has no body.
    pub async fn read_response(mut self, without_body: bool) -> Result<Response, ClientError> {
        let head = self.buffer.read_head(&mut self.stream).await?.ok_or(ClientError::NoReply)?;
        Response::new(self, head, without_body)
    }

    /// Reads once, at most `most` bytes as they come on the wire, framing included: a reader at any
    /// pace. [`Response::into_connection`] leads here from a reply. Cancel safe.
    pub async fn read_some(&mut self, most: usize) -> Piece {
        if self.buffer.len() == 0 {
            match self.buffer.fill(&mut self.stream, most).await {
                Ok(0) => return Piece::End(End::Closed),
                Ok(_) => {}
                Err(error) => return Piece::End(End::of(&error)),
            }
        }
        Piece::Data(self.buffer.take(most))
    }

    /// Reads until the peer ends the connection: all bytes as they came on the wire.
    pub async fn read_to_end(mut self) -> (Vec<u8>, End) {
        loop {
            match self.buffer.fill(&mut self.stream, usize::MAX).await {
                Ok(0) => return (self.buffer.take(usize::MAX), End::Closed),
                Ok(_) => {}
                Err(error) => return (self.buffer.take(usize::MAX), End::of(&error)),
            }
        }
    }

    /// Leaves with FIN, as a closed browser tab does.
    pub fn close(self) {
        drop(self);
    }

    /// Leaves with RST, as a killed process with unread data does.
    pub fn reset(self) {
        // It fails only on a socket that is no longer one, which has left anyway.
        let _ = self.stream.set_zero_linger();
    }
}
