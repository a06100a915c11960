//! The run: starts every gateway, takes turns, and stops them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};

use crate::arguments::Arguments;
use crate::case::{CASES, Case, Dialect};
use crate::child::{Running, free_port};
use crate::load::{self, Outcome, Plan, Request};
use crate::mock::Mock;
use crate::peer::{PEERS, Peer, Setup};
use crate::process_tree;
use crate::report::{Cell, Entry, Measurement, Report};

/// The name of the load without a gateway.
pub(crate) const DIRECT: &str = "direct";
/// A warm-up that is not measured.
const WARM_UP: Plan =
    Plan { connections: 8, window: Duration::from_secs(1), spread: Duration::ZERO };
/// One request, to see whether a gateway answers a case at all.
const PROBE: Plan = Plan { connections: 1, window: Duration::ZERO, spread: Duration::ZERO };

/// A gateway under test, or the mock itself.
struct Subject<'a> {
    /// `None`: the mock itself.
    peer: Option<&'a Peer>,
    running: Option<Running>,
    address: SocketAddr,
    headers: Vec<(&'static str, String)>,
    entry: Entry,
}

/// Measures what the arguments ask for, prints the tables and writes the results.
pub(crate) async fn run(arguments: &Arguments, mock: &Mock) -> Result<()> {
    let cases = chosen(CASES, &arguments.cases, |case| case.name).context("--cases")?;
    let peers = chosen(PEERS, &arguments.peers, |peer| peer.name).context("--peers")?;
    let mut report = Report::new(arguments);
    let mut subjects = vec![Subject::direct(mock)];
    for peer in peers {
        eprintln!("starting {}", peer.name);
        let mut subject = Subject::start(peer, arguments, mock).await;
        subject.try_cases(&cases, mock).await?;
        subjects.push(subject);
    }
    for round in 1..=arguments.rounds {
        for &connections in &arguments.connections {
            for case in &cases {
                eprintln!("round {round}: {} at {connections}", case.name);
                for subject in &mut subjects {
                    subject.measure(case, connections, arguments.window).await?;
                }
            }
        }
    }
    for mut subject in subjects {
        subject.finish().await?;
        report.add(subject.entry);
    }
    report.publish(&cases, arguments)
}

/// The rows with these names, in the table's order; no names are all rows.
fn chosen<'a, T>(
    table: &'a [T],
    names: &[String],
    name: impl Fn(&T) -> &'static str,
) -> Result<Vec<&'a T>> {
    if let Some(unknown) = names.iter().find(|wanted| !table.iter().any(|row| name(row) == *wanted))
    {
        let known: Vec<&str> = table.iter().map(&name).collect();
        bail!("there is no {unknown}; there are {}", known.join(", "));
    }
    Ok(table
        .iter()
        .filter(|row| names.is_empty() || names.iter().any(|n| n == name(row)))
        .collect())
}

impl<'a> Subject<'a> {
    fn direct(mock: &Mock) -> Self {
        let entry = Entry::new(DIRECT);
        Self { peer: None, running: None, address: mock.address, headers: Vec::new(), entry }
    }

    /// Starts a gateway; one that cannot be started is reported as such.
    async fn start(peer: &'a Peer, arguments: &Arguments, mock: &Mock) -> Self {
        let entry = Entry::new(peer.name);
        let mut subject = Self {
            peer: Some(peer),
            running: None,
            address: mock.address,
            headers: Vec::new(),
            entry,
        };
        if let Err(error) = subject.try_start(peer, arguments, mock).await {
            eprintln!("{} cannot be measured: {error:#}", peer.name);
            subject.entry.not_measured = Some(format!("{error:#}"));
        }
        subject
    }

    async fn try_start(&mut self, peer: &Peer, arguments: &Arguments, mock: &Mock) -> Result<()> {
        let folder = std::path::absolute(arguments.work.join(peer.name))?;
        std::fs::create_dir_all(&folder)?;
        let setup = Setup {
            ironbridge: &arguments.ironbridge,
            folder,
            mock: mock.address,
            port: free_port()?,
            pinning: arguments.pinning,
            workers: arguments.workers,
        };
        let command = (peer.command)(&setup)?;
        let log = setup.folder.join("log");
        let running = Running::start(command, setup.port, &log, peer.start_limit).await?;
        self.address = running.address;
        self.headers = (peer.headers)(&setup);
        process_tree::settle(running.pid()).await?;
        self.entry.start_ms = Some(running.start_time.as_secs_f64() * 1000.0);
        self.entry.resident_idle = Some(process_tree::resident_bytes(running.pid())?);
        self.running = Some(running);
        Ok(())
    }

    /// Asks each case once, and warms up those that are answered.
    async fn try_cases(&mut self, cases: &[&Case], mock: &Mock) -> Result<()> {
        for case in cases {
            if !self.takes(case) {
                continue;
            }
            let request = self.request(case)?;
            let untranslated = mock.asked.count(Dialect::Messages);
            let mut outcome = load::run(&request, PROBE).await;
            if case.is_translated() && mock.asked.count(Dialect::Messages) != untranslated {
                outcome.failures.insert("it was passed on untranslated".to_owned(), 1);
            }
            match outcome.failures.into_keys().next() {
                Some(reason) => {
                    eprintln!("{} does not answer {}: {reason}", self.entry.name, case.name);
                    self.entry.refused.insert(case.name, reason);
                }
                None => drop(load::run(&request, WARM_UP).await),
            }
        }
        Ok(())
    }

    fn takes(&self, case: &Case) -> bool {
        let able = self.peer.is_none_or(|peer| peer.takes(case));
        let running = self.peer.is_none() || self.running.is_some();
        able && running && !self.entry.refused.contains_key(case.name)
    }

    fn request(&self, case: &Case) -> Result<Arc<Request>> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, self.address.to_string().parse()?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer sk-mock"));
        if case.dialect == Dialect::Messages {
            headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        }
        for (name, value) in &self.headers {
            headers.insert(HeaderName::from_static(name), value.parse()?);
        }
        Ok(Arc::new(Request {
            address: self.address,
            path: case.dialect.path(),
            headers,
            body: Bytes::from(case.body(self.peer.map_or("", |peer| peer.model_prefix))),
            end: if case.chunks.is_some() { case.dialect.end_of_stream() } else { b"}" },
            chunks: case.chunks.map_or(0, |chunks| chunks.count),
        }))
    }

    /// One turn of one case.
    async fn measure(&mut self, case: &Case, connections: usize, window: Duration) -> Result<()> {
        if !self.takes(case) {
            return Ok(());
        }
        let request = self.request(case)?;
        let plan = Plan { connections, window, spread: Duration::ZERO };
        let before = self.cpu_time()?;
        let outcome = load::run(&request, plan).await;
        if let Some(running) = &mut self.running {
            ensure!(running.is_alive(), "{} died in {}", self.entry.name, case.name);
        }
        let used = self.cpu_time()?.zip(before).map(|(after, before)| after.saturating_sub(before));
        let cell = Cell { case: case.name, connections };
        self.entry.cells.entry(cell).or_default().push(measurement(outcome, used));
        if let Some(running) = &self.running {
            process_tree::settle(running.pid()).await?;
        }
        Ok(())
    }

    fn cpu_time(&self) -> Result<Option<Duration>> {
        self.running.as_ref().map(|running| process_tree::cpu_time(running.pid())).transpose()
    }

    async fn finish(&mut self) -> Result<()> {
        let Some(running) = &self.running else { return Ok(()) };
        process_tree::settle(running.pid()).await?;
        self.entry.resident_after = Some(process_tree::resident_bytes(running.pid())?);
        Ok(())
    }
}

fn measurement(outcome: Outcome, used: Option<Duration>) -> Measurement {
    let per_request = |used: Duration| used.as_secs_f64() * 1e6 / outcome.requests as f64;
    Measurement {
        requests: outcome.requests,
        cpu_us: used.filter(|_| outcome.requests > 0).map(per_request),
        requests_per_s: outcome.requests as f64 / outcome.elapsed.as_secs_f64(),
        latency: outcome.latency,
        first_byte: outcome.first_byte,
        chunk_delay: outcome.chunk_delay,
        chunks_lost: outcome.chunks_lost,
        failures: outcome.failures,
    }
}
