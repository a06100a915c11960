//! A running gateway before scripted upstreams.

use ironbridge_gateway::{
    Gateway, Handle, RouteSettings, ServerSettings, Services, Settings, TargetName,
};
use ironbridge_testkit::client::{self, Collected, Request, Response};
use ironbridge_testkit::{Dialect, Upstream};
use ironbridge_upstream::{ProviderKind, ProviderSettings, Secret};
use serde_json::{Value, json};
use std::future::Future;
use std::time::Duration;
use tokio::task::JoinSet;

/// The secret that every scripted upstream is called with.
pub(crate) const KEY: &str = "sk-test-0123456789abcdef";

/// Runs a test's body on a runtime of its own, with a watchdog.
pub(crate) fn run(body: impl Future<Output = ()>) {
    run_within(Duration::from_secs(60), body);
}

/// As [`run`], with a watchdog of its own.
pub(crate) fn run_within(watchdog: Duration, body: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::time::timeout(watchdog, body).await.expect("the test hangs");
    });
}

/// A gateway under test. Its tasks end when it is dropped.
pub(crate) struct Rig {
    pub(crate) base_url: String,
    pub(crate) handle: Handle,
    tasks: JoinSet<()>,
}

impl Rig {
    /// Starts a gateway that is lent nothing.
    pub(crate) async fn start(settings: Settings) -> Self {
        Rig::start_with(settings, Services::default()).await
    }

    /// Starts a gateway with what it is lent.
    pub(crate) async fn start_with(settings: Settings, services: Services) -> Self {
        Rig::of(Gateway::bind(settings, services).await.expect("the settings are good"))
    }

    /// Runs a gateway.
    pub(crate) fn of(gateway: Gateway) -> Self {
        let base_url = format!("http://{}", gateway.local_addr());
        let handle = gateway.handle();
        let mut tasks = JoinSet::new();
        tasks.spawn(gateway.run());
        Rig { base_url, handle, tasks }
    }

    /// Starts a gateway before one upstream that speaks `dialect`.
    pub(crate) async fn before(upstream: &Upstream, dialect: Dialect) -> Self {
        Rig::start(settings([provider("up", upstream, dialect)])).await
    }

    /// Sends a request and reads the whole reply.
    pub(crate) async fn send(&self, request: &Request) -> Reply {
        let mut head = self.open(request).await;
        let body = head.collect().await;
        Reply { head, body }
    }

    /// Sends a request and reads the head of the reply.
    pub(crate) async fn open(&self, request: &Request) -> Response {
        client::send(&self.base_url, request).await.expect("the gateway answers")
    }

    /// Asks in `dialect` with a small prompt.
    pub(crate) async fn ask(&self, dialect: Dialect, stream: bool) -> Reply {
        self.send(&request(dialect, stream)).await
    }

    /// The record of an exchange, by its reply.
    pub(crate) async fn record(&self, reply: &Reply) -> Value {
        let id = reply.header("x-request-id").expect("every reply carries our id");
        self.record_of(id).await
    }

    /// The record of an exchange, by its id.
    pub(crate) async fn record_of(&self, id: &str) -> Value {
        let found = self.send(&Request::get(format!("/api/exchanges/{id}"))).await;
        assert_eq!(found.status(), 200, "no record of {id}");
        found.json()
    }

    /// The newest record; waits until one is there.
    pub(crate) async fn newest_record(&self) -> Value {
        loop {
            let list = self.send(&Request::get("/api/exchanges")).await.json();
            if let Some(record) = list["data"].get(0) {
                return record.clone();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits for the gateway to end by itself.
    pub(crate) async fn ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// A whole reply of the gateway.
pub(crate) struct Reply {
    head: Response,
    pub(crate) body: Collected,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.head.headers.0
    }

    pub(crate) fn json(&self) -> Value {
        self.body.json()
    }

    pub(crate) fn text(&self) -> String {
        self.body.text()
    }
}

/// Settings with these providers, on a free port.
pub(crate) fn settings(providers: impl IntoIterator<Item = ProviderSettings>) -> Settings {
    let server = ServerSettings { listen: ([127, 0, 0, 1], 0).into(), ..ServerSettings::default() };
    Settings {
        server,
        providers: providers.into_iter().collect(),
        routes: Vec::new(),
        tokenizers: Vec::new(),
        rate_limits: Vec::new(),
        prices: Vec::new(),
        projects: Vec::new(),
    }
}

/// A provider behind which `upstream` stands and speaks `dialect`.
pub(crate) fn provider(name: &str, upstream: &Upstream, dialect: Dialect) -> ProviderSettings {
    let (kind, base_url, api) = match dialect {
        Dialect::Messages => (ProviderKind::Anthropic, upstream.base_url(), Vec::new()),
        Dialect::Chat => (
            ProviderKind::Openai,
            format!("{}/v1", upstream.base_url()),
            vec![ironbridge_wire::Dialect::Chat],
        ),
        Dialect::Responses => (
            ProviderKind::Openai,
            format!("{}/v1", upstream.base_url()),
            vec![ironbridge_wire::Dialect::Responses],
        ),
    };
    ProviderSettings {
        base_url: Some(base_url.parse().expect("a base URL")),
        credential: Some(Secret::new(KEY)),
        api,
        ..ProviderSettings::new(name, kind)
    }
}

/// A route for every model over these providers, in order.
pub(crate) fn route_all(targets: &[&str]) -> RouteSettings {
    let target = |name: &&str| TargetName { provider: (*name).to_owned(), model: None };
    RouteSettings {
        pattern: "*".to_owned(),
        targets: targets.iter().map(target).collect(),
        strict: false,
    }
}

/// A small request in `dialect`.
pub(crate) fn request(dialect: Dialect, stream: bool) -> Request {
    Request::post(dialect.path(), &body(dialect, stream))
}

/// The body of [`request`].
pub(crate) fn body(dialect: Dialect, stream: bool) -> Value {
    match dialect {
        Dialect::Chat => json!({
            "model": "m", "stream": stream, "messages": [{"role": "user", "content": "hi"}],
        }),
        Dialect::Responses => json!({"model": "m", "stream": stream, "input": "hi"}),
        Dialect::Messages => json!({
            "model": "m", "stream": stream, "max_tokens": 100,
            "messages": [{"role": "user", "content": "hi"}],
        }),
    }
}

/// The dialects of the testkit.
pub(crate) const DIALECTS: [Dialect; 3] = [Dialect::Chat, Dialect::Responses, Dialect::Messages];
