//! Stopping: signals, and the end of `--exit-after`.

use std::io;
use std::time::Duration;

use ironbridge_gateway::Handle;

use crate::error::Error;

/// Works until the process is told a third time to stop: the first signal lets running exchanges end, the second
/// breaks them off with an error for each client.
pub(crate) async fn stop(
    handle: Handle,
    mut signals: Signals,
    exit_after: Option<Duration>,
) -> Error {
    let mut stops = 0;
    let mut exit = std::pin::pin!(elapse(exit_after));
    let mut exited = false;
    loop {
        tokio::select! {
            signal = signals.next() => {
                stops += 1;
                match stops {
                    1 => tracing::info!(signal, "stopping; running exchanges may end"),
                    2 => tracing::info!(signal, "stopping at once"),
                    _ => return Error::failure("stopped before every client was told"),
                }
                handle.shutdown();
            }
            () = &mut exit, if !exited => {
                exited = true;
                handle.shutdown();
            }
        }
    }
}

/// Ends after that time; never, if there is none.
async fn elapse(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// The signals that ask a process to stop.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Begins to catch them.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Signals { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    /// Waits for the next one and gives its name.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    }
}
