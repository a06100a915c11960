//! The server: accepts, records, answers.

mod connection;
mod log;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::received::Received;
use crate::script::Script;
use connection::Connection;
use log::Journal;
pub use log::{Connections, Log};

/// A scripted upstream on a free port of the loopback address. It stops when dropped and leaves
/// neither task nor socket behind.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    journal: Arc<Journal>,
    runner: Runner,
}

#[derive(Debug)]
enum Runner {
    /// In the caller's runtime. Dropping the set stops the listener and every connection.
    Tasks {
        _tasks: JoinSet<()>,
    },
    Thread {
        stop: Option<oneshot::Sender<()>>,
        thread: Option<JoinHandle<()>>,
    },
}

impl Upstream {
    /// Starts in the caller's tokio runtime.
    ///
    /// # Panics
    ///
    /// When no port can be bound: no test can go on from there.
    pub async fn start(script: impl Into<Script>) -> Self {
        let listener = bind().expect("a free loopback port can be bound");
        let address = listener.local_addr().expect("a bound listener has an address");
        let listener = TcpListener::from_std(listener).expect("inside a tokio runtime");
        let journal = Arc::new(Journal::new());
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, script.into(), Arc::clone(&journal)));
        Self { address, journal, runner: Runner::Tasks { _tasks: tasks } }
    }

    /// Starts on a thread and runtime of its own: for tests without tokio, for a paused clock, and
    /// for other programs as clients.
    ///
    /// # Panics
    ///
    /// When no port can be bound or no thread started.
    pub fn start_on_thread(script: impl Into<Script>) -> Self {
        let listener = bind().expect("a free loopback port can be bound");
        let address = listener.local_addr().expect("a bound listener has an address");
        let journal = Arc::new(Journal::new());
        let (stop, stopped) = oneshot::channel::<()>();
        let (script, for_thread) = (script.into(), Arc::clone(&journal));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be built");
        let run = move || {
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("inside a tokio runtime");
                tokio::select! {
                    () = serve(listener, script, for_thread) => {}
                    _ = stopped => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("testkit upstream".into()).spawn(run);
        let thread = Some(thread.expect("a thread can be started"));
        Self { address, journal, runner: Runner::Thread { stop: Some(stop), thread } }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far, in the order in which they were whole.
    pub fn requests(&self) -> Vec<Received> {
        self.journal.read(|log| log.requests.clone())
    }

    /// The counts of sockets so far.
    pub fn connections(&self) -> Connections {
        self.journal.read(|log| log.connections)
    }

    /// Bytes of answers (heads and framing included) that the sockets have taken so far: what a
    /// reader that has stopped reading cannot raise without end.
    pub fn bytes_sent(&self) -> u64 {
        self.journal.read(|log| log.bytes_sent)
    }

    /// Resolves once the condition holds. Cancel safe. It has no time limit: the test runner has.
    pub async fn wait_until(&self, condition: impl FnMut(&Log) -> bool) {
        self.journal.wait_until(condition).await;
    }

    /// Resolves with all requests once there are `count`.
    pub async fn wait_for_requests(&self, count: usize) -> Vec<Received> {
        self.wait_until(|log| log.requests.len() >= count).await;
        self.requests()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        if let Runner::Thread { stop, thread } = &mut self.runner {
            // The receiver is gone only if the thread has already ended.
            let _ = stop.take().map(|stop| stop.send(()));
            if let Some(thread) = thread.take() {
                let _ = thread.join();
            }
        }
    }
}

fn bind() -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Accepts until dropped; the connections are dropped with it.
async fn serve(listener: TcpListener, script: Script, journal: Arc<Journal>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that was reset before it was accepted is an error here.
                let Ok((stream, _)) = accepted else { continue };
                let connection = Connection::new(stream, script.clone(), Arc::clone(&journal));
                connections.spawn(connection.run());
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
