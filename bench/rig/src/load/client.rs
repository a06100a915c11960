//! One connection to a gateway.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Method;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use memchr::memmem;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Request;
use crate::clock::{self, Marks};

/// How much of an answer's end is kept, to look for the end of a stream in it.
const END_BYTES: usize = 256;
/// How much of a refusal is shown.
const REFUSAL_BYTES_MAX: usize = 200;

/// A connection that is kept open; dropped, it is closed.
pub(super) struct Client {
    sender: SendRequest<Full<Bytes>>,
    /// hyper's driver of the connection.
    _driver: JoinSet<hyper::Result<()>>,
}

impl Client {
    /// Opens it.
    pub(super) async fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Ok(Self { sender, _driver: driver })
    }

    /// Sends a request and reads the whole answer. `chunk` is told of every chunk when it was read and when it was
    /// sent. Gives the moment of the body's first byte.
    pub(super) async fn ask(
        &mut self,
        request: &Request,
        mut chunk: impl FnMut(u64, u64),
    ) -> Result<u64, String> {
        let mut message = http::Request::new(Full::new(request.body.clone()));
        *message.method_mut() = Method::POST;
        *message.uri_mut() = http::Uri::from_static(request.path);
        *message.headers_mut() = request.headers.clone();
        self.sender.ready().await.map_err(|error| error.to_string())?;
        let answer = self.sender.send_request(message).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let mut body = answer.into_body();
        let mut first_byte = None;
        let mut marks = Marks::default();
        let mut end = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| error.to_string())?;
            let Some(data) = frame.data_ref() else { continue };
            let now = clock::nanoseconds();
            first_byte.get_or_insert(now);
            if request.chunks > 0 {
                marks.read(data, |sent| chunk(now, sent));
            }
            keep_end(&mut end, data);
        }
        if status != 200 {
            let text =
                String::from_utf8_lossy(end.get(..REFUSAL_BYTES_MAX).unwrap_or(&end)).into_owned();
            return Err(format!("status {}: {text}", status.as_u16()));
        }
        if memmem::find(&end, request.end).is_none() {
            return Err("the answer has no end".to_owned());
        }
        first_byte.ok_or_else(|| "the answer is empty".to_owned())
    }
}

/// Keeps the last [`END_BYTES`] of what was read.
fn keep_end(end: &mut Vec<u8>, data: &[u8]) {
    if data.len() >= END_BYTES {
        end.clear();
    }
    end.extend_from_slice(data.get(data.len().saturating_sub(END_BYTES)..).unwrap_or_default());
    end.drain(..end.len().saturating_sub(END_BYTES));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_however_the_bytes_are_cut() {
        let text: Vec<u8> = (0..1000).map(|index| (index % 251) as u8).collect();
        for size in [1, 7, 255, 256, 257, 1000] {
            let mut end = Vec::new();
            for piece in text.chunks(size) {
                keep_end(&mut end, piece);
            }
            assert_eq!(end, text[1000 - END_BYTES..], "pieces of {size} bytes");
        }
    }
}
