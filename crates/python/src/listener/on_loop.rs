//! Connections without TLS, on the thread of Python's loop: a request goes to its application and comes back without a change
//! of threads.

use std::io;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hyper_util::rt::TokioExecutor;
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Handle;

use super::desk::Desk;
use super::executor::Executor;
use super::reactor::{Reactor, Socket, Stream};
use crate::line::Line;
use crate::runner::Delivery;

/// The connections of one listener.
pub(crate) struct OnLoop {
    reactor: Arc<Reactor>,
    executor: Executor,
    desk: Arc<Desk>,
    /// Of the listener's thread, which has the clock and reads files.
    runtime: OnceLock<Handle>,
    /// The listener has ended. Held while connections are served: they need the runtime.
    ended: Mutex<bool>,
}

impl OnLoop {
    /// # Errors
    ///
    /// The system has no descriptor left.
    pub(super) fn new() -> io::Result<Self> {
        let reactor = Arc::new(Reactor::new()?);
        let bell = Arc::clone(&reactor);
        let executor = Executor::new(Box::new(move || bell.ring()));
        let (desk, runtime, ended) = (Arc::new(Desk::new()), OnceLock::new(), Mutex::new(false));
        Ok(Self { reactor, executor, desk, runtime, ended })
    }

    /// Readable when [`Self::poll`] has something to do.
    pub(crate) fn descriptor(&self) -> RawFd {
        self.reactor.descriptor()
    }

    pub(super) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// Whether that line is its own.
    pub(crate) fn has(&self, line: &Arc<Line>) -> bool {
        self.desk.has(line)
    }

    /// Serves what the network has brought; `false`: the listener has ended, and so has this.
    pub(crate) fn poll(&self) -> bool {
        self.run(|| self.reactor.turn())
    }

    /// Gives what was told to the connections it is for, which write it.
    pub(crate) fn collect(&self) {
        self.run(|| self.desk.sort());
    }

    /// What its connections have asked since the last time.
    pub(crate) fn asked(&self) -> Option<Delivery> {
        self.desk.asked()
    }

    fn run(&self, first: impl FnOnce()) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if !*ended {
            let _context = self.runtime.get().map(Handle::enter);
            self.executor.run(first);
        }
        !*ended
    }

    /// Says whose clock it has; before the first connection.
    pub(super) fn begin(&self, runtime: Handle) {
        let _ = self.runtime.set(runtime);
    }

    pub(super) fn adopt_tcp(&self, stream: TcpStream) -> io::Result<Stream> {
        let socket = mio::net::TcpStream::from_std(stream.into_std()?);
        self.reactor.adopt(Socket::Tcp(socket))
    }

    pub(super) fn adopt_unix(&self, stream: UnixStream) -> io::Result<Stream> {
        let socket = mio::net::UnixStream::from_std(stream.into_std()?);
        self.reactor.adopt(Socket::Unix(socket))
    }

    /// From any thread.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.executor.spawn(Box::pin(work));
    }

    /// Drops the connections that are left. Afterwards it serves nothing.
    pub(crate) fn end(&self) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended = true;
        self.executor.close();
        drop(ended);
        // That their clients have gone.
        self.desk.flush();
        self.reactor.ring();
    }
}

/// Where the tasks of HTTP/2's streams run: where their connection does.
#[derive(Clone)]
pub(super) enum Spawn {
    OnLoop(Arc<OnLoop>),
    Beside(TokioExecutor),
}

impl<F> hyper::rt::Executor<F> for Spawn
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, work: F) {
        match self {
            Self::OnLoop(on_loop) => on_loop.spawn(work),
            Self::Beside(runtime) => runtime.execute(work),
        }
    }
}
