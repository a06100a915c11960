//! A gateway under test, or the mock itself, while it is measured.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};

use crate::arguments::Arguments;
use crate::case::{Case, Dialect, SMALL};
use crate::child::{Running, free_port};
use crate::load::{self, Idle, Outcome, Plan, Request};
use crate::mock::Mock;
use crate::peer::{Peer, Setup};
use crate::process_tree;
use crate::report::{Cell, DIRECT, Entry, Measurement};

/// A warm-up that is not measured.
const WARM_UP: Plan =
    Plan { connections: 8, window: Duration::from_secs(1), spread: Duration::ZERO };
/// One request, to see whether a gateway answers a case at all.
const PROBE: Plan = Plan { connections: 1, window: Duration::ZERO, spread: Duration::ZERO };
/// The connections of a crowd begin within this time: long enough that the chunks of paced streams do not come all at
/// once, shorter than any such stream.
const CROWD_SPREAD: Duration = Duration::from_millis(640);
/// A gateway that starts quicker than this is started several times, for a median.
const QUICK_START: Duration = Duration::from_secs(2);
const STARTS: usize = 5;
/// Between two looks at the memory while a crowd is served.
const MEMORY_INTERVAL: Duration = Duration::from_millis(200);

/// One column of the comparison.
pub(crate) struct Subject<'a> {
    arguments: &'a Arguments,
    mock: &'a Mock,
    /// `None`: the mock itself.
    peer: Option<&'a Peer>,
    running: Option<Running>,
    address: SocketAddr,
    headers: Vec<(&'static str, String)>,
    entry: Entry,
}

impl<'a> Subject<'a> {
    /// The load without a gateway.
    pub(crate) fn direct(arguments: &'a Arguments, mock: &'a Mock) -> Self {
        Self {
            arguments,
            mock,
            peer: None,
            running: None,
            address: mock.address,
            headers: Vec::new(),
            entry: Entry::new(DIRECT),
        }
    }

    /// Starts a gateway; one that cannot be started is reported as such.
    pub(crate) async fn start(peer: &'a Peer, arguments: &'a Arguments, mock: &'a Mock) -> Self {
        let entry = Entry::new(peer.name);
        let mut subject = Self { peer: Some(peer), entry, ..Self::direct(arguments, mock) };
        if let Err(error) = subject.start_for_the_first_time(peer).await {
            eprintln!("{} cannot be measured: {error:#}", peer.name);
            subject.entry.not_measured = Some(format!("{error:#}"));
        }
        subject
    }

    async fn start_for_the_first_time(&mut self, peer: &Peer) -> Result<()> {
        for _ in 0..STARTS {
            self.running = None;
            let running = self.run(peer).await?;
            let start_time = running.start_time;
            self.entry.start_ms.push(start_time.as_secs_f64() * 1000.0);
            self.running = Some(running);
            if start_time > QUICK_START {
                break;
            }
        }
        self.entry.resident_idle = self.resident_bytes().await?;
        Ok(())
    }

    async fn run(&mut self, peer: &Peer) -> Result<Running> {
        let installed = std::path::absolute(&self.arguments.work)?;
        // Not its bare name: next to `venv` and `node`, which xtask installs.
        let folder = installed.join("run").join(peer.name);
        std::fs::create_dir_all(&folder)?;
        let setup = Setup {
            ironbridge: &std::path::absolute(&self.arguments.ironbridge)?,
            installed: &installed,
            folder,
            mock: self.mock.address,
            port: free_port()?,
            pinning: self.arguments.pinning,
            workers: self.arguments.workers,
        };
        let command = (peer.command)(&setup)?;
        let log = setup.folder.join("log");
        let running = Running::start(command, setup.port, &log, peer.start_limit).await?;
        self.entry.version = version(&mut (peer.version)(&setup));
        self.address = running.address;
        self.headers = (peer.headers)(&setup);
        Ok(running)
    }

    /// Asks each case once, and warms up those that are answered.
    pub(crate) async fn try_cases(&mut self, cases: &[&Case]) -> Result<()> {
        for case in cases {
            if !self.takes(case) {
                continue;
            }
            let request = self.request(case)?;
            let before = self.mock.asked.count(Dialect::Messages);
            let mut outcome = load::run(&request, PROBE).await;
            if case.is_translated() && self.mock.asked.count(Dialect::Messages) != before {
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
        let able = self.peer.is_none_or(|peer| peer.takes(case) && self.running.is_some());
        able && !self.entry.refused.contains_key(case.name)
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

    /// One turn of one case. A gateway that died in it is started again, and that is written down.
    pub(crate) async fn measure(&mut self, case: &Case, connections: usize) -> Result<()> {
        if !self.takes(case) {
            return Ok(());
        }
        let before = self.cpu_time()?;
        let (outcome, resident_peak) = match case.crowd {
            None => {
                let plan =
                    Plan { connections, window: self.arguments.window, spread: Duration::ZERO };
                (load::run(&self.request(case)?, plan).await, None)
            }
            Some(crowd) => self.serve_crowd(case, connections, crowd.idle_connections).await?,
        };
        let died = self.running.as_mut().is_some_and(|running| !running.is_alive());
        // What opening the idle connections took belongs to no stream.
        let countable = case.crowd.is_none_or(|crowd| crowd.idle_connections == 0);
        let used = if died || !countable { None } else { self.cpu_time()?.zip(before) };
        let used = used.map(|(after, before)| after.saturating_sub(before));
        let cell = Cell { case: case.name, connections };
        let turn = measurement(outcome, used, resident_peak);
        self.entry.cells.entry(cell).or_default().push(turn);
        if died {
            eprintln!("{} died in {}", self.entry.name, case.name);
            self.entry.died_in.push(cell);
            self.running = None;
            if let Some(peer) = self.peer {
                self.running = Some(self.run(peer).await?);
            }
        }
        self.settle().await
    }

    /// Many at once, beside connections that are only open; with the greatest memory seen meanwhile.
    async fn serve_crowd(
        &self,
        case: &Case,
        connections: usize,
        idle_connections: usize,
    ) -> Result<(Outcome, Option<u64>)> {
        let plan = Plan { connections, window: self.arguments.window, spread: CROWD_SPREAD };
        let (mut idle, opened) = Idle::open(self.request(SMALL)?, idle_connections).await;
        let request = self.request(case)?;
        let serving = load::run(&request, plan);
        tokio::pin!(serving);
        let mut resident_peak = None;
        let mut outcome = loop {
            tokio::select! {
                outcome = &mut serving => break outcome,
                () = tokio::time::sleep(MEMORY_INTERVAL) => {
                    if let Some(running) = &self.running {
                        resident_peak = resident_peak.max(Some(process_tree::resident_bytes(running.pid())?));
                    }
                }
            }
        };
        let used_again = idle.use_all().await;
        for (reason, count) in opened.into_iter().chain(used_again) {
            *outcome.failures.entry(reason).or_default() += count;
        }
        Ok((outcome, resident_peak))
    }

    /// Writes down what is resident after ordinary load, with the tokenizer loaded where there is one.
    pub(crate) async fn note_memory(&mut self) -> Result<()> {
        if self.peer.is_some_and(|peer| peer.counts_tokens) && self.running.is_some() {
            let request = Request {
                path: "/v1/messages/count_tokens",
                body: Bytes::from_static(
                    br#"{"model":"gpt-4o","messages":[{"role":"user","content":"How many?"}]}"#,
                ),
                ..Arc::unwrap_or_clone(self.request(SMALL)?)
            };
            let failures = load::run(&Arc::new(request), PROBE).await.failures;
            for reason in failures.into_keys() {
                eprintln!("{} does not count tokens: {reason}", self.entry.name);
            }
        }
        self.entry.resident_after = self.resident_bytes().await?;
        Ok(())
    }

    /// Stops the gateway; gives what was found.
    pub(crate) fn finish(self) -> Entry {
        self.entry
    }

    async fn settle(&self) -> Result<()> {
        match &self.running {
            Some(running) => process_tree::settle(running.pid()).await,
            None => Ok(()),
        }
    }

    async fn resident_bytes(&self) -> Result<Option<u64>> {
        self.settle().await?;
        self.running.as_ref().map(|running| process_tree::resident_bytes(running.pid())).transpose()
    }

    fn cpu_time(&self) -> Result<Option<Duration>> {
        self.running.as_ref().map(|running| process_tree::cpu_time(running.pid())).transpose()
    }
}

/// The first line that a command prints, wherever it prints it.
fn version(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).lines().next()?.to_owned())
}

fn measurement(
    outcome: Outcome,
    used: Option<Duration>,
    resident_peak: Option<u64>,
) -> Measurement {
    let per_request = |used: Duration| used.as_secs_f64() * 1e6 / outcome.requests as f64;
    Measurement {
        requests: outcome.requests,
        cpu_us: used.filter(|_| outcome.requests > 0).map(per_request),
        requests_per_s: outcome.requests as f64 / outcome.elapsed.as_secs_f64(),
        resident_peak,
        latency: outcome.latency,
        first_byte: outcome.first_byte,
        chunk_delay: outcome.chunk_delay,
        chunks_lost: outcome.chunks_lost,
        failures: outcome.failures,
    }
}
