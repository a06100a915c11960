//! A gateway that runs: started on its core, stopped with all below it.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;

/// Between two tries to connect: a tenth of the shortest start that is told apart from another.
const CONNECT_INTERVAL: Duration = Duration::from_millis(1);
/// How long a process may take to end after it was asked to.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// Bytes of a log's end that an error shows.
const LOG_SHOWN_BYTES: usize = 1_000;

/// A process in a group of its own; dropped, the whole group is ended.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first connection it took.
    pub(crate) start_time: Duration,
}

impl Running {
    /// Starts a program and waits until it takes connections on `port`.
    pub(crate) async fn start(
        mut command: Command,
        port: u16,
        log: &Path,
        limit: Duration,
    ) -> Result<Self> {
        let file = File::create(log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
        let begin = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("cannot run {}", command.get_program().display()))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut running = Self { child, address, start_time: Duration::ZERO };
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = running.child.try_wait()? {
                bail!("it ended while it started ({status}): {}", end_of(log));
            }
            if begin.elapsed() > limit {
                bail!("it did not listen within {} s: {}", limit.as_secs(), end_of(log));
            }
            tokio::time::sleep(CONNECT_INTERVAL).await;
        }
        running.start_time = begin.elapsed();
        Ok(running)
    }

    /// The process; its descendants are part of what is measured.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: &str) {
        // The whole group; that it may have ended already is no error.
        let group = format!("-{}", self.child.id());
        let mut kill = Command::new("kill");
        kill.args([signal, "--", &group]).stderr(Stdio::null());
        let _ = kill.status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal("-TERM");
        let begin = Instant::now();
        while self.is_alive() && begin.elapsed() < STOP_GRACE {
            std::thread::sleep(Duration::from_millis(10));
        }
        // Also what the process itself left behind.
        self.signal("-KILL");
        let _ = self.child.wait();
    }
}

/// A port of the loopback address that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let from = text.floor_char_boundary(text.len().saturating_sub(LOG_SHOWN_BYTES));
    text.get(from..).unwrap_or_default().trim().to_owned()
}
