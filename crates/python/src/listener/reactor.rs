//! Sockets in one poll, whose descriptor Python's loop reads: it is readable when any of them is ready.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mio::event::{Event, Source};
use mio::net::{TcpStream, UnixStream};
use mio::{Events, Interest, Registry, Token};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Sockets that are looked at in one turn; of more the next turn takes note.
const EVENTS_MAX: usize = 1024;
/// Of the bell.
const BELL: Token = Token(0);

pub(super) struct Reactor {
    poll: Mutex<(mio::Poll, Events)>,
    descriptor: RawFd,
    registry: Registry,
    bell: mio::Waker,
    sources: Mutex<Sources>,
}

#[derive(Default)]
struct Sources {
    last: usize,
    all: HashMap<Token, Arc<Mutex<Readiness>>>,
}

/// One direction of a socket.
#[derive(Default)]
struct Side {
    ready: bool,
    /// It will always be ready: its end or an error is to be had.
    ended: bool,
    waker: Option<Waker>,
}

/// What is known of a socket.
#[derive(Default)]
struct Readiness {
    read: Side,
    write: Side,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reactor {
    pub(super) fn new() -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let descriptor = poll.as_raw_fd();
        let registry = poll.registry().try_clone()?;
        let bell = mio::Waker::new(&registry, BELL)?;
        let poll = Mutex::new((poll, Events::with_capacity(EVENTS_MAX)));
        Ok(Self { poll, descriptor, registry, bell, sources: Mutex::default() })
    }

    /// Readable when [`Self::turn`] has something to do.
    pub(super) fn descriptor(&self) -> RawFd {
        self.descriptor
    }

    /// Makes it readable.
    pub(super) fn ring(&self) {
        // It fails only where there is no memory for it, and then so does all else.
        let _ = self.bell.wake();
    }

    /// Takes note of what is ready, and wakes who waits for it.
    pub(super) fn turn(&self) {
        let mut poll = lock(&self.poll);
        let (poll, events) = &mut *poll;
        // Interrupted by a signal: the descriptor is readable still.
        if poll.poll(events, Some(Duration::ZERO)).is_err() {
            return;
        }
        for event in events.iter() {
            let readiness = lock(&self.sources).all.get(&event.token()).map(Arc::clone);
            let Some(readiness) = readiness else { continue };
            let wakers = lock(&readiness).note(event);
            wakers.into_iter().flatten().for_each(Waker::wake);
        }
    }

    /// Takes a socket that does not block.
    pub(super) fn adopt(self: &Arc<Self>, mut socket: Socket) -> io::Result<Stream> {
        let (token, readiness) = {
            let mut sources = lock(&self.sources);
            sources.last += 1;
            let token = Token(sources.last);
            // Tried at once: the client's first bytes are mostly there by now.
            let ready = || Side { ready: true, ..Side::default() };
            let readiness = Arc::new(Mutex::new(Readiness { read: ready(), write: ready() }));
            sources.all.insert(token, Arc::clone(&readiness));
            (token, readiness)
        };
        let registered =
            self.registry.register(socket.source(), token, Interest::READABLE | Interest::WRITABLE);
        if let Err(error) = registered {
            lock(&self.sources).all.remove(&token);
            return Err(error);
        }
        Ok(Stream { reactor: Arc::clone(self), socket, token, readiness })
    }
}

impl Side {
    fn note(&mut self, ready: bool, ended: bool) -> Option<Waker> {
        self.ended |= ended;
        self.ready |= ready || ended;
        if self.ready { self.waker.take() } else { None }
    }

    /// It was tried in vain, or less came than there was room for: until the next event nothing is to be had.
    fn clear(&mut self) {
        self.ready = self.ended;
    }

    fn poll_ready(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.ready {
            return Poll::Ready(());
        }
        match &mut self.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Readiness {
    fn note(&mut self, event: &Event) -> [Option<Waker>; 2] {
        let failed = event.is_error();
        [
            self.read.note(event.is_readable(), event.is_read_closed() || failed),
            self.write.note(event.is_writable(), event.is_write_closed() || failed),
        ]
    }

    fn read(&mut self) -> &mut Side {
        &mut self.read
    }

    fn write(&mut self) -> &mut Side {
        &mut self.write
    }
}

/// Of either kind.
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(socket) => socket,
            Self::Unix(socket) => socket,
        }
    }

    fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.read(part),
            Self::Unix(socket) => socket.read(part),
        }
    }

    fn write(&mut self, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write_vectored(parts),
            Self::Unix(socket) => socket.write_vectored(parts),
        }
    }

    fn end(&self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.shutdown(Shutdown::Write),
            Self::Unix(socket) => socket.shutdown(Shutdown::Write),
        }
    }
}

/// A socket that is served on the loop's thread.
pub(super) struct Stream {
    reactor: Arc<Reactor>,
    socket: Socket,
    token: Token,
    readiness: Arc<Mutex<Readiness>>,
}

impl Stream {
    /// Does something as soon as it can be done without waiting.
    fn poll<T>(
        &mut self,
        context: &Context<'_>,
        side: impl Fn(&mut Readiness) -> &mut Side,
        mut act: impl FnMut(&mut Socket) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            if side(&mut lock(&self.readiness)).poll_ready(context).is_pending() {
                return Poll::Pending;
            }
            match act(&mut self.socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Also what has ended: that it would block says that there is nothing to be had yet.
                    side(&mut lock(&self.readiness)).ready = false;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let read = self.poll(context, Readiness::read, |socket| {
            // SAFETY: reading writes to it and reads nothing of it; no more than was written is taken for filled below.
            let part = unsafe {
                &mut *(std::ptr::from_mut::<[MaybeUninit<u8>]>(buffer.unfilled_mut())
                    as *mut [u8])
            };
            socket.read(part)
        });
        read.map_ok(|length| {
            // SAFETY: the system has written so many bytes from its beginning on.
            unsafe { buffer.assume_init(length) };
            buffer.advance(length);
            if (1..room).contains(&length) {
                // All that was there: the next try would be in vain.
                lock(&self.readiness).read.clear();
            }
        })
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        part: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(part)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll(context, Readiness::write, |socket| socket.write(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.end())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        lock(&self.reactor.sources).all.remove(&self.token);
        // It is closed next, which takes it out of the poll in any case.
        let _ = self.reactor.registry.deregister(self.socket.source());
    }
}
