//! WebSocket's frames (RFC 6455), over bytes that others carry: one codec for whatever they came by.
//!
//! tungstenite does the work: masks, fragments, UTF-8, lengths, the order of frames, the answer to pings and closes. It is
//! given bytes in memory and writes into memory; nothing here waits.

use std::io::{self, Read, Write};

use tungstenite::error::Error;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Bytes, Message, Utf8Bytes};

use crate::deflate::{self, Inflater};

/// Bytes that are read at a time, and kept for each WebSocket: most messages are smaller.
const READ_BYTES: usize = 4 * 1024;
/// Shorter messages are not compressed: they come in one packet either way.
const DEFLATE_BYTES_MIN: usize = 1024;

/// Close codes of RFC 6455, 7.4.1.
pub(crate) mod code {
    pub(crate) const NORMAL: u16 = 1000;
    pub(crate) const PROTOCOL: u16 = 1002;
    /// Never on the wire: the peer's frame had none.
    pub(crate) const NONE: u16 = 1005;
    /// Never on the wire: the connection was lost.
    pub(crate) const LOST: u16 = 1006;
    pub(crate) const NOT_UTF8: u16 = 1007;
    pub(crate) const TOO_LONG: u16 = 1009;
    pub(crate) const FAILED: u16 = 1011;
    pub(crate) const RESTART: u16 = 1012;
}

/// What came.
pub(crate) enum Arrival {
    Text(Utf8Bytes),
    Binary(Bytes),
    /// The peer has closed it, or broke the protocol: nothing follows.
    Closed {
        code: u16,
        reason: String,
    },
}

/// One WebSocket's frames, on the server's side.
pub(crate) struct Frames {
    context: WebSocketContext,
    outgoing: Vec<u8>,
    /// Where permessage-deflate was agreed on.
    inflater: Option<Inflater>,
}

impl Frames {
    pub(crate) fn new(message_bytes_max: usize, deflates: bool) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(message_bytes_max))
            .max_frame_size(Some(message_bytes_max));
        let context = WebSocketContext::new(Role::Server, Some(config));
        let inflater = deflates.then(|| Inflater::new(message_bytes_max));
        Self { context, outgoing: Vec::new(), inflater }
    }

    /// Takes bytes of the wire; what they make whole is pushed to `arrivals`.
    pub(crate) fn read(&mut self, bytes: &[u8], arrivals: &mut Vec<Arrival>) {
        let Some(inflater) = &mut self.inflater else { return self.read_plain(bytes, arrivals) };
        let mut plain = Vec::with_capacity(bytes.len());
        let read = inflater.read(bytes, &mut plain);
        self.read_plain(&plain, arrivals);
        let closed = matches!(arrivals.last(), Some(Arrival::Closed { .. }));
        if let (Err(code), false) = (read, closed) {
            self.close(code, "");
            let reason = "a message cannot be inflated, or is too long".to_owned();
            arrivals.push(Arrival::Closed { code, reason });
        }
    }

    fn read_plain(&mut self, bytes: &[u8], arrivals: &mut Vec<Arrival>) {
        let mut wire = Wire { incoming: bytes, outgoing: &mut self.outgoing };
        loop {
            match self.context.read(&mut wire) {
                Ok(Message::Text(text)) => arrivals.push(Arrival::Text(text)),
                Ok(Message::Binary(bytes)) => arrivals.push(Arrival::Binary(bytes)),
                Ok(Message::Close(close)) => {
                    // Writes the answer to it.
                    let _ = self.context.flush(&mut wire);
                    return arrivals
                        .push(close.as_ref().map_or_else(Arrival::without_code, Arrival::of));
                }
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    let code = code_of(&error);
                    self.close(code, "");
                    return arrivals.push(Arrival::Closed { code, reason: error.to_string() });
                }
            }
        }
    }

    fn write(&mut self, message: Message) {
        let mut wire = Wire { incoming: &[], outgoing: &mut self.outgoing };
        // Writing into memory fails only when a close was sent: then nothing more is to be said.
        let _ = self.context.write(&mut wire, message);
    }

    pub(crate) fn text(&mut self, text: &str) {
        let packed = self.packed(text.as_bytes(), Data::Text);
        self.write(packed.unwrap_or_else(|| Message::text(text)));
    }

    pub(crate) fn binary(&mut self, bytes: &[u8]) {
        let packed = self.packed(bytes, Data::Binary);
        self.write(packed.unwrap_or_else(|| Message::binary(Bytes::copy_from_slice(bytes))));
    }

    /// A message compressed, where that was agreed on and is worth it.
    fn packed(&self, bytes: &[u8], kind: Data) -> Option<Message> {
        let worth_it = self.inflater.is_some() && bytes.len() >= DEFLATE_BYTES_MIN;
        let packed = if worth_it { deflate::compressed(bytes)? } else { return None };
        let mut frame = Frame::message(packed, OpCode::Data(kind), true);
        frame.header_mut().rsv1 = true;
        Some(Message::Frame(frame))
    }

    pub(crate) fn ping(&mut self) {
        self.write(Message::Ping(Bytes::new()));
    }

    /// Says why it ends. Nothing can be written afterwards.
    pub(crate) fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        self.write(Message::Close(Some(frame)));
    }

    /// Bytes for the wire.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }
}

impl Arrival {
    fn of(close: &CloseFrame) -> Self {
        Self::Closed { code: close.code.into(), reason: close.reason.as_str().to_owned() }
    }

    fn without_code() -> Self {
        Self::Closed { code: code::NONE, reason: String::new() }
    }
}

fn code_of(error: &Error) -> u16 {
    match error {
        Error::Utf8(_) => code::NOT_UTF8,
        Error::Capacity(_) => code::TOO_LONG,
        _ => code::PROTOCOL,
    }
}

/// Bytes that came, and a place for those that go.
struct Wire<'a> {
    incoming: &'a [u8],
    outgoing: &'a mut Vec<u8>,
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.incoming.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
