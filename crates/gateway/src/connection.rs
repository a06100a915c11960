//! One client connection: its socket, and how long it may be stuck.

use crate::settings::Limits;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// A socket whose reads fail when the client never begins to speak, and whose writes when it takes no byte for too long.
///
/// Without the first a silent connection would hold its place for ever: hyper's own limit begins only once it knows
/// which HTTP is spoken. Without the second a client that stops reading would hold its exchange, and the upstream's
/// connection: what it does not take is never dropped, so it is bounded in time instead.
pub(crate) struct Connection {
    socket: TcpStream,
    /// Until the client has said which HTTP it speaks.
    greeting: Option<Greeting>,
    write_idle: Duration,
    stuck: Option<Pin<Box<Sleep>>>,
}

struct Greeting {
    deadline: Pin<Box<Sleep>>,
    bytes_left: usize,
}

/// The length of HTTP/2's preface, which tells it from HTTP/1 (RFC 9113 §3.4).
const PREFACE_BYTES: usize = 24;

impl Connection {
    /// Takes over an accepted socket. Small events leave at once: without `TCP_NODELAY` each would wait for the
    /// acknowledgement of the one before, up to 40 ms.
    pub(crate) fn new(socket: TcpStream, limits: &Limits) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let deadline = Box::pin(tokio::time::sleep(limits.header_timeout));
        let greeting = Some(Greeting { deadline, bytes_left: PREFACE_BYTES });
        Ok(Connection { socket, greeting, write_idle: limits.write_idle_timeout, stuck: None })
    }

    /// What came of a read while the client was still to say which HTTP it speaks.
    fn greet(
        &mut self,
        cx: &mut Context<'_>,
        read: Poll<io::Result<()>>,
        bytes: usize,
    ) -> Poll<io::Result<()>> {
        let Some(greeting) = &mut self.greeting else { return read };
        if read.is_ready() {
            greeting.bytes_left = greeting.bytes_left.saturating_sub(bytes);
            if greeting.bytes_left == 0 {
                self.greeting = None;
            }
            return read;
        }
        greeting.deadline.as_mut().poll(cx).map(|()| {
            Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not begin to speak"))
        })
    }

    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let deadline = Instant::now() + self.write_idle;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        match stuck.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client takes no byte of its reply",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buffer);
        self.greet(cx, read, buffer.filled().len() - before)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Connection;
    use crate::settings::Limits;
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn small_events_leave_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let client =
            TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connected");
        let (accepted, _) = listener.accept().await.expect("accepted");
        assert!(!accepted.nodelay().expect("a socket"), "the system's default");
        let connection = Connection::new(accepted, &Limits::default()).expect("taken over");
        assert!(connection.socket.nodelay().expect("a socket"));
        drop(client);
    }
}
