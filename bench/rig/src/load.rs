//! The load: connections that ask, wait for the whole answer, and ask again.
//!
//! Each connection finishes what it began, so that all the CPU time a gateway spent belongs to a request that is
//! counted. An answer counts only when it is whole: its status, its end, and every chunk of a stream.

mod client;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clock;
use crate::quantiles::Quantiles;
use client::Client;

/// How long one request may take: longer than the slowest peer needs with 64 others before it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the idle connections may take, all together, to be used once: they are used one after the other.
const IDLE_USE_TIMEOUT: Duration = Duration::from_secs(60);
/// How many different failures are told apart.
const FAILURE_KINDS_MAX: usize = 16;

/// What was no whole answer, by reason.
pub(crate) type Failures = BTreeMap<String, u64>;

/// What is sent, and what a whole answer is.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// To whom.
    pub(crate) address: SocketAddr,
    /// Where.
    pub(crate) path: &'static str,
    /// Besides Host and the content's length.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// What the end of the answer holds; nothing for a plain answer.
    pub(crate) end: &'static [u8],
    /// Chunks that the answer has.
    pub(crate) chunks: usize,
}

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Connections at once, each with one request at a time.
    pub(crate) connections: usize,
    /// No request begins later than this; each connection sends at least one.
    pub(crate) window: Duration,
    /// The connections begin one after the other within this time.
    pub(crate) spread: Duration,
}

/// What came of it. Times are in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Whole answers.
    pub(crate) requests: u64,
    /// Everything else, by reason.
    pub(crate) failures: Failures,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// From request to the end of the answer.
    pub(crate) latency: Quantiles,
    /// From request to the first byte of the answer's body.
    pub(crate) first_byte: Quantiles,
    /// From the mock's writing of a chunk to our reading of it.
    pub(crate) chunk_delay: Quantiles,
    /// Chunks that were expected and never came.
    pub(crate) chunks_lost: u64,
}

/// What one connection saw.
#[derive(Debug, Default)]
struct Seen {
    latency: Vec<u64>,
    first_byte: Vec<u64>,
    chunk_delay: Vec<u64>,
    failures: Failures,
    chunks_lost: u64,
}

/// Runs a plan to its end.
pub(crate) async fn run(request: &Arc<Request>, plan: Plan) -> Outcome {
    let begin = Instant::now();
    let mut workers = JoinSet::new();
    for index in 0..plan.connections {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let connections = u32::try_from(plan.connections).unwrap_or(u32::MAX);
        let start = begin + plan.spread * index / connections;
        workers.spawn(ask_until(Arc::clone(request), start, begin + plan.spread + plan.window));
    }
    let mut all = Seen::default();
    while let Some(seen) = workers.join_next().await {
        match seen {
            Ok(seen) => all.add(seen),
            Err(error) => all.failed(format!("the load generator failed: {error}")),
        }
    }
    Outcome {
        requests: all.latency.len() as u64,
        failures: all.failures,
        elapsed: begin.elapsed(),
        latency: Quantiles::of(all.latency),
        first_byte: Quantiles::of(all.first_byte),
        chunk_delay: Quantiles::of(all.chunk_delay),
        chunks_lost: all.chunks_lost,
    }
}

/// Connections that are open and idle.
pub(crate) struct Idle {
    request: Arc<Request>,
    clients: Vec<Option<Client>>,
}

impl Idle {
    /// Opens connections one after the other; each is used once.
    pub(crate) async fn open(request: Arc<Request>, connections: usize) -> (Self, Failures) {
        let clients = (0..connections).map(|_| None).collect();
        let mut idle = Self { request, clients };
        let failures = idle.use_all().await;
        (idle, failures)
    }

    /// Sends one more request on each. One that was closed meanwhile is opened again, and counts as a failure.
    pub(crate) async fn use_all(&mut self) -> Failures {
        let mut seen = Seen::default();
        let deadline = Instant::now() + IDLE_USE_TIMEOUT;
        for client in &mut self.clients {
            let asked = ask(&self.request, client, &mut seen);
            match tokio::time::timeout_at(deadline, asked).await {
                Ok(Ok(())) => {}
                Ok(Err(reason)) => seen.failed(format!("idle connection: {reason}")),
                Err(_) => {
                    let seconds = IDLE_USE_TIMEOUT.as_secs();
                    seen.failed(format!("idle connection: not answered within {seconds} s of all"));
                }
            }
        }
        seen.failures
    }
}

async fn ask_until(request: Arc<Request>, start: Instant, end: Instant) -> Seen {
    tokio::time::sleep_until(start).await;
    let mut seen = Seen::default();
    let mut client = None;
    loop {
        let asked = tokio::time::timeout(REQUEST_TIMEOUT, ask(&request, &mut client, &mut seen));
        match asked.await {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => {
                seen.failed(reason);
                client = None;
            }
            Err(_) => {
                seen.failed(format!("no whole answer within {} s", REQUEST_TIMEOUT.as_secs()));
                client = None;
            }
        }
        if Instant::now() >= end {
            return seen;
        }
    }
}

/// One request on this connection, which is opened where there is none.
async fn ask(
    request: &Request,
    client: &mut Option<Client>,
    seen: &mut Seen,
) -> Result<(), String> {
    let client = match client {
        Some(client) => client,
        None => client.insert(Client::connect(request.address).await?),
    };
    let begin = clock::nanoseconds();
    let mut chunks = 0;
    let delays = &mut seen.chunk_delay;
    let answered = client.ask(request, |now, sent| {
        chunks += 1;
        delays.push(now.saturating_sub(sent));
    });
    let answered = answered.await;
    seen.chunks_lost += request.chunks.saturating_sub(chunks) as u64;
    let first_byte = answered?;
    if chunks != request.chunks {
        return Err(format!("{chunks} chunks instead of {}", request.chunks));
    }
    seen.latency.push(clock::nanoseconds() - begin);
    seen.first_byte.push(first_byte - begin);
    Ok(())
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.latency.extend(other.latency);
        self.first_byte.extend(other.first_byte);
        self.chunk_delay.extend(other.chunk_delay);
        self.chunks_lost += other.chunks_lost;
        for (reason, count) in other.failures {
            self.count(reason, count);
        }
    }

    fn failed(&mut self, reason: String) {
        self.count(reason, 1);
    }

    fn count(&mut self, reason: String, count: u64) {
        let known = self.failures.contains_key(&reason);
        let reason =
            if known || self.failures.len() < FAILURE_KINDS_MAX { reason } else { "other".into() };
        *self.failures.entry(reason).or_default() += count;
    }
}

#[cfg(test)]
mod tests;
