//! A server that plays one real service, with every answer of it open to the test.

mod clock;
mod fields;
mod token_book;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub(crate) use clock::ServerClock;
pub(crate) use fields::{Fields, form};
pub(crate) use token_book::{Standing, TokenBook};

use crate::{Answer, Gate, Received, Script, Upstream};

/// What a real service answers when no test says otherwise.
pub trait Service: Send + Sync + 'static {
    /// What a test can speak of, one for each path.
    type Endpoint: Copy + Eq + Hash + Send + Sync + 'static;

    /// The endpoint that a request is for.
    fn endpoint(&self, request: &Received) -> Option<Self::Endpoint>;

    /// The answer where there is no endpoint.
    fn nothing_there(&self, request: &Received) -> Answer;

    /// The refusal of credentials that do not count at `now`, before anything else is looked at.
    fn refusal(
        &self,
        endpoint: Self::Endpoint,
        request: &Received,
        now: SystemTime,
    ) -> Option<Answer>;

    /// The service's own answer at `now`.
    fn natural(&self, endpoint: Self::Endpoint, request: &Received, now: SystemTime) -> Answer;
}

/// A fake of a real service on a free port of the loopback address. It stops when dropped and
/// leaves neither task nor socket behind.
///
/// An answer is found so: bad credentials are refused as the service refuses them; else the script
/// of the endpoint answers ([`FakeServer::play`]); else, or once that is over, the service does.
/// [`FakeServer::change`] has the last word. Everything may be set while requests run.
pub struct FakeServer<S: Service> {
    upstream: Upstream,
    stage: Arc<Stage<S>>,
}

/// The service with all that tests have said about it.
struct Stage<S: Service> {
    service: S,
    clock: ServerClock,
    directions: Mutex<HashMap<S::Endpoint, Directions>>,
}

/// What a test wants of an endpoint.
#[derive(Clone, Default)]
struct Directions {
    script: Option<Script>,
    change: Option<Arc<dyn Fn(Answer) -> Answer + Send + Sync>>,
}

impl<S: Service> FakeServer<S> {
    /// Starts in the caller's tokio runtime.
    pub(crate) async fn serve(service: S) -> Self {
        let stage = Stage::new(service);
        let upstream = Upstream::start(Stage::script(&stage)).await;
        Self { upstream, stage }
    }

    /// Starts on a thread and runtime of its own.
    pub(crate) fn serve_on_thread(service: S) -> Self {
        let stage = Stage::new(service);
        let upstream = Upstream::start_on_thread(Stage::script(&stage));
        Self { upstream, stage }
    }

    pub(crate) fn service(&self) -> &S {
        &self.stage.service
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.stage.clock.now()
    }

    /// The server beneath: its requests in order, its sockets, its base URL.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// The requests to an endpoint so far, in order.
    pub fn requests_to(&self, endpoint: S::Endpoint) -> Vec<Received> {
        let mut requests = self.upstream.requests();
        requests.retain(|request| self.stage.service.endpoint(request) == Some(endpoint));
        requests
    }

    /// Resolves with the requests to an endpoint once there are `count`. Cancel safe.
    pub async fn wait_for_requests_to(&self, endpoint: S::Endpoint, count: usize) -> Vec<Received> {
        let is_to = |request: &&Received| self.stage.service.endpoint(request) == Some(endpoint);
        self.upstream.wait_until(|log| log.requests.iter().filter(is_to).count() >= count).await;
        self.requests_to(endpoint)
    }

    /// Lets a script answer requests to an endpoint whose credentials are good, until it is over;
    /// then the service's own answers come again. It replaces what was played before.
    pub fn play(&self, endpoint: S::Endpoint, script: impl Into<Script>) {
        let script = script.into();
        self.stage.direct(endpoint, |directions| directions.script = Some(script));
    }

    /// Changes every further answer of an endpoint, played ones and refusals too.
    pub fn change(
        &self,
        endpoint: S::Endpoint,
        change: impl Fn(Answer) -> Answer + Send + Sync + 'static,
    ) {
        self.stage.direct(endpoint, |directions| directions.change = Some(Arc::new(change)));
    }

    /// Keeps every further answer of an endpoint, status and all, behind a gate. What the answer
    /// is (and which token it grants) is decided before it waits.
    pub fn hold(&self, endpoint: S::Endpoint, gate: &Gate) {
        let gate = gate.clone();
        self.change(endpoint, move |answer| answer.headers_behind(&gate));
    }

    /// Ends what was played and changed: the endpoint answers as the service does.
    pub fn natural(&self, endpoint: S::Endpoint) {
        self.stage.direct(endpoint, |directions| *directions = Directions::default());
    }

    /// Takes the server's time from the test instead of the system.
    pub fn set_clock(&self, now: impl Fn() -> SystemTime + Send + Sync + 'static) {
        self.stage.clock.set(now);
    }

    /// Puts the server's clock ahead of the true time, or behind it (negative), by so many seconds.
    pub fn set_skew_seconds(&self, ahead: i64) {
        self.stage.clock.set_skew_seconds(ahead);
    }
}

impl<S: Service> fmt::Debug for FakeServer<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FakeServer")
            .field("upstream", &self.upstream)
            .finish_non_exhaustive()
    }
}

impl<S: Service> Stage<S> {
    fn new(service: S) -> Arc<Self> {
        let directions = Mutex::new(HashMap::new());
        Arc::new(Self { service, clock: ServerClock::system(), directions })
    }

    fn script(stage: &Arc<Self>) -> Script {
        let stage = Arc::clone(stage);
        Script::by(move |request| stage.answer(request))
    }

    /// `date` is in every answer that the test has not made itself, as the real servers send it.
    fn answer(&self, request: &Received) -> Answer {
        let now = self.clock.now();
        let dated = |answer: Answer| answer.header("date", httpdate::fmt_http_date(now));
        let Some(endpoint) = self.service.endpoint(request) else {
            return dated(self.service.nothing_there(request));
        };
        // The test's own functions run without our lock: they may well give directions themselves.
        let directions = self.lock().get(&endpoint).cloned().unwrap_or_default();
        let answer = match self.service.refusal(endpoint, request, now) {
            Some(refusal) => dated(refusal),
            None => directions
                .script
                .and_then(|script| script.next(request))
                .unwrap_or_else(|| dated(self.service.natural(endpoint, request, now))),
        };
        match directions.change {
            Some(change) => change(answer),
            None => answer,
        }
    }

    fn direct(&self, endpoint: S::Endpoint, give: impl FnOnce(&mut Directions)) {
        give(self.lock().entry(endpoint).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<S::Endpoint, Directions>> {
        self.directions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
